/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What the shared textures need of their host, in two parts: the GPU's (gpu/d3d11/shared_texture.h) and the system's
 * (present/texture_board.h). Both hold no policy: who is written next, when and why is present/texture_ring.h. Called
 * from the render thread; nothing blocks.
 */
#ifndef PVGPU_PRESENT_TEXTURE_HOST_H
#define PVGPU_PRESENT_TEXTURE_HOST_H

#include <stdint.h>

#define PVGPU_TEXTURE_FAILURE_BYTES 160

struct pvgpu_resource;

enum pvgpu_texture_result {
    PVGPU_TEXTURE_OK,
    PVGPU_TEXTURE_BUSY, /* acquire: somebody else holds it */
    PVGPU_TEXTURE_ABANDONED, /* acquire: its last holder went without releasing it; it is of no use any more */
    PVGPU_TEXTURE_TAKEN, /* create, open: something of that name is there already */
    PVGPU_TEXTURE_FAILED, /* `failure` tells what */
    PVGPU_TEXTURE_LOST, /* the device is gone, and with it all textures; logged by whoever saw it first */
};

struct pvgpu_texture_desc {
    const char *name; /* ASCII; unique in the session */
    uint32_t width, height; /* pixels */
    uint32_t format; /* DXGI format that can be shared, see pvgpu_texture_ring_format */
};

struct pvgpu_texture_host;

struct pvgpu_texture_host_ops {
    /* Makes a small texture with all that belongs to it, and lets go of it again. OK, FAILED or LOST. */
    enum pvgpu_texture_result (*probe)(struct pvgpu_texture_host *host);
    /* OK (*texture is set), TAKEN, FAILED or LOST. */
    enum pvgpu_texture_result (*create)(struct pvgpu_texture_host *host, const struct pvgpu_texture_desc *desc,
                                        void **texture);
    /* Held or not, copied to or not. */
    void (*destroy_texture)(struct pvgpu_texture_host *host, void *texture);
    /* Takes the mutex, without waiting. OK, BUSY, ABANDONED, FAILED or LOST. */
    enum pvgpu_texture_result (*acquire)(struct pvgpu_texture_host *host, void *texture);
    /* Gives it back; never before the GPU has finished what was copied. OK, FAILED or LOST. */
    enum pvgpu_texture_result (*release)(struct pvgpu_texture_host *host, void *texture);
    /* Queues a copy of the picture's first subresource, which has the texture's size and a format of its family. */
    void (*copy)(struct pvgpu_texture_host *host, void *texture, struct pvgpu_resource *picture);
    /* All textures were destroyed before. */
    void (*destroy)(struct pvgpu_texture_host *host);
};

/* First member of every implementation. */
struct pvgpu_texture_host {
    const struct pvgpu_texture_host_ops *ops;
    uint32_t luid_low; /* of the adapter */
    int32_t luid_high;
    char failure[PVGPU_TEXTURE_FAILURE_BYTES]; /* which call refused what, after FAILED */
};

struct pvgpu_texture_board;

struct pvgpu_texture_board_ops {
    /*
     * Makes the page: *memory becomes PVGPU_SHARED_TEXTURE_BYTES of zeroes, 8-byte aligned, which consumers can only
     * read. Called again after TAKEN or FAILED; once OK it stays until destroy.
     */
    enum pvgpu_texture_result (*open)(struct pvgpu_texture_board *board, void **memory);
    /* Wakes every consumer. */
    void (*signal)(struct pvgpu_texture_board *board);
    void (*destroy)(struct pvgpu_texture_board *board);
};

struct pvgpu_texture_board {
    const struct pvgpu_texture_board_ops *ops;
    char failure[PVGPU_TEXTURE_FAILURE_BYTES]; /* after FAILED */
};

#endif
