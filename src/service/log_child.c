/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "service/log_child.h"

#include "base/log_frame.h"
#include "os/pipe.h"

_Static_assert(PVGPU_LOG_FRAME_BYTES <= PVGPU_PIPE_PIECE, "frames of several threads would mix");

static void write_frame(struct pvgpu_log_output *output, const struct pvgpu_log_record *record)
{
    struct pvgpu_log_child *child = (struct pvgpu_log_child *)output;
    char frame[PVGPU_LOG_FRAME_BYTES];
    size_t length = pvgpu_log_frame_encode(frame, record);
    if (!pvgpu_pipe_write(child->pipe, frame, length))
        atomic_fetch_add_explicit(&child->board->lost, 1, memory_order_relaxed);
}

void pvgpu_log_child_init(struct pvgpu_log_child *child, pvgpu_handle pipe, struct pvgpu_log_board *board)
{
    *child = (struct pvgpu_log_child){
        .output = {.levels = &board->levels, .write = write_frame}, .pipe = pipe, .board = board};
}
