/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The command table: every opcode is found, nothing else is, and its sizes make sense. */
#include "wire/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_every_opcode(void **state)
{
    (void)state;
    /* Spelt out, so that a row lost from the table is seen. */
    static const uint16_t opcodes[] = {
        0x0001, 0x0002, 0x0003, 0x0004, 0x0005, 0x0006, 0x0007, 0x0010, 0x0011, 0x0012, 0x0013, 0x0014, 0x0015, 0x0016,
        0x0017, 0x0018, 0x0019, 0x0020, 0x0021, 0x0022, 0x0023, 0x0024, 0x0025, 0x0026, 0x0027, 0x0030, 0x0031, 0x0101,
        0x0102, 0x0103, 0x0104, 0x0105, 0x0106, 0x0107, 0x0108, 0x0109, 0x010A, 0x010B, 0x010C, 0x010D, 0x010E, 0x010F,
        0x0201, 0x0202, 0x0203, 0x0204, 0x0205, 0x0206, 0x0207, 0x0301, 0x0302, 0x0303, 0x0304, 0x0305,
    };
    const uint32_t count = sizeof(opcodes) / sizeof(opcodes[0]);
    assert_int_equal(count, PVGPU_COMMAND_COUNT);

    uint32_t next = 0; /* opcodes rise, so one walk over all 16-bit values finds each in turn */
    for (uint32_t opcode = 0; opcode <= 0xFFFF; opcode++) {
        int index = pvgpu_command_find(opcode);
        if (next < count && opcode == opcodes[next]) {
            assert_in_range(index, 0, PVGPU_COMMAND_COUNT - 1);
            assert_int_equal(pvgpu_command_info((uint32_t)index)->opcode, opcode);
            next++;
        } else {
            assert_int_equal(index, -1);
        }
    }
    assert_int_equal(next, count);
}

static void test_far_opcodes(void **state)
{
    (void)state;
    /* Known opcodes with bits set above, and the ends of the number range. */
    for (uint32_t index = 0; index < PVGPU_COMMAND_COUNT; index++) {
        uint32_t opcode = pvgpu_command_info(index)->opcode;
        for (unsigned bit = 10; bit < 32; bit++)
            assert_int_equal(pvgpu_command_find(opcode | UINT32_C(1) << bit), -1);
    }
    assert_int_equal(pvgpu_command_find(0), -1);
    assert_int_equal(pvgpu_command_find(UINT32_MAX), -1);
    assert_int_equal(pvgpu_command_find(INT32_MAX), -1);
    assert_int_equal(pvgpu_command_find(UINT32_C(0x80000001)), -1);
}

static void test_rows(void **state)
{
    (void)state;
    for (uint32_t index = 0; index < PVGPU_COMMAND_COUNT; index++) {
        const struct pvgpu_command_info *info = pvgpu_command_info(index);
        assert_int_equal(pvgpu_command_find(info->opcode), index);
        assert_non_null(info->name);
        assert_int_equal(strspn(info->name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"), strlen(info->name));
        assert_true(info->least >= sizeof(struct pvgpu_command_header));
        assert_true(info->least <= info->full);
        assert_int_equal(info->least % 4, 0);
        assert_int_equal(info->full % 4, 0);
        assert_true(info->full <= PVGPU_COMMAND_LARGEST_LAYOUT);
        for (uint32_t other = 0; other < index; other++)
            assert_string_not_equal(info->name, pvgpu_command_info(other)->name);
    }
}

static void check_sizes(uint32_t opcode, const char *name, uint32_t least, uint32_t full)
{
    int index = pvgpu_command_find(opcode);
    assert_true(index >= 0);
    const struct pvgpu_command_info *info = pvgpu_command_info((uint32_t)index);
    assert_string_equal(info->name, name);
    assert_int_equal(info->least, least);
    assert_int_equal(info->full, full);
}

/* The sizes that guests in the field send: a table that asked for more would break them. */
static void test_known_sizes(void **state)
{
    (void)state;
    check_sizes(PVGPU_CREATE_RESOURCE, "CREATE_RESOURCE", 64, 64);
    check_sizes(PVGPU_DESTROY_RESOURCE, "DESTROY_RESOURCE", 16, 32);
    check_sizes(PVGPU_DESTROY_UNORDERED_ACCESS_VIEW, "DESTROY_UNORDERED_ACCESS_VIEW", 16, 32);
    check_sizes(PVGPU_DESTROY_SHADER, "DESTROY_SHADER", 16, 32);
    check_sizes(PVGPU_COPY_RESOURCE, "COPY_RESOURCE", 24, 72);
    check_sizes(PVGPU_CREATE_INPUT_LAYOUT, "CREATE_INPUT_LAYOUT", 24, 920);
    check_sizes(PVGPU_SET_BLEND_STATE, "SET_BLEND_STATE", 40, 44);
    check_sizes(PVGPU_SET_VIEWPORT, "SET_VIEWPORT", 20, 404);
    check_sizes(PVGPU_SET_SHADER_RESOURCE, "SET_SHADER_RESOURCE", 28, 540);
    check_sizes(PVGPU_SET_INPUT_LAYOUT, "SET_INPUT_LAYOUT", 16, 32);
    check_sizes(PVGPU_FLUSH, "FLUSH", 16, 16);
    check_sizes(PVGPU_WAIT_FENCE, "WAIT_FENCE", 16, 24);
    check_sizes(PVGPU_RESIZE_BUFFERS, "RESIZE_BUFFERS", 28, 48);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_opcode),
        cmocka_unit_test(test_far_opcodes),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_known_sizes),
    };
    return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
