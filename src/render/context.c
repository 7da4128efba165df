/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "render/context.h"

#include "base/checked.h"
#include "os/random.h"

#include <string.h>

static_assert(PVGPU_COMMAND_COUNT < PVGPU_STATISTICS_COMMANDS, "every command is counted, unknown ones apart");
static_assert(PVGPU_OBJECT_ALIAS + 1 == PVGPU_STATISTICS_OBJECTS, "every type of object is counted");
static_assert(PVGPU_ERROR_INTERNAL + 1 == PVGPU_STATISTICS_ERRORS, "every code is counted");

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

#define UNKNOWN_ADAPTER_BYTES (UINT64_C(4) << 30)
#define ONE_RESOURCE_BYTES (UINT64_C(2) << 30)

struct pvgpu_limits pvgpu_limits_for(uint64_t adapter_bytes)
{
    if (!adapter_bytes)
        adapter_bytes = UNKNOWN_ADAPTER_BYTES;
    uint64_t bytes = adapter_bytes - adapter_bytes / 4;
    return (struct pvgpu_limits){
        .resource_bytes = bytes,
        .one_resource_bytes = bytes < ONE_RESOURCE_BYTES ? bytes : ONE_RESOURCE_BYTES,
        .objects = 1000000,
        .shaders = 65536,
    };
}

struct pvgpu_limits pvgpu_limits_default(void)
{
    return pvgpu_limits_for(UNKNOWN_ADAPTER_BYTES);
}

/* What is alive is what this context made: a renderer before it may have died with objects. */
static void reset_alive(struct pvgpu_context *context)
{
    for (uint32_t i = 0; i < PVGPU_STATISTICS_OBJECTS; i++)
        atomic_store_explicit(&context->statistics->objects_by_type[i], 0, memory_order_relaxed);
    for (uint32_t i = 0; i < PVGPU_MEMORY_KINDS; i++)
        atomic_store_explicit(&context->statistics->bytes_by_kind[i], 0, memory_order_relaxed);
    pvgpu_context_count(context);
}

/* A new epoch's table hashes in another way, so that nothing that a guest finds out about one stays useful. */
static void start_table(struct pvgpu_context *context)
{
    struct pvgpu_hash_seed seed;
    pvgpu_random_fill(&seed, sizeof(seed));
    pvgpu_object_table_init(&context->objects, &seed);
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
        .pipeline_stale = true,
    };
    pvgpu_state_init(&context->state);
    start_table(context);
    reset_alive(context);
    pvgpu_timeline_count_into(timeline, &context->resource_bytes, limits->resource_bytes);
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

void pvgpu_context_charge(struct pvgpu_context *context, enum pvgpu_memory_kind kind, uint64_t bytes)
{
    context->resource_bytes += bytes;
    pvgpu_statistics_add(&context->statistics->bytes_by_kind[kind], bytes);
}

void pvgpu_context_discharge(struct pvgpu_context *context, enum pvgpu_memory_kind kind, uint64_t bytes)
{
    context->resource_bytes -= bytes;
    pvgpu_statistics_add(&context->statistics->bytes_by_kind[kind], UINT64_C(0) - bytes);
}

void *pvgpu_context_take(struct pvgpu_context *context, size_t size)
{
    void *memory = pvgpu_pool_take(&context->pool, size);
    if (memory)
        pvgpu_statistics_add(&context->statistics->allocations, 1);
    return memory;
}

void pvgpu_context_give(struct pvgpu_context *context, void *memory, size_t size)
{
    pvgpu_pool_give(&context->pool, memory, size);
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

void pvgpu_context_clear(struct pvgpu_context *context)
{
    context->gpu->ops->unbind_all(context->gpu);
    unbind_state(context);
    struct pvgpu_object *object;
    while ((object = pvgpu_object_table_take_any(&context->objects)))
        pvgpu_context_release(context, object);
    context->layout_stale = true;
    context->pipeline_stale = true;
    assert(context->object_count == 0 && context->resource_bytes == 0 && context->shader_count == 0);
    assert(context->objects.index.count == 0 && context->variants.count == 0);
    pvgpu_object_table_finish(&context->objects);
    pvgpu_hash_finish(&context->variants);
    pvgpu_pool_finish(&context->pool);
    start_table(context);
    pvgpu_context_count(context);
}

void pvgpu_context_execute(struct pvgpu_context *context, struct pvgpu_command *command)
{
    context->current_opcode = command->header.opcode;
    context->current_size = command->header.size;
    int index = pvgpu_command_find(command->header.opcode);
    pvgpu_statistics_add(&context->statistics->executed[index < 0 ? PVGPU_COMMAND_COUNT : index], 1);
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

/* Whether one more warning that a guest caused may be written. */
static bool may_warn(struct pvgpu_context *context)
{
    return pvgpu_log_may(&context->log, PVGPU_LOG_WARN, &context->fault_lines, "guest errors");
}

void pvgpu_context_fault_text(struct pvgpu_context *context, uint32_t code, uint32_t argument, const char *text)
{
    if (may_warn(context)) {
        int index = pvgpu_command_find(context->current_opcode);
        const char *name = index < 0 ? "UNKNOWN" : pvgpu_command_info((uint32_t)index)->name;
        pvgpu_log_with(&context->log, PVGPU_LOG_WARN,
                       PVGPU_FIELDS(pvgpu_log_said(pvgpu_log_number("code", code)),
                                    pvgpu_log_said(pvgpu_log_number("argument", argument)),
                                    pvgpu_log_said(pvgpu_log_text("command", name)),
                                    pvgpu_log_said(pvgpu_log_number("opcode", context->current_opcode))),
                       "CMD_%s (0x%04X): error %u, argument %u: %s", name, context->current_opcode, code, argument,
                       text);
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
    else if (object->type == PVGPU_OBJECT_ALIAS)
        object = &pvgpu_alias_from(object)->resource->base;
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

void *pvgpu_context_new_object(struct pvgpu_context *context, size_t size, uint32_t id, enum pvgpu_object_type type)
{
    if (id == 0) {
        pvgpu_context_fault(context, PVGPU_RULE_ID_REQUIRED, 0);
        return NULL;
    }
    if (context->object_count >= context->limits.objects) {
        pvgpu_context_fault(context, PVGPU_RULE_LIMIT_OBJECTS, id);
        return NULL;
    }
    if (!pvgpu_object_table_reserve(&context->objects))
        goto error;
    struct pvgpu_object *object = pvgpu_context_take(context, size);
    if (!object)
        goto error;
    object->id = id;
    object->references = 1;
    object->type = type;
    context->object_count++;
    pvgpu_statistics_add(&context->statistics->objects_by_type[type], 1);
    pvgpu_context_count(context);
    return object;

error:
    pvgpu_context_fault(context, PVGPU_RULE_MEMORY_OBJECT, id);
    return NULL;
}

void pvgpu_context_publish(struct pvgpu_context *context, struct pvgpu_object *object)
{
    struct pvgpu_object *old = pvgpu_object_table_remove(&context->objects, object->id);
    if (old) {
        if (may_warn(context))
            pvgpu_warn(&context->log, "Object %u is created again: the old one is released", object->id);
        pvgpu_context_release(context, old);
    }
    pvgpu_object_table_insert(&context->objects, object);
    pvgpu_context_count(context);
}

void pvgpu_context_withdraw(struct pvgpu_context *context, uint32_t id)
{
    pvgpu_context_release(context, pvgpu_object_table_remove(&context->objects, id));
}

static enum pvgpu_memory_kind memory_kind_of(const struct pvgpu_resource *resource)
{
    return resource->kind == PVGPU_KIND_BUFFER ? PVGPU_MEMORY_BUFFERS : PVGPU_MEMORY_TEXTURES;
}

void pvgpu_context_charge_resource(struct pvgpu_context *context, const struct pvgpu_resource *resource)
{
    pvgpu_context_charge(context, memory_kind_of(resource), resource->bytes);
}

static size_t finish_resource(struct pvgpu_context *context, struct pvgpu_resource *resource)
{
    const size_t mapping_bytes = PVGPU_MAX_MAPPINGS * sizeof(*resource->mappings);
    pvgpu_context_discharge(context, memory_kind_of(resource), resource->bytes);
    if (resource->mappings)
        pvgpu_context_discharge(context, PVGPU_MEMORY_MAPPINGS, mapping_bytes);
    pvgpu_context_give(context, resource->mappings, mapping_bytes);
    return sizeof(*resource);
}

static size_t finish_layout(struct pvgpu_context *context, struct pvgpu_input_layout *layout)
{
    while (layout->variants)
        pvgpu_context_drop_variant(context, layout->variants);
    if (layout->elements) {
        size_t bytes = layout->count * sizeof(*layout->elements);
        pvgpu_context_discharge(context, PVGPU_MEMORY_LAYOUTS, bytes);
        pvgpu_context_give(context, layout->elements, bytes);
    }
    return sizeof(*layout);
}

static size_t finish_alias(struct pvgpu_context *context, struct pvgpu_alias *alias)
{
    pvgpu_context_release(context, alias->resource);
    return sizeof(*alias);
}

static size_t finish_view(struct pvgpu_context *context, struct pvgpu_view *view)
{
    pvgpu_context_release(context, view->resource);
    return sizeof(*view);
}

/* Lets go of what an object holds, but for its host part; its size. */
static size_t finish_object(struct pvgpu_context *context, struct pvgpu_object *object)
{
    switch (object->type) {
    case PVGPU_OBJECT_RESOURCE:
        return finish_resource(context, pvgpu_resource_from(object));
    case PVGPU_OBJECT_RENDER_TARGET_VIEW:
    case PVGPU_OBJECT_DEPTH_STENCIL_VIEW:
    case PVGPU_OBJECT_SHADER_RESOURCE_VIEW:
    case PVGPU_OBJECT_UNORDERED_ACCESS_VIEW:
        return finish_view(context, pvgpu_view_from(object));
    case PVGPU_OBJECT_SHADER:
        return pvgpu_context_finish_shader(context, pvgpu_shader_from(object));
    case PVGPU_OBJECT_INPUT_LAYOUT:
        return finish_layout(context, pvgpu_input_layout_from(object));
    case PVGPU_OBJECT_ALIAS:
        return finish_alias(context, pvgpu_alias_from(object));
    default:
        return sizeof(struct pvgpu_state_object);
    }
}

void pvgpu_context_release(struct pvgpu_context *context, void *pointer)
{
    struct pvgpu_object *object = pointer;
    if (!object || --object->references)
        return;
    size_t size = finish_object(context, object);
    context->gpu->ops->release(context->gpu, object->host);
    pvgpu_statistics_add(&context->statistics->objects_by_type[object->type], UINT64_C(0) - 1);
    pvgpu_context_give(context, object, size);
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
