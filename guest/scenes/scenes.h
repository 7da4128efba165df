/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What the demo scenes show, as plain numbers: vertices, indices, textures, instances, and the constants of each frame.
 * Knows neither commands nor Direct3D, so that the demo (which sends commands) and the reference program (which calls
 * Direct3D 11) draw from the same data by two ways that share nothing else.
 *
 * Everything depends on the frame number alone, never on a clock: frame N is the same on every machine (scene_math.h).
 * Frames count from 1. The structures are laid out as the shaders' constant buffers and input layouts read them.
 * All functions are pure apart from the memory they are given.
 */
#ifndef PVGPU_SCENES_H
#define PVGPU_SCENES_H

#include <stdint.h>

/* ---- clear: one colour a frame, going round the colour circle ---- */

/* The colour in 256ths: each channel is exactly this byte in an RGBA8 target. alpha is 255. */
void pvgpu_scene_clear_bytes(uint32_t frame, uint8_t rgba[4]);

/* The same as the floats that a clear takes: byte / 255. */
void pvgpu_scene_clear_color(uint32_t frame, float rgba[4]);

/* ---- triangle: one triangle that turns, a colour at each corner ---- */

struct pvgpu_triangle_vertex {
    float position[2]; /* POSITION, R32G32_FLOAT (16) */
    float color[4]; /* COLOR, R32G32B32A32_FLOAT (2) */
};

struct pvgpu_triangle_constants { /* b0 of the vertex shader */
    float turn[4]; /* cosine, sine, x scale, y scale (keep the triangle's shape at any aspect ratio) */
};

void pvgpu_scene_triangle_vertices(struct pvgpu_triangle_vertex vertices[3]);
void pvgpu_scene_triangle_constants(uint32_t frame, uint32_t width, uint32_t height,
                                    struct pvgpu_triangle_constants *constants);
/* The background: bytes / 255, so every uncovered pixel can be computed by hand. */
void pvgpu_scene_triangle_background(float rgba[4]);

/* ---- cubes: a thousand of them, a sphere in a ring of glass ---- */

#define PVGPU_CUBES_OPAQUE 760u
#define PVGPU_CUBES_GLASS 240u /* together 1,000 */
#define PVGPU_CUBES_VERTICES 48u
#define PVGPU_CUBES_INDICES 132u
#define PVGPU_CUBES_TEXTURE_SIZE 128u /* texels along each side of mip 0 */
#define PVGPU_CUBES_TEXTURE_MIPS 8u /* down to 1 x 1 */
/* Texels of the whole chain: (4 * size * size - 1) / 3. */
#define PVGPU_CUBES_TEXTURE_TEXELS 21845u

struct pvgpu_cube_vertex { /* vertex buffer slot 0, per vertex */
    float position[3]; /* POSITION, R32G32B32_FLOAT (6); the cube spans -1 to 1 */
    float normal[3]; /* NORMAL, R32G32B32_FLOAT (6) */
    float uv[2]; /* TEXCOORD, R32G32_FLOAT (16) */
};

struct pvgpu_cube_instance { /* vertex buffer slot 1, per instance, step rate 1 */
    float place[4]; /* PLACE, R32G32B32A32_FLOAT (2): centre, half size */
    float facing[4]; /* FACING, R32G32B32A32_FLOAT (2): unit axis the cube stands on, angle about it in radians */
    uint8_t color[4]; /* COLOR, R8G8B8A8_UNORM (28); alpha 255 is opaque */
};

struct pvgpu_cubes_camera { /* b0 of all shaders */
    float view_projection[4][4]; /* rows; clip = row . (position, 1) */
    float eye[4]; /* xyz position, w: seconds of animation at 60 frames a second */
    float screen[4]; /* width, height, aspect ratio, 0 */
};

struct pvgpu_cubes_light { /* b1 of all shaders; colours are linear */
    float key_direction[4]; /* towards the light, unit length */
    float key_color[4];
    float sky_color[4]; /* ambient from above; w: 0 */
    float ground_color[4]; /* ambient from below */
    float core_color[4]; /* the lamp in the middle of the sphere; w: its pulse, 0 to 1 */
    float wave[4]; /* phases of the three waves over the sphere, in radians; w: their height */
};

/* A cube with chamfered edges. Triangles are clockwise seen from outside, in a left-handed system. */
void pvgpu_scene_cubes_mesh(struct pvgpu_cube_vertex vertices[PVGPU_CUBES_VERTICES],
                            uint16_t indices[PVGPU_CUBES_INDICES]);

/* All mips, mip 0 first, each tightly packed: R8G8B8A8, the alpha channel says how much a texel glows. */
void pvgpu_scene_cubes_texture(uint8_t texels[PVGPU_CUBES_TEXTURE_TEXELS * 4]);

/* Constant over time: the vertex shader moves them. */
void pvgpu_scene_cubes_opaque(struct pvgpu_cube_instance instances[PVGPU_CUBES_OPAQUE]);

/* Of this frame, farthest from the camera first, so that blending in order is right. */
void pvgpu_scene_cubes_glass(uint32_t frame, struct pvgpu_cube_instance instances[PVGPU_CUBES_GLASS]);

void pvgpu_scene_cubes_camera(uint32_t frame, uint32_t width, uint32_t height, struct pvgpu_cubes_camera *camera);
void pvgpu_scene_cubes_light(uint32_t frame, struct pvgpu_cubes_light *light);

#endif
