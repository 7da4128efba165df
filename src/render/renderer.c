/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "render/renderer.h"

#include "base/time.h"
#include "os/thread.h"
#include "shm/layout.h"

#include <stdlib.h>

/* After so many commands or bytes the counters are published even though the ring has more. */
#define PUBLISH_AFTER_COMMANDS 1024u
#define PUBLISH_AFTER_BYTES (UINT64_C(256) << 10)
/* Also after so many bytes read from the heap: guests that upload much wait for the counter to use the memory again. */
#define PUBLISH_AFTER_UPLOAD_BYTES (UINT64_C(512) << 10)

/* How long a command may stay published in part before framing counts as lost (D3). */
#define PARTIAL_TIMEOUT_NS (1 * PVGPU_NS_PER_S)
#define PARTIAL_POLL_NS (1 * PVGPU_NS_PER_MS)
/* The most that the time between two looks counts: a host that stood still saw nothing of the guest meanwhile. */
#define PARTIAL_LOOK_MOST_NS (100 * PVGPU_NS_PER_MS)

/* The back-stop of links that may lose doorbells (D29). */
#define POLL_ACTIVE_NS (4 * PVGPU_NS_PER_MS)
#define POLL_IDLE_NS (100 * PVGPU_NS_PER_MS)
#define ACTIVE_FOR_NS (1 * PVGPU_NS_PER_S)

/* Event queries have to be asked: a short sleep first, longer ones while the GPU takes its time. */
#define QUERY_POLL_LEAST_NS (100 * PVGPU_NS_PER_US)
#define QUERY_POLL_MOST_NS (1 * PVGPU_NS_PER_MS)

/* Before sleeping the producer is watched for about as long as a wake-up costs. */
#define SPINS_BEFORE_SLEEP 2000u

enum step {
    STEP_EMPTY, /* nothing to execute: all read, or framing is lost */
    STEP_STALLED, /* the timeline has to move first */
    STEP_PARTIAL, /* the rest of a command is not there yet */
    STEP_EPOCH_OVER,
};

struct renderer {
    const struct pvgpu_renderer_config *config;
    struct pvgpu_control_region *region;
    struct pvgpu_publisher publisher;
    struct pvgpu_ring ring;
    struct pvgpu_timeline timeline;
    struct pvgpu_context context;
    struct pvgpu_log log;
    struct pvgpu_log_limit lines;
    bool broken; /* framing is lost until the next reset */
    bool replaced; /* without a GPU: a reset was detected, a renderer should take over */
    uint64_t partial_looked_ns; /* when we looked at a command of which a part is there; 0: the next one is whole */
    uint64_t partial_ns; /* how long we have been looking */
    uint64_t active_ns; /* when commands were seen last */
    uint64_t query_poll_ns;
    uint64_t sampled_producer; /* what was seen before going to sleep */
    uint64_t rung_ns; /* when the doorbell came that ended the last sleep; 0: none, or commands were executed since */
    struct pvgpu_command command;
};

static void raise_interrupt(struct renderer *renderer, uint32_t vector)
{
    struct pvgpu_control_page *page = renderer->config->page;
    if (!(atomic_fetch_or_explicit(&page->interrupts, UINT32_C(1) << vector, memory_order_acq_rel) & UINT32_C(1)
                                                                                                         << vector))
        pvgpu_event_signal(renderer->config->interrupt);
}

static void report_fault(void *user, uint32_t code, uint32_t argument)
{
    struct renderer *renderer = user;
    pvgpu_statistics_error(&renderer->config->page->statistics, code);
    /* If the epoch is over, so is the interest in its errors. */
    if (pvgpu_publish_error(&renderer->publisher, code, argument, 0))
        raise_interrupt(renderer, PVGPU_VECTOR_ERROR);
}

/* Something is outstanding from now on, and the session has no deadline. */
static void wake_session(void *user)
{
    struct renderer *renderer = user;
    pvgpu_event_signal(renderer->config->interrupt);
}

/* A pass of the host's own: the guest's state has to be bound anew. */
static void forget_bound_state(void *user)
{
    struct renderer *renderer = user;
    pvgpu_state_mark_all(&renderer->context.state);
}

/* Guests decide how often they reset or break their stream. */
static bool may_log(struct renderer *renderer, enum pvgpu_log_level level)
{
    return pvgpu_log_may(&renderer->log, level, &renderer->lines, "resets and lost streams");
}

static void lose_framing(struct renderer *renderer, uint32_t opcode, const char *why)
{
    uint64_t position = renderer->ring.read;
    renderer->broken = true;
    if (may_log(renderer, PVGPU_LOG_ERROR))
        pvgpu_log_with(&renderer->log, PVGPU_LOG_ERROR,
                       PVGPU_FIELDS(pvgpu_log_said(pvgpu_log_number("code", PVGPU_ERROR_INVALID_COMMAND)),
                                    pvgpu_log_said(pvgpu_log_number("position", position)),
                                    pvgpu_log_said(pvgpu_log_number("opcode", opcode))),
                       "The command stream is lost at position %llu until the guest resets: %s",
                       (unsigned long long)position, why);
    report_fault(renderer, PVGPU_ERROR_INVALID_COMMAND, opcode);
}

/* Adopts the counters and the layout of the current epoch. */
static void start_epoch(struct renderer *renderer)
{
    const struct pvgpu_renderer_config *config = renderer->config;
    struct pvgpu_layout_words words;
    struct pvgpu_layout layout;
    uint8_t *base = config->memory->base;

    pvgpu_publisher_init(&renderer->publisher, renderer->region, config->page);
    renderer->broken = false;
    renderer->partial_looked_ns = renderer->partial_ns = 0;
    pvgpu_layout_read(renderer->region, &words);
    const char *wrong = pvgpu_layout_check(&words, config->memory->size, &layout);
    if (wrong) {
        /* The session checked it once; since then the guest has written there. */
        layout = (struct pvgpu_layout){.ring_offset = PVGPU_CONTROL_BYTES, .ring_bytes = PVGPU_COMMAND_MAX_BYTES};
    }
    pvgpu_ring_init(&renderer->ring, base + layout.ring_offset, layout.ring_bytes, renderer->publisher.consumer);
    if (config->gpu) {
        pvgpu_timeline_set_heap(&renderer->timeline, base + layout.heap_offset, layout.heap_bytes);
        pvgpu_context_set_heap(&renderer->context, base + layout.heap_offset, layout.heap_bytes);
    }
    if (wrong)
        lose_framing(renderer, 0, wrong);
    /* Only who can draw again may take the loss back. */
    pvgpu_publish_status(&renderer->publisher, PVGPU_STATUS_READY,
                         PVGPU_STATUS_RESIZING | (config->gpu ? PVGPU_STATUS_DEVICE_LOST : 0));
    atomic_store_explicit(&config->page->acknowledged_epoch, renderer->publisher.epoch, memory_order_release);
}

/* Nothing of the old epoch stays: objects, fences, read-backs, frames. */
static void end_epoch(struct renderer *renderer)
{
    struct pvgpu_control_page *page = renderer->config->page;
    if (renderer->config->gpu) {
        pvgpu_timeline_clear(&renderer->timeline);
        pvgpu_context_clear(&renderer->context);
    }
    if (pvgpu_control_page_epoch(page) == renderer->publisher.epoch) {
        /* Nobody announced it: a device behind the pipe link was reset, or the guest wrote our counters. */
        uint64_t epoch;
        if (!pvgpu_control_page_begin_epoch(page, PVGPU_NS_PER_S, &epoch))
            return;
        pvgpu_publisher_adopt_reset(&renderer->publisher);
        pvgpu_control_page_leave(page, epoch);
        atomic_fetch_add_explicit(&page->statistics.resets, 1, memory_order_relaxed);
        renderer->replaced = !renderer->config->gpu;
    }
    if (may_log(renderer, PVGPU_LOG_INFO))
        pvgpu_info(&renderer->log, "The guest was reset");
    start_epoch(renderer);
}

static bool is_epoch_over(struct renderer *renderer)
{
    return pvgpu_control_page_epoch(renderer->config->page) != renderer->publisher.epoch;
}

/* Without a GPU: only fences mean anything, and they are done as soon as they are consumed. */
static void pass_over(struct renderer *renderer)
{
    const struct pvgpu_cmd_fence *fence = (const struct pvgpu_cmd_fence *)(const void *)renderer->command.bytes;
    if (fence->header.opcode == PVGPU_FENCE && fence->header.size >= sizeof(*fence) &&
        fence->value > renderer->publisher.fence_consumed)
        renderer->publisher.fence_consumed = fence->value;
}

/* The most that ever waited in the ring. Counters that cannot be (a guest writes them) say nothing. */
static void note_pending(struct renderer *renderer, uint64_t producer)
{
    _Atomic uint64_t *most = &renderer->config->page->statistics.ring_most_bytes;
    uint64_t pending = producer - renderer->ring.read;
    if (pending <= renderer->ring.bytes && pending > atomic_load_explicit(most, memory_order_relaxed))
        atomic_store_explicit(most, pending, memory_order_relaxed);
}

/* Before the first command of a round. */
static void begin_round(struct renderer *renderer)
{
    struct pvgpu_control_page *page = renderer->config->page;
    if (pvgpu_progress_begin_round(&page->progress))
        wake_session(renderer);
    if (renderer->rung_ns)
        pvgpu_statistics_took(&page->statistics, PVGPU_DURATION_DOORBELL, renderer->rung_ns, pvgpu_time_now_ns());
}

static bool finds_reset(struct renderer *renderer)
{
    return renderer->config->resets == PVGPU_RESETS_UNANNOUNCED && pvgpu_publisher_sees_reset(&renderer->publisher);
}

/* A counter that the guest has set to 0 to ask for a reset next, or has asked already. It gets a second for that. */
static bool prepares_reset(struct renderer *renderer, uint64_t producer)
{
    return renderer->config->resets == PVGPU_RESETS_BY_NUMBER && producer == 0;
}

/* Executes what is published, a bounded batch. *more: the batch ended before the ring did. */
static enum step consume(struct renderer *renderer, uint64_t *producer, uint64_t *commands, bool *more)
{
    struct pvgpu_ring *ring = &renderer->ring;
    bool drains = !renderer->config->gpu;
    uint64_t start = ring->read, uploaded = renderer->timeline.unsubmitted_bytes;
    enum step step = STEP_EMPTY;
    *more = false;
    *commands = 0;
    *producer = pvgpu_control_producer(renderer->region);
    note_pending(renderer, *producer);
    while (!renderer->broken) {
        if (!drains && !pvgpu_timeline_is_open(&renderer->timeline)) {
            step = STEP_STALLED;
            break;
        }
        enum pvgpu_ring_result result = pvgpu_ring_peek(ring, *producer, &renderer->command);
        if (result == PVGPU_RING_EMPTY)
            break;
        if (result == PVGPU_RING_PARTIAL) {
            step = STEP_PARTIAL;
            break;
        }
        if (is_epoch_over(renderer)) {
            step = STEP_EPOCH_OVER;
            break;
        }
        if (result == PVGPU_RING_BROKEN) {
            if (finds_reset(renderer)) {
                step = STEP_EPOCH_OVER;
            } else if (prepares_reset(renderer, *producer)) {
                step = STEP_PARTIAL;
            } else {
                lose_framing(renderer, renderer->command.header.opcode,
                             pvgpu_rule_info(PVGPU_RULE_HEADER_MALFORMED)->text);
            }
            break;
        }
        if (drains) {
            pass_over(renderer);
        } else {
            if (renderer->command.header.opcode == PVGPU_PRESENT &&
                !pvgpu_timeline_has_room_for_present(&renderer->timeline)) {
                step = STEP_STALLED;
                break;
            }
            if (!*commands)
                begin_round(renderer);
            pvgpu_context_execute(&renderer->context, &renderer->command);
        }
        pvgpu_ring_advance(ring, renderer->command.header.size);
        /* The bytes start again at 0 when a command submits: the difference is huge then, and a batch ends as well. */
        if (++*commands >= PUBLISH_AFTER_COMMANDS || ring->read - start >= PUBLISH_AFTER_BYTES ||
            renderer->timeline.unsubmitted_bytes - uploaded >= PUBLISH_AFTER_UPLOAD_BYTES) {
            *more = true;
            break;
        }
    }
    return step;
}

/* Before sleeping: publish, fence, look again. True: there is something to do. */
static bool look_again(struct renderer *renderer)
{
    atomic_thread_fence(memory_order_seq_cst);
    for (uint32_t i = 0; i < SPINS_BEFORE_SLEEP; i++) {
        if (pvgpu_control_producer(renderer->region) != renderer->sampled_producer || is_epoch_over(renderer))
            return true;
        pvgpu_cpu_relax();
    }
    return false;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* When to wake up without being woken. */
static uint64_t next_look_ns(struct renderer *renderer, enum step step, uint64_t wake_ns)
{
    const struct pvgpu_renderer_config *config = renderer->config;
    uint64_t now = pvgpu_time_now_ns();
    uint64_t at = wake_ns;
    if (step == STEP_PARTIAL)
        at = earlier(at, now + PARTIAL_POLL_NS);
    if (config->needs_poll && !config->no_backstop)
        at = earlier(at, now + (now - renderer->active_ns < ACTIVE_FOR_NS ? POLL_ACTIVE_NS : POLL_IDLE_NS));
    if (config->gpu && config->gpu->caps.completion == PVGPU_COMPLETION_QUERY &&
        renderer->timeline.submitted > renderer->timeline.completed) {
        at = earlier(at, now + renderer->query_poll_ns);
        renderer->query_poll_ns = earlier(renderer->query_poll_ns * 2, QUERY_POLL_MOST_NS);
    } else {
        renderer->query_poll_ns = QUERY_POLL_LEAST_NS;
    }
    return at == PVGPU_NO_TIMEOUT ? at : at > now ? at - now : 0;
}

/* What is slept through while the GPU has work is the time that was waited for it. */
static void go_to_sleep(struct renderer *renderer, uint64_t timeout)
{
    struct pvgpu_control_page *page = renderer->config->page;
    struct pvgpu_statistics *statistics = &page->statistics;
    bool busy = renderer->config->gpu && renderer->timeline.submitted > renderer->timeline.completed;
    uint64_t start = busy ? pvgpu_time_now_ns() : 0;
    /* Doorbells that rang while there was work woke nobody. */
    atomic_store_explicit(&page->rung_ns, 0, memory_order_relaxed);
    pvgpu_statistics_add(&statistics->sleeps, 1);
    pvgpu_event_wait(renderer->config->wake, timeout);
    renderer->rung_ns = atomic_load_explicit(&page->rung_ns, memory_order_relaxed);
    if (busy)
        pvgpu_statistics_add(&statistics->gpu_wait_ns, pvgpu_time_now_ns() - start);
}

static void check_partial(struct renderer *renderer, enum step step, bool progress)
{
    /* The second is each command's own. */
    if (progress || step != STEP_PARTIAL)
        renderer->partial_looked_ns = renderer->partial_ns = 0;
    if (step != STEP_PARTIAL)
        return;
    uint64_t now = pvgpu_time_now_ns();
    uint64_t passed = renderer->partial_looked_ns ? now - renderer->partial_looked_ns : 0;
    renderer->partial_looked_ns = now;
    renderer->partial_ns += passed < PARTIAL_LOOK_MOST_NS ? passed : PARTIAL_LOOK_MOST_NS;
    if (renderer->partial_ns > PARTIAL_TIMEOUT_NS)
        lose_framing(renderer, renderer->command.header.opcode, pvgpu_rule_info(PVGPU_RULE_COMMAND_UNFINISHED)->text);
}

/*
 * Without a GPU: what was consumed is done, and so are FENCE commands that the renderer before us executed and its GPU
 * never finished. After the consumer counter: a guest that sees its fence may reset at once, and has to find a counter
 * that is not 0 to take back.
 */
static bool complete_consumed(struct renderer *renderer)
{
    uint64_t value = renderer->publisher.fence_consumed;
    if (value <= renderer->publisher.fence)
        return true;
    if (!pvgpu_publish_fence(&renderer->publisher, value))
        return false;
    raise_interrupt(renderer, PVGPU_VECTOR_FENCE);
    return true;
}

/* Collects what the GPU has done. False: the epoch is over. */
static bool collect(struct renderer *renderer, uint64_t *wake_ns)
{
    bool interrupt = false;
    *wake_ns = PVGPU_NO_TIMEOUT;
    if (!renderer->config->gpu)
        return complete_consumed(renderer);
    enum pvgpu_timeline_result result = pvgpu_timeline_collect(&renderer->timeline, &interrupt, wake_ns);
    if (result == PVGPU_TIMELINE_ALIVE && pvgpu_timeline_serve_newcomers(&renderer->timeline))
        result = pvgpu_timeline_collect(&renderer->timeline, &interrupt, wake_ns);
    if (result == PVGPU_TIMELINE_ALIVE)
        pvgpu_timeline_tend_output(&renderer->timeline, wake_ns);
    uint32_t fault = pvgpu_gpu_take_fault(renderer->config->gpu);
    if (fault)
        report_fault(renderer, PVGPU_ERROR_INTERNAL, fault);
    /* Before the interrupt: the session that it wakes then sees that everything rests, and drops its deadline. */
    pvgpu_progress_end_round(&renderer->config->page->progress);
    if (interrupt)
        raise_interrupt(renderer, PVGPU_VECTOR_FENCE);
    return result == PVGPU_TIMELINE_ALIVE;
}

/* One round: consume, collect, publish, sleep. False: the device is lost. */
static bool run_once(struct renderer *renderer, uint32_t *reason)
{
    const struct pvgpu_renderer_config *config = renderer->config;
    struct pvgpu_statistics *statistics = &config->page->statistics;
    uint64_t producer, commands, wake_ns;
    bool more;
    enum step step = consume(renderer, &producer, &commands, &more);
    renderer->rung_ns = 0; /* the round after a sleep is the only one that the doorbell has started */
    if (commands) {
        atomic_fetch_add_explicit(&statistics->commands, commands, memory_order_relaxed);
        renderer->active_ns = pvgpu_time_now_ns();
    }
    /* The ring ran empty: what was recorded goes to the GPU now, and the fences behind it can complete. */
    if (config->gpu && !more)
        pvgpu_timeline_submit(&renderer->timeline);
    if (step == STEP_EPOCH_OVER || is_epoch_over(renderer) ||
        !pvgpu_publish_consumer(&renderer->publisher, pvgpu_ring_consumed(&renderer->ring, producer)) ||
        !collect(renderer, &wake_ns)) {
        end_epoch(renderer);
        pvgpu_progress_end_round(&config->page->progress);
        return true;
    }
    if (config->gpu && (*reason = config->gpu->ops->removed_reason(config->gpu)) != 0)
        return false;
    check_partial(renderer, step, commands != 0);
    if (more || (step == STEP_STALLED && pvgpu_timeline_is_open(&renderer->timeline) &&
                 pvgpu_timeline_has_room_for_present(&renderer->timeline)))
        return true;
    renderer->sampled_producer = producer;
    if (look_again(renderer))
        return true;
    uint64_t timeout = next_look_ns(renderer, step, wake_ns);
    if (timeout)
        go_to_sleep(renderer, timeout);
    if (finds_reset(renderer))
        end_epoch(renderer);
    return true;
}

/* What is still to do with a lost device may hang in its driver: the session watches, with time of its own. */
static void on_lost(struct renderer *renderer, uint32_t reason)
{
    struct pvgpu_progress *progress = &renderer->config->page->progress;
    pvgpu_log_with(&renderer->log, PVGPU_LOG_ERROR,
                   PVGPU_FIELDS(pvgpu_log_said(pvgpu_log_number("code", PVGPU_ERROR_DEVICE_LOST)),
                                pvgpu_log_said(pvgpu_log_number("reason", reason))),
                   "PVGPU_ERROR_DEVICE_LOST: the Direct3D device was removed (HRESULT 0x%08X)", reason);
    pvgpu_progress_completed(progress, false);
    if (pvgpu_progress_begin_round(progress))
        wake_session(renderer);
}

enum pvgpu_renderer_end pvgpu_renderer_run(const struct pvgpu_renderer_config *config, uint32_t *reason)
{
    enum pvgpu_renderer_end end = PVGPU_RENDERER_STOPPED;
    *reason = 0;
    struct renderer *renderer = calloc(1, sizeof(*renderer));
    if (!renderer)
        return PVGPU_RENDERER_NO_MEMORY;
    renderer->config = config;
    renderer->region = config->memory->base;
    renderer->log = pvgpu_log_for(&config->log, "pvgpu_backend::command_processor");
    renderer->lines = (struct pvgpu_log_limit){.burst = 10, .per_second = 1};
    renderer->query_poll_ns = QUERY_POLL_LEAST_NS;
    if (config->gpu) {
        struct pvgpu_fault_sink faults = {.user = renderer, .report = report_fault};
        pvgpu_timeline_init(&renderer->timeline, config->gpu, &renderer->publisher, config->output, &config->timeline,
                            &config->log);
        renderer->timeline.sink = (struct pvgpu_timeline_sink){
            .user = renderer, .fault = report_fault, .begin = wake_session, .drawn = forget_bound_state};
        pvgpu_context_init(&renderer->context, config->gpu, &renderer->timeline, &config->page->statistics, &faults,
                           &config->limits, &config->log);
    }
    start_epoch(renderer);
    if (!config->gpu)
        complete_consumed(renderer);
    while (!atomic_load_explicit(config->stop, memory_order_acquire)) {
        if (!run_once(renderer, reason)) {
            on_lost(renderer, *reason);
            end = PVGPU_RENDERER_DEVICE_LOST;
            break;
        }
        if (renderer->replaced) {
            end = PVGPU_RENDERER_RESET;
            break;
        }
    }
    if (config->gpu) {
        pvgpu_timeline_finish(&renderer->timeline);
        pvgpu_context_clear(&renderer->context);
    }
    free(renderer);
    return end;
}
