/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * From guest-chosen 32-bit ids to objects: a hash table with open addressing, so that an id costs no memory of its own
 * size (a guest may use 0xFFFFFFFE). Owned by the render thread. Holds one reference to each object by convention of
 * its user; it frees nothing itself.
 */
#ifndef PVGPU_GPU_OBJECT_TABLE_H
#define PVGPU_GPU_OBJECT_TABLE_H

#include "gpu/object.h"

struct pvgpu_object_slot {
    uint32_t id; /* 0: free */
    struct pvgpu_object *object;
};

struct pvgpu_object_table {
    struct pvgpu_object_slot *slots; /* owned; NULL until the first insertion */
    uint32_t capacity; /* power of two, or 0 */
    uint32_t shift; /* 32 - log2(capacity) */
    uint32_t count;
};

/* A zeroed table is empty and ready. */
void pvgpu_object_table_finish(struct pvgpu_object_table *table);

/* NULL when there is none. */
struct pvgpu_object *pvgpu_object_table_find(const struct pvgpu_object_table *table, uint32_t id);

/* Makes room for one more; false: out of memory. */
bool pvgpu_object_table_reserve(struct pvgpu_object_table *table);

/* Stores an object under an id that is not 0 and not taken, after a successful reserve. */
void pvgpu_object_table_insert(struct pvgpu_object_table *table, uint32_t id, struct pvgpu_object *object);

/* Takes the object out; NULL when there is none. */
struct pvgpu_object *pvgpu_object_table_remove(struct pvgpu_object_table *table, uint32_t id);

#endif
