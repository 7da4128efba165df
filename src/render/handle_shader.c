/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "render/handle_shader.h"

#include "base/checked.h"
#include "wire/dxbc.h"
#include "wire/validate.h"

#include <stdlib.h>
#include <string.h>

static const char *const stage_names[PVGPU_STAGE_COUNT] = {"vertex", "pixel", "geometry", "hull", "domain", "compute"};

/* An owned copy of the bytecode, checked, with what was found in it; NULL after a fault. */
static uint8_t *copy_bytecode(struct pvgpu_context *context, uint32_t id, uint32_t stage, uint64_t heap_offset,
                              uint32_t bytes, struct pvgpu_dxbc *dxbc)
{
    const void *source = pvgpu_context_heap_range(context, heap_offset, bytes);
    if (!source) {
        pvgpu_context_fault(context, PVGPU_RULE_SHADER_HEAP, id);
        return NULL;
    }
    if (bytes > PVGPU_DXBC_MAX_BYTES || bytes == 0) {
        pvgpu_context_fault(context, PVGPU_RULE_SHADER_SIZE, id);
        return NULL;
    }
    uint8_t *copy = malloc(bytes);
    if (!copy) {
        pvgpu_context_fault(context, PVGPU_RULE_MEMORY_BYTECODE, id);
        return NULL;
    }
    pvgpu_statistics_add(&context->statistics->allocations, 1);
    /* Whatever the guest writes meanwhile, from here on the copy is the shader. */
    memcpy(copy, source, bytes);
    enum pvgpu_dxbc_rule rule = pvgpu_dxbc_check(copy, bytes, (enum pvgpu_stage)stage, dxbc);
    if (rule) {
        pvgpu_context_fault_text(context, PVGPU_ERROR_SHADER_COMPILATION, id, pvgpu_dxbc_rule_text(rule));
        free(copy);
        return NULL;
    }
    return copy;
}

void pvgpu_create_shader(struct pvgpu_context *context, uint32_t id, uint32_t stage, uint64_t heap_offset,
                         uint32_t bytes)
{
    if (id == 0) {
        pvgpu_context_fault(context, PVGPU_RULE_ID_REQUIRED, 0);
        return;
    }
    if (stage >= PVGPU_STAGE_COUNT) {
        pvgpu_context_fault(context, PVGPU_RULE_SHADER_STAGE, id);
        return;
    }
    struct pvgpu_dxbc dxbc;
    uint8_t *bytecode = copy_bytecode(context, id, stage, heap_offset, bytes, &dxbc);
    if (!bytecode)
        return;
    /* The host keeps the bytecode for as long as the shader lives: it counts like a resource's bytes. */
    bool too_many = context->shader_count >= context->limits.shaders;
    if (too_many || !pvgpu_context_has_room(context, bytes)) {
        pvgpu_context_fault(context, too_many ? PVGPU_RULE_LIMIT_SHADERS : PVGPU_RULE_LIMIT_BYTES, id);
        free(bytecode);
        return;
    }
    struct pvgpu_shader *shader = pvgpu_context_new_object(context, sizeof(*shader), id, PVGPU_OBJECT_SHADER);
    if (!shader) {
        free(bytecode);
        return;
    }
    context->shader_count++;
    pvgpu_context_charge(context, PVGPU_MEMORY_SHADERS, bytes);
    pvgpu_statistics_add(&context->statistics->uploads, 1);
    pvgpu_statistics_add(&context->statistics->upload_bytes, bytes);
    pvgpu_statistics_add(&context->statistics->upload_copies, 1);
    shader->stage = stage;
    shader->needs = dxbc.needs;
    shader->inputs = dxbc.inputs;
    shader->bytecode = bytecode;
    shader->bytecode_bytes = bytes;
    shader->serial = context->next_serial++;
    pvgpu_timeline_begin_compiling(context->timeline);
    enum pvgpu_gpu_result result = context->gpu->ops->create_shader(context->gpu, shader);
    pvgpu_timeline_end_compiling(context->timeline);
    if (result == PVGPU_GPU_REFUSED) {
        pvgpu_context_fault(context, PVGPU_RULE_SHADER_HOST, id);
        pvgpu_context_release(context, shader);
        return;
    }
    if (!pvgpu_context_check(context, result, id, PVGPU_RULE_SHADER_HOST)) {
        pvgpu_context_release(context, shader);
        return;
    }
    pvgpu_debug(&context->log, "CMD_%s: %s shader %u (%u bytes)",
                context->current_opcode == PVGPU_CREATE_SHADER ? "CREATE_SHADER" : "CREATE_RESOURCE",
                stage_names[stage], id, bytes);
    pvgpu_context_publish(context, &shader->base);
}

void pvgpu_handle_create_shader(struct pvgpu_context *context, const struct pvgpu_cmd_create_shader *command)
{
    pvgpu_create_shader(context, command->id, command->stage, command->data_offset, command->data_bytes);
}

static bool is_name_character(char c, bool first)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || (!first && c >= '0' && c <= '9');
}

/* Copies a NUL-terminated semantic name out of the heap, each byte once. */
static enum pvgpu_rule copy_semantic_name(const struct pvgpu_context *context, uint32_t offset,
                                          char name[PVGPU_SEMANTIC_NAME_CHARS + 1])
{
    if (offset == 0)
        return PVGPU_RULE_SEMANTIC_MISSING;
    for (uint32_t i = 0; i <= PVGPU_SEMANTIC_NAME_CHARS; i++) {
        const volatile char *source = pvgpu_context_heap_range(context, (uint64_t)offset + i, 1);
        if (!source)
            return PVGPU_RULE_SEMANTIC_HEAP;
        name[i] = *source;
        if (name[i] == '\0')
            return i ? PVGPU_RULE_NONE : PVGPU_RULE_SEMANTIC_EMPTY;
        if (!is_name_character(name[i], i == 0))
            return PVGPU_RULE_SEMANTIC_CHARACTER;
    }
    return PVGPU_RULE_SEMANTIC_LONG;
}

void pvgpu_handle_create_input_layout(struct pvgpu_context *context,
                                      const struct pvgpu_cmd_create_input_layout *command)
{
    uint32_t id = command->id;
    enum pvgpu_rule rule = PVGPU_RULE_NONE;
    if (id == 0) {
        pvgpu_context_fault(context, PVGPU_RULE_ID_REQUIRED, 0);
        return;
    }
    size_t used = offsetof(struct pvgpu_cmd_create_input_layout, elements) +
                  (size_t)command->count * sizeof(command->elements[0]);
    if (command->count > PVGPU_MAX_INPUT_ELEMENTS)
        rule = PVGPU_RULE_ELEMENTS_TOO_MANY;
    else if (context->current_size < used)
        rule = PVGPU_RULE_ELEMENTS_SHORT;
    struct pvgpu_layout_element elements[PVGPU_MAX_INPUT_ELEMENTS];
    for (uint32_t i = 0; !rule && i < command->count; i++) {
        const struct pvgpu_input_element *from = &command->elements[i];
        elements[i] = (struct pvgpu_layout_element){
            .semantic_index = from->semantic_index,
            .format = from->format,
            .slot = from->slot,
            .byte_offset = from->byte_offset,
            .per_instance = from->classification,
            .step_rate = from->step_rate,
        };
        rule = pvgpu_validate_input_element(from);
        if (!rule)
            rule = copy_semantic_name(context, from->name_offset, elements[i].name);
    }
    if (rule) {
        pvgpu_context_fault(context, rule, id);
        return;
    }
    size_t bytes = command->count * sizeof(elements[0]);
    if (!pvgpu_context_has_room(context, bytes)) {
        pvgpu_context_fault(context, PVGPU_RULE_LIMIT_BYTES, id);
        return;
    }
    struct pvgpu_input_layout *layout =
        pvgpu_context_new_object(context, sizeof(*layout), id, PVGPU_OBJECT_INPUT_LAYOUT);
    if (!layout)
        return;
    layout->serial = context->next_serial++;
    if (command->count) {
        layout->elements = pvgpu_context_take(context, bytes);
        if (!layout->elements) {
            pvgpu_context_fault(context, PVGPU_RULE_MEMORY_ELEMENTS, id);
            pvgpu_context_release(context, layout);
            return;
        }
        memcpy(layout->elements, elements, bytes);
        layout->count = command->count;
        pvgpu_context_charge(context, PVGPU_MEMORY_LAYOUTS, bytes);
        pvgpu_statistics_add(&context->statistics->uploads, 1);
        pvgpu_statistics_add(&context->statistics->upload_copies, command->count);
    }
    pvgpu_debug(&context->log, "CMD_CREATE_INPUT_LAYOUT: %u (%u elements)", id, command->count);
    pvgpu_context_publish(context, &layout->base);
}

/* Direct3D 11's rule: every input of the vertex shader that the pipeline does not generate comes from the layout. */
static enum pvgpu_rule refuse_pair(const struct pvgpu_input_layout *layout, const struct pvgpu_shader *shader)
{
    struct pvgpu_dxbc_element input;
    for (uint32_t i = 0; pvgpu_dxbc_signature_element(&shader->inputs, i, &input); i++) {
        uint32_t e = 0;
        if (input.system_value)
            continue;
        while (e < layout->count && (layout->elements[e].semantic_index != input.semantic_index ||
                                     !pvgpu_dxbc_names_match(layout->elements[e].name, input.name)))
            e++;
        if (e == layout->count)
            return PVGPU_RULE_LAYOUT_LACKS_INPUT;
    }
    return PVGPU_RULE_NONE;
}

static void link_variant(struct pvgpu_layout_variant *variant)
{
    variant->layout_link = &variant->layout->variants;
    variant->layout_next = *variant->layout_link;
    if (variant->layout_next)
        variant->layout_next->layout_link = &variant->layout_next;
    *variant->layout_link = variant;
    variant->shader_link = &variant->shader->variants;
    variant->shader_next = *variant->shader_link;
    if (variant->shader_next)
        variant->shader_next->shader_link = &variant->shader_next;
    *variant->shader_link = variant;
}

static void unlink_variant(struct pvgpu_layout_variant *variant)
{
    *variant->layout_link = variant->layout_next;
    if (variant->layout_next)
        variant->layout_next->layout_link = variant->layout_link;
    *variant->shader_link = variant->shader_next;
    if (variant->shader_next)
        variant->shader_next->shader_link = variant->shader_link;
}

void pvgpu_context_drop_variant(struct pvgpu_context *context, struct pvgpu_layout_variant *variant)
{
    pvgpu_hash_remove(&context->variants, &variant->node);
    unlink_variant(variant);
    context->gpu->ops->release(context->gpu, variant->host);
    pvgpu_context_give(context, variant, sizeof(*variant));
    context->object_count--;
    pvgpu_statistics_add(&context->statistics->objects_by_type[0], UINT64_C(0) - 1);
}

size_t pvgpu_context_finish_shader(struct pvgpu_context *context, struct pvgpu_shader *shader)
{
    while (shader->variants)
        pvgpu_context_drop_variant(context, shader->variants);
    free(shader->bytecode);
    pvgpu_context_discharge(context, PVGPU_MEMORY_SHADERS, shader->bytecode_bytes);
    context->shader_count--;
    return sizeof(*shader);
}

/* An empty variant in its places, counted; NULL after a fault. */
static struct pvgpu_layout_variant *new_variant(struct pvgpu_context *context, struct pvgpu_input_layout *layout,
                                                struct pvgpu_shader *shader, uint32_t hash)
{
    if (context->object_count >= context->limits.objects) {
        pvgpu_context_fault(context, PVGPU_RULE_LIMIT_OBJECTS, layout->base.id);
        return NULL;
    }
    struct pvgpu_layout_variant *variant =
        pvgpu_hash_reserve(&context->variants) ? pvgpu_context_take(context, sizeof(*variant)) : NULL;
    if (!variant) {
        pvgpu_context_fault(context, PVGPU_RULE_MEMORY_LAYOUT, layout->base.id);
        return NULL;
    }
    variant->layout = layout;
    variant->shader = shader;
    link_variant(variant);
    pvgpu_hash_insert(&context->variants, &variant->node, hash);
    context->object_count++;
    pvgpu_statistics_add(&context->statistics->objects_by_type[0], 1);
    pvgpu_context_count(context);
    return variant;
}

/* The host layout for a pair, made at its first use; NULL: draws are skipped (reported once, remembered). */
static struct pvgpu_layout_variant *find_variant(struct pvgpu_context *context, struct pvgpu_input_layout *layout,
                                                 struct pvgpu_shader *shader)
{
    uint32_t hash = pvgpu_hash_pair(&context->objects.seed, layout->serial, shader->serial);
    for (struct pvgpu_hash_node *node = pvgpu_hash_first(&context->variants, hash); node; node = node->next) {
        struct pvgpu_layout_variant *known = (struct pvgpu_layout_variant *)node;
        if (known->layout == layout && known->shader == shader)
            return known;
    }
    struct pvgpu_layout_variant *variant = new_variant(context, layout, shader, hash);
    if (!variant)
        return NULL;
    uint32_t id = layout->base.id;
    enum pvgpu_rule rule = refuse_pair(layout, shader);
    if (rule) {
        variant->failed = true;
        pvgpu_context_fault(context, rule, id);
        return variant;
    }
    pvgpu_timeline_begin_compiling(context->timeline);
    enum pvgpu_gpu_result result = context->gpu->ops->create_input_layout(context->gpu, layout, shader, &variant->host);
    pvgpu_timeline_end_compiling(context->timeline);
    variant->failed = !pvgpu_context_check(context, result, id, PVGPU_RULE_HOST_LAYOUT);
    return variant;
}

bool pvgpu_context_prepare_draw(struct pvgpu_context *context)
{
    struct pvgpu_state *state = &context->state;
    struct pvgpu_shader *vertex_shader = state->stages[PVGPU_STAGE_VERTEX].shader;
    /* Direct3D 11 draws nothing without a vertex shader or a topology; hosts differ in how they put up with it. */
    if (!vertex_shader || state->topology == 0)
        return false;
    if (context->pipeline_stale) {
        context->pipeline_rule = pvgpu_validate_pipeline(state);
        context->pipeline_stale = false;
    }
    if (context->pipeline_rule) {
        pvgpu_context_refuse(context, context->pipeline_rule);
        return false;
    }
    if (context->layout_stale) {
        void *host = NULL;
        if (state->input_layout) {
            struct pvgpu_layout_variant *variant = find_variant(context, state->input_layout, vertex_shader);
            if (!variant || variant->failed)
                return false;
            host = variant->host;
        }
        if (state->input_layout_host != host) {
            state->input_layout_host = host;
            state->dirty |= PVGPU_DIRTY_INPUT_LAYOUT;
        }
        context->layout_stale = false;
    }
    if (state->dirty)
        context->gpu->ops->apply_state(context->gpu, state);
    return true;
}

bool pvgpu_context_prepare_dispatch(struct pvgpu_context *context)
{
    struct pvgpu_state *state = &context->state;
    /* Direct3D 11 does nothing without a compute shader; hosts differ in how they put up with it. */
    if (!state->stages[PVGPU_STAGE_COMPUTE].shader)
        return false;
    /* The layout that the host knows may be gone; the next draw looks for the right one. */
    if (context->layout_stale && state->input_layout_host) {
        state->input_layout_host = NULL;
        state->dirty |= PVGPU_DIRTY_INPUT_LAYOUT;
    }
    if (state->dirty)
        context->gpu->ops->apply_state(context->gpu, state);
    return true;
}
