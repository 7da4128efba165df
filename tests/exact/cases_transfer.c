/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* UPDATE, MAP and UNMAP, both forms of COPY: boxes, edges, mips, slices, blocks, castable formats. */
#include "helpers.h"

#include <stdlib.h>
#include <string.h>

/* A resource filled with the pattern: format 0 is a buffer of `width` bytes. */
struct shape {
    uint32_t kind, format, width, height, depth_or_array, mips;
    uint32_t bind;
};

static uint32_t filled(struct exact_run *run, const struct shape *s)
{
    struct pvgpu_cmd_create_resource desc = {
        .header.id = exact_id(run),
        .kind = s->kind,
        .format = s->format,
        .width = s->width,
        .height = s->height,
        .depth_or_array = s->depth_or_array,
        .mip_count = s->mips,
        .bind = s->bind,
    };
    exact_create_filled(run, &desc);
    return desc.header.id;
}

static uint8_t source_bytes[65536];

static const uint8_t *source(void)
{
    for (size_t i = 0; i < sizeof(source_bytes); i++)
        source_bytes[i] = (uint8_t)(i * 7 + i / 256 * 3 + 1);
    return source_bytes;
}

#define TEXTURE(k, f, w, h, d, m) {k, f, w, h, d, m, SHADER}
#define BUFFER(bytes, bind) {4, 0, bytes, 0, 0, 0, bind}

/* The packed formats are the only ones here that a host may lack. */
static bool is_possible(struct exact_run *run, const struct shape *s)
{
    return (s->format != 68 && s->format != 69) || exact_needs_format(run, s->format, EXACT_SUPPORT_TEXTURE_2D);
}

/* ---- UPDATE ---- */

struct update_row {
    const char *name;
    struct shape shape;
    uint32_t subresource, x, y, z, width, height, depth, row_pitch, depth_pitch, bytes;
};

static const struct update_row update_rows[] = {
    {"2d_whole", TEXTURE(2, 28, 16, 16, 1, 1), 0, 0, 0, 0, 0, 0, 0, 64, 0, 1024},
    {"2d_whole_padded", TEXTURE(2, 28, 16, 16, 1, 1), 0, 0, 0, 0, 16, 16, 1, 100, 7, 1564},
    {"2d_box", TEXTURE(2, 28, 16, 16, 1, 1), 0, 3, 5, 0, 7, 6, 1, 40, 0, 240},
    {"2d_to_the_edge", TEXTURE(2, 28, 16, 16, 1, 1), 0, 9, 11, 0, 0, 0, 0, 28, 0, 140},
    {"2d_one_texel", TEXTURE(2, 28, 16, 16, 1, 1), 0, 15, 15, 0, 1, 1, 1, 0, 0, 4},
    {"2d_mip_2", TEXTURE(2, 28, 16, 16, 1, 0), 2, 1, 0, 0, 2, 3, 1, 16, 0, 64},
    {"2d_slice", TEXTURE(2, 28, 8, 8, 4, 2), 5, 1, 1, 0, 3, 2, 1, 32, 0, 64},
    {"r8_box", TEXTURE(2, 61, 13, 9, 1, 1), 0, 3, 2, 0, 5, 4, 1, 13, 0, 52},
    {"rgba32f_box", TEXTURE(2, 2, 8, 8, 1, 1), 0, 2, 3, 0, 3, 2, 1, 80, 0, 160},
    {"1d_box", TEXTURE(1, 28, 32, 1, 1, 1), 0, 5, 0, 0, 20, 1, 1, 0, 0, 80},
    {"1d_slice", TEXTURE(1, 28, 32, 1, 3, 2), 3, 2, 0, 0, 9, 1, 1, 0, 0, 36},
    {"3d_whole", TEXTURE(3, 28, 8, 8, 4, 1), 0, 0, 0, 0, 0, 0, 0, 32, 256, 1024},
    {"3d_box", TEXTURE(3, 28, 8, 8, 8, 1), 0, 1, 2, 3, 4, 3, 4, 20, 100, 400},
    {"3d_mip_1", TEXTURE(3, 28, 8, 8, 8, 2), 1, 0, 1, 2, 3, 2, 2, 16, 48, 160},
    {"bc1_box", TEXTURE(2, 71, 16, 16, 1, 1), 0, 4, 8, 0, 8, 8, 1, 16, 0, 32},
    {"bc1_mip_2", TEXTURE(2, 71, 16, 16, 1, 0), 3, 0, 0, 0, 0, 0, 0, 8, 0, 8},
    {"bc3_edge", TEXTURE(2, 77, 12, 12, 1, 1), 0, 8, 4, 0, 0, 0, 0, 16, 0, 32},
    {"bc7_mip_1_edge", TEXTURE(2, 98, 12, 12, 1, 2), 1, 4, 4, 0, 2, 2, 1, 16, 0, 16},
    {"packed_box", TEXTURE(2, 68, 16, 8, 1, 1), 0, 4, 2, 0, 6, 3, 1, 12, 0, 36},
    {"buffer_whole", BUFFER(256, VERTEX), 0, 0, 0, 0, 0, 0, 0, 0, 0, 256},
    {"buffer_part", BUFFER(256, VERTEX), 0, 37, 0, 0, 101, 0, 0, 0, 0, 101},
    {"buffer_to_the_end", BUFFER(256, INDEX), 0, 200, 0, 0, 0, 1, 1, 0, 0, 56},
    {"constants", BUFFER(128, CONSTANT), 0, 0, 0, 0, 0, 0, 0, 0, 0, 128},
    {"renamed", BUFFER(256, VERTEX), 0, 16, 0, 0, 64, 1, 1, 0, 0, 64},
};

static void update(struct exact_run *run, const void *row)
{
    const struct update_row *r = row;
    if (!is_possible(run, &r->shape))
        return;
    uint32_t id = filled(run, &r->shape);
    const struct pvgpu_cmd_update_resource desc = {
        .id = id,
        .subresource = r->subresource,
        .x = r->x,
        .y = r->y,
        .z = r->z,
        .width = r->width,
        .height = r->height,
        .depth = r->depth,
        .row_pitch = r->row_pitch,
        .depth_pitch = r->depth_pitch,
    };
    exact_update(run, &desc, source(), r->bytes);
    exact_read_all(run, id, "resource");
    const struct exact_output *output = &run->outputs[r->subresource];
    const struct exact_format *format = r->shape.format ? exact_format(r->shape.format) : NULL;
    uint32_t unit = format ? format->block_bytes : 1;
    uint32_t x = format ? r->x / format->block_width : r->x, y = format ? r->y / format->block_height : r->y;
    /* the first texel or block of the box, in its slice */
    exact_expect(run, output, x, r->z * output->rows + y, source_bytes, unit);
}

/* ---- MAP and UNMAP ---- */

struct map_row {
    const char *name;
    struct shape shape;
    uint32_t subresource;
    enum pvgpu_map_mode mode;
    uint32_t bytes;
};

static const struct map_row map_rows[] = {
    {"write_2d", TEXTURE(2, 28, 16, 16, 1, 1), 0, PVGPU_MAP_WRITE, 0},
    {"read_write_2d", TEXTURE(2, 28, 16, 16, 1, 1), 0, PVGPU_MAP_READ_WRITE, 0},
    {"discard_2d", TEXTURE(2, 28, 16, 16, 1, 1), 0, PVGPU_MAP_WRITE_DISCARD, 0},
    {"no_overwrite_2d", TEXTURE(2, 28, 16, 16, 1, 1), 0, PVGPU_MAP_WRITE_NO_OVERWRITE, 0},
    {"part_of_a_row", TEXTURE(2, 28, 16, 16, 1, 1), 0, PVGPU_MAP_WRITE, 20},
    {"rows_and_part", TEXTURE(2, 28, 16, 16, 1, 1), 0, PVGPU_MAP_WRITE, 64 * 5 + 12},
    {"rows", TEXTURE(2, 28, 16, 16, 1, 1), 0, PVGPU_MAP_WRITE, 64 * 3},
    {"slices_rows_and_part", TEXTURE(3, 28, 8, 4, 4, 1), 0, PVGPU_MAP_WRITE, 2 * 128 + 32 + 8},
    {"mip_of_slice", TEXTURE(2, 28, 16, 16, 3, 3), 7, PVGPU_MAP_WRITE, 0},
    {"bc2_part", TEXTURE(2, 74, 16, 16, 1, 1), 0, PVGPU_MAP_WRITE, 64 + 32},
    {"bc5_mip", TEXTURE(2, 83, 16, 16, 1, 0), 2, PVGPU_MAP_WRITE, 0},
    {"1d", TEXTURE(1, 35, 33, 1, 1, 1), 0, PVGPU_MAP_WRITE, 40},
    {"odd", TEXTURE(2, 49, 7, 5, 1, 1), 0, PVGPU_MAP_WRITE, 14 * 3 + 4},
    {"packed", TEXTURE(2, 69, 8, 4, 1, 1), 0, PVGPU_MAP_WRITE, 16 + 8},
    {"buffer", BUFFER(200, VERTEX), 0, PVGPU_MAP_WRITE, 0},
    {"buffer_part", BUFFER(200, VERTEX), 0, PVGPU_MAP_WRITE_NO_OVERWRITE, 77},
    {"buffer_discard", BUFFER(200, INDEX), 0, PVGPU_MAP_WRITE_DISCARD, 0},
    {"constants", BUFFER(64, CONSTANT), 0, PVGPU_MAP_WRITE_DISCARD, 0},
    {"unmapped_with_count", TEXTURE(2, 28, 16, 16, 1, 1), 0, (enum pvgpu_map_mode)0, 64},
};

static void map(struct exact_run *run, const void *row)
{
    const struct map_row *r = row;
    if (!is_possible(run, &r->shape))
        return;
    uint32_t id = filled(run, &r->shape);
    exact_map_write(run, id, r->subresource, r->mode, source(), r->bytes);
    exact_read_all(run, id, "resource");
    const struct exact_output *output = &run->outputs[r->subresource];
    uint32_t count = r->bytes ? r->bytes : output->bytes;
    if (run->output_count > r->subresource && memcmp(output->data, source_bytes, count) != 0)
        exact_fail(run, "the bytes are not those that were written");
    run->expectations++;
    exact_read_all(run, id, "again"); /* reading changes nothing */
}

/* ---- COPY of regions ---- */

struct region_row {
    const char *name;
    struct shape to, from;
    uint32_t to_sub, x, y, z, from_sub, has_box;
    uint32_t box[6]; /* left, top, front, right, bottom, back */
};

static const struct region_row region_rows[] = {
    {"2d_whole", TEXTURE(2, 28, 16, 16, 1, 1), TEXTURE(2, 28, 16, 16, 1, 1), 0, 0, 0, 0, 0, 0, {0}},
    {"2d_box", TEXTURE(2, 28, 16, 16, 1, 1), TEXTURE(2, 28, 16, 16, 1, 1), 0, 2, 9, 0, 0, 1, {5, 3, 0, 12, 10, 1}},
    {"2d_corner",
     TEXTURE(2, 28, 16, 16, 1, 1),
     TEXTURE(2, 28, 16, 16, 1, 1),
     0,
     13,
     12,
     0,
     0,
     1,
     {13, 12, 0, 16, 16, 1}},
    {"2d_smaller", TEXTURE(2, 28, 16, 16, 1, 1), TEXTURE(2, 28, 5, 7, 1, 1), 0, 11, 9, 0, 0, 0, {0}},
    {"2d_mip_to_mip", TEXTURE(2, 28, 16, 16, 1, 0), TEXTURE(2, 28, 32, 32, 1, 0), 1, 0, 0, 0, 2, 0, {0}},
    {"2d_slice_to_slice", TEXTURE(2, 28, 8, 8, 4, 2), TEXTURE(2, 28, 8, 8, 3, 1), 6, 1, 2, 0, 2, 1, {2, 1, 0, 8, 7, 1}},
    {"2d_to_3d", TEXTURE(3, 28, 8, 8, 8, 1), TEXTURE(2, 28, 8, 8, 1, 1), 0, 1, 1, 5, 0, 1, {0, 0, 0, 6, 6, 1}},
    {"3d_to_2d", TEXTURE(2, 28, 8, 8, 1, 1), TEXTURE(3, 28, 8, 8, 8, 1), 0, 0, 2, 0, 0, 1, {1, 1, 6, 7, 6, 7}},
    {"3d_box", TEXTURE(3, 28, 8, 8, 8, 1), TEXTURE(3, 28, 8, 8, 8, 2), 0, 1, 2, 3, 0, 1, {2, 1, 4, 7, 5, 8}},
    {"3d_mip", TEXTURE(3, 28, 8, 8, 8, 2), TEXTURE(3, 28, 8, 8, 8, 2), 1, 0, 0, 0, 1, 0, {0}},
    {"1d_box", TEXTURE(1, 28, 32, 1, 1, 1), TEXTURE(1, 28, 32, 1, 1, 1), 0, 7, 0, 0, 0, 1, {3, 0, 0, 20, 1, 1}},
    {"1d_slice", TEXTURE(1, 28, 16, 1, 3, 2), TEXTURE(1, 28, 16, 1, 2, 1), 4, 3, 0, 0, 1, 1, {0, 0, 0, 9, 1, 1}},
    {"castable", TEXTURE(2, 30, 16, 16, 1, 1), TEXTURE(2, 28, 16, 16, 1, 1), 0, 4, 4, 0, 0, 1, {0, 0, 0, 8, 8, 1}},
    {"castable_typeless", TEXTURE(2, 27, 16, 16, 1, 1), TEXTURE(2, 31, 16, 16, 1, 1), 0, 0, 0, 0, 0, 0, {0}},
    {"castable_16f", TEXTURE(2, 12, 16, 16, 1, 1), TEXTURE(2, 10, 16, 16, 1, 1), 0, 1, 2, 0, 0, 1, {3, 3, 0, 9, 8, 1}},
    {"bc1_blocks", TEXTURE(2, 71, 16, 16, 1, 1), TEXTURE(2, 71, 16, 16, 1, 1), 0, 4, 8, 0, 0, 1, {8, 0, 0, 16, 8, 1}},
    {"bc1_mip_edge",
     TEXTURE(2, 71, 24, 24, 1, 1),
     TEXTURE(2, 71, 24, 24, 1, 3),
     0,
     12,
     16,
     0,
     1,
     1,
     {8, 8, 0, 12, 12, 1}},
    {"bc3_small_mip", TEXTURE(2, 77, 16, 16, 1, 0), TEXTURE(2, 77, 16, 16, 1, 0), 3, 0, 0, 0, 3, 0, {0}},
    {"bc7_castable",
     TEXTURE(2, 99, 16, 16, 1, 1),
     TEXTURE(2, 98, 16, 16, 1, 1),
     0,
     0,
     4,
     0,
     0,
     1,
     {4, 4, 0, 12, 16, 1}},
    {"empty_box", TEXTURE(2, 28, 16, 16, 1, 1), TEXTURE(2, 28, 16, 16, 1, 1), 0, 2, 2, 0, 0, 1, {5, 5, 0, 5, 9, 1}},
    {"buffer", BUFFER(256, VERTEX), BUFFER(200, INDEX), 0, 33, 0, 0, 0, 1, {7, 0, 0, 150, 1, 1}},
    {"buffer_whole", BUFFER(256, VERTEX), BUFFER(200, INDEX), 0, 56, 0, 0, 0, 0, {0}},
    {"constants", BUFFER(256, CONSTANT), BUFFER(256, VERTEX), 0, 32, 0, 0, 0, 1, {16, 0, 0, 112, 1, 1}},
};

static void region(struct exact_run *run, const void *row)
{
    const struct region_row *r = row;
    uint32_t to = filled(run, &r->to), from = filled(run, &r->from);
    const struct pvgpu_cmd_copy_region desc = {
        .destination = to,
        .destination_subresource = r->to_sub,
        .x = r->x,
        .y = r->y,
        .z = r->z,
        .source = from,
        .source_subresource = r->from_sub,
        .has_box = r->has_box,
        .left = r->box[0],
        .top = r->box[1],
        .front = r->box[2],
        .right = r->box[3],
        .bottom = r->box[4],
        .back = r->box[5],
    };
    exact_copy_region(run, &desc);
    exact_read_all(run, to, "to");
    exact_read_all(run, from, "from");
}

/* Between two subresources of one texture. */
static void region_within(struct exact_run *run, const void *row)
{
    (void)row;
    const struct shape shape = TEXTURE(2, 28, 16, 16, 3, 2);
    uint32_t id = filled(run, &shape);
    const struct pvgpu_cmd_copy_region desc = {
        .destination = id,
        .destination_subresource = 2,
        .x = 8,
        .y = 8,
        .source = id,
        .source_subresource = 5,
    };
    exact_copy_region(run, &desc);
    exact_read_all(run, id, "texture");
}

/* Texel 3, 2 of the source arrives at 9, 7. */
static void region_by_hand(struct exact_run *run, const void *row)
{
    (void)row;
    uint32_t texels[64] = {[2 * 8 + 3] = 0x44332211, [5 * 8 + 6] = 0x88776655};
    uint32_t from = picture(run, RGBA8, 8, 8, texels);
    const struct shape shape = TEXTURE(2, 28, 16, 16, 1, 1);
    uint32_t to = filled(run, &shape);
    const struct pvgpu_cmd_copy_region desc = {
        .destination = to,
        .x = 9,
        .y = 7,
        .source = from,
        .has_box = 1,
        .left = 3,
        .top = 2,
        .right = 7,
        .bottom = 6,
        .back = 1,
    };
    exact_copy_region(run, &desc);
    const struct exact_output *output = exact_read(run, to, 0, "to");
    exact_expect_u32(run, output, 9, 7, 0x44332211);
    exact_expect_u32(run, output, 12, 10, 0x88776655);
    exact_expect_u32(run, output, 12, 7, 0);
}

/* ---- COPY of whole resources ---- */

struct whole_row {
    const char *name;
    struct shape to, from;
};

static const struct whole_row whole_rows[] = {
    {"2d_chain", TEXTURE(2, 28, 16, 16, 1, 0), TEXTURE(2, 28, 16, 16, 1, 0)},
    {"2d_array", TEXTURE(2, 87, 8, 8, 3, 2), TEXTURE(2, 87, 8, 8, 3, 2)},
    {"1d", TEXTURE(1, 35, 32, 1, 2, 1), TEXTURE(1, 35, 32, 1, 2, 1)},
    {"3d", TEXTURE(3, 10, 8, 8, 4, 0), TEXTURE(3, 10, 8, 8, 4, 0)},
    {"castable", TEXTURE(2, 29, 16, 16, 1, 2), TEXTURE(2, 27, 16, 16, 1, 2)},
    {"bc5", TEXTURE(2, 83, 16, 16, 1, 0), TEXTURE(2, 84, 16, 16, 1, 0)},
    {"buffer", BUFFER(100, VERTEX), BUFFER(100, SHADER)},
    {"constants", BUFFER(96, CONSTANT), BUFFER(96, INDEX)},
};

static void whole(struct exact_run *run, const void *row)
{
    const struct whole_row *r = row;
    uint32_t to = filled(run, &r->to), from = filled(run, &r->from);
    exact_copy(run, to, from);
    exact_read_all(run, to, "to");
    exact_read_all(run, from, "from");
    uint32_t half = run->output_count / 2;
    for (uint32_t i = 0; i < half; i++) {
        run->expectations++;
        if (memcmp(run->outputs[i].data, run->outputs[i + half].data, run->outputs[i].bytes) != 0)
            exact_fail(run, "%s differs from its source", run->outputs[i].label);
    }
}

/* Depth and multisampled textures are copied as wholes. */
static void whole_depth(struct exact_run *run, const void *row)
{
    const uint32_t *by_region = row;
    struct pvgpu_cmd_create_resource desc = texture_2d(run, D24S8, 16, 16, DEPTH);
    struct pvgpu_cmd_create_resource other = desc;
    other.header.id = exact_id(run);
    exact_create_resource(run, &desc, NULL);
    exact_create_resource(run, &other, NULL);
    uint32_t view = depth_view(run, desc.header.id), there = depth_view(run, other.header.id);
    exact_set_render_targets(run, 0, NULL, view);
    full_viewport(run, 16, 16);
    exact_clear_depth_stencil(run, view, 3, 0.875f, 0x5A);
    exact_clear_depth_stencil(run, there, 3, 0.25f, 0x11);
    use_vertices(run, two_triangles, 6);
    use_shader(run, "color_vs");
    exact_set_topology(run, TRIANGLE_LIST);
    exact_draw(run, 6, 0);
    exact_set_render_targets(run, 0, NULL, 0);
    if (*by_region) {
        const struct pvgpu_cmd_copy_region region = {.destination = other.header.id, .source = desc.header.id};
        exact_copy_region(run, &region);
    } else {
        exact_copy(run, other.header.id, desc.header.id);
    }
    exact_read(run, other.header.id, 0, "to");
}

static void whole_multisampled(struct exact_run *run, const void *row)
{
    const uint32_t *by_region = row;
    if (!exact_needs_samples(run, RGBA8, 4))
        return;
    struct pvgpu_cmd_create_resource desc = texture_2d(run, RGBA8, 16, 16, TARGET | SHADER);
    desc.sample_count = 4;
    struct pvgpu_cmd_create_resource other = desc;
    other.header.id = exact_id(run);
    exact_create_resource(run, &desc, NULL);
    exact_create_resource(run, &other, NULL);
    struct target many = {desc.header.id, target_view(run, desc.header.id), 16, 16};
    bind_target(run, &many, 0);
    exact_clear_render_target(run, many.view, 0, 0.5f, 1, 1);
    use_vertices(run, two_triangles, 6);
    use_colors(run);
    exact_draw(run, 6, 0);
    if (*by_region) {
        const struct pvgpu_cmd_copy_region region = {.destination = other.header.id, .source = desc.header.id};
        exact_copy_region(run, &region);
    } else {
        exact_copy(run, other.header.id, desc.header.id);
    }
    struct target target = draw_target(run, RGBA8, 16, 16);
    use_texture(run, shader_view(run, other.header.id));
    use_full(run, "ms_ps");
    full_draw(run);
    exact_read(run, target.texture, 0, "mean");
}

static const uint32_t flags[] = {0, 1};

/* Uploads between draws: each draw sees what came before it and nothing of what comes after. */
static void between_draws(struct exact_run *run, const void *row)
{
    const uint32_t *how = row;
    struct target target = draw_target(run, RGBA8, 32, 32);
    const struct pvgpu_cmd_create_resource desc = {
        .header.id = exact_id(run),
        .kind = PVGPU_KIND_BUFFER,
        .width = sizeof(two_triangles),
        .bind = VERTEX,
    };
    use_vertices(run, square, 6); /* for the layout */
    exact_create_resource(run, &desc, NULL); /* without content: the host may rename it */
    const struct pvgpu_vertex_buffer slot = {desc.header.id, sizeof(struct vertex), 0};
    exact_set_vertex_buffers(run, 0, 1, &slot);
    use_colors(run);
    for (int i = 0; i < 4; i++) {
        struct vertex moved[6];
        for (int v = 0; v < 6; v++) {
            moved[v] = square[v];
            moved[v].position[0] = square[v].position[0] * 0.4f + (i % 2 ? 0.5f : -0.5f);
            moved[v].position[1] = square[v].position[1] * 0.4f + (i / 2 ? 0.5f : -0.5f);
            moved[v].color[i % 3] = 0.25f * (float)i;
        }
        const struct pvgpu_cmd_update_resource whole_update = {.id = desc.header.id};
        if (*how == 0)
            exact_update(run, &whole_update, moved, sizeof(moved));
        else
            exact_map_write(run, desc.header.id, 0, i % 2 ? PVGPU_MAP_WRITE_NO_OVERWRITE : PVGPU_MAP_WRITE_DISCARD,
                            moved, i == 2 ? 5 * sizeof(struct vertex) : 0);
        exact_draw(run, 6, 0);
    }
    exact_read(run, target.texture, 0, "target");
}

void exact_add_transfers(struct exact_list *list)
{
    for (size_t i = 0; i < COUNT_OF(update_rows); i++)
        exact_add(list, update, &update_rows[i], 0, "update/%s", update_rows[i].name);
    for (size_t i = 0; i < COUNT_OF(map_rows); i++)
        exact_add(list, map, &map_rows[i], 0, "map/%s", map_rows[i].name);
    for (size_t i = 0; i < COUNT_OF(region_rows); i++)
        exact_add(list, region, &region_rows[i], strcmp(region_rows[i].name, "empty_box") ? 0 : EXACT_UNCHANGED,
                  "copy/region/%s", region_rows[i].name);
    exact_add(list, region_within, NULL, 0, "copy/region/within");
    exact_add(list, region_by_hand, NULL, 0, "copy/region/by_hand");
    for (size_t i = 0; i < COUNT_OF(whole_rows); i++)
        exact_add(list, whole, &whole_rows[i], 0, "copy/whole/%s", whole_rows[i].name);
    for (size_t i = 0; i < COUNT_OF(flags); i++) {
        exact_add(list, whole_depth, &flags[i], 0, "copy/depth/%s", i ? "region" : "whole");
        exact_add(list, whole_multisampled, &flags[i], 0, "copy/multisampled/%s", i ? "region" : "whole");
        exact_add(list, between_draws, &flags[i], 0, "between_draws/%s", i ? "map" : "update");
    }
}
