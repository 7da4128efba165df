/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT OR Apache-2.0 */
/*
 * What the channel needs from the operating system: one connection to the host, as bytes that never make anybody wait.
 * Private to pvgpu-channel*.c; pvgpu-channel-posix.c and pvgpu-channel-windows.c implement it, together with what
 * pvgpu-channel.h says about shared memory and the clock. Threads: as for the channel.
 */
#ifndef PVGPU_CHANNEL_OS_H
#define PVGPU_CHANNEL_OS_H

#include "pvgpu-channel.h"

/* C99 conversions (%zu, %llu) on every host, whatever its C library makes of them. */
#ifdef _WIN32
#define PVGPU_CHANNEL_PRINTF(format_at, args_at) __attribute__((format(gnu_printf, format_at, args_at)))
#else
#define PVGPU_CHANNEL_PRINTF(format_at, args_at) __attribute__((format(printf, format_at, args_at)))
#endif

/* Writes one line into `error`, cut to PVGPU_CHANNEL_ERROR_CHARS. NULL is fine. */
void pvgpu_channel_say(char *error, const char *format, ...) PVGPU_CHANNEL_PRINTF(2, 3);

/* Fills `size` bytes (at most 256) with what nobody can guess. False: the system has none; `error` says so. */
bool pvgpu_channel_random(void *bytes, size_t size, char *error);

/* ---- A connection ------------------------------------------------------------------------------------------------- */

#define PVGPU_CHANNEL_ENDPOINT_CHARS 260 /* with the NUL; no system takes a longer one */

/* What the protocol says where nobody names an endpoint. */
extern const char pvgpu_channel_default_endpoint[];

/* Whether an endpoint can be one: its length, on Windows also that it is a pipe of this machine. False: `error`. */
bool pvgpu_channel_is_valid_endpoint(const char *endpoint, char *error);

struct pvgpu_channel_port;

/*
 * Connects. NULL: `error` says why; *absent is true if nobody listens there, or all places in the queue are taken, which
 * may change by itself.
 */
struct pvgpu_channel_port *pvgpu_channel_port_open(const char *endpoint, bool *absent, char *error);

/* Closes it; what was taken and is not sent yet may be lost. NULL is fine. */
void pvgpu_channel_port_close(struct pvgpu_channel_port *port);

/* Takes up to `size` bytes that are there now. How many; 0: none; -1: the connection has ended. */
ptrdiff_t pvgpu_channel_port_read(struct pvgpu_channel_port *port, void *bytes, size_t size);

/*
 * Sends up to `size` bytes (at most PVGPU_CHANNEL_PART_BYTES) by one call of the system. How many were taken, on Windows
 * all or none; 0: there is no room now; -1: the connection has ended.
 */
#define PVGPU_CHANNEL_PART_BYTES 128
ptrdiff_t pvgpu_channel_port_write(struct pvgpu_channel_port *port, const void *bytes, size_t size);

/* As pvgpu_channel_wait_handle(). */
intptr_t pvgpu_channel_port_handle(const struct pvgpu_channel_port *port);

/* Nothing more is done for now: the handle is to become ready at whatever comes next. After every read and write. */
void pvgpu_channel_port_rest(struct pvgpu_channel_port *port);

/* Blocks until the handle is ready (for_writing: or there is room), or so long. NULL: just so long. */
void pvgpu_channel_port_wait(struct pvgpu_channel_port *port, bool for_writing, uint64_t timeout_ns);

#endif
