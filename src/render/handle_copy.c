/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* COPY_RESOURCE in its two forms, and OPEN_RESOURCE. */
#include "render/context.h"
#include "wire/validate.h"

/* The two ends of a copy, by the ids that the guest named. */
struct ends {
    uint32_t to_id, from_id;
    struct pvgpu_resource *to, *from;
};

static void copy_whole(struct pvgpu_context *context, const struct ends *ends)
{
    enum pvgpu_rule rule = pvgpu_validate_copy(ends->to, ends->from);
    if (rule) {
        pvgpu_context_fault(context, rule, ends->to_id);
        return;
    }
    context->gpu->ops->copy_resource(context->gpu, ends->to, ends->from);
    pvgpu_timeline_worked(context->timeline, 0);
    pvgpu_debug(&context->log, "CMD_COPY_RESOURCE: %u to %u", ends->from_id, ends->to_id);
}

static void copy_region(struct pvgpu_context *context, const struct pvgpu_cmd_copy_region *command,
                        const struct ends *ends)
{
    struct pvgpu_copy_region region;
    enum pvgpu_rule rule = pvgpu_validate_copy_region(command, ends->to, ends->from, &region);
    if (rule) {
        pvgpu_context_fault(context, rule, region.source_is_wrong ? ends->from_id : ends->to_id);
        return;
    }
    if (region.is_empty)
        return;
    context->gpu->ops->copy_region(context->gpu, ends->to, command->destination_subresource, command->x, command->y,
                                   command->z, ends->from, command->source_subresource,
                                   region.is_whole ? NULL : &region.box);
    pvgpu_timeline_worked(context->timeline, 0);
    pvgpu_debug(&context->log, "CMD_COPY_RESOURCE: %u, subresource %u, to %u, subresource %u", ends->from_id,
                command->source_subresource, ends->to_id, command->destination_subresource);
}

void pvgpu_handle_copy_resource(struct pvgpu_context *context, const struct pvgpu_cmd_copy_region *command)
{
    /* Both forms name the destination at 16; the source is at 20 in the whole form and at 36 in the region form. */
    bool region = context->current_size >= sizeof(*command);
    struct ends ends = {
        .to_id = command->destination,
        .from_id = region ? command->source : command->destination_subresource,
    };
    struct pvgpu_object *destination = pvgpu_context_find(context, ends.to_id);
    struct pvgpu_object *source = destination ? pvgpu_context_find(context, ends.from_id) : NULL;
    if (!source || !pvgpu_context_expect(context, destination, ends.to_id, PVGPU_OBJECT_RESOURCE) ||
        !pvgpu_context_expect(context, source, ends.from_id, PVGPU_OBJECT_RESOURCE))
        return;
    ends.to = pvgpu_resource_from(destination);
    ends.from = pvgpu_resource_from(source);
    if (region)
        copy_region(context, command, &ends);
    else
        copy_whole(context, &ends);
}

void pvgpu_handle_open_resource(struct pvgpu_context *context, const struct pvgpu_cmd_open_resource *command)
{
    uint32_t id = command->header.id;
    if (id == 0) {
        pvgpu_context_fault(context, PVGPU_RULE_ID_REQUIRED, 0);
        return;
    }
    struct pvgpu_object *object = pvgpu_context_find_type(context, command->existing, PVGPU_OBJECT_RESOURCE);
    if (!object)
        return;
    struct pvgpu_resource *resource = pvgpu_resource_from(object);
    enum pvgpu_rule rule = pvgpu_validate_open(command, resource);
    if (rule) {
        pvgpu_context_fault(context, rule, id);
        return;
    }
    if (id == command->existing)
        return;
    struct pvgpu_alias *alias = pvgpu_context_new_object(context, sizeof(*alias), id, PVGPU_OBJECT_ALIAS);
    if (!alias)
        return;
    alias->resource = pvgpu_object_retain(resource);
    pvgpu_context_publish(context, &alias->base);
    pvgpu_debug(&context->log, "CMD_OPEN_RESOURCE: %u is also %u", command->existing, id);
}
