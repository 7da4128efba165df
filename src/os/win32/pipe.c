/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "os/pipe.h"

#include "os/process.h"
#include "os/random.h"
#include "os/win32/windows_lean.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Thousands of lines before one is lost. */
#define BUFFER_BYTES (1 << 20)

struct pvgpu_pipe {
    struct pvgpu_stream *stream;
};

/* Anonymous pipes know no overlapped calls, so this is a named one that nobody else can open: it has one instance. */
static HANDLE make_ends(HANDLE *writer)
{
    char name[96];
    uint64_t random[2];
    pvgpu_random_fill(random, sizeof(random));
    snprintf(name, sizeof(name), "\\\\.\\pipe\\pvgpu-log-%lld-%016" PRIx64 "%016" PRIx64, (long long)pvgpu_process_id(),
             random[0], random[1]);
    HANDLE reader =
        CreateNamedPipeA(name, PIPE_ACCESS_INBOUND | FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE,
                         PIPE_TYPE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS, 1, 0, BUFFER_BYTES, 0, NULL);
    if (reader == INVALID_HANDLE_VALUE)
        return reader;
    /* Overlapped, so that a call that finds the pipe full can be given up; libraries that know nothing of it may wait. */
    *writer = CreateFileA(name, GENERIC_WRITE, 0, NULL, OPEN_EXISTING, FILE_FLAG_OVERLAPPED, NULL);
    if (*writer != INVALID_HANDLE_VALUE)
        return reader;
    DWORD reason = GetLastError();
    CloseHandle(reader);
    SetLastError(reason);
    return INVALID_HANDLE_VALUE;
}

struct pvgpu_pipe *pvgpu_pipe_create(pvgpu_handle *writer, const struct pvgpu_log *log)
{
    HANDLE end = INVALID_HANDLE_VALUE;
    struct pvgpu_pipe *pipe = calloc(1, sizeof(*pipe));
    HANDLE reader = pipe ? make_ends(&end) : INVALID_HANDLE_VALUE;
    if (reader == INVALID_HANDLE_VALUE) {
        pvgpu_error(log, "Cannot make a pipe: error %lu", GetLastError());
        goto error_pipe;
    }
    pipe->stream = pvgpu_stream_adopt((pvgpu_handle)reader);
    if (!pipe->stream) {
        pvgpu_error(log, "Cannot make a pipe: no memory or events");
        CloseHandle(end);
        goto error_pipe;
    }
    *writer = (pvgpu_handle)end;
    return pipe;

error_pipe:
    free(pipe);
    return NULL;
}

void pvgpu_pipe_destroy(struct pvgpu_pipe *pipe)
{
    if (!pipe)
        return;
    pvgpu_stream_destroy(pipe->stream);
    free(pipe);
}

pvgpu_handle pvgpu_pipe_wait_handle(struct pvgpu_pipe *pipe)
{
    return pvgpu_stream_wait_handle(pipe->stream);
}

enum pvgpu_io pvgpu_pipe_read(struct pvgpu_pipe *pipe, void *data, size_t size, size_t *moved)
{
    enum pvgpu_io result = pvgpu_stream_read(pipe->stream, data, size, moved);
    return *moved ? PVGPU_IO_DONE : result;
}

pvgpu_handle pvgpu_pipe_from_parent(void)
{
    return (pvgpu_handle)GetStdHandle(STD_ERROR_HANDLE);
}

bool pvgpu_pipe_write(pvgpu_handle writer, const void *data, size_t size)
{
    HANDLE pipe = (HANDLE)writer;
    DWORD written = 0;
    OVERLAPPED call = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    if (!call.hEvent)
        return false;
    bool done = WriteFile(pipe, data, (DWORD)size, NULL, &call) || GetLastError() == ERROR_IO_PENDING;
    if (done) {
        /* Not taken at once: the pipe is full. Then the call is given up, which may come too late. */
        if (!HasOverlappedIoCompleted(&call))
            CancelIoEx(pipe, &call);
        done = GetOverlappedResult(pipe, &call, &written, TRUE) && written == size;
    }
    CloseHandle(call.hEvent);
    return done;
}
