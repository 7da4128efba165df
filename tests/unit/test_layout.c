/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The layout check: every rule at its limit and one step beyond, and values that overflow. */
#include "shm/layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TOTAL UINT64_C(0x10000000)
#define LEAST_RING PVGPU_COMMAND_MAX_BYTES

static struct pvgpu_layout_words usual(void)
{
    return (struct pvgpu_layout_words){
        .magic = PVGPU_MAGIC,
        .version = PVGPU_VERSION_1_0,
        .ring_offset = PVGPU_DEFAULT_RING_OFFSET,
        .ring_bytes = PVGPU_DEFAULT_RING_BYTES,
        .heap_offset = PVGPU_DEFAULT_HEAP_OFFSET,
        .heap_bytes = (uint32_t)(TOTAL - PVGPU_DEFAULT_HEAP_OFFSET),
    };
}

static void expect_good(struct pvgpu_layout_words words, uint64_t total)
{
    struct pvgpu_layout layout;
    memset(&layout, 0xA5, sizeof(layout));
    const char *problem = pvgpu_layout_check(&words, total, &layout);
    if (problem)
        fail_msg("refused: %s", problem);
    assert_true(layout.ring_offset == words.ring_offset && layout.ring_bytes == words.ring_bytes);
    assert_true(layout.heap_offset == words.heap_offset && layout.heap_bytes == words.heap_bytes);
    /* What the header promises about the result, whatever the words were. */
    assert_true(layout.ring_offset >= PVGPU_CONTROL_BYTES && layout.heap_offset >= PVGPU_CONTROL_BYTES);
    assert_true(layout.ring_offset + layout.ring_bytes <= total && layout.heap_offset + layout.heap_bytes <= total);
    assert_true(layout.ring_offset + layout.ring_bytes <= layout.heap_offset ||
                layout.heap_offset + layout.heap_bytes <= layout.ring_offset);
}

/* Refused for the reason that contains `reason`, with the result untouched. */
static void expect_bad(struct pvgpu_layout_words words, uint64_t total, const char *reason)
{
    struct pvgpu_layout layout, untouched;
    memset(&layout, 0xA5, sizeof(layout));
    memset(&untouched, 0xA5, sizeof(untouched));
    const char *problem = pvgpu_layout_check(&words, total, &layout);
    if (!problem)
        fail_msg("accepted, although: %s", reason);
    if (!strstr(problem, reason))
        fail_msg("refused because \"%s\" instead of \"%s\"", problem, reason);
    assert_memory_equal(&layout, &untouched, sizeof(layout));
}

static void test_identity(void **state)
{
    (void)state;
    struct pvgpu_layout_words words = usual();
    expect_good(words, TOTAL);
    static const uint32_t magics[] = {0, 1, 0x50475650, PVGPU_MAGIC + 1, PVGPU_MAGIC - 1, UINT32_MAX};
    for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
        words.magic = magics[i];
        expect_bad(words, TOTAL, "magic");
    }
    words = usual();
    static const uint32_t good_versions[] = {0x00010000, 0x00010001, 0x0001FFFF};
    for (size_t i = 0; i < sizeof(good_versions) / sizeof(good_versions[0]); i++) {
        words.version = good_versions[i];
        expect_good(words, TOTAL);
    }
    static const uint32_t bad_versions[] = {0, 1, 0x0000FFFF, 0x00020000, 0x01000000, UINT32_MAX};
    for (size_t i = 0; i < sizeof(bad_versions) / sizeof(bad_versions[0]); i++) {
        words.version = bad_versions[i];
        expect_bad(words, TOTAL, "version");
    }
}

static void test_alignment(void **state)
{
    (void)state;
    for (uint32_t off = 1; off < 16; off++) {
        struct pvgpu_layout_words words = usual();
        words.heap_offset += 16; /* room between the two, so that alignment alone is wrong */
        words.heap_bytes -= 16;
        words.ring_offset += off;
        expect_bad(words, TOTAL, "multiples of 16");
        words.ring_offset -= off;
        words.ring_bytes += off;
        expect_bad(words, TOTAL, "multiples of 16");
        words.ring_bytes -= off;
        words.heap_offset -= off;
        expect_bad(words, TOTAL, "multiple of 16");
        words.heap_offset += off;
        words.heap_bytes -= off; /* its length may be anything */
        expect_good(words, TOTAL);
    }
}

static void test_sizes(void **state)
{
    (void)state;
    struct pvgpu_layout_words words = usual();
    words.ring_bytes = LEAST_RING;
    expect_good(words, TOTAL);
    words.ring_bytes = LEAST_RING - 16;
    expect_bad(words, TOTAL, "shorter than the longest command");
    words.ring_bytes = 16;
    expect_bad(words, TOTAL, "shorter than the longest command");
    words.ring_bytes = 0;
    expect_bad(words, TOTAL, "shorter than the longest command");
    words = usual();
    words.heap_bytes = 1;
    expect_good(words, TOTAL);
    words.heap_bytes = 0;
    expect_bad(words, TOTAL, "heap is empty");
}

static void test_inside(void **state)
{
    (void)state;
    /* Ring last: it ends exactly with the mapping. */
    struct pvgpu_layout_words words = usual();
    words.heap_offset = PVGPU_CONTROL_BYTES;
    words.heap_bytes = 0x1000;
    words.ring_bytes = LEAST_RING;
    words.ring_offset = (uint32_t)(TOTAL - LEAST_RING);
    expect_good(words, TOTAL);
    words.ring_offset += 16;
    expect_bad(words, TOTAL, "ring reaches beyond");
    words.ring_offset = (uint32_t)TOTAL;
    expect_bad(words, TOTAL, "ring reaches beyond");
    words.ring_offset -= 16;
    expect_bad(words, TOTAL, "ring reaches beyond");
    words.ring_offset = 0xFFFFFFF0u; /* 32-bit sums would wrap to something small */
    expect_bad(words, TOTAL, "ring reaches beyond");
    words.ring_offset = PVGPU_DEFAULT_RING_OFFSET + 0x1000;
    words.ring_bytes = 0xFFFFFFF0u;
    expect_bad(words, TOTAL, "ring reaches beyond");

    words = usual();
    expect_good(words, TOTAL); /* heap last, ending exactly with the mapping */
    words.heap_bytes++;
    expect_bad(words, TOTAL, "heap reaches beyond");
    words.heap_bytes = UINT32_MAX;
    expect_bad(words, TOTAL, "heap reaches beyond");
    words = usual();
    words.heap_offset = 0xFFFFFFF0u;
    expect_bad(words, TOTAL, "heap reaches beyond");
    words.heap_bytes = 16;
    expect_bad(words, TOTAL, "heap reaches beyond");
    words.heap_offset = (uint32_t)TOTAL;
    expect_bad(words, TOTAL, "heap reaches beyond");
    words.heap_offset = (uint32_t)TOTAL - 16;
    expect_good(words, TOTAL);

    /* The mapping is shorter than the words claim. */
    words = usual();
    expect_bad(words, TOTAL - 1, "heap reaches beyond");
    expect_bad(words, words.heap_offset, "heap reaches beyond");
    expect_bad(words, words.heap_offset - 1, "ring reaches beyond");
    expect_bad(words, PVGPU_CONTROL_BYTES, "ring reaches beyond");
    expect_bad(words, 1, "ring reaches beyond");
    expect_bad(words, 0, "ring reaches beyond");
    expect_good(words, UINT64_MAX);
    expect_good(words, UINT64_C(1) << 32);
}

static void test_outside_control_region(void **state)
{
    (void)state;
    struct pvgpu_layout_words words = usual();
    static const uint32_t starts[] = {0, 16, PVGPU_CONTROL_BYTES - 16};
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        words = usual();
        words.ring_offset = starts[i];
        words.ring_bytes = LEAST_RING;
        expect_bad(words, TOTAL, "ring overlaps the control region");
        words = usual();
        words.heap_offset = starts[i];
        words.heap_bytes = 16;
        expect_bad(words, TOTAL, "heap overlaps the control region");
    }
}

static void test_disjoint(void **state)
{
    (void)state;
    struct pvgpu_layout_words words = usual();
    words.ring_offset = 0x100000;
    words.ring_bytes = LEAST_RING;
    const uint32_t ring_end = words.ring_offset + words.ring_bytes;

    words.heap_offset = ring_end; /* touching, behind */
    words.heap_bytes = 1;
    expect_good(words, TOTAL);
    words.heap_offset = ring_end - 16;
    expect_bad(words, TOTAL, "overlap");
    words.heap_offset = words.ring_offset - 16; /* touching, in front */
    words.heap_bytes = 16;
    expect_good(words, TOTAL);
    words.heap_bytes = 17;
    expect_bad(words, TOTAL, "overlap");
    words.heap_bytes = LEAST_RING + 32; /* around the ring */
    expect_bad(words, TOTAL, "overlap");
    words.heap_offset = words.ring_offset; /* the same place, inside the ring, all of it */
    words.heap_bytes = 1;
    expect_bad(words, TOTAL, "overlap");
    words.heap_offset += 32;
    expect_bad(words, TOTAL, "overlap");
    words.heap_offset = words.ring_offset;
    words.heap_bytes = words.ring_bytes;
    expect_bad(words, TOTAL, "overlap");
}

/* Whatever a guest writes: no crash, and what is accepted keeps the promises. */
static void test_extreme_words(void **state)
{
    (void)state;
    static const uint32_t values[] = {0,          1,          15,         16,         0xFFF,
                                      0x1000,     0x10000,    0x1001000,  0x0FFFFFF0, 0x10000000,
                                      0x7FFFFFF0, 0x80000000, 0xFFFEFFF0, 0xFFFFFFF0, UINT32_MAX};
    static const uint64_t totals[] = {0, PVGPU_CONTROL_BYTES, TOTAL, UINT32_MAX, UINT64_C(1) << 32, UINT64_C(1) << 33};
    const size_t count = sizeof(values) / sizeof(values[0]);
    unsigned good = 0;
    for (size_t t = 0; t < sizeof(totals) / sizeof(totals[0]); t++) {
        for (size_t n = 0; n < count * count * count * count; n++) {
            struct pvgpu_layout_words words = usual();
            words.ring_offset = values[n % count];
            words.ring_bytes = values[n / count % count];
            words.heap_offset = values[n / count / count % count];
            words.heap_bytes = values[n / count / count / count];
            struct pvgpu_layout layout;
            if (pvgpu_layout_check(&words, totals[t], &layout) == NULL) {
                expect_good(words, totals[t]);
                good++;
            }
        }
    }
    assert_true(good > 10);
}

static void test_read(void **state)
{
    (void)state;
    struct pvgpu_control_region *region = calloc(1, sizeof(*region));
    assert_non_null(region);
    region->magic = 1;
    region->version = 2;
    region->features = 99;
    region->ring_offset = 3;
    region->ring_bytes = 4;
    region->heap_offset = 5;
    region->heap_bytes = 6;
    struct pvgpu_layout_words words;
    pvgpu_layout_read(region, &words);
    assert_int_equal(words.magic, 1);
    assert_int_equal(words.version, 2);
    assert_int_equal(words.ring_offset, 3);
    assert_int_equal(words.ring_bytes, 4);
    assert_int_equal(words.heap_offset, 5);
    assert_int_equal(words.heap_bytes, 6);
    free(region);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_identity),      cmocka_unit_test(test_alignment),
        cmocka_unit_test(test_sizes),         cmocka_unit_test(test_inside),
        cmocka_unit_test(test_disjoint),      cmocka_unit_test(test_outside_control_region),
        cmocka_unit_test(test_extreme_words), cmocka_unit_test(test_read),
    };
    return cmocka_run_group_tests_name("layout", tests, NULL, NULL);
}
