/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * How a session sees that its renderer hangs. The renderer's thread writes times into the private page, the session
 * reads them: since when the thread has been busy with one round of commands, since when the GPU has owed a submission
 * without finishing any, and whether the thread is inside a call that compiles. Nobody polls: the session has a deadline
 * only while something is outstanding, and none while everything rests.
 *
 * Compiling does not count. Calls that compile are marked, with a minute for each before they count as hanging. Drivers
 * also compile later, in threads of their own, when a shader is first drawn with; that looks like a GPU that takes its
 * time, so the first use of a shader gives the work that waits 0.2 ms more for each byte of its code, at most a minute for
 * all of them together, until that work is done.
 *
 * Arming: a session that has no deadline leaves `watched` at 0. A renderer that begins something while it is 0 signals
 * the session once. Each side writes its own word, issues a full fence and reads the other's, so one of them sees the
 * other. The session sets `watched` before it passes a doorbell on, so that in the common case nobody is signalled.
 */
#ifndef PVGPU_SHM_PROGRESS_H
#define PVGPU_SHM_PROGRESS_H

#include "base/time.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define PVGPU_COMPILE_MOST_NS (60 * PVGPU_NS_PER_S) /* of one call, and of all first uses that wait together */
#define PVGPU_COMPILE_NS_PER_BYTE (200 * PVGPU_NS_PER_US) /* of bytecode: ten to twenty times what LLVM takes */

/* Times are pvgpu_time_now_ns, the same clock in every process. All words but `watched` have one writer, the renderer. */
struct pvgpu_progress {
    _Atomic uint64_t call_since_ns; /* the render thread is busy since; 0: it rests */
    _Atomic uint64_t gpu_since_ns; /* submissions are outstanding, and none has completed since; 0: none is */
    _Atomic uint64_t allowance_ns; /* granted to what is outstanding, on top of the timeout */
    _Atomic uint32_t compiling; /* the render thread is inside a call that compiles */
    _Atomic uint32_t watched; /* written by the session: it has a deadline, and need not be signalled */
};

/* Before a renderer starts: nothing is outstanding. */
void pvgpu_progress_init(struct pvgpu_progress *progress);

/* ---- The renderer's side ----------------------------------------------------------------------------------------- */

/* Each begins something; true: the session has no deadline and must be signalled. */
bool pvgpu_progress_begin_round(struct pvgpu_progress *progress);
bool pvgpu_progress_submitted(struct pvgpu_progress *progress);

/* The thread is about to rest, or has given everything to the driver that this round had. */
void pvgpu_progress_end_round(struct pvgpu_progress *progress);

/* Submissions have completed; outstanding: more are to come. */
void pvgpu_progress_completed(struct pvgpu_progress *progress, bool outstanding);

void pvgpu_progress_begin_compiling(struct pvgpu_progress *progress);
void pvgpu_progress_end_compiling(struct pvgpu_progress *progress);

/* A shader of so many bytes is used for the first time; and everything that was granted for has been done. */
void pvgpu_progress_grant(struct pvgpu_progress *progress, uint32_t bytes);
void pvgpu_progress_end_grants(struct pvgpu_progress *progress);

/* ---- The session's side ------------------------------------------------------------------------------------------ */

/* When the renderer counts as hanging unless something moves before; PVGPU_NO_TIMEOUT: nothing is outstanding. */
uint64_t pvgpu_progress_due_ns(struct pvgpu_progress *progress, uint64_t timeout_ns);

/* Watches from now on, whether something is outstanding or not. */
void pvgpu_progress_watch(struct pvgpu_progress *progress);

/* Stops watching if nothing is outstanding, and returns what pvgpu_progress_due_ns says. */
uint64_t pvgpu_progress_relax(struct pvgpu_progress *progress, uint64_t timeout_ns);

#endif
