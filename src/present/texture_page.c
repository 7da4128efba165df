/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "present/texture_page.h"

#include <string.h>

#define SEQUENCE_WORD (offsetof(struct pvgpu_shared_texture_page, sequence) / sizeof(uint64_t))
#define USED_WORDS (offsetof(struct pvgpu_shared_texture_page, reserved2) / sizeof(uint64_t))

void pvgpu_texture_page_init(struct pvgpu_texture_page *page, const char *vm)
{
    *page = (struct pvgpu_texture_page){.shared = NULL};
    struct pvgpu_shared_texture_page *image = &page->image.page;
    image->magic = PVGPU_SHARED_TEXTURE_MAGIC;
    image->version = PVGPU_SHARED_TEXTURE_VERSION;
    image->bytes = PVGPU_SHARED_TEXTURE_BYTES;
    size_t length = strlen(vm);
    memcpy(image->vm_name, vm, length < sizeof(image->vm_name) ? length : sizeof(image->vm_name) - 1);
}

void pvgpu_texture_page_attach(struct pvgpu_texture_page *page, void *shared)
{
    page->shared = shared;
    page->sequence = 0;
}

/*
 * Each word is stored with release order, so a reader that acquires a new one also sees the odd number before it: its
 * second look at the sequence differs from the first.
 */
void pvgpu_texture_page_write(struct pvgpu_texture_page *page)
{
    if (!page->shared)
        return;
    __atomic_store_n(&page->shared[SEQUENCE_WORD], ++page->sequence, __ATOMIC_RELAXED);
    for (size_t i = 0; i < USED_WORDS; i++) {
        if (i != SEQUENCE_WORD)
            __atomic_store_n(&page->shared[i], page->image.words[i], __ATOMIC_RELEASE);
    }
    __atomic_store_n(&page->shared[SEQUENCE_WORD], ++page->sequence, __ATOMIC_RELEASE);
}
