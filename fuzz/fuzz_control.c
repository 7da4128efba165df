/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The control region under a guest, a device and a GPU that do as they like. The renderer's own loop runs, in this
 * thread: the linker puts functions of ours in front of those by which it sleeps, reads the ring and the layout, and
 * looks at the clock (fuzz/meson.build), and there the input's next steps happen. So a counter or a layout word can change between any
 * two looks of the host, and no time passes but in the input.
 *
 * The input is a head (struct head) and steps (struct step). When the steps are used up the device is reset, and
 * whatever happened before, a fence must complete then.
 */
#include "harness.h"
#include "pvgpu/guest.h"
#include "render/renderer.h"
#include "shm/layout.h"

#include "base/time.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_BYTES 0x30000u
#define RING_OFFSET PVGPU_CONTROL_BYTES
#define RING_BYTES PVGPU_COMMAND_MAX_BYTES
#define HEAP_OFFSET (RING_OFFSET + RING_BYTES)
#define STEPS_MOST 48u
/* Looks of the host without a sleep in between: a full ring takes 4,096. */
#define LOOKS_MOST 100000u
#define SLEEPS_TO_RECOVER 64u
#define SLEEPS_TO_WAIT 5u
#define SLEEPS_TO_LOSE_FRAMING 32u /* each counts a tenth of a second */

struct head {
    uint8_t options; /* OPTION_* */
    uint8_t reserved[15];
};
#define OPTION_POLL 0x1u /* a link that announces no resets and may lose doorbells */
#define OPTION_DRAIN 0x2u /* begin without a GPU, as after the loss of one */
#define OPTION_UNANNOUNCED 0x4u /* with OPTION_POLL: the last reset is a device's that tells nobody */

enum moment {
    MOMENT_SLEEP, /* the host has nothing to do: at least one step happens then */
    MOMENT_PEEK, /* before it copies a command */
    MOMENT_LAYOUT, /* before it reads the layout */
    MOMENT_CLOCK, /* when it asks for the time */
    MOMENTS
};

enum action {
    ACTION_WRITE_64, /* at, value: in the control region */
    ACTION_WRITE_32,
    ACTION_COMMAND, /* at: which; value: a fence's */
    ACTION_RING_BYTES, /* eight bytes somewhere in the ring */
    ACTION_MOVE_PRODUCER, /* by a value with sign */
    ACTION_RESET, /* announced: at & 1: the whole device */
    ACTION_RESET_UNANNOUNCED, /* a device of the pipe link: counters, or everything */
    ACTION_LAYOUT_WORD, /* at: which; value */
    ACTION_TIME, /* value milliseconds pass, at most 4 s */
    ACTION_GPU_BUSY, /* at & 1 */
    ACTION_GPU_REMOVED,
    ACTION_COUNTER_DISTANCE, /* the producer is so far from the consumer */
    ACTIONS
};

struct step {
    uint8_t action; /* enum action, modulo their number */
    uint8_t moment; /* enum moment, modulo their number */
    uint16_t at;
    uint32_t reserved;
    uint64_t value;
};
_Static_assert(sizeof(struct head) == 16 && sizeof(struct step) == 16, "as seeds have them");

enum phase {
    PHASE_STEPS,
    PHASE_WAIT, /* seconds pass, so that whatever has a time limit meets it */
    PHASE_RESET, /* the last reset has happened; READY is waited for */
    PHASE_FENCE, /* a fence was published */
    PHASE_DONE,
};

struct control {
    struct head head;
    const uint8_t *steps; /* what is left of them */
    uint32_t step_count;
    enum phase phase;
    bool acting; /* a step is being carried out: what it calls is no moment for another */
    uint32_t looks, sleeps;
    uint64_t now_ns;
    struct pvgpu_shared_memory memory; /* base is ours; there is no handle */
    struct pvgpu_control_region *region;
    struct pvgpu_control_page *page;
    struct pvgpu_event interrupt, wake;
    _Atomic uint32_t stop;
    struct checking_gpu *gpu;
    bool draining; /* the renderer runs without a GPU */
    bool replace; /* the session has seen a reset and wants a renderer again */
    uint32_t removed; /* HRESULT that the GPU gives */
    /* Of the publications that this epoch made, for what may never fall. */
    uint64_t epoch, consumer, fence;
    /* A command that is published in part: where, when it was looked at (0: there is none), for how long in all, and how
     * often too late. */
    uint64_t partial_at, partial_looked_ns, partial_ns;
    uint32_t partial_late;
};

/* One at a time, and the functions that the linker redirects have no other way to find it. NULL: nobody is running. */
static struct control *running;

uint64_t __real_pvgpu_time_now_ns(void);
bool __real_pvgpu_event_wait(struct pvgpu_event *event, uint64_t timeout_ns);
enum pvgpu_ring_result __real_pvgpu_ring_peek(const struct pvgpu_ring *ring, uint64_t producer,
                                              struct pvgpu_command *command);
void __real_pvgpu_layout_read(const struct pvgpu_control_region *region, struct pvgpu_layout_words *words);
uint64_t __wrap_pvgpu_time_now_ns(void);
bool __wrap_pvgpu_event_wait(struct pvgpu_event *event, uint64_t timeout_ns);
enum pvgpu_ring_result __wrap_pvgpu_ring_peek(const struct pvgpu_ring *ring, uint64_t producer,
                                              struct pvgpu_command *command);
void __wrap_pvgpu_layout_read(const struct pvgpu_control_region *region, struct pvgpu_layout_words *words);
void __wrap_pvgpu_log_write(const struct pvgpu_log *log, enum pvgpu_log_level level, const char *format, ...);
void __wrap_pvgpu_log_write_with(const struct pvgpu_log *log, enum pvgpu_log_level level,
                                 const struct pvgpu_log_field *fields, const char *format, ...);

/* Losing framing and devices is what happens here all the time. */
void __wrap_pvgpu_log_write(const struct pvgpu_log *log, enum pvgpu_log_level level, const char *format, ...)
{
    (void)log;
    (void)level;
    (void)format;
}

void __wrap_pvgpu_log_write_with(const struct pvgpu_log *log, enum pvgpu_log_level level,
                                 const struct pvgpu_log_field *fields, const char *format, ...)
{
    (void)log;
    (void)level;
    (void)fields;
    (void)format;
}

/* ---- What the others do ------------------------------------------------------------------------------------------ */

static void set_layout(struct control *c)
{
    c->region->ring_offset = RING_OFFSET;
    c->region->ring_bytes = RING_BYTES;
    c->region->heap_offset = HEAP_OFFSET;
    c->region->heap_bytes = MEMORY_BYTES - HEAP_OFFSET;
}

/* As the session does it for a link whose device announces resets. */
static void reset_announced(struct control *c, bool whole_device)
{
    uint64_t epoch;
    if (!pvgpu_control_page_begin_epoch(c->page, 0, &epoch))
        return; /* the renderer is inside right now: the device has to wait */
    atomic_store(&c->page->consumer, 0);
    atomic_store(&c->page->fence, 0);
    if (whole_device) {
        pvgpu_control_init(c->region, MEMORY_BYTES);
        set_layout(c);
    } else {
        pvgpu_control_reset_counters(c->region, c->draining ? 0 : PVGPU_STATUS_READY);
    }
    pvgpu_control_page_leave(c->page, epoch);
    c->replace = c->draining;
}

/* As a device that is another process does it: it knows nothing of the host's page. */
static void reset_unannounced(struct control *c, bool whole_machine)
{
    if (whole_machine) {
        pvgpu_control_init(c->region, MEMORY_BYTES);
        set_layout(c);
        return;
    }
    c->region->producer = c->region->consumer = 0;
    c->region->fence_request = c->region->fence_completed = 0;
}

/* Writes a command where an honest guest would. */
static void publish_command(struct control *c, uint32_t which, uint64_t value)
{
    uint8_t bytes[64], *ring = (uint8_t *)c->region + RING_OFFSET;
    uint64_t at = c->region->producer;
    struct pvgpu_encoder encoder;
    pvgpu_encoder_init(&encoder, bytes, sizeof(bytes));
    switch (which % 6) {
    case 0:
    case 1:
        pvgpu_encode_fence(&encoder, value);
        break;
    case 2:
        pvgpu_encode_wait_fence(&encoder, value);
        break;
    case 3:
        pvgpu_encode_draw(&encoder, 3, 0);
        break;
    case 4:
        pvgpu_encode_present(&encoder, 0, 0);
        break;
    default:
        pvgpu_encode_destroy_resource(&encoder, (uint32_t)value);
        break;
    }
    for (size_t i = 0; i < encoder.used; i++)
        ring[(at + i) % RING_BYTES] = bytes[i];
    c->region->producer = at + encoder.used;
}

static void write_layout_word(struct control *c, uint32_t which, uint32_t value)
{
    uint32_t *const words[] = {&c->region->magic,      &c->region->version,     &c->region->ring_offset,
                               &c->region->ring_bytes, &c->region->heap_offset, &c->region->heap_bytes};
    *words[which % 6] = value;
}

static void act(struct control *c, const struct step *step)
{
    uint8_t *base = c->memory.base;
    uint32_t value = (uint32_t)step->value;
    switch (step->action % ACTIONS) {
    case ACTION_WRITE_64:
        memcpy(base + step->at % PVGPU_CONTROL_BYTES / 8 * 8, &step->value, 8);
        break;
    case ACTION_WRITE_32:
        memcpy(base + step->at % PVGPU_CONTROL_BYTES / 4 * 4, &value, 4);
        break;
    case ACTION_COMMAND:
        publish_command(c, step->at, step->value);
        break;
    case ACTION_RING_BYTES:
        memcpy(base + RING_OFFSET + step->at / 8 * 8, &step->value, 8);
        break;
    case ACTION_MOVE_PRODUCER:
        c->region->producer += (uint64_t)(int64_t)(int16_t)step->value;
        break;
    case ACTION_RESET:
        reset_announced(c, step->at & 1);
        break;
    case ACTION_RESET_UNANNOUNCED:
        if (c->head.options & OPTION_POLL)
            reset_unannounced(c, step->at & 1);
        break;
    case ACTION_LAYOUT_WORD:
        write_layout_word(c, step->at, value);
        break;
    case ACTION_TIME:
        c->now_ns += step->value % 4096 * PVGPU_NS_PER_MS;
        break;
    case ACTION_GPU_BUSY:
        atomic_store(&c->gpu->hold, step->at & 1);
        break;
    case ACTION_GPU_REMOVED:
        c->removed = 0x887A0005u; /* DXGI_ERROR_DEVICE_REMOVED */
        break;
    default:
        c->region->producer = c->region->consumer + step->value % (2 * RING_BYTES + 32) - 16;
        break;
    }
}

/* ---- What must hold ---------------------------------------------------------------------------------------------- */

/* A second opinion on layouts, in sums that cannot overflow. */
static bool is_good_layout(const struct pvgpu_layout_words *w, uint64_t total)
{
    uint64_t ring = w->ring_offset, ring_end = ring + w->ring_bytes;
    uint64_t heap = w->heap_offset, heap_end = heap + w->heap_bytes;
    return w->magic == 0x50564750 && w->version >> 16 == 1 && ring % 16 == 0 && ring_end % 16 == 0 && heap % 16 == 0 &&
           w->ring_bytes >= 65536 && w->heap_bytes > 0 && ring >= 4096 && heap >= 4096 && ring_end <= total &&
           heap_end <= total && (ring_end <= heap || heap_end <= ring);
}

static void check_layout(const struct pvgpu_layout_words *words, uint64_t total)
{
    struct pvgpu_layout layout;
    const char *wrong = pvgpu_layout_check(words, total, &layout);
    if (!wrong != is_good_layout(words, total))
        fuzz_fail("a layout is judged wrongly: %s", wrong ? wrong : "it was accepted");
}

/* Within an epoch nothing that was published falls, and epochs are acknowledged in order. */
static void check_page(struct control *c)
{
    uint64_t epoch = pvgpu_control_page_epoch(c->page), acknowledged = atomic_load(&c->page->acknowledged_epoch);
    uint64_t consumer = atomic_load(&c->page->consumer), fence = atomic_load(&c->page->fence);
    if (acknowledged > epoch)
        fuzz_fail("epoch %" PRIu64 " was acknowledged in epoch %" PRIu64, acknowledged, epoch);
    if (epoch < c->epoch)
        fuzz_fail("the epoch fell from %" PRIu64 " to %" PRIu64, c->epoch, epoch);
    if (epoch == c->epoch && (consumer < c->consumer || fence < c->fence))
        fuzz_fail("a counter of epoch %" PRIu64 " fell", epoch);
    c->epoch = epoch;
    c->consumer = consumer;
    c->fence = fence;
}

/*
 * Framing is lost when the rest of a command does not follow within a second of the host's own clock: then nobody looks
 * again. Of the time between two looks a tenth of a second counts at most. The host asks for the time somewhat after it
 * has looked, so what it counts can be as little as half of what is counted here.
 */
static void check_partial(struct control *c, uint64_t position, bool partial)
{
    if (!partial || position != c->partial_at || !c->partial_looked_ns) {
        c->partial_at = position;
        c->partial_ns = 0;
        c->partial_late = 0;
    } else {
        uint64_t passed = c->now_ns - c->partial_looked_ns;
        c->partial_ns += passed < PVGPU_NS_PER_S / 10 ? passed : PVGPU_NS_PER_S / 10;
        if (c->partial_ns > 2 * PVGPU_NS_PER_S + PVGPU_NS_PER_S / 2 && ++c->partial_late > 2)
            fuzz_fail("a command that is published in part is waited for without end");
    }
    c->partial_looked_ns = partial ? c->now_ns : 0;
}

/* ---- The course of an input -------------------------------------------------------------------------------------- */

static bool take_step(struct control *c, bool any, enum moment moment)
{
    struct step step;
    if (!c->step_count)
        return false;
    memcpy(&step, c->steps, sizeof(step));
    if (!any && step.moment % MOMENTS != moment)
        return false;
    c->steps += sizeof(step);
    c->step_count--;
    c->acting = true;
    act(c, &step);
    c->acting = false;
    return true;
}

static void happen(struct control *c, enum moment moment)
{
    if (++c->looks > LOOKS_MOST)
        fuzz_fail("the host goes round and round without a sleep");
    if (c->phase == PHASE_STEPS && !c->acting) {
        while (take_step(c, false, moment))
            ;
    }
}

static void reset_at_last(struct control *c)
{
    atomic_store(&c->gpu->hold, false);
    c->removed = 0;
    if ((c->head.options & (OPTION_POLL | OPTION_UNANNOUNCED)) == (OPTION_POLL | OPTION_UNANNOUNCED))
        reset_unannounced(c, true);
    else
        reset_announced(c, true);
    c->partial_looked_ns = 0;
}

/* The host sleeps: the next thing happens. */
static void go_on(struct control *c)
{
    c->looks = 0;
    check_page(c);
    switch (c->phase) {
    case PHASE_STEPS:
        if (take_step(c, true, MOMENT_SLEEP))
            return;
        c->phase = PHASE_WAIT;
        c->sleeps = 0;
        break;
    case PHASE_WAIT:
        c->now_ns += 2 * PVGPU_NS_PER_S;
        if (c->sleeps < (c->partial_looked_ns ? SLEEPS_TO_LOSE_FRAMING : SLEEPS_TO_WAIT))
            break;
        reset_at_last(c);
        c->phase = PHASE_RESET;
        c->sleeps = 0;
        break;
    case PHASE_RESET:
        if (!c->draining && c->region->status & PVGPU_STATUS_READY) {
            if (c->region->status != PVGPU_STATUS_READY || c->region->error_code)
                fuzz_fail("status 0x%X and error %u after a reset", c->region->status, c->region->error_code);
            publish_command(c, 0, 1);
            c->phase = PHASE_FENCE;
        }
        break;
    case PHASE_FENCE:
        if (c->region->fence_completed == 1 && c->region->consumer == c->region->producer)
            c->phase = PHASE_DONE;
        break;
    default:
        break;
    }
    if (++c->sleeps > SLEEPS_TO_RECOVER)
        fuzz_fail("no fence completes after a reset (phase %d, status 0x%X)", c->phase, c->region->status);
    if (c->phase == PHASE_DONE)
        atomic_store(&c->stop, 1);
}

uint64_t __wrap_pvgpu_time_now_ns(void)
{
    if (!running)
        return __real_pvgpu_time_now_ns();
    happen(running, MOMENT_CLOCK);
    running->now_ns += PVGPU_NS_PER_US;
    return running->now_ns;
}

bool __wrap_pvgpu_event_wait(struct pvgpu_event *event, uint64_t timeout_ns)
{
    if (!running)
        return __real_pvgpu_event_wait(event, timeout_ns);
    if (timeout_ns != PVGPU_NO_TIMEOUT)
        running->now_ns += timeout_ns;
    go_on(running);
    /* A session that has seen a reset ends the stand-in, for a renderer. */
    if (running->replace)
        atomic_store(&running->stop, 1);
    return true;
}

enum pvgpu_ring_result __wrap_pvgpu_ring_peek(const struct pvgpu_ring *ring, uint64_t producer,
                                              struct pvgpu_command *command)
{
    if (running)
        happen(running, MOMENT_PEEK);
    enum pvgpu_ring_result result = __real_pvgpu_ring_peek(ring, producer, command);
    fuzz_check_peek(ring, producer, result, command);
    if (running)
        check_partial(running, ring->read, result == PVGPU_RING_PARTIAL);
    return result;
}

void __wrap_pvgpu_layout_read(const struct pvgpu_control_region *region, struct pvgpu_layout_words *words)
{
    if (running) {
        running->partial_looked_ns = 0; /* an epoch begins, and each has time of its own */
        happen(running, MOMENT_LAYOUT);
    }
    __real_pvgpu_layout_read(region, words);
    check_layout(words, MEMORY_BYTES);
    check_layout(words, (uint64_t)words->heap_offset + words->heap_bytes);
}

/* ---- Renderers, one after the other ------------------------------------------------------------------------------ */

static uint32_t removed_reason(struct pvgpu_gpu *gpu)
{
    (void)gpu;
    return running->removed;
}

/* A GPU belongs to one renderer. */
static void open_gpu(struct control *c, struct pvgpu_gpu_ops *ops)
{
    const struct pvgpu_log log = {.level = PVGPU_LOG_ERROR, .target = "fuzz"};
    c->gpu = checking_gpu_create(c->memory.base, MEMORY_BYTES, (uint8_t *)c->memory.base + HEAP_OFFSET,
                                 MEMORY_BYTES - HEAP_OFFSET, &log);
    if (!c->gpu)
        fuzz_fail("out of memory");
    *ops = *c->gpu->base.ops;
    ops->removed_reason = removed_reason;
    c->gpu->base.ops = ops;
    c->gpu->abort_at_once = true;
}

static void close_gpu(struct control *c)
{
    if (atomic_load(&c->gpu->live))
        fuzz_fail("host objects were not released");
    if (atomic_load(&c->page->statistics.objects) || atomic_load(&c->page->statistics.bytes))
        fuzz_fail("objects are still counted behind the renderer's end");
    c->gpu->base.ops->destroy(&c->gpu->base);
}

static enum pvgpu_renderer_end run_renderer(struct control *c)
{
    struct pvgpu_gpu_ops ops;
    uint32_t reason;
    open_gpu(c, &ops);
    const struct pvgpu_renderer_config config = {
        .memory = &c->memory,
        .page = c->page,
        .wake = &c->wake,
        .interrupt = &c->interrupt,
        .stop = &c->stop,
        .gpu = c->draining ? NULL : &c->gpu->base,
        .needs_poll = c->head.options & OPTION_POLL,
        .resets = c->head.options & OPTION_POLL ? PVGPU_RESETS_UNANNOUNCED : PVGPU_RESETS_ANNOUNCED,
        .timeline = {.buffer_count = 2},
        .limits = pvgpu_limits_default(),
        .log = c->gpu->base.log,
    };
    c->replace = false;
    atomic_store(&c->stop, 0);
    enum pvgpu_renderer_end end = pvgpu_renderer_run(&config, &reason);
    close_gpu(c);
    return end;
}

/* What a session does when a renderer ends. */
static void run_session(struct control *c)
{
    struct pvgpu_publisher publisher;
    c->draining = c->head.options & OPTION_DRAIN;
    while (c->phase != PHASE_DONE) {
        enum pvgpu_renderer_end end = run_renderer(c);
        if (end == PVGPU_RENDERER_NO_MEMORY)
            fuzz_fail("out of memory");
        if (end == PVGPU_RENDERER_DEVICE_LOST) {
            pvgpu_publisher_init(&publisher, c->region, c->page);
            pvgpu_publish_error(&publisher, PVGPU_ERROR_DEVICE_LOST, c->removed, PVGPU_STATUS_DEVICE_LOST);
            c->removed = 0;
            c->draining = true;
        } else {
            c->draining = false;
        }
    }
}

static void run(const uint8_t *data, size_t size)
{
    struct control *c = calloc(1, sizeof(*c));
    if (!c || !(c->page = calloc(1, sizeof(*c->page))))
        fuzz_fail("out of memory");
    c->memory.base = aligned_alloc(PVGPU_CONTROL_BYTES, MEMORY_BYTES);
    if (!c->memory.base || !pvgpu_event_init(&c->interrupt))
        fuzz_fail("out of memory or handles");
    memset(c->memory.base, 0, MEMORY_BYTES);
    c->memory.size = MEMORY_BYTES;
    c->region = c->memory.base;
    c->now_ns = PVGPU_NS_PER_S;
    if (size >= sizeof(c->head)) {
        memcpy(&c->head, data, sizeof(c->head));
        c->steps = data + sizeof(c->head);
        c->step_count = (uint32_t)((size - sizeof(c->head)) / sizeof(struct step));
        c->step_count = c->step_count < STEPS_MOST ? c->step_count : STEPS_MOST;
    }
    pvgpu_control_init(c->region, MEMORY_BYTES);
    set_layout(c);
    running = c;
    run_session(c);
    running = NULL;
    pvgpu_event_finish(&c->interrupt);
    free(c->memory.base);
    free(c->page);
    free(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_run_one(run, data, size);
}
