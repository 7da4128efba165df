/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Messages and file descriptors over the socket of a vfio-user client: whole requests in, replies out, nothing blocks.
 * Requests are bounded, and no request is read while a reply has not gone out entirely: a client that does not read its
 * replies therefore holds up itself, in one reply's worth of memory. Owned by the session's thread.
 */
#ifndef PVGPU_LINK_VFIO_USER_CHANNEL_H
#define PVGPU_LINK_VFIO_USER_CHANNEL_H

#include "base/log.h"
#include "link/backoff.h"
#include "link/vfio_user_wire.h"
#include "os/endpoint.h"

#include <stdbool.h>

/* A client that leaves a reply unread for so long, its socket full of others, is gone for all purposes. */
#define PVGPU_VFIO_STALL_NS (10 * PVGPU_NS_PER_S)

/* The longest reply, to a full REGION_READ. */
#define PVGPU_VFIO_MAX_REPLY (sizeof(struct pvgpu_vfio_region_access) + PVGPU_VFIO_MAX_TRANSFER)

struct pvgpu_vfio_request {
    struct pvgpu_vfio_header header;
    size_t payload_bytes; /* header.size without the header */
    uint8_t payload[PVGPU_VFIO_MAX_PAYLOAD];
    int fds[PVGPU_VFIO_MAX_FDS]; /* owned; a handler that keeps one writes -1 in its place */
    size_t fd_count;
    bool fds_lost; /* more came along than there is room for, or than this process may have */
};

struct pvgpu_vfio_channel {
    struct pvgpu_stream *stream; /* owned */
    struct pvgpu_log log;
    struct pvgpu_vfio_request request; /* the one being received or handled */
    size_t received; /* bytes of it, header included */
    uint8_t output[sizeof(struct pvgpu_vfio_header) + PVGPU_VFIO_MAX_REPLY];
    size_t output_size; /* 0: nothing is pending */
    size_t output_sent;
    int output_fd; /* borrowed, goes with the first byte; -1: none */
    struct pvgpu_backoff backoff;
};

enum pvgpu_vfio_receive {
    PVGPU_VFIO_RECEIVED, /* channel->request is complete; reply to it before the next receive */
    PVGPU_VFIO_NOTHING, /* not all of it is there yet, or a reply is pending */
    PVGPU_VFIO_GONE, /* the client has left, or what it sends are no messages (logged) */
};

/* Takes the stream. */
void pvgpu_vfio_channel_init(struct pvgpu_vfio_channel *channel, struct pvgpu_stream *stream,
                             const struct pvgpu_log *log);

/* Closes the connection and every descriptor that came in and was not kept. */
void pvgpu_vfio_channel_finish(struct pvgpu_vfio_channel *channel);

/* Goes on receiving. Descriptors of the request before are closed first. */
enum pvgpu_vfio_receive pvgpu_vfio_channel_receive(struct pvgpu_vfio_channel *channel);

/*
 * Answers the current request: with `error` (errno value) if that is not 0, else with the payload and, if it is not
 * -1, a descriptor. Nothing is sent if the client wants no reply. False: the client has gone.
 */
bool pvgpu_vfio_channel_reply(struct pvgpu_vfio_channel *channel, uint32_t error, const void *payload,
                              size_t payload_bytes, int fd);

/* Sends what is pending. False: the client has gone, or has not read for PVGPU_VFIO_STALL_NS (logged). */
bool pvgpu_vfio_channel_flush(struct pvgpu_vfio_channel *channel);

static inline bool pvgpu_vfio_channel_is_pending(const struct pvgpu_vfio_channel *channel)
{
    return channel->output_size != 0;
}

#endif
