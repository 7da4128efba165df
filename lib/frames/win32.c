/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "frames_os.h"

#include <stdlib.h>
#include <string.h>

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#define PIPE_PREFIX "\\\\.\\pipe\\"
#define SEND_MS 100 /* a request is 16 bytes and the pipe buffers more; this is for a producer that does not read */

struct state {
    OVERLAPPED read; /* into buffer, at `received` */
    OVERLAPPED write;
    bool reading; /* one is under way */
    bool broken; /* reading has failed */
};

static HANDLE as_handle(intptr_t handle)
{
    return (HANDLE)handle;
}

uint64_t pvgpu_frames_os_now_ns(void)
{
    LARGE_INTEGER count, frequency;
    QueryPerformanceCounter(&count);
    QueryPerformanceFrequency(&frequency);
    uint64_t ticks = (uint64_t)count.QuadPart;
    uint64_t rate = (uint64_t)frequency.QuadPart;
    return ticks / rate * 1000000000u + ticks % rate * 1000000000u / rate;
}

/* Milliseconds until a deadline, rounded up. */
static DWORD left_ms(uint64_t deadline_ns)
{
    if (deadline_ns == PVGPU_FRAMES_NEVER)
        return INFINITE;
    uint64_t now = pvgpu_frames_os_now_ns();
    uint64_t left = deadline_ns > now ? (deadline_ns - now + 999999u) / 1000000u : 0;
    return left < INFINITE - 1 ? (DWORD)left : INFINITE - 1;
}

static enum pvgpu_frames_result open_pipe(struct pvgpu_frames_os *os, const char *path, uint64_t deadline_ns)
{
    for (;;) {
        /* The server may see who we are, and nothing more: it must not act in our name. */
        HANDLE pipe = CreateFileA(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING,
                                  FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION, NULL);
        if (pipe != INVALID_HANDLE_VALUE) {
            os->connection = (intptr_t)pipe;
            return PVGPU_FRAMES_OK;
        }
        DWORD error = GetLastError();
        if (error == ERROR_ACCESS_DENIED)
            return PVGPU_FRAMES_DENIED;
        if (error != ERROR_PIPE_BUSY)
            return PVGPU_FRAMES_MISSING;
        DWORD wait = left_ms(deadline_ns);
        if (wait == 0)
            return PVGPU_FRAMES_TIMEOUT;
        WaitNamedPipeA(path, wait);
    }
}

enum pvgpu_frames_result pvgpu_frames_os_init(struct pvgpu_frames_os *os, const char *path, uint64_t deadline_ns)
{
    memset(os, 0, sizeof(*os));
    os->connection = os->event = os->interrupt = PVGPU_FRAMES_NO_HANDLE;
    os->handles[0] = os->handles[1] = PVGPU_FRAMES_NO_HANDLE;
    /* Anything else would open a file, or a pipe of another machine. */
    if (strncmp(path, PIPE_PREFIX, strlen(PIPE_PREFIX)) != 0)
        return PVGPU_FRAMES_MISSING;
    struct state *state = calloc(1, sizeof(*state));
    HANDLE interrupt = CreateEventW(NULL, FALSE, FALSE, NULL);
    os->state = state;
    os->interrupt = interrupt ? (intptr_t)interrupt : PVGPU_FRAMES_NO_HANDLE;
    if (!state || !interrupt)
        return PVGPU_FRAMES_NO_MEMORY;
    state->read.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
    state->write.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!state->read.hEvent || !state->write.hEvent)
        return PVGPU_FRAMES_NO_MEMORY;
    return open_pipe(os, path, deadline_ns);
}

void pvgpu_frames_os_close(intptr_t handle)
{
    if (handle != PVGPU_FRAMES_NO_HANDLE)
        CloseHandle(as_handle(handle));
}

void pvgpu_frames_os_finish(struct pvgpu_frames_os *os)
{
    struct state *state = os->state;
    if (state && state->reading) {
        DWORD count;
        CancelIoEx(as_handle(os->connection), &state->read);
        GetOverlappedResult(as_handle(os->connection), &state->read, &count, TRUE);
    }
    pvgpu_frames_os_close(os->connection);
    pvgpu_frames_os_close(os->event);
    pvgpu_frames_os_close(os->interrupt);
    if (!state)
        return;
    if (state->read.hEvent)
        CloseHandle(state->read.hEvent);
    if (state->write.hEvent)
        CloseHandle(state->write.hEvent);
    free(state);
}

bool pvgpu_frames_os_send(struct pvgpu_frames_os *os, const struct pvgpu_frames_request *request)
{
    struct state *state = os->state;
    HANDLE pipe = as_handle(os->connection);
    DWORD count = 0;
    if (WriteFile(pipe, request, sizeof(*request), NULL, &state->write))
        return true;
    if (GetLastError() != ERROR_IO_PENDING)
        return false;
    if (WaitForSingleObject(state->write.hEvent, SEND_MS) != WAIT_OBJECT_0)
        CancelIoEx(pipe, &state->write);
    /* Waits for the end of the cancellation too: the system must not touch `request` after we return. */
    if (GetOverlappedResult(pipe, &state->write, &count, TRUE))
        return count == sizeof(*request);
    return GetLastError() == ERROR_OPERATION_ABORTED;
}

/* Keeps a read under way, so that there is something to wait for. */
static void start_read(struct pvgpu_frames_os *os)
{
    struct state *state = os->state;
    if (state->reading || state->broken)
        return;
    BOOL done = ReadFile(as_handle(os->connection), os->buffer + os->received,
                         (DWORD)(sizeof(os->buffer) - os->received), NULL, &state->read);
    if (done || GetLastError() == ERROR_IO_PENDING)
        state->reading = true;
    else
        state->broken = true;
}

enum pvgpu_frames_result pvgpu_frames_os_receive(struct pvgpu_frames_os *os, struct pvgpu_frames_reply *reply,
                                                 intptr_t handles[2])
{
    struct state *state = os->state;
    while (os->received < sizeof(os->buffer)) {
        start_read(os);
        if (state->broken)
            return PVGPU_FRAMES_ENDED;
        DWORD count = 0;
        if (!GetOverlappedResult(as_handle(os->connection), &state->read, &count, FALSE)) {
            if (GetLastError() == ERROR_IO_INCOMPLETE)
                return PVGPU_FRAMES_TIMEOUT;
            state->broken = true;
        }
        state->reading = false;
        os->received += count;
    }
    os->received = 0;
    memcpy(reply, os->buffer, sizeof(*reply));
    for (int i = 0; i < 2; i++)
        handles[i] = reply->handles[i] ? (intptr_t)reply->handles[i] : PVGPU_FRAMES_NO_HANDLE;
    return reply->magic == PVGPU_FRAMES_MAGIC ? PVGPU_FRAMES_OK : PVGPU_FRAMES_BROKEN;
}

uint32_t pvgpu_frames_os_wait(struct pvgpu_frames_os *os, uint64_t deadline_ns)
{
    struct state *state = os->state;
    start_read(os);
    if (state->broken)
        return PVGPU_FRAMES_READY_CONNECTION;
    HANDLE handles[3] = {state->read.hEvent, as_handle(os->interrupt), as_handle(os->event)};
    static const uint32_t bits[3] = {PVGPU_FRAMES_READY_CONNECTION, PVGPU_FRAMES_READY_INTERRUPT,
                                     PVGPU_FRAMES_READY_EVENT};
    DWORD count = os->event != PVGPU_FRAMES_NO_HANDLE ? 3 : 2;
    DWORD first = WaitForMultipleObjects(count, handles, FALSE, left_ms(deadline_ns));
    if (first >= count)
        return 0;
    uint32_t ready = bits[first];
    for (DWORD i = first + 1; i < count; i++) {
        if (WaitForSingleObject(handles[i], 0) == WAIT_OBJECT_0)
            ready |= bits[i];
    }
    return ready;
}

void pvgpu_frames_os_interrupt(struct pvgpu_frames_os *os)
{
    SetEvent(as_handle(os->interrupt));
}

void *pvgpu_frames_os_map(intptr_t handle, uint64_t bytes, bool writable)
{
    if (handle == PVGPU_FRAMES_NO_HANDLE || bytes == 0 || bytes > SIZE_MAX)
        return NULL;
    /* Fails when the section is smaller; a section cannot shrink. */
    return MapViewOfFile(as_handle(handle), writable ? FILE_MAP_READ | FILE_MAP_WRITE : FILE_MAP_READ, 0, 0,
                         (SIZE_T)bytes);
}

void pvgpu_frames_os_unmap(void *base, uint64_t bytes)
{
    (void)bytes;
    if (base)
        UnmapViewOfFile(base);
}
