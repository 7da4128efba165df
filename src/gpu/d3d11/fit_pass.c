/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "gpu/d3d11/surface.h"

#include "shaders/present/generated/fit_ps.h"
#include "shaders/present/generated/fit_vs.h"

/* b0 of shaders/present/fit_ps.hlsl. */
struct constants {
    float origin[2];
    float to_texture[2];
    uint32_t scale;
    uint32_t linear_light;
    uint32_t padding[2];
};

_Static_assert(sizeof(struct constants) == 32, "a constant buffer is a multiple of 16 bytes");

bool pvgpu_d3d11_fit_pass_init(struct pvgpu_d3d11_fit_pass *pass, struct pvgpu_d3d11 *d3d)
{
    const D3D11_SAMPLER_DESC sampler = {
        .Filter = D3D11_FILTER_MIN_MAG_MIP_LINEAR,
        .AddressU = D3D11_TEXTURE_ADDRESS_CLAMP,
        .AddressV = D3D11_TEXTURE_ADDRESS_CLAMP,
        .AddressW = D3D11_TEXTURE_ADDRESS_CLAMP,
        .MaxAnisotropy = 1,
        .ComparisonFunc = D3D11_COMPARISON_NEVER,
    };
    const D3D11_BUFFER_DESC buffer = {
        .ByteWidth = sizeof(struct constants),
        .Usage = D3D11_USAGE_DEFAULT,
        .BindFlags = D3D11_BIND_CONSTANT_BUFFER,
    };
    *pass = (struct pvgpu_d3d11_fit_pass){0};
    return PVGPU_D3D11_TRY(d3d, ID3D11Device_CreateVertexShader(d3d->device, pvgpu_shader_present_fit_vs,
                                                                sizeof(pvgpu_shader_present_fit_vs), NULL,
                                                                &pass->vertex_shader)) == PVGPU_GPU_OK &&
           PVGPU_D3D11_TRY(d3d, ID3D11Device_CreatePixelShader(d3d->device, pvgpu_shader_present_fit_ps,
                                                               sizeof(pvgpu_shader_present_fit_ps), NULL,
                                                               &pass->pixel_shader)) == PVGPU_GPU_OK &&
           PVGPU_D3D11_TRY(d3d, ID3D11Device_CreateSamplerState(d3d->device, &sampler, &pass->sampler)) ==
               PVGPU_GPU_OK &&
           PVGPU_D3D11_TRY(d3d, ID3D11Device_CreateBuffer(d3d->device, &buffer, NULL, &pass->constants)) ==
               PVGPU_GPU_OK;
}

void pvgpu_d3d11_fit_pass_finish(struct pvgpu_d3d11_fit_pass *pass)
{
    PVGPU_RELEASE(pass->constants);
    PVGPU_RELEASE(pass->sampler);
    PVGPU_RELEASE(pass->pixel_shader);
    PVGPU_RELEASE(pass->vertex_shader);
}

static void draw_picture(const struct pvgpu_d3d11_fit_pass *pass, ID3D11DeviceContext1 *context,
                         const struct pvgpu_surface_picture *picture)
{
    const D3D11_VIEWPORT viewport = {
        .TopLeftX = (float)picture->x,
        .TopLeftY = (float)picture->y,
        .Width = (float)picture->width,
        .Height = (float)picture->height,
        .MaxDepth = 1.0f,
    };
    const struct constants constants = {
        .origin = {(float)picture->x, (float)picture->y},
        .to_texture = {1.0f / (float)picture->width, 1.0f / (float)picture->height},
        .scale = picture->scale,
        .linear_light = picture->linear_light,
    };
    ID3D11ShaderResourceView *view = picture->view->base.host;
    ID3D11DeviceContext1_UpdateSubresource(context, (ID3D11Resource *)pass->constants, 0, NULL, &constants, 0, 0);
    ID3D11DeviceContext1_RSSetViewports(context, 1, &viewport);
    ID3D11DeviceContext1_RSSetState(context, NULL);
    ID3D11DeviceContext1_OMSetBlendState(context, NULL, NULL, UINT32_MAX);
    ID3D11DeviceContext1_OMSetDepthStencilState(context, NULL, 0);
    ID3D11DeviceContext1_IASetInputLayout(context, NULL);
    ID3D11DeviceContext1_IASetPrimitiveTopology(context, D3D11_PRIMITIVE_TOPOLOGY_TRIANGLELIST);
    ID3D11DeviceContext1_VSSetShader(context, pass->vertex_shader, NULL, 0);
    ID3D11DeviceContext1_HSSetShader(context, NULL, NULL, 0);
    ID3D11DeviceContext1_DSSetShader(context, NULL, NULL, 0);
    ID3D11DeviceContext1_GSSetShader(context, NULL, NULL, 0);
    ID3D11DeviceContext1_PSSetShader(context, pass->pixel_shader, NULL, 0);
    ID3D11DeviceContext1_PSSetConstantBuffers(context, 0, 1, (ID3D11Buffer *const *)&pass->constants);
    ID3D11DeviceContext1_PSSetSamplers(context, 0, 1, (ID3D11SamplerState *const *)&pass->sampler);
    ID3D11DeviceContext1_PSSetShaderResources(context, 0, 1, &view);
    ID3D11DeviceContext1_Draw(context, 3, 0);
    view = NULL;
    ID3D11DeviceContext1_PSSetShaderResources(context, 0, 1, &view);
}

void pvgpu_d3d11_fit_pass_draw(const struct pvgpu_d3d11_fit_pass *pass, struct pvgpu_d3d11 *d3d,
                               ID3D11RenderTargetView *target, const struct pvgpu_surface_picture *picture)
{
    static const float black[4] = {0.0f, 0.0f, 0.0f, 1.0f};
    ID3D11DeviceContext1_OMSetRenderTargets(d3d->context, 1, &target, NULL);
    ID3D11DeviceContext1_ClearRenderTargetView(d3d->context, target, black);
    if (picture)
        draw_picture(pass, d3d->context, picture);
    ID3D11DeviceContext1_OMSetRenderTargets(d3d->context, 0, NULL, NULL);
}
