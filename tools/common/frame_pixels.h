/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Published frames as 8-bit pixels, for pictures, films and windows. The rule is that of src/present/frame_format.h,
 * kept in tables so that it is fast enough for every frame: linear light (R16G16B16A16_FLOAT with
 * DXGI_COLOR_SPACE_RGB_FULL_G10_NONE_P709) is encoded as sRGB, 10 bits become 8 by rounding, and every other colour
 * space is taken as it is.
 *
 * Functions may be called from any thread; an object is not changed after it was made.
 */
#ifndef PVGPU_TOOLS_FRAME_PIXELS_H
#define PVGPU_TOOLS_FRAME_PIXELS_H

#include "pvgpu/frames.h"

#include <stddef.h>

/* The order of the four bytes of a pixel. */
enum frame_order {
    FRAME_RGBA, /* red first: pictures */
    FRAME_BGRA, /* blue first: windows */
};

struct frame_pixels;

/* NULL: no memory. */
struct frame_pixels *frame_pixels_create(void);

/* NULL is fine. */
void frame_pixels_destroy(struct frame_pixels *pixels);

/*
 * Converts a frame of one of the published formats. `source` has info->pitch bytes a row, `target` target_pitch, of
 * which info->width * 4 are written. The two must not overlap and need no alignment.
 */
void frame_pixels_convert(const struct frame_pixels *pixels, const struct pvgpu_frame_info *info, const void *source,
                          uint8_t *target, size_t target_pitch, enum frame_order order);

#endif
