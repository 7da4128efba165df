/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Where a picture lies in a window: as large as it can be with its shape kept, in the middle, bars around it. Pure
 * arithmetic, any thread.
 */
#ifndef PVGPU_PRESENT_FIT_H
#define PVGPU_PRESENT_FIT_H

#include <stdint.h>

struct pvgpu_fit {
    uint32_t x, y; /* left upper corner in the window, pixels */
    uint32_t width, height; /* in the window, pixels; 0: nothing is to be seen */
    uint32_t scale; /* window pixels along each side of a texel, to be read sharply; 0: no whole number, filter */
};

/* a * b / c, rounded to nearest, within 1 to `most`. c is not 0. */
static inline uint32_t pvgpu_fit_scaled(uint32_t a, uint32_t b, uint32_t c, uint32_t most)
{
    uint64_t product = (uint64_t)a * b;
    uint64_t scaled = product / c + (product % c >= c - c / 2u ? 1u : 0u);
    return scaled < 1 ? 1 : scaled > most ? most : (uint32_t)scaled;
}

/* Sizes in pixels, any; 0 in one of them: nothing is to be seen. A picture is never less than one pixel otherwise. */
static inline struct pvgpu_fit pvgpu_fit_into(uint32_t width, uint32_t height, uint32_t window_width,
                                              uint32_t window_height)
{
    struct pvgpu_fit fit = {0};
    if (!width || !height || !window_width || !window_height)
        return fit;
    /* The side that touches the window's border is exact, the other one rounded. */
    if ((uint64_t)window_width * height <= (uint64_t)window_height * width) {
        fit.width = window_width;
        fit.height = pvgpu_fit_scaled(height, window_width, width, window_height);
    } else {
        fit.height = window_height;
        fit.width = pvgpu_fit_scaled(width, window_height, height, window_width);
    }
    fit.x = (window_width - fit.width) / 2;
    fit.y = (window_height - fit.height) / 2;
    uint32_t scale = fit.width / width;
    if (fit.width % width == 0 && fit.height % height == 0 && fit.height / height == scale)
        fit.scale = scale;
    return fit;
}

#endif
