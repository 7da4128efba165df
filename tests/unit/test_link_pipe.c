/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The pipe link against a client that plays the QEMU device, well and badly. */
#include "link_support.h"

#include "base/time.h"
#include "pvgpu/protocol.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/un.h>
#include <sys/wait.h>

#define OBJECT_BYTES 65536u

static const struct pvgpu_log log_errors = {.level = PVGPU_LOG_INFO, .target = "test"};

struct fixture {
    struct pvgpu_link *link;
    struct recorder recorder;
    int client;
    char name[64]; /* of the shared memory object */
    uint8_t *object;
    int fds;
    struct capture capture;
};

static void start(struct fixture *fixture, int socket_type)
{
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, socket_type | SOCK_CLOEXEC, 0, pair), 0);
    struct pvgpu_stream *stream = pvgpu_stream_adopt(pair[0]);
    assert_non_null(stream);
    fixture->client = pair[1];
    fixture->recorder = (struct recorder){.client = -1};
    struct pvgpu_link_events events = recorder_events(&fixture->recorder);
    fixture->link = pvgpu_link_pipe_create(stream, &events, &log_errors);
    assert_non_null(fixture->link);
    assert_string_equal(fixture->link->ops->name, "pipe");
}

static void stop(struct fixture *fixture)
{
    fixture->link->ops->destroy(fixture->link);
    close(fixture->client);
}

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    fixture->fds = count_fds();
    snprintf(fixture->name, sizeof(fixture->name), "/" PVGPU_SHMEM_NAME_PREFIX "test%d", (int)getpid());
    int fd = shm_open(fixture->name, O_CREAT | O_RDWR | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, OBJECT_BYTES), 0);
    fixture->object = mmap(NULL, OBJECT_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    assert_ptr_not_equal(fixture->object, MAP_FAILED);
    close(fd);
    begin_capture(&fixture->capture);
    start(fixture, SOCK_STREAM);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    stop(fixture);
    end_capture(&fixture->capture);
    munmap(fixture->object, OBJECT_BYTES);
    shm_unlink(fixture->name);
    int left = count_fds() - fixture->fds;
    if (left)
        fprintf(stderr, "left behind: %d descriptors\n", left);
    free(fixture);
    return left ? -1 : 0;
}

static enum pvgpu_link_state dispatch(struct fixture *fixture)
{
    return fixture->link->ops->dispatch(fixture->link);
}

static uint64_t deadline(struct fixture *fixture)
{
    return fixture->link->ops->deadline_ns(fixture->link);
}

static void send_bytes(struct fixture *fixture, const void *bytes, size_t size)
{
    assert_int_equal(send(fixture->client, bytes, size, MSG_NOSIGNAL), size);
}

static void send_message(struct fixture *fixture, uint32_t type, const void *payload, uint32_t payload_bytes)
{
    struct pvgpu_message_header header = {.type = type, .payload_bytes = payload_bytes};
    send_bytes(fixture, &header, sizeof(header));
    if (payload_bytes)
        send_bytes(fixture, payload, payload_bytes);
}

static uint32_t make_handshake(struct pvgpu_handshake *handshake, uint64_t size, const char *name)
{
    memset(handshake, 0, sizeof(*handshake));
    handshake->shmem_bytes = size;
    strcpy(handshake->name, name);
    return (uint32_t)(8 + strlen(name) + 1);
}

static void send_handshake(struct fixture *fixture, uint64_t size, const char *name)
{
    struct pvgpu_handshake handshake;
    uint32_t length = make_handshake(&handshake, size, name);
    send_message(fixture, PVGPU_MESSAGE_HANDSHAKE, &handshake, length);
}

/* Whether one read call gets exactly these bytes. */
static void expect_bytes(struct fixture *fixture, const void *bytes, size_t size)
{
    uint8_t got[64];
    assert_int_equal(recv(fixture->client, got, sizeof(got) < size ? sizeof(got) : size, MSG_DONTWAIT), size);
    assert_memory_equal(got, bytes, size);
}

static void expect_silence(struct fixture *fixture)
{
    char byte;
    assert_int_equal(recv(fixture->client, &byte, 1, MSG_DONTWAIT), -1);
}

static const uint8_t ack[16] = {2, 0, 0, 0, 8, 0, 0, 0, 0x9D, 0, 0, 0, 0, 0, 0, 0};

static void attach(struct fixture *fixture)
{
    send_handshake(fixture, OBJECT_BYTES, fixture->name);
    assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
    assert_int_equal(fixture->recorder.attached, 1);
    expect_bytes(fixture, ack, sizeof(ack));
}

static void expect_log(struct fixture *fixture, const char *words)
{
    const char *text = end_capture(&fixture->capture);
    bool found = strstr(text, words) != NULL;
    if (!found)
        fprintf(stderr, "\"%s\" lacks \"%s\"\n", text, words);
    begin_capture(&fixture->capture);
    assert_true(found);
}

/* The link ends at the next dispatch, and says why. */
static void expect_end(struct fixture *fixture, const char *words)
{
    assert_int_equal(dispatch(fixture), PVGPU_LINK_ENDED);
    expect_log(fixture, words);
}

static void test_handshake(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
    uint64_t left = pvgpu_time_left_ns(deadline(fixture));
    assert_in_range(left, 9 * PVGPU_NS_PER_S, 10 * PVGPU_NS_PER_S);
    attach(fixture);
    expect_silence(fixture);
    assert_true(deadline(fixture) == PVGPU_NO_TIMEOUT);
    assert_int_equal(fixture->recorder.memory->size, OBJECT_BYTES);
    fixture->object[77] = 123;
    assert_int_equal(((uint8_t *)fixture->recorder.memory->base)[77], 123);
    char words[128];
    snprintf(words, sizeof(words), "Handshake received: shmem_name=%s, size=0MB", fixture->name);
    expect_log(fixture, words);
    pvgpu_handle handles[2];
    assert_int_equal(fixture->link->ops->wait_handles(fixture->link, handles), 1);
}

/* Padding after the name's NUL is the whole structure: fine. */
static void test_handshake_at_full_length(void **state)
{
    struct fixture *fixture = *state;
    struct pvgpu_handshake handshake;
    make_handshake(&handshake, UINT64_C(1) << 28, fixture->name);
    send_message(fixture, PVGPU_MESSAGE_HANDSHAKE, &handshake, sizeof(handshake));
    assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
    assert_int_equal(fixture->recorder.attached, 1);
    assert_int_equal(fixture->recorder.memory->size, OBJECT_BYTES); /* the claim was larger */
    expect_log(fixture, "size=256MB");
    expect_log(fixture, "");
}

static void test_claim_below_real_size(void **state)
{
    struct fixture *fixture = *state;
    send_handshake(fixture, OBJECT_BYTES / 2, fixture->name);
    assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
    assert_int_equal(fixture->recorder.memory->size, OBJECT_BYTES / 2);
}

/* Each part is one call: a sequenced socket keeps the borders of calls. */
static void test_parts_are_separate_calls(void **state)
{
    struct fixture *fixture = *state;
    static const uint8_t irq[12] = {4, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0};
    static const uint8_t shutdown_message[8] = {5, 0, 0, 0, 0, 0, 0, 0};
    stop(fixture);
    start(fixture, SOCK_SEQPACKET);
    send_handshake(fixture, OBJECT_BYTES, fixture->name);
    assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
    fixture->link->ops->interrupt(fixture->link, PVGPU_VECTOR_ERROR);
    fixture->link->ops->shutdown(fixture->link);
    static const struct {
        const uint8_t *bytes;
        ssize_t size;
    } parts[] = {{ack, 8}, {ack + 8, 8}, {irq, 8}, {irq + 8, 4}, {shutdown_message, 8}};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        uint8_t got[64];
        assert_int_equal(recv(fixture->client, got, sizeof(got), MSG_DONTWAIT), parts[i].size);
        assert_memory_equal(got, parts[i].bytes, parts[i].size);
    }
    expect_silence(fixture);
}

static void test_byte_by_byte(void **state)
{
    struct fixture *fixture = *state;
    uint8_t bytes[128];
    struct pvgpu_handshake handshake;
    struct pvgpu_message_header header = {.type = PVGPU_MESSAGE_HANDSHAKE};
    header.payload_bytes = make_handshake(&handshake, OBJECT_BYTES, fixture->name);
    memcpy(bytes, &header, 8);
    memcpy(bytes + 8, &handshake, header.payload_bytes);
    size_t size = 8 + header.payload_bytes;
    for (size_t i = 0; i < size; i++) {
        assert_int_equal(fixture->recorder.attached, 0);
        send_bytes(fixture, bytes + i, 1);
        assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
    }
    assert_int_equal(fixture->recorder.attached, 1);
    expect_bytes(fixture, ack, sizeof(ack));
}

static void test_handshake_too_short(void **state)
{
    uint8_t payload[9] = {0};
    send_message(*state, PVGPU_MESSAGE_HANDSHAKE, payload, sizeof(payload));
    expect_end(*state, "message 1 with a payload of 9 bytes");
}

/* Refused by its header, before the payload is there. */
static void test_handshake_too_long(void **state)
{
    struct pvgpu_message_header header = {PVGPU_MESSAGE_HANDSHAKE, sizeof(struct pvgpu_handshake) + 1};
    send_bytes(*state, &header, sizeof(header));
    expect_end(*state, "payload of 73 bytes");
}

static void test_huge_length(void **state)
{
    struct pvgpu_message_header header = {PVGPU_MESSAGE_HANDSHAKE, UINT32_MAX};
    send_bytes(*state, &header, sizeof(header));
    expect_end(*state, "payload of 4294967295 bytes");
}

/* Nothing waits for 4 GiB, whatever they are said to be. */
static void test_huge_lengths_of_every_type(void **state)
{
    static const struct {
        uint32_t type;
        const char *words;
    } messages[] = {{PVGPU_MESSAGE_HANDSHAKE, "payload of 4294967295 bytes"},
                    {PVGPU_MESSAGE_DOORBELL, "payload of 4294967295 bytes"},
                    {PVGPU_MESSAGE_SHUTDOWN, "payload of 4294967295 bytes"},
                    {PVGPU_MESSAGE_HANDSHAKE_ACK, "unknown type 2"},
                    {PVGPU_MESSAGE_IRQ, "unknown type 4"}};
    for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
        struct pvgpu_message_header header = {messages[i].type, UINT32_MAX};
        attach(*state);
        send_bytes(*state, &header, sizeof(header));
        expect_end(*state, messages[i].words);
        stop(*state);
        start(*state, SOCK_STREAM);
    }
}

/* Judged before a session exists: by the same rules, and without a byte taken. */
static void test_opening(void **state)
{
    static const struct {
        uint32_t type, payload_bytes;
        size_t size, available;
        enum pvgpu_opening expected;
    } cases[] = {
        {PVGPU_MESSAGE_HANDSHAKE, 10, 0, 0, PVGPU_OPENING_PART},
        {PVGPU_MESSAGE_HANDSHAKE, 10, 7, 7, PVGPU_OPENING_PART},
        {PVGPU_MESSAGE_HANDSHAKE, 10, 8, 8, PVGPU_OPENING_PART},
        {PVGPU_MESSAGE_HANDSHAKE, 10, 8, 17, PVGPU_OPENING_PART},
        {PVGPU_MESSAGE_HANDSHAKE, 10, 8, 18, PVGPU_OPENING_WHOLE},
        {PVGPU_MESSAGE_HANDSHAKE, 10, 8, 400, PVGPU_OPENING_WHOLE},
        {PVGPU_MESSAGE_HANDSHAKE, 72, 8, 79, PVGPU_OPENING_PART},
        {PVGPU_MESSAGE_HANDSHAKE, 72, 8, 80, PVGPU_OPENING_WHOLE},
        {PVGPU_MESSAGE_HANDSHAKE, 9, 8, 8, PVGPU_OPENING_WRONG},
        {PVGPU_MESSAGE_HANDSHAKE, 73, 8, 100, PVGPU_OPENING_WRONG},
        {PVGPU_MESSAGE_HANDSHAKE, UINT32_MAX, 8, 8, PVGPU_OPENING_WRONG},
        {PVGPU_MESSAGE_DOORBELL, 0, 8, 8, PVGPU_OPENING_WRONG},
        {PVGPU_MESSAGE_SHUTDOWN, 0, 8, 8, PVGPU_OPENING_WRONG},
        {UINT32_MAX, 0, 8, 8, PVGPU_OPENING_WRONG},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct pvgpu_message_header header = {cases[i].type, cases[i].payload_bytes};
        assert_int_equal(pvgpu_link_pipe_opening(&header, cases[i].size, cases[i].available, &log_errors),
                         cases[i].expected);
    }
    expect_log(*state, "doorbell before");
}

static void test_name_without_end(void **state)
{
    struct pvgpu_handshake handshake;
    make_handshake(&handshake, OBJECT_BYTES, "");
    memset(handshake.name, 'a', sizeof(handshake.name));
    send_message(*state, PVGPU_MESSAGE_HANDSHAKE, &handshake, sizeof(handshake));
    expect_end(*state, "has no end");
}

static void test_bad_name(void **state)
{
    send_handshake(*state, OBJECT_BYTES, "/" PVGPU_SHMEM_NAME_PREFIX "../x");
    expect_end(*state, "refused");
    assert_int_equal(((struct fixture *)*state)->recorder.attached, 0);
    expect_silence(*state);
}

static void test_missing_object(void **state)
{
    send_handshake(*state, OBJECT_BYTES, "/" PVGPU_SHMEM_NAME_PREFIX "nosuchobject");
    expect_end(*state, "Cannot open shared memory");
}

static void test_object_too_small(void **state)
{
    struct fixture *fixture = *state;
    send_handshake(fixture, PVGPU_CONTROL_BYTES, fixture->name);
    expect_end(fixture, "at least 8192 are needed");
}

static void test_claim_too_large(void **state)
{
    struct fixture *fixture = *state;
    send_handshake(fixture, (UINT64_C(1) << 32) + 1, fixture->name);
    expect_end(fixture, "more than its device can have");
}

static void test_session_refuses(void **state)
{
    struct fixture *fixture = *state;
    static const uint8_t goodbye[8] = {5, 0, 0, 0, 0, 0, 0, 0};
    fixture->recorder.refuse = true;
    send_handshake(fixture, OBJECT_BYTES, fixture->name);
    expect_end(fixture, "was refused");
    expect_bytes(fixture, goodbye, sizeof(goodbye));
    expect_silence(fixture);
}

static void test_second_handshake(void **state)
{
    struct fixture *fixture = *state;
    attach(fixture);
    send_handshake(fixture, OBJECT_BYTES, fixture->name);
    expect_end(fixture, "second handshake");
    assert_int_equal(fixture->recorder.attached, 1);
}

static void test_doorbell_before_handshake(void **state)
{
    send_message(*state, PVGPU_MESSAGE_DOORBELL, NULL, 0);
    expect_end(*state, "doorbell before");
    assert_int_equal(((struct fixture *)*state)->recorder.doorbells, 0);
}

static void test_doorbell_with_payload(void **state)
{
    attach(*state);
    send_message(*state, PVGPU_MESSAGE_DOORBELL, "x", 1);
    expect_end(*state, "message 3 with a payload of 1 bytes");
}

static void test_shutdown_with_payload(void **state)
{
    attach(*state);
    send_message(*state, PVGPU_MESSAGE_SHUTDOWN, "x", 1);
    expect_end(*state, "message 5 with a payload of 1 bytes");
}

static void test_unknown_types(void **state)
{
    static const uint32_t types[] = {0, PVGPU_MESSAGE_HANDSHAKE_ACK, PVGPU_MESSAGE_IRQ, 6, UINT32_MAX};
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        attach(*state);
        send_message(*state, types[i], NULL, 0);
        expect_end(*state, "unknown type");
        stop(*state);
        start(*state, SOCK_STREAM);
    }
}

static void test_doorbells(void **state)
{
    struct fixture *fixture = *state;
    attach(fixture);
    for (int i = 0; i < 200; i++)
        send_message(fixture, PVGPU_MESSAGE_DOORBELL, NULL, 0);
    assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
    assert_in_range(fixture->recorder.doorbells, 1, 200);
    int before = fixture->recorder.doorbells;
    assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
    assert_int_equal(fixture->recorder.doorbells, before);
    /* A last doorbell counts even though the peer has left by now. */
    send_message(fixture, PVGPU_MESSAGE_DOORBELL, NULL, 0);
    send_message(fixture, PVGPU_MESSAGE_SHUTDOWN, NULL, 0);
    expect_end(fixture, "is shutting down");
    assert_int_equal(fixture->recorder.doorbells, before + 1);
}

/* What came with the handshake in one go is seen after it. */
static void test_handshake_and_doorbell_together(void **state)
{
    struct fixture *fixture = *state;
    send_handshake(fixture, OBJECT_BYTES, fixture->name);
    send_message(fixture, PVGPU_MESSAGE_DOORBELL, NULL, 0);
    assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
    assert_int_equal(fixture->recorder.attached, 1);
    assert_int_equal(fixture->recorder.doorbells, 1);
}

static void test_peer_leaves(void **state)
{
    struct fixture *fixture = *state;
    attach(fixture);
    shutdown(fixture->client, SHUT_WR);
    expect_end(fixture, "QEMU disconnected");
    stop(fixture);
    start(fixture, SOCK_STREAM);
    attach(fixture);
    send_bytes(fixture, "\3\0\0", 3);
    shutdown(fixture->client, SHUT_WR);
    expect_end(fixture, "in the middle of a message");
}

static void test_interrupts_wait_for_the_ack(void **state)
{
    struct fixture *fixture = *state;
    static const uint8_t irq[12] = {4, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0};
    fixture->link->ops->interrupt(fixture->link, PVGPU_VECTOR_FENCE);
    expect_silence(fixture);
    attach(fixture); /* takes the ACK alone */
    expect_bytes(fixture, irq, sizeof(irq));
}

/* A full socket: nothing blocks, nothing but whole parts is written, and each vector arrives in the end. */
static void test_interrupts_on_a_full_socket(void **state)
{
    struct fixture *fixture = *state;
    attach(fixture);
    for (int i = 0; i < 100000; i++)
        fixture->link->ops->interrupt(fixture->link, PVGPU_VECTOR_FENCE);
    fixture->link->ops->interrupt(fixture->link, PVGPU_VECTOR_ERROR);
    uint64_t left = pvgpu_time_left_ns(deadline(fixture));
    assert_true(left <= 64 * PVGPU_NS_PER_MS);
    assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);

    /* Drain in odd pieces, with dispatches in between; then parse what came as a stream. */
    static uint8_t got[1 << 20];
    size_t have = 0;
    for (int idle = 0; idle < 3;) {
        ssize_t count = recv(fixture->client, got + have, have + 7 < sizeof(got) ? 7 : 1, MSG_DONTWAIT);
        if (count > 0) {
            have += (size_t)count;
            idle = 0;
            continue;
        }
        assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
        idle++;
    }
    assert_true(deadline(fixture) == PVGPU_NO_TIMEOUT);
    assert_int_equal(have % 12, 0);
    unsigned seen[2] = {0};
    for (size_t at = 0; at < have; at += 12) {
        uint32_t words[3];
        memcpy(words, got + at, sizeof(words));
        assert_int_equal(words[0], PVGPU_MESSAGE_IRQ);
        assert_int_equal(words[1], 4);
        assert_true(words[2] < 2);
        seen[words[2]]++;
    }
    assert_in_range(seen[0], 1, 99999); /* coalesced */
    assert_int_equal(seen[1], 1);
}

static void test_shutdown_on_a_full_socket(void **state)
{
    struct fixture *fixture = *state;
    attach(fixture);
    for (int i = 0; i < 100000; i++)
        fixture->link->ops->interrupt(fixture->link, PVGPU_VECTOR_FENCE);
    fixture->link->ops->shutdown(fixture->link); /* must neither block nor crash */
    assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
}

static void test_interrupt_after_the_peer_left(void **state)
{
    struct fixture *fixture = *state;
    attach(fixture);
    shutdown(fixture->client, SHUT_RDWR);
    fixture->link->ops->interrupt(fixture->link, PVGPU_VECTOR_FENCE);
    assert_int_equal(deadline(fixture), 0);
    expect_end(fixture, "disconnected");
}

/* A byte of a good handshake now and then, dispatched exactly as a session would: that does not prolong the 10 s. */
static void test_slow_peer_is_dropped(void **state)
{
    struct fixture *fixture = *state;
    static const uint8_t header[8] = {1, 0, 0, 0, 40, 0, 0, 0};
    uint64_t begin = pvgpu_time_now_ns(), said = 0;
    while (dispatch(fixture) == PVGPU_LINK_OPEN) {
        while (said <= (pvgpu_time_now_ns() - begin) / PVGPU_NS_PER_S && said < 30) {
            send_bytes(fixture, said < 8 ? &header[said] : (const uint8_t *)"a", 1);
            said++;
        }
        pvgpu_handle handle;
        assert_int_equal(fixture->link->ops->wait_handles(fixture->link, &handle), 1);
        assert_true(pvgpu_time_now_ns() - begin < 20 * PVGPU_NS_PER_S);
        uint64_t left = pvgpu_time_left_ns(deadline(fixture));
        pvgpu_handle_wait_any(&handle, 1, left < PVGPU_NS_PER_S / 4 ? left : PVGPU_NS_PER_S / 4);
    }
    assert_true(pvgpu_time_now_ns() - begin >= 10 * PVGPU_NS_PER_S);
    assert_in_range(said, 5, 29);
    assert_int_equal(fixture->recorder.attached, 0);
    expect_log(fixture, "No handshake within 10 s");
}

static void test_random_bytes(void **state)
{
    struct fixture *fixture = *state;
    uint64_t seed = 20240611;
    int sink = open("/dev/null", O_WRONLY | O_CLOEXEC);
    assert_int_equal(dup2(sink, 2), 2); /* thousands of refusals */
    close(sink);
    unsigned ended = 0, attached = 0;
    for (int round = 0; round < 5000; round++) {
        bool open = true;
        if (random_u32(&seed) % 2)
            send_handshake(fixture, OBJECT_BYTES, fixture->name);
        for (int i = 0; open && i < 20; i++) {
            uint8_t bytes[96];
            uint32_t size = 1 + random_u32(&seed) % sizeof(bytes);
            for (uint32_t k = 0; k < size; k++)
                bytes[k] = (uint8_t)random_u32(&seed);
            struct pvgpu_message_header header = {random_u32(&seed) % 7, random_u32(&seed) % 4 ? 0 : size};
            if (random_u32(&seed) % 4)
                send(fixture->client, &header, sizeof(header), MSG_NOSIGNAL);
            if (random_u32(&seed) % 4 == 0)
                send(fixture->client, bytes, size, MSG_NOSIGNAL);
            open = dispatch(fixture) == PVGPU_LINK_OPEN;
            fixture->link->ops->interrupt(fixture->link, random_u32(&seed) % 2);
        }
        ended += !open;
        attached += (unsigned)fixture->recorder.attached;
        stop(fixture);
        start(fixture, SOCK_STREAM);
    }
    assert_int_equal(dup2(fixture->capture.file, 2), 2);
    assert_true(ended > 1000 && attached > 1000);
}

/* A peer that is a process of its own: shakes hands, and closes the connection once `leave` can be read. */
static void be_peer(const struct fixture *fixture, const struct sockaddr_un *address, int leave)
{
    struct pvgpu_handshake handshake;
    uint32_t length = make_handshake(&handshake, OBJECT_BYTES, fixture->name);
    const struct pvgpu_message_header header = {.type = PVGPU_MESSAGE_HANDSHAKE, .payload_bytes = length};
    char byte;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0 ||
        write(fd, &header, sizeof(header)) != sizeof(header) || write(fd, &handshake, length) != (ssize_t)length)
        _exit(1);
    if (read(leave, &byte, 1) == 1)
        close(fd);
    for (;;)
        pause();
}

/* Puts such a peer behind the fixture's link, which is attached then. *leave: a byte written there ends the connection. */
static pid_t start_peer(struct fixture *fixture, int *leave)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int ends[2], listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "pvgpu-test-%d", (int)getpid());
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        close(ends[1]);
        be_peer(fixture, &address, ends[0]);
    }
    close(ends[0]);
    *leave = ends[1];
    stop(fixture);
    fixture->client = listener;
    struct pvgpu_link_events events = recorder_events(&fixture->recorder);
    fixture->link =
        pvgpu_link_pipe_create(pvgpu_stream_adopt(accept4(listener, NULL, NULL, SOCK_CLOEXEC)), &events, &log_errors);
    while (!fixture->recorder.attached)
        assert_int_equal(dispatch(fixture), PVGPU_LINK_OPEN);
    return child;
}

/* The connection ends; then the link does, and the fixture has the one that it began with. */
static void end_link(struct fixture *fixture)
{
    struct pollfd wait = {.events = POLLIN};
    pvgpu_handle handles[2];
    do {
        fixture->link->ops->wait_handles(fixture->link, handles);
        wait.fd = (int)handles[0];
        assert_int_equal(poll(&wait, 1, 60000), 1);
    } while (dispatch(fixture) == PVGPU_LINK_OPEN);
    stop(fixture);
    start(fixture, SOCK_STREAM);
}

static bool name_exists(const struct fixture *fixture)
{
    int fd = shm_open(fixture->name, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        assert_int_equal(errno, ENOENT);
    else
        close(fd);
    return fd >= 0;
}

/* The end of a process that was killed takes a moment; it is not waited for here: the parent's look is not what counts. */
static void test_killed_peer_leaves_no_name(void **state)
{
    struct fixture *fixture = *state;
    int leave;
    pid_t child = start_peer(fixture, &leave);
    kill(child, SIGKILL);
    end_link(fixture);
    assert_false(name_exists(fixture));
    expect_log(fixture, "QEMU has left its shared memory behind");
    waitpid(child, NULL, 0);
    close(leave);
}

/* The name may be another's by now. */
static void test_killed_peer_and_a_new_object(void **state)
{
    struct fixture *fixture = *state;
    int leave;
    pid_t child = start_peer(fixture, &leave);
    shm_unlink(fixture->name);
    close(shm_open(fixture->name, O_CREAT | O_EXCL | O_RDWR, 0600));
    kill(child, SIGKILL);
    end_link(fixture);
    assert_true(name_exists(fixture));
    waitpid(child, NULL, 0);
    close(leave);
}

/* It may connect again. */
static void test_peer_that_disconnects_keeps_its_name(void **state)
{
    struct fixture *fixture = *state;
    int leave;
    pid_t child = start_peer(fixture, &leave);
    assert_int_equal(write(leave, "", 1), 1);
    end_link(fixture);
    assert_true(name_exists(fixture));
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(leave);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_handshake),
        TEST(test_handshake_at_full_length),
        TEST(test_claim_below_real_size),
        TEST(test_parts_are_separate_calls),
        TEST(test_byte_by_byte),
        TEST(test_handshake_too_short),
        TEST(test_handshake_too_long),
        TEST(test_huge_length),
        TEST(test_huge_lengths_of_every_type),
        TEST(test_opening),
        TEST(test_name_without_end),
        TEST(test_bad_name),
        TEST(test_missing_object),
        TEST(test_object_too_small),
        TEST(test_claim_too_large),
        TEST(test_session_refuses),
        TEST(test_second_handshake),
        TEST(test_doorbell_before_handshake),
        TEST(test_doorbell_with_payload),
        TEST(test_shutdown_with_payload),
        TEST(test_unknown_types),
        TEST(test_doorbells),
        TEST(test_handshake_and_doorbell_together),
        TEST(test_peer_leaves),
        TEST(test_interrupts_wait_for_the_ack),
        TEST(test_interrupts_on_a_full_socket),
        TEST(test_shutdown_on_a_full_socket),
        TEST(test_interrupt_after_the_peer_left),
        TEST(test_slow_peer_is_dropped),
        TEST(test_random_bytes),
        TEST(test_killed_peer_leaves_no_name),
        TEST(test_killed_peer_and_a_new_object),
        TEST(test_peer_that_disconnects_keeps_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
