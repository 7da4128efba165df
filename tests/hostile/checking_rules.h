/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Direct3D 11's rules for descriptions, for checking_gpu: the second opinion. NULL: fine; otherwise the broken rule.
 * Pure. Only the sizes of formats are taken from the product.
 */
#ifndef PVGPU_TESTS_CHECKING_RULES_H
#define PVGPU_TESTS_CHECKING_RULES_H

#include "gpu/gpu.h"
#include "gpu/object.h"

/* One subresource, in blocks. */
struct checking_extent {
    uint32_t width, height, depth; /* texels; bytes x 1 x 1 for buffers */
    uint32_t block_width, block_height, block_bytes;
    uint64_t rows; /* of blocks */
    uint64_t row_bytes, slice_bytes, bytes;
};

/* index is below mip_count * array_length. */
void checking_extent_of(const struct pvgpu_resource *resource, uint32_t index, struct checking_extent *extent);

const char *checking_resource(const struct pvgpu_resource *resource);
const char *checking_view(const struct pvgpu_view *view);
const char *checking_box(const struct pvgpu_resource *resource, const struct checking_extent *extent,
                         const struct pvgpu_box *box);
const char *checking_blend(const struct pvgpu_cmd_create_blend_state *desc);
const char *checking_rasterizer(const struct pvgpu_cmd_create_rasterizer_state *desc);
const char *checking_depth_stencil(const struct pvgpu_cmd_create_depth_stencil_state *desc);
const char *checking_sampler(const struct pvgpu_cmd_create_sampler *desc);
const char *checking_layout(const struct pvgpu_input_layout *layout);
const char *checking_state(const struct pvgpu_state *state);

#endif
