/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Where ring and heap lie. The control region says so, but a guest can write there: the four words are read once, when
 * a session starts or is reset, checked, and never looked at again.
 */
#ifndef PVGPU_SHM_LAYOUT_H
#define PVGPU_SHM_LAYOUT_H

#include "pvgpu/protocol.h"

/* Byte ranges of the mapping; disjoint, inside it, outside the control region. */
struct pvgpu_layout {
    uint64_t ring_offset; /* multiple of 16 */
    uint64_t ring_bytes; /* multiple of 16, at least PVGPU_COMMAND_MAX_BYTES */
    uint64_t heap_offset; /* multiple of 16 */
    uint64_t heap_bytes; /* at least 1 */
};

/* The words of a control region that describe the layout, copied out of shared memory. */
struct pvgpu_layout_words {
    uint32_t magic;
    uint32_t version;
    uint32_t ring_offset, ring_bytes;
    uint32_t heap_offset, heap_bytes;
};

/* Reads each word once. */
void pvgpu_layout_read(const struct pvgpu_control_region *region, struct pvgpu_layout_words *words);

/*
 * Checks magic, major version, and that ring and heap are aligned, inside a mapping of `total` bytes, outside the
 * control region and apart from each other. Returns NULL and fills *layout, or says in English what is wrong. Pure.
 */
const char *pvgpu_layout_check(const struct pvgpu_layout_words *words, uint64_t total, struct pvgpu_layout *layout);

#endif
