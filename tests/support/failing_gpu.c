/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "failing_gpu.h"

#include <stdlib.h>

static struct failing_gpu *from(struct pvgpu_gpu *gpu)
{
    return (struct failing_gpu *)gpu;
}

static struct pvgpu_gpu *inner_of(struct pvgpu_gpu *gpu)
{
    return from(gpu)->inner->gpu;
}

/*
 * Counts a call and says how it ends: OK means that it is to be passed on. `results` are those, as bits, that this call
 * can tell; others are passed on, and a loss shows later where a call cannot tell it.
 */
static enum pvgpu_gpu_result count(struct pvgpu_gpu *gpu, const char *name, uint32_t results)
{
    struct failing_gpu *failing = from(gpu);
    if (failing->lost)
        return PVGPU_GPU_LOST;
    if (atomic_fetch_add(&failing->calls, 1) + 1 != failing->order.at)
        return PVGPU_GPU_OK;
    failing->failed = name;
    if (failing->order.how == PVGPU_GPU_LOST) {
        failing->lost = FAILING_GPU_REASON;
        return PVGPU_GPU_LOST;
    }
    failing->told = results >> failing->order.how & 1;
    return failing->told ? failing->order.how : PVGPU_GPU_OK;
}

#define CREATION (1u << PVGPU_GPU_NO_MEMORY | 1u << PVGPU_GPU_REFUSED)
#define READING (1u << PVGPU_GPU_NO_MEMORY | 1u << PVGPU_GPU_FAULT)
#define SUBMITTING (1u << PVGPU_GPU_FAULT)

static void destroy(struct pvgpu_gpu *gpu)
{
    free(gpu);
}

/* ---- Creation ---------------------------------------------------------------------------------------------------- */

/* The null renderer makes nothing for most objects. */
static enum pvgpu_gpu_result created(struct pvgpu_gpu *gpu, enum pvgpu_gpu_result result, const void *host)
{
    if (result == PVGPU_GPU_OK && host)
        atomic_fetch_add(&from(gpu)->live, 1);
    return result;
}

#define CREATE(call, host, ...) \
    do { \
        enum pvgpu_gpu_result result = count(gpu, #call, CREATION); \
        if (result == PVGPU_GPU_OK) \
            result = inner_of(gpu)->ops->call(inner_of(gpu), __VA_ARGS__); \
        return created(gpu, result, host); \
    } while (0)

static enum pvgpu_gpu_result create_resource(struct pvgpu_gpu *gpu, struct pvgpu_resource *resource,
                                             const struct pvgpu_subresource_data *initial)
{
    CREATE(create_resource, resource->base.host, resource, initial);
}

static enum pvgpu_gpu_result create_view(struct pvgpu_gpu *gpu, struct pvgpu_view *view)
{
    CREATE(create_view, view->base.host, view);
}

static enum pvgpu_gpu_result create_shader(struct pvgpu_gpu *gpu, struct pvgpu_shader *shader)
{
    CREATE(create_shader, shader->base.host, shader);
}

static enum pvgpu_gpu_result create_blend_state(struct pvgpu_gpu *gpu, struct pvgpu_state_object *state,
                                                const struct pvgpu_cmd_create_blend_state *desc)
{
    CREATE(create_blend_state, state->base.host, state, desc);
}

static enum pvgpu_gpu_result create_rasterizer_state(struct pvgpu_gpu *gpu, struct pvgpu_state_object *state,
                                                     const struct pvgpu_cmd_create_rasterizer_state *desc)
{
    CREATE(create_rasterizer_state, state->base.host, state, desc);
}

static enum pvgpu_gpu_result create_depth_stencil_state(struct pvgpu_gpu *gpu, struct pvgpu_state_object *state,
                                                        const struct pvgpu_cmd_create_depth_stencil_state *desc)
{
    CREATE(create_depth_stencil_state, state->base.host, state, desc);
}

static enum pvgpu_gpu_result create_sampler(struct pvgpu_gpu *gpu, struct pvgpu_state_object *state,
                                            const struct pvgpu_cmd_create_sampler *desc)
{
    CREATE(create_sampler, state->base.host, state, desc);
}

static enum pvgpu_gpu_result create_input_layout(struct pvgpu_gpu *gpu, const struct pvgpu_input_layout *layout,
                                                 const struct pvgpu_shader *vertex_shader, void **host)
{
    CREATE(create_input_layout, *host, layout, vertex_shader, host);
}

static void release(struct pvgpu_gpu *gpu, void *host)
{
    if (host)
        atomic_fetch_sub(&from(gpu)->live, 1);
    inner_of(gpu)->ops->release(inner_of(gpu), host);
}

/* ---- Drawing ----------------------------------------------------------------------------------------------------- */

#define PASS(call, ...) \
    do { \
        if (count(gpu, #call, 0) == PVGPU_GPU_OK) \
            inner_of(gpu)->ops->call(inner_of(gpu), __VA_ARGS__); \
    } while (0)

static void apply_state(struct pvgpu_gpu *gpu, struct pvgpu_state *state)
{
    PASS(apply_state, state);
}

/* Not counted: it comes with the end of an epoch. */
static void unbind_all(struct pvgpu_gpu *gpu)
{
    inner_of(gpu)->ops->unbind_all(inner_of(gpu));
}

static void draw(struct pvgpu_gpu *gpu, const struct pvgpu_draw *parameters)
{
    PASS(draw, parameters);
}

static void dispatch(struct pvgpu_gpu *gpu, uint32_t x, uint32_t y, uint32_t z)
{
    PASS(dispatch, x, y, z);
}

static void dispatch_indirect(struct pvgpu_gpu *gpu, struct pvgpu_resource *arguments, uint32_t offset)
{
    PASS(dispatch_indirect, arguments, offset);
}

static void clear_render_target(struct pvgpu_gpu *gpu, struct pvgpu_view *view, const float color[4])
{
    PASS(clear_render_target, view, color);
}

static void clear_depth_stencil(struct pvgpu_gpu *gpu, struct pvgpu_view *view, uint32_t flags, float depth,
                                uint8_t stencil)
{
    PASS(clear_depth_stencil, view, flags, depth, stencil);
}

static void copy_resource(struct pvgpu_gpu *gpu, struct pvgpu_resource *destination, struct pvgpu_resource *source)
{
    PASS(copy_resource, destination, source);
}

static void copy_region(struct pvgpu_gpu *gpu, struct pvgpu_resource *destination, uint32_t destination_subresource,
                        uint32_t x, uint32_t y, uint32_t z, struct pvgpu_resource *source, uint32_t source_subresource,
                        const struct pvgpu_box *box)
{
    PASS(copy_region, destination, destination_subresource, x, y, z, source, source_subresource, box);
}

static void update(struct pvgpu_gpu *gpu, struct pvgpu_resource *resource, uint32_t subresource,
                   const struct pvgpu_box *box, const void *data, uint32_t row_pitch, uint32_t slice_pitch)
{
    PASS(update, resource, subresource, box, data, row_pitch, slice_pitch);
}

/* ---- Reading back and submitting --------------------------------------------------------------------------------- */

static bool may_read(struct pvgpu_gpu *gpu, const char *name)
{
    enum pvgpu_gpu_result result = count(gpu, name, READING);
    if (result == PVGPU_GPU_FAULT)
        gpu->fault = FAILING_GPU_FAULT;
    return result == PVGPU_GPU_OK;
}

static struct pvgpu_gpu_readback *readback_begin(struct pvgpu_gpu *gpu, struct pvgpu_resource *resource,
                                                 uint32_t subresource)
{
    if (!may_read(gpu, "readback_begin"))
        return NULL;
    struct pvgpu_gpu_readback *readback = inner_of(gpu)->ops->readback_begin(inner_of(gpu), resource, subresource);
    if (readback)
        atomic_fetch_add(&from(gpu)->live, 1);
    return readback;
}

static bool readback_map(struct pvgpu_gpu *gpu, struct pvgpu_gpu_readback *readback, struct pvgpu_mapped *mapped)
{
    return may_read(gpu, "readback_map") && inner_of(gpu)->ops->readback_map(inner_of(gpu), readback, mapped);
}

static void readback_end(struct pvgpu_gpu *gpu, struct pvgpu_gpu_readback *readback)
{
    atomic_fetch_sub(&from(gpu)->live, 1);
    inner_of(gpu)->ops->readback_end(inner_of(gpu), readback);
}

static void submit(struct pvgpu_gpu *gpu, uint64_t number)
{
    struct failing_gpu *failing = from(gpu);
    enum pvgpu_gpu_result result = count(gpu, "submit", SUBMITTING);
    if (result == PVGPU_GPU_LOST)
        return;
    if (result == PVGPU_GPU_FAULT)
        gpu->fault = FAILING_GPU_FAULT; /* it was made up for, as the d3d11 renderer does */
    failing->inner->submitted = failing->first + number;
    inner_of(gpu)->ops->submit(inner_of(gpu), failing->inner->submitted);
}

static uint64_t completed(struct pvgpu_gpu *gpu)
{
    struct failing_gpu *failing = from(gpu);
    uint64_t number = failing->lost ? 0 : inner_of(gpu)->ops->completed(inner_of(gpu));
    return number > failing->first ? number - failing->first : 0;
}

static uint32_t removed_reason(struct pvgpu_gpu *gpu)
{
    struct failing_gpu *failing = from(gpu);
    return failing->lost ? failing->lost : inner_of(gpu)->ops->removed_reason(inner_of(gpu));
}

static const struct pvgpu_gpu_ops failing_ops = {
    .name = "failing",
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
    .dispatch_indirect = dispatch_indirect,
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

struct failing_gpu *failing_gpu_create(struct failing_inner *inner, struct failing_order order)
{
    struct failing_gpu *failing = calloc(1, sizeof(*failing));
    if (!failing)
        return NULL;
    failing->base = (struct pvgpu_gpu){.ops = &failing_ops, .caps = inner->gpu->caps, .log = inner->gpu->log};
    failing->inner = inner;
    failing->order = order;
    failing->first = inner->submitted;
    return failing;
}
