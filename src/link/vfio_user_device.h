/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The PCI function that a vfio-user client sees: configuration space, BAR0 registers, interrupts. It knows no socket and
 * no session: accesses come in as region, offset and bytes, consequences go out as a bit mask. Owned by the session's
 * thread; nothing blocks.
 *
 * Configuration space is conventional PCI, 256 bytes: identity and class as configured, BAR0 (4 KiB, registers), BAR1
 * (4 KiB, MSI-X), BAR2 with BAR3 (64-bit prefetchable, shared memory), interrupt pin A and one capability, MSI-X with 2
 * vectors. There is no power management capability: D0 is the only state.
 *
 * Interrupts. Raising vector v sets bit v of IRQ_PENDING. From there it takes one of two ways.
 *
 * MSI-X: v's eventfd is written if
 *   - the client has assigned one, which it does while the guest has the vector enabled, and
 *   - bit v of IRQ_ENABLE is set, or IRQ_ENABLE was never written since the last machine reset.
 * The second half is for guests of protocol 1.0 that know MSI-X but not the mask register. A vector that could not be
 * delivered is remembered, once, and delivered when both hold; the guest forgets it by clearing the pending bit.
 *
 * INTx: a line for both, asserted while the guest has not enabled MSI-X and a bit is set in both IRQ_PENDING and
 * IRQ_ENABLE. A mask that was never written enables nothing here: a guest that does not know the registers cannot lower
 * the line again, and one that stays up takes every other device on it along. The guest lowers it by clearing the
 * pending bits or the mask. The interrupt bit of the PCI status register shows the line; what it says goes out unless
 * the command register's interrupt-disable bit is set. The client hears of it through an eventfd that is written
 * when the line goes up, and masks itself by that; after the client's UNMASK it is written again if the line is still up.
 */
#ifndef PVGPU_LINK_VFIO_USER_DEVICE_H
#define PVGPU_LINK_VFIO_USER_DEVICE_H

#include "link/link.h"
#include "link/vfio_user_wire.h"
#include "pvgpu/protocol.h"

#include <stdbool.h>

#define PVGPU_VFIO_CONFIG_BYTES 256u
#define PVGPU_VFIO_MSIX_BAR_BYTES 0x1000u
#define PVGPU_VFIO_MSIX_TABLE_OFFSET 0x000u /* in BAR1 */
#define PVGPU_VFIO_MSIX_PBA_OFFSET 0x800u /* in BAR1 */
#define PVGPU_VFIO_MSIX_CAPABILITY 0x40u /* in configuration space */

struct pvgpu_vfio_device {
    struct pvgpu_pci_identity identity;
    void *memory; /* BAR2, borrowed; shared with the guest */
    uint64_t memory_bytes;
    uint8_t config[PVGPU_VFIO_CONFIG_BYTES];
    uint8_t config_writable[PVGPU_VFIO_CONFIG_BYTES]; /* bit mask of each byte */
    uint32_t irq_pending; /* register: PVGPU_IRQ_* */
    uint32_t irq_enable; /* register: PVGPU_IRQ_* */
    bool irq_enable_written; /* since the last machine reset */
    bool error; /* PVGPU_REG_STATUS_ERROR */
    uint32_t undelivered; /* bit per vector: raised, eventfd of MSI-X not written yet */
    int eventfds[PVGPU_MSIX_VECTORS]; /* of MSI-X; owned; -1: not assigned */
    int intx; /* eventfd; owned; -1: not assigned */
    int intx_unmask; /* eventfd that the client writes to unmask INTx; owned; -1: not assigned */
    bool intx_masked; /* by the client, or by itself since it was signalled last */
};

/* What an access asks of the owner, as a bit mask. */
enum pvgpu_vfio_effect {
    PVGPU_VFIO_EFFECT_DOORBELL = 1, /* the guest rang */
    PVGPU_VFIO_EFFECT_RESET = 2, /* the guest wrote the reset register; the registers are reset already */
};

/* `memory_bytes` is a power of two from PVGPU_MIN_SHMEM_BYTES to 2 GiB: a BAR, and a u32 register says it. */
void pvgpu_vfio_device_init(struct pvgpu_vfio_device *device, const struct pvgpu_pci_identity *identity, void *memory,
                            uint64_t memory_bytes);

/* What pvgpu_vfio_device_finish may be called on without an init before. */
void pvgpu_vfio_device_init_empty(struct pvgpu_vfio_device *device);

/* Closes the eventfds. */
void pvgpu_vfio_device_finish(struct pvgpu_vfio_device *device);

/*
 * A reset of the machine or of the function: registers and configuration space are as after init. The eventfds and the
 * mask of INTx stay, they belong to the client, which takes them away itself. The control region is the owner's business.
 */
void pvgpu_vfio_device_reset(struct pvgpu_vfio_device *device);

/* Bytes of a region, 0 for one that we do not have (and for any other number). */
uint64_t pvgpu_vfio_device_region_bytes(const struct pvgpu_vfio_device *device, uint32_t region);

/*
 * Reads or writes `count` bytes, at most PVGPU_VFIO_MAX_TRANSFER. Registers take naturally aligned accesses of 1, 2, 4
 * and 8 bytes, other regions any range inside. In shared memory such accesses are single and in order with all others:
 * counters are written through here by a client that does not map it (QEMU, while INTx is up). Returns 0, or the errno
 * value for the reply: then nothing was done. *effects is set by a write in every case.
 */
uint32_t pvgpu_vfio_device_read(const struct pvgpu_vfio_device *device, uint32_t region, uint64_t offset,
                                uint8_t *bytes, uint32_t count);
uint32_t pvgpu_vfio_device_write(struct pvgpu_vfio_device *device, uint32_t region, uint64_t offset,
                                 const uint8_t *bytes, uint32_t count, uint32_t *effects);

/*
 * SET_IRQS. `bools` holds request->count bytes with DATA_BOOL. A descriptor that is kept is replaced by -1 in `fds`;
 * the caller closes the rest. Returns 0, or the errno value for the reply: then nothing was changed.
 */
uint32_t pvgpu_vfio_device_set_irqs(struct pvgpu_vfio_device *device, const struct pvgpu_vfio_irq_set *request,
                                    const uint8_t *bools, int *fds, size_t fd_count);

/* Raises a vector by the rules above. */
void pvgpu_vfio_device_interrupt(struct pvgpu_vfio_device *device, uint32_t vector);

/* Interrupts of a kind, 0 for those that we do not have, and PVGPU_VFIO_IRQ_* flags that describe it. */
uint32_t pvgpu_vfio_device_irq_count(uint32_t index);
uint32_t pvgpu_vfio_device_irq_flags(uint32_t index);

/* The client may have written the eventfd that unmasks INTx. */
void pvgpu_vfio_device_take_unmask(struct pvgpu_vfio_device *device);

/* Delivers what can be by now: after every change of what the rules above name. */
void pvgpu_vfio_device_deliver(struct pvgpu_vfio_device *device);

/* Whether the guest has MSI-X enabled, or INTx disabled, in configuration space; shows the line of INTx there. */
bool pvgpu_vfio_device_has_msix_enabled(const struct pvgpu_vfio_device *device);
bool pvgpu_vfio_device_has_intx_disabled(const struct pvgpu_vfio_device *device);
void pvgpu_vfio_device_show_intx(struct pvgpu_vfio_device *device, bool asserted);

#endif
