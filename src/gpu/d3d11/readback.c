/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "gpu/d3d11/device.h"

#include "wire/format.h"

#include <stdlib.h>

/*
 * Idle staging copies: enough for three frames of 3840x2160 with 16 bytes a texel and for a set of smaller ones. A
 * guest that reads many shapes in turn only loses the reuse.
 */
#define IDLE_MAX_COUNT 16u
#define IDLE_MAX_BYTES (UINT64_C(400) << 20)

/*
 * Exactly what a staging resource is made of. The small mips of block-compressed textures end inside a block. No
 * texture of such a size can be made, and some hosts copy no part of a block into a whole one: so the copy goes to the
 * same size, which is a mip of a staging texture that is 2 or 4 times as large.
 */
struct staging_shape {
    uint32_t kind; /* enum pvgpu_kind */
    uint32_t format; /* DXGI format; 0 for buffers */
    uint32_t width, height, depth; /* of mip 0 */
    uint32_t mip; /* the one that receives the copy, and the last; 0 but for parts of blocks */
};

struct pvgpu_gpu_readback {
    struct pvgpu_gpu_readback *next; /* in the idle list */
    struct staging_shape shape;
    uint64_t bytes; /* about what it takes in memory */
    ID3D11Resource *staging; /* holds a reference */
    bool mapped;
};

static uint32_t mip_extent(uint32_t extent, uint32_t mip)
{
    uint32_t smaller = extent >> mip;
    return smaller ? smaller : 1;
}

static struct staging_shape shape_of(const struct pvgpu_resource *resource, uint32_t subresource, uint64_t *bytes)
{
    struct staging_shape shape = {.kind = resource->kind, .format = resource->format};
    if (resource->kind == PVGPU_KIND_BUFFER) {
        shape.width = resource->width;
        shape.height = shape.depth = 1;
        *bytes = shape.width;
        return shape;
    }
    const struct pvgpu_format_info *info = pvgpu_format_info(resource->format);
    uint32_t block_width = info ? info->block_width : 1, block_height = info ? info->block_height : 1;
    uint32_t mip = subresource % resource->mip_count;
    shape.width = mip_extent(resource->width, mip);
    shape.height = mip_extent(resource->height, mip);
    shape.depth = mip_extent(resource->depth, mip);
    for (; shape.width % block_width || shape.height % block_height; shape.mip++) {
        shape.width *= 2;
        shape.height *= 2;
        shape.depth *= shape.kind == PVGPU_KIND_TEXTURE_3D ? 2 : 1;
    }
    *bytes = (uint64_t)(shape.width / block_width) * (shape.height / block_height) * shape.depth *
             (info ? info->block_bytes : 16);
    return shape;
}

static bool is_same_shape(const struct staging_shape *a, const struct staging_shape *b)
{
    return a->kind == b->kind && a->format == b->format && a->width == b->width && a->height == b->height &&
           a->depth == b->depth && a->mip == b->mip;
}

static ID3D11Resource *create_staging(struct pvgpu_d3d11 *d3d, const struct staging_shape *shape)
{
    void *host = NULL;
    enum pvgpu_gpu_result result;
    if (shape->kind == PVGPU_KIND_BUFFER) {
        D3D11_BUFFER_DESC desc = {
            .ByteWidth = shape->width, .Usage = D3D11_USAGE_STAGING, .CPUAccessFlags = D3D11_CPU_ACCESS_READ};
        result =
            PVGPU_D3D11_TRY_INTERNAL(d3d, ID3D11Device_CreateBuffer(d3d->device, &desc, NULL, (ID3D11Buffer **)&host));
    } else if (shape->kind == PVGPU_KIND_TEXTURE_1D) {
        D3D11_TEXTURE1D_DESC desc = {.Width = shape->width,
                                     .MipLevels = shape->mip + 1,
                                     .ArraySize = 1,
                                     .Format = (DXGI_FORMAT)shape->format,
                                     .Usage = D3D11_USAGE_STAGING,
                                     .CPUAccessFlags = D3D11_CPU_ACCESS_READ};
        result = PVGPU_D3D11_TRY_INTERNAL(
            d3d, ID3D11Device_CreateTexture1D(d3d->device, &desc, NULL, (ID3D11Texture1D **)&host));
    } else if (shape->kind == PVGPU_KIND_TEXTURE_3D) {
        D3D11_TEXTURE3D_DESC desc = {.Width = shape->width,
                                     .Height = shape->height,
                                     .Depth = shape->depth,
                                     .MipLevels = shape->mip + 1,
                                     .Format = (DXGI_FORMAT)shape->format,
                                     .Usage = D3D11_USAGE_STAGING,
                                     .CPUAccessFlags = D3D11_CPU_ACCESS_READ};
        result = PVGPU_D3D11_TRY_INTERNAL(
            d3d, ID3D11Device_CreateTexture3D(d3d->device, &desc, NULL, (ID3D11Texture3D **)&host));
    } else {
        D3D11_TEXTURE2D_DESC desc = {.Width = shape->width,
                                     .Height = shape->height,
                                     .MipLevels = shape->mip + 1,
                                     .ArraySize = 1,
                                     .Format = (DXGI_FORMAT)shape->format,
                                     .SampleDesc = {.Count = 1},
                                     .Usage = D3D11_USAGE_STAGING,
                                     .CPUAccessFlags = D3D11_CPU_ACCESS_READ};
        result = PVGPU_D3D11_TRY_INTERNAL(
            d3d, ID3D11Device_CreateTexture2D(d3d->device, &desc, NULL, (ID3D11Texture2D **)&host));
    }
    return result == PVGPU_GPU_OK ? host : NULL;
}

static void free_readback(struct pvgpu_gpu_readback *readback)
{
    PVGPU_RELEASE(readback->staging);
    free(readback);
}

/* Takes the entry that *link points to out of the idle list. */
static struct pvgpu_gpu_readback *take_idle(struct pvgpu_d3d11_staging_pool *pool, struct pvgpu_gpu_readback **link)
{
    struct pvgpu_gpu_readback *readback = *link;
    *link = readback->next;
    pool->idle_count--;
    pool->idle_bytes -= readback->bytes;
    return readback;
}

static struct pvgpu_gpu_readback *find_idle(struct pvgpu_d3d11_staging_pool *pool, const struct staging_shape *shape)
{
    for (struct pvgpu_gpu_readback **link = &pool->idle; *link; link = &(*link)->next) {
        if (is_same_shape(&(*link)->shape, shape))
            return take_idle(pool, link);
    }
    return NULL;
}

static struct pvgpu_gpu_readback *make_readback(struct pvgpu_d3d11 *d3d, const struct staging_shape *shape,
                                                uint64_t bytes)
{
    struct pvgpu_gpu_readback *readback = calloc(1, sizeof(*readback));
    if (!readback)
        return NULL;
    readback->shape = *shape;
    readback->bytes = bytes;
    readback->staging = create_staging(d3d, shape);
    if (!readback->staging) {
        free(readback);
        return NULL;
    }
    return readback;
}

struct pvgpu_gpu_readback *pvgpu_d3d11_readback_begin(struct pvgpu_gpu *gpu, struct pvgpu_resource *resource,
                                                      uint32_t subresource)
{
    struct pvgpu_d3d11 *d3d = pvgpu_d3d11_from(gpu);
    if (d3d->lost)
        return NULL;
    uint64_t bytes;
    struct staging_shape shape = shape_of(resource, subresource, &bytes);
    struct pvgpu_gpu_readback *readback = find_idle(&d3d->staging, &shape);
    if (!readback)
        readback = make_readback(d3d, &shape, bytes);
    if (readback)
        ID3D11DeviceContext1_CopySubresourceRegion(d3d->context, readback->staging, readback->shape.mip, 0, 0, 0,
                                                   resource->base.host, subresource, NULL);
    return readback;
}

bool pvgpu_d3d11_readback_map(struct pvgpu_gpu *gpu, struct pvgpu_gpu_readback *readback, struct pvgpu_mapped *mapped)
{
    struct pvgpu_d3d11 *d3d = pvgpu_d3d11_from(gpu);
    D3D11_MAPPED_SUBRESOURCE bytes = {0};
    enum pvgpu_gpu_result result = PVGPU_D3D11_TRY_INTERNAL(
        d3d, ID3D11DeviceContext1_Map(d3d->context, readback->staging, readback->shape.mip, D3D11_MAP_READ, 0, &bytes));
    if (result != PVGPU_GPU_OK)
        return false;
    readback->mapped = true;
    mapped->data = bytes.pData;
    mapped->row_pitch = bytes.RowPitch;
    mapped->slice_pitch = bytes.DepthPitch;
    return true;
}

void pvgpu_d3d11_readback_end(struct pvgpu_gpu *gpu, struct pvgpu_gpu_readback *readback)
{
    struct pvgpu_d3d11 *d3d = pvgpu_d3d11_from(gpu);
    struct pvgpu_d3d11_staging_pool *pool = &d3d->staging;
    if (readback->mapped)
        ID3D11DeviceContext1_Unmap(d3d->context, readback->staging, readback->shape.mip);
    readback->mapped = false;

    readback->next = pool->idle;
    pool->idle = readback;
    pool->idle_count++;
    pool->idle_bytes += readback->bytes;
    while (pool->idle && (pool->idle_count > IDLE_MAX_COUNT || pool->idle_bytes > IDLE_MAX_BYTES)) {
        struct pvgpu_gpu_readback **link = &pool->idle;
        while ((*link)->next)
            link = &(*link)->next;
        free_readback(take_idle(pool, link));
    }
}

void pvgpu_d3d11_staging_finish(struct pvgpu_d3d11 *d3d)
{
    while (d3d->staging.idle)
        free_readback(take_idle(&d3d->staging, &d3d->staging.idle));
}
