/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Shader resource views: every dimension, ranges of mips and slices, cubes, buffers, multisampled. */
#include "helpers.h"

#include <stdlib.h>

struct view_row {
    const char *name;
    uint32_t kind, width, height, depth_or_array, mips, misc;
    uint32_t dimension, first, count, first_slice, slice_count;
    const char *pixel_shader;
};

static const struct view_row view_rows[] = {
    {"1d", 1, 16, 1, 1, 0, 0, 2, 0, 0, 0, 0, "tex1d_ps"},
    {"1d_default", 1, 16, 1, 1, 1, 0, 0, 0, 0, 0, 0, "tex1d_ps"},
    {"1d_mips", 1, 64, 1, 1, 0, 0, 2, 1, 2, 0, 0, "tex1d_ps"},
    {"1d_array", 1, 16, 1, 4, 1, 0, 3, 0, 1, 0, 4, "tex1darray_ps"},
    {"1d_array_default", 1, 16, 1, 4, 2, 0, 0, 0, 0, 0, 0, "tex1darray_ps"},
    {"1d_array_part", 1, 16, 1, 8, 2, 0, 3, 1, 1, 3, 2, "tex1darray_ps"},
    {"2d", 2, 16, 16, 1, 1, 0, 4, 0, 1, 0, 0, "tex2d_ps"},
    {"2d_default", 2, 16, 8, 1, 0, 0, 0, 0, 0, 0, 0, "tex2d_ps"},
    {"2d_mip_2", 2, 64, 64, 1, 0, 0, 4, 2, 1, 0, 0, "tex2d_ps"},
    {"2d_mips_rest", 2, 64, 64, 1, 0, 0, 4, 1, 0xFFFFFFFF, 0, 0, "tex2d_ps"},
    {"2d_of_array", 2, 16, 16, 3, 2, 0, 4, 0, 0, 0, 0, "tex2d_ps"},
    {"2d_odd", 2, 13, 7, 1, 0, 0, 0, 0, 0, 0, 0, "tex2d_ps"},
    {"2d_array", 2, 16, 16, 4, 1, 0, 5, 0, 1, 0, 4, "tex2darray_ps"},
    {"2d_array_default", 2, 16, 16, 4, 0, 0, 0, 0, 0, 0, 0, "tex2darray_ps"},
    {"2d_array_part", 2, 16, 16, 6, 3, 0, 5, 1, 2, 2, 3, "tex2darray_ps"},
    {"2d_array_rest", 2, 16, 16, 6, 1, 0, 5, 0, 0, 3, 0xFFFFFFFF, "tex2darray_ps"},
    {"2d_array_of_cube", 2, 8, 8, 6, 1, MISC_CUBE, 5, 0, 1, 1, 4, "tex2darray_ps"},
    {"3d", 3, 8, 8, 8, 1, 0, 8, 0, 1, 0, 0, "tex3d_ps"},
    {"3d_default", 3, 8, 4, 16, 0, 0, 0, 0, 0, 0, 0, "tex3d_ps"},
    {"3d_mip_1", 3, 16, 16, 16, 0, 0, 8, 1, 1, 0, 0, "tex3d_ps"},
    {"cube", 2, 8, 8, 6, 1, MISC_CUBE, 9, 0, 1, 0, 0, "cube_ps"},
    {"cube_default", 2, 8, 8, 6, 0, MISC_CUBE, 0, 0, 0, 0, 0, "cube_ps"},
    {"cube_mip_1", 2, 16, 16, 6, 0, MISC_CUBE, 9, 1, 1, 0, 0, "cube_ps"},
    {"cube_array", 2, 8, 8, 12, 1, MISC_CUBE, 10, 0, 1, 0, 12, "cubearray_ps"},
    {"cube_array_default", 2, 8, 8, 12, 0, MISC_CUBE, 0, 0, 0, 0, 0, "cubearray_ps"},
    {"cube_array_part", 2, 8, 8, 18, 2, MISC_CUBE, 10, 1, 1, 6, 12, "cubearray_ps"},
};

static void view(struct exact_run *run, const void *row)
{
    const struct view_row *r = row;
    struct pvgpu_cmd_create_resource desc = texture_2d(run, RGBA8, r->width, r->height, SHADER);
    desc.kind = r->kind;
    desc.depth_or_array = r->depth_or_array;
    desc.mip_count = r->mips;
    desc.misc = r->misc;
    uint8_t *content = smooth_content(&desc);
    exact_create_resource(run, &desc, content);
    free(content);
    const struct pvgpu_cmd_create_shader_resource_view view = {
        .id = exact_id(run),
        .resource = desc.header.id,
        .dimension = r->dimension,
        .first = r->first,
        .count = r->count,
        .first_slice = r->first_slice,
        .slice_count = r->slice_count,
    };
    exact_create_shader_resource_view(run, &view);
    struct target target = draw_target(run, RGBA8, 32, 32);
    use_texture(run, view.id);
    use_sampler(run, FILTER_LINEAR, CLAMP);
    use_uv(run, 1.25f, 1.5f, 6, 0, -0.05f, -0.1f, 0, 0);
    use_full(run, r->pixel_shader);
    full_draw(run);
    exact_read(run, target.texture, 0, "target");
    if (exact_subresource_count(&desc) <= 32)
        exact_read_all(run, desc.header.id, "texture");
}

/* ---- Buffers ---- */

static void buffer_view(struct exact_run *run, const void *row)
{
    const struct exact_format *format = row;
    if (!exact_needs_format(run, format->number, EXACT_SUPPORT_BUFFER))
        return;
    struct pvgpu_cmd_create_resource shape = texture_2d(run, format->number, 16, 20, 0);
    uint8_t *content = smooth_content(&shape);
    uint32_t id = new_buffer(run, SHADER, content, exact_resource_bytes(&shape));
    free(content);
    const struct pvgpu_cmd_create_shader_resource_view view = {
        .id = exact_id(run),
        .resource = id,
        .format = format->number,
        .dimension = 1,
        .first = 16,
        .count = 240, /* a row less than the target has */
    };
    exact_create_shader_resource_view(run, &view);
    struct target target = draw_target(run, RGBA32F, 16, 16);
    use_texture(run, view.id);
    use_full(run, format->type == 'i' ? "buffer_uint_ps" : format->type == 'j' ? "buffer_sint_ps" : "buffer_ps");
    full_draw(run);
    exact_read(run, target.texture, 0, "target");
}

static const float hand_numbers[32] = {0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

static void buffer_by_hand(struct exact_run *run, const void *row)
{
    (void)row;
    uint32_t id = new_buffer(run, SHADER, hand_numbers, sizeof(hand_numbers));
    const struct pvgpu_cmd_create_shader_resource_view view = {
        .id = exact_id(run),
        .resource = id,
        .format = RGBA32F,
        .first = 1,
        .count = 3,
    };
    exact_create_shader_resource_view(run, &view);
    struct target target = draw_target(run, RGBA32F, 16, 16);
    use_texture(run, view.id);
    use_full(run, "buffer_ps");
    full_draw(run);
    const struct exact_output *output = exact_read(run, target.texture, 0, "target");
    exact_expect(run, output, 0, 0, hand_numbers + 4, 16);
    exact_expect(run, output, 2, 0, hand_numbers + 12, 16);
    exact_expect(run, output, 3, 0, hand_numbers, 16); /* beyond the view: zeros */
}

/* ---- Multisampled ---- */

struct ms_row {
    const char *name;
    uint32_t format, samples, slices, dimension, first_slice, slice_count;
    const char *pixel_shader;
};

static const struct ms_row ms_rows[] = {
    {"rgba8_4x", RGBA8, 4, 1, 6, 0, 0, "ms_ps"},           {"rgba8_4x_default", RGBA8, 4, 1, 0, 0, 0, "ms_ps"},
    {"rgba8_2x", RGBA8, 2, 1, 6, 0, 0, "ms_one_ps"},       {"rgba8_8x", RGBA8, 8, 1, 6, 0, 0, "ms_one_ps"},
    {"rgba16f_4x", RGBA16F, 4, 1, 6, 0, 0, "ms_ps"},       {"array_4x", RGBA8, 4, 3, 7, 0, 3, "msarray_ps"},
    {"array_4x_part", RGBA8, 4, 4, 7, 1, 2, "msarray_ps"}, {"array_4x_default", RGBA8, 4, 3, 0, 0, 0, "msarray_ps"},
};

/* Drawn multisampled, resolved by a shader. */
static void multisampled(struct exact_run *run, const void *row)
{
    const struct ms_row *r = row;
    if (!exact_needs_samples(run, r->format, r->samples))
        return;
    struct pvgpu_cmd_create_resource desc = texture_2d(run, r->format, 32, 32, TARGET | SHADER);
    desc.sample_count = r->samples;
    desc.depth_or_array = r->slices;
    exact_create_resource(run, &desc, NULL);
    use_vertices(run, two_triangles, 6);
    for (uint32_t slice = 0; slice < r->slices; slice++) {
        const struct pvgpu_cmd_create_render_target_view view = {
            .id = exact_id(run),
            .resource = desc.header.id,
            .dimension = r->slices > 1 ? 7 : 6,
            .first_slice = slice,
            .slice_count = 1,
        };
        exact_create_render_target_view(run, &view);
        exact_set_render_targets(run, 1, &view.id, 0);
        full_viewport(run, 32, 32);
        exact_clear_render_target(run, view.id, 0.125f * (float)slice, 0.5f, 0.75f, 1);
        use_colors(run);
        exact_draw(run, 3 + slice, 0);
    }
    const struct pvgpu_cmd_create_shader_resource_view view = {
        .id = exact_id(run),
        .resource = desc.header.id,
        .dimension = r->dimension,
        .first_slice = r->first_slice,
        .slice_count = r->slice_count,
    };
    exact_create_shader_resource_view(run, &view);
    struct target target = draw_target(run, RGBA8, 32, 32);
    use_texture(run, view.id);
    use_full(run, r->pixel_shader);
    use_uv(run, 0, 0, 0, 0, 0, 0, 1, 0);
    full_draw(run);
    exact_read(run, target.texture, 0, "target");
}

/* A pixel shader that runs for each sample, and depth with four of them. */
static void per_sample(struct exact_run *run, const void *row)
{
    (void)row;
    if (!exact_needs_samples(run, RGBA8, 4) || !exact_needs_samples(run, D32F, 4))
        return;
    struct pvgpu_cmd_create_resource desc = texture_2d(run, RGBA8, 32, 32, TARGET | SHADER);
    struct pvgpu_cmd_create_resource depth = texture_2d(run, R32_TYPELESS, 32, 32, DEPTH | SHADER);
    desc.sample_count = depth.sample_count = 4;
    exact_create_resource(run, &desc, NULL);
    exact_create_resource(run, &depth, NULL);
    struct target many = {desc.header.id, target_view(run, desc.header.id), 32, 32};
    struct pvgpu_cmd_create_depth_stencil_view view = {
        .id = exact_id(run),
        .resource = depth.header.id,
        .format = D32F,
        .dimension = 5,
    };
    exact_create_depth_stencil_view(run, &view);
    bind_target(run, &many, view.id);
    exact_clear_render_target(run, many.view, 0, 0, 0, 1);
    exact_clear_depth_stencil(run, view.id, 1, 0.9f, 0);
    use_vertices(run, two_triangles, 6);
    use_shader(run, "color_vs");
    use_shader(run, "sample_ps");
    exact_set_topology(run, TRIANGLE_LIST);
    exact_draw(run, 6, 0);
    struct target target = draw_target(run, RGBA8, 32, 32);
    use_texture(run, shader_view(run, many.texture));
    use_full(run, "ms_ps");
    full_draw(run);
    exact_read(run, target.texture, 0, "colors");
    struct target depths = draw_target(run, RGBA32F, 32, 32);
    use_texture(run, view_of(run, depth.header.id, R32F));
    use_full(run, "msdepth_ps");
    full_draw(run);
    exact_read(run, depths.texture, 0, "depths");
}

/* Views of three-dimensional and mipped textures by texel number. */
static void load_mip(struct exact_run *run, const void *row)
{
    (void)row;
    struct pvgpu_cmd_create_resource desc = texture_2d(run, RGBA8, 32, 32, SHADER);
    desc.mip_count = 4;
    uint8_t *content = smooth_content(&desc);
    exact_create_resource(run, &desc, content);
    struct target target = draw_target(run, RGBA8, 16, 16);
    use_texture(run, shader_view(run, desc.header.id));
    use_full(run, "tex2d_load_mip_ps");
    use_uv(run, 0, 0, 0, 0, 0, 0, 2, 0);
    full_draw(run);
    const struct exact_output *output = exact_read(run, target.texture, 0, "target");
    /* level 2 is 8 x 8 and begins behind 32 x 32 and 16 x 16 texels */
    exact_expect(run, output, 5, 3, content + (1024 + 256 + 3 * 8 + 5) * 4, 4);
    exact_expect_rgba8(run, output, 8, 3, 0, 0, 0, 0); /* beyond its edge */
    free(content);
}

void exact_add_textures(struct exact_list *list)
{
    static const uint32_t buffer_formats[] = {2,  3,  4,  6,  10, 11, 12, 13, 14, 16, 24, 25, 26, 28, 30, 31,
                                              32, 34, 36, 41, 42, 43, 49, 54, 56, 57, 59, 61, 62, 63, 65, 87};
    for (size_t i = 0; i < COUNT_OF(view_rows); i++)
        exact_add(list, view, &view_rows[i], 0, "texture/view/%s", view_rows[i].name);
    for (size_t i = 0; i < COUNT_OF(buffer_formats); i++)
        exact_add(list, buffer_view, exact_format(buffer_formats[i]), 0, "texture/buffer/%s",
                  exact_format(buffer_formats[i])->name);
    for (size_t i = 0; i < COUNT_OF(ms_rows); i++)
        exact_add(list, multisampled, &ms_rows[i], 0, "texture/multisampled/%s", ms_rows[i].name);
    exact_add(list, buffer_by_hand, NULL, 0, "texture/buffer_by_hand");
    exact_add(list, per_sample, NULL, 0, "texture/per_sample");
    exact_add(list, load_mip, NULL, 0, "texture/load_mip");
}
