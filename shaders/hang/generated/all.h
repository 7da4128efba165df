/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Made by shaders/compile.sh: every blob of shaders/hang/, by name. Do not edit. */
#ifndef PVGPU_SHADERS_HANG_H
#define PVGPU_SHADERS_HANG_H

#include "shaders/hang/generated/endless_cs.h"
#include "shaders/hang/generated/endless_ps.h"
#include "shaders/hang/generated/screen_vs.h"

/* PVGPU_SHADER(name, stage, model, blob): stage as in HLSL profiles, model 40, 41 or 50. */
#define PVGPU_SHADERS_OF_HANG(PVGPU_SHADER) \
    PVGPU_SHADER(endless_cs, cs, 50, pvgpu_shader_hang_endless_cs) \
    PVGPU_SHADER(endless_ps, ps, 50, pvgpu_shader_hang_endless_ps) \
    PVGPU_SHADER(screen_vs, vs, 50, pvgpu_shader_hang_screen_vs)

#endif
