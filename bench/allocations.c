/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "allocations.h"

#include <stdatomic.h>
#include <stddef.h>

/* The linker's names for the wrapped functions are reserved identifiers; there is no other way to spell them. */
void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *old, size_t bytes);
void *__real_aligned_alloc(size_t alignment, size_t bytes);
int __real_posix_memalign(void **pointer, size_t alignment, size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *old, size_t bytes);
void *__wrap_aligned_alloc(size_t alignment, size_t bytes);
int __wrap_posix_memalign(void **pointer, size_t alignment, size_t bytes);

static _Atomic uint64_t calls; /* the one global of the measurements: a wrapped function has no other place for it */

static void count(void)
{
    atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed);
}

uint64_t bench_allocations(void)
{
    return atomic_load_explicit(&calls, memory_order_relaxed);
}

void *__wrap_malloc(size_t bytes)
{
    count();
    return __real_malloc(bytes);
}

void *__wrap_calloc(size_t number, size_t bytes)
{
    count();
    return __real_calloc(number, bytes);
}

void *__wrap_realloc(void *old, size_t bytes)
{
    count();
    return __real_realloc(old, bytes);
}

void *__wrap_aligned_alloc(size_t alignment, size_t bytes)
{
    count();
    return __real_aligned_alloc(alignment, bytes);
}

int __wrap_posix_memalign(void **pointer, size_t alignment, size_t bytes)
{
    count();
    return __real_posix_memalign(pointer, alignment, bytes);
}
