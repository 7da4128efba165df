/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The window as an output. At PRESENT the picture is copied on the GPU into a texture of the output's own; when its
 * turn comes, that texture is drawn into the back buffer, fitted as present/fit.h says, and presented. The last one is
 * kept, and drawn again when the window changes. Nothing is ever read back. While the window is hidden or minimised,
 * pictures are still copied, as the frame channel does for those who come later, so that there is something to show
 * when the window comes back; nothing is drawn or presented.
 *
 * Colours: bytes of normalised formats are shown as they are, sRGB ones too (they are encoded already);
 * R16G16B16A16_FLOAT is linear and gets encoded. Values are clamped to 0..1. This is what the frame channel's consumers
 * see as well. A format in which the host makes no shader resources is not shown, with one warning.
 */
#ifndef PVGPU_PRESENT_WINDOW_OUTPUT_H
#define PVGPU_PRESENT_WINDOW_OUTPUT_H

#include "present/output.h"
#include "present/window.h"

struct pvgpu_window_output_config {
    struct pvgpu_gpu *gpu; /* has surface_create; outlives the output */
    struct pvgpu_window *window; /* outlives the output */
    const char *name; /* the VM's, for titles */
    uint32_t buffer_count; /* presents in flight, and buffers of the swapchain: 2 or 3 */
    bool vsync; /* presents wait for the host's refresh as the guest asks; else for none, and may tear */
    bool never_waits; /* other outputs must not be held up: presents never wait, and do not tear */
    struct pvgpu_log log;
};

/* NULL: memory is short; logged. */
struct pvgpu_frame_output *pvgpu_window_output_create(const struct pvgpu_window_output_config *config);

#endif
