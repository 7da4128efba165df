/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What the measured programs draw and move, as plain numbers, so that the backend's guest and the direct program work
 * on the same bytes. Knows neither commands nor Direct3D.
 */
#ifndef PVGPU_BENCH_WORKLOAD_H
#define PVGPU_BENCH_WORKLOAD_H

#include "../guest/scenes/scenes.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define WORKLOAD_TARGET_SIZE 64u /* pixels along each side: software rasterisation must not hide the rest */
#define WORKLOAD_SMALL_SIZE 4u /* of the texture that is drawn and read */
#define WORKLOAD_TEXTURE_SIZE 512u /* RGBA8: 1 MiB */
#define WORKLOAD_BIG_BYTES (1u << 20)
#define WORKLOAD_VERTEX_BYTES (64u << 10) /* of the vertex buffer that is replaced as a whole */
#define WORKLOAD_CONSTANT_BYTES 256u
#define WORKLOAD_SOURCES 8u /* different contents for each kind of upload */

enum workload_kind {
    WORKLOAD_DRAW, /* draws alone */
    WORKLOAD_CHURN, /* rasterizer, blend, constants, vertices and a shader resource change before each draw */
    WORKLOAD_UPDATE, /* 256 bytes of constants before each draw */
    WORKLOAD_DISCARD, /* a 64 KiB vertex buffer is replaced before each draw */
    WORKLOAD_BUFFER, /* 1 MiB into a buffer */
    WORKLOAD_TEXTURE, /* 1 MiB into a texture */
    WORKLOAD_BUFFER_IN_PLACE, /* as above, the guest's bytes lie in the heap already */
    WORKLOAD_TEXTURE_IN_PLACE,
    WORKLOAD_READ, /* 1 MiB of texture back to the program, one after the other */
    WORKLOAD_LATENCY, /* a 4 x 4 texture is drawn and read, one after the other */
    WORKLOAD_COUNT
};

/* Constants of the triangle's vertex shader, in a block of 256 bytes: index-th of WORKLOAD_SOURCES turns, small. */
static inline void workload_constants(uint32_t index, uint8_t bytes[WORKLOAD_CONSTANT_BYTES])
{
    struct pvgpu_triangle_constants constants;
    pvgpu_scene_triangle_constants(1 + index % WORKLOAD_SOURCES * 7, 64, 64, &constants);
    constants.turn[2] *= 0.125f;
    constants.turn[3] *= 0.125f;
    memset(bytes, (int)index, WORKLOAD_CONSTANT_BYTES);
    memcpy(bytes, &constants, sizeof(constants));
}

/* `bytes` (a multiple of 4) that look like nothing in particular and differ between sources. */
static inline void workload_pattern(uint32_t source, uint8_t *to, size_t bytes)
{
    uint32_t word = source * 2654435769u + 1u;
    for (size_t i = 0; i + 4 <= bytes; i += 4) {
        word = word * 1664525u + 1013904223u;
        memcpy(to + i, &word, 4);
    }
}

/* A 64 KiB vertex buffer whose first three vertices are the triangle's; colours differ between sources. */
static inline void workload_vertices(uint32_t source, uint8_t bytes[WORKLOAD_VERTEX_BYTES])
{
    struct pvgpu_triangle_vertex vertices[3];
    pvgpu_scene_triangle_vertices(vertices);
    for (uint32_t i = 0; i < 3; i++)
        vertices[i].color[0] = (float)(source % WORKLOAD_SOURCES) / WORKLOAD_SOURCES;
    workload_pattern(source, bytes, WORKLOAD_VERTEX_BYTES);
    memcpy(bytes, vertices, sizeof(vertices));
}

/* FNV-1a, to compare what both sides made. */
static inline uint64_t workload_hash(const uint8_t *bytes, size_t size)
{
    uint64_t hash = UINT64_C(0xCBF29CE484222325);
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001B3);
    return hash;
}

#endif
