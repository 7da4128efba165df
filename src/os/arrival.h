/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Notices that something has arrived on a socket even if another thread has read it meanwhile. Who waits for the socket
 * itself would sleep on: that is so with the connection to an X server, which the main thread shares with drivers whose
 * threads read it too and put what is not theirs into a queue. POSIX only; there is nothing like it to wait for on
 * Windows.
 *
 * Linux: the kernel sends SIGIO to the watching thread (fcntl(2): F_SETOWN_EX, O_ASYNC), which has it blocked and reads it
 * from a signalfd. One watch a thread; all calls from that thread.
 */
#ifndef PVGPU_OS_ARRIVAL_H
#define PVGPU_OS_ARRIVAL_H

#include "os/handle.h"

/*
 * A handle that is ready once something has arrived on the socket, or its other end has gone, since the last take. The
 * socket is borrowed; the caller closes the handle. PVGPU_NO_HANDLE: the system does not do that.
 */
pvgpu_handle pvgpu_arrival_watch(pvgpu_handle socket);

/* Makes the handle wait for the next arrival. To be called before the socket is looked at. */
void pvgpu_arrival_take(pvgpu_handle watch);

#endif
