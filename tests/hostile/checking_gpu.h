/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A renderer that believes nothing. It stands in front of the null renderer and judges every value that reaches it by
 * Direct3D 11's rules, written down a second time here, without a look at src/wire/validate*.c: descriptions, ranges,
 * boxes, pitches, bound state, lifetimes, and where pointers point. Data may lie in the heap and nowhere else in the
 * guest's memory; everything that was judged before must lie outside of it, since a guest can still change what lies
 * inside. Bulk data is read to its last byte, so that sanitizers see a range that is too long.
 *
 * It can also be late, refuse, and run out of memory on demand.
 *
 * The renderer's thread calls it; the test's thread may set the orders at any time and read what was found once a fence
 * has completed or the renderer has ended.
 */
#ifndef PVGPU_TESTS_CHECKING_GPU_H
#define PVGPU_TESTS_CHECKING_GPU_H

#include "gpu/gpu.h"

#include <stdatomic.h>

#define CHECKING_GPU_SUBMISSIONS 4096u
#define CHECKING_GPU_RULES 16u
#define CHECKING_GPU_FAULT 0x80004005u /* E_FAIL: what a fault on order is */

/* Ids of what was bound when the state was last applied; 0: nothing. */
struct checking_gpu_bound {
    uint32_t shaders[PVGPU_STAGE_COUNT];
    uint32_t render_target_count;
    uint32_t render_targets[PVGPU_MAX_RENDER_TARGETS];
    uint32_t depth_stencil_view;
    uint32_t blend, rasterizer, depth_stencil;
    uint32_t vertex_buffers[PVGPU_MAX_VERTEX_BUFFERS];
    uint32_t index_buffer;
    uint32_t constants[PVGPU_STAGE_COUNT][PVGPU_MAX_CONSTANT_BUFFERS];
    uint32_t samplers[PVGPU_STAGE_COUNT][PVGPU_MAX_SAMPLERS];
    uint32_t resources[PVGPU_STAGE_COUNT][PVGPU_MAX_SHADER_RESOURCES];
    uint32_t unordered[PVGPU_MAX_UNORDERED_ACCESS];
    uint32_t input_layout;
    uint32_t topology;
    uint32_t viewport_count, scissor_count;
};

struct checking_gpu {
    struct pvgpu_gpu base;
    struct pvgpu_gpu *inner; /* null renderer; owned */
    const uint8_t *shared; /* the guest's memory; NULL: not one mapping */
    uint64_t shared_bytes;
    const uint8_t *heap;
    uint64_t heap_bytes;
    bool abort_at_once; /* on the first broken rule, for fuzzers */

    /* Orders. */
    _Atomic uint64_t delay_ns; /* a submission completes that long after it was made */
    _Atomic bool hold; /* nothing completes */
    _Atomic uint32_t next_creation; /* enum pvgpu_gpu_result for the next creation of anything, then OK again */
    _Atomic bool no_readback; /* readback_begin fails */

    /* Found. */
    _Atomic uint64_t broken_rules;
    const char *broken[CHECKING_GPU_RULES]; /* the different ones, in order; NULL behind the last */
    _Atomic uint64_t calls;
    _Atomic uint64_t live; /* host parts that were created and not released, and read-backs not ended */
    _Atomic uint64_t draws;
    _Atomic uint64_t dispatches;
    struct checking_gpu_bound bound;
    struct pvgpu_draw last_draw;

    uint64_t submitted, completed;
    uint64_t submitted_ns[CHECKING_GPU_SUBMISSIONS];
    volatile uint64_t sink; /* what read bytes go into */
};

/* NULL: out of memory. shared may be NULL when heap is memory of its own. Ended by base.ops->destroy. */
struct checking_gpu *checking_gpu_create(const void *shared, uint64_t shared_bytes, const void *heap,
                                         uint64_t heap_bytes, const struct pvgpu_log *log);

#endif
