/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Changes a shader by the grammar of its tokens: opcodes, operands, indices, declarations, whole instructions,
 * signature elements. Lengths and the checksum are right again afterwards, so that what is wrong is what was changed.
 * Used by fuzzers and by tools that look for mutants which a host's compiler does not survive.
 */
#ifndef PVGPU_TESTS_DXBC_MUTATE_H
#define PVGPU_TESTS_DXBC_MUTATE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Makes one mutant, with one to four changes, of a container that pvgpu_dxbc_check has accepted or that is a mutant of
 * such a one. `random` is the state of the generator, not 0; it is moved on. Returns the mutant's size; 0: it needs
 * more than `capacity`, or `bytes` is no container that can be taken apart.
 */
size_t dxbc_mutate(const uint8_t *bytes, size_t size, uint64_t *random, uint8_t *out, size_t capacity);

#endif
