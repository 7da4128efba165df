/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* OPEN_RESOURCE: several ids of one resource. */
#include "suite.h"

enum { ALIAS = ID_NEW, OTHER, BUFFER, COPY };

static void open_as(struct world *world, uint32_t id, uint32_t existing)
{
    pvgpu_encode_open_resource(world->e, id, &(struct pvgpu_cmd_open_resource){.existing = existing});
}

static uint64_t expect_alive(struct check *check, struct world *world, uint64_t objects, uint64_t bytes)
{
    world_sync(check, world);
    CHECK_EQ(world_objects(world), objects);
    CHECK_EQ(world_bytes(world), bytes);
    return world_errors(world);
}

/*
 * Each further id counts, and so does the resource for as long as it lives; its bytes count once; the last id that goes
 * takes it along. What is mapped has a record of its own, of 512 bytes.
 */
static void live_as_long_as_one_id(struct check *check, struct suite *suite)
{
    struct world world;
    if (!suite_open(check, suite, &world, NULL, false) || !suite_settle(check, &world))
        return;
    uint64_t errors = world_errors(&world), objects = world_objects(&world), bytes = world_bytes(&world);
    pvgpu_encode_create_resource(world.e, BUFFER, &(struct pvgpu_cmd_create_resource){.kind = 4, .width = 64});
    open_as(&world, ALIAS, BUFFER);
    open_as(&world, OTHER, ALIAS);
    expect_alive(check, &world, objects + 3, bytes + 64);
    pvgpu_encode_destroy_resource(world.e, BUFFER);
    expect_alive(check, &world, objects + 3, bytes + 64);
    pvgpu_encode_map_resource(world.e, ALIAS, 0, PVGPU_MAP_READ, HEAP_DATA);
    open_as(&world, BUFFER, OTHER);
    open_as(&world, BUFFER, BUFFER);
    expect_alive(check, &world, objects + 4, bytes + 64 + 512);
    pvgpu_encode_destroy_resource(world.e, OTHER);
    pvgpu_encode_destroy_resource(world.e, ALIAS);
    expect_alive(check, &world, objects + 2, bytes + 64 + 512);
    pvgpu_encode_destroy_resource(world.e, BUFFER);
    CHECK_EQ(expect_alive(check, &world, objects, bytes), errors);
    pvgpu_encode_destroy_resource(world.e, ALIAS);
    world_sync(check, &world);
    suite_expect_error(check, &world, errors, 1, PVGPU_ERROR_RESOURCE_NOT_FOUND, ALIAS);
    suite_close(check, suite, &world);
}

/* An id that is in use gets the other resource; what it named before goes if nothing else holds it. */
static void replace_a_live_id(struct check *check, struct suite *suite)
{
    struct world world;
    if (!suite_open(check, suite, &world, NULL, false) || !suite_settle(check, &world))
        return;
    uint64_t errors = world_errors(&world), objects = world_objects(&world), bytes = world_bytes(&world);
    const struct pvgpu_cmd_create_resource large = {.kind = 4, .width = 4096}, small = {.kind = 4, .width = 64};
    pvgpu_encode_create_resource(world.e, BUFFER, &large);
    pvgpu_encode_create_resource(world.e, OTHER, &small);
    open_as(&world, ALIAS, BUFFER);
    expect_alive(check, &world, objects + 3, bytes + 4160);
    open_as(&world, BUFFER, OTHER);
    expect_alive(check, &world, objects + 4, bytes + 4160);
    open_as(&world, ALIAS, OTHER);
    expect_alive(check, &world, objects + 3, bytes + 64);
    pvgpu_encode_create_resource(world.e, ALIAS, &small);
    CHECK_EQ(expect_alive(check, &world, objects + 3, bytes + 128), errors);
    suite_close(check, suite, &world);
}

/* The guest is told of the id that it used, not of the one that the resource was made with. */
static void faults_name_the_id_that_was_used(struct check *check, struct suite *suite)
{
    struct world world;
    if (!suite_open(check, suite, &world, NULL, false))
        return;
    uint64_t errors = world_errors(&world);
    open_as(&world, ALIAS, ID_PICTURE);
    pvgpu_encode_map_resource(world.e, ALIAS, 99, PVGPU_MAP_READ, HEAP_DATA);
    world_sync(check, &world);
    suite_expect_error(check, &world, errors, 1, PVGPU_ERROR_INVALID_COMMAND, ALIAS);
    pvgpu_encode_copy_resource(world.e, ALIAS, ID_PICTURE);
    world_sync(check, &world);
    suite_expect_error(check, &world, errors, 2, PVGPU_ERROR_INVALID_COMMAND, ALIAS);
    pvgpu_encode_clear_render_target(world.e, ALIAS, (const float[4]){0});
    world_sync(check, &world);
    suite_expect_error(check, &world, errors, 3, PVGPU_ERROR_INVALID_RESOURCE_ID, ALIAS);
    suite_close(check, suite, &world);
}

static void count_against_the_limit(struct check *check, struct suite *suite)
{
    struct world world;
    struct pvgpu_limits limits = pvgpu_limits_default();
    limits.objects = 3;
    if (!suite_open(check, suite, &world, &limits, true))
        return;
    uint64_t errors = world_errors(&world);
    pvgpu_encode_create_resource(world.e, BUFFER, &(struct pvgpu_cmd_create_resource){.kind = 4, .width = 64});
    open_as(&world, ALIAS, BUFFER);
    open_as(&world, OTHER, BUFFER);
    open_as(&world, COPY, BUFFER);
    world_sync(check, &world);
    suite_expect_error(check, &world, errors, 1, PVGPU_ERROR_OUT_OF_MEMORY, COPY);
    CHECK_EQ(world_objects(&world), 3);
    suite_close(check, suite, &world);
}

struct suite_cases suite_alias_cases(void)
{
    static const struct suite_case cases[] = {
        {"aliases: live as long as one id", live_as_long_as_one_id, false},
        {"aliases: replace a live id", replace_a_live_id, false},
        {"aliases: faults name the id that was used", faults_name_the_id_that_was_used, false},
        {"aliases: count against the limit", count_against_the_limit, false},
    };
    return (struct suite_cases){cases, sizeof(cases) / sizeof(cases[0])};
}
