/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "frames_os.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S UINT64_C(1000000000)

uint64_t pvgpu_frames_os_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/* False when the deadline has passed. */
static bool poll_until(struct pollfd *fds, nfds_t count, uint64_t deadline_ns)
{
    for (;;) {
        uint64_t now = pvgpu_frames_os_now_ns();
        uint64_t left = deadline_ns > now ? deadline_ns - now : 0;
        struct timespec spec = {.tv_sec = (time_t)(left / NS_PER_S), .tv_nsec = (long)(left % NS_PER_S)};
        int ready = ppoll(fds, count, deadline_ns == PVGPU_FRAMES_NEVER ? NULL : &spec, NULL);
        if (ready > 0)
            return true;
        if (ready == 0)
            return false;
        if (errno != EINTR)
            return false;
    }
}

enum pvgpu_frames_result pvgpu_frames_os_init(struct pvgpu_frames_os *os, const char *path, uint64_t deadline_ns)
{
    memset(os, 0, sizeof(*os));
    os->connection = os->event = os->interrupt = PVGPU_FRAMES_NO_HANDLE;
    os->handles[0] = os->handles[1] = PVGPU_FRAMES_NO_HANDLE;

    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof(address.sun_path))
        return PVGPU_FRAMES_MISSING;
    memcpy(address.sun_path, path, length);

    os->interrupt = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    os->connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (os->interrupt < 0 || os->connection < 0)
        return PVGPU_FRAMES_NO_MEMORY;
    while (connect((int)os->connection, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        switch (errno) {
        case EINTR:
            continue;
        case EAGAIN: /* as many clients as the endpoint queues are waiting already */
            if (pvgpu_frames_os_now_ns() >= deadline_ns)
                return PVGPU_FRAMES_TIMEOUT;
            poll(NULL, 0, 1);
            continue;
        case EACCES:
        case EPERM:
            return PVGPU_FRAMES_DENIED;
        default:
            return PVGPU_FRAMES_MISSING;
        }
    }
    return PVGPU_FRAMES_OK;
}

void pvgpu_frames_os_close(intptr_t handle)
{
    if (handle >= 0)
        close((int)handle);
}

void pvgpu_frames_os_finish(struct pvgpu_frames_os *os)
{
    pvgpu_frames_os_close(os->connection);
    pvgpu_frames_os_close(os->event);
    pvgpu_frames_os_close(os->interrupt);
    pvgpu_frames_os_close(os->handles[0]);
    pvgpu_frames_os_close(os->handles[1]);
}

bool pvgpu_frames_os_send(struct pvgpu_frames_os *os, const struct pvgpu_frames_request *request)
{
    ssize_t count;
    do {
        count = send((int)os->connection, request, sizeof(*request), MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (count < 0 && errno == EINTR);
    return count == (ssize_t)sizeof(*request) || (count < 0 && errno == EAGAIN);
}

/* Keeps up to two descriptors of a message, closes any more. */
static void keep_handles(struct pvgpu_frames_os *os, struct msghdr *message)
{
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof(fd));
            if (os->handles[0] == PVGPU_FRAMES_NO_HANDLE)
                os->handles[0] = fd;
            else if (os->handles[1] == PVGPU_FRAMES_NO_HANDLE)
                os->handles[1] = fd;
            else
                close(fd);
        }
    }
}

enum pvgpu_frames_result pvgpu_frames_os_receive(struct pvgpu_frames_os *os, struct pvgpu_frames_reply *reply,
                                                 intptr_t handles[2])
{
    while (os->received < sizeof(os->buffer)) {
        _Alignas(struct cmsghdr) char control[CMSG_SPACE(4 * sizeof(int))];
        struct iovec data = {.iov_base = os->buffer + os->received, .iov_len = sizeof(os->buffer) - os->received};
        struct msghdr message = {
            .msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
        ssize_t count = recvmsg((int)os->connection, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && errno == EAGAIN)
            return PVGPU_FRAMES_TIMEOUT;
        if (count <= 0)
            return PVGPU_FRAMES_ENDED;
        keep_handles(os, &message);
        if (message.msg_flags & MSG_CTRUNC)
            return PVGPU_FRAMES_BROKEN; /* more descriptors than any message has, or no room for them here */
        os->received += (uint32_t)count;
    }
    os->received = 0;
    memcpy(reply, os->buffer, sizeof(*reply));
    memcpy(handles, os->handles, sizeof(os->handles));
    os->handles[0] = os->handles[1] = PVGPU_FRAMES_NO_HANDLE;
    return reply->magic == PVGPU_FRAMES_MAGIC ? PVGPU_FRAMES_OK : PVGPU_FRAMES_BROKEN;
}

uint32_t pvgpu_frames_os_wait(struct pvgpu_frames_os *os, uint64_t deadline_ns)
{
    struct pollfd fds[3] = {
        {.fd = (int)os->connection, .events = POLLIN},
        {.fd = (int)os->event, .events = POLLIN},
        {.fd = (int)os->interrupt, .events = POLLIN},
    };
    if (!poll_until(fds, 3, deadline_ns))
        return 0;
    uint32_t ready = 0;
    if (fds[0].revents)
        ready |= PVGPU_FRAMES_READY_CONNECTION;
    if (fds[1].revents) {
        char bytes[1024];
        ssize_t count;
        do {
            count = recv((int)os->event, bytes, sizeof(bytes), MSG_DONTWAIT);
        } while (count == (ssize_t)sizeof(bytes));
        if (count == 0) {
            /* The producer's end is gone and the connection with it; without this the loop would spin. */
            close((int)os->event);
            os->event = PVGPU_FRAMES_NO_HANDLE;
        }
        ready |= PVGPU_FRAMES_READY_EVENT;
    }
    if (fds[2].revents) {
        uint64_t count;
        ssize_t got = read((int)os->interrupt, &count, sizeof(count));
        (void)got;
        ready |= PVGPU_FRAMES_READY_INTERRUPT;
    }
    return ready;
}

void pvgpu_frames_os_interrupt(struct pvgpu_frames_os *os)
{
    int saved = errno;
    uint64_t one = 1;
    ssize_t written = write((int)os->interrupt, &one, sizeof(one));
    (void)written;
    errno = saved;
}

void *pvgpu_frames_os_map(intptr_t handle, uint64_t bytes, bool writable)
{
    struct stat found;
    if (handle < 0 || bytes == 0 || bytes > SIZE_MAX || fstat((int)handle, &found) != 0 ||
        (uint64_t)found.st_size < bytes)
        return NULL;
    /* Without the seal a producer that shrinks the object would kill us with SIGBUS. */
    int seals = fcntl((int)handle, F_GET_SEALS);
    if (seals < 0 || !(seals & F_SEAL_SHRINK))
        return NULL;
    void *base = mmap(NULL, (size_t)bytes, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, (int)handle, 0);
    return base == MAP_FAILED ? NULL : base;
}

void pvgpu_frames_os_unmap(void *base, uint64_t bytes)
{
    if (base)
        munmap(base, (size_t)bytes);
}
