/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "checking_gpu.h"

#include "base/time.h"
#include "checking_rules.h"
#include "wire/dxbc.h"
#include "wire/format.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define RECORD_MAGIC 0x4C495645u

/* The host part of every object: its own piece of memory, so that a use after release is a use after free. */
struct record {
    uint32_t magic;
    uint32_t type; /* enum pvgpu_object_type; 0: a layout variant */
    uint64_t hash; /* of a shader's bytecode */
};

struct pvgpu_gpu_readback {
    uint32_t magic;
    struct pvgpu_gpu_readback *inner; /* the null renderer's */
};

static struct checking_gpu *from(struct pvgpu_gpu *gpu)
{
    return (struct checking_gpu *)gpu;
}

/* Rules are string literals: the same pointer is the same rule. */
static void broken(struct checking_gpu *gpu, const char *where, const char *rule)
{
    atomic_fetch_add(&gpu->broken_rules, 1);
    for (uint32_t i = 0; i < CHECKING_GPU_RULES && gpu->broken[i] != rule; i++) {
        if (gpu->broken[i])
            continue;
        gpu->broken[i] = rule;
        printf("  rule broken in %s: %s\n", where, rule);
        fflush(stdout);
        break;
    }
    if (gpu->abort_at_once)
        abort();
}

#define RULE(condition) \
    do { \
        if (!(condition)) \
            broken(check, __func__, #condition); \
    } while (0)
#define JUDGE(call) \
    do { \
        const char *judged = (call); \
        if (judged) \
            broken(check, __func__, judged); \
    } while (0)

/* Values that were judged are the host's own; what lies in the guest's memory can still change. */
static bool is_private(const struct checking_gpu *check, const void *pointer)
{
    uintptr_t at = (uintptr_t)pointer, shared = (uintptr_t)check->shared, heap = (uintptr_t)check->heap;
    return !(check->shared && at - shared < check->shared_bytes) && at - heap >= check->heap_bytes;
}

static bool is_live(const void *host, uint32_t type)
{
    const struct record *record = host;
    return record && record->magic == RECORD_MAGIC && record->type == type;
}

static bool is_live_object(const void *object)
{
    const struct pvgpu_object *base = object;
    return !base || (base->references > 0 && is_live(base->host, base->type));
}

/* Reads guest bytes once, as an upload does. */
static bool take(struct checking_gpu *check, const void *data, uint64_t bytes)
{
    uint64_t offset = (uintptr_t)data - (uintptr_t)check->heap;
    if (bytes > check->heap_bytes || offset > check->heap_bytes - bytes)
        return false;
    uint8_t piece[1024];
    const uint8_t *at = data;
    for (uint64_t left = bytes; left;) {
        size_t size = left < sizeof(piece) ? (size_t)left : sizeof(piece);
        memcpy(piece, at, size);
        check->sink += piece[0] + piece[size - 1];
        at += size;
        left -= size;
    }
    return true;
}

static enum pvgpu_gpu_result ordered_result(struct checking_gpu *check)
{
    return (enum pvgpu_gpu_result)atomic_exchange(&check->next_creation, PVGPU_GPU_OK);
}

static enum pvgpu_gpu_result make_host(struct checking_gpu *check, uint32_t type, void **host)
{
    *host = NULL;
    enum pvgpu_gpu_result result = ordered_result(check);
    if (result != PVGPU_GPU_OK)
        return result;
    struct record *record = malloc(sizeof(*record));
    if (!record)
        return PVGPU_GPU_NO_MEMORY;
    *record = (struct record){.magic = RECORD_MAGIC, .type = type};
    atomic_fetch_add(&check->live, 1);
    *host = record;
    return PVGPU_GPU_OK;
}

static void count_call(struct checking_gpu *check)
{
    atomic_fetch_add_explicit(&check->calls, 1, memory_order_relaxed);
}

/* ---- Objects ----------------------------------------------------------------------------------------------------- */

static void destroy(struct pvgpu_gpu *gpu)
{
    struct checking_gpu *check = from(gpu);
    check->inner->ops->destroy(check->inner);
    free(check);
}

static enum pvgpu_gpu_result create_resource(struct pvgpu_gpu *gpu, struct pvgpu_resource *resource,
                                             const struct pvgpu_subresource_data *initial)
{
    struct checking_gpu *check = from(gpu);
    count_call(check);
    RULE(is_private(check, resource) && (!initial || is_private(check, initial)));
    const char *wrong = checking_resource(resource);
    if (wrong)
        broken(check, __func__, wrong);
    if (initial && !wrong) {
        RULE(resource->sample_count == 1);
        for (uint32_t i = 0; i < resource->mip_count * resource->array_length; i++) {
            struct checking_extent extent;
            checking_extent_of(resource, i, &extent);
            RULE(initial[i].row_pitch == extent.row_bytes && initial[i].slice_pitch == extent.slice_bytes);
            RULE(take(check, initial[i].data, extent.bytes));
        }
    }
    return make_host(check, PVGPU_OBJECT_RESOURCE, &resource->base.host);
}

static enum pvgpu_gpu_result create_view(struct pvgpu_gpu *gpu, struct pvgpu_view *view)
{
    struct checking_gpu *check = from(gpu);
    count_call(check);
    RULE(is_private(check, view));
    RULE(view->resource && is_live_object(view->resource) && view->resource->base.type == PVGPU_OBJECT_RESOURCE);
    JUDGE(checking_view(view));
    return make_host(check, view->base.type, &view->base.host);
}

static uint64_t hash(const uint8_t *bytes, uint32_t size)
{
    uint64_t value = UINT64_C(0xCBF29CE484222325);
    for (uint32_t i = 0; i < size; i++)
        value = (value ^ bytes[i]) * UINT64_C(0x100000001B3);
    return value;
}

static enum pvgpu_gpu_result create_shader(struct pvgpu_gpu *gpu, struct pvgpu_shader *shader)
{
    struct checking_gpu *check = from(gpu);
    struct pvgpu_dxbc dxbc;
    count_call(check);
    RULE(is_private(check, shader) && is_private(check, shader->bytecode));
    RULE(shader->stage < PVGPU_STAGE_COUNT);
    RULE(shader->bytecode_bytes > 0 && shader->bytecode_bytes <= 0x100000);
    JUDGE(pvgpu_dxbc_rule_text(
        pvgpu_dxbc_check(shader->bytecode, shader->bytecode_bytes, (enum pvgpu_stage)shader->stage, &dxbc)));
    enum pvgpu_gpu_result result = make_host(check, PVGPU_OBJECT_SHADER, &shader->base.host);
    if (result == PVGPU_GPU_OK)
        ((struct record *)shader->base.host)->hash = hash(shader->bytecode, shader->bytecode_bytes);
    return result;
}

static enum pvgpu_gpu_result create_blend_state(struct pvgpu_gpu *gpu, struct pvgpu_state_object *state,
                                                const struct pvgpu_cmd_create_blend_state *desc)
{
    struct checking_gpu *check = from(gpu);
    count_call(check);
    RULE(is_private(check, desc));
    JUDGE(checking_blend(desc));
    return make_host(check, PVGPU_OBJECT_BLEND_STATE, &state->base.host);
}

static enum pvgpu_gpu_result create_rasterizer_state(struct pvgpu_gpu *gpu, struct pvgpu_state_object *state,
                                                     const struct pvgpu_cmd_create_rasterizer_state *desc)
{
    struct checking_gpu *check = from(gpu);
    count_call(check);
    RULE(is_private(check, desc));
    JUDGE(checking_rasterizer(desc));
    return make_host(check, PVGPU_OBJECT_RASTERIZER_STATE, &state->base.host);
}

static enum pvgpu_gpu_result create_depth_stencil_state(struct pvgpu_gpu *gpu, struct pvgpu_state_object *state,
                                                        const struct pvgpu_cmd_create_depth_stencil_state *desc)
{
    struct checking_gpu *check = from(gpu);
    count_call(check);
    RULE(is_private(check, desc));
    JUDGE(checking_depth_stencil(desc));
    return make_host(check, PVGPU_OBJECT_DEPTH_STENCIL_STATE, &state->base.host);
}

static enum pvgpu_gpu_result create_sampler(struct pvgpu_gpu *gpu, struct pvgpu_state_object *state,
                                            const struct pvgpu_cmd_create_sampler *desc)
{
    struct checking_gpu *check = from(gpu);
    count_call(check);
    RULE(is_private(check, desc));
    JUDGE(checking_sampler(desc));
    return make_host(check, PVGPU_OBJECT_SAMPLER, &state->base.host);
}

/* Every input of the shader that no stage generates is in the layout. */
static bool provides(const struct pvgpu_input_layout *layout, const struct pvgpu_dxbc_element *input)
{
    for (uint32_t i = 0; i < layout->count; i++) {
        if (layout->elements[i].semantic_index == input->semantic_index &&
            strcasecmp(layout->elements[i].name, input->name) == 0)
            return true;
    }
    return false;
}

static enum pvgpu_gpu_result create_input_layout(struct pvgpu_gpu *gpu, const struct pvgpu_input_layout *layout,
                                                 const struct pvgpu_shader *shader, void **host)
{
    struct checking_gpu *check = from(gpu);
    struct pvgpu_dxbc dxbc;
    struct pvgpu_dxbc_element input;
    count_call(check);
    RULE(is_private(check, layout) && is_private(check, layout->elements));
    JUDGE(checking_layout(layout));
    RULE(is_live_object(shader) && shader->stage == PVGPU_STAGE_VERTEX);
    RULE(((struct record *)shader->base.host)->hash == hash(shader->bytecode, shader->bytecode_bytes));
    const char *wrong =
        pvgpu_dxbc_rule_text(pvgpu_dxbc_check(shader->bytecode, shader->bytecode_bytes, PVGPU_STAGE_VERTEX, &dxbc));
    if (wrong) {
        broken(check, __func__, wrong);
    } else {
        for (uint32_t i = 0; pvgpu_dxbc_signature_element(&dxbc.inputs, i, &input); i++)
            RULE(input.system_value || provides(layout, &input));
    }
    return make_host(check, 0, host);
}

static void release(struct pvgpu_gpu *gpu, void *host)
{
    struct checking_gpu *check = from(gpu);
    struct record *record = host;
    if (!record)
        return;
    RULE(record->magic == RECORD_MAGIC);
    record->magic = 0;
    free(record);
    atomic_fetch_sub(&check->live, 1);
}

/* ---- Work -------------------------------------------------------------------------------------------------------- */

static uint32_t id_of(struct checking_gpu *check, const void *object)
{
    if (!object)
        return 0;
    RULE(is_live_object(object));
    return ((const struct pvgpu_object *)object)->id;
}

static uint32_t id_of_view(struct checking_gpu *check, const struct pvgpu_view *view)
{
    RULE(!view || is_live_object(view->resource));
    return id_of(check, view);
}

static void note_stage(struct checking_gpu *check, const struct pvgpu_state *state, uint32_t index)
{
    struct checking_gpu_bound *bound = &check->bound;
    const struct pvgpu_stage_state *stage = &state->stages[index];
    bound->shaders[index] = id_of(check, stage->shader);
    for (uint32_t i = 0; i < PVGPU_MAX_CONSTANT_BUFFERS; i++)
        bound->constants[index][i] = id_of(check, stage->constants[i].buffer);
    for (uint32_t i = 0; i < PVGPU_MAX_SAMPLERS; i++)
        bound->samplers[index][i] = id_of(check, stage->samplers[i]);
    for (uint32_t i = 0; i < PVGPU_MAX_SHADER_RESOURCES; i++)
        bound->resources[index][i] = id_of_view(check, stage->resources[i]);
}

static void apply_state(struct pvgpu_gpu *gpu, struct pvgpu_state *state)
{
    struct checking_gpu *check = from(gpu);
    struct checking_gpu_bound *bound = &check->bound;
    count_call(check);
    RULE(is_private(check, state));
    for (uint32_t i = 0; i < PVGPU_STAGE_COUNT; i++)
        note_stage(check, state, i);
    for (uint32_t i = 0; i < PVGPU_MAX_RENDER_TARGETS; i++)
        bound->render_targets[i] = id_of_view(check, state->render_targets[i]);
    for (uint32_t i = 0; i < PVGPU_MAX_VERTEX_BUFFERS; i++)
        bound->vertex_buffers[i] = id_of(check, state->vertex_buffers[i].buffer);
    bound->depth_stencil_view = id_of_view(check, state->depth_stencil_view);
    bound->render_target_count = state->render_target_count;
    bound->blend = id_of(check, state->blend);
    bound->rasterizer = id_of(check, state->rasterizer);
    bound->depth_stencil = id_of(check, state->depth_stencil);
    bound->index_buffer = id_of(check, state->index_buffer);
    bound->input_layout = state->input_layout ? state->input_layout->base.id : 0; /* has no host part of its own */
    bound->topology = state->topology;
    bound->viewport_count = state->viewport_count;
    bound->scissor_count = state->scissor_count;
    RULE(!state->input_layout_host || is_live(state->input_layout_host, 0));
    JUDGE(checking_state(state));
    check->inner->ops->apply_state(check->inner, state);
    RULE(state->dirty == 0);
}

static void unbind_all(struct pvgpu_gpu *gpu)
{
    struct checking_gpu *check = from(gpu);
    check->bound = (struct checking_gpu_bound){0};
}

static void draw(struct pvgpu_gpu *gpu, const struct pvgpu_draw *parameters)
{
    struct checking_gpu *check = from(gpu);
    count_call(check);
    RULE(is_private(check, parameters));
    RULE(check->bound.shaders[PVGPU_STAGE_VERTEX] != 0 && check->bound.topology != 0);
    RULE(parameters->count > 0 && parameters->instance_count > 0);
    RULE(parameters->instanced || (parameters->instance_count == 1 && parameters->first_instance == 0));
    RULE(!parameters->indexed || check->bound.index_buffer != 0);
    check->last_draw = *parameters;
    atomic_fetch_add(&check->draws, 1);
}

static void dispatch(struct pvgpu_gpu *gpu, uint32_t x, uint32_t y, uint32_t z)
{
    struct checking_gpu *check = from(gpu);
    (void)x;
    (void)y;
    (void)z;
    broken(check, __func__, "compute work is not executed");
}

static void clear_render_target(struct pvgpu_gpu *gpu, struct pvgpu_view *view, const float color[4])
{
    struct checking_gpu *check = from(gpu);
    count_call(check);
    RULE(view && is_live_object(view) && is_live_object(view->resource));
    RULE(view->base.type == PVGPU_OBJECT_RENDER_TARGET_VIEW && is_private(check, color));
}

static void clear_depth_stencil(struct pvgpu_gpu *gpu, struct pvgpu_view *view, uint32_t flags, float depth,
                                uint8_t stencil)
{
    struct checking_gpu *check = from(gpu);
    (void)stencil;
    count_call(check);
    RULE(view && is_live_object(view) && is_live_object(view->resource));
    RULE(view->base.type == PVGPU_OBJECT_DEPTH_STENCIL_VIEW);
    RULE(flags != 0 && (flags & ~3u) == 0 && depth >= 0.0f && depth <= 1.0f);
}

static void copy_resource(struct pvgpu_gpu *gpu, struct pvgpu_resource *to, struct pvgpu_resource *source)
{
    struct checking_gpu *check = from(gpu);
    count_call(check);
    RULE(to && source && to != source && is_live_object(to) && is_live_object(source));
    RULE(to->kind == source->kind && to->width == source->width && to->height == source->height &&
         to->depth == source->depth && to->array_length == source->array_length && to->mip_count == source->mip_count &&
         to->sample_count == source->sample_count);
    RULE(to->kind == PVGPU_KIND_BUFFER ||
         pvgpu_format_info(to->format)->family == pvgpu_format_info(source->format)->family);
}

static void copy_region(struct pvgpu_gpu *gpu, struct pvgpu_resource *to, uint32_t to_index, uint32_t x, uint32_t y,
                        uint32_t z, struct pvgpu_resource *source, uint32_t source_index, const struct pvgpu_box *given)
{
    struct checking_gpu *check = from(gpu);
    count_call(check);
    RULE(to && source && is_live_object(to) && is_live_object(source) && (!given || is_private(check, given)));
    RULE((to->kind == PVGPU_KIND_BUFFER) == (source->kind == PVGPU_KIND_BUFFER));
    RULE(to->sample_count == source->sample_count && (to != source || to_index != source_index));
    RULE(to->kind == PVGPU_KIND_BUFFER ||
         pvgpu_format_info(to->format)->family == pvgpu_format_info(source->format)->family);
    if (to_index >= to->mip_count * to->array_length || source_index >= source->mip_count * source->array_length) {
        broken(check, __func__, "the subresources exist");
        return;
    }
    struct checking_extent here, there;
    checking_extent_of(source, source_index, &here);
    checking_extent_of(to, to_index, &there);
    struct pvgpu_box box = {.right = here.width, .bottom = here.height, .back = here.depth};
    if (given)
        box = *given;
    const char *wrong = checking_box(source, &here, &box);
    if (!wrong) {
        struct pvgpu_box target = {
            x, y, z, x + box.right - box.left, y + box.bottom - box.top, z + box.back - box.front};
        wrong = checking_box(to, &there, &target);
    }
    if (wrong)
        broken(check, __func__, wrong);
    bool divisible = to->sample_count == 1 && !((to->bind | source->bind) & PVGPU_BIND_DEPTH_STENCIL);
    RULE(divisible || (!given && !x && !y && !z && here.width == there.width && here.height == there.height));
}

static void update(struct pvgpu_gpu *gpu, struct pvgpu_resource *resource, uint32_t subresource,
                   const struct pvgpu_box *given, const void *data, uint32_t row_pitch, uint32_t slice_pitch)
{
    struct checking_gpu *check = from(gpu);
    count_call(check);
    RULE(is_live_object(resource) && (!given || is_private(check, given)));
    RULE(resource->sample_count == 1 && !(resource->bind & PVGPU_BIND_DEPTH_STENCIL));
    if (subresource >= resource->mip_count * resource->array_length) {
        broken(check, __func__, "the subresource exists");
        return;
    }
    struct checking_extent extent;
    checking_extent_of(resource, subresource, &extent);
    struct pvgpu_box box = {.right = extent.width, .bottom = extent.height, .back = extent.depth};
    if (given)
        box = *given;
    const char *wrong = checking_box(resource, &extent, &box);
    if (wrong) {
        broken(check, __func__, wrong);
        return;
    }
    uint64_t columns = (box.right - box.left + extent.block_width - 1) / extent.block_width;
    uint64_t rows = (box.bottom - box.top + extent.block_height - 1) / extent.block_height;
    uint64_t slices = box.back - box.front, row_bytes = columns * extent.block_bytes;
    uint64_t slice_bytes = (rows - 1) * row_pitch + row_bytes;
    RULE(rows == 1 || row_pitch >= row_bytes);
    RULE(slices == 1 || slice_pitch >= slice_bytes);
    RULE(take(check, data, (slices - 1) * slice_pitch + slice_bytes));
}

/* ---- Reading back ------------------------------------------------------------------------------------------------ */

static struct pvgpu_gpu_readback *readback_begin(struct pvgpu_gpu *gpu, struct pvgpu_resource *resource,
                                                 uint32_t subresource)
{
    struct checking_gpu *check = from(gpu);
    count_call(check);
    RULE(is_live_object(resource) && resource->sample_count == 1);
    RULE(subresource < resource->mip_count * resource->array_length);
    if (atomic_load(&check->no_readback))
        return NULL;
    struct pvgpu_gpu_readback *inner = check->inner->ops->readback_begin(check->inner, resource, subresource);
    struct pvgpu_gpu_readback *readback = inner ? malloc(sizeof(*readback)) : NULL;
    if (!readback) {
        if (inner)
            check->inner->ops->readback_end(check->inner, inner);
        return NULL;
    }
    *readback = (struct pvgpu_gpu_readback){.magic = RECORD_MAGIC, .inner = inner};
    atomic_fetch_add(&check->live, 1);
    return readback;
}

static bool readback_map(struct pvgpu_gpu *gpu, struct pvgpu_gpu_readback *readback, struct pvgpu_mapped *mapped)
{
    struct checking_gpu *check = from(gpu);
    RULE(readback->magic == RECORD_MAGIC);
    return check->inner->ops->readback_map(check->inner, readback->inner, mapped);
}

static void readback_end(struct pvgpu_gpu *gpu, struct pvgpu_gpu_readback *readback)
{
    struct checking_gpu *check = from(gpu);
    RULE(readback->magic == RECORD_MAGIC);
    readback->magic = 0;
    check->inner->ops->readback_end(check->inner, readback->inner);
    free(readback);
    atomic_fetch_sub(&check->live, 1);
}

/* ---- Submissions ------------------------------------------------------------------------------------------------- */

static void submit(struct pvgpu_gpu *gpu, uint64_t number)
{
    struct checking_gpu *check = from(gpu);
    RULE(number == check->submitted + 1);
    check->submitted = number;
    check->submitted_ns[number % CHECKING_GPU_SUBMISSIONS] = pvgpu_time_now_ns();
    check->inner->ops->submit(check->inner, number);
}

static uint64_t completed(struct pvgpu_gpu *gpu)
{
    struct checking_gpu *check = from(gpu);
    uint64_t delay = atomic_load(&check->delay_ns);
    if (atomic_load(&check->hold))
        return check->completed;
    if (check->submitted - check->completed > CHECKING_GPU_SUBMISSIONS)
        check->completed = check->submitted - CHECKING_GPU_SUBMISSIONS;
    uint64_t now = delay ? pvgpu_time_now_ns() : 0;
    while (check->completed < check->submitted &&
           (!delay || check->submitted_ns[(check->completed + 1) % CHECKING_GPU_SUBMISSIONS] + delay <= now))
        check->completed++;
    return check->completed;
}

static uint32_t removed_reason(struct pvgpu_gpu *gpu)
{
    (void)gpu;
    return 0;
}

static const struct pvgpu_gpu_ops checking_ops = {
    .name = "checking",
    .destroy = destroy,
    .create_resource = create_resource,
    .create_view = create_view,
    .create_shader = create_shader,
    .create_blend_state = create_blend_state,
    .create_rasterizer_state = create_rasterizer_state,
    .create_depth_stencil_state = create_depth_stencil_state,
    .create_sampler = create_sampler,
    .create_input_layout = create_input_layout,
    .release = release,
    .apply_state = apply_state,
    .unbind_all = unbind_all,
    .draw = draw,
    .dispatch = dispatch,
    .clear_render_target = clear_render_target,
    .clear_depth_stencil = clear_depth_stencil,
    .copy_resource = copy_resource,
    .copy_region = copy_region,
    .update = update,
    .readback_begin = readback_begin,
    .readback_map = readback_map,
    .readback_end = readback_end,
    .submit = submit,
    .completed = completed,
    .removed_reason = removed_reason,
};

struct checking_gpu *checking_gpu_create(const void *shared, uint64_t shared_bytes, const void *heap,
                                         uint64_t heap_bytes, const struct pvgpu_log *log)
{
    struct checking_gpu *check = calloc(1, sizeof(*check));
    struct pvgpu_gpu *inner = check ? pvgpu_gpu_null_create(log) : NULL;
    if (!inner) {
        free(check);
        return NULL;
    }
    check->base.ops = &checking_ops;
    check->base.caps = inner->caps;
    check->base.caps.completion = PVGPU_COMPLETION_QUERY; /* nobody wakes the renderer when something completes */
    check->base.log = *log;
    check->inner = inner;
    check->shared = shared;
    check->shared_bytes = shared_bytes;
    check->heap = heap;
    check->heap_bytes = heap_bytes;
    return check;
}
