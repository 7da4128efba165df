/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Processes that draw mutants, and that may die or hang. */
#include "mutants.h"

#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_SECONDS 60u /* a driver that is loaded and a first pipeline, on a busy machine */
#define STALL_SECONDS 2u /* no mutant done for so long: it is looked at alone */
#define POLL_NS (20 * 1000 * 1000)

enum { EXIT_LOST = 70, EXIT_NO_HOST = 71 };

/* What drivers and assertions say goes to a file, which reproducers quote. */
static void redirect(const char *folder)
{
    char path[512];
    const struct rlimit no_core = {0, 0};
    snprintf(path, sizeof(path), "%s/child.log", folder);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0644);
    setrlimit(RLIMIT_CORE, &no_core);
    if (file >= 0) {
        dup2(file, STDERR_FILENO);
        close(file);
    }
}

static void beat(struct progress *progress)
{
    __atomic_fetch_add(&progress->beats, 1, __ATOMIC_RELEASE);
}

static void draw_one(struct scene *scene, struct progress *progress, const struct mutant *mutant)
{
    enum scene_result result = scene_draw(scene, mutant);
    if (result == SCENE_REFUSED && progress->results[result] < REFUSED_MOST)
        progress->refused[progress->results[result]] = progress->index;
    progress->results[result]++;
    if (result == SCENE_LOST)
        _exit(EXIT_LOST);
}

static void open_or_exit(struct scene *scene, const struct job *job)
{
    if (!scene_open(scene, job->pool))
        _exit(EXIT_NO_HOST);
    beat(job->progress);
}

static void work(const struct job *job, uint64_t first)
{
    static struct scene scene;
    static struct mutant mutant;
    struct progress *progress = job->progress;
    open_or_exit(&scene, job);
    for (uint64_t i = first; progress->accepted < job->wanted; i++) {
        progress->index = i;
        beat(progress);
        if (!pool_mutate(job->pool, job->stage, job->seed, i, &mutant, &progress->made))
            continue;
        progress->accepted++;
        draw_one(&scene, progress, &mutant);
        progress->recent[progress->recent_count++ % RECENT] = i;
    }
    progress->index++; /* none is at work any more */
    scene_close(&scene);
    _exit(0);
}

static void work_alone(const struct job *job, const struct mutant *mutant)
{
    static struct scene scene;
    open_or_exit(&scene, job);
    draw_one(&scene, job->progress, mutant);
    scene_close(&scene);
    _exit(0);
}

static enum child_end end_of(int status, int *signal)
{
    *signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (WIFSIGNALED(status))
        return CHILD_DIED;
    switch (WEXITSTATUS(status)) {
    case 0:
        return CHILD_DONE;
    case EXIT_LOST:
        return CHILD_LOST;
    case EXIT_NO_HOST:
        return CHILD_NO_HOST;
    default:
        return CHILD_DIED;
    }
}

/* Waits for the end, or ends it when nothing moves. */
static enum child_end watch(pid_t pid, const struct progress *progress, uint32_t seconds, int *signal)
{
    int status;
    uint64_t first = __atomic_load_n(&progress->beats, __ATOMIC_ACQUIRE), last = first, since = pvgpu_time_now_ns();
    for (;;) {
        pid_t ended = waitpid(pid, &status, WNOHANG);
        if (ended == pid || (ended < 0 && errno != EINTR))
            return end_of(status, signal);
        uint64_t now = pvgpu_time_now_ns(), beats = __atomic_load_n(&progress->beats, __ATOMIC_ACQUIRE);
        if (beats != last) {
            last = beats;
            since = now;
        }
        if (now - since > (last == first ? START_SECONDS : seconds) * PVGPU_NS_PER_S) {
            kill(pid, SIGKILL);
            waitpid(pid, &status, 0);
            *signal = 0;
            return CHILD_HUNG;
        }
        usleep(POLL_NS / 1000);
    }
}

enum child_end child_run(const struct job *job, uint64_t first, int *signal)
{
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        redirect(job->folder);
        work(job, first);
    }
    return pid < 0 ? CHILD_NO_HOST : watch(pid, job->progress, STALL_SECONDS, signal);
}

enum child_end child_run_alone(const struct job *job, const struct mutant *mutant, uint32_t seconds, int *signal)
{
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        redirect(job->folder);
        work_alone(job, mutant);
    }
    return pid < 0 ? CHILD_NO_HOST : watch(pid, job->progress, seconds, signal);
}
