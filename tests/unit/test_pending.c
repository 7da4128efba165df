/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Connections that have not said yet what they are: who gets a session, who waits, who has to go. */
#include "os_support.h"

#include "pvgpu/protocol.h"
#include "service/pending.h"

#define CLIENTS (PVGPU_PENDING_MOST + 40u)

struct fixture {
    struct pvgpu_listener *listener;
    struct pvgpu_pending *pending;
    struct pvgpu_log_catch caught; /* what was logged first, so that nothing else is */
    struct pvgpu_log log;
    char path[NAME_BYTES];
    struct pvgpu_stream *clients[CLIENTS];
    size_t count;
};

static void finish(struct fixture *fixture)
{
    pvgpu_pending_destroy(fixture->pending);
    for (size_t i = 0; i < fixture->count; i++)
        pvgpu_stream_destroy(fixture->clients[i]);
    pvgpu_listener_destroy(fixture->listener);
    free(fixture);
}

static struct fixture *start(struct check *check)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    if (!CHECK(fixture != NULL))
        return NULL;
    endpoint_name(fixture->path, "pending");
    fixture->log = (struct pvgpu_log){.level = PVGPU_LOG_ERROR, .target = "test", .errors = &fixture->caught};
    fixture->listener = pvgpu_listener_open(fixture->path, &log_all);
    fixture->pending = pvgpu_pending_create(&fixture->log);
    if (CHECK(fixture->listener != NULL) && CHECK(fixture->pending != NULL))
        return fixture;
    finish(fixture);
    return NULL;
}

/* One more client, which waits at that endpoint. Its number; -1: checked. */
static int come(struct check *check, struct fixture *fixture, size_t endpoint, pvgpu_opening_judge judge)
{
    struct pvgpu_stream *client = pvgpu_stream_connect(fixture->path, &log_all);
    struct pvgpu_stream *server = client ? accept_one(fixture->listener) : NULL;
    if (!CHECK(server != NULL)) {
        pvgpu_stream_destroy(client);
        return -1;
    }
    fixture->clients[fixture->count] = client;
    pvgpu_pending_add(fixture->pending, endpoint, fixture->path, judge, server);
    return (int)fixture->count++;
}

static void say(struct check *check, struct fixture *fixture, int client, const void *bytes, size_t size)
{
    CHECK_EQ(pvgpu_stream_write(fixture->clients[client], bytes, size, LONG_NS), PVGPU_IO_DONE);
}

static const struct {
    struct pvgpu_message_header header;
    uint8_t payload[30];
} handshake = {{PVGPU_MESSAGE_HANDSHAKE, 30}, {0, 0, 0, 4}};

static void say_handshake(struct check *check, struct fixture *fixture, int client)
{
    say(check, fixture, client, &handshake.header, sizeof(handshake.header));
    say(check, fixture, client, handshake.payload, sizeof(handshake.payload));
}

/* Waits for somebody at that endpoint; NULL: nobody has spoken. */
static struct pvgpu_stream *take(struct fixture *fixture, size_t endpoint, uint64_t timeout_ns)
{
    uint64_t end_ns = pvgpu_time_deadline_ns(timeout_ns);
    struct pvgpu_stream *stream;
    do {
        pvgpu_pending_look(fixture->pending);
        stream = pvgpu_pending_take(fixture->pending, endpoint);
        if (stream)
            return stream;
        uint64_t due = pvgpu_time_left_ns(pvgpu_pending_deadline_ns(fixture->pending));
        pvgpu_time_sleep_ns(due < MS ? due : MS);
    } while (pvgpu_time_left_ns(end_ns));
    return NULL;
}

/* Whether that client was sent away. */
static bool is_dropped(struct fixture *fixture, int client)
{
    uint8_t byte;
    size_t moved;
    return pvgpu_stream_read(fixture->clients[client], &byte, 1, &moved) == PVGPU_IO_CLOSED;
}

static void wait_for_drop(struct check *check, struct fixture *fixture, int client)
{
    uint64_t end_ns = pvgpu_time_deadline_ns(LONG_NS);
    while (!is_dropped(fixture, client) && pvgpu_time_left_ns(end_ns)) {
        pvgpu_pending_look(fixture->pending);
        pvgpu_time_sleep_ns(MS);
    }
    CHECK(is_dropped(fixture, client));
}

static void who_speaks_is_taken_with_every_byte(struct check *check)
{
    struct fixture *fixture = start(check);
    uint8_t bytes[64];
    if (!fixture)
        return;
    CHECK(pvgpu_pending_deadline_ns(fixture->pending) == PVGPU_NO_TIMEOUT);
    int silent = come(check, fixture, 0, pvgpu_link_pipe_opening);
    int client = come(check, fixture, 0, pvgpu_link_pipe_opening);
    CHECK(pvgpu_pending_deadline_ns(fixture->pending) != PVGPU_NO_TIMEOUT);
    say_handshake(check, fixture, client);
    say(check, fixture, client, "\3\0\0\0\0\0\0", 8); /* and what comes after it */
    CHECK(take(fixture, 1, 0) == NULL);
    struct pvgpu_stream *stream = take(fixture, 0, LONG_NS);
    if (CHECK(stream != NULL)) {
        CHECK_EQ(pvgpu_stream_read_all(stream, bytes, 46, LONG_NS), PVGPU_IO_DONE);
        CHECK(memcmp(bytes, &handshake.header, 8) == 0 && memcmp(bytes + 8, handshake.payload, 30) == 0);
        CHECK_EQ(bytes[38], 3);
    }
    CHECK(take(fixture, 0, 0) == NULL);
    CHECK(!is_dropped(fixture, silent));
    pvgpu_stream_destroy(stream);
    finish(fixture);
}

static void parts_are_waited_for(struct check *check)
{
    struct fixture *fixture = start(check);
    if (!fixture)
        return;
    int client = come(check, fixture, 0, pvgpu_link_pipe_opening);
#ifdef _WIN32
    const size_t first = sizeof(handshake.header); /* a message of its own, as the protocol has it */
#else
    const size_t first = 1;
#endif
    uint8_t bytes[38];
    memcpy(bytes, &handshake.header, 8);
    memcpy(bytes + 8, handshake.payload, 30);
    for (size_t at = 0, size = first; at < sizeof(bytes); at += size, size = 1) {
        CHECK(take(fixture, 0, 2 * MS) == NULL);
        say(check, fixture, client, bytes + at, size);
    }
    struct pvgpu_stream *stream = take(fixture, 0, LONG_NS);
    CHECK(stream != NULL);
    pvgpu_stream_destroy(stream);
    finish(fixture);
}

static void who_says_what_is_wrong_goes(struct check *check)
{
    static const uint32_t wrong[][2] = {
        {PVGPU_MESSAGE_HANDSHAKE, 9},
        {PVGPU_MESSAGE_HANDSHAKE, 73},
        {PVGPU_MESSAGE_HANDSHAKE, 0xFFFFFFFFu},
        {PVGPU_MESSAGE_DOORBELL, 0},
        {PVGPU_MESSAGE_SHUTDOWN, 0},
        {PVGPU_MESSAGE_IRQ, 4},
        {0x20544547u /* GET */, 0x48},
        {0x00010007u, 60 /* VERSION of vfio-user */},
    };
    struct fixture *fixture = start(check);
    if (!fixture)
        return;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        int client = come(check, fixture, 0, pvgpu_link_pipe_opening);
        say(check, fixture, client, wrong[i], sizeof(wrong[i]));
        wait_for_drop(check, fixture, client);
        CHECK(take(fixture, 0, 0) == NULL);
    }
    CHECK(strstr(fixture->caught.text, "payload of 9 bytes; disconnecting") != NULL);
    CHECK(pvgpu_pending_deadline_ns(fixture->pending) == PVGPU_NO_TIMEOUT);
    finish(fixture);
}

#ifdef __linux__
static void vfio_user_is_told_from_the_rest(struct check *check)
{
    /* Id, command, size, flags, error, and the first words of VERSION. */
    static const uint8_t version[20] = {9, 0, 1, 0, 20};
    static const uint8_t wrong[][16] = {
        {9, 0, 4, 0, 20},
        {1, 0, 0, 0, 30},
        {9, 0, 1, 0, 15},
        {9, 0, 1, 0, 0, 0, 1, 0},
        {9, 0, 1, 0, 255, 255, 255, 255},
    };
    struct fixture *fixture = start(check);
    if (!fixture)
        return;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        int client = come(check, fixture, 2, pvgpu_link_vfio_user_opening);
        say(check, fixture, client, wrong[i], sizeof(wrong[i]));
        wait_for_drop(check, fixture, client);
    }
    int client = come(check, fixture, 2, pvgpu_link_vfio_user_opening);
    say(check, fixture, client, version, 19);
    CHECK(take(fixture, 2, 5 * MS) == NULL);
    say(check, fixture, client, version + 19, 1);
    struct pvgpu_stream *stream = take(fixture, 2, LONG_NS);
    CHECK(stream != NULL);
    pvgpu_stream_destroy(stream);
    finish(fixture);
}
#endif

static void who_leaves_is_forgotten(struct check *check)
{
    struct fixture *fixture = start(check);
    if (!fixture)
        return;
    int client = come(check, fixture, 0, pvgpu_link_pipe_opening);
    pvgpu_stream_destroy(fixture->clients[client]);
    fixture->clients[client] = NULL;
    for (uint64_t end_ns = pvgpu_time_deadline_ns(LONG_NS);
         pvgpu_pending_deadline_ns(fixture->pending) != PVGPU_NO_TIMEOUT && pvgpu_time_left_ns(end_ns);) {
        pvgpu_pending_look(fixture->pending);
        pvgpu_time_sleep_ns(MS);
    }
    CHECK(pvgpu_pending_deadline_ns(fixture->pending) == PVGPU_NO_TIMEOUT);
    finish(fixture);
}

/* Where the service speaks first. */
static void who_need_not_speak_is_taken_at_once(struct check *check)
{
    struct fixture *fixture = start(check);
    if (!fixture)
        return;
    come(check, fixture, 3, NULL);
    CHECK(pvgpu_pending_deadline_ns(fixture->pending) == PVGPU_NO_TIMEOUT);
    struct pvgpu_stream *stream = take(fixture, 3, 0);
    CHECK(stream != NULL);
    pvgpu_stream_destroy(stream);
    finish(fixture);
}

/* The oldest silent one of the endpoint that has most goes; who has spoken stays, also if nobody has looked yet. */
static void a_flood_drops_its_own_oldest(struct check *check)
{
    struct fixture *fixture = start(check);
    struct pvgpu_stream *stream;
    if (!fixture)
        return;
    int spoken = come(check, fixture, 0, pvgpu_link_pipe_opening);
    int other = come(check, fixture, 1, pvgpu_link_pipe_opening);
    int first = -1, last = -1;
    for (size_t i = 0; i < CLIENTS - 2; i++) {
        last = come(check, fixture, 0, pvgpu_link_pipe_opening);
        first = i ? first : last;
        if (i == 5)
            say_handshake(check, fixture, spoken);
    }
    const int dropped = (int)(CLIENTS - PVGPU_PENDING_MOST);
    CHECK(!is_dropped(fixture, spoken));
    CHECK(!is_dropped(fixture, other));
    CHECK(is_dropped(fixture, first));
    CHECK(is_dropped(fixture, first + dropped - 1));
    CHECK(!is_dropped(fixture, first + dropped));
    CHECK(!is_dropped(fixture, last));
    say_handshake(check, fixture, other);
    stream = take(fixture, 1, LONG_NS);
    CHECK(stream != NULL);
    pvgpu_stream_destroy(stream);
    /* In the order in which they came. */
    say_handshake(check, fixture, last);
    stream = take(fixture, 0, LONG_NS);
    if (CHECK(stream != NULL))
        CHECK_EQ(pvgpu_stream_write(stream, "x", 1, LONG_NS), PVGPU_IO_DONE);
    uint8_t byte = 0;
    CHECK_EQ(pvgpu_stream_read_all(fixture->clients[spoken], &byte, 1, LONG_NS), PVGPU_IO_DONE);
    pvgpu_stream_destroy(stream);
    stream = take(fixture, 0, LONG_NS);
    CHECK(stream != NULL);
    pvgpu_stream_destroy(stream);
    finish(fixture);
}

/* A place is never made of nothing: when all have spoken, the oldest of them goes. */
static void those_who_spoke_are_bounded_too(struct check *check)
{
    struct fixture *fixture = start(check);
    if (!fixture)
        return;
    for (size_t i = 0; i < PVGPU_PENDING_MOST + 3; i++)
        come(check, fixture, 0, NULL);
    for (int i = 0; i < 3; i++)
        CHECK(is_dropped(fixture, i));
    CHECK(!is_dropped(fixture, 3));
    finish(fixture);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(who_speaks_is_taken_with_every_byte),
        CHECK_CASE(parts_are_waited_for),
        CHECK_CASE(who_says_what_is_wrong_goes),
#ifdef __linux__
        CHECK_CASE(vfio_user_is_told_from_the_rest),
#endif
        CHECK_CASE(who_leaves_is_forgotten),
        CHECK_CASE(who_need_not_speak_is_taken_at_once),
        CHECK_CASE(a_flood_drops_its_own_oldest),
        CHECK_CASE(those_who_spoke_are_bounded_too),
    };
    return check_run(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
