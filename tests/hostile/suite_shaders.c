/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Bytecode that breaks a rule: each shader of tests/support/bad_shaders.c, through CREATE_SHADER. */
#include "suite.h"

#include "bad_shaders.h"

#define AT HEAP_BAD_SHADER /* in the heap: room for the longest */

static uint8_t *heap_of(const struct world *world)
{
    return (uint8_t *)world->host.region + world->host.region->heap_offset;
}

/* The guest is told the shader's id, everything around it works, nothing of it stays. */
static void tell_bad_shader(struct check *check, struct world *world, uint32_t index)
{
    enum pvgpu_stage stage;
    enum pvgpu_dxbc_rule rule;
    const char *detail;
    int failures = check->failures;
    size_t size = bad_shader_make(index, heap_of(world) + AT, BAD_SHADER_BYTES, &stage, &rule, &detail);
    uint64_t errors = world_errors(world), draws = world_draws(world);
    uint64_t objects = world_objects(world), bytes = world_bytes(world);
    pvgpu_encode_create_shader(world->e, ID_NEW, stage, AT, (uint32_t)size);
    world_draw(world);
    world_sync(check, world);
    suite_expect_error(check, world, errors, 1, PVGPU_ERROR_SHADER_COMPILATION, ID_NEW);
    CHECK_EQ(world_draws(world), draws + 1);
    CHECK_EQ(world_objects(world), objects);
    CHECK_EQ(world_bytes(world), bytes);
    if (check->failures != failures)
        printf("  that was number %u: \"%s\" (%s)\n", index, pvgpu_dxbc_rule_text(rule), detail);
}

static void every_rule_of_bytecode(struct check *check, struct suite *suite)
{
    struct world world;
    if (!suite_open(check, suite, &world, NULL, false) || !suite_settle(check, &world))
        return;
    for (uint32_t i = 0; i < bad_shader_count() && check->failures < 20; i++)
        tell_bad_shader(check, &world, i);
    suite_close(check, suite, &world);
    printf("%u shaders that break %u rules of bytecode\n", bad_shader_count(), (unsigned)PVGPU_DXBC_RULE_COUNT);
}

struct suite_cases suite_shader_cases(void)
{
    static const struct suite_case cases[] = {
        {"shaders: every rule of bytecode", every_rule_of_bytecode, false},
    };
    return (struct suite_cases){cases, sizeof(cases) / sizeof(cases[0])};
}
