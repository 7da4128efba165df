/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "os/pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What an ordinary user may ask for: thousands of lines before one is lost. Takes memory only as it fills. */
#define BUFFER_BYTES (1 << 20)

_Static_assert(PVGPU_PIPE_PIECE <= PIPE_BUF, "longer pieces may be torn");

struct pvgpu_pipe {
    int fd;
};

struct pvgpu_pipe *pvgpu_pipe_create(pvgpu_handle *writer, const struct pvgpu_log *log)
{
    int ends[2];
    struct pvgpu_pipe *pipe = malloc(sizeof(*pipe));
    /* A flag of the pipe's end, so that children and their libraries have it too. */
    if (!pipe || pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        pvgpu_error(log, "Cannot make a pipe: %s", strerror(errno));
        free(pipe);
        return NULL;
    }
    fcntl(ends[1], F_SETPIPE_SZ, BUFFER_BYTES); /* refused when the user has many: then it is smaller */
    pipe->fd = ends[0];
    *writer = ends[1];
    return pipe;
}

void pvgpu_pipe_destroy(struct pvgpu_pipe *pipe)
{
    if (!pipe)
        return;
    close(pipe->fd);
    free(pipe);
}

pvgpu_handle pvgpu_pipe_wait_handle(struct pvgpu_pipe *pipe)
{
    return pipe->fd;
}

enum pvgpu_io pvgpu_pipe_read(struct pvgpu_pipe *pipe, void *data, size_t size, size_t *moved)
{
    *moved = 0;
    for (;;) {
        ssize_t got = read(pipe->fd, data, size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got > 0)
            *moved = (size_t)got;
        return got > 0 ? PVGPU_IO_DONE : got < 0 && errno == EAGAIN ? PVGPU_IO_AGAIN : PVGPU_IO_CLOSED;
    }
}

pvgpu_handle pvgpu_pipe_from_parent(void)
{
    return STDERR_FILENO;
}

bool pvgpu_pipe_write(pvgpu_handle writer, const void *data, size_t size)
{
    for (;;) {
        ssize_t written = write((int)writer, data, size);
        if (written >= 0 || errno != EINTR)
            return written == (ssize_t)size;
    }
}
