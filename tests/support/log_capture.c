/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "log_capture.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Writes go to the end whatever is read in between. */
#ifdef _WIN32

#include <windows.h>

static int open_nameless(void)
{
    char folder[MAX_PATH], path[MAX_PATH];
    if (!GetTempPathA(sizeof(folder), folder) || !GetTempFileNameA(folder, "pvg", 0, path))
        return -1;
    return _open(path, _O_RDWR | _O_APPEND | _O_BINARY | _O_TEMPORARY);
}

static void report_sanitizers_to(int file)
{
    (void)file;
}

#else

#include <sys/mman.h>

static int open_nameless(void)
{
    int file = memfd_create("log", MFD_CLOEXEC);
    if (file >= 0 && fcntl(file, F_SETFL, O_APPEND) != 0)
        abort();
    return file;
}

/* Where sanitizers report; they must not end in the caught log. */
void __sanitizer_set_report_fd(void *fd) __attribute__((weak));

static void report_sanitizers_to(int file)
{
    if (__sanitizer_set_report_fd)
        __sanitizer_set_report_fd((void *)(intptr_t)file);
}

#endif

void log_capture_start(struct log_capture *capture)
{
    fflush(stderr);
    capture->standard_error = dup(2);
    capture->file = open_nameless();
    if (capture->standard_error < 0 || capture->file < 0 || dup2(capture->file, 2) < 0)
        abort();
    report_sanitizers_to(capture->standard_error);
    capture->active = true;
}

char *log_capture_text(const struct log_capture *capture)
{
    fflush(stderr);
    long size = (long)lseek(capture->file, 0, SEEK_END);
    char *text = calloc(1, (size_t)size + 1);
    if (!text || lseek(capture->file, 0, SEEK_SET) != 0)
        abort();
    for (long got = 0; got < size;) {
        int more = (int)read(capture->file, text + got, (unsigned)(size - got));
        if (more <= 0)
            abort();
        got += more;
    }
    return text;
}

void log_capture_end(struct log_capture *capture)
{
    fflush(stderr);
    dup2(capture->standard_error, 2);
    report_sanitizers_to(2);
    close(capture->file);
    close(capture->standard_error);
    capture->active = false;
}
