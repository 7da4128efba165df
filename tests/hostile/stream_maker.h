/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Command streams by chance, but never by accident: the same seed makes the same stream. What it makes is mostly right
 * (a guest that draws scenes, uploads, maps, presents, destroys) and can be spoilt afterwards. For the hostile writer,
 * the resets and the fuzzer. Owned by one thread.
 */
#ifndef PVGPU_TESTS_STREAM_MAKER_H
#define PVGPU_TESTS_STREAM_MAKER_H

#include "pvgpu/guest.h"

/* Small heap-relative areas that streams refer to; the caller has laid them out by stream_maker_fill_heap. */
#define STREAM_HEAP_LEAST 0x40000u /* bytes of heap needed */
#define STREAM_HEAP_NAMES 0x100u /* semantic names */
#define STREAM_HEAP_NAMES_BYTES 0x100u
#define STREAM_HEAP_SHADERS 0x1000u /* where shaders start, one every STREAM_HEAP_SHADER_STRIDE bytes */
#define STREAM_HEAP_SHADER_STRIDE 0x4000u
#define STREAM_SHADERS 4u
#define STREAM_HEAP_DATA 0x20000u /* from here on: bytes to upload */

struct stream_random {
    uint64_t state; /* not 0 */
};

/* xorshift64*: good enough to spread cases, the same everywhere. */
static inline uint64_t stream_random_next(struct stream_random *random)
{
    random->state ^= random->state >> 12;
    random->state ^= random->state << 25;
    random->state ^= random->state >> 27;
    return random->state * UINT64_C(2685821657736338717);
}

/* 0 to below - 1. */
static inline uint32_t stream_random_below(struct stream_random *random, uint32_t below)
{
    return (uint32_t)((stream_random_next(random) >> 32) * below >> 32);
}

struct stream_maker {
    struct stream_random random;
    uint32_t heap_bytes;
    uint64_t fence; /* last value given out */
    uint32_t wild; /* one parameter in so many is taken from thin air; 0: none */
};

void stream_maker_init(struct stream_maker *maker, uint64_t seed, uint32_t heap_bytes);

/* Shaders, semantic names and some bytes, at the places that streams name. */
void stream_maker_fill_heap(struct stream_maker *maker, uint8_t *heap);

/* Damages a shader in the heap, most often with the checksum put right again; or repairs it. */
void stream_maker_spoil_shader(struct stream_maker *maker, uint8_t *heap);

/* Encodes the objects that a scene needs, and binds them. */
void stream_maker_scene(struct stream_maker *maker, struct pvgpu_encoder *encoder);

/* Encodes one command or a few that belong together. */
void stream_maker_step(struct stream_maker *maker, struct pvgpu_encoder *encoder);

/* Spoils what was encoded: flips bits, overwrites words, cuts sizes, copies pieces over others. */
void stream_maker_mutate(struct stream_maker *maker, uint8_t *bytes, size_t size);

#endif
