/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The whole service on a Direct3D 11 library that fails on demand (support/failing_d3d11.h): what its guest sees in the
 * control region, and that it works again after the guest's reset. A renderer takes a while to start, so indices of
 * calls are spread over the scene; test_lost.c takes every one.
 *
 *   test-lost-process BUILD-DIRECTORY FAILING-DIRECTORY [CASE...]
 */
#include "failing_d3d11.h"
#include "vm.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define SPREAD 20u
#define FAULT 0x80004005u /* E_FAIL */
#define LOST_LINE "PVGPU_ERROR_DEVICE_LOST: the renderer is gone"

static const char *build_directory, *failing_directory;

struct stage {
    struct vm vm;
    struct failing_d3d11_orders *orders; /* shared with the renderer */
    char file[64], library_path[600], orders_path[96];
};

static bool open_stage(struct check *check, struct stage *stage, const char *const *options)
{
    snprintf(stage->file, sizeof(stage->file), "/tmp/pvgpu-orders-XXXXXX");
    int file = mkstemp(stage->file);
    if (!CHECK(file >= 0) || !CHECK(ftruncate(file, sizeof(*stage->orders)) == 0))
        return false;
    stage->orders = mmap(NULL, sizeof(*stage->orders), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    snprintf(stage->library_path, sizeof(stage->library_path), "LD_LIBRARY_PATH=%s", failing_directory);
    snprintf(stage->orders_path, sizeof(stage->orders_path), "%s=%s", FAILING_D3D11_FILE, stage->file);
    const char *environment[] = {stage->library_path, stage->orders_path, NULL};
    return CHECK(stage->orders != MAP_FAILED) && vm_open(check, &stage->vm, build_directory, options, environment);
}

static void close_stage(struct check *check, struct stage *stage)
{
    vm_close(check, &stage->vm);
    munmap(stage->orders, sizeof(*stage->orders));
    unlink(stage->file);
}

static void order(struct stage *stage, uint64_t at, enum failing_d3d11_how how, enum failing_d3d11_call call)
{
    atomic_store(&stage->orders->at, 0);
    atomic_store(&stage->orders->calls, 0);
    atomic_store(&stage->orders->failures, 0);
    atomic_store(&stage->orders->how, how);
    atomic_store(&stage->orders->call, call);
    atomic_store(&stage->orders->at, at);
}

/* How many calls the scene makes. */
static uint64_t count_calls(struct check *check, struct stage *stage, bool stepwise)
{
    order(stage, 0, FAILING_D3D11_FAIL, FAILING_D3D11_ANY);
    CHECK(loss_scene_play(stage->vm.guest, stepwise, &stage->vm.result));
    uint64_t calls = atomic_load(&stage->orders->calls);
    CHECK_EQ(stage->vm.result.codes, 0);
    CHECK(calls > 40);
    return calls;
}

static uint64_t spread(uint64_t calls, uint32_t i)
{
    return 1 + (calls - 1) * i / (SPREAD - 1);
}

/* ---- Loss -------------------------------------------------------------------------------------------------------- */

/* False when it failed; *happened: the scene had such a call. */
static bool lose_at(struct check *check, struct stage *stage, uint64_t index, bool *happened)
{
    struct vm *vm = &stage->vm;
    order(stage, index, FAILING_D3D11_REMOVED, FAILING_D3D11_ANY);
    if (!CHECK(loss_scene_play(vm->guest, false, &vm->result)) || !CHECK(vm->result.fence_completed))
        return false;
    *happened = atomic_load(&stage->orders->failures) == 1;
    if (*happened && !vm_is_told_of_loss(check, vm, FAILING_D3D11_REASON))
        return false;
    /* Commands go on being consumed. */
    uint64_t fence = pvgpu_guest_fence(vm->guest);
    if (!CHECK(pvgpu_guest_flush(vm->guest)) || !CHECK(loss_scene_wait_completed(vm->guest, fence)))
        return false;
    order(stage, 0, FAILING_D3D11_FAIL, FAILING_D3D11_ANY);
    return vm_reset(check, vm) && vm_plays_well(check, vm) && vm_reset(check, vm);
}

static void lose_in(struct check *check, const char *const *options, uint32_t least)
{
    struct stage stage = {0};
    uint32_t losses = 0, i = 0;
    if (open_stage(check, &stage, options)) {
        uint64_t calls = count_calls(check, &stage, false);
        bool happened, good = vm_reset(check, &stage.vm);
        for (; good && i < SPREAD; i++) {
            good = lose_at(check, &stage, spread(calls, i), &happened);
            losses += good && happened;
        }
        if (!good)
            printf("  at call %llu of %llu\n", (unsigned long long)spread(calls, i - 1), (unsigned long long)calls);
        /* How often commands are submitted varies a little, and with it the number of the last calls. */
        CHECK(losses >= least);
        printf("  %u devices lost, %llu calls in the scene\n", losses, (unsigned long long)calls);
        CHECK(backend_comes_to_say(&stage.vm.backend, LOST_LINE, losses));
    }
    close_stage(check, &stage);
}

static void lost_at_calls_all_over_the_scene(struct check *check)
{
    lose_in(check, NULL, SPREAD * 3 / 4);
}

static void lost_in_one_process(struct check *check)
{
    static const char *const options[] = {"--single-process", NULL};
    lose_in(check, options, SPREAD * 3 / 4);
}

/* ---- What is no loss --------------------------------------------------------------------------------------------- */

static void out_of_memory_at_calls_all_over_the_scene(struct check *check)
{
    struct stage stage = {0};
    uint32_t told = 0;
    if (open_stage(check, &stage, NULL)) {
        struct vm *vm = &stage.vm;
        uint64_t calls = count_calls(check, &stage, true);
        for (uint32_t i = 0; i < SPREAD && !check->failures && vm_reset(check, vm); i++) {
            order(&stage, spread(calls, i), FAILING_D3D11_NO_MEMORY, FAILING_D3D11_ANY);
            CHECK(loss_scene_play(vm->guest, true, &vm->result));
            CHECK_EQ(vm->result.wait, PVGPU_WAIT_DONE);
            if (atomic_load(&stage.orders->failures) == 0 || !atomic_load(&stage.orders->told))
                continue;
            told++;
            /* A signal has no object that the guest knows: a fault of the host. */
            CHECK(vm->result.codes & (1u << PVGPU_ERROR_OUT_OF_MEMORY | 1u << PVGPU_ERROR_INTERNAL));
        }
        order(&stage, 0, FAILING_D3D11_FAIL, FAILING_D3D11_ANY);
        CHECK(vm_reset(check, vm) && vm_plays_well(check, vm));
        CHECK(told >= SPREAD / 4);
        printf("  %u times out of memory\n", told);
        CHECK_EQ(backend_said(&vm->backend, "DEVICE_LOST"), 0);
    }
    close_stage(check, &stage);
}

static void a_map_that_fails_is_error_7(struct check *check)
{
    struct stage stage = {0};
    if (open_stage(check, &stage, NULL)) {
        struct vm *vm = &stage.vm;
        order(&stage, 1, FAILING_D3D11_FAIL, FAILING_D3D11_MAP);
        CHECK(loss_scene_play(vm->guest, true, &vm->result));
        CHECK_EQ(vm->result.wait, PVGPU_WAIT_DONE);
        CHECK_EQ(vm->result.codes, 1u << PVGPU_ERROR_INTERNAL);
        CHECK_EQ(vm->result.argument[PVGPU_ERROR_INTERNAL], FAULT);
        CHECK_EQ(vm->guest->control->error_code, PVGPU_ERROR_INTERNAL);
        CHECK_EQ(vm->guest->control->error_argument, FAULT);
        /* The guest has no bytes, and an error that says so. */
        for (uint32_t i = 0; i < LOSS_SCENE_BYTES && !check->failures; i++)
            CHECK_EQ(vm->result.pixels[i], LOSS_SCENE_PATTERN);
        CHECK(vm_reset(check, vm) && vm_plays_well(check, vm));
        CHECK_EQ(backend_said(&vm->backend, "DEVICE_LOST"), 0);
    }
    close_stage(check, &stage);
}

static void a_signal_that_fails_is_error_7_and_made_up_for(struct check *check)
{
    struct stage stage = {0};
    if (open_stage(check, &stage, NULL)) {
        struct vm *vm = &stage.vm;
        order(&stage, 3, FAILING_D3D11_FAIL, FAILING_D3D11_SIGNAL);
        CHECK(loss_scene_play(vm->guest, true, &vm->result));
        CHECK_EQ(atomic_load(&stage.orders->failures), 1);
        CHECK_EQ(vm->result.wait, PVGPU_WAIT_DONE);
        CHECK_EQ(vm->result.codes, 1u << PVGPU_ERROR_INTERNAL);
        CHECK_EQ(vm->result.argument[PVGPU_ERROR_INTERNAL], FAULT);
        CHECK(memcmp(vm->result.pixels, vm->scene.direct, LOSS_SCENE_BYTES) == 0);
        CHECK(vm_reset(check, vm) && vm_plays_well(check, vm));
        CHECK_EQ(backend_said(&vm->backend, "DEVICE_LOST"), 0);
    }
    close_stage(check, &stage);
}

/* ---- Calls that never return ------------------------------------------------------------------------------------- */

static void block_at(struct check *check, enum failing_d3d11_call call)
{
    static const char *const options[] = {"--gpu-timeout", "1", NULL};
    struct stage stage = {0};
    if (open_stage(check, &stage, options)) {
        struct vm *vm = &stage.vm;
        order(&stage, 1, FAILING_D3D11_BLOCK, call);
        CHECK(loss_scene_play(vm->guest, false, &vm->result));
        CHECK_EQ(atomic_load(&stage.orders->failures), 1);
        CHECK(vm->result.fence_completed);
        CHECK(vm_is_told_of_loss(check, vm, 0x887A0006u)); /* DXGI_ERROR_DEVICE_HUNG */
        CHECK(backend_comes_to_say(&vm->backend, "the GPU made no progress for 1 s", 1));
        CHECK(vm_reset(check, vm) && vm_plays_well(check, vm));
        CHECK_EQ(backend_renderers(&vm->backend), 1);
    }
    close_stage(check, &stage);
}

static void a_draw_that_never_returns_is_a_hang(struct check *check)
{
    block_at(check, FAILING_D3D11_DRAW);
}

static void a_flush_that_never_returns_is_a_hang(struct check *check)
{
    block_at(check, FAILING_D3D11_FLUSH);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(lost_at_calls_all_over_the_scene),
        CHECK_CASE(lost_in_one_process),
        CHECK_CASE(out_of_memory_at_calls_all_over_the_scene),
        CHECK_CASE(a_map_that_fails_is_error_7),
        CHECK_CASE(a_signal_that_fails_is_error_7_and_made_up_for),
        CHECK_CASE(a_draw_that_never_returns_is_a_hang),
        CHECK_CASE(a_flush_that_never_returns_is_a_hang),
    };
    if (argc < 3) {
        fprintf(stderr, "usage: test-lost-process BUILD-DIRECTORY FAILING-DIRECTORY [CASE...]\n");
        return 2;
    }
    unsetenv("LD_LIBRARY_PATH"); /* meson names the failing library's folder in it: only the service is to have it */
    build_directory = argv[1];
    failing_directory = argv[2];
    return check_run(cases, sizeof(cases) / sizeof(cases[0]), argc - 2, argv + 2);
}
