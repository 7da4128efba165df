/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "service/log_child.h"

#include "base/log_frame.h"
#include "os/pipe.h"

_Static_assert(PVGPU_LOG_FRAME_BYTES <= PVGPU_PIPE_PIECE, "frames of several threads would mix");

static void write_frame(struct pvgpu_log_output *output, const struct pvgpu_log_record *record)
{
    struct pvgpu_log_child *child = (struct pvgpu_log_child *)output;
    char frame[PVGPU_LOG_FRAME_BYTES];
    /* Taken, so that two threads do not tell of the same losses. */
    uint64_t lost = atomic_exchange_explicit(&child->lost, 0, memory_order_relaxed);
    size_t length = pvgpu_log_frame_encode(frame, record, lost);
    if (!pvgpu_pipe_write(child->pipe, frame, length))
        atomic_fetch_add_explicit(&child->lost, lost + 1, memory_order_relaxed);
}

void pvgpu_log_child_init(struct pvgpu_log_child *child, pvgpu_handle pipe, const struct pvgpu_log_filter *filter)
{
    child->pipe = pipe;
    child->output.write = write_frame;
    atomic_init(&child->lost, 0);
    pvgpu_log_output_set_filter(&child->output, filter);
}

void pvgpu_log_child_finish(struct pvgpu_log_child *child)
{
    if (!atomic_load_explicit(&child->lost, memory_order_relaxed))
        return;
    struct pvgpu_log log = pvgpu_log_make(&child->output, "pvgpu_backend", NULL);
    pvgpu_log_write(&log, PVGPU_LOG_WARN, "%s", ""); /* carries the count, and says nothing itself */
}
