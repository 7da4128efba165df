/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A log in a file that is renamed when it has grown: PATH to PATH.1, PATH.1 to PATH.2 and so on, the oldest is dropped.
 * A disk that is full stops nobody: lines are counted as lost, and another try is made every few seconds. One thread at
 * a time.
 */
#ifndef PVGPU_SERVICE_LOG_FILE_H
#define PVGPU_SERVICE_LOG_FILE_H

#include "os/append_file.h"

#define PVGPU_LOG_FILE_PATH_BYTES 1024
#define PVGPU_LOG_FILE_LEAST_BYTES 8192 /* of log_file_size: a line must fit */
#define PVGPU_LOG_FILES_MOST 100 /* renaming is one call for each */
#define PVGPU_LOG_FILE_RETRY_NS (5 * PVGPU_NS_PER_S)

struct pvgpu_log_file {
    char path[PVGPU_LOG_FILE_PATH_BYTES];
    uint64_t most_bytes; /* 0: it is never renamed */
    uint32_t count; /* of renamed files that are kept; at least 1 */
    uint64_t retry_ns; /* how long a failure is left alone */
    pvgpu_handle handle; /* PVGPU_NO_HANDLE: between a failure and the next try */
    bool is_regular; /* otherwise, as /dev/null, it does not grow and is not renamed */
    uint64_t bytes;
    bool torn; /* it ends in the middle of a line */
    uint64_t lost; /* lines since it failed; 0: all is well */
    uint64_t retry_at_ns;
    uint64_t rename_at_ns; /* when the next try to rename may be made */
    char reason[PVGPU_REASON_BYTES]; /* of the last failure */
};

/* Opens the file. False: file->reason says why, in a few words. Fields above `handle` are the caller's to set. */
bool pvgpu_log_file_open(struct pvgpu_log_file *file);

void pvgpu_log_file_close(struct pvgpu_log_file *file);

enum pvgpu_log_file_result {
    PVGPU_LOG_FILE_WRITTEN,
    PVGPU_LOG_FILE_FAILED, /* for the first time since all was well: file->reason says why */
    PVGPU_LOG_FILE_LOST, /* still not well: the line is counted in file->lost */
    PVGPU_LOG_FILE_RECOVERED, /* written, and *lost lines before it were not */
};

/* Writes a line, which ends with LF. Never asks the disk again before the next try is due. */
enum pvgpu_log_file_result pvgpu_log_file_write(struct pvgpu_log_file *file, const char *line, size_t length,
                                                uint64_t *lost);

#endif
