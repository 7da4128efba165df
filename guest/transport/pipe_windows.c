/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The handle is overlapped: on a synchronous one Windows would hold our doorbells back behind a pending read. One read
 * of a few bytes is always pending, so that "wait" is a wait for its event.
 */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/platform.h"
#include "pipe_channel.h"

#define DEFAULT_PATH "\\\\.\\pipe\\pvgpu"
#define CONNECT_TIMEOUT_NS 5000000000ull
#define CONNECT_RETRY_MS 20
#define WRITE_TIMEOUT_MS 5000

struct pvgpu_pipe_channel {
    HANDLE pipe;
    HANDLE write_event;
    OVERLAPPED read; /* its event is set when the pending read has ended */
    uint8_t buffer[256]; /* of the pending read */
    size_t begin, end; /* bytes in buffer not yet handed out */
    bool pending, broken;
};

struct pvgpu_pipe_memory *pvgpu_pipe_memory_create(uint64_t bytes)
{
    struct pvgpu_pipe_memory *memory = calloc(1, sizeof *memory);
    if (!memory) {
        return NULL;
    }
    memory->bytes = bytes;
    snprintf(memory->name, sizeof memory->name, "Local\\" PVGPU_SHMEM_NAME_PREFIX "%016" PRIx64,
             pvgpu_platform_unique());
    memory->handle = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, (DWORD)(bytes >> 32),
                                        (DWORD)(bytes & 0xFFFFFFFFu), memory->name);
    if (!memory->handle || GetLastError() == ERROR_ALREADY_EXISTS) {
        pvgpu_platform_log("CreateFileMapping(%s): error %lu", memory->name, GetLastError());
        goto fail;
    }
    memory->mapping = MapViewOfFile(memory->handle, FILE_MAP_ALL_ACCESS, 0, 0, (SIZE_T)bytes);
    if (!memory->mapping) {
        pvgpu_platform_log("MapViewOfFile: error %lu", GetLastError());
        goto fail;
    }
    return memory;
fail:
    pvgpu_pipe_memory_destroy(memory);
    return NULL;
}

void pvgpu_pipe_memory_destroy(struct pvgpu_pipe_memory *memory)
{
    if (!memory) {
        return;
    }
    if (memory->mapping) {
        UnmapViewOfFile(memory->mapping);
    }
    if (memory->handle) {
        CloseHandle(memory->handle);
    }
    free(memory);
}

static HANDLE connect_pipe(const char *path)
{
    uint64_t deadline = pvgpu_platform_now_ns() + CONNECT_TIMEOUT_NS;
    for (;;) {
        HANDLE pipe =
            CreateFileA(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, FILE_FLAG_OVERLAPPED, NULL);
        DWORD error = GetLastError();
        if (pipe != INVALID_HANDLE_VALUE) {
            return pipe;
        }
        bool starting = error == ERROR_PIPE_BUSY || error == ERROR_FILE_NOT_FOUND;
        if (!starting || pvgpu_platform_now_ns() >= deadline) {
            pvgpu_platform_log("open %s: error %lu", path, error);
            return INVALID_HANDLE_VALUE;
        }
        Sleep(CONNECT_RETRY_MS);
    }
}

struct pvgpu_pipe_channel *pvgpu_pipe_channel_open(const char *path)
{
    struct pvgpu_pipe_channel *channel = calloc(1, sizeof *channel);
    if (!channel) {
        return NULL;
    }
    channel->pipe = connect_pipe(path ? path : DEFAULT_PATH);
    channel->write_event = CreateEventA(NULL, TRUE, FALSE, NULL);
    channel->read.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL);
    if (channel->pipe == INVALID_HANDLE_VALUE || !channel->write_event || !channel->read.hEvent) {
        pvgpu_pipe_channel_close(channel);
        return NULL;
    }
    return channel;
}

void pvgpu_pipe_channel_close(struct pvgpu_pipe_channel *channel)
{
    if (channel->pending) {
        /* The system writes into our buffer until the read has ended. */
        DWORD ignored;
        CancelIoEx(channel->pipe, &channel->read);
        GetOverlappedResult(channel->pipe, &channel->read, &ignored, TRUE);
    }
    if (channel->pipe != INVALID_HANDLE_VALUE) {
        CloseHandle(channel->pipe);
    }
    if (channel->write_event) {
        CloseHandle(channel->write_event);
    }
    if (channel->read.hEvent) {
        CloseHandle(channel->read.hEvent);
    }
    free(channel);
}

bool pvgpu_pipe_channel_write(struct pvgpu_pipe_channel *channel, const void *bytes, size_t size)
{
    OVERLAPPED overlapped = {.hEvent = channel->write_event};
    DWORD written = 0;
    if (!WriteFile(channel->pipe, bytes, (DWORD)size, NULL, &overlapped)) {
        if (GetLastError() != ERROR_IO_PENDING) {
            return false;
        }
        if (WaitForSingleObject(overlapped.hEvent, WRITE_TIMEOUT_MS) != WAIT_OBJECT_0) {
            CancelIoEx(channel->pipe, &overlapped);
        }
    }
    return GetOverlappedResult(channel->pipe, &overlapped, &written, TRUE) && written == size;
}

/* Starts a read if none is pending. */
static void start_read(struct pvgpu_pipe_channel *channel)
{
    HANDLE event = channel->read.hEvent;
    channel->read = (OVERLAPPED){.hEvent = event};
    channel->begin = channel->end = 0;
    ResetEvent(event);
    if (ReadFile(channel->pipe, channel->buffer, sizeof channel->buffer, NULL, &channel->read) ||
        GetLastError() == ERROR_IO_PENDING || GetLastError() == ERROR_MORE_DATA) {
        channel->pending = true;
    } else {
        channel->broken = true;
    }
}

ptrdiff_t pvgpu_pipe_channel_read(struct pvgpu_pipe_channel *channel, void *bytes, size_t size, uint64_t timeout_ns)
{
    if (channel->begin == channel->end) {
        if (!channel->pending && !channel->broken) {
            start_read(channel);
        }
        if (channel->broken) {
            return -1;
        }
        DWORD timeout_ms = (DWORD)((timeout_ns + 999999u) / 1000000u);
        if (WaitForSingleObject(channel->read.hEvent, timeout_ms) != WAIT_OBJECT_0) {
            return 0;
        }
        DWORD got = 0;
        channel->pending = false;
        if (!GetOverlappedResult(channel->pipe, &channel->read, &got, FALSE) && GetLastError() != ERROR_MORE_DATA) {
            channel->broken = true;
            return -1;
        }
        channel->end = got;
    }
    size_t piece = channel->end - channel->begin < size ? channel->end - channel->begin : size;
    memcpy(bytes, channel->buffer + channel->begin, piece);
    channel->begin += piece;
    return (ptrdiff_t)piece;
}
