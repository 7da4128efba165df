/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "stream_maker.h"

#include "wire/dxbc.h"

#include "shaders/generated/cube_ps.h"
#include "shaders/generated/cube_vs.h"
#include "shaders/generated/triangle_ps.h"
#include "shaders/generated/triangle_vs.h"

#include <string.h>

/* Ids are few, so that commands meet objects: a range for each type, and now and then any of them. */
#define IDS_OF_TYPE 4u
enum id_range {
    RANGE_BUFFER,
    RANGE_TEXTURE,
    RANGE_TARGET,
    RANGE_DEPTH,
    RANGE_TARGET_VIEW,
    RANGE_DEPTH_VIEW,
    RANGE_INPUT_VIEW,
    RANGE_VERTEX_SHADER,
    RANGE_PIXEL_SHADER,
    RANGE_LAYOUT,
    RANGE_BLEND,
    RANGE_RASTERIZER,
    RANGE_DEPTH_STATE,
    RANGE_SAMPLER,
    RANGE_COUNT
};

/* Heap areas. */
#define AT_NAMES STREAM_HEAP_NAMES
#define NAME_STRIDE 0x20u
#define AT_SHADERS STREAM_HEAP_SHADERS
#define SHADER_STRIDE STREAM_HEAP_SHADER_STRIDE
#define AT_DATA STREAM_HEAP_DATA

static const char *const names[] = {"POSITION", "COLOR", "NORMAL", "TEXCOORD", "PLACE", "FACING", "SV_VertexID", "2D"};
#define NAME_COUNT (sizeof(names) / sizeof(names[0]))

static const struct {
    const uint8_t *bytes;
    uint32_t size;
    enum pvgpu_stage stage;
} shaders[] = {
    {pvgpu_shader_triangle_vs, sizeof(pvgpu_shader_triangle_vs), PVGPU_STAGE_VERTEX},
    {pvgpu_shader_cube_vs, sizeof(pvgpu_shader_cube_vs), PVGPU_STAGE_VERTEX},
    {pvgpu_shader_triangle_ps, sizeof(pvgpu_shader_triangle_ps), PVGPU_STAGE_PIXEL},
    {pvgpu_shader_cube_ps, sizeof(pvgpu_shader_cube_ps), PVGPU_STAGE_PIXEL},
};
#define SHADER_COUNT (sizeof(shaders) / sizeof(shaders[0]))
_Static_assert(SHADER_COUNT == STREAM_SHADERS && NAME_COUNT * NAME_STRIDE == STREAM_HEAP_NAMES_BYTES, "as announced");
_Static_assert(AT_SHADERS + SHADER_COUNT * SHADER_STRIDE <= AT_DATA, "shaders lie before data");
_Static_assert(sizeof(pvgpu_shader_cube_ps) <= SHADER_STRIDE && sizeof(pvgpu_shader_cube_vs) <= SHADER_STRIDE,
               "a shader fits its place");

void stream_maker_init(struct stream_maker *maker, uint64_t seed, uint32_t heap_bytes)
{
    *maker = (struct stream_maker){
        .random = {.state = seed * UINT64_C(0x9E3779B97F4A7C15) + 1}, .heap_bytes = heap_bytes, .wild = 50};
    if (!maker->random.state)
        maker->random.state = 1;
}

static uint32_t below(struct stream_maker *maker, uint32_t count)
{
    return stream_random_below(&maker->random, count);
}

static bool one_in(struct stream_maker *maker, uint32_t count)
{
    return count && below(maker, count) == 0;
}

void stream_maker_fill_heap(struct stream_maker *maker, uint8_t *heap)
{
    for (uint32_t i = 0; i < NAME_COUNT; i++)
        memcpy(heap + AT_NAMES + i * NAME_STRIDE, names[i], strlen(names[i]) + 1);
    for (uint32_t i = 0; i < SHADER_COUNT; i++)
        memcpy(heap + AT_SHADERS + i * SHADER_STRIDE, shaders[i].bytes, shaders[i].size);
    for (uint32_t i = AT_DATA; i < maker->heap_bytes; i += 97)
        heap[i] = (uint8_t)i;
}

/* ---- Values ------------------------------------------------------------------------------------------------------ */

/* Numbers at which checks go wrong. */
static uint32_t edge(struct stream_maker *maker)
{
    static const uint32_t edges[] = {
        0,
        1,
        2,
        3,
        4,
        5,
        8,
        15,
        16,
        17,
        31,
        32,
        33,
        63,
        64,
        65,
        127,
        128,
        129,
        255,
        256,
        1024,
        2047,
        2048,
        2049,
        4096,
        16384,
        16385,
        0xFFFF,
        0x10000,
        0x10001,
        0x100000,
        0x7FFFFFFF,
        0x80000000u,
        0xFFFFFFF0u,
        0xFFFFFFFCu,
        0xFFFFFFFEu,
        0xFFFFFFFFu,
        0x7FC00000u /* NaN */,
        0x7F800000u /* infinity */,
    };
    if (one_in(maker, 3))
        return (uint32_t)stream_random_next(&maker->random);
    return edges[below(maker, sizeof(edges) / sizeof(edges[0]))];
}

/* `value`, or something wild. */
static uint32_t or_wild(struct stream_maker *maker, uint32_t value)
{
    return one_in(maker, maker->wild) ? edge(maker) : value;
}

static uint32_t pick(struct stream_maker *maker, const uint32_t *values, size_t count)
{
    return or_wild(maker, values[below(maker, (uint32_t)count)]);
}
#define PICK(maker, ...) \
    pick(maker, (const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

static uint32_t id_of(struct stream_maker *maker, enum id_range range)
{
    uint32_t which = one_in(maker, maker->wild) ? below(maker, RANGE_COUNT) : (uint32_t)range;
    return or_wild(maker, 1 + which * IDS_OF_TYPE + below(maker, IDS_OF_TYPE));
}

/* An id of a kind of resource. */
static uint32_t any_resource(struct stream_maker *maker)
{
    return id_of(maker, (enum id_range)(RANGE_BUFFER + below(maker, RANGE_DEPTH - RANGE_BUFFER + 1)));
}

static uint32_t data_offset(struct stream_maker *maker)
{
    return or_wild(maker, AT_DATA + below(maker, maker->heap_bytes - AT_DATA) / 4 * 4);
}

static float real(struct stream_maker *maker, float most)
{
    uint32_t bits = edge(maker);
    float value;
    if (!one_in(maker, maker->wild))
        return most * (float)below(maker, 1024) / 1024.0f;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

/* ---- Objects ----------------------------------------------------------------------------------------------------- */

static uint32_t extent(struct stream_maker *maker)
{
    return PICK(maker, 1, 4, 8, 16, 16, 32, 64, 100, 128);
}

static void create_buffer(struct stream_maker *maker, struct pvgpu_encoder *e)
{
    struct pvgpu_cmd_create_resource desc = {
        .kind = PVGPU_KIND_BUFFER,
        .width = PICK(maker, 16, 64, 256, 1024, 4096, 65536),
        .bind = PICK(maker, 3, 3, 3, 1, 4, 4, 8, 0),
    };
    if (one_in(maker, 2)) {
        desc.data_offset = data_offset(maker);
        desc.data_bytes = or_wild(maker, desc.width);
    }
    pvgpu_encode_create_resource(e, id_of(maker, RANGE_BUFFER), &desc);
}

static void create_texture(struct stream_maker *maker, struct pvgpu_encoder *e)
{
    struct pvgpu_cmd_create_resource desc = {
        .kind = PICK(maker, 2, 2, 2, 2, 1, 3),
        .format = PICK(maker, 28, 28, 28, 87, 2, 16, 41, 71, 77, 98, 27, 29, 61, 24, 10, 68),
        .width = extent(maker),
        .height = extent(maker),
        .depth_or_array = PICK(maker, 1, 1, 1, 0, 2, 6, 12),
        .mip_count = PICK(maker, 1, 1, 0, 2, 3),
        .sample_count = PICK(maker, 1, 1, 1, 1, 0, 4),
        .bind = PICK(maker, 8, 8, 8, 0x28, 0x20, 0),
        .misc = PICK(maker, 0, 0, 0, 0, 0, 4, 1),
    };
    if (one_in(maker, 2)) {
        desc.data_offset = data_offset(maker);
        desc.data_bytes = PICK(maker, 64, 1024, 4096, 16384, 65536);
    }
    pvgpu_encode_create_resource(e, id_of(maker, RANGE_TEXTURE), &desc);
}

static void create_target(struct stream_maker *maker, struct pvgpu_encoder *e)
{
    const struct pvgpu_cmd_create_resource desc = {
        .kind = 2,
        .format = PICK(maker, 28, 28, 87, 27, 10, 24),
        .width = extent(maker),
        .height = extent(maker),
        .mip_count = 1,
        .sample_count = PICK(maker, 1, 1, 1, 4),
        .bind = PICK(maker, 0x28, 0x28, 0x20),
    };
    uint32_t id = id_of(maker, RANGE_TARGET);
    pvgpu_encode_create_resource(e, id, &desc);
    const struct pvgpu_cmd_create_render_target_view view = {
        .id = id_of(maker, RANGE_TARGET_VIEW), .resource = id, .format = desc.format == 27 ? 28 : 0};
    pvgpu_encode_create_render_target_view(e, &view);
}

static void create_depth(struct stream_maker *maker, struct pvgpu_encoder *e)
{
    const struct pvgpu_cmd_create_resource desc = {
        .kind = 2,
        .format = PICK(maker, 40, 45, 55, 44, 39),
        .width = extent(maker),
        .height = extent(maker),
        .mip_count = 1,
        .sample_count = PICK(maker, 1, 1, 1, 4),
        .bind = PICK(maker, 0x40, 0x40, 0x48),
    };
    uint32_t id = id_of(maker, RANGE_DEPTH);
    pvgpu_encode_create_resource(e, id, &desc);
    const struct pvgpu_cmd_create_depth_stencil_view view = {.id = id_of(maker, RANGE_DEPTH_VIEW),
                                                             .resource = id,
                                                             .format = desc.format == 44 ? 45 : 0,
                                                             .flags = PICK(maker, 0, 0, 1, 2, 3)};
    pvgpu_encode_create_depth_stencil_view(e, &view);
}

static void create_view(struct stream_maker *maker, struct pvgpu_encoder *e)
{
    if (one_in(maker, 4)) {
        const struct pvgpu_cmd_create_render_target_view view = {
            .id = id_of(maker, RANGE_TARGET_VIEW),
            .resource = one_in(maker, 2) ? id_of(maker, RANGE_TARGET) : id_of(maker, RANGE_TEXTURE),
            .format = PICK(maker, 0, 0, 28),
            .dimension = PICK(maker, 0, 0, 4, 5, 6, 8, 1),
            .mip = PICK(maker, 0, 0, 1),
            .first_slice = PICK(maker, 0, 0, 1),
            .slice_count = PICK(maker, 0, 1, 2)};
        pvgpu_encode_create_render_target_view(e, &view);
        return;
    }
    const struct pvgpu_cmd_create_shader_resource_view view = {
        .id = id_of(maker, RANGE_INPUT_VIEW),
        .resource = any_resource(maker),
        .format = PICK(maker, 0, 0, 0, 28, 41),
        .dimension = PICK(maker, 0, 0, 0, 1, 4, 5, 9, 10, 8),
        .first = PICK(maker, 0, 0, 1),
        .count = PICK(maker, 0, 0, 1, 4, 0xFFFFFFFFu),
        .first_slice = PICK(maker, 0, 0, 1),
        .slice_count = PICK(maker, 0, 0, 1, 6, 0xFFFFFFFFu),
    };
    pvgpu_encode_create_shader_resource_view(e, &view);
}

static void create_shader(struct stream_maker *maker, struct pvgpu_encoder *e)
{
    uint32_t which = below(maker, SHADER_COUNT);
    uint32_t stage = one_in(maker, maker->wild) ? edge(maker) : (uint32_t)shaders[which].stage;
    uint32_t id = id_of(maker, stage == PVGPU_STAGE_VERTEX ? RANGE_VERTEX_SHADER : RANGE_PIXEL_SHADER);
    uint32_t offset = or_wild(maker, AT_SHADERS + which * SHADER_STRIDE), size = or_wild(maker, shaders[which].size);
    if (one_in(maker, 4)) {
        const struct pvgpu_cmd_create_resource desc = {
            .kind = PVGPU_KIND_VERTEX_SHADER + stage, .data_offset = offset, .data_bytes = size};
        pvgpu_encode_create_resource(e, id, &desc);
    } else {
        pvgpu_encode_create_shader(e, id, (enum pvgpu_stage)stage, offset, size);
    }
}

static void create_layout(struct stream_maker *maker, struct pvgpu_encoder *e)
{
    struct pvgpu_input_element elements[PVGPU_MAX_INPUT_ELEMENTS];
    uint32_t count = one_in(maker, 2) ? 6 : 1 + below(maker, 7);
    for (uint32_t i = 0; i < count; i++) {
        elements[i] = (struct pvgpu_input_element){
            .name_offset =
                or_wild(maker, AT_NAMES + (one_in(maker, 8) ? below(maker, NAME_COUNT) : i % 6) * NAME_STRIDE),
            .semantic_index = one_in(maker, 30),
            .format = PICK(maker, 2, 6, 16, 28, 41),
            .slot = PICK(maker, 0, 0, 1),
            .byte_offset = PICK(maker, 0, 16, 32, PVGPU_APPEND_ALIGNED, PVGPU_APPEND_ALIGNED),
            .classification = or_wild(maker, 0),
            .step_rate = or_wild(maker, 0),
        };
    }
    pvgpu_encode_create_input_layout(e, id_of(maker, RANGE_LAYOUT), or_wild(maker, count) % 40 ? count : 33, elements);
}

static void create_state(struct stream_maker *maker, struct pvgpu_encoder *e)
{
    switch (below(maker, 4)) {
    case 0: {
        struct pvgpu_cmd_create_blend_state desc = {
            .id = id_of(maker, RANGE_BLEND), .alpha_to_coverage = PICK(maker, 0, 1), .independent = PICK(maker, 0, 1)};
        for (uint32_t i = 0; i < PVGPU_MAX_RENDER_TARGETS; i++)
            desc.targets[i] = (struct pvgpu_blend_target){
                PICK(maker, 0, 1),    PICK(maker, 1, 2, 5, 6, 16), PICK(maker, 1, 2, 6), PICK(maker, 1, 5),
                PICK(maker, 1, 2, 5), PICK(maker, 1, 6, 18, 19),   PICK(maker, 1, 2),    PICK(maker, 15, 7, 0),
            };
        pvgpu_encode_create_blend_state(e, &desc);
        break;
    }
    case 1: {
        const struct pvgpu_cmd_create_rasterizer_state desc = {.id = id_of(maker, RANGE_RASTERIZER),
                                                               .fill = PICK(maker, 2, 3),
                                                               .cull = PICK(maker, 1, 2, 3),
                                                               .front_counter_clockwise = PICK(maker, 0, 1),
                                                               .depth_bias_clamp = real(maker, 1),
                                                               .slope_scaled_depth_bias = real(maker, 4),
                                                               .depth_clip = PICK(maker, 0, 1),
                                                               .scissor = PICK(maker, 0, 1)};
        pvgpu_encode_create_rasterizer_state(e, &desc);
        break;
    }
    case 2: {
        const struct pvgpu_stencil_face face = {PICK(maker, 1, 8), PICK(maker, 1, 2), PICK(maker, 1, 3),
                                                PICK(maker, 8, 1)};
        const struct pvgpu_cmd_create_depth_stencil_state desc = {.id = id_of(maker, RANGE_DEPTH_STATE),
                                                                  .depth_enable = PICK(maker, 0, 1),
                                                                  .depth_write = PICK(maker, 0, 1),
                                                                  .depth_compare = PICK(maker, 2, 4),
                                                                  .stencil_enable = PICK(maker, 0, 1),
                                                                  .front = face,
                                                                  .back = face};
        pvgpu_encode_create_depth_stencil_state(e, &desc);
        break;
    }
    default: {
        const struct pvgpu_cmd_create_sampler desc = {.id = id_of(maker, RANGE_SAMPLER),
                                                      .filter = PICK(maker, 0, 0x15, 0x55, 0x95, 0x1D5),
                                                      .address_u = PICK(maker, 1, 3),
                                                      .address_v = PICK(maker, 1, 3),
                                                      .address_w = PICK(maker, 1, 5),
                                                      .max_anisotropy = PICK(maker, 1, 16),
                                                      .compare = PICK(maker, 1, 8),
                                                      .border = {real(maker, 1)},
                                                      .mip_lod_bias = real(maker, 15),
                                                      .max_lod = real(maker, 16)};
        pvgpu_encode_create_sampler(e, &desc);
        break;
    }
    }
}

static void destroy_something(struct stream_maker *maker, struct pvgpu_encoder *e)
{
    switch (below(maker, 10)) {
    case 0:
        pvgpu_encode_destroy_resource(e, any_resource(maker));
        break;
    case 1:
        pvgpu_encode_destroy_render_target_view(e, id_of(maker, RANGE_TARGET_VIEW));
        break;
    case 2:
        pvgpu_encode_destroy_depth_stencil_view(e, id_of(maker, RANGE_DEPTH_VIEW));
        break;
    case 3:
        pvgpu_encode_destroy_shader_resource_view(e, id_of(maker, RANGE_INPUT_VIEW));
        break;
    case 4:
        pvgpu_encode_destroy_shader(e, id_of(maker, RANGE_VERTEX_SHADER));
        break;
    case 5:
        pvgpu_encode_destroy_shader(e, id_of(maker, RANGE_PIXEL_SHADER));
        break;
    case 6:
        pvgpu_encode_destroy_input_layout(e, id_of(maker, RANGE_LAYOUT));
        break;
    case 7:
        pvgpu_encode_destroy_blend_state(e, id_of(maker, RANGE_BLEND));
        break;
    case 8:
        pvgpu_encode_destroy_rasterizer_state(e, id_of(maker, RANGE_RASTERIZER));
        break;
    default:
        pvgpu_encode_destroy_sampler(e, id_of(maker, RANGE_SAMPLER));
        break;
    }
}

/* ---- Transfers --------------------------------------------------------------------------------------------------- */

static void transfer(struct stream_maker *maker, struct pvgpu_encoder *e)
{
    uint32_t id = any_resource(maker);
    switch (below(maker, 5)) {
    case 0:
        pvgpu_encode_map_resource(e, id, PICK(maker, 0, 0, 0, 1), (enum pvgpu_map_mode)PICK(maker, 1, 3, 2, 4, 5),
                                  data_offset(maker));
        break;
    case 1:
        pvgpu_encode_map_resource(e, id, 0, PVGPU_MAP_WRITE_DISCARD, 0);
        pvgpu_encode_unmap_resource(e, id, 0, data_offset(maker), PICK(maker, 0, 0, 4, 64, 256, 1000));
        break;
    case 2:
        pvgpu_encode_copy_resource(e, any_resource(maker), id);
        break;
    case 3: {
        const struct pvgpu_cmd_copy_region desc = {
            .destination = any_resource(maker),
            .destination_subresource = PICK(maker, 0, 0, 0, 1),
            .x = PICK(maker, 0, 0, 0, 4, 16, UINT32_MAX),
            .y = PICK(maker, 0, 0, 0, 4),
            .source = id,
            .source_subresource = PICK(maker, 0, 0, 1, edge(maker)),
            .has_box = PICK(maker, 0, 1, 1, 1, 2),
            .left = PICK(maker, 0, 0, 4),
            .top = PICK(maker, 0, 0, 4),
            .right = PICK(maker, 4, 8, 16, 256, edge(maker)),
            .bottom = PICK(maker, 1, 1, 8, 16),
            .back = PICK(maker, 1, 1, 1, 2),
        };
        pvgpu_encode_copy_region(e, &desc);
        break;
    }
    default: {
        const struct pvgpu_cmd_update_resource desc = {.id = id,
                                                       .subresource = PICK(maker, 0, 0, 0, 1),
                                                       .heap_offset = data_offset(maker),
                                                       .data_bytes = PICK(maker, 64, 256, 1024, 4096, 65536, 100000),
                                                       .x = PICK(maker, 0, 0, 0, 4),
                                                       .y = PICK(maker, 0, 0, 0, 4),
                                                       .z = PICK(maker, 0, 0, 0, 0, 1),
                                                       .width = PICK(maker, 0, 0, 4, 16),
                                                       .height = PICK(maker, 0, 0, 4, 1),
                                                       .depth = PICK(maker, 0, 0, 1),
                                                       .row_pitch = PICK(maker, 64, 256, 512, 1024),
                                                       .depth_pitch = PICK(maker, 0, 4096, 65536)};
        pvgpu_encode_update_resource(e, &desc);
        break;
    }
    }
}

/* ---- State ------------------------------------------------------------------------------------------------------- */

static void bind_targets(struct stream_maker *maker, struct pvgpu_encoder *e)
{
    uint32_t views[PVGPU_MAX_RENDER_TARGETS], count = below(maker, 4);
    for (uint32_t i = 0; i < PVGPU_MAX_RENDER_TARGETS; i++)
        views[i] = id_of(maker, RANGE_TARGET_VIEW);
    pvgpu_encode_set_render_target(e, or_wild(maker, count), views,
                                   one_in(maker, 2) ? id_of(maker, RANGE_DEPTH_VIEW) : 0);
}

static void bind_inputs(struct stream_maker *maker, struct pvgpu_encoder *e)
{
    struct pvgpu_vertex_buffer buffers[PVGPU_MAX_VERTEX_BUFFERS_PER_COMMAND];
    for (uint32_t i = 0; i < PVGPU_MAX_VERTEX_BUFFERS_PER_COMMAND; i++)
        buffers[i] = (struct pvgpu_vertex_buffer){id_of(maker, RANGE_BUFFER), PICK(maker, 16, 24, 32, 2048),
                                                  PICK(maker, 0, 0, 16, 4096)};
    pvgpu_encode_set_vertex_buffer(e, PICK(maker, 0, 0, 1, 30), or_wild(maker, below(maker, 4)), buffers);
    pvgpu_encode_set_index_buffer(e, id_of(maker, RANGE_BUFFER), PICK(maker, 57, 42), PICK(maker, 0, 0, 4, 6));
    pvgpu_encode_set_input_layout(e, id_of(maker, RANGE_LAYOUT));
    pvgpu_encode_set_primitive_topology(e, PICK(maker, 4, 4, 5, 1, 0, 33));
}

static void bind_shaders(struct stream_maker *maker, struct pvgpu_encoder *e)
{
    pvgpu_encode_set_shader(e, PVGPU_STAGE_VERTEX, id_of(maker, RANGE_VERTEX_SHADER));
    pvgpu_encode_set_shader(e, PVGPU_STAGE_PIXEL, id_of(maker, RANGE_PIXEL_SHADER));
}

static void bind_stage(struct stream_maker *maker, struct pvgpu_encoder *e)
{
    enum pvgpu_stage stage = (enum pvgpu_stage)PICK(maker, 0, 1, 1, 1, 2, 5);
    uint32_t ids[PVGPU_MAX_SHADER_RESOURCES];
    switch (below(maker, 3)) {
    case 0:
        for (uint32_t i = 0; i < PVGPU_MAX_SAMPLERS; i++)
            ids[i] = id_of(maker, RANGE_SAMPLER);
        pvgpu_encode_set_sampler(e, stage, PICK(maker, 0, 0, 3, 15), or_wild(maker, below(maker, 4)), ids);
        break;
    case 1:
        for (uint32_t i = 0; i < PVGPU_MAX_SHADER_RESOURCES; i++)
            ids[i] = i < 8 ? id_of(maker, RANGE_INPUT_VIEW) : 0;
        pvgpu_encode_set_shader_resource(e, stage, PICK(maker, 0, 0, 3, 127), or_wild(maker, below(maker, 6)), ids);
        break;
    default:
        pvgpu_encode_set_constant_buffer(e, stage, PICK(maker, 0, 0, 1, 13), id_of(maker, RANGE_BUFFER),
                                         PICK(maker, 0, 0, 0, 16, 32), PICK(maker, 0, 0, 16, 256, 4096));
        break;
    }
}

static void bind_fixed(struct stream_maker *maker, struct pvgpu_encoder *e)
{
    struct pvgpu_viewport viewports[PVGPU_MAX_VIEWPORTS];
    struct pvgpu_rect rects[PVGPU_MAX_VIEWPORTS];
    for (uint32_t i = 0; i < PVGPU_MAX_VIEWPORTS; i++) {
        viewports[i] = (struct pvgpu_viewport){
            real(maker, 100), real(maker, 100), real(maker, 640), real(maker, 360), 0, real(maker, 1)};
        rects[i] = (struct pvgpu_rect){(int32_t)edge(maker), (int32_t)edge(maker), (int32_t)edge(maker), 100};
    }
    switch (below(maker, 5)) {
    case 0:
        pvgpu_encode_set_viewport(e, or_wild(maker, below(maker, 3)), viewports);
        break;
    case 1:
        pvgpu_encode_set_scissor(e, or_wild(maker, below(maker, 3)), rects);
        break;
    case 2:
        pvgpu_encode_set_blend_state(e, id_of(maker, RANGE_BLEND), NULL, edge(maker));
        break;
    case 3:
        pvgpu_encode_set_rasterizer_state(e, id_of(maker, RANGE_RASTERIZER));
        break;
    default:
        pvgpu_encode_set_depth_stencil(e, id_of(maker, RANGE_DEPTH_STATE), edge(maker));
        break;
    }
}

/* ---- Work -------------------------------------------------------------------------------------------------------- */

static void draw(struct stream_maker *maker, struct pvgpu_encoder *e)
{
    switch (below(maker, 4)) {
    case 0:
        pvgpu_encode_draw(e, or_wild(maker, 3), or_wild(maker, 0));
        break;
    case 1:
        pvgpu_encode_draw_indexed(e, or_wild(maker, 36), or_wild(maker, 0), (int32_t)or_wild(maker, 0));
        break;
    case 2:
        pvgpu_encode_draw_instanced(e, 3, or_wild(maker, 10), or_wild(maker, 0), or_wild(maker, 0));
        break;
    default:
        pvgpu_encode_draw_indexed_instanced(e, or_wild(maker, 132), or_wild(maker, 760), 0, 0, or_wild(maker, 0));
        break;
    }
}

static void clear(struct stream_maker *maker, struct pvgpu_encoder *e)
{
    const float color[4] = {real(maker, 1), real(maker, 1), real(maker, 1), 1};
    if (one_in(maker, 2))
        pvgpu_encode_clear_render_target(e, id_of(maker, RANGE_TARGET_VIEW), color);
    else
        pvgpu_encode_clear_depth_stencil(e, id_of(maker, RANGE_DEPTH_VIEW), PICK(maker, 1, 3, 2, 0), real(maker, 1), 0);
}

static void order(struct stream_maker *maker, struct pvgpu_encoder *e)
{
    switch (below(maker, 8)) {
    case 0:
        pvgpu_encode_present(e, id_of(maker, RANGE_TARGET), or_wild(maker, 0));
        break;
    case 1:
        pvgpu_encode_present(e, one_in(maker, 2) ? 0 : id_of(maker, RANGE_TARGET_VIEW), 0);
        break;
    case 2:
        pvgpu_encode_flush(e);
        break;
    case 3:
        pvgpu_encode_wait_fence(e, one_in(maker, 2) ? 0 : maker->fence);
        break;
    case 4:
        pvgpu_encode_wait_fence(e, one_in(maker, maker->wild) ? edge(maker) : maker->fence);
        break;
    default:
        pvgpu_encode_fence(e, ++maker->fence);
        break;
    }
}

/* What this version refuses, whatever it says. */
static void not_executed(struct stream_maker *maker, struct pvgpu_encoder *e)
{
    switch (below(maker, 5)) {
    case 0:
        pvgpu_encode_dispatch(e, edge(maker), edge(maker), edge(maker));
        break;
    case 1:
        pvgpu_encode_open_resource(e, edge(maker), &(struct pvgpu_cmd_open_resource){.existing = any_resource(maker)});
        break;
    case 2:
        pvgpu_encode_resize_buffers(e, &(struct pvgpu_cmd_resize_buffers){.width = edge(maker)});
        break;
    case 3:
        pvgpu_encode_create_unordered_access_view(
            e, &(struct pvgpu_cmd_create_unordered_access_view){.id = edge(maker), .resource = any_resource(maker)});
        break;
    default: {
        /* Any opcode over any bytes. */
        uint32_t words[32];
        for (uint32_t i = 0; i < 32; i++)
            words[i] = edge(maker);
        words[0] = one_in(maker, 4) ? edge(maker) : PICK(maker, 0x100, 0x200, 0x300, 0) + below(maker, 0x32);
        pvgpu_encode_command(e, words, 16 + 4 * below(maker, 28), sizeof(words));
        break;
    }
    }
}

void stream_maker_scene(struct stream_maker *maker, struct pvgpu_encoder *e)
{
    uint32_t wild = maker->wild;
    maker->wild = 0;
    for (int i = 0; i < 10; i++) {
        create_buffer(maker, e);
        create_texture(maker, e);
        create_view(maker, e);
        create_shader(maker, e);
        create_state(maker, e);
    }
    for (int i = 0; i < 4; i++) {
        create_target(maker, e);
        create_depth(maker, e);
        create_layout(maker, e);
    }
    bind_targets(maker, e);
    bind_shaders(maker, e);
    bind_inputs(maker, e);
    maker->wild = wild;
}

void stream_maker_step(struct stream_maker *maker, struct pvgpu_encoder *e)
{
    static void (*const steps[])(struct stream_maker *, struct pvgpu_encoder *) = {
        create_buffer, create_texture, create_target, create_depth, create_view,
        create_shader, create_layout,  create_state,  create_state, destroy_something,
        transfer,      transfer,       transfer,      bind_targets, bind_inputs,
        bind_inputs,   bind_shaders,   bind_shaders,  bind_stage,   bind_stage,
        bind_fixed,    bind_fixed,     draw,          draw,         draw,
        draw,          draw,           draw,          clear,        clear,
        order,         order,          not_executed,
    };
    steps[below(maker, sizeof(steps) / sizeof(steps[0]))](maker, e);
}

/* ---- Damage ------------------------------------------------------------------------------------------------------ */

void stream_maker_spoil_shader(struct stream_maker *maker, uint8_t *heap)
{
    uint32_t which = below(maker, SHADER_COUNT);
    uint8_t *at = heap + AT_SHADERS + which * SHADER_STRIDE;
    if (one_in(maker, 3)) {
        memcpy(at, shaders[which].bytes, shaders[which].size);
        return;
    }
    for (uint32_t count = 1 + below(maker, 4); count; count--) {
        uint32_t where = below(maker, one_in(maker, 2) ? 256 : shaders[which].size - 4);
        if (one_in(maker, 2)) {
            at[where] ^= (uint8_t)(1u << below(maker, 8));
        } else {
            uint32_t word = edge(maker);
            memcpy(at + where / 4 * 4, &word, sizeof(word));
        }
    }
    if (!one_in(maker, 8))
        pvgpu_dxbc_checksum(at, shaders[which].size, at + PVGPU_DXBC_CHECKSUM_AT);
}

void stream_maker_mutate(struct stream_maker *maker, uint8_t *bytes, size_t size)
{
    if (size < 64)
        return;
    uint32_t words = (uint32_t)(size / 4);
    for (uint32_t count = 1 + below(maker, 8); count; count--) {
        uint32_t at = below(maker, words) * 4;
        switch (below(maker, 5)) {
        case 0:
            bytes[at + below(maker, 4)] ^= (uint8_t)(1u << below(maker, 8));
            break;
        case 1: {
            uint32_t word = edge(maker);
            memcpy(bytes + at, &word, sizeof(word));
            break;
        }
        case 2: { /* one command's bytes over another's */
            uint32_t from = below(maker, words) * 4, length = 4 * (1 + below(maker, 16));
            if (from + length <= size && at + length <= size)
                memmove(bytes + at, bytes + from, length);
            break;
        }
        case 3: /* where headers are: an opcode or a size */
            bytes[at / 16 * 16 + 4 * below(maker, 2)] = (uint8_t)below(maker, 256);
            break;
        default: /* an id among those that exist */
            bytes[at] = (uint8_t)(1 + below(maker, RANGE_COUNT * IDS_OF_TYPE));
            bytes[at + 1] = bytes[at + 2] = bytes[at + 3] = 0;
            break;
        }
    }
}
