/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "direct.h"

static ID3D11DeviceContext *context_of(struct exact_run *run)
{
    return direct_of(run)->context;
}

#define FIND_ALL(run, type, list, ids, count) \
    type *list[128] = {0}; \
    for (uint32_t i_ = 0; i_ < (count); i_++) \
    list[i_] = direct_find((run), (ids)[i_])

/* Calls ID3D11DeviceContext_<stage letters><what> for a stage. */
#define PER_STAGE(stage, what, ...) \
    switch (stage) { \
    case PVGPU_STAGE_VERTEX: \
        ID3D11DeviceContext_VS##what(__VA_ARGS__); \
        break; \
    case PVGPU_STAGE_PIXEL: \
        ID3D11DeviceContext_PS##what(__VA_ARGS__); \
        break; \
    case PVGPU_STAGE_GEOMETRY: \
        ID3D11DeviceContext_GS##what(__VA_ARGS__); \
        break; \
    case PVGPU_STAGE_HULL: \
        ID3D11DeviceContext_HS##what(__VA_ARGS__); \
        break; \
    case PVGPU_STAGE_DOMAIN: \
        ID3D11DeviceContext_DS##what(__VA_ARGS__); \
        break; \
    case PVGPU_STAGE_COMPUTE: \
        ID3D11DeviceContext_CS##what(__VA_ARGS__); \
        break; \
    }

void exact_set_render_targets(struct exact_run *run, uint32_t count, const uint32_t *views, uint32_t depth_view)
{
    FIND_ALL(run, ID3D11RenderTargetView, targets, views, count);
    ID3D11DeviceContext_OMSetRenderTargets(context_of(run), count, targets, direct_find(run, depth_view));
}

void exact_set_viewports(struct exact_run *run, uint32_t count, const struct pvgpu_viewport *viewports)
{
    D3D11_VIEWPORT host[16];
    for (uint32_t i = 0; i < count; i++) {
        const struct pvgpu_viewport *v = &viewports[i];
        host[i] = (D3D11_VIEWPORT){v->x, v->y, v->width, v->height, v->min_depth, v->max_depth};
    }
    ID3D11DeviceContext_RSSetViewports(context_of(run), count, host);
}

void exact_set_scissors(struct exact_run *run, uint32_t count, const struct pvgpu_rect *rects)
{
    D3D11_RECT host[16];
    for (uint32_t i = 0; i < count; i++)
        host[i] = (D3D11_RECT){rects[i].left, rects[i].top, rects[i].right, rects[i].bottom};
    ID3D11DeviceContext_RSSetScissorRects(context_of(run), count, host);
}

void exact_set_blend_state(struct exact_run *run, uint32_t id, const float *factor, uint32_t sample_mask)
{
    ID3D11DeviceContext_OMSetBlendState(context_of(run), direct_find(run, id), factor, sample_mask);
}

void exact_set_rasterizer_state(struct exact_run *run, uint32_t id)
{
    ID3D11DeviceContext_RSSetState(context_of(run), direct_find(run, id));
}

void exact_set_depth_stencil_state(struct exact_run *run, uint32_t id, uint32_t reference)
{
    ID3D11DeviceContext_OMSetDepthStencilState(context_of(run), direct_find(run, id), reference);
}

void exact_set_shader(struct exact_run *run, enum pvgpu_stage stage, uint32_t id)
{
    struct direct *direct = direct_of(run);
    if (stage == PVGPU_STAGE_VERTEX) {
        direct->vertex_shader = direct->objects[id].shader;
        direct->layout_stale = true;
    }
    PER_STAGE(stage, SetShader, direct->context, direct_find(run, id), NULL, 0)
}

void exact_set_samplers(struct exact_run *run, enum pvgpu_stage stage, uint32_t first, uint32_t count,
                        const uint32_t *ids)
{
    FIND_ALL(run, ID3D11SamplerState, samplers, ids, count);
    PER_STAGE(stage, SetSamplers, context_of(run), first, count, samplers)
}

#define PER_STAGE1(stage, ...) \
    switch (stage) { \
    case PVGPU_STAGE_VERTEX: \
        ID3D11DeviceContext1_VSSetConstantBuffers1(__VA_ARGS__); \
        break; \
    case PVGPU_STAGE_PIXEL: \
        ID3D11DeviceContext1_PSSetConstantBuffers1(__VA_ARGS__); \
        break; \
    case PVGPU_STAGE_GEOMETRY: \
        ID3D11DeviceContext1_GSSetConstantBuffers1(__VA_ARGS__); \
        break; \
    case PVGPU_STAGE_HULL: \
        ID3D11DeviceContext1_HSSetConstantBuffers1(__VA_ARGS__); \
        break; \
    case PVGPU_STAGE_DOMAIN: \
        ID3D11DeviceContext1_DSSetConstantBuffers1(__VA_ARGS__); \
        break; \
    case PVGPU_STAGE_COMPUTE: \
        ID3D11DeviceContext1_CSSetConstantBuffers1(__VA_ARGS__); \
        break; \
    }

void exact_set_constant_buffer(struct exact_run *run, enum pvgpu_stage stage, uint32_t slot, uint32_t id,
                               uint32_t first_constant, uint32_t constant_count)
{
    ID3D11Buffer *buffer = direct_find(run, id);
    UINT first = first_constant, count = constant_count;
    if (first == 0 && (count == 0 || count * 16 == run->shapes[id].width)) {
        PER_STAGE(stage, SetConstantBuffers, context_of(run), slot, 1, &buffer)
    } else if (direct_of(run)->context1) {
        PER_STAGE1(stage, direct_of(run)->context1, slot, 1, &buffer, &first, &count)
    } else {
        exact_fail(run, "the host has no constant buffer ranges");
    }
}

void exact_set_vertex_buffers(struct exact_run *run, uint32_t first, uint32_t count,
                              const struct pvgpu_vertex_buffer *buffers)
{
    ID3D11Buffer *host[16];
    UINT strides[16], offsets[16];
    for (uint32_t i = 0; i < count; i++) {
        host[i] = direct_find(run, buffers[i].id);
        strides[i] = buffers[i].stride;
        offsets[i] = buffers[i].offset;
    }
    ID3D11DeviceContext_IASetVertexBuffers(context_of(run), first, count, host, strides, offsets);
}

void exact_set_index_buffer(struct exact_run *run, uint32_t id, uint32_t format, uint32_t offset)
{
    ID3D11DeviceContext_IASetIndexBuffer(context_of(run), direct_find(run, id), (DXGI_FORMAT)format, offset);
}

/* A copy, so that the layout lives on when its id goes. */
void exact_set_input_layout(struct exact_run *run, uint32_t id)
{
    struct direct *direct = direct_of(run);
    free(direct->layout.elements);
    direct->layout = direct->objects[id];
    uint32_t count = direct->layout.element_count;
    if (direct->layout.elements) {
        direct->layout.elements = calloc(count ? count : 1, sizeof(struct exact_element));
        if (direct->layout.elements)
            memcpy(direct->layout.elements, direct->objects[id].elements, count * sizeof(struct exact_element));
    }
    direct->layout_stale = true;
}

void exact_set_topology(struct exact_run *run, uint32_t topology)
{
    ID3D11DeviceContext_IASetPrimitiveTopology(context_of(run), (D3D11_PRIMITIVE_TOPOLOGY)topology);
}

void exact_set_shader_resources(struct exact_run *run, enum pvgpu_stage stage, uint32_t first, uint32_t count,
                                const uint32_t *views)
{
    FIND_ALL(run, ID3D11ShaderResourceView, host, views, count);
    PER_STAGE(stage, SetShaderResources, context_of(run), first, count, host)
}

void exact_set_unordered_access(struct exact_run *run, uint32_t first, uint32_t count, const uint32_t *views,
                                const uint32_t *initial_counts)
{
    static const UINT keep[8] = {~0u, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u};
    FIND_ALL(run, ID3D11UnorderedAccessView, host, views, count);
    ID3D11DeviceContext_CSSetUnorderedAccessViews(context_of(run), first, count, host,
                                                  initial_counts ? (const UINT *)initial_counts : keep);
}

/* ---- Drawing ---- */

/* The layout against the signature of the vertex shader that is bound now. */
static bool prepare(struct exact_run *run)
{
    struct direct *direct = direct_of(run);
    if (!direct->layout_stale)
        return true;
    ID3D11InputLayout *layout = NULL;
    if (direct->layout.elements && direct->vertex_shader) {
        D3D11_INPUT_ELEMENT_DESC host[32];
        for (uint32_t i = 0; i < direct->layout.element_count; i++) {
            const struct exact_element *e = &direct->layout.elements[i];
            host[i] = (D3D11_INPUT_ELEMENT_DESC){
                .SemanticName = e->name,
                .SemanticIndex = e->semantic_index,
                .Format = (DXGI_FORMAT)e->format,
                .InputSlot = e->slot,
                .AlignedByteOffset = e->byte_offset,
                .InputSlotClass = (D3D11_INPUT_CLASSIFICATION)e->classification,
                .InstanceDataStepRate = e->step_rate,
            };
        }
        if (!TRY(run,
                 ID3D11Device_CreateInputLayout(direct->device, host, direct->layout.element_count,
                                                direct->vertex_shader->data, direct->vertex_shader->bytes, &layout)))
            return false;
    }
    ID3D11DeviceContext_IASetInputLayout(direct->context, layout);
    if (layout)
        ID3D11InputLayout_Release(layout); /* the context holds it */
    direct->layout_stale = false;
    return true;
}

void exact_draw(struct exact_run *run, uint32_t vertex_count, uint32_t first_vertex)
{
    if (prepare(run))
        ID3D11DeviceContext_Draw(context_of(run), vertex_count, first_vertex);
}

void exact_draw_indexed(struct exact_run *run, uint32_t index_count, uint32_t first_index, int32_t base_vertex)
{
    if (prepare(run))
        ID3D11DeviceContext_DrawIndexed(context_of(run), index_count, first_index, base_vertex);
}

void exact_draw_instanced(struct exact_run *run, uint32_t vertex_count, uint32_t instance_count, uint32_t first_vertex,
                          uint32_t first_instance)
{
    if (prepare(run))
        ID3D11DeviceContext_DrawInstanced(context_of(run), vertex_count, instance_count, first_vertex, first_instance);
}

void exact_draw_indexed_instanced(struct exact_run *run, uint32_t index_count, uint32_t instance_count,
                                  uint32_t first_index, int32_t base_vertex, uint32_t first_instance)
{
    if (prepare(run))
        ID3D11DeviceContext_DrawIndexedInstanced(context_of(run), index_count, instance_count, first_index, base_vertex,
                                                 first_instance);
}

void exact_dispatch(struct exact_run *run, uint32_t x, uint32_t y, uint32_t z)
{
    if (z == PVGPU_DISPATCH_INDIRECT)
        ID3D11DeviceContext_DispatchIndirect(context_of(run), direct_find(run, x), y);
    else
        ID3D11DeviceContext_Dispatch(context_of(run), x, y, z);
}

void exact_clear_render_target(struct exact_run *run, uint32_t view, float red, float green, float blue, float alpha)
{
    const float color[4] = {red, green, blue, alpha};
    ID3D11DeviceContext_ClearRenderTargetView(context_of(run), direct_find(run, view), color);
}

void exact_clear_depth_stencil(struct exact_run *run, uint32_t view, uint32_t flags, float depth, uint8_t stencil)
{
    ID3D11DeviceContext_ClearDepthStencilView(context_of(run), direct_find(run, view), flags, depth, stencil);
}

/* ---- Synchronisation: there is nothing to wait for, every read waits by itself ---- */

void exact_fence(struct exact_run *run, const char *label, uint64_t value)
{
    exact_output(run, label, 0, 8, 1, &value, sizeof(value));
}

void exact_wait_fence(struct exact_run *run, uint64_t value)
{
    (void)run;
    (void)value;
}

void exact_flush(struct exact_run *run)
{
    ID3D11DeviceContext_Flush(context_of(run));
}

/* A frame is what the picture holds now. */
void exact_present(struct exact_run *run, const char *label, uint32_t id, uint32_t sync_interval, uint32_t texture,
                   uint32_t format)
{
    (void)id;
    (void)sync_interval;
    struct exact_shape shape;
    exact_shape_of(&run->shapes[texture], 0, &shape);
    struct exact_output *frame = exact_output(run, label, format, shape.width, shape.height, NULL, shape.bytes);
    if (frame && !exact_call_read(run, texture, 0, PVGPU_MAP_READ, frame->data, shape.bytes))
        exact_fail(run, "%s: no frame", label);
}

void exact_resize_buffers(struct exact_run *run, uint32_t width, uint32_t height, uint32_t format,
                          uint32_t buffer_count)
{
    (void)run;
    (void)width;
    (void)height;
    (void)format;
    (void)buffer_count;
}
