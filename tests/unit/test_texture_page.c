/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The page of shared textures under a reader's eyes: a snapshot is never torn. */
#include "os/thread.h"
#include "present/texture_page.h"

#include "check.h"
#include "texture_reader.h"

#include <stdatomic.h>

#define WRITES 20000u

/* Memory that producer and reader share, and what the reader saw. */
struct scene {
    uint64_t shared[PVGPU_SHARED_TEXTURE_BYTES / sizeof(uint64_t)];
    _Atomic bool started; /* the reader looks */
    _Atomic uint64_t seen; /* newest state that the reader has had */
    uint32_t snapshots, torn, backwards;
};

/* State number k, of which every field tells k. */
static void draw_state(struct pvgpu_shared_texture_page *page, uint64_t k)
{
    page->epoch = k;
    page->newest = k << 8 | 1;
    page->dropped = ~k;
    page->width = (uint32_t)k;
    page->height = (uint32_t)k + 1;
    page->format = (uint32_t)k + 2;
    for (uint32_t i = 0; i < PVGPU_SHARED_TEXTURE_MAX_TEXTURES; i++) {
        page->textures[i].publication = k + i;
        page->textures[i].complete_ns = k * 3 + i;
        snprintf(page->textures[i].name, sizeof(page->textures[i].name), "%llu", (unsigned long long)k);
    }
}

/* Whether all of it is of one state. */
static bool is_whole(const struct pvgpu_shared_texture_page *page)
{
    struct pvgpu_shared_texture_page expected = *page;
    draw_state(&expected, page->epoch);
    return memcmp(&expected, page, sizeof(expected)) == 0;
}

static void read_until_last(void *argument)
{
    struct scene *scene = argument;
    struct pvgpu_shared_texture_page page;
    uint64_t last = 0;
    /* Bounded by the writer, which comes to its end whatever is read here. */
    while (last < WRITES) {
        atomic_store(&scene->started, true);
        if (!texture_snapshot(scene->shared, &page) || page.magic != PVGPU_SHARED_TEXTURE_MAGIC) {
            pvgpu_thread_yield();
            continue;
        }
        scene->snapshots++;
        scene->torn += !is_whole(&page);
        scene->backwards += page.epoch < last;
        last = page.epoch;
        atomic_store(&scene->seen, last);
    }
}

static void snapshots_are_never_torn(struct check *check)
{
    static struct scene scene;
    struct pvgpu_texture_page page;
    struct pvgpu_thread thread;
    pvgpu_texture_page_init(&page, "vm");
    pvgpu_texture_page_write(&page); /* before there is memory: nothing happens */
    pvgpu_texture_page_attach(&page, scene.shared);
    if (!CHECK(pvgpu_thread_start(&thread, "reader", read_until_last, &scene)))
        return;
    while (!atomic_load(&scene.started))
        pvgpu_thread_yield();
    for (uint64_t k = 1; k <= WRITES; k++) {
        draw_state(&page.image.page, k);
        pvgpu_texture_page_write(&page);
        /* Now and then the reader gets its turn, or on one processor it would see the last state alone. */
        if (k % 512 == 0)
            while (atomic_load(&scene.seen) + 256 < k)
                pvgpu_thread_yield();
    }
    pvgpu_thread_join(&thread);
    CHECK_EQ(scene.torn, 0);
    CHECK_EQ(scene.backwards, 0);
    CHECK(scene.snapshots >= WRITES / 512);
    CHECK_EQ(page.sequence, 2 * WRITES);
}

/* A producer that died in the middle: the reader gives up. */
static void half_a_page_is_not_taken(struct check *check)
{
    static uint64_t shared[PVGPU_SHARED_TEXTURE_BYTES / sizeof(uint64_t)];
    struct pvgpu_shared_texture_page snapshot;
    struct pvgpu_texture_page page;
    pvgpu_texture_page_init(&page, "vm");
    pvgpu_texture_page_attach(&page, shared);
    pvgpu_texture_page_write(&page);
    CHECK(texture_snapshot(shared, &snapshot));
    CHECK(strcmp(snapshot.vm_name, "vm") == 0);
    CHECK_EQ(snapshot.sequence, 2);
    shared[2] = 3;
    CHECK(!texture_snapshot(shared, &snapshot));
    /* Whatever anybody has written there, the producer goes its way. */
    memset(shared, 0xFF, sizeof(shared));
    pvgpu_texture_page_write(&page);
    CHECK(texture_snapshot(shared, &snapshot));
    CHECK_EQ(snapshot.sequence, 4);
    CHECK_EQ(snapshot.texture_count, 0);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(snapshots_are_never_torn),
        CHECK_CASE(half_a_page_is_not_taken),
    };
    return check_run(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
