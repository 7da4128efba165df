/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "os/append_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool fail(char reason[PVGPU_REASON_BYTES], const char *text)
{
    snprintf(reason, PVGPU_REASON_BYTES, "%s", text);
    return false;
}

static bool is_acceptable(const struct stat *info, char reason[PVGPU_REASON_BYTES])
{
    if (!S_ISREG(info->st_mode) && !S_ISCHR(info->st_mode))
        return fail(reason, "it is neither a file nor a character device");
    /* Whoever made it could read what we write. */
    if (S_ISREG(info->st_mode) && info->st_uid != geteuid())
        return fail(reason, "it belongs to another user");
    return true;
}

pvgpu_handle pvgpu_append_file_open(const char *path, uint64_t *size, bool *is_regular, char reason[PVGPU_REASON_BYTES])
{
    /* Non-blocking, so that a FIFO does not hold us up; files and devices such as /dev/null do not care. */
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0600);
    struct stat info;
    if (fd < 0) {
        fail(reason, errno == ELOOP ? "it is a symbolic link" : strerror(errno));
        return PVGPU_NO_HANDLE;
    }
    if (fstat(fd, &info) != 0 || !is_acceptable(&info, reason)) {
        close(fd);
        return PVGPU_NO_HANDLE;
    }
    *is_regular = S_ISREG(info.st_mode);
    *size = *is_regular ? (uint64_t)info.st_size : 0;
    return fd;
}

bool pvgpu_append_file_write(pvgpu_handle file, const void *data, size_t size, size_t *written,
                             char reason[PVGPU_REASON_BYTES])
{
    *written = 0;
    while (*written < size) {
        ssize_t part = write((int)file, (const char *)data + *written, size - *written);
        if (part < 0 && errno == EINTR)
            continue;
        if (part < 0)
            return fail(reason, strerror(errno));
        *written += (size_t)part;
    }
    return true;
}

bool pvgpu_append_file_rename(const char *from, const char *to, char reason[PVGPU_REASON_BYTES])
{
    return rename(from, to) == 0 || errno == ENOENT || fail(reason, strerror(errno));
}
