/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "gpu/gpu.h"
#include "os/process.h"
#include "os/stop.h"
#include "pvgpu/protocol.h"
#include "service/paths.h"
#include "service/renderer_host.h"
#include "service/session.h"
#include "service/supervisor.h"

#include <stdio.h>
#include <string.h>

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
    pvgpu_info(log, "Configuration loaded: presentation_mode=headless, renderer=%s, buffer_count=%u, vsync=%s",
               pvgpu_renderer_kind_name(options->renderer), options->buffer_count,
               options->no_vsync ? "false" : "true");
    if (gpu_here && !pvgpu_gpu_d3d11_prepare(NULL, log))
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
