/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../lib/platform.h"
#include "pipe_channel.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif

#define DEFAULT_PATH "/tmp/pvgpu.sock"
#define CONNECT_TIMEOUT_NS 5000000000ull
#define CONNECT_RETRY_NS 20000000u
#define WRITE_TIMEOUT_MS 5000

struct pvgpu_pipe_channel {
    int fd;
};

struct pvgpu_pipe_memory *pvgpu_pipe_memory_create(uint64_t bytes)
{
    struct pvgpu_pipe_memory *memory = calloc(1, sizeof *memory);
    if (!memory) {
        return NULL;
    }
    memory->mapping = MAP_FAILED;
    memory->bytes = bytes;
    int fd = -1;
    for (int attempt = 0; attempt < 16 && fd < 0; attempt++) {
        snprintf(memory->name, sizeof memory->name, "/" PVGPU_SHMEM_NAME_PREFIX "%016" PRIx64, pvgpu_platform_unique());
        fd = shm_open(memory->name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0 && errno != EEXIST) {
            break;
        }
    }
    if (fd < 0) {
        pvgpu_platform_log("shm_open(%s): %s", memory->name, strerror(errno));
        goto fail;
    }
    memory->named = true;
    if (ftruncate(fd, (off_t)bytes) != 0) {
        pvgpu_platform_log("ftruncate to %" PRIu64 ": %s", bytes, strerror(errno));
        goto fail;
    }
    memory->mapping = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory->mapping == MAP_FAILED) {
        pvgpu_platform_log("mmap of %" PRIu64 " bytes: %s", bytes, strerror(errno));
        goto fail;
    }
    close(fd);
    /* The pages of a real device's memory are there before the guest runs; a kernel that cannot does it at first touch. */
    (void)madvise(memory->mapping, bytes, MADV_POPULATE_WRITE);
    return memory;
fail:
    if (fd >= 0) {
        close(fd);
    }
    pvgpu_pipe_memory_destroy(memory);
    return NULL;
}

void pvgpu_pipe_memory_destroy(struct pvgpu_pipe_memory *memory)
{
    if (!memory) {
        return;
    }
    if (memory->named) {
        shm_unlink(memory->name);
    }
    if (memory->mapping != MAP_FAILED) {
        munmap(memory->mapping, memory->bytes);
    }
    free(memory);
}

struct pvgpu_pipe_channel *pvgpu_pipe_channel_open(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    path = path ? path : DEFAULT_PATH;
    if (strlen(path) >= sizeof address.sun_path) {
        pvgpu_platform_log("socket path is longer than %zu characters: %s", sizeof address.sun_path - 1, path);
        return NULL;
    }
    strcpy(address.sun_path, path);
    struct pvgpu_pipe_channel *channel = malloc(sizeof *channel);
    if (!channel) {
        return NULL;
    }
    uint64_t deadline = pvgpu_platform_now_ns() + CONNECT_TIMEOUT_NS;
    for (;;) {
        channel->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (channel->fd >= 0 && connect(channel->fd, (const struct sockaddr *)&address, sizeof address) == 0) {
            return channel;
        }
        int error = errno;
        if (channel->fd >= 0) {
            close(channel->fd);
        }
        bool starting = error == ENOENT || error == ECONNREFUSED || error == EAGAIN || error == EINTR;
        if (!starting || pvgpu_platform_now_ns() >= deadline) {
            pvgpu_platform_log("connect to %s: %s", path, strerror(error));
            free(channel);
            return NULL;
        }
        pvgpu_platform_sleep_ns(CONNECT_RETRY_NS);
    }
}

void pvgpu_pipe_channel_close(struct pvgpu_pipe_channel *channel)
{
    close(channel->fd);
    free(channel);
}

bool pvgpu_pipe_channel_write(struct pvgpu_pipe_channel *channel, const void *bytes, size_t size)
{
    const uint8_t *from = bytes;
    while (size > 0) {
        ssize_t sent = send(channel->fd, from, size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0) {
            from += sent;
            size -= (size_t)sent;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            struct pollfd wait = {.fd = channel->fd, .events = POLLOUT};
            if (poll(&wait, 1, WRITE_TIMEOUT_MS) <= 0) {
                return false;
            }
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

ptrdiff_t pvgpu_pipe_channel_read(struct pvgpu_pipe_channel *channel, void *bytes, size_t size, uint64_t timeout_ns)
{
    if (timeout_ns > 0) {
        struct pollfd wait = {.fd = channel->fd, .events = POLLIN};
        struct timespec time = {.tv_sec = (time_t)(timeout_ns / 1000000000u),
                                .tv_nsec = (long)(timeout_ns % 1000000000u)};
        int ready = ppoll(&wait, 1, &time, NULL);
        if (ready <= 0) {
            return ready == 0 || errno == EINTR ? 0 : -1;
        }
    }
    ssize_t got = recv(channel->fd, bytes, size, MSG_DONTWAIT);
    if (got > 0) {
        return got;
    }
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) ? 0 : -1;
}
