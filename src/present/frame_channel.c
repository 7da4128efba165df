/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "present/frame_channel.h"

#include "base/checked.h"
#include "base/time.h"
#include "present/frame_format.h"
#include "present/frame_server.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define MAX_EXTENT 16384u /* Direct3D 11's largest texture */
#define LOSSLESS_WAIT_NS (PVGPU_FRAMES_LOSSLESS_WAIT_MS * PVGPU_NS_PER_MS)
#define NO_MEMORY_PAUSE_NS PVGPU_NS_PER_S /* between attempts to make a mapping while the system refuses */
#define OVERSIZE 4u /* a mapping that many times larger than needed is replaced by a smaller one */

struct pvgpu_frame_channel *pvgpu_frame_channel_create(const struct pvgpu_frame_channel_config *config)
{
    assert(config->slot_count >= 2 && config->slot_count <= PVGPU_FRAMES_MAX_SLOTS);
    struct pvgpu_frame_channel *channel = calloc(1, sizeof(*channel));
    if (!channel) {
        pvgpu_error(&config->log, "Cannot make the frame channel: out of memory");
        pvgpu_handle_close(config->listener);
        return NULL;
    }
    channel->log = config->log;
    channel->wake = config->wake;
    channel->slot_count = config->slot_count;
    channel->max_bytes = config->max_bytes;
    channel->complaints = (struct pvgpu_log_limit){.burst = 3, .per_second = 1};
    channel->visits = (struct pvgpu_log_limit){.burst = 50, .per_second = 2};
    strncpy(channel->vm, config->vm, sizeof(channel->vm) - 1);
    if (!pvgpu_frame_port_init(&channel->port, config->listener, config->path, &channel->log))
        goto error;
    if (!pvgpu_event_init(&channel->event)) {
        pvgpu_error(&channel->log, "Cannot make the frame channel: no more events");
        goto error_port;
    }
    pvgpu_mutex_init(&channel->lock);
    pvgpu_frame_server_welcome(channel);
    if (!pvgpu_thread_start(&channel->thread, "pvgpu-frames", pvgpu_frame_server_run, channel)) {
        pvgpu_error(&channel->log, "Cannot make the frame channel: no more threads");
        goto error_event;
    }
    return channel;

error_event:
    pvgpu_mutex_finish(&channel->lock);
    pvgpu_event_finish(&channel->event);
error_port:
    pvgpu_frame_port_finish(&channel->port);
error:
    free(channel);
    return NULL;
}

void pvgpu_frame_channel_destroy(struct pvgpu_frame_channel *channel)
{
    if (!channel)
        return;
    atomic_store_explicit(&channel->stopping, true, memory_order_release);
    pvgpu_event_signal(&channel->event);
    pvgpu_thread_join(&channel->thread);
    pvgpu_frame_memory_finish(&channel->memory);
    pvgpu_frame_port_finish(&channel->port);
    pvgpu_mutex_finish(&channel->lock);
    pvgpu_event_finish(&channel->event);
    free(channel);
}

bool pvgpu_frame_channel_wants_frames(const struct pvgpu_frame_channel *channel)
{
    return pvgpu_frame_channel_consumers(channel) > 0;
}

uint32_t pvgpu_frame_channel_consumers(const struct pvgpu_frame_channel *channel)
{
    return atomic_load_explicit(&channel->attached, memory_order_relaxed);
}

/* What was published has been overtaken by frames that nobody wanted to see. */
static void forget_if_abandoned(struct pvgpu_frame_channel *channel)
{
    struct pvgpu_frame_memory old = {.handle = PVGPU_NO_HANDLE};
    pvgpu_mutex_lock(&channel->lock);
    if (channel->abandoned) {
        old = channel->memory;
        channel->memory = (struct pvgpu_frame_memory){.handle = PVGPU_NO_HANDLE};
        channel->abandoned = false;
        channel->slots.header = NULL;
        channel->published_frame = 0;
    }
    pvgpu_mutex_unlock(&channel->lock);
    pvgpu_frame_memory_finish(&old);
}

bool pvgpu_frame_channel_wants_last(struct pvgpu_frame_channel *channel, uint64_t epoch, uint64_t frame)
{
    assert(!channel->slot_open);
    if (!atomic_exchange_explicit(&channel->look_again, false, memory_order_acq_rel))
        return false;
    forget_if_abandoned(channel);
    return pvgpu_frame_channel_wants_frames(channel) && frame != 0 &&
           (channel->published_frame != frame || channel->published_epoch != epoch);
}

/* A frame that was refused is lost for good once another one is asked for. */
static void settle_withheld(struct pvgpu_frame_channel *channel, const struct pvgpu_frame_info *info)
{
    if (!channel->withheld || (channel->withheld_epoch == info->epoch && channel->withheld_frame == info->frame))
        return;
    channel->withheld = false;
    channel->dropped++;
    pvgpu_mutex_lock(&channel->lock);
    channel->dropped_shared = channel->dropped;
    pvgpu_mutex_unlock(&channel->lock);
}

static enum pvgpu_frame_begin drop(struct pvgpu_frame_channel *channel, const struct pvgpu_frame_info *info)
{
    channel->withheld = true;
    channel->withheld_epoch = info->epoch;
    channel->withheld_frame = info->frame;
    channel->wait_since_ns = 0;
    return PVGPU_FRAME_DROPPED;
}

#define complain(channel, ...) \
    do { \
        if (pvgpu_log_may(&(channel)->log, PVGPU_LOG_WARN, &(channel)->complaints, "frames")) \
            pvgpu_warn(&(channel)->log, __VA_ARGS__); \
    } while (0)

/* Bytes that the pixels need, and the pitch; false: such a frame cannot be published. */
static bool measure(struct pvgpu_frame_channel *channel, const struct pvgpu_frame_info *info, uint32_t *pitch,
                    uint64_t *bytes)
{
    if (info->width == 0 || info->height == 0 || info->width > MAX_EXTENT || info->height > MAX_EXTENT ||
        pvgpu_frame_format_published(info->format) != info->format) {
        complain(channel, "Frames of %ux%u and format %u cannot be published", info->width, info->height, info->format);
        return false;
    }
    *pitch = (uint32_t)pvgpu_round_up((uint64_t)info->width * pvgpu_frame_format_bytes(info->format),
                                      PVGPU_FRAMES_PITCH_ALIGNMENT);
    *bytes = (uint64_t)*pitch * info->height;
    return true;
}

/* Makes sure that there is a mapping whose slots are large enough, and not absurdly so. */
static bool ensure_mapping(struct pvgpu_frame_channel *channel, uint64_t slot_bytes)
{
    uint64_t stride;
    uint64_t total = pvgpu_frame_slots_bytes(channel->slot_count, slot_bytes, &stride);
    if (channel->memory.base && stride <= channel->slots.stride && channel->slots.stride / OVERSIZE <= stride)
        return true;
    if (total > channel->max_bytes) {
        complain(channel, "A frame of %llu bytes does not fit the limit of the frame channel, %llu bytes for %u slots",
                 (unsigned long long)slot_bytes, (unsigned long long)channel->max_bytes, channel->slot_count);
        return false;
    }
    struct pvgpu_frame_memory memory;
    if (channel->no_memory_until_ns && pvgpu_time_left_ns(channel->no_memory_until_ns))
        return false;
    channel->no_memory_until_ns = 0;
    if (!pvgpu_frame_memory_create(&memory, PVGPU_FRAME_MEMORY_FRAMES, total, &channel->log)) {
        channel->no_memory_until_ns = pvgpu_time_deadline_ns(NO_MEMORY_PAUSE_NS);
        return false;
    }
    struct pvgpu_frame_slots slots;
    pvgpu_frame_slots_init(&slots, memory.base, channel->slot_count, stride, channel->generation + 1, channel->vm);

    pvgpu_mutex_lock(&channel->lock);
    struct pvgpu_frame_memory old = channel->memory;
    if (old.base)
        pvgpu_frame_slots_retire(&channel->slots);
    channel->memory = memory;
    channel->slots = slots;
    channel->generation = slots.generation;
    pvgpu_mutex_unlock(&channel->lock);
    channel->mappings++;
    pvgpu_event_signal(&channel->event);
    pvgpu_frame_memory_finish(&old);
    return true;
}

/* What the attached consumers look like at this moment; the lock is held while it is used. */
struct audience {
    const struct pvgpu_frames_hold *holds[PVGPU_FRAMES_MAX_CONSUMERS];
    size_t count;
    bool patient; /* some lossless consumer is worth waiting for */
    bool behind; /* and one of them has not taken the newest frame */
};

static struct audience look_around_locked(struct pvgpu_frame_channel *channel)
{
    struct audience audience = {.count = 0};
    uint64_t newest = PVGPU_FRAMES_NEWEST_PUBLICATION(channel->slots.header ? channel->slots.newest : 0);
    for (uint32_t i = 0; i < PVGPU_FRAME_MAX_PEERS; i++) {
        struct pvgpu_frame_consumer *consumer = &channel->consumers[i];
        if (!consumer->attached)
            continue;
        const struct pvgpu_frames_hold *hold = consumer->hold.base;
        audience.holds[audience.count++] = hold;
        if (!consumer->lossless)
            continue;
        uint64_t taken = __atomic_load_n(&hold->taken, __ATOMIC_SEQ_CST);
        if (consumer->late && taken == consumer->late_taken)
            continue;
        consumer->late = false;
        audience.patient = true;
        audience.behind |= taken < newest;
    }
    return audience;
}

static void mark_late_locked(struct pvgpu_frame_channel *channel)
{
    uint64_t newest = PVGPU_FRAMES_NEWEST_PUBLICATION(channel->slots.newest);
    for (uint32_t i = 0; i < PVGPU_FRAME_MAX_PEERS; i++) {
        struct pvgpu_frame_consumer *consumer = &channel->consumers[i];
        if (!consumer->attached || !consumer->lossless || consumer->late)
            continue;
        const struct pvgpu_frames_hold *hold = consumer->hold.base;
        uint64_t taken = __atomic_load_n(&hold->taken, __ATOMIC_SEQ_CST);
        consumer->late = taken < newest;
        consumer->late_taken = taken;
        if (consumer->late)
            complain(channel, "A lossless frame consumer (process %lld) took no frame for %u ms; going on without it",
                     (long long)consumer->process_id, PVGPU_FRAMES_LOSSLESS_WAIT_MS);
    }
}

static void ring_all_locked(struct pvgpu_frame_channel *channel)
{
    for (uint32_t i = 0; i < PVGPU_FRAME_MAX_PEERS; i++) {
        if (channel->consumers[i].attached)
            pvgpu_frame_bell_ring(&channel->consumers[i].bell);
    }
}

/* Whether the wait for lossless consumers may go on. */
static bool may_wait(struct pvgpu_frame_channel *channel, uint64_t *deadline_ns)
{
    uint64_t now = pvgpu_time_now_ns();
    if (channel->wait_since_ns == 0)
        channel->wait_since_ns = now;
    *deadline_ns = channel->wait_since_ns + LOSSLESS_WAIT_NS;
    return now < *deadline_ns;
}

/*
 * Finds a slot in the mapping there is, or what to do instead. Called again with `starved` announced before it says
 * that there is none, so that a consumer which lets go in between is not missed.
 */
static enum pvgpu_frame_begin find_slot_locked(struct pvgpu_frame_channel *channel, bool announced, uint32_t *index,
                                               uint64_t *deadline_ns)
{
    struct audience audience = look_around_locked(channel);
    if (audience.count == 0)
        return PVGPU_FRAME_DROPPED;
    if (audience.behind) {
        if (!announced || may_wait(channel, deadline_ns))
            return PVGPU_FRAME_WAIT;
        mark_late_locked(channel);
    }
    bool disturbed;
    *index = pvgpu_frame_slots_open(&channel->slots, audience.holds, audience.count, &disturbed);
    if (disturbed)
        ring_all_locked(channel);
    if (*index != PVGPU_FRAME_NO_SLOT)
        return PVGPU_FRAME_READY;
    return audience.patient && (!announced || may_wait(channel, deadline_ns)) ? PVGPU_FRAME_WAIT : PVGPU_FRAME_DROPPED;
}

/* Before the mapping is replaced: whether a lossless consumer still needs the frame in the old one. */
static bool must_wait_before_replacing(struct pvgpu_frame_channel *channel, uint64_t *deadline_ns)
{
    bool wait = false;
    pvgpu_mutex_lock(&channel->lock);
    if (channel->slots.header && look_around_locked(channel).behind) {
        pvgpu_frame_slots_set_starved(&channel->slots, true);
        if (look_around_locked(channel).behind) {
            wait = may_wait(channel, deadline_ns);
            if (!wait)
                mark_late_locked(channel);
        }
    }
    pvgpu_mutex_unlock(&channel->lock);
    return wait;
}

enum pvgpu_frame_begin pvgpu_frame_channel_begin(struct pvgpu_frame_channel *channel,
                                                 const struct pvgpu_frame_info *info, struct pvgpu_frame_slot *slot)
{
    assert(!channel->slot_open);
    forget_if_abandoned(channel);
    if (!pvgpu_frame_channel_wants_frames(channel))
        return PVGPU_FRAME_DROPPED;
    settle_withheld(channel, info);
    if (channel->wait_epoch != info->epoch || channel->wait_frame != info->frame) {
        channel->wait_since_ns = 0;
        channel->wait_epoch = info->epoch;
        channel->wait_frame = info->frame;
    }

    uint32_t pitch;
    uint64_t bytes;
    if (!measure(channel, info, &pitch, &bytes))
        return drop(channel, info);
    if (must_wait_before_replacing(channel, &slot->wait_deadline_ns))
        return PVGPU_FRAME_WAIT;
    if (!ensure_mapping(channel, bytes))
        return drop(channel, info);

    uint32_t index;
    pvgpu_mutex_lock(&channel->lock);
    enum pvgpu_frame_begin result = find_slot_locked(channel, false, &index, &slot->wait_deadline_ns);
    if (result != PVGPU_FRAME_READY) {
        pvgpu_frame_slots_set_starved(&channel->slots, true);
        result = find_slot_locked(channel, true, &index, &slot->wait_deadline_ns);
    }
    if (result == PVGPU_FRAME_READY)
        pvgpu_frame_slots_set_starved(&channel->slots, false);
    pvgpu_mutex_unlock(&channel->lock);
    if (result == PVGPU_FRAME_WAIT)
        return result;
    if (result == PVGPU_FRAME_DROPPED)
        return drop(channel, info);

    channel->withheld = false;
    channel->wait_since_ns = 0;
    channel->slot_open = true;
    slot->index = index;
    slot->pitch = pitch;
    slot->pixels = pvgpu_frame_slots_pixels(&channel->slots, index);
    slot->info = *info;
    slot->info.pitch = pitch;
    slot->info.reserved = 0;
    return PVGPU_FRAME_READY;
}

void pvgpu_frame_channel_end(struct pvgpu_frame_channel *channel, struct pvgpu_frame_slot *slot, uint64_t complete_ns)
{
    assert(channel->slot_open);
    channel->slot_open = false;
    slot->info.complete_ns = complete_ns;
    channel->published_epoch = slot->info.epoch;
    channel->published_frame = slot->info.frame;
    pvgpu_mutex_lock(&channel->lock);
    channel->publications++;
    pvgpu_frame_slots_publish(&channel->slots, slot->index, channel->publications, channel->dropped, &slot->info);
    ring_all_locked(channel);
    pvgpu_mutex_unlock(&channel->lock);
}

void pvgpu_frame_channel_cancel(struct pvgpu_frame_channel *channel, struct pvgpu_frame_slot *slot)
{
    assert(channel->slot_open);
    channel->slot_open = false;
    pvgpu_frame_slots_cancel(&channel->slots, slot->index);
    if (channel->slots.newest == 0)
        channel->published_frame = 0;
}

void pvgpu_frame_channel_stats(struct pvgpu_frame_channel *channel, struct pvgpu_frame_channel_stats *stats)
{
    pvgpu_mutex_lock(&channel->lock);
    *stats = (struct pvgpu_frame_channel_stats){
        .published = channel->publications,
        .dropped = channel->dropped + (channel->withheld ? 1 : 0),
        .mappings = channel->mappings,
        .attached = channel->attached_ever,
    };
    pvgpu_mutex_unlock(&channel->lock);
}
