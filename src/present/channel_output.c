/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "base/time.h"
#include "present/frame_channel.h"
#include "present/frame_format.h"
#include "present/output.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct channel_output {
    struct pvgpu_frame_output base;
    struct pvgpu_frame_channel *channel;
    uint64_t retry_ns;
    _Atomic uint64_t *published;
    _Atomic uint64_t *dropped;
};

static struct channel_output *from(struct pvgpu_frame_output *output)
{
    return (struct channel_output *)output;
}

static bool is_watched(struct pvgpu_frame_output *output)
{
    return pvgpu_frame_channel_wants_frames(from(output)->channel);
}

static bool wants_last(struct pvgpu_frame_output *output, uint64_t epoch, uint64_t number)
{
    return pvgpu_frame_channel_wants_last(from(output)->channel, epoch, number);
}

static void copy_rows(const struct pvgpu_finished_frame *frame, uint32_t published_format,
                      const struct pvgpu_frame_slot *slot)
{
    const uint8_t *row = frame->pixels.data;
    uint8_t *to = slot->pixels;
    size_t row_bytes = (size_t)frame->width * pvgpu_frame_format_bytes(published_format);
    bool plain = pvgpu_frame_format_is_plain(frame->format);
    for (uint32_t y = 0; y < frame->height; y++) {
        if (plain)
            memcpy(to, row, row_bytes);
        else
            pvgpu_frame_convert_row(frame->format, row, to, frame->width);
        row += frame->pixels.row_pitch;
        to += slot->pitch;
    }
}

static enum pvgpu_output_result publish(struct pvgpu_frame_output *output, const struct pvgpu_finished_frame *frame)
{
    struct channel_output *this = from(output);
    struct pvgpu_frame_slot slot;
    uint32_t format = pvgpu_frame_format_published(frame->format);
    struct pvgpu_frame_info info = {
        .frame = frame->number,
        .epoch = frame->epoch,
        .fence = frame->fence,
        .present_ns = frame->present_ns,
        .width = frame->width,
        .height = frame->height,
        .format = format,
        .colour_space = pvgpu_frame_format_colour_space(format),
    };
    switch (pvgpu_frame_channel_begin(this->channel, &info, &slot)) {
    case PVGPU_FRAME_READY:
        break;
    case PVGPU_FRAME_WAIT:
        this->retry_ns = slot.wait_deadline_ns;
        return PVGPU_OUTPUT_LATER;
    case PVGPU_FRAME_DROPPED:
        atomic_fetch_add_explicit(this->dropped, 1, memory_order_relaxed);
        return PVGPU_OUTPUT_TAKEN;
    }
    copy_rows(frame, format, &slot);
    pvgpu_frame_channel_end(this->channel, &slot, pvgpu_time_now_ns());
    atomic_fetch_add_explicit(this->published, 1, memory_order_relaxed);
    return PVGPU_OUTPUT_TAKEN;
}

static uint64_t retry_ns(struct pvgpu_frame_output *output)
{
    return from(output)->retry_ns;
}

static void destroy(struct pvgpu_frame_output *output)
{
    if (!output)
        return;
    pvgpu_frame_channel_destroy(from(output)->channel);
    free(output);
}

static const struct pvgpu_frame_output_ops ops = {
    .is_watched = is_watched,
    .wants_last = wants_last,
    .publish = publish,
    .retry_ns = retry_ns,
    .destroy = destroy,
};

struct pvgpu_frame_output *pvgpu_channel_output_create(const struct pvgpu_frame_channel_config *config,
                                                       _Atomic uint64_t *published, _Atomic uint64_t *dropped)
{
    struct pvgpu_frame_channel *channel = pvgpu_frame_channel_create(config);
    if (!channel)
        return NULL;
    struct channel_output *output = calloc(1, sizeof(*output));
    if (!output) {
        pvgpu_error(&config->log, "No memory for the frame channel");
        pvgpu_frame_channel_destroy(channel);
        return NULL;
    }
    output->base.ops = &ops;
    output->channel = channel;
    output->published = published;
    output->dropped = dropped;
    return &output->base;
}
