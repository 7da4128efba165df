/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Fences, waits, flushes, presents and resizes, between draws whose outcome they must not change. */
#include "helpers.h"

static void fences(struct exact_run *run, const void *row)
{
    (void)row;
    struct target target = draw_target(run, RGBA8, 16, 16);
    use_vertices(run, two_triangles, 6);
    use_colors(run);
    exact_draw(run, 3, 0);
    exact_fence(run, "fence_3", 3);
    exact_wait_fence(run, 3);
    exact_draw(run, 3, 3);
    exact_flush(run);
    exact_fence(run, "fence_7", 7);
    exact_fence(run, "fence_large", UINT64_C(0x500000009));
    exact_wait_fence(run, UINT64_C(0x500000009));
    exact_wait_fence(run, 0);
    exact_draw(run, 3, 1);
    exact_read(run, target.texture, 0, "target");
}

/* Flushes and waits between the commands of one picture. */
static void sprinkled(struct exact_run *run, const void *row)
{
    (void)row;
    struct target target = draw_target(run, RGBA8, 32, 32);
    exact_flush(run);
    use_vertices(run, two_triangles, 6);
    exact_wait_fence(run, 0);
    use_colors(run);
    exact_draw(run, 3, 0);
    exact_flush(run);
    exact_flush(run);
    use_full(run, "alpha_ps");
    const struct pvgpu_viewport part = {4, 18, 20, 10, 0, 1};
    exact_set_viewports(run, 1, &part);
    exact_wait_fence(run, 0);
    full_draw(run);
    exact_read(run, target.texture, 0, "target");
}

struct present_row {
    const char *name;
    uint32_t format, what, interval; /* what: 0 slot 0, 1 texture, 2 view */
};

static const struct present_row present_rows[] = {
    {"slot_0", RGBA8, 0, 0},          {"texture", RGBA8, 1, 1},   {"view", RGBA8, 2, 4},
    {"bgra8", BGRA8, 1, 0},           {"rgba16f", RGBA16F, 1, 0}, {"rgb10a2", 24, 0, 0},
    {"rgba8_srgb", RGBA8_SRGB, 2, 0},
};

static void present(struct exact_run *run, const void *row)
{
    const struct present_row *r = row;
    struct target target = draw_target(run, r->format, 24, 16);
    use_vertices(run, two_triangles, 6);
    use_colors(run);
    exact_draw(run, 3, 0);
    uint32_t id = r->what == 0 ? 0 : r->what == 1 ? target.texture : target.view;
    exact_present(run, "frame_1", id, r->interval, target.texture, r->format);
    exact_draw(run, 3, 3);
    exact_present(run, "frame_2", id, 0, target.texture, r->format);
    exact_read(run, target.texture, 0, "target");
}

/* A typeless texture is shown in its view's format. */
static void present_view(struct exact_run *run, const void *row)
{
    (void)row;
    struct pvgpu_cmd_create_resource desc = texture_2d(run, RGBA8_TYPELESS, 16, 16, TARGET);
    exact_create_filled(run, &desc);
    const struct pvgpu_cmd_create_render_target_view view = {
        .id = exact_id(run),
        .resource = desc.header.id,
        .format = RGBA8_SRGB,
    };
    exact_create_render_target_view(run, &view);
    exact_present(run, "frame", view.id, 0, desc.header.id, RGBA8_SRGB);
}

static void resize(struct exact_run *run, const void *row)
{
    (void)row;
    struct target target = draw_target(run, RGBA8, 16, 16);
    use_vertices(run, two_triangles, 6);
    use_colors(run);
    exact_resize_buffers(run, 640, 480, 0, 0);
    exact_draw(run, 3, 0);
    exact_present(run, "frame_1", 0, 0, target.texture, RGBA8);
    exact_resize_buffers(run, 16, 16, BGRA8, 3);
    exact_draw(run, 3, 3);
    exact_present(run, "frame_2", target.texture, 0, target.texture, RGBA8);
    exact_read(run, target.texture, 0, "target");
}

/* Reading back while more is to come: each reading sees its place in the stream. */
static void read_between(struct exact_run *run, const void *row)
{
    (void)row;
    struct target target = draw_target(run, RGBA8, 16, 16);
    const struct exact_output *output = exact_read(run, target.texture, 0, "cleared");
    exact_expect_rgba8(run, output, 8, 8, 0, 64, 32, 255);
    use_vertices(run, square, 6);
    use_colors(run);
    exact_draw(run, 6, 0);
    output = exact_read(run, target.texture, 0, "drawn");
    exact_expect_rgba8(run, output, 8, 8, 255, 128, 64, 128);
    exact_clear_render_target(run, target.view, 1, 1, 0, 0);
    output = exact_read(run, target.texture, 0, "cleared_again");
    exact_expect_rgba8(run, output, 8, 8, 255, 255, 0, 0);
}

void exact_add_syncs(struct exact_list *list)
{
    exact_add(list, fences, NULL, 0, "sync/fences");
    exact_add(list, sprinkled, NULL, 0, "sync/sprinkled");
    for (size_t i = 0; i < COUNT_OF(present_rows); i++)
        exact_add(list, present, &present_rows[i], 0, "present/%s", present_rows[i].name);
    exact_add(list, present_view, NULL, EXACT_UNIFORM, "present/view_format");
    exact_add(list, resize, NULL, 0, "present/resize");
    exact_add(list, read_between, NULL, 0, "sync/read_between");
}
