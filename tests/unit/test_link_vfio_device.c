/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The PCI function behind the vfio-user link, seen through the link: registers, configuration space, interrupts. */
#include "vfio_client.h"

/* ---- Configuration space ----------------------------------------------------------------------------------------- */

static void test_config_identity(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(read_config(fixture, 0x00, 4), 0x10F01AF4);
    assert_int_equal(read_config(fixture, 0x04, 4), 0x00100000);
    assert_int_equal(read_config(fixture, 0x08, 4), 0x03020001);
    assert_int_equal(read_config(fixture, 0x0C, 4), 0);
    assert_int_equal(read_config(fixture, 0x2C, 4), 0x00011AF4);
    assert_int_equal(read_config(fixture, 0x34, 1), 0x40);
    assert_int_equal(read_config(fixture, 0x3C, 4), 0x0100); /* pin A */
    assert_int_equal(read_config(fixture, 0x40, 4), 0x00010011); /* MSI-X, last in the list, 2 vectors */
    assert_int_equal(read_config(fixture, 0x44, 4), 0x00000001);
    assert_int_equal(read_config(fixture, 0x48, 4), 0x00000801);
}

static void test_config_other_identity(void **state)
{
    struct fixture *fixture = *state;
    static const struct pvgpu_pci_identity identity = {
        .vendor = 0x1234, .device = 0xABCD, .subsystem_vendor = 0x5678, .subsystem = 0xEF01, .class_code = 0x038000};
    stop(fixture);
    start_as(fixture, &identity);
    greet(fixture);
    for (int i = 0; i < 2; i++) {
        struct reply reply;
        assert_int_equal(read_config(fixture, 0x00, 4), 0xABCD1234);
        assert_int_equal(read_config(fixture, 0x08, 4), 0x03800001);
        assert_int_equal(read_config(fixture, 0x2C, 4), 0xEF015678);
        call(fixture, PVGPU_VFIO_RESET, NULL, 0, &reply, 0);
    }
}

static void test_config_bar_sizing(void **state)
{
    static const uint32_t expected[7] = {0xFFFFF000, 0xFFFFF000, 0xFC00000C, 0xFFFFFFFF, 0, 0, 0};
    for (uint32_t i = 0; i < 6; i++) {
        write_region(*state, PVGPU_VFIO_CONFIG, 0x10 + 4 * i, 4, UINT32_MAX);
        assert_int_equal(read_config(*state, 0x10 + 4 * i, 4), expected[i]);
    }
    write_region(*state, PVGPU_VFIO_CONFIG, 0x30, 4, UINT32_MAX);
    assert_int_equal(read_config(*state, 0x30, 4), 0); /* no option ROM */
    write_region(*state, PVGPU_VFIO_CONFIG, 0x10, 4, 0xFEB01234);
    write_region(*state, PVGPU_VFIO_CONFIG, 0x18, 8, UINT64_C(0x00000070FEDCBA98));
    assert_int_equal(read_config(*state, 0x10, 4), 0xFEB01000);
    assert_int_equal(read_config(*state, 0x18, 4), 0xFC00000C);
    assert_int_equal(read_config(*state, 0x1C, 4), 0x70);
}

static void test_config_writes(void **state)
{
    struct fixture *fixture = *state;
    struct reply reply;
    uint8_t payload[16 + 256];
    struct pvgpu_vfio_region_access access = {.region = PVGPU_VFIO_CONFIG, .count = 256};
    memcpy(payload, &access, sizeof(access));
    memset(payload + 16, 0xFF, 256);
    call(fixture, PVGPU_VFIO_REGION_WRITE, payload, sizeof(payload), &reply, sizeof(access));
    assert_int_equal(read_config(fixture, 0x00, 4), 0x10F01AF4);
    assert_int_equal(read_config(fixture, 0x04, 4), 0x00100546);
    assert_int_equal(read_config(fixture, 0x08, 4), 0x03020001);
    assert_int_equal(read_config(fixture, 0x3C, 2), 0x01FF);
    assert_int_equal(read_config(fixture, 0x40, 4), 0xC0010011);
    call(fixture, PVGPU_VFIO_RESET, NULL, 0, &reply, 0);
    assert_int_equal(read_config(fixture, 0x04, 4), 0x00100000);
    assert_int_equal(read_config(fixture, 0x18, 4), 0x0000000C);
    assert_int_equal(read_config(fixture, 0x40, 4), 0x00010011);
}

/* ---- Registers --------------------------------------------------------------------------------------------------- */

static void test_registers(void **state)
{
    struct fixture *fixture = *state;
    static const uint32_t expected[] = {0x00010000, 0x9D, 0, 5, 0, 0, 0, SHMEM_BYTES, 0x1000000, 0, 0};
    for (uint32_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        assert_int_equal(read_bar0(fixture, 4 * i), expected[i]);
        write_bar0(fixture, 4 * i, i == 9 ? 2 : 0); /* reset wants a 1; the others are read-only or zero already */
        assert_int_equal(read_bar0(fixture, 4 * i), expected[i]);
    }
    assert_int_equal(read_bar0(fixture, 0xFFC), 0);
    assert_int_equal(fixture->recorder.resets, 0);
    assert_int_equal(fixture->recorder.doorbells, 1);
}

static void test_register_sizes(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(read_region(fixture, 0, 0x00, 8), UINT64_C(0x0000009D00010000));
    assert_int_equal(read_region(fixture, 0, 0x02, 1), 1);
    assert_int_equal(read_region(fixture, 0, 0x02, 2), 1);
    write_region(fixture, 0, PVGPU_REG_IRQ_ENABLE, 1, 0xFF);
    assert_int_equal(read_bar0(fixture, PVGPU_REG_IRQ_ENABLE), 3);
    write_region(fixture, 0, PVGPU_REG_IRQ_ENABLE + 2, 2, 0);
    assert_int_equal(read_bar0(fixture, PVGPU_REG_IRQ_ENABLE), 3);
    write_region(fixture, 0, PVGPU_REG_IRQ_ENABLE, 8, 1);
    assert_int_equal(read_bar0(fixture, PVGPU_REG_IRQ_ENABLE), 1);
    write_region(fixture, 0, PVGPU_REG_DOORBELL, 1, 0);
    write_region(fixture, 0, PVGPU_REG_DOORBELL, 2, 0);
    write_region(fixture, 0, PVGPU_REG_DOORBELL, 8, 0);
    assert_int_equal(fixture->recorder.doorbells, 3);
    write_region(fixture, 0, PVGPU_REG_RING_BYTES, 8, UINT64_C(1) << 32);
    assert_int_equal(fixture->recorder.resets, 1);
}

static void expect_bad_access(struct fixture *fixture, uint32_t region, uint64_t offset, uint32_t count)
{
    struct pvgpu_vfio_region_access access = {.offset = offset, .region = region, .count = count};
    uint8_t payload[sizeof(access) + PVGPU_VFIO_MAX_TRANSFER + 1] = {0};
    memcpy(payload, &access, sizeof(access));
    expect_error(fixture, PVGPU_VFIO_REGION_READ, &access, sizeof(access), EINVAL);
    if (count <= PVGPU_VFIO_MAX_TRANSFER + 1)
        expect_error(fixture, PVGPU_VFIO_REGION_WRITE, payload, sizeof(access) + count, EINVAL);
    else
        expect_error(fixture, PVGPU_VFIO_REGION_WRITE, payload, sizeof(access), EINVAL);
}

static void test_bad_accesses(void **state)
{
    static const uint32_t regions[] = {3, 4, 5, 6, 8, 9, UINT32_MAX};
    for (size_t i = 0; i < sizeof(regions) / sizeof(regions[0]); i++)
        expect_bad_access(*state, regions[i], 0, 4);
    static const struct {
        uint32_t region;
        uint64_t offset;
        uint32_t count;
    } cases[] = {
        {0, 0, 0},
        {0, 0, 3},
        {0, 0, 5},
        {0, 0, 16},
        {0, 1, 2},
        {0, 2, 4},
        {0, 4, 8},
        {0, 0x1000, 4},
        {0, UINT64_MAX - 3, 4},
        {0, UINT64_MAX, 1},
        {1, 0xFFF, 2},
        {1, 0x1000, 1},
        {1, 0, 0},
        {2, SHMEM_BYTES, 1},
        {2, SHMEM_BYTES - 1, 2},
        {2, UINT64_MAX, 2},
        {2, 0, PVGPU_VFIO_MAX_TRANSFER + 1},
        {2, 0, UINT32_MAX},
        {7, 255, 2},
        {7, 256, 1},
        {7, 0, 257},
        {7, UINT64_MAX - 1, 4},
        {7, 0, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        expect_bad_access(*state, cases[i].region, cases[i].offset, cases[i].count);
    assert_int_equal(((struct fixture *)*state)->recorder.doorbells, 0);
}

static void test_access_message_sizes(void **state)
{
    struct pvgpu_vfio_region_access access = {.offset = PVGPU_REG_DOORBELL, .count = 4};
    uint8_t payload[sizeof(access) + 5] = {0};
    memcpy(payload, &access, sizeof(access));
    expect_exact_size(*state, PVGPU_VFIO_REGION_READ, &access, sizeof(access));
    expect_exact_size(*state, PVGPU_VFIO_REGION_WRITE, payload, sizeof(access) + 4);
    expect_error(*state, PVGPU_VFIO_REGION_WRITE, payload, sizeof(access), EINVAL);
    assert_int_equal(((struct fixture *)*state)->recorder.doorbells, 0);
}

static void test_largest_access(void **state)
{
    struct fixture *fixture = *state;
    struct reply reply;
    struct pvgpu_vfio_region_access access = {
        .offset = 8192, .region = PVGPU_VFIO_BAR2, .count = PVGPU_VFIO_MAX_TRANSFER};
    uint8_t payload[sizeof(access) + PVGPU_VFIO_MAX_TRANSFER];
    memset(payload, 0xA5, sizeof(payload));
    memcpy(payload, &access, sizeof(access));
    call(fixture, PVGPU_VFIO_REGION_WRITE, payload, sizeof(payload), &reply, sizeof(access));
    call(fixture, PVGPU_VFIO_REGION_READ, &access, sizeof(access), &reply, sizeof(payload));
    assert_memory_equal(reply.payload, payload, sizeof(payload));
}

/* By whatever size and at whatever offset, bytes arrive where they belong. */
static void test_memory_accesses(void **state)
{
    struct fixture *fixture = *state;
    uint8_t *memory = fixture->recorder.memory->base;
    for (uint32_t count = 1; count <= 8; count++) {
        for (uint64_t offset = 8192; offset < 8192 + 9; offset++) {
            const uint64_t value = UINT64_C(0x8877665544332211);
            memset(memory + 8192, 0xEE, 32);
            write_region(fixture, PVGPU_VFIO_BAR2, offset, count, value);
            assert_memory_equal(memory + offset, &value, count);
            assert_int_equal(memory[offset - 1] == 0xEE || offset == 8192, true);
            assert_int_equal(memory[offset + count], 0xEE);
            assert_int_equal(read_region(fixture, PVGPU_VFIO_BAR2, offset, count),
                             count < 8 ? value & ((UINT64_C(1) << 8 * count) - 1) : value);
        }
    }
}

static void test_msix_bar(void **state)
{
    assert_int_equal(read_region(*state, 1, 0, 8), 0);
    write_region(*state, 1, 0, 8, UINT64_MAX);
    assert_int_equal(read_region(*state, 1, 0, 8), 0);
    assert_int_equal(read_region(*state, 1, 0xFF8, 8), 0);
}

/* ---- Doorbell and resets: the session has been told before the guest goes on ------------------------------------- */

static void test_doorbell(void **state)
{
    struct fixture *fixture = *state;
    for (int i = 1; i <= 5; i++) {
        write_bar0(fixture, PVGPU_REG_DOORBELL, (uint32_t)i);
        assert_int_equal(fixture->recorder.doorbells, i);
    }
    assert_false(fixture->recorder.replied_early);
}

static void test_reset_register(void **state)
{
    struct fixture *fixture = *state;
    write_bar0(fixture, PVGPU_REG_IRQ_ENABLE, 3);
    fixture->link->ops->interrupt(fixture->link, PVGPU_VECTOR_FENCE);
    fixture->link->ops->interrupt(fixture->link, PVGPU_VECTOR_ERROR);
    assert_int_equal(read_bar0(fixture, PVGPU_REG_IRQ_PENDING), 3);
    assert_int_equal(read_bar0(fixture, PVGPU_REG_STATUS), 7);
    write_bar0(fixture, PVGPU_REG_RESET, 0);
    write_bar0(fixture, PVGPU_REG_RESET, 3);
    assert_int_equal(fixture->recorder.resets, 0);
    write_bar0(fixture, PVGPU_REG_RESET, 1);
    assert_int_equal(fixture->recorder.resets, 1);
    assert_false(fixture->recorder.whole_device);
    assert_false(fixture->recorder.replied_early);
    assert_int_equal(read_bar0(fixture, PVGPU_REG_IRQ_PENDING), 0);
    assert_int_equal(read_bar0(fixture, PVGPU_REG_STATUS), 5);
    assert_int_equal(read_bar0(fixture, PVGPU_REG_IRQ_ENABLE), 3); /* the mask stays */
}

static void test_device_reset(void **state)
{
    struct fixture *fixture = *state;
    struct reply reply;
    write_bar0(fixture, PVGPU_REG_IRQ_ENABLE, 3);
    fixture->link->ops->interrupt(fixture->link, PVGPU_VECTOR_ERROR);
    call(fixture, PVGPU_VFIO_RESET, NULL, 0, &reply, 0);
    assert_int_equal(fixture->recorder.resets, 1);
    assert_true(fixture->recorder.whole_device);
    assert_false(fixture->recorder.replied_early);
    assert_int_equal(read_bar0(fixture, PVGPU_REG_IRQ_PENDING), 0);
    assert_int_equal(read_bar0(fixture, PVGPU_REG_IRQ_ENABLE), 0);
    assert_int_equal(read_bar0(fixture, PVGPU_REG_STATUS), 5);
    expect_error(fixture, PVGPU_VFIO_RESET, "x", 1, EINVAL);
    assert_int_equal(fixture->recorder.resets, 1);
}

/* The block says which link it is, whatever a guest of before has written there; the numbers that go on stay. */
static void test_extension_block(void **state)
{
    struct fixture *fixture = *state;
    struct reply reply;
    struct pvgpu_control_region *region = fixture->recorder.memory->base;
    assert_int_equal(region->extension.version, PVGPU_EXTENSION_1);
    memset(&region->extension, 0xFF, sizeof(region->extension));
    region->extension.generation = 5;
    region->extension.reset_request = 3;
    call(fixture, PVGPU_VFIO_RESET, NULL, 0, &reply, 0);
    assert_int_equal(region->extension.version, PVGPU_EXTENSION_1);
    assert_int_equal(region->extension.link, PVGPU_LINK_ID_VFIO_USER);
    assert_int_equal(region->extension.vectors, 0);
    assert_int_equal(region->extension.host_peer, 0);
    assert_int_equal(region->extension.generation, 5);
    assert_int_equal(region->extension.reset_request, 3);
}

/* ---- Interrupts -------------------------------------------------------------------------------------------------- */

static void set_irqs(struct fixture *fixture, uint32_t flags, uint32_t start, uint32_t count, const int *fds,
                     size_t fd_count)
{
    set_irqs_of(fixture, PVGPU_VFIO_IRQ_MSIX, flags | PVGPU_VFIO_SET_ACTION_TRIGGER, start, count, fds, fd_count);
}

static void test_interrupts(void **state)
{
    struct fixture *fixture = *state;
    int events[2] = {make_event(), make_event()};
    set_irqs(fixture, PVGPU_VFIO_SET_DATA_EVENTFD, 0, 2, events, 2);
    raise_vector(fixture, PVGPU_VECTOR_FENCE);
    raise_vector(fixture, PVGPU_VECTOR_FENCE);
    assert_int_equal(take_signals(events[0]), 2);
    assert_int_equal(take_signals(events[1]), 0);
    assert_int_equal(read_bar0(fixture, PVGPU_REG_IRQ_PENDING), PVGPU_IRQ_FENCE);
    raise_vector(fixture, PVGPU_VECTOR_ERROR);
    assert_int_equal(take_signals(events[1]), 1);
    assert_int_equal(read_bar0(fixture, PVGPU_REG_IRQ_PENDING), 3);
    assert_int_equal(read_bar0(fixture, PVGPU_REG_STATUS), 7);
    write_bar0(fixture, PVGPU_REG_IRQ_PENDING, PVGPU_IRQ_FENCE);
    assert_int_equal(read_bar0(fixture, PVGPU_REG_IRQ_PENDING), PVGPU_IRQ_ERROR);
    write_bar0(fixture, PVGPU_REG_STATUS, PVGPU_REG_STATUS_ERROR);
    assert_int_equal(read_bar0(fixture, PVGPU_REG_STATUS), 5);
    close(events[0]);
    close(events[1]);
}

/* A vector without an event, or masked, is delivered once when that changes; unless the guest has seen it by then. */
static void test_interrupts_are_remembered(void **state)
{
    struct fixture *fixture = *state;
    int event = make_event();
    raise_vector(fixture, 0);
    raise_vector(fixture, 0);
    set_irqs(fixture, PVGPU_VFIO_SET_DATA_EVENTFD, 0, 1, &event, 1);
    assert_int_equal(take_signals(event), 1);
    set_irqs(fixture, PVGPU_VFIO_SET_DATA_EVENTFD, 0, 1, &event, 1);
    assert_int_equal(take_signals(event), 0);

    write_bar0(fixture, PVGPU_REG_IRQ_ENABLE, PVGPU_IRQ_ERROR);
    raise_vector(fixture, 0);
    assert_int_equal(take_signals(event), 0);
    write_bar0(fixture, PVGPU_REG_IRQ_ENABLE, PVGPU_IRQ_FENCE);
    assert_int_equal(take_signals(event), 1);

    write_bar0(fixture, PVGPU_REG_IRQ_ENABLE, 0);
    raise_vector(fixture, 0);
    write_bar0(fixture, PVGPU_REG_IRQ_PENDING, PVGPU_IRQ_FENCE);
    write_bar0(fixture, PVGPU_REG_IRQ_ENABLE, PVGPU_IRQ_FENCE);
    assert_int_equal(take_signals(event), 0);

    struct reply reply;
    write_bar0(fixture, PVGPU_REG_IRQ_ENABLE, 0);
    call(fixture, PVGPU_VFIO_RESET, NULL, 0, &reply, 0); /* the mask counts as never written again */
    raise_vector(fixture, 0);
    assert_int_equal(take_signals(event), 1);
    close(event);
}

static void test_set_irqs_dance(void **state)
{
    struct fixture *fixture = *state;
    int events[2] = {make_event(), make_event()};
    set_irqs(fixture, PVGPU_VFIO_SET_DATA_EVENTFD, 0, 1, NULL, 0); /* no descriptor: take away */
    set_irqs(fixture, PVGPU_VFIO_SET_DATA_EVENTFD, 0, 1, events, 1);
    set_irqs(fixture, PVGPU_VFIO_SET_DATA_NONE, 0, 0, NULL, 0); /* disable all, twice */
    set_irqs(fixture, PVGPU_VFIO_SET_DATA_NONE, 0, 0, NULL, 0);
    raise_vector(fixture, 0);
    assert_int_equal(take_signals(events[0]), 0);
    set_irqs(fixture, PVGPU_VFIO_SET_DATA_EVENTFD, 0, 2, events, 2);
    assert_int_equal(take_signals(events[0]), 1);
    set_irqs(fixture, PVGPU_VFIO_SET_DATA_EVENTFD, 0, 2, &events[1], 1); /* fewer than vectors: vector 1 has none */
    raise_vector(fixture, 0);
    raise_vector(fixture, 1);
    assert_int_equal(take_signals(events[0]), 0);
    assert_int_equal(take_signals(events[1]), 1);
    set_irqs(fixture, PVGPU_VFIO_SET_DATA_EVENTFD, 1, 1, events, 1);
    assert_int_equal(take_signals(events[0]), 1);
    set_irqs(fixture, PVGPU_VFIO_SET_DATA_NONE, 0, 2, NULL, 0); /* trigger by hand */
    assert_int_equal(take_signals(events[0]), 1);
    assert_int_equal(take_signals(events[1]), 1);
    close(events[0]);
    close(events[1]);
}

static void test_set_irqs_bools(void **state)
{
    struct fixture *fixture = *state;
    struct reply reply;
    int events[2] = {make_event(), make_event()};
    set_irqs(fixture, PVGPU_VFIO_SET_DATA_EVENTFD, 0, 2, events, 2);
    struct pvgpu_vfio_irq_set set = {sizeof(set) + 2, PVGPU_VFIO_SET_DATA_BOOL | PVGPU_VFIO_SET_ACTION_TRIGGER,
                                     PVGPU_VFIO_IRQ_MSIX, 0, 2};
    uint8_t payload[sizeof(set) + 2];
    memcpy(payload, &set, sizeof(set));
    payload[sizeof(set)] = 0;
    payload[sizeof(set) + 1] = 1;
    call(fixture, PVGPU_VFIO_SET_IRQS, payload, sizeof(payload), &reply, 0);
    assert_int_equal(take_signals(events[0]), 0);
    assert_int_equal(take_signals(events[1]), 1);
    expect_exact_size(fixture, PVGPU_VFIO_SET_IRQS, payload, sizeof(payload));
    close(events[0]);
    close(events[1]);
}

static void test_set_irqs_malformed(void **state)
{
    struct fixture *fixture = *state;
    int events[3] = {make_event(), make_event(), make_event()};
    enum { NONE = PVGPU_VFIO_SET_DATA_NONE, EVENT = PVGPU_VFIO_SET_DATA_EVENTFD, BOOL = PVGPU_VFIO_SET_DATA_BOOL };
    enum { TRIGGER = PVGPU_VFIO_SET_ACTION_TRIGGER, MSIX = PVGPU_VFIO_IRQ_MSIX };
    const struct {
        struct pvgpu_vfio_irq_set set;
        size_t fd_count;
    } cases[] = {
        {{19, NONE | TRIGGER, MSIX, 0, 0}, 0}, /* argsz */
        {{20, NONE | TRIGGER, 5, 0, 0}, 0}, /* kind */
        {{20, NONE | TRIGGER, UINT32_MAX, 0, 0}, 0},
        {{20, NONE | TRIGGER, MSIX, 1, 0}, 0}, /* disable with a start */
        {{20, NONE | TRIGGER, MSIX, 0, 3}, 0}, /* range */
        {{20, NONE | TRIGGER, MSIX, 3, 0}, 0},
        {{20, EVENT | TRIGGER, MSIX, 2, 1}, 1},
        {{20, EVENT | TRIGGER, MSIX, 1, 2}, 2},
        {{20, EVENT | TRIGGER, MSIX, UINT32_MAX, 2}, 2},
        {{20, EVENT | TRIGGER, MSIX, 1, UINT32_MAX}, 1},
        {{20, EVENT | TRIGGER, MSIX, 0, 0}, 0}, /* nothing to assign to */
        {{20, EVENT | TRIGGER, 1, 0, 1}, 1}, /* MSI: there is none */
        {{20, NONE | TRIGGER, MSIX, 0, 0}, 1}, /* descriptors without use */
        {{20, EVENT | TRIGGER, MSIX, 0, 1}, 2}, /* more descriptors than vectors */
        {{20, EVENT | TRIGGER, MSIX, 0, 2}, 3},
        {{20, NONE | EVENT | TRIGGER, MSIX, 0, 1}, 1}, /* two kinds of data */
        {{20, TRIGGER, MSIX, 0, 1}, 0}, /* no kind */
        {{21, BOOL | TRIGGER, MSIX, 0, 1}, 0}, /* the byte is missing */
        {{20, BOOL | TRIGGER, MSIX, 0, UINT32_MAX}, 0},
        {{20, NONE, MSIX, 0, 1}, 0}, /* no action */
        {{20, NONE | TRIGGER | PVGPU_VFIO_SET_ACTION_MASK_IRQ, MSIX, 0, 1}, 0}, /* two actions */
        {{20, NONE | PVGPU_VFIO_SET_ACTION_MASK_IRQ, MSIX, 0, 1}, 0}, /* not offered */
        {{20, NONE | PVGPU_VFIO_SET_ACTION_UNMASK_IRQ, MSIX, 0, 1}, 0},
        {{20, NONE | TRIGGER | 0x40, MSIX, 0, 1}, 0},
    };
    set_irqs(fixture, EVENT, 0, 1, events, 1);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        expect_error_with_fds(fixture, PVGPU_VFIO_SET_IRQS, &cases[i].set, sizeof(cases[i].set), events,
                              cases[i].fd_count, EINVAL);
    struct pvgpu_vfio_irq_set fine = {20, NONE | TRIGGER, MSIX, 0, 1};
    expect_exact_size(fixture, PVGPU_VFIO_SET_IRQS, &fine, sizeof(fine));
    /* Something else than an eventfd could block us, or write where nobody wants it. */
    struct pvgpu_vfio_irq_set assign = {20, EVENT | TRIGGER, MSIX, 0, 1};
    int others[2];
    assert_int_equal(pipe(others), 0);
    expect_error_with_fds(fixture, PVGPU_VFIO_SET_IRQS, &assign, sizeof(assign), &others[1], 1, EINVAL);
    expect_error_with_fds(fixture, PVGPU_VFIO_SET_IRQS, &assign, sizeof(assign), &fixture->client, 1, EINVAL);
    close(others[0]);
    close(others[1]);
    raise_vector(fixture, 0);
    assert_int_equal(take_signals(events[0]), 1); /* none of it took the first assignment away */
    /* "Disable" for kinds that we do not have is fine: clients do that. */
    struct reply reply;
    struct pvgpu_vfio_irq_set disable = {20, NONE | TRIGGER, 1, 0, 0};
    call(fixture, PVGPU_VFIO_SET_IRQS, &disable, sizeof(disable), &reply, 0);
    for (int i = 0; i < 3; i++)
        close(events[i]);
}

/* An event that is full and was made blocking must not hold us up. */
static void test_full_event_does_not_block(void **state)
{
    struct fixture *fixture = *state;
    int event = eventfd(0, EFD_CLOEXEC);
    uint64_t most = UINT64_MAX - 1;
    assert_int_equal(write(event, &most, sizeof(most)), sizeof(most));
    set_irqs(fixture, PVGPU_VFIO_SET_DATA_EVENTFD, 0, 1, &event, 1);
    raise_vector(fixture, 0);
    close(event);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_config_identity),
        TEST(test_config_other_identity),
        TEST(test_config_bar_sizing),
        TEST(test_config_writes),
        TEST(test_registers),
        TEST(test_register_sizes),
        TEST(test_bad_accesses),
        TEST(test_access_message_sizes),
        TEST(test_largest_access),
        TEST(test_memory_accesses),
        TEST(test_msix_bar),
        TEST(test_doorbell),
        TEST(test_reset_register),
        TEST(test_device_reset),
        TEST(test_extension_block),
        TEST(test_interrupts),
        TEST(test_interrupts_are_remembered),
        TEST(test_set_irqs_dance),
        TEST(test_set_irqs_bools),
        TEST(test_set_irqs_malformed),
        TEST(test_full_event_does_not_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
