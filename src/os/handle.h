/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What both hosts call differently and treat alike: a file descriptor on POSIX, a HANDLE on Windows. Every service of
 * os/ is one header here and one file of the same name under os/posix and os/win32.
 */
#ifndef PVGPU_OS_HANDLE_H
#define PVGPU_OS_HANDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef intptr_t pvgpu_handle;

#define PVGPU_NO_HANDLE ((pvgpu_handle) - 1)

/* Closes a handle; PVGPU_NO_HANDLE is fine. */
void pvgpu_handle_close(pvgpu_handle handle);

/* A second handle to the same object, not inherited by children. PVGPU_NO_HANDLE on failure. */
pvgpu_handle pvgpu_handle_duplicate(pvgpu_handle handle);

#define PVGPU_WAIT_MAX 60 /* Windows waits for 64 objects at most, and a timer is one */

/*
 * Blocks until one of up to PVGPU_WAIT_MAX handles is ready (readable, signalled, process ended) or the timeout has
 * passed. Returns a bit mask of the ready ones, 0 on timeout. PVGPU_NO_HANDLE entries are passed over. On Windows an
 * auto-reset event that is reported here has been consumed; on POSIX it must still be taken with pvgpu_event_take.
 */
uint64_t pvgpu_handle_wait_any(const pvgpu_handle *handles, size_t count, uint64_t timeout_ns);

#endif
