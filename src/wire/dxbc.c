/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "wire/dxbc.h"

#include "base/checked.h"
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

/* Container header: magic, checksum, version, total size, chunk count, then one offset a chunk. */
#define CHECKED_FROM 20u
#define VERSION_AT 20u
#define TOTAL_AT 24u
#define CHUNK_COUNT_AT 28u
#define CHUNK_TABLE_AT 32u
#define CHUNK_HEADER_BYTES 8u /* tag, size of the data that follows */

#define SIGNATURE_HEADER_BYTES 8u /* element count, offset of the first element */
#define ELEMENT_TAIL_BYTES 24u /* name, semantic index, system value, component type, register, masks */

#define PROGRAM_HEADER_BYTES 8u /* version token, length in dwords */

struct chunk {
    uint32_t tag;
    uint32_t offset; /* of the chunk's header, in the container */
    uint32_t data_bytes;
    const uint8_t *data;
};

static uint32_t read_u32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
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

static const char *check_header(const uint8_t *bytes, size_t size)
{
    if (size > PVGPU_DXBC_MAX_BYTES)
        return "the container is longer than 1 MiB";
    if (size < CHUNK_TABLE_AT)
        return "the container is shorter than its header";
    if (read_u32(bytes) != TAG_DXBC)
        return "the container does not start with DXBC";
    if (read_u32(bytes + VERSION_AT) != 1)
        return "the container's version is not 1";
    if (read_u32(bytes + TOTAL_AT) != size)
        return "the container's length is not the length that it states";
    uint8_t checksum[PVGPU_DXBC_CHECKSUM_BYTES];
    pvgpu_dxbc_checksum(bytes, size, checksum);
    if (memcmp(bytes + PVGPU_DXBC_CHECKSUM_AT, checksum, sizeof(checksum)) != 0)
        return "the container's checksum is wrong";
    return NULL;
}

static const char *check_chunks(const uint8_t *bytes, size_t size, struct chunk chunks[], uint32_t *chunk_count)
{
    uint32_t count = read_u32(bytes + CHUNK_COUNT_AT);
    if (count > PVGPU_DXBC_MAX_CHUNKS)
        return "the container has more than 64 chunks";
    uint32_t table_end = CHUNK_TABLE_AT + 4 * count;
    if (table_end > size)
        return "the chunk table reaches beyond the container";

    for (uint32_t i = 0; i < count; i++) {
        uint32_t offset = read_u32(bytes + CHUNK_TABLE_AT + 4 * i);
        if (offset % 4 != 0)
            return "a chunk's offset is not a multiple of 4";
        if (offset < table_end)
            return "a chunk overlaps the chunk table";
        if (!pvgpu_range_fits(size, offset, CHUNK_HEADER_BYTES))
            return "a chunk starts beyond the container";
        uint32_t data_bytes = read_u32(bytes + offset + 4);
        if (!pvgpu_range_fits(size, (uint64_t)offset + CHUNK_HEADER_BYTES, data_bytes))
            return "a chunk reaches beyond the container";
        chunks[i] = (struct chunk){read_u32(bytes + offset), offset, data_bytes, bytes + offset + CHUNK_HEADER_BYTES};
        for (uint32_t j = 0; j < i; j++) {
            /* Both lie inside 1 MiB: the sums fit. */
            uint32_t end = offset + CHUNK_HEADER_BYTES + data_bytes;
            uint32_t other_end = chunks[j].offset + CHUNK_HEADER_BYTES + chunks[j].data_bytes;
            if (offset < other_end && chunks[j].offset < end)
                return "two chunks overlap";
        }
    }
    *chunk_count = count;
    return NULL;
}

static const char *check_element(const struct pvgpu_dxbc_signature *signature, uint32_t index)
{
    const uint8_t *at = signature->chunk + signature->first + (size_t)index * signature->stride;
    if (signature->name_at != 0 && read_u32(at) > 3)
        return "a signature element is in a stream above 3";
    at += signature->name_at;

    uint32_t name = read_u32(at);
    if (name >= signature->chunk_bytes)
        return "a semantic name starts beyond its chunk";
    uint32_t room = signature->chunk_bytes - name;
    uint32_t searched = room <= PVGPU_DXBC_MAX_NAME_CHARS ? room : PVGPU_DXBC_MAX_NAME_CHARS + 1;
    if (!memchr(signature->chunk + name, 0, searched))
        return searched == room ? "a semantic name is not terminated inside its chunk" : "a semantic name is too long";
    if (signature->chunk[name] == 0)
        return "a semantic name is empty";

    if (read_u32(at + 12) > PVGPU_DXBC_COMPONENT_FLOAT)
        return "a signature element's component type is unknown";
    uint32_t reg = read_u32(at + 16);
    if (reg >= PVGPU_DXBC_MAX_REGISTERS && reg != PVGPU_DXBC_NO_REGISTER)
        return "a signature element's register is above 31";
    if (at[20] > 0xF || at[21] > 0xF)
        return "a signature element has more than four components";
    return NULL;
}

/* name_at: 4 in the forms whose elements start with a stream; stride: of that form. */
static const char *check_signature(const struct chunk *chunk, uint32_t name_at, uint32_t stride,
                                   struct pvgpu_dxbc_signature *out)
{
    if (out->chunk)
        return "there are two signatures of one kind";
    if (chunk->data_bytes < SIGNATURE_HEADER_BYTES)
        return "a signature is shorter than its header";
    struct pvgpu_dxbc_signature signature = {
        .chunk = chunk->data,
        .chunk_bytes = chunk->data_bytes,
        .first = read_u32(chunk->data + 4),
        .stride = stride,
        .name_at = name_at,
        .count = read_u32(chunk->data),
    };
    if (signature.count > PVGPU_DXBC_MAX_ELEMENTS)
        return "a signature has more than 128 elements";
    /* Compilers always write 8, and some parsers never look: anything else could be read in two ways. */
    if (signature.first != SIGNATURE_HEADER_BYTES)
        return "a signature's elements do not follow its header";
    if (!pvgpu_range_fits(signature.chunk_bytes, signature.first, (uint64_t)signature.count * stride))
        return "a signature's elements reach beyond their chunk";
    for (uint32_t i = 0; i < signature.count; i++) {
        const char *problem = check_element(&signature, i);
        if (problem)
            return problem;
    }
    *out = signature;
    return NULL;
}

static const char *check_program(const struct chunk *chunk, enum pvgpu_stage stage, struct pvgpu_dxbc *out)
{
    /* The program type in the upper half of the version token, by stage. */
    static const uint16_t program_types[PVGPU_STAGE_COUNT] = {
        [PVGPU_STAGE_PIXEL] = 0, [PVGPU_STAGE_VERTEX] = 1, [PVGPU_STAGE_GEOMETRY] = 2,
        [PVGPU_STAGE_HULL] = 3,  [PVGPU_STAGE_DOMAIN] = 4, [PVGPU_STAGE_COMPUTE] = 5,
    };
    if (out->major != 0)
        return "there are two programs";
    if (chunk->data_bytes < PROGRAM_HEADER_BYTES)
        return "the program is shorter than its header";
    uint32_t token = read_u32(chunk->data);
    uint32_t dwords = read_u32(chunk->data + 4);
    uint32_t major = token >> 4 & 0xF, minor = token & 0xF;
    if (token >> 16 != program_types[stage])
        return "the program is for another stage";
    if ((token >> 8 & 0xFF) != 0)
        return "the program's version token has unknown bits";
    if (!(major == 4 && minor <= 1) && !(major == 5 && minor == 0))
        return "the shader model is not 4.0, 4.1 or 5.0";
    if (major < 5 && (stage == PVGPU_STAGE_HULL || stage == PVGPU_STAGE_DOMAIN))
        return "hull and domain shaders need shader model 5.0";
    if (dwords < PROGRAM_HEADER_BYTES / 4 || dwords > chunk->data_bytes / 4)
        return "the program's length does not fit its chunk";
    out->stage = stage;
    out->major = major;
    out->minor = minor;
    return NULL;
}

static const char *check_chunk(const struct chunk *chunk, enum pvgpu_stage stage, struct pvgpu_dxbc *out)
{
    switch (chunk->tag) {
    case TAG_SHDR:
    case TAG_SHEX:
        return check_program(chunk, stage, out);
    case TAG_ISGN:
        return check_signature(chunk, 0, ELEMENT_TAIL_BYTES, &out->inputs);
    case TAG_ISG1: /* stream in front, minimum precision behind */
        return check_signature(chunk, 4, 4 + ELEMENT_TAIL_BYTES + 4, &out->inputs);
    case TAG_OSGN:
        return check_signature(chunk, 0, ELEMENT_TAIL_BYTES, &out->outputs);
    case TAG_OSG5: /* stream in front */
        return check_signature(chunk, 4, 4 + ELEMENT_TAIL_BYTES, &out->outputs);
    case TAG_OSG1:
        return check_signature(chunk, 4, 4 + ELEMENT_TAIL_BYTES + 4, &out->outputs);
    case TAG_PCSG:
        return check_signature(chunk, 0, ELEMENT_TAIL_BYTES, &out->patch_constants);
    case TAG_PSG1:
        return check_signature(chunk, 4, 4 + ELEMENT_TAIL_BYTES + 4, &out->patch_constants);
    default: /* reflection, statistics, debug information: bounds are all that matters */
        return NULL;
    }
}

const char *pvgpu_dxbc_check(const uint8_t *bytes, size_t size, enum pvgpu_stage stage, struct pvgpu_dxbc *out)
{
    struct chunk chunks[PVGPU_DXBC_MAX_CHUNKS];
    uint32_t count = 0;
    const char *problem = check_header(bytes, size);
    if (!problem)
        problem = check_chunks(bytes, size, chunks, &count);
    struct pvgpu_dxbc found = {0};
    for (uint32_t i = 0; i < count && !problem; i++)
        problem = check_chunk(&chunks[i], stage, &found);
    if (problem)
        return problem;

    if (found.major == 0)
        return "there is no program of shader model 4 or 5";
    /* Parsers take for granted what every compiler writes: a missing signature is a NULL pointer to some. */
    if (stage != PVGPU_STAGE_COMPUTE && (!found.inputs.chunk || !found.outputs.chunk))
        return "the input or output signature is missing";
    if ((stage == PVGPU_STAGE_HULL || stage == PVGPU_STAGE_DOMAIN) && !found.patch_constants.chunk)
        return "the patch constant signature is missing";
    *out = found;
    return NULL;
}

bool pvgpu_dxbc_signature_element(const struct pvgpu_dxbc_signature *signature, uint32_t index,
                                  struct pvgpu_dxbc_element *element)
{
    if (index >= signature->count)
        return false;
    const uint8_t *start = signature->chunk + signature->first + (size_t)index * signature->stride;
    const uint8_t *at = start + signature->name_at;
    *element = (struct pvgpu_dxbc_element){
        .name = (const char *)signature->chunk + read_u32(at),
        .semantic_index = read_u32(at + 4),
        .system_value = read_u32(at + 8),
        .component = read_u32(at + 12),
        .reg = read_u32(at + 16),
        .stream = signature->name_at != 0 ? read_u32(start) : 0,
        .mask = at[20],
        .used_mask = at[21],
    };
    return true;
}

/* Not strcasecmp: that follows the locale. */
static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool names_match(const char *a, const char *b)
{
    while (*a && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return lower(*a) == lower(*b);
}

bool pvgpu_dxbc_signature_find(const struct pvgpu_dxbc_signature *signature, const char *name, uint32_t semantic_index,
                               struct pvgpu_dxbc_element *element)
{
    struct pvgpu_dxbc_element candidate;
    for (uint32_t i = 0; pvgpu_dxbc_signature_element(signature, i, &candidate); i++) {
        if (candidate.semantic_index == semantic_index && names_match(candidate.name, name)) {
            if (element)
                *element = candidate;
            return true;
        }
    }
    return false;
}
