/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Child processes: started with a list of handles and nothing else, dead when their parent dies (job object on
 * Windows; PR_SET_PDEATHSIG and a check on Linux).
 */
#ifndef PVGPU_OS_PROCESS_H
#define PVGPU_OS_PROCESS_H

#include "base/log.h"
#include "os/handle.h"

struct pvgpu_process {
    int64_t id; /* process id; 0 when there is none */
    pvgpu_handle handle; /* owned; ready in pvgpu_handle_wait_any once the process has ended (pidfd, process handle) */
};

/*
 * Starts this very program again. argv[0] is replaced by the program's own path; the NULL-terminated rest is passed
 * on. handles[0..count) are inherited; their numeric value in the child is the same on Windows and `3 + index` on
 * POSIX, so a parent prints pvgpu_process_child_handle(handles, index) into the arguments. Standard output and error
 * go to `output`, which is lent; PVGPU_NO_HANDLE: they are shared. False: logged.
 */
bool pvgpu_process_spawn_self_to(struct pvgpu_process *process, const char *const *argv, const pvgpu_handle *handles,
                                 size_t count, pvgpu_handle output, const struct pvgpu_log *log);

/* The same with shared standard output and error. */
static inline bool pvgpu_process_spawn_self(struct pvgpu_process *process, const char *const *argv,
                                            const pvgpu_handle *handles, size_t count, const struct pvgpu_log *log)
{
    return pvgpu_process_spawn_self_to(process, argv, handles, count, PVGPU_NO_HANDLE, log);
}

pvgpu_handle pvgpu_process_child_handle(const pvgpu_handle *handles, size_t index);

/* In a child, first thing: dies with the parent from now on. Ends the process when the parent is already gone. */
void pvgpu_process_follow_parent(int64_t parent_id);

/* SIGUSR1: a process that watches for it (os/stop.h) reports what it has counted. Nothing on Windows. */
void pvgpu_process_ask_report(const struct pvgpu_process *process);

/* Ends the process at once, without its consent. */
void pvgpu_process_kill(struct pvgpu_process *process);

/*
 * Waits for the end and releases the handle. False when the process was still running at the timeout.
 * *exit_code (may be NULL) is the exit status, or minus the signal on POSIX.
 */
bool pvgpu_process_wait(struct pvgpu_process *process, uint64_t timeout_ns, int *exit_code);

/* Whether a process with that id exists; one that has ended and was not waited for may still count. */
bool pvgpu_process_is_alive(int64_t id);

/*
 * What becomes ready in pvgpu_handle_wait_any once the process has ended, whoever's child it is; its id may then belong to
 * another one, this does not. The caller closes it. PVGPU_NO_HANDLE: there is no such process, or the system cannot tell.
 */
pvgpu_handle pvgpu_process_watch(int64_t id);

/* What this process has. */
struct pvgpu_process_usage {
    uint64_t resident_bytes; /* memory that is in use and present */
    uint64_t handles; /* file descriptors, or handles */
};

/* False when the system does not tell. */
bool pvgpu_process_get_usage(struct pvgpu_process_usage *usage);

/* This process. */
int64_t pvgpu_process_id(void);

#endif
