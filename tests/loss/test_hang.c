/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Shaders that never end, against the whole service: the renderer is ended after --gpu-timeout, the guest is told, its
 * fences complete, and its reset brings the device back. Work that takes long but gets on is left alone.
 *
 *   test-hang BUILD-DIRECTORY [CASE...]
 */
#include "vm.h"

#include "base/time.h"
#include "shaders/hang/generated/endless_cs.h"
#include "shaders/hang/generated/endless_ps.h"
#include "shaders/hang/generated/screen_vs.h"

#include <stdatomic.h>
#include <stdio.h>

#define HUNG 0x887A0006u /* DXGI_ERROR_DEVICE_HUNG */
#define FORMAT_RGBA8 28u
#define FORMAT_R32_UINT 42u
#define TRIANGLE_LIST 4u
#define SIZE 8u /* texels of the target, squared */
#define TIMEOUT_S 2u
#define IN_FLIGHT 3u
#define PIECE_NS (PVGPU_NS_PER_S / 10) /* what a submission takes, about: far below the timeout */

enum { TARGET = 1, TARGET_VIEW, VERTEX_SHADER, PIXEL_SHADER, CONSTANTS, COMPUTE_SHADER, RESULT, RESULT_VIEW };

static const char *build_directory;
static const char *const hang_options[] = {"--gpu-timeout", "2", NULL};

/* ---- What is drawn ----------------------------------------------------------------------------------------------- */

static uint32_t upload(struct vm *vm, const void *data, uint32_t bytes)
{
    struct pvgpu_heap_block block = pvgpu_guest_upload(vm->guest, data, bytes);
    pvgpu_guest_release(vm->guest, block);
    return block.offset;
}

static void create_shader(struct vm *vm, uint32_t id, enum pvgpu_stage stage, const void *dxbc, uint32_t bytes)
{
    pvgpu_encode_create_shader(&vm->guest->encoder, id, stage, upload(vm, dxbc, bytes), bytes);
}

/* The loop runs `steps` times; 0: for ever. */
static void set_steps(struct vm *vm, uint32_t steps)
{
    const uint32_t constants[4] = {steps ? steps : 1, steps ? 1 : 0};
    const struct pvgpu_cmd_update_resource desc = {.id = CONSTANTS,
                                                   .heap_offset = upload(vm, constants, sizeof(constants)),
                                                   .data_bytes = sizeof(constants),
                                                   .row_pitch = sizeof(constants),
                                                   .depth_pitch = sizeof(constants)};
    pvgpu_encode_update_resource(&vm->guest->encoder, &desc);
}

static void create_constants(struct vm *vm)
{
    const struct pvgpu_cmd_create_resource desc = {
        .kind = PVGPU_KIND_BUFFER, .width = 16, .bind = PVGPU_BIND_CONSTANT_BUFFER};
    pvgpu_encode_create_resource(&vm->guest->encoder, CONSTANTS, &desc);
}

/* Everything for a draw that covers a small target. */
static void prepare_draw(struct vm *vm)
{
    struct pvgpu_encoder *e = &vm->guest->encoder;
    const struct pvgpu_cmd_create_resource target = {.kind = PVGPU_KIND_TEXTURE_2D,
                                                     .format = FORMAT_RGBA8,
                                                     .width = SIZE,
                                                     .height = SIZE,
                                                     .depth_or_array = 1,
                                                     .mip_count = 1,
                                                     .sample_count = 1,
                                                     .bind = PVGPU_BIND_RENDER_TARGET};
    const struct pvgpu_cmd_create_render_target_view view = {.id = TARGET_VIEW, .resource = TARGET};
    const struct pvgpu_viewport viewport = {.width = SIZE, .height = SIZE, .max_depth = 1.0f};
    const uint32_t target_view = TARGET_VIEW;
    pvgpu_encode_create_resource(e, TARGET, &target);
    pvgpu_encode_create_render_target_view(e, &view);
    create_constants(vm);
    create_shader(vm, VERTEX_SHADER, PVGPU_STAGE_VERTEX, pvgpu_shader_hang_screen_vs,
                  sizeof(pvgpu_shader_hang_screen_vs));
    create_shader(vm, PIXEL_SHADER, PVGPU_STAGE_PIXEL, pvgpu_shader_hang_endless_ps,
                  sizeof(pvgpu_shader_hang_endless_ps));
    pvgpu_encode_set_render_target(e, 1, &target_view, 0);
    pvgpu_encode_set_viewport(e, 1, &viewport);
    pvgpu_encode_set_primitive_topology(e, TRIANGLE_LIST);
    pvgpu_encode_set_shader(e, PVGPU_STAGE_VERTEX, VERTEX_SHADER);
    pvgpu_encode_set_shader(e, PVGPU_STAGE_PIXEL, PIXEL_SHADER);
    pvgpu_encode_set_constant_buffer(e, PVGPU_STAGE_PIXEL, 0, CONSTANTS, 0, 0);
}

/* Submits a draw of so many steps; the fence behind it. */
static uint64_t draw(struct vm *vm, uint32_t steps)
{
    set_steps(vm, steps);
    pvgpu_encode_draw(&vm->guest->encoder, 3, 0);
    pvgpu_encode_flush(&vm->guest->encoder); /* a submission of its own */
    uint64_t fence = pvgpu_guest_fence(vm->guest);
    pvgpu_guest_flush(vm->guest);
    return fence;
}

static void prepare_dispatch(struct vm *vm)
{
    struct pvgpu_encoder *e = &vm->guest->encoder;
    const struct pvgpu_cmd_create_resource buffer = {
        .kind = PVGPU_KIND_BUFFER, .format = FORMAT_R32_UINT, .width = 64, .bind = PVGPU_BIND_UNORDERED_ACCESS};
    const struct pvgpu_cmd_create_unordered_access_view view = {
        .id = RESULT_VIEW, .resource = RESULT, .format = FORMAT_R32_UINT, .dimension = 1, .count = 16};
    const uint32_t result_view = RESULT_VIEW;
    create_constants(vm);
    pvgpu_encode_create_resource(e, RESULT, &buffer);
    pvgpu_encode_create_unordered_access_view(e, &view);
    create_shader(vm, COMPUTE_SHADER, PVGPU_STAGE_COMPUTE, pvgpu_shader_hang_endless_cs,
                  sizeof(pvgpu_shader_hang_endless_cs));
    pvgpu_encode_set_shader(e, PVGPU_STAGE_COMPUTE, COMPUTE_SHADER);
    pvgpu_encode_set_constant_buffer(e, PVGPU_STAGE_COMPUTE, 0, CONSTANTS, 0, 0);
    pvgpu_encode_set_unordered_access(e, PVGPU_STAGE_COMPUTE, 0, 1, &result_view, NULL);
}

/* ---- Cases ------------------------------------------------------------------------------------------------------- */

/* A fence behind endless work: it completes all the same, for a guest that looks at nothing else. */
static void check_hang(struct check *check, struct vm *vm, uint64_t fence)
{
    if (!CHECK(loss_scene_wait_completed(vm->guest, fence)) || !vm_is_told_of_loss(check, vm, HUNG))
        return;
    CHECK(backend_comes_to_say(&vm->backend, "PVGPU_ERROR_DEVICE_LOST: the GPU made no progress for 2 s", 1));
    CHECK(backend_comes_to_say(&vm->backend, "PVGPU_ERROR_DEVICE_LOST: the renderer is gone", 1));
    /* The threads that went round and round are gone with their process. */
    CHECK_EQ(backend_renderers(&vm->backend), 0);
    uint64_t next = pvgpu_guest_fence(vm->guest);
    CHECK(pvgpu_guest_flush(vm->guest) && loss_scene_wait_completed(vm->guest, next));
    if (vm_reset(check, vm) && vm_plays_well(check, vm))
        CHECK_EQ(backend_renderers(&vm->backend), 1);
}

static void an_endless_pixel_shader_is_a_hang(struct check *check)
{
    struct vm vm;
    if (vm_open(check, &vm, build_directory, hang_options, NULL)) {
        prepare_draw(&vm);
        check_hang(check, &vm, draw(&vm, 0));
    }
    vm_close(check, &vm);
}

static void an_endless_compute_shader_is_a_hang(struct check *check)
{
    struct vm vm;
    uint32_t code, argument;
    if (vm_open(check, &vm, build_directory, hang_options, NULL)) {
        prepare_dispatch(&vm);
        set_steps(&vm, 1);
        pvgpu_encode_dispatch(&vm.guest->encoder, 1, 1, 1);
        CHECK_EQ(pvgpu_guest_finish(vm.guest, VM_WAIT_NS), PVGPU_WAIT_DONE);
        if (pvgpu_guest_read_error(vm.guest, &code, &argument)) {
            CHECK_SKIP("this version does not execute DISPATCH");
        } else {
            set_steps(&vm, 0);
            pvgpu_encode_dispatch(&vm.guest->encoder, 1, 1, 1);
            uint64_t fence = pvgpu_guest_fence(vm.guest);
            CHECK(pvgpu_guest_flush(vm.guest));
            check_hang(check, &vm, fence);
        }
    }
    vm_close(check, &vm);
}

/* The guest does not wait, and sends on: that is no progress. */
static void a_guest_that_sends_on_does_not_hide_a_hang(struct check *check)
{
    struct vm vm;
    if (vm_open(check, &vm, build_directory, hang_options, NULL)) {
        prepare_draw(&vm);
        uint64_t fence = draw(&vm, 0);
        uint64_t end = pvgpu_time_deadline_ns(VM_WAIT_NS);
        while (!(vm_status(&vm) & PVGPU_STATUS_DEVICE_LOST) && pvgpu_time_left_ns(end)) {
            fence = draw(&vm, 1);
            pvgpu_time_sleep_ns(20 * PVGPU_NS_PER_MS);
        }
        check_hang(check, &vm, fence);
    }
    vm_close(check, &vm);
}

/* How many steps take about PIECE_NS. */
static uint32_t measure(struct check *check, struct vm *vm)
{
    uint32_t steps = 1u << 16;
    CHECK_EQ(pvgpu_guest_wait(vm->guest, draw(vm, 1), VM_WAIT_NS), PVGPU_WAIT_DONE); /* compiles */
    for (;; steps *= 2) {
        uint64_t start = pvgpu_time_now_ns();
        CHECK_EQ(pvgpu_guest_wait(vm->guest, draw(vm, steps), VM_WAIT_NS), PVGPU_WAIT_DONE);
        uint64_t took = pvgpu_time_now_ns() - start;
        if (took >= PIECE_NS / 4 || check->failures || steps > UINT32_MAX / 2)
            return (uint32_t)((double)steps * (double)PIECE_NS / (double)took);
    }
}

static void long_work_that_gets_on_is_no_hang(struct check *check)
{
    struct vm vm;
    if (vm_open(check, &vm, build_directory, hang_options, NULL)) {
        uint64_t fence = 0;
        prepare_draw(&vm);
        uint32_t steps = measure(check, &vm);
        uint64_t end = pvgpu_time_deadline_ns(2 * TIMEOUT_S * PVGPU_NS_PER_S);
        uint32_t pieces = 0;
        /* A few are always outstanding, so that the GPU never rests. */
        while (pvgpu_time_left_ns(end) && !check->failures) {
            fence = draw(&vm, steps);
            if (++pieces > IN_FLIGHT)
                CHECK_EQ(pvgpu_guest_wait(vm.guest, fence - IN_FLIGHT, VM_WAIT_NS), PVGPU_WAIT_DONE);
        }
        CHECK_EQ(pvgpu_guest_wait(vm.guest, fence, VM_WAIT_NS), PVGPU_WAIT_DONE);
        CHECK(pieces > IN_FLIGHT);
        printf("  %u submissions without a pause, twice as long as the time-out\n", pieces);
        CHECK_EQ(vm_status(&vm) & PVGPU_STATUS_DEVICE_LOST, 0);
        CHECK_EQ(backend_said(&vm.backend, "DEVICE_LOST"), 0);
    }
    vm_close(check, &vm);
}

static void a_device_that_rests_is_no_hang(struct check *check)
{
    struct vm vm;
    if (vm_open(check, &vm, build_directory, hang_options, NULL)) {
        vm_plays_well(check, &vm);
        pvgpu_time_sleep_ns((TIMEOUT_S + 1) * PVGPU_NS_PER_S);
        CHECK_EQ(backend_said(&vm.backend, "DEVICE_LOST"), 0);
        CHECK(vm_reset(check, &vm) && vm_plays_well(check, &vm));
    }
    vm_close(check, &vm);
}

static bool wait_consumed(struct vm *vm)
{
    uint64_t end = pvgpu_time_deadline_ns(VM_WAIT_NS);
    while (atomic_load((_Atomic uint64_t *)&vm->guest->control->consumer) != vm->guest->producer) {
        if (pvgpu_time_left_ns(end) == 0)
            return false;
        pvgpu_time_sleep_ns(PVGPU_NS_PER_MS);
    }
    return true;
}

/* The new epoch is empty: the guest need not hear of what became of the old one, nor reset again. */
static void a_reset_during_a_hang_gets_a_new_device(struct check *check)
{
    struct vm vm;
    if (vm_open(check, &vm, build_directory, hang_options, NULL)) {
        prepare_draw(&vm);
        draw(&vm, 0);
        /* A device that is another process does not tell of a reset: only a counter that has moved does. */
        CHECK(wait_consumed(&vm));
        CHECK(pvgpu_guest_reset(vm.guest));
        CHECK(backend_wait_said(&vm.backend, "the GPU made no progress for 2 s", 1));
        CHECK(backend_wait_said(&vm.backend, "Renderer ready", 2));
        CHECK_EQ(pvgpu_guest_wait_ready(vm.guest, VM_WAIT_NS), PVGPU_WAIT_DONE);
        CHECK(vm_plays_well(check, &vm));
        CHECK_EQ(backend_renderers(&vm.backend), 1);
    }
    vm_close(check, &vm);
}

/* A thread cannot be ended: it is left alone, and the log says so. */
static void a_hang_in_one_process_is_told(struct check *check)
{
    static const char *const options[] = {"--gpu-timeout", "1", "--single-process", NULL};
    struct vm vm;
    if (vm_open(check, &vm, build_directory, options, NULL)) {
        prepare_draw(&vm);
        draw(&vm, 0);
        CHECK(backend_wait_said(&vm.backend, "with --single-process the renderer cannot be ended", 1));
        pvgpu_time_sleep_ns(2 * PVGPU_NS_PER_S);
        CHECK(backend_comes_to_say(&vm.backend, "with --single-process the renderer cannot be ended", 1));
    }
    vm_kill(&vm);
}

static void without_a_timeout_nothing_is_ended(struct check *check)
{
    static const char *const options[] = {"--gpu-timeout", "0", NULL};
    struct vm vm;
    if (vm_open(check, &vm, build_directory, options, NULL)) {
        prepare_draw(&vm);
        draw(&vm, 0);
        pvgpu_time_sleep_ns(3 * PVGPU_NS_PER_S);
        CHECK_EQ(vm_status(&vm) & PVGPU_STATUS_DEVICE_LOST, 0);
        CHECK_EQ(backend_renderers(&vm.backend), 1);
    }
    /* The service ends all the same, and its renderer with it. */
    vm_close(check, &vm);
    CHECK_EQ(backend_renderers(&vm.backend), 0);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(an_endless_pixel_shader_is_a_hang),
        CHECK_CASE(an_endless_compute_shader_is_a_hang),
        CHECK_CASE(a_guest_that_sends_on_does_not_hide_a_hang),
        CHECK_CASE(long_work_that_gets_on_is_no_hang),
        CHECK_CASE(a_device_that_rests_is_no_hang),
        CHECK_CASE(a_reset_during_a_hang_gets_a_new_device),
        CHECK_CASE(a_hang_in_one_process_is_told),
        CHECK_CASE(without_a_timeout_nothing_is_ended),
    };
    if (argc < 2) {
        fprintf(stderr, "usage: test-hang BUILD-DIRECTORY [CASE...]\n");
        return 2;
    }
    build_directory = argv[1];
    return check_run(cases, sizeof(cases) / sizeof(cases[0]), argc - 1, argv + 1);
}
