/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A connected VM as the supervisor has it: its session's process, the private page that the two and the renderer share,
 * and where its frames are. Main thread.
 */
#ifndef PVGPU_SERVICE_VM_H
#define PVGPU_SERVICE_VM_H

#include "os/endpoint.h"
#include "os/event.h"
#include "os/process.h"
#include "os/shared_memory.h"
#include "service/config.h"
#include "service/log_sink.h"
#include "shm/control_page.h"

struct pvgpu_vm {
    char name[PVGPU_VM_NAME_BYTES];
    const struct pvgpu_options *options; /* lent */
    enum pvgpu_link_kind link;
    bool is_first; /* has what the service has once, for consumers that know of one VM alone */
    int64_t peer; /* process at the other end; 0: not known */
    uint64_t since_ns; /* when it connected */
    char frames_path[PVGPU_PATH_BYTES];
    struct pvgpu_listener *frames; /* owned; POSIX alone; may be NULL */
    pvgpu_handle file; /* ivshmem-plain: what it shares; lent; else PVGPU_NO_HANDLE */
    struct pvgpu_process session;
    struct pvgpu_log_source *said; /* what its processes say; may be NULL */
    struct pvgpu_event quit; /* tells the session to end */
    bool has_quit;
    struct pvgpu_shared_memory page; /* struct pvgpu_control_page */
};

void pvgpu_vm_init(struct pvgpu_vm *vm, const struct pvgpu_options *options, enum pvgpu_link_kind link);

/* Releases everything; the session has ended. */
void pvgpu_vm_finish(struct pvgpu_vm *vm);

/*
 * Starts the session process; what it says goes into `sink`. Takes the stream in any case; ivshmem-plain has none but a
 * file. False: logged.
 */
bool pvgpu_vm_start(struct pvgpu_vm *vm, struct pvgpu_stream *stream, struct pvgpu_log_sink *sink,
                    const struct pvgpu_log *log);

/* The session has ended: its last words go in front of what is said about it. */
void pvgpu_vm_hear_out(struct pvgpu_vm *vm);

/* --single-process: serves the VM right here, until it leaves or `stop` is ready. Takes the stream, as above. */
void pvgpu_vm_serve_here(struct pvgpu_vm *vm, struct pvgpu_stream *stream, pvgpu_handle stop,
                         const struct pvgpu_log *log);

static inline struct pvgpu_control_page *pvgpu_vm_page(const struct pvgpu_vm *vm)
{
    return vm->page.base;
}

#endif
