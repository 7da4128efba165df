/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Depth and stencil: comparisons, operations, masks, formats, views, clears, reading depth in shaders. */
#include "helpers.h"

/* Two overlapping triangles twice, the second time mirrored, against a cleared depth. */
static const struct vertex crossing[12] = {
    {{-0.9f, -0.8f, 0.25f, 1}, {1, 0, 0, 1}},       {{-0.2f, 0.9f, 0.5f, 1}, {1, 1, 0, 1}},
    {{0.6f, -0.7f, 0.75f, 1}, {0, 1, 0, 1}},        {{-0.5f, 0.2f, 0.75f, 1}, {0, 0, 1, 1}},
    {{0.9f, 0.8f, 0.5f, 1}, {0.5f, 0, 1, 1}},       {{0.7f, -0.9f, 0.25f, 1}, {1, 1, 1, 1}},
    {{-0.9f, 0.9f, 0.5f, 1}, {0.25f, 0.5f, 1, 1}},  {{0.9f, 0.9f, 0.5f, 1}, {0.25f, 0.5f, 1, 1}},
    {{-0.9f, -0.9f, 0.5f, 1}, {0.25f, 0.5f, 1, 1}}, {{-0.9f, -0.9f, 0.5f, 1}, {1, 0.5f, 0.25f, 1}},
    {{0.9f, 0.9f, 0.5f, 1}, {1, 0.5f, 0.25f, 1}},   {{0.9f, -0.9f, 0.5f, 1}, {1, 0.5f, 0.25f, 1}},
};

struct scene {
    struct target target;
    uint32_t depth, view;
};

static struct scene new_scene(struct exact_run *run, uint32_t format, float clear_depth, uint8_t clear_stencil)
{
    struct scene scene = {.target = draw_target(run, RGBA8, 32, 32)};
    struct pvgpu_cmd_create_resource desc = texture_2d(run, format, 32, 32, DEPTH);
    exact_create_resource(run, &desc, NULL);
    scene.depth = desc.header.id;
    scene.view = depth_view(run, scene.depth);
    bind_target(run, &scene.target, scene.view);
    exact_clear_depth_stencil(run, scene.view, PVGPU_CLEAR_DEPTH | PVGPU_CLEAR_STENCIL, clear_depth, clear_stencil);
    use_vertices(run, crossing, 12);
    use_colors(run);
    struct pvgpu_cmd_create_rasterizer_state raster = rasterizer_desc(run);
    raster.cull = CULL_NONE;
    exact_create_rasterizer_state(run, &raster);
    exact_set_rasterizer_state(run, raster.id);
    return scene;
}

static void use_depth(struct exact_run *run, const struct pvgpu_cmd_create_depth_stencil_state *desc,
                      uint32_t reference)
{
    exact_create_depth_stencil_state(run, desc);
    exact_set_depth_stencil_state(run, desc->id, reference);
}

static void read_scene(struct exact_run *run, const struct scene *scene)
{
    exact_read(run, scene->target.texture, 0, "target");
    exact_read(run, scene->depth, 0, "depth");
}

static const uint32_t numbers[] = {1, 2, 3, 4, 5, 6, 7, 8};
static const char *const compare_names[] = {"",        "never",     "less",          "equal", "less_equal",
                                            "greater", "not_equal", "greater_equal", "always"};
static const char *const operation_names[] = {"",         "keep",   "zero", "replace", "incr_sat",
                                              "decr_sat", "invert", "incr", "decr"};

static void depth_compare(struct exact_run *run, const void *row)
{
    const uint32_t *compare = row;
    struct scene scene = new_scene(run, D32F, 0.5f, 0);
    struct pvgpu_cmd_create_depth_stencil_state desc = depth_desc(run);
    desc.depth_compare = *compare;
    use_depth(run, &desc, 0);
    exact_draw(run, 12, 0);
    read_scene(run, &scene);
}

struct depth_row {
    const char *name;
    uint32_t enable, write;
};

static const struct depth_row depth_rows[] = {{"off", 0, 1}, {"on", 1, 1}, {"no_write", 1, 0}};

static void depth_flags(struct exact_run *run, const void *row)
{
    const struct depth_row *r = row;
    struct scene scene = new_scene(run, D32F, 0.625f, 0);
    struct pvgpu_cmd_create_depth_stencil_state desc = depth_desc(run);
    desc.depth_enable = r->enable;
    desc.depth_write = r->write;
    use_depth(run, &desc, 0);
    exact_draw(run, 12, 0);
    read_scene(run, &scene);
}

static void stencil_compare(struct exact_run *run, const void *row)
{
    const uint32_t *compare = row;
    struct scene scene = new_scene(run, D24S8, 1.0f, 0x35);
    struct pvgpu_cmd_create_depth_stencil_state desc = depth_desc(run);
    desc.depth_enable = 0;
    desc.stencil_enable = 1;
    desc.front = (struct pvgpu_stencil_face){4, 1, 7, *compare};
    desc.back = (struct pvgpu_stencil_face){5, 1, 8, *compare};
    use_depth(run, &desc, 0x35);
    exact_draw(run, 12, 0);
    exact_draw(run, 6, 0);
    read_scene(run, &scene);
}

struct face_row {
    const char *name;
    int which; /* 0 fail, 1 depth fail, 2 pass */
};

static const struct face_row face_rows[] = {{"fail", 0}, {"depth_fail", 1}, {"pass", 2}};

static struct operation_row {
    uint32_t operation, which;
} operation_rows[24];

/* Each operation at each of its three places, with another one on the back face. */
static void stencil_operation(struct exact_run *run, const void *row)
{
    const struct operation_row *r = row;
    struct scene scene = new_scene(run, D24S8, 0.5f, r->operation == 4 || r->operation == 7 ? 0xFF : 0x00);
    struct pvgpu_cmd_create_depth_stencil_state desc = depth_desc(run);
    desc.stencil_enable = 1;
    desc.depth_compare = r->which == 2 ? 8 : r->which == 1 ? 1 : 2;
    desc.front.compare = desc.back.compare = r->which == 0 ? 1 : 8;
    uint32_t *front[3] = {&desc.front.fail, &desc.front.depth_fail, &desc.front.pass};
    uint32_t *back[3] = {&desc.back.fail, &desc.back.depth_fail, &desc.back.pass};
    *front[r->which] = r->operation;
    *back[r->which] = r->operation % 8 + 1;
    use_depth(run, &desc, 0x5A);
    exact_draw(run, 12, 0);
    /* The same once more seen from behind. */
    struct pvgpu_cmd_create_rasterizer_state raster = rasterizer_desc(run);
    raster.cull = CULL_NONE;
    raster.front_counter_clockwise = 1;
    exact_create_rasterizer_state(run, &raster);
    exact_set_rasterizer_state(run, raster.id);
    exact_draw(run, 3, 3);
    read_scene(run, &scene);
}

struct mask_row {
    uint32_t read, write, reference;
};

static const struct mask_row mask_rows[] = {
    {0x0F, 0xF0, 0xA5}, {0xF0, 0x0F, 0x35}, {0xFF, 0x00, 0x33}, {0, 0xFF, 0x77}};

static void stencil_masks(struct exact_run *run, const void *row)
{
    const struct mask_row *r = row;
    struct scene scene = new_scene(run, D24S8, 1.0f, 0x33);
    struct pvgpu_cmd_create_depth_stencil_state desc = depth_desc(run);
    desc.stencil_enable = 1;
    desc.stencil_read_mask = r->read;
    desc.stencil_write_mask = r->write;
    desc.front = (struct pvgpu_stencil_face){6, 3, 3, 4};
    desc.back = (struct pvgpu_stencil_face){3, 6, 6, 6};
    use_depth(run, &desc, r->reference);
    exact_draw(run, 12, 0);
    exact_draw(run, 9, 3);
    read_scene(run, &scene);
}

/* Front and back face differ: all three operations and the comparison of each matter. */
static void two_faces(struct exact_run *run, const void *row)
{
    (void)row;
    struct scene scene = new_scene(run, D24S8, 0.5f, 0x10);
    struct vertex both[12];
    for (int i = 0; i < 12; i++) {
        both[i] = crossing[i < 6 ? i : 11 - i]; /* the second half turned over */
        if (i >= 6)
            both[i].position[0] *= 0.5f;
    }
    use_vertices(run, both, 12);
    struct pvgpu_cmd_create_depth_stencil_state desc = depth_desc(run);
    desc.stencil_enable = 1;
    desc.front = (struct pvgpu_stencil_face){4, 7, 3, 7};
    desc.back = (struct pvgpu_stencil_face){6, 5, 7, 4};
    use_depth(run, &desc, 0x10);
    exact_draw(run, 12, 0);
    exact_set_depth_stencil_state(run, desc.id, 0x11);
    exact_draw(run, 12, 0);
    exact_set_depth_stencil_state(run, desc.id, 0x0F);
    exact_draw(run, 12, 0);
    read_scene(run, &scene);
}

/* ---- Formats and views ---- */

static const uint32_t depth_formats[] = {20, 40, 45, 55};

static void depth_format(struct exact_run *run, const void *row)
{
    const uint32_t *format = row;
    if (!exact_needs_format(run, *format, EXACT_SUPPORT_DEPTH))
        return;
    struct scene scene = new_scene(run, *format, 0.6875f, 0x42);
    struct pvgpu_cmd_create_depth_stencil_state desc = depth_desc(run);
    desc.stencil_enable = *format == 20 || *format == 45;
    desc.front.pass = desc.back.pass = 7;
    use_depth(run, &desc, 1);
    exact_draw(run, 12, 0);
    read_scene(run, &scene);
}

struct typeless_row {
    const char *name;
    uint32_t texture, depth, shader;
    const char *pixel_shader;
};

static const struct typeless_row typeless_rows[] = {
    {"R32", 39, 40, 41, "tex2d_load_ps"},      {"R16", 53, 55, 56, "tex2d_load_ps"},
    {"R24G8", 44, 45, 46, "tex2d_load_ps"},    {"R24G8_stencil", 44, 45, 47, "stencil_ps"},
    {"R32G8X24", 19, 20, 21, "tex2d_load_ps"}, {"R32G8X24_stencil", 19, 20, 22, "stencil_ps"},
};

/* Depth and stencil that shaders read. */
static void depth_as_input(struct exact_run *run, const void *row)
{
    const struct typeless_row *r = row;
    if (!exact_needs_format(run, r->depth, EXACT_SUPPORT_DEPTH) ||
        !exact_needs_format(run, r->shader, EXACT_SUPPORT_LOAD))
        return;
    struct pvgpu_cmd_create_resource texture = texture_2d(run, r->texture, 32, 32, DEPTH | SHADER);
    exact_create_resource(run, &texture, NULL);
    struct pvgpu_cmd_create_depth_stencil_view view = {
        .id = exact_id(run),
        .resource = texture.header.id,
        .format = r->depth,
    };
    exact_create_depth_stencil_view(run, &view);
    exact_set_render_targets(run, 0, NULL, view.id);
    full_viewport(run, 32, 32);
    exact_clear_depth_stencil(run, view.id, PVGPU_CLEAR_DEPTH | PVGPU_CLEAR_STENCIL, 0.875f, 0x80);
    struct pvgpu_cmd_create_depth_stencil_state desc = depth_desc(run);
    desc.stencil_enable = r->depth == 20 || r->depth == 45;
    desc.front.pass = desc.back.pass = 3;
    use_depth(run, &desc, 0x66);
    use_vertices(run, crossing, 12);
    use_colors(run);
    exact_set_shader(run, PVGPU_STAGE_PIXEL, 0);
    exact_draw(run, 6, 0);
    struct target target = draw_target(run, RGBA32F, 32, 32);
    use_texture(run, view_of(run, texture.header.id, r->shader));
    use_full(run, r->pixel_shader);
    full_draw(run);
    exact_read(run, target.texture, 0, "as_input");
    exact_read(run, texture.header.id, 0, "depth");
}

/* Read-only depth: tested against and read by the shader at the same time. */
static void read_only_depth(struct exact_run *run, const void *row)
{
    const uint32_t *flags = row;
    struct target target = draw_target(run, RGBA32F, 32, 32);
    struct pvgpu_cmd_create_resource texture = texture_2d(run, R24G8_TYPELESS, 32, 32, DEPTH | SHADER);
    exact_create_resource(run, &texture, NULL);
    struct pvgpu_cmd_create_depth_stencil_view view = {
        .id = exact_id(run),
        .resource = texture.header.id,
        .format = D24S8,
        .dimension = 3,
    };
    exact_create_depth_stencil_view(run, &view);
    bind_target(run, &target, view.id);
    exact_clear_depth_stencil(run, view.id, 3, 0.75f, 0x20);
    use_vertices(run, crossing, 12);
    use_colors(run);
    exact_draw(run, 3, 0);

    struct pvgpu_cmd_create_depth_stencil_view fixed = view;
    fixed.id = exact_id(run);
    fixed.flags = *flags;
    exact_create_depth_stencil_view(run, &fixed);
    bind_target(run, &target, fixed.id);
    struct pvgpu_cmd_create_depth_stencil_state desc = depth_desc(run);
    desc.depth_write = *flags & 1 ? 0 : 1;
    desc.stencil_enable = 1;
    desc.stencil_write_mask = *flags & 2 ? 0 : 0xFF;
    desc.front.pass = desc.back.pass = 7;
    use_depth(run, &desc, 1);
    if (*flags & 1)
        use_texture(run, view_of(run, texture.header.id, R24X8));
    use_full(run, *flags & 1 ? "tex2d_load_ps" : "alpha_ps");
    full_draw(run);
    exact_read(run, target.texture, 0, "target");
    exact_set_render_targets(run, 0, NULL, 0);
    exact_read(run, texture.header.id, 0, "depth");
}

static const uint32_t read_only_flags[] = {1, 2, 3};

static struct dimension_row {
    const char *name;
    uint32_t kind, slices, mips, samples, dimension, mip, first, count;
} dimension_rows[] = {
    {"1d", 1, 1, 2, 1, 1, 1, 0, 0},       {"1d_array", 1, 4, 2, 1, 2, 1, 1, 2},
    {"2d", 2, 1, 2, 1, 3, 1, 0, 0},       {"2d_of_array", 2, 3, 1, 1, 3, 0, 0, 0},
    {"2d_array", 2, 5, 3, 1, 4, 1, 2, 2}, {"2d_array_rest", 2, 4, 2, 1, 4, 0, 1, 0xFFFFFFFF},
};

/* Views of every dimension, cleared: the other slices and mips keep what they had. */
static void view_dimension(struct exact_run *run, const void *row)
{
    const struct dimension_row *r = row;
    struct pvgpu_cmd_create_resource desc = texture_2d(run, D32F, 16, 16, DEPTH);
    desc.kind = r->kind;
    desc.depth_or_array = r->slices;
    desc.mip_count = r->mips;
    if (r->kind == 1)
        desc.height = 1;
    exact_create_resource(run, &desc, NULL);
    for (uint32_t mip = 0; mip < r->mips; mip++) {
        struct pvgpu_cmd_create_depth_stencil_view all = {
            .id = exact_id(run),
            .resource = desc.header.id,
            .dimension = r->kind == 1 ? 2 : 4,
            .mip = mip,
        };
        exact_create_depth_stencil_view(run, &all);
        exact_clear_depth_stencil(run, all.id, 1, 0.25f, 0);
    }
    struct pvgpu_cmd_create_depth_stencil_view view = {
        .id = exact_id(run),
        .resource = desc.header.id,
        .format = D32F,
        .dimension = r->dimension,
        .mip = r->mip,
        .first_slice = r->first,
        .slice_count = r->count,
    };
    exact_create_depth_stencil_view(run, &view);
    exact_clear_depth_stencil(run, view.id, 1, 0.625f, 0);
    exact_read_all(run, desc.header.id, "depth");
    exact_expect_float(run, &run->outputs[r->first * r->mips + r->mip], 1, 0, 0.625f);
    exact_expect_float(run,
                       &run->outputs[r->first ? 0
                                     : r->mip ? 0
                                              : r->mips * (r->slices - 1) + r->mips - 1],
                       0, 0, r->first || r->mip || r->slices > 1 ? 0.25f : 0.625f);
}

struct clear_row {
    const char *name;
    uint32_t flags;
    float depth;
    uint8_t stencil;
};

static const struct clear_row clear_rows[] = {
    {"depth", 1, 0.5f, 0x99},   {"stencil", 2, 0.5f, 0x99},   {"both", 3, 0.5f, 0x99},
    {"neither", 0, 0.5f, 0x99}, {"clamped_high", 1, 7.0f, 0}, {"clamped_low", 3, -1.0f, 255},
};

static void clear(struct exact_run *run, const void *row)
{
    const struct clear_row *r = row;
    struct pvgpu_cmd_create_resource desc = texture_2d(run, D24S8, 8, 8, DEPTH);
    exact_create_resource(run, &desc, NULL);
    uint32_t view = depth_view(run, desc.header.id);
    exact_clear_depth_stencil(run, view, 3, 1.0f, 0x11);
    exact_clear_depth_stencil(run, view, r->flags, r->depth, r->stencil);
    const struct exact_output *output = exact_read(run, desc.header.id, 0, "depth");
    if (r->depth != 0.5f || !(r->flags & 1)) { /* half of 24 bits rounds as the host likes */
        float depth = !(r->flags & 1) || r->depth > 1 ? 1.0f : 0.0f;
        uint32_t stencil = r->flags & 2 ? r->stencil : 0x11;
        exact_expect_u32(run, output, 3, 3, stencil << 24 | (depth == 1.0f ? 0xFFFFFF : 0));
    }
}

static void depth_only(struct exact_run *run, const void *row)
{
    (void)row;
    struct pvgpu_cmd_create_resource desc = texture_2d(run, D32F, 16, 16, DEPTH);
    exact_create_resource(run, &desc, NULL);
    uint32_t view = depth_view(run, desc.header.id);
    exact_set_render_targets(run, 0, NULL, view);
    full_viewport(run, 16, 16);
    exact_clear_depth_stencil(run, view, 1, 1.0f, 0);
    static const struct exact_element elements[] = {{"POSITION", 0, RGBA32F, 0, 0, 0, 0}};
    uint32_t id = new_buffer(run, VERTEX, square, sizeof(square)), layout = exact_id(run);
    const struct pvgpu_vertex_buffer slot = {id, sizeof(struct vertex), 0};
    exact_create_input_layout(run, layout, 1, elements);
    exact_set_input_layout(run, layout);
    exact_set_vertex_buffers(run, 0, 1, &slot);
    use_shader(run, "position_vs");
    exact_set_topology(run, TRIANGLE_LIST);
    exact_draw(run, 6, 0);
    const struct exact_output *output = exact_read(run, desc.header.id, 0, "depth");
    exact_expect_float(run, output, 8, 8, 0.5f); /* inside the square */
    exact_expect_float(run, output, 0, 0, 1.0f); /* outside */
    exact_expect_float(run, output, 2, 2, 0.5f); /* its first pixel: -0.75 is 2 of 16 */
    exact_expect_float(run, output, 1, 2, 1.0f);
}

static void depth_from_shader(struct exact_run *run, const void *row)
{
    (void)row;
    struct scene scene = new_scene(run, D32F, 1.0f, 0);
    exact_draw(run, 6, 0);
    use_full(run, "depth_ps");
    full_draw(run);
    read_scene(run, &scene);
}

void exact_add_depths(struct exact_list *list)
{
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        exact_add(list, depth_compare, &numbers[i], numbers[i] == 1 ? EXACT_UNIFORM : 0, "depth/compare/%s",
                  compare_names[numbers[i]]);
        exact_add(list, stencil_compare, &numbers[i], 0, "stencil/compare/%s", compare_names[numbers[i]]);
        for (uint32_t which = 0; which < 3; which++) {
            struct operation_row *r = &operation_rows[i * 3 + which];
            *r = (struct operation_row){numbers[i], which};
            exact_add(list, stencil_operation, r, which == 2 ? 0 : EXACT_UNIFORM, "stencil/%s/%s",
                      face_rows[which].name, operation_names[numbers[i]]);
        }
    }
    for (size_t i = 0; i < COUNT_OF(depth_rows); i++)
        exact_add(list, depth_flags, &depth_rows[i], 0, "depth/%s", depth_rows[i].name);
    for (size_t i = 0; i < COUNT_OF(mask_rows); i++)
        exact_add(list, stencil_masks, &mask_rows[i], 0, "stencil/masks/%zu", i);
    exact_add(list, two_faces, NULL, 0, "stencil/two_faces");
    for (size_t i = 0; i < COUNT_OF(depth_formats); i++)
        exact_add(list, depth_format, &depth_formats[i], 0, "depth/format/%s", exact_format(depth_formats[i])->name);
    for (size_t i = 0; i < COUNT_OF(typeless_rows); i++)
        exact_add(list, depth_as_input, &typeless_rows[i], 0, "depth/as_input/%s", typeless_rows[i].name);
    for (size_t i = 0; i < COUNT_OF(read_only_flags); i++)
        exact_add(list, read_only_depth, &read_only_flags[i], 0, "depth/read_only/%u", read_only_flags[i]);
    for (size_t i = 0; i < COUNT_OF(dimension_rows); i++)
        exact_add(list, view_dimension, &dimension_rows[i], EXACT_UNIFORM, "depth/view/%s", dimension_rows[i].name);
    for (size_t i = 0; i < COUNT_OF(clear_rows); i++)
        exact_add(list, clear, &clear_rows[i], EXACT_UNIFORM, "depth/clear/%s", clear_rows[i].name);
    exact_add(list, depth_only, NULL, 0, "depth/only");
    exact_add(list, depth_from_shader, NULL, 0, "depth/from_shader");
}
