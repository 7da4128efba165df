/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * bench-idle: what a virtual machine costs that does nothing: memory of its two processes (session and renderer) and of
 * the supervisor without the memory shared with the guest, and how often any of their threads wakes in ten seconds.
 *
 * Over the pipe link the guest of this program has drawn once and then rests. Over vfio-user a client negotiates like
 * QEMU does, which attaches the device and starts the renderer, and then rests. With the null renderer, as a GPU
 * library's own memory is not ours; a row with it tells about wake-ups alone.
 */
#include "bench.h"
#include "scene.h"

#include "base/time.h"
#include "link/vfio_user_wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define GOAL_KIB (32u << 10)
#define SETTLE_NS (2 * PVGPU_NS_PER_S) /* after this the pipe link's back-stop poll has slowed down, too */
#define READY_TIMEOUT_NS (30 * PVGPU_NS_PER_S)

struct memory {
    uint64_t rss_kib; /* resident */
    uint64_t guest_kib; /* of that, memory shared with the guest */
    uint64_t own_kib; /* of the rest, pages of this process alone */
};

/* Sums /proc/PID/smaps. The guest's memory is known by its name: a POSIX object of the pipe link, or our memfd. */
static bool read_memory(pid_t pid, struct memory *memory)
{
    char path[64], line[512];
    bool is_guest = false;
    *memory = (struct memory){0};
    snprintf(path, sizeof(path), "/proc/%d/smaps", (int)pid);
    FILE *file = fopen(path, "r");
    if (!file)
        return false;
    while (fgets(line, sizeof(line), file)) {
        unsigned long long from, to, kib;
        if (sscanf(line, "%llx-%llx ", &from, &to) == 2) {
            /* Nothing else that is shared with anybody is as large as the smallest guest memory. */
            is_guest = to - from >= PVGPU_MIN_SHMEM_BYTES && (strstr(line, "/pvgpu_shmem_") || strstr(line, "/memfd:"));
        } else if (sscanf(line, "Rss: %llu kB", &kib) == 1) {
            memory->rss_kib += kib;
            memory->guest_kib += is_guest ? kib : 0;
        } else if (!is_guest && (sscanf(line, "Private_Clean: %llu kB", &kib) == 1 ||
                                 sscanf(line, "Private_Dirty: %llu kB", &kib) == 1)) {
            memory->own_kib += kib;
        }
    }
    fclose(file);
    return true;
}

/* ---- Guests that rest ---- */

/* The version negotiation that every vfio-user client starts with; the socket, or -1. */
static int attach_vfio_user(const char *path)
{
    static const char capabilities[] = "{\"capabilities\":{\"max_msg_fds\":16}}";
    struct {
        struct pvgpu_vfio_header header;
        uint16_t major, minor;
        char text[sizeof(capabilities)];
    } message = {
        .header = {.id = 1, .command = PVGPU_VFIO_VERSION, .size = sizeof(message.header) + 4 + sizeof(capabilities)}};
    struct pvgpu_vfio_header reply;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(message.text, capabilities, sizeof(capabilities));
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
        send(fd, &message, message.header.size, MSG_NOSIGNAL) != (ssize_t)message.header.size ||
        recv(fd, &reply, sizeof(reply), MSG_WAITALL) != (ssize_t)sizeof(reply) || (reply.flags & PVGPU_VFIO_ERROR)) {
        fprintf(stderr, "bench-idle: the vfio-user negotiation failed\n");
        if (fd >= 0)
            close(fd);
        return -1;
    }
    return fd;
}

static bool wait_until_ready(const struct bench_service *service)
{
    uint64_t deadline = pvgpu_time_deadline_ns(READY_TIMEOUT_NS);
    while (!bench_service_said(service, "Renderer ready: ", "")) {
        if (pvgpu_time_left_ns(deadline) == 0) {
            fprintf(stderr, "bench-idle: the renderer does not become ready\n");
            return false;
        }
        pvgpu_time_sleep_ns(20 * PVGPU_NS_PER_MS);
    }
    return true;
}

/* ---- Measuring ---- */

/* System calls of all processes during `seconds`, by strace; false when there is no strace or it may not attach. */
static bool count_system_calls(const pid_t *pids, size_t count, uint32_t seconds, const char *directory,
                               uint64_t *calls)
{
    char path[128], command[1024], line[512];
    size_t used = 0;
    bool found = false;
    snprintf(path, sizeof(path), "%s/strace", directory);
    used += (size_t)snprintf(command, sizeof(command), "timeout -s INT %u strace -f -c -o '%s'", seconds, path);
    for (size_t i = 0; i < count && used < sizeof(command); i++)
        used += (size_t)snprintf(command + used, sizeof(command) - used, " -p %d", (int)pids[i]);
    if (used < sizeof(command))
        used += (size_t)snprintf(command + used, sizeof(command) - used, " >/dev/null 2>&1");
    int status = used < sizeof(command) ? system(command) : -1;
    FILE *file = status == -1 ? NULL : fopen(path, "r");
    *calls = 0;
    while (file && fgets(line, sizeof(line), file)) {
        /* Rows are: % time, seconds, usecs/call, calls, errors (may be empty), name. The last row is the total. */
        unsigned long long row;
        found = true;
        if (strstr(line, " total") && sscanf(line, "%*f %*f %*f %llu", &row) == 1)
            *calls = row;
    }
    /* Without any system call strace writes an empty file. */
    found |= file != NULL && WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 124);
    if (file)
        fclose(file);
    unlink(path);
    return found;
}

struct options {
    uint32_t seconds;
    const char *backend;
    bool strace;
};

/* Prints the rows of one service at rest. `*kib`: memory of session and renderer without the guest's. */
static bool print_rows(const char *name, const struct bench_service *service, const struct options *options,
                       uint64_t *kib, uint64_t *wakeups)
{
    pid_t pids[BENCH_MOST_PROCESSES];
    struct bench_usage before[BENCH_MOST_PROCESSES];
    size_t count = bench_process_tree(service->pid, pids);
    char text[24] = "?";
    uint64_t calls = 0;
    *kib = *wakeups = 0;
    if (count < 3) {
        fprintf(stderr, "bench-idle: %s: there are %zu processes instead of 3\n", name, count);
        return false;
    }
    for (size_t i = 0; i < count; i++)
        before[i] = bench_usage_of(&pids[i], 1);
    pvgpu_time_sleep_ns(options->seconds * PVGPU_NS_PER_S);
    for (size_t i = 0; i < count; i++) {
        struct bench_usage after = bench_usage_of(&pids[i], 1);
        struct memory memory;
        char role[32];
        bench_process_role(pids[i], role);
        if (!read_memory(pids[i], &memory))
            return false;
        uint64_t switches = after.switches - before[i].switches;
        if (strcmp(role, "supervisor") != 0)
            *kib += memory.rss_kib - memory.guest_kib;
        *wakeups += switches;
        printf("| %-16s | %-10s | %7u | %9llu | %9llu | %9llu | %8llu | %8.3f | %8s |\n", name, role, after.threads,
               (unsigned long long)(memory.rss_kib - memory.guest_kib), (unsigned long long)memory.own_kib,
               (unsigned long long)memory.guest_kib, (unsigned long long)switches,
               (double)(after.cpu_ns - before[i].cpu_ns) / 1e6, "");
    }
    if (options->strace && count_system_calls(pids, count, options->seconds, service->directory, &calls))
        snprintf(text, sizeof(text), "%llu", (unsigned long long)calls);
    printf("| %-16s | %-10s | %7s | %9s | %9s | %9s | %8llu | %8s | %8s |\n", name, "all three", "", "", "", "",
           (unsigned long long)*wakeups, "", text);
    fflush(stdout);
    return true;
}

/* One service with one guest at rest. */
static bool measure(const char *name, bool vfio_user, const char *renderer, const struct options *options,
                    uint64_t *kib, uint64_t *wakeups)
{
    struct bench_service service;
    struct pvgpu_guest *guest = NULL;
    int client = -1;
    bool ready = false, good = false;
    if (!bench_service_start(&service, options->backend, vfio_user, renderer, NULL))
        return false;
    if (vfio_user) {
        client = attach_vfio_user(service.socket);
        ready = client >= 0 && wait_until_ready(&service);
    } else {
        struct pvgpu_guest_transport *transport = pvgpu_guest_pipe_open(service.socket, 0);
        guest = transport ? pvgpu_guest_create(transport) : NULL;
        ready = guest && scene_create(guest);
    }
    if (ready) {
        pvgpu_time_sleep_ns(SETTLE_NS);
        good = print_rows(name, &service, options, kib, wakeups);
    }
    pvgpu_guest_destroy(guest);
    if (client >= 0)
        close(client);
    bench_service_stop(&service);
    return good;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name, *renderer;
        bool vfio_user;
    } rows[] = {
        {"vfio-user, null", "null", true},
        {"pipe, null", "null", false},
        {"vfio-user, d3d11", "d3d11", true},
        {"pipe, d3d11", "d3d11", false},
    };
    char backend[4096];
    struct options options = {.seconds = 10, .backend = backend, .strace = true};
    bool good = true;
    bench_default_backend(backend, sizeof(backend));
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--quick") == 0) {
            options.seconds = 2;
        } else if (strcmp(argv[i], "--no-strace") == 0) {
            options.strace = false;
        } else if (strcmp(argv[i], "--backend") == 0 && i + 1 < argc) {
            options.backend = argv[++i];
        } else {
            fprintf(stderr, "usage: bench-idle [--quick] [--no-strace] [--backend PATH]\n");
            return 2;
        }
    }
    printf("| %-16s | %-10s | %7s | %9s | %9s | %9s | %8s | %8s | %8s |\n", "link, renderer", "process", "threads",
           "KiB", "own KiB", "guest KiB", "wake-ups", "CPU ms", "syscalls");
    printf("|------------------|------------|--------:|----------:|----------:|----------:|---------:|---------:|"
           "---------:|\n");
    fflush(stdout);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t kib, wakeups;
        if (!measure(rows[i].name, rows[i].vfio_user, rows[i].renderer, &options, &kib, &wakeups)) {
            good = false;
            continue;
        }
        if (strcmp(rows[i].renderer, "null") == 0 && kib >= GOAL_KIB) {
            printf("%s: session and renderer take %llu KiB: the goal of 32 MiB is MISSED\n", rows[i].name,
                   (unsigned long long)kib);
            good = false;
        }
        /* The pipe link may lose doorbells: it looks ten times a second (docs/protocol.md, D29). */
        uint64_t allowed = rows[i].vfio_user ? 0 : 12u * options.seconds;
        if (wakeups > allowed) {
            printf("%s: %llu wake-ups, where %llu are allowed: MISSED\n", rows[i].name, (unsigned long long)wakeups,
                   (unsigned long long)allowed);
            good = false;
        }
    }
    printf(
        "\nResident memory without the guest's, of that what no other process shares, and the guest's; wake-ups of all "
        "threads and\nprocessor time in %u s of rest; system calls in as many seconds after that, by strace (\"?\": it "
        "cannot attach).\nThe "
        "pipe link polls ten times a second by design.\n",
        options.seconds);
    return good ? 0 : 1;
}
