/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A hash index over nodes that lie inside its user's structs: chains from an array of heads that grows by two heads an
 * insertion (linear hashing). No insertion, removal or search ever does more than walk a few chains, however large the
 * index has become: nothing is rehashed, nothing is copied, and new memory is touched a page at a time.
 *
 * Keys that a guest chooses need a hash that it cannot foresee: pvgpu_hash_pair with numbers drawn at random. For any
 * two different pairs the chance of one value is 2^-32, so chains stay short whatever the keys are.
 *
 * Allocates heads only; nodes stay their user's. One thread at a time.
 */
#ifndef PVGPU_BASE_HASH_INDEX_H
#define PVGPU_BASE_HASH_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* First member of what is indexed. Belongs to the index while inserted. */
struct pvgpu_hash_node {
    struct pvgpu_hash_node *next; /* in the chain; may be NULL */
    uint32_t hash;
};

#define PVGPU_HASH_SEGMENT_HEADS 512u /* a page of pointers: what one insertion touches for the first time at most */

/* All zero: empty and ready. */
struct pvgpu_hash_index {
    struct pvgpu_hash_node ***segments; /* owned, `segment_count` of PVGPU_HASH_SEGMENT_HEADS heads; NULL: none yet */
    uint32_t segment_count, segment_capacity;
    uint32_t heads; /* in use */
    uint32_t mask; /* the smallest 2^n - 1 that is not below heads - 1 */
    uint32_t count; /* nodes */
    uint32_t cursor; /* where take_any looks first */
};

/* Random numbers that a hash depends on. */
struct pvgpu_hash_seed {
    uint64_t first, second, addend;
};

/* A value of a pair of numbers: multiply-shift, whose values for different pairs are independent of each other. */
static inline uint32_t pvgpu_hash_pair(const struct pvgpu_hash_seed *seed, uint32_t first, uint32_t second)
{
    return (uint32_t)((seed->first * first + seed->second * second + seed->addend) >> 32);
}

static inline struct pvgpu_hash_node **pvgpu_hash_head(const struct pvgpu_hash_index *index, uint32_t hash)
{
    uint32_t at = hash & index->mask;
    if (at >= index->heads)
        at &= index->mask >> 1; /* its chain was not divided yet */
    return &index->segments[at / PVGPU_HASH_SEGMENT_HEADS][at % PVGPU_HASH_SEGMENT_HEADS];
}

/* The first node of the chain in which nodes of that hash are, followed by `next`; NULL when it is empty. */
static inline struct pvgpu_hash_node *pvgpu_hash_first(const struct pvgpu_hash_index *index, uint32_t hash)
{
    return index->segments ? *pvgpu_hash_head(index, hash) : NULL;
}

/* Makes room for one more node; false: out of memory, and nothing has changed. */
bool pvgpu_hash_reserve(struct pvgpu_hash_index *index);

/* Puts a node in after a successful reserve. */
void pvgpu_hash_insert(struct pvgpu_hash_index *index, struct pvgpu_hash_node *node, uint32_t hash);

/* Takes a node out that is in. */
void pvgpu_hash_remove(struct pvgpu_hash_index *index, struct pvgpu_hash_node *node);

/* Takes some node out, NULL when there is none. Until the index is empty that takes time in proportion to its size. */
struct pvgpu_hash_node *pvgpu_hash_take_any(struct pvgpu_hash_index *index);

/* The most nodes in one chain. Walks everything: for tests. */
uint32_t pvgpu_hash_longest_chain(const struct pvgpu_hash_index *index);

/* Gives the memory back; nodes that are still in are forgotten. The index can be used again. */
void pvgpu_hash_finish(struct pvgpu_hash_index *index);

#endif
