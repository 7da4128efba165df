/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The link to the pvgpu device of QEMU. Everything that goes out consists of a header and at most one payload, each
 * written by a call of its own because the device reads them so; a part is written whole or not at all. What could not
 * be written is not queued but remembered as a fact (ACK due, vectors due, SHUTDOWN due), so nothing here can grow.
 */
#include "link/link.h"

#include "base/time.h"
#include "link/backoff.h"
#include "link/cursor.h"
#include "os/process.h"
#include "pvgpu/protocol.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define HANDSHAKE_TIMEOUT_NS (10 * PVGPU_NS_PER_S)
#define PEER_END_NS (1 * PVGPU_NS_PER_S) /* from closing its files to the end of a process that is being killed */
#define INPUT_BYTES 1024 /* some 100 doorbells a read */
#define READS_PER_DISPATCH 16 /* a peer that floods must not keep the session's thread for itself */
#define MAX_MESSAGE_BYTES (sizeof(struct pvgpu_message_header) + sizeof(struct pvgpu_handshake))
#define MAX_PARTS 2
#define MAX_PART_BYTES 8

/* The device's u32 size property, and the u32 words of the control region, cannot say more. */
#define MAX_SHMEM_BYTES (UINT64_C(1) << 32)

_Static_assert(INPUT_BYTES >= MAX_MESSAGE_BYTES, "the longest message must fit");

struct part {
    uint8_t bytes[MAX_PART_BYTES];
    size_t size;
};

struct pipe_link {
    struct pvgpu_link base;
    struct pvgpu_stream *stream;
    struct pvgpu_shared_memory memory;
    char memory_name[PVGPU_SHMEM_NAME_CHARS + 1];
    pvgpu_handle peer; /* owned; ready once QEMU's process has ended; PVGPU_NO_HANDLE: the system does not tell */
    bool vanished; /* the connection ended without a word */

    uint8_t input[INPUT_BYTES]; /* received, not yet understood */
    size_t input_size;
    bool doorbell; /* one came in since the session was told */
    bool attached; /* the handshake is over, as far as we are concerned */
    bool broken; /* writing failed; the next dispatch ends the link */
    uint64_t handshake_deadline_ns;

    struct part parts[MAX_PARTS]; /* of the message being written */
    size_t part_count;
    size_t part_next;
    bool ack_due;
    bool shutdown_due;
    uint32_t vectors_due; /* bit per vector */
    struct pvgpu_backoff backoff;
};

static struct pipe_link *pipe_link_from(struct pvgpu_link *link)
{
    return (struct pipe_link *)link;
}

static void set_message(struct pipe_link *pipe, uint32_t type, const void *payload, uint32_t payload_bytes)
{
    struct pvgpu_message_header header = {.type = type, .payload_bytes = payload_bytes};
    assert(payload_bytes <= MAX_PART_BYTES);
    memcpy(pipe->parts[0].bytes, &header, sizeof(header));
    pipe->parts[0].size = sizeof(header);
    if (payload_bytes)
        memcpy(pipe->parts[1].bytes, payload, payload_bytes);
    pipe->parts[1].size = payload_bytes;
    pipe->part_count = payload_bytes ? 2 : 1;
    pipe->part_next = 0;
}

/* Makes the next message that is due the one being written; false when none is. */
static bool start_message(struct pipe_link *pipe)
{
    if (pipe->ack_due) {
        const uint64_t features = PVGPU_FEATURES_1_0;
        _Static_assert(sizeof(features) == PVGPU_HANDSHAKE_ACK_BYTES, "the device reads into 8 bytes");
        pipe->ack_due = false;
        set_message(pipe, PVGPU_MESSAGE_HANDSHAKE_ACK, &features, sizeof(features));
    } else if (pipe->vectors_due && pipe->attached) {
        const uint32_t vector = (uint32_t)__builtin_ctz(pipe->vectors_due);
        _Static_assert(sizeof(vector) == PVGPU_IRQ_PAYLOAD_BYTES, "the device reads into 4 bytes");
        pipe->vectors_due &= pipe->vectors_due - 1;
        set_message(pipe, PVGPU_MESSAGE_IRQ, &vector, sizeof(vector));
    } else if (pipe->shutdown_due) {
        pipe->shutdown_due = false;
        set_message(pipe, PVGPU_MESSAGE_SHUTDOWN, NULL, 0);
    } else {
        return false;
    }
    return true;
}

/* Writes as much of what is due as the stream takes now. */
static void flush(struct pipe_link *pipe)
{
    while (!pipe->broken) {
        if (pipe->part_next == pipe->part_count && !start_message(pipe)) {
            pvgpu_backoff_clear(&pipe->backoff);
            return;
        }
        const struct part *part = &pipe->parts[pipe->part_next];
        switch (pvgpu_stream_write(pipe->stream, part->bytes, part->size, 0)) {
        case PVGPU_IO_DONE:
            pipe->part_next++;
            break;
        case PVGPU_IO_AGAIN:
            pvgpu_backoff_blocked(&pipe->backoff);
            return;
        case PVGPU_IO_CLOSED:
            pipe->broken = true;
            break;
        }
    }
}

/* Whether a header may stand where it does: before the handshake, or once the device is attached. Logs why not. */
static bool check_header(const struct pvgpu_message_header *header, bool attached, const struct pvgpu_log *log)
{
    uint32_t least = 0, most = 0;
    switch (header->type) {
    case PVGPU_MESSAGE_HANDSHAKE:
        least = PVGPU_HANDSHAKE_MIN_BYTES;
        most = sizeof(struct pvgpu_handshake);
        break;
    case PVGPU_MESSAGE_DOORBELL:
    case PVGPU_MESSAGE_SHUTDOWN:
        break;
    default:
        pvgpu_error(log, "QEMU sent a message of unknown type %" PRIu32 "; disconnecting", header->type);
        return false;
    }
    if (header->payload_bytes < least || header->payload_bytes > most) {
        pvgpu_error(log, "QEMU sent message %" PRIu32 " with a payload of %" PRIu32 " bytes; disconnecting",
                    header->type, header->payload_bytes);
        return false;
    }
    if (header->type == PVGPU_MESSAGE_HANDSHAKE && attached) {
        pvgpu_error(log, "QEMU sent a second handshake; disconnecting");
        return false;
    }
    if (header->type == PVGPU_MESSAGE_DOORBELL && !attached) {
        pvgpu_error(log, "QEMU sent a doorbell before its handshake; disconnecting");
        return false;
    }
    return true;
}

enum pvgpu_opening pvgpu_link_pipe_opening(const void *bytes, size_t size, size_t available,
                                           const struct pvgpu_log *log)
{
    struct pvgpu_message_header header;
    if (size < sizeof(header))
        return PVGPU_OPENING_PART;
    memcpy(&header, bytes, sizeof(header));
    /* Who leaves as the first thing is no fault, and nothing to begin a session for. */
    if (!check_header(&header, false, log) || header.type != PVGPU_MESSAGE_HANDSHAKE)
        return PVGPU_OPENING_WRONG;
    return available >= sizeof(header) + header.payload_bytes ? PVGPU_OPENING_WHOLE : PVGPU_OPENING_PART;
}

static bool handle_handshake(struct pipe_link *pipe, const uint8_t *payload, size_t payload_bytes)
{
    const struct pvgpu_log *log = &pipe->base.log;
    struct pvgpu_handshake handshake = {0};
    memcpy(&handshake, payload, payload_bytes);
    if (payload[payload_bytes - 1] != '\0') {
        pvgpu_error(log, "QEMU sent a handshake whose name has no end; disconnecting");
        return false;
    }
    pvgpu_info(log, "Handshake received: shmem_name=%s, size=%" PRIu64 "MB", handshake.name,
               handshake.shmem_bytes >> 20);
    if (handshake.shmem_bytes > MAX_SHMEM_BYTES) {
        pvgpu_error(log, "QEMU claims %" PRIu64 " bytes of shared memory, more than its device can have",
                    handshake.shmem_bytes);
        return false;
    }
    /* A peer that the system cannot name gets a uid that owns nothing. */
    struct pvgpu_peer peer = {.uid = UINT32_MAX};
    if (!pvgpu_stream_peer(pipe->stream, &peer))
        peer.uid = UINT32_MAX;
    /* Not populated here: the device holds up its VM until the ACK, and the renderer populates a mapping of its own. */
    const uint64_t least = PVGPU_CONTROL_BYTES + 4096; /* the session checks what else the layout needs */
    if (!pvgpu_shared_memory_open(&pipe->memory, handshake.name, handshake.shmem_bytes, least, peer.uid,
                                  PVGPU_POPULATE_NONE, log))
        return false;
    memcpy(pipe->memory_name, handshake.name, sizeof(pipe->memory_name));
    pipe->peer = pvgpu_process_watch(peer.process_id);
    if (!pipe->base.events.attached(pipe->base.events.user, &pipe->memory)) {
        pvgpu_error(log, "The shared memory of QEMU was refused; disconnecting");
        pipe->shutdown_due = true;
        flush(pipe);
        return false;
    }
    pipe->attached = true;
    pipe->ack_due = true;
    flush(pipe);
    pvgpu_info(log, "Handshake complete!");
    return true;
}

/* Takes whole messages out of the input. False: the link has ended. */
static bool parse_input(struct pipe_link *pipe)
{
    struct pvgpu_cursor cursor = pvgpu_cursor_over(pipe->input, pipe->input_size);
    bool open = true;
    for (;;) {
        struct pvgpu_cursor message = cursor;
        struct pvgpu_message_header header;
        if (!pvgpu_cursor_take(&message, &header, sizeof(header)))
            break;
        open = check_header(&header, pipe->attached, &pipe->base.log);
        if (!open)
            break;
        const uint8_t *payload = pvgpu_cursor_borrow(&message, header.payload_bytes);
        if (!payload)
            break;
        cursor = message;
        if (header.type == PVGPU_MESSAGE_HANDSHAKE) {
            open = handle_handshake(pipe, payload, header.payload_bytes);
        } else if (header.type == PVGPU_MESSAGE_DOORBELL) {
            pipe->doorbell = true;
        } else {
            pvgpu_info(&pipe->base.log, "QEMU is shutting down");
            open = false;
        }
        if (!open)
            break;
    }
    if (cursor.left && open)
        memmove(pipe->input, cursor.at, cursor.left);
    pipe->input_size = open ? cursor.left : 0;
    return open;
}

/* Reads and parses until nothing is left. False: the link has ended. */
static bool read_input(struct pipe_link *pipe)
{
    for (int i = 0; i < READS_PER_DISPATCH; i++) {
        size_t moved;
        size_t room = sizeof(pipe->input) - pipe->input_size;
        enum pvgpu_io result = pvgpu_stream_read(pipe->stream, pipe->input + pipe->input_size, room, &moved);
        pipe->input_size += moved;
        if (moved && !parse_input(pipe))
            return false;
        if (result == PVGPU_IO_CLOSED) {
            pipe->vanished = true;
            if (pipe->input_size)
                pvgpu_warn(&pipe->base.log, "QEMU disconnected in the middle of a message");
            else
                pvgpu_info(&pipe->base.log, "QEMU disconnected");
            return false;
        }
        if (moved == 0)
            break;
    }
    return true;
}

static size_t pipe_wait_handles(struct pvgpu_link *link, pvgpu_handle handles[2])
{
    handles[0] = pvgpu_stream_wait_handle(pipe_link_from(link)->stream);
    return 1;
}

static uint64_t pipe_deadline_ns(struct pvgpu_link *link)
{
    const struct pipe_link *pipe = pipe_link_from(link);
    if (pipe->broken)
        return 0;
    if (!pipe->attached)
        return pipe->handshake_deadline_ns;
    return pvgpu_backoff_retry_ns(&pipe->backoff);
}

static enum pvgpu_link_state pipe_dispatch(struct pvgpu_link *link)
{
    struct pipe_link *pipe = pipe_link_from(link);
    bool open = read_input(pipe);
    if (pipe->doorbell) {
        /* One call for all that came in, and for those right before the peer left as well. */
        pipe->doorbell = false;
        link->events.doorbell(link->events.user);
    }
    if (!open)
        return PVGPU_LINK_ENDED;
    flush(pipe);
    if (pipe->broken) {
        pipe->vanished = true;
        pvgpu_info(&link->log, "QEMU disconnected");
        return PVGPU_LINK_ENDED;
    }
    if (!pipe->attached && pvgpu_time_left_ns(pipe->handshake_deadline_ns) == 0) {
        pvgpu_error(&link->log, "No handshake within %u s; disconnecting",
                    (unsigned)(HANDSHAKE_TIMEOUT_NS / PVGPU_NS_PER_S));
        return PVGPU_LINK_ENDED;
    }
    return PVGPU_LINK_OPEN;
}

static void pipe_interrupt(struct pvgpu_link *link, uint32_t vector)
{
    struct pipe_link *pipe = pipe_link_from(link);
    assert(vector < PVGPU_MSIX_VECTORS);
    pipe->vectors_due |= 1u << vector;
    flush(pipe);
}

static void pipe_shutdown(struct pvgpu_link *link)
{
    struct pipe_link *pipe = pipe_link_from(link);
    pipe->vectors_due = 0;
    pipe->shutdown_due = true;
    flush(pipe);
}

/*
 * A device takes the name of its memory back when it ends, and needs it as long as it may connect again. One that was
 * killed does neither, and nobody else knows the name.
 */
static void clean_up_after_peer(struct pipe_link *pipe)
{
    if (pipe->vanished && pipe->peer != PVGPU_NO_HANDLE && pvgpu_handle_wait_any(&pipe->peer, 1, PEER_END_NS) &&
        pvgpu_shared_memory_remove_name(&pipe->memory, pipe->memory_name))
        pvgpu_info(&pipe->base.log, "QEMU has left its shared memory behind: %s is removed", pipe->memory_name);
    pvgpu_handle_close(pipe->peer);
}

static void pipe_destroy(struct pvgpu_link *link)
{
    struct pipe_link *pipe = pipe_link_from(link);
    clean_up_after_peer(pipe);
    pvgpu_shared_memory_finish(&pipe->memory);
    pvgpu_stream_destroy(pipe->stream);
    free(pipe);
}

static const struct pvgpu_link_ops pipe_ops = {
    .name = "pipe",
    .is_device = false,
    .needs_poll = true,
    .wait_handles = pipe_wait_handles,
    .deadline_ns = pipe_deadline_ns,
    .dispatch = pipe_dispatch,
    .interrupt = pipe_interrupt,
    .shutdown = pipe_shutdown,
    .destroy = pipe_destroy,
};

struct pvgpu_link *pvgpu_link_pipe_create(struct pvgpu_stream *stream, const struct pvgpu_link_events *events,
                                          const struct pvgpu_log *log)
{
    struct pipe_link *pipe = calloc(1, sizeof(*pipe));
    if (!pipe) {
        pvgpu_stream_destroy(stream);
        return NULL;
    }
    pipe->base.ops = &pipe_ops;
    pipe->base.events = *events;
    pipe->base.log = *log;
    pipe->stream = stream;
    pipe->memory.handle = PVGPU_NO_HANDLE;
    pipe->peer = PVGPU_NO_HANDLE;
    pipe->handshake_deadline_ns = pvgpu_time_deadline_ns(HANDSHAKE_TIMEOUT_NS);
    return &pipe->base;
}
