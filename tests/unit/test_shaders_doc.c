/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* docs/shaders.md (its path is argv[1]): its table of rules is the code's. --print writes the table for it. */
#include "wire/dxbc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MAX_BYTES 0x100000
#define ROW_CHARS 512

static void make_row(enum pvgpu_dxbc_rule rule, char row[ROW_CHARS])
{
    snprintf(row, ROW_CHARS, "| %s | %s | %s |\n", pvgpu_dxbc_rule_name(rule), pvgpu_dxbc_rule_text(rule),
             pvgpu_dxbc_rule_source(rule));
}

static void test_table(void **state)
{
    const char *begin = strstr(*state, "<!-- rules:begin -->\n"), *end = strstr(*state, "<!-- rules:end -->");
    assert_non_null(begin);
    assert_non_null(end);
    const char *line = strchr(begin, '\n') + 1;
    for (unsigned heading = 0; heading < 2; heading++) {
        assert_int_equal(line[0], '|');
        line = strchr(line, '\n') + 1;
    }
    for (uint32_t rule = 1; rule <= PVGPU_DXBC_RULE_COUNT; rule++) {
        char row[ROW_CHARS];
        make_row((enum pvgpu_dxbc_rule)rule, row);
        if (strncmp(line, row, strlen(row)) != 0)
            fail_msg("instead of %.*s the table must say %s", (int)strcspn(line, "\n"), line, row);
        line += strlen(row);
    }
    assert_ptr_equal(line, end);
}

static char *read_document(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text = file ? calloc(1, MAX_BYTES) : NULL;
    if (text && fread(text, 1, MAX_BYTES - 1, file) == 0) {
        free(text);
        text = NULL;
    }
    if (file)
        fclose(file);
    return text;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--print") == 0) {
        for (uint32_t rule = 1; rule <= PVGPU_DXBC_RULE_COUNT; rule++) {
            char row[ROW_CHARS];
            make_row((enum pvgpu_dxbc_rule)rule, row);
            fputs(row, stdout);
        }
        return 0;
    }
    char *text = argc > 1 ? read_document(argv[1]) : NULL;
    if (!text) {
        fprintf(stderr, "usage: test_shaders_doc docs/shaders.md | --print\n");
        return 2;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test_prestate(test_table, text)};
    int failed = cmocka_run_group_tests_name("shaders_doc", tests, NULL, NULL);
    free(text);
    return failed;
}
