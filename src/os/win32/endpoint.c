/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "os/endpoint.h"

#include "base/time.h"
#include "os/win32/pipe_security.h"
#include "os/win32/windows_lean.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIPE_PREFIX "\\\\.\\pipe\\"

/* Of a whole path; the limit of the system. */
#define PATH_CHARACTERS 256

/* Per direction and instance: small messages are taken at once even if the peer does not read for a while. */
#define PIPE_BUFFER_BYTES 65536

/* What one read of the system can take. */
#define READ_BYTES 4096

/* System reads per call, so that a peer that floods us (also with empty messages) cannot keep the caller here. */
#define READ_ROUNDS 16

/* Far more than any message on an endpoint; bounds the copy that a stream keeps of its unfinished write. */
#define MESSAGE_MAX_BYTES (1 << 20)

/* How long a client waits while every instance of the pipe is taken. */
#define BUSY_MS 5000

/* Clients in a row that came and went before we looked. */
#define CONNECT_ROUNDS 16

struct pvgpu_listener {
    HANDLE pipe; /* the instance that waits for the next client */
    OVERLAPPED connect; /* its event (manual reset) is what the owner waits for */
    bool pending; /* `connect` is outstanding, or its result has not been taken */
    bool connected; /* the client was there before `connect` could be started */
    struct pvgpu_pipe_security security;
    HANDLE lock; /* says who listens; INVALID_HANDLE_VALUE: there is none */
    struct pvgpu_log log;
    struct pvgpu_log_limit lines; /* of clients that do not get in */
    char path[PATH_CHARACTERS + 1];
};

struct pvgpu_stream {
    HANDLE pipe;

    OVERLAPPED read; /* its event (manual reset) stays signalled while there are bytes or the end to be taken */
    bool read_pending;
    bool ended; /* no more bytes will come */
    size_t in_begin, in_end; /* bytes in `in` that nobody has taken yet */

    OVERLAPPED write;
    bool write_pending;
    bool broken; /* no more bytes can be sent */
    DWORD out_used;
    size_t out_capacity;
    uint8_t *out; /* the message that `write` sends; NULL before the first */

    uint8_t in[READ_BYTES];
};

static bool is_valid_path(const char *path)
{
    size_t prefix = strlen(PIPE_PREFIX);
    size_t length = strnlen(path, PATH_CHARACTERS + 1);
    if (length > PATH_CHARACTERS || length <= prefix || strncmp(path, PIPE_PREFIX, prefix) != 0)
        return false;
    for (const char *c = path + prefix; *c; c++) {
        if (*c <= 0x20 || *c >= 0x7F || *c == '\\')
            return false;
    }
    return true;
}

static HANDLE make_instance(const struct pvgpu_listener *listener, DWORD first_flag)
{
    SECURITY_ATTRIBUTES attributes = {.nLength = sizeof(attributes),
                                      .lpSecurityDescriptor = listener->security.descriptor};
    return CreateNamedPipeA(listener->path, PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | first_flag,
                            PIPE_TYPE_MESSAGE | PIPE_READMODE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS,
                            PIPE_UNLIMITED_INSTANCES, PIPE_BUFFER_BYTES, PIPE_BUFFER_BYTES, 0, &attributes);
}

/* Starts to wait for a client on the current instance. False: logged. */
static bool await_client(struct pvgpu_listener *listener)
{
    HANDLE event = listener->connect.hEvent;
    listener->pending = false;
    listener->connected = false;
    for (int round = 0;; round++) {
        DWORD reason = ConnectNamedPipe(listener->pipe, &listener->connect) ? ERROR_PIPE_CONNECTED : GetLastError();
        if (reason == ERROR_IO_PENDING) {
            listener->pending = true;
            return true;
        }
        bool gone = reason == ERROR_NO_DATA; /* a client was there, and has left again */
        if (gone && round < CONNECT_ROUNDS) {
            DisconnectNamedPipe(listener->pipe);
            continue;
        }
        if (gone || reason == ERROR_PIPE_CONNECTED) {
            listener->connected = true;
            SetEvent(event);
            return true;
        }
        pvgpu_error(&listener->log, "Cannot listen on %s: error %lu", listener->path, reason);
        ResetEvent(event);
        return false;
    }
}

struct pvgpu_listener *pvgpu_listener_open(const char *path, const struct pvgpu_log *log)
{
    if (!is_valid_path(path)) {
        pvgpu_error(log, "Cannot open %.256s: a pipe is called %sNAME", path, PIPE_PREFIX);
        return NULL;
    }
    struct pvgpu_listener *listener = calloc(1, sizeof(*listener));
    if (!listener) {
        pvgpu_error(log, "Cannot open %s: out of memory", path);
        return NULL;
    }
    strcpy(listener->path, path);
    listener->log = *log;
    listener->lines = (struct pvgpu_log_limit){.burst = 10, .per_second = 1};
    if (!pvgpu_pipe_lock_take(&listener->lock, path, path + strlen(PIPE_PREFIX), log))
        goto error_memory;
    if (!pvgpu_pipe_security_init(&listener->security, log))
        goto error_lock;
    listener->connect.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!listener->connect.hEvent) {
        pvgpu_error(log, "Cannot open %s: no event: error %lu", path, GetLastError());
        goto error_security;
    }
    listener->pipe = make_instance(listener, FILE_FLAG_FIRST_PIPE_INSTANCE);
    if (listener->pipe == INVALID_HANDLE_VALUE) {
        DWORD reason = GetLastError();
        if (reason == ERROR_ACCESS_DENIED || reason == ERROR_PIPE_BUSY)
            pvgpu_error(log, "%s is in use by another process", path);
        else
            pvgpu_error(log, "Cannot open %s: error %lu", path, reason);
        goto error_event;
    }
    if (!await_client(listener))
        goto error_pipe;
    return listener;

error_pipe:
    CloseHandle(listener->pipe);
error_event:
    CloseHandle(listener->connect.hEvent);
error_security:
    pvgpu_pipe_security_finish(&listener->security);
error_lock:
    pvgpu_pipe_lock_release(listener->lock);
error_memory:
    free(listener);
    return NULL;
}

/* Ends an operation and waits until the system no longer uses its memory. */
static void cancel(HANDLE pipe, OVERLAPPED *operation)
{
    DWORD moved;
    CancelIoEx(pipe, operation);
    GetOverlappedResult(pipe, operation, &moved, TRUE);
}

void pvgpu_listener_destroy(struct pvgpu_listener *listener)
{
    if (!listener)
        return;
    if (listener->pending)
        cancel(listener->pipe, &listener->connect);
    CloseHandle(listener->pipe);
    CloseHandle(listener->connect.hEvent);
    pvgpu_pipe_security_finish(&listener->security);
    pvgpu_pipe_lock_release(listener->lock);
    free(listener);
}

pvgpu_handle pvgpu_listener_wait_handle(struct pvgpu_listener *listener)
{
    return (pvgpu_handle)listener->connect.hEvent;
}

static struct pvgpu_stream *make_stream(HANDLE pipe)
{
    struct pvgpu_stream *stream = calloc(1, sizeof(*stream));
    if (!stream)
        return NULL;
    stream->pipe = pipe;
    stream->read.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
    stream->write.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (stream->read.hEvent && stream->write.hEvent)
        return stream;
    if (stream->read.hEvent)
        CloseHandle(stream->read.hEvent);
    if (stream->write.hEvent)
        CloseHandle(stream->write.hEvent);
    free(stream);
    return NULL;
}

/* Sends the client away (if it is still there) and waits for the next one on the same instance. */
static void turn_away(struct pvgpu_listener *listener)
{
    DisconnectNamedPipe(listener->pipe);
    await_client(listener);
}

/* Whoever cannot get in may try again at once. */
static bool may_warn(struct pvgpu_listener *listener)
{
    return pvgpu_log_may(&listener->log, PVGPU_LOG_WARN, &listener->lines, "clients that were turned away");
}

struct pvgpu_stream *pvgpu_listener_accept(struct pvgpu_listener *listener)
{
    DWORD moved;
    if (!listener->connected && !listener->pending) {
        await_client(listener);
        return NULL;
    }
    if (listener->pending && !GetOverlappedResult(listener->pipe, &listener->connect, &moved, FALSE)) {
        if (GetLastError() != ERROR_IO_INCOMPLETE)
            turn_away(listener);
        return NULL;
    }
    /* The next instance comes first: without one the name would be free for others, and later clients be refused. */
    HANDLE next = make_instance(listener, 0);
    if (next == INVALID_HANDLE_VALUE) {
        DWORD reason = GetLastError();
        if (may_warn(listener))
            pvgpu_warn(&listener->log, "A client of %s was turned away: no further pipe: error %lu", listener->path,
                       reason);
        turn_away(listener);
        return NULL;
    }
    struct pvgpu_stream *stream = make_stream(listener->pipe);
    if (!stream) {
        if (may_warn(listener))
            pvgpu_warn(&listener->log, "A client of %s was turned away: no memory or events", listener->path);
        CloseHandle(next);
        turn_away(listener);
        return NULL;
    }
    listener->pipe = next;
    await_client(listener);
    return stream;
}

struct pvgpu_stream *pvgpu_stream_connect(const char *path, const struct pvgpu_log *log)
{
    if (!is_valid_path(path)) {
        pvgpu_error(log, "Cannot connect to %.256s: a pipe is called %sNAME", path, PIPE_PREFIX);
        return NULL;
    }
    uint64_t deadline_ns = pvgpu_time_deadline_ns(BUSY_MS * PVGPU_NS_PER_MS);
    HANDLE pipe;
    /* The server may learn who we are, not act in our name. */
    while ((pipe = CreateFileA(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING,
                               FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION, NULL)) ==
           INVALID_HANDLE_VALUE) {
        DWORD reason = GetLastError();
        uint64_t left_ms = pvgpu_time_left_ns(deadline_ns) / PVGPU_NS_PER_MS;
        /* 0 would mean the default of the server. */
        if (reason == ERROR_PIPE_BUSY && left_ms > 0 && WaitNamedPipeA(path, (DWORD)left_ms))
            continue;
        if (reason == ERROR_FILE_NOT_FOUND)
            pvgpu_error(log, "Cannot connect to %s: nobody listens there", path);
        else if (reason == ERROR_PIPE_BUSY)
            pvgpu_error(log, "Cannot connect to %s: it stayed busy", path);
        else
            pvgpu_error(log, "Cannot connect to %s: error %lu", path, reason);
        return NULL;
    }
    struct pvgpu_stream *stream = make_stream(pipe);
    if (!stream) {
        pvgpu_error(log, "Cannot connect to %s: no memory or events", path);
        CloseHandle(pipe);
    }
    return stream;
}

struct pvgpu_stream *pvgpu_stream_adopt(pvgpu_handle handle)
{
    struct pvgpu_stream *stream = make_stream((HANDLE)handle);
    if (!stream)
        pvgpu_handle_close(handle);
    return stream;
}

void pvgpu_stream_destroy(struct pvgpu_stream *stream)
{
    if (!stream)
        return;
    if (stream->read_pending)
        cancel(stream->pipe, &stream->read);
    if (stream->write_pending)
        cancel(stream->pipe, &stream->write);
    /* Not disconnected: the peer may still read what was sent, and another process may hold this end as well. */
    CloseHandle(stream->pipe);
    CloseHandle(stream->read.hEvent);
    CloseHandle(stream->write.hEvent);
    free(stream->out);
    free(stream);
}

/* Takes the result of the outstanding read, if there is one. */
static void finish_read(struct pvgpu_stream *stream)
{
    DWORD moved = 0;
    if (GetOverlappedResult(stream->pipe, &stream->read, &moved, FALSE)) {
        stream->read_pending = false;
        stream->in_begin = 0;
        stream->in_end = moved;
        return;
    }
    DWORD reason = GetLastError();
    if (reason == ERROR_IO_INCOMPLETE)
        return;
    stream->read_pending = false;
    /* Cancelled by us, or because the thread that began it has ended: nothing is lost, the next one takes over. */
    if (reason != ERROR_OPERATION_ABORTED)
        stream->ended = true;
}

/* Keeps a read outstanding while nothing else makes the stream ready. */
static void start_read(struct pvgpu_stream *stream)
{
    if (stream->read_pending || stream->ended || stream->in_begin < stream->in_end)
        return;
    if (ReadFile(stream->pipe, stream->in, sizeof(stream->in), NULL, &stream->read) ||
        GetLastError() == ERROR_IO_PENDING) {
        stream->read_pending = true;
        return;
    }
    stream->ended = true;
    SetEvent(stream->read.hEvent);
}

pvgpu_handle pvgpu_stream_handle(struct pvgpu_stream *stream)
{
    /* A read of ours would take what is meant for the process that gets the handle. */
    if (stream->read_pending) {
        cancel(stream->pipe, &stream->read);
        finish_read(stream);
    }
    return (pvgpu_handle)stream->pipe;
}

pvgpu_handle pvgpu_stream_wait_handle(struct pvgpu_stream *stream)
{
    start_read(stream);
    return (pvgpu_handle)stream->read.hEvent;
}

bool pvgpu_stream_peer(struct pvgpu_stream *stream, struct pvgpu_peer *peer)
{
    DWORD flags = 0;
    ULONG id = 0;
    if (!GetNamedPipeInfo(stream->pipe, &flags, NULL, NULL, NULL))
        return false;
    BOOL known = flags & PIPE_SERVER_END ? GetNamedPipeClientProcessId(stream->pipe, &id)
                                         : GetNamedPipeServerProcessId(stream->pipe, &id);
    if (!known)
        return false;
    *peer = (struct pvgpu_peer){.process_id = id, .uid = 0};
    return true;
}

enum pvgpu_io pvgpu_stream_read(struct pvgpu_stream *stream, void *data, size_t size, size_t *moved)
{
    *moved = 0;
    for (int round = 0; *moved < size && round < READ_ROUNDS; round++) {
        start_read(stream);
        if (stream->read_pending)
            finish_read(stream);
        if (stream->read_pending)
            break; /* nothing there now */
        size_t left = size - *moved;
        size_t part = stream->in_end - stream->in_begin;
        part = part < left ? part : left;
        memcpy((uint8_t *)data + *moved, stream->in + stream->in_begin, part);
        stream->in_begin += part;
        *moved += part;
        if (stream->ended)
            break;
    }
    start_read(stream);
    if (*moved == size)
        return PVGPU_IO_DONE;
    /* The end is told once everything in front of it has been. */
    return stream->ended && *moved == 0 ? PVGPU_IO_CLOSED : PVGPU_IO_AGAIN;
}

enum pvgpu_io pvgpu_stream_peek(struct pvgpu_stream *stream, void *data, size_t size, size_t *copied, size_t *available)
{
    DWORD count = 0, there = 0;
    assert(!stream->read_pending && stream->in_begin == stream->in_end);
    *copied = *available = 0;
    if (!PeekNamedPipe(stream->pipe, data, (DWORD)size, &count, &there, NULL))
        return PVGPU_IO_CLOSED;
    *copied = count;
    *available = there > count ? there : count;
    return *copied == size ? PVGPU_IO_DONE : PVGPU_IO_AGAIN;
}

enum pvgpu_io pvgpu_stream_read_all(struct pvgpu_stream *stream, void *data, size_t size, uint64_t timeout_ns)
{
    uint64_t deadline_ns = pvgpu_time_deadline_ns(timeout_ns);
    size_t have = 0;
    for (;;) {
        size_t moved;
        enum pvgpu_io result = pvgpu_stream_read(stream, (uint8_t *)data + have, size - have, &moved);
        have += moved;
        if (result == PVGPU_IO_CLOSED || have == size)
            return result;
        pvgpu_handle ready = pvgpu_stream_wait_handle(stream);
        uint64_t left_ns = pvgpu_time_left_ns(deadline_ns);
        if (!pvgpu_handle_wait_any(&ready, 1, left_ns))
            return PVGPU_IO_AGAIN;
        if (left_ns == 0)
            return PVGPU_IO_AGAIN; /* a peer that trickles must not hold us beyond the deadline */
    }
}

/* Waits until the outstanding write is through. False when it is not at the timeout. */
static bool finish_write(struct pvgpu_stream *stream, uint64_t timeout_ns)
{
    DWORD moved = 0;
    pvgpu_handle ready = (pvgpu_handle)stream->write.hEvent;
    if (!HasOverlappedIoCompleted(&stream->write) && !pvgpu_handle_wait_any(&ready, 1, timeout_ns))
        return false;
    if (!GetOverlappedResult(stream->pipe, &stream->write, &moved, FALSE)) {
        if (GetLastError() == ERROR_IO_INCOMPLETE)
            return false;
        stream->broken = true;
    }
    stream->write_pending = false;
    if (moved != stream->out_used)
        stream->broken = true;
    return true;
}

static bool reserve_out(struct pvgpu_stream *stream, size_t size)
{
    if (size <= stream->out_capacity)
        return true;
    uint8_t *grown = realloc(stream->out, size);
    if (!grown)
        return false;
    stream->out = grown;
    stream->out_capacity = size;
    return true;
}

/*
 * The system may go on sending after this has returned, from a copy that the stream owns: to the caller the message is
 * written, as bytes in a socket's buffer are. Only one such message exists; until it is through, others get AGAIN.
 */
enum pvgpu_io pvgpu_stream_write(struct pvgpu_stream *stream, const void *data, size_t size, uint64_t timeout_ns)
{
    assert(size <= MESSAGE_MAX_BYTES);
    if (stream->write_pending && !finish_write(stream, timeout_ns))
        return PVGPU_IO_AGAIN;
    if (stream->broken)
        return PVGPU_IO_CLOSED;
    if (size == 0)
        return PVGPU_IO_DONE; /* an empty message looks like the end to a reader */
    if (!reserve_out(stream, size))
        return PVGPU_IO_AGAIN;
    memcpy(stream->out, data, size);
    stream->out_used = (DWORD)size;
    if (!WriteFile(stream->pipe, stream->out, stream->out_used, NULL, &stream->write) &&
        GetLastError() != ERROR_IO_PENDING) {
        stream->broken = true;
        return PVGPU_IO_CLOSED;
    }
    stream->write_pending = true;
    if (finish_write(stream, 0) && stream->broken)
        return PVGPU_IO_CLOSED;
    return PVGPU_IO_DONE;
}
