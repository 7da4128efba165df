/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#define _GNU_SOURCE
/* The workloads as a program makes them by calling Direct3D 11 itself. Knows nothing of the backend. */
#include "ratio.h"

#include "../shaders/generated/triangle_ps.h"
#include "../shaders/generated/triangle_vs.h"
#include "../tests/direct/direct.h"

#include <d3d11_4.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* Two of most things: the other one is for state that changes. */
struct direct_side {
    struct direct_device device; /* with the 64 x 64 target */
    ID3D11DeviceContext4 *signaller;
    ID3D11Fence *fence;
    uint64_t signalled;
    struct ratio_sources *sources;
    ID3D11VertexShader *vertex_shader;
    ID3D11PixelShader *pixel_shader;
    ID3D11InputLayout *layout;
    ID3D11Buffer *vertices[2], *constants[2];
    ID3D11Buffer *dynamic_vertices, *buffer, *buffer_staging;
    ID3D11RasterizerState *rasterizers[2];
    ID3D11BlendState *blends[2];
    ID3D11Texture2D *textures[2], *texture_staging;
    ID3D11ShaderResourceView *texture_views[2];
    ID3D11Texture2D *small_target, *small_staging;
    ID3D11RenderTargetView *small_view;
    bool failed;
};

static uint64_t now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* ---- Objects ---- */

static ID3D11Texture2D *create_texture(struct direct_side *side, UINT size, UINT bind, bool staging)
{
    const D3D11_TEXTURE2D_DESC desc = {
        .Width = size,
        .Height = size,
        .MipLevels = 1,
        .ArraySize = 1,
        .Format = DXGI_FORMAT_R8G8B8A8_UNORM,
        .SampleDesc = {.Count = 1},
        .Usage = staging ? D3D11_USAGE_STAGING : D3D11_USAGE_DEFAULT,
        .BindFlags = bind,
        .CPUAccessFlags = staging ? D3D11_CPU_ACCESS_READ : 0,
    };
    ID3D11Texture2D *texture = NULL;
    return DIRECT_CALL(ID3D11Device_CreateTexture2D(side->device.device, &desc, NULL, &texture)) ? texture : NULL;
}

static bool create_textures(struct direct_side *side)
{
    ID3D11Device *device = side->device.device;
    for (int i = 0; i < 2; i++) {
        side->textures[i] = create_texture(side, WORKLOAD_TEXTURE_SIZE, D3D11_BIND_SHADER_RESOURCE, false);
        if (!side->textures[i] || !DIRECT_CALL(ID3D11Device_CreateShaderResourceView(
                                      device, (ID3D11Resource *)side->textures[i], NULL, &side->texture_views[i])))
            return false;
    }
    side->texture_staging = create_texture(side, WORKLOAD_TEXTURE_SIZE, 0, true);
    side->small_target = create_texture(side, WORKLOAD_SMALL_SIZE, D3D11_BIND_RENDER_TARGET, false);
    side->small_staging = create_texture(side, WORKLOAD_SMALL_SIZE, 0, true);
    return side->texture_staging && side->small_target && side->small_staging &&
           DIRECT_CALL(ID3D11Device_CreateRenderTargetView(device, (ID3D11Resource *)side->small_target, NULL,
                                                           &side->small_view));
}

static bool create_buffers(struct direct_side *side)
{
    const D3D11_BUFFER_DESC staging = {
        .ByteWidth = WORKLOAD_BIG_BYTES, .Usage = D3D11_USAGE_STAGING, .CPUAccessFlags = D3D11_CPU_ACCESS_READ};
    struct direct_device *device = &side->device;
    for (int i = 0; i < 2; i++) {
        side->vertices[i] =
            direct_buffer(device, D3D11_BIND_VERTEX_BUFFER, side->sources->vertices[i], WORKLOAD_VERTEX_BYTES, false);
        side->constants[i] = direct_buffer(device, D3D11_BIND_CONSTANT_BUFFER, side->sources->constants[i],
                                           WORKLOAD_CONSTANT_BYTES, false);
        if (!side->vertices[i] || !side->constants[i])
            return false;
    }
    side->dynamic_vertices = direct_buffer(device, D3D11_BIND_VERTEX_BUFFER, NULL, WORKLOAD_VERTEX_BYTES, true);
    side->buffer = direct_buffer(device, D3D11_BIND_VERTEX_BUFFER, side->sources->big[0], WORKLOAD_BIG_BYTES, false);
    return side->dynamic_vertices && side->buffer &&
           DIRECT_CALL(ID3D11Device_CreateBuffer(device->device, &staging, NULL, &side->buffer_staging));
}

static bool create_states(struct direct_side *side)
{
    ID3D11Device *device = side->device.device;
    D3D11_RASTERIZER_DESC rasterizer = {
        .FillMode = D3D11_FILL_SOLID, .CullMode = D3D11_CULL_NONE, .DepthClipEnable = TRUE};
    D3D11_BLEND_DESC blend = {
        .RenderTarget[0] = {.SrcBlend = D3D11_BLEND_ONE,
                            .DestBlend = D3D11_BLEND_ZERO,
                            .BlendOp = D3D11_BLEND_OP_ADD,
                            .SrcBlendAlpha = D3D11_BLEND_ONE,
                            .DestBlendAlpha = D3D11_BLEND_ZERO,
                            .BlendOpAlpha = D3D11_BLEND_OP_ADD,
                            .RenderTargetWriteMask = D3D11_COLOR_WRITE_ENABLE_ALL},
    };
    if (!DIRECT_CALL(ID3D11Device_CreateRasterizerState(device, &rasterizer, &side->rasterizers[0])) ||
        !DIRECT_CALL(ID3D11Device_CreateBlendState(device, &blend, &side->blends[0])))
        return false;
    rasterizer.DepthClipEnable = FALSE;
    blend.RenderTarget[0].BlendEnable = TRUE;
    blend.RenderTarget[0].SrcBlend = D3D11_BLEND_SRC_ALPHA;
    blend.RenderTarget[0].DestBlend = D3D11_BLEND_INV_SRC_ALPHA;
    return DIRECT_CALL(ID3D11Device_CreateRasterizerState(device, &rasterizer, &side->rasterizers[1])) &&
           DIRECT_CALL(ID3D11Device_CreateBlendState(device, &blend, &side->blends[1]));
}

static bool create_shaders(struct direct_side *side)
{
    const D3D11_INPUT_ELEMENT_DESC elements[] = {
        {"POSITION", 0, DXGI_FORMAT_R32G32_FLOAT, 0, 0, D3D11_INPUT_PER_VERTEX_DATA, 0},
        {"COLOR", 0, DXGI_FORMAT_R32G32B32A32_FLOAT, 0, 8, D3D11_INPUT_PER_VERTEX_DATA, 0},
    };
    ID3D11Device *device = side->device.device;
    return DIRECT_CALL(ID3D11Device_CreateVertexShader(device, pvgpu_shader_triangle_vs,
                                                       sizeof(pvgpu_shader_triangle_vs), NULL, &side->vertex_shader)) &&
           DIRECT_CALL(ID3D11Device_CreatePixelShader(device, pvgpu_shader_triangle_ps,
                                                      sizeof(pvgpu_shader_triangle_ps), NULL, &side->pixel_shader)) &&
           DIRECT_CALL(ID3D11Device_CreateInputLayout(device, elements, 2, pvgpu_shader_triangle_vs,
                                                      sizeof(pvgpu_shader_triangle_vs), &side->layout));
}

static bool create_fence(struct direct_side *side)
{
    ID3D11Device5 *device = NULL;
    void *signaller = NULL, *fence = NULL;
    if (!DIRECT_CALL(ID3D11Device_QueryInterface(side->device.device, &IID_ID3D11Device5, (void **)&device)))
        return false;
    bool made =
        DIRECT_CALL(ID3D11Device5_CreateFence(device, 0, D3D11_FENCE_FLAG_NONE, &IID_ID3D11Fence, &fence)) &&
        DIRECT_CALL(ID3D11DeviceContext_QueryInterface(side->device.context, &IID_ID3D11DeviceContext4, &signaller));
    side->fence = fence;
    side->signaller = signaller;
    ID3D11Device5_Release(device);
    return made;
}

/* Everything that was submitted is done on the GPU. */
static void finish(struct direct_side *side)
{
    side->signalled++;
    side->failed |= FAILED(ID3D11DeviceContext4_Signal(side->signaller, side->fence, side->signalled));
    ID3D11DeviceContext_Flush(side->device.context);
    side->failed |= FAILED(ID3D11Fence_SetEventOnCompletion(side->fence, side->signalled, NULL)) ||
                    ID3D11Fence_GetCompletedValue(side->fence) < side->signalled;
}

/* ---- Operations ---- */

static void use_vertices(struct direct_side *side, ID3D11Buffer *vertices)
{
    const UINT stride = sizeof(struct pvgpu_triangle_vertex), offset = 0;
    ID3D11DeviceContext_IASetVertexBuffers(side->device.context, 0, 1, &vertices, &stride, &offset);
}

static void update(struct direct_side *side, void *resource, const void *data, UINT row_pitch)
{
    ID3D11DeviceContext_UpdateSubresource(side->device.context, (ID3D11Resource *)resource, 0, NULL, data, row_pitch,
                                          0);
}

static void churn(struct direct_side *side, uint32_t i)
{
    ID3D11DeviceContext *context = side->device.context;
    ID3D11DeviceContext_RSSetState(context, side->rasterizers[i & 1]);
    ID3D11DeviceContext_OMSetBlendState(context, side->blends[i >> 1 & 1], NULL, UINT32_MAX);
    ID3D11DeviceContext_VSSetConstantBuffers(context, 0, 1, &side->constants[i & 1]);
    use_vertices(side, side->vertices[i & 1]);
    ID3D11DeviceContext_PSSetShaderResources(context, 0, 1, &side->texture_views[i & 1]);
}

/* Copies a resource to its staging copy and that into sources->read, rows packed. */
static void read_back(struct direct_side *side, void *resource, void *staging, uint32_t row_bytes, uint32_t rows)
{
    ID3D11DeviceContext *context = side->device.context;
    D3D11_MAPPED_SUBRESOURCE mapped;
    ID3D11DeviceContext_CopyResource(context, staging, resource);
    if (!DIRECT_CALL(ID3D11DeviceContext_Map(context, staging, 0, D3D11_MAP_READ, 0, &mapped))) {
        side->failed = true;
        return;
    }
    for (uint32_t row = 0; row < rows; row++)
        memcpy(side->sources->read + (size_t)row * row_bytes,
               (const uint8_t *)mapped.pData + (size_t)row * mapped.RowPitch, row_bytes);
    ID3D11DeviceContext_Unmap(context, staging, 0);
}

static void read_texture(struct direct_side *side)
{
    read_back(side, side->textures[0], side->texture_staging, WORKLOAD_TEXTURE_SIZE * 4, WORKLOAD_TEXTURE_SIZE);
}

static void operate(struct direct_side *side, enum workload_kind kind, uint32_t i)
{
    ID3D11DeviceContext *context = side->device.context;
    struct ratio_sources *sources = side->sources;
    uint32_t source = i % WORKLOAD_SOURCES;
    switch (kind) {
    case WORKLOAD_DRAW:
        ID3D11DeviceContext_Draw(context, 3, 0);
        break;
    case WORKLOAD_CHURN:
        churn(side, i);
        ID3D11DeviceContext_Draw(context, 3, 0);
        break;
    case WORKLOAD_UPDATE:
        update(side, side->constants[0], sources->constants[source], 0);
        ID3D11DeviceContext_Draw(context, 3, 0);
        break;
    case WORKLOAD_DISCARD:
        side->failed |=
            !direct_write(&side->device, side->dynamic_vertices, sources->vertices[source], WORKLOAD_VERTEX_BYTES);
        ID3D11DeviceContext_Draw(context, 3, 0);
        break;
    case WORKLOAD_BUFFER:
    case WORKLOAD_BUFFER_IN_PLACE:
        update(side, side->buffer, sources->big[source], 0);
        break;
    case WORKLOAD_TEXTURE:
    case WORKLOAD_TEXTURE_IN_PLACE:
        update(side, side->textures[0], sources->big[source], WORKLOAD_TEXTURE_SIZE * 4);
        break;
    case WORKLOAD_READ:
        read_texture(side);
        break;
    case WORKLOAD_LATENCY: {
        const float color[4] = {(float)source / WORKLOAD_SOURCES, 0.5f, 0.25f, 1.0f};
        ID3D11DeviceContext_ClearRenderTargetView(context, side->small_view, color);
        ID3D11DeviceContext_Draw(context, 3, 0);
        read_back(side, side->small_target, side->small_staging, WORKLOAD_SMALL_SIZE * 4, WORKLOAD_SMALL_SIZE);
        break;
    }
    case WORKLOAD_COUNT:
        break;
    }
}

static void bind_target(struct direct_side *side, ID3D11RenderTargetView *view, UINT size)
{
    const D3D11_VIEWPORT viewport = {.Width = (float)size, .Height = (float)size, .MaxDepth = 1.0f};
    ID3D11DeviceContext_OMSetRenderTargets(side->device.context, 1, &view, NULL);
    ID3D11DeviceContext_RSSetViewports(side->device.context, 1, &viewport);
}

/* Everything as it was at the start, and nothing on the way. */
static void prepare(struct direct_side *side, enum workload_kind kind)
{
    static const float black[4] = {0.0f, 0.0f, 0.0f, 1.0f};
    ID3D11DeviceContext *context = side->device.context;
    bind_target(side, side->device.target_view, WORKLOAD_TARGET_SIZE);
    ID3D11DeviceContext_ClearRenderTargetView(context, side->device.target_view, black);
    ID3D11DeviceContext_RSSetState(context, side->rasterizers[0]);
    ID3D11DeviceContext_OMSetBlendState(context, side->blends[0], NULL, UINT32_MAX);
    ID3D11DeviceContext_IASetInputLayout(context, side->layout);
    ID3D11DeviceContext_IASetPrimitiveTopology(context, D3D11_PRIMITIVE_TOPOLOGY_TRIANGLELIST);
    ID3D11DeviceContext_VSSetShader(context, side->vertex_shader, NULL, 0);
    ID3D11DeviceContext_PSSetShader(context, side->pixel_shader, NULL, 0);
    ID3D11DeviceContext_VSSetConstantBuffers(context, 0, 1, &side->constants[0]);
    use_vertices(side, kind == WORKLOAD_DISCARD ? side->dynamic_vertices : side->vertices[0]);
    if (kind == WORKLOAD_LATENCY)
        bind_target(side, side->small_view, WORKLOAD_SMALL_SIZE);
    if (kind == WORKLOAD_READ)
        update(side, side->textures[0], side->sources->big[0], WORKLOAD_TEXTURE_SIZE * 4);
    if (kind == WORKLOAD_DRAW || kind == WORKLOAD_CHURN)
        update(side, side->constants[0], side->sources->constants[0], 0);
    finish(side);
}

static uint64_t hash_result(struct direct_side *side, enum workload_kind kind)
{
    uint32_t bytes = WORKLOAD_BIG_BYTES;
    if (kind <= WORKLOAD_DISCARD) {
        bytes = WORKLOAD_TARGET_SIZE * WORKLOAD_TARGET_SIZE * 4;
        read_back(side, side->device.target, side->device.staging, WORKLOAD_TARGET_SIZE * 4, WORKLOAD_TARGET_SIZE);
    } else if (kind == WORKLOAD_BUFFER || kind == WORKLOAD_BUFFER_IN_PLACE) {
        read_back(side, side->buffer, side->buffer_staging, bytes, 1);
    } else if (kind == WORKLOAD_TEXTURE || kind == WORKLOAD_TEXTURE_IN_PLACE) {
        read_texture(side);
    } else if (kind == WORKLOAD_LATENCY) {
        bytes = WORKLOAD_SMALL_SIZE * WORKLOAD_SMALL_SIZE * 4;
    }
    return workload_hash(side->sources->read, bytes);
}

static void run(struct direct_side *side, const struct ratio_request *request, struct ratio_result *result)
{
    enum workload_kind kind = (enum workload_kind)request->kind;
    prepare(side, kind);
    uint64_t start = now_ns();
    for (uint32_t i = 0; i < request->count; i++)
        operate(side, kind, i);
    finish(side);
    result->elapsed_ns = now_ns() - start;
    result->hash = request->wants_hash ? hash_result(side, kind) : 0;
    result->good = !side->failed;
}

int ratio_direct_serve(int requests, int results)
{
    /*
     * A software GPU allocates what a submission needs and frees it again. Given back to the system, each page costs a
     * fault the next time, which is a matter of luck and hides everything else. Both sides are better off without.
     */
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TOP_PAD, 16 << 20);
    struct direct_side *side = calloc(1, sizeof(*side));
    struct ratio_request request;
    struct ratio_result result = {0};
    if (!side || !(side->sources = ratio_sources_create()) ||
        !direct_device_init(&side->device, WORKLOAD_TARGET_SIZE, WORKLOAD_TARGET_SIZE) || !create_fence(side) ||
        !create_textures(side) || !create_buffers(side) || !create_states(side) || !create_shaders(side)) {
        fprintf(stderr, "bench-ratio: direct Direct3D 11 does not work here\n");
        return 1;
    }
    while (read(requests, &request, sizeof(request)) == (ssize_t)sizeof(request)) {
        run(side, &request, &result);
        if (write(results, &result, sizeof(result)) != (ssize_t)sizeof(result))
            break;
    }
    return 0; /* the process ends here, and its device with it */
}
