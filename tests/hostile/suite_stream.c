/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Lies about the stream itself: headers, counters, publication, layout. */
#include "suite.h"

#include "base/time.h"

#include <stdlib.h>

#define QUIET_NS (30 * PVGPU_NS_PER_MS)
#define LOST_WITHIN_NS (10 * PVGPU_NS_PER_S)

static _Atomic uint64_t *producer_of(struct world *world)
{
    return (_Atomic uint64_t *)&world->host.region->producer;
}

static void ring_doorbell(struct world *world)
{
    pvgpu_event_signal(&world->host.wake);
}

/* Waits until the host has reported that many errors. */
static bool wait_for_errors(struct check *check, const struct world *world, uint64_t count)
{
    uint64_t end = pvgpu_time_deadline_ns(LOST_WITHIN_NS);
    while (world_errors(world) < count && pvgpu_time_left_ns(end))
        pvgpu_time_sleep_ns(PVGPU_NS_PER_MS);
    return CHECK_EQ(world_errors(world), count);
}

/* Framing is lost: nothing is executed, nothing completes. A reset brings everything back. */
static void expect_lost(struct check *check, struct world *world, uint64_t errors, uint32_t argument)
{
    if (!wait_for_errors(check, world, errors + 1))
        return;
    suite_expect_error(check, world, errors, 1, PVGPU_ERROR_INVALID_COMMAND, argument);

    /* The error is reported in the middle of a batch, whose commands are counted at its end. */
    pvgpu_time_sleep_ns(QUIET_NS);
    uint64_t commands = atomic_load(&world->host.page->statistics.commands);
    uint64_t objects = world_objects(world), draws = world_draws(world);
    uint64_t fence = pvgpu_guest_fence(world->guest);
    world_draw(world);
    CHECK_EQ(pvgpu_guest_wait(world->guest, fence, QUIET_NS), PVGPU_WAIT_TIMEOUT);
    CHECK_EQ(atomic_load(&world->host.page->statistics.commands), commands);
    CHECK_EQ(world_objects(world), objects);
    CHECK_EQ(world_draws(world), draws);
    CHECK_EQ(world_errors(world), errors + 1); /* once, not again and again */

    if (!CHECK(pvgpu_guest_reset(world->guest)) || !world_build(check, world))
        return;
    CHECK_EQ(world_draws(world), draws + 1);
    CHECK_EQ(world_errors(world), errors + 1);
}

/* Publishes `published` bytes of a header with that size, then waits for the loss. */
static void lose_by_header(struct check *check, struct suite *suite, uint32_t size)
{
    struct world world;
    const struct pvgpu_command_header header = {.opcode = PVGPU_DRAW, .size = size};
    const uint8_t rest[48] = {0};
    if (!suite_open(check, suite, &world, NULL, false))
        return;
    uint64_t errors = world_errors(&world);
    world_draw(&world);
    pvgpu_guest_emit(world.guest, &header, sizeof(header));
    pvgpu_guest_emit(world.guest, rest, sizeof(rest));
    CHECK(pvgpu_guest_flush(world.guest));
    expect_lost(check, &world, errors, PVGPU_DRAW);
    suite_close(check, suite, &world);
}

static void size_0(struct check *check, struct suite *suite)
{
    lose_by_header(check, suite, 0);
}

static void size_12(struct check *check, struct suite *suite)
{
    lose_by_header(check, suite, 12);
}

static void size_no_multiple_of_4(struct check *check, struct suite *suite)
{
    lose_by_header(check, suite, 30);
}

static void size_above_64_kib(struct check *check, struct suite *suite)
{
    lose_by_header(check, suite, PVGPU_COMMAND_MAX_BYTES + 4);
}

static void size_4_gib(struct check *check, struct suite *suite)
{
    lose_by_header(check, suite, UINT32_MAX - 3);
}

/* The longest command there can be is none too long. */
static void size_64_kib_is_fine(struct check *check, struct suite *suite)
{
    struct world world;
    if (!suite_open(check, suite, &world, NULL, false))
        return;
    uint64_t errors = world_errors(&world), draws = world_draws(&world);
    struct pvgpu_cmd_draw *command = calloc(1, PVGPU_COMMAND_MAX_BYTES);
    if (!CHECK(command != NULL))
        return;
    command->header = (struct pvgpu_command_header){.opcode = PVGPU_DRAW};
    command->vertex_count = 3;
    for (int i = 0; i < 3; i++)
        world_emit(&world, command, PVGPU_COMMAND_MAX_BYTES, 0);
    free(command);
    world_sync(check, &world);
    CHECK_EQ(world_errors(&world), errors);
    CHECK_EQ(world_draws(&world), draws + 3);
    suite_close(check, suite, &world);
}

/* A command whose rest never comes. Whoever waits for it must still be served: not before one second has passed. */
static void lose_by_half(struct check *check, struct suite *suite, uint32_t published, uint32_t argument)
{
    struct world world;
    const struct pvgpu_cmd_draw command = {.header = {.opcode = PVGPU_DRAW, .size = sizeof(command)}};
    if (!suite_open(check, suite, &world, NULL, false))
        return;
    uint64_t errors = world_errors(&world);
    world_draw(&world);
    pvgpu_guest_emit(world.guest, &command, published);
    uint64_t start = pvgpu_time_now_ns();
    CHECK(pvgpu_guest_flush(world.guest));
    if (wait_for_errors(check, &world, errors + 1))
        CHECK(pvgpu_time_now_ns() - start > 900 * PVGPU_NS_PER_MS);
    expect_lost(check, &world, errors, argument);
    suite_close(check, suite, &world);
}

static void half_a_command(struct check *check, struct suite *suite)
{
    lose_by_half(check, suite, 16, PVGPU_DRAW);
}

static void half_a_header(struct check *check, struct suite *suite)
{
    lose_by_half(check, suite, 8, 0);
}

/* Halves that are completed in time, one after the other for longer than a second, are no loss. */
static void late_halves_are_fine(struct check *check, struct suite *suite)
{
    struct world world;
    const struct pvgpu_cmd_draw command = {.header = {.opcode = PVGPU_DRAW, .size = sizeof(command)},
                                           .vertex_count = 3};
    if (!suite_open(check, suite, &world, NULL, false))
        return;
    uint64_t errors = world_errors(&world), draws = world_draws(&world);
    const uint8_t *bytes = (const uint8_t *)&command;
    pvgpu_guest_emit(world.guest, bytes, 16);
    CHECK(pvgpu_guest_flush(world.guest));
    uint64_t end = pvgpu_time_deadline_ns(1500 * PVGPU_NS_PER_MS);
    uint64_t count = 0;
    for (; pvgpu_time_left_ns(end); count++) {
        pvgpu_time_sleep_ns(10 * PVGPU_NS_PER_MS);
        /* The rest of one and the start of the next arrive together: there is always a half. */
        pvgpu_guest_emit(world.guest, bytes + 16, sizeof(command) - 16);
        pvgpu_guest_emit(world.guest, bytes, 16);
        CHECK(pvgpu_guest_flush(world.guest));
    }
    pvgpu_guest_emit(world.guest, bytes + 16, sizeof(command) - 16);
    world_sync(check, &world);
    CHECK_EQ(world_errors(&world), errors);
    CHECK_EQ(world_draws(&world), draws + count + 1);
    suite_close(check, suite, &world);
}

static void lose_by_producer(struct check *check, struct suite *suite, bool forward, uint64_t by)
{
    struct world world;
    if (!suite_open(check, suite, &world, NULL, false))
        return;
    uint64_t errors = world_errors(&world);
    uint64_t producer = atomic_load(producer_of(&world));
    atomic_store(producer_of(&world), forward ? producer + by : producer - by);
    ring_doorbell(&world);
    if (wait_for_errors(check, &world, errors + 1)) {
        /* No header was read: the argument is 0. */
        suite_expect_error(check, &world, errors, 1, PVGPU_ERROR_INVALID_COMMAND, 0);
        CHECK(pvgpu_guest_reset(world.guest));
        world_build(check, &world);
        CHECK_EQ(world_errors(&world), errors + 1);
    }
    suite_close(check, suite, &world);
}

static void producer_backwards(struct check *check, struct suite *suite)
{
    lose_by_producer(check, suite, false, 64);
}

static void producer_to_0(struct check *check, struct suite *suite)
{
    struct world world;
    if (!suite_open(check, suite, &world, NULL, false))
        return;
    uint64_t errors = world_errors(&world);
    atomic_store(producer_of(&world), 0);
    ring_doorbell(&world);
    if (wait_for_errors(check, &world, errors + 1))
        suite_expect_error(check, &world, errors, 1, PVGPU_ERROR_INVALID_COMMAND, 0);
    suite_close(check, suite, &world);
}

static void more_than_a_ring(struct check *check, struct suite *suite)
{
    lose_by_producer(check, suite, true, PVGPU_DEFAULT_RING_BYTES + 16);
}

static void producer_beyond_all(struct check *check, struct suite *suite)
{
    lose_by_producer(check, suite, true, UINT64_C(1) << 63);
}

/* A producer that stands inside the padding of the last command has published all there is. */
static void producer_in_padding_is_fine(struct check *check, struct suite *suite)
{
    struct world world;
    const struct pvgpu_cmd_fence fence = {.header = {.opcode = PVGPU_FENCE, .size = sizeof(fence)}, .value = 1000};
    if (!suite_open(check, suite, &world, NULL, false))
        return;
    uint64_t errors = world_errors(&world);
    pvgpu_guest_emit(world.guest, &fence, sizeof(fence)); /* 24 bytes: 8 of padding are missing */
    CHECK_EQ(pvgpu_guest_wait(world.guest, 1000, LOST_WITHIN_NS), PVGPU_WAIT_DONE);
    uint64_t consumer = atomic_load((_Atomic uint64_t *)&world.host.region->consumer);
    CHECK(consumer <= atomic_load(producer_of(&world)));
    const uint8_t padding[8] = {0};
    pvgpu_guest_emit(world.guest, padding, sizeof(padding));
    world.guest->fence_last = 1000;
    world_sync(check, &world);
    CHECK_EQ(world_errors(&world), errors);
    suite_close(check, suite, &world);
}

/* ---- Layout ------------------------------------------------------------------------------------------------------ */

struct layout_lie {
    const char *reason;
    uint32_t at; /* offset of the word in the control region */
    uint32_t value;
};

/* The region is written by its owner, so the guest can spoil it; it is read again at a reset. */
static void tell_layout(struct check *check, struct suite *suite, const struct layout_lie *lie)
{
    struct world world;
    if (!suite_open(check, suite, &world, NULL, false))
        return;
    _Atomic uint32_t *word = (_Atomic uint32_t *)(void *)((uint8_t *)world.host.region + lie->at);
    uint32_t right = atomic_load(word);
    uint64_t errors = world_errors(&world), draws = world_draws(&world);
    atomic_store(word, lie->value);
    local_host_reset(&world.host);
    if (wait_for_errors(check, &world, errors + 1)) {
        suite_expect_error(check, &world, errors, 1, PVGPU_ERROR_INVALID_COMMAND, 0);
        CHECK(world_said(&world, lie->reason));
        atomic_store(producer_of(&world), 64);
        ring_doorbell(&world);
        pvgpu_time_sleep_ns(QUIET_NS);
        CHECK_EQ(world_errors(&world), errors + 1);
        CHECK_EQ(world_objects(&world), 0);
    }
    atomic_store(word, right);
    CHECK(pvgpu_guest_reset(world.guest));
    world_build(check, &world);
    CHECK_EQ(world_draws(&world), draws + 1);
    suite_close(check, suite, &world);
}

static void bad_layouts(struct check *check, struct suite *suite)
{
    static const struct layout_lie lies[] = {
        {"the magic number is wrong", 0x000, 0x50475650},
        {"the major protocol version is not 1", 0x004, 0x00020000},
        {"ring offset and length must be multiples of 16", 0x010, 0x1008},
        {"ring offset and length must be multiples of 16", 0x014, 0x1000004},
        {"the heap offset must be a multiple of 16", 0x018, 0x1001001},
        {"the ring is shorter than the longest command", 0x014, 0xFFF0},
        {"the heap is empty", 0x01C, 0},
        {"the ring reaches beyond the mapping", 0x014, 0xFFFFFFF0u},
        {"the ring reaches beyond the mapping", 0x010, 0xFFFFF000u},
        {"the heap reaches beyond the mapping", 0x01C, 0xFFFFFFFFu},
        {"the heap reaches beyond the mapping", 0x018, PVGPU_MIN_SHMEM_BYTES},
        {"the ring overlaps the control region", 0x010, 0},
        {"the ring overlaps the control region", 0x010, 0xFF0},
        {"the heap overlaps the control region", 0x018, 0x800},
        {"ring and heap overlap", 0x018, 0x1000},
        {"ring and heap overlap", 0x010, 0x1010},
    };
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++)
        tell_layout(check, suite, &lies[i]);
}

/* While nothing is wrong with the layout, what is written there between resets changes nothing. */
static void layout_is_read_once(struct check *check, struct suite *suite)
{
    struct world world;
    if (!suite_open(check, suite, &world, NULL, false))
        return;
    uint64_t errors = world_errors(&world), draws = world_draws(&world);
    for (uint32_t at = 0x010; at <= 0x01C; at += 4)
        atomic_store((_Atomic uint32_t *)(void *)((uint8_t *)world.host.region + at), 0xFFFFFFFFu);
    world_draw(&world);
    world_sync(check, &world);
    CHECK_EQ(world_errors(&world), errors);
    CHECK_EQ(world_draws(&world), draws + 1);
    suite_close(check, suite, &world);
}

struct suite_cases suite_stream_cases(void)
{
    static const struct suite_case cases[] = {
        {"stream: size 0", size_0, false},
        {"stream: size 12", size_12, false},
        {"stream: size no multiple of 4", size_no_multiple_of_4, false},
        {"stream: size above 64 KiB", size_above_64_kib, false},
        {"stream: size of 4 GiB", size_4_gib, false},
        {"stream: size of 64 KiB is fine", size_64_kib_is_fine, false},
        {"stream: half a command", half_a_command, false},
        {"stream: half a header", half_a_header, false},
        {"stream: late halves are fine", late_halves_are_fine, false},
        {"stream: producer backwards", producer_backwards, false},
        {"stream: producer to 0", producer_to_0, false},
        {"stream: more than a ring pending", more_than_a_ring, false},
        {"stream: producer beyond all", producer_beyond_all, false},
        {"stream: producer in padding is fine", producer_in_padding_is_fine, false},
        {"stream: bad layouts", bad_layouts, false},
        {"stream: layout is read once", layout_is_read_once, false},
    };
    return (struct suite_cases){cases, sizeof(cases) / sizeof(cases[0])};
}
