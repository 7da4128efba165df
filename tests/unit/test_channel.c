/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The device's channel against a host in this process: what it says, what it takes, what it makes of hosts that break the
 * protocol, do not read, or go. One thread plays both, so nothing here depends on who is faster.
 */
#include "os_support.h"

#include "../../qemu/pvgpu-channel.h"
#include "os/thread.h"
#include "pvgpu/protocol.h"

#ifndef _WIN32
#include <fcntl.h>
#include <sys/socket.h>
#endif

#define MEMORY_NAME "/pvgpu_shmem_0123456789abcdef"
#define MEMORY_BYTES UINT64_C(0x4000000)
#define HANDSHAKE_BYTES (8 + 8 + sizeof(MEMORY_NAME)) /* header, size, name with its NUL */

/* What the owner was told. */
struct heard {
    int connected, disconnected;
    int interrupts[2], other_vectors;
    uint64_t features; /* of the last `connected` */
    char why[PVGPU_CHANNEL_ERROR_CHARS]; /* of the last `disconnected` */
};

struct fixture {
    char endpoint[NAME_BYTES];
    struct pvgpu_listener *listener; /* the host's; NULL: it is not there */
    struct pvgpu_stream *host; /* its end of the connection; NULL: none */
    struct pvgpu_channel *channel;
    struct heard heard;
};

static void on_connected(void *user, uint64_t features)
{
    struct heard *heard = user;
    heard->connected++;
    heard->features = features;
}

static void on_disconnected(void *user, const char *why)
{
    struct heard *heard = user;
    heard->disconnected++;
    snprintf(heard->why, sizeof(heard->why), "%s", why);
}

static void on_interrupt(void *user, uint32_t vector)
{
    struct heard *heard = user;
    if (vector < 2)
        heard->interrupts[vector]++;
    else
        heard->other_vectors++;
}

/* Dispatches until the condition holds; false when it does not in a long time. */
#define UNTIL(fixture, condition) \
    for (uint64_t end_ns = pvgpu_time_deadline_ns(LONG_NS); !(condition) && pvgpu_time_left_ns(end_ns);) \
        step(fixture); \
    CHECK(condition)

static void step(struct fixture *fixture)
{
    pvgpu_channel_dispatch(fixture->channel);
    pvgpu_channel_wait(fixture->channel, MS / 5);
}

static struct pvgpu_channel_config config_of(struct fixture *fixture)
{
    return (struct pvgpu_channel_config){
        .endpoint = fixture->endpoint,
        .memory_name = MEMORY_NAME,
        .memory_bytes = MEMORY_BYTES,
        .events = {.connected = on_connected, .disconnected = on_disconnected, .interrupt = on_interrupt},
        .user = &fixture->heard,
    };
}

static bool host_listens(struct check *check, struct fixture *fixture)
{
    fixture->listener = pvgpu_listener_open(fixture->endpoint, &log_all);
    return CHECK(fixture->listener != NULL);
}

static bool host_accepts(struct check *check, struct fixture *fixture)
{
    pvgpu_stream_destroy(fixture->host);
    fixture->host = NULL;
    for (uint64_t end_ns = pvgpu_time_deadline_ns(LONG_NS); !fixture->host && pvgpu_time_left_ns(end_ns);) {
        step(fixture);
        fixture->host = pvgpu_listener_accept(fixture->listener);
    }
    return CHECK(fixture->host != NULL);
}

static void finish(struct fixture *fixture)
{
    pvgpu_channel_destroy(fixture->channel);
    pvgpu_stream_destroy(fixture->host);
    pvgpu_listener_destroy(fixture->listener);
}

/* A channel that has said HANDSHAKE to a host that has not read it. Otherwise checked, and nothing is left. */
static bool start(struct check *check, struct fixture *fixture, uint32_t reconnect_ms, uint32_t handshake_ms)
{
    char error[PVGPU_CHANNEL_ERROR_CHARS];
    *fixture = (struct fixture){.host = NULL};
    endpoint_name(fixture->endpoint, "channel");
    struct pvgpu_channel_config config = config_of(fixture);
    config.reconnect_ms = reconnect_ms;
    config.handshake_ms = handshake_ms;
    fixture->channel = pvgpu_channel_create(&config, error);
    if (CHECK(fixture->channel != NULL) && host_listens(check, fixture) && host_accepts(check, fixture))
        return true;
    finish(fixture);
    return false;
}

/* Reads exactly so many bytes at the host's end, while the channel goes on. */
static bool host_reads(struct fixture *fixture, void *bytes, size_t size)
{
    size_t have = 0, moved;
    for (uint64_t end_ns = pvgpu_time_deadline_ns(LONG_NS); have < size && pvgpu_time_left_ns(end_ns);) {
        if (pvgpu_stream_read(fixture->host, (uint8_t *)bytes + have, size - have, &moved) == PVGPU_IO_CLOSED)
            return false;
        have += moved;
        if (have < size)
            step(fixture);
    }
    return have == size;
}

/* Whether the connection is over, once everything before it was read; the number of bytes that there were. */
static bool host_sees_end(struct fixture *fixture, size_t *bytes)
{
    uint8_t ignored[256];
    size_t moved;
    *bytes = 0;
    for (uint64_t end_ns = pvgpu_time_deadline_ns(LONG_NS); pvgpu_time_left_ns(end_ns);) {
        enum pvgpu_io result = pvgpu_stream_read(fixture->host, ignored, sizeof(ignored), &moved);
        *bytes += moved;
        if (result == PVGPU_IO_CLOSED)
            return true;
        if (moved == 0)
            step(fixture);
    }
    return false;
}

static void host_writes(struct check *check, struct fixture *fixture, const void *bytes, size_t size)
{
    CHECK_EQ(pvgpu_stream_write(fixture->host, bytes, size, LONG_NS), PVGPU_IO_DONE);
}

/* Header and payload by a call each, as hosts do. */
static void host_says(struct check *check, struct fixture *fixture, uint32_t type, const void *payload, uint32_t bytes)
{
    const struct pvgpu_message_header header = {.type = type, .payload_bytes = bytes};
    host_writes(check, fixture, &header, sizeof(header));
    if (bytes)
        host_writes(check, fixture, payload, bytes);
}

static bool host_takes_handshake(struct check *check, struct fixture *fixture)
{
    uint8_t bytes[HANDSHAKE_BYTES];
    return CHECK(host_reads(fixture, bytes, sizeof(bytes)));
}

static const uint64_t all_features = 0x1FF;

/* A channel that is connected. */
static bool start_connected(struct check *check, struct fixture *fixture, uint32_t reconnect_ms)
{
    if (!start(check, fixture, reconnect_ms, 0))
        return false;
    if (host_takes_handshake(check, fixture)) {
        host_says(check, fixture, PVGPU_MESSAGE_HANDSHAKE_ACK, &all_features, 8);
        UNTIL(fixture, fixture->heard.connected == 1);
        if (pvgpu_channel_state(fixture->channel) == PVGPU_CHANNEL_CONNECTED)
            return true;
    }
    finish(fixture);
    return false;
}

/* The connection ends for a fault of the host: said once, with the words. */
static void ends_for_fault(struct check *check, struct fixture *fixture, const char *words)
{
    size_t bytes;
    UNTIL(fixture, fixture->heard.disconnected > 0);
    for (int i = 0; i < 3; i++)
        step(fixture);
    CHECK_EQ(fixture->heard.disconnected, 1);
    CHECK_EQ(pvgpu_channel_counters(fixture->channel).errors, 1);
    CHECK_EQ(pvgpu_channel_state(fixture->channel), PVGPU_CHANNEL_CLOSED);
    CHECK_EQ(pvgpu_channel_wait_handle(fixture->channel), PVGPU_CHANNEL_NO_HANDLE);
    CHECK(pvgpu_channel_deadline_ns(fixture->channel) == PVGPU_CHANNEL_NO_DEADLINE);
    CHECK(host_sees_end(fixture, &bytes));
    if (!CHECK(strstr(fixture->heard.why, words) != NULL))
        printf("  said: %s\n", fixture->heard.why);
}

/* ---- What it says -------------------------------------------------------------------------------------------------- */

static void handshake_is_what_the_protocol_says(struct check *check)
{
    struct fixture fixture;
    uint8_t bytes[HANDSHAKE_BYTES];
    if (!start(check, &fixture, 0, 0))
        return;
    CHECK_EQ(pvgpu_channel_state(fixture.channel), PVGPU_CHANNEL_SHAKING);
    CHECK(pvgpu_channel_wait_handle(fixture.channel) != PVGPU_CHANNEL_NO_HANDLE);
    if (CHECK(host_reads(&fixture, bytes, sizeof(bytes)))) {
        static const uint8_t start_of_it[16] = {1, 0, 0, 0, 8 + sizeof(MEMORY_NAME), 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0};
        CHECK(memcmp(bytes, start_of_it, sizeof(start_of_it)) == 0);
        CHECK(memcmp(bytes + 16, MEMORY_NAME, sizeof(MEMORY_NAME)) == 0);
    }
    /* Nothing follows until the host answers, whatever is asked for. */
    size_t moved;
    pvgpu_channel_doorbell(fixture.channel);
    for (int i = 0; i < 5; i++)
        step(&fixture);
    CHECK_EQ(pvgpu_stream_read(fixture.host, bytes, sizeof(bytes), &moved), PVGPU_IO_AGAIN);
    CHECK_EQ(moved, 0);
    CHECK_EQ(pvgpu_channel_counters(fixture.channel).doorbells_sent, 0);
    CHECK_EQ(fixture.heard.connected + fixture.heard.disconnected, 0);
    finish(&fixture);
}

#ifdef _WIN32
/* A pipe that keeps the borders of messages at this end too. */
static void parts_are_messages(struct check *check)
{
    struct fixture fixture = {.host = NULL};
    char error[PVGPU_CHANNEL_ERROR_CHARS];
    uint8_t bytes[256];
    DWORD moved = 0;
    endpoint_name(fixture.endpoint, "borders");
    HANDLE pipe = CreateNamedPipeA(fixture.endpoint, PIPE_ACCESS_DUPLEX, PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE, 1,
                                   4096, 4096, 0, NULL);
    struct pvgpu_channel_config config = config_of(&fixture);
    fixture.channel = pvgpu_channel_create(&config, error);
    if (CHECK(pipe != INVALID_HANDLE_VALUE) && CHECK(fixture.channel != NULL)) {
        pvgpu_channel_dispatch(fixture.channel);
        pvgpu_channel_dispatch(fixture.channel);
        CHECK(ReadFile(pipe, bytes, sizeof(bytes), &moved, NULL));
        CHECK_EQ(moved, 8);
        UNTIL(&fixture, PeekNamedPipe(pipe, NULL, 0, NULL, &moved, NULL) && moved > 0);
        CHECK(ReadFile(pipe, bytes, sizeof(bytes), &moved, NULL));
        CHECK_EQ(moved, HANDSHAKE_BYTES - 8);
    }
    CloseHandle(pipe);
    finish(&fixture);
}
#else
/* The program is linked so that every call of send comes here first. */
static struct {
    size_t sizes[8];
    size_t count;
    bool loud; /* one could have raised SIGPIPE, or blocked */
} sends;

ssize_t __real_send(int fd, const void *bytes, size_t size, int flags);
ssize_t __wrap_send(int fd, const void *bytes, size_t size, int flags);

ssize_t __wrap_send(int fd, const void *bytes, size_t size, int flags)
{
    if (sends.count < sizeof(sends.sizes) / sizeof(sends.sizes[0]))
        sends.sizes[sends.count++] = size;
    sends.loud |= (flags & (MSG_NOSIGNAL | MSG_DONTWAIT)) != (MSG_NOSIGNAL | MSG_DONTWAIT);
    return __real_send(fd, bytes, size, flags);
}

static void parts_are_separate_calls(struct check *check)
{
    struct fixture fixture;
    memset(&sends, 0, sizeof(sends));
    if (!start(check, &fixture, 0, 0))
        return;
    CHECK_EQ(sends.count, 2);
    CHECK_EQ(sends.sizes[0], 8);
    CHECK_EQ(sends.sizes[1], HANDSHAKE_BYTES - 8);
    CHECK(!sends.loud);
    CHECK(fcntl((int)pvgpu_channel_wait_handle(fixture.channel), F_GETFD) & FD_CLOEXEC);
    finish(&fixture);
}
#endif

static void the_end_is_said(struct check *check)
{
    struct fixture fixture;
    static const uint8_t goodbye[8] = {5, 0, 0, 0, 0, 0, 0, 0};
    uint8_t bytes[8];
    size_t moved;
    if (!start_connected(check, &fixture, 0))
        return;
    pvgpu_channel_destroy(fixture.channel);
    fixture.channel = NULL;
    CHECK_EQ(pvgpu_stream_read_all(fixture.host, bytes, sizeof(bytes), LONG_NS), PVGPU_IO_DONE);
    CHECK(memcmp(bytes, goodbye, sizeof(bytes)) == 0);
    CHECK_EQ(pvgpu_stream_read_all(fixture.host, bytes, 1, LONG_NS), PVGPU_IO_CLOSED);
    CHECK_EQ(pvgpu_stream_read(fixture.host, bytes, 1, &moved), PVGPU_IO_CLOSED);
    CHECK_EQ(fixture.heard.disconnected, 0);
    finish(&fixture);
}

static void doorbells_arrive(struct check *check)
{
    struct fixture fixture;
    static const uint8_t doorbell[8] = {3, 0, 0, 0, 0, 0, 0, 0};
    uint8_t bytes[8];
    if (!start_connected(check, &fixture, 0))
        return;
    for (int i = 0; i < 3; i++) {
        pvgpu_channel_doorbell(fixture.channel);
        CHECK(host_reads(&fixture, bytes, sizeof(bytes)));
        CHECK(memcmp(bytes, doorbell, sizeof(bytes)) == 0);
    }
    CHECK_EQ(pvgpu_channel_counters(fixture.channel).doorbells_asked, 3);
    CHECK_EQ(pvgpu_channel_counters(fixture.channel).doorbells_sent, 3);
    finish(&fixture);
}

/* ---- What it takes ------------------------------------------------------------------------------------------------- */

static void every_acknowledgement_is_understood(struct check *check)
{
    static const struct {
        uint32_t bytes;
        uint64_t value, features; /* features 0: refused */
    } forms[] = {{0, 0, 0x9D},
                 {8, 0, 0x9D},
                 {8, 0x9D, 0x9D},
                 {8, 1, 1},
                 {8, 0x8000000000000001u, 0x8000000000000001u},
                 {8, 0x9C, 0},
                 {8, 0x8000000000000000u, 0}};
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        struct fixture fixture;
        size_t left;
        if (!start(check, &fixture, 0, 0) || !host_takes_handshake(check, &fixture))
            return;
        host_says(check, &fixture, PVGPU_MESSAGE_HANDSHAKE_ACK, &forms[i].value, forms[i].bytes);
        UNTIL(&fixture, fixture.heard.connected + fixture.heard.disconnected > 0);
        CHECK_EQ(fixture.heard.connected, forms[i].features != 0);
        CHECK_EQ(fixture.heard.disconnected, forms[i].features == 0);
        CHECK(fixture.heard.features == forms[i].features);
        CHECK_EQ(pvgpu_channel_counters(fixture.channel).connections, forms[i].features != 0);
        CHECK_EQ(pvgpu_channel_counters(fixture.channel).errors, 0);
        if (!forms[i].features) {
            CHECK(strstr(fixture.heard.why, "no Direct3D 11") != NULL);
            CHECK(host_sees_end(&fixture, &left));
            CHECK_EQ(left, 8); /* SHUTDOWN */
        } else {
            CHECK(pvgpu_channel_deadline_ns(fixture.channel) == PVGPU_CHANNEL_NO_DEADLINE);
        }
        finish(&fixture);
    }
}

static void interrupts_tell_their_vector(struct check *check)
{
    static const uint32_t vectors[] = {0, 1, 2, 1, 0xFFFFFFFFu, 0};
    struct fixture fixture;
    if (!start_connected(check, &fixture, 0))
        return;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
        host_says(check, &fixture, PVGPU_MESSAGE_IRQ, &vectors[i], 4);
    UNTIL(&fixture, fixture.heard.interrupts[0] + fixture.heard.interrupts[1] == 6);
    CHECK_EQ(fixture.heard.interrupts[0], 4); /* what is above 1 counts as 0 */
    CHECK_EQ(fixture.heard.interrupts[1], 2);
    CHECK_EQ(fixture.heard.other_vectors, 0);
    CHECK_EQ(pvgpu_channel_counters(fixture.channel).interrupts, 6);
    finish(&fixture);
}

static void messages_may_come_in_any_pieces(struct check *check)
{
    /* Acknowledgement, interrupt, a type of the future, interrupt. */
    static const uint32_t words[] = {2, 8, 0x9F, 0, 4, 4, 1, 77, 3, 0, 4, 4, 0};
    uint8_t bytes[sizeof(words) - 1];
    memcpy(bytes, words, 36);
    memcpy(bytes + 36, (const uint8_t *)words + 37, sizeof(words) - 37); /* the odd payload has 3 bytes */
    for (size_t piece = 1; piece <= sizeof(bytes); piece += piece < 20 ? 1 : 7) {
        struct fixture fixture;
        if (!start(check, &fixture, 0, 0))
            return;
        for (size_t at = 0; at < sizeof(bytes); at += piece) {
            size_t left = sizeof(bytes) - at;
            host_writes(check, &fixture, bytes + at, left < piece ? left : piece);
            pvgpu_channel_dispatch(fixture.channel);
        }
        UNTIL(&fixture, fixture.heard.interrupts[0] == 1);
        CHECK_EQ(fixture.heard.interrupts[1], 1);
        CHECK_EQ(fixture.heard.disconnected, 0);
        CHECK(fixture.heard.features == 0x9F);
        finish(&fixture);
    }
}

static void unknown_types_are_passed_over(struct check *check)
{
    static const uint32_t types[] = {0, PVGPU_MESSAGE_HANDSHAKE, PVGPU_MESSAGE_DOORBELL, 6, 0xFFFFFFFFu};
    const uint32_t vector = 1;
    struct fixture fixture;
    if (!start_connected(check, &fixture, 0))
        return;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        for (uint32_t bytes = 0; bytes <= 8; bytes++)
            host_says(check, &fixture, types[i], "whatever", bytes);
    }
    host_says(check, &fixture, PVGPU_MESSAGE_IRQ, &vector, 4);
    UNTIL(&fixture, fixture.heard.interrupts[1] == 1);
    CHECK_EQ(fixture.heard.interrupts[0], 0);
    CHECK_EQ(fixture.heard.disconnected, 0);
    finish(&fixture);
}

/* ---- Hosts that break the protocol --------------------------------------------------------------------------------- */

static void lengths_are_never_trusted(struct check *check)
{
    static const struct pvgpu_message_header bad[] = {
        {PVGPU_MESSAGE_HANDSHAKE_ACK, 9},
        {PVGPU_MESSAGE_HANDSHAKE_ACK, 4},
        {PVGPU_MESSAGE_IRQ, 0},
        {PVGPU_MESSAGE_IRQ, 3},
        {PVGPU_MESSAGE_IRQ, 8},
        {PVGPU_MESSAGE_IRQ, 0xFFFFFFFFu},
        {PVGPU_MESSAGE_SHUTDOWN, 1},
        {PVGPU_MESSAGE_SHUTDOWN, 0xFFFFFFFFu},
        {6, 9},
        {6, 0xFFFFFFFFu},
        {0, 0x80000000u},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct fixture fixture;
        if (!start_connected(check, &fixture, 0))
            return;
        host_writes(check, &fixture, &bad[i], sizeof(bad[i])); /* judged before any payload */
        ends_for_fault(check, &fixture, "the host sent message");
        finish(&fixture);
    }
}

static void the_order_is_kept(struct check *check)
{
    struct fixture fixture;
    const uint32_t vector = 0;
    if (!start(check, &fixture, 0, 0))
        return;
    host_says(check, &fixture, PVGPU_MESSAGE_IRQ, &vector, 4);
    ends_for_fault(check, &fixture, "before its acknowledgement");
    CHECK_EQ(fixture.heard.interrupts[0], 0);
    finish(&fixture);
    if (!start_connected(check, &fixture, 0))
        return;
    host_says(check, &fixture, PVGPU_MESSAGE_HANDSHAKE_ACK, NULL, 0);
    ends_for_fault(check, &fixture, "a second time");
    CHECK_EQ(fixture.heard.connected, 1);
    finish(&fixture);
}

static void random_bytes_do_no_harm(struct check *check)
{
    uint32_t seed = 20251127;
    int ended = 0;
    for (int round = 0; round < 300; round++) {
        struct fixture fixture;
        if (!start_connected(check, &fixture, 0))
            return;
        for (int i = 0; i < 40; i++) {
            uint8_t bytes[24];
            for (size_t k = 0; k < sizeof(bytes); k++) {
                seed = seed * 1664525u + 1013904223u;
                bytes[k] = (uint8_t)(seed >> 24) & (k % 4 ? (k % 8 > 4 ? 0x03 : 0x00) : 0x0F);
            }
            if (pvgpu_stream_write(fixture.host, bytes, 1 + bytes[0] % sizeof(bytes), 0) == PVGPU_IO_CLOSED)
                break;
            pvgpu_channel_dispatch(fixture.channel);
            pvgpu_channel_doorbell(fixture.channel);
        }
        ended += pvgpu_channel_state(fixture.channel) == PVGPU_CHANNEL_CLOSED;
        CHECK_EQ(fixture.heard.disconnected, pvgpu_channel_state(fixture.channel) == PVGPU_CHANNEL_CLOSED);
        finish(&fixture);
    }
    CHECK(ended > 100 && ended <= 300);
}

/* ---- Hosts that are slow, or go ------------------------------------------------------------------------------------ */

static void a_host_that_never_acknowledges_is_left(struct check *check)
{
    struct fixture fixture;
    if (!start(check, &fixture, 0, 30))
        return;
    uint64_t deadline = pvgpu_channel_deadline_ns(fixture.channel);
    CHECK(deadline <= pvgpu_channel_now_ns() + 30 * MS);
    UNTIL(&fixture, fixture.heard.disconnected == 1);
    CHECK(pvgpu_channel_now_ns() >= deadline);
    CHECK(strstr(fixture.heard.why, "did not acknowledge within 30 ms") != NULL);
    CHECK_EQ(pvgpu_channel_counters(fixture.channel).errors, 0);
    finish(&fixture);
}

static void a_host_that_never_reads_holds_nobody_up(struct check *check)
{
    enum { ASKED = 50000 };
    struct fixture fixture;
    uint32_t words[2];
    uint64_t read = 0;
    if (!start_connected(check, &fixture, 0))
        return;
    for (int i = 0; i < ASKED; i++) {
        pvgpu_channel_doorbell(fixture.channel);
        if (i % 1000 == 0)
            pvgpu_channel_dispatch(fixture.channel);
    }
    struct pvgpu_channel_counters counters = pvgpu_channel_counters(fixture.channel);
    CHECK_EQ(counters.doorbells_asked, ASKED);
    CHECK(counters.doorbells_sent > 0 && counters.doorbells_sent < ASKED);
    CHECK_EQ(pvgpu_channel_state(fixture.channel), PVGPU_CHANNEL_CONNECTED);
#ifndef _WIN32
    CHECK(pvgpu_channel_wants_write(fixture.channel));
#endif
    /* It reads at last: whole messages, and one for those that were not sent. */
    while (read < counters.doorbells_sent + 1 && CHECK(host_reads(&fixture, words, sizeof(words)))) {
        if (!CHECK(words[0] == PVGPU_MESSAGE_DOORBELL && words[1] == 0))
            break;
        read++;
    }
    CHECK_EQ(pvgpu_channel_counters(fixture.channel).doorbells_sent, counters.doorbells_sent + 1);
    CHECK(!pvgpu_channel_wants_write(fixture.channel));
    pvgpu_channel_doorbell(fixture.channel);
    CHECK(host_reads(&fixture, words, sizeof(words)));
    CHECK_EQ(words[0], PVGPU_MESSAGE_DOORBELL);
    printf("  %llu of %d doorbells were sent\n", (unsigned long long)counters.doorbells_sent, ASKED);
    finish(&fixture);
}

static void a_full_channel_can_be_destroyed(struct check *check)
{
    struct fixture fixture;
    if (!start_connected(check, &fixture, 0))
        return;
    for (int i = 0; i < 50000; i++)
        pvgpu_channel_doorbell(fixture.channel);
    finish(&fixture);
}

static void shutdown_of_the_host_is_the_end(struct check *check)
{
    const uint32_t vector = 0;
    struct fixture fixture;
    if (!start_connected(check, &fixture, 0))
        return;
    host_says(check, &fixture, PVGPU_MESSAGE_IRQ, &vector, 4);
    host_says(check, &fixture, PVGPU_MESSAGE_SHUTDOWN, NULL, 0);
    host_says(check, &fixture, PVGPU_MESSAGE_IRQ, &vector, 4);
    UNTIL(&fixture, fixture.heard.disconnected == 1);
    CHECK_EQ(fixture.heard.interrupts[0], 1);
    CHECK(strcmp(fixture.heard.why, "the host is shutting down") == 0);
    CHECK_EQ(pvgpu_channel_counters(fixture.channel).errors, 0);
    /* It was told never to connect again. */
    CHECK(pvgpu_channel_deadline_ns(fixture.channel) == PVGPU_CHANNEL_NO_DEADLINE);
    pvgpu_channel_doorbell(fixture.channel);
    for (int i = 0; i < 5; i++)
        step(&fixture);
    CHECK_EQ(pvgpu_channel_state(fixture.channel), PVGPU_CHANNEL_CLOSED);
    CHECK_EQ(fixture.heard.disconnected, 1);
    finish(&fixture);
}

/* No signal, no error: the next dispatch says that the host has gone. */
static void doorbells_to_a_host_that_has_gone(struct check *check)
{
    struct fixture fixture;
    if (!start_connected(check, &fixture, 0))
        return;
    pvgpu_stream_destroy(fixture.host);
    fixture.host = NULL;
    for (int i = 0; i < 10; i++)
        pvgpu_channel_doorbell(fixture.channel);
    UNTIL(&fixture, fixture.heard.disconnected == 1);
    CHECK(strcmp(fixture.heard.why, "the host closed the connection") == 0);
    finish(&fixture);
}

static void it_connects_again(struct check *check)
{
    struct fixture fixture;
    if (!start_connected(check, &fixture, 10))
        return;
    for (int round = 1; round <= 5; round++) {
        /* All of the host goes, and comes back after some attempts. */
        pvgpu_stream_destroy(fixture.host);
        pvgpu_listener_destroy(fixture.listener);
        fixture.host = NULL;
        fixture.listener = NULL;
        int attempts = 0;
        for (uint64_t last = 0, end_ns = pvgpu_time_deadline_ns(LONG_NS); attempts < 5 && pvgpu_time_left_ns(end_ns);) {
            step(&fixture);
            attempts += pvgpu_channel_deadline_ns(fixture.channel) != last;
            last = pvgpu_channel_deadline_ns(fixture.channel);
        }
        CHECK_EQ(fixture.heard.disconnected, round); /* of many attempts */
        CHECK_EQ(pvgpu_channel_state(fixture.channel), PVGPU_CHANNEL_CLOSED);
        CHECK(pvgpu_channel_deadline_ns(fixture.channel) != PVGPU_CHANNEL_NO_DEADLINE);
        pvgpu_channel_doorbell(fixture.channel); /* to nobody */
        uint8_t bytes[HANDSHAKE_BYTES];
        if (!host_listens(check, &fixture) || !host_accepts(check, &fixture) ||
            !CHECK(host_reads(&fixture, bytes, sizeof(bytes))))
            break;
        CHECK(memcmp(bytes + 16, MEMORY_NAME, sizeof(MEMORY_NAME)) == 0);
        host_says(check, &fixture, PVGPU_MESSAGE_HANDSHAKE_ACK, &all_features, 8);
        UNTIL(&fixture, fixture.heard.connected == round + 1);
        size_t moved;
        CHECK_EQ(pvgpu_stream_read(fixture.host, bytes, sizeof(bytes), &moved), PVGPU_IO_AGAIN);
        CHECK_EQ(moved, 0);
    }
    CHECK_EQ(pvgpu_channel_counters(fixture.channel).connections, 6);
    finish(&fixture);
}

/* A message that was cut off is not continued on the next connection. */
static void halves_are_forgotten(struct check *check)
{
    struct fixture fixture;
    const uint32_t vector = 1;
    if (!start_connected(check, &fixture, 10))
        return;
    host_writes(check, &fixture, "\4\0\0", 3);
    step(&fixture);
    if (host_accepts(check, &fixture) && host_takes_handshake(check, &fixture)) {
        host_says(check, &fixture, PVGPU_MESSAGE_HANDSHAKE_ACK, &all_features, 8);
        host_says(check, &fixture, PVGPU_MESSAGE_IRQ, &vector, 4);
        UNTIL(&fixture, fixture.heard.interrupts[1] == 1);
        CHECK_EQ(pvgpu_channel_counters(fixture.channel).errors, 0);
    }
    finish(&fixture);
}

/* ---- Starting ------------------------------------------------------------------------------------------------------ */

static void nobody_there_is_told_once(struct check *check)
{
    struct fixture fixture = {.host = NULL};
    char error[PVGPU_CHANNEL_ERROR_CHARS];
    endpoint_name(fixture.endpoint, "nobody");
    struct pvgpu_channel_config config = config_of(&fixture);
    fixture.channel = pvgpu_channel_create(&config, error);
    if (!CHECK(fixture.channel != NULL))
        return;
    CHECK(pvgpu_channel_deadline_ns(fixture.channel) <= pvgpu_channel_now_ns());
    CHECK_EQ(pvgpu_channel_wait_handle(fixture.channel), PVGPU_CHANNEL_NO_HANDLE);
    CHECK(!pvgpu_channel_wait_connected(fixture.channel, 250 * MS, error));
    CHECK(strstr(error, "cannot connect to") != NULL);
    CHECK_EQ(fixture.heard.disconnected, 1);
    CHECK_EQ(pvgpu_channel_state(fixture.channel), PVGPU_CHANNEL_CLOSED);
    finish(&fixture);
}

/* A host that comes late, and answers after a while. */
static void late_host(void *argument)
{
    struct fixture *fixture = argument;
    uint8_t bytes[HANDSHAKE_BYTES];
    pvgpu_time_sleep_ns(150 * MS);
    fixture->listener = pvgpu_listener_open(fixture->endpoint, &log_all);
    fixture->host = fixture->listener ? accept_one(fixture->listener) : NULL;
    if (!fixture->host || pvgpu_stream_read_all(fixture->host, bytes, sizeof(bytes), LONG_NS) != PVGPU_IO_DONE)
        return;
    pvgpu_time_sleep_ns(50 * MS);
    const struct pvgpu_message_header ack = {.type = PVGPU_MESSAGE_HANDSHAKE_ACK};
    pvgpu_stream_write(fixture->host, &ack, sizeof(ack), LONG_NS);
    /* Its reads belong to this thread. */
    pvgpu_stream_handle(fixture->host);
}

static void a_host_that_is_late_is_waited_for(struct check *check)
{
    struct fixture fixture = {.host = NULL};
    struct pvgpu_thread thread;
    char error[PVGPU_CHANNEL_ERROR_CHARS] = "";
    endpoint_name(fixture.endpoint, "late");
    struct pvgpu_channel_config config = config_of(&fixture);
    fixture.channel = pvgpu_channel_create(&config, error);
    if (!CHECK(fixture.channel != NULL) || !CHECK(pvgpu_thread_start(&thread, "late", late_host, &fixture)))
        return;
    if (!CHECK(pvgpu_channel_wait_connected(fixture.channel, LONG_NS, error)))
        printf("  said: %s\n", error);
    CHECK_EQ(fixture.heard.disconnected, 1); /* not there at first */
    CHECK_EQ(fixture.heard.connected, 1);
    CHECK(fixture.heard.features == 0x9D);
    pvgpu_thread_join(&thread);
    finish(&fixture);
}

static void what_cannot_be_is_refused(struct check *check)
{
    struct fixture fixture = {.endpoint = ""};
    char error[PVGPU_CHANNEL_ERROR_CHARS], text[400];
    struct pvgpu_channel_config good = config_of(&fixture), config;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    endpoint_name(fixture.endpoint, "refused");

    const char *endpoints[] = {"", text,
#ifdef _WIN32
                               "C:\\pvgpu", "\\\\.\\pipe\\", "\\\\server\\pipe\\pvgpu"
#endif
    };
    for (size_t i = 0; i < sizeof(endpoints) / sizeof(endpoints[0]); i++) {
        config = good;
        config.endpoint = endpoints[i];
        error[0] = '\0';
        CHECK(pvgpu_channel_create(&config, error) == NULL);
        CHECK(error[0] != '\0');
    }
    const char *names[] = {NULL, "", text + sizeof(text) - 1 - 64};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        config = good;
        config.memory_name = names[i];
        CHECK(pvgpu_channel_create(&config, error) == NULL);
    }
    config = good;
    config.memory_name = text + sizeof(text) - 1 - 63;
    fixture.channel = pvgpu_channel_create(&config, error);
    CHECK(fixture.channel != NULL);
    finish(&fixture);
    pvgpu_channel_destroy(NULL);
}

static void rounds_leave_no_handles(struct check *check)
{
    long before = 0;
    for (int round = 0; round < 110; round++) {
        struct fixture fixture;
        if (round == 10) /* what libraries open once is open */
            before = open_handles();
        if (!start_connected(check, &fixture, 0))
            return;
        for (int i = 0; i < (round % 3 ? 1 : 2000); i++)
            pvgpu_channel_doorbell(fixture.channel);
        finish(&fixture);
    }
    CHECK_EQ(open_handles(), before);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(handshake_is_what_the_protocol_says),
#ifdef _WIN32
        CHECK_CASE(parts_are_messages),
#else
        CHECK_CASE(parts_are_separate_calls),
#endif
        CHECK_CASE(the_end_is_said),
        CHECK_CASE(doorbells_arrive),
        CHECK_CASE(every_acknowledgement_is_understood),
        CHECK_CASE(interrupts_tell_their_vector),
        CHECK_CASE(messages_may_come_in_any_pieces),
        CHECK_CASE(unknown_types_are_passed_over),
        CHECK_CASE(lengths_are_never_trusted),
        CHECK_CASE(the_order_is_kept),
        CHECK_CASE(random_bytes_do_no_harm),
        CHECK_CASE(a_host_that_never_acknowledges_is_left),
        CHECK_CASE(a_host_that_never_reads_holds_nobody_up),
        CHECK_CASE(a_full_channel_can_be_destroyed),
        CHECK_CASE(shutdown_of_the_host_is_the_end),
        CHECK_CASE(doorbells_to_a_host_that_has_gone),
        CHECK_CASE(it_connects_again),
        CHECK_CASE(halves_are_forgotten),
        CHECK_CASE(nobody_there_is_told_once),
        CHECK_CASE(a_host_that_is_late_is_waited_for),
        CHECK_CASE(what_cannot_be_is_refused),
        CHECK_CASE(rounds_leave_no_handles),
    };
    return check_run(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
