/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "frame_pixels.h"

#include "present/frame_format.h"

#include <stdlib.h>
#include <string.h>

#define HALVES 65536u
#define LINEAR_BT709 1u /* DXGI_COLOR_SPACE_RGB_FULL_G10_NONE_P709 */

struct frame_pixels {
    uint8_t plain[HALVES]; /* of a 16-bit float as it is */
    uint8_t encoded[HALVES]; /* of a 16-bit float that is linear light */
    uint8_t ten[1024];
    uint8_t two[4];
};

struct frame_pixels *frame_pixels_create(void)
{
    struct frame_pixels *pixels = malloc(sizeof(*pixels));
    if (!pixels)
        return NULL;
    uint8_t rgba[4];
    for (uint32_t i = 0; i < HALVES; i++) {
        const uint8_t texel[8] = {(uint8_t)i, (uint8_t)(i >> 8)};
        pvgpu_frame_convert_row(PVGPU_FRAME_RGBA16F, texel, rgba, 1);
        pixels->plain[i] = rgba[0];
        pvgpu_frame_convert_linear_row(texel, rgba, 1);
        pixels->encoded[i] = rgba[0];
    }
    for (uint32_t i = 0; i < 1024; i++) {
        const uint8_t texel[4] = {(uint8_t)i, (uint8_t)(i >> 8), 0, (uint8_t)(i << 6)};
        pvgpu_frame_convert_row(PVGPU_FRAME_RGB10A2, texel, rgba, 1);
        pixels->ten[i] = rgba[0];
        pixels->two[i & 3] = rgba[3];
    }
    return pixels;
}

void frame_pixels_destroy(struct frame_pixels *pixels)
{
    free(pixels);
}

/* Exchanges the first and third byte of every pixel. */
static void swap_row(const uint8_t *source, uint8_t *target, uint32_t width)
{
    for (uint32_t x = 0; x < width; x++) {
        uint32_t pixel;
        memcpy(&pixel, source + 4 * (size_t)x, 4);
        pixel = (pixel & 0xFF00FF00u) | (pixel >> 16 & 0xFFu) | (pixel & 0xFFu) << 16;
        memcpy(target + 4 * (size_t)x, &pixel, 4);
    }
}

static void ten_bits_row(const struct frame_pixels *pixels, const uint8_t *source, uint8_t *target, uint32_t width,
                         uint32_t red)
{
    for (uint32_t x = 0; x < width; x++, source += 4, target += 4) {
        uint32_t bits;
        memcpy(&bits, source, 4);
        target[red] = pixels->ten[bits & 1023];
        target[1] = pixels->ten[bits >> 10 & 1023];
        target[2 - red] = pixels->ten[bits >> 20 & 1023];
        target[3] = pixels->two[bits >> 30];
    }
}

static void half_row(const struct frame_pixels *pixels, const uint8_t *colours, const uint8_t *source, uint8_t *target,
                     uint32_t width, uint32_t red)
{
    for (uint32_t x = 0; x < width; x++, source += 8, target += 4) {
        uint16_t halves[4];
        memcpy(halves, source, 8);
        target[red] = colours[halves[0]];
        target[1] = colours[halves[1]];
        target[2 - red] = colours[halves[2]];
        target[3] = pixels->plain[halves[3]];
    }
}

void frame_pixels_convert(const struct frame_pixels *pixels, const struct pvgpu_frame_info *info, const void *source,
                          uint8_t *target, size_t target_pitch, enum frame_order order)
{
    uint32_t red = order == FRAME_RGBA ? 0 : 2;
    bool blue_first = info->format == PVGPU_FRAME_BGRA8 || info->format == PVGPU_FRAME_BGRA8_SRGB;
    const uint8_t *colours = info->colour_space == LINEAR_BT709 ? pixels->encoded : pixels->plain;
    const uint8_t *row = source;
    for (uint32_t y = 0; y < info->height; y++, row += info->pitch, target += target_pitch) {
        if (info->format == PVGPU_FRAME_RGBA16F)
            half_row(pixels, colours, row, target, info->width, red);
        else if (info->format == PVGPU_FRAME_RGB10A2)
            ten_bits_row(pixels, row, target, info->width, red);
        else if (blue_first == (order == FRAME_BGRA))
            memcpy(target, row, (size_t)info->width * 4);
        else
            swap_row(row, target, info->width);
    }
}
