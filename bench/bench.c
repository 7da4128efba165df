/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "bench.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---- Samples ---- */

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void bench_sort(double *values, size_t count)
{
    qsort(values, count, sizeof(*values), compare);
}

double bench_percentile(const double *sorted, size_t count, double percent)
{
    double rank = ceil(percent / 100.0 * (double)count);
    size_t index = rank < 1.0 ? 0 : (size_t)rank - 1;
    return sorted[index < count ? index : count - 1];
}

double bench_median(const double *values, size_t count)
{
    double sorted[1024];
    count = count < 1024 ? count : 1024;
    memcpy(sorted, values, count * sizeof(*values));
    bench_sort(sorted, count);
    return count % 2 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2.0;
}

/* ---- Processes ---- */

/* Reads a small file into text, always terminated. */
static bool read_text(const char *path, char *text, size_t bytes)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t got = read(fd, text, bytes - 1);
    close(fd);
    text[got > 0 ? got : 0] = '\0';
    return got > 0;
}

/* The fields of /proc/PID/stat from the state (field 3) on; NULL when the process is gone. */
static const char *read_stat(pid_t pid, char *text, size_t bytes)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    if (!read_text(path, text, bytes))
        return NULL;
    const char *end = strrchr(text, ')'); /* a name may hold blanks and brackets */
    return end ? end + 2 : NULL;
}

static pid_t parent_of(pid_t pid)
{
    char text[1024];
    int parent = 0;
    const char *fields = read_stat(pid, text, sizeof(text));
    if (!fields || sscanf(fields, "%*c %d", &parent) != 1)
        return 0;
    return (pid_t)parent;
}

size_t bench_process_tree(pid_t root, pid_t pids[BENCH_MOST_PROCESSES])
{
    size_t count = 0;
    pids[count++] = root;
    DIR *proc = opendir("/proc");
    if (!proc)
        return count;
    /* Parents have smaller places in our list than their children: look until nothing is added. */
    for (size_t before = 0; before != count;) {
        before = count;
        rewinddir(proc);
        for (struct dirent *entry; (entry = readdir(proc)) && count < BENCH_MOST_PROCESSES;) {
            pid_t pid = (pid_t)atoi(entry->d_name), parent = pid > 0 ? parent_of(pid) : 0;
            bool known = false, below = false;
            for (size_t i = 0; i < count && pid > 0; i++) {
                known |= pids[i] == pid;
                below |= pids[i] == parent;
            }
            if (below && !known)
                pids[count++] = pid;
        }
    }
    closedir(proc);
    return count;
}

static uint64_t field(const char *text, const char *name)
{
    const char *at = strstr(text, name);
    return at ? strtoull(at + strlen(name), NULL, 10) : 0;
}

/* What only the threads' own files tell. */
static void add_threads(pid_t pid, struct bench_usage *usage)
{
    char path[64], text[4096];
    snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(path);
    if (!tasks)
        return;
    for (struct dirent *entry; (entry = readdir(tasks));) {
        if (!isdigit((unsigned char)entry->d_name[0]))
            continue;
        usage->threads++;
        snprintf(path, sizeof(path), "/proc/%d/task/%.16s/status", (int)pid, entry->d_name);
        if (read_text(path, text, sizeof(text)))
            usage->switches += field(text, "\nvoluntary_ctxt_switches:") + field(text, "\nnonvoluntary_ctxt_switches:");
        snprintf(path, sizeof(path), "/proc/%d/task/%.16s/schedstat", (int)pid, entry->d_name);
        if (read_text(path, text, sizeof(text)))
            usage->cpu_ns += strtoull(text, NULL, 10);
    }
    closedir(tasks);
}

struct bench_usage bench_usage_of(const pid_t *pids, size_t count)
{
    struct bench_usage usage = {0};
    for (size_t i = 0; i < count; i++) {
        char text[1024];
        unsigned long long minor, major;
        const char *fields = read_stat(pids[i], text, sizeof(text));
        if (!fields || sscanf(fields, "%*c %*d %*d %*d %*d %*d %*u %llu %*u %llu", &minor, &major) != 2)
            continue;
        usage.faults += minor + major;
        add_threads(pids[i], &usage);
    }
    return usage;
}

void bench_process_role(pid_t pid, char role[32])
{
    char path[64], text[4096];
    snprintf(role, 32, "supervisor");
    snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
    if (fd >= 0)
        close(fd);
    if (got <= 0)
        return;
    text[got] = '\0';
    for (const char *at = text; at < text + got; at += strlen(at) + 1) {
        if (strcmp(at, "--role") == 0 && at + 7 < text + got)
            snprintf(role, 32, "%s", at + 7);
    }
}

bool bench_is_disturbed(uint64_t faults, double elapsed_ns)
{
    return (double)faults * BENCH_FAULT_NS > elapsed_ns / 100.0;
}

void bench_follow_parent(pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
}

/* ---- The service ---- */

static void run_service(const struct bench_service *service, const char *backend, bool vfio_user, const char *renderer,
                        const char *completion, pid_t parent)
{
    int log = open(service->log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bench_follow_parent(parent);
    if (log >= 0) {
        dup2(log, STDOUT_FILENO);
        dup2(log, STDERR_FILENO);
    }
    if (completion)
        setenv("PVGPU_COMPLETION", completion, 1);
    else
        unsetenv("PVGPU_COMPLETION");
    execl(backend, backend, vfio_user ? "--vfio-user" : "--pipe-path", service->socket, "--renderer", renderer,
          "--no-vsync", (char *)NULL);
    fprintf(stderr, "cannot run %s: %s\n", backend, strerror(errno));
    _exit(127);
}

static void sleep_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

static void show_log(const struct bench_service *service)
{
    char text[2048];
    if (read_text(service->log, text, sizeof(text)))
        fprintf(stderr, "bench: the service said:\n%s", text);
}

bool bench_service_start(struct bench_service *service, const char *backend, bool vfio_user, const char *renderer,
                         const char *completion)
{
    *service = (struct bench_service){0};
    snprintf(service->directory, sizeof(service->directory), "/tmp/pvgpu-bench.XXXXXX");
    if (!mkdtemp(service->directory)) {
        fprintf(stderr, "bench: cannot make a folder in /tmp: %s\n", strerror(errno));
        service->directory[0] = '\0';
        return false;
    }
    snprintf(service->socket, sizeof(service->socket), "%s/vm.sock", service->directory);
    snprintf(service->log, sizeof(service->log), "%s/service.log", service->directory);
    pid_t parent = getpid();
    service->pid = fork();
    if (service->pid == 0)
        run_service(service, backend, vfio_user, renderer, completion, parent);
    for (int tries = 0; service->pid > 0 && tries < 500; tries++) {
        struct stat status;
        if (stat(service->socket, &status) == 0)
            return true;
        if (waitpid(service->pid, NULL, WNOHANG) == service->pid) {
            service->pid = 0;
            break;
        }
        sleep_ms(20);
    }
    fprintf(stderr, "bench: %s does not open its endpoint\n", backend);
    show_log(service);
    bench_service_stop(service);
    return false;
}

void bench_service_stop(struct bench_service *service)
{
    if (service->pid > 0) {
        kill(service->pid, SIGTERM);
        int tries = 0;
        while (waitpid(service->pid, NULL, WNOHANG) == 0 && tries++ < 250)
            sleep_ms(20);
        if (tries > 250) {
            fprintf(stderr, "bench: the service does not end when asked\n");
            kill(service->pid, SIGKILL);
            waitpid(service->pid, NULL, 0);
        }
    }
    if (service->directory[0]) {
        char frames[128];
        snprintf(frames, sizeof(frames), "%s.frames", service->socket);
        unlink(frames);
        unlink(service->socket);
        unlink(service->log);
        if (rmdir(service->directory) != 0)
            fprintf(stderr, "bench: %s is not empty\n", service->directory);
    }
    *service = (struct bench_service){0};
}

void bench_service_adapter(const struct bench_service *service, char *text, size_t bytes)
{
    static const char before[] = "Renderer ready: ";
    char log[8192];
    snprintf(text, bytes, "unknown");
    const char *at = read_text(service->log, log, sizeof(log)) ? strstr(log, before) : NULL;
    if (at)
        snprintf(text, bytes, "%.*s", (int)strcspn(at + strlen(before), "\n"), at + strlen(before));
}

bool bench_service_said(const struct bench_service *service, const char *before, const char *text)
{
    char log[8192];
    const char *at = read_text(service->log, log, sizeof(log)) ? strstr(log, before) : NULL;
    return at && strncmp(at + strlen(before), text, strlen(text)) == 0;
}

void bench_default_backend(char *path, size_t bytes)
{
    char self[3072];
    ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
    self[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(self, '/');
    if (slash)
        *slash = '\0';
    snprintf(path, bytes, "%s/../pvgpu-backend", self);
}

/* ---- The machine ---- */

void bench_print_machine(void)
{
    char text[4096], model[128] = "unknown", load[64] = "unknown";
    struct utsname name;
    struct sysinfo memory;
    if (read_text("/proc/cpuinfo", text, sizeof(text))) {
        const char *at = strstr(text, "model name");
        at = at ? strchr(at, ':') : NULL;
        if (at)
            snprintf(model, sizeof(model), "%.*s", (int)strcspn(at + 2, "\n"), at + 2);
    }
    if (read_text("/proc/loadavg", text, sizeof(text)))
        snprintf(load, sizeof(load), "%.*s", (int)strcspn(text, "\n"), text);
    printf("- processor: %s, %ld online\n", model, sysconf(_SC_NPROCESSORS_ONLN));
    if (sysinfo(&memory) == 0)
        printf("- memory: %.1f GiB\n", (double)memory.totalram * memory.mem_unit / (1024.0 * 1024.0 * 1024.0));
    if (uname(&name) == 0)
        printf("- kernel: %s %s\n", name.sysname, name.release);
    printf("- load average at the start: %s\n", load);
}
