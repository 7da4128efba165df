/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "os/append_file.h"

#include "os/win32/windows_lean.h"

#include <stdio.h>

static bool fail(char reason[PVGPU_REASON_BYTES], DWORD code)
{
    snprintf(reason, PVGPU_REASON_BYTES, "error %lu", code);
    return false;
}

pvgpu_handle pvgpu_append_file_open(const char *path, uint64_t *size, bool *is_regular, char reason[PVGPU_REASON_BYTES])
{
    /*
     * Who may read it is inherited from its folder. Renaming needs the right to delete, which others who read it along
     * must be ready to share. A symbolic link is opened itself, to be refused.
     */
    HANDLE file =
        CreateFileA(path, FILE_APPEND_DATA | FILE_READ_ATTRIBUTES | SYNCHRONIZE, FILE_SHARE_READ | FILE_SHARE_DELETE,
                    NULL, OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL | FILE_FLAG_OPEN_REPARSE_POINT, NULL);
    if (file == INVALID_HANDLE_VALUE) {
        fail(reason, GetLastError());
        return PVGPU_NO_HANDLE;
    }
    BY_HANDLE_FILE_INFORMATION info = {0};
    *is_regular = GetFileType(file) == FILE_TYPE_DISK && GetFileInformationByHandle(file, &info);
    if (info.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT || GetFileType(file) == FILE_TYPE_PIPE) {
        snprintf(reason, PVGPU_REASON_BYTES, "it is a symbolic link or a pipe");
        CloseHandle(file);
        return PVGPU_NO_HANDLE;
    }
    *size = (uint64_t)info.nFileSizeHigh << 32 | info.nFileSizeLow;
    return (pvgpu_handle)file;
}

bool pvgpu_append_file_write(pvgpu_handle file, const void *data, size_t size, size_t *written,
                             char reason[PVGPU_REASON_BYTES])
{
    *written = 0;
    while (*written < size) {
        DWORD part = 0;
        if (!WriteFile((HANDLE)file, (const char *)data + *written, (DWORD)(size - *written), &part, NULL))
            return fail(reason, GetLastError());
        *written += part;
    }
    return true;
}

bool pvgpu_append_file_rename(const char *from, const char *to, char reason[PVGPU_REASON_BYTES])
{
    return MoveFileExA(from, to, MOVEFILE_REPLACE_EXISTING) || GetLastError() == ERROR_FILE_NOT_FOUND ||
           fail(reason, GetLastError());
}
