/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Lies that take more than one command: short commands of every opcode, lifetimes, limits, what is left unchanged. */
#include "suite.h"

#include "wire/command.h"

#define SAMPLERS_AT 1000u

/* What counts towards the limit beside texels and bytecode (docs/protocol.md, "Limits"). */
#define LAYOUT_ELEMENT_BYTES 88u

/* ---- Every opcode ------------------------------------------------------------------------------------------------ */

static void short_commands(struct check *check, struct suite *suite)
{
    struct world world;
    static const uint8_t zeros[1024];
    if (!suite_open(check, suite, &world, NULL, false))
        return;
    for (uint32_t i = 0; i < PVGPU_COMMAND_COUNT; i++) {
        const struct pvgpu_command_info *info = pvgpu_command_info(i);
        if (info->least == sizeof(struct pvgpu_command_header))
            continue;
        uint64_t errors = world_errors(&world);
        const struct pvgpu_command_header header = {.opcode = info->opcode, .size = info->least - 4u};
        uint32_t padded = (header.size + 15u) & ~15u;
        pvgpu_encode_raw(world.e, &header, sizeof(header));
        pvgpu_encode_raw(world.e, zeros, padded - sizeof(header));
        if (!world_sync(check, &world))
            break;
        suite_expect_error(check, &world, errors, 1, PVGPU_ERROR_INVALID_COMMAND, info->opcode);
    }
    suite_close(check, suite, &world);
}

struct destroyer {
    uint32_t opcode;
    uint32_t own; /* an object of its type */
};

static const struct destroyer destroyers[] = {
    {PVGPU_DESTROY_RESOURCE, ID_PLAIN},
    {PVGPU_DESTROY_BLEND_STATE, ID_BLEND},
    {PVGPU_DESTROY_RASTERIZER_STATE, ID_RASTERIZER},
    {PVGPU_DESTROY_DEPTH_STENCIL_STATE, ID_DEPTH_STATE},
    {PVGPU_DESTROY_SAMPLER, ID_SAMPLER},
    {PVGPU_DESTROY_INPUT_LAYOUT, ID_LAYOUT},
    {PVGPU_DESTROY_RENDER_TARGET_VIEW, ID_SAMPLES_VIEW},
    {PVGPU_DESTROY_DEPTH_STENCIL_VIEW, ID_DEPTH_VIEW},
    {PVGPU_DESTROY_SHADER_RESOURCE_VIEW, ID_PICTURE_VIEW},
    {PVGPU_DESTROY_UNORDERED_ACCESS_VIEW, ID_STORAGE_VIEW},
    {PVGPU_DESTROY_SHADER, ID_PIXEL_SHADER},
};

static void destroy(struct world *world, uint32_t opcode, uint32_t header_id, uint32_t payload_id)
{
    const struct pvgpu_cmd_destroy command = {.header = {.opcode = opcode, .id = header_id}, .id = payload_id};
    world_emit(world, &command, payload_id ? sizeof(command) : sizeof(command.header), 0);
}

/* Unknown, twice, 0, and one of each other type. */
static void destroy_what_is_not_there(struct check *check, struct suite *suite)
{
    struct world world;
    if (!suite_open(check, suite, &world, NULL, false) || !suite_settle(check, &world))
        return;
    uint64_t objects = world_objects(&world);
    for (size_t i = 0; i < sizeof(destroyers) / sizeof(destroyers[0]); i++) {
        uint64_t errors = world_errors(&world);
        destroy(&world, destroyers[i].opcode, ID_UNKNOWN, 0);
        world_sync(check, &world);
        suite_expect_error(check, &world, errors, 1, PVGPU_ERROR_RESOURCE_NOT_FOUND, ID_UNKNOWN);
        destroy(&world, destroyers[i].opcode, 0, ID_UNKNOWN);
        world_sync(check, &world);
        suite_expect_error(check, &world, errors, 2, PVGPU_ERROR_RESOURCE_NOT_FOUND, ID_UNKNOWN);
        destroy(&world, destroyers[i].opcode, 0, 0);
        world_sync(check, &world);
        suite_expect_error(check, &world, errors, 3, PVGPU_ERROR_INVALID_RESOURCE_ID, 0);
        for (size_t j = 0; j < sizeof(destroyers) / sizeof(destroyers[0]); j++) {
            if (i == j)
                continue;
            errors = world_errors(&world);
            destroy(&world, destroyers[i].opcode, destroyers[j].own, 0);
            world_sync(check, &world);
            suite_expect_error(check, &world, errors, 1, PVGPU_ERROR_INVALID_RESOURCE_ID, destroyers[j].own);
        }
    }
    CHECK_EQ(world_objects(&world), objects);

    /* DESTROY_SHADER looks into the payload first, all others into the header. */
    uint64_t errors = world_errors(&world);
    destroy(&world, PVGPU_DESTROY_SAMPLER, ID_SAMPLER, ID_UNKNOWN);
    destroy(&world, PVGPU_DESTROY_SHADER, ID_UNKNOWN, ID_PIXEL_SHADER);
    world_sync(check, &world);
    CHECK_EQ(world_errors(&world), errors);
    destroy(&world, PVGPU_DESTROY_SAMPLER, ID_SAMPLER, 0);
    world_sync(check, &world);
    suite_expect_error(check, &world, errors, 1, PVGPU_ERROR_RESOURCE_NOT_FOUND, ID_SAMPLER);
    suite_close(check, suite, &world);
}

/* ---- Lifetimes --------------------------------------------------------------------------------------------------- */

static void unbind_all(struct world *world)
{
    const struct pvgpu_vertex_buffer none = {0};
    pvgpu_encode_set_render_target(world->e, 0, NULL, 0);
    pvgpu_encode_set_blend_state(world->e, 0, NULL, 0xFFFFFFFFu);
    pvgpu_encode_set_rasterizer_state(world->e, 0);
    pvgpu_encode_set_depth_stencil(world->e, 0, 0);
    pvgpu_encode_set_shader(world->e, PVGPU_STAGE_VERTEX, 0);
    pvgpu_encode_set_shader(world->e, PVGPU_STAGE_PIXEL, 0);
    pvgpu_encode_set_input_layout(world->e, 0);
    pvgpu_encode_set_vertex_buffer(world->e, 0, 1, &none);
    pvgpu_encode_set_index_buffer(world->e, 0, 0, 0);
    pvgpu_encode_set_constant_buffer(world->e, PVGPU_STAGE_VERTEX, 0, 0, 0, 0);
}

/* Everything that is bound is destroyed: drawing goes on, the ids are gone, the objects go when they are unbound. */
static void destroy_while_bound(struct check *check, struct suite *suite)
{
    struct world world;
    if (!suite_open(check, suite, &world, NULL, false) || !suite_settle(check, &world))
        return;
    uint64_t errors = world_errors(&world), objects = world_objects(&world), draws = world_draws(&world);
    uint64_t bytes = world_bytes(&world);
    pvgpu_encode_destroy_resource(world.e, ID_TARGET);
    pvgpu_encode_destroy_render_target_view(world.e, ID_TARGET_VIEW);
    pvgpu_encode_destroy_resource(world.e, ID_VERTICES);
    pvgpu_encode_destroy_resource(world.e, ID_INDICES);
    pvgpu_encode_destroy_resource(world.e, ID_CONSTANTS);
    pvgpu_encode_destroy_blend_state(world.e, ID_BLEND);
    pvgpu_encode_destroy_rasterizer_state(world.e, ID_RASTERIZER);
    pvgpu_encode_destroy_depth_stencil_state(world.e, ID_DEPTH_STATE);
    pvgpu_encode_destroy_input_layout(world.e, ID_LAYOUT);
    pvgpu_encode_destroy_shader(world.e, ID_VERTEX_SHADER);
    pvgpu_encode_destroy_shader(world.e, ID_PIXEL_SHADER);
    world_draw(&world);
    pvgpu_encode_draw_indexed(world.e, 3, 0, 0);
    pvgpu_encode_present(world.e, 0, 0);
    suite_settle(check, &world);
    CHECK_EQ(world_errors(&world), errors);
    CHECK_EQ(world_draws(&world), draws + 2);
    CHECK_EQ(world_objects(&world), objects);
    CHECK_EQ(world_bytes(&world), bytes);

    pvgpu_encode_set_blend_state(world.e, ID_BLEND, NULL, 0xFFFFFFFFu);
    world_sync(check, &world);
    suite_expect_error(check, &world, errors, 1, PVGPU_ERROR_RESOURCE_NOT_FOUND, ID_BLEND);

    unbind_all(&world);
    suite_settle(check, &world);
    CHECK_EQ(world_errors(&world), errors + 1);
    /* Eleven objects, and what was made of the layout for the vertex shader. */
    CHECK_EQ(world_objects(&world), objects - 12);
    CHECK_EQ(world_bytes(&world), bytes - 64 * 64 * 4 - 1024 - 1024 - 8192 - 2 * LAYOUT_ELEMENT_BYTES -
                                      world.vertex_shader_bytes - world.pixel_shader_bytes);
    suite_close(check, suite, &world);
}

/* A texture whose view lives is not gone; what is presented may be destroyed at once. */
static void views_hold_their_resource(struct check *check, struct suite *suite)
{
    struct world world;
    if (!suite_open(check, suite, &world, NULL, false) || !suite_settle(check, &world))
        return;
    uint64_t errors = world_errors(&world), objects = world_objects(&world);
    const float color[4] = {0};
    pvgpu_encode_set_render_target(world.e, 0, NULL, 0);
    pvgpu_encode_destroy_resource(world.e, ID_TARGET);
    pvgpu_encode_clear_render_target(world.e, ID_TARGET_VIEW, color);
    pvgpu_encode_present(world.e, ID_TARGET_VIEW, 0);
    world_sync(check, &world);
    CHECK_EQ(world_errors(&world), errors);
    CHECK_EQ(world_objects(&world), objects);
    pvgpu_encode_present(world.e, ID_TARGET_VIEW, 0);
    pvgpu_encode_destroy_render_target_view(world.e, ID_TARGET_VIEW);
    pvgpu_encode_map_resource(world.e, ID_PICTURE, 0, PVGPU_MAP_READ, HEAP_DATA);
    pvgpu_encode_destroy_resource(world.e, ID_PICTURE);
    pvgpu_encode_destroy_shader_resource_view(world.e, ID_PICTURE_VIEW);
    world_sync(check, &world);
    CHECK_EQ(world_errors(&world), errors);
    CHECK_EQ(world_objects(&world), objects - 4);
    suite_close(check, suite, &world);
}

/* An id that is in use gets a new object, also one of another type; the old one lives as long as it is used. */
static void create_a_live_id_again(struct check *check, struct suite *suite)
{
    struct world world;
    if (!suite_open(check, suite, &world, NULL, false) || !suite_settle(check, &world))
        return;
    uint64_t errors = world_errors(&world), objects = world_objects(&world), bytes = world_bytes(&world);
    const uint64_t picture = (256 + 64 + 16 + 4 + 1) * 4;
    struct pvgpu_cmd_create_resource buffer = {.kind = PVGPU_KIND_BUFFER, .width = 512, .bind = 1};
    pvgpu_encode_create_resource(world.e, ID_PICTURE, &buffer);
    world_sync(check, &world);
    CHECK_EQ(world_errors(&world), errors);
    CHECK_EQ(world_objects(&world), objects + 1);
    CHECK_EQ(world_bytes(&world), bytes + 512);
    pvgpu_encode_set_vertex_buffer(world.e, 3, 1, &(struct pvgpu_vertex_buffer){.id = ID_PICTURE, .stride = 4});
    pvgpu_encode_destroy_shader_resource_view(world.e, ID_PICTURE_VIEW);
    world_sync(check, &world);
    CHECK_EQ(world_errors(&world), errors);
    CHECK_EQ(world_objects(&world), objects - 1);
    CHECK_EQ(world_bytes(&world), bytes + 512 - picture);

    /* Of another type. */
    pvgpu_encode_create_sampler(
        world.e, &(struct pvgpu_cmd_create_sampler){.id = ID_PLAIN, .address_u = 1, .address_v = 1, .address_w = 1});
    world_sync(check, &world);
    CHECK_EQ(world_errors(&world), errors);
    CHECK_EQ(world_objects(&world), objects - 1);
    CHECK_EQ(world_bytes(&world), bytes + 512 - picture - 64 * 64 * 4);

    /* A creation that fails leaves the old object where it is. */
    buffer.bind = 5;
    pvgpu_encode_create_resource(world.e, ID_VERTICES, &buffer);
    world_bind(&world);
    world_draw(&world);
    world_sync(check, &world);
    suite_expect_error(check, &world, errors, 1, PVGPU_ERROR_INVALID_COMMAND, ID_VERTICES);
    CHECK_EQ(world_objects(&world), objects - 1);
    suite_close(check, suite, &world);
}

/* ---- Limits ------------------------------------------------------------------------------------------------------ */

static void create_sampler(struct world *world, uint32_t id)
{
    pvgpu_encode_create_sampler(
        world->e, &(struct pvgpu_cmd_create_sampler){.id = id, .address_u = 1, .address_v = 1, .address_w = 1});
}

static void create_buffer(struct world *world, uint32_t id, uint32_t bytes)
{
    pvgpu_encode_create_resource(
        world->e, id, &(struct pvgpu_cmd_create_resource){.kind = PVGPU_KIND_BUFFER, .width = bytes, .bind = 1});
}

static void expect_reset_to_nothing(struct check *check, struct world *world)
{
    CHECK(pvgpu_guest_reset(world->guest));
    world_sync(check, world);
    CHECK_EQ(world_objects(world), 0);
    CHECK_EQ(world_bytes(world), 0);
}

static void limit_of_objects(struct check *check, struct suite *suite)
{
    struct world world;
    struct pvgpu_limits limits = pvgpu_limits_default();
    limits.objects = 5;
    if (!suite_open(check, suite, &world, &limits, true))
        return;
    for (int round = 0; round < 3; round++) {
        uint64_t errors = world_errors(&world);
        for (uint32_t i = 0; i < 4; i++)
            create_sampler(&world, SAMPLERS_AT + i);
        create_buffer(&world, SAMPLERS_AT + 4, 64);
        world_sync(check, &world);
        CHECK_EQ(world_errors(&world), errors);
        CHECK_EQ(world_objects(&world), 5);
        create_sampler(&world, SAMPLERS_AT + 5);
        world_sync(check, &world);
        suite_expect_error(check, &world, errors, 1, PVGPU_ERROR_OUT_OF_MEMORY, SAMPLERS_AT + 5);
        create_buffer(&world, SAMPLERS_AT + 6, 64);
        world_sync(check, &world);
        suite_expect_error(check, &world, errors, 2, PVGPU_ERROR_OUT_OF_MEMORY, SAMPLERS_AT + 6);
        CHECK_EQ(world_objects(&world), 5);
        CHECK_EQ(world_bytes(&world), 64);
        pvgpu_encode_destroy_sampler(world.e, SAMPLERS_AT);
        create_sampler(&world, SAMPLERS_AT + 5);
        world_sync(check, &world);
        CHECK_EQ(world_errors(&world), errors + 2);
        CHECK_EQ(world_objects(&world), 5);
        expect_reset_to_nothing(check, &world);
    }
    suite_close(check, suite, &world);
}

static void limit_of_bytes(struct check *check, struct suite *suite)
{
    struct world world;
    struct pvgpu_limits limits = pvgpu_limits_default();
    limits.resource_bytes = 10000;
    limits.one_resource_bytes = 4096;
    if (!suite_open(check, suite, &world, &limits, true))
        return;
    for (int round = 0; round < 3; round++) {
        uint64_t errors = world_errors(&world);
        create_buffer(&world, 1, 4096);
        create_buffer(&world, 2, 4096);
        create_buffer(&world, 3, 1808);
        world_sync(check, &world);
        CHECK_EQ(world_errors(&world), errors);
        CHECK_EQ(world_bytes(&world), 10000);
        create_buffer(&world, 4, 1);
        world_sync(check, &world);
        suite_expect_error(check, &world, errors, 1, PVGPU_ERROR_OUT_OF_MEMORY, 4);
        pvgpu_encode_destroy_resource(world.e, 1);
        pvgpu_encode_destroy_resource(world.e, 2);
        create_buffer(&world, 5, 4097); /* there is room, but not for one so large */
        world_sync(check, &world);
        suite_expect_error(check, &world, errors, 2, PVGPU_ERROR_OUT_OF_MEMORY, 5);
        CHECK_EQ(world_bytes(&world), 1808);
        CHECK_EQ(world_objects(&world), 1);
        expect_reset_to_nothing(check, &world);
    }
    /* Rules come before limits. */
    uint64_t errors = world_errors(&world);
    const struct pvgpu_cmd_create_resource both = {.kind = PVGPU_KIND_BUFFER, .width = 1 << 20, .bind = 5};
    pvgpu_encode_create_resource(world.e, 9, &both);
    world_sync(check, &world);
    suite_expect_error(check, &world, errors, 1, PVGPU_ERROR_INVALID_COMMAND, 9);
    suite_close(check, suite, &world);
}

/* The host keeps bytecode for as long as the shader lives: it counts like a resource's bytes. */
static void limit_of_bytes_has_shaders(struct check *check, struct suite *suite)
{
    struct world world;
    struct pvgpu_limits limits = pvgpu_limits_default();
    if (!suite_open(check, suite, &world, NULL, false))
        return;
    limits.resource_bytes = world_bytes(&world); /* room for the world and nothing more */
    suite_close(check, suite, &world);
    if (!suite_open(check, suite, &world, &limits, false))
        return;
    uint64_t errors = world_errors(&world), bytes = world_bytes(&world);
    pvgpu_encode_create_shader(world.e, ID_NEW, PVGPU_STAGE_VERTEX, HEAP_VERTEX_SHADER, world.vertex_shader_bytes);
    world_sync(check, &world);
    suite_expect_error(check, &world, errors, 1, PVGPU_ERROR_OUT_OF_MEMORY, ID_NEW);
    CHECK(world_broke(&world, PVGPU_RULE_LIMIT_BYTES));
    CHECK_EQ(world_bytes(&world), bytes);
    pvgpu_encode_destroy_resource(world.e, ID_PLAIN);
    world_sync(check, &world);
    uint64_t left = world_bytes(&world);
    CHECK(bytes - left >= world.vertex_shader_bytes);
    pvgpu_encode_create_shader(world.e, ID_NEW, PVGPU_STAGE_VERTEX, HEAP_VERTEX_SHADER, world.vertex_shader_bytes);
    world_sync(check, &world);
    CHECK_EQ(world_errors(&world), errors + 1);
    CHECK_EQ(world_bytes(&world), left + world.vertex_shader_bytes);
    expect_reset_to_nothing(check, &world);
    suite_close(check, suite, &world);
}

static void limit_of_shaders(struct check *check, struct suite *suite)
{
    struct world world;
    struct pvgpu_limits limits = pvgpu_limits_default();
    limits.shaders = 2;
    if (!suite_open(check, suite, &world, &limits, false)) /* has two */
        return;
    uint64_t errors = world_errors(&world), objects = world_objects(&world);
    pvgpu_encode_create_shader(world.e, ID_NEW, PVGPU_STAGE_VERTEX, HEAP_VERTEX_SHADER, world.vertex_shader_bytes);
    world_sync(check, &world);
    suite_expect_error(check, &world, errors, 1, PVGPU_ERROR_OUT_OF_MEMORY, ID_NEW);
    CHECK(world_broke(&world, PVGPU_RULE_LIMIT_SHADERS));
    pvgpu_encode_create_shader(world.e, ID_NEW, PVGPU_STAGE_VERTEX, world_bad_shader_at(BAD_CHECKSUM),
                               world.vertex_shader_bytes);
    world_sync(check, &world);
    suite_expect_error(check, &world, errors, 2, PVGPU_ERROR_SHADER_COMPILATION, ID_NEW);
    CHECK_EQ(world_objects(&world), objects);
    pvgpu_encode_set_shader(world.e, PVGPU_STAGE_PIXEL, 0);
    pvgpu_encode_destroy_shader(world.e, ID_PIXEL_SHADER);
    pvgpu_encode_create_shader(world.e, ID_NEW, PVGPU_STAGE_VERTEX, HEAP_VERTEX_SHADER, world.vertex_shader_bytes);
    world_sync(check, &world);
    CHECK_EQ(world_errors(&world), errors + 2);
    expect_reset_to_nothing(check, &world);
    suite_close(check, suite, &world);
}

/* What the host makes of a layout for a vertex shader counts too. The world has 27 objects and one of these. */
static void limit_reaches_derived_objects(struct check *check, struct suite *suite)
{
    struct world world;
    struct pvgpu_limits limits = pvgpu_limits_default();
    limits.objects = ID_COUNT; /* all and the one derived object */
    if (!suite_open(check, suite, &world, &limits, false))
        return;
    uint64_t errors = world_errors(&world), draws = world_draws(&world);
    pvgpu_encode_destroy_sampler(world.e, ID_SAMPLER);
    pvgpu_encode_create_shader(world.e, ID_NEW, PVGPU_STAGE_VERTEX, HEAP_VERTEX_SHADER, world.vertex_shader_bytes);
    world_sync(check, &world);
    CHECK_EQ(world_errors(&world), errors);
    CHECK_EQ(world_objects(&world), ID_COUNT);
    pvgpu_encode_set_shader(world.e, PVGPU_STAGE_VERTEX, ID_NEW);
    world_draw(&world);
    world_sync(check, &world);
    suite_expect_error(check, &world, errors, 1, PVGPU_ERROR_OUT_OF_MEMORY, ID_LAYOUT);
    CHECK_EQ(world_draws(&world), draws);
    pvgpu_encode_destroy_resource(world.e, ID_PLAIN);
    world_draw(&world);
    world_sync(check, &world);
    CHECK_EQ(world_errors(&world), errors + 1);
    CHECK_EQ(world_draws(&world), draws + 1);
    CHECK_EQ(world_objects(&world), ID_COUNT);
    /* It goes with the shader. */
    pvgpu_encode_set_shader(world.e, PVGPU_STAGE_VERTEX, 0);
    pvgpu_encode_destroy_shader(world.e, ID_NEW);
    world_sync(check, &world);
    CHECK_EQ(world_objects(&world), ID_COUNT - 2);
    suite_close(check, suite, &world);
}

static void limit_of_mappings(struct check *check, struct suite *suite)
{
    struct world world;
    if (!suite_open(check, suite, &world, NULL, false))
        return;
    uint64_t errors = world_errors(&world);
    const struct pvgpu_cmd_create_resource array = {
        .kind = PVGPU_KIND_TEXTURE_2D,
        .format = 28,
        .width = 4,
        .height = 4,
        .depth_or_array = 65,
        .mip_count = 1,
        .bind = 8,
    };
    pvgpu_encode_create_resource(world.e, ID_NEW, &array);
    for (uint32_t i = 0; i < 64; i++)
        pvgpu_encode_map_resource(world.e, ID_NEW, i, PVGPU_MAP_WRITE, 0);
    for (uint32_t i = 0; i < 64; i++) /* again is fine: it replaces */
        pvgpu_encode_map_resource(world.e, ID_NEW, i, PVGPU_MAP_WRITE_DISCARD, 0);
    world_sync(check, &world);
    CHECK_EQ(world_errors(&world), errors);
    pvgpu_encode_map_resource(world.e, ID_NEW, 64, PVGPU_MAP_WRITE, 0);
    world_sync(check, &world);
    suite_expect_error(check, &world, errors, 1, PVGPU_ERROR_OUT_OF_MEMORY, ID_NEW);
    CHECK(world_broke(&world, PVGPU_RULE_LIMIT_MAPPINGS));
    pvgpu_encode_unmap_resource(world.e, ID_NEW, 10, HEAP_DATA, 0);
    pvgpu_encode_map_resource(world.e, ID_NEW, 64, PVGPU_MAP_WRITE, 0);
    world_sync(check, &world);
    CHECK_EQ(world_errors(&world), errors + 1);
    suite_close(check, suite, &world);
}

/* ---- What takes effect and what does not ------------------------------------------------------------------------- */

/* An id that is wrong empties its slot; the others of the command are bound (D12). */
static void other_slots_take_effect(struct check *check, struct suite *suite)
{
    struct world world;
    if (!suite_open(check, suite, &world, NULL, false))
        return;
    const struct checking_gpu_bound *bound = &world.gpu->bound;
    uint64_t errors = world_errors(&world);
    const struct pvgpu_vertex_buffer good[3] = {{ID_VERTICES, 24, 0}, {ID_VERTICES, 24, 0}, {ID_VERTICES, 24, 0}};
    const struct pvgpu_vertex_buffer bad[3] = {{ID_VERTICES, 24, 0}, {ID_UNKNOWN, 24, 0}, {ID_VERTICES, 8, 16}};
    const uint32_t samplers[3] = {ID_SAMPLER, ID_BLEND, ID_SAMPLER};
    const uint32_t views[3] = {ID_PICTURE_VIEW, ID_PICTURE, ID_PICTURE_VIEW};
    const uint32_t targets[3] = {ID_TARGET_VIEW, ID_UNKNOWN, ID_SAMPLER};
    pvgpu_encode_set_vertex_buffer(world.e, 0, 3, good);
    pvgpu_encode_set_vertex_buffer(world.e, 0, 3, bad);
    pvgpu_encode_set_sampler(world.e, PVGPU_STAGE_PIXEL, 4, 3, samplers);
    pvgpu_encode_set_shader_resource(world.e, PVGPU_STAGE_PIXEL, 4, 3, views);
    pvgpu_encode_set_render_target(world.e, 3, targets, ID_DEPTH_VIEW);
    world_draw(&world);
    world_sync(check, &world);
    suite_expect_error(check, &world, errors, 5, PVGPU_ERROR_INVALID_RESOURCE_ID, ID_SAMPLER);
    CHECK_EQ(bound->vertex_buffers[0], ID_VERTICES);
    CHECK_EQ(bound->vertex_buffers[1], 0);
    CHECK_EQ(bound->vertex_buffers[2], ID_VERTICES);
    CHECK_EQ(bound->samplers[PVGPU_STAGE_PIXEL][4], ID_SAMPLER);
    CHECK_EQ(bound->samplers[PVGPU_STAGE_PIXEL][5], 0);
    CHECK_EQ(bound->samplers[PVGPU_STAGE_PIXEL][6], ID_SAMPLER);
    CHECK_EQ(bound->resources[PVGPU_STAGE_PIXEL][4], ID_PICTURE_VIEW);
    CHECK_EQ(bound->resources[PVGPU_STAGE_PIXEL][5], 0);
    CHECK_EQ(bound->resources[PVGPU_STAGE_PIXEL][6], ID_PICTURE_VIEW);
    CHECK_EQ(bound->render_target_count, 3);
    CHECK_EQ(bound->render_targets[0], ID_TARGET_VIEW);
    CHECK_EQ(bound->render_targets[1], 0);
    CHECK_EQ(bound->render_targets[2], 0);
    CHECK_EQ(bound->depth_stencil_view, ID_DEPTH_VIEW);

    /* Single ids fall back to nothing, or to the default. */
    pvgpu_encode_set_blend_state(world.e, ID_UNKNOWN, NULL, 0xFFFFFFFFu);
    pvgpu_encode_set_rasterizer_state(world.e, ID_UNKNOWN);
    pvgpu_encode_set_depth_stencil(world.e, ID_UNKNOWN, 0);
    pvgpu_encode_set_index_buffer(world.e, ID_UNKNOWN, 57, 0);
    pvgpu_encode_set_constant_buffer(world.e, PVGPU_STAGE_VERTEX, 0, ID_UNKNOWN, 0, 0);
    pvgpu_encode_set_shader(world.e, PVGPU_STAGE_PIXEL, ID_UNKNOWN);
    world_draw(&world);
    world_sync(check, &world);
    suite_expect_error(check, &world, errors, 11, PVGPU_ERROR_RESOURCE_NOT_FOUND, ID_UNKNOWN);
    CHECK_EQ(bound->blend, 0);
    CHECK_EQ(bound->rasterizer, 0);
    CHECK_EQ(bound->depth_stencil, 0);
    CHECK_EQ(bound->index_buffer, 0);
    CHECK_EQ(bound->constants[PVGPU_STAGE_VERTEX][0], 0);
    CHECK_EQ(bound->shaders[PVGPU_STAGE_PIXEL], 0);

    /* So do buffers with a stride, a format or a window that is not allowed. */
    world_bind(&world);
    pvgpu_encode_set_vertex_buffer(world.e, 0, 1, &(struct pvgpu_vertex_buffer){ID_VERTICES, 4096, 0});
    pvgpu_encode_set_index_buffer(world.e, ID_INDICES, 1, 0);
    pvgpu_encode_set_constant_buffer(world.e, PVGPU_STAGE_VERTEX, 0, ID_CONSTANTS, 1, 1);
    world_draw(&world);
    world_sync(check, &world);
    suite_expect_error(check, &world, errors, 14, PVGPU_ERROR_INVALID_COMMAND, PVGPU_SET_CONSTANT_BUFFER);
    CHECK_EQ(bound->vertex_buffers[0], 0);
    CHECK_EQ(bound->vertex_buffers[2], ID_VERTICES);
    CHECK_EQ(bound->index_buffer, 0);
    CHECK_EQ(bound->constants[PVGPU_STAGE_VERTEX][0], 0);
    suite_close(check, suite, &world);
}

/* A shader of another stage, and parameters that are wrong, change nothing. */
/*
 * A subresource is not input and output at once: the output wins, silently, as in Direct3D 11. Another mip of the same
 * texture stays bound: that is how programs fill mip chains.
 */
static void outputs_are_no_inputs(struct check *check, struct suite *suite)
{
    enum { TEXTURE = ID_NEW, TARGET_1, INPUT_0, INPUT_1, INPUT_ALL };
    struct world world;
    if (!suite_open(check, suite, &world, NULL, false))
        return;
    const uint32_t *inputs = world.gpu->bound.resources[PVGPU_STAGE_PIXEL];
    const uint32_t targets[1] = {TARGET_1}, none[1] = {0}, views[3] = {INPUT_0, INPUT_1, INPUT_ALL};
    uint64_t errors = world_errors(&world);
    const struct pvgpu_cmd_create_resource texture = {.kind = PVGPU_KIND_TEXTURE_2D,
                                                      .format = 28,
                                                      .width = 16,
                                                      .height = 16,
                                                      .mip_count = 2,
                                                      .bind = PVGPU_BIND_RENDER_TARGET | PVGPU_BIND_SHADER_RESOURCE};
    pvgpu_encode_create_resource(world.e, TEXTURE, &texture);
    pvgpu_encode_create_render_target_view(
        world.e, &(struct pvgpu_cmd_create_render_target_view){.id = TARGET_1, .resource = TEXTURE, .mip = 1});
    for (uint32_t i = 0; i < 3; i++) {
        const struct pvgpu_cmd_create_shader_resource_view view = {
            .id = views[i], .resource = TEXTURE, .first = i % 2, .count = i < 2 ? 1 : 0};
        pvgpu_encode_create_shader_resource_view(world.e, &view);
    }

    /* Inputs first: the target takes those that show its mip. */
    pvgpu_encode_set_shader_resource(world.e, PVGPU_STAGE_PIXEL, 0, 3, views);
    pvgpu_encode_set_render_target(world.e, 1, targets, 0);
    world_draw(&world);
    world_sync(check, &world);
    CHECK_EQ(inputs[0], INPUT_0);
    CHECK_EQ(inputs[1], 0);
    CHECK_EQ(inputs[2], 0);
    /* The target first: the same inputs are let in, the others are not. */
    pvgpu_encode_set_shader_resource(world.e, PVGPU_STAGE_PIXEL, 4, 3, views);
    world_draw(&world);
    world_sync(check, &world);
    CHECK_EQ(inputs[4], INPUT_0);
    CHECK_EQ(inputs[5], 0);
    CHECK_EQ(inputs[6], 0);
    /* Without the target all may be read. */
    pvgpu_encode_set_render_target(world.e, 1, none, 0);
    pvgpu_encode_set_shader_resource(world.e, PVGPU_STAGE_PIXEL, 4, 3, views);
    world_draw(&world);
    world_sync(check, &world);
    CHECK_EQ(inputs[5], INPUT_1);
    CHECK_EQ(inputs[6], INPUT_ALL);
    CHECK_EQ(world_errors(&world), errors);
    suite_close(check, suite, &world);
}

static void wrong_parameters_change_nothing(struct check *check, struct suite *suite)
{
    struct world world;
    if (!suite_open(check, suite, &world, NULL, false))
        return;
    const struct checking_gpu_bound *bound = &world.gpu->bound;
    uint64_t errors = world_errors(&world);
    const uint32_t views[PVGPU_MAX_RENDER_TARGETS] = {0};
    const struct pvgpu_viewport viewports[2] = {{.width = 1}, {.width = -1}};
    pvgpu_encode_set_shader(world.e, PVGPU_STAGE_VERTEX, ID_PIXEL_SHADER);
    pvgpu_encode_set_shader(world.e, PVGPU_STAGE_PIXEL, ID_VERTEX_SHADER);
    pvgpu_encode_set_render_target(world.e, 9, views, 0);
    pvgpu_encode_set_viewport(world.e, 2, viewports);
    pvgpu_encode_set_primitive_topology(world.e, 99);
    /* Something must be dirty for the state to be brought to the renderer at all. */
    pvgpu_encode_set_depth_stencil(world.e, ID_DEPTH_STATE, 7);
    world_draw(&world);
    world_sync(check, &world);
    CHECK_EQ(world_errors(&world), errors + 5);
    CHECK_EQ(bound->shaders[PVGPU_STAGE_VERTEX], ID_VERTEX_SHADER);
    CHECK_EQ(bound->shaders[PVGPU_STAGE_PIXEL], ID_PIXEL_SHADER);
    CHECK_EQ(bound->render_target_count, 1);
    CHECK_EQ(bound->render_targets[0], ID_TARGET_VIEW);
    CHECK_EQ(bound->viewport_count, 1);
    CHECK_EQ(bound->topology, 4);
    suite_close(check, suite, &world);
}

/* A layout that does not fit the vertex shader: told once, remembered, and nothing is drawn (D13). */
static void layout_that_does_not_fit(struct check *check, struct suite *suite)
{
    struct world world;
    const struct pvgpu_input_element only_color = {.name_offset = HEAP_COLOR, .format = 2};
    if (!suite_open(check, suite, &world, NULL, false))
        return;
    uint64_t errors = world_errors(&world), draws = world_draws(&world);
    pvgpu_encode_create_input_layout(world.e, ID_NEW, 1, &only_color);
    pvgpu_encode_set_input_layout(world.e, ID_NEW);
    for (int i = 0; i < 3; i++)
        world_draw(&world);
    world_sync(check, &world);
    suite_expect_error(check, &world, errors, 1, PVGPU_ERROR_INVALID_COMMAND, ID_NEW);
    CHECK_EQ(world_draws(&world), draws);
    pvgpu_encode_set_input_layout(world.e, ID_LAYOUT);
    world_draw(&world);
    pvgpu_encode_set_input_layout(world.e, ID_NEW);
    world_draw(&world);
    world_sync(check, &world);
    CHECK_EQ(world_errors(&world), errors + 1);
    CHECK_EQ(world_draws(&world), draws + 1);
    pvgpu_encode_destroy_input_layout(world.e, ID_NEW);
    world_bind(&world);
    world_sync(check, &world);
    CHECK_EQ(world_errors(&world), errors + 1);
    suite_close(check, suite, &world);
}

/* A short UNMAP leaves the rest as it was (D18), also where only whole updates are allowed. */
static void short_unmap_of_constants(struct check *check, struct suite *suite)
{
    struct world world;
    if (!suite_open(check, suite, &world, NULL, false))
        return;
    uint64_t errors = world_errors(&world);
    uint8_t *heap = world.guest->heap;
    const uint32_t at = HEAP_DATA, back = HEAP_DATA + 0x4000, bytes = 8192;
    memset(heap + at, 0xAA, bytes);
    pvgpu_encode_update_resource(
        world.e, &(struct pvgpu_cmd_update_resource){.id = ID_CONSTANTS, .heap_offset = at, .data_bytes = bytes});
    world_sync(check, &world);
    memset(heap + at, 0x55, 256);
    memset(heap + back, 0xEE, bytes);
    pvgpu_encode_map_resource(world.e, ID_CONSTANTS, 0, PVGPU_MAP_WRITE_DISCARD, 0);
    pvgpu_encode_unmap_resource(world.e, ID_CONSTANTS, 0, at, 256);
    pvgpu_encode_map_resource(world.e, ID_CONSTANTS, 0, PVGPU_MAP_READ, back);
    world_sync(check, &world);
    CHECK_EQ(world_errors(&world), errors);
    /* The null renderer reads zeros. */
    CHECK_EQ(heap[back], suite->real ? 0x55 : 0);
    CHECK_EQ(heap[back + 255], suite->real ? 0x55 : 0);
    CHECK_EQ(heap[back + 256], suite->real ? 0xAA : 0);
    CHECK_EQ(heap[back + bytes - 1], suite->real ? 0xAA : 0);
    CHECK_EQ(heap[back + bytes], 0);
    suite_close(check, suite, &world);
}

/* What the protocol allows although it looks odd; each of these once was mistaken for a lie. */
static void odd_but_right(struct check *check, struct suite *suite)
{
    struct world world;
    if (!suite_open(check, suite, &world, NULL, false))
        return;
    uint64_t errors = world_errors(&world);
    struct pvgpu_cmd_create_blend_state blend = {.id = ID_NEW};
    blend.targets[0] = (struct pvgpu_blend_target){1, 16, 17, 1, 18, 19, 1, 15}; /* two sources, alpha factors */
    pvgpu_encode_create_blend_state(world.e, &blend);
    const struct pvgpu_cmd_create_resource buffer = {
        /* format, extents, samples of buffers are not examined */
        .kind = PVGPU_KIND_BUFFER, .format = 999,  .width = 64,       .height = 9,
        .depth_or_array = 9,       .mip_count = 9, .sample_count = 9, .bind = 1,
    };
    pvgpu_encode_create_resource(world.e, ID_NEW + 2, &buffer);
    pvgpu_encode_unmap_resource(world.e, ID_PICTURE, 0, HEAP_DATA, 4); /* without a MAP, with bytes */
    pvgpu_encode_set_viewport(world.e, 0, NULL);
    /* Draws of nothing, without a vertex shader, a topology or indices. */
    uint64_t draws = world_draws(&world);
    pvgpu_encode_draw(world.e, 0, 0);
    pvgpu_encode_draw_instanced(world.e, 3, 0, 0, 0);
    pvgpu_encode_set_index_buffer(world.e, 0, 0, 0);
    pvgpu_encode_draw_indexed(world.e, 3, 0, 0);
    pvgpu_encode_set_primitive_topology(world.e, 0);
    world_draw(&world);
    pvgpu_encode_set_primitive_topology(world.e, 4);
    pvgpu_encode_set_shader(world.e, PVGPU_STAGE_VERTEX, 0);
    world_draw(&world);
    pvgpu_encode_flush(world.e);
    pvgpu_encode_wait_fence(world.e, 0);
    world_bind(&world);
    world_sync(check, &world);
    if (!CHECK_EQ(world_errors(&world), errors))
        printf("  last: error %u, argument %u\n", world_error_code(&world), world_error_argument(&world));
    CHECK_EQ(world_draws(&world), draws);
    suite_close(check, suite, &world);
}

struct suite_cases suite_object_cases(void)
{
    static const struct suite_case cases[] = {
        {"objects: short commands of every opcode", short_commands, false},
        {"objects: destroy what is not there", destroy_what_is_not_there, false},
        {"objects: destroy while bound", destroy_while_bound, false},
        {"objects: views hold their resource", views_hold_their_resource, false},
        {"objects: create a live id again", create_a_live_id_again, false},
        {"limits: objects", limit_of_objects, false},
        {"limits: bytes", limit_of_bytes, false},
        {"limits: shaders", limit_of_shaders, false},
        {"limits: bytes of shaders", limit_of_bytes_has_shaders, false},
        {"limits: derived objects", limit_reaches_derived_objects, false},
        {"limits: mappings", limit_of_mappings, false},
        {"state: other slots take effect", other_slots_take_effect, true},
        {"state: wrong parameters change nothing", wrong_parameters_change_nothing, true},
        {"state: outputs are no inputs", outputs_are_no_inputs, true},
        {"state: layout that does not fit", layout_that_does_not_fit, false},
        {"state: short unmap of constants", short_unmap_of_constants, false},
        {"odd but right", odd_but_right, false},
    };
    return (struct suite_cases){cases, sizeof(cases) / sizeof(cases[0])};
}
