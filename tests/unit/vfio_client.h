/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A vfio-user client for tests of the link. Link and client live in one thread: a command is sent, the link dispatched,
 * the reply received. Standard error is captured while a test runs; every test checks that no descriptor is left.
 */
#ifndef TESTS_VFIO_CLIENT_H
#define TESTS_VFIO_CLIENT_H

#include "link_support.h"

#include "base/time.h"
#include "link/vfio_user_device.h"
#include "link/vfio_user_wire.h"

#include <errno.h>
#include <stdio.h>
#include <sys/eventfd.h>

#define SHMEM_BYTES PVGPU_MIN_SHMEM_BYTES
#define BOTH_READ_WRITE (PVGPU_VFIO_REGION_READABLE | PVGPU_VFIO_REGION_WRITABLE)

static const struct pvgpu_pci_identity standard_identity = {
    .vendor = PVGPU_PCI_VENDOR,
    .device = PVGPU_PCI_DEVICE,
    .subsystem_vendor = PVGPU_PCI_SUBSYSTEM_VENDOR,
    .subsystem = PVGPU_PCI_SUBSYSTEM,
    .class_code = PVGPU_PCI_CLASS,
};

static const struct pvgpu_log log_info = {.level = PVGPU_LOG_INFO, .target = "test"};

struct fixture {
    struct pvgpu_link *link;
    struct recorder recorder;
    int client;
    uint16_t id; /* of the last command */
    int fds; /* open before the test */
    struct capture capture;
};

struct reply {
    struct pvgpu_vfio_header header;
    uint8_t payload[8192];
    int fd; /* -1: none came */
};

static inline void start_as(struct fixture *fixture, const struct pvgpu_pci_identity *identity)
{
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    struct pvgpu_stream *stream = pvgpu_stream_adopt(pair[0]);
    assert_non_null(stream);
    fixture->client = pair[1];
    fixture->recorder = (struct recorder){.client = pair[1]};
    struct pvgpu_link_events events = recorder_events(&fixture->recorder);
    fixture->link = pvgpu_link_vfio_user_create(stream, identity, SHMEM_BYTES, &events, &log_info);
    assert_non_null(fixture->link);
}

static inline void start(struct fixture *fixture)
{
    start_as(fixture, &standard_identity);
}

static inline void stop(struct fixture *fixture)
{
    fixture->link->ops->destroy(fixture->link);
    close(fixture->client);
}

static inline int setup_bare(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    fixture->fds = count_fds();
    begin_capture(&fixture->capture);
    start(fixture);
    *state = fixture;
    return 0;
}

static inline int teardown(void **state)
{
    struct fixture *fixture = *state;
    stop(fixture);
    end_capture(&fixture->capture);
    int left = count_fds() - fixture->fds;
    if (left)
        fprintf(stderr, "left behind: %d descriptors\n", left);
    free(fixture);
    return left ? -1 : 0;
}

static inline enum pvgpu_link_state dispatch(struct fixture *fixture)
{
    return fixture->link->ops->dispatch(fixture->link);
}

static inline ssize_t send_with_fds(int socket, const void *bytes, size_t size, const int *fds, size_t fd_count)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int) * 64)];
    } control = {0};
    struct iovec span = {.iov_base = (void *)bytes, .iov_len = size};
    struct msghdr message = {.msg_iov = &span, .msg_iovlen = 1};
    if (fd_count) {
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
        struct cmsghdr *item = CMSG_FIRSTHDR(&message);
        item->cmsg_level = SOL_SOCKET;
        item->cmsg_type = SCM_RIGHTS;
        item->cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
        memcpy(CMSG_DATA(item), fds, sizeof(int) * fd_count);
    }
    return sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static inline void send_command(struct fixture *fixture, uint16_t command, uint32_t flags, const void *payload,
                                size_t size, const int *fds, size_t fd_count)
{
    uint8_t bytes[8192];
    struct pvgpu_vfio_header header = {
        .id = ++fixture->id,
        .command = command,
        .size = (uint32_t)(sizeof(header) + size),
        .flags = flags,
    };
    memcpy(bytes, &header, sizeof(header));
    if (size && payload)
        memcpy(bytes + sizeof(header), payload, size);
    assert_int_equal(send_with_fds(fixture->client, bytes, header.size, fds, fd_count), header.size);
}

/* False when nothing was sent. */
static inline bool receive_reply(struct fixture *fixture, struct reply *reply)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int) * 4)];
    } control;
    struct iovec span = {.iov_base = &reply->header, .iov_len = sizeof(reply->header)};
    struct msghdr message = {
        .msg_iov = &span, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof(control.bytes)};
    reply->fd = -1;
    ssize_t count = recvmsg(fixture->client, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (count <= 0)
        return false;
    assert_int_equal(count, sizeof(reply->header));
    struct cmsghdr *item = CMSG_FIRSTHDR(&message);
    if (item) {
        assert_int_equal(item->cmsg_len, CMSG_LEN(sizeof(int)));
        memcpy(&reply->fd, CMSG_DATA(item), sizeof(int));
    }
    size_t rest = reply->header.size - sizeof(reply->header);
    assert_in_range(reply->header.size, sizeof(reply->header), sizeof(reply->header) + sizeof(reply->payload));
    if (rest)
        assert_int_equal(recv(fixture->client, reply->payload, rest, MSG_DONTWAIT), rest);
    return true;
}

static inline void call_with_fds(struct fixture *fixture, uint16_t command, const void *payload, size_t size,
                                 const int *fds, size_t fd_count, struct reply *reply)
{
    send_command(fixture, command, 0, payload, size, fds, fd_count);
    assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
    assert_true(receive_reply(fixture, reply));
    assert_int_equal(reply->header.id, fixture->id);
    assert_int_equal(reply->header.command, command);
}

/* The command succeeds, and its reply's payload has this size. */
static inline void call(struct fixture *fixture, uint16_t command, const void *payload, size_t size,
                        struct reply *reply, size_t reply_size)
{
    call_with_fds(fixture, command, payload, size, NULL, 0, reply);
    assert_int_equal(reply->header.flags, PVGPU_VFIO_TYPE_REPLY);
    assert_int_equal(reply->header.error, 0);
    assert_int_equal(reply->header.size, sizeof(reply->header) + reply_size);
}

static inline void expect_error_with_fds(struct fixture *fixture, uint16_t command, const void *payload, size_t size,
                                         const int *fds, size_t fd_count, uint32_t error)
{
    struct reply reply;
    call_with_fds(fixture, command, payload, size, fds, fd_count, &reply);
    assert_int_equal(reply.header.flags, PVGPU_VFIO_TYPE_REPLY | PVGPU_VFIO_ERROR);
    assert_int_equal(reply.header.error, error);
    assert_int_equal(reply.header.size, sizeof(reply.header));
    assert_int_equal(reply.fd, -1);
}

static inline void expect_error(struct fixture *fixture, uint16_t command, const void *payload, size_t size,
                                uint32_t error)
{
    expect_error_with_fds(fixture, command, payload, size, NULL, 0, error);
}

/* One byte short, one byte long, nothing at all: all refused. */
static inline void expect_exact_size(struct fixture *fixture, uint16_t command, const void *payload, size_t size)
{
    uint8_t longer[256] = {0};
    memcpy(longer, payload, size);
    expect_error(fixture, command, payload, size - 1, EINVAL);
    expect_error(fixture, command, longer, size + 1, EINVAL);
    expect_error(fixture, command, NULL, 0, EINVAL);
}

static inline void expect_log(struct fixture *fixture, const char *words)
{
    const char *text = end_capture(&fixture->capture);
    bool found = strstr(text, words) != NULL;
    if (!found)
        fprintf(stderr, "\"%s\" lacks \"%s\"\n", text, words);
    begin_capture(&fixture->capture);
    assert_true(found);
}

static const uint8_t version_payload[] = "\0\0\0\0{\"capabilities\":{\"max_msg_fds\":16}}";

static inline void greet(struct fixture *fixture)
{
    struct reply reply;
    call_with_fds(fixture, PVGPU_VFIO_VERSION, version_payload, sizeof(version_payload), NULL, 0, &reply);
    assert_int_equal(reply.header.flags, PVGPU_VFIO_TYPE_REPLY);
    assert_int_equal(fixture->recorder.attached, 1);
}

static inline int setup(void **state)
{
    setup_bare(state);
    greet(*state);
    return 0;
}

static inline uint64_t read_region(struct fixture *fixture, uint32_t region, uint64_t offset, uint32_t count)
{
    struct reply reply;
    struct pvgpu_vfio_region_access access = {.offset = offset, .region = region, .count = count};
    call(fixture, PVGPU_VFIO_REGION_READ, &access, sizeof(access), &reply, sizeof(access) + count);
    assert_memory_equal(reply.payload, &access, sizeof(access));
    uint64_t value = 0;
    memcpy(&value, reply.payload + sizeof(access), count);
    return value;
}

static inline void write_region(struct fixture *fixture, uint32_t region, uint64_t offset, uint32_t count,
                                uint64_t value)
{
    struct reply reply;
    struct pvgpu_vfio_region_access access = {.offset = offset, .region = region, .count = count};
    uint8_t payload[sizeof(access) + 8];
    memcpy(payload, &access, sizeof(access));
    memcpy(payload + sizeof(access), &value, count);
    call(fixture, PVGPU_VFIO_REGION_WRITE, payload, sizeof(access) + count, &reply, sizeof(access));
    assert_memory_equal(reply.payload, &access, sizeof(access));
}

static inline uint32_t read_bar0(struct fixture *fixture, uint32_t offset)
{
    return (uint32_t)read_region(fixture, PVGPU_VFIO_BAR0, offset, 4);
}

static inline void write_bar0(struct fixture *fixture, uint32_t offset, uint32_t value)
{
    write_region(fixture, PVGPU_VFIO_BAR0, offset, 4, value);
}

static inline uint32_t read_config(struct fixture *fixture, uint32_t offset, uint32_t count)
{
    return (uint32_t)read_region(fixture, PVGPU_VFIO_CONFIG, offset, count);
}

static inline int make_event(void)
{
    int event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    assert_true(event >= 0);
    return event;
}

/* Signals since the last look. */
static inline uint64_t take_signals(int event)
{
    uint64_t value = 0;
    return read(event, &value, sizeof(value)) == sizeof(value) ? value : 0;
}

static inline void raise_vector(struct fixture *fixture, uint32_t vector)
{
    fixture->link->ops->interrupt(fixture->link, vector);
}

/* SET_IRQS with all flags given, which succeeds. */
static inline void set_irqs_of(struct fixture *fixture, uint32_t index, uint32_t flags, uint32_t start, uint32_t count,
                               const int *fds, size_t fd_count)
{
    struct reply reply;
    struct pvgpu_vfio_irq_set set = {sizeof(set), flags, index, start, count};
    call_with_fds(fixture, PVGPU_VFIO_SET_IRQS, &set, sizeof(set), fds, fd_count, &reply);
    assert_int_equal(reply.header.flags, PVGPU_VFIO_TYPE_REPLY);
    assert_int_equal(reply.header.size, sizeof(reply.header));
}

/* SET_IRQS of one interrupt with one boolean. */
static inline void set_irq_bool(struct fixture *fixture, uint32_t index, uint32_t action, uint32_t at, uint8_t value)
{
    struct reply reply;
    struct pvgpu_vfio_irq_set set = {sizeof(set) + 1, PVGPU_VFIO_SET_DATA_BOOL | action, index, at, 1};
    uint8_t payload[sizeof(set) + 1];
    memcpy(payload, &set, sizeof(set));
    payload[sizeof(set)] = value;
    call(fixture, PVGPU_VFIO_SET_IRQS, payload, sizeof(payload), &reply, 0);
}

#endif
