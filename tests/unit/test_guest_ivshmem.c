/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The guest's side of the ivshmem links: resets by number, against a thread that plays the host, and hosts that lie. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "../../guest/transport/ivshmem.h"

#define MS 1000000ull
#define MAPPING_BYTES (PVGPU_CONTROL_BYTES + 0x20000u)
#define PATIENCE_NS (60000 * MS)

/* A device of ivshmem in memory, and the thread that is its host. */
struct device {
    struct pvgpu_guest_transport base;
    struct pvgpu_control_region *control;
    struct pvgpu_ivshmem ivshmem;
    int rings;
    pthread_t thread;
    bool quit; /* atomic */
    bool producer_was_0; /* whenever a request was seen */
    uint32_t resets; /* carried out */
    bool remembers;
    uint32_t remembered; /* if it does: a request that the host takes for done, whatever reset_done says */
};

static struct device *device_of(void **state)
{
    return *state;
}

static void set_up_control(struct pvgpu_control_region *control, uint32_t link)
{
    memset(control, 0, sizeof *control);
    control->magic = PVGPU_MAGIC;
    control->version = PVGPU_VERSION_1_0;
    control->ring_offset = PVGPU_CONTROL_BYTES;
    control->ring_bytes = 0x10000;
    control->heap_offset = PVGPU_CONTROL_BYTES + 0x10000;
    control->heap_bytes = 0x10000;
    control->extension.version = PVGPU_EXTENSION_1;
    control->extension.link = link;
    control->extension.vectors = link == PVGPU_LINK_ID_IVSHMEM_DOORBELL ? 2 : 0;
    control->extension.host_peer = link == PVGPU_LINK_ID_IVSHMEM_DOORBELL ? 0x1234 : 0;
    control->extension.generation = 9;
}

static int setup(void **state)
{
    struct device *device = calloc(1, sizeof *device);
    assert_non_null(device);
    device->base.mapping = device->control = calloc(1, MAPPING_BYTES);
    device->base.mapping_bytes = MAPPING_BYTES;
    assert_non_null(device->control);
    set_up_control(device->control, PVGPU_LINK_ID_IVSHMEM_DOORBELL);
    *state = device;
    return 0;
}

static int teardown(void **state)
{
    free(device_of(state)->control);
    free(*state);
    return 0;
}

static bool init(struct device *device)
{
    return pvgpu_ivshmem_init(&device->ivshmem, device->base.mapping, device->base.mapping_bytes, "the device");
}

static void ring(struct pvgpu_guest_transport *transport)
{
    ((struct device *)transport)->rings++;
}

/* ---- What is taken ---- */

static void a_doorbell_is_taken(void **state)
{
    struct device *device = *state;
    assert_true(init(device));
    assert_true(device->ivshmem.rings);
    assert_int_equal(device->ivshmem.doorbell, 0x12340000);
    assert_int_equal(device->ivshmem.vectors, 2);
}

static void a_plain_device_has_no_doorbell(void **state)
{
    struct device *device = *state;
    set_up_control(device->control, PVGPU_LINK_ID_IVSHMEM_PLAIN);
    device->control->extension.vectors = 2; /* lies */
    device->control->extension.host_peer = 1;
    assert_true(init(device));
    assert_false(device->ivshmem.rings);
    assert_int_equal(device->ivshmem.vectors, 0);
}

static void lies_are_not_believed(void **state)
{
    struct device *device = *state;
    device->control->extension.host_peer = 0x10000;
    assert_true(init(device));
    assert_false(device->ivshmem.rings);
    device->control->extension.host_peer = UINT32_MAX;
    assert_true(init(device));
    assert_false(device->ivshmem.rings);
    device->control->extension.host_peer = 0xFFFF;
    device->control->extension.vectors = UINT32_MAX;
    assert_true(init(device));
    assert_true(device->ivshmem.rings);
    assert_int_equal(device->ivshmem.doorbell, 0xFFFF0000u);
    assert_int_equal(device->ivshmem.vectors, PVGPU_MSIX_VECTORS);
    device->control->extension.vectors = 0;
    assert_true(init(device));
    assert_int_equal(device->ivshmem.vectors, 0);
}

static void memory_of_others_is_refused(void **state)
{
    struct device *device = *state;
    device->control->magic = 0x12345678;
    assert_false(init(device));
    device->control->magic = PVGPU_MAGIC;
    const uint32_t links[] = {PVGPU_LINK_ID_NONE, PVGPU_LINK_ID_PIPE, PVGPU_LINK_ID_VFIO_USER, 5, UINT32_MAX};
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        device->control->extension.link = links[i];
        assert_false(init(device));
    }
    device->control->extension.link = PVGPU_LINK_ID_IVSHMEM_PLAIN;
    device->control->extension.version = 0;
    assert_false(init(device));
    device->control->extension.version = 7; /* a later one begins with the same words */
    assert_true(init(device));
    device->base.mapping_bytes = PVGPU_CONTROL_BYTES - 1;
    assert_false(init(device));
}

static void the_status_is_made_of_what_is_known(void **state)
{
    struct device *device = *state;
    assert_true(init(device));
    assert_int_equal(pvgpu_ivshmem_status(&device->ivshmem), PVGPU_REG_STATUS_READY | PVGPU_REG_STATUS_CONNECTED);
    device->control->status = PVGPU_STATUS_ERROR;
    assert_int_equal(pvgpu_ivshmem_status(&device->ivshmem),
                     PVGPU_REG_STATUS_READY | PVGPU_REG_STATUS_CONNECTED | PVGPU_REG_STATUS_ERROR);
    device->control->status = PVGPU_STATUS_SHUTDOWN;
    assert_int_equal(pvgpu_ivshmem_status(&device->ivshmem), PVGPU_REG_STATUS_READY);
    device->control->status = 0;
    device->control->extension.generation = 0;
    assert_int_equal(pvgpu_ivshmem_status(&device->ivshmem), PVGPU_REG_STATUS_READY);
}

/* ---- Resets ---- */

/* What a host does, without a doorbell: looks, resets, answers. */
static void *play_host(void *argument)
{
    struct device *device = argument;
    struct pvgpu_control_region *control = device->control;
    device->producer_was_0 = true;
    while (!__atomic_load_n(&device->quit, __ATOMIC_ACQUIRE)) {
        uint32_t request = __atomic_load_n(&control->extension.reset_request, __ATOMIC_ACQUIRE);
        if (request != control->extension.reset_done && !(device->remembers && request == device->remembered)) {
            device->producer_was_0 &= __atomic_load_n(&control->producer, __ATOMIC_ACQUIRE) == 0;
            control->consumer = control->fence_completed = 0;
            device->resets++;
            __atomic_store_n(&control->extension.reset_done, request, __ATOMIC_RELEASE);
        }
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    return NULL;
}

static void start_host(struct device *device)
{
    assert_int_equal(pthread_create(&device->thread, NULL, play_host, device), 0);
}

static void stop_host(struct device *device)
{
    __atomic_store_n(&device->quit, true, __ATOMIC_RELEASE);
    assert_int_equal(pthread_join(device->thread, NULL), 0);
}

static void a_reset_is_asked_for_and_waited_for(void **state)
{
    struct device *device = *state;
    assert_true(init(device));
    device->control->extension.reset_request = device->control->extension.reset_done = UINT32_MAX - 1; /* across 0 */
    start_host(device);
    for (int i = 1; i <= 5; i++) {
        device->control->producer = device->control->consumer = 4096;
        device->control->fence_completed = 3;
        assert_true(pvgpu_ivshmem_reset(&device->ivshmem, ring, &device->base, PATIENCE_NS));
        assert_int_equal(device->rings, i);
        assert_int_equal(device->control->consumer, 0);
        assert_int_equal(device->control->fence_completed, 0);
    }
    stop_host(device);
    assert_int_equal(device->resets, 5);
    assert_true(device->producer_was_0);
    assert_int_equal(device->control->extension.reset_request, 3);
}

static void a_plain_device_is_reset_without_a_doorbell(void **state)
{
    struct device *device = *state;
    set_up_control(device->control, PVGPU_LINK_ID_IVSHMEM_PLAIN);
    assert_true(init(device));
    start_host(device);
    assert_true(pvgpu_ivshmem_reset(&device->ivshmem, ring, &device->base, PATIENCE_NS));
    stop_host(device);
    assert_int_equal(device->rings, 0);
    assert_int_equal(device->resets, 1);
}

static void a_reset_without_a_host_ends(void **state)
{
    struct device *device = *state;
    assert_true(init(device));
    assert_false(pvgpu_ivshmem_reset(&device->ivshmem, ring, &device->base, 30 * MS));
    assert_int_equal(device->rings, 1);
    /* A host that comes later carries out the last one that was asked for, once. */
    assert_false(pvgpu_ivshmem_reset(&device->ivshmem, ring, &device->base, 0));
    start_host(device);
    assert_true(pvgpu_ivshmem_reset(&device->ivshmem, ring, &device->base, PATIENCE_NS));
    stop_host(device);
    assert_int_equal(device->control->extension.reset_done, 3);
}

static void overwritten_words_do_not_stop_a_reset(void **state)
{
    struct device *device = *state;
    struct pvgpu_extension *extension = &device->control->extension;
    assert_true(init(device));
    /* The next number stands there as done: it must not be taken for an answer. */
    extension->reset_request = 6;
    extension->reset_done = 7;
    assert_false(pvgpu_ivshmem_reset(&device->ivshmem, ring, &device->base, 0));
    assert_int_equal(extension->reset_request, 8);
    /* The next number is one that the host remembers as done. */
    device->remembers = true;
    device->remembered = 9;
    extension->reset_done = 8;
    start_host(device);
    assert_true(pvgpu_ivshmem_reset(&device->ivshmem, ring, &device->base, PATIENCE_NS));
    stop_host(device);
    assert_true(extension->reset_request >= 10);
    assert_int_equal(extension->reset_done, extension->reset_request);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_doorbell_is_taken),
        TEST(a_plain_device_has_no_doorbell),
        TEST(lies_are_not_believed),
        TEST(memory_of_others_is_refused),
        TEST(the_status_is_made_of_what_is_known),
        TEST(a_reset_is_asked_for_and_waited_for),
        TEST(a_plain_device_is_reset_without_a_doorbell),
        TEST(a_reset_without_a_host_ends),
        TEST(overwritten_words_do_not_stop_a_reset),
    };
    return cmocka_run_group_tests_name("guest ivshmem", tests, NULL, NULL);
}
