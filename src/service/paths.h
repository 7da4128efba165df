/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Where the service keeps things when the user does not say. Main thread. */
#ifndef PVGPU_SERVICE_PATHS_H
#define PVGPU_SERVICE_PATHS_H

#include "base/log.h"

#include <stddef.h>

#define PVGPU_PATH_BYTES 512

/*
 * The endpoint of the pipe link: \\.\pipe\pvgpu on Windows; $XDG_RUNTIME_DIR/pvgpu/pvgpu.sock, else
 * /run/pvgpu/pvgpu.sock. The folder is made (mode 0700) if its parent is there. False: logged.
 */
bool pvgpu_default_pipe_path(char path[PVGPU_PATH_BYTES], const struct pvgpu_log *log);

/* The same path, nothing made. False: logged. */
bool pvgpu_name_pipe_path(char path[PVGPU_PATH_BYTES], const struct pvgpu_log *log);

/* The endpoint for pvgpu-ctl: \\.\pipe\pvgpu-control, control.sock. */
bool pvgpu_default_control_path(char path[PVGPU_PATH_BYTES], const struct pvgpu_log *log);

/* The same for a VM of that name: pvgpu-NAME, NAME.sock. */
bool pvgpu_default_vm_path(char path[PVGPU_PATH_BYTES], const char *name, const struct pvgpu_log *log);

/* The same path, nothing made. False: logged. */
bool pvgpu_name_vm_path(char path[PVGPU_PATH_BYTES], const char *name, const struct pvgpu_log *log);

/* The file that a VM of that name shares, if its link is ivshmem-plain: /dev/shm/pvgpu-NAME. */
void pvgpu_name_vm_file(char path[PVGPU_PATH_BYTES], const char *name);

/*
 * The folder for compiled shaders of one VM, made if need be: FOLDER/VM, where `folder` is the user's choice, or NULL for
 * $XDG_CACHE_HOME/pvgpu/shaders, else $HOME/.cache/pvgpu/shaders. False, and an empty path, when there is none ("none",
 * HOME is unset, Windows, whose drivers have caches of their own) or it cannot be made: then nothing is cached.
 */
bool pvgpu_shader_cache_path(char path[PVGPU_PATH_BYTES], const char *folder, const char *vm,
                             const struct pvgpu_log *log);

/*
 * The places where a configuration file may be, from 0 in the order of their rank: pvgpu.toml in the current folder, then
 * pvgpu/pvgpu.toml below $XDG_CONFIG_HOME (or $HOME/.config), below each folder of $XDG_CONFIG_DIRS (or /etc/xdg), and
 * below /etc; on Windows below %APPDATA% and %ProgramData%. An empty path: that place does not exist here. False: there
 * is no such place.
 */
bool pvgpu_config_place(char path[PVGPU_PATH_BYTES], unsigned place);

/* Whether something has that name, readable or not. */
bool pvgpu_path_exists(const char *path);

/*
 * Reads a whole regular file of at most `size` bytes. NULL: *length bytes are in `bytes`; otherwise what is wrong, in
 * words (static, or strerror's).
 */
const char *pvgpu_path_read(const char *path, char *bytes, size_t size, size_t *length);

#endif
