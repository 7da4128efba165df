/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The shared textures of one epoch: made and destroyed together, taken one by one. Private to present/texture_ring.c.
 */
#ifndef PVGPU_PRESENT_TEXTURE_SET_H
#define PVGPU_PRESENT_TEXTURE_SET_H

#include "present/texture_host.h"
#include "pvgpu/shared_texture.h"

#include <stdbool.h>

enum pvgpu_texture_hold {
    PVGPU_TEXTURE_GIVEN, /* not ours: consumers may have it */
    PVGPU_TEXTURE_IDLE, /* the mutex is ours, and nobody waits for what is in it */
    PVGPU_TEXTURE_PENDING, /* the mutex is ours, a frame is on its way */
};

struct pvgpu_texture {
    void *host; /* owned */
    enum pvgpu_texture_hold hold;
    uint64_t number; /* of the frame on its way, while PENDING */
    struct pvgpu_shared_texture_entry entry; /* of the frame in it; publication is 0 until that is shown */
};

struct pvgpu_texture_set {
    uint64_t epoch; /* 0: there are no textures */
    uint32_t count;
    uint32_t width, height, format; /* as the host is asked for */
    uint64_t bytes; /* of all together */
    bool spoilt; /* to be replaced */
    struct pvgpu_texture textures[PVGPU_SHARED_TEXTURE_MAX_TEXTURES];
};

/*
 * Makes `count` textures for what set->epoch, width, height and format say, named for that VM. Anything but OK: none
 * are left.
 */
enum pvgpu_texture_result pvgpu_texture_set_create(struct pvgpu_texture_set *set, struct pvgpu_texture_host *host,
                                                   const char *vm, uint32_t count);

/* Whatever state they are in; the set is empty then. An empty one is fine. */
void pvgpu_texture_set_destroy(struct pvgpu_texture_set *set, struct pvgpu_texture_host *host);

/*
 * A texture whose mutex is ours, IDLE: of those that nobody holds the one without a frame, or with the oldest, so that
 * the newest comes last. NULL: *result is BUSY, ABANDONED, FAILED or LOST.
 */
struct pvgpu_texture *pvgpu_texture_set_claim(struct pvgpu_texture_set *set, struct pvgpu_texture_host *host,
                                              enum pvgpu_texture_result *result);

/* The one with the frame of that number on its way; NULL: none. */
struct pvgpu_texture *pvgpu_texture_set_find(struct pvgpu_texture_set *set, uint64_t number);

/* How many frames are on their way. */
uint32_t pvgpu_texture_set_pending(const struct pvgpu_texture_set *set);

/* Nobody waits for those frames any more; their textures stay ours. */
void pvgpu_texture_set_cancel(struct pvgpu_texture_set *set);

#endif
