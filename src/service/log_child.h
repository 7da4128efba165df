/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The log of a session or renderer process: records go to the supervisor through the pipe that is this process's
 * standard error (base/log_frame.h). Nothing waits: a record that the pipe cannot take is counted on the board, a page
 * that the supervisor shares with the processes of one VM and where it also says what is wanted. Any thread.
 */
#ifndef PVGPU_SERVICE_LOG_CHILD_H
#define PVGPU_SERVICE_LOG_CHILD_H

#include "base/log_filter.h"
#include "os/handle.h"

/* Shared memory. The processes of a VM can write anything here: it changes what is heard of that VM, nothing else. */
struct pvgpu_log_board {
    struct pvgpu_log_levels levels; /* set by the supervisor */
    _Atomic uint64_t lost; /* records since the supervisor last took the count; relaxed: a plain count */
};

struct pvgpu_log_child {
    struct pvgpu_log_output output; /* first: loggers point at it */
    pvgpu_handle pipe; /* lent */
    struct pvgpu_log_board *board; /* lent */
};

void pvgpu_log_child_init(struct pvgpu_log_child *child, pvgpu_handle pipe, struct pvgpu_log_board *board);

#endif
