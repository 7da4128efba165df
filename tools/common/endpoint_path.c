/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "endpoint_path.h"

#include <stdio.h>
#include <stdlib.h>

bool default_endpoint_path(char path[ENDPOINT_PATH_BYTES])
{
#ifdef _WIN32
    return snprintf(path, ENDPOINT_PATH_BYTES, "\\\\.\\pipe\\pvgpu.frames") < ENDPOINT_PATH_BYTES;
#else
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    return snprintf(path, ENDPOINT_PATH_BYTES, "%s/pvgpu/pvgpu.sock.frames", runtime && *runtime ? runtime : "/run") <
           ENDPOINT_PATH_BYTES;
#endif
}
