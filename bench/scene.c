/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "scene.h"

#include "../guest/demo/d3d11_numerals.h"
#include "../shaders/generated/triangle_ps.h"
#include "../shaders/generated/triangle_vs.h"
#include "workload.h"

#include <stdio.h>
#include <stdlib.h>

/* Into the heap until the next fence has passed. */
static uint32_t stage(struct pvgpu_guest *guest, const void *data, uint32_t bytes)
{
    struct pvgpu_heap_block block = pvgpu_guest_upload(guest, data, bytes);
    pvgpu_guest_release(guest, block);
    return block.offset;
}

static void create_buffer(struct pvgpu_guest *guest, uint32_t id, uint32_t bind, const void *data, uint32_t bytes)
{
    const struct pvgpu_cmd_create_resource desc = {
        .kind = PVGPU_KIND_BUFFER,
        .width = bytes,
        .bind = bind,
        .data_offset = data ? stage(guest, data, bytes) : 0,
        .data_bytes = data ? bytes : 0,
    };
    pvgpu_encode_create_resource(&guest->encoder, id, &desc);
}

static void create_texture(struct pvgpu_guest *guest, uint32_t id, uint32_t size, uint32_t bind)
{
    const struct pvgpu_cmd_create_resource desc = {
        .kind = PVGPU_KIND_TEXTURE_2D,
        .format = FORMAT_R8G8B8A8_UNORM,
        .width = size,
        .height = size,
        .mip_count = 1,
        .bind = bind,
    };
    pvgpu_encode_create_resource(&guest->encoder, id, &desc);
}

static void create_textures(struct pvgpu_guest *guest)
{
    struct pvgpu_encoder *encoder = &guest->encoder;
    create_texture(guest, SCENE_TARGET, WORKLOAD_TARGET_SIZE, PVGPU_BIND_RENDER_TARGET);
    create_texture(guest, SCENE_SMALL_TARGET, WORKLOAD_SMALL_SIZE, PVGPU_BIND_RENDER_TARGET);
    create_texture(guest, SCENE_TEXTURE, WORKLOAD_TEXTURE_SIZE, PVGPU_BIND_SHADER_RESOURCE);
    create_texture(guest, SCENE_OTHER_TEXTURE, WORKLOAD_TEXTURE_SIZE, PVGPU_BIND_SHADER_RESOURCE);
    pvgpu_encode_create_render_target_view(
        encoder, &(struct pvgpu_cmd_create_render_target_view){.id = SCENE_TARGET_VIEW, .resource = SCENE_TARGET});
    pvgpu_encode_create_render_target_view(encoder, &(struct pvgpu_cmd_create_render_target_view){
                                                        .id = SCENE_SMALL_TARGET_VIEW, .resource = SCENE_SMALL_TARGET});
    pvgpu_encode_create_shader_resource_view(
        encoder, &(struct pvgpu_cmd_create_shader_resource_view){.id = SCENE_TEXTURE_VIEW, .resource = SCENE_TEXTURE});
    pvgpu_encode_create_shader_resource_view(
        encoder, &(struct pvgpu_cmd_create_shader_resource_view){.id = SCENE_OTHER_TEXTURE_VIEW,
                                                                 .resource = SCENE_OTHER_TEXTURE});
}

static void create_states(struct pvgpu_guest *guest)
{
    struct pvgpu_cmd_create_rasterizer_state rasterizer = {
        .id = SCENE_RASTERIZER, .fill = FILL_SOLID, .cull = CULL_NONE, .depth_clip = 1};
    pvgpu_encode_create_rasterizer_state(&guest->encoder, &rasterizer);
    rasterizer.id = SCENE_OTHER_RASTERIZER;
    rasterizer.depth_clip = 0;
    pvgpu_encode_create_rasterizer_state(&guest->encoder, &rasterizer);

    struct pvgpu_cmd_create_blend_state blend = {.id = SCENE_BLEND};
    for (int i = 0; i < 8; i++) {
        blend.targets[i] = (struct pvgpu_blend_target){
            .source = BLEND_ONE,
            .destination = BLEND_ZERO,
            .operation = BLEND_OP_ADD,
            .source_alpha = BLEND_ONE,
            .destination_alpha = BLEND_ZERO,
            .operation_alpha = BLEND_OP_ADD,
            .write_mask = 15,
        };
    }
    pvgpu_encode_create_blend_state(&guest->encoder, &blend);
    blend.id = SCENE_OTHER_BLEND;
    blend.targets[0].enable = 1;
    blend.targets[0].source = BLEND_SRC_ALPHA;
    blend.targets[0].destination = BLEND_INV_SRC_ALPHA;
    pvgpu_encode_create_blend_state(&guest->encoder, &blend);

    const struct pvgpu_cmd_create_sampler sampler = {
        .id = SCENE_SAMPLER,
        .filter = FILTER_MIN_MAG_MIP_LINEAR,
        .address_u = ADDRESS_CLAMP,
        .address_v = ADDRESS_CLAMP,
        .address_w = ADDRESS_CLAMP,
        .max_anisotropy = 1,
        .compare = COMPARE_NEVER,
        .max_lod = 1000.0f,
    };
    pvgpu_encode_create_sampler(&guest->encoder, &sampler);
}

static void create_shaders(struct pvgpu_guest *guest)
{
    static const char position[] = "POSITION", color[] = "COLOR";
    const struct pvgpu_input_element elements[] = {
        {.name_offset = stage(guest, position, sizeof(position)), .format = FORMAT_R32G32_FLOAT},
        {.name_offset = stage(guest, color, sizeof(color)), .format = FORMAT_R32G32B32A32_FLOAT, .byte_offset = 8},
    };
    pvgpu_encode_create_input_layout(&guest->encoder, SCENE_LAYOUT, 2, elements);
    pvgpu_encode_create_shader(&guest->encoder, SCENE_VERTEX_SHADER, PVGPU_STAGE_VERTEX,
                               stage(guest, pvgpu_shader_triangle_vs, sizeof(pvgpu_shader_triangle_vs)),
                               sizeof(pvgpu_shader_triangle_vs));
    pvgpu_encode_create_shader(&guest->encoder, SCENE_PIXEL_SHADER, PVGPU_STAGE_PIXEL,
                               stage(guest, pvgpu_shader_triangle_ps, sizeof(pvgpu_shader_triangle_ps)),
                               sizeof(pvgpu_shader_triangle_ps));
}

static bool create_buffers(struct pvgpu_guest *guest)
{
    static const uint16_t indices[3] = {0, 1, 2};
    uint8_t constants[WORKLOAD_CONSTANT_BYTES];
    uint8_t *bytes = malloc(WORKLOAD_BIG_BYTES);
    if (!bytes)
        return false;
    for (uint32_t i = 0; i < 2; i++) {
        workload_vertices(i, bytes);
        create_buffer(guest, SCENE_VERTICES + i, PVGPU_BIND_VERTEX_BUFFER, bytes, WORKLOAD_VERTEX_BYTES);
        workload_constants(i, constants);
        create_buffer(guest, SCENE_CONSTANTS + i, PVGPU_BIND_CONSTANT_BUFFER, constants, sizeof(constants));
    }
    create_buffer(guest, SCENE_INDICES, PVGPU_BIND_INDEX_BUFFER, indices, sizeof(indices));
    workload_pattern(0, bytes, WORKLOAD_BIG_BYTES);
    create_buffer(guest, SCENE_BUFFER, PVGPU_BIND_VERTEX_BUFFER, bytes, WORKLOAD_BIG_BYTES);
    create_buffer(guest, SCENE_DYNAMIC_VERTICES, PVGPU_BIND_VERTEX_BUFFER, NULL, WORKLOAD_VERTEX_BYTES);
    free(bytes);
    return true;
}

void scene_bind_target(struct pvgpu_guest *guest, uint32_t view, uint32_t size)
{
    const struct pvgpu_viewport viewport = {.width = (float)size, .height = (float)size, .max_depth = 1.0f};
    pvgpu_encode_set_render_target(&guest->encoder, 1, &view, 0);
    pvgpu_encode_set_viewport(&guest->encoder, 1, &viewport);
}

void scene_bind(struct pvgpu_guest *guest)
{
    struct pvgpu_encoder *encoder = &guest->encoder;
    const struct pvgpu_vertex_buffer vertices = {.id = SCENE_VERTICES, .stride = sizeof(struct pvgpu_triangle_vertex)};
    static const float black[4] = {0.0f, 0.0f, 0.0f, 1.0f};
    scene_bind_target(guest, SCENE_TARGET_VIEW, WORKLOAD_TARGET_SIZE);
    pvgpu_encode_clear_render_target(encoder, SCENE_TARGET_VIEW, black);
    pvgpu_encode_set_rasterizer_state(encoder, SCENE_RASTERIZER);
    pvgpu_encode_set_blend_state(encoder, SCENE_BLEND, NULL, UINT32_MAX);
    pvgpu_encode_set_input_layout(encoder, SCENE_LAYOUT);
    pvgpu_encode_set_vertex_buffer(encoder, 0, 1, &vertices);
    pvgpu_encode_set_index_buffer(encoder, SCENE_INDICES, FORMAT_R16_UINT, 0);
    pvgpu_encode_set_primitive_topology(encoder, TOPOLOGY_TRIANGLE_LIST);
    pvgpu_encode_set_shader(encoder, PVGPU_STAGE_VERTEX, SCENE_VERTEX_SHADER);
    pvgpu_encode_set_shader(encoder, PVGPU_STAGE_PIXEL, SCENE_PIXEL_SHADER);
    pvgpu_encode_set_constant_buffer(encoder, PVGPU_STAGE_VERTEX, 0, SCENE_CONSTANTS, 0, 0);
}

bool scene_create(struct pvgpu_guest *guest)
{
    uint32_t code, argument;
    enum pvgpu_wait_result result = pvgpu_guest_wait_ready(guest, SCENE_TIMEOUT_NS);
    if (result != PVGPU_WAIT_DONE) {
        fprintf(stderr, "bench: the renderer does not become ready (%d)\n", (int)result);
        return false;
    }
    create_textures(guest);
    create_states(guest);
    create_shaders(guest);
    if (!create_buffers(guest))
        return false;
    scene_bind(guest);
    pvgpu_encode_draw(&guest->encoder, 3, 0);
    result = pvgpu_guest_finish(guest, SCENE_TIMEOUT_NS);
    if (pvgpu_guest_read_error(guest, &code, &argument)) {
        fprintf(stderr, "bench: the host reports error %u (%s), argument %u\n", code, pvgpu_error_name(code), argument);
        return false;
    }
    if (result != PVGPU_WAIT_DONE)
        fprintf(stderr, "bench: the objects are not created (%d)\n", (int)result);
    return result == PVGPU_WAIT_DONE;
}
