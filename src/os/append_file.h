/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A file of this user's that only grows, such as a log: every write goes to its end. Not inherited by children. One
 * thread at a time.
 */
#ifndef PVGPU_OS_APPEND_FILE_H
#define PVGPU_OS_APPEND_FILE_H

#include "os/handle.h"

#define PVGPU_REASON_BYTES 128

/*
 * Opens or makes a file, readable and writable by its owner alone when it is made. The last part of the path must not be
 * a symbolic link, nor a file of another user, nor a FIFO or a folder. *size is what it has already, in bytes; 0 for what
 * is no regular file (/dev/null, say), which *is_regular tells. PVGPU_NO_HANDLE: `reason` says why, in a few words.
 */
pvgpu_handle pvgpu_append_file_open(const char *path, uint64_t *size, bool *is_regular,
                                    char reason[PVGPU_REASON_BYTES]);

/* Appends; *written may be less than `size`. False: `reason` says why not all of it was written. */
bool pvgpu_append_file_write(pvgpu_handle file, const void *data, size_t size, size_t *written,
                             char reason[PVGPU_REASON_BYTES]);

/* Gives a file another name, in place of one that has it already. True as well when there is no such file. */
bool pvgpu_append_file_rename(const char *from, const char *to, char reason[PVGPU_REASON_BYTES]);

#endif
