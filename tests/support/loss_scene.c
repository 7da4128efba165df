/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "loss_scene.h"

#include "../../guest/demo/demo.h"
#include "base/time.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FRAME 3u
#define WAIT_NS (60 * PVGPU_NS_PER_S)
#define RECORD_BYTES (256u << 10)

bool loss_scene_init(struct loss_scene *scene, const char *direct)
{
    char file[] = "/tmp/pvgpu-loss-XXXXXX.rgba", command[1024];
    *scene = (struct loss_scene){0};
    if (!direct)
        return true;
    int fd = mkstemps(file, 5);
    if (fd < 0)
        return false;
    snprintf(command, sizeof(command), "'%s' --scene cubes --width %u --height %u --frame %u --out '%s' >/dev/null",
             direct, LOSS_SCENE_WIDTH, LOSS_SCENE_HEIGHT, FRAME, file);
    scene->direct = malloc(LOSS_SCENE_BYTES);
    bool drawn =
        scene->direct && system(command) == 0 && pread(fd, scene->direct, LOSS_SCENE_BYTES, 0) == LOSS_SCENE_BYTES;
    close(fd);
    unlink(file);
    if (!drawn)
        fprintf(stderr, "loss_scene: %s did not draw\n", direct);
    return drawn;
}

void loss_scene_finish(struct loss_scene *scene)
{
    free(scene->direct);
    scene->direct = NULL;
}

bool loss_scene_wait_completed(struct pvgpu_guest *guest, uint64_t fence)
{
    uint64_t end = pvgpu_time_deadline_ns(WAIT_NS);
    while (pvgpu_guest_completed(guest) < fence && pvgpu_time_left_ns(end))
        pvgpu_time_sleep_ns(PVGPU_NS_PER_MS);
    return pvgpu_guest_completed(guest) >= fence;
}

static void read_errors(struct pvgpu_guest *guest, struct loss_result *result)
{
    uint32_t code, argument;
    if (!pvgpu_guest_read_error(guest, &code, &argument) || code > 7)
        return;
    result->codes |= 1u << code;
    result->argument[code] = argument;
}

/* Fence, flush, wait; false: the device is lost or the link gone, and nothing more is sent. */
static bool finish(struct pvgpu_guest *guest, struct loss_result *result)
{
    uint64_t fence = pvgpu_guest_fence(guest);
    result->wait = pvgpu_guest_wait(guest, fence, WAIT_NS);
    result->fence_completed = loss_scene_wait_completed(guest, fence);
    read_errors(guest, result);
    return result->wait == PVGPU_WAIT_DONE;
}

/* Everything of the scene and of reading it back; what lies in the heap stays there until the next fence. */
static bool record(struct pvgpu_guest *guest, struct pvgpu_encoder *encoder, uint32_t picture)
{
    struct demo demo = {.guest = guest, .encoder = encoder, .width = LOSS_SCENE_WIDTH, .height = LOSS_SCENE_HEIGHT};
    demo_scene_cubes.setup(&demo);
    demo_scene_cubes.frame(&demo, FRAME);
    pvgpu_encode_map_resource(encoder, DEMO_ID_TARGET, 0, PVGPU_MAP_READ, picture);
    pvgpu_encode_unmap_resource(encoder, DEMO_ID_TARGET, 0, picture, 0);
    return !demo.failed && !encoder->failed;
}

static void send(struct pvgpu_guest *guest, const struct pvgpu_encoder *recorded, bool stepwise,
                 struct loss_result *result)
{
    for (size_t at = 0; at < recorded->used;) {
        struct pvgpu_command_header header;
        memcpy(&header, recorded->data + at, sizeof(header));
        size_t size = (header.size + PVGPU_COMMAND_ALIGNMENT - 1u) & ~(size_t)(PVGPU_COMMAND_ALIGNMENT - 1u);
        if (!pvgpu_guest_emit(guest, recorded->data + at, size))
            return;
        if (stepwise && !finish(guest, result))
            return;
        at += size;
    }
    finish(guest, result);
}

bool loss_scene_play(struct pvgpu_guest *guest, bool stepwise, struct loss_result *result)
{
    struct pvgpu_encoder recorded;
    void *memory = malloc(RECORD_BYTES);
    *result = (struct loss_result){.wait = PVGPU_WAIT_TIMEOUT};
    struct pvgpu_heap_block picture = pvgpu_guest_alloc(guest, LOSS_SCENE_BYTES, 0, WAIT_NS);
    if (!memory || !picture.bytes) {
        free(memory);
        return false;
    }
    memset(guest->heap + picture.offset, LOSS_SCENE_PATTERN, LOSS_SCENE_BYTES);
    pvgpu_encoder_init(&recorded, memory, RECORD_BYTES);
    bool good = record(guest, &recorded, picture.offset);
    if (good)
        send(guest, &recorded, stepwise, result);
    memcpy(result->pixels, guest->heap + picture.offset, LOSS_SCENE_BYTES);
    pvgpu_heap_free_after(&guest->allocator, picture, 0);
    free(memory);
    return good;
}
