/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Objects' lives: destroyed while bound, created again under a live id, second ids, hazards, rebinding. */
#include "helpers.h"

#include <string.h>

static const float red[4] = {1, 0.25f, 0, 1}, blue[4] = {0, 0.25f, 1, 1};

/* Every kind of object is destroyed while it is bound, and lives until it is not. */
static void destroyed_while_bound(struct exact_run *run, const void *row)
{
    (void)row;
    struct target target = new_target(run, RGBA8, 32, 32);
    struct pvgpu_cmd_create_resource depth = texture_2d(run, D24S8, 32, 32, DEPTH);
    exact_create_resource(run, &depth, NULL);
    uint32_t view = depth_view(run, depth.header.id), mirror = exact_id(run);
    bind_target(run, &target, view);
    exact_clear_render_target(run, target.view, 0.5f, 0.5f, 0.5f, 1);
    exact_clear_depth_stencil(run, view, 3, 0.6f, 7);

    static const struct exact_element elements[] = {
        {"POSITION", 0, RGBA32F, 0, 0, 0, 0},
        {"COLOR", 0, RGBA32F, 0, 16, 0, 0},
    };
    static const uint16_t order[6] = {0, 1, 2, 3, 4, 5};
    uint32_t vertices = new_buffer(run, VERTEX, two_triangles, sizeof(two_triangles)), layout = exact_id(run);
    uint32_t indices = new_buffer(run, INDEX, order, sizeof(order));
    const struct pvgpu_vertex_buffer slot = {vertices, 32, 0};
    exact_create_input_layout(run, layout, 2, elements);
    exact_set_input_layout(run, layout);
    exact_set_vertex_buffers(run, 0, 1, &slot);
    exact_set_index_buffer(run, indices, R16U, 0);
    exact_set_topology(run, TRIANGLE_LIST);

    const float place[2][4] = {{0.9f, 0.9f, 1, 1}, {0.05f, 0, 0, 0}};
    uint32_t vs = new_shader(run, "constants_vs"), ps = new_shader(run, "color_ps");
    uint32_t constants = use_constants(run, PVGPU_STAGE_VERTEX, 2, place, sizeof(place));
    exact_set_shader(run, PVGPU_STAGE_VERTEX, vs);
    exact_set_shader(run, PVGPU_STAGE_PIXEL, ps);
    struct pvgpu_cmd_create_blend_state blend = blend_desc(run);
    blend.targets[0] = (struct pvgpu_blend_target){1, 5, 6, 1, 2, 1, 1, 7};
    struct pvgpu_cmd_create_rasterizer_state raster = rasterizer_desc(run);
    raster.cull = CULL_FRONT;
    raster.front_counter_clockwise = 1;
    struct pvgpu_cmd_create_depth_stencil_state test = depth_desc(run);
    test.depth_compare = 7;
    test.stencil_enable = 1;
    test.front.pass = 3;
    test.back.pass = 4;
    exact_create_blend_state(run, &blend);
    exact_create_rasterizer_state(run, &raster);
    exact_create_depth_stencil_state(run, &test);
    exact_set_blend_state(run, blend.id, NULL, 0xFFFFFFFF);
    exact_set_rasterizer_state(run, raster.id);
    exact_set_depth_stencil_state(run, test.id, 9);
    exact_open(run, mirror, target.texture, 2); /* to read it once its first id is gone */

    exact_destroy(run, PVGPU_DESTROY_RENDER_TARGET_VIEW, target.view);
    exact_destroy(run, PVGPU_DESTROY_DEPTH_STENCIL_VIEW, view);
    exact_destroy(run, PVGPU_DESTROY_RESOURCE, target.texture);
    exact_destroy(run, PVGPU_DESTROY_RESOURCE, vertices);
    exact_destroy(run, PVGPU_DESTROY_RESOURCE, indices);
    exact_destroy(run, PVGPU_DESTROY_RESOURCE, constants);
    exact_destroy(run, PVGPU_DESTROY_INPUT_LAYOUT, layout);
    exact_destroy(run, PVGPU_DESTROY_SHADER, vs);
    exact_destroy(run, PVGPU_DESTROY_SHADER, ps);
    exact_destroy(run, PVGPU_DESTROY_BLEND_STATE, blend.id);
    exact_destroy(run, PVGPU_DESTROY_RASTERIZER_STATE, raster.id);
    exact_destroy(run, PVGPU_DESTROY_DEPTH_STENCIL_STATE, test.id);
    exact_draw_indexed(run, 6, 0, 0);
    exact_read(run, mirror, 0, "target");
    exact_read(run, depth.header.id, 0, "depth");
}

static void sampler_and_view_destroyed(struct exact_run *run, const void *row)
{
    (void)row;
    struct target target = draw_target(run, RGBA8, 16, 16);
    uint32_t view = colors_8x8(run);
    struct pvgpu_cmd_create_sampler sampler = sampler_desc(run, FILTER_POINT, 2);
    exact_create_sampler(run, &sampler);
    exact_set_samplers(run, PVGPU_STAGE_PIXEL, 0, 1, &sampler.id);
    use_texture(run, view);
    use_uv(run, 3, 3, 0, 0, -1, -1, 0, 0);
    use_full(run, "tex2d_ps");
    exact_destroy(run, PVGPU_DESTROY_SHADER_RESOURCE_VIEW, view);
    exact_destroy(run, PVGPU_DESTROY_SAMPLER, sampler.id);
    exact_destroy(run, PVGPU_DESTROY_RESOURCE, view - 1); /* the texture, made just before */
    full_draw(run);
    exact_read(run, target.texture, 0, "target");
}

static void access_view_destroyed(struct exact_run *run, const void *row)
{
    (void)row;
    const struct pvgpu_cmd_create_resource desc = {
        .header.id = exact_id(run),
        .kind = PVGPU_KIND_BUFFER,
        .width = 1024,
        .bind = UNORDERED,
    };
    exact_create_filled(run, &desc);
    for (uint32_t i = 0; i < 2; i++) { /* ids odd and even: in the header and behind it */
        const struct pvgpu_cmd_create_unordered_access_view view = {
            .id = exact_id(run),
            .resource = desc.header.id,
            .format = R32U,
            .first = i * 100,
        };
        exact_create_unordered_access_view(run, &view);
        exact_set_unordered_access(run, 0, 1, &view.id, NULL);
        exact_destroy(run, PVGPU_DESTROY_UNORDERED_ACCESS_VIEW, view.id);
        use_shader(run, "buffer_cs");
        exact_dispatch(run, 1, 1 + i, 1);
    }
    exact_read(run, desc.header.id, 0, "buffer");
}

/* An id that is used again names the new object; what was bound stays what it was. */
static void created_again(struct exact_run *run, const void *row)
{
    (void)row;
    struct target target = draw_target(run, RGBA8, 16, 16);
    uint32_t constants = use_constants(run, PVGPU_STAGE_PIXEL, 0, red, sizeof(red));
    use_full(run, "constant_ps");
    const struct pvgpu_cmd_create_resource again = {
        .header.id = constants,
        .kind = PVGPU_KIND_BUFFER,
        .width = 16,
        .bind = CONSTANT,
    };
    exact_create_resource(run, &again, blue);
    const struct pvgpu_viewport ports[2] = {{0, 0, 16, 6, 0, 1}, {0, 9, 16, 7, 0, 1}};
    exact_set_viewports(run, 1, &ports[0]);
    full_draw(run); /* still red */
    exact_set_constant_buffer(run, PVGPU_STAGE_PIXEL, 0, constants, 0, 0);
    exact_set_viewports(run, 1, &ports[1]);
    full_draw(run);
    const struct exact_output *output = exact_read(run, target.texture, 0, "target");
    exact_expect_rgba8(run, output, 8, 2, 255, 64, 0, 255);
    exact_expect_rgba8(run, output, 8, 12, 0, 64, 255, 255);
    exact_expect_rgba8(run, output, 8, 7, 0, 64, 32, 255);
}

/* The same id as a texture, a state and a shader, one after the other. */
static void another_type(struct exact_run *run, const void *row)
{
    (void)row;
    struct target target = draw_target(run, RGBA8, 16, 16);
    struct pvgpu_cmd_create_resource texture = texture_2d(run, RGBA8, 8, 8, SHADER);
    exact_create_filled(run, &texture);
    struct pvgpu_cmd_create_rasterizer_state raster = rasterizer_desc(run);
    raster.id = texture.header.id;
    raster.cull = CULL_NONE;
    raster.fill = FILL_WIREFRAME;
    exact_create_rasterizer_state(run, &raster);
    exact_set_rasterizer_state(run, raster.id);
    exact_create_shader(run, raster.id, exact_shader("color_ps"), false);
    exact_set_shader(run, PVGPU_STAGE_PIXEL, raster.id);
    use_shader(run, "color_vs");
    use_vertices(run, two_triangles, 6);
    exact_set_topology(run, TRIANGLE_LIST);
    exact_draw(run, 6, 0);
    exact_read(run, target.texture, 0, "target");
}

/* A second id for a texture: drawn to by one, read by the other, after the first is gone. */
static void second_id(struct exact_run *run, const void *row)
{
    const uint32_t *kind = row;
    struct target target = draw_target(run, RGBA8, 16, 16);
    uint32_t alias = exact_id(run);
    exact_open(run, alias, target.texture, *kind);
    use_vertices(run, two_triangles, 6);
    use_colors(run);
    exact_draw(run, 3, 0);
    exact_destroy(run, PVGPU_DESTROY_RESOURCE, target.texture);
    uint32_t view = target_view(run, alias);
    exact_set_render_targets(run, 1, &view, 0);
    exact_draw(run, 3, 3);
    exact_read(run, alias, 0, "alias");
}

static const uint32_t kinds[] = {0, 2};

static void second_id_of_buffer(struct exact_run *run, const void *row)
{
    (void)row;
    struct target target = draw_target(run, RGBA8, 16, 16);
    uint32_t id = use_constants(run, PVGPU_STAGE_PIXEL, 0, red, sizeof(red)), alias = exact_id(run);
    exact_open(run, alias, id, 4);
    const struct pvgpu_cmd_update_resource whole = {.id = alias};
    exact_update(run, &whole, blue, sizeof(blue));
    use_full(run, "constant_ps");
    const struct pvgpu_viewport part = {4, 4, 8, 8, 0, 1};
    exact_set_viewports(run, 1, &part);
    full_draw(run);
    const struct exact_output *output = exact_read(run, target.texture, 0, "target");
    exact_expect_rgba8(run, output, 8, 8, 0, 64, 255, 255);
    exact_expect_rgba8(run, output, 3, 8, 0, 64, 32, 255);
}

/* ---- Hazards ---- */

/* Bound as an input, then as the target: the input slot is empty and reads zeros, and stays empty. */
static void input_then_target(struct exact_run *run, const void *row)
{
    (void)row;
    struct target a = draw_target(run, RGBA8, 16, 16), b = new_target(run, RGBA8, 16, 16);
    use_vertices(run, two_triangles, 6);
    use_colors(run);
    exact_draw(run, 6, 0);
    bind_target(run, &b, 0);
    use_texture(run, shader_view(run, a.texture));
    use_full(run, "tex2d_load_ps");
    const struct pvgpu_viewport left = {0, 0, 8, 16, 0, 1}, right = {8, 0, 8, 16, 0, 1};
    exact_set_viewports(run, 1, &left);
    full_draw(run); /* a is an input */
    exact_set_render_targets(run, 1, &a.view, 0); /* and now is not */
    exact_set_viewports(run, 1, &right);
    full_draw(run);
    exact_set_render_targets(run, 1, &b.view, 0);
    full_draw(run); /* the slot is still empty */
    exact_read(run, a.texture, 0, "a");
    const struct exact_output *output = exact_read(run, b.texture, 0, "b");
    exact_expect_rgba8(run, output, 12, 8, 0, 0, 0, 0);
}

/* Bound as the target, then as an input: the input is refused. */
static void target_then_input(struct exact_run *run, const void *row)
{
    (void)row;
    struct target a = draw_target(run, RGBA8, 16, 16);
    use_texture(run, colors_8x8(run));
    use_texture(run, shader_view(run, a.texture)); /* leaves the slot empty */
    use_full(run, "tex2d_load_ps");
    const struct pvgpu_viewport part = {4, 2, 8, 8, 0, 1};
    exact_set_viewports(run, 1, &part);
    full_draw(run);
    const struct exact_output *output = exact_read(run, a.texture, 0, "a");
    exact_expect_rgba8(run, output, 6, 4, 0, 0, 0, 0);
    exact_expect_rgba8(run, output, 3, 4, 0, 64, 32, 255);
}

/* Inputs in other stages, several at a time, are taken out as well; other mips stay. */
static void hazard_by_subresource(struct exact_run *run, const void *row)
{
    (void)row;
    struct pvgpu_cmd_create_resource desc = texture_2d(run, RGBA8, 16, 16, TARGET | SHADER);
    desc.mip_count = 2;
    exact_create_filled(run, &desc);
    struct pvgpu_cmd_create_shader_resource_view input = {
        .id = exact_id(run),
        .resource = desc.header.id,
        .dimension = 4,
        .first = 1,
        .count = 1,
    };
    exact_create_shader_resource_view(run, &input);
    uint32_t view = target_view(run, desc.header.id); /* mip 0 */
    use_texture(run, input.id);
    exact_set_render_targets(run, 1, &view, 0);
    full_viewport(run, 16, 16);
    use_sampler(run, FILTER_POINT, CLAMP);
    use_uv(run, 1, 1, 0, 0, 0, 0, 0, 0);
    use_full(run, "tex2d_ps");
    full_draw(run);
    exact_read_all(run, desc.header.id, "mip");
    run->expectations++;
    if (run->output_count == 2 && memcmp(run->outputs[0].data, run->outputs[1].data, 4) != 0)
        exact_fail(run, "mip 1 was taken out although mip 0 alone is a target");
}

/* Every state back to its default: as if nothing had been set. */
static void defaults(struct exact_run *run, const void *row)
{
    (void)row;
    struct target target = draw_target(run, RGBA8, 16, 16);
    struct pvgpu_cmd_create_blend_state blend = blend_desc(run);
    blend.targets[0].write_mask = 2;
    struct pvgpu_cmd_create_rasterizer_state raster = rasterizer_desc(run);
    raster.fill = FILL_WIREFRAME;
    struct pvgpu_cmd_create_depth_stencil_state test = depth_desc(run);
    test.depth_compare = 1;
    exact_create_blend_state(run, &blend);
    exact_create_rasterizer_state(run, &raster);
    exact_create_depth_stencil_state(run, &test);
    exact_set_blend_state(run, blend.id, NULL, 0xFFFFFFFF);
    exact_set_rasterizer_state(run, raster.id);
    exact_set_depth_stencil_state(run, test.id, 3);
    use_vertices(run, square, 6);
    use_colors(run);
    const struct pvgpu_viewport ports[2] = {{0, 0, 8, 16, 0, 1}, {8, 0, 8, 16, 0, 1}};
    exact_set_viewports(run, 1, &ports[0]);
    exact_draw(run, 6, 0);
    exact_set_blend_state(run, 0, NULL, 0xFFFFFFFF);
    exact_set_rasterizer_state(run, 0);
    exact_set_depth_stencil_state(run, 0, 0);
    exact_set_viewports(run, 1, &ports[1]);
    exact_draw(run, 6, 0);
    const struct exact_output *output = exact_read(run, target.texture, 0, "target");
    exact_expect_rgba8(run, output, 12, 8, 255, 128, 64, 128);
}

/* One object of every type, twice: with an odd and with an even id, which travel differently. */
static void destroyed_by_both_ways(struct exact_run *run, const void *row)
{
    (void)row;
    struct target target = draw_target(run, RGBA8, 16, 16);
    use_vertices(run, two_triangles, 6);
    use_colors(run);
    exact_draw(run, 6, 0);
    struct pvgpu_cmd_create_resource input = texture_2d(run, RGBA8, 8, 8, SHADER | TARGET | UNORDERED);
    struct pvgpu_cmd_create_resource depth = texture_2d(run, D32F, 8, 8, DEPTH);
    exact_create_resource(run, &input, NULL);
    exact_create_resource(run, &depth, NULL);
    static const struct exact_element element = {"POSITION", 0, RGBA32F, 0, 0, 0, 0};
    for (int i = 0; i < 2; i++) {
        struct pvgpu_cmd_create_resource texture = texture_2d(run, RGBA8, 8, 8, SHADER);
        struct pvgpu_cmd_create_blend_state blend = blend_desc(run);
        struct pvgpu_cmd_create_rasterizer_state raster = rasterizer_desc(run);
        struct pvgpu_cmd_create_depth_stencil_state test = depth_desc(run);
        struct pvgpu_cmd_create_sampler sampler = sampler_desc(run, FILTER_POINT, WRAP);
        const struct pvgpu_cmd_create_unordered_access_view access = {.id = exact_id(run), .resource = input.header.id};
        uint32_t layout = exact_id(run);
        exact_create_resource(run, &texture, NULL);
        exact_create_blend_state(run, &blend);
        exact_create_rasterizer_state(run, &raster);
        exact_create_depth_stencil_state(run, &test);
        exact_create_sampler(run, &sampler);
        exact_create_unordered_access_view(run, &access);
        exact_create_input_layout(run, layout, 1, &element);
        exact_destroy(run, PVGPU_DESTROY_RESOURCE, texture.header.id);
        exact_destroy(run, PVGPU_DESTROY_BLEND_STATE, blend.id);
        exact_destroy(run, PVGPU_DESTROY_RASTERIZER_STATE, raster.id);
        exact_destroy(run, PVGPU_DESTROY_DEPTH_STENCIL_STATE, test.id);
        exact_destroy(run, PVGPU_DESTROY_SAMPLER, sampler.id);
        exact_destroy(run, PVGPU_DESTROY_UNORDERED_ACCESS_VIEW, access.id);
        exact_destroy(run, PVGPU_DESTROY_INPUT_LAYOUT, layout);
        exact_destroy(run, PVGPU_DESTROY_RENDER_TARGET_VIEW, target_view(run, input.header.id));
        exact_destroy(run, PVGPU_DESTROY_SHADER_RESOURCE_VIEW, shader_view(run, input.header.id));
        exact_destroy(run, PVGPU_DESTROY_DEPTH_STENCIL_VIEW, depth_view(run, depth.header.id));
        exact_destroy(run, PVGPU_DESTROY_SHADER, new_shader(run, "color_ps")); /* eleven ids: the parity changes */
    }
    exact_read(run, target.texture, 0, "target");
}

void exact_add_lives(struct exact_list *list)
{
    exact_add(list, destroyed_while_bound, NULL, 0, "life/destroyed_while_bound");
    exact_add(list, destroyed_by_both_ways, NULL, 0, "life/destroyed_by_both_ways");
    exact_add(list, sampler_and_view_destroyed, NULL, 0, "life/sampler_and_view_destroyed");
    exact_add(list, access_view_destroyed, NULL, 0, "life/access_view_destroyed");
    exact_add(list, created_again, NULL, 0, "life/created_again");
    exact_add(list, another_type, NULL, 0, "life/another_type");
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        exact_add(list, second_id, &kinds[i], 0, "life/second_id/%u", kinds[i]);
    exact_add(list, second_id_of_buffer, NULL, 0, "life/second_id/buffer");
    exact_add(list, input_then_target, NULL, 0, "hazard/input_then_target");
    exact_add(list, target_then_input, NULL, 0, "hazard/target_then_input");
    exact_add(list, hazard_by_subresource, NULL, 0, "hazard/by_subresource");
    exact_add(list, defaults, NULL, 0, "life/defaults");
}
