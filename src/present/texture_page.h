/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The producer's side of the page of include/pvgpu/shared_texture.h, on plain memory. What it shows is kept in a
 * private image, which the owner changes and then writes as a whole; nothing is ever read from shared memory.
 * Owned by one thread.
 */
#ifndef PVGPU_PRESENT_TEXTURE_PAGE_H
#define PVGPU_PRESENT_TEXTURE_PAGE_H

#include "pvgpu/shared_texture.h"

/* The page as its fields and as the words in which it is copied. */
union pvgpu_texture_page_image {
    struct pvgpu_shared_texture_page page;
    uint64_t words[PVGPU_SHARED_TEXTURE_BYTES / sizeof(uint64_t)];
};

struct pvgpu_texture_page {
    union pvgpu_texture_page_image image; /* `sequence` in it is not used */
    uint64_t *shared; /* lent: the page's words; NULL: nothing is written yet */
    uint64_t sequence; /* the one in shared memory; even between writes */
};

/* Prepares the image; nothing is written. `vm` is a name as it stands in names. */
void pvgpu_texture_page_init(struct pvgpu_texture_page *page, const char *vm);

/* Where the image goes from now on: zeroed memory, 8-byte aligned. */
void pvgpu_texture_page_attach(struct pvgpu_texture_page *page, void *shared);

/* Shows the image. Readers see all of it or all of the one before. */
void pvgpu_texture_page_write(struct pvgpu_texture_page *page);

#endif
