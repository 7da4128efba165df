/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Several outputs at once: what each is offered, in which order, and that none waits for another. First the fan-out
 * alone, then below a timeline, on the null renderer.
 */
#include "check.h"
#include "present/fan_out.h"
#include "render/timeline.h"

#include <stdlib.h>

#define MOST_SEEN 32u

/* An output that does as it is told and remembers what it was offered. */
struct fake {
    struct pvgpu_frame_output base;
    bool watched, wants_last, later; /* what it answers */
    uint64_t retry_ns;
    uint64_t capture_bytes; /* that each capture adds to what it holds */
    uint64_t room_seen; /* in the last capture */
    bool draws; /* publishing uses the context */
    uint64_t seen[MOST_SEEN]; /* numbers of the frames that it took */
    uint32_t count, offers, resizes, forgets, tends;
    bool *destroyed;
};

static struct fake *fake_of(struct pvgpu_frame_output *output)
{
    return (struct fake *)output;
}

static bool fake_is_watched(struct pvgpu_frame_output *output)
{
    return fake_of(output)->watched;
}

static bool fake_wants_last(struct pvgpu_frame_output *output, uint64_t epoch, uint64_t number)
{
    (void)epoch;
    (void)number;
    bool wants = fake_of(output)->wants_last;
    fake_of(output)->wants_last = false;
    return wants;
}

static bool fake_capture(struct pvgpu_frame_output *output, const struct pvgpu_presented *presented)
{
    struct fake *fake = fake_of(output);
    fake->room_seen = presented->room_bytes;
    fake->base.held_bytes += fake->capture_bytes;
    return true;
}

static enum pvgpu_output_result fake_publish(struct pvgpu_frame_output *output,
                                             const struct pvgpu_finished_frame *frame)
{
    struct fake *fake = fake_of(output);
    fake->offers++;
    if (fake->later)
        return PVGPU_OUTPUT_LATER;
    fake->base.used_context |= fake->draws;
    if (fake->count < MOST_SEEN)
        fake->seen[fake->count++] = frame->number;
    return PVGPU_OUTPUT_TAKEN;
}

static void fake_resize(struct pvgpu_frame_output *output, const struct pvgpu_output_size *size)
{
    (void)size;
    fake_of(output)->resizes++;
}

static void fake_forget(struct pvgpu_frame_output *output)
{
    fake_of(output)->forgets++;
    output->held_bytes = 0;
}

static void fake_tend(struct pvgpu_frame_output *output, uint64_t *wake_ns)
{
    (void)wake_ns;
    fake_of(output)->tends++;
}

static uint64_t fake_retry_ns(struct pvgpu_frame_output *output)
{
    return fake_of(output)->retry_ns;
}

static void fake_destroy(struct pvgpu_frame_output *output)
{
    if (fake_of(output)->destroyed)
        *fake_of(output)->destroyed = true;
}

/* Like the frame channel: bytes, newcomers, may put off. */
static const struct pvgpu_frame_output_ops reader_ops = {
    .is_watched = fake_is_watched,
    .wants_last = fake_wants_last,
    .publish = fake_publish,
    .retry_ns = fake_retry_ns,
    .destroy = fake_destroy,
};

/* Like the window: copies on the GPU. */
static const struct pvgpu_frame_output_ops viewer_ops = {
    .capture = fake_capture,
    .publish = fake_publish,
    .resize = fake_resize,
    .forget = fake_forget,
    .tend = fake_tend,
    .destroy = fake_destroy,
};

struct pair {
    struct fake reader, viewer;
    struct pvgpu_frame_output *output;
};

static bool pair_init(struct check *check, struct pair *pair)
{
    static const struct pvgpu_log log = {.level = PVGPU_LOG_ERROR, .target = "test"};
    *pair = (struct pair){.reader = {.base.ops = &reader_ops, .retry_ns = PVGPU_NO_TIMEOUT},
                          .viewer = {.base.ops = &viewer_ops, .retry_ns = 1}};
    struct pvgpu_frame_output *const outputs[] = {&pair->viewer.base, &pair->reader.base};
    pair->output = pvgpu_fan_out_create(outputs, 2, &log);
    return CHECK(pair->output != NULL);
}

static struct pvgpu_finished_frame frame_of(uint64_t number, bool bytes)
{
    static const uint8_t pixel[4];
    struct pvgpu_finished_frame frame = {.number = number};
    if (bytes)
        frame.pixels.data = pixel;
    return frame;
}

static enum pvgpu_output_result offer(struct pair *pair, uint64_t number, bool bytes)
{
    const struct pvgpu_finished_frame frame = frame_of(number, bytes);
    return pair->output->ops->publish(pair->output, &frame);
}

static void offer_ahead(struct pair *pair, uint64_t number)
{
    const struct pvgpu_finished_frame frame = frame_of(number, true);
    pair->output->ops->publish_ahead(pair->output, &frame);
}

static bool has_seen(const struct fake *fake, uint64_t first, uint64_t last)
{
    if (fake->count != last - first + 1)
        return false;
    for (uint64_t i = 0; i < fake->count; i++) {
        if (fake->seen[i] != first + i)
            return false;
    }
    return true;
}

/* Bytes are for who takes bytes; without them nobody is watched and nothing is read back. */
static void each_gets_its_kind(struct check *check)
{
    struct pair pair;
    if (!pair_init(check, &pair))
        return;
    CHECK(!pair.output->ops->is_watched(pair.output));
    CHECK_EQ(offer(&pair, 1, false), PVGPU_OUTPUT_TAKEN);
    CHECK_EQ(pair.viewer.offers, 1);
    CHECK_EQ(pair.reader.offers, 0);
    pair.reader.watched = true;
    CHECK(pair.output->ops->is_watched(pair.output));
    CHECK_EQ(offer(&pair, 2, true), PVGPU_OUTPUT_TAKEN);
    CHECK(has_seen(&pair.viewer, 1, 2));
    CHECK(has_seen(&pair.reader, 2, 2));
    pair.output->ops->destroy(pair.output);
}

/* Who comes late gets the last frame once more; the others have it already. */
static void repetitions_are_for_who_asked(struct check *check)
{
    struct pair pair;
    if (!pair_init(check, &pair))
        return;
    offer(&pair, 1, false);
    CHECK(!pair.output->ops->wants_last(pair.output, 1, 1));
    pair.reader.wants_last = true;
    CHECK(pair.output->ops->wants_last(pair.output, 1, 1));
    struct pvgpu_finished_frame again = frame_of(1, true);
    again.repeated = true;
    CHECK_EQ(pair.output->ops->publish(pair.output, &again), PVGPU_OUTPUT_TAKEN);
    CHECK(has_seen(&pair.reader, 1, 1));
    CHECK_EQ(pair.viewer.offers, 1);
    pair.output->ops->destroy(pair.output);
}

/* One that puts a frame off is offered it again, the other one neither twice nor late. */
static void none_waits_for_another(struct check *check)
{
    struct pair pair;
    if (!pair_init(check, &pair))
        return;
    pair.reader.later = true;
    pair.reader.retry_ns = 77;
    CHECK_EQ(offer(&pair, 1, true), PVGPU_OUTPUT_LATER);
    CHECK_EQ(pair.output->ops->retry_ns(pair.output), 77);
    offer_ahead(&pair, 2);
    offer_ahead(&pair, 3);
    CHECK(has_seen(&pair.viewer, 1, 3));
    CHECK_EQ(pair.reader.offers, 1);
    CHECK_EQ(offer(&pair, 1, true), PVGPU_OUTPUT_LATER);
    offer_ahead(&pair, 2);
    offer_ahead(&pair, 3);
    CHECK(has_seen(&pair.viewer, 1, 3));
    CHECK_EQ(pair.reader.offers, 2);
    pair.reader.later = false;
    for (uint64_t number = 1; number <= 4; number++)
        CHECK_EQ(offer(&pair, number, true), PVGPU_OUTPUT_TAKEN);
    CHECK(has_seen(&pair.reader, 1, 4));
    CHECK(has_seen(&pair.viewer, 1, 4));
    CHECK_EQ(pair.output->ops->retry_ns(pair.output), PVGPU_NO_TIMEOUT);
    pair.output->ops->destroy(pair.output);
}

/* The other way round, and both at different frames. */
static void a_slow_viewer_holds_nobody_back(struct check *check)
{
    struct pair pair;
    if (!pair_init(check, &pair))
        return;
    pair.viewer.later = true;
    CHECK_EQ(offer(&pair, 1, true), PVGPU_OUTPUT_LATER);
    offer_ahead(&pair, 2);
    pair.reader.later = true;
    offer_ahead(&pair, 3); /* the reader puts this one off */
    offer_ahead(&pair, 4);
    CHECK(has_seen(&pair.reader, 1, 2));
    pair.reader.later = false;
    CHECK_EQ(offer(&pair, 1, true), PVGPU_OUTPUT_LATER);
    offer_ahead(&pair, 2);
    offer_ahead(&pair, 3);
    offer_ahead(&pair, 4);
    CHECK(has_seen(&pair.reader, 1, 4));
    CHECK_EQ(pair.viewer.count, 0);
    pair.output->ops->destroy(pair.output);
}

/* After a reset numbers start again. */
static void an_epoch_ends(struct check *check)
{
    struct pair pair;
    if (!pair_init(check, &pair))
        return;
    pair.reader.later = true;
    offer(&pair, 7, true);
    pair.output->ops->forget(pair.output);
    CHECK_EQ(pair.viewer.forgets, 1);
    pair.reader.later = false;
    pair.viewer.count = 0;
    CHECK_EQ(offer(&pair, 1, true), PVGPU_OUTPUT_TAKEN);
    CHECK(has_seen(&pair.viewer, 1, 1));
    CHECK(has_seen(&pair.reader, 1, 1));
    pair.output->ops->destroy(pair.output);
}

static void sums_are_told(struct check *check)
{
    bool reader_gone = false, viewer_gone = false;
    struct pair pair;
    if (!pair_init(check, &pair))
        return;
    uint64_t wake_ns = PVGPU_NO_TIMEOUT;
    const struct pvgpu_presented presented = {.number = 1, .room_bytes = 1000};
    const struct pvgpu_output_size size = {.width = 1, .height = 1};
    pair.viewer.capture_bytes = 300;
    CHECK(pair.output->ops->capture(pair.output, &presented));
    CHECK_EQ(pair.viewer.room_seen, 1000);
    CHECK_EQ(pair.output->held_bytes, 300);
    CHECK(!pair.output->used_context);
    pair.viewer.draws = true;
    offer(&pair, 1, false);
    CHECK(pair.output->used_context);
    pair.output->ops->resize(pair.output, &size);
    pair.output->ops->tend(pair.output, &wake_ns);
    CHECK_EQ(pair.viewer.resizes, 1);
    CHECK_EQ(pair.viewer.tends, 1);
    pair.output->ops->forget(pair.output);
    CHECK_EQ(pair.output->held_bytes, 0);
    pair.reader.destroyed = &reader_gone;
    pair.viewer.destroyed = &viewer_gone;
    pair.output->ops->destroy(pair.output);
    CHECK(reader_gone && viewer_gone);
}

/* ---- Below a timeline ---- */

struct stage {
    struct pvgpu_gpu *gpu;
    struct pvgpu_control_region *region;
    struct pvgpu_control_page *page;
    struct pvgpu_publisher publisher;
    struct pvgpu_timeline timeline;
    struct pair pair;
    struct pvgpu_resource picture;
    uint64_t counted;
};

static bool stage_init(struct check *check, struct stage *stage)
{
    static const struct pvgpu_log log = {.level = PVGPU_LOG_ERROR, .target = "test"};
    const struct pvgpu_timeline_config config = {.buffer_count = 3};
    *stage = (struct stage){
        .gpu = pvgpu_gpu_null_create(&log),
        .region = calloc(1, sizeof(*stage->region)),
        .page = calloc(1, sizeof(*stage->page)),
        .picture = {.base = {.type = PVGPU_OBJECT_RESOURCE, .references = 1},
                    .kind = PVGPU_KIND_TEXTURE_2D,
                    .format = 28,
                    .width = 4,
                    .height = 4,
                    .depth = 1,
                    .array_length = 1,
                    .mip_count = 1,
                    .sample_count = 1,
                    .bytes = 64},
    };
    if (!CHECK(stage->gpu && stage->region && stage->page) || !pair_init(check, &stage->pair))
        return false;
    pvgpu_publisher_init(&stage->publisher, stage->region, stage->page);
    pvgpu_timeline_init(&stage->timeline, stage->gpu, &stage->publisher, stage->pair.output, &config, &log);
    pvgpu_timeline_count_into(&stage->timeline, &stage->counted, 1000);
    return CHECK_EQ(stage->gpu->ops->create_resource(stage->gpu, &stage->picture, NULL), PVGPU_GPU_OK);
}

static void stage_finish(struct stage *stage)
{
    pvgpu_timeline_finish(&stage->timeline);
    stage->pair.output->ops->destroy(stage->pair.output);
    stage->gpu->ops->release(stage->gpu, stage->picture.base.host);
    stage->gpu->ops->destroy(stage->gpu);
    free(stage->region);
    free(stage->page);
}

static void present(struct check *check, struct stage *stage)
{
    CHECK_EQ(pvgpu_timeline_present(&stage->timeline, &stage->picture, 28, 0), PVGPU_GPU_OK);
}

static void collect(struct check *check, struct stage *stage)
{
    bool interrupt = false;
    uint64_t wake_ns = PVGPU_NO_TIMEOUT;
    CHECK_EQ(pvgpu_timeline_collect(&stage->timeline, &interrupt, &wake_ns), PVGPU_TIMELINE_ALIVE);
}

/*
 * A lossless consumer that is behind: the viewer sees every frame at its time, fences and further presents wait, and
 * the reader gets every frame in the end.
 */
static void a_slow_reader_holds_the_vm_but_not_the_window(struct check *check)
{
    struct stage stage;
    if (!stage_init(check, &stage))
        return;
    stage.pair.reader.watched = stage.pair.reader.later = true;
    for (int i = 0; i < 3; i++)
        present(check, &stage);
    CHECK(pvgpu_timeline_fence(&stage.timeline, 9));
    collect(check, &stage);
    CHECK(has_seen(&stage.pair.viewer, 1, 3));
    CHECK_EQ(stage.pair.reader.count, 0);
    CHECK(!pvgpu_timeline_has_room_for_present(&stage.timeline));
    CHECK_EQ(stage.publisher.fence, 0);
    collect(check, &stage);
    CHECK(has_seen(&stage.pair.viewer, 1, 3));
    stage.pair.reader.later = false;
    collect(check, &stage);
    CHECK(has_seen(&stage.pair.reader, 1, 3));
    CHECK(has_seen(&stage.pair.viewer, 1, 3));
    CHECK(pvgpu_timeline_has_room_for_present(&stage.timeline));
    CHECK_EQ(stage.publisher.fence, 9);
    stage_finish(&stage);
}

/* What outputs hold counts towards the VM's limit, and what is left is what they may take. */
static void copies_are_counted(struct check *check)
{
    struct stage stage;
    if (!stage_init(check, &stage))
        return;
    stage.pair.viewer.capture_bytes = 200;
    present(check, &stage);
    CHECK_EQ(stage.pair.viewer.room_seen, 1000 - 64); /* the picture kept for newcomers is counted, too */
    CHECK_EQ(stage.counted, 264);
    CHECK_EQ(atomic_load(&stage.page->statistics.bytes_by_kind[PVGPU_MEMORY_LAST_FRAME]), 264);
    present(check, &stage);
    CHECK_EQ(stage.pair.viewer.room_seen, 1000 - 264);
    collect(check, &stage);
    pvgpu_timeline_clear(&stage.timeline);
    CHECK_EQ(stage.counted, 0);
    CHECK_EQ(stage.pair.viewer.forgets, 1);
    stage_finish(&stage);
}

static void note(void *user)
{
    ++*(unsigned *)user;
}

/* Who draws on the device's context is found out, once. */
static void drawing_is_told(struct check *check)
{
    struct stage stage;
    unsigned told = 0;
    if (!stage_init(check, &stage))
        return;
    stage.timeline.sink = (struct pvgpu_timeline_sink){.user = &told, .drawn = note};
    stage.pair.viewer.draws = true;
    present(check, &stage);
    CHECK_EQ(told, 0);
    collect(check, &stage);
    CHECK_EQ(told, 1);
    collect(check, &stage);
    CHECK_EQ(told, 1);
    stage_finish(&stage);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(each_gets_its_kind),
        CHECK_CASE(repetitions_are_for_who_asked),
        CHECK_CASE(none_waits_for_another),
        CHECK_CASE(a_slow_viewer_holds_nobody_back),
        CHECK_CASE(an_epoch_ends),
        CHECK_CASE(sums_are_told),
        CHECK_CASE(a_slow_reader_holds_the_vm_but_not_the_window),
        CHECK_CASE(copies_are_counted),
        CHECK_CASE(drawing_is_told),
    };
    return check_run(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
