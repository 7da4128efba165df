/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Attaching to frame endpoints whose VM or renderer may still be on its way. Any thread. */
#ifndef PVGPU_TOOLS_ATTACH_H
#define PVGPU_TOOLS_ATTACH_H

#include "pvgpu/frames.h"

#define ATTACH_PAUSE_NS UINT64_C(20000000) /* between looks for an endpoint that is not there yet */

/*
 * Attaches as soon as the endpoint is there. One that is missing, or ends before it answers, is tried again until
 * deadline_ns (pvgpu_time_now_ns; PVGPU_NO_TIMEOUT: for ever); one that listens may answer until then, but for at least
 * least_answer_ms: it is there before its VM, and its renderer may be starting. Blocks. The results are those of
 * pvgpu_frames_connect; on PVGPU_FRAMES_OK *frames is owned by the caller, otherwise it is NULL.
 */
enum pvgpu_frames_result attach_to_frames(const char *path, uint32_t flags, uint64_t deadline_ns,
                                          uint32_t least_answer_ms, struct pvgpu_frames **frames);

/* What is left until a deadline, rounded up, as the timeout of a function of pvgpu/frames.h. */
uint32_t attach_left_ms(uint64_t deadline_ns);

#endif
