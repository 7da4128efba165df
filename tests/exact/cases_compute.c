/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Unordered access and compute: views of every dimension, dispatches, arguments in buffers. */
#include "helpers.h"

#include <stdlib.h>
#include <string.h>

static uint32_t filled_buffer(struct exact_run *run, uint32_t bytes, uint32_t bind, uint32_t misc)
{
    const struct pvgpu_cmd_create_resource desc = {
        .header.id = exact_id(run),
        .kind = PVGPU_KIND_BUFFER,
        .width = bytes,
        .bind = bind,
        .misc = misc,
    };
    exact_create_filled(run, &desc);
    return desc.header.id;
}

static uint32_t access_view(struct exact_run *run, const struct pvgpu_cmd_create_unordered_access_view *desc)
{
    struct pvgpu_cmd_create_unordered_access_view view = *desc;
    view.id = exact_id(run);
    exact_create_unordered_access_view(run, &view);
    return view.id;
}

struct buffer_row {
    const char *name;
    uint32_t first, count, x, y, z;
};

static const struct buffer_row buffer_rows[] = {
    {"whole", 0, 0, 2, 4, 4}, {"part", 16, 64, 2, 4, 1}, {"rest", 32, 0, 2, 2, 2}, {"one_group", 0, 0, 1, 1, 1},
    {"x", 0, 0, 2, 1, 1},     {"y", 0, 0, 1, 3, 1},      {"z", 0, 0, 1, 1, 4},     {"nothing", 0, 0, 2, 0, 1},
};

static void buffer(struct exact_run *run, const void *row)
{
    const struct buffer_row *r = row;
    uint32_t id = filled_buffer(run, 1024, UNORDERED, 0);
    const struct pvgpu_cmd_create_unordered_access_view desc = {
        .resource = id,
        .format = R32U,
        .dimension = 1,
        .first = r->first,
        .count = r->count,
    };
    uint32_t view = access_view(run, &desc);
    exact_set_unordered_access(run, 0, 1, &view, NULL);
    use_shader(run, "buffer_cs");
    exact_dispatch(run, r->x, r->y, r->z);
    const struct exact_output *output = exact_read(run, id, 0, "buffer");
    if (r->y == 0)
        return;
    exact_expect_u32(run, output, r->first, 0, 7); /* thread 0, 0, 0 */
    exact_expect_u32(run, output, r->first + 8 + 3, 0, 9 + 1000 + 7); /* thread 3, 1, 0 */
    if (r->z == 4)
        exact_expect_u32(run, output, r->first + 3 * 64 + 1, 0, 3 + 300000 + 7); /* thread 1, 0, 3 */
}

struct texture_row {
    const char *name;
    uint32_t kind, height, depth_or_array, mips;
    uint32_t dimension, mip, first, count;
    const char *shader;
    uint32_t x, y, z;
};

static const struct texture_row texture_rows[] = {
    {"1d", 1, 1, 1, 2, 2, 1, 0, 0, "tex1d_cs", 1, 1, 1},
    {"1d_default", 1, 1, 1, 1, 0, 0, 0, 0, "tex1d_cs", 3, 1, 1},
    {"1d_array", 1, 1, 4, 2, 3, 1, 1, 2, "tex1darray_cs", 2, 2, 1},
    {"1d_array_default", 1, 1, 4, 1, 0, 0, 0, 0, "tex1darray_cs", 3, 3, 1},
    {"2d", 2, 16, 1, 2, 4, 1, 0, 0, "tex2d_cs", 2, 5, 1},
    {"2d_default", 2, 16, 1, 1, 0, 0, 0, 0, "tex2d_cs", 4, 13, 1},
    {"2d_beyond", 2, 16, 1, 1, 4, 0, 0, 0, "tex2d_cs", 8, 32, 1},
    {"2d_array", 2, 16, 5, 2, 5, 1, 1, 3, "tex2darray_cs", 2, 8, 3},
    {"2d_array_rest", 2, 16, 4, 1, 5, 0, 2, 0xFFFFFFFF, "tex2darray_cs", 3, 15, 2},
    {"2d_array_default", 2, 16, 3, 1, 0, 0, 0, 0, "tex2darray_cs", 4, 10, 3},
    {"3d", 3, 16, 8, 2, 8, 0, 0, 0, "tex3d_cs", 3, 16, 6},
    {"3d_mip_1", 3, 16, 8, 2, 8, 1, 0, 0, "tex3d_cs", 2, 7, 3},
    {"3d_first_slice", 3, 16, 8, 2, 8, 0, 2, 3, "tex3d_cs", 3, 16, 3},
    {"3d_first_slice_mip_1", 3, 16, 8, 2, 8, 1, 1, 2, "tex3d_cs", 2, 7, 2},
    {"3d_default", 3, 16, 4, 1, 0, 0, 0, 0, "tex3d_cs", 4, 9, 4},
};

static void texture(struct exact_run *run, const void *row)
{
    const struct texture_row *r = row;
    struct pvgpu_cmd_create_resource desc = texture_2d(run, RGBA8, 16, r->height, UNORDERED);
    desc.kind = r->kind;
    desc.depth_or_array = r->depth_or_array;
    desc.mip_count = r->mips;
    exact_create_filled(run, &desc);
    const struct pvgpu_cmd_create_unordered_access_view view_desc = {
        .resource = desc.header.id,
        .dimension = r->dimension,
        .first = r->mip,
        .first_slice = r->first,
        .slice_count_or_flags = r->count,
    };
    uint32_t view = access_view(run, &view_desc);
    exact_set_unordered_access(run, 0, 1, &view, NULL);
    use_shader(run, r->shader);
    exact_dispatch(run, r->x, r->y, r->z);
    exact_read_all(run, desc.header.id, "texture");
    uint32_t index = r->kind == 3 ? r->mip : r->first * r->mips + r->mip;
    const struct exact_output *output = &run->outputs[index];
    uint32_t y = r->kind == 3 ? r->first * output->rows : 0;
    exact_expect_rgba8(run, output, 3, y, 48, 0, 0, 255); /* 3 / 16 x 255 = 47.8 */
}

static const uint32_t access_formats[] = {2, 10, 11, 13, 16, 24, 26, 28, 31, 34, 35, 41, 49, 54, 56, 61};

/* Float formats that shaders write through. */
static void format(struct exact_run *run, const void *row)
{
    const uint32_t *number = row;
    if (!exact_needs_format(run, *number, EXACT_SUPPORT_TYPED_UAV))
        return;
    struct pvgpu_cmd_create_resource desc = texture_2d(run, *number, 16, 8, UNORDERED);
    exact_create_filled(run, &desc);
    const struct pvgpu_cmd_create_unordered_access_view view_desc = {.resource = desc.header.id, .format = *number};
    uint32_t view = access_view(run, &view_desc);
    exact_set_unordered_access(run, 0, 1, &view, NULL);
    use_shader(run, "tex2d_cs");
    exact_dispatch(run, 4, 7, 1);
    exact_read(run, desc.header.id, 0, "texture");
}

/* A typeless texture, written as unsigned numbers by atomic additions in slot 3. */
static void typeless(struct exact_run *run, const void *row)
{
    (void)row;
    struct pvgpu_cmd_create_resource desc = texture_2d(run, R32_TYPELESS, 8, 8, UNORDERED | SHADER);
    uint32_t zeros[64] = {0};
    zeros[63] = 0x11111111;
    exact_create_resource(run, &desc, zeros);
    const struct pvgpu_cmd_create_unordered_access_view view_desc = {
        .resource = desc.header.id,
        .format = R32U,
        .dimension = 4,
    };
    uint32_t view = access_view(run, &view_desc);
    exact_set_unordered_access(run, 3, 1, &view, NULL);
    use_shader(run, "uint2d_cs");
    exact_dispatch(run, 2, 3, 1);
    const struct exact_output *output = exact_read(run, desc.header.id, 0, "texture");
    /* texel 1, 2 gets threads 2..3, 4..5: (2 + 3) x 2 + (4 + 5) x 2 x 16 */
    exact_expect_u32(run, output, 1, 2, 10 + 288);
    exact_expect_u32(run, output, 7, 7, 0x11111111);
}

static void raw(struct exact_run *run, const void *row)
{
    (void)row;
    uint32_t id = filled_buffer(run, 256, UNORDERED | SHADER, MISC_RAW);
    const struct pvgpu_cmd_create_unordered_access_view view_desc = {
        .resource = id,
        .format = R32_TYPELESS,
        .dimension = 1,
        .first = 4,
        .count = 32,
        .slice_count_or_flags = 1, /* D3D11_BUFFER_UAV_FLAG_RAW */
    };
    uint32_t view = access_view(run, &view_desc);
    exact_set_unordered_access(run, 0, 1, &view, NULL);
    use_shader(run, "raw_cs");
    exact_dispatch(run, 2, 1, 1);
    const struct exact_output *output = exact_read(run, id, 0, "buffer");
    exact_expect_u32(run, output, 4, 0, 0x12345678); /* byte 0 of the view */
    exact_expect_u32(run, output, 5, 0, 0x5A5A5A5A);
    exact_expect_u32(run, output, 4 + 4 + 9, 0, 0x09090909); /* thread 9 */
}

static const uint32_t numbers[4] = {1000, 0xFF00FF00, 0, 0};

/* Constants (also through a window), texture, sampler, buffer and two outputs of the compute stage. */
static void all_inputs(struct exact_run *run, const void *row)
{
    const uint32_t *window = row;
    uint32_t list[16], constants[64][4] = {{0}};
    for (uint32_t i = 0; i < 16; i++)
        list[i] = i * i;
    memcpy(constants[*window ? 48 : 0], numbers, sizeof(numbers));
    uint32_t first = filled_buffer(run, 64, UNORDERED, 0), second = filled_buffer(run, 64, UNORDERED, 0);
    const struct pvgpu_cmd_create_unordered_access_view a = {.resource = first, .format = R32U};
    const struct pvgpu_cmd_create_unordered_access_view b = {.resource = second, .format = R32U};
    uint32_t outputs[8] = {0};
    outputs[0] = access_view(run, &a);
    outputs[7] = access_view(run, &b);
    const uint32_t inputs[2] = {colors_8x8(run), view_of(run, new_buffer(run, SHADER, list, sizeof(list)), R32U)};
    struct pvgpu_cmd_create_sampler sampler = sampler_desc(run, FILTER_POINT, WRAP);
    exact_create_sampler(run, &sampler);
    uint32_t id = new_buffer(run, CONSTANT, constants, sizeof(constants));
    exact_set_constant_buffer(run, PVGPU_STAGE_COMPUTE, 5, id, *window ? 48 : 0, *window ? 16 : 0);
    exact_set_shader_resources(run, PVGPU_STAGE_COMPUTE, 1, 2, inputs);
    exact_set_samplers(run, PVGPU_STAGE_COMPUTE, 6, 1, &sampler.id);
    exact_set_unordered_access(run, 0, 8, outputs, NULL);
    use_shader(run, "all_cs");
    exact_dispatch(run, 1, 1, 1);
    const struct exact_output *output = exact_read(run, first, 0, "first");
    exact_read(run, second, 0, "second");
    /* element 4: list[11] + 1000, and red of texel 4.5 / 2 = 2: 72 */
    exact_expect_u32(run, output, 4, 0, 121 + 1000 + 72 * 0x10000);
}

static const uint32_t flags[] = {0, 1};

struct indirect_row {
    const char *name;
    uint32_t offset;
};

static const struct indirect_row indirect_rows[] = {{"at_0", 0}, {"at_20", 20}};

static void indirect(struct exact_run *run, const void *row)
{
    const struct indirect_row *r = row;
    const uint32_t arguments[8] = {2, 4, 1, 0xFFFF, 0xFFFF, 1, 2, 3};
    const struct pvgpu_cmd_create_resource desc = {
        .header.id = exact_id(run),
        .kind = PVGPU_KIND_BUFFER,
        .width = sizeof(arguments),
        .misc = MISC_INDIRECT,
    };
    exact_create_resource(run, &desc, arguments);
    uint32_t id = filled_buffer(run, 1024, UNORDERED, 0);
    const struct pvgpu_cmd_create_unordered_access_view view_desc = {.resource = id, .format = R32U};
    uint32_t view = access_view(run, &view_desc);
    exact_set_unordered_access(run, 0, 1, &view, NULL);
    use_shader(run, "buffer_cs");
    exact_dispatch(run, desc.header.id, r->offset, PVGPU_DISPATCH_INDIRECT);
    exact_read(run, id, 0, "buffer");
}

/* Counts written by one dispatch and used by the next. */
static void indirect_written(struct exact_run *run, const void *row)
{
    (void)row;
    uint32_t arguments = filled_buffer(run, 64, UNORDERED, MISC_INDIRECT), id = filled_buffer(run, 1024, UNORDERED, 0);
    const struct pvgpu_cmd_create_unordered_access_view a = {.resource = arguments, .format = R32U};
    const struct pvgpu_cmd_create_unordered_access_view b = {.resource = id, .format = R32U};
    const uint32_t views[2] = {access_view(run, &a), access_view(run, &b)};
    exact_set_unordered_access(run, 0, 1, &views[0], NULL);
    use_shader(run, "arguments_cs");
    exact_dispatch(run, 1, 1, 1);
    exact_set_unordered_access(run, 0, 1, &views[1], NULL);
    use_shader(run, "buffer_cs");
    exact_dispatch(run, arguments, 16, PVGPU_DISPATCH_INDIRECT);
    const struct exact_output *output = exact_read(run, id, 0, "buffer");
    exact_read(run, arguments, 0, "arguments");
    exact_expect_u32(run, output, 5 * 8 + 7, 0, 21 + 5000 + 7); /* thread 7, 5 of 2 x 3 groups of 4 x 2 */
}

/* Written by compute, then a vertex buffer, a texture for pixels, and an input of compute. */
static void hand_on(struct exact_run *run, const void *row)
{
    (void)row;
    struct pvgpu_cmd_create_resource desc = texture_2d(run, RGBA8, 16, 16, UNORDERED | SHADER);
    exact_create_filled(run, &desc);
    const struct pvgpu_cmd_create_unordered_access_view view_desc = {.resource = desc.header.id};
    uint32_t view = access_view(run, &view_desc);
    exact_set_unordered_access(run, 0, 1, &view, NULL);
    use_shader(run, "tex2d_cs");
    exact_dispatch(run, 4, 16, 1);
    const uint32_t none = 0;
    exact_set_unordered_access(run, 0, 1, &none, NULL);
    struct target target = draw_target(run, RGBA8, 16, 16);
    use_texture(run, shader_view(run, desc.header.id));
    use_sampler(run, FILTER_POINT, CLAMP);
    use_uv(run, 1, 1, 0, 0, 0, 0, 0, 0);
    use_full(run, "tex2d_ps");
    full_draw(run);
    exact_read(run, target.texture, 0, "target");
}

/* Bound for output: no input any more. The compute shader that reads it gets zeros. */
static void hazard(struct exact_run *run, const void *row)
{
    (void)row;
    uint32_t id = filled_buffer(run, 64, UNORDERED | SHADER, 0), other = filled_buffer(run, 64, UNORDERED, 0);
    const struct pvgpu_cmd_create_unordered_access_view a = {.resource = id, .format = R32U};
    const struct pvgpu_cmd_create_unordered_access_view b = {.resource = other, .format = R32U};
    uint32_t outputs[8] = {0};
    outputs[0] = access_view(run, &a);
    outputs[7] = access_view(run, &b);
    const uint32_t inputs[2] = {colors_8x8(run), view_of(run, id, R32U)};
    exact_set_shader_resources(run, PVGPU_STAGE_COMPUTE, 1, 2, inputs);
    use_constants(run, PVGPU_STAGE_COMPUTE, 5, numbers, sizeof(numbers));
    exact_set_unordered_access(run, 0, 8, outputs, NULL);
    use_shader(run, "all_cs");
    exact_dispatch(run, 1, 1, 1);
    exact_read(run, id, 0, "input_and_output");
    exact_read(run, other, 0, "output");
}

/* No compute shader, or one without its output: nothing happens. */
static void nothing_bound(struct exact_run *run, const void *row)
{
    const uint32_t *with_shader = row;
    uint32_t id = filled_buffer(run, 1024, UNORDERED, 0);
    const struct pvgpu_cmd_create_unordered_access_view desc = {.resource = id, .format = R32U};
    uint32_t view = access_view(run, &desc), none = 0;
    exact_set_unordered_access(run, 0, 1, &view, NULL);
    use_shader(run, "buffer_cs");
    if (*with_shader)
        exact_set_unordered_access(run, 0, 1, &none, NULL);
    else
        exact_set_shader(run, PVGPU_STAGE_COMPUTE, 0);
    exact_dispatch(run, 2, 2, 1);
    exact_read(run, id, 0, "buffer");
}

void exact_add_computes(struct exact_list *list)
{
    for (size_t i = 0; i < COUNT_OF(buffer_rows); i++)
        exact_add(list, buffer, &buffer_rows[i], buffer_rows[i].y ? 0 : EXACT_UNCHANGED, "compute/buffer/%s",
                  buffer_rows[i].name);
    for (size_t i = 0; i < COUNT_OF(texture_rows); i++)
        exact_add(list, texture, &texture_rows[i], 0, "compute/texture/%s", texture_rows[i].name);
    for (size_t i = 0; i < COUNT_OF(access_formats); i++)
        exact_add(list, format, &access_formats[i], 0, "compute/format/%s", exact_format(access_formats[i])->name);
    for (size_t i = 0; i < COUNT_OF(flags); i++) {
        exact_add(list, all_inputs, &flags[i], 0, "compute/all_inputs/%s", i ? "window" : "whole");
        exact_add(list, nothing_bound, &flags[i], EXACT_UNCHANGED, "compute/%s", i ? "no_output" : "no_shader");
    }
    for (size_t i = 0; i < COUNT_OF(indirect_rows); i++)
        exact_add(list, indirect, &indirect_rows[i], 0, "compute/indirect/%s", indirect_rows[i].name);
    exact_add(list, typeless, NULL, 0, "compute/typeless");
    exact_add(list, raw, NULL, 0, "compute/raw");
    exact_add(list, indirect_written, NULL, 0, "compute/indirect/written");
    exact_add(list, hand_on, NULL, 0, "compute/hand_on");
    exact_add(list, hazard, NULL, 0, "compute/hazard");
}
