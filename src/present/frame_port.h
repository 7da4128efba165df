/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What the frame channel's producer needs of its system beyond os/: memory that consumers can only read, events that
 * consumers cannot block, and passing handles over a connection. frame_port_posix.c, frame_port_win32.c.
 */
#ifndef PVGPU_PRESENT_FRAME_PORT_H
#define PVGPU_PRESENT_FRAME_PORT_H

#include "base/log.h"
#include "os/endpoint.h"
#include "os/handle.h"
#include "pvgpu/frames.h"

#include <stdbool.h>
#include <stdint.h>

/* ---- Memory ---- */

enum pvgpu_frame_memory_kind {
    PVGPU_FRAME_MEMORY_FRAMES, /* we write, consumers read: no handle can be used to write it later */
    PVGPU_FRAME_MEMORY_HOLD, /* the consumer writes, we read */
};

struct pvgpu_frame_memory {
    void *base; /* mapping; NULL: none */
    uint64_t bytes;
    pvgpu_handle handle; /* owned */
};

/* Makes zeroed memory that cannot change its size. Frames memory is populated. False: logged; *memory is empty. */
bool pvgpu_frame_memory_create(struct pvgpu_frame_memory *memory, enum pvgpu_frame_memory_kind kind, uint64_t bytes,
                               const struct pvgpu_log *log);

/* Unmaps and closes; fine on an empty (zeroed or finished) one. What consumers have mapped stays theirs. */
void pvgpu_frame_memory_finish(struct pvgpu_frame_memory *memory);

/* ---- Bell: the event that a consumer waits for ---- */

struct pvgpu_frame_bell {
    pvgpu_handle ours; /* owned */
    pvgpu_handle theirs; /* owned until it has been passed on; on Windows the same as ours */
};

bool pvgpu_frame_bell_init(struct pvgpu_frame_bell *bell);
void pvgpu_frame_bell_finish(struct pvgpu_frame_bell *bell);

/* Their end has been passed on. */
void pvgpu_frame_bell_passed(struct pvgpu_frame_bell *bell);

/* Never blocks, whatever the consumer does with its end. */
void pvgpu_frame_bell_ring(struct pvgpu_frame_bell *bell);

/* ---- Port: where consumers come in ---- */

struct pvgpu_frame_port {
    pvgpu_handle listener; /* POSIX; owned; PVGPU_NO_HANDLE: none */
    struct pvgpu_listener *opened; /* owned; may be NULL */
    struct pvgpu_log log;
    struct pvgpu_log_limit lines; /* of clients that do not get in */
};

/* Takes the listener handle in every case; without one, opens `path` if it is not NULL. False: logged. */
bool pvgpu_frame_port_init(struct pvgpu_frame_port *port, pvgpu_handle listener, const char *path,
                           const struct pvgpu_log *log);
void pvgpu_frame_port_finish(struct pvgpu_frame_port *port);

/* Ready when somebody waits; PVGPU_NO_HANDLE when nobody can ever come. */
pvgpu_handle pvgpu_frame_port_wait_handle(struct pvgpu_frame_port *port);

/* Takes a waiting client of this user or root; NULL when there is none or it was turned away (logged). */
struct pvgpu_stream *pvgpu_frame_port_accept(struct pvgpu_frame_port *port);

/* What a handle that is passed on may be used for. */
enum pvgpu_frame_right {
    PVGPU_FRAME_RIGHT_READ, /* map for reading */
    PVGPU_FRAME_RIGHT_WRITE, /* map for reading and writing */
    PVGPU_FRAME_RIGHT_WAIT, /* wait for it */
};

struct pvgpu_frame_gift {
    pvgpu_handle handle; /* still ours afterwards */
    enum pvgpu_frame_right right;
};

/*
 * Sends a reply, and up to 2 handles with it, without blocking. False: the connection is to be given up. On Windows
 * the handles are duplicated into process `process_id` and reply->handles is filled in.
 */
bool pvgpu_frame_port_send(struct pvgpu_stream *stream, int64_t process_id, struct pvgpu_frames_reply *reply,
                           const struct pvgpu_frame_gift *gifts, size_t gift_count);

#endif
