/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Clients of the vfio-user link that are wrong, or hostile: each way is answered with an error and changes nothing, or
 * ends the link where there is no boundary of messages left. Every test counts descriptors at its end.
 */
#include "vfio_client.h"

#include <malloc.h>

#define NONE PVGPU_VFIO_SET_DATA_NONE
#define BOOL PVGPU_VFIO_SET_DATA_BOOL
#define EVENT PVGPU_VFIO_SET_DATA_EVENTFD
#define TRIGGER PVGPU_VFIO_SET_ACTION_TRIGGER
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The link still answers as if nothing had been. */
static void expect_fine(struct fixture *fixture)
{
    struct reply reply;
    struct pvgpu_vfio_info info = {.argsz = sizeof(info)};
    call(fixture, PVGPU_VFIO_GET_INFO, &info, sizeof(info), &reply, sizeof(info));
}

static void send_header(struct fixture *fixture, uint16_t command, uint32_t size, uint32_t flags)
{
    const struct pvgpu_vfio_header header = {.id = 1, .command = command, .size = size, .flags = flags};
    assert_int_equal(send(fixture->client, &header, sizeof(header), MSG_NOSIGNAL), sizeof(header));
}

/* ---- Framing ----------------------------------------------------------------------------------------------------- */

static void expect_end_after(struct fixture *fixture, uint32_t size, uint32_t flags)
{
    struct reply reply;
    send_header(fixture, PVGPU_VFIO_GET_INFO, size, flags);
    assert_int_equal(dispatch(fixture), PVGPU_LINK_ENDED);
    assert_false(receive_reply(fixture, &reply));
}

static void test_size_0(void **state)
{
    expect_end_after(*state, 0, 0);
}

static void test_size_15(void **state)
{
    expect_end_after(*state, 15, 0);
}

static void test_size_one_too_large(void **state)
{
    expect_end_after(*state, sizeof(struct pvgpu_vfio_header) + PVGPU_VFIO_MAX_PAYLOAD + 1, 0);
}

static void test_size_with_the_top_bit(void **state)
{
    expect_end_after(*state, 0x80000000u, 0);
}

static void test_size_of_4_gib(void **state)
{
    expect_end_after(*state, UINT32_MAX, 0);
}

/* The largest that we take is taken, whatever is in it. */
static void test_size_largest(void **state)
{
    static uint8_t payload[PVGPU_VFIO_MAX_PAYLOAD];
    expect_error(*state, PVGPU_VFIO_GET_INFO, payload, sizeof(payload), EINVAL);
    expect_error(*state, 99, payload, sizeof(payload), EOPNOTSUPP);
    expect_fine(*state);
}

/* A reply answers a command of ours, and we send none; other types do not exist. */
static void test_types_that_are_no_command(void **state)
{
    struct fixture *fixture = *state;
    for (uint32_t type = 1; type < 16; type++) {
        expect_end_after(fixture, 16, type);
        stop(fixture);
        start(fixture);
        greet(fixture);
    }
}

/* Bits that mean nothing in a command, and the error word, are not ours to judge. */
static void test_flags_without_meaning(void **state)
{
    struct fixture *fixture = *state;
    struct reply reply;
    struct pvgpu_vfio_info info = {.argsz = sizeof(info)};
    for (unsigned bit = 5; bit < 32; bit++) {
        send_command(fixture, PVGPU_VFIO_GET_INFO, 1u << bit, &info, sizeof(info), NULL, 0);
        assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
        assert_true(receive_reply(fixture, &reply));
        assert_int_equal(reply.header.flags, PVGPU_VFIO_TYPE_REPLY);
    }
}

/* A message of every command, one byte after the other, then the same with the end of the client after each byte. */
static void test_every_command_byte_by_byte(void **state)
{
    struct fixture *fixture = *state;
    for (uint16_t command = 0; command < 20; command++) {
        uint8_t bytes[sizeof(struct pvgpu_vfio_header) + 36] = {0};
        const struct pvgpu_vfio_header header = {.id = 7, .command = command, .size = sizeof(bytes)};
        struct reply reply;
        memcpy(bytes, &header, sizeof(header));
        for (size_t i = 0; i < sizeof(bytes); i++) {
            assert_false(receive_reply(fixture, &reply));
            assert_int_equal(send(fixture->client, bytes + i, 1, 0), 1);
            assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
        }
        assert_true(receive_reply(fixture, &reply));
        assert_int_equal(reply.header.command, command);
    }
}

static void test_end_after_every_byte(void **state)
{
    struct fixture *fixture = *state;
    uint8_t bytes[sizeof(struct pvgpu_vfio_header) + 32] = {0};
    const struct pvgpu_vfio_header header = {.command = PVGPU_VFIO_DMA_MAP, .size = sizeof(bytes)};
    memcpy(bytes, &header, sizeof(header));
    for (size_t length = 0; length < sizeof(bytes); length++) {
        int fd = fixture->client;
        if (length)
            assert_int_equal(send_with_fds(fixture->client, bytes, length, &fd, 1), length);
        shutdown(fixture->client, SHUT_WR);
        assert_int_equal(dispatch(fixture), PVGPU_LINK_ENDED);
        stop(fixture);
        start(fixture);
        greet(fixture);
    }
}

/* The whole of it, and the end: it is handled before the end is seen. */
static void test_end_after_a_message(void **state)
{
    struct fixture *fixture = *state;
    send_command(fixture, PVGPU_VFIO_RESET, 0, NULL, 0, NULL, 0);
    shutdown(fixture->client, SHUT_WR);
    assert_int_equal(dispatch(fixture), PVGPU_LINK_ENDED);
    assert_int_equal(fixture->recorder.resets, 1);
}

/* ---- VERSION ----------------------------------------------------------------------------------------------------- */

static void expect_bad_text(struct fixture *fixture, const void *text, size_t size)
{
    uint8_t payload[PVGPU_VFIO_MAX_PAYLOAD] = {0};
    memcpy(payload + 4, text, size);
    expect_error(fixture, PVGPU_VFIO_VERSION, payload, 4 + size, EINVAL);
    assert_int_equal(fixture->recorder.attached, 0);
}

static void test_version_is_missing(void **state)
{
    struct fixture *fixture = *state;
    struct reply reply;
    send_command(fixture, PVGPU_VFIO_GET_INFO, 0, NULL, 0, NULL, 0);
    assert_int_equal(dispatch(fixture), PVGPU_LINK_ENDED);
    assert_false(receive_reply(fixture, &reply));
    expect_log(fixture, "before VERSION");
}

static void test_version_twice(void **state)
{
    struct fixture *fixture = *state;
    greet(fixture);
    expect_error(fixture, PVGPU_VFIO_VERSION, version_payload, sizeof(version_payload), EINVAL);
    expect_error(fixture, PVGPU_VFIO_VERSION, "\1\0\0\0", 4, EINVAL);
    assert_int_equal(fixture->recorder.attached, 1);
    expect_fine(fixture);
}

static void test_version_of_another_major(void **state)
{
    struct fixture *fixture = *state;
    struct reply reply;
    send_command(fixture, PVGPU_VFIO_VERSION, 0, "\xFF\xFF\0\0", 4, NULL, 0);
    assert_int_equal(dispatch(fixture), PVGPU_LINK_ENDED);
    assert_true(receive_reply(fixture, &reply));
    assert_int_equal(reply.header.flags, PVGPU_VFIO_TYPE_REPLY | PVGPU_VFIO_ERROR);
    assert_int_equal(reply.header.error, EINVAL);
    assert_int_equal(fixture->recorder.attached, 0);
}

/* Ours is the lower one of the two. */
static void test_version_of_a_later_minor(void **state)
{
    struct reply reply;
    call_with_fds(*state, PVGPU_VFIO_VERSION, "\0\0\xFF\xFF", 4, NULL, 0, &reply);
    assert_int_equal(reply.header.flags, PVGPU_VFIO_TYPE_REPLY);
    assert_memory_equal(reply.payload, "\0\0\0\0", 4);
}

static void test_version_too_short(void **state)
{
    for (size_t size = 0; size < 4; size++)
        expect_error(*state, PVGPU_VFIO_VERSION, version_payload, size, EINVAL);
    greet(*state);
}

static void test_version_unterminated(void **state)
{
    expect_bad_text(*state, "{}", 2);
    expect_bad_text(*state, "{", 1);
    greet(*state);
}

static void test_version_that_is_no_json(void **state)
{
    static const char *const texts[] = {"",
                                        "garbage",
                                        "[]",
                                        "1",
                                        "{",
                                        "{}}",
                                        "{\"capabilities\":}",
                                        "{\"capabilities\":{\"max_msg_fds\":16}",
                                        "{\"capabilities\":{\"max_msg_fds\":0x10}}",
                                        "{\"a\":\"\xFF\"}"};
    for (size_t i = 0; i < COUNT(texts); i++)
        expect_bad_text(*state, texts[i], strlen(texts[i]) + 1);
    greet(*state);
}

static void test_version_with_a_nul_inside(void **state)
{
    expect_bad_text(*state, "{}\0\0", 4);
    expect_bad_text(*state, "{}\0{}", 6);
    greet(*state);
}

static void test_version_of_nothing_but_brackets(void **state)
{
    char text[PVGPU_VFIO_MAX_PAYLOAD - 4];
    memset(text, '[', sizeof(text));
    memcpy(text, "{\"a\":", 5);
    text[sizeof(text) - 1] = '\0';
    expect_bad_text(*state, text, sizeof(text));
    greet(*state);
}

static void test_version_with_other_capabilities(void **state)
{
    static const char payload[] =
        "\0\0\0\0{\"capabilities\":{\"migration\":{\"pgsize\":4096},\"x\":[1,null]},\"y\":1.5e3}";
    struct reply reply;
    call_with_fds(*state, PVGPU_VFIO_VERSION, payload, sizeof(payload), NULL, 0, &reply);
    assert_int_equal(reply.header.flags, PVGPU_VFIO_TYPE_REPLY);
}

/* ---- Payloads and argsz ------------------------------------------------------------------------------------------- */

/* A right request of each command; argsz, where there is one, is its first word. */
static const struct pvgpu_vfio_dma_map good_map = {.argsz = sizeof(good_map), .address = 0x1000, .size = 0x1000};
static const struct pvgpu_vfio_dma_unmap good_unmap = {.argsz = sizeof(good_unmap), .address = 0x1000, .size = 0x1000};
static const struct pvgpu_vfio_info good_info = {.argsz = sizeof(good_info)};
static const struct pvgpu_vfio_region_info good_region = {.argsz = sizeof(good_region), .index = 2};
static const struct pvgpu_vfio_irq_info good_irq = {.argsz = sizeof(good_irq), .index = 2};
static const struct pvgpu_vfio_irq_set good_set = {sizeof(good_set), NONE | TRIGGER, PVGPU_VFIO_IRQ_MSIX, 0, 1};
static const struct pvgpu_vfio_region_access good_read = {.offset = 0, .region = 0, .count = 4};

static const struct request {
    const char *name;
    const void *payload;
    size_t size;
    uint16_t command;
    bool has_argsz, takes_fds;
} requests[] = {
    {"DMA_MAP", &good_map, sizeof(good_map), PVGPU_VFIO_DMA_MAP, true, true},
    {"DMA_UNMAP", &good_unmap, sizeof(good_unmap), PVGPU_VFIO_DMA_UNMAP, true, false},
    {"GET_INFO", &good_info, sizeof(good_info), PVGPU_VFIO_GET_INFO, true, false},
    {"GET_REGION_INFO", &good_region, sizeof(good_region), PVGPU_VFIO_GET_REGION_INFO, true, false},
    {"GET_IRQ_INFO", &good_irq, sizeof(good_irq), PVGPU_VFIO_GET_IRQ_INFO, true, false},
    {"SET_IRQS", &good_set, sizeof(good_set), PVGPU_VFIO_SET_IRQS, true, true},
    {"REGION_READ", &good_read, sizeof(good_read), PVGPU_VFIO_REGION_READ, false, false},
    {"RESET", NULL, 0, PVGPU_VFIO_RESET, false, false},
};

static void expect_good(struct fixture *fixture, const struct request *request)
{
    struct reply reply;
    call_with_fds(fixture, request->command, request->payload, request->size, NULL, 0, &reply);
    assert_int_equal(reply.header.flags, PVGPU_VFIO_TYPE_REPLY);
    if (reply.fd >= 0)
        close(reply.fd);
}

static void test_payload_of_every_wrong_size(void **state)
{
    struct fixture *fixture = *state;
    for (size_t i = 0; i < COUNT(requests); i++) {
        const struct request *request = &requests[i];
        uint8_t payload[64] = {0};
        if (request->size)
            memcpy(payload, request->payload, request->size);
        for (size_t size = 0; size < sizeof(payload); size++) {
            if (size != request->size)
                expect_error(fixture, request->command, payload, size, EINVAL);
        }
        assert_int_equal(fixture->recorder.resets, 0);
        expect_good(fixture, request);
    }
}

static void test_argsz_of_every_wrong_size(void **state)
{
    struct fixture *fixture = *state;
    for (size_t i = 0; i < COUNT(requests); i++) {
        const struct request *request = &requests[i];
        uint8_t payload[64] = {0};
        if (!request->has_argsz)
            continue;
        memcpy(payload, request->payload, request->size);
        for (uint32_t argsz = 0; argsz < request->size; argsz++) {
            memcpy(payload, &argsz, sizeof(argsz));
            expect_error(fixture, request->command, payload, request->size, EINVAL);
        }
        expect_good(fixture, request);
    }
}

/* More room than there is to fill is fine; the reply says how much it took. */
static void test_argsz_larger(void **state)
{
    struct fixture *fixture = *state;
    struct reply reply;
    struct pvgpu_vfio_info info = {.argsz = UINT32_MAX};
    call(fixture, PVGPU_VFIO_GET_INFO, &info, sizeof(info), &reply, sizeof(info));
    memcpy(&info, reply.payload, sizeof(info));
    assert_int_equal(info.argsz, sizeof(info));
}

static void test_write_of_every_wrong_size(void **state)
{
    struct fixture *fixture = *state;
    struct pvgpu_vfio_region_access access = {.offset = PVGPU_REG_DOORBELL, .count = 4};
    uint8_t payload[64] = {0};
    memcpy(payload, &access, sizeof(access));
    for (size_t size = 0; size < sizeof(payload); size++) {
        if (size != sizeof(access) + access.count)
            expect_error(fixture, PVGPU_VFIO_REGION_WRITE, payload, size, EINVAL);
    }
    access.count = UINT32_MAX;
    memcpy(payload, &access, sizeof(access));
    expect_error(fixture, PVGPU_VFIO_REGION_WRITE, payload, sizeof(access) + 4, EINVAL);
    assert_int_equal(fixture->recorder.doorbells, 0);
}

/* ---- Descriptors --------------------------------------------------------------------------------------------------- */

static void test_descriptors_where_none_belong(void **state)
{
    struct fixture *fixture = *state;
    int before = count_fds(), fd = fixture->client;
    for (size_t i = 0; i < COUNT(requests); i++) {
        if (!requests[i].takes_fds)
            expect_error_with_fds(fixture, requests[i].command, requests[i].payload, requests[i].size, &fd, 1, EINVAL);
    }
    struct pvgpu_vfio_region_access access = {.offset = PVGPU_REG_DOORBELL, .count = 4};
    uint8_t payload[sizeof(access) + 4] = {0};
    memcpy(payload, &access, sizeof(access));
    expect_error_with_fds(fixture, PVGPU_VFIO_REGION_WRITE, payload, sizeof(payload), &fd, 1, EINVAL);
    assert_int_equal(fixture->recorder.resets + fixture->recorder.doorbells, 0);
    expect_fine(fixture);
    assert_int_equal(count_fds(), before);
}

/* As many as a message can hold, on every command: none stays open, and none is taken for a part of the whole. */
static void test_too_many_descriptors_everywhere(void **state)
{
    struct fixture *fixture = *state;
    int fds[64], before = count_fds();
    for (size_t i = 0; i < COUNT(fds); i++)
        fds[i] = fixture->client;
    for (size_t i = 0; i < COUNT(requests); i++)
        expect_error_with_fds(fixture, requests[i].command, requests[i].payload, requests[i].size, fds, COUNT(fds),
                              EINVAL);
    expect_error_with_fds(fixture, 99, NULL, 0, fds, COUNT(fds), EOPNOTSUPP);
    expect_fine(fixture);
    assert_int_equal(count_fds(), before);
}

/* A descriptor with each byte of a message: they add up, and go. */
static void test_descriptor_with_every_byte(void **state)
{
    struct fixture *fixture = *state;
    uint8_t bytes[sizeof(struct pvgpu_vfio_header) + sizeof(good_map)];
    const struct pvgpu_vfio_header header = {.command = PVGPU_VFIO_DMA_MAP, .size = sizeof(bytes)};
    struct reply reply;
    int before = count_fds(), fd = fixture->client;
    memcpy(bytes, &header, sizeof(header));
    memcpy(bytes + sizeof(header), &good_map, sizeof(good_map));
    for (size_t i = 0; i < sizeof(bytes); i++) {
        assert_int_equal(send_with_fds(fixture->client, bytes + i, 1, &fd, 1), 1);
        assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
        assert_in_range(count_fds(), before, before + (int)PVGPU_VFIO_MAX_FDS);
    }
    assert_true(receive_reply(fixture, &reply));
    assert_int_equal(reply.header.error, EINVAL);
    expect_fine(fixture);
    assert_int_equal(count_fds(), before);
}

/* Fewer than interrupts: those without one lose theirs, as if none had come for them. */
static void test_descriptors_missing(void **state)
{
    struct fixture *fixture = *state;
    int events[2] = {make_event(), make_event()};
    set_irqs_of(fixture, PVGPU_VFIO_IRQ_MSIX, EVENT | TRIGGER, 0, 2, events, 2);
    set_irqs_of(fixture, PVGPU_VFIO_IRQ_MSIX, EVENT | TRIGGER, 0, 2, events, 1);
    raise_vector(fixture, 0);
    raise_vector(fixture, 1);
    assert_int_equal(take_signals(events[0]), 1);
    assert_int_equal(take_signals(events[1]), 0);
    close(events[0]);
    close(events[1]);
}

/* ---- SET_IRQS ------------------------------------------------------------------------------------------------------ */

/* What the protocol says of a request without data, said another way than the link does. */
static bool is_right(const struct pvgpu_vfio_irq_set *set, size_t fd_count)
{
    static const uint32_t counts[5] = {1, 0, 2, 0, 0};
    const uint32_t data = set->flags & 7, action = set->flags & 0x38;
    if (set->flags & ~0x3Fu || set->index >= 5)
        return false;
    if ((uint64_t)set->start + set->count > counts[set->index])
        return false;
    if (set->count == 0) /* "disable" */
        return set->start == 0 && data == NONE && action == TRIGGER && fd_count == 0;
    if (action != TRIGGER && (set->index != PVGPU_VFIO_IRQ_INTX || (action != 0x08 && action != 0x10)))
        return false;
    if (data == EVENT)
        return action != 0x08 && fd_count <= set->count;
    return data == NONE && fd_count == 0;
}

static void test_every_combination_of_flags(void **state)
{
    static const uint32_t indices[] = {0, 1, 2, 3, 4, 5, 0x80000000u, UINT32_MAX};
    static const uint32_t ranges[][2] = {
        {0, 0}, {0, 1},          {0, 2},          {0, 3},          {1, 0}, {1, 1},          {1, 2},
        {2, 1}, {1, UINT32_MAX}, {UINT32_MAX, 1}, {UINT32_MAX, 2}, {3, 0}, {0, UINT32_MAX}, {UINT32_MAX, UINT32_MAX}};
    struct fixture *fixture = *state;
    int events[2] = {make_event(), make_event()}, right = 0, wrong = 0;
    for (uint32_t flags = 0; flags < 0x100; flags++) {
        for (size_t i = 0; i < COUNT(indices) * COUNT(ranges) * 3; i++) {
            const struct pvgpu_vfio_irq_set set = {20, flags & 0x80 ? flags << 24 | (flags & 0x7F) : flags,
                                                   indices[i % COUNT(indices)], ranges[i / 8 % COUNT(ranges)][0],
                                                   ranges[i / 8 % COUNT(ranges)][1]};
            const size_t fd_count = i / 8 / COUNT(ranges);
            struct reply reply;
            if ((set.flags & 7) == BOOL && !(set.flags & ~0x3Fu) && set.index < 5)
                continue; /* wants data */
            call_with_fds(fixture, PVGPU_VFIO_SET_IRQS, &set, sizeof(set), events, fd_count, &reply);
            assert_int_equal(reply.header.error, is_right(&set, fd_count) ? 0 : EINVAL);
            *(reply.header.error ? &wrong : &right) += 1;
        }
        assert_int_equal(ftruncate(fixture->capture.file, 0), 0);
    }
    assert_true(right > 10 && wrong > 10000);
    expect_fine(fixture);
    close(events[0]);
    close(events[1]);
}

/* Booleans: one for each interrupt, no more, no fewer, and argsz counts them. */
static void test_booleans_of_another_number(void **state)
{
    struct fixture *fixture = *state;
    for (uint32_t count = 0; count <= 3; count++) {
        for (uint32_t bytes = 0; bytes <= 4; bytes++) {
            for (uint32_t argsz = 20; argsz <= 24; argsz++) {
                const struct pvgpu_vfio_irq_set set = {argsz, BOOL | TRIGGER, PVGPU_VFIO_IRQ_MSIX, 0, count};
                uint8_t payload[sizeof(set) + 4] = {0};
                struct reply reply;
                memcpy(payload, &set, sizeof(set));
                call_with_fds(fixture, PVGPU_VFIO_SET_IRQS, payload, sizeof(set) + bytes, NULL, 0, &reply);
                const bool right = (count == 1 || count == 2) && bytes == count && argsz >= 20 + bytes;
                assert_int_equal(reply.header.error, right ? 0 : EINVAL);
            }
        }
    }
}

/* ---- Clients that hold us up --------------------------------------------------------------------------------------- */

/* Somebody who does not read: his replies are one, and after a time he is gone. */
static void test_replies_are_never_read(void **state)
{
    struct fixture *fixture = *state;
    const struct pvgpu_vfio_region_access access = {.region = PVGPU_VFIO_BAR2, .count = PVGPU_VFIO_MAX_TRANSFER};
    pvgpu_handle handles[2];
    while (fixture->link->ops->wait_handles(fixture->link, handles) == 1) {
        send_command(fixture, PVGPU_VFIO_REGION_READ, 0, &access, sizeof(access), NULL, 0);
        assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
    }
    int event = make_event();
    const pvgpu_handle never = event;
    const uint64_t begin = pvgpu_time_now_ns();
    while (dispatch(fixture) == PVGPU_LINK_OPEN) {
        raise_vector(fixture, 0); /* interrupts go on */
        assert_true(pvgpu_time_now_ns() - begin < 60 * PVGPU_NS_PER_S);
        pvgpu_handle_wait_any(&never, 1, pvgpu_time_left_ns(fixture->link->ops->deadline_ns(fixture->link)));
    }
    expect_log(fixture, "has not read its replies");
    close(event);
}

/* A flood takes its turn and no more: what else the session has to do comes between. */
static void test_flood_takes_turns(void **state)
{
    struct fixture *fixture = *state;
    const struct pvgpu_vfio_region_access access = {.offset = PVGPU_REG_DOORBELL, .count = 4};
    const struct pvgpu_vfio_header header = {
        .command = PVGPU_VFIO_REGION_WRITE, .size = sizeof(header) + sizeof(access) + 4, .flags = PVGPU_VFIO_NO_REPLY};
    uint8_t message[sizeof(header) + sizeof(access) + 4] = {0};
    int event = make_event(), sent = 0, full_turns = 0;
    memcpy(message, &header, sizeof(header));
    memcpy(message + sizeof(header), &access, sizeof(access));
    set_irqs_of(fixture, PVGPU_VFIO_IRQ_MSIX, EVENT | TRIGGER, 0, 1, &event, 1);
    for (int turn = 0; turn < 100; turn++) {
        const int before = fixture->recorder.doorbells;
        while (send(fixture->client, message, sizeof(message), MSG_DONTWAIT) == (ssize_t)sizeof(message))
            sent++;
        assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
        full_turns += fixture->recorder.doorbells - before == 64;
        assert_in_range(fixture->recorder.doorbells - before, 1, 64);
        raise_vector(fixture, PVGPU_VECTOR_FENCE);
        assert_int_equal(take_signals(event), 1); /* while the rest of the flood waits */
    }
    assert_true(full_turns > 90 && sent > fixture->recorder.doorbells);
    while (fixture->recorder.doorbells < sent)
        assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
    close(event);
}

/* ---- No_reply ------------------------------------------------------------------------------------------------------ */

static void test_no_reply_of_any_command(void **state)
{
    struct fixture *fixture = *state;
    struct reply reply;
    for (size_t i = 0; i < COUNT(requests); i++) {
        send_command(fixture, requests[i].command, PVGPU_VFIO_NO_REPLY, requests[i].payload, requests[i].size, NULL, 0);
        send_command(fixture, requests[i].command, PVGPU_VFIO_NO_REPLY, "abc", 3, NULL, 0); /* and none for errors */
    }
    send_command(fixture, 99, PVGPU_VFIO_NO_REPLY, NULL, 0, NULL, 0);
    assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
    assert_false(receive_reply(fixture, &reply));
    assert_int_equal(fixture->recorder.resets, 1);
}

/* What was asked for without a reply is done before the next reply goes out. */
static void test_no_reply_keeps_the_order(void **state)
{
    struct fixture *fixture = *state;
    struct pvgpu_vfio_region_access access = {.offset = PVGPU_REG_IRQ_ENABLE, .count = 4};
    uint8_t payload[sizeof(access) + 4] = {0};
    struct reply reply;
    memcpy(payload, &access, sizeof(access));
    payload[sizeof(access)] = 2;
    send_command(fixture, PVGPU_VFIO_REGION_WRITE, PVGPU_VFIO_NO_REPLY, payload, sizeof(payload), NULL, 0);
    send_command(fixture, PVGPU_VFIO_REGION_READ, 0, &access, sizeof(access), NULL, 0);
    assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
    assert_true(receive_reply(fixture, &reply));
    assert_int_equal(reply.header.id, fixture->id);
    assert_int_equal(reply.payload[sizeof(access)], 2);
    assert_false(receive_reply(fixture, &reply));
}

static void test_no_reply_takes_descriptors(void **state)
{
    struct fixture *fixture = *state;
    const struct pvgpu_vfio_irq_set set = {sizeof(set), EVENT | TRIGGER, PVGPU_VFIO_IRQ_MSIX, 0, 1};
    int event = make_event();
    send_command(fixture, PVGPU_VFIO_SET_IRQS, PVGPU_VFIO_NO_REPLY, &set, sizeof(set), &event, 1);
    send_command(fixture, PVGPU_VFIO_SET_IRQS, PVGPU_VFIO_NO_REPLY, &good_set, 3, &event, 1); /* refused, closed */
    assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
    raise_vector(fixture, 0);
    assert_int_equal(take_signals(event), 1);
    close(event);
}

/* ---- What is left ------------------------------------------------------------------------------------------------- */

/* Bytes of the heap in use; 0 where that is not told. */
static size_t heap_bytes(void)
{
    return mallinfo2().uordblks;
}

/* Lives of a client that does all of it: nothing is left of them, neither memory nor descriptors. */
static void test_nothing_is_left(void **state)
{
    struct fixture *fixture = *state;
    size_t heap = 0;
    int fds = 0;
    for (int life = 0; life < 50; life++) {
        int events[2] = {make_event(), make_event()};
        for (size_t i = 0; i < COUNT(requests); i++) {
            expect_good(fixture, &requests[i]);
            expect_error_with_fds(fixture, requests[i].command, "abc", 3, events, 2, EINVAL);
        }
        set_irqs_of(fixture, PVGPU_VFIO_IRQ_MSIX, EVENT | TRIGGER, 0, 2, events, 2);
        set_irqs_of(fixture, PVGPU_VFIO_IRQ_INTX, EVENT | TRIGGER, 0, 1, events, 1);
        set_irqs_of(fixture, PVGPU_VFIO_IRQ_INTX, EVENT | PVGPU_VFIO_SET_ACTION_UNMASK_IRQ, 0, 1, events, 1);
        call_with_fds(fixture, PVGPU_VFIO_DMA_MAP, &good_map, sizeof(good_map), events, 1, &(struct reply){.fd = -1});
        assert_int_equal(send_with_fds(fixture->client, &good_map, 5, events, 2), 5);
        assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
        close(events[0]);
        close(events[1]);
        stop(fixture);
        start(fixture);
        greet(fixture);
        if (life == 1) {
            heap = heap_bytes();
            fds = count_fds();
        }
    }
    assert_int_equal(heap_bytes(), heap);
    assert_int_equal(count_fds(), fds);
}

int main(void)
{
#define BARE(name) cmocka_unit_test_setup_teardown(name, setup_bare, teardown)
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_size_0),
        TEST(test_size_15),
        TEST(test_size_one_too_large),
        TEST(test_size_with_the_top_bit),
        TEST(test_size_of_4_gib),
        TEST(test_size_largest),
        TEST(test_types_that_are_no_command),
        TEST(test_flags_without_meaning),
        TEST(test_every_command_byte_by_byte),
        TEST(test_end_after_every_byte),
        TEST(test_end_after_a_message),
        BARE(test_version_is_missing),
        BARE(test_version_twice),
        BARE(test_version_of_another_major),
        BARE(test_version_of_a_later_minor),
        BARE(test_version_too_short),
        BARE(test_version_unterminated),
        BARE(test_version_that_is_no_json),
        BARE(test_version_with_a_nul_inside),
        BARE(test_version_of_nothing_but_brackets),
        BARE(test_version_with_other_capabilities),
        TEST(test_payload_of_every_wrong_size),
        TEST(test_argsz_of_every_wrong_size),
        TEST(test_argsz_larger),
        TEST(test_write_of_every_wrong_size),
        TEST(test_descriptors_where_none_belong),
        TEST(test_too_many_descriptors_everywhere),
        TEST(test_descriptor_with_every_byte),
        TEST(test_descriptors_missing),
        TEST(test_every_combination_of_flags),
        TEST(test_booleans_of_another_number),
        TEST(test_replies_are_never_read),
        TEST(test_flood_takes_turns),
        TEST(test_no_reply_of_any_command),
        TEST(test_no_reply_keeps_the_order),
        TEST(test_no_reply_takes_descriptors),
        TEST(test_nothing_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
