/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "parameters.h"

#include "wire/command.h"

#include <string.h>

/* ---- State ------------------------------------------------------------------------------------------------------- */

static void set_targets(struct commands_maker *maker, struct parameters *p)
{
    uint32_t views[PVGPU_MAX_RENDER_TARGETS], count = PICK(p, 1, 1, 0, 2, 3, 8);
    uint32_t depth = byte(p);
    for (uint32_t i = 0; i < PVGPU_MAX_RENDER_TARGETS; i++) {
        uint32_t view = id(p, WORLD_TARGET_VIEW);
        views[i] = bit(p) ? 0 : view;
    }
    depth = depth & 1 ? WORLD_DEPTH_VIEW + (depth >> 1) % WORLD_OBJECTS_OF_KIND : 0;
    pvgpu_encode_set_render_target(maker->encoder, count, views, depth);
}

static void set_viewport(struct commands_maker *maker, struct parameters *p)
{
    struct pvgpu_viewport viewports[PVGPU_MAX_VIEWPORTS];
    uint32_t count = PICK(p, 1, 1, 2, 0, 16);
    for (uint32_t i = 0; i < PVGPU_MAX_VIEWPORTS; i++) {
        struct pvgpu_viewport *v = &viewports[i];
        *v = (struct pvgpu_viewport){.x = real(p, 64) - 16};
        v->y = real(p, 64) - 16;
        v->width = real(p, 64);
        v->height = real(p, 64);
        v->min_depth = real(p, 0.5f);
        v->max_depth = v->min_depth + real(p, 0.5f);
    }
    pvgpu_encode_set_viewport(maker->encoder, count, viewports);
}

static void set_scissor(struct commands_maker *maker, struct parameters *p)
{
    struct pvgpu_rect rects[PVGPU_MAX_VIEWPORTS];
    uint32_t count = PICK(p, 1, 1, 2, 0, 16);
    for (uint32_t i = 0; i < PVGPU_MAX_VIEWPORTS; i++) {
        int32_t left = (int32_t)byte(p) - 32, top = (int32_t)byte(p) - 32;
        int32_t right = left + (int32_t)byte(p) - 8, bottom = top + (int32_t)byte(p) - 8;
        rects[i] = (struct pvgpu_rect){left, top, right, bottom};
    }
    pvgpu_encode_set_scissor(maker->encoder, count, rects);
}

/* Most objects have the number of their slot in the command: 0 unbinds. */
static uint32_t id_or_none(struct parameters *p, enum world_ids first)
{
    uint32_t number = byte(p);
    return number < 16 ? 0 : first + number % WORLD_OBJECTS_OF_KIND;
}

static void set_blend(struct commands_maker *maker, struct parameters *p)
{
    uint32_t state = id_or_none(p, WORLD_BLEND), how = byte(p);
    const float factor[4] = {real(p, 1), real(p, 1), real(p, 1), real(p, 1)};
    pvgpu_encode_set_blend_state(maker->encoder, state, how & 1 ? factor : NULL, how & 2 ? UINT32_MAX : how);
}

static void set_rasterizer(struct commands_maker *maker, struct parameters *p)
{
    pvgpu_encode_set_rasterizer_state(maker->encoder, id_or_none(p, WORLD_RASTERIZER));
}

static void set_depth_state(struct commands_maker *maker, struct parameters *p)
{
    uint32_t state = id_or_none(p, WORLD_DEPTH_STATE);
    pvgpu_encode_set_depth_stencil(maker->encoder, state, byte(p));
}

static void set_shader(struct commands_maker *maker, struct parameters *p)
{
    uint32_t number = below(p, WORLD_SHADERS), how = byte(p);
    enum pvgpu_stage stage = how >= 250 ? (enum pvgpu_stage)below(p, 7) : world_shaders[number].stage;
    pvgpu_encode_set_shader(maker->encoder, stage, how & 7 ? WORLD_SHADER + number : 0);
}

static enum pvgpu_stage any_stage(struct parameters *p)
{
    return (enum pvgpu_stage)PICK(p, 0, 1, 2, 3, 4, 5);
}

static void set_sampler(struct commands_maker *maker, struct parameters *p)
{
    uint32_t ids[PVGPU_MAX_SAMPLERS];
    enum pvgpu_stage stage = any_stage(p);
    uint32_t first = PICK(p, 0, 0, 1, 15), count = PICK(p, 1, 1, 2, 0, 16);
    for (uint32_t i = 0; i < PVGPU_MAX_SAMPLERS; i++)
        ids[i] = id_or_none(p, WORLD_SAMPLER);
    pvgpu_encode_set_sampler(maker->encoder, stage, first, count, ids);
}

static void set_constants(struct commands_maker *maker, struct parameters *p)
{
    enum pvgpu_stage stage = any_stage(p);
    uint32_t slot = PICK(p, 0, 0, 1, 13), number = resource_with(p, PVGPU_BIND_CONSTANT_BUFFER);
    uint32_t first = PICK(p, 0, 0, 16, 32), count = PICK(p, 0, 0, 16, 32, 4096);
    pvgpu_encode_set_constant_buffer(maker->encoder, stage, slot, WORLD_RESOURCE + number, first, count);
}

static void set_vertices(struct commands_maker *maker, struct parameters *p)
{
    struct pvgpu_vertex_buffer buffers[PVGPU_MAX_VERTEX_BUFFERS_PER_COMMAND];
    uint32_t first = PICK(p, 0, 0, 0, 1, 16), count = PICK(p, 1, 2, 4, 0, 16);
    for (uint32_t i = 0; i < PVGPU_MAX_VERTEX_BUFFERS_PER_COMMAND; i++) {
        struct pvgpu_vertex_buffer *buffer = &buffers[i];
        buffer->id = WORLD_RESOURCE + resource_with(p, PVGPU_BIND_VERTEX_BUFFER);
        buffer->stride = PICK(p, 24, 32, 16, 0, 2048);
        buffer->offset = PICK(p, 0, 0, 16, 1024);
    }
    pvgpu_encode_set_vertex_buffer(maker->encoder, first, count, buffers);
}

static void set_indices(struct commands_maker *maker, struct parameters *p)
{
    uint32_t number = resource_with(p, PVGPU_BIND_INDEX_BUFFER), format = PICK(p, 57, 42);
    uint32_t offset = PICK(p, 0, 0, 4, 2);
    pvgpu_encode_set_index_buffer(maker->encoder, WORLD_RESOURCE + number, format, offset);
}

static void set_layout(struct commands_maker *maker, struct parameters *p)
{
    pvgpu_encode_set_input_layout(maker->encoder, id_or_none(p, WORLD_LAYOUT));
}

static void set_topology(struct commands_maker *maker, struct parameters *p)
{
    pvgpu_encode_set_primitive_topology(maker->encoder, PICK(p, 4, 5, 1, 2, 3, 0, 10, 11, 12, 13, 33, 35, 64, 6));
}

static void set_inputs(struct commands_maker *maker, struct parameters *p)
{
    uint32_t views[PVGPU_MAX_SHADER_RESOURCES];
    enum pvgpu_stage stage = any_stage(p);
    uint32_t first = PICK(p, 0, 0, 1, 127), count = PICK(p, 1, 2, 4, 0, 1, 128);
    for (uint32_t i = 0; i < PVGPU_MAX_SHADER_RESOURCES; i++)
        views[i] = id_or_none(p, WORLD_INPUT_VIEW);
    pvgpu_encode_set_shader_resource(maker->encoder, stage, first, count, views);
}

static void set_unordered(struct commands_maker *maker, struct parameters *p)
{
    uint32_t views[PVGPU_MAX_UNORDERED_ACCESS], counts[PVGPU_MAX_UNORDERED_ACCESS];
    uint32_t how = byte(p), first = PICK(p, 0, 0, 1, 7), count = PICK(p, 1, 2, 2, 0, 8);
    for (uint32_t i = 0; i < PVGPU_MAX_UNORDERED_ACCESS; i++) {
        views[i] = id_or_none(p, WORLD_UNORDERED_VIEW);
        counts[i] = PICK(p, PVGPU_KEEP_COUNTER, 0, 16);
    }
    enum pvgpu_stage stage = how >= 250 ? PVGPU_STAGE_PIXEL : PVGPU_STAGE_COMPUTE;
    pvgpu_encode_set_unordered_access(maker->encoder, stage, first, count, views, how & 1 ? counts : NULL);
}

/* ---- Work -------------------------------------------------------------------------------------------------------- */

static void draw(struct commands_maker *maker, struct parameters *p)
{
    struct pvgpu_encoder *e = maker->encoder;
    uint32_t which = below(p, 4), count = PICK(p, 3, 6, 36, 0, 255), first = PICK(p, 0, 0, 3, 255);
    uint32_t instances = PICK(p, 1, 2, 10, 0), first_instance = PICK(p, 0, 0, 1, 255);
    int32_t base = (int32_t)PICK(p, 0, 0, 1, UINT32_MAX);
    switch (which) {
    case 0:
        pvgpu_encode_draw(e, count, first);
        break;
    case 1:
        pvgpu_encode_draw_indexed(e, count, first, base);
        break;
    case 2:
        pvgpu_encode_draw_instanced(e, count, instances, first, first_instance);
        break;
    default:
        pvgpu_encode_draw_indexed_instanced(e, count, instances, first, base, first_instance);
        break;
    }
}

static void dispatch(struct commands_maker *maker, struct parameters *p)
{
    uint32_t x = PICK(p, 1, 2, 8, 0, 65535, 65536), y = PICK(p, 1, 2, 8, 0, 65535), z = PICK(p, 1, 1, 0, 65535);
    if (byte(p) < 64) {
        x = resource(p);
        y = 4 * below(p, 64);
        z = PVGPU_DISPATCH_INDIRECT;
    }
    pvgpu_encode_dispatch(maker->encoder, x, y, z);
}

static void clear_target(struct commands_maker *maker, struct parameters *p)
{
    uint32_t view = id(p, WORLD_TARGET_VIEW);
    const float color[4] = {real(p, 1), real(p, 1), real(p, 1), real(p, 1)};
    pvgpu_encode_clear_render_target(maker->encoder, view, color);
}

static void clear_depth(struct commands_maker *maker, struct parameters *p)
{
    uint32_t view = id(p, WORLD_DEPTH_VIEW), flags = PICK(p, 3, 1, 2, 0);
    float depth = real(p, 1);
    pvgpu_encode_clear_depth_stencil(maker->encoder, view, flags, depth, (uint8_t)byte(p));
}

static void fence(struct commands_maker *maker, struct parameters *p)
{
    maker->fence += PICK(p, 1, 1, 1, 0, 1000);
    pvgpu_encode_fence(maker->encoder, maker->fence);
}

static void present(struct commands_maker *maker, struct parameters *p)
{
    uint32_t how = byte(p), picture = WORLD_RESOURCE + resource_with(p, PVGPU_BIND_RENDER_TARGET);
    if (how & 1)
        picture = how & 2 ? 0 : WORLD_TARGET_VIEW + (how >> 2) % WORLD_OBJECTS_OF_KIND;
    pvgpu_encode_present(maker->encoder, picture, PICK(p, 0, 0, 1, 4, 5));
}

static void flush(struct commands_maker *maker, struct parameters *p)
{
    (void)p;
    pvgpu_encode_flush(maker->encoder);
}

static void wait_fence(struct commands_maker *maker, struct parameters *p)
{
    uint32_t back = PICK(p, 0, 1, 5, 0);
    pvgpu_encode_wait_fence(maker->encoder, bit(p) ? 0 : maker->fence > back ? maker->fence - back : 0);
}

static void resize(struct commands_maker *maker, struct parameters *p)
{
    const struct pvgpu_cmd_resize_buffers desc = {.swapchain = PICK(p, 0, 0, 0, 1),
                                                  .width = PICK(p, 64, 640, 0, 16384, 16385),
                                                  .height = PICK(p, 36, 360, 0, 16384),
                                                  .format = PICK(p, 0, 28, 87, 10, 24, 40),
                                                  .buffer_count = PICK(p, 0, 2, 3, 1, 17)};
    pvgpu_encode_resize_buffers(maker->encoder, &desc);
}

static void copy(struct commands_maker *maker, struct parameters *p)
{
    uint32_t destination = resource(p);
    pvgpu_encode_copy_resource(maker->encoder, destination, resource(p));
}

/* Every opcode over bytes of the record, at any size that its layout has. */
static void any_opcode(struct commands_maker *maker, struct parameters *p)
{
    const struct pvgpu_command_info *info = pvgpu_command_info(below(p, PVGPU_COMMAND_COUNT));
    uint32_t words[PVGPU_COMMAND_LARGEST_LAYOUT / 4], size = 16 + 4 * below(p, info->full / 4 - 3);
    for (uint32_t i = 0; i < info->full / 4u; i++)
        words[i] = byte(p);
    words[0] = info->opcode;
    pvgpu_encode_command(maker->encoder, words, size, info->full);
}

/* ---- Records ----------------------------------------------------------------------------------------------------- */

static void (*const encoders[COMMANDS_KINDS])(struct commands_maker *, struct parameters *) = {
    [COMMANDS_CREATE_RESOURCE] = commands_create_resource,
    [COMMANDS_CREATE_TARGET_VIEW] = commands_create_target_view,
    [COMMANDS_CREATE_DEPTH_VIEW] = commands_create_depth_view,
    [COMMANDS_CREATE_INPUT_VIEW] = commands_create_input_view,
    [COMMANDS_CREATE_UNORDERED_VIEW] = commands_create_unordered_view,
    [COMMANDS_CREATE_SHADER] = commands_create_shader,
    [COMMANDS_CREATE_LAYOUT] = commands_create_layout,
    [COMMANDS_CREATE_BLEND] = commands_create_blend,
    [COMMANDS_CREATE_RASTERIZER] = commands_create_rasterizer,
    [COMMANDS_CREATE_DEPTH_STATE] = commands_create_depth_state,
    [COMMANDS_CREATE_SAMPLER] = commands_create_sampler,
    [COMMANDS_DESTROY] = commands_destroy,
    [COMMANDS_OPEN] = commands_open_resource,
    [COMMANDS_MAP] = commands_map,
    [COMMANDS_UNMAP] = commands_unmap,
    [COMMANDS_UPDATE] = commands_update,
    [COMMANDS_COPY] = copy,
    [COMMANDS_COPY_REGION] = commands_copy_region,
    [COMMANDS_SET_TARGETS] = set_targets,
    [COMMANDS_SET_VIEWPORT] = set_viewport,
    [COMMANDS_SET_SCISSOR] = set_scissor,
    [COMMANDS_SET_BLEND] = set_blend,
    [COMMANDS_SET_RASTERIZER] = set_rasterizer,
    [COMMANDS_SET_DEPTH_STATE] = set_depth_state,
    [COMMANDS_SET_SHADER] = set_shader,
    [COMMANDS_SET_SAMPLER] = set_sampler,
    [COMMANDS_SET_CONSTANTS] = set_constants,
    [COMMANDS_SET_VERTICES] = set_vertices,
    [COMMANDS_SET_INDICES] = set_indices,
    [COMMANDS_SET_LAYOUT] = set_layout,
    [COMMANDS_SET_TOPOLOGY] = set_topology,
    [COMMANDS_SET_INPUTS] = set_inputs,
    [COMMANDS_SET_UNORDERED] = set_unordered,
    [COMMANDS_DRAW] = draw,
    [COMMANDS_DISPATCH] = dispatch,
    [COMMANDS_CLEAR_TARGET] = clear_target,
    [COMMANDS_CLEAR_DEPTH] = clear_depth,
    [COMMANDS_FENCE] = fence,
    [COMMANDS_PRESENT] = present,
    [COMMANDS_FLUSH] = flush,
    [COMMANDS_WAIT_FENCE] = wait_fence,
    [COMMANDS_RESIZE] = resize,
    [COMMANDS_ANY_OPCODE] = any_opcode,
};

/* Changes one word of a finished command; a change of its size is a shorter command, and the stream goes on. */
static void spoil(struct pvgpu_encoder *e, size_t start, const struct commands_record *record)
{
    static const uint32_t edges[] = {
        0,           1,           2,           3,           4,           7,           8,          15,
        16,          17,          31,          32,          63,          64,          127,        128,
        255,         256,         2047,        2048,        0xFFFF,      0x10000,     0x7FFFFFFF, 0x80000000u,
        0xFFFFFFF0u, 0xFFFFFFFEu, 0xFFFFFFFFu, 0x7FC00000u, 0x7F800000u, 0xFF800000u,
    };
    uint32_t words = (uint32_t)(e->used - start) / 4, at = record->spoilt_word % words, word;
    uint32_t value = record->spoilt_value;
    if (at == 1) {
        word = 16 + 4 * (value % (words - 3));
        e->used = start + (word + 15) / 16 * 16;
    } else {
        memcpy(&word, e->data + start + 4 * at, sizeof(word));
        switch ((record->spoil - COMMANDS_SPOIL) / 8) {
        case 0:
            word = value & 1 ? word + 1 : word - 1;
            break;
        case 1:
            word ^= UINT32_C(1) << (value & 31);
            break;
        case 2:
            word = value;
            break;
        default:
            word = edges[value % (sizeof(edges) / sizeof(edges[0]))];
            break;
        }
    }
    memcpy(e->data + start + 4 * at, &word, sizeof(word));
}

void commands_encode(struct commands_maker *maker, const struct commands_record *record)
{
    struct parameters p = {.bytes = record->parameters};
    size_t start = maker->encoder->used;
    uint32_t kind = record->kind % COMMANDS_KINDS;
    if (!encoders[kind])
        return;
    encoders[kind](maker, &p);
    if (record->spoil >= COMMANDS_SPOIL && maker->encoder->used > start)
        spoil(maker->encoder, start, record);
}

static void encode(struct commands_maker *maker, enum commands_kind kind, uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
    const struct commands_record record = {.kind = (uint8_t)kind, .parameters = {a, b, c, d}};
    commands_encode(maker, &record);
}

void commands_encode_world(struct commands_maker *maker)
{
    for (uint8_t i = 0; i < WORLD_RESOURCES; i++)
        encode(maker, COMMANDS_CREATE_RESOURCE, i, 0, 0, 0);
    for (uint8_t i = 0; i < WORLD_SHADERS; i++)
        encode(maker, COMMANDS_CREATE_SHADER, i, 0, 0, 0);
    for (uint8_t i = 0; i < WORLD_OBJECTS_OF_KIND; i++) {
        encode(maker, COMMANDS_CREATE_TARGET_VIEW, i, i, 0, 3);
        encode(maker, COMMANDS_CREATE_DEPTH_VIEW, i, i, 0, 3);
        encode(maker, COMMANDS_CREATE_INPUT_VIEW, i, i, i, 0);
        encode(maker, COMMANDS_CREATE_UNORDERED_VIEW, i, i, 0, 0);
        encode(maker, COMMANDS_CREATE_LAYOUT, i, i, 0, 0);
        encode(maker, COMMANDS_CREATE_BLEND, i, 0, i, 1);
        encode(maker, COMMANDS_CREATE_RASTERIZER, i, i, i, 0);
        encode(maker, COMMANDS_CREATE_DEPTH_STATE, i, i, i, i);
        encode(maker, COMMANDS_CREATE_SAMPLER, i, i, 0, 0);
    }
}

void commands_encode_bindings(struct commands_maker *maker)
{
    encode(maker, COMMANDS_SET_TARGETS, 0, 0, 1, 0);
    encode(maker, COMMANDS_SET_VIEWPORT, 0, 64, 64, 255);
    encode(maker, COMMANDS_SET_SHADER, 0, 1, 0, 0);
    encode(maker, COMMANDS_SET_SHADER, 1, 1, 0, 0);
    encode(maker, COMMANDS_SET_SHADER, 10, 1, 0, 0);
    encode(maker, COMMANDS_SET_LAYOUT, 16, 0, 0, 0);
    encode(maker, COMMANDS_SET_TOPOLOGY, 0, 0, 0, 0);
    encode(maker, COMMANDS_SET_VERTICES, 0, 0, 0, 0);
    encode(maker, COMMANDS_SET_INDICES, 0, 0, 0, 0);
    encode(maker, COMMANDS_SET_CONSTANTS, 0, 0, 0, 0);
    encode(maker, COMMANDS_SET_UNORDERED, 0, 0, 1, 16);
}
