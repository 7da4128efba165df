/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <stdlib.h>

#include "../../shaders/generated/background_ps.h"
#include "../../shaders/generated/background_vs.h"
#include "../../shaders/generated/cube_ps.h"
#include "../../shaders/generated/cube_vs.h"
#include "../scenes/scenes.h"
#include "d3d11_numerals.h"
#include "demo.h"

enum cubes_id {
    BACKGROUND_VERTEX_SHADER = DEMO_ID_SCENE,
    BACKGROUND_PIXEL_SHADER,
    CUBE_VERTEX_SHADER,
    CUBE_PIXEL_SHADER,
    CUBE_LAYOUT,
    CUBE_VERTICES,
    CUBE_INDICES,
    OPAQUE_INSTANCES,
    GLASS_INSTANCES,
    CAMERA_CONSTANTS,
    LIGHT_CONSTANTS,
    PANEL_TEXTURE,
    PANEL_VIEW,
    PANEL_SAMPLER,
    CUBE_RASTERIZER,
    DEPTH_WRITE,
    DEPTH_READ,
    DEPTH_OFF,
    GLASS_BLEND
};

static void create_shaders(struct demo *demo)
{
    static const struct demo_element elements[] = {
        {"POSITION", FORMAT_R32G32B32_FLOAT, 0, 0, 0},
        {"NORMAL", FORMAT_R32G32B32_FLOAT, 0, PVGPU_APPEND_ALIGNED, 0},
        {"TEXCOORD", FORMAT_R32G32_FLOAT, 0, PVGPU_APPEND_ALIGNED, 0},
        {"PLACE", FORMAT_R32G32B32A32_FLOAT, 1, 0, 1},
        {"FACING", FORMAT_R32G32B32A32_FLOAT, 1, PVGPU_APPEND_ALIGNED, 1},
        {"COLOR", FORMAT_R8G8B8A8_UNORM, 1, PVGPU_APPEND_ALIGNED, 1},
    };
    demo_create_shader(demo, BACKGROUND_VERTEX_SHADER, PVGPU_STAGE_VERTEX, pvgpu_shader_background_vs,
                       sizeof pvgpu_shader_background_vs);
    demo_create_shader(demo, BACKGROUND_PIXEL_SHADER, PVGPU_STAGE_PIXEL, pvgpu_shader_background_ps,
                       sizeof pvgpu_shader_background_ps);
    demo_create_shader(demo, CUBE_VERTEX_SHADER, PVGPU_STAGE_VERTEX, pvgpu_shader_cube_vs, sizeof pvgpu_shader_cube_vs);
    demo_create_shader(demo, CUBE_PIXEL_SHADER, PVGPU_STAGE_PIXEL, pvgpu_shader_cube_ps, sizeof pvgpu_shader_cube_ps);
    demo_create_input_layout(demo, CUBE_LAYOUT, elements, 6);
}

static void create_buffers(struct demo *demo)
{
    struct pvgpu_cube_vertex vertices[PVGPU_CUBES_VERTICES];
    uint16_t indices[PVGPU_CUBES_INDICES];
    struct pvgpu_cube_instance opaque[PVGPU_CUBES_OPAQUE];
    pvgpu_scene_cubes_mesh(vertices, indices);
    pvgpu_scene_cubes_opaque(opaque);
    demo_create_buffer(demo, CUBE_VERTICES, PVGPU_BIND_VERTEX_BUFFER, vertices, sizeof vertices);
    demo_create_buffer(demo, CUBE_INDICES, PVGPU_BIND_INDEX_BUFFER, indices, sizeof indices);
    demo_create_buffer(demo, OPAQUE_INSTANCES, PVGPU_BIND_VERTEX_BUFFER, opaque, sizeof opaque);
    demo_create_buffer(demo, GLASS_INSTANCES, PVGPU_BIND_VERTEX_BUFFER, NULL,
                       PVGPU_CUBES_GLASS * sizeof(struct pvgpu_cube_instance));
    demo_create_buffer(demo, CAMERA_CONSTANTS, PVGPU_BIND_CONSTANT_BUFFER, NULL, sizeof(struct pvgpu_cubes_camera));
    demo_create_buffer(demo, LIGHT_CONSTANTS, PVGPU_BIND_CONSTANT_BUFFER, NULL, sizeof(struct pvgpu_cubes_light));
}

static void create_texture(struct demo *demo)
{
    const struct pvgpu_cmd_create_resource desc = {
        .kind = PVGPU_KIND_TEXTURE_2D,
        .format = FORMAT_R8G8B8A8_UNORM,
        .width = PVGPU_CUBES_TEXTURE_SIZE,
        .height = PVGPU_CUBES_TEXTURE_SIZE,
        .depth_or_array = 1,
        .mip_count = PVGPU_CUBES_TEXTURE_MIPS,
        .sample_count = 1,
        .bind = PVGPU_BIND_SHADER_RESOURCE,
    };
    const struct pvgpu_cmd_create_shader_resource_view view = {.id = PANEL_VIEW, .resource = PANEL_TEXTURE};
    pvgpu_encode_create_resource(demo->encoder, PANEL_TEXTURE, &desc);
    uint8_t *texels = malloc(PVGPU_CUBES_TEXTURE_TEXELS * 4);
    if (!texels) {
        demo->failed = true;
        return;
    }
    pvgpu_scene_cubes_texture(texels);
    const uint8_t *at = texels;
    for (uint32_t mip = 0; mip < PVGPU_CUBES_TEXTURE_MIPS; mip++) {
        uint32_t size = PVGPU_CUBES_TEXTURE_SIZE >> mip;
        demo_update_mip(demo, PANEL_TEXTURE, mip, size, size, at);
        at += size * size * 4;
    }
    free(texels);
    pvgpu_encode_create_shader_resource_view(demo->encoder, &view);
}

static void create_states(struct demo *demo)
{
    const struct pvgpu_cmd_create_sampler sampler = {
        .id = PANEL_SAMPLER,
        .filter = FILTER_MIN_MAG_MIP_LINEAR,
        .address_u = ADDRESS_CLAMP,
        .address_v = ADDRESS_CLAMP,
        .address_w = ADDRESS_CLAMP,
        .max_anisotropy = 1,
        .compare = COMPARE_NEVER,
        .max_lod = 3.402823466e+38f,
    };
    const struct pvgpu_cmd_create_rasterizer_state rasterizer = {
        .id = CUBE_RASTERIZER,
        .fill = FILL_SOLID,
        .cull = CULL_BACK,
        .depth_clip = 1,
    };
    const struct pvgpu_stencil_face face = {STENCIL_KEEP, STENCIL_KEEP, STENCIL_KEEP, COMPARE_ALWAYS};
    struct pvgpu_cmd_create_depth_stencil_state depth = {
        .id = DEPTH_WRITE,
        .depth_enable = 1,
        .depth_write = 1,
        .depth_compare = COMPARE_LESS,
        .stencil_read_mask = 0xFF,
        .stencil_write_mask = 0xFF,
        .front = face,
        .back = face,
    };
    struct pvgpu_cmd_create_blend_state blend = {.id = GLASS_BLEND};
    for (int i = 0; i < 8; i++) {
        blend.targets[i] = (struct pvgpu_blend_target){
            .enable = i == 0,
            .source = BLEND_SRC_ALPHA,
            .destination = BLEND_INV_SRC_ALPHA,
            .operation = BLEND_OP_ADD,
            .source_alpha = BLEND_ONE,
            .destination_alpha = BLEND_ZERO,
            .operation_alpha = BLEND_OP_ADD,
            .write_mask = COLOR_WRITE_RGB, /* the target stays opaque */
        };
    }
    pvgpu_encode_create_sampler(demo->encoder, &sampler);
    pvgpu_encode_create_rasterizer_state(demo->encoder, &rasterizer);
    pvgpu_encode_create_blend_state(demo->encoder, &blend);
    pvgpu_encode_create_depth_stencil_state(demo->encoder, &depth);
    depth.id = DEPTH_READ;
    depth.depth_write = 0;
    pvgpu_encode_create_depth_stencil_state(demo->encoder, &depth);
    depth.id = DEPTH_OFF;
    depth.depth_enable = 0;
    pvgpu_encode_create_depth_stencil_state(demo->encoder, &depth);
}

static void cubes_setup(struct demo *demo)
{
    demo_create_targets(demo, true);
    create_shaders(demo);
    create_buffers(demo);
    create_texture(demo);
    create_states(demo);
}

static void write_frame(struct demo *demo, uint32_t frame)
{
    struct pvgpu_cubes_camera camera;
    struct pvgpu_cubes_light light;
    struct pvgpu_cube_instance glass[PVGPU_CUBES_GLASS];
    pvgpu_scene_cubes_camera(frame, demo->width, demo->height, &camera);
    pvgpu_scene_cubes_light(frame, &light);
    pvgpu_scene_cubes_glass(frame, glass);
    demo_update_buffer(demo, CAMERA_CONSTANTS, &camera, sizeof camera);
    demo_map_buffer(demo, LIGHT_CONSTANTS, &light, sizeof light);
    demo_update_buffer(demo, GLASS_INSTANCES, glass, sizeof glass);
}

static void draw_instances(struct pvgpu_encoder *encoder, uint32_t instances, uint32_t count)
{
    const struct pvgpu_vertex_buffer buffers[2] = {
        {.id = CUBE_VERTICES, .stride = sizeof(struct pvgpu_cube_vertex)},
        {.id = instances, .stride = sizeof(struct pvgpu_cube_instance)},
    };
    pvgpu_encode_set_vertex_buffer(encoder, 0, 2, buffers);
    pvgpu_encode_draw_indexed_instanced(encoder, PVGPU_CUBES_INDICES, count, 0, 0, 0);
}

static void set_shared_state(struct pvgpu_encoder *encoder)
{
    static const enum pvgpu_stage stages[] = {PVGPU_STAGE_VERTEX, PVGPU_STAGE_PIXEL};
    const uint32_t view = PANEL_VIEW, sampler = PANEL_SAMPLER;
    pvgpu_encode_set_rasterizer_state(encoder, CUBE_RASTERIZER);
    for (int i = 0; i < 2; i++) {
        pvgpu_encode_set_constant_buffer(encoder, stages[i], 0, CAMERA_CONSTANTS, 0, 0);
        pvgpu_encode_set_constant_buffer(encoder, stages[i], 1, LIGHT_CONSTANTS, 0, 0);
    }
    pvgpu_encode_set_shader_resource(encoder, PVGPU_STAGE_PIXEL, 0, 1, &view);
    pvgpu_encode_set_sampler(encoder, PVGPU_STAGE_PIXEL, 0, 1, &sampler);
}

static void cubes_frame(struct demo *demo, uint32_t frame)
{
    struct pvgpu_encoder *encoder = demo->encoder;
    const float black[4] = {0.0f, 0.0f, 0.0f, 1.0f};
    write_frame(demo, frame);
    demo_begin_frame(demo, true);
    set_shared_state(encoder);
    pvgpu_encode_clear_render_target(encoder, DEMO_ID_TARGET_VIEW, black);
    pvgpu_encode_clear_depth_stencil(encoder, DEMO_ID_DEPTH_VIEW, PVGPU_CLEAR_DEPTH, 1.0f, 0);

    pvgpu_encode_set_blend_state(encoder, 0, NULL, 0xFFFFFFFFu);
    pvgpu_encode_set_depth_stencil(encoder, DEPTH_OFF, 0);
    pvgpu_encode_set_input_layout(encoder, 0);
    pvgpu_encode_set_shader(encoder, PVGPU_STAGE_VERTEX, BACKGROUND_VERTEX_SHADER);
    pvgpu_encode_set_shader(encoder, PVGPU_STAGE_PIXEL, BACKGROUND_PIXEL_SHADER);
    pvgpu_encode_draw(encoder, 3, 0);

    pvgpu_encode_set_depth_stencil(encoder, DEPTH_WRITE, 0);
    pvgpu_encode_set_input_layout(encoder, CUBE_LAYOUT);
    pvgpu_encode_set_index_buffer(encoder, CUBE_INDICES, FORMAT_R16_UINT, 0);
    pvgpu_encode_set_shader(encoder, PVGPU_STAGE_VERTEX, CUBE_VERTEX_SHADER);
    pvgpu_encode_set_shader(encoder, PVGPU_STAGE_PIXEL, CUBE_PIXEL_SHADER);
    draw_instances(encoder, OPAQUE_INSTANCES, PVGPU_CUBES_OPAQUE);

    pvgpu_encode_set_blend_state(encoder, GLASS_BLEND, NULL, 0xFFFFFFFFu);
    pvgpu_encode_set_depth_stencil(encoder, DEPTH_READ, 0);
    draw_instances(encoder, GLASS_INSTANCES, PVGPU_CUBES_GLASS);
    pvgpu_encode_present(encoder, DEMO_ID_TARGET, demo->sync_interval);
}

const struct demo_scene demo_scene_cubes = {"cubes", true, cubes_setup, cubes_frame};
