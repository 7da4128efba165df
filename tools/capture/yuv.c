/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "yuv.h"

#define SHIFT 16 /* of the coefficients */
#define SUBSAMPLED_SHIFT 3 /* of the weights of a 4:2:0 sample: they add up to 8 */

/* red, green, blue: sums whose weights add up to 1 << extra. The sum below is never negative. */
static uint8_t difference(const int32_t coefficients[3], int32_t red, int32_t green, int32_t blue, int extra)
{
    int32_t sum = coefficients[0] * red + coefficients[1] * green + coefficients[2] * blue;
    return (uint8_t)((sum + (int32_t)(257u << (SHIFT + extra - 1))) >> (SHIFT + extra)); /* 128 and a half */
}

static const int32_t to_cb[3] = {-6596, -22189, 28784};
static const int32_t to_cr[3] = {28784, -26145, -2639};

static void luma_plane(const uint8_t *rgba, size_t count, uint8_t *plane)
{
    for (size_t i = 0; i < count; i++, rgba += 4)
        plane[i] = (uint8_t)((11966u * rgba[0] + 40254u * rgba[1] + 4064u * rgba[2] + (33u << (SHIFT - 1))) >> SHIFT);
}

static void full_planes(const uint8_t *rgba, size_t count, uint8_t *cb, uint8_t *cr)
{
    for (size_t i = 0; i < count; i++, rgba += 4) {
        cb[i] = difference(to_cb, rgba[0], rgba[1], rgba[2], 0);
        cr[i] = difference(to_cr, rgba[0], rgba[1], rgba[2], 0);
    }
}

/* Columns left, middle and right of two rows, weights 1, 2, 1. */
static int32_t weigh(const uint8_t *top, const uint8_t *bottom, size_t left, size_t middle, size_t right)
{
    return top[left] + 2 * top[middle] + top[right] + bottom[left] + 2 * bottom[middle] + bottom[right];
}

static void subsampled_row(const uint8_t *top, const uint8_t *bottom, uint32_t width, uint8_t *cb, uint8_t *cr)
{
    for (size_t x = 0; x < width; x += 2) {
        size_t left = 4 * (x > 0 ? x - 1 : 0);
        size_t right = 4 * (x + 1 < width ? x + 1 : x);
        int32_t red = weigh(top, bottom, left, 4 * x, right);
        int32_t green = weigh(top + 1, bottom + 1, left, 4 * x, right);
        int32_t blue = weigh(top + 2, bottom + 2, left, 4 * x, right);
        *cb++ = difference(to_cb, red, green, blue, SUBSAMPLED_SHIFT);
        *cr++ = difference(to_cr, red, green, blue, SUBSAMPLED_SHIFT);
    }
}

static size_t difference_bytes(uint32_t width, uint32_t height, enum capture_chroma chroma)
{
    if (chroma == CAPTURE_CHROMA_444)
        return (size_t)width * height;
    return ((size_t)width + 1) / 2 * (((size_t)height + 1) / 2);
}

size_t capture_yuv_bytes(uint32_t width, uint32_t height, enum capture_chroma chroma)
{
    return (size_t)width * height + 2 * difference_bytes(width, height, chroma);
}

void capture_yuv_convert(const uint8_t *rgba, uint32_t width, uint32_t height, enum capture_chroma chroma,
                         uint8_t *planes)
{
    size_t count = (size_t)width * height;
    uint8_t *cb = planes + count;
    uint8_t *cr = cb + difference_bytes(width, height, chroma);
    luma_plane(rgba, count, planes);
    if (chroma == CAPTURE_CHROMA_444) {
        full_planes(rgba, count, cb, cr);
        return;
    }
    size_t pitch = (size_t)width * 4;
    size_t columns = ((size_t)width + 1) / 2;
    for (size_t y = 0; y < height; y += 2, cb += columns, cr += columns) {
        const uint8_t *top = rgba + y * pitch;
        subsampled_row(top, y + 1 < height ? top + pitch : top, width, cb, cr);
    }
}
