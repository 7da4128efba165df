/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Changes one word of every command of one opcode on its way from the encoder to the ring. For the field coverage tool:
 * a field that no case notices is a field that nothing tests.
 */
#ifndef PVGPU_TESTS_EXACT_PERTURB_H
#define PVGPU_TESTS_EXACT_PERTURB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct perturb {
    uint32_t opcode; /* 0: nothing is changed */
    uint32_t offset; /* byte offset of the word in the command, from its header's first byte; any alignment */
    uint32_t mask; /* XORed with the word */
    uint64_t changed; /* commands so far */
    uint64_t seen[4]; /* opcodes that passed: a bit each, by their high and low byte */
};

/* From "OPCODE:OFFSET:XOR", decimal or 0x hexadecimal. False: malformed. */
bool perturb_parse(struct perturb *perturb, const char *text);

/* Whether a command of that opcode has passed. */
bool perturb_has_seen(const struct perturb *perturb, uint32_t opcode);

/* Walks whole commands, notes their opcodes and changes those that are long enough to have the word. */
void perturb_apply(struct perturb *perturb, uint8_t *commands, size_t bytes);

#endif
