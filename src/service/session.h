/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * One VM, from its connection to its end: owns the link, the shared memory, the private control page and the state that
 * must survive a renderer (epoch, error bits), and starts renderers. It never loads a GPU library and never waits for
 * one: its only thread answers the link. When a renderer dies, the session reports device lost to the guest, a thread
 * without a GPU goes on consuming the ring and completing fences, and the guest's next reset gets a new renderer.
 */
#ifndef PVGPU_SERVICE_SESSION_H
#define PVGPU_SERVICE_SESSION_H

#include "os/endpoint.h"
#include "os/shared_memory.h"
#include "service/options.h"

struct pvgpu_session_config {
    const struct pvgpu_options *options;
    enum pvgpu_link_kind link;
    struct pvgpu_stream *stream; /* the VM's connection; taken; NULL for ivshmem-plain */
    pvgpu_handle file; /* ivshmem-plain: what is shared; taken; else PVGPU_NO_HANDLE */
    const char *vm; /* name */
    const char *frames_path; /* endpoint of the frame channel */
    pvgpu_handle frames_listener; /* POSIX: where renderers accept frame consumers; lent; may be PVGPU_NO_HANDLE */
    pvgpu_handle quit; /* ready when the session is to end; lent */
    struct pvgpu_shared_memory page; /* struct pvgpu_control_page, zeroed; lent */
    struct pvgpu_log log;
};

/* Serves the VM until it leaves or `quit` is ready. Returns an exit code. Main thread of the session's process. */
int pvgpu_session_run(const struct pvgpu_session_config *config);

/* main of a session process. */
int pvgpu_session_main(const struct pvgpu_options *options, const struct pvgpu_log *log);

#endif
