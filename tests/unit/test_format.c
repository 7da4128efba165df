/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The format table against what the formats' own names say. */
#include "wire/format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), end_length = strlen(end);
    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

/* Adds up the bits after each component letter: "R10G10B10A2_UNORM" has 32. */
static unsigned bits_of_name(const char *name)
{
    unsigned bits = 0;
    for (const char *at = name; *at; at++) {
        if (strchr("RGBAXDSE", *at) && at[1] >= '0' && at[1] <= '9')
            bits += (unsigned)strtoul(at + 1, NULL, 10);
    }
    return bits;
}

static void test_sizes_from_names(void **state)
{
    (void)state;
    unsigned seen = 0;
    for (uint32_t format = 0; format < PVGPU_FORMAT_COUNT; format++) {
        const struct pvgpu_format_info *info = pvgpu_format_info(format);
        if (!info)
            continue;
        seen++;
        if (strncmp(info->name, "BC", 2) == 0) {
            bool small = info->name[2] == '1' || info->name[2] == '4';
            assert_int_equal(info->block_bytes, small ? 8 : 16);
            assert_int_equal(info->block_width, 4);
            assert_int_equal(info->block_height, 4);
            assert_true(info->uses & PVGPU_FORMAT_BLOCK);
        } else {
            assert_int_equal(info->block_bytes * 8, bits_of_name(info->name));
            bool pair = strcmp(info->name, "R8G8_B8G8_UNORM") == 0 || strcmp(info->name, "G8R8_G8B8_UNORM") == 0;
            assert_int_equal(info->block_width, pair ? 2 : 1);
            assert_int_equal(info->block_height, 1);
            assert_false(info->uses & PVGPU_FORMAT_BLOCK);
        }
    }
    assert_int_equal(seen, 65 + 22 + 10 + 1); /* 1 to 65, 67 to 88, 90 to 99, 115 */
}

static void test_families(void **state)
{
    (void)state;
    for (uint32_t format = 0; format < PVGPU_FORMAT_COUNT; format++) {
        const struct pvgpu_format_info *info = pvgpu_format_info(format);
        if (!info)
            continue;
        const struct pvgpu_format_info *head = pvgpu_format_info(info->family);
        assert_non_null(head);
        assert_int_equal(head->family, info->family);
        assert_int_equal(head->block_bytes, info->block_bytes);
        assert_int_equal(head->block_width, info->block_width);
        assert_int_equal(head->block_height, info->block_height);
        if (info->family != format) {
            /* Only typeless formats have others behind them, and the names begin alike. */
            assert_true(head->uses & PVGPU_FORMAT_TYPELESS);
            assert_int_equal(head->name[0] == 'B', info->name[0] == 'B');
        }
        bool typeless = (info->uses & PVGPU_FORMAT_TYPELESS) != 0;
        assert_int_equal(typeless, info->family == format && ends_with(info->name, "_TYPELESS"));
    }
}

static void test_uses(void **state)
{
    (void)state;
    for (uint32_t format = 0; format < PVGPU_FORMAT_COUNT; format++) {
        const struct pvgpu_format_info *info = pvgpu_format_info(format);
        if (!info)
            continue;
        uint32_t uses = info->uses;
        if (uses & PVGPU_FORMAT_TYPELESS)
            assert_false(uses & (PVGPU_FORMAT_SAMPLE | PVGPU_FORMAT_RENDER | PVGPU_FORMAT_DEPTH | PVGPU_FORMAT_VERTEX |
                                 PVGPU_FORMAT_BUFFER | PVGPU_FORMAT_INTEGER));
        if (uses & PVGPU_FORMAT_BLOCK)
            assert_false(uses & (PVGPU_FORMAT_RENDER | PVGPU_FORMAT_DEPTH | PVGPU_FORMAT_VERTEX | PVGPU_FORMAT_BUFFER));
        if (uses & PVGPU_FORMAT_DEPTH) {
            assert_int_equal(info->name[0], 'D');
            assert_false(uses &
                         (PVGPU_FORMAT_RENDER | PVGPU_FORMAT_VERTEX | PVGPU_FORMAT_BUFFER | PVGPU_FORMAT_SAMPLE));
            /* Its family's depth view is this format, and no other format's is. */
            assert_int_equal(pvgpu_format_depth_view(info->family), format);
        }
        if (ends_with(info->name, "_SRGB"))
            assert_false(uses & (PVGPU_FORMAT_VERTEX | PVGPU_FORMAT_BUFFER));
        if (ends_with(info->name, "_UINT") && !(uses & PVGPU_FORMAT_DEPTH) && strncmp(info->name, "X", 1) != 0)
            assert_true(uses & PVGPU_FORMAT_INTEGER);
        if (ends_with(info->name, "_SINT"))
            assert_true(uses & PVGPU_FORMAT_INTEGER);
        if (uses & PVGPU_FORMAT_INTEGER)
            assert_true(ends_with(info->name, "_UINT") || ends_with(info->name, "_SINT"));
        /* Every format can be used for something. */
        assert_true(uses & (PVGPU_FORMAT_TEXTURE | PVGPU_FORMAT_SAMPLE));
    }
}

static void test_depth_views(void **state)
{
    (void)state;
    unsigned found = 0;
    for (uint32_t family = 0; family < 300; family++) {
        uint32_t view = pvgpu_format_depth_view(family);
        if (!view)
            continue;
        found++;
        assert_non_null(pvgpu_format_info(view));
        assert_true(pvgpu_format_info(view)->uses & PVGPU_FORMAT_DEPTH);
        assert_int_equal(pvgpu_format_info(view)->family, family);
    }
    assert_int_equal(found, 4);
    assert_int_equal(pvgpu_format_depth_view(UINT32_MAX), 0);
}

static void test_names_and_limits(void **state)
{
    (void)state;
    static const uint32_t unknown[] = {0,   66,  89,   100,        103,        114,       116,
                                       117, 191, 4711, 0x7FFFFFFF, 0x80000000, UINT32_MAX};
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        assert_null(pvgpu_format_info(unknown[i]));
        assert_string_equal(pvgpu_format_name(unknown[i]), "unknown");
    }
    assert_string_equal(pvgpu_format_name(PVGPU_FORMAT_R8G8B8A8_UNORM), "R8G8B8A8_UNORM");
    assert_string_equal(pvgpu_format_name(PVGPU_FORMAT_B8G8R8A8_UNORM), "B8G8R8A8_UNORM");
    assert_string_equal(pvgpu_format_name(PVGPU_FORMAT_R32_FLOAT), "R32_FLOAT");
    assert_string_equal(pvgpu_format_name(PVGPU_FORMAT_R32_UINT), "R32_UINT");
    assert_string_equal(pvgpu_format_name(PVGPU_FORMAT_R16_UINT), "R16_UINT");
    assert_string_equal(pvgpu_format_name(PVGPU_FORMAT_COUNT - 1), "B4G4R4A4_UNORM");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes_from_names), cmocka_unit_test(test_families),         cmocka_unit_test(test_uses),
        cmocka_unit_test(test_depth_views),      cmocka_unit_test(test_names_and_limits),
    };
    return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
