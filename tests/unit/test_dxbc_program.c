/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What the check of bytecode says of whole shaders: every rule is broken by a shader that breaks nothing else, and what
 * compilers make is accepted, for its own stage alone.
 */
#include "bad_shaders.h"

#include "shaders/exact/generated/all.h"
#include "shaders/generated/background_ps.h"
#include "shaders/generated/background_vs.h"
#include "shaders/generated/cube_ps.h"
#include "shaders/generated/cube_vs.h"
#include "shaders/generated/triangle_ps.h"
#include "shaders/generated/triangle_vs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define STAGE_vs PVGPU_STAGE_VERTEX
#define STAGE_ps PVGPU_STAGE_PIXEL
#define STAGE_gs PVGPU_STAGE_GEOMETRY
#define STAGE_hs PVGPU_STAGE_HULL
#define STAGE_ds PVGPU_STAGE_DOMAIN
#define STAGE_cs PVGPU_STAGE_COMPUTE

static const struct good {
    const char *name;
    enum pvgpu_stage stage;
    const uint8_t *bytes;
    size_t size;
} goods[] = {
#define GOOD(name, stage, model, blob) {#name, STAGE_##stage, blob, sizeof(blob)},
    PVGPU_SHADERS_OF_EXACT(GOOD)
#undef GOOD
        {"background_ps", PVGPU_STAGE_PIXEL, pvgpu_shader_background_ps, sizeof(pvgpu_shader_background_ps)},
    {"background_vs", PVGPU_STAGE_VERTEX, pvgpu_shader_background_vs, sizeof(pvgpu_shader_background_vs)},
    {"cube_ps", PVGPU_STAGE_PIXEL, pvgpu_shader_cube_ps, sizeof(pvgpu_shader_cube_ps)},
    {"cube_vs", PVGPU_STAGE_VERTEX, pvgpu_shader_cube_vs, sizeof(pvgpu_shader_cube_vs)},
    {"triangle_ps", PVGPU_STAGE_PIXEL, pvgpu_shader_triangle_ps, sizeof(pvgpu_shader_triangle_ps)},
    {"triangle_vs", PVGPU_STAGE_VERTEX, pvgpu_shader_triangle_vs, sizeof(pvgpu_shader_triangle_vs)},
};

/* On a copy of exactly that size, so that a sanitizer sees a read beyond it. */
static enum pvgpu_dxbc_rule check_copy(const uint8_t *bytes, size_t size, enum pvgpu_stage stage)
{
    struct pvgpu_dxbc found;
    uint8_t *copy = malloc(size);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    enum pvgpu_dxbc_rule rule = pvgpu_dxbc_check(copy, size, stage, &found);
    free(copy);
    return rule;
}

static void good_shaders(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(goods) / sizeof(goods[0]); i++) {
        for (uint32_t stage = 0; stage < PVGPU_STAGE_COUNT; stage++) {
            enum pvgpu_dxbc_rule rule = check_copy(goods[i].bytes, goods[i].size, (enum pvgpu_stage)stage);
            if (rule != (stage == goods[i].stage ? PVGPU_DXBC_OK : PVGPU_DXBC_PROGRAM_STAGE))
                fail_msg("%s as stage %u: %s", goods[i].name, stage, pvgpu_dxbc_rule_text(rule));
        }
    }
    printf("%zu shaders accepted\n", sizeof(goods) / sizeof(goods[0]));
}

/* A good shader that ends early is refused, wherever it ends. */
static void good_shaders_cut_short(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(goods) / sizeof(goods[0]); i += 7) {
        for (size_t size = 1; size < goods[i].size; size += 13)
            assert_int_not_equal(check_copy(goods[i].bytes, size, goods[i].stage), PVGPU_DXBC_OK);
    }
}

static void bad_shaders(void **state)
{
    (void)state;
    bool seen[PVGPU_DXBC_RULE_COUNT + 1] = {false};
    uint8_t *bytes = malloc(BAD_SHADER_BYTES);
    assert_non_null(bytes);
    unsigned wrong = 0, missing = 0;
    for (uint32_t i = 0; i < bad_shader_count(); i++) {
        enum pvgpu_stage stage;
        enum pvgpu_dxbc_rule expected;
        const char *detail;
        size_t size = bad_shader_make(i, bytes, BAD_SHADER_BYTES, &stage, &expected, &detail);
        assert_true(size > 0);
        enum pvgpu_dxbc_rule rule = check_copy(bytes, size, stage);
        if (rule != expected) {
            print_error("number %u (%s) should be \"%s\" and is \"%s\"\n", i, detail, pvgpu_dxbc_rule_text(expected),
                        rule ? pvgpu_dxbc_rule_text(rule) : "accepted");
            wrong++;
        }
        seen[expected] = true;
    }
    for (uint32_t rule = PVGPU_DXBC_OK + 1; rule <= PVGPU_DXBC_RULE_COUNT; rule++) {
        if (seen[rule])
            continue;
        print_error("no shader breaks \"%s\"\n", pvgpu_dxbc_rule_text((enum pvgpu_dxbc_rule)rule));
        missing++;
    }
    printf("%u shaders break %u rules\n", bad_shader_count(), (unsigned)PVGPU_DXBC_RULE_COUNT);
    assert_int_equal(wrong, 0);
    assert_int_equal(missing, 0);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_shaders),
        cmocka_unit_test(good_shaders_cut_short),
        cmocka_unit_test(bad_shaders),
    };
    return cmocka_run_group_tests_name("dxbc_program", tests, NULL, NULL);
}
