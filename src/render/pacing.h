/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * When a present may complete. With vertical synchronisation, presents of sync interval n are at least n refresh
 * periods apart, on an absolute time line, so that a late one does not shift those after it. Pure arithmetic over
 * times; owned by the render thread.
 */
#ifndef PVGPU_RENDER_PACING_H
#define PVGPU_RENDER_PACING_H

#include "base/time.h"

#include <stdbool.h>

struct pvgpu_pacing {
    uint64_t last_ns; /* when the last present was due; 0: none yet */
};

#define PVGPU_REFRESH_LEAST 1u /* Hz; what a guest writes outside these is taken as the default */
#define PVGPU_REFRESH_MOST 1000u

/*
 * The time at which a present that is ready at `ready_ns` may complete. interval 0, or no vsync: at once. refresh_hz is
 * the guest's display word, unchecked.
 */
static inline uint64_t pvgpu_pacing_due(struct pvgpu_pacing *pacing, uint64_t ready_ns, uint32_t interval,
                                        uint32_t refresh_hz, bool vsync)
{
    if (!vsync || interval == 0) {
        pacing->last_ns = ready_ns;
        return ready_ns;
    }
    if (refresh_hz < PVGPU_REFRESH_LEAST || refresh_hz > PVGPU_REFRESH_MOST)
        refresh_hz = 60;
    uint64_t due = pacing->last_ns + PVGPU_NS_PER_S * interval / refresh_hz;
    /* A present that is late by itself starts a new time line: missed refreshes are not made up for. */
    if (due < ready_ns)
        due = ready_ns;
    pacing->last_ns = due;
    return due;
}

#endif
