/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Telling the service manager how the service does, by systemd's protocol (sd_notify(3): datagrams of KEY=VALUE lines to
 * the socket that $NOTIFY_SOCKET names). Nothing on Windows and without a manager. Main thread.
 */
#ifndef PVGPU_OS_NOTIFY_H
#define PVGPU_OS_NOTIFY_H

#include <stdint.h>

/* "READY=1", "STOPPING=1", "WATCHDOG=1"; several lines separated by "\n". What cannot be sent is lost. */
void pvgpu_notify(const char *state);

/* How often the manager expects WATCHDOG=1 at least ($WATCHDOG_USEC, for $WATCHDOG_PID); 0: not at all. */
uint64_t pvgpu_notify_watchdog_ns(void);

#endif
