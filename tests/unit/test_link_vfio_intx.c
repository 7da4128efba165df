/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* INTx of the PCI function behind the vfio-user link: a level, seen through an event that masks itself. */
#include "vfio_client.h"

#include <sys/epoll.h>

#define INTX PVGPU_VFIO_IRQ_INTX
#define NONE PVGPU_VFIO_SET_DATA_NONE
#define BOOL PVGPU_VFIO_SET_DATA_BOOL
#define EVENT PVGPU_VFIO_SET_DATA_EVENTFD
#define MASK PVGPU_VFIO_SET_ACTION_MASK_IRQ
#define UNMASK PVGPU_VFIO_SET_ACTION_UNMASK_IRQ
#define TRIGGER PVGPU_VFIO_SET_ACTION_TRIGGER
#define BOTH (PVGPU_IRQ_FENCE | PVGPU_IRQ_ERROR)

static void assign(struct fixture *fixture, int event)
{
    set_irqs_of(fixture, INTX, EVENT | TRIGGER, 0, 1, &event, 1);
}

static void unmask(struct fixture *fixture)
{
    set_irqs_of(fixture, INTX, NONE | UNMASK, 0, 1, NULL, 0);
}

static void acknowledge(struct fixture *fixture, uint32_t bits)
{
    write_bar0(fixture, PVGPU_REG_IRQ_PENDING, bits);
}

/* The interrupt bit of the PCI status register. */
static bool is_up(struct fixture *fixture)
{
    return read_config(fixture, 0x06, 2) & 8;
}

/* A function with an event, both interrupts enabled. */
static int begin(struct fixture *fixture)
{
    int event = make_event();
    assign(fixture, event);
    write_bar0(fixture, PVGPU_REG_IRQ_ENABLE, BOTH);
    return event;
}

/* What a guest does: an interrupt, the acknowledgement, the end of it; once for each raise. */
static void test_cycle(void **state)
{
    struct fixture *fixture = *state;
    int event = begin(fixture);
    for (int i = 0; i < 5; i++) {
        uint32_t vector = (uint32_t)i % 2;
        raise_vector(fixture, vector);
        assert_int_equal(take_signals(event), 1);
        assert_true(is_up(fixture));
        assert_int_equal(read_bar0(fixture, PVGPU_REG_IRQ_PENDING), 1u << vector);
        acknowledge(fixture, 1u << vector);
        assert_false(is_up(fixture));
        unmask(fixture);
        assert_int_equal(take_signals(event), 0);
    }
    close(event);
}

/* It masks itself: more of the same, and of the other, are one level. */
static void test_masks_itself(void **state)
{
    struct fixture *fixture = *state;
    int event = begin(fixture);
    raise_vector(fixture, PVGPU_VECTOR_FENCE);
    raise_vector(fixture, PVGPU_VECTOR_FENCE);
    raise_vector(fixture, PVGPU_VECTOR_ERROR);
    assert_int_equal(take_signals(event), 1);
    acknowledge(fixture, BOTH);
    raise_vector(fixture, PVGPU_VECTOR_FENCE); /* between acknowledgement and unmasking */
    assert_int_equal(take_signals(event), 0);
    unmask(fixture);
    assert_int_equal(take_signals(event), 1);
    close(event);
}

/* Still up after unmasking, for whatever reason: it comes again, until the guest lowers it. */
static void test_comes_again_while_up(void **state)
{
    struct fixture *fixture = *state;
    int event = begin(fixture);
    raise_vector(fixture, PVGPU_VECTOR_FENCE);
    raise_vector(fixture, PVGPU_VECTOR_ERROR);
    assert_int_equal(take_signals(event), 1);
    for (int i = 0; i < 3; i++) {
        unmask(fixture);
        assert_int_equal(take_signals(event), 1);
    }
    acknowledge(fixture, PVGPU_IRQ_FENCE);
    assert_true(is_up(fixture));
    unmask(fixture);
    assert_int_equal(take_signals(event), 1);
    acknowledge(fixture, PVGPU_IRQ_ERROR);
    assert_false(is_up(fixture));
    unmask(fixture);
    assert_int_equal(take_signals(event), 0);
    close(event);
}

/* A guest that never wrote the mask does not know how to lower the line. */
static void test_needs_the_mask(void **state)
{
    struct fixture *fixture = *state;
    int event = make_event();
    assign(fixture, event);
    raise_vector(fixture, PVGPU_VECTOR_FENCE);
    assert_int_equal(take_signals(event), 0);
    assert_false(is_up(fixture));
    write_bar0(fixture, PVGPU_REG_IRQ_ENABLE, PVGPU_IRQ_ERROR);
    assert_false(is_up(fixture));
    write_bar0(fixture, PVGPU_REG_IRQ_ENABLE, PVGPU_IRQ_FENCE);
    assert_true(is_up(fixture));
    assert_int_equal(take_signals(event), 1);
    write_bar0(fixture, PVGPU_REG_IRQ_ENABLE, PVGPU_IRQ_ERROR); /* lowers it */
    assert_false(is_up(fixture));
    unmask(fixture);
    assert_int_equal(take_signals(event), 0);
    close(event);
}

static void test_mask_and_unmask(void **state)
{
    struct fixture *fixture = *state;
    int event = begin(fixture);
    set_irqs_of(fixture, INTX, NONE | MASK, 0, 1, NULL, 0);
    set_irqs_of(fixture, INTX, NONE | MASK, 0, 1, NULL, 0);
    raise_vector(fixture, PVGPU_VECTOR_FENCE);
    assert_int_equal(take_signals(event), 0);
    assert_true(is_up(fixture)); /* the line does not care who listens */
    unmask(fixture);
    assert_int_equal(take_signals(event), 1);
    acknowledge(fixture, BOTH);
    unmask(fixture);
    set_irq_bool(fixture, INTX, MASK, 0, 0); /* false: nothing is done */
    raise_vector(fixture, PVGPU_VECTOR_FENCE);
    assert_int_equal(take_signals(event), 1);
    set_irq_bool(fixture, INTX, UNMASK, 0, 0);
    assert_int_equal(take_signals(event), 0);
    set_irq_bool(fixture, INTX, UNMASK, 0, 1);
    assert_int_equal(take_signals(event), 1);
    acknowledge(fixture, BOTH);
    unmask(fixture);
    set_irq_bool(fixture, INTX, MASK, 0, 1);
    raise_vector(fixture, PVGPU_VECTOR_FENCE);
    assert_int_equal(take_signals(event), 0);
    close(event);
}

/* The way of KVM: it writes an event at the end of an interrupt. */
static void test_unmask_by_event(void **state)
{
    struct fixture *fixture = *state;
    pvgpu_handle handles[2];
    const uint64_t one = 1;
    int event = begin(fixture), end = make_event(), other = make_event();
    assert_int_equal(fixture->link->ops->wait_handles(fixture->link, handles), 1);
    set_irqs_of(fixture, INTX, EVENT | UNMASK, 0, 1, &end, 1);
    assert_int_equal(fixture->link->ops->wait_handles(fixture->link, handles), 2);
    raise_vector(fixture, PVGPU_VECTOR_FENCE);
    assert_int_equal(take_signals(event), 1);
    assert_int_equal(write(end, &one, sizeof(one)), sizeof(one));
    assert_int_not_equal(pvgpu_handle_wait_any(handles, 2, PVGPU_NS_PER_S), 0);
    assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
    assert_int_equal(take_signals(event), 1); /* still up */
    assert_int_equal(take_signals(end), 0); /* read */
    acknowledge(fixture, BOTH);
    assert_int_equal(write(end, &one, sizeof(one)), sizeof(one));
    assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
    assert_int_equal(take_signals(event), 0);

    set_irqs_of(fixture, INTX, EVENT | UNMASK, 0, 1, &other, 1); /* another in its place */
    raise_vector(fixture, PVGPU_VECTOR_FENCE);
    assert_int_equal(take_signals(event), 1);
    assert_int_equal(write(end, &one, sizeof(one)), sizeof(one));
    assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
    assert_int_equal(take_signals(event), 0);
    set_irqs_of(fixture, INTX, EVENT | UNMASK, 0, 1, NULL, 0); /* and away with it */
    assert_int_equal(fixture->link->ops->wait_handles(fixture->link, handles), 1);
    assert_int_equal(write(other, &one, sizeof(one)), sizeof(one));
    assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
    assert_int_equal(take_signals(event), 0);
    unmask(fixture);
    assert_int_equal(take_signals(event), 1);
    close(event);
    close(end);
    close(other);
}

/* What passes for an eventfd and is none, and always ready: it is dropped, it would wake the session for ever. */
static void test_unmask_by_something_else(void **state)
{
    struct fixture *fixture = *state;
    pvgpu_handle handles[2];
    const uint64_t one = 1;
    int ready = make_event(), poller = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event interest = {.events = EPOLLIN};
    assert_int_equal(write(ready, &one, sizeof(one)), sizeof(one));
    assert_int_equal(epoll_ctl(poller, EPOLL_CTL_ADD, ready, &interest), 0);
    set_irqs_of(fixture, INTX, EVENT | UNMASK, 0, 1, &poller, 1);
    assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
    assert_int_equal(fixture->link->ops->wait_handles(fixture->link, handles), 1);
    close(ready);
    close(poller);
}

/* A guest that has MSI-X enabled has no INTx. */
static void test_msix_takes_over(void **state)
{
    struct fixture *fixture = *state;
    int event = begin(fixture), vector = make_event();
    write_region(fixture, PVGPU_VFIO_CONFIG, 0x42, 2, 0x8001);
    set_irqs_of(fixture, PVGPU_VFIO_IRQ_MSIX, EVENT | TRIGGER, 0, 1, &vector, 1);
    raise_vector(fixture, PVGPU_VECTOR_FENCE);
    assert_int_equal(take_signals(event), 0);
    assert_int_equal(take_signals(vector), 1);
    assert_false(is_up(fixture));
    write_region(fixture, PVGPU_VFIO_CONFIG, 0x43, 1, 0x00); /* back again: nobody has acknowledged */
    assert_true(is_up(fixture));
    assert_int_equal(take_signals(event), 1);
    write_region(fixture, PVGPU_VFIO_CONFIG, 0x42, 2, 0x8001);
    assert_false(is_up(fixture));
    close(event);
    close(vector);
}

/* The command register's bit stops the message, not the line; the status register goes on telling the truth. */
static void test_interrupt_disable(void **state)
{
    struct fixture *fixture = *state;
    int event = begin(fixture);
    write_region(fixture, PVGPU_VFIO_CONFIG, 0x04, 2, 0x0406);
    raise_vector(fixture, PVGPU_VECTOR_FENCE);
    assert_int_equal(take_signals(event), 0);
    assert_true(is_up(fixture));
    write_region(fixture, PVGPU_VFIO_CONFIG, 0x05, 1, 0x00);
    assert_int_equal(take_signals(event), 1);
    /* As Linux does it: disable, have it handled, enable. */
    write_region(fixture, PVGPU_VFIO_CONFIG, 0x04, 2, 0x0406);
    acknowledge(fixture, BOTH);
    unmask(fixture);
    write_region(fixture, PVGPU_VFIO_CONFIG, 0x04, 2, 0x0006);
    assert_int_equal(take_signals(event), 0);
    write_region(fixture, PVGPU_VFIO_CONFIG, 0x06, 2, 0xFFFF); /* the status is not the guest's to write */
    assert_int_equal(read_config(fixture, 0x06, 2), 0x0010);
    close(event);
}

/* An event that comes while the line is up hears of it. */
static void test_late_event(void **state)
{
    struct fixture *fixture = *state;
    int first = make_event(), second = make_event();
    write_bar0(fixture, PVGPU_REG_IRQ_ENABLE, BOTH);
    raise_vector(fixture, PVGPU_VECTOR_ERROR);
    assert_true(is_up(fixture));
    assign(fixture, first);
    assert_int_equal(take_signals(first), 1);
    set_irqs_of(fixture, INTX, EVENT | TRIGGER, 0, 1, NULL, 0); /* taken away; the mask stays */
    unmask(fixture);
    assert_int_equal(take_signals(first), 0);
    assign(fixture, second);
    assert_int_equal(take_signals(second), 1);
    set_irqs_of(fixture, INTX, NONE | TRIGGER, 0, 0, NULL, 0); /* "disable" forgets the mask as well */
    assign(fixture, first);
    assert_int_equal(take_signals(first), 1);
    assert_int_equal(take_signals(second), 0);
    close(first);
    close(second);
}

/* A client may raise it by hand, to try its wiring. */
static void test_trigger_by_hand(void **state)
{
    struct fixture *fixture = *state;
    int event = make_event();
    set_irqs_of(fixture, INTX, NONE | TRIGGER, 0, 1, NULL, 0); /* nobody listens */
    assign(fixture, event);
    set_irqs_of(fixture, INTX, NONE | TRIGGER, 0, 1, NULL, 0);
    assert_int_equal(take_signals(event), 1);
    set_irq_bool(fixture, INTX, TRIGGER, 0, 1);
    set_irq_bool(fixture, INTX, TRIGGER, 0, 0);
    assert_int_equal(take_signals(event), 1);
    assert_false(is_up(fixture));
    close(event);
}

static void test_resets_lower_it(void **state)
{
    struct fixture *fixture = *state;
    struct reply reply;
    int event = begin(fixture);
    raise_vector(fixture, PVGPU_VECTOR_FENCE);
    assert_int_equal(take_signals(event), 1);
    write_bar0(fixture, PVGPU_REG_RESET, 1);
    assert_false(is_up(fixture));
    unmask(fixture);
    assert_int_equal(take_signals(event), 0);
    raise_vector(fixture, PVGPU_VECTOR_FENCE); /* this reset leaves the mask register alone */
    assert_int_equal(take_signals(event), 1);
    unmask(fixture);
    assert_int_equal(take_signals(event), 1);
    call(fixture, PVGPU_VFIO_RESET, NULL, 0, &reply, 0);
    assert_false(is_up(fixture));
    unmask(fixture);
    raise_vector(fixture, PVGPU_VECTOR_FENCE); /* this one does not */
    assert_false(is_up(fixture));
    assert_int_equal(take_signals(event), 0);
    close(event);
}

/* Bad descriptors change nothing. */
static void test_other_descriptors(void **state)
{
    struct fixture *fixture = *state;
    int event = begin(fixture), others[2];
    const struct pvgpu_vfio_irq_set trigger = {20, EVENT | TRIGGER, INTX, 0, 1};
    const struct pvgpu_vfio_irq_set end = {20, EVENT | UNMASK, INTX, 0, 1};
    assert_int_equal(pipe(others), 0);
    expect_error_with_fds(fixture, PVGPU_VFIO_SET_IRQS, &trigger, sizeof(trigger), &others[1], 1, EINVAL);
    expect_error_with_fds(fixture, PVGPU_VFIO_SET_IRQS, &end, sizeof(end), &others[0], 1, EINVAL);
    expect_error_with_fds(fixture, PVGPU_VFIO_SET_IRQS, &end, sizeof(end), &fixture->client, 1, EINVAL);
    expect_error_with_fds(fixture, PVGPU_VFIO_SET_IRQS, &trigger, sizeof(trigger), (int[]){event, event}, 2, EINVAL);
    raise_vector(fixture, PVGPU_VECTOR_FENCE);
    assert_int_equal(take_signals(event), 1);
    close(event);
    close(others[0]);
    close(others[1]);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_cycle),
        TEST(test_masks_itself),
        TEST(test_comes_again_while_up),
        TEST(test_needs_the_mask),
        TEST(test_mask_and_unmask),
        TEST(test_unmask_by_event),
        TEST(test_unmask_by_something_else),
        TEST(test_msix_takes_over),
        TEST(test_interrupt_disable),
        TEST(test_late_event),
        TEST(test_trigger_by_hand),
        TEST(test_resets_lower_it),
        TEST(test_other_descriptors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
