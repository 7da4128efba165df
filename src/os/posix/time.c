/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "base/time.h"

#include <errno.h>
#include <time.h>

uint64_t pvgpu_time_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * PVGPU_NS_PER_S + (uint64_t)now.tv_nsec;
}

uint64_t pvgpu_time_wall_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * PVGPU_NS_PER_S + (uint64_t)now.tv_nsec;
}

void pvgpu_time_sleep_ns(uint64_t duration_ns)
{
    struct timespec left = {
        .tv_sec = (time_t)(duration_ns / PVGPU_NS_PER_S),
        .tv_nsec = (long)(duration_ns % PVGPU_NS_PER_S),
    };
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR)
        ;
}
