/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "shm/control_page.h"

#include "base/time.h"
#include "os/thread.h"

#define INSIDE UINT64_C(1)
#define SPINS_BEFORE_YIELD 200

void pvgpu_control_page_ring(struct pvgpu_control_page *page)
{
    uint64_t none = 0;
    atomic_fetch_add_explicit(&page->statistics.doorbells, 1, memory_order_relaxed);
    atomic_compare_exchange_strong_explicit(&page->rung_ns, &none, pvgpu_time_now_ns(), memory_order_relaxed,
                                            memory_order_relaxed);
}

bool pvgpu_control_page_enter(struct pvgpu_control_page *page, uint64_t epoch)
{
    uint64_t expected = epoch << 1;
    unsigned spins = 0;
    /* Only a session that begins the next epoch can be inside besides us, and then ours is over. */
    while (!atomic_compare_exchange_weak_explicit(&page->epoch_word, &expected, epoch << 1 | INSIDE,
                                                  memory_order_acquire, memory_order_relaxed)) {
        if (expected >> 1 != epoch)
            return false;
        expected = epoch << 1;
        if (++spins > SPINS_BEFORE_YIELD)
            pvgpu_thread_yield();
    }
    return true;
}

void pvgpu_control_page_leave(struct pvgpu_control_page *page, uint64_t epoch)
{
    atomic_store_explicit(&page->epoch_word, epoch << 1, memory_order_release);
}

bool pvgpu_control_page_begin_epoch(struct pvgpu_control_page *page, uint64_t timeout_ns, uint64_t *epoch)
{
    uint64_t deadline = 0;
    unsigned spins = 0;
    uint64_t word = atomic_load_explicit(&page->epoch_word, memory_order_relaxed);
    for (;;) {
        uint64_t next = (word >> 1) + 1;
        word &= ~INSIDE;
        if (atomic_compare_exchange_weak_explicit(&page->epoch_word, &word, next << 1 | INSIDE, memory_order_acq_rel,
                                                  memory_order_relaxed)) {
            *epoch = next;
            atomic_store_explicit(&page->fence_consumed, 0, memory_order_relaxed);
            return true;
        }
        if (++spins <= SPINS_BEFORE_YIELD)
            continue;
        if (deadline == 0)
            deadline = pvgpu_time_deadline_ns(timeout_ns);
        if (pvgpu_time_left_ns(deadline) == 0)
            return false;
        pvgpu_thread_yield();
    }
}

void pvgpu_control_page_force(struct pvgpu_control_page *page)
{
    atomic_fetch_and_explicit(&page->epoch_word, ~INSIDE, memory_order_acq_rel);
}
