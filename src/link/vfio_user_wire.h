/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Layout of the vfio-user protocol, version 0.0, as far as a PCI device without guest memory access needs it: a client
 * (QEMU) sends commands over a Unix stream socket, we answer each with a reply of the same id. File descriptors travel
 * with a message as SCM_RIGHTS. Everything is little-endian; the structures have no padding. Numbers of regions, flags
 * and interrupt kinds are those of Linux's VFIO interface.
 */
#ifndef PVGPU_LINK_VFIO_USER_WIRE_H
#define PVGPU_LINK_VFIO_USER_WIRE_H

#include <stddef.h>
#include <stdint.h>

#define PVGPU_VFIO_MAJOR 0u
#define PVGPU_VFIO_MINOR 0u

/* What we tell the client we take; asked for in VERSION. */
#define PVGPU_VFIO_MAX_TRANSFER 4096u /* bytes of one REGION_READ or REGION_WRITE: all our trapped regions are small */
#define PVGPU_VFIO_MAX_FDS 16u /* descriptors with one message; we never need more than a vector each */
#define PVGPU_VFIO_MAX_PAYLOAD (PVGPU_VFIO_MAX_TRANSFER + 64u) /* the longest request, a full REGION_WRITE */

enum pvgpu_vfio_command {
    PVGPU_VFIO_VERSION = 1,
    PVGPU_VFIO_DMA_MAP = 2,
    PVGPU_VFIO_DMA_UNMAP = 3,
    PVGPU_VFIO_GET_INFO = 4,
    PVGPU_VFIO_GET_REGION_INFO = 5,
    PVGPU_VFIO_GET_REGION_IO_FDS = 6, /* not offered */
    PVGPU_VFIO_GET_IRQ_INFO = 7,
    PVGPU_VFIO_SET_IRQS = 8,
    PVGPU_VFIO_REGION_READ = 9,
    PVGPU_VFIO_REGION_WRITE = 10,
    PVGPU_VFIO_DMA_READ = 11, /* server to client, never sent */
    PVGPU_VFIO_DMA_WRITE = 12, /* server to client, never sent */
    PVGPU_VFIO_RESET = 13
};

struct pvgpu_vfio_header {
    uint16_t id; /* chosen by the sender of the command, repeated in its reply */
    uint16_t command; /* enum pvgpu_vfio_command */
    uint32_t size; /* bytes of the message, header included */
    uint32_t flags; /* PVGPU_VFIO_TYPE_*, PVGPU_VFIO_NO_REPLY, PVGPU_VFIO_ERROR */
    uint32_t error; /* errno value, with PVGPU_VFIO_ERROR */
};
_Static_assert(sizeof(struct pvgpu_vfio_header) == 16, "vfio-user header");
_Static_assert(offsetof(struct pvgpu_vfio_header, size) == 4, "vfio-user header");
_Static_assert(offsetof(struct pvgpu_vfio_header, error) == 12, "vfio-user header");

#define PVGPU_VFIO_TYPE_MASK 0xFu
#define PVGPU_VFIO_TYPE_COMMAND 0x0u
#define PVGPU_VFIO_TYPE_REPLY 0x1u
#define PVGPU_VFIO_NO_REPLY 0x10u
#define PVGPU_VFIO_ERROR 0x20u

/* VERSION, both ways; a NUL-terminated JSON text of capabilities may follow. */
struct pvgpu_vfio_version {
    uint16_t major;
    uint16_t minor;
};
_Static_assert(sizeof(struct pvgpu_vfio_version) == 4, "vfio-user version");

/* DMA_MAP: at most one descriptor; the reply has no payload. */
struct pvgpu_vfio_dma_map {
    uint32_t argsz; /* bytes of this structure */
    uint32_t flags; /* PVGPU_VFIO_MAP_* */
    uint64_t offset; /* in the descriptor's file */
    uint64_t address; /* guest physical */
    uint64_t size;
};
_Static_assert(sizeof(struct pvgpu_vfio_dma_map) == 32, "vfio-user dma map");
#define PVGPU_VFIO_MAP_READABLE 0x1u
#define PVGPU_VFIO_MAP_WRITABLE 0x2u

/* DMA_UNMAP, repeated in the reply. */
struct pvgpu_vfio_dma_unmap {
    uint32_t argsz;
    uint32_t flags; /* PVGPU_VFIO_UNMAP_* */
    uint64_t address;
    uint64_t size;
};
_Static_assert(sizeof(struct pvgpu_vfio_dma_unmap) == 24, "vfio-user dma unmap");
#define PVGPU_VFIO_UNMAP_DIRTY_BITMAP 0x1u /* not offered */
#define PVGPU_VFIO_UNMAP_ALL 0x2u

/* GET_INFO, both ways. argsz in a request is the room that the client has, in a reply what we filled. */
struct pvgpu_vfio_info {
    uint32_t argsz;
    uint32_t flags; /* PVGPU_VFIO_INFO_* */
    uint32_t regions;
    uint32_t irqs;
};
_Static_assert(sizeof(struct pvgpu_vfio_info) == 16, "vfio-user device info");
#define PVGPU_VFIO_INFO_RESET 0x1u
#define PVGPU_VFIO_INFO_PCI 0x2u

/* GET_REGION_INFO, both ways; the reply carries a descriptor if the region can be mapped. */
struct pvgpu_vfio_region_info {
    uint32_t argsz;
    uint32_t flags; /* PVGPU_VFIO_REGION_* */
    uint32_t index; /* enum pvgpu_vfio_region */
    uint32_t cap_offset;
    uint64_t size;
    uint64_t offset; /* in the descriptor's file */
};
_Static_assert(sizeof(struct pvgpu_vfio_region_info) == 32, "vfio-user region info");
#define PVGPU_VFIO_REGION_READABLE 0x1u
#define PVGPU_VFIO_REGION_WRITABLE 0x2u
#define PVGPU_VFIO_REGION_MAPPABLE 0x4u

enum pvgpu_vfio_region {
    PVGPU_VFIO_BAR0 = 0, /* registers */
    PVGPU_VFIO_BAR1 = 1, /* MSI-X table and pending bits */
    PVGPU_VFIO_BAR2 = 2, /* shared memory; its high half takes the place of BAR3 */
    PVGPU_VFIO_CONFIG = 7,
    PVGPU_VFIO_REGION_COUNT = 9
};

/* GET_IRQ_INFO, both ways. */
struct pvgpu_vfio_irq_info {
    uint32_t argsz;
    uint32_t flags; /* PVGPU_VFIO_IRQ_* */
    uint32_t index; /* enum pvgpu_vfio_irq */
    uint32_t count;
};
_Static_assert(sizeof(struct pvgpu_vfio_irq_info) == 16, "vfio-user irq info");
#define PVGPU_VFIO_IRQ_EVENTFD 0x1u
#define PVGPU_VFIO_IRQ_MASKABLE 0x2u
#define PVGPU_VFIO_IRQ_AUTOMASKED 0x4u

enum pvgpu_vfio_irq { PVGPU_VFIO_IRQ_INTX = 0, PVGPU_VFIO_IRQ_MSIX = 2, PVGPU_VFIO_IRQ_COUNT = 5 };

/* SET_IRQS; with DATA_BOOL `count` bytes follow. The reply has no payload. */
struct pvgpu_vfio_irq_set {
    uint32_t argsz; /* bytes of this request's payload, with what follows */
    uint32_t flags; /* one PVGPU_VFIO_SET_DATA_* and one PVGPU_VFIO_SET_ACTION_* */
    uint32_t index; /* enum pvgpu_vfio_irq */
    uint32_t start;
    uint32_t count;
};
_Static_assert(sizeof(struct pvgpu_vfio_irq_set) == 20, "vfio-user irq set");
#define PVGPU_VFIO_SET_DATA_NONE 0x01u
#define PVGPU_VFIO_SET_DATA_BOOL 0x02u
#define PVGPU_VFIO_SET_DATA_EVENTFD 0x04u
#define PVGPU_VFIO_SET_DATA_MASK 0x07u
#define PVGPU_VFIO_SET_ACTION_MASK_IRQ 0x08u
#define PVGPU_VFIO_SET_ACTION_UNMASK_IRQ 0x10u
#define PVGPU_VFIO_SET_ACTION_TRIGGER 0x20u

/* REGION_READ and REGION_WRITE, both ways; a write's request and a read's reply are followed by `count` bytes. */
struct pvgpu_vfio_region_access {
    uint64_t offset;
    uint32_t region; /* enum pvgpu_vfio_region */
    uint32_t count;
};
_Static_assert(sizeof(struct pvgpu_vfio_region_access) == 16, "vfio-user region access");

#endif
