/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * How the renderer learns that the GPU has finished a submission. Three ways, one of them chosen at creation:
 *
 *   fence-event   ID3D11Fence signals the wake event itself (Windows 10 and later)
 *   fence-thread  a thread of ours blocks on the ID3D11Fence and signals the wake event (DXVK's native library, whose
 *                 fences know no event handles)
 *   query         an event query a submission, looked at without flushing when the caller asks (no ID3D11Fence)
 *
 * The environment variable PVGPU_COMPLETION names one of these to force it, for tests and measurements.
 * Owned and called by the render thread; the wake event may be signalled from any thread.
 */
#ifndef PVGPU_GPU_D3D11_COMPLETION_H
#define PVGPU_GPU_D3D11_COMPLETION_H

#include "base/log.h"
#include "gpu/d3d11/platform.h"
#include "gpu/gpu.h"

struct pvgpu_completion;

/* Holds references to device and context. `wake` outlives the object. NULL: logged. */
struct pvgpu_completion *pvgpu_completion_create(ID3D11Device *device, ID3D11DeviceContext1 *context,
                                                 struct pvgpu_event *wake, const struct pvgpu_log *log);

enum pvgpu_gpu_completion pvgpu_completion_mode(const struct pvgpu_completion *completion);

/* The name used in logs and in PVGPU_COMPLETION. */
const char *pvgpu_completion_name(const struct pvgpu_completion *completion);

/* Marks the end of a submission and flushes the context. Numbers rise. */
void pvgpu_completion_submit(struct pvgpu_completion *completion, uint64_t number);

/* The highest number that is known to be finished; never falls. After a device loss it stays where it was. */
uint64_t pvgpu_completion_completed(struct pvgpu_completion *completion);

/* A call of fences or queries that failed. */
struct pvgpu_completion_failure {
    HRESULT result;
    const char *call; /* a literal */
    bool is_final; /* nothing is left by which to learn that the GPU is done */
};

/*
 * What failed in the calls since the last time, or in the waiting thread; false: nothing. A signal that fails although
 * the device is there makes queries of all further submissions, and pvgpu_completion_mode says so from then on.
 */
bool pvgpu_completion_take_failure(struct pvgpu_completion *completion, struct pvgpu_completion_failure *failure);

/*
 * Submits a last time, waits at most timeout_ns for the GPU and releases everything. False when the GPU did not finish
 * in that time although the device is not lost: then whatever the GPU or the waiting thread may still touch is left
 * behind on purpose, the caller's device must be left behind too, and a warning was logged. NULL is fine.
 */
bool pvgpu_completion_destroy(struct pvgpu_completion *completion, uint64_t timeout_ns);

#endif
