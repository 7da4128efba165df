/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Where finished frames go. One implementation a kind of output: the frame channel (present/frame_channel.h), later a
 * shared texture and a window. Called from the render thread; nothing blocks.
 */
#ifndef PVGPU_PRESENT_OUTPUT_H
#define PVGPU_PRESENT_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "gpu/gpu.h"

struct pvgpu_frame_output;

/* A complete frame, as it was read back. */
struct pvgpu_finished_frame {
    uint64_t epoch;
    uint64_t number; /* PRESENTs of this epoch, from 1 */
    uint64_t fence; /* highest fence value that came before the PRESENT */
    uint64_t present_ns; /* when PRESENT was executed, monotonic clock */
    uint32_t width, height; /* pixels */
    uint32_t format; /* DXGI format */
    struct pvgpu_mapped pixels;
};

/* What RESIZE_BUFFERS asks of an output. */
struct pvgpu_output_size {
    uint32_t width, height; /* pixels */
    uint32_t format; /* DXGI format; 0: as before */
    uint32_t buffer_count; /* 0: as before */
};

enum pvgpu_output_result {
    PVGPU_OUTPUT_TAKEN, /* or dropped and counted: the frame is dealt with */
    PVGPU_OUTPUT_LATER, /* a consumer asked to get every frame and is not ready: offer it again when woken */
};

struct pvgpu_frame_output_ops {
    /* Whether anybody wants frames now; if not, none are read back. */
    bool (*is_watched)(struct pvgpu_frame_output *output);
    /*
     * Whether somebody has come who should get the last frame (of that epoch and number) although it is not new. True
     * at most once for each who came. Not asked while frames are on their way.
     */
    bool (*wants_last)(struct pvgpu_frame_output *output, uint64_t epoch, uint64_t number);
    enum pvgpu_output_result (*publish)(struct pvgpu_frame_output *output, const struct pvgpu_finished_frame *frame);
    /* The frames that follow have this size. NULL: the output takes each frame as it comes. */
    void (*resize)(struct pvgpu_frame_output *output, const struct pvgpu_output_size *size);
    /* Latest time at which a LATER must be offered again; PVGPU_NO_TIMEOUT: a wake-up will come. */
    uint64_t (*retry_ns)(struct pvgpu_frame_output *output);
    void (*destroy)(struct pvgpu_frame_output *output);
};

/* First member of every output. */
struct pvgpu_frame_output {
    const struct pvgpu_frame_output_ops *ops;
};

struct pvgpu_frame_channel_config;

/* The frame channel as an output; the configuration's fields are explained in present/frame_channel.h. NULL: logged. */
struct pvgpu_frame_output *pvgpu_channel_output_create(const struct pvgpu_frame_channel_config *config,
                                                       _Atomic uint64_t *published, _Atomic uint64_t *dropped);

#endif
