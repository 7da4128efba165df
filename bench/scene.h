/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The guest's objects for the measurements: made once, used by id. One thread, the guest's. */
#ifndef PVGPU_BENCH_SCENE_H
#define PVGPU_BENCH_SCENE_H

#include "pvgpu/guest.h"

enum scene_id {
    SCENE_TARGET = 1, /* RGBA8, 64 x 64, bound */
    SCENE_TARGET_VIEW,
    SCENE_SMALL_TARGET, /* RGBA8, 4 x 4 */
    SCENE_SMALL_TARGET_VIEW,
    SCENE_VERTEX_SHADER,
    SCENE_PIXEL_SHADER,
    SCENE_LAYOUT,
    SCENE_VERTICES, /* 64 KiB */
    SCENE_OTHER_VERTICES, /* 64 KiB */
    SCENE_INDICES,
    SCENE_CONSTANTS, /* 256 bytes */
    SCENE_OTHER_CONSTANTS, /* 256 bytes */
    SCENE_RASTERIZER,
    SCENE_OTHER_RASTERIZER,
    SCENE_BLEND,
    SCENE_OTHER_BLEND,
    SCENE_SAMPLER,
    SCENE_TEXTURE, /* RGBA8, 512 x 512 */
    SCENE_TEXTURE_VIEW,
    SCENE_OTHER_TEXTURE, /* same */
    SCENE_OTHER_TEXTURE_VIEW,
    SCENE_BUFFER, /* 1 MiB of vertices */
    SCENE_DYNAMIC_VERTICES, /* 64 KiB without initial content, as a program's dynamic buffer */
};

/* Creates all of it, binds what a draw of the triangle needs, and waits for the host. False: said why on stderr. */
bool scene_create(struct pvgpu_guest *guest);

/* Binds it all again, and clears the target. */
void scene_bind(struct pvgpu_guest *guest);

/* Binds a square render target and its viewport. */
void scene_bind_target(struct pvgpu_guest *guest, uint32_t view, uint32_t size);

#define SCENE_TIMEOUT_NS 60000000000ull /* the host may compile shaders first */

#endif
