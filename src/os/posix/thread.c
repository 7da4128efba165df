/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "os/thread.h"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>

struct start {
    void (*main)(void *argument);
    void *argument;
};

static void *run(void *pointer)
{
    struct start start = *(struct start *)pointer;
    free(pointer);
    start.main(start.argument);
    return NULL;
}

bool pvgpu_thread_start(struct pvgpu_thread *thread, const char *name, void (*main)(void *argument), void *argument)
{
    struct start *start = malloc(sizeof(*start));
    if (!start)
        return false;
    *start = (struct start){.main = main, .argument = argument};

    /* The new thread inherits the mask, so that no signal can reach it before it blocks them itself. */
    sigset_t all, before;
    sigfillset(&all);
    sigdelset(&all, SIGSEGV);
    sigdelset(&all, SIGBUS);
    sigdelset(&all, SIGFPE);
    sigdelset(&all, SIGILL);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&thread->handle, NULL, run, start);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error) {
        free(start);
        return false;
    }
    pthread_setname_np(thread->handle, name);
    return true;
}

void pvgpu_thread_join(struct pvgpu_thread *thread)
{
    pthread_join(thread->handle, NULL);
}

void pvgpu_thread_yield(void)
{
    sched_yield();
}

void pvgpu_mutex_init(struct pvgpu_mutex *mutex)
{
    pthread_mutex_init(&mutex->lock, NULL);
}

void pvgpu_mutex_finish(struct pvgpu_mutex *mutex)
{
    pthread_mutex_destroy(&mutex->lock);
}

void pvgpu_mutex_lock(struct pvgpu_mutex *mutex)
{
    pthread_mutex_lock(&mutex->lock);
}

void pvgpu_mutex_unlock(struct pvgpu_mutex *mutex)
{
    pthread_mutex_unlock(&mutex->lock);
}
