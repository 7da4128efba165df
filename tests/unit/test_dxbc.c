/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The container check: real shaders, one small damage per rule, and random damage with a correct checksum (argv[1]
 * rounds, 60,000 without it; AddressSanitizer watches).
 */
#include "wire/dxbc.h"
#include "wire/md5.h"

#include "shaders/generated/background_ps.h"
#include "shaders/generated/background_vs.h"
#include "shaders/generated/cube_ps.h"
#include "shaders/generated/cube_vs.h"
#include "shaders/generated/triangle_ps.h"
#include "shaders/generated/triangle_vs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* clang-format off */
/*
 * Made by vkd3d-compiler (cs_5_0) from: RWByteAddressBuffer o : register(u0); [numthreads(1, 1, 1)]
 * void main(uint3 id : SV_DispatchThreadID) { o.Store(id.x, 1u); }
 * Its length makes the checksum need a block of its own for the end: (460 - 20) % 64 is 56.
 */
static const uint8_t compute_shader[460] = {
    0x44, 0x58, 0x42, 0x43, 0xf9, 0xb6, 0xed, 0x89, 0x24, 0xbc, 0xfc, 0x40, 0xee, 0x33, 0xe0, 0x21, 0xf8, 0x94, 0x7e,
    0x9a, 0x01, 0x00, 0x00, 0x00, 0xcc, 0x01, 0x00, 0x00, 0x05, 0x00, 0x00, 0x00, 0x34, 0x00, 0x00, 0x00, 0x44, 0x00,
    0x00, 0x00, 0x54, 0x00, 0x00, 0x00, 0xe0, 0x00, 0x00, 0x00, 0x30, 0x01, 0x00, 0x00, 0x49, 0x53, 0x47, 0x4e, 0x08,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00, 0x4f, 0x53, 0x47, 0x4e, 0x08, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00, 0x52, 0x44, 0x45, 0x46, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x60, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x3c, 0x00, 0x00, 0x00, 0x00, 0x05, 0x53, 0x43, 0x00, 0x00,
    0x00, 0x00, 0x60, 0x00, 0x00, 0x00, 0x52, 0x44, 0x31, 0x31, 0x3c, 0x00, 0x00, 0x00, 0x18, 0x00, 0x00, 0x00, 0x20,
    0x00, 0x00, 0x00, 0x28, 0x00, 0x00, 0x00, 0x24, 0x00, 0x00, 0x00, 0x0c, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x5c, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff,
    0xff, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x6f, 0x00, 0xab, 0xab, 0x76, 0x6b,
    0x64, 0x33, 0x64, 0x2d, 0x73, 0x68, 0x61, 0x64, 0x65, 0x72, 0x20, 0x32, 0x2e, 0x31, 0x20, 0x28, 0x44, 0x65, 0x62,
    0x69, 0x61, 0x6e, 0x20, 0x32, 0x2e, 0x31, 0x2b, 0x64, 0x73, 0x2d, 0x31, 0x29, 0x00, 0xab, 0x53, 0x48, 0x44, 0x52,
    0x48, 0x00, 0x00, 0x00, 0x50, 0x00, 0x05, 0x00, 0x12, 0x00, 0x00, 0x00, 0x9b, 0x00, 0x00, 0x04, 0x01, 0x00, 0x00,
    0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x9d, 0x00, 0x00, 0x03, 0x01, 0xe0, 0x11, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x5f, 0x00, 0x00, 0x02, 0x72, 0x00, 0x02, 0x00, 0xa6, 0x00, 0x00, 0x06, 0x12, 0xe0, 0x11, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x06, 0x00, 0x02, 0x00, 0x01, 0x40, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x3e, 0x00, 0x00, 0x01,
    0x53, 0x54, 0x41, 0x54, 0x94, 0x00, 0x00, 0x00, 0x05, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x01, 0x00, 0x00, 0x00,
};
/* clang-format on */

/* ---- A container that is built by hand -------------------------------------------------------------------------- */

struct container {
    uint8_t bytes[8192];
    uint32_t size;
    uint32_t chunks;
    uint32_t chunk_at[70];
};

static void put(struct container *container, uint32_t at, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        container->bytes[at + i] = (uint8_t)(value >> (8 * i));
}

static uint32_t get(const struct container *container, uint32_t at)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < 4; i++)
        value |= (uint32_t)container->bytes[at + i] << (8 * i);
    return value;
}

/* Room for the table is made at once: `chunks` chunks follow. */
static void begin(struct container *container, uint32_t chunks)
{
    memset(container, 0, sizeof(*container));
    memcpy(container->bytes, "DXBC", 4);
    put(container, 20, 1);
    put(container, 28, chunks);
    container->size = 32 + 4 * chunks;
}

static void write_checksum(struct container *container)
{
    pvgpu_dxbc_checksum(container->bytes, container->size, container->bytes + PVGPU_DXBC_CHECKSUM_AT);
}

static void seal(struct container *container)
{
    put(container, 24, container->size);
    write_checksum(container);
}

/* Returns where its data start. */
static uint32_t add_chunk(struct container *container, const char *tag, const void *data, uint32_t bytes)
{
    uint32_t at = container->size;
    put(container, 32 + 4 * container->chunks, at);
    container->chunk_at[container->chunks++] = at;
    memcpy(container->bytes + at, tag, 4);
    put(container, at + 4, bytes);
    if (bytes)
        memcpy(container->bytes + at + 8, data, bytes);
    container->size = at + 8 + bytes;
    return at + 8;
}

struct element {
    const char *name;
    uint32_t index, component, reg, masks;
};

/* stride 24 (name first), 28 (stream in front) or 32 (minimum precision behind as well). Streams are 0, 1, 2... */
static uint32_t add_signature(struct container *container, const char *tag, uint32_t stride,
                              const struct element *elements, uint32_t count)
{
    struct container data = {.size = 8 + count * stride};
    put(&data, 0, count);
    put(&data, 4, 8);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = 8 + i * stride;
        if (stride > 24) {
            put(&data, at, i);
            at += 4;
        }
        put(&data, at, data.size);
        put(&data, at + 4, elements[i].index);
        put(&data, at + 12, elements[i].component);
        put(&data, at + 16, elements[i].reg);
        put(&data, at + 20, elements[i].masks);
        size_t name_bytes = strlen(elements[i].name) + 1;
        memcpy(data.bytes + data.size, elements[i].name, name_bytes);
        data.size += (uint32_t)name_bytes;
    }
    do {
        data.bytes[data.size++] = 0xAB;
    } while (data.size % 4);
    return add_chunk(container, tag, data.bytes, data.size);
}

/* The least that a program of each type can say, ended by ret. */
static uint32_t add_program(struct container *container, uint32_t type, uint32_t model)
{
    static const struct {
        uint32_t tokens[8], count;
    } programs[] = {
        {{0x0100003A, 0x0100003E}, 2}, /* nop, as in vertex shaders: 16 bytes in all */
        {{0x0100003A, 0x0100003E}, 2},
        {{0x0100085D, 0x0100085C, 0x0200005E, 1, 0x0100003E}, 5}, /* points, points, one vertex */
        {{0x01000071, 0x01000893, 0x01000094, 0x01001095, 0x01000896, 0x01001897, 0x01000073, 0x0100003E}, 8},
        {{0x01001095, 0x0100003E}, 2}, /* triangles */
        {{0x0400009B, 1, 1, 1, 0x0100003E}, 5}, /* one thread */
    };
    struct container data = {.size = 8};
    put(&data, 0, type << 16 | model);
    put(&data, 4, 2 + programs[type].count);
    for (uint32_t i = 0; i < programs[type].count; i++, data.size += 4)
        put(&data, data.size, programs[type].tokens[i]);
    return add_chunk(container, "SHEX", data.bytes, data.size);
}

static const struct element vertex_inputs[] = {
    {"POSITION", 0, PVGPU_DXBC_COMPONENT_FLOAT, 0, 0x0707},
    {"Bone", 3, PVGPU_DXBC_COMPONENT_UINT, 1, 0x010F},
    {"OFFSET", 0, PVGPU_DXBC_COMPONENT_SINT, 31, 0x0003},
};
static const struct element vertex_outputs[] = {
    {"SV_Position", 0, PVGPU_DXBC_COMPONENT_FLOAT, 0, 0x000F},
    {"SV_Depth", 0, PVGPU_DXBC_COMPONENT_FLOAT, PVGPU_DXBC_NO_REGISTER, 0x0E01},
};

/* Where the data of the usual container's chunks lie. */
struct places {
    uint32_t inputs, outputs, program, other;
};

static struct places usual(struct container *container)
{
    struct places places;
    begin(container, 4);
    places.inputs = add_signature(container, "ISGN", 24, vertex_inputs, 3);
    places.outputs = add_signature(container, "OSGN", 24, vertex_outputs, 2);
    places.program = add_program(container, 1, 0x50);
    places.other = add_chunk(container, "STAT", "0123456789abcdef", 16);
    seal(container);
    return places;
}

/* ---- Checking, on memory that is exactly as long as the container ------------------------------------------------ */

static void walk(const struct pvgpu_dxbc_signature *signature)
{
    struct pvgpu_dxbc_element element;
    uint32_t count = 0;
    for (; pvgpu_dxbc_signature_element(signature, count, &element); count++) {
        assert_in_range(strlen(element.name), 1, PVGPU_DXBC_MAX_NAME_CHARS);
        assert_true(element.component <= PVGPU_DXBC_COMPONENT_FLOAT && element.mask <= 0xF && element.used_mask <= 0xF);
        assert_true(element.reg < PVGPU_DXBC_MAX_REGISTERS || element.reg == PVGPU_DXBC_NO_REGISTER);
        assert_true(element.stream <= 3);
    }
    assert_int_equal(count, signature->count);
}

static const char *check_copy(const uint8_t *bytes, size_t size, enum pvgpu_stage stage)
{
    uint8_t *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    struct pvgpu_dxbc found, untouched;
    memset(&found, 0xA5, sizeof(found));
    memset(&untouched, 0xA5, sizeof(untouched));
    const char *problem = pvgpu_dxbc_rule_text(pvgpu_dxbc_check(copy, size, stage, &found));
    if (problem) {
        assert_memory_equal(&found, &untouched, sizeof(found));
    } else {
        assert_int_equal(found.stage, stage);
        walk(&found.inputs);
        walk(&found.outputs);
        walk(&found.patch_constants);
    }
    free(copy);
    return problem;
}

static void expect_good(const struct container *container, enum pvgpu_stage stage)
{
    const char *problem = check_copy(container->bytes, container->size, stage);
    if (problem)
        fail_msg("refused: %s", problem);
}

static void expect_bad(const struct container *container, enum pvgpu_stage stage, const char *reason)
{
    const char *problem = check_copy(container->bytes, container->size, stage);
    if (!problem)
        fail_msg("accepted, although: %s", reason);
    if (!strstr(problem, reason))
        fail_msg("refused because \"%s\" instead of \"%s\"", problem, reason);
}

/* One word is changed, the checksum is right: what the check says about that. NULL: it is still good. */
static void expect_word(const struct container *original, uint32_t at, uint32_t value, const char *reason)
{
    struct container changed = *original;
    put(&changed, at, value);
    write_checksum(&changed);
    if (reason)
        expect_bad(&changed, PVGPU_STAGE_VERTEX, reason);
    else
        expect_good(&changed, PVGPU_STAGE_VERTEX);
}

/* The same for several values of that word. */
static void expect_words(const struct container *original, uint32_t at, const uint32_t *values, size_t count,
                         const char *reason)
{
    for (size_t i = 0; i < count; i++)
        expect_word(original, at, values[i], reason);
}

/* ---- Tests ------------------------------------------------------------------------------------------------------- */

/* RFC 1321's own examples, with its padding: the container's checksum shares the rounds alone. */
static void test_md5_rounds(void **state)
{
    (void)state;
    static const struct {
        const char *text, *digest;
    } cases[] = {
        {"", "d41d8cd98f00b204e9800998ecf8427e"},
        {"a", "0cc175b9c0f1b6a831c399e269772661"},
        {"abc", "900150983cd24fb0d6963f7d28e17f72"},
        {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "d174ab98d277d9f5a5611c2c9f419d9f"},
        {"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
         "57edf4a22be3c955ac49da2e2107b67a"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint8_t message[192] = {0}, digest[PVGPU_MD5_DIGEST_BYTES];
        size_t length = strlen(cases[i].text), blocks = (length + 8) / 64 + 1;
        memcpy(message, cases[i].text, length);
        message[length] = 0x80;
        message[64 * blocks - 8] = (uint8_t)(8 * length);
        message[64 * blocks - 7] = (uint8_t)(8 * length >> 8);
        struct pvgpu_md5 md5;
        pvgpu_md5_init(&md5);
        for (size_t block = 0; block < blocks; block++)
            pvgpu_md5_block(&md5, message + 64 * block);
        pvgpu_md5_digest(&md5, digest);
        char text[2 * PVGPU_MD5_DIGEST_BYTES + 1];
        for (unsigned b = 0; b < PVGPU_MD5_DIGEST_BYTES; b++)
            snprintf(text + 2 * b, 3, "%02x", digest[b]);
        assert_string_equal(text, cases[i].digest);
    }
}

static void test_real_shaders(void **state)
{
    (void)state;
    static const struct {
        const uint8_t *bytes;
        uint32_t size;
        enum pvgpu_stage stage;
        uint32_t inputs, outputs;
    } cases[] = {
        {pvgpu_shader_triangle_vs, sizeof(pvgpu_shader_triangle_vs), PVGPU_STAGE_VERTEX, 2, 2},
        {pvgpu_shader_triangle_ps, sizeof(pvgpu_shader_triangle_ps), PVGPU_STAGE_PIXEL, 2, 1},
        {pvgpu_shader_cube_vs, sizeof(pvgpu_shader_cube_vs), PVGPU_STAGE_VERTEX, 6, 5},
        {pvgpu_shader_cube_ps, sizeof(pvgpu_shader_cube_ps), PVGPU_STAGE_PIXEL, 5, 1},
        {pvgpu_shader_background_vs, sizeof(pvgpu_shader_background_vs), PVGPU_STAGE_VERTEX, 1, 1},
        {pvgpu_shader_background_ps, sizeof(pvgpu_shader_background_ps), PVGPU_STAGE_PIXEL, 1, 1},
        {compute_shader, sizeof(compute_shader), PVGPU_STAGE_COMPUTE, 0, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        for (uint32_t stage = 0; stage < PVGPU_STAGE_COUNT; stage++) {
            const char *problem = check_copy(cases[i].bytes, cases[i].size, stage);
            if (stage == (uint32_t)cases[i].stage)
                assert_null(problem);
            else
                assert_string_equal(problem, "the program is for another stage");
        }
        struct pvgpu_dxbc found;
        assert_false(pvgpu_dxbc_check(cases[i].bytes, cases[i].size, cases[i].stage, &found));
        assert_int_equal(found.major, 5);
        assert_int_equal(found.minor, 0);
        assert_int_equal(found.inputs.count, cases[i].inputs);
        assert_int_equal(found.outputs.count, cases[i].outputs);

        /* A flipped bit anywhere is noticed: by the checksum, or in the header. */
        struct container copy;
        memcpy(copy.bytes, cases[i].bytes, cases[i].size);
        for (uint32_t at = 0; at < cases[i].size; at += at < 64 ? 1 : 61) {
            copy.bytes[at] ^= (uint8_t)(1u << at % 8);
            assert_non_null(check_copy(copy.bytes, cases[i].size, cases[i].stage));
            copy.bytes[at] ^= (uint8_t)(1u << at % 8);
        }
    }
}

static void test_find(void **state)
{
    (void)state;
    struct pvgpu_dxbc found;
    struct pvgpu_dxbc_element element;
    assert_false(pvgpu_dxbc_check(pvgpu_shader_cube_vs, sizeof(pvgpu_shader_cube_vs), PVGPU_STAGE_VERTEX, &found));
    assert_true(pvgpu_dxbc_signature_find(&found.inputs, "TEXCOORD", 0, &element));
    assert_string_equal(element.name, "TEXCOORD");
    assert_int_equal(element.component, PVGPU_DXBC_COMPONENT_FLOAT);
    assert_int_equal(element.reg, 2);
    assert_int_equal(element.mask, 0x3);
    assert_true(pvgpu_dxbc_signature_find(&found.inputs, "texCoord", 0, NULL));
    assert_false(pvgpu_dxbc_signature_find(&found.inputs, "TEXCOORD", 1, &element));
    assert_false(pvgpu_dxbc_signature_find(&found.inputs, "TEXCOOR", 0, &element));
    assert_false(pvgpu_dxbc_signature_find(&found.inputs, "TEXCOORDS", 0, &element));
    assert_false(pvgpu_dxbc_signature_find(&found.inputs, "", 0, &element));
    assert_false(pvgpu_dxbc_signature_find(&found.patch_constants, "TEXCOORD", 0, &element));
    assert_true(pvgpu_dxbc_signature_find(&found.outputs, "sv_position", 0, &element));
    assert_int_equal(element.system_value, 1);

    struct container container;
    usual(&container);
    assert_false(pvgpu_dxbc_check(container.bytes, container.size, PVGPU_STAGE_VERTEX, &found));
    assert_true(pvgpu_dxbc_signature_find(&found.inputs, "BONE", 3, &element));
    assert_string_equal(element.name, "Bone");
    assert_int_equal(element.semantic_index, 3);
    assert_int_equal(element.component, PVGPU_DXBC_COMPONENT_UINT);
    assert_int_equal(element.reg, 1);
    assert_int_equal(element.mask, 0xF);
    assert_int_equal(element.used_mask, 0x1);
    assert_int_equal(element.stream, 0);
    assert_false(pvgpu_dxbc_signature_find(&found.inputs, "BONE", 0, &element));
    assert_true(pvgpu_dxbc_signature_element(&found.outputs, 1, &element));
    assert_true(element.reg == PVGPU_DXBC_NO_REGISTER);
    assert_false(pvgpu_dxbc_signature_element(&found.outputs, 2, &element));
    assert_false(pvgpu_dxbc_signature_element(&found.outputs, UINT32_MAX, &element));
}

static void test_header(void **state)
{
    (void)state;
    struct container container;
    usual(&container);
    expect_good(&container, PVGPU_STAGE_VERTEX);

    for (uint32_t size = 0; size < container.size; size++) {
        const char *problem = check_copy(container.bytes, size, PVGPU_STAGE_VERTEX);
        assert_non_null(problem);
        assert_non_null(strstr(problem, size < 32 ? "shorter than its header" : "length that it states"));
    }
    assert_non_null(check_copy(container.bytes, container.size + 1, PVGPU_STAGE_VERTEX));
    for (uint32_t byte = 4; byte < 20; byte++) {
        struct container changed = container;
        changed.bytes[byte] ^= 0x10;
        expect_bad(&changed, PVGPU_STAGE_VERTEX, "checksum");
    }

    expect_word(&container, 0, 0x43425845, "does not start with DXBC");
    expect_word(&container, 0, 0, "does not start with DXBC");
    expect_word(&container, 20, 0, "version is not 1");
    expect_word(&container, 20, 2, "version is not 1");
    expect_word(&container, 24, container.size - 4, "length that it states");
    expect_word(&container, 24, container.size + 4, "length that it states");
    expect_word(&container, 24, 0, "length that it states");
    expect_word(&container, 24, UINT32_MAX, "length that it states");
}

static void test_maximum_size(void **state)
{
    (void)state;
    uint8_t *large = calloc(1, PVGPU_DXBC_MAX_BYTES + 4);
    assert_non_null(large);
    struct container container;
    struct places places = usual(&container);
    for (uint32_t size = PVGPU_DXBC_MAX_BYTES; size <= PVGPU_DXBC_MAX_BYTES + 4; size += 4) {
        put(&container, 24, size);
        put(&container, places.other - 4, size - places.other); /* the last chunk takes all the rest */
        memcpy(large, container.bytes, container.size);
        pvgpu_dxbc_checksum(large, size, large + PVGPU_DXBC_CHECKSUM_AT);
        const char *problem = check_copy(large, size, PVGPU_STAGE_VERTEX);
        if (size == PVGPU_DXBC_MAX_BYTES)
            assert_null(problem);
        else
            assert_string_equal(problem, "the container is longer than 1 MiB");
    }
    free(large);
}

static void test_chunk_table(void **state)
{
    (void)state;
    struct container container;
    struct places places = usual(&container);
    const uint32_t size = container.size, last = container.chunk_at[3];

    expect_word(&container, 28, 65, "more than 64 chunks");
    expect_word(&container, 28, UINT32_MAX, "more than 64 chunks");
    expect_word(&container, 28, 0x40000001, "more than 64 chunks"); /* times 4 it would be 4 */
    expect_word(&container, 28, 0, "no program");
    expect_word(&container, 28, 3, NULL);
    expect_word(&container, 28, 2, "no program");

    expect_word(&container, 44, last + 1, "not a multiple of 4");
    expect_word(&container, 44, last + 2, "not a multiple of 4");
    expect_word(&container, 44, UINT32_MAX, "not a multiple of 4");
    expect_word(&container, 44, 0, "overlaps the chunk table");
    expect_word(&container, 44, size - 4, "starts beyond");
    expect_word(&container, 44, size, "starts beyond");
    expect_word(&container, 44, 0xFFFFFFFC, "starts beyond");

    expect_word(&container, places.other - 4, 16, NULL);
    expect_word(&container, places.other - 4, 15, NULL);
    expect_word(&container, places.other - 4, 0, NULL);
    expect_word(&container, places.other - 4, 17, "reaches beyond the container");
    expect_word(&container, places.other - 4, UINT32_MAX, "reaches beyond the container");
    expect_word(&container, places.other - 4, 0xFFFFFFF8 - last, "reaches beyond the container");
    expect_word(&container, places.program - 4, 17, "two chunks overlap");
    expect_word(&container, places.program - 4, 24 + 16, "two chunks overlap");
    expect_word(&container, 44, container.chunk_at[2], "two chunks overlap"); /* the same one twice */

    /* As many as are allowed, and one more. */
    for (uint32_t chunks = 63; chunks <= 65; chunks++) {
        begin(&container, chunks);
        add_signature(&container, "ISGN", 24, vertex_inputs, 3);
        add_signature(&container, "OSGN", 24, vertex_outputs, 2);
        add_program(&container, 1, 0x50);
        while (container.chunks < chunks)
            add_chunk(&container, "MORE", NULL, 0);
        seal(&container);
        if (chunks <= 64)
            expect_good(&container, PVGPU_STAGE_VERTEX);
        else
            expect_bad(&container, PVGPU_STAGE_VERTEX, "more than 64 chunks");
    }
    /* A table that ends just outside and just inside. */
    begin(&container, 2);
    container.size = 39;
    seal(&container);
    expect_bad(&container, PVGPU_STAGE_VERTEX, "chunk table reaches beyond");
    container.size = 40;
    seal(&container);
    expect_bad(&container, PVGPU_STAGE_VERTEX, "overlaps the chunk table");
}

static void test_program(void **state)
{
    (void)state;
    struct container container;
    struct places places = usual(&container);

    static const uint32_t good_tokens[] = {0x00010050, 0x00010040, 0x00010041};
    static const uint32_t models[] = {0x00010042, 0x00010051, 0x00010060, 0x00010030, 0x00010000, 0x000100F0};
    static const uint32_t stages[] = {0x00000050, 0x00020050, 0x00060050, 0xFFFF0050, 0x80010050};
    static const uint32_t unknown_bits[] = {0x00010150, 0x00018050};
    expect_words(&container, places.program, good_tokens, COUNT(good_tokens), NULL);
    expect_words(&container, places.program, models, COUNT(models), "shader model is not");
    expect_words(&container, places.program, stages, COUNT(stages), "another stage");
    expect_words(&container, places.program, unknown_bits, COUNT(unknown_bits), "unknown bits");

    static const uint32_t short_lengths[] = {2, 3};
    static const uint32_t lengths[] = {0, 1, 5, 0x40000001, UINT32_MAX}; /* the fourth times 4 would be 4 */
    expect_words(&container, places.program + 4, short_lengths, COUNT(short_lengths), "does not end with ret");
    expect_words(&container, places.program + 4, lengths, COUNT(lengths), "length does not fit");
    expect_word(&container, places.program - 4, 7, "program is shorter");
    expect_word(&container, places.program - 4, 0, "program is shorter");
    expect_word(&container, places.program - 4, 15, "length does not fit");
    expect_word(&container, places.program - 8, 0x52444853, NULL); /* SHDR */
    expect_word(&container, places.program - 8, 0x4C495844, "shader model 6"); /* DXIL */

    begin(&container, 4);
    add_signature(&container, "ISGN", 24, vertex_inputs, 3);
    add_signature(&container, "OSGN", 24, vertex_outputs, 2);
    add_program(&container, 1, 0x40);
    places.program = add_program(&container, 1, 0x50);
    seal(&container);
    expect_bad(&container, PVGPU_STAGE_VERTEX, "two programs");
    expect_word(&container, places.program - 8, 0x52444853, "two programs");
}

/* Each stage with its own program type and what it needs, in every shader model. */
static void test_stages(void **state)
{
    (void)state;
    static const struct {
        enum pvgpu_stage stage;
        uint32_t type;
        bool old_models, patch;
    } cases[] = {
        {PVGPU_STAGE_VERTEX, 1, true, false},   {PVGPU_STAGE_PIXEL, 0, true, false},
        {PVGPU_STAGE_GEOMETRY, 2, true, false}, {PVGPU_STAGE_HULL, 3, false, true},
        {PVGPU_STAGE_DOMAIN, 4, false, true},   {PVGPU_STAGE_COMPUTE, 5, true, false},
    };
    struct container container;
    for (size_t i = 0; i < COUNT(cases); i++) {
        for (uint32_t model = 0x40; model <= 0x51; model++) {
            begin(&container, 4);
            add_program(&container, cases[i].type, model);
            add_signature(&container, "ISGN", 24, vertex_inputs, 3);
            add_signature(&container, "OSGN", 24, vertex_outputs, 2);
            add_signature(&container, "PCSG", 24, vertex_outputs, 2);
            seal(&container);
            /* A hull shader's factors must be in its signature: tests/unit/test_dxbc_program.c has such. */
            if (model == 0x50 && cases[i].stage == PVGPU_STAGE_HULL)
                expect_bad(&container, cases[i].stage, "factor of the domain is not declared");
            else if (model == 0x50 || (model <= 0x41 && cases[i].old_models))
                expect_good(&container, cases[i].stage);
            else
                expect_bad(&container, cases[i].stage, model <= 0x41 ? "need shader model 5.0" : "shader model is not");
        }
        for (unsigned present = 0; present < 8; present++) {
            begin(&container, 1 + (present & 1) + (present >> 1 & 1) + (present >> 2));
            add_program(&container, cases[i].type, 0x50);
            if (present & 1)
                add_signature(&container, "ISGN", 24, NULL, 0);
            if (present & 2)
                add_signature(&container, "OSGN", 24, NULL, 0);
            if (present & 4)
                add_signature(&container, "PCSG", 24, NULL, 0);
            seal(&container);
            if ((present & 3) != 3 && cases[i].stage != PVGPU_STAGE_COMPUTE)
                expect_bad(&container, cases[i].stage, "input or output signature is missing");
            else if (!(present & 4) && cases[i].patch)
                expect_bad(&container, cases[i].stage, "patch constant signature is missing");
            else if (cases[i].stage == PVGPU_STAGE_HULL)
                expect_bad(&container, cases[i].stage, "factor of the domain is not declared");
            else
                expect_good(&container, cases[i].stage);
        }
    }
}

static void test_signature(void **state)
{
    (void)state;
    struct container container;
    struct places places = usual(&container);
    const uint32_t inputs = places.inputs, chunk_bytes = get(&container, inputs - 4);
    const uint32_t element = inputs + 8 + 24; /* the second */

    expect_word(&container, inputs, 2, NULL);
    expect_word(&container, inputs, 0, NULL);
    expect_word(&container, inputs, 129, "more than 128 elements");
    expect_word(&container, inputs, UINT32_MAX, "more than 128 elements");
    expect_word(&container, inputs, 128, "elements reach beyond");
    expect_word(&container, inputs, (chunk_bytes - 8) / 24 + 1, "elements reach beyond");
    expect_word(&container, inputs + 4, 0, "do not follow its header");
    expect_word(&container, inputs + 4, 12, "do not follow its header");
    expect_word(&container, inputs + 4, UINT32_MAX, "do not follow its header");
    expect_word(&container, inputs - 4, 7, "signature is shorter");
    expect_word(&container, inputs - 4, 0, "signature is shorter");
    expect_word(&container, inputs - 4, 8 + 3 * 24 - 1, "elements reach beyond");
    expect_word(&container, inputs - 4, 8 + 3 * 24, "name starts beyond");

    expect_word(&container, element, chunk_bytes, "name starts beyond");
    expect_word(&container, element, UINT32_MAX, "name starts beyond");
    expect_word(&container, element, chunk_bytes - 1, "not terminated"); /* the padding is 0xAB */
    expect_word(&container, element, 4, NULL); /* an 8 and zeros: odd, but a name */
    expect_word(&container, element, 7, "name is empty");
    expect_word(&container, element + 4, UINT32_MAX, NULL); /* any semantic index */
    expect_word(&container, element + 12, 0, "component type is unknown");
    expect_word(&container, element + 12, 4, "component type is unknown");
    expect_word(&container, element + 12, UINT32_MAX, "component type is unknown");
    expect_word(&container, element + 16, 30, NULL);
    expect_word(&container, element + 16, 31, "share components of a register");
    expect_word(&container, element + 16, 32, "register is above 31");
    expect_word(&container, element + 16, 0xFFFFFFFE, "register is above 31");
    expect_word(&container, element + 16, 0xFFFFFFFF, NULL);
    expect_word(&container, element + 20, 0x0F0F, NULL);
    expect_word(&container, element + 20, 0x0010, "more than four components");
    expect_word(&container, element + 20, 0x1000, "more than four components");
    expect_word(&container, element + 20, 0xFFFF0000, NULL); /* two bytes that mean nothing */

    expect_word(&container, places.outputs - 8, 0x4E475349, "two signatures of one kind"); /* ISGN */
    expect_word(&container, inputs - 8, 0x4E475350, "input or output signature is missing"); /* PSGN: no such tag */
}

static void test_signature_limits(void **state)
{
    (void)state;
    struct container container;
    for (uint32_t length = 255; length <= 256; length++) {
        char name[300] = {0};
        memset(name, 'N', length);
        const struct element named = {name, 0, PVGPU_DXBC_COMPONENT_FLOAT, 0, 0x0F0F};
        begin(&container, 3);
        add_program(&container, 1, 0x50);
        add_signature(&container, "ISGN", 24, &named, 1);
        add_signature(&container, "OSGN", 24, NULL, 0);
        seal(&container);
        if (length == 255)
            expect_good(&container, PVGPU_STAGE_VERTEX);
        else
            expect_bad(&container, PVGPU_STAGE_VERTEX, "name is too long");
    }
    for (uint32_t count = 128; count <= 129; count++) {
        struct element elements[129];
        for (uint32_t i = 0; i < count; i++)
            elements[i] = (struct element){"E", i, PVGPU_DXBC_COMPONENT_UINT, i / 4 % 32, 0x0101u << i % 4};
        begin(&container, 3);
        add_program(&container, 1, 0x50);
        add_signature(&container, "ISGN", 24, elements, count);
        add_signature(&container, "OSGN", 24, NULL, 0);
        seal(&container);
        if (count == 128)
            expect_good(&container, PVGPU_STAGE_VERTEX);
        else
            expect_bad(&container, PVGPU_STAGE_VERTEX, "more than 128 elements");
    }
}

/* The forms with a stream in front: same rules, other offsets. */
static void test_signature_forms(void **state)
{
    (void)state;
    static const struct {
        const char *tag;
        uint32_t stride;
        bool input;
    } cases[] = {{"ISGN", 24, true}, {"ISG1", 32, true}, {"OSGN", 24, false}, {"OSG5", 28, false}, {"OSG1", 32, false}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct container container;
        begin(&container, 3);
        uint32_t at = add_signature(&container, cases[i].tag, cases[i].stride, vertex_inputs, 3);
        add_signature(&container, cases[i].input ? "OSGN" : "ISGN", 24, NULL, 0);
        add_program(&container, 2, 0x50);
        seal(&container);
        expect_good(&container, PVGPU_STAGE_GEOMETRY);

        struct pvgpu_dxbc found;
        assert_false(pvgpu_dxbc_check(container.bytes, container.size, PVGPU_STAGE_GEOMETRY, &found));
        const struct pvgpu_dxbc_signature *signature = cases[i].input ? &found.inputs : &found.outputs;
        for (uint32_t e = 0; e < 3; e++) {
            struct pvgpu_dxbc_element element;
            assert_true(pvgpu_dxbc_signature_element(signature, e, &element));
            assert_string_equal(element.name, vertex_inputs[e].name);
            assert_int_equal(element.semantic_index, vertex_inputs[e].index);
            assert_int_equal(element.component, vertex_inputs[e].component);
            assert_int_equal(element.reg, vertex_inputs[e].reg);
            assert_int_equal(element.mask, vertex_inputs[e].masks & 0xFF);
            assert_int_equal(element.used_mask, vertex_inputs[e].masks >> 8);
            assert_int_equal(element.stream, cases[i].stride > 24 ? e : 0);
        }

        struct container changed = container;
        put(&changed, at - 4, 8 + 3 * cases[i].stride - 1);
        seal(&changed);
        expect_bad(&changed, PVGPU_STAGE_GEOMETRY, "elements reach beyond");
        changed = container;
        put(&changed, at + 8 + (cases[i].stride > 24 ? 4 : 0), get(&container, at - 4));
        seal(&changed);
        expect_bad(&changed, PVGPU_STAGE_GEOMETRY, "name starts beyond");
        if (cases[i].stride > 24) {
            changed = container;
            put(&changed, at + 8, 3);
            seal(&changed);
            expect_good(&changed, PVGPU_STAGE_GEOMETRY);
            put(&changed, at + 8, 4);
            seal(&changed);
            expect_bad(&changed, PVGPU_STAGE_GEOMETRY, "stream above 3");
        }
    }

    struct container container;
    begin(&container, 4);
    add_program(&container, 4, 0x50);
    add_signature(&container, "ISGN", 24, NULL, 0);
    add_signature(&container, "OSGN", 24, NULL, 0);
    add_signature(&container, "PSG1", 32, vertex_outputs, 2);
    seal(&container);
    expect_good(&container, PVGPU_STAGE_DOMAIN);
    struct pvgpu_dxbc found;
    assert_false(pvgpu_dxbc_check(container.bytes, container.size, PVGPU_STAGE_DOMAIN, &found));
    assert_int_equal(found.patch_constants.count, 2);
}

/* ---- Random damage ---------------------------------------------------------------------------------------------- */

static uint32_t next_random(uint64_t *random)
{
    *random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*random >> 33);
}

/* Changes one word or byte, or the length; values near those that matter are likelier. */
static void damage(struct container *container, uint64_t *random)
{
    static const uint32_t values[] = {0, 1, 4, 8, 24, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFC, UINT32_MAX};
    uint32_t at = next_random(random) % (container->size / 4) * 4;
    switch (next_random(random) % 8) {
    case 0:
        put(container, at, values[next_random(random) % COUNT(values)]);
        break;
    case 1:
        put(container, at, get(container, at) + next_random(random) % 33 - 16);
        break;
    case 2:
        put(container, at, container->size - next_random(random) % 40);
        break;
    case 3: /* tags, offsets and sizes change places */
        put(container, at, get(container, next_random(random) % (container->size / 4) * 4));
        break;
    case 4:
        container->size -=
            next_random(random) % 16 == 0 ? next_random(random) % container->size : next_random(random) % 8;
        if (container->size < 32)
            container->size = 32;
        break;
    default:
        container->bytes[at + next_random(random) % 4] = (uint8_t)next_random(random);
        break;
    }
}

static void test_random_damage(void **state)
{
    const unsigned rounds = *(const unsigned *)*state;
    static const enum pvgpu_stage stages[] = {PVGPU_STAGE_VERTEX, PVGPU_STAGE_PIXEL, PVGPU_STAGE_COMPUTE};
    struct container originals[3];
    usual(&originals[0]);
    originals[1].size = sizeof(pvgpu_shader_triangle_ps);
    memcpy(originals[1].bytes, pvgpu_shader_triangle_ps, sizeof(pvgpu_shader_triangle_ps));
    originals[2].size = sizeof(compute_shader);
    memcpy(originals[2].bytes, compute_shader, sizeof(compute_shader));

    const char *reasons[64];
    size_t reason_count = 0;
    unsigned good = 0;
    uint64_t random = 20240229;
    struct container container;
    for (unsigned n = 0; n < rounds; n++) {
        unsigned which = n % 4 == 3 ? 1 + n / 4 % 2 : 0;
        container.size = originals[which].size;
        memcpy(container.bytes, originals[which].bytes, container.size);
        for (unsigned changes = 1 + next_random(&random) % 4; changes > 0; changes--)
            damage(&container, &random);
        if (next_random(&random) % 64 != 0) { /* mostly let it get past the outermost checks */
            memcpy(container.bytes, "DXBC", 4);
            put(&container, 20, 1);
            seal(&container);
        }
        const char *problem = check_copy(container.bytes, container.size, stages[which]);
        good += !problem;
        size_t known = 0;
        while (known < reason_count && reasons[known] != problem)
            known++;
        if (problem && known == reason_count && reason_count < COUNT(reasons))
            reasons[reason_count++] = problem;
    }
    print_message("%u rounds: %u still good, %zu different reasons\n", rounds, good, reason_count);
    assert_true(good > rounds / 100);
    assert_true(rounds < 50000 || reason_count >= 25);
}

int main(int argc, char **argv)
{
    unsigned rounds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 60000;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_md5_rounds),
        cmocka_unit_test(test_real_shaders),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_maximum_size),
        cmocka_unit_test(test_chunk_table),
        cmocka_unit_test(test_program),
        cmocka_unit_test(test_stages),
        cmocka_unit_test(test_signature),
        cmocka_unit_test(test_signature_limits),
        cmocka_unit_test(test_signature_forms),
        cmocka_unit_test_prestate(test_random_damage, &rounds),
    };
    return cmocka_run_group_tests_name("dxbc", tests, NULL, NULL);
}
