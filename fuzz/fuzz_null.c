/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Random and damaged command streams through one host that lives on: what the fuzz targets, whose inputs are short,
 * cannot see is memory that grows over millions of commands. The same seed makes the same run.
 *
 *   fuzz-null [COMMANDS [SEED]]    300,000 commands and seed 1 by default
 */
#include "harness.h"
#include "stream_maker.h"

#include "base/time.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEAP_BYTES STREAM_HEAP_LEAST
#define STREAM_BYTES 0x4000u
#define STREAMS_PER_EPOCH 48u
#define ALLOWED_GROWTH (UINT64_C(16) << 20) /* of the resident set: what allocators keep back */

/* Small, so that they are met: a scene takes some sixty objects. */
static const struct pvgpu_limits limits = {
    .resource_bytes = 2 << 20, .one_resource_bytes = 1 << 19, .objects = 52, .shaders = 6};

/* Freed memory is kept for a while by address sanitizers; that is growth of theirs, not of ours. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "quarantine_size_mb=8:malloc_context_size=8";
}

static uint64_t resident_bytes(void)
{
    unsigned long long total = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%llu %llu", &total, &resident) != 2)
        resident = 0;
    if (file)
        fclose(file);
    return resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

struct run {
    struct fuzz_host *fuzz;
    struct stream_maker maker;
    uint64_t streams;
    uint64_t broken_at; /* stream that first broke a rule; 0: none */
};

static void make_bytes(struct run *run, uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i + 8 <= size; i += 8) {
        uint64_t word = stream_random_next(&run->maker.random);
        memcpy(bytes + i, &word, sizeof(word));
    }
}

/* One stream: right, damaged, or noise. */
static void run_stream(struct run *run, uint8_t *bytes)
{
    struct fuzz_host *fuzz = run->fuzz;
    struct stream_maker *maker = &run->maker;
    struct pvgpu_encoder encoder;
    if (run->streams++ % STREAMS_PER_EPOCH == 0)
        fuzz_host_reset(fuzz, 0);
    if (fuzz->producer == 0) {
        stream_maker_fill_heap(maker, fuzz->heap);
        pvgpu_encoder_init(&encoder, bytes, STREAM_BYTES);
        stream_maker_scene(maker, &encoder);
        maker->fence = 0;
        fuzz_host_feed(fuzz, bytes, encoder.used, encoder.used);
    }
    uint32_t kind = stream_random_below(&maker->random, 16);
    if (kind < 4)
        stream_maker_spoil_shader(maker, fuzz->heap);
    maker->wild = kind < 8 ? 200 : 20;
    pvgpu_encoder_init(&encoder, bytes, STREAM_BYTES);
    encoder.options = stream_random_below(&maker->random, 4); /* full arrays, exact sizes */
    size_t wanted = 256 + stream_random_below(&maker->random, STREAM_BYTES - 4096);
    while (encoder.used < wanted)
        stream_maker_step(maker, &encoder);
    if (kind == 15)
        make_bytes(run, bytes, encoder.used);
    else if (kind % 2)
        stream_maker_mutate(maker, bytes, encoder.used);
    bool kept = fuzz_host_feed(fuzz, bytes, encoder.used, encoder.used) == PVGPU_RING_EMPTY;
    if (!run->broken_at && atomic_load(&fuzz->gpu->broken_rules)) {
        run->broken_at = run->streams;
        printf("that was stream %" PRIu64 ", command %" PRIu64 "\n", run->streams, fuzz->commands);
    }
    if (!kept)
        fuzz_host_reset(fuzz, 0);
}

static void print_progress(const struct fuzz_host *fuzz, uint64_t start_ns)
{
    double seconds = (double)(pvgpu_time_now_ns() - start_ns) / (double)PVGPU_NS_PER_S;
    printf("%10" PRIu64 " commands, %.0f a second, %" PRIu64 " MiB resident\n", fuzz->commands,
           (double)fuzz->commands / seconds, resident_bytes() >> 20);
    fflush(stdout);
}

/* Runs that many commands; tells how large the process was after a tenth of them. */
static uint64_t run_commands(struct run *run, uint64_t commands, bool quiet)
{
    uint8_t *bytes = malloc(STREAM_BYTES);
    uint64_t start = pvgpu_time_now_ns(), step = commands / 10 + 1, next = step, early = 0;
    if (!bytes)
        abort();
    while (run->fuzz->commands < commands) {
        run_stream(run, bytes);
        if (run->fuzz->commands < next)
            continue;
        next += step;
        if (!early)
            early = resident_bytes();
        if (!quiet)
            print_progress(run->fuzz, start);
    }
    free(bytes);
    return early;
}

static bool fuzz_commands(uint64_t commands, uint64_t seed, bool quiet)
{
    struct run run = {.fuzz = malloc(sizeof(*run.fuzz))};
    if (!run.fuzz)
        abort();
    fuzz_host_open(run.fuzz, &limits, HEAP_BYTES, false);
    stream_maker_init(&run.maker, seed, HEAP_BYTES);
    uint64_t early = run_commands(&run, commands, quiet), late = resident_bytes();
    const struct fuzz_host *fuzz = run.fuzz;
    uint64_t broken = atomic_load(&fuzz->gpu->broken_rules);
    if (!quiet) {
        printf("%" PRIu64 " commands in %" PRIu64 " streams, %" PRIu64 " times framing was lost, %" PRIu64
               " frames, %" PRIu64 " calls to the renderer, %" PRIu64 " draws\n",
               fuzz->commands, run.streams, fuzz->losses, fuzz->frames, atomic_load(&fuzz->gpu->calls),
               atomic_load(&fuzz->gpu->draws));
        printf("errors by code:");
        for (uint32_t i = 1; i < FUZZ_ERROR_CODES; i++)
            printf(" %u: %" PRIu64, i, fuzz->errors[i]);
        printf("; hash of all %016" PRIx64 "\n", fuzz->hash);
        printf("resident after a tenth %" PRIu64 " KiB, at the end %" PRIu64 " KiB\n", early >> 10, late >> 10);
    }
    if (broken)
        printf("%" PRIu64 " values broke a rule, the first in stream %" PRIu64 " of seed %" PRIu64 ": %s\n", broken,
               run.broken_at, seed, fuzz->gpu->broken[0]);
    if (late > early + ALLOWED_GROWTH)
        printf("memory has grown\n");
    bool good = !broken && late <= early + ALLOWED_GROWTH && fuzz->errors[1] && fuzz->errors[2] && fuzz->errors[3] &&
                fuzz->errors[4] && fuzz->errors[5] && fuzz->gpu->draws;
    fuzz_host_close(run.fuzz);
    free(run.fuzz);
    return good;
}

int main(int argc, char **argv)
{
    uint64_t commands = argc > 1 ? strtoull(argv[1], NULL, 0) : 300000;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
    printf("seed %" PRIu64 "\n", seed);
    bool good = fuzz_commands(20000, seed + 1, true); /* allocators and standard output are warm from here on */
    uint64_t before = fuzz_allocated_bytes();
    good &= fuzz_commands(commands, seed, false);
    uint64_t after = fuzz_allocated_bytes();
    printf("allocated before %" PRIu64 " bytes, after %" PRIu64 "\n", before, after);
    if (after > before + 4096) {
        printf("memory was not given back\n");
        good = false;
    }
    printf("%d passed, %d failed, 0 skipped\n", good, !good);
    return !good;
}
