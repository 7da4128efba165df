/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Outputs beside render targets: unordered access, and the size of what is presented. */
#include "suite.h"

#include "base/time.h"

enum { TEXTURE = ID_NEW, WRITTEN, READ, TARGET };

static void make_texture(struct world *world)
{
    const struct pvgpu_cmd_create_resource texture = {
        .kind = PVGPU_KIND_TEXTURE_2D,
        .format = 28,
        .width = 16,
        .height = 16,
        .depth_or_array = 2,
        .mip_count = 1,
        .bind = PVGPU_BIND_UNORDERED_ACCESS | PVGPU_BIND_SHADER_RESOURCE | PVGPU_BIND_RENDER_TARGET,
    };
    pvgpu_encode_create_resource(world->e, TEXTURE, &texture);
    /* The first slice is written, both are read. */
    pvgpu_encode_create_unordered_access_view(
        world->e, &(struct pvgpu_cmd_create_unordered_access_view){
                      .id = WRITTEN, .resource = TEXTURE, .dimension = 5, .slice_count_or_flags = 1});
    pvgpu_encode_create_shader_resource_view(
        world->e, &(struct pvgpu_cmd_create_shader_resource_view){.id = READ, .resource = TEXTURE});
    pvgpu_encode_create_render_target_view(
        world->e, &(struct pvgpu_cmd_create_render_target_view){
                      .id = TARGET, .resource = TEXTURE, .dimension = 5, .first_slice = 1, .slice_count = 1});
}

/* In every stage, in both orders. */
static void unordered_is_no_input(struct check *check, struct suite *suite)
{
    struct world world;
    if (!suite_open(check, suite, &world, NULL, false))
        return;
    const struct checking_gpu_bound *bound = &world.gpu->bound;
    const uint32_t access = WRITTEN, input = READ, none = 0;
    uint64_t errors = world_errors(&world);
    make_texture(&world);
    for (uint32_t stage = 0; stage < PVGPU_STAGE_COUNT; stage++)
        pvgpu_encode_set_shader_resource(world.e, (enum pvgpu_stage)stage, 100, 1, &input);
    world_draw(&world);
    world_sync(check, &world);
    for (uint32_t stage = 0; stage < PVGPU_STAGE_COUNT; stage++)
        CHECK_EQ(bound->resources[stage][100], READ);
    pvgpu_encode_set_unordered_access(world.e, PVGPU_STAGE_COMPUTE, 7, 1, &access, NULL);
    pvgpu_encode_set_shader_resource(world.e, PVGPU_STAGE_PIXEL, 3, 1, &input);
    world_draw(&world);
    world_sync(check, &world);
    for (uint32_t stage = 0; stage < PVGPU_STAGE_COUNT; stage++)
        CHECK_EQ(bound->resources[stage][100], 0);
    CHECK_EQ(bound->resources[PVGPU_STAGE_PIXEL][3], 0);
    CHECK_EQ(bound->unordered[7], WRITTEN);
    pvgpu_encode_set_unordered_access(world.e, PVGPU_STAGE_COMPUTE, 7, 1, &none, NULL);
    pvgpu_encode_set_shader_resource(world.e, PVGPU_STAGE_PIXEL, 3, 1, &input);
    world_draw(&world);
    world_sync(check, &world);
    CHECK_EQ(bound->unordered[7], 0);
    CHECK_EQ(bound->resources[PVGPU_STAGE_PIXEL][3], READ);
    CHECK_EQ(world_errors(&world), errors);
    suite_close(check, suite, &world);
}

static void unordered_slots_are_their_own(struct check *check, struct suite *suite)
{
    struct world world;
    if (!suite_open(check, suite, &world, NULL, false))
        return;
    const struct checking_gpu_bound *bound = &world.gpu->bound;
    const uint32_t views[3] = {ID_STORAGE_VIEW, ID_UNKNOWN, WRITTEN};
    uint64_t errors = world_errors(&world);
    make_texture(&world);
    pvgpu_encode_set_unordered_access(world.e, PVGPU_STAGE_COMPUTE, 2, 3, views, NULL);
    world_draw(&world);
    world_sync(check, &world);
    suite_expect_error(check, &world, errors, 1, PVGPU_ERROR_RESOURCE_NOT_FOUND, ID_UNKNOWN);
    CHECK_EQ(bound->unordered[2], ID_STORAGE_VIEW);
    CHECK_EQ(bound->unordered[3], 0);
    CHECK_EQ(bound->unordered[4], WRITTEN);
    /* Destroyed while bound: it lives until it is unbound. */
    uint64_t objects = world_objects(&world);
    pvgpu_encode_destroy_unordered_access_view(world.e, WRITTEN);
    pvgpu_encode_destroy_resource(world.e, TEXTURE);
    world_sync(check, &world);
    CHECK_EQ(world_objects(&world), objects);
    const uint32_t none[8] = {0};
    pvgpu_encode_set_unordered_access(world.e, PVGPU_STAGE_COMPUTE, 0, 8, none, NULL);
    world_sync(check, &world);
    CHECK_EQ(world_objects(&world), objects - 1); /* its input view holds the texture */
    suite_close(check, suite, &world);
}

/* Without a compute shader nothing is dispatched, and that is no error. */
static void dispatch_without_shader(struct check *check, struct suite *suite)
{
    struct world world;
    if (!suite_open(check, suite, &world, NULL, false))
        return;
    uint64_t errors = world_errors(&world);
    pvgpu_encode_dispatch(world.e, 1, 1, 1);
    pvgpu_encode_dispatch(world.e, 0, 1, 1);
    pvgpu_encode_dispatch(world.e, ID_STORAGE, 1012, PVGPU_DISPATCH_INDIRECT);
    world_sync(check, &world);
    CHECK_EQ(world_errors(&world), errors);
    if (world.gpu)
        CHECK_EQ(atomic_load(&world.gpu->dispatches), 0);
    suite_close(check, suite, &world);
}

static uint32_t status_of(const struct world *world)
{
    return atomic_load((_Atomic uint32_t *)&world->host.region->status);
}

static bool wait_for_status(struct world *world, uint32_t wanted)
{
    for (int i = 0; i < 5000 && (status_of(world) & PVGPU_STATUS_RESIZING) != wanted; i++)
        pvgpu_time_sleep_ns(PVGPU_NS_PER_MS);
    return (status_of(world) & PVGPU_STATUS_RESIZING) == wanted;
}

/* The status bit is there from the command until everything before it is done, and a fence behind it waits. */
static void resizing_lasts_until_the_work_before_is_done(struct check *check, struct suite *suite)
{
    struct world world;
    if (!suite_open(check, suite, &world, NULL, false))
        return;
    const struct pvgpu_cmd_resize_buffers size = {.width = 320, .height = 200, .format = 87, .buffer_count = 3};
    uint64_t errors = world_errors(&world);
    atomic_store(&world.gpu->hold, true);
    world_draw(&world);
    pvgpu_encode_present(world.e, ID_TARGET, 0);
    pvgpu_encode_resize_buffers(world.e, &size);
    pvgpu_encode_resize_buffers(world.e, &size);
    uint64_t fence = pvgpu_guest_fence(world.guest);
    pvgpu_guest_flush(world.guest);
    CHECK(wait_for_status(&world, PVGPU_STATUS_RESIZING));
    CHECK(atomic_load((_Atomic uint64_t *)&world.host.region->fence_completed) < fence);
    atomic_store(&world.gpu->hold, false);
    world_sync(check, &world);
    CHECK(!(status_of(&world) & PVGPU_STATUS_RESIZING));
    CHECK_EQ(world_errors(&world), errors);

    /* A reset in the middle takes it back, too. */
    atomic_store(&world.gpu->hold, true);
    world_draw(&world);
    pvgpu_encode_resize_buffers(world.e, &size);
    pvgpu_guest_flush(world.guest);
    CHECK(wait_for_status(&world, PVGPU_STATUS_RESIZING));
    CHECK(pvgpu_guest_reset(world.guest));
    CHECK(wait_for_status(&world, 0));
    atomic_store(&world.gpu->hold, false);
    world_build(check, &world);
    suite_close(check, suite, &world);
}

/* One buffer is not enough to draw while a frame is on its way; more than the host gives are not had. */
static void buffer_counts_are_bounded(struct check *check, struct suite *suite)
{
    struct world world;
    if (!suite_open(check, suite, &world, NULL, false))
        return;
    uint64_t errors = world_errors(&world);
    for (uint32_t count = 0; count <= 16; count++) {
        pvgpu_encode_resize_buffers(
            world.e, &(struct pvgpu_cmd_resize_buffers){.width = 1, .height = 16384, .buffer_count = count});
        for (int i = 0; i < 4; i++)
            pvgpu_encode_present(world.e, ID_TARGET, 0);
    }
    world_sync(check, &world);
    CHECK_EQ(world_errors(&world), errors);
    suite_close(check, suite, &world);
}

struct suite_cases suite_output_cases(void)
{
    static const struct suite_case cases[] = {
        {"outputs: unordered is no input", unordered_is_no_input, true},
        {"outputs: unordered slots are their own", unordered_slots_are_their_own, true},
        {"outputs: dispatch without a shader", dispatch_without_shader, false},
        {"outputs: resizing lasts until the work before is done", resizing_lasts_until_the_work_before_is_done, true},
        {"outputs: buffer counts are bounded", buffer_counts_are_bounded, false},
    };
    return (struct suite_cases){cases, sizeof(cases) / sizeof(cases[0])};
}
