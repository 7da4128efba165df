/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Direct3D 11.1's documented rules for what a guest may ask for, judged before any renderer sees it and alike with all
 * of them. Each function is pure and takes a command's private copy. It returns PVGPU_RULE_NONE when all is well,
 * or the rule that was broken; the caller tells the guest (docs/protocol.md has the argument).
 */
#ifndef PVGPU_WIRE_VALIDATE_H
#define PVGPU_WIRE_VALIDATE_H

#include "gpu/gpu.h"
#include "gpu/object.h"
#include "gpu/state.h"
#include "wire/rule.h"

/* Limits of Direct3D 11 (D3D11_REQ_*, from the "Resource Limits" page). */
#define PVGPU_MAX_TEXTURE_1D 16384u
#define PVGPU_MAX_TEXTURE_2D 16384u
#define PVGPU_MAX_TEXTURE_3D 2048u
#define PVGPU_MAX_ARRAY 2048u
#define PVGPU_MAX_BUFFER_BYTES (1u << 30) /* ours */
#define PVGPU_MAX_CONSTANT_BUFFER_BYTES 65536u
#define PVGPU_MAX_VERTEX_STRIDE 2048u
#define PVGPU_MAX_DISPATCH 65535u /* thread groups on an axis */
#define PVGPU_RAW_VIEW_ALIGNMENT 16u /* bytes: D3D11_RAW_UAV_SRV_BYTE_ALIGNMENT */

/* D3D11_RESOURCE_MISC_FLAG values that 1.0 knows. */
#define PVGPU_MISC_GENERATE_MIPS 0x1u
#define PVGPU_MISC_TEXTURE_CUBE 0x4u
#define PVGPU_MISC_DRAW_INDIRECT 0x10u
#define PVGPU_MISC_RAW_VIEWS 0x20u

/* The extent of a mip: never 0. */
static inline uint32_t pvgpu_mip_extent(uint32_t extent, uint32_t mip)
{
    return extent >> mip ? extent >> mip : 1;
}

/* Fills the description (kind to bytes) of a resource of kinds 1 to 4; base is left alone. */
enum pvgpu_rule pvgpu_validate_resource(const struct pvgpu_cmd_create_resource *command,
                                        struct pvgpu_resource *resource);

/* Shape of one subresource. */
struct pvgpu_subresource {
    uint32_t mip, slice;
    uint32_t width, height, depth; /* texels, or bytes x 1 x 1 for buffers */
    uint32_t rows; /* rows of blocks in a slice */
    uint32_t block_bytes, block_width, block_height;
    uint64_t row_bytes; /* of one tightly packed row of blocks */
    uint64_t slice_bytes; /* rows * row_bytes */
    uint64_t bytes; /* depth * slice_bytes */
};

/* False when the index is out of range. */
bool pvgpu_subresource_at(const struct pvgpu_resource *resource, uint32_t index, struct pvgpu_subresource *out);

/* How many subresources there are. */
uint32_t pvgpu_subresource_count(const struct pvgpu_resource *resource);

/*
 * The one answer to "is this box inside this subresource": not empty, in range, and on block boundaries (the far edge
 * may be the subresource's own).
 */
enum pvgpu_rule pvgpu_validate_box(const struct pvgpu_subresource *subresource, const struct pvgpu_box *box);

/* Whether two resources can be copied into each other as wholes. */
enum pvgpu_rule pvgpu_validate_copy(const struct pvgpu_resource *to, const struct pvgpu_resource *from);

/* What a region copy comes to. */
struct pvgpu_copy_region {
    struct pvgpu_box box; /* in the source's subresource */
    bool is_whole; /* the box is all of it */
    bool is_empty; /* nothing is to be done: no error in Direct3D 11 */
    bool source_is_wrong; /* with a rule: it is the source's range that is wrong, not the destination's */
};

/* Whether a region can be copied; fills *region. */
enum pvgpu_rule pvgpu_validate_copy_region(const struct pvgpu_cmd_copy_region *command, const struct pvgpu_resource *to,
                                           const struct pvgpu_resource *from, struct pvgpu_copy_region *region);

/* Fill the view's resolved description; base and resource are left alone. */
enum pvgpu_rule pvgpu_validate_render_target_view(const struct pvgpu_cmd_create_render_target_view *command,
                                                  const struct pvgpu_resource *resource, struct pvgpu_view *view);
enum pvgpu_rule pvgpu_validate_depth_stencil_view(const struct pvgpu_cmd_create_depth_stencil_view *command,
                                                  const struct pvgpu_resource *resource, struct pvgpu_view *view);
enum pvgpu_rule pvgpu_validate_shader_resource_view(const struct pvgpu_cmd_create_shader_resource_view *command,
                                                    const struct pvgpu_resource *resource, struct pvgpu_view *view);
enum pvgpu_rule pvgpu_validate_unordered_access_view(const struct pvgpu_cmd_create_unordered_access_view *command,
                                                     const struct pvgpu_resource *resource, struct pvgpu_view *view);

/* Whether a view can be in a set of render targets (and a depth-stencil) whose first view is `first`. */
enum pvgpu_rule pvgpu_validate_target_beside(const struct pvgpu_view *view, const struct pvgpu_view *first);

/* Whether two views of any kind have a subresource in common. */
bool pvgpu_views_overlap(const struct pvgpu_view *a, const struct pvgpu_view *b);

enum pvgpu_rule pvgpu_validate_blend_state(const struct pvgpu_cmd_create_blend_state *command);
enum pvgpu_rule pvgpu_validate_rasterizer_state(const struct pvgpu_cmd_create_rasterizer_state *command);
enum pvgpu_rule pvgpu_validate_depth_stencil_state(const struct pvgpu_cmd_create_depth_stencil_state *command);
enum pvgpu_rule pvgpu_validate_sampler(const struct pvgpu_cmd_create_sampler *command);
/* All but the semantic name, which is not in the command. */
enum pvgpu_rule pvgpu_validate_input_element(const struct pvgpu_input_element *element);
enum pvgpu_rule pvgpu_validate_viewport(const struct pvgpu_viewport *viewport);
bool pvgpu_is_valid_topology(uint32_t topology);
/* Whether the bound stages and the topology fit each other. There is a vertex shader, and the topology is not 0. */
enum pvgpu_rule pvgpu_validate_pipeline(const struct pvgpu_state *state);
/* Whether a resource can be opened by that command. */
enum pvgpu_rule pvgpu_validate_open(const struct pvgpu_cmd_open_resource *command,
                                    const struct pvgpu_resource *resource);

#endif
