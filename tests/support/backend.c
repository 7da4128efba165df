/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "backend.h"

#include "base/time.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define WAIT_NS (60 * PVGPU_NS_PER_S)
#define STOP_NS (10 * PVGPU_NS_PER_S)
#define MOST_OPTIONS 16

static void become_service(const struct backend *backend, const char *program, const char *const *options,
                           const char *const *environment, pid_t parent)
{
    const char *arguments[MOST_OPTIONS + 16] = {
        program,           "--pipe-path", backend->socket, "--control-path", "none",
        "--restart-limit", "0",           "--no-vsync",    "--shader-cache", "none"};
    size_t count = 10;
    for (size_t i = 0; options && options[i] && i < MOST_OPTIONS; i++)
        arguments[count++] = options[i];
    for (size_t i = 0; environment && environment[i]; i++)
        putenv((char *)(uintptr_t)environment[i]);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int log = open(backend->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (getppid() != parent || log < 0)
        _exit(127);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    execv(program, (char *const *)(uintptr_t)arguments);
    _exit(127);
}

bool backend_start(struct backend *backend, const char *program, const char *const *options,
                   const char *const *environment)
{
    *backend = (struct backend){0};
    snprintf(backend->directory, sizeof(backend->directory), "/tmp/pvgpu-loss.XXXXXX");
    if (!mkdtemp(backend->directory))
        return false;
    snprintf(backend->socket, sizeof(backend->socket), "%s/vm.sock", backend->directory);
    snprintf(backend->log, sizeof(backend->log), "%s/log", backend->directory);
    pid_t parent = getpid();
    backend->pid = fork();
    if (backend->pid == 0)
        become_service(backend, program, options, environment, parent);
    uint64_t end = pvgpu_time_deadline_ns(WAIT_NS);
    while (backend->pid > 0 && pvgpu_time_left_ns(end)) {
        if (access(backend->socket, F_OK) == 0)
            return true;
        if (waitpid(backend->pid, NULL, WNOHANG) == backend->pid) {
            backend->pid = 0;
            break;
        }
        pvgpu_time_sleep_ns(5 * PVGPU_NS_PER_MS);
    }
    backend_show_log(backend);
    return false;
}

static void remove_folder(struct backend *backend)
{
    char frames[128];
    snprintf(frames, sizeof(frames), "%s.frames", backend->socket);
    unlink(backend->log);
    unlink(backend->socket);
    unlink(frames);
    rmdir(backend->directory);
    backend->pid = 0;
}

bool backend_stop(struct backend *backend)
{
    int status = -1;
    bool ended = false;
    if (!backend->pid)
        return false;
    kill(backend->pid, SIGTERM);
    uint64_t end = pvgpu_time_deadline_ns(STOP_NS);
    while (!ended && pvgpu_time_left_ns(end)) {
        ended = waitpid(backend->pid, &status, WNOHANG) == backend->pid;
        pvgpu_time_sleep_ns(5 * PVGPU_NS_PER_MS);
    }
    if (!ended) {
        kill(backend->pid, SIGKILL);
        waitpid(backend->pid, NULL, 0);
    }
    remove_folder(backend);
    return ended && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void backend_kill(struct backend *backend)
{
    if (!backend->pid)
        return;
    kill(backend->pid, SIGKILL);
    waitpid(backend->pid, NULL, 0);
    remove_folder(backend);
}

/* A whole file, terminated; free it. */
static char *read_file(const char *path)
{
    char *text = NULL;
    size_t used = 0, capacity = 0;
    FILE *file = fopen(path, "rb");
    for (size_t got = 1; file && got;) {
        if (capacity - used < 4096) {
            char *larger = realloc(text, capacity += 65536);
            if (!larger)
                break;
            text = larger;
        }
        got = fread(text + used, 1, 4095, file);
        used += got;
        text[used] = '\0';
    }
    if (file)
        fclose(file);
    return text;
}

unsigned backend_said(const struct backend *backend, const char *text)
{
    char *log = read_file(backend->log);
    unsigned times = 0;
    for (const char *at = log; at && (at = strstr(at, text)); at += strlen(text))
        times++;
    free(log);
    return times;
}

bool backend_wait_said(const struct backend *backend, const char *text, unsigned times)
{
    uint64_t end = pvgpu_time_deadline_ns(WAIT_NS);
    while (backend_said(backend, text) < times) {
        if (pvgpu_time_left_ns(end) == 0)
            return false;
        pvgpu_time_sleep_ns(5 * PVGPU_NS_PER_MS);
    }
    return true;
}

bool backend_comes_to_say(const struct backend *backend, const char *text, unsigned times)
{
    return backend_wait_said(backend, text, times) && backend_said(backend, text) == times;
}

void backend_show_log(const struct backend *backend)
{
    char *log = read_file(backend->log);
    fprintf(stderr, "the service said:\n%s", log ? log : "");
    free(log);
}

/* Whether its command line names our endpoint's frames and the role. */
static bool is_renderer(const struct backend *backend, const char *pid)
{
    char path[64], text[4096];
    bool role = false, ours = false;
    snprintf(path, sizeof(path), "/proc/%.16s/cmdline", pid);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = file >= 0 ? read(file, text, sizeof(text) - 1) : -1;
    if (file >= 0)
        close(file);
    if (got <= 0)
        return false;
    text[got] = '\0';
    for (const char *at = text; at < text + got; at += strlen(at) + 1) {
        role |= strcmp(at, "renderer") == 0;
        ours |= strstr(at, backend->directory) != NULL;
    }
    return role && ours;
}

unsigned backend_renderers(const struct backend *backend)
{
    unsigned count = 0;
    DIR *processes = opendir("/proc");
    for (struct dirent *entry; processes && (entry = readdir(processes));)
        count += entry->d_name[0] >= '0' && entry->d_name[0] <= '9' && is_renderer(backend, entry->d_name);
    if (processes)
        closedir(processes);
    return count;
}
