/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The SET_* commands that bind views, and Direct3D 11's rule that a subresource is not input and output at once: what
 * becomes an output stops being an input, in every stage, and what is an output is not bound as an input.
 */
#include "render/bind.h"
#include "wire/validate.h"

static struct pvgpu_view *bound_view(struct pvgpu_context *context, uint32_t id, enum pvgpu_object_type type)
{
    struct pvgpu_object *object = pvgpu_bind_object(context, id, type);
    return object ? pvgpu_view_from(object) : NULL;
}

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

/* Other subresources of the same resource stay bound. */
static void unbind_inputs(struct pvgpu_context *context, const struct pvgpu_view *output)
{
    const struct pvgpu_resource *resource = output->resource;
    for (uint32_t stage = 0; stage < PVGPU_STAGE_COUNT && resource->input_bindings; stage++) {
        struct pvgpu_stage_state *state = &context->state.stages[stage];
        for (uint32_t slot = 0; slot < PVGPU_MAX_SHADER_RESOURCES; slot++) {
            if (state->resources[slot] && pvgpu_views_overlap(state->resources[slot], output))
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
        if (state->render_targets[i] && pvgpu_views_overlap(view, state->render_targets[i]))
            return true;
    }
    for (uint32_t i = 0; i < PVGPU_MAX_UNORDERED_ACCESS; i++) {
        if (state->unordered[i].view && pvgpu_views_overlap(view, state->unordered[i].view))
            return true;
    }
    const struct pvgpu_view *depth = state->depth_stencil_view;
    return depth && is_written(depth) && pvgpu_views_overlap(view, depth);
}

/* ---- Render targets ---------------------------------------------------------------------------------------------- */

/* The first view of a set, which the others are measured by; the depth-stencil comes last. NULL: the set is empty. */
static const struct pvgpu_view *first_of(struct pvgpu_view *const *targets, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (targets[i])
            return targets[i];
    }
    return NULL;
}

/* What a view must not break when it joins the targets before it. */
static enum pvgpu_rule refuse_target(struct pvgpu_view *const *targets, uint32_t count, const struct pvgpu_view *view)
{
    const struct pvgpu_view *first = first_of(targets, count);
    enum pvgpu_rule rule = first ? pvgpu_validate_target_beside(view, first) : PVGPU_RULE_NONE;
    for (uint32_t i = 0; i < count && !rule; i++) {
        if (targets[i] && pvgpu_views_overlap(targets[i], view))
            rule = PVGPU_RULE_TARGETS_OVERLAP;
    }
    return rule;
}

/* A view for the set: NULL for id 0, and after a fault. */
static struct pvgpu_view *take_target(struct pvgpu_context *context, struct pvgpu_view *const *targets, uint32_t count,
                                      uint32_t id, enum pvgpu_object_type type)
{
    struct pvgpu_view *view = bound_view(context, id, type);
    enum pvgpu_rule rule = view ? refuse_target(targets, count, view) : PVGPU_RULE_NONE;
    if (!rule)
        return view;
    pvgpu_context_refuse(context, rule);
    return NULL;
}

void pvgpu_handle_set_render_target(struct pvgpu_context *context, const struct pvgpu_cmd_set_render_target *command)
{
    struct pvgpu_state *state = &context->state;
    if (command->count > PVGPU_MAX_RENDER_TARGETS) {
        pvgpu_context_refuse(context, PVGPU_RULE_TARGETS_TOO_MANY);
        return;
    }
    if (!pvgpu_bind_covers(context, offsetof(struct pvgpu_cmd_set_render_target, views), command->count,
                           sizeof(uint32_t)))
        return;
    struct pvgpu_view *targets[PVGPU_MAX_RENDER_TARGETS] = {NULL};
    for (uint32_t i = 0; i < command->count; i++)
        targets[i] = take_target(context, targets, i, command->views[i], PVGPU_OBJECT_RENDER_TARGET_VIEW);
    struct pvgpu_view *depth =
        take_target(context, targets, command->count, command->depth_stencil_view, PVGPU_OBJECT_DEPTH_STENCIL_VIEW);

    bool changed = state->render_target_count != command->count;
    state->render_target_count = command->count;
    for (uint32_t i = 0; i < PVGPU_MAX_RENDER_TARGETS; i++)
        changed |= bind_output(context, &state->render_targets[i], targets[i]);
    changed |= bind_output(context, &state->depth_stencil_view, depth);
    if (!changed)
        return;
    state->dirty |= PVGPU_DIRTY_RENDER_TARGETS;
    for (uint32_t i = 0; i < command->count; i++) {
        if (targets[i])
            unbind_inputs(context, targets[i]);
    }
    if (depth && is_written(depth))
        unbind_inputs(context, depth);
}

/* ---- Inputs and unordered access --------------------------------------------------------------------------------- */

void pvgpu_handle_set_shader_resource(struct pvgpu_context *context,
                                      const struct pvgpu_cmd_set_shader_resource *command)
{
    if (!pvgpu_bind_is_valid_stage(context, command->stage) ||
        !pvgpu_bind_is_valid_slots(context, command->first, command->count, PVGPU_MAX_SHADER_RESOURCES) ||
        !pvgpu_bind_covers(context, offsetof(struct pvgpu_cmd_set_shader_resource, views), command->count,
                           sizeof(uint32_t)))
        return;
    for (uint32_t i = 0; i < command->count; i++) {
        struct pvgpu_view *view = bound_view(context, command->views[i], PVGPU_OBJECT_SHADER_RESOURCE_VIEW);
        /* What is an output right now is not bound as an input, silently, as Direct3D 11 has it. */
        if (view && shows_output(context, view))
            view = NULL;
        set_shader_resource(context, command->stage, command->first + i, view);
    }
}

void pvgpu_handle_set_unordered_access(struct pvgpu_context *context,
                                       const struct pvgpu_cmd_set_unordered_access *command)
{
    struct pvgpu_state *state = &context->state;
    if (!pvgpu_bind_is_valid_stage(context, command->stage))
        return;
    if (command->stage != PVGPU_STAGE_COMPUTE) {
        pvgpu_context_refuse(context, PVGPU_RULE_UNORDERED_STAGE);
        return;
    }
    if (!pvgpu_bind_is_valid_slots(context, command->first, command->count, PVGPU_MAX_UNORDERED_ACCESS) ||
        !pvgpu_bind_covers(context, offsetof(struct pvgpu_cmd_set_unordered_access, initial_counts), command->count,
                           sizeof(uint32_t)))
        return;
    for (uint32_t i = 0; i < command->count; i++) {
        struct pvgpu_bound_unordered *slot = &state->unordered[command->first + i];
        struct pvgpu_view *view = bound_view(context, command->views[i], PVGPU_OBJECT_UNORDERED_ACCESS_VIEW);
        bind_output(context, &slot->view, view);
        slot->initial_count = command->initial_counts[i];
        state->dirty_unordered |= (uint8_t)(1u << (command->first + i));
        state->dirty |= PVGPU_DIRTY_UNORDERED;
        if (view)
            unbind_inputs(context, view);
    }
}
