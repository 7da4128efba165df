/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#define _GNU_SOURCE
/*
 * The workloads as a guest driver would send them: bytes of the program are copied into the heap, commands name them
 * there. The heap memory goes round in a few chunks; a full one is submitted, and used again once the host's consumer
 * counter has passed the commands that name it (docs/protocol.md, "Heap").
 */
#include "ratio.h"
#include "scene.h"

#include "base/time.h"

#include <stdio.h>
#include <stdlib.h>

#define CHUNK_BYTES (1u << 20) /* the largest upload */
#define CHUNKS 32u /* enough that the guest hardly ever waits for the host */
#define FLUSH_BYTES \
    (128u << 10) /* submitted at the latest after so many: the host shall start while the guest copies */
#define FENCE_TIMEOUT_NS (60 * PVGPU_NS_PER_S)

struct ratio_guest {
    struct pvgpu_guest *guest;
    struct ratio_sources *sources;
    struct pvgpu_heap_block uploads; /* CHUNKS of CHUNK_BYTES */
    struct pvgpu_heap_block in_place; /* the big sources */
    struct pvgpu_heap_block read; /* 1 MiB */
    uint32_t chunk, used; /* the current chunk, and how much of it is taken */
    uint32_t flushed; /* how much of it is submitted */
    uint64_t passed[CHUNKS]; /* ring position of the end of the commands that name the chunk */
    bool failed;
};

static bool finish(struct ratio_guest *side)
{
    if (!side->failed && pvgpu_guest_finish(side->guest, FENCE_TIMEOUT_NS) != PVGPU_WAIT_DONE) {
        fprintf(stderr, "bench-ratio: the backend does not finish\n");
        side->failed = true;
    }
    return !side->failed;
}

/* Submits what names the current chunk, and waits until the host has read what is in the next one. */
static void take_next_chunk(struct ratio_guest *side)
{
    struct pvgpu_guest *guest = side->guest;
    uint64_t deadline = pvgpu_time_deadline_ns(FENCE_TIMEOUT_NS);
    side->passed[side->chunk] = guest->producer + guest->encoder.used;
    side->failed |= !pvgpu_guest_flush(guest);
    side->chunk = (side->chunk + 1) % CHUNKS;
    side->used = side->flushed = 0;
    while (__atomic_load_n(&guest->control->consumer, __ATOMIC_ACQUIRE) < side->passed[side->chunk] && !side->failed) {
        side->failed = pvgpu_time_left_ns(deadline) == 0;
        pvgpu_time_sleep_ns(20 * PVGPU_NS_PER_US);
    }
}

/* Copies into the heap; the offset there. */
static uint32_t stage(struct ratio_guest *side, const void *data, uint32_t bytes)
{
    if (bytes > CHUNK_BYTES - side->used)
        take_next_chunk(side);
    if (side->used - side->flushed >= FLUSH_BYTES) {
        side->failed |= !pvgpu_guest_flush(side->guest);
        side->flushed = side->used;
    }
    uint32_t offset = side->uploads.offset + side->chunk * CHUNK_BYTES + side->used;
    side->used += (bytes + 255u) & ~255u;
    memcpy(side->guest->heap + offset, data, bytes);
    return offset;
}

static void update(struct ratio_guest *side, uint32_t id, uint32_t heap_offset, uint32_t bytes, uint32_t row_pitch)
{
    const struct pvgpu_cmd_update_resource desc = {
        .id = id,
        .heap_offset = heap_offset,
        .data_bytes = bytes,
        .row_pitch = row_pitch,
        .depth_pitch = bytes,
    };
    pvgpu_encode_update_resource(&side->guest->encoder, &desc);
}

static void use_vertices(struct ratio_guest *side, uint32_t id)
{
    const struct pvgpu_vertex_buffer vertices = {.id = id, .stride = sizeof(struct pvgpu_triangle_vertex)};
    pvgpu_encode_set_vertex_buffer(&side->guest->encoder, 0, 1, &vertices);
}

static void churn(struct ratio_guest *side, uint32_t i)
{
    struct pvgpu_encoder *encoder = &side->guest->encoder;
    const uint32_t view = i & 1 ? SCENE_OTHER_TEXTURE_VIEW : SCENE_TEXTURE_VIEW;
    pvgpu_encode_set_rasterizer_state(encoder, i & 1 ? SCENE_OTHER_RASTERIZER : SCENE_RASTERIZER);
    pvgpu_encode_set_blend_state(encoder, i & 2 ? SCENE_OTHER_BLEND : SCENE_BLEND, NULL, UINT32_MAX);
    pvgpu_encode_set_constant_buffer(encoder, PVGPU_STAGE_VERTEX, 0, i & 1 ? SCENE_OTHER_CONSTANTS : SCENE_CONSTANTS, 0,
                                     0);
    use_vertices(side, i & 1 ? SCENE_OTHER_VERTICES : SCENE_VERTICES);
    pvgpu_encode_set_shader_resource(encoder, PVGPU_STAGE_PIXEL, 0, 1, &view);
}

/* Reads a resource into sources->read, as a program does that maps it. */
static bool read_back(struct ratio_guest *side, uint32_t id, uint32_t bytes)
{
    struct pvgpu_encoder *encoder = &side->guest->encoder;
    pvgpu_encode_map_resource(encoder, id, 0, PVGPU_MAP_READ, side->read.offset);
    if (!finish(side))
        return false;
    memcpy(side->sources->read, side->guest->heap + side->read.offset, bytes);
    pvgpu_encode_unmap_resource(encoder, id, 0, 0, 0);
    return true;
}

static void operate(struct ratio_guest *side, enum workload_kind kind, uint32_t i)
{
    struct pvgpu_encoder *encoder = &side->guest->encoder;
    struct ratio_sources *sources = side->sources;
    uint32_t source = i % WORKLOAD_SOURCES, offset;
    switch (kind) {
    case WORKLOAD_DRAW:
        pvgpu_encode_draw(encoder, 3, 0);
        break;
    case WORKLOAD_CHURN:
        churn(side, i);
        pvgpu_encode_draw(encoder, 3, 0);
        break;
    case WORKLOAD_UPDATE:
        offset = stage(side, sources->constants[source], WORKLOAD_CONSTANT_BYTES);
        update(side, SCENE_CONSTANTS, offset, WORKLOAD_CONSTANT_BYTES, WORKLOAD_CONSTANT_BYTES);
        pvgpu_encode_draw(encoder, 3, 0);
        break;
    case WORKLOAD_DISCARD:
        offset = stage(side, sources->vertices[source], WORKLOAD_VERTEX_BYTES);
        pvgpu_encode_map_resource(encoder, SCENE_DYNAMIC_VERTICES, 0, PVGPU_MAP_WRITE_DISCARD, 0);
        pvgpu_encode_unmap_resource(encoder, SCENE_DYNAMIC_VERTICES, 0, offset, 0);
        pvgpu_encode_draw(encoder, 3, 0);
        break;
    case WORKLOAD_BUFFER:
        offset = stage(side, sources->big[source], WORKLOAD_BIG_BYTES);
        update(side, SCENE_BUFFER, offset, WORKLOAD_BIG_BYTES, WORKLOAD_BIG_BYTES);
        break;
    case WORKLOAD_TEXTURE:
        offset = stage(side, sources->big[source], WORKLOAD_BIG_BYTES);
        update(side, SCENE_TEXTURE, offset, WORKLOAD_BIG_BYTES, WORKLOAD_TEXTURE_SIZE * 4);
        break;
    case WORKLOAD_BUFFER_IN_PLACE:
        offset = side->in_place.offset + source * WORKLOAD_BIG_BYTES;
        update(side, SCENE_BUFFER, offset, WORKLOAD_BIG_BYTES, WORKLOAD_BIG_BYTES);
        break;
    case WORKLOAD_TEXTURE_IN_PLACE:
        offset = side->in_place.offset + source * WORKLOAD_BIG_BYTES;
        update(side, SCENE_TEXTURE, offset, WORKLOAD_BIG_BYTES, WORKLOAD_TEXTURE_SIZE * 4);
        break;
    case WORKLOAD_READ:
        read_back(side, SCENE_TEXTURE, WORKLOAD_BIG_BYTES);
        break;
    case WORKLOAD_LATENCY: {
        const float color[4] = {(float)source / WORKLOAD_SOURCES, 0.5f, 0.25f, 1.0f};
        pvgpu_encode_clear_render_target(encoder, SCENE_SMALL_TARGET_VIEW, color);
        pvgpu_encode_draw(encoder, 3, 0);
        read_back(side, SCENE_SMALL_TARGET, WORKLOAD_SMALL_SIZE * WORKLOAD_SMALL_SIZE * 4);
        break;
    }
    case WORKLOAD_COUNT:
        break;
    }
}

/* Everything as it was at the start, and nothing on the way. */
static void prepare(struct ratio_guest *side, enum workload_kind kind)
{
    scene_bind(side->guest);
    if (kind == WORKLOAD_LATENCY)
        scene_bind_target(side->guest, SCENE_SMALL_TARGET_VIEW, WORKLOAD_SMALL_SIZE);
    if (kind == WORKLOAD_DISCARD)
        use_vertices(side, SCENE_DYNAMIC_VERTICES);
    if (kind == WORKLOAD_READ)
        update(side, SCENE_TEXTURE, side->in_place.offset, WORKLOAD_BIG_BYTES, WORKLOAD_TEXTURE_SIZE * 4);
    if (kind == WORKLOAD_DRAW || kind == WORKLOAD_CHURN)
        update(side, SCENE_CONSTANTS, stage(side, side->sources->constants[0], WORKLOAD_CONSTANT_BYTES),
               WORKLOAD_CONSTANT_BYTES, WORKLOAD_CONSTANT_BYTES);
    finish(side);
}

static uint64_t hash_result(struct ratio_guest *side, enum workload_kind kind)
{
    uint32_t bytes = WORKLOAD_BIG_BYTES;
    if (kind <= WORKLOAD_DISCARD) {
        bytes = WORKLOAD_TARGET_SIZE * WORKLOAD_TARGET_SIZE * 4;
        read_back(side, SCENE_TARGET, bytes);
    } else if (kind == WORKLOAD_BUFFER || kind == WORKLOAD_BUFFER_IN_PLACE) {
        read_back(side, SCENE_BUFFER, bytes);
    } else if (kind == WORKLOAD_TEXTURE || kind == WORKLOAD_TEXTURE_IN_PLACE) {
        read_back(side, SCENE_TEXTURE, bytes);
    } else if (kind == WORKLOAD_LATENCY) {
        bytes = WORKLOAD_SMALL_SIZE * WORKLOAD_SMALL_SIZE * 4;
    }
    return workload_hash(side->sources->read, bytes);
}

void ratio_guest_run(struct ratio_guest *side, const struct ratio_request *request, struct ratio_result *result)
{
    enum workload_kind kind = (enum workload_kind)request->kind;
    uint32_t code, argument;
    prepare(side, kind);
    uint64_t start = pvgpu_time_now_ns();
    for (uint32_t i = 0; i < request->count; i++)
        operate(side, kind, i);
    finish(side);
    result->elapsed_ns = pvgpu_time_now_ns() - start;
    result->hash = request->wants_hash ? hash_result(side, kind) : 0;
    if (pvgpu_guest_read_error(side->guest, &code, &argument)) {
        fprintf(stderr, "bench-ratio: the backend reports error %u (%s), argument %u\n", code, pvgpu_error_name(code),
                argument);
        side->failed = true;
    }
    result->good = !side->failed;
}

struct ratio_guest *ratio_guest_create(const char *socket)
{
    struct ratio_guest *side = calloc(1, sizeof(*side));
    struct pvgpu_guest_transport *transport = side ? pvgpu_guest_pipe_open(socket, 0) : NULL;
    if (!transport)
        goto error;
    side->guest = pvgpu_guest_create(transport);
    side->sources = ratio_sources_create();
    if (!side->guest || !side->sources)
        goto error;
    /* First touches are made now. In a virtual machine the memory of the BAR is there from the start. */
    memset(side->guest->ring, 0, side->guest->ring_bytes);
    memset(side->guest->heap, 0, side->guest->heap_bytes);
    if (!scene_create(side->guest))
        goto error;
    side->uploads = pvgpu_guest_alloc(side->guest, CHUNKS * CHUNK_BYTES, 0, FENCE_TIMEOUT_NS);
    side->in_place = pvgpu_guest_alloc(side->guest, sizeof(side->sources->big), 0, FENCE_TIMEOUT_NS);
    side->read = pvgpu_guest_alloc(side->guest, WORKLOAD_BIG_BYTES, 0, FENCE_TIMEOUT_NS);
    if (!side->uploads.bytes || !side->in_place.bytes || !side->read.bytes)
        goto error;
    memcpy(side->guest->heap + side->in_place.offset, side->sources->big, sizeof(side->sources->big));
    return side;

error:
    ratio_guest_destroy(side);
    return NULL;
}

void ratio_guest_destroy(struct ratio_guest *side)
{
    if (!side)
        return;
    pvgpu_guest_destroy(side->guest);
    free(side->sources);
    free(side);
}
