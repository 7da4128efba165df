/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "link/vfio_user_channel.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEADER_BYTES sizeof(struct pvgpu_vfio_header)

/* Ancillary data with its alignment. */
union control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int) * PVGPU_VFIO_MAX_FDS)];
};

static int channel_fd(const struct pvgpu_vfio_channel *channel)
{
    return (int)pvgpu_stream_handle(channel->stream);
}

void pvgpu_vfio_channel_init(struct pvgpu_vfio_channel *channel, struct pvgpu_stream *stream,
                             const struct pvgpu_log *log)
{
    memset(channel, 0, sizeof(*channel));
    channel->stream = stream;
    channel->log = *log;
    channel->output_fd = -1;
}

static void close_fds(struct pvgpu_vfio_request *request)
{
    for (size_t i = 0; i < request->fd_count; i++) {
        if (request->fds[i] >= 0)
            close(request->fds[i]);
    }
    request->fd_count = 0;
    request->fds_lost = false;
}

void pvgpu_vfio_channel_finish(struct pvgpu_vfio_channel *channel)
{
    close_fds(&channel->request);
    pvgpu_stream_destroy(channel->stream);
    channel->stream = NULL;
}

/* Moves the descriptors of one recvmsg into the request; those without room are closed. */
static void collect_fds(struct pvgpu_vfio_request *request, struct msghdr *message)
{
    for (struct cmsghdr *item = CMSG_FIRSTHDR(message); item; item = CMSG_NXTHDR(message, item)) {
        if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_RIGHTS)
            continue;
        const size_t count = (item->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(item) + i * sizeof(int), sizeof(fd));
            if (request->fd_count < PVGPU_VFIO_MAX_FDS) {
                request->fds[request->fd_count++] = fd;
            } else {
                close(fd);
                request->fds_lost = true;
            }
        }
    }
    if (message->msg_flags & MSG_CTRUNC)
        request->fds_lost = true;
}

/* Receives up to `size` bytes with what comes along. >0: bytes, 0: none there, -1: the client has gone. */
static ssize_t receive_some(struct pvgpu_vfio_channel *channel, void *bytes, size_t size)
{
    union control control;
    struct iovec span = {.iov_base = bytes, .iov_len = size};
    struct msghdr message = {
        .msg_iov = &span,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = sizeof(control.bytes),
    };
    ssize_t count;
    do {
        count = recvmsg(channel_fd(channel), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    } while (count < 0 && errno == EINTR);
    if (count < 0)
        return errno == EAGAIN ? 0 : -1;
    collect_fds(&channel->request, &message);
    return count > 0 ? count : -1;
}

static bool check_header(const struct pvgpu_vfio_channel *channel)
{
    const struct pvgpu_vfio_header *header = &channel->request.header;
    if (header->size < HEADER_BYTES || header->size - HEADER_BYTES > PVGPU_VFIO_MAX_PAYLOAD) {
        pvgpu_error(&channel->log, "QEMU sent a vfio-user message of %" PRIu32 " bytes; disconnecting", header->size);
        return false;
    }
    if ((header->flags & PVGPU_VFIO_TYPE_MASK) != PVGPU_VFIO_TYPE_COMMAND) {
        pvgpu_error(&channel->log,
                    "QEMU sent a vfio-user message that is no command (flags 0x%" PRIx32 "); disconnecting",
                    header->flags);
        return false;
    }
    return true;
}

enum pvgpu_vfio_receive pvgpu_vfio_channel_receive(struct pvgpu_vfio_channel *channel)
{
    struct pvgpu_vfio_request *request = &channel->request;
    if (pvgpu_vfio_channel_is_pending(channel))
        return PVGPU_VFIO_NOTHING;
    if (channel->received == 0)
        close_fds(request);
    for (;;) {
        /* Never past the end of this message: descriptors belong to the message whose bytes they came with. */
        void *next;
        size_t size;
        if (channel->received < HEADER_BYTES) {
            next = (uint8_t *)&request->header + channel->received;
            size = HEADER_BYTES - channel->received;
        } else {
            next = request->payload + (channel->received - HEADER_BYTES);
            size = request->header.size - channel->received;
        }
        if (size > 0) {
            ssize_t count = receive_some(channel, next, size);
            if (count == 0)
                return PVGPU_VFIO_NOTHING;
            if (count < 0) {
                pvgpu_info(&channel->log, "QEMU disconnected%s",
                           channel->received ? " in the middle of a message" : "");
                return PVGPU_VFIO_GONE;
            }
            channel->received += (size_t)count;
        }
        if (channel->received == HEADER_BYTES && !check_header(channel))
            return PVGPU_VFIO_GONE;
        if (channel->received >= HEADER_BYTES && channel->received == request->header.size)
            break;
    }
    request->payload_bytes = request->header.size - HEADER_BYTES;
    channel->received = 0;
    return PVGPU_VFIO_RECEIVED;
}

/* Sends from the output. >0: bytes, 0: the socket is full, -1: the client has gone. */
static ssize_t send_some(struct pvgpu_vfio_channel *channel)
{
    union control control = {0};
    struct iovec span = {
        .iov_base = channel->output + channel->output_sent,
        .iov_len = channel->output_size - channel->output_sent,
    };
    struct msghdr message = {.msg_iov = &span, .msg_iovlen = 1};
    if (channel->output_fd >= 0 && channel->output_sent == 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(sizeof(int));
        struct cmsghdr *item = CMSG_FIRSTHDR(&message);
        item->cmsg_level = SOL_SOCKET;
        item->cmsg_type = SCM_RIGHTS;
        item->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(item), &channel->output_fd, sizeof(int));
    }
    ssize_t count;
    do {
        count = sendmsg(channel_fd(channel), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (count < 0 && errno == EINTR);
    /* Too many descriptors in flight towards a client that does not read is a full socket as well. */
    if (count < 0)
        return errno == EAGAIN || errno == ETOOMANYREFS ? 0 : -1;
    return count;
}

bool pvgpu_vfio_channel_flush(struct pvgpu_vfio_channel *channel)
{
    while (channel->output_size != 0) {
        ssize_t count = send_some(channel);
        if (count < 0) {
            pvgpu_info(&channel->log, "QEMU disconnected");
            return false;
        }
        if (count == 0) {
            pvgpu_backoff_blocked(&channel->backoff);
            if (pvgpu_backoff_lasted_ns(&channel->backoff) < PVGPU_VFIO_STALL_NS)
                return true;
            pvgpu_error(&channel->log, "QEMU has not read its replies for %u s; disconnecting",
                        (unsigned)(PVGPU_VFIO_STALL_NS / PVGPU_NS_PER_S));
            return false;
        }
        pvgpu_backoff_clear(&channel->backoff);
        channel->output_sent += (size_t)count;
        if (channel->output_sent == channel->output_size)
            channel->output_size = 0;
    }
    return true;
}

bool pvgpu_vfio_channel_reply(struct pvgpu_vfio_channel *channel, uint32_t error, const void *payload,
                              size_t payload_bytes, int fd)
{
    const struct pvgpu_vfio_header *command = &channel->request.header;
    assert(!pvgpu_vfio_channel_is_pending(channel) && payload_bytes <= PVGPU_VFIO_MAX_REPLY);
    if (command->flags & PVGPU_VFIO_NO_REPLY)
        return true;
    if (error) {
        payload_bytes = 0;
        fd = -1;
    }
    const struct pvgpu_vfio_header header = {
        .id = command->id,
        .command = command->command,
        .size = (uint32_t)(HEADER_BYTES + payload_bytes),
        .flags = PVGPU_VFIO_TYPE_REPLY | (error ? PVGPU_VFIO_ERROR : 0),
        .error = error,
    };
    memcpy(channel->output, &header, HEADER_BYTES);
    if (payload_bytes)
        memcpy(channel->output + HEADER_BYTES, payload, payload_bytes);
    channel->output_size = header.size;
    channel->output_sent = 0;
    channel->output_fd = fd;
    return pvgpu_vfio_channel_flush(channel);
}
