/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The consumer of one VM's ring: takes commands, executes them, publishes how far it came, sleeps when there is nothing
 * to do. Runs in a renderer process, or (without a GPU, as the session's stand-in after a renderer died) in a thread of
 * the session.
 *
 * Waking up (decision D29): before it sleeps it publishes the consumer counter, issues a full fence and reads the
 * producer again; a guest stores the producer, issues a full fence and reads the consumer. One of the two sees the
 * other, so no wake-up is lost. The wake event is signalled by doorbells, resets, GPU completion and outputs.
 */
#ifndef PVGPU_RENDER_RENDERER_H
#define PVGPU_RENDER_RENDERER_H

#include "os/event.h"
#include "os/shared_memory.h"
#include "render/context.h"
#include "render/timeline.h"

/* How it comes to light that the guest's device was reset. */
enum pvgpu_resets {
    PVGPU_RESETS_ANNOUNCED, /* the session begins the next epoch before the guest goes on */
    PVGPU_RESETS_UNANNOUNCED, /* another process is the device: whoever consumes finds them in the control region */
    /*
     * The guest sets its counter to 0, asks in the extension block and waits; the session sees it within
     * PVGPU_HEARTBEAT_MS and begins the next epoch.
     */
    PVGPU_RESETS_BY_NUMBER,
};

struct pvgpu_renderer_config {
    const struct pvgpu_shared_memory *memory; /* shared with the guest */
    struct pvgpu_control_page *page; /* shared with the session */
    struct pvgpu_event *wake; /* waited on here alone */
    struct pvgpu_event *interrupt; /* signalled when page->interrupts became non-zero, and to be watched */
    _Atomic uint32_t *stop; /* ends the loop when non-zero (signal wake after setting it) */
    struct pvgpu_gpu *gpu; /* NULL: consume, execute nothing, complete fences at once */
    struct pvgpu_frame_output *output; /* may be NULL */
    bool needs_poll; /* the link may lose doorbells, or has none */
    enum pvgpu_resets resets;
    bool no_backstop; /* never poll, whatever the link says: for tests of the wake-up protocol */
    struct pvgpu_timeline_config timeline;
    struct pvgpu_limits limits;
    struct pvgpu_log log;
};

enum pvgpu_renderer_end {
    PVGPU_RENDERER_STOPPED, /* as asked */
    PVGPU_RENDERER_DEVICE_LOST, /* the reason is logged and in *reason */
    PVGPU_RENDERER_RESET, /* without a GPU only: the device was reset unannounced, and a renderer should take over */
    PVGPU_RENDERER_NO_MEMORY,
};

/* Runs until stopped or until the device is lost. Releases all guest objects; the GPU stays the caller's. */
enum pvgpu_renderer_end pvgpu_renderer_run(const struct pvgpu_renderer_config *config, uint32_t *reason);

#endif
