/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A host that dies, is replaced or comes back, as the guest sees it: by itself at made-up times, then in waits. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "../../guest/lib/liveness.h"
#include "pvgpu/guest.h"

#define MS 1000000ull
#define RING_BYTES 0x10000u
#define HEAP_BYTES 0x10000u
#define MAPPING_BYTES (PVGPU_CONTROL_BYTES + RING_BYTES + HEAP_BYTES)

/* ---- At made-up times ---- */

struct made_up {
    struct pvgpu_control_region control;
    struct pvgpu_liveness liveness;
    uint64_t now;
};

static int setup_made_up(void **state)
{
    struct made_up *host = calloc(1, sizeof *host);
    assert_non_null(host);
    host->control.extension.version = PVGPU_EXTENSION_1;
    host->control.extension.generation = 77;
    host->control.extension.host_heartbeat = 5;
    host->now = 1000 * MS;
    pvgpu_liveness_begin(&host->liveness, &host->control, host->now);
    *state = host;
    return 0;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

static enum pvgpu_wait_result look_after(struct made_up *host, uint64_t passed)
{
    host->now += passed;
    return pvgpu_liveness_look(&host->liveness, &host->control, host->now);
}

static void a_heart_that_stops_is_seen(void **state)
{
    struct made_up *host = *state;
    for (int i = 0; i < 100; i++) {
        host->control.extension.host_heartbeat++;
        assert_int_equal(look_after(host, 100 * MS), PVGPU_WAIT_DONE);
    }
    for (int i = 0; i < 19; i++) {
        assert_int_equal(look_after(host, 100 * MS), PVGPU_WAIT_DONE);
    }
    assert_int_equal(look_after(host, 100 * MS), PVGPU_WAIT_DISCONNECTED);
    host->control.extension.host_heartbeat--; /* any change is a beat */
    assert_int_equal(look_after(host, 100 * MS), PVGPU_WAIT_DONE);
}

static void a_pause_of_our_own_is_no_stop_of_the_host(void **state)
{
    struct made_up *host = *state;
    assert_int_equal(look_after(host, 3600 * 1000 * MS), PVGPU_WAIT_DONE);
    assert_int_equal(look_after(host, 3600 * 1000 * MS), PVGPU_WAIT_DONE);
    host->control.extension.host_heartbeat++;
    assert_int_equal(look_after(host, MS), PVGPU_WAIT_DONE);
    host->now -= 500 * MS; /* not even a clock that goes back */
    assert_int_equal(look_after(host, 0), PVGPU_WAIT_DONE);
    int looks = 0;
    while (look_after(host, 3600 * 1000 * MS) == PVGPU_WAIT_DONE) {
        looks++;
    }
    assert_true(looks >= 7);
}

static void a_host_without_a_heartbeat_never_stops(void **state)
{
    struct made_up *host = *state;
    host->control.extension.host_heartbeat = 0;
    for (int i = 0; i < 100; i++) {
        assert_int_equal(look_after(host, 100 * MS), PVGPU_WAIT_DONE);
    }
    host->control.extension.version = 0;
    pvgpu_liveness_begin(&host->liveness, &host->control, host->now);
    host->control.extension.host_heartbeat = 9; /* junk, where there is no block */
    host->control.extension.generation = 9;
    for (int i = 0; i < 100; i++) {
        assert_int_equal(look_after(host, 100 * MS), PVGPU_WAIT_DONE);
    }
    pvgpu_liveness_beat(&host->liveness, &host->control, host->now);
    assert_int_equal(host->control.extension.guest_heartbeat, 0);
}

static void another_generation_has_lost_the_device(void **state)
{
    struct made_up *host = *state;
    host->control.extension.generation = 78;
    assert_int_equal(look_after(host, MS), PVGPU_WAIT_DEVICE_LOST);
    assert_int_equal(look_after(host, MS), PVGPU_WAIT_DEVICE_LOST);
    pvgpu_liveness_begin(&host->liveness, &host->control, host->now);
    assert_int_equal(look_after(host, MS), PVGPU_WAIT_DONE);
    host->control.extension.generation = 77; /* back is another, too */
    assert_int_equal(look_after(host, MS), PVGPU_WAIT_DEVICE_LOST);
}

static void the_first_host_has_lost_nothing(void **state)
{
    struct made_up *host = *state;
    host->control.extension.generation = 0;
    pvgpu_liveness_begin(&host->liveness, &host->control, host->now);
    host->control.extension.generation = 5;
    assert_int_equal(look_after(host, MS), PVGPU_WAIT_DONE);
    host->control.extension.generation = 6;
    assert_int_equal(look_after(host, MS), PVGPU_WAIT_DEVICE_LOST);
}

static void our_own_heart_beats_at_most_every_100_ms(void **state)
{
    struct made_up *host = *state;
    host->control.extension.guest_heartbeat = UINT64_MAX - 1;
    for (int i = 0; i < 1000; i++) {
        pvgpu_liveness_beat(&host->liveness, &host->control, host->now + (uint64_t)i * MS);
    }
    /* 10 beats; the one from the highest number leads to 1, since 0 says that there is none. */
    assert_int_equal(host->control.extension.guest_heartbeat, 9);
}

/* ---- In waits ---- */

/* A device without interrupts of its own, whose host does what on_wait says. */
struct fake {
    struct pvgpu_guest_transport base;
    struct pvgpu_control_region *control;
    void (*on_wait)(struct fake *fake);
    uint32_t status; /* register */
    bool resets; /* are carried out */
    int waits, status_reads;
};

static void fake_doorbell(struct pvgpu_guest_transport *transport)
{
    (void)transport;
}

static int fake_wait(struct pvgpu_guest_transport *transport, uint64_t timeout_ns)
{
    struct fake *fake = (struct fake *)transport;
    (void)timeout_ns;
    fake->waits++;
    if (fake->on_wait) {
        fake->on_wait(fake);
    }
    return 0;
}

static bool fake_reset(struct pvgpu_guest_transport *transport)
{
    struct fake *fake = (struct fake *)transport;
    if (fake->resets) {
        fake->control->producer = fake->control->consumer = fake->control->fence_completed = 0;
        fake->control->status = PVGPU_STATUS_READY;
    }
    return fake->resets;
}

static uint32_t fake_status(struct pvgpu_guest_transport *transport)
{
    ((struct fake *)transport)->status_reads++;
    return ((struct fake *)transport)->status;
}

static void fake_destroy(struct pvgpu_guest_transport *transport)
{
    (void)transport;
}

static const struct pvgpu_guest_transport_ops fake_ops = {"fake",     fake_doorbell, fake_wait,
                                                          fake_reset, fake_status,   fake_destroy};

static int setup(void **state)
{
    struct fake *fake = calloc(1, sizeof *fake);
    assert_non_null(fake);
    fake->base.ops = &fake_ops;
    fake->base.mapping = calloc(1, MAPPING_BYTES);
    fake->base.mapping_bytes = MAPPING_BYTES;
    fake->status = PVGPU_REG_STATUS_READY | PVGPU_REG_STATUS_CONNECTED;
    fake->resets = true;
    struct pvgpu_control_region *control = fake->control = fake->base.mapping;
    assert_non_null(control);
    control->magic = PVGPU_MAGIC;
    control->version = PVGPU_VERSION_1_0;
    control->ring_offset = PVGPU_CONTROL_BYTES;
    control->ring_bytes = RING_BYTES;
    control->heap_offset = PVGPU_CONTROL_BYTES + RING_BYTES;
    control->heap_bytes = HEAP_BYTES;
    control->status = PVGPU_STATUS_READY;
    control->extension.version = PVGPU_EXTENSION_1;
    control->extension.generation = 77;
    control->extension.host_heartbeat = 5;
    *state = fake;
    return 0;
}

static int teardown_fake(void **state)
{
    struct fake *fake = *state;
    free(fake->base.mapping);
    free(fake);
    return 0;
}

static struct pvgpu_guest *create(struct fake *fake)
{
    struct pvgpu_guest *guest = pvgpu_guest_create(&fake->base);
    assert_non_null(guest);
    return guest;
}

static void a_wait_ends_when_the_heart_stops(void **state)
{
    struct fake *fake = *state;
    struct pvgpu_guest *guest = create(fake);
    assert_int_equal(pvgpu_guest_finish(guest, UINT64_MAX), PVGPU_WAIT_DISCONNECTED);
    /* Sticky: a heart that goes on beating does not bring back what was lost meanwhile. */
    fake->control->extension.host_heartbeat++;
    assert_int_equal(pvgpu_guest_check(guest), PVGPU_WAIT_DISCONNECTED);
    assert_false(pvgpu_guest_flush(guest) && pvgpu_guest_fence(guest) && pvgpu_guest_flush(guest));
    assert_true(pvgpu_guest_reset(guest));
    assert_int_equal(pvgpu_guest_check(guest), PVGPU_WAIT_DONE);
    pvgpu_guest_destroy(guest);
}

static void beat(struct fake *fake)
{
    fake->control->extension.host_heartbeat++;
}

static void a_wait_goes_on_while_the_heart_beats(void **state)
{
    struct fake *fake = *state;
    struct pvgpu_guest *guest = create(fake);
    fake->on_wait = beat;
    assert_int_equal(pvgpu_guest_finish(guest, 2500 * MS), PVGPU_WAIT_TIMEOUT);
    assert_true(fake->control->extension.guest_heartbeat > 1);
    pvgpu_guest_destroy(guest);
}

static void a_full_ring_gives_up_when_the_heart_stops(void **state)
{
    struct fake *fake = *state;
    struct pvgpu_guest *guest = create(fake);
    guest->ring_timeout_ns = UINT64_MAX;
    uint8_t *junk = calloc(1, RING_BYTES + 16);
    assert_false(pvgpu_guest_emit(guest, junk, RING_BYTES + 16) && pvgpu_guest_flush(guest));
    assert_int_equal(guest->link, PVGPU_WAIT_DISCONNECTED);
    free(junk);
    pvgpu_guest_destroy(guest);
}

static void replace(struct fake *fake)
{
    fake->control->extension.generation = 78;
}

static void a_new_generation_ends_waits_until_a_reset(void **state)
{
    struct fake *fake = *state;
    struct pvgpu_guest *guest = create(fake);
    fake->on_wait = replace;
    assert_int_equal(pvgpu_guest_finish(guest, UINT64_MAX), PVGPU_WAIT_DEVICE_LOST);
    assert_int_equal(pvgpu_guest_check(guest), PVGPU_WAIT_DEVICE_LOST);
    assert_int_equal(pvgpu_guest_wait_ready(guest, UINT64_MAX), PVGPU_WAIT_DONE); /* it is: with the new host */
    /* Commands still go somewhere: the new host consumes them without drawing. */
    assert_int_not_equal(pvgpu_guest_fence(guest), 0);
    assert_true(pvgpu_guest_flush(guest));
    assert_true(pvgpu_guest_reset(guest));
    assert_int_equal(pvgpu_guest_check(guest), PVGPU_WAIT_DONE);
    pvgpu_guest_destroy(guest);
}

/* Another host, which the guest has had the time to notice when it begins to consume. */
static void replace_and_consume(struct fake *fake)
{
    replace(fake);
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    if (fake->waits > 50) {
        fake->control->consumer = fake->control->producer;
    }
}

static void a_full_ring_waits_for_a_new_generation_too(void **state)
{
    struct fake *fake = *state;
    struct pvgpu_guest *guest = create(fake);
    fake->on_wait = replace_and_consume;
    uint8_t *junk = calloc(1, RING_BYTES + 16);
    assert_true(pvgpu_guest_emit(guest, junk, RING_BYTES + 16) && pvgpu_guest_flush(guest));
    assert_int_equal(fake->control->producer, RING_BYTES + 16);
    assert_int_equal(pvgpu_guest_check(guest), PVGPU_WAIT_DEVICE_LOST);
    free(junk);
    pvgpu_guest_destroy(guest);
}

static void a_refused_reset_leaves_the_link_broken(void **state)
{
    struct fake *fake = *state;
    struct pvgpu_guest *guest = create(fake);
    assert_true(pvgpu_guest_is_fresh(guest));
    fake->resets = false;
    assert_false(pvgpu_guest_reset(guest));
    assert_int_equal(pvgpu_guest_check(guest), PVGPU_WAIT_DISCONNECTED);
    assert_false(pvgpu_guest_flush(guest));
    fake->resets = true;
    assert_true(pvgpu_guest_reset(guest));
    assert_true(pvgpu_guest_flush(guest));
    /* One that is under way leaves nothing fresh behind, where the host carries it out. */
    fake->control->extension.link = PVGPU_LINK_ID_PIPE;
    fake->control->extension.reset_request = 1;
    assert_true(pvgpu_guest_is_fresh(guest));
    fake->control->extension.link = PVGPU_LINK_ID_IVSHMEM_PLAIN;
    fake->control->extension.reset_request = 1;
    assert_false(pvgpu_guest_is_fresh(guest));
    fake->control->extension.reset_done = 1;
    assert_true(pvgpu_guest_is_fresh(guest));
    fake->control->consumer = 32;
    assert_false(pvgpu_guest_is_fresh(guest));
    pvgpu_guest_destroy(guest);
}

static void waiting_for_a_host_takes_a_heartbeat_that_moves(void **state)
{
    struct fake *fake = *state;
    struct pvgpu_guest *guest = create(fake);
    assert_int_equal(pvgpu_guest_wait_host(guest, 50 * MS), PVGPU_WAIT_TIMEOUT);
    assert_int_equal(fake->status_reads, 1); /* at create: the register says nothing of a host here */
    fake->control->status |= PVGPU_STATUS_SHUTDOWN;
    assert_int_equal(pvgpu_guest_wait_host(guest, 50 * MS), PVGPU_WAIT_TIMEOUT);
    pvgpu_guest_destroy(guest);
}

static void waiting_for_a_host_without_a_heartbeat_asks_the_device(void **state)
{
    struct fake *fake = *state;
    fake->control->extension.host_heartbeat = 0;
    struct pvgpu_guest *guest = create(fake);
    assert_int_equal(pvgpu_guest_wait_host(guest, 0), PVGPU_WAIT_DONE);
    fake->control->status |= PVGPU_STATUS_SHUTDOWN;
    assert_int_equal(pvgpu_guest_wait_host(guest, 50 * MS), PVGPU_WAIT_TIMEOUT);
    fake->control->status &= ~PVGPU_STATUS_SHUTDOWN;
    fake->status = PVGPU_REG_STATUS_READY;
    assert_int_equal(pvgpu_guest_wait_host(guest, 50 * MS), PVGPU_WAIT_TIMEOUT);
    fake->status = UINT32_MAX;
    assert_int_equal(pvgpu_guest_wait_host(guest, 50 * MS), PVGPU_WAIT_TIMEOUT);
    pvgpu_guest_destroy(guest);
    /* A device that never says "connected" cannot say that none is. */
    fake->status = PVGPU_REG_STATUS_READY;
    guest = create(fake);
    assert_int_equal(pvgpu_guest_wait_host(guest, 0), PVGPU_WAIT_DONE);
    pvgpu_guest_destroy(guest);
}

int main(void)
{
#define MADE_UP(name) cmocka_unit_test_setup_teardown(name, setup_made_up, teardown)
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown_fake)
    const struct CMUnitTest tests[] = {
        MADE_UP(a_heart_that_stops_is_seen),
        MADE_UP(a_pause_of_our_own_is_no_stop_of_the_host),
        MADE_UP(a_host_without_a_heartbeat_never_stops),
        MADE_UP(another_generation_has_lost_the_device),
        MADE_UP(the_first_host_has_lost_nothing),
        MADE_UP(our_own_heart_beats_at_most_every_100_ms),
        TEST(a_wait_ends_when_the_heart_stops),
        TEST(a_wait_goes_on_while_the_heart_beats),
        TEST(a_full_ring_gives_up_when_the_heart_stops),
        TEST(a_new_generation_ends_waits_until_a_reset),
        TEST(a_full_ring_waits_for_a_new_generation_too),
        TEST(a_refused_reset_leaves_the_link_broken),
        TEST(waiting_for_a_host_takes_a_heartbeat_that_moves),
        TEST(waiting_for_a_host_without_a_heartbeat_asks_the_device),
    };
    return cmocka_run_group_tests_name("guest liveness", tests, NULL, NULL);
}
