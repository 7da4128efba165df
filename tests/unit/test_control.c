/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The control region and the page behind it: initialisation, publishing, resets, and 10,000 of them against a late
 * publisher. */
#include "base/time.h"
#include "os/thread.h"
#include "shm/control.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TOTAL UINT64_C(0x10000000)
#define SECOND PVGPU_NS_PER_S

struct fixture {
    struct pvgpu_control_region *region;
    struct pvgpu_control_page *page;
    struct pvgpu_publisher publisher;
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    fixture->region = calloc(1, sizeof(*fixture->region));
    fixture->page = calloc(1, sizeof(*fixture->page));
    assert_non_null(fixture->region);
    assert_non_null(fixture->page);
    pvgpu_control_init(fixture->region, TOTAL);
    pvgpu_publisher_init(&fixture->publisher, fixture->region, fixture->page);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    free(fixture->region);
    free(fixture->page);
    free(fixture);
    return 0;
}

/* What a session does: ends the epoch and zeroes what was published, both in the region and in the page. */
static uint64_t reset(struct pvgpu_control_region *region, struct pvgpu_control_page *page)
{
    uint64_t epoch = 0;
    assert_true(pvgpu_control_page_begin_epoch(page, 10 * SECOND, &epoch));
    pvgpu_control_init(region, TOTAL);
    atomic_store(&page->consumer, 0);
    atomic_store(&page->fence, 0);
    pvgpu_control_page_leave(page, epoch);
    return epoch;
}

/* Byte for byte what the protocol document says, whatever was there before; the extension block alone stays. */
static void test_init(void **state)
{
    (void)state;
    struct pvgpu_control_region expected;
    memset(&expected, 0, sizeof(expected));
    expected.magic = 0x50564750;
    expected.version = 0x00010000;
    expected.features = 0x9D;
    expected.ring_offset = 0x1000;
    expected.ring_bytes = 0x1000000;
    expected.heap_offset = 0x1001000;
    expected.heap_bytes = 0xEFFF000;
    expected.display_width = 1920;
    expected.display_height = 1080;
    expected.display_refresh = 60;
    expected.display_format = 87;
    static const uint8_t before[] = {0x00, 0xFF, 0xA5};
    for (size_t i = 0; i < sizeof(before); i++) {
        struct pvgpu_control_region region;
        memset(&region, before[i], sizeof(region));
        memset(&expected.extension, before[i], sizeof(expected.extension));
        pvgpu_control_init(&region, TOTAL);
        assert_memory_equal(&region, &expected, sizeof(region));
        assert_memory_equal(&region, "PGVP", 4);
    }

    struct pvgpu_control_region region;
    pvgpu_control_init(&region, PVGPU_MIN_SHMEM_BYTES);
    assert_int_equal(region.heap_bytes, 0x4000000 - 0x1001000);
    pvgpu_control_init(&region, UINT64_C(0x80000000));
    assert_int_equal(region.heap_bytes, 0x80000000u - 0x1001000u);
}

static void test_reset_counters(void **state)
{
    struct pvgpu_control_region *region = ((struct fixture *)*state)->region;
    const uint32_t all = 0x7F;
    region->producer = 1;
    region->consumer = 2;
    region->fence_request = 3;
    region->fence_completed = 4;
    region->status = all;
    region->error_code = 5;
    region->error_argument = 6;
    region->display_width = 640;
    pvgpu_control_reset_counters(region, PVGPU_STATUS_READY | PVGPU_STATUS_SHUTDOWN);

    struct pvgpu_control_region expected;
    memset(&expected, 0, sizeof(expected));
    pvgpu_control_init(&expected, TOTAL);
    expected.display_width = 640; /* the guest's mode is not part of the protocol state */
    expected.status = PVGPU_STATUS_READY | PVGPU_STATUS_SHUTDOWN;
    assert_memory_equal(region, &expected, sizeof(expected));

    region->status = PVGPU_STATUS_ERROR;
    pvgpu_control_reset_counters(region, PVGPU_STATUS_READY);
    assert_int_equal(region->status, 0); /* `keep` sets nothing */
}

static void test_publish_counters(void **state)
{
    struct fixture *fixture = *state;
    struct pvgpu_control_region *region = fixture->region;
    struct pvgpu_publisher *publisher = &fixture->publisher;

    assert_true(pvgpu_publish_consumer(publisher, 0));
    assert_true(region->consumer == 0);
    assert_true(pvgpu_publish_consumer(publisher, 64));
    assert_true(region->consumer == 64 && fixture->page->consumer == 64);
    assert_true(pvgpu_publish_consumer(publisher, 16)); /* never falls */
    assert_true(region->consumer == 64 && fixture->page->consumer == 64);
    assert_true(pvgpu_publish_consumer(publisher, UINT64_MAX));
    assert_true(region->consumer == UINT64_MAX);

    assert_true(pvgpu_publish_fence(publisher, 5));
    assert_true(region->fence_completed == 5 && fixture->page->fence == 5);
    assert_true(pvgpu_publish_fence(publisher, 4));
    assert_true(region->fence_completed == 5);
    assert_true(pvgpu_publish_fence(publisher, UINT64_MAX));
    assert_true(region->fence_completed == UINT64_MAX && fixture->page->fence == UINT64_MAX);
    assert_true(region->consumer == UINT64_MAX && region->producer == 0 && region->status == 0);

    /* Equal values are not written again: what stands there is not looked at either. */
    region->fence_completed = 1;
    assert_true(pvgpu_publish_fence(publisher, UINT64_MAX));
    assert_true(region->fence_completed == 1);

    /* A second publisher of the same epoch goes on where the first was. */
    struct pvgpu_publisher other;
    region->fence_completed = UINT64_MAX;
    pvgpu_publisher_init(&other, region, fixture->page);
    assert_true(other.epoch == publisher->epoch);
    assert_true(other.consumer == UINT64_MAX && other.fence == UINT64_MAX);
}

static void test_publish_status_and_error(void **state)
{
    struct fixture *fixture = *state;
    struct pvgpu_control_region *region = fixture->region;
    struct pvgpu_publisher *publisher = &fixture->publisher;

    assert_true(pvgpu_publish_status(publisher, PVGPU_STATUS_READY, 0));
    assert_int_equal(region->status, PVGPU_STATUS_READY);
    assert_true(pvgpu_publish_status(publisher, PVGPU_STATUS_RESIZING, 0));
    assert_int_equal(region->status, PVGPU_STATUS_READY | PVGPU_STATUS_RESIZING);
    assert_true(pvgpu_publish_status(publisher, PVGPU_STATUS_SHUTDOWN, PVGPU_STATUS_RESIZING));
    assert_int_equal(region->status, PVGPU_STATUS_READY | PVGPU_STATUS_SHUTDOWN);
    assert_true(pvgpu_publish_status(publisher, 0, PVGPU_STATUS_SHUTDOWN | PVGPU_STATUS_BUSY));
    assert_int_equal(region->status, PVGPU_STATUS_READY);
    assert_true(pvgpu_publish_status(publisher, 0, 0));
    assert_int_equal(region->status, PVGPU_STATUS_READY);

    assert_true(pvgpu_publish_error(publisher, PVGPU_ERROR_RESOURCE_NOT_FOUND, 42, 0));
    assert_int_equal(region->error_code, PVGPU_ERROR_RESOURCE_NOT_FOUND);
    assert_int_equal(region->error_argument, 42);
    assert_int_equal(region->status, PVGPU_STATUS_READY | PVGPU_STATUS_ERROR);
    assert_true(pvgpu_publish_error(publisher, PVGPU_ERROR_DEVICE_LOST, 0x887A0005, PVGPU_STATUS_DEVICE_LOST));
    assert_int_equal(region->error_code, PVGPU_ERROR_DEVICE_LOST);
    assert_int_equal(region->error_argument, 0x887A0005);
    assert_int_equal(region->status, PVGPU_STATUS_READY | PVGPU_STATUS_ERROR | PVGPU_STATUS_DEVICE_LOST);
}

/* After the session has begun another epoch nothing of the old one is written, by any function. */
static void test_refused_after_epoch(void **state)
{
    struct fixture *fixture = *state;
    struct pvgpu_publisher *publisher = &fixture->publisher;
    assert_true(pvgpu_publish_status(publisher, PVGPU_STATUS_READY, 0));
    assert_true(pvgpu_publish_consumer(publisher, 100));
    assert_true(pvgpu_publish_fence(publisher, 10));
    assert_true(reset(fixture->region, fixture->page) == publisher->epoch + 1);

    struct pvgpu_control_region before = *fixture->region;
    assert_false(pvgpu_publish_consumer(publisher, 50)); /* fallen values report it too */
    assert_false(pvgpu_publish_consumer(publisher, 100));
    assert_false(pvgpu_publish_consumer(publisher, 200));
    assert_false(pvgpu_publish_fence(publisher, 9));
    assert_false(pvgpu_publish_fence(publisher, 11));
    assert_false(pvgpu_publish_status(publisher, PVGPU_STATUS_READY, 0));
    assert_false(pvgpu_publish_error(publisher, 1, 2, PVGPU_STATUS_DEVICE_LOST));
    assert_memory_equal(fixture->region, &before, sizeof(before));
    assert_true(fixture->page->consumer == 0 && fixture->page->fence == 0);

    /* Even while the region looks just as the old publisher left it. */
    fixture->region->consumer = 100;
    fixture->region->fence_completed = 10;
    assert_false(pvgpu_publish_consumer(publisher, 200));
    assert_false(pvgpu_publish_fence(publisher, 20));
    assert_true(fixture->region->consumer == 100 && fixture->region->fence_completed == 10);
    fixture->region->consumer = fixture->region->fence_completed = 0;

    pvgpu_publisher_init(publisher, fixture->region, fixture->page);
    assert_true(publisher->consumer == 0 && publisher->fence == 0);
    assert_true(pvgpu_publish_consumer(publisher, 16));
    assert_true(pvgpu_publish_fence(publisher, 1));
    assert_true(fixture->region->consumer == 16 && fixture->region->fence_completed == 1);
}

/* A device that zeroes counters behind our back: the exchange fails and its value stays. */
static void test_foreign_values(void **state)
{
    struct fixture *fixture = *state;
    struct pvgpu_publisher *publisher = &fixture->publisher;
    assert_true(pvgpu_publish_status(publisher, PVGPU_STATUS_READY, 0));
    assert_true(pvgpu_publish_consumer(publisher, 100));
    assert_true(pvgpu_publish_fence(publisher, 10));
    assert_false(pvgpu_publisher_sees_reset(publisher));

    fixture->region->consumer = 0;
    assert_true(pvgpu_publisher_sees_reset(publisher));
    assert_false(pvgpu_publish_consumer(publisher, 200));
    assert_true(fixture->region->consumer == 0 && fixture->page->consumer == 100);
    fixture->region->consumer = 100;
    assert_false(pvgpu_publisher_sees_reset(publisher));

    fixture->region->fence_completed = 0;
    assert_true(pvgpu_publisher_sees_reset(publisher));
    assert_false(pvgpu_publish_fence(publisher, 20));
    assert_true(fixture->region->fence_completed == 0 && fixture->page->fence == 10);
    fixture->region->fence_completed = 10;
    assert_false(pvgpu_publisher_sees_reset(publisher));

    fixture->region->status &= ~PVGPU_STATUS_READY;
    assert_true(pvgpu_publisher_sees_reset(publisher));
    fixture->region->status |= PVGPU_STATUS_READY | PVGPU_STATUS_ERROR;
    assert_false(pvgpu_publisher_sees_reset(publisher));

    pvgpu_control_reset_counters(fixture->region, PVGPU_STATUS_READY);
    assert_true(pvgpu_publisher_sees_reset(publisher));
}

static void test_extension(void **state)
{
    struct pvgpu_control_region *region = ((struct fixture *)*state)->region;
    assert_false(pvgpu_control_is_extended(region));
    region->extension.reset_request = 7;
    memset(region->extension.reserved, 0xA5, sizeof(region->extension.reserved));
    pvgpu_control_extend(region, PVGPU_LINK_ID_IVSHMEM_DOORBELL, 2, 1);
    const struct pvgpu_extension expected = {.version = 1, .link = 3, .vectors = 2, .host_peer = 1, .reset_request = 7};
    assert_memory_equal(&region->extension, &expected, sizeof(expected));
    assert_true(pvgpu_control_is_extended(region));

    /* The heartbeat never says that there is none. */
    pvgpu_control_beat(region);
    assert_true(region->extension.host_heartbeat == 1);
    region->extension.host_heartbeat = UINT64_MAX;
    pvgpu_control_beat(region);
    assert_true(region->extension.host_heartbeat == 1);

    region->status = 0xFF;
    pvgpu_control_greet(region);
    assert_true(region->status == (0xFF & ~(PVGPU_STATUS_READY | PVGPU_STATUS_SHUTDOWN)));

    uint64_t *counters[] = {&region->producer, &region->consumer, &region->fence_completed};
    assert_true(pvgpu_control_is_untouched(region));
    for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++) {
        *counters[i] = UINT64_C(1) << 40;
        assert_false(pvgpu_control_is_untouched(region));
        *counters[i] = 0;
    }
}

/* Adopts in an epoch of its own, as a renderer does. */
static void adopt(struct fixture *fixture)
{
    uint64_t epoch = 0;
    assert_true(pvgpu_control_page_begin_epoch(fixture->page, 10 * SECOND, &epoch));
    pvgpu_publisher_adopt_reset(&fixture->publisher);
    pvgpu_control_page_leave(fixture->page, epoch);
    pvgpu_publisher_init(&fixture->publisher, fixture->region, fixture->page);
    assert_true(pvgpu_publish_status(&fixture->publisher, PVGPU_STATUS_READY, 0));
    assert_false(pvgpu_publisher_sees_reset(&fixture->publisher));
}

/* Resets by a device that is another process, at each moment of our publishing. */
static void test_adopted_resets(void **state)
{
    struct fixture *fixture = *state;
    struct pvgpu_control_region *region = fixture->region;
    struct pvgpu_publisher *publisher = &fixture->publisher;
    assert_true(pvgpu_publish_status(publisher, PVGPU_STATUS_READY, 0));

    /* The first consumer value of an epoch lands right after the reset: 0 was exchanged for it, as it was before. */
    region->producer = 640;
    region->producer = region->consumer = region->fence_completed = 0;
    assert_true(pvgpu_publish_consumer(publisher, 640));
    adopt(fixture);
    assert_true(publisher->consumer == 0 && region->consumer == 0);

    /* The reset has come to the consumer counter and not to the fence yet. */
    region->producer = 100;
    assert_true(pvgpu_publish_consumer(publisher, 100));
    assert_true(pvgpu_publish_fence(publisher, 10));
    region->producer = region->consumer = 0;
    adopt(fixture);
    assert_true(publisher->fence == 0 && region->fence_completed == 0);

    /* By number, with counters that say nothing. */
    uint32_t request = ++region->extension.reset_request;
    region->extension.version = PVGPU_EXTENSION_1;
    assert_true(pvgpu_publisher_sees_reset(publisher));
    region->producer = 4096;
    assert_true(pvgpu_publish_consumer(publisher, 64));
    assert_true(pvgpu_publish_fence(publisher, 1));
    adopt(fixture);
    assert_true(publisher->consumer == 0 && publisher->fence == 0 && publisher->reset_request == request);
    assert_true(region->consumer == 0 && region->fence_completed == 0 && region->producer == 4096);
    assert_true(region->extension.reset_done == request);

    /* The ready bit alone is gone: the counters are as they should be. */
    assert_true(pvgpu_publish_consumer(publisher, 64));
    assert_true(pvgpu_publish_fence(publisher, 1));
    region->status = 0;
    adopt(fixture);
    assert_true(publisher->consumer == 64 && publisher->fence == 1);

    /* A foreign value is taken over. */
    region->consumer = 32;
    adopt(fixture);
    assert_true(publisher->consumer == 32 && publisher->fence == 0);
}

static void test_page(void **state)
{
    struct pvgpu_control_page *page = ((struct fixture *)*state)->page;
    assert_true(pvgpu_control_page_epoch(page) == 0);
    assert_true(pvgpu_control_page_enter(page, 0));
    assert_true(pvgpu_control_page_epoch(page) == 0);

    /* Somebody is inside and does not leave: bounded, and the epoch goes on. */
    uint64_t epoch = 4711;
    uint64_t start = pvgpu_time_now_ns();
    assert_false(pvgpu_control_page_begin_epoch(page, 20 * PVGPU_NS_PER_MS, &epoch));
    assert_true(pvgpu_time_now_ns() - start >= 20 * PVGPU_NS_PER_MS);
    assert_true(epoch == 4711);
    assert_true(pvgpu_control_page_epoch(page) == 0);

    pvgpu_control_page_leave(page, 0);
    assert_true(pvgpu_control_page_begin_epoch(page, 0, &epoch));
    assert_true(epoch == 1 && pvgpu_control_page_epoch(page) == 1);
    assert_false(pvgpu_control_page_enter(page, 0));
    pvgpu_control_page_leave(page, 1);
    assert_false(pvgpu_control_page_enter(page, 0));
    assert_false(pvgpu_control_page_enter(page, 2));

    /* Its owner died inside. */
    assert_true(pvgpu_control_page_enter(page, 1));
    assert_false(pvgpu_control_page_begin_epoch(page, 0, &epoch));
    pvgpu_control_page_force(page);
    assert_true(pvgpu_control_page_epoch(page) == 1);
    assert_true(pvgpu_control_page_begin_epoch(page, 0, &epoch));
    assert_true(epoch == 2);
    pvgpu_control_page_leave(page, 2);
    pvgpu_control_page_force(page); /* nobody is inside: nothing changes */
    assert_true(pvgpu_control_page_epoch(page) == 2);
    assert_true(pvgpu_control_page_enter(page, 2));
    pvgpu_control_page_leave(page, 2);
}

/* ---- Threads ---------------------------------------------------------------------------------------------------- */

struct late_init {
    struct fixture *fixture;
    struct pvgpu_publisher publisher;
    _Atomic bool started;
};

static void init_publisher(void *argument)
{
    struct late_init *late = argument;
    atomic_store(&late->started, true);
    pvgpu_publisher_init(&late->publisher, late->fixture->region, late->fixture->page);
}

/* A publisher that starts while the session is re-initialising the region must not take over the old values. */
static void test_init_during_reset(void **state)
{
    struct fixture *fixture = *state;
    assert_true(pvgpu_publish_consumer(&fixture->publisher, 100));
    assert_true(pvgpu_publish_fence(&fixture->publisher, 10));

    uint64_t epoch;
    assert_true(pvgpu_control_page_begin_epoch(fixture->page, SECOND, &epoch));
    struct late_init late = {.fixture = fixture};
    struct pvgpu_thread thread;
    assert_true(pvgpu_thread_start(&thread, "late-init", init_publisher, &late));
    while (!atomic_load(&late.started))
        pvgpu_thread_yield();
    pvgpu_time_sleep_ns(20 * PVGPU_NS_PER_MS);
    pvgpu_control_init(fixture->region, TOTAL);
    atomic_store(&fixture->page->consumer, 0);
    atomic_store(&fixture->page->fence, 0);
    pvgpu_control_page_leave(fixture->page, epoch);
    pvgpu_thread_join(&thread);

    assert_true(late.publisher.epoch == epoch);
    assert_true(late.publisher.consumer == 0 && late.publisher.fence == 0);
    assert_true(pvgpu_publish_consumer(&late.publisher, 16));
}

#define RESETS 10000
#define TAG_SHIFT 24 /* published values carry their epoch above this bit */

struct stress {
    struct pvgpu_control_region *region;
    struct pvgpu_control_page *page;
    _Atomic bool quit;
    _Atomic uint64_t published; /* values that went out */
    _Atomic uint64_t refused; /* attempts that came too late */
    _Atomic uint64_t wrong; /* refused although the epoch was not over, or let through although it was */
};

/* A renderer that keeps completing work of its epoch, and tries again after it was told that the epoch is over. */
static void publish_late(void *argument)
{
    struct stress *stress = argument;
    uint32_t random = 1;
    while (!atomic_load(&stress->quit)) {
        struct pvgpu_publisher publisher;
        pvgpu_publisher_init(&publisher, stress->region, stress->page);
        uint64_t tag = publisher.epoch << TAG_SHIFT;
        bool alive = true;
        for (uint64_t n = 1; alive && !atomic_load(&stress->quit); n++) {
            random = random * 1664525u + 1013904223u;
            alive = pvgpu_publish_consumer(&publisher, tag + n) && pvgpu_publish_fence(&publisher, tag + n) &&
                    pvgpu_publish_error(&publisher, PVGPU_ERROR_INTERNAL, (uint32_t)publisher.epoch, 0) &&
                    pvgpu_publish_status(&publisher, PVGPU_STATUS_READY, 0);
            if (alive)
                atomic_fetch_add(&stress->published, 1);
            if (random >> 28 == 0)
                pvgpu_thread_yield();
        }
        if (alive)
            return;
        if (pvgpu_control_page_epoch(stress->page) == publisher.epoch)
            atomic_fetch_add(&stress->wrong, 1);
        for (uint64_t late = 0; late < 4; late++) {
            bool through = pvgpu_publish_consumer(&publisher, tag + (UINT64_C(1) << 20) + late) ||
                           pvgpu_publish_fence(&publisher, tag + (UINT64_C(1) << 20) + late) ||
                           pvgpu_publish_error(&publisher, PVGPU_ERROR_INTERNAL, (uint32_t)publisher.epoch, 0);
            atomic_fetch_add(through ? &stress->wrong : &stress->refused, 1);
        }
    }
}

/* What a guest sees in the region now is of this epoch, or nothing yet. */
static bool only_epoch(struct pvgpu_control_region *region, uint64_t epoch, bool *seen)
{
    uint64_t consumer = atomic_load((_Atomic uint64_t *)&region->consumer);
    uint64_t fence = atomic_load((_Atomic uint64_t *)&region->fence_completed);
    uint32_t argument = atomic_load((_Atomic uint32_t *)&region->error_argument);
    *seen = *seen || fence != 0;
    return (consumer == 0 || consumer >> TAG_SHIFT == epoch) && (fence == 0 || fence >> TAG_SHIFT == epoch) &&
           (argument == 0 || argument == (uint32_t)epoch);
}

static void test_resets_against_late_publisher(void **state)
{
    struct fixture *fixture = *state;
    struct stress stress = {.region = fixture->region, .page = fixture->page};
    /* Epoch 0 has no tag of its own. */
    reset(fixture->region, fixture->page);
    struct pvgpu_thread thread;
    assert_true(pvgpu_thread_start(&thread, "late-publisher", publish_late, &stress));

    unsigned mixed = 0, epochs_seen = 0;
    for (unsigned i = 0; i < RESETS; i++) {
        uint64_t epoch = reset(fixture->region, fixture->page);
        bool seen = false;
        /* Every fourth epoch lives until something of it was published, the others end almost at once. */
        uint64_t deadline = pvgpu_time_deadline_ns(SECOND);
        for (unsigned look = 0; look < 20 || (i % 4 == 0 && !seen); look++) {
            mixed += !only_epoch(fixture->region, epoch, &seen);
            if (look >= 20) {
                if (pvgpu_time_left_ns(deadline) == 0)
                    break;
                pvgpu_thread_yield();
            }
        }
        epochs_seen += seen;
    }
    atomic_store(&stress.quit, true);
    pvgpu_thread_join(&thread);

    print_message("%u resets, %u epochs in which something was seen, %llu rounds published, %llu refused\n", RESETS,
                  epochs_seen, (unsigned long long)stress.published, (unsigned long long)stress.refused);
    assert_int_equal(mixed, 0);
    assert_true(stress.wrong == 0);
    assert_true(epochs_seen >= RESETS / 4);
    assert_true(stress.refused > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_init, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reset_counters, setup, teardown),
        cmocka_unit_test_setup_teardown(test_publish_counters, setup, teardown),
        cmocka_unit_test_setup_teardown(test_publish_status_and_error, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused_after_epoch, setup, teardown),
        cmocka_unit_test_setup_teardown(test_foreign_values, setup, teardown),
        cmocka_unit_test_setup_teardown(test_extension, setup, teardown),
        cmocka_unit_test_setup_teardown(test_adopted_resets, setup, teardown),
        cmocka_unit_test_setup_teardown(test_page, setup, teardown),
        cmocka_unit_test_setup_teardown(test_init_during_reset, setup, teardown),
        cmocka_unit_test_setup_teardown(test_resets_against_late_publisher, setup, teardown),
    };
    return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
