/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "gpu/d3d11/device.h"

_Static_assert(sizeof(struct pvgpu_subresource_data) == sizeof(D3D11_SUBRESOURCE_DATA) &&
                   offsetof(struct pvgpu_subresource_data, data) == offsetof(D3D11_SUBRESOURCE_DATA, pSysMem) &&
                   offsetof(struct pvgpu_subresource_data, row_pitch) ==
                       offsetof(D3D11_SUBRESOURCE_DATA, SysMemPitch) &&
                   offsetof(struct pvgpu_subresource_data, slice_pitch) ==
                       offsetof(D3D11_SUBRESOURCE_DATA, SysMemSlicePitch),
               "initial data is handed on as it is");
_Static_assert(sizeof(struct pvgpu_box) == sizeof(D3D11_BOX) &&
                   offsetof(struct pvgpu_box, front) == offsetof(D3D11_BOX, front) &&
                   offsetof(struct pvgpu_box, back) == offsetof(D3D11_BOX, back),
               "boxes are handed on as they are");

/*
 * DXVK gives a whole update of a buffer that the CPU may write new memory, instead of a copy on the GPU between two
 * draws: less than half the time for 64 KiB of vertices. It does so for all constant buffers, and for default buffers
 * with CPU access, which D3D11 itself knows under more conditions. Such memory is scarce on cards without a large BAR,
 * so only what looks like a program's dynamic vertices and indices gets it: of moderate size, without initial content.
 */
#define RENAMED_MAX_BYTES (UINT32_C(1) << 20)

static UINT cpu_access(const struct pvgpu_d3d11 *d3d, const struct pvgpu_resource *resource, bool has_content)
{
    const uint32_t streams = PVGPU_BIND_VERTEX_BUFFER | PVGPU_BIND_INDEX_BUFFER;
    bool renamed = d3d->renames_default_buffers && !has_content && (resource->bind & streams) &&
                   !(resource->bind & ~streams) && !resource->misc && resource->width <= RENAMED_MAX_BYTES;
    return renamed ? D3D11_CPU_ACCESS_WRITE : 0;
}

static enum pvgpu_gpu_result create_buffer(struct pvgpu_d3d11 *d3d, struct pvgpu_resource *resource,
                                           const D3D11_SUBRESOURCE_DATA *initial)
{
    D3D11_BUFFER_DESC desc = {
        .ByteWidth = resource->width,
        .Usage = D3D11_USAGE_DEFAULT,
        .BindFlags = resource->bind,
        .CPUAccessFlags = cpu_access(d3d, resource, initial != NULL),
        .MiscFlags = resource->misc,
    };
    ID3D11Buffer *buffer = NULL;
    enum pvgpu_gpu_result result =
        PVGPU_D3D11_TRY(d3d, ID3D11Device_CreateBuffer(d3d->device, &desc, initial, &buffer));
    resource->base.host = buffer;
    return result;
}

static enum pvgpu_gpu_result create_texture_1d(struct pvgpu_d3d11 *d3d, struct pvgpu_resource *resource,
                                               const D3D11_SUBRESOURCE_DATA *initial)
{
    D3D11_TEXTURE1D_DESC desc = {
        .Width = resource->width,
        .MipLevels = resource->mip_count,
        .ArraySize = resource->array_length,
        .Format = (DXGI_FORMAT)resource->format,
        .Usage = D3D11_USAGE_DEFAULT,
        .BindFlags = resource->bind,
        .MiscFlags = resource->misc,
    };
    ID3D11Texture1D *texture = NULL;
    enum pvgpu_gpu_result result =
        PVGPU_D3D11_TRY(d3d, ID3D11Device_CreateTexture1D(d3d->device, &desc, initial, &texture));
    resource->base.host = texture;
    return result;
}

static enum pvgpu_gpu_result create_texture_2d(struct pvgpu_d3d11 *d3d, struct pvgpu_resource *resource,
                                               const D3D11_SUBRESOURCE_DATA *initial)
{
    D3D11_TEXTURE2D_DESC desc = {
        .Width = resource->width,
        .Height = resource->height,
        .MipLevels = resource->mip_count,
        .ArraySize = resource->array_length,
        .Format = (DXGI_FORMAT)resource->format,
        .SampleDesc = {.Count = resource->sample_count, .Quality = resource->sample_quality},
        .Usage = D3D11_USAGE_DEFAULT,
        .BindFlags = resource->bind,
        .MiscFlags = resource->misc,
    };
    ID3D11Texture2D *texture = NULL;
    enum pvgpu_gpu_result result =
        PVGPU_D3D11_TRY(d3d, ID3D11Device_CreateTexture2D(d3d->device, &desc, initial, &texture));
    resource->base.host = texture;
    return result;
}

static enum pvgpu_gpu_result create_texture_3d(struct pvgpu_d3d11 *d3d, struct pvgpu_resource *resource,
                                               const D3D11_SUBRESOURCE_DATA *initial)
{
    D3D11_TEXTURE3D_DESC desc = {
        .Width = resource->width,
        .Height = resource->height,
        .Depth = resource->depth,
        .MipLevels = resource->mip_count,
        .Format = (DXGI_FORMAT)resource->format,
        .Usage = D3D11_USAGE_DEFAULT,
        .BindFlags = resource->bind,
        .MiscFlags = resource->misc,
    };
    ID3D11Texture3D *texture = NULL;
    enum pvgpu_gpu_result result =
        PVGPU_D3D11_TRY(d3d, ID3D11Device_CreateTexture3D(d3d->device, &desc, initial, &texture));
    resource->base.host = texture;
    return result;
}

enum pvgpu_gpu_result pvgpu_d3d11_create_resource(struct pvgpu_gpu *gpu, struct pvgpu_resource *resource,
                                                  const struct pvgpu_subresource_data *initial)
{
    struct pvgpu_d3d11 *d3d = pvgpu_d3d11_from(gpu);
    const D3D11_SUBRESOURCE_DATA *data = (const D3D11_SUBRESOURCE_DATA *)initial;
    switch (resource->kind) {
    case PVGPU_KIND_TEXTURE_1D:
        return create_texture_1d(d3d, resource, data);
    case PVGPU_KIND_TEXTURE_2D:
        return create_texture_2d(d3d, resource, data);
    case PVGPU_KIND_TEXTURE_3D:
        return create_texture_3d(d3d, resource, data);
    default:
        return create_buffer(d3d, resource, data);
    }
}

void pvgpu_d3d11_copy_resource(struct pvgpu_gpu *gpu, struct pvgpu_resource *destination, struct pvgpu_resource *source)
{
    ID3D11DeviceContext1_CopyResource(pvgpu_d3d11_from(gpu)->context, destination->base.host, source->base.host);
}

void pvgpu_d3d11_copy_region(struct pvgpu_gpu *gpu, struct pvgpu_resource *destination,
                             uint32_t destination_subresource, uint32_t x, uint32_t y, uint32_t z,
                             struct pvgpu_resource *source, uint32_t source_subresource, const struct pvgpu_box *box)
{
    ID3D11DeviceContext1_CopySubresourceRegion(pvgpu_d3d11_from(gpu)->context, destination->base.host,
                                               destination_subresource, x, y, z, source->base.host, source_subresource,
                                               (const D3D11_BOX *)box);
}

void pvgpu_d3d11_update(struct pvgpu_gpu *gpu, struct pvgpu_resource *resource, uint32_t subresource,
                        const struct pvgpu_box *box, const void *data, uint32_t row_pitch, uint32_t slice_pitch)
{
    ID3D11DeviceContext1 *context = pvgpu_d3d11_from(gpu)->context;
    /* A box around all of a buffer hides from the host that nothing of the old content is left. */
    if (box && resource->kind == PVGPU_KIND_BUFFER && box->left == 0 && box->right == resource->width)
        box = NULL;
    /* Only the newer call may write a part of a constant buffer. */
    if (box && resource->bind & PVGPU_BIND_CONSTANT_BUFFER) {
        ID3D11DeviceContext1_UpdateSubresource1(context, resource->base.host, subresource, (const D3D11_BOX *)box, data,
                                                row_pitch, slice_pitch, 0);
        return;
    }
    ID3D11DeviceContext1_UpdateSubresource(context, resource->base.host, subresource, (const D3D11_BOX *)box, data,
                                           row_pitch, slice_pitch);
}
