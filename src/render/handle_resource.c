/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "base/checked.h"
#include "render/context.h"
#include "render/handle_shader.h"
#include "wire/format.h"
#include "wire/validate.h"

#include <stdlib.h>
#include <string.h>

/*
 * Initial data: all subresources in order, tightly packed. Returns an owned array over guest memory, NULL without data
 * or after a fault (*failed tells).
 */
static struct pvgpu_subresource_data *initial_data(struct pvgpu_context *context,
                                                   const struct pvgpu_cmd_create_resource *command,
                                                   const struct pvgpu_resource *resource, bool *failed)
{
    *failed = false;
    if (command->data_bytes == 0)
        return NULL;
    *failed = true;
    enum pvgpu_rule rule = PVGPU_RULE_INITIAL_DATA_HEAP;
    const uint8_t *data = pvgpu_context_heap_range(context, command->data_offset, command->data_bytes);
    if (!data)
        goto fault;
    rule = PVGPU_RULE_INITIAL_DATA_SAMPLES;
    if (resource->sample_count > 1)
        goto fault;
    rule = PVGPU_RULE_INITIAL_DATA_SHORT;
    if (command->data_bytes < resource->bytes)
        goto fault;

    uint32_t count = pvgpu_subresource_count(resource);
    struct pvgpu_subresource_data *initial = malloc(count * sizeof(*initial));
    if (!initial) {
        pvgpu_context_fault(context, PVGPU_RULE_MEMORY_INITIAL_DATA, command->header.id);
        return NULL;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct pvgpu_subresource sub = {0};
        pvgpu_subresource_at(resource, i, &sub);
        /* A row of the widest texture and a slice of the largest 3D mip that data_bytes covers fit 32 bits. */
        initial[i] = (struct pvgpu_subresource_data){
            .data = data,
            .row_pitch = (uint32_t)sub.row_bytes,
            .slice_pitch = (uint32_t)sub.slice_bytes,
        };
        data += sub.bytes;
    }
    *failed = false;
    return initial;

fault:
    pvgpu_context_fault(context, rule, command->header.id);
    return NULL;
}

static void log_resource(struct pvgpu_context *context, uint32_t id, const struct pvgpu_resource *r)
{
    static const char *const kinds[] = {"", "1D texture", "texture", "3D texture", "buffer"};
    if (r->kind == PVGPU_KIND_BUFFER)
        pvgpu_debug(&context->log, "CMD_CREATE_RESOURCE: buffer %u (%u bytes)", id, r->width);
    else
        pvgpu_debug(&context->log, "CMD_CREATE_RESOURCE: %s %u (%ux%u %s)", kinds[r->kind], id, r->width, r->height,
                    pvgpu_format_name(r->format));
}

void pvgpu_handle_create_resource(struct pvgpu_context *context, const struct pvgpu_cmd_create_resource *command)
{
    uint32_t id = command->header.id;
    if (command->kind >= PVGPU_KIND_VERTEX_SHADER && command->kind <= PVGPU_KIND_COMPUTE_SHADER) {
        pvgpu_create_shader(context, id, command->kind - PVGPU_KIND_VERTEX_SHADER, command->data_offset,
                            command->data_bytes);
        return;
    }
    if (id == 0) {
        pvgpu_context_fault(context, PVGPU_RULE_ID_REQUIRED, 0);
        return;
    }
    struct pvgpu_resource description = {0};
    enum pvgpu_rule rule = pvgpu_validate_resource(command, &description);
    if (rule) {
        pvgpu_context_fault(context, rule, id);
        return;
    }
    bool failed;
    struct pvgpu_subresource_data *initial = initial_data(context, command, &description, &failed);
    if (failed)
        return;
    if (description.bytes > context->limits.one_resource_bytes || !pvgpu_context_has_room(context, description.bytes)) {
        pvgpu_context_fault(context, PVGPU_RULE_LIMIT_BYTES, id);
        goto finish;
    }
    struct pvgpu_resource *resource = pvgpu_context_new_object(context, sizeof(*resource), id, PVGPU_OBJECT_RESOURCE);
    if (!resource)
        goto finish;
    description.base = resource->base;
    *resource = description;
    pvgpu_context_charge_resource(context, resource);
    enum pvgpu_gpu_result result = context->gpu->ops->create_resource(context->gpu, resource, initial);
    if (!pvgpu_context_check(context, result, id, PVGPU_RULE_HOST_RESOURCE)) {
        pvgpu_context_release(context, resource);
        goto finish;
    }
    log_resource(context, id, resource);
    pvgpu_context_publish(context, &resource->base);
    pvgpu_timeline_worked(context->timeline, command->data_bytes);

finish:
    free(initial);
}

/* Takes an object out of the table and drops the reference of the table. */
static void destroy(struct pvgpu_context *context, uint32_t id, enum pvgpu_object_type type)
{
    if (!pvgpu_context_find_type(context, id, type))
        return;
    pvgpu_debug(&context->log, "CMD_%s: %u",
                pvgpu_command_info((uint32_t)pvgpu_command_find(context->current_opcode))->name, id);
    pvgpu_context_release(context, pvgpu_object_table_remove(&context->objects, id));
}

static uint32_t destroyed_id(const struct pvgpu_cmd_destroy *command)
{
    return command->header.id ? command->header.id : command->id;
}

#define DESTROY_HANDLER(name, type) \
    void pvgpu_handle_destroy_##name(struct pvgpu_context *context, const struct pvgpu_cmd_destroy *command) \
    { \
        destroy(context, destroyed_id(command), type); \
    }

DESTROY_HANDLER(resource, PVGPU_OBJECT_RESOURCE)
DESTROY_HANDLER(blend_state, PVGPU_OBJECT_BLEND_STATE)
DESTROY_HANDLER(rasterizer_state, PVGPU_OBJECT_RASTERIZER_STATE)
DESTROY_HANDLER(depth_stencil_state, PVGPU_OBJECT_DEPTH_STENCIL_STATE)
DESTROY_HANDLER(sampler, PVGPU_OBJECT_SAMPLER)
DESTROY_HANDLER(input_layout, PVGPU_OBJECT_INPUT_LAYOUT)
DESTROY_HANDLER(render_target_view, PVGPU_OBJECT_RENDER_TARGET_VIEW)
DESTROY_HANDLER(depth_stencil_view, PVGPU_OBJECT_DEPTH_STENCIL_VIEW)
DESTROY_HANDLER(shader_resource_view, PVGPU_OBJECT_SHADER_RESOURCE_VIEW)
DESTROY_HANDLER(unordered_access_view, PVGPU_OBJECT_UNORDERED_ACCESS_VIEW)

/* The one that carries its id in the payload. */
void pvgpu_handle_destroy_shader(struct pvgpu_context *context, const struct pvgpu_cmd_destroy *command)
{
    destroy(context, command->id ? command->id : command->header.id, PVGPU_OBJECT_SHADER);
}

/*
 * The resource of MAP, UNMAP and UPDATE, and its subresource: the payload's id, or the header's when that is 0; both
 * and different is a contradiction. NULL after a fault.
 */
static struct pvgpu_resource *find_subresource(struct pvgpu_context *context, uint32_t header_id, uint32_t payload_id,
                                               uint32_t index, struct pvgpu_subresource *sub)
{
    if (header_id && payload_id && header_id != payload_id) {
        pvgpu_context_fault(context, PVGPU_RULE_IDS_DIFFER, payload_id);
        return NULL;
    }
    uint32_t id = payload_id ? payload_id : header_id;
    struct pvgpu_object *object = pvgpu_context_find_type(context, id, PVGPU_OBJECT_RESOURCE);
    if (!object)
        return NULL;
    struct pvgpu_resource *resource = pvgpu_resource_from(object);
    if (!pvgpu_subresource_at(resource, index, sub)) {
        pvgpu_context_fault(context, PVGPU_RULE_SUBRESOURCE_UNKNOWN, id);
        return NULL;
    }
    return resource;
}

static struct pvgpu_mapping *find_mapping(struct pvgpu_resource *resource, uint32_t subresource)
{
    for (uint32_t i = 0; i < resource->mapping_count; i++) {
        if (resource->mappings[i].subresource == subresource)
            return &resource->mappings[i];
    }
    return NULL;
}

#define MAPPINGS_BYTES (PVGPU_MAX_MAPPINGS * sizeof(struct pvgpu_mapping))

/* Forgets a MAP; the records go with the last one. */
static void forget_mapping(struct pvgpu_context *context, struct pvgpu_resource *resource,
                           struct pvgpu_mapping *mapping)
{
    *mapping = resource->mappings[--resource->mapping_count];
    if (resource->mapping_count)
        return;
    pvgpu_context_give(context, resource->mappings, MAPPINGS_BYTES);
    resource->mappings = NULL;
    pvgpu_context_discharge(context, PVGPU_MEMORY_MAPPINGS, MAPPINGS_BYTES);
    pvgpu_context_count(context);
}

/* Remembers a MAP; a second one of the same subresource replaces the first. */
static enum pvgpu_rule remember_mapping(struct pvgpu_context *context, struct pvgpu_resource *resource,
                                        uint32_t subresource, uint32_t mode)
{
    struct pvgpu_mapping *mapping = find_mapping(resource, subresource);
    if (!mapping) {
        if (resource->mapping_count == PVGPU_MAX_MAPPINGS)
            return PVGPU_RULE_LIMIT_MAPPINGS;
        if (!resource->mappings) {
            if (!pvgpu_context_has_room(context, MAPPINGS_BYTES))
                return PVGPU_RULE_LIMIT_BYTES;
            resource->mappings = pvgpu_context_take(context, MAPPINGS_BYTES);
            if (!resource->mappings)
                return PVGPU_RULE_LIMIT_MAPPINGS;
            pvgpu_context_charge(context, PVGPU_MEMORY_MAPPINGS, MAPPINGS_BYTES);
            pvgpu_context_count(context);
        }
        mapping = &resource->mappings[resource->mapping_count++];
    }
    *mapping = (struct pvgpu_mapping){.subresource = subresource, .mode = mode};
    return PVGPU_RULE_NONE;
}

void pvgpu_handle_map_resource(struct pvgpu_context *context, const struct pvgpu_cmd_map_resource *command)
{
    struct pvgpu_subresource sub;
    struct pvgpu_resource *resource =
        find_subresource(context, command->header.id, command->id, command->subresource, &sub);
    if (!resource)
        return;
    uint32_t id = resource->base.id;
    enum pvgpu_rule rule = PVGPU_RULE_NONE;
    bool reads = command->mode == PVGPU_MAP_READ || command->mode == PVGPU_MAP_READ_WRITE;
    if (command->mode < PVGPU_MAP_READ || command->mode > PVGPU_MAP_WRITE_NO_OVERWRITE)
        rule = PVGPU_RULE_MAP_MODE;
    else if (resource->sample_count > 1)
        rule = PVGPU_RULE_MAP_SAMPLES;
    else if (reads && !pvgpu_context_heap_range(context, command->heap_offset, sub.bytes))
        rule = PVGPU_RULE_MAP_HEAP;
    if (!rule)
        rule = remember_mapping(context, resource, command->subresource, command->mode);
    if (rule) {
        pvgpu_context_fault(context, rule, id);
        return;
    }
    pvgpu_debug(&context->log, "CMD_MAP_RESOURCE: %u, subresource %u, mode %u", id, command->subresource,
                command->mode);
    if (reads && !pvgpu_timeline_readback(context->timeline, resource, command->subresource, command->heap_offset,
                                          sub.row_bytes, sub.rows, sub.depth))
        pvgpu_context_fault(context, PVGPU_RULE_MEMORY_READBACK, id);
}

/* Whether bulk bytes may be written into a resource. */
static enum pvgpu_rule refuse_upload(const struct pvgpu_resource *resource)
{
    if (resource->sample_count > 1)
        return PVGPU_RULE_UPLOAD_SAMPLES;
    if (resource->bind & PVGPU_BIND_DEPTH_STENCIL)
        return PVGPU_RULE_UPLOAD_DEPTH;
    return PVGPU_RULE_NONE;
}

/* Uploads the first `bytes` of a tightly packed subresource: whole slices, then rows, then blocks of the last row. */
static void upload_prefix(struct pvgpu_context *context, struct pvgpu_resource *resource, uint32_t index,
                          const struct pvgpu_subresource *sub, const uint8_t *data, uint64_t bytes)
{
    uint32_t row_pitch = (uint32_t)sub->row_bytes, slice_pitch = (uint32_t)sub->slice_bytes;
    const struct pvgpu_gpu_ops *ops = context->gpu->ops;
    if (bytes == sub->bytes) {
        ops->update(context->gpu, resource, index, NULL, data, row_pitch, slice_pitch);
        return;
    }
    uint32_t slices = (uint32_t)(bytes / sub->slice_bytes);
    if (slices) {
        struct pvgpu_box box = {.right = sub->width, .bottom = sub->height, .back = slices};
        ops->update(context->gpu, resource, index, &box, data, row_pitch, slice_pitch);
        data += sub->slice_bytes * slices;
        bytes -= sub->slice_bytes * slices;
    }
    uint32_t rows = (uint32_t)(bytes / sub->row_bytes);
    if (rows) {
        struct pvgpu_box box = {
            .front = slices,
            .right = sub->width,
            .bottom = rows * sub->block_height,
            .back = slices + 1,
        };
        ops->update(context->gpu, resource, index, &box, data, row_pitch, slice_pitch);
        data += sub->row_bytes * rows;
        bytes -= sub->row_bytes * rows;
    }
    uint32_t blocks = (uint32_t)(bytes / sub->block_bytes);
    if (blocks) {
        uint32_t top = rows * sub->block_height, bottom = top + sub->block_height;
        struct pvgpu_box box = {
            .top = top,
            .front = slices,
            .right = blocks * sub->block_width,
            .bottom = bottom < sub->height ? bottom : sub->height,
            .back = slices + 1,
        };
        ops->update(context->gpu, resource, index, &box, data, row_pitch, slice_pitch);
    }
}

void pvgpu_handle_unmap_resource(struct pvgpu_context *context, const struct pvgpu_cmd_unmap_resource *command)
{
    struct pvgpu_subresource sub;
    struct pvgpu_resource *resource =
        find_subresource(context, command->header.id, command->id, command->subresource, &sub);
    if (!resource)
        return;
    uint32_t id = resource->base.id;
    struct pvgpu_mapping *mapping = find_mapping(resource, command->subresource);
    uint32_t mode = mapping ? mapping->mode : 0;
    enum pvgpu_rule rule = PVGPU_RULE_NONE;
    if (!mapping && command->data_bytes == 0) {
        rule = PVGPU_RULE_UNMAP_UNMAPPED;
    } else if (mode != PVGPU_MAP_READ) {
        uint64_t bytes = command->data_bytes ? command->data_bytes : sub.bytes;
        const uint8_t *data = pvgpu_context_heap_range(context, command->heap_offset, bytes);
        rule = refuse_upload(resource);
        if (!rule && bytes > sub.bytes)
            rule = PVGPU_RULE_UNMAP_LONG;
        if (!rule && bytes % sub.block_bytes)
            rule = PVGPU_RULE_UNMAP_PART_BLOCK;
        if (!rule && bytes % 16 && resource->bind & PVGPU_BIND_CONSTANT_BUFFER)
            rule = PVGPU_RULE_UNMAP_CONSTANTS;
        if (!rule && !data)
            rule = PVGPU_RULE_UNMAP_HEAP;
        if (!rule) {
            upload_prefix(context, resource, command->subresource, &sub, data, bytes);
            pvgpu_timeline_worked(context->timeline, bytes);
            pvgpu_debug(&context->log, "CMD_UNMAP_RESOURCE: %u, subresource %u, %llu bytes", id, command->subresource,
                        (unsigned long long)bytes);
        }
    }
    if (mapping)
        forget_mapping(context, resource, mapping);
    if (rule)
        pvgpu_context_fault(context, rule, id);
}

/* The box of an UPDATE; an extent of 0 reaches to the end of its axis. */
static enum pvgpu_rule update_box(const struct pvgpu_cmd_update_resource *command, const struct pvgpu_subresource *sub,
                                  struct pvgpu_box *box)
{
    if (command->x >= sub->width || command->y >= sub->height || command->z >= sub->depth)
        return PVGPU_RULE_BOX_START;
    uint32_t width = command->width ? command->width : sub->width - command->x;
    uint32_t height = command->height ? command->height : sub->height - command->y;
    uint32_t depth = command->depth ? command->depth : sub->depth - command->z;
    if (width > sub->width - command->x || height > sub->height - command->y || depth > sub->depth - command->z)
        return PVGPU_RULE_BOX_END;
    *box = (struct pvgpu_box){
        .left = command->x,
        .top = command->y,
        .front = command->z,
        .right = command->x + width,
        .bottom = command->y + height,
        .back = command->z + depth,
    };
    return pvgpu_validate_box(sub, box);
}

/* Checks that the pitches make rows and slices that do not overlap and lie inside the data. */
static enum pvgpu_rule update_source(const struct pvgpu_cmd_update_resource *command,
                                     const struct pvgpu_subresource *sub, const struct pvgpu_box *box)
{
    uint64_t columns = (box->right - box->left + sub->block_width - 1) / sub->block_width;
    uint64_t rows = (box->bottom - box->top + sub->block_height - 1) / sub->block_height;
    uint64_t slices = box->back - box->front;
    uint64_t row_bytes = columns * sub->block_bytes;
    if (rows > 1 && command->row_pitch < row_bytes)
        return PVGPU_RULE_ROW_PITCH;
    /* Below 2^32 * 2^14 + 2^18: no overflow. */
    uint64_t slice_bytes = (rows - 1) * command->row_pitch + row_bytes;
    if (slices > 1 && command->depth_pitch < slice_bytes)
        return PVGPU_RULE_DEPTH_PITCH;
    uint64_t needed;
    if (!pvgpu_mul_u64(slices - 1, command->depth_pitch, &needed) || !pvgpu_add_u64(needed, slice_bytes, &needed) ||
        needed > command->data_bytes)
        return PVGPU_RULE_UPDATE_SHORT;
    return PVGPU_RULE_NONE;
}

void pvgpu_handle_update_resource(struct pvgpu_context *context, const struct pvgpu_cmd_update_resource *command)
{
    struct pvgpu_subresource sub;
    struct pvgpu_resource *resource =
        find_subresource(context, command->header.id, command->id, command->subresource, &sub);
    if (!resource)
        return;
    struct pvgpu_box box;
    enum pvgpu_rule rule = refuse_upload(resource);
    if (!rule)
        rule = update_box(command, &sub, &box);
    if (!rule)
        rule = update_source(command, &sub, &box);
    bool whole = !rule && box.left == 0 && box.top == 0 && box.front == 0 && box.right == sub.width &&
                 box.bottom == sub.height && box.back == sub.depth;
    if (!rule && !whole && resource->bind & PVGPU_BIND_CONSTANT_BUFFER)
        rule = PVGPU_RULE_UPDATE_CONSTANTS;
    const void *data = pvgpu_context_heap_range(context, command->heap_offset, command->data_bytes);
    if (!rule && !data)
        rule = PVGPU_RULE_UPDATE_HEAP;
    if (rule) {
        pvgpu_context_fault(context, rule, resource->base.id);
        return;
    }
    context->gpu->ops->update(context->gpu, resource, command->subresource, whole ? NULL : &box, data,
                              command->row_pitch, command->depth_pitch);
    pvgpu_timeline_worked(context->timeline, command->data_bytes);
    pvgpu_debug(&context->log, "CMD_UPDATE_RESOURCE: %u, subresource %u, %u bytes", resource->base.id,
                command->subresource, command->data_bytes);
}
