/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Bytes as a command stream: headers, sizes and payloads are what the input says, and so is a piece of the heap.
 *
 *   0   u8   PREPARED_*: what is there before the stream
 *   1   u8   how far before the ring's end the first command starts, in units of 16 bytes; 0: at its start
 *   2   u16  bytes of heap that follow the head (from HEAP_OWN_AT on)
 *   4   u16  publish the stream in pieces of this many bytes; 0: at once
 *   6   u16  how many bytes more than there are the guest claims to have published
 *   8   heap bytes, then the stream
 */
#include "harness.h"
#include "stream_maker.h"

#include <stdlib.h>
#include <string.h>

#define HEAD_BYTES 8u
#define PREPARED_HEAP 0x1u /* shaders, semantic names and data, where stream_maker puts them */
#define PREPARED_SCENE 0x2u /* objects of most kinds, bound */
#define PREPARED_LIMITS 0x4u /* limits that one scene almost reaches */
#define HEAP_OWN_AT 0x100u /* where a guest's allocator starts; over the names of PREPARED_HEAP */
#define SCENE_BYTES 0x4000u

static const struct pvgpu_limits roomy = {
    .resource_bytes = 64 << 20, .one_resource_bytes = 16 << 20, .objects = 4096, .shaders = 256};
static const struct pvgpu_limits tight = {
    .resource_bytes = 2 << 20, .one_resource_bytes = 1 << 19, .objects = 52, .shaders = 6};

struct head {
    uint8_t prepared;
    uint8_t before_end;
    uint16_t heap_bytes;
    uint16_t piece;
    uint16_t claimed;
};
_Static_assert(sizeof(struct head) == HEAD_BYTES, "as described above");

static bool feed_scene(struct fuzz_host *host, struct stream_maker *maker)
{
    uint8_t scene[SCENE_BYTES];
    struct pvgpu_encoder encoder;
    pvgpu_encoder_init(&encoder, scene, sizeof(scene));
    stream_maker_scene(maker, &encoder);
    return fuzz_host_feed(host, scene, encoder.used, encoder.used) == PVGPU_RING_EMPTY;
}

static uint64_t start_position(const struct head *head)
{
    return head->before_end ? FUZZ_RING_BYTES - head->before_end * PVGPU_COMMAND_ALIGNMENT : 0;
}

static void feed_pieces(struct fuzz_host *host, const struct head *head, const uint8_t *bytes, size_t size)
{
    size_t piece = head->piece ? head->piece : size;
    for (; size > piece; bytes += piece, size -= piece) {
        if (fuzz_host_feed(host, bytes, piece, piece) == PVGPU_RING_BROKEN)
            return;
    }
    fuzz_host_feed(host, bytes, size, size + head->claimed);
}

static void run(const uint8_t *data, size_t size)
{
    struct head head = {0};
    struct stream_maker maker;
    struct fuzz_host *host = malloc(sizeof(*host));
    if (!host)
        fuzz_fail("out of memory");
    if (size >= HEAD_BYTES) {
        memcpy(&head, data, HEAD_BYTES);
        data += HEAD_BYTES;
        size -= HEAD_BYTES;
    } else {
        size = 0;
    }
    fuzz_host_open(host, head.prepared & PREPARED_LIMITS ? &tight : &roomy, STREAM_HEAP_LEAST, true);
    stream_maker_init(&maker, 1, STREAM_HEAP_LEAST);
    if (head.prepared & (PREPARED_HEAP | PREPARED_SCENE))
        stream_maker_fill_heap(&maker, host->heap);
    size_t own = head.heap_bytes < size ? head.heap_bytes : size;
    if (own > STREAM_HEAP_LEAST - HEAP_OWN_AT)
        own = STREAM_HEAP_LEAST - HEAP_OWN_AT;
    if (own)
        memcpy(host->heap + HEAP_OWN_AT, data, own);
    fuzz_host_reset(host, start_position(&head));
    bool kept = !(head.prepared & PREPARED_SCENE) || feed_scene(host, &maker);
    if (kept && size > own)
        feed_pieces(host, &head, data + own, size - own);
    fuzz_host_check(host);
    fuzz_host_close(host);
    free(host);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_run_one(run, data, size);
}
