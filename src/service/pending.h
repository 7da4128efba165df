/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Connections that have not said yet what they are. A session is a process and takes a VM's place, so whoever merely
 * connects must not get one: it waits here, at the cost of a handle and a few bytes, until its first message is there
 * entirely. That message is only looked at; the session reads it. (So it must fit into the system's buffers: 80 bytes, or
 * some hundred for vfio-user, of 64 KiB and more. On Windows its header must be a message, as the protocol has it.)
 *
 * There are at most PVGPU_PENDING_MOST. One more drops the oldest that has said nothing, of the endpoint that has most of
 * them, so that a flood at one endpoint is no loss to another, and a VM that speaks as soon as it is connected is in time
 * however many others are silent. Nobody may be silent for longer than PVGPU_PENDING_NS.
 *
 * Streams are looked at by the clock: after 1 ms, and then whenever as much time again has passed, at least every 100 ms.
 * A message is thus found within the time that its sender has taken for it, and 256 silent peers cost some thousand
 * system calls a second. (Windows can wait for 64 handles at a time, and each wait on a pipe takes bytes out of it.)
 *
 * Main thread.
 */
#ifndef PVGPU_SERVICE_PENDING_H
#define PVGPU_SERVICE_PENDING_H

#include "base/time.h"
#include "link/link.h"

#define PVGPU_PENDING_MOST 256u
#define PVGPU_PENDING_ENDPOINTS 32u /* at most, numbered from 0 */
#define PVGPU_PENDING_NS (10 * PVGPU_NS_PER_S) /* as long as a device may take for its handshake */

struct pvgpu_pending;

/* NULL: no memory, logged. */
struct pvgpu_pending *pvgpu_pending_create(const struct pvgpu_log *log);

/* Closes all. NULL is fine. */
void pvgpu_pending_destroy(struct pvgpu_pending *pending);

/*
 * Takes a stream that has come in at the endpoint of that number, which is called `path` in the log (lent). judge NULL:
 * at that endpoint it is not for the peer to speak first.
 */
void pvgpu_pending_add(struct pvgpu_pending *pending, size_t endpoint, const char *path, pvgpu_opening_judge judge,
                       struct pvgpu_stream *stream);

/* Looks at those that it is time for, and drops who has left, says what is wrong, or has been silent for too long. */
void pvgpu_pending_look(struct pvgpu_pending *pending);

/*
 * Hands out the stream of the peer at that endpoint that was there first of those that have spoken; owned by the caller.
 * NULL: none has.
 */
struct pvgpu_stream *pvgpu_pending_take(struct pvgpu_pending *pending, size_t endpoint);

/* When to look again, monotonic; PVGPU_NO_TIMEOUT: there is nobody to look at. */
uint64_t pvgpu_pending_deadline_ns(const struct pvgpu_pending *pending);

#endif
