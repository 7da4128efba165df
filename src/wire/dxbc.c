/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "wire/dxbc.h"

#include "base/bytes.h"
#include "base/checked.h"
#include "wire/dxbc_program.h"
#include "wire/dxbc_signature.h"
#include "wire/md5.h"

#include <string.h>

#define TAG(a, b, c, d) ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)

#define TAG_DXBC TAG('D', 'X', 'B', 'C')
#define TAG_SHDR TAG('S', 'H', 'D', 'R') /* program, shader model 4 */
#define TAG_SHEX TAG('S', 'H', 'E', 'X') /* program, shader model 5 */
#define TAG_ISGN TAG('I', 'S', 'G', 'N') /* input signature */
#define TAG_ISG1 TAG('I', 'S', 'G', '1')
#define TAG_OSGN TAG('O', 'S', 'G', 'N') /* output signature */
#define TAG_OSG5 TAG('O', 'S', 'G', '5') /* of geometry shaders with streams */
#define TAG_OSG1 TAG('O', 'S', 'G', '1')
#define TAG_PCSG TAG('P', 'C', 'S', 'G') /* patch constant signature */
#define TAG_PSG1 TAG('P', 'S', 'G', '1')
#define TAG_SFI0 TAG('S', 'F', 'I', '0') /* features that the shader needs */
#define TAG_IFCE TAG('I', 'F', 'C', 'E') /* interfaces and classes */
#define TAG_DXIL TAG('D', 'X', 'I', 'L')
#define TAG_ILDB TAG('I', 'L', 'D', 'B')

/* Container header: magic, checksum, version, total size, chunk count, then one offset a chunk. */
#define CHECKED_FROM 20u
#define VERSION_AT 20u
#define TOTAL_AT 24u
#define CHUNK_COUNT_AT 28u
#define CHUNK_TABLE_AT 32u
#define FEATURES_BYTES 8u
#define CHUNK_HEADER_BYTES 8u /* tag, size of the data that follows */

#define PROGRAM_HEADER_BYTES 8u /* version token, length in dwords */

struct chunk {
    uint32_t tag;
    uint32_t offset; /* of the chunk's header, in the container */
    uint32_t data_bytes;
    const uint8_t *data;
};

#define PVGPU_DXBC_RULE(name, text, source) {#name, text, source},
static const struct {
    const char *name, *text, *source;
} rules[] = {
#include "wire/dxbc_rules.inc"
};
#undef PVGPU_DXBC_RULE

_Static_assert(sizeof(rules) / sizeof(rules[0]) == PVGPU_DXBC_RULE_COUNT, "a row for each rule");

static bool is_rule(enum pvgpu_dxbc_rule rule)
{
    return rule > PVGPU_DXBC_OK && rule < PVGPU_DXBC_RULE_END;
}

const char *pvgpu_dxbc_rule_text(enum pvgpu_dxbc_rule rule)
{
    return is_rule(rule) ? rules[rule - 1].text : NULL;
}

const char *pvgpu_dxbc_rule_source(enum pvgpu_dxbc_rule rule)
{
    return is_rule(rule) ? rules[rule - 1].source : NULL;
}

const char *pvgpu_dxbc_rule_name(enum pvgpu_dxbc_rule rule)
{
    return is_rule(rule) ? rules[rule - 1].name : NULL;
}

static void write_u32(uint8_t *at, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

/*
 * MD5's rounds over everything behind the checksum. MD5 ends its input with 80 00.. and the bit count as 64 bits. Here
 * the last block starts with the low word of the bit count and ends with (bit count >> 2 | 1), the rest of the input
 * and its 80 lie between; when they do not fit there, they get a block of their own, padded with zeros.
 */
void pvgpu_dxbc_checksum(const uint8_t *bytes, size_t size, uint8_t checksum[PVGPU_DXBC_CHECKSUM_BYTES])
{
    const uint8_t *from = bytes + CHECKED_FROM;
    size_t left = size - CHECKED_FROM;
    uint32_t bits = (uint32_t)left * 8;

    struct pvgpu_md5 md5;
    pvgpu_md5_init(&md5);
    for (; left >= PVGPU_MD5_BLOCK_BYTES; left -= PVGPU_MD5_BLOCK_BYTES, from += PVGPU_MD5_BLOCK_BYTES)
        pvgpu_md5_block(&md5, from);

    uint8_t last[PVGPU_MD5_BLOCK_BYTES] = {0};
    if (left >= PVGPU_MD5_BLOCK_BYTES - 8) {
        memcpy(last, from, left);
        last[left] = 0x80;
        pvgpu_md5_block(&md5, last);
        memset(last, 0, sizeof(last));
    } else {
        memcpy(last + 4, from, left);
        last[4 + left] = 0x80;
    }
    write_u32(last, bits);
    write_u32(last + PVGPU_MD5_BLOCK_BYTES - 4, bits >> 2 | 1);
    pvgpu_md5_block(&md5, last);
    pvgpu_md5_digest(&md5, checksum);
}

static enum pvgpu_dxbc_rule check_header(const uint8_t *bytes, size_t size)
{
    if (size > PVGPU_DXBC_MAX_BYTES)
        return PVGPU_DXBC_TOO_LONG;
    if (size < CHUNK_TABLE_AT)
        return PVGPU_DXBC_TOO_SHORT;
    if (pvgpu_read_u32(bytes) != TAG_DXBC)
        return PVGPU_DXBC_MAGIC;
    if (pvgpu_read_u32(bytes + VERSION_AT) != 1)
        return PVGPU_DXBC_VERSION;
    if (pvgpu_read_u32(bytes + TOTAL_AT) != size)
        return PVGPU_DXBC_LENGTH;
    uint8_t checksum[PVGPU_DXBC_CHECKSUM_BYTES];
    pvgpu_dxbc_checksum(bytes, size, checksum);
    if (memcmp(bytes + PVGPU_DXBC_CHECKSUM_AT, checksum, sizeof(checksum)) != 0)
        return PVGPU_DXBC_CHECKSUM;
    return PVGPU_DXBC_OK;
}

static enum pvgpu_dxbc_rule check_chunks(const uint8_t *bytes, size_t size, struct chunk chunks[],
                                         uint32_t *chunk_count)
{
    uint32_t count = pvgpu_read_u32(bytes + CHUNK_COUNT_AT);
    if (count > PVGPU_DXBC_MAX_CHUNKS)
        return PVGPU_DXBC_CHUNK_COUNT;
    uint32_t table_end = CHUNK_TABLE_AT + 4 * count;
    if (table_end > size)
        return PVGPU_DXBC_CHUNK_TABLE;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t offset = pvgpu_read_u32(bytes + CHUNK_TABLE_AT + 4 * i);
        if (offset % 4 != 0)
            return PVGPU_DXBC_CHUNK_ALIGNMENT;
        if (offset < table_end)
            return PVGPU_DXBC_CHUNK_IN_TABLE;
        if (!pvgpu_range_fits(size, offset, CHUNK_HEADER_BYTES))
            return PVGPU_DXBC_CHUNK_START;
        uint32_t data_bytes = pvgpu_read_u32(bytes + offset + 4);
        if (!pvgpu_range_fits(size, (uint64_t)offset + CHUNK_HEADER_BYTES, data_bytes))
            return PVGPU_DXBC_CHUNK_END;
        chunks[i] =
            (struct chunk){pvgpu_read_u32(bytes + offset), offset, data_bytes, bytes + offset + CHUNK_HEADER_BYTES};
        for (uint32_t j = 0; j < i; j++) {
            /* Both lie inside 1 MiB: the sums fit. */
            uint32_t end = offset + CHUNK_HEADER_BYTES + data_bytes;
            uint32_t other_end = chunks[j].offset + CHUNK_HEADER_BYTES + chunks[j].data_bytes;
            if (offset < other_end && chunks[j].offset < end)
                return PVGPU_DXBC_CHUNK_OVERLAP;
        }
    }
    *chunk_count = count;
    return PVGPU_DXBC_OK;
}

static enum pvgpu_dxbc_rule check_program_header(const struct chunk *chunk, enum pvgpu_stage stage,
                                                 struct pvgpu_dxbc *out)
{
    /* The program type in the upper half of the version token, by stage. */
    static const uint16_t program_types[PVGPU_STAGE_COUNT] = {
        [PVGPU_STAGE_PIXEL] = 0, [PVGPU_STAGE_VERTEX] = 1, [PVGPU_STAGE_GEOMETRY] = 2,
        [PVGPU_STAGE_HULL] = 3,  [PVGPU_STAGE_DOMAIN] = 4, [PVGPU_STAGE_COMPUTE] = 5,
    };
    if (out->major != 0)
        return PVGPU_DXBC_PROGRAM_TWICE;
    if (chunk->data_bytes < PROGRAM_HEADER_BYTES)
        return PVGPU_DXBC_PROGRAM_SHORT;
    uint32_t token = pvgpu_read_u32(chunk->data);
    uint32_t dwords = pvgpu_read_u32(chunk->data + 4);
    uint32_t major = token >> 4 & 0xF, minor = token & 0xF;
    if (token >> 16 != program_types[stage])
        return PVGPU_DXBC_PROGRAM_STAGE;
    if ((token >> 8 & 0xFF) != 0)
        return PVGPU_DXBC_PROGRAM_BITS;
    if (!(major == 4 && minor <= 1) && !(major == 5 && minor == 0))
        return PVGPU_DXBC_PROGRAM_MODEL;
    if (major < 5 && (stage == PVGPU_STAGE_HULL || stage == PVGPU_STAGE_DOMAIN))
        return PVGPU_DXBC_PROGRAM_MODEL_STAGE;
    if (dwords < PROGRAM_HEADER_BYTES / 4 || dwords > chunk->data_bytes / 4)
        return PVGPU_DXBC_PROGRAM_LENGTH;
    out->stage = stage;
    out->major = major;
    out->minor = minor;
    return PVGPU_DXBC_OK;
}

static enum pvgpu_dxbc_rule check_signature(const struct chunk *chunk, enum pvgpu_dxbc_form form,
                                            struct pvgpu_dxbc_signature *out)
{
    if (out->chunk)
        return PVGPU_DXBC_SIGNATURE_TWICE;
    return pvgpu_dxbc_check_signature(chunk->data, chunk->data_bytes, form, out);
}

static enum pvgpu_dxbc_rule check_chunk(const struct chunk *chunk, enum pvgpu_stage stage, struct pvgpu_dxbc *out)
{
    switch (chunk->tag) {
    case TAG_SHDR:
    case TAG_SHEX:
        return check_program_header(chunk, stage, out);
    case TAG_ISGN:
        return check_signature(chunk, PVGPU_DXBC_FORM_PLAIN, &out->inputs);
    case TAG_ISG1:
        return check_signature(chunk, PVGPU_DXBC_FORM_FULL, &out->inputs);
    case TAG_OSGN:
        return check_signature(chunk, PVGPU_DXBC_FORM_PLAIN, &out->outputs);
    case TAG_OSG5:
        return check_signature(chunk, PVGPU_DXBC_FORM_STREAM, &out->outputs);
    case TAG_OSG1:
        return check_signature(chunk, PVGPU_DXBC_FORM_FULL, &out->outputs);
    case TAG_PCSG:
        return check_signature(chunk, PVGPU_DXBC_FORM_PLAIN, &out->patch_constants);
    case TAG_PSG1:
        return check_signature(chunk, PVGPU_DXBC_FORM_FULL, &out->patch_constants);
    case TAG_SFI0:
        return chunk->data_bytes == FEATURES_BYTES ? PVGPU_DXBC_OK : PVGPU_DXBC_CHUNK_FEATURES;
    case TAG_IFCE:
        return PVGPU_DXBC_CHUNK_INTERFACES;
    case TAG_DXIL:
    case TAG_ILDB:
        return PVGPU_DXBC_CHUNK_DXIL;
    default: /* reflection, statistics, debug information: no host's compiler reads them */
        return PVGPU_DXBC_OK;
    }
}

static enum pvgpu_dxbc_rule check_places(const struct pvgpu_dxbc *found)
{
    enum pvgpu_dxbc_rule rule = pvgpu_dxbc_check_places(&found->inputs, found->stage, PVGPU_DXBC_IN);
    if (!rule)
        rule = pvgpu_dxbc_check_places(&found->outputs, found->stage, PVGPU_DXBC_OUT);
    return rule ? rule : pvgpu_dxbc_check_places(&found->patch_constants, found->stage, PVGPU_DXBC_PATCH);
}

/* The one program that there is, when all that it refers to is known. */
static enum pvgpu_dxbc_rule check_program(const struct chunk chunks[], struct pvgpu_dxbc *found)
{
    const struct chunk *chunk = chunks;
    while (chunk->tag != TAG_SHDR && chunk->tag != TAG_SHEX)
        chunk++;
    return pvgpu_dxbc_check_program(chunk->data, pvgpu_read_u32(chunk->data + 4), found, &found->needs);
}

enum pvgpu_dxbc_rule pvgpu_dxbc_check(const uint8_t *bytes, size_t size, enum pvgpu_stage stage, struct pvgpu_dxbc *out)
{
    struct chunk chunks[PVGPU_DXBC_MAX_CHUNKS];
    uint32_t count = 0;
    enum pvgpu_dxbc_rule problem = check_header(bytes, size);
    if (!problem)
        problem = check_chunks(bytes, size, chunks, &count);
    struct pvgpu_dxbc found = {0};
    for (uint32_t i = 0; i < count && !problem; i++)
        problem = check_chunk(&chunks[i], stage, &found);
    if (problem)
        return problem;

    if (found.major == 0)
        return PVGPU_DXBC_NO_PROGRAM;
    /* Parsers take for granted what every compiler writes: a missing signature is a NULL pointer to some. */
    if (stage != PVGPU_STAGE_COMPUTE && (!found.inputs.chunk || !found.outputs.chunk))
        return PVGPU_DXBC_NO_SIGNATURE;
    if ((stage == PVGPU_STAGE_HULL || stage == PVGPU_STAGE_DOMAIN) && !found.patch_constants.chunk)
        return PVGPU_DXBC_NO_PATCH_SIGNATURE;
    problem = check_places(&found);
    if (!problem)
        problem = check_program(chunks, &found);
    if (!problem)
        *out = found;
    return problem;
}
