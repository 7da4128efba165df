/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The private page that a session shares with its renderer (never with the guest): reset epochs, what was published,
 * health and counters. The supervisor makes it, as memory without a name; the
 * session and each of its renderers map it, and the supervisor reads what is counted.
 *
 * The epoch word also guards every write into the guest's control region: a writer enters with the epoch it works for
 * and is refused when that epoch is over, so nothing of an old epoch can reach a control region that was reset
 * (decision D28). The section is a handful of stores long. A renderer that dies inside it is known to be dead before
 * the word is forced open.
 */
#ifndef PVGPU_SHM_CONTROL_PAGE_H
#define PVGPU_SHM_CONTROL_PAGE_H

#include "base/histogram.h"
#include "shm/progress.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum pvgpu_renderer_health {
    PVGPU_RENDERER_STARTING,
    PVGPU_RENDERER_READY,
    PVGPU_RENDERER_LOST, /* the device is gone; fences still complete */
    PVGPU_RENDERER_FAILED, /* it could not start */
};

/* What memory is counted for, against the limit of a VM's bytes. */
enum pvgpu_memory_kind {
    PVGPU_MEMORY_BUFFERS,
    PVGPU_MEMORY_TEXTURES,
    PVGPU_MEMORY_SHADERS, /* copies of bytecode */
    PVGPU_MEMORY_LAYOUTS, /* elements of input layouts */
    PVGPU_MEMORY_MAPPINGS, /* records of MAP */
    PVGPU_MEMORY_LAST_FRAME, /* the copy that outputs get which attach later */
    PVGPU_MEMORY_KINDS
};

/* What is counted by how long it takes; recorded by the render thread. docs/architecture.md, "Durations", says why so. */
enum pvgpu_duration {
    /* From the execution of a PRESENT to that of the next in the same epoch. */
    PVGPU_DURATION_FRAME,
    /*
     * From when the session had a doorbell from its link to the first command executed, if that doorbell was what a
     * sleeping render thread was woken by. A thread that was busy, or woken by something else before, records nothing.
     */
    PVGPU_DURATION_DOORBELL,
    /* From the execution of a PRESENT to when the render thread knows that the GPU has completed it. */
    PVGPU_DURATION_PRESENT,
    PVGPU_DURATIONS
};

#define PVGPU_STATISTICS_COMMANDS 64u /* numbers of the command table, with room; one after the last: unknown opcodes */
#define PVGPU_STATISTICS_ERRORS 8u /* enum pvgpu_error; 0 is not used */
#define PVGPU_STATISTICS_OBJECTS 13u /* 0: layouts made for a vertex shader; enum pvgpu_object_type */

/*
 * Counters of a session. What the render thread counts while it executes has one writer, and is stored without
 * read-modify-write operations (pvgpu_statistics_add); readers may see one counter a moment before another. The rest is
 * rare and says so.
 */
struct pvgpu_statistics {
    _Atomic uint64_t commands;
    _Atomic uint64_t draws;
    _Atomic uint64_t presents;
    _Atomic uint64_t frames_published;
    _Atomic uint64_t frames_dropped;
    _Atomic uint64_t textures_published; /* frames given to consumers of shared textures */
    _Atomic uint64_t textures_dropped; /* frames that those never saw */
    _Atomic uint64_t fences;
    _Atomic uint64_t errors; /* reported to the guest; also by the session */
    _Atomic uint64_t refused_by_host; /* what our rules allowed and the host did not: should be 0 */
    _Atomic uint64_t doorbells; /* counted by the session */
    _Atomic uint64_t interrupts; /* counted by the session */
    _Atomic uint64_t resets; /* also counted by the session */
    _Atomic uint64_t sleeps; /* times that the render thread went to sleep */
    _Atomic uint64_t objects; /* alive now */
    _Atomic uint64_t bytes; /* of resources, alive now */
    _Atomic uint64_t allocations; /* made by handlers, of the heap or their pool; to show that draws make none */
    _Atomic uint64_t dispatches;
    _Atomic uint64_t uploads; /* commands that took bytes out of the heap */
    _Atomic uint64_t upload_bytes; /* of the heap, as the commands name them */
    _Atomic uint64_t upload_copies; /* copies that were made of these bytes before Direct3D got them: shaders, names */
    _Atomic uint64_t readback_bytes; /* written into the heap */
    _Atomic uint64_t ring_most_bytes; /* the most that was published and not yet executed when the ring was looked at */
    _Atomic uint64_t renderers; /* started; counted by the session */
    _Atomic uint64_t renderers_lost; /* ended by themselves or for hanging; counted by the session */
    _Atomic uint64_t gpu_wait_ns; /* time that the render thread slept while work of the GPU was outstanding */
    _Atomic uint64_t executed[PVGPU_STATISTICS_COMMANDS]; /* by number in the command table */
    _Atomic uint64_t errors_by_code[PVGPU_STATISTICS_ERRORS]; /* also by the session */
    _Atomic uint64_t objects_by_type[PVGPU_STATISTICS_OBJECTS]; /* alive now */
    _Atomic uint64_t bytes_by_kind[PVGPU_MEMORY_KINDS]; /* alive now */
    struct pvgpu_histogram durations[PVGPU_DURATIONS];
};

/* Adds to a counter that the calling thread alone writes. Differences may be negative. */
static inline void pvgpu_statistics_add(_Atomic uint64_t *counter, uint64_t difference)
{
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + difference,
                          memory_order_relaxed);
}

/* Records what began at since_ns (pvgpu_time_now_ns) and ended at now_ns. The render thread. */
static inline void pvgpu_statistics_took(struct pvgpu_statistics *statistics, enum pvgpu_duration duration,
                                         uint64_t since_ns, uint64_t now_ns)
{
    pvgpu_histogram_record(&statistics->durations[duration], now_ns > since_ns ? now_ns - since_ns : 0);
}

/* Counts one error reported to the guest. */
static inline void pvgpu_statistics_error(struct pvgpu_statistics *statistics, uint32_t code)
{
    atomic_fetch_add_explicit(&statistics->errors, 1, memory_order_relaxed);
    if (code < PVGPU_STATISTICS_ERRORS)
        atomic_fetch_add_explicit(&statistics->errors_by_code[code], 1, memory_order_relaxed);
}

struct pvgpu_control_page {
    _Atomic uint64_t epoch_word; /* epoch << 1 | somebody is inside */
    _Atomic uint64_t acknowledged_epoch; /* by the renderer: nothing of an earlier epoch is left */
    _Atomic uint64_t consumer; /* last value published in this epoch */
    _Atomic uint64_t fence; /* last value published in this epoch */
    _Atomic uint32_t health; /* enum pvgpu_renderer_health */
    _Atomic uint32_t lost_reason; /* HRESULT, with PVGPU_RENDERER_LOST */
    _Atomic uint32_t interrupts; /* bit a vector: to be raised by the session */
    _Atomic uint32_t quit; /* the renderer is to end */
    /*
     * Set by the session when a VM has lost too many renderers: it gets no new one. Cleared by the supervisor when it is
     * allowed again.
     */
    _Atomic uint32_t held;
    _Atomic uint32_t attached; /* the handshake is complete */
    _Atomic uint32_t reset_request; /* of the extension block: the reset that began this epoch */
    _Atomic int64_t renderer_process; /* id; 0: none */
    _Atomic uint32_t leaving; /* the VM has gone and the session is about to end */
    _Atomic uint32_t disconnect; /* by the renderer, with the interrupt event: the user wants the session to end */
    /*
     * When the session had the first doorbell since the render thread went to sleep; 0: none came. Set by the session,
     * cleared by the render thread before it sleeps, read when it wakes up.
     */
    _Atomic uint64_t rung_ns;
    struct pvgpu_statistics statistics;
    struct pvgpu_progress progress; /* whether the renderer hangs */
    /*
     * Highest FENCE value among the commands that `consumer` covers, of this epoch. Whoever consumes after a renderer
     * died completes it: those commands are not seen again. Written inside the guarded section.
     */
    _Atomic uint64_t fence_consumed;
};

static inline uint64_t pvgpu_control_page_epoch(struct pvgpu_control_page *page)
{
    return atomic_load_explicit(&page->epoch_word, memory_order_acquire) >> 1;
}

/* A doorbell has come: counts it and notes when. The session, before it wakes the render thread. */
void pvgpu_control_page_ring(struct pvgpu_control_page *page);

/* Enters the guarded section for an epoch. False: that epoch is over, or another is inside right now in a new one. */
bool pvgpu_control_page_enter(struct pvgpu_control_page *page, uint64_t epoch);
void pvgpu_control_page_leave(struct pvgpu_control_page *page, uint64_t epoch);

/*
 * Ends the current epoch and enters the guarded section of the next. Waits, bounded by timeout_ns, for whoever is
 * inside; false when that does not end: its process must be killed, then pvgpu_control_page_force opens the section.
 * On success *epoch is the new one; the caller re-initialises the control region and leaves.
 */
bool pvgpu_control_page_begin_epoch(struct pvgpu_control_page *page, uint64_t timeout_ns, uint64_t *epoch);

/* After the only other user of the page is known to be dead. */
void pvgpu_control_page_force(struct pvgpu_control_page *page);

#endif
