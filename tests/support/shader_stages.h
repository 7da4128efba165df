/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The stage of a row of a PVGPU_SHADERS_OF_* list (shaders/FOLDER/generated/all.h), which has the letters of file names. */
#ifndef PVGPU_TESTS_SHADER_STAGES_H
#define PVGPU_TESTS_SHADER_STAGES_H

#include "pvgpu/protocol.h"

#define STAGE_vs PVGPU_STAGE_VERTEX
#define STAGE_ps PVGPU_STAGE_PIXEL
#define STAGE_gs PVGPU_STAGE_GEOMETRY
#define STAGE_hs PVGPU_STAGE_HULL
#define STAGE_ds PVGPU_STAGE_DOMAIN
#define STAGE_cs PVGPU_STAGE_COMPUTE

#endif
