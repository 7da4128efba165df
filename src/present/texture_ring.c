/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "present/texture_ring.h"

#include "base/checked.h"
#include "gpu/object.h"
#include "os/process.h"
#include "present/frame_format.h"
#include "present/texture_page.h"
#include "present/texture_set.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define BGRX8 88u
#define BGRX8_TYPELESS 92u
#define BGRX8_SRGB 93u

/* Epochs that are tried when names are in use: a renderer that died left at most a few that somebody still holds. */
#define MOST_EPOCHS_TRIED 16u

/* Presents until what failed is tried again: a second at 60 Hz at first, then longer. */
#define FIRST_PAUSE 64u
#define LONGEST_PAUSE 4096u
/* Presents from textures that replace spoilt ones to the next: consumers can spoil them, and new ones are dear. */
#define SPOILT_PAUSE 16u

struct pvgpu_texture_ring {
    struct pvgpu_texture_host *host; /* owned */
    struct pvgpu_texture_board *board; /* owned */
    struct pvgpu_log log;
    struct pvgpu_log_limit lines; /* a guest or a consumer can cause them */
    uint32_t texture_count;
    struct pvgpu_texture_page page;
    struct pvgpu_texture_set current; /* takes frames */
    struct pvgpu_texture_set previous; /* shown until the current one has a frame; what is on its way still gets out */
    uint64_t epoch; /* highest tried */
    uint64_t publications;
    uint32_t pause; /* presents until something is made again */
    uint32_t next_pause; /* after the next failure */
    struct pvgpu_texture_ring_stats stats;
};

/* ---- Names and formats ---- */

void pvgpu_texture_vm_name(char name[PVGPU_SHARED_TEXTURE_VM_NAME_BYTES], const char *vm)
{
    size_t length = 0;
    for (; vm[length] && length < PVGPU_SHARED_TEXTURE_VM_NAME_BYTES - 1; length++) {
        char c = vm[length];
        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
                     c == '_' || c == '.';
        name[length] = plain ? c : '_';
    }
    name[length] = '\0';
}

uint32_t pvgpu_texture_ring_format(uint32_t format)
{
    if (format == BGRX8 || format == BGRX8_SRGB)
        return format;
    if (format == BGRX8_TYPELESS)
        return BGRX8;
    return pvgpu_frame_format_is_plain(format) ? pvgpu_frame_format_published(format) : 0;
}

/* A line that a guest or a consumer can cause. */
#define complain(ring, level, ...) \
    do { \
        uint64_t suppressed_; \
        if (pvgpu_log_limit_pass(&(ring)->lines, &suppressed_)) \
            pvgpu_log_at(&(ring)->log, level, __VA_ARGS__); \
    } while (0)

/* Nothing is made for a while. */
static void pause_after_failure(struct pvgpu_texture_ring *ring)
{
    ring->pause = ring->next_pause;
    ring->next_pause = ring->next_pause * 2 < LONGEST_PAUSE ? ring->next_pause * 2 : LONGEST_PAUSE;
}

/* ---- The page ---- */

/* The page names no textures. */
static void hide_textures(struct pvgpu_texture_ring *ring)
{
    struct pvgpu_shared_texture_page *page = &ring->page.image.page;
    page->state = PVGPU_SHARED_TEXTURE_WAITING;
    page->epoch = 0;
    page->newest = 0;
    page->texture_count = 0;
    memset(page->textures, 0, sizeof(page->textures));
    pvgpu_texture_page_write(&ring->page);
}

static bool is_shown(const struct pvgpu_texture_ring *ring, const struct pvgpu_texture_set *set)
{
    return set->epoch && ring->page.image.page.epoch == set->epoch;
}

/* What is in the texture does not count any more. */
static void hide_frame(struct pvgpu_texture_ring *ring, const struct pvgpu_texture_set *set,
                       struct pvgpu_texture *texture)
{
    texture->entry.publication = 0;
    if (!is_shown(ring, set))
        return;
    uint32_t index = (uint32_t)(texture - set->textures);
    struct pvgpu_shared_texture_page *page = &ring->page.image.page;
    page->textures[index].publication = 0;
    if (page->newest && PVGPU_SHARED_TEXTURE_NEWEST_INDEX(page->newest) == index)
        page->newest = 0;
    pvgpu_texture_page_write(&ring->page);
}

/* The texture holds the newest frame. The page goes over to its set if it is not there yet. */
static void show_frame(struct pvgpu_texture_ring *ring, const struct pvgpu_texture_set *set,
                       const struct pvgpu_texture *texture)
{
    uint32_t index = (uint32_t)(texture - set->textures);
    struct pvgpu_shared_texture_page *page = &ring->page.image.page;
    if (!is_shown(ring, set)) {
        page->state = PVGPU_SHARED_TEXTURE_ACTIVE;
        page->epoch = set->epoch;
        page->texture_count = set->count;
        page->width = set->width;
        page->height = set->height;
        page->format = set->format;
        page->colour_space = pvgpu_frame_format_colour_space(set->format);
        memset(page->textures, 0, sizeof(page->textures));
        for (uint32_t i = 0; i < set->count; i++)
            memcpy(page->textures[i].name, set->textures[i].entry.name, sizeof(page->textures[i].name));
    }
    page->textures[index] = texture->entry;
    page->newest = PVGPU_SHARED_TEXTURE_NEWEST(texture->entry.publication, index);
    page->dropped = ring->stats.dropped;
    pvgpu_texture_page_write(&ring->page);
}

/* Whether there is a page to write; asks for it now and then if not. */
static bool ensure_page(struct pvgpu_texture_ring *ring)
{
    void *memory = NULL;
    if (ring->page.shared)
        return true;
    if (ring->pause)
        return false;
    switch (ring->board->ops->open(ring->board, &memory)) {
    case PVGPU_TEXTURE_OK:
        ring->next_pause = FIRST_PAUSE;
        pvgpu_texture_page_attach(&ring->page, memory);
        pvgpu_texture_page_write(&ring->page);
        return true;
    case PVGPU_TEXTURE_TAKEN:
        complain(ring, PVGPU_LOG_WARN, "PVGPU_%s is in use by another process; no shared textures until it lets go",
                 ring->page.image.page.vm_name);
        break;
    default:
        complain(ring, PVGPU_LOG_WARN, "No shared textures for now: %s", ring->board->failure);
        break;
    }
    pause_after_failure(ring);
    return false;
}

/* ---- Sets of textures ---- */

static void destroy_set(struct pvgpu_texture_ring *ring, struct pvgpu_texture_set *set)
{
    if (is_shown(ring, set))
        hide_textures(ring);
    ring->stats.dropped += pvgpu_texture_set_pending(set);
    pvgpu_texture_set_destroy(set, ring->host);
}

/* The device is gone: nothing of it can be used or shown. */
static void lose(struct pvgpu_texture_ring *ring)
{
    destroy_set(ring, &ring->current);
    destroy_set(ring, &ring->previous);
}

/* Whether the current set goes when it is replaced, and not the previous one. */
static bool is_disposable(const struct pvgpu_texture_ring *ring)
{
    return !is_shown(ring, &ring->current) && !pvgpu_texture_set_pending(&ring->current);
}

/*
 * The current set makes room. What is shown stays until there is something newer to show, and so do frames on their
 * way, but of the set before it.
 */
static void retire_current(struct pvgpu_texture_ring *ring)
{
    if (is_disposable(ring)) {
        destroy_set(ring, &ring->current);
        return;
    }
    destroy_set(ring, &ring->previous);
    ring->previous = ring->current;
    ring->current = (struct pvgpu_texture_set){.epoch = 0};
}

/* Measures a new set. False: it would take too much. */
static bool measure(struct pvgpu_texture_ring *ring, const struct pvgpu_resource *picture, uint32_t format,
                    uint64_t room_bytes, uint64_t *bytes)
{
    uint64_t freed = is_disposable(ring) ? ring->current.bytes : ring->previous.bytes;
    uint64_t pixels = (uint64_t)picture->width * picture->height; /* two 32-bit numbers */
    if (pvgpu_mul_u64(pixels, (uint64_t)ring->texture_count * pvgpu_frame_format_bytes(format), bytes) &&
        (*bytes <= freed || *bytes - freed <= room_bytes))
        return true;
    complain(ring, PVGPU_LOG_WARN,
             "Frames of %ux%u are not shared: %u textures would lead past the VM's limit of memory", picture->width,
             picture->height, ring->texture_count);
    return false;
}

/* New textures with new names for pictures like this one. */
static bool make_set(struct pvgpu_texture_ring *ring, const struct pvgpu_resource *picture, uint32_t format,
                     uint64_t room_bytes)
{
    uint64_t bytes;
    if (ring->pause || !measure(ring, picture, format, room_bytes, &bytes))
        return false;
    struct pvgpu_texture_set set;
    enum pvgpu_texture_result result = PVGPU_TEXTURE_TAKEN;
    for (uint32_t i = 0; i < MOST_EPOCHS_TRIED && result == PVGPU_TEXTURE_TAKEN; i++) {
        set = (struct pvgpu_texture_set){.epoch = ++ring->epoch,
                                         .width = picture->width,
                                         .height = picture->height,
                                         .format = format,
                                         .bytes = bytes};
        result = pvgpu_texture_set_create(&set, ring->host, ring->page.image.page.vm_name, ring->texture_count);
    }
    if (result != PVGPU_TEXTURE_OK) {
        if (result == PVGPU_TEXTURE_LOST)
            lose(ring);
        else
            complain(ring, PVGPU_LOG_WARN, "No shared textures of %ux%u for now: %s", picture->width, picture->height,
                     result == PVGPU_TEXTURE_TAKEN ? "their names are in use" : ring->host->failure);
        pause_after_failure(ring);
        return false;
    }
    ring->pause = ring->current.spoilt ? SPOILT_PAUSE : 0;
    ring->next_pause = FIRST_PAUSE;
    retire_current(ring);
    ring->current = set;
    ring->stats.epochs++;
    complain(ring, PVGPU_LOG_INFO, "Shared textures: %u of %ux%u %s, %s and on", set.count, set.width, set.height,
             pvgpu_frame_format_name(set.format), set.textures[0].entry.name);
    return true;
}

static bool fits(const struct pvgpu_texture_set *set, const struct pvgpu_resource *picture, uint32_t format)
{
    return set->epoch && !set->spoilt && set->width == picture->width && set->height == picture->height &&
           set->format == format;
}

/* ---- Frames ---- */

/* A texture for the picture, from a new set if the one there is turns out to be spoilt. */
static struct pvgpu_texture *take_texture(struct pvgpu_texture_ring *ring, const struct pvgpu_resource *picture,
                                          uint32_t format, uint64_t room_bytes)
{
    for (int attempt = 0; attempt < 2; attempt++) {
        enum pvgpu_texture_result result;
        if (!fits(&ring->current, picture, format) && !make_set(ring, picture, format, room_bytes))
            return NULL;
        struct pvgpu_texture *texture = pvgpu_texture_set_claim(&ring->current, ring->host, &result);
        if (texture || result == PVGPU_TEXTURE_BUSY)
            return texture;
        if (result == PVGPU_TEXTURE_LOST) {
            lose(ring);
            return NULL;
        }
        complain(ring, PVGPU_LOG_WARN, "A shared texture cannot be taken back: %s; making new ones",
                 result == PVGPU_TEXTURE_ABANDONED ? "whoever held it is gone" : ring->host->failure);
        ring->current.spoilt = true;
    }
    return NULL;
}

bool pvgpu_texture_ring_capture(struct pvgpu_texture_ring *ring, struct pvgpu_resource *picture, uint32_t format,
                                uint64_t number, uint64_t room_bytes)
{
    uint32_t shared_format = pvgpu_texture_ring_format(format);
    struct pvgpu_texture *texture = NULL;
    if (ring->pause)
        ring->pause--;
    if (!shared_format)
        complain(ring, PVGPU_LOG_WARN, "Frames of format %s are not shared", pvgpu_frame_format_name(format));
    else if (ensure_page(ring))
        texture = take_texture(ring, picture, shared_format, room_bytes);
    if (!texture) {
        ring->stats.dropped++;
        return false;
    }
    hide_frame(ring, &ring->current, texture);
    ring->host->ops->copy(ring->host, texture->host, picture);
    texture->hold = PVGPU_TEXTURE_PENDING;
    texture->number = number;
    return true;
}

/* The mutex could not be given back, so nobody can have the frame. */
static void drop_unreleased(struct pvgpu_texture_ring *ring, struct pvgpu_texture_set *set,
                            struct pvgpu_texture *texture, enum pvgpu_texture_result result)
{
    ring->stats.dropped++;
    if (result == PVGPU_TEXTURE_LOST) {
        lose(ring);
        return;
    }
    complain(ring, PVGPU_LOG_WARN, "A shared texture cannot be given away: %s; making new ones", ring->host->failure);
    hide_frame(ring, set, texture);
    set->spoilt = true;
}

void pvgpu_texture_ring_publish(struct pvgpu_texture_ring *ring, const struct pvgpu_texture_frame *frame)
{
    struct pvgpu_texture_set *set = &ring->previous;
    struct pvgpu_texture *texture = pvgpu_texture_set_find(set, frame->number);
    if (!texture) {
        set = &ring->current;
        texture = pvgpu_texture_set_find(set, frame->number);
    }
    if (!texture)
        return;
    texture->entry.publication = ++ring->publications;
    texture->entry.frame = frame->number;
    texture->entry.reset_epoch = frame->epoch;
    texture->entry.fence = frame->fence;
    texture->entry.present_ns = frame->present_ns;
    texture->entry.complete_ns = frame->complete_ns;
    /* Before the release: who gets the mutex next finds the entry that belongs to what is in the texture. */
    show_frame(ring, set, texture);
    texture->hold = PVGPU_TEXTURE_GIVEN;
    enum pvgpu_texture_result result = ring->host->ops->release(ring->host, texture->host);
    if (result != PVGPU_TEXTURE_OK) {
        drop_unreleased(ring, set, texture, result);
        return;
    }
    ring->stats.published++;
    ring->board->ops->signal(ring->board);
    if (set == &ring->current)
        destroy_set(ring, &ring->previous);
}

void pvgpu_texture_ring_forget(struct pvgpu_texture_ring *ring)
{
    pvgpu_texture_set_cancel(&ring->previous);
    pvgpu_texture_set_cancel(&ring->current);
}

void pvgpu_texture_ring_stats(const struct pvgpu_texture_ring *ring, struct pvgpu_texture_ring_stats *stats)
{
    *stats = ring->stats;
    stats->bytes = ring->current.bytes + ring->previous.bytes;
}

/* ---- Life ---- */

static bool probe(struct pvgpu_texture_host *host, const struct pvgpu_log *log)
{
    switch (host->ops->probe(host)) {
    case PVGPU_TEXTURE_OK:
        return true;
    case PVGPU_TEXTURE_LOST:
        return false;
    default:
        pvgpu_warn(log, "This host shares no textures: %s. Frames go out over the frame channel alone", host->failure);
        return false;
    }
}

static void describe_producer(struct pvgpu_texture_ring *ring, const char *vm, int64_t process_id)
{
    char name[PVGPU_SHARED_TEXTURE_VM_NAME_BYTES];
    pvgpu_texture_vm_name(name, vm);
    pvgpu_texture_page_init(&ring->page, name);
    struct pvgpu_shared_texture_page *page = &ring->page.image.page;
    page->luid_low = ring->host->luid_low;
    page->luid_high = ring->host->luid_high;
    page->process_id = (uint32_t)process_id;
}

struct pvgpu_texture_ring *pvgpu_texture_ring_create(const struct pvgpu_texture_ring_config *config)
{
    assert(config->texture_count >= 2 && config->texture_count <= PVGPU_SHARED_TEXTURE_MAX_TEXTURES);
    struct pvgpu_texture_ring *ring = NULL;
    if (!config->host || !config->board || !probe(config->host, &config->log))
        goto error_parts;
    ring = calloc(1, sizeof(*ring));
    if (!ring) {
        pvgpu_warn(&config->log, "No memory for shared textures");
        goto error_parts;
    }
    ring->host = config->host;
    ring->board = config->board;
    ring->log = config->log;
    ring->lines = (struct pvgpu_log_limit){.burst = 10, .per_second = 1};
    ring->texture_count = config->texture_count;
    ring->next_pause = FIRST_PAUSE;
    describe_producer(ring, config->vm, pvgpu_process_id());
    ensure_page(ring);
    return ring;

error_parts:
    if (config->board)
        config->board->ops->destroy(config->board);
    if (config->host)
        config->host->ops->destroy(config->host);
    return NULL;
}

void pvgpu_texture_ring_destroy(struct pvgpu_texture_ring *ring)
{
    if (!ring)
        return;
    struct pvgpu_shared_texture_page *page = &ring->page.image.page;
    lose(ring);
    page->state = PVGPU_SHARED_TEXTURE_ENDED;
    pvgpu_texture_page_write(&ring->page);
    if (ring->page.shared)
        ring->board->ops->signal(ring->board);
    ring->board->ops->destroy(ring->board);
    ring->host->ops->destroy(ring->host);
    free(ring);
}
