/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "dxbc_mutate.h"

#include "dxbc_builder.h"

#include <stdlib.h>
#include <string.h>

#define MAX_TOKENS 0x10000u
#define MAX_CHUNKS 16u
#define MAX_INSTRUCTION 127u /* dwords that a length field can say */

/* The container, taken apart. */
struct work {
    uint64_t *random;
    uint8_t *bytes; /* a copy that is changed in place, all but the program */
    size_t size;
    size_t program; /* offset of the program chunk's data */
    uint32_t version;
    uint32_t *tokens; /* behind the header */
    uint32_t count;
    uint32_t *starts; /* of instructions */
    uint32_t instructions;
};

/* As dxbc_find_chunk, of bytes that may have been changed already: what does not lie inside is not found. */
static size_t find_chunk(const struct work *work, const char tag[4], uint32_t *length)
{
    uint32_t count = work->size >= 32 ? dxbc_get(work->bytes, 28) : 0;
    for (uint32_t i = 0; i < count && 36 + 4 * (size_t)i <= work->size; i++) {
        size_t at = dxbc_get(work->bytes, 32 + 4 * (size_t)i);
        if (at + 8 > work->size || memcmp(work->bytes + at, tag, 4) != 0)
            continue;
        *length = dxbc_get(work->bytes, at + 4);
        return *length <= work->size - at - 8 ? at + 8 : 0;
    }
    return 0;
}

static uint32_t next_random(uint64_t *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return (uint32_t)(*random >> 32);
}

static uint32_t below(struct work *work, uint32_t limit)
{
    return limit ? next_random(work->random) % limit : 0;
}

static uint32_t length_at(const struct work *work, uint32_t at)
{
    uint32_t token = work->tokens[at], length = token >> 24 & 0x7F;
    if ((token & 0x7FF) == PVGPU_DXBC_OP_CUSTOMDATA)
        length = at + 1 < work->count ? work->tokens[at + 1] : 1;
    if (length == 0)
        length = 1;
    return length > work->count - at ? work->count - at : length;
}

static void find_instructions(struct work *work)
{
    work->instructions = 0;
    for (uint32_t at = 0; at < work->count; at += length_at(work, at))
        work->starts[work->instructions++] = at;
}

/* Puts `count` tokens in place of `old` ones. */
static bool replace(struct work *work, uint32_t at, uint32_t old, const uint32_t *tokens, uint32_t count)
{
    if (work->count - old + count > MAX_TOKENS)
        return false;
    memmove(work->tokens + at + count, work->tokens + at + old, (work->count - at - old) * sizeof(uint32_t));
    if (count)
        memcpy(work->tokens + at, tokens, count * sizeof(uint32_t));
    work->count = work->count - old + count;
    find_instructions(work);
    return true;
}

/* Values that lie at the edges of what fields and limits are. */
static uint32_t interesting(struct work *work, uint32_t old)
{
    static const uint32_t values[] = {0,    1,    2,    3,     4,     7,          8,          13,        14,
                                      15,   16,   31,   32,    33,    63,         64,         65,        127,
                                      128,  129,  255,  1023,  1024,  1025,       0x7FF,      2048,      2052,
                                      4095, 4096, 4097, 32768, 32772, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF};
    switch (below(work, 5)) {
    case 0:
        return values[below(work, sizeof(values) / sizeof(values[0]))];
    case 1:
        return old + 1;
    case 2:
        return old - 1;
    case 3:
        return old ^ 1u << below(work, 32);
    default:
        return below(work, 8);
    }
}

static uint32_t pick_instruction(struct work *work, uint32_t *length)
{
    uint32_t at = work->starts[below(work, work->instructions)];
    *length = length_at(work, at);
    return at;
}

/* ---- Changes ----------------------------------------------------------------------------------------------------- */

/* Another opcode: one that takes the same operands, a neighbour, or any. */
static void change_opcode(struct work *work)
{
    uint32_t length, at = pick_instruction(work, &length), old = work->tokens[at] & 0x7FF, opcode = old;
    if (old >= PVGPU_DXBC_OPCODE_LIMIT)
        return;
    const char *operands = pvgpu_dxbc_opcode(old)->operands;
    for (uint32_t tries = 0; tries < 64; tries++) {
        uint32_t candidate = below(work, PVGPU_DXBC_OPCODE_LIMIT);
        const char *others = pvgpu_dxbc_opcode(candidate)->operands;
        if (candidate != old && (tries == 63 || (operands && others && strcmp(operands, others) == 0))) {
            opcode = candidate;
            break;
        }
    }
    work->tokens[at] = (work->tokens[at] & ~0x7FFu) | opcode;
}

static void change_controls(struct work *work)
{
    uint32_t length, at = pick_instruction(work, &length);
    work->tokens[at] ^= 1u << (11 + below(work, 13));
}

/* Any dword behind the opcode token: an operand token, an index, an immediate. */
static void change_dword(struct work *work)
{
    uint32_t length, at = pick_instruction(work, &length);
    if (length > 1) {
        uint32_t *token = &work->tokens[at + 1 + below(work, length - 1)];
        *token = interesting(work, *token);
    }
}

/* A field of what looks like an operand token. */
static void change_operand(struct work *work)
{
    static const struct {
        uint8_t shift, bits;
    } fields[] = {{0, 2}, {2, 2}, {4, 8}, {4, 4}, {4, 2}, {12, 6}, {12, 6}, {20, 2}, {22, 3}, {25, 3}, {31, 1}};
    uint32_t length, at = pick_instruction(work, &length);
    if (length < 2)
        return;
    uint32_t field = below(work, sizeof(fields) / sizeof(fields[0])), *token = NULL;
    for (uint32_t tries = 0; tries < 8; tries++) {
        token = &work->tokens[at + 1 + below(work, length - 1)];
        if (*token >> 12 & 0xFF || *token & 3)
            break;
    }
    uint32_t mask = ((1u << fields[field].bits) - 1) << fields[field].shift;
    *token = (*token & ~mask) | (next_random(work->random) << fields[field].shift & mask);
}

/* Makes an index relative that was not: the register that is the index follows the number. */
static void make_relative(struct work *work)
{
    uint32_t length, at = pick_instruction(work, &length);
    for (uint32_t i = 1; i + 1 < length; i++) {
        uint32_t token = work->tokens[at + i], dimensions = token >> 20 & 3;
        if ((token & 3) != 2 || dimensions == 0 || (token >> 12 & 0xFF) >= PVGPU_DXBC_TYPE_COUNT || token >> 31)
            continue;
        if (length + 2 > MAX_INSTRUCTION || i + dimensions >= length)
            return;
        const uint32_t index[] = {RX(below(work, 4))};
        if (!replace(work, at + i + dimensions + 1, 0, index, 2))
            return;
        work->tokens[at + i] |= BOTH(dimensions - 1);
        work->tokens[at] += 2u << 24;
        find_instructions(work);
        return;
    }
}

static void copy_operand_dwords(struct work *work)
{
    uint32_t length, other_length, at = pick_instruction(work, &length), other = pick_instruction(work, &other_length);
    uint32_t most = length < other_length ? length : other_length;
    if (most > 1)
        memmove(work->tokens + at + 1, work->tokens + other + 1, (most - 1) * sizeof(uint32_t));
}

static void remove_instruction(struct work *work)
{
    uint32_t length, at = pick_instruction(work, &length);
    if (work->instructions > 1)
        replace(work, at, length, NULL, 0);
}

static void repeat_instruction(struct work *work)
{
    uint32_t length, other_length, at = pick_instruction(work, &length), copy[256];
    if (length > 256)
        return;
    memcpy(copy, work->tokens + at, length * sizeof(uint32_t));
    uint32_t to = below(work, 2) ? at : pick_instruction(work, &other_length);
    replace(work, to, 0, copy, length);
}

static void swap_instructions(struct work *work)
{
    uint32_t length, next_length, at = pick_instruction(work, &length), copy[256];
    if (at + length >= work->count || length > 256)
        return;
    next_length = length_at(work, at + length);
    memcpy(copy, work->tokens + at, length * sizeof(uint32_t));
    memmove(work->tokens + at, work->tokens + at + length, next_length * sizeof(uint32_t));
    memcpy(work->tokens + at + next_length, copy, length * sizeof(uint32_t));
    find_instructions(work);
}

/* A block of control flow around an instruction, open or closed. */
static void add_flow(struct work *work)
{
    static const uint32_t ifs[] = {I(IF, RX(0))}, loops[] = {N(LOOP)}, switches[] = {I(SWITCH, RX(0)), N(DEFAULT)},
                          ends[] = {N(ENDIF)}, loop_ends[] = {N(BREAK), N(ENDLOOP)},
                          switch_ends[] = {N(BREAK), N(ENDSWITCH)}, breaks[] = {I(BREAKC, RX(0))},
                          rets[] = {I(RETC, RX(0))};
    static const struct {
        const uint32_t *start, *end;
        uint32_t start_count, end_count;
    } blocks[] = {{ifs, ends, 3, 1},
                  {loops, loop_ends, 1, 2},
                  {switches, switch_ends, 4, 2},
                  {breaks, NULL, 3, 0},
                  {rets, NULL, 3, 0}};
    uint32_t length, at = pick_instruction(work, &length), which = below(work, 5);
    if (below(work, 8) && blocks[which].end)
        replace(work, at + length, 0, blocks[which].end, blocks[which].end_count);
    replace(work, at, 0, blocks[which].start, blocks[which].start_count);
}

/* The length field, so that what follows is read in another way. */
static void change_length(struct work *work)
{
    uint32_t length, at = pick_instruction(work, &length);
    work->tokens[at] = (work->tokens[at] & 0x80FFFFFF) | (length + below(work, 3) - 1) << 24;
    find_instructions(work);
}

/* A field of an element of any signature, or how many there are. */
static void change_signature(struct work *work)
{
    static const char tags[][5] = {"ISGN", "OSGN", "PCSG", "OSG5", "ISG1", "OSG1", "PSG1"};
    uint32_t length;
    for (uint32_t tries = 0; tries < 8; tries++) {
        const char *tag = tags[below(work, sizeof(tags) / sizeof(tags[0]))];
        size_t at = find_chunk(work, tag, &length);
        uint32_t count = at && length >= 8 ? dxbc_get(work->bytes, at) : 0;
        uint32_t stride = tag[3] == '1' ? 32 : tag[3] == '5' ? 28 : 24;
        if (count == 0 || count > 128 || (uint64_t)count * stride + 8 > length)
            continue;
        size_t element = at + 8 + (size_t)below(work, count) * stride;
        size_t field = element + 4 * (size_t)below(work, stride / 4);
        if (below(work, 16) == 0)
            field = at;
        dxbc_put(work->bytes, field, interesting(work, dxbc_get(work->bytes, field)));
        return;
    }
}

/* Whether the chunk table and the chunks' bounds can be followed. */
static bool can_be_walked(const uint8_t *bytes, size_t size)
{
    if (size < 32 || size > PVGPU_DXBC_MAX_BYTES || dxbc_get(bytes, 28) > MAX_CHUNKS)
        return false;
    uint32_t count = dxbc_get(bytes, 28);
    for (uint32_t i = 0; i < count; i++) {
        if (36 + 4 * (size_t)i > size)
            return false;
        uint32_t at = dxbc_get(bytes, 32 + 4 * (size_t)i);
        if (at < 32 || size < 40 || at > size - 8 || dxbc_get(bytes, at + 4) > size - 8 - at)
            return false;
    }
    return true;
}

/* A bit anywhere behind the header, as long as the chunks can still be followed. */
static void change_bytes(struct work *work)
{
    if (work->size <= 32)
        return;
    uint8_t *byte = &work->bytes[32 + below(work, (uint32_t)work->size - 32)], bit = (uint8_t)(1u << below(work, 8));
    *byte ^= bit;
    if (!can_be_walked(work->bytes, work->size))
        *byte ^= bit;
}

static void change_once(struct work *work)
{
    static void (*const changes[])(struct work *) = {
        change_opcode,      change_opcode,      change_controls,   change_dword,  change_dword,     change_dword,
        change_operand,     change_operand,     change_operand,    make_relative, make_relative,    copy_operand_dwords,
        remove_instruction, repeat_instruction, swap_instructions, add_flow,      change_signature, change_signature,
    };
    uint32_t which = below(work, 20 * sizeof(changes) / sizeof(changes[0]));
    if (which == 0)
        change_length(work);
    else if (which == 1)
        change_bytes(work);
    else
        changes[which % (sizeof(changes) / sizeof(changes[0]))](work);
}

/* ---- Taking apart and putting together --------------------------------------------------------------------------- */

static bool open_program(struct work *work)
{
    uint32_t length;
    work->program = find_chunk(work, "SHEX", &length);
    if (!work->program)
        work->program = find_chunk(work, "SHDR", &length);
    if (!work->program || length < 12)
        return false;
    work->version = dxbc_get(work->bytes, work->program);
    work->count = length / 4 - 2;
    if (work->count > MAX_TOKENS)
        return false;
    for (uint32_t i = 0; i < work->count; i++)
        work->tokens[i] = dxbc_get(work->bytes, work->program + 8 + 4 * (size_t)i);
    find_instructions(work);
    return work->instructions > 0;
}

/* All chunks again, in order, the program with its new tokens. */
static size_t put_together(const struct work *work, uint8_t *out, size_t capacity)
{
    struct dxbc_builder builder;
    uint32_t chunks = dxbc_get(work->bytes, 28);
    uint8_t *program = malloc(8 + 4 * (size_t)work->count);
    if (!program)
        return 0;
    dxbc_put(program, 0, work->version);
    dxbc_put(program, 4, work->count + 2);
    for (uint32_t i = 0; i < work->count; i++)
        dxbc_put(program, 8 + 4 * (size_t)i, work->tokens[i]);
    dxbc_begin(&builder, out, capacity, chunks);
    for (uint32_t i = 0; i < chunks; i++) {
        size_t at = dxbc_get(work->bytes, 32 + 4 * (size_t)i);
        char tag[4];
        memcpy(tag, work->bytes + at, sizeof(tag));
        if (at + 8 == work->program)
            dxbc_add_chunk(&builder, tag, program, 8 + 4 * (size_t)work->count);
        else
            dxbc_add_chunk(&builder, tag, work->bytes + at + 8, dxbc_get(work->bytes, at + 4));
    }
    free(program);
    return dxbc_seal(&builder);
}

size_t dxbc_mutate(const uint8_t *bytes, size_t size, uint64_t *random, uint8_t *out, size_t capacity)
{
    struct work work = {.random = random, .size = size};
    size_t result = 0;
    if (!can_be_walked(bytes, size))
        return 0;
    work.bytes = malloc(size);
    work.tokens = malloc(MAX_TOKENS * sizeof(uint32_t));
    work.starts = malloc(MAX_TOKENS * sizeof(uint32_t));
    if (work.bytes && work.tokens && work.starts) {
        memcpy(work.bytes, bytes, size);
        if (open_program(&work)) {
            uint32_t changes = 1 + (below(&work, 2) ? 0 : below(&work, 4));
            for (uint32_t i = 0; i < changes && work.instructions; i++)
                change_once(&work);
            result = put_together(&work, out, capacity);
        }
    }
    free(work.starts);
    free(work.tokens);
    free(work.bytes);
    return result;
}
