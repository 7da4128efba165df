/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* When the host itself refuses, or has no memory: the guest is told, nothing half-made stays, all else goes on. */
#include "suite.h"

#include "base/time.h"

struct refusal {
    enum pvgpu_rule rule;
    void (*act)(struct world *world);
    uint32_t argument;
    uint32_t code_refused; /* what a refusal is to the guest */
};

static void make_resource(struct world *world)
{
    const struct pvgpu_cmd_create_resource buffer = {
        .kind = PVGPU_KIND_BUFFER, .width = 64, .bind = 1, .data_offset = HEAP_DATA, .data_bytes = 64};
    pvgpu_encode_create_resource(world->e, ID_NEW, &buffer);
}

static void make_view(struct world *world)
{
    pvgpu_encode_create_shader_resource_view(
        world->e, &(struct pvgpu_cmd_create_shader_resource_view){.id = ID_NEW, .resource = ID_PICTURE});
}

static void make_state(struct world *world)
{
    pvgpu_encode_create_rasterizer_state(
        world->e, &(struct pvgpu_cmd_create_rasterizer_state){.id = ID_NEW, .fill = 3, .cull = 1});
}

static void make_shader(struct world *world)
{
    pvgpu_encode_create_shader(world->e, ID_NEW, PVGPU_STAGE_VERTEX, HEAP_VERTEX_SHADER, world->vertex_shader_bytes);
}

static void make_layout(struct world *world)
{
    const struct pvgpu_input_element elements[2] = {
        {.name_offset = HEAP_POSITION, .format = 16},
        {.name_offset = HEAP_COLOR, .format = 2, .byte_offset = 8},
    };
    pvgpu_encode_create_input_layout(world->e, ID_NEW, 2, elements);
}

/* The host's part of a layout is made by the first draw with it. */
static void use_layout(struct world *world)
{
    make_layout(world);
    pvgpu_encode_set_input_layout(world->e, ID_NEW);
    world_draw(world);
}

static const struct refusal refusals[] = {
    {PVGPU_RULE_HOST_RESOURCE, make_resource, ID_NEW, PVGPU_ERROR_INVALID_COMMAND},
    {PVGPU_RULE_HOST_VIEW, make_view, ID_NEW, PVGPU_ERROR_INVALID_COMMAND},
    {PVGPU_RULE_HOST_STATE, make_state, ID_NEW, PVGPU_ERROR_INVALID_COMMAND},
    {PVGPU_RULE_SHADER_HOST, make_shader, ID_NEW, PVGPU_ERROR_SHADER_COMPILATION},
    {PVGPU_RULE_HOST_LAYOUT, use_layout, ID_NEW, PVGPU_ERROR_INVALID_COMMAND},
};

static void go_on(struct check *check, struct world *world, const struct refusal *refusal, uint64_t objects,
                  uint64_t bytes)
{
    uint64_t errors = world_errors(world), draws = world_draws(world);
    if (refusal->act == use_layout) /* it exists, it is only of no use with that shader */
        pvgpu_encode_destroy_input_layout(world->e, ID_NEW);
    world_bind(world);
    world_draw(world);
    suite_settle(check, world);
    CHECK_EQ(world_errors(world), errors);
    CHECK_EQ(world_draws(world), draws + 1);
    CHECK_EQ(world_objects(world), objects);
    CHECK_EQ(world_bytes(world), bytes);
}

static void host_refuses(struct check *check, struct suite *suite)
{
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        struct world world;
        if (!suite_open(check, suite, &world, NULL, false) || !suite_settle(check, &world))
            return;
        uint64_t errors = world_errors(&world), objects = world_objects(&world), bytes = world_bytes(&world);
        atomic_store(&world.gpu->next_creation, PVGPU_GPU_REFUSED);
        refusals[i].act(&world);
        world_sync(check, &world);
        suite_expect_error(check, &world, errors, 1, refusals[i].code_refused, refusals[i].argument);
        CHECK(world_broke(&world, refusals[i].rule));
        if (refusals[i].code_refused == PVGPU_ERROR_INVALID_COMMAND)
            CHECK_EQ(atomic_load(&world.host.page->statistics.refused_by_host), 1);
        go_on(check, &world, &refusals[i], objects, bytes);
        suite_close(check, suite, &world);
    }
}

static void gpu_has_no_memory(struct check *check, struct suite *suite)
{
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        struct world world;
        if (!suite_open(check, suite, &world, NULL, false) || !suite_settle(check, &world))
            return;
        uint64_t errors = world_errors(&world), objects = world_objects(&world), bytes = world_bytes(&world);
        atomic_store(&world.gpu->next_creation, PVGPU_GPU_NO_MEMORY);
        refusals[i].act(&world);
        world_sync(check, &world);
        suite_expect_error(check, &world, errors, 1, PVGPU_ERROR_OUT_OF_MEMORY, refusals[i].argument);
        CHECK(world_broke(&world, PVGPU_RULE_MEMORY_HOST));
        CHECK_EQ(atomic_load(&world.host.page->statistics.refused_by_host), 0);
        go_on(check, &world, &refusals[i], objects, bytes);
        suite_close(check, suite, &world);
    }
}

/* Neither the guest's fault nor a loss: error 7 with what the host's library said. */
static void host_is_at_fault(struct check *check, struct suite *suite)
{
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        struct world world;
        if (!suite_open(check, suite, &world, NULL, false) || !suite_settle(check, &world))
            return;
        uint64_t errors = world_errors(&world), objects = world_objects(&world), bytes = world_bytes(&world);
        atomic_store(&world.gpu->next_creation, PVGPU_GPU_FAULT);
        refusals[i].act(&world);
        world_sync(check, &world);
        suite_expect_error(check, &world, errors, 1, PVGPU_ERROR_INTERNAL, CHECKING_GPU_FAULT);
        CHECK(world_broke(&world, PVGPU_RULE_HOST_FAULT));
        go_on(check, &world, &refusals[i], objects, bytes);
        suite_close(check, suite, &world);
    }
}

static void no_staging_memory(struct check *check, struct suite *suite)
{
    struct world world;
    if (!suite_open(check, suite, &world, NULL, false))
        return;
    uint64_t errors = world_errors(&world);
    atomic_store(&world.gpu->no_readback, true);
    pvgpu_encode_map_resource(world.e, ID_PICTURE, 0, PVGPU_MAP_READ, HEAP_DATA);
    world_sync(check, &world);
    suite_expect_error(check, &world, errors, 1, PVGPU_ERROR_OUT_OF_MEMORY, ID_PICTURE);
    CHECK(world_broke(&world, PVGPU_RULE_MEMORY_READBACK));
    atomic_store(&world.gpu->no_readback, false);
    pvgpu_encode_map_resource(world.e, ID_PICTURE, 0, PVGPU_MAP_READ, HEAP_DATA);
    world_sync(check, &world);
    CHECK_EQ(world_errors(&world), errors + 1);
    suite_close(check, suite, &world);
}

/* ---- Allocations ------------------------------------------------------------------------------------------------- */

static void map(struct world *world)
{
    pvgpu_encode_map_resource(world->e, ID_PICTURE, 0, PVGPU_MAP_WRITE, 0);
}

static void fence(struct world *world)
{
    pvgpu_guest_fence(world->guest);
}

static void present(struct world *world)
{
    pvgpu_encode_present(world->e, ID_TARGET, 0);
}

static void resize(struct world *world)
{
    pvgpu_encode_resize_buffers(world->e, &(struct pvgpu_cmd_resize_buffers){.width = 64, .height = 64});
}

struct shortage {
    enum pvgpu_rule rule;
    void (*act)(struct world *world);
    unsigned nth; /* which of its allocations fails */
    uint32_t argument;
    bool queue_full; /* only the 65th entry of the queue of fences and presents needs memory */
};

static const struct shortage shortages[] = {
    {PVGPU_RULE_MEMORY_OBJECT, make_state, 1, ID_NEW, false},
    {PVGPU_RULE_MEMORY_INITIAL_DATA, make_resource, 1, ID_NEW, false},
    {PVGPU_RULE_MEMORY_BYTECODE, make_shader, 1, ID_NEW, false},
    {PVGPU_RULE_MEMORY_ELEMENTS, make_layout, 2, ID_NEW, false},
    {PVGPU_RULE_MEMORY_LAYOUT, use_layout, 3, ID_NEW, false},
    {PVGPU_RULE_LIMIT_MAPPINGS, map, 1, ID_PICTURE, false},
    {PVGPU_RULE_MEMORY_FENCE, fence, 1, 0, true},
    {PVGPU_RULE_MEMORY_FRAME, present, 1, 0, true},
    {PVGPU_RULE_MEMORY_RESIZE, resize, 1, 0, true},
};

#define QUEUE_FIRST 64 /* entries that the queue holds before it grows */

static void fill_queue(struct world *world)
{
    for (int i = 0; i < QUEUE_FIRST; i++) {
        world_draw(world);
        pvgpu_encode_flush(world->e); /* a submission each: fences of one submission are one entry */
        pvgpu_guest_fence(world->guest);
    }
    world_draw(world);
    pvgpu_encode_flush(world->e);
}

static void no_memory_for(struct check *check, struct suite *suite, const struct shortage *shortage)
{
    struct world world;
    if (!suite_open(check, suite, &world, NULL, false) || !suite_settle(check, &world))
        return;
    uint64_t errors = world_errors(&world), objects = world_objects(&world), bytes = world_bytes(&world);
    if (shortage->queue_full) {
        atomic_store(&world.gpu->hold, true);
        fill_queue(&world);
    }
    suite_fail_allocation(shortage->nth);
    shortage->act(&world);
    pvgpu_guest_flush(world.guest);
    for (int i = 0; i < 5000 && world_errors(&world) == errors; i++)
        pvgpu_time_sleep_ns(PVGPU_NS_PER_MS);
    CHECK(suite_allocation_failed());
    suite_fail_allocation(0);
    atomic_store(&world.gpu->hold, false);
    world_sync(check, &world);
    suite_expect_error(check, &world, errors, 1, PVGPU_ERROR_OUT_OF_MEMORY, shortage->argument);
    CHECK(world_broke(&world, shortage->rule));

    if (shortage->act == use_layout)
        pvgpu_encode_destroy_input_layout(world.e, ID_NEW);
    world_bind(&world);
    suite_settle(check, &world);
    CHECK_EQ(world_errors(&world), errors + 1);
    CHECK_EQ(world_objects(&world), objects);
    CHECK_EQ(world_bytes(&world), bytes);
    suite_close(check, suite, &world);
}

static void host_has_no_memory(struct check *check, struct suite *suite)
{
    for (size_t i = 0; i < sizeof(shortages) / sizeof(shortages[0]); i++) {
        int failures = check->failures;
        no_memory_for(check, suite, &shortages[i]);
        if (check->failures != failures)
            printf("  that was \"%s\"\n", pvgpu_rule_info(shortages[i].rule)->text);
    }
}

struct suite_cases suite_host_cases(void)
{
    static const struct suite_case cases[] = {
        {"host: refuses", host_refuses, true},
        {"host: GPU has no memory", gpu_has_no_memory, true},
        {"host: is at fault", host_is_at_fault, true},
        {"host: no staging memory", no_staging_memory, true},
        {"host: has no memory", host_has_no_memory, true},
    };
    return (struct suite_cases){cases, sizeof(cases) / sizeof(cases[0])};
}
