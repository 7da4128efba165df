/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Where a service that was told nothing has the frame endpoint of its VM. */
#ifndef PVGPU_TOOLS_ENDPOINT_PATH_H
#define PVGPU_TOOLS_ENDPOINT_PATH_H

#include <stdbool.h>

#define ENDPOINT_PATH_BYTES 512

/*
 * \\.\pipe\pvgpu.frames on Windows; $XDG_RUNTIME_DIR/pvgpu/pvgpu.sock.frames, else /run/pvgpu/pvgpu.sock.frames: the
 * default of pvgpu-backend's --frames-path. False: the path is too long.
 */
bool default_endpoint_path(char path[ENDPOINT_PATH_BYTES]);

#endif
