/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The tables of tools/common/frame_pixels.h against the rule that they stand for, every value of every format. */
#include "common/frame_pixels.h"
#include "check.h"
#include "present/frame_format.h"

#include <stdlib.h>

#define WIDTH 509u /* no multiple of anything: the last bytes of a row are not pixels */
#define MARK 0xA5

/* What the rule makes of a row, in the order asked for. */
static void expect_row(const struct pvgpu_frame_info *info, const uint8_t *source, uint8_t *target,
                       enum frame_order order)
{
    if (info->format == PVGPU_FRAME_RGBA16F && info->colour_space == 1)
        pvgpu_frame_convert_linear_row(source, target, info->width);
    else
        pvgpu_frame_convert_row(info->format, source, target, info->width);
    for (uint32_t x = 0; order == FRAME_BGRA && x < info->width; x++, target += 4) {
        uint8_t red = target[0];
        target[0] = target[2];
        target[2] = red;
    }
}

static bool is_same(const struct frame_pixels *pixels, const struct pvgpu_frame_info *info, const uint8_t *source,
                    enum frame_order order)
{
    size_t pitch = (size_t)info->width * 4 + 12;
    size_t size = pitch * info->height;
    uint8_t *actual = malloc(size), *expected = malloc(size);
    if (!actual || !expected)
        abort();
    memset(actual, MARK, size);
    memset(expected, MARK, size);
    frame_pixels_convert(pixels, info, source, actual, pitch, order);
    for (uint32_t y = 0; y < info->height; y++)
        expect_row(info, source + (size_t)y * info->pitch, expected + y * pitch, order);
    bool same = memcmp(actual, expected, size) == 0;
    free(actual);
    free(expected);
    return same;
}

/* Texels that have every value of 16 bits, and hence every one of 10 and 8 bits, in every channel. */
static uint8_t *make_texels(const struct pvgpu_frame_info *info)
{
    uint32_t bytes = pvgpu_frame_format_bytes(info->format);
    uint8_t *texels = calloc(info->height, info->pitch);
    if (!texels)
        abort();
    for (uint32_t y = 0; y < info->height; y++) {
        for (uint32_t x = 0; x < info->width; x++) {
            uint32_t value = y * info->width + x;
            uint32_t words[2] = {value | (value + 7) << 16, (value ^ 0x5555u) << 16 | (value + 30000) % 65536u};
            if (bytes == 4)
                words[0] = value * 2654435761u;
            memcpy(texels + (size_t)y * info->pitch + (size_t)x * bytes, words, bytes);
        }
    }
    return texels;
}

static void every_format(struct check *check)
{
    static const uint32_t formats[] = {10, 24, 28, 29, 87, 91};
    struct frame_pixels *pixels = frame_pixels_create();
    if (!CHECK(pixels != NULL))
        return;
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        for (uint32_t colour_space = 0; colour_space < 2; colour_space++) {
            struct pvgpu_frame_info info = {
                .width = WIDTH,
                .height = 65536 / WIDTH + 1,
                .pitch = WIDTH * pvgpu_frame_format_bytes(formats[i]) + 52,
                .format = formats[i],
                .colour_space = colour_space,
            };
            uint8_t *texels = make_texels(&info);
            CHECK(is_same(pixels, &info, texels, FRAME_RGBA));
            CHECK(is_same(pixels, &info, texels, FRAME_BGRA));
            free(texels);
        }
    }
    frame_pixels_destroy(pixels);
}

/* One pixel of each kind by hand, so that rule and tables cannot be wrong together. */
static void by_hand(struct check *check)
{
    static const struct {
        uint32_t format, colour_space;
        uint8_t texel[8], bgra[4];
    } samples[] = {
        {28, 0, {1, 2, 3, 4}, {3, 2, 1, 4}},
        {91, 0, {1, 2, 3, 4}, {1, 2, 3, 4}},
        /* 1023, 512, 1, 2 of 3 */
        {24, 0, {0xFF, 0x03, 0x18, 0x80}, {0, 128, 255, 170}},
        /* 1, 0.5, -1, infinity; linear 0.5 is 188 in sRGB */
        {10, 0, {0x00, 0x3C, 0x00, 0x38, 0x00, 0xBC, 0x00, 0x7C}, {0, 128, 255, 255}},
        {10, 1, {0x00, 0x3C, 0x00, 0x38, 0x00, 0xBC, 0x00, 0x38}, {0, 188, 255, 128}},
    };
    struct frame_pixels *pixels = frame_pixels_create();
    if (!CHECK(pixels != NULL))
        return;
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        struct pvgpu_frame_info info = {
            .width = 1, .height = 1, .pitch = 8, .format = samples[i].format, .colour_space = samples[i].colour_space};
        uint8_t bgra[4];
        frame_pixels_convert(pixels, &info, samples[i].texel, bgra, 4, FRAME_BGRA);
        CHECK(memcmp(bgra, samples[i].bgra, 4) == 0);
    }
    frame_pixels_destroy(pixels);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {CHECK_CASE(every_format), CHECK_CASE(by_hand)};
    return check_run(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
