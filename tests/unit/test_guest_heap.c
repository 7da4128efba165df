/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The guest's heap allocator: never overlap, never too early, nothing lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pvgpu/guest.h"

#define HEAP_BYTES 0x100000u

static int setup(void **state)
{
    struct pvgpu_heap *heap = malloc(sizeof *heap);
    assert_non_null(heap);
    assert_true(pvgpu_heap_init(heap, HEAP_BYTES));
    *state = heap;
    return 0;
}

static int teardown(void **state)
{
    pvgpu_heap_finish(*state);
    pvgpu_heap_finish(*state);
    free(*state);
    return 0;
}

static void starts_above_offset_zero(void **state)
{
    struct pvgpu_heap *heap = *state;
    struct pvgpu_heap_block block = pvgpu_heap_alloc(heap, 1, 1);
    assert_int_equal(block.offset, 256);
    assert_int_equal(block.bytes, 16);
    assert_int_equal(heap->free_bytes, HEAP_BYTES - 256 - 16);
}

static void alignment_is_honoured(void **state)
{
    struct pvgpu_heap *heap = *state;
    assert_int_equal(pvgpu_heap_alloc(heap, 5, 0).offset % 256, 0);
    for (uint32_t alignment = 1; alignment <= 65536; alignment *= 2) {
        struct pvgpu_heap_block block = pvgpu_heap_alloc(heap, 24, alignment);
        assert_int_equal(block.bytes, 32);
        assert_int_equal(block.offset % (alignment < 16 ? 16 : alignment), 0);
    }
    assert_int_equal(pvgpu_heap_alloc(heap, 24, 48).bytes, 0);
}

static void impossible_sizes_are_refused(void **state)
{
    struct pvgpu_heap *heap = *state;
    const uint64_t sizes[] = {0, HEAP_BYTES - 255, HEAP_BYTES, UINT32_MAX, 0x100000010ull, UINT64_MAX};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        assert_int_equal(pvgpu_heap_alloc(heap, sizes[i], 0).bytes, 0);
    }
    assert_int_equal(pvgpu_heap_alloc(heap, 16, 0x80000000u).bytes, 0);
    assert_int_equal(pvgpu_heap_alloc(heap, HEAP_BYTES - 256, 0).bytes, HEAP_BYTES - 256);
}

static void blocks_return_with_their_fence(void **state)
{
    struct pvgpu_heap *heap = *state;
    struct pvgpu_heap_block all = pvgpu_heap_alloc(heap, HEAP_BYTES - 256, 0);
    struct pvgpu_heap_block half = {all.offset, 4096}, rest = {all.offset + 4096, all.bytes - 4096};
    assert_true(pvgpu_heap_free_after(heap, half, 7));
    assert_true(pvgpu_heap_free_after(heap, rest, 5));
    assert_int_equal(pvgpu_heap_oldest_fence(heap), 5);

    pvgpu_heap_reclaim(heap, 4);
    assert_int_equal(pvgpu_heap_alloc(heap, 16, 0).bytes, 0);
    pvgpu_heap_reclaim(heap, 6);
    assert_int_equal(heap->free_bytes, rest.bytes);
    struct pvgpu_heap_block got = pvgpu_heap_alloc(heap, 16, 0);
    assert_true(got.offset >= rest.offset);
    assert_int_equal(pvgpu_heap_oldest_fence(heap), 7);
    assert_true(pvgpu_heap_free_after(heap, got, 0));

    pvgpu_heap_reclaim(heap, 7);
    assert_int_equal(pvgpu_heap_oldest_fence(heap), 0);
    assert_int_equal(pvgpu_heap_alloc(heap, HEAP_BYTES - 256, 0).bytes, HEAP_BYTES - 256);
}

static void double_and_foreign_frees_are_refused(void **state)
{
    struct pvgpu_heap *heap = *state;
    struct pvgpu_heap_block a = pvgpu_heap_alloc(heap, 1024, 0), b = pvgpu_heap_alloc(heap, 1024, 0);
    assert_true(pvgpu_heap_free_after(heap, a, 3));
    assert_false(pvgpu_heap_free_after(heap, a, 3));
    pvgpu_heap_reclaim(heap, 3);
    assert_false(pvgpu_heap_free_after(heap, a, 9));

    const struct pvgpu_heap_block foreign[] = {
        {0, 16},
        {b.offset, 0},
        {b.offset + 1, 16},
        {b.offset, b.bytes + 16},
        {HEAP_BYTES - 16, 32},
        {UINT32_MAX - 15, 32},
    };
    uint64_t before = heap->free_bytes;
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
        assert_false(pvgpu_heap_free_after(heap, foreign[i], 0));
    }
    assert_int_equal(heap->free_bytes, before);
    assert_true(pvgpu_heap_free_after(heap, b, 0));
    assert_int_equal(heap->free_bytes, HEAP_BYTES - 256);
    assert_int_equal(heap->free_count, 1);
}

/* Owner of every 16 bytes: 0 free, 1 pending, else allocated. */
static void fill(uint8_t *owner, struct pvgpu_heap_block block, uint8_t from, uint8_t to)
{
    for (uint32_t at = block.offset / 16; at < (block.offset + block.bytes) / 16; at++) {
        assert_int_equal(owner[at], from);
        owner[at] = to;
    }
}

static void random_use_never_overlaps(void **state)
{
    enum { LIVE = 200, STEPS = 20000, LAG = 5 };
    struct pvgpu_heap *heap = *state;
    uint8_t *owner = calloc(HEAP_BYTES / 16, 1);
    struct pvgpu_heap_block live[LIVE] = {0}, *pending = calloc(STEPS, sizeof *pending);
    uint64_t *fences = calloc(STEPS, sizeof *fences), fence = 1, refused = 0;
    size_t first = 0, count = 0;
    uint32_t seed = 12345;
    assert_true(owner && pending && fences);
    for (int step = 0; step < STEPS; step++) {
        seed = seed * 1664525u + 1013904223u;
        uint32_t slot = (seed >> 8) % LIVE;
        if (live[slot].bytes) {
            assert_true(pvgpu_heap_free_after(heap, live[slot], fence));
            fill(owner, live[slot], 2, 1);
            fences[count] = fence;
            pending[count++] = live[slot];
            live[slot].bytes = 0;
        } else {
            live[slot] = pvgpu_heap_alloc(heap, 1 + (seed >> 16) % 16000, 16u << (seed % 6));
            refused += live[slot].bytes == 0;
            fill(owner, live[slot], 0, 2);
        }
        if (step % 40 == 39) {
            fence++;
            uint64_t completed = fence > LAG ? fence - LAG : 0;
            pvgpu_heap_reclaim(heap, completed);
            while (first < count && fences[first] <= completed) {
                fill(owner, pending[first++], 1, 0);
            }
        }
    }
    assert_true(refused > 0);
    for (int i = 0; i < LIVE; i++) {
        if (live[i].bytes) {
            assert_true(pvgpu_heap_free_after(heap, live[i], fence));
        }
    }
    pvgpu_heap_reclaim(heap, UINT64_MAX);
    assert_int_equal(heap->free_bytes, HEAP_BYTES - 256);
    assert_int_equal(heap->free_count, 1);
    free(owner);
    free(pending);
    free(fences);
}

static void tiny_heaps_hold_nothing(void **state)
{
    (void)state;
    for (uint32_t bytes = 0; bytes < 300; bytes++) {
        struct pvgpu_heap heap;
        assert_true(pvgpu_heap_init(&heap, bytes));
        assert_int_equal(heap.free_bytes, bytes < 272 ? 0 : (bytes - 256) / 16 * 16);
        assert_int_equal(pvgpu_heap_alloc(&heap, 16, 0).bytes, bytes < 272 ? 0 : 16);
        pvgpu_heap_finish(&heap);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(starts_above_offset_zero, setup, teardown),
        cmocka_unit_test_setup_teardown(alignment_is_honoured, setup, teardown),
        cmocka_unit_test_setup_teardown(impossible_sizes_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(blocks_return_with_their_fence, setup, teardown),
        cmocka_unit_test_setup_teardown(double_and_foreign_frees_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(random_use_never_overlaps, setup, teardown),
        cmocka_unit_test(tiny_heaps_hold_nothing),
    };
    return cmocka_run_group_tests_name("guest heap", tests, NULL, NULL);
}
