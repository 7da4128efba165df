/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Lies in the commands that create and destroy objects. */
#include "lies.h"

#include <math.h>

/* A row starts from a command that would be right and gives one field another value. */
#pragma GCC diagnostic ignored "-Woverride-init"

#define BAD(text, what) .reason = (text), .detail = (what), .code = PVGPU_ERROR_INVALID_COMMAND, .argument = ID_NEW

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
    {BAD("a buffer holds 1 byte to 1 GiB", "0"), BUFFER(.width = 0)},
    {BAD("a buffer holds 1 byte to 1 GiB", "1 GiB + 1"), BUFFER(.width = 0x40000001)},
    {BAD("this bind bit is not for buffers", "depth-stencil"), BUFFER(.bind = 0x40)},
    {BAD("this bind bit is not for buffers", "unknown"), BUFFER(.bind = 0x100)},
    {BAD("a constant buffer has no other bind bit", NULL), BUFFER(.bind = 5)},
    {BAD("a constant buffer's size is a multiple of 16 and at most 65536", "1000"), BUFFER(.bind = 4, .width = 1000)},
    {BAD("a constant buffer's size is a multiple of 16 and at most 65536", "65552"), BUFFER(.bind = 4, .width = 65552)},
    {BAD("this misc bit is not for buffers", "cube"), BUFFER(.misc = 4)},
    {BAD("this misc bit is not for buffers", "unknown"), BUFFER(.misc = 0x80000000u)},
    {BAD("the kind is not a resource's or a shader's", "0"), TEXTURE(.kind = 0)},
    {BAD("the kind is not a resource's or a shader's", "11"), TEXTURE(.kind = 11)},
    {BAD("the kind is not a resource's or a shader's", "19"), TEXTURE(.kind = 19)},
    {BAD("the kind is not a resource's or a shader's", "2^32 - 1"), TEXTURE(.kind = UINT32_MAX)},
    {BAD("the format is not for textures", "0"), TEXTURE(.format = 0)},
    {BAD("the format is not for textures", "66"), TEXTURE(.format = 66)},
    {BAD("the format is not for textures", "video"), TEXTURE(.format = 103)},
    {BAD("the format is not for textures", "a view's alone"), TEXTURE(.format = 46)},
    {BAD("the format is not for textures", "2^32 - 1"), TEXTURE(.format = UINT32_MAX)},
    {BAD("an extent is 0", "width"), TEXTURE(.width = 0)},
    {BAD("an extent is 0", "height"), TEXTURE(.height = 0)},
    {BAD("an extent is 0", "depth"), TEXTURE(.kind = 3, .depth_or_array = 0)},
    {BAD("an extent is larger than Direct3D 11 allows", "1D"), TEXTURE(.kind = 1, .width = 16385)},
    {BAD("an extent is larger than Direct3D 11 allows", "2D"), TEXTURE(.height = 16385)},
    {BAD("an extent is larger than Direct3D 11 allows", "3D"), TEXTURE(.kind = 3, .depth_or_array = 2049)},
    {BAD("an extent is larger than Direct3D 11 allows", "2^32 - 1"), TEXTURE(.width = UINT32_MAX)},
    {BAD("an array has at most 2048 slices", NULL), TEXTURE(.depth_or_array = 2049)},
    {BAD("there are more mips than the extents have", "6"), TEXTURE(.mip_count = 6)},
    {BAD("there are more mips than the extents have", "2^32 - 1"), TEXTURE(.mip_count = UINT32_MAX)},
    {BAD("the sample count is not 1, 2, 4 or 8", "3"), SAMPLED(.sample_count = 3)},
    {BAD("the sample count is not 1, 2, 4 or 8", "16"), SAMPLED(.sample_count = 16)},
    {BAD("the only sample quality level is 0", NULL), SAMPLED(.sample_quality = 1)},
    {BAD("only 2D textures can be multisampled", "1D"), SAMPLED(.kind = 1)},
    {BAD("only 2D textures can be multisampled", "3D"), SAMPLED(.kind = 3)},
    {BAD("multisampled textures have one mip", NULL), SAMPLED(.mip_count = 2)},
    {BAD("multisampled textures are render targets or depth-stencils", NULL), SAMPLED(.bind = 8)},
    {BAD("multisampled textures have no unordered access", NULL), SAMPLED(.bind = 0xA0)},
    {BAD("cubes are not multisampled", NULL), SAMPLED(.depth_or_array = 6, .misc = 4)},
    {BAD("this bind bit is not for textures", "vertices"), TEXTURE(.bind = 1)},
    {BAD("this bind bit is not for textures", "unknown"), TEXTURE(.bind = 0x200)},
    {BAD("a depth-stencil is neither render target nor unordered access", "render target"),
     TEXTURE(.format = 39, .bind = 0x60)},
    {BAD("a depth-stencil is neither render target nor unordered access", "unordered access"),
     TEXTURE(.format = 39, .bind = 0xC0)},
    {BAD("a 3D texture is no depth-stencil", NULL), TEXTURE(.kind = 3, .format = 40, .bind = 0x40)},
    {BAD("the format is not for depth-stencils", "RGBA8"), TEXTURE(.bind = 0x40)},
    {BAD("the format is not for depth-stencils", "typeless of another family"), TEXTURE(.format = 27, .bind = 0x40)},
    {BAD("a depth-stencil that shaders read has a typeless format", NULL), TEXTURE(.format = 45, .bind = 0x48)},
    {BAD("a depth format is only for depth-stencils", NULL), TEXTURE(.format = 40)},
    {BAD("the format is not for render targets", "RGB32"), TEXTURE(.format = 6, .bind = 0x20)},
    {BAD("the format is not for render targets", "BC1"), TEXTURE(.format = 71, .bind = 0x20)},
    {BAD("block-compressed textures are not written by the GPU", NULL), TEXTURE(.format = 70, .bind = 0x20)},
    {BAD("this misc bit is not for textures", "indirect"), TEXTURE(.misc = 0x10)},
    {BAD("this misc bit is not for textures", "shared"), TEXTURE(.misc = 2)},
    {BAD("generated mips need a render target that shaders read", NULL), TEXTURE(.misc = 1)},
    {BAD("a cube is six square 2D slices", "five"), TEXTURE(.misc = 4, .depth_or_array = 5)},
    {BAD("a cube is six square 2D slices", "not square"), TEXTURE(.misc = 4, .depth_or_array = 6, .height = 8)},
    {BAD("a cube is six square 2D slices", "3D"), TEXTURE(.kind = 3, .misc = 4, .depth_or_array = 6)},
    {BAD("block-compressed extents are multiples of 4", "width"), TEXTURE(.format = 71, .width = 18)},
    {BAD("block-compressed extents are multiples of 4", "1D"), TEXTURE(.kind = 1, .format = 71)},
    {BAD("the width of a packed format is a multiple of 2", NULL), TEXTURE(.format = 68, .width = 15)},
    {BAD("initial data lies outside the heap", "offset"), BUFFER(.data_offset = 0xFFFFFFF0u, .data_bytes = 1024)},
    {BAD("initial data lies outside the heap", "size"), BUFFER(.data_offset = HEAP_DATA, .data_bytes = UINT32_MAX)},
    {BAD("multisampled textures have no initial data", NULL),
     SAMPLED(.data_offset = HEAP_DATA, .data_bytes = 16 * 16 * 4 * 4)},
    {BAD("initial data does not cover all subresources", "buffer"),
     BUFFER(.data_offset = HEAP_DATA, .data_bytes = 1023)},
    {BAD("initial data does not cover all subresources", "mips"),
     TEXTURE(.mip_count = 0, .data_offset = HEAP_DATA, .data_bytes = 16 * 16 * 4)},
    {.reason = "the limit of resource memory is reached", .code = PVGPU_ERROR_OUT_OF_MEMORY, .argument = ID_NEW,
     TEXTURE(.format = 2, .width = 16384, .height = 16384)},
    {.reason = "the limit of resource memory is reached", .detail = "2^50 bytes", .code = PVGPU_ERROR_OUT_OF_MEMORY,
     .argument = ID_NEW, TEXTURE(.format = 2, .width = 16384, .height = 16384, .depth_or_array = 2048, .mip_count = 0)},
    {.reason = "an id is required", .detail = "resource", .code = PVGPU_ERROR_INVALID_RESOURCE_ID,
     TEXTURE(.header.id = 0)},
    {BAD("opening a resource is not executed by this version", NULL),
     COMMAND(OPEN_RESOURCE, open_resource, .header.id = ID_NEW, .existing = ID_TARGET)},

    {BAD("the resource lacks the bind bit for this view", "render target"), TARGET_VIEW(.resource = ID_PICTURE)},
    {BAD("the resource lacks the bind bit for this view", "depth"), DEPTH_VIEW(.resource = ID_TARGET)},
    {BAD("the resource lacks the bind bit for this view", "input"), INPUT_VIEW(.resource = ID_PLAIN)},
    {BAD("the view dimension is unknown", "render target"), TARGET_VIEW(.dimension = 9)},
    {BAD("the view dimension is unknown", "depth"), DEPTH_VIEW(.dimension = 7)},
    {BAD("the view dimension is unknown", "input"), INPUT_VIEW(.dimension = 12)},
    {BAD("the view dimension is unknown", "2^32 - 1"), INPUT_VIEW(.dimension = UINT32_MAX)},
    {BAD("the view dimension does not fit the resource", "buffer"), TARGET_VIEW(.dimension = 1)},
    {BAD("the view dimension does not fit the resource", "1D"), TARGET_VIEW(.dimension = 2)},
    {BAD("the view dimension does not fit the resource", "samples"), TARGET_VIEW(.dimension = 6)},
    {BAD("the view dimension does not fit the resource", "no samples"),
     TARGET_VIEW(.resource = ID_SAMPLES, .dimension = 4)},
    {BAD("the view dimension does not fit the resource", "3D"), INPUT_VIEW(.dimension = 8)},
    {BAD("the view dimension does not fit the resource", "cube"), INPUT_VIEW(.dimension = 9)},
    {BAD("a view needs a typed format", "own"), TARGET_VIEW(.resource = ID_TYPELESS)},
    {BAD("a view needs a typed format", "depth"), DEPTH_VIEW(.resource = ID_TYPELESS_DEPTH)},
    {BAD("a view needs a typed format", "given"), INPUT_VIEW(.resource = ID_TYPELESS, .format = 27)},
    {BAD("a view needs a typed format", "unknown"), INPUT_VIEW(.format = 200)},
    {BAD("a view needs a typed format", "buffer"), INPUT_VIEW(.resource = ID_TYPED_BUFFER)},
    {BAD("the format is not for views of this kind", "render target"), TARGET_VIEW(.format = 67)},
    {BAD("the format is not for views of this kind", "depth"), DEPTH_VIEW(.format = 28)},
    {BAD("the format is not for views of this kind", "input"), INPUT_VIEW(.format = 45)},
    {BAD("the format is not for buffer views", NULL), INPUT_VIEW(.resource = ID_TYPED_BUFFER, .format = 29)},
    {BAD("the view's format is of another family than the texture's", NULL),
     INPUT_VIEW(.resource = ID_TYPELESS, .format = 41)},
    {BAD("a typed texture is viewed with its own format", NULL), INPUT_VIEW(.format = 29)},
    {BAD("the view's mips are not inside the resource", "first"), INPUT_VIEW(.first = 5)},
    {BAD("the view's mips are not inside the resource", "count"), INPUT_VIEW(.first = 1, .count = 5)},
    {BAD("the view's mips are not inside the resource", "overflow"), INPUT_VIEW(.first = 4, .count = 0xFFFFFFFEu)},
    {BAD("the view's mips are not inside the resource", "target"), TARGET_VIEW(.mip = 1)},
    {BAD("the view's mips are not inside the resource", "depth"), DEPTH_VIEW(.mip = UINT32_MAX)},
    {BAD("the view's slices or elements are not inside the resource", "array"),
     INPUT_VIEW(.resource = ID_LINES, .first_slice = 2)},
    {BAD("the view's slices or elements are not inside the resource", "count"),
     INPUT_VIEW(.resource = ID_LINES, .first_slice = 1, .slice_count = 2)},
    {BAD("the view's slices or elements are not inside the resource", "elements"),
     INPUT_VIEW(.resource = ID_TYPED_BUFFER, .format = 28, .first = 200, .count = 57)},
    {BAD("the view's slices or elements are not inside the resource", "array of one"),
     TARGET_VIEW(.dimension = 5, .first_slice = 1)},
    {BAD("a view of cubes takes six slices each", NULL),
     INPUT_VIEW(.resource = ID_CUBES, .dimension = 10, .first_slice = 0, .slice_count = 7)},
    {BAD("a depth-stencil view flag is unknown", NULL), DEPTH_VIEW(.flags = 4)},
    {BAD("the format has no stencil to be read-only", NULL), DEPTH_VIEW(.resource = ID_DEPTH32, .flags = 2)},
    {.reason = "an id is required", .detail = "view", .code = PVGPU_ERROR_INVALID_RESOURCE_ID, TARGET_VIEW(.id = 0)},
    {.reason = "an id is required", .detail = "view of 0", .code = PVGPU_ERROR_INVALID_RESOURCE_ID,
     TARGET_VIEW(.resource = 0)},
    {.reason = "there is no object with this id", .detail = "view", .code = PVGPU_ERROR_RESOURCE_NOT_FOUND,
     .argument = ID_UNKNOWN, INPUT_VIEW(.resource = ID_UNKNOWN)},
    {.reason = "there is no object with this id", .detail = "before parameters", .argument = ID_UNKNOWN,
     .code = PVGPU_ERROR_RESOURCE_NOT_FOUND, TARGET_VIEW(.resource = ID_UNKNOWN, .dimension = 99)},
    {.reason = "the object is of another kind", .detail = "view", .code = PVGPU_ERROR_INVALID_RESOURCE_ID,
     .argument = ID_SAMPLER, DEPTH_VIEW(.resource = ID_SAMPLER)},
    {.reason = "the object is of another kind", .detail = "before parameters", .argument = ID_TARGET_VIEW,
     .code = PVGPU_ERROR_INVALID_RESOURCE_ID, TARGET_VIEW(.resource = ID_TARGET_VIEW, .dimension = 99)},
    {BAD("unordered access views are not executed by this version", NULL),
     COMMAND(CREATE_UNORDERED_ACCESS_VIEW, create_unordered_access_view, .id = ID_NEW, .resource = ID_TARGET)},

    {BAD("a flag is neither 0 nor 1", "alpha to coverage"), BLEND(.alpha_to_coverage = 2)},
    {BAD("a flag is neither 0 nor 1", "independent"), BLEND(.independent = 2)},
    {BAD("a flag is neither 0 nor 1", "enable"), BLEND(.targets[0].enable = 2)},
    {BAD("a write mask has four bits", "first"), BLEND(.targets[0].write_mask = 16)},
    {BAD("a write mask has four bits", "last"), BLEND(.independent = 1, .targets[7].write_mask = 16)},
    {BAD("a colour blend factor is unknown", "0"), BLEND(.targets[0].source = 0)},
    {BAD("a colour blend factor is unknown", "12"), BLEND(.targets[0].destination = 12)},
    {BAD("a colour blend factor is unknown", "20"), BLEND(.targets[0].source = 20)},
    {BAD("an alpha blend factor is unknown", "source colour"), BLEND(.targets[0].source_alpha = 3)},
    {BAD("an alpha blend factor is unknown", "second source colour"), BLEND(.targets[0].source_alpha = 16)},
    {BAD("an alpha blend factor is unknown", "inverse of it"), BLEND(.targets[0].destination_alpha = 17)},
    {BAD("an alpha blend factor is unknown", "13"), BLEND(.targets[0].destination_alpha = 13)},
    {BAD("a blend operation is unknown", "0"), BLEND(.targets[0].operation = 0)},
    {BAD("a blend operation is unknown", "6"), BLEND(.targets[0].operation_alpha = 6)},
    {BAD("the fill mode is unknown", "1"), RASTERIZER(.fill = 1)},
    {BAD("the fill mode is unknown", "4"), RASTERIZER(.fill = 4)},
    {BAD("the cull mode is unknown", "0"), RASTERIZER(.cull = 0)},
    {BAD("the cull mode is unknown", "4"), RASTERIZER(.cull = 4)},
    {BAD("a flag is neither 0 nor 1", "front"), RASTERIZER(.front_counter_clockwise = 2)},
    {BAD("a flag is neither 0 nor 1", "depth clip"), RASTERIZER(.depth_clip = 2)},
    {BAD("a flag is neither 0 nor 1", "scissor"), RASTERIZER(.scissor = 2)},
    {BAD("a flag is neither 0 nor 1", "multisample"), RASTERIZER(.multisample = 2)},
    {BAD("a flag is neither 0 nor 1", "lines"), RASTERIZER(.antialiased_line = UINT32_MAX)},
    {BAD("a depth bias is not a number", "clamp"), RASTERIZER(.depth_bias_clamp = NAN)},
    {BAD("a depth bias is not a number", "slope"), RASTERIZER(.slope_scaled_depth_bias = NAN)},
    {BAD("a flag is neither 0 nor 1", "depth"), DEPTH_STATE(.depth_enable = 2)},
    {BAD("a flag is neither 0 nor 1", "depth write"), DEPTH_STATE(.depth_write = 2)},
    {BAD("a flag is neither 0 nor 1", "stencil"), DEPTH_STATE(.stencil_enable = 2)},
    {BAD("the depth comparison is unknown", "0"), DEPTH_STATE(.depth_compare = 0)},
    {BAD("the depth comparison is unknown", "9"), DEPTH_STATE(.depth_compare = 9)},
    {BAD("a stencil operation or comparison is unknown", "front"), DEPTH_STATE(.front.fail = 0)},
    {BAD("a stencil operation or comparison is unknown", "back"), DEPTH_STATE(.back.compare = 9)},
    {BAD("the filter is unknown", "bits between"), SAMPLER(.filter = 0x2)},
    {BAD("the filter is unknown", "above"), SAMPLER(.filter = 0x200)},
    {BAD("the filter is unknown", "half anisotropic"), SAMPLER(.filter = 0x41)},
    {BAD("an address mode is unknown", "u"), SAMPLER(.address_u = 0)},
    {BAD("an address mode is unknown", "v"), SAMPLER(.address_v = 6)},
    {BAD("an address mode is unknown", "w"), SAMPLER(.address_w = UINT32_MAX)},
    {BAD("the anisotropy is not 1 to 16", "17"), SAMPLER(.max_anisotropy = 17)},
    {BAD("the anisotropy is not 1 to 16", "0"), SAMPLER(.filter = 0x55, .max_anisotropy = 0)},
    {BAD("the comparison is unknown", NULL), SAMPLER(.filter = 0x95, .compare = 0)},
    {BAD("a border colour is not a number", NULL), SAMPLER(.border[3] = NAN)},
    {BAD("a level of detail is out of range", "bias"), SAMPLER(.mip_lod_bias = 16.0f)},
    {BAD("a level of detail is out of range", "minimum"), SAMPLER(.min_lod = NAN)},
    {BAD("a level of detail is out of range", "maximum"), SAMPLER(.max_lod = NAN)},
    {.reason = "an id is required", .detail = "state", .code = PVGPU_ERROR_INVALID_RESOURCE_ID, SAMPLER(.id = 0)},
    {.reason = "an id is required", .detail = "state, before parameters", .code = PVGPU_ERROR_INVALID_RESOURCE_ID,
     RASTERIZER(.id = 0, .fill = 9)},

    {BAD("an input layout has at most 32 elements", "33"), LAYOUT(.count = 33)},
    {BAD("an input layout has at most 32 elements", "2^32 - 1"), LAYOUT(.count = UINT32_MAX)},
    {BAD("the command is shorter than its elements", NULL), LAYOUT(.count = 2), .size = 24 + 28 + 24},
    {BAD("an element's format is not for vertices", "0"), LAYOUT(.elements[0].format = 0)},
    {BAD("an element's format is not for vertices", "depth"), LAYOUT(.elements[0].format = 45)},
    {BAD("an element's slot is beyond 31", NULL), LAYOUT(.elements[0].slot = 32)},
    {BAD("an element's offset is not aligned, or beyond 2048", "2"), LAYOUT(.elements[0].byte_offset = 2)},
    {BAD("an element's offset is not aligned, or beyond 2048", "2044"), LAYOUT(.elements[0].byte_offset = 2044)},
    {BAD("an element's offset is not aligned, or beyond 2048", "2^32 - 4"),
     LAYOUT(.elements[0].byte_offset = 0xFFFFFFFCu)},
    {BAD("an element's class is neither vertex nor instance", NULL), LAYOUT(.elements[0].classification = 2)},
    {BAD("a per-vertex element has no step rate", NULL), LAYOUT(.elements[0].step_rate = 1)},
    {BAD("an element has no semantic name", NULL), LAYOUT(.elements[0].name_offset = 0)},
    {BAD("a semantic name reaches beyond the heap", "starts there"), LAYOUT(.elements[0].name_offset = UINT32_MAX)},
    {BAD("a semantic name reaches beyond the heap", "does not end"), LAYOUT(.elements[0].name_offset = HEAP_LAST)},
    {BAD("a semantic name is empty", NULL), LAYOUT(.elements[0].name_offset = HEAP_EMPTY_NAME)},
    {BAD("a semantic name is not an identifier", NULL), LAYOUT(.elements[0].name_offset = HEAP_DIGIT_NAME)},
    {BAD("a semantic name is longer than 63 characters", NULL), LAYOUT(.elements[0].name_offset = HEAP_LONG_NAME)},
    {.reason = "an id is required", .detail = "layout", .code = PVGPU_ERROR_INVALID_RESOURCE_ID, LAYOUT(.id = 0)},

    {.reason = "an id is required", .detail = "shader", .code = PVGPU_ERROR_INVALID_RESOURCE_ID, SHADER(.id = 0)},
    {BAD("the shader stage is unknown", "6"), SHADER(.stage = 6)},
    {BAD("the shader stage is unknown", "2^32 - 1"), SHADER(.stage = UINT32_MAX)},
    {BAD("the bytecode lies outside the heap", "offset"), SHADER(.data_offset = 0xFFFFFF00u)},
    {BAD("the bytecode lies outside the heap", "size"), SHADER(.data_bytes = UINT32_MAX)},
    {BAD("the bytecode lies outside the heap", "as a resource"),
     TEXTURE(.kind = 5, .data_offset = UINT32_MAX, .data_bytes = 100)},
    {.reason = "the bytecode is empty or beyond 1 MiB", .detail = "0", .code = PVGPU_ERROR_SHADER_COMPILATION,
     .argument = ID_NEW, SHADER(.data_bytes = 0)},
    {.reason = "the bytecode is empty or beyond 1 MiB", .detail = "1 MiB + 4", .code = PVGPU_ERROR_SHADER_COMPILATION,
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
