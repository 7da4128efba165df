/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The input assembler: vertex formats, slots, strides, offsets, step rates, 32 elements. */
#include "helpers.h"

#include <stdlib.h>
#include <string.h>

static const float corners[4][4] = {{-0.8f, 0.8f, 0, 1}, {0.8f, 0.8f, 0, 1}, {-0.8f, -0.8f, 0, 1}, {0.8f, -0.8f, 0, 1}};

/* Positions in slot 0, colours of the format in slot 3. */
static void vertex_format(struct exact_run *run, const void *row)
{
    const struct exact_format *format = row;
    if (!exact_needs_format(run, format->number, EXACT_SUPPORT_VERTEX))
        return;
    struct pvgpu_cmd_create_resource shape = texture_2d(run, format->number, 4, 1, 0);
    uint8_t *content = smooth_content(&shape);
    uint8_t *bytes = content;
    const struct exact_element elements[] = {
        {"POSITION", 0, RGBA32F, 0, PVGPU_APPEND_ALIGNED, 0, 0},
        {"COLOR", 0, format->number, 3, 0, 0, 0},
    };
    const struct pvgpu_vertex_buffer place = {new_buffer(run, VERTEX, corners, sizeof(corners)), 16, 0};
    const struct pvgpu_vertex_buffer color = {
        new_buffer(run, VERTEX, bytes, exact_resource_bytes(&shape)),
        format->block_bytes,
        0,
    };
    free(content);
    uint32_t layout = exact_id(run);
    exact_create_input_layout(run, layout, 2, elements);
    exact_set_input_layout(run, layout);
    exact_set_vertex_buffers(run, 0, 1, &place);
    exact_set_vertex_buffers(run, 3, 1, &color);
    struct target target = draw_target(run, RGBA32F, 16, 16);
    use_shader(run, format->type == 'i' ? "uint_vs" : format->type == 'j' ? "sint_vs" : "color_vs");
    use_shader(run, "color_ps");
    exact_set_topology(run, TRIANGLE_STRIP);
    exact_draw(run, 4, 0);
    exact_read(run, target.texture, 0, "target");
}

/* 32 elements, partly packed, over 32 slots. */
static void many_elements(struct exact_run *run, const void *row)
{
    const uint32_t *separate = row;
    static char names[32][8];
    struct exact_element elements[32] = {{"POSITION", 0, RGBA32F, 0, 0, 0, 0}};
    float values[4][31][4];
    struct pvgpu_vertex_buffer buffers[32];
    for (uint32_t v = 0; v < 4; v++) {
        for (uint32_t i = 0; i < 31; i++) {
            for (uint32_t c = 0; c < 4; c++)
                values[v][i][c] = (float)((v * 31 + i) * (c + 1) % 17) / 16.0f;
        }
    }
    for (uint32_t i = 1; i < 32; i++) {
        snprintf(names[i], sizeof(names[i]), "V%u", i - 1);
        elements[i] =
            (struct exact_element){names[i], 0, RGBA32F, *separate ? i : 1, *separate ? 0 : (i - 1) * 16, 0, 0};
        /* "V12" is the semantic V with index 12. */
        elements[i].name = "V";
        elements[i].semantic_index = i - 1;
    }
    uint32_t id = new_buffer(run, VERTEX, values, sizeof(values));
    buffers[0] = (struct pvgpu_vertex_buffer){new_buffer(run, VERTEX, corners, sizeof(corners)), 16, 0};
    for (uint32_t i = 1; i < 32; i++)
        buffers[i] = (struct pvgpu_vertex_buffer){id, sizeof(values[0]), *separate ? (i - 1) * 16 : 0};
    uint32_t layout = exact_id(run);
    exact_create_input_layout(run, layout, 32, elements);
    exact_set_input_layout(run, layout);
    exact_set_vertex_buffers(run, 0, 16, buffers);
    exact_set_vertex_buffers(run, 16, 16, buffers + 16);
    struct target target = draw_target(run, RGBA32F, 16, 16);
    use_shader(run, "many_vs");
    use_shader(run, "color_ps");
    exact_set_topology(run, TRIANGLE_STRIP);
    exact_draw(run, 4, 0);
    exact_read(run, target.texture, 0, "target");
}

static const uint32_t flags[] = {0, 1};

struct buffer_row {
    const char *name;
    uint32_t stride, offset, first;
};

static const struct buffer_row buffer_rows[] = {
    {"plain", 32, 0, 0},      {"offset", 32, 64, 0},        {"first_vertex", 32, 0, 2},  {"stride_0", 0, 32, 0},
    {"stride_48", 48, 16, 0}, {"past_the_end", 32, 224, 0}, {"stride_2048", 2048, 0, 0},
};

/* Strides and offsets; reading past the end gives zeros. */
static void buffer_window(struct exact_run *run, const void *row)
{
    const struct buffer_row *r = row;
    struct vertex vertices[12];
    for (int i = 0; i < 12; i++) {
        vertices[i] = two_triangles[i % 6];
        vertices[i].position[0] += i < 6 ? 0.0f : 0.25f;
    }
    uint32_t id = use_vertices(run, vertices, 12);
    const struct pvgpu_vertex_buffer slot = {id, r->stride, r->offset};
    exact_set_vertex_buffers(run, 0, 1, &slot);
    struct target target = draw_target(run, RGBA8, 32, 32);
    use_colors(run);
    exact_set_topology(run, r->stride == 0 || r->stride == 2048 ? POINT_LIST : TRIANGLE_LIST);
    exact_draw(run, 6, r->first);
    exact_read(run, target.texture, 0, "target");
}

struct step_row {
    const char *name;
    uint32_t rate, instances, first_instance;
};

static const struct step_row step_rows[] = {
    {"rate_1", 1, 6, 0}, {"rate_2", 2, 6, 0},         {"rate_3_first_2", 3, 6, 2},
    {"rate_0", 0, 6, 0}, {"rate_1_first_3", 1, 3, 3},
};

static void step(struct exact_run *run, const void *row)
{
    const struct step_row *r = row;
    static const float shape[4][4] = {
        {-0.9f, -0.7f, 0, 1}, {-0.9f, -0.9f, 0, 1}, {-0.7f, -0.7f, 0, 1}, {-0.7f, -0.9f, 0, 1}};
    float instances[8][6];
    for (uint32_t i = 0; i < 8; i++) {
        const float each[6] = {(float)i * 0.2f, (float)i * 0.15f, 1.0f - (float)i / 8.0f, (float)i / 8.0f, 0.5f, 1};
        memcpy(instances[i], each, sizeof(each));
    }
    const struct exact_element elements[] = {
        {"POSITION", 0, RGBA32F, 0, 0, 0, 0},
        {"OFFSET", 0, RG32F, 1, 0, 1, r->rate},
        {"COLOR", 0, RGBA32F, 1, PVGPU_APPEND_ALIGNED, 1, 1},
    };
    const struct pvgpu_vertex_buffer buffers[2] = {
        {new_buffer(run, VERTEX, shape, sizeof(shape)), 16, 0},
        {new_buffer(run, VERTEX, instances, sizeof(instances)), 24, 0},
    };
    uint32_t layout = exact_id(run);
    exact_create_input_layout(run, layout, 3, elements);
    exact_set_input_layout(run, layout);
    exact_set_vertex_buffers(run, 0, 2, buffers);
    struct target target = draw_target(run, RGBA8, 32, 32);
    struct pvgpu_cmd_create_rasterizer_state raster = rasterizer_desc(run);
    raster.cull = CULL_NONE;
    exact_create_rasterizer_state(run, &raster);
    exact_set_rasterizer_state(run, raster.id);
    use_shader(run, "instance_vs");
    use_shader(run, "color_ps");
    exact_set_topology(run, TRIANGLE_STRIP);
    exact_draw_instanced(run, 4, r->instances, 0, r->first_instance);
    exact_read(run, target.texture, 0, "target");
}

/* One layout with two vertex shaders, and two layouts with one: each pair is fitted anew. */
static void layouts_and_shaders(struct exact_run *run, const void *row)
{
    (void)row;
    struct target target = draw_target(run, RGBA8, 32, 32);
    uint32_t id = use_vertices(run, two_triangles, 6);
    use_colors(run);
    exact_draw(run, 3, 0);
    use_shader(run, "position_vs"); /* needs no colour */
    const float color[4] = {0.25f, 0.75f, 1, 1};
    use_shader(run, "constant_ps");
    use_constants(run, PVGPU_STAGE_PIXEL, 0, color, sizeof(color));
    exact_draw(run, 3, 3);
    exact_read(run, target.texture, 0, "two_shaders");

    static const struct exact_element swapped[] = {
        {"color", 0, RGBA32F, 0, 0, 0, 0}, /* letters of either case */
        {"Position", 0, RGBA32F, 0, 16, 0, 0},
    };
    uint32_t layout = exact_id(run);
    exact_create_input_layout(run, layout, 2, swapped);
    exact_set_input_layout(run, layout);
    const struct pvgpu_vertex_buffer slot = {id, 32, 0};
    exact_set_vertex_buffers(run, 0, 1, &slot);
    use_colors(run);
    exact_set_topology(run, TRIANGLE_STRIP);
    struct pvgpu_cmd_create_rasterizer_state raster = rasterizer_desc(run);
    raster.cull = CULL_NONE;
    exact_create_rasterizer_state(run, &raster);
    exact_set_rasterizer_state(run, raster.id);
    exact_draw(run, 6, 0);
    exact_read(run, target.texture, 0, "two_layouts");
}

/* A slot that is not bound reads as zeros; binding it to nothing again as well. */
static void empty_slot(struct exact_run *run, const void *row)
{
    (void)row;
    struct target target = draw_target(run, RGBA8, 16, 16);
    const struct exact_element elements[] = {
        {"POSITION", 0, RGBA32F, 0, 0, 0, 0},
        {"COLOR", 0, RGBA32F, 2, 0, 0, 0},
    };
    uint32_t layout = exact_id(run), id = new_buffer(run, VERTEX, two_triangles, sizeof(two_triangles));
    const struct pvgpu_vertex_buffer bound[3] = {{id, 32, 0}, {0, 0, 0}, {id, 32, 16}};
    const struct pvgpu_vertex_buffer nothing = {0, 0, 0};
    exact_create_input_layout(run, layout, 2, elements);
    exact_set_input_layout(run, layout);
    exact_set_vertex_buffers(run, 0, 3, bound);
    use_colors(run);
    exact_draw(run, 3, 0);
    exact_set_vertex_buffers(run, 2, 1, &nothing);
    exact_draw(run, 3, 3);
    exact_read(run, target.texture, 0, "target");
}

void exact_add_inputs(struct exact_list *list)
{
    for (size_t i = 0; i < exact_format_count; i++) {
        const struct exact_format *f = &exact_formats[i];
        bool vertex = f->block_width == 1 && f->number <= 64 && strchr("fuijn", f->type);
        if (vertex || f->number == BGRA8)
            exact_add(list, vertex_format, f, 0, "input/format/%s", f->name);
    }
    for (size_t i = 0; i < COUNT_OF(flags); i++)
        exact_add(list, many_elements, &flags[i], 0, "input/32_elements/%s", i ? "32_slots" : "2_slots");
    for (size_t i = 0; i < COUNT_OF(buffer_rows); i++)
        exact_add(list, buffer_window, &buffer_rows[i], 0, "input/buffer/%s", buffer_rows[i].name);
    for (size_t i = 0; i < COUNT_OF(step_rows); i++)
        exact_add(list, step, &step_rows[i], 0, "input/step/%s", step_rows[i].name);
    exact_add(list, layouts_and_shaders, NULL, 0, "input/layouts_and_shaders");
    exact_add(list, empty_slot, NULL, 0, "input/empty_slot");
}
