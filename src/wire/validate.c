/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "wire/validate.h"

#include "base/checked.h"
#include "wire/format.h"

#include <math.h>

static uint32_t full_chain(uint32_t width, uint32_t height, uint32_t depth)
{
    uint32_t largest = width > height ? width : height;
    largest = largest > depth ? largest : depth;
    uint32_t count = 0;
    for (; largest; largest >>= 1)
        count++;
    return count;
}

uint32_t pvgpu_subresource_count(const struct pvgpu_resource *resource)
{
    return resource->mip_count * resource->array_length;
}

bool pvgpu_subresource_at(const struct pvgpu_resource *resource, uint32_t index, struct pvgpu_subresource *out)
{
    if (index >= pvgpu_subresource_count(resource))
        return false;
    if (resource->kind == PVGPU_KIND_BUFFER) {
        *out = (struct pvgpu_subresource){
            .width = resource->width,
            .height = 1,
            .depth = 1,
            .rows = 1,
            .block_bytes = 1,
            .block_width = 1,
            .block_height = 1,
            .row_bytes = resource->width,
            .slice_bytes = resource->width,
            .bytes = resource->width,
        };
        return true;
    }
    const struct pvgpu_format_info *format = pvgpu_format_info(resource->format);
    struct pvgpu_subresource sub = {
        .mip = index % resource->mip_count,
        .slice = index / resource->mip_count,
        .block_bytes = format->block_bytes,
        .block_width = format->block_width,
        .block_height = format->block_height,
    };
    sub.width = pvgpu_mip_extent(resource->width, sub.mip);
    sub.height = pvgpu_mip_extent(resource->height, sub.mip);
    sub.depth = pvgpu_mip_extent(resource->depth, sub.mip);
    sub.rows = (sub.height + sub.block_height - 1) / sub.block_height;
    /* Extents are at most 16384 and texels at most 16 bytes: none of these products can overflow. */
    sub.row_bytes = (uint64_t)((sub.width + sub.block_width - 1) / sub.block_width) * sub.block_bytes;
    sub.slice_bytes = sub.row_bytes * sub.rows;
    sub.bytes = sub.slice_bytes * sub.depth;
    *out = sub;
    return true;
}

static bool on_block_edge(uint32_t value, uint32_t extent, uint32_t block)
{
    return value % block == 0 || value == extent;
}

enum pvgpu_rule pvgpu_validate_box(const struct pvgpu_subresource *sub, const struct pvgpu_box *box)
{
    if (box->left >= box->right || box->top >= box->bottom || box->front >= box->back)
        return PVGPU_RULE_BOX_END;
    if (box->right > sub->width || box->bottom > sub->height || box->back > sub->depth)
        return PVGPU_RULE_BOX_END;
    if (box->left % sub->block_width || box->top % sub->block_height)
        return PVGPU_RULE_BOX_START_BLOCK;
    if (!on_block_edge(box->right, sub->width, sub->block_width) ||
        !on_block_edge(box->bottom, sub->height, sub->block_height))
        return PVGPU_RULE_BOX_END_BLOCK;
    return PVGPU_RULE_NONE;
}

static enum pvgpu_rule validate_buffer(const struct pvgpu_cmd_create_resource *command, struct pvgpu_resource *resource)
{
    if (command->width == 0 || command->width > PVGPU_MAX_BUFFER_BYTES)
        return PVGPU_RULE_BUFFER_SIZE;
    if (command->bind &
        ~(PVGPU_BIND_VERTEX_BUFFER | PVGPU_BIND_INDEX_BUFFER | PVGPU_BIND_CONSTANT_BUFFER | PVGPU_BIND_SHADER_RESOURCE |
          PVGPU_BIND_STREAM_OUTPUT | PVGPU_BIND_RENDER_TARGET | PVGPU_BIND_UNORDERED_ACCESS))
        return PVGPU_RULE_BUFFER_BIND;
    if (command->bind & PVGPU_BIND_CONSTANT_BUFFER) {
        if (command->bind != PVGPU_BIND_CONSTANT_BUFFER)
            return PVGPU_RULE_CONSTANT_BUFFER_ALONE;
        if (command->width % 16 || command->width > PVGPU_MAX_CONSTANT_BUFFER_BYTES)
            return PVGPU_RULE_CONSTANT_BUFFER_SIZE;
    }
    if (command->misc & ~(PVGPU_MISC_DRAW_INDIRECT | PVGPU_MISC_RAW_VIEWS))
        return PVGPU_RULE_BUFFER_MISC;
    if (command->misc & PVGPU_MISC_RAW_VIEWS &&
        (!(command->bind & (PVGPU_BIND_SHADER_RESOURCE | PVGPU_BIND_UNORDERED_ACCESS)) || command->width % 4))
        return PVGPU_RULE_RAW_BUFFER;
    *resource = (struct pvgpu_resource){
        .base = resource->base,
        .kind = PVGPU_KIND_BUFFER,
        .width = command->width,
        .height = 1,
        .depth = 1,
        .array_length = 1,
        .mip_count = 1,
        .sample_count = 1,
        .bind = command->bind,
        .misc = command->misc,
        .bytes = command->width,
    };
    return PVGPU_RULE_NONE;
}

static enum pvgpu_rule validate_extents(const struct pvgpu_resource *r)
{
    static const uint32_t limits[] = {
        [PVGPU_KIND_TEXTURE_1D] = PVGPU_MAX_TEXTURE_1D,
        [PVGPU_KIND_TEXTURE_2D] = PVGPU_MAX_TEXTURE_2D,
        [PVGPU_KIND_TEXTURE_3D] = PVGPU_MAX_TEXTURE_3D,
    };
    uint32_t limit = limits[r->kind];
    if (r->width == 0 || r->height == 0 || r->depth == 0)
        return PVGPU_RULE_EXTENT_ZERO;
    if (r->width > limit || r->height > limit || r->depth > limit)
        return PVGPU_RULE_EXTENT_LARGE;
    if (r->array_length > PVGPU_MAX_ARRAY)
        return PVGPU_RULE_ARRAY_LARGE;
    if (r->mip_count > full_chain(r->width, r->height, r->depth))
        return PVGPU_RULE_MIPS_TOO_MANY;
    return PVGPU_RULE_NONE;
}

static enum pvgpu_rule validate_samples(const struct pvgpu_resource *r)
{
    if (!pvgpu_is_power_of_two(r->sample_count) || r->sample_count > 8)
        return PVGPU_RULE_SAMPLE_COUNT;
    if (r->sample_quality != 0)
        return PVGPU_RULE_SAMPLE_QUALITY;
    if (r->sample_count == 1)
        return PVGPU_RULE_NONE;
    if (r->kind != PVGPU_KIND_TEXTURE_2D)
        return PVGPU_RULE_SAMPLES_NOT_2D;
    if (r->mip_count != 1)
        return PVGPU_RULE_SAMPLES_MIPS;
    if (!(r->bind & (PVGPU_BIND_RENDER_TARGET | PVGPU_BIND_DEPTH_STENCIL)))
        return PVGPU_RULE_SAMPLES_BIND;
    if (r->bind & PVGPU_BIND_UNORDERED_ACCESS)
        return PVGPU_RULE_SAMPLES_UNORDERED;
    if (r->misc & PVGPU_MISC_TEXTURE_CUBE)
        return PVGPU_RULE_SAMPLES_CUBE;
    return PVGPU_RULE_NONE;
}

static enum pvgpu_rule validate_texture_bind(const struct pvgpu_resource *r, const struct pvgpu_format_info *format)
{
    if (r->bind & ~(PVGPU_BIND_SHADER_RESOURCE | PVGPU_BIND_RENDER_TARGET | PVGPU_BIND_DEPTH_STENCIL |
                    PVGPU_BIND_UNORDERED_ACCESS))
        return PVGPU_RULE_TEXTURE_BIND;
    bool typeless = format->uses & PVGPU_FORMAT_TYPELESS;
    if (r->bind & PVGPU_BIND_DEPTH_STENCIL) {
        if (r->bind & (PVGPU_BIND_RENDER_TARGET | PVGPU_BIND_UNORDERED_ACCESS))
            return PVGPU_RULE_DEPTH_BIND;
        if (r->kind == PVGPU_KIND_TEXTURE_3D)
            return PVGPU_RULE_DEPTH_3D;
        if (!(format->uses & PVGPU_FORMAT_DEPTH) && !(typeless && pvgpu_format_depth_view(format->family)))
            return PVGPU_RULE_DEPTH_FORMAT;
        if (!typeless && (r->bind & PVGPU_BIND_SHADER_RESOURCE))
            return PVGPU_RULE_DEPTH_TYPED_READ;
    } else if (format->uses & PVGPU_FORMAT_DEPTH && r->bind) {
        return PVGPU_RULE_DEPTH_FORMAT_ELSEWHERE;
    }
    if (r->bind & PVGPU_BIND_RENDER_TARGET && !typeless && !(format->uses & PVGPU_FORMAT_RENDER))
        return PVGPU_RULE_TARGET_FORMAT;
    if (r->bind & PVGPU_BIND_UNORDERED_ACCESS && !typeless && !(format->uses & PVGPU_FORMAT_UNORDERED))
        return PVGPU_RULE_UNORDERED_FORMAT;
    if (r->bind & (PVGPU_BIND_RENDER_TARGET | PVGPU_BIND_UNORDERED_ACCESS) && format->uses & PVGPU_FORMAT_BLOCK)
        return PVGPU_RULE_BLOCKS_WRITTEN;
    return PVGPU_RULE_NONE;
}

static enum pvgpu_rule validate_texture_misc(const struct pvgpu_resource *r, const struct pvgpu_format_info *format)
{
    if (r->misc & ~(PVGPU_MISC_GENERATE_MIPS | PVGPU_MISC_TEXTURE_CUBE))
        return PVGPU_RULE_TEXTURE_MISC;
    const uint32_t both = PVGPU_BIND_RENDER_TARGET | PVGPU_BIND_SHADER_RESOURCE;
    if (r->misc & PVGPU_MISC_GENERATE_MIPS && (r->bind & both) != both)
        return PVGPU_RULE_GENERATE_MIPS_BIND;
    if (r->misc & PVGPU_MISC_TEXTURE_CUBE &&
        (r->kind != PVGPU_KIND_TEXTURE_2D || r->array_length % 6 || r->width != r->height))
        return PVGPU_RULE_CUBE_SHAPE;
    if (format->uses & PVGPU_FORMAT_BLOCK && (r->kind == PVGPU_KIND_TEXTURE_1D || r->width % 4 || r->height % 4))
        return PVGPU_RULE_BLOCK_EXTENTS;
    if (format->block_width == 2 && r->width % 2)
        return PVGPU_RULE_PACKED_EXTENT;
    return PVGPU_RULE_NONE;
}

static enum pvgpu_rule validate_texture(const struct pvgpu_cmd_create_resource *command,
                                        struct pvgpu_resource *resource)
{
    const struct pvgpu_format_info *format = pvgpu_format_info(command->format);
    if (!format || !(format->uses & PVGPU_FORMAT_TEXTURE))
        return PVGPU_RULE_TEXTURE_FORMAT;
    bool is_3d = command->kind == PVGPU_KIND_TEXTURE_3D;
    uint32_t depth_or_array = command->depth_or_array ? command->depth_or_array : 1;
    struct pvgpu_resource r = {
        .base = resource->base,
        .kind = command->kind,
        .format = command->format,
        .width = command->width,
        .height = command->kind == PVGPU_KIND_TEXTURE_1D ? 1 : command->height,
        .depth = is_3d ? command->depth_or_array : 1,
        .array_length = is_3d ? 1 : depth_or_array,
        .mip_count =
            command->mip_count ? command->mip_count : 1, /* the chain below, once the extents are known to be sane */
        .sample_count = command->sample_count ? command->sample_count : 1,
        .sample_quality = command->sample_quality,
        .bind = command->bind,
        .misc = command->misc,
    };
    enum pvgpu_rule rule = validate_extents(&r);
    if (rule)
        return rule;
    if (command->mip_count == 0 && r.sample_count == 1)
        r.mip_count = full_chain(r.width, r.height, r.depth);
    if ((rule = validate_samples(&r)) || (rule = validate_texture_bind(&r, format)) ||
        (rule = validate_texture_misc(&r, format)))
        return rule;

    /* At most 15 mips of at most 2^28 texels x 16 bytes x 2048 slices x 8 samples: below 2^50. */
    for (uint32_t mip = 0; mip < r.mip_count; mip++) {
        struct pvgpu_subresource sub;
        if (pvgpu_subresource_at(&r, mip, &sub))
            r.bytes += sub.bytes;
    }
    r.bytes *= (uint64_t)r.array_length * r.sample_count;
    *resource = r;
    return PVGPU_RULE_NONE;
}

enum pvgpu_rule pvgpu_validate_resource(const struct pvgpu_cmd_create_resource *command,
                                        struct pvgpu_resource *resource)
{
    switch (command->kind) {
    case PVGPU_KIND_BUFFER:
        return validate_buffer(command, resource);
    case PVGPU_KIND_TEXTURE_1D:
    case PVGPU_KIND_TEXTURE_2D:
    case PVGPU_KIND_TEXTURE_3D:
        return validate_texture(command, resource);
    default:
        return PVGPU_RULE_KIND_UNKNOWN;
    }
}

static bool is_factor(uint32_t value, bool alpha)
{
    /* D3D11_BLEND: 12 and 13 do not exist; 3, 4, 9, 10, 16 and 17 are colour factors. */
    if (value < 1 || value > 19 || value == 12 || value == 13)
        return false;
    return !alpha || (value != 3 && value != 4 && value != 9 && value != 10 && value != 16 && value != 17);
}

static bool in_range(uint32_t value, uint32_t first, uint32_t last)
{
    return value >= first && value <= last;
}

enum pvgpu_rule pvgpu_validate_blend_state(const struct pvgpu_cmd_create_blend_state *command)
{
    if (command->alpha_to_coverage > 1 || command->independent > 1)
        return PVGPU_RULE_FLAG;
    uint32_t used = command->independent ? PVGPU_MAX_RENDER_TARGETS : 1;
    for (uint32_t i = 0; i < used; i++) {
        const struct pvgpu_blend_target *target = &command->targets[i];
        if (target->enable > 1)
            return PVGPU_RULE_FLAG;
        if (target->write_mask > 15)
            return PVGPU_RULE_BLEND_WRITE_MASK;
        if (!target->enable)
            continue;
        if (!is_factor(target->source, false) || !is_factor(target->destination, false))
            return PVGPU_RULE_BLEND_FACTOR;
        if (!is_factor(target->source_alpha, true) || !is_factor(target->destination_alpha, true))
            return PVGPU_RULE_BLEND_FACTOR_ALPHA;
        if (!in_range(target->operation, 1, 5) || !in_range(target->operation_alpha, 1, 5))
            return PVGPU_RULE_BLEND_OPERATION;
    }
    return PVGPU_RULE_NONE;
}

enum pvgpu_rule pvgpu_validate_rasterizer_state(const struct pvgpu_cmd_create_rasterizer_state *command)
{
    if (!in_range(command->fill, 2, 3))
        return PVGPU_RULE_FILL_MODE;
    if (!in_range(command->cull, 1, 3))
        return PVGPU_RULE_CULL_MODE;
    if (command->front_counter_clockwise > 1 || command->depth_clip > 1 || command->scissor > 1 ||
        command->multisample > 1 || command->antialiased_line > 1)
        return PVGPU_RULE_FLAG;
    if (isnan(command->depth_bias_clamp) || isnan(command->slope_scaled_depth_bias))
        return PVGPU_RULE_DEPTH_BIAS;
    return PVGPU_RULE_NONE;
}

static bool is_valid_face(const struct pvgpu_stencil_face *face)
{
    return in_range(face->fail, 1, 8) && in_range(face->depth_fail, 1, 8) && in_range(face->pass, 1, 8) &&
           in_range(face->compare, 1, 8);
}

enum pvgpu_rule pvgpu_validate_depth_stencil_state(const struct pvgpu_cmd_create_depth_stencil_state *command)
{
    if (command->depth_enable > 1 || command->depth_write > 1 || command->stencil_enable > 1)
        return PVGPU_RULE_FLAG;
    if (command->depth_enable && !in_range(command->depth_compare, 1, 8))
        return PVGPU_RULE_DEPTH_COMPARISON;
    if (command->stencil_enable && (!is_valid_face(&command->front) || !is_valid_face(&command->back)))
        return PVGPU_RULE_STENCIL_FACE;
    return PVGPU_RULE_NONE;
}

/* D3D11_FILTER: bits 0, 2, 4 linear mip, mag, min; 0x40 anisotropic (with all three); 0x80 comparison, 0x100 minimum,
   0x180 maximum. */
static bool is_valid_filter(uint32_t filter)
{
    uint32_t base = filter & 0x7F;
    if (filter & ~0x1FFu)
        return false;
    return base == 0x55 || (base & ~0x15u) == 0;
}

enum pvgpu_rule pvgpu_validate_sampler(const struct pvgpu_cmd_create_sampler *command)
{
    if (!is_valid_filter(command->filter))
        return PVGPU_RULE_FILTER;
    if (!in_range(command->address_u, 1, 5) || !in_range(command->address_v, 1, 5) ||
        !in_range(command->address_w, 1, 5))
        return PVGPU_RULE_ADDRESS_MODE;
    bool anisotropic = (command->filter & 0x7F) == 0x55;
    if (command->max_anisotropy > 16 || (anisotropic && command->max_anisotropy < 1))
        return PVGPU_RULE_ANISOTROPY;
    bool comparison = (command->filter & 0x180) == 0x80;
    if (comparison && !in_range(command->compare, 1, 8))
        return PVGPU_RULE_SAMPLER_COMPARISON;
    for (int i = 0; i < 4; i++) {
        if (isnan(command->border[i]))
            return PVGPU_RULE_BORDER_COLOR;
    }
    if (isnan(command->mip_lod_bias) || isnan(command->min_lod) || isnan(command->max_lod) ||
        command->mip_lod_bias < -16.0f || command->mip_lod_bias >= 16.0f)
        return PVGPU_RULE_LEVEL_OF_DETAIL;
    return PVGPU_RULE_NONE;
}

enum pvgpu_rule pvgpu_validate_input_element(const struct pvgpu_input_element *element)
{
    const struct pvgpu_format_info *format = pvgpu_format_info(element->format);
    if (!format || !(format->uses & PVGPU_FORMAT_VERTEX))
        return PVGPU_RULE_ELEMENT_FORMAT;
    if (element->slot >= PVGPU_MAX_VERTEX_BUFFERS)
        return PVGPU_RULE_ELEMENT_SLOT;
    if (element->byte_offset != PVGPU_APPEND_ALIGNED) {
        /* Offsets are aligned to the smaller of 4 and the element's size. */
        uint32_t alignment = format->block_bytes < 4 ? format->block_bytes : 4;
        if (element->byte_offset % alignment || element->byte_offset > PVGPU_MAX_VERTEX_STRIDE - format->block_bytes)
            return PVGPU_RULE_ELEMENT_OFFSET;
    }
    if (element->classification > 1)
        return PVGPU_RULE_ELEMENT_CLASS;
    if (element->classification == 0 && element->step_rate != 0)
        return PVGPU_RULE_ELEMENT_STEP_RATE;
    return PVGPU_RULE_NONE;
}

enum pvgpu_rule pvgpu_validate_viewport(const struct pvgpu_viewport *v)
{
    /* D3D11_VIEWPORT_BOUNDS_MIN and _MAX; comparisons with NaN are false. */
    const float low = -32768.0f, high = 32767.0f;
    if (!(v->x >= low && v->x <= high && v->y >= low && v->y <= high))
        return PVGPU_RULE_VIEWPORT_START;
    if (!(v->width >= 0.0f && v->height >= 0.0f && v->x + v->width <= high && v->y + v->height <= high))
        return PVGPU_RULE_VIEWPORT_END;
    if (!(v->min_depth >= 0.0f && v->max_depth <= 1.0f && v->min_depth <= v->max_depth))
        return PVGPU_RULE_VIEWPORT_DEPTH;
    return PVGPU_RULE_NONE;
}

bool pvgpu_is_valid_topology(uint32_t topology)
{
    return topology <= 5 || in_range(topology, 10, 13) || in_range(topology, 33, 64);
}

enum pvgpu_rule pvgpu_validate_open(const struct pvgpu_cmd_open_resource *command,
                                    const struct pvgpu_resource *resource)
{
    /* What the command leaves 0 it does not ask for. */
    bool same = (!command->kind || command->kind == resource->kind) &&
                (!command->format || command->format == resource->format) &&
                (!command->width || command->width == resource->width) &&
                (!command->height || command->height == resource->height) && !(command->bind & ~resource->bind) &&
                !(command->misc & ~resource->misc);
    return same ? PVGPU_RULE_NONE : PVGPU_RULE_OPEN_DIFFERS;
}
