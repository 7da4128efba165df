/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "endpoint_path.h"

#include "service/paths.h"

#include <stdio.h>

bool default_endpoint_path(char path[ENDPOINT_PATH_BYTES])
{
    const struct pvgpu_log silent = {.level = PVGPU_LOG_OFF, .target = "pvgpu_backend"};
    char pipe[PVGPU_PATH_BYTES];
    return pvgpu_name_pipe_path(pipe, &silent) &&
           snprintf(path, ENDPOINT_PATH_BYTES, "%s.frames", pipe) < ENDPOINT_PATH_BYTES;
}
