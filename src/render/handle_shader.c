/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "render/handle_shader.h"

#include "base/checked.h"
#include "wire/dxbc.h"
#include "wire/validate.h"

#include <stdlib.h>
#include <string.h>

static const char *const stage_names[PVGPU_STAGE_COUNT] = {"vertex", "pixel", "geometry", "hull", "domain", "compute"};

/* An owned copy of the bytecode, checked; NULL after a fault. */
static uint8_t *copy_bytecode(struct pvgpu_context *context, uint32_t id, uint32_t stage, uint64_t heap_offset,
                              uint32_t bytes)
{
    struct pvgpu_dxbc dxbc;
    const void *source = pvgpu_context_heap_range(context, heap_offset, bytes);
    if (!source) {
        pvgpu_context_fault(context, PVGPU_ERROR_INVALID_COMMAND, id, "the bytecode lies outside the heap");
        return NULL;
    }
    if (bytes > PVGPU_DXBC_MAX_BYTES || bytes == 0) {
        pvgpu_context_fault(context, PVGPU_ERROR_SHADER_COMPILATION, id, "the bytecode is empty or beyond 1 MiB");
        return NULL;
    }
    uint8_t *copy = malloc(bytes);
    if (!copy) {
        pvgpu_context_fault(context, PVGPU_ERROR_OUT_OF_MEMORY, id, "no memory for the bytecode");
        return NULL;
    }
    atomic_fetch_add_explicit(&context->statistics->allocations, 1, memory_order_relaxed);
    /* Whatever the guest writes meanwhile, from here on the copy is the shader. */
    memcpy(copy, source, bytes);
    enum pvgpu_dxbc_rule rule = pvgpu_dxbc_check(copy, bytes, (enum pvgpu_stage)stage, &dxbc);
    if (rule) {
        pvgpu_context_fault(context, PVGPU_ERROR_SHADER_COMPILATION, id, pvgpu_dxbc_rule_text(rule));
        free(copy);
        return NULL;
    }
    return copy;
}

void pvgpu_create_shader(struct pvgpu_context *context, uint32_t id, uint32_t stage, uint64_t heap_offset,
                         uint32_t bytes)
{
    if (id == 0) {
        pvgpu_context_fault(context, PVGPU_ERROR_INVALID_RESOURCE_ID, 0, "an id is required");
        return;
    }
    if (stage >= PVGPU_STAGE_COUNT) {
        pvgpu_context_fault(context, PVGPU_ERROR_INVALID_COMMAND, id, "the shader stage is unknown");
        return;
    }
    uint8_t *bytecode = copy_bytecode(context, id, stage, heap_offset, bytes);
    if (!bytecode)
        return;
    /* The host keeps the bytecode for as long as the shader lives: it counts like a resource's bytes. */
    bool too_many = context->shader_count >= context->limits.shaders;
    if (too_many || bytes > context->limits.resource_bytes - context->resource_bytes) {
        pvgpu_context_fault(context, PVGPU_ERROR_OUT_OF_MEMORY, id,
                            too_many ? "the limit of shaders is reached" : "the limit of memory is reached");
        free(bytecode);
        return;
    }
    struct pvgpu_shader *shader = pvgpu_context_new_object(context, sizeof(*shader), id, PVGPU_OBJECT_SHADER);
    if (!shader) {
        free(bytecode);
        return;
    }
    context->shader_count++;
    context->resource_bytes += bytes;
    shader->stage = stage;
    shader->bytecode = bytecode;
    shader->bytecode_bytes = bytes;
    shader->serial = context->next_serial++;
    enum pvgpu_gpu_result result = context->gpu->ops->create_shader(context->gpu, shader);
    if (result == PVGPU_GPU_REFUSED) {
        pvgpu_context_fault(context, PVGPU_ERROR_SHADER_COMPILATION, id, "the host cannot compile this shader");
        pvgpu_context_release(context, shader);
        return;
    }
    if (!pvgpu_context_check(context, result, id, "")) {
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

/* Copies a NUL-terminated semantic name out of the heap, each byte once. Returns what is wrong with it, or NULL. */
static const char *copy_semantic_name(const struct pvgpu_context *context, uint32_t offset,
                                      char name[PVGPU_SEMANTIC_NAME_CHARS + 1])
{
    if (offset == 0)
        return "an element has no semantic name";
    for (uint32_t i = 0; i <= PVGPU_SEMANTIC_NAME_CHARS; i++) {
        const volatile char *source = pvgpu_context_heap_range(context, (uint64_t)offset + i, 1);
        if (!source)
            return "a semantic name reaches beyond the heap";
        name[i] = *source;
        if (name[i] == '\0')
            return i ? NULL : "a semantic name is empty";
        if (!is_name_character(name[i], i == 0))
            return "a semantic name is not an identifier";
    }
    return "a semantic name is longer than 63 characters";
}

void pvgpu_handle_create_input_layout(struct pvgpu_context *context,
                                      const struct pvgpu_cmd_create_input_layout *command)
{
    uint32_t id = command->id;
    const char *reason = NULL;
    if (id == 0) {
        pvgpu_context_fault(context, PVGPU_ERROR_INVALID_RESOURCE_ID, 0, "an id is required");
        return;
    }
    size_t used = offsetof(struct pvgpu_cmd_create_input_layout, elements) +
                  (size_t)command->count * sizeof(command->elements[0]);
    if (command->count > PVGPU_MAX_INPUT_ELEMENTS)
        reason = "an input layout has at most 32 elements";
    else if (context->current_size < used)
        reason = "the command is shorter than its elements";
    struct pvgpu_layout_element elements[PVGPU_MAX_INPUT_ELEMENTS];
    for (uint32_t i = 0; !reason && i < command->count; i++) {
        const struct pvgpu_input_element *from = &command->elements[i];
        elements[i] = (struct pvgpu_layout_element){
            .semantic_index = from->semantic_index,
            .format = from->format,
            .slot = from->slot,
            .byte_offset = from->byte_offset,
            .per_instance = from->classification,
            .step_rate = from->step_rate,
        };
        reason = pvgpu_validate_input_element(from);
        if (!reason)
            reason = copy_semantic_name(context, from->name_offset, elements[i].name);
    }
    if (reason) {
        pvgpu_context_fault(context, PVGPU_ERROR_INVALID_COMMAND, id, reason);
        return;
    }
    struct pvgpu_input_layout *layout =
        pvgpu_context_new_object(context, sizeof(*layout), id, PVGPU_OBJECT_INPUT_LAYOUT);
    if (!layout)
        return;
    if (command->count) {
        layout->elements = malloc(command->count * sizeof(elements[0]));
        if (!layout->elements) {
            pvgpu_context_fault(context, PVGPU_ERROR_OUT_OF_MEMORY, id, "no memory for the elements");
            pvgpu_context_release(context, layout);
            return;
        }
        memcpy(layout->elements, elements, command->count * sizeof(elements[0]));
        layout->count = command->count;
    }
    pvgpu_debug(&context->log, "CMD_CREATE_INPUT_LAYOUT: %u (%u elements)", id, command->count);
    pvgpu_context_publish(context, &layout->base);
}

static bool same_semantic(const char *a, const char *b)
{
    for (; *a && *b; a++, b++) {
        char x = *a >= 'a' && *a <= 'z' ? (char)(*a - 32) : *a;
        char y = *b >= 'a' && *b <= 'z' ? (char)(*b - 32) : *b;
        if (x != y)
            return false;
    }
    return *a == *b;
}

/* Direct3D 11's rule: every input of the vertex shader that the pipeline does not generate comes from the layout. */
static const char *refuse_pair(const struct pvgpu_input_layout *layout, const struct pvgpu_shader *shader)
{
    struct pvgpu_dxbc dxbc;
    struct pvgpu_dxbc_element input;
    if (pvgpu_dxbc_check(shader->bytecode, shader->bytecode_bytes, PVGPU_STAGE_VERTEX, &dxbc))
        return "the vertex shader is not valid";
    for (uint32_t i = 0; pvgpu_dxbc_signature_element(&dxbc.inputs, i, &input); i++) {
        uint32_t e = 0;
        if (input.system_value)
            continue;
        while (e < layout->count && (layout->elements[e].semantic_index != input.semantic_index ||
                                     !same_semantic(layout->elements[e].name, input.name)))
            e++;
        if (e == layout->count)
            return "the layout lacks an input of the vertex shader";
    }
    return NULL;
}

/* The host layout for a pair, made at its first use; NULL: draws are skipped (reported once, remembered). */
static struct pvgpu_layout_variant *find_variant(struct pvgpu_context *context, struct pvgpu_input_layout *layout,
                                                 const struct pvgpu_shader *shader)
{
    for (uint32_t i = 0; i < layout->variant_count; i++) {
        if (layout->variants[i].shader_serial == shader->serial)
            return &layout->variants[i];
    }
    uint32_t id = layout->base.id;
    if (context->object_count >= context->limits.objects) {
        pvgpu_context_fault(context, PVGPU_ERROR_OUT_OF_MEMORY, id, "the limit of objects is reached");
        return NULL;
    }
    if (layout->variant_count == layout->variant_capacity) {
        uint32_t capacity = layout->variant_capacity ? layout->variant_capacity * 2 : 4;
        struct pvgpu_layout_variant *variants = realloc(layout->variants, capacity * sizeof(*variants));
        if (!variants) {
            pvgpu_context_fault(context, PVGPU_ERROR_OUT_OF_MEMORY, id, "no memory for another layout");
            return NULL;
        }
        atomic_fetch_add_explicit(&context->statistics->allocations, 1, memory_order_relaxed);
        layout->variants = variants;
        layout->variant_capacity = capacity;
    }
    struct pvgpu_layout_variant *variant = &layout->variants[layout->variant_count++];
    *variant = (struct pvgpu_layout_variant){.shader_serial = shader->serial};
    context->object_count++;
    pvgpu_context_count(context);
    const char *reason = refuse_pair(layout, shader);
    if (reason) {
        variant->failed = true;
        pvgpu_context_fault(context, PVGPU_ERROR_INVALID_COMMAND, id, reason);
        return variant;
    }
    enum pvgpu_gpu_result result = context->gpu->ops->create_input_layout(context->gpu, layout, shader, &variant->host);
    variant->failed = !pvgpu_context_check(context, result, id, "the host cannot make this input layout");
    return variant;
}

bool pvgpu_context_prepare_draw(struct pvgpu_context *context)
{
    struct pvgpu_state *state = &context->state;
    struct pvgpu_shader *vertex_shader = state->stages[PVGPU_STAGE_VERTEX].shader;
    /* Direct3D 11 draws nothing without a vertex shader or a topology; hosts differ in how they put up with it. */
    if (!vertex_shader || state->topology == 0)
        return false;
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
