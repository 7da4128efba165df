/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Presented pixel formats: what is published as it is, and every conversion against values worked out by hand. */
#include "present/frame_format.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define PATTERN 0xA5

struct sample {
    uint32_t format;
    uint8_t texel[16];
    uint8_t rgba[4];
};

/* Little-endian texels. Halves: 0x3C00 = 1, 0x3800 = 0.5, 0xBC00 = -1, 0x7C00 = infinity, 0x7E00 = NaN. */
static const struct sample samples[] = {
    {28, {1, 2, 3, 4}, {1, 2, 3, 4}},
    {29, {1, 2, 3, 4}, {1, 2, 3, 4}},
    {27, {1, 2, 3, 4}, {1, 2, 3, 4}},
    {87, {1, 2, 3, 4}, {3, 2, 1, 4}},
    {91, {1, 2, 3, 4}, {3, 2, 1, 4}},
    {88, {1, 2, 3, 4}, {3, 2, 1, 255}},
    {93, {1, 2, 3, 4}, {3, 2, 1, 255}},
    /* R10G10B10A2: 1023, 512, 1, alpha 2: bits = 1023 | 512 << 10 | 1 << 20 | 2 << 30 = 0x801803FF.
       512 * 255 / 1023 = 127.6; 255 / 1023 = 0.25; 2 * 85 */
    {24, {0xFF, 0x03, 0x18, 0x80}, {255, 128, 0, 170}},
    /* 1, 0.5 (127.5 rounds up), -1, infinity */
    {10, {0x00, 0x3C, 0x00, 0x38, 0x00, 0xBC, 0x00, 0x7C}, {255, 128, 0, 255}},
    /* NaN, 2, 0.25 (63.75), smallest denormal */
    {10, {0x00, 0x7E, 0x00, 0x40, 0x00, 0x34, 0x01, 0x00}, {0, 255, 64, 0}},
    {54, {0x00, 0x38}, {128, 0, 0, 255}},
    {34, {0x00, 0x38, 0x00, 0x3C}, {128, 255, 0, 255}},
    /* 65535, 32768 (127.502), 128 (0.498), 129 (0.502) */
    {11, {0xFF, 0xFF, 0x00, 0x80, 0x80, 0x00, 0x81, 0x00}, {255, 128, 0, 1}},
    {35, {0xFF, 0xFF, 0x00, 0x80}, {255, 128, 0, 255}},
    {56, {0x00, 0x80}, {128, 0, 0, 255}},
    /* 32767, -32768, 16384 (127.504), 0 */
    {13, {0xFF, 0x7F, 0x00, 0x80, 0x00, 0x40, 0x00, 0x00}, {255, 0, 128, 0}},
    {31, {127, 0x80, 64, 0xFF}, {255, 0, 129, 0}}, /* 64 * 255 / 127 = 128.5 */
    {51, {127, 1}, {255, 2, 0, 255}},
    {63, {0x81}, {0, 0, 0, 255}},
    /* 1.0f, 0.5f, -0.0f, NaN */
    {2, {0, 0, 0x80, 0x3F, 0, 0, 0, 0x3F, 0, 0, 0, 0x80, 0, 0, 0xC0, 0x7F}, {255, 128, 0, 0}},
    {6, {0, 0, 0x80, 0x3F, 0, 0, 0, 0x3F, 0, 0, 0x80, 0x3E}, {255, 128, 64, 255}},
    {16, {0, 0, 0x80, 0x3F, 0, 0, 0, 0x3F}, {255, 128, 0, 255}},
    {41, {0, 0, 0, 0x40}, {255, 0, 0, 255}},
    /* R11G11B10: 1.0 = exponent 15: 0x3C0; 0.5 = exponent 14: 0x380; blue 0.25 = exponent 13: 13 << 5 = 0x1A0.
       0x3C0 | 0x380 << 11 | 0x1A0 << 22 = 0x3C0 | 0x1C0000 | 0x68000000 */
    {26, {0xC0, 0x03, 0x1C, 0x68}, {255, 128, 64, 255}},
    {49, {7, 9}, {7, 9, 0, 255}},
    {61, {7}, {7, 0, 0, 255}},
    {65, {7}, {0, 0, 0, 7}},
    /* red 31, green 32 (129.5), blue 1 (8.2): 0xF800 | 32 << 5 | 1 */
    {85, {0x01, 0xFC}, {255, 130, 8, 255}},
    /* alpha 1, red 16 (131.6), green 0, blue 31 */
    {86, {0x1F, 0xC0}, {132, 0, 255, 255}},
    {86, {0x00, 0x7C}, {255, 0, 0, 0}},
    /* blue 1, green 2, red 3, alpha 15: times 17 */
    {115, {0x21, 0xF3}, {51, 34, 17, 255}},
};

static void converts_every_sample(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        const struct sample *sample = &samples[i];
        uint32_t bytes = pvgpu_frame_format_bytes(sample->format);
        /* Three texels at odd addresses: the outer ones zero, so that strides show. */
        uint8_t source[1 + 3 * 16] = {0};
        uint8_t target[1 + 3 * 4 + 1];
        memset(target, PATTERN, sizeof(target));
        memcpy(source + 1 + bytes, sample->texel, bytes);
        assert_true(pvgpu_frame_convert_row(sample->format, source + 1, target + 1, 3));
        assert_memory_equal(target + 1 + 4, sample->rgba, 4);
        assert_int_equal(target[0], PATTERN);
        assert_int_equal(target[1], 0); /* red of a zero texel */
        assert_int_equal(target[9], 0);
        assert_int_equal(target[13], PATTERN);
    }
}

/* Sweeps a whole format against the rule in doubles. */
static void rounds_to_nearest(void **state)
{
    (void)state;
    for (uint32_t value = 0; value < 65536; value++) {
        uint8_t texel[2] = {(uint8_t)value, (uint8_t)(value >> 8)};
        uint8_t rgba[4];
        pvgpu_frame_convert_row(56, texel, rgba, 1);
        assert_int_equal(rgba[0], (int)(value * 255.0 / 65535.0 + 0.5));
    }
    for (uint32_t value = 0; value < 1024; value++) {
        uint8_t texel[4] = {(uint8_t)value, (uint8_t)(value >> 8), 0, 0};
        uint8_t rgba[4];
        pvgpu_frame_convert_row(24, texel, rgba, 1);
        assert_int_equal(rgba[0], (int)(value * 255.0 / 1023.0 + 0.5));
    }
}

static void publishes_six_formats_as_they_are(void **state)
{
    (void)state;
    static const uint32_t as_is[] = {10, 24, 28, 29, 87, 91};
    uint32_t found = 0;
    for (uint32_t format = 0; format < 256; format++) {
        uint32_t published = pvgpu_frame_format_published(format);
        if (published == format && format != 0)
            found++;
        if (published != 0) {
            assert_int_equal(pvgpu_frame_format_published(published), published);
            assert_true(pvgpu_frame_format_bytes(format) > 0);
            assert_string_not_equal(pvgpu_frame_format_name(format), "unknown");
        }
    }
    assert_int_equal(found, sizeof(as_is) / sizeof(as_is[0]));
    for (size_t i = 0; i < found; i++)
        assert_int_equal(pvgpu_frame_format_published(as_is[i]), as_is[i]);
    assert_int_equal(pvgpu_frame_format_published(27), 28);
    assert_int_equal(pvgpu_frame_format_published(90), 87);
    assert_int_equal(pvgpu_frame_format_published(93), 29);
    assert_int_equal(pvgpu_frame_format_published(2), 28);
}

static void refuses_what_cannot_be_shown(void **state)
{
    (void)state;
    /* UNKNOWN, R32_UINT, D24_UNORM_S8_UINT, R8G8B8A8_UINT, BC1, beyond every table, all ones */
    static const uint32_t refused[] = {0, 42, 45, 30, 71, 1000, UINT32_MAX};
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        uint8_t texel[16] = {0};
        uint8_t rgba[4];
        memset(rgba, PATTERN, sizeof(rgba));
        assert_int_equal(pvgpu_frame_format_published(refused[i]), 0);
        assert_int_equal(pvgpu_frame_format_bytes(refused[i]), 0);
        assert_string_equal(pvgpu_frame_format_name(refused[i]), "unknown");
        assert_false(pvgpu_frame_convert_row(refused[i], texel, rgba, 1));
        for (int c = 0; c < 4; c++)
            assert_int_equal(rgba[c], PATTERN);
    }
}

static void encodes_linear_light(void **state)
{
    (void)state;
    /* 1, 0.5, 0.001953125 (2^-9: 12.92 * that * 255 = 6.43), alpha 0.5 stays linear; then NaN, -1, infinity, 0 */
    static const uint8_t source[16] = {0x00, 0x3C, 0x00, 0x38, 0x00, 0x18, 0x00, 0x38,
                                       0x00, 0x7E, 0x00, 0xBC, 0x00, 0x7C, 0x00, 0x00};
    static const uint8_t expected[8] = {255, 188, 6, 128, 0, 0, 255, 0}; /* sRGB(0.5) = 0.7354: 187.5 */
    uint8_t rgba[8];
    pvgpu_frame_convert_linear_row(source, rgba, 2);
    assert_memory_equal(rgba, expected, sizeof(expected));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(converts_every_sample),
        cmocka_unit_test(rounds_to_nearest),
        cmocka_unit_test(publishes_six_formats_as_they_are),
        cmocka_unit_test(refuses_what_cannot_be_shown),
        cmocka_unit_test(encodes_linear_light),
    };
    return cmocka_run_group_tests_name("frame format", tests, NULL, NULL);
}
