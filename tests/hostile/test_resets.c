/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Resets against a renderer that is late: submissions complete some hundred microseconds after they were made, and the
 * guest does not wait. Fences, read-backs and presents of an epoch that is over must never show in the next one: the
 * completed fence is never above what the new epoch has submitted, and the counters start at 0.
 *
 *   test-resets [RESETS [SEED]]    10,000 by default
 */
#include "checking_gpu.h"
#include "local_host.h"
#include "second_view.h"
#include "stream_maker.h"

#include "base/time.h"

#include "check.h"

#include <stdlib.h>

#define LONGEST_DELAY_NS 400000u

struct run {
    struct local_host host;
    struct checking_gpu *gpu;
    struct pvgpu_shared_memory view; /* the guest's */
    struct pvgpu_guest *guest;
    struct stream_random random;
    uint64_t submitted; /* highest fence of this epoch */
    uint64_t looks, late; /* looks at the completed fence; of these, at one that something was still to come for */
};

static uint64_t completed_of(struct run *run)
{
    return atomic_load((_Atomic uint64_t *)&run->guest->control->fence_completed);
}

static bool look(struct check *check, struct run *run)
{
    uint64_t completed = completed_of(run);
    run->looks++;
    run->late += completed < run->submitted;
    if (completed <= run->submitted)
        return true;
    return CHECK_EQ(completed, run->submitted);
}

static void create_objects(struct run *run)
{
    struct pvgpu_encoder *e = &run->guest->encoder;
    for (uint32_t i = 1; i <= 8; i++) {
        const struct pvgpu_cmd_create_resource texture = {
            .kind = 2, .format = 28, .width = 16, .height = 16, .mip_count = 1, .bind = 0x28};
        pvgpu_encode_create_resource(e, i, &texture);
        pvgpu_encode_create_render_target_view(
            e, &(struct pvgpu_cmd_create_render_target_view){.id = 100 + i, .resource = i});
    }
}

/*
 * One epoch. Fence values of every other one are far above those of its successor, so that a value that slips through
 * is seen for certain.
 */
static void live(struct check *check, struct run *run, uint64_t number)
{
    struct pvgpu_encoder *e = &run->guest->encoder;
    uint64_t value = number % 2 ? UINT64_C(1) << 40 : 0;
    uint32_t steps = 1 + stream_random_below(&run->random, 6);
    const float color[4] = {0};
    create_objects(run);
    for (uint32_t i = 0; i < steps; i++) {
        pvgpu_encode_clear_render_target(e, 101 + i, color);
        if (stream_random_below(&run->random, 3) == 0)
            pvgpu_encode_map_resource(e, 1 + i, 0, PVGPU_MAP_READ, 0x1000 * (i + 1));
        if (stream_random_below(&run->random, 3) == 0)
            pvgpu_encode_present(e, 1 + i, 0);
        value += 1 + stream_random_below(&run->random, 5);
        run->submitted = value;
        pvgpu_encode_fence(e, value);
        CHECK(pvgpu_guest_flush(run->guest));
        if (!look(check, run))
            return;
    }
    /* Sometimes to the end, sometimes a little, most often not at all. */
    uint32_t patience = stream_random_below(&run->random, 16);
    if (patience == 0) {
        CHECK_EQ(pvgpu_guest_wait(run->guest, value, 10 * PVGPU_NS_PER_S), PVGPU_WAIT_DONE);
        CHECK_EQ(completed_of(run), value);
    }
    uint64_t end = pvgpu_time_deadline_ns(stream_random_below(&run->random, 3) == 0 ? patience * 30000 : 0);
    while (pvgpu_time_left_ns(end)) {
        if (!look(check, run))
            return;
    }
}

static bool is_zero(struct check *check, uint64_t *word)
{
    return CHECK_EQ(atomic_load((_Atomic uint64_t *)word), 0);
}

/* Right after a reset nothing has been submitted, so nothing may complete, and nothing be consumed. */
static bool reset(struct check *check, struct run *run)
{
    struct pvgpu_control_region *region = run->guest->control;
    if (!CHECK(pvgpu_guest_reset(run->guest)))
        return false;
    run->submitted = 0;
    for (uint32_t i = 1 + stream_random_below(&run->random, 50); i; i--) {
        if (!is_zero(check, &region->fence_completed) || !is_zero(check, &region->consumer) ||
            !is_zero(check, &region->producer))
            return false;
        run->looks++;
        pvgpu_cpu_relax();
    }
    return true;
}

static bool open_run(struct check *check, struct run *run, uint64_t seed)
{
    const struct local_host_config config = {.gpu = LOCAL_HOST_NULL, .log_level = PVGPU_LOG_ERROR};
    *run = (struct run){.random = {.state = seed | 1}};
    if (!CHECK(local_host_init(&run->host, &config)))
        return false;
    struct pvgpu_log log = run->host.renderer.log;
    const struct pvgpu_control_region *region = run->host.region;
    run->gpu = checking_gpu_create(region, run->host.memory.size, (const uint8_t *)region + region->heap_offset,
                                   region->heap_bytes, &log);
    if (!CHECK(run->gpu != NULL))
        return false;
    run->host.gpu->ops->destroy(run->host.gpu);
    run->host.gpu = &run->gpu->base;
    if (!CHECK(second_view_open(&run->view, &run->host)))
        return false;
    run->guest = pvgpu_guest_create(second_view_transport(&run->view, &run->host));
    return CHECK(run->guest != NULL) && CHECK(local_host_start(&run->host));
}

static void nothing_slips_through(struct check *check, uint64_t resets, uint64_t seed)
{
    struct run run;
    uint64_t done = 0;
    if (!open_run(check, &run, seed))
        return;
    while (done < resets && check->failures == 0) {
        atomic_store(&run.gpu->delay_ns, stream_random_below(&run.random, LONGEST_DELAY_NS));
        live(check, &run, done);
        if (!reset(check, &run))
            break;
        done++;
    }
    CHECK_EQ(done, resets);
    atomic_store(&run.gpu->delay_ns, 0);

    /* The last epoch is empty: so is the host. */
    CHECK_EQ(pvgpu_guest_finish(run.guest, 10 * PVGPU_NS_PER_S), PVGPU_WAIT_DONE);
    CHECK_EQ(atomic_load(&run.host.page->statistics.objects), 0);
    CHECK_EQ(atomic_load(&run.host.page->statistics.bytes), 0);
    CHECK_EQ(atomic_load(&run.host.page->statistics.errors), 0);
    CHECK_EQ(pvgpu_control_page_epoch(run.host.page), resets);
    local_host_stop(&run.host);
    CHECK_EQ(atomic_load(&run.gpu->live), 0);
    CHECK_EQ(atomic_load(&run.gpu->broken_rules), 0);
    printf("  %llu resets, %llu looks at the completed fence, %llu of them while something was late, %llu commands\n",
           (unsigned long long)done, (unsigned long long)run.looks, (unsigned long long)run.late,
           (unsigned long long)atomic_load(&run.host.page->statistics.commands));
    CHECK(run.late > done); /* it must have been late */
    pvgpu_guest_destroy(run.guest);
    pvgpu_shared_memory_finish(&run.view);
    local_host_finish(&run.host);
}

/*
 * What goes on consuming after a loss: whoever sees a fence finds the consumer counter past it. A guest that resets at
 * that moment could otherwise take back a counter that is still to come.
 */
static void fences_come_after_their_counter(struct check *check, uint64_t fences)
{
    const struct local_host_config config = {.gpu = LOCAL_HOST_NULL, .log_level = PVGPU_LOG_ERROR};
    struct local_host host;
    struct pvgpu_shared_memory view;
    if (!CHECK(local_host_init(&host, &config)) || !CHECK(second_view_open(&view, &host)))
        return;
    host.gpu->ops->destroy(host.gpu);
    host.gpu = NULL;
    struct pvgpu_guest *guest = pvgpu_guest_create(second_view_transport(&view, &host));
    if (!CHECK(guest != NULL) || !CHECK(local_host_start(&host)))
        return;
    uint64_t seen = 0;
    for (uint64_t i = 0; i < fences && check->failures == 0; i++) {
        uint64_t value = pvgpu_guest_fence(guest), end = pvgpu_time_deadline_ns(10 * PVGPU_NS_PER_S);
        const float color[4] = {0};
        for (uint32_t behind = 0; behind < 200; behind++)
            pvgpu_encode_clear_render_target(&guest->encoder, 1, color);
        CHECK(pvgpu_guest_flush(guest));
        while (pvgpu_guest_completed(guest) < value && pvgpu_time_left_ns(end))
            pvgpu_cpu_relax();
        uint64_t consumer = atomic_load((_Atomic uint64_t *)&guest->control->consumer);
        if (!CHECK(consumer > seen))
            break;
        seen = guest->producer;
        end = pvgpu_time_deadline_ns(10 * PVGPU_NS_PER_S);
        while (atomic_load((_Atomic uint64_t *)&guest->control->consumer) != seen && pvgpu_time_left_ns(end))
            pvgpu_cpu_relax();
    }
    pvgpu_guest_destroy(guest);
    pvgpu_shared_memory_finish(&view);
    local_host_finish(&host);
}

static uint32_t error_of(const struct pvgpu_guest *guest)
{
    return atomic_load((_Atomic uint32_t *)&guest->control->error_code);
}

/* As on a link without registers, where the renderer polls and the session alone carries out what the guest asks for. */
static void resets_by_number_are_the_sessions(struct check *check)
{
    const struct local_host_config config = {.gpu = LOCAL_HOST_NULL, .log_level = PVGPU_LOG_OFF, .needs_poll = true};
    struct local_host host;
    struct pvgpu_shared_memory view;
    if (!CHECK(local_host_init(&host, &config)) || !CHECK(second_view_open(&view, &host)))
        return;
    host.renderer.resets = PVGPU_RESETS_BY_NUMBER;
    struct pvgpu_guest *guest = pvgpu_guest_create(second_view_transport(&view, &host));
    if (!CHECK(guest != NULL) || !CHECK(local_host_start(&host)))
        return;
    struct pvgpu_extension *extension = &guest->control->extension;
    extension->version = PVGPU_EXTENSION_1;
    CHECK_EQ(pvgpu_guest_finish(guest, 10 * PVGPU_NS_PER_S), PVGPU_WAIT_DONE);
    uint64_t consumer = atomic_load((_Atomic uint64_t *)&guest->control->consumer);

    /* The first half of a request, and the second: for a while nothing comes of either. */
    for (int half = 0; half < 2; half++) {
        if (half == 0)
            atomic_store((_Atomic uint64_t *)&guest->control->producer, 0);
        else
            atomic_fetch_add((_Atomic uint32_t *)&extension->reset_request, 1);
        pvgpu_event_signal(&host.wake);
        pvgpu_time_sleep_ns(100 * PVGPU_NS_PER_MS);
        CHECK_EQ(error_of(guest), 0);
        CHECK_EQ(atomic_load(&host.page->statistics.resets), 0);
        CHECK_EQ(atomic_load((_Atomic uint64_t *)&guest->control->consumer), consumer);
        CHECK_EQ(atomic_load((_Atomic uint32_t *)&extension->reset_done), 0);
    }
    CHECK(pvgpu_guest_reset(guest)); /* what the session does then */
    CHECK_EQ(pvgpu_guest_finish(guest, 10 * PVGPU_NS_PER_S), PVGPU_WAIT_DONE);
    CHECK_EQ(error_of(guest), 0);

    /* A counter of 0 that no request follows is a lost stream like any other. */
    atomic_store((_Atomic uint64_t *)&guest->control->producer, 0);
    pvgpu_event_signal(&host.wake);
    uint64_t end = pvgpu_time_deadline_ns(10 * PVGPU_NS_PER_S);
    while (error_of(guest) == 0 && pvgpu_time_left_ns(end))
        pvgpu_time_sleep_ns(PVGPU_NS_PER_MS);
    CHECK_EQ(error_of(guest), PVGPU_ERROR_INVALID_COMMAND);
    pvgpu_guest_destroy(guest);
    pvgpu_shared_memory_finish(&view);
    local_host_finish(&host);
}

int main(int argc, char **argv)
{
    struct check slips = {0}, order = {0}, numbers = {0};
    uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 0) : 10000;
    nothing_slips_through(&slips, count, argc > 2 ? strtoull(argv[2], NULL, 0) : 1);
    printf("%s nothing slips through a reset\n", slips.failures ? "FAILED " : "passed ");
    fences_come_after_their_counter(&order, count);
    printf("%s fences come after their counter\n", order.failures ? "FAILED " : "passed ");
    resets_by_number_are_the_sessions(&numbers);
    printf("%s resets by number are the session's\n", numbers.failures ? "FAILED " : "passed ");
    int failed = (slips.failures != 0) + (order.failures != 0) + (numbers.failures != 0);
    printf("%d passed, %d failed, 0 skipped\n", 3 - failed, failed);
    return failed != 0;
}
