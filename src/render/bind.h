/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the handlers of SET_* commands share. Each check reports its fault. */
#ifndef PVGPU_RENDER_BIND_H
#define PVGPU_RENDER_BIND_H

#include "render/context.h"

/* Whether a command of the current size covers `count` entries of `entry_bytes` from `offset` on. */
bool pvgpu_bind_covers(struct pvgpu_context *context, size_t offset, uint32_t count, size_t entry_bytes);

bool pvgpu_bind_is_valid_stage(struct pvgpu_context *context, uint32_t stage);

/* Whether `count` slots from `first` on are among `total`. */
bool pvgpu_bind_is_valid_slots(struct pvgpu_context *context, uint32_t first, uint32_t count, uint32_t total);

/* What an id on a bind stands for: NULL for 0 and after a fault. */
struct pvgpu_object *pvgpu_bind_object(struct pvgpu_context *context, uint32_t id, enum pvgpu_object_type type);

#endif
