/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "../lib/platform.h"
#include "demo.h"

/* So many for the caches, and for whatever a hypervisor compiles when it first sees the store. */
#define WARM_UP 100u
/* The device takes them one after the other, but what is behind it need not: a pause lets it catch up. */
#define PAUSE_EVERY 16u
#define PAUSE_NS 1000000u

static int compare_times(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void ring(struct demo *demo)
{
    demo->guest->transport->ops->doorbell(demo->guest->transport);
}

static void print_times(const char *what, uint64_t *times, uint64_t count)
{
    qsort(times, count, sizeof times[0], compare_times);
    printf("pvgpu-demo: %s median_ns=%" PRIu64 " p99_ns=%" PRIu64 " max_ns=%" PRIu64 " count=%" PRIu64 "\n", what,
           times[count / 2], times[count - 1 - count / 100], times[count - 1], count);
    fflush(stdout);
}

bool demo_measure_doorbells(struct demo *demo, uint64_t count)
{
    uint64_t *times = calloc(count, sizeof times[0]);
    if (!times) {
        fprintf(stderr, "pvgpu-demo: out of memory\n");
        return false;
    }
    for (unsigned i = 0; i < WARM_UP; i++) {
        ring(demo);
    }
    for (uint64_t i = 0; i < count; i++) {
        uint64_t start = pvgpu_platform_now_ns();
        ring(demo);
        times[i] = pvgpu_platform_now_ns() - start;
        if (i % PAUSE_EVERY == PAUSE_EVERY - 1) {
            pvgpu_platform_sleep_ns(PAUSE_NS);
        }
    }
    print_times("doorbell", times, count);
    /* What of it is the clock. */
    for (uint64_t i = 0; i < count; i++) {
        uint64_t start = pvgpu_platform_now_ns();
        times[i] = pvgpu_platform_now_ns() - start;
    }
    print_times("clock", times, count);
    free(times);
    return true;
}
