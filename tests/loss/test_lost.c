/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A device that is lost, and other failures of the host, at each call of a scene: the call's index rises until the scene
 * passes without a failure. Each time: nothing hangs, nothing leaks, the guest is told in its control region, its fences
 * complete, and after its reset the picture is that of direct drawing.
 *
 *   test-lost [--direct PVGPU-DIRECT]    with the null renderer, or with Direct3D 11 and pictures
 */
#include "failing_gpu.h"
#include "local_host.h"
#include "loss_scene.h"

#include "base/time.h"

#include "check.h"

#include <stdlib.h>
#include <string.h>

#define WAIT_NS (60 * PVGPU_NS_PER_S)
#define MOST_CALLS 10000u

struct stage {
    bool real; /* Direct3D 11 */
    struct local_host host;
    struct failing_inner inner;
    struct failing_gpu *failing; /* the host's renderer now */
    struct pvgpu_guest *guest;
    struct loss_scene scene;
    struct loss_result result;
    uint64_t told; /* orders that the renderer could tell, over a whole case */
};

static struct pvgpu_gpu *renew(void *user)
{
    struct stage *stage = user;
    stage->failing = failing_gpu_create(&stage->inner, (struct failing_order){0});
    return stage->failing ? &stage->failing->base : NULL;
}

static bool open_stage(struct stage *stage, const char *direct)
{
    struct local_host_config config = {.gpu = direct ? LOCAL_HOST_D3D11 : LOCAL_HOST_NULL,
                                       .log_level = PVGPU_LOG_ERROR};
    *stage = (struct stage){.real = direct != NULL};
    if (!loss_scene_init(&stage->scene, direct) || !local_host_init(&stage->host, &config))
        return false;
    stage->inner.gpu = stage->host.gpu;
    stage->host.renew = renew;
    stage->host.renew_user = stage;
    stage->host.gpu = renew(stage);
    stage->guest = pvgpu_guest_create(local_host_transport(&stage->host));
    return stage->host.gpu && stage->guest && local_host_start(&stage->host);
}

static void close_stage(struct stage *stage)
{
    pvgpu_guest_destroy(stage->guest);
    local_host_stop(&stage->host);
    stage->host.gpu->ops->destroy(stage->host.gpu);
    stage->host.gpu = stage->inner.gpu;
    local_host_finish(&stage->host);
    loss_scene_finish(&stage->scene);
}

/* A new renderer with an order, and a guest that has just reset. */
static bool begin(struct check *check, struct stage *stage, struct failing_order order)
{
    local_host_stop(&stage->host);
    stage->host.gpu->ops->destroy(stage->host.gpu);
    stage->failing = failing_gpu_create(&stage->inner, order);
    stage->host.gpu = stage->failing ? &stage->failing->base : NULL;
    if (!CHECK(stage->failing != NULL) || !CHECK(pvgpu_guest_reset(stage->guest)) ||
        !CHECK(local_host_start(&stage->host)))
        return false;
    /* An error like one of the last round is none that is known. */
    stage->guest->error_code = stage->guest->error_argument = 0;
    return CHECK_EQ(pvgpu_guest_wait_ready(stage->guest, WAIT_NS), PVGPU_WAIT_DONE);
}

static uint32_t status_of(const struct stage *stage)
{
    return atomic_load((_Atomic uint32_t *)&stage->host.region->status);
}

static bool is_empty(struct check *check, struct stage *stage)
{
    return CHECK_EQ(atomic_load(&stage->failing->live), 0) &&
           CHECK_EQ(atomic_load(&stage->host.page->statistics.objects), 0) &&
           CHECK_EQ(atomic_load(&stage->host.page->statistics.bytes), 0);
}

/* After a reset all is as if nothing had been. */
static bool plays_well(struct check *check, struct stage *stage)
{
    stage->guest->error_code = stage->guest->error_argument = 0;
    if (!CHECK_EQ(pvgpu_guest_wait_ready(stage->guest, WAIT_NS), PVGPU_WAIT_DONE) ||
        !CHECK(loss_scene_play(stage->guest, false, &stage->result)) ||
        !CHECK_EQ(stage->result.wait, PVGPU_WAIT_DONE) || !CHECK_EQ(stage->result.codes, 0) ||
        !CHECK_EQ(status_of(stage) & (PVGPU_STATUS_DEVICE_LOST | PVGPU_STATUS_ERROR), 0))
        return false;
    return !stage->real || CHECK(memcmp(stage->result.pixels, stage->scene.direct, LOSS_SCENE_BYTES) == 0);
}

/* ---- Loss -------------------------------------------------------------------------------------------------------- */

static bool is_told_of_loss(struct check *check, struct stage *stage)
{
    uint64_t end = pvgpu_time_deadline_ns(WAIT_NS);
    while (!(status_of(stage) & PVGPU_STATUS_DEVICE_LOST) && pvgpu_time_left_ns(end))
        pvgpu_time_sleep_ns(PVGPU_NS_PER_MS);
    struct pvgpu_control_region *region = stage->host.region;
    return CHECK(status_of(stage) & PVGPU_STATUS_DEVICE_LOST) && CHECK(status_of(stage) & PVGPU_STATUS_ERROR) &&
           CHECK_EQ(atomic_load((_Atomic uint32_t *)&region->error_code), PVGPU_ERROR_DEVICE_LOST) &&
           CHECK_EQ(atomic_load((_Atomic uint32_t *)&region->error_argument), FAILING_GPU_REASON);
}

/* Commands go on being consumed and fences completed, though nothing is drawn. */
static bool goes_on(struct check *check, struct stage *stage)
{
    const float color[4] = {0};
    for (uint32_t i = 0; i < 3; i++) {
        pvgpu_encode_clear_render_target(&stage->guest->encoder, 2, color);
        uint64_t fence = pvgpu_guest_fence(stage->guest);
        if (!CHECK(pvgpu_guest_flush(stage->guest)) || !CHECK(loss_scene_wait_completed(stage->guest, fence)))
            return false;
    }
    return true;
}

/* False: the scene has no such call, or something was wrong. */
static bool lose_at(struct check *check, struct stage *stage, uint64_t index, bool stepwise)
{
    if (!begin(check, stage, (struct failing_order){.at = index, .how = PVGPU_GPU_LOST}) ||
        !CHECK(loss_scene_play(stage->guest, stepwise, &stage->result)) || !CHECK(stage->result.fence_completed))
        return false;
    if (atomic_load(&stage->failing->calls) < index)
        return false;
    return is_told_of_loss(check, stage) && goes_on(check, stage) && is_empty(check, stage) &&
           CHECK(pvgpu_guest_reset(stage->guest)) && plays_well(check, stage);
}

static void lose_at_each_call(struct check *check, struct stage *stage, bool stepwise)
{
    uint64_t index = 1;
    while (index < MOST_CALLS && lose_at(check, stage, index, stepwise))
        index++;
    if (check->failures)
        printf("  at call %llu, %s\n", (unsigned long long)index,
               stage->failing && stage->failing->failed ? stage->failing->failed : "none");
    printf("  lost at each of %llu calls\n", (unsigned long long)index - 1);
    CHECK(index > 40 && index < MOST_CALLS);
    if (stage->real && !check->failures)
        CHECK(memcmp(stage->result.pixels, stage->scene.direct, LOSS_SCENE_BYTES) == 0);
}

/* ---- Other failures ---------------------------------------------------------------------------------------------- */

static bool is_told(struct check *check, struct stage *stage)
{
    const struct loss_result *result = &stage->result;
    const char *call = stage->failing->failed;
    bool reads = strncmp(call, "readback", 8) == 0;
    stage->told++;
    switch (stage->failing->order.how) {
    case PVGPU_GPU_NO_MEMORY:
        return CHECK(result->codes >> PVGPU_ERROR_OUT_OF_MEMORY & 1) &&
               CHECK(result->argument[PVGPU_ERROR_OUT_OF_MEMORY] != 0);
    case PVGPU_GPU_FAULT:
        /* Bytes that cannot be had: not a byte of the guest's memory has changed. */
        for (uint32_t i = 0; reads && i < LOSS_SCENE_BYTES; i++) {
            if (!CHECK_EQ(result->pixels[i], LOSS_SCENE_PATTERN))
                return false;
        }
        return CHECK(result->codes >> PVGPU_ERROR_INTERNAL & 1) &&
               CHECK_EQ(result->argument[PVGPU_ERROR_INTERNAL], FAILING_GPU_FAULT);
    default:
        return CHECK(result->codes & (1u << PVGPU_ERROR_INVALID_COMMAND | 1u << PVGPU_ERROR_SHADER_COMPILATION));
    }
}

static bool fail_at(struct check *check, struct stage *stage, uint64_t index, enum pvgpu_gpu_result how)
{
    if (!begin(check, stage, (struct failing_order){.at = index, .how = how}) ||
        !CHECK(loss_scene_play(stage->guest, true, &stage->result)) || !CHECK_EQ(stage->result.wait, PVGPU_WAIT_DONE) ||
        !CHECK(!(status_of(stage) & PVGPU_STATUS_DEVICE_LOST)))
        return false;
    if (atomic_load(&stage->failing->calls) < index)
        return false;
    if (stage->failing->told ? !is_told(check, stage) : !CHECK_EQ(stage->result.codes, 0))
        return false;
    if (!CHECK(pvgpu_guest_reset(stage->guest)) ||
        !CHECK_EQ(pvgpu_guest_finish(stage->guest, WAIT_NS), PVGPU_WAIT_DONE) || !is_empty(check, stage))
        return false;
    return CHECK(pvgpu_guest_reset(stage->guest)) && plays_well(check, stage);
}

static void fail_at_each_call(struct check *check, struct stage *stage, enum pvgpu_gpu_result how, uint64_t least)
{
    uint64_t index = 1;
    stage->told = 0;
    while (index < MOST_CALLS && fail_at(check, stage, index, how))
        index++;
    if (check->failures)
        printf("  at call %llu, %s\n", (unsigned long long)index,
               stage->failing && stage->failing->failed ? stage->failing->failed : "none");
    printf("  %llu calls, %llu could tell\n", (unsigned long long)index - 1, (unsigned long long)stage->told);
    CHECK(index > 40 && index < MOST_CALLS && stage->told >= least);
}

/* ------------------------------------------------------------------------------------------------------------------ */

struct tally {
    struct stage stage;
    int passed, failed;
};

static void finish_case(struct tally *tally, struct check *check, const char *name)
{
    tally->passed += check->failures == 0;
    tally->failed += check->failures != 0;
    printf("%s %s\n", check->failures ? "FAILED " : "passed ", name);
    fflush(stdout);
    *check = (struct check){0};
}

int main(int argc, char **argv)
{
    struct tally tally = {0};
    struct check check = {0};
    const char *direct = argc == 3 && strcmp(argv[1], "--direct") == 0 ? argv[2] : NULL;
    if (!open_stage(&tally.stage, direct)) {
        printf("0 passed, 1 failed, 0 skipped\n");
        return 1;
    }
    lose_at_each_call(&check, &tally.stage, false);
    finish_case(&tally, &check, "lost at each call, the scene sent as a whole");
    lose_at_each_call(&check, &tally.stage, true);
    finish_case(&tally, &check, "lost at each call, command by command");
    fail_at_each_call(&check, &tally.stage, PVGPU_GPU_NO_MEMORY, 20);
    finish_case(&tally, &check, "out of memory at each call: error 4, the stream goes on");
    fail_at_each_call(&check, &tally.stage, PVGPU_GPU_REFUSED, 20);
    finish_case(&tally, &check, "refused at each call: error 1 or 5, the stream goes on");
    fail_at_each_call(&check, &tally.stage, PVGPU_GPU_FAULT, 4);
    finish_case(&tally, &check, "a fault of the host at each call: error 7, the stream goes on");
    close_stage(&tally.stage);
    printf("%d passed, %d failed, 0 skipped\n", tally.passed, tally.failed);
    return tally.failed != 0;
}
