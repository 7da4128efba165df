/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A host and a guest with one object of every kind, for tests that lie to the host: they need something to lie about,
 * and something that must go on working. With the null renderer the host judges itself (checking_gpu.h) and what it
 * logs is caught, so that a test can tell which rule it hit.
 */
#ifndef PVGPU_TESTS_WORLD_H
#define PVGPU_TESTS_WORLD_H

#include "checking_gpu.h"
#include "local_host.h"
#include "log_capture.h"
#include "wire/rule.h"

#include "check.h"

/* Objects. All textures of 64 x 64 have one mip. */
enum world_id {
    ID_VERTICES = 1, /* buffer, 1024 bytes */
    ID_INDICES, /* buffer, 1024 bytes */
    ID_CONSTANTS, /* buffer, 8192 bytes: 512 constants */
    ID_TARGET, /* RGBA8, 64 x 64, render target and shader resource */
    ID_TARGET_VIEW,
    ID_DEPTH, /* D24S8, 64 x 64 */
    ID_DEPTH_VIEW,
    ID_PICTURE, /* RGBA8, 16 x 16, five mips, shader resource */
    ID_PICTURE_VIEW,
    ID_VERTEX_SHADER, /* inputs POSITION and COLOR */
    ID_PIXEL_SHADER,
    ID_LAYOUT,
    ID_BLEND,
    ID_RASTERIZER,
    ID_DEPTH_STATE,
    ID_SAMPLER,
    ID_SAMPLES, /* RGBA8, 64 x 64, four samples, render target */
    ID_SAMPLES_VIEW,
    ID_BLOCKS, /* BC1, 16 x 16, shader resource */
    ID_VOLUME, /* RGBA8, 8 x 8 x 8, shader resource */
    ID_LINES, /* 1D, RGBA8, 64, two slices, shader resource */
    ID_CUBES, /* RGBA8, 16 x 16, twelve slices, cube, shader resource */
    ID_TYPELESS, /* R8G8B8A8_TYPELESS, 16 x 16, shader resource and render target */
    ID_TYPED_BUFFER, /* buffer, 1024 bytes, shader resource */
    ID_PLAIN, /* RGBA8, 64 x 64, no bind bit */
    ID_DEPTH32, /* D32, 16 x 16 */
    ID_TYPELESS_DEPTH, /* R24G8_TYPELESS, 16 x 16, depth-stencil and shader resource */
    ID_STORAGE, /* buffer, 1024 bytes, unordered access and shader resource, raw views, indirect arguments */
    ID_STORAGE_VIEW, /* unordered access, R32_UINT */
    ID_WRITTEN, /* RGBA8, 16 x 16, unordered access and shader resource */
    ID_COUNT,
    ID_UNKNOWN = 777, /* nobody has it */
    ID_NEW = 900, /* for what a test creates */
};

/* Heap contents, by offset. */
#define HEAP_VERTEX_SHADER 0x1000u
#define HEAP_PIXEL_SHADER 0x3000u
#define HEAP_POSITION 0x5000u /* semantic names */
#define HEAP_COLOR 0x5010u
#define HEAP_EMPTY_NAME 0x5020u
#define HEAP_DIGIT_NAME 0x5030u
#define HEAP_LONG_NAME 0x5040u /* 64 characters */
#define HEAP_DATA 0x10000u /* zeros, for uploads */
#define HEAP_BAD_SHADER 0x800000u /* bad_shader_at(i): vertex shaders with something wrong */
#define HEAP_BAD_SHADER_STRIDE 0x2000u
#define HEAP_LAST (PVGPU_MIN_SHMEM_BYTES - PVGPU_DEFAULT_HEAP_OFFSET - 1) /* the heap's last byte, an 'A' */

/* What is wrong with the shaders at HEAP_BAD_SHADER. Checksums are right except in the one that is about them. */
enum bad_shader {
    BAD_MAGIC,
    BAD_VERSION,
    BAD_CHECKSUM,
    BAD_CHUNK_COUNT,
    BAD_CHUNK_OFFSET, /* beyond the container */
    BAD_CHUNK_ALIGNMENT,
    BAD_CHUNK_SIZE, /* beyond the container */
    BAD_CHUNK_OVERLAP,
    BAD_NO_PROGRAM,
    BAD_NO_INPUTS,
    BAD_ELEMENT_COUNT,
    BAD_NAME_OFFSET,
    BAD_PROGRAM_LENGTH,
    BAD_MODEL,
    BAD_SHADER_COUNT
};

static inline uint32_t world_bad_shader_at(enum bad_shader which)
{
    return HEAP_BAD_SHADER + (uint32_t)which * HEAP_BAD_SHADER_STRIDE;
}

struct world {
    bool real; /* Direct3D 11 instead of the null renderer */
    struct local_host host;
    struct checking_gpu *gpu; /* NULL when real */
    struct pvgpu_guest *guest;
    struct pvgpu_encoder *e; /* the guest's */
    uint32_t vertex_shader_bytes, pixel_shader_bytes;
    struct log_capture log; /* what the host writes on standard error; not active: not caught */
};

/* limits may be NULL: the defaults. catch_log: only where fault lines must be seen. False: said why. */
bool world_open(struct world *world, bool real, const struct pvgpu_limits *limits, bool catch_log);
/* Ends the host; passes on what it logged beside fault lines. */
void world_close(struct world *world);

/* Fills the heap and creates all objects; draws once. False: the host reported an error or a fence did not complete. */
bool world_build(struct check *check, struct world *world);

/* Encodes: binds a state with which things are drawn; a DRAW. */
void world_bind(struct world *world);
void world_draw(struct world *world);

/* Encodes a command as it is given; its size field becomes `claimed`, or `size` if that is 0. Pads to 16. */
void world_emit(struct world *world, const void *bytes, size_t size, uint32_t claimed);

/* Submits, with a fence, and waits for it. */
bool world_sync(struct check *check, struct world *world);

/* What the guest's control region says, and the host's counters. */
uint64_t world_errors(const struct world *world);
uint64_t world_objects(const struct world *world);
uint64_t world_bytes(const struct world *world);
uint64_t world_draws(const struct world *world);
uint32_t world_error_code(const struct world *world);
uint32_t world_error_argument(const struct world *world);

/* Whether the host has said this reason for a fault since world_open. Always true when the log is not caught. */
bool world_said(const struct world *world, const char *reason);

/* Whether the host has said that this rule was broken since world_open. Always true when the log is not caught. */
bool world_broke(const struct world *world, enum pvgpu_rule rule);

/* Calls found(user, reason) for every reason that the host gave since world_open. */
void world_each_reason(const struct world *world, void (*found)(void *user, const char *reason), void *user);

#endif
