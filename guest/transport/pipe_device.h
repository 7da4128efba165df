/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Messages of the "pipe" link as a byte stream, and what the virtual device does with its shared memory. */
#ifndef PVGPU_GUEST_PIPE_DEVICE_H
#define PVGPU_GUEST_PIPE_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Fills the whole control region of a mapping of `bytes`, as the device does at start and at a system reset. */
void pvgpu_pipe_init_control(void *mapping, uint64_t bytes);

/* The device's answer to a write of 1 to RESET: the counters become 0, status and error words stay. */
void pvgpu_pipe_reset_counters(void *mapping);

/* Puts together messages that arrive in pieces; the device accepts payloads of at most 8 bytes. */
struct pvgpu_pipe_parser {
    uint8_t bytes[16]; /* header and payload so far */
    size_t have;
};

/* Takes the next of *size bytes at *from and moves both on. 1: a whole message, its type and payload are set; 0: more
 * bytes are needed; -1: the payload is longer than the device's protocol allows. */
int pvgpu_pipe_parse(struct pvgpu_pipe_parser *parser, const uint8_t **from, size_t *size, uint32_t *type,
                     uint64_t *payload, uint32_t *payload_bytes);

#endif
