/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "service/supervisor.h"

#include "base/time.h"
#include "os/endpoint.h"
#include "os/event.h"
#include "os/process.h"
#include "os/stop.h"
#include "service/paths.h"
#include "service/session.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENDPOINTS 2
/* Sessions get this long to say good-bye to their guests. */
#define STOP_TIMEOUT_NS (1500 * PVGPU_NS_PER_MS)
/* A renderer dies with its session, unless its driver keeps it in the kernel. */
#define LAST_WORDS_NS (200 * PVGPU_NS_PER_MS)

struct endpoint {
    bool is_vfio_user;
    char path[PVGPU_PATH_BYTES];
    char frames_path[PVGPU_PATH_BYTES];
    struct pvgpu_listener *listener;
    struct pvgpu_listener *frames; /* NULL on Windows, where renderers open it themselves */
    struct pvgpu_process session; /* id 0: nobody is connected */
    struct pvgpu_log_source *said; /* what the session's processes say; may be NULL */
    char vm[16];
};

struct supervisor {
    const struct pvgpu_options *options;
    struct endpoint endpoints[ENDPOINTS];
    size_t count;
    pvgpu_handle stop;
    pvgpu_handle report; /* ready when statistics are asked for; may be PVGPU_NO_HANDLE */
    struct pvgpu_event quit; /* tells sessions to end */
    unsigned next_vm;
    struct pvgpu_log_sink *sink;
    struct pvgpu_log log;
};

static bool open_endpoint(struct supervisor *supervisor, const char *path, bool is_vfio_user)
{
    struct endpoint *endpoint = &supervisor->endpoints[supervisor->count];
    const char *frames = supervisor->options->frames_path;
    *endpoint = (struct endpoint){.is_vfio_user = is_vfio_user, .session = {.handle = PVGPU_NO_HANDLE}};
    bool fits = snprintf(endpoint->path, sizeof(endpoint->path), "%s", path) < (int)sizeof(endpoint->path);
    if (frames)
        fits &= snprintf(endpoint->frames_path, sizeof(endpoint->frames_path), "%s", frames) <
                (int)sizeof(endpoint->frames_path);
    else
        fits &= snprintf(endpoint->frames_path, sizeof(endpoint->frames_path), "%s.frames", path) <
                (int)sizeof(endpoint->frames_path);
    if (!fits) {
        pvgpu_error(&supervisor->log, "The path of an endpoint is too long: %s", path);
        return false;
    }
    endpoint->listener = pvgpu_listener_open(path, &supervisor->log);
    if (!endpoint->listener)
        return false;
#ifndef _WIN32
    /* There before the VM, so that consumers can wait for its first frame; renderers accept them. */
    endpoint->frames = pvgpu_listener_open(endpoint->frames_path, &supervisor->log);
    if (!endpoint->frames) {
        pvgpu_listener_destroy(endpoint->listener);
        return false;
    }
#endif
    supervisor->count++;
    pvgpu_info(&supervisor->log, "Listening for %s on %s (frames: %s)",
               is_vfio_user ? "vfio-user" : "QEMU's pvgpu device", endpoint->path, endpoint->frames_path);
    return true;
}

/* The processes of its VM are gone: their last words go in front of what we say about it. */
static void stop_listening(struct endpoint *endpoint)
{
    pvgpu_log_source_destroy(endpoint->said, LAST_WORDS_NS);
    endpoint->said = NULL;
}

/* Starts the session process of a VM that has just connected. The stream is closed here in any case. */
static void start_session(struct supervisor *supervisor, struct endpoint *endpoint, struct pvgpu_stream *stream)
{
    pvgpu_handle handles[4] = {pvgpu_stream_handle(stream), supervisor->quit.handle}, output = PVGPU_NO_HANDLE;
    size_t count = 2;
    if (endpoint->frames)
        handles[count++] = pvgpu_listener_wait_handle(endpoint->frames);
    struct pvgpu_arguments arguments;
    pvgpu_options_to_arguments(supervisor->options, "pvgpu-session", &arguments);
    pvgpu_arguments_add(&arguments, "--role", "session");
    pvgpu_arguments_add(&arguments, "--vm", "%s", endpoint->vm);
    pvgpu_arguments_add(&arguments, "--frames-path", "%s", endpoint->frames_path);
    pvgpu_arguments_add(&arguments, "--parent", "%lld", (long long)pvgpu_process_id());
    pvgpu_arguments_add(&arguments, "--handles", "%lld,%lld,%lld,%d", (long long)pvgpu_process_child_handle(handles, 0),
                        (long long)pvgpu_process_child_handle(handles, 1),
                        endpoint->frames ? (long long)pvgpu_process_child_handle(handles, 2) : -1LL,
                        endpoint->is_vfio_user);
    /* Without a pipe they share our standard error: better than no VM. */
    endpoint->said = pvgpu_log_source_create(supervisor->sink, endpoint->vm);
    if (endpoint->said) {
        output = pvgpu_log_source_writer(endpoint->said);
        handles[count++] = pvgpu_log_source_board(endpoint->said);
        pvgpu_arguments_add(&arguments, "--log-board", "%lld",
                            (long long)pvgpu_process_child_handle(handles, count - 1));
    }
    bool started =
        pvgpu_process_spawn_self_to(&endpoint->session, arguments.list, handles, count, output, &supervisor->log);
    if (endpoint->said)
        pvgpu_log_source_given(endpoint->said);
    if (started)
        pvgpu_debug(&supervisor->log, "Session of %s started (process %lld)", endpoint->vm,
                    (long long)endpoint->session.id);
    else
        stop_listening(endpoint);
    pvgpu_stream_destroy(stream);
}

/* --single-process: the one VM is served right here. */
static void serve_here(struct supervisor *supervisor, struct endpoint *endpoint, struct pvgpu_stream *stream)
{
    struct pvgpu_session_config config = {
        .options = supervisor->options,
        .stream = stream,
        .is_vfio_user = endpoint->is_vfio_user,
        .vm = endpoint->vm,
        .frames_path = endpoint->frames_path,
        .frames_listener = endpoint->frames ? pvgpu_listener_wait_handle(endpoint->frames) : PVGPU_NO_HANDLE,
        .quit = supervisor->stop,
        .log = supervisor->log,
    };
    config.log.vm = endpoint->vm;
    pvgpu_session_run(&config);
}

static void accept_vm(struct supervisor *supervisor, struct endpoint *endpoint)
{
    struct pvgpu_peer peer = {0};
    struct pvgpu_stream *stream = pvgpu_listener_accept(endpoint->listener);
    if (!stream)
        return;
    pvgpu_stream_peer(stream, &peer);
    snprintf(endpoint->vm, sizeof(endpoint->vm), "vm%u", ++supervisor->next_vm);
    pvgpu_info(&supervisor->log, "%s connected (process %lld)", endpoint->vm, (long long)peer.process_id);
    if (supervisor->options->single_process)
        serve_here(supervisor, endpoint, stream);
    else
        start_session(supervisor, endpoint, stream);
}

/* What an access beyond the end of a truncated mapping gives. */
static bool is_bus_error(int code)
{
#ifdef SIGBUS
    return code == -SIGBUS;
#else
    (void)code;
    return false;
#endif
}

static void reap_session(struct supervisor *supervisor, struct endpoint *endpoint)
{
    int code = 0;
    if (!pvgpu_process_wait(&endpoint->session, 0, &code))
        return;
    stop_listening(endpoint);
    if (code)
        pvgpu_warn(&supervisor->log, "The session of %s ended abnormally (%s %d%s)", endpoint->vm,
                   code < 0 ? "signal" : "exit code", code < 0 ? -code : code,
                   is_bus_error(code) ? ": its peer has truncated the shared memory" : "");
    else
        pvgpu_info(&supervisor->log, "%s disconnected", endpoint->vm);
}

/* Each session logs what it has counted. */
static void pass_on_report(struct supervisor *supervisor)
{
    bool any = false;
    pvgpu_report_take(supervisor->report);
    for (size_t i = 0; i < supervisor->count; i++) {
        any |= supervisor->endpoints[i].session.id != 0;
        pvgpu_process_ask_report(&supervisor->endpoints[i].session);
    }
    if (!any)
        pvgpu_info(&supervisor->log, "Statistics: no VM is connected");
}

static void serve(struct supervisor *supervisor)
{
    enum { STOP, REPORT, FIRST_ENDPOINT };
    for (;;) {
        pvgpu_handle handles[FIRST_ENDPOINT + ENDPOINTS];
        handles[STOP] = supervisor->stop;
        handles[REPORT] = supervisor->report;
        for (size_t i = 0; i < supervisor->count; i++) {
            struct endpoint *endpoint = &supervisor->endpoints[i];
            /* While a VM is connected the next one waits in the endpoint's queue. */
            handles[FIRST_ENDPOINT + i] =
                endpoint->session.id ? endpoint->session.handle : pvgpu_listener_wait_handle(endpoint->listener);
        }
        uint32_t ready = pvgpu_handle_wait_any(handles, FIRST_ENDPOINT + supervisor->count, PVGPU_NO_TIMEOUT);
        if (ready & UINT32_C(1) << STOP)
            return;
        if (ready & UINT32_C(1) << REPORT)
            pass_on_report(supervisor);
        for (size_t i = 0; i < supervisor->count; i++) {
            struct endpoint *endpoint = &supervisor->endpoints[i];
            if (!(ready & UINT32_C(1) << (FIRST_ENDPOINT + i)))
                continue;
            if (endpoint->session.id)
                reap_session(supervisor, endpoint);
            else
                accept_vm(supervisor, endpoint);
        }
    }
}

static void end_sessions(struct supervisor *supervisor)
{
    uint64_t deadline = pvgpu_time_deadline_ns(STOP_TIMEOUT_NS);
    pvgpu_event_signal(&supervisor->quit);
    for (size_t i = 0; i < supervisor->count; i++) {
        struct pvgpu_process *session = &supervisor->endpoints[i].session;
        if (!pvgpu_process_wait(session, pvgpu_time_left_ns(deadline), NULL)) {
            pvgpu_warn(&supervisor->log, "The session of %s does not end when asked: it is ended by force",
                       supervisor->endpoints[i].vm);
            pvgpu_process_kill(session);
            pvgpu_process_wait(session, PVGPU_NO_TIMEOUT, NULL);
        }
        stop_listening(&supervisor->endpoints[i]);
    }
}

static bool open_endpoints(struct supervisor *supervisor)
{
    const struct pvgpu_options *options = supervisor->options;
    char standard[PVGPU_PATH_BYTES];
    if (options->vfio_user && !open_endpoint(supervisor, options->vfio_user, true))
        return false;
    if (options->pipe_path)
        return open_endpoint(supervisor, options->pipe_path, false);
    if (options->vfio_user)
        return true;
    return pvgpu_default_pipe_path(standard, &supervisor->log) && open_endpoint(supervisor, standard, false);
}

int pvgpu_supervisor_run(const struct pvgpu_options *options, struct pvgpu_log_sink *sink, const struct pvgpu_log *log)
{
    int code = PVGPU_EXIT_ENDPOINT;
    struct supervisor supervisor = {
        .options = options, .sink = sink, .log = pvgpu_log_for(log, "pvgpu_backend::supervisor")};
    supervisor.stop = pvgpu_stop_watch();
    supervisor.report = pvgpu_report_watch();
    if (supervisor.stop == PVGPU_NO_HANDLE || !pvgpu_event_init(&supervisor.quit)) {
        pvgpu_error(log, "Cannot watch for requests to end");
        pvgpu_handle_close(supervisor.report);
        pvgpu_handle_close(supervisor.stop);
        return PVGPU_EXIT_FAILURE;
    }
    if (open_endpoints(&supervisor)) {
        serve(&supervisor);
        pvgpu_info(log, "PVGPU Backend Service is ending");
        end_sessions(&supervisor);
        code = PVGPU_EXIT_OK;
    }
    for (size_t i = 0; i < supervisor.count; i++) {
        pvgpu_listener_destroy(supervisor.endpoints[i].frames);
        pvgpu_listener_destroy(supervisor.endpoints[i].listener);
    }
    pvgpu_event_finish(&supervisor.quit);
    pvgpu_handle_close(supervisor.report);
    pvgpu_handle_close(supervisor.stop);
    return code;
}
