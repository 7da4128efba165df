/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The consumer's side of the command ring. Commands are copied out, each word once, and only the copy is looked at:
 * the guest may change the ring at any time. Owned by one thread.
 *
 * Positions are free-running byte counts; every command starts at a multiple of 16 and the next one starts after its
 * size rounded up to 16, whether the size field counts the padding or not (decision D1 of docs/protocol.md).
 */
#ifndef PVGPU_SHM_RING_H
#define PVGPU_SHM_RING_H

#include "pvgpu/protocol.h"

#include <stdbool.h>

struct pvgpu_ring {
    const uint8_t *base; /* shared */
    uint64_t bytes;
    uint64_t read; /* position of the next command; multiple of 16 */
    uint64_t offset; /* read % bytes */
};

enum pvgpu_ring_result {
    PVGPU_RING_COMMAND, /* one command was copied; not yet passed */
    PVGPU_RING_EMPTY, /* everything published was read */
    PVGPU_RING_PARTIAL, /* the next command is not published to its end */
    PVGPU_RING_BROKEN, /* a malformed header or impossible counters: framing is lost */
};

/* A command's copy: header.size bytes of it are valid. */
struct pvgpu_command {
    _Alignas(16) union {
        struct pvgpu_command_header header;
        uint8_t bytes[PVGPU_COMMAND_MAX_BYTES];
    };
};

void pvgpu_ring_init(struct pvgpu_ring *ring, const void *base, uint64_t bytes, uint64_t position);

/*
 * Copies the command at the read position, given the guest's producer counter. Does not move on. After BROKEN and
 * PARTIAL only the header is filled in: what the guest wrote, or zeroes where it was not read.
 */
enum pvgpu_ring_result pvgpu_ring_peek(const struct pvgpu_ring *ring, uint64_t producer, struct pvgpu_command *command);

/* Moves past the command of that size. */
void pvgpu_ring_advance(struct pvgpu_ring *ring, uint32_t size);

/* What may be published as consumed: a producer may stand inside the padding of the last command. */
static inline uint64_t pvgpu_ring_consumed(const struct pvgpu_ring *ring, uint64_t producer)
{
    return ring->read < producer ? ring->read : producer;
}

/*
 * Copies `bytes` (a multiple of 4) from memory that another party may be writing, reading each word exactly once.
 * Never inlined, so that no compiler can merge it with later uses of the source. Both ends are 4-byte aligned.
 */
void pvgpu_copy_once(void *destination, const void *shared, size_t bytes);

#endif
