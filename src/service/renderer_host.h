/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The renderer of a session, seen from the session: started, watched, ended. Normally a process of its own, so that a
 * GPU driver that dies takes nothing else along; with --single-process a thread.
 */
#ifndef PVGPU_SERVICE_RENDERER_HOST_H
#define PVGPU_SERVICE_RENDERER_HOST_H

#include "os/event.h"
#include "os/process.h"
#include "os/shared_memory.h"
#include "os/thread.h"
#include "present/window.h"
#include "render/renderer.h"
#include "service/options.h"
#include "shm/control_page.h"

/* What a renderer works with. Everything is lent by the session and outlives the renderer. */
struct pvgpu_renderer_parts {
    const struct pvgpu_options *options;
    const char *vm;
    const char *frames_path; /* for hosts where listeners are not passed on */
    struct pvgpu_shared_memory memory; /* shared with the guest */
    struct pvgpu_shared_memory page_memory; /* the private page */
    struct pvgpu_event wake;
    struct pvgpu_event interrupt;
    pvgpu_handle frames_listener; /* may be PVGPU_NO_HANDLE */
    bool needs_poll; /* the link's property */
    enum pvgpu_resets resets; /* likewise */
    struct pvgpu_window *window; /* of this process, where frames are shown; may be NULL */
    struct pvgpu_log log;
};

static inline struct pvgpu_control_page *pvgpu_renderer_page(const struct pvgpu_renderer_parts *parts)
{
    return parts->page_memory.base;
}

struct pvgpu_renderer_host {
    bool running;
    bool is_thread;
    struct pvgpu_process process;
    struct pvgpu_thread thread;
    struct pvgpu_event ended; /* of the thread */
    const struct pvgpu_renderer_parts *parts;
};

/* Starts a renderer; page->quit is cleared first. False: logged. */
bool pvgpu_renderer_host_start(struct pvgpu_renderer_host *host, const struct pvgpu_renderer_parts *parts);

/* Ready once the renderer has ended by itself; PVGPU_NO_HANDLE when none runs. */
pvgpu_handle pvgpu_renderer_host_wait_handle(const struct pvgpu_renderer_host *host);

/* Takes note that it has ended: describes how in *text (of `size` bytes). */
void pvgpu_renderer_host_reap(struct pvgpu_renderer_host *host, char *text, size_t size);

/* Ends it: asked first, killed after timeout_ns (a thread cannot be killed and is waited for). */
void pvgpu_renderer_host_stop(struct pvgpu_renderer_host *host, uint64_t timeout_ns);

/* Ends a process at once, without waiting for its end: the wait handle tells. False: a thread, which is left alone. */
bool pvgpu_renderer_host_end(struct pvgpu_renderer_host *host);

/* Ends a process at once; a thread is left alone. Returns whether it is known to be gone. */
bool pvgpu_renderer_host_kill(struct pvgpu_renderer_host *host);

/* The renderer itself: makes GPU and outputs, consumes the ring until asked to end. Returns an exit code. */
int pvgpu_renderer_serve(const struct pvgpu_renderer_parts *parts);

/* main of a renderer process. */
int pvgpu_renderer_main(const struct pvgpu_options *options, const struct pvgpu_log *log);

#endif
