/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "present/fan_out.h"
#include "present/frame_channel.h"
#include "present/texture_output.h"
#include "present/window_output.h"
#include "render/renderer.h"
#include "service/renderer_host.h"

#ifdef _WIN32
#include "gpu/d3d11/shared_texture.h"
#include "present/texture_board.h"
#endif

#include <stdio.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

/* A frame at 8192 x 8192 in 8 bytes a pixel, in four slots; a larger one is dropped with a warning. */
#define FRAMES_MOST_BYTES (UINT64_C(2) << 30)

static struct pvgpu_gpu *create_gpu(const struct pvgpu_renderer_parts *parts, struct pvgpu_event *wake)
{
    const struct pvgpu_options *options = parts->options;
    if (options->renderer == PVGPU_RENDERER_NULL)
        return pvgpu_gpu_null_create(&parts->log);
    struct pvgpu_gpu_config config = {
        .adapter_index = options->adapter_index,
        .adapter_name = options->adapter,
        .debug_layer = options->debug_layer,
        .wake = wake,
        .shader_cache_directory = options->shader_cache,
    };
    return pvgpu_gpu_d3d11_create(&config, &parts->log);
}

static struct pvgpu_frame_output *create_channel(const struct pvgpu_renderer_parts *parts, struct pvgpu_event *wake)
{
    struct pvgpu_statistics *statistics = &pvgpu_renderer_page(parts)->statistics;
    struct pvgpu_frame_channel_config config = {
        .vm = parts->vm,
        .slot_count = parts->options->buffer_count + 1,
        .max_bytes = FRAMES_MOST_BYTES,
        .listener = PVGPU_NO_HANDLE,
        .wake = wake,
        .log = pvgpu_log_for(&parts->log, "pvgpu_backend::frames"),
    };
#ifdef _WIN32
    config.path = parts->frames_path;
#else
    if (parts->frames_listener == PVGPU_NO_HANDLE)
        return NULL;
    /* The channel takes the handle; the session needs its own for the next renderer. */
    config.listener = pvgpu_handle_duplicate(parts->frames_listener);
#endif
    return pvgpu_channel_output_create(&config, &statistics->frames_published, &statistics->frames_dropped);
}

#ifdef _WIN32
/* NULL: the host shares no textures, with one warning. The null renderer draws nothing to share. */
static struct pvgpu_frame_output *create_textures(const struct pvgpu_renderer_parts *parts, struct pvgpu_gpu *gpu)
{
    struct pvgpu_statistics *statistics = &pvgpu_renderer_page(parts)->statistics;
    struct pvgpu_log log = pvgpu_log_for(&parts->log, "pvgpu_backend::frames");
    if (parts->options->renderer == PVGPU_RENDERER_NULL)
        return NULL;
    struct pvgpu_texture_ring_config config = {
        .vm = parts->vm,
        .texture_count = parts->options->buffer_count + 1,
        .host = pvgpu_d3d11_texture_host_create(gpu, &log),
        .board = pvgpu_texture_board_create(parts->vm, parts->options->first_vm, &log),
        .log = log,
    };
    return pvgpu_texture_output_create(&config, &statistics->textures_published, &statistics->textures_dropped);
}
#endif

/* NULL: there is none, or none could be made; the VM is served without. */
static struct pvgpu_frame_output *create_output(const struct pvgpu_renderer_parts *parts, struct pvgpu_gpu *gpu,
                                                struct pvgpu_event *wake)
{
    uint32_t mode = parts->options->presentation_mode;
    struct pvgpu_frame_output *outputs[3];
    uint32_t count = 0;
    if (parts->window) {
        struct pvgpu_window_output_config config = {
            .gpu = gpu,
            .window = parts->window,
            .name = parts->vm,
            .buffer_count = parts->options->buffer_count,
            .vsync = parts->options->vsync,
            .never_waits = mode == PVGPU_DUAL,
            .log = parts->log,
        };
        outputs[count] = pvgpu_window_output_create(&config);
        count += outputs[count] != NULL;
    }
    if (mode != PVGPU_WINDOWED) {
        outputs[count] = create_channel(parts, wake);
        count += outputs[count] != NULL;
#ifdef _WIN32
        outputs[count] = create_textures(parts, gpu);
        count += outputs[count] != NULL;
#endif
    }
    return count > 1 ? pvgpu_fan_out_create(outputs, count, &parts->log) : count ? outputs[0] : NULL;
}

/* The defaults, with what the user has set instead. */
static struct pvgpu_limits limits_of(const struct pvgpu_options *options, const struct pvgpu_gpu_caps *caps)
{
    struct pvgpu_limits limits = pvgpu_limits_for(caps->memory_bytes);
    if (options->limit_memory)
        limits.resource_bytes = options->limit_memory;
    if (options->limit_resource)
        limits.one_resource_bytes = options->limit_resource;
    if (limits.one_resource_bytes > limits.resource_bytes)
        limits.one_resource_bytes = limits.resource_bytes;
    if (options->limit_objects)
        limits.objects = options->limit_objects;
    if (options->limit_shaders)
        limits.shaders = options->limit_shaders;
    return limits;
}

int pvgpu_renderer_serve(const struct pvgpu_renderer_parts *parts)
{
    struct pvgpu_control_page *page = pvgpu_renderer_page(parts);
    struct pvgpu_event wake = parts->wake, interrupt = parts->interrupt;
    uint32_t reason = 0;
    int code = PVGPU_EXIT_OK;
    struct pvgpu_gpu *gpu = create_gpu(parts, &wake);
    if (!gpu) {
        atomic_store(&page->health, PVGPU_RENDERER_FAILED);
        return PVGPU_EXIT_GPU;
    }
    struct pvgpu_frame_output *output = create_output(parts, gpu, &wake);
    struct pvgpu_renderer_config config = {
        .memory = &parts->memory,
        .page = page,
        .wake = &wake,
        .interrupt = &interrupt,
        .stop = &page->quit,
        .gpu = gpu,
        .output = output,
        .needs_poll = parts->needs_poll,
        .resets = parts->resets,
        .no_backstop = parts->options->no_backstop,
        .timeline = {.buffer_count = parts->options->buffer_count, .vsync = parts->options->vsync},
        .limits = limits_of(parts->options, &gpu->caps),
        .log = parts->log,
    };
    pvgpu_info(&parts->log, "Renderer ready: %s (%s)", gpu->caps.adapter, gpu->caps.driver);
    pvgpu_info(
        &parts->log, "Limits: %llu MiB in all (the adapter has %llu), %llu MiB a resource, %u objects, %u shaders",
        (unsigned long long)(config.limits.resource_bytes >> 20), (unsigned long long)(gpu->caps.memory_bytes >> 20),
        (unsigned long long)(config.limits.one_resource_bytes >> 20), config.limits.objects, config.limits.shaders);
    atomic_store(&page->health, PVGPU_RENDERER_READY);
    switch (pvgpu_renderer_run(&config, &reason)) {
    case PVGPU_RENDERER_STOPPED:
    case PVGPU_RENDERER_RESET:
        break;
    case PVGPU_RENDERER_DEVICE_LOST:
        atomic_store(&page->lost_reason, reason);
        atomic_store(&page->health, PVGPU_RENDERER_LOST);
        code = PVGPU_EXIT_FAILURE;
        break;
    case PVGPU_RENDERER_NO_MEMORY:
        pvgpu_error(&parts->log, "No memory for the renderer");
        code = PVGPU_EXIT_FAILURE;
        break;
    }
    if (output)
        output->ops->destroy(output);
    gpu->ops->destroy(gpu);
    return code;
}

/*
 * Memory that was freed stays with the process: a driver allocates and frees the same megabytes for every submission,
 * and the first touch of a page that came back from the system costs more than what is done with it.
 */
static void keep_memory(void)
{
#ifdef __GLIBC__
    mallopt(M_TRIM_THRESHOLD, 1 << 30); /* bytes free at the top before any goes back */
    mallopt(M_MMAP_THRESHOLD, 32 << 20); /* glibc's largest: blocks below come from the heap */
    mallopt(M_TOP_PAD, 1 << 20); /* the heap grows in steps of this */
#endif
}

/* ---- With a window: it has the main thread, the renderer gets one of its own ---- */

struct windowed {
    struct pvgpu_renderer_parts parts;
    struct pvgpu_event changed; /* the renderer's wake event, for the window */
    int code;
};

static void run_renderer(void *argument)
{
    struct windowed *windowed = argument;
    windowed->code = pvgpu_renderer_serve(&windowed->parts);
    pvgpu_window_quit(windowed->parts.window);
}

/* The session ends, and ends this process as it does when the VM goes. */
static void disconnect(void *user)
{
    struct windowed *windowed = user;
    atomic_store(&pvgpu_renderer_page(&windowed->parts)->disconnect, 1);
    pvgpu_event_signal(&windowed->parts.interrupt);
}

static int serve_windowed(const struct pvgpu_renderer_parts *parts, bool *display_lost)
{
    struct windowed windowed = {.parts = *parts, .changed = parts->wake};
    struct pvgpu_thread thread;
    char title[PVGPU_WINDOW_TITLE_BYTES];
    snprintf(title, sizeof(title), "%s - PVGPU", parts->vm);
    const struct pvgpu_window_config config = {
        .title = title,
        .width = parts->options->width,
        .height = parts->options->height,
        .changed = &windowed.changed,
        .closed = parts->options->window_close == PVGPU_CLOSE_DISCONNECTS ? disconnect : NULL,
        .user = &windowed,
        .log = pvgpu_log_for(&parts->log, "pvgpu_backend::window"),
    };
    windowed.parts.window = pvgpu_window_create(&config);
    if (!windowed.parts.window)
        return pvgpu_renderer_serve(parts);
    if (!pvgpu_thread_start(&thread, "render", run_renderer, &windowed)) {
        pvgpu_error(&parts->log, "Cannot start the renderer's thread");
        pvgpu_window_destroy(windowed.parts.window);
        return PVGPU_EXIT_FAILURE;
    }
    pvgpu_window_run(windowed.parts.window);
    /* Without a display there are no messages any more that the renderer could wait for. */
    pvgpu_thread_join(&thread);
    *display_lost = pvgpu_window_state(windowed.parts.window).lost;
    pvgpu_window_destroy(windowed.parts.window);
    return windowed.code;
}

/* Whether there will be a window. The service has seen to it that there was a display when it started. */
static bool open_display(const struct pvgpu_options *options, const struct pvgpu_log *log)
{
    char why[256];
    if (options->presentation_mode == PVGPU_HEADLESS)
        return false;
    if (pvgpu_window_open_display(why, sizeof(why)))
        return true;
    pvgpu_warn(log, "No display for a window: %s; the VM is served without one", why);
    return false;
}

static int serve_d3d11(const struct pvgpu_renderer_parts *parts)
{
    const struct pvgpu_options *options = parts->options;
    bool window = open_display(options, &parts->log), lost = false;
    if (!pvgpu_gpu_d3d11_prepare(options->shader_cache, window, &parts->log)) {
        atomic_store(&pvgpu_renderer_page(parts)->health, PVGPU_RENDERER_FAILED);
        return PVGPU_EXIT_GPU;
    }
    int code = window ? serve_windowed(parts, &lost) : pvgpu_renderer_serve(parts);
    if (lost)
        return code; /* to close what is gone would be to wait for it */
    pvgpu_gpu_d3d11_unprepare();
    if (window)
        pvgpu_window_close_display();
    return code;
}

int pvgpu_renderer_main(const struct pvgpu_options *options, const struct pvgpu_log *log)
{
    struct pvgpu_renderer_parts parts = {
        .options = options,
        .vm = options->vm,
        .frames_path = options->frames_path,
        .log = pvgpu_log_for(log, "pvgpu_backend::renderer"),
    };
    long long memory, page, wake, interrupt, frames;
    unsigned long long memory_bytes, page_bytes;
    int needs_poll;
    unsigned resets;
    keep_memory();
    if (!options->handles || !options->vm ||
        sscanf(options->handles, "%lld:%llu,%lld:%llu,%lld,%lld,%lld,%d,%u", &memory, &memory_bytes, &page, &page_bytes,
               &wake, &interrupt, &frames, &needs_poll, &resets) != 9) {
        pvgpu_error(log, "The renderer is started by the service, not by hand");
        return PVGPU_EXIT_USAGE;
    }
    parts.needs_poll = needs_poll != 0;
    parts.resets = (enum pvgpu_resets)resets;
    parts.frames_listener = (pvgpu_handle)frames;
    pvgpu_event_adopt(&parts.wake, (pvgpu_handle)wake);
    pvgpu_event_adopt(&parts.interrupt, (pvgpu_handle)interrupt);
    if (!pvgpu_shared_memory_adopt(&parts.memory, (pvgpu_handle)memory, memory_bytes, PVGPU_POPULATE_WRITE, log))
        return PVGPU_EXIT_FAILURE;
    if (!pvgpu_shared_memory_adopt(&parts.page_memory, (pvgpu_handle)page, page_bytes, PVGPU_POPULATE_NONE, log)) {
        pvgpu_shared_memory_finish(&parts.memory);
        return PVGPU_EXIT_FAILURE;
    }
    int code = options->renderer == PVGPU_RENDERER_D3D11 ? serve_d3d11(&parts) : pvgpu_renderer_serve(&parts);
    pvgpu_shared_memory_finish(&parts.page_memory);
    pvgpu_shared_memory_finish(&parts.memory);
    return code;
}
