/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "present/frame_server.h"

#include "base/time.h"

#define GREETING_NS (5 * PVGPU_NS_PER_S) /* generous: the library says HELLO at once */
#define ACCEPT_PAUSE_NS (100 * PVGPU_NS_PER_MS) /* after a client was turned away, or no descriptor was left for it */
#define REQUESTS_PER_TURN 64 /* of one consumer, so that a talkative one does not keep the others waiting */

static void wake_renderer(struct pvgpu_frame_channel *channel)
{
    atomic_store_explicit(&channel->look_again, true, memory_order_release);
    pvgpu_event_signal(channel->wake);
}

/* A program that connects again and again must not fill the log. */
static bool may_log(struct pvgpu_frame_channel *channel, enum pvgpu_log_level level)
{
    return pvgpu_log_may(&channel->log, level, &channel->visits, "frame consumers");
}

/* Ends a connection and releases what it held. */
static void detach(struct pvgpu_frame_channel *channel, struct pvgpu_frame_consumer *consumer, const char *reason)
{
    pvgpu_mutex_lock(&channel->lock);
    struct pvgpu_frame_consumer gone = *consumer;
    *consumer = (struct pvgpu_frame_consumer){0};
    uint32_t left = atomic_load_explicit(&channel->attached, memory_order_relaxed);
    if (gone.attached) {
        left--;
        atomic_store_explicit(&channel->attached, left, memory_order_relaxed);
        if (left == 0)
            channel->abandoned = true;
    }
    pvgpu_mutex_unlock(&channel->lock);
    pvgpu_stream_destroy(gone.stream);
    if (!gone.attached) {
        pvgpu_debug(&channel->log, "Frame client dropped (process %lld, %s)", (long long)gone.process_id, reason);
        return;
    }
    pvgpu_frame_memory_finish(&gone.hold);
    pvgpu_frame_bell_finish(&gone.bell);
    if (may_log(channel, PVGPU_LOG_INFO))
        pvgpu_info(&channel->log, "Frame consumer detached (process %lld, %s), %u attached", (long long)gone.process_id,
                   reason, left);
    wake_renderer(channel);
}

static void refuse(struct pvgpu_frame_channel *channel, struct pvgpu_frame_consumer *consumer,
                   enum pvgpu_frames_refusal refusal, const char *reason)
{
    struct pvgpu_frames_reply reply = {
        .magic = PVGPU_FRAMES_MAGIC,
        .type = PVGPU_FRAMES_REFUSED,
        .version = PVGPU_FRAMES_LAYOUT_VERSION,
        .value = refusal,
        .bytes = refusal == PVGPU_FRAMES_REFUSED_VERSION ? PVGPU_FRAMES_LAYOUT_VERSION : 0,
    };
    pvgpu_frame_port_send(consumer->stream, consumer->process_id, &reply, NULL, 0);
    if (may_log(channel, PVGPU_LOG_WARN))
        pvgpu_warn(&channel->log, "Frame consumer refused (process %lld): %s", (long long)consumer->process_id, reason);
    detach(channel, consumer, "refused");
}

/* HELLO. False: the consumer is gone. */
static bool attach(struct pvgpu_frame_channel *channel, struct pvgpu_frame_consumer *consumer)
{
    uint32_t attached = atomic_load_explicit(&channel->attached, memory_order_relaxed);
    if (consumer->request.value != PVGPU_FRAMES_LAYOUT_VERSION) {
        refuse(channel, consumer, PVGPU_FRAMES_REFUSED_VERSION, "another version of the channel");
        return false;
    }
    if (attached == PVGPU_FRAMES_MAX_CONSUMERS) {
        refuse(channel, consumer, PVGPU_FRAMES_REFUSED_BUSY, "too many are attached");
        return false;
    }
    if (!pvgpu_frame_memory_create(&consumer->hold, PVGPU_FRAME_MEMORY_HOLD, PVGPU_FRAMES_HOLD_BYTES, &channel->log))
        goto error;
    if (!pvgpu_frame_bell_init(&consumer->bell))
        goto error_hold;
    consumer->lossless = consumer->request.flags & PVGPU_FRAMES_LOSSLESS;

    struct pvgpu_frames_reply reply = {
        .magic = PVGPU_FRAMES_MAGIC,
        .type = PVGPU_FRAMES_WELCOME,
        .version = PVGPU_FRAMES_LAYOUT_VERSION,
    };
    struct pvgpu_frame_gift gifts[2] = {
        {consumer->hold.handle, PVGPU_FRAME_RIGHT_WRITE},
        {consumer->bell.theirs, PVGPU_FRAME_RIGHT_WAIT},
    };
    pvgpu_mutex_lock(&channel->lock);
    reply.publications = channel->publications;
    reply.dropped = channel->dropped_shared;
    bool sent = pvgpu_frame_port_send(consumer->stream, consumer->process_id, &reply, gifts, 2);
    if (sent) {
        consumer->attached = true;
        attached++;
        atomic_store_explicit(&channel->attached, attached, memory_order_relaxed);
        channel->attached_ever++;
    }
    pvgpu_mutex_unlock(&channel->lock);
    if (!sent)
        goto error_bell;
    pvgpu_frame_bell_passed(&consumer->bell);
    if (may_log(channel, PVGPU_LOG_INFO))
        pvgpu_info(&channel->log, "Frame consumer attached (process %lld%s), %u attached",
                   (long long)consumer->process_id, consumer->lossless ? ", lossless" : "", attached);
    wake_renderer(channel);
    return true;

error_bell:
    pvgpu_frame_bell_finish(&consumer->bell);
error_hold:
    pvgpu_frame_memory_finish(&consumer->hold);
error:
    refuse(channel, consumer, PVGPU_FRAMES_REFUSED_RESOURCES, "no memory or handles for it");
    return false;
}

/* False: the consumer is gone. */
static bool dispatch(struct pvgpu_frame_channel *channel, struct pvgpu_frame_consumer *consumer)
{
    const struct pvgpu_frames_request *request = &consumer->request;
    if (request->magic == PVGPU_FRAMES_MAGIC && !consumer->attached && request->type == PVGPU_FRAMES_HELLO)
        return attach(channel, consumer);
    if (request->magic == PVGPU_FRAMES_MAGIC && consumer->attached) {
        if (request->type == PVGPU_FRAMES_WAKE) {
            wake_renderer(channel);
            return true;
        }
        if (request->type == PVGPU_FRAMES_MAPPED && request->value == consumer->generation_sent &&
            consumer->generation_mapped != consumer->generation_sent) {
            consumer->generation_mapped = consumer->generation_sent;
            return true;
        }
    }
    detach(channel, consumer, "malformed request");
    return false;
}

static void take_in_requests(struct pvgpu_frame_channel *channel, struct pvgpu_frame_consumer *consumer)
{
    for (int i = 0; i < REQUESTS_PER_TURN; i++) {
        size_t moved;
        enum pvgpu_io io = pvgpu_stream_read(consumer->stream, (uint8_t *)&consumer->request + consumer->received,
                                             sizeof(consumer->request) - consumer->received, &moved);
        consumer->received += moved;
        if (io == PVGPU_IO_CLOSED) {
            detach(channel, consumer, "disconnected");
            return;
        }
        if (consumer->received < sizeof(consumer->request))
            return;
        consumer->received = 0;
        if (!dispatch(channel, consumer))
            return;
    }
}

/* Sends the current mapping to a consumer that has confirmed the one before. */
static void offer_mapping(struct pvgpu_frame_channel *channel, struct pvgpu_frame_consumer *consumer)
{
    if (!consumer->attached || consumer->generation_sent != consumer->generation_mapped)
        return;
    bool sent = true;
    pvgpu_mutex_lock(&channel->lock);
    if (channel->memory.base && !channel->abandoned && consumer->generation_sent != channel->generation) {
        struct pvgpu_frames_reply reply = {
            .magic = PVGPU_FRAMES_MAGIC,
            .type = PVGPU_FRAMES_MAPPING,
            .version = PVGPU_FRAMES_LAYOUT_VERSION,
            .value = channel->generation,
            .bytes = channel->memory.bytes,
        };
        struct pvgpu_frame_gift gift = {channel->memory.handle, PVGPU_FRAME_RIGHT_READ};
        sent = pvgpu_frame_port_send(consumer->stream, consumer->process_id, &reply, &gift, 1);
        consumer->generation_sent = channel->generation;
    }
    pvgpu_mutex_unlock(&channel->lock);
    if (!sent)
        detach(channel, consumer, "does not take messages");
}

/* False: nobody could be let in. */
static bool admit(struct pvgpu_frame_channel *channel)
{
    struct pvgpu_stream *stream = pvgpu_frame_port_accept(&channel->port);
    if (!stream)
        return false;
    for (uint32_t i = 0; i < PVGPU_FRAME_MAX_PEERS; i++) {
        struct pvgpu_frame_consumer *consumer = &channel->consumers[i];
        if (consumer->stream)
            continue;
        struct pvgpu_peer peer = {0};
        pvgpu_stream_peer(stream, &peer);
        consumer->stream = stream;
        consumer->process_id = peer.process_id;
        consumer->greeting_deadline_ns = pvgpu_time_deadline_ns(GREETING_NS);
        return true;
    }
    pvgpu_stream_destroy(stream); /* the port is not watched while the table is full, so nobody gets here */
    return false;
}

/* Drops clients that never said HELLO; returns how long the next one still has. */
static uint64_t check_greetings(struct pvgpu_frame_channel *channel)
{
    uint64_t shortest = PVGPU_NO_TIMEOUT;
    for (uint32_t i = 0; i < PVGPU_FRAME_MAX_PEERS; i++) {
        struct pvgpu_frame_consumer *consumer = &channel->consumers[i];
        if (!consumer->stream || consumer->attached)
            continue;
        uint64_t left = pvgpu_time_left_ns(consumer->greeting_deadline_ns);
        if (left == 0)
            detach(channel, consumer, "silent");
        else if (left < shortest)
            shortest = left;
    }
    return shortest;
}

void pvgpu_frame_server_welcome(struct pvgpu_frame_channel *channel)
{
    while (admit(channel))
        ;
    for (uint32_t i = 0; i < PVGPU_FRAME_MAX_PEERS; i++) {
        if (channel->consumers[i].stream)
            take_in_requests(channel, &channel->consumers[i]);
    }
}

void pvgpu_frame_server_run(void *argument)
{
    struct pvgpu_frame_channel *channel = argument;
    enum { EVENT, PORT, FIRST_PEER };
    _Static_assert(FIRST_PEER + PVGPU_FRAME_MAX_PEERS <= PVGPU_WAIT_MAX, "more than can be waited for");
    uint64_t pause_until_ns = 0;

    while (!atomic_load_explicit(&channel->stopping, memory_order_acquire)) {
        uint64_t timeout = check_greetings(channel);
        pvgpu_handle handles[FIRST_PEER + PVGPU_FRAME_MAX_PEERS];
        bool room = false;
        for (uint32_t i = 0; i < PVGPU_FRAME_MAX_PEERS; i++) {
            struct pvgpu_stream *stream = channel->consumers[i].stream;
            handles[FIRST_PEER + i] = stream ? pvgpu_stream_wait_handle(stream) : PVGPU_NO_HANDLE;
            room |= !stream;
        }
        uint64_t pause = pause_until_ns ? pvgpu_time_left_ns(pause_until_ns) : 0;
        if (pause && pause < timeout)
            timeout = pause;
        handles[EVENT] = channel->event.handle;
        handles[PORT] = room && !pause ? pvgpu_frame_port_wait_handle(&channel->port) : PVGPU_NO_HANDLE;

        uint32_t ready = pvgpu_handle_wait_any(handles, FIRST_PEER + PVGPU_FRAME_MAX_PEERS, timeout);
        if (ready & 1u << EVENT)
            pvgpu_event_take(&channel->event);
        for (uint32_t i = 0; i < PVGPU_FRAME_MAX_PEERS; i++) {
            if (ready & 1u << (FIRST_PEER + i))
                take_in_requests(channel, &channel->consumers[i]);
        }
        pause_until_ns = 0;
        if (ready & 1u << PORT && !admit(channel))
            pause_until_ns = pvgpu_time_deadline_ns(ACCEPT_PAUSE_NS);
        for (uint32_t i = 0; i < PVGPU_FRAME_MAX_PEERS; i++)
            offer_mapping(channel, &channel->consumers[i]);
    }
    for (uint32_t i = 0; i < PVGPU_FRAME_MAX_PEERS; i++) {
        if (channel->consumers[i].stream)
            detach(channel, &channel->consumers[i], "the channel is closed");
    }
}
