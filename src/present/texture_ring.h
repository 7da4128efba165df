/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Shared textures, the policy: which texture takes the next frame, when it is shown and let go, and when all are made
 * anew. What consumers see is told in include/pvgpu/shared_texture.h. It knows neither Direct3D nor the system: those
 * are behind present/texture_host.h.
 *
 * Owned by the render thread; nothing blocks. A frame goes through two calls, tied together by its number:
 *
 *   at PRESENT, before the guest's next command:    capture takes a texture and queues the copy
 *   when the submission with that copy is done,
 *   and the frame's turn has come (pacing):         publish shows the texture, lets it go, wakes the consumers
 *
 * When the epoch of the VM is over, forget drops all frames on their way.
 */
#ifndef PVGPU_PRESENT_TEXTURE_RING_H
#define PVGPU_PRESENT_TEXTURE_RING_H

#include "base/log.h"
#include "present/texture_host.h"
#include "pvgpu/shared_texture.h"

#include <stdbool.h>
#include <stdint.h>

struct pvgpu_texture_ring;

struct pvgpu_texture_ring_config {
    const char *vm; /* the VM's name; any text */
    uint32_t texture_count; /* 2 to PVGPU_SHARED_TEXTURE_MAX_TEXTURES; buffer_count + 1 */
    struct pvgpu_texture_host *host; /* taken, also on failure; NULL: it could not be made, there will be no ring */
    struct pvgpu_texture_board *board; /* the same */
    struct pvgpu_log log;
};

/* What is known of a frame that is complete. */
struct pvgpu_texture_frame {
    uint64_t number; /* PRESENTs since the last reset, from 1 */
    uint64_t epoch; /* reset epoch of the VM */
    uint64_t fence; /* highest fence value that came before */
    uint64_t present_ns; /* when PRESENT was executed, monotonic clock */
    uint64_t complete_ns; /* when it was seen to be complete, monotonic clock */
};

struct pvgpu_texture_ring_stats {
    uint64_t published;
    uint64_t dropped; /* frames that capture was asked for and that nobody can ever see; without the forgotten ones */
    uint64_t epochs; /* sets of textures made */
    uint64_t bytes; /* of the textures that are there now, about */
};

/* The VM's name as it stands in the names of objects. */
void pvgpu_texture_vm_name(char name[PVGPU_SHARED_TEXTURE_VM_NAME_BYTES], const char *vm);

/*
 * The format of the textures that take pictures of `format`, 0: such pictures cannot be shared. These are the formats
 * for which "Direct3D 11.1 features" in the Direct3D documentation guarantees sharing; typeless ones count as the
 * UNORM (or FLOAT) member of their family. Nothing is converted: formats outside of these families are dropped.
 */
uint32_t pvgpu_texture_ring_format(uint32_t format);

/*
 * NULL: this host shares no textures, or memory is short; one warning says so, and frames go out by other outputs. A
 * page that cannot be made now (a consumer may still hold the one of an earlier renderer) is warned of and tried again
 * at later frames.
 */
struct pvgpu_texture_ring *pvgpu_texture_ring_create(const struct pvgpu_texture_ring_config *config);

/* Consumers are told that it is over; textures that wait for the GPU are left to it. NULL is fine. */
void pvgpu_texture_ring_destroy(struct pvgpu_texture_ring *ring);

/*
 * Takes a texture for frame `number` and queues a copy of the picture's first subresource into it. The picture is a 2D
 * texture with one sample; `format` is how its bytes are to be read. `room_bytes` is how much more memory textures may
 * take than they do now. Numbers grow until forget. False: the frame is dropped and counted, nothing was queued.
 */
bool pvgpu_texture_ring_capture(struct pvgpu_texture_ring *ring, struct pvgpu_resource *picture, uint32_t format,
                                uint64_t number, uint64_t room_bytes);

/*
 * The GPU has finished the copy for the frame: shows it, releases the texture, wakes the consumers, in this order. In
 * the order of capture. Frames that were not captured, or whose texture is gone meanwhile, are passed over.
 */
void pvgpu_texture_ring_publish(struct pvgpu_texture_ring *ring, const struct pvgpu_texture_frame *frame);

/*
 * Frames on their way are of no interest any more; the GPU may still be copying. What is shown stays until the first
 * frame of the new epoch.
 */
void pvgpu_texture_ring_forget(struct pvgpu_texture_ring *ring);

void pvgpu_texture_ring_stats(const struct pvgpu_texture_ring *ring, struct pvgpu_texture_ring_stats *stats);

#endif
