/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "../../shaders/generated/triangle_ps.h"
#include "../../shaders/generated/triangle_vs.h"
#include "../scenes/scenes.h"
#include "d3d11_numerals.h"
#include "demo.h"

static void clear_setup(struct demo *demo)
{
    const uint32_t view = DEMO_ID_TARGET_VIEW;
    demo_create_targets(demo, false);
    pvgpu_encode_set_render_target(demo->encoder, 1, &view, 0);
}

static void clear_frame(struct demo *demo, uint32_t frame)
{
    float color[4];
    pvgpu_scene_clear_color(frame, color);
    pvgpu_encode_clear_render_target(demo->encoder, DEMO_ID_TARGET_VIEW, color);
    /* 0: whatever is bound as render target. */
    pvgpu_encode_present(demo->encoder, 0, demo->sync_interval);
}

const struct demo_scene demo_scene_clear = {"clear", false, clear_setup, clear_frame};

enum triangle_id {
    TRIANGLE_VERTEX_SHADER = DEMO_ID_SCENE,
    TRIANGLE_PIXEL_SHADER,
    TRIANGLE_LAYOUT,
    TRIANGLE_VERTICES,
    TRIANGLE_CONSTANTS,
    TRIANGLE_RASTERIZER
};

static void triangle_setup(struct demo *demo)
{
    static const struct demo_element elements[] = {
        {"POSITION", FORMAT_R32G32_FLOAT, 0, 0, 0},
        {"COLOR", FORMAT_R32G32B32A32_FLOAT, 0, PVGPU_APPEND_ALIGNED, 0},
    };
    const struct pvgpu_cmd_create_rasterizer_state rasterizer = {
        .id = TRIANGLE_RASTERIZER,
        .fill = FILL_SOLID,
        .cull = CULL_NONE,
        .depth_clip = 1,
    };
    struct pvgpu_triangle_vertex vertices[3];
    pvgpu_scene_triangle_vertices(vertices);

    demo_create_targets(demo, false);
    demo_create_shader(demo, TRIANGLE_VERTEX_SHADER, PVGPU_STAGE_VERTEX, pvgpu_shader_triangle_vs,
                       sizeof pvgpu_shader_triangle_vs);
    demo_create_shader(demo, TRIANGLE_PIXEL_SHADER, PVGPU_STAGE_PIXEL, pvgpu_shader_triangle_ps,
                       sizeof pvgpu_shader_triangle_ps);
    demo_create_input_layout(demo, TRIANGLE_LAYOUT, elements, 2);
    demo_create_buffer(demo, TRIANGLE_VERTICES, PVGPU_BIND_VERTEX_BUFFER, vertices, sizeof vertices);
    demo_create_buffer(demo, TRIANGLE_CONSTANTS, PVGPU_BIND_CONSTANT_BUFFER, NULL,
                       sizeof(struct pvgpu_triangle_constants));
    pvgpu_encode_create_rasterizer_state(demo->encoder, &rasterizer);
}

static void triangle_bind(struct demo *demo)
{
    const struct pvgpu_vertex_buffer vertices = {
        .id = TRIANGLE_VERTICES,
        .stride = sizeof(struct pvgpu_triangle_vertex),
    };
    struct pvgpu_encoder *encoder = demo->encoder;
    demo_begin_frame(demo, false);
    pvgpu_encode_set_rasterizer_state(encoder, TRIANGLE_RASTERIZER);
    pvgpu_encode_set_input_layout(encoder, TRIANGLE_LAYOUT);
    pvgpu_encode_set_vertex_buffer(encoder, 0, 1, &vertices);
    pvgpu_encode_set_shader(encoder, PVGPU_STAGE_VERTEX, TRIANGLE_VERTEX_SHADER);
    pvgpu_encode_set_constant_buffer(encoder, PVGPU_STAGE_VERTEX, 0, TRIANGLE_CONSTANTS, 0, 0);
    pvgpu_encode_set_shader(encoder, PVGPU_STAGE_PIXEL, TRIANGLE_PIXEL_SHADER);
}

static void triangle_draw(struct demo *demo)
{
    float background[4];
    pvgpu_scene_triangle_background(background);
    pvgpu_encode_clear_render_target(demo->encoder, DEMO_ID_TARGET_VIEW, background);
    pvgpu_encode_draw(demo->encoder, 3, 0);
    pvgpu_encode_present(demo->encoder, DEMO_ID_TARGET_VIEW, demo->sync_interval);
}

static void triangle_turn(struct demo *demo, uint32_t frame)
{
    struct pvgpu_triangle_constants constants;
    pvgpu_scene_triangle_constants(frame, demo->width, demo->height, &constants);
    demo_map_buffer(demo, TRIANGLE_CONSTANTS, &constants, sizeof constants);
}

static void triangle_frame(struct demo *demo, uint32_t frame)
{
    triangle_turn(demo, frame);
    triangle_bind(demo);
    triangle_draw(demo);
}

const struct demo_scene demo_scene_triangle = {"triangle", false, triangle_setup, triangle_frame};

static void bound_setup(struct demo *demo)
{
    triangle_setup(demo);
    triangle_bind(demo);
}

static void bound_frame(struct demo *demo, uint32_t frame)
{
    triangle_turn(demo, frame);
    triangle_draw(demo);
}

const struct demo_scene demo_scene_bound = {"bound", false, bound_setup, bound_frame};
