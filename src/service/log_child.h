/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The log of a session or renderer process: records go to the supervisor through the pipe that is this process's
 * standard error (base/log_frame.h). Nothing waits: a record that the pipe cannot take is counted, and the next one that
 * goes through says how many there were. Any thread.
 */
#ifndef PVGPU_SERVICE_LOG_CHILD_H
#define PVGPU_SERVICE_LOG_CHILD_H

#include "base/log_filter.h"
#include "os/handle.h"

struct pvgpu_log_child {
    struct pvgpu_log_output output; /* first: loggers point at it */
    pvgpu_handle pipe; /* lent */
    _Atomic uint64_t lost; /* records since the last that went through */
};

void pvgpu_log_child_init(struct pvgpu_log_child *child, pvgpu_handle pipe, const struct pvgpu_log_filter *filter);

/* At the end of the process: says how many records were lost, if any were and the pipe takes it. */
void pvgpu_log_child_finish(struct pvgpu_log_child *child);

#endif
