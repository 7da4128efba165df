/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Stands in front of malloc, calloc, realloc and the pool of objects (the linker's --wrap), and makes one of them fail
 * when told to. What the pool itself allocates does not count: whether it has to is a matter of what was there before.
 */
#include "suite.h"

#include "base/pool.h"

#include <stdlib.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__real_pvgpu_pool_take(struct pvgpu_pool *pool, size_t size);
void *__wrap_pvgpu_pool_take(struct pvgpu_pool *pool, size_t size);

static _Atomic int countdown; /* 0: off */
static _Atomic bool failed;

/* Who gives the orders is spared. Not a thread-local variable: on Windows those come from malloc. */
#ifdef _WIN32
#include <windows.h>
static unsigned long this_thread(void)
{
    return GetCurrentThreadId();
}
#else
#include <sys/syscall.h>
#include <unistd.h>
static unsigned long this_thread(void)
{
    return (unsigned long)syscall(SYS_gettid);
}
#endif
static _Atomic unsigned long spared; /* 0: nobody */
static _Atomic unsigned long pooling; /* the thread inside the pool, whose own memory does not count; 0: none */

void suite_fail_allocation(unsigned nth)
{
    atomic_store(&spared, this_thread());
    atomic_store(&failed, false);
    atomic_store(&countdown, (int)nth);
}

bool suite_allocation_failed(void)
{
    return atomic_load(&failed);
}

static bool is_due(void)
{
    if (atomic_load(&countdown) <= 0)
        return false;
    unsigned long thread = this_thread();
    if (thread == atomic_load(&spared) || thread == atomic_load(&pooling) || atomic_fetch_sub(&countdown, 1) != 1)
        return false;
    atomic_store(&failed, true);
    return true;
}

void *__wrap_malloc(size_t size)
{
    return is_due() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return is_due() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return is_due() ? NULL : __real_realloc(old, size);
}

void *__wrap_pvgpu_pool_take(struct pvgpu_pool *pool, size_t size)
{
    if (is_due())
        return NULL;
    /* Pools belong to the render thread, of which a test has one. */
    atomic_store(&pooling, this_thread());
    void *memory = __real_pvgpu_pool_take(pool, size);
    atomic_store(&pooling, 0);
    return memory;
}
