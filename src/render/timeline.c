/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "render/timeline.h"

#include "base/checked.h"
#include "wire/validate.h"

#include <stdlib.h>
#include <string.h>

/* Past these the work so far goes to the GPU even though the ring has more: a submission is cheap beside that much. */
#define SUBMIT_AFTER_COMMANDS 16384u
#define SUBMIT_AFTER_BYTES (UINT64_C(64) << 20)

/* Past these the ring is not consumed further until something has completed. */
#define MOST_ENTRIES 65536u
#define MOST_READBACK_BYTES (UINT64_C(256) << 20)

#define FIRST_CAPACITY 64u

void pvgpu_timeline_init(struct pvgpu_timeline *timeline, struct pvgpu_gpu *gpu, struct pvgpu_publisher *publisher,
                         struct pvgpu_frame_output *output, const struct pvgpu_timeline_config *config,
                         const struct pvgpu_log *log)
{
    *timeline = (struct pvgpu_timeline){
        .gpu = gpu,
        .publisher = publisher,
        .output = output,
        .config = *config,
        .log = pvgpu_log_for(log, "pvgpu_backend::present"),
        .lines = {.burst = 10, .per_second = 1},
        .submission = 1,
        .buffer_count = config->buffer_count,
    };
}

void pvgpu_timeline_set_heap(struct pvgpu_timeline *timeline, void *heap, uint64_t bytes)
{
    timeline->heap = heap;
    timeline->heap_bytes = bytes;
}

static struct pvgpu_progress *progress_of(struct pvgpu_timeline *timeline)
{
    return &timeline->publisher->page->progress;
}

void pvgpu_timeline_count_into(struct pvgpu_timeline *timeline, uint64_t *bytes, uint64_t most)
{
    timeline->counted_bytes = bytes;
    timeline->counted_most = most;
}

static struct pvgpu_statistics *statistics_of(struct pvgpu_timeline *timeline)
{
    return &timeline->publisher->page->statistics;
}

/* Counts the kept picture among the bytes of the VM, or no more. */
static void count_last_frame(struct pvgpu_timeline *timeline, uint64_t difference)
{
    if (!timeline->counted_bytes)
        return;
    struct pvgpu_statistics *statistics = statistics_of(timeline);
    *timeline->counted_bytes += difference;
    pvgpu_statistics_add(&statistics->bytes_by_kind[PVGPU_MEMORY_LAST_FRAME], difference);
    atomic_store_explicit(&statistics->bytes, *timeline->counted_bytes, memory_order_relaxed);
}

static bool may_keep(const struct pvgpu_timeline *timeline, uint64_t bytes)
{
    return !timeline->counted_bytes || pvgpu_range_fits(timeline->counted_most, *timeline->counted_bytes, bytes);
}

static struct pvgpu_entry *entry_at(const struct pvgpu_timeline *timeline, uint32_t index)
{
    return &timeline->entries[(timeline->first + index) & (timeline->capacity - 1)];
}

static bool reserve_entry(struct pvgpu_timeline *timeline)
{
    if (timeline->count < timeline->capacity)
        return true;
    uint32_t capacity = timeline->capacity ? timeline->capacity * 2 : FIRST_CAPACITY;
    struct pvgpu_entry *entries = malloc(capacity * sizeof(*entries));
    if (!entries)
        return false;
    for (uint32_t i = 0; i < timeline->count; i++)
        entries[i] = *entry_at(timeline, i);
    free(timeline->entries);
    timeline->entries = entries;
    timeline->capacity = capacity;
    timeline->first = 0;
    return true;
}

/* The submission after which everything recorded so far is done: the current one only if there is anything in it. */
static uint64_t last_submission(const struct pvgpu_timeline *timeline)
{
    return timeline->unsubmitted_commands ? timeline->submission : timeline->submitted;
}

static void append(struct pvgpu_timeline *timeline, const struct pvgpu_entry *entry)
{
    *entry_at(timeline, timeline->count++) = *entry;
}

static void drop_readback(struct pvgpu_timeline *timeline, struct pvgpu_entry *entry)
{
    if (!entry->readback)
        return;
    timeline->gpu->ops->readback_end(timeline->gpu, entry->readback);
    entry->readback = NULL;
    timeline->readback_bytes -= entry->row_bytes * entry->rows * entry->slices;
}

static void pop(struct pvgpu_timeline *timeline)
{
    drop_readback(timeline, entry_at(timeline, 0));
    timeline->first = (timeline->first + 1) & (timeline->capacity - 1);
    timeline->count--;
}

static void drop_last_frame(struct pvgpu_timeline *timeline)
{
    if (!timeline->last_frame)
        return;
    timeline->gpu->ops->release(timeline->gpu, timeline->last_frame->base.host);
    count_last_frame(timeline, UINT64_C(0) - timeline->last_frame->bytes);
    free(timeline->last_frame);
    timeline->last_frame = NULL;
}

/* Counts what the output holds, and tells if it has drawn. */
static void look_at_output(struct pvgpu_timeline *timeline)
{
    struct pvgpu_frame_output *output = timeline->output;
    if (output->held_bytes != timeline->output_bytes) {
        count_last_frame(timeline, output->held_bytes - timeline->output_bytes);
        timeline->output_bytes = output->held_bytes;
    }
    if (output->used_context && timeline->sink.drawn)
        timeline->sink.drawn(timeline->sink.user);
    output->used_context = false;
}

void pvgpu_timeline_tend_output(struct pvgpu_timeline *timeline, uint64_t *wake_ns)
{
    struct pvgpu_frame_output *output = timeline->output;
    if (!output || !output->ops->tend)
        return;
    output->ops->tend(output, wake_ns);
    look_at_output(timeline);
}

void pvgpu_timeline_clear(struct pvgpu_timeline *timeline)
{
    while (timeline->count)
        pop(timeline);
    drop_last_frame(timeline);
    if (timeline->output && timeline->output->ops->forget) {
        timeline->output->ops->forget(timeline->output);
        look_at_output(timeline);
    }
    timeline->pacing = (struct pvgpu_pacing){0};
    timeline->fence_submitted = 0;
    timeline->presents_outstanding = 0;
    timeline->resizes_outstanding = 0;
    timeline->buffer_count = timeline->config.buffer_count;
    timeline->repeating = false;
    timeline->frames = 0;
    timeline->begun_count = 0;
    timeline->wait_submission = 0;
    timeline->wait_fence = 0;
}

void pvgpu_timeline_finish(struct pvgpu_timeline *timeline)
{
    pvgpu_timeline_clear(timeline);
    free(timeline->entries);
    timeline->entries = NULL;
    timeline->capacity = 0;
}

bool pvgpu_timeline_fence(struct pvgpu_timeline *timeline, uint64_t value)
{
    uint64_t submission = last_submission(timeline);
    if (value > timeline->fence_submitted)
        timeline->fence_submitted = timeline->publisher->fence_consumed = value;
    /* Fences with nothing between them complete together: only the highest is ever seen. */
    if (timeline->count) {
        struct pvgpu_entry *last = entry_at(timeline, timeline->count - 1);
        if (last->kind == PVGPU_ENTRY_FENCE && last->submission == submission) {
            if (value > last->fence)
                last->fence = value;
            return true;
        }
    }
    if (!reserve_entry(timeline))
        return false;
    append(timeline, &(struct pvgpu_entry){.kind = PVGPU_ENTRY_FENCE, .submission = submission, .fence = value});
    return true;
}

/* Starts a read-back for an entry whose packing is filled in, and appends it. */
static enum pvgpu_gpu_result append_readback(struct pvgpu_timeline *timeline, struct pvgpu_entry *entry,
                                             struct pvgpu_resource *resource, uint32_t subresource)
{
    if (!reserve_entry(timeline))
        return PVGPU_GPU_NO_MEMORY;
    entry->readback = timeline->gpu->ops->readback_begin(timeline->gpu, resource, subresource);
    if (!entry->readback)
        return pvgpu_gpu_failure(timeline->gpu);
    timeline->unsubmitted_commands++;
    timeline->readback_bytes += entry->row_bytes * entry->rows * entry->slices;
    entry->submission = timeline->submission;
    append(timeline, entry);
    return PVGPU_GPU_OK;
}

enum pvgpu_gpu_result pvgpu_timeline_readback(struct pvgpu_timeline *timeline, struct pvgpu_resource *resource,
                                              uint32_t subresource, uint64_t heap_offset, uint64_t row_bytes,
                                              uint32_t rows, uint32_t slices)
{
    struct pvgpu_entry entry = {
        .kind = PVGPU_ENTRY_READBACK,
        .id = resource->base.id,
        .heap_offset = heap_offset,
        .row_bytes = row_bytes,
        .rows = rows,
        .slices = slices,
    };
    enum pvgpu_gpu_result result = append_readback(timeline, &entry, resource, subresource);
    if (result == PVGPU_GPU_OK)
        pvgpu_timeline_submit(timeline);
    return result;
}

/*
 * Keeps a copy of the picture on the GPU. It counts towards the VM's limit of bytes; without memory for it, newcomers
 * just wait for the next frame.
 */
static void keep_last_frame(struct pvgpu_timeline *timeline, struct pvgpu_resource *picture)
{
    struct pvgpu_resource *kept = timeline->last_frame;
    if (!kept || kept->kind != picture->kind || kept->format != picture->format || kept->width != picture->width ||
        kept->height != picture->height || kept->mip_count != picture->mip_count ||
        kept->array_length != picture->array_length) {
        drop_last_frame(timeline);
        kept = may_keep(timeline, picture->bytes) ? malloc(sizeof(*kept)) : NULL;
        if (!kept)
            return;
        *kept = *picture;
        kept->base = (struct pvgpu_object){.type = PVGPU_OBJECT_RESOURCE, .references = 1};
        kept->bind = 0;
        kept->misc = 0;
        kept->mappings = NULL;
        kept->mapping_count = 0;
        if (timeline->gpu->ops->create_resource(timeline->gpu, kept, NULL) != PVGPU_GPU_OK) {
            free(kept);
            return;
        }
        timeline->last_frame = kept;
        count_last_frame(timeline, kept->bytes);
    }
    timeline->gpu->ops->copy_resource(timeline->gpu, kept, picture);
    timeline->unsubmitted_commands++;
}

static void describe_picture(struct pvgpu_entry *entry, const struct pvgpu_resource *picture)
{
    struct pvgpu_subresource sub;
    if (!pvgpu_subresource_at(picture, 0, &sub))
        return;
    entry->width = sub.width;
    entry->height = sub.height;
    entry->row_bytes = sub.row_bytes;
    entry->rows = sub.rows;
    entry->slices = 1;
}

/* Without memory for its copy the output does not show the frame. */
static void capture(struct pvgpu_timeline *timeline, struct pvgpu_resource *picture, uint32_t format)
{
    struct pvgpu_frame_output *output = timeline->output;
    uint64_t used = timeline->counted_bytes ? *timeline->counted_bytes : 0;
    uint64_t most = timeline->counted_bytes ? timeline->counted_most : UINT64_MAX;
    const struct pvgpu_presented presented = {
        .picture = picture,
        .format = format,
        .number = timeline->frames + 1,
        .room_bytes = used < most ? most - used : 0,
    };
    if (output->ops->capture(output, &presented))
        timeline->unsubmitted_commands++;
    look_at_output(timeline);
}

/* Measures what a PRESENT ends, the frame before it, and begins. */
static void note_present(struct pvgpu_timeline *timeline, const struct pvgpu_entry *entry)
{
    if (timeline->frames++)
        pvgpu_statistics_took(statistics_of(timeline), PVGPU_DURATION_FRAME, timeline->last_present_ns,
                              entry->present_ns);
    timeline->last_present_ns = entry->present_ns;
    if (timeline->begun_count < PVGPU_TIMELINE_PRESENTS_MOST)
        timeline->begun[timeline->begun_count++] =
            (struct pvgpu_present_begun){.submission = entry->submission, .present_ns = entry->present_ns};
}

/* Presents are timed as soon as the GPU is known to be done with them, also while an earlier one waits for its time. */
static void note_completed_presents(struct pvgpu_timeline *timeline)
{
    uint32_t done = 0;
    while (done < timeline->begun_count && timeline->begun[done].submission <= timeline->completed)
        done++;
    if (!done)
        return;
    uint64_t now = pvgpu_time_now_ns();
    for (uint32_t i = 0; i < done; i++)
        pvgpu_statistics_took(statistics_of(timeline), PVGPU_DURATION_PRESENT, timeline->begun[i].present_ns, now);
    timeline->begun_count -= done;
    memmove(timeline->begun, timeline->begun + done, timeline->begun_count * sizeof(timeline->begun[0]));
}

enum pvgpu_gpu_result pvgpu_timeline_present(struct pvgpu_timeline *timeline, struct pvgpu_resource *picture,
                                             uint32_t format, uint32_t sync_interval)
{
    struct pvgpu_entry entry = {
        .kind = PVGPU_ENTRY_PRESENT,
        .sync_interval = sync_interval,
        .frame = timeline->frames + 1,
        .fence = timeline->fence_submitted,
        .format = format,
        .present_ns = pvgpu_time_now_ns(),
    };
    struct pvgpu_frame_output *output = timeline->output;
    describe_picture(&entry, picture);
    if (output && output->ops->wants_last)
        keep_last_frame(timeline, picture);
    if (output && output->ops->capture)
        capture(timeline, picture, format);
    if (output && output->ops->is_watched && output->ops->is_watched(output)) {
        enum pvgpu_gpu_result result = append_readback(timeline, &entry, picture, 0);
        if (result != PVGPU_GPU_OK)
            return result;
    } else {
        if (!reserve_entry(timeline))
            return PVGPU_GPU_NO_MEMORY;
        entry.submission = last_submission(timeline);
        append(timeline, &entry);
    }
    note_present(timeline, &entry);
    timeline->presents_outstanding++;
    timeline->last_entry = entry;
    timeline->last_entry.readback = NULL;
    pvgpu_timeline_submit(timeline);
    return PVGPU_GPU_OK;
}

bool pvgpu_timeline_resize(struct pvgpu_timeline *timeline, const struct pvgpu_output_size *size)
{
    if (!reserve_entry(timeline))
        return false;
    append(timeline,
           &(struct pvgpu_entry){.kind = PVGPU_ENTRY_RESIZE, .submission = last_submission(timeline), .size = *size});
    if (timeline->resizes_outstanding++ == 0)
        pvgpu_publish_status(timeline->publisher, PVGPU_STATUS_RESIZING, 0);
    pvgpu_timeline_submit(timeline);
    return true;
}

/* The presents before it have left. False: the epoch is over. */
static bool finish_resize(struct pvgpu_timeline *timeline, const struct pvgpu_entry *entry)
{
    const struct pvgpu_output_size *size = &entry->size;
    if (timeline->output && timeline->output->ops->resize)
        timeline->output->ops->resize(timeline->output, size);
    /* Fewer than two would not let a guest draw while a frame is on its way. */
    if (size->buffer_count) {
        uint32_t count = size->buffer_count < 2 ? 2 : size->buffer_count;
        timeline->buffer_count = count < timeline->config.buffer_count ? count : timeline->config.buffer_count;
    }
    pvgpu_debug(&timeline->log, "Outputs resized to %ux%u, %u presents in flight", size->width, size->height,
                timeline->buffer_count);
    return --timeline->resizes_outstanding || pvgpu_publish_status(timeline->publisher, 0, PVGPU_STATUS_RESIZING);
}

bool pvgpu_timeline_serve_newcomers(struct pvgpu_timeline *timeline)
{
    struct pvgpu_frame_output *output = timeline->output;
    if (!output || !output->ops->wants_last || !timeline->last_frame || timeline->presents_outstanding ||
        timeline->repeating)
        return false;
    if (!output->ops->wants_last(output, timeline->publisher->epoch, timeline->frames))
        return false;
    struct pvgpu_entry entry = timeline->last_entry;
    entry.kind = PVGPU_ENTRY_REPEAT;
    entry.mapped = (struct pvgpu_mapped){0};
    if (append_readback(timeline, &entry, timeline->last_frame, 0) != PVGPU_GPU_OK)
        return false; /* a fault is reported by the renderer; the newcomer waits for the next frame */
    timeline->repeating = true;
    pvgpu_timeline_submit(timeline);
    return true;
}

void pvgpu_timeline_worked(struct pvgpu_timeline *timeline, uint64_t bytes)
{
    timeline->unsubmitted_commands++;
    timeline->unsubmitted_bytes += bytes;
    if (bytes) {
        pvgpu_statistics_add(&statistics_of(timeline)->uploads, 1);
        pvgpu_statistics_add(&statistics_of(timeline)->upload_bytes, bytes);
    }
    if (timeline->unsubmitted_commands >= SUBMIT_AFTER_COMMANDS || timeline->unsubmitted_bytes >= SUBMIT_AFTER_BYTES)
        pvgpu_timeline_submit(timeline);
}

void pvgpu_timeline_submit(struct pvgpu_timeline *timeline)
{
    if (!timeline->unsubmitted_commands)
        return;
    timeline->gpu->ops->submit(timeline->gpu, timeline->submission);
    timeline->submitted = timeline->submission++;
    timeline->unsubmitted_commands = 0;
    timeline->unsubmitted_bytes = 0;
    if (pvgpu_progress_submitted(progress_of(timeline)) && timeline->sink.begin)
        timeline->sink.begin(timeline->sink.user);
}

void pvgpu_timeline_begin_compiling(struct pvgpu_timeline *timeline)
{
    pvgpu_progress_begin_compiling(progress_of(timeline));
}

void pvgpu_timeline_end_compiling(struct pvgpu_timeline *timeline)
{
    pvgpu_progress_end_compiling(progress_of(timeline));
}

void pvgpu_timeline_uses_shader(struct pvgpu_timeline *timeline, uint32_t bytecode_bytes)
{
    pvgpu_progress_grant(progress_of(timeline), bytecode_bytes);
    timeline->grant_submission = timeline->submission;
}

void pvgpu_timeline_wait_idle(struct pvgpu_timeline *timeline)
{
    pvgpu_timeline_submit(timeline);
    if (timeline->submitted > timeline->completed)
        timeline->wait_submission = timeline->submitted;
}

bool pvgpu_timeline_wait_fence(struct pvgpu_timeline *timeline, uint64_t value)
{
    if (value > timeline->fence_submitted)
        return false;
    pvgpu_timeline_submit(timeline);
    if (value > timeline->publisher->fence)
        timeline->wait_fence = value;
    return true;
}

bool pvgpu_timeline_is_open(const struct pvgpu_timeline *timeline)
{
    return !timeline->wait_submission && !timeline->wait_fence && timeline->count < MOST_ENTRIES &&
           timeline->readback_bytes < MOST_READBACK_BYTES;
}

bool pvgpu_timeline_has_room_for_present(const struct pvgpu_timeline *timeline)
{
    return timeline->presents_outstanding < timeline->buffer_count;
}

/* Finished bytes that cannot be had: the guest is told before the fence behind them, the device's loss by others. */
static void report_unreadable(struct pvgpu_timeline *timeline, uint32_t id)
{
    enum pvgpu_gpu_result result = pvgpu_gpu_failure(timeline->gpu);
    uint32_t fault = pvgpu_gpu_take_fault(timeline->gpu);
    if (result == PVGPU_GPU_LOST)
        return;
    bool may_log = pvgpu_log_may(&timeline->log, PVGPU_LOG_ERROR, &timeline->lines, "read-backs and frames");
    if (may_log && id)
        pvgpu_error(&timeline->log, "What was read back of resource %u cannot be had (HRESULT 0x%08X)", id, fault);
    else if (may_log)
        pvgpu_error(&timeline->log, "A finished frame cannot be had and is skipped (HRESULT 0x%08X)", fault);
    if (timeline->sink.fault)
        timeline->sink.fault(timeline->sink.user, fault ? PVGPU_ERROR_INTERNAL : PVGPU_ERROR_OUT_OF_MEMORY,
                             fault ? fault : id);
}

/* Writes a finished read-back into the heap, tightly packed. The range was checked when MAP was executed. */
static void deliver_readback(struct pvgpu_timeline *timeline, struct pvgpu_entry *entry)
{
    struct pvgpu_mapped mapped;
    if (!timeline->gpu->ops->readback_map(timeline->gpu, entry->readback, &mapped)) {
        report_unreadable(timeline, entry->id);
        return;
    }
    pvgpu_statistics_add(&statistics_of(timeline)->readback_bytes, entry->row_bytes * entry->rows * entry->slices);
    uint8_t *to = timeline->heap + entry->heap_offset;
    for (uint32_t slice = 0; slice < entry->slices; slice++) {
        const uint8_t *from = mapped.data + (size_t)slice * mapped.slice_pitch;
        for (uint32_t row = 0; row < entry->rows; row++) {
            memcpy(to, from + (size_t)row * mapped.row_pitch, (size_t)entry->row_bytes);
            to += entry->row_bytes;
        }
    }
}

/* What the output is offered. Its bytes cannot be had: it is told so by their absence. */
static struct pvgpu_finished_frame finished_frame(struct pvgpu_timeline *timeline, struct pvgpu_entry *entry)
{
    /* An output that puts us off sees the same mapping again. */
    if (entry->readback && !entry->mapped.data &&
        !timeline->gpu->ops->readback_map(timeline->gpu, entry->readback, &entry->mapped)) {
        report_unreadable(timeline, 0);
        entry->mapped = (struct pvgpu_mapped){0};
        drop_readback(timeline, entry);
    }
    return (struct pvgpu_finished_frame){
        .epoch = timeline->publisher->epoch,
        .number = entry->frame,
        .fence = entry->fence,
        .present_ns = entry->present_ns,
        .width = entry->width,
        .height = entry->height,
        .format = entry->format,
        .sync_interval = entry->sync_interval,
        .repeated = entry->kind == PVGPU_ENTRY_REPEAT,
        .pixels = entry->mapped,
    };
}

static enum pvgpu_output_result deliver_frame(struct pvgpu_timeline *timeline, struct pvgpu_entry *entry)
{
    struct pvgpu_frame_output *output = timeline->output;
    if (!output || (!entry->readback && !output->ops->capture))
        return PVGPU_OUTPUT_TAKEN;
    struct pvgpu_finished_frame frame = finished_frame(timeline, entry);
    if (!frame.pixels.data && !output->ops->capture)
        return PVGPU_OUTPUT_TAKEN;
    enum pvgpu_output_result result = output->ops->publish(output, &frame);
    look_at_output(timeline);
    return result;
}

/* Whether the time of a present has come; if not, *wake_ns is brought forward to it. */
static bool is_due(struct pvgpu_timeline *timeline, struct pvgpu_entry *entry, uint64_t *wake_ns)
{
    uint64_t now = pvgpu_time_now_ns();
    if (!entry->due_ns) {
        uint32_t refresh = atomic_load_explicit((_Atomic uint32_t *)&timeline->publisher->region->display_refresh,
                                                memory_order_relaxed);
        entry->due_ns = pvgpu_pacing_due(&timeline->pacing, now, entry->sync_interval, refresh, timeline->config.vsync);
    }
    if (now >= entry->due_ns)
        return true;
    *wake_ns = entry->due_ns < *wake_ns ? entry->due_ns : *wake_ns;
    return false;
}

/* The frame at the front was put off: those behind it, in order, are for whoever did not put it off. */
static void offer_ahead(struct pvgpu_timeline *timeline, uint64_t *wake_ns)
{
    struct pvgpu_frame_output *output = timeline->output;
    for (uint32_t i = 1; output->ops->publish_ahead && i < timeline->count; i++) {
        struct pvgpu_entry *entry = entry_at(timeline, i);
        if (entry->kind != PVGPU_ENTRY_PRESENT)
            continue;
        if (entry->submission > timeline->completed || !is_due(timeline, entry, wake_ns))
            return;
        struct pvgpu_finished_frame frame = finished_frame(timeline, entry);
        output->ops->publish_ahead(output, &frame);
        look_at_output(timeline);
    }
}

/* Whether the present or repeat at the front may leave now; if not, *wake_ns says when to look again. */
static bool finish_frame(struct pvgpu_timeline *timeline, struct pvgpu_entry *entry, uint64_t *wake_ns)
{
    if (entry->kind == PVGPU_ENTRY_PRESENT && !is_due(timeline, entry, wake_ns))
        return false;
    if (deliver_frame(timeline, entry) == PVGPU_OUTPUT_LATER) {
        offer_ahead(timeline, wake_ns);
        uint64_t retry = timeline->output->ops->retry_ns(timeline->output);
        *wake_ns = retry < *wake_ns ? retry : *wake_ns;
        return false;
    }
    if (entry->kind == PVGPU_ENTRY_REPEAT)
        timeline->repeating = false;
    if (entry->kind == PVGPU_ENTRY_PRESENT) {
        timeline->presents_outstanding--;
        pvgpu_debug(&timeline->log, "Frame presented (frame %llu, fence %llu)", (unsigned long long)entry->frame,
                    (unsigned long long)entry->fence);
    }
    return true;
}

static bool publish_fence(struct pvgpu_timeline *timeline, uint64_t value, bool *interrupt)
{
    if (value <= timeline->publisher->fence)
        return true;
    if (!pvgpu_publish_fence(timeline->publisher, value))
        return false;
    *interrupt = true;
    return true;
}

/* Asks the GPU how far it is. */
static void look_at_gpu(struct pvgpu_timeline *timeline)
{
    if (timeline->submitted <= timeline->completed)
        return;
    uint64_t completed = timeline->gpu->ops->completed(timeline->gpu);
    if (completed <= timeline->completed)
        return;
    timeline->completed = completed;
    pvgpu_progress_completed(progress_of(timeline), timeline->submitted > completed);
    if (timeline->grant_submission && timeline->grant_submission <= completed) {
        timeline->grant_submission = 0;
        pvgpu_progress_end_grants(progress_of(timeline));
    }
}

enum pvgpu_timeline_result pvgpu_timeline_collect(struct pvgpu_timeline *timeline, bool *interrupt, uint64_t *wake_ns)
{
    uint64_t fence = 0;
    bool blocked = false;
    look_at_gpu(timeline);
    note_completed_presents(timeline);
    while (timeline->count && !blocked) {
        struct pvgpu_entry *entry = entry_at(timeline, 0);
        if (entry->submission > timeline->completed)
            break;
        switch (entry->kind) {
        case PVGPU_ENTRY_FENCE:
            fence = entry->fence > fence ? entry->fence : fence;
            break;
        case PVGPU_ENTRY_READBACK:
            if (pvgpu_control_page_epoch(timeline->publisher->page) != timeline->publisher->epoch)
                return PVGPU_TIMELINE_EPOCH_OVER;
            deliver_readback(timeline, entry);
            break;
        case PVGPU_ENTRY_RESIZE:
            if (!finish_resize(timeline, entry))
                return PVGPU_TIMELINE_EPOCH_OVER;
            break;
        case PVGPU_ENTRY_PRESENT:
        case PVGPU_ENTRY_REPEAT:
            /* Fences before it are due now, whatever the frame waits for. */
            if (!publish_fence(timeline, fence, interrupt))
                return PVGPU_TIMELINE_EPOCH_OVER;
            blocked = !finish_frame(timeline, entry, wake_ns);
            break;
        }
        if (!blocked)
            pop(timeline);
    }
    if (!publish_fence(timeline, fence, interrupt))
        return PVGPU_TIMELINE_EPOCH_OVER;
    if (timeline->wait_submission && timeline->wait_submission <= timeline->completed)
        timeline->wait_submission = 0;
    if (timeline->wait_fence && timeline->wait_fence <= timeline->publisher->fence)
        timeline->wait_fence = 0;
    return PVGPU_TIMELINE_ALIVE;
}
