/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What waits for the GPU, in the guest's order: fences, read-backs into the heap, presents. Commands append; entries
 * leave at the front once the submission that they belong to has completed, and for presents once their time has come
 * (pacing) and an output took the frame. A fence is published when everything before it has left.
 *
 * Owned by the render thread.
 */
#ifndef PVGPU_RENDER_TIMELINE_H
#define PVGPU_RENDER_TIMELINE_H

#include "base/log.h"
#include "gpu/gpu.h"
#include "present/output.h"
#include "render/pacing.h"
#include "shm/control.h"

/* Who hears of what happens in the timeline. Functions may be NULL. */
struct pvgpu_timeline_sink {
    void *user;
    void (*fault)(void *user, uint32_t code, uint32_t argument); /* to be reported to the guest */
    void (*begin)(void *user); /* the GPU has work from now on, and the session does not watch */
    void (*drawn)(void *user); /* an output has drawn on the device's context: what was bound for drawing is not */
};

enum pvgpu_entry_kind {
    PVGPU_ENTRY_FENCE,
    PVGPU_ENTRY_READBACK, /* MAP for reading */
    PVGPU_ENTRY_PRESENT,
    PVGPU_ENTRY_RESIZE, /* of the outputs */
    PVGPU_ENTRY_REPEAT, /* the last presented frame, for an output that came later */
};

struct pvgpu_entry {
    enum pvgpu_entry_kind kind;
    uint64_t submission; /* done when the GPU has completed this one */
    uint64_t fence; /* FENCE: its value; PRESENT: the highest that came before */
    struct pvgpu_gpu_readback *readback; /* owned; may be NULL for presents that nobody watches */
    struct pvgpu_mapped mapped; /* of the read-back, once it was mapped; data is NULL before */
    /* READBACK: of which resource, where the bytes go and how they are packed. */
    uint32_t id;
    uint64_t heap_offset;
    uint64_t row_bytes;
    uint32_t rows, slices;
    struct pvgpu_output_size size; /* RESIZE */
    /* PRESENT, REPEAT. */
    uint32_t sync_interval;
    uint64_t frame; /* number in this epoch, from 1 */
    uint32_t width, height, format;
    uint64_t present_ns; /* when PRESENT was executed */
    uint64_t due_ns; /* when it may leave; 0: not decided */
};

struct pvgpu_timeline_config {
    uint32_t buffer_count; /* presents that may be outstanding at most, 2 or 3 */
    bool vsync;
};

/* A PRESENT that the GPU has not completed as far as is known. */
struct pvgpu_present_begun {
    uint64_t submission, present_ns;
};

/* At most config.buffer_count presents are outstanding, which is 2 or 3. */
#define PVGPU_TIMELINE_PRESENTS_MOST 4u

struct pvgpu_timeline {
    struct pvgpu_gpu *gpu;
    struct pvgpu_publisher *publisher;
    struct pvgpu_frame_output *output; /* may be NULL: nobody can watch */
    uint8_t *heap; /* guest memory */
    uint64_t heap_bytes;
    struct pvgpu_timeline_config config;
    struct pvgpu_timeline_sink sink;
    struct pvgpu_log log;
    struct pvgpu_log_limit lines; /* of what cannot be had: a guest can ask for it again and again */
    struct pvgpu_pacing pacing;

    struct pvgpu_entry *entries; /* ring buffer, owned */
    uint32_t capacity, first, count;

    uint64_t submission; /* number that work appended now will get */
    uint64_t submitted; /* highest handed to the GPU */
    uint64_t completed; /* highest known to be done */
    uint64_t grant_submission; /* time was granted to the submissions up to this one; 0: none was */
    uint64_t unsubmitted_commands; /* GPU work since the last submission */
    uint64_t unsubmitted_bytes; /* uploaded since the last submission */
    uint64_t fence_submitted; /* highest FENCE value seen in this epoch */
    uint32_t buffer_count; /* presents that may be outstanding now: the configured number, or fewer */
    uint32_t presents_outstanding;
    uint32_t resizes_outstanding;
    bool repeating; /* a REPEAT is among the entries */
    uint64_t readback_bytes; /* in staging memory, of entries that wait */
    uint64_t frames; /* PRESENTs of this epoch */
    uint64_t last_present_ns; /* when the last of them was executed */
    struct pvgpu_present_begun begun[PVGPU_TIMELINE_PRESENTS_MOST]; /* in their order */
    uint32_t begun_count;
    uint64_t wait_submission; /* the ring is not consumed until this is done; 0: no such wait */
    uint64_t wait_fence; /* the ring is not consumed until this fence is published; 0: no such wait */

    /* Where the kept picture is counted; NULL: nowhere. */
    uint64_t *counted_bytes; /* the context's */
    uint64_t counted_most; /* their limit */

    uint64_t output_bytes; /* of the output's held_bytes, what was counted */

    /* The last presented picture, kept on the GPU for consumers that come later. */
    struct pvgpu_resource *last_frame; /* owned; NULL before the first PRESENT */
    struct pvgpu_entry last_entry; /* its description */
};

void pvgpu_timeline_init(struct pvgpu_timeline *timeline, struct pvgpu_gpu *gpu, struct pvgpu_publisher *publisher,
                         struct pvgpu_frame_output *output, const struct pvgpu_timeline_config *config,
                         const struct pvgpu_log *log);

/* Where the guest's heap is; called at every reset. */
void pvgpu_timeline_set_heap(struct pvgpu_timeline *timeline, void *heap, uint64_t bytes);

/* The kept picture counts into *bytes from now on, and is not kept where it would lead past `most`. */
void pvgpu_timeline_count_into(struct pvgpu_timeline *timeline, uint64_t *bytes, uint64_t most);

/* Drops everything that waits (an epoch is over); read-backs are recycled, nothing is published. */
void pvgpu_timeline_clear(struct pvgpu_timeline *timeline);
void pvgpu_timeline_finish(struct pvgpu_timeline *timeline);

/* Called by handlers. False: memory is short. */
bool pvgpu_timeline_fence(struct pvgpu_timeline *timeline, uint64_t value);
enum pvgpu_gpu_result pvgpu_timeline_readback(struct pvgpu_timeline *timeline, struct pvgpu_resource *resource,
                                              uint32_t subresource, uint64_t heap_offset, uint64_t row_bytes,
                                              uint32_t rows, uint32_t slices);
/* `format` is how the picture's bytes are to be read (typed); the picture has one sample. */
enum pvgpu_gpu_result pvgpu_timeline_present(struct pvgpu_timeline *timeline, struct pvgpu_resource *picture,
                                             uint32_t format, uint32_t sync_interval);

/* Around calls that compile, and at a shader's first use: compiling does not count as hanging (shm/progress.h). */
void pvgpu_timeline_begin_compiling(struct pvgpu_timeline *timeline);
void pvgpu_timeline_end_compiling(struct pvgpu_timeline *timeline);
void pvgpu_timeline_uses_shader(struct pvgpu_timeline *timeline, uint32_t bytecode_bytes);

/*
 * The outputs change their size when everything before has been presented. Status bit RESIZING is set from here until
 * then.
 */
bool pvgpu_timeline_resize(struct pvgpu_timeline *timeline, const struct pvgpu_output_size *size);

/* GPU work was recorded: `bytes` uploaded by it. Submits by itself past a bound. */
void pvgpu_timeline_worked(struct pvgpu_timeline *timeline, uint64_t bytes);

/* Ends the current submission and hands it to the GPU, if there is anything in it or waiting for it. */
void pvgpu_timeline_submit(struct pvgpu_timeline *timeline);

/* The ring stays put until all work so far is done, or until a fence was published. */
void pvgpu_timeline_wait_idle(struct pvgpu_timeline *timeline);
bool pvgpu_timeline_wait_fence(struct pvgpu_timeline *timeline, uint64_t value); /* false: never submitted */

/* Whether commands may be executed now; a PRESENT also needs a free place. */
bool pvgpu_timeline_is_open(const struct pvgpu_timeline *timeline);
bool pvgpu_timeline_has_room_for_present(const struct pvgpu_timeline *timeline);

enum pvgpu_timeline_result {
    PVGPU_TIMELINE_ALIVE,
    PVGPU_TIMELINE_EPOCH_OVER, /* a publication was refused */
};

/*
 * Takes from the front what is done. *interrupt is set when a fence was published. *wake_ns is when to call again even
 * without a wake-up (PVGPU_NO_TIMEOUT: no need).
 */
enum pvgpu_timeline_result pvgpu_timeline_collect(struct pvgpu_timeline *timeline, bool *interrupt, uint64_t *wake_ns);

/*
 * Reads the last frame back again if somebody has come who wants it and no frame is on its way. True: collect has
 * something to do (at once, or once woken).
 */
bool pvgpu_timeline_serve_newcomers(struct pvgpu_timeline *timeline);

/* Lets the output do what it has to do by itself; *wake_ns is brought forward to when it wants to be called again. */
void pvgpu_timeline_tend_output(struct pvgpu_timeline *timeline, uint64_t *wake_ns);

#endif
