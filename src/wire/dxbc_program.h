/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The program inside a DXBC container: every token of it is read as a host's compiler would read it, and whatever such
 * a compiler takes for granted is checked. docs/shaders.md says what that covers.
 *
 * Pure; needs some 60 KiB of stack. Any thread.
 */
#ifndef PVGPU_WIRE_DXBC_PROGRAM_H
#define PVGPU_WIRE_DXBC_PROGRAM_H

#include "wire/dxbc.h"

/*
 * code: the program chunk's data, `dwords` of 4 bytes, of which the first two (version, length) have been checked.
 * container: stage, shader model and signatures. PVGPU_DXBC_OK: every token is in order, and *needs is filled.
 */
enum pvgpu_dxbc_rule pvgpu_dxbc_check_program(const uint8_t *code, uint32_t dwords, const struct pvgpu_dxbc *container,
                                              struct pvgpu_dxbc_needs *needs);

#endif
