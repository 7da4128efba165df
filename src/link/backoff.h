/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * When to try a write again that a full socket refused. A wait handle tells only when there is something to read, so
 * this one case goes by the clock: 1 ms at first, for a peer that is merely slow, then twice as long each time up to
 * 64 ms, for one that is stopped. One thread.
 */
#ifndef PVGPU_LINK_BACKOFF_H
#define PVGPU_LINK_BACKOFF_H

#include "base/time.h"

#define PVGPU_BACKOFF_FIRST_NS PVGPU_NS_PER_MS
#define PVGPU_BACKOFF_LAST_NS (64 * PVGPU_NS_PER_MS)

struct pvgpu_backoff {
    uint64_t delay_ns; /* the last one; 0: nothing is held up */
    uint64_t retry_ns; /* monotonic; valid while delay_ns is not 0 */
    uint64_t since_ns; /* monotonic, when the hold-up began; valid while delay_ns is not 0 */
};

/* A write was refused. Before the time to retry has come this changes nothing. */
static inline void pvgpu_backoff_blocked(struct pvgpu_backoff *backoff)
{
    uint64_t now = pvgpu_time_now_ns();
    if (backoff->delay_ns == 0) {
        backoff->since_ns = now;
        backoff->delay_ns = PVGPU_BACKOFF_FIRST_NS;
    } else if (now < backoff->retry_ns) {
        return;
    } else if (backoff->delay_ns < PVGPU_BACKOFF_LAST_NS) {
        backoff->delay_ns *= 2;
    }
    backoff->retry_ns = now + backoff->delay_ns;
}

/* Everything was written. */
static inline void pvgpu_backoff_clear(struct pvgpu_backoff *backoff)
{
    backoff->delay_ns = 0;
}

/* The time to retry at, PVGPU_NO_TIMEOUT when nothing is held up. */
static inline uint64_t pvgpu_backoff_retry_ns(const struct pvgpu_backoff *backoff)
{
    return backoff->delay_ns ? backoff->retry_ns : PVGPU_NO_TIMEOUT;
}

/* How long the hold-up has lasted by now. */
static inline uint64_t pvgpu_backoff_lasted_ns(const struct pvgpu_backoff *backoff)
{
    return backoff->delay_ns ? pvgpu_time_now_ns() - backoff->since_ns : 0;
}

#endif
