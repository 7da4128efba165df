/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A ring full of commands, published again and again: reading does not change it, so nothing is encoded while the clock
 * runs, and the consumer is all that is measured. One thread, the guest's.
 */
#ifndef PVGPU_BENCH_ROUNDS_H
#define PVGPU_BENCH_ROUNDS_H

#include "local_host.h"

/*
 * Fills the ring, from where the producer stands, with exactly one ring of commands: encode(encoder, 0), (..., 1), ...
 * Returns how many commands; 0: failed. *draws: how many draws are among them.
 */
uint64_t rounds_fill(struct pvgpu_guest *guest, void (*encode)(struct pvgpu_encoder *encoder, uint32_t index),
                     uint64_t *draws);

/* Publishes one ring of commands and waits until it is consumed; nanoseconds, or 0 when it did not end in 30 s. */
uint64_t rounds_play(struct local_host *host, struct pvgpu_guest *guest);

/* Processor time that the render thread has used, in nanoseconds; 0: unknown. */
uint64_t rounds_cpu_ns(const struct local_host *host);

#endif
