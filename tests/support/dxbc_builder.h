/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Makes DXBC containers for tests: chunks, signatures, programs, the checksum. What it makes is as right or wrong as
 * what it is given. The macros write token streams: an instruction's length is counted, all else is up to the caller.
 */
#ifndef PVGPU_TESTS_DXBC_BUILDER_H
#define PVGPU_TESTS_DXBC_BUILDER_H

#include "wire/dxbc.h"
#include "wire/dxbc_walk.h"

struct dxbc_builder {
    uint8_t *bytes; /* the caller's */
    size_t capacity, size;
    uint32_t chunks;
    bool full; /* something did not fit */
};

struct dxbc_element {
    const char *name;
    uint32_t index, system_value, component, reg;
    uint8_t mask, used;
    uint32_t stream, precision; /* written in the forms that have them */
};

/* Room for the chunk table is made at once: exactly `chunks` chunks follow. */
void dxbc_begin(struct dxbc_builder *builder, uint8_t *bytes, size_t capacity, uint32_t chunks);
/* Returns where its data start, from the start of the container. data may be NULL: zeros. */
size_t dxbc_add_chunk(struct dxbc_builder *builder, const char tag[4], const void *data, size_t bytes);
/* tag: ISGN, OSGN, PCSG, OSG5, ISG1, OSG1 or PSG1; it decides the form. */
size_t dxbc_add_signature(struct dxbc_builder *builder, const char tag[4], const struct dxbc_element *elements,
                          uint32_t count);
/* Adds the version and length tokens. model: 40, 41, 50. */
size_t dxbc_add_program(struct dxbc_builder *builder, enum pvgpu_stage stage, uint32_t model, const uint32_t *tokens,
                        uint32_t count);
/* States the length and writes the checksum. Returns the size; 0: it did not fit. */
size_t dxbc_seal(struct dxbc_builder *builder);
/* The checksum alone, after a change. */
void dxbc_write_checksum(uint8_t *bytes, size_t size);

uint32_t dxbc_get(const uint8_t *bytes, size_t at);
void dxbc_put(uint8_t *bytes, size_t at, uint32_t value);
/* The first chunk with that tag: where its data start, and their length; 0: there is none. */
size_t dxbc_find_chunk(const uint8_t *bytes, const char tag[4], uint32_t *length);

/* A whole small shader with the signatures that dxbc_signatures_of tells. */
size_t dxbc_make(uint8_t *bytes, size_t capacity, enum pvgpu_stage stage, uint32_t model, const uint32_t *tokens,
                 uint32_t count);

struct dxbc_signatures {
    const struct dxbc_element *inputs, *outputs, *patch_constants;
    uint32_t input_count, output_count, patch_constant_count;
};
/*
 * Of dxbc_make, by stage: vertex v0 POSITION, v1.x SV_VertexID, v2 to v4 TEXCOORD; o0 SV_Position, o1 COLOR. Pixel v0
 * SV_Position, v1 to v3 TEXCOORD; o0 SV_Target. Geometry v0 SV_Position, v1 COLOR; o0 and o1 alike. Hull v0, o0
 * POSITION; patch constants 0.x to 3.x the factors of a triangle, 4 EXTRA. Domain the same; o0 SV_Position.
 */
struct dxbc_signatures dxbc_signatures_of(enum pvgpu_stage stage);

/* ---- Tokens ------------------------------------------------------------------------------------------------------ */

#define DXBC_COUNT(...) ((uint32_t)(sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t)))
/* An instruction without operands, one with, one with control bits (from bit 11 on) as well. */
#define N(name) ((uint32_t)PVGPU_DXBC_OP_##name | 1u << 24)
#define NB(name, bits) (N(name) | (uint32_t)(bits) << 11)
#define I(name, ...) ((uint32_t)PVGPU_DXBC_OP_##name | (1 + DXBC_COUNT(__VA_ARGS__)) << 24), __VA_ARGS__
#define IB(name, bits, ...) \
    ((uint32_t)PVGPU_DXBC_OP_##name | (uint32_t)(bits) << 11 | (1 + DXBC_COUNT(__VA_ARGS__)) << 24), __VA_ARGS__
/* The same with an extended token between. */
#define IX(name, extended, ...) \
    ((uint32_t)PVGPU_DXBC_OP_##name | (2 + DXBC_COUNT(__VA_ARGS__)) << 24 | 1u << 31), extended, __VA_ARGS__

#define TOKEN(type, dimensions, components, mode, selection) \
    ((uint32_t)(components) | (uint32_t)(mode) << 2 | (uint32_t)(selection) << 4 | (uint32_t)PVGPU_DXBC_##type << 12 | \
     (uint32_t)(dimensions) << 20)
#define MASK(type, mask, dimensions) TOKEN(type, dimensions, 2, 0, mask)
#define SWIZZLE(type, swizzle, dimensions) TOKEN(type, dimensions, 2, 1, swizzle)
#define SELECT(type, component, dimensions) TOKEN(type, dimensions, 2, 2, component)
#define SCALAR(type) TOKEN(type, 0, 1, 0, 0)
#define BARE(type, dimensions) TOKEN(type, dimensions, 0, 0, 0)
#define RELATIVE(i) (2u << (22 + 3 * (i)))
#define BOTH(i) (3u << (22 + 3 * (i)))
#define EXTENDED (1u << 31)
#define XYZW 0xE4u

#define R(i) SWIZZLE(TEMP, XYZW, 1), i
#define RX(i) SELECT(TEMP, 0, 1), i
#define RD(i) MASK(TEMP, 0xF, 1), i
#define RDX(i) MASK(TEMP, 1, 1), i
#define RDXY(i) MASK(TEMP, 3, 1), i
#define V(i) SWIZZLE(INPUT, XYZW, 1), i
#define O(i) MASK(OUTPUT, 0xF, 1), i
#define CB(slot, i) SWIZZLE(CONSTANT_BUFFER, XYZW, 2), slot, i
#define IMM(value) TOKEN(IMMEDIATE, 0, 1, 0, 0), value
#define IMM4(a, b, c, d) TOKEN(IMMEDIATE, 0, 2, 1, XYZW), a, b, c, d
#define T(i) SWIZZLE(RESOURCE, XYZW, 1), i
#define S(i) BARE(SAMPLER, 1), i
#define U(i) SWIZZLE(UAV, XYZW, 1), i
#define UD(i, mask) MASK(UAV, mask, 1), i
#define G(i) SWIZZLE(SHARED, XYZW, 1), i
#define NOWHERE ((uint32_t)PVGPU_DXBC_NULL << 12)
#define LABEL(i) BARE(LABEL, 1), i
#define STREAM(i) BARE(STREAM, 1), i

#define DCL_T(i, dimension) IB(DCL_RESOURCE, PVGPU_DXBC_##dimension, BARE(RESOURCE, 1), i, 0x5555)
#define DCL_S(i, mode) IB(DCL_SAMPLER, mode, BARE(SAMPLER, 1), i)
#define DCL_U(i, dimension) IB(DCL_UAV_TYPED, PVGPU_DXBC_##dimension, BARE(UAV, 1), i, 0x5555)
#define DCL_CB(slot, size) I(DCL_CONSTANT_BUFFER, SWIZZLE(CONSTANT_BUFFER, XYZW, 2), slot, size)
#define DCL_ICB(...) (uint32_t)PVGPU_DXBC_OP_CUSTOMDATA | 3u << 11, 2 + DXBC_COUNT(__VA_ARGS__), __VA_ARGS__
#define DCL_GROUP(x, y, z) I(DCL_THREAD_GROUP, x, y, z)
#define TEMPS(count) I(DCL_TEMPS, count)

#endif
