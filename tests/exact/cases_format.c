/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Every format: carried through initial data and MAP, drawn to, cleared, sampled, viewed through its family. */
#include "helpers.h"

#include <stdlib.h>
#include <string.h>

static struct pvgpu_cmd_create_resource format_texture(struct exact_run *run, uint32_t format, uint32_t bind)
{
    struct pvgpu_cmd_create_resource desc = texture_2d(run, format, 16, 16, bind);
    desc.mip_count = 0; /* the full chain */
    return desc;
}

/* The X of B8G8R8X8 may be anything. */
static bool same_texels(const struct exact_format *format, const uint8_t *a, const uint8_t *b, uint32_t bytes)
{
    bool has_x = format->number == 88 || format->number == 92 || format->number == 93;
    for (uint32_t i = 0; i < bytes; i++) {
        if (a[i] != b[i] && !(has_x && i % 4 == 3))
            return false;
    }
    return true;
}

/* All mips in by initial data, out by MAP: the bytes are known. */
static void carry(struct exact_run *run, const void *row)
{
    const struct exact_format *format = row;
    uint32_t need = format->type == 't' ? 0 : EXACT_SUPPORT_TEXTURE_2D;
    if (format->type != 't' && !exact_needs_format(run, format->number, need))
        return;
    struct pvgpu_cmd_create_resource desc = format_texture(run, format->number, SHADER);
    uint8_t *content = smooth_content(&desc);
    exact_create_resource(run, &desc, content);
    exact_read_all(run, desc.header.id, "mip");
    uint32_t at = 0;
    for (uint32_t i = 0; i < run->output_count; i++) {
        const struct exact_output *o = &run->outputs[i];
        if (!same_texels(format, o->data, content + at, o->bytes))
            exact_fail(run, "%s is not what was put in", o->label);
        run->expectations++;
        at += o->bytes;
    }
    free(content);
}

static bool is_integer(const struct exact_format *format)
{
    return format->type == 'i' || format->type == 'j';
}

/* A gradient into a target of the format; integers from constants. */
static void render(struct exact_run *run, const void *row)
{
    const struct exact_format *format = row;
    if (!exact_needs_format(run, format->number, EXACT_SUPPORT_RENDER | EXACT_SUPPORT_TEXTURE_2D))
        return;
    struct target target = new_target(run, format->number, 16, 16);
    bind_target(run, &target, 0);
    if (is_integer(format)) {
        const int32_t numbers[4] = {100, -3, 70000, 0x12345678};
        use_full(run, format->type == 'i' ? "uint_ps" : "sint_ps");
        use_constants(run, PVGPU_STAGE_PIXEL, 0, numbers, sizeof(numbers));
        const struct pvgpu_viewport part = {2, 3, 12, 10, 0, 1};
        exact_clear_render_target(run, target.view, 1, 0, 1, 0);
        exact_set_viewports(run, 1, &part);
        full_draw(run);
    } else {
        exact_clear_render_target(run, target.view, 0.25f, -0.5f, 2.0f, 0.75f);
        use_vertices(run, two_triangles, 6);
        use_colors(run);
        exact_draw(run, 6, 0);
    }
    exact_read(run, target.texture, 0, "target");
}

/* Clearing part of the mips. */
static void clear(struct exact_run *run, const void *row)
{
    const struct exact_format *format = row;
    if (!exact_needs_format(run, format->number, EXACT_SUPPORT_RENDER | EXACT_SUPPORT_TEXTURE_2D))
        return;
    struct pvgpu_cmd_create_resource desc = format_texture(run, format->number, TARGET);
    desc.mip_count = 3;
    exact_create_filled(run, &desc);
    const struct pvgpu_cmd_create_render_target_view view = {
        .id = exact_id(run),
        .resource = desc.header.id,
        .format = format->number,
        .dimension = 4,
        .mip = 1,
    };
    exact_create_render_target_view(run, &view);
    if (is_integer(format))
        exact_clear_render_target(run, view.id, 3.0f, 5.0f, 7.0f, 2.0f);
    else
        exact_clear_render_target(run, view.id, 0.2f, 0.4f, 0.6f, 0.8f);
    exact_read_all(run, desc.header.id, "mip");
}

/* Read by a pixel shader, filtered where the format can be, else texel by texel. */
static void sample(struct exact_run *run, const void *row)
{
    const struct exact_format *format = row;
    bool filtered = format->type != 'x' && !is_integer(format);
    uint32_t need = EXACT_SUPPORT_TEXTURE_2D | (filtered ? EXACT_SUPPORT_SAMPLE : EXACT_SUPPORT_LOAD);
    if (format->number == 2 || format->number == 16 || format->number == 6 || format->number == 41)
        need &= ~EXACT_SUPPORT_SAMPLE; /* filtering 32-bit floats is optional, reading them is not */
    if (!exact_needs_format(run, format->number, need))
        return;
    struct pvgpu_cmd_create_resource desc = texture_2d(run, format->number, 16, 16, SHADER);
    uint8_t *content = smooth_content(&desc);
    exact_create_resource(run, &desc, content);
    free(content);
    struct target target = draw_target(run, RGBA32F, 16, 16);
    use_texture(run, shader_view(run, desc.header.id));
    use_sampler(run, strncmp(format->name, "R32", 3) == 0 ? FILTER_POINT : FILTER_LINEAR, WRAP);
    use_uv(run, 1.5f, 1.25f, 0, 0, 0.1f, 0.05f, 0, 0);
    use_full(run, format->type == 'i' ? "tex2d_uint_ps" : format->type == 'j' ? "tex2d_sint_ps" : "tex2d_ps");
    full_draw(run);
    exact_read(run, target.texture, 0, "target");
}

/* A typeless texture through each typed format of its family: written as one, read as another. */
static void cast(struct exact_run *run, const void *row)
{
    const struct exact_format *format = row;
    if (!exact_needs_format(run, format->number, EXACT_SUPPORT_TEXTURE_2D | EXACT_SUPPORT_LOAD))
        return;
    struct pvgpu_cmd_create_resource desc = texture_2d(run, format->family, 16, 16, SHADER);
    uint8_t *content = smooth_content(&desc);
    exact_create_resource(run, &desc, content);
    free(content);
    struct target target = draw_target(run, RGBA8, 16, 16);
    use_texture(run, view_of(run, desc.header.id, format->number));
    use_full(run, format->type == 'i' ? "tex2d_uint_ps" : format->type == 'j' ? "tex2d_sint_ps" : "tex2d_load_ps");
    full_draw(run);
    exact_read(run, target.texture, 0, "target");
}

/* Written through one format, the texture being typeless. */
static void cast_target(struct exact_run *run, const void *row)
{
    const struct exact_format *format = row;
    if (!exact_needs_format(run, format->number, EXACT_SUPPORT_RENDER))
        return;
    struct pvgpu_cmd_create_resource desc = texture_2d(run, format->family, 16, 16, TARGET | SHADER);
    exact_create_filled(run, &desc);
    const struct pvgpu_cmd_create_render_target_view view = {
        .id = exact_id(run),
        .resource = desc.header.id,
        .format = format->number,
        .dimension = 4,
    };
    exact_create_render_target_view(run, &view);
    exact_set_render_targets(run, 1, &view.id, 0);
    full_viewport(run, 16, 16);
    exact_clear_render_target(run, view.id, 0.5f, 0.5f, 0.5f, 0.5f);
    use_vertices(run, two_triangles, 6);
    use_colors(run);
    exact_draw(run, 6, 0);
    exact_read(run, desc.header.id, 0, "target");
}

/* What a clear of RGBA8 comes to, worked out by hand: 0.2 is 51 of 255. */
static void clear_by_hand(struct exact_run *run, const void *row)
{
    (void)row;
    struct target target = new_target(run, RGBA8, 8, 8);
    exact_clear_render_target(run, target.view, 0.2f, 1.5f, -3.0f, 0.6f);
    const struct exact_output *output = exact_read(run, target.texture, 0, "target");
    exact_expect_rgba8(run, output, 7, 7, 51, 255, 0, 153);
}

struct texel_row {
    uint32_t format;
    uint8_t texel[16]; /* of 1, 0, 0.2, 0.6 (integers: 3, 5, 7, 2) cleared into it */
    uint8_t bytes;
};

static const struct texel_row texel_rows[] = {
    {87, {51, 0, 255, 153}, 4}, /* B8G8R8A8_UNORM */
    {61, {255}, 1}, /* R8_UNORM */
    {49, {255, 0}, 2}, /* R8G8_UNORM */
    {30, {3, 5, 7, 2}, 4}, /* R8G8B8A8_UINT */
    {32, {3, 5, 7, 2}, 4}, /* R8G8B8A8_SINT */
    {36, {3, 0, 5, 0}, 4}, /* R16G16_UINT */
    {42, {3, 0, 0, 0}, 4}, /* R32_UINT */
    {12, {3, 0, 5, 0, 7, 0, 2, 0}, 8}, /* R16G16B16A16_UINT */
    {34, {0x00, 0x3C, 0x00, 0x00}, 4}, /* R16G16_FLOAT: 1 is 0x3C00 */
    {31, {127, 0, 25, 76}, 4}, /* R8G8B8A8_SNORM: 0.2 x 127 = 25.4, 0.6 x 127 = 76.2 */
    {65, {153}, 1}, /* A8_UNORM */
    {85, {0x06, 0xF8}, 2}, /* B5G6R5_UNORM: red 31 << 11, blue 0.2 x 31 = 6.2 */
};

static void texel_by_hand(struct exact_run *run, const void *row)
{
    const struct texel_row *r = row;
    if (!exact_needs_format(run, r->format, EXACT_SUPPORT_RENDER))
        return;
    struct target target = new_target(run, r->format, 8, 8);
    if (is_integer(exact_format(r->format)))
        exact_clear_render_target(run, target.view, 3, 5, 7, 2);
    else
        exact_clear_render_target(run, target.view, 1.0f, 0.0f, 0.2f, 0.6f);
    exact_expect(run, exact_read(run, target.texture, 0, "target"), 3, 5, r->texel, r->bytes);
}

void exact_add_formats(struct exact_list *list)
{
    for (size_t i = 0; i < exact_format_count; i++) {
        const struct exact_format *f = &exact_formats[i];
        bool block = f->block_width > 1;
        if (f->type != 'd' && f->type != 'x' && f->number != 19 && f->number != 44)
            exact_add(list, carry, f, 0, "format/carry/%s", f->name);
        if (f->type == 't' || f->type == 'd' || (f->type == 'x' && f->number != 67))
            continue;
        exact_add(list, sample, f, 0, "format/sample/%s", f->name);
        if (!block && f->number != 67 && f->block_bytes != 12) {
            exact_add(list, render, f, 0, "format/render/%s", f->name);
            exact_add(list, clear, f, EXACT_UNIFORM, "format/clear/%s", f->name);
        }
        if (exact_format(f->family)->type == 't' && f->block_bytes != 12)
            exact_add(list, cast, f, 0, "format/cast/%s", f->name);
        if (exact_format(f->family)->type == 't' && !block && f->block_bytes != 12 && !is_integer(f))
            exact_add(list, cast_target, f, 0, "format/cast_target/%s", f->name);
    }
    exact_add(list, clear_by_hand, NULL, EXACT_UNIFORM, "format/clear_by_hand");
    for (size_t i = 0; i < COUNT_OF(texel_rows); i++)
        exact_add(list, texel_by_hand, &texel_rows[i], EXACT_UNIFORM, "format/texel_by_hand/%s",
                  exact_format(texel_rows[i].format)->name);
}
