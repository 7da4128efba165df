/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * From red, green and blue to the luma and colour-difference planes of a film. Pure functions, any thread.
 *
 * Matrix and range are those that encoders expect of HD material: Rec. ITU-R BT.709-6, items 3.2 to 3.5 (luma
 * 0.2126 R + 0.7152 G + 0.0722 B; differences divided by 1.8556 and 1.5748) and, for 8 bits, item 4.6: luma 16 to 235,
 * differences 16 to 240 around 128. With R, G and B from 0 to 255 and coefficients in 1/65536:
 *
 *     Y  = 16  + ( 11966 R + 40254 G +  4064 B) / 65536
 *     Cb = 128 + (- 6596 R - 22189 G + 28784 B) / 65536
 *     Cr = 128 + ( 28784 R - 26145 G -  2639 B) / 65536
 *
 * each rounded to nearest, halves up. The coefficients are the exact ones rounded; their sums for Cb and Cr are -1 and
 * 0, so greys have differences of 128. Red, green and blue are taken as they are, as is usual for what a computer
 * draws: the sRGB transfer function is not replaced by that of BT.709.
 *
 * 4:2:0 has a difference sample for every 2 x 2 pixels, placed as in MPEG-2 and as H.264 assumes: half-way between the
 * two rows, in line with the left column. It is made of the left, the same and the right column with weights 1, 2, 1
 * in both rows, summed before the matrix so that it is rounded once. Columns and rows outside of the picture are
 * those at its edge; planes of odd sizes are rounded up.
 */
#ifndef PVGPU_TOOLS_CAPTURE_YUV_H
#define PVGPU_TOOLS_CAPTURE_YUV_H

#include <stddef.h>
#include <stdint.h>

enum capture_chroma {
    CAPTURE_CHROMA_420,
    CAPTURE_CHROMA_444,
};

/* Bytes of the three planes of a picture. */
size_t capture_yuv_bytes(uint32_t width, uint32_t height, enum capture_chroma chroma);

/*
 * Converts packed 8-bit RGBA (alpha is ignored) to the planes Y, Cb, Cr, one after the other, each packed, top row
 * first. `planes` has room for capture_yuv_bytes. Width and height are at least 1.
 */
void capture_yuv_convert(const uint8_t *rgba, uint32_t width, uint32_t height, enum capture_chroma chroma,
                         uint8_t *planes);

#endif
