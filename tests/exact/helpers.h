/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What most cases do alike: targets, vertices, pipelines. All of it is made of the calls in exact.h.
 */
#ifndef PVGPU_TESTS_EXACT_HELPERS_H
#define PVGPU_TESTS_EXACT_HELPERS_H

#include "exact.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Numbers of DXGI and Direct3D 11 that cases use by name. */
enum {
    RGBA32F = 2,
    RGBA32U = 3,
    RGBA32I = 4,
    RGB32F = 6,
    RGBA16F = 10,
    RG32F = 16,
    RGBA8_TYPELESS = 27,
    RGBA8 = 28,
    RGBA8_SRGB = 29,
    RGBA8U = 30,
    R32_TYPELESS = 39,
    D32F = 40,
    R32F = 41,
    R32U = 42,
    R24G8_TYPELESS = 44,
    D24S8 = 45,
    R24X8 = 46,
    X24G8 = 47,
    R16U = 57,
    BGRA8 = 87,
    POINT_LIST = 1,
    LINE_LIST = 2,
    LINE_STRIP = 3,
    TRIANGLE_LIST = 4,
    TRIANGLE_STRIP = 5,
    FILL_WIREFRAME = 2,
    FILL_SOLID = 3,
    CULL_NONE = 1,
    CULL_FRONT = 2,
    CULL_BACK = 3,
    FILTER_POINT = 0,
    FILTER_LINEAR = 0x15,
    WRAP = 1,
    CLAMP = 3,
    VERTEX = PVGPU_BIND_VERTEX_BUFFER,
    INDEX = PVGPU_BIND_INDEX_BUFFER,
    CONSTANT = PVGPU_BIND_CONSTANT_BUFFER,
    SHADER = PVGPU_BIND_SHADER_RESOURCE,
    TARGET = PVGPU_BIND_RENDER_TARGET,
    DEPTH = PVGPU_BIND_DEPTH_STENCIL,
    UNORDERED = PVGPU_BIND_UNORDERED_ACCESS,
    MISC_CUBE = 4,
    MISC_INDIRECT = 0x10,
    MISC_RAW = 0x20,
};

struct vertex {
    float position[4];
    float color[4];
};

/* A texture and its default render target view. */
struct target {
    uint32_t texture, view;
    uint32_t width, height;
};

/* Descriptions with a new id in the header. */
struct pvgpu_cmd_create_resource texture_2d(struct exact_run *run, uint32_t format, uint32_t width, uint32_t height,
                                            uint32_t bind);
uint32_t new_buffer(struct exact_run *run, uint32_t bind, const void *data, uint32_t bytes);
/* A 2D texture with content. */
uint32_t picture(struct exact_run *run, uint32_t format, uint32_t width, uint32_t height, const void *data);
/* 8 x 8 RGBA8 with smooth colours, and its view. */
uint32_t colors_8x8(struct exact_run *run);
/* Smooth content for any uncompressed or compressed format, all subresources; free it. Floats stay finite. */
uint8_t *smooth_content(const struct pvgpu_cmd_create_resource *desc);

uint32_t target_view(struct exact_run *run, uint32_t resource); /* default view */
uint32_t shader_view(struct exact_run *run, uint32_t resource);
uint32_t depth_view(struct exact_run *run, uint32_t resource);
uint32_t view_of(struct exact_run *run, uint32_t resource, uint32_t format); /* shader resource, 0 dimension */

/* A texture filled with the pattern, render target and shader resource, and its view. */
struct target new_target(struct exact_run *run, uint32_t format, uint32_t width, uint32_t height);
/* The same, bound with a viewport over all of it and cleared to a dark green. */
struct target draw_target(struct exact_run *run, uint32_t format, uint32_t width, uint32_t height);
void bind_target(struct exact_run *run, const struct target *target, uint32_t depth_view);
void full_viewport(struct exact_run *run, float width, float height);

uint32_t new_shader(struct exact_run *run, const char *name); /* new id */
void use_shader(struct exact_run *run, const char *name); /* new id, bound */
void use_sampler(struct exact_run *run, uint32_t filter, uint32_t address); /* pixel stage, slot 0 */
struct pvgpu_cmd_create_sampler sampler_desc(struct exact_run *run, uint32_t filter, uint32_t address);
void use_texture(struct exact_run *run, uint32_t view); /* pixel stage, slot 0 */
/* A constant buffer with content, at a slot of a stage. */
uint32_t use_constants(struct exact_run *run, enum pvgpu_stage stage, uint32_t slot, const void *data, uint32_t bytes);
/* Constants of the textured pixel shaders: scale and shift of uv. */
void use_uv(struct exact_run *run, float sx, float sy, float sz, float sw, float x, float y, float z, float w);

/* Vertices with positions and colours in slot 0, with their layout. */
uint32_t use_vertices(struct exact_run *run, const struct vertex *vertices, uint32_t count);
/* color_vs, color_ps, triangles. */
void use_colors(struct exact_run *run);
/* full_vs and this pixel shader; then full_draw. */
void use_full(struct exact_run *run, const char *pixel_shader);
void full_draw(struct exact_run *run);

struct pvgpu_cmd_create_blend_state blend_desc(struct exact_run *run); /* disabled, all written, not independent */
struct pvgpu_cmd_create_rasterizer_state rasterizer_desc(struct exact_run *run); /* Direct3D 11's defaults */
struct pvgpu_cmd_create_depth_stencil_state depth_desc(struct exact_run *run); /* Direct3D 11's defaults */

/* Two clockwise triangles that overlap, red to green and blue to white, at depths 0.25 to 0.75. */
extern const struct vertex two_triangles[6];
/* A clockwise square from -0.75 to 0.75, as a triangle list, depth 0.5. */
extern const struct vertex square[6];

#endif
