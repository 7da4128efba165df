/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Being asked to end, by a signal or the console, or to tell what was counted. Main thread, before others start. */
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

/*
 * From now on a write that fails is told by its result alone: SIGPIPE and SIGXFSZ do not end the process, nor its
 * children, which inherit that. Nothing on Windows.
 */
void pvgpu_stop_not_by_writes(void);

/*
 * From now on SIGUSR1 does not end the process but makes the returned handle ready in pvgpu_handle_wait_any, until
 * pvgpu_report_take. PVGPU_NO_HANDLE on failure and on Windows, which has no such signal. Owned by the caller.
 */
pvgpu_handle pvgpu_report_watch(void);

/* Forgets the requests that made the handle ready. */
void pvgpu_report_take(pvgpu_handle handle);

#endif
