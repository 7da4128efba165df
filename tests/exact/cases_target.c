/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Render target views of every dimension: cleared and drawn to, with everything beside them left alone. */
#include "helpers.h"

struct view_row {
    const char *name;
    uint32_t kind, height, depth_or_array, mips, misc;
    uint32_t dimension, mip, first, count;
};

static const struct view_row view_rows[] = {
    {"1d", 1, 1, 1, 2, 0, 2, 1, 0, 0},
    {"1d_default", 1, 1, 1, 2, 0, 0, 0, 0, 0},
    {"1d_array", 1, 1, 4, 2, 0, 3, 1, 1, 2},
    {"1d_array_default", 1, 1, 3, 2, 0, 0, 0, 0, 0},
    {"2d", 2, 16, 1, 3, 0, 4, 1, 0, 0},
    {"2d_of_array", 2, 16, 3, 1, 0, 4, 0, 0, 0},
    {"2d_array", 2, 16, 5, 2, 0, 5, 1, 2, 2},
    {"2d_array_default", 2, 16, 3, 2, 0, 0, 0, 0, 0},
    {"2d_array_rest", 2, 16, 4, 1, 0, 5, 0, 2, 0xFFFFFFFF},
    {"2d_array_one", 2, 16, 4, 1, 0, 5, 0, 3, 1},
    {"cube_face", 2, 16, 6, 1, MISC_CUBE, 5, 0, 4, 1},
    {"3d", 3, 16, 8, 2, 0, 8, 0, 2, 3},
    {"3d_mip_1", 3, 16, 8, 2, 0, 8, 1, 1, 2},
    {"3d_default", 3, 16, 4, 2, 0, 0, 0, 0, 0},
    {"3d_rest", 3, 16, 6, 1, 0, 8, 0, 4, 0xFFFFFFFF},
};

static uint32_t view_for(struct exact_run *run, const struct view_row *r, uint32_t *texture)
{
    struct pvgpu_cmd_create_resource desc = texture_2d(run, RGBA8, 16, r->height, TARGET | SHADER);
    desc.kind = r->kind;
    desc.depth_or_array = r->depth_or_array;
    desc.mip_count = r->mips;
    desc.misc = r->misc;
    exact_create_filled(run, &desc);
    *texture = desc.header.id;
    const struct pvgpu_cmd_create_render_target_view view = {
        .id = exact_id(run),
        .resource = desc.header.id,
        .dimension = r->dimension,
        .mip = r->mip,
        .first_slice = r->first,
        .slice_count = r->count,
    };
    exact_create_render_target_view(run, &view);
    return view.id;
}

static void clear(struct exact_run *run, const void *row)
{
    const struct view_row *r = row;
    uint32_t texture, view = view_for(run, r, &texture);
    exact_clear_render_target(run, view, 1.0f, 0.2f, 0.6f, 0.0f);
    exact_read_all(run, texture, "texture");
    uint32_t index = r->kind == 3 ? r->mip : r->first * r->mips + r->mip;
    const struct exact_output *output = &run->outputs[index];
    uint32_t y = r->kind == 3 ? r->first * (output->rows) : 0; /* slices of 3D lie one below the other */
    exact_expect_rgba8(run, output, 3, y, 255, 51, 153, 0);
}

static void draw(struct exact_run *run, const void *row)
{
    const struct view_row *r = row;
    uint32_t texture, view = view_for(run, r, &texture);
    exact_set_render_targets(run, 1, &view, 0);
    full_viewport(run, (float)(16u >> r->mip), (float)(r->height >> r->mip ? r->height >> r->mip : 1));
    use_vertices(run, two_triangles, 6);
    use_colors(run);
    exact_draw(run, 6, 0);
    exact_read_all(run, texture, "texture");
}

/* Slices chosen by a geometry shader. */
static void layers(struct exact_run *run, const void *row)
{
    const struct view_row *r = row;
    uint32_t texture, view = view_for(run, r, &texture);
    exact_set_render_targets(run, 1, &view, 0);
    full_viewport(run, (float)(16u >> r->mip), (float)(r->height >> r->mip));
    exact_clear_render_target(run, view, 0, 0, 0.5f, 1);
    use_vertices(run, two_triangles, 6);
    use_shader(run, "pass_vs");
    use_shader(run, "layer_gs");
    use_shader(run, "layer_ps");
    exact_set_topology(run, TRIANGLE_LIST);
    exact_draw(run, 6, 0);
    exact_read_all(run, texture, "texture");
}

/* Depth with slices beside colour with slices. */
static void layered_depth(struct exact_run *run, const void *row)
{
    (void)row;
    struct pvgpu_cmd_create_resource color = texture_2d(run, RGBA8, 16, 16, TARGET);
    struct pvgpu_cmd_create_resource depth = texture_2d(run, D32F, 16, 16, DEPTH);
    color.depth_or_array = depth.depth_or_array = 4;
    exact_create_filled(run, &color);
    exact_create_resource(run, &depth, NULL);
    uint32_t view = target_view(run, color.header.id), test = depth_view(run, depth.header.id);
    exact_set_render_targets(run, 1, &view, test);
    full_viewport(run, 16, 16);
    exact_clear_render_target(run, view, 0, 0.5f, 0, 1);
    exact_clear_depth_stencil(run, test, 1, 0.8f, 0);
    use_vertices(run, two_triangles, 6);
    use_shader(run, "pass_vs");
    use_shader(run, "layer_gs");
    use_shader(run, "color_ps");
    exact_set_topology(run, TRIANGLE_LIST);
    exact_draw(run, 6, 0);
    exact_read_all(run, color.header.id, "color");
    exact_read_all(run, depth.header.id, "depth");
}

/* A buffer as a target. */
static void buffer_target(struct exact_run *run, const void *row)
{
    const uint32_t *draws = row;
    struct pvgpu_cmd_create_resource desc = {
        .header.id = exact_id(run),
        .kind = PVGPU_KIND_BUFFER,
        .width = 256,
        .bind = TARGET | SHADER,
    };
    exact_create_filled(run, &desc);
    const struct pvgpu_cmd_create_render_target_view view = {
        .id = exact_id(run),
        .resource = desc.header.id,
        .format = R32F,
        .dimension = 1,
        .first_slice = 8,
        .slice_count = 32,
    };
    exact_create_render_target_view(run, &view);
    exact_clear_render_target(run, view.id, 0.5f, 0, 0, 0);
    if (*draws) {
        exact_set_render_targets(run, 1, &view.id, 0);
        full_viewport(run, 32, 1);
        use_full(run, "alpha_ps");
        full_draw(run);
    }
    exact_read(run, desc.header.id, 0, "buffer");
}

static const uint32_t flags[] = {0, 1};

/* Empty slots between targets, a target of another format, fewer targets than before. */
static void several(struct exact_run *run, const void *row)
{
    (void)row;
    struct target a = new_target(run, RGBA8, 16, 16), b = new_target(run, RGBA16F, 16, 16),
                  c = new_target(run, BGRA8, 16, 16);
    const uint32_t first[8] = {a.view, 0, b.view, 0, 0, 0, 0, c.view}, second[2] = {0, a.view};
    float colors[8][4];
    for (int i = 0; i < 32; i++)
        colors[i / 4][i % 4] = (float)(i * 5 % 16) / 16.0f;
    use_full(run, "targets_ps");
    use_constants(run, PVGPU_STAGE_PIXEL, 0, colors, sizeof(colors));
    exact_set_render_targets(run, 8, first, 0);
    full_viewport(run, 16, 12);
    full_draw(run);
    exact_set_render_targets(run, 2, second, 0);
    full_viewport(run, 16, 6);
    full_draw(run);
    exact_read(run, a.texture, 0, "a");
    exact_read(run, b.texture, 0, "b");
    exact_read(run, c.texture, 0, "c");
}

/* Drawing to each mip of a chain from the one before. */
static void chain(struct exact_run *run, const void *row)
{
    (void)row;
    struct pvgpu_cmd_create_resource desc = texture_2d(run, RGBA8, 32, 32, TARGET | SHADER);
    desc.mip_count = 0;
    exact_create_filled(run, &desc);
    use_sampler(run, FILTER_LINEAR, CLAMP);
    use_uv(run, 1, 1, 0, 0, 0, 0, 0, 0);
    use_full(run, "tex2d_ps");
    for (uint32_t mip = 1; mip < 6; mip++) {
        const struct pvgpu_cmd_create_render_target_view to = {
            .id = exact_id(run),
            .resource = desc.header.id,
            .dimension = 4,
            .mip = mip,
        };
        const struct pvgpu_cmd_create_shader_resource_view from = {
            .id = exact_id(run),
            .resource = desc.header.id,
            .dimension = 4,
            .first = mip - 1,
            .count = 1,
        };
        exact_create_render_target_view(run, &to);
        exact_create_shader_resource_view(run, &from);
        exact_set_render_targets(run, 1, &to.id, 0);
        use_texture(run, from.id);
        full_viewport(run, (float)(32u >> mip), (float)(32u >> mip));
        full_draw(run);
    }
    exact_read_all(run, desc.header.id, "mip");
}

void exact_add_targets(struct exact_list *list)
{
    for (size_t i = 0; i < COUNT_OF(view_rows); i++) {
        exact_add(list, clear, &view_rows[i], EXACT_UNIFORM, "target/clear/%s", view_rows[i].name);
        exact_add(list, draw, &view_rows[i], 0, "target/draw/%s", view_rows[i].name);
        if (view_rows[i].height > 1 && view_rows[i].dimension != 4)
            exact_add(list, layers, &view_rows[i], 0, "target/layers/%s", view_rows[i].name);
    }
    exact_add(list, layered_depth, NULL, 0, "target/layered_depth");
    for (size_t i = 0; i < COUNT_OF(flags); i++)
        exact_add(list, buffer_target, &flags[i], 0, "target/buffer/%s", i ? "drawn" : "cleared");
    exact_add(list, several, NULL, 0, "target/several");
    exact_add(list, chain, NULL, 0, "target/chain");
}
