/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The D3D11 renderer's own types, shared by the files of this folder. Everything runs on the render thread.
 * An object's `host` pointer is one COM reference: a resource's ID3D11Resource, a view's ID3D11View, and so on.
 */
#ifndef PVGPU_GPU_D3D11_DEVICE_H
#define PVGPU_GPU_D3D11_DEVICE_H

#include "gpu/d3d11/completion.h"
#include "gpu/d3d11/loader.h"
#include "gpu/d3d11/platform.h"
#include "gpu/gpu.h"

/* The calls that exist once a shader stage, with the same parameters in each. Taken from the context's vtable. */
struct pvgpu_d3d11_stage_calls {
    void(STDMETHODCALLTYPE *set_resources)(ID3D11DeviceContext1 *context, UINT first, UINT count,
                                           ID3D11ShaderResourceView *const *views);
    void(STDMETHODCALLTYPE *set_samplers)(ID3D11DeviceContext1 *context, UINT first, UINT count,
                                          ID3D11SamplerState *const *samplers);
    void(STDMETHODCALLTYPE *set_constants)(ID3D11DeviceContext1 *context, UINT first, UINT count,
                                           ID3D11Buffer *const *buffers);
    void(STDMETHODCALLTYPE *set_constant_ranges)(ID3D11DeviceContext1 *context, UINT first, UINT count,
                                                 ID3D11Buffer *const *buffers, const UINT *first_constants,
                                                 const UINT *constant_counts);
};

/* Staging copies that are not in use, newest first, kept for the next read-back of the same shape. */
struct pvgpu_d3d11_staging_pool {
    struct pvgpu_gpu_readback *idle;
    uint32_t idle_count;
    uint64_t idle_bytes;
};

struct pvgpu_d3d11 {
    struct pvgpu_gpu base;
    ID3D11Device *device; /* holds a reference, like all COM pointers here */
    ID3D11DeviceContext1 *context; /* the immediate context */
    struct pvgpu_completion *completion;
    struct pvgpu_d3d11_stage_calls stages[PVGPU_STAGE_COUNT];
    struct pvgpu_d3d11_staging_pool staging;
    struct pvgpu_log_limit refusals; /* a guest can cause them */
    uint32_t lost; /* HRESULT that told of the device's loss first; 0 while it is there */
    bool has_debug_layer;
    bool renames_default_buffers; /* host: whole updates of default buffers with CPU access need no GPU copy */
};

static inline struct pvgpu_d3d11 *pvgpu_d3d11_from(struct pvgpu_gpu *gpu)
{
    return (struct pvgpu_d3d11 *)gpu;
}

/*
 * What an HRESULT means to callers. A failure is logged with the text of the call (rate-limited); a loss of the device
 * ends in pvgpu_d3d11_lost.
 */
enum pvgpu_gpu_result pvgpu_d3d11_result(struct pvgpu_d3d11 *d3d, HRESULT result, const char *call);
#define PVGPU_D3D11_TRY(d3d, call) pvgpu_d3d11_result(d3d, (call), #call)

/*
 * The same for what no guest asked for in so many words: read-backs, fences, queries. A refusal is then a fault of the
 * host: PVGPU_GPU_FAULT, and the HRESULT waits in base.fault.
 */
enum pvgpu_gpu_result pvgpu_d3d11_internal_result(struct pvgpu_d3d11 *d3d, HRESULT result, const char *call);
#define PVGPU_D3D11_TRY_INTERNAL(d3d, call) pvgpu_d3d11_internal_result(d3d, (call), #call)

/* The one place where a lost device is noted: remembers the first reason and logs it once. */
void pvgpu_d3d11_lost(struct pvgpu_d3d11 *d3d, HRESULT reason, const char *call);

/* resource.c */
enum pvgpu_gpu_result pvgpu_d3d11_create_resource(struct pvgpu_gpu *gpu, struct pvgpu_resource *resource,
                                                  const struct pvgpu_subresource_data *initial);
void pvgpu_d3d11_copy_resource(struct pvgpu_gpu *gpu, struct pvgpu_resource *destination,
                               struct pvgpu_resource *source);
void pvgpu_d3d11_copy_region(struct pvgpu_gpu *gpu, struct pvgpu_resource *destination,
                             uint32_t destination_subresource, uint32_t x, uint32_t y, uint32_t z,
                             struct pvgpu_resource *source, uint32_t source_subresource, const struct pvgpu_box *box);
void pvgpu_d3d11_update(struct pvgpu_gpu *gpu, struct pvgpu_resource *resource, uint32_t subresource,
                        const struct pvgpu_box *box, const void *data, uint32_t row_pitch, uint32_t slice_pitch);

/* view.c */
enum pvgpu_gpu_result pvgpu_d3d11_create_view(struct pvgpu_gpu *gpu, struct pvgpu_view *view);

/* object.c */
enum pvgpu_gpu_result pvgpu_d3d11_create_shader(struct pvgpu_gpu *gpu, struct pvgpu_shader *shader);
enum pvgpu_gpu_result pvgpu_d3d11_create_blend_state(struct pvgpu_gpu *gpu, struct pvgpu_state_object *state,
                                                     const struct pvgpu_cmd_create_blend_state *desc);
enum pvgpu_gpu_result pvgpu_d3d11_create_rasterizer_state(struct pvgpu_gpu *gpu, struct pvgpu_state_object *state,
                                                          const struct pvgpu_cmd_create_rasterizer_state *desc);
enum pvgpu_gpu_result pvgpu_d3d11_create_depth_stencil_state(struct pvgpu_gpu *gpu, struct pvgpu_state_object *state,
                                                             const struct pvgpu_cmd_create_depth_stencil_state *desc);
enum pvgpu_gpu_result pvgpu_d3d11_create_sampler(struct pvgpu_gpu *gpu, struct pvgpu_state_object *state,
                                                 const struct pvgpu_cmd_create_sampler *desc);
enum pvgpu_gpu_result pvgpu_d3d11_create_input_layout(struct pvgpu_gpu *gpu, const struct pvgpu_input_layout *layout,
                                                      const struct pvgpu_shader *vertex_shader, void **host);
void pvgpu_d3d11_release(struct pvgpu_gpu *gpu, void *host);

/* draw.c */
void pvgpu_d3d11_take_stage_calls(struct pvgpu_d3d11 *d3d);
void pvgpu_d3d11_apply_state(struct pvgpu_gpu *gpu, struct pvgpu_state *state);
void pvgpu_d3d11_unbind_all(struct pvgpu_gpu *gpu);
void pvgpu_d3d11_draw(struct pvgpu_gpu *gpu, const struct pvgpu_draw *draw);
void pvgpu_d3d11_dispatch(struct pvgpu_gpu *gpu, uint32_t x, uint32_t y, uint32_t z);
void pvgpu_d3d11_dispatch_indirect(struct pvgpu_gpu *gpu, struct pvgpu_resource *arguments, uint32_t offset);
void pvgpu_d3d11_clear_render_target(struct pvgpu_gpu *gpu, struct pvgpu_view *view, const float color[4]);
void pvgpu_d3d11_clear_depth_stencil(struct pvgpu_gpu *gpu, struct pvgpu_view *view, uint32_t flags, float depth,
                                     uint8_t stencil);

/* readback.c */
struct pvgpu_gpu_readback *pvgpu_d3d11_readback_begin(struct pvgpu_gpu *gpu, struct pvgpu_resource *resource,
                                                      uint32_t subresource);
bool pvgpu_d3d11_readback_map(struct pvgpu_gpu *gpu, struct pvgpu_gpu_readback *readback, struct pvgpu_mapped *mapped);
void pvgpu_d3d11_readback_end(struct pvgpu_gpu *gpu, struct pvgpu_gpu_readback *readback);
void pvgpu_d3d11_staging_finish(struct pvgpu_d3d11 *d3d); /* releases the idle ones; none may be in use */

/* surface.c */
struct pvgpu_gpu_surface *pvgpu_d3d11_surface_create(struct pvgpu_gpu *gpu, void *window,
                                                     const struct pvgpu_surface_size *size);
enum pvgpu_gpu_result pvgpu_d3d11_surface_resize(struct pvgpu_gpu *gpu, struct pvgpu_gpu_surface *surface,
                                                 const struct pvgpu_surface_size *size);
enum pvgpu_gpu_result pvgpu_d3d11_surface_show(struct pvgpu_gpu *gpu, struct pvgpu_gpu_surface *surface,
                                               const struct pvgpu_surface_picture *picture, uint32_t sync_interval,
                                               bool tears);
void pvgpu_d3d11_surface_destroy(struct pvgpu_gpu *gpu, struct pvgpu_gpu_surface *surface);

#endif
