/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "os/host.h"

#include "os/win32/windows_lean.h"

#include <stdio.h>

void pvgpu_host_user(char *text, size_t size)
{
    wchar_t name[257]; /* UNLEN + 1 */
    DWORD length = sizeof(name) / sizeof(name[0]);
    if (!GetUserNameW(name, &length) ||
        !WideCharToMultiByte(CP_UTF8, 0, name, -1, text, size > INT_MAX ? INT_MAX : (int)size, NULL, NULL))
        snprintf(text, size, "unknown");
}

bool pvgpu_host_free_memory(uint64_t *bytes)
{
    MEMORYSTATUSEX status = {.dwLength = sizeof(status)};
    if (!GlobalMemoryStatusEx(&status))
        return false;
    *bytes = status.ullAvailPageFile;
    return true;
}

bool pvgpu_host_free_shared_memory(uint64_t *bytes)
{
    return pvgpu_host_free_memory(bytes);
}

enum pvgpu_host_folder pvgpu_host_judge_folder(const char *path, char *folder, size_t size)
{
    (void)path;
    snprintf(folder, size, "\\\\.\\pipe");
    return PVGPU_HOST_FOLDER_FINE;
}
