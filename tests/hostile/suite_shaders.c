/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Every bad shader, sent by a guest: the error names the shader, the log the rule, and nothing else happens. */
#include "suite.h"

#include "bad_shaders.h"
#include "good_shaders.h"

#define HEAP_SHADER 0x900000u /* behind world.h's; BAD_SHADER_BYTES fit */

static void send_shader(struct world *world, enum pvgpu_stage stage, size_t bytes)
{
    pvgpu_encode_create_shader(world->e, ID_NEW, (uint32_t)stage, HEAP_SHADER, (uint32_t)bytes);
}

/* One that must be refused, between commands that must work. */
static void refuse_one(struct check *check, struct world *world, uint32_t index)
{
    enum pvgpu_stage stage;
    enum pvgpu_dxbc_rule rule;
    const char *detail;
    size_t bytes = bad_shader_make(index, world->guest->heap + HEAP_SHADER, BAD_SHADER_BYTES, &stage, &rule, &detail);
    int failures = check->failures;
    uint64_t errors = world_errors(world), objects = world_objects(world), held = world_bytes(world);
    uint64_t draws = world_draws(world);
    if (!CHECK(bytes > 0))
        return;
    send_shader(world, stage, bytes);
    world_draw(world);
    if (!world_sync(check, world))
        return;
    suite_expect_error(check, world, errors, 1, PVGPU_ERROR_SHADER_COMPILATION, ID_NEW);
    CHECK_EQ(world_objects(world), objects);
    CHECK_EQ(world_bytes(world), held);
    CHECK_EQ(world_draws(world), draws + 1);
    if (check->failures != failures)
        printf("  %s (%s)\n", pvgpu_dxbc_rule_name(rule), detail);
}

/* The log is limited in rate: the host is made anew for every so many, so that each reason is seen. */
#define SHADERS_PER_WORLD 16u

static void bad_shaders(struct check *check, struct suite *suite)
{
    for (uint32_t first = 0; first < bad_shader_count(); first += SHADERS_PER_WORLD) {
        struct world world;
        if (!suite_open(check, suite, &world, NULL, false))
            return;
        world_bind(&world);
        suite_settle(check, &world);
        for (uint32_t i = first; i < first + SHADERS_PER_WORLD && i < bad_shader_count(); i++) {
            enum pvgpu_stage stage;
            enum pvgpu_dxbc_rule rule;
            const char *detail;
            refuse_one(check, &world, i);
            bad_shader_make(i, world.guest->heap + HEAP_SHADER, BAD_SHADER_BYTES, &stage, &rule, &detail);
            /* A length beyond the limit is refused before the bytes are copied. */
            const char *reason =
                rule == PVGPU_DXBC_TOO_LONG ? "the bytecode is empty or beyond 1 MiB" : pvgpu_dxbc_rule_text(rule);
            if (!CHECK(world_said(&world, reason)))
                printf("  the host did not say \"%s\"\n", reason);
        }
        suite_close(check, suite, &world);
    }
}

/* Every good shader of every stage is created and destroyed. */
static void good_shaders(struct check *check, struct suite *suite)
{
    struct world world;
    if (!suite_open(check, suite, &world, NULL, false))
        return;
    suite_settle(check, &world);
    for (uint32_t i = 0; i < good_shader_count(); i++) {
        enum pvgpu_stage stage;
        const char *name;
        uint64_t errors = world_errors(&world), objects = world_objects(&world);
        size_t bytes = good_shader_make(i, world.guest->heap + HEAP_SHADER, BAD_SHADER_BYTES, &stage, &name);
        send_shader(&world, stage, bytes);
        if (!world_sync(check, &world))
            break;
        if (!CHECK_EQ(world_errors(&world), errors))
            printf("  %s\n", name);
        CHECK_EQ(world_objects(&world), objects + 1);
        pvgpu_encode_destroy_shader(world.e, ID_NEW);
        world_sync(check, &world);
        CHECK_EQ(world_objects(&world), objects);
    }
    suite_close(check, suite, &world);
}

struct suite_cases suite_shader_cases(void)
{
    static const struct suite_case cases[] = {
        {"every bad shader is refused, with its rule", bad_shaders, true},
        {"every good shader is taken", good_shaders, true},
    };
    return (struct suite_cases){cases, sizeof(cases) / sizeof(cases[0])};
}
