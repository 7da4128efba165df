/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "liveness.h"

#include "shared_words.h"

#define STOPPED_NS (PVGPU_HEARTBEAT_STOPPED_MS * 1000000ull)
#define BEAT_NS (PVGPU_HEARTBEAT_MS * 1000000ull)
/*
 * The most that the time between two looks counts. A program that looks rarely, or a machine that was suspended, has not
 * seen the heart stand still meanwhile: it takes several looks to tell.
 */
#define LOOK_MAX_NS 250000000u

void pvgpu_liveness_begin(struct pvgpu_liveness *liveness, const struct pvgpu_control_region *control, uint64_t now_ns)
{
    *liveness = (struct pvgpu_liveness){
        .has_block = __atomic_load_n(&control->extension.version, __ATOMIC_ACQUIRE) != 0,
        .generation = load64(&control->extension.generation),
        .heartbeat = load64(&control->extension.host_heartbeat),
        .looked_ns = now_ns,
    };
}

bool pvgpu_liveness_has_heartbeat(const struct pvgpu_liveness *liveness, const struct pvgpu_control_region *control)
{
    return liveness->has_block && load64(&control->extension.host_heartbeat) != 0;
}

enum pvgpu_wait_result pvgpu_liveness_look(struct pvgpu_liveness *liveness, const struct pvgpu_control_region *control,
                                           uint64_t now_ns)
{
    if (!liveness->has_block) {
        return PVGPU_WAIT_DONE;
    }
    uint64_t heartbeat = load64(&control->extension.host_heartbeat);
    uint64_t passed = now_ns > liveness->looked_ns ? now_ns - liveness->looked_ns : 0;
    liveness->looked_ns = now_ns;
    if (heartbeat != liveness->heartbeat || heartbeat == 0) {
        liveness->heartbeat = heartbeat;
        liveness->still_ns = 0;
    } else {
        liveness->still_ns += passed < LOOK_MAX_NS ? passed : LOOK_MAX_NS;
    }
    uint64_t generation = load64(&control->extension.generation);
    if (generation != liveness->generation) {
        if (liveness->generation != 0) {
            return PVGPU_WAIT_DEVICE_LOST;
        }
        liveness->generation = generation; /* the first host there is: it has lost nothing */
    }
    return liveness->still_ns >= STOPPED_NS ? PVGPU_WAIT_DISCONNECTED : PVGPU_WAIT_DONE;
}

void pvgpu_liveness_beat(struct pvgpu_liveness *liveness, struct pvgpu_control_region *control, uint64_t now_ns)
{
    if (!liveness->has_block || now_ns - liveness->beaten_ns < BEAT_NS) {
        return;
    }
    liveness->beaten_ns = now_ns;
    /* The word belongs to whoever uses the device, one program after the other: it goes on from where it stands. */
    uint64_t beat = __atomic_load_n(&control->extension.guest_heartbeat, __ATOMIC_RELAXED) + 1;
    __atomic_store_n(&control->extension.guest_heartbeat, beat ? beat : 1, __ATOMIC_RELEASE);
}
