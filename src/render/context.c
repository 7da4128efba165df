/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "render/context.h"

#include "base/checked.h"

#include <stdlib.h>
#include <string.h>

static void call(enum pvgpu_command_index index, struct pvgpu_context *context, const struct pvgpu_command *command)
{
    switch (index) {
#define PVGPU_COMMAND(NAME, name, struct_name, least) \
    case PVGPU_INDEX_##NAME: \
        pvgpu_handle_##name(context, (const struct pvgpu_cmd_##struct_name *)(const void *)command->bytes); \
        return;
#include "wire/commands.inc"
#undef PVGPU_COMMAND
    case PVGPU_COMMAND_COUNT:
        return;
    }
}

struct pvgpu_limits pvgpu_limits_default(void)
{
    return (struct pvgpu_limits){
        .resource_bytes = UINT64_C(4) << 30,
        .one_resource_bytes = UINT64_C(2) << 30,
        .objects = 1000000,
        .shaders = 65536,
    };
}

void pvgpu_context_init(struct pvgpu_context *context, struct pvgpu_gpu *gpu, struct pvgpu_timeline *timeline,
                        struct pvgpu_statistics *statistics, const struct pvgpu_fault_sink *faults,
                        const struct pvgpu_limits *limits, const struct pvgpu_log *log)
{
    *context = (struct pvgpu_context){
        .gpu = gpu,
        .timeline = timeline,
        .statistics = statistics,
        .faults = *faults,
        .limits = *limits,
        .log = pvgpu_log_for(log, "pvgpu_backend::command_processor"),
        .fault_lines = {.burst = 20, .per_second = 5},
        .next_serial = 1,
    };
    pvgpu_state_init(&context->state);
}

void pvgpu_context_set_heap(struct pvgpu_context *context, const void *heap, uint64_t bytes)
{
    context->heap = heap;
    context->heap_bytes = bytes;
}

void pvgpu_context_count(struct pvgpu_context *context)
{
    atomic_store_explicit(&context->statistics->objects, context->object_count, memory_order_relaxed);
    atomic_store_explicit(&context->statistics->bytes, context->resource_bytes, memory_order_relaxed);
}

static void unbind_stage(struct pvgpu_context *context, struct pvgpu_stage_state *stage)
{
    pvgpu_context_bind(context, &stage->shader, NULL);
    for (uint32_t i = 0; i < PVGPU_MAX_SAMPLERS; i++)
        pvgpu_context_bind(context, &stage->samplers[i], NULL);
    for (uint32_t i = 0; i < PVGPU_MAX_CONSTANT_BUFFERS; i++)
        pvgpu_context_bind(context, &stage->constants[i].buffer, NULL);
    for (uint32_t i = 0; i < PVGPU_MAX_SHADER_RESOURCES; i++)
        pvgpu_context_bind(context, &stage->resources[i], NULL);
}

static void unbind_state(struct pvgpu_context *context)
{
    struct pvgpu_state *state = &context->state;
    for (uint32_t i = 0; i < PVGPU_MAX_RENDER_TARGETS; i++)
        pvgpu_context_bind(context, &state->render_targets[i], NULL);
    pvgpu_context_bind(context, &state->depth_stencil_view, NULL);
    pvgpu_context_bind(context, &state->blend, NULL);
    pvgpu_context_bind(context, &state->rasterizer, NULL);
    pvgpu_context_bind(context, &state->depth_stencil, NULL);
    for (uint32_t i = 0; i < PVGPU_MAX_VERTEX_BUFFERS; i++)
        pvgpu_context_bind(context, &state->vertex_buffers[i].buffer, NULL);
    pvgpu_context_bind(context, &state->index_buffer, NULL);
    pvgpu_context_bind(context, &state->input_layout, NULL);
    for (uint32_t i = 0; i < PVGPU_MAX_UNORDERED_ACCESS; i++)
        pvgpu_context_bind(context, &state->unordered[i].view, NULL);
    for (uint32_t i = 0; i < PVGPU_STAGE_COUNT; i++)
        unbind_stage(context, &state->stages[i]);
    pvgpu_state_init(state);
}

static void drop_alias(struct pvgpu_context *context, struct pvgpu_object *object);

void pvgpu_context_clear(struct pvgpu_context *context)
{
    context->gpu->ops->unbind_all(context->gpu);
    unbind_state(context);
    for (uint32_t i = 0; i < context->objects.capacity; i++) {
        struct pvgpu_object *object = context->objects.slots[i].object;
        context->objects.slots[i].object = NULL; /* shaders that follow look through the table */
        if (object)
            drop_alias(context, object);
        pvgpu_context_release(context, object);
    }
    pvgpu_object_table_finish(&context->objects);
    context->layout_stale = true;
    assert(context->object_count == 0 && context->resource_bytes == 0 && context->shader_count == 0);
    pvgpu_context_count(context);
}

void pvgpu_context_execute(struct pvgpu_context *context, struct pvgpu_command *command)
{
    context->current_opcode = command->header.opcode;
    context->current_size = command->header.size;
    int index = pvgpu_command_find(command->header.opcode);
    if (index < 0) {
        pvgpu_context_refuse(context, PVGPU_RULE_OPCODE_UNKNOWN);
        return;
    }
    const struct pvgpu_command_info *info = pvgpu_command_info((uint32_t)index);
    if (command->header.size < info->least) {
        pvgpu_context_refuse(context, PVGPU_RULE_COMMAND_SHORT);
        return;
    }
    if (command->header.size < info->full)
        memset(command->bytes + command->header.size, 0, info->full - command->header.size);
    call((enum pvgpu_command_index)index, context, command);
}

/* Whether one more warning that a guest caused may be written; says first how many were left out. */
static bool may_warn(struct pvgpu_context *context)
{
    uint64_t dropped;
    if (!pvgpu_log_enabled(&context->log, PVGPU_LOG_WARN) || !pvgpu_log_limit_pass(&context->fault_lines, &dropped))
        return false;
    if (dropped)
        pvgpu_warn(&context->log, "%llu lines about guest errors were left out", (unsigned long long)dropped);
    return true;
}

void pvgpu_context_fault_text(struct pvgpu_context *context, uint32_t code, uint32_t argument, const char *text)
{
    if (may_warn(context)) {
        int index = pvgpu_command_find(context->current_opcode);
        pvgpu_warn(&context->log, "CMD_%s (0x%04X): error %u, argument %u: %s",
                   index < 0 ? "UNKNOWN" : pvgpu_command_info((uint32_t)index)->name, context->current_opcode, code,
                   argument, text);
    }
    context->faults.report(context->faults.user, code, argument);
}

void pvgpu_context_fault(struct pvgpu_context *context, enum pvgpu_rule rule, uint32_t argument)
{
    pvgpu_context_fault_text(context, pvgpu_rule_info(rule)->code, argument, pvgpu_rule_info(rule)->text);
}

void pvgpu_context_refuse(struct pvgpu_context *context, enum pvgpu_rule rule)
{
    pvgpu_context_fault(context, rule, context->current_opcode);
}

bool pvgpu_context_check(struct pvgpu_context *context, enum pvgpu_gpu_result result, uint32_t id,
                         enum pvgpu_rule refused)
{
    switch (result) {
    case PVGPU_GPU_OK:
        return true;
    case PVGPU_GPU_NO_MEMORY:
        pvgpu_context_fault(context, PVGPU_RULE_MEMORY_HOST, id);
        return false;
    case PVGPU_GPU_LOST:
        return false; /* the renderer notices and reports once */
    case PVGPU_GPU_FAULT:
        pvgpu_context_fault(context, PVGPU_RULE_HOST_FAULT, pvgpu_gpu_take_fault(context->gpu));
        return false;
    case PVGPU_GPU_REFUSED:
        break;
    }
    atomic_fetch_add_explicit(&context->statistics->refused_by_host, 1, memory_order_relaxed);
    pvgpu_context_fault(context, refused, id);
    return false;
}

struct pvgpu_object *pvgpu_context_find(struct pvgpu_context *context, uint32_t id)
{
    if (id == 0) {
        pvgpu_context_fault(context, PVGPU_RULE_ID_REQUIRED, 0);
        return NULL;
    }
    struct pvgpu_object *object = pvgpu_object_table_find(&context->objects, id);
    if (!object)
        pvgpu_context_fault(context, PVGPU_RULE_ID_UNKNOWN, id);
    return object;
}

struct pvgpu_object *pvgpu_context_find_type(struct pvgpu_context *context, uint32_t id, enum pvgpu_object_type type)
{
    struct pvgpu_object *object = pvgpu_context_find(context, id);
    return object && pvgpu_context_expect(context, object, id, type) ? object : NULL;
}

bool pvgpu_context_expect(struct pvgpu_context *context, const struct pvgpu_object *object, uint32_t id,
                          enum pvgpu_object_type type)
{
    if (object->type == type)
        return true;
    pvgpu_context_fault(context, PVGPU_RULE_ID_OF_OTHER_KIND, id);
    return false;
}

bool pvgpu_context_reserve(struct pvgpu_context *context, uint32_t id)
{
    if (context->object_count >= context->limits.objects) {
        pvgpu_context_fault(context, PVGPU_RULE_LIMIT_OBJECTS, id);
        return false;
    }
    if (!pvgpu_object_table_reserve(&context->objects)) {
        pvgpu_context_fault(context, PVGPU_RULE_MEMORY_OBJECT, id);
        return false;
    }
    return true;
}

void *pvgpu_context_new_object(struct pvgpu_context *context, size_t size, uint32_t id, enum pvgpu_object_type type)
{
    if (id == 0) {
        pvgpu_context_fault(context, PVGPU_RULE_ID_REQUIRED, 0);
        return NULL;
    }
    if (!pvgpu_context_reserve(context, id))
        return NULL;
    struct pvgpu_object *object = calloc(1, size);
    if (!object) {
        pvgpu_context_fault(context, PVGPU_RULE_MEMORY_OBJECT, id);
        return NULL;
    }
    atomic_fetch_add_explicit(&context->statistics->allocations, 1, memory_order_relaxed);
    object->id = id;
    object->references = 1;
    object->type = type;
    context->object_count++;
    pvgpu_context_count(context);
    return object;
}

void pvgpu_context_publish_as(struct pvgpu_context *context, struct pvgpu_object *object, uint32_t id)
{
    if (pvgpu_object_table_find(&context->objects, id)) {
        if (may_warn(context))
            pvgpu_warn(&context->log, "Object %u is created again: the old one is released", id);
        pvgpu_context_withdraw(context, id);
    }
    pvgpu_object_table_insert(&context->objects, id, object);
    pvgpu_context_count(context);
}

void pvgpu_context_publish(struct pvgpu_context *context, struct pvgpu_object *object)
{
    pvgpu_context_publish_as(context, object, object->id);
}

/* One of several ids of a resource goes: the others keep it. */
static void drop_alias(struct pvgpu_context *context, struct pvgpu_object *object)
{
    if (object->type != PVGPU_OBJECT_RESOURCE || !pvgpu_resource_from(object)->aliases)
        return;
    pvgpu_resource_from(object)->aliases--;
    context->object_count--;
    pvgpu_context_count(context);
}

void pvgpu_context_withdraw(struct pvgpu_context *context, uint32_t id)
{
    struct pvgpu_object *object = pvgpu_object_table_remove(&context->objects, id);
    if (!object)
        return;
    drop_alias(context, object);
    pvgpu_context_release(context, object);
}

static void drop_variants(struct pvgpu_context *context, struct pvgpu_input_layout *layout)
{
    for (uint32_t i = 0; i < layout->variant_count; i++) {
        context->gpu->ops->release(context->gpu, layout->variants[i].host);
        context->object_count--;
    }
    free(layout->variants);
}

/* Layout variants made for a shader go with it. */
static void forget_shader(struct pvgpu_context *context, uint64_t serial)
{
    for (uint32_t i = 0; i < context->objects.capacity; i++) {
        struct pvgpu_object *object = context->objects.slots[i].object;
        if (!object || object->type != PVGPU_OBJECT_INPUT_LAYOUT)
            continue;
        struct pvgpu_input_layout *layout = pvgpu_input_layout_from(object);
        for (uint32_t v = 0; v < layout->variant_count; v++) {
            if (layout->variants[v].shader_serial != serial)
                continue;
            context->gpu->ops->release(context->gpu, layout->variants[v].host);
            layout->variants[v--] = layout->variants[--layout->variant_count];
            context->object_count--; /* published with the shader's own release */
        }
    }
}

void pvgpu_context_release(struct pvgpu_context *context, void *pointer)
{
    struct pvgpu_object *object = pointer;
    if (!object || --object->references)
        return;
    switch (object->type) {
    case PVGPU_OBJECT_RESOURCE: {
        struct pvgpu_resource *resource = pvgpu_resource_from(object);
        context->resource_bytes -= resource->bytes;
        free(resource->mappings);
        break;
    }
    case PVGPU_OBJECT_RENDER_TARGET_VIEW:
    case PVGPU_OBJECT_DEPTH_STENCIL_VIEW:
    case PVGPU_OBJECT_SHADER_RESOURCE_VIEW:
    case PVGPU_OBJECT_UNORDERED_ACCESS_VIEW:
        pvgpu_context_release(context, pvgpu_view_from(object)->resource);
        break;
    case PVGPU_OBJECT_SHADER: {
        struct pvgpu_shader *shader = pvgpu_shader_from(object);
        if (shader->stage == PVGPU_STAGE_VERTEX)
            forget_shader(context, shader->serial);
        free(shader->bytecode);
        context->resource_bytes -= shader->bytecode_bytes;
        context->shader_count--;
        break;
    }
    case PVGPU_OBJECT_INPUT_LAYOUT: {
        struct pvgpu_input_layout *layout = pvgpu_input_layout_from(object);
        drop_variants(context, layout);
        free(layout->elements);
        break;
    }
    default:
        break;
    }
    context->gpu->ops->release(context->gpu, object->host);
    free(object);
    context->object_count--;
    pvgpu_context_count(context);
}

bool pvgpu_context_bind(struct pvgpu_context *context, void *slot_pointer, void *object)
{
    /* Slots are pointers to various structs: copied as bytes, since void * may not alias them. */
    void *old;
    memcpy(&old, slot_pointer, sizeof(old));
    if (old == object)
        return false;
    pvgpu_object_retain(object);
    memcpy(slot_pointer, &object, sizeof(object));
    pvgpu_context_release(context, old);
    return true;
}

const void *pvgpu_context_heap_range(const struct pvgpu_context *context, uint64_t offset, uint64_t bytes)
{
    if (!pvgpu_range_fits(context->heap_bytes, offset, bytes))
        return NULL;
    return context->heap + offset;
}
