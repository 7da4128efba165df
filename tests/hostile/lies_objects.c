/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Lies in the commands that create and destroy objects. */
#include "lies.h"

#include <math.h>

/* A row starts from a command that would be right and gives one field another value. */
#pragma GCC diagnostic ignored "-Woverride-init"

#define BAD(NAME, what) \
    .rule = PVGPU_RULE_##NAME, .detail = (what), .code = PVGPU_ERROR_INVALID_COMMAND, .argument = ID_NEW

/* ---- Resources --------------------------------------------------------------------------------------------------- */

#define BUFFER(...) \
    COMMAND(CREATE_RESOURCE, create_resource, .header.id = ID_NEW, .kind = PVGPU_KIND_BUFFER, .width = 1024, \
            .bind = PVGPU_BIND_VERTEX_BUFFER, __VA_ARGS__)
#define TEXTURE(...) \
    COMMAND(CREATE_RESOURCE, create_resource, .header.id = ID_NEW, .kind = PVGPU_KIND_TEXTURE_2D, .format = 28, \
            .width = 16, .height = 16, .depth_or_array = 1, .mip_count = 1, .sample_count = 1, \
            .bind = PVGPU_BIND_SHADER_RESOURCE, __VA_ARGS__)
#define SAMPLED(...) TEXTURE(.sample_count = 4, .bind = PVGPU_BIND_RENDER_TARGET, __VA_ARGS__)

/* ---- Views ------------------------------------------------------------------------------------------------------- */

#define TARGET_VIEW(...) \
    COMMAND(CREATE_RENDER_TARGET_VIEW, create_render_target_view, .id = ID_NEW, .resource = ID_TARGET, __VA_ARGS__)
#define DEPTH_VIEW(...) \
    COMMAND(CREATE_DEPTH_STENCIL_VIEW, create_depth_stencil_view, .id = ID_NEW, .resource = ID_DEPTH, __VA_ARGS__)
#define INPUT_VIEW(...) \
    COMMAND(CREATE_SHADER_RESOURCE_VIEW, create_shader_resource_view, .id = ID_NEW, .resource = ID_PICTURE, __VA_ARGS__)

#define UNORDERED_VIEW(...) \
    COMMAND(CREATE_UNORDERED_ACCESS_VIEW, create_unordered_access_view, .id = ID_NEW, .resource = ID_WRITTEN, \
            __VA_ARGS__)
#define OPEN(...) COMMAND(OPEN_RESOURCE, open_resource, .header.id = ID_NEW, .existing = ID_TARGET, __VA_ARGS__)

/* ---- States ------------------------------------------------------------------------------------------------------ */

#define GOOD_TARGET \
    {.enable = 1, \
     .source = 5, \
     .destination = 6, \
     .operation = 1, \
     .source_alpha = 2, \
     .destination_alpha = 1, \
     .operation_alpha = 1, \
     .write_mask = 15}
#define BLEND(...) COMMAND(CREATE_BLEND_STATE, create_blend_state, .id = ID_NEW, .targets[0] = GOOD_TARGET, __VA_ARGS__)
#define RASTERIZER(...) \
    COMMAND(CREATE_RASTERIZER_STATE, create_rasterizer_state, .id = ID_NEW, .fill = 3, .cull = 1, __VA_ARGS__)
#define GOOD_FACE {.fail = 1, .depth_fail = 1, .pass = 1, .compare = 8}
#define DEPTH_STATE(...) \
    COMMAND(CREATE_DEPTH_STENCIL_STATE, create_depth_stencil_state, .id = ID_NEW, .depth_enable = 1, \
            .depth_compare = 2, .stencil_enable = 1, .front = GOOD_FACE, .back = GOOD_FACE, __VA_ARGS__)
#define SAMPLER(...) \
    COMMAND(CREATE_SAMPLER, create_sampler, .id = ID_NEW, .filter = 0x15, .address_u = 1, .address_v = 1, \
            .address_w = 1, .max_anisotropy = 1, .compare = 1, .max_lod = 8, __VA_ARGS__)

/* ---- Shaders and layouts ----------------------------------------------------------------------------------------- */

#define SHADER_BYTES 1144 /* of the vertex shader in the heap; asserted in test_lies.c */
#define SHADER(...) \
    COMMAND(CREATE_SHADER, create_shader, .id = ID_NEW, .stage = PVGPU_STAGE_VERTEX, .data_bytes = SHADER_BYTES, \
            .data_offset = HEAP_VERTEX_SHADER, __VA_ARGS__)
#define BAD_SHADER(which, text) \
    {.reason = (text), \
     .code = PVGPU_ERROR_SHADER_COMPILATION, \
     .argument = ID_NEW, \
     SHADER(.data_offset = HEAP_BAD_SHADER + (which) * HEAP_BAD_SHADER_STRIDE)}
#define LAYOUT(...) \
    COMMAND(CREATE_INPUT_LAYOUT, create_input_layout, .id = ID_NEW, .count = 1, \
            .elements[0] = {.name_offset = HEAP_POSITION, .format = 16}, __VA_ARGS__)

/* clang-format off */
static const struct lie rows[] = {
    {BAD(BUFFER_SIZE, "0"), BUFFER(.width = 0)},
    {BAD(BUFFER_SIZE, "1 GiB + 1"), BUFFER(.width = 0x40000001)},
    {BAD(BUFFER_BIND, "depth-stencil"), BUFFER(.bind = 0x40)},
    {BAD(BUFFER_BIND, "unknown"), BUFFER(.bind = 0x100)},
    {BAD(CONSTANT_BUFFER_ALONE, NULL), BUFFER(.bind = 5)},
    {BAD(CONSTANT_BUFFER_SIZE, "1000"), BUFFER(.bind = 4, .width = 1000)},
    {BAD(CONSTANT_BUFFER_SIZE, "65552"), BUFFER(.bind = 4, .width = 65552)},
    {BAD(BUFFER_MISC, "cube"), BUFFER(.misc = 4)},
    {BAD(RAW_BUFFER, "bind bit"), BUFFER(.misc = 0x20)},
    {BAD(RAW_BUFFER, "size"), BUFFER(.bind = PVGPU_BIND_SHADER_RESOURCE, .misc = 0x20, .width = 1022)},
    {BAD(BUFFER_MISC, "unknown"), BUFFER(.misc = 0x80000000u)},
    {BAD(KIND_UNKNOWN, "0"), TEXTURE(.kind = 0)},
    {BAD(KIND_UNKNOWN, "11"), TEXTURE(.kind = 11)},
    {BAD(KIND_UNKNOWN, "19"), TEXTURE(.kind = 19)},
    {BAD(KIND_UNKNOWN, "2^32 - 1"), TEXTURE(.kind = UINT32_MAX)},
    {BAD(TEXTURE_FORMAT, "0"), TEXTURE(.format = 0)},
    {BAD(TEXTURE_FORMAT, "66"), TEXTURE(.format = 66)},
    {BAD(TEXTURE_FORMAT, "video"), TEXTURE(.format = 103)},
    {BAD(TEXTURE_FORMAT, "a view's alone"), TEXTURE(.format = 46)},
    {BAD(TEXTURE_FORMAT, "2^32 - 1"), TEXTURE(.format = UINT32_MAX)},
    {BAD(EXTENT_ZERO, "width"), TEXTURE(.width = 0)},
    {BAD(EXTENT_ZERO, "height"), TEXTURE(.height = 0)},
    {BAD(EXTENT_ZERO, "depth"), TEXTURE(.kind = 3, .depth_or_array = 0)},
    {BAD(EXTENT_LARGE, "1D"), TEXTURE(.kind = 1, .width = 16385)},
    {BAD(EXTENT_LARGE, "2D"), TEXTURE(.height = 16385)},
    {BAD(EXTENT_LARGE, "3D"), TEXTURE(.kind = 3, .depth_or_array = 2049)},
    {BAD(EXTENT_LARGE, "2^32 - 1"), TEXTURE(.width = UINT32_MAX)},
    {BAD(ARRAY_LARGE, NULL), TEXTURE(.depth_or_array = 2049)},
    {BAD(MIPS_TOO_MANY, "6"), TEXTURE(.mip_count = 6)},
    {BAD(MIPS_TOO_MANY, "2^32 - 1"), TEXTURE(.mip_count = UINT32_MAX)},
    {BAD(SAMPLE_COUNT, "3"), SAMPLED(.sample_count = 3)},
    {BAD(SAMPLE_COUNT, "16"), SAMPLED(.sample_count = 16)},
    {BAD(SAMPLE_QUALITY, NULL), SAMPLED(.sample_quality = 1)},
    {BAD(SAMPLES_NOT_2D, "1D"), SAMPLED(.kind = 1)},
    {BAD(SAMPLES_NOT_2D, "3D"), SAMPLED(.kind = 3)},
    {BAD(SAMPLES_MIPS, NULL), SAMPLED(.mip_count = 2)},
    {BAD(SAMPLES_BIND, NULL), SAMPLED(.bind = 8)},
    {BAD(SAMPLES_UNORDERED, NULL), SAMPLED(.bind = 0xA0)},
    {BAD(SAMPLES_CUBE, NULL), SAMPLED(.depth_or_array = 6, .misc = 4)},
    {BAD(TEXTURE_BIND, "vertices"), TEXTURE(.bind = 1)},
    {BAD(TEXTURE_BIND, "unknown"), TEXTURE(.bind = 0x200)},
    {BAD(DEPTH_BIND, "render target"),
     TEXTURE(.format = 39, .bind = 0x60)},
    {BAD(DEPTH_BIND, "unordered access"),
     TEXTURE(.format = 39, .bind = 0xC0)},
    {BAD(DEPTH_3D, NULL), TEXTURE(.kind = 3, .format = 40, .bind = 0x40)},
    {BAD(DEPTH_FORMAT, "RGBA8"), TEXTURE(.bind = 0x40)},
    {BAD(DEPTH_FORMAT, "typeless of another family"), TEXTURE(.format = 27, .bind = 0x40)},
    {BAD(DEPTH_TYPED_READ, NULL), TEXTURE(.format = 45, .bind = 0x48)},
    {BAD(DEPTH_FORMAT_ELSEWHERE, NULL), TEXTURE(.format = 40)},
    {BAD(TARGET_FORMAT, "RGB32"), TEXTURE(.format = 6, .bind = 0x20)},
    {BAD(UNORDERED_FORMAT, "BGRA8"), TEXTURE(.format = 87, .bind = PVGPU_BIND_UNORDERED_ACCESS)},
    {BAD(UNORDERED_FORMAT, "sRGB"), TEXTURE(.format = 29, .bind = PVGPU_BIND_UNORDERED_ACCESS)},
    {BAD(TARGET_FORMAT, "BC1"), TEXTURE(.format = 71, .bind = 0x20)},
    {BAD(BLOCKS_WRITTEN, NULL), TEXTURE(.format = 70, .bind = 0x20)},
    {BAD(TEXTURE_MISC, "indirect"), TEXTURE(.misc = 0x10)},
    {BAD(TEXTURE_MISC, "shared"), TEXTURE(.misc = 2)},
    {BAD(GENERATE_MIPS_BIND, NULL), TEXTURE(.misc = 1)},
    {BAD(CUBE_SHAPE, "five"), TEXTURE(.misc = 4, .depth_or_array = 5)},
    {BAD(CUBE_SHAPE, "not square"), TEXTURE(.misc = 4, .depth_or_array = 6, .height = 8)},
    {BAD(CUBE_SHAPE, "3D"), TEXTURE(.kind = 3, .misc = 4, .depth_or_array = 6)},
    {BAD(BLOCK_EXTENTS, "width"), TEXTURE(.format = 71, .width = 18)},
    {BAD(BLOCK_EXTENTS, "1D"), TEXTURE(.kind = 1, .format = 71)},
    {BAD(PACKED_EXTENT, NULL), TEXTURE(.format = 68, .width = 15)},
    {BAD(INITIAL_DATA_HEAP, "offset"), BUFFER(.data_offset = 0xFFFFFFF0u, .data_bytes = 1024)},
    {BAD(INITIAL_DATA_HEAP, "size"), BUFFER(.data_offset = HEAP_DATA, .data_bytes = UINT32_MAX)},
    {BAD(INITIAL_DATA_SAMPLES, NULL),
     SAMPLED(.data_offset = HEAP_DATA, .data_bytes = 16 * 16 * 4 * 4)},
    {BAD(INITIAL_DATA_SHORT, "buffer"),
     BUFFER(.data_offset = HEAP_DATA, .data_bytes = 1023)},
    {BAD(INITIAL_DATA_SHORT, "mips"),
     TEXTURE(.mip_count = 0, .data_offset = HEAP_DATA, .data_bytes = 16 * 16 * 4)},
    {.rule = PVGPU_RULE_LIMIT_BYTES, .code = PVGPU_ERROR_OUT_OF_MEMORY, .argument = ID_NEW,
     TEXTURE(.format = 2, .width = 16384, .height = 16384)},
    {.rule = PVGPU_RULE_LIMIT_BYTES, .detail = "2^50 bytes", .code = PVGPU_ERROR_OUT_OF_MEMORY,
     .argument = ID_NEW, TEXTURE(.format = 2, .width = 16384, .height = 16384, .depth_or_array = 2048, .mip_count = 0)},
    {.rule = PVGPU_RULE_ID_REQUIRED, .detail = "resource", .code = PVGPU_ERROR_INVALID_RESOURCE_ID,
     TEXTURE(.header.id = 0)},
    {.rule = PVGPU_RULE_ID_REQUIRED, .detail = "open", .code = PVGPU_ERROR_INVALID_RESOURCE_ID, OPEN(.header.id = 0)},
    {.rule = PVGPU_RULE_ID_REQUIRED, .detail = "open of 0", .code = PVGPU_ERROR_INVALID_RESOURCE_ID,
     OPEN(.existing = 0)},
    {.rule = PVGPU_RULE_ID_UNKNOWN, .detail = "open", .code = PVGPU_ERROR_RESOURCE_NOT_FOUND, .argument = ID_UNKNOWN,
     OPEN(.existing = ID_UNKNOWN)},
    {.rule = PVGPU_RULE_ID_OF_OTHER_KIND, .detail = "open", .code = PVGPU_ERROR_INVALID_RESOURCE_ID,
     .argument = ID_TARGET_VIEW, OPEN(.existing = ID_TARGET_VIEW)},
    {BAD(OPEN_DIFFERS, "kind"), OPEN(.kind = 3)},
    {BAD(OPEN_DIFFERS, "format"), OPEN(.format = 87)},
    {BAD(OPEN_DIFFERS, "width"), OPEN(.width = 65)},
    {BAD(OPEN_DIFFERS, "height"), OPEN(.height = 63)},
    {BAD(OPEN_DIFFERS, "bind"), OPEN(.bind = PVGPU_BIND_UNORDERED_ACCESS)},
    {BAD(OPEN_DIFFERS, "misc"), OPEN(.misc = 4)},

    {BAD(VIEW_BIND, "render target"), TARGET_VIEW(.resource = ID_PICTURE)},
    {BAD(VIEW_BIND, "depth"), DEPTH_VIEW(.resource = ID_TARGET)},
    {BAD(VIEW_BIND, "input"), INPUT_VIEW(.resource = ID_PLAIN)},
    {BAD(VIEW_DIMENSION_UNKNOWN, "render target"), TARGET_VIEW(.dimension = 9)},
    {BAD(VIEW_DIMENSION_UNKNOWN, "depth"), DEPTH_VIEW(.dimension = 7)},
    {BAD(VIEW_DIMENSION_UNKNOWN, "input"), INPUT_VIEW(.dimension = 12)},
    {BAD(VIEW_DIMENSION_UNKNOWN, "2^32 - 1"), INPUT_VIEW(.dimension = UINT32_MAX)},
    {BAD(VIEW_DIMENSION, "buffer"), TARGET_VIEW(.dimension = 1)},
    {BAD(VIEW_DIMENSION, "1D"), TARGET_VIEW(.dimension = 2)},
    {BAD(VIEW_DIMENSION, "samples"), TARGET_VIEW(.dimension = 6)},
    {BAD(VIEW_DIMENSION, "no samples"),
     TARGET_VIEW(.resource = ID_SAMPLES, .dimension = 4)},
    {BAD(VIEW_DIMENSION, "3D"), INPUT_VIEW(.dimension = 8)},
    {BAD(VIEW_DIMENSION, "cube"), INPUT_VIEW(.dimension = 9)},
    {BAD(VIEW_TYPELESS, "own"), TARGET_VIEW(.resource = ID_TYPELESS)},
    {BAD(VIEW_TYPELESS, "depth"), DEPTH_VIEW(.resource = ID_TYPELESS_DEPTH)},
    {BAD(VIEW_TYPELESS, "given"), INPUT_VIEW(.resource = ID_TYPELESS, .format = 27)},
    {BAD(VIEW_TYPELESS, "unknown"), INPUT_VIEW(.format = 200)},
    {BAD(VIEW_TYPELESS, "buffer"), INPUT_VIEW(.resource = ID_TYPED_BUFFER)},
    {BAD(VIEW_FORMAT, "render target"), TARGET_VIEW(.format = 67)},
    {BAD(VIEW_FORMAT, "depth"), DEPTH_VIEW(.format = 28)},
    {BAD(VIEW_FORMAT, "input"), INPUT_VIEW(.format = 45)},
    {BAD(VIEW_BUFFER_FORMAT, NULL), INPUT_VIEW(.resource = ID_TYPED_BUFFER, .format = 29)},
    {BAD(VIEW_FAMILY, NULL),
     INPUT_VIEW(.resource = ID_TYPELESS, .format = 41)},
    {BAD(VIEW_TYPED, NULL), INPUT_VIEW(.format = 29)},
    {BAD(VIEW_MIPS, "first"), INPUT_VIEW(.first = 5)},
    {BAD(VIEW_MIPS, "count"), INPUT_VIEW(.first = 1, .count = 5)},
    {BAD(VIEW_MIPS, "overflow"), INPUT_VIEW(.first = 4, .count = 0xFFFFFFFEu)},
    {BAD(VIEW_MIPS, "target"), TARGET_VIEW(.mip = 1)},
    {BAD(VIEW_MIPS, "depth"), DEPTH_VIEW(.mip = UINT32_MAX)},
    {BAD(VIEW_SLICES, "array"),
     INPUT_VIEW(.resource = ID_LINES, .first_slice = 2)},
    {BAD(VIEW_SLICES, "count"),
     INPUT_VIEW(.resource = ID_LINES, .first_slice = 1, .slice_count = 2)},
    {BAD(VIEW_SLICES, "elements"),
     INPUT_VIEW(.resource = ID_TYPED_BUFFER, .format = 28, .first = 200, .count = 57)},
    {BAD(VIEW_SLICES, "array of one"),
     TARGET_VIEW(.dimension = 5, .first_slice = 1)},
    {BAD(VIEW_CUBES, NULL),
     INPUT_VIEW(.resource = ID_CUBES, .dimension = 10, .first_slice = 0, .slice_count = 7)},
    {BAD(DSV_FLAG, NULL), DEPTH_VIEW(.flags = 4)},
    {BAD(DSV_NO_STENCIL, NULL), DEPTH_VIEW(.resource = ID_DEPTH32, .flags = 2)},
    {.rule = PVGPU_RULE_ID_REQUIRED, .detail = "view", .code = PVGPU_ERROR_INVALID_RESOURCE_ID, TARGET_VIEW(.id = 0)},
    {.rule = PVGPU_RULE_ID_REQUIRED, .detail = "view of 0", .code = PVGPU_ERROR_INVALID_RESOURCE_ID,
     TARGET_VIEW(.resource = 0)},
    {.rule = PVGPU_RULE_ID_UNKNOWN, .detail = "view", .code = PVGPU_ERROR_RESOURCE_NOT_FOUND,
     .argument = ID_UNKNOWN, INPUT_VIEW(.resource = ID_UNKNOWN)},
    {.rule = PVGPU_RULE_ID_UNKNOWN, .detail = "before parameters", .argument = ID_UNKNOWN,
     .code = PVGPU_ERROR_RESOURCE_NOT_FOUND, TARGET_VIEW(.resource = ID_UNKNOWN, .dimension = 99)},
    {.rule = PVGPU_RULE_ID_OF_OTHER_KIND, .detail = "view", .code = PVGPU_ERROR_INVALID_RESOURCE_ID,
     .argument = ID_SAMPLER, DEPTH_VIEW(.resource = ID_SAMPLER)},
    {.rule = PVGPU_RULE_ID_OF_OTHER_KIND, .detail = "before parameters", .argument = ID_TARGET_VIEW,
     .code = PVGPU_ERROR_INVALID_RESOURCE_ID, TARGET_VIEW(.resource = ID_TARGET_VIEW, .dimension = 99)},
    {BAD(VIEW_BIND, "unordered"), UNORDERED_VIEW(.resource = ID_TARGET)},
    {BAD(VIEW_DIMENSION_UNKNOWN, "unordered"), UNORDERED_VIEW(.dimension = 9)},
    {BAD(VIEW_DIMENSION, "unordered, multisampled"), UNORDERED_VIEW(.dimension = 6)},
    {BAD(VIEW_DIMENSION, "unordered, texture of a buffer"), UNORDERED_VIEW(.resource = ID_STORAGE, .dimension = 4)},
    {BAD(VIEW_TYPELESS, "unordered buffer"), UNORDERED_VIEW(.resource = ID_STORAGE)},
    {BAD(VIEW_TYPED, "unordered"), UNORDERED_VIEW(.format = 30)},
    {BAD(VIEW_FORMAT, "unordered"), UNORDERED_VIEW(.resource = ID_STORAGE, .format = 87)},
    {BAD(VIEW_MIPS, "unordered"), UNORDERED_VIEW(.first = 1)},
    {BAD(VIEW_SLICES, "unordered elements"), UNORDERED_VIEW(.resource = ID_STORAGE, .format = 42, .count = 257)},
    {BAD(VIEW_SLICES, "unordered first element"), UNORDERED_VIEW(.resource = ID_STORAGE, .format = 42, .first = 256)},
    {BAD(VIEW_SLICES, "unordered slices"),
     UNORDERED_VIEW(.dimension = 5, .first_slice = 0, .slice_count_or_flags = 2)},
    {BAD(UAV_FLAG, "append"), UNORDERED_VIEW(.resource = ID_STORAGE, .format = 42, .slice_count_or_flags = 2)},
    {BAD(UAV_FLAG, "unknown"), UNORDERED_VIEW(.resource = ID_STORAGE, .format = 39, .slice_count_or_flags = 9)},
    {BAD(RAW_VIEW, "format"), UNORDERED_VIEW(.resource = ID_STORAGE, .format = 42, .slice_count_or_flags = 1)},
    {BAD(RAW_VIEW, "no format"), UNORDERED_VIEW(.resource = ID_STORAGE, .slice_count_or_flags = 1)},
    {BAD(RAW_VIEW, "alignment"),
     UNORDERED_VIEW(.resource = ID_STORAGE, .format = 39, .first = 2, .slice_count_or_flags = 1)},

    {BAD(FLAG, "alpha to coverage"), BLEND(.alpha_to_coverage = 2)},
    {BAD(FLAG, "independent"), BLEND(.independent = 2)},
    {BAD(FLAG, "enable"), BLEND(.targets[0].enable = 2)},
    {BAD(BLEND_WRITE_MASK, "first"), BLEND(.targets[0].write_mask = 16)},
    {BAD(BLEND_WRITE_MASK, "last"), BLEND(.independent = 1, .targets[7].write_mask = 16)},
    {BAD(BLEND_FACTOR, "0"), BLEND(.targets[0].source = 0)},
    {BAD(BLEND_FACTOR, "12"), BLEND(.targets[0].destination = 12)},
    {BAD(BLEND_FACTOR, "20"), BLEND(.targets[0].source = 20)},
    {BAD(BLEND_FACTOR_ALPHA, "source colour"), BLEND(.targets[0].source_alpha = 3)},
    {BAD(BLEND_FACTOR_ALPHA, "second source colour"), BLEND(.targets[0].source_alpha = 16)},
    {BAD(BLEND_FACTOR_ALPHA, "inverse of it"), BLEND(.targets[0].destination_alpha = 17)},
    {BAD(BLEND_FACTOR_ALPHA, "13"), BLEND(.targets[0].destination_alpha = 13)},
    {BAD(BLEND_OPERATION, "0"), BLEND(.targets[0].operation = 0)},
    {BAD(BLEND_OPERATION, "6"), BLEND(.targets[0].operation_alpha = 6)},
    {BAD(FILL_MODE, "1"), RASTERIZER(.fill = 1)},
    {BAD(FILL_MODE, "4"), RASTERIZER(.fill = 4)},
    {BAD(CULL_MODE, "0"), RASTERIZER(.cull = 0)},
    {BAD(CULL_MODE, "4"), RASTERIZER(.cull = 4)},
    {BAD(FLAG, "front"), RASTERIZER(.front_counter_clockwise = 2)},
    {BAD(FLAG, "depth clip"), RASTERIZER(.depth_clip = 2)},
    {BAD(FLAG, "scissor"), RASTERIZER(.scissor = 2)},
    {BAD(FLAG, "multisample"), RASTERIZER(.multisample = 2)},
    {BAD(FLAG, "lines"), RASTERIZER(.antialiased_line = UINT32_MAX)},
    {BAD(DEPTH_BIAS, "clamp"), RASTERIZER(.depth_bias_clamp = NAN)},
    {BAD(DEPTH_BIAS, "slope"), RASTERIZER(.slope_scaled_depth_bias = NAN)},
    {BAD(FLAG, "depth"), DEPTH_STATE(.depth_enable = 2)},
    {BAD(FLAG, "depth write"), DEPTH_STATE(.depth_write = 2)},
    {BAD(FLAG, "stencil"), DEPTH_STATE(.stencil_enable = 2)},
    {BAD(DEPTH_COMPARISON, "0"), DEPTH_STATE(.depth_compare = 0)},
    {BAD(DEPTH_COMPARISON, "9"), DEPTH_STATE(.depth_compare = 9)},
    {BAD(STENCIL_FACE, "front"), DEPTH_STATE(.front.fail = 0)},
    {BAD(STENCIL_FACE, "back"), DEPTH_STATE(.back.compare = 9)},
    {BAD(FILTER, "bits between"), SAMPLER(.filter = 0x2)},
    {BAD(FILTER, "above"), SAMPLER(.filter = 0x200)},
    {BAD(FILTER, "half anisotropic"), SAMPLER(.filter = 0x41)},
    {BAD(ADDRESS_MODE, "u"), SAMPLER(.address_u = 0)},
    {BAD(ADDRESS_MODE, "v"), SAMPLER(.address_v = 6)},
    {BAD(ADDRESS_MODE, "w"), SAMPLER(.address_w = UINT32_MAX)},
    {BAD(ANISOTROPY, "17"), SAMPLER(.max_anisotropy = 17)},
    {BAD(ANISOTROPY, "0"), SAMPLER(.filter = 0x55, .max_anisotropy = 0)},
    {BAD(SAMPLER_COMPARISON, NULL), SAMPLER(.filter = 0x95, .compare = 0)},
    {BAD(BORDER_COLOR, NULL), SAMPLER(.border[3] = NAN)},
    {BAD(LEVEL_OF_DETAIL, "bias"), SAMPLER(.mip_lod_bias = 16.0f)},
    {BAD(LEVEL_OF_DETAIL, "minimum"), SAMPLER(.min_lod = NAN)},
    {BAD(LEVEL_OF_DETAIL, "maximum"), SAMPLER(.max_lod = NAN)},
    {.rule = PVGPU_RULE_ID_REQUIRED, .detail = "state", .code = PVGPU_ERROR_INVALID_RESOURCE_ID, SAMPLER(.id = 0)},
    {.rule = PVGPU_RULE_ID_REQUIRED, .detail = "state, before parameters", .code = PVGPU_ERROR_INVALID_RESOURCE_ID,
     RASTERIZER(.id = 0, .fill = 9)},

    {BAD(ELEMENTS_TOO_MANY, "33"), LAYOUT(.count = 33)},
    {BAD(ELEMENTS_TOO_MANY, "2^32 - 1"), LAYOUT(.count = UINT32_MAX)},
    {BAD(ELEMENTS_SHORT, NULL), LAYOUT(.count = 2), .size = 24 + 28 + 24},
    {BAD(ELEMENT_FORMAT, "0"), LAYOUT(.elements[0].format = 0)},
    {BAD(ELEMENT_FORMAT, "depth"), LAYOUT(.elements[0].format = 45)},
    {BAD(ELEMENT_SLOT, NULL), LAYOUT(.elements[0].slot = 32)},
    {BAD(ELEMENT_OFFSET, "2"), LAYOUT(.elements[0].byte_offset = 2)},
    {BAD(ELEMENT_OFFSET, "2044"), LAYOUT(.elements[0].byte_offset = 2044)},
    {BAD(ELEMENT_OFFSET, "2^32 - 4"),
     LAYOUT(.elements[0].byte_offset = 0xFFFFFFFCu)},
    {BAD(ELEMENT_CLASS, NULL), LAYOUT(.elements[0].classification = 2)},
    {BAD(ELEMENT_STEP_RATE, NULL), LAYOUT(.elements[0].step_rate = 1)},
    {BAD(SEMANTIC_MISSING, NULL), LAYOUT(.elements[0].name_offset = 0)},
    {BAD(SEMANTIC_HEAP, "starts there"), LAYOUT(.elements[0].name_offset = UINT32_MAX)},
    {BAD(SEMANTIC_HEAP, "does not end"), LAYOUT(.elements[0].name_offset = HEAP_LAST)},
    {BAD(SEMANTIC_EMPTY, NULL), LAYOUT(.elements[0].name_offset = HEAP_EMPTY_NAME)},
    {BAD(SEMANTIC_CHARACTER, NULL), LAYOUT(.elements[0].name_offset = HEAP_DIGIT_NAME)},
    {BAD(SEMANTIC_LONG, NULL), LAYOUT(.elements[0].name_offset = HEAP_LONG_NAME)},
    {.rule = PVGPU_RULE_ID_REQUIRED, .detail = "layout", .code = PVGPU_ERROR_INVALID_RESOURCE_ID, LAYOUT(.id = 0)},

    {.rule = PVGPU_RULE_ID_REQUIRED, .detail = "shader", .code = PVGPU_ERROR_INVALID_RESOURCE_ID, SHADER(.id = 0)},
    {BAD(SHADER_STAGE, "6"), SHADER(.stage = 6)},
    {BAD(SHADER_STAGE, "2^32 - 1"), SHADER(.stage = UINT32_MAX)},
    {.reason = "the program is for another stage", .detail = "vertex as geometry", .argument = ID_NEW,
     .code = PVGPU_ERROR_SHADER_COMPILATION, SHADER(.stage = PVGPU_STAGE_GEOMETRY)},
    {.reason = "the program is for another stage", .detail = "vertex as compute", .argument = ID_NEW,
     .code = PVGPU_ERROR_SHADER_COMPILATION, SHADER(.stage = PVGPU_STAGE_COMPUTE)},
    {BAD(SHADER_HEAP, "offset"), SHADER(.data_offset = 0xFFFFFF00u)},
    {BAD(SHADER_HEAP, "size"), SHADER(.data_bytes = UINT32_MAX)},
    {BAD(SHADER_HEAP, "as a resource"),
     TEXTURE(.kind = 5, .data_offset = UINT32_MAX, .data_bytes = 100)},
    {.rule = PVGPU_RULE_SHADER_SIZE, .detail = "0", .code = PVGPU_ERROR_SHADER_COMPILATION,
     .argument = ID_NEW, SHADER(.data_bytes = 0)},
    {.rule = PVGPU_RULE_SHADER_SIZE, .detail = "1 MiB + 4", .code = PVGPU_ERROR_SHADER_COMPILATION,
     .argument = ID_NEW, SHADER(.data_bytes = 0x100004)},
    {.reason = "the container is shorter than its header", .code = PVGPU_ERROR_SHADER_COMPILATION, .argument = ID_NEW,
     SHADER(.data_bytes = 31)},
    {.reason = "the container's length is not the length that it states", .code = PVGPU_ERROR_SHADER_COMPILATION,
     .argument = ID_NEW, SHADER(.data_bytes = SHADER_BYTES - 4)},
    {.reason = "the program is for another stage", .detail = "vertex as pixel", .argument = ID_NEW,
     .code = PVGPU_ERROR_SHADER_COMPILATION, SHADER(.stage = PVGPU_STAGE_PIXEL)},
    {.reason = "the program is for another stage", .detail = "as a resource", .argument = ID_NEW,
     .code = PVGPU_ERROR_SHADER_COMPILATION,
     TEXTURE(.kind = PVGPU_KIND_PIXEL_SHADER, .data_offset = HEAP_VERTEX_SHADER, .data_bytes = SHADER_BYTES)},
    BAD_SHADER(BAD_MAGIC, "the container does not start with DXBC"),
    BAD_SHADER(BAD_VERSION, "the container's version is not 1"),
    BAD_SHADER(BAD_CHECKSUM, "the container's checksum is wrong"),
    BAD_SHADER(BAD_CHUNK_COUNT, "the container has more than 64 chunks"),
    BAD_SHADER(BAD_CHUNK_OFFSET, "a chunk starts beyond the container"),
    BAD_SHADER(BAD_CHUNK_ALIGNMENT, "a chunk's offset is not a multiple of 4"),
    BAD_SHADER(BAD_CHUNK_SIZE, "a chunk reaches beyond the container"),
    BAD_SHADER(BAD_CHUNK_OVERLAP, "two chunks overlap"),
    BAD_SHADER(BAD_NO_PROGRAM, "there is no program of shader model 4 or 5"),
    BAD_SHADER(BAD_NO_INPUTS, "the input or output signature is missing"),
    BAD_SHADER(BAD_ELEMENT_COUNT, "a signature has more than 128 elements"),
    BAD_SHADER(BAD_NAME_OFFSET, "a semantic name starts beyond its chunk"),
    BAD_SHADER(BAD_PROGRAM_LENGTH, "the program's length does not fit its chunk"),
    BAD_SHADER(BAD_MODEL, "the shader model is not 4.0, 4.1 or 5.0"),
};
/* clang-format on */

struct lies lies_about_objects(void)
{
    return (struct lies){rows, sizeof(rows) / sizeof(rows[0])};
}
