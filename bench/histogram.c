/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * bench-histogram: what it costs the render thread to record a duration, for one bucket over and over and for buckets at
 * random; and, for comparison, to read the clock, which it does besides.
 */
#include "base/histogram.h"
#include "base/time.h"
#include "bench.h"

#include <stdio.h>
#include <string.h>

#define GOAL_NS 20.0
#define RECORDS 1000000u
#define LENGTHS 4096u /* more than any branch predictor learns by heart */
#define MOST_ROUNDS 100u

static struct pvgpu_histogram histogram;
static uint64_t lengths[LENGTHS];

static void record(uint32_t i)
{
    pvgpu_histogram_record(&histogram, lengths[i % LENGTHS]);
}

static void read_clock(uint32_t i)
{
    (void)i;
    *(volatile uint64_t *)&lengths[0] = pvgpu_time_now_ns();
}

/* xorshift64; every power of two that there are buckets for is as likely as every other. */
static void choose_lengths(bool random)
{
    uint64_t state = 1;
    for (uint32_t i = 0; i < LENGTHS; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        lengths[i] = random ? (state >> 28) >> (state % 26) : 16666667;
    }
}

/* Prints a row; nanoseconds in the best round, since other work on the machine only ever adds. */
static double measure(const char *name, void (*call)(uint32_t i), uint32_t rounds)
{
    double results[MOST_ROUNDS];
    for (uint32_t round = 0; round < rounds; round++) {
        uint64_t start = pvgpu_time_now_ns();
        for (uint32_t i = 0; i < RECORDS; i++)
            call(i);
        results[round] = (double)(pvgpu_time_now_ns() - start) / RECORDS;
    }
    bench_sort(results, rounds);
    printf("| %-28s | %6.1f | %6.1f |\n", name, results[0], results[rounds / 2]);
    return results[0];
}

int main(int argc, char **argv)
{
    uint32_t rounds = MOST_ROUNDS;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--quick") != 0) {
            fprintf(stderr, "usage: bench-histogram [--quick]\n");
            return 2;
        }
        rounds = 20;
    }
    printf("| %-28s | %6s | %6s |\n|------------------------------|-------:|-------:|\n", "call", "best", "median");
    choose_lengths(false);
    double same = measure("record, one bucket", record, rounds);
    choose_lengths(true);
    double random = measure("record, buckets at random", record, rounds);
    measure("(reading the clock)", read_clock, rounds);
    bool met = same < GOAL_NS && random < GOAL_NS;
    printf("\nNanoseconds a call, %u rounds of %u. The goal of less than %.0f ns in the best round is %s.\n", rounds,
           RECORDS, GOAL_NS, met ? "met" : "MISSED");
    return met ? 0 : 1;
}
