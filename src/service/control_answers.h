/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What the service says of its VMs to pvgpu-ctl: lines of "key value", the value reaching to the end of its line. A VM
 * begins with "vm NAME"; counters are "counter.NAME N"; durations are "duration.NAME MOST BUCKET:COUNT...": the longest in
 * nanoseconds, then the buckets of base/histogram.h that are not empty, by index. Main thread.
 */
#ifndef PVGPU_SERVICE_CONTROL_ANSWERS_H
#define PVGPU_SERVICE_CONTROL_ANSWERS_H

#include "service/control_server.h"
#include "service/vm.h"

/* Everything about one VM that is connected. */
void pvgpu_control_say_vm(struct pvgpu_control_answer *answer, const struct pvgpu_vm *vm);

#endif
