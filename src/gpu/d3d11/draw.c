/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "gpu/d3d11/device.h"

#define STAGE_CALLS(vtable, prefix) \
    (struct pvgpu_d3d11_stage_calls) \
    { \
        .set_resources = (vtable)->prefix##SetShaderResources, .set_samplers = (vtable)->prefix##SetSamplers, \
        .set_constants = (vtable)->prefix##SetConstantBuffers, \
        .set_constant_ranges = (vtable)->prefix##SetConstantBuffers1, \
    }

void pvgpu_d3d11_take_stage_calls(struct pvgpu_d3d11 *d3d)
{
    d3d->stages[PVGPU_STAGE_VERTEX] = STAGE_CALLS(d3d->context->lpVtbl, VS);
    d3d->stages[PVGPU_STAGE_PIXEL] = STAGE_CALLS(d3d->context->lpVtbl, PS);
    d3d->stages[PVGPU_STAGE_GEOMETRY] = STAGE_CALLS(d3d->context->lpVtbl, GS);
    d3d->stages[PVGPU_STAGE_HULL] = STAGE_CALLS(d3d->context->lpVtbl, HS);
    d3d->stages[PVGPU_STAGE_DOMAIN] = STAGE_CALLS(d3d->context->lpVtbl, DS);
    d3d->stages[PVGPU_STAGE_COMPUTE] = STAGE_CALLS(d3d->context->lpVtbl, CS);
}

/* The host part of any object of ours, which starts with struct pvgpu_object; NULL for NULL. */
#define HOST(object) ((object) ? (object)->base.host : NULL)

/* Takes the lowest run of adjacent set bits out of *bits: [*first, return value). Some bit must be set. */
static uint32_t take_run(uint64_t *bits, uint32_t *first)
{
    uint32_t start = (uint32_t)__builtin_ctzll(*bits);
    uint64_t rest = ~(*bits >> start);
    uint32_t length = rest ? (uint32_t)__builtin_ctzll(rest) : 64;
    *bits &= length == 64 ? 0 : ~(((UINT64_C(1) << length) - 1) << start);
    *first = start;
    return start + length;
}

static void apply_shader(struct pvgpu_d3d11 *d3d, uint32_t stage, const struct pvgpu_shader *shader)
{
    ID3D11DeviceContext1 *context = d3d->context;
    void *host = HOST(shader);
    switch (stage) {
    case PVGPU_STAGE_VERTEX:
        ID3D11DeviceContext1_VSSetShader(context, host, NULL, 0);
        break;
    case PVGPU_STAGE_PIXEL:
        ID3D11DeviceContext1_PSSetShader(context, host, NULL, 0);
        break;
    case PVGPU_STAGE_GEOMETRY:
        ID3D11DeviceContext1_GSSetShader(context, host, NULL, 0);
        break;
    case PVGPU_STAGE_HULL:
        ID3D11DeviceContext1_HSSetShader(context, host, NULL, 0);
        break;
    case PVGPU_STAGE_DOMAIN:
        ID3D11DeviceContext1_DSSetShader(context, host, NULL, 0);
        break;
    default:
        ID3D11DeviceContext1_CSSetShader(context, host, NULL, 0);
        break;
    }
}

static void apply_samplers(struct pvgpu_d3d11 *d3d, uint32_t stage, struct pvgpu_stage_state *bound)
{
    uint64_t dirty = bound->dirty_samplers;
    while (dirty) {
        ID3D11SamplerState *samplers[PVGPU_MAX_SAMPLERS];
        uint32_t first, end = take_run(&dirty, &first);
        for (uint32_t slot = first; slot < end; slot++)
            samplers[slot - first] = HOST(bound->samplers[slot]);
        d3d->stages[stage].set_samplers(d3d->context, first, end - first, samplers);
    }
    bound->dirty_samplers = 0;
}

static bool is_whole(const struct pvgpu_bound_constants *constants)
{
    return !constants->buffer || (constants->first == 0 && constants->count == 0);
}

/* Runs end where whole buffers and ranges meet: each kind has its own call. */
static void apply_constants(struct pvgpu_d3d11 *d3d, uint32_t stage, struct pvgpu_stage_state *bound)
{
    const struct pvgpu_d3d11_stage_calls *calls = &d3d->stages[stage];
    uint64_t dirty = bound->dirty_constants;
    while (dirty) {
        ID3D11Buffer *buffers[PVGPU_MAX_CONSTANT_BUFFERS];
        UINT firsts[PVGPU_MAX_CONSTANT_BUFFERS], counts[PVGPU_MAX_CONSTANT_BUFFERS];
        uint32_t slot, end = take_run(&dirty, &slot);
        while (slot < end) {
            uint32_t first = slot;
            bool whole = is_whole(&bound->constants[first]);
            for (; slot < end && is_whole(&bound->constants[slot]) == whole; slot++) {
                buffers[slot - first] = HOST(bound->constants[slot].buffer);
                firsts[slot - first] = bound->constants[slot].first;
                counts[slot - first] = bound->constants[slot].count;
            }
            if (whole)
                calls->set_constants(d3d->context, first, slot - first, buffers);
            else
                calls->set_constant_ranges(d3d->context, first, slot - first, buffers, firsts, counts);
        }
    }
    bound->dirty_constants = 0;
}

static void apply_resources(struct pvgpu_d3d11 *d3d, uint32_t stage, struct pvgpu_stage_state *bound)
{
    for (uint32_t word = 0; word < PVGPU_MAX_SHADER_RESOURCES / 64; word++) {
        uint64_t dirty = bound->dirty_resources[word];
        while (dirty) {
            ID3D11ShaderResourceView *views[64];
            uint32_t first, end = take_run(&dirty, &first);
            for (uint32_t bit = first; bit < end; bit++)
                views[bit - first] = HOST(bound->resources[word * 64 + bit]);
            d3d->stages[stage].set_resources(d3d->context, word * 64 + first, end - first, views);
        }
        bound->dirty_resources[word] = 0;
    }
}

static void apply_stage(struct pvgpu_d3d11 *d3d, uint32_t stage, struct pvgpu_stage_state *bound)
{
    if (bound->dirty_shader)
        apply_shader(d3d, stage, bound->shader);
    bound->dirty_shader = false;
    apply_constants(d3d, stage, bound);
    apply_resources(d3d, stage, bound);
    apply_samplers(d3d, stage, bound);
}

static void apply_vertex_buffers(struct pvgpu_d3d11 *d3d, struct pvgpu_state *state)
{
    uint64_t dirty = state->dirty_vertex_buffers;
    while (dirty) {
        ID3D11Buffer *buffers[PVGPU_MAX_VERTEX_BUFFERS];
        UINT strides[PVGPU_MAX_VERTEX_BUFFERS], offsets[PVGPU_MAX_VERTEX_BUFFERS];
        uint32_t first, end = take_run(&dirty, &first);
        for (uint32_t slot = first; slot < end; slot++) {
            buffers[slot - first] = HOST(state->vertex_buffers[slot].buffer);
            strides[slot - first] = state->vertex_buffers[slot].stride;
            offsets[slot - first] = state->vertex_buffers[slot].offset;
        }
        ID3D11DeviceContext1_IASetVertexBuffers(d3d->context, first, end - first, buffers, strides, offsets);
    }
    state->dirty_vertex_buffers = 0;
}

static void apply_input(struct pvgpu_d3d11 *d3d, struct pvgpu_state *state, uint32_t dirty)
{
    ID3D11DeviceContext1 *context = d3d->context;
    if (dirty & PVGPU_DIRTY_VERTEX_BUFFERS)
        apply_vertex_buffers(d3d, state);
    if (dirty & PVGPU_DIRTY_INDEX_BUFFER)
        ID3D11DeviceContext1_IASetIndexBuffer(context, HOST(state->index_buffer), (DXGI_FORMAT)state->index_format,
                                              state->index_offset);
    if (dirty & PVGPU_DIRTY_INPUT_LAYOUT)
        ID3D11DeviceContext1_IASetInputLayout(context, state->input_layout_host);
    if (dirty & PVGPU_DIRTY_TOPOLOGY)
        ID3D11DeviceContext1_IASetPrimitiveTopology(context, (D3D11_PRIMITIVE_TOPOLOGY)state->topology);
}

static void apply_render_targets(struct pvgpu_d3d11 *d3d, struct pvgpu_state *state)
{
    ID3D11RenderTargetView *targets[PVGPU_MAX_RENDER_TARGETS];
    for (uint32_t slot = 0; slot < state->render_target_count; slot++)
        targets[slot] = HOST(state->render_targets[slot]);
    ID3D11DeviceContext1_OMSetRenderTargets(d3d->context, state->render_target_count, targets,
                                            HOST(state->depth_stencil_view));
}

static void apply_unordered(struct pvgpu_d3d11 *d3d, struct pvgpu_state *state)
{
    uint64_t dirty = state->dirty_unordered;
    while (dirty) {
        ID3D11UnorderedAccessView *views[PVGPU_MAX_UNORDERED_ACCESS];
        UINT counts[PVGPU_MAX_UNORDERED_ACCESS];
        uint32_t first, end = take_run(&dirty, &first);
        for (uint32_t slot = first; slot < end; slot++) {
            views[slot - first] = HOST(state->unordered[slot].view);
            counts[slot - first] = state->unordered[slot].initial_count;
            state->unordered[slot].initial_count = PVGPU_KEEP_COUNTER; /* told again, it would count anew */
        }
        ID3D11DeviceContext1_CSSetUnorderedAccessViews(d3d->context, first, end - first, views, counts);
    }
    state->dirty_unordered = 0;
}

_Static_assert(sizeof(struct pvgpu_viewport) == sizeof(D3D11_VIEWPORT) &&
                   offsetof(struct pvgpu_viewport, max_depth) == offsetof(D3D11_VIEWPORT, MaxDepth) &&
                   sizeof(struct pvgpu_rect) == sizeof(D3D11_RECT) &&
                   offsetof(struct pvgpu_rect, bottom) == offsetof(D3D11_RECT, bottom),
               "viewports and rectangles are handed on as they are");

static void apply_rasterization(struct pvgpu_d3d11 *d3d, struct pvgpu_state *state, uint32_t dirty)
{
    ID3D11DeviceContext1 *context = d3d->context;
    if (dirty & PVGPU_DIRTY_VIEWPORTS)
        ID3D11DeviceContext1_RSSetViewports(context, state->viewport_count, (const D3D11_VIEWPORT *)state->viewports);
    if (dirty & PVGPU_DIRTY_SCISSORS)
        ID3D11DeviceContext1_RSSetScissorRects(context, state->scissor_count, (const D3D11_RECT *)state->scissors);
    if (dirty & PVGPU_DIRTY_RASTERIZER)
        ID3D11DeviceContext1_RSSetState(context, HOST(state->rasterizer));
    if (dirty & PVGPU_DIRTY_BLEND)
        ID3D11DeviceContext1_OMSetBlendState(context, HOST(state->blend), state->blend_factor, state->sample_mask);
    if (dirty & PVGPU_DIRTY_DEPTH_STENCIL)
        ID3D11DeviceContext1_OMSetDepthStencilState(context, HOST(state->depth_stencil), state->stencil_ref);
}

void pvgpu_d3d11_apply_state(struct pvgpu_gpu *gpu, struct pvgpu_state *state)
{
    struct pvgpu_d3d11 *d3d = pvgpu_d3d11_from(gpu);
    uint32_t dirty = state->dirty;
    if (!dirty)
        return;
    state->dirty = 0;

    /* First: a texture that is no longer a target may become an input below, and D3D11 would refuse the other order. */
    if (dirty & PVGPU_DIRTY_RENDER_TARGETS)
        apply_render_targets(d3d, state);
    if (dirty & PVGPU_DIRTY_UNORDERED)
        apply_unordered(d3d, state);
    apply_rasterization(d3d, state, dirty);
    apply_input(d3d, state, dirty);
    for (uint32_t stage = 0; stage < PVGPU_STAGE_COUNT; stage++) {
        if (dirty & PVGPU_DIRTY_STAGE(stage))
            apply_stage(d3d, stage, &state->stages[stage]);
    }
}

void pvgpu_d3d11_unbind_all(struct pvgpu_gpu *gpu)
{
    ID3D11DeviceContext1_ClearState(pvgpu_d3d11_from(gpu)->context);
}

void pvgpu_d3d11_draw(struct pvgpu_gpu *gpu, const struct pvgpu_draw *draw)
{
    ID3D11DeviceContext1 *context = pvgpu_d3d11_from(gpu)->context;
    if (draw->indexed && draw->instanced)
        ID3D11DeviceContext1_DrawIndexedInstanced(context, draw->count, draw->instance_count, draw->first,
                                                  draw->base_vertex, draw->first_instance);
    else if (draw->indexed)
        ID3D11DeviceContext1_DrawIndexed(context, draw->count, draw->first, draw->base_vertex);
    else if (draw->instanced)
        ID3D11DeviceContext1_DrawInstanced(context, draw->count, draw->instance_count, draw->first,
                                           draw->first_instance);
    else
        ID3D11DeviceContext1_Draw(context, draw->count, draw->first);
}

void pvgpu_d3d11_dispatch(struct pvgpu_gpu *gpu, uint32_t x, uint32_t y, uint32_t z)
{
    ID3D11DeviceContext1_Dispatch(pvgpu_d3d11_from(gpu)->context, x, y, z);
}

void pvgpu_d3d11_dispatch_indirect(struct pvgpu_gpu *gpu, struct pvgpu_resource *arguments, uint32_t offset)
{
    ID3D11DeviceContext1_DispatchIndirect(pvgpu_d3d11_from(gpu)->context, arguments->base.host, offset);
}

void pvgpu_d3d11_clear_render_target(struct pvgpu_gpu *gpu, struct pvgpu_view *view, const float color[4])
{
    ID3D11DeviceContext1_ClearRenderTargetView(pvgpu_d3d11_from(gpu)->context, view->base.host, color);
}

void pvgpu_d3d11_clear_depth_stencil(struct pvgpu_gpu *gpu, struct pvgpu_view *view, uint32_t flags, float depth,
                                     uint8_t stencil)
{
    ID3D11DeviceContext1_ClearDepthStencilView(pvgpu_d3d11_from(gpu)->context, view->base.host, flags, depth, stencil);
}

_Static_assert(PVGPU_CLEAR_DEPTH == D3D11_CLEAR_DEPTH && PVGPU_CLEAR_STENCIL == D3D11_CLEAR_STENCIL,
               "clear flags are handed on as they are");
