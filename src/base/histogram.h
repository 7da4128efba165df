/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * How long something took, counted by length: a histogram of fixed size that can lie in shared memory. One thread
 * records; any thread or process may read meanwhile. Nothing is allocated, nothing blocks, nothing fails.
 *
 * Buckets are log-linear: each power of two from 1.024 us to 68.7 s (2^10 to 2^36 ns) is divided into 16 equal parts; one
 * bucket before them has what is shorter, one after them what is longer. What is told about a duration is the middle of
 * its bucket, at most 1/32 of the duration (3.2 %) away from it; below 1.024 us, 512 ns away; for what is longer than 68.7
 * s, the longest duration there was.
 *
 * A reader takes a snapshot and believes nothing in it: the memory may belong to a process that has been taken over.
 * Whatever the words say, no function divides by them, uses them as an index or loops for longer, sums stop at
 * UINT64_MAX, and percentiles do not fall as the percentage grows and are at most the longest duration.
 */
#ifndef PVGPU_BASE_HISTOGRAM_H
#define PVGPU_BASE_HISTOGRAM_H

#include <stdatomic.h>
#include <stdint.h>

#define PVGPU_HISTOGRAM_LEAST_BITS 10u /* 2^10 ns: shorter than any wake-up of a thread */
#define PVGPU_HISTOGRAM_MOST_BITS 36u /* 2^36 ns: longer than any time-out of ours */
#define PVGPU_HISTOGRAM_PART_BITS 4u /* 2^4 parts to each power of two */
#define PVGPU_HISTOGRAM_BUCKETS \
    (((PVGPU_HISTOGRAM_MOST_BITS - PVGPU_HISTOGRAM_LEAST_BITS) << PVGPU_HISTOGRAM_PART_BITS) + 2u)

/* All 0: nothing was recorded yet. Written with relaxed order: a reader may see one word a moment before another. */
struct pvgpu_histogram {
    _Atomic uint64_t most_ns; /* the longest duration */
    _Atomic uint64_t buckets[PVGPU_HISTOGRAM_BUCKETS]; /* durations in each */
};

/* What a reader has seen; its own. */
struct pvgpu_histogram_snapshot {
    uint64_t most_ns;
    uint64_t buckets[PVGPU_HISTOGRAM_BUCKETS];
};

/* Counts a duration, of any length. The one thread that writes. */
void pvgpu_histogram_record(struct pvgpu_histogram *histogram, uint64_t duration_ns);

void pvgpu_histogram_read(const struct pvgpu_histogram *histogram, struct pvgpu_histogram_snapshot *snapshot);

/* How many durations there are. */
uint64_t pvgpu_histogram_count(const struct pvgpu_histogram_snapshot *snapshot);

/*
 * The duration that `percent` (0 to 100; more is 100) of all do not exceed: that of rank percent * count / 100, rounded
 * up, the shortest being the first. 0 when there are none.
 */
uint64_t pvgpu_histogram_percentile_ns(const struct pvgpu_histogram_snapshot *snapshot, uint32_t percent);

/*
 * What was recorded between two snapshots of one histogram. A bucket that shrank meanwhile (its writer lies, or another
 * one has begun) counts as 0. The longest duration of an interval is known exactly if it is the longest of all so far;
 * else most_ns is the upper end of the last bucket with something in it. `result` may be one of the two.
 */
void pvgpu_histogram_difference(const struct pvgpu_histogram_snapshot *later,
                                const struct pvgpu_histogram_snapshot *earlier,
                                struct pvgpu_histogram_snapshot *result);

#endif
