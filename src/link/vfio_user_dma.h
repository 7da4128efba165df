/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Which ranges of guest memory the client has announced (DMA_MAP, DMA_UNMAP). We use none of them: the table exists so
 * that a client hears when it contradicts itself, as the protocol wants it. Owned by the session's thread.
 */
#ifndef PVGPU_LINK_VFIO_USER_DMA_H
#define PVGPU_LINK_VFIO_USER_DMA_H

#include <stddef.h>
#include <stdint.h>

/* What the protocol assumes of a server that says nothing else; 1 MiB for the table. A guest with an IOMMU makes maps. */
#define PVGPU_VFIO_MAX_DMA_MAPS 65535u

struct pvgpu_vfio_dma_range {
    uint64_t first, last; /* guest physical, both included */
};

struct pvgpu_vfio_dma {
    struct pvgpu_vfio_dma_range *ranges; /* owned; by address, none touches another's bytes; NULL while empty */
    size_t count, capacity;
};

/* Both return 0 or the errno value for the reply: then nothing was changed. */

/* EINVAL: empty, or past the end of the address space; EEXIST: over one that is there; ENOSPC: too many; ENOMEM. */
uint32_t pvgpu_vfio_dma_map(struct pvgpu_vfio_dma *dma, uint64_t address, uint64_t size);

/*
 * Takes away every range inside; that there is none is no error, since the clients of a guest with an IOMMU clear wide
 * spans. EINVAL: empty, or past the end; ENOENT: one lies half in it.
 */
uint32_t pvgpu_vfio_dma_unmap(struct pvgpu_vfio_dma *dma, uint64_t address, uint64_t size);

/* Takes all away; also at the end. */
void pvgpu_vfio_dma_clear(struct pvgpu_vfio_dma *dma);

#endif
