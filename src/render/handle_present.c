/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* PRESENT and RESIZE_BUFFERS. */
#include "present/frame_format.h"
#include "render/context.h"
#include "wire/format.h"
#include "wire/validate.h"

#define MAX_BUFFERS 16u /* DXGI_MAX_SWAP_CHAIN_BUFFERS */

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
        if (!pvgpu_context_expect(context, object, id, PVGPU_OBJECT_RENDER_TARGET_VIEW))
            return NULL;
        view = pvgpu_view_from(object);
    }
    if (!view) {
        pvgpu_context_fault(context, PVGPU_RULE_PRESENT_NOTHING, 0);
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
        pvgpu_context_fault(context, PVGPU_RULE_PRESENT_NOT_2D, command->id);
        return;
    }
    if (command->sync_interval > 4) {
        pvgpu_context_refuse(context, PVGPU_RULE_PRESENT_INTERVAL);
        return;
    }
    if (picture->sample_count > 1) {
        pvgpu_context_refuse(context, PVGPU_RULE_PRESENT_SAMPLES);
        return;
    }
    if (!pvgpu_frame_format_published(format)) {
        pvgpu_context_refuse(context, PVGPU_RULE_PRESENT_FORMAT);
        return;
    }
    enum pvgpu_gpu_result result = pvgpu_timeline_present(context->timeline, picture, format, command->sync_interval);
    if (result == PVGPU_GPU_NO_MEMORY) {
        pvgpu_context_fault(context, PVGPU_RULE_MEMORY_FRAME, 0);
        return;
    }
    if (!pvgpu_context_check(context, result, 0, PVGPU_RULE_HOST_RESOURCE))
        return;
    pvgpu_statistics_add(&context->statistics->presents, 1);
    pvgpu_trace(&context->log, "CMD_PRESENT: %u (%ux%u), interval %u", picture->base.id, picture->width,
                picture->height, command->sync_interval);
}

static enum pvgpu_rule refuse_resize(const struct pvgpu_cmd_resize_buffers *command)
{
    if (command->swapchain != 0)
        return PVGPU_RULE_RESIZE_SWAPCHAIN;
    if (command->width == 0 || command->height == 0 || command->width > PVGPU_MAX_TEXTURE_2D ||
        command->height > PVGPU_MAX_TEXTURE_2D)
        return PVGPU_RULE_RESIZE_EXTENT;
    if (command->format != 0 && !pvgpu_frame_format_published(command->format))
        return PVGPU_RULE_RESIZE_FORMAT;
    return command->buffer_count > MAX_BUFFERS ? PVGPU_RULE_RESIZE_COUNT : PVGPU_RULE_NONE;
}

void pvgpu_handle_resize_buffers(struct pvgpu_context *context, const struct pvgpu_cmd_resize_buffers *command)
{
    enum pvgpu_rule rule = refuse_resize(command);
    if (rule) {
        pvgpu_context_refuse(context, rule);
        return;
    }
    const struct pvgpu_output_size size = {
        .width = command->width,
        .height = command->height,
        .format = command->format,
        .buffer_count = command->buffer_count,
    };
    if (!pvgpu_timeline_resize(context->timeline, &size)) {
        pvgpu_context_fault(context, PVGPU_RULE_MEMORY_RESIZE, 0);
        return;
    }
    pvgpu_debug(&context->log, "CMD_RESIZE_BUFFERS: %ux%u %s, %u buffers", command->width, command->height,
                command->format ? pvgpu_format_name(command->format) : "as before", command->buffer_count);
}
