/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* COPY_RESOURCE in its two forms, and OPEN_RESOURCE. */
#include "render/context.h"
#include "wire/validate.h"

static void copy_whole(struct pvgpu_context *context, struct pvgpu_resource *destination, struct pvgpu_resource *source)
{
    enum pvgpu_rule rule = pvgpu_validate_copy(destination, source);
    if (rule) {
        pvgpu_context_fault(context, rule, destination->base.id);
        return;
    }
    context->gpu->ops->copy_resource(context->gpu, destination, source);
    pvgpu_timeline_worked(context->timeline, 0);
    pvgpu_debug(&context->log, "CMD_COPY_RESOURCE: %u to %u", source->base.id, destination->base.id);
}

static void copy_region(struct pvgpu_context *context, const struct pvgpu_cmd_copy_region *command,
                        struct pvgpu_resource *destination, struct pvgpu_resource *source)
{
    struct pvgpu_copy_region region;
    enum pvgpu_rule rule = pvgpu_validate_copy_region(command, destination, source, &region);
    if (rule) {
        pvgpu_context_fault(context, rule, region.source_is_wrong ? source->base.id : destination->base.id);
        return;
    }
    if (region.is_empty)
        return;
    context->gpu->ops->copy_region(context->gpu, destination, command->destination_subresource, command->x, command->y,
                                   command->z, source, command->source_subresource,
                                   region.is_whole ? NULL : &region.box);
    pvgpu_timeline_worked(context->timeline, 0);
    pvgpu_debug(&context->log, "CMD_COPY_RESOURCE: %u, subresource %u, to %u, subresource %u", source->base.id,
                command->source_subresource, destination->base.id, command->destination_subresource);
}

void pvgpu_handle_copy_resource(struct pvgpu_context *context, const struct pvgpu_cmd_copy_region *command)
{
    /* Both forms name the destination at 16; the source is at 20 in the whole form and at 36 in the region form. */
    bool region = context->current_size >= sizeof(*command);
    uint32_t source_id = region ? command->source : command->destination_subresource;
    struct pvgpu_object *destination = pvgpu_context_find(context, command->destination);
    struct pvgpu_object *source = destination ? pvgpu_context_find(context, source_id) : NULL;
    if (!source || !pvgpu_context_expect(context, destination, PVGPU_OBJECT_RESOURCE) ||
        !pvgpu_context_expect(context, source, PVGPU_OBJECT_RESOURCE))
        return;
    if (region)
        copy_region(context, command, pvgpu_resource_from(destination), pvgpu_resource_from(source));
    else
        copy_whole(context, pvgpu_resource_from(destination), pvgpu_resource_from(source));
}

void pvgpu_handle_open_resource(struct pvgpu_context *context, const struct pvgpu_cmd_open_resource *command)
{
    pvgpu_context_fault(context, PVGPU_RULE_NOT_YET_OPEN_RESOURCE, command->header.id);
}
