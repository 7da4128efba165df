/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "gpu/object_table.h"

#include <stdlib.h>

#define FIRST_CAPACITY 64u

/* Knuth's multiplicative hash: guests count ids up from 1, which it spreads evenly. */
static uint32_t home(const struct pvgpu_object_table *table, uint32_t id)
{
    return id * 2654435769u >> table->shift;
}

static uint32_t locate(const struct pvgpu_object_table *table, uint32_t id)
{
    uint32_t at = home(table, id);
    while (table->slots[at].id != 0 && table->slots[at].id != id)
        at = (at + 1) & (table->capacity - 1);
    return at;
}

void pvgpu_object_table_finish(struct pvgpu_object_table *table)
{
    free(table->slots);
    *table = (struct pvgpu_object_table){0};
}

struct pvgpu_object *pvgpu_object_table_find(const struct pvgpu_object_table *table, uint32_t id)
{
    if (table->count == 0 || id == 0)
        return NULL;
    return table->slots[locate(table, id)].object;
}

bool pvgpu_object_table_reserve(struct pvgpu_object_table *table)
{
    /* At most three quarters full, so that a search ends soon. */
    if (table->capacity && table->count + 1 <= table->capacity / 4 * 3)
        return true;
    struct pvgpu_object_table larger = {
        .capacity = table->capacity ? table->capacity * 2 : FIRST_CAPACITY,
        .shift = table->capacity ? table->shift - 1 : 26,
        .count = table->count,
    };
    larger.slots = calloc(larger.capacity, sizeof(*larger.slots));
    if (!larger.slots)
        return false;
    for (uint32_t i = 0; i < table->capacity; i++) {
        if (table->slots[i].id)
            larger.slots[locate(&larger, table->slots[i].id)] = table->slots[i];
    }
    free(table->slots);
    *table = larger;
    return true;
}

void pvgpu_object_table_insert(struct pvgpu_object_table *table, uint32_t id, struct pvgpu_object *object)
{
    struct pvgpu_object_slot *slot = &table->slots[locate(table, id)];
    assert(slot->id == 0);
    *slot = (struct pvgpu_object_slot){.id = id, .object = object};
    table->count++;
}

struct pvgpu_object *pvgpu_object_table_remove(struct pvgpu_object_table *table, uint32_t id)
{
    if (table->count == 0 || id == 0)
        return NULL;
    uint32_t mask = table->capacity - 1;
    uint32_t hole = locate(table, id);
    struct pvgpu_object *object = table->slots[hole].object;
    if (!object)
        return NULL;

    /* Close the gap: move back what was pushed past it, so that no tombstones are needed. */
    for (uint32_t at = (hole + 1) & mask; table->slots[at].id; at = (at + 1) & mask) {
        uint32_t wanted = home(table, table->slots[at].id);
        if (((at - wanted) & mask) >= ((at - hole) & mask)) {
            table->slots[hole] = table->slots[at];
            hole = at;
        }
    }
    table->slots[hole] = (struct pvgpu_object_slot){0};
    table->count--;
    return object;
}
