/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What the guest does on the links through QEMU's ivshmem devices, where no register of the protocol exists: the doorbell
 * is a register of ivshmem, a reset is a number in the extension block. Shared by the ways of reaching the device. What
 * the host has written is checked once and copied; nothing here trusts it.
 */
#ifndef PVGPU_GUEST_IVSHMEM_H
#define PVGPU_GUEST_IVSHMEM_H

#include <stdbool.h>
#include <stdint.h>

#include "pvgpu/guest.h"

struct pvgpu_ivshmem {
    struct pvgpu_control_region *control; /* in shared memory, not owned */
    uint32_t link; /* enum pvgpu_link_id: one of the two ivshmem links */
    bool rings; /* the host has a doorbell */
    uint32_t doorbell; /* the value that rings it, for PVGPU_IVSHMEM_REG_DOORBELL */
    uint32_t vectors; /* interrupts that the host may raise, 0 to PVGPU_MSIX_VECTORS */
};

/*
 * Looks at the start of an ivshmem device's memory. false: this is no memory of PVGPU, or its host does not know the
 * links; said on stderr with `device` (for messages). A doorbell that makes no sense is said and not used.
 */
bool pvgpu_ivshmem_init(struct pvgpu_ivshmem *ivshmem, void *mapping, uint64_t bytes, const char *device);

/*
 * Resets by number: asks, every two seconds anew, and waits until the host has done it, at most timeout_ns. `ring` is
 * called with each request if the host has a doorbell. false: the host did not answer; said on stderr. The caller must
 * have stopped submitting.
 */
bool pvgpu_ivshmem_reset(const struct pvgpu_ivshmem *ivshmem, void (*ring)(struct pvgpu_guest_transport *transport),
                         struct pvgpu_guest_transport *transport, uint64_t timeout_ns);

/* What the status register of a PVGPU device would say: connected while a host has taken the memory and not said that it
 * goes. Whether it still lives, the heartbeat tells. */
uint32_t pvgpu_ivshmem_status(const struct pvgpu_ivshmem *ivshmem);

#endif
