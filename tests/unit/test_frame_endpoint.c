/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The frame endpoint: consumers in processes of their own, processes that die, clients that misbehave. */
#include "frame_support.h"

#include "os/endpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>

/* ---- Several processes ---- */

static int consume_in_child(const char *path, uint32_t flags, uint64_t count)
{
    struct pvgpu_frames *frames = connect_when_there(path, flags);
    if (!frames)
        return 2;
    uint64_t last = 0;
    while (last < count) {
        struct pvgpu_frame frame;
        if (pvgpu_frames_next(frames, SOON_MS, &frame) != PVGPU_FRAMES_OK)
            return 3;
        if (!is_filled(&frame) || frame.info.frame != last + 1 + frame.missed)
            return 4;
        if (flags & PVGPU_FRAMES_LOSSLESS && frame.missed)
            return 5;
        last = frame.info.frame;
    }
    pvgpu_frames_close(frames);
    return 0;
}

static void consumers_in_processes_of_their_own(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    pid_t children[3];
    for (int i = 0; i < 3; i++) {
        children[i] = fork_child();
        if (children[i] == 0)
            _exit(consume_in_child(fixture.path, i == 1 ? PVGPU_FRAMES_LOSSLESS : 0, 200));
    }
    open_channel(&fixture, 3);
    await_consumers(&fixture, 3);
    for (uint64_t n = 1; n <= 200; n++)
        assert_true(publish_patiently(&fixture, n, 100, 50));
    for (int i = 0; i < 3; i++)
        assert_int_equal(exit_status(children[i]), 0);
    await_consumers(&fixture, 0);
    fixture_finish(&fixture);
}

static void a_killed_consumer_lets_go(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    pid_t children[2];
    for (int i = 0; i < 2; i++) {
        children[i] = fork_child();
        if (children[i] == 0) {
            struct pvgpu_frames *frames = connect_when_there(fixture.path, 0);
            struct pvgpu_frame frame;
            if (!frames || pvgpu_frames_next(frames, SOON_MS, &frame) != PVGPU_FRAMES_OK)
                _exit(2);
            if (write(ready[1], "h", 1) == 1)
                pause(); /* holding */
            _exit(3);
        }
    }
    open_channel(&fixture, 2);
    await_consumers(&fixture, 2);
    char byte;
    /* Each child takes one frame and keeps it. They take frame 1 both, or one of them frame 2: then all is held. */
    publish(&fixture);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    struct pvgpu_frames *own = attach(&fixture, 0);
    await_consumers(&fixture, 3);
    expect(own, 1, 0);
    publish(&fixture);
    struct pvgpu_frame held = expect(own, 2, 0);
    assert_int_equal(publish(&fixture), PVGPU_FRAME_DROPPED); /* slot 1: the children; slot 2: ourselves */
    assert_false(pvgpu_frame_channel_wants_last(fixture.channel, 9, 0));
    kill(children[0], SIGKILL);
    assert_int_equal(exit_status(children[0]), 1000 + SIGKILL);
    await_consumers(&fixture, 2);
    assert_int_equal(publish(&fixture), PVGPU_FRAME_DROPPED);
    kill(children[1], SIGKILL);
    assert_int_equal(exit_status(children[1]), 1000 + SIGKILL);
    await_consumers(&fixture, 1);
    assert_true(pvgpu_frame_channel_wants_last(fixture.channel, 3, 4));
    assert_true(is_filled(&held));
    assert_int_equal(publish_frame(&fixture, 4, 32, 16), PVGPU_FRAME_READY);
    expect(own, 4, 1);
    pvgpu_frames_close(own);
    close(ready[0]);
    close(ready[1]);
    fixture_finish(&fixture);
}

static void the_end_of_the_producer_shows(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    int go[2], done[2];
    assert_int_equal(pipe(go), 0);
    assert_int_equal(pipe(done), 0);
    pid_t child = fork_child();
    if (child == 0) {
        open_channel(&fixture, 3);
        while (pvgpu_frame_channel_consumers(fixture.channel) != 2)
            pvgpu_event_wait(&fixture.wake, PVGPU_NO_TIMEOUT);
        publish(&fixture);
        char byte;
        if (read(go[0], &byte, 1) == 1) {
            publish(&fixture);
            if (write(done[1], &byte, 1) == 1)
                pause();
        }
        _exit(1);
    }
    struct pvgpu_frames *first = connect_when_there(fixture.path, 0);
    struct pvgpu_frames *second = connect_when_there(fixture.path, 0);
    assert_non_null(first);
    assert_non_null(second);
    /* Both have the mapping before the last frame: one that it never reached has nothing to be delivered from. */
    expect(second, 1, 0);
    struct pvgpu_frame held = expect(first, 1, 0);
    char byte = 'g';
    assert_int_equal(write(go[1], &byte, 1), 1);
    assert_int_equal(read(done[0], &byte, 1), 1);
    kill(child, SIGKILL);
    assert_int_equal(exit_status(child), 1000 + SIGKILL);
    assert_true(is_filled(&held));
    /* What was complete is still delivered, then the end. */
    struct pvgpu_frame frame;
    expect(first, 2, 0);
    assert_int_equal(pvgpu_frames_next(first, PVGPU_FRAMES_FOREVER, &frame), PVGPU_FRAMES_ENDED);
    assert_int_equal(pvgpu_frames_next(first, PVGPU_FRAMES_FOREVER, &frame), PVGPU_FRAMES_ENDED);
    expect(second, 2, 0);
    assert_int_equal(pvgpu_frames_next(second, PVGPU_FRAMES_FOREVER, &frame), PVGPU_FRAMES_ENDED);
    pvgpu_frames_close(first);
    pvgpu_frames_close(second);
    struct pvgpu_frames *none;
    assert_int_equal(pvgpu_frames_connect(fixture.path, 0, 100, &none), PVGPU_FRAMES_MISSING);
    assert_null(none);

    /* An orderly end looks the same, and the next producer takes the path over. */
    open_channel(&fixture, 3);
    struct pvgpu_frames *third = attach(&fixture, 0);
    pvgpu_frame_channel_destroy(fixture.channel);
    assert_int_equal(pvgpu_frames_next(third, PVGPU_FRAMES_FOREVER, &frame), PVGPU_FRAMES_ENDED);
    pvgpu_frames_close(third);
    for (int i = 0; i < 2; i++) {
        close(go[i]);
        close(done[i]);
    }
    fixture.channel = NULL;
    fixture_finish(&fixture);
}

/* The session listens, the renderer gets the socket, and may die and be replaced. */
static void serves_a_listener_that_was_passed_on(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    struct pvgpu_listener *listener = pvgpu_listener_open(fixture.path, &quiet);
    assert_non_null(listener);
    for (int i = 0; i < 2; i++) {
        struct pvgpu_frame_channel_config config = {
            .vm = "a name that is longer than the sixty-three bytes which the header has room for",
            .slot_count = 3,
            .max_bytes = 1 << 20,
            .listener = pvgpu_handle_duplicate(pvgpu_listener_wait_handle(listener)),
            .wake = &fixture.wake,
            .log = quiet,
        };
        fixture.channel = pvgpu_frame_channel_create(&config);
        assert_non_null(fixture.channel);
        struct pvgpu_frames *frames = attach(&fixture, 0);
        assert_int_equal(publish_frame(&fixture, 1, 32, 16), PVGPU_FRAME_READY);
        expect(frames, 1, 0);
        assert_string_equal(pvgpu_frames_vm_name(frames),
                            "a name that is longer than the sixty-three bytes which the head");
        pvgpu_frame_channel_destroy(fixture.channel);
        pvgpu_frames_close(frames);
    }
    /* Nobody serves now: a client waits in the queue and gives up. */
    struct pvgpu_frames *frames;
    assert_int_equal(pvgpu_frames_connect(fixture.path, 0, 30, &frames), PVGPU_FRAMES_TIMEOUT);
    pvgpu_listener_destroy(listener);
    fixture.channel = NULL;
    fixture_finish(&fixture);
}

/* ---- Clients that misbehave ---- */

static int raw_connect(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

static void raw_send(int fd, uint32_t magic, uint32_t type, uint32_t value, uint32_t flags)
{
    struct pvgpu_frames_request request = {magic, type, value, flags};
    assert_int_equal(send(fd, &request, sizeof(request), MSG_NOSIGNAL), sizeof(request));
}

/* Receives one reply; false: the producer has hung up. fds are -1 when absent. */
static bool raw_receive(int fd, struct pvgpu_frames_reply *reply, int fds[2])
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(2 * sizeof(int))];
    struct iovec data = {.iov_base = reply, .iov_len = sizeof(*reply)};
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
    fds[0] = fds[1] = -1;
    struct pollfd watched = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&watched, 1, SOON_MS), 1);
    ssize_t count = recvmsg(fd, &message, MSG_WAITALL);
    if (count <= 0)
        return false;
    assert_int_equal(count, sizeof(*reply));
    struct cmsghdr *part = CMSG_FIRSTHDR(&message);
    if (part)
        memcpy(fds, CMSG_DATA(part), part->cmsg_len - CMSG_LEN(0));
    return true;
}

static void expect_hang_up(int fd)
{
    struct pvgpu_frames_reply reply;
    int fds[2];
    assert_false(raw_receive(fd, &reply, fds));
    close(fd);
}

static void turns_away_the_ninth_consumer(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    open_channel(&fixture, 4);
    struct pvgpu_frames *frames[PVGPU_FRAMES_MAX_CONSUMERS];
    for (uint32_t i = 0; i < PVGPU_FRAMES_MAX_CONSUMERS; i++)
        frames[i] = attach(&fixture, 0);
    struct pvgpu_frames *ninth;
    for (int i = 0; i < 10; i++)
        assert_int_equal(pvgpu_frames_connect(fixture.path, 0, SOON_MS, &ninth), PVGPU_FRAMES_BUSY);
    pvgpu_frames_close(frames[3]);
    await_consumers(&fixture, PVGPU_FRAMES_MAX_CONSUMERS - 1);
    frames[3] = attach(&fixture, 0);
    publish(&fixture);
    for (uint32_t i = 0; i < PVGPU_FRAMES_MAX_CONSUMERS; i++) {
        expect(frames[i], 1, 0);
        pvgpu_frames_close(frames[i]);
    }
    fixture_finish(&fixture);
}

static void refuses_malformed_requests(void **state)
{
    (void)state;
    static const struct pvgpu_frames_request first[] = {
        {0, PVGPU_FRAMES_HELLO, PVGPU_FRAMES_LAYOUT_VERSION, 0},
        {PVGPU_FRAMES_MAGIC, 0, PVGPU_FRAMES_LAYOUT_VERSION, 0},
        {PVGPU_FRAMES_MAGIC, PVGPU_FRAMES_WAKE, 0, 0},
        {PVGPU_FRAMES_MAGIC, PVGPU_FRAMES_MAPPED, 0, 0},
    };
    static const struct pvgpu_frames_request later[] = {
        {0, PVGPU_FRAMES_WAKE, 0, 0},
        {PVGPU_FRAMES_MAGIC, 77, 0, 0},
        {PVGPU_FRAMES_MAGIC, PVGPU_FRAMES_HELLO, PVGPU_FRAMES_LAYOUT_VERSION, 0},
        {PVGPU_FRAMES_MAGIC, PVGPU_FRAMES_MAPPED, 0, 0},
        {PVGPU_FRAMES_MAGIC, PVGPU_FRAMES_MAPPED, 5, 0},
    };
    struct fixture fixture;
    fixture_init(&fixture);
    open_channel(&fixture, 3);
    struct pvgpu_frames_reply reply;
    int fds[2];
    for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++) {
        int fd = raw_connect(fixture.path);
        raw_send(fd, first[i].magic, first[i].type, first[i].value, first[i].flags);
        expect_hang_up(fd);
    }
    for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++) {
        int fd = raw_connect(fixture.path);
        raw_send(fd, PVGPU_FRAMES_MAGIC, PVGPU_FRAMES_HELLO, PVGPU_FRAMES_LAYOUT_VERSION, 0);
        assert_true(raw_receive(fd, &reply, fds));
        assert_int_equal(reply.type, PVGPU_FRAMES_WELCOME);
        close(fds[0]);
        close(fds[1]);
        raw_send(fd, later[i].magic, later[i].type, later[i].value, later[i].flags);
        expect_hang_up(fd);
    }
    /* Another version is told which one is spoken here. */
    int fd = raw_connect(fixture.path);
    raw_send(fd, PVGPU_FRAMES_MAGIC, PVGPU_FRAMES_HELLO, PVGPU_FRAMES_LAYOUT_VERSION + 1, 0);
    assert_true(raw_receive(fd, &reply, fds));
    assert_int_equal(reply.type, PVGPU_FRAMES_REFUSED);
    assert_int_equal(reply.value, PVGPU_FRAMES_REFUSED_VERSION);
    assert_int_equal(reply.bytes, PVGPU_FRAMES_LAYOUT_VERSION);
    expect_hang_up(fd);
    /* A request that comes byte by byte is fine; one that stops half-way harms nobody. */
    fd = raw_connect(fixture.path);
    struct pvgpu_frames_request hello = {PVGPU_FRAMES_MAGIC, PVGPU_FRAMES_HELLO, PVGPU_FRAMES_LAYOUT_VERSION, 0};
    for (size_t i = 0; i < sizeof(hello); i++)
        assert_int_equal(send(fd, (char *)&hello + i, 1, MSG_NOSIGNAL), 1);
    assert_true(raw_receive(fd, &reply, fds));
    assert_int_equal(reply.type, PVGPU_FRAMES_WELCOME);
    assert_int_equal(send(fd, &hello, 5, MSG_NOSIGNAL), 5);
    close(fds[0]);
    close(fds[1]);
    await_consumers(&fixture, 1);
    struct pvgpu_frames *frames = attach(&fixture, 0);
    publish(&fixture);
    expect(frames, 1, 0);
    pvgpu_frames_close(frames);
    close(fd);
    await_consumers(&fixture, 0);
    fixture_finish(&fixture);
}

/* As many silent connections as fit do not keep others out for longer than the greeting deadline. */
static void silent_clients_are_dropped(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    open_channel(&fixture, 3);
    int silent[14];
    for (size_t i = 0; i < 14; i++)
        silent[i] = raw_connect(fixture.path);
    struct pvgpu_frames *frames = NULL;
    assert_int_equal(pvgpu_frames_connect(fixture.path, 0, 20000, &frames), PVGPU_FRAMES_OK);
    for (size_t i = 0; i < 12; i++)
        expect_hang_up(silent[i]);
    close(silent[12]);
    close(silent[13]);
    pvgpu_frames_close(frames);
    fixture_finish(&fixture);
}

/* A consumer that never confirms a mapping gets no second one; garbage in its hold page pins nothing. */
static void a_deaf_consumer_harms_only_itself(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    open_channel(&fixture, 3);
    int fd = raw_connect(fixture.path);
    raw_send(fd, PVGPU_FRAMES_MAGIC, PVGPU_FRAMES_HELLO, PVGPU_FRAMES_LAYOUT_VERSION, PVGPU_FRAMES_LOSSLESS);
    struct pvgpu_frames_reply reply;
    int welcome[2], mapping[2], none[2];
    assert_true(raw_receive(fd, &reply, welcome));
    struct pvgpu_frames_hold *hold = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, welcome[0], 0);
    assert_ptr_not_equal(hold, MAP_FAILED);
    hold->taken = UINT64_MAX; /* so that nobody waits for it */
    struct pvgpu_frames *frames = attach(&fixture, 0);
    await_consumers(&fixture, 2);

    unsigned before = count_fds();
    for (uint32_t n = 1; n <= 40; n++) {
        hold->held = n % 2 ? UINT64_MAX : (uint64_t)n << 32 | n;
        assert_int_equal(publish_frame(&fixture, n, 64 * n, 16), PVGPU_FRAME_READY);
        expect(frames, n, 0);
    }
    assert_true(raw_receive(fd, &reply, mapping));
    assert_int_equal(reply.type, PVGPU_FRAMES_MAPPING);
    assert_int_equal(recv(fd, none, 1, MSG_DONTWAIT), -1);
    assert_int_equal(errno, EAGAIN);
    assert_in_range(count_fds(), before, before + 2); /* with the one just received */

    /* Its event is full and so is what it sends back: the producer does not care. */
    char bytes[4096] = {0};
    fcntl(welcome[1], F_SETFL, O_NONBLOCK);
    while (send(welcome[1], bytes, sizeof(bytes), MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
        ;
    for (uint32_t n = 41; n <= 1500; n++)
        assert_int_equal(publish_frame(&fixture, n, 64, 16), PVGPU_FRAME_READY);
    expect(frames, 1500, 1459);

    /* The objects cannot be used for more than they were given for. */
    assert_ptr_equal(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, mapping[0], 0), MAP_FAILED);
    assert_int_equal(pwrite(mapping[0], bytes, 1, 0), -1);
    assert_int_equal(ftruncate(mapping[0], 0), -1);
    assert_int_equal(fallocate(mapping[0], FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096), -1);
    assert_int_equal(ftruncate(welcome[0], 0), -1);
    void *readable = mmap(NULL, 4096, PROT_READ, MAP_SHARED, mapping[0], 0);
    assert_ptr_not_equal(readable, MAP_FAILED);
    assert_int_equal(mprotect(readable, 4096, PROT_READ | PROT_WRITE), -1);
    munmap(readable, 4096);
    munmap(hold, 4096);
    close(welcome[0]);
    close(welcome[1]);
    close(mapping[0]);
    close(fd);
    await_consumers(&fixture, 1);
    pvgpu_frames_close(frames);
    fixture_finish(&fixture);
}

static void leaves_no_descriptor_behind(void **state)
{
    (void)state;
    unsigned before = count_fds();
    for (int round = 0; round < 3; round++) {
        struct fixture fixture;
        fixture_init(&fixture);
        open_channel(&fixture, 3);
        for (int i = 0; i < 5; i++) {
            struct pvgpu_frames *frames = attach(&fixture, 0);
            await_consumers(&fixture, 1);
            publish(&fixture);
            struct pvgpu_frame frame;
            assert_int_equal(pvgpu_frames_next(frames, SOON_MS, &frame), PVGPU_FRAMES_OK);
            publish_frame(&fixture, 1, 1000, 100);
            assert_int_equal(pvgpu_frames_next(frames, SOON_MS, &frame), PVGPU_FRAMES_OK);
            pvgpu_frames_close(frames);
            await_consumers(&fixture, 0);
        }
        fixture_finish(&fixture);
    }
    assert_int_equal(count_fds(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(consumers_in_processes_of_their_own), cmocka_unit_test(a_killed_consumer_lets_go),
        cmocka_unit_test(the_end_of_the_producer_shows),       cmocka_unit_test(serves_a_listener_that_was_passed_on),
        cmocka_unit_test(turns_away_the_ninth_consumer),       cmocka_unit_test(refuses_malformed_requests),
        cmocka_unit_test(silent_clients_are_dropped),          cmocka_unit_test(a_deaf_consumer_harms_only_itself),
        cmocka_unit_test(leaves_no_descriptor_behind),
    };
    return cmocka_run_group_tests_name("frame endpoint", tests, NULL, NULL);
}
