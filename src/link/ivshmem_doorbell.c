/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The link to a stock QEMU with -device ivshmem-doorbell: we are the server that such a device connects to. A server says
 * everything there is to say at once, and then nothing any more: which memory the guest sees, which event descriptors its
 * doorbell signals, and which ones raise interrupts in it. QEMU says nothing at all; that it closes the connection is how
 * we learn of its end.
 *
 * A message is one signed number of 8 bytes, little-endian, and at most one descriptor that comes with it (QEMU's
 * docs/specs/ivshmem-spec.rst, "Client-Server protocol"). Their order here: the version of the protocol, the id of this
 * QEMU, the memory, the vectors of the host, who is the only other peer, and the vectors of this QEMU.
 */
#include "link/link.h"

#include "base/time.h"
#include "link/backoff.h"
#include "os/event.h"
#include "pvgpu/protocol.h"
#include "shm/control.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define PROTOCOL_VERSION 0
#define GUEST_ID 0
#define HOST_ID 1
#define MEMORY_NUMBER (-1) /* what comes with the memory's descriptor */

#define MESSAGE_BYTES 8u
#define FIRST_MESSAGES 3u /* version, id, memory */
#define MESSAGES (FIRST_MESSAGES + 2u * PVGPU_MSIX_VECTORS)

/* QEMU reads while it starts; who has not by then is no QEMU, or is stopped, and holds the endpoint. */
#define GREETING_TIMEOUT_NS (10 * PVGPU_NS_PER_S)

struct doorbell_link {
    struct pvgpu_link base;
    struct pvgpu_stream *stream; /* owned */
    struct pvgpu_shared_memory memory;
    uint64_t shmem_bytes;
    struct pvgpu_event doorbell; /* of all our vectors: each means "look at the ring" */
    struct pvgpu_event vectors[PVGPU_MSIX_VECTORS]; /* of the guest */
    bool attached;
    size_t messages_sent; /* whole ones, of MESSAGES */
    size_t bytes_sent; /* of the next message */
    struct pvgpu_backoff backoff;
    uint64_t greeting_deadline_ns; /* PVGPU_NO_TIMEOUT once QEMU has read everything */
};

struct message {
    int64_t number;
    int fd; /* lent; -1: none */
};

static struct doorbell_link *doorbell_link_from(struct pvgpu_link *link)
{
    return (struct doorbell_link *)link;
}

static int socket_of(const struct doorbell_link *doorbell)
{
    return (int)pvgpu_stream_handle(doorbell->stream);
}

/* ---- The greeting -------------------------------------------------------------------------------------------------- */

static struct message message_at(const struct doorbell_link *doorbell, size_t index)
{
    switch (index) {
    case 0:
        return (struct message){.number = PROTOCOL_VERSION, .fd = -1};
    case 1:
        return (struct message){.number = GUEST_ID, .fd = -1};
    case 2:
        return (struct message){.number = MEMORY_NUMBER, .fd = (int)doorbell->memory.handle};
    default:
        break;
    }
    size_t vector = index - FIRST_MESSAGES;
    if (vector < PVGPU_MSIX_VECTORS)
        return (struct message){.number = HOST_ID, .fd = (int)doorbell->doorbell.handle};
    vector -= PVGPU_MSIX_VECTORS;
    assert(vector < PVGPU_MSIX_VECTORS);
    return (struct message){.number = GUEST_ID, .fd = (int)doorbell->vectors[vector].handle};
}

/* Sends what is left of the next message. >0: bytes, 0: the socket is full, -1: the peer has gone. */
static ssize_t send_some(const struct doorbell_link *doorbell)
{
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr aligned;
    } control = {0};
    struct message message = message_at(doorbell, doorbell->messages_sent);
    uint8_t bytes[MESSAGE_BYTES];
    for (size_t i = 0; i < MESSAGE_BYTES; i++)
        bytes[i] = (uint8_t)((uint64_t)message.number >> (8 * i));
    struct iovec span = {.iov_base = bytes + doorbell->bytes_sent, .iov_len = MESSAGE_BYTES - doorbell->bytes_sent};
    struct msghdr header = {.msg_iov = &span, .msg_iovlen = 1};
    if (message.fd >= 0 && doorbell->bytes_sent == 0) {
        header.msg_control = control.bytes;
        header.msg_controllen = sizeof(control.bytes);
        struct cmsghdr *item = CMSG_FIRSTHDR(&header);
        item->cmsg_level = SOL_SOCKET;
        item->cmsg_type = SCM_RIGHTS;
        item->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(item), &message.fd, sizeof(int));
    }
    ssize_t count;
    do
        count = sendmsg(socket_of(doorbell), &header, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (count < 0 && errno == EINTR);
    /* Too many descriptors in flight towards a peer that does not read is a full socket as well. */
    if (count < 0)
        return errno == EAGAIN || errno == ETOOMANYREFS ? 0 : -1;
    return count;
}

/* Says as much as the socket takes. False: the peer has gone. */
static bool greet(struct doorbell_link *doorbell)
{
    while (doorbell->messages_sent < MESSAGES) {
        ssize_t count = send_some(doorbell);
        if (count < 0)
            return false;
        if (count == 0) {
            pvgpu_backoff_blocked(&doorbell->backoff);
            return true;
        }
        pvgpu_backoff_clear(&doorbell->backoff);
        doorbell->bytes_sent += (size_t)count;
        if (doorbell->bytes_sent == MESSAGE_BYTES) {
            doorbell->bytes_sent = 0;
            doorbell->messages_sent++;
        }
    }
    return true;
}

/* Whether the peer has read everything. A kernel that does not tell is believed to. */
static bool has_read(const struct doorbell_link *doorbell)
{
    int unread = 0;
    return doorbell->messages_sent == MESSAGES &&
           (ioctl(socket_of(doorbell), SIOCOUTQ, &unread) != 0 || unread == 0);
}

/* The time is over. False: the peer is dropped. */
static bool check_greeting(struct doorbell_link *doorbell)
{
    if (!has_read(doorbell)) {
        pvgpu_error(&doorbell->base.log, "QEMU has not read what an ivshmem server says for %u s; disconnecting",
                    (unsigned)(GREETING_TIMEOUT_NS / PVGPU_NS_PER_S));
        return false;
    }
    doorbell->greeting_deadline_ns = PVGPU_NO_TIMEOUT;
    return true;
}

/*
 * Makes the memory and hands it to the session. Not populated: QEMU waits, and the renderer populates the mapping that it
 * makes of the same memory.
 */
static bool attach(struct doorbell_link *doorbell)
{
    const struct pvgpu_link *link = &doorbell->base;
    struct pvgpu_shared_memory *memory = &doorbell->memory;
    if (!pvgpu_shared_memory_create(memory, "pvgpu_shmem", doorbell->shmem_bytes, PVGPU_POPULATE_NONE, &link->log))
        return false;
    pvgpu_control_init(memory->base, memory->size);
    pvgpu_control_extend(memory->base, PVGPU_LINK_ID_IVSHMEM_DOORBELL, PVGPU_MSIX_VECTORS, HOST_ID);
    if (!link->events.attached(link->events.user, memory))
        return false;
    doorbell->attached = true;
    pvgpu_info(&link->log, "QEMU is told of %" PRIu64 " MB of shared memory and %u vectors (ivshmem-doorbell)",
               memory->size >> 20, PVGPU_MSIX_VECTORS);
    return true;
}

/* ---- Doorbells and interrupts --------------------------------------------------------------------------------------- */

/*
 * Takes all doorbells that have been rung. The peer has the same open file, and could make it block: RWF_NOWAIT does not
 * care. Kernels before 5.8 do not have it for these.
 */
static bool take_doorbells(struct doorbell_link *doorbell)
{
    uint64_t count;
    struct iovec span = {.iov_base = &count, .iov_len = sizeof(count)};
    ssize_t got = preadv2((int)doorbell->doorbell.handle, &span, 1, -1, RWF_NOWAIT);
    if (got < 0 && errno == EOPNOTSUPP)
        return pvgpu_event_wait(&doorbell->doorbell, 0);
    return got == (ssize_t)sizeof(count);
}

static void doorbell_interrupt(struct pvgpu_link *link, uint32_t vector)
{
    struct doorbell_link *doorbell = doorbell_link_from(link);
    assert(vector < PVGPU_MSIX_VECTORS);
    /* As above; for writing there is no such flag, so the mode is set again. A full counter is an interrupt anyway. */
    fcntl((int)doorbell->vectors[vector].handle, F_SETFL, O_NONBLOCK);
    pvgpu_event_signal(&doorbell->vectors[vector]);
}

/* ---- The link ------------------------------------------------------------------------------------------------------ */

static size_t doorbell_wait_handles(struct pvgpu_link *link, pvgpu_handle handles[2])
{
    struct doorbell_link *doorbell = doorbell_link_from(link);
    handles[0] = pvgpu_stream_wait_handle(doorbell->stream);
    handles[1] = doorbell->doorbell.handle;
    return 2;
}

static uint64_t doorbell_deadline_ns(struct pvgpu_link *link)
{
    const struct doorbell_link *doorbell = doorbell_link_from(link);
    uint64_t retry_ns = pvgpu_backoff_retry_ns(&doorbell->backoff);
    if (!doorbell->attached)
        return 0;
    return retry_ns < doorbell->greeting_deadline_ns ? retry_ns : doorbell->greeting_deadline_ns;
}

/* False: the peer has gone, or is none that we know. */
static bool listen_for_end(struct doorbell_link *doorbell)
{
    char byte;
    size_t moved;
    enum pvgpu_io result = pvgpu_stream_read(doorbell->stream, &byte, sizeof(byte), &moved);
    if (moved)
        pvgpu_error(&doorbell->base.log, "What connected sent something, which QEMU's ivshmem-doorbell never does; "
                                         "disconnecting");
    else if (result == PVGPU_IO_CLOSED)
        pvgpu_info(&doorbell->base.log, "QEMU disconnected");
    return !moved && result != PVGPU_IO_CLOSED;
}

static enum pvgpu_link_state doorbell_dispatch(struct pvgpu_link *link)
{
    struct doorbell_link *doorbell = doorbell_link_from(link);
    if (!doorbell->attached && !attach(doorbell))
        return PVGPU_LINK_ENDED;
    /* One call for all that were rung, and for those right before the peer left as well. */
    if (take_doorbells(doorbell))
        link->events.doorbell(link->events.user);
    if (!greet(doorbell)) {
        pvgpu_info(&link->log, "QEMU disconnected");
        return PVGPU_LINK_ENDED;
    }
    if (!listen_for_end(doorbell))
        return PVGPU_LINK_ENDED;
    if (pvgpu_time_left_ns(doorbell->greeting_deadline_ns) == 0 && !check_greeting(doorbell))
        return PVGPU_LINK_ENDED;
    return PVGPU_LINK_OPEN;
}

/* The protocol has no word for it; status bit 6 of the control region tells the guest. */
static void doorbell_shutdown(struct pvgpu_link *link)
{
    (void)link;
}

static void doorbell_destroy(struct pvgpu_link *link)
{
    struct doorbell_link *doorbell = doorbell_link_from(link);
    for (uint32_t i = 0; i < PVGPU_MSIX_VECTORS; i++)
        pvgpu_event_finish(&doorbell->vectors[i]);
    pvgpu_event_finish(&doorbell->doorbell);
    pvgpu_shared_memory_finish(&doorbell->memory);
    pvgpu_stream_destroy(doorbell->stream);
    free(doorbell);
}

static const struct pvgpu_link_ops doorbell_ops = {
    .name = "ivshmem-doorbell",
    .is_device = false, /* QEMU is; its registers are not ours */
    .needs_poll = false, /* event descriptors lose nothing */
    .is_silent = true,
    .wait_handles = doorbell_wait_handles,
    .deadline_ns = doorbell_deadline_ns,
    .dispatch = doorbell_dispatch,
    .interrupt = doorbell_interrupt,
    .shutdown = doorbell_shutdown,
    .destroy = doorbell_destroy,
};

static bool make_events(struct doorbell_link *doorbell)
{
    bool made = pvgpu_event_init(&doorbell->doorbell);
    for (uint32_t i = 0; i < PVGPU_MSIX_VECTORS; i++)
        made = pvgpu_event_init(&doorbell->vectors[i]) && made;
    if (!made)
        pvgpu_error(&doorbell->base.log, "Cannot make the events of an ivshmem-doorbell: %s", strerror(errno));
    return made;
}

struct pvgpu_link *pvgpu_link_ivshmem_doorbell_create(struct pvgpu_stream *stream, uint64_t shmem_bytes,
                                                      const struct pvgpu_link_events *events,
                                                      const struct pvgpu_log *log)
{
    struct doorbell_link *doorbell = calloc(1, sizeof(*doorbell));
    if (!doorbell) {
        pvgpu_stream_destroy(stream);
        return NULL;
    }
    doorbell->base.ops = &doorbell_ops;
    doorbell->base.events = *events;
    doorbell->base.log = *log;
    doorbell->stream = stream;
    doorbell->shmem_bytes = shmem_bytes;
    doorbell->memory.handle = PVGPU_NO_HANDLE;
    doorbell->greeting_deadline_ns = pvgpu_time_deadline_ns(GREETING_TIMEOUT_NS);
    if (!make_events(doorbell)) {
        doorbell_destroy(&doorbell->base);
        return NULL;
    }
    return &doorbell->base;
}
