/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "fit.h"

static uint32_t scale(uint32_t value, uint32_t by, uint32_t over)
{
    uint64_t scaled = ((uint64_t)value * by + over / 2) / over;
    return scaled > 0 ? (uint32_t)scaled : 1;
}

struct view_rect view_fit(uint32_t width, uint32_t height, uint32_t window_width, uint32_t window_height)
{
    struct view_rect rect = {.width = window_width, .height = window_height};
    if ((uint64_t)window_width * height <= (uint64_t)window_height * width)
        rect.height = scale(height, window_width, width);
    else
        rect.width = scale(width, window_height, height);
    rect.x = (window_width - rect.width) / 2;
    rect.y = (window_height - rect.height) / 2;
    rect.sharp = rect.width % width == 0 && rect.height % height == 0 && rect.width / width == rect.height / height;
    return rect;
}
