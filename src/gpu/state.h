/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The complete bound state of a context: the shadow that SET_* commands write and draws bring to the GPU. Every pointer
 * holds a reference. Dirty bits say what differs from what the renderer was told last; after a pass of the host's own
 * on the same device context, pvgpu_state_mark_all makes everything dirty.
 */
#ifndef PVGPU_GPU_STATE_H
#define PVGPU_GPU_STATE_H

#include "gpu/object.h"

/* Bits of pvgpu_state.dirty. */
#define PVGPU_DIRTY_RENDER_TARGETS (UINT32_C(1) << 0)
#define PVGPU_DIRTY_VIEWPORTS (UINT32_C(1) << 1)
#define PVGPU_DIRTY_SCISSORS (UINT32_C(1) << 2)
#define PVGPU_DIRTY_BLEND (UINT32_C(1) << 3)
#define PVGPU_DIRTY_RASTERIZER (UINT32_C(1) << 4)
#define PVGPU_DIRTY_DEPTH_STENCIL (UINT32_C(1) << 5)
#define PVGPU_DIRTY_VERTEX_BUFFERS (UINT32_C(1) << 6)
#define PVGPU_DIRTY_INDEX_BUFFER (UINT32_C(1) << 7)
#define PVGPU_DIRTY_INPUT_LAYOUT (UINT32_C(1) << 8)
#define PVGPU_DIRTY_TOPOLOGY (UINT32_C(1) << 9)
#define PVGPU_DIRTY_UNORDERED (UINT32_C(1) << 10)
#define PVGPU_DIRTY_STAGE(stage) (UINT32_C(1) << (16 + (stage))) /* something in that stage's own dirty fields */

struct pvgpu_bound_constants {
    struct pvgpu_resource *buffer; /* may be NULL */
    uint32_t first; /* units of 16 bytes */
    uint32_t count; /* units of 16 bytes; 0: the whole buffer */
};

struct pvgpu_bound_vertices {
    struct pvgpu_resource *buffer; /* may be NULL */
    uint32_t stride;
    uint32_t offset;
};

struct pvgpu_bound_unordered {
    struct pvgpu_view *view; /* may be NULL */
    uint32_t initial_count; /* for counters; PVGPU_KEEP_COUNTER: as it is */
};

struct pvgpu_stage_state {
    struct pvgpu_shader *shader; /* may be NULL */
    struct pvgpu_state_object *samplers[PVGPU_MAX_SAMPLERS]; /* each may be NULL */
    struct pvgpu_bound_constants constants[PVGPU_MAX_CONSTANT_BUFFERS];
    struct pvgpu_view *resources[PVGPU_MAX_SHADER_RESOURCES]; /* each may be NULL */
    /* What is dirty, a bit a slot. */
    bool dirty_shader;
    uint16_t dirty_samplers;
    uint16_t dirty_constants;
    uint64_t dirty_resources[PVGPU_MAX_SHADER_RESOURCES / 64];
};

struct pvgpu_state {
    uint32_t dirty; /* PVGPU_DIRTY_* */
    uint32_t dirty_vertex_buffers; /* a bit a slot */

    uint32_t render_target_count; /* slots in use, from 0; later slots are NULL */
    struct pvgpu_view *render_targets[PVGPU_MAX_RENDER_TARGETS]; /* each may be NULL */
    struct pvgpu_view *depth_stencil_view; /* may be NULL */

    uint32_t viewport_count;
    struct pvgpu_viewport viewports[PVGPU_MAX_VIEWPORTS];
    uint32_t scissor_count;
    struct pvgpu_rect scissors[PVGPU_MAX_VIEWPORTS];

    struct pvgpu_state_object *blend; /* NULL: default */
    float blend_factor[4];
    uint32_t sample_mask;
    struct pvgpu_state_object *rasterizer; /* NULL: default */
    struct pvgpu_state_object *depth_stencil; /* NULL: default */
    uint32_t stencil_ref;

    struct pvgpu_bound_vertices vertex_buffers[PVGPU_MAX_VERTEX_BUFFERS];
    struct pvgpu_resource *index_buffer; /* may be NULL */
    uint32_t index_format; /* DXGI format */
    uint32_t index_offset; /* bytes */
    struct pvgpu_input_layout *input_layout; /* may be NULL */
    void *input_layout_host; /* the variant for the bound vertex shader; borrowed from input_layout; may be NULL */
    uint32_t topology; /* D3D11_PRIMITIVE_TOPOLOGY */

    struct pvgpu_bound_unordered unordered[PVGPU_MAX_UNORDERED_ACCESS]; /* of the compute stage */
    uint8_t dirty_unordered; /* a bit a slot */

    struct pvgpu_stage_state stages[PVGPU_STAGE_COUNT];
};

/* D3D11's state after creation: nothing bound, sample mask and blend factors all ones. Everything is marked dirty. */
void pvgpu_state_init(struct pvgpu_state *state);

/* Marks everything dirty. */
void pvgpu_state_mark_all(struct pvgpu_state *state);

#endif
