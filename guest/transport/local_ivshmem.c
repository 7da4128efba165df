/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A guest of the ivshmem links without a VM: this process does what QEMU does with its end (maps the file, or speaks with
 * the ivshmem server), and what a program in the guest does with the device.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../lib/platform.h"
#include "ivshmem.h"
#include "pvgpu/guest.h"

#define MESSAGES_MOST 64u /* of a server, before it has said everything */
#define SERVER_TIMEOUT_MS 10000
#define PROTOCOL_VERSION 0
#define MEMORY_NUMBER (-1)

struct local_ivshmem {
    struct pvgpu_guest_transport base;
    struct pvgpu_ivshmem ivshmem;
    int socket; /* -1: there is a file and nothing else */
    int memory; /* -1: not known yet */
    int doorbell; /* the host's; -1: it has none */
    int vectors[PVGPU_MSIX_VECTORS]; /* ours */
    uint32_t vector_count;
};

static struct local_ivshmem *local_from(struct pvgpu_guest_transport *transport)
{
    return (struct local_ivshmem *)transport;
}

/* ---- The device ---- */

static void doorbell(struct pvgpu_guest_transport *transport)
{
    const uint64_t one = 1;
    struct local_ivshmem *local = local_from(transport);
    if (local->doorbell >= 0) {
        ssize_t written = write(local->doorbell, &one, sizeof one);
        (void)written; /* full: it has been rung */
    }
}

/* The number of interrupts, coalesced ones as one. */
static int take_interrupts(const struct local_ivshmem *local, const struct pollfd *polled)
{
    int count = 0;
    for (uint32_t i = 0; i < local->vector_count; i++) {
        uint64_t times;
        if (polled[i].revents & POLLIN && read(local->vectors[i], &times, sizeof times) == (ssize_t)sizeof times) {
            count++;
        }
    }
    return count;
}

static int wait_interrupt(struct pvgpu_guest_transport *transport, uint64_t timeout_ns)
{
    struct local_ivshmem *local = local_from(transport);
    struct pollfd polled[PVGPU_MSIX_VECTORS + 1];
    const uint64_t most_ms = 1000;
    uint64_t ms = (timeout_ns + 999999) / 1000000;
    for (uint32_t i = 0; i < local->vector_count; i++) {
        polled[i] = (struct pollfd){.fd = local->vectors[i], .events = POLLIN};
    }
    polled[local->vector_count] = (struct pollfd){.fd = local->socket, .events = POLLIN};
    if (poll(polled, local->vector_count + 1, (int)(ms < most_ms ? ms : most_ms)) <= 0) {
        return 0;
    }
    int count = take_interrupts(local, polled);
    /* A server has nothing more to say: it has gone. */
    return count == 0 && polled[local->vector_count].revents ? -1 : count;
}

static bool reset(struct pvgpu_guest_transport *transport)
{
    return pvgpu_ivshmem_reset(&local_from(transport)->ivshmem, doorbell, transport, PVGPU_GUEST_RESET_TIMEOUT_NS);
}

static uint32_t read_status(struct pvgpu_guest_transport *transport)
{
    return pvgpu_ivshmem_status(&local_from(transport)->ivshmem);
}

static void close_fd(int fd)
{
    if (fd >= 0) {
        close(fd);
    }
}

static void destroy(struct pvgpu_guest_transport *transport)
{
    struct local_ivshmem *local = local_from(transport);
    if (transport->mapping) {
        munmap(transport->mapping, transport->mapping_bytes);
    }
    for (uint32_t i = 0; i < local->vector_count; i++) {
        close_fd(local->vectors[i]);
    }
    close_fd(local->doorbell);
    close_fd(local->memory);
    close_fd(local->socket);
    free(local);
}

static struct local_ivshmem *create(void)
{
    struct local_ivshmem *local = calloc(1, sizeof *local);
    if (local) {
        local->socket = local->memory = local->doorbell = -1;
    }
    return local;
}

/* Maps what is shared, as large as it is, and looks what it is. */
static bool map_memory(struct local_ivshmem *local, const char *path)
{
    struct stat info;
    if (fstat(local->memory, &info) != 0 || info.st_size < (off_t)PVGPU_MIN_SHMEM_BYTES) {
        pvgpu_platform_log("%s: no shared memory of the right size", path);
        return false;
    }
    void *mapping = mmap(NULL, (size_t)info.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, local->memory, 0);
    if (mapping == MAP_FAILED) {
        pvgpu_platform_log("%s: mmap of %lld bytes: %s", path, (long long)info.st_size, strerror(errno));
        return false;
    }
    local->base.mapping = mapping;
    local->base.mapping_bytes = (uint64_t)info.st_size;
    return pvgpu_ivshmem_init(&local->ivshmem, mapping, local->base.mapping_bytes, path);
}

struct pvgpu_guest_transport *pvgpu_guest_ivshmem_file_open(const char *path)
{
    static const struct pvgpu_guest_transport_ops ops = {
        .name = "ivshmem-plain",
        .doorbell = doorbell,
        .reset = reset,
        .read_status = read_status,
        .destroy = destroy,
    };
    struct local_ivshmem *local = create();
    if (!local) {
        return NULL;
    }
    local->base.ops = &ops;
    local->memory = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
    if (local->memory < 0) {
        pvgpu_platform_log("%s: %s", path, strerror(errno));
    } else if (map_memory(local, path)) {
        return &local->base;
    }
    destroy(&local->base);
    return NULL;
}

/* ---- The server ---- */

static bool connect_to(struct local_ivshmem *local, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        pvgpu_platform_log("socket path is longer than %zu characters: %s", sizeof address.sun_path - 1, path);
        return false;
    }
    strcpy(address.sun_path, path);
    local->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (local->socket >= 0 && connect(local->socket, (const struct sockaddr *)&address, sizeof address) == 0) {
        return true;
    }
    pvgpu_platform_log("%s: %s", path, strerror(errno));
    return false;
}

/* One message: a number, and a descriptor or -1. false: none came. */
static bool receive(int socket, int64_t *number, int *fd)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    uint8_t bytes[8];
    size_t have = 0;
    *fd = -1;
    while (have < sizeof bytes) {
        struct iovec span = {.iov_base = bytes + have, .iov_len = sizeof bytes - have};
        struct msghdr message = {
            .msg_iov = &span, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
        struct pollfd polled = {.fd = socket, .events = POLLIN};
        ssize_t got = poll(&polled, 1, SERVER_TIMEOUT_MS) == 1 ? recvmsg(socket, &message, MSG_CMSG_CLOEXEC) : -1;
        if (got <= 0) {
            close_fd(*fd);
            return false;
        }
        have += (size_t)got;
        struct cmsghdr *item = CMSG_FIRSTHDR(&message);
        if (item && item->cmsg_level == SOL_SOCKET && item->cmsg_type == SCM_RIGHTS) {
            close_fd(*fd);
            memcpy(fd, CMSG_DATA(item), sizeof *fd);
        }
    }
    *number = 0;
    for (size_t i = 0; i < sizeof bytes; i++) {
        *number |= (int64_t)((uint64_t)bytes[i] << (8 * i));
    }
    return true;
}

/* Takes what the server says until it has named our last vector. Whom a descriptor belongs to is told by the number. */
static bool listen_to_server(struct local_ivshmem *local)
{
    int64_t number, own = 0;
    int fd;
    if (!receive(local->socket, &number, &fd) || number != PROTOCOL_VERSION || fd >= 0) {
        close_fd(fd);
        return false;
    }
    if (!receive(local->socket, &own, &fd) || fd >= 0) {
        close_fd(fd);
        return false;
    }
    for (unsigned i = 0; i < MESSAGES_MOST && local->vector_count < PVGPU_MSIX_VECTORS; i++) {
        if (!receive(local->socket, &number, &fd) || fd < 0) {
            return false;
        }
        if (number == MEMORY_NUMBER && local->memory < 0) {
            local->memory = fd;
        } else if (number == own) {
            local->vectors[local->vector_count++] = fd;
        } else if (number != MEMORY_NUMBER && local->doorbell < 0) {
            local->doorbell = fd;
        } else {
            close_fd(fd); /* another vector of the host: it listens to each */
        }
    }
    return local->memory >= 0 && local->doorbell >= 0 && local->vector_count == PVGPU_MSIX_VECTORS;
}

struct pvgpu_guest_transport *pvgpu_guest_ivshmem_socket_open(const char *path)
{
    static const struct pvgpu_guest_transport_ops ops = {
        .name = "ivshmem-doorbell",
        .doorbell = doorbell,
        .wait_interrupt = wait_interrupt,
        .reset = reset,
        .read_status = read_status,
        .destroy = destroy,
    };
    struct local_ivshmem *local = create();
    if (!local) {
        return NULL;
    }
    local->base.ops = &ops;
    if (connect_to(local, path)) {
        if (!listen_to_server(local)) {
            pvgpu_platform_log("%s: this is no ivshmem server, or not one of PVGPU", path);
        } else if (map_memory(local, path)) {
            return &local->base;
        }
    }
    destroy(&local->base);
    return NULL;
}
