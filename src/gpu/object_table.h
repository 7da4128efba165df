/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * From guest-chosen 32-bit ids to objects: a hash index (base/hash_index.h) through the objects themselves, so that an
 * id costs no memory of its own size (a guest may use 0xFFFFFFFE), a table that grows makes no pause, and ids chosen to
 * collide do not. Owned by the render thread. Holds one reference to each object by convention of its user; it frees
 * nothing itself.
 */
#ifndef PVGPU_GPU_OBJECT_TABLE_H
#define PVGPU_GPU_OBJECT_TABLE_H

#include "gpu/object.h"

struct pvgpu_object_table {
    struct pvgpu_hash_index index;
    struct pvgpu_hash_seed seed;
};

/* An empty table. The seed should be random: it is what makes collisions unforeseeable. */
static inline void pvgpu_object_table_init(struct pvgpu_object_table *table, const struct pvgpu_hash_seed *seed)
{
    *table = (struct pvgpu_object_table){.seed = *seed};
}

/* NULL when there is none. Id 0 is never taken. */
static inline struct pvgpu_object *pvgpu_object_table_find(const struct pvgpu_object_table *table, uint32_t id)
{
    struct pvgpu_hash_node *node = pvgpu_hash_first(&table->index, pvgpu_hash_pair(&table->seed, id, 0));
    while (node && ((struct pvgpu_object *)node)->id != id)
        node = node->next;
    return (struct pvgpu_object *)node;
}

/* Makes room for one more; false: out of memory. */
static inline bool pvgpu_object_table_reserve(struct pvgpu_object_table *table)
{
    return pvgpu_hash_reserve(&table->index);
}

/* Stores an object under its id, which is not 0 and not taken, after a successful reserve. */
static inline void pvgpu_object_table_insert(struct pvgpu_object_table *table, struct pvgpu_object *object)
{
    pvgpu_hash_insert(&table->index, &object->node, pvgpu_hash_pair(&table->seed, object->id, 0));
}

/* Takes the object out; NULL when there is none. */
struct pvgpu_object *pvgpu_object_table_remove(struct pvgpu_object_table *table, uint32_t id);

/* Takes some object out; NULL when there is none left. Objects may come and go in between. */
static inline struct pvgpu_object *pvgpu_object_table_take_any(struct pvgpu_object_table *table)
{
    return (struct pvgpu_object *)pvgpu_hash_take_any(&table->index);
}

/* Gives the table's memory back. It can be used again. */
static inline void pvgpu_object_table_finish(struct pvgpu_object_table *table)
{
    pvgpu_hash_finish(&table->index);
}

#endif
