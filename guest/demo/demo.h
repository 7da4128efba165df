/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * pvgpu-demo: plays the demo scenes through the device. One thread; a scene records commands with the helpers below,
 * main.c paces the frames.
 */
#ifndef PVGPU_DEMO_H
#define PVGPU_DEMO_H

#include "pvgpu/guest.h"

/* Object ids are the demo's own choice; one space for all kinds. Scenes count on from DEMO_ID_SCENE. */
#define DEMO_ID_TARGET 1u
#define DEMO_ID_TARGET_VIEW 2u
#define DEMO_ID_DEPTH 3u
#define DEMO_ID_DEPTH_VIEW 4u
#define DEMO_ID_SCENE 16u

struct demo {
    struct pvgpu_guest *guest;
    struct pvgpu_encoder *encoder; /* the guest's */
    uint32_t width, height; /* pixels of the target */
    uint32_t sync_interval; /* of every present */
    /* Why playing ended: PVGPU_WAIT_DEVICE_LOST and PVGPU_WAIT_DISCONNECTED can be recovered from. */
    enum pvgpu_wait_result end;
    bool failed; /* a step of recording failed, or `end` says more; what and why is on stderr */
    bool wants_reset, was_reset; /* --reset-at */
};

/* A scene. Failures are remembered in demo->failed, so that recording needs no check at every call. */
struct demo_scene {
    const char *name;
    bool depth; /* wants the depth target */
    void (*setup)(struct demo *demo); /* objects, once */
    void (*frame)(struct demo *demo, uint32_t frame); /* everything of a frame up to its PRESENT, included */
};

/* "bound" shows what "triangle" does, but binds everything once. */
extern const struct demo_scene demo_scene_clear, demo_scene_triangle, demo_scene_bound, demo_scene_cubes;

/* pvgpu-demo --probe: prints the devices of this VM that the options name; returns the exit code. */
int demo_probe(const struct pvgpu_guest_pci_options *options);

/* ---- Measuring (measure.c) ---- */

/*
 * Rings the doorbell `count` times with nothing published, and prints what that takes the virtual processor, and what of
 * it reading the clock is. false: out of memory.
 */
bool demo_measure_doorbells(struct demo *demo, uint64_t count);

/* ---- Helpers (helpers.c) ---- */

/* The RGBA8 target and its view; with depth also D32_FLOAT and its view. */
void demo_create_targets(struct demo *demo, bool depth);

/* A buffer with the given bind bits; data NULL: without initial contents. */
void demo_create_buffer(struct demo *demo, uint32_t id, uint32_t bind, const void *data, uint32_t bytes);

void demo_create_shader(struct demo *demo, uint32_t id, enum pvgpu_stage stage, const void *dxbc, uint32_t bytes);

/* An element as the wire has it, but with a name in place of its heap offset. */
struct demo_element {
    const char *name;
    uint32_t format, slot, byte_offset;
    uint32_t classification; /* 0 per vertex, 1 per instance (step rate 1) */
};
void demo_create_input_layout(struct demo *demo, uint32_t id, const struct demo_element *elements, uint32_t count);

/* Replaces a whole buffer, by UPDATE_RESOURCE, or by MAP (write-discard) and UNMAP. */
void demo_update_buffer(struct demo *demo, uint32_t id, const void *data, uint32_t bytes);
void demo_map_buffer(struct demo *demo, uint32_t id, const void *data, uint32_t bytes);

/* Replaces one mip of an RGBA8 texture by UPDATE_RESOURCE; texels are tightly packed. */
void demo_update_mip(struct demo *demo, uint32_t id, uint32_t mip, uint32_t width, uint32_t height, const void *texels);

/* Target, viewport and topology: what every drawing frame starts with. */
void demo_begin_frame(struct demo *demo, bool depth);

#endif
