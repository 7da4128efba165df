/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Histograms of durations: what they tell against what was recorded, and what hostile words make of them. */
#include "base/histogram.h"

#include "check.h"

#include <stdlib.h>

#define SAMPLES 100000u
#define LEAST_NS (UINT64_C(1) << PVGPU_HISTOGRAM_LEAST_BITS)
#define MOST_NS (UINT64_C(1) << PVGPU_HISTOGRAM_MOST_BITS)
#define LAST (PVGPU_HISTOGRAM_BUCKETS - 1u)

/* xorshift64: the same numbers on every host. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static int compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

static struct pvgpu_histogram_snapshot read_of(const struct pvgpu_histogram *histogram)
{
    struct pvgpu_histogram_snapshot snapshot;
    pvgpu_histogram_read(histogram, &snapshot);
    return snapshot;
}

/* Whether what is told of a duration is within the bound that the header states. */
static bool is_near(uint64_t told, uint64_t exact)
{
    uint64_t off = told > exact ? told - exact : exact - told;
    return exact < LEAST_NS ? off <= LEAST_NS / 2 : off <= exact / 32;
}

static void percentiles_of_random_samples_are_near(struct check *check)
{
    struct pvgpu_histogram histogram = {0};
    uint64_t *samples = malloc(SAMPLES * sizeof(*samples)), state = 1;
    if (!CHECK(samples != NULL))
        return;
    for (uint32_t i = 0; i < SAMPLES; i++) {
        /* Every power of two is as likely as every other, from 1 ns to the upper end. */
        samples[i] = next_random(&state) >> (64 - PVGPU_HISTOGRAM_MOST_BITS) >> (next_random(&state) % 36);
        pvgpu_histogram_record(&histogram, samples[i]);
    }
    qsort(samples, SAMPLES, sizeof(*samples), compare);
    struct pvgpu_histogram_snapshot snapshot = read_of(&histogram);
    CHECK_EQ(pvgpu_histogram_count(&snapshot), SAMPLES);
    CHECK_EQ(snapshot.most_ns, samples[SAMPLES - 1]);
    for (uint32_t percent = 0; percent <= 100; percent++) {
        uint32_t rank = (SAMPLES * percent + 99) / 100;
        uint64_t exact = samples[rank ? rank - 1 : 0], told = pvgpu_histogram_percentile_ns(&snapshot, percent);
        if (!CHECK(is_near(told, exact)))
            printf("  percentile %u: told %llu, exactly %llu\n", percent, (unsigned long long)told,
                   (unsigned long long)exact);
    }
    free(samples);
}

/* Of three durations half do not exceed the second, and a third and a little more do not either. */
static void ranks_are_rounded_up(struct check *check)
{
    static const struct {
        uint32_t percent;
        uint64_t exact;
    } rows[] = {{0, 10000}, {1, 10000}, {33, 10000}, {34, 1000000}, {50, 1000000}, {66, 1000000}, {67, 100000000}};
    struct pvgpu_histogram histogram = {0};
    pvgpu_histogram_record(&histogram, 100000000);
    pvgpu_histogram_record(&histogram, 10000);
    pvgpu_histogram_record(&histogram, 1000000);
    struct pvgpu_histogram_snapshot snapshot = read_of(&histogram);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        CHECK(is_near(pvgpu_histogram_percentile_ns(&snapshot, rows[i].percent), rows[i].exact));
}

/* One duration is told as itself, give or take the bound: at both sides of every place where a bucket can begin. */
static void every_edge_is_near(struct check *check)
{
    for (uint32_t bits = 0; bits < PVGPU_HISTOGRAM_MOST_BITS; bits++) {
        for (uint32_t part = 0; part < 16; part++) {
            uint64_t edge = (UINT64_C(1) << bits) + (((UINT64_C(1) << bits) * part) >> 4);
            for (uint64_t value = edge - 1; value <= edge + 1; value++) {
                struct pvgpu_histogram histogram = {0};
                pvgpu_histogram_record(&histogram, value);
                pvgpu_histogram_record(&histogram, MOST_NS); /* or the longest would be told exactly */
                struct pvgpu_histogram_snapshot snapshot = read_of(&histogram);
                CHECK(is_near(pvgpu_histogram_percentile_ns(&snapshot, 50), value));
            }
        }
    }
}

static void nothing_gives_nothing(struct check *check)
{
    struct pvgpu_histogram histogram = {0};
    struct pvgpu_histogram_snapshot snapshot = read_of(&histogram);
    CHECK_EQ(pvgpu_histogram_count(&snapshot), 0);
    CHECK_EQ(snapshot.most_ns, 0);
    for (uint32_t percent = 0; percent <= 100; percent += 50)
        CHECK_EQ(pvgpu_histogram_percentile_ns(&snapshot, percent), 0);
}

static void extremes_have_buckets(struct check *check)
{
    struct pvgpu_histogram histogram = {0};
    pvgpu_histogram_record(&histogram, 0);
    struct pvgpu_histogram_snapshot snapshot = read_of(&histogram);
    CHECK_EQ(snapshot.buckets[0], 1);
    CHECK_EQ(pvgpu_histogram_percentile_ns(&snapshot, 50), 0);
    pvgpu_histogram_record(&histogram, LEAST_NS - 1);
    pvgpu_histogram_record(&histogram, LEAST_NS);
    pvgpu_histogram_record(&histogram, MOST_NS - 1);
    pvgpu_histogram_record(&histogram, MOST_NS);
    pvgpu_histogram_record(&histogram, UINT64_MAX);
    snapshot = read_of(&histogram);
    CHECK_EQ(snapshot.buckets[0], 2);
    CHECK_EQ(snapshot.buckets[1], 1);
    CHECK_EQ(snapshot.buckets[LAST - 1], 1);
    CHECK_EQ(snapshot.buckets[LAST], 2);
    CHECK_EQ(pvgpu_histogram_count(&snapshot), 6);
    CHECK(pvgpu_histogram_percentile_ns(&snapshot, 100) == UINT64_MAX);
    CHECK(pvgpu_histogram_percentile_ns(&snapshot, UINT32_MAX) == UINT64_MAX);
    CHECK(is_near(pvgpu_histogram_percentile_ns(&snapshot, 50), LEAST_NS));
}

static void an_interval_is_the_difference(struct check *check)
{
    struct pvgpu_histogram histogram = {0};
    for (uint32_t i = 0; i < 1000; i++)
        pvgpu_histogram_record(&histogram, 1000000000);
    struct pvgpu_histogram_snapshot before = read_of(&histogram), interval;
    for (uint32_t i = 0; i < 100; i++)
        pvgpu_histogram_record(&histogram, i < 99 ? 2000000 : 40000000);
    struct pvgpu_histogram_snapshot after = read_of(&histogram);
    CHECK(is_near(pvgpu_histogram_percentile_ns(&after, 50), 1000000000));
    pvgpu_histogram_difference(&after, &before, &interval);
    CHECK_EQ(pvgpu_histogram_count(&interval), 100);
    CHECK(is_near(pvgpu_histogram_percentile_ns(&interval, 99), 2000000));
    CHECK(is_near(pvgpu_histogram_percentile_ns(&interval, 100), 40000000));
    /* Something longer was there before: the end of its bucket is all that is known. */
    CHECK(interval.most_ns >= 40000000 && interval.most_ns <= 40000000 + 40000000 / 16);
    pvgpu_histogram_record(&histogram, 3000000001);
    after = read_of(&histogram);
    pvgpu_histogram_difference(&after, &before, &after); /* into one of them */
    CHECK_EQ(pvgpu_histogram_count(&after), 101);
    CHECK_EQ(after.most_ns, 3000000001);
    pvgpu_histogram_difference(&before, &before, &interval);
    CHECK_EQ(pvgpu_histogram_count(&interval), 0);
    CHECK_EQ(interval.most_ns, 0);
}

/* Percentiles grow, and the longest duration is the most that is told. */
static void is_in_order(struct check *check, const struct pvgpu_histogram_snapshot *snapshot)
{
    uint64_t last = 0;
    for (uint32_t percent = 0; percent <= 100; percent++) {
        uint64_t told = pvgpu_histogram_percentile_ns(snapshot, percent);
        CHECK(told >= last && told <= snapshot->most_ns);
        last = told;
    }
}

static void hostile_words_do_no_harm(struct check *check)
{
    static const uint64_t words[] = {0, 1, 99, UINT64_MAX / 2, UINT64_MAX - 1, UINT64_MAX};
    struct pvgpu_histogram histogram;
    struct pvgpu_histogram_snapshot earlier = {0}, later, interval;
    uint64_t state = 7;
    for (uint32_t round = 0; round < 1000; round++) {
        for (uint32_t i = 0; i < PVGPU_HISTOGRAM_BUCKETS; i++)
            histogram.buckets[i] = words[round < 6 ? round : next_random(&state) % 6];
        histogram.most_ns = round % 2 ? words[round / 2 % 6] : next_random(&state);
        later = read_of(&histogram);
        is_in_order(check, &later);
        pvgpu_histogram_difference(&later, &earlier, &interval);
        is_in_order(check, &interval);
        earlier = later;
    }
    memset(&later, 0xFF, sizeof(later));
    CHECK(pvgpu_histogram_count(&later) == UINT64_MAX);
    /* A counter at its end begins again, and harms nobody. */
    histogram.buckets[0] = UINT64_MAX;
    pvgpu_histogram_record(&histogram, 0);
    CHECK(histogram.buckets[0] == 0);
    memset(&earlier, 0, sizeof(earlier));
    pvgpu_histogram_difference(&earlier, &later, &interval); /* everything fell */
    CHECK_EQ(pvgpu_histogram_count(&interval), 0);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(percentiles_of_random_samples_are_near),
        CHECK_CASE(ranks_are_rounded_up),
        CHECK_CASE(every_edge_is_near),
        CHECK_CASE(nothing_gives_nothing),
        CHECK_CASE(extremes_have_buckets),
        CHECK_CASE(an_interval_is_the_difference),
        CHECK_CASE(hostile_words_do_no_harm),
    };
    return check_run(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
