/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT OR Apache-2.0 */
/*
 * The channel on Windows: a named pipe of messages, read as bytes, and a section of the page file.
 *
 * The pipe is overlapped: on a synchronous handle the system would hold a doorbell back behind a pending read. One read of
 * a few bytes is always pending. Reads and writes share one event, for the owner to wait for. The system clears it when
 * either begins and sets it when either ends, so after each beginning it is looked whether the other has ended meanwhile.
 */
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <windows.h>
#include <sddl.h>
#include <ntsecapi.h>

#include "pvgpu-channel-os.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pvgpu/protocol.h"

#define PIPE_PREFIX "\\\\.\\pipe\\"
#define READ_BYTES 256
#define READ_ROUNDS 16 /* of one call: empty messages must not keep the caller */
#define NAME_ATTEMPTS 16
#define SID_CHARS 184 /* the longest as text, with the NUL and some */
#define LONGEST_WAIT_MS 3600000u

const char pvgpu_channel_default_endpoint[] = PIPE_PREFIX "pvgpu";

uint64_t pvgpu_channel_now_ns(void)
{
    LARGE_INTEGER frequency, count;
    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&count);
    const uint64_t ticks = (uint64_t)count.QuadPart, per_second = (uint64_t)frequency.QuadPart;
    return ticks / per_second * 1000000000u + ticks % per_second * 1000000000u / per_second;
}

bool pvgpu_channel_random(void *bytes, size_t size, char *error)
{
    if (RtlGenRandom(bytes, (ULONG)size)) {
        return true;
    }
    pvgpu_channel_say(error, "no random numbers: error %lu", GetLastError());
    return false;
}

/* ---- Shared memory ------------------------------------------------------------------------------------------------ */

/* The user of this process as S-1-..., from the local heap; NULL: GetLastError tells. */
static char *user_sid(void)
{
    union {
        TOKEN_USER user;
        unsigned char bytes[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    } buffer;
    HANDLE token;
    DWORD size = 0;
    char *text = NULL;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token)) {
        return NULL;
    }
    if (!GetTokenInformation(token, TokenUser, &buffer, sizeof buffer, &size) ||
        !ConvertSidToStringSidA(buffer.user.User.Sid, &text)) {
        text = NULL;
    }
    const DWORD reason = GetLastError();
    CloseHandle(token);
    SetLastError(reason);
    return text;
}

/* Everything for this user and for SYSTEM, nothing for anybody else; from the local heap. NULL: `error`. */
static PSECURITY_DESCRIPTOR make_descriptor(char *error)
{
    char text[SID_CHARS + 64];
    PSECURITY_DESCRIPTOR descriptor = NULL;
    char *sid = user_sid();
    if (sid) {
        /* Protected: nothing is inherited. */
        const int length = snprintf(text, sizeof text, "D:P(A;;GA;;;%s)(A;;GA;;;SY)", sid);
        if (length < 0 || (size_t)length >= sizeof text ||
            !ConvertStringSecurityDescriptorToSecurityDescriptorA(text, SDDL_REVISION_1, &descriptor, NULL)) {
            descriptor = NULL;
        }
        LocalFree(sid);
    }
    if (!descriptor) {
        pvgpu_channel_say(error, "cannot make a security descriptor: error %lu", GetLastError());
    }
    return descriptor;
}

/* A new section below a scope, under a name of 128 random bits. ERROR_SUCCESS, or why not. */
static DWORD make_section(struct pvgpu_channel_memory *memory, const char *scope, SECURITY_ATTRIBUTES *attributes)
{
    uint64_t bits[2];
    for (int attempt = 0; attempt < NAME_ATTEMPTS; attempt++) {
        if (!pvgpu_channel_random(bits, sizeof bits, NULL)) {
            return ERROR_GEN_FAILURE;
        }
        snprintf(memory->name, sizeof memory->name, "%s\\" PVGPU_SHMEM_NAME_PREFIX "%016" PRIx64 "%016" PRIx64, scope,
                 bits[0], bits[1]);
        HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, attributes, PAGE_READWRITE,
                                            (DWORD)(memory->bytes >> 32), (DWORD)memory->bytes, memory->name);
        const DWORD reason = GetLastError();
        if (section && reason != ERROR_ALREADY_EXISTS) {
            memory->handle = (intptr_t)section;
            return ERROR_SUCCESS;
        }
        if (!section) {
            return reason;
        }
        CloseHandle(section); /* of somebody else */
    }
    return ERROR_ALREADY_EXISTS;
}

bool pvgpu_channel_memory_create(struct pvgpu_channel_memory *memory, uint64_t bytes, char *error)
{
    *memory = (struct pvgpu_channel_memory){.bytes = bytes, .handle = PVGPU_CHANNEL_NO_HANDLE};
    if (!pvgpu_channel_is_valid_size(bytes)) {
        pvgpu_channel_say(error, "%" PRIu64 " bytes of shared memory: must be a power of two from 64 MiB to 2 GiB",
                          bytes);
        return false;
    }
    SECURITY_ATTRIBUTES attributes = {.nLength = sizeof attributes};
    attributes.lpSecurityDescriptor = make_descriptor(error);
    if (!attributes.lpSecurityDescriptor) {
        return false;
    }
    /* A global name needs a privilege, which services have and programs of a session mostly have not. */
    DWORD reason = make_section(memory, "Global", &attributes);
    if (reason != ERROR_SUCCESS) {
        reason = make_section(memory, "Local", &attributes);
    }
    LocalFree(attributes.lpSecurityDescriptor);
    if (reason != ERROR_SUCCESS) {
        pvgpu_channel_say(error, "cannot make %" PRIu64 " bytes of shared memory %s: error %lu", bytes, memory->name,
                          reason);
        return false;
    }
    memory->base = MapViewOfFile((HANDLE)memory->handle, FILE_MAP_READ | FILE_MAP_WRITE, 0, 0, (SIZE_T)bytes);
    if (!memory->base) {
        pvgpu_channel_say(error, "cannot map %" PRIu64 " bytes of shared memory: error %lu", bytes, GetLastError());
        pvgpu_channel_memory_destroy(memory);
        return false;
    }
    return true;
}

void pvgpu_channel_memory_destroy(struct pvgpu_channel_memory *memory)
{
    if (memory->base) {
        UnmapViewOfFile(memory->base);
    }
    if (memory->handle != PVGPU_CHANNEL_NO_HANDLE && memory->handle != 0) {
        CloseHandle((HANDLE)memory->handle);
    }
    *memory = (struct pvgpu_channel_memory){.handle = PVGPU_CHANNEL_NO_HANDLE};
}

/* ---- A connection ------------------------------------------------------------------------------------------------- */

struct pvgpu_channel_port {
    HANDLE pipe;
    HANDLE event; /* manual reset; of both operations */
    OVERLAPPED read, write;
    bool read_pending, write_pending; /* begun, and its result not taken */
    bool ended; /* no more bytes come */
    bool broken; /* no more bytes can be sent */
    size_t in_begin, in_end; /* bytes of `in` that nobody has taken */
    size_t out_size; /* bytes of `out` that `write` sends */
    uint8_t in[READ_BYTES];
    uint8_t out[PVGPU_CHANNEL_PART_BYTES];
};

bool pvgpu_channel_is_valid_endpoint(const char *endpoint, char *error)
{
    const size_t prefix = strlen(PIPE_PREFIX), length = strlen(endpoint);
    /* Not a file, nor a pipe of another machine, which would be told who we are. */
    if (length > prefix && length < PVGPU_CHANNEL_ENDPOINT_CHARS && strncmp(endpoint, PIPE_PREFIX, prefix) == 0) {
        return true;
    }
    pvgpu_channel_say(error, "a pipe is called %sNAME, not %.100s", PIPE_PREFIX, endpoint);
    return false;
}

struct pvgpu_channel_port *pvgpu_channel_port_open(const char *endpoint, bool *absent, char *error)
{
    /* The host may learn who we are, not act in our name. */
    HANDLE pipe = CreateFileA(endpoint, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING,
                              FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION, NULL);
    if (pipe == INVALID_HANDLE_VALUE) {
        const DWORD reason = GetLastError();
        *absent = reason == ERROR_FILE_NOT_FOUND || reason == ERROR_PIPE_BUSY;
        if (reason == ERROR_FILE_NOT_FOUND) {
            pvgpu_channel_say(error, "cannot connect to %s: nobody listens there", endpoint);
        } else {
            pvgpu_channel_say(error, "cannot connect to %s: error %lu", endpoint, reason);
        }
        return NULL;
    }
    struct pvgpu_channel_port *port = calloc(1, sizeof *port);
    HANDLE event = port ? CreateEventA(NULL, TRUE, FALSE, NULL) : NULL;
    if (!event) {
        pvgpu_channel_say(error, "cannot connect to %s: no memory or events", endpoint);
        CloseHandle(pipe);
        free(port);
        return NULL;
    }
    port->pipe = pipe;
    port->event = port->read.hEvent = port->write.hEvent = event;
    return port;
}

/* The system uses an operation's memory until it has ended. The event is shared, so it says nothing about this one. */
static void cancel(struct pvgpu_channel_port *port, OVERLAPPED *operation)
{
    CancelIoEx(port->pipe, operation);
    while (!HasOverlappedIoCompleted(operation)) {
        Sleep(0);
    }
}

void pvgpu_channel_port_close(struct pvgpu_channel_port *port)
{
    if (!port) {
        return;
    }
    if (port->read_pending) {
        cancel(port, &port->read);
    }
    if (port->write_pending) {
        cancel(port, &port->write);
    }
    CloseHandle(port->pipe);
    CloseHandle(port->event);
    free(port);
}

static void start_read(struct pvgpu_channel_port *port)
{
    if (port->read_pending || port->ended || port->in_begin < port->in_end) {
        return;
    }
    if (ReadFile(port->pipe, port->in, sizeof port->in, NULL, &port->read) || GetLastError() == ERROR_IO_PENDING) {
        port->read_pending = true;
    } else {
        port->ended = true;
    }
}

/* Takes the result of the pending read, if it is there. */
static void finish_read(struct pvgpu_channel_port *port)
{
    DWORD moved = 0;
    if (!port->read_pending || !HasOverlappedIoCompleted(&port->read)) {
        return;
    }
    port->read_pending = false;
    port->in_begin = port->in_end = 0;
    if (GetOverlappedResult(port->pipe, &port->read, &moved, FALSE)) {
        port->in_end = moved;
    } else if (GetLastError() != ERROR_OPERATION_ABORTED) {
        /* Aborted: the thread that began it has ended. The next one takes its place. */
        port->ended = true;
    }
}

ptrdiff_t pvgpu_channel_port_read(struct pvgpu_channel_port *port, void *bytes, size_t size)
{
    for (int round = 0; round < READ_ROUNDS; round++) {
        if (port->in_begin < port->in_end) {
            const size_t there = port->in_end - port->in_begin, piece = there < size ? there : size;
            memcpy(bytes, port->in + port->in_begin, piece);
            port->in_begin += piece;
            return (ptrdiff_t)piece;
        }
        start_read(port);
        finish_read(port);
        if (port->ended) {
            return -1;
        }
        if (port->read_pending) {
            return port->broken ? -1 : 0;
        }
    }
    return 0;
}

/* Takes the result of the pending write, if it is there. */
static void finish_write(struct pvgpu_channel_port *port)
{
    DWORD moved = 0;
    if (!port->write_pending || !HasOverlappedIoCompleted(&port->write)) {
        return;
    }
    port->write_pending = false;
    if (!GetOverlappedResult(port->pipe, &port->write, &moved, FALSE) || moved != port->out_size) {
        port->broken = true;
    }
}

/* Taken is what the system was given: it may go on sending from the copy that is kept, one at a time. */
ptrdiff_t pvgpu_channel_port_write(struct pvgpu_channel_port *port, const void *bytes, size_t size)
{
    finish_write(port);
    if (port->broken || port->write_pending) {
        return port->broken ? -1 : 0;
    }
    memcpy(port->out, bytes, size);
    port->out_size = size;
    if (!WriteFile(port->pipe, port->out, (DWORD)size, NULL, &port->write) && GetLastError() != ERROR_IO_PENDING) {
        port->broken = true;
        return -1;
    }
    port->write_pending = true;
    finish_write(port);
    return port->broken ? -1 : (ptrdiff_t)size;
}

intptr_t pvgpu_channel_port_handle(const struct pvgpu_channel_port *port)
{
    return (intptr_t)port->event;
}

static bool has_ended(bool pending, const OVERLAPPED *operation)
{
    return pending && HasOverlappedIoCompleted(operation);
}

void pvgpu_channel_port_rest(struct pvgpu_channel_port *port)
{
    start_read(port);
    finish_write(port);
    /* In this order: what ends after the look sets the event itself. */
    ResetEvent(port->event);
    if (port->ended || port->broken || port->in_begin < port->in_end || has_ended(port->read_pending, &port->read) ||
        has_ended(port->write_pending, &port->write)) {
        SetEvent(port->event);
    }
}

void pvgpu_channel_port_wait(struct pvgpu_channel_port *port, bool for_writing, uint64_t timeout_ns)
{
    const uint64_t ms = timeout_ns / 1000000u + (timeout_ns % 1000000u != 0);
    const DWORD timeout_ms = ms < LONGEST_WAIT_MS ? (DWORD)ms : LONGEST_WAIT_MS;
    (void)for_writing; /* the event says that as well */
    if (port) {
        WaitForSingleObject(port->event, timeout_ms);
    } else {
        Sleep(timeout_ms);
    }
}
