/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "os/handle.h"

#include "base/time.h"
#include "os/win32/windows_lean.h"

#include <assert.h>

#ifndef CREATE_WAITABLE_TIMER_HIGH_RESOLUTION
#define CREATE_WAITABLE_TIMER_HIGH_RESOLUTION 0x00000002
#endif

/* Below this a timer costs more than it saves: the thread yields in a loop. */
#define YIELD_BELOW_NS (50 * PVGPU_NS_PER_US)

/* Below this a timer of its own ends the wait, because a plain timeout is only as fine as the 15.6 ms system tick. */
#define TIMER_BELOW_NS (100 * PVGPU_NS_PER_MS)

/* The longest plain timeout; INFINITE is one more. */
#define LONGEST_MS (INFINITE - 1)

struct wait_set {
    HANDLE objects[PVGPU_WAIT_MAX + 1]; /* the last place is kept for a timer */
    uint64_t bits[PVGPU_WAIT_MAX]; /* what each stands for in the caller's mask */
    DWORD count; /* without the timer */
};

void pvgpu_handle_close(pvgpu_handle handle)
{
    if (handle != PVGPU_NO_HANDLE)
        CloseHandle((HANDLE)handle);
}

pvgpu_handle pvgpu_handle_duplicate(pvgpu_handle handle)
{
    HANDLE self = GetCurrentProcess();
    HANDLE copy = NULL;
    if (handle == PVGPU_NO_HANDLE ||
        !DuplicateHandle(self, (HANDLE)handle, self, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS))
        return PVGPU_NO_HANDLE;
    return (pvgpu_handle)copy;
}

/* Tests every object from `first` on. One that cannot be waited for counts as ready: its user will see the error. */
static uint64_t poll_set(const struct wait_set *set, DWORD first)
{
    uint64_t mask = 0;
    for (DWORD i = first; i < set->count; i++) {
        if (WaitForSingleObject(set->objects[i], 0) != WAIT_TIMEOUT)
            mask |= set->bits[i];
    }
    return mask;
}

/* One wait of the system. The mask of what is ready; 0 when time or the timer ended the wait. */
static uint64_t wait_once(const struct wait_set *set, HANDLE timer, DWORD timeout_ms)
{
    DWORD count = set->count + (timer ? 1 : 0);
    if (count == 0) {
        Sleep(timeout_ms);
        return 0;
    }
    DWORD result = WaitForMultipleObjects(count, set->objects, FALSE, timeout_ms);
    if (result == WAIT_TIMEOUT)
        return 0;
    if (result == WAIT_FAILED) {
        uint64_t mask = poll_set(set, 0);
        if (!mask)
            Sleep(1);
        return mask;
    }
    DWORD first = result >= WAIT_ABANDONED_0 ? result - WAIT_ABANDONED_0 : result - WAIT_OBJECT_0;
    if (first >= set->count)
        return 0;
    /* The system reports the first ready object alone, and has reset that one only. */
    return set->bits[first] | poll_set(set, first + 1);
}

/* Starts (or makes and starts) the set's timer. False when the system has none to give. */
static bool start_timer(struct wait_set *set, HANDLE *timer, uint64_t left_ns)
{
    if (!*timer) {
        *timer = CreateWaitableTimerExW(NULL, NULL, CREATE_WAITABLE_TIMER_HIGH_RESOLUTION, TIMER_ALL_ACCESS);
        if (!*timer)
            *timer = CreateWaitableTimerExW(NULL, NULL, 0, TIMER_ALL_ACCESS);
        if (!*timer)
            return false;
        set->objects[set->count] = *timer;
    }
    /* Negative: relative to now, in units of 100 ns. */
    LARGE_INTEGER due = {.QuadPart = -(LONGLONG)((left_ns + 99) / 100)};
    return SetWaitableTimer(*timer, &due, 0, NULL, NULL, FALSE);
}

static DWORD round_up_to_ms(uint64_t left_ns)
{
    uint64_t ms = left_ns / PVGPU_NS_PER_MS + (left_ns % PVGPU_NS_PER_MS != 0);
    return ms < LONGEST_MS ? (DWORD)ms : LONGEST_MS;
}

/* A wait that ends at a near deadline, not before and not a tick later. */
static uint64_t wait_finely(struct wait_set *set, uint64_t deadline_ns)
{
    HANDLE timer = NULL;
    uint64_t mask = 0;
    while (!mask) {
        uint64_t left_ns = pvgpu_time_left_ns(deadline_ns);
        if (left_ns == 0)
            break;
        if (left_ns < YIELD_BELOW_NS) {
            mask = poll_set(set, 0);
            if (!mask)
                SwitchToThread();
        } else if (start_timer(set, &timer, left_ns)) {
            mask = wait_once(set, timer, INFINITE);
        } else {
            mask = wait_once(set, NULL, round_up_to_ms(left_ns));
        }
    }
    if (timer)
        CloseHandle(timer);
    return mask;
}

uint64_t pvgpu_handle_wait_any(const pvgpu_handle *handles, size_t count, uint64_t timeout_ns)
{
    assert(count <= PVGPU_WAIT_MAX);
    struct wait_set set = {.count = 0};
    for (size_t i = 0; i < count; i++) {
        if (handles[i] == PVGPU_NO_HANDLE)
            continue;
        set.objects[set.count] = (HANDLE)handles[i];
        set.bits[set.count++] = UINT64_C(1) << i;
    }
    if (timeout_ns == PVGPU_NO_TIMEOUT && set.count > 0) {
        uint64_t mask;
        while (!(mask = wait_once(&set, NULL, INFINITE)))
            continue;
        return mask;
    }
    if (timeout_ns == 0)
        return set.count ? wait_once(&set, NULL, 0) : 0;

    uint64_t deadline_ns = pvgpu_time_deadline_ns(timeout_ns);
    for (;;) {
        uint64_t left_ns = pvgpu_time_left_ns(deadline_ns);
        if (left_ns == 0)
            return 0;
        /* What is ready already needs no timer. */
        uint64_t mask = left_ns < TIMER_BELOW_NS ? poll_set(&set, 0) : wait_once(&set, NULL, round_up_to_ms(left_ns));
        if (mask)
            return mask;
        if (left_ns < TIMER_BELOW_NS)
            return wait_finely(&set, deadline_ns);
    }
}
