/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * docs/protocol.md (its path is argv[1]): the tables of commands and rules are the code's, and every command has a
 * section. tools/protocol-tables.py writes them.
 */
#include "wire/command.h"
#include "wire/rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MAX_BYTES 0x100000

/* The whole document, NUL-terminated; NULL if it cannot be read or is empty or too long. */
static char *read_document(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    char *text = malloc(MAX_BYTES);
    size_t bytes = text ? fread(text, 1, MAX_BYTES - 1, file) : 0;
    fclose(file);
    if (bytes == 0 || bytes == MAX_BYTES - 1) {
        free(text);
        return NULL;
    }
    text[bytes] = 0;
    return text;
}

/* The lines between the two markers; the table's heading and rule are passed over. */
static const char *find_table(const char *text, const char *name, const char **end)
{
    char marker[64];
    snprintf(marker, sizeof(marker), "<!-- %s:begin -->\n", name);
    const char *begin = strstr(text, marker);
    assert_non_null(begin);
    assert_null(strstr(begin + 1, marker));
    snprintf(marker, sizeof(marker), "<!-- %s:end -->", name);
    *end = strstr(begin, marker);
    assert_non_null(*end);
    begin = strchr(begin, '\n') + 1;
    for (unsigned heading = 0; heading < 2; heading++) {
        assert_int_equal(begin[0], '|');
        begin = strchr(begin, '\n') + 1;
    }
    return begin;
}

static void test_table(void **state)
{
    const char *end;
    const char *line = find_table(*state, "commands", &end);
    for (uint32_t index = 0; index < PVGPU_COMMAND_COUNT; index++) {
        const struct pvgpu_command_info *info = pvgpu_command_info(index);
        if (line >= end)
            fail_msg("the table ends before %s", info->name);
        unsigned opcode, least, full;
        char name[64], anchor[64];
        int length = 0;
        int fields = sscanf(line, "| 0x%4X | [%63[A-Z_]](#%63[a-z_]) | %u | %u |%n", &opcode, name, anchor, &least,
                            &full, &length);
        if (fields != 5 || length == 0 || line[length] != '\n')
            fail_msg("not a row of the command table: %.*s", (int)strcspn(line, "\n"), line);
        assert_string_equal(name, info->name);
        for (char *c = name; *c; c++)
            *c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
        assert_string_equal(anchor, name);
        assert_int_equal(opcode, info->opcode);
        assert_int_equal(least, info->least);
        assert_int_equal(full, info->full);
        line += length + 1;
    }
    assert_ptr_equal(line, end);
}

static void test_rules(void **state)
{
    const char *end;
    const char *line = find_table(*state, "rules", &end);
    for (uint32_t rule = PVGPU_RULE_NONE + 1; rule < PVGPU_RULE_COUNT; rule++) {
        const struct pvgpu_rule_info *info = pvgpu_rule_info((enum pvgpu_rule)rule);
        char row[400];
        int length =
            snprintf(row, sizeof(row), "| %s | %u | %s | %s |\n", info->name, info->code, info->text, info->source);
        assert_in_range(length, 1, sizeof(row) - 1);
        if (strncmp(line, row, (size_t)length) != 0)
            fail_msg("the table of rules has another row where this belongs: %s", row);
        line += length;
    }
    assert_ptr_equal(line, end);
}

static void test_sections(void **state)
{
    const char *text = *state;
    for (uint32_t index = 0; index < PVGPU_COMMAND_COUNT; index++) {
        char heading[80];
        snprintf(heading, sizeof(heading), "\n#### %s\n", pvgpu_command_info(index)->name);
        const char *found = strstr(text, heading);
        if (!found)
            fail_msg("no section %s", heading + 1);
        assert_null(strstr(found + 1, heading));
    }
}

/* Numbers of the header that the text repeats, as the text writes them. */
static void test_numbers(void **state)
{
    const char *text = *state;
    const struct {
        const char *format;
        unsigned value;
    } rows[] = {
        {"| 0x000 | magic | u32 | - | 0x%08X;", PVGPU_MAGIC},
        {"| 0x004 | version | u32 | - | major in the high half, minor in the low half | 0x%08X |", PVGPU_VERSION_1_0},
        {"| 0x008 | features | u64 | - | feature bits | 0x%X |", PVGPU_FEATURES_1_0},
        {"| control region | 0 | 0x%X |", PVGPU_CONTROL_BYTES},
        {"| command ring | 0x1000 | 0x%X (16 MiB) |", PVGPU_DEFAULT_RING_BYTES},
        {"| resource heap | 0x%X |", PVGPU_DEFAULT_HEAP_OFFSET},
        {"| 0x%03X | producer | u64 | guest |", (unsigned)offsetof(struct pvgpu_control_region, producer)},
        {"| 0x%03X | consumer | u64 | host |", (unsigned)offsetof(struct pvgpu_control_region, consumer)},
        {"| 0x%03X | fence_completed | u64 | host |", (unsigned)offsetof(struct pvgpu_control_region, fence_completed)},
        {"| 0x%03X | status | u32 | host |", (unsigned)offsetof(struct pvgpu_control_region, status)},
        {"| 0x%03X | error_code | u32 | host |", (unsigned)offsetof(struct pvgpu_control_region, error_code)},
        {"| 0x%03X | error_argument | u32 | host |", (unsigned)offsetof(struct pvgpu_control_region, error_argument)},
        {"| 0x%03X | display_width | u32 | guest |", (unsigned)offsetof(struct pvgpu_control_region, display_width)},
        {"| 0x%02X | W | doorbell", PVGPU_REG_DOORBELL},
        {"| 0x%02X | W | reset", PVGPU_REG_RESET},
        {"| %u | SHADER_COMPILATION |", PVGPU_ERROR_SHADER_COMPILATION},
        {"| %u | DEVICE_LOST | the GPU was", PVGPU_ERROR_DEVICE_LOST},
        {"| %u | INTERNAL |", PVGPU_ERROR_INTERNAL},
        {"| %u | HANDSHAKE_ACK | host |", PVGPU_MESSAGE_HANDSHAKE_ACK},
        {"| %u | SHUTDOWN | either |", PVGPU_MESSAGE_SHUTDOWN},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char row[160];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(row, sizeof(row), rows[i].format, rows[i].value);
#pragma GCC diagnostic pop
        if (!strstr(text, row))
            fail_msg("the document does not say: %s", row);
    }
}

int main(int argc, char **argv)
{
    char *text = argc > 1 ? read_document(argv[1]) : NULL;
    if (!text) {
        fprintf(stderr, "usage: test_protocol_doc docs/protocol.md\n");
        return 2;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(test_table, text),
        cmocka_unit_test_prestate(test_rules, text),
        cmocka_unit_test_prestate(test_sections, text),
        cmocka_unit_test_prestate(test_numbers, text),
    };
    int failed = cmocka_run_group_tests_name("protocol_doc", tests, NULL, NULL);
    free(text);
    return failed;
}
