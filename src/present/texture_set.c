/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "present/texture_set.h"

#include <stdio.h>

enum pvgpu_texture_result pvgpu_texture_set_create(struct pvgpu_texture_set *set, struct pvgpu_texture_host *host,
                                                   const char *vm, uint32_t count)
{
    for (set->count = 0; set->count < count; set->count++) {
        struct pvgpu_texture *texture = &set->textures[set->count];
        snprintf(texture->entry.name, sizeof(texture->entry.name), "PVGPU_%s_%llu_%u", vm,
                 (unsigned long long)set->epoch, set->count);
        const struct pvgpu_texture_desc desc = {
            .name = texture->entry.name, .width = set->width, .height = set->height, .format = set->format};
        enum pvgpu_texture_result result = host->ops->create(host, &desc, &texture->host);
        if (result != PVGPU_TEXTURE_OK) {
            pvgpu_texture_set_destroy(set, host);
            return result;
        }
    }
    return PVGPU_TEXTURE_OK;
}

void pvgpu_texture_set_destroy(struct pvgpu_texture_set *set, struct pvgpu_texture_host *host)
{
    for (uint32_t i = 0; i < set->count; i++)
        host->ops->destroy_texture(host, set->textures[i].host);
    *set = (struct pvgpu_texture_set){.epoch = 0};
}

/* The next to be tried. What is IDLE has no frame that counts, so it is among the first. */
static struct pvgpu_texture *candidate(struct pvgpu_texture_set *set, uint32_t tried)
{
    struct pvgpu_texture *best = NULL;
    for (uint32_t i = 0; i < set->count; i++) {
        struct pvgpu_texture *texture = &set->textures[i];
        if (texture->hold == PVGPU_TEXTURE_PENDING || tried & 1u << i)
            continue;
        if (!best || texture->entry.publication < best->entry.publication)
            best = texture;
    }
    return best;
}

struct pvgpu_texture *pvgpu_texture_set_claim(struct pvgpu_texture_set *set, struct pvgpu_texture_host *host,
                                              enum pvgpu_texture_result *result)
{
    uint32_t tried = 0; /* bit mask */
    *result = PVGPU_TEXTURE_BUSY;
    for (struct pvgpu_texture *texture; (texture = candidate(set, tried)) != NULL;) {
        if (texture->hold == PVGPU_TEXTURE_IDLE)
            return texture;
        *result = host->ops->acquire(host, texture->host);
        if (*result == PVGPU_TEXTURE_OK) {
            texture->hold = PVGPU_TEXTURE_IDLE;
            return texture;
        }
        if (*result != PVGPU_TEXTURE_BUSY)
            return NULL;
        tried |= 1u << (texture - set->textures);
    }
    return NULL;
}

struct pvgpu_texture *pvgpu_texture_set_find(struct pvgpu_texture_set *set, uint64_t number)
{
    for (uint32_t i = 0; i < set->count; i++) {
        if (set->textures[i].hold == PVGPU_TEXTURE_PENDING && set->textures[i].number == number)
            return &set->textures[i];
    }
    return NULL;
}

uint32_t pvgpu_texture_set_pending(const struct pvgpu_texture_set *set)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < set->count; i++)
        count += set->textures[i].hold == PVGPU_TEXTURE_PENDING;
    return count;
}

void pvgpu_texture_set_cancel(struct pvgpu_texture_set *set)
{
    /* None can be released while the GPU may write it; a later copy of ours comes after the one on its way. */
    for (uint32_t i = 0; i < set->count; i++) {
        if (set->textures[i].hold == PVGPU_TEXTURE_PENDING)
            set->textures[i].hold = PVGPU_TEXTURE_IDLE;
    }
}
