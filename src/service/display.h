/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Whether there is a display for the windows that the settings ask for, before any VM connects. Main thread. */
#ifndef PVGPU_SERVICE_DISPLAY_H
#define PVGPU_SERVICE_DISPLAY_H

#include "base/log.h"
#include "service/config.h"

/*
 * Asks in a child process, since what opening a display loads and starts is not to stay in the service. Waits for at
 * most 20 s. Returns an exit code: OK also if no VM has a window; DISPLAY: logged.
 */
int pvgpu_display_confirm_in_child(const struct pvgpu_config *config, const struct pvgpu_log *log);

/* The child itself (--role display). Returns its exit code. */
int pvgpu_display_confirm(const struct pvgpu_log *log);

#endif
