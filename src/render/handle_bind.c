/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * SET_* commands: they write the shadow state and mark what became dirty. An id that is unknown or of another kind is
 * reported, its slot is bound to nothing (or to the default), and the rest of the command takes effect (decision D12).
 */
#include "render/context.h"
#include "wire/format.h"
#include "wire/validate.h"

#include <string.h>

/* Whether a command of the current size covers `count` entries of `entry_bytes` from `offset` on; reports if not. */
static bool covers(struct pvgpu_context *context, size_t offset, uint32_t count, size_t entry_bytes)
{
    if (context->current_size >= offset + count * entry_bytes)
        return true;
    pvgpu_context_refuse(context, "the command is shorter than its entries");
    return false;
}

static bool is_valid_stage(struct pvgpu_context *context, uint32_t stage)
{
    if (stage < PVGPU_STAGE_COUNT)
        return true;
    pvgpu_context_refuse(context, "the shader stage is unknown");
    return false;
}

static bool is_valid_slots(struct pvgpu_context *context, uint32_t first, uint32_t count, uint32_t total)
{
    if (count <= total && first <= total - count)
        return true;
    pvgpu_context_refuse(context, "there are not that many slots");
    return false;
}

/* What an id on a bind stands for: NULL for 0 and after a fault. */
static struct pvgpu_object *bound(struct pvgpu_context *context, uint32_t id, enum pvgpu_object_type type)
{
    return id ? pvgpu_context_find_type(context, id, type) : NULL;
}

/* A buffer with a bind bit; NULL for 0 and after a fault. */
static struct pvgpu_resource *bound_buffer(struct pvgpu_context *context, uint32_t id, uint32_t bind)
{
    struct pvgpu_object *object = bound(context, id, PVGPU_OBJECT_RESOURCE);
    if (!object)
        return NULL;
    struct pvgpu_resource *resource = pvgpu_resource_from(object);
    if (resource->kind != PVGPU_KIND_BUFFER) {
        pvgpu_context_fault(context, PVGPU_ERROR_INVALID_RESOURCE_ID, id, "the resource is not a buffer");
        return NULL;
    }
    if (!(resource->bind & bind)) {
        pvgpu_context_refuse(context, "the buffer lacks the bind bit for this slot");
        return NULL;
    }
    return resource;
}

/* ---- Views, and the rule that a resource is not read and written at once ----------------------------------------- */

static bool bind_input(struct pvgpu_context *context, struct pvgpu_view **slot, struct pvgpu_view *view)
{
    if (*slot == view)
        return false;
    if (*slot)
        (*slot)->resource->input_bindings--;
    if (view)
        view->resource->input_bindings++;
    return pvgpu_context_bind(context, slot, view);
}

static bool bind_output(struct pvgpu_context *context, struct pvgpu_view **slot, struct pvgpu_view *view)
{
    if (*slot == view)
        return false;
    if (*slot)
        (*slot)->resource->output_bindings--;
    if (view)
        view->resource->output_bindings++;
    return pvgpu_context_bind(context, slot, view);
}

static void set_shader_resource(struct pvgpu_context *context, uint32_t stage, uint32_t slot, struct pvgpu_view *view)
{
    struct pvgpu_stage_state *state = &context->state.stages[stage];
    if (!bind_input(context, &state->resources[slot], view))
        return;
    state->dirty_resources[slot / 64] |= UINT64_C(1) << slot % 64;
    context->state.dirty |= PVGPU_DIRTY_STAGE(stage);
}

static bool ranges_meet(uint32_t first, uint32_t count, uint32_t other, uint32_t other_count)
{
    return first < other + other_count && other < first + count;
}

/* Whether two views have a subresource in common. Buffers are one subresource, and so is each mip of a 3D texture. */
static bool views_overlap(const struct pvgpu_view *a, const struct pvgpu_view *b)
{
    const struct pvgpu_resource *resource = a->resource;
    if (b->resource != resource || !ranges_meet(a->first_mip, a->mip_count, b->first_mip, b->mip_count))
        return false;
    return resource->kind == PVGPU_KIND_BUFFER || resource->kind == PVGPU_KIND_TEXTURE_3D ||
           ranges_meet(a->first_slice, a->slice_count, b->first_slice, b->slice_count);
}

/* What becomes an output stops being an input, as Direct3D 11 has it; other subresources stay bound. */
static void unbind_inputs(struct pvgpu_context *context, const struct pvgpu_view *output)
{
    const struct pvgpu_resource *resource = output->resource;
    for (uint32_t stage = 0; stage < PVGPU_STAGE_COUNT && resource->input_bindings; stage++) {
        struct pvgpu_stage_state *state = &context->state.stages[stage];
        for (uint32_t slot = 0; slot < PVGPU_MAX_SHADER_RESOURCES; slot++) {
            if (state->resources[slot] && views_overlap(state->resources[slot], output))
                set_shader_resource(context, stage, slot, NULL);
        }
    }
}

/* A depth-stencil view that does not write depth may be read by shaders at the same time. */
static bool is_written(const struct pvgpu_view *depth_stencil_view)
{
    return !(depth_stencil_view->flags & PVGPU_DSV_READ_ONLY_DEPTH);
}

/* Whether a view shows something that is an output right now. */
static bool shows_output(const struct pvgpu_context *context, const struct pvgpu_view *view)
{
    const struct pvgpu_state *state = &context->state;
    if (!view->resource->output_bindings)
        return false;
    for (uint32_t i = 0; i < state->render_target_count; i++) {
        if (state->render_targets[i] && views_overlap(view, state->render_targets[i]))
            return true;
    }
    const struct pvgpu_view *depth = state->depth_stencil_view;
    return depth && is_written(depth) && views_overlap(view, depth);
}

void pvgpu_handle_set_render_target(struct pvgpu_context *context, const struct pvgpu_cmd_set_render_target *command)
{
    struct pvgpu_state *state = &context->state;
    if (command->count > PVGPU_MAX_RENDER_TARGETS) {
        pvgpu_context_refuse(context, "there are at most 8 render targets");
        return;
    }
    if (!covers(context, offsetof(struct pvgpu_cmd_set_render_target, views), command->count, sizeof(uint32_t)))
        return;
    bool changed = state->render_target_count != command->count;
    state->render_target_count = command->count;
    for (uint32_t i = 0; i < PVGPU_MAX_RENDER_TARGETS; i++) {
        uint32_t id = i < command->count ? command->views[i] : 0;
        struct pvgpu_object *object = bound(context, id, PVGPU_OBJECT_RENDER_TARGET_VIEW);
        changed |= bind_output(context, &state->render_targets[i], object ? pvgpu_view_from(object) : NULL);
    }
    struct pvgpu_object *depth = bound(context, command->depth_stencil_view, PVGPU_OBJECT_DEPTH_STENCIL_VIEW);
    changed |= bind_output(context, &state->depth_stencil_view, depth ? pvgpu_view_from(depth) : NULL);
    if (!changed)
        return;
    state->dirty |= PVGPU_DIRTY_RENDER_TARGETS;
    for (uint32_t i = 0; i < command->count; i++) {
        if (state->render_targets[i])
            unbind_inputs(context, state->render_targets[i]);
    }
    if (state->depth_stencil_view && is_written(state->depth_stencil_view))
        unbind_inputs(context, state->depth_stencil_view);
}

void pvgpu_handle_set_shader_resource(struct pvgpu_context *context,
                                      const struct pvgpu_cmd_set_shader_resource *command)
{
    if (!is_valid_stage(context, command->stage) ||
        !is_valid_slots(context, command->first, command->count, PVGPU_MAX_SHADER_RESOURCES) ||
        !covers(context, offsetof(struct pvgpu_cmd_set_shader_resource, views), command->count, sizeof(uint32_t)))
        return;
    for (uint32_t i = 0; i < command->count; i++) {
        struct pvgpu_object *object = bound(context, command->views[i], PVGPU_OBJECT_SHADER_RESOURCE_VIEW);
        struct pvgpu_view *view = object ? pvgpu_view_from(object) : NULL;
        /* What is an output right now is not bound as an input, silently, as Direct3D 11 has it. */
        if (view && shows_output(context, view))
            view = NULL;
        set_shader_resource(context, command->stage, command->first + i, view);
    }
}

void pvgpu_handle_set_unordered_access(struct pvgpu_context *context,
                                       const struct pvgpu_cmd_set_unordered_access *command)
{
    (void)command;
    pvgpu_context_refuse(context, "unordered access is not executed by this version");
}

/* ---- Fixed functions --------------------------------------------------------------------------------------------- */

void pvgpu_handle_set_viewport(struct pvgpu_context *context, const struct pvgpu_cmd_set_viewport *command)
{
    if (command->count > PVGPU_MAX_VIEWPORTS) {
        pvgpu_context_refuse(context, "there are at most 16 viewports");
        return;
    }
    if (!covers(context, offsetof(struct pvgpu_cmd_set_viewport, viewports), command->count,
                sizeof(command->viewports[0])))
        return;
    for (uint32_t i = 0; i < command->count; i++) {
        const char *reason = pvgpu_validate_viewport(&command->viewports[i]);
        if (reason) {
            pvgpu_context_refuse(context, reason);
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
        pvgpu_context_refuse(context, "there are at most 16 scissor rectangles");
        return;
    }
    if (!covers(context, offsetof(struct pvgpu_cmd_set_scissor, rects), command->count, sizeof(command->rects[0])))
        return;
    context->state.scissor_count = command->count;
    memcpy(context->state.scissors, command->rects, command->count * sizeof(command->rects[0]));
    context->state.dirty |= PVGPU_DIRTY_SCISSORS;
}

void pvgpu_handle_set_blend_state(struct pvgpu_context *context, const struct pvgpu_cmd_set_blend_state *command)
{
    struct pvgpu_state *state = &context->state;
    pvgpu_context_bind(context, &state->blend, bound(context, command->id, PVGPU_OBJECT_BLEND_STATE));
    memcpy(state->blend_factor, command->factor, sizeof(state->blend_factor));
    state->sample_mask = command->sample_mask;
    state->dirty |= PVGPU_DIRTY_BLEND;
}

void pvgpu_handle_set_rasterizer_state(struct pvgpu_context *context,
                                       const struct pvgpu_cmd_set_rasterizer_state *command)
{
    if (pvgpu_context_bind(context, &context->state.rasterizer,
                           bound(context, command->id, PVGPU_OBJECT_RASTERIZER_STATE)))
        context->state.dirty |= PVGPU_DIRTY_RASTERIZER;
}

void pvgpu_handle_set_depth_stencil(struct pvgpu_context *context, const struct pvgpu_cmd_set_depth_stencil *command)
{
    struct pvgpu_state *state = &context->state;
    pvgpu_context_bind(context, &state->depth_stencil, bound(context, command->id, PVGPU_OBJECT_DEPTH_STENCIL_STATE));
    state->stencil_ref = command->stencil_ref;
    state->dirty |= PVGPU_DIRTY_DEPTH_STENCIL;
}

void pvgpu_handle_set_primitive_topology(struct pvgpu_context *context,
                                         const struct pvgpu_cmd_set_primitive_topology *command)
{
    if (!pvgpu_is_valid_topology(command->topology)) {
        pvgpu_context_refuse(context, "the primitive topology is unknown");
        return;
    }
    if (context->state.topology == command->topology)
        return;
    context->state.topology = command->topology;
    context->state.dirty |= PVGPU_DIRTY_TOPOLOGY;
}

/* ---- Shaders and what they read ---------------------------------------------------------------------------------- */

void pvgpu_handle_set_shader(struct pvgpu_context *context, const struct pvgpu_cmd_set_shader *command)
{
    if (!is_valid_stage(context, command->stage))
        return;
    struct pvgpu_object *object = bound(context, command->id, PVGPU_OBJECT_SHADER);
    if (object && pvgpu_shader_from(object)->stage != command->stage) {
        pvgpu_context_fault(context, PVGPU_ERROR_INVALID_RESOURCE_ID, command->id,
                            "the shader was made for another stage");
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
    context->state.dirty |= PVGPU_DIRTY_STAGE(command->stage);
    if (command->stage == PVGPU_STAGE_VERTEX)
        context->layout_stale = true;
}

void pvgpu_handle_set_sampler(struct pvgpu_context *context, const struct pvgpu_cmd_set_sampler *command)
{
    if (!is_valid_stage(context, command->stage) ||
        !is_valid_slots(context, command->first, command->count, PVGPU_MAX_SAMPLERS) ||
        !covers(context, offsetof(struct pvgpu_cmd_set_sampler, ids), command->count, sizeof(uint32_t)))
        return;
    struct pvgpu_stage_state *stage = &context->state.stages[command->stage];
    for (uint32_t i = 0; i < command->count; i++) {
        uint32_t slot = command->first + i;
        if (!pvgpu_context_bind(context, &stage->samplers[slot], bound(context, command->ids[i], PVGPU_OBJECT_SAMPLER)))
            continue;
        stage->dirty_samplers |= (uint16_t)(1u << slot);
        context->state.dirty |= PVGPU_DIRTY_STAGE(command->stage);
    }
}

/* Direct3D 11.1's rules for binding a part of a constant buffer; NULL when fine. */
static const char *validate_constants(const struct pvgpu_cmd_set_constant_buffer *command, uint32_t total)
{
    if (command->first_constant == 0 && (command->constant_count == 0 || command->constant_count >= total))
        return NULL; /* the whole buffer */
    if (command->first_constant % 16 || command->constant_count % 16 || command->constant_count == 0)
        return "a constant buffer range is made of multiples of 16 constants";
    if (command->constant_count > 4096)
        return "a shader sees at most 4096 constants of a buffer";
    return NULL;
}

void pvgpu_handle_set_constant_buffer(struct pvgpu_context *context,
                                      const struct pvgpu_cmd_set_constant_buffer *command)
{
    if (!is_valid_stage(context, command->stage))
        return;
    if (command->slot >= PVGPU_MAX_CONSTANT_BUFFERS) {
        pvgpu_context_refuse(context, "there are 14 constant buffer slots");
        return;
    }
    struct pvgpu_bound_constants range = {
        .buffer = bound_buffer(context, command->id, PVGPU_BIND_CONSTANT_BUFFER),
    };
    if (range.buffer) {
        uint32_t total = range.buffer->width / 16;
        const char *reason = validate_constants(command, total);
        if (reason) {
            pvgpu_context_refuse(context, reason);
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
        pvgpu_context_refuse(context, "a command carries at most 16 vertex buffers");
        return;
    }
    if (!is_valid_slots(context, command->first, command->count, PVGPU_MAX_VERTEX_BUFFERS) ||
        !covers(context, offsetof(struct pvgpu_cmd_set_vertex_buffer, buffers), command->count,
                sizeof(command->buffers[0])))
        return;
    for (uint32_t i = 0; i < command->count; i++) {
        const struct pvgpu_vertex_buffer *entry = &command->buffers[i];
        struct pvgpu_bound_vertices *slot = &state->vertex_buffers[command->first + i];
        struct pvgpu_resource *buffer = bound_buffer(context, entry->id, PVGPU_BIND_VERTEX_BUFFER);
        if (buffer && entry->stride > PVGPU_MAX_VERTEX_STRIDE) {
            pvgpu_context_refuse(context, "a vertex stride is at most 2048");
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
        pvgpu_context_refuse(context, "an index is R16_UINT or R32_UINT");
        buffer = NULL;
    } else if (buffer && command->offset % index_bytes) {
        pvgpu_context_refuse(context, "an index buffer's offset is a multiple of the index size");
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
    if (pvgpu_context_bind(context, &context->state.input_layout, bound(context, id, PVGPU_OBJECT_INPUT_LAYOUT)))
        context->layout_stale = true;
}
