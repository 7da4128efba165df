/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A renderer that fails on demand: it stands in front of another one, counts the calls that can fail or at which a
 * device can go, and at a given one does what was ordered. After a loss nothing reaches the other renderer but what
 * releases objects, so that the other one can serve the next wrapper: as a driver does for the next device.
 *
 * The renderer's thread calls it; what it found is read once that thread has ended or a fence has completed.
 */
#ifndef PVGPU_TESTS_FAILING_GPU_H
#define PVGPU_TESTS_FAILING_GPU_H

#include "gpu/gpu.h"

#include <stdatomic.h>

#define FAILING_GPU_REASON 0x887A0020u /* DXGI_ERROR_DRIVER_INTERNAL_ERROR: not what a session would make up */
#define FAILING_GPU_FAULT 0x80004005u /* E_FAIL */

/* The renderer behind, lent to one wrapper after the other; the wrappers' submissions are numbered through. */
struct failing_inner {
    struct pvgpu_gpu *gpu;
    uint64_t submitted;
};

struct failing_order {
    uint64_t at; /* 1: the first call; 0: never */
    enum pvgpu_gpu_result how; /* LOST, NO_MEMORY, REFUSED or FAULT */
};

struct failing_gpu {
    struct pvgpu_gpu base;
    struct failing_inner *inner;
    struct failing_order order;
    uint64_t first; /* the inner renderer's number before our first submission */
    uint32_t lost; /* HRESULT */

    /* Found. */
    _Atomic uint64_t calls;
    _Atomic uint64_t live; /* objects created and not released, read-backs not ended */
    const char *failed; /* the call that failed; NULL: none */
    bool told; /* the call could say so, other than by a lost device */
};

/* NULL: out of memory. inner outlives it. Ended by base.ops->destroy, which leaves inner alone. */
struct failing_gpu *failing_gpu_create(struct failing_inner *inner, struct failing_order order);

#endif
