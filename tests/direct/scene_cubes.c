/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <stdlib.h>

#include "../../guest/scenes/scenes.h"
#include "../../shaders/generated/background_ps.h"
#include "../../shaders/generated/background_vs.h"
#include "../../shaders/generated/cube_ps.h"
#include "../../shaders/generated/cube_vs.h"
#include "direct.h"

struct cubes {
    ID3D11VertexShader *background_vs, *cube_vs;
    ID3D11PixelShader *background_ps, *cube_ps;
    ID3D11InputLayout *layout;
    ID3D11Buffer *vertices, *indices, *opaque, *glass, *camera, *light;
    ID3D11Texture2D *texture;
    ID3D11ShaderResourceView *texture_view;
    ID3D11SamplerState *sampler;
    ID3D11RasterizerState *rasterizer;
    ID3D11DepthStencilState *depth_write, *depth_read, *depth_off;
    ID3D11BlendState *blend;
};

static void cubes_finish(void *state)
{
    struct cubes *cubes = state;
    if (!cubes) {
        return;
    }
    DIRECT_RELEASE(cubes->blend);
    DIRECT_RELEASE(cubes->depth_off);
    DIRECT_RELEASE(cubes->depth_read);
    DIRECT_RELEASE(cubes->depth_write);
    DIRECT_RELEASE(cubes->rasterizer);
    DIRECT_RELEASE(cubes->sampler);
    DIRECT_RELEASE(cubes->texture_view);
    DIRECT_RELEASE(cubes->texture);
    DIRECT_RELEASE(cubes->light);
    DIRECT_RELEASE(cubes->camera);
    DIRECT_RELEASE(cubes->glass);
    DIRECT_RELEASE(cubes->opaque);
    DIRECT_RELEASE(cubes->indices);
    DIRECT_RELEASE(cubes->vertices);
    DIRECT_RELEASE(cubes->layout);
    DIRECT_RELEASE(cubes->cube_ps);
    DIRECT_RELEASE(cubes->background_ps);
    DIRECT_RELEASE(cubes->cube_vs);
    DIRECT_RELEASE(cubes->background_vs);
    free(cubes);
}

static bool create_shaders(ID3D11Device *device, struct cubes *cubes)
{
    const D3D11_INPUT_ELEMENT_DESC elements[] = {
        {"POSITION", 0, DXGI_FORMAT_R32G32B32_FLOAT, 0, 0, D3D11_INPUT_PER_VERTEX_DATA, 0},
        {"NORMAL", 0, DXGI_FORMAT_R32G32B32_FLOAT, 0, 12, D3D11_INPUT_PER_VERTEX_DATA, 0},
        {"TEXCOORD", 0, DXGI_FORMAT_R32G32_FLOAT, 0, 24, D3D11_INPUT_PER_VERTEX_DATA, 0},
        {"PLACE", 0, DXGI_FORMAT_R32G32B32A32_FLOAT, 1, 0, D3D11_INPUT_PER_INSTANCE_DATA, 1},
        {"FACING", 0, DXGI_FORMAT_R32G32B32A32_FLOAT, 1, 16, D3D11_INPUT_PER_INSTANCE_DATA, 1},
        {"COLOR", 0, DXGI_FORMAT_R8G8B8A8_UNORM, 1, 32, D3D11_INPUT_PER_INSTANCE_DATA, 1},
    };
    return DIRECT_CALL(ID3D11Device_CreateVertexShader(
               device, pvgpu_shader_background_vs, sizeof pvgpu_shader_background_vs, NULL, &cubes->background_vs)) &&
           DIRECT_CALL(ID3D11Device_CreatePixelShader(
               device, pvgpu_shader_background_ps, sizeof pvgpu_shader_background_ps, NULL, &cubes->background_ps)) &&
           DIRECT_CALL(ID3D11Device_CreateVertexShader(device, pvgpu_shader_cube_vs, sizeof pvgpu_shader_cube_vs, NULL,
                                                       &cubes->cube_vs)) &&
           DIRECT_CALL(ID3D11Device_CreatePixelShader(device, pvgpu_shader_cube_ps, sizeof pvgpu_shader_cube_ps, NULL,
                                                      &cubes->cube_ps)) &&
           DIRECT_CALL(ID3D11Device_CreateInputLayout(device, elements, 6, pvgpu_shader_cube_vs,
                                                      sizeof pvgpu_shader_cube_vs, &cubes->layout));
}

static bool create_buffers(struct direct_device *direct, struct cubes *cubes)
{
    struct pvgpu_cube_vertex vertices[PVGPU_CUBES_VERTICES];
    uint16_t indices[PVGPU_CUBES_INDICES];
    struct pvgpu_cube_instance opaque[PVGPU_CUBES_OPAQUE];
    pvgpu_scene_cubes_mesh(vertices, indices);
    pvgpu_scene_cubes_opaque(opaque);
    cubes->vertices = direct_buffer(direct, D3D11_BIND_VERTEX_BUFFER, vertices, sizeof vertices, false);
    cubes->indices = direct_buffer(direct, D3D11_BIND_INDEX_BUFFER, indices, sizeof indices, false);
    cubes->opaque = direct_buffer(direct, D3D11_BIND_VERTEX_BUFFER, opaque, sizeof opaque, false);
    cubes->glass = direct_buffer(direct, D3D11_BIND_VERTEX_BUFFER, NULL,
                                 PVGPU_CUBES_GLASS * sizeof(struct pvgpu_cube_instance), true);
    cubes->camera = direct_buffer(direct, D3D11_BIND_CONSTANT_BUFFER, NULL, sizeof(struct pvgpu_cubes_camera), true);
    cubes->light = direct_buffer(direct, D3D11_BIND_CONSTANT_BUFFER, NULL, sizeof(struct pvgpu_cubes_light), true);
    return cubes->vertices && cubes->indices && cubes->opaque && cubes->glass && cubes->camera && cubes->light;
}

static bool create_texture(struct direct_device *direct, struct cubes *cubes)
{
    D3D11_TEXTURE2D_DESC desc = {
        .Width = PVGPU_CUBES_TEXTURE_SIZE,
        .Height = PVGPU_CUBES_TEXTURE_SIZE,
        .MipLevels = PVGPU_CUBES_TEXTURE_MIPS,
        .ArraySize = 1,
        .Format = DXGI_FORMAT_R8G8B8A8_UNORM,
        .SampleDesc = {.Count = 1},
        .Usage = D3D11_USAGE_DEFAULT,
        .BindFlags = D3D11_BIND_SHADER_RESOURCE,
    };
    uint8_t *texels = malloc(PVGPU_CUBES_TEXTURE_TEXELS * 4);
    if (!texels) {
        return false;
    }
    pvgpu_scene_cubes_texture(texels);
    D3D11_SUBRESOURCE_DATA mips[PVGPU_CUBES_TEXTURE_MIPS];
    const uint8_t *at = texels;
    for (UINT mip = 0; mip < PVGPU_CUBES_TEXTURE_MIPS; mip++) {
        UINT size = PVGPU_CUBES_TEXTURE_SIZE >> mip;
        mips[mip] = (D3D11_SUBRESOURCE_DATA){.pSysMem = at, .SysMemPitch = size * 4};
        at += size * size * 4;
    }
    bool made = DIRECT_CALL(ID3D11Device_CreateTexture2D(direct->device, &desc, mips, &cubes->texture));
    free(texels);
    return made && DIRECT_CALL(ID3D11Device_CreateShaderResourceView(direct->device, (ID3D11Resource *)cubes->texture,
                                                                     NULL, &cubes->texture_view));
}

static bool create_states(ID3D11Device *device, struct cubes *cubes)
{
    const D3D11_SAMPLER_DESC sampler = {
        .Filter = D3D11_FILTER_MIN_MAG_MIP_LINEAR,
        .AddressU = D3D11_TEXTURE_ADDRESS_CLAMP,
        .AddressV = D3D11_TEXTURE_ADDRESS_CLAMP,
        .AddressW = D3D11_TEXTURE_ADDRESS_CLAMP,
        .MaxAnisotropy = 1,
        .ComparisonFunc = D3D11_COMPARISON_NEVER,
        .MaxLOD = D3D11_FLOAT32_MAX,
    };
    const D3D11_RASTERIZER_DESC rasterizer = {
        .FillMode = D3D11_FILL_SOLID,
        .CullMode = D3D11_CULL_BACK,
        .DepthClipEnable = TRUE,
    };
    const D3D11_DEPTH_STENCILOP_DESC face = {D3D11_STENCIL_OP_KEEP, D3D11_STENCIL_OP_KEEP, D3D11_STENCIL_OP_KEEP,
                                             D3D11_COMPARISON_ALWAYS};
    D3D11_DEPTH_STENCIL_DESC depth = {
        .DepthEnable = TRUE,
        .DepthWriteMask = D3D11_DEPTH_WRITE_MASK_ALL,
        .DepthFunc = D3D11_COMPARISON_LESS,
        .StencilReadMask = 0xFF,
        .StencilWriteMask = 0xFF,
        .FrontFace = face,
        .BackFace = face,
    };
    D3D11_BLEND_DESC blend = {0};
    for (int i = 0; i < 8; i++) {
        blend.RenderTarget[i] = (D3D11_RENDER_TARGET_BLEND_DESC){
            .BlendEnable = i == 0,
            .SrcBlend = D3D11_BLEND_SRC_ALPHA,
            .DestBlend = D3D11_BLEND_INV_SRC_ALPHA,
            .BlendOp = D3D11_BLEND_OP_ADD,
            .SrcBlendAlpha = D3D11_BLEND_ONE,
            .DestBlendAlpha = D3D11_BLEND_ZERO,
            .BlendOpAlpha = D3D11_BLEND_OP_ADD,
            /* Colour only: the target stays opaque. */
            .RenderTargetWriteMask =
                D3D11_COLOR_WRITE_ENABLE_RED | D3D11_COLOR_WRITE_ENABLE_GREEN | D3D11_COLOR_WRITE_ENABLE_BLUE,
        };
    }
    if (!DIRECT_CALL(ID3D11Device_CreateSamplerState(device, &sampler, &cubes->sampler)) ||
        !DIRECT_CALL(ID3D11Device_CreateRasterizerState(device, &rasterizer, &cubes->rasterizer)) ||
        !DIRECT_CALL(ID3D11Device_CreateBlendState(device, &blend, &cubes->blend)) ||
        !DIRECT_CALL(ID3D11Device_CreateDepthStencilState(device, &depth, &cubes->depth_write))) {
        return false;
    }
    depth.DepthWriteMask = D3D11_DEPTH_WRITE_MASK_ZERO;
    if (!DIRECT_CALL(ID3D11Device_CreateDepthStencilState(device, &depth, &cubes->depth_read))) {
        return false;
    }
    depth.DepthEnable = FALSE;
    return DIRECT_CALL(ID3D11Device_CreateDepthStencilState(device, &depth, &cubes->depth_off));
}

static bool cubes_init(struct direct_device *direct, void **state)
{
    struct cubes *cubes = calloc(1, sizeof *cubes);
    *state = cubes;
    return cubes && create_shaders(direct->device, cubes) && create_buffers(direct, cubes) &&
           create_texture(direct, cubes) && create_states(direct->device, cubes);
}

static bool write_frame(struct direct_device *direct, struct cubes *cubes, uint32_t frame)
{
    struct pvgpu_cubes_camera camera;
    struct pvgpu_cubes_light light;
    struct pvgpu_cube_instance glass[PVGPU_CUBES_GLASS];
    pvgpu_scene_cubes_camera(frame, direct->width, direct->height, &camera);
    pvgpu_scene_cubes_light(frame, &light);
    pvgpu_scene_cubes_glass(frame, glass);
    return direct_write(direct, cubes->camera, &camera, sizeof camera) &&
           direct_write(direct, cubes->light, &light, sizeof light) &&
           direct_write(direct, cubes->glass, glass, sizeof glass);
}

static void draw_instances(ID3D11DeviceContext *context, struct cubes *cubes, ID3D11Buffer *instances, UINT count)
{
    ID3D11Buffer *buffers[2] = {cubes->vertices, instances};
    const UINT strides[2] = {sizeof(struct pvgpu_cube_vertex), sizeof(struct pvgpu_cube_instance)};
    const UINT offsets[2] = {0, 0};
    ID3D11DeviceContext_IASetVertexBuffers(context, 0, 2, buffers, strides, offsets);
    ID3D11DeviceContext_DrawIndexedInstanced(context, PVGPU_CUBES_INDICES, count, 0, 0, 0);
}

static bool cubes_draw(struct direct_device *direct, void *state, uint32_t frame)
{
    struct cubes *cubes = state;
    ID3D11DeviceContext *context = direct->context;
    if (!write_frame(direct, cubes, frame)) {
        return false;
    }
    const D3D11_VIEWPORT viewport = {0.0f, 0.0f, (float)direct->width, (float)direct->height, 0.0f, 1.0f};
    const float factor[4] = {1.0f, 1.0f, 1.0f, 1.0f}, black[4] = {0.0f, 0.0f, 0.0f, 1.0f};
    ID3D11Buffer *constants[2] = {cubes->camera, cubes->light};

    ID3D11DeviceContext_OMSetRenderTargets(context, 1, &direct->target_view, direct->depth_view);
    ID3D11DeviceContext_RSSetViewports(context, 1, &viewport);
    ID3D11DeviceContext_RSSetState(context, cubes->rasterizer);
    ID3D11DeviceContext_IASetPrimitiveTopology(context, D3D11_PRIMITIVE_TOPOLOGY_TRIANGLELIST);
    ID3D11DeviceContext_VSSetConstantBuffers(context, 0, 2, constants);
    ID3D11DeviceContext_PSSetConstantBuffers(context, 0, 2, constants);
    ID3D11DeviceContext_PSSetShaderResources(context, 0, 1, &cubes->texture_view);
    ID3D11DeviceContext_PSSetSamplers(context, 0, 1, &cubes->sampler);
    ID3D11DeviceContext_ClearRenderTargetView(context, direct->target_view, black);
    ID3D11DeviceContext_ClearDepthStencilView(context, direct->depth_view, D3D11_CLEAR_DEPTH, 1.0f, 0);

    ID3D11DeviceContext_OMSetBlendState(context, NULL, factor, 0xFFFFFFFF);
    ID3D11DeviceContext_OMSetDepthStencilState(context, cubes->depth_off, 0);
    ID3D11DeviceContext_IASetInputLayout(context, NULL);
    ID3D11DeviceContext_VSSetShader(context, cubes->background_vs, NULL, 0);
    ID3D11DeviceContext_PSSetShader(context, cubes->background_ps, NULL, 0);
    ID3D11DeviceContext_Draw(context, 3, 0);

    ID3D11DeviceContext_OMSetDepthStencilState(context, cubes->depth_write, 0);
    ID3D11DeviceContext_IASetInputLayout(context, cubes->layout);
    ID3D11DeviceContext_IASetIndexBuffer(context, cubes->indices, DXGI_FORMAT_R16_UINT, 0);
    ID3D11DeviceContext_VSSetShader(context, cubes->cube_vs, NULL, 0);
    ID3D11DeviceContext_PSSetShader(context, cubes->cube_ps, NULL, 0);
    draw_instances(context, cubes, cubes->opaque, PVGPU_CUBES_OPAQUE);

    ID3D11DeviceContext_OMSetBlendState(context, cubes->blend, factor, 0xFFFFFFFF);
    ID3D11DeviceContext_OMSetDepthStencilState(context, cubes->depth_read, 0);
    draw_instances(context, cubes, cubes->glass, PVGPU_CUBES_GLASS);
    return true;
}

const struct direct_scene direct_scene_cubes = {"cubes", cubes_init, cubes_draw, cubes_finish};
