/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "shm/progress.h"

static void store(_Atomic uint64_t *word, uint64_t value)
{
    atomic_store_explicit(word, value, memory_order_relaxed);
}

static uint64_t load(_Atomic uint64_t *word)
{
    return atomic_load_explicit(word, memory_order_relaxed);
}

void pvgpu_progress_init(struct pvgpu_progress *progress)
{
    store(&progress->call_since_ns, 0);
    store(&progress->gpu_since_ns, 0);
    store(&progress->allowance_ns, 0);
    atomic_store(&progress->compiling, 0);
    atomic_store(&progress->watched, 0);
}

/* Writes a time, then looks whether the session watches. Only a step from rest can find it not watching. */
static bool begin(struct pvgpu_progress *progress, _Atomic uint64_t *word)
{
    bool rested = load(word) == 0;
    store(word, pvgpu_time_now_ns());
    if (!rested)
        return false;
    atomic_thread_fence(memory_order_seq_cst); /* pairs with pvgpu_progress_relax */
    return !atomic_load_explicit(&progress->watched, memory_order_relaxed);
}

bool pvgpu_progress_begin_round(struct pvgpu_progress *progress)
{
    return begin(progress, &progress->call_since_ns);
}

bool pvgpu_progress_submitted(struct pvgpu_progress *progress)
{
    return load(&progress->gpu_since_ns) == 0 && begin(progress, &progress->gpu_since_ns);
}

void pvgpu_progress_end_round(struct pvgpu_progress *progress)
{
    store(&progress->call_since_ns, 0);
}

void pvgpu_progress_completed(struct pvgpu_progress *progress, bool outstanding)
{
    store(&progress->gpu_since_ns, outstanding ? pvgpu_time_now_ns() : 0);
}

void pvgpu_progress_begin_compiling(struct pvgpu_progress *progress)
{
    store(&progress->call_since_ns, pvgpu_time_now_ns());
    atomic_store_explicit(&progress->compiling, 1, memory_order_release);
}

void pvgpu_progress_end_compiling(struct pvgpu_progress *progress)
{
    uint64_t now = pvgpu_time_now_ns();
    store(&progress->call_since_ns, now);
    /* Nobody looked at the GPU meanwhile: its time starts again. */
    if (load(&progress->gpu_since_ns))
        store(&progress->gpu_since_ns, now);
    atomic_store_explicit(&progress->compiling, 0, memory_order_release);
}

void pvgpu_progress_grant(struct pvgpu_progress *progress, uint32_t bytes)
{
    uint64_t granted = load(&progress->allowance_ns) + bytes * PVGPU_COMPILE_NS_PER_BYTE;
    store(&progress->allowance_ns, granted < PVGPU_COMPILE_MOST_NS ? granted : PVGPU_COMPILE_MOST_NS);
}

void pvgpu_progress_end_grants(struct pvgpu_progress *progress)
{
    store(&progress->allowance_ns, 0);
}

uint64_t pvgpu_progress_due_ns(struct pvgpu_progress *progress, uint64_t timeout_ns)
{
    bool compiling = atomic_load_explicit(&progress->compiling, memory_order_acquire);
    uint64_t call = load(&progress->call_since_ns), gpu = load(&progress->gpu_since_ns);
    if (compiling)
        return call + timeout_ns + PVGPU_COMPILE_MOST_NS;
    /* The earlier of the two; what was granted may delay both, since a draw can wait for a driver that compiles. */
    uint64_t since = call && (!gpu || call < gpu) ? call : gpu;
    return since ? since + timeout_ns + load(&progress->allowance_ns) : PVGPU_NO_TIMEOUT;
}

void pvgpu_progress_watch(struct pvgpu_progress *progress)
{
    atomic_store_explicit(&progress->watched, 1, memory_order_relaxed);
}

uint64_t pvgpu_progress_relax(struct pvgpu_progress *progress, uint64_t timeout_ns)
{
    atomic_store_explicit(&progress->watched, 0, memory_order_relaxed);
    atomic_thread_fence(memory_order_seq_cst); /* pairs with begin */
    uint64_t due = pvgpu_progress_due_ns(progress, timeout_ns);
    if (due != PVGPU_NO_TIMEOUT)
        pvgpu_progress_watch(progress);
    return due;
}
