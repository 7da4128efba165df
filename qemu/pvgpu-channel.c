/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT OR Apache-2.0 */
/*
 * What is the same on every system: when to connect, messages, what the device does with its control region.
 *
 * Nothing is queued. A message that is on its way is kept, as two parts, until the system has taken both; that others are
 * due is remembered as a fact. So neither a host that does not read nor a guest that rings without end makes this grow.
 */
#include "pvgpu-channel-os.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pvgpu/protocol.h"

#define NS_PER_MS UINT64_C(1000000)
#define HANDSHAKE_MS 10000u
#define ABSENT_RETRY_NS (100 * NS_PER_MS) /* at start-up, until the host is there */
#define INPUT_BYTES 256 /* of a read: some twenty interrupts */
#define READS_PER_DISPATCH 16 /* a host that floods must not keep the caller for itself */
#define PAYLOAD_BYTES PVGPU_HANDSHAKE_ACK_BYTES /* the longest that a host may send */

_Static_assert(sizeof(struct pvgpu_handshake) <= PVGPU_CHANNEL_PART_BYTES, "a part is sent by one call");
_Static_assert(PVGPU_CHANNEL_NAME_CHARS == PVGPU_SHMEM_NAME_CHARS + 1, "a name fits into HANDSHAKE");

/* A message is a header and at most one payload, each sent by a call of its own: they are messages of a pipe. */
struct part {
    uint8_t bytes[sizeof(struct pvgpu_handshake)];
    size_t size;
};

struct pvgpu_channel {
    char endpoint[PVGPU_CHANNEL_ENDPOINT_CHARS];
    char memory_name[PVGPU_CHANNEL_NAME_CHARS];
    uint64_t memory_bytes;
    uint64_t reconnect_ns; /* 0: never */
    uint64_t handshake_ns;
    struct pvgpu_channel_events events;
    void *user;

    enum pvgpu_channel_state state;
    struct pvgpu_channel_port *port; /* owned; NULL while closed */
    uint64_t due_ns; /* closed: when to connect; shaking: when to give up; connected: never */
    bool absent; /* the last attempt found nobody listening */
    bool told; /* the owner knows that there is no connection, since the last one that was acknowledged */
    char why[PVGPU_CHANNEL_ERROR_CHARS]; /* the last connection ended, or was not made */

    uint8_t input[sizeof(struct pvgpu_message_header) + PAYLOAD_BYTES]; /* of the message that is arriving */
    size_t input_size;

    uint32_t out_type; /* of the message that is on its way */
    struct part parts[2];
    size_t part_count, part_next; /* equal: none is */
    size_t part_sent; /* bytes of the next part */
    bool doorbell_due;
    bool broken; /* a write failed: the next dispatch ends the connection */

    struct pvgpu_channel_counters counters;
};

void pvgpu_channel_say(char *error, const char *format, ...)
{
    va_list values;
    if (!error) {
        return;
    }
    va_start(values, format);
    vsnprintf(error, PVGPU_CHANNEL_ERROR_CHARS, format, values);
    va_end(values);
}

bool pvgpu_channel_is_valid_size(uint64_t bytes)
{
    return bytes >= PVGPU_MIN_SHMEM_BYTES && bytes <= UINT64_C(0x80000000) && (bytes & (bytes - 1)) == 0;
}

/* ---- Out ---------------------------------------------------------------------------------------------------------- */

static void set_message(struct pvgpu_channel *channel, enum pvgpu_message type, const void *payload, uint32_t bytes)
{
    const struct pvgpu_message_header header = {.type = (uint32_t)type, .payload_bytes = bytes};
    memcpy(channel->parts[0].bytes, &header, sizeof header);
    channel->parts[0].size = sizeof header;
    if (bytes > 0) {
        memcpy(channel->parts[1].bytes, payload, bytes);
    }
    channel->parts[1].size = bytes;
    channel->out_type = (uint32_t)type;
    channel->part_count = bytes > 0 ? 2 : 1;
    channel->part_next = channel->part_sent = 0;
}

static bool is_sending(const struct pvgpu_channel *channel)
{
    return channel->part_next < channel->part_count;
}

/* Hands to the system what it takes of the message that is on its way. */
static void push_message(struct pvgpu_channel *channel)
{
    while (is_sending(channel) && !channel->broken) {
        const struct part *part = &channel->parts[channel->part_next];
        ptrdiff_t sent =
            pvgpu_channel_port_write(channel->port, part->bytes + channel->part_sent, part->size - channel->part_sent);
        if (sent == 0) {
            return;
        }
        if (sent < 0) {
            channel->broken = true;
            return;
        }
        channel->part_sent += (size_t)sent;
        if (channel->part_sent == part->size) {
            channel->part_next++;
            channel->part_sent = 0;
        }
    }
}

/* Sends what is due, as far as there is room. */
static void flush(struct pvgpu_channel *channel)
{
    push_message(channel);
    while (channel->doorbell_due && !is_sending(channel) && !channel->broken) {
        channel->doorbell_due = false;
        channel->counters.doorbells_sent++;
        set_message(channel, PVGPU_MESSAGE_DOORBELL, NULL, 0);
        push_message(channel);
    }
}

/* As far as the system takes it at once: nobody waits for a host that is not wanted any more. */
static void say_goodbye(struct pvgpu_channel *channel)
{
    push_message(channel);
    if (!is_sending(channel) && !channel->broken) {
        set_message(channel, PVGPU_MESSAGE_SHUTDOWN, NULL, 0);
        push_message(channel);
    }
}

/* ---- Connecting and ending ---------------------------------------------------------------------------------------- */

static void forget_messages(struct pvgpu_channel *channel)
{
    channel->input_size = 0;
    channel->part_count = channel->part_next = channel->part_sent = 0;
    channel->doorbell_due = false;
    channel->broken = false;
}

/* There is no connection any more, or still none. `why` is copied. */
static void end(struct pvgpu_channel *channel, const char *why)
{
    pvgpu_channel_port_close(channel->port);
    channel->port = NULL;
    channel->state = PVGPU_CHANNEL_CLOSED;
    forget_messages(channel);
    channel->due_ns =
        channel->reconnect_ns > 0 ? pvgpu_channel_now_ns() + channel->reconnect_ns : PVGPU_CHANNEL_NO_DEADLINE;
    pvgpu_channel_say(channel->why, "%s", why);
    if (!channel->told) {
        channel->told = true;
        if (channel->events.disconnected) {
            channel->events.disconnected(channel->user, channel->why);
        }
    }
}

static void end_for_fault(struct pvgpu_channel *channel, const char *why)
{
    channel->counters.errors++;
    end(channel, why);
}

static void start_handshake(struct pvgpu_channel *channel)
{
    struct pvgpu_handshake handshake;
    const size_t length = strlen(channel->memory_name);
    memset(&handshake, 0, sizeof handshake);
    handshake.shmem_bytes = channel->memory_bytes;
    memcpy(handshake.name, channel->memory_name, length);
    set_message(channel, PVGPU_MESSAGE_HANDSHAKE, &handshake,
                (uint32_t)(offsetof(struct pvgpu_handshake, name) + length + 1));
}

static void connect_now(struct pvgpu_channel *channel)
{
    char error[PVGPU_CHANNEL_ERROR_CHARS];
    channel->absent = false;
    channel->port = pvgpu_channel_port_open(channel->endpoint, &channel->absent, error);
    if (!channel->port) {
        end(channel, error);
        return;
    }
    channel->state = PVGPU_CHANNEL_SHAKING;
    channel->due_ns = pvgpu_channel_now_ns() + channel->handshake_ns;
    start_handshake(channel);
}

/* ---- In ----------------------------------------------------------------------------------------------------------- */

static bool take_acknowledgement(struct pvgpu_channel *channel, const uint8_t *payload, uint32_t bytes)
{
    uint64_t features = 0;
    char why[PVGPU_CHANNEL_ERROR_CHARS];
    if (channel->state != PVGPU_CHANNEL_SHAKING) {
        end_for_fault(channel, "the host acknowledged a second time");
        return false;
    }
    memcpy(&features, payload, bytes); /* 0 or 8 */
    if (features == 0) {
        features = PVGPU_FEATURES_1_0;
    }
    if (!(features & PVGPU_FEATURE_D3D11)) {
        say_goodbye(channel);
        pvgpu_channel_say(why, "the host has no Direct3D 11 (features 0x%" PRIx64 ")", features);
        end(channel, why);
        return false;
    }
    channel->state = PVGPU_CHANNEL_CONNECTED;
    channel->due_ns = PVGPU_CHANNEL_NO_DEADLINE;
    channel->told = false;
    channel->counters.connections++;
    if (channel->events.connected) {
        channel->events.connected(channel->user, features);
    }
    return true;
}

static bool take_interrupt(struct pvgpu_channel *channel, const uint8_t *payload)
{
    uint32_t vector;
    if (channel->state != PVGPU_CHANNEL_CONNECTED) {
        end_for_fault(channel, "the host sent an interrupt before its acknowledgement");
        return false;
    }
    memcpy(&vector, payload, sizeof vector);
    channel->counters.interrupts++;
    if (channel->events.interrupt) {
        channel->events.interrupt(channel->user, vector > 1 ? 0 : vector);
    }
    return true;
}

/* Whether a payload can be this long. Types that a host does not send may have any that the device can take. */
static bool is_valid_length(uint32_t type, uint32_t bytes)
{
    switch (type) {
    case PVGPU_MESSAGE_HANDSHAKE_ACK:
        return bytes == 0 || bytes == PVGPU_HANDSHAKE_ACK_BYTES;
    case PVGPU_MESSAGE_IRQ:
        return bytes == PVGPU_IRQ_PAYLOAD_BYTES;
    case PVGPU_MESSAGE_SHUTDOWN:
        return bytes == 0;
    default:
        return bytes <= PAYLOAD_BYTES;
    }
}

/* A whole message. False: the connection has ended by it. */
static bool take_message(struct pvgpu_channel *channel, uint32_t type, const uint8_t *payload, uint32_t bytes)
{
    switch (type) {
    case PVGPU_MESSAGE_HANDSHAKE_ACK:
        return take_acknowledgement(channel, payload, bytes);
    case PVGPU_MESSAGE_IRQ:
        return take_interrupt(channel, payload);
    case PVGPU_MESSAGE_SHUTDOWN:
        end(channel, "the host is shutting down");
        return false;
    default:
        return true; /* of a later protocol */
    }
}

/* Puts together what arrives in pieces. False: the connection has ended. */
static bool take_bytes(struct pvgpu_channel *channel, const uint8_t *bytes, size_t size)
{
    struct pvgpu_message_header header;
    char why[PVGPU_CHANNEL_ERROR_CHARS];
    for (;;) {
        size_t want = sizeof header;
        if (channel->input_size >= sizeof header) {
            memcpy(&header, channel->input, sizeof header);
            if (!is_valid_length(header.type, header.payload_bytes)) {
                pvgpu_channel_say(why, "the host sent message %" PRIu32 " with a payload of %" PRIu32 " bytes",
                                  header.type, header.payload_bytes);
                end_for_fault(channel, why);
                return false;
            }
            want += header.payload_bytes;
            if (channel->input_size == want) {
                channel->input_size = 0;
                if (!take_message(channel, header.type, channel->input + sizeof header, header.payload_bytes)) {
                    return false;
                }
                continue;
            }
        }
        if (size == 0) {
            return true;
        }
        size_t piece = want - channel->input_size < size ? want - channel->input_size : size;
        memcpy(channel->input + channel->input_size, bytes, piece);
        channel->input_size += piece;
        bytes += piece;
        size -= piece;
    }
}

/* False: the connection has ended. */
static bool read_input(struct pvgpu_channel *channel)
{
    uint8_t bytes[INPUT_BYTES];
    for (int i = 0; i < READS_PER_DISPATCH; i++) {
        ptrdiff_t got = pvgpu_channel_port_read(channel->port, bytes, sizeof bytes);
        if (got < 0) {
            end(channel, channel->state == PVGPU_CHANNEL_SHAKING ? "the host refused the handshake"
                                                                 : "the host closed the connection");
            return false;
        }
        if (got == 0) {
            return true;
        }
        if (!take_bytes(channel, bytes, (size_t)got)) {
            return false;
        }
    }
    return true;
}

/* ---- For the owner ------------------------------------------------------------------------------------------------ */

struct pvgpu_channel *pvgpu_channel_create(const struct pvgpu_channel_config *config, char *error)
{
    const char *endpoint = config->endpoint ? config->endpoint : pvgpu_channel_default_endpoint;
    const size_t length = config->memory_name ? strlen(config->memory_name) : 0;
    if (length == 0 || length >= PVGPU_CHANNEL_NAME_CHARS) {
        pvgpu_channel_say(error, "the name of shared memory has 1 to %d characters", PVGPU_CHANNEL_NAME_CHARS - 1);
        return NULL;
    }
    if (!pvgpu_channel_is_valid_endpoint(endpoint, error)) {
        return NULL;
    }
    struct pvgpu_channel *channel = calloc(1, sizeof *channel);
    if (!channel) {
        pvgpu_channel_say(error, "out of memory");
        return NULL;
    }
    memcpy(channel->endpoint, endpoint, strlen(endpoint) + 1);
    memcpy(channel->memory_name, config->memory_name, length + 1);
    channel->memory_bytes = config->memory_bytes;
    channel->reconnect_ns = config->reconnect_ms * NS_PER_MS;
    channel->handshake_ns = (config->handshake_ms > 0 ? config->handshake_ms : HANDSHAKE_MS) * NS_PER_MS;
    channel->events = config->events;
    channel->user = config->user;
    channel->state = PVGPU_CHANNEL_CLOSED;
    return channel;
}

void pvgpu_channel_destroy(struct pvgpu_channel *channel)
{
    if (!channel) {
        return;
    }
    if (channel->port) {
        say_goodbye(channel);
        pvgpu_channel_port_close(channel->port);
    }
    free(channel);
}

enum pvgpu_channel_state pvgpu_channel_state(const struct pvgpu_channel *channel)
{
    return channel->state;
}

intptr_t pvgpu_channel_wait_handle(const struct pvgpu_channel *channel)
{
    return channel->port ? pvgpu_channel_port_handle(channel->port) : PVGPU_CHANNEL_NO_HANDLE;
}

bool pvgpu_channel_wants_write(const struct pvgpu_channel *channel)
{
    return channel->port && is_sending(channel) && !channel->broken;
}

uint64_t pvgpu_channel_deadline_ns(const struct pvgpu_channel *channel)
{
    return channel->broken ? 0 : channel->due_ns;
}

static void give_up_handshake(struct pvgpu_channel *channel)
{
    char why[PVGPU_CHANNEL_ERROR_CHARS];
    pvgpu_channel_say(why, "the host did not acknowledge within %" PRIu64 " ms", channel->handshake_ns / NS_PER_MS);
    end(channel, why);
}

void pvgpu_channel_dispatch(struct pvgpu_channel *channel)
{
    if (channel->state == PVGPU_CHANNEL_CLOSED && pvgpu_channel_now_ns() >= channel->due_ns) {
        connect_now(channel);
    }
    /* Before anything is said about a write that failed: the host may have told why it went. */
    if (!channel->port || !read_input(channel)) {
        return;
    }
    flush(channel);
    if (channel->broken) {
        end(channel, "the host closed the connection");
    } else if (channel->state == PVGPU_CHANNEL_SHAKING && pvgpu_channel_now_ns() >= channel->due_ns) {
        give_up_handshake(channel);
    } else {
        pvgpu_channel_port_rest(channel->port);
    }
}

void pvgpu_channel_wait(struct pvgpu_channel *channel, uint64_t timeout_ns)
{
    const uint64_t now = pvgpu_channel_now_ns(), deadline = pvgpu_channel_deadline_ns(channel);
    const uint64_t left = deadline > now ? deadline - now : 0;
    pvgpu_channel_port_wait(channel->port, pvgpu_channel_wants_write(channel), left < timeout_ns ? left : timeout_ns);
}

bool pvgpu_channel_wait_connected(struct pvgpu_channel *channel, uint64_t timeout_ns, char *error)
{
    const uint64_t start = pvgpu_channel_now_ns();
    if (channel->state == PVGPU_CHANNEL_CLOSED) {
        channel->due_ns = start;
    }
    for (;;) {
        pvgpu_channel_dispatch(channel);
        if (channel->state == PVGPU_CHANNEL_CONNECTED) {
            return true;
        }
        const uint64_t now = pvgpu_channel_now_ns(), passed = now - start;
        if (channel->state == PVGPU_CHANNEL_CLOSED && (!channel->absent || passed >= timeout_ns)) {
            pvgpu_channel_say(error, "%s", channel->why);
            return false;
        }
        if (passed >= timeout_ns) {
            pvgpu_channel_say(error, "the host has not acknowledged yet");
            return false;
        }
        if (channel->state == PVGPU_CHANNEL_CLOSED) {
            channel->due_ns = now + ABSENT_RETRY_NS;
        }
        pvgpu_channel_wait(channel, timeout_ns - passed);
    }
}

void pvgpu_channel_doorbell(struct pvgpu_channel *channel)
{
    channel->counters.doorbells_asked++;
    if (channel->state != PVGPU_CHANNEL_CONNECTED) {
        return;
    }
    channel->doorbell_due = true;
    flush(channel);
    pvgpu_channel_port_rest(channel->port);
}

struct pvgpu_channel_counters pvgpu_channel_counters(const struct pvgpu_channel *channel)
{
    return channel->counters;
}

/* ---- The control region ------------------------------------------------------------------------------------------- */

/* The host may be looking, and compares the counters with what it stored last: each changes by one store. */
static void zero_counters(struct pvgpu_control_region *control)
{
    __atomic_store_n(&control->producer, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&control->consumer, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&control->fence_request, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&control->fence_completed, 0, __ATOMIC_SEQ_CST);
}

/* First: a host that sees counters which are not its own finds the new number as well. */
static void request_reset(struct pvgpu_control_region *control)
{
    __atomic_fetch_add(&control->extension.reset_request, 1, __ATOMIC_SEQ_CST);
}

void pvgpu_channel_init_control(void *base, uint64_t bytes)
{
    struct pvgpu_control_region *control = base;
    struct pvgpu_extension *extension = &control->extension;
    request_reset(control);
    zero_counters(control);
    __atomic_store_n(&control->status, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&control->error_code, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&control->error_argument, 0, __ATOMIC_SEQ_CST);
    memset(control->pad0, 0, sizeof control->pad0);
    memset(control->pad1, 0, sizeof control->pad1);
    memset(control->pad2, 0, sizeof control->pad2);
    memset(control->pad3, 0, sizeof control->pad3);
    control->reserved0 = 0;
    memset(control->reserved1, 0, sizeof control->reserved1);
    control->version = PVGPU_VERSION_1_0;
    control->features = PVGPU_FEATURES_1_0;
    control->ring_offset = PVGPU_DEFAULT_RING_OFFSET;
    control->ring_bytes = PVGPU_DEFAULT_RING_BYTES;
    control->heap_offset = PVGPU_DEFAULT_HEAP_OFFSET;
    control->heap_bytes = (uint32_t)(bytes - PVGPU_DEFAULT_HEAP_OFFSET);
    control->display_width = PVGPU_DEFAULT_DISPLAY_WIDTH;
    control->display_height = PVGPU_DEFAULT_DISPLAY_HEIGHT;
    control->display_refresh = PVGPU_DEFAULT_DISPLAY_REFRESH;
    control->display_format = PVGPU_DEFAULT_DISPLAY_FORMAT;
    extension->link = PVGPU_LINK_ID_PIPE;
    extension->vectors = 0;
    extension->host_peer = 0;
    memset(extension->reserved, 0, sizeof extension->reserved);
    __atomic_store_n(&extension->version, PVGPU_EXTENSION_1, __ATOMIC_RELEASE);
    /* Last: whoever sees the magic sees the rest. */
    __atomic_store_n(&control->magic, PVGPU_MAGIC, __ATOMIC_RELEASE);
}

void pvgpu_channel_reset_counters(void *base)
{
    struct pvgpu_control_region *control = base;
    request_reset(control);
    zero_counters(control);
}

void pvgpu_channel_clear_goodbye(void *base)
{
    struct pvgpu_control_region *control = base;
    __atomic_fetch_and(&control->status, ~PVGPU_STATUS_SHUTDOWN, __ATOMIC_SEQ_CST);
}
