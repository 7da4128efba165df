/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Blending: every factor, operation and mask; two sources; eight targets; sample mask. */
#include "helpers.h"

static const float source[8] = {0.75f, 0.5f, 0.25f, 0.625f, 0.125f, 0.875f, 0.375f, 0.5f};
static const float factors[4] = {0.25f, 0.5f, 0.75f, 0.375f};

/* The source over a gradient that was drawn before. */
static void blend_over(struct exact_run *run, const struct pvgpu_cmd_create_blend_state *desc, const char *shader,
                       const float *factor, uint32_t format)
{
    struct target target = draw_target(run, format, 16, 16);
    use_vertices(run, two_triangles, 6);
    use_colors(run);
    exact_draw(run, 6, 0);
    exact_create_blend_state(run, desc);
    exact_set_blend_state(run, desc->id, factor, 0xFFFFFFFF);
    use_full(run, shader);
    use_constants(run, PVGPU_STAGE_PIXEL, 0, source, sizeof(source));
    full_draw(run);
    exact_read(run, target.texture, 0, "target");
}

struct factor_row {
    uint32_t factor;
    const char *name;
    uint32_t alpha; /* the factor for alpha that goes with it */
};

static const struct factor_row factor_rows[] = {
    {1, "zero", 1},
    {2, "one", 2},
    {3, "src_color", 5},
    {4, "inv_src_color", 6},
    {5, "src_alpha", 5},
    {6, "inv_src_alpha", 6},
    {7, "dest_alpha", 7},
    {8, "inv_dest_alpha", 8},
    {9, "dest_color", 7},
    {10, "inv_dest_color", 8},
    {11, "src_alpha_sat", 11},
    {14, "blend_factor", 14},
    {15, "inv_blend_factor", 15},
};

static void source_factor(struct exact_run *run, const void *row)
{
    const struct factor_row *r = row;
    struct pvgpu_cmd_create_blend_state desc = blend_desc(run);
    desc.targets[0] = (struct pvgpu_blend_target){1, r->factor, 2, 1, r->alpha, 1, 1, 15};
    blend_over(run, &desc, "constant_ps", factors, RGBA8);
}

static void destination_factor(struct exact_run *run, const void *row)
{
    const struct factor_row *r = row;
    struct pvgpu_cmd_create_blend_state desc = blend_desc(run);
    desc.targets[0] = (struct pvgpu_blend_target){1, 5, r->factor, 1, 2, r->alpha, 1, 15};
    blend_over(run, &desc, "constant_ps", factors, RGBA8);
}

static const struct factor_row dual_rows[] = {
    {16, "src1_color", 18},
    {17, "inv_src1_color", 19},
    {18, "src1_alpha", 18},
    {19, "inv_src1_alpha", 19},
};

static void dual(struct exact_run *run, const void *row)
{
    const struct factor_row *r = row;
    struct pvgpu_cmd_create_blend_state desc = blend_desc(run);
    desc.targets[0] = (struct pvgpu_blend_target){1, r->factor, r->factor == 17 ? 16 : 17, 1, r->alpha, 2, 1, 15};
    blend_over(run, &desc, "dual_ps", factors, RGBA8);
}

struct operation_row {
    uint32_t operation, alpha;
    const char *name;
};

static const struct operation_row operation_rows[] = {
    {1, 5, "add"}, {2, 4, "subtract"}, {3, 1, "rev_subtract"}, {4, 3, "min"}, {5, 2, "max"},
};

static void operation(struct exact_run *run, const void *row)
{
    const struct operation_row *r = row;
    struct pvgpu_cmd_create_blend_state desc = blend_desc(run);
    desc.targets[0] = (struct pvgpu_blend_target){1, 2, 2, r->operation, 2, 2, r->alpha, 15};
    blend_over(run, &desc, "constant_ps", NULL, RGBA8);
}

/* 0.25 + 0.5 in a float target, without any rounding. */
static void by_hand(struct exact_run *run, const void *row)
{
    (void)row;
    if (!exact_needs_format(run, RGBA32F, EXACT_SUPPORT_BLEND))
        return;
    struct target target = new_target(run, RGBA32F, 4, 4);
    bind_target(run, &target, 0);
    exact_clear_render_target(run, target.view, 0.5f, 1.0f, 0.25f, 0.5f);
    struct pvgpu_cmd_create_blend_state desc = blend_desc(run);
    desc.targets[0] = (struct pvgpu_blend_target){1, 5, 14, 1, 2, 1, 1, 15};
    exact_create_blend_state(run, &desc);
    exact_set_blend_state(run, desc.id, factors, 0xFFFFFFFF);
    const float color[4] = {0.5f, 1.0f, 2.0f, 0.25f};
    use_full(run, "constant_ps");
    use_constants(run, PVGPU_STAGE_PIXEL, 0, color, sizeof(color));
    full_draw(run);
    const struct exact_output *output = exact_read(run, target.texture, 0, "target");
    /* colour: source x source alpha + destination x blend factor; alpha: source */
    const float wanted[4] = {0.5f * 0.25f + 0.5f * 0.25f, 0.25f + 0.5f, 0.5f + 0.25f * 0.75f, 0.25f};
    exact_expect(run, output, 2, 2, wanted, 16);
}

static const uint32_t mask_rows[] = {0, 1, 2, 4, 8, 5, 14};

static void write_mask(struct exact_run *run, const void *row)
{
    const uint32_t *mask = row;
    struct pvgpu_cmd_create_blend_state desc = blend_desc(run);
    struct target target = new_target(run, RGBA8, 16, 16);
    bind_target(run, &target, 0);
    exact_clear_render_target(run, target.view, 0.2f, 0.4f, 0.6f, 0.8f);
    desc.targets[0].write_mask = *mask;
    exact_create_blend_state(run, &desc);
    exact_set_blend_state(run, desc.id, NULL, 0xFFFFFFFF);
    use_vertices(run, square, 6);
    use_colors(run);
    exact_draw(run, 6, 0);
    const struct exact_output *output = exact_read(run, target.texture, 0, "target");
    /* inside the square: 1, 0.5, 0.25, 0.5 where the mask lets it in */
    exact_expect_rgba8(run, output, 8, 8, *mask & 1 ? 255 : 51, *mask & 2 ? 128 : 102, *mask & 4 ? 64 : 153,
                       *mask & 8 ? 128 : 204);
    exact_expect_rgba8(run, output, 0, 0, 51, 102, 153, 204);
}

static const uint32_t blend_formats[] = {10, 11, 13, 24, 26, 28, 29, 35, 41, 49, 61, 65, 85, 86, 87, 88, 91, 115};

static void format(struct exact_run *run, const void *row)
{
    const uint32_t *number = row;
    if (!exact_needs_format(run, *number, EXACT_SUPPORT_RENDER | EXACT_SUPPORT_BLEND))
        return;
    struct pvgpu_cmd_create_blend_state desc = blend_desc(run);
    desc.targets[0] = (struct pvgpu_blend_target){1, 5, 6, 1, 2, 6, 1, 15};
    blend_over(run, &desc, "constant_ps", NULL, *number);
}

/* Nothing that is 0, 1 or equal to a neighbour: every factor makes a difference. */
static const float target_colors[8][4] = {
    {0.9f, 0.4f, 0.3f, 0.8f},  {0.7f, 0.1f, 0.6f, 0.45f},  {0.15f, 0.85f, 0.2f, 0.35f}, {0.25f, 0.3f, 0.95f, 0.65f},
    {0.8f, 0.7f, 0.1f, 0.55f}, {0.05f, 0.6f, 0.5f, 0.75f}, {0.4f, 0.2f, 0.9f, 0.6f},    {0.35f, 0.75f, 0.8f, 0.7f},
};

/* Eight targets; independent: each with factors, operation and mask of its own. */
static void eight_targets(struct exact_run *run, const void *row)
{
    const uint32_t *variant = row; /* 0 alike; 1 independent; 2 the same with minimum, maximum and one not blended */
    struct target targets[8];
    uint32_t views[8];
    for (uint32_t i = 0; i < 8; i++) {
        targets[i] = new_target(run, RGBA16F, 16, 16); /* floats: nothing is clamped */
        views[i] = targets[i].view;
        exact_clear_render_target(run, views[i], 0.07f + 0.11f * (float)i, 0.55f, 0.27f, 0.62f);
    }
    exact_set_render_targets(run, 8, views, 0);
    full_viewport(run, 16, 16);
    struct pvgpu_cmd_create_blend_state desc = blend_desc(run);
    desc.independent = *variant > 0;
    for (uint32_t i = 0; i < 8; i++)
        desc.targets[i] = (struct pvgpu_blend_target){
            .enable = *variant < 2 || i != 3,
            .source = 2 + i,
            .destination = i == 7 ? 14 : 10 - i,
            .operation = *variant < 2 ? 1 + i % 3 : 1 + i % 5,
            .source_alpha = i % 2 ? 5 : 2,
            .destination_alpha = i % 3 ? 6 : 1,
            .operation_alpha = *variant < 2 ? 3 - i % 3 : 5 - i % 5,
            .write_mask = 15 - i,
        };
    desc.targets[0].source = 5; /* for all, when not independent */
    exact_create_blend_state(run, &desc);
    exact_set_blend_state(run, desc.id, factors, 0xFFFFFFFF);
    use_full(run, "targets_ps");
    use_constants(run, PVGPU_STAGE_PIXEL, 0, target_colors, sizeof(target_colors));
    full_draw(run);
    for (uint32_t i = 0; i < 8; i++) {
        char label[16];
        snprintf(label, sizeof(label), "target%u", i);
        exact_read(run, targets[i].texture, 0, label);
    }
}

static const uint32_t variants[] = {0, 1, 2};
static const char *const variant_names[] = {"alike", "independent", "independent_min_max"};
static const uint32_t flags[] = {0, 1};
static const uint32_t sample_masks[] = {0x1, 0x6, 0xF, 0x0};

/* Which samples of a four times multisampled target are written. */
static void sample_mask(struct exact_run *run, const void *row)
{
    const uint32_t *mask = row;
    if (!exact_needs_samples(run, RGBA8, 4))
        return;
    struct pvgpu_cmd_create_resource desc = texture_2d(run, RGBA8, 16, 16, TARGET | SHADER);
    desc.sample_count = 4;
    exact_create_resource(run, &desc, NULL);
    struct target many = {desc.header.id, target_view(run, desc.header.id), 16, 16};
    bind_target(run, &many, 0);
    exact_clear_render_target(run, many.view, 0, 0, 0, 1);
    const float color[4] = {1, 0.5f, 0.25f, 1};
    exact_set_blend_state(run, 0, NULL, *mask);
    use_full(run, "constant_ps");
    use_constants(run, PVGPU_STAGE_PIXEL, 0, color, sizeof(color));
    full_draw(run);
    exact_set_blend_state(run, 0, NULL, 0xFFFFFFFF);
    struct target target = draw_target(run, RGBA32F, 16, 16);
    use_texture(run, shader_view(run, many.texture));
    use_full(run, "ms_ps");
    full_draw(run);
    const struct exact_output *output = exact_read(run, target.texture, 0, "mean");
    float samples = 0;
    for (uint32_t bit = 1; bit < 16; bit <<= 1)
        samples += *mask & bit ? 1.0f : 0.0f;
    exact_expect_float(run, output, 0, 5, samples / 4.0f); /* red of the first texel in the row */
}

static void alpha_to_coverage(struct exact_run *run, const void *row)
{
    const uint32_t *enabled = row;
    if (!exact_needs_samples(run, RGBA8, 4))
        return;
    struct pvgpu_cmd_create_resource desc = texture_2d(run, RGBA8, 32, 32, TARGET | SHADER);
    desc.sample_count = 4;
    exact_create_resource(run, &desc, NULL);
    struct target many = {desc.header.id, target_view(run, desc.header.id), 32, 32};
    bind_target(run, &many, 0);
    exact_clear_render_target(run, many.view, 0, 0, 0, 1);
    struct pvgpu_cmd_create_blend_state blend = blend_desc(run);
    blend.alpha_to_coverage = *enabled;
    exact_create_blend_state(run, &blend);
    exact_set_blend_state(run, blend.id, NULL, 0xFFFFFFFF);
    use_full(run, "alpha_ps");
    full_draw(run);
    exact_set_blend_state(run, 0, NULL, 0xFFFFFFFF);
    struct target target = draw_target(run, RGBA8, 32, 32);
    use_texture(run, shader_view(run, many.texture));
    use_full(run, "ms_ps");
    full_draw(run);
    exact_read(run, target.texture, 0, "mean");
}

void exact_add_blends(struct exact_list *list)
{
    for (size_t i = 0; i < COUNT_OF(factor_rows); i++) {
        exact_add(list, source_factor, &factor_rows[i], 0, "blend/source/%s", factor_rows[i].name);
        if (factor_rows[i].factor != 11)
            exact_add(list, destination_factor, &factor_rows[i], factor_rows[i].factor == 1 ? EXACT_UNIFORM : 0,
                      "blend/destination/%s", factor_rows[i].name);
    }
    for (size_t i = 0; i < COUNT_OF(dual_rows); i++)
        exact_add(list, dual, &dual_rows[i], 0, "blend/dual/%s", dual_rows[i].name);
    for (size_t i = 0; i < COUNT_OF(operation_rows); i++)
        exact_add(list, operation, &operation_rows[i], 0, "blend/operation/%s", operation_rows[i].name);
    for (size_t i = 0; i < COUNT_OF(mask_rows); i++)
        exact_add(list, write_mask, &mask_rows[i], mask_rows[i] ? 0 : EXACT_UNIFORM, "blend/write_mask/%u",
                  mask_rows[i]);
    for (size_t i = 0; i < COUNT_OF(blend_formats); i++)
        exact_add(list, format, &blend_formats[i], 0, "blend/format/%s", exact_format(blend_formats[i])->name);
    for (size_t i = 0; i < COUNT_OF(variants); i++)
        exact_add(list, eight_targets, &variants[i], 0, "blend/eight_targets/%s", variant_names[i]);
    for (size_t i = 0; i < COUNT_OF(flags); i++) {
        exact_add(list, alpha_to_coverage, &flags[i], 0, "blend/alpha_to_coverage/%zu", i);
    }
    for (size_t i = 0; i < COUNT_OF(sample_masks); i++)
        exact_add(list, sample_mask, &sample_masks[i], EXACT_UNIFORM, "blend/sample_mask/%x", sample_masks[i]);
    exact_add(list, by_hand, NULL, EXACT_UNIFORM, "blend/by_hand");
}
