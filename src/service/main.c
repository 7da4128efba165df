/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "gpu/gpu.h"
#include "os/pipe.h"
#include "os/process.h"
#include "os/shared_memory.h"
#include "os/stop.h"
#include "pvgpu/protocol.h"
#include "service/adapters.h"
#include "service/capabilities.h"
#include "service/check.h"
#include "service/config.h"
#include "service/display.h"
#include "service/log_child.h"
#include "service/renderer_host.h"
#include "service/session.h"
#include "service/supervisor.h"

#include <stdio.h>
#include <string.h>

/* A child of the service: one of its sessions, the renderer of one, or who looks at the adapters or for a display. */
static int run_role(const struct pvgpu_options *given, const struct pvgpu_log *log)
{
    char cache[PVGPU_PATH_BYTES];
    struct pvgpu_options changed = *given, *options = &changed;
    if (strcmp(options->role, "adapters") == 0)
        return pvgpu_adapters_confirm(options, log);
    if (strcmp(options->role, "display") == 0)
        return pvgpu_display_confirm(log);
    if (strcmp(options->role, "session") == 0)
        return pvgpu_session_main(options, log);
    if (strcmp(options->role, "renderer") == 0) {
        if (options->vm)
            options->shader_cache =
                pvgpu_shader_cache_path(cache, given->shader_cache, options->vm, log) ? cache : NULL;
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
    struct pvgpu_log_sink_config config = {.format = (enum pvgpu_log_format)options->log_format, .filter = filter};
    pvgpu_stop_ignore();
    pvgpu_process_follow_parent((int64_t)options->parent);
    pvgpu_log_sink_init(&here, &config, NULL, 0);
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

static int serve(const struct pvgpu_config *config, struct pvgpu_log_sink *sink)
{
    const struct pvgpu_options *options = &config->options;
    struct pvgpu_log own_log = pvgpu_log_make(&sink->output, "pvgpu_backend", NULL), *log = &own_log;
    struct pvgpu_log config_log = pvgpu_log_for(log, "pvgpu_backend::config");
    bool gpu_here = options->single_process && options->renderer == PVGPU_RENDERER_D3D11;
    int confirmed = pvgpu_adapters_confirm_in_child(options, log);
    for (size_t i = 0; i < config->vm_count && confirmed == PVGPU_EXIT_OK; i++)
        confirmed = pvgpu_adapters_confirm_in_child(&config->vms[i].options, log);
    if (confirmed == PVGPU_EXIT_OK)
        confirmed = pvgpu_display_confirm_in_child(config, log);
    if (confirmed != PVGPU_EXIT_OK)
        return confirmed;
    pvgpu_info(log, "PVGPU Backend Service starting...");
    pvgpu_info(log, "Protocol version: %u.%u", PVGPU_VERSION_MAJOR(PVGPU_VERSION_1_0),
               PVGPU_VERSION_MINOR(PVGPU_VERSION_1_0));
    pvgpu_info(&config_log, "Configuration loaded: presentation_mode=%s, renderer=%s, buffer_count=%u, vsync=%s (%s)",
               pvgpu_presentation_mode_name(options->presentation_mode), pvgpu_renderer_kind_name(options->renderer),
               options->buffer_count, options->vsync ? "true" : "false", *config->file ? config->file : "no file");
    if (gpu_here && !pvgpu_gpu_d3d11_prepare(NULL, false, log))
        return PVGPU_EXIT_GPU;
    int code = pvgpu_supervisor_run(config, sink, log);
    if (gpu_here)
        pvgpu_gpu_d3d11_unprepare();
    return code;
}

/* Options that print something and end. False: there is none. */
static bool print(const struct pvgpu_config *config, const struct pvgpu_log *log, int *code)
{
    const struct pvgpu_options *options = &config->options;
    *code = PVGPU_EXIT_OK;
    if (options->help)
        pvgpu_config_print_help(stdout);
    else if (options->version)
        printf("pvgpu-backend %s (protocol %u.%u)\n", PVGPU_RELEASE, PVGPU_VERSION_MAJOR(PVGPU_VERSION_1_0),
               PVGPU_VERSION_MINOR(PVGPU_VERSION_1_0));
    else if (options->print_example)
        pvgpu_config_print_example(stdout);
    else if (options->print_reference)
        pvgpu_config_print_reference(stdout);
    else if (options->dump_config)
        pvgpu_config_dump(config, stdout);
    else if (options->print_capabilities)
        *code = pvgpu_capabilities_print();
    else if (options->list_adapters)
        *code = pvgpu_adapters_list(options, log);
    else if (options->check)
        *code = pvgpu_check(config, log);
    else
        return false;
    return true;
}

/* Options that go together, or do not. */
static bool is_consistent(const struct pvgpu_options *options)
{
    if (options->json && !options->list_adapters && !options->check) {
        fprintf(stderr, "pvgpu-backend: --json: expected --list-adapters or --check with it\n");
        return false;
    }
    return true;
}

static int run_service(const struct pvgpu_config *config, const struct pvgpu_log_filter *filter)
{
    const struct pvgpu_options *options = &config->options;
    struct pvgpu_log_sink_config log_config = {
        .format = (enum pvgpu_log_format)options->log_format,
        .filter = filter,
        .path = options->log_file,
        .most_bytes = options->log_file_size,
        .count = options->log_file_count,
    };
    struct pvgpu_log_sink sink;
    char wrong[PVGPU_LOG_FILE_PATH_BYTES + PVGPU_REASON_BYTES], place[PVGPU_PATH_BYTES];
    if (!pvgpu_log_sink_init(&sink, &log_config, wrong, sizeof(wrong))) {
        pvgpu_config_place_text(config, "log-file", place);
        fprintf(stderr, "%s: %s\n", place, wrong);
        return PVGPU_EXIT_USAGE;
    }
    int code = serve(config, &sink);
    pvgpu_log_sink_finish(&sink);
    return code;
}

static int run(const struct pvgpu_config *config)
{
    const struct pvgpu_options *options = &config->options;
    struct pvgpu_log_filter filter;
    char wrong[PVGPU_LOG_FILTER_WRONG_BYTES];
    if (!pvgpu_log_filter_parse(&filter, options->log_level, wrong)) {
        fprintf(stderr, "pvgpu-backend: --log-level: %s\n", wrong);
        return PVGPU_EXIT_USAGE;
    }
    pvgpu_stop_not_by_writes();
    if (options->role)
        return run_child(options, &filter);
    if (!is_consistent(options))
        return PVGPU_EXIT_USAGE;
    struct pvgpu_log log = {.level = pvgpu_log_filter_level(&filter, "pvgpu_backend"), .target = "pvgpu_backend"};
    int code;
    return print(config, &log, &code) ? code : run_service(config, &filter);
}

int main(int argc, char **argv)
{
    static struct pvgpu_config config;
    int code = PVGPU_EXIT_USAGE;
    if (pvgpu_config_load(&config, argc, argv, stderr))
        code = run(&config);
    pvgpu_config_finish(&config);
    return code;
}
