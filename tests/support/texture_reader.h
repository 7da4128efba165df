/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A consumer's snapshot of the page of shared textures, as include/pvgpu/shared_texture.h tells it to take one. */
#ifndef PVGPU_TESTS_TEXTURE_READER_H
#define PVGPU_TESTS_TEXTURE_READER_H

#include "present/texture_page.h"

#include <stdbool.h>

#define TEXTURE_READER_TRIES 1000

/* False: the page was being written each time that it was looked at. */
static inline bool texture_snapshot(const uint64_t *shared, struct pvgpu_shared_texture_page *page)
{
    const uint64_t *sequence = &shared[offsetof(struct pvgpu_shared_texture_page, sequence) / sizeof(uint64_t)];
    union pvgpu_texture_page_image image;
    for (int i = 0; i < TEXTURE_READER_TRIES; i++) {
        uint64_t before = __atomic_load_n(sequence, __ATOMIC_ACQUIRE);
        /* Backwards, against the direction in which it is written: the order is free, and this one meets more. */
        for (size_t word = sizeof(image) / sizeof(uint64_t); word-- > 0;)
            image.words[word] = __atomic_load_n(&shared[word], __ATOMIC_ACQUIRE);
        uint64_t after = __atomic_load_n(sequence, __ATOMIC_RELAXED);
        if (before % 2 == 0 && before == after) {
            *page = image.page;
            return true;
        }
    }
    return false;
}

#endif
