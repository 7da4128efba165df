/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Threads and mutexes. Failure to make one is reported; lock and unlock cannot fail. */
#ifndef PVGPU_OS_THREAD_H
#define PVGPU_OS_THREAD_H

#include <stdbool.h>

#ifdef _WIN32
#include "os/win32/windows_lean.h"
struct pvgpu_thread {
    HANDLE handle;
};
struct pvgpu_mutex {
    SRWLOCK lock;
};
#else
#include <pthread.h>
struct pvgpu_thread {
    pthread_t handle;
};
struct pvgpu_mutex {
    pthread_mutex_t lock;
};
#endif

/*
 * Starts a thread that runs main(argument). The name (at most 15 characters, static) is what debuggers and ps show.
 * On POSIX every signal is blocked in it, so that signals reach the main thread alone.
 */
bool pvgpu_thread_start(struct pvgpu_thread *thread, const char *name, void (*main)(void *argument), void *argument);

/* Waits for the end of the thread and releases it. */
void pvgpu_thread_join(struct pvgpu_thread *thread);

/* Gives the rest of this thread's time slice away. */
void pvgpu_thread_yield(void);

void pvgpu_mutex_init(struct pvgpu_mutex *mutex);
void pvgpu_mutex_finish(struct pvgpu_mutex *mutex);
void pvgpu_mutex_lock(struct pvgpu_mutex *mutex);
void pvgpu_mutex_unlock(struct pvgpu_mutex *mutex);

/* Tells the processor that this is a spin loop. */
static inline void pvgpu_cpu_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

#endif
