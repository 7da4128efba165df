/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <stdlib.h>

#include "../../guest/scenes/scenes.h"
#include "../../shaders/generated/triangle_ps.h"
#include "../../shaders/generated/triangle_vs.h"
#include "direct.h"

static bool clear_init(struct direct_device *direct, void **state)
{
    (void)direct;
    *state = NULL;
    return true;
}

static bool clear_draw(struct direct_device *direct, void *state, uint32_t frame)
{
    (void)state;
    float color[4];
    pvgpu_scene_clear_color(frame, color);
    ID3D11DeviceContext_ClearRenderTargetView(direct->context, direct->target_view, color);
    return true;
}

static void clear_finish(void *state)
{
    (void)state;
}

const struct direct_scene direct_scene_clear = {"clear", clear_init, clear_draw, clear_finish};

struct triangle {
    ID3D11VertexShader *vertex_shader;
    ID3D11PixelShader *pixel_shader;
    ID3D11InputLayout *layout;
    ID3D11Buffer *vertices;
    ID3D11Buffer *constants;
    ID3D11RasterizerState *rasterizer;
};

static void triangle_finish(void *state)
{
    struct triangle *triangle = state;
    if (!triangle) {
        return;
    }
    DIRECT_RELEASE(triangle->rasterizer);
    DIRECT_RELEASE(triangle->constants);
    DIRECT_RELEASE(triangle->vertices);
    DIRECT_RELEASE(triangle->layout);
    DIRECT_RELEASE(triangle->pixel_shader);
    DIRECT_RELEASE(triangle->vertex_shader);
    free(triangle);
}

static bool triangle_init(struct direct_device *direct, void **state)
{
    struct triangle *triangle = calloc(1, sizeof *triangle);
    *state = triangle;
    if (!triangle) {
        return false;
    }
    const D3D11_INPUT_ELEMENT_DESC elements[] = {
        {"POSITION", 0, DXGI_FORMAT_R32G32_FLOAT, 0, 0, D3D11_INPUT_PER_VERTEX_DATA, 0},
        {"COLOR", 0, DXGI_FORMAT_R32G32B32A32_FLOAT, 0, 8, D3D11_INPUT_PER_VERTEX_DATA, 0},
    };
    const D3D11_RASTERIZER_DESC rasterizer = {
        .FillMode = D3D11_FILL_SOLID,
        .CullMode = D3D11_CULL_NONE,
        .DepthClipEnable = TRUE,
    };
    struct pvgpu_triangle_vertex vertices[3];
    pvgpu_scene_triangle_vertices(vertices);
    ID3D11Device *device = direct->device;
    triangle->vertices = direct_buffer(direct, D3D11_BIND_VERTEX_BUFFER, vertices, sizeof vertices, false);
    triangle->constants =
        direct_buffer(direct, D3D11_BIND_CONSTANT_BUFFER, NULL, sizeof(struct pvgpu_triangle_constants), true);
    return triangle->vertices && triangle->constants &&
           DIRECT_CALL(ID3D11Device_CreateVertexShader(
               device, pvgpu_shader_triangle_vs, sizeof pvgpu_shader_triangle_vs, NULL, &triangle->vertex_shader)) &&
           DIRECT_CALL(ID3D11Device_CreatePixelShader(device, pvgpu_shader_triangle_ps, sizeof pvgpu_shader_triangle_ps,
                                                      NULL, &triangle->pixel_shader)) &&
           DIRECT_CALL(ID3D11Device_CreateInputLayout(device, elements, 2, pvgpu_shader_triangle_vs,
                                                      sizeof pvgpu_shader_triangle_vs, &triangle->layout)) &&
           DIRECT_CALL(ID3D11Device_CreateRasterizerState(device, &rasterizer, &triangle->rasterizer));
}

static bool triangle_draw(struct direct_device *direct, void *state, uint32_t frame)
{
    struct triangle *triangle = state;
    ID3D11DeviceContext *context = direct->context;
    struct pvgpu_triangle_constants constants;
    pvgpu_scene_triangle_constants(frame, direct->width, direct->height, &constants);
    if (!direct_write(direct, triangle->constants, &constants, sizeof constants)) {
        return false;
    }
    float background[4];
    pvgpu_scene_triangle_background(background);
    const D3D11_VIEWPORT viewport = {0.0f, 0.0f, (float)direct->width, (float)direct->height, 0.0f, 1.0f};
    const UINT stride = sizeof(struct pvgpu_triangle_vertex), offset = 0;

    ID3D11DeviceContext_OMSetRenderTargets(context, 1, &direct->target_view, NULL);
    ID3D11DeviceContext_RSSetViewports(context, 1, &viewport);
    ID3D11DeviceContext_RSSetState(context, triangle->rasterizer);
    ID3D11DeviceContext_IASetInputLayout(context, triangle->layout);
    ID3D11DeviceContext_IASetVertexBuffers(context, 0, 1, &triangle->vertices, &stride, &offset);
    ID3D11DeviceContext_IASetPrimitiveTopology(context, D3D11_PRIMITIVE_TOPOLOGY_TRIANGLELIST);
    ID3D11DeviceContext_VSSetShader(context, triangle->vertex_shader, NULL, 0);
    ID3D11DeviceContext_VSSetConstantBuffers(context, 0, 1, &triangle->constants);
    ID3D11DeviceContext_PSSetShader(context, triangle->pixel_shader, NULL, 0);
    ID3D11DeviceContext_ClearRenderTargetView(context, direct->target_view, background);
    ID3D11DeviceContext_Draw(context, 3, 0);
    return true;
}

const struct direct_scene direct_scene_triangle = {"triangle", triangle_init, triangle_draw, triangle_finish};
