/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A small scene with every step that can fail, for tests of lost devices: recorded once, played as a whole or command by
 * command, its picture read back and compared with direct drawing.
 */
#ifndef PVGPU_TESTS_LOSS_SCENE_H
#define PVGPU_TESTS_LOSS_SCENE_H

#include "pvgpu/guest.h"

#define LOSS_SCENE_WIDTH 64u
#define LOSS_SCENE_HEIGHT 36u
#define LOSS_SCENE_BYTES (LOSS_SCENE_WIDTH * LOSS_SCENE_HEIGHT * 4u)
#define LOSS_SCENE_PATTERN 0xA5 /* what the picture's memory holds before */

struct loss_scene {
    uint8_t *direct; /* LOSS_SCENE_BYTES of direct drawing; owned; NULL: there is none to compare with */
};

/* What a guest saw while it played. */
struct loss_result {
    enum pvgpu_wait_result wait; /* of the last fence that was waited for */
    bool fence_completed; /* the last one, whatever `wait` says */
    uint32_t codes; /* bit a code that was seen in the error words */
    uint32_t argument[8]; /* last one seen of each code */
    uint8_t pixels[LOSS_SCENE_BYTES];
};

/* Draws the scene by the program `direct` (pvgpu-direct; NULL: not at all). False: said why. */
bool loss_scene_init(struct loss_scene *scene, const char *direct);
void loss_scene_finish(struct loss_scene *scene);

/*
 * Plays it on a guest that was just reset or created. Stepwise: every command has a fence of its own that is waited for,
 * and the error words are read after it. False: it could not be recorded.
 */
bool loss_scene_play(struct pvgpu_guest *guest, bool stepwise, struct loss_result *result);

/* Waits until a fence has completed, whatever the status says. */
bool loss_scene_wait_completed(struct pvgpu_guest *guest, uint64_t fence);

#endif
