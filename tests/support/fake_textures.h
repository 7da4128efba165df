/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A host of shared textures without a GPU, and the consumers that go with it. It plays whatever the real one may
 * answer, keeps count of what is alive, and notes the first call that breaks a rule of present/texture_host.h or of
 * include/pvgpu/shared_texture.h. One thread.
 */
#ifndef PVGPU_TESTS_FAKE_TEXTURES_H
#define PVGPU_TESTS_FAKE_TEXTURES_H

#include "present/texture_host.h"
#include "pvgpu/shared_texture.h"

#include <stdbool.h>

#define FAKE_MAX_TEXTURES 256

enum fake_owner {
    FAKE_NOBODY,
    FAKE_PRODUCER,
    FAKE_CONSUMER,
    FAKE_GONE, /* was held by somebody who went without releasing it */
};

/* Alive as long as the producer has it or a consumer has it open. */
struct fake_texture {
    bool produced;
    bool opened;
    char name[PVGPU_SHARED_TEXTURE_NAME_BYTES];
    uint32_t width, height, format;
    enum fake_owner owner;
    bool pending; /* copied to and not released since; for a test to clear what was forgotten */
    bool copying; /* the GPU has not finished */
    uint32_t content; /* id of the picture copied last; 0: none */
};

struct fake_textures {
    struct pvgpu_texture_host host;
    struct pvgpu_texture_board board;
    struct fake_texture textures[FAKE_MAX_TEXTURES];
    uint64_t page[PVGPU_SHARED_TEXTURE_BYTES / sizeof(uint64_t)];

    /* What the next calls answer; OK: what follows from the state. */
    enum pvgpu_texture_result probe_result, open_result, acquire_result, release_result;
    enum pvgpu_texture_result create_result; /* of the call of create after `creates_until` more */
    uint32_t creates_until;

    /* What was seen. */
    uint32_t hosts, boards; /* alive */
    uint32_t opens, creates, acquires, copies, releases, signals; /* calls */
    const char *violation; /* the first rule that was broken; NULL: none */
};

/* Fills host and board; both count as alive until they are destroyed. */
void fake_textures_init(struct fake_textures *fake);

/* Textures that the producer has not destroyed, hosts and boards. */
uint32_t fake_textures_live(const struct fake_textures *fake);

/* The GPU has finished every copy so far. */
void fake_textures_finish_gpu(struct fake_textures *fake);

/* What the page says now. */
struct pvgpu_shared_texture_page fake_textures_page(const struct fake_textures *fake);

/* The texture of a name, by whoever has it; NULL: there is none. */
struct fake_texture *fake_textures_find(struct fake_textures *fake, const char *name);

/* A consumer. Opening NULL or what is gone gives NULL. */
struct fake_texture *fake_consumer_open(struct fake_textures *fake, const char *name);
void fake_consumer_close(struct fake_texture *texture); /* held: it is abandoned */
enum pvgpu_texture_result fake_consumer_acquire(struct fake_texture *texture);
void fake_consumer_release(struct fake_texture *texture);

#endif
