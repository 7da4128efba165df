/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Lies in the commands that use objects: maps, updates, copies, binds, draws, clears, presents. */
#include "lies.h"

#include <math.h>

/* A row starts from a command that would be right and gives one field another value. */
#pragma GCC diagnostic ignored "-Woverride-init"

/* Error 1 with an object's id; error 1 with the opcode; the two about ids. */
#define BAD(NAME, what, id) \
    .rule = PVGPU_RULE_##NAME, .detail = (what), .code = PVGPU_ERROR_INVALID_COMMAND, .argument = (id)
#define UNKNOWN(what) \
    .rule = PVGPU_RULE_ID_UNKNOWN, .detail = (what), .code = PVGPU_ERROR_RESOURCE_NOT_FOUND, .argument = ID_UNKNOWN
#define OTHER_KIND(what, id) \
    .rule = PVGPU_RULE_ID_OF_OTHER_KIND, .detail = (what), .code = PVGPU_ERROR_INVALID_RESOURCE_ID, .argument = (id)
#define NO_ID(what) \
    .rule = PVGPU_RULE_ID_REQUIRED, .detail = (what), .code = PVGPU_ERROR_INVALID_RESOURCE_ID, .argument = 0

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
#define UNORDERED(...) \
    COMMAND(SET_UNORDERED_ACCESS, set_unordered_access, .stage = 5, .count = 1, .views = {ID_STORAGE_VIEW}, __VA_ARGS__)
#define DISPATCH(...) COMMAND(DISPATCH, dispatch, .x = 1, .y = 1, .z = 1, __VA_ARGS__)
#define INDIRECT(...) COMMAND(DISPATCH, dispatch, .x = ID_STORAGE, .z = PVGPU_DISPATCH_INDIRECT, __VA_ARGS__)
#define RESIZE(...) COMMAND(RESIZE_BUFFERS, resize_buffers, .width = 640, .height = 360, __VA_ARGS__)
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
    {BAD(OPCODE_UNKNOWN, "0", 0), .bytes = &(const struct pvgpu_cmd_flush){.header.opcode = 0}, .size = 16},
    {BAD(OPCODE_UNKNOWN, "gap", 8), .bytes = &(const struct pvgpu_cmd_fence){.header.opcode = 8}, .size = 24},
    {BAD(OPCODE_UNKNOWN, "block", 0x400), .bytes = &(const struct pvgpu_cmd_fence){.header.opcode = 0x400},
     .size = 16},
    {BAD(OPCODE_UNKNOWN, "2^32 - 1", UINT32_MAX),
     .bytes = &(const struct pvgpu_cmd_fence){.header.opcode = UINT32_MAX}, .size = 24},
    {BAD(COMMAND_SHORT, "before ids", PVGPU_COPY_RESOURCE), COPY(.source = ID_UNKNOWN),
     .size = 20},

    {UNKNOWN("map"), MAP(.id = ID_UNKNOWN)},
    {UNKNOWN("map by the header's id"), MAP(.header.id = ID_UNKNOWN, .id = 0)},
    {OTHER_KIND("map, before parameters", ID_TARGET_VIEW), MAP(.id = ID_TARGET_VIEW, .mode = 0)},
    {NO_ID("map"), MAP(.id = 0)},
    {BAD(IDS_DIFFER, "map", ID_PICTURE), MAP(.header.id = ID_TARGET)},
    {BAD(IDS_DIFFER, "unmap", ID_PICTURE), UNMAP(.header.id = ID_TARGET)},
    {BAD(IDS_DIFFER, "update", ID_PICTURE), UPDATE(.header.id = ID_TARGET)},
    {BAD(SUBRESOURCE_UNKNOWN, "map", ID_PICTURE), MAP(.subresource = 5)},
    {BAD(SUBRESOURCE_UNKNOWN, "unmap", ID_LINES), UNMAP(.id = ID_LINES, .subresource = 2)},
    {BAD(SUBRESOURCE_UNKNOWN, "update", ID_VERTICES), UPDATE(.id = ID_VERTICES, .subresource = 1)},
    {BAD(SUBRESOURCE_UNKNOWN, "2^32 - 1", ID_PICTURE), UPDATE(.subresource = UINT32_MAX)},
    {BAD(MAP_MODE, "0", ID_PICTURE), MAP(.mode = 0)},
    {BAD(MAP_MODE, "6", ID_PICTURE), MAP(.mode = 6)},
    {BAD(MAP_SAMPLES, NULL, ID_SAMPLES), MAP(.id = ID_SAMPLES)},
    {BAD(MAP_HEAP, "offset", ID_PICTURE), MAP(.heap_offset = UINT32_MAX)},
    {BAD(MAP_HEAP, "last byte", ID_PICTURE),
     MAP(.heap_offset = HEAP_LAST - 1022)},
    {BAD(MAP_HEAP, "read and write", ID_PICTURE),
     MAP(.mode = PVGPU_MAP_READ_WRITE, .heap_offset = HEAP_LAST)},
    {BAD(UNMAP_UNMAPPED, NULL, ID_PICTURE), UNMAP(.data_bytes = 0)},
    {BAD(UNMAP_LONG, NULL, ID_PICTURE), UNMAP(.data_bytes = 1028)},
    {BAD(UNMAP_PART_BLOCK, "texel", ID_PICTURE), UNMAP(.data_bytes = 66)},
    {BAD(UNMAP_PART_BLOCK, "block", ID_BLOCKS), UNMAP(.id = ID_BLOCKS, .data_bytes = 12)},
    {BAD(UNMAP_CONSTANTS, NULL, ID_CONSTANTS),
     UNMAP(.id = ID_CONSTANTS, .data_bytes = 100)},
    {BAD(UNMAP_HEAP, "offset", ID_PICTURE), UNMAP(.heap_offset = UINT32_MAX)},
    {BAD(UNMAP_HEAP, "mapped", ID_PICTURE), .before = map_for_writing,
     UNMAP(.heap_offset = HEAP_LAST, .data_bytes = 0)},
    {BAD(UPLOAD_SAMPLES, "unmap", ID_SAMPLES), UNMAP(.id = ID_SAMPLES)},
    {BAD(UPLOAD_DEPTH, "unmap", ID_DEPTH), .before = map_depth,
     UNMAP(.id = ID_DEPTH, .data_bytes = 0)},
    {BAD(UPLOAD_SAMPLES, "update", ID_SAMPLES), UPDATE(.id = ID_SAMPLES)},
    {BAD(UPLOAD_DEPTH, "update", ID_DEPTH32), UPDATE(.id = ID_DEPTH32)},
    {UNKNOWN("update"), UPDATE(.id = ID_UNKNOWN, .width = 99)},
    {OTHER_KIND("update", ID_SAMPLER), UPDATE(.id = ID_SAMPLER)},
    {NO_ID("update"), UPDATE(.id = 0)},
    {BAD(BOX_START, "x", ID_PICTURE), UPDATE(.x = 16)},
    {BAD(BOX_START, "y", ID_PICTURE), UPDATE(.y = UINT32_MAX, .height = 2)},
    {BAD(BOX_START, "z", ID_VOLUME), UPDATE(.id = ID_VOLUME, .z = 8)},
    {BAD(BOX_START, "mip", ID_PICTURE), UPDATE(.subresource = 4, .x = 1)},
    {BAD(BOX_END, "width", ID_PICTURE), UPDATE(.width = 17)},
    {BAD(BOX_END, "overflow", ID_PICTURE), UPDATE(.x = 8, .width = 0xFFFFFFFCu)},
    {BAD(BOX_END, "depth", ID_PICTURE), UPDATE(.depth = 2)},
    {BAD(BOX_END, "rows of a buffer", ID_VERTICES),
     UPDATE(.id = ID_VERTICES, .height = 2)},
    {BAD(BOX_START_BLOCK, NULL, ID_BLOCKS), UPDATE(.id = ID_BLOCKS, .x = 2)},
    {BAD(BOX_END_BLOCK, NULL, ID_BLOCKS), UPDATE(.id = ID_BLOCKS, .height = 6)},
    {BAD(ROW_PITCH, NULL, ID_PICTURE), UPDATE(.row_pitch = 60)},
    {BAD(DEPTH_PITCH, NULL, ID_VOLUME),
     UPDATE(.id = ID_VOLUME, .data_bytes = 2048, .row_pitch = 32, .depth_pitch = 252)},
    {BAD(UPDATE_SHORT, "rows", ID_PICTURE), UPDATE(.data_bytes = 1023)},
    {BAD(UPDATE_SHORT, "pitch", ID_PICTURE), UPDATE(.row_pitch = 0xFFFFFFF0u)},
    {BAD(UPDATE_SHORT, "slices", ID_VOLUME),
     UPDATE(.id = ID_VOLUME, .data_bytes = 2048, .row_pitch = 32, .depth_pitch = UINT32_MAX)},
    {BAD(UPDATE_CONSTANTS, NULL, ID_CONSTANTS), UPDATE(.id = ID_CONSTANTS, .width = 256)},
    {BAD(UPDATE_HEAP, "offset", ID_PICTURE), UPDATE(.heap_offset = 0xFFFFFF00u)},
    {BAD(UPDATE_HEAP, "size", ID_PICTURE), UPDATE(.data_bytes = UINT32_MAX)},

    {UNKNOWN("copy's destination"), COPY(.destination = ID_UNKNOWN)},
    {UNKNOWN("copy's source, before the destination's kind"), COPY(.destination = ID_SAMPLER, .source = ID_UNKNOWN)},
    {OTHER_KIND("copy's destination", ID_SAMPLER), COPY(.destination = ID_SAMPLER)},
    {OTHER_KIND("copy's source", ID_TARGET_VIEW), COPY(.source = ID_TARGET_VIEW)},
    {NO_ID("copy"), COPY(.source = 0)},
    {BAD(COPY_TO_ITSELF, NULL, ID_PLAIN), COPY(.source = ID_PLAIN)},
    {BAD(COPY_SHAPE, "kind", ID_PLAIN), COPY(.source = ID_VERTICES)},
    {BAD(COPY_SHAPE, "extent", ID_PLAIN), COPY(.source = ID_TYPELESS)},
    {BAD(COPY_SHAPE, "samples", ID_PLAIN), COPY(.source = ID_SAMPLES)},
    {BAD(COPY_FAMILY, NULL, ID_PLAIN), COPY(.source = ID_DEPTH)},

    {UNKNOWN("region's destination"), REGION(.destination = ID_UNKNOWN)},
    {UNKNOWN("region's source, before the destination's kind"), REGION(.destination = ID_SAMPLER, .source = ID_UNKNOWN)},
    {OTHER_KIND("region's source", ID_TARGET_VIEW), REGION(.source = ID_TARGET_VIEW)},
    {BAD(COPY_BUFFER_TEXTURE, NULL, ID_PLAIN), REGION(.source = ID_VERTICES)},
    {BAD(COPY_SAMPLES, NULL, ID_PLAIN), REGION(.source = ID_SAMPLES)},
    {BAD(COPY_FAMILY, "region", ID_PLAIN), REGION(.source = ID_DEPTH)},
    {BAD(SUBRESOURCE_UNKNOWN, "region's destination", ID_PLAIN), REGION(.destination_subresource = 1)},
    {BAD(SUBRESOURCE_UNKNOWN, "region's source", ID_TARGET), REGION(.source_subresource = UINT32_MAX)},
    {BAD(SUBRESOURCE_UNKNOWN, "region's destination first", ID_PLAIN),
     REGION(.destination_subresource = UINT32_MAX, .source_subresource = UINT32_MAX)},
    {BAD(COPY_BOX_FLAG, NULL, ID_PLAIN), REGION(.has_box = 2)},
    {BAD(COPY_SAME_SUBRESOURCE, NULL, ID_PICTURE),
     REGION(.destination = ID_PICTURE, .source = ID_PICTURE, .destination_subresource = 1, .source_subresource = 1)},
    {BAD(BOX_END, "region's source", ID_TARGET),
     REGION(.has_box = 1, .right = 65, .bottom = 1, .back = 1)},
    {BAD(BOX_END, "region's source, 2^32 - 1", ID_TARGET),
     REGION(.has_box = 1, .right = 1, .bottom = UINT32_MAX, .back = 1)},
    {BAD(COPY_START, "x", ID_PLAIN), REGION(.x = 64)},
    {BAD(COPY_START, "y", ID_PLAIN), REGION(.y = UINT32_MAX)},
    {BAD(COPY_START, "z", ID_PLAIN), REGION(.z = 1)},
    {BAD(BOX_END, "region's destination", ID_PLAIN), REGION(.x = 1)},
    {BAD(BOX_END, "buffer", ID_INDICES),
     REGION(.destination = ID_INDICES, .source = ID_VERTICES, .x = 1, .has_box = 1, .right = 1024, .bottom = 1,
            .back = 1)},
    {BAD(COPY_CONSTANTS, "source", ID_VERTICES),
     REGION(.destination = ID_VERTICES, .source = ID_CONSTANTS, .has_box = 1, .left = 8, .right = 24, .bottom = 1,
            .back = 1)},
    {BAD(COPY_CONSTANTS, "destination", ID_CONSTANTS),
     REGION(.destination = ID_CONSTANTS, .source = ID_VERTICES, .x = 8, .has_box = 1, .right = 16, .bottom = 1,
            .back = 1)},
    {BAD(COPY_PART, "box", ID_DEPTH),
     REGION(.destination = ID_DEPTH, .source = ID_TYPELESS_DEPTH, .has_box = 1, .right = 8, .bottom = 8, .back = 1)},
    {BAD(COPY_PART, "extent", ID_DEPTH),
     REGION(.destination = ID_DEPTH, .source = ID_TYPELESS_DEPTH)},

    {BAD(TARGETS_TOO_MANY, "9", PVGPU_SET_RENDER_TARGET), TARGETS(.count = 9)},
    {BAD(TARGETS_DIFFER, "samples", PVGPU_SET_RENDER_TARGET),
     TARGETS(.count = 2, .views = {ID_TARGET_VIEW, ID_SAMPLES_VIEW})},
    {BAD(TARGETS_DIFFER, "depth", PVGPU_SET_RENDER_TARGET),
     TARGETS(.views = {ID_SAMPLES_VIEW}, .depth_stencil_view = ID_DEPTH_VIEW)},
    {BAD(TARGETS_OVERLAP, NULL, PVGPU_SET_RENDER_TARGET), TARGETS(.count = 3, .views = {ID_TARGET_VIEW, 0, ID_TARGET_VIEW})},
    {BAD(TARGETS_TOO_MANY, "2^32 - 1", PVGPU_SET_RENDER_TARGET), TARGETS(.count = UINT32_MAX)},
    {BAD(ENTRIES_SHORT, "targets", PVGPU_SET_RENDER_TARGET), TARGETS(.count = 3),
     .size = 32},
    {UNKNOWN("target"), TARGETS(.views = {ID_UNKNOWN})},
    {UNKNOWN("depth target"), TARGETS(.depth_stencil_view = ID_UNKNOWN)},
    {OTHER_KIND("target", ID_TARGET), TARGETS(.views = {ID_TARGET})},
    {OTHER_KIND("depth target", ID_TARGET_VIEW), TARGETS(.depth_stencil_view = ID_TARGET_VIEW)},
    {BAD(VIEWPORTS_TOO_MANY, NULL, PVGPU_SET_VIEWPORT), VIEWPORT(.count = 17)},
    {BAD(ENTRIES_SHORT, "viewports", PVGPU_SET_VIEWPORT), VIEWPORT(.count = 16),
     .size = 400},
    {BAD(VIEWPORT_START, NULL, PVGPU_SET_VIEWPORT), VIEWPORT(.viewports[0].x = -32769)},
    {BAD(VIEWPORT_START, "no number", PVGPU_SET_VIEWPORT),
     VIEWPORT(.viewports[0].y = NAN)},
    {BAD(VIEWPORT_END, "negative", PVGPU_SET_VIEWPORT),
     VIEWPORT(.viewports[0].width = -1)},
    {BAD(VIEWPORT_END, "endless", PVGPU_SET_VIEWPORT),
     VIEWPORT(.viewports[0].height = INFINITY)},
    {BAD(VIEWPORT_END, "no number", PVGPU_SET_VIEWPORT),
     VIEWPORT(.viewports[0].width = NAN)},
    {BAD(VIEWPORT_DEPTH, "above", PVGPU_SET_VIEWPORT),
     VIEWPORT(.viewports[0].max_depth = 1.5f)},
    {BAD(VIEWPORT_DEPTH, "turned round", PVGPU_SET_VIEWPORT),
     VIEWPORT(.viewports[0].min_depth = 0.75f, .viewports[0].max_depth = 0.25f)},
    {BAD(VIEWPORT_DEPTH, "no number", PVGPU_SET_VIEWPORT),
     VIEWPORT(.viewports[0].min_depth = NAN)},
    {BAD(SCISSORS_TOO_MANY, NULL, PVGPU_SET_SCISSOR), SCISSOR(.count = 17)},
    {BAD(ENTRIES_SHORT, "scissors", PVGPU_SET_SCISSOR), SCISSOR(.count = 2), .size = 36},
    {UNKNOWN("blend state"), COMMAND(SET_BLEND_STATE, set_blend_state, .id = ID_UNKNOWN)},
    {BAD(BLEND_CONSTANT, NULL, PVGPU_SET_BLEND_STATE),
     COMMAND(SET_BLEND_STATE, set_blend_state, .id = ID_BLEND, .factor[2] = NAN)},
    {OTHER_KIND("blend state", ID_SAMPLER), COMMAND(SET_BLEND_STATE, set_blend_state, .id = ID_SAMPLER)},
    {UNKNOWN("rasterizer state"), COMMAND(SET_RASTERIZER_STATE, set_rasterizer_state, .id = ID_UNKNOWN)},
    {OTHER_KIND("rasterizer state", ID_BLEND), COMMAND(SET_RASTERIZER_STATE, set_rasterizer_state, .id = ID_BLEND)},
    {UNKNOWN("depth state"), COMMAND(SET_DEPTH_STENCIL, set_depth_stencil, .id = ID_UNKNOWN)},
    {OTHER_KIND("depth state", ID_DEPTH_VIEW), COMMAND(SET_DEPTH_STENCIL, set_depth_stencil, .id = ID_DEPTH_VIEW)},
    {BAD(TOPOLOGY, "6", PVGPU_SET_PRIMITIVE_TOPOLOGY),
     COMMAND(SET_PRIMITIVE_TOPOLOGY, set_primitive_topology, .topology = 6)},
    {BAD(TOPOLOGY, "65", PVGPU_SET_PRIMITIVE_TOPOLOGY),
     COMMAND(SET_PRIMITIVE_TOPOLOGY, set_primitive_topology, .topology = 65)},

    {BAD(SHADER_STAGE, "shader", PVGPU_SET_SHADER), COMMAND(SET_SHADER, set_shader, .stage = 6)},
    {BAD(SHADER_STAGE, "sampler", PVGPU_SET_SAMPLER), SAMPLERS(.stage = 6)},
    {BAD(SHADER_STAGE, "constants", PVGPU_SET_CONSTANT_BUFFER), CONSTANTS(.stage = UINT32_MAX)},
    {BAD(SHADER_STAGE, "resources", PVGPU_SET_SHADER_RESOURCE), INPUTS(.stage = 6)},
    {UNKNOWN("shader"), COMMAND(SET_SHADER, set_shader, .id = ID_UNKNOWN)},
    {OTHER_KIND("shader", ID_LAYOUT), COMMAND(SET_SHADER, set_shader, .id = ID_LAYOUT)},
    {.rule = PVGPU_RULE_STAGE_OF_SHADER, .code = PVGPU_ERROR_INVALID_RESOURCE_ID,
     .argument = ID_PIXEL_SHADER, COMMAND(SET_SHADER, set_shader, .stage = 0, .id = ID_PIXEL_SHADER)},
    {BAD(SLOTS, "samplers", PVGPU_SET_SAMPLER), SAMPLERS(.first = 16)},
    {BAD(SLOTS, "samplers, overflow", PVGPU_SET_SAMPLER), SAMPLERS(.first = UINT32_MAX)},
    {BAD(SLOTS, "samplers, count", PVGPU_SET_SAMPLER), SAMPLERS(.count = 17)},
    {BAD(ENTRIES_SHORT, "samplers", PVGPU_SET_SAMPLER), SAMPLERS(.count = 16), .size = 88},
    {UNKNOWN("sampler"), SAMPLERS(.ids = {ID_UNKNOWN})},
    {OTHER_KIND("sampler", ID_BLEND), SAMPLERS(.ids = {ID_BLEND})},
    {BAD(SLOTS, "resources", PVGPU_SET_SHADER_RESOURCE), INPUTS(.first = 128)},
    {BAD(SLOTS, "resources, count", PVGPU_SET_SHADER_RESOURCE), INPUTS(.count = 129)},
    {BAD(SLOTS, "resources, both", PVGPU_SET_SHADER_RESOURCE),
     INPUTS(.first = 100, .count = 29)},
    {BAD(ENTRIES_SHORT, "resources", PVGPU_SET_SHADER_RESOURCE), INPUTS(.count = 128),
     .size = 536},
    {UNKNOWN("shader resource"), INPUTS(.views = {ID_UNKNOWN})},
    {OTHER_KIND("shader resource", ID_PICTURE), INPUTS(.views = {ID_PICTURE})},
    {BAD(CONSTANTS_SLOT, NULL, PVGPU_SET_CONSTANT_BUFFER), CONSTANTS(.slot = 14)},
    {UNKNOWN("constants"), CONSTANTS(.id = ID_UNKNOWN)},
    {OTHER_KIND("constants", ID_SAMPLER), CONSTANTS(.id = ID_SAMPLER)},
    {.rule = PVGPU_RULE_BIND_NOT_BUFFER, .detail = "constants", .code = PVGPU_ERROR_INVALID_RESOURCE_ID,
     .argument = ID_PICTURE, CONSTANTS(.id = ID_PICTURE)},
    {BAD(BIND_BUFFER_BIT, "constants", PVGPU_SET_CONSTANT_BUFFER),
     CONSTANTS(.id = ID_VERTICES)},
    {BAD(CONSTANTS_RANGE, "start", PVGPU_SET_CONSTANT_BUFFER),
     CONSTANTS(.first_constant = 8, .constant_count = 16)},
    {BAD(CONSTANTS_RANGE, "length", PVGPU_SET_CONSTANT_BUFFER),
     CONSTANTS(.first_constant = 16, .constant_count = 17)},
    {BAD(CONSTANTS_RANGE, "none", PVGPU_SET_CONSTANT_BUFFER),
     CONSTANTS(.first_constant = 16)},
    {BAD(CONSTANTS_LONG, NULL, PVGPU_SET_CONSTANT_BUFFER),
     CONSTANTS(.first_constant = 16, .constant_count = 4112)},
    {BAD(VERTEX_BUFFERS_TOO_MANY, "17", PVGPU_SET_VERTEX_BUFFER), VERTICES(.count = 17)},
    {BAD(VERTEX_BUFFERS_TOO_MANY, "2^32 - 1", PVGPU_SET_VERTEX_BUFFER),
     VERTICES(.count = UINT32_MAX)},
    {BAD(SLOTS, "vertices", PVGPU_SET_VERTEX_BUFFER), VERTICES(.first = 32)},
    {BAD(SLOTS, "vertices, overflow", PVGPU_SET_VERTEX_BUFFER),
     VERTICES(.first = 0xFFFFFFF8u, .count = 8)},
    {BAD(ENTRIES_SHORT, "vertices", PVGPU_SET_VERTEX_BUFFER), VERTICES(.count = 2),
     .size = 44},
    {UNKNOWN("vertices"), VERTICES(.buffers[0].id = ID_UNKNOWN)},
    {OTHER_KIND("vertices", ID_LAYOUT), VERTICES(.buffers[0].id = ID_LAYOUT)},
    {.rule = PVGPU_RULE_BIND_NOT_BUFFER, .detail = "vertices", .code = PVGPU_ERROR_INVALID_RESOURCE_ID,
     .argument = ID_TARGET, VERTICES(.buffers[0].id = ID_TARGET)},
    {BAD(BIND_BUFFER_BIT, "vertices", PVGPU_SET_VERTEX_BUFFER),
     VERTICES(.buffers[0].id = ID_INDICES)},
    {BAD(VERTEX_STRIDE, NULL, PVGPU_SET_VERTEX_BUFFER), VERTICES(.buffers[0].stride = 2052)},
    {UNKNOWN("indices"), INDICES(.id = ID_UNKNOWN)},
    {.rule = PVGPU_RULE_BIND_NOT_BUFFER, .detail = "indices", .code = PVGPU_ERROR_INVALID_RESOURCE_ID,
     .argument = ID_TARGET, INDICES(.id = ID_TARGET)},
    {BAD(BIND_BUFFER_BIT, "indices", PVGPU_SET_INDEX_BUFFER),
     INDICES(.id = ID_CONSTANTS)},
    {BAD(INDEX_FORMAT, NULL, PVGPU_SET_INDEX_BUFFER), INDICES(.format = 43)},
    {BAD(INDEX_OFFSET, NULL, PVGPU_SET_INDEX_BUFFER),
     INDICES(.format = 42, .offset = 2)},
    {UNKNOWN("layout"), COMMAND(SET_INPUT_LAYOUT, set_input_layout, .id = ID_UNKNOWN)},
    {UNKNOWN("layout in the header"), COMMAND(SET_INPUT_LAYOUT, set_input_layout, .header.id = ID_UNKNOWN),
     .size = 16},
    {OTHER_KIND("layout", ID_VERTEX_SHADER), COMMAND(SET_INPUT_LAYOUT, set_input_layout, .id = ID_VERTEX_SHADER)},
    {BAD(SHADER_STAGE, "unordered", PVGPU_SET_UNORDERED_ACCESS), UNORDERED(.stage = 6)},
    {BAD(UNORDERED_STAGE, "pixel", PVGPU_SET_UNORDERED_ACCESS), UNORDERED(.stage = 1)},
    {BAD(UNORDERED_STAGE, "vertex", PVGPU_SET_UNORDERED_ACCESS), UNORDERED(.stage = 0)},
    {BAD(SLOTS, "unordered", PVGPU_SET_UNORDERED_ACCESS), UNORDERED(.first = 8)},
    {BAD(SLOTS, "unordered, overflow", PVGPU_SET_UNORDERED_ACCESS), UNORDERED(.first = UINT32_MAX, .count = 2)},
    {BAD(ENTRIES_SHORT, "unordered", PVGPU_SET_UNORDERED_ACCESS), UNORDERED(.count = 2), .size = 32},
    {BAD(ENTRIES_SHORT, "unordered counts", PVGPU_SET_UNORDERED_ACCESS), UNORDERED(.count = 2), .size = 64},
    {UNKNOWN("unordered"), UNORDERED(.views = {ID_UNKNOWN})},
    {OTHER_KIND("unordered", ID_TARGET_VIEW), UNORDERED(.views = {ID_TARGET_VIEW})},

    {BAD(DISPATCH_GROUPS, "x", PVGPU_DISPATCH), DISPATCH(.x = 65536)},
    {BAD(DISPATCH_GROUPS, "y", PVGPU_DISPATCH), DISPATCH(.y = UINT32_MAX)},
    {BAD(DISPATCH_GROUPS, "z", PVGPU_DISPATCH), DISPATCH(.z = 0xFFFFFFFEu)},
    {UNKNOWN("indirect"), INDIRECT(.x = ID_UNKNOWN)},
    {NO_ID("indirect"), INDIRECT(.x = 0)},
    {OTHER_KIND("indirect", ID_STORAGE_VIEW), INDIRECT(.x = ID_STORAGE_VIEW)},
    {BAD(DISPATCH_NOT_ARGUMENTS, "buffer", PVGPU_DISPATCH), INDIRECT(.x = ID_VERTICES)},
    {BAD(DISPATCH_NOT_ARGUMENTS, "texture", PVGPU_DISPATCH), INDIRECT(.x = ID_TARGET)},
    {BAD(DISPATCH_OFFSET, "alignment", PVGPU_DISPATCH), INDIRECT(.y = 2)},
    {BAD(DISPATCH_OFFSET, "end", PVGPU_DISPATCH), INDIRECT(.y = 1016)},
    {BAD(DISPATCH_OFFSET, "overflow", PVGPU_DISPATCH), INDIRECT(.y = 0xFFFFFFFCu)},
    {UNKNOWN("clear"), COMMAND(CLEAR_RENDER_TARGET, clear_render_target, .view = ID_UNKNOWN)},
    {OTHER_KIND("clear", ID_DEPTH_VIEW), COMMAND(CLEAR_RENDER_TARGET, clear_render_target, .view = ID_DEPTH_VIEW)},
    {NO_ID("clear"), COMMAND(CLEAR_RENDER_TARGET, clear_render_target, .view = 0)},
    {UNKNOWN("clear of depth"), COMMAND(CLEAR_DEPTH_STENCIL, clear_depth_stencil, .view = ID_UNKNOWN, .flags = 9)},
    {OTHER_KIND("clear of depth", ID_TARGET_VIEW),
     COMMAND(CLEAR_DEPTH_STENCIL, clear_depth_stencil, .view = ID_TARGET_VIEW, .flags = 1)},
    {BAD(CLEAR_DEPTH, "flag", ID_DEPTH_VIEW),
     COMMAND(CLEAR_DEPTH_STENCIL, clear_depth_stencil, .view = ID_DEPTH_VIEW, .flags = 4)},
    {BAD(CLEAR_DEPTH, "depth", ID_DEPTH_VIEW),
     COMMAND(CLEAR_DEPTH_STENCIL, clear_depth_stencil, .view = ID_DEPTH_VIEW, .flags = 1, .depth = NAN)},
    {UNKNOWN("present"), COMMAND(PRESENT, present, .id = ID_UNKNOWN, .sync_interval = 9)},
    {OTHER_KIND("present", ID_SAMPLER), COMMAND(PRESENT, present, .id = ID_SAMPLER)},
    {OTHER_KIND("present of an input view", ID_PICTURE_VIEW), COMMAND(PRESENT, present, .id = ID_PICTURE_VIEW)},
    {.rule = PVGPU_RULE_PRESENT_NOT_2D, .code = PVGPU_ERROR_INVALID_RESOURCE_ID, .argument = ID_VOLUME,
     COMMAND(PRESENT, present, .id = ID_VOLUME)},
    {.rule = PVGPU_RULE_PRESENT_NOTHING, .code = PVGPU_ERROR_INVALID_RESOURCE_ID, .argument = 0,
     .before = unbind_targets, COMMAND(PRESENT, present, .id = 0)},
    {BAD(PRESENT_INTERVAL, NULL, PVGPU_PRESENT),
     COMMAND(PRESENT, present, .id = ID_TARGET, .sync_interval = 5)},
    {BAD(PRESENT_SAMPLES, "texture", PVGPU_PRESENT),
     COMMAND(PRESENT, present, .id = ID_SAMPLES)},
    {BAD(PRESENT_SAMPLES, "view", PVGPU_PRESENT),
     COMMAND(PRESENT, present, .id = ID_SAMPLES_VIEW)},
    {BAD(PRESENT_FORMAT, "depth", PVGPU_PRESENT), COMMAND(PRESENT, present, .id = ID_DEPTH32)},
    {BAD(PRESENT_FORMAT, "blocks", PVGPU_PRESENT), COMMAND(PRESENT, present, .id = ID_BLOCKS)},
    {BAD(WAIT_UNKNOWN, NULL, PVGPU_WAIT_FENCE),
     COMMAND(WAIT_FENCE, wait_fence, .value = UINT64_MAX)},
    {BAD(RESIZE_SWAPCHAIN, NULL, PVGPU_RESIZE_BUFFERS), RESIZE(.swapchain = 1)},
    {BAD(RESIZE_EXTENT, "0", PVGPU_RESIZE_BUFFERS), RESIZE(.width = 0)},
    {BAD(RESIZE_EXTENT, "wide", PVGPU_RESIZE_BUFFERS), RESIZE(.width = 16385)},
    {BAD(RESIZE_EXTENT, "no height", PVGPU_RESIZE_BUFFERS), RESIZE(.height = 0)},
    {BAD(RESIZE_EXTENT, "high", PVGPU_RESIZE_BUFFERS), RESIZE(.height = UINT32_MAX)},
    {BAD(RESIZE_FORMAT, "depth", PVGPU_RESIZE_BUFFERS), RESIZE(.format = 45)},
    {BAD(RESIZE_FORMAT, "unknown", PVGPU_RESIZE_BUFFERS), RESIZE(.format = 4711)},
    {BAD(RESIZE_COUNT, NULL, PVGPU_RESIZE_BUFFERS), RESIZE(.buffer_count = 17)},
};
/* clang-format on */

struct lies lies_about_commands(void)
{
    return (struct lies){rows, sizeof(rows) / sizeof(rows[0])};
}
