/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "wire/format.h"
#include "wire/validate.h"

#include <string.h>

static bool same_family(const struct pvgpu_resource *a, const struct pvgpu_resource *b)
{
    return a->kind == PVGPU_KIND_BUFFER || pvgpu_format_info(a->format)->family == pvgpu_format_info(b->format)->family;
}

const char *pvgpu_validate_copy(const struct pvgpu_resource *to, const struct pvgpu_resource *from)
{
    if (to == from)
        return "a resource is not copied to itself";
    if (to->kind != from->kind || to->width != from->width || to->height != from->height || to->depth != from->depth ||
        to->array_length != from->array_length || to->mip_count != from->mip_count ||
        to->sample_count != from->sample_count)
        return "the two resources differ in shape";
    return same_family(to, from) ? NULL : "the formats are of different families";
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
static const char *refuse_pair(const struct pvgpu_resource *to, const struct pvgpu_resource *from)
{
    if ((to->kind == PVGPU_KIND_BUFFER) != (from->kind == PVGPU_KIND_BUFFER))
        return "buffers and textures are not copied into each other";
    if (to->sample_count != from->sample_count)
        return "the sample counts differ";
    return same_family(to, from) ? NULL : "the formats are of different families";
}

static bool is_empty(const struct pvgpu_box *box)
{
    return box->left >= box->right || box->top >= box->bottom || box->front >= box->back;
}

/* The box to copy, and whether it lies in the source. */
static const char *take_box(const struct pvgpu_cmd_copy_region *command, const struct pvgpu_subresource *origin,
                            struct pvgpu_copy_region *region)
{
    const struct pvgpu_box whole = {.right = origin->width, .bottom = origin->height, .back = origin->depth};
    region->box = whole;
    if (command->has_box)
        region->box = (struct pvgpu_box){command->left,  command->top,    command->front,
                                         command->right, command->bottom, command->back};
    region->is_empty = is_empty(&region->box);
    region->is_whole = memcmp(&region->box, &whole, sizeof(whole)) == 0;
    return region->is_empty ? NULL : pvgpu_validate_box(origin, &region->box);
}

const char *pvgpu_validate_copy_region(const struct pvgpu_cmd_copy_region *command, const struct pvgpu_resource *to,
                                       const struct pvgpu_resource *from, struct pvgpu_copy_region *region)
{
    struct pvgpu_subresource target, origin;
    *region = (struct pvgpu_copy_region){0};
    const char *reason = refuse_pair(to, from);
    if (reason)
        return reason;
    if (!pvgpu_subresource_at(to, command->destination_subresource, &target))
        return "there is no such subresource";
    if (command->has_box > 1)
        return "the box flag is neither 0 nor 1";
    if (!pvgpu_subresource_at(from, command->source_subresource, &origin)) {
        region->source_is_wrong = true;
        return "there is no such subresource";
    }
    if (to == from && command->destination_subresource == command->source_subresource)
        return "a subresource is not copied to itself";
    reason = take_box(command, &origin, region);
    region->source_is_wrong = reason != NULL;
    if (reason || region->is_empty)
        return reason;

    const struct pvgpu_box *box = &region->box;
    uint32_t width = box->right - box->left, height = box->bottom - box->top, depth = box->back - box->front;
    if (is_indivisible(to) || is_indivisible(from)) {
        bool fits = region->is_whole && target.width == width && target.height == height && !command->x &&
                    !command->y && !command->z;
        return fits ? NULL : "multisampled and depth-stencil textures are copied as whole subresources";
    }
    if (command->x >= target.width || command->y >= target.height || command->z >= target.depth)
        return "the copy starts outside the destination";
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
        return "constant buffers are copied in units of 16 bytes";
    return pvgpu_validate_box(&target, &there);
}
