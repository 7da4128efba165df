/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "direct.h"

/* ---- Resources ---- */

static HRESULT create_texture(ID3D11Device *device, const struct pvgpu_cmd_create_resource *r, bool staging,
                              const D3D11_SUBRESOURCE_DATA *initial, void **texture)
{
    UINT slices = r->depth_or_array ? r->depth_or_array : 1, access = staging ? D3D11_CPU_ACCESS_READ : 0;
    UINT bind = staging ? 0 : r->bind, misc = staging ? r->misc & D3D11_RESOURCE_MISC_TEXTURECUBE : r->misc;
    D3D11_USAGE usage = staging ? D3D11_USAGE_STAGING : D3D11_USAGE_DEFAULT;
    DXGI_FORMAT format = (DXGI_FORMAT)r->format;
    switch (r->kind) {
    case PVGPU_KIND_TEXTURE_1D: {
        D3D11_TEXTURE1D_DESC desc = {r->width, r->mip_count, slices, format, usage, bind, access, misc};
        return ID3D11Device_CreateTexture1D(device, &desc, initial, (ID3D11Texture1D **)texture);
    }
    case PVGPU_KIND_TEXTURE_2D: {
        D3D11_TEXTURE2D_DESC desc = {
            .Width = r->width,
            .Height = r->height,
            .MipLevels = exact_mip_count(r),
            .ArraySize = slices,
            .Format = format,
            .SampleDesc = {.Count = r->sample_count ? r->sample_count : 1, .Quality = r->sample_quality},
            .Usage = usage,
            .BindFlags = bind,
            .CPUAccessFlags = access,
            .MiscFlags = misc,
        };
        return ID3D11Device_CreateTexture2D(device, &desc, initial, (ID3D11Texture2D **)texture);
    }
    default: {
        D3D11_TEXTURE3D_DESC desc = {r->width, r->height, r->depth_or_array, r->mip_count, format, usage, bind,
                                     access,   misc};
        return ID3D11Device_CreateTexture3D(device, &desc, initial, (ID3D11Texture3D **)texture);
    }
    }
}

static HRESULT create_any(ID3D11Device *device, const struct pvgpu_cmd_create_resource *r, bool staging,
                          const D3D11_SUBRESOURCE_DATA *initial, void **resource)
{
    if (r->kind != PVGPU_KIND_BUFFER)
        return create_texture(device, r, staging, initial, resource);
    D3D11_BUFFER_DESC desc = {
        .ByteWidth = r->width,
        .Usage = staging ? D3D11_USAGE_STAGING : D3D11_USAGE_DEFAULT,
        .BindFlags = staging ? 0 : r->bind,
        .CPUAccessFlags = staging ? D3D11_CPU_ACCESS_READ : 0,
        .MiscFlags = staging ? 0 : r->misc,
    };
    return ID3D11Device_CreateBuffer(device, &desc, initial, (ID3D11Buffer **)resource);
}

void exact_call_create_resource(struct exact_run *run, const struct pvgpu_cmd_create_resource *desc, const void *data,
                                uint32_t bytes)
{
    (void)bytes;
    uint32_t count = exact_subresource_count(desc), at = 0;
    D3D11_SUBRESOURCE_DATA *initial = data ? calloc(count, sizeof(*initial)) : NULL;
    for (uint32_t i = 0; initial && i < count; i++) {
        struct exact_shape shape;
        exact_shape_of(desc, i, &shape);
        initial[i].pSysMem = (const uint8_t *)data + at;
        initial[i].SysMemPitch = shape.row_bytes;
        initial[i].SysMemSlicePitch = shape.row_bytes * shape.rows;
        at += shape.bytes;
    }
    void *resource = NULL;
    TRY(run, create_any(direct_of(run)->device, desc, false, initial, &resource));
    free(initial);
    direct_keep(run, desc->header.id, resource);
}

/* Through a staging twin of the whole resource, of which one subresource is copied. */
bool exact_call_read(struct exact_run *run, uint32_t id, uint32_t subresource, enum pvgpu_map_mode mode, uint8_t *to,
                     uint32_t bytes)
{
    (void)mode;
    ID3D11DeviceContext *context = direct_of(run)->context;
    ID3D11Resource *source = direct_find(run, id);
    void *staging = NULL;
    struct exact_shape shape;
    D3D11_MAPPED_SUBRESOURCE mapped;
    if (!source || !exact_shape_of(&run->shapes[id], subresource, &shape) || shape.bytes != bytes ||
        !TRY(run, create_any(direct_of(run)->device, &run->shapes[id], true, NULL, &staging)))
        return false;
    ID3D11DeviceContext_CopySubresourceRegion(context, staging, subresource, 0, 0, 0, source, subresource, NULL);
    bool done = TRY(run, ID3D11DeviceContext_Map(context, staging, subresource, D3D11_MAP_READ, 0, &mapped));
    for (uint32_t z = 0; done && z < shape.depth; z++) {
        for (uint32_t y = 0; y < shape.rows; y++, to += shape.row_bytes)
            memcpy(to, (uint8_t *)mapped.pData + (size_t)z * mapped.DepthPitch + (size_t)y * mapped.RowPitch,
                   shape.row_bytes);
    }
    if (done)
        ID3D11DeviceContext_Unmap(context, staging, subresource);
    ID3D11Resource_Release((ID3D11Resource *)staging);
    return done;
}

void exact_open(struct exact_run *run, uint32_t id, uint32_t existing, uint32_t kind)
{
    (void)kind;
    IUnknown *resource = direct_find(run, existing);
    run->shapes[id] = run->shapes[existing];
    run->patterns[id] = run->patterns[existing];
    IUnknown_AddRef(resource);
    direct_keep(run, id, resource);
}

void exact_destroy(struct exact_run *run, enum pvgpu_opcode opcode, uint32_t id)
{
    (void)opcode;
    direct_drop(direct_of(run), id);
}

/* ---- Writing ---- */

/* A default resource cannot be mapped: the bytes in front replace those of what it holds. */
void exact_map_write(struct exact_run *run, uint32_t id, uint32_t subresource, enum pvgpu_map_mode mode,
                     const void *data, uint32_t bytes)
{
    struct exact_shape shape;
    if (!exact_shape_of(&run->shapes[id], subresource, &shape)) {
        exact_fail(run, "no such subresource");
        return;
    }
    uint8_t *whole = malloc(shape.bytes);
    if (!whole || (bytes && !exact_call_read(run, id, subresource, mode, whole, shape.bytes))) {
        exact_fail(run, "no memory");
        free(whole);
        return;
    }
    memcpy(whole, data, bytes ? bytes : shape.bytes);
    ID3D11DeviceContext_UpdateSubresource(direct_of(run)->context, direct_find(run, id), subresource, NULL, whole,
                                          shape.row_bytes, shape.row_bytes * shape.rows);
    free(whole);
}

void exact_update(struct exact_run *run, const struct pvgpu_cmd_update_resource *desc, const void *data, uint32_t bytes)
{
    (void)bytes;
    struct exact_shape shape;
    exact_shape_of(&run->shapes[desc->id], desc->subresource, &shape);
    D3D11_BOX box = {desc->x, desc->y, desc->z, 0, 0, 0};
    box.right = desc->width ? desc->x + desc->width : shape.width;
    box.bottom = desc->height ? desc->y + desc->height : shape.height;
    box.back = desc->depth ? desc->z + desc->depth : shape.depth;
    bool constants = run->shapes[desc->id].bind & PVGPU_BIND_CONSTANT_BUFFER;
    ID3D11DeviceContext_UpdateSubresource(direct_of(run)->context, direct_find(run, desc->id), desc->subresource,
                                          constants ? NULL : &box, data, desc->row_pitch, desc->depth_pitch);
}

void exact_copy(struct exact_run *run, uint32_t destination, uint32_t source)
{
    ID3D11DeviceContext_CopyResource(direct_of(run)->context, direct_find(run, destination), direct_find(run, source));
}

void exact_copy_region(struct exact_run *run, const struct pvgpu_cmd_copy_region *desc)
{
    D3D11_BOX box = {desc->left, desc->top, desc->front, desc->right, desc->bottom, desc->back};
    ID3D11DeviceContext_CopySubresourceRegion(
        direct_of(run)->context, direct_find(run, desc->destination), desc->destination_subresource, desc->x, desc->y,
        desc->z, direct_find(run, desc->source), desc->source_subresource, desc->has_box ? &box : NULL);
}

/* ---- Shaders and layouts ---- */

void exact_create_shader(struct exact_run *run, uint32_t id, const struct exact_shader *shader, bool as_resource)
{
    (void)as_resource;
    ID3D11Device *device = direct_of(run)->device;
    const void *data = shader->data;
    void *com = NULL;
    HRESULT result = E_FAIL;
    switch (shader->stage) {
    case PVGPU_STAGE_VERTEX:
        result = ID3D11Device_CreateVertexShader(device, data, shader->bytes, NULL, (ID3D11VertexShader **)&com);
        break;
    case PVGPU_STAGE_PIXEL:
        result = ID3D11Device_CreatePixelShader(device, data, shader->bytes, NULL, (ID3D11PixelShader **)&com);
        break;
    case PVGPU_STAGE_GEOMETRY:
        result = ID3D11Device_CreateGeometryShader(device, data, shader->bytes, NULL, (ID3D11GeometryShader **)&com);
        break;
    case PVGPU_STAGE_HULL:
        result = ID3D11Device_CreateHullShader(device, data, shader->bytes, NULL, (ID3D11HullShader **)&com);
        break;
    case PVGPU_STAGE_DOMAIN:
        result = ID3D11Device_CreateDomainShader(device, data, shader->bytes, NULL, (ID3D11DomainShader **)&com);
        break;
    case PVGPU_STAGE_COMPUTE:
        result = ID3D11Device_CreateComputeShader(device, data, shader->bytes, NULL, (ID3D11ComputeShader **)&com);
        break;
    }
    direct_check(run, result, shader->name);
    direct_keep(run, id, com);
    direct_of(run)->objects[id].shader = shader;
}

void exact_create_input_layout(struct exact_run *run, uint32_t id, uint32_t count, const struct exact_element *elements)
{
    direct_drop(direct_of(run), id);
    struct direct_object *object = &direct_of(run)->objects[id];
    object->elements = calloc(count ? count : 1, sizeof(*elements));
    if (!object->elements)
        return;
    memcpy(object->elements, elements, count * sizeof(*elements));
    object->element_count = count;
}

/* ---- States ---- */

void exact_create_blend_state(struct exact_run *run, const struct pvgpu_cmd_create_blend_state *desc)
{
    D3D11_BLEND_DESC host = {
        .AlphaToCoverageEnable = (BOOL)desc->alpha_to_coverage,
        .IndependentBlendEnable = (BOOL)desc->independent,
    };
    for (int i = 0; i < 8; i++) {
        const struct pvgpu_blend_target *t = &desc->targets[i];
        host.RenderTarget[i] = (D3D11_RENDER_TARGET_BLEND_DESC){
            .BlendEnable = (BOOL)t->enable,
            .SrcBlend = (D3D11_BLEND)t->source,
            .DestBlend = (D3D11_BLEND)t->destination,
            .BlendOp = (D3D11_BLEND_OP)t->operation,
            .SrcBlendAlpha = (D3D11_BLEND)t->source_alpha,
            .DestBlendAlpha = (D3D11_BLEND)t->destination_alpha,
            .BlendOpAlpha = (D3D11_BLEND_OP)t->operation_alpha,
            .RenderTargetWriteMask = (UINT8)t->write_mask,
        };
    }
    ID3D11BlendState *state = NULL;
    TRY(run, ID3D11Device_CreateBlendState(direct_of(run)->device, &host, &state));
    direct_keep(run, desc->id, state);
}

void exact_create_rasterizer_state(struct exact_run *run, const struct pvgpu_cmd_create_rasterizer_state *desc)
{
    const D3D11_RASTERIZER_DESC host = {
        .FillMode = (D3D11_FILL_MODE)desc->fill,
        .CullMode = (D3D11_CULL_MODE)desc->cull,
        .FrontCounterClockwise = (BOOL)desc->front_counter_clockwise,
        .DepthBias = desc->depth_bias,
        .DepthBiasClamp = desc->depth_bias_clamp,
        .SlopeScaledDepthBias = desc->slope_scaled_depth_bias,
        .DepthClipEnable = (BOOL)desc->depth_clip,
        .ScissorEnable = (BOOL)desc->scissor,
        .MultisampleEnable = (BOOL)desc->multisample,
        .AntialiasedLineEnable = (BOOL)desc->antialiased_line,
    };
    ID3D11RasterizerState *state = NULL;
    TRY(run, ID3D11Device_CreateRasterizerState(direct_of(run)->device, &host, &state));
    direct_keep(run, desc->id, state);
}

static D3D11_DEPTH_STENCILOP_DESC face(const struct pvgpu_stencil_face *f)
{
    return (D3D11_DEPTH_STENCILOP_DESC){
        .StencilFailOp = (D3D11_STENCIL_OP)f->fail,
        .StencilDepthFailOp = (D3D11_STENCIL_OP)f->depth_fail,
        .StencilPassOp = (D3D11_STENCIL_OP)f->pass,
        .StencilFunc = (D3D11_COMPARISON_FUNC)f->compare,
    };
}

void exact_create_depth_stencil_state(struct exact_run *run, const struct pvgpu_cmd_create_depth_stencil_state *desc)
{
    const D3D11_DEPTH_STENCIL_DESC host = {
        .DepthEnable = (BOOL)desc->depth_enable,
        .DepthWriteMask = desc->depth_write ? D3D11_DEPTH_WRITE_MASK_ALL : D3D11_DEPTH_WRITE_MASK_ZERO,
        .DepthFunc = (D3D11_COMPARISON_FUNC)desc->depth_compare,
        .StencilEnable = (BOOL)desc->stencil_enable,
        .StencilReadMask = (UINT8)desc->stencil_read_mask,
        .StencilWriteMask = (UINT8)desc->stencil_write_mask,
        .FrontFace = face(&desc->front),
        .BackFace = face(&desc->back),
    };
    ID3D11DepthStencilState *state = NULL;
    TRY(run, ID3D11Device_CreateDepthStencilState(direct_of(run)->device, &host, &state));
    direct_keep(run, desc->id, state);
}

void exact_create_sampler(struct exact_run *run, const struct pvgpu_cmd_create_sampler *desc)
{
    D3D11_SAMPLER_DESC host = {
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
    memcpy(host.BorderColor, desc->border, sizeof(host.BorderColor));
    ID3D11SamplerState *state = NULL;
    TRY(run, ID3D11Device_CreateSamplerState(direct_of(run)->device, &host, &state));
    direct_keep(run, desc->id, state);
}
