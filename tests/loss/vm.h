/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A guest on a service of its own, over the pipe link, for tests of what it sees when its renderer is lost. Linux. */
#ifndef PVGPU_TESTS_LOSS_VM_H
#define PVGPU_TESTS_LOSS_VM_H

#include "backend.h"
#include "loss_scene.h"
#include "pvgpu/guest.h"

#include "check.h"

#define VM_WAIT_NS UINT64_C(60000000000)

struct vm {
    struct backend backend;
    struct pvgpu_guest *guest;
    struct loss_scene scene;
    struct loss_result result;
};

/* `directory` holds the build; options and environment as in backend_start. False: said why. */
bool vm_open(struct check *check, struct vm *vm, const char *directory, const char *const *options,
             const char *const *environment);
void vm_close(struct check *check, struct vm *vm);
void vm_kill(struct vm *vm); /* when the service cannot end by itself */

/* A device that is another process leaves the error words as they are: the test clears them, to see the next ones. */
void vm_forget_errors(struct vm *vm);
uint32_t vm_status(const struct vm *vm);

/* Waits for status bit 2 and compares the error words with code 6 and the reason. */
bool vm_is_told_of_loss(struct check *check, struct vm *vm, uint32_t reason);

/* Resets, waits until the device is there again, forgets old errors. */
bool vm_reset(struct check *check, struct vm *vm);

/* Plays the scene: no error, and the picture of direct drawing. */
bool vm_plays_well(struct check *check, struct vm *vm);

#endif
