/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "os/process.h"

#include "base/time.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIRST_CHILD_FD 3
#define MAX_HANDLES 16
#define SELF "/proc/self/exe"

pvgpu_handle pvgpu_process_child_handle(const pvgpu_handle *handles, size_t index)
{
    (void)handles;
    return FIRST_CHILD_FD + (pvgpu_handle)index;
}

/* Between fork and exec only async-signal-safe calls are allowed. */
static void become_child(char *const *argv, const int *sources, size_t count, int output)
{
    /*
     * A new process must not start with the parent's blocked signals, but for one: a request for a report that comes
     * before the child watches for it must not end it.
     */
    sigset_t blocked, kept;
    sigemptyset(&kept);
    if (sigprocmask(SIG_SETMASK, NULL, &blocked) == 0 && sigismember(&blocked, SIGUSR1) == 1)
        sigaddset(&kept, SIGUSR1);
    sigprocmask(SIG_SETMASK, &kept, NULL);

    /* First out of the way of the target numbers, then down to them; dup2 drops close-on-exec. */
    int high[MAX_HANDLES];
    if (output >= 0 && (dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0))
        _exit(127);
    for (size_t i = 0; i < count; i++) {
        high[i] = fcntl(sources[i], F_DUPFD_CLOEXEC, FIRST_CHILD_FD + MAX_HANDLES);
        if (high[i] < 0)
            _exit(127);
    }
    for (size_t i = 0; i < count; i++) {
        if (dup2(high[i], FIRST_CHILD_FD + (int)i) < 0)
            _exit(127);
    }
    execv(SELF, argv);
    _exit(127);
}

bool pvgpu_process_spawn_self_to(struct pvgpu_process *process, const char *const *argv, const pvgpu_handle *handles,
                                 size_t count, pvgpu_handle output, const struct pvgpu_log *log)
{
    *process = (struct pvgpu_process){.handle = PVGPU_NO_HANDLE};
    int sources[MAX_HANDLES];
    if (count > MAX_HANDLES) {
        pvgpu_error(log, "Cannot start a process with %zu handles", count);
        return false;
    }
    for (size_t i = 0; i < count; i++)
        sources[i] = (int)handles[i];

    pid_t child = fork();
    if (child < 0) {
        pvgpu_error(log, "Cannot start a process: %s", strerror(errno));
        return false;
    }
    if (child == 0)
        become_child((char *const *)(uintptr_t)argv, sources, count, (int)output);

    int fd = (int)syscall(SYS_pidfd_open, child, 0);
    if (fd < 0) {
        pvgpu_error(log, "Cannot watch process %d: %s", (int)child, strerror(errno));
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        return false;
    }
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    *process = (struct pvgpu_process){.id = child, .handle = fd};
    return true;
}

void pvgpu_process_follow_parent(int64_t parent_id)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != (pid_t)parent_id)
        _exit(0); /* it died before the line above */
}

void pvgpu_process_kill(struct pvgpu_process *process)
{
    if (process->id)
        kill((pid_t)process->id, SIGKILL);
}

void pvgpu_process_ask_report(const struct pvgpu_process *process)
{
    if (process->id)
        kill((pid_t)process->id, SIGUSR1);
}

bool pvgpu_process_wait(struct pvgpu_process *process, uint64_t timeout_ns, int *exit_code)
{
    if (!process->id)
        return true;
    int status = 0;
    if (!pvgpu_handle_wait_any(&process->handle, 1, timeout_ns))
        return false;
    while (waitpid((pid_t)process->id, &status, 0) < 0 && errno == EINTR)
        ;
    if (exit_code)
        *exit_code = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
    pvgpu_handle_close(process->handle);
    *process = (struct pvgpu_process){.handle = PVGPU_NO_HANDLE};
    return true;
}

bool pvgpu_process_is_alive(int64_t id)
{
    return id > 0 && (kill((pid_t)id, 0) == 0 || errno == EPERM);
}

pvgpu_handle pvgpu_process_watch(int64_t id)
{
    int fd = id > 0 ? (int)syscall(SYS_pidfd_open, (pid_t)id, 0) : -1;
    return fd >= 0 ? fd : PVGPU_NO_HANDLE;
}

bool pvgpu_process_get_usage(struct pvgpu_process_usage *usage)
{
    unsigned long total = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    bool good = file && fscanf(file, "%lu %lu", &total, &resident) == 2;
    if (file)
        fclose(file);
    DIR *folder = opendir("/proc/self/fd");
    if (!folder)
        return false;
    usage->resident_bytes = (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE);
    usage->handles = 0;
    for (struct dirent *entry; (entry = readdir(folder));)
        usage->handles += entry->d_name[0] != '.';
    closedir(folder);
    usage->handles--; /* the folder's own */
    return good;
}

int64_t pvgpu_process_id(void)
{
    return getpid();
}
