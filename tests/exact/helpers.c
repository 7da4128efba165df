/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "helpers.h"

#include <stdlib.h>
#include <string.h>

const struct vertex two_triangles[6] = {
    {{-0.9f, -0.8f, 0.25f, 1.0f}, {1.0f, 0.0f, 0.0f, 1.0f}}, {{-0.2f, 0.9f, 0.5f, 1.0f}, {1.0f, 1.0f, 0.0f, 0.5f}},
    {{0.6f, -0.7f, 0.75f, 1.0f}, {0.0f, 1.0f, 0.0f, 0.25f}}, {{-0.5f, 0.2f, 0.75f, 1.0f}, {0.0f, 0.0f, 1.0f, 1.0f}},
    {{0.9f, 0.8f, 0.5f, 1.0f}, {0.5f, 0.0f, 1.0f, 0.75f}},   {{0.7f, -0.9f, 0.25f, 1.0f}, {1.0f, 1.0f, 1.0f, 0.5f}},
};

const struct vertex square[6] = {
    {{-0.75f, 0.75f, 0.5f, 1.0f}, {1.0f, 0.5f, 0.25f, 0.5f}},
    {{0.75f, 0.75f, 0.5f, 1.0f}, {1.0f, 0.5f, 0.25f, 0.5f}},
    {{-0.75f, -0.75f, 0.5f, 1.0f}, {1.0f, 0.5f, 0.25f, 0.5f}},
    {{-0.75f, -0.75f, 0.5f, 1.0f}, {1.0f, 0.5f, 0.25f, 0.5f}},
    {{0.75f, 0.75f, 0.5f, 1.0f}, {1.0f, 0.5f, 0.25f, 0.5f}},
    {{0.75f, -0.75f, 0.5f, 1.0f}, {1.0f, 0.5f, 0.25f, 0.5f}},
};

/* ---- Resources ---- */

struct pvgpu_cmd_create_resource texture_2d(struct exact_run *run, uint32_t format, uint32_t width, uint32_t height,
                                            uint32_t bind)
{
    return (struct pvgpu_cmd_create_resource){
        .header.id = exact_id(run),
        .kind = PVGPU_KIND_TEXTURE_2D,
        .format = format,
        .width = width,
        .height = height,
        .depth_or_array = 1,
        .mip_count = 1,
        .sample_count = 1,
        .bind = bind,
    };
}

uint32_t new_buffer(struct exact_run *run, uint32_t bind, const void *data, uint32_t bytes)
{
    const struct pvgpu_cmd_create_resource desc = {
        .header.id = exact_id(run),
        .kind = PVGPU_KIND_BUFFER,
        .width = bytes,
        .bind = bind,
    };
    exact_create_resource(run, &desc, data);
    return desc.header.id;
}

uint32_t picture(struct exact_run *run, uint32_t format, uint32_t width, uint32_t height, const void *data)
{
    struct pvgpu_cmd_create_resource desc = texture_2d(run, format, width, height, SHADER);
    exact_create_resource(run, &desc, data);
    return desc.header.id;
}

uint32_t colors_8x8(struct exact_run *run)
{
    uint8_t texels[8 * 8 * 4];
    for (uint32_t i = 0; i < 64; i++) {
        texels[4 * i] = (uint8_t)(i % 8 * 36);
        texels[4 * i + 1] = (uint8_t)(i / 8 * 36);
        texels[4 * i + 2] = (uint8_t)((i % 8 ^ i / 8) * 36);
        texels[4 * i + 3] = (uint8_t)(255 - i * 2);
    }
    return shader_view(run, picture(run, RGBA8, 8, 8, texels));
}

static void make_finite(uint32_t format, uint8_t *content, uint32_t bytes)
{
    const char *name = exact_format(format)->name;
    if (strncmp(name, "R32", 3) == 0) {
        for (uint32_t i = 0; i + 4 <= bytes; i += 4) {
            float value = (float)content[i] / 128.0f - 0.5f;
            memcpy(content + i, &value, 4);
        }
    } else if (strncmp(name, "R16", 3) == 0) {
        for (uint32_t i = 1; i < bytes; i += 2)
            content[i] &= 0xBF; /* exponent below that of 2 */
    } else if (strncmp(name, "R11", 3) == 0) {
        for (uint32_t i = 0; i + 4 <= bytes; i += 4) {
            content[i + 1] &= 0xFB; /* the top exponent bits, 10, 21 and 31 */
            content[i + 2] &= 0xDF;
            content[i + 3] &= 0x7F;
        }
    }
}

uint8_t *smooth_content(const struct pvgpu_cmd_create_resource *desc)
{
    uint32_t bytes = exact_resource_bytes(desc);
    uint8_t *content = malloc(bytes ? bytes : 1);
    if (!content)
        exit(3);
    exact_pattern(content, bytes, 77);
    const struct exact_format *format = desc->format ? exact_format(desc->format) : NULL;
    if (format && format->type == 'f' && format->block_width == 1)
        make_finite(desc->format, content, bytes);
    return content;
}

/* ---- Views ---- */

uint32_t target_view(struct exact_run *run, uint32_t resource)
{
    const struct pvgpu_cmd_create_render_target_view desc = {.id = exact_id(run), .resource = resource};
    exact_create_render_target_view(run, &desc);
    return desc.id;
}

uint32_t view_of(struct exact_run *run, uint32_t resource, uint32_t format)
{
    const struct pvgpu_cmd_create_shader_resource_view desc = {
        .id = exact_id(run),
        .resource = resource,
        .format = format,
    };
    exact_create_shader_resource_view(run, &desc);
    return desc.id;
}

uint32_t shader_view(struct exact_run *run, uint32_t resource)
{
    return view_of(run, resource, 0);
}

uint32_t depth_view(struct exact_run *run, uint32_t resource)
{
    const struct pvgpu_cmd_create_depth_stencil_view desc = {.id = exact_id(run), .resource = resource};
    exact_create_depth_stencil_view(run, &desc);
    return desc.id;
}

/* ---- Targets ---- */

struct target new_target(struct exact_run *run, uint32_t format, uint32_t width, uint32_t height)
{
    struct pvgpu_cmd_create_resource desc = texture_2d(run, format, width, height, TARGET | SHADER);
    exact_create_filled(run, &desc);
    return (struct target){desc.header.id, target_view(run, desc.header.id), width, height};
}

void full_viewport(struct exact_run *run, float width, float height)
{
    const struct pvgpu_viewport port = {0, 0, width, height, 0, 1};
    exact_set_viewports(run, 1, &port);
}

void bind_target(struct exact_run *run, const struct target *target, uint32_t depth)
{
    exact_set_render_targets(run, 1, &target->view, depth);
    full_viewport(run, (float)target->width, (float)target->height);
}

struct target draw_target(struct exact_run *run, uint32_t format, uint32_t width, uint32_t height)
{
    struct target target = new_target(run, format, width, height);
    bind_target(run, &target, 0);
    exact_clear_render_target(run, target.view, 0.0f, 0.25f, 0.125f, 1.0f);
    return target;
}

/* ---- Pipelines ---- */

uint32_t new_shader(struct exact_run *run, const char *name)
{
    uint32_t id = exact_id(run);
    exact_create_shader(run, id, exact_shader(name), false);
    return id;
}

void use_shader(struct exact_run *run, const char *name)
{
    exact_set_shader(run, exact_shader(name)->stage, new_shader(run, name));
}

struct pvgpu_cmd_create_sampler sampler_desc(struct exact_run *run, uint32_t filter, uint32_t address)
{
    return (struct pvgpu_cmd_create_sampler){
        .id = exact_id(run),
        .filter = filter,
        .address_u = address,
        .address_v = address,
        .address_w = address,
        .max_anisotropy = 1,
        .compare = 1,
        .border = {0.25f, 0.5f, 0.75f, 1.0f},
        .max_lod = 1000.0f,
    };
}

void use_sampler(struct exact_run *run, uint32_t filter, uint32_t address)
{
    struct pvgpu_cmd_create_sampler desc = sampler_desc(run, filter, address);
    exact_create_sampler(run, &desc);
    exact_set_samplers(run, PVGPU_STAGE_PIXEL, 0, 1, &desc.id);
}

void use_texture(struct exact_run *run, uint32_t view)
{
    exact_set_shader_resources(run, PVGPU_STAGE_PIXEL, 0, 1, &view);
}

uint32_t use_constants(struct exact_run *run, enum pvgpu_stage stage, uint32_t slot, const void *data, uint32_t bytes)
{
    uint32_t id = new_buffer(run, CONSTANT, data, bytes);
    exact_set_constant_buffer(run, stage, slot, id, 0, 0);
    return id;
}

void use_uv(struct exact_run *run, float sx, float sy, float sz, float sw, float x, float y, float z, float w)
{
    const float values[8] = {sx, sy, sz, sw, x, y, z, w};
    use_constants(run, PVGPU_STAGE_PIXEL, 0, values, sizeof(values));
}

uint32_t use_vertices(struct exact_run *run, const struct vertex *vertices, uint32_t count)
{
    static const struct exact_element elements[] = {
        {"POSITION", 0, RGBA32F, 0, 0, 0, 0},
        {"COLOR", 0, RGBA32F, 0, 16, 0, 0},
    };
    uint32_t id = new_buffer(run, VERTEX, vertices, count * (uint32_t)sizeof(*vertices)), layout = exact_id(run);
    const struct pvgpu_vertex_buffer slot = {id, sizeof(*vertices), 0};
    exact_create_input_layout(run, layout, 2, elements);
    exact_set_input_layout(run, layout);
    exact_set_vertex_buffers(run, 0, 1, &slot);
    return id;
}

void use_colors(struct exact_run *run)
{
    use_shader(run, "color_vs");
    use_shader(run, "color_ps");
    exact_set_topology(run, TRIANGLE_LIST);
}

void use_full(struct exact_run *run, const char *pixel_shader)
{
    use_shader(run, "full_vs");
    use_shader(run, pixel_shader);
    exact_set_topology(run, TRIANGLE_LIST);
    exact_set_input_layout(run, 0);
}

void full_draw(struct exact_run *run)
{
    exact_draw(run, 3, 0);
}

/* ---- States ---- */

struct pvgpu_cmd_create_blend_state blend_desc(struct exact_run *run)
{
    struct pvgpu_cmd_create_blend_state desc = {.id = exact_id(run)};
    for (int i = 0; i < 8; i++)
        desc.targets[i] = (struct pvgpu_blend_target){0, 2, 1, 1, 2, 1, 1, 15};
    return desc;
}

struct pvgpu_cmd_create_rasterizer_state rasterizer_desc(struct exact_run *run)
{
    return (struct pvgpu_cmd_create_rasterizer_state){
        .id = exact_id(run),
        .fill = FILL_SOLID,
        .cull = CULL_BACK,
        .depth_clip = 1,
    };
}

struct pvgpu_cmd_create_depth_stencil_state depth_desc(struct exact_run *run)
{
    return (struct pvgpu_cmd_create_depth_stencil_state){
        .id = exact_id(run),
        .depth_enable = 1,
        .depth_write = 1,
        .depth_compare = 2,
        .stencil_read_mask = 255,
        .stencil_write_mask = 255,
        .front = {1, 1, 1, 8},
        .back = {1, 1, 1, 8},
    };
}
