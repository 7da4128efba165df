/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Files that are there whole or not at all. Any thread. */
#ifndef PVGPU_TOOLS_WHOLE_FILE_H
#define PVGPU_TOOLS_WHOLE_FILE_H

#include <stddef.h>

#define WHOLE_FILE_PATH_BYTES 4096

/*
 * Writes a file, in place of one of that name, under the name PATH.part first: nobody ever sees half of it. 0, or the
 * error as errno has it; then nothing is left behind.
 */
int write_whole_file(const char *path, const void *data, size_t size);

#endif
