/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "scene_math.h"
#include "scenes.h"

#define CLEAR_CYCLE 180u /* frames once round the colour circle */

/* Height of a trapezium wave at `at` of CLEAR_CYCLE: up for a sixth, high for a third, down for a sixth, low. */
static uint8_t channel(uint32_t at)
{
    const uint32_t sixth = CLEAR_CYCLE / 6, low = 40, high = 230;
    at %= CLEAR_CYCLE;
    if (at < sixth) {
        return (uint8_t)(low + (high - low) * at / sixth);
    }
    if (at < 3 * sixth) {
        return (uint8_t)high;
    }
    if (at < 4 * sixth) {
        return (uint8_t)(high - (high - low) * (at - 3 * sixth) / sixth);
    }
    return (uint8_t)low;
}

void pvgpu_scene_clear_bytes(uint32_t frame, uint8_t rgba[4])
{
    uint32_t at = frame % CLEAR_CYCLE;
    rgba[0] = channel(at + CLEAR_CYCLE / 3);
    rgba[1] = channel(at);
    rgba[2] = channel(at + 2 * CLEAR_CYCLE / 3);
    rgba[3] = 255;
}

void pvgpu_scene_clear_color(uint32_t frame, float rgba[4])
{
    uint8_t bytes[4];
    pvgpu_scene_clear_bytes(frame, bytes);
    for (int i = 0; i < 4; i++) {
        rgba[i] = (float)bytes[i] / 255.0f;
    }
}

void pvgpu_scene_triangle_vertices(struct pvgpu_triangle_vertex vertices[3])
{
    static const struct pvgpu_triangle_vertex corners[3] = {
        {{0.0f, 0.8f}, {1.0f, 0.35f, 0.25f, 1.0f}},
        {{0.69282f, -0.4f}, {0.25f, 0.9f, 0.55f, 1.0f}},
        {{-0.69282f, -0.4f}, {0.3f, 0.5f, 1.0f, 1.0f}},
    };
    for (int i = 0; i < 3; i++) {
        vertices[i] = corners[i];
    }
}

void pvgpu_scene_triangle_constants(uint32_t frame, uint32_t width, uint32_t height,
                                    struct pvgpu_triangle_constants *constants)
{
    double turns = (double)frame / 240.0;
    constants->turn[0] = (float)pvgpu_scene_cos(turns);
    constants->turn[1] = (float)pvgpu_scene_sin(turns);
    constants->turn[2] = width > height ? (float)height / (float)width : 1.0f;
    constants->turn[3] = height > width ? (float)width / (float)height : 1.0f;
}

void pvgpu_scene_triangle_background(float rgba[4])
{
    rgba[0] = 18.0f / 255.0f;
    rgba[1] = 20.0f / 255.0f;
    rgba[2] = 31.0f / 255.0f;
    rgba[3] = 1.0f;
}
