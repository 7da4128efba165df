/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Where a picture goes in a window. Pure, any thread. */
#ifndef PVGPU_TOOLS_VIEW_FIT_H
#define PVGPU_TOOLS_VIEW_FIT_H

#include <stdbool.h>
#include <stdint.h>

struct view_rect {
    uint32_t x, y, width, height; /* pixels of the window; width and height at least 1 */
    bool sharp; /* every pixel of the picture covers a whole number of the window's: no smoothing */
};

/*
 * The largest rectangle of the picture's shape in the middle of a window. All four sizes are 1 to 2^31 - 1. A side may be
 * off by half a pixel; a picture thinner than a pixel gets one.
 */
struct view_rect view_fit(uint32_t width, uint32_t height, uint32_t window_width, uint32_t window_height);

#endif
