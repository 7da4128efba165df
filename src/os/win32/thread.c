/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "os/thread.h"

#include <process.h>
#include <stdint.h>
#include <stdlib.h>
#include <wchar.h>

#define NAME_CHARACTERS 16

struct start {
    void (*main)(void *argument);
    void *argument;
};

static unsigned __stdcall run(void *data)
{
    struct start start = *(struct start *)data;
    free(data);
    start.main(start.argument);
    return 0;
}

/* Not in every Windows 10: looked up, and done without when it is missing. */
static void set_name(HANDLE thread, const char *name)
{
    HRESULT(WINAPI * set_description)(HANDLE, PCWSTR);
    set_description = (HRESULT(WINAPI *)(HANDLE, PCWSTR))(void *)GetProcAddress(GetModuleHandleW(L"kernel32.dll"),
                                                                                "SetThreadDescription");
    if (!set_description)
        return;
    wchar_t wide[NAME_CHARACTERS];
    size_t length = 0;
    for (; name[length] && length < NAME_CHARACTERS - 1; length++)
        wide[length] = (wchar_t)(unsigned char)name[length];
    wide[length] = 0;
    set_description(thread, wide);
}

bool pvgpu_thread_start(struct pvgpu_thread *thread, const char *name, void (*main)(void *argument), void *argument)
{
    struct start *start = malloc(sizeof(*start));
    if (!start)
        return false;
    *start = (struct start){.main = main, .argument = argument};
    /* Not CreateThread: the C library sets up its own part of a thread here. */
    uintptr_t handle = _beginthreadex(NULL, 0, run, start, 0, NULL);
    if (handle == 0) {
        free(start);
        return false;
    }
    thread->handle = (HANDLE)handle;
    set_name(thread->handle, name);
    return true;
}

void pvgpu_thread_join(struct pvgpu_thread *thread)
{
    WaitForSingleObject(thread->handle, INFINITE);
    CloseHandle(thread->handle);
    thread->handle = NULL;
}

void pvgpu_thread_yield(void)
{
    SwitchToThread();
}

void pvgpu_mutex_init(struct pvgpu_mutex *mutex)
{
    InitializeSRWLock(&mutex->lock);
}

void pvgpu_mutex_finish(struct pvgpu_mutex *mutex)
{
    (void)mutex; /* a slim lock holds nothing */
}

void pvgpu_mutex_lock(struct pvgpu_mutex *mutex)
{
    AcquireSRWLockExclusive(&mutex->lock);
}

void pvgpu_mutex_unlock(struct pvgpu_mutex *mutex)
{
    ReleaseSRWLockExclusive(&mutex->lock);
}
