/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "os/console.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void pvgpu_console_write(const char *text, size_t length)
{
    (void)!write(STDERR_FILENO, text, length);
}

bool pvgpu_console_is_journal(void)
{
    /* Programs that the service's own children start inherit the variable, but perhaps another standard error. */
    const char *stream = getenv("JOURNAL_STREAM");
    unsigned long long device, inode;
    struct stat info;
    return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 && fstat(STDERR_FILENO, &info) == 0 &&
           (unsigned long long)info.st_dev == device && (unsigned long long)info.st_ino == inode;
}
