/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The control region: initialisation, and everything that the host writes there afterwards. Counters are published by
 * compare-exchange from the value that we published last: a failed exchange means that a device reset the region
 * behind our back. Status bits change by atomic and/or, since a device may zero them at the same time.
 */
#ifndef PVGPU_SHM_CONTROL_H
#define PVGPU_SHM_CONTROL_H

#include "pvgpu/protocol.h"
#include "shm/control_page.h"

/*
 * Writes what a device writes at start-up and at a system reset into a mapping of `size` bytes. The extension block is
 * left alone: generation, heartbeats and numbers of resets go on across resets of the machine.
 */
void pvgpu_control_init(void *base, uint64_t size);

/*
 * The extension block, where the host initialises the control region: which link it is, and for ivshmem-doorbell how many
 * vectors each side has and the peer id of the host (else 0). Its other words stay as they are.
 */
void pvgpu_control_extend(struct pvgpu_control_region *region, enum pvgpu_link_id link, uint32_t vectors,
                          uint32_t host_peer);
bool pvgpu_control_is_extended(struct pvgpu_control_region *region);

/* Another host has taken over: not 0, and not the number of the one before. */
void pvgpu_control_set_generation(struct pvgpu_control_region *region, uint64_t generation);
/* The host is here: what one before us said at its end is taken back. */
void pvgpu_control_greet(struct pvgpu_control_region *region);
/* The host's heart beats once. */
void pvgpu_control_beat(struct pvgpu_control_region *region);

/* Resets by number: what was asked for, what was carried out. */
uint32_t pvgpu_control_reset_request(struct pvgpu_control_region *region);
uint32_t pvgpu_control_reset_done(struct pvgpu_control_region *region);
void pvgpu_control_set_reset_done(struct pvgpu_control_region *region, uint32_t request);

/* Whether all counters are 0: nobody has submitted anything since the last reset, so a guest can have no objects. */
bool pvgpu_control_is_untouched(struct pvgpu_control_region *region);

/*
 * The display that a guest finds, in pixels, if nobody has said another one: words that still hold what pvgpu_control_init
 * and QEMU's device write. Before the guest is told that the device is there.
 */
void pvgpu_control_offer_display(struct pvgpu_control_region *region, uint32_t width, uint32_t height);

/*
 * What the guest's reset register does: producer, consumer, fence request and completed fence become 0. Status and
 * error words are cleared too, apart from the bits in `keep`: the published device leaves them, but it also never
 * recovers from a lost GPU.
 */
void pvgpu_control_reset_counters(struct pvgpu_control_region *region, uint32_t keep);

/* One writer of the control region, working for one epoch. Owned by its thread. */
struct pvgpu_publisher {
    struct pvgpu_control_region *region; /* shared with the guest */
    struct pvgpu_control_page *page; /* shared with the session */
    uint64_t epoch;
    uint64_t consumer; /* last published */
    uint64_t fence; /* last published */
    uint64_t fence_consumed; /* highest FENCE value executed; goes to the page with the next consumer value */
    uint32_t reset_request; /* the number that the extension block had when the epoch began */
};

/* Starts publishing for the page's current epoch, from the values that the page says were published in it. */
void pvgpu_publisher_init(struct pvgpu_publisher *publisher, struct pvgpu_control_region *region,
                          struct pvgpu_control_page *page);

/*
 * Each returns false when the epoch is over: nothing was written, and the caller acknowledges the reset. Values never
 * fall; equal ones are not written again. Consumer and fence are stored with release order, after the last read of
 * ring and heap.
 */
bool pvgpu_publish_consumer(struct pvgpu_publisher *publisher, uint64_t value);
bool pvgpu_publish_fence(struct pvgpu_publisher *publisher, uint64_t value);
bool pvgpu_publish_status(struct pvgpu_publisher *publisher, uint32_t set, uint32_t clear);
/* Argument first, then code, then the error bit (and `status` with it), with release order. */
bool pvgpu_publish_error(struct pvgpu_publisher *publisher, uint32_t code, uint32_t argument, uint32_t status);

/*
 * Whether a device has reset the region behind our back: a counter is not what we published, the ready bit that we set is
 * gone, or the extension block has another number. Only meaningful after the ready bit was published.
 */
bool pvgpu_publisher_sees_reset(struct pvgpu_publisher *publisher);

/*
 * Takes over the counters as a reset behind our back has left them, or is leaving them: into the page, for the epoch that
 * the caller has begun. The publisher is the old epoch's; pvgpu_publisher_init starts the new one.
 */
void pvgpu_publisher_adopt_reset(struct pvgpu_publisher *publisher);

static inline uint64_t pvgpu_control_producer(struct pvgpu_control_region *region)
{
    return atomic_load_explicit((_Atomic uint64_t *)&region->producer, memory_order_acquire);
}

#endif
