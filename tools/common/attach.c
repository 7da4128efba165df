/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "attach.h"

#include "base/time.h"

#include <stdbool.h>

uint32_t attach_left_ms(uint64_t deadline_ns)
{
    uint64_t left_ns = pvgpu_time_left_ns(deadline_ns), left_ms = left_ns / PVGPU_NS_PER_MS;
    left_ms += left_ns % PVGPU_NS_PER_MS != 0;
    return left_ms < PVGPU_FRAMES_FOREVER ? (uint32_t)left_ms : PVGPU_FRAMES_FOREVER;
}

enum pvgpu_frames_result attach_to_frames(const char *path, uint32_t flags, uint64_t deadline_ns,
                                          uint32_t least_answer_ms, struct pvgpu_frames **frames)
{
    for (;;) {
        uint32_t answer_ms = attach_left_ms(deadline_ns);
        answer_ms = answer_ms > least_answer_ms ? answer_ms : least_answer_ms;
        enum pvgpu_frames_result result = pvgpu_frames_connect(path, flags, answer_ms, frames);
        bool again = result == PVGPU_FRAMES_MISSING || result == PVGPU_FRAMES_ENDED;
        if (!again || !pvgpu_time_left_ns(deadline_ns))
            return result;
        pvgpu_time_sleep_ns(ATTACH_PAUSE_NS);
    }
}
