/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Where presented frames go. One implementation a kind of output: the frame channel (present/frame_channel.h), which
 * takes the bytes of frames; the window (present/window_output.h), which takes a copy of the picture on the GPU; and
 * one that hands frames to several others (present/fan_out.h). Called from the render thread.
 */
#ifndef PVGPU_PRESENT_OUTPUT_H
#define PVGPU_PRESENT_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "gpu/gpu.h"

struct pvgpu_frame_output;

/* What a PRESENT shows, while it is executed. */
struct pvgpu_presented {
    struct pvgpu_resource *picture; /* one sample; subresource 0 is shown */
    uint32_t format; /* DXGI format, how its bytes are to be read; may be typeless */
    uint64_t number; /* PRESENTs of this epoch, from 1 */
    uint64_t room_bytes; /* how much more GPU memory the VM may use */
};

/* A frame that the GPU has completed, and whose time has come. */
struct pvgpu_finished_frame {
    uint64_t epoch;
    uint64_t number; /* PRESENTs of this epoch, from 1 */
    uint64_t fence; /* highest fence value that came before the PRESENT */
    uint64_t present_ns; /* when PRESENT was executed, monotonic clock */
    uint32_t width, height; /* pixels */
    uint32_t format; /* DXGI format */
    uint32_t sync_interval; /* refreshes that it stays, 0 to 4 */
    bool repeated; /* was presented before: for those alone who asked by wants_last */
    struct pvgpu_mapped pixels; /* as it was read back; data is NULL when nobody watched, or it cannot be had */
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
    /* Whether anybody wants the bytes of frames now; if not, none are read back. NULL: it never takes bytes. */
    bool (*is_watched)(struct pvgpu_frame_output *output);
    /*
     * Whether somebody has come who should get the last frame (of that epoch and number) although it is not new. True
     * at most once for each who came. Not asked while frames are on their way. NULL: nobody comes.
     */
    bool (*wants_last)(struct pvgpu_frame_output *output, uint64_t epoch, uint64_t number);
    /*
     * At PRESENT: copies the picture on the GPU, so that the guest may draw on. Returns whether it did. NULL: the output
     * needs no copy, and is offered only frames that were read back.
     */
    bool (*capture)(struct pvgpu_frame_output *output, const struct pvgpu_presented *presented);
    enum pvgpu_output_result (*publish)(struct pvgpu_frame_output *output, const struct pvgpu_finished_frame *frame);
    /*
     * Offers a frame although an earlier one was put off, for those behind this output who did not put it off. The same
     * frame is offered by publish later. NULL: frames are offered one after the other.
     */
    void (*publish_ahead)(struct pvgpu_frame_output *output, const struct pvgpu_finished_frame *frame);
    /* The frames that follow have this size. NULL: the output takes each frame as it comes. */
    void (*resize)(struct pvgpu_frame_output *output, const struct pvgpu_output_size *size);
    /* The epoch is over: frames that were captured do not come, numbers start again. NULL: nothing to forget. */
    void (*forget)(struct pvgpu_frame_output *output);
    /*
     * Every round of the render thread: what the output has to do by itself, such as following its window. *wake_ns is
     * brought forward to when it must be called again even without a wake-up. NULL: nothing.
     */
    void (*tend)(struct pvgpu_frame_output *output, uint64_t *wake_ns);
    /* Latest time at which a LATER must be offered again; PVGPU_NO_TIMEOUT: a wake-up will come. NULL: never LATER. */
    uint64_t (*retry_ns)(struct pvgpu_frame_output *output);
    void (*destroy)(struct pvgpu_frame_output *output);
};

/* First member of every output. */
struct pvgpu_frame_output {
    const struct pvgpu_frame_output_ops *ops;
    uint64_t held_bytes; /* of GPU memory, for copies of pictures: changed by capture, forget and tend */
    bool used_context; /* set when it drew on the device's context; cleared by whoever tells the owner of the state */
};

struct pvgpu_frame_channel_config;

/* The frame channel as an output; the configuration's fields are explained in present/frame_channel.h. NULL: logged. */
struct pvgpu_frame_output *pvgpu_channel_output_create(const struct pvgpu_frame_channel_config *config,
                                                       _Atomic uint64_t *published, _Atomic uint64_t *dropped);

#endif
