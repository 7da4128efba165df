/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Draws, clears, and what orders them: fences, flushes, presents. */
#include "present/frame_format.h"
#include "render/context.h"
#include "wire/format.h"

#include <math.h>

/* The statistics have one writer. */
static void count(_Atomic uint64_t *counter)
{
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1, memory_order_relaxed);
}

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
    count(&context->statistics->draws);
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

void pvgpu_handle_dispatch(struct pvgpu_context *context, const struct pvgpu_cmd_dispatch *command)
{
    (void)command;
    pvgpu_context_refuse(context, "compute work is not executed by this version");
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
        pvgpu_context_fault(context, PVGPU_ERROR_INVALID_COMMAND, command->view,
                            "a clear flag is unknown, or the depth is not a number");
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
    count(&context->statistics->fences);
    if (!pvgpu_timeline_fence(context->timeline, command->value))
        pvgpu_context_fault(context, PVGPU_ERROR_OUT_OF_MEMORY, 0, "no memory for a fence");
}

/* What a PRESENT shows and how its bytes are read: a texture, or the one behind a render target view. NULL: a fault. */
static struct pvgpu_resource *presented_picture(struct pvgpu_context *context, uint32_t id, uint32_t *format)
{
    const struct pvgpu_view *view = context->state.render_targets[0];
    if (id != 0) {
        struct pvgpu_object *object = pvgpu_context_find(context, id);
        if (!object)
            return NULL;
        if (object->type == PVGPU_OBJECT_RESOURCE) {
            struct pvgpu_resource *resource = pvgpu_resource_from(object);
            *format = resource->format;
            return resource;
        }
        if (!pvgpu_context_expect(context, object, PVGPU_OBJECT_RENDER_TARGET_VIEW))
            return NULL;
        view = pvgpu_view_from(object);
    }
    if (!view) {
        pvgpu_context_fault(context, PVGPU_ERROR_INVALID_RESOURCE_ID, 0, "no render target is bound to present");
        return NULL;
    }
    *format = view->format;
    return view->resource;
}

void pvgpu_handle_present(struct pvgpu_context *context, const struct pvgpu_cmd_present *command)
{
    uint32_t format = 0;
    struct pvgpu_resource *picture = presented_picture(context, command->id, &format);
    if (!picture)
        return;
    if (picture->kind != PVGPU_KIND_TEXTURE_2D) {
        pvgpu_context_fault(context, PVGPU_ERROR_INVALID_RESOURCE_ID, command->id, "only 2D textures are presented");
        return;
    }
    if (command->sync_interval > 4) {
        pvgpu_context_refuse(context, "a sync interval is 0 to 4");
        return;
    }
    if (picture->sample_count > 1) {
        pvgpu_context_refuse(context, "multisampled textures are not presented");
        return;
    }
    if (!pvgpu_frame_format_published(format)) {
        pvgpu_context_refuse(context, "the format cannot be presented");
        return;
    }
    enum pvgpu_gpu_result result = pvgpu_timeline_present(context->timeline, picture, format, command->sync_interval);
    if (result == PVGPU_GPU_NO_MEMORY) {
        pvgpu_context_fault(context, PVGPU_ERROR_OUT_OF_MEMORY, 0, "no memory for another frame");
        return;
    }
    if (!pvgpu_context_check(context, result, 0, ""))
        return;
    count(&context->statistics->presents);
    pvgpu_trace(&context->log, "CMD_PRESENT: %u (%ux%u), interval %u", picture->base.id, picture->width,
                picture->height, command->sync_interval);
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
        pvgpu_context_refuse(context, "no FENCE with this value came before the wait");
}

void pvgpu_handle_resize_buffers(struct pvgpu_context *context, const struct pvgpu_cmd_resize_buffers *command)
{
    (void)command;
    pvgpu_context_refuse(context, "resizing buffers is not executed by this version");
}
