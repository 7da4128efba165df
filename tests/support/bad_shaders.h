/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Shaders that break one rule of src/wire/dxbc_rules.inc each, with a right checksum (but for the one about it): at
 * least one for every rule. bad_shaders.c has them; those of containers and signatures are in bad_containers.c.
 */
#ifndef PVGPU_TESTS_BAD_SHADERS_H
#define PVGPU_TESTS_BAD_SHADERS_H

#include "wire/dxbc.h"

#define BAD_SHADER_BYTES (PVGPU_DXBC_MAX_BYTES + 4u) /* of the longest */

uint32_t bad_shader_count(void);
/*
 * Makes number `index`, below bad_shader_count(). Returns its size; 0: it needs more than `capacity`. *rule: what
 * pvgpu_dxbc_check must say for *stage; *detail tells several for one rule apart, in a few words.
 */
size_t bad_shader_make(uint32_t index, uint8_t *bytes, size_t capacity, enum pvgpu_stage *stage,
                       enum pvgpu_dxbc_rule *rule, const char **detail);

/* The part in bad_containers.c, with the same meaning. */
uint32_t bad_container_count(void);
size_t bad_container_make(uint32_t index, uint8_t *bytes, size_t capacity, enum pvgpu_stage *stage,
                          enum pvgpu_dxbc_rule *rule, const char **detail);

#endif
