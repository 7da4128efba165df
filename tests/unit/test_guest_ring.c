/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The guest's side of ring, doorbell, fences, errors and reset, against a host that the test plays by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pvgpu/guest.h"

#define RING_BYTES 0x10000u
#define HEAP_BYTES 0x10000u
#define MAPPING_BYTES (PVGPU_CONTROL_BYTES + RING_BYTES + HEAP_BYTES)

/* A device whose host does what its on_doorbell or on_wait says. */
struct fake {
    struct pvgpu_guest_transport base;
    struct pvgpu_control_region *control;
    int doorbells, waits, destroyed;
    uint32_t status;
    void (*on_wait)(struct fake *fake);
    bool link_gone;
};

static void fake_doorbell(struct pvgpu_guest_transport *transport)
{
    ((struct fake *)transport)->doorbells++;
}

static int fake_wait(struct pvgpu_guest_transport *transport, uint64_t timeout_ns)
{
    struct fake *fake = (struct fake *)transport;
    (void)timeout_ns;
    fake->waits++;
    if (fake->link_gone) {
        return -1;
    }
    if (fake->on_wait) {
        fake->on_wait(fake);
        return 1;
    }
    return 0;
}

static bool fake_reset(struct pvgpu_guest_transport *transport)
{
    struct fake *fake = (struct fake *)transport;
    fake->control->producer = fake->control->consumer = fake->control->fence_completed = 0;
    fake->control->status = PVGPU_STATUS_READY;
    return true;
}

static uint32_t fake_status(struct pvgpu_guest_transport *transport)
{
    return ((struct fake *)transport)->status;
}

static void fake_destroy(struct pvgpu_guest_transport *transport)
{
    ((struct fake *)transport)->destroyed++;
}

static const struct pvgpu_guest_transport_ops fake_ops = {"fake",     fake_doorbell, fake_wait,
                                                          fake_reset, fake_status,   fake_destroy};

static void make_control(struct pvgpu_control_region *control)
{
    memset(control, 0, sizeof *control);
    control->magic = PVGPU_MAGIC;
    control->version = PVGPU_VERSION_1_0;
    control->ring_offset = PVGPU_CONTROL_BYTES;
    control->ring_bytes = RING_BYTES;
    control->heap_offset = PVGPU_CONTROL_BYTES + RING_BYTES;
    control->heap_bytes = HEAP_BYTES;
    control->status = PVGPU_STATUS_READY;
}

static int setup(void **state)
{
    struct fake *fake = calloc(1, sizeof *fake);
    assert_non_null(fake);
    fake->base.ops = &fake_ops;
    fake->base.mapping = calloc(1, MAPPING_BYTES);
    fake->base.mapping_bytes = MAPPING_BYTES;
    fake->control = fake->base.mapping;
    fake->status = PVGPU_REG_STATUS_READY | PVGPU_REG_STATUS_CONNECTED;
    make_control(fake->control);
    *state = fake;
    return 0;
}

static int teardown(void **state)
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

/* ---- Layout ---- */

static void refuse(struct fake *fake, uint32_t *field, uint32_t value)
{
    uint32_t good = *field;
    int destroyed = fake->destroyed;
    *field = value;
    assert_null(pvgpu_guest_create(&fake->base));
    assert_int_equal(fake->destroyed, destroyed + 1);
    *field = good;
}

static void bad_layouts_are_refused(void **state)
{
    struct fake *fake = *state;
    struct pvgpu_control_region *control = fake->control;
    refuse(fake, &control->magic, 0x47505650);
    refuse(fake, &control->version, 0x00020000);
    refuse(fake, &control->ring_offset, 0);
    refuse(fake, &control->ring_offset, PVGPU_CONTROL_BYTES - 16);
    refuse(fake, &control->ring_offset, PVGPU_CONTROL_BYTES + 8);
    refuse(fake, &control->ring_offset, PVGPU_CONTROL_BYTES + 16); /* into the heap */
    refuse(fake, &control->ring_offset, 0xFFFFFFF0u);
    refuse(fake, &control->ring_bytes, 0);
    refuse(fake, &control->ring_bytes, RING_BYTES - 8);
    refuse(fake, &control->ring_bytes, RING_BYTES / 2); /* below the largest command */
    refuse(fake, &control->ring_bytes, 0xFFFFFFF0u);
    refuse(fake, &control->heap_offset, PVGPU_CONTROL_BYTES);
    refuse(fake, &control->heap_offset, PVGPU_CONTROL_BYTES + RING_BYTES - 16);
    refuse(fake, &control->heap_offset, PVGPU_CONTROL_BYTES + RING_BYTES + 16);
    refuse(fake, &control->heap_bytes, 0);
    refuse(fake, &control->heap_bytes, HEAP_BYTES + 16);
    fake->base.mapping_bytes = PVGPU_CONTROL_BYTES - 1;
    assert_null(pvgpu_guest_create(&fake->base));
    fake->base.mapping_bytes = MAPPING_BYTES;
    control->version = 0x00010007; /* a later minor is fine */
    pvgpu_guest_destroy(create(fake));
}

/* ---- Ring ---- */

static void every_wrap_position_is_byte_exact(void **state)
{
    struct fake *fake = *state;
    const uint8_t *ring = (const uint8_t *)fake->base.mapping + PVGPU_CONTROL_BYTES;
    uint8_t sent[96];
    for (size_t i = 0; i < sizeof sent; i++) {
        sent[i] = (uint8_t)(i + 1);
    }
    for (uint32_t start = RING_BYTES - 128; start <= RING_BYTES + 16; start += 16) {
        fake->control->producer = fake->control->consumer = 3ull * RING_BYTES + start;
        memset((uint8_t *)fake->base.mapping + PVGPU_CONTROL_BYTES, 0xEE, RING_BYTES);
        struct pvgpu_guest *guest = create(fake);
        assert_true(pvgpu_guest_emit(guest, sent, sizeof sent));
        assert_int_equal(fake->control->producer, 3ull * RING_BYTES + start);
        assert_true(pvgpu_guest_flush(guest));
        assert_int_equal(fake->control->producer, 3ull * RING_BYTES + start + sizeof sent);
        for (uint32_t i = 0; i < sizeof sent; i++) {
            assert_int_equal(ring[(start + i) % RING_BYTES], sent[i]);
        }
        assert_int_equal(ring[(start + sizeof sent) % RING_BYTES], 0xEE);
        assert_int_equal(ring[(start - 1) % RING_BYTES], 0xEE);
        pvgpu_guest_destroy(guest);
    }
}

static void doorbells_ring_only_for_a_drained_host(void **state)
{
    struct fake *fake = *state;
    struct pvgpu_guest *guest = create(fake);
    pvgpu_encode_flush(&guest->encoder);
    assert_true(pvgpu_guest_flush(guest));
    assert_int_equal(fake->doorbells, 1); /* the host had drained everything: 0 of 0 */
    pvgpu_encode_flush(&guest->encoder);
    assert_true(pvgpu_guest_flush(guest));
    assert_int_equal(fake->doorbells, 1); /* the host is at 0, the last publication was 16 */
    fake->control->consumer = 32;
    pvgpu_encode_flush(&guest->encoder);
    assert_true(pvgpu_guest_flush(guest));
    assert_int_equal(fake->doorbells, 2);
    assert_true(pvgpu_guest_flush(guest)); /* nothing staged: nothing published */
    assert_int_equal(guest->counters.batches, 3);
    fake->control->consumer = 32;
    guest->always_ring = true;
    pvgpu_encode_flush(&guest->encoder);
    assert_true(pvgpu_guest_flush(guest));
    assert_int_equal(fake->doorbells, 3);
    assert_int_equal(pvgpu_guest_counters(guest).commands, 4);
    pvgpu_guest_destroy(guest);
}

static void consume_some(struct fake *fake)
{
    uint64_t left = fake->control->producer - fake->control->consumer;
    fake->control->consumer += left < 4096 ? left : 4096;
}

static void a_full_ring_waits_for_room(void **state)
{
    struct fake *fake = *state;
    struct pvgpu_guest *guest = create(fake);
    fake->on_wait = consume_some;
    for (uint32_t i = 0; i < 20000; i++) { /* 640 KB through 64 KB */
        assert_true(pvgpu_encode_draw(&guest->encoder, i, 0));
        assert_true(fake->control->producer - fake->control->consumer <= RING_BYTES);
    }
    assert_true(pvgpu_guest_flush(guest));
    assert_int_equal(fake->control->producer, 20000u * 32u);
    assert_true(guest->counters.ring_waits > 0);
    assert_int_equal(pvgpu_guest_counters(guest).draws, 20000);
    pvgpu_guest_destroy(guest);
}

static void a_dead_host_fails_a_full_ring(void **state)
{
    struct fake *fake = *state;
    struct pvgpu_guest *guest = create(fake);
    guest->ring_timeout_ns = 20000000;
    uint8_t *junk = calloc(1, RING_BYTES + 16);
    assert_false(pvgpu_guest_emit(guest, junk, RING_BYTES + 16) && pvgpu_guest_flush(guest));
    assert_int_equal(fake->control->producer, RING_BYTES); /* filled completely, not beyond */
    assert_int_equal(guest->link, PVGPU_WAIT_DISCONNECTED);
    assert_false(pvgpu_guest_flush(guest));
    assert_true(pvgpu_guest_reset(guest));
    assert_true(pvgpu_encode_draw(&guest->encoder, 3, 0) && pvgpu_guest_flush(guest));
    assert_int_equal(fake->control->producer, 32);
    free(junk);
    pvgpu_guest_destroy(guest);
}

/* ---- Fences ---- */

static void complete_next(struct fake *fake)
{
    fake->control->consumer = fake->control->producer;
    fake->control->fence_completed++;
}

static void lose_device(struct fake *fake)
{
    fake->control->status |= PVGPU_STATUS_DEVICE_LOST;
}

static void shut_down(struct fake *fake)
{
    fake->control->status |= PVGPU_STATUS_SHUTDOWN;
}

static void fences_count_from_one_and_complete(void **state)
{
    struct fake *fake = *state;
    struct pvgpu_guest *guest = create(fake);
    fake->on_wait = complete_next;
    for (uint64_t value = 1; value <= 100; value++) {
        assert_int_equal(pvgpu_guest_fence(guest), value);
        assert_int_equal(pvgpu_guest_wait(guest, value, UINT64_MAX), PVGPU_WAIT_DONE);
        assert_int_equal(pvgpu_guest_completed(guest), value);
    }
    assert_int_equal(guest->counters.interrupts, 100);
    assert_int_equal(guest->counters.fence_waits, 100);
    assert_int_equal(pvgpu_guest_wait(guest, 50, 0), PVGPU_WAIT_DONE);
    assert_int_equal(guest->counters.fence_waits, 100);
    assert_int_equal(pvgpu_guest_finish(guest, UINT64_MAX), PVGPU_WAIT_DONE);
    pvgpu_guest_destroy(guest);
}

static void waits_end_with_their_reason(void **state)
{
    struct fake *fake = *state;
    struct pvgpu_guest *guest = create(fake);
    uint64_t value = pvgpu_guest_fence(guest);
    assert_int_equal(pvgpu_guest_wait(guest, value, 0), PVGPU_WAIT_TIMEOUT);
    assert_int_equal(pvgpu_guest_wait(guest, value, 2000000), PVGPU_WAIT_TIMEOUT);
    fake->on_wait = lose_device;
    assert_int_equal(pvgpu_guest_wait(guest, value, UINT64_MAX), PVGPU_WAIT_DEVICE_LOST);
    /* A lost device still completes fences, and the next wait sees that. */
    fake->control->fence_completed = value;
    assert_int_equal(pvgpu_guest_wait(guest, value, 0), PVGPU_WAIT_DONE);
    assert_true(pvgpu_guest_reset(guest));
    assert_int_equal(pvgpu_guest_fence(guest), 1);
    fake->on_wait = shut_down;
    assert_int_equal(pvgpu_guest_wait(guest, 1, UINT64_MAX), PVGPU_WAIT_DISCONNECTED);
    assert_int_equal(pvgpu_guest_wait(guest, 1, UINT64_MAX), PVGPU_WAIT_DISCONNECTED);
    assert_true(pvgpu_guest_reset(guest));
    fake->link_gone = true;
    assert_int_equal(pvgpu_guest_finish(guest, UINT64_MAX), PVGPU_WAIT_DISCONNECTED);
    pvgpu_guest_destroy(guest);
}

static void a_lost_connection_ends_a_wait(void **state)
{
    struct fake *fake = *state;
    struct pvgpu_guest *guest = create(fake);
    fake->status = PVGPU_REG_STATUS_READY; /* connected no more: seen by asking, since nothing else changes */
    assert_int_equal(pvgpu_guest_finish(guest, 5000000000ull), PVGPU_WAIT_DISCONNECTED);
    pvgpu_guest_destroy(guest);
}

static void ready_waits_out_a_lost_device(void **state)
{
    struct fake *fake = *state;
    struct pvgpu_guest *guest = create(fake);
    assert_int_equal(pvgpu_guest_wait_ready(guest, 0), PVGPU_WAIT_DONE);
    fake->control->status = 0;
    assert_int_equal(pvgpu_guest_wait_ready(guest, 1000000), PVGPU_WAIT_TIMEOUT);
    fake->control->status = PVGPU_STATUS_READY | PVGPU_STATUS_DEVICE_LOST;
    assert_int_equal(pvgpu_guest_wait_ready(guest, 1000000), PVGPU_WAIT_DEVICE_LOST);
    pvgpu_guest_destroy(guest);
}

static void polling_works_without_interrupts(void **state)
{
    struct fake *fake = *state;
    static const struct pvgpu_guest_transport_ops polling = {"fake",     fake_doorbell, NULL,
                                                             fake_reset, fake_status,   fake_destroy};
    fake->base.ops = &polling;
    struct pvgpu_guest *guest = create(fake);
    assert_int_equal(pvgpu_guest_finish(guest, 3000000), PVGPU_WAIT_TIMEOUT);
    fake->control->fence_completed = 1;
    assert_int_equal(pvgpu_guest_wait(guest, 1, 3000000), PVGPU_WAIT_DONE);
    assert_int_equal(fake->waits, 0);
    pvgpu_guest_destroy(guest);
}

/* ---- Heap, errors, reset ---- */

static void a_full_heap_waits_for_fences(void **state)
{
    struct fake *fake = *state;
    struct pvgpu_guest *guest = create(fake);
    uint8_t data[16384];
    memset(data, 0x5A, sizeof data);
    fake->on_wait = complete_next;
    for (int i = 0; i < 50; i++) {
        struct pvgpu_heap_block block = pvgpu_guest_upload(guest, data, sizeof data);
        assert_int_equal(block.bytes, sizeof data);
        assert_memory_equal(guest->heap + block.offset, data, sizeof data);
        assert_true(pvgpu_guest_release(guest, block));
        assert_int_not_equal(pvgpu_guest_fence(guest), 0);
    }
    assert_true(fake->waits > 10);
    /* Nothing pending that could come back: no wait, no block. */
    assert_int_equal(pvgpu_guest_alloc(guest, HEAP_BYTES, 0, UINT64_MAX).bytes, 0);
    pvgpu_guest_destroy(guest);
}

static void set_error(struct fake *fake, uint32_t code, uint32_t argument)
{
    fake->control->error_argument = argument;
    fake->control->error_code = code;
    fake->control->status |= PVGPU_STATUS_ERROR;
}

static void errors_are_seen_once(void **state)
{
    struct fake *fake = *state;
    struct pvgpu_guest *guest = create(fake);
    uint32_t code = 0, argument = 0;
    assert_false(pvgpu_guest_read_error(guest, &code, &argument));
    set_error(fake, 3, 77);
    assert_true(pvgpu_guest_read_error(guest, &code, &argument));
    assert_int_equal(code, 3);
    assert_int_equal(argument, 77);
    assert_false(pvgpu_guest_read_error(guest, NULL, NULL));
    set_error(fake, 3, 78);
    assert_true(pvgpu_guest_read_error(guest, NULL, NULL));
    assert_int_equal(guest->counters.errors, 2);
    assert_string_equal(pvgpu_error_name(3), "resource not found");
    assert_string_equal(pvgpu_error_name(99), "unknown error");
    /* After a reset that cleared the words, the same error is a new one. */
    assert_true(pvgpu_guest_reset(guest));
    set_error(fake, 3, 78);
    assert_true(pvgpu_guest_read_error(guest, NULL, NULL));
    pvgpu_guest_destroy(guest);
}

static void reset_starts_everything_anew(void **state)
{
    struct fake *fake = *state;
    struct pvgpu_guest *guest = create(fake);
    assert_true(pvgpu_guest_is_fresh(guest));
    struct pvgpu_heap_block block = pvgpu_guest_upload(guest, "x", 1);
    pvgpu_guest_fence(guest);
    assert_true(pvgpu_guest_flush(guest));
    assert_false(pvgpu_guest_is_fresh(guest));
    pvgpu_guest_fence(guest); /* staged, to be dropped */
    assert_true(pvgpu_guest_reset(guest));
    assert_true(pvgpu_guest_is_fresh(guest));
    assert_int_equal(pvgpu_guest_upload(guest, "y", 1).offset, block.offset);
    assert_int_equal(pvgpu_guest_fence(guest), 1);
    assert_true(pvgpu_guest_flush(guest));
    assert_int_equal(fake->control->producer, 32);
    pvgpu_guest_destroy(guest);
}

static void a_used_region_is_taken_over(void **state)
{
    struct fake *fake = *state;
    fake->control->producer = fake->control->consumer = 4800;
    fake->control->fence_completed = 41;
    struct pvgpu_guest *guest = create(fake);
    assert_false(pvgpu_guest_is_fresh(guest));
    assert_int_equal(pvgpu_guest_fence(guest), 42);
    assert_true(pvgpu_guest_flush(guest));
    assert_int_equal(fake->control->producer, 4832);
    pvgpu_guest_destroy(guest);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(bad_layouts_are_refused),
        TEST(every_wrap_position_is_byte_exact),
        TEST(doorbells_ring_only_for_a_drained_host),
        TEST(a_full_ring_waits_for_room),
        TEST(a_dead_host_fails_a_full_ring),
        TEST(fences_count_from_one_and_complete),
        TEST(waits_end_with_their_reason),
        TEST(a_lost_connection_ends_a_wait),
        TEST(ready_waits_out_a_lost_device),
        TEST(polling_works_without_interrupts),
        TEST(a_full_heap_waits_for_fences),
        TEST(errors_are_seen_once),
        TEST(reset_starts_everything_anew),
        TEST(a_used_region_is_taken_over),
    };
    return cmocka_run_group_tests_name("guest ring", tests, NULL, NULL);
}
