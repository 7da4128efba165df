/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A one-way pipe from child processes to this one, made to be their standard output and error: what they write in one
 * call of at most PVGPU_PIPE_PIECE bytes stays together, and a writer is never held up by a reader that is late.
 */
#ifndef PVGPU_OS_PIPE_H
#define PVGPU_OS_PIPE_H

#include "base/log.h"
#include "os/endpoint.h"
#include "os/handle.h"

#define PVGPU_PIPE_PIECE 4096 /* PIPE_BUF of Linux */

/* The reading end. Owned by one thread at a time. */
struct pvgpu_pipe;

/*
 * Makes a pipe. *writer is the caller's: to be given to children (pvgpu_process_spawn_self_to), then closed, since the
 * end comes when nobody can write any more. NULL: logged.
 */
struct pvgpu_pipe *pvgpu_pipe_create(pvgpu_handle *writer, const struct pvgpu_log *log);

/* NULL is fine. Whoever still writes is not told, but fails from now on. */
void pvgpu_pipe_destroy(struct pvgpu_pipe *pipe);

/* Ready in pvgpu_handle_wait_any while there is something to read, or the end. */
pvgpu_handle pvgpu_pipe_wait_handle(struct pvgpu_pipe *pipe);

/*
 * Reads what is there, at most `size` bytes. DONE: *moved of them, at least one. AGAIN: nothing is there now. CLOSED:
 * the end, everything was read. Never blocks.
 */
enum pvgpu_io pvgpu_pipe_read(struct pvgpu_pipe *pipe, void *data, size_t size, size_t *moved);

/* In a child: its standard error as a handle for pvgpu_pipe_write. Borrowed. */
pvgpu_handle pvgpu_pipe_from_parent(void);

/*
 * Writes up to PVGPU_PIPE_PIECE bytes in one piece. False: nothing, or on Windows perhaps a part, was written, because
 * the pipe is full or has lost its reader, which raises SIGPIPE unless that is ignored (os/stop.h). Never blocks. Any
 * thread.
 */
bool pvgpu_pipe_write(pvgpu_handle writer, const void *data, size_t size);

#endif
