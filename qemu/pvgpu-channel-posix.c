/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT OR Apache-2.0 */
/* The channel on POSIX: a stream socket of this machine, and a shared memory object. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "pvgpu-channel-os.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "pvgpu/protocol.h"

#if defined(__linux__) && !defined(MADV_POPULATE_WRITE)
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif

#define NS_PER_S UINT64_C(1000000000)
#define LONGEST_WAIT_S 3600 /* of one call; fits any time_t */
#define ATTEMPTS 16 /* at what a signal, or chance, can spoil */

const char pvgpu_channel_default_endpoint[] = "/tmp/pvgpu.sock";

uint64_t pvgpu_channel_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

bool pvgpu_channel_random(void *bytes, size_t size, char *error)
{
    if (getentropy(bytes, size) == 0) {
        return true;
    }
    pvgpu_channel_say(error, "no random numbers: %s", strerror(errno));
    return false;
}

/* ---- Shared memory ------------------------------------------------------------------------------------------------ */

/* A new object under a name of 128 random bits. False: `error`. */
static bool make_object(struct pvgpu_channel_memory *memory, char *error)
{
    uint64_t bits[2];
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        if (!pvgpu_channel_random(bits, sizeof bits, error)) {
            return false;
        }
        snprintf(memory->name, sizeof memory->name, "/" PVGPU_SHMEM_NAME_PREFIX "%016" PRIx64 "%016" PRIx64, bits[0],
                 bits[1]);
        /* Closed by exec, as shm_open has it. */
        int fd = shm_open(memory->name, O_RDWR | O_CREAT | O_EXCL, 0600);
        if (fd >= 0) {
            memory->handle = fd;
            memory->owns_name = true;
            return true;
        }
        if (errno != EEXIST) {
            break;
        }
    }
    pvgpu_channel_say(error, "cannot make shared memory %s: %s", memory->name, strerror(errno));
    return false;
}

/* With pages: where the memory file system is full, this fails, and not a store of the guest's later. */
static bool size_object(int fd, uint64_t bytes, char *error)
{
    int reason = EINTR;
    for (int attempt = 0; attempt < ATTEMPTS && reason == EINTR; attempt++) {
        reason = posix_fallocate(fd, 0, (off_t)bytes);
    }
    if (reason == EINVAL || reason == EOPNOTSUPP || reason == EINTR) {
        reason = ftruncate(fd, (off_t)bytes) == 0 ? 0 : errno;
    }
    if (reason != 0) {
        pvgpu_channel_say(error, "no %" PRIu64 " bytes of shared memory: %s", bytes, strerror(reason));
    }
    return reason == 0;
}

bool pvgpu_channel_memory_create(struct pvgpu_channel_memory *memory, uint64_t bytes, char *error)
{
    *memory = (struct pvgpu_channel_memory){.bytes = bytes, .handle = PVGPU_CHANNEL_NO_HANDLE};
    if (!pvgpu_channel_is_valid_size(bytes)) {
        pvgpu_channel_say(error, "%" PRIu64 " bytes of shared memory: must be a power of two from 64 MiB to 2 GiB",
                          bytes);
        return false;
    }
    if (!make_object(memory, error) || !size_object((int)memory->handle, bytes, error)) {
        pvgpu_channel_memory_destroy(memory);
        return false;
    }
    void *base = mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_SHARED, (int)memory->handle, 0);
    if (base == MAP_FAILED) {
        pvgpu_channel_say(error, "cannot map %" PRIu64 " bytes of shared memory: %s", bytes, strerror(errno));
        pvgpu_channel_memory_destroy(memory);
        return false;
    }
#ifdef MADV_POPULATE_WRITE
    /* The pages of a device are there before its machine runs; a kernel that cannot maps them at first touch. */
    (void)madvise(base, (size_t)bytes, MADV_POPULATE_WRITE);
#endif
    memory->base = base;
    return true;
}

void pvgpu_channel_memory_destroy(struct pvgpu_channel_memory *memory)
{
    if (memory->base) {
        munmap(memory->base, (size_t)memory->bytes);
    }
    if (memory->owns_name) {
        shm_unlink(memory->name);
        if (memory->handle != PVGPU_CHANNEL_NO_HANDLE) {
            close((int)memory->handle);
        }
    }
    *memory = (struct pvgpu_channel_memory){.handle = PVGPU_CHANNEL_NO_HANDLE};
}

/* ---- A connection ------------------------------------------------------------------------------------------------- */

struct pvgpu_channel_port {
    int fd;
};

bool pvgpu_channel_is_valid_endpoint(const char *endpoint, char *error)
{
    const size_t most = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1, length = strlen(endpoint);
    if (length >= 1 && length <= most) {
        return true;
    }
    pvgpu_channel_say(error, "the path of a socket has 1 to %zu characters: %.100s", most, endpoint);
    return false;
}

/* Nobody has made the socket, or listens on it, or it has a queue that is full. */
static bool may_come(int reason)
{
    return reason == ENOENT || reason == ECONNREFUSED || reason == EAGAIN || reason == EINTR;
}

struct pvgpu_channel_port *pvgpu_channel_port_open(const char *endpoint, bool *absent, char *error)
{
    struct sockaddr_un address;
    memset(&address, 0, sizeof address);
    address.sun_family = AF_UNIX;
    memcpy(address.sun_path, endpoint, strlen(endpoint));
    struct pvgpu_channel_port *port = malloc(sizeof *port);
    /* Non-blocking from the start, or connect would wait for a place in the host's queue. */
    int fd = port ? socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0) : -1;
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0) {
        port->fd = fd;
        return port;
    }
    const int reason = port ? errno : ENOMEM;
    *absent = may_come(reason);
    pvgpu_channel_say(error, "cannot connect to %s: %s", endpoint,
                      reason == EAGAIN ? "too many are waiting there" : strerror(reason));
    if (fd >= 0) {
        close(fd);
    }
    free(port);
    return NULL;
}

void pvgpu_channel_port_close(struct pvgpu_channel_port *port)
{
    if (port) {
        close(port->fd);
        free(port);
    }
}

static bool is_transient(int reason)
{
    return reason == EAGAIN || reason == EWOULDBLOCK || reason == EINTR;
}

ptrdiff_t pvgpu_channel_port_read(struct pvgpu_channel_port *port, void *bytes, size_t size)
{
    const ssize_t got = recv(port->fd, bytes, size, MSG_DONTWAIT);
    if (got > 0) {
        return got;
    }
    return got < 0 && is_transient(errno) ? 0 : -1;
}

ptrdiff_t pvgpu_channel_port_write(struct pvgpu_channel_port *port, const void *bytes, size_t size)
{
    const ssize_t sent = send(port->fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) {
        return sent;
    }
    return sent == 0 || is_transient(errno) || errno == ENOBUFS ? 0 : -1;
}

intptr_t pvgpu_channel_port_handle(const struct pvgpu_channel_port *port)
{
    return port->fd;
}

void pvgpu_channel_port_rest(struct pvgpu_channel_port *port)
{
    (void)port; /* a socket is ready whenever it is */
}

void pvgpu_channel_port_wait(struct pvgpu_channel_port *port, bool for_writing, uint64_t timeout_ns)
{
    struct pollfd socket = {.fd = port ? port->fd : -1, .events = for_writing ? POLLIN | POLLOUT : POLLIN};
    struct timespec time = {.tv_sec = (time_t)LONGEST_WAIT_S};
    if (timeout_ns / NS_PER_S < LONGEST_WAIT_S) {
        time.tv_sec = (time_t)(timeout_ns / NS_PER_S);
        time.tv_nsec = (long)(timeout_ns % NS_PER_S);
    }
    (void)ppoll(&socket, 1, &time, NULL);
}
