/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "base/time.h"

#include "os/handle.h"
#include "os/win32/windows_lean.h"

uint64_t pvgpu_time_now_ns(void)
{
    /* The frequency never changes while the system runs, and asking is a read of a shared page. */
    LARGE_INTEGER frequency, counter;
    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&counter);
    uint64_t per_second = (uint64_t)frequency.QuadPart;
    uint64_t ticks = (uint64_t)counter.QuadPart;
    /* Split, because ticks times a billion overflows after 30 minutes at 10 MHz. */
    return ticks / per_second * PVGPU_NS_PER_S + ticks % per_second * PVGPU_NS_PER_S / per_second;
}

uint64_t pvgpu_time_wall_ns(void)
{
    /* Hundreds of nanoseconds since 1601. */
    FILETIME now;
    GetSystemTimeAsFileTime(&now);
    uint64_t ticks = (uint64_t)now.dwHighDateTime << 32 | now.dwLowDateTime;
    return (ticks - UINT64_C(116444736000000000)) * 100;
}

void pvgpu_time_sleep_ns(uint64_t duration_ns)
{
    pvgpu_handle_wait_any(NULL, 0, duration_ns);
}
