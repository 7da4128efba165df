/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The monotonic clock, and the one on the wall. Any thread; nothing here fails. */
#ifndef PVGPU_BASE_TIME_H
#define PVGPU_BASE_TIME_H

#include <stdint.h>

#define PVGPU_NS_PER_US UINT64_C(1000)
#define PVGPU_NS_PER_MS UINT64_C(1000000)
#define PVGPU_NS_PER_S UINT64_C(1000000000)

/* A timeout that never passes. */
#define PVGPU_NO_TIMEOUT UINT64_MAX

/* Nanoseconds since an arbitrary start; the same start for every process of the machine. */
uint64_t pvgpu_time_now_ns(void);

/* Nanoseconds since 1970 in UTC, as the system's clock has it now: it can be set, so it serves to show, not to measure. */
uint64_t pvgpu_time_wall_ns(void);

/* Blocks the calling thread for at least that long. */
void pvgpu_time_sleep_ns(uint64_t duration_ns);

/* The point in time that lies timeout_ns after now; PVGPU_NO_TIMEOUT stays what it is. */
static inline uint64_t pvgpu_time_deadline_ns(uint64_t timeout_ns)
{
    uint64_t now = pvgpu_time_now_ns();
    return timeout_ns > PVGPU_NO_TIMEOUT - now ? PVGPU_NO_TIMEOUT : now + timeout_ns;
}

/* What is left until a deadline, 0 when it has passed; PVGPU_NO_TIMEOUT stays what it is. */
static inline uint64_t pvgpu_time_left_ns(uint64_t deadline_ns)
{
    if (deadline_ns == PVGPU_NO_TIMEOUT)
        return PVGPU_NO_TIMEOUT;
    uint64_t now = pvgpu_time_now_ns();
    return deadline_ns > now ? deadline_ns - now : 0;
}

#endif
