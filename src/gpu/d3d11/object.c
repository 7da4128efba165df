/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Shaders, input layouts and the immutable state objects. */
#include "gpu/d3d11/device.h"

#include <string.h>

enum pvgpu_gpu_result pvgpu_d3d11_create_shader(struct pvgpu_gpu *gpu, struct pvgpu_shader *shader)
{
    struct pvgpu_d3d11 *d3d = pvgpu_d3d11_from(gpu);
    ID3D11Device *device = d3d->device;
    const void *code = shader->bytecode;
    SIZE_T size = shader->bytecode_bytes;
    void *host = NULL;
    enum pvgpu_gpu_result result;
    switch (shader->stage) {
    case PVGPU_STAGE_VERTEX:
        result = PVGPU_D3D11_TRY(
            d3d, ID3D11Device_CreateVertexShader(device, code, size, NULL, (ID3D11VertexShader **)&host));
        break;
    case PVGPU_STAGE_PIXEL:
        result =
            PVGPU_D3D11_TRY(d3d, ID3D11Device_CreatePixelShader(device, code, size, NULL, (ID3D11PixelShader **)&host));
        break;
    case PVGPU_STAGE_GEOMETRY:
        result = PVGPU_D3D11_TRY(
            d3d, ID3D11Device_CreateGeometryShader(device, code, size, NULL, (ID3D11GeometryShader **)&host));
        break;
    case PVGPU_STAGE_HULL:
        result =
            PVGPU_D3D11_TRY(d3d, ID3D11Device_CreateHullShader(device, code, size, NULL, (ID3D11HullShader **)&host));
        break;
    case PVGPU_STAGE_DOMAIN:
        result = PVGPU_D3D11_TRY(
            d3d, ID3D11Device_CreateDomainShader(device, code, size, NULL, (ID3D11DomainShader **)&host));
        break;
    default:
        result = PVGPU_D3D11_TRY(
            d3d, ID3D11Device_CreateComputeShader(device, code, size, NULL, (ID3D11ComputeShader **)&host));
        break;
    }
    shader->base.host = result == PVGPU_GPU_OK ? host : NULL;
    return result;
}

enum pvgpu_gpu_result pvgpu_d3d11_create_blend_state(struct pvgpu_gpu *gpu, struct pvgpu_state_object *state,
                                                     const struct pvgpu_cmd_create_blend_state *desc)
{
    struct pvgpu_d3d11 *d3d = pvgpu_d3d11_from(gpu);
    D3D11_BLEND_DESC blend = {
        .AlphaToCoverageEnable = desc->alpha_to_coverage != 0,
        .IndependentBlendEnable = desc->independent != 0,
    };
    for (size_t i = 0; i < PVGPU_MAX_RENDER_TARGETS; i++) {
        const struct pvgpu_blend_target *target = &desc->targets[desc->independent ? i : 0];
        blend.RenderTarget[i] = (D3D11_RENDER_TARGET_BLEND_DESC){
            .BlendEnable = target->enable != 0,
            .SrcBlend = (D3D11_BLEND)target->source,
            .DestBlend = (D3D11_BLEND)target->destination,
            .BlendOp = (D3D11_BLEND_OP)target->operation,
            .SrcBlendAlpha = (D3D11_BLEND)target->source_alpha,
            .DestBlendAlpha = (D3D11_BLEND)target->destination_alpha,
            .BlendOpAlpha = (D3D11_BLEND_OP)target->operation_alpha,
            .RenderTargetWriteMask = (UINT8)target->write_mask,
        };
    }
    ID3D11BlendState *host = NULL;
    enum pvgpu_gpu_result result = PVGPU_D3D11_TRY(d3d, ID3D11Device_CreateBlendState(d3d->device, &blend, &host));
    state->base.host = host;
    return result;
}

enum pvgpu_gpu_result pvgpu_d3d11_create_rasterizer_state(struct pvgpu_gpu *gpu, struct pvgpu_state_object *state,
                                                          const struct pvgpu_cmd_create_rasterizer_state *desc)
{
    struct pvgpu_d3d11 *d3d = pvgpu_d3d11_from(gpu);
    D3D11_RASTERIZER_DESC rasterizer = {
        .FillMode = (D3D11_FILL_MODE)desc->fill,
        .CullMode = (D3D11_CULL_MODE)desc->cull,
        .FrontCounterClockwise = desc->front_counter_clockwise != 0,
        .DepthBias = desc->depth_bias,
        .DepthBiasClamp = desc->depth_bias_clamp,
        .SlopeScaledDepthBias = desc->slope_scaled_depth_bias,
        .DepthClipEnable = desc->depth_clip != 0,
        .ScissorEnable = desc->scissor != 0,
        .MultisampleEnable = desc->multisample != 0,
        .AntialiasedLineEnable = desc->antialiased_line != 0,
    };
    ID3D11RasterizerState *host = NULL;
    enum pvgpu_gpu_result result =
        PVGPU_D3D11_TRY(d3d, ID3D11Device_CreateRasterizerState(d3d->device, &rasterizer, &host));
    state->base.host = host;
    return result;
}

static D3D11_DEPTH_STENCILOP_DESC stencil_face(const struct pvgpu_stencil_face *face)
{
    return (D3D11_DEPTH_STENCILOP_DESC){
        .StencilFailOp = (D3D11_STENCIL_OP)face->fail,
        .StencilDepthFailOp = (D3D11_STENCIL_OP)face->depth_fail,
        .StencilPassOp = (D3D11_STENCIL_OP)face->pass,
        .StencilFunc = (D3D11_COMPARISON_FUNC)face->compare,
    };
}

enum pvgpu_gpu_result pvgpu_d3d11_create_depth_stencil_state(struct pvgpu_gpu *gpu, struct pvgpu_state_object *state,
                                                             const struct pvgpu_cmd_create_depth_stencil_state *desc)
{
    struct pvgpu_d3d11 *d3d = pvgpu_d3d11_from(gpu);
    D3D11_DEPTH_STENCIL_DESC depth = {
        .DepthEnable = desc->depth_enable != 0,
        .DepthWriteMask = desc->depth_write ? D3D11_DEPTH_WRITE_MASK_ALL : D3D11_DEPTH_WRITE_MASK_ZERO,
        .DepthFunc = (D3D11_COMPARISON_FUNC)desc->depth_compare,
        .StencilEnable = desc->stencil_enable != 0,
        .StencilReadMask = (UINT8)desc->stencil_read_mask,
        .StencilWriteMask = (UINT8)desc->stencil_write_mask,
        .FrontFace = stencil_face(&desc->front),
        .BackFace = stencil_face(&desc->back),
    };
    ID3D11DepthStencilState *host = NULL;
    enum pvgpu_gpu_result result =
        PVGPU_D3D11_TRY(d3d, ID3D11Device_CreateDepthStencilState(d3d->device, &depth, &host));
    state->base.host = host;
    return result;
}

enum pvgpu_gpu_result pvgpu_d3d11_create_sampler(struct pvgpu_gpu *gpu, struct pvgpu_state_object *state,
                                                 const struct pvgpu_cmd_create_sampler *desc)
{
    struct pvgpu_d3d11 *d3d = pvgpu_d3d11_from(gpu);
    D3D11_SAMPLER_DESC sampler = {
        .Filter = (D3D11_FILTER)desc->filter,
        .AddressU = (D3D11_TEXTURE_ADDRESS_MODE)desc->address_u,
        .AddressV = (D3D11_TEXTURE_ADDRESS_MODE)desc->address_v,
        .AddressW = (D3D11_TEXTURE_ADDRESS_MODE)desc->address_w,
        .MipLODBias = desc->mip_lod_bias,
        .MaxAnisotropy = desc->max_anisotropy,
        .ComparisonFunc = (D3D11_COMPARISON_FUNC)desc->compare,
        .MinLOD = desc->min_lod,
        .MaxLOD = desc->max_lod,
    };
    memcpy(sampler.BorderColor, desc->border, sizeof(sampler.BorderColor));
    ID3D11SamplerState *host = NULL;
    enum pvgpu_gpu_result result = PVGPU_D3D11_TRY(d3d, ID3D11Device_CreateSamplerState(d3d->device, &sampler, &host));
    state->base.host = host;
    return result;
}

enum pvgpu_gpu_result pvgpu_d3d11_create_input_layout(struct pvgpu_gpu *gpu, const struct pvgpu_input_layout *layout,
                                                      const struct pvgpu_shader *vertex_shader, void **host)
{
    struct pvgpu_d3d11 *d3d = pvgpu_d3d11_from(gpu);
    D3D11_INPUT_ELEMENT_DESC elements[PVGPU_MAX_INPUT_ELEMENTS];
    for (uint32_t i = 0; i < layout->count; i++) {
        const struct pvgpu_layout_element *element = &layout->elements[i];
        elements[i] = (D3D11_INPUT_ELEMENT_DESC){
            .SemanticName = element->name,
            .SemanticIndex = element->semantic_index,
            .Format = (DXGI_FORMAT)element->format,
            .InputSlot = element->slot,
            .AlignedByteOffset = element->byte_offset,
            .InputSlotClass = element->per_instance ? D3D11_INPUT_PER_INSTANCE_DATA : D3D11_INPUT_PER_VERTEX_DATA,
            .InstanceDataStepRate = element->step_rate,
        };
    }
    ID3D11InputLayout *created = NULL;
    enum pvgpu_gpu_result result = PVGPU_D3D11_TRY(
        d3d, ID3D11Device_CreateInputLayout(d3d->device, elements, layout->count, vertex_shader->bytecode,
                                            vertex_shader->bytecode_bytes, &created));
    *host = created;
    return result;
}

_Static_assert(PVGPU_APPEND_ALIGNED == D3D11_APPEND_ALIGNED_ELEMENT, "offsets are handed on as they are");

void pvgpu_d3d11_release(struct pvgpu_gpu *gpu, void *host)
{
    (void)gpu;
    if (host)
        IUnknown_Release((IUnknown *)host);
}
