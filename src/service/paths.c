/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "service/paths.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
bool pvgpu_default_pipe_path(char path[PVGPU_PATH_BYTES], const struct pvgpu_log *log)
{
    (void)log;
    snprintf(path, PVGPU_PATH_BYTES, "\\\\.\\pipe\\pvgpu");
    return true;
}

/* Windows drivers keep their shader caches themselves. */
bool pvgpu_default_shader_cache(char path[PVGPU_PATH_BYTES], const char *vm, const struct pvgpu_log *log)
{
    (void)vm;
    (void)log;
    path[0] = '\0';
    return false;
}
#else
#include <sys/stat.h>

static bool make_folder(const char *path)
{
    return mkdir(path, 0700) == 0 || errno == EEXIST;
}

bool pvgpu_default_pipe_path(char path[PVGPU_PATH_BYTES], const struct pvgpu_log *log)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    char folder[PVGPU_PATH_BYTES - 16];
    int length = snprintf(folder, sizeof(folder), "%s/pvgpu", runtime && *runtime ? runtime : "/run");
    if (length >= (int)sizeof(folder)) {
        pvgpu_error(log, "The runtime folder's path is too long: %s", runtime);
        return false;
    }
    if (!make_folder(folder)) {
        pvgpu_error(log, "Cannot make the runtime folder %s: %s; name an endpoint with --pipe-path", folder,
                    strerror(errno));
        return false;
    }
    snprintf(path, PVGPU_PATH_BYTES, "%s/pvgpu.sock", folder);
    return true;
}

bool pvgpu_default_shader_cache(char path[PVGPU_PATH_BYTES], const char *vm, const struct pvgpu_log *log)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    int length = -1;
    if (cache && *cache)
        length = snprintf(path, PVGPU_PATH_BYTES, "%s", cache);
    else if (home && *home)
        length = snprintf(path, PVGPU_PATH_BYTES, "%s/.cache", home);
    if (length < 0 || length >= PVGPU_PATH_BYTES - 64)
        goto none;
    for (int step = 0; step < 4; step++) {
        static const char *const parts[] = {"", "/pvgpu", "/shaders", "/"};
        length += snprintf(path + length, PVGPU_PATH_BYTES - (size_t)length, "%s%s", parts[step], step == 3 ? vm : "");
        if (!make_folder(path)) {
            pvgpu_info(log, "Shaders are not cached: cannot make %s: %s", path, strerror(errno));
            goto none;
        }
    }
    return true;

none:
    path[0] = '\0';
    return false;
}
#endif
