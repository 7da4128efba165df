/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "base/hash_index.h"

#include <assert.h>
#include <stdlib.h>

#define FIRST_SEGMENTS 16u
#define HEADS_MOST (UINT32_C(1) << 31)

static struct pvgpu_hash_node **head_at(const struct pvgpu_hash_index *index, uint32_t at)
{
    return &index->segments[at / PVGPU_HASH_SEGMENT_HEADS][at % PVGPU_HASH_SEGMENT_HEADS];
}

static bool add_segment(struct pvgpu_hash_index *index)
{
    if (index->segment_count == index->segment_capacity) {
        /* Eight bytes for 512 heads: copying these is 32 KiB for a million nodes. */
        uint32_t capacity = index->segment_capacity ? index->segment_capacity * 2 : FIRST_SEGMENTS;
        struct pvgpu_hash_node ***segments = realloc(index->segments, capacity * sizeof(*segments));
        if (!segments)
            return false;
        index->segments = segments;
        index->segment_capacity = capacity;
    }
    struct pvgpu_hash_node **segment = calloc(PVGPU_HASH_SEGMENT_HEADS, sizeof(struct pvgpu_hash_node *));
    if (!segment)
        return false;
    index->segments[index->segment_count++] = segment;
    return true;
}

/* One more head: what belongs to it moves over from the only chain where it can be. */
static void divide_chain(struct pvgpu_hash_index *index)
{
    uint32_t at = index->heads++;
    if (at > index->mask)
        index->mask = index->mask * 2 + 1;
    struct pvgpu_hash_node **from = head_at(index, at & (index->mask >> 1)), **to = head_at(index, at);
    while (*from) {
        struct pvgpu_hash_node *node = *from;
        if ((node->hash & index->mask) != at) {
            from = &node->next;
            continue;
        }
        *from = node->next;
        node->next = NULL;
        *to = node;
        to = &node->next;
    }
}

/* One more head, with its memory. False: none left, and nothing has changed. */
static bool grow(struct pvgpu_hash_index *index)
{
    if (index->heads == index->segment_count * PVGPU_HASH_SEGMENT_HEADS && !add_segment(index))
        return false;
    if (index->heads == 0) {
        index->heads = PVGPU_HASH_SEGMENT_HEADS;
        index->mask = PVGPU_HASH_SEGMENT_HEADS - 1;
    } else {
        divide_chain(index);
    }
    return true;
}

bool pvgpu_hash_reserve(struct pvgpu_hash_index *index)
{
    /* Two heads a node: each node of a chain that is passed by costs a cache miss, each head only its eight bytes. */
    for (int i = 0; i < 2 && index->heads / 2 <= index->count && index->heads < HEADS_MOST; i++) {
        if (!grow(index))
            return false;
    }
    return true;
}

void pvgpu_hash_insert(struct pvgpu_hash_index *index, struct pvgpu_hash_node *node, uint32_t hash)
{
    assert(index->heads);
    struct pvgpu_hash_node **head = pvgpu_hash_head(index, hash);
    node->hash = hash;
    node->next = *head;
    *head = node;
    index->count++;
}

void pvgpu_hash_remove(struct pvgpu_hash_index *index, struct pvgpu_hash_node *node)
{
    struct pvgpu_hash_node **link = pvgpu_hash_head(index, node->hash);
    while (*link != node) {
        assert(*link);
        link = &(*link)->next;
    }
    *link = node->next;
    node->next = NULL;
    index->count--;
}

struct pvgpu_hash_node *pvgpu_hash_take_any(struct pvgpu_hash_index *index)
{
    if (index->count == 0)
        return NULL;
    for (;; index->cursor++) {
        if (index->cursor >= index->heads)
            index->cursor = 0;
        struct pvgpu_hash_node **head = head_at(index, index->cursor), *node = *head;
        if (!node)
            continue;
        *head = node->next;
        node->next = NULL;
        index->count--;
        return node;
    }
}

uint32_t pvgpu_hash_longest_chain(const struct pvgpu_hash_index *index)
{
    uint32_t longest = 0;
    for (uint32_t at = 0; at < index->heads; at++) {
        uint32_t length = 0;
        for (const struct pvgpu_hash_node *node = *head_at(index, at); node; node = node->next)
            length++;
        longest = length > longest ? length : longest;
    }
    return longest;
}

void pvgpu_hash_finish(struct pvgpu_hash_index *index)
{
    for (uint32_t i = 0; i < index->segment_count; i++)
        free(index->segments[i]);
    free(index->segments);
    *index = (struct pvgpu_hash_index){0};
}
