/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Shared textures as an output of the timeline, on a host that is played; alone, and beside one that puts frames off. */
#include "base/time.h"
#include "present/fan_out.h"
#include "present/texture_output.h"

#include "check.h"
#include "fake_textures.h"

#include <stdatomic.h>
#include <stdlib.h>

#define TEXTURES 4u
#define SET_BYTES (TEXTURES * 64u * 32u * 4u)

static const struct pvgpu_log quiet = {.level = PVGPU_LOG_ERROR, .target = "test"};

struct stage {
    struct fake_textures fake;
    struct pvgpu_frame_output *output;
    _Atomic uint64_t published, dropped;
};

static bool stage_init(struct stage *stage)
{
    memset(stage, 0, sizeof(*stage));
    fake_textures_init(&stage->fake);
    const struct pvgpu_texture_ring_config config = {
        .vm = "vm1", .texture_count = TEXTURES, .host = &stage->fake.host, .board = &stage->fake.board, .log = quiet};
    stage->output = pvgpu_texture_output_create(&config, &stage->published, &stage->dropped);
    return stage->output != NULL;
}

static void stage_finish(struct check *check, struct stage *stage)
{
    stage->output->ops->destroy(stage->output);
    CHECK_EQ(fake_textures_live(&stage->fake), 0);
    CHECK(!stage->fake.violation);
}

/* What the timeline does at PRESENT number `number`. */
static bool present(struct stage *stage, uint64_t number, uint64_t room_bytes)
{
    struct pvgpu_resource picture = {.base = {.type = PVGPU_OBJECT_RESOURCE, .id = (uint32_t)number},
                                     .kind = PVGPU_KIND_TEXTURE_2D,
                                     .width = 64,
                                     .height = 32};
    const struct pvgpu_presented presented = {
        .picture = &picture, .format = 28, .number = number, .room_bytes = room_bytes};
    return stage->output->ops->capture(stage->output, &presented);
}

static struct pvgpu_finished_frame finished(uint64_t number)
{
    return (struct pvgpu_finished_frame){.epoch = 3,
                                         .number = number,
                                         .fence = number * 10,
                                         .present_ns = number * 100,
                                         .width = 64,
                                         .height = 32,
                                         .format = 28};
}

/* And when the frame is complete. */
static enum pvgpu_output_result complete(struct stage *stage, uint64_t number, bool repeated)
{
    struct pvgpu_finished_frame frame = finished(number);
    frame.repeated = repeated;
    fake_textures_finish_gpu(&stage->fake);
    return stage->output->ops->publish(stage->output, &frame);
}

static const struct pvgpu_shared_texture_entry *newest(const struct stage *stage)
{
    static struct pvgpu_shared_texture_page page;
    page = fake_textures_page(&stage->fake);
    return page.newest ? &page.textures[PVGPU_SHARED_TEXTURE_NEWEST_INDEX(page.newest)] : NULL;
}

static void a_frame_is_captured_and_published(struct check *check)
{
    struct stage stage;
    if (!CHECK(stage_init(&stage)))
        return;
    uint64_t before_ns = pvgpu_time_now_ns();
    CHECK(present(&stage, 1, UINT64_MAX));
    CHECK(present(&stage, 2, UINT64_MAX));
    CHECK(!newest(&stage));
    CHECK_EQ(complete(&stage, 1, false), PVGPU_OUTPUT_TAKEN);
    const struct pvgpu_shared_texture_entry *entry = newest(&stage);
    if (CHECK(entry)) {
        CHECK_EQ(entry->frame, 1);
        CHECK_EQ(entry->reset_epoch, 3);
        CHECK_EQ(entry->fence, 10);
        CHECK_EQ(entry->present_ns, 100);
        CHECK(entry->complete_ns >= before_ns);
    }
    CHECK_EQ(complete(&stage, 2, true), PVGPU_OUTPUT_TAKEN); /* a repetition is nobody's here */
    CHECK_EQ(stage.published, 1);
    CHECK_EQ(complete(&stage, 2, false), PVGPU_OUTPUT_TAKEN);
    CHECK_EQ(stage.published, 2);
    CHECK_EQ(stage.dropped, 0);
    CHECK(!stage.output->used_context);
    stage_finish(check, &stage);
}

static void memory_is_accounted_for(struct check *check)
{
    struct stage stage;
    if (!CHECK(stage_init(&stage)))
        return;
    CHECK_EQ(stage.output->held_bytes, 0);
    CHECK(!present(&stage, 1, SET_BYTES - 1));
    CHECK_EQ(stage.dropped, 1);
    CHECK(present(&stage, 2, SET_BYTES));
    CHECK_EQ(stage.output->held_bytes, SET_BYTES);
    CHECK(present(&stage, 3, 0)); /* nothing more is needed */
    stage.fake.release_result = PVGPU_TEXTURE_LOST;
    complete(&stage, 2, false);
    CHECK_EQ(stage.output->held_bytes, 0);
    CHECK_EQ(stage.dropped, 3);
    stage_finish(check, &stage);
}

static void a_reset_forgets_frames_on_their_way(struct check *check)
{
    struct stage stage;
    if (!CHECK(stage_init(&stage)))
        return;
    CHECK(present(&stage, 1, UINT64_MAX));
    stage.output->ops->forget(stage.output);
    CHECK_EQ(complete(&stage, 1, false), PVGPU_OUTPUT_TAKEN);
    CHECK(!newest(&stage));
    CHECK(present(&stage, 1, UINT64_MAX));
    CHECK_EQ(complete(&stage, 1, false), PVGPU_OUTPUT_TAKEN);
    CHECK(newest(&stage));
    CHECK_EQ(stage.published, 1);
    CHECK_EQ(stage.dropped, 0);
    stage_finish(check, &stage);
}

static void refused_by_the_host(struct check *check)
{
    struct stage stage = {.published = 0};
    fake_textures_init(&stage.fake);
    stage.fake.probe_result = PVGPU_TEXTURE_FAILED;
    const struct pvgpu_texture_ring_config config = {
        .vm = "vm1", .texture_count = TEXTURES, .host = &stage.fake.host, .board = &stage.fake.board, .log = quiet};
    CHECK(!pvgpu_texture_output_create(&config, &stage.published, &stage.dropped));
    CHECK_EQ(fake_textures_live(&stage.fake), 0);
}

/* An output that takes bytes and puts every frame off. */
static bool is_watched(struct pvgpu_frame_output *output)
{
    (void)output;
    return true;
}

static enum pvgpu_output_result put_off(struct pvgpu_frame_output *output, const struct pvgpu_finished_frame *frame)
{
    (void)output;
    (void)frame;
    return PVGPU_OUTPUT_LATER;
}

static uint64_t retry_never(struct pvgpu_frame_output *output)
{
    (void)output;
    return PVGPU_NO_TIMEOUT;
}

static void destroy_nothing(struct pvgpu_frame_output *output)
{
    (void)output;
}

static const struct pvgpu_frame_output_ops slow_ops = {
    .is_watched = is_watched, .publish = put_off, .retry_ns = retry_never, .destroy = destroy_nothing};

/* Frames that another output puts off reach the textures in time, and once. */
static void a_slow_output_holds_nothing_up(struct check *check)
{
    struct stage stage;
    struct pvgpu_frame_output slow = {.ops = &slow_ops};
    static const uint8_t pixel[4];
    if (!CHECK(stage_init(&stage)))
        return;
    struct pvgpu_frame_output *const outputs[] = {&slow, stage.output};
    stage.output = pvgpu_fan_out_create(outputs, 2, &quiet);
    if (!CHECK(stage.output))
        return;
    CHECK(present(&stage, 1, UINT64_MAX));
    CHECK_EQ(stage.output->held_bytes, SET_BYTES);
    CHECK(present(&stage, 2, UINT64_MAX));
    fake_textures_finish_gpu(&stage.fake);
    struct pvgpu_finished_frame first = finished(1), second = finished(2);
    first.pixels.data = second.pixels.data = pixel;
    CHECK_EQ(stage.output->ops->publish(stage.output, &first), PVGPU_OUTPUT_LATER);
    CHECK_EQ(stage.published, 1);
    stage.output->ops->publish_ahead(stage.output, &second);
    CHECK_EQ(stage.published, 2);
    CHECK_EQ(stage.output->ops->publish(stage.output, &first), PVGPU_OUTPUT_LATER);
    CHECK_EQ(stage.published, 2);
    CHECK_EQ(newest(&stage)->frame, 2);
    stage_finish(check, &stage);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(a_frame_is_captured_and_published),   CHECK_CASE(memory_is_accounted_for),
        CHECK_CASE(a_reset_forgets_frames_on_their_way), CHECK_CASE(refused_by_the_host),
        CHECK_CASE(a_slow_output_holds_nothing_up),
    };
    return check_run(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
