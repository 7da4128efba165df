/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "fake_textures.h"

#include "gpu/object.h"
#include "texture_reader.h"

#include <stdio.h>
#include <string.h>

static struct fake_textures *from_host(struct pvgpu_texture_host *host)
{
    return (struct fake_textures *)((char *)host - offsetof(struct fake_textures, host));
}

static struct fake_textures *from_board(struct pvgpu_texture_board *board)
{
    return (struct fake_textures *)((char *)board - offsetof(struct fake_textures, board));
}

static void demand(struct fake_textures *fake, bool held, const char *rule)
{
    if (!held && !fake->violation)
        fake->violation = rule;
}

struct pvgpu_shared_texture_page fake_textures_page(const struct fake_textures *fake)
{
    struct pvgpu_shared_texture_page page;
    if (!texture_snapshot(fake->page, &page))
        memset(&page, 0, sizeof(page));
    return page;
}

/* The texture that the page calls the newest; NULL: none. */
static struct fake_texture *newest(struct fake_textures *fake)
{
    struct pvgpu_shared_texture_page page = fake_textures_page(fake);
    if (!page.newest)
        return NULL;
    uint32_t index = PVGPU_SHARED_TEXTURE_NEWEST_INDEX(page.newest);
    demand(fake, index < page.texture_count, "the newest is one of those that are there");
    demand(fake, page.state == PVGPU_SHARED_TEXTURE_ACTIVE, "a page with a newest frame is active");
    if (index >= page.texture_count)
        return NULL;
    demand(fake, page.textures[index].publication == PVGPU_SHARED_TEXTURE_NEWEST_PUBLICATION(page.newest),
           "the newest frame is the one in its entry");
    return fake_textures_find(fake, page.textures[index].name);
}

struct fake_texture *fake_textures_find(struct fake_textures *fake, const char *name)
{
    for (size_t i = 0; i < FAKE_MAX_TEXTURES; i++) {
        struct fake_texture *texture = &fake->textures[i];
        if ((texture->produced || texture->opened) && strcmp(texture->name, name) == 0)
            return texture;
    }
    return NULL;
}

/* ---- The GPU's part ---- */

static enum pvgpu_texture_result answer(struct fake_textures *fake, enum pvgpu_texture_result result)
{
    if (result == PVGPU_TEXTURE_FAILED)
        snprintf(fake->host.failure, sizeof(fake->host.failure), "the fake says no");
    return result;
}

static enum pvgpu_texture_result probe(struct pvgpu_texture_host *host)
{
    return answer(from_host(host), from_host(host)->probe_result);
}

static enum pvgpu_texture_result create(struct pvgpu_texture_host *host, const struct pvgpu_texture_desc *desc,
                                        void **object)
{
    struct fake_textures *fake = from_host(host);
    fake->creates++;
    if (fake->create_result != PVGPU_TEXTURE_OK && fake->creates_until-- == 0)
        return answer(fake, fake->create_result);
    if (fake_textures_find(fake, desc->name))
        return PVGPU_TEXTURE_TAKEN;
    for (size_t i = 0; i < FAKE_MAX_TEXTURES; i++) {
        struct fake_texture *texture = &fake->textures[i];
        if (texture->produced || texture->opened)
            continue;
        *texture = (struct fake_texture){
            .produced = true, .width = desc->width, .height = desc->height, .format = desc->format};
        snprintf(texture->name, sizeof(texture->name), "%s", desc->name);
        *object = texture;
        return PVGPU_TEXTURE_OK;
    }
    demand(fake, false, "there are never that many textures");
    return answer(fake, PVGPU_TEXTURE_FAILED);
}

static void destroy_texture(struct pvgpu_texture_host *host, void *object)
{
    struct fake_textures *fake = from_host(host);
    struct fake_texture *texture = object;
    demand(fake, texture->produced, "a texture is destroyed once");
    struct pvgpu_shared_texture_page page = fake_textures_page(fake);
    for (uint32_t i = 0; i < page.texture_count; i++)
        demand(fake, strcmp(page.textures[i].name, texture->name) != 0, "the page names no textures that are gone");
    texture->produced = false;
    if (texture->owner == FAKE_PRODUCER)
        texture->owner = FAKE_GONE;
}

static enum pvgpu_texture_result acquire(struct pvgpu_texture_host *host, void *object)
{
    struct fake_textures *fake = from_host(host);
    struct fake_texture *texture = object;
    fake->acquires++;
    demand(fake, texture->produced && texture->owner != FAKE_PRODUCER, "only what is not ours is acquired");
    if (fake->acquire_result != PVGPU_TEXTURE_OK)
        return answer(fake, fake->acquire_result);
    if (texture->owner == FAKE_CONSUMER)
        return PVGPU_TEXTURE_BUSY;
    if (texture->owner == FAKE_GONE)
        return PVGPU_TEXTURE_ABANDONED;
    texture->owner = FAKE_PRODUCER;
    return PVGPU_TEXTURE_OK;
}

static enum pvgpu_texture_result release(struct pvgpu_texture_host *host, void *object)
{
    struct fake_textures *fake = from_host(host);
    struct fake_texture *texture = object;
    fake->releases++;
    demand(fake, texture->owner == FAKE_PRODUCER, "only what is ours is released");
    demand(fake, !texture->copying, "nothing is released before the GPU is done with it");
    demand(fake, newest(fake) == texture, "the page shows the frame before its texture is released");
    texture->pending = false;
    if (fake->release_result != PVGPU_TEXTURE_OK)
        return answer(fake, fake->release_result);
    texture->owner = FAKE_NOBODY;
    return PVGPU_TEXTURE_OK;
}

static void copy(struct pvgpu_texture_host *host, void *object, struct pvgpu_resource *picture)
{
    struct fake_textures *fake = from_host(host);
    struct fake_texture *texture = object;
    fake->copies++;
    demand(fake, texture->owner == FAKE_PRODUCER, "only what is ours is written");
    demand(fake, newest(fake) != texture, "what is being written is not the newest frame");
    demand(fake, picture->width == texture->width && picture->height == texture->height, "the copy fits");
    texture->copying = texture->pending = true;
    texture->content = picture->base.id;
}

static void destroy_host(struct pvgpu_texture_host *host)
{
    struct fake_textures *fake = from_host(host);
    fake->hosts--;
    for (size_t i = 0; i < FAKE_MAX_TEXTURES; i++)
        demand(fake, !fake->textures[i].produced, "textures are destroyed before their host");
}

static const struct pvgpu_texture_host_ops host_ops = {
    .probe = probe,
    .create = create,
    .destroy_texture = destroy_texture,
    .acquire = acquire,
    .release = release,
    .copy = copy,
    .destroy = destroy_host,
};

/* ---- The system's part ---- */

static enum pvgpu_texture_result open_page(struct pvgpu_texture_board *board, void **memory)
{
    struct fake_textures *fake = from_board(board);
    fake->opens++;
    if (fake->open_result != PVGPU_TEXTURE_OK) {
        snprintf(board->failure, sizeof(board->failure), "the fake has no page");
        return fake->open_result;
    }
    *memory = fake->page;
    return PVGPU_TEXTURE_OK;
}

static void signal_consumers(struct pvgpu_texture_board *board)
{
    struct fake_textures *fake = from_board(board);
    fake->signals++;
    const struct fake_texture *texture = newest(fake);
    demand(fake,
           texture ? texture->owner != FAKE_PRODUCER : fake_textures_page(fake).state == PVGPU_SHARED_TEXTURE_ENDED,
           "consumers are woken after the release, or at the end");
}

static void destroy_board(struct pvgpu_texture_board *board)
{
    from_board(board)->boards--;
}

static const struct pvgpu_texture_board_ops board_ops = {
    .open = open_page,
    .signal = signal_consumers,
    .destroy = destroy_board,
};

void fake_textures_init(struct fake_textures *fake)
{
    memset(fake, 0, sizeof(*fake));
    fake->host = (struct pvgpu_texture_host){.ops = &host_ops, .luid_low = 0x12345678, .luid_high = -2};
    fake->board = (struct pvgpu_texture_board){.ops = &board_ops};
    fake->hosts = fake->boards = 1;
}

uint32_t fake_textures_live(const struct fake_textures *fake)
{
    uint32_t count = fake->hosts + fake->boards;
    for (size_t i = 0; i < FAKE_MAX_TEXTURES; i++)
        count += fake->textures[i].produced ? 1 : 0;
    return count;
}

void fake_textures_finish_gpu(struct fake_textures *fake)
{
    for (size_t i = 0; i < FAKE_MAX_TEXTURES; i++)
        fake->textures[i].copying = false;
}

/* ---- Consumers ---- */

struct fake_texture *fake_consumer_open(struct fake_textures *fake, const char *name)
{
    struct fake_texture *texture = name ? fake_textures_find(fake, name) : NULL;
    if (texture)
        texture->opened = true;
    return texture;
}

void fake_consumer_close(struct fake_texture *texture)
{
    texture->opened = false;
    if (texture->owner == FAKE_CONSUMER)
        texture->owner = FAKE_GONE;
}

enum pvgpu_texture_result fake_consumer_acquire(struct fake_texture *texture)
{
    if (texture->owner == FAKE_GONE)
        return PVGPU_TEXTURE_ABANDONED;
    if (texture->owner != FAKE_NOBODY)
        return PVGPU_TEXTURE_BUSY;
    texture->owner = FAKE_CONSUMER;
    return PVGPU_TEXTURE_OK;
}

void fake_consumer_release(struct fake_texture *texture)
{
    texture->owner = FAKE_NOBODY;
}
