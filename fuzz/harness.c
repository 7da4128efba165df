/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "harness.h"

#include "base/time.h"

#include <inttypes.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How often a stall may be looked at: nothing here is late, so one that does not end is a fault. */
#define STALL_LOOKS 1000

_Noreturn void fuzz_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("fuzz: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    abort();
}

/* ---- Memory ------------------------------------------------------------------------------------------------------ */

size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

uint64_t fuzz_allocated_bytes(void)
{
    if (__sanitizer_get_current_allocated_bytes)
        return __sanitizer_get_current_allocated_bytes();
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

/* glibc counts what its per-thread cache keeps as allocated: only without that cache do the bytes agree exactly. */
static bool counts_exactly(void)
{
    const char *tunables = getenv("GLIBC_TUNABLES");
    return __sanitizer_get_current_allocated_bytes || (tunables && strstr(tunables, "tcache_count=0"));
}

int fuzz_run_one(void (*run)(const uint8_t *data, size_t size), const uint8_t *data, size_t size)
{
    static bool warm;
    if (!warm)
        run(NULL, 0); /* whatever is made once and kept */
    warm = true;
    uint64_t before = fuzz_allocated_bytes();
    run(data, size);
    uint64_t after = fuzz_allocated_bytes();
    if (after != before && counts_exactly())
        fuzz_fail("%" PRIu64 " bytes were allocated before the input and %" PRIu64 " after it", before, after);
    return 0;
}

/* ---- A consumer of frames that comes and goes -------------------------------------------------------------------- */

static struct fuzz_host *host_of(struct pvgpu_frame_output *output)
{
    return (struct fuzz_host *)(void *)((char *)output - offsetof(struct fuzz_host, output));
}

static bool is_watched(struct pvgpu_frame_output *output)
{
    return host_of(output)->asked++ % 3 != 0;
}

static bool wants_last(struct pvgpu_frame_output *output, uint64_t epoch, uint64_t number)
{
    (void)epoch;
    (void)number;
    return host_of(output)->asked++ % 16 == 0;
}

static enum pvgpu_output_result publish(struct pvgpu_frame_output *output, const struct pvgpu_finished_frame *frame)
{
    struct fuzz_host *host = host_of(output);
    if (host->asked++ % 5 == 0)
        return PVGPU_OUTPUT_LATER;
    host->sink += frame->pixels.data[0];
    host->sink += frame->pixels.data[(size_t)(frame->height - 1) * frame->pixels.row_pitch];
    host->frames++;
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
    struct fuzz_host *host = user;
    host->errors[code < FUZZ_ERROR_CODES ? code : 0]++;
    host->hash = (host->hash ^ code) * UINT64_C(0x100000001B3);
    host->hash = (host->hash ^ argument) * UINT64_C(0x100000001B3);
    pvgpu_publish_error(&host->publisher, code, argument, 0);
}

static void start_epoch(struct fuzz_host *host)
{
    pvgpu_publisher_init(&host->publisher, host->region, host->page);
    pvgpu_ring_init(&host->ring, host->ring_memory, FUZZ_RING_BYTES, host->publisher.consumer);
    pvgpu_timeline_set_heap(&host->timeline, host->heap, host->heap_bytes);
    pvgpu_context_set_heap(&host->context, host->heap, host->heap_bytes);
    pvgpu_publish_status(&host->publisher, PVGPU_STATUS_READY, 0);
    host->producer = host->publisher.consumer;
}

void fuzz_host_reset(struct fuzz_host *host, uint64_t position)
{
    uint64_t epoch;
    pvgpu_timeline_clear(&host->timeline);
    pvgpu_context_clear(&host->context);
    if (!pvgpu_control_page_begin_epoch(host->page, PVGPU_NS_PER_S, &epoch))
        fuzz_fail("somebody is still inside the old epoch");
    pvgpu_control_reset_counters(host->region, PVGPU_STATUS_READY);
    host->region->consumer = position;
    atomic_store(&host->page->consumer, position);
    atomic_store(&host->page->fence, 0);
    pvgpu_control_page_leave(host->page, epoch);
    start_epoch(host);
}

void fuzz_host_open(struct fuzz_host *host, const struct pvgpu_limits *limits, uint32_t heap_bytes, bool abort_at_once)
{
    const struct pvgpu_log log = {.level = PVGPU_LOG_ERROR, .target = "fuzz"};
    const struct pvgpu_timeline_config config = {.buffer_count = 2};
    const struct pvgpu_fault_sink sink = {.user = host, .report = report};
    *host = (struct fuzz_host){
        .output = {.ops = &output_ops}, .heap_bytes = heap_bytes, .hash = UINT64_C(0xCBF29CE484222325)};
    host->region = calloc(1, sizeof(*host->region));
    host->page = calloc(1, sizeof(*host->page));
    host->ring_memory = calloc(1, FUZZ_RING_BYTES);
    host->heap = calloc(1, heap_bytes);
    if (!host->region || !host->page || !host->ring_memory || !host->heap)
        fuzz_fail("out of memory");
    host->gpu = checking_gpu_create(NULL, 0, host->heap, heap_bytes, &log);
    if (!host->gpu)
        fuzz_fail("out of memory");
    host->gpu->abort_at_once = abort_at_once;
    pvgpu_control_init(host->region, PVGPU_MIN_SHMEM_BYTES);
    pvgpu_timeline_init(&host->timeline, &host->gpu->base, &host->publisher, &host->output, &config, &log);
    pvgpu_context_init(&host->context, &host->gpu->base, &host->timeline, &host->page->statistics, &sink, limits, &log);
    start_epoch(host);
}

static void collect(struct fuzz_host *host)
{
    bool interrupt;
    uint64_t wake;
    pvgpu_timeline_submit(&host->timeline);
    if (pvgpu_timeline_collect(&host->timeline, &interrupt, &wake) != PVGPU_TIMELINE_ALIVE)
        fuzz_fail("the epoch is over although nobody has reset anything");
    if (pvgpu_timeline_serve_newcomers(&host->timeline))
        pvgpu_timeline_collect(&host->timeline, &interrupt, &wake);
}

static bool may_execute(const struct fuzz_host *host)
{
    return pvgpu_timeline_is_open(&host->timeline) &&
           (host->command.header.opcode != PVGPU_PRESENT || pvgpu_timeline_has_room_for_present(&host->timeline));
}

static void wait_until_open(struct fuzz_host *host)
{
    for (int looks = 0; !may_execute(host); looks++) {
        if (looks > STALL_LOOKS)
            fuzz_fail("the stream stalls for ever at opcode 0x%X", host->command.header.opcode);
        collect(host);
        atomic_store(&host->gpu->hold, false); /* the GPU has been busy for one look */
    }
}

static enum pvgpu_ring_result judge_peek(const struct pvgpu_ring *ring, uint64_t producer, uint32_t size)
{
    uint64_t pending = producer - ring->read, padding = ring->read - producer;
    if (producer <= ring->read)
        return padding < 16 ? PVGPU_RING_EMPTY : PVGPU_RING_BROKEN;
    if (pending > ring->bytes)
        return PVGPU_RING_BROKEN;
    if (pending < 16)
        return PVGPU_RING_PARTIAL;
    if (size < 16 || size > 65536 || (size & 3))
        return PVGPU_RING_BROKEN;
    return size > pending ? PVGPU_RING_PARTIAL : PVGPU_RING_COMMAND;
}

void fuzz_check_peek(const struct pvgpu_ring *ring, uint64_t producer, enum pvgpu_ring_result result,
                     const struct pvgpu_command *command)
{
    if (ring->offset != ring->read % ring->bytes || ring->read % 16)
        fuzz_fail("the ring's position %" PRIu64 " is not its offset %" PRIu64, ring->read, ring->offset);
    enum pvgpu_ring_result expected = judge_peek(ring, producer, command->header.size);
    if (result != expected)
        fuzz_fail("the ring answers %d where it should answer %d: position %" PRIu64 ", producer %" PRIu64
                  ", size field %u",
                  result, expected, ring->read, producer, command->header.size);
}

enum pvgpu_ring_result fuzz_host_feed(struct fuzz_host *host, const uint8_t *bytes, size_t size, uint64_t published)
{
    enum pvgpu_ring_result result;
    for (size_t i = 0; i < size; i++)
        host->ring_memory[(host->producer + i) % FUZZ_RING_BYTES] = bytes[i];
    host->producer += published;
    for (;;) {
        result = pvgpu_ring_peek(&host->ring, host->producer, &host->command);
        fuzz_check_peek(&host->ring, host->producer, result, &host->command);
        if (result != PVGPU_RING_COMMAND)
            break;
        wait_until_open(host);
        pvgpu_context_execute(&host->context, &host->command);
        pvgpu_ring_advance(&host->ring, host->command.header.size);
        host->commands++;
    }
    host->losses += result != PVGPU_RING_EMPTY;
    collect(host);
    if (result != PVGPU_RING_BROKEN &&
        !pvgpu_publish_consumer(&host->publisher, pvgpu_ring_consumed(&host->ring, host->producer)))
        fuzz_fail("the consumer counter is not what was published");
    return result;
}

/* ---- What must hold ---------------------------------------------------------------------------------------------- */

static void check_empty(const struct fuzz_host *host)
{
    if (host->context.object_count || host->context.shader_count || host->context.resource_bytes)
        fuzz_fail("%u objects, %u shaders and %" PRIu64 " bytes are still counted after a reset",
                  host->context.object_count, host->context.shader_count, host->context.resource_bytes);
    if (atomic_load(&host->page->statistics.objects) || atomic_load(&host->page->statistics.bytes))
        fuzz_fail("the statistics still count objects or bytes after a reset");
}

void fuzz_host_check(struct fuzz_host *host)
{
    const struct pvgpu_cmd_fence fence = {.header = {.opcode = PVGPU_FENCE, .size = sizeof(fence)}, .value = 1};
    uint8_t padded[32] = {0};
    if (host->errors[0] || host->errors[PVGPU_ERROR_DEVICE_LOST] || host->errors[PVGPU_ERROR_INTERNAL])
        fuzz_fail("an error that no guest can make was reported");
    fuzz_host_reset(host, 0);
    check_empty(host);
    memcpy(padded, &fence, sizeof(fence));
    if (fuzz_host_feed(host, padded, sizeof(padded), sizeof(padded)) != PVGPU_RING_EMPTY)
        fuzz_fail("the first command after a reset is refused");
    atomic_store(&host->gpu->hold, false);
    collect(host);
    if (host->region->fence_completed != 1 || host->region->consumer != sizeof(padded))
        fuzz_fail("the first fence after a reset does not complete");
}

void fuzz_host_close(struct fuzz_host *host)
{
    pvgpu_timeline_finish(&host->timeline);
    pvgpu_context_clear(&host->context);
    uint64_t live = atomic_load(&host->gpu->live);
    if (live)
        fuzz_fail("%" PRIu64 " host objects were not released", live);
    check_empty(host);
    host->gpu->base.ops->destroy(&host->gpu->base);
    free(host->heap);
    free(host->ring_memory);
    free(host->page);
    free(host->region);
}
