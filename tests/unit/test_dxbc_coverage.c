/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * How much of the instruction table the good shaders use: all corpora of compiled ones, and those that are assembled.
 * What none of them uses is printed. An instruction that protocol 1.0 accepts and that no good shader has is a hole in
 * the tests of the check, so there must be none.
 */
#include "dxbc_builder.h"
#include "good_shaders.h"

#include "shaders/exact/generated/all.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *const names[PVGPU_DXBC_OPCODE_LIMIT] = {
#define OP(number, name, model, stages, kind, operands) [number] = #name,
#include "wire/dxbc_opcodes.inc"
#undef OP
};

struct use {
    uint32_t compiled[PVGPU_DXBC_OPCODE_LIMIT], assembled[PVGPU_DXBC_OPCODE_LIMIT];
};

/* Of an accepted shader, whose lengths can be believed. */
static void count_opcodes(const uint8_t *bytes, uint32_t *counts)
{
    uint32_t length;
    size_t start = dxbc_find_chunk(bytes, "SHEX", &length);
    if (!start)
        start = dxbc_find_chunk(bytes, "SHDR", &length);
    assert_true(start > 0);
    for (uint32_t at = 2; at < length / 4;) {
        uint32_t token = dxbc_get(bytes, start + 4 * (size_t)at), opcode = token & 0x7FF;
        assert_true(opcode < PVGPU_DXBC_OPCODE_LIMIT);
        counts[opcode]++;
        at += opcode == PVGPU_DXBC_OP_CUSTOMDATA ? dxbc_get(bytes, start + 4 * (size_t)at + 4) : token >> 24 & 0x7F;
    }
}

static void count_all(struct use *use)
{
    static const uint8_t *const exact[] = {
#define EXACT(name, stage, model, blob) blob,
        PVGPU_SHADERS_OF_EXACT(EXACT)
#undef EXACT
    };
    static uint8_t bytes[GOOD_SHADER_BYTES];
    for (size_t i = 0; i < sizeof(exact) / sizeof(exact[0]); i++)
        count_opcodes(exact[i], use->compiled);
    for (uint32_t i = 0; i < good_shader_count(); i++) {
        enum pvgpu_stage stage;
        const char *name;
        assert_true(good_shader_make(i, bytes, sizeof(bytes), &stage, &name) > 0);
        count_opcodes(bytes, good_shader_is_compiled(i) ? use->compiled : use->assembled);
    }
}

static void test_opcodes(void **state)
{
    (void)state;
    static struct use use;
    uint32_t known = 0, compiled = 0, assembled = 0, unused = 0;
    count_all(&use);
    for (uint32_t opcode = 0; opcode < PVGPU_DXBC_OPCODE_LIMIT; opcode++) {
        uint8_t kind = pvgpu_dxbc_opcode(opcode)->kind;
        if (kind == PVGPU_DXBC_UNKNOWN_OPCODE || kind == PVGPU_DXBC_INTERFACE)
            continue;
        known++;
        compiled += use.compiled[opcode] != 0;
        assembled += !use.compiled[opcode] && use.assembled[opcode];
        if (use.compiled[opcode] || use.assembled[opcode])
            continue;
        unused++;
        print_message("no good shader uses %s\n", names[opcode]);
    }
    print_message("%u instructions: %u in compiled shaders, %u in assembled ones alone, %u in none\n", known, compiled,
                  assembled, unused);
    assert_int_equal(unused, 0);
}

/* Of the corpus alone: the number that is promised, and every stage and shader model. */
static void test_corpus(void **state)
{
    (void)state;
    uint32_t count = 0, stages = 0, models = 0;
    static uint8_t bytes[GOOD_SHADER_BYTES];
    for (uint32_t i = 0; i < good_shader_count(); i++) {
        struct pvgpu_dxbc found;
        enum pvgpu_stage stage;
        const char *name;
        size_t size = good_shader_make(i, bytes, sizeof(bytes), &stage, &name);
        if (!good_shader_is_compiled(i))
            continue;
        assert_int_equal(pvgpu_dxbc_check(bytes, size, stage, &found), PVGPU_DXBC_OK);
        count++;
        stages |= 1u << stage;
        models |= 1u << (10 * found.major + found.minor - 40);
    }
    assert_true(count >= 40);
    assert_int_equal(stages, (1u << PVGPU_STAGE_COUNT) - 1);
    assert_int_equal(models, 1u << 0 | 1u << 1 | 1u << 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_opcodes),
        cmocka_unit_test(test_corpus),
    };
    return cmocka_run_group_tests_name("dxbc_coverage", tests, NULL, NULL);
}
