/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "png.h"

#include <string.h>

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STBI_WRITE_NO_STDIO
#include <stb/stb_image_write.h>

#define PNG_LEVEL 5 /* of stb's 5 and up: the fastest */
#define PNG_FILTER 1 /* difference to the left neighbour, for every row: trying all of them takes most of the time */

uint8_t *png_encode(uint8_t *rgba, uint32_t width, uint32_t height, size_t *size)
{
    stbi_write_png_compression_level = PNG_LEVEL;
    stbi_write_force_png_filter = PNG_FILTER;
    /* Drops alpha in place: the target never overtakes the source. */
    for (size_t i = 0; i < (size_t)width * height; i++)
        memmove(rgba + 3 * i, rgba + 4 * i, 3);
    int bytes = 0;
    uint8_t *png = stbi_write_png_to_mem(rgba, (int)width * 3, (int)width, (int)height, 3, &bytes);
    *size = png ? (size_t)bytes : 0;
    return png;
}
