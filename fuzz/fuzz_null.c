/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Random and damaged command streams through ring, decoder, handlers and timeline, in one thread, with the null
 * renderer behind checking_gpu, which judges everything that gets through. The same seed makes the same run. Ring and
 * heap are pieces of memory of their own, so that an address sanitizer sees a read that leaves them.
 *
 *   fuzz-null [COMMANDS [SEED]]    300,000 commands and seed 1 by default
 *
 * With PVGPU_LIBFUZZER defined it is a libFuzzer target instead: the input is the stream.
 */
#include "checking_gpu.h"
#include "render/context.h"
#include "render/timeline.h"
#include "shm/control.h"
#include "shm/ring.h"
#include "stream_maker.h"

#include "base/time.h"

#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RING_BYTES 0x20000u /* twice the longest command: streams wrap all the time */
#define HEAP_BYTES STREAM_HEAP_LEAST
#define STREAM_BYTES 0x4000u
#define STREAMS_PER_EPOCH 48u
#define ERROR_CODES 8u
#define ALLOWED_GROWTH (UINT64_C(16) << 20) /* of the resident set: what allocators keep back */

/* Small, so that they are met: a scene takes some sixty objects. */
static const struct pvgpu_limits limits = {
    .resource_bytes = 2 << 20, .one_resource_bytes = 1 << 19, .objects = 52, .shaders = 6};

struct fuzz {
    struct pvgpu_control_region *region;
    struct pvgpu_control_page *page;
    uint8_t *ring_memory, *heap;
    struct checking_gpu *gpu;
    struct pvgpu_frame_output output;
    struct pvgpu_publisher publisher;
    struct pvgpu_timeline timeline;
    struct pvgpu_context context;
    struct pvgpu_ring ring;
    struct pvgpu_command command;
    uint64_t producer;
    uint64_t commands, losses, frames, errors[ERROR_CODES];
    uint64_t hash; /* of all errors, in order: two runs are the same if this is */
    uint64_t asked; /* questions to the output */
};

/* ---- A consumer of frames that comes and goes -------------------------------------------------------------------- */

static struct fuzz *fuzz_of(struct pvgpu_frame_output *output)
{
    return (struct fuzz *)(void *)((char *)output - offsetof(struct fuzz, output));
}

static bool is_watched(struct pvgpu_frame_output *output)
{
    return fuzz_of(output)->asked++ % 3 != 0;
}

static bool wants_last(struct pvgpu_frame_output *output, uint64_t epoch, uint64_t number)
{
    (void)epoch;
    (void)number;
    return fuzz_of(output)->asked++ % 16 == 0;
}

static enum pvgpu_output_result publish(struct pvgpu_frame_output *output, const struct pvgpu_finished_frame *frame)
{
    struct fuzz *fuzz = fuzz_of(output);
    if (fuzz->asked++ % 5 == 0)
        return PVGPU_OUTPUT_LATER;
    fuzz->gpu->sink += frame->pixels.data[0];
    fuzz->gpu->sink += frame->pixels.data[(size_t)(frame->height - 1) * frame->pixels.row_pitch];
    fuzz->frames++;
    return PVGPU_OUTPUT_TAKEN;
}

static uint64_t retry_ns(struct pvgpu_frame_output *output)
{
    (void)output;
    return 0;
}

static const struct pvgpu_frame_output_ops output_ops = {
    .is_watched = is_watched, .wants_last = wants_last, .publish = publish, .retry_ns = retry_ns};

/* ---- The host's loop, in one thread ------------------------------------------------------------------------------ */

static void report(void *user, uint32_t code, uint32_t argument)
{
    struct fuzz *fuzz = user;
    fuzz->errors[code < ERROR_CODES ? code : 0]++;
    fuzz->hash = (fuzz->hash ^ code) * UINT64_C(0x100000001B3);
    fuzz->hash = (fuzz->hash ^ argument) * UINT64_C(0x100000001B3);
    pvgpu_publish_error(&fuzz->publisher, code, argument, 0);
}

static void start_epoch(struct fuzz *fuzz)
{
    pvgpu_publisher_init(&fuzz->publisher, fuzz->region, fuzz->page);
    pvgpu_ring_init(&fuzz->ring, fuzz->ring_memory, RING_BYTES, 0);
    pvgpu_timeline_set_heap(&fuzz->timeline, fuzz->heap, HEAP_BYTES);
    pvgpu_context_set_heap(&fuzz->context, fuzz->heap, HEAP_BYTES);
    pvgpu_publish_status(&fuzz->publisher, PVGPU_STATUS_READY, 0);
    fuzz->producer = 0;
}

static void reset(struct fuzz *fuzz)
{
    uint64_t epoch;
    pvgpu_timeline_clear(&fuzz->timeline);
    pvgpu_context_clear(&fuzz->context);
    if (!pvgpu_control_page_begin_epoch(fuzz->page, PVGPU_NS_PER_S, &epoch))
        abort();
    atomic_store(&fuzz->page->consumer, 0);
    atomic_store(&fuzz->page->fence, 0);
    pvgpu_control_reset_counters(fuzz->region, PVGPU_STATUS_READY);
    pvgpu_control_page_leave(fuzz->page, epoch);
    start_epoch(fuzz);
}

static bool open_fuzz(struct fuzz *fuzz, bool abort_at_once)
{
    const struct pvgpu_log log = {.level = PVGPU_LOG_ERROR, .target = "fuzz"};
    const struct pvgpu_timeline_config config = {.buffer_count = 2};
    const struct pvgpu_fault_sink sink = {.user = fuzz, .report = report};
    *fuzz = (struct fuzz){.output = {.ops = &output_ops}, .hash = UINT64_C(0xCBF29CE484222325)};
    fuzz->region = calloc(1, sizeof(*fuzz->region));
    fuzz->page = calloc(1, sizeof(*fuzz->page));
    fuzz->ring_memory = calloc(1, RING_BYTES);
    fuzz->heap = calloc(1, HEAP_BYTES);
    if (!fuzz->region || !fuzz->page || !fuzz->ring_memory || !fuzz->heap)
        return false;
    fuzz->gpu = checking_gpu_create(NULL, 0, fuzz->heap, HEAP_BYTES, &log);
    if (!fuzz->gpu)
        return false;
    fuzz->gpu->abort_at_once = abort_at_once;
    pvgpu_control_init(fuzz->region, PVGPU_MIN_SHMEM_BYTES);
    pvgpu_timeline_init(&fuzz->timeline, &fuzz->gpu->base, &fuzz->publisher, &fuzz->output, &config, &log);
    pvgpu_context_init(&fuzz->context, &fuzz->gpu->base, &fuzz->timeline, &fuzz->page->statistics, &sink, &limits,
                       &log);
    start_epoch(fuzz);
    return true;
}

static void close_fuzz(struct fuzz *fuzz)
{
    pvgpu_timeline_finish(&fuzz->timeline);
    pvgpu_context_clear(&fuzz->context);
    if (atomic_load(&fuzz->gpu->live)) {
        printf("%" PRIu64 " host objects were not released\n", atomic_load(&fuzz->gpu->live));
        abort();
    }
    fuzz->gpu->base.ops->destroy(&fuzz->gpu->base);
    free(fuzz->heap);
    free(fuzz->ring_memory);
    free(fuzz->page);
    free(fuzz->region);
}

static void collect(struct fuzz *fuzz)
{
    bool interrupt;
    uint64_t wake;
    pvgpu_timeline_submit(&fuzz->timeline);
    if (pvgpu_timeline_collect(&fuzz->timeline, &interrupt, &wake) != PVGPU_TIMELINE_ALIVE)
        abort();
    if (pvgpu_timeline_serve_newcomers(&fuzz->timeline))
        pvgpu_timeline_collect(&fuzz->timeline, &interrupt, &wake);
}

static bool may_execute(const struct fuzz *fuzz)
{
    return pvgpu_timeline_is_open(&fuzz->timeline) &&
           (fuzz->command.header.opcode != PVGPU_PRESENT || pvgpu_timeline_has_room_for_present(&fuzz->timeline));
}

/* Publishes a stream and executes it. False: framing was lost. */
static bool feed(struct fuzz *fuzz, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        fuzz->ring_memory[(fuzz->producer + i) % RING_BYTES] = bytes[i];
    fuzz->producer += size;
    for (;;) {
        enum pvgpu_ring_result result = pvgpu_ring_peek(&fuzz->ring, fuzz->producer, &fuzz->command);
        if (result == PVGPU_RING_EMPTY)
            break;
        if (result != PVGPU_RING_COMMAND) {
            fuzz->losses++;
            return false;
        }
        for (int tries = 0; !may_execute(fuzz); tries++) {
            if (tries > 1000)
                abort(); /* nothing here is late: a stall that does not end is a fault */
            collect(fuzz);
        }
        pvgpu_context_execute(&fuzz->context, &fuzz->command);
        pvgpu_ring_advance(&fuzz->ring, fuzz->command.header.size);
        fuzz->commands++;
    }
    collect(fuzz);
    if (!pvgpu_publish_consumer(&fuzz->publisher, pvgpu_ring_consumed(&fuzz->ring, fuzz->producer)))
        abort();
    return true;
}

#ifdef PVGPU_LIBFUZZER

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz *fuzz = malloc(sizeof(*fuzz));
    struct stream_maker maker;
    struct pvgpu_encoder encoder;
    uint8_t scene[STREAM_BYTES];
    if (!fuzz || !open_fuzz(fuzz, true))
        abort();
    stream_maker_init(&maker, 1, HEAP_BYTES);
    stream_maker_fill_heap(&maker, fuzz->heap);
    pvgpu_encoder_init(&encoder, scene, sizeof(scene));
    stream_maker_scene(&maker, &encoder);
    if (feed(fuzz, scene, encoder.used))
        feed(fuzz, data, size < PVGPU_COMMAND_MAX_BYTES ? size / 4 * 4 : PVGPU_COMMAND_MAX_BYTES);
    close_fuzz(fuzz);
    free(fuzz);
    return 0;
}

#else

/* Freed memory is kept for a while by address sanitizers; that is growth of theirs, not of ours. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "quarantine_size_mb=8:malloc_context_size=8";
}

size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static uint64_t allocated_bytes(void)
{
    if (__sanitizer_get_current_allocated_bytes)
        return __sanitizer_get_current_allocated_bytes();
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
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
    struct fuzz *fuzz;
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
    struct fuzz *fuzz = run->fuzz;
    struct stream_maker *maker = &run->maker;
    struct pvgpu_encoder encoder;
    if (run->streams++ % STREAMS_PER_EPOCH == 0)
        reset(fuzz);
    if (fuzz->producer == 0) {
        stream_maker_fill_heap(maker, fuzz->heap);
        pvgpu_encoder_init(&encoder, bytes, STREAM_BYTES);
        stream_maker_scene(maker, &encoder);
        maker->fence = 0;
        feed(fuzz, bytes, encoder.used);
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
    bool kept = feed(fuzz, bytes, encoder.used);
    if (!run->broken_at && atomic_load(&fuzz->gpu->broken_rules)) {
        run->broken_at = run->streams;
        printf("that was stream %" PRIu64 ", command %" PRIu64 "\n", run->streams, fuzz->commands);
    }
    if (!kept)
        reset(fuzz);
}

static void print_progress(const struct fuzz *fuzz, uint64_t start_ns)
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
    if (!run.fuzz || !open_fuzz(run.fuzz, false))
        abort();
    stream_maker_init(&run.maker, seed, HEAP_BYTES);
    uint64_t early = run_commands(&run, commands, quiet), late = resident_bytes();
    const struct fuzz *fuzz = run.fuzz;
    uint64_t broken = atomic_load(&fuzz->gpu->broken_rules);
    if (!quiet) {
        printf("%" PRIu64 " commands in %" PRIu64 " streams, %" PRIu64 " times framing was lost, %" PRIu64
               " frames, %" PRIu64 " calls to the renderer, %" PRIu64 " draws\n",
               fuzz->commands, run.streams, fuzz->losses, fuzz->frames, atomic_load(&fuzz->gpu->calls),
               atomic_load(&fuzz->gpu->draws));
        printf("errors by code:");
        for (uint32_t i = 1; i < ERROR_CODES; i++)
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
    close_fuzz(run.fuzz);
    free(run.fuzz);
    return good;
}

int main(int argc, char **argv)
{
    uint64_t commands = argc > 1 ? strtoull(argv[1], NULL, 0) : 300000;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
    printf("seed %" PRIu64 "\n", seed);
    bool good = fuzz_commands(20000, seed + 1, true); /* allocators and standard output are warm from here on */
    uint64_t before = allocated_bytes();
    good &= fuzz_commands(commands, seed, false);
    uint64_t after = allocated_bytes();
    printf("allocated before %" PRIu64 " bytes, after %" PRIu64 "\n", before, after);
    if (after > before + 4096) {
        printf("memory was not given back\n");
        good = false;
    }
    printf("%d passed, %d failed, 0 skipped\n", good, !good);
    return !good;
}

#endif
