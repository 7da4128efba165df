/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * SET_* commands, but those that bind views (handle_views.c): they write the shadow state and mark what became dirty. An
 * id that is unknown or of another kind is reported, its slot is bound to nothing (or to the default), and the rest of
 * the command takes effect (decision D12).
 */
#include "render/bind.h"
#include "wire/format.h"
#include "wire/validate.h"

#include <math.h>
#include <string.h>

bool pvgpu_bind_covers(struct pvgpu_context *context, size_t offset, uint32_t count, size_t entry_bytes)
{
    if (context->current_size >= offset + count * entry_bytes)
        return true;
    pvgpu_context_refuse(context, PVGPU_RULE_ENTRIES_SHORT);
    return false;
}

bool pvgpu_bind_is_valid_stage(struct pvgpu_context *context, uint32_t stage)
{
    if (stage < PVGPU_STAGE_COUNT)
        return true;
    pvgpu_context_refuse(context, PVGPU_RULE_SHADER_STAGE);
    return false;
}

bool pvgpu_bind_is_valid_slots(struct pvgpu_context *context, uint32_t first, uint32_t count, uint32_t total)
{
    if (count <= total && first <= total - count)
        return true;
    pvgpu_context_refuse(context, PVGPU_RULE_SLOTS);
    return false;
}

struct pvgpu_object *pvgpu_bind_object(struct pvgpu_context *context, uint32_t id, enum pvgpu_object_type type)
{
    return id ? pvgpu_context_find_type(context, id, type) : NULL;
}

/* A buffer with a bind bit; NULL for 0 and after a fault. */
static struct pvgpu_resource *bound_buffer(struct pvgpu_context *context, uint32_t id, uint32_t bind)
{
    struct pvgpu_object *object = pvgpu_bind_object(context, id, PVGPU_OBJECT_RESOURCE);
    if (!object)
        return NULL;
    struct pvgpu_resource *resource = pvgpu_resource_from(object);
    if (resource->kind != PVGPU_KIND_BUFFER) {
        pvgpu_context_fault(context, PVGPU_RULE_BIND_NOT_BUFFER, id);
        return NULL;
    }
    if (!(resource->bind & bind)) {
        pvgpu_context_refuse(context, PVGPU_RULE_BIND_BUFFER_BIT);
        return NULL;
    }
    return resource;
}

/* ---- Fixed functions --------------------------------------------------------------------------------------------- */

void pvgpu_handle_set_viewport(struct pvgpu_context *context, const struct pvgpu_cmd_set_viewport *command)
{
    if (command->count > PVGPU_MAX_VIEWPORTS) {
        pvgpu_context_refuse(context, PVGPU_RULE_VIEWPORTS_TOO_MANY);
        return;
    }
    if (!pvgpu_bind_covers(context, offsetof(struct pvgpu_cmd_set_viewport, viewports), command->count,
                           sizeof(command->viewports[0])))
        return;
    for (uint32_t i = 0; i < command->count; i++) {
        enum pvgpu_rule rule = pvgpu_validate_viewport(&command->viewports[i]);
        if (rule) {
            pvgpu_context_refuse(context, rule);
            return;
        }
    }
    context->state.viewport_count = command->count;
    memcpy(context->state.viewports, command->viewports, command->count * sizeof(command->viewports[0]));
    context->state.dirty |= PVGPU_DIRTY_VIEWPORTS;
}

void pvgpu_handle_set_scissor(struct pvgpu_context *context, const struct pvgpu_cmd_set_scissor *command)
{
    if (command->count > PVGPU_MAX_VIEWPORTS) {
        pvgpu_context_refuse(context, PVGPU_RULE_SCISSORS_TOO_MANY);
        return;
    }
    if (!pvgpu_bind_covers(context, offsetof(struct pvgpu_cmd_set_scissor, rects), command->count,
                           sizeof(command->rects[0])))
        return;
    context->state.scissor_count = command->count;
    memcpy(context->state.scissors, command->rects, command->count * sizeof(command->rects[0]));
    context->state.dirty |= PVGPU_DIRTY_SCISSORS;
}

void pvgpu_handle_set_blend_state(struct pvgpu_context *context, const struct pvgpu_cmd_set_blend_state *command)
{
    struct pvgpu_state *state = &context->state;
    for (int i = 0; i < 4; i++) {
        if (isnan(command->factor[i])) {
            pvgpu_context_refuse(context, PVGPU_RULE_BLEND_CONSTANT);
            return;
        }
    }
    pvgpu_context_bind(context, &state->blend, pvgpu_bind_object(context, command->id, PVGPU_OBJECT_BLEND_STATE));
    memcpy(state->blend_factor, command->factor, sizeof(state->blend_factor));
    state->sample_mask = command->sample_mask;
    state->dirty |= PVGPU_DIRTY_BLEND;
}

void pvgpu_handle_set_rasterizer_state(struct pvgpu_context *context,
                                       const struct pvgpu_cmd_set_rasterizer_state *command)
{
    if (pvgpu_context_bind(context, &context->state.rasterizer,
                           pvgpu_bind_object(context, command->id, PVGPU_OBJECT_RASTERIZER_STATE)))
        context->state.dirty |= PVGPU_DIRTY_RASTERIZER;
}

void pvgpu_handle_set_depth_stencil(struct pvgpu_context *context, const struct pvgpu_cmd_set_depth_stencil *command)
{
    struct pvgpu_state *state = &context->state;
    pvgpu_context_bind(context, &state->depth_stencil,
                       pvgpu_bind_object(context, command->id, PVGPU_OBJECT_DEPTH_STENCIL_STATE));
    state->stencil_ref = command->stencil_ref;
    state->dirty |= PVGPU_DIRTY_DEPTH_STENCIL;
}

void pvgpu_handle_set_primitive_topology(struct pvgpu_context *context,
                                         const struct pvgpu_cmd_set_primitive_topology *command)
{
    if (!pvgpu_is_valid_topology(command->topology)) {
        pvgpu_context_refuse(context, PVGPU_RULE_TOPOLOGY);
        return;
    }
    if (context->state.topology == command->topology)
        return;
    context->state.topology = command->topology;
    context->pipeline_stale = true;
    context->state.dirty |= PVGPU_DIRTY_TOPOLOGY;
}

/* ---- Shaders and what they read ---------------------------------------------------------------------------------- */

void pvgpu_handle_set_shader(struct pvgpu_context *context, const struct pvgpu_cmd_set_shader *command)
{
    if (!pvgpu_bind_is_valid_stage(context, command->stage))
        return;
    struct pvgpu_object *object = pvgpu_bind_object(context, command->id, PVGPU_OBJECT_SHADER);
    if (object && pvgpu_shader_from(object)->stage != command->stage) {
        pvgpu_context_fault(context, PVGPU_RULE_STAGE_OF_SHADER, command->id);
        return;
    }
    struct pvgpu_stage_state *stage = &context->state.stages[command->stage];
    if (!pvgpu_context_bind(context, &stage->shader, object))
        return;
    if (stage->shader && !stage->shader->used) {
        stage->shader->used = true;
        pvgpu_timeline_uses_shader(context->timeline, stage->shader->bytecode_bytes);
    }
    stage->dirty_shader = true;
    context->pipeline_stale = true;
    context->state.dirty |= PVGPU_DIRTY_STAGE(command->stage);
    if (command->stage == PVGPU_STAGE_VERTEX)
        context->layout_stale = true;
}

void pvgpu_handle_set_sampler(struct pvgpu_context *context, const struct pvgpu_cmd_set_sampler *command)
{
    if (!pvgpu_bind_is_valid_stage(context, command->stage) ||
        !pvgpu_bind_is_valid_slots(context, command->first, command->count, PVGPU_MAX_SAMPLERS) ||
        !pvgpu_bind_covers(context, offsetof(struct pvgpu_cmd_set_sampler, ids), command->count, sizeof(uint32_t)))
        return;
    struct pvgpu_stage_state *stage = &context->state.stages[command->stage];
    for (uint32_t i = 0; i < command->count; i++) {
        uint32_t slot = command->first + i;
        if (!pvgpu_context_bind(context, &stage->samplers[slot],
                                pvgpu_bind_object(context, command->ids[i], PVGPU_OBJECT_SAMPLER)))
            continue;
        stage->dirty_samplers |= (uint16_t)(1u << slot);
        context->state.dirty |= PVGPU_DIRTY_STAGE(command->stage);
    }
}

/* Direct3D 11.1's rules for binding a part of a constant buffer. */
static enum pvgpu_rule validate_constants(const struct pvgpu_cmd_set_constant_buffer *command, uint32_t total)
{
    if (command->first_constant == 0 && (command->constant_count == 0 || command->constant_count >= total))
        return PVGPU_RULE_NONE; /* the whole buffer */
    if (command->first_constant % 16 || command->constant_count % 16 || command->constant_count == 0)
        return PVGPU_RULE_CONSTANTS_RANGE;
    if (command->constant_count > 4096)
        return PVGPU_RULE_CONSTANTS_LONG;
    return PVGPU_RULE_NONE;
}

void pvgpu_handle_set_constant_buffer(struct pvgpu_context *context,
                                      const struct pvgpu_cmd_set_constant_buffer *command)
{
    if (!pvgpu_bind_is_valid_stage(context, command->stage))
        return;
    if (command->slot >= PVGPU_MAX_CONSTANT_BUFFERS) {
        pvgpu_context_refuse(context, PVGPU_RULE_CONSTANTS_SLOT);
        return;
    }
    struct pvgpu_bound_constants range = {
        .buffer = bound_buffer(context, command->id, PVGPU_BIND_CONSTANT_BUFFER),
    };
    if (range.buffer) {
        uint32_t total = range.buffer->width / 16;
        enum pvgpu_rule rule = validate_constants(command, total);
        if (rule) {
            pvgpu_context_refuse(context, rule);
            range.buffer = NULL;
        } else if (command->first_constant >= total) {
            range.buffer = NULL; /* beyond the end shaders read 0, as without a buffer */
        } else if (command->first_constant || (command->constant_count && command->constant_count < total)) {
            uint32_t left = total - command->first_constant;
            range.first = command->first_constant;
            range.count = command->constant_count;
            /* Hosts want ranges of 16 constants that lie inside the buffer. */
            if (range.count > left)
                range.count = left & ~15u;
            if (range.count == 0)
                range.buffer = NULL;
        }
    }
    struct pvgpu_stage_state *stage = &context->state.stages[command->stage];
    struct pvgpu_bound_constants *slot = &stage->constants[command->slot];
    bool changed = pvgpu_context_bind(context, &slot->buffer, range.buffer);
    changed |= slot->first != range.first || slot->count != range.count;
    slot->first = range.first;
    slot->count = range.count;
    if (!changed)
        return;
    stage->dirty_constants |= (uint16_t)(1u << command->slot);
    context->state.dirty |= PVGPU_DIRTY_STAGE(command->stage);
}

/* ---- Input assembler ----------------------------------------------------------------------------------------------- */

void pvgpu_handle_set_vertex_buffer(struct pvgpu_context *context, const struct pvgpu_cmd_set_vertex_buffer *command)
{
    struct pvgpu_state *state = &context->state;
    if (command->count > PVGPU_MAX_VERTEX_BUFFERS_PER_COMMAND) {
        pvgpu_context_refuse(context, PVGPU_RULE_VERTEX_BUFFERS_TOO_MANY);
        return;
    }
    if (!pvgpu_bind_is_valid_slots(context, command->first, command->count, PVGPU_MAX_VERTEX_BUFFERS) ||
        !pvgpu_bind_covers(context, offsetof(struct pvgpu_cmd_set_vertex_buffer, buffers), command->count,
                           sizeof(command->buffers[0])))
        return;
    for (uint32_t i = 0; i < command->count; i++) {
        const struct pvgpu_vertex_buffer *entry = &command->buffers[i];
        struct pvgpu_bound_vertices *slot = &state->vertex_buffers[command->first + i];
        struct pvgpu_resource *buffer = bound_buffer(context, entry->id, PVGPU_BIND_VERTEX_BUFFER);
        if (buffer && entry->stride > PVGPU_MAX_VERTEX_STRIDE) {
            pvgpu_context_refuse(context, PVGPU_RULE_VERTEX_STRIDE);
            buffer = NULL;
        }
        if (buffer && entry->offset >= buffer->width)
            buffer = NULL; /* beyond the end vertices read 0, as without a buffer */
        pvgpu_context_bind(context, &slot->buffer, buffer);
        slot->stride = buffer ? entry->stride : 0;
        slot->offset = buffer ? entry->offset : 0;
        state->dirty_vertex_buffers |= UINT32_C(1) << (command->first + i);
        state->dirty |= PVGPU_DIRTY_VERTEX_BUFFERS;
    }
}

void pvgpu_handle_set_index_buffer(struct pvgpu_context *context, const struct pvgpu_cmd_set_index_buffer *command)
{
    struct pvgpu_state *state = &context->state;
    struct pvgpu_resource *buffer = bound_buffer(context, command->id, PVGPU_BIND_INDEX_BUFFER);
    uint32_t index_bytes = command->format == PVGPU_FORMAT_R16_UINT   ? 2
                           : command->format == PVGPU_FORMAT_R32_UINT ? 4
                                                                      : 0;
    if (buffer && index_bytes == 0) {
        pvgpu_context_refuse(context, PVGPU_RULE_INDEX_FORMAT);
        buffer = NULL;
    } else if (buffer && command->offset % index_bytes) {
        pvgpu_context_refuse(context, PVGPU_RULE_INDEX_OFFSET);
        buffer = NULL;
    } else if (buffer && command->offset >= buffer->width) {
        buffer = NULL;
    }
    pvgpu_context_bind(context, &state->index_buffer, buffer);
    state->index_format = buffer ? command->format : 0;
    state->index_offset = buffer ? command->offset : 0;
    state->dirty |= PVGPU_DIRTY_INDEX_BUFFER;
}

void pvgpu_handle_set_input_layout(struct pvgpu_context *context, const struct pvgpu_cmd_set_input_layout *command)
{
    uint32_t id = context->current_size >= offsetof(struct pvgpu_cmd_set_input_layout, reserved) ? command->id
                                                                                                 : command->header.id;
    if (pvgpu_context_bind(context, &context->state.input_layout,
                           pvgpu_bind_object(context, id, PVGPU_OBJECT_INPUT_LAYOUT)))
        context->layout_stale = true;
}
