/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Constant buffers: all slots, windows, sizes, replacing and updating. */
#include "helpers.h"

/* Sixteen columns, one a slot; sixteen rows, one a constant. */
static struct target columns(struct exact_run *run)
{
    struct target target = draw_target(run, RGBA32F, 16, 16);
    use_full(run, "constants_ps");
    return target;
}

static void fill(float (*values)[4], uint32_t count, uint32_t seed)
{
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t c = 0; c < 4; c++)
            values[i][c] = (float)(seed * 1000 + i * 4 + c);
    }
}

static void all_slots(struct exact_run *run, const void *row)
{
    (void)row;
    float values[64][4];
    struct target target = columns(run);
    for (uint32_t slot = 0; slot < 14; slot++) {
        fill(values, 64, slot + 1);
        use_constants(run, PVGPU_STAGE_PIXEL, slot, values, sizeof(values));
    }
    full_draw(run);
    const struct exact_output *output = exact_read(run, target.texture, 0, "target");
    fill(values, 64, 14);
    exact_expect(run, output, 13, 5, values[5], 16); /* slot 13, constant 5 */
    fill(values, 64, 1);
    exact_expect(run, output, 0, 15, values[15], 16);
}

struct window_row {
    const char *name;
    uint32_t constants; /* in the buffer */
    uint32_t first, count;
};

static const struct window_row window_rows[] = {
    {"whole", 64, 0, 0},     {"whole_in_numbers", 64, 0, 64}, {"from_16", 64, 16, 16},    {"from_48", 64, 48, 16},
    {"first_16", 64, 0, 16}, {"middle", 256, 128, 32},        {"to_the_end", 64, 32, 32}, {"small_buffer", 4, 0, 0},
};

static void window(struct exact_run *run, const void *row)
{
    const struct window_row *r = row;
    float values[256][4];
    fill(values, r->constants, 7);
    struct target target = columns(run);
    uint32_t id = new_buffer(run, CONSTANT, values, r->constants * 16);
    exact_set_constant_buffer(run, PVGPU_STAGE_PIXEL, 3, id, r->first, r->count);
    full_draw(run);
    const struct exact_output *output = exact_read(run, target.texture, 0, "target");
    exact_expect(run, output, 3, 3, values[r->first + 3], 16);
    if (r->constants > 4)
        exact_expect(run, output, 3, 15, values[r->first + 15], 16);
    static const float zeros[4];
    exact_expect(run, output, 4, 3, zeros, 16); /* nothing in slot 4 */
}

/* One buffer seen through different windows by one draw, then moved between draws. */
static void windows(struct exact_run *run, const void *row)
{
    (void)row;
    float values[256][4];
    fill(values, 256, 3);
    struct target target = columns(run);
    uint32_t id = new_buffer(run, CONSTANT, values, sizeof(values));
    for (uint32_t slot = 0; slot < 14; slot++)
        exact_set_constant_buffer(run, PVGPU_STAGE_PIXEL, slot, id, slot * 16, 16);
    const struct pvgpu_viewport ports[2] = {{0, 0, 16, 8, 0, 1}, {0, 8, 16, 8, 0, 1}};
    exact_set_viewports(run, 1, &ports[0]);
    full_draw(run);
    exact_set_constant_buffer(run, PVGPU_STAGE_PIXEL, 5, id, 240, 16);
    exact_set_constant_buffer(run, PVGPU_STAGE_PIXEL, 6, id, 0, 0);
    exact_set_viewports(run, 1, &ports[1]);
    full_draw(run);
    const struct exact_output *output = exact_read(run, target.texture, 0, "target");
    exact_expect(run, output, 5, 2, values[5 * 16 + 2], 16);
    exact_expect(run, output, 5, 9, values[240 + 9], 16);
    exact_expect(run, output, 6, 9, values[9], 16);
}

/* Updated between draws: as a whole, by MAP, by a copy. */
static void updated(struct exact_run *run, const void *row)
{
    (void)row;
    float values[64][4];
    struct target target = columns(run);
    fill(values, 64, 1);
    uint32_t id = use_constants(run, PVGPU_STAGE_PIXEL, 2, values, sizeof(values));
    uint32_t other = new_buffer(run, VERTEX, values, sizeof(values));
    for (uint32_t i = 0; i < 4; i++) {
        const struct pvgpu_viewport stripe = {0, (float)(i * 4), 16, 4, 0, 1};
        const struct pvgpu_cmd_update_resource whole = {.id = id};
        fill(values, 64, 10 + i);
        if (i == 1)
            exact_update(run, &whole, values, sizeof(values));
        if (i == 2)
            exact_map_write(run, id, 0, PVGPU_MAP_WRITE_DISCARD, values, 0);
        if (i == 3)
            exact_copy(run, id, other);
        exact_set_viewports(run, 1, &stripe);
        full_draw(run);
    }
    const struct exact_output *output = exact_read(run, target.texture, 0, "target");
    const uint32_t seeds[4] = {1, 11, 12, 1};
    for (uint32_t i = 0; i < 4; i++) {
        fill(values, 64, seeds[i]);
        exact_expect(run, output, 2, i * 4 + 1, values[i * 4 + 1], 16);
    }
}

static void vertex_stage(struct exact_run *run, const void *row)
{
    const uint32_t *windowed = row;
    float values[64][4] = {{0}};
    const float first[2][4] = {{0.5f, 0.5f, 1, 1}, {-0.25f, 0.25f, 0, 0}};
    const float second[2][4] = {{-0.75f, -0.5f, 1, 1}, {0.25f, -0.25f, 0, 0}};
    for (int i = 0; i < 8; i++) {
        values[i / 4][i % 4] = first[i / 4][i % 4];
        values[32 + i / 4][i % 4] = second[i / 4][i % 4];
    }
    struct target target = draw_target(run, RGBA8, 32, 32);
    use_vertices(run, two_triangles, 6);
    use_shader(run, "constants_vs");
    use_shader(run, "color_ps");
    exact_set_topology(run, TRIANGLE_LIST);
    uint32_t id = new_buffer(run, CONSTANT, values, sizeof(values));
    exact_set_constant_buffer(run, PVGPU_STAGE_VERTEX, 2, id, *windowed ? 32 : 0, *windowed ? 16 : 0);
    exact_draw(run, 6, 0);
    exact_read(run, target.texture, 0, "target");
}

static const uint32_t flags[] = {0, 1};

/* A slot without a buffer reads zeros, and so does one that was emptied. */
static void emptied(struct exact_run *run, const void *row)
{
    (void)row;
    float values[64][4];
    fill(values, 64, 2);
    struct target target = columns(run);
    for (uint32_t slot = 0; slot < 14; slot++)
        use_constants(run, PVGPU_STAGE_PIXEL, slot, values, sizeof(values));
    exact_set_constant_buffer(run, PVGPU_STAGE_PIXEL, 9, 0, 0, 0);
    full_draw(run);
    const struct exact_output *output = exact_read(run, target.texture, 0, "target");
    static const float zeros[4];
    exact_expect(run, output, 9, 4, zeros, 16);
    exact_expect(run, output, 10, 4, values[4], 16);
}

void exact_add_constants(struct exact_list *list)
{
    exact_add(list, all_slots, NULL, 0, "constants/all_slots");
    for (size_t i = 0; i < COUNT_OF(window_rows); i++)
        exact_add(list, window, &window_rows[i], 0, "constants/window/%s", window_rows[i].name);
    exact_add(list, windows, NULL, 0, "constants/windows");
    exact_add(list, updated, NULL, 0, "constants/updated");
    for (size_t i = 0; i < COUNT_OF(flags); i++)
        exact_add(list, vertex_stage, &flags[i], 0, "constants/vertex_stage/%s", i ? "window" : "whole");
    exact_add(list, emptied, NULL, 0, "constants/emptied");
}
