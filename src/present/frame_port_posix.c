/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "present/frame_port.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010 /* linux/fcntl.h, since 5.1 */
#endif
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U /* linux/memfd.h, since 6.3 */
#endif
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* asm-generic/mman-common.h, since 5.14 */
#endif

static int make_memfd(const char *label)
{
    int fd = memfd_create(label, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
    if (fd < 0 && errno == EINVAL)
        fd = memfd_create(label, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    return fd;
}

bool pvgpu_frame_memory_create(struct pvgpu_frame_memory *memory, enum pvgpu_frame_memory_kind kind, uint64_t bytes,
                               const struct pvgpu_log *log)
{
    bool frames = kind == PVGPU_FRAME_MEMORY_FRAMES;
    *memory = (struct pvgpu_frame_memory){.handle = PVGPU_NO_HANDLE};
    int fd = make_memfd(frames ? "pvgpu-frames" : "pvgpu-hold");
    void *base = MAP_FAILED;
    if (fd < 0 || ftruncate(fd, (off_t)bytes) != 0)
        goto error;
    base = mmap(NULL, (size_t)bytes, frames ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, 0);
    if (base == MAP_FAILED)
        goto error;
    /* The writable mapping must exist before the seal that forbids new ones. */
    int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL | (frames ? F_SEAL_FUTURE_WRITE : 0);
    if (fcntl(fd, F_ADD_SEALS, seals) != 0)
        goto error;
    /* Populated here, where lack of memory is an error and not a SIGBUS. Kernels before 5.14 do not know how. */
    if (frames && madvise(base, (size_t)bytes, MADV_POPULATE_WRITE) != 0 && errno != EINVAL)
        goto error;
    memory->base = base;
    memory->bytes = bytes;
    memory->handle = fd;
    return true;

error:
    pvgpu_error(log, "Cannot make %llu bytes of memory for %s: %s", (unsigned long long)bytes,
                frames ? "frames" : "a frame consumer", strerror(errno));
    if (base != MAP_FAILED)
        munmap(base, (size_t)bytes);
    if (fd >= 0)
        close(fd);
    return false;
}

void pvgpu_frame_memory_finish(struct pvgpu_frame_memory *memory)
{
    if (!memory->base)
        return;
    munmap(memory->base, (size_t)memory->bytes);
    close((int)memory->handle);
    *memory = (struct pvgpu_frame_memory){.handle = PVGPU_NO_HANDLE};
}

/*
 * A socket pair and not an eventfd: O_NONBLOCK of an eventfd belongs to everybody who has it, so a consumer could clear
 * it, fill the counter and make our write block. Here each call says by itself that it does not block.
 */
bool pvgpu_frame_bell_init(struct pvgpu_frame_bell *bell)
{
    int pair[2];
    *bell = (struct pvgpu_frame_bell){.ours = PVGPU_NO_HANDLE, .theirs = PVGPU_NO_HANDLE};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0)
        return false;
    bell->ours = pair[0];
    bell->theirs = pair[1];
    return true;
}

void pvgpu_frame_bell_finish(struct pvgpu_frame_bell *bell)
{
    pvgpu_handle_close(bell->ours);
    pvgpu_handle_close(bell->theirs);
    *bell = (struct pvgpu_frame_bell){.ours = PVGPU_NO_HANDLE, .theirs = PVGPU_NO_HANDLE};
}

void pvgpu_frame_bell_passed(struct pvgpu_frame_bell *bell)
{
    pvgpu_handle_close(bell->theirs);
    bell->theirs = PVGPU_NO_HANDLE;
}

void pvgpu_frame_bell_ring(struct pvgpu_frame_bell *bell)
{
    char byte = 1;
    /* A full socket is signalled already; a closed one is found out by the connection. */
    ssize_t sent = send((int)bell->ours, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)sent;
}

bool pvgpu_frame_port_init(struct pvgpu_frame_port *port, pvgpu_handle listener, const char *path,
                           const struct pvgpu_log *log)
{
    *port = (struct pvgpu_frame_port){.listener = listener, .log = *log, .lines = {.burst = 10, .per_second = 1}};
    if (listener != PVGPU_NO_HANDLE) {
        int flags = fcntl((int)listener, F_GETFL);
        if (flags < 0 || fcntl((int)listener, F_SETFL, flags | O_NONBLOCK) != 0 ||
            fcntl((int)listener, F_SETFD, FD_CLOEXEC) != 0) {
            pvgpu_error(log, "The frame endpoint that was passed on is not usable: %s", strerror(errno));
            pvgpu_frame_port_finish(port);
            return false;
        }
        return true;
    }
    if (path)
        port->opened = pvgpu_listener_open(path, log);
    return !path || port->opened;
}

void pvgpu_frame_port_finish(struct pvgpu_frame_port *port)
{
    pvgpu_handle_close(port->listener);
    port->listener = PVGPU_NO_HANDLE;
    pvgpu_listener_destroy(port->opened);
    port->opened = NULL;
}

pvgpu_handle pvgpu_frame_port_wait_handle(struct pvgpu_frame_port *port)
{
    return port->opened ? pvgpu_listener_wait_handle(port->opened) : port->listener;
}

static bool may_warn(struct pvgpu_frame_port *port)
{
    return pvgpu_log_may(&port->log, PVGPU_LOG_WARN, &port->lines, "frame consumers that were turned away");
}

struct pvgpu_stream *pvgpu_frame_port_accept(struct pvgpu_frame_port *port)
{
    if (port->opened)
        return pvgpu_listener_accept(port->opened);
    int fd;
    do {
        fd = accept4((int)port->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    } while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
    if (fd < 0) {
        int reason = errno; /* logging may change it */
        if (reason != EAGAIN && may_warn(port))
            pvgpu_warn(&port->log, "Cannot accept a frame consumer: %s", strerror(reason));
        return NULL;
    }
    struct pvgpu_stream *stream = pvgpu_stream_adopt(fd);
    if (!stream)
        return NULL;
    struct pvgpu_peer peer;
    if (!pvgpu_stream_peer(stream, &peer) || (peer.uid != geteuid() && peer.uid != 0)) {
        if (may_warn(port))
            pvgpu_warn(&port->log, "A frame consumer of another user was turned away");
        pvgpu_stream_destroy(stream);
        return NULL;
    }
    return stream;
}

bool pvgpu_frame_port_send(struct pvgpu_stream *stream, int64_t process_id, struct pvgpu_frames_reply *reply,
                           const struct pvgpu_frame_gift *gifts, size_t gift_count)
{
    (void)process_id;
    enum { MOST_GIFTS = 2 };
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(MOST_GIFTS * sizeof(int))];
    if (gift_count > MOST_GIFTS)
        return false;
    memset(control, 0, sizeof(control));
    struct iovec data = {.iov_base = reply, .iov_len = sizeof(*reply)};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
    if (gift_count > 0) {
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(gift_count * sizeof(int));
        struct cmsghdr *part = CMSG_FIRSTHDR(&message);
        part->cmsg_level = SOL_SOCKET;
        part->cmsg_type = SCM_RIGHTS;
        part->cmsg_len = CMSG_LEN(gift_count * sizeof(int));
        for (size_t i = 0; i < gift_count; i++) {
            int fd = (int)gifts[i].handle;
            memcpy(CMSG_DATA(part) + i * sizeof(int), &fd, sizeof(fd));
        }
    }
    ssize_t count;
    do {
        count = sendmsg((int)pvgpu_stream_handle(stream), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (count < 0 && errno == EINTR);
    return count == (ssize_t)sizeof(*reply);
}
