/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <string.h>

#include "pvgpu/guest.h"

static size_t round_up(size_t bytes)
{
    return (bytes + PVGPU_COMMAND_ALIGNMENT - 1) & ~(size_t)(PVGPU_COMMAND_ALIGNMENT - 1);
}

static bool reserve(struct pvgpu_encoder *encoder, size_t bytes)
{
    if (encoder->failed) {
        return false;
    }
    if (encoder->capacity - encoder->used >= bytes) {
        return true;
    }
    if (encoder->make_room && encoder->make_room(encoder, bytes) && encoder->capacity - encoder->used >= bytes) {
        return true;
    }
    encoder->failed = true;
    return false;
}

void pvgpu_encoder_init(struct pvgpu_encoder *encoder, void *data, size_t capacity)
{
    *encoder = (struct pvgpu_encoder){.data = data, .capacity = capacity};
}

bool pvgpu_encode_raw(struct pvgpu_encoder *encoder, const void *bytes, size_t size)
{
    if (!reserve(encoder, size)) {
        return false;
    }
    if (size > 0) {
        memcpy(encoder->data + encoder->used, bytes, size);
    }
    encoder->used += size;
    return true;
}

/* `payload` is what follows the header. */
static bool append(struct pvgpu_encoder *encoder, struct pvgpu_command_header header, const void *payload,
                   size_t used_bytes, size_t full_bytes)
{
    size_t bytes = encoder->options & PVGPU_ENCODE_FULL_ARRAYS ? full_bytes : used_bytes;
    size_t rounded = round_up(bytes);
    if (!reserve(encoder, rounded)) {
        return false;
    }
    header.size = (uint32_t)(encoder->options & PVGPU_ENCODE_EXACT_SIZE ? bytes : rounded);

    uint8_t *to = encoder->data + encoder->used;
    memcpy(to, &header, sizeof header);
    memcpy(to + sizeof header, payload, bytes - sizeof header);
    memset(to + bytes, 0, rounded - bytes);
    encoder->used += rounded;
    encoder->commands++;
    encoder->draws += header.opcode >= PVGPU_DRAW && header.opcode <= PVGPU_DRAW_INDEXED_INSTANCED;
    return true;
}

bool pvgpu_encode_command(struct pvgpu_encoder *encoder, const void *command, size_t used_bytes, size_t full_bytes)
{
    struct pvgpu_command_header header;
    memcpy(&header, command, sizeof header);
    return append(encoder, header, (const uint8_t *)command + sizeof header, used_bytes, full_bytes);
}

/* A command without a tail array: sent whole. */
#define SEND(encoder, command) pvgpu_encode_command(encoder, &(command), sizeof(command), sizeof(command))

/* A command that ends in an array of which `count` entries are used. */
#define SEND_ARRAY(encoder, command, array, count) \
    pvgpu_encode_command(encoder, &(command), \
                         offsetof(__typeof__(command), array) + \
                             entries_bytes((count), sizeof((command).array), sizeof((command).array[0])), \
                         sizeof(command))

/* A wire structure of the caller with our header. */
#define SEND_COPY(encoder, desc, code, object) \
    append((encoder), header_of((code), (object)), &(desc)->header + 1, sizeof *(desc), sizeof *(desc))

static size_t entries_bytes(uint32_t count, size_t array_bytes, size_t entry_bytes)
{
    size_t capacity = array_bytes / entry_bytes;
    return (count < capacity ? count : capacity) * entry_bytes;
}

static void copy_entries(void *to, const void *from, uint32_t count, size_t array_bytes, size_t entry_bytes)
{
    size_t bytes = entries_bytes(count, array_bytes, entry_bytes);
    if (bytes > 0) {
        memcpy(to, from, bytes);
    }
}

#define COPY_ENTRIES(array, from, count) copy_entries((array), (from), (count), sizeof(array), sizeof((array)[0]))

static struct pvgpu_command_header header_of(enum pvgpu_opcode opcode, uint32_t id)
{
    return (struct pvgpu_command_header){.opcode = (uint32_t)opcode, .id = id};
}

static bool bare(struct pvgpu_encoder *encoder, enum pvgpu_opcode opcode, uint32_t id)
{
    struct pvgpu_command_header header = header_of(opcode, id);
    return SEND(encoder, header);
}

/* ---- Objects ---- */

bool pvgpu_encode_create_resource(struct pvgpu_encoder *encoder, uint32_t id,
                                  const struct pvgpu_cmd_create_resource *desc)
{
    return SEND_COPY(encoder, desc, PVGPU_CREATE_RESOURCE, id);
}

bool pvgpu_encode_destroy_resource(struct pvgpu_encoder *encoder, uint32_t id)
{
    return bare(encoder, PVGPU_DESTROY_RESOURCE, id);
}

bool pvgpu_encode_map_resource(struct pvgpu_encoder *encoder, uint32_t id, uint32_t subresource,
                               enum pvgpu_map_mode mode, uint32_t heap_offset)
{
    struct pvgpu_cmd_map_resource command = {
        .header = header_of(PVGPU_MAP_RESOURCE, 0),
        .id = id,
        .subresource = subresource,
        .mode = (uint32_t)mode,
        .heap_offset = heap_offset,
    };
    return SEND(encoder, command);
}

bool pvgpu_encode_unmap_resource(struct pvgpu_encoder *encoder, uint32_t id, uint32_t subresource, uint32_t heap_offset,
                                 uint32_t data_bytes)
{
    struct pvgpu_cmd_unmap_resource command = {
        .header = header_of(PVGPU_UNMAP_RESOURCE, 0),
        .id = id,
        .subresource = subresource,
        .heap_offset = heap_offset,
        .data_bytes = data_bytes,
    };
    return SEND(encoder, command);
}

bool pvgpu_encode_update_resource(struct pvgpu_encoder *encoder, const struct pvgpu_cmd_update_resource *desc)
{
    return SEND_COPY(encoder, desc, PVGPU_UPDATE_RESOURCE, 0);
}

bool pvgpu_encode_copy_resource(struct pvgpu_encoder *encoder, uint32_t destination, uint32_t source)
{
    struct pvgpu_cmd_copy_resource command = {
        .header = header_of(PVGPU_COPY_RESOURCE, 0),
        .destination = destination,
        .source = source,
    };
    return SEND(encoder, command);
}

bool pvgpu_encode_copy_region(struct pvgpu_encoder *encoder, const struct pvgpu_cmd_copy_region *desc)
{
    return SEND_COPY(encoder, desc, PVGPU_COPY_RESOURCE, 0);
}

bool pvgpu_encode_open_resource(struct pvgpu_encoder *encoder, uint32_t id, const struct pvgpu_cmd_open_resource *desc)
{
    return SEND_COPY(encoder, desc, PVGPU_OPEN_RESOURCE, id);
}

bool pvgpu_encode_create_blend_state(struct pvgpu_encoder *encoder, const struct pvgpu_cmd_create_blend_state *desc)
{
    return SEND_COPY(encoder, desc, PVGPU_CREATE_BLEND_STATE, 0);
}

bool pvgpu_encode_destroy_blend_state(struct pvgpu_encoder *encoder, uint32_t id)
{
    return bare(encoder, PVGPU_DESTROY_BLEND_STATE, id);
}

bool pvgpu_encode_create_rasterizer_state(struct pvgpu_encoder *encoder,
                                          const struct pvgpu_cmd_create_rasterizer_state *desc)
{
    return SEND_COPY(encoder, desc, PVGPU_CREATE_RASTERIZER_STATE, 0);
}

bool pvgpu_encode_destroy_rasterizer_state(struct pvgpu_encoder *encoder, uint32_t id)
{
    return bare(encoder, PVGPU_DESTROY_RASTERIZER_STATE, id);
}

bool pvgpu_encode_create_depth_stencil_state(struct pvgpu_encoder *encoder,
                                             const struct pvgpu_cmd_create_depth_stencil_state *desc)
{
    return SEND_COPY(encoder, desc, PVGPU_CREATE_DEPTH_STENCIL_STATE, 0);
}

bool pvgpu_encode_destroy_depth_stencil_state(struct pvgpu_encoder *encoder, uint32_t id)
{
    return bare(encoder, PVGPU_DESTROY_DEPTH_STENCIL_STATE, id);
}

bool pvgpu_encode_create_sampler(struct pvgpu_encoder *encoder, const struct pvgpu_cmd_create_sampler *desc)
{
    return SEND_COPY(encoder, desc, PVGPU_CREATE_SAMPLER, 0);
}

bool pvgpu_encode_destroy_sampler(struct pvgpu_encoder *encoder, uint32_t id)
{
    return bare(encoder, PVGPU_DESTROY_SAMPLER, id);
}

bool pvgpu_encode_create_input_layout(struct pvgpu_encoder *encoder, uint32_t id, uint32_t count,
                                      const struct pvgpu_input_element *elements)
{
    struct pvgpu_cmd_create_input_layout command = {
        .header = header_of(PVGPU_CREATE_INPUT_LAYOUT, 0),
        .id = id,
        .count = count,
    };
    COPY_ENTRIES(command.elements, elements, count);
    return SEND_ARRAY(encoder, command, elements, count);
}

bool pvgpu_encode_destroy_input_layout(struct pvgpu_encoder *encoder, uint32_t id)
{
    return bare(encoder, PVGPU_DESTROY_INPUT_LAYOUT, id);
}

bool pvgpu_encode_create_render_target_view(struct pvgpu_encoder *encoder,
                                            const struct pvgpu_cmd_create_render_target_view *desc)
{
    return SEND_COPY(encoder, desc, PVGPU_CREATE_RENDER_TARGET_VIEW, 0);
}

bool pvgpu_encode_destroy_render_target_view(struct pvgpu_encoder *encoder, uint32_t id)
{
    return bare(encoder, PVGPU_DESTROY_RENDER_TARGET_VIEW, id);
}

bool pvgpu_encode_create_depth_stencil_view(struct pvgpu_encoder *encoder,
                                            const struct pvgpu_cmd_create_depth_stencil_view *desc)
{
    return SEND_COPY(encoder, desc, PVGPU_CREATE_DEPTH_STENCIL_VIEW, 0);
}

bool pvgpu_encode_destroy_depth_stencil_view(struct pvgpu_encoder *encoder, uint32_t id)
{
    return bare(encoder, PVGPU_DESTROY_DEPTH_STENCIL_VIEW, id);
}

bool pvgpu_encode_create_shader_resource_view(struct pvgpu_encoder *encoder,
                                              const struct pvgpu_cmd_create_shader_resource_view *desc)
{
    return SEND_COPY(encoder, desc, PVGPU_CREATE_SHADER_RESOURCE_VIEW, 0);
}

bool pvgpu_encode_destroy_shader_resource_view(struct pvgpu_encoder *encoder, uint32_t id)
{
    return bare(encoder, PVGPU_DESTROY_SHADER_RESOURCE_VIEW, id);
}

bool pvgpu_encode_create_unordered_access_view(struct pvgpu_encoder *encoder,
                                               const struct pvgpu_cmd_create_unordered_access_view *desc)
{
    return SEND_COPY(encoder, desc, PVGPU_CREATE_UNORDERED_ACCESS_VIEW, 0);
}

bool pvgpu_encode_destroy_unordered_access_view(struct pvgpu_encoder *encoder, uint32_t id)
{
    return bare(encoder, PVGPU_DESTROY_UNORDERED_ACCESS_VIEW, id);
}

bool pvgpu_encode_create_shader(struct pvgpu_encoder *encoder, uint32_t id, enum pvgpu_stage stage,
                                uint32_t data_offset, uint32_t data_bytes)
{
    struct pvgpu_cmd_create_shader command = {
        .header = header_of(PVGPU_CREATE_SHADER, 0),
        .id = id,
        .stage = (uint32_t)stage,
        .data_bytes = data_bytes,
        .data_offset = data_offset,
    };
    return SEND(encoder, command);
}

bool pvgpu_encode_destroy_shader(struct pvgpu_encoder *encoder, uint32_t id)
{
    struct pvgpu_cmd_destroy command = {.header = header_of(PVGPU_DESTROY_SHADER, 0), .id = id};
    return SEND(encoder, command);
}

/* ---- State ---- */

bool pvgpu_encode_set_render_target(struct pvgpu_encoder *encoder, uint32_t count, const uint32_t *views,
                                    uint32_t depth_stencil_view)
{
    struct pvgpu_cmd_set_render_target command = {
        .header = header_of(PVGPU_SET_RENDER_TARGET, 0),
        .count = count,
        .depth_stencil_view = depth_stencil_view,
    };
    COPY_ENTRIES(command.views, views, count);
    return SEND_ARRAY(encoder, command, views, count);
}

bool pvgpu_encode_set_viewport(struct pvgpu_encoder *encoder, uint32_t count, const struct pvgpu_viewport *viewports)
{
    struct pvgpu_cmd_set_viewport command = {.header = header_of(PVGPU_SET_VIEWPORT, 0), .count = count};
    COPY_ENTRIES(command.viewports, viewports, count);
    return SEND_ARRAY(encoder, command, viewports, count);
}

bool pvgpu_encode_set_scissor(struct pvgpu_encoder *encoder, uint32_t count, const struct pvgpu_rect *rects)
{
    struct pvgpu_cmd_set_scissor command = {.header = header_of(PVGPU_SET_SCISSOR, 0), .count = count};
    COPY_ENTRIES(command.rects, rects, count);
    return SEND_ARRAY(encoder, command, rects, count);
}

bool pvgpu_encode_set_blend_state(struct pvgpu_encoder *encoder, uint32_t id, const float *factor, uint32_t sample_mask)
{
    struct pvgpu_cmd_set_blend_state command = {
        .header = header_of(PVGPU_SET_BLEND_STATE, 0),
        .id = id,
        .factor = {1.0f, 1.0f, 1.0f, 1.0f},
        .sample_mask = sample_mask,
    };
    if (factor) {
        memcpy(command.factor, factor, sizeof command.factor);
    }
    return SEND(encoder, command);
}

bool pvgpu_encode_set_rasterizer_state(struct pvgpu_encoder *encoder, uint32_t id)
{
    struct pvgpu_cmd_set_rasterizer_state command = {.header = header_of(PVGPU_SET_RASTERIZER_STATE, 0), .id = id};
    return SEND(encoder, command);
}

bool pvgpu_encode_set_depth_stencil(struct pvgpu_encoder *encoder, uint32_t id, uint32_t stencil_ref)
{
    struct pvgpu_cmd_set_depth_stencil command = {
        .header = header_of(PVGPU_SET_DEPTH_STENCIL, 0),
        .id = id,
        .stencil_ref = stencil_ref,
    };
    return SEND(encoder, command);
}

bool pvgpu_encode_set_shader(struct pvgpu_encoder *encoder, enum pvgpu_stage stage, uint32_t id)
{
    struct pvgpu_cmd_set_shader command = {
        .header = header_of(PVGPU_SET_SHADER, 0),
        .stage = (uint32_t)stage,
        .id = id,
    };
    return SEND(encoder, command);
}

bool pvgpu_encode_set_sampler(struct pvgpu_encoder *encoder, enum pvgpu_stage stage, uint32_t first, uint32_t count,
                              const uint32_t *ids)
{
    struct pvgpu_cmd_set_sampler command = {
        .header = header_of(PVGPU_SET_SAMPLER, 0),
        .stage = (uint32_t)stage,
        .first = first,
        .count = count,
    };
    COPY_ENTRIES(command.ids, ids, count);
    return SEND_ARRAY(encoder, command, ids, count);
}

bool pvgpu_encode_set_constant_buffer(struct pvgpu_encoder *encoder, enum pvgpu_stage stage, uint32_t slot, uint32_t id,
                                      uint32_t first_constant, uint32_t constant_count)
{
    struct pvgpu_cmd_set_constant_buffer command = {
        .header = header_of(PVGPU_SET_CONSTANT_BUFFER, 0),
        .stage = (uint32_t)stage,
        .slot = slot,
        .id = id,
        .first_constant = first_constant,
        .constant_count = constant_count,
    };
    return SEND(encoder, command);
}

bool pvgpu_encode_set_vertex_buffer(struct pvgpu_encoder *encoder, uint32_t first, uint32_t count,
                                    const struct pvgpu_vertex_buffer *buffers)
{
    struct pvgpu_cmd_set_vertex_buffer command = {
        .header = header_of(PVGPU_SET_VERTEX_BUFFER, 0),
        .first = first,
        .count = count,
    };
    COPY_ENTRIES(command.buffers, buffers, count);
    return SEND_ARRAY(encoder, command, buffers, count);
}

bool pvgpu_encode_set_index_buffer(struct pvgpu_encoder *encoder, uint32_t id, uint32_t format, uint32_t offset)
{
    struct pvgpu_cmd_set_index_buffer command = {
        .header = header_of(PVGPU_SET_INDEX_BUFFER, 0),
        .id = id,
        .format = format,
        .offset = offset,
    };
    return SEND(encoder, command);
}

bool pvgpu_encode_set_input_layout(struct pvgpu_encoder *encoder, uint32_t id)
{
    struct pvgpu_cmd_set_input_layout command = {.header = header_of(PVGPU_SET_INPUT_LAYOUT, 0), .id = id};
    return SEND(encoder, command);
}

bool pvgpu_encode_set_primitive_topology(struct pvgpu_encoder *encoder, uint32_t topology)
{
    struct pvgpu_cmd_set_primitive_topology command = {
        .header = header_of(PVGPU_SET_PRIMITIVE_TOPOLOGY, 0),
        .topology = topology,
    };
    return SEND(encoder, command);
}

bool pvgpu_encode_set_shader_resource(struct pvgpu_encoder *encoder, enum pvgpu_stage stage, uint32_t first,
                                      uint32_t count, const uint32_t *views)
{
    struct pvgpu_cmd_set_shader_resource command = {
        .header = header_of(PVGPU_SET_SHADER_RESOURCE, 0),
        .stage = (uint32_t)stage,
        .first = first,
        .count = count,
    };
    COPY_ENTRIES(command.views, views, count);
    return SEND_ARRAY(encoder, command, views, count);
}

bool pvgpu_encode_set_unordered_access(struct pvgpu_encoder *encoder, enum pvgpu_stage stage, uint32_t first,
                                       uint32_t count, const uint32_t *views, const uint32_t *initial_counts)
{
    struct pvgpu_cmd_set_unordered_access command = {
        .header = header_of(PVGPU_SET_UNORDERED_ACCESS, 0),
        .stage = (uint32_t)stage,
        .first = first,
        .count = count,
    };
    COPY_ENTRIES(command.views, views, count);
    if (initial_counts) {
        COPY_ENTRIES(command.initial_counts, initial_counts, count);
    } else {
        memset(command.initial_counts, 0xFF, entries_bytes(count, sizeof command.initial_counts, sizeof(uint32_t)));
    }
    return SEND(encoder, command);
}

/* ---- Draw, dispatch, clear ---- */

bool pvgpu_encode_draw(struct pvgpu_encoder *encoder, uint32_t vertex_count, uint32_t first_vertex)
{
    struct pvgpu_cmd_draw command = {
        .header = header_of(PVGPU_DRAW, 0),
        .vertex_count = vertex_count,
        .first_vertex = first_vertex,
    };
    return SEND(encoder, command);
}

bool pvgpu_encode_draw_indexed(struct pvgpu_encoder *encoder, uint32_t index_count, uint32_t first_index,
                               int32_t base_vertex)
{
    struct pvgpu_cmd_draw_indexed command = {
        .header = header_of(PVGPU_DRAW_INDEXED, 0),
        .index_count = index_count,
        .first_index = first_index,
        .base_vertex = base_vertex,
    };
    return SEND(encoder, command);
}

bool pvgpu_encode_draw_instanced(struct pvgpu_encoder *encoder, uint32_t vertex_count, uint32_t instance_count,
                                 uint32_t first_vertex, uint32_t first_instance)
{
    struct pvgpu_cmd_draw_instanced command = {
        .header = header_of(PVGPU_DRAW_INSTANCED, 0),
        .vertex_count = vertex_count,
        .instance_count = instance_count,
        .first_vertex = first_vertex,
        .first_instance = first_instance,
    };
    return SEND(encoder, command);
}

bool pvgpu_encode_draw_indexed_instanced(struct pvgpu_encoder *encoder, uint32_t index_count, uint32_t instance_count,
                                         uint32_t first_index, int32_t base_vertex, uint32_t first_instance)
{
    struct pvgpu_cmd_draw_indexed_instanced command = {
        .header = header_of(PVGPU_DRAW_INDEXED_INSTANCED, 0),
        .index_count = index_count,
        .instance_count = instance_count,
        .first_index = first_index,
        .base_vertex = base_vertex,
        .first_instance = first_instance,
    };
    return SEND(encoder, command);
}

bool pvgpu_encode_dispatch(struct pvgpu_encoder *encoder, uint32_t x, uint32_t y, uint32_t z)
{
    struct pvgpu_cmd_dispatch command = {.header = header_of(PVGPU_DISPATCH, 0), .x = x, .y = y, .z = z};
    return SEND(encoder, command);
}

bool pvgpu_encode_clear_render_target(struct pvgpu_encoder *encoder, uint32_t view, const float color[4])
{
    struct pvgpu_cmd_clear_render_target command = {.header = header_of(PVGPU_CLEAR_RENDER_TARGET, 0), .view = view};
    memcpy(command.color, color, sizeof command.color);
    return SEND(encoder, command);
}

bool pvgpu_encode_clear_depth_stencil(struct pvgpu_encoder *encoder, uint32_t view, uint32_t flags, float depth,
                                      uint8_t stencil)
{
    struct pvgpu_cmd_clear_depth_stencil command = {
        .header = header_of(PVGPU_CLEAR_DEPTH_STENCIL, 0),
        .view = view,
        .flags = flags,
        .depth = depth,
        .stencil = stencil,
    };
    return SEND(encoder, command);
}

/* ---- Synchronisation and presentation ---- */

bool pvgpu_encode_fence(struct pvgpu_encoder *encoder, uint64_t value)
{
    struct pvgpu_cmd_fence command = {.header = header_of(PVGPU_FENCE, 0), .value = value};
    return SEND(encoder, command);
}

bool pvgpu_encode_present(struct pvgpu_encoder *encoder, uint32_t id, uint32_t sync_interval)
{
    struct pvgpu_cmd_present command = {
        .header = header_of(PVGPU_PRESENT, 0),
        .id = id,
        .sync_interval = sync_interval,
    };
    return SEND(encoder, command);
}

bool pvgpu_encode_flush(struct pvgpu_encoder *encoder)
{
    return bare(encoder, PVGPU_FLUSH, 0);
}

bool pvgpu_encode_wait_fence(struct pvgpu_encoder *encoder, uint64_t value)
{
    if (value == 0) {
        return bare(encoder, PVGPU_WAIT_FENCE, 0);
    }
    struct pvgpu_cmd_wait_fence command = {.header = header_of(PVGPU_WAIT_FENCE, 0), .value = value};
    return SEND(encoder, command);
}

bool pvgpu_encode_resize_buffers(struct pvgpu_encoder *encoder, const struct pvgpu_cmd_resize_buffers *desc)
{
    return SEND_COPY(encoder, desc, PVGPU_RESIZE_BUFFERS, 0);
}
