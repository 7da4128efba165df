/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the consumer library needs of its system: posix.c and win32.c. One thread, but for pvgpu_frames_os_interrupt. */
#ifndef PVGPU_LIB_FRAMES_OS_H
#define PVGPU_LIB_FRAMES_OS_H

#include "pvgpu/frames.h"

#include <stdbool.h>

#define PVGPU_FRAMES_NO_HANDLE ((intptr_t)-1)
#define PVGPU_FRAMES_NEVER UINT64_MAX /* a deadline */

struct pvgpu_frames_os {
    intptr_t connection;
    intptr_t event; /* set once the producer has sent it */
    intptr_t interrupt; /* set for the whole life */
    void *state; /* win32: a read under way */
    uint32_t received; /* bytes of the reply that is under way */
    uint8_t buffer[sizeof(struct pvgpu_frames_reply)];
    intptr_t handles[2]; /* that came with it */
};

/* Bits of pvgpu_frames_os_wait. */
#define PVGPU_FRAMES_READY_CONNECTION 0x1u
#define PVGPU_FRAMES_READY_EVENT 0x2u
#define PVGPU_FRAMES_READY_INTERRUPT 0x4u

/* Monotonic, nanoseconds. */
uint64_t pvgpu_frames_os_now_ns(void);

/* Connects. Whatever it returns, pvgpu_frames_os_finish must be called. */
enum pvgpu_frames_result pvgpu_frames_os_init(struct pvgpu_frames_os *os, const char *path, uint64_t deadline_ns);
void pvgpu_frames_os_finish(struct pvgpu_frames_os *os);

/* Never blocks. False: the connection is gone. A message that does not fit now is given up, which is no failure. */
bool pvgpu_frames_os_send(struct pvgpu_frames_os *os, const struct pvgpu_frames_request *request);

/*
 * Takes in one reply without blocking: OK, TIMEOUT (not there yet), ENDED or BROKEN. After OK the caller owns
 * handles[0..1], of which absent ones are PVGPU_FRAMES_NO_HANDLE.
 */
enum pvgpu_frames_result pvgpu_frames_os_receive(struct pvgpu_frames_os *os, struct pvgpu_frames_reply *reply,
                                                 intptr_t handles[2]);
void pvgpu_frames_os_close(intptr_t handle);

/* Waits until something is ready or the deadline has passed (0). The event and the interrupt are reset. */
uint32_t pvgpu_frames_os_wait(struct pvgpu_frames_os *os, uint64_t deadline_ns);

/* Async-signal-safe. */
void pvgpu_frames_os_interrupt(struct pvgpu_frames_os *os);

/* Maps the whole object of `bytes` bytes, which must be at least that large and unable to shrink. NULL: it is not. */
void *pvgpu_frames_os_map(intptr_t handle, uint64_t bytes, bool writable);
void pvgpu_frames_os_unmap(void *base, uint64_t bytes);

#endif
