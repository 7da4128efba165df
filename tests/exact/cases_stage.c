/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Stages between vertex and pixel: geometry, hull and domain; resources of each; both ways of creating shaders. */
#include "helpers.h"

static void no_culling(struct exact_run *run, uint32_t fill)
{
    struct pvgpu_cmd_create_rasterizer_state raster = rasterizer_desc(run);
    raster.cull = CULL_NONE;
    raster.fill = fill;
    exact_create_rasterizer_state(run, &raster);
    exact_set_rasterizer_state(run, raster.id);
}

/* Constants of a stage, through a window when asked to. */
static void stage_constants(struct exact_run *run, enum pvgpu_stage stage, uint32_t slot, const float *values,
                            uint32_t count, bool window)
{
    float buffer[64][4] = {{0}};
    for (uint32_t i = 0; i < count; i++)
        buffer[(window ? 32 : 0) + i / 4][i % 4] = values[i];
    uint32_t id = new_buffer(run, CONSTANT, buffer, sizeof(buffer));
    exact_set_constant_buffer(run, stage, slot, id, window ? 32 : 0, window ? 16 : 0);
}

static const uint32_t flags[] = {0, 1};

static void geometry(struct exact_run *run, const void *row)
{
    const uint32_t *window = row;
    struct target target = draw_target(run, RGBA8, 32, 32);
    use_vertices(run, two_triangles, 6);
    use_shader(run, "pass_vs");
    use_shader(run, "point_gs");
    use_shader(run, "color_ps");
    const float look[4] = {0.2f, 0.125f, 0.5f, 0};
    stage_constants(run, PVGPU_STAGE_GEOMETRY, 1, look, 4, *window != 0);
    no_culling(run, FILL_SOLID);
    exact_set_topology(run, POINT_LIST);
    exact_draw(run, 6, 0);
    exact_read(run, target.texture, 0, "target");
    /* and without it again: points */
    exact_set_shader(run, PVGPU_STAGE_GEOMETRY, 0);
    use_shader(run, "color_vs");
    exact_clear_render_target(run, target.view, 0, 0, 0, 1);
    exact_draw(run, 6, 0);
    exact_read(run, target.texture, 0, "without");
}

static void geometry_fetch(struct exact_run *run, const void *row)
{
    (void)row;
    struct target target = draw_target(run, RGBA8, 32, 32);
    struct pvgpu_cmd_create_sampler sampler = sampler_desc(run, FILTER_LINEAR, WRAP);
    uint32_t view = colors_8x8(run);
    exact_create_sampler(run, &sampler);
    exact_set_samplers(run, PVGPU_STAGE_GEOMETRY, 3, 1, &sampler.id);
    exact_set_shader_resources(run, PVGPU_STAGE_GEOMETRY, 5, 1, &view);
    use_vertices(run, two_triangles, 6);
    use_shader(run, "pass_vs");
    use_shader(run, "fetch_gs");
    use_shader(run, "color_ps");
    exact_set_topology(run, TRIANGLE_LIST);
    exact_draw(run, 6, 0);
    exact_read(run, target.texture, 0, "target");
}

static void vertex_fetch(struct exact_run *run, const void *row)
{
    (void)row;
    struct target target = draw_target(run, RGBA8, 32, 32);
    struct pvgpu_cmd_create_sampler sampler = sampler_desc(run, FILTER_LINEAR, WRAP);
    float numbers[6][4];
    for (int i = 0; i < 24; i++)
        numbers[i / 4][i % 4] = (float)(i * 7 % 24) / 24.0f;
    const uint32_t buffer = new_buffer(run, SHADER, numbers, sizeof(numbers));
    const uint32_t views[2] = {colors_8x8(run), view_of(run, buffer, RGBA32F)};
    exact_create_sampler(run, &sampler);
    exact_set_samplers(run, PVGPU_STAGE_VERTEX, 2, 1, &sampler.id);
    exact_set_shader_resources(run, PVGPU_STAGE_VERTEX, 3, 2, views);
    use_vertices(run, two_triangles, 6);
    use_shader(run, "fetch_vs");
    use_shader(run, "color_ps");
    exact_set_topology(run, TRIANGLE_LIST);
    exact_draw(run, 6, 0);
    exact_read(run, target.texture, 0, "target");
}

/* ---- Tessellation ---- */

static void triangles(struct exact_run *run, const void *row)
{
    const uint32_t *fill = row;
    struct target target = draw_target(run, RGBA8, 32, 32);
    use_vertices(run, two_triangles, 6);
    use_shader(run, "pass_vs");
    use_shader(run, "triangle_hs");
    use_shader(run, "triangle_ds");
    use_shader(run, "color_ps");
    const float factors[8] = {3, 4, 5, 0, 3, 0, 0, 0}, wave[4] = {1.5f, 0.75f, 0, 0};
    stage_constants(run, PVGPU_STAGE_HULL, 3, factors, 8, *fill == FILL_SOLID);
    stage_constants(run, PVGPU_STAGE_DOMAIN, 4, wave, 4, *fill == FILL_SOLID);
    no_culling(run, *fill);
    exact_set_topology(run, 35);
    exact_draw(run, 6, 0);
    exact_read(run, target.texture, 0, "target");
    /* and without the two stages again */
    exact_set_shader(run, PVGPU_STAGE_HULL, 0);
    exact_set_shader(run, PVGPU_STAGE_DOMAIN, 0);
    use_shader(run, "color_vs");
    exact_set_topology(run, TRIANGLE_LIST);
    exact_draw(run, 3, 0);
    exact_read(run, target.texture, 0, "without");
}

static const uint32_t fills[] = {FILL_WIREFRAME, FILL_SOLID};

static void quads(struct exact_run *run, const void *row)
{
    const uint32_t *fill = row;
    struct target target = draw_target(run, RGBA8, 32, 32);
    const struct vertex corners[8] = {
        {{-0.9f, 0.9f, 0.5f, 1}, {0, 0, 1, 1}},     {{0.1f, 0.8f, 0.5f, 1}, {0, 0, 1, 1}},
        {{-0.8f, 0.0f, 0.5f, 1}, {0, 0, 1, 1}},     {{0.0f, -0.1f, 0.5f, 1}, {0, 0, 1, 1}},
        {{-0.2f, 0.3f, 0.5f, 1}, {0, 0, 0.5f, 1}},  {{0.8f, 0.4f, 0.5f, 1}, {0, 0, 0.5f, 1}},
        {{-0.1f, -0.9f, 0.5f, 1}, {0, 0, 0.5f, 1}}, {{0.7f, -0.8f, 0.5f, 1}, {0, 0, 0.5f, 1}},
    };
    use_vertices(run, corners, 8);
    use_shader(run, "pass_vs");
    use_shader(run, "quad_hs");
    use_shader(run, "quad_ds");
    use_shader(run, "color_ps");
    no_culling(run, *fill);
    exact_set_topology(run, 36);
    exact_draw(run, 8, 0);
    exact_read(run, target.texture, 0, "target");
}

static void isolines(struct exact_run *run, const void *row)
{
    (void)row;
    struct target target = draw_target(run, RGBA8, 32, 32);
    use_vertices(run, two_triangles, 6);
    use_shader(run, "pass_vs");
    use_shader(run, "line_hs");
    use_shader(run, "line_ds");
    use_shader(run, "color_ps");
    exact_set_topology(run, 34);
    exact_draw(run, 6, 0);
    exact_read(run, target.texture, 0, "target");
}

/* Hull and domain stages read textures, buffers and samplers of their own; a geometry shader follows. */
static void tessellation_fetch(struct exact_run *run, const void *row)
{
    (void)row;
    struct target target = draw_target(run, RGBA8, 32, 32);
    struct pvgpu_cmd_create_sampler sampler = sampler_desc(run, FILTER_POINT, WRAP);
    exact_create_sampler(run, &sampler);
    const float factors[4] = {3, 2, 4, 3};
    uint32_t buffer = new_buffer(run, SHADER, factors, sizeof(factors)), colors = colors_8x8(run);
    const uint32_t hull[2] = {view_of(run, buffer, RGBA32F), colors};
    exact_set_shader_resources(run, PVGPU_STAGE_HULL, 1, 2, hull);
    exact_set_samplers(run, PVGPU_STAGE_HULL, 1, 1, &sampler.id);
    exact_set_shader_resources(run, PVGPU_STAGE_DOMAIN, 6, 1, &colors);
    exact_set_samplers(run, PVGPU_STAGE_DOMAIN, 4, 1, &sampler.id);
    use_vertices(run, two_triangles, 6);
    use_shader(run, "pass_vs");
    use_shader(run, "fetch_hs");
    use_shader(run, "fetch_ds");
    use_shader(run, "color_ps");
    no_culling(run, FILL_SOLID);
    exact_set_topology(run, 35);
    exact_draw(run, 6, 0);
    exact_read(run, target.texture, 0, "target");
}

/* ---- Patch lists of every length ---- */

static uint32_t lengths[32];

static void patches(struct exact_run *run, const void *row)
{
    const uint32_t *length = row;
    struct vertex points[64];
    for (uint32_t i = 0; i < 64; i++)
        points[i] = (struct vertex){
            {(float)(i * 5 % 16) / 16.0f - 0.9f, 0.9f - (float)(i * 7 % 16) / 16.0f, 0.5f, 1},
            {(float)(i % 7) / 7.0f, (float)(i % 5) / 5.0f, (float)i / 64.0f, 1},
        };
    struct target target = draw_target(run, RGBA8, 32, 32);
    use_vertices(run, points, 64);
    char name[16];
    snprintf(name, sizeof(name), "patch%u_hs", *length);
    use_shader(run, "pass_vs");
    use_shader(run, name);
    use_shader(run, "triangle_ds");
    use_shader(run, "color_ps");
    no_culling(run, FILL_SOLID);
    exact_set_topology(run, 32 + *length);
    exact_draw(run, 2 * *length, 0);
    exact_read(run, target.texture, 0, "target");
}

/* Every stage at once, created through CREATE_RESOURCE's kinds. */
static void all_stages(struct exact_run *run, const void *row)
{
    const uint32_t *as_resource = row;
    static const char *const names[] = {"pass_vs", "triangle_hs", "stage_ds", "triangle_gs", "color_ps"};
    struct target target = draw_target(run, RGBA8, 32, 32);
    use_vertices(run, two_triangles, 6);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        uint32_t id = exact_id(run);
        exact_create_shader(run, id, exact_shader(names[i]), *as_resource != 0);
        exact_set_shader(run, exact_shader(names[i])->stage, id);
    }
    const float factors[8] = {2, 3, 2, 0, 2, 0, 0, 0}, wave[4] = {0.5f, 0.25f, 0, 0};
    stage_constants(run, PVGPU_STAGE_HULL, 3, factors, 8, false);
    stage_constants(run, PVGPU_STAGE_DOMAIN, 4, wave, 4, false);
    no_culling(run, FILL_SOLID);
    exact_set_topology(run, 35);
    exact_draw(run, 6, 0);
    exact_read(run, target.texture, 0, "target");
}

static void compute_as_resource(struct exact_run *run, const void *row)
{
    (void)row;
    struct pvgpu_cmd_create_resource desc = {
        .header.id = exact_id(run),
        .kind = PVGPU_KIND_BUFFER,
        .width = 1024,
        .bind = UNORDERED,
    };
    exact_create_filled(run, &desc);
    const struct pvgpu_cmd_create_unordered_access_view view = {
        .id = exact_id(run),
        .resource = desc.header.id,
        .format = R32U,
    };
    exact_create_unordered_access_view(run, &view);
    uint32_t shader = exact_id(run);
    exact_create_shader(run, shader, exact_shader("buffer_cs"), true);
    exact_set_shader(run, PVGPU_STAGE_COMPUTE, shader);
    exact_set_unordered_access(run, 0, 1, &view.id, NULL);
    exact_dispatch(run, 2, 1, 1);
    exact_read(run, desc.header.id, 0, "buffer");
}

void exact_add_stages(struct exact_list *list)
{
    for (size_t i = 0; i < COUNT_OF(flags); i++) {
        exact_add(list, geometry, &flags[i], 0, "stage/geometry/%s", i ? "window" : "whole");
        exact_add(list, all_stages, &flags[i], 0, "stage/all/%s", i ? "as_resources" : "as_shaders");
        exact_add(list, triangles, &fills[i], 0, "stage/triangles/%s", i ? "solid" : "wireframe");
        exact_add(list, quads, &fills[i], 0, "stage/quads/%s", i ? "solid" : "wireframe");
    }
    exact_add(list, geometry_fetch, NULL, 0, "stage/geometry_fetch");
    exact_add(list, vertex_fetch, NULL, 0, "stage/vertex_fetch");
    exact_add(list, isolines, NULL, 0, "stage/isolines");
    exact_add(list, tessellation_fetch, NULL, 0, "stage/tessellation_fetch");
    for (uint32_t i = 0; i < 32; i++) {
        lengths[i] = i + 1;
        exact_add(list, patches, &lengths[i], 0, "topology/patch_%u", i + 1);
    }
    exact_add(list, compute_as_resource, NULL, 0, "stage/compute_as_resource");
}
