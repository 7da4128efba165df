/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "service/supervisor.h"

#include "base/time.h"
#include "link/ivshmem_file.h"
#include "os/endpoint.h"
#include "os/notify.h"
#include "os/stop.h"
#include "service/control_answers.h"
#include "service/vm.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENDPOINTS_MOST (PVGPU_CONFIG_VMS_MOST + PVGPU_LINK_KINDS)
/* Sessions get this long to say good-bye to their guests. */
#define STOP_TIMEOUT_NS (1500 * PVGPU_NS_PER_MS)

/*
 * A session of ivshmem-plain that ends is followed by another, after a while: soon, since the guest waits, and later each
 * time if they end one after the other.
 */
#define RENEW_FIRST_NS (250 * PVGPU_NS_PER_MS)
#define RENEW_LAST_NS (60 * PVGPU_NS_PER_S)

/* Where VMs connect; or a file that they share, where no connection tells of them. */
struct endpoint {
    const char *name; /* of its one VM; NULL: they are called vm1, vm2... */
    const struct pvgpu_options *options; /* of its VMs */
    enum pvgpu_link_kind link;
    char path[PVGPU_PATH_BYTES];
    char frames_path[PVGPU_PATH_BYTES]; /* of the VM that has it first */
    struct pvgpu_listener *listener; /* NULL: there is a file */
    struct pvgpu_ivshmem_file *file; /* NULL: there is a listener */
    char vm_name[PVGPU_VM_NAME_BYTES]; /* with a file: of the VM that it is; empty: had none yet */
    uint64_t renew_due_ns; /* with a file, while it has no session: when it gets one */
    uint64_t renew_delay_ns; /* the last that was waited; 0: none */
    struct pvgpu_listener *frames; /* NULL on Windows, where renderers open it themselves */
    size_t vms; /* connected */
    bool frames_used;
};

struct supervisor {
    const struct pvgpu_config *config;
    struct endpoint endpoints[ENDPOINTS_MOST];
    size_t endpoint_count;
    struct pvgpu_vm *vms; /* config->options.max_vms places */
    struct endpoint *of[PVGPU_WAIT_MAX]; /* the endpoint of each place that is taken */
    size_t connected;
    bool full; /* said that no place is left */
    unsigned next_vm;
    struct pvgpu_control_server *control; /* NULL: there is none */
    struct pvgpu_log_sink *sink;
    struct pvgpu_log_filter filter; /* what the sink has */
    pvgpu_handle stop;
    pvgpu_handle report; /* ready when statistics are asked for; may be PVGPU_NO_HANDLE */
    unsigned vms_ever; /* that have connected */
    uint64_t start_ns;
    uint64_t watchdog_due_ns; /* when the service manager is to hear of us */
    struct pvgpu_log log;
};

static size_t places(const struct supervisor *supervisor)
{
    return supervisor->config->options.max_vms;
}

/* ---- Endpoints ---------------------------------------------------------------------------------------------------- */

/* Whether its VMs have a frame channel. */
static bool has_frames(const struct endpoint *endpoint)
{
    return endpoint->options->presentation_mode != PVGPU_WINDOWED;
}

static const char *meaning_of(enum pvgpu_link_kind link)
{
    return link == PVGPU_LINK_KIND_PIPE ? "QEMU's pvgpu device" : pvgpu_link_kind_name(link);
}

static bool open_link(struct supervisor *supervisor, struct endpoint *endpoint)
{
    if (endpoint->link == PVGPU_LINK_KIND_IVSHMEM_PLAIN)
        endpoint->file = pvgpu_ivshmem_file_open(endpoint->path, endpoint->options->shmem_size, &supervisor->log);
    else
        endpoint->listener = pvgpu_listener_open(endpoint->path, &supervisor->log);
    return endpoint->file || endpoint->listener;
}

static void close_link(struct endpoint *endpoint)
{
    pvgpu_listener_destroy(endpoint->listener);
    pvgpu_ivshmem_file_close(endpoint->file);
}

static bool open_endpoint(struct supervisor *supervisor, const struct endpoint *wanted, const char *path,
                          const char *frames_path)
{
    struct endpoint *endpoint = &supervisor->endpoints[supervisor->endpoint_count];
    *endpoint = *wanted;
    bool fits = snprintf(endpoint->path, sizeof(endpoint->path), "%s", path) < (int)sizeof(endpoint->path);
    int length = snprintf(endpoint->frames_path, sizeof(endpoint->frames_path), "%s%s",
                          frames_path ? frames_path : path, frames_path ? "" : ".frames");
    if (!fits || length >= (int)sizeof(endpoint->frames_path)) {
        pvgpu_error(&supervisor->log, "The path of an endpoint is too long: %s", path);
        return false;
    }
    if (!open_link(supervisor, endpoint))
        return false;
#ifndef _WIN32
    /* There before the VM, so that consumers can wait for its first frame; renderers accept them. */
    if (has_frames(endpoint))
        endpoint->frames = pvgpu_listener_open(endpoint->frames_path, &supervisor->log);
    if (has_frames(endpoint) && !endpoint->frames) {
        close_link(endpoint);
        return false;
    }
#endif
    supervisor->endpoint_count++;
    pvgpu_info(&supervisor->log, "Listening for %s%s%s on %s (frames: %s)", meaning_of(endpoint->link),
               endpoint->name ? " of " : "", endpoint->name ? endpoint->name : "", endpoint->path,
               has_frames(endpoint) ? endpoint->frames_path : "none, windowed");
    return true;
}

static bool open_named_endpoint(struct supervisor *supervisor, const struct pvgpu_vm_config *vm)
{
    char standard[PVGPU_PATH_BYTES];
    struct endpoint endpoint = {.name = vm->name, .options = &vm->options, .link = (enum pvgpu_link_kind)vm->link};
    if (!vm->path && endpoint.link == PVGPU_LINK_KIND_IVSHMEM_PLAIN)
        pvgpu_name_vm_file(standard, vm->name);
    else if (!vm->path && !pvgpu_default_vm_path(standard, vm->name, &supervisor->log))
        return false;
    return open_endpoint(supervisor, &endpoint, vm->path ? vm->path : standard, vm->frames_path);
}

/* The endpoints of VMs without a table: as told, or the default one if there are no tables. */
static bool open_endpoints(struct supervisor *supervisor)
{
    const struct pvgpu_options *options = &supervisor->config->options;
    char standard[PVGPU_PATH_BYTES];
    for (size_t i = 0; i < supervisor->config->vm_count; i++) {
        if (!open_named_endpoint(supervisor, &supervisor->config->vms[i]))
            return false;
    }
    for (unsigned link = 0; link < PVGPU_LINK_KINDS; link++) {
        struct endpoint endpoint = {.options = options, .link = (enum pvgpu_link_kind)link};
        const char *path = pvgpu_options_endpoint(options, endpoint.link);
        if (path && !open_endpoint(supervisor, &endpoint, path, options->frames_path))
            return false;
    }
    if (pvgpu_options_has_endpoint(options) || supervisor->config->vm_count)
        return true;
    struct endpoint pipe = {.options = options, .link = PVGPU_LINK_KIND_PIPE};
    return pvgpu_default_pipe_path(standard, &supervisor->log) &&
           open_endpoint(supervisor, &pipe, standard, options->frames_path);
}

/* Whether a VM of that endpoint is on its way out: who comes now is to have its place and its name for frames. */
static bool is_leaving(const struct supervisor *supervisor, const struct endpoint *endpoint)
{
    for (size_t i = 0; endpoint->vms && i < places(supervisor); i++) {
        const struct pvgpu_vm *vm = &supervisor->vms[i];
        if (supervisor->of[i] == endpoint &&
            (atomic_load(&pvgpu_vm_page(vm)->leaving) || (vm->peer && !pvgpu_process_is_alive(vm->peer))))
            return true;
    }
    return false;
}

/* Files whose sessions are to begin again have their places kept. */
static size_t kept_places(const struct supervisor *supervisor)
{
    size_t count = 0;
    for (size_t i = 0; i < supervisor->endpoint_count; i++)
        count += supervisor->endpoints[i].file && !supervisor->endpoints[i].vms;
    return count;
}

/*
 * Any link but the pipe has one device at its end, and a table is a VM: one at a time. The next waits in the endpoint's
 * queue.
 */
static bool may_accept(const struct supervisor *supervisor, const struct endpoint *endpoint)
{
    bool one = endpoint->name || endpoint->link != PVGPU_LINK_KIND_PIPE || endpoint->options->single_process;
    return endpoint->listener && supervisor->connected + kept_places(supervisor) < places(supervisor) &&
           !(one && endpoint->vms) && !is_leaving(supervisor, endpoint);
}

/* ---- VMs ----------------------------------------------------------------------------------------------------------- */

static size_t free_place(const struct supervisor *supervisor)
{
    size_t place = 0;
    while (supervisor->of[place])
        place++;
    return place;
}

static void take_place(struct supervisor *supervisor, size_t place, struct endpoint *endpoint)
{
    supervisor->of[place] = endpoint;
    supervisor->connected++;
    endpoint->vms++;
    if (supervisor->connected == places(supervisor) && !supervisor->full && !endpoint->options->single_process) {
        supervisor->full = true;
        pvgpu_warn(&supervisor->log, "%zu VMs are connected, which is the limit (max_vms): others wait",
                   places(supervisor));
    }
}

static void give_place_back(struct supervisor *supervisor, size_t place)
{
    struct endpoint *endpoint = supervisor->of[place];
    if (supervisor->vms[place].frames && supervisor->vms[place].frames == endpoint->frames)
        supervisor->vms[place].frames = NULL; /* it stays, for the next one */
    if (strcmp(supervisor->vms[place].frames_path, endpoint->frames_path) == 0)
        endpoint->frames_used = false;
    pvgpu_vm_finish(&supervisor->vms[place]);
    supervisor->of[place] = NULL;
    supervisor->connected--;
    supervisor->full = false;
    endpoint->vms--;
}

/* The first VM of an endpoint has the endpoint's own frames; the others get one with their name in it. False: none. */
static bool choose_frames(struct supervisor *supervisor, struct endpoint *endpoint, struct pvgpu_vm *vm)
{
    if (!endpoint->frames_used || !has_frames(endpoint)) {
        endpoint->frames_used = true;
        vm->frames = endpoint->frames;
        snprintf(vm->frames_path, sizeof(vm->frames_path), "%s", endpoint->frames_path);
        return has_frames(endpoint);
    }
    if (snprintf(vm->frames_path, sizeof(vm->frames_path), "%s.%s", endpoint->frames_path, vm->name) >=
        (int)sizeof(vm->frames_path))
        return false;
#ifdef _WIN32
    (void)supervisor; /* the renderer opens it */
    return true;
#else
    vm->frames = pvgpu_listener_open(vm->frames_path, &supervisor->log);
    return vm->frames != NULL;
#endif
}

static bool has_first(const struct supervisor *supervisor)
{
    for (size_t i = 0; i < places(supervisor); i++) {
        if (supervisor->of[i] && supervisor->vms[i].is_first)
            return true;
    }
    return false;
}

/* A file is the same VM as long as the service lasts. */
static void name_vm(struct supervisor *supervisor, struct endpoint *endpoint, struct pvgpu_vm *vm)
{
    if (endpoint->name)
        snprintf(vm->name, sizeof(vm->name), "%s", endpoint->name);
    else if (*endpoint->vm_name)
        memcpy(vm->name, endpoint->vm_name, sizeof(vm->name));
    else
        snprintf(vm->name, sizeof(vm->name), "vm%u", ++supervisor->next_vm);
    if (!endpoint->file || !*endpoint->vm_name)
        supervisor->vms_ever++;
    if (endpoint->file)
        memcpy(endpoint->vm_name, vm->name, sizeof(vm->name));
}

/* A VM begins: at the other end of the stream, which is taken, or of the endpoint's file. */
static void begin_vm(struct supervisor *supervisor, struct endpoint *endpoint, struct pvgpu_stream *stream)
{
    struct pvgpu_peer peer = {0};
    if (stream)
        pvgpu_stream_peer(stream, &peer);
    size_t place = free_place(supervisor);
    struct pvgpu_vm *vm = &supervisor->vms[place];
    pvgpu_vm_init(vm, endpoint->options, endpoint->link);
    vm->is_first = !has_first(supervisor);
    name_vm(supervisor, endpoint, vm);
    vm->peer = peer.process_id;
    if (endpoint->file)
        vm->file = pvgpu_ivshmem_file_handle(endpoint->file);
    take_place(supervisor, place, endpoint);
    bool good = choose_frames(supervisor, endpoint, vm);
    if (endpoint->file)
        pvgpu_info(&supervisor->log, "%s begins with %s (frames: %s)", vm->name, endpoint->path,
                   good ? vm->frames_path : "none");
    else
        pvgpu_info(&supervisor->log, "%s connected (process %lld; frames: %s)", vm->name, (long long)peer.process_id,
                   good ? vm->frames_path : "none");
    if (endpoint->options->single_process) {
        pvgpu_vm_serve_here(vm, stream, supervisor->stop, &supervisor->log);
        give_place_back(supervisor, place);
    } else if (!pvgpu_vm_start(vm, stream, supervisor->sink, &supervisor->log)) {
        give_place_back(supervisor, place);
    }
}

static void accept_vm(struct supervisor *supervisor, struct endpoint *endpoint)
{
    struct pvgpu_stream *stream = pvgpu_listener_accept(endpoint->listener);
    if (stream)
        begin_vm(supervisor, endpoint, stream);
}

/* ---- Files, whose sessions last as long as the service -------------------------------------------------------------- */

/* Its session has ended, or could not begin. `lasted_ns`: how long it lived. */
static void plan_renewal(struct supervisor *supervisor, struct endpoint *endpoint, uint64_t lasted_ns)
{
    uint64_t delay = lasted_ns > RENEW_LAST_NS ? 0 : endpoint->renew_delay_ns * 2;
    delay = delay < RENEW_FIRST_NS ? RENEW_FIRST_NS : delay < RENEW_LAST_NS ? delay : RENEW_LAST_NS;
    endpoint->renew_delay_ns = delay;
    endpoint->renew_due_ns = pvgpu_time_deadline_ns(delay);
    pvgpu_info(&supervisor->log, "%s begins again in %" PRIu64 " ms", endpoint->vm_name, delay / PVGPU_NS_PER_MS);
}

/* When the next of them is to begin. */
static uint64_t renewal_due_ns(const struct supervisor *supervisor)
{
    uint64_t due = PVGPU_NO_TIMEOUT;
    for (size_t i = 0; i < supervisor->endpoint_count; i++) {
        const struct endpoint *endpoint = &supervisor->endpoints[i];
        if (endpoint->file && !endpoint->vms && endpoint->renew_due_ns < due)
            due = endpoint->renew_due_ns;
    }
    return due;
}

static void begin_files(struct supervisor *supervisor)
{
    for (size_t i = 0; i < supervisor->endpoint_count; i++) {
        struct endpoint *endpoint = &supervisor->endpoints[i];
        if (!endpoint->file || endpoint->vms || pvgpu_time_left_ns(endpoint->renew_due_ns) ||
            supervisor->connected == places(supervisor))
            continue;
        if (pvgpu_ivshmem_file_renew(endpoint->file))
            begin_vm(supervisor, endpoint, NULL);
        if (!endpoint->vms)
            plan_renewal(supervisor, endpoint, 0);
    }
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

static void reap_session(struct supervisor *supervisor, size_t place)
{
    struct pvgpu_vm *vm = &supervisor->vms[place];
    int code = 0;
    if (!pvgpu_process_wait(&vm->session, 0, &code))
        return;
    pvgpu_vm_hear_out(vm);
    if (code)
        pvgpu_warn(&supervisor->log, "The session of %s ended abnormally (%s %d%s)", vm->name,
                   code < 0 ? "signal" : "exit code", code < 0 ? -code : code,
                   is_bus_error(code) ? ": its peer has truncated the shared memory" : "");
    else
        pvgpu_info(&supervisor->log, "%s disconnected", vm->name);
    struct endpoint *endpoint = supervisor->of[place];
    uint64_t lasted_ns = pvgpu_time_now_ns() - vm->since_ns;
    give_place_back(supervisor, place);
    if (endpoint->file)
        plan_renewal(supervisor, endpoint, lasted_ns);
}

/* Each session logs what it has counted. */
static void pass_on_report(struct supervisor *supervisor)
{
    pvgpu_report_take(supervisor->report);
    for (size_t i = 0; i < places(supervisor); i++) {
        if (supervisor->of[i])
            pvgpu_process_ask_report(&supervisor->vms[i].session);
    }
    if (!supervisor->connected)
        pvgpu_info(&supervisor->log, "Statistics: no VM is connected");
}

/* ---- Control -------------------------------------------------------------------------------------------------------- */

static struct pvgpu_vm *find_vm(struct supervisor *supervisor, const char *name)
{
    for (size_t i = 0; i < places(supervisor); i++) {
        if (supervisor->of[i] && strcmp(supervisor->vms[i].name, name) == 0)
            return &supervisor->vms[i];
    }
    return NULL;
}

static void disconnect(struct supervisor *supervisor, struct pvgpu_vm *vm)
{
    pvgpu_info(&supervisor->log, "%s is disconnected, as asked", vm->name);
    pvgpu_event_signal(&vm->quit);
}

static void allow(struct supervisor *supervisor, struct pvgpu_vm *vm)
{
    pvgpu_info(&supervisor->log, "%s may have renderers again, as asked", vm->name);
    atomic_store(&pvgpu_vm_page(vm)->held, 0);
}

static void say_vms(struct supervisor *supervisor, struct pvgpu_control_answer *answer)
{
    for (size_t i = 0; i < places(supervisor); i++) {
        if (supervisor->of[i])
            pvgpu_control_say_vm(answer, &supervisor->vms[i]);
    }
}

static void say_service(struct supervisor *supervisor, struct pvgpu_control_answer *answer)
{
    struct pvgpu_process_usage usage = {0};
    pvgpu_process_get_usage(&usage);
    pvgpu_control_say(answer,
                      "version %s\nprocess %" PRId64 "\nrunning_ms %" PRIu64 "\nvms %zu\nmax_vms %zu\n"
                      "vms_ever %u\nresident_bytes %" PRIu64 "\nhandles %" PRIu64 "\n",
                      PVGPU_RELEASE, pvgpu_process_id(), (pvgpu_time_now_ns() - supervisor->start_ns) / PVGPU_NS_PER_MS,
                      supervisor->connected, places(supervisor), supervisor->vms_ever, usage.resident_bytes,
                      usage.handles);
}

/* Without an argument: what is logged now. */
static void answer_log_level(struct supervisor *supervisor, const char *argument, struct pvgpu_control_answer *answer)
{
    struct pvgpu_log_filter filter;
    char wrong[PVGPU_LOG_FILTER_WRONG_BYTES];
    if (!*argument) {
        pvgpu_control_say(answer, "ok\nlog_level %s\n", supervisor->filter.text);
    } else if (!pvgpu_log_filter_parse(&filter, argument, wrong)) {
        pvgpu_control_say(answer, "%s\n", wrong);
    } else {
        pvgpu_info(&supervisor->log, "What is logged changes to %s, as asked", argument);
        supervisor->filter = filter;
        pvgpu_log_sink_set_filter(supervisor->sink, &supervisor->filter);
        pvgpu_control_say(answer, "ok\n");
    }
}

/* "VERB", "VERB ARGUMENT". The first line of an answer is "ok" or what is wrong. */
static void answer_request(void *user, const char *request, struct pvgpu_control_answer *answer)
{
    static const struct {
        const char *verb;
        void (*act)(struct supervisor *supervisor, struct pvgpu_vm *vm);
    } verbs[] = {{"disconnect", disconnect}, {"allow", allow}};
    struct supervisor *supervisor = user;
    size_t length = strcspn(request, " ");
    const char *argument = request + length + (request[length] == ' ');
    if (strcmp(request, "service") == 0) {
        pvgpu_control_say(answer, "ok\n");
        say_service(supervisor, answer);
        return;
    }
    if (strcmp(request, "vms") == 0) {
        pvgpu_control_say(answer, "ok\n");
        say_vms(supervisor, answer);
        return;
    }
    if (length == strlen("log-level") && memcmp(request, "log-level", length) == 0) {
        answer_log_level(supervisor, argument, answer);
        return;
    }
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (strlen(verbs[i].verb) != length || memcmp(verbs[i].verb, request, length) != 0)
            continue;
        struct pvgpu_vm *vm = find_vm(supervisor, argument);
        if (vm)
            verbs[i].act(supervisor, vm);
        pvgpu_control_say(answer, vm ? "ok\n" : "there is no VM of that name\n");
        return;
    }
    pvgpu_control_say(answer, "there is no such request\n");
}

/* Only an endpoint that was asked for must be there: another service of this user may have the default one. */
static bool open_control(struct supervisor *supervisor)
{
    const char *path = supervisor->config->options.control_path;
    char standard[PVGPU_PATH_BYTES];
    struct pvgpu_log_catch caught = {0};
    struct pvgpu_log quiet = supervisor->log;
    quiet.errors = &caught;
    if (supervisor->config->options.single_process || (path && strcmp(path, "none") == 0))
        return true;
    if (path) {
        supervisor->control = pvgpu_control_server_create(path, answer_request, supervisor, &supervisor->log);
        return supervisor->control != NULL;
    }
    if (pvgpu_default_control_path(standard, &quiet))
        supervisor->control = pvgpu_control_server_create(standard, answer_request, supervisor, &quiet);
    if (!supervisor->control)
        pvgpu_info(&supervisor->log, "pvgpu-ctl cannot reach this service: %s", caught.text);
    return true;
}

/* ---- The loop ------------------------------------------------------------------------------------------------------ */

/* What is waited for, and what each handle stands for. */
struct waiting {
    pvgpu_handle handles[PVGPU_WAIT_MAX];
    struct endpoint *endpoints[PVGPU_WAIT_MAX]; /* NULL: a VM */
    size_t places[PVGPU_WAIT_MAX];
    size_t count;
};

enum { STOP, REPORT, CONTROL, OTHERS = CONTROL + PVGPU_CONTROL_HANDLES };

static void collect(struct supervisor *supervisor, struct waiting *waiting)
{
    waiting->handles[STOP] = supervisor->stop;
    waiting->handles[REPORT] = supervisor->report;
    for (size_t i = 0; i < PVGPU_CONTROL_HANDLES; i++)
        waiting->handles[CONTROL + i] = PVGPU_NO_HANDLE;
    if (supervisor->control)
        pvgpu_control_server_handles(supervisor->control, &waiting->handles[CONTROL]);
    waiting->count = OTHERS;
    for (size_t i = 0; i < places(supervisor); i++) {
        if (!supervisor->of[i])
            continue;
        waiting->endpoints[waiting->count] = NULL;
        waiting->places[waiting->count] = i;
        waiting->handles[waiting->count++] = supervisor->vms[i].session.handle;
    }
    for (size_t i = 0; i < supervisor->endpoint_count; i++) {
        if (!may_accept(supervisor, &supervisor->endpoints[i]))
            continue;
        waiting->endpoints[waiting->count] = &supervisor->endpoints[i];
        waiting->handles[waiting->count++] = pvgpu_listener_wait_handle(supervisor->endpoints[i].listener);
    }
}

/* The manager's watchdog is told twice as often as it wants to hear. */
static uint64_t tell_watchdog(struct supervisor *supervisor)
{
    uint64_t period = pvgpu_notify_watchdog_ns() / 2, now = pvgpu_time_now_ns();
    if (!period)
        return PVGPU_NO_TIMEOUT;
    if (now >= supervisor->watchdog_due_ns) {
        pvgpu_notify("WATCHDOG=1");
        supervisor->watchdog_due_ns = now + period;
    }
    return supervisor->watchdog_due_ns;
}

static void serve(struct supervisor *supervisor)
{
    struct waiting waiting;
    for (;;) {
        begin_files(supervisor);
        collect(supervisor, &waiting);
        uint64_t watchdog_due = tell_watchdog(supervisor), renewal_due = renewal_due_ns(supervisor);
        uint64_t due = supervisor->control ? pvgpu_control_server_deadline_ns(supervisor->control) : PVGPU_NO_TIMEOUT;
        due = due < watchdog_due ? due : watchdog_due;
        due = due < renewal_due ? due : renewal_due;
        uint64_t ready = pvgpu_handle_wait_any(waiting.handles, waiting.count, pvgpu_time_left_ns(due));
        if (ready & UINT64_C(1) << STOP)
            return;
        if (ready & UINT64_C(1) << REPORT)
            pass_on_report(supervisor);
        if (supervisor->control && (!ready || ready >> CONTROL & ((UINT64_C(1) << PVGPU_CONTROL_HANDLES) - 1)))
            pvgpu_control_server_dispatch(supervisor->control);
        for (size_t i = OTHERS; i < waiting.count; i++) {
            if (!(ready & UINT64_C(1) << i))
                continue;
            if (!waiting.endpoints[i])
                reap_session(supervisor, waiting.places[i]);
            else if (may_accept(supervisor, waiting.endpoints[i]))
                accept_vm(supervisor, waiting.endpoints[i]);
        }
    }
}

static void end_sessions(struct supervisor *supervisor)
{
    uint64_t deadline = pvgpu_time_deadline_ns(STOP_TIMEOUT_NS);
    for (size_t i = 0; i < places(supervisor); i++) {
        if (supervisor->of[i])
            pvgpu_event_signal(&supervisor->vms[i].quit);
    }
    for (size_t i = 0; i < places(supervisor); i++) {
        struct pvgpu_vm *vm = &supervisor->vms[i];
        if (!supervisor->of[i])
            continue;
        if (!pvgpu_process_wait(&vm->session, pvgpu_time_left_ns(deadline), NULL)) {
            pvgpu_warn(&supervisor->log, "The session of %s does not end when asked: it is ended by force", vm->name);
            pvgpu_process_kill(&vm->session);
            pvgpu_process_wait(&vm->session, PVGPU_NO_TIMEOUT, NULL);
        }
        give_place_back(supervisor, i);
    }
}

int pvgpu_supervisor_run(const struct pvgpu_config *config, struct pvgpu_log_sink *sink, const struct pvgpu_log *log)
{
    int code = PVGPU_EXIT_ENDPOINT;
    struct supervisor supervisor = {
        .config = config, .sink = sink, .log = pvgpu_log_for(log, "pvgpu_backend::supervisor")};
    supervisor.start_ns = pvgpu_time_now_ns();
    pvgpu_log_filter_parse(&supervisor.filter, config->options.log_level, NULL);
    supervisor.stop = pvgpu_stop_watch();
    supervisor.report = pvgpu_report_watch();
    supervisor.vms = calloc(places(&supervisor), sizeof(*supervisor.vms));
    if (supervisor.stop == PVGPU_NO_HANDLE || !supervisor.vms) {
        pvgpu_error(log, "Cannot watch for requests to end");
        code = PVGPU_EXIT_FAILURE;
        goto finish;
    }
    if (open_endpoints(&supervisor) && open_control(&supervisor)) {
        pvgpu_notify("READY=1");
        serve(&supervisor);
        pvgpu_notify("STOPPING=1");
        pvgpu_info(log, "PVGPU Backend Service is ending");
        end_sessions(&supervisor);
        code = PVGPU_EXIT_OK;
    }
    for (size_t i = 0; i < supervisor.endpoint_count; i++) {
        pvgpu_listener_destroy(supervisor.endpoints[i].frames);
        close_link(&supervisor.endpoints[i]);
    }
    pvgpu_control_server_destroy(supervisor.control);
finish:
    free(supervisor.vms);
    pvgpu_handle_close(supervisor.report);
    pvgpu_handle_close(supervisor.stop);
    return code;
}
