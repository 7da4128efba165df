/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "wire/format.h"
#include "wire/validate.h"

#include <string.h>

static bool same_family(const struct pvgpu_resource *a, const struct pvgpu_resource *b)
{
    return a->kind == PVGPU_KIND_BUFFER || pvgpu_format_info(a->format)->family == pvgpu_format_info(b->format)->family;
}

enum pvgpu_rule pvgpu_validate_copy(const struct pvgpu_resource *to, const struct pvgpu_resource *from)
{
    if (to == from)
        return PVGPU_RULE_COPY_TO_ITSELF;
    if (to->kind != from->kind || to->width != from->width || to->height != from->height || to->depth != from->depth ||
        to->array_length != from->array_length || to->mip_count != from->mip_count ||
        to->sample_count != from->sample_count)
        return PVGPU_RULE_COPY_SHAPE;
    return same_family(to, from) ? PVGPU_RULE_NONE : PVGPU_RULE_COPY_FAMILY;
}

/* Multisampled and depth-stencil textures are copied subresource by subresource. */
static bool is_indivisible(const struct pvgpu_resource *resource)
{
    return resource->sample_count > 1 || resource->bind & PVGPU_BIND_DEPTH_STENCIL;
}

/* Direct3D 11.1 copies parts of constant buffers in units of a constant. */
static bool is_off_constants(const struct pvgpu_resource *resource, uint32_t left, uint32_t right)
{
    return resource->bind & PVGPU_BIND_CONSTANT_BUFFER && (left % 16 || right % 16);
}

/* What the two resources must have in common, whatever the box. */
static enum pvgpu_rule refuse_pair(const struct pvgpu_resource *to, const struct pvgpu_resource *from)
{
    if ((to->kind == PVGPU_KIND_BUFFER) != (from->kind == PVGPU_KIND_BUFFER))
        return PVGPU_RULE_COPY_BUFFER_TEXTURE;
    if (to->sample_count != from->sample_count)
        return PVGPU_RULE_COPY_SAMPLES;
    return same_family(to, from) ? PVGPU_RULE_NONE : PVGPU_RULE_COPY_FAMILY;
}

static bool is_empty(const struct pvgpu_box *box)
{
    return box->left >= box->right || box->top >= box->bottom || box->front >= box->back;
}

/* The box to copy, and whether it lies in the source. */
static enum pvgpu_rule take_box(const struct pvgpu_cmd_copy_region *command, const struct pvgpu_subresource *origin,
                                struct pvgpu_copy_region *region)
{
    const struct pvgpu_box whole = {.right = origin->width, .bottom = origin->height, .back = origin->depth};
    region->box = whole;
    if (command->has_box)
        region->box = (struct pvgpu_box){command->left,  command->top,    command->front,
                                         command->right, command->bottom, command->back};
    region->is_empty = is_empty(&region->box);
    region->is_whole = memcmp(&region->box, &whole, sizeof(whole)) == 0;
    return region->is_empty ? PVGPU_RULE_NONE : pvgpu_validate_box(origin, &region->box);
}

enum pvgpu_rule pvgpu_validate_copy_region(const struct pvgpu_cmd_copy_region *command, const struct pvgpu_resource *to,
                                           const struct pvgpu_resource *from, struct pvgpu_copy_region *region)
{
    struct pvgpu_subresource target, origin;
    *region = (struct pvgpu_copy_region){0};
    enum pvgpu_rule rule = refuse_pair(to, from);
    if (rule)
        return rule;
    if (!pvgpu_subresource_at(to, command->destination_subresource, &target))
        return PVGPU_RULE_SUBRESOURCE_UNKNOWN;
    if (command->has_box > 1)
        return PVGPU_RULE_COPY_BOX_FLAG;
    if (!pvgpu_subresource_at(from, command->source_subresource, &origin)) {
        region->source_is_wrong = true;
        return PVGPU_RULE_SUBRESOURCE_UNKNOWN;
    }
    if (to == from && command->destination_subresource == command->source_subresource)
        return PVGPU_RULE_COPY_SAME_SUBRESOURCE;
    rule = take_box(command, &origin, region);
    region->source_is_wrong = rule != PVGPU_RULE_NONE;
    if (rule || region->is_empty)
        return rule;

    const struct pvgpu_box *box = &region->box;
    uint32_t width = box->right - box->left, height = box->bottom - box->top, depth = box->back - box->front;
    if (is_indivisible(to) || is_indivisible(from)) {
        bool fits = region->is_whole && target.width == width && target.height == height && !command->x &&
                    !command->y && !command->z;
        return fits ? PVGPU_RULE_NONE : PVGPU_RULE_COPY_PART;
    }
    if (command->x >= target.width || command->y >= target.height || command->z >= target.depth)
        return PVGPU_RULE_COPY_START;
    /* No sum overflows: a resource's extents are at most 2^30. */
    struct pvgpu_box there = {
        .left = command->x,
        .top = command->y,
        .front = command->z,
        .right = command->x + width,
        .bottom = command->y + height,
        .back = command->z + depth,
    };
    if (is_off_constants(from, box->left, box->right) || is_off_constants(to, there.left, there.right))
        return PVGPU_RULE_COPY_CONSTANTS;
    return pvgpu_validate_box(&target, &there);
}
