/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Where the service keeps things when the user does not say. Main thread. */
#ifndef PVGPU_SERVICE_PATHS_H
#define PVGPU_SERVICE_PATHS_H

#include "base/log.h"

#define PVGPU_PATH_BYTES 512

/*
 * The endpoint of the pipe link: \\.\pipe\pvgpu on Windows; $XDG_RUNTIME_DIR/pvgpu/pvgpu.sock, else
 * /run/pvgpu/pvgpu.sock. The folder is made (mode 0700) if its parent is there. False: logged.
 */
bool pvgpu_default_pipe_path(char path[PVGPU_PATH_BYTES], const struct pvgpu_log *log);

/*
 * The folder for compiled shaders of one VM: $XDG_CACHE_HOME/pvgpu/shaders/VM, else $HOME/.cache/...; made if need be.
 * False, and an empty path, when there is none (HOME is unset) or it cannot be made: then nothing is cached.
 */
bool pvgpu_default_shader_cache(char path[PVGPU_PATH_BYTES], const char *vm, const struct pvgpu_log *log);

#endif
