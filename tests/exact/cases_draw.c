/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The four draws: counts, first vertex, index and instance, base vertex, index formats, strip cuts, system values. */
#include "helpers.h"

/* Eight squares in two rows; square i has vertices 4 i to 4 i + 3 (a strip) and a colour of its own. */
static void fill_squares(struct vertex vertices[32])
{
    for (uint32_t i = 0; i < 32; i++) {
        uint32_t at = i / 4;
        float x = -1.0f + (float)(at % 4) * 0.5f + (i % 2 ? 0.375f : 0.0f);
        float y = 1.0f - (float)(at / 4) - (i / 2 % 2 ? 0.75f : 0.0f);
        vertices[i] = (struct vertex){{x, y, 0.5f, 1}, {(float)(at + 1) / 8.0f, (float)(i % 4) / 4.0f, 0.5f, 1}};
    }
}

static struct target squares(struct exact_run *run)
{
    struct vertex vertices[32];
    fill_squares(vertices);
    struct target target = draw_target(run, RGBA8, 32, 32);
    use_vertices(run, vertices, 32);
    use_colors(run);
    struct pvgpu_cmd_create_rasterizer_state raster = rasterizer_desc(run);
    raster.cull = CULL_NONE;
    exact_create_rasterizer_state(run, &raster);
    exact_set_rasterizer_state(run, raster.id);
    return target;
}

/* Six indices a square, squares in the given order. */
static uint32_t fill_indices(uint32_t *indices, uint32_t squares_count)
{
    static const uint32_t six[6] = {0, 1, 2, 2, 1, 3};
    for (uint32_t i = 0; i < squares_count * 6; i++)
        indices[i] = i / 6 * 4 + six[i % 6];
    return squares_count * 6;
}

static uint32_t index_buffer(struct exact_run *run, const uint32_t *indices, uint32_t count, uint32_t format)
{
    uint16_t narrow[64];
    if (format == R32U)
        return new_buffer(run, INDEX, indices, count * 4);
    for (uint32_t i = 0; i < count; i++)
        narrow[i] = (uint16_t)indices[i];
    return new_buffer(run, INDEX, narrow, count * 2);
}

struct draw_row {
    const char *name;
    uint32_t count, first;
    int32_t base;
    uint32_t format, offset; /* indexed */
    uint32_t instances, first_instance;
};

static const struct draw_row plain_rows[] = {
    {.name = "all", .count = 32},
    {.name = "first_8", .count = 12, .first = 8},
    {.name = "none", .count = 0},
    {.name = "past_the_end", .count = 12, .first = 24},
};

static void plain(struct exact_run *run, const void *row)
{
    const struct draw_row *r = row;
    struct target target = squares(run);
    exact_set_topology(run, TRIANGLE_STRIP);
    exact_draw(run, r->count, r->first);
    exact_read(run, target.texture, 0, "target");
}

static const struct draw_row indexed_rows[] = {
    {.name = "r32", .count = 24, .format = R32U},
    {.name = "r16", .count = 24, .format = R16U},
    {.name = "first_6", .count = 12, .first = 6, .format = R16U},
    {.name = "base_4", .count = 12, .base = 4, .format = R32U},
    {.name = "base_negative", .count = 12, .first = 24, .base = -12, .format = R16U},
    {.name = "offset_r32", .count = 12, .format = R32U, .offset = 48},
    {.name = "offset_r16", .count = 12, .format = R16U, .offset = 36},
    {.name = "past_the_end", .count = 12, .first = 42, .format = R16U},
    {.name = "none", .count = 0, .format = R16U},
};

static void indexed(struct exact_run *run, const void *row)
{
    const struct draw_row *r = row;
    uint32_t indices[48];
    struct target target = squares(run);
    uint32_t id = index_buffer(run, indices, fill_indices(indices, 8), r->format);
    exact_set_index_buffer(run, id, r->format, r->offset);
    exact_draw_indexed(run, r->count, r->first, r->base);
    const struct exact_output *output = exact_read(run, target.texture, 0, "target");
    if (r->first == 42) /* indices behind the end are 0: no triangle, square 7 alone */
        exact_expect_rgba8(run, output, 1, 4, 0, 64, 32, 255);
}

static const struct draw_row cut_rows[] = {
    {.name = "r16", .format = R16U},
    {.name = "r32", .format = R32U},
};

static void strip_cut(struct exact_run *run, const void *row)
{
    const struct draw_row *r = row;
    uint32_t cut = r->format == R16U ? 0xFFFF : 0xFFFFFFFF;
    const uint32_t indices[] = {0, 1, 2, 3, cut, 8, 9, 10, cut, cut, 20, 21, 22, 23};
    struct target target = squares(run);
    uint32_t id = index_buffer(run, indices, COUNT_OF(indices), r->format);
    exact_set_index_buffer(run, id, r->format, 0);
    exact_set_topology(run, TRIANGLE_STRIP);
    exact_draw_indexed(run, COUNT_OF(indices), 0, 0);
    exact_set_topology(run, LINE_STRIP);
    exact_draw_indexed(run, 8, 0, 4);
    exact_read(run, target.texture, 0, "target");
}

/* No index buffer: nothing is drawn. */
static void no_indices(struct exact_run *run, const void *row)
{
    (void)row;
    uint32_t indices[48];
    struct target target = squares(run);
    uint32_t id = index_buffer(run, indices, fill_indices(indices, 8), R16U);
    exact_set_index_buffer(run, id, R16U, 0);
    exact_draw_indexed(run, 6, 0, 0);
    exact_set_index_buffer(run, 0, 0, 0);
    exact_read(run, target.texture, 0, "target");
}

static const struct draw_row instanced_rows[] = {
    {.name = "three", .count = 4, .instances = 3},
    {.name = "first_vertex_4", .count = 4, .first = 4, .instances = 2},
    {.name = "first_instance_2", .count = 4, .instances = 3, .first_instance = 2},
    {.name = "none", .count = 4, .instances = 0},
};

/* SV_VertexID and SV_InstanceID as colours. */
static struct target system_values(struct exact_run *run)
{
    static const float shape[8][4] = {
        {-0.9f, -0.5f, 0, 1}, {-0.9f, -0.9f, 0, 1}, {-0.5f, -0.5f, 0, 1}, {-0.5f, -0.9f, 0, 1},
        {-0.9f, 0.5f, 0, 1},  {-0.9f, 0.1f, 0, 1},  {-0.5f, 0.5f, 0, 1},  {-0.5f, 0.1f, 0, 1},
    };
    static const struct exact_element elements[] = {{"POSITION", 0, RGBA32F, 0, 0, 0, 0}};
    uint32_t id = new_buffer(run, VERTEX, shape, sizeof(shape)), layout = exact_id(run);
    const struct pvgpu_vertex_buffer slot = {id, 16, 0};
    exact_create_input_layout(run, layout, 1, elements);
    exact_set_input_layout(run, layout);
    exact_set_vertex_buffers(run, 0, 1, &slot);
    struct target target = draw_target(run, RGBA8, 32, 32);
    struct pvgpu_cmd_create_rasterizer_state raster = rasterizer_desc(run);
    raster.cull = CULL_NONE;
    exact_create_rasterizer_state(run, &raster);
    exact_set_rasterizer_state(run, raster.id);
    use_shader(run, "system_vs");
    use_shader(run, "color_ps");
    exact_set_topology(run, TRIANGLE_STRIP);
    return target;
}

static void instanced(struct exact_run *run, const void *row)
{
    const struct draw_row *r = row;
    struct target target = system_values(run);
    exact_draw_instanced(run, r->count, r->instances, r->first, r->first_instance);
    exact_read(run, target.texture, 0, "target");
}

static const struct draw_row indexed_instanced_rows[] = {
    {.name = "plain", .count = 4, .instances = 2},
    {.name = "first_index_4", .count = 4, .first = 4, .instances = 2},
    {.name = "base_2", .count = 4, .base = 2, .instances = 2},
    {.name = "base_negative", .count = 4, .first = 4, .base = -3, .instances = 3},
    {.name = "first_instance_1", .count = 4, .instances = 3, .first_instance = 1},
};

static void indexed_instanced(struct exact_run *run, const void *row)
{
    const struct draw_row *r = row;
    const uint32_t indices[] = {0, 1, 2, 3, 4, 5, 6, 7};
    struct target target = system_values(run);
    exact_set_index_buffer(run, index_buffer(run, indices, 8, R16U), R16U, 0);
    exact_draw_indexed_instanced(run, r->count, r->instances, r->first, r->base, r->first_instance);
    exact_read(run, target.texture, 0, "target");
}

/* Per-instance data starts at the first instance, SV_InstanceID at 0. */
static void instance_data(struct exact_run *run, const void *row)
{
    const uint32_t *by_index = row;
    static const float shape[4][4] = {{-1, 1, 0, 1}, {-0.75f, 1, 0, 1}, {-1, 0.75f, 0, 1}, {-0.75f, 0.75f, 0, 1}};
    float data[8][6];
    for (uint32_t i = 0; i < 8; i++) {
        data[i][0] = (float)i * 0.25f;
        data[i][1] = -(float)i * 0.25f;
        for (uint32_t c = 2; c < 6; c++)
            data[i][c] = c == 5 ? 1.0f : c == 4 ? 0.0f : i == 5 ? 1.0f : 0.6f;
    }
    static const struct exact_element elements[] = {
        {"POSITION", 0, RGBA32F, 0, 0, 0, 0},
        {"OFFSET", 0, RG32F, 1, 0, 1, 1},
        {"COLOR", 0, RGBA32F, 1, 8, 1, 1},
    };
    const struct pvgpu_vertex_buffer buffers[2] = {
        {new_buffer(run, VERTEX, shape, sizeof(shape)), 16, 0},
        {new_buffer(run, VERTEX, data, sizeof(data)), 24, 0},
    };
    uint32_t layout = exact_id(run);
    exact_create_input_layout(run, layout, 3, elements);
    exact_set_input_layout(run, layout);
    exact_set_vertex_buffers(run, 0, 2, buffers);
    struct target target = draw_target(run, RGBA8, 16, 16);
    use_shader(run, "instance_vs");
    use_shader(run, "color_ps");
    exact_set_topology(run, TRIANGLE_STRIP);
    if (*by_index) {
        const uint32_t indices[] = {0, 1, 2, 3};
        exact_set_index_buffer(run, index_buffer(run, indices, 4, R32U), R32U, 0);
        exact_draw_indexed_instanced(run, 4, 2, 0, 0, 4);
    } else {
        exact_draw_instanced(run, 4, 2, 0, 4);
    }
    const struct exact_output *output = exact_read(run, target.texture, 0, "target");
    exact_expect_rgba8(run, output, 8, 8, 153, 153, 0, 255); /* instance 4: two pixels from 8, 8 */
    exact_expect_rgba8(run, output, 11, 11, 255, 255, 0, 255); /* instance 5 */
    exact_expect_rgba8(run, output, 12, 12, 0, 64, 32, 255); /* there is no third */
    exact_expect_rgba8(run, output, 7, 7, 0, 64, 32, 255);
}

static const uint32_t flags[] = {0, 1};

/* Numbers of primitives start anew with each draw and each instance. */
static void primitive_id(struct exact_run *run, const void *row)
{
    (void)row;
    struct target target = squares(run);
    use_shader(run, "system_ps");
    exact_set_topology(run, TRIANGLE_STRIP);
    exact_draw(run, 8, 0);
    exact_draw(run, 8, 8);
    exact_draw_instanced(run, 12, 2, 16, 0);
    exact_read(run, target.texture, 0, "target");
}

/* Which vertices make which pixels, by hand: square 5 begins at pixel 8, 16 and is 6 pixels wide and 12 high. */
static void square_by_hand(struct exact_run *run, const void *row)
{
    (void)row;
    uint32_t indices[48];
    struct target target = squares(run);
    uint32_t id = index_buffer(run, indices, fill_indices(indices, 8), R16U);
    exact_set_index_buffer(run, id, R16U, 12); /* from square 1 on */
    const float color[4] = {1, 1, 0, 1};
    use_shader(run, "constant_ps");
    use_constants(run, PVGPU_STAGE_PIXEL, 0, color, sizeof(color));
    exact_draw_indexed(run, 6, 6, 12); /* square 2 and three further */
    const struct exact_output *output = exact_read(run, target.texture, 0, "target");
    exact_expect_rgba8(run, output, 8, 16, 255, 255, 0, 255);
    exact_expect_rgba8(run, output, 13, 27, 255, 255, 0, 255);
    exact_expect_rgba8(run, output, 14, 27, 0, 64, 32, 255);
    exact_expect_rgba8(run, output, 13, 28, 0, 64, 32, 255);
    exact_expect_rgba8(run, output, 7, 16, 0, 64, 32, 255);
    exact_expect_rgba8(run, output, 8, 15, 0, 64, 32, 255);
}

/* Without a vertex shader nothing is drawn. */
static void no_vertex_shader(struct exact_run *run, const void *row)
{
    (void)row;
    struct target target = squares(run);
    exact_set_shader(run, PVGPU_STAGE_VERTEX, 0);
    exact_draw(run, 8, 0);
    exact_read(run, target.texture, 0, "target");
}

void exact_add_draws(struct exact_list *list)
{
    for (size_t i = 0; i < COUNT_OF(plain_rows); i++)
        exact_add(list, plain, &plain_rows[i], plain_rows[i].count ? 0 : EXACT_UNIFORM, "draw/plain/%s",
                  plain_rows[i].name);
    for (size_t i = 0; i < COUNT_OF(indexed_rows); i++)
        exact_add(list, indexed, &indexed_rows[i], indexed_rows[i].count ? 0 : EXACT_UNIFORM, "draw/indexed/%s",
                  indexed_rows[i].name);
    for (size_t i = 0; i < COUNT_OF(cut_rows); i++)
        exact_add(list, strip_cut, &cut_rows[i], 0, "draw/strip_cut/%s", cut_rows[i].name);
    for (size_t i = 0; i < COUNT_OF(instanced_rows); i++)
        exact_add(list, instanced, &instanced_rows[i], instanced_rows[i].instances ? 0 : EXACT_UNIFORM,
                  "draw/instanced/%s", instanced_rows[i].name);
    for (size_t i = 0; i < COUNT_OF(indexed_instanced_rows); i++)
        exact_add(list, indexed_instanced, &indexed_instanced_rows[i], 0, "draw/indexed_instanced/%s",
                  indexed_instanced_rows[i].name);
    for (size_t i = 0; i < COUNT_OF(flags); i++)
        exact_add(list, instance_data, &flags[i], 0, "draw/instance_data/%s", i ? "indexed" : "plain");
    exact_add(list, no_indices, NULL, 0, "draw/no_index_buffer");
    exact_add(list, primitive_id, NULL, 0, "draw/primitive_id");
    exact_add(list, square_by_hand, NULL, 0, "draw/square_by_hand");
    exact_add(list, no_vertex_shader, NULL, EXACT_UNIFORM, "draw/no_vertex_shader");
}
