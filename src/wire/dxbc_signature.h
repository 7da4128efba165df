/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The signatures of a DXBC container. Private to src/wire/dxbc*.c; what others need of them is in dxbc.h. Pure. */
#ifndef PVGPU_WIRE_DXBC_SIGNATURE_H
#define PVGPU_WIRE_DXBC_SIGNATURE_H

#include "wire/dxbc.h"

/* How elements are laid out; the value is the number of dwords more than in the plain form. */
enum pvgpu_dxbc_form {
    PVGPU_DXBC_FORM_PLAIN = 0, /* ISGN, OSGN, PCSG */
    PVGPU_DXBC_FORM_STREAM = 1, /* OSG5: the stream in front */
    PVGPU_DXBC_FORM_FULL = 2, /* ISG1, OSG1, PSG1: the stream in front, minimum precision behind */
};

enum pvgpu_dxbc_direction { PVGPU_DXBC_IN, PVGPU_DXBC_OUT, PVGPU_DXBC_PATCH };

/* Whether the system values of a signature can be there, with types and components that suit them. */
enum pvgpu_dxbc_rule pvgpu_dxbc_check_places(const struct pvgpu_dxbc_signature *signature, enum pvgpu_stage stage,
                                             enum pvgpu_dxbc_direction direction);

/* Checks a signature chunk's data. Fills *out, which points into them, only if all is right. */
enum pvgpu_dxbc_rule pvgpu_dxbc_check_signature(const uint8_t *data, uint32_t bytes, enum pvgpu_dxbc_form form,
                                                struct pvgpu_dxbc_signature *out);

#endif
