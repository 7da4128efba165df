/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The vfio-user link against a small client: framing, description, every way to get a message wrong. */
#include "vfio_client.h"

#include "link/vfio_user_dma.h"

#include <sys/resource.h>

/* ---- VERSION ----------------------------------------------------------------------------------------------------- */

static void test_version(void **state)
{
    struct fixture *fixture = *state;
    struct reply reply;
    uint64_t left = pvgpu_time_left_ns(fixture->link->ops->deadline_ns(fixture->link));
    assert_in_range(left, 9 * PVGPU_NS_PER_S, 10 * PVGPU_NS_PER_S);
    static const char expected[] = "\0\0\0\0{\"capabilities\":{\"max_msg_fds\":16,\"max_data_xfer_size\":4096}}";
    call(fixture, PVGPU_VFIO_VERSION, version_payload, sizeof(version_payload), &reply, sizeof(expected));
    assert_memory_equal(reply.payload, expected, sizeof(expected));
    assert_int_equal(fixture->recorder.attached, 1);
    assert_int_equal(fixture->recorder.memory->size, SHMEM_BYTES);
    const struct pvgpu_control_region *region = fixture->recorder.memory->base;
    assert_int_equal(region->magic, PVGPU_MAGIC);
    assert_int_equal(region->ring_offset, PVGPU_DEFAULT_RING_OFFSET);
    assert_int_equal(region->heap_bytes, SHMEM_BYTES - PVGPU_DEFAULT_HEAP_OFFSET);
    assert_int_equal(region->extension.version, PVGPU_EXTENSION_1);
    assert_int_equal(region->extension.link, PVGPU_LINK_ID_VFIO_USER);
    assert_int_equal(region->extension.vectors, 0);
    assert_true(fixture->link->ops->deadline_ns(fixture->link) == PVGPU_NO_TIMEOUT);
    expect_log(fixture, "Handshake received: shmem_name=memfd, size=64MB");
    expect_error(fixture, PVGPU_VFIO_VERSION, version_payload, sizeof(version_payload), EINVAL); /* once is enough */
    assert_int_equal(fixture->recorder.attached, 1);
}

static void test_version_without_text(void **state)
{
    struct reply reply;
    call_with_fds(*state, PVGPU_VFIO_VERSION, version_payload, 4, NULL, 0, &reply);
    assert_int_equal(reply.header.flags, PVGPU_VFIO_TYPE_REPLY);
}

static void test_version_malformed(void **state)
{
    struct fixture *fixture = *state;
    int fd = fixture->client;
    expect_error(fixture, PVGPU_VFIO_VERSION, version_payload, 3, EINVAL);
    expect_error(fixture, PVGPU_VFIO_VERSION, version_payload, sizeof(version_payload) - 1, EINVAL); /* no NUL */
    expect_error_with_fds(fixture, PVGPU_VFIO_VERSION, version_payload, sizeof(version_payload), &fd, 1, EINVAL);
    assert_int_equal(fixture->recorder.attached, 0);
    greet(fixture);
}

static void test_version_of_another_major(void **state)
{
    struct fixture *fixture = *state;
    struct reply reply;
    send_command(fixture, PVGPU_VFIO_VERSION, 0, "\1\0\0\0", 4, NULL, 0);
    assert_int_equal(dispatch(fixture), PVGPU_LINK_ENDED);
    assert_true(receive_reply(fixture, &reply));
    assert_int_equal(reply.header.error, EINVAL);
    assert_int_equal(fixture->recorder.attached, 0);
}

static void test_session_refuses(void **state)
{
    struct fixture *fixture = *state;
    struct reply reply;
    fixture->recorder.refuse = true;
    send_command(fixture, PVGPU_VFIO_VERSION, 0, version_payload, sizeof(version_payload), NULL, 0);
    assert_int_equal(dispatch(fixture), PVGPU_LINK_ENDED);
    assert_true(receive_reply(fixture, &reply));
    assert_int_equal(reply.header.flags, PVGPU_VFIO_TYPE_REPLY | PVGPU_VFIO_ERROR);
}

static void test_other_commands_before_version(void **state)
{
    struct fixture *fixture = *state;
    for (uint16_t command = 0; command < 20; command++) {
        if (command == PVGPU_VFIO_VERSION)
            continue;
        send_command(fixture, command, 0, NULL, 0, NULL, 0);
        assert_int_equal(dispatch(fixture), PVGPU_LINK_ENDED);
        stop(fixture);
        start(fixture);
    }
}

static void test_silent_client_is_dropped(void **state)
{
    struct fixture *fixture = *state;
    uint64_t begin = pvgpu_time_now_ns();
    while (dispatch(fixture) == PVGPU_LINK_OPEN) {
        pvgpu_handle handle;
        assert_int_equal(fixture->link->ops->wait_handles(fixture->link, &handle), 1);
        assert_true(pvgpu_time_now_ns() - begin < 20 * PVGPU_NS_PER_S);
        pvgpu_handle_wait_any(&handle, 1, pvgpu_time_left_ns(fixture->link->ops->deadline_ns(fixture->link)));
    }
    assert_in_range(pvgpu_time_now_ns() - begin, 10 * PVGPU_NS_PER_S, 12 * PVGPU_NS_PER_S);
}

/* ---- Framing ----------------------------------------------------------------------------------------------------- */

static void expect_end_after(struct fixture *fixture, uint32_t size, uint32_t flags, const char *words)
{
    struct pvgpu_vfio_header header = {.id = 1, .command = PVGPU_VFIO_GET_INFO, .size = size, .flags = flags};
    assert_int_equal(send(fixture->client, &header, sizeof(header), MSG_NOSIGNAL), sizeof(header));
    assert_int_equal(dispatch(fixture), PVGPU_LINK_ENDED);
    expect_log(fixture, words);
}

static void test_size_below_header(void **state)
{
    expect_end_after(*state, 15, 0, "message of 15 bytes");
}

static void test_size_too_large(void **state)
{
    expect_end_after(*state, sizeof(struct pvgpu_vfio_header) + PVGPU_VFIO_MAX_PAYLOAD + 1, 0, "message of ");
}

static void test_size_huge(void **state)
{
    expect_end_after(*state, UINT32_MAX, 0, "message of 4294967295 bytes");
}

static void test_reply_from_client(void **state)
{
    expect_end_after(*state, 16, PVGPU_VFIO_TYPE_REPLY, "no command");
}

static void test_byte_by_byte(void **state)
{
    struct fixture *fixture = *state;
    struct pvgpu_vfio_info info = {.argsz = sizeof(info)};
    struct pvgpu_vfio_header header = {.id = 7, .command = PVGPU_VFIO_GET_INFO, .size = sizeof(header) + sizeof(info)};
    uint8_t bytes[sizeof(header) + sizeof(info)];
    struct reply reply;
    memcpy(bytes, &header, sizeof(header));
    memcpy(bytes + sizeof(header), &info, sizeof(info));
    for (size_t i = 0; i < sizeof(bytes); i++) {
        assert_false(receive_reply(fixture, &reply));
        assert_int_equal(send(fixture->client, bytes + i, 1, 0), 1);
        assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
    }
    assert_true(receive_reply(fixture, &reply));
    assert_int_equal(reply.header.id, 7);
}

static void test_pipelined(void **state)
{
    struct fixture *fixture = *state;
    struct pvgpu_vfio_info info = {.argsz = sizeof(info)};
    struct reply reply;
    for (int i = 0; i < 200; i++)
        send_command(fixture, PVGPU_VFIO_GET_INFO, 0, &info, sizeof(info), NULL, 0);
    uint16_t seen = (uint16_t)(fixture->id - 200);
    for (int i = 0; i < 10; i++)
        assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
    while (receive_reply(fixture, &reply))
        assert_int_equal(reply.header.id, ++seen);
    assert_int_equal(seen, fixture->id);
}

static void test_no_reply_wanted(void **state)
{
    struct fixture *fixture = *state;
    struct reply reply;
    send_command(fixture, PVGPU_VFIO_RESET, PVGPU_VFIO_NO_REPLY, NULL, 0, NULL, 0);
    send_command(fixture, PVGPU_VFIO_RESET, PVGPU_VFIO_NO_REPLY, "x", 1, NULL, 0); /* an error, also silent */
    assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
    assert_false(receive_reply(fixture, &reply));
    assert_int_equal(fixture->recorder.resets, 1);
}

static void test_unknown_commands(void **state)
{
    static const uint16_t commands[] = {
        0, PVGPU_VFIO_GET_REGION_IO_FDS, PVGPU_VFIO_DMA_READ, PVGPU_VFIO_DMA_WRITE, 14, 15, 16, 17, 18, 0x7FFF, 0xFFFF};
    int fd = ((struct fixture *)*state)->client;
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        expect_error(*state, commands[i], "abcd", 4, EOPNOTSUPP);
        expect_error_with_fds(*state, commands[i], "abcd", 4, &fd, 1, EOPNOTSUPP);
    }
}

static void test_refusals_are_rate_limited(void **state)
{
    struct fixture *fixture = *state;
    for (int i = 0; i < 1000; i++)
        expect_error(fixture, 99, NULL, 0, EOPNOTSUPP);
    const char *text = end_capture(&fixture->capture);
    int lines = 0;
    for (const char *at = text; (at = strstr(at, "refused")); at++)
        lines++;
    begin_capture(&fixture->capture);
    assert_in_range(lines, 10, 20);
}

static void test_client_leaves(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(send(fixture->client, "abc", 3, 0), 3);
    shutdown(fixture->client, SHUT_WR);
    assert_int_equal(dispatch(fixture), PVGPU_LINK_ENDED);
    expect_log(fixture, "in the middle of a message");
}

static void test_client_leaves_with_descriptors_under_way(void **state)
{
    struct fixture *fixture = *state;
    int fd = fixture->client;
    assert_int_equal(send_with_fds(fixture->client, "abc", 3, &fd, 1), 3);
    assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN); /* the tear-down counts descriptors */
}

/* Replies that nobody reads: our side stops reading, does not spin, goes on when there is room again. */
static void test_client_does_not_read(void **state)
{
    struct fixture *fixture = *state;
    struct pvgpu_vfio_region_access access = {.region = PVGPU_VFIO_BAR2, .count = PVGPU_VFIO_MAX_TRANSFER};
    struct pvgpu_vfio_header header = {.command = PVGPU_VFIO_REGION_READ, .size = sizeof(header) + sizeof(access)};
    uint8_t bytes[sizeof(header) + sizeof(access)];
    pvgpu_handle handles[2];
    uint16_t sent = 0, seen = 0;
    while (fixture->link->ops->wait_handles(fixture->link, handles) == 1) {
        header.id = ++sent;
        memcpy(bytes, &header, sizeof(header));
        memcpy(bytes + sizeof(header), &access, sizeof(access));
        assert_int_equal(send(fixture->client, bytes, sizeof(bytes), MSG_DONTWAIT), sizeof(bytes));
        assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
        assert_in_range(sent, 1, 5000);
    }
    uint64_t deadline = fixture->link->ops->deadline_ns(fixture->link);
    assert_true(pvgpu_time_left_ns(deadline) <= 64 * PVGPU_NS_PER_MS);
    struct reply reply;
    while (receive_reply(fixture, &reply)) {
        assert_int_equal(reply.header.id, ++seen);
        assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
    }
    assert_int_equal(seen, sent);
    assert_true(fixture->link->ops->deadline_ns(fixture->link) == PVGPU_NO_TIMEOUT);
}

/* ---- Guest memory, which we do not use --------------------------------------------------------------------------- */

static void test_dma_map(void **state)
{
    struct fixture *fixture = *state;
    struct reply reply;
    int fds[2] = {fixture->client, 2};
    struct pvgpu_vfio_dma_map map = {.argsz = sizeof(map), .flags = 3, .address = 0x100000, .size = 0x1000};
    call(fixture, PVGPU_VFIO_DMA_MAP, &map, sizeof(map), &reply, 0);
    int before = count_fds();
    map.address += 0x1000;
    call_with_fds(fixture, PVGPU_VFIO_DMA_MAP, &map, sizeof(map), fds, 1, &reply);
    assert_int_equal(reply.header.flags, PVGPU_VFIO_TYPE_REPLY);
    map.address += 0x1000;
    call(fixture, PVGPU_VFIO_DMA_MAP, &map, sizeof(map), &reply, 0); /* descriptors go at the next message */
    assert_int_equal(count_fds(), before);
    map.address += 0x1000;
    expect_error_with_fds(fixture, PVGPU_VFIO_DMA_MAP, &map, sizeof(map), fds, 2, EINVAL);
    expect_exact_size(fixture, PVGPU_VFIO_DMA_MAP, &map, sizeof(map));
    map.address = UINT64_MAX - 0xFFE;
    expect_error(fixture, PVGPU_VFIO_DMA_MAP, &map, sizeof(map), EINVAL);
    map.address = UINT64_MAX - 0xFFF;
    call(fixture, PVGPU_VFIO_DMA_MAP, &map, sizeof(map), &reply, 0);
    map.size = 0;
    expect_error(fixture, PVGPU_VFIO_DMA_MAP, &map, sizeof(map), EINVAL);
    map = (struct pvgpu_vfio_dma_map){.argsz = sizeof(map) - 1, .size = 1};
    expect_error(fixture, PVGPU_VFIO_DMA_MAP, &map, sizeof(map), EINVAL);
    map = (struct pvgpu_vfio_dma_map){.argsz = sizeof(map), .flags = 4, .size = 1};
    expect_error(fixture, PVGPU_VFIO_DMA_MAP, &map, sizeof(map), EINVAL);
}

static void map_range(struct fixture *fixture, uint64_t address, uint64_t size, uint32_t error)
{
    struct reply reply;
    struct pvgpu_vfio_dma_map map = {.argsz = sizeof(map), .address = address, .size = size};
    call_with_fds(fixture, PVGPU_VFIO_DMA_MAP, &map, sizeof(map), NULL, 0, &reply);
    assert_int_equal(reply.header.error, error);
}

static void unmap_range(struct fixture *fixture, uint32_t flags, uint64_t address, uint64_t size, uint32_t error)
{
    struct reply reply;
    struct pvgpu_vfio_dma_unmap unmap = {.argsz = sizeof(unmap), .flags = flags, .address = address, .size = size};
    call_with_fds(fixture, PVGPU_VFIO_DMA_UNMAP, &unmap, sizeof(unmap), NULL, 0, &reply);
    assert_int_equal(reply.header.error, error);
}

/* A map over one that is there, by whatever part, is refused, and leaves that one as it was. */
static void test_dma_overlap(void **state)
{
    struct fixture *fixture = *state;
    map_range(fixture, 0x2000, 0x2000, 0);
    map_range(fixture, 0x6000, 0x1000, 0);
    static const struct {
        uint64_t address, size;
    } over[] = {{0x2000, 0x2000}, {0x1000, 0x1001}, {0x3FFF, 1},      {0x2800, 0x10},
                {0x1000, 0x8000}, {0x3000, 0x3001}, {0x6FFF, 0x1000}, {0, UINT64_MAX}};
    for (size_t i = 0; i < sizeof(over) / sizeof(over[0]); i++)
        map_range(fixture, over[i].address, over[i].size, EEXIST);
    map_range(fixture, 0x4000, 0x2000, 0); /* exactly between */
    map_range(fixture, 0, 0x2000, 0);
    map_range(fixture, 0x7000, UINT64_MAX - 0x6FFF, 0); /* to the end of the address space */
    map_range(fixture, UINT64_MAX, 1, EEXIST);
    unmap_range(fixture, 0, 0x4000, 0x2000, 0);
    map_range(fixture, 0x4000, 0x2000, 0);
}

static void test_dma_unmap_of_parts(void **state)
{
    struct fixture *fixture = *state;
    for (uint64_t i = 0; i < 4; i++)
        map_range(fixture, 0x10000 + 0x2000 * i, 0x1000, 0);
    unmap_range(fixture, 0, 0x10000, 0x800, ENOENT);
    unmap_range(fixture, 0, 0x10800, 0x800, ENOENT);
    unmap_range(fixture, 0, 0x10800, 0x2000, ENOENT);
    unmap_range(fixture, 0, 0x0F000, 0x1800, ENOENT);
    unmap_range(fixture, 0, 0x10000, 0, EINVAL);
    unmap_range(fixture, 0, UINT64_MAX, 2, EINVAL);
    for (uint64_t i = 0; i < 4; i++)
        map_range(fixture, 0x10000 + 0x2000 * i, 0x1000, EEXIST); /* all still there */
    unmap_range(fixture, 0, 0x11000, 0x1000, 0); /* between two: nothing */
    unmap_range(fixture, 0, 0x11000, 0x4000, 0); /* the second and the third */
    map_range(fixture, 0x12000, 0x1000, 0);
    map_range(fixture, 0x14000, 0x1000, 0);
    map_range(fixture, 0x10000, 0x1000, EEXIST);
    map_range(fixture, 0x16000, 0x1000, EEXIST);
    unmap_range(fixture, PVGPU_VFIO_UNMAP_ALL, 0x1000, 0, EINVAL);
    unmap_range(fixture, PVGPU_VFIO_UNMAP_ALL, 0, 0x1000, EINVAL);
    unmap_range(fixture, PVGPU_VFIO_UNMAP_ALL, 0, 0, 0);
    for (uint64_t i = 0; i < 4; i++)
        map_range(fixture, 0x10000 + 0x2000 * i, 0x1000, 0);
}

/* A guest with an IOMMU of its own can make maps without end. */
static void test_dma_limit(void **state)
{
    struct fixture *fixture = *state;
    for (uint64_t i = 0; i < PVGPU_VFIO_MAX_DMA_MAPS; i++)
        map_range(fixture, 0x1000 * i, 0x1000, 0);
    map_range(fixture, 0x1000 * (uint64_t)PVGPU_VFIO_MAX_DMA_MAPS, 0x1000, ENOSPC);
    unmap_range(fixture, 0, 0x5000, 0x1000, 0);
    map_range(fixture, 0x1000 * (uint64_t)PVGPU_VFIO_MAX_DMA_MAPS, 0x1000, 0);
    map_range(fixture, 0x5000, 0x1000, ENOSPC);
    unmap_range(fixture, 0, 0, UINT64_MAX, 0);
    map_range(fixture, 0x5000, 0x1000, 0);
}

static void test_dma_unmap(void **state)
{
    struct fixture *fixture = *state;
    struct reply reply;
    struct pvgpu_vfio_dma_unmap unmap = {.argsz = sizeof(unmap), .address = 0x100000, .size = 0x1000};
    call(fixture, PVGPU_VFIO_DMA_UNMAP, &unmap, sizeof(unmap), &reply, sizeof(unmap));
    assert_memory_equal(reply.payload, &unmap, sizeof(unmap));
    expect_exact_size(fixture, PVGPU_VFIO_DMA_UNMAP, &unmap, sizeof(unmap));
    unmap.flags = PVGPU_VFIO_UNMAP_DIRTY_BITMAP;
    expect_error(fixture, PVGPU_VFIO_DMA_UNMAP, &unmap, sizeof(unmap), EOPNOTSUPP);
    unmap.flags = 4;
    expect_error(fixture, PVGPU_VFIO_DMA_UNMAP, &unmap, sizeof(unmap), EINVAL);
    unmap = (struct pvgpu_vfio_dma_unmap){.argsz = sizeof(unmap), .flags = PVGPU_VFIO_UNMAP_ALL};
    call(fixture, PVGPU_VFIO_DMA_UNMAP, &unmap, sizeof(unmap), &reply, sizeof(unmap));
    unmap.argsz = 0;
    expect_error(fixture, PVGPU_VFIO_DMA_UNMAP, &unmap, sizeof(unmap), EINVAL);
}

/* More descriptors than we take, on a command that takes none and on one that does. */
static void test_too_many_descriptors(void **state)
{
    struct fixture *fixture = *state;
    int fds[PVGPU_VFIO_MAX_FDS + 8];
    struct pvgpu_vfio_info info = {.argsz = sizeof(info)};
    struct pvgpu_vfio_dma_map map = {.argsz = sizeof(map), .size = 1};
    int before = count_fds();
    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
        fds[i] = fixture->client;
    expect_error_with_fds(fixture, PVGPU_VFIO_GET_INFO, &info, sizeof(info), fds, 1, EINVAL);
    expect_error_with_fds(fixture, PVGPU_VFIO_DMA_MAP, &map, sizeof(map), fds, PVGPU_VFIO_MAX_FDS, EINVAL);
    expect_error_with_fds(fixture, PVGPU_VFIO_DMA_MAP, &map, sizeof(map), fds, PVGPU_VFIO_MAX_FDS + 8, EINVAL);
    call(fixture, PVGPU_VFIO_DMA_MAP, &map, sizeof(map), &(struct reply){.fd = -1}, 0); /* none of them was mapped */
    struct reply reply;
    call(fixture, PVGPU_VFIO_GET_INFO, &info, sizeof(info), &reply, sizeof(info));
    assert_int_equal(count_fds(), before);
}

/* Descriptors that come with header and payload of one message add up. */
static void test_descriptors_in_two_parts(void **state)
{
    struct fixture *fixture = *state;
    int fds[PVGPU_VFIO_MAX_FDS];
    struct pvgpu_vfio_dma_map map = {.argsz = sizeof(map), .size = 1};
    struct pvgpu_vfio_header header = {.command = PVGPU_VFIO_DMA_MAP, .size = sizeof(header) + sizeof(map)};
    struct reply reply;
    int before = count_fds();
    for (size_t i = 0; i < PVGPU_VFIO_MAX_FDS; i++)
        fds[i] = fixture->client;
    send_with_fds(fixture->client, &header, sizeof(header), fds, PVGPU_VFIO_MAX_FDS);
    send_with_fds(fixture->client, &map, sizeof(map), fds, 3);
    assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
    assert_true(receive_reply(fixture, &reply));
    assert_int_equal(reply.header.error, EINVAL);
    call(fixture, PVGPU_VFIO_DMA_MAP, &map, sizeof(map), &reply, 0);
    assert_int_equal(count_fds(), before);
}

/* This process may have no more descriptors: the system drops what came, and we do not take the rest for the whole. */
static void test_descriptors_lost(void **state)
{
    struct fixture *fixture = *state;
    struct pvgpu_vfio_dma_map map = {.argsz = sizeof(map), .size = 1};
    struct rlimit old, low;
    int next = dup(fixture->client);
    close(next);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    low = old;
    low.rlim_cur = (rlim_t)next;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    struct reply reply;
    call_with_fds(fixture, PVGPU_VFIO_DMA_MAP, &map, sizeof(map), &fixture->client, 1, &reply);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    assert_int_equal(reply.header.error, EINVAL);
    call(fixture, PVGPU_VFIO_DMA_MAP, &map, sizeof(map), &reply, 0);
}

/* ---- Description ------------------------------------------------------------------------------------------------- */

static void test_get_info(void **state)
{
    struct fixture *fixture = *state;
    struct reply reply;
    struct pvgpu_vfio_info info = {.argsz = sizeof(info)};
    call(fixture, PVGPU_VFIO_GET_INFO, &info, sizeof(info), &reply, sizeof(info));
    memcpy(&info, reply.payload, sizeof(info));
    assert_int_equal(info.flags, PVGPU_VFIO_INFO_RESET | PVGPU_VFIO_INFO_PCI);
    assert_int_equal(info.regions, 9);
    assert_int_equal(info.irqs, 5);
    expect_exact_size(fixture, PVGPU_VFIO_GET_INFO, &info, sizeof(info));
    info.argsz = sizeof(info) - 1;
    expect_error(fixture, PVGPU_VFIO_GET_INFO, &info, sizeof(info), EINVAL);
}

static void test_get_region_info(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        uint64_t size;
        uint32_t flags;
    } expected[9] = {
        [0] = {0x1000, BOTH_READ_WRITE},
        [1] = {0x1000, BOTH_READ_WRITE},
        [2] = {SHMEM_BYTES, BOTH_READ_WRITE | PVGPU_VFIO_REGION_MAPPABLE},
        [7] = {256, BOTH_READ_WRITE},
    };
    struct reply reply;
    struct pvgpu_vfio_region_info info = {.argsz = sizeof(info)};
    for (uint32_t i = 0; i < 9; i++) {
        info = (struct pvgpu_vfio_region_info){.argsz = sizeof(info), .index = i};
        call(fixture, PVGPU_VFIO_GET_REGION_INFO, &info, sizeof(info), &reply, sizeof(info));
        memcpy(&info, reply.payload, sizeof(info));
        assert_int_equal(info.index, i);
        assert_int_equal(info.size, expected[i].size);
        assert_int_equal(info.flags, expected[i].flags);
        assert_int_equal(info.offset, 0);
        assert_int_equal(info.cap_offset, 0);
        assert_int_equal(reply.fd >= 0, i == 2);
        if (reply.fd >= 0)
            close(reply.fd);
    }
    static const uint32_t bad[] = {9, 10, UINT32_MAX};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        info = (struct pvgpu_vfio_region_info){.argsz = sizeof(info), .index = bad[i]};
        expect_error(fixture, PVGPU_VFIO_GET_REGION_INFO, &info, sizeof(info), EINVAL);
    }
    info = (struct pvgpu_vfio_region_info){.argsz = sizeof(info)};
    expect_exact_size(fixture, PVGPU_VFIO_GET_REGION_INFO, &info, sizeof(info));
    info.argsz = sizeof(info) - 1;
    expect_error(fixture, PVGPU_VFIO_GET_REGION_INFO, &info, sizeof(info), EINVAL);
}

static void test_shared_memory(void **state)
{
    struct fixture *fixture = *state;
    struct reply reply;
    struct pvgpu_vfio_region_info info = {.argsz = sizeof(info), .index = 2};
    call(fixture, PVGPU_VFIO_GET_REGION_INFO, &info, sizeof(info), &reply, sizeof(info));
    uint8_t *ours = fixture->recorder.memory->base;
    uint8_t *theirs = mmap(NULL, SHMEM_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, reply.fd, 0);
    assert_ptr_not_equal(theirs, MAP_FAILED);
    assert_memory_equal(theirs, "PGVP", 4);
    theirs[SHMEM_BYTES - 1] = 42;
    ours[SHMEM_BYTES - 2] = 43;
    assert_int_equal(ours[SHMEM_BYTES - 1], 42);
    assert_int_equal(theirs[SHMEM_BYTES - 2], 43);
    assert_int_not_equal(ftruncate(reply.fd, 4096), 0); /* sealed: no peer can make our accesses fault */
    /* The same memory through messages, for a client that does not map. */
    assert_int_equal(read_region(fixture, 2, SHMEM_BYTES - 2, 2), 43 | 42 << 8);
    write_region(fixture, 2, SHMEM_BYTES - 8, 8, UINT64_C(0x8877665544332211));
    assert_int_equal(ours[SHMEM_BYTES - 8], 0x11);
    munmap(theirs, SHMEM_BYTES);
    close(reply.fd);
}

static void test_get_irq_info(void **state)
{
    struct fixture *fixture = *state;
    struct reply reply;
    struct pvgpu_vfio_irq_info info;
    for (uint32_t i = 0; i < 5; i++) {
        info = (struct pvgpu_vfio_irq_info){.argsz = sizeof(info), .index = i};
        call(fixture, PVGPU_VFIO_GET_IRQ_INFO, &info, sizeof(info), &reply, sizeof(info));
        memcpy(&info, reply.payload, sizeof(info));
        assert_int_equal(info.index, i);
        assert_int_equal(info.count, i == PVGPU_VFIO_IRQ_MSIX ? 2 : i == PVGPU_VFIO_IRQ_INTX ? 1 : 0);
        assert_int_equal(info.flags, i == PVGPU_VFIO_IRQ_MSIX   ? PVGPU_VFIO_IRQ_EVENTFD
                                     : i == PVGPU_VFIO_IRQ_INTX ? 7 /* also maskable, and masks itself */
                                                                : 0);
    }
    expect_exact_size(fixture, PVGPU_VFIO_GET_IRQ_INFO, &info, sizeof(info));
    info = (struct pvgpu_vfio_irq_info){.argsz = sizeof(info), .index = 5};
    expect_error(fixture, PVGPU_VFIO_GET_IRQ_INFO, &info, sizeof(info), EINVAL);
    info = (struct pvgpu_vfio_irq_info){.argsz = 15, .index = 2};
    expect_error(fixture, PVGPU_VFIO_GET_IRQ_INFO, &info, sizeof(info), EINVAL);
}

/* ---- Anything at all --------------------------------------------------------------------------------------------- */

/* A well-formed request of the command, with numbers from a set that reaches most cases. */
static size_t valid_payload(uint64_t *seed, uint16_t command, uint8_t *payload)
{
    static const uint32_t registers[] = {0, 4, 0x0C, 0x10, 0x14, 0x18, 0x1C, 0x24, 0x28, 0xFFC};
    const uint32_t counts[] = {1, 2, 4, 8};
    uint32_t index = random_u32(seed) % 5, count = counts[random_u32(seed) % 4];
    struct pvgpu_vfio_region_access access = {.region = random_u32(seed) % 9, .count = count};
    access.offset = registers[random_u32(seed) % 10] & ~(count - 1);
    struct pvgpu_vfio_irq_set set = {20, (1u << random_u32(seed) % 3) | PVGPU_VFIO_SET_ACTION_TRIGGER,
                                     PVGPU_VFIO_IRQ_MSIX, random_u32(seed) % 2, random_u32(seed) % 3};
    struct pvgpu_vfio_region_info region = {.argsz = sizeof(region), .index = random_u32(seed) % 9};
    struct pvgpu_vfio_irq_info irq = {.argsz = sizeof(irq), .index = index};
    struct pvgpu_vfio_dma_map map = {.argsz = sizeof(map), .address = random_u32(seed), .size = 4096};
    struct pvgpu_vfio_dma_unmap unmap = {.argsz = sizeof(unmap), .address = random_u32(seed), .size = 4096};
    const struct {
        const void *bytes;
        size_t size, extra; /* what follows, random */
    } requests[16] = {
        [PVGPU_VFIO_VERSION] = {"\0\0\0", 4, 0},
        [PVGPU_VFIO_DMA_MAP] = {&map, sizeof(map), 0},
        [PVGPU_VFIO_DMA_UNMAP] = {&unmap, sizeof(unmap), 0},
        [PVGPU_VFIO_GET_INFO] = {&irq, sizeof(irq), 0},
        [PVGPU_VFIO_GET_REGION_INFO] = {&region, sizeof(region), 0},
        [PVGPU_VFIO_GET_IRQ_INFO] = {&irq, sizeof(irq), 0},
        [PVGPU_VFIO_SET_IRQS] = {&set, sizeof(set), set.flags & PVGPU_VFIO_SET_DATA_BOOL ? set.count : 0},
        [PVGPU_VFIO_REGION_READ] = {&access, sizeof(access), 0},
        [PVGPU_VFIO_REGION_WRITE] = {&access, sizeof(access), access.count},
    };
    if (requests[command].size)
        memcpy(payload, requests[command].bytes, requests[command].size);
    for (size_t i = 0; i < requests[command].extra; i++)
        payload[requests[command].size + i] = (uint8_t)random_u32(seed);
    return requests[command].size + requests[command].extra;
}

/* Changes a word, a byte or the length. */
static size_t mutate(uint64_t *seed, uint8_t *payload, size_t size)
{
    static const uint32_t words[] = {0, 1, 2, 3, 7, 8, 0x1000, 0x1001, 0x7FFFFFFF, 0xFFFFFFFF};
    uint32_t word = words[random_u32(seed) % 10];
    switch (random_u32(seed) % 4) {
    case 0:
        if (size >= 4)
            memcpy(payload + random_u32(seed) % (size / 4) * 4, &word, sizeof(word));
        return size;
    case 1:
        if (size)
            payload[random_u32(seed) % size] = (uint8_t)random_u32(seed);
        return size;
    case 2:
        return random_u32(seed) % (size + 1);
    default:
        payload[size] = (uint8_t)random_u32(seed);
        return size + 1;
    }
}

static void test_random_messages(void **state)
{
    struct fixture *fixture = *state;
    uint64_t seed = 20240611;
    uint8_t payload[256];
    unsigned errors = 0, successes = 0, restarts = 0;
    int event = make_event();
    for (int i = 0; i < 200000; i++) {
        uint16_t command = (uint16_t)(random_u32(&seed) % 16);
        int fds[3] = {event, fixture->client, event};
        size_t size = valid_payload(&seed, command, payload);
        while (random_u32(&seed) % 2)
            size = mutate(&seed, payload, size);
        size_t fd_count = random_u32(&seed) % 8 == 0 ? 1 + random_u32(&seed) % 3 : 0;
        struct reply reply;
        if (random_u32(&seed) % 4096 == 0)
            send(fixture->client, payload, size, MSG_NOSIGNAL | MSG_DONTWAIT); /* framing lost, sooner or later */
        send_command(fixture, command, 0, payload, size, fds, fd_count);
        enum pvgpu_link_state link_state = dispatch(fixture);
        fixture->link->ops->interrupt(fixture->link, random_u32(&seed) % 2);
        while (receive_reply(fixture, &reply)) {
            errors += reply.header.error != 0;
            successes += reply.header.error == 0;
            if (reply.fd >= 0)
                close(reply.fd);
        }
        if (link_state == PVGPU_LINK_ENDED || random_u32(&seed) % 8192 == 0) {
            restarts++;
            stop(fixture);
            start(fixture);
            greet(fixture);
        }
        if (i % 4096 == 0)
            assert_int_equal(ftruncate(fixture->capture.file, 0), 0);
    }
    close(event);
    assert_true(errors > 50000 && successes > 50000 && restarts > 10);
}

int main(void)
{
#define BARE(name) cmocka_unit_test_setup_teardown(name, setup_bare, teardown)
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        BARE(test_version),
        BARE(test_version_without_text),
        BARE(test_version_malformed),
        BARE(test_version_of_another_major),
        BARE(test_session_refuses),
        BARE(test_other_commands_before_version),
        BARE(test_silent_client_is_dropped),
        TEST(test_size_below_header),
        TEST(test_size_too_large),
        TEST(test_size_huge),
        TEST(test_reply_from_client),
        TEST(test_byte_by_byte),
        TEST(test_pipelined),
        TEST(test_no_reply_wanted),
        TEST(test_unknown_commands),
        TEST(test_refusals_are_rate_limited),
        TEST(test_client_leaves),
        TEST(test_client_leaves_with_descriptors_under_way),
        TEST(test_client_does_not_read),
        TEST(test_dma_map),
        TEST(test_dma_unmap),
        TEST(test_dma_overlap),
        TEST(test_dma_unmap_of_parts),
        TEST(test_dma_limit),
        TEST(test_too_many_descriptors),
        TEST(test_descriptors_in_two_parts),
        TEST(test_descriptors_lost),
        TEST(test_get_info),
        TEST(test_get_region_info),
        TEST(test_shared_memory),
        TEST(test_get_irq_info),
        TEST(test_random_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
