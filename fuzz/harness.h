/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A host in one thread for fuzzing: ring, decoder, handlers and timeline, with the null renderer behind checking_gpu,
 * which judges everything that gets through. Ring and heap are pieces of memory of their own, so that an address
 * sanitizer sees a read that leaves them.
 *
 * What is found ends the process by fuzz_fail. One thread.
 */
#ifndef PVGPU_FUZZ_HARNESS_H
#define PVGPU_FUZZ_HARNESS_H

#include "checking_gpu.h"
#include "render/context.h"
#include "render/timeline.h"
#include "shm/control.h"
#include "shm/ring.h"

#define FUZZ_RING_BYTES 0x20000u /* twice the longest command: streams wrap all the time */
#define FUZZ_ERROR_CODES 8u

struct fuzz_host {
    struct pvgpu_control_region *region;
    struct pvgpu_control_page *page;
    uint8_t *ring_memory; /* FUZZ_RING_BYTES */
    uint8_t *heap;
    uint32_t heap_bytes;
    struct checking_gpu *gpu;
    struct pvgpu_frame_output output; /* a consumer of frames that comes and goes */
    struct pvgpu_publisher publisher;
    struct pvgpu_timeline timeline;
    struct pvgpu_context context;
    struct pvgpu_ring ring;
    struct pvgpu_command command;
    uint64_t producer;
    uint64_t commands, losses, frames, errors[FUZZ_ERROR_CODES];
    uint64_t hash; /* of all errors, in order: two runs are the same if this is */
    uint64_t asked; /* questions to the output */
    uint64_t sink; /* what read bytes go into */
};

/*
 * Makes a host with an empty ring and a heap of zeros; its counters are 0. Limits are copied. With abort_at_once the
 * first broken rule ends the process. Never returns without success.
 */
void fuzz_host_open(struct fuzz_host *host, const struct pvgpu_limits *limits, uint32_t heap_bytes, bool abort_at_once);

/* What a reset by the guest does: a new epoch, whose counters start at `position` (0 for what guests can do). */
void fuzz_host_reset(struct fuzz_host *host, uint64_t position);

/*
 * Publishes `published` bytes more, the first `size` of them from `bytes`, and executes what is whole. `published` is
 * size, or something that a lying guest claims. EMPTY: everything was executed; PARTIAL: the last command is not whole
 * yet; BROKEN: framing is lost, reset before feeding more.
 */
enum pvgpu_ring_result fuzz_host_feed(struct fuzz_host *host, const uint8_t *bytes, size_t size, uint64_t published);

/* Fails unless pvgpu_ring_peek has answered as docs/protocol.md says, section "Ring". */
void fuzz_check_peek(const struct pvgpu_ring *ring, uint64_t producer, enum pvgpu_ring_result result,
                     const struct pvgpu_command *command);

/*
 * Checks what must hold whatever the guest did: no error that only a host's fault explains, counts that are right, and
 * a host that serves the guest again after a reset.
 */
void fuzz_host_check(struct fuzz_host *host);

/* Ends it; fails when anything was kept. */
void fuzz_host_close(struct fuzz_host *host);

/* Says what is wrong and aborts: the finding is the input that was running. */
_Noreturn void fuzz_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Runs one input, and fails unless it gives every byte back. Returns 0, as LLVMFuzzerTestOneInput does. */
int fuzz_run_one(void (*run)(const uint8_t *data, size_t size), const uint8_t *data, size_t size);

/* Bytes that the process has allocated and not freed. */
uint64_t fuzz_allocated_bytes(void);

#endif
