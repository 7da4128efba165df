/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "parameters.h"

/* ---- Resources --------------------------------------------------------------------------------------------------- */

/* One field other than in the world's description, to a value that can be right. */
static void change_field(struct parameters *p, struct pvgpu_cmd_create_resource *desc)
{
    switch (byte(p)) {
    case 1:
        desc->width = PICK(p, 1, 16, 17, 128, 2048, 16384, 16385, 65536);
        break;
    case 2:
        desc->height = PICK(p, 1, 4, 16, 17, 2048, 16384, 0);
        break;
    case 3:
        desc->depth_or_array = PICK(p, 0, 1, 2, 6, 7, 2048, 2049);
        break;
    case 4:
        desc->mip_count = PICK(p, 0, 1, 2, 5, 16);
        break;
    case 5:
        desc->sample_count = PICK(p, 0, 1, 2, 4, 8, 3);
        break;
    case 6:
        desc->bind = byte(p);
        break;
    case 7:
        desc->misc = PICK(p, 0, 1, 4, 5, 0x10, 0x20, 0x40);
        break;
    case 8:
        desc->format = below(p, 120);
        break;
    case 9:
        desc->kind = below(p, 20);
        break;
    default:
        break;
    }
}

void commands_create_resource(struct commands_maker *maker, struct parameters *p)
{
    uint32_t number = below(p, WORLD_RESOURCES);
    struct pvgpu_cmd_create_resource desc = world_resources[number];
    change_field(p, &desc);
    if (bit(p)) {
        desc.data_offset = data_offset(p);
        desc.data_bytes = desc.kind == PVGPU_KIND_BUFFER && bit(p) ? desc.width : 16 * pair(p);
    }
    pvgpu_encode_create_resource(maker->encoder, WORLD_RESOURCE + number, &desc);
}

void commands_open_resource(struct commands_maker *maker, struct parameters *p)
{
    uint32_t opened = id(p, WORLD_OPENED);
    const struct pvgpu_cmd_open_resource desc = {.existing = resource(p)};
    pvgpu_encode_open_resource(maker->encoder, opened, &desc);
}

void commands_map(struct commands_maker *maker, struct parameters *p)
{
    uint32_t mapped = resource(p), subresource = PICK(p, 0, 0, 0, 1, 2, 5);
    enum pvgpu_map_mode mode = (enum pvgpu_map_mode)PICK(p, 1, 3, 1, 2, 4, 5, 0, 6);
    pvgpu_encode_map_resource(maker->encoder, mapped, subresource, mode, data_offset(p));
}

void commands_unmap(struct commands_maker *maker, struct parameters *p)
{
    uint32_t mapped = resource(p), subresource = PICK(p, 0, 0, 0, 1, 2, 5), offset = data_offset(p);
    pvgpu_encode_unmap_resource(maker->encoder, mapped, subresource, offset, bit(p) ? 0 : pair(p));
}

void commands_update(struct commands_maker *maker, struct parameters *p)
{
    struct pvgpu_cmd_update_resource desc = {.id = resource(p),
                                             .subresource = PICK(p, 0, 0, 0, 1, 2, 6),
                                             .heap_offset = data_offset(p),
                                             .data_bytes = pair(p),
                                             .row_pitch = 16 * (1 + below(p, 40))};
    desc.depth_pitch = desc.row_pitch * PICK(p, 0, 16, 64, 4);
    if (bit(p)) {
        desc.x = PICK(p, 0, 4, 16, 64, 1);
        desc.y = PICK(p, 0, 4, 8, 1);
        desc.z = PICK(p, 0, 0, 0, 1);
        desc.width = PICK(p, 0, 4, 16, 64, 1);
        desc.height = PICK(p, 0, 1, 4, 8);
        desc.depth = PICK(p, 0, 1, 1, 2);
    }
    pvgpu_encode_update_resource(maker->encoder, &desc);
}

void commands_copy_region(struct commands_maker *maker, struct parameters *p)
{
    struct pvgpu_cmd_copy_region desc = {.destination = resource(p)};
    desc.source = bit(p) ? desc.destination : resource(p);
    desc.destination_subresource = PICK(p, 0, 0, 0, 1, 2, 7);
    desc.source_subresource = PICK(p, 0, 0, 0, 1, 2, 7);
    desc.x = PICK(p, 0, 0, 4, 16, 32);
    desc.y = PICK(p, 0, 0, 0, 4, 8);
    desc.z = PICK(p, 0, 0, 0, 1);
    desc.has_box = PICK(p, 1, 1, 0, 2);
    desc.left = PICK(p, 0, 0, 4, 16);
    desc.top = PICK(p, 0, 0, 4, 8);
    desc.front = PICK(p, 0, 0, 0, 1);
    desc.right = desc.left + PICK(p, 4, 8, 16, 0, 64);
    desc.bottom = desc.top + PICK(p, 1, 4, 8, 0, 1);
    desc.back = desc.front + PICK(p, 1, 1, 1, 2);
    pvgpu_encode_copy_region(maker->encoder, &desc);
}

/* ---- Views ------------------------------------------------------------------------------------------------------- */

/* What the four kinds of views have in common. */
struct view {
    uint32_t id, resource, format, dimension;
    uint32_t mip, first_slice, slice_count;
};

static struct view view_of(struct parameters *p, enum world_ids first, uint32_t bind)
{
    struct view view = {.id = id(p, first)};
    uint32_t number = resource_with(p, bind);
    const struct pvgpu_cmd_create_resource *desc = &world_resources[number];
    view.resource = WORLD_RESOURCE + number;
    view.format = world_view_format(desc, bind, byte(p));
    uint32_t how = byte(p);
    if (how & 1)
        view.dimension = world_view_dimension(desc, bind, how & 2);
    if (how & 4)
        view.mip = PICK(p, 0, 1, 2);
    if (how & 8) {
        view.first_slice = PICK(p, 0, 1, 2, 6);
        view.slice_count = PICK(p, 1, 0, 2, PVGPU_ALL_REMAINING, 6);
    }
    return view;
}

void commands_create_target_view(struct commands_maker *maker, struct parameters *p)
{
    struct view view = view_of(p, WORLD_TARGET_VIEW, PVGPU_BIND_RENDER_TARGET);
    const struct pvgpu_cmd_create_render_target_view desc = {.id = view.id,
                                                             .resource = view.resource,
                                                             .format = view.format,
                                                             .dimension = view.dimension,
                                                             .mip = view.mip,
                                                             .first_slice = view.first_slice,
                                                             .slice_count = view.slice_count};
    pvgpu_encode_create_render_target_view(maker->encoder, &desc);
}

void commands_create_depth_view(struct commands_maker *maker, struct parameters *p)
{
    struct view view = view_of(p, WORLD_DEPTH_VIEW, PVGPU_BIND_DEPTH_STENCIL);
    const struct pvgpu_cmd_create_depth_stencil_view desc = {.id = view.id,
                                                             .resource = view.resource,
                                                             .format = view.format,
                                                             .dimension = view.dimension,
                                                             .flags = PICK(p, 0, 0, 1, 2, 3),
                                                             .mip = view.mip,
                                                             .first_slice = view.first_slice,
                                                             .slice_count = view.slice_count};
    pvgpu_encode_create_depth_stencil_view(maker->encoder, &desc);
}

void commands_create_input_view(struct commands_maker *maker, struct parameters *p)
{
    struct view view = view_of(p, WORLD_INPUT_VIEW, PVGPU_BIND_SHADER_RESOURCE);
    const struct pvgpu_cmd_create_shader_resource_view desc = {.id = view.id,
                                                               .resource = view.resource,
                                                               .format = view.format,
                                                               .dimension = view.dimension,
                                                               .first = view.mip,
                                                               .count = PICK(p, 0, 1, PVGPU_ALL_REMAINING, 2),
                                                               .first_slice = view.first_slice,
                                                               .slice_count = view.slice_count};
    pvgpu_encode_create_shader_resource_view(maker->encoder, &desc);
}

void commands_create_unordered_view(struct commands_maker *maker, struct parameters *p)
{
    struct view view = view_of(p, WORLD_UNORDERED_VIEW, PVGPU_BIND_UNORDERED_ACCESS);
    bool buffer = world_resources[view.resource - WORLD_RESOURCE].kind == PVGPU_KIND_BUFFER;
    const struct pvgpu_cmd_create_unordered_access_view desc = {.id = view.id,
                                                                .resource = view.resource,
                                                                .format = view.format,
                                                                .dimension = view.dimension,
                                                                .first = view.mip,
                                                                .count = PICK(p, 0, 0, 1, 16),
                                                                .first_slice = view.first_slice,
                                                                .slice_count_or_flags =
                                                                    buffer ? PICK(p, 0, 0, 1, 2, 4) : view.slice_count};
    pvgpu_encode_create_unordered_access_view(maker->encoder, &desc);
}

/* ---- Shaders, layouts, state objects ----------------------------------------------------------------------------- */

void commands_create_shader(struct commands_maker *maker, struct parameters *p)
{
    uint32_t number = below(p, WORLD_SHADERS), how = byte(p);
    const struct world_shader *shader = &world_shaders[number];
    uint32_t offset = WORLD_HEAP_SHADERS + number * WORLD_HEAP_SHADER_STRIDE;
    enum pvgpu_stage stage = how >= 250 ? (enum pvgpu_stage)below(p, 7) : shader->stage;
    if (how & 1) {
        const struct pvgpu_cmd_create_resource desc = {
            .kind = PVGPU_KIND_VERTEX_SHADER + stage, .data_offset = offset, .data_bytes = shader->size};
        pvgpu_encode_create_resource(maker->encoder, WORLD_SHADER + number, &desc);
    } else {
        pvgpu_encode_create_shader(maker->encoder, WORLD_SHADER + number, stage, offset, shader->size);
    }
}

/* All that the shaders read, or so many of them; formats of floats. */
void commands_create_layout(struct commands_maker *maker, struct parameters *p)
{
    struct pvgpu_input_element elements[PVGPU_MAX_INPUT_ELEMENTS] = {{0}};
    uint32_t layout = id(p, WORLD_LAYOUT), count = PICK(p, 6, 6, 2, 2, 0, 8, 32);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t how = byte(p);
        elements[i] = (struct pvgpu_input_element){
            .name_offset = WORLD_HEAP_NAMES + i % WORLD_NAMES * WORLD_HEAP_NAME_STRIDE,
            .semantic_index = i / WORLD_NAMES,
            .format = how & 1   ? 2
                      : how & 2 ? 16
                                : 6,
            .slot = how >> 2 & 3,
            .byte_offset = how & 0x10 ? PVGPU_APPEND_ALIGNED : 16 * (how >> 6),
            .classification = how >> 5 & 1,
            .step_rate = how & 0x20 ? how >> 6 : 0,
        };
    }
    pvgpu_encode_create_input_layout(maker->encoder, layout, count, elements);
}

void commands_create_blend(struct commands_maker *maker, struct parameters *p)
{
    struct pvgpu_cmd_create_blend_state desc = {
        .id = id(p, WORLD_BLEND), .alpha_to_coverage = bit(p), .independent = bit(p)};
    for (uint32_t i = 0; i < PVGPU_MAX_RENDER_TARGETS; i++)
        desc.targets[i] = (struct pvgpu_blend_target){
            bit(p),
            PICK(p, 1, 2, 3, 5, 9, 11, 14, 16, 18),
            PICK(p, 1, 2, 4, 6, 10, 15, 17, 19),
            1 + below(p, 5),
            PICK(p, 1, 2, 5, 7, 11, 18),
            PICK(p, 1, 2, 6, 8, 15, 19),
            1 + below(p, 5),
            below(p, 16),
        };
    pvgpu_encode_create_blend_state(maker->encoder, &desc);
}

void commands_create_rasterizer(struct commands_maker *maker, struct parameters *p)
{
    const struct pvgpu_cmd_create_rasterizer_state desc = {.id = id(p, WORLD_RASTERIZER),
                                                           .fill = 2 + bit(p),
                                                           .cull = 1 + below(p, 3),
                                                           .front_counter_clockwise = bit(p),
                                                           .depth_bias_clamp = real(p, 1),
                                                           .slope_scaled_depth_bias = real(p, 4),
                                                           .depth_clip = bit(p),
                                                           .scissor = bit(p),
                                                           .multisample = bit(p),
                                                           .antialiased_line = bit(p)};
    pvgpu_encode_create_rasterizer_state(maker->encoder, &desc);
}

static struct pvgpu_stencil_face face_of(struct parameters *p)
{
    return (struct pvgpu_stencil_face){1 + below(p, 8), 1 + below(p, 8), 1 + below(p, 8), 1 + below(p, 8)};
}

void commands_create_depth_state(struct commands_maker *maker, struct parameters *p)
{
    struct pvgpu_cmd_create_depth_stencil_state desc = {.id = id(p, WORLD_DEPTH_STATE),
                                                        .depth_enable = bit(p),
                                                        .depth_write = bit(p),
                                                        .depth_compare = 1 + below(p, 8),
                                                        .stencil_enable = bit(p),
                                                        .stencil_read_mask = byte(p),
                                                        .stencil_write_mask = byte(p)};
    desc.front = face_of(p);
    desc.back = face_of(p);
    pvgpu_encode_create_depth_stencil_state(maker->encoder, &desc);
}

void commands_create_sampler(struct commands_maker *maker, struct parameters *p)
{
    const struct pvgpu_cmd_create_sampler desc = {.id = id(p, WORLD_SAMPLER),
                                                  .filter =
                                                      PICK(p, 0, 1, 4, 0x10, 0x15, 0x55, 0x95, 0xD5, 0x115, 0x1D5),
                                                  .address_u = 1 + below(p, 5),
                                                  .address_v = 1 + below(p, 5),
                                                  .address_w = 1 + below(p, 5),
                                                  .mip_lod_bias = real(p, 15) - 8,
                                                  .max_anisotropy = 1 + below(p, 16),
                                                  .compare = 1 + below(p, 8),
                                                  .border = {real(p, 1), real(p, 1)},
                                                  .min_lod = real(p, 4),
                                                  .max_lod = real(p, 16)};
    pvgpu_encode_create_sampler(maker->encoder, &desc);
}

void commands_destroy(struct commands_maker *maker, struct parameters *p)
{
    struct pvgpu_encoder *e = maker->encoder;
    switch (below(p, 11)) {
    case 0:
        pvgpu_encode_destroy_resource(e, resource(p));
        break;
    case 1:
        pvgpu_encode_destroy_render_target_view(e, id(p, WORLD_TARGET_VIEW));
        break;
    case 2:
        pvgpu_encode_destroy_depth_stencil_view(e, id(p, WORLD_DEPTH_VIEW));
        break;
    case 3:
        pvgpu_encode_destroy_shader_resource_view(e, id(p, WORLD_INPUT_VIEW));
        break;
    case 4:
        pvgpu_encode_destroy_unordered_access_view(e, id(p, WORLD_UNORDERED_VIEW));
        break;
    case 5:
        pvgpu_encode_destroy_shader(e, id(p, WORLD_SHADER));
        break;
    case 6:
        pvgpu_encode_destroy_input_layout(e, id(p, WORLD_LAYOUT));
        break;
    case 7:
        pvgpu_encode_destroy_blend_state(e, id(p, WORLD_BLEND));
        break;
    case 8:
        pvgpu_encode_destroy_rasterizer_state(e, id(p, WORLD_RASTERIZER));
        break;
    case 9:
        pvgpu_encode_destroy_depth_stencil_state(e, id(p, WORLD_DEPTH_STATE));
        break;
    default:
        pvgpu_encode_destroy_sampler(e, id(p, WORLD_SAMPLER));
        break;
    }
}
