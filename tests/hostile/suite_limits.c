/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What counts towards a VM's limits beside texels and bytecode, to the byte; and the statistics about it. */
#include "suite.h"

#include "present/output.h"
#include "wire/command.h"

/* docs/protocol.md, "Limits". */
#define LAYOUT_ELEMENT_BYTES 88u
#define MAPPED_RESOURCE_BYTES 512u
#define TARGET_BYTES (64u * 64u * 4u)

/* A world whose limit of bytes leaves room for so much more. */
static bool open_with_room(struct check *check, struct suite *suite, struct world *world, uint64_t room)
{
    struct pvgpu_limits limits = pvgpu_limits_default();
    if (!suite_open(check, suite, world, NULL, false))
        return false;
    limits.resource_bytes = world_bytes(world) + room;
    suite_close(check, suite, world);
    return suite_open(check, suite, world, &limits, false);
}

static uint64_t bytes_of(const struct world *world, enum pvgpu_memory_kind kind)
{
    return atomic_load(&world->host.page->statistics.bytes_by_kind[kind]);
}

static uint64_t objects_of(const struct world *world, uint32_t type)
{
    return atomic_load(&world->host.page->statistics.objects_by_type[type]);
}

static void elements_count(struct check *check, struct suite *suite)
{
    struct world world;
    const struct pvgpu_input_element elements[3] = {
        {.name_offset = HEAP_POSITION, .format = 16},
        {.name_offset = HEAP_COLOR, .format = 2, .byte_offset = 8},
        {.name_offset = HEAP_COLOR, .semantic_index = 1, .format = 2, .byte_offset = 24},
    };
    if (!open_with_room(check, suite, &world, 2 * LAYOUT_ELEMENT_BYTES))
        return;
    uint64_t errors = world_errors(&world), bytes = world_bytes(&world), objects = world_objects(&world);
    pvgpu_encode_create_input_layout(world.e, ID_NEW, 3, elements);
    world_sync(check, &world);
    suite_expect_error(check, &world, errors, 1, PVGPU_ERROR_OUT_OF_MEMORY, ID_NEW);
    CHECK(world_broke(&world, PVGPU_RULE_LIMIT_BYTES));
    CHECK_EQ(world_objects(&world), objects);
    pvgpu_encode_create_input_layout(world.e, ID_NEW, 2, elements);
    pvgpu_encode_create_input_layout(world.e, ID_NEW + 1, 0, NULL);
    world_sync(check, &world);
    CHECK_EQ(world_errors(&world), errors + 1);
    CHECK_EQ(world_bytes(&world), bytes + 2 * LAYOUT_ELEMENT_BYTES);
    pvgpu_encode_destroy_input_layout(world.e, ID_NEW);
    world_sync(check, &world);
    CHECK_EQ(world_bytes(&world), bytes);
    suite_close(check, suite, &world);
}

/* The records of MAP are there from the first mapping of a resource to its last. */
static void mappings_count(struct check *check, struct suite *suite)
{
    struct world world;
    if (!open_with_room(check, suite, &world, MAPPED_RESOURCE_BYTES))
        return;
    uint64_t errors = world_errors(&world), bytes = world_bytes(&world);
    pvgpu_encode_map_resource(world.e, ID_PICTURE, 0, PVGPU_MAP_WRITE, 0);
    pvgpu_encode_map_resource(world.e, ID_PICTURE, 1, PVGPU_MAP_WRITE, 0);
    world_sync(check, &world);
    CHECK_EQ(world_errors(&world), errors);
    CHECK_EQ(world_bytes(&world), bytes + MAPPED_RESOURCE_BYTES);
    pvgpu_encode_map_resource(world.e, ID_PLAIN, 0, PVGPU_MAP_READ, HEAP_DATA);
    world_sync(check, &world);
    suite_expect_error(check, &world, errors, 1, PVGPU_ERROR_OUT_OF_MEMORY, ID_PLAIN);
    CHECK_EQ(world_bytes(&world), bytes + MAPPED_RESOURCE_BYTES);
    pvgpu_encode_unmap_resource(world.e, ID_PICTURE, 0, HEAP_DATA, 4);
    world_sync(check, &world);
    CHECK_EQ(world_bytes(&world), bytes + MAPPED_RESOURCE_BYTES);
    pvgpu_encode_unmap_resource(world.e, ID_PICTURE, 1, HEAP_DATA, 4);
    world_sync(check, &world);
    CHECK_EQ(world_bytes(&world), bytes);
    /* With the resource they go too. */
    pvgpu_encode_map_resource(world.e, ID_PLAIN, 0, PVGPU_MAP_WRITE, 0);
    pvgpu_encode_destroy_resource(world.e, ID_PLAIN);
    world_sync(check, &world);
    CHECK_EQ(world_errors(&world), errors + 1);
    CHECK_EQ(world_bytes(&world), bytes - TARGET_BYTES);
    suite_close(check, suite, &world);
}

/* ---- The last frame ---------------------------------------------------------------------------------------------- */

static bool nobody(struct pvgpu_frame_output *output)
{
    (void)output;
    return false;
}

static bool nobody_new(struct pvgpu_frame_output *output, uint64_t epoch, uint64_t number)
{
    (void)output;
    (void)epoch;
    (void)number;
    return false;
}

static const struct pvgpu_frame_output_ops unwatched_ops = {.is_watched = nobody, .wants_last = nobody_new};

/* A bare world whose frames an output may want one day. */
static bool open_with_output(struct check *check, struct suite *suite, struct world *world,
                             struct pvgpu_frame_output *output, const struct pvgpu_limits *limits)
{
    if (!suite_open(check, suite, world, limits, true))
        return false;
    local_host_stop(&world->host);
    world->host.renderer.output = output;
    return CHECK(local_host_start(&world->host));
}

/* A copy of what was presented is kept for outputs to come. It counts, and is not made where it would not fit. */
static void last_frame_counts(struct check *check, struct suite *suite)
{
    struct pvgpu_frame_output output = {.ops = &unwatched_ops};
    const struct pvgpu_cmd_create_resource larger = {
        .kind = PVGPU_KIND_TEXTURE_2D, .format = 28, .width = 128, .height = 64, .mip_count = 1, .bind = 0x20};
    struct world world;
    if (!open_with_output(check, suite, &world, &output, NULL) || !world_build(check, &world))
        return;
    uint64_t errors = world_errors(&world), bytes = world_bytes(&world), objects = world_objects(&world);
    for (int i = 0; i < 3; i++) {
        pvgpu_encode_present(world.e, ID_TARGET, 0);
        world_sync(check, &world);
        CHECK_EQ(world_bytes(&world), bytes + TARGET_BYTES);
        CHECK_EQ(bytes_of(&world, PVGPU_MEMORY_LAST_FRAME), TARGET_BYTES);
    }
    CHECK_EQ(world_objects(&world), objects);
    /* One of another shape takes its place. */
    pvgpu_encode_create_resource(world.e, ID_NEW, &larger);
    pvgpu_encode_present(world.e, ID_NEW, 0);
    world_sync(check, &world);
    CHECK_EQ(world_bytes(&world), bytes + 2 * 2 * TARGET_BYTES);
    CHECK_EQ(bytes_of(&world, PVGPU_MEMORY_LAST_FRAME), 2 * TARGET_BYTES);
    CHECK_EQ(world_errors(&world), errors);
    CHECK(pvgpu_guest_reset(world.guest));
    world_sync(check, &world);
    CHECK_EQ(world_bytes(&world), 0);

    suite_close(check, suite, &world);
}

/* Room for two of them and a half: the third, which would be the copy, is not made, and nobody is told. */
static void last_frame_without_room(struct check *check, struct suite *suite)
{
    struct pvgpu_frame_output output = {.ops = &unwatched_ops};
    const struct pvgpu_cmd_create_resource target = {
        .kind = PVGPU_KIND_TEXTURE_2D, .format = 28, .width = 64, .height = 64, .mip_count = 1, .bind = 0x20};
    struct pvgpu_limits limits = pvgpu_limits_default();
    struct world world;
    limits.resource_bytes = 5 * TARGET_BYTES / 2;
    if (!open_with_output(check, suite, &world, &output, &limits))
        return;
    uint64_t errors = world_errors(&world);
    pvgpu_encode_create_resource(world.e, 1, &target);
    pvgpu_encode_create_resource(world.e, 2, &target);
    pvgpu_encode_present(world.e, 1, 0);
    world_sync(check, &world);
    CHECK_EQ(world_bytes(&world), 2 * TARGET_BYTES);
    CHECK_EQ(world_errors(&world), errors);
    pvgpu_encode_destroy_resource(world.e, 2);
    pvgpu_encode_present(world.e, 1, 0);
    world_sync(check, &world);
    CHECK_EQ(world_bytes(&world), 2 * TARGET_BYTES);
    CHECK_EQ(bytes_of(&world, PVGPU_MEMORY_LAST_FRAME), TARGET_BYTES);
    /* The copy takes room from the guest's resources. */
    pvgpu_encode_create_resource(world.e, 2, &target);
    world_sync(check, &world);
    suite_expect_error(check, &world, errors, 1, PVGPU_ERROR_OUT_OF_MEMORY, 2);
    suite_close(check, suite, &world);
}

/* ---- Layouts made for a vertex shader ---------------------------------------------------------------------------- */

#define SHADERS 5u
#define LAYOUTS 4u

static void create_parents(struct world *world)
{
    const struct pvgpu_input_element elements[2] = {
        {.name_offset = HEAP_POSITION, .format = 16},
        {.name_offset = HEAP_COLOR, .format = 2, .byte_offset = 8},
    };
    for (uint32_t i = 0; i < SHADERS; i++)
        pvgpu_encode_create_shader(world->e, ID_NEW + i, PVGPU_STAGE_VERTEX, HEAP_VERTEX_SHADER,
                                   world->vertex_shader_bytes);
    for (uint32_t i = 0; i < LAYOUTS; i++)
        pvgpu_encode_create_input_layout(world->e, ID_NEW + 100 + i, 2, elements);
}

static void draw_every_pair(struct world *world)
{
    for (uint32_t i = 0; i < SHADERS * LAYOUTS; i++) {
        pvgpu_encode_set_shader(world->e, PVGPU_STAGE_VERTEX, ID_NEW + i % SHADERS);
        pvgpu_encode_set_input_layout(world->e, ID_NEW + 100 + i / SHADERS);
        world_draw(world);
    }
    world_bind(world);
}

/* A pair's layout is made once, and goes with either of the two; the order does not matter. */
static void variants_go_with_either(struct check *check, struct suite *suite)
{
    struct world world;
    if (!suite_open(check, suite, &world, NULL, false))
        return;
    uint64_t errors = world_errors(&world), objects = world_objects(&world), made = objects_of(&world, 0);
    for (int round = 0; round < 2; round++) {
        create_parents(&world);
        draw_every_pair(&world);
        draw_every_pair(&world);
        world_sync(check, &world);
        CHECK_EQ(world_errors(&world), errors);
        CHECK_EQ(world_objects(&world), objects + SHADERS + LAYOUTS + SHADERS * LAYOUTS);
        CHECK_EQ(objects_of(&world, 0), made + SHADERS * LAYOUTS);
        pvgpu_encode_destroy_shader(world.e, ID_NEW + 2);
        pvgpu_encode_destroy_input_layout(world.e, ID_NEW + 101);
        pvgpu_encode_destroy_shader(world.e, ID_NEW);
        world_sync(check, &world);
        CHECK_EQ(objects_of(&world, 0), made + (SHADERS - 2) * (LAYOUTS - 1));
        pvgpu_encode_destroy_input_layout(world.e, ID_NEW + 103);
        pvgpu_encode_destroy_input_layout(world.e, ID_NEW + 100);
        pvgpu_encode_destroy_shader(world.e, ID_NEW + 4);
        world_sync(check, &world);
        CHECK_EQ(objects_of(&world, 0), made + 2);
        pvgpu_encode_destroy_shader(world.e, ID_NEW + 1);
        pvgpu_encode_destroy_shader(world.e, ID_NEW + 3);
        pvgpu_encode_destroy_input_layout(world.e, ID_NEW + 102);
        world_sync(check, &world);
        CHECK_EQ(world_objects(&world), objects);
        CHECK_EQ(objects_of(&world, 0), made);
    }
    /* And with everything at once: a reset with all of them alive. */
    create_parents(&world);
    draw_every_pair(&world);
    world_sync(check, &world);
    CHECK(pvgpu_guest_reset(world.guest));
    world_sync(check, &world);
    CHECK_EQ(world_objects(&world), 0);
    suite_close(check, suite, &world);
}

/* ---- Statistics -------------------------------------------------------------------------------------------------- */

static uint64_t executed(const struct world *world, uint32_t opcode)
{
    int index = pvgpu_command_find(opcode);
    return atomic_load(&world->host.page->statistics.executed[index < 0 ? PVGPU_COMMAND_COUNT : index]);
}

static void statistics_tell(struct check *check, struct suite *suite)
{
    struct world world;
    if (!suite_open(check, suite, &world, NULL, false))
        return;
    struct pvgpu_statistics *s = &world.host.page->statistics;
    uint64_t objects = 0, bytes = 0, all = 0;
    for (uint32_t i = 0; i < PVGPU_STATISTICS_OBJECTS; i++)
        objects += objects_of(&world, i);
    for (uint32_t i = 0; i < PVGPU_MEMORY_KINDS; i++)
        bytes += bytes_of(&world, i);
    CHECK_EQ(objects, world_objects(&world));
    CHECK_EQ(bytes, world_bytes(&world));
    CHECK_EQ(objects_of(&world, PVGPU_OBJECT_SHADER), 2);
    CHECK_EQ(objects_of(&world, 0), 1);
    CHECK_EQ(bytes_of(&world, PVGPU_MEMORY_SHADERS), world.vertex_shader_bytes + world.pixel_shader_bytes);
    CHECK_EQ(bytes_of(&world, PVGPU_MEMORY_BUFFERS), 1024 + 1024 + 8192 + 1024 + 1024);
    CHECK_EQ(bytes_of(&world, PVGPU_MEMORY_LAYOUTS), 2 * LAYOUT_ELEMENT_BYTES);

    uint64_t uploads = atomic_load(&s->uploads), uploaded = atomic_load(&s->upload_bytes);
    uint64_t copies = atomic_load(&s->upload_copies), read = atomic_load(&s->readback_bytes);
    uint64_t draws = executed(&world, PVGPU_DRAW), unknown = executed(&world, 0x400);
    pvgpu_encode_map_resource(world.e, ID_PLAIN, 0, PVGPU_MAP_READ_WRITE, HEAP_DATA);
    pvgpu_encode_unmap_resource(world.e, ID_PLAIN, 0, HEAP_DATA, 0);
    pvgpu_encode_update_resource(
        world.e, &(struct pvgpu_cmd_update_resource){.id = ID_CONSTANTS, .heap_offset = HEAP_DATA, .data_bytes = 8192});
    world_draw(&world);
    world_emit(&world, &(const struct pvgpu_cmd_fence){.header.opcode = 0x400}, 24, 0);
    pvgpu_encode_destroy_resource(world.e, ID_UNKNOWN);
    world_sync(check, &world);
    CHECK_EQ(atomic_load(&s->uploads), uploads + 2);
    CHECK_EQ(atomic_load(&s->upload_bytes), uploaded + TARGET_BYTES + 8192);
    CHECK_EQ(atomic_load(&s->upload_copies), copies);
    CHECK_EQ(atomic_load(&s->readback_bytes), read + TARGET_BYTES);
    CHECK_EQ(executed(&world, PVGPU_DRAW), draws + 1);
    CHECK_EQ(executed(&world, 0x400), unknown + 1);
    CHECK_EQ(atomic_load(&s->errors_by_code[PVGPU_ERROR_INVALID_COMMAND]), 1);
    CHECK_EQ(atomic_load(&s->errors_by_code[PVGPU_ERROR_RESOURCE_NOT_FOUND]), 1);
    pvgpu_encode_create_shader(world.e, ID_NEW, PVGPU_STAGE_VERTEX, HEAP_VERTEX_SHADER, world.vertex_shader_bytes);
    world_sync(check, &world);
    CHECK_EQ(atomic_load(&s->upload_copies), copies + 1);
    CHECK(atomic_load(&s->ring_most_bytes) > 0);
    CHECK(atomic_load(&s->ring_most_bytes) <= world.guest->ring_bytes);

    /* Every command is in one of the counters. */
    local_host_stop(&world.host);
    for (uint32_t i = 0; i <= PVGPU_COMMAND_COUNT; i++)
        all += atomic_load(&s->executed[i]);
    CHECK_EQ(all, atomic_load(&s->commands));
    for (uint32_t i = 0; i < PVGPU_STATISTICS_OBJECTS; i++)
        CHECK_EQ(objects_of(&world, i), 0);
    for (uint32_t i = 0; i < PVGPU_MEMORY_KINDS; i++)
        CHECK_EQ(bytes_of(&world, i), 0);
    suite_close(check, suite, &world);
}

struct suite_cases suite_limit_cases(void)
{
    static const struct suite_case cases[] = {
        {"limits: elements of layouts", elements_count, false},
        {"limits: records of MAP", mappings_count, false},
        {"limits: the last frame", last_frame_counts, false},
        {"limits: no room for the last frame", last_frame_without_room, false},
        {"limits: layouts for a shader go with either", variants_go_with_either, false},
        {"statistics", statistics_tell, false},
    };
    return (struct suite_cases){cases, sizeof(cases) / sizeof(cases[0])};
}
