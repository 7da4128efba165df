/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "shm/ring.h"

#include "base/checked.h"

#include <stdatomic.h>
#include <string.h>

__attribute__((noinline)) void pvgpu_copy_once(void *destination, const void *shared, size_t bytes)
{
    uint8_t *to = destination;
    const uint8_t *from = shared;
    if (((uintptr_t)from & 7) == 0) {
        for (; bytes >= 8; bytes -= 8, to += 8, from += 8) {
            uint64_t word = atomic_load_explicit((const _Atomic uint64_t *)(const void *)from, memory_order_relaxed);
            memcpy(to, &word, sizeof(word));
        }
    }
    for (; bytes >= 4; bytes -= 4, to += 4, from += 4) {
        uint32_t word = atomic_load_explicit((const _Atomic uint32_t *)(const void *)from, memory_order_relaxed);
        memcpy(to, &word, sizeof(word));
    }
}

void pvgpu_ring_init(struct pvgpu_ring *ring, const void *base, uint64_t bytes, uint64_t position)
{
    uint64_t read = pvgpu_round_up(position, PVGPU_COMMAND_ALIGNMENT);
    *ring = (struct pvgpu_ring){.base = base, .bytes = bytes, .read = read, .offset = read % bytes};
}

/* Copies from a ring offset, around the end if need be. */
static void copy_out(const struct pvgpu_ring *ring, uint64_t offset, void *destination, size_t bytes)
{
    uint64_t until_end = ring->bytes - offset;
    size_t first = bytes <= until_end ? bytes : (size_t)until_end;
    pvgpu_copy_once(destination, ring->base + offset, first);
    if (first < bytes)
        pvgpu_copy_once((uint8_t *)destination + first, ring->base, bytes - first);
}

enum pvgpu_ring_result pvgpu_ring_peek(const struct pvgpu_ring *ring, uint64_t producer, struct pvgpu_command *command)
{
    command->header = (struct pvgpu_command_header){0};
    if (producer < ring->read) {
        /* Inside the padding of the last command it has published all there is; further back it went backwards. */
        return ring->read - producer < PVGPU_COMMAND_ALIGNMENT ? PVGPU_RING_EMPTY : PVGPU_RING_BROKEN;
    }
    uint64_t pending = producer - ring->read;
    if (pending == 0)
        return PVGPU_RING_EMPTY;
    if (pending > ring->bytes)
        return PVGPU_RING_BROKEN;
    if (pending < sizeof(command->header))
        return PVGPU_RING_PARTIAL;

    /* Starts are multiples of 16, and so is the ring's length: a header never straddles the end. */
    pvgpu_copy_once(command->bytes, ring->base + ring->offset, sizeof(command->header));
    uint32_t size = command->header.size;
    if (size < sizeof(command->header) || size > PVGPU_COMMAND_MAX_BYTES || size % 4 != 0)
        return PVGPU_RING_BROKEN;
    if (size > pending)
        return PVGPU_RING_PARTIAL;

    size_t rest = size - sizeof(command->header);
    if (rest) {
        uint64_t offset = ring->offset + sizeof(command->header);
        copy_out(ring, offset == ring->bytes ? 0 : offset, command->bytes + sizeof(command->header), rest);
    }
    return PVGPU_RING_COMMAND;
}

void pvgpu_ring_advance(struct pvgpu_ring *ring, uint32_t size)
{
    uint64_t stride = pvgpu_round_up(size, PVGPU_COMMAND_ALIGNMENT);
    ring->read += stride;
    ring->offset += stride;
    if (ring->offset >= ring->bytes)
        ring->offset -= ring->bytes;
}
