/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "gpu/object_table.h"

struct pvgpu_object *pvgpu_object_table_remove(struct pvgpu_object_table *table, uint32_t id)
{
    struct pvgpu_object *object = pvgpu_object_table_find(table, id);
    if (object)
        pvgpu_hash_remove(&table->index, &object->node);
    return object;
}
