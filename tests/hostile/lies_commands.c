/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Lies in the commands that use objects: maps, updates, copies, binds, draws, clears, presents. */
#include "lies.h"

#include <math.h>

/* A row starts from a command that would be right and gives one field another value. */
#pragma GCC diagnostic ignored "-Woverride-init"

/* Error 1 with an object's id; error 1 with the opcode; the two about ids. */
#define BAD(text, what, id) .reason = (text), .detail = (what), .code = PVGPU_ERROR_INVALID_COMMAND, .argument = (id)
#define UNKNOWN(what) \
    .reason = "there is no object with this id", .detail = (what), .code = PVGPU_ERROR_RESOURCE_NOT_FOUND, \
    .argument = ID_UNKNOWN
#define OTHER_KIND(what, id) \
    .reason = "the object is of another kind", .detail = (what), .code = PVGPU_ERROR_INVALID_RESOURCE_ID, \
    .argument = (id)
#define NO_ID(what) \
    .reason = "an id is required", .detail = (what), .code = PVGPU_ERROR_INVALID_RESOURCE_ID, .argument = 0

#define MAP(...) \
    COMMAND(MAP_RESOURCE, map_resource, .id = ID_PICTURE, .mode = PVGPU_MAP_READ, .heap_offset = HEAP_DATA, __VA_ARGS__)
#define UNMAP(...) \
    COMMAND(UNMAP_RESOURCE, unmap_resource, .id = ID_PICTURE, .heap_offset = HEAP_DATA, .data_bytes = 64, __VA_ARGS__)
#define UPDATE(...) \
    COMMAND(UPDATE_RESOURCE, update_resource, .id = ID_PICTURE, .heap_offset = HEAP_DATA, .data_bytes = 1024, \
            .row_pitch = 64, .depth_pitch = 1024, __VA_ARGS__)
#define REGION(...) COMMAND(COPY_RESOURCE, copy_region, .destination = ID_PLAIN, .source = ID_TARGET, __VA_ARGS__)
#define COPY(...) COMMAND(COPY_RESOURCE, copy_resource, .destination = ID_PLAIN, .source = ID_TARGET, __VA_ARGS__)

#define TARGETS(...) COMMAND(SET_RENDER_TARGET, set_render_target, .count = 1, .views = {ID_TARGET_VIEW}, __VA_ARGS__)
#define VIEWPORT(...) COMMAND(SET_VIEWPORT, set_viewport, .count = 1, .viewports[0] = {0, 0, 64, 64, 0, 1}, __VA_ARGS__)
#define SCISSOR(...) COMMAND(SET_SCISSOR, set_scissor, .count = 1, __VA_ARGS__)
#define SAMPLERS(...) COMMAND(SET_SAMPLER, set_sampler, .count = 1, .ids = {ID_SAMPLER}, __VA_ARGS__)
#define CONSTANTS(...) COMMAND(SET_CONSTANT_BUFFER, set_constant_buffer, .id = ID_CONSTANTS, __VA_ARGS__)
#define VERTICES(...) \
    COMMAND(SET_VERTEX_BUFFER, set_vertex_buffer, .count = 1, .buffers[0] = {ID_VERTICES, 24, 0}, __VA_ARGS__)
#define INDICES(...) COMMAND(SET_INDEX_BUFFER, set_index_buffer, .id = ID_INDICES, .format = 57, __VA_ARGS__)
#define INPUTS(...) \
    COMMAND(SET_SHADER_RESOURCE, set_shader_resource, .stage = 1, .count = 1, .views = {ID_PICTURE_VIEW}, __VA_ARGS__)

static void map_for_writing(struct world *world)
{
    pvgpu_encode_map_resource(world->e, ID_PICTURE, 0, PVGPU_MAP_WRITE_DISCARD, 0);
}

static void map_depth(struct world *world)
{
    pvgpu_encode_map_resource(world->e, ID_DEPTH, 0, PVGPU_MAP_WRITE_DISCARD, 0);
}

static void unbind_targets(struct world *world)
{
    pvgpu_encode_set_render_target(world->e, 0, NULL, 0);
}

/* clang-format off */
static const struct lie rows[] = {
    {BAD("the opcode is unknown", "0", 0), .bytes = &(const struct pvgpu_cmd_flush){.header.opcode = 0}, .size = 16},
    {BAD("the opcode is unknown", "gap", 8), .bytes = &(const struct pvgpu_cmd_fence){.header.opcode = 8}, .size = 24},
    {BAD("the opcode is unknown", "block", 0x400), .bytes = &(const struct pvgpu_cmd_fence){.header.opcode = 0x400},
     .size = 16},
    {BAD("the opcode is unknown", "2^32 - 1", UINT32_MAX),
     .bytes = &(const struct pvgpu_cmd_fence){.header.opcode = UINT32_MAX}, .size = 24},
    {BAD("the command is shorter than its fields", "before ids", PVGPU_COPY_RESOURCE), COPY(.source = ID_UNKNOWN),
     .size = 20},

    {UNKNOWN("map"), MAP(.id = ID_UNKNOWN)},
    {UNKNOWN("map by the header's id"), MAP(.header.id = ID_UNKNOWN, .id = 0)},
    {OTHER_KIND("map, before parameters", ID_TARGET_VIEW), MAP(.id = ID_TARGET_VIEW, .mode = 0)},
    {NO_ID("map"), MAP(.id = 0)},
    {BAD("header and payload name different ids", "map", ID_PICTURE), MAP(.header.id = ID_TARGET)},
    {BAD("header and payload name different ids", "unmap", ID_PICTURE), UNMAP(.header.id = ID_TARGET)},
    {BAD("header and payload name different ids", "update", ID_PICTURE), UPDATE(.header.id = ID_TARGET)},
    {BAD("there is no such subresource", "map", ID_PICTURE), MAP(.subresource = 5)},
    {BAD("there is no such subresource", "unmap", ID_LINES), UNMAP(.id = ID_LINES, .subresource = 2)},
    {BAD("there is no such subresource", "update", ID_VERTICES), UPDATE(.id = ID_VERTICES, .subresource = 1)},
    {BAD("there is no such subresource", "2^32 - 1", ID_PICTURE), UPDATE(.subresource = UINT32_MAX)},
    {BAD("the map mode is unknown", "0", ID_PICTURE), MAP(.mode = 0)},
    {BAD("the map mode is unknown", "6", ID_PICTURE), MAP(.mode = 6)},
    {BAD("multisampled textures are not mapped", NULL, ID_SAMPLES), MAP(.id = ID_SAMPLES)},
    {BAD("the subresource does not fit into the heap there", "offset", ID_PICTURE), MAP(.heap_offset = UINT32_MAX)},
    {BAD("the subresource does not fit into the heap there", "last byte", ID_PICTURE),
     MAP(.heap_offset = HEAP_LAST - 1022)},
    {BAD("the subresource does not fit into the heap there", "read and write", ID_PICTURE),
     MAP(.mode = PVGPU_MAP_READ_WRITE, .heap_offset = HEAP_LAST)},
    {BAD("the subresource is not mapped", NULL, ID_PICTURE), UNMAP(.data_bytes = 0)},
    {BAD("there are more bytes than the subresource holds", NULL, ID_PICTURE), UNMAP(.data_bytes = 1028)},
    {BAD("the bytes end inside a texel or block", "texel", ID_PICTURE), UNMAP(.data_bytes = 66)},
    {BAD("the bytes end inside a texel or block", "block", ID_BLOCKS), UNMAP(.id = ID_BLOCKS, .data_bytes = 12)},
    {BAD("constant buffers are written in units of 16 bytes", NULL, ID_CONSTANTS),
     UNMAP(.id = ID_CONSTANTS, .data_bytes = 100)},
    {BAD("the bytes lie outside the heap", "offset", ID_PICTURE), UNMAP(.heap_offset = UINT32_MAX)},
    {BAD("the bytes lie outside the heap", "mapped", ID_PICTURE), .before = map_for_writing,
     UNMAP(.heap_offset = HEAP_LAST, .data_bytes = 0)},
    {BAD("multisampled textures are not written from memory", "unmap", ID_SAMPLES), UNMAP(.id = ID_SAMPLES)},
    {BAD("depth-stencils are not written from memory", "unmap", ID_DEPTH), .before = map_depth,
     UNMAP(.id = ID_DEPTH, .data_bytes = 0)},
    {BAD("multisampled textures are not written from memory", "update", ID_SAMPLES), UPDATE(.id = ID_SAMPLES)},
    {BAD("depth-stencils are not written from memory", "update", ID_DEPTH32), UPDATE(.id = ID_DEPTH32)},
    {UNKNOWN("update"), UPDATE(.id = ID_UNKNOWN, .width = 99)},
    {OTHER_KIND("update", ID_SAMPLER), UPDATE(.id = ID_SAMPLER)},
    {NO_ID("update"), UPDATE(.id = 0)},
    {BAD("the box starts outside the subresource", "x", ID_PICTURE), UPDATE(.x = 16)},
    {BAD("the box starts outside the subresource", "y", ID_PICTURE), UPDATE(.y = UINT32_MAX, .height = 2)},
    {BAD("the box starts outside the subresource", "z", ID_VOLUME), UPDATE(.id = ID_VOLUME, .z = 8)},
    {BAD("the box starts outside the subresource", "mip", ID_PICTURE), UPDATE(.subresource = 4, .x = 1)},
    {BAD("the box reaches beyond the subresource", "width", ID_PICTURE), UPDATE(.width = 17)},
    {BAD("the box reaches beyond the subresource", "overflow", ID_PICTURE), UPDATE(.x = 8, .width = 0xFFFFFFFCu)},
    {BAD("the box reaches beyond the subresource", "depth", ID_PICTURE), UPDATE(.depth = 2)},
    {BAD("the box reaches beyond the subresource", "rows of a buffer", ID_VERTICES),
     UPDATE(.id = ID_VERTICES, .height = 2)},
    {BAD("the box does not start at a block boundary", NULL, ID_BLOCKS), UPDATE(.id = ID_BLOCKS, .x = 2)},
    {BAD("the box does not end at a block boundary", NULL, ID_BLOCKS), UPDATE(.id = ID_BLOCKS, .height = 6)},
    {BAD("the row pitch is shorter than a row", NULL, ID_PICTURE), UPDATE(.row_pitch = 60)},
    {BAD("the depth pitch is shorter than a slice", NULL, ID_VOLUME),
     UPDATE(.id = ID_VOLUME, .data_bytes = 2048, .row_pitch = 32, .depth_pitch = 252)},
    {BAD("the data is shorter than the box", "rows", ID_PICTURE), UPDATE(.data_bytes = 1023)},
    {BAD("the data is shorter than the box", "pitch", ID_PICTURE), UPDATE(.row_pitch = 0xFFFFFFF0u)},
    {BAD("the data is shorter than the box", "slices", ID_VOLUME),
     UPDATE(.id = ID_VOLUME, .data_bytes = 2048, .row_pitch = 32, .depth_pitch = UINT32_MAX)},
    {BAD("constant buffers are updated as a whole", NULL, ID_CONSTANTS), UPDATE(.id = ID_CONSTANTS, .width = 256)},
    {BAD("the data lies outside the heap", "offset", ID_PICTURE), UPDATE(.heap_offset = 0xFFFFFF00u)},
    {BAD("the data lies outside the heap", "size", ID_PICTURE), UPDATE(.data_bytes = UINT32_MAX)},

    {UNKNOWN("copy's destination"), COPY(.destination = ID_UNKNOWN)},
    {UNKNOWN("copy's source, before the destination's kind"), COPY(.destination = ID_SAMPLER, .source = ID_UNKNOWN)},
    {OTHER_KIND("copy's destination", ID_SAMPLER), COPY(.destination = ID_SAMPLER)},
    {OTHER_KIND("copy's source", ID_TARGET_VIEW), COPY(.source = ID_TARGET_VIEW)},
    {NO_ID("copy"), COPY(.source = 0)},
    {BAD("a resource is not copied to itself", NULL, ID_PLAIN), COPY(.source = ID_PLAIN)},
    {BAD("the two resources differ in shape", "kind", ID_PLAIN), COPY(.source = ID_VERTICES)},
    {BAD("the two resources differ in shape", "extent", ID_PLAIN), COPY(.source = ID_TYPELESS)},
    {BAD("the two resources differ in shape", "samples", ID_PLAIN), COPY(.source = ID_SAMPLES)},
    {BAD("the formats are of different families", NULL, ID_PLAIN), COPY(.source = ID_DEPTH)},

    {UNKNOWN("region's destination"), REGION(.destination = ID_UNKNOWN)},
    {UNKNOWN("region's source, before the destination's kind"), REGION(.destination = ID_SAMPLER, .source = ID_UNKNOWN)},
    {OTHER_KIND("region's source", ID_TARGET_VIEW), REGION(.source = ID_TARGET_VIEW)},
    {BAD("buffers and textures are not copied into each other", NULL, ID_PLAIN), REGION(.source = ID_VERTICES)},
    {BAD("the sample counts differ", NULL, ID_PLAIN), REGION(.source = ID_SAMPLES)},
    {BAD("the formats are of different families", "region", ID_PLAIN), REGION(.source = ID_DEPTH)},
    {BAD("there is no such subresource", "region's destination", ID_PLAIN), REGION(.destination_subresource = 1)},
    {BAD("there is no such subresource", "region's source", ID_TARGET), REGION(.source_subresource = UINT32_MAX)},
    {BAD("there is no such subresource", "region's destination first", ID_PLAIN),
     REGION(.destination_subresource = UINT32_MAX, .source_subresource = UINT32_MAX)},
    {BAD("the box flag is neither 0 nor 1", NULL, ID_PLAIN), REGION(.has_box = 2)},
    {BAD("a subresource is not copied to itself", NULL, ID_PICTURE),
     REGION(.destination = ID_PICTURE, .source = ID_PICTURE, .destination_subresource = 1, .source_subresource = 1)},
    {BAD("the box reaches beyond the subresource", "region's source", ID_TARGET),
     REGION(.has_box = 1, .right = 65, .bottom = 1, .back = 1)},
    {BAD("the box reaches beyond the subresource", "region's source, 2^32 - 1", ID_TARGET),
     REGION(.has_box = 1, .right = 1, .bottom = UINT32_MAX, .back = 1)},
    {BAD("the copy starts outside the destination", "x", ID_PLAIN), REGION(.x = 64)},
    {BAD("the copy starts outside the destination", "y", ID_PLAIN), REGION(.y = UINT32_MAX)},
    {BAD("the copy starts outside the destination", "z", ID_PLAIN), REGION(.z = 1)},
    {BAD("the box reaches beyond the subresource", "region's destination", ID_PLAIN), REGION(.x = 1)},
    {BAD("the box reaches beyond the subresource", "buffer", ID_INDICES),
     REGION(.destination = ID_INDICES, .source = ID_VERTICES, .x = 1, .has_box = 1, .right = 1024, .bottom = 1,
            .back = 1)},
    {BAD("constant buffers are copied in units of 16 bytes", "source", ID_VERTICES),
     REGION(.destination = ID_VERTICES, .source = ID_CONSTANTS, .has_box = 1, .left = 8, .right = 24, .bottom = 1,
            .back = 1)},
    {BAD("constant buffers are copied in units of 16 bytes", "destination", ID_CONSTANTS),
     REGION(.destination = ID_CONSTANTS, .source = ID_VERTICES, .x = 8, .has_box = 1, .right = 16, .bottom = 1,
            .back = 1)},
    {BAD("multisampled and depth-stencil textures are copied as whole subresources", "box", ID_DEPTH),
     REGION(.destination = ID_DEPTH, .source = ID_TYPELESS_DEPTH, .has_box = 1, .right = 8, .bottom = 8, .back = 1)},
    {BAD("multisampled and depth-stencil textures are copied as whole subresources", "extent", ID_DEPTH),
     REGION(.destination = ID_DEPTH, .source = ID_TYPELESS_DEPTH)},

    {BAD("there are at most 8 render targets", "9", PVGPU_SET_RENDER_TARGET), TARGETS(.count = 9)},
    {BAD("there are at most 8 render targets", "2^32 - 1", PVGPU_SET_RENDER_TARGET), TARGETS(.count = UINT32_MAX)},
    {BAD("the command is shorter than its entries", "targets", PVGPU_SET_RENDER_TARGET), TARGETS(.count = 3),
     .size = 32},
    {UNKNOWN("target"), TARGETS(.views = {ID_UNKNOWN})},
    {UNKNOWN("depth target"), TARGETS(.depth_stencil_view = ID_UNKNOWN)},
    {OTHER_KIND("target", ID_TARGET), TARGETS(.views = {ID_TARGET})},
    {OTHER_KIND("depth target", ID_TARGET_VIEW), TARGETS(.depth_stencil_view = ID_TARGET_VIEW)},
    {BAD("there are at most 16 viewports", NULL, PVGPU_SET_VIEWPORT), VIEWPORT(.count = 17)},
    {BAD("the command is shorter than its entries", "viewports", PVGPU_SET_VIEWPORT), VIEWPORT(.count = 16),
     .size = 400},
    {BAD("a viewport starts outside -32768 to 32767", NULL, PVGPU_SET_VIEWPORT), VIEWPORT(.viewports[0].x = -32769)},
    {BAD("a viewport starts outside -32768 to 32767", "no number", PVGPU_SET_VIEWPORT),
     VIEWPORT(.viewports[0].y = NAN)},
    {BAD("a viewport's extent is negative or ends beyond 32767", "negative", PVGPU_SET_VIEWPORT),
     VIEWPORT(.viewports[0].width = -1)},
    {BAD("a viewport's extent is negative or ends beyond 32767", "endless", PVGPU_SET_VIEWPORT),
     VIEWPORT(.viewports[0].height = INFINITY)},
    {BAD("a viewport's extent is negative or ends beyond 32767", "no number", PVGPU_SET_VIEWPORT),
     VIEWPORT(.viewports[0].width = NAN)},
    {BAD("a viewport's depth range is not inside 0 to 1", "above", PVGPU_SET_VIEWPORT),
     VIEWPORT(.viewports[0].max_depth = 1.5f)},
    {BAD("a viewport's depth range is not inside 0 to 1", "turned round", PVGPU_SET_VIEWPORT),
     VIEWPORT(.viewports[0].min_depth = 0.75f, .viewports[0].max_depth = 0.25f)},
    {BAD("a viewport's depth range is not inside 0 to 1", "no number", PVGPU_SET_VIEWPORT),
     VIEWPORT(.viewports[0].min_depth = NAN)},
    {BAD("there are at most 16 scissor rectangles", NULL, PVGPU_SET_SCISSOR), SCISSOR(.count = 17)},
    {BAD("the command is shorter than its entries", "scissors", PVGPU_SET_SCISSOR), SCISSOR(.count = 2), .size = 36},
    {UNKNOWN("blend state"), COMMAND(SET_BLEND_STATE, set_blend_state, .id = ID_UNKNOWN)},
    {OTHER_KIND("blend state", ID_SAMPLER), COMMAND(SET_BLEND_STATE, set_blend_state, .id = ID_SAMPLER)},
    {UNKNOWN("rasterizer state"), COMMAND(SET_RASTERIZER_STATE, set_rasterizer_state, .id = ID_UNKNOWN)},
    {OTHER_KIND("rasterizer state", ID_BLEND), COMMAND(SET_RASTERIZER_STATE, set_rasterizer_state, .id = ID_BLEND)},
    {UNKNOWN("depth state"), COMMAND(SET_DEPTH_STENCIL, set_depth_stencil, .id = ID_UNKNOWN)},
    {OTHER_KIND("depth state", ID_DEPTH_VIEW), COMMAND(SET_DEPTH_STENCIL, set_depth_stencil, .id = ID_DEPTH_VIEW)},
    {BAD("the primitive topology is unknown", "6", PVGPU_SET_PRIMITIVE_TOPOLOGY),
     COMMAND(SET_PRIMITIVE_TOPOLOGY, set_primitive_topology, .topology = 6)},
    {BAD("the primitive topology is unknown", "65", PVGPU_SET_PRIMITIVE_TOPOLOGY),
     COMMAND(SET_PRIMITIVE_TOPOLOGY, set_primitive_topology, .topology = 65)},

    {BAD("the shader stage is unknown", "shader", PVGPU_SET_SHADER), COMMAND(SET_SHADER, set_shader, .stage = 6)},
    {BAD("the shader stage is unknown", "sampler", PVGPU_SET_SAMPLER), SAMPLERS(.stage = 6)},
    {BAD("the shader stage is unknown", "constants", PVGPU_SET_CONSTANT_BUFFER), CONSTANTS(.stage = UINT32_MAX)},
    {BAD("the shader stage is unknown", "resources", PVGPU_SET_SHADER_RESOURCE), INPUTS(.stage = 6)},
    {UNKNOWN("shader"), COMMAND(SET_SHADER, set_shader, .id = ID_UNKNOWN)},
    {OTHER_KIND("shader", ID_LAYOUT), COMMAND(SET_SHADER, set_shader, .id = ID_LAYOUT)},
    {.reason = "the shader was made for another stage", .code = PVGPU_ERROR_INVALID_RESOURCE_ID,
     .argument = ID_PIXEL_SHADER, COMMAND(SET_SHADER, set_shader, .stage = 0, .id = ID_PIXEL_SHADER)},
    {BAD("there are not that many slots", "samplers", PVGPU_SET_SAMPLER), SAMPLERS(.first = 16)},
    {BAD("there are not that many slots", "samplers, overflow", PVGPU_SET_SAMPLER), SAMPLERS(.first = UINT32_MAX)},
    {BAD("there are not that many slots", "samplers, count", PVGPU_SET_SAMPLER), SAMPLERS(.count = 17)},
    {BAD("the command is shorter than its entries", "samplers", PVGPU_SET_SAMPLER), SAMPLERS(.count = 16), .size = 88},
    {UNKNOWN("sampler"), SAMPLERS(.ids = {ID_UNKNOWN})},
    {OTHER_KIND("sampler", ID_BLEND), SAMPLERS(.ids = {ID_BLEND})},
    {BAD("there are not that many slots", "resources", PVGPU_SET_SHADER_RESOURCE), INPUTS(.first = 128)},
    {BAD("there are not that many slots", "resources, count", PVGPU_SET_SHADER_RESOURCE), INPUTS(.count = 129)},
    {BAD("there are not that many slots", "resources, both", PVGPU_SET_SHADER_RESOURCE),
     INPUTS(.first = 100, .count = 29)},
    {BAD("the command is shorter than its entries", "resources", PVGPU_SET_SHADER_RESOURCE), INPUTS(.count = 128),
     .size = 536},
    {UNKNOWN("shader resource"), INPUTS(.views = {ID_UNKNOWN})},
    {OTHER_KIND("shader resource", ID_PICTURE), INPUTS(.views = {ID_PICTURE})},
    {BAD("there are 14 constant buffer slots", NULL, PVGPU_SET_CONSTANT_BUFFER), CONSTANTS(.slot = 14)},
    {UNKNOWN("constants"), CONSTANTS(.id = ID_UNKNOWN)},
    {OTHER_KIND("constants", ID_SAMPLER), CONSTANTS(.id = ID_SAMPLER)},
    {.reason = "the resource is not a buffer", .detail = "constants", .code = PVGPU_ERROR_INVALID_RESOURCE_ID,
     .argument = ID_PICTURE, CONSTANTS(.id = ID_PICTURE)},
    {BAD("the buffer lacks the bind bit for this slot", "constants", PVGPU_SET_CONSTANT_BUFFER),
     CONSTANTS(.id = ID_VERTICES)},
    {BAD("a constant buffer range is made of multiples of 16 constants", "start", PVGPU_SET_CONSTANT_BUFFER),
     CONSTANTS(.first_constant = 8, .constant_count = 16)},
    {BAD("a constant buffer range is made of multiples of 16 constants", "length", PVGPU_SET_CONSTANT_BUFFER),
     CONSTANTS(.first_constant = 16, .constant_count = 17)},
    {BAD("a constant buffer range is made of multiples of 16 constants", "none", PVGPU_SET_CONSTANT_BUFFER),
     CONSTANTS(.first_constant = 16)},
    {BAD("a shader sees at most 4096 constants of a buffer", NULL, PVGPU_SET_CONSTANT_BUFFER),
     CONSTANTS(.first_constant = 16, .constant_count = 4112)},
    {BAD("a command carries at most 16 vertex buffers", "17", PVGPU_SET_VERTEX_BUFFER), VERTICES(.count = 17)},
    {BAD("a command carries at most 16 vertex buffers", "2^32 - 1", PVGPU_SET_VERTEX_BUFFER),
     VERTICES(.count = UINT32_MAX)},
    {BAD("there are not that many slots", "vertices", PVGPU_SET_VERTEX_BUFFER), VERTICES(.first = 32)},
    {BAD("there are not that many slots", "vertices, overflow", PVGPU_SET_VERTEX_BUFFER),
     VERTICES(.first = 0xFFFFFFF8u, .count = 8)},
    {BAD("the command is shorter than its entries", "vertices", PVGPU_SET_VERTEX_BUFFER), VERTICES(.count = 2),
     .size = 44},
    {UNKNOWN("vertices"), VERTICES(.buffers[0].id = ID_UNKNOWN)},
    {OTHER_KIND("vertices", ID_LAYOUT), VERTICES(.buffers[0].id = ID_LAYOUT)},
    {.reason = "the resource is not a buffer", .detail = "vertices", .code = PVGPU_ERROR_INVALID_RESOURCE_ID,
     .argument = ID_TARGET, VERTICES(.buffers[0].id = ID_TARGET)},
    {BAD("the buffer lacks the bind bit for this slot", "vertices", PVGPU_SET_VERTEX_BUFFER),
     VERTICES(.buffers[0].id = ID_INDICES)},
    {BAD("a vertex stride is at most 2048", NULL, PVGPU_SET_VERTEX_BUFFER), VERTICES(.buffers[0].stride = 2052)},
    {UNKNOWN("indices"), INDICES(.id = ID_UNKNOWN)},
    {.reason = "the resource is not a buffer", .detail = "indices", .code = PVGPU_ERROR_INVALID_RESOURCE_ID,
     .argument = ID_TARGET, INDICES(.id = ID_TARGET)},
    {BAD("the buffer lacks the bind bit for this slot", "indices", PVGPU_SET_INDEX_BUFFER),
     INDICES(.id = ID_CONSTANTS)},
    {BAD("an index is R16_UINT or R32_UINT", NULL, PVGPU_SET_INDEX_BUFFER), INDICES(.format = 43)},
    {BAD("an index buffer's offset is a multiple of the index size", NULL, PVGPU_SET_INDEX_BUFFER),
     INDICES(.format = 42, .offset = 2)},
    {UNKNOWN("layout"), COMMAND(SET_INPUT_LAYOUT, set_input_layout, .id = ID_UNKNOWN)},
    {UNKNOWN("layout in the header"), COMMAND(SET_INPUT_LAYOUT, set_input_layout, .header.id = ID_UNKNOWN),
     .size = 16},
    {OTHER_KIND("layout", ID_VERTEX_SHADER), COMMAND(SET_INPUT_LAYOUT, set_input_layout, .id = ID_VERTEX_SHADER)},
    {BAD("unordered access is not executed by this version", NULL, PVGPU_SET_UNORDERED_ACCESS),
     COMMAND(SET_UNORDERED_ACCESS, set_unordered_access, .stage = 5)},

    {BAD("compute work is not executed by this version", NULL, PVGPU_DISPATCH),
     COMMAND(DISPATCH, dispatch, .x = 1, .y = 1, .z = 1)},
    {UNKNOWN("clear"), COMMAND(CLEAR_RENDER_TARGET, clear_render_target, .view = ID_UNKNOWN)},
    {OTHER_KIND("clear", ID_DEPTH_VIEW), COMMAND(CLEAR_RENDER_TARGET, clear_render_target, .view = ID_DEPTH_VIEW)},
    {NO_ID("clear"), COMMAND(CLEAR_RENDER_TARGET, clear_render_target, .view = 0)},
    {UNKNOWN("clear of depth"), COMMAND(CLEAR_DEPTH_STENCIL, clear_depth_stencil, .view = ID_UNKNOWN, .flags = 9)},
    {OTHER_KIND("clear of depth", ID_TARGET_VIEW),
     COMMAND(CLEAR_DEPTH_STENCIL, clear_depth_stencil, .view = ID_TARGET_VIEW, .flags = 1)},
    {BAD("a clear flag is unknown, or the depth is not a number", "flag", ID_DEPTH_VIEW),
     COMMAND(CLEAR_DEPTH_STENCIL, clear_depth_stencil, .view = ID_DEPTH_VIEW, .flags = 4)},
    {BAD("a clear flag is unknown, or the depth is not a number", "depth", ID_DEPTH_VIEW),
     COMMAND(CLEAR_DEPTH_STENCIL, clear_depth_stencil, .view = ID_DEPTH_VIEW, .flags = 1, .depth = NAN)},
    {UNKNOWN("present"), COMMAND(PRESENT, present, .id = ID_UNKNOWN, .sync_interval = 9)},
    {OTHER_KIND("present", ID_SAMPLER), COMMAND(PRESENT, present, .id = ID_SAMPLER)},
    {OTHER_KIND("present of an input view", ID_PICTURE_VIEW), COMMAND(PRESENT, present, .id = ID_PICTURE_VIEW)},
    {.reason = "only 2D textures are presented", .code = PVGPU_ERROR_INVALID_RESOURCE_ID, .argument = ID_VOLUME,
     COMMAND(PRESENT, present, .id = ID_VOLUME)},
    {.reason = "no render target is bound to present", .code = PVGPU_ERROR_INVALID_RESOURCE_ID, .argument = 0,
     .before = unbind_targets, COMMAND(PRESENT, present, .id = 0)},
    {BAD("a sync interval is 0 to 4", NULL, PVGPU_PRESENT),
     COMMAND(PRESENT, present, .id = ID_TARGET, .sync_interval = 5)},
    {BAD("multisampled textures are not presented", "texture", PVGPU_PRESENT),
     COMMAND(PRESENT, present, .id = ID_SAMPLES)},
    {BAD("multisampled textures are not presented", "view", PVGPU_PRESENT),
     COMMAND(PRESENT, present, .id = ID_SAMPLES_VIEW)},
    {BAD("the format cannot be presented", "depth", PVGPU_PRESENT), COMMAND(PRESENT, present, .id = ID_DEPTH32)},
    {BAD("the format cannot be presented", "blocks", PVGPU_PRESENT), COMMAND(PRESENT, present, .id = ID_BLOCKS)},
    {BAD("no FENCE with this value came before the wait", NULL, PVGPU_WAIT_FENCE),
     COMMAND(WAIT_FENCE, wait_fence, .value = UINT64_MAX)},
    {BAD("resizing buffers is not executed by this version", NULL, PVGPU_RESIZE_BUFFERS),
     COMMAND(RESIZE_BUFFERS, resize_buffers, .width = 640, .height = 360)},
};
/* clang-format on */

struct lies lies_about_commands(void)
{
    return (struct lies){rows, sizeof(rows) / sizeof(rows[0])};
}
