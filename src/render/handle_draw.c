/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Draws, dispatches, clears, and what orders them: fences, flushes, waits. */
#include "base/checked.h"
#include "render/context.h"
#include "wire/format.h"
#include "wire/validate.h"

#include <math.h>

static void draw(struct pvgpu_context *context, const struct pvgpu_draw *parameters)
{
    if (parameters->count == 0 || parameters->instance_count == 0)
        return;
    /* Without an index buffer every index is 0: nothing to see, and hosts differ in how they put up with it. */
    if (parameters->indexed && !context->state.index_buffer)
        return;
    if (!pvgpu_context_prepare_draw(context))
        return;
    context->gpu->ops->draw(context->gpu, parameters);
    pvgpu_statistics_add(&context->statistics->draws, 1);
    pvgpu_timeline_worked(context->timeline, 0);
}

void pvgpu_handle_draw(struct pvgpu_context *context, const struct pvgpu_cmd_draw *command)
{
    pvgpu_trace(&context->log, "CMD_DRAW: %u vertices", command->vertex_count);
    draw(context,
         &(struct pvgpu_draw){.count = command->vertex_count, .first = command->first_vertex, .instance_count = 1});
}

void pvgpu_handle_draw_indexed(struct pvgpu_context *context, const struct pvgpu_cmd_draw_indexed *command)
{
    pvgpu_debug(&context->log, "CMD_DRAW_INDEXED: %u indices", command->index_count);
    draw(context, &(struct pvgpu_draw){.indexed = true,
                                       .count = command->index_count,
                                       .first = command->first_index,
                                       .base_vertex = command->base_vertex,
                                       .instance_count = 1});
}

void pvgpu_handle_draw_instanced(struct pvgpu_context *context, const struct pvgpu_cmd_draw_instanced *command)
{
    pvgpu_debug(&context->log, "CMD_DRAW_INSTANCED: %u vertices, %u instances", command->vertex_count,
                command->instance_count);
    draw(context, &(struct pvgpu_draw){.instanced = true,
                                       .count = command->vertex_count,
                                       .first = command->first_vertex,
                                       .instance_count = command->instance_count,
                                       .first_instance = command->first_instance});
}

void pvgpu_handle_draw_indexed_instanced(struct pvgpu_context *context,
                                         const struct pvgpu_cmd_draw_indexed_instanced *command)
{
    pvgpu_debug(&context->log, "CMD_DRAW_INDEXED: %u indices, %u instances", command->index_count,
                command->instance_count);
    draw(context, &(struct pvgpu_draw){.indexed = true,
                                       .instanced = true,
                                       .count = command->index_count,
                                       .first = command->first_index,
                                       .base_vertex = command->base_vertex,
                                       .instance_count = command->instance_count,
                                       .first_instance = command->first_instance});
}

/* The counts are in a buffer, which is read when the GPU comes to it. */
static void dispatch_indirect(struct pvgpu_context *context, uint32_t id, uint32_t offset)
{
    struct pvgpu_object *object = pvgpu_context_find_type(context, id, PVGPU_OBJECT_RESOURCE);
    if (!object)
        return;
    struct pvgpu_resource *arguments = pvgpu_resource_from(object);
    if (arguments->kind != PVGPU_KIND_BUFFER || !(arguments->misc & PVGPU_MISC_DRAW_INDIRECT)) {
        pvgpu_context_refuse(context, PVGPU_RULE_DISPATCH_NOT_ARGUMENTS);
        return;
    }
    if (offset % 4 || !pvgpu_range_fits(arguments->width, offset, 3 * sizeof(uint32_t))) {
        pvgpu_context_refuse(context, PVGPU_RULE_DISPATCH_OFFSET);
        return;
    }
    if (!pvgpu_context_prepare_dispatch(context))
        return;
    context->gpu->ops->dispatch_indirect(context->gpu, arguments, offset);
    pvgpu_statistics_add(&context->statistics->dispatches, 1);
    pvgpu_timeline_worked(context->timeline, 0);
}

void pvgpu_handle_dispatch(struct pvgpu_context *context, const struct pvgpu_cmd_dispatch *command)
{
    pvgpu_debug(&context->log, "CMD_DISPATCH: %u, %u, %u", command->x, command->y, command->z);
    if (command->z == PVGPU_DISPATCH_INDIRECT) {
        dispatch_indirect(context, command->x, command->y);
        return;
    }
    if (command->x > PVGPU_MAX_DISPATCH || command->y > PVGPU_MAX_DISPATCH || command->z > PVGPU_MAX_DISPATCH) {
        pvgpu_context_refuse(context, PVGPU_RULE_DISPATCH_GROUPS);
        return;
    }
    if (!command->x || !command->y || !command->z || !pvgpu_context_prepare_dispatch(context))
        return;
    context->gpu->ops->dispatch(context->gpu, command->x, command->y, command->z);
    pvgpu_statistics_add(&context->statistics->dispatches, 1);
    pvgpu_timeline_worked(context->timeline, 0);
}

void pvgpu_handle_clear_render_target(struct pvgpu_context *context,
                                      const struct pvgpu_cmd_clear_render_target *command)
{
    struct pvgpu_object *view = pvgpu_context_find_type(context, command->view, PVGPU_OBJECT_RENDER_TARGET_VIEW);
    if (!view)
        return;
    context->gpu->ops->clear_render_target(context->gpu, pvgpu_view_from(view), command->color);
    pvgpu_timeline_worked(context->timeline, 0);
}

void pvgpu_handle_clear_depth_stencil(struct pvgpu_context *context,
                                      const struct pvgpu_cmd_clear_depth_stencil *command)
{
    struct pvgpu_object *object = pvgpu_context_find_type(context, command->view, PVGPU_OBJECT_DEPTH_STENCIL_VIEW);
    if (!object)
        return;
    struct pvgpu_view *view = pvgpu_view_from(object);
    uint32_t flags = command->flags;
    if (flags & ~(PVGPU_CLEAR_DEPTH | PVGPU_CLEAR_STENCIL) || isnan(command->depth)) {
        pvgpu_context_fault(context, PVGPU_RULE_CLEAR_DEPTH, command->view);
        return;
    }
    if (!(pvgpu_format_info(view->format)->uses & PVGPU_FORMAT_STENCIL))
        flags &= ~PVGPU_CLEAR_STENCIL;
    if (flags == 0)
        return;
    float depth = command->depth < 0.0f ? 0.0f : command->depth > 1.0f ? 1.0f : command->depth;
    context->gpu->ops->clear_depth_stencil(context->gpu, view, flags, depth, command->stencil);
    pvgpu_timeline_worked(context->timeline, 0);
}

void pvgpu_handle_fence(struct pvgpu_context *context, const struct pvgpu_cmd_fence *command)
{
    pvgpu_statistics_add(&context->statistics->fences, 1);
    if (!pvgpu_timeline_fence(context->timeline, command->value))
        pvgpu_context_fault(context, PVGPU_RULE_MEMORY_FENCE, 0);
}

void pvgpu_handle_flush(struct pvgpu_context *context, const struct pvgpu_cmd_flush *command)
{
    (void)command;
    pvgpu_timeline_submit(context->timeline);
}

void pvgpu_handle_wait_fence(struct pvgpu_context *context, const struct pvgpu_cmd_wait_fence *command)
{
    if (context->current_size < sizeof(*command)) {
        pvgpu_timeline_wait_idle(context->timeline);
        return;
    }
    if (!pvgpu_timeline_wait_fence(context->timeline, command->value))
        pvgpu_context_refuse(context, PVGPU_RULE_WAIT_UNKNOWN);
}
