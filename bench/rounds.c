/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "rounds.h"

#include "base/time.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUND_TIMEOUT_NS (30 * PVGPU_NS_PER_S)

uint64_t rounds_fill(struct pvgpu_guest *guest, void (*encode)(struct pvgpu_encoder *encoder, uint32_t index),
                     uint64_t *draws)
{
    struct pvgpu_encoder encoder;
    uint8_t *bytes = malloc(guest->ring_bytes);
    if (!bytes)
        return 0;
    pvgpu_encoder_init(&encoder, bytes, guest->ring_bytes);
    for (uint32_t index = 0; encoder.capacity - encoder.used >= PVGPU_COMMAND_MAX_BYTES; index++)
        encode(&encoder, index);
    while (encoder.used < encoder.capacity)
        pvgpu_encode_flush(&encoder); /* 16 bytes: any rest can be filled */
    size_t at = (size_t)(guest->producer % guest->ring_bytes);
    memcpy(guest->ring + at, bytes, guest->ring_bytes - at);
    memcpy(guest->ring, bytes + guest->ring_bytes - at, at);
    free(bytes);
    *draws = encoder.draws;
    return encoder.failed ? 0 : encoder.commands;
}

uint64_t rounds_cpu_ns(const struct local_host *host)
{
    clockid_t clock;
    struct timespec time;
    if (pthread_getcpuclockid(host->thread.handle, &clock) != 0 || clock_gettime(clock, &time) != 0)
        return 0;
    return (uint64_t)time.tv_sec * PVGPU_NS_PER_S + (uint64_t)time.tv_nsec;
}

uint64_t rounds_play(struct local_host *host, struct pvgpu_guest *guest)
{
    uint64_t deadline = pvgpu_time_deadline_ns(ROUND_TIMEOUT_NS), start = pvgpu_time_now_ns();
    guest->producer += guest->ring_bytes;
    atomic_store((_Atomic uint64_t *)&host->region->producer, guest->producer);
    pvgpu_event_signal(&host->wake);
    /* Asleep in between: the consumer shall not share its core with us. */
    while (atomic_load((_Atomic uint64_t *)&host->region->consumer) != guest->producer) {
        if (pvgpu_time_left_ns(deadline) == 0)
            return 0;
        pvgpu_time_sleep_ns(20 * PVGPU_NS_PER_US);
    }
    return pvgpu_time_now_ns() - start;
}
