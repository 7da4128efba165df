/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Made by shaders/compile.sh: every blob of shaders/present/, by name. Do not edit. */
#ifndef PVGPU_SHADERS_PRESENT_H
#define PVGPU_SHADERS_PRESENT_H

#include "shaders/present/generated/fit_ps.h"
#include "shaders/present/generated/fit_vs.h"

/* PVGPU_SHADER(name, stage, model, blob): stage as in HLSL profiles, model 40, 41 or 50. */
#define PVGPU_SHADERS_OF_PRESENT(PVGPU_SHADER) \
    PVGPU_SHADER(fit_ps, ps, 50, pvgpu_shader_present_fit_ps) \
    PVGPU_SHADER(fit_vs, vs, 50, pvgpu_shader_present_fit_vs)

#endif
