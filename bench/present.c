/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * bench-present: what a PRESENT costs the render thread beside the calls to Direct3D 11: its processor time for a clear
 * and a fence a frame, then with a PRESENT, for nobody, with the frame channel but no consumer, and with a consumer of
 * every frame. The null renderer has no Direct3D 11 calls, so that what is left is our own; on Direct3D 11 the last row
 * is compared with copying the bytes of a frame once.
 */
#include "bench.h"
#include "rounds.h"
#include "scene.h"

#include "base/time.h"
#include "os/endpoint.h"
#include "present/output.h"
#include "present/frame_channel.h"
#include "pvgpu/frames.h"
#include "../guest/demo/d3d11_numerals.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GOAL_NS 50e3
#define WIDTH 1920u
#define HEIGHT 1080u
#define FRAME_BYTES ((size_t)WIDTH * HEIGHT * 4)
#define MOST_ROUNDS 64u
#define BATCH 16u /* frames submitted at a time */

enum { TARGET = 1, TARGET_VIEW };

enum outputs { NO_PRESENT, NO_OUTPUT, NOBODY, CONSUMER };
static const char *const names[] = {"clear, fence", "clear, PRESENT, fence; no output",
                                    "the same; frame channel, nobody attached",
                                    "the same; frame channel, a consumer of every frame"};

struct stage {
    struct local_host host;
    struct pvgpu_guest *guest;
    struct pvgpu_frame_output *output;
    struct pvgpu_listener *listener;
    char path[64];
    _Atomic uint64_t published, dropped;
    struct pvgpu_frames *frames;
    struct pvgpu_thread thread;
    bool consumes;
};

/* ---- The consumer ------------------------------------------------------------------------------------------------ */

static void consume(void *argument)
{
    struct stage *stage = argument;
    struct pvgpu_frame frame;
    while (pvgpu_frames_next(stage->frames, PVGPU_FRAMES_FOREVER, &frame) == PVGPU_FRAMES_OK)
        pvgpu_frames_release(stage->frames);
}

static bool start_consumer(struct stage *stage)
{
    if (pvgpu_frames_connect(stage->path, PVGPU_FRAMES_LOSSLESS, 5000, &stage->frames) != PVGPU_FRAMES_OK)
        return false;
    stage->consumes = pvgpu_thread_start(&stage->thread, "consumer", consume, stage);
    return stage->consumes;
}

static void stop_consumer(struct stage *stage)
{
    if (stage->consumes) {
        pvgpu_frames_interrupt(stage->frames);
        pvgpu_thread_join(&stage->thread);
    }
    if (stage->frames)
        pvgpu_frames_close(stage->frames);
}

/* ---- Host and guest ---------------------------------------------------------------------------------------------- */

static bool make_output(struct stage *stage)
{
    struct pvgpu_log log = {.level = PVGPU_LOG_ERROR, .target = "bench-present"};
    snprintf(stage->path, sizeof(stage->path), "/tmp/pvgpu-bench-present.%d", (int)getpid());
    stage->listener = pvgpu_listener_open(stage->path, &log);
    if (!stage->listener)
        return false;
    struct pvgpu_frame_channel_config config = {
        .vm = "bench",
        .slot_count = 3,
        .max_bytes = UINT64_C(1) << 30,
        .listener = pvgpu_handle_duplicate(pvgpu_listener_wait_handle(stage->listener)),
        .wake = &stage->host.wake,
        .log = log,
    };
    stage->output = pvgpu_channel_output_create(&config, &stage->published, &stage->dropped);
    stage->host.renderer.output = stage->output;
    return stage->output != NULL;
}

static bool make_target(struct pvgpu_guest *guest)
{
    const struct pvgpu_cmd_create_resource target = {
        .kind = PVGPU_KIND_TEXTURE_2D,
        .format = FORMAT_R8G8B8A8_UNORM,
        .width = WIDTH,
        .height = HEIGHT,
        .depth_or_array = 1,
        .mip_count = 1,
        .sample_count = 1,
        .bind = PVGPU_BIND_RENDER_TARGET,
    };
    const struct pvgpu_cmd_create_render_target_view view = {.id = TARGET_VIEW, .resource = TARGET};
    pvgpu_encode_create_resource(&guest->encoder, TARGET, &target);
    pvgpu_encode_create_render_target_view(&guest->encoder, &view);
    return pvgpu_guest_finish(guest, SCENE_TIMEOUT_NS) == PVGPU_WAIT_DONE;
}

static bool open_stage(struct stage *stage, enum local_host_gpu gpu, enum outputs outputs)
{
    const struct local_host_config config = {.gpu = gpu, .buffer_count = 2};
    memset(stage, 0, sizeof(*stage));
    if (!local_host_init(&stage->host, &config) || (outputs >= NOBODY && !make_output(stage)) ||
        !local_host_start(&stage->host))
        return false;
    struct pvgpu_guest_transport *transport = local_host_transport(&stage->host);
    stage->guest = transport ? pvgpu_guest_create(transport) : NULL;
    return stage->guest && make_target(stage->guest) && (outputs != CONSUMER || start_consumer(stage));
}

static void close_stage(struct stage *stage)
{
    stop_consumer(stage);
    pvgpu_guest_destroy(stage->guest);
    local_host_stop(&stage->host);
    if (stage->output)
        stage->output->ops->destroy(stage->output);
    pvgpu_listener_destroy(stage->listener);
    local_host_finish(&stage->host);
}

/* Nanoseconds of the render thread for `frames` frames; 0: the host does not finish. */
static uint64_t draw(struct stage *stage, enum outputs outputs, uint32_t frames)
{
    static const float color[4] = {0.25f, 0.5f, 0.75f, 1.0f};
    struct pvgpu_guest *guest = stage->guest;
    uint64_t before = rounds_cpu_ns(&stage->host);
    for (uint32_t i = 1; i <= frames; i++) {
        pvgpu_encode_clear_render_target(&guest->encoder, TARGET_VIEW, color);
        if (outputs != NO_PRESENT)
            pvgpu_encode_present(&guest->encoder, TARGET, 0);
        pvgpu_guest_fence(guest);
        if (i % BATCH == 0 && !pvgpu_guest_flush(guest))
            return 0;
    }
    bool done = pvgpu_guest_finish(guest, SCENE_TIMEOUT_NS) == PVGPU_WAIT_DONE;
    return done ? rounds_cpu_ns(&stage->host) - before : 0;
}

/* ---- Measuring --------------------------------------------------------------------------------------------------- */

struct result {
    double ns; /* of the render thread, a frame; median */
    uint64_t published;
};

static bool measure(enum local_host_gpu gpu, enum outputs outputs, uint32_t frames, uint32_t rounds,
                    struct result *result)
{
    static struct stage stage;
    double values[MOST_ROUNDS];
    bool good = open_stage(&stage, gpu, outputs) && draw(&stage, outputs, frames);
    uint64_t before = atomic_load(&stage.published);
    for (uint32_t i = 0; i < rounds && good; i++) {
        uint64_t ns = draw(&stage, outputs, frames);
        good = ns != 0;
        values[i] = (double)ns / frames;
    }
    result->published = atomic_load(&stage.published) - before;
    close_stage(&stage);
    if (!good) {
        fprintf(stderr, "bench-present: \"%s\" failed\n", names[outputs]);
        return false;
    }
    bench_sort(values, rounds);
    result->ns = bench_median(values, rounds);
    if (outputs == CONSUMER ? result->published < (uint64_t)frames * rounds : result->published != 0) {
        fprintf(stderr, "bench-present: \"%s\": %llu frames were published\n", names[outputs],
                (unsigned long long)result->published);
        return false;
    }
    return true;
}

/* Nanoseconds for copying a frame once, between memory that is in use; median. */
static double measure_copy(uint32_t rounds)
{
    double values[MOST_ROUNDS];
    uint8_t *from = malloc(FRAME_BYTES), *to[3] = {malloc(FRAME_BYTES), malloc(FRAME_BYTES), malloc(FRAME_BYTES)};
    if (from && to[0] && to[1] && to[2]) {
        memset(from, 1, FRAME_BYTES);
        for (uint32_t i = 0; i < 3 + rounds; i++) {
            uint64_t start = pvgpu_time_now_ns();
            memcpy(to[i % 3], from, FRAME_BYTES);
            values[i < 3 ? 0 : i - 3] = (double)(pvgpu_time_now_ns() - start);
            __asm__ volatile("" : : "r"(to[i % 3]) : "memory");
        }
    }
    free(from);
    for (int i = 0; i < 3; i++)
        free(to[i]);
    return bench_median(values, rounds);
}

static bool measure_all(enum local_host_gpu gpu, uint32_t frames, uint32_t rounds, double copy_ns, bool *missed)
{
    struct result results[4];
    printf("| %-50s | %12s | %15s |\n", gpu == LOCAL_HOST_NULL ? "null renderer" : "Direct3D 11", "us a frame",
           "more than above");
    printf("|----------------------------------------------------|-------------:|----------------:|\n");
    for (enum outputs outputs = NO_PRESENT; outputs <= CONSUMER; outputs++) {
        /* Frames that are read back take a thousand times as long. */
        uint32_t count = outputs == CONSUMER ? 20 : gpu == LOCAL_HOST_NULL ? frames : frames / 10;
        if (!measure(gpu, outputs, count, rounds, &results[outputs]))
            return false;
        printf("| %-50s | %12.2f | %15.2f |\n", names[outputs], results[outputs].ns / 1e3,
               outputs == NO_PRESENT ? 0.0 : (results[outputs].ns - results[outputs - 1].ns) / 1e3);
        fflush(stdout);
    }
    double nobody = results[NOBODY].ns - results[NO_PRESENT].ns, consumer = results[CONSUMER].ns - results[NOBODY].ns;
    if (gpu == LOCAL_HOST_NULL) {
        printf("\nA PRESENT that nobody looks at costs the render thread %.2f us; the goal of less than %.0f us is "
               "%s.\n\n",
               nobody / 1e3, GOAL_NS / 1e3, nobody < GOAL_NS ? "met" : "MISSED");
        *missed |= nobody >= GOAL_NS;
    } else {
        printf(
            "\nA consumer costs it %.0f us a frame of %ux%u, of which Direct3D 11's read-back is a part; copying the "
            "bytes\nof a frame once takes %.0f us: %.2f of them.\n",
            consumer / 1e3, WIDTH, HEIGHT, copy_ns / 1e3, consumer / copy_ns);
    }
    return true;
}

int main(int argc, char **argv)
{
    uint32_t rounds = 15, frames = 20000;
    bool null_only = false, missed = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--quick") == 0) {
            rounds = 5;
            frames = 5000;
        } else if (strcmp(argv[i], "--null") == 0) {
            null_only = true;
        } else {
            fprintf(stderr, "usage: bench-present [--quick] [--null]\n");
            return 2;
        }
    }
    double copy_ns = measure_copy(rounds);
    bool good = measure_all(LOCAL_HOST_NULL, frames, rounds, copy_ns, &missed) &&
                (null_only || measure_all(LOCAL_HOST_D3D11, frames, rounds, copy_ns, &missed));
    return good && !missed ? 0 : 1;
}
