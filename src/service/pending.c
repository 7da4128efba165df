/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "service/pending.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_LOOK_NS PVGPU_NS_PER_MS
#define LONGEST_NS (100 * PVGPU_NS_PER_MS)

struct peer {
    struct pvgpu_stream *stream; /* owned */
    pvgpu_opening_judge judge;
    const char *path;
    size_t endpoint;
    uint64_t since_ns;
    uint64_t look_ns; /* when to look again; PVGPU_NO_TIMEOUT: it has spoken */
};

struct pvgpu_pending {
    struct peer peers[PVGPU_PENDING_MOST]; /* in the order in which they came */
    size_t count;
    size_t at_endpoint[PVGPU_PENDING_ENDPOINTS]; /* how many of them */
    struct pvgpu_log log;
    struct pvgpu_log_limit lines; /* peers come as fast as they like */
};

struct pvgpu_pending *pvgpu_pending_create(const struct pvgpu_log *log)
{
    struct pvgpu_pending *pending = calloc(1, sizeof(*pending));
    if (!pending) {
        pvgpu_error(log, "No memory for connections that wait");
        return NULL;
    }
    pending->log = *log;
    pending->lines = (struct pvgpu_log_limit){.burst = 3, .per_second = 1};
    return pending;
}

void pvgpu_pending_destroy(struct pvgpu_pending *pending)
{
    for (size_t i = 0; pending && i < pending->count; i++)
        pvgpu_stream_destroy(pending->peers[i].stream);
    free(pending);
}

static bool may_log(struct pvgpu_pending *pending, enum pvgpu_log_level level)
{
    return pvgpu_log_may(&pending->log, level, &pending->lines, "clients that are no VMs");
}

static struct pvgpu_stream *take_out(struct pvgpu_pending *pending, size_t index)
{
    struct pvgpu_stream *stream = pending->peers[index].stream;
    pending->at_endpoint[pending->peers[index].endpoint]--;
    pending->count--;
    memmove(&pending->peers[index], &pending->peers[index + 1], (pending->count - index) * sizeof(pending->peers[0]));
    return stream;
}

static bool has_spoken(const struct peer *peer)
{
    return peer->look_ns == PVGPU_NO_TIMEOUT;
}

/* Looks at one. False: it has left, or was told to. */
static bool look_at(struct pvgpu_pending *pending, struct peer *peer)
{
    uint8_t bytes[PVGPU_OPENING_BYTES];
    size_t copied, available;
    if (pvgpu_stream_peek(peer->stream, bytes, sizeof(bytes), &copied, &available) == PVGPU_IO_CLOSED)
        return false;
    /* What is wrong with a message is said now and then. */
    struct pvgpu_log log = pending->log, silent = {.level = PVGPU_LOG_OFF, .target = log.target};
    enum pvgpu_opening opening = peer->judge(bytes, copied, available, &silent);
    if (opening == PVGPU_OPENING_WRONG && may_log(pending, PVGPU_LOG_ERROR))
        peer->judge(bytes, copied, available, &log);
    if (opening == PVGPU_OPENING_WHOLE)
        peer->look_ns = PVGPU_NO_TIMEOUT;
    if (opening != PVGPU_OPENING_PART)
        return opening == PVGPU_OPENING_WHOLE;
    uint64_t now = pvgpu_time_now_ns(), age = now - peer->since_ns;
    if (age >= PVGPU_PENDING_NS) {
        if (may_log(pending, PVGPU_LOG_WARN))
            pvgpu_warn(&pending->log, "A client of %s has not said what it is within %u s; disconnecting", peer->path,
                       (unsigned)(PVGPU_PENDING_NS / PVGPU_NS_PER_S));
        return false;
    }
    uint64_t wait = age < FIRST_LOOK_NS ? FIRST_LOOK_NS : age < LONGEST_NS ? age : LONGEST_NS;
    peer->look_ns = now + (wait < PVGPU_PENDING_NS - age ? wait : PVGPU_PENDING_NS - age);
    return true;
}

void pvgpu_pending_look(struct pvgpu_pending *pending)
{
    uint64_t now = pvgpu_time_now_ns();
    for (size_t i = 0; i < pending->count;) {
        struct peer *peer = &pending->peers[i];
        if (peer->look_ns > now || look_at(pending, peer))
            i++;
        else
            pvgpu_stream_destroy(take_out(pending, i));
    }
}

/* The oldest silent peer of the endpoint that has most; if all have spoken, the oldest of them. */
static size_t choose_victim(const struct pvgpu_pending *pending)
{
    size_t busiest = 0, oldest = pending->count;
    for (size_t i = 1; i < PVGPU_PENDING_ENDPOINTS; i++) {
        if (pending->at_endpoint[i] > pending->at_endpoint[busiest])
            busiest = i;
    }
    for (size_t i = pending->count; i-- > 0;) {
        const struct peer *peer = &pending->peers[i];
        if (peer->endpoint == busiest &&
            (oldest == pending->count || !has_spoken(peer) || has_spoken(&pending->peers[oldest])))
            oldest = i;
    }
    return oldest;
}

static void make_room(struct pvgpu_pending *pending)
{
    while (pending->count == PVGPU_PENDING_MOST) {
        size_t victim = choose_victim(pending);
        struct peer *peer = &pending->peers[victim];
        /* It may have spoken, or left, since it was looked at. */
        bool silent = !has_spoken(peer), there = !silent || look_at(pending, peer);
        if (silent && there && has_spoken(peer))
            continue;
        if (there && may_log(pending, PVGPU_LOG_WARN))
            pvgpu_warn(&pending->log, "%u clients have not said what they are: the oldest, of %s, is disconnected",
                       PVGPU_PENDING_MOST, peer->path);
        pvgpu_stream_destroy(take_out(pending, victim));
    }
}

void pvgpu_pending_add(struct pvgpu_pending *pending, size_t endpoint, const char *path, pvgpu_opening_judge judge,
                       struct pvgpu_stream *stream)
{
    assert(endpoint < PVGPU_PENDING_ENDPOINTS);
    make_room(pending);
    pending->at_endpoint[endpoint]++;
    pending->peers[pending->count++] = (struct peer){
        .stream = stream,
        .judge = judge,
        .path = path,
        .endpoint = endpoint,
        .since_ns = pvgpu_time_now_ns(),
        .look_ns = judge ? 0 : PVGPU_NO_TIMEOUT,
    };
}

struct pvgpu_stream *pvgpu_pending_take(struct pvgpu_pending *pending, size_t endpoint)
{
    for (size_t i = 0; i < pending->count; i++) {
        if (pending->peers[i].endpoint == endpoint && has_spoken(&pending->peers[i]))
            return take_out(pending, i);
    }
    return NULL;
}

uint64_t pvgpu_pending_deadline_ns(const struct pvgpu_pending *pending)
{
    uint64_t first = PVGPU_NO_TIMEOUT;
    for (size_t i = 0; i < pending->count; i++) {
        if (pending->peers[i].look_ns < first)
            first = pending->peers[i].look_ns;
    }
    return first;
}
