/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The pass that draws a picture into a window's back buffer: what it needs, made once a surface. Render thread. */
#ifndef PVGPU_GPU_D3D11_SURFACE_H
#define PVGPU_GPU_D3D11_SURFACE_H

#include "gpu/d3d11/device.h"

struct pvgpu_d3d11_fit_pass {
    ID3D11VertexShader *vertex_shader; /* each holds a reference */
    ID3D11PixelShader *pixel_shader;
    ID3D11SamplerState *sampler;
    ID3D11Buffer *constants;
};

/* False: logged, and finish is still to be called. */
bool pvgpu_d3d11_fit_pass_init(struct pvgpu_d3d11_fit_pass *pass, struct pvgpu_d3d11 *d3d);
void pvgpu_d3d11_fit_pass_finish(struct pvgpu_d3d11_fit_pass *pass);

/*
 * Black, and the picture (may be NULL) on it. Changes what is bound for drawing, apart from inputs of stages that it
 * does not use; leaves neither target nor picture bound.
 */
void pvgpu_d3d11_fit_pass_draw(const struct pvgpu_d3d11_fit_pass *pass, struct pvgpu_d3d11 *d3d,
                               ID3D11RenderTargetView *target, const struct pvgpu_surface_picture *picture);

#endif
