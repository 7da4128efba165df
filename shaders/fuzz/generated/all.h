/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Made by shaders/compile.sh: every blob of shaders/fuzz/, by name. Do not edit. */
#ifndef PVGPU_SHADERS_FUZZ_H
#define PVGPU_SHADERS_FUZZ_H

#include "shaders/fuzz/generated/patch_ds.h"
#include "shaders/fuzz/generated/patch_hs.h"
#include "shaders/fuzz/generated/patch_vs.h"
#include "shaders/fuzz/generated/split_gs.h"
#include "shaders/fuzz/generated/sum_cs.h"

/* PVGPU_SHADER(name, stage, model, blob): stage as in HLSL profiles, model 40, 41 or 50. */
#define PVGPU_SHADERS_OF_FUZZ(PVGPU_SHADER) \
    PVGPU_SHADER(patch_ds, ds, 50, pvgpu_shader_fuzz_patch_ds) \
    PVGPU_SHADER(patch_hs, hs, 50, pvgpu_shader_fuzz_patch_hs) \
    PVGPU_SHADER(patch_vs, vs, 50, pvgpu_shader_fuzz_patch_vs) \
    PVGPU_SHADER(split_gs, gs, 50, pvgpu_shader_fuzz_split_gs) \
    PVGPU_SHADER(sum_cs, cs, 50, pvgpu_shader_fuzz_sum_cs)

#endif
