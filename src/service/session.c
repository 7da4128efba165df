/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "service/session.h"

#include "base/time.h"
#include "link/link.h"
#include "os/random.h"
#include "os/stop.h"
#include "render/renderer.h"
#include "service/renderer_host.h"
#include "service/statistics.h"
#include "shm/control.h"
#include "shm/layout.h"

#include <stdio.h>

/* A renderer is inside the guarded section for microseconds; one that is not out after this is as good as dead. */
#define EPOCH_TIMEOUT_NS (20 * PVGPU_NS_PER_MS)
#define STOP_TIMEOUT_NS (1 * PVGPU_NS_PER_S)

#define LOSSES_WITHIN_NS (60 * PVGPU_NS_PER_S)

/* How late we may come to look at a renderer before that is no chance of scheduling any more. */
#define OVERSLEPT_NS PVGPU_NS_PER_S

#define HEARTBEAT_NS (PVGPU_HEARTBEAT_MS * PVGPU_NS_PER_MS)

/* A guest that asks for one reset after the other, by number, does not get more of this thread's time. */
#define RESET_SPACING_NS (10 * PVGPU_NS_PER_MS)

#define REASON_DEVICE_RESET 0x887A0007u /* DXGI_ERROR_DEVICE_RESET */
#define REASON_DEVICE_REMOVED 0x887A0005u /* DXGI_ERROR_DEVICE_REMOVED */
#define REASON_DEVICE_HUNG 0x887A0006u /* DXGI_ERROR_DEVICE_HUNG */

struct session {
    const struct pvgpu_session_config *config;
    struct pvgpu_link *link;
    struct pvgpu_renderer_parts parts;
    struct pvgpu_renderer_host renderer;
    bool attached;
    uint64_t heartbeat_due_ns; /* PVGPU_NO_TIMEOUT on links that need none */
    uint64_t reset_allowed_ns; /* when the next reset by number may be carried out */
    uint64_t reset_due_ns; /* when one that came too early is looked for again; PVGPU_NO_TIMEOUT: there is none */
    uint64_t hang_due_ns; /* when the renderer counts as hanging; PVGPU_NO_TIMEOUT while nothing is outstanding */
    bool hangs; /* the renderer does, and was told to end, or is a thread and left alone */
    uint64_t losses_ns[PVGPU_RESTART_LIMIT_MOST]; /* when the last renderers were lost, as a ring */
    uint64_t losses;
    uint64_t renewed_epoch; /* the last one in which a renderer was replaced without a word; UINT64_MAX: none */
    pvgpu_handle report; /* ready when statistics are asked for; may be PVGPU_NO_HANDLE */
    /* The stand-in after a renderer died. */
    bool draining;
    struct pvgpu_thread drain_thread;
    _Atomic uint32_t drain_stop;
    _Atomic bool drain_saw_reset; /* set by its thread, with the interrupt event */
    struct pvgpu_log log;
    struct pvgpu_log_limit lines; /* about lost devices: a guest can lose one after the other */
};

static struct pvgpu_control_page *page_of(struct session *session)
{
    return pvgpu_renderer_page(&session->parts);
}

static struct pvgpu_control_region *region_of(struct session *session)
{
    return session->parts.memory.base;
}

/* ---- The stand-in ------------------------------------------------------------------------------------------------ */

static void drain(void *argument)
{
    struct session *session = argument;
    struct pvgpu_event wake = session->parts.wake, interrupt = session->parts.interrupt;
    uint32_t reason;
    struct pvgpu_renderer_config config = {
        .memory = &session->parts.memory,
        .page = page_of(session),
        .wake = &wake,
        .interrupt = &interrupt,
        .stop = &session->drain_stop,
        .needs_poll = session->parts.needs_poll,
        .resets = session->parts.resets,
        .log = session->log,
    };
    if (pvgpu_renderer_run(&config, &reason) == PVGPU_RENDERER_RESET) {
        atomic_store(&session->drain_saw_reset, true);
        pvgpu_event_signal(&interrupt);
    }
}

static void start_draining(struct session *session)
{
    atomic_store(&session->drain_stop, 0);
    atomic_store(&session->drain_saw_reset, false);
    session->draining = pvgpu_thread_start(&session->drain_thread, "drain", drain, session);
    if (!session->draining)
        pvgpu_error(&session->log, "Cannot start a thread to go on consuming the ring");
}

static void stop_draining(struct session *session)
{
    if (!session->draining)
        return;
    atomic_store(&session->drain_stop, 1);
    pvgpu_event_signal(&session->parts.wake);
    pvgpu_thread_join(&session->drain_thread);
    session->draining = false;
}

/* ---- The renderer's life ------------------------------------------------------------------------------------------ */

static bool start_renderer(struct session *session)
{
    atomic_store(&page_of(session)->lost_reason, 0);
    session->hangs = false;
    session->hang_due_ns = PVGPU_NO_TIMEOUT;
    if (!pvgpu_renderer_host_start(&session->renderer, &session->parts))
        return false;
    atomic_fetch_add_explicit(&page_of(session)->statistics.renderers, 1, memory_order_relaxed);
    if (session->renderer.is_thread)
        return true;
    atomic_store(&page_of(session)->renderer_process, session->renderer.process.id);
    pvgpu_debug(&session->log, "Renderer started (process %lld)", (long long)session->renderer.process.id);
    return true;
}

/* There is no renderer: the guest is told, and its commands go on being consumed. */
static void go_on_without(struct session *session, uint32_t reason)
{
    struct pvgpu_control_page *page = page_of(session);
    struct pvgpu_publisher publisher;
    pvgpu_publisher_init(&publisher, region_of(session), page);
    pvgpu_publish_error(&publisher, PVGPU_ERROR_DEVICE_LOST, reason, PVGPU_STATUS_DEVICE_LOST);
    pvgpu_statistics_error(&page->statistics, PVGPU_ERROR_DEVICE_LOST);
    session->link->ops->interrupt(session->link, PVGPU_VECTOR_ERROR);
    start_draining(session);
}

/*
 * A VM whose renderers are lost again and again, faster than any person resets a machine, costs the host a process start
 * and a driver's memory each time.
 */
static void count_loss(struct session *session)
{
    struct pvgpu_control_page *page = page_of(session);
    uint32_t limit = session->config->options->restart_limit;
    uint64_t now = pvgpu_time_now_ns();
    atomic_fetch_add_explicit(&page->statistics.renderers_lost, 1, memory_order_relaxed);
    if (!limit)
        return;
    session->losses_ns[session->losses++ % limit] = now;
    uint64_t oldest = session->losses_ns[session->losses % limit];
    if (session->losses < limit || now - oldest > LOSSES_WITHIN_NS || atomic_load(&page->held))
        return;
    session->losses = 0;
    atomic_store(&page->held, 1);
    pvgpu_error(&session->log,
                "Renderers lost within a minute: %u; there will be no other until \"pvgpu-ctl allow %s\"", limit,
                session->config->vm);
}

/*
 * An epoch of which nothing is published or consumed yet has nothing to lose: the guest has just reset a hanging device,
 * say, and another renderer can follow at once. It must: a device that is another process does not announce resets, and
 * another one now would not change a counter. Once an epoch, or a renderer that dies at its start would go round.
 */
static bool has_nothing_to_lose(struct session *session, uint64_t epoch)
{
    struct pvgpu_control_page *page = page_of(session);
    return atomic_load(&page->health) != PVGPU_RENDERER_FAILED && session->renewed_epoch != epoch &&
           !atomic_load(&page->held) && !pvgpu_control_producer(region_of(session)) && !atomic_load(&page->consumer) &&
           !atomic_load(&page->fence);
}

/* False: the guest must be told. */
static bool renew_renderer(struct session *session)
{
    uint64_t epoch = pvgpu_control_page_epoch(page_of(session));
    if (!has_nothing_to_lose(session, epoch))
        return false;
    session->renewed_epoch = epoch;
    return start_renderer(session);
}

static bool may_log(struct session *session)
{
    return pvgpu_log_may(&session->log, PVGPU_LOG_ERROR, &session->lines, "lost devices");
}

static void log_loss(struct session *session, const char *how, uint32_t reason)
{
    if (!may_log(session))
        return;
    if (atomic_load(&page_of(session)->health) == PVGPU_RENDERER_FAILED)
        pvgpu_error(&session->log, "The renderer could not start (%s): nothing will be drawn until the guest resets",
                    how);
    else
        pvgpu_log_with(&session->log, PVGPU_LOG_ERROR,
                       PVGPU_FIELDS(pvgpu_log_said(pvgpu_log_number("code", PVGPU_ERROR_DEVICE_LOST)),
                                    pvgpu_log_said(pvgpu_log_number("reason", reason)),
                                    pvgpu_log_said(pvgpu_log_text("end", how))),
                       "PVGPU_ERROR_DEVICE_LOST: the renderer is gone (%s, reason 0x%08X); the guest gets a new one "
                       "when it resets",
                       how, reason);
}

static void on_renderer_ended(struct session *session)
{
    struct pvgpu_control_page *page = page_of(session);
    char how[64];
    pvgpu_renderer_host_reap(&session->renderer, how, sizeof(how));
    uint32_t reason = session->hangs ? REASON_DEVICE_HUNG : atomic_load(&page->lost_reason);
    session->hang_due_ns = PVGPU_NO_TIMEOUT;
    if (!reason)
        reason = REASON_DEVICE_REMOVED;
    log_loss(session, how, reason);
    pvgpu_control_page_force(page);
    atomic_store(&page->renderer_process, 0);
    count_loss(session);
    if (!renew_renderer(session))
        go_on_without(session, reason);
}

/* The guest has reset a device whose renderer died. */
static void replace_drain(struct session *session)
{
    stop_draining(session);
    if (atomic_load(&page_of(session)->held) || !start_renderer(session))
        go_on_without(session, REASON_DEVICE_REMOVED);
}

/* ---- A renderer that hangs ---------------------------------------------------------------------------------------- */

static uint64_t gpu_timeout_ns(const struct session *session)
{
    return session->config->options->gpu_timeout * PVGPU_NS_PER_S;
}

static bool is_watching(const struct session *session)
{
    return session->renderer.running && !session->hangs && gpu_timeout_ns(session);
}

/* Work has come: the renderer need not tell us, since we look when its time is over. */
static void watch(struct session *session)
{
    if (!is_watching(session))
        return;
    pvgpu_progress_watch(&page_of(session)->progress);
    if (session->hang_due_ns == PVGPU_NO_TIMEOUT)
        session->hang_due_ns = pvgpu_time_deadline_ns(gpu_timeout_ns(session));
}

static void end_hanging_renderer(struct session *session)
{
    session->hangs = true;
    session->hang_due_ns = PVGPU_NO_TIMEOUT;
    bool is_ending = pvgpu_renderer_host_end(&session->renderer);
    if (!may_log(session))
        return;
    if (is_ending)
        pvgpu_error(&session->log, "PVGPU_ERROR_DEVICE_LOST: the GPU made no progress for %u s: the renderer is ended",
                    session->config->options->gpu_timeout);
    else
        pvgpu_error(&session->log,
                    "The GPU made no progress for %u s; with --single-process the renderer cannot be ended and is left "
                    "alone",
                    session->config->options->gpu_timeout);
}

/*
 * A deadline that is long past when we come to look: the whole host stood still (suspended, frozen, a virtual machine
 * itself), or its clock jumped. The renderer had no more of that time than we did.
 */
static bool has_overslept(const struct session *session)
{
    return session->hang_due_ns != PVGPU_NO_TIMEOUT && pvgpu_time_left_ns(session->hang_due_ns + OVERSLEPT_NS) == 0;
}

/* The renderer said something, or its time is over: either it moved meanwhile, or rests, or hangs. */
static void look_at_progress(struct session *session)
{
    if (!is_watching(session))
        return;
    if (has_overslept(session)) {
        pvgpu_debug(&session->log, "The host stood still: the GPU is given its time again");
        session->hang_due_ns = pvgpu_time_deadline_ns(gpu_timeout_ns(session));
        return;
    }
    session->hang_due_ns = pvgpu_progress_relax(&page_of(session)->progress, gpu_timeout_ns(session));
    if (pvgpu_time_left_ns(session->hang_due_ns) == 0)
        end_hanging_renderer(session);
}

/* ---- What the link reports --------------------------------------------------------------------------------------- */

static void offer_display(struct session *session)
{
    const struct pvgpu_options *options = session->config->options;
    pvgpu_control_offer_display(region_of(session), options->width, options->height);
}

/* A number that no host had before us, but for the odds of a collision. */
static uint64_t new_generation(void)
{
    uint64_t generation = 0;
    while (!generation)
        pvgpu_random_fill(&generation, sizeof(generation));
    return generation;
}

/*
 * The memory is ours from now on. False: a guest may have used it with a host before us, whose objects are gone.
 * A reset that was asked for meanwhile is carried out with that.
 */
static bool take_over(struct session *session)
{
    struct pvgpu_control_region *region = region_of(session);
    struct pvgpu_control_page *page = page_of(session);
    bool is_extended = pvgpu_control_is_extended(region);
    /* Read once: a request after this one is to be seen as one. */
    uint32_t request = pvgpu_control_reset_request(region);
    if (session->link->ops->is_silent && request != pvgpu_control_reset_done(region))
        pvgpu_control_reset_counters(region, 0);
    pvgpu_control_greet(region);
    atomic_store(&page->reset_request, request);
    atomic_store(&page->consumer, atomic_load((_Atomic uint64_t *)&region->consumer));
    atomic_store(&page->fence, atomic_load((_Atomic uint64_t *)&region->fence_completed));
    bool untouched = pvgpu_control_is_untouched(region);
    if (is_extended) {
        pvgpu_control_set_generation(region, new_generation());
        pvgpu_control_set_reset_done(region, request);
    }
    if (session->link->ops->is_silent) {
        pvgpu_control_beat(region);
        session->heartbeat_due_ns = pvgpu_time_deadline_ns(HEARTBEAT_NS);
    }
    return untouched;
}

static bool on_attached(void *user, const struct pvgpu_shared_memory *memory)
{
    struct session *session = user;
    struct pvgpu_layout_words words;
    struct pvgpu_layout layout;
    pvgpu_layout_read(memory->base, &words);
    const char *wrong = pvgpu_layout_check(&words, memory->size, &layout);
    if (wrong) {
        pvgpu_error(&session->log, "The control region is refused: %s", wrong);
        return false;
    }
    session->parts.memory = *memory;
    bool untouched = take_over(session);
    session->attached = true;
    atomic_store(&page_of(session)->attached, 1);
    offer_display(session);
    if (untouched)
        return start_renderer(session);
    pvgpu_info(&session->log, "The shared memory was in use before: the guest is told that its device is lost");
    go_on_without(session, REASON_DEVICE_RESET);
    return true;
}

static void look_for_reset(struct session *session);

static void on_doorbell(void *user)
{
    struct session *session = user;
    pvgpu_control_page_ring(page_of(session));
    if (session->link->ops->is_silent)
        look_for_reset(session);
    watch(session);
    pvgpu_event_signal(&session->parts.wake);
}

/* `request` is the number of the reset, where they have numbers. */
static void reset_device(struct session *session, bool whole_device, uint32_t request)
{
    struct pvgpu_control_page *page = page_of(session);
    uint64_t epoch;
    while (!pvgpu_control_page_begin_epoch(page, EPOCH_TIMEOUT_NS, &epoch)) {
        /* Stopped or killed in the middle of a publication. Once it is dead, nobody is inside. */
        if (!pvgpu_renderer_host_kill(&session->renderer))
            continue; /* a thread of ours comes out sooner or later */
        pvgpu_control_page_force(page);
    }
    atomic_store(&page->consumer, 0);
    atomic_store(&page->fence, 0);
    if (whole_device) {
        pvgpu_control_init(region_of(session), session->parts.memory.size);
        offer_display(session);
    } else {
        pvgpu_control_reset_counters(region_of(session), session->draining ? 0 : PVGPU_STATUS_READY);
    }
    atomic_store(&page->reset_request, request);
    pvgpu_control_page_leave(page, epoch);
    atomic_fetch_add_explicit(&page->statistics.resets, 1, memory_order_relaxed);
    if (session->renderer.running) {
        pvgpu_event_signal(&session->parts.wake);
        return;
    }
    replace_drain(session);
}

static void on_reset(void *user, bool whole_device)
{
    struct session *session = user;
    reset_device(session, whole_device, pvgpu_control_reset_request(region_of(session)));
}

/* ---- Links without registers --------------------------------------------------------------------------------------- */

/*
 * Whether the guest has asked for a reset in the extension block. The number that is carried out is the one that is read
 * here: the guest may ask for the next at any moment.
 */
static void look_for_reset(struct session *session)
{
    struct pvgpu_control_region *region = region_of(session);
    uint32_t request = pvgpu_control_reset_request(region);
    session->reset_due_ns = PVGPU_NO_TIMEOUT;
    if (request == atomic_load(&page_of(session)->reset_request))
        return;
    if (pvgpu_time_left_ns(session->reset_allowed_ns)) {
        session->reset_due_ns = session->reset_allowed_ns;
        return;
    }
    reset_device(session, false, request);
    pvgpu_control_set_reset_done(region, request);
    session->reset_allowed_ns = pvgpu_time_deadline_ns(RESET_SPACING_NS);
}

static void beat(struct session *session)
{
    pvgpu_control_beat(region_of(session));
    session->heartbeat_due_ns = pvgpu_time_deadline_ns(HEARTBEAT_NS);
    look_for_reset(session);
}

/* ---- The loop ------------------------------------------------------------------------------------------------------ */

static void deliver_interrupts(struct session *session)
{
    pvgpu_event_take(&session->parts.interrupt);
    if (!session->attached)
        return;
    if (session->draining && atomic_load(&session->drain_saw_reset))
        replace_drain(session);
    struct pvgpu_control_page *page = page_of(session);
    uint32_t vectors = atomic_exchange_explicit(&page->interrupts, 0, memory_order_acq_rel);
    for (uint32_t vector = 0; vector < PVGPU_MSIX_VECTORS; vector++) {
        if (!(vectors & UINT32_C(1) << vector))
            continue;
        session->link->ops->interrupt(session->link, vector);
        atomic_fetch_add_explicit(&page->statistics.interrupts, 1, memory_order_relaxed);
    }
}

static void log_statistics(struct session *session, const char *what)
{
    if (session->attached)
        pvgpu_statistics_log(&page_of(session)->statistics, what, &session->log);
    else
        pvgpu_info(&session->log, "%s: the handshake was not complete", what);
}

static void serve(struct session *session)
{
    struct pvgpu_link *link = session->link;
    enum { QUIT, INTERRUPT, RENDERER, REPORT, LINK };
    for (;;) {
        pvgpu_handle handles[LINK + 2];
        handles[QUIT] = session->config->quit;
        handles[INTERRUPT] = session->parts.interrupt.handle;
        handles[RENDERER] = pvgpu_renderer_host_wait_handle(&session->renderer);
        handles[REPORT] = session->report;
        size_t count = LINK + link->ops->wait_handles(link, &handles[LINK]);
        uint64_t link_due = link->ops->deadline_ns(link);
        uint64_t due = link_due < session->hang_due_ns ? link_due : session->hang_due_ns;
        due = due < session->heartbeat_due_ns ? due : session->heartbeat_due_ns;
        due = due < session->reset_due_ns ? due : session->reset_due_ns;
        uint32_t ready = pvgpu_handle_wait_any(handles, count, pvgpu_time_left_ns(due));
        if (ready & UINT32_C(1) << QUIT) {
            link->ops->shutdown(link);
            return;
        }
        if (ready & UINT32_C(1) << INTERRUPT)
            deliver_interrupts(session);
        if (session->attached && atomic_load(&page_of(session)->disconnect)) {
            pvgpu_info(&session->log, "The window was closed: the VM is disconnected");
            link->ops->shutdown(link);
            return;
        }
        if (ready & UINT32_C(1) << RENDERER)
            on_renderer_ended(session);
        else if (ready & UINT32_C(1) << INTERRUPT || pvgpu_time_left_ns(session->hang_due_ns) == 0)
            look_at_progress(session);
        if (pvgpu_time_left_ns(session->heartbeat_due_ns) == 0)
            beat(session);
        if (pvgpu_time_left_ns(session->reset_due_ns) == 0)
            look_for_reset(session);
        if (ready & UINT32_C(1) << REPORT) {
            pvgpu_report_take(session->report);
            log_statistics(session, "Statistics");
        }
        if ((ready >> LINK || !ready) && link->ops->dispatch(link) == PVGPU_LINK_ENDED)
            return;
    }
}

/* Waiters in the guest must not run to their time-outs. */
static void announce_shutdown(struct session *session)
{
    struct pvgpu_publisher publisher;
    if (!session->attached)
        return;
    pvgpu_publisher_init(&publisher, region_of(session), page_of(session));
    pvgpu_publish_status(&publisher, PVGPU_STATUS_SHUTDOWN, 0);
}

#ifdef __linux__
static struct pvgpu_pci_identity pci_identity(const struct pvgpu_options *options)
{
    return (struct pvgpu_pci_identity){
        .vendor = (uint16_t)(options->device_id >> 16),
        .device = (uint16_t)options->device_id,
        .subsystem_vendor = (uint16_t)(options->subsystem_id >> 16),
        .subsystem = (uint16_t)options->subsystem_id,
        .class_code = pvgpu_class_code_number((enum pvgpu_class_code)options->class_code),
    };
}
#endif

static struct pvgpu_link *create_link(struct session *session)
{
    const struct pvgpu_session_config *config = session->config;
    struct pvgpu_link_events events = {
        .user = session, .attached = on_attached, .doorbell = on_doorbell, .reset = on_reset};
    struct pvgpu_log log = pvgpu_log_for(&session->log, "pvgpu_backend::link");
#ifdef __linux__
    uint64_t shmem_bytes = config->options->shmem_size;
    struct pvgpu_pci_identity identity = pci_identity(config->options);
    switch (config->link) {
    case PVGPU_LINK_KIND_PIPE:
        break;
    case PVGPU_LINK_KIND_VFIO_USER:
        return pvgpu_link_vfio_user_create(config->stream, &identity, shmem_bytes, &events, &log);
    case PVGPU_LINK_KIND_IVSHMEM_DOORBELL:
        return pvgpu_link_ivshmem_doorbell_create(config->stream, shmem_bytes, &events, &log);
    case PVGPU_LINK_KIND_IVSHMEM_PLAIN:
        return pvgpu_link_ivshmem_plain_create(config->file, shmem_bytes, &events, &log);
    }
#endif
    return pvgpu_link_pipe_create(config->stream, &events, &log);
}

/* Of a link that was never made. */
static void drop_connection(const struct pvgpu_session_config *config)
{
    pvgpu_stream_destroy(config->stream);
    pvgpu_handle_close(config->file);
}

/* How this link's resets come to light. */
static enum pvgpu_resets resets_of(const struct pvgpu_link_ops *ops)
{
    if (ops->is_silent)
        return PVGPU_RESETS_BY_NUMBER;
    return ops->is_device ? PVGPU_RESETS_ANNOUNCED : PVGPU_RESETS_UNANNOUNCED;
}

int pvgpu_session_run(const struct pvgpu_session_config *config)
{
    int code = PVGPU_EXIT_FAILURE;
    struct session session = {
        .config = config,
        .log = pvgpu_log_for(&config->log, "pvgpu_backend::session"),
        .renderer = {.process = {.handle = PVGPU_NO_HANDLE}},
        .heartbeat_due_ns = PVGPU_NO_TIMEOUT,
        .reset_due_ns = PVGPU_NO_TIMEOUT,
        .hang_due_ns = PVGPU_NO_TIMEOUT,
        .renewed_epoch = UINT64_MAX,
        .report = pvgpu_report_watch(),
        .lines = {.burst = 20, .per_second = 1},
    };
    session.parts = (struct pvgpu_renderer_parts){
        .options = config->options,
        .vm = config->vm,
        .frames_path = config->frames_path,
        .frames_listener = config->frames_listener,
        .page_memory = config->page,
        .log = session.log,
    };
    if (!pvgpu_event_init(&session.parts.wake)) {
        pvgpu_error(&session.log, "Cannot make an event");
        drop_connection(config);
        goto finish_report;
    }
    if (!pvgpu_event_init(&session.parts.interrupt)) {
        pvgpu_error(&session.log, "Cannot make an event");
        drop_connection(config);
        goto finish_wake;
    }
    if (config->link == PVGPU_LINK_KIND_PIPE || config->link == PVGPU_LINK_KIND_VFIO_USER)
        pvgpu_info(&session.log, "Waiting for handshake from QEMU...");
    session.link = create_link(&session);
    if (!session.link) {
        pvgpu_error(&session.log, "No memory for the link");
        goto finish_interrupt;
    }
    session.parts.needs_poll = session.link->ops->needs_poll;
    session.parts.resets = resets_of(session.link->ops);
    serve(&session);
    code = PVGPU_EXIT_OK;
    atomic_store(&page_of(&session)->leaving, 1);
    announce_shutdown(&session);
    stop_draining(&session);
    pvgpu_renderer_host_stop(&session.renderer, STOP_TIMEOUT_NS);
    log_statistics(&session, "Session ended");
    session.link->ops->destroy(session.link);

finish_interrupt:
    pvgpu_event_finish(&session.parts.interrupt);
finish_wake:
    pvgpu_event_finish(&session.parts.wake);
finish_report:
    pvgpu_handle_close(session.report);
    return code;
}

int pvgpu_session_main(const struct pvgpu_options *options, const struct pvgpu_log *log)
{
    long long connection, quit, page, frames;
    unsigned link;
    if (!options->handles || !options->vm || !options->frames_path ||
        sscanf(options->handles, "%lld,%lld,%lld,%lld,%u", &connection, &quit, &page, &frames, &link) != 5 ||
        link >= PVGPU_LINK_KINDS) {
        pvgpu_error(log, "A session is started by the service, not by hand");
        return PVGPU_EXIT_USAGE;
    }
    struct pvgpu_session_config config = {
        .options = options,
        .link = (enum pvgpu_link_kind)link,
        .file = PVGPU_NO_HANDLE,
        .vm = options->vm,
        .frames_path = options->frames_path,
        .frames_listener = (pvgpu_handle)frames,
        .quit = (pvgpu_handle)quit,
        .log = *log,
    };
    if (config.link == PVGPU_LINK_KIND_IVSHMEM_PLAIN)
        config.file = (pvgpu_handle)connection;
    else
        config.stream = pvgpu_stream_adopt((pvgpu_handle)connection);
    if (!config.stream && config.file == PVGPU_NO_HANDLE) {
        pvgpu_error(log, "No memory for the connection");
        return PVGPU_EXIT_FAILURE;
    }
    if (!pvgpu_shared_memory_adopt(&config.page, (pvgpu_handle)page, sizeof(struct pvgpu_control_page),
                                   PVGPU_POPULATE_NONE, log)) {
        drop_connection(&config);
        return PVGPU_EXIT_FAILURE;
    }
    int code = pvgpu_session_run(&config);
    pvgpu_shared_memory_finish(&config.page);
    return code;
}
