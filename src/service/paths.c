/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "service/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#ifdef _WIN32
#include <io.h>
#define open _open
#define read _read
#define close _close
#define OPEN_FLAGS (_O_RDONLY | _O_BINARY)
#else
#include <unistd.h>
#define OPEN_FLAGS (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) /* a pipe or a terminal must not stop the start */
#endif

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

/* ---- Configuration files ------------------------------------------------------------------------------------------- */

static void place_below(char path[PVGPU_PATH_BYTES], const char *folder, size_t length, const char *rest)
{
    path[0] = '\0';
    if (length && snprintf(path, PVGPU_PATH_BYTES, "%.*s%s", (int)length, folder, rest) >= PVGPU_PATH_BYTES)
        path[0] = '\0';
}

static void place_below_variable(char path[PVGPU_PATH_BYTES], const char *name, const char *rest)
{
    const char *folder = variable(name);
    place_below(path, folder, folder ? strlen(folder) : 0, rest);
}

#ifdef _WIN32
bool pvgpu_config_place(char path[PVGPU_PATH_BYTES], unsigned place)
{
    switch (place) {
    case 0:
        snprintf(path, PVGPU_PATH_BYTES, "pvgpu.toml");
        return true;
    case 1:
        place_below_variable(path, "APPDATA", "\\pvgpu\\pvgpu.toml");
        return true;
    case 2:
        place_below_variable(path, "ProgramData", "\\pvgpu\\pvgpu.toml");
        return true;
    default:
        return false;
    }
}
#else
/* The one at `index` of a list separated by colons; false: the list is over. */
static bool place_in_list(char path[PVGPU_PATH_BYTES], const char *list, unsigned index)
{
    for (; index; index--) {
        list = strchr(list, ':');
        if (!list)
            return false;
        list++;
    }
    place_below(path, list, strcspn(list, ":"), "/pvgpu/pvgpu.toml");
    return true;
}

bool pvgpu_config_place(char path[PVGPU_PATH_BYTES], unsigned place)
{
    const char *folders = variable("XDG_CONFIG_DIRS");
    switch (place) {
    case 0:
        snprintf(path, PVGPU_PATH_BYTES, "pvgpu.toml");
        return true;
    case 1:
        if (variable("XDG_CONFIG_HOME"))
            place_below_variable(path, "XDG_CONFIG_HOME", "/pvgpu/pvgpu.toml");
        else
            place_below_variable(path, "HOME", "/.config/pvgpu/pvgpu.toml");
        return true;
    case 2:
        snprintf(path, PVGPU_PATH_BYTES, "/etc/pvgpu/pvgpu.toml");
        return true;
    default:
        return place_in_list(path, folders ? folders : "/etc/xdg", place - 3);
    }
}
#endif

bool pvgpu_path_exists(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0;
}

static const char *read_all(int file, char *bytes, size_t size, size_t *length)
{
    struct stat status;
    if (fstat(file, &status) != 0)
        return strerror(errno);
    if (!S_ISREG(status.st_mode))
        return "it is no regular file";
    for (*length = 0;;) {
        /* One byte more than fits tells that it is too large. */
        char beyond;
        bool full = *length == size;
        int got = (int)read(file, full ? &beyond : bytes + *length, full ? 1 : (unsigned)(size - *length));
        if (got < 0)
            return strerror(errno);
        if (got == 0)
            return NULL;
        if (full)
            return "it is too large";
        *length += (size_t)got;
    }
}

const char *pvgpu_path_read(const char *path, char *bytes, size_t size, size_t *length)
{
    int file = open(path, OPEN_FLAGS);
    if (file < 0)
        return strerror(errno);
    const char *wrong = read_all(file, bytes, size, length);
    close(file);
    return wrong;
}

/* ---- Endpoints and caches ------------------------------------------------------------------------------------------ */

void pvgpu_name_vm_file(char path[PVGPU_PATH_BYTES], const char *name)
{
    snprintf(path, PVGPU_PATH_BYTES, "/dev/shm/pvgpu-%.48s", name);
}

#ifdef _WIN32
bool pvgpu_name_pipe_path(char path[PVGPU_PATH_BYTES], const struct pvgpu_log *log)
{
    (void)log;
    snprintf(path, PVGPU_PATH_BYTES, "\\\\.\\pipe\\pvgpu");
    return true;
}

bool pvgpu_default_pipe_path(char path[PVGPU_PATH_BYTES], const struct pvgpu_log *log)
{
    return pvgpu_name_pipe_path(path, log);
}

bool pvgpu_default_control_path(char path[PVGPU_PATH_BYTES], const struct pvgpu_log *log)
{
    (void)log;
    snprintf(path, PVGPU_PATH_BYTES, "\\\\.\\pipe\\pvgpu-control");
    return true;
}

bool pvgpu_name_vm_path(char path[PVGPU_PATH_BYTES], const char *name, const struct pvgpu_log *log)
{
    (void)log;
    snprintf(path, PVGPU_PATH_BYTES, "\\\\.\\pipe\\pvgpu-%s", name);
    return true;
}

bool pvgpu_default_vm_path(char path[PVGPU_PATH_BYTES], const char *name, const struct pvgpu_log *log)
{
    return pvgpu_name_vm_path(path, name, log);
}

/* Windows drivers keep their shader caches themselves. */
bool pvgpu_shader_cache_path(char path[PVGPU_PATH_BYTES], const char *folder, const char *vm,
                             const struct pvgpu_log *log)
{
    (void)folder;
    (void)vm;
    (void)log;
    path[0] = '\0';
    return false;
}
#else
static bool make_folder(const char *path)
{
    return mkdir(path, 0700) == 0 || errno == EEXIST;
}

static bool name_socket(char path[PVGPU_PATH_BYTES], const char *name, const struct pvgpu_log *log)
{
    const char *runtime = variable("XDG_RUNTIME_DIR");
    int length = snprintf(path, PVGPU_PATH_BYTES, "%s/pvgpu/%.48s.sock", runtime ? runtime : "/run", name);
    if (length < PVGPU_PATH_BYTES)
        return true;
    pvgpu_error(log, "The runtime folder's path is too long: %s", runtime);
    return false;
}

static bool place_socket(char path[PVGPU_PATH_BYTES], const char *name, const struct pvgpu_log *log)
{
    if (!name_socket(path, name, log))
        return false;
    char *end = strrchr(path, '/');
    *end = '\0';
    bool made = make_folder(path);
    if (!made)
        pvgpu_error(log, "Cannot make the runtime folder %s: %s; name an endpoint with --pipe-path", path,
                    strerror(errno));
    *end = '/';
    return made;
}

bool pvgpu_name_pipe_path(char path[PVGPU_PATH_BYTES], const struct pvgpu_log *log)
{
    return name_socket(path, "pvgpu", log);
}

bool pvgpu_default_pipe_path(char path[PVGPU_PATH_BYTES], const struct pvgpu_log *log)
{
    return place_socket(path, "pvgpu", log);
}

bool pvgpu_default_control_path(char path[PVGPU_PATH_BYTES], const struct pvgpu_log *log)
{
    return place_socket(path, "control", log);
}

bool pvgpu_name_vm_path(char path[PVGPU_PATH_BYTES], const char *name, const struct pvgpu_log *log)
{
    return name_socket(path, name, log);
}

bool pvgpu_default_vm_path(char path[PVGPU_PATH_BYTES], const char *name, const struct pvgpu_log *log)
{
    return place_socket(path, name, log);
}

/* Makes the folder and those above it. */
static bool make_folders(char path[PVGPU_PATH_BYTES])
{
    for (char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        bool made = slash == path || make_folder(path);
        *slash = '/';
        if (!made)
            return false;
    }
    return make_folder(path);
}

bool pvgpu_shader_cache_path(char path[PVGPU_PATH_BYTES], const char *folder, const char *vm,
                             const struct pvgpu_log *log)
{
    const char *cache = variable("XDG_CACHE_HOME"), *home = variable("HOME");
    int length = -1;
    if (folder && strcmp(folder, "none") != 0)
        length = snprintf(path, PVGPU_PATH_BYTES, "%s/%s", folder, vm);
    else if (!folder && cache)
        length = snprintf(path, PVGPU_PATH_BYTES, "%s/pvgpu/shaders/%s", cache, vm);
    else if (!folder && home)
        length = snprintf(path, PVGPU_PATH_BYTES, "%s/.cache/pvgpu/shaders/%s", home, vm);
    if (length > 0 && length < PVGPU_PATH_BYTES) {
        if (make_folders(path))
            return true;
        pvgpu_log_at(log, folder ? PVGPU_LOG_WARN : PVGPU_LOG_INFO, "Shaders are not cached: cannot make %s: %s", path,
                     strerror(errno));
    }
    path[0] = '\0';
    return false;
}
#endif
