/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Shaders that are in order: the corpus and the demo's, as a compiler made them, and some that are assembled here
 * because they use what the compiler at hand cannot emit, written as fxc writes them.
 */
#ifndef PVGPU_TESTS_GOOD_SHADERS_H
#define PVGPU_TESTS_GOOD_SHADERS_H

#include "wire/dxbc.h"

#define GOOD_SHADER_BYTES 0x4000u /* of the longest */

uint32_t good_shader_count(void);
/* Whether a compiler made it; the others are assembled. */
bool good_shader_is_compiled(uint32_t index);
/* Makes number `index`, below good_shader_count(). Returns its size; 0: it needs more than `capacity`. */
size_t good_shader_make(uint32_t index, uint8_t *bytes, size_t capacity, enum pvgpu_stage *stage, const char **name);

#endif
