/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * An output that hands frames to several others, none of which waits for another: one that puts a frame off gets it
 * later, while those who did not are offered the frames behind it (publish_ahead). The VM itself is still held back by
 * the slowest once its presents in flight are used up. Render thread.
 */
#ifndef PVGPU_PRESENT_FAN_OUT_H
#define PVGPU_PRESENT_FAN_OUT_H

#include "present/output.h"

#define PVGPU_FAN_OUT_MOST 4u /* kinds of outputs there can be, with room */

/* Takes the outputs, which go with it. NULL, and they are destroyed: memory is short; logged. */
struct pvgpu_frame_output *pvgpu_fan_out_create(struct pvgpu_frame_output *const *outputs, uint32_t count,
                                                const struct pvgpu_log *log);

#endif
