/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The consumer's side of the ring: wrap at every place, partial publication, malformed headers and counters. */
#include "shm/ring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RING_BYTES PVGPU_COMMAND_MAX_BYTES /* the smallest ring: the longest command fills it */
#define HEADER_BYTES ((uint32_t)sizeof(struct pvgpu_command_header))

/* Exactly as long as the ring, so that AddressSanitizer sees one byte too many; the filling has no period. */
struct fixture {
    uint8_t *ring;
    uint8_t *twice; /* the same pattern twice in a row: what a reader must see behind a wrap */
    struct pvgpu_command *command;
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    fixture->ring = aligned_alloc(16, RING_BYTES);
    fixture->twice = malloc(2 * RING_BYTES);
    fixture->command = aligned_alloc(16, sizeof(*fixture->command));
    assert_non_null(fixture->ring);
    assert_non_null(fixture->twice);
    assert_non_null(fixture->command);
    uint32_t random = 1;
    for (uint32_t i = 0; i < RING_BYTES; i++) {
        random = random * 1664525u + 1013904223u;
        fixture->ring[i] = fixture->twice[i] = fixture->twice[RING_BYTES + i] = (uint8_t)(random >> 24);
    }
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    free(fixture->ring);
    free(fixture->twice);
    free(fixture->command);
    free(fixture);
    return 0;
}

static void write_header(struct fixture *fixture, uint64_t position, uint32_t opcode, uint32_t size)
{
    struct pvgpu_command_header header = {.opcode = opcode, .size = size, .id = 77, .flags = 88};
    memcpy(fixture->ring + position % RING_BYTES, &header, sizeof(header));
}

/* Puts the pattern back where a header was. */
static void restore(struct fixture *fixture, uint64_t position)
{
    memcpy(fixture->ring + position % RING_BYTES, fixture->twice + position % RING_BYTES, HEADER_BYTES);
}

static enum pvgpu_ring_result peek(const struct fixture *fixture, const struct pvgpu_ring *ring, uint64_t producer)
{
    return pvgpu_ring_peek(ring, producer, fixture->command);
}

/* A command of that size at that position comes out whole, and the next position is the rounded one. */
static void check_command(struct fixture *fixture, uint64_t position, uint32_t size)
{
    struct pvgpu_ring ring;
    pvgpu_ring_init(&ring, fixture->ring, RING_BYTES, position);
    assert_true(ring.read == position);
    write_header(fixture, position, PVGPU_DRAW, size);

    assert_int_equal(peek(fixture, &ring, position + size), PVGPU_RING_COMMAND);
    assert_true(ring.read == position); /* peeking does not move */
    assert_int_equal(fixture->command->header.opcode, PVGPU_DRAW);
    assert_int_equal(fixture->command->header.size, size);
    assert_int_equal(fixture->command->header.id, 77);
    assert_int_equal(fixture->command->header.flags, 88);
    assert_memory_equal(fixture->command->bytes + HEADER_BYTES, fixture->twice + position % RING_BYTES + HEADER_BYTES,
                        size - HEADER_BYTES);

    uint32_t stride = (size + 15) / 16 * 16;
    pvgpu_ring_advance(&ring, size);
    assert_true(ring.read == position + stride);
    assert_true(ring.offset == (position + stride) % RING_BYTES);
    assert_true(pvgpu_ring_consumed(&ring, position + size) == position + size);
    assert_true(pvgpu_ring_consumed(&ring, position + stride) == position + stride);
    assert_true(pvgpu_ring_consumed(&ring, position + stride + 16) == position + stride);
    assert_int_equal(peek(fixture, &ring, position + size), PVGPU_RING_EMPTY);
    assert_int_equal(peek(fixture, &ring, position + stride), PVGPU_RING_EMPTY);
    restore(fixture, position);
}

static void test_every_position(void **state)
{
    static const uint32_t sizes[] = {16, 20, 24, 28, 32, 36, 44, 48, 64, 284, 404, 540, 920};
    for (uint64_t position = 0; position < RING_BYTES; position += 16) {
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
            check_command(*state, position, sizes[i]);
    }
}

/* The longest command, wrapping at every possible place; with its padding counted and without. */
static void test_longest_at_every_position(void **state)
{
    for (uint64_t position = 0; position < RING_BYTES; position += 16) {
        check_command(*state, position, PVGPU_COMMAND_MAX_BYTES);
        if (position % 1024 == 0) {
            check_command(*state, position, PVGPU_COMMAND_MAX_BYTES - 4);
            check_command(*state, position, PVGPU_COMMAND_MAX_BYTES - 12);
        }
    }
}

static void test_large_counters(void **state)
{
    static const uint64_t rounds[] = {1, 3, UINT64_C(1) << 16, UINT64_C(1) << 32, UINT64_C(1) << 47};
    for (size_t i = 0; i < sizeof(rounds) / sizeof(rounds[0]); i++) {
        check_command(*state, rounds[i] * RING_BYTES, 64);
        check_command(*state, rounds[i] * RING_BYTES - 16, 64);
        check_command(*state, rounds[i] * RING_BYTES - 32, PVGPU_COMMAND_MAX_BYTES);
    }
}

/* A long stream of commands of all sizes; the ring's length is no multiple of any of them but 16. */
static void test_stream(void **state)
{
    struct fixture *fixture = *state;
    struct pvgpu_ring ring;
    pvgpu_ring_init(&ring, fixture->ring, RING_BYTES, 0);
    uint64_t producer = 0;
    uint32_t random = 7;
    for (unsigned n = 0; n < 20000; n++) {
        random = random * 1664525u + 1013904223u;
        uint32_t size = HEADER_BYTES + (random >> 16) % 256 * 4;
        bool padded = random & 0x100;
        uint32_t stride = (size + 15) / 16 * 16;
        write_header(fixture, producer, n, padded ? stride : size);
        assert_int_equal(peek(fixture, &ring, producer + size),
                         padded && size != stride ? PVGPU_RING_PARTIAL : PVGPU_RING_COMMAND);
        producer += stride;
        assert_int_equal(peek(fixture, &ring, producer), PVGPU_RING_COMMAND);
        assert_int_equal(fixture->command->header.opcode, n);
        restore(fixture, ring.read);
        pvgpu_ring_advance(&ring, padded ? stride : size);
        assert_true(ring.read == producer);
        assert_true(ring.offset == producer % RING_BYTES);
        assert_int_equal(peek(fixture, &ring, producer), PVGPU_RING_EMPTY);
    }
}

/* As many commands as there is room for: pending equals the ring's length. */
static void test_full(void **state)
{
    struct fixture *fixture = *state;
    const uint64_t start = 5 * (uint64_t)RING_BYTES + 48;
    for (uint32_t at = 0; at < RING_BYTES; at += 64)
        write_header(fixture, start + at, at, 64);
    struct pvgpu_ring ring;
    pvgpu_ring_init(&ring, fixture->ring, RING_BYTES, start);
    for (uint32_t at = 0; at < RING_BYTES; at += 64) {
        assert_int_equal(peek(fixture, &ring, start + RING_BYTES), PVGPU_RING_COMMAND);
        assert_int_equal(fixture->command->header.opcode, at);
        pvgpu_ring_advance(&ring, 64);
    }
    assert_int_equal(peek(fixture, &ring, start + RING_BYTES), PVGPU_RING_EMPTY);
    for (uint32_t at = 0; at < RING_BYTES; at += 64)
        restore(fixture, start + at);
}

static void test_partial(void **state)
{
    struct fixture *fixture = *state;
    static const uint64_t positions[] = {0, 16, RING_BYTES - 16, RING_BYTES - 32};
    static const uint32_t sizes[] = {16, 20, 28, 32, 64, PVGPU_COMMAND_MAX_BYTES};
    for (size_t p = 0; p < sizeof(positions) / sizeof(positions[0]); p++) {
        for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
            struct pvgpu_ring ring;
            pvgpu_ring_init(&ring, fixture->ring, RING_BYTES, positions[p]);
            write_header(fixture, positions[p], PVGPU_DRAW, sizes[s]);
            assert_int_equal(peek(fixture, &ring, positions[p]), PVGPU_RING_EMPTY);
            uint32_t step = sizes[s] > 4096 ? 1021 : 1; /* any count of bytes, not only words */
            for (uint32_t published = 1; published < sizes[s]; published += step)
                assert_int_equal(peek(fixture, &ring, positions[p] + published), PVGPU_RING_PARTIAL);
            assert_int_equal(peek(fixture, &ring, positions[p] + sizes[s] - 1), PVGPU_RING_PARTIAL);
            assert_int_equal(peek(fixture, &ring, positions[p] + sizes[s]), PVGPU_RING_COMMAND);
            restore(fixture, positions[p]);
        }
    }
}

static void test_bad_sizes(void **state)
{
    struct fixture *fixture = *state;
    static const uint32_t sizes[] = {0,          1,          4,          8,          12,         14,
                                     15,         17,         18,         19,         21,         30,
                                     65533,      65534,      65535,      65537,      65540,      65552,
                                     0x00100000, 0x7FFFFFFC, 0x80000000, 0xFFFFFFF0, 0xFFFFFFFC, UINT32_MAX};
    static const uint64_t positions[] = {0, 16, RING_BYTES - 16};
    for (size_t p = 0; p < sizeof(positions) / sizeof(positions[0]); p++) {
        for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
            struct pvgpu_ring ring;
            pvgpu_ring_init(&ring, fixture->ring, RING_BYTES, positions[p]);
            write_header(fixture, positions[p], 0x1234, sizes[s]);
            assert_int_equal(peek(fixture, &ring, positions[p] + 16), PVGPU_RING_BROKEN);
            /* The header is there for the error's argument. */
            assert_int_equal(fixture->command->header.opcode, 0x1234);
            assert_int_equal(fixture->command->header.size, sizes[s]);
            assert_int_equal(peek(fixture, &ring, positions[p] + RING_BYTES), PVGPU_RING_BROKEN);
            /* Not known to be bad before the header is there. */
            assert_int_equal(peek(fixture, &ring, positions[p] + 15), PVGPU_RING_PARTIAL);
            restore(fixture, positions[p]);
        }
    }
}

static void test_producer_in_padding(void **state)
{
    struct fixture *fixture = *state;
    for (uint32_t size = 20; size <= 28; size += 4) {
        struct pvgpu_ring ring;
        pvgpu_ring_init(&ring, fixture->ring, RING_BYTES, 64);
        write_header(fixture, 64, PVGPU_FLUSH, size);
        assert_int_equal(peek(fixture, &ring, 64 + size), PVGPU_RING_COMMAND);
        pvgpu_ring_advance(&ring, size);
        for (uint64_t producer = 64 + size; producer <= 96; producer++) {
            assert_int_equal(peek(fixture, &ring, producer), PVGPU_RING_EMPTY);
            assert_true(pvgpu_ring_consumed(&ring, producer) == producer);
        }
        /* The next command is found behind the padding, however much of that was counted before. */
        write_header(fixture, 96, PVGPU_FENCE, 24);
        assert_int_equal(peek(fixture, &ring, 96 + 15), PVGPU_RING_PARTIAL);
        assert_int_equal(peek(fixture, &ring, 96 + 24), PVGPU_RING_COMMAND);
        assert_int_equal(fixture->command->header.opcode, PVGPU_FENCE);
        restore(fixture, 64);
        restore(fixture, 96);
    }

    /* A new reader that starts from a consumer counter inside padding goes on behind it. */
    for (uint64_t position = 65; position <= 80; position++) {
        struct pvgpu_ring ring;
        pvgpu_ring_init(&ring, fixture->ring, RING_BYTES, position);
        assert_true(ring.read == 80);
        assert_true(ring.offset == 80);
        assert_int_equal(peek(fixture, &ring, position), PVGPU_RING_EMPTY);
    }
}

static void test_impossible_counters(void **state)
{
    struct fixture *fixture = *state;
    const uint64_t start = 3 * (uint64_t)RING_BYTES;
    struct pvgpu_ring ring;
    pvgpu_ring_init(&ring, fixture->ring, RING_BYTES, start);
    write_header(fixture, start, PVGPU_FLUSH, 16);

    static const uint64_t back[] = {16, 17, 4096, RING_BYTES, 3 * (uint64_t)RING_BYTES};
    for (size_t i = 0; i < sizeof(back) / sizeof(back[0]); i++)
        assert_int_equal(peek(fixture, &ring, start - back[i]), PVGPU_RING_BROKEN);

    assert_int_equal(peek(fixture, &ring, start + RING_BYTES), PVGPU_RING_COMMAND);
    static const uint64_t ahead[] = {RING_BYTES + 1, RING_BYTES + 16, 2 * (uint64_t)RING_BYTES, UINT64_C(1) << 32,
                                     UINT64_C(1) << 63};
    for (size_t i = 0; i < sizeof(ahead) / sizeof(ahead[0]); i++)
        assert_int_equal(peek(fixture, &ring, start + ahead[i]), PVGPU_RING_BROKEN);
    assert_int_equal(peek(fixture, &ring, UINT64_MAX), PVGPU_RING_BROKEN);
    assert_int_equal(peek(fixture, &ring, 0), PVGPU_RING_BROKEN);
    restore(fixture, start);
}

/* Any count and both alignments; nothing beyond either end is touched. */
static void test_copy_once(void **state)
{
    (void)state;
    for (size_t offset = 0; offset < 16; offset += 4) {
        for (size_t bytes = 0; bytes <= 64; bytes += 4) {
            uint8_t *from = aligned_alloc(16, 80), *to = aligned_alloc(16, 80);
            assert_non_null(from);
            assert_non_null(to);
            for (unsigned i = 0; i < 80; i++) {
                from[i] = (uint8_t)(i + 1);
                to[i] = 0xEE;
            }
            pvgpu_copy_once(to + 4, from + offset, bytes);
            for (unsigned i = 0; i < 80; i++)
                assert_int_equal(to[i], i >= 4 && i < 4 + bytes ? i - 4 + offset + 1 : 0xEE);
            free(from);
            free(to);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_position), cmocka_unit_test(test_longest_at_every_position),
        cmocka_unit_test(test_large_counters), cmocka_unit_test(test_stream),
        cmocka_unit_test(test_full),           cmocka_unit_test(test_partial),
        cmocka_unit_test(test_bad_sizes),      cmocka_unit_test(test_producer_in_padding),
        cmocka_unit_test(test_copy_once),      cmocka_unit_test(test_impossible_counters),
    };
    return cmocka_run_group_tests_name("ring", tests, setup, teardown);
}
