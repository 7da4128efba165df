/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "wire/format.h"
#include "wire/validate.h"

/* What the four dimension enumerations of Direct3D 11 have in common. */
enum shape {
    SHAPE_NONE,
    SHAPE_BUFFER,
    SHAPE_1D,
    SHAPE_1D_ARRAY,
    SHAPE_2D,
    SHAPE_2D_ARRAY,
    SHAPE_2D_MS,
    SHAPE_2D_MS_ARRAY,
    SHAPE_3D,
    SHAPE_CUBE,
    SHAPE_CUBE_ARRAY,
};

#define RTV_DIMENSIONS 9
static const uint8_t rtv_shapes[RTV_DIMENSIONS] = {
    SHAPE_NONE,     SHAPE_BUFFER, SHAPE_1D,          SHAPE_1D_ARRAY, SHAPE_2D,
    SHAPE_2D_ARRAY, SHAPE_2D_MS,  SHAPE_2D_MS_ARRAY, SHAPE_3D,
};
#define DSV_DIMENSIONS 7
static const uint8_t dsv_shapes[DSV_DIMENSIONS] = {
    SHAPE_NONE, SHAPE_1D, SHAPE_1D_ARRAY, SHAPE_2D, SHAPE_2D_ARRAY, SHAPE_2D_MS, SHAPE_2D_MS_ARRAY,
};
#define UAV_DIMENSIONS 9
static const uint8_t uav_shapes[UAV_DIMENSIONS] = {
    SHAPE_NONE, SHAPE_BUFFER, SHAPE_1D, SHAPE_1D_ARRAY, SHAPE_2D, SHAPE_2D_ARRAY, SHAPE_NONE, SHAPE_NONE, SHAPE_3D,
};
#define SRV_DIMENSIONS 11
static const uint8_t srv_shapes[SRV_DIMENSIONS] = {
    SHAPE_NONE,  SHAPE_BUFFER,      SHAPE_1D, SHAPE_1D_ARRAY, SHAPE_2D,         SHAPE_2D_ARRAY,
    SHAPE_2D_MS, SHAPE_2D_MS_ARRAY, SHAPE_3D, SHAPE_CUBE,     SHAPE_CUBE_ARRAY,
};

static enum shape default_shape(const struct pvgpu_resource *r, bool shader_view)
{
    bool array = r->array_length > 1;
    switch (r->kind) {
    case PVGPU_KIND_BUFFER:
        return SHAPE_BUFFER;
    case PVGPU_KIND_TEXTURE_1D:
        return array ? SHAPE_1D_ARRAY : SHAPE_1D;
    case PVGPU_KIND_TEXTURE_3D:
        return SHAPE_3D;
    default:
        if (shader_view && r->misc & PVGPU_MISC_TEXTURE_CUBE)
            return r->array_length > 6 ? SHAPE_CUBE_ARRAY : SHAPE_CUBE;
        if (r->sample_count > 1)
            return array ? SHAPE_2D_MS_ARRAY : SHAPE_2D_MS;
        return array ? SHAPE_2D_ARRAY : SHAPE_2D;
    }
}

static bool fits(enum shape shape, const struct pvgpu_resource *r)
{
    bool multisampled = r->sample_count > 1;
    switch (shape) {
    case SHAPE_BUFFER:
        return r->kind == PVGPU_KIND_BUFFER;
    case SHAPE_1D:
    case SHAPE_1D_ARRAY:
        return r->kind == PVGPU_KIND_TEXTURE_1D;
    case SHAPE_2D:
    case SHAPE_2D_ARRAY:
        return r->kind == PVGPU_KIND_TEXTURE_2D && !multisampled;
    case SHAPE_2D_MS:
    case SHAPE_2D_MS_ARRAY:
        return r->kind == PVGPU_KIND_TEXTURE_2D && multisampled;
    case SHAPE_3D:
        return r->kind == PVGPU_KIND_TEXTURE_3D;
    case SHAPE_CUBE:
    case SHAPE_CUBE_ARRAY:
        return r->kind == PVGPU_KIND_TEXTURE_2D && r->misc & PVGPU_MISC_TEXTURE_CUBE;
    default:
        return false;
    }
}

/* What a view command says, in common terms. Counts of 0 and PVGPU_ALL_REMAINING mean the rest. */
struct request {
    const uint8_t *shapes;
    uint32_t dimension_count;
    uint32_t dimension;
    uint32_t format;
    uint32_t bind; /* the bit that the resource must have */
    uint32_t format_use; /* the use that the view's format must have */
    bool raw; /* a raw view of a buffer: words, whatever they mean */
    uint32_t first_mip, mip_count;
    uint32_t first_slice, slice_count;
};

static bool take_range(uint32_t total, uint32_t first, uint32_t *count)
{
    if (first >= total)
        return false;
    if (*count == 0 || *count == PVGPU_ALL_REMAINING)
        *count = total - first;
    return *count <= total - first;
}

static enum pvgpu_rule resolve_format(const struct request *request, const struct pvgpu_resource *r, uint32_t *format)
{
    *format = request->format ? request->format : r->format;
    if (request->raw)
        return *format == PVGPU_FORMAT_R32_TYPELESS && r->misc & PVGPU_MISC_RAW_VIEWS ? PVGPU_RULE_NONE
                                                                                      : PVGPU_RULE_RAW_VIEW;
    const struct pvgpu_format_info *info = pvgpu_format_info(*format);
    if (!info || info->uses & PVGPU_FORMAT_TYPELESS)
        return PVGPU_RULE_VIEW_TYPELESS;
    if (!(info->uses & request->format_use))
        return PVGPU_RULE_VIEW_FORMAT;
    if (r->kind == PVGPU_KIND_BUFFER)
        return info->uses & PVGPU_FORMAT_BUFFER ? PVGPU_RULE_NONE : PVGPU_RULE_VIEW_BUFFER_FORMAT;
    const struct pvgpu_format_info *own = pvgpu_format_info(r->format);
    if (own->uses & PVGPU_FORMAT_TYPELESS)
        return info->family == own->family ? PVGPU_RULE_NONE : PVGPU_RULE_VIEW_FAMILY;
    return *format == r->format ? PVGPU_RULE_NONE : PVGPU_RULE_VIEW_TYPED;
}

static enum pvgpu_rule resolve_slices(enum shape shape, const struct pvgpu_resource *r, uint32_t format,
                                      const struct request *request, struct pvgpu_view *view)
{
    uint32_t total;
    view->first_slice = request->first_slice;
    view->slice_count = request->slice_count;
    switch (shape) {
    case SHAPE_BUFFER:
        total = r->width / pvgpu_format_info(format)->block_bytes;
        break;
    case SHAPE_3D:
        if (request->bind == PVGPU_BIND_SHADER_RESOURCE) {
            view->first_slice = 0;
            view->slice_count = 1;
            return PVGPU_RULE_NONE;
        }
        total = pvgpu_mip_extent(r->depth, view->first_mip);
        break;
    case SHAPE_1D_ARRAY:
    case SHAPE_2D_ARRAY:
    case SHAPE_2D_MS_ARRAY:
    case SHAPE_CUBE_ARRAY:
        total = r->array_length;
        break;
    default: /* a single slice, the first */
        view->first_slice = 0;
        view->slice_count = 1;
        return PVGPU_RULE_NONE;
    }
    if (!take_range(total, view->first_slice, &view->slice_count))
        return PVGPU_RULE_VIEW_SLICES;
    if (shape == SHAPE_CUBE_ARRAY && view->slice_count % 6)
        return PVGPU_RULE_VIEW_CUBES;
    return PVGPU_RULE_NONE;
}

static enum pvgpu_rule resolve(const struct request *request, const struct pvgpu_resource *r, struct pvgpu_view *view)
{
    if (!(r->bind & request->bind))
        return PVGPU_RULE_VIEW_BIND;
    bool shader_view = request->bind == PVGPU_BIND_SHADER_RESOURCE;
    enum shape shape = default_shape(r, shader_view);
    uint32_t dimension = request->dimension;
    if (dimension >= request->dimension_count)
        return PVGPU_RULE_VIEW_DIMENSION_UNKNOWN;
    if (dimension != 0) {
        shape = (enum shape)request->shapes[dimension];
    } else {
        while (dimension < request->dimension_count && request->shapes[dimension] != shape)
            dimension++;
    }
    if (dimension == request->dimension_count || !fits(shape, r))
        return PVGPU_RULE_VIEW_DIMENSION;

    enum pvgpu_rule rule = resolve_format(request, r, &view->format);
    if (rule)
        return rule;
    view->dimension = dimension;
    view->first_mip = request->first_mip;
    view->mip_count = request->mip_count;
    if (shape == SHAPE_BUFFER || shape == SHAPE_2D_MS || shape == SHAPE_2D_MS_ARRAY) {
        view->first_mip = 0;
        view->mip_count = 1;
    } else if (!take_range(r->mip_count, view->first_mip, &view->mip_count)) {
        return PVGPU_RULE_VIEW_MIPS;
    }
    return resolve_slices(shape, r, view->format, request, view);
}

enum pvgpu_rule pvgpu_validate_render_target_view(const struct pvgpu_cmd_create_render_target_view *command,
                                                  const struct pvgpu_resource *resource, struct pvgpu_view *view)
{
    struct request request = {
        .shapes = rtv_shapes,
        .dimension_count = RTV_DIMENSIONS,
        .dimension = command->dimension,
        .format = command->format,
        .bind = PVGPU_BIND_RENDER_TARGET,
        .format_use = PVGPU_FORMAT_RENDER,
        .first_mip = command->mip,
        .mip_count = 1,
        .first_slice = command->first_slice,
        .slice_count = command->slice_count,
    };
    return resolve(&request, resource, view);
}

enum pvgpu_rule pvgpu_validate_depth_stencil_view(const struct pvgpu_cmd_create_depth_stencil_view *command,
                                                  const struct pvgpu_resource *resource, struct pvgpu_view *view)
{
    struct request request = {
        .shapes = dsv_shapes,
        .dimension_count = DSV_DIMENSIONS,
        .dimension = command->dimension,
        .format = command->format,
        .bind = PVGPU_BIND_DEPTH_STENCIL,
        .format_use = PVGPU_FORMAT_DEPTH,
        .first_mip = command->mip,
        .mip_count = 1,
        .first_slice = command->first_slice,
        .slice_count = command->slice_count,
    };
    if (command->flags & ~(PVGPU_DSV_READ_ONLY_DEPTH | PVGPU_DSV_READ_ONLY_STENCIL))
        return PVGPU_RULE_DSV_FLAG;
    enum pvgpu_rule rule = resolve(&request, resource, view);
    if (rule)
        return rule;
    if (command->flags & PVGPU_DSV_READ_ONLY_STENCIL && !(pvgpu_format_info(view->format)->uses & PVGPU_FORMAT_STENCIL))
        return PVGPU_RULE_DSV_NO_STENCIL;
    view->flags = command->flags;
    return PVGPU_RULE_NONE;
}

enum pvgpu_rule pvgpu_validate_shader_resource_view(const struct pvgpu_cmd_create_shader_resource_view *command,
                                                    const struct pvgpu_resource *resource, struct pvgpu_view *view)
{
    struct request request = {
        .shapes = srv_shapes,
        .dimension_count = SRV_DIMENSIONS,
        .dimension = command->dimension,
        .format = command->format,
        .bind = PVGPU_BIND_SHADER_RESOURCE,
        .format_use = PVGPU_FORMAT_SAMPLE,
        .first_mip = command->first,
        .mip_count = command->count,
        .first_slice = command->first_slice,
        .slice_count = command->slice_count,
    };
    if (resource->kind == PVGPU_KIND_BUFFER) {
        request.first_slice = command->first;
        request.slice_count = command->count;
    }
    return resolve(&request, resource, view);
}

enum pvgpu_rule pvgpu_validate_unordered_access_view(const struct pvgpu_cmd_create_unordered_access_view *command,
                                                     const struct pvgpu_resource *resource, struct pvgpu_view *view)
{
    bool is_buffer = resource->kind == PVGPU_KIND_BUFFER;
    struct request request = {
        .shapes = uav_shapes,
        .dimension_count = UAV_DIMENSIONS,
        .dimension = command->dimension,
        .format = command->format,
        .bind = PVGPU_BIND_UNORDERED_ACCESS,
        .format_use = PVGPU_FORMAT_UNORDERED,
        .first_mip = command->first,
        .mip_count = 1,
        .first_slice = command->first_slice,
        .slice_count = command->slice_count_or_flags,
    };
    if (is_buffer) {
        /* Append and counter views are views of structured buffers, which 1.0 cannot make. */
        if (command->slice_count_or_flags & ~PVGPU_UAV_RAW)
            return PVGPU_RULE_UAV_FLAG;
        request.raw = command->slice_count_or_flags & PVGPU_UAV_RAW;
        request.first_slice = command->first;
        request.slice_count = command->count;
    }
    enum pvgpu_rule rule = resolve(&request, resource, view);
    if (rule)
        return rule;
    if (request.raw && (uint64_t)view->first_slice * 4 % PVGPU_RAW_VIEW_ALIGNMENT)
        return PVGPU_RULE_RAW_VIEW;
    view->flags = is_buffer ? command->slice_count_or_flags : 0;
    return PVGPU_RULE_NONE;
}

static bool ranges_meet(uint32_t first, uint32_t count, uint32_t other, uint32_t other_count)
{
    return first < other + other_count && other < first + count;
}

/* Buffers are one subresource, and so is each mip of a 3D texture. */
bool pvgpu_views_overlap(const struct pvgpu_view *a, const struct pvgpu_view *b)
{
    const struct pvgpu_resource *resource = a->resource;
    if (b->resource != resource || !ranges_meet(a->first_mip, a->mip_count, b->first_mip, b->mip_count))
        return false;
    return resource->kind == PVGPU_KIND_BUFFER || resource->kind == PVGPU_KIND_TEXTURE_3D ||
           ranges_meet(a->first_slice, a->slice_count, b->first_slice, b->slice_count);
}

enum pvgpu_rule pvgpu_validate_target_beside(const struct pvgpu_view *view, const struct pvgpu_view *first)
{
    const struct pvgpu_resource *a = view->resource, *b = first->resource;
    /* A buffer's width is its elements'; the mips of textures count. */
    uint32_t width = a->kind == PVGPU_KIND_BUFFER ? view->slice_count : pvgpu_mip_extent(a->width, view->first_mip);
    uint32_t first_width =
        b->kind == PVGPU_KIND_BUFFER ? first->slice_count : pvgpu_mip_extent(b->width, first->first_mip);
    bool same = width == first_width &&
                pvgpu_mip_extent(a->height, view->first_mip) == pvgpu_mip_extent(b->height, first->first_mip) &&
                a->sample_count == b->sample_count && view->slice_count == first->slice_count;
    return same ? PVGPU_RULE_NONE : PVGPU_RULE_TARGETS_DIFFER;
}
