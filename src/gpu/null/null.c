/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The renderer that touches no GPU: every object exists, every command succeeds, every read-back is zeros, and a
 * submission is complete once it was made. After creation nothing is allocated but for read-backs larger than any
 * before.
 */
#include "base/checked.h"
#include "gpu/gpu.h"
#include "wire/format.h"

#include <stdlib.h>
#include <string.h>

/* Zeros that read-backs show. Lives until the end, because a read-back may point into it while a larger one is made. */
struct zeros {
    struct zeros *smaller; /* may be NULL */
    uint64_t size;
    const uint8_t *bytes; /* owned; never written, so the system need not give it memory of its own */
};

struct pvgpu_gpu_readback {
    struct pvgpu_gpu_readback *next; /* in the idle list */
    struct pvgpu_mapped mapped;
};

struct null_gpu {
    struct pvgpu_gpu base;
    uint64_t submitted;
    struct zeros *zeros; /* the largest; may be NULL */
    struct pvgpu_gpu_readback *idle;
};

static struct null_gpu *null_from(struct pvgpu_gpu *gpu)
{
    return (struct null_gpu *)gpu;
}

static void destroy(struct pvgpu_gpu *gpu)
{
    struct null_gpu *null = null_from(gpu);
    for (struct zeros *zeros = null->zeros, *smaller; zeros; zeros = smaller) {
        smaller = zeros->smaller;
        free((void *)zeros->bytes);
        free(zeros);
    }
    for (struct pvgpu_gpu_readback *readback = null->idle, *next; readback; readback = next) {
        next = readback->next;
        free(readback);
    }
    free(null);
}

/* ---- Objects: nothing is behind them ---- */

static enum pvgpu_gpu_result create_resource(struct pvgpu_gpu *gpu, struct pvgpu_resource *resource,
                                             const struct pvgpu_subresource_data *initial)
{
    (void)gpu;
    (void)initial;
    resource->base.host = NULL;
    return PVGPU_GPU_OK;
}

static enum pvgpu_gpu_result create_view(struct pvgpu_gpu *gpu, struct pvgpu_view *view)
{
    (void)gpu;
    view->base.host = NULL;
    return PVGPU_GPU_OK;
}

static enum pvgpu_gpu_result create_shader(struct pvgpu_gpu *gpu, struct pvgpu_shader *shader)
{
    (void)gpu;
    shader->base.host = NULL;
    return PVGPU_GPU_OK;
}

static enum pvgpu_gpu_result create_blend_state(struct pvgpu_gpu *gpu, struct pvgpu_state_object *state,
                                                const struct pvgpu_cmd_create_blend_state *desc)
{
    (void)gpu;
    (void)desc;
    state->base.host = NULL;
    return PVGPU_GPU_OK;
}

static enum pvgpu_gpu_result create_rasterizer_state(struct pvgpu_gpu *gpu, struct pvgpu_state_object *state,
                                                     const struct pvgpu_cmd_create_rasterizer_state *desc)
{
    (void)gpu;
    (void)desc;
    state->base.host = NULL;
    return PVGPU_GPU_OK;
}

static enum pvgpu_gpu_result create_depth_stencil_state(struct pvgpu_gpu *gpu, struct pvgpu_state_object *state,
                                                        const struct pvgpu_cmd_create_depth_stencil_state *desc)
{
    (void)gpu;
    (void)desc;
    state->base.host = NULL;
    return PVGPU_GPU_OK;
}

static enum pvgpu_gpu_result create_sampler(struct pvgpu_gpu *gpu, struct pvgpu_state_object *state,
                                            const struct pvgpu_cmd_create_sampler *desc)
{
    (void)gpu;
    (void)desc;
    state->base.host = NULL;
    return PVGPU_GPU_OK;
}

static enum pvgpu_gpu_result create_input_layout(struct pvgpu_gpu *gpu, const struct pvgpu_input_layout *layout,
                                                 const struct pvgpu_shader *vertex_shader, void **host)
{
    (void)gpu;
    (void)layout;
    (void)vertex_shader;
    *host = NULL;
    return PVGPU_GPU_OK;
}

static void release(struct pvgpu_gpu *gpu, void *host)
{
    (void)gpu;
    (void)host;
}

/* ---- Work: done at once ---- */

static void clear_dirty(struct pvgpu_stage_state *bound)
{
    bound->dirty_shader = false;
    bound->dirty_samplers = 0;
    bound->dirty_constants = 0;
    memset(bound->dirty_resources, 0, sizeof(bound->dirty_resources));
}

static void apply_state(struct pvgpu_gpu *gpu, struct pvgpu_state *state)
{
    (void)gpu;
    for (uint32_t stage = 0; stage < PVGPU_STAGE_COUNT; stage++) {
        if (state->dirty & PVGPU_DIRTY_STAGE(stage))
            clear_dirty(&state->stages[stage]);
    }
    state->dirty_vertex_buffers = 0;
    state->dirty_unordered = 0;
    state->dirty = 0;
}

static void unbind_all(struct pvgpu_gpu *gpu)
{
    (void)gpu;
}

static void draw(struct pvgpu_gpu *gpu, const struct pvgpu_draw *draw)
{
    (void)gpu;
    (void)draw;
}

static void dispatch(struct pvgpu_gpu *gpu, uint32_t x, uint32_t y, uint32_t z)
{
    (void)gpu;
    (void)x;
    (void)y;
    (void)z;
}

static void dispatch_indirect(struct pvgpu_gpu *gpu, struct pvgpu_resource *arguments, uint32_t offset)
{
    (void)gpu;
    (void)arguments;
    (void)offset;
}

static void clear_render_target(struct pvgpu_gpu *gpu, struct pvgpu_view *view, const float color[4])
{
    (void)gpu;
    (void)view;
    (void)color;
}

static void clear_depth_stencil(struct pvgpu_gpu *gpu, struct pvgpu_view *view, uint32_t flags, float depth,
                                uint8_t stencil)
{
    (void)gpu;
    (void)view;
    (void)flags;
    (void)depth;
    (void)stencil;
}

static void copy_resource(struct pvgpu_gpu *gpu, struct pvgpu_resource *destination, struct pvgpu_resource *source)
{
    (void)gpu;
    (void)destination;
    (void)source;
}

static void copy_region(struct pvgpu_gpu *gpu, struct pvgpu_resource *destination, uint32_t destination_subresource,
                        uint32_t x, uint32_t y, uint32_t z, struct pvgpu_resource *source, uint32_t source_subresource,
                        const struct pvgpu_box *box)
{
    (void)gpu;
    (void)destination;
    (void)destination_subresource;
    (void)x;
    (void)y;
    (void)z;
    (void)source;
    (void)source_subresource;
    (void)box;
}

static void update(struct pvgpu_gpu *gpu, struct pvgpu_resource *resource, uint32_t subresource,
                   const struct pvgpu_box *box, const void *data, uint32_t row_pitch, uint32_t slice_pitch)
{
    (void)gpu;
    (void)resource;
    (void)subresource;
    (void)box;
    (void)data;
    (void)row_pitch;
    (void)slice_pitch;
}

/* ---- Reading back ---- */

static uint32_t mip_extent(uint32_t extent, uint32_t mip)
{
    uint32_t smaller = extent >> mip;
    return smaller ? smaller : 1;
}

/* Tightly packed pitches of one subresource; its size, or 0 when pitches do not fit into their fields. */
static uint64_t pack(const struct pvgpu_resource *resource, uint32_t subresource, struct pvgpu_mapped *mapped)
{
    if (resource->kind == PVGPU_KIND_BUFFER) {
        mapped->row_pitch = mapped->slice_pitch = resource->width;
        return resource->width;
    }
    const struct pvgpu_format_info *info = pvgpu_format_info(resource->format);
    if (!info)
        return 0;
    uint32_t mip = subresource % resource->mip_count;
    uint64_t columns = (mip_extent(resource->width, mip) + info->block_width - 1u) / info->block_width;
    uint64_t rows = (mip_extent(resource->height, mip) + info->block_height - 1u) / info->block_height;
    uint64_t row_pitch = columns * info->block_bytes, slice_pitch, size;
    if (!pvgpu_mul_u64(row_pitch, rows, &slice_pitch) || slice_pitch > UINT32_MAX ||
        !pvgpu_mul_u64(slice_pitch, mip_extent(resource->depth, mip), &size))
        return 0;
    mapped->row_pitch = (uint32_t)row_pitch;
    mapped->slice_pitch = (uint32_t)slice_pitch;
    return size;
}

static const uint8_t *zeros_of(struct null_gpu *null, uint64_t size)
{
    if (null->zeros && null->zeros->size >= size)
        return null->zeros->bytes;
    if (size > SIZE_MAX / 2)
        return NULL;
    /* Doubled, so that ever larger read-backs hold at most twice the largest. */
    uint64_t doubled = null->zeros ? null->zeros->size * 2 : 65536;
    struct zeros *zeros = calloc(1, sizeof(*zeros));
    if (!zeros)
        return NULL;
    zeros->size = size > doubled ? size : doubled;
    zeros->bytes = calloc(1, (size_t)zeros->size);
    if (!zeros->bytes) {
        free(zeros);
        return NULL;
    }
    zeros->smaller = null->zeros;
    null->zeros = zeros;
    return zeros->bytes;
}

static struct pvgpu_gpu_readback *readback_begin(struct pvgpu_gpu *gpu, struct pvgpu_resource *resource,
                                                 uint32_t subresource)
{
    struct null_gpu *null = null_from(gpu);
    struct pvgpu_mapped mapped = {0};
    uint64_t size = pack(resource, subresource, &mapped);
    mapped.data = size ? zeros_of(null, size) : NULL;
    if (!mapped.data)
        return NULL;
    struct pvgpu_gpu_readback *readback = null->idle;
    if (readback)
        null->idle = readback->next;
    else
        readback = malloc(sizeof(*readback));
    if (readback)
        *readback = (struct pvgpu_gpu_readback){.mapped = mapped};
    return readback;
}

static bool readback_map(struct pvgpu_gpu *gpu, struct pvgpu_gpu_readback *readback, struct pvgpu_mapped *mapped)
{
    (void)gpu;
    *mapped = readback->mapped;
    return true;
}

static void readback_end(struct pvgpu_gpu *gpu, struct pvgpu_gpu_readback *readback)
{
    struct null_gpu *null = null_from(gpu);
    readback->next = null->idle;
    null->idle = readback;
}

/* ---- Submissions ---- */

static void submit(struct pvgpu_gpu *gpu, uint64_t number)
{
    null_from(gpu)->submitted = number;
}

static uint64_t completed(struct pvgpu_gpu *gpu)
{
    return null_from(gpu)->submitted;
}

static uint32_t removed_reason(struct pvgpu_gpu *gpu)
{
    (void)gpu;
    return 0;
}

static const struct pvgpu_gpu_ops null_ops = {
    .name = "null",
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

#define D3D_FEATURE_LEVEL_11_1_VALUE 0xB100u

struct pvgpu_gpu *pvgpu_gpu_null_create(const struct pvgpu_log *log)
{
    struct null_gpu *null = calloc(1, sizeof(*null));
    if (!null)
        return NULL;
    null->base = (struct pvgpu_gpu){
        .ops = &null_ops,
        .caps =
            {
                .adapter = "none",
                .driver = "null renderer",
                .feature_level = D3D_FEATURE_LEVEL_11_1_VALUE,
                .completion = PVGPU_COMPLETION_IMMEDIATE,
                .constant_buffer_offsets = true,
                .memory_bytes = UINT64_C(4) << 30, /* as if: limits are to be there without a GPU too */
            },
        .log = pvgpu_log_for(log, "pvgpu_backend::null"),
    };
    return &null->base;
}
