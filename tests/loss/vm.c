/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "vm.h"

#include "base/time.h"

#include <stdatomic.h>
#include <stdio.h>

static uint32_t load(uint32_t *word)
{
    return atomic_load((_Atomic uint32_t *)word);
}

bool vm_open(struct check *check, struct vm *vm, const char *directory, const char *const *options,
             const char *const *environment)
{
    char program[512], direct[512];
    *vm = (struct vm){0};
    snprintf(program, sizeof(program), "%s/pvgpu-backend", directory);
    snprintf(direct, sizeof(direct), "%s/pvgpu-direct", directory);
    if (!CHECK(loss_scene_init(&vm->scene, direct)) ||
        !CHECK(backend_start(&vm->backend, program, options, environment)))
        return false;
    struct pvgpu_guest_transport *transport = pvgpu_guest_pipe_open(vm->backend.socket, PVGPU_MIN_SHMEM_BYTES);
    vm->guest = transport ? pvgpu_guest_create(transport) : NULL;
    if (!CHECK(vm->guest != NULL) || !CHECK_EQ(pvgpu_guest_wait_ready(vm->guest, VM_WAIT_NS), PVGPU_WAIT_DONE)) {
        backend_show_log(&vm->backend);
        return false;
    }
    return true;
}

void vm_close(struct check *check, struct vm *vm)
{
    if (check->failures && vm->backend.pid)
        backend_show_log(&vm->backend);
    pvgpu_guest_destroy(vm->guest);
    if (vm->backend.pid)
        CHECK(backend_stop(&vm->backend));
    loss_scene_finish(&vm->scene);
}

void vm_kill(struct vm *vm)
{
    pvgpu_guest_destroy(vm->guest);
    backend_kill(&vm->backend);
    loss_scene_finish(&vm->scene);
}

uint32_t vm_status(const struct vm *vm)
{
    return load(&vm->guest->control->status);
}

void vm_forget_errors(struct vm *vm)
{
    struct pvgpu_control_region *region = vm->guest->control;
    atomic_fetch_and((_Atomic uint32_t *)&region->status, ~(uint32_t)PVGPU_STATUS_ERROR);
    atomic_store((_Atomic uint32_t *)&region->error_code, 0);
    atomic_store((_Atomic uint32_t *)&region->error_argument, 0);
    vm->guest->error_code = vm->guest->error_argument = 0;
}

bool vm_is_told_of_loss(struct check *check, struct vm *vm, uint32_t reason)
{
    uint64_t end = pvgpu_time_deadline_ns(VM_WAIT_NS);
    while (!(vm_status(vm) & PVGPU_STATUS_DEVICE_LOST) && pvgpu_time_left_ns(end))
        pvgpu_time_sleep_ns(PVGPU_NS_PER_MS);
    return CHECK(vm_status(vm) & PVGPU_STATUS_DEVICE_LOST) && CHECK(vm_status(vm) & PVGPU_STATUS_ERROR) &&
           CHECK_EQ(load(&vm->guest->control->error_code), PVGPU_ERROR_DEVICE_LOST) &&
           CHECK_EQ(load(&vm->guest->control->error_argument), reason);
}

bool vm_reset(struct check *check, struct vm *vm)
{
    if (!CHECK(pvgpu_guest_reset(vm->guest)) ||
        !CHECK_EQ(pvgpu_guest_wait_ready(vm->guest, VM_WAIT_NS), PVGPU_WAIT_DONE))
        return false;
    vm_forget_errors(vm);
    return true;
}

bool vm_plays_well(struct check *check, struct vm *vm)
{
    return CHECK(loss_scene_play(vm->guest, false, &vm->result)) && CHECK_EQ(vm->result.wait, PVGPU_WAIT_DONE) &&
           CHECK_EQ(vm->result.codes, 0) && CHECK_EQ(vm_status(vm) & PVGPU_STATUS_DEVICE_LOST, 0) &&
           CHECK(memcmp(vm->result.pixels, vm->scene.direct, LOSS_SCENE_BYTES) == 0);
}
