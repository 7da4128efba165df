/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Rasterizer state, viewports, scissors, topologies. */
#include "helpers.h"

struct raster_row {
    const char *name;
    struct pvgpu_cmd_create_rasterizer_state desc; /* id and depth fields filled in by the case */
};

static const struct raster_row raster_rows[] = {
    {"default", {.fill = FILL_SOLID, .cull = CULL_BACK, .depth_clip = 1}},
    {"cull_none", {.fill = FILL_SOLID, .cull = CULL_NONE, .depth_clip = 1}},
    {"cull_front", {.fill = FILL_SOLID, .cull = CULL_FRONT, .depth_clip = 1}},
    {"front_ccw", {.fill = FILL_SOLID, .cull = CULL_BACK, .front_counter_clockwise = 1, .depth_clip = 1}},
    {"front_ccw_cull_none", {.fill = FILL_SOLID, .cull = CULL_NONE, .front_counter_clockwise = 1, .depth_clip = 1}},
    {"wireframe", {.fill = FILL_WIREFRAME, .cull = CULL_NONE, .depth_clip = 1}},
    {"bias", {.fill = FILL_SOLID, .cull = CULL_NONE, .depth_bias = 65536, .depth_clip = 1}},
    {"bias_negative", {.fill = FILL_SOLID, .cull = CULL_NONE, .depth_bias = -65536, .depth_clip = 1}},
    {"bias_clamped",
     {.fill = FILL_SOLID, .cull = CULL_NONE, .depth_bias = 1 << 22, .depth_bias_clamp = 0.03125f, .depth_clip = 1}},
    {"bias_slope", {.fill = FILL_SOLID, .cull = CULL_NONE, .slope_scaled_depth_bias = 2.5f, .depth_clip = 1}},
    {"no_depth_clip", {.fill = FILL_SOLID, .cull = CULL_NONE}},
    {"scissor", {.fill = FILL_SOLID, .cull = CULL_NONE, .depth_clip = 1, .scissor = 1}},
    {"multisample", {.fill = FILL_SOLID, .cull = CULL_NONE, .depth_clip = 1, .multisample = 1}},
};

/* Both windings, one triangle partly behind the far plane, one partly before the near plane. */
static const struct vertex windings[12] = {
    {{-0.9f, -0.9f, 0.25f, 1}, {1, 0, 0, 1}},      {{-0.6f, 0.9f, 0.5f, 1}, {1, 1, 0, 1}},
    {{-0.1f, -0.8f, 0.75f, 1}, {0, 1, 0, 1}},      {{0.1f, -0.9f, 0.25f, 1}, {0, 0, 1, 1}},
    {{0.9f, -0.8f, 0.5f, 1}, {1, 0, 1, 1}},        {{0.4f, 0.9f, 0.75f, 1}, {0, 1, 1, 1}},
    {{-0.9f, 0.9f, 0.5f, 1}, {1, 1, 1, 1}},        {{0.0f, 0.9f, 1.5f, 1}, {0.5f, 0.5f, 1, 1}},
    {{-0.9f, 0.2f, 0.5f, 1}, {1, 0.5f, 0.5f, 1}},  {{0.9f, 0.9f, -0.5f, 1}, {0.5f, 1, 0.5f, 1}},
    {{0.9f, 0.0f, 0.5f, 1}, {0.25f, 1, 0.25f, 1}}, {{0.2f, 0.9f, 0.5f, 1}, {0.25f, 0.25f, 1, 1}},
};

static void raster(struct exact_run *run, const void *row)
{
    const struct raster_row *r = row;
    struct target target = draw_target(run, RGBA8, 32, 32);
    struct pvgpu_cmd_create_resource depth = texture_2d(run, D32F, 32, 32, DEPTH);
    exact_create_resource(run, &depth, NULL);
    uint32_t view = depth_view(run, depth.header.id);
    bind_target(run, &target, view);
    exact_clear_depth_stencil(run, view, 1, 1.0f, 0);
    struct pvgpu_cmd_create_rasterizer_state desc = r->desc;
    desc.id = exact_id(run);
    exact_create_rasterizer_state(run, &desc);
    exact_set_rasterizer_state(run, desc.id);
    const struct pvgpu_rect rect = {5, 3, 27, 20};
    exact_set_scissors(run, 1, &rect);
    struct pvgpu_cmd_create_depth_stencil_state test = depth_desc(run);
    test.depth_compare = 4;
    exact_create_depth_stencil_state(run, &test);
    exact_set_depth_stencil_state(run, test.id, 0);
    use_vertices(run, windings, 12);
    use_shader(run, "color_vs");
    use_shader(run, "system_ps");
    exact_set_topology(run, TRIANGLE_LIST);
    exact_draw(run, 12, 0);
    exact_set_rasterizer_state(run, 0); /* the default again, for one triangle more */
    exact_draw(run, 3, 0);
    exact_read(run, target.texture, 0, "target");
    exact_read(run, depth.header.id, 0, "depth");
}

struct line_row {
    const char *name;
    uint32_t multisample, antialiased, samples;
};

static const struct line_row line_rows[] = {
    {"plain", 0, 0, 1},
    {"multisample_flag", 1, 0, 1},
    {"antialiased_1x", 0, 1, 1},
    {"multisampled_4x", 1, 0, 4},
};

static void lines(struct exact_run *run, const void *row)
{
    const struct line_row *r = row;
    if (!exact_needs_samples(run, RGBA8, r->samples))
        return;
    struct target target = new_target(run, RGBA8, 32, 32), drawn = target;
    if (r->samples > 1) {
        struct pvgpu_cmd_create_resource many = texture_2d(run, RGBA8, 32, 32, TARGET | SHADER);
        many.sample_count = r->samples;
        exact_create_resource(run, &many, NULL);
        drawn = (struct target){many.header.id, target_view(run, many.header.id), 32, 32};
    }
    bind_target(run, &drawn, 0);
    exact_clear_render_target(run, drawn.view, 0, 0, 0, 1);
    struct pvgpu_cmd_create_rasterizer_state desc = rasterizer_desc(run);
    desc.multisample = r->multisample;
    desc.antialiased_line = r->antialiased;
    exact_create_rasterizer_state(run, &desc);
    exact_set_rasterizer_state(run, desc.id);
    use_vertices(run, two_triangles, 6);
    use_colors(run);
    exact_set_topology(run, LINE_STRIP);
    exact_draw(run, 6, 0);
    if (r->samples > 1) {
        exact_set_rasterizer_state(run, 0);
        bind_target(run, &target, 0);
        use_texture(run, shader_view(run, drawn.texture));
        use_full(run, "ms_ps");
        full_draw(run);
    }
    exact_read(run, target.texture, 0, "target");
}

/* ---- Viewports and scissors ---- */

struct port_row {
    const char *name;
    struct pvgpu_viewport port;
};

static const struct port_row port_rows[] = {
    {"whole", {0, 0, 32, 32, 0, 1}},
    {"fraction", {3.25f, 5.5f, 20.75f, 17.125f, 0, 1}},
    {"offset", {8, 4, 16, 24, 0, 1}},
    {"depth_range", {0, 0, 32, 32, 0.25f, 0.5f}},
    {"flat_depth", {0, 0, 32, 32, 0.75f, 0.75f}},
    {"beyond", {-10, -6, 60, 50, 0, 1}},
    {"nothing", {4, 4, 0, 0, 0, 1}},
};

static void port(struct exact_run *run, const void *row)
{
    const struct port_row *r = row;
    struct target target = draw_target(run, RGBA8, 32, 32);
    struct pvgpu_cmd_create_resource depth = texture_2d(run, D32F, 32, 32, DEPTH);
    exact_create_resource(run, &depth, NULL);
    uint32_t view = depth_view(run, depth.header.id);
    exact_set_render_targets(run, 1, &target.view, view);
    exact_clear_depth_stencil(run, view, 1, 1.0f, 0);
    exact_set_viewports(run, 1, &r->port);
    use_vertices(run, two_triangles, 6);
    use_colors(run);
    exact_draw(run, 6, 0);
    exact_read(run, target.texture, 0, "target");
    exact_read(run, depth.header.id, 0, "depth");
}

static void use_many_ports(struct exact_run *run)
{
    struct pvgpu_viewport ports[16];
    struct pvgpu_rect rects[16];
    for (int i = 0; i < 16; i++) {
        float x = (float)(i % 4) * 8.0f, y = (float)(i / 4) * 8.0f;
        ports[i] = (struct pvgpu_viewport){x + 0.5f, y, 7.5f, 7, 0.0625f * (float)i, 0.0625f * (float)i + 0.05f};
        rects[i] = (struct pvgpu_rect){i % 4 * 8 + i % 3, i / 4 * 8, i % 4 * 8 + 8, i / 4 * 8 + 8 - i / 6};
    }
    exact_set_viewports(run, 16, ports);
    exact_set_scissors(run, 16, rects);
}

/* All sixteen viewports and scissors, chosen by the geometry shader. */
static void many_ports(struct exact_run *run, const void *row)
{
    const uint32_t *count = row;
    struct target target = draw_target(run, RGBA8, 32, 32);
    struct pvgpu_cmd_create_resource depth = texture_2d(run, D32F, 32, 32, DEPTH);
    exact_create_resource(run, &depth, NULL);
    uint32_t view = depth_view(run, depth.header.id);
    exact_set_render_targets(run, 1, &target.view, view);
    exact_clear_depth_stencil(run, view, 1, 1.0f, 0);
    use_many_ports(run);
    if (*count < 16) { /* those behind are gone */
        const struct pvgpu_viewport few[2] = {{0, 0, 16, 16, 0, 1}, {16, 8, 16, 24, 0, 0.5f}};
        exact_set_viewports(run, *count, few);
    }
    struct pvgpu_cmd_create_rasterizer_state desc = rasterizer_desc(run);
    desc.scissor = 1;
    desc.cull = CULL_NONE;
    exact_create_rasterizer_state(run, &desc);
    exact_set_rasterizer_state(run, desc.id);
    use_vertices(run, two_triangles, 6);
    use_shader(run, "pass_vs");
    use_shader(run, "viewport_gs");
    use_shader(run, "color_ps");
    exact_set_topology(run, TRIANGLE_LIST);
    exact_draw(run, 6, 0);
    exact_read(run, target.texture, 0, "target");
    exact_read(run, depth.header.id, 0, "depth");
}

static const uint32_t port_counts[] = {16, 2};

static void scissor_by_hand(struct exact_run *run, const void *row)
{
    (void)row;
    struct target target = draw_target(run, RGBA8, 16, 16);
    struct pvgpu_cmd_create_rasterizer_state desc = rasterizer_desc(run);
    desc.scissor = 1;
    exact_create_rasterizer_state(run, &desc);
    exact_set_rasterizer_state(run, desc.id);
    const struct pvgpu_rect rect = {4, 6, 9, 11};
    exact_set_scissors(run, 1, &rect);
    const float color[4] = {1, 0, 1, 1};
    use_full(run, "constant_ps");
    use_constants(run, PVGPU_STAGE_PIXEL, 0, color, sizeof(color));
    full_draw(run);
    const struct exact_output *output = exact_read(run, target.texture, 0, "target");
    exact_expect_rgba8(run, output, 4, 6, 255, 0, 255, 255);
    exact_expect_rgba8(run, output, 8, 10, 255, 0, 255, 255);
    exact_expect_rgba8(run, output, 9, 10, 0, 64, 32, 255);
    exact_expect_rgba8(run, output, 8, 11, 0, 64, 32, 255);
    exact_expect_rgba8(run, output, 3, 6, 0, 64, 32, 255);
    exact_expect_rgba8(run, output, 4, 5, 0, 64, 32, 255);
}

/* Scissors on and none set: nothing is drawn. */
static void no_scissors(struct exact_run *run, const void *row)
{
    (void)row;
    struct target target = draw_target(run, RGBA8, 16, 16);
    struct pvgpu_cmd_create_rasterizer_state desc = rasterizer_desc(run);
    desc.scissor = 1;
    exact_create_rasterizer_state(run, &desc);
    exact_set_rasterizer_state(run, desc.id);
    const struct pvgpu_rect rect = {4, 6, 9, 11};
    exact_set_scissors(run, 1, &rect);
    exact_set_scissors(run, 0, NULL);
    const float color[4] = {1, 0, 1, 1};
    use_full(run, "constant_ps");
    use_constants(run, PVGPU_STAGE_PIXEL, 0, color, sizeof(color));
    full_draw(run);
    exact_read(run, target.texture, 0, "target");
}

/* ---- Topologies ---- */

struct topology_row {
    uint32_t topology;
    const char *name;
    const char *geometry_shader; /* NULL: none */
};

static const struct topology_row topology_rows[] = {
    {1, "point_list", NULL},
    {2, "line_list", NULL},
    {3, "line_strip", NULL},
    {4, "triangle_list", NULL},
    {5, "triangle_strip", NULL},
    {1, "point_list_gs", "point_gs"},
    {2, "line_list_gs", "line_gs"},
    {3, "line_strip_gs", "line_gs"},
    {4, "triangle_list_gs", "triangle_gs"},
    {5, "triangle_strip_gs", "triangle_gs"},
    {10, "line_list_adj", "lineadj_gs"},
    {11, "line_strip_adj", "lineadj_gs"},
    {12, "triangle_list_adj", "triangleadj_gs"},
    {13, "triangle_strip_adj", "triangleadj_gs"},
    {10, "line_list_adj_plain", NULL},
    {11, "line_strip_adj_plain", NULL},
    {12, "triangle_list_adj_plain", NULL},
    {13, "triangle_strip_adj_plain", NULL},
};

static void fill_ring(struct vertex *vertices, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        float x = (float)(i % 4) * 0.55f - 0.85f + (float)(i / 4) * 0.05f;
        float y = 0.85f - (float)(i / 4) * 0.6f - (float)(i % 2) * 0.35f;
        vertices[i] = (struct vertex){{x, y, 0.5f, 1}, {0.25f, (float)i / 12.0f, 1.0f - (float)i / 12.0f, 1}};
    }
}

static void topology(struct exact_run *run, const void *row)
{
    const struct topology_row *r = row;
    struct vertex vertices[12];
    fill_ring(vertices, 12);
    struct target target = draw_target(run, RGBA8, 32, 32);
    struct pvgpu_cmd_create_rasterizer_state desc = rasterizer_desc(run);
    desc.cull = CULL_NONE;
    exact_create_rasterizer_state(run, &desc);
    exact_set_rasterizer_state(run, desc.id);
    use_vertices(run, vertices, 12);
    use_shader(run, r->geometry_shader ? "pass_vs" : "color_vs");
    use_shader(run, "color_ps");
    if (r->geometry_shader)
        use_shader(run, r->geometry_shader);
    const float look[4] = {0.15f, 0.1f, 0.75f, 0};
    use_constants(run, PVGPU_STAGE_GEOMETRY, 1, look, sizeof(look));
    exact_set_topology(run, r->topology);
    exact_draw(run, 12, 0);
    exact_read(run, target.texture, 0, "target");
}

/* No topology: nothing is drawn. */
static void no_topology(struct exact_run *run, const void *row)
{
    (void)row;
    struct target target = draw_target(run, RGBA8, 16, 16);
    use_vertices(run, two_triangles, 6);
    use_colors(run);
    exact_set_topology(run, 0);
    exact_draw(run, 6, 0);
    exact_read(run, target.texture, 0, "target");
}

/* One point, of which the pixel is known. */
static void point_by_hand(struct exact_run *run, const void *row)
{
    (void)row;
    struct target target = draw_target(run, RGBA8, 16, 16);
    const struct vertex point = {{0.3125f, -0.1875f, 0, 1}, {1, 0, 1, 1}}; /* the middle of pixel 10, 9 */
    use_vertices(run, &point, 1);
    use_colors(run);
    exact_set_topology(run, POINT_LIST);
    exact_draw(run, 1, 0);
    const struct exact_output *output = exact_read(run, target.texture, 0, "target");
    exact_expect_rgba8(run, output, 10, 9, 255, 0, 255, 255);
    exact_expect_rgba8(run, output, 9, 9, 0, 64, 32, 255);
    exact_expect_rgba8(run, output, 11, 9, 0, 64, 32, 255);
    exact_expect_rgba8(run, output, 10, 8, 0, 64, 32, 255);
}

void exact_add_rasters(struct exact_list *list)
{
    for (size_t i = 0; i < COUNT_OF(raster_rows); i++)
        exact_add(list, raster, &raster_rows[i], 0, "raster/%s", raster_rows[i].name);
    for (size_t i = 0; i < COUNT_OF(line_rows); i++)
        exact_add(list, lines, &line_rows[i], 0, "raster/lines/%s", line_rows[i].name);
    for (size_t i = 0; i < COUNT_OF(port_rows); i++)
        exact_add(list, port, &port_rows[i], i == 6 ? EXACT_UNIFORM : 0, "viewport/%s", port_rows[i].name);
    for (size_t i = 0; i < COUNT_OF(port_counts); i++)
        exact_add(list, many_ports, &port_counts[i], 0, "viewport/several/%u", port_counts[i]);
    exact_add(list, scissor_by_hand, NULL, 0, "scissor/by_hand");
    exact_add(list, no_scissors, NULL, EXACT_UNIFORM, "scissor/none");
    for (size_t i = 0; i < COUNT_OF(topology_rows); i++)
        exact_add(list, topology, &topology_rows[i], 0, "topology/%s", topology_rows[i].name);
    exact_add(list, no_topology, NULL, EXACT_UNIFORM, "topology/undefined");
    exact_add(list, point_by_hand, NULL, 0, "topology/point_by_hand");
}
