/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "os/win32/pipe_security.h"

#include "os/win32/security.h"

#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

/* Of one component of a path; the limit of the file systems. */
#define FILE_NAME_CHARACTERS 255

#define LOCK_PREFIX L"pvgpu-pipe-"
#define LOCK_SUFFIX L".lock"

bool pvgpu_pipe_security_init(struct pvgpu_pipe_security *security, const struct pvgpu_log *log)
{
    security->descriptor = pvgpu_security_create(L"GA", log);
    return security->descriptor != NULL;
}

void pvgpu_pipe_security_finish(struct pvgpu_pipe_security *security)
{
    LocalFree(security->descriptor);
    security->descriptor = NULL;
}

/* The path of the lock file; false when it would be too long. `size` is the room in `file`, in characters. */
static bool lock_file_path(wchar_t *file, size_t size, const char *name)
{
    DWORD folder = GetTempPathW((DWORD)size, file);
    if (folder == 0 || folder + FILE_NAME_CHARACTERS + 1 > size)
        return false;
    wchar_t *out = file + folder;
    const wchar_t *end = out + FILE_NAME_CHARACTERS - wcslen(LOCK_SUFFIX);
    wcscpy(out, LOCK_PREFIX);
    out += wcslen(LOCK_PREFIX);
    /* Pipe names may hold what file names may not. */
    for (const char *c = name; *c; c++) {
        if (out + 3 > end)
            return false;
        bool plain = (*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || *c == '-' ||
                     *c == '_' || *c == '.';
        if (plain)
            *out++ = (wchar_t)*c;
        else
            out += swprintf(out, 4, L"%%%02X", (unsigned)(unsigned char)*c);
    }
    wcscpy(out, LOCK_SUFFIX);
    return true;
}

/* Who holds a lock file, 0 when it does not say. */
static unsigned long lock_holder(const wchar_t *file)
{
    HANDLE handle = CreateFileW(file, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                                OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    if (handle == INVALID_HANDLE_VALUE)
        return 0;
    char text[32];
    DWORD length = 0;
    if (!ReadFile(handle, text, sizeof(text) - 1, &length, NULL))
        length = 0;
    CloseHandle(handle);
    text[length] = '\0';
    return strtoul(text, NULL, 10);
}

bool pvgpu_pipe_lock_take(HANDLE *lock, const char *path, const char *name, const struct pvgpu_log *log)
{
    wchar_t file[2 * MAX_PATH + 2];
    *lock = INVALID_HANDLE_VALUE;
    if (!lock_file_path(file, sizeof(file) / sizeof(file[0]), name)) {
        pvgpu_warn(log, "No lock for %s: the path of its lock file is too long", path);
        return true;
    }
    /* Others may look into it while it is open here, but not open it for themselves. */
    HANDLE handle = CreateFileW(file, GENERIC_WRITE, FILE_SHARE_READ, NULL, CREATE_ALWAYS,
                                FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE, NULL);
    if (handle == INVALID_HANDLE_VALUE) {
        DWORD reason = GetLastError();
        if (reason != ERROR_SHARING_VIOLATION) {
            pvgpu_warn(log, "No lock for %s: error %lu", path, reason);
            return true;
        }
        unsigned long holder = lock_holder(file);
        if (holder)
            pvgpu_error(log, "%s is in use by process %lu", path, holder);
        else
            pvgpu_error(log, "%s is in use by another process", path);
        return false;
    }
    char text[32];
    int length = snprintf(text, sizeof(text), "%lu\n", GetCurrentProcessId());
    DWORD written = 0;
    if (!WriteFile(handle, text, (DWORD)length, &written, NULL))
        pvgpu_warn(log, "The lock of %s names no process: error %lu", path, GetLastError());
    *lock = handle;
    return true;
}

void pvgpu_pipe_lock_release(HANDLE lock)
{
    if (lock != INVALID_HANDLE_VALUE)
        CloseHandle(lock);
}
