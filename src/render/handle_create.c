/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Views and state objects. */
#include "render/context.h"
#include "wire/format.h"
#include "wire/validate.h"

/*
 * What all view commands have in common once their description is resolved: the object, its reference to the resource,
 * the host's part.
 */
static void create_view(struct pvgpu_context *context, uint32_t id, enum pvgpu_object_type type,
                        struct pvgpu_resource *resource, const struct pvgpu_view *description, enum pvgpu_rule rule)
{
    if (rule) {
        pvgpu_context_fault(context, rule, id);
        return;
    }
    struct pvgpu_view *view = pvgpu_context_new_object(context, sizeof(*view), id, type);
    if (!view)
        return;
    struct pvgpu_object base = view->base;
    *view = *description;
    view->base = base;
    view->resource = pvgpu_object_retain(resource);
    enum pvgpu_gpu_result result = context->gpu->ops->create_view(context->gpu, view);
    if (!pvgpu_context_check(context, result, id, PVGPU_RULE_HOST_VIEW)) {
        pvgpu_context_release(context, view);
        return;
    }
    pvgpu_debug(&context->log, "CMD_%s: %u of %u (%s)",
                pvgpu_command_info((uint32_t)pvgpu_command_find(context->current_opcode))->name, id, resource->base.id,
                pvgpu_format_name(view->format));
    pvgpu_context_publish(context, &view->base);
}

/* The resource of a view command, in the order of checks: the new id first. NULL after a fault. */
static struct pvgpu_resource *viewed_resource(struct pvgpu_context *context, uint32_t id, uint32_t resource_id)
{
    if (id == 0) {
        pvgpu_context_fault(context, PVGPU_RULE_ID_REQUIRED, 0);
        return NULL;
    }
    struct pvgpu_object *object = pvgpu_context_find_type(context, resource_id, PVGPU_OBJECT_RESOURCE);
    return object ? pvgpu_resource_from(object) : NULL;
}

void pvgpu_handle_create_render_target_view(struct pvgpu_context *context,
                                            const struct pvgpu_cmd_create_render_target_view *command)
{
    struct pvgpu_view view = {0};
    struct pvgpu_resource *resource = viewed_resource(context, command->id, command->resource);
    if (resource)
        create_view(context, command->id, PVGPU_OBJECT_RENDER_TARGET_VIEW, resource, &view,
                    pvgpu_validate_render_target_view(command, resource, &view));
}

void pvgpu_handle_create_depth_stencil_view(struct pvgpu_context *context,
                                            const struct pvgpu_cmd_create_depth_stencil_view *command)
{
    struct pvgpu_view view = {0};
    struct pvgpu_resource *resource = viewed_resource(context, command->id, command->resource);
    if (resource)
        create_view(context, command->id, PVGPU_OBJECT_DEPTH_STENCIL_VIEW, resource, &view,
                    pvgpu_validate_depth_stencil_view(command, resource, &view));
}

void pvgpu_handle_create_shader_resource_view(struct pvgpu_context *context,
                                              const struct pvgpu_cmd_create_shader_resource_view *command)
{
    struct pvgpu_view view = {0};
    struct pvgpu_resource *resource = viewed_resource(context, command->id, command->resource);
    if (resource)
        create_view(context, command->id, PVGPU_OBJECT_SHADER_RESOURCE_VIEW, resource, &view,
                    pvgpu_validate_shader_resource_view(command, resource, &view));
}

void pvgpu_handle_create_unordered_access_view(struct pvgpu_context *context,
                                               const struct pvgpu_cmd_create_unordered_access_view *command)
{
    struct pvgpu_view view = {0};
    struct pvgpu_resource *resource = viewed_resource(context, command->id, command->resource);
    if (resource)
        create_view(context, command->id, PVGPU_OBJECT_UNORDERED_ACCESS_VIEW, resource, &view,
                    pvgpu_validate_unordered_access_view(command, resource, &view));
}

/* A state object whose description was judged; NULL after a fault. */
static struct pvgpu_state_object *new_state(struct pvgpu_context *context, uint32_t id, enum pvgpu_object_type type,
                                            enum pvgpu_rule rule)
{
    if (id != 0 && rule) {
        pvgpu_context_fault(context, rule, id);
        return NULL;
    }
    return pvgpu_context_new_object(context, sizeof(struct pvgpu_state_object), id, type);
}

static void finish_state(struct pvgpu_context *context, struct pvgpu_state_object *state, enum pvgpu_gpu_result result)
{
    if (!pvgpu_context_check(context, result, state->base.id, PVGPU_RULE_HOST_STATE)) {
        pvgpu_context_release(context, state);
        return;
    }
    pvgpu_debug(&context->log, "CMD_%s: %u",
                pvgpu_command_info((uint32_t)pvgpu_command_find(context->current_opcode))->name, state->base.id);
    pvgpu_context_publish(context, &state->base);
}

void pvgpu_handle_create_blend_state(struct pvgpu_context *context, const struct pvgpu_cmd_create_blend_state *command)
{
    struct pvgpu_state_object *state =
        new_state(context, command->id, PVGPU_OBJECT_BLEND_STATE, pvgpu_validate_blend_state(command));
    if (state)
        finish_state(context, state, context->gpu->ops->create_blend_state(context->gpu, state, command));
}

void pvgpu_handle_create_rasterizer_state(struct pvgpu_context *context,
                                          const struct pvgpu_cmd_create_rasterizer_state *command)
{
    struct pvgpu_state_object *state =
        new_state(context, command->id, PVGPU_OBJECT_RASTERIZER_STATE, pvgpu_validate_rasterizer_state(command));
    if (state)
        finish_state(context, state, context->gpu->ops->create_rasterizer_state(context->gpu, state, command));
}

void pvgpu_handle_create_depth_stencil_state(struct pvgpu_context *context,
                                             const struct pvgpu_cmd_create_depth_stencil_state *command)
{
    struct pvgpu_state_object *state =
        new_state(context, command->id, PVGPU_OBJECT_DEPTH_STENCIL_STATE, pvgpu_validate_depth_stencil_state(command));
    if (state)
        finish_state(context, state, context->gpu->ops->create_depth_stencil_state(context->gpu, state, command));
}

void pvgpu_handle_create_sampler(struct pvgpu_context *context, const struct pvgpu_cmd_create_sampler *command)
{
    struct pvgpu_state_object *state =
        new_state(context, command->id, PVGPU_OBJECT_SAMPLER, pvgpu_validate_sampler(command));
    if (state)
        finish_state(context, state, context->gpu->ops->create_sampler(context->gpu, state, command));
}
