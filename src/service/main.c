/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "gpu/gpu.h"
#include "os/pipe.h"
#include "os/process.h"
#include "os/shared_memory.h"
#include "os/stop.h"
#include "pvgpu/protocol.h"
#include "service/log_child.h"
#include "service/log_setup.h"
#include "service/log_sink.h"
#include "service/paths.h"
#include "service/renderer_host.h"
#include "service/session.h"
#include "service/supervisor.h"

#include <stdio.h>
#include <string.h>

/* A child of the service: one of its sessions, or the renderer of one. */
static int run_role(const struct pvgpu_options *given, const struct pvgpu_log *log)
{
    char cache[PVGPU_PATH_BYTES];
    struct pvgpu_options changed = *given, *options = &changed;
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

static int run_child(const struct pvgpu_options *options, const struct pvgpu_log_filter *filter)
{
    struct pvgpu_log_child collected;
    struct pvgpu_log_sink here; /* standard error, when nobody collects what we say */
    struct pvgpu_shared_memory board = {.handle = PVGPU_NO_HANDLE};
    pvgpu_stop_ignore();
    pvgpu_process_follow_parent((int64_t)options->parent);
    pvgpu_log_sink_init(&here, &(struct pvgpu_log_sink_config){.filter = filter}, NULL, 0);
    struct pvgpu_log log = pvgpu_log_make(&here.output, "pvgpu_backend", options->vm);
    pvgpu_handle handle = pvgpu_options_log_board(options);
    if (handle != PVGPU_NO_HANDLE) {
        if (!pvgpu_shared_memory_adopt(&board, handle, sizeof(struct pvgpu_log_board), PVGPU_POPULATE_NONE, &log))
            return PVGPU_EXIT_FAILURE;
        pvgpu_log_child_init(&collected, pvgpu_pipe_from_parent(), board.base);
        log = pvgpu_log_make(&collected.output, "pvgpu_backend", options->vm);
    }
    int code = run_role(options, &log);
    pvgpu_shared_memory_finish(&board);
    pvgpu_log_sink_finish(&here);
    return code;
}

static int run_service(const struct pvgpu_options *options, struct pvgpu_log_sink *sink)
{
    struct pvgpu_log own_log = pvgpu_log_make(&sink->output, "pvgpu_backend", NULL), *log = &own_log;
    struct pvgpu_log config_log = pvgpu_log_for(log, "pvgpu_backend::config");
    bool gpu_here = options->single_process && options->renderer == PVGPU_RENDERER_D3D11;
    pvgpu_info(log, "PVGPU Backend Service starting...");
    pvgpu_info(log, "Protocol version: %u.%u", PVGPU_VERSION_MAJOR(PVGPU_VERSION_1_0),
               PVGPU_VERSION_MINOR(PVGPU_VERSION_1_0));
    pvgpu_info(&config_log, "Configuration loaded: presentation_mode=headless, renderer=%s, buffer_count=%u, vsync=%s",
               pvgpu_renderer_kind_name(options->renderer), options->buffer_count,
               options->no_vsync ? "false" : "true");
    if (gpu_here && !pvgpu_gpu_d3d11_prepare(NULL, log))
        return PVGPU_EXIT_GPU;
    int code = pvgpu_supervisor_run(options, sink, log);
    if (gpu_here)
        pvgpu_gpu_d3d11_unprepare();
    return code;
}

int main(int argc, char **argv)
{
    struct pvgpu_options options;
    struct pvgpu_log_filter filter;
    struct pvgpu_log_sink sink;
    char wrong[PVGPU_LOG_FILE_PATH_BYTES + PVGPU_REASON_BYTES];
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
    if (!pvgpu_log_setup_filter(&filter, options.log_level, stderr))
        return PVGPU_EXIT_USAGE;
    options.log_level = filter.text; /* children see what we see */
    pvgpu_stop_not_by_writes();
    if (options.role)
        return run_child(&options, &filter);
    struct pvgpu_log_sink_config config = {
        .format = options.log_format,
        .filter = &filter,
        .path = options.log_file,
        .most_bytes = options.log_file_size,
        .count = options.log_file_count ? options.log_file_count : 5,
    };
    if (!pvgpu_log_sink_init(&sink, &config, wrong, sizeof(wrong))) {
        fprintf(stderr, "pvgpu-backend: --log-file: %s\n", wrong);
        return PVGPU_EXIT_USAGE;
    }
    int code = run_service(&options, &sink);
    pvgpu_log_sink_finish(&sink);
    return code;
}
