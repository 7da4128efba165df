/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "base/time.h"
#include "gpu/gpu.h"
#include "os/process.h"
#include "os/stop.h"
#include "present/window.h"
#include "pvgpu/protocol.h"
#include "service/paths.h"
#include "service/renderer_host.h"
#include "service/session.h"
#include "service/supervisor.h"

#include <stdio.h>
#include <string.h>

#define DISPLAY_TIMEOUT_NS (20 * PVGPU_NS_PER_S) /* a display that is far away, or swapped out */

/* In a process of its own: what it loads and starts does not stay in the service. */
static int check_display(const struct pvgpu_log *log)
{
    char why[256];
    if (pvgpu_window_open_display(why, sizeof(why))) {
        pvgpu_window_close_display();
        return PVGPU_EXIT_OK;
    }
    pvgpu_error(log, "No display for windows: %s", why);
    return PVGPU_EXIT_DISPLAY;
}

static bool has_display(const struct pvgpu_options *options, const struct pvgpu_log *log)
{
    struct pvgpu_process process;
    struct pvgpu_arguments arguments;
    int code = PVGPU_EXIT_DISPLAY;
    pvgpu_options_to_arguments(options, "pvgpu-display", &arguments);
    pvgpu_arguments_add(&arguments, "--role", "display");
    pvgpu_arguments_add(&arguments, "--parent", "%lld", (long long)pvgpu_process_id());
    if (!pvgpu_process_spawn_self(&process, arguments.list, NULL, 0, log))
        return false;
    if (!pvgpu_process_wait(&process, DISPLAY_TIMEOUT_NS, &code)) {
        pvgpu_error(log, "No display for windows: it does not answer");
        pvgpu_process_kill(&process);
        pvgpu_process_wait(&process, PVGPU_NO_TIMEOUT, NULL);
    } else if (code != PVGPU_EXIT_OK && code != PVGPU_EXIT_DISPLAY) {
        pvgpu_error(log, "No display for windows: looking for it ended with %s %d", code < 0 ? "signal" : "exit code",
                    code < 0 ? -code : code);
    }
    return code == PVGPU_EXIT_OK;
}

/* A child of the service: one of its sessions, or the renderer of one. */
static int run_child(const struct pvgpu_options *given, struct pvgpu_log *log)
{
    char cache[PVGPU_PATH_BYTES];
    struct pvgpu_options changed = *given, *options = &changed;
    pvgpu_stop_ignore();
    pvgpu_process_follow_parent((int64_t)options->parent);
    log->vm = options->vm;
    if (strcmp(options->role, "session") == 0)
        return pvgpu_session_main(options, log);
    if (strcmp(options->role, "display") == 0)
        return check_display(log);
    if (strcmp(options->role, "renderer") == 0) {
        if (!options->shader_cache)
            options->shader_cache = options->vm && pvgpu_default_shader_cache(cache, options->vm, log) ? cache : NULL;
        else if (strcmp(options->shader_cache, "none") == 0)
            options->shader_cache = NULL;
        return pvgpu_renderer_main(options, log);
    }
    pvgpu_error(log, "There is no role \"%s\"", options->role);
    return PVGPU_EXIT_USAGE;
}

static int run_service(const struct pvgpu_options *options, const struct pvgpu_log *log)
{
    bool gpu_here = options->single_process && options->renderer == PVGPU_RENDERER_D3D11;
    pvgpu_info(log, "PVGPU Backend Service starting...");
    pvgpu_info(log, "Protocol version: %u.%u", PVGPU_VERSION_MAJOR(PVGPU_VERSION_1_0),
               PVGPU_VERSION_MINOR(PVGPU_VERSION_1_0));
    pvgpu_info(log, "Configuration loaded: presentation_mode=%s, renderer=%s, buffer_count=%u, vsync=%s",
               pvgpu_presentation_mode_name(options->presentation_mode), pvgpu_renderer_kind_name(options->renderer),
               options->buffer_count, options->no_vsync ? "false" : "true");
    if (options->presentation_mode != PVGPU_PRESENT_HEADLESS && !has_display(options, log))
        return PVGPU_EXIT_DISPLAY;
    if (gpu_here && !pvgpu_gpu_d3d11_prepare(NULL, false, log))
        return PVGPU_EXIT_GPU;
    int code = pvgpu_supervisor_run(options, log);
    if (gpu_here)
        pvgpu_gpu_d3d11_unprepare();
    return code;
}

int main(int argc, char **argv)
{
    struct pvgpu_options options;
    if (!pvgpu_options_parse(&options, argc, argv, stderr))
        return PVGPU_EXIT_USAGE;
    if (options.help) {
        pvgpu_options_print_help(stdout);
        return PVGPU_EXIT_OK;
    }
    if (options.version) {
        printf("pvgpu-backend %s (protocol %u.%u)\n", PVGPU_RELEASE, PVGPU_VERSION_MAJOR(PVGPU_VERSION_1_0),
               PVGPU_VERSION_MINOR(PVGPU_VERSION_1_0));
        return PVGPU_EXIT_OK;
    }
    struct pvgpu_log log = {.level = options.log_level, .target = "pvgpu_backend"};
    return options.role ? run_child(&options, &log) : run_service(&options, &log);
}
