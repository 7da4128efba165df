/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Samplers: every filter, address mode and comparison, level of detail, border colours. */
#include "helpers.h"

#include <stdlib.h>

/* 16 x 16 with a full chain in which every level has a tint of its own. */
static uint32_t chain(struct exact_run *run, uint32_t format)
{
    struct pvgpu_cmd_create_resource desc = texture_2d(run, format, 16, 16, SHADER);
    desc.mip_count = 0;
    uint8_t *content = smooth_content(&desc), *at = content;
    for (uint32_t mip = 0; mip < 5; mip++) {
        uint32_t size = 16u >> mip;
        for (uint32_t i = 0; i < size * size; i++, at += 4) {
            at[0] = (uint8_t)(i % size * 255 / size);
            at[1] = (uint8_t)(i / size * 255 / size);
            at[2] = (uint8_t)(mip * 60);
            at[3] = (uint8_t)((i % 2) * 100 + 100);
        }
    }
    exact_create_resource(run, &desc, content);
    free(content);
    return shader_view(run, desc.header.id);
}

/* Minified, magnified and stretched in one target: three stripes of it. */
static void draw_stripes(struct exact_run *run, const struct pvgpu_cmd_create_sampler *desc)
{
    struct target target = draw_target(run, RGBA8, 32, 32);
    use_texture(run, chain(run, RGBA8));
    exact_create_sampler(run, desc);
    exact_set_samplers(run, PVGPU_STAGE_PIXEL, 0, 1, &desc->id);
    use_full(run, "tex2d_ps");
    const struct pvgpu_viewport ports[3] = {{0, 0, 32, 10, 0, 1}, {0, 10, 32, 10, 0, 1}, {0, 20, 32, 12, 0, 1}};
    static const float scales[3][2] = {{0.6f, 0.4f}, {4.5f, 3.0f}, {9.0f, 0.5f}};
    for (int i = 0; i < 3; i++) {
        use_uv(run, scales[i][0], scales[i][1], 0, 0, -0.3f, 0.2f, 0, 0);
        exact_set_viewports(run, 1, &ports[i]);
        full_draw(run);
    }
    exact_read(run, target.texture, 0, "target");
}

/* D3D11_FILTER: bit 0 linear mip, 2 magnification, 4 minification; 0x55 anisotropic; 0x100 minimum, 0x180 maximum. */
static const uint32_t filters[] = {0x00, 0x01, 0x04, 0x05, 0x10, 0x11, 0x14, 0x15, 0x55};

static void filter(struct exact_run *run, const void *row)
{
    const uint32_t *number = row;
    struct pvgpu_cmd_create_sampler desc = sampler_desc(run, *number, WRAP);
    desc.max_anisotropy = *number == 0x55 ? 8 : 1;
    draw_stripes(run, &desc);
}

static uint32_t reductions[COUNT_OF(filters)][2];

static void reduction(struct exact_run *run, const void *row)
{
    const uint32_t *number = row;
    if (!exact_needs_min_max_filter(run))
        return;
    struct pvgpu_cmd_create_sampler desc = sampler_desc(run, *number, CLAMP);
    desc.max_anisotropy = 4;
    draw_stripes(run, &desc);
}

static const uint32_t anisotropies[] = {1, 2, 4, 16};

static void anisotropy(struct exact_run *run, const void *row)
{
    const uint32_t *number = row;
    struct pvgpu_cmd_create_sampler desc = sampler_desc(run, 0x55, CLAMP);
    desc.max_anisotropy = *number;
    draw_stripes(run, &desc);
}

static const char *const address_names[] = {"", "wrap", "mirror", "clamp", "border", "mirror_once"};

static const struct address_row {
    uint32_t u, v;
} address_rows[] = {{1, 1}, {2, 2}, {3, 3}, {4, 4}, {5, 5}, {1, 3}, {3, 2}, {4, 1}, {2, 4}};

static void address(struct exact_run *run, const void *row)
{
    const struct address_row *r = row;
    struct target target = draw_target(run, RGBA8, 32, 32);
    use_texture(run, colors_8x8(run));
    struct pvgpu_cmd_create_sampler desc = sampler_desc(run, FILTER_LINEAR, CLAMP);
    desc.address_u = r->u;
    desc.address_v = r->v;
    exact_create_sampler(run, &desc);
    exact_set_samplers(run, PVGPU_STAGE_PIXEL, 0, 1, &desc.id);
    use_uv(run, 5.0f, 5.0f, 0, 0, -2.3f, -2.2f, 0, 0);
    use_full(run, "tex2d_ps");
    full_draw(run);
    exact_read(run, target.texture, 0, "target");
}

static const uint32_t address_modes[] = {1, 2, 3, 4, 5};

/* The third coordinate. */
static void address_w(struct exact_run *run, const void *row)
{
    const uint32_t *mode = row;
    struct target target = draw_target(run, RGBA8, 32, 32);
    struct pvgpu_cmd_create_resource desc = texture_2d(run, RGBA8, 4, 4, SHADER);
    desc.kind = PVGPU_KIND_TEXTURE_3D;
    desc.depth_or_array = 4;
    uint8_t *content = smooth_content(&desc);
    exact_create_resource(run, &desc, content);
    free(content);
    use_texture(run, shader_view(run, desc.header.id));
    struct pvgpu_cmd_create_sampler sampler = sampler_desc(run, FILTER_POINT, CLAMP);
    sampler.address_w = *mode;
    exact_create_sampler(run, &sampler);
    exact_set_samplers(run, PVGPU_STAGE_PIXEL, 0, 1, &sampler.id);
    use_uv(run, 1, 1, 5.0f, 0, 0, 0, -2.2f, 0);
    use_full(run, "tex3d_ps");
    full_draw(run);
    exact_read(run, target.texture, 0, "target");
}

static const float borders[][4] = {{0, 0, 0, 0}, {0, 0, 0, 1}, {1, 1, 1, 1}, {0.2f, 0.4f, 0.6f, 0.8f}};

static void border(struct exact_run *run, const void *row)
{
    const float *color = row;
    struct target target = draw_target(run, RGBA8, 16, 16);
    use_texture(run, colors_8x8(run));
    struct pvgpu_cmd_create_sampler desc = sampler_desc(run, FILTER_POINT, 4);
    for (int i = 0; i < 4; i++)
        desc.border[i] = color[i];
    exact_create_sampler(run, &desc);
    exact_set_samplers(run, PVGPU_STAGE_PIXEL, 0, 1, &desc.id);
    use_uv(run, 2, 2, 0, 0, -0.5f, -0.5f, 0, 0);
    use_full(run, "tex2d_ps");
    full_draw(run);
    const struct exact_output *output = exact_read(run, target.texture, 0, "target");
    /* outside of the texture: the border's colour in steps of 1/255 */
    exact_expect_rgba8(run, output, 0, 0, (uint8_t)(color[0] * 255 + 0.5f), (uint8_t)(color[1] * 255 + 0.5f),
                       (uint8_t)(color[2] * 255 + 0.5f), (uint8_t)(color[3] * 255 + 0.5f));
    /* 8 pixels show the 8 texels: the first one at 4, 4 */
    exact_expect_rgba8(run, output, 4, 4, 0, 0, 0, 255);
    exact_expect_rgba8(run, output, 6, 5, 72, 36, 108, 235);
}

struct lod_row {
    const char *name;
    uint32_t filter;
    float bias, minimum, maximum;
};

static const struct lod_row lod_rows[] = {
    {"plain", 0x15, 0, 0, 1000},       {"bias", 0x15, 1.5f, 0, 1000}, {"bias_negative", 0x15, -1.25f, 0, 1000},
    {"minimum", 0x15, 0, 2.25f, 1000}, {"maximum", 0x15, 0, 0, 1.5f}, {"both", 0x14, 0, 1, 3},
    {"one_level", 0x14, 0, 2, 2},
};

static void lod(struct exact_run *run, const void *row)
{
    const struct lod_row *r = row;
    struct target target = draw_target(run, RGBA8, 32, 32);
    use_texture(run, chain(run, RGBA8));
    struct pvgpu_cmd_create_sampler desc = sampler_desc(run, r->filter, WRAP);
    desc.mip_lod_bias = r->bias;
    desc.min_lod = r->minimum;
    desc.max_lod = r->maximum;
    exact_create_sampler(run, &desc);
    exact_set_samplers(run, PVGPU_STAGE_PIXEL, 0, 1, &desc.id);
    use_uv(run, 1, 1, 4.5f, 0.4f, 0, 0, 0, 0);
    const struct pvgpu_viewport ports[2] = {{0, 0, 32, 16, 0, 1}, {0, 16, 32, 16, 0, 1}};
    exact_set_viewports(run, 1, &ports[0]);
    use_full(run, "tex2d_lod_ps");
    full_draw(run);
    exact_set_viewports(run, 1, &ports[1]);
    use_uv(run, 1, 1, 0.3f, 0.1f, 0, 0, 0, 0);
    use_full(run, "tex2d_grad_ps");
    full_draw(run);
    exact_read(run, target.texture, 0, "target");
}

static const char *const compare_names[] = {"",        "never",     "less",          "equal", "less_equal",
                                            "greater", "not_equal", "greater_equal", "always"};

struct compare_row {
    uint32_t compare, filter;
};

static struct compare_row compare_rows[16];

static void comparison(struct exact_run *run, const void *row)
{
    const struct compare_row *r = row;
    float depths[8 * 8];
    for (uint32_t i = 0; i < 64; i++)
        depths[i] = (float)(i % 8 * 3 % 8) / 8.0f;
    struct target target = draw_target(run, RGBA8, 32, 32);
    use_texture(run, shader_view(run, picture(run, R32F, 8, 8, depths)));
    struct pvgpu_cmd_create_sampler desc = sampler_desc(run, r->filter, CLAMP);
    desc.compare = r->compare;
    exact_create_sampler(run, &desc);
    exact_set_samplers(run, PVGPU_STAGE_PIXEL, 0, 1, &desc.id);
    use_uv(run, 1, 1, 0, 1, 0, 0, 0, -1.0f / 64.0f); /* references of x / 32: every fourth is one of the depths */
    use_full(run, "compare_ps");
    full_draw(run);
    exact_read(run, target.texture, 0, "target");
}

/* No sampler: Direct3D 11's default, linear and clamped. */
static void default_sampler(struct exact_run *run, const void *row)
{
    (void)row;
    struct target target = draw_target(run, RGBA8, 32, 32);
    use_texture(run, chain(run, RGBA8));
    use_sampler(run, FILTER_POINT, WRAP);
    const uint32_t none = 0;
    exact_set_samplers(run, PVGPU_STAGE_PIXEL, 0, 1, &none);
    use_uv(run, 2.5f, 2.5f, 0, 0, -0.75f, -0.75f, 0, 0);
    use_full(run, "tex2d_ps");
    full_draw(run);
    exact_read(run, target.texture, 0, "target");
}

/* The last slots of both kinds, and several slots in one command. */
static void slots(struct exact_run *run, const void *row)
{
    (void)row;
    struct target target = draw_target(run, RGBA8, 32, 32);
    uint32_t views[128] = {0}, samplers[16] = {0};
    views[127] = colors_8x8(run);
    views[64] = chain(run, RGBA8);
    struct pvgpu_cmd_create_sampler first = sampler_desc(run, FILTER_POINT, WRAP);
    struct pvgpu_cmd_create_sampler last = sampler_desc(run, FILTER_LINEAR, 2);
    exact_create_sampler(run, &first);
    exact_create_sampler(run, &last);
    samplers[0] = first.id;
    samplers[15] = last.id;
    exact_set_shader_resources(run, PVGPU_STAGE_PIXEL, 0, 128, views);
    exact_set_samplers(run, PVGPU_STAGE_PIXEL, 0, 16, samplers);
    use_full(run, "slots_ps");
    full_draw(run);
    exact_read(run, target.texture, 0, "all_at_once");
    exact_set_shader_resources(run, PVGPU_STAGE_PIXEL, 127, 1, &views[64]);
    exact_set_samplers(run, PVGPU_STAGE_PIXEL, 15, 1, &first.id);
    exact_clear_render_target(run, target.view, 0, 0, 0, 0);
    full_draw(run);
    exact_read(run, target.texture, 0, "one_by_one");
}

static void gather(struct exact_run *run, const void *row)
{
    (void)row;
    struct target target = draw_target(run, RGBA8, 16, 16);
    use_texture(run, colors_8x8(run));
    use_sampler(run, FILTER_POINT, WRAP);
    use_uv(run, 1.25f, 1.25f, 0, 0, 0.03f, 0.04f, 0, 0);
    use_full(run, "gather_ps");
    full_draw(run);
    exact_read(run, target.texture, 0, "target");
}

void exact_add_samplers(struct exact_list *list)
{
    for (size_t i = 0; i < COUNT_OF(filters); i++) {
        exact_add(list, filter, &filters[i], 0, "sampler/filter/%02x", filters[i]);
        for (uint32_t kind = 0; kind < 2; kind++) {
            reductions[i][kind] = filters[i] | (kind ? 0x180 : 0x100);
            exact_add(list, reduction, &reductions[i][kind], 0, "sampler/filter/%03x", reductions[i][kind]);
        }
    }
    for (size_t i = 0; i < COUNT_OF(anisotropies); i++)
        exact_add(list, anisotropy, &anisotropies[i], 0, "sampler/anisotropy/%u", anisotropies[i]);
    for (size_t i = 0; i < COUNT_OF(address_rows); i++)
        exact_add(list, address, &address_rows[i], 0, "sampler/address/%s_%s", address_names[address_rows[i].u],
                  address_names[address_rows[i].v]);
    for (size_t i = 0; i < COUNT_OF(address_modes); i++)
        exact_add(list, address_w, &address_modes[i], 0, "sampler/address_w/%s", address_names[address_modes[i]]);
    for (size_t i = 0; i < COUNT_OF(borders); i++)
        exact_add(list, border, borders[i], 0, "sampler/border/%zu", i);
    for (size_t i = 0; i < COUNT_OF(lod_rows); i++)
        exact_add(list, lod, &lod_rows[i], 0, "sampler/lod/%s", lod_rows[i].name);
    for (uint32_t i = 0; i < 16; i++) {
        compare_rows[i] = (struct compare_row){i % 8 + 1, i < 8 ? 0x80 : 0x95};
        exact_add(list, comparison, &compare_rows[i], i % 8 == 0 || i % 8 == 7 ? EXACT_UNIFORM : 0,
                  "sampler/compare/%s_%s", compare_names[i % 8 + 1], i < 8 ? "point" : "linear");
    }
    exact_add(list, default_sampler, NULL, 0, "sampler/default");
    exact_add(list, slots, NULL, 0, "sampler/slots");
    exact_add(list, gather, NULL, 0, "sampler/gather");
}
