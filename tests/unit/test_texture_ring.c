/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Shared textures, the policy, against a host and consumers that are played. */
#include "base/time.h"
#include "gpu/object.h"
#include "present/texture_ring.h"

#include "check.h"
#include "fake_textures.h"
#include "log_capture.h"

#include <stdlib.h>

#define TEXTURES 4u
#define RGBA8 28u
#define FIRST_PAUSE 64u /* presents, as the policy has it */
#define SPOILT_PAUSE 16u

/* A ring on the fake, and the frames that go through it. */
struct stage {
    struct fake_textures fake;
    struct pvgpu_texture_ring *ring;
    uint32_t width, height, format; /* of the frames that follow */
    uint64_t room_bytes;
    uint32_t frames; /* presented so far; number of the last, and the id of its picture */
};

static bool stage_create(struct stage *stage)
{
    const struct pvgpu_texture_ring_config config = {
        .vm = "vm1",
        .texture_count = TEXTURES,
        .host = &stage->fake.host,
        .board = &stage->fake.board,
        .log = {.level = PVGPU_LOG_WARN, .target = "test"},
    };
    stage->ring = pvgpu_texture_ring_create(&config);
    return stage->ring != NULL;
}

static bool stage_init(struct stage *stage)
{
    *stage = (struct stage){.width = 640, .height = 480, .format = RGBA8, .room_bytes = UINT64_MAX};
    fake_textures_init(&stage->fake);
    return stage_create(stage);
}

/* Ends the ring; nothing may be left of it, and no rule may have been broken. */
static void stage_finish(struct check *check, struct stage *stage)
{
    pvgpu_texture_ring_destroy(stage->ring);
    CHECK_EQ(fake_textures_live(&stage->fake), 0);
    if (!CHECK(!stage->fake.violation))
        printf("  broken: %s\n", stage->fake.violation);
}

/* A PRESENT. Returns the frame's number, 0 when it was dropped at once. */
static uint64_t capture(struct stage *stage)
{
    uint32_t number = ++stage->frames;
    struct pvgpu_resource picture = {.base = {.type = PVGPU_OBJECT_RESOURCE, .id = number},
                                     .kind = PVGPU_KIND_TEXTURE_2D,
                                     .width = stage->width,
                                     .height = stage->height};
    return pvgpu_texture_ring_capture(stage->ring, &picture, stage->format, number, stage->room_bytes) ? number : 0;
}

/* The GPU is done with a frame. Its other numbers follow from its own. */
static void publish(struct stage *stage, uint64_t number)
{
    const struct pvgpu_texture_frame frame = {
        .number = number, .epoch = 7, .fence = number * 10, .present_ns = number * 100, .complete_ns = number * 1000};
    fake_textures_finish_gpu(&stage->fake);
    pvgpu_texture_ring_publish(stage->ring, &frame);
}

/* One frame from PRESENT to the consumers. False: it was dropped. */
static bool show(struct stage *stage)
{
    uint64_t number = capture(stage);
    publish(stage, number);
    return number != 0;
}

static struct pvgpu_texture_ring_stats stats_of(const struct stage *stage)
{
    struct pvgpu_texture_ring_stats stats;
    pvgpu_texture_ring_stats(stage->ring, &stats);
    return stats;
}

static struct pvgpu_shared_texture_page page_of(const struct stage *stage)
{
    return fake_textures_page(&stage->fake);
}

/* Of the newest frame; 0: there is none. */
static uint64_t newest_frame(const struct stage *stage)
{
    struct pvgpu_shared_texture_page page = page_of(stage);
    return page.newest ? page.textures[PVGPU_SHARED_TEXTURE_NEWEST_INDEX(page.newest)].frame : 0;
}

/* Index of the texture with the newest frame. */
static uint32_t newest_index(const struct stage *stage)
{
    return PVGPU_SHARED_TEXTURE_NEWEST_INDEX(page_of(stage).newest);
}

/* Texture n of the epoch that the page shows, opened by a consumer. */
static struct fake_texture *open_texture(struct stage *stage, uint32_t index)
{
    return fake_consumer_open(&stage->fake, page_of(stage).textures[index].name);
}

/* ---- Frames ---- */

static void frames_go_round(struct check *check)
{
    struct stage stage;
    if (!CHECK(stage_init(&stage)))
        return;
    CHECK_EQ(page_of(&stage).magic, PVGPU_SHARED_TEXTURE_MAGIC);
    CHECK_EQ(page_of(&stage).state, PVGPU_SHARED_TEXTURE_WAITING);
    CHECK_EQ(page_of(&stage).newest, 0);
    CHECK_EQ(stage.fake.creates, 0);
    for (uint32_t i = 1; i <= 3 * TEXTURES; i++) {
        CHECK(show(&stage));
        struct pvgpu_shared_texture_page page = page_of(&stage);
        CHECK_EQ(newest_index(&stage), (i - 1) % TEXTURES);
        const struct pvgpu_shared_texture_entry *entry = &page.textures[(i - 1) % TEXTURES];
        CHECK_EQ(entry->publication, i);
        CHECK_EQ(entry->frame, i);
        CHECK_EQ(entry->reset_epoch, 7);
        CHECK_EQ(entry->fence, i * 10);
        CHECK_EQ(entry->present_ns, i * 100);
        CHECK_EQ(entry->complete_ns, i * 1000);
        CHECK_EQ(fake_textures_find(&stage.fake, entry->name)->content, i);
        CHECK_EQ(stage.fake.signals, i);
    }
    struct pvgpu_texture_ring_stats stats = stats_of(&stage);
    CHECK_EQ(stats.published, 3 * TEXTURES);
    CHECK_EQ(stats.dropped, 0);
    CHECK_EQ(stats.epochs, 1);
    stage_finish(check, &stage);
}

static void page_tells_of_the_textures(struct check *check)
{
    struct stage stage;
    if (!CHECK(stage_init(&stage)))
        return;
    show(&stage);
    struct pvgpu_shared_texture_page page = page_of(&stage);
    CHECK_EQ(page.version, PVGPU_SHARED_TEXTURE_VERSION);
    CHECK_EQ(page.bytes, PVGPU_SHARED_TEXTURE_BYTES);
    CHECK_EQ(page.state, PVGPU_SHARED_TEXTURE_ACTIVE);
    CHECK_EQ(page.texture_count, TEXTURES);
    CHECK_EQ(page.epoch, 1);
    CHECK_EQ(page.luid_low, 0x12345678);
    CHECK_EQ(page.luid_high, -2);
    CHECK_EQ(page.width, 640);
    CHECK_EQ(page.height, 480);
    CHECK_EQ(page.format, RGBA8);
    CHECK_EQ(page.colour_space, 0);
    CHECK(page.process_id != 0);
    CHECK(strcmp(page.vm_name, "vm1") == 0);
    CHECK(strcmp(page.textures[0].name, "PVGPU_vm1_1_0") == 0);
    CHECK(strcmp(page.textures[3].name, "PVGPU_vm1_1_3") == 0);
    CHECK(page.textures[4].name[0] == '\0');
    stage.format = 10;
    show(&stage);
    CHECK_EQ(page_of(&stage).colour_space, 1);
    stage_finish(check, &stage);
}

/* Whatever is on its way is held, and nothing is given away or shown before it is complete. */
static void frames_on_their_way_are_ours(struct check *check)
{
    struct stage stage;
    if (!CHECK(stage_init(&stage)))
        return;
    for (uint32_t i = 0; i < TEXTURES; i++)
        CHECK(capture(&stage));
    CHECK(!capture(&stage));
    CHECK_EQ(stage.fake.releases, 0);
    CHECK_EQ(stage.fake.signals, 0);
    CHECK_EQ(page_of(&stage).newest, 0);
    for (uint32_t i = 0; i < TEXTURES; i++) {
        publish(&stage, i + 1);
        CHECK_EQ(newest_frame(&stage), i + 1);
        CHECK_EQ(stage.fake.releases, i + 1);
    }
    CHECK_EQ(stats_of(&stage).dropped, 1);
    stage_finish(check, &stage);
}

static void busy_texture_is_passed_over(struct check *check)
{
    struct stage stage;
    if (!CHECK(stage_init(&stage)))
        return;
    for (uint32_t i = 0; i < TEXTURES; i++)
        show(&stage);
    struct fake_texture *held = open_texture(&stage, 0);
    CHECK_EQ(fake_consumer_acquire(held), PVGPU_TEXTURE_OK);
    for (uint32_t i = 0; i < 10; i++) {
        CHECK(show(&stage));
        CHECK(newest_index(&stage) != 0);
        CHECK_EQ(held->content, 1);
    }
    fake_consumer_release(held);
    CHECK(show(&stage));
    CHECK_EQ(newest_index(&stage), 0);
    CHECK_EQ(stats_of(&stage).dropped, 0);
    stage_finish(check, &stage);
}

static void all_busy_drops_the_frame(struct check *check)
{
    struct stage stage;
    struct fake_texture *held[TEXTURES];
    if (!CHECK(stage_init(&stage)))
        return;
    for (uint32_t i = 0; i < TEXTURES; i++)
        show(&stage);
    for (uint32_t i = 0; i < TEXTURES; i++)
        CHECK_EQ(fake_consumer_acquire(held[i] = open_texture(&stage, i)), PVGPU_TEXTURE_OK);
    uint32_t acquires = stage.fake.acquires, copies = stage.fake.copies;
    CHECK(!show(&stage));
    CHECK_EQ(stage.fake.acquires - acquires, TEXTURES); /* each is tried once */
    CHECK_EQ(stage.fake.copies, copies);
    CHECK_EQ(newest_frame(&stage), TEXTURES);
    CHECK_EQ(stats_of(&stage).dropped, 1);
    fake_consumer_release(held[2]);
    CHECK(show(&stage));
    CHECK_EQ(newest_index(&stage), 2);
    CHECK_EQ(page_of(&stage).dropped, 1);
    stage_finish(check, &stage);
}

/* If there is nothing else, the newest frame makes room, and the page does not promise it meanwhile. */
static void newest_goes_last(struct check *check)
{
    struct stage stage;
    if (!CHECK(stage_init(&stage)))
        return;
    for (uint32_t i = 0; i < TEXTURES; i++)
        show(&stage);
    for (uint32_t i = 0; i + 1 < TEXTURES; i++)
        CHECK_EQ(fake_consumer_acquire(open_texture(&stage, i)), PVGPU_TEXTURE_OK);
    uint64_t number = capture(&stage);
    CHECK(number);
    CHECK_EQ(page_of(&stage).newest, 0);
    CHECK_EQ(page_of(&stage).textures[TEXTURES - 1].publication, 0);
    CHECK_EQ(page_of(&stage).textures[0].publication, 1);
    publish(&stage, number);
    CHECK_EQ(newest_index(&stage), TEXTURES - 1);
    CHECK_EQ(newest_frame(&stage), TEXTURES + 1);
    stage_finish(check, &stage);
}

/* Frames of an epoch of the VM that is over: their textures stay ours and take the next ones. */
static void forgotten_textures_are_kept(struct check *check)
{
    struct stage stage;
    if (!CHECK(stage_init(&stage)))
        return;
    show(&stage);
    uint64_t forgotten = capture(&stage);
    CHECK(capture(&stage));
    uint32_t acquires = stage.fake.acquires;
    pvgpu_texture_ring_forget(stage.ring);
    CHECK_EQ(stage.fake.releases, 1); /* the GPU is still at it */
    CHECK_EQ(newest_frame(&stage), 1);
    publish(&stage, forgotten);
    CHECK_EQ(newest_frame(&stage), 1);
    stage.frames = 0; /* numbers start again */
    CHECK_EQ(capture(&stage), 1);
    CHECK_EQ(capture(&stage), 2);
    CHECK_EQ(stage.fake.acquires, acquires); /* they are ours already */
    publish(&stage, 1);
    CHECK_EQ(newest_index(&stage), 1);
    publish(&stage, 2);
    CHECK_EQ(newest_index(&stage), 2);
    CHECK_EQ(stage.fake.releases, 3);
    CHECK_EQ(stats_of(&stage).published, 3);
    CHECK_EQ(stats_of(&stage).dropped, 0);
    stage_finish(check, &stage);
}

static void unknown_frames_are_passed_over(struct check *check)
{
    struct stage stage;
    if (!CHECK(stage_init(&stage)))
        return;
    publish(&stage, 1);
    show(&stage);
    publish(&stage, 1);
    publish(&stage, 2);
    publish(&stage, 0);
    CHECK_EQ(stage.fake.releases, 1);
    CHECK_EQ(stats_of(&stage).published, 1);
    CHECK_EQ(stats_of(&stage).dropped, 0);
    stage_finish(check, &stage);
}

/* ---- Epochs ---- */

static void abandoned_texture_makes_an_epoch(struct check *check)
{
    struct stage stage;
    if (!CHECK(stage_init(&stage)))
        return;
    for (uint32_t i = 0; i < TEXTURES; i++)
        show(&stage);
    struct fake_texture *held = open_texture(&stage, 0);
    CHECK_EQ(fake_consumer_acquire(held), PVGPU_TEXTURE_OK);
    fake_consumer_close(held);
    struct fake_texture *other = open_texture(&stage, 3);
    uint64_t number = capture(&stage);
    CHECK(number);
    /* The old textures are shown until there is something newer. */
    CHECK_EQ(page_of(&stage).epoch, 1);
    CHECK_EQ(newest_frame(&stage), TEXTURES);
    CHECK_EQ(fake_textures_live(&stage.fake), 2 * TEXTURES + 2);
    publish(&stage, number);
    CHECK_EQ(page_of(&stage).epoch, 2);
    CHECK_EQ(newest_frame(&stage), TEXTURES + 1);
    CHECK(strcmp(page_of(&stage).textures[0].name, "PVGPU_vm1_2_0") == 0);
    CHECK_EQ(fake_textures_live(&stage.fake), TEXTURES + 2);
    CHECK_EQ(other->content, TEXTURES); /* who has an old one open keeps it */
    CHECK_EQ(stats_of(&stage).epochs, 2);
    CHECK_EQ(stats_of(&stage).dropped, 0);
    stage_finish(check, &stage);
}

/* A consumer that abandons again and again cannot have textures made for every frame. */
static void abandoning_is_limited(struct check *check)
{
    struct stage stage;
    if (!CHECK(stage_init(&stage)))
        return;
    show(&stage);
    uint32_t presents = 100 * SPOILT_PAUSE;
    for (uint32_t i = 0; i < presents; i++) {
        for (uint32_t j = 0; j < TEXTURES; j++) {
            struct fake_texture *texture = open_texture(&stage, j);
            if (!texture)
                continue;
            fake_consumer_acquire(texture);
            fake_consumer_close(texture);
        }
        show(&stage);
    }
    uint64_t epochs = stats_of(&stage).epochs;
    CHECK(epochs > 90 && epochs <= presents / SPOILT_PAUSE + 2);
    stage_finish(check, &stage);
}

static void size_and_format_make_an_epoch(struct check *check)
{
    struct stage stage;
    if (!CHECK(stage_init(&stage)))
        return;
    show(&stage);
    stage.width = 800;
    CHECK(show(&stage));
    CHECK_EQ(page_of(&stage).epoch, 2);
    CHECK_EQ(page_of(&stage).width, 800);
    stage.height = 600;
    CHECK(show(&stage));
    CHECK_EQ(page_of(&stage).epoch, 3);
    CHECK_EQ(page_of(&stage).height, 600);
    stage.format = 87;
    CHECK(show(&stage));
    CHECK_EQ(page_of(&stage).epoch, 4);
    CHECK_EQ(page_of(&stage).format, 87);
    stage.format = 90; /* typeless: the same textures take it */
    CHECK(show(&stage));
    CHECK_EQ(page_of(&stage).epoch, 4);
    CHECK_EQ(fake_textures_live(&stage.fake), TEXTURES + 2);
    stage_finish(check, &stage);
}

static void frames_before_a_resize_get_out(struct check *check)
{
    struct stage stage;
    if (!CHECK(stage_init(&stage)))
        return;
    show(&stage);
    uint64_t old = capture(&stage);
    stage.width = 800;
    uint64_t new = capture(&stage);
    publish(&stage, old);
    CHECK_EQ(page_of(&stage).epoch, 1);
    CHECK_EQ(newest_frame(&stage), 2);
    publish(&stage, new);
    CHECK_EQ(page_of(&stage).epoch, 2);
    CHECK_EQ(newest_frame(&stage), 3);
    CHECK_EQ(stats_of(&stage).dropped, 0);
    stage_finish(check, &stage);
}

/* Never more than two sets of textures, whatever a guest does. */
static void frames_before_two_resizes_are_dropped(struct check *check)
{
    struct stage stage;
    if (!CHECK(stage_init(&stage)))
        return;
    show(&stage);
    uint64_t first = capture(&stage);
    stage.width = 800;
    uint64_t second = capture(&stage);
    stage.width = 1024;
    uint64_t third = capture(&stage);
    CHECK_EQ(fake_textures_live(&stage.fake), 2 * TEXTURES + 2);
    CHECK_EQ(page_of(&stage).state, PVGPU_SHARED_TEXTURE_WAITING); /* what it named is gone */
    CHECK_EQ(page_of(&stage).texture_count, 0);
    CHECK_EQ(stats_of(&stage).dropped, 1);
    publish(&stage, first);
    CHECK_EQ(newest_frame(&stage), 0);
    publish(&stage, second);
    CHECK_EQ(newest_frame(&stage), 3);
    publish(&stage, third);
    CHECK_EQ(newest_frame(&stage), 4);
    CHECK_EQ(page_of(&stage).width, 1024);
    CHECK_EQ(stats_of(&stage).dropped, 1);
    stage_finish(check, &stage);
}

/* A set that nobody has seen goes at once, and what is shown stays. */
static void unseen_set_goes_first(struct check *check)
{
    struct stage stage;
    if (!CHECK(stage_init(&stage)))
        return;
    show(&stage);
    stage.width = 800;
    CHECK(capture(&stage));
    pvgpu_texture_ring_forget(stage.ring);
    stage.width = 1024;
    uint64_t number = capture(&stage);
    CHECK_EQ(newest_frame(&stage), 1);
    CHECK_EQ(fake_textures_live(&stage.fake), 2 * TEXTURES + 2);
    publish(&stage, number);
    CHECK_EQ(newest_frame(&stage), 3);
    stage_finish(check, &stage);
}

static void names_in_use_are_passed_over(struct check *check)
{
    struct stage stage;
    if (!CHECK(stage_init(&stage)))
        return;
    /* What a renderer before this one has left behind in a consumer's hands. */
    for (uint32_t epoch = 1; epoch <= 3; epoch++) {
        struct fake_texture *left = &stage.fake.textures[epoch];
        left->opened = true;
        snprintf(left->name, sizeof(left->name), "PVGPU_vm1_%u_%u", epoch, epoch);
    }
    CHECK(show(&stage));
    CHECK_EQ(page_of(&stage).epoch, 4);
    CHECK_EQ(fake_textures_live(&stage.fake), TEXTURES + 2);
    stage_finish(check, &stage);
}

static void names_all_in_use_are_an_end(struct check *check)
{
    struct stage stage;
    if (!CHECK(stage_init(&stage)))
        return;
    for (uint32_t epoch = 1; epoch <= 40; epoch++) {
        struct fake_texture *left = &stage.fake.textures[epoch];
        left->opened = true;
        snprintf(left->name, sizeof(left->name), "PVGPU_vm1_%u_0", epoch);
    }
    CHECK(!show(&stage));
    CHECK_EQ(stage.fake.creates, 16);
    uint32_t presents = 0;
    while (!show(&stage) && presents < 10 * FIRST_PAUSE)
        presents++;
    CHECK_EQ(page_of(&stage).epoch, 41); /* it does not begin again with the first */
    stage_finish(check, &stage);
}

/* ---- Refusals ---- */

static void formats(struct check *check)
{
    static const uint32_t shared[][2] = {{28, 28}, {27, 28}, {29, 29}, {87, 87}, {90, 87}, {91, 91}, {24, 24},
                                         {23, 24}, {10, 10}, {9, 10},  {88, 88}, {92, 88}, {93, 93}};
    static const uint32_t refused[] = {0, 2, 11, 26, 30, 31, 41, 45, 61, 85, 99, 115, 1000};
    for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++)
        CHECK_EQ(pvgpu_texture_ring_format(shared[i][0]), shared[i][1]);
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        CHECK_EQ(pvgpu_texture_ring_format(refused[i]), 0);
    struct stage stage;
    if (!CHECK(stage_init(&stage)))
        return;
    stage.format = 26;
    CHECK(!show(&stage));
    CHECK_EQ(stage.fake.creates, 0);
    CHECK_EQ(stats_of(&stage).dropped, 1);
    stage_finish(check, &stage);
}

static void too_large_frames_are_dropped(struct check *check)
{
    struct stage stage;
    if (!CHECK(stage_init(&stage)))
        return;
    stage.room_bytes = UINT64_C(64) << 20;
    stage.width = 4096;
    stage.height = 1024; /* 4 * 16 MiB: just fits */
    CHECK(show(&stage));
    CHECK_EQ(stats_of(&stage).bytes, stage.room_bytes);
    stage.height = 1025;
    CHECK(!show(&stage));
    stage.height = 1024;
    stage.format = 10;
    CHECK(!show(&stage)); /* 8 bytes a pixel */
    stage.width = stage.height = UINT32_MAX;
    CHECK(!show(&stage));
    CHECK_EQ(stage.fake.creates, TEXTURES);
    CHECK_EQ(newest_frame(&stage), 1); /* what was there stays */
    stage.width = stage.height = 16;
    CHECK(show(&stage));
    CHECK_EQ(stats_of(&stage).bytes, TEXTURES * 16 * 16 * 8);
    stage_finish(check, &stage);
}

/* What goes when new textures come makes room for them. */
static void room_is_what_there_is_besides(struct check *check)
{
    struct stage stage;
    if (!CHECK(stage_init(&stage)))
        return;
    show(&stage);
    stage.width = 800;
    CHECK(capture(&stage));
    pvgpu_texture_ring_forget(stage.ring); /* a set that nobody has seen */
    CHECK_EQ(stats_of(&stage).bytes, TEXTURES * (640 + 800) * 480 * 4);
    stage.room_bytes = TEXTURES * 480 * 4;
    stage.width = 802;
    CHECK(!capture(&stage));
    stage.width = 801;
    CHECK(capture(&stage));
    CHECK_EQ(stats_of(&stage).bytes, TEXTURES * (640 + 801) * 480 * 4);
    /* This one has a frame on its way: what is shown has to go. */
    stage.room_bytes = 0;
    stage.width = 641;
    CHECK(!capture(&stage));
    stage.width = 639;
    CHECK(capture(&stage));
    CHECK_EQ(stats_of(&stage).bytes, TEXTURES * (801 + 639) * 480 * 4);
    stage_finish(check, &stage);
}

static void creation_refused(struct check *check)
{
    for (uint32_t i = 0; i < TEXTURES; i++) {
        struct stage stage;
        if (!CHECK(stage_init(&stage)))
            return;
        stage.fake.create_result = PVGPU_TEXTURE_FAILED;
        stage.fake.creates_until = i;
        CHECK(!show(&stage));
        CHECK_EQ(stage.fake.creates, i + 1);
        CHECK_EQ(fake_textures_live(&stage.fake), 2);
        CHECK_EQ(page_of(&stage).state, PVGPU_SHARED_TEXTURE_WAITING);
        /* Tried again after a while, and after twice as long. */
        stage.fake.creates_until = 0;
        for (uint32_t j = 1; j < FIRST_PAUSE; j++)
            CHECK(!show(&stage));
        CHECK_EQ(stage.fake.creates, i + 1);
        CHECK(!show(&stage));
        CHECK_EQ(stage.fake.creates, i + 2);
        stage.fake.create_result = PVGPU_TEXTURE_OK;
        for (uint32_t j = 1; j < 2 * FIRST_PAUSE; j++)
            CHECK(!show(&stage));
        CHECK(show(&stage));
        CHECK_EQ(stats_of(&stage).dropped, 3 * FIRST_PAUSE);
        stage_finish(check, &stage);
    }
}

/* However long it goes on, it is tried now and then, and not more often. */
static void pauses_have_an_end(struct check *check)
{
    struct stage stage;
    uint32_t presents = 0, expected = 0;
    if (!CHECK(stage_init(&stage)))
        return;
    stage.fake.create_result = PVGPU_TEXTURE_FAILED;
    for (uint32_t pause = FIRST_PAUSE; presents < 40000; pause = pause * 2 < 4096 ? pause * 2 : 4096) {
        presents += pause;
        expected++;
    }
    for (uint32_t i = 0; i < presents; i++) {
        stage.fake.creates_until = 0;
        show(&stage);
    }
    CHECK_EQ(stage.fake.creates, expected);
    stage_finish(check, &stage);
}

/* A size that cannot be had does no harm to the one that is there. */
static void refused_size_leaves_the_old(struct check *check)
{
    struct stage stage;
    if (!CHECK(stage_init(&stage)))
        return;
    show(&stage);
    stage.fake.create_result = PVGPU_TEXTURE_FAILED;
    stage.fake.creates_until = 1;
    stage.width = 800;
    CHECK(!show(&stage));
    CHECK_EQ(newest_frame(&stage), 1);
    stage.width = 640;
    CHECK(show(&stage));
    CHECK_EQ(newest_frame(&stage), 3);
    CHECK_EQ(page_of(&stage).epoch, 1);
    stage_finish(check, &stage);
}

static uint32_t count_lines(const char *text)
{
    uint32_t lines = 0;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

static void host_without_shared_textures(struct check *check)
{
    struct stage stage = {.frames = 0};
    struct log_capture capture;
    fake_textures_init(&stage.fake);
    stage.fake.probe_result = PVGPU_TEXTURE_FAILED;
    log_capture_start(&capture);
    bool created = stage_create(&stage);
    char *text = log_capture_text(&capture);
    log_capture_end(&capture);
    CHECK(!created);
    CHECK_EQ(count_lines(text), 1);
    CHECK(strstr(text, "WARN") && strstr(text, "This host shares no textures: the fake says no"));
    CHECK_EQ(stage.fake.opens, 0);
    CHECK_EQ(fake_textures_live(&stage.fake), 0);
    free(text);
}

static void host_that_lost_its_device(struct check *check)
{
    struct stage stage = {.frames = 0};
    struct log_capture capture;
    fake_textures_init(&stage.fake);
    stage.fake.probe_result = PVGPU_TEXTURE_LOST;
    log_capture_start(&capture);
    bool created = stage_create(&stage);
    char *text = log_capture_text(&capture);
    log_capture_end(&capture);
    CHECK(!created);
    CHECK_EQ(count_lines(text), 0); /* whoever saw it first has told */
    CHECK_EQ(fake_textures_live(&stage.fake), 0);
    free(text);
}

/* One half could not be made: the other goes. */
static void missing_halves(struct check *check)
{
    struct fake_textures fake;
    fake_textures_init(&fake);
    struct pvgpu_texture_ring_config config = {.vm = "vm1", .texture_count = TEXTURES, .host = &fake.host};
    CHECK(!pvgpu_texture_ring_create(&config));
    CHECK_EQ(fake.hosts, 0);
    config.host = NULL;
    config.board = &fake.board;
    CHECK(!pvgpu_texture_ring_create(&config));
    CHECK_EQ(fake_textures_live(&fake), 0);
}

/* A consumer still holds the page of a renderer that died. */
static void page_in_use(struct check *check)
{
    static const enum pvgpu_texture_result results[] = {PVGPU_TEXTURE_TAKEN, PVGPU_TEXTURE_FAILED};
    for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
        struct stage stage = {.width = 640, .height = 480, .format = RGBA8, .room_bytes = UINT64_MAX};
        fake_textures_init(&stage.fake);
        stage.fake.open_result = results[i];
        if (!CHECK(stage_create(&stage)))
            return;
        for (uint32_t j = 1; j < FIRST_PAUSE; j++)
            CHECK(!show(&stage));
        CHECK_EQ(stage.fake.opens, 1);
        CHECK_EQ(stage.fake.creates, 0);
        stage.fake.open_result = PVGPU_TEXTURE_OK;
        CHECK(show(&stage));
        CHECK_EQ(stage.fake.opens, 2);
        CHECK_EQ(newest_frame(&stage), FIRST_PAUSE);
        CHECK_EQ(stats_of(&stage).dropped, FIRST_PAUSE - 1);
        stage_finish(check, &stage);
    }
    /* And one that never gets a page. */
    struct stage stage = {.frames = 0};
    fake_textures_init(&stage.fake);
    stage.fake.open_result = PVGPU_TEXTURE_TAKEN;
    if (!CHECK(stage_create(&stage)))
        return;
    stage_finish(check, &stage);
    CHECK_EQ(stage.fake.signals, 0);
}

/* ---- Loss ---- */

/* Everything went with the device: nothing is shown, and a new one gets new textures. */
static void check_lost(struct check *check, struct stage *stage, uint64_t on_its_way)
{
    CHECK_EQ(fake_textures_live(&stage->fake), 2);
    CHECK_EQ(page_of(stage).state, PVGPU_SHARED_TEXTURE_WAITING);
    CHECK_EQ(page_of(stage).newest, 0);
    CHECK_EQ(page_of(stage).texture_count, 0);
    uint64_t epochs = stats_of(stage).epochs;
    uint32_t releases = stage->fake.releases;
    CHECK_EQ(stats_of(stage).dropped, 2); /* the one at which it was found out, and the one on its way */
    CHECK_EQ(stats_of(stage).bytes, 0);
    publish(stage, on_its_way);
    pvgpu_texture_ring_forget(stage->ring);
    CHECK_EQ(stage->fake.releases, releases);
    stage->fake.acquire_result = stage->fake.release_result = stage->fake.create_result = PVGPU_TEXTURE_OK;
    for (uint32_t i = 0; i < FIRST_PAUSE && stats_of(stage).epochs == epochs; i++)
        show(stage);
    CHECK_EQ(stats_of(stage).epochs, epochs + 1);
    CHECK_EQ(newest_frame(stage), stage->frames);
    CHECK(page_of(stage).epoch > epochs);
}

static void lost_while_acquiring(struct check *check)
{
    struct stage stage;
    if (!CHECK(stage_init(&stage)))
        return;
    show(&stage);
    uint64_t number = capture(&stage);
    stage.fake.acquire_result = PVGPU_TEXTURE_LOST;
    CHECK(!show(&stage));
    check_lost(check, &stage, number);
    stage_finish(check, &stage);
}

static void lost_while_releasing(struct check *check)
{
    struct stage stage;
    if (!CHECK(stage_init(&stage)))
        return;
    show(&stage);
    uint64_t first = capture(&stage), second = capture(&stage);
    uint32_t signals = stage.fake.signals;
    stage.fake.release_result = PVGPU_TEXTURE_LOST;
    publish(&stage, first);
    CHECK_EQ(stage.fake.signals, signals);
    check_lost(check, &stage, second);
    stage_finish(check, &stage);
}

static void lost_while_creating(struct check *check)
{
    struct stage stage;
    if (!CHECK(stage_init(&stage)))
        return;
    show(&stage);
    uint64_t number = capture(&stage);
    stage.fake.create_result = PVGPU_TEXTURE_LOST;
    stage.fake.creates_until = 2;
    stage.width = 800;
    CHECK(!show(&stage));
    check_lost(check, &stage, number);
    stage_finish(check, &stage);
}

/* A mutex that fails without a lost device spoils the textures, no more. */
static void failing_mutexes(struct check *check)
{
    struct stage stage;
    if (!CHECK(stage_init(&stage)))
        return;
    show(&stage);
    uint32_t signals = stage.fake.signals;
    stage.fake.release_result = PVGPU_TEXTURE_FAILED;
    CHECK(show(&stage));
    CHECK_EQ(stage.fake.signals, signals);
    CHECK_EQ(newest_frame(&stage), 0); /* nobody could get at it */
    CHECK_EQ(stats_of(&stage).dropped, 1);
    stage.fake.release_result = PVGPU_TEXTURE_OK;
    CHECK(show(&stage));
    CHECK_EQ(page_of(&stage).epoch, 2);
    for (uint32_t i = 0; i < SPOILT_PAUSE; i++)
        show(&stage);
    stage.fake.acquire_result = PVGPU_TEXTURE_FAILED;
    CHECK(!show(&stage)); /* the new ones fail as well */
    CHECK_EQ(stats_of(&stage).epochs, 3);
    stage.fake.acquire_result = PVGPU_TEXTURE_OK;
    for (uint32_t i = 0; i < SPOILT_PAUSE && !show(&stage); i++)
        CHECK_EQ(stats_of(&stage).epochs, 3);
    CHECK_EQ(newest_frame(&stage), stage.frames);
    stage_finish(check, &stage);
}

/* ---- End ---- */

static void end_is_told(struct check *check)
{
    struct stage stage;
    if (!CHECK(stage_init(&stage)))
        return;
    show(&stage);
    struct fake_texture *open = open_texture(&stage, 1);
    uint32_t signals = stage.fake.signals;
    CHECK(capture(&stage));
    stage_finish(check, &stage);
    CHECK_EQ(stage.fake.signals, signals + 1);
    CHECK_EQ(page_of(&stage).state, PVGPU_SHARED_TEXTURE_ENDED);
    CHECK_EQ(page_of(&stage).newest, 0);
    CHECK_EQ(page_of(&stage).texture_count, 0);
    /* What waited for the GPU was never given away. */
    CHECK_EQ(fake_consumer_acquire(open), PVGPU_TEXTURE_ABANDONED);
    pvgpu_texture_ring_destroy(NULL);
}

static void vm_names(struct check *check)
{
    char name[PVGPU_SHARED_TEXTURE_VM_NAME_BYTES], longest[100];
    pvgpu_texture_vm_name(name, "Global\\a/b c:\xC3\xA4-_.9Z");
    CHECK(strcmp(name, "Global_a_b_c___-_.9Z") == 0);
    pvgpu_texture_vm_name(name, "");
    CHECK(name[0] == '\0');
    memset(longest, 'x', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    pvgpu_texture_vm_name(name, longest);
    CHECK_EQ(strlen(name), PVGPU_SHARED_TEXTURE_VM_NAME_BYTES - 1);
}

/* ---- Everything at once ---- */

struct chaos {
    struct stage stage;
    uint32_t random;
    uint64_t numbers[TEXTURES]; /* of frames on their way, oldest first */
    uint32_t pending;
    uint64_t presented, forgotten;
    struct fake_texture *open[3]; /* by consumers; may be NULL */
};

static uint32_t draw(struct chaos *chaos, uint32_t below)
{
    chaos->random = chaos->random * 1664525u + 1013904223u;
    return (chaos->random >> 8) % below;
}

static void publish_oldest(struct chaos *chaos)
{
    if (!chaos->pending)
        return;
    publish(&chaos->stage, chaos->numbers[0]);
    chaos->pending--;
    memmove(chaos->numbers, chaos->numbers + 1, chaos->pending * sizeof(chaos->numbers[0]));
}

/* The VM is reset. What was on its way and still could get out is forgotten. */
static void reset(struct chaos *chaos)
{
    for (size_t i = 0; i < FAKE_MAX_TEXTURES; i++) {
        struct fake_texture *texture = &chaos->stage.fake.textures[i];
        chaos->forgotten += texture->produced && texture->pending;
        texture->pending = false;
    }
    pvgpu_texture_ring_forget(chaos->stage.ring);
    chaos->pending = 0;
    chaos->stage.frames = 0;
}

static void consume(struct chaos *chaos)
{
    struct fake_texture **open = &chaos->open[draw(chaos, 3)];
    if (!*open)
        *open = open_texture(&chaos->stage, draw(chaos, TEXTURES));
    else if ((*open)->owner == FAKE_CONSUMER && draw(chaos, 4))
        fake_consumer_release(*open);
    else if (draw(chaos, 20))
        fake_consumer_acquire(*open);
    else {
        fake_consumer_close(*open);
        *open = NULL;
    }
}

static void one_step(struct chaos *chaos)
{
    struct stage *stage = &chaos->stage;
    stage->fake.acquire_result = draw(chaos, 300) ? PVGPU_TEXTURE_OK : PVGPU_TEXTURE_FAILED + draw(chaos, 2);
    stage->fake.release_result = draw(chaos, 300) ? PVGPU_TEXTURE_OK : PVGPU_TEXTURE_FAILED + draw(chaos, 2);
    stage->fake.create_result = draw(chaos, 50) ? PVGPU_TEXTURE_OK : PVGPU_TEXTURE_TAKEN + draw(chaos, 3);
    stage->fake.creates_until = draw(chaos, TEXTURES);
    if (!draw(chaos, 100))
        stage->width = 16 + draw(chaos, 3);
    if (!draw(chaos, 200))
        stage->format = draw(chaos, 8) ? RGBA8 : 26;
    if (chaos->pending < TEXTURES - 1 && draw(chaos, 2)) {
        chaos->presented++;
        uint64_t number = capture(stage);
        if (number)
            chaos->numbers[chaos->pending++] = number;
    } else if (draw(chaos, 100)) {
        publish_oldest(chaos);
    } else {
        reset(chaos);
    }
    consume(chaos);
}

static void chaos_breaks_no_rule(struct check *check)
{
    struct chaos chaos = {.random = 1};
    if (!CHECK(stage_init(&chaos.stage)))
        return;
    for (uint32_t i = 0; i < 50000 && !chaos.stage.fake.violation; i++) {
        one_step(&chaos);
        if (!CHECK(fake_textures_live(&chaos.stage.fake) <= 2 * TEXTURES + 2))
            break;
    }
    while (chaos.pending)
        publish_oldest(&chaos);
    struct pvgpu_texture_ring_stats stats = stats_of(&chaos.stage);
    /* Every frame came to exactly one end. */
    CHECK_EQ(stats.published + stats.dropped + chaos.forgotten, chaos.presented);
    CHECK(stats.published > 5000 && stats.dropped > 500 && stats.epochs > 50);
    stage_finish(check, &chaos.stage);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(frames_go_round),
        CHECK_CASE(page_tells_of_the_textures),
        CHECK_CASE(frames_on_their_way_are_ours),
        CHECK_CASE(busy_texture_is_passed_over),
        CHECK_CASE(all_busy_drops_the_frame),
        CHECK_CASE(newest_goes_last),
        CHECK_CASE(forgotten_textures_are_kept),
        CHECK_CASE(unknown_frames_are_passed_over),
        CHECK_CASE(abandoned_texture_makes_an_epoch),
        CHECK_CASE(abandoning_is_limited),
        CHECK_CASE(size_and_format_make_an_epoch),
        CHECK_CASE(frames_before_a_resize_get_out),
        CHECK_CASE(frames_before_two_resizes_are_dropped),
        CHECK_CASE(unseen_set_goes_first),
        CHECK_CASE(names_in_use_are_passed_over),
        CHECK_CASE(names_all_in_use_are_an_end),
        CHECK_CASE(formats),
        CHECK_CASE(too_large_frames_are_dropped),
        CHECK_CASE(room_is_what_there_is_besides),
        CHECK_CASE(creation_refused),
        CHECK_CASE(pauses_have_an_end),
        CHECK_CASE(refused_size_leaves_the_old),
        CHECK_CASE(host_without_shared_textures),
        CHECK_CASE(host_that_lost_its_device),
        CHECK_CASE(missing_halves),
        CHECK_CASE(page_in_use),
        CHECK_CASE(lost_while_acquiring),
        CHECK_CASE(lost_while_releasing),
        CHECK_CASE(lost_while_creating),
        CHECK_CASE(failing_mutexes),
        CHECK_CASE(end_is_told),
        CHECK_CASE(vm_names),
        CHECK_CASE(chaos_breaks_no_rule),
    };
    return check_run(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
