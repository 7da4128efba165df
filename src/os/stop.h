/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Being asked to end, by a signal or the console. Main thread, before others start. */
#ifndef PVGPU_OS_STOP_H
#define PVGPU_OS_STOP_H

#include "os/handle.h"

/*
 * From now on SIGTERM, SIGINT and SIGHUP (Windows: Ctrl+C, Ctrl+Break, closing the console, log-off) do not end the
 * process but make the returned handle ready in pvgpu_handle_wait_any. PVGPU_NO_HANDLE on failure. Owned by the caller.
 */
pvgpu_handle pvgpu_stop_watch(void);

/* For processes that a parent ends in other ways: the same requests are ignored. */
void pvgpu_stop_ignore(void);

#endif
