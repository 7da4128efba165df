/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "service/display.h"

#include "base/time.h"
#include "os/process.h"
#include "present/window.h"

#define CONFIRM_TIMEOUT_NS (20 * PVGPU_NS_PER_S) /* a display that is far away, or swapped out */

int pvgpu_display_confirm(const struct pvgpu_log *log)
{
    char why[256];
    if (!pvgpu_window_open_display(why, sizeof(why))) {
        pvgpu_error(log, "No display for windows: %s", why);
        return PVGPU_EXIT_DISPLAY;
    }
    pvgpu_window_close_display();
    return PVGPU_EXIT_OK;
}

int pvgpu_display_confirm_in_child(const struct pvgpu_config *config, const struct pvgpu_log *log)
{
    struct pvgpu_arguments arguments;
    struct pvgpu_process child;
    int code = PVGPU_EXIT_DISPLAY;
    if (!pvgpu_config_has_windows(config))
        return PVGPU_EXIT_OK;
    pvgpu_options_to_arguments(&config->options, "pvgpu-display", &arguments);
    pvgpu_arguments_add(&arguments, "--role", "display");
    pvgpu_arguments_add(&arguments, "--parent", "%lld", (long long)pvgpu_process_id());
    if (!pvgpu_process_spawn_self(&child, arguments.list, NULL, 0, log))
        return PVGPU_EXIT_FAILURE;
    if (!pvgpu_process_wait(&child, CONFIRM_TIMEOUT_NS, &code)) {
        pvgpu_error(log, "No display for windows: it does not answer");
        pvgpu_process_kill(&child);
        pvgpu_process_wait(&child, PVGPU_NO_TIMEOUT, NULL);
        return PVGPU_EXIT_DISPLAY;
    }
    if (code == PVGPU_EXIT_OK || code == PVGPU_EXIT_DISPLAY)
        return code;
    pvgpu_error(log, "No display for windows: looking for it ended with %s %d", code < 0 ? "signal" : "exit code",
                code < 0 ? -code : code);
    return PVGPU_EXIT_DISPLAY;
}
