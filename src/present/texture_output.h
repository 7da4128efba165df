/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Shared textures (present/texture_ring.h) as an output: each PRESENT is copied on the GPU into one of them, which is
 * given to the consumers once the frame is complete. Nothing is read back, no frame is ever put off, and who comes
 * later finds the newest frame by itself. Render thread.
 */
#ifndef PVGPU_PRESENT_TEXTURE_OUTPUT_H
#define PVGPU_PRESENT_TEXTURE_OUTPUT_H

#include "present/output.h"
#include "present/texture_ring.h"

/*
 * Counts what it publishes and drops there. NULL: this host shares no textures, with one warning, or memory is short;
 * the other outputs go on. The configuration's host and board are taken in every case.
 */
struct pvgpu_frame_output *pvgpu_texture_output_create(const struct pvgpu_texture_ring_config *config,
                                                       _Atomic uint64_t *published, _Atomic uint64_t *dropped);

#endif
