/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "present/texture_output.h"

#include "base/time.h"

#include <stdatomic.h>
#include <stdlib.h>

struct texture_output {
    struct pvgpu_frame_output base;
    struct pvgpu_texture_ring *ring; /* owned */
    struct pvgpu_texture_ring_stats counted; /* as they were looked at last */
    _Atomic uint64_t *published;
    _Atomic uint64_t *dropped;
};

static struct texture_output *from(struct pvgpu_frame_output *output)
{
    return (struct texture_output *)output;
}

/* Passes on what the ring has counted since the last time. */
static void look_at_ring(struct texture_output *this)
{
    struct pvgpu_texture_ring_stats stats;
    pvgpu_texture_ring_stats(this->ring, &stats);
    atomic_fetch_add_explicit(this->published, stats.published - this->counted.published, memory_order_relaxed);
    atomic_fetch_add_explicit(this->dropped, stats.dropped - this->counted.dropped, memory_order_relaxed);
    this->base.held_bytes = stats.bytes;
    this->counted = stats;
}

static bool capture(struct pvgpu_frame_output *output, const struct pvgpu_presented *presented)
{
    struct texture_output *this = from(output);
    bool captured = pvgpu_texture_ring_capture(this->ring, presented->picture, presented->format, presented->number,
                                               presented->room_bytes);
    look_at_ring(this);
    return captured;
}

static enum pvgpu_output_result publish(struct pvgpu_frame_output *output, const struct pvgpu_finished_frame *frame)
{
    struct texture_output *this = from(output);
    if (frame->repeated)
        return PVGPU_OUTPUT_TAKEN;
    const struct pvgpu_texture_frame complete = {
        .number = frame->number,
        .epoch = frame->epoch,
        .fence = frame->fence,
        .present_ns = frame->present_ns,
        .complete_ns = pvgpu_time_now_ns(),
    };
    pvgpu_texture_ring_publish(this->ring, &complete);
    look_at_ring(this);
    return PVGPU_OUTPUT_TAKEN;
}

static void forget(struct pvgpu_frame_output *output)
{
    pvgpu_texture_ring_forget(from(output)->ring);
}

static void destroy(struct pvgpu_frame_output *output)
{
    if (!output)
        return;
    pvgpu_texture_ring_destroy(from(output)->ring);
    free(output);
}

static const struct pvgpu_frame_output_ops ops = {
    .capture = capture,
    .publish = publish,
    .forget = forget,
    .destroy = destroy,
};

struct pvgpu_frame_output *pvgpu_texture_output_create(const struct pvgpu_texture_ring_config *config,
                                                       _Atomic uint64_t *published, _Atomic uint64_t *dropped)
{
    struct pvgpu_texture_ring *ring = pvgpu_texture_ring_create(config);
    if (!ring)
        return NULL;
    struct texture_output *this = calloc(1, sizeof(*this));
    if (!this) {
        pvgpu_error(&config->log, "No memory for shared textures");
        pvgpu_texture_ring_destroy(ring);
        return NULL;
    }
    this->base.ops = &ops;
    this->ring = ring;
    this->published = published;
    this->dropped = dropped;
    return &this->base;
}
