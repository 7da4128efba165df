/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "gpu/gpu.h"
#include "os/process.h"
#include "os/stop.h"
#include "pvgpu/protocol.h"
#include "service/adapters.h"
#include "service/capabilities.h"
#include "service/check.h"
#include "service/config.h"
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
    if (strcmp(options->role, "adapters") == 0)
        return pvgpu_adapters_confirm(options, log);
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

static int run_service(const struct pvgpu_config *config, const struct pvgpu_log *log)
{
    const struct pvgpu_options *options = &config->options;
    bool gpu_here = options->single_process && options->renderer == PVGPU_RENDERER_D3D11;
    int confirmed = pvgpu_adapters_confirm_in_child(options, log);
    for (size_t i = 0; i < config->vm_count && confirmed == PVGPU_EXIT_OK; i++)
        confirmed = pvgpu_adapters_confirm_in_child(&config->vms[i].options, log);
    if (confirmed != PVGPU_EXIT_OK)
        return confirmed;
    pvgpu_info(log, "PVGPU Backend Service starting...");
    pvgpu_info(log, "Protocol version: %u.%u", PVGPU_VERSION_MAJOR(PVGPU_VERSION_1_0),
               PVGPU_VERSION_MINOR(PVGPU_VERSION_1_0));
    pvgpu_info(log, "Configuration loaded: presentation_mode=%s, renderer=%s, buffer_count=%u, vsync=%s (%s)",
               pvgpu_presentation_mode_name(options->presentation_mode), pvgpu_renderer_kind_name(options->renderer),
               options->buffer_count, options->vsync ? "true" : "false", *config->file ? config->file : "no file");
    if (gpu_here && !pvgpu_gpu_d3d11_prepare(NULL, log))
        return PVGPU_EXIT_GPU;
    int code = pvgpu_supervisor_run(config, log);
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
    if (options->adapter && options->adapter_index >= 0) {
        fprintf(stderr, "pvgpu-backend: --adapter: expected this or --adapter-index, not both\n");
        return false;
    }
    if (options->json && !options->list_adapters && !options->check) {
        fprintf(stderr, "pvgpu-backend: --json: expected --list-adapters or --check with it\n");
        return false;
    }
    return true;
}

static int run(const struct pvgpu_config *config)
{
    struct pvgpu_log log = {.level = (enum pvgpu_log_level)config->options.log_level, .target = "pvgpu_backend"};
    if (config->options.role)
        return run_child(&config->options, &log);
    if (!is_consistent(&config->options))
        return PVGPU_EXIT_USAGE;
    int code;
    return print(config, &log, &code) ? code : run_service(config, &log);
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
