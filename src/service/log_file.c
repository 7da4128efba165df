/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "service/log_file.h"

#include "base/time.h"

#include <stdio.h>

bool pvgpu_log_file_open(struct pvgpu_log_file *file)
{
    uint64_t bytes;
    file->handle = pvgpu_append_file_open(file->path, &bytes, &file->is_regular, file->reason);
    if (file->handle == PVGPU_NO_HANDLE)
        return false;
    file->bytes = bytes;
    return true;
}

void pvgpu_log_file_close(struct pvgpu_log_file *file)
{
    pvgpu_handle_close(file->handle);
    file->handle = PVGPU_NO_HANDLE;
}

/* "PATH.index", PATH itself for 0. */
static void name_of(const struct pvgpu_log_file *file, uint32_t index, char name[PVGPU_LOG_FILE_PATH_BYTES + 16])
{
    snprintf(name, PVGPU_LOG_FILE_PATH_BYTES + 16, index ? "%s.%u" : "%s", file->path, index);
}

/* A file that cannot be renamed goes on growing: its lines are worth more than its size. */
static void rename_files(struct pvgpu_log_file *file)
{
    char from[PVGPU_LOG_FILE_PATH_BYTES + 16], to[PVGPU_LOG_FILE_PATH_BYTES + 16];
    file->rename_at_ns = pvgpu_time_deadline_ns(file->retry_ns);
    for (uint32_t i = file->count; i > 0; i--) {
        name_of(file, i - 1, from);
        name_of(file, i, to);
        if (!pvgpu_append_file_rename(from, to, file->reason))
            return;
    }
    file->rename_at_ns = 0;
    pvgpu_log_file_close(file);
    pvgpu_log_file_open(file);
    file->torn = false;
}

static bool try_to_write(struct pvgpu_log_file *file, const char *line, size_t length)
{
    size_t written = 0;
    if (file->handle == PVGPU_NO_HANDLE && !pvgpu_log_file_open(file))
        return false;
    if (file->torn) {
        if (!pvgpu_append_file_write(file->handle, "\n", 1, &written, file->reason))
            return false;
        file->bytes++;
        file->torn = false;
    }
    bool done = pvgpu_append_file_write(file->handle, line, length, &written, file->reason);
    file->bytes += written;
    file->torn = !done && written > 0;
    return done;
}

enum pvgpu_log_file_result pvgpu_log_file_write(struct pvgpu_log_file *file, const char *line, size_t length,
                                                uint64_t *lost)
{
    if (file->lost && pvgpu_time_left_ns(file->retry_at_ns)) {
        file->lost++;
        return PVGPU_LOG_FILE_LOST;
    }
    bool is_due = !file->rename_at_ns || !pvgpu_time_left_ns(file->rename_at_ns);
    if (file->most_bytes && file->is_regular && file->bytes && file->bytes + length > file->most_bytes && is_due)
        rename_files(file);
    bool was_well = file->lost == 0;
    if (!try_to_write(file, line, length)) {
        file->lost++;
        file->retry_at_ns = pvgpu_time_deadline_ns(file->retry_ns);
        return was_well ? PVGPU_LOG_FILE_FAILED : PVGPU_LOG_FILE_LOST;
    }
    *lost = file->lost;
    file->lost = 0;
    return was_well ? PVGPU_LOG_FILE_WRITTEN : PVGPU_LOG_FILE_RECOVERED;
}
