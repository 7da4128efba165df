/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "whole_file.h"

#include <errno.h>
#include <stdio.h>

int write_whole_file(const char *path, const void *data, size_t size)
{
    char partial[WHOLE_FILE_PATH_BYTES + 8];
    if (snprintf(partial, sizeof(partial), "%s.part", path) >= (int)sizeof(partial))
        return ENAMETOOLONG;
    errno = EIO; /* for C libraries that fail without saying why */
    FILE *file = fopen(partial, "wb");
    if (!file)
        return errno;
    int error = fwrite(data, 1, size, file) == size ? 0 : errno;
    if (fclose(file) != 0 && !error)
        error = errno;
#ifdef _WIN32
    if (!error)
        remove(path); /* rename does not replace there */
#endif
    if (!error && rename(partial, path) != 0)
        error = errno;
    if (error)
        remove(partial);
    return error;
}
