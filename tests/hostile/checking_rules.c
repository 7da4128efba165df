/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "checking_rules.h"

#include "wire/format.h"

#include <math.h>
#include <string.h>

#define MISC_GENERATE_MIPS 1u
#define MISC_CUBE 4u
#define MISC_INDIRECT 0x10u
#define MISC_RAW 0x20u

#define RULE(condition) \
    do { \
        if (!(condition)) \
            return #condition; \
    } while (0)

static uint32_t shrink(uint32_t extent, uint32_t mip)
{
    return extent >> mip > 1 ? extent >> mip : 1;
}

static uint32_t divide_up(uint32_t value, uint32_t by)
{
    return value / by + (value % by != 0);
}

void checking_extent_of(const struct pvgpu_resource *resource, uint32_t index, struct checking_extent *extent)
{
    *extent = (struct checking_extent){.height = 1, .depth = 1, .block_width = 1, .block_height = 1, .block_bytes = 1};
    extent->width = resource->width;
    if (resource->kind != PVGPU_KIND_BUFFER) {
        const struct pvgpu_format_info *format = pvgpu_format_info(resource->format);
        uint32_t mip = index % resource->mip_count;
        extent->width = shrink(resource->width, mip);
        extent->height = shrink(resource->height, mip);
        extent->depth = shrink(resource->depth, mip);
        extent->block_width = format->block_width;
        extent->block_height = format->block_height;
        extent->block_bytes = format->block_bytes;
    }
    extent->rows = divide_up(extent->height, extent->block_height);
    extent->row_bytes = (uint64_t)divide_up(extent->width, extent->block_width) * extent->block_bytes;
    extent->slice_bytes = extent->rows * extent->row_bytes;
    extent->bytes = extent->slice_bytes * extent->depth;
}

static const char *rule_buffer(const struct pvgpu_resource *r)
{
    RULE(r->width >= 1 && r->width <= 1u << 30);
    RULE((r->bind & ~0xBFu) == 0);
    RULE(!(r->bind & PVGPU_BIND_CONSTANT_BUFFER) ||
         (r->bind == PVGPU_BIND_CONSTANT_BUFFER && r->width % 16 == 0 && r->width <= 65536));
    RULE((r->misc & ~(MISC_INDIRECT | MISC_RAW)) == 0);
    RULE(!(r->misc & MISC_RAW) ||
         (r->width % 4 == 0 && r->bind & (PVGPU_BIND_SHADER_RESOURCE | PVGPU_BIND_UNORDERED_ACCESS)));
    RULE(r->height == 1 && r->depth == 1 && r->array_length == 1 && r->mip_count == 1 && r->sample_count == 1);
    RULE(r->bytes == r->width);
    return NULL;
}

static const char *rule_samples(const struct pvgpu_resource *r)
{
    RULE(r->sample_count == 2 || r->sample_count == 4 || r->sample_count == 8);
    RULE(r->kind == PVGPU_KIND_TEXTURE_2D && r->mip_count == 1 && !(r->misc & MISC_CUBE));
    RULE(r->bind & (PVGPU_BIND_RENDER_TARGET | PVGPU_BIND_DEPTH_STENCIL));
    RULE(!(r->bind & PVGPU_BIND_UNORDERED_ACCESS));
    return NULL;
}

static const char *rule_texture(const struct pvgpu_resource *r)
{
    const struct pvgpu_format_info *format = pvgpu_format_info(r->format);
    RULE(format && format->uses & PVGPU_FORMAT_TEXTURE);
    uint32_t most = r->kind == PVGPU_KIND_TEXTURE_3D ? 2048 : 16384;
    RULE(r->width >= 1 && r->width <= most && r->height >= 1 && r->height <= most && r->depth >= 1 && r->depth <= most);
    RULE(r->kind != PVGPU_KIND_TEXTURE_1D || r->height == 1);
    RULE(r->kind == PVGPU_KIND_TEXTURE_3D ? r->array_length == 1 : r->depth == 1);
    RULE(r->array_length >= 1 && r->array_length <= 2048);
    uint32_t largest = r->width | r->height | r->depth; /* as many bits as the largest has */
    RULE(r->mip_count >= 1 && r->mip_count <= 32 && largest >> (r->mip_count - 1) != 0);
    RULE(r->sample_quality == 0);
    if (r->sample_count != 1) {
        const char *broken = rule_samples(r);
        if (broken)
            return broken;
    }
    RULE((r->bind & ~0xE8u) == 0);
    RULE((r->misc & ~(MISC_GENERATE_MIPS | MISC_CUBE)) == 0);
    if (r->bind & PVGPU_BIND_DEPTH_STENCIL) {
        RULE(!(r->bind & (PVGPU_BIND_RENDER_TARGET | PVGPU_BIND_UNORDERED_ACCESS)));
        RULE(r->kind != PVGPU_KIND_TEXTURE_3D);
        /* DXGI: D32S8 20, D32 40, D24S8 45, D16 55, and their typeless forms 19, 39, 44, 53. */
        RULE(r->format == 19 || r->format == 20 || r->format == 39 || r->format == 40 || r->format == 44 ||
             r->format == 45 || r->format == 53 || r->format == 55);
    }
    bool block = format->block_height == 4;
    RULE(!block || (r->width % 4 == 0 && r->height % 4 == 0 && r->kind != PVGPU_KIND_TEXTURE_1D));
    RULE(!block || !(r->bind & (PVGPU_BIND_RENDER_TARGET | PVGPU_BIND_UNORDERED_ACCESS)));
    RULE(!(r->misc & MISC_CUBE) ||
         (r->kind == PVGPU_KIND_TEXTURE_2D && r->array_length % 6 == 0 && r->width == r->height));
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < r->mip_count; i++) {
        struct checking_extent extent;
        checking_extent_of(r, i, &extent);
        bytes += extent.bytes;
    }
    RULE(r->bytes == bytes * r->array_length * r->sample_count);
    return NULL;
}

const char *checking_resource(const struct pvgpu_resource *r)
{
    if (r->kind == PVGPU_KIND_BUFFER)
        return rule_buffer(r);
    RULE(r->kind >= PVGPU_KIND_TEXTURE_1D && r->kind <= PVGPU_KIND_TEXTURE_3D);
    return rule_texture(r);
}

/* What the dimension numbers of the three types of views say: kind, array, multisampled, cube. */
struct dimension {
    uint8_t kind;
    bool array, samples, cube;
};

static const struct dimension rtv[] = {
    {0}, {4, 0, 0, 0}, {1, 0, 0, 0}, {1, 1, 0, 0}, {2, 0, 0, 0}, {2, 1, 0, 0}, {2, 0, 1, 0}, {2, 1, 1, 0}, {3, 0, 0, 0},
};
static const struct dimension dsv[] = {
    {0}, {1, 0, 0, 0}, {1, 1, 0, 0}, {2, 0, 0, 0}, {2, 1, 0, 0}, {2, 0, 1, 0}, {2, 1, 1, 0},
};
static const struct dimension srv[] = {
    {0},          {4, 0, 0, 0}, {1, 0, 0, 0}, {1, 1, 0, 0}, {2, 0, 0, 0}, {2, 1, 0, 0},
    {2, 0, 1, 0}, {2, 1, 1, 0}, {3, 0, 0, 0}, {2, 0, 0, 1}, {2, 1, 0, 1},
};

/* UAV numbers are RTV's, without multisampled textures. */
static const char *rule_unordered(const struct pvgpu_view *view)
{
    const struct pvgpu_resource *r = view->resource;
    const struct pvgpu_format_info *format = pvgpu_format_info(view->format);
    RULE(r->bind & PVGPU_BIND_UNORDERED_ACCESS && r->sample_count == 1);
    RULE(view->dimension >= 1 && view->dimension <= 8 && view->dimension != 6 && view->dimension != 7);
    RULE(r->kind == PVGPU_KIND_BUFFER ? view->flags <= 1 : view->flags == 0);
    if (view->flags & PVGPU_UAV_RAW) {
        RULE(view->format == 39 && r->misc & MISC_RAW && view->first_slice % 4 == 0);
        return NULL;
    }
    RULE(format->uses & PVGPU_FORMAT_UNORDERED && !(format->uses & PVGPU_FORMAT_BLOCK));
    RULE(r->kind != PVGPU_KIND_BUFFER || format->uses & PVGPU_FORMAT_BUFFER);
    return NULL;
}

static const char *rule_view_ranges(const struct pvgpu_view *view, const struct dimension *d)
{
    const struct pvgpu_resource *r = view->resource;
    const struct pvgpu_format_info *format = pvgpu_format_info(view->format);
    bool input = view->base.type == PVGPU_OBJECT_SHADER_RESOURCE_VIEW;
    RULE(view->mip_count >= 1 && view->first_mip < r->mip_count && view->mip_count <= r->mip_count - view->first_mip);
    RULE(input || view->mip_count == 1);
    uint32_t total = 1;
    if (d->kind == PVGPU_KIND_BUFFER)
        total = r->width / format->block_bytes;
    else if (d->kind == PVGPU_KIND_TEXTURE_3D && !input)
        total = shrink(r->depth, view->first_mip);
    else if (d->array)
        total = r->array_length;
    RULE(view->slice_count >= 1 && view->first_slice < total && view->slice_count <= total - view->first_slice);
    RULE(!(d->cube && d->array) || view->slice_count % 6 == 0);
    return NULL;
}

const char *checking_view(const struct pvgpu_view *view)
{
    const struct pvgpu_resource *r = view->resource;
    const struct pvgpu_format_info *format = pvgpu_format_info(view->format), *own = pvgpu_format_info(r->format);
    const struct dimension *d = NULL;
    bool raw = view->base.type == PVGPU_OBJECT_UNORDERED_ACCESS_VIEW && view->flags & PVGPU_UAV_RAW;
    RULE(format && (raw || !(format->uses & PVGPU_FORMAT_TYPELESS)));
    const char *wrong = NULL;
    switch (view->base.type) {
    case PVGPU_OBJECT_RENDER_TARGET_VIEW:
        RULE(r->bind & PVGPU_BIND_RENDER_TARGET && format->uses & PVGPU_FORMAT_RENDER);
        RULE(view->dimension >= 1 && view->dimension < sizeof(rtv) / sizeof(rtv[0]));
        d = &rtv[view->dimension];
        break;
    case PVGPU_OBJECT_DEPTH_STENCIL_VIEW:
        RULE(r->bind & PVGPU_BIND_DEPTH_STENCIL && format->uses & PVGPU_FORMAT_DEPTH);
        RULE(view->dimension >= 1 && view->dimension < sizeof(dsv) / sizeof(dsv[0]));
        RULE((view->flags & ~3u) == 0);
        d = &dsv[view->dimension];
        break;
    case PVGPU_OBJECT_SHADER_RESOURCE_VIEW:
        RULE(r->bind & PVGPU_BIND_SHADER_RESOURCE && format->uses & PVGPU_FORMAT_SAMPLE);
        RULE(view->dimension >= 1 && view->dimension < sizeof(srv) / sizeof(srv[0]));
        d = &srv[view->dimension];
        break;
    default:
        wrong = rule_unordered(view);
        if (wrong)
            return wrong;
        d = &rtv[view->dimension];
        break;
    }
    RULE(d->kind == r->kind);
    RULE(d->kind == PVGPU_KIND_BUFFER || d->samples == (r->sample_count > 1));
    RULE(!d->cube || r->misc & MISC_CUBE);
    if (r->kind != PVGPU_KIND_BUFFER) {
        RULE(own && own->family == format->family);
        RULE(own->uses & PVGPU_FORMAT_TYPELESS || r->format == view->format);
    }
    return rule_view_ranges(view, d);
}

const char *checking_box(const struct pvgpu_resource *resource, const struct checking_extent *extent,
                         const struct pvgpu_box *box)
{
    RULE(box->left < box->right && box->right <= extent->width);
    RULE(box->top < box->bottom && box->bottom <= extent->height);
    RULE(box->front < box->back && box->back <= extent->depth);
    RULE(box->left % extent->block_width == 0 && box->top % extent->block_height == 0);
    RULE(box->right % extent->block_width == 0 || box->right == extent->width);
    RULE(box->bottom % extent->block_height == 0 || box->bottom == extent->height);
    /* In part only as ID3D11DeviceContext1 does it. */
    RULE(!(resource->bind & PVGPU_BIND_CONSTANT_BUFFER) || (box->left % 16 == 0 && box->right % 16 == 0));
    return NULL;
}

static bool is_factor(uint32_t value)
{
    return (value >= 1 && value <= 11) || (value >= 14 && value <= 19);
}

static bool is_color_factor(uint32_t value)
{
    /* SRC_COLOR, INV_SRC_COLOR, DEST_COLOR, INV_DEST_COLOR, SRC1_COLOR, INV_SRC1_COLOR */
    return value == 3 || value == 4 || value == 9 || value == 10 || value == 16 || value == 17;
}

const char *checking_blend(const struct pvgpu_cmd_create_blend_state *desc)
{
    RULE(desc->alpha_to_coverage <= 1 && desc->independent <= 1);
    for (uint32_t i = 0; i < (desc->independent ? PVGPU_MAX_RENDER_TARGETS : 1); i++) {
        const struct pvgpu_blend_target *t = &desc->targets[i];
        RULE(t->enable <= 1 && t->write_mask <= 15);
        if (!t->enable)
            continue;
        RULE(is_factor(t->source) && is_factor(t->destination));
        RULE(is_factor(t->source_alpha) && !is_color_factor(t->source_alpha));
        RULE(is_factor(t->destination_alpha) && !is_color_factor(t->destination_alpha));
        RULE(t->operation >= 1 && t->operation <= 5 && t->operation_alpha >= 1 && t->operation_alpha <= 5);
    }
    return NULL;
}

const char *checking_rasterizer(const struct pvgpu_cmd_create_rasterizer_state *desc)
{
    RULE(desc->fill == 2 || desc->fill == 3);
    RULE(desc->cull >= 1 && desc->cull <= 3);
    RULE(desc->front_counter_clockwise <= 1 && desc->depth_clip <= 1 && desc->scissor <= 1 && desc->multisample <= 1 &&
         desc->antialiased_line <= 1);
    RULE(!isnan(desc->depth_bias_clamp) && !isnan(desc->slope_scaled_depth_bias));
    return NULL;
}

static bool is_face(const struct pvgpu_stencil_face *face)
{
    return face->fail - 1 < 8 && face->depth_fail - 1 < 8 && face->pass - 1 < 8 && face->compare - 1 < 8;
}

const char *checking_depth_stencil(const struct pvgpu_cmd_create_depth_stencil_state *desc)
{
    RULE(desc->depth_enable <= 1 && desc->depth_write <= 1 && desc->stencil_enable <= 1);
    RULE(!desc->depth_enable || desc->depth_compare - 1 < 8);
    RULE(!desc->stencil_enable || (is_face(&desc->front) && is_face(&desc->back)));
    return NULL;
}

const char *checking_sampler(const struct pvgpu_cmd_create_sampler *desc)
{
    uint32_t base = desc->filter & 0x7F;
    RULE(desc->filter <= 0x1FF && (base == 0x55 || (base & 0x6A) == 0));
    RULE(desc->address_u - 1 < 5 && desc->address_v - 1 < 5 && desc->address_w - 1 < 5);
    RULE(desc->max_anisotropy <= 16 && (base != 0x55 || desc->max_anisotropy >= 1));
    RULE((desc->filter & 0x180) != 0x80 || desc->compare - 1 < 8);
    RULE(desc->mip_lod_bias >= -16.0f && desc->mip_lod_bias < 16.0f);
    RULE(!isnan(desc->min_lod) && !isnan(desc->max_lod));
    for (int i = 0; i < 4; i++)
        RULE(!isnan(desc->border[i]));
    return NULL;
}

const char *checking_layout(const struct pvgpu_input_layout *layout)
{
    RULE(layout->count <= PVGPU_MAX_INPUT_ELEMENTS);
    for (uint32_t i = 0; i < layout->count; i++) {
        const struct pvgpu_layout_element *e = &layout->elements[i];
        const struct pvgpu_format_info *format = pvgpu_format_info(e->format);
        size_t length = strnlen(e->name, sizeof(e->name));
        RULE(length >= 1 && length < sizeof(e->name));
        RULE(strspn(e->name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789") == length);
        RULE(format && format->uses & PVGPU_FORMAT_VERTEX);
        RULE(e->slot < PVGPU_MAX_VERTEX_BUFFERS);
        RULE(e->byte_offset == PVGPU_APPEND_ALIGNED || e->byte_offset + format->block_bytes <= 2048);
        RULE(e->per_instance <= 1 && (e->per_instance || e->step_rate == 0));
    }
    return NULL;
}

/* ---- Bound state ------------------------------------------------------------------------------------------------- */

static const char *rule_inputs(const struct pvgpu_state *state)
{
    for (uint32_t i = 0; i < PVGPU_MAX_VERTEX_BUFFERS; i++) {
        const struct pvgpu_bound_vertices *v = &state->vertex_buffers[i];
        if (!v->buffer)
            continue;
        RULE(v->buffer->base.type == PVGPU_OBJECT_RESOURCE && v->buffer->kind == PVGPU_KIND_BUFFER);
        RULE(v->buffer->bind & PVGPU_BIND_VERTEX_BUFFER && v->stride <= 2048 && v->offset < v->buffer->width);
    }
    const struct pvgpu_resource *indices = state->index_buffer;
    if (indices) {
        RULE(indices->base.type == PVGPU_OBJECT_RESOURCE && indices->kind == PVGPU_KIND_BUFFER);
        RULE(indices->bind & PVGPU_BIND_INDEX_BUFFER && state->index_offset < indices->width);
        RULE((state->index_format == 57 && state->index_offset % 2 == 0) ||
             (state->index_format == 42 && state->index_offset % 4 == 0));
    }
    RULE(state->topology <= 5 || (state->topology >= 10 && state->topology <= 13) ||
         (state->topology >= 33 && state->topology <= 64));
    return NULL;
}

/* Whether a view shows one subresource; a buffer is a single one, and the depth of a 3D texture does not divide it. */
static bool shows(const struct pvgpu_view *view, uint32_t mip, uint32_t slice)
{
    bool divided = view->resource->kind == PVGPU_KIND_TEXTURE_1D || view->resource->kind == PVGPU_KIND_TEXTURE_2D;
    return mip - view->first_mip < view->mip_count && (!divided || slice - view->first_slice < view->slice_count);
}

/* One subresource after the other. */
static bool share_a_subresource(const struct pvgpu_view *a, const struct pvgpu_view *b)
{
    if (!b || a->resource != b->resource)
        return false;
    for (uint32_t slice = 0; slice < a->resource->array_length; slice++) {
        for (uint32_t mip = 0; mip < a->resource->mip_count; mip++) {
            if (shows(a, mip, slice) && shows(b, mip, slice))
                return true;
        }
    }
    return false;
}

/* The size of what a target shows: texels of its mip, elements of a buffer; how many slices; samples. */
static bool same_extent(const struct pvgpu_view *a, const struct pvgpu_view *b)
{
    const struct pvgpu_resource *r = a->resource, *s = b->resource;
    if (r->kind == PVGPU_KIND_BUFFER || s->kind == PVGPU_KIND_BUFFER)
        return r->kind == s->kind && a->slice_count == b->slice_count;
    return shrink(r->width, a->first_mip) == shrink(s->width, b->first_mip) &&
           shrink(r->height, a->first_mip) == shrink(s->height, b->first_mip) && a->slice_count == b->slice_count &&
           r->sample_count == s->sample_count;
}

static const char *rule_target_set(const struct pvgpu_state *state)
{
    const struct pvgpu_view *views[PVGPU_MAX_RENDER_TARGETS + 1];
    for (uint32_t i = 0; i < PVGPU_MAX_RENDER_TARGETS; i++)
        views[i] = state->render_targets[i];
    views[PVGPU_MAX_RENDER_TARGETS] = state->depth_stencil_view;
    for (uint32_t i = 0; i <= PVGPU_MAX_RENDER_TARGETS; i++) {
        for (uint32_t j = i + 1; j <= PVGPU_MAX_RENDER_TARGETS; j++) {
            if (!views[i] || !views[j])
                continue;
            RULE(same_extent(views[i], views[j]));
            RULE(!share_a_subresource(views[i], views[j]));
        }
    }
    return NULL;
}

static const char *rule_outputs(const struct pvgpu_state *state)
{
    const char *broken = rule_target_set(state);
    if (broken)
        return broken;
    for (uint32_t i = 0; i < PVGPU_MAX_UNORDERED_ACCESS; i++) {
        const struct pvgpu_view *view = state->unordered[i].view;
        RULE(!view || view->base.type == PVGPU_OBJECT_UNORDERED_ACCESS_VIEW);
    }
    RULE(state->render_target_count <= PVGPU_MAX_RENDER_TARGETS);
    for (uint32_t i = 0; i < PVGPU_MAX_RENDER_TARGETS; i++) {
        const struct pvgpu_view *view = state->render_targets[i];
        RULE(!view || i < state->render_target_count);
        RULE(!view || view->base.type == PVGPU_OBJECT_RENDER_TARGET_VIEW);
    }
    RULE(!state->depth_stencil_view || state->depth_stencil_view->base.type == PVGPU_OBJECT_DEPTH_STENCIL_VIEW);
    RULE(state->viewport_count <= PVGPU_MAX_VIEWPORTS && state->scissor_count <= PVGPU_MAX_VIEWPORTS);
    for (uint32_t i = 0; i < state->viewport_count; i++) {
        const struct pvgpu_viewport *v = &state->viewports[i];
        RULE(v->x >= -32768.0f && v->y >= -32768.0f && v->width >= 0.0f && v->height >= 0.0f);
        RULE(v->x + v->width <= 32767.0f && v->y + v->height <= 32767.0f);
        RULE(v->min_depth >= 0.0f && v->max_depth <= 1.0f && v->min_depth <= v->max_depth);
    }
    RULE(!state->blend || state->blend->base.type == PVGPU_OBJECT_BLEND_STATE);
    RULE(!state->rasterizer || state->rasterizer->base.type == PVGPU_OBJECT_RASTERIZER_STATE);
    RULE(!state->depth_stencil || state->depth_stencil->base.type == PVGPU_OBJECT_DEPTH_STENCIL_STATE);
    return NULL;
}

/* Whether something that a shader reads is being written, depth that is read-only apart. */
static bool is_written(const struct pvgpu_state *state, const struct pvgpu_view *view)
{
    for (uint32_t i = 0; i < PVGPU_MAX_RENDER_TARGETS; i++) {
        if (share_a_subresource(view, state->render_targets[i]))
            return true;
    }
    for (uint32_t i = 0; i < PVGPU_MAX_UNORDERED_ACCESS; i++) {
        if (share_a_subresource(view, state->unordered[i].view))
            return true;
    }
    const struct pvgpu_view *depth = state->depth_stencil_view;
    return depth && !(depth->flags & PVGPU_DSV_READ_ONLY_DEPTH) && share_a_subresource(view, depth);
}

static const char *rule_stage(const struct pvgpu_state *state, uint32_t index)
{
    const struct pvgpu_stage_state *stage = &state->stages[index];
    RULE(!stage->shader || (stage->shader->base.type == PVGPU_OBJECT_SHADER && stage->shader->stage == index));
    for (uint32_t i = 0; i < PVGPU_MAX_SAMPLERS; i++)
        RULE(!stage->samplers[i] || stage->samplers[i]->base.type == PVGPU_OBJECT_SAMPLER);
    for (uint32_t i = 0; i < PVGPU_MAX_CONSTANT_BUFFERS; i++) {
        const struct pvgpu_bound_constants *c = &stage->constants[i];
        if (!c->buffer)
            continue;
        RULE(c->buffer->base.type == PVGPU_OBJECT_RESOURCE && c->buffer->bind == PVGPU_BIND_CONSTANT_BUFFER);
        RULE(c->first % 16 == 0 && c->count % 16 == 0 && c->count <= 4096);
        RULE(c->count ? c->first < c->buffer->width / 16 && c->count <= c->buffer->width / 16 - c->first
                      : c->first == 0);
    }
    for (uint32_t i = 0; i < PVGPU_MAX_SHADER_RESOURCES; i++) {
        const struct pvgpu_view *view = stage->resources[i];
        RULE(!view || view->base.type == PVGPU_OBJECT_SHADER_RESOURCE_VIEW);
        RULE(!view || !is_written(state, view));
    }
    return NULL;
}

const char *checking_state(const struct pvgpu_state *state)
{
    const char *broken = rule_inputs(state);
    if (!broken)
        broken = rule_outputs(state);
    for (uint32_t i = 0; i < PVGPU_STAGE_COUNT && !broken; i++)
        broken = rule_stage(state, i);
    return broken;
}
