/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * One suite of behaviour, run on every renderer: null, and d3d11 with each way of learning about completion. Where
 * d3d11 must show exact texels, null must show zeros.
 */
#include "test_gpu_support.h"
#include "test_gpu_shaders.h"

#ifndef _WIN32
#include <dlfcn.h>
#endif

static void objects_of_every_kind(void **state)
{
    struct fixture *f = *state;
    struct pvgpu_resource *line = make_resource(f,
                                                (struct pvgpu_resource){.kind = PVGPU_KIND_TEXTURE_1D,
                                                                        .format = FORMAT_RGBA8,
                                                                        .width = 32,
                                                                        .array_length = 4,
                                                                        .mip_count = 3,
                                                                        .bind = 0xA8},
                                                NULL);
    struct pvgpu_resource *cube = make_resource(f,
                                                (struct pvgpu_resource){.kind = PVGPU_KIND_TEXTURE_2D,
                                                                        .format = FORMAT_RGBA8,
                                                                        .width = 32,
                                                                        .height = 32,
                                                                        .array_length = 12,
                                                                        .mip_count = 6,
                                                                        .bind = 0xA8,
                                                                        .misc = D3D11_RESOURCE_MISC_TEXTURECUBE},
                                                NULL);
    struct pvgpu_resource *samples = make_resource(f,
                                                   (struct pvgpu_resource){.kind = PVGPU_KIND_TEXTURE_2D,
                                                                           .format = FORMAT_RGBA8,
                                                                           .width = 32,
                                                                           .height = 32,
                                                                           .array_length = 2,
                                                                           .sample_count = 4,
                                                                           .bind = 0x28},
                                                   NULL);
    struct pvgpu_resource *volume = make_resource(
        f,
        (struct pvgpu_resource){
            .kind = PVGPU_KIND_TEXTURE_3D, .format = FORMAT_RGBA8, .width = 8, .height = 8, .depth = 8, .bind = 0xA8},
        NULL);
    struct pvgpu_resource *depth = make_resource(f,
                                                 (struct pvgpu_resource){.kind = PVGPU_KIND_TEXTURE_2D,
                                                                         .format = FORMAT_D24S8,
                                                                         .width = 32,
                                                                         .height = 32,
                                                                         .array_length = 3,
                                                                         .bind = PVGPU_BIND_DEPTH_STENCIL},
                                                 NULL);
    struct pvgpu_resource *plain = make_resource(
        f, (struct pvgpu_resource){.kind = PVGPU_KIND_TEXTURE_2D, .format = FORMAT_RGBA8, .width = 8, .height = 8},
        NULL);
    struct pvgpu_resource *words = make_resource(
        f,
        (struct pvgpu_resource){.kind = PVGPU_KIND_BUFFER, .width = 1024, .bind = 0xA8, .misc = 0x20 /* raw views */},
        NULL);
    assert_int_equal(plain->bind, 0);

    struct {
        struct pvgpu_resource *resource;
        struct pvgpu_view view;
    } const views[] = {
#define RTV .base.type = PVGPU_OBJECT_RENDER_TARGET_VIEW
#define DSV .base.type = PVGPU_OBJECT_DEPTH_STENCIL_VIEW
#define SRV .base.type = PVGPU_OBJECT_SHADER_RESOURCE_VIEW
#define UAV .base.type = PVGPU_OBJECT_UNORDERED_ACCESS_VIEW
        {words, {RTV, .dimension = 1, .format = 42, .first_slice = 4, .slice_count = 8}},
        {line, {RTV, .dimension = 3, .first_mip = 2, .first_slice = 1, .slice_count = 3}},
        {cube, {RTV, .dimension = 5, .first_mip = 1, .first_slice = 5, .slice_count = 7}},
        {samples, {RTV, .dimension = 7, .slice_count = 2}},
        {volume, {RTV, .dimension = 8, .first_slice = 2, .slice_count = 3}},
        {depth, {DSV, .dimension = 4, .slice_count = 3, .flags = PVGPU_DSV_READ_ONLY_DEPTH}},
        {depth, {DSV, .dimension = 4, .first_slice = 2}},
        {words, {SRV, .dimension = 1, .format = 42, .first_slice = 16, .slice_count = 32}},
        {words, {SRV, .dimension = 11, .format = 39, .slice_count = 256, .flags = D3D11_BUFFEREX_SRV_FLAG_RAW}},
        {line, {SRV, .dimension = 3, .first_mip = 1, .mip_count = 2, .slice_count = 4}},
        {cube, {SRV, .dimension = 5, .first_mip = 1, .mip_count = 5, .first_slice = 3, .slice_count = 4}},
        {samples, {SRV, .dimension = 7, .slice_count = 2}},
        {volume, {SRV, .dimension = 8}},
        {cube, {SRV, .dimension = 9, .mip_count = 6}},
        {cube, {SRV, .dimension = 10, .mip_count = 6, .slice_count = 6}},
        {words, {UAV, .dimension = 1, .format = 42, .slice_count = 256}},
        {line, {UAV, .dimension = 3, .slice_count = 4}},
        {cube, {UAV, .dimension = 5, .slice_count = 4}},
        {volume, {UAV, .dimension = 8, .slice_count = 8}},
    };
    for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++) {
        struct pvgpu_view *view = make_view(f, views[i].resource, views[i].view);
        if (!f->is_null && view->dimension == D3D11_SRV_DIMENSION_TEXTURECUBEARRAY) {
            D3D11_SHADER_RESOURCE_VIEW_DESC desc;
            ID3D11ShaderResourceView_GetDesc((ID3D11ShaderResourceView *)view->base.host, &desc);
            assert_int_equal(desc.TextureCubeArray.NumCubes, 1);
        }
    }
    MAKE_SHADER(f, PVGPU_STAGE_GEOMETRY, pass_gs);
    MAKE_SHADER(f, PVGPU_STAGE_HULL, pass_hs);
    MAKE_SHADER(f, PVGPU_STAGE_DOMAIN, pass_ds);
    make_layout(f, MAKE_SHADER(f, PVGPU_STAGE_VERTEX, pvgpu_shader_triangle_vs));
    make_sampler(f);
    make_blend(f, 5, 6, 15);
    make_rasterizer(f, 3, 0);
    make_depth_state(f, 2);
    bind_shader(f, MAKE_SHADER(f, PVGPU_STAGE_COMPUTE, empty_cs));
    f->gpu->ops->apply_state(f->gpu, &f->state);
    f->gpu->ops->dispatch(f->gpu, 1, 2, 3);
    submit_and_wait(f);
}

static void refused_objects_leave_nothing(void **state)
{
    struct fixture *f = *state;
    if (f->is_null)
        return;
    struct pvgpu_log quiet = f->gpu->log;
    f->gpu->log.level = PVGPU_LOG_ERROR;
    struct pvgpu_resource bad = {.kind = PVGPU_KIND_TEXTURE_2D,
                                 .format = 9999,
                                 .width = 8,
                                 .height = 8,
                                 .depth = 1,
                                 .array_length = 1,
                                 .mip_count = 1,
                                 .sample_count = 1};
    assert_int_equal(f->gpu->ops->create_resource(f->gpu, &bad, NULL), PVGPU_GPU_REFUSED);
    assert_null(bad.base.host);
    struct pvgpu_shader junk = {.stage = PVGPU_STAGE_PIXEL, .bytecode = (uint8_t[16]){0}, .bytecode_bytes = 16};
    assert_int_equal(f->gpu->ops->create_shader(f->gpu, &junk), PVGPU_GPU_REFUSED);
    assert_null(junk.base.host);
    f->gpu->log = quiet;
}

static void clears_are_exact(void **state)
{
    struct fixture *f = *state;
    static const float color[4] = {1.0f, 0.2f, 0.6f, 0.0f};
    struct pvgpu_resource *target = make_target(f);
    f->gpu->ops->clear_render_target(f->gpu, make_2d_view(f, target, PVGPU_OBJECT_RENDER_TARGET_VIEW), color);
    expect_columns(f, target, SIDE, RGBA(255, 51, 153, 0), 0);

    struct pvgpu_resource *depth = make_resource(f,
                                                 (struct pvgpu_resource){.kind = PVGPU_KIND_TEXTURE_2D,
                                                                         .format = FORMAT_D32F,
                                                                         .width = SIDE,
                                                                         .height = SIDE,
                                                                         .bind = PVGPU_BIND_DEPTH_STENCIL},
                                                 NULL);
    struct pvgpu_view *view = make_2d_view(f, depth, PVGPU_OBJECT_DEPTH_STENCIL_VIEW);
    f->gpu->ops->clear_depth_stencil(f->gpu, view, PVGPU_CLEAR_DEPTH, 0.375f, 0);
    float wanted[SIDE * SIDE];
    for (size_t i = 0; i < SIDE * SIDE; i++)
        wanted[i] = 0.375f;
    expect_bytes(f, depth, 0, SIDE * 4, SIDE, 1, wanted);
}

static void updates_change_their_box_alone(void **state)
{
    struct fixture *f = *state;
    enum { mips = 3, layers = 2 };
    uint8_t content[layers * mips][SIDE * SIDE * 4];
    struct pvgpu_subresource_data initial[layers * mips];
    for (uint32_t i = 0; i < layers * mips; i++) {
        fill_pattern(content[i], sizeof(content[i]), i);
        initial[i] = (struct pvgpu_subresource_data){content[i], (SIDE >> i % mips) * 4, 0};
    }
    struct pvgpu_resource *texture = make_resource(f,
                                                   (struct pvgpu_resource){.kind = PVGPU_KIND_TEXTURE_2D,
                                                                           .format = FORMAT_RGBA8,
                                                                           .width = SIDE,
                                                                           .height = SIDE,
                                                                           .array_length = layers,
                                                                           .mip_count = mips,
                                                                           .bind = PVGPU_BIND_SHADER_RESOURCE},
                                                   initial);
    /* A box in the middle mip of the second layer, from a source with a pitch of its own. */
    uint32_t subresource = mips + 1, side = SIDE / 2;
    uint8_t source[3 * 64];
    fill_pattern(source, sizeof(source), 99);
    struct pvgpu_box box = {2, 1, 0, 7, 4, 1};
    f->gpu->ops->update(f->gpu, texture, subresource, &box, source, 64, 0);
    for (uint32_t y = 1; y < 4; y++)
        memcpy(content[subresource] + (y * side + 2) * 4, source + (y - 1) * 64, 5 * 4);
    /* And all of the last mip of the first layer. */
    uint8_t last[(SIDE / 4) * (SIDE / 4) * 4];
    fill_pattern(last, sizeof(last), 77);
    f->gpu->ops->update(f->gpu, texture, mips - 1, NULL, last, SIDE / 4 * 4, 0);
    memcpy(content[mips - 1], last, sizeof(last));
    memset(source, 0, sizeof(source)); /* "read once, inside the call" */
    memset(last, 0, sizeof(last));
    for (uint32_t i = 0; i < layers * mips; i++)
        expect_bytes(f, texture, i, (SIDE >> i % mips) * 4, SIDE >> i % mips, 1, content[i]);
}

static void updates_of_other_kinds(void **state)
{
    struct fixture *f = *state;
    uint8_t bytes[4096], patch[4096];
    fill_pattern(bytes, sizeof(bytes), 1);
    fill_pattern(patch, sizeof(patch), 2);

    struct pvgpu_resource *buffer = make_buffer(f, PVGPU_BIND_VERTEX_BUFFER, bytes, 4096);
    f->gpu->ops->update(f->gpu, buffer, 0, &(struct pvgpu_box){100, 0, 0, 1101, 1, 1}, patch, 0, 0);
    memcpy(bytes + 100, patch, 1001);
    expect_bytes(f, buffer, 0, 4096, 1, 1, bytes);
    f->gpu->ops->update(f->gpu, buffer, 0, &(struct pvgpu_box){0, 0, 0, 4096, 1, 1}, patch, 4096, 4096);
    expect_bytes(f, buffer, 0, 4096, 1, 1, patch);

    struct pvgpu_resource *constants = make_buffer(f, PVGPU_BIND_CONSTANT_BUFFER, NULL, 256);
    f->gpu->ops->update(f->gpu, constants, 0, NULL, bytes, 256, 256);
    f->gpu->ops->update(f->gpu, constants, 0, &(struct pvgpu_box){0, 0, 0, 256, 1, 1}, patch, 256, 256);
    expect_bytes(f, constants, 0, 256, 1, 1, patch);

    struct pvgpu_subresource_data initial = {bytes, 8 * 4, 8 * 8 * 4};
    struct pvgpu_resource *volume = make_resource(f,
                                                  (struct pvgpu_resource){.kind = PVGPU_KIND_TEXTURE_3D,
                                                                          .format = FORMAT_RGBA8,
                                                                          .width = 8,
                                                                          .height = 8,
                                                                          .depth = 8,
                                                                          .bind = PVGPU_BIND_SHADER_RESOURCE},
                                                  &initial);
    f->gpu->ops->update(f->gpu, volume, 0, &(struct pvgpu_box){1, 2, 3, 5, 4, 6}, patch, 16, 32);
    uint8_t wanted[8 * 8 * 8 * 4];
    memcpy(wanted, bytes, sizeof(wanted));
    for (size_t z = 0; z < 3; z++) {
        for (size_t y = 0; y < 2; y++)
            memcpy(wanted + (((z + 3) * 8 + y + 2) * 8 + 1) * 4, patch + z * 32 + y * 16, 16);
    }
    expect_bytes(f, volume, 0, 8 * 4, 8, 8, wanted);

    struct pvgpu_resource *line = make_resource(
        f, (struct pvgpu_resource){.kind = PVGPU_KIND_TEXTURE_1D, .format = FORMAT_RGBA8, .width = 64, .bind = 8},
        NULL);
    f->gpu->ops->update(f->gpu, line, 0, NULL, bytes, 256, 256);
    expect_bytes(f, line, 0, 256, 1, 1, bytes);
}

static void small_mips_of_block_formats(void **state)
{
    struct fixture *f = *state;
    struct pvgpu_resource *blocks = make_resource(f,
                                                  (struct pvgpu_resource){.kind = PVGPU_KIND_TEXTURE_2D,
                                                                          .format = FORMAT_BC1,
                                                                          .width = 16,
                                                                          .height = 8,
                                                                          .mip_count = 5,
                                                                          .bind = PVGPU_BIND_SHADER_RESOURCE},
                                                  NULL);
    static const struct {
        uint32_t row_bytes, rows; /* of 8-byte blocks */
    } sizes[5] = {{32, 2}, {16, 1}, {8, 1}, {8, 1}, {8, 1}};
    for (uint32_t mip = 0; mip < 5; mip++) {
        uint8_t bytes[64];
        fill_pattern(bytes, sizeof(bytes), mip);
        f->gpu->ops->update(f->gpu, blocks, mip, NULL, bytes, sizes[mip].row_bytes, 0);
        expect_bytes(f, blocks, mip, sizes[mip].row_bytes, sizes[mip].rows, 1, bytes);
    }
}

static void copies_are_whole(void **state)
{
    struct fixture *f = *state;
    uint8_t bytes[SIDE * SIDE * 4];
    fill_pattern(bytes, sizeof(bytes), 5);
    struct pvgpu_resource *source = make_target(f), *destination = make_target(f);
    f->gpu->ops->update(f->gpu, source, 0, NULL, bytes, SIDE * 4, 0);
    f->gpu->ops->copy_resource(f->gpu, destination, source);
    expect_bytes(f, destination, 0, SIDE * 4, SIDE, 1, bytes);
}

/* A box to another place, a mip to a mip of another texture, bytes of a buffer; what lies around stays as it was. */
static void copies_of_regions_are_exact(void **state)
{
    struct fixture *f = *state;
    const struct pvgpu_gpu_ops *ops = f->gpu->ops;
    uint8_t from[SIDE * SIDE * 4], to[SIDE * SIDE * 4];
    fill_pattern(from, sizeof(from), 5);
    fill_pattern(to, sizeof(to), 6);
    struct pvgpu_resource *source = make_target(f), *destination = make_target(f);
    ops->update(f->gpu, source, 0, NULL, from, SIDE * 4, 0);
    ops->update(f->gpu, destination, 0, NULL, to, SIDE * 4, 0);
    struct pvgpu_box box = {.left = 1, .top = 2, .right = 6, .bottom = 5, .back = 1};
    ops->copy_region(f->gpu, destination, 0, 2, 4, 0, source, 0, &box);
    for (uint32_t y = 0; y < 3; y++)
        memcpy(to + ((y + 4) * SIDE + 2) * 4, from + ((y + 2) * SIDE + 1) * 4, 5 * 4);
    expect_bytes(f, destination, 0, SIDE * 4, SIDE, 1, to);
    ops->copy_region(f->gpu, destination, 0, 0, 0, 0, source, 0, NULL);
    expect_bytes(f, destination, 0, SIDE * 4, SIDE, 1, from);

    struct pvgpu_resource *one = make_buffer(f, PVGPU_BIND_VERTEX_BUFFER, from, 256);
    struct pvgpu_resource *other = make_buffer(f, PVGPU_BIND_INDEX_BUFFER, to, 256);
    struct pvgpu_box bytes = {.left = 3, .right = 40, .bottom = 1, .back = 1};
    ops->copy_region(f->gpu, other, 0, 101, 0, 0, one, 0, &bytes);
    memcpy(to + 101, from + 3, 37);
    expect_bytes(f, other, 0, 256, 1, 1, to);
}

static void a_triangle_has_its_pixels(void **state)
{
    struct fixture *f = *state;
    struct pvgpu_resource *target = begin_scene(f);
    /* Clockwise, left of the diagonal from the bottom left to the top right corner. */
    struct vertex corners[3] = {
        {-1, 1, {1, 0, 0, 1}},
        {1, 1, {1, 0, 0, 1}},
        {-1, -1, {1, 0, 0, 1}},
    };
    bind_vertices(f, make_buffer(f, PVGPU_BIND_VERTEX_BUFFER, corners, sizeof(corners)));
    draw(f, (struct pvgpu_draw){.count = 3, .instance_count = 1});
    uint8_t *bytes = read_back(f, target, 0, SIDE * 4, SIDE, 1);
    for (uint32_t y = 0; y < SIDE; y++) {
        for (uint32_t x = 0; x < SIDE; x++) {
            uint32_t texel;
            memcpy(&texel, bytes + (y * SIDE + x) * 4, 4);
            if (x + y + 1 < SIDE)
                assert_int_equal(texel, f->is_null ? 0 : RED);
            else if (x + y + 1 > SIDE)
                assert_int_equal(texel, f->is_null ? 0 : BLACK);
        }
    }
    free(bytes);
}

static void all_forms_of_draw(void **state)
{
    struct fixture *f = *state;
    struct pvgpu_resource *target = begin_scene(f);
    struct vertex corners[9] = {{-1, 1, {0}}, {1, 1, {0}},  {1, -1, {0}}, {-1, 1, {0}}, {0, 1, {0}},
                                {0, -1, {0}}, {-1, 1, {0}}, {0, -1, {0}}, {-1, -1, {0}}};
    for (size_t i = 3; i < 9; i++)
        memcpy(corners[i].color, green, sizeof(green));
    bind_vertices(f, make_buffer(f, PVGPU_BIND_VERTEX_BUFFER, corners, sizeof(corners)));
    static const uint16_t indices[8] = {99, 99, 1, 2, 3, 4, 5, 6}; /* with base vertex 2: 3 to 8 */
    f->state.index_buffer = make_buffer(f, PVGPU_BIND_INDEX_BUFFER, indices, sizeof(indices));
    f->state.index_format = 57;
    f->state.index_offset = 2;
    f->state.dirty |= PVGPU_DIRTY_INDEX_BUFFER;
    static const struct pvgpu_draw draws[4] = {
        {.count = 6, .first = 3, .instance_count = 1},
        {.indexed = true, .count = 6, .first = 1, .base_vertex = 2, .instance_count = 1},
        {.instanced = true, .count = 6, .first = 3, .instance_count = 2},
        {.indexed = true, .instanced = true, .count = 6, .first = 1, .base_vertex = 2, .instance_count = 3},
    };
    for (size_t i = 0; i < 4; i++) {
        f->gpu->ops->clear_render_target(f->gpu, f->state.render_targets[0], red);
        draw(f, draws[i]);
        expect_columns(f, target, SIDE / 2, GREEN, RED);
    }
}

static void updates_and_draws_keep_their_order(void **state)
{
    struct fixture *f = *state;
    struct pvgpu_resource *target = begin_scene(f);
    static const float narrow[4] = {1, 0, 0.5f, 1}; /* x halved: the middle half of the target */
    struct pvgpu_resource *constants = f->state.stages[PVGPU_STAGE_VERTEX].constants[0].buffer;
    struct vertex green_corners[6] = {{-1, 1, {0}}, {0, 1, {0}},  {0, -1, {0}},
                                      {-1, 1, {0}}, {0, -1, {0}}, {-1, -1, {0}}};
    for (size_t i = 0; i < 6; i++)
        memcpy(green_corners[i].color, green, sizeof(green));

    /* Red over everything; then the same buffers with other content: green over the second quarter. */
    draw_rectangle(f, -1, 1, red);
    f->gpu->ops->update(f->gpu, constants, 0, NULL, narrow, sizeof(narrow), sizeof(narrow));
    f->gpu->ops->update(f->gpu, f->state.vertex_buffers[0].buffer, 0, NULL, green_corners, sizeof(green_corners), 0);
    draw(f, (struct pvgpu_draw){.count = 6, .instance_count = 1});
    f->gpu->ops->update(f->gpu, constants, 0, NULL, identity, sizeof(identity), sizeof(identity));
    uint32_t wanted[SIDE * SIDE];
    for (uint32_t i = 0; i < SIDE * SIDE; i++)
        wanted[i] = i % SIDE >= SIDE / 4 && i % SIDE < SIDE / 2 ? GREEN : RED;
    expect_bytes(f, target, 0, SIDE * 4, SIDE, 1, wanted);
}

static void constant_ranges(void **state)
{
    struct fixture *f = *state;
    if (!f->gpu->caps.constant_buffer_offsets) {
        print_message("skipped: this host has no constant buffer offsets\n");
        skip();
    }
    struct pvgpu_resource *target = begin_scene(f);
    float constants[3 * 64] = {0}; /* three ranges of 16 constants; the middle one is the identity */
    memcpy(constants + 64, identity, sizeof(identity));
    bind_constants(f, make_buffer(f, PVGPU_BIND_CONSTANT_BUFFER, constants, sizeof(constants)), 16, 16);
    draw_rectangle(f, -1, 0, green);
    expect_columns(f, target, SIDE / 2, GREEN, BLACK);
    bind_constants(f, f->state.stages[PVGPU_STAGE_VERTEX].constants[0].buffer, 32, 16);
    draw_rectangle(f, -1, 1, red); /* scaled to nothing */
    expect_columns(f, target, SIDE / 2, GREEN, BLACK);
}

static void a_target_becomes_a_picture(void **state)
{
    struct fixture *f = *state;
    struct pvgpu_resource *first = begin_scene(f), *second = make_target(f);
    draw_rectangle(f, -1, 0, green);

    /* Now the first is sampled, twice as large and repeated, while the second is drawn to. */
    struct pvgpu_stage_state *ps = &f->state.stages[PVGPU_STAGE_PIXEL];
    bind_target(f, make_2d_view(f, second, PVGPU_OBJECT_RENDER_TARGET_VIEW), NULL);
    bind_shader(f, MAKE_SHADER(f, PVGPU_STAGE_PIXEL, picture_ps));
    ps->resources[3] = make_2d_view(f, first, PVGPU_OBJECT_SHADER_RESOURCE_VIEW);
    ps->dirty_resources[0] |= UINT64_C(1) << 3;
    ps->samplers[2] = make_sampler(f);
    ps->dirty_samplers |= 1u << 2;
    draw_rectangle(f, -1, 1, red);
    uint32_t wanted[SIDE * SIDE];
    for (uint32_t i = 0; i < SIDE * SIDE; i++)
        wanted[i] = i % 8 < 4 ? GREEN : BLACK;
    expect_bytes(f, second, 0, SIDE * 4, SIDE, 1, wanted);

    /* And back again, in one step: the first becomes the target, its slot takes the second. */
    bind_target(f, make_2d_view(f, first, PVGPU_OBJECT_RENDER_TARGET_VIEW), NULL);
    ps->resources[3] = make_2d_view(f, second, PVGPU_OBJECT_SHADER_RESOURCE_VIEW);
    ps->dirty_resources[0] |= UINT64_C(1) << 3;
    f->state.dirty |= PVGPU_DIRTY_STAGE(PVGPU_STAGE_PIXEL);
    draw_rectangle(f, -1, 1, red);
    for (uint32_t i = 0; i < SIDE * SIDE; i++)
        wanted[i] = i % 4 < 2 ? GREEN : BLACK;
    expect_bytes(f, first, 0, SIDE * 4, SIDE, 1, wanted);
}

static void fixed_function_states(void **state)
{
    struct fixture *f = *state;
    struct pvgpu_resource *target = begin_scene(f);

    /* Scissor to the left quarter. */
    f->state.rasterizer = make_rasterizer(f, 3, 1);
    f->state.scissor_count = 1;
    f->state.scissors[0] = (struct pvgpu_rect){0, 0, SIDE / 4, SIDE};
    f->state.dirty |= PVGPU_DIRTY_RASTERIZER | PVGPU_DIRTY_SCISSORS;
    draw_rectangle(f, -1, 1, red);
    expect_columns(f, target, SIDE / 4, RED, BLACK);

    /* Front faces culled: nothing. */
    f->state.rasterizer = make_rasterizer(f, 2, 0);
    f->state.dirty |= PVGPU_DIRTY_RASTERIZER;
    draw_rectangle(f, -1, 1, green);
    expect_columns(f, target, SIDE / 4, RED, BLACK);

    /* Source plus destination, in blue and red alone. */
    f->state.rasterizer = NULL;
    f->state.blend = make_blend(f, 2, 2, 1 | 4);
    f->state.dirty |= PVGPU_DIRTY_RASTERIZER | PVGPU_DIRTY_BLEND;
    draw_rectangle(f, -1, 1, half_blue);
    draw_rectangle(f, -1, 1, green);
    expect_columns(f, target, SIDE / 4, RGBA(255, 0, 153, 255), RGBA(0, 0, 153, 255));

    /* Depth: what lies at 0 passes "less" once and no second time. */
    struct pvgpu_resource *depth = make_resource(f,
                                                 (struct pvgpu_resource){.kind = PVGPU_KIND_TEXTURE_2D,
                                                                         .format = FORMAT_D24S8,
                                                                         .width = SIDE,
                                                                         .height = SIDE,
                                                                         .bind = PVGPU_BIND_DEPTH_STENCIL},
                                                 NULL);
    struct pvgpu_view *depth_view = make_2d_view(f, depth, PVGPU_OBJECT_DEPTH_STENCIL_VIEW);
    f->gpu->ops->clear_depth_stencil(f->gpu, depth_view, PVGPU_CLEAR_DEPTH | PVGPU_CLEAR_STENCIL, 1.0f, 0);
    f->state.blend = NULL;
    f->state.depth_stencil = make_depth_state(f, 2);
    f->state.dirty |= PVGPU_DIRTY_BLEND | PVGPU_DIRTY_DEPTH_STENCIL;
    bind_target(f, f->state.render_targets[0], depth_view);
    draw_rectangle(f, -1, 0, green);
    draw_rectangle(f, -1, 1, red);
    expect_columns(f, target, SIDE / 2, GREEN, RED);
}

static void state_is_applied_after_unbinding(void **state)
{
    struct fixture *f = *state;
    struct pvgpu_resource *target = begin_scene(f);
    draw_rectangle(f, -1, 0, red);
    f->gpu->ops->unbind_all(f->gpu);
    pvgpu_state_mark_all(&f->state);
    draw_rectangle(f, -1, 0, green);
    expect_columns(f, target, SIDE / 2, GREEN, BLACK);
}

static void fences_rise_and_complete(void **state)
{
    struct fixture *f = *state;
    struct pvgpu_view *view = make_2d_view(f, make_target(f), PVGPU_OBJECT_RENDER_TARGET_VIEW);
    uint64_t last = f->gpu->ops->completed(f->gpu);
    assert_int_equal(last, f->submitted);
    for (uint32_t i = 0; i < 10000; i++) {
        if (i % 100 == 0)
            f->gpu->ops->clear_render_target(f->gpu, view, red);
        f->gpu->ops->submit(f->gpu, ++f->submitted);
        uint64_t completed = f->gpu->ops->completed(f->gpu);
        assert_true(completed >= last && completed <= f->submitted);
        last = completed;
        if (i % 1000 == 999)
            wait_for(f, f->submitted - 2);
    }
    wait_for(f, f->submitted);
    assert_int_equal(f->gpu->ops->completed(f->gpu), f->submitted);
}

static void every_wait_is_woken(void **state)
{
    struct fixture *f = *state;
    for (uint32_t i = 0; i < 500; i++)
        submit_and_wait(f); /* fails after ten seconds without a wake-up */
    for (uint32_t gap = 1; gap < 100; gap++) { /* numbers rise, but need not be dense */
        f->submitted += gap;
        submit_and_wait(f);
    }
}

static void staging_is_recycled_and_bounded(void **state)
{
    struct fixture *f = *state;
    for (uint32_t round = 0; round < 3; round++) {
        for (uint32_t width = 1; width <= 30; width++) {
            struct pvgpu_resource *buffer = make_buffer(f, PVGPU_BIND_VERTEX_BUFFER, NULL, width * 4);
            uint8_t bytes[120];
            fill_pattern(bytes, sizeof(bytes), width + round);
            f->gpu->ops->update(f->gpu, buffer, 0, NULL, bytes, width * 4, 0);
            expect_bytes(f, buffer, 0, width * 4, 1, 1, bytes);
        }
        release_all(f);
    }
    if (!f->is_null) {
        struct pvgpu_d3d11 *d3d = (struct pvgpu_d3d11 *)f->gpu;
        assert_true(d3d->staging.idle_count > 0 && d3d->staging.idle_count <= 16);
        assert_true(d3d->staging.idle_bytes <= 30 * 4 * 16);
    }
    /* Several at once, one of them never mapped. */
    struct pvgpu_resource *target = make_target(f);
    struct pvgpu_gpu_readback *a = f->gpu->ops->readback_begin(f->gpu, target, 0);
    struct pvgpu_gpu_readback *b = f->gpu->ops->readback_begin(f->gpu, target, 0);
    assert_non_null(a);
    assert_non_null(b);
    assert_ptr_not_equal(a, b);
    submit_and_wait(f);
    f->gpu->ops->readback_end(f->gpu, a);
    struct pvgpu_mapped mapped;
    assert_true(f->gpu->ops->readback_map(f->gpu, b, &mapped));
    f->gpu->ops->readback_end(f->gpu, b);
    struct pvgpu_gpu_readback *again = f->gpu->ops->readback_begin(f->gpu, target, 0);
    assert_ptr_equal(again, b);
    f->gpu->ops->readback_end(f->gpu, again);
}

static void large_subresources_come_back_whole(void **state)
{
    struct fixture *f = *state;
    for (uint32_t size = 1000; size < 3000000; size *= 7) {
        uint8_t *bytes = malloc(size);
        fill_pattern(bytes, size, size);
        struct pvgpu_resource *buffer = make_buffer(f, PVGPU_BIND_VERTEX_BUFFER, bytes, size);
        expect_bytes(f, buffer, 0, size, 1, 1, bytes);
        free(bytes);
    }
}

static void initial_state_is_d3d11s(void **state)
{
    (void)state;
    struct pvgpu_state *s = malloc(sizeof(*s));
    memset(s, 0xAB, sizeof(*s));
    pvgpu_state_init(s);
    assert_int_equal(s->sample_mask, UINT32_MAX);
    assert_true(s->blend_factor[0] == 1.0f && s->blend_factor[3] == 1.0f);
    assert_int_equal(s->render_target_count, 0);
    assert_null(s->render_targets[7]);
    assert_null(s->stages[5].resources[127]);
    assert_int_equal(s->dirty, 0x3F07FF);
    assert_int_equal(s->stages[3].dirty_constants, 0x3FFF);
    assert_int_equal(s->stages[5].dirty_samplers, 0xFFFF);
    assert_true(s->stages[0].dirty_resources[1] == UINT64_MAX);
    assert_int_equal(s->dirty_vertex_buffers, UINT32_MAX);
    free(s);
}

static void names_become_utf8(void **state)
{
    (void)state;
    static const WCHAR wide[] = {'G', 0xE9, 0x20AC, 0xD83D, 0xDE00, 0xD800, 'x', 0};
    char text[32];
    pvgpu_d3d11_utf8(text, sizeof(text), wide, 8);
    assert_string_equal(text, "G\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80?x");
    pvgpu_d3d11_utf8(text, 5, wide, 8); /* no half characters */
    assert_string_equal(text, "G\xC3\xA9");
}

static void a_missing_adapter_is_an_error(void **state)
{
    (void)state;
    struct pvgpu_event wake;
    assert_true(pvgpu_event_init(&wake));
    struct pvgpu_gpu_config config = {.adapter_index = 77, .wake = &wake};
    struct pvgpu_log quiet = test_log;
    quiet.level = PVGPU_LOG_ERROR;
    assert_null(pvgpu_gpu_d3d11_create(&config, &quiet));
    pvgpu_event_finish(&wake);
}

/* ---- Fixtures ---- */

static int setup_null(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    f->is_null = true;
    assert_true(pvgpu_event_init(&f->wake));
    f->gpu = pvgpu_gpu_null_create(&test_log);
    assert_non_null(f->gpu);
    *state = f;
    return 0;
}

static int setup_d3d11(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    assert_true(pvgpu_event_init(&f->wake));
    struct pvgpu_gpu_config config = {.adapter_index = -1, .wake = &f->wake};
    struct pvgpu_log log = test_log;
    log.level = PVGPU_LOG_INFO;
    f->gpu = pvgpu_gpu_d3d11_create(&config, &log);
    assert_non_null(f->gpu);
    const char *wanted = getenv("PVGPU_COMPLETION");
    if (wanted && strcmp(wanted, "query") == 0)
        assert_int_equal(f->gpu->caps.completion, PVGPU_COMPLETION_QUERY);
    if (wanted && strcmp(wanted, "fence-thread") == 0)
        assert_int_equal(f->gpu->caps.completion, PVGPU_COMPLETION_FENCE_THREAD);
    assert_true(f->gpu->caps.feature_level >= 0xB000);
    assert_true(f->gpu->caps.adapter[0] != '\0');
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    f->gpu->ops->destroy(f->gpu);
    pvgpu_event_finish(&f->wake);
    free(f);
    return 0;
}

static ULONG device_references(struct fixture *f)
{
    ID3D11Device *device = ((struct pvgpu_d3d11 *)f->gpu)->device;
    ID3D11Device_AddRef(device);
    return ID3D11Device_Release(device);
}

static int begin_test(void **state)
{
    struct fixture *f = *state;
    pvgpu_state_init(&f->state);
    if (!f->is_null)
        f->device_references = device_references(f);
    return 0;
}

/* Everything is released, and the device holds no child that it did not have before (idle staging copies apart). */
static int end_test(void **state)
{
    struct fixture *f = *state;
    uint32_t made = f->object_count;
    release_all(f);
    if (f->is_null)
        return 0;
    struct pvgpu_d3d11 *d3d = (struct pvgpu_d3d11 *)f->gpu;
    pvgpu_d3d11_staging_finish(d3d);
    submit_and_wait(f);
    ULONG now = device_references(f);
    if (now != f->device_references) {
        print_error("device references: %u before, %u after %u objects\n", (unsigned)f->device_references,
                    (unsigned)now, made);
        return -1;
    }
    return f->gpu->ops->removed_reason(f->gpu) ? -1 : 0;
}

#define BEHAVIOUR(test) cmocka_unit_test_setup_teardown(test, begin_test, end_test)
static const struct CMUnitTest behaviour[] = {
    BEHAVIOUR(objects_of_every_kind),
    BEHAVIOUR(refused_objects_leave_nothing),
    BEHAVIOUR(clears_are_exact),
    BEHAVIOUR(updates_change_their_box_alone),
    BEHAVIOUR(updates_of_other_kinds),
    BEHAVIOUR(small_mips_of_block_formats),
    BEHAVIOUR(copies_are_whole),
    BEHAVIOUR(copies_of_regions_are_exact),
    BEHAVIOUR(a_triangle_has_its_pixels),
    BEHAVIOUR(all_forms_of_draw),
    BEHAVIOUR(updates_and_draws_keep_their_order),
    BEHAVIOUR(constant_ranges),
    BEHAVIOUR(a_target_becomes_a_picture),
    BEHAVIOUR(fixed_function_states),
    BEHAVIOUR(state_is_applied_after_unbinding),
    BEHAVIOUR(fences_rise_and_complete),
    BEHAVIOUR(every_wait_is_woken),
    BEHAVIOUR(staging_is_recycled_and_bounded),
    BEHAVIOUR(large_subresources_come_back_whole),
};

static const struct CMUnitTest alone[] = {
    cmocka_unit_test(initial_state_is_d3d11s),
    cmocka_unit_test(names_become_utf8),
};

static const struct CMUnitTest d3d11_alone[] = {
    cmocka_unit_test(a_missing_adapter_is_an_error),
};

/*
 * Mesa's software driver loses a shader object of its own now and then, in its own threads. It is kept in the process,
 * so that a leak checker can tell its allocations from ours; ours are all reported. Without one this does nothing.
 */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libvulkan_lvp.so\n";
}

static void keep_software_driver(void)
{
#ifndef _WIN32
    void *driver = dlopen("libvulkan_lvp.so", RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
    if (driver)
        dlclose(driver);
#endif
}

static bool is_d3d11_there(void)
{
#ifdef _WIN32
    return true;
#else
    void *library = dlopen("libdxvk_d3d11.so.0", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!library)
        print_message("skipped: d3d11 (%s); install libdxvk-d3d11-0\n", dlerror());
    else
        dlclose(library);
    return library != NULL;
#endif
}

static void force_completion(const char *name)
{
#ifdef _WIN32
    _putenv_s("PVGPU_COMPLETION", name);
#else
    setenv("PVGPU_COMPLETION", name, 1);
#endif
}

int main(void)
{
    int failed = cmocka_run_group_tests(alone, NULL, NULL);
    failed += cmocka_run_group_tests_name("null", behaviour, setup_null, teardown);
    bool prepared =
        pvgpu_gpu_d3d11_prepare(NULL, false, &test_log); /* before DXVK is loaded, which reads the environment */
    if (!is_d3d11_there())
        return failed;
    if (!prepared)
        return failed + 1;
    keep_software_driver();
    failed += cmocka_run_group_tests(d3d11_alone, NULL, NULL);
    failed += cmocka_run_group_tests_name("d3d11", behaviour, setup_d3d11, teardown);
    force_completion("query");
    failed += cmocka_run_group_tests_name("d3d11, event queries", behaviour, setup_d3d11, teardown);
    pvgpu_gpu_d3d11_unprepare();
    return failed;
}
