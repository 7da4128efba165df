/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Whether the host lives and is still the same, as the extension block tells it. Every function takes the time, so that
 * tests need no waiting. Nothing of this reaches beyond the control region.
 */
#ifndef PVGPU_GUEST_LIVENESS_H
#define PVGPU_GUEST_LIVENESS_H

#include "pvgpu/guest.h"

/* Takes the block as it stands: this generation is the one that we work with. At create and after a reset. */
void pvgpu_liveness_begin(struct pvgpu_liveness *liveness, const struct pvgpu_control_region *control, uint64_t now_ns);

/*
 * Looks at the block. PVGPU_WAIT_DONE: nothing speaks against going on (or nothing is known); PVGPU_WAIT_DISCONNECTED:
 * the heartbeat has stood still for PVGPU_HEARTBEAT_STOPPED_MS; PVGPU_WAIT_DEVICE_LOST: another host has taken over.
 */
enum pvgpu_wait_result pvgpu_liveness_look(struct pvgpu_liveness *liveness, const struct pvgpu_control_region *control,
                                           uint64_t now_ns);

/* Advances our own heartbeat, if it is due. */
void pvgpu_liveness_beat(struct pvgpu_liveness *liveness, struct pvgpu_control_region *control, uint64_t now_ns);

/* Whether the host keeps a heartbeat at all. */
bool pvgpu_liveness_has_heartbeat(const struct pvgpu_liveness *liveness, const struct pvgpu_control_region *control);

#endif
