/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Pictures as PNG files: red, green and blue with 8 bits each. A frame's alpha is not part of what a screen would show.
 * One thread at a time.
 */
#ifndef PVGPU_TOOLS_PNG_H
#define PVGPU_TOOLS_PNG_H

#include <stddef.h>
#include <stdint.h>

/*
 * The file's content, *size bytes, to be freed with free. `rgba` has 4 bytes a pixel (red, green, blue, alpha) and rows
 * without gaps; it is overwritten. NULL: no memory.
 */
uint8_t *png_encode(uint8_t *rgba, uint32_t width, uint32_t height, size_t *size);

#endif
