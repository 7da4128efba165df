/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "service/renderer_host.h"

#include "base/time.h"

#include <stdio.h>

/* Order of the handles that a renderer process inherits; renderer_main.c reads them back. */
enum { HANDLE_MEMORY, HANDLE_PAGE, HANDLE_WAKE, HANDLE_INTERRUPT, HANDLE_FRAMES, HANDLE_COUNT };
/* Behind them what not every renderer has: here the board of the log. */
#define HANDLE_MOST (HANDLE_COUNT + 1)

static void run_thread(void *argument)
{
    struct pvgpu_renderer_host *host = argument;
    pvgpu_renderer_serve(host->parts);
    pvgpu_event_signal(&host->ended);
}

static bool start_thread(struct pvgpu_renderer_host *host)
{
    if (!pvgpu_event_init(&host->ended)) {
        pvgpu_error(&host->parts->log, "Cannot make an event for the renderer");
        return false;
    }
    if (!pvgpu_thread_start(&host->thread, "render", run_thread, host)) {
        pvgpu_error(&host->parts->log, "Cannot start the renderer's thread");
        pvgpu_event_finish(&host->ended);
        return false;
    }
    return true;
}

static bool start_process(struct pvgpu_renderer_host *host)
{
    const struct pvgpu_renderer_parts *parts = host->parts;
    pvgpu_handle handles[HANDLE_MOST] = {
        [HANDLE_MEMORY] = parts->memory.handle,   [HANDLE_PAGE] = parts->page_memory.handle,
        [HANDLE_WAKE] = parts->wake.handle,       [HANDLE_INTERRUPT] = parts->interrupt.handle,
        [HANDLE_FRAMES] = parts->frames_listener,
    };
    size_t count = parts->frames_listener == PVGPU_NO_HANDLE ? HANDLE_FRAMES : HANDLE_COUNT;
    long long numbers[HANDLE_COUNT];
    for (size_t i = 0; i < HANDLE_COUNT; i++)
        numbers[i] = i < count ? (long long)pvgpu_process_child_handle(handles, i) : -1;

    struct pvgpu_arguments arguments;
    pvgpu_options_to_arguments(parts->options, "pvgpu-renderer", &arguments);
    pvgpu_arguments_add(&arguments, "--role", "renderer");
    pvgpu_arguments_add(&arguments, "--vm", "%s", parts->vm);
    pvgpu_arguments_add(&arguments, "--frames-path", "%s", parts->frames_path);
    pvgpu_arguments_add(&arguments, "--parent", "%lld", (long long)pvgpu_process_id());
    pvgpu_arguments_add(&arguments, "--handles", "%lld:%llu,%lld:%llu,%lld,%lld,%lld,%d,%u", numbers[HANDLE_MEMORY],
                        (unsigned long long)parts->memory.size, numbers[HANDLE_PAGE],
                        (unsigned long long)parts->page_memory.size, numbers[HANDLE_WAKE], numbers[HANDLE_INTERRUPT],
                        numbers[HANDLE_FRAMES], parts->needs_poll ? 1 : 0, (unsigned)parts->resets);
    pvgpu_handle board = pvgpu_options_log_board(parts->options);
    if (board != PVGPU_NO_HANDLE) {
        handles[count++] = board;
        pvgpu_arguments_add(&arguments, "--log-board", "%lld",
                            (long long)pvgpu_process_child_handle(handles, count - 1));
    }
    return pvgpu_process_spawn_self(&host->process, arguments.list, handles, count, &parts->log);
}

bool pvgpu_renderer_host_start(struct pvgpu_renderer_host *host, const struct pvgpu_renderer_parts *parts)
{
    struct pvgpu_control_page *page = pvgpu_renderer_page(parts);
    *host = (struct pvgpu_renderer_host){
        .is_thread = parts->options->single_process,
        .process = {.handle = PVGPU_NO_HANDLE},
        .parts = parts,
    };
    atomic_store(&page->quit, 0);
    atomic_store(&page->health, PVGPU_RENDERER_STARTING);
    pvgpu_progress_init(&page->progress);
    host->running = host->is_thread ? start_thread(host) : start_process(host);
    return host->running;
}

pvgpu_handle pvgpu_renderer_host_wait_handle(const struct pvgpu_renderer_host *host)
{
    if (!host->running)
        return PVGPU_NO_HANDLE;
    return host->is_thread ? host->ended.handle : host->process.handle;
}

void pvgpu_renderer_host_reap(struct pvgpu_renderer_host *host, char *text, size_t size)
{
    int code = 0;
    host->running = false;
    if (host->is_thread) {
        pvgpu_thread_join(&host->thread);
        pvgpu_event_finish(&host->ended);
        snprintf(text, size, "its thread ended");
        return;
    }
    pvgpu_process_wait(&host->process, PVGPU_NO_TIMEOUT, &code);
    if (code < 0)
        snprintf(text, size, "ended by signal %d", -code);
    else
        snprintf(text, size, "exit code %d", code);
}

void pvgpu_renderer_host_stop(struct pvgpu_renderer_host *host, uint64_t timeout_ns)
{
    if (!host->running)
        return;
    struct pvgpu_control_page *page = pvgpu_renderer_page(host->parts);
    struct pvgpu_event wake = host->parts->wake;
    atomic_store(&page->quit, 1);
    pvgpu_event_signal(&wake);
    host->running = false;
    if (host->is_thread) {
        pvgpu_thread_join(&host->thread);
        pvgpu_event_finish(&host->ended);
        return;
    }
    if (!pvgpu_process_wait(&host->process, timeout_ns, NULL)) {
        pvgpu_warn(&host->parts->log, "The renderer does not end when asked: it is ended by force");
        pvgpu_process_kill(&host->process);
        pvgpu_process_wait(&host->process, PVGPU_NO_TIMEOUT, NULL);
    }
}

bool pvgpu_renderer_host_end(struct pvgpu_renderer_host *host)
{
    if (!host->running || host->is_thread)
        return false;
    pvgpu_process_kill(&host->process);
    return true;
}

bool pvgpu_renderer_host_kill(struct pvgpu_renderer_host *host)
{
    if (!host->running)
        return true;
    if (host->is_thread)
        return false;
    pvgpu_process_kill(&host->process);
    pvgpu_process_wait(&host->process, PVGPU_NO_TIMEOUT, NULL);
    host->running = false;
    return true;
}
