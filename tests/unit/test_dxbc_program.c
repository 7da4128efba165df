/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The check of programs: every shader of the corpus is good for its stage and bad for the others; every rule has bad
 * shaders, and each of them breaks exactly that rule; what compilers here cannot emit is assembled by hand; what draws
 * are judged by is as the sources of the shaders have it.
 */
#include "bad_shaders.h"
#include "dxbc_builder.h"
#include "good_shaders.h"

#include "shaders/exact/generated/all.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* On memory that is exactly as long, so that a sanitizer sees what is read beyond. */
static enum pvgpu_dxbc_rule check_copy(const uint8_t *bytes, size_t size, enum pvgpu_stage stage)
{
    struct pvgpu_dxbc found, untouched;
    memset(&found, 0xA5, sizeof(found));
    memset(&untouched, 0xA5, sizeof(untouched));
    uint8_t *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    enum pvgpu_dxbc_rule rule = pvgpu_dxbc_check(copy, size, stage, &found);
    if (rule)
        assert_memory_equal(&found, &untouched, sizeof(found));
    else
        assert_int_equal(found.stage, stage);
    free(copy);
    return rule;
}

static void test_good(void **state)
{
    (void)state;
    uint8_t bytes[GOOD_SHADER_BYTES];
    uint32_t by_stage[PVGPU_STAGE_COUNT] = {0};
    for (uint32_t i = 0; i < good_shader_count(); i++) {
        enum pvgpu_stage stage;
        const char *name;
        size_t size = good_shader_make(i, bytes, sizeof(bytes), &stage, &name);
        assert_true(size > 0);
        for (uint32_t other = 0; other < PVGPU_STAGE_COUNT; other++) {
            enum pvgpu_dxbc_rule rule = check_copy(bytes, size, (enum pvgpu_stage)other);
            if (rule != (other == (uint32_t)stage ? PVGPU_DXBC_OK : PVGPU_DXBC_PROGRAM_STAGE))
                fail_msg("%s as stage %u: %s", name, other, rule ? pvgpu_dxbc_rule_name(rule) : "accepted");
        }
        by_stage[stage]++;
    }
    for (uint32_t stage = 0; stage < PVGPU_STAGE_COUNT; stage++)
        assert_true(by_stage[stage] >= 3);
}

/* The exactness suite's shaders are more of what compilers make. */
static void test_exact(void **state)
{
    (void)state;
    static const struct {
        const char *name, *stage;
        const uint8_t *bytes;
        size_t size;
    } shaders[] = {
#define EXACT(name, stage, model, blob) {#name, #stage, blob, sizeof(blob)},
        PVGPU_SHADERS_OF_EXACT(EXACT)
#undef EXACT
    };
    static const char *const stages[PVGPU_STAGE_COUNT] = {"vs", "ps", "gs", "hs", "ds", "cs"};
    for (size_t i = 0; i < sizeof(shaders) / sizeof(shaders[0]); i++) {
        for (uint32_t stage = 0; stage < PVGPU_STAGE_COUNT; stage++) {
            bool own = strcmp(stages[stage], shaders[i].stage) == 0;
            enum pvgpu_dxbc_rule rule = check_copy(shaders[i].bytes, shaders[i].size, (enum pvgpu_stage)stage);
            if (rule != (own ? PVGPU_DXBC_OK : PVGPU_DXBC_PROGRAM_STAGE))
                fail_msg("%s as %s: %s", shaders[i].name, stages[stage],
                         rule ? pvgpu_dxbc_rule_name(rule) : "accepted");
        }
    }
}

/* What draws are judged by, from shaders whose sources say it. */
static void test_needs(void **state)
{
    (void)state;
#define NEEDS(shader, stage, ...) \
    { \
        #shader, shader, sizeof(shader), PVGPU_STAGE_##stage, \
        { \
            __VA_ARGS__ \
        } \
    }
    static const struct {
        const char *name;
        const uint8_t *bytes;
        size_t size;
        enum pvgpu_stage stage;
        struct pvgpu_dxbc_needs needs;
    } rows[] = {
        NEEDS(pvgpu_shader_exact_point_gs, GEOMETRY, .primitive = 1),
        NEEDS(pvgpu_shader_exact_line_gs, GEOMETRY, .primitive = 2),
        NEEDS(pvgpu_shader_exact_triangle_gs, GEOMETRY, .primitive = 3),
        NEEDS(pvgpu_shader_exact_lineadj_gs, GEOMETRY, .primitive = 6),
        NEEDS(pvgpu_shader_exact_triangleadj_gs, GEOMETRY, .primitive = 7),
        NEEDS(pvgpu_shader_exact_patch1_hs, HULL, 0, 1, 3, 2, 3),
        NEEDS(pvgpu_shader_exact_patch32_hs, HULL, 0, 32, 3, 2, 3),
        NEEDS(pvgpu_shader_exact_line_hs, HULL, 0, 2, 2, 1, 2),
        NEEDS(pvgpu_shader_exact_quad_hs, HULL, 0, 4, 4, 3, 4),
        NEEDS(pvgpu_shader_exact_line_ds, DOMAIN, .control_points_in = 2, .domain = 1),
        NEEDS(pvgpu_shader_exact_triangle_ds, DOMAIN, .control_points_in = 3, .domain = 2),
        NEEDS(pvgpu_shader_exact_quad_ds, DOMAIN, .control_points_in = 4, .domain = 3),
        NEEDS(pvgpu_shader_exact_full_vs, VERTEX, 0),
        NEEDS(pvgpu_shader_exact_color_ps, PIXEL, 0),
        NEEDS(pvgpu_shader_exact_raw_cs, COMPUTE, 0),
    };
#undef NEEDS
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct pvgpu_dxbc found;
        assert_int_equal(pvgpu_dxbc_check(rows[i].bytes, rows[i].size, rows[i].stage, &found), PVGPU_DXBC_OK);
        if (memcmp(&found.needs, &rows[i].needs, sizeof(found.needs)) != 0)
            fail_msg("%s: primitive %u, control points %u to %u, domain %u, output %u", rows[i].name,
                     found.needs.primitive, found.needs.control_points_in, found.needs.control_points_out,
                     found.needs.domain, found.needs.tess_output);
    }
}

static void test_bad(void **state)
{
    (void)state;
    uint8_t *bytes = malloc(BAD_SHADER_BYTES);
    uint32_t *counts = calloc(PVGPU_DXBC_RULE_COUNT + 1, sizeof(*counts));
    assert_non_null(bytes);
    assert_non_null(counts);
    for (uint32_t i = 0; i < bad_shader_count(); i++) {
        enum pvgpu_stage stage;
        enum pvgpu_dxbc_rule rule;
        const char *detail;
        size_t size = bad_shader_make(i, bytes, BAD_SHADER_BYTES, &stage, &rule, &detail);
        assert_true(size > 0);
        assert_true(rule >= 1 && rule <= PVGPU_DXBC_RULE_COUNT);
        enum pvgpu_dxbc_rule found = check_copy(bytes, size, stage);
        if (found != rule)
            fail_msg("%s (%s): %s", pvgpu_dxbc_rule_name(rule), detail,
                     found ? pvgpu_dxbc_rule_name(found) : "accepted");
        counts[rule]++;
    }
    for (uint32_t rule = 1; rule <= PVGPU_DXBC_RULE_COUNT; rule++) {
        if (counts[rule] == 0)
            fail_msg("no bad shader for %s", pvgpu_dxbc_rule_name((enum pvgpu_dxbc_rule)rule));
    }
    print_message("%u bad shaders for %u rules\n", bad_shader_count(), PVGPU_DXBC_RULE_COUNT);
    free(counts);
    free(bytes);
}

static void test_small_buffers(void **state)
{
    (void)state;
    uint8_t bytes[64];
    enum pvgpu_stage stage;
    enum pvgpu_dxbc_rule rule;
    const char *text;
    assert_int_equal(bad_shader_make(bad_shader_count() - 1, bytes, sizeof(bytes), &stage, &rule, &text), 0);
    assert_int_equal(good_shader_make(good_shader_count() - 1, bytes, sizeof(bytes), &stage, &text), 0);
}

static void test_rules(void **state)
{
    (void)state;
    assert_null(pvgpu_dxbc_rule_text(PVGPU_DXBC_OK));
    assert_null(pvgpu_dxbc_rule_text((enum pvgpu_dxbc_rule)(PVGPU_DXBC_RULE_COUNT + 1)));
    for (uint32_t a = 1; a <= PVGPU_DXBC_RULE_COUNT; a++) {
        assert_true(strlen(pvgpu_dxbc_rule_text((enum pvgpu_dxbc_rule)a)) > 10);
        assert_true(strlen(pvgpu_dxbc_rule_source((enum pvgpu_dxbc_rule)a)) > 3);
        for (uint32_t b = 1; b < a; b++)
            assert_string_not_equal(pvgpu_dxbc_rule_text((enum pvgpu_dxbc_rule)a),
                                    pvgpu_dxbc_rule_text((enum pvgpu_dxbc_rule)b));
    }
}

/* A program that ends anywhere: never good before its end, and nothing is read beyond it. */
static void test_truncated(void **state)
{
    (void)state;
    uint8_t bytes[GOOD_SHADER_BYTES];
    for (uint32_t i = 0; i < good_shader_count(); i++) {
        enum pvgpu_stage stage;
        const char *name;
        uint32_t length;
        size_t size = good_shader_make(i, bytes, sizeof(bytes), &stage, &name);
        size_t program = dxbc_find_chunk(bytes, "SHEX", &length);
        if (!program)
            program = dxbc_find_chunk(bytes, "SHDR", &length);
        uint32_t dwords = dxbc_get(bytes, program + 4);
        if (strcmp(name, "data and nothing") == 0)
            dwords -= 3; /* after its ret there is nothing but a NOP and data: it may end before those */
        uint32_t step = dwords > 200 ? 7 : 1;
        for (uint32_t shorter = 2; shorter < dwords; shorter += step) {
            dxbc_put(bytes, program + 4, shorter);
            dxbc_write_checksum(bytes, size);
            bool whole = strcmp(name, "data and nothing") == 0 && shorter + 4 > dwords; /* data behind the last ret */
            if (check_copy(bytes, size, stage) == PVGPU_DXBC_OK && !whole)
                fail_msg("%s is accepted when only %u dwords of %u are left", name, shorter, dwords);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),      cmocka_unit_test(test_exact),         cmocka_unit_test(test_needs),
        cmocka_unit_test(test_bad),       cmocka_unit_test(test_small_buffers), cmocka_unit_test(test_rules),
        cmocka_unit_test(test_truncated),
    };
    return cmocka_run_group_tests_name("dxbc_program", tests, NULL, NULL);
}
