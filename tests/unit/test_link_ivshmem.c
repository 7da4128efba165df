/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The ivshmem-doorbell link against a client that reads as QEMU does, and against some that do not. */
#include "link_support.h"

#include "base/time.h"
#include "pvgpu/protocol.h"
#include "shm/control.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>

#define SHMEM_BYTES PVGPU_MIN_SHMEM_BYTES
#define MESSAGES 7u
#define VECTORS PVGPU_MSIX_VECTORS

static const struct pvgpu_log log_info = {.level = PVGPU_LOG_INFO, .target = "test"};

/* What a server says, as QEMU 11.1 takes it: number, and whether a descriptor comes along. */
static const struct {
    int64_t number;
    bool has_fd;
} expected[MESSAGES] = {
    {0, false}, /* version of the protocol */
    {0, false}, /* the id of this QEMU */
    {-1, true}, /* the memory */
    {1, true},  {1, true}, /* the host's vectors, in their order */
    {0, true},  {0, true}, /* those of this QEMU */
};

struct fixture {
    struct pvgpu_link *link;
    struct recorder recorder;
    int client;
    int fds[MESSAGES]; /* that came with the messages; -1: none */
    size_t heard; /* messages */
    void *memory; /* as the guest sees it; NULL: not mapped */
    int open_fds; /* before the test */
    struct capture capture;
};

/* The indices of what came, in `fds`. */
enum { MEMORY = 2, HOST = 3, GUEST = 5 };

static void start_with(struct fixture *fixture, int send_bytes)
{
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    if (send_bytes)
        assert_int_equal(setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &send_bytes, sizeof(send_bytes)), 0);
    struct pvgpu_stream *stream = pvgpu_stream_adopt(pair[0]);
    assert_non_null(stream);
    fixture->client = pair[1];
    fixture->recorder = (struct recorder){.client = -1};
    fixture->heard = 0;
    fixture->memory = NULL;
    for (size_t i = 0; i < MESSAGES; i++)
        fixture->fds[i] = -1;
    struct pvgpu_link_events events = recorder_events(&fixture->recorder);
    fixture->link = pvgpu_link_ivshmem_doorbell_create(stream, SHMEM_BYTES, &events, &log_info);
    assert_non_null(fixture->link);
}

static void stop(struct fixture *fixture)
{
    fixture->link->ops->destroy(fixture->link);
    if (fixture->memory)
        munmap(fixture->memory, SHMEM_BYTES);
    for (size_t i = 0; i < MESSAGES; i++) {
        if (fixture->fds[i] >= 0)
            close(fixture->fds[i]);
    }
    if (fixture->client >= 0)
        close(fixture->client);
}

static enum pvgpu_link_state dispatch(struct fixture *fixture)
{
    return fixture->link->ops->dispatch(fixture->link);
}

/* Hears one message; false: none is there. */
static bool hear(struct fixture *fixture, int64_t *number, int *fd)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(4 * sizeof(int))];
    } control;
    uint8_t bytes[8];
    struct iovec span = {.iov_base = bytes, .iov_len = sizeof(bytes)};
    struct msghdr message = {
        .msg_iov = &span, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof(control.bytes)};
    ssize_t count = recvmsg(fixture->client, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    *fd = -1;
    if (count < 0)
        return false;
    assert_int_equal(count, sizeof(bytes));
    *number = 0;
    for (size_t i = 0; i < sizeof(bytes); i++)
        *number |= (int64_t)((uint64_t)bytes[i] << (8 * i));
    struct cmsghdr *item = CMSG_FIRSTHDR(&message);
    if (!item)
        return true;
    assert_int_equal(item->cmsg_type, SCM_RIGHTS);
    assert_int_equal(item->cmsg_len, CMSG_LEN(sizeof(int)));
    memcpy(fd, CMSG_DATA(item), sizeof(*fd));
    return true;
}

/* Hears what is there and compares it with what is to come. */
static void hear_all(struct fixture *fixture)
{
    int64_t number;
    int fd;
    while (hear(fixture, &number, &fd)) {
        assert_true(fixture->heard < MESSAGES);
        assert_int_equal(number, expected[fixture->heard].number);
        assert_int_equal(fd >= 0, expected[fixture->heard].has_fd);
        fixture->fds[fixture->heard++] = fd;
    }
}

/* What QEMU does while it starts. */
static void connect_client(struct fixture *fixture)
{
    assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
    hear_all(fixture);
    assert_int_equal(fixture->heard, MESSAGES);
    fixture->memory = mmap(NULL, SHMEM_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fixture->fds[MEMORY], 0);
    assert_true(fixture->memory != MAP_FAILED);
}

static int setup_silent(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    fixture->open_fds = count_fds();
    begin_capture(&fixture->capture);
    start_with(fixture, 0);
    *state = fixture;
    return 0;
}

static int setup(void **state)
{
    setup_silent(state);
    connect_client(*state);
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    stop(fixture);
    end_capture(&fixture->capture);
    int left = count_fds() - fixture->open_fds;
    if (left)
        fprintf(stderr, "left behind: %d descriptors\n", left);
    free(fixture);
    return left ? -1 : 0;
}

static void expect_log(struct fixture *fixture, const char *words)
{
    const char *text = end_capture(&fixture->capture);
    bool found = strstr(text, words) != NULL;
    if (!found)
        fprintf(stderr, "not in the log: %s\n%s", words, text);
    begin_capture(&fixture->capture);
    assert_true(found);
}

/* Which of the two handles is ready now. */
static bool is_ready(struct fixture *fixture, size_t index)
{
    pvgpu_handle handles[2];
    assert_int_equal(fixture->link->ops->wait_handles(fixture->link, handles), 2);
    return pvgpu_handle_wait_any(&handles[index], 1, 0) != 0;
}

static void ring(struct fixture *fixture, size_t vector)
{
    const uint64_t one = 1;
    assert_int_equal(write(fixture->fds[HOST + vector], &one, sizeof(one)), sizeof(one));
}

/* How often the guest's vector was raised since the last look. */
static uint64_t raised(struct fixture *fixture, size_t vector)
{
    uint64_t count = 0;
    struct pollfd polled = {.fd = fixture->fds[GUEST + vector], .events = POLLIN};
    if (poll(&polled, 1, 0) == 1)
        assert_int_equal(read(polled.fd, &count, sizeof(count)), sizeof(count));
    return count;
}

/* ---- What is said -------------------------------------------------------------------------------------------------- */

static void test_says_everything_at_once(void **state)
{
    struct fixture *fixture = *state;
    const struct pvgpu_link_ops *ops = fixture->link->ops;
    assert_true(ops->is_silent && !ops->is_device && !ops->needs_poll);
    assert_true(ops->deadline_ns(fixture->link) == 0); /* nothing will come that makes it begin */
    assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
    hear_all(fixture);
    assert_int_equal(fixture->heard, MESSAGES);
    assert_int_equal(fixture->recorder.attached, 1);
    for (int i = 0; i < 3; i++)
        assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
    hear_all(fixture);
    assert_int_equal(fixture->heard, MESSAGES);
    assert_int_equal(fixture->recorder.attached, 1);
    expect_log(fixture, "QEMU is told of 64 MB of shared memory and 2 vectors (ivshmem-doorbell)");
}

static void expect_kind(int fd, const char *kind)
{
    char link[64], path[256] = "";
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    assert_true(readlink(link, path, sizeof(path) - 1) > 0);
    assert_non_null(strstr(path, kind));
}

static void test_descriptors(void **state)
{
    struct fixture *fixture = *state;
    expect_kind(fixture->fds[MEMORY], "memfd:pvgpu_shmem");
    for (size_t i = HOST; i < MESSAGES; i++)
        expect_kind(fixture->fds[i], "[eventfd]");
}

static void test_memory_is_sealed(void **state)
{
    struct fixture *fixture = *state;
    int fd = fixture->fds[MEMORY];
    const int seals = F_SEAL_SHRINK | F_SEAL_GROW;
    assert_int_equal(fcntl(fd, F_GET_SEALS) & seals, seals);
    assert_int_equal(ftruncate(fd, 0), -1);
    assert_int_equal(errno, EPERM);
    assert_int_equal(ftruncate(fd, SHMEM_BYTES * 2), -1);
    assert_int_equal(lseek(fd, 0, SEEK_END), SHMEM_BYTES);
}

static void test_control_region(void **state)
{
    struct fixture *fixture = *state;
    const struct pvgpu_control_region *region = fixture->memory;
    assert_ptr_not_equal(fixture->memory, fixture->recorder.memory->base);
    assert_int_equal(fixture->recorder.memory->size, SHMEM_BYTES);
    assert_int_equal(region->magic, PVGPU_MAGIC);
    assert_int_equal(region->heap_bytes, SHMEM_BYTES - PVGPU_DEFAULT_HEAP_OFFSET);
    assert_int_equal(region->extension.version, PVGPU_EXTENSION_1);
    assert_int_equal(region->extension.link, PVGPU_LINK_ID_IVSHMEM_DOORBELL);
    assert_int_equal(region->extension.vectors, VECTORS);
    assert_int_equal(region->extension.host_peer, 1);
    assert_int_equal(region->extension.generation, 0); /* the session's */
}

static void test_session_refuses(void **state)
{
    struct fixture *fixture = *state;
    fixture->recorder.refuse = true;
    assert_int_equal(dispatch(fixture), PVGPU_LINK_ENDED);
    hear_all(fixture);
    assert_int_equal(fixture->heard, 0);
}

/* ---- Doorbells and interrupts --------------------------------------------------------------------------------------- */

static void test_each_vector_rings(void **state)
{
    struct fixture *fixture = *state;
    for (size_t vector = 0; vector < VECTORS; vector++) {
        assert_false(is_ready(fixture, 1));
        ring(fixture, vector);
        assert_true(is_ready(fixture, 1));
        assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
        assert_int_equal(fixture->recorder.doorbells, vector + 1);
        assert_false(is_ready(fixture, 1));
    }
    assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
    assert_int_equal(fixture->recorder.doorbells, VECTORS);
    assert_int_equal(fixture->recorder.resets, 0);
}

static void test_doorbells_coalesce(void **state)
{
    struct fixture *fixture = *state;
    for (size_t i = 0; i < 1000; i++)
        ring(fixture, i % VECTORS);
    assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
    assert_int_equal(fixture->recorder.doorbells, 1);
    assert_false(is_ready(fixture, 1));
}

/* As fast as it goes: 64 at once, then one in 50 us, however fast this machine is; and none is lost in the end. */
static void test_doorbells_without_end(void **state)
{
    struct fixture *fixture = *state;
    const struct pvgpu_link_ops *ops = fixture->link->ops;
    pvgpu_handle handles[2];
    uint64_t begin = pvgpu_time_now_ns();
    bool was_deaf = false;
    for (int i = 0; i < 20000; i++) {
        ring(fixture, 0);
        assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
        uint64_t due = ops->deadline_ns(fixture->link); /* first, since time goes on */
        if (ops->wait_handles(fixture->link, handles) == 1) {
            was_deaf = true;
            assert_true(due <= pvgpu_time_now_ns() + PVGPU_NS_PER_MS); /* it will listen again by itself */
        }
    }
    uint64_t most = 64 + 1 + (pvgpu_time_now_ns() - begin) / (50 * PVGPU_NS_PER_US);
    assert_true(was_deaf);
    assert_in_range(fixture->recorder.doorbells, 64, most);
    int before = fixture->recorder.doorbells;
    ring(fixture, 0);
    while (fixture->recorder.doorbells == before && pvgpu_time_now_ns() - begin < 60 * PVGPU_NS_PER_S)
        assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
    assert_int_equal(fixture->recorder.doorbells, before + 1);
}

static void test_interrupts(void **state)
{
    struct fixture *fixture = *state;
    for (uint32_t vector = 0; vector < VECTORS; vector++) {
        fixture->link->ops->interrupt(fixture->link, vector);
        assert_int_equal(raised(fixture, vector), 1);
        assert_int_equal(raised(fixture, 1 - vector), 0);
    }
    for (int i = 0; i < 5; i++)
        fixture->link->ops->interrupt(fixture->link, PVGPU_VECTOR_ERROR);
    assert_int_equal(raised(fixture, PVGPU_VECTOR_ERROR), 5);
    assert_int_equal(raised(fixture, PVGPU_VECTOR_FENCE), 0);
}

/* Event descriptors are open files that both sides have: what the peer does to them happens to us. */
static void test_peer_cannot_block_us(void **state)
{
    struct fixture *fixture = *state;
    const uint64_t most = UINT64_MAX - 1;
    for (size_t i = HOST; i < MESSAGES; i++) {
        int flags = fcntl(fixture->fds[i], F_GETFL);
        assert_int_equal(fcntl(fixture->fds[i], F_SETFL, flags & ~O_NONBLOCK), 0);
    }
    assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN); /* nothing was rung */
    assert_int_equal(fixture->recorder.doorbells, 0);
    assert_int_equal(write(fixture->fds[GUEST], &most, sizeof(most)), sizeof(most));
    fixture->link->ops->interrupt(fixture->link, PVGPU_VECTOR_FENCE); /* no room for another */
    assert_int_equal(raised(fixture, PVGPU_VECTOR_FENCE), most);
    assert_int_equal(write(fixture->fds[HOST], &most, sizeof(most)), sizeof(most));
    assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
    assert_int_equal(fixture->recorder.doorbells, 1);
    assert_false(is_ready(fixture, 1));
}

/* ---- Ends ------------------------------------------------------------------------------------------------------------ */

static void test_bytes_end_the_link(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(send(fixture->client, "x", 1, 0), 1);
    assert_true(is_ready(fixture, 0));
    assert_int_equal(dispatch(fixture), PVGPU_LINK_ENDED);
    expect_log(fixture, "sent something, which QEMU's ivshmem-doorbell never does");
}

/* A peer that knows more of the protocol than there is: a message with a descriptor. The tear-down counts them. */
static void test_descriptors_end_the_link(void **state)
{
    struct fixture *fixture = *state;
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {0};
    uint64_t number = 7;
    struct iovec span = {.iov_base = &number, .iov_len = sizeof(number)};
    struct msghdr message = {
        .msg_iov = &span, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof(control.bytes)};
    struct cmsghdr *item = CMSG_FIRSTHDR(&message);
    item->cmsg_level = SOL_SOCKET;
    item->cmsg_type = SCM_RIGHTS;
    item->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(item), &fixture->client, sizeof(int));
    assert_int_equal(sendmsg(fixture->client, &message, 0), sizeof(number));
    assert_int_equal(dispatch(fixture), PVGPU_LINK_ENDED);
}

static void leave(struct fixture *fixture)
{
    close(fixture->client);
    fixture->client = -1;
}

static void test_client_leaves(void **state)
{
    struct fixture *fixture = *state;
    ring(fixture, 0);
    leave(fixture);
    assert_true(is_ready(fixture, 0));
    assert_int_equal(dispatch(fixture), PVGPU_LINK_ENDED);
    assert_int_equal(fixture->recorder.doorbells, 1); /* the last one as well */
    expect_log(fixture, "QEMU disconnected");
}

static void test_client_leaves_before_it_has_heard(void **state)
{
    struct fixture *fixture = *state;
    leave(fixture);
    assert_int_equal(dispatch(fixture), PVGPU_LINK_ENDED);
}

static void test_client_leaves_unheard(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
    leave(fixture); /* descriptors are under way */
    assert_int_equal(dispatch(fixture), PVGPU_LINK_ENDED);
}

/* ---- Clients that do not read -------------------------------------------------------------------------------------- */

/* The socket takes a part; what is left follows when there is room, in the same order. */
static void test_slow_client(void **state)
{
    struct fixture *fixture = *state;
    stop(fixture);
    start_with(fixture, 1);
    assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
    uint64_t due = fixture->link->ops->deadline_ns(fixture->link);
    assert_true(pvgpu_time_left_ns(due) < PVGPU_NS_PER_S); /* it will try again */
    assert_false(is_ready(fixture, 0)); /* and not spin */
    size_t before = 0;
    for (int i = 0; i < 100 && fixture->heard < MESSAGES; i++) {
        int64_t number;
        int fd;
        before = fixture->heard;
        if (hear(fixture, &number, &fd)) {
            assert_int_equal(number, expected[before].number);
            assert_int_equal(fd >= 0, expected[before].has_fd);
            fixture->fds[fixture->heard++] = fd;
        }
        assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
    }
    assert_int_equal(fixture->heard, MESSAGES);
    ring(fixture, 1);
    assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
    assert_int_equal(fixture->recorder.doorbells, 1);
}

/* Dispatches as a session does, until the link ends or has no deadline any more. */
static enum pvgpu_link_state live(struct fixture *fixture, uint64_t end_ns)
{
    for (;;) {
        enum pvgpu_link_state state = dispatch(fixture);
        uint64_t due = fixture->link->ops->deadline_ns(fixture->link);
        assert_true(pvgpu_time_left_ns(end_ns) > 0);
        if (state == PVGPU_LINK_ENDED || due == PVGPU_NO_TIMEOUT)
            return state;
        pvgpu_handle handles[2];
        fixture->link->ops->wait_handles(fixture->link, handles);
        pvgpu_handle_wait_any(handles, 2, pvgpu_time_left_ns(due));
    }
}

/* One whose socket is full, one that leaves everything unread, and one that has read: only the last may stay. */
static void test_client_that_does_not_read(void **state)
{
    struct fixture *fixture = *state;
    struct fixture full = {.client = -1}, reader = {.client = -1};
    uint64_t begin = pvgpu_time_now_ns(), end = pvgpu_time_deadline_ns(60 * PVGPU_NS_PER_S);
    start_with(&full, 1);
    start_with(&reader, 0);
    connect_client(&reader);
    assert_int_equal(live(fixture, end), PVGPU_LINK_ENDED);
    assert_true(pvgpu_time_now_ns() - begin >= 9 * PVGPU_NS_PER_S);
    expect_log(fixture, "QEMU has not read what an ivshmem server says for 10 s; disconnecting");
    assert_int_equal(live(&full, end), PVGPU_LINK_ENDED);
    assert_int_equal(live(&reader, end), PVGPU_LINK_OPEN);
    ring(&reader, 0);
    assert_int_equal(dispatch(&reader), PVGPU_LINK_OPEN);
    assert_int_equal(reader.recorder.doorbells, 1);
    stop(&reader);
    stop(&full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_says_everything_at_once, setup_silent, teardown),
        cmocka_unit_test_setup_teardown(test_descriptors, setup, teardown),
        cmocka_unit_test_setup_teardown(test_memory_is_sealed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_control_region, setup, teardown),
        cmocka_unit_test_setup_teardown(test_session_refuses, setup_silent, teardown),
        cmocka_unit_test_setup_teardown(test_each_vector_rings, setup, teardown),
        cmocka_unit_test_setup_teardown(test_doorbells_coalesce, setup, teardown),
        cmocka_unit_test_setup_teardown(test_doorbells_without_end, setup, teardown),
        cmocka_unit_test_setup_teardown(test_interrupts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_peer_cannot_block_us, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bytes_end_the_link, setup, teardown),
        cmocka_unit_test_setup_teardown(test_descriptors_end_the_link, setup, teardown),
        cmocka_unit_test_setup_teardown(test_client_leaves, setup, teardown),
        cmocka_unit_test_setup_teardown(test_client_leaves_before_it_has_heard, setup_silent, teardown),
        cmocka_unit_test_setup_teardown(test_client_leaves_unheard, setup_silent, teardown),
        cmocka_unit_test_setup_teardown(test_slow_client, setup_silent, teardown),
        cmocka_unit_test_setup_teardown(test_client_that_does_not_read, setup_silent, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
