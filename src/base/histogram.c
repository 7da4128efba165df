/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "base/histogram.h"

#include <stdbool.h>

#define LEAST PVGPU_HISTOGRAM_LEAST_BITS
#define PART PVGPU_HISTOGRAM_PART_BITS
#define LAST (PVGPU_HISTOGRAM_BUCKETS - 1u)

/* Durations beyond either end take the value at that end, for which the same formula gives the first and last bucket. */
static uint32_t bucket_of(uint64_t duration_ns)
{
    const uint64_t least = (UINT64_C(1) << LEAST) - 1, most = UINT64_C(1) << PVGPU_HISTOGRAM_MOST_BITS;
    uint64_t value = duration_ns < least ? least : duration_ns;
    value = value > most ? most : value;
    uint32_t bits = 63u - (uint32_t)__builtin_clzll(value);
    /* The shift leaves the part with its leading 1, which stands for 2^PART parts. */
    return 1u + ((bits + 1u - LEAST) << PART) + (uint32_t)(value >> (bits - PART)) - (2u << PART);
}

/* Where a bucket begins; for the one behind the last as well. */
static uint64_t start_of(uint32_t bucket)
{
    if (bucket == 0)
        return 0;
    uint32_t bits = LEAST + ((bucket - 1u) >> PART), part = (bucket - 1u) & ((1u << PART) - 1u);
    return (uint64_t)((1u << PART) + part) << (bits - PART);
}

static uint64_t add_up_to_most(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

void pvgpu_histogram_record(struct pvgpu_histogram *histogram, uint64_t duration_ns)
{
    _Atomic uint64_t *bucket = &histogram->buckets[bucket_of(duration_ns)];
    if (duration_ns > atomic_load_explicit(&histogram->most_ns, memory_order_relaxed))
        atomic_store_explicit(&histogram->most_ns, duration_ns, memory_order_relaxed);
    atomic_store_explicit(bucket, atomic_load_explicit(bucket, memory_order_relaxed) + 1, memory_order_relaxed);
}

void pvgpu_histogram_read(const struct pvgpu_histogram *histogram, struct pvgpu_histogram_snapshot *snapshot)
{
    for (uint32_t i = 0; i < PVGPU_HISTOGRAM_BUCKETS; i++)
        snapshot->buckets[i] = atomic_load_explicit(&histogram->buckets[i], memory_order_relaxed);
    snapshot->most_ns = atomic_load_explicit(&histogram->most_ns, memory_order_relaxed);
}

uint64_t pvgpu_histogram_count(const struct pvgpu_histogram_snapshot *snapshot)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < PVGPU_HISTOGRAM_BUCKETS; i++)
        count = add_up_to_most(count, snapshot->buckets[i]);
    return count;
}

/* What is told about the durations in a bucket. */
static uint64_t value_of(const struct pvgpu_histogram_snapshot *snapshot, uint32_t bucket)
{
    if (bucket == LAST)
        return snapshot->most_ns;
    uint64_t start = start_of(bucket), middle = start + (start_of(bucket + 1) - start) / 2;
    return middle < snapshot->most_ns ? middle : snapshot->most_ns;
}

uint64_t pvgpu_histogram_percentile_ns(const struct pvgpu_histogram_snapshot *snapshot, uint32_t percent)
{
    uint64_t count = pvgpu_histogram_count(snapshot), passed = 0;
    percent = percent < 100 ? percent : 100;
    uint64_t rank = count / 100 * percent + (count % 100 * percent + 99) / 100;
    rank = rank ? rank : 1;
    for (uint32_t i = 0; i < PVGPU_HISTOGRAM_BUCKETS; i++) {
        passed = add_up_to_most(passed, snapshot->buckets[i]);
        if (passed >= rank)
            return value_of(snapshot, i);
    }
    return 0;
}

void pvgpu_histogram_difference(const struct pvgpu_histogram_snapshot *later,
                                const struct pvgpu_histogram_snapshot *earlier, struct pvgpu_histogram_snapshot *result)
{
    bool grew = later->most_ns > earlier->most_ns;
    uint64_t most = later->most_ns, end = 0;
    for (uint32_t i = 0; i < PVGPU_HISTOGRAM_BUCKETS; i++) {
        uint64_t now = later->buckets[i], before = earlier->buckets[i];
        result->buckets[i] = now > before ? now - before : 0;
        if (result->buckets[i])
            end = i == LAST ? UINT64_MAX : start_of(i + 1) - 1;
    }
    result->most_ns = grew || end > most ? most : end;
}
