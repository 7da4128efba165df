/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What the renderer tests are written with: objects that are released after each test, waiting for submissions, reading
 * back, and a scene of coloured rectangles. For one file; everything is static.
 */
#ifndef TESTS_TEST_GPU_SUPPORT_H
#define TESTS_TEST_GPU_SUPPORT_H

#include "base/time.h"
#include "gpu/d3d11/device.h"
#include "gpu/gpu.h"

#include "shaders/generated/triangle_ps.h"
#include "shaders/generated/triangle_vs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#define FORMAT_RGBA8 28u
#define FORMAT_RGBA32F 2u
#define FORMAT_RG32F 16u
#define FORMAT_D32F 40u
#define FORMAT_D24S8 45u
#define FORMAT_BC1 71u
#define TOPOLOGY_TRIANGLES 4u
#define SIDE 16u /* texels of the square targets */
#define MAX_OBJECTS 128u

struct fixture {
    struct pvgpu_gpu *gpu;
    struct pvgpu_event wake;
    uint64_t submitted;
    bool is_null;
    struct pvgpu_state state;
    struct pvgpu_object *objects[MAX_OBJECTS]; /* everything made and not released */
    uint32_t object_count;
    ULONG device_references; /* of the D3D11 device, before the first object */
};

static const struct pvgpu_log test_log = {.level = PVGPU_LOG_WARN, .target = "test"};

/* ---- Making objects ---- */

static void *track(struct fixture *f, struct pvgpu_object *object)
{
    assert_true(f->object_count < MAX_OBJECTS);
    assert_true(f->is_null == (object->host == NULL));
    f->objects[f->object_count++] = object;
    return object;
}

static struct pvgpu_resource *make_resource(struct fixture *f, struct pvgpu_resource desc,
                                            const struct pvgpu_subresource_data *initial)
{
    struct pvgpu_resource *resource = calloc(1, sizeof(*resource));
    *resource = desc;
    resource->base.type = PVGPU_OBJECT_RESOURCE;
    resource->height = desc.height ? desc.height : 1;
    resource->depth = desc.depth ? desc.depth : 1;
    resource->array_length = desc.array_length ? desc.array_length : 1;
    resource->mip_count = desc.mip_count ? desc.mip_count : 1;
    resource->sample_count = desc.sample_count ? desc.sample_count : 1;
    assert_int_equal(f->gpu->ops->create_resource(f->gpu, resource, initial), PVGPU_GPU_OK);
    return track(f, &resource->base);
}

static struct pvgpu_resource *make_buffer(struct fixture *f, uint32_t bind, const void *data, uint32_t size)
{
    struct pvgpu_subresource_data initial = {.data = data};
    return make_resource(f, (struct pvgpu_resource){.kind = PVGPU_KIND_BUFFER, .width = size, .bind = bind},
                         data ? &initial : NULL);
}

static struct pvgpu_resource *make_target(struct fixture *f)
{
    return make_resource(f,
                         (struct pvgpu_resource){.kind = PVGPU_KIND_TEXTURE_2D,
                                                 .format = FORMAT_RGBA8,
                                                 .width = SIDE,
                                                 .height = SIDE,
                                                 .bind = PVGPU_BIND_RENDER_TARGET | PVGPU_BIND_SHADER_RESOURCE},
                         NULL);
}

static struct pvgpu_view *make_view(struct fixture *f, struct pvgpu_resource *resource, struct pvgpu_view desc)
{
    struct pvgpu_view *view = calloc(1, sizeof(*view));
    *view = desc;
    view->resource = resource;
    view->format = desc.format ? desc.format : resource->format;
    view->mip_count = desc.mip_count ? desc.mip_count : 1;
    view->slice_count = desc.slice_count ? desc.slice_count : 1;
    assert_int_equal(f->gpu->ops->create_view(f->gpu, view), PVGPU_GPU_OK);
    return track(f, &view->base);
}

static struct pvgpu_view *make_2d_view(struct fixture *f, struct pvgpu_resource *resource, enum pvgpu_object_type type)
{
    uint32_t dimension = type == PVGPU_OBJECT_DEPTH_STENCIL_VIEW ? (uint32_t)D3D11_DSV_DIMENSION_TEXTURE2D
                                                                 : (uint32_t)D3D11_RTV_DIMENSION_TEXTURE2D;
    return make_view(f, resource, (struct pvgpu_view){.base.type = type, .dimension = dimension});
}

static struct pvgpu_shader *make_shader(struct fixture *f, uint32_t stage, const uint8_t *code, uint32_t size)
{
    struct pvgpu_shader *shader = calloc(1, sizeof(*shader));
    shader->base.type = PVGPU_OBJECT_SHADER;
    shader->stage = stage;
    shader->bytecode = (uint8_t *)code;
    shader->bytecode_bytes = size;
    assert_int_equal(f->gpu->ops->create_shader(f->gpu, shader), PVGPU_GPU_OK);
    return track(f, &shader->base);
}

#define MAKE_SHADER(f, stage, code) make_shader(f, stage, code, sizeof(code))

static struct pvgpu_state_object *new_state(enum pvgpu_object_type type)
{
    struct pvgpu_state_object *state = calloc(1, sizeof(*state));
    state->base.type = type;
    return state;
}

static struct pvgpu_state_object *make_sampler(struct fixture *f)
{
    struct pvgpu_state_object *sampler = new_state(PVGPU_OBJECT_SAMPLER);
    struct pvgpu_cmd_create_sampler desc = {
        .filter = 0, .address_u = 1, .address_v = 1, .address_w = 1, .max_anisotropy = 1, .compare = 8, .max_lod = 8};
    assert_int_equal(f->gpu->ops->create_sampler(f->gpu, sampler, &desc), PVGPU_GPU_OK);
    return track(f, &sampler->base);
}

static struct pvgpu_state_object *make_blend(struct fixture *f, uint32_t source, uint32_t destination, uint32_t mask)
{
    struct pvgpu_state_object *blend = new_state(PVGPU_OBJECT_BLEND_STATE);
    struct pvgpu_cmd_create_blend_state desc = {0};
    desc.targets[0] = (struct pvgpu_blend_target){.enable = 1,
                                                  .source = source,
                                                  .destination = destination,
                                                  .operation = 1,
                                                  .source_alpha = 2,
                                                  .destination_alpha = 1,
                                                  .operation_alpha = 1,
                                                  .write_mask = mask};
    assert_int_equal(f->gpu->ops->create_blend_state(f->gpu, blend, &desc), PVGPU_GPU_OK);
    return track(f, &blend->base);
}

static struct pvgpu_state_object *make_rasterizer(struct fixture *f, uint32_t cull, uint32_t scissor)
{
    struct pvgpu_state_object *rasterizer = new_state(PVGPU_OBJECT_RASTERIZER_STATE);
    struct pvgpu_cmd_create_rasterizer_state desc = {.fill = 3, .cull = cull, .depth_clip = 1, .scissor = scissor};
    assert_int_equal(f->gpu->ops->create_rasterizer_state(f->gpu, rasterizer, &desc), PVGPU_GPU_OK);
    return track(f, &rasterizer->base);
}

static struct pvgpu_state_object *make_depth_state(struct fixture *f, uint32_t compare)
{
    struct pvgpu_state_object *depth = new_state(PVGPU_OBJECT_DEPTH_STENCIL_STATE);
    struct pvgpu_stencil_face keep = {.fail = 1, .depth_fail = 1, .pass = 1, .compare = 8};
    struct pvgpu_cmd_create_depth_stencil_state desc = {
        .depth_enable = 1, .depth_write = 1, .depth_compare = compare, .front = keep, .back = keep};
    assert_int_equal(f->gpu->ops->create_depth_stencil_state(f->gpu, depth, &desc), PVGPU_GPU_OK);
    return track(f, &depth->base);
}

/* An input layout's host part belongs to a pair; an object stands in for it here. */
static struct pvgpu_object *make_layout(struct fixture *f, const struct pvgpu_shader *vertex_shader)
{
    struct pvgpu_layout_element elements[2] = {
        {.name = "POSITION", .format = FORMAT_RG32F},
        {.name = "COLOR", .format = FORMAT_RGBA32F, .byte_offset = PVGPU_APPEND_ALIGNED},
    };
    struct pvgpu_input_layout layout = {.count = 2, .elements = elements};
    struct pvgpu_object *object = calloc(1, sizeof(*object));
    object->type = PVGPU_OBJECT_INPUT_LAYOUT;
    assert_int_equal(f->gpu->ops->create_input_layout(f->gpu, &layout, vertex_shader, &object->host), PVGPU_GPU_OK);
    return track(f, object);
}

static void release_all(struct fixture *f)
{
    f->gpu->ops->unbind_all(f->gpu);
    pvgpu_state_init(&f->state);
    while (f->object_count) {
        struct pvgpu_object *object = f->objects[--f->object_count];
        f->gpu->ops->release(f->gpu, object->host);
        free(object);
    }
}

/* ---- Waiting and reading ---- */

static void wait_for(struct fixture *f, uint64_t number)
{
    uint64_t deadline_ns = pvgpu_time_deadline_ns(10 * PVGPU_NS_PER_S);
    while (f->gpu->ops->completed(f->gpu) < number) {
        assert_int_equal(f->gpu->ops->removed_reason(f->gpu), 0);
        assert_true(pvgpu_time_left_ns(deadline_ns) > 0);
        if (f->gpu->caps.completion == PVGPU_COMPLETION_QUERY)
            pvgpu_time_sleep_ns(50 * PVGPU_NS_PER_US);
        else
            pvgpu_event_wait(&f->wake, pvgpu_time_left_ns(deadline_ns));
    }
}

static void submit_and_wait(struct fixture *f)
{
    f->gpu->ops->submit(f->gpu, ++f->submitted);
    wait_for(f, f->submitted);
    assert_int_equal(f->gpu->ops->completed(f->gpu), f->submitted);
}

/* A subresource as tightly packed bytes; the caller frees them. */
static uint8_t *read_back(struct fixture *f, struct pvgpu_resource *resource, uint32_t subresource, size_t row_bytes,
                          size_t rows, size_t slices)
{
    struct pvgpu_gpu_readback *readback = f->gpu->ops->readback_begin(f->gpu, resource, subresource);
    assert_non_null(readback);
    submit_and_wait(f);
    struct pvgpu_mapped mapped;
    assert_true(f->gpu->ops->readback_map(f->gpu, readback, &mapped));
    assert_true(mapped.row_pitch >= row_bytes || rows == 1);
    uint8_t *bytes = malloc(row_bytes * rows * slices);
    for (size_t z = 0; z < slices; z++) {
        for (size_t y = 0; y < rows; y++)
            memcpy(bytes + (z * rows + y) * row_bytes, mapped.data + z * mapped.slice_pitch + y * mapped.row_pitch,
                   row_bytes);
    }
    f->gpu->ops->readback_end(f->gpu, readback);
    return bytes;
}

static void expect_bytes(struct fixture *f, struct pvgpu_resource *resource, uint32_t subresource, size_t row_bytes,
                         size_t rows, size_t slices, const void *wanted)
{
    size_t size = row_bytes * rows * slices;
    uint8_t *got = read_back(f, resource, subresource, row_bytes, rows, slices);
    uint8_t *zeros = calloc(1, size);
    assert_memory_equal(got, f->is_null ? zeros : wanted, size);
    free(zeros);
    free(got);
}

/* Red in the low byte, as it lies in memory. */
#define RGBA(r, g, b, a) ((uint32_t)(r) | (uint32_t)(g) << 8 | (uint32_t)(b) << 16 | (uint32_t)(a) << 24)

/* Every texel of an RGBA8 target: `inside` where 0 <= x < split, `outside` from there on. */
static void expect_columns(struct fixture *f, struct pvgpu_resource *target, uint32_t split, uint32_t inside,
                           uint32_t outside)
{
    uint32_t wanted[SIDE * SIDE];
    for (uint32_t i = 0; i < SIDE * SIDE; i++)
        wanted[i] = i % SIDE < split ? inside : outside;
    expect_bytes(f, target, 0, SIDE * 4, SIDE, 1, wanted);
}

static void fill_pattern(uint8_t *bytes, size_t size, uint32_t seed)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)((i * 7 + i / 251 + seed * 31) | 1);
}

/* ---- A scene: rectangles in one colour each ---- */

struct vertex {
    float x, y;
    float color[4];
};

static const float identity[4] = {1, 0, 1, 1}; /* cosine, sine, scales: the constants of triangle_vs */

static void bind_constants(struct fixture *f, struct pvgpu_resource *buffer, uint32_t first, uint32_t count)
{
    struct pvgpu_stage_state *vs = &f->state.stages[PVGPU_STAGE_VERTEX];
    vs->constants[0] = (struct pvgpu_bound_constants){buffer, first, count};
    vs->dirty_constants |= 1;
    f->state.dirty |= PVGPU_DIRTY_STAGE(PVGPU_STAGE_VERTEX);
}

static void bind_target(struct fixture *f, struct pvgpu_view *target, struct pvgpu_view *depth)
{
    f->state.render_target_count = target ? 1 : 0;
    f->state.render_targets[0] = target;
    f->state.depth_stencil_view = depth;
    f->state.dirty |= PVGPU_DIRTY_RENDER_TARGETS;
}

/* Two clockwise triangles that cover x from left to right, in clip space, and all of y. */
static struct pvgpu_resource *make_rectangle(struct fixture *f, float left, float right, const float color[4])
{
    struct vertex corners[6] = {{left, 1, {0}}, {right, 1, {0}},  {right, -1, {0}},
                                {left, 1, {0}}, {right, -1, {0}}, {left, -1, {0}}};
    for (size_t i = 0; i < 6; i++)
        memcpy(corners[i].color, color, sizeof(corners[i].color));
    return make_buffer(f, PVGPU_BIND_VERTEX_BUFFER, corners, sizeof(corners));
}

static void bind_vertices(struct fixture *f, struct pvgpu_resource *buffer)
{
    f->state.vertex_buffers[0] = (struct pvgpu_bound_vertices){buffer, sizeof(struct vertex), 0};
    f->state.dirty_vertex_buffers |= 1;
    f->state.dirty |= PVGPU_DIRTY_VERTEX_BUFFERS;
}

static void bind_shader(struct fixture *f, struct pvgpu_shader *shader)
{
    f->state.stages[shader->stage].shader = shader;
    f->state.stages[shader->stage].dirty_shader = true;
    f->state.dirty |= PVGPU_DIRTY_STAGE(shader->stage);
}

/* Binds everything that a rectangle needs but its vertices; returns the target, cleared to opaque black. */
static struct pvgpu_resource *begin_scene(struct fixture *f)
{
    static const float black[4] = {0, 0, 0, 1};
    struct pvgpu_resource *target = make_target(f);
    struct pvgpu_view *view = make_2d_view(f, target, PVGPU_OBJECT_RENDER_TARGET_VIEW);
    struct pvgpu_shader *vertex_shader = MAKE_SHADER(f, PVGPU_STAGE_VERTEX, pvgpu_shader_triangle_vs);
    bind_shader(f, vertex_shader);
    bind_shader(f, MAKE_SHADER(f, PVGPU_STAGE_PIXEL, pvgpu_shader_triangle_ps));
    bind_constants(f, make_buffer(f, PVGPU_BIND_CONSTANT_BUFFER, identity, sizeof(identity)), 0, 0);
    bind_target(f, view, NULL);
    f->state.input_layout_host = make_layout(f, vertex_shader)->host;
    f->state.topology = TOPOLOGY_TRIANGLES;
    f->state.viewport_count = 1;
    f->state.viewports[0] = (struct pvgpu_viewport){0, 0, SIDE, SIDE, 0, 1};
    pvgpu_state_mark_all(&f->state);
    f->gpu->ops->clear_render_target(f->gpu, view, black);
    return target;
}

static void draw(struct fixture *f, struct pvgpu_draw draw)
{
    f->gpu->ops->apply_state(f->gpu, &f->state);
    assert_int_equal(f->state.dirty, 0);
    f->gpu->ops->draw(f->gpu, &draw);
}

static void draw_rectangle(struct fixture *f, float left, float right, const float color[4])
{
    bind_vertices(f, make_rectangle(f, left, right, color));
    draw(f, (struct pvgpu_draw){.count = 6, .instance_count = 1});
}

static const float red[4] = {1, 0, 0, 1};
static const float green[4] = {0, 1, 0, 1};
static const float half_blue[4] = {0, 0, 0.6f, 1}; /* 0.6 * 255 = 153 exactly */
#define RED RGBA(255, 0, 0, 255)
#define GREEN RGBA(0, 255, 0, 255)
#define BLACK RGBA(0, 0, 0, 255)

#endif
