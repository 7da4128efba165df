/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Local stream endpoints: a Unix stream socket, or an overlapped named pipe (created message-type, read as bytes).
 * A listener is owned by one thread; so is a stream. Reads and writes never block unless a timeout is given.
 */
#ifndef PVGPU_OS_ENDPOINT_H
#define PVGPU_OS_ENDPOINT_H

#include "base/log.h"
#include "os/handle.h"

struct pvgpu_listener;
struct pvgpu_stream;

/* Who is at the other end. */
struct pvgpu_peer {
    int64_t process_id; /* 0: unknown */
    uint32_t uid; /* POSIX; 0 on Windows */
};

enum pvgpu_io {
    PVGPU_IO_DONE, /* all bytes moved */
    PVGPU_IO_AGAIN, /* would block, or the timeout has passed; *moved tells how many bytes did move */
    PVGPU_IO_CLOSED, /* the peer has gone, or the stream is broken */
};

/*
 * Opens an endpoint that only this user of this machine can connect to (mode 0600; a security descriptor that denies
 * remote clients). A second process gets an error line that names the holder; what a dead process left behind is
 * replaced. `path` is a socket path (at most 107 bytes), or \\.\pipe\NAME. NULL: logged.
 */
struct pvgpu_listener *pvgpu_listener_open(const char *path, const struct pvgpu_log *log);

/* Closes and removes the endpoint (socket file and lock). NULL is fine. */
void pvgpu_listener_destroy(struct pvgpu_listener *listener);

/* Ready when a client is waiting; for pvgpu_handle_wait_any. */
pvgpu_handle pvgpu_listener_wait_handle(struct pvgpu_listener *listener);

/*
 * Takes a waiting client; NULL when there is none, or when it was turned away (another user's process: logged).
 * The stream is owned by the caller.
 */
struct pvgpu_stream *pvgpu_listener_accept(struct pvgpu_listener *listener);

/* Connects as a client. NULL: logged. */
struct pvgpu_stream *pvgpu_stream_connect(const char *path, const struct pvgpu_log *log);

/* Adopts a connected handle that another process passed on; takes the handle. NULL on lack of memory. */
struct pvgpu_stream *pvgpu_stream_adopt(pvgpu_handle handle);

/* Closes the connection. NULL is fine. */
void pvgpu_stream_destroy(struct pvgpu_stream *stream);

/* The connection itself, to be passed on to a child; still owned by the stream. */
pvgpu_handle pvgpu_stream_handle(struct pvgpu_stream *stream);

/* Ready when reading would make progress (or report the end); for pvgpu_handle_wait_any. */
pvgpu_handle pvgpu_stream_wait_handle(struct pvgpu_stream *stream);

/* Credentials of the peer; false when the system does not tell. */
bool pvgpu_stream_peer(struct pvgpu_stream *stream, struct pvgpu_peer *peer);

/* Reads up to `size` bytes that are there now. *moved is set in every case. */
enum pvgpu_io pvgpu_stream_read(struct pvgpu_stream *stream, void *data, size_t size, size_t *moved);

/*
 * Copies up to `size` of the first bytes that are there now, and leaves all of them to whoever reads: this process, or the
 * one that the connection is passed on to. *copied and *available (how many are there) are set in every case. AGAIN: fewer
 * than `size` so far, or, on Windows, the peer's first message is shorter: not every host shows more than that one. Not
 * after pvgpu_stream_wait_handle or a read, which on Windows take bytes out.
 */
enum pvgpu_io pvgpu_stream_peek(struct pvgpu_stream *stream, void *data, size_t size, size_t *copied,
                                size_t *available);

/* Reads exactly `size` bytes or until the timeout. */
enum pvgpu_io pvgpu_stream_read_all(struct pvgpu_stream *stream, void *data, size_t size, uint64_t timeout_ns);

/*
 * Writes `size` bytes as one message (one call of the system). timeout_ns 0: never blocks. AGAIN means that nothing
 * was written; a partial write on a full socket breaks the framing and is reported as CLOSED.
 */
enum pvgpu_io pvgpu_stream_write(struct pvgpu_stream *stream, const void *data, size_t size, uint64_t timeout_ns);

#endif
