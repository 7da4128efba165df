/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Pixel formats of presented frames. Pure functions, any thread.
 *
 * Six formats are published as they are: R8G8B8A8 and B8G8R8A8 (UNORM and UNORM_SRGB), R10G10B10A2_UNORM,
 * R16G16B16A16_FLOAT. A typeless texture counts as the UNORM (or FLOAT) member of its family.
 *
 * Every other colour format that has a floating-point or normalised meaning is converted to R8G8B8A8_UNORM (to
 * R8G8B8A8_UNORM_SRGB, bytes unchanged, if the source is an sRGB format). The rule, the same on every host because
 * the processor does it:
 *   1. the texel is expanded as a shader would see it: absent green and blue are 0, absent alpha is 1 (A8_UNORM: red,
 *      green and blue are 0);
 *   2. values below 0 become 0, above 1 become 1, NaN becomes 0: no tone mapping, no transfer function;
 *   3. each channel becomes value * 255, rounded to nearest, halves up.
 * Integer (UINT, SINT), depth, compressed, planar and shared-exponent formats cannot be presented.
 */
#ifndef PVGPU_PRESENT_FRAME_FORMAT_H
#define PVGPU_PRESENT_FRAME_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

/* DXGI_FORMAT numerals of what is published. */
#define PVGPU_FRAME_RGBA16F 10u
#define PVGPU_FRAME_RGB10A2 24u
#define PVGPU_FRAME_RGBA8 28u
#define PVGPU_FRAME_RGBA8_SRGB 29u
#define PVGPU_FRAME_BGRA8 87u
#define PVGPU_FRAME_BGRA8_SRGB 91u

/* The format in which frames of `format` are published: itself, or the target of the conversion; 0: not presentable. */
uint32_t pvgpu_frame_format_published(uint32_t format);

/* Whether the published bytes are the format's own, so that rows are copied and not converted. */
bool pvgpu_frame_format_is_plain(uint32_t format);

/* Bytes of a pixel of a presentable format; 0 for all others. */
uint32_t pvgpu_frame_format_bytes(uint32_t format);

/* The DXGI_COLOR_SPACE_TYPE of frames that are published in this format: sRGB, or what DXGI takes RGBA16F for. */
uint32_t pvgpu_frame_format_colour_space(uint32_t published);

/* "R8G8B8A8_UNORM" and so on; "unknown" for a format that is not presentable. Static. */
const char *pvgpu_frame_format_name(uint32_t format);

/*
 * Converts a row of `width` pixels of any presentable format to 8-bit RGBA by the rule above; source and target must
 * not overlap and need no alignment. False, and nothing is written, when the format is not presentable.
 * This is also how a published frame becomes a picture file; pvgpu_frame_convert_linear_row is for linear ones.
 */
bool pvgpu_frame_convert_row(uint32_t format, const void *source, uint8_t *rgba, uint32_t width);

/*
 * The same for R16G16B16A16_FLOAT whose red, green and blue are linear light with BT.709 primaries (colour space
 * DXGI_COLOR_SPACE_RGB_FULL_G10_NONE_P709, 1): clamped to 0..1, encoded with the sRGB transfer function, rounded to
 * nearest. Alpha is not encoded.
 */
void pvgpu_frame_convert_linear_row(const void *source, uint8_t *rgba, uint32_t width);

#endif
