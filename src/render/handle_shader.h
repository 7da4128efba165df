/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Creating shaders, by either of the two commands that do. Render thread. */
#ifndef PVGPU_RENDER_HANDLE_SHADER_H
#define PVGPU_RENDER_HANDLE_SHADER_H

#include "render/context.h"

/* Copies the DXBC container out of the heap, checks it, creates the shader under that id; faults are reported. */
void pvgpu_create_shader(struct pvgpu_context *context, uint32_t id, uint32_t stage, uint64_t heap_offset,
                         uint32_t bytes);

#endif
