/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A guest that changes what it has published. A second process (so that a thread sanitizer sees only the host's own
 * races) flips words of the ring, of the heap and of the counters while the host decodes them. Whatever the host makes
 * of such a stream, every value that reaches the renderer must satisfy the rules: the value that was checked is the
 * value that is used. checking_gpu judges that, and that nothing it is handed lies in the guest's memory, bulk data
 * apart.
 *
 *   test-writer [SECONDS [SEED]]    10 seconds by default
 */
#include "checking_gpu.h"
#include "local_host.h"
#include "second_view.h"
#include "stream_maker.h"

#include "base/time.h"

#include "check.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define BATCH_BYTES 0x8000u
#define STUCK_NS (50 * PVGPU_NS_PER_MS)

/* Shared by the two processes besides the guest's memory. */
struct orders {
    _Atomic bool stop;
    _Atomic bool spare_framing; /* leave sizes and counters alone, so that all commands get through */
    _Atomic uint64_t flips;
};

struct guest {
    struct pvgpu_control_region *region;
    uint8_t *ring, *heap;
    uint32_t ring_bytes, heap_bytes;
    uint64_t producer;
};

static _Atomic uint64_t *counter(uint64_t *word)
{
    return (_Atomic uint64_t *)word;
}

/* ---- The other process ------------------------------------------------------------------------------------------- */

/* Like a processor of the guest's that stores where another has published. */
static void flip_word(struct stream_random *random, uint8_t *at, uint32_t keep_one_in)
{
    static const uint32_t values[] = {0, 1, 2, 4, 9, 17, 129, 2049, 0x10000, 0x7FFFFFFF, 0xFFFFFFFF, 0x7FC00000};
    _Atomic uint32_t *word = (_Atomic uint32_t *)(void *)at;
    uint32_t before = atomic_load_explicit(word, memory_order_relaxed);
    uint32_t other = stream_random_below(random, 2)
                         ? before ^ UINT32_C(1) << stream_random_below(random, 32)
                         : values[stream_random_below(random, sizeof(values) / sizeof(values[0]))];
    /* There and back, again and again: a second look would see another value, and often the right one again. */
    uint32_t linger = stream_random_below(random, 4) ? 0 : stream_random_below(random, 100);
    for (uint32_t i = stream_random_below(random, 8); i; i--) {
        atomic_store_explicit(word, other, memory_order_relaxed);
        for (uint32_t j = 0; j < linger; j++)
            pvgpu_cpu_relax();
        atomic_store_explicit(word, before, memory_order_relaxed);
    }
    if (stream_random_below(random, keep_one_in) == 0)
        atomic_store_explicit(word, other, memory_order_relaxed);
}

static void flip_ring(struct stream_random *random, const struct guest *guest, bool spare_framing)
{
    uint64_t from = atomic_load(counter(&guest->region->consumer)), to = atomic_load(counter(&guest->region->producer));
    uint64_t ahead = to - from;
    if (ahead == 0 || ahead > guest->ring_bytes)
        return;
    /* Just ahead of the host, more often than not. */
    uint32_t reach = ahead > 1024 && stream_random_below(random, 4) ? 1024 : (uint32_t)ahead;
    uint64_t at = (from + stream_random_below(random, reach) / 4 * 4) % guest->ring_bytes;
    if (spare_framing && at % PVGPU_COMMAND_ALIGNMENT == 4)
        at += 4; /* where a size may be */
    flip_word(random, guest->ring + at, 16);
}

/* Shaders and names are what is read out of the heap to be judged: a shader that is changed while that goes on. */
static void flip_heap(struct stream_random *random, const struct guest *guest)
{
    uint32_t at = STREAM_HEAP_SHADERS + stream_random_below(random, STREAM_SHADERS) * STREAM_HEAP_SHADER_STRIDE +
                  stream_random_below(random, 1144); /* the smaller ones are that long */
    if (stream_random_below(random, 8) == 0)
        at = STREAM_HEAP_NAMES + stream_random_below(random, STREAM_HEAP_NAMES_BYTES);
    flip_word(random, guest->heap + at / 4 * 4, 1u << 20);
}

static void flip_control(struct stream_random *random, const struct guest *guest)
{
    static const uint32_t words[] = {0x10, 0x14, 0x18, 0x1C, 0x20, 0x24, 0x60, 0x64, 0xE0, 0x120, 0x124, 0x138};
    flip_word(random, (uint8_t *)guest->region + words[stream_random_below(random, sizeof(words) / sizeof(words[0]))],
              4);
}

static void write_hostilely(const struct guest *guest, struct orders *orders, uint64_t seed)
{
    /* From without a pause to so rarely that most commands get through unharmed. */
    static const uint32_t pauses[] = {0, 0, 10, 100, 300, 1000, 3000, 10000};
    struct stream_random random = {.state = seed | 1};
    while (!atomic_load_explicit(&orders->stop, memory_order_relaxed) && getppid() != 1) {
        bool spare = atomic_load_explicit(&orders->spare_framing, memory_order_relaxed);
        uint32_t pause = pauses[stream_random_below(&random, sizeof(pauses) / sizeof(pauses[0]))];
        uint32_t count = 1 + 20000 / (pause + 10);
        for (uint32_t i = 0; i < count; i++) {
            uint32_t what = stream_random_below(&random, 64);
            for (uint32_t j = 0; j < pause; j++)
                pvgpu_cpu_relax();
            if (what == 0 && !spare)
                flip_control(&random, guest);
            else if (what < 48)
                flip_ring(&random, guest, spare);
            else
                flip_heap(&random, guest);
        }
        atomic_fetch_add_explicit(&orders->flips, count, memory_order_relaxed);
    }
}

/* ---- This process: a guest and its host -------------------------------------------------------------------------- */

/* What was flipped stays flipped in the heap; shaders would never be right again. */
static void restore_heap(struct stream_maker *maker, const struct guest *guest, uint8_t *scratch)
{
    memset(scratch, 0, STREAM_HEAP_LEAST);
    stream_maker_fill_heap(maker, scratch);
    for (uint32_t at = 0; at < STREAM_HEAP_LEAST; at += 4) {
        uint32_t word;
        memcpy(&word, scratch + at, sizeof(word));
        atomic_store_explicit((_Atomic uint32_t *)(void *)(guest->heap + at), word, memory_order_relaxed);
    }
}

static void reset(struct local_host *host, struct guest *guest)
{
    /* The layout words belong to the device, which writes them at a reset; the rest is local_host_reset's. */
    struct pvgpu_control_region right;
    memset(&right, 0, sizeof(right));
    pvgpu_control_init(&right, host->memory.size);
    const uint32_t *from = (const uint32_t *)(const void *)&right;
    for (uint32_t i = 0; i < 8; i++)
        atomic_store((_Atomic uint32_t *)(void *)((uint8_t *)guest->region + i * 4), from[i]);
    local_host_reset(host);
    guest->producer = 0;
}

/* Copies a batch into the ring and publishes it; false when the host does not consume it in time. */
static bool publish(struct local_host *host, struct guest *guest, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i += 4) {
        uint32_t word;
        memcpy(&word, bytes + i, sizeof(word));
        uint64_t at = (guest->producer + i) % guest->ring_bytes;
        atomic_store_explicit((_Atomic uint32_t *)(void *)(guest->ring + at), word, memory_order_relaxed);
    }
    guest->producer += size;
    atomic_store(counter(&guest->region->producer), guest->producer);
    pvgpu_event_signal(&host->wake);
    uint64_t end = pvgpu_time_deadline_ns(STUCK_NS);
    while (atomic_load(counter(&guest->region->consumer)) != guest->producer) {
        if (!pvgpu_time_left_ns(end))
            return false;
        pvgpu_thread_yield();
    }
    return true;
}

struct outcome {
    uint64_t batches, resets, commands, calls, draws, errors, flips;
};

static void drive(struct check *check, struct local_host *host, struct guest *guest, struct orders *orders,
                  double seconds, uint64_t seed, struct outcome *outcome)
{
    struct stream_maker maker;
    struct pvgpu_encoder encoder;
    uint8_t *batch = malloc(BATCH_BYTES), *scratch = malloc(STREAM_HEAP_LEAST);
    if (!CHECK(batch && scratch))
        goto finish;
    stream_maker_init(&maker, seed, STREAM_HEAP_LEAST);
    uint64_t start = pvgpu_time_now_ns(), length = (uint64_t)(seconds * (double)PVGPU_NS_PER_S);
    for (uint64_t passed = 0; passed < length; passed = pvgpu_time_now_ns() - start) {
        /* Half of the time sizes and counters are left alone: then nothing but values is lied about. */
        atomic_store(&orders->spare_framing, passed / (PVGPU_NS_PER_S / 4) % 2);
        pvgpu_encoder_init(&encoder, batch, BATCH_BYTES);
        if (outcome->batches % 16 == 0)
            restore_heap(&maker, guest, scratch);
        if (outcome->batches % 16 == 0)
            stream_maker_scene(&maker, &encoder);
        while (encoder.used < BATCH_BYTES - 2048)
            stream_maker_step(&maker, &encoder);
        outcome->batches++;
        if (encoder.failed || !publish(host, guest, batch, encoder.used)) {
            reset(host, guest);
            maker.fence = 0;
            outcome->resets++;
        }
    }
finish:
    free(batch);
    free(scratch);
}

static pid_t start_writer(const struct guest *guest, struct orders *orders, uint64_t seed)
{
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        write_hostilely(guest, orders, seed);
        _exit(0);
    }
    return child;
}

static void values_are_checked_once(struct check *check, double seconds, uint64_t seed)
{
    struct local_host host;
    struct local_host_config config = {.gpu = LOCAL_HOST_NULL, .log_level = PVGPU_LOG_ERROR};
    struct orders *orders = mmap(NULL, sizeof(*orders), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct pvgpu_shared_memory view;
    if (!CHECK(orders != MAP_FAILED) || !CHECK(local_host_init(&host, &config)) ||
        !CHECK(second_view_open(&view, &host)))
        return;
    struct guest guest = {
        .region = view.base,
        .ring = (uint8_t *)view.base + PVGPU_DEFAULT_RING_OFFSET,
        .heap = (uint8_t *)view.base + PVGPU_DEFAULT_HEAP_OFFSET,
        .ring_bytes = PVGPU_DEFAULT_RING_BYTES,
        .heap_bytes = host.region->heap_bytes,
    };
    /* Lines about lost streams come by the thousand here; faults are below the level anyway. */
    struct pvgpu_log log = host.renderer.log;
    struct checking_gpu *gpu = checking_gpu_create(
        host.region, host.memory.size, (uint8_t *)host.region + PVGPU_DEFAULT_HEAP_OFFSET, guest.heap_bytes, &log);
    if (!CHECK(gpu != NULL))
        return;
    host.gpu->ops->destroy(host.gpu);
    host.gpu = &gpu->base;

    pid_t writer = start_writer(&guest, orders, seed ^ UINT64_C(0x5DEECE66D)); /* before the first thread */
    struct outcome outcome = {0};
    if (CHECK(writer > 0) && CHECK(local_host_start(&host)))
        drive(check, &host, &guest, orders, seconds, seed, &outcome);
    atomic_store(&orders->stop, true);
    int status = -1;
    if (writer > 0)
        waitpid(writer, &status, 0);
    CHECK_EQ(status, 0);

    /* The writer is gone: a reset, and everything is as it was. */
    reset(&host, &guest);
    const struct pvgpu_cmd_fence fence = {.header = {.opcode = PVGPU_FENCE, .size = 32}, .value = 1};
    uint8_t padded[32] = {0};
    memcpy(padded, &fence, sizeof(fence));
    CHECK(publish(&host, &guest, padded, sizeof(padded)));
    uint64_t end = pvgpu_time_deadline_ns(5 * PVGPU_NS_PER_S);
    while (atomic_load(counter(&guest.region->fence_completed)) != 1 && pvgpu_time_left_ns(end))
        pvgpu_thread_yield();
    CHECK_EQ(atomic_load(counter(&guest.region->fence_completed)), 1);
    outcome.commands = atomic_load(&host.page->statistics.commands);
    outcome.errors = atomic_load(&host.page->statistics.errors);
    CHECK_EQ(atomic_load(&host.page->statistics.objects), 0);
    CHECK_EQ(atomic_load(&host.page->statistics.bytes), 0);
    local_host_stop(&host);
    outcome.calls = atomic_load(&gpu->calls);
    outcome.draws = atomic_load(&gpu->draws);
    outcome.flips = atomic_load(&orders->flips);
    CHECK_EQ(atomic_load(&gpu->broken_rules), 0);
    CHECK_EQ(atomic_load(&gpu->live), 0);
    CHECK_EQ(host.end, PVGPU_RENDERER_STOPPED);
    printf("  %llu flips, %llu batches, %llu commands, %llu errors, %llu calls that were judged, %llu draws, %llu "
           "resets\n",
           (unsigned long long)outcome.flips, (unsigned long long)outcome.batches, (unsigned long long)outcome.commands,
           (unsigned long long)outcome.errors, (unsigned long long)outcome.calls, (unsigned long long)outcome.draws,
           (unsigned long long)outcome.resets);
    /* It must have been a fight. */
    CHECK(outcome.flips > 10000 && outcome.errors > 100 && outcome.calls > 1000 && outcome.draws > 10);
    pvgpu_shared_memory_finish(&view);
    local_host_finish(&host);
    munmap(orders, sizeof(*orders));
}

int main(int argc, char **argv)
{
    struct check check = {0};
    values_are_checked_once(&check, argc > 1 ? atof(argv[1]) : 10.0, argc > 2 ? strtoull(argv[2], NULL, 0) : 1);
    printf("%s values are checked once\n", check.failures ? "FAILED " : "passed ");
    printf("%d passed, %d failed, 0 skipped\n", check.failures == 0, check.failures != 0);
    return check.failures != 0;
}
