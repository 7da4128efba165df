/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "present/fan_out.h"

#include "base/time.h"

#include <assert.h>
#include <stdlib.h>

struct branch {
    struct pvgpu_frame_output *output;
    uint64_t taken; /* number of the last frame that it has dealt with; 0: none in this epoch */
    uint64_t put_off; /* number of the frame that it put off; 0: none */
};

struct fan_out {
    struct pvgpu_frame_output base;
    struct branch branches[PVGPU_FAN_OUT_MOST];
    uint32_t count;
};

static struct fan_out *from(struct pvgpu_frame_output *output)
{
    return (struct fan_out *)output;
}

/* What the branches say of themselves is what is said of all. */
static void sum_up(struct fan_out *this)
{
    this->base.held_bytes = 0;
    for (uint32_t i = 0; i < this->count; i++) {
        struct pvgpu_frame_output *output = this->branches[i].output;
        this->base.held_bytes += output->held_bytes;
        this->base.used_context |= output->used_context;
        output->used_context = false;
    }
}

static bool is_watched(struct pvgpu_frame_output *output)
{
    struct fan_out *this = from(output);
    for (uint32_t i = 0; i < this->count; i++) {
        struct pvgpu_frame_output *other = this->branches[i].output;
        if (other->ops->is_watched && other->ops->is_watched(other))
            return true;
    }
    return false;
}

static bool wants_last(struct pvgpu_frame_output *output, uint64_t epoch, uint64_t number)
{
    struct fan_out *this = from(output);
    bool wanted = false;
    for (uint32_t i = 0; i < this->count; i++) {
        struct pvgpu_frame_output *other = this->branches[i].output;
        wanted |= other->ops->wants_last && other->ops->wants_last(other, epoch, number);
    }
    return wanted;
}

static bool capture(struct pvgpu_frame_output *output, const struct pvgpu_presented *presented)
{
    struct fan_out *this = from(output);
    struct pvgpu_presented offered = *presented;
    bool captured = false;
    for (uint32_t i = 0; i < this->count; i++) {
        struct pvgpu_frame_output *other = this->branches[i].output;
        if (!other->ops->capture)
            continue;
        uint64_t held = other->held_bytes;
        captured |= other->ops->capture(other, &offered);
        uint64_t more = other->held_bytes > held ? other->held_bytes - held : 0;
        offered.room_bytes -= more < offered.room_bytes ? more : offered.room_bytes;
    }
    sum_up(this);
    return captured;
}

/* Whether a frame is for this branch at all: bytes for who takes bytes, repetitions for who asks for them. */
static bool is_for(const struct branch *branch, const struct pvgpu_finished_frame *frame)
{
    const struct pvgpu_frame_output_ops *ops = branch->output->ops;
    if (frame->repeated)
        return ops->wants_last && frame->pixels.data;
    return frame->number > branch->taken && (ops->capture || frame->pixels.data);
}

static enum pvgpu_output_result offer(struct branch *branch, const struct pvgpu_finished_frame *frame)
{
    if (!is_for(branch, frame))
        return PVGPU_OUTPUT_TAKEN;
    enum pvgpu_output_result result = branch->output->ops->publish(branch->output, frame);
    branch->put_off = result == PVGPU_OUTPUT_LATER ? frame->number : 0;
    if (result == PVGPU_OUTPUT_TAKEN && !frame->repeated)
        branch->taken = frame->number;
    return result;
}

static enum pvgpu_output_result publish(struct pvgpu_frame_output *output, const struct pvgpu_finished_frame *frame)
{
    struct fan_out *this = from(output);
    enum pvgpu_output_result result = PVGPU_OUTPUT_TAKEN;
    for (uint32_t i = 0; i < this->count; i++) {
        if (offer(&this->branches[i], frame) == PVGPU_OUTPUT_LATER)
            result = PVGPU_OUTPUT_LATER;
    }
    sum_up(this);
    return result;
}

static void publish_ahead(struct pvgpu_frame_output *output, const struct pvgpu_finished_frame *frame)
{
    struct fan_out *this = from(output);
    for (uint32_t i = 0; i < this->count; i++) {
        struct branch *branch = &this->branches[i];
        if (!branch->put_off || branch->put_off == frame->number)
            offer(branch, frame);
    }
    sum_up(this);
}

static void resize(struct pvgpu_frame_output *output, const struct pvgpu_output_size *size)
{
    struct fan_out *this = from(output);
    for (uint32_t i = 0; i < this->count; i++) {
        struct pvgpu_frame_output *other = this->branches[i].output;
        if (other->ops->resize)
            other->ops->resize(other, size);
    }
}

static void forget(struct pvgpu_frame_output *output)
{
    struct fan_out *this = from(output);
    for (uint32_t i = 0; i < this->count; i++) {
        struct branch *branch = &this->branches[i];
        branch->taken = branch->put_off = 0;
        if (branch->output->ops->forget)
            branch->output->ops->forget(branch->output);
    }
    sum_up(this);
}

static void tend(struct pvgpu_frame_output *output, uint64_t *wake_ns)
{
    struct fan_out *this = from(output);
    for (uint32_t i = 0; i < this->count; i++) {
        struct pvgpu_frame_output *other = this->branches[i].output;
        if (other->ops->tend)
            other->ops->tend(other, wake_ns);
    }
    sum_up(this);
}

static uint64_t retry_ns(struct pvgpu_frame_output *output)
{
    struct fan_out *this = from(output);
    uint64_t earliest = PVGPU_NO_TIMEOUT;
    for (uint32_t i = 0; i < this->count; i++) {
        struct branch *branch = &this->branches[i];
        if (!branch->put_off || !branch->output->ops->retry_ns)
            continue;
        uint64_t at = branch->output->ops->retry_ns(branch->output);
        earliest = at < earliest ? at : earliest;
    }
    return earliest;
}

static void destroy(struct pvgpu_frame_output *output)
{
    struct fan_out *this = from(output);
    if (!output)
        return;
    for (uint32_t i = 0; i < this->count; i++)
        this->branches[i].output->ops->destroy(this->branches[i].output);
    free(this);
}

static const struct pvgpu_frame_output_ops ops = {
    .is_watched = is_watched,
    .wants_last = wants_last,
    .capture = capture,
    .publish = publish,
    .publish_ahead = publish_ahead,
    .resize = resize,
    .forget = forget,
    .tend = tend,
    .retry_ns = retry_ns,
    .destroy = destroy,
};

struct pvgpu_frame_output *pvgpu_fan_out_create(struct pvgpu_frame_output *const *outputs, uint32_t count,
                                                const struct pvgpu_log *log)
{
    assert(count <= PVGPU_FAN_OUT_MOST);
    struct fan_out *this = calloc(1, sizeof(*this));
    if (!this) {
        pvgpu_error(log, "No memory for the outputs");
        for (uint32_t i = 0; i < count; i++)
            outputs[i]->ops->destroy(outputs[i]);
        return NULL;
    }
    this->base.ops = &ops;
    this->count = count;
    for (uint32_t i = 0; i < count; i++)
        this->branches[i].output = outputs[i];
    return &this->base;
}
