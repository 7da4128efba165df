/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Which durations the render thread records: when they begin, when they end, and what is left out. */
#include "base/time.h"
#include "local_host.h"
#include "render/timeline.h"

#include "check.h"

#include <stdlib.h>

#define LONG_NS (20 * PVGPU_NS_PER_S)
#define FORMAT_RGBA8 28u /* DXGI_FORMAT_R8G8B8A8_UNORM */

static uint64_t count_of(const struct pvgpu_control_page *page, enum pvgpu_duration duration)
{
    struct pvgpu_histogram_snapshot snapshot;
    pvgpu_histogram_read(&page->statistics.durations[duration], &snapshot);
    return pvgpu_histogram_count(&snapshot);
}

/* ---- The timeline, with a GPU that completes when it is told ------------------------------------------------------ */

struct slow_gpu {
    struct pvgpu_gpu gpu; /* first */
    struct pvgpu_gpu_ops ops;
    uint64_t submitted, finished;
};

static void submit(struct pvgpu_gpu *gpu, uint64_t submission)
{
    ((struct slow_gpu *)gpu)->submitted = submission;
}

static uint64_t completed(struct pvgpu_gpu *gpu)
{
    return ((struct slow_gpu *)gpu)->finished;
}

struct fixture {
    struct slow_gpu gpu;
    struct pvgpu_control_region *region; /* owned */
    struct pvgpu_control_page *page; /* owned */
    struct pvgpu_publisher publisher;
    struct pvgpu_resource picture;
    struct pvgpu_timeline timeline;
};

static bool open_fixture(struct check *check, struct fixture *fixture, bool vsync)
{
    struct pvgpu_log log = {.level = PVGPU_LOG_ERROR, .target = "test"};
    const struct pvgpu_timeline_config config = {.buffer_count = 3, .vsync = vsync};
    *fixture = (struct fixture){
        .gpu = {.ops = {.submit = submit, .completed = completed}},
        .region = calloc(1, PVGPU_CONTROL_BYTES),
        .page = calloc(1, sizeof(*fixture->page)),
        .picture = {.kind = PVGPU_KIND_TEXTURE_2D,
                    .format = FORMAT_RGBA8,
                    .width = 8,
                    .height = 8,
                    .depth = 1,
                    .mip_count = 1,
                    .array_length = 1,
                    .sample_count = 1},
    };
    if (!CHECK(fixture->region && fixture->page))
        return false;
    fixture->gpu.gpu.ops = &fixture->gpu.ops;
    pvgpu_publisher_init(&fixture->publisher, fixture->region, fixture->page);
    pvgpu_timeline_init(&fixture->timeline, &fixture->gpu.gpu, &fixture->publisher, NULL, &config, &log);
    return true;
}

static void close_fixture(struct fixture *fixture)
{
    pvgpu_timeline_finish(&fixture->timeline);
    free(fixture->page);
    free(fixture->region);
}

static void draw_and_present(struct check *check, struct fixture *fixture, uint32_t sync_interval)
{
    pvgpu_timeline_worked(&fixture->timeline, 0);
    CHECK(pvgpu_timeline_present(&fixture->timeline, &fixture->picture, FORMAT_RGBA8, sync_interval) == PVGPU_GPU_OK);
}

static void collect(struct check *check, struct fixture *fixture)
{
    bool interrupt;
    uint64_t wake_ns;
    CHECK(pvgpu_timeline_collect(&fixture->timeline, &interrupt, &wake_ns) == PVGPU_TIMELINE_ALIVE);
}

static void frames_are_between_presents_of_an_epoch(struct check *check)
{
    struct fixture fixture;
    if (!open_fixture(check, &fixture, false))
        return;
    for (uint64_t i = 0; i < 3; i++) {
        draw_and_present(check, &fixture, 0);
        CHECK_EQ(count_of(fixture.page, PVGPU_DURATION_FRAME), i);
    }
    pvgpu_timeline_clear(&fixture.timeline); /* a reset: the guest may have been away for hours */
    draw_and_present(check, &fixture, 0);
    CHECK_EQ(count_of(fixture.page, PVGPU_DURATION_FRAME), 2);
    draw_and_present(check, &fixture, 0);
    CHECK_EQ(count_of(fixture.page, PVGPU_DURATION_FRAME), 3);
    close_fixture(&fixture);
}

static void a_present_takes_until_the_gpu_is_done(struct check *check)
{
    struct fixture fixture;
    if (!open_fixture(check, &fixture, false))
        return;
    draw_and_present(check, &fixture, 0);
    draw_and_present(check, &fixture, 0);
    collect(check, &fixture);
    CHECK_EQ(count_of(fixture.page, PVGPU_DURATION_PRESENT), 0);
    fixture.gpu.finished = fixture.gpu.submitted - 1;
    collect(check, &fixture);
    CHECK_EQ(count_of(fixture.page, PVGPU_DURATION_PRESENT), 1);
    collect(check, &fixture);
    CHECK_EQ(count_of(fixture.page, PVGPU_DURATION_PRESENT), 1);
    fixture.gpu.finished = fixture.gpu.submitted;
    collect(check, &fixture);
    CHECK_EQ(count_of(fixture.page, PVGPU_DURATION_PRESENT), 2);
    /* With nothing drawn since, there is nothing to wait for. */
    CHECK(pvgpu_timeline_present(&fixture.timeline, &fixture.picture, FORMAT_RGBA8, 0) == PVGPU_GPU_OK);
    collect(check, &fixture);
    CHECK_EQ(count_of(fixture.page, PVGPU_DURATION_PRESENT), 3);
    close_fixture(&fixture);
}

/* The refresh that the first frame waits for is no time of the GPU. */
static void pacing_is_not_counted(struct check *check)
{
    struct fixture fixture;
    if (!open_fixture(check, &fixture, true))
        return;
    for (int i = 0; i < 3; i++)
        draw_and_present(check, &fixture, 4);
    fixture.gpu.finished = fixture.gpu.submitted;
    collect(check, &fixture);
    CHECK(fixture.timeline.presents_outstanding > 0);
    CHECK_EQ(count_of(fixture.page, PVGPU_DURATION_PRESENT), 3);
    close_fixture(&fixture);
}

static void what_a_reset_takes_away_is_not_counted(struct check *check)
{
    struct fixture fixture;
    if (!open_fixture(check, &fixture, false))
        return;
    draw_and_present(check, &fixture, 0);
    pvgpu_timeline_clear(&fixture.timeline);
    fixture.gpu.finished = fixture.gpu.submitted;
    collect(check, &fixture);
    CHECK_EQ(count_of(fixture.page, PVGPU_DURATION_PRESENT), 0);
    close_fixture(&fixture);
}

/* ---- Doorbells, with a render thread ------------------------------------------------------------------------------ */

static void stay_silent(struct pvgpu_guest_transport *transport)
{
    (void)transport;
}

/* Until the render thread has gone to sleep once more: nothing wakes it then but the test. */
static bool wait_for_sleep(const struct local_host *host, uint64_t sleeps)
{
    uint64_t end = pvgpu_time_deadline_ns(LONG_NS);
    while (atomic_load(&host->page->statistics.sleeps) <= sleeps) {
        if (!pvgpu_time_left_ns(end))
            return false;
        pvgpu_thread_yield();
    }
    return true;
}

struct visit {
    uint32_t commands; /* that are published before */
    bool ring; /* a doorbell comes, or else something wakes the thread that is none */
    uint64_t counted; /* so far */
};

static void visit(struct check *check, struct local_host *host, struct pvgpu_guest *guest, const struct visit *visit)
{
    uint64_t sleeps = atomic_load(&host->page->statistics.sleeps),
             executed = atomic_load(&host->page->statistics.commands);
    for (uint32_t i = 0; i < visit->commands; i++)
        pvgpu_encode_flush(&guest->encoder);
    CHECK(pvgpu_guest_flush(guest));
    if (visit->ring)
        pvgpu_control_page_ring(host->page);
    pvgpu_event_signal(&host->wake);
    CHECK(wait_for_sleep(host, sleeps));
    CHECK_EQ(atomic_load(&host->page->statistics.commands) - executed, visit->commands);
    CHECK_EQ(count_of(host->page, PVGPU_DURATION_DOORBELL), visit->counted);
}

static void doorbells_count_that_end_a_sleep_and_bring_work(struct check *check)
{
    static const struct visit visits[] = {
        {.commands = 1, .ring = true, .counted = 1},
        {.commands = 0, .ring = true, .counted = 1},
        {.commands = 1, .ring = false, .counted = 1}, /* the doorbell before is not this one's */
        {.commands = 1, .ring = true, .counted = 2},
        {.commands = 5000, .ring = true, .counted = 3}, /* several rounds, of which the first is the doorbell's */
    };
    const struct local_host_config config = {.gpu = LOCAL_HOST_NULL};
    struct local_host host;
    struct pvgpu_guest_transport *transport = NULL;
    struct pvgpu_guest *guest = NULL;
    if (CHECK(local_host_create(&host, &config)) && CHECK((transport = local_host_transport(&host)) != NULL)) {
        struct pvgpu_guest_transport_ops ops = *transport->ops;
        ops.doorbell = stay_silent;
        transport->ops = &ops;
        guest = pvgpu_guest_create(transport);
        if (CHECK(guest != NULL) && CHECK(wait_for_sleep(&host, 0))) {
            for (size_t i = 0; i < sizeof(visits) / sizeof(visits[0]); i++)
                visit(check, &host, guest, &visits[i]);
        }
        pvgpu_guest_destroy(guest);
    }
    local_host_finish(&host);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(frames_are_between_presents_of_an_epoch),
        CHECK_CASE(a_present_takes_until_the_gpu_is_done),
        CHECK_CASE(pacing_is_not_counted),
        CHECK_CASE(what_a_reset_takes_away_is_not_counted),
        CHECK_CASE(doorbells_count_that_end_a_sleep_and_bring_work),
    };
    return check_run(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
