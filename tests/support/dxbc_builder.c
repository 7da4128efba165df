/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "dxbc_builder.h"

#include <string.h>

#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

uint32_t dxbc_get(const uint8_t *bytes, size_t at)
{
    return (uint32_t)bytes[at] | (uint32_t)bytes[at + 1] << 8 | (uint32_t)bytes[at + 2] << 16 |
           (uint32_t)bytes[at + 3] << 24;
}

void dxbc_put(uint8_t *bytes, size_t at, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        bytes[at + i] = (uint8_t)(value >> (8 * i));
}

static void append(struct dxbc_builder *builder, const void *data, size_t bytes)
{
    if (builder->full || bytes > builder->capacity - builder->size) {
        builder->full = true;
        return;
    }
    if (data && bytes)
        memcpy(builder->bytes + builder->size, data, bytes);
    else if (bytes)
        memset(builder->bytes + builder->size, 0, bytes);
    builder->size += bytes;
}

static void append_u32(struct dxbc_builder *builder, uint32_t value)
{
    uint8_t bytes[4];
    dxbc_put(bytes, 0, value);
    append(builder, bytes, sizeof(bytes));
}

void dxbc_begin(struct dxbc_builder *builder, uint8_t *bytes, size_t capacity, uint32_t chunks)
{
    *builder = (struct dxbc_builder){.bytes = bytes, .capacity = capacity};
    append(builder, "DXBC", 4);
    append(builder, NULL, PVGPU_DXBC_CHECKSUM_BYTES);
    append_u32(builder, 1);
    append_u32(builder, 0);
    append_u32(builder, chunks);
    append(builder, NULL, 4 * (size_t)chunks);
}

static size_t begin_chunk(struct dxbc_builder *builder, const char tag[4])
{
    if (!builder->full)
        dxbc_put(builder->bytes, 32 + 4 * (size_t)builder->chunks++, (uint32_t)builder->size);
    append(builder, tag, 4);
    append_u32(builder, 0);
    return builder->size;
}

static void end_chunk(struct dxbc_builder *builder, size_t start)
{
    if (!builder->full)
        dxbc_put(builder->bytes, start - 4, (uint32_t)(builder->size - start));
}

size_t dxbc_add_chunk(struct dxbc_builder *builder, const char tag[4], const void *data, size_t bytes)
{
    size_t start = begin_chunk(builder, tag);
    append(builder, data, bytes);
    end_chunk(builder, start);
    return start;
}

size_t dxbc_add_signature(struct dxbc_builder *builder, const char tag[4], const struct dxbc_element *elements,
                          uint32_t count)
{
    bool full = tag[3] == '1', streams = full || tag[3] == '5';
    uint32_t stride = 24 + (streams ? 4 : 0) + (full ? 4 : 0), name = 8 + count * stride;
    size_t start = begin_chunk(builder, tag);
    append_u32(builder, count);
    append_u32(builder, 8);
    for (uint32_t i = 0; i < count; i++) {
        const struct dxbc_element *element = &elements[i];
        if (streams)
            append_u32(builder, element->stream);
        append_u32(builder, name);
        append_u32(builder, element->index);
        append_u32(builder, element->system_value);
        append_u32(builder, element->component);
        append_u32(builder, element->reg);
        append_u32(builder, element->mask | (uint32_t)element->used << 8);
        if (full)
            append_u32(builder, element->precision);
        name += (uint32_t)strlen(element->name) + 1;
    }
    for (uint32_t i = 0; i < count; i++)
        append(builder, elements[i].name, strlen(elements[i].name) + 1);
    while (builder->size % 4 != 0 && !builder->full)
        append(builder, "\xAB", 1);
    end_chunk(builder, start);
    return start;
}

size_t dxbc_add_program(struct dxbc_builder *builder, enum pvgpu_stage stage, uint32_t model, const uint32_t *tokens,
                        uint32_t count)
{
    static const uint8_t types[PVGPU_STAGE_COUNT] = {1, 0, 2, 3, 4, 5};
    size_t start = begin_chunk(builder, model < 50 ? "SHDR" : "SHEX");
    append_u32(builder, (uint32_t)types[stage] << 16 | model / 10 << 4 | model % 10);
    append_u32(builder, count + 2);
    for (uint32_t i = 0; i < count && !builder->full; i++)
        append_u32(builder, tokens[i]);
    end_chunk(builder, start);
    return start;
}

void dxbc_write_checksum(uint8_t *bytes, size_t size)
{
    pvgpu_dxbc_checksum(bytes, size, bytes + PVGPU_DXBC_CHECKSUM_AT);
}

size_t dxbc_seal(struct dxbc_builder *builder)
{
    if (builder->full)
        return 0;
    dxbc_put(builder->bytes, 24, (uint32_t)builder->size);
    dxbc_write_checksum(builder->bytes, builder->size);
    return builder->size;
}

size_t dxbc_find_chunk(const uint8_t *bytes, const char tag[4], uint32_t *length)
{
    for (uint32_t i = 0; i < dxbc_get(bytes, 28); i++) {
        size_t at = dxbc_get(bytes, 32 + 4 * (size_t)i);
        if (memcmp(bytes + at, tag, 4) != 0)
            continue;
        *length = dxbc_get(bytes, at + 4);
        return at + 8;
    }
    return 0;
}

#define FLOATS(name, index, value, reg) {name, index, value, PVGPU_DXBC_COMPONENT_FLOAT, reg, 0xF, 0xF, 0, 0}
#define FACTOR(name, index, value, reg) {name, index, value, PVGPU_DXBC_COMPONENT_FLOAT, reg, 0x1, 0, 0, 0}

struct dxbc_signatures dxbc_signatures_of(enum pvgpu_stage stage)
{
    static const struct dxbc_element vertices[] = {FLOATS("POSITION", 0, 0, 0),
                                                   {"SV_VertexID", 0, 6, PVGPU_DXBC_COMPONENT_UINT, 1, 1, 1, 0, 0},
                                                   FLOATS("TEXCOORD", 0, 0, 2),
                                                   FLOATS("TEXCOORD", 1, 0, 3),
                                                   FLOATS("TEXCOORD", 2, 0, 4)};
    static const struct dxbc_element pixels[] = {FLOATS("SV_Position", 0, 1, 0), FLOATS("TEXCOORD", 0, 0, 1),
                                                 FLOATS("TEXCOORD", 1, 0, 2), FLOATS("TEXCOORD", 2, 0, 3)};
    static const struct dxbc_element positions[] = {FLOATS("SV_Position", 0, 1, 0), FLOATS("COLOR", 0, 0, 1)};
    static const struct dxbc_element targets[] = {FLOATS("SV_Target", 0, 0, 0)};
    static const struct dxbc_element points[] = {FLOATS("POSITION", 0, 0, 0)};
    static const struct dxbc_element constants[] = {
        FACTOR("SV_TessFactor", 0, 13, 0), FACTOR("SV_TessFactor", 1, 13, 1), FACTOR("SV_TessFactor", 2, 13, 2),
        FACTOR("SV_InsideTessFactor", 0, 14, 3), FLOATS("EXTRA", 0, 0, 4)};
    switch (stage) {
    case PVGPU_STAGE_VERTEX:
        return (struct dxbc_signatures){vertices, positions, NULL, COUNT(vertices), COUNT(positions), 0};
    case PVGPU_STAGE_PIXEL:
        return (struct dxbc_signatures){pixels, targets, NULL, COUNT(pixels), COUNT(targets), 0};
    case PVGPU_STAGE_GEOMETRY:
        return (struct dxbc_signatures){positions, positions, NULL, COUNT(positions), COUNT(positions), 0};
    case PVGPU_STAGE_HULL:
        return (struct dxbc_signatures){points, points, constants, COUNT(points), COUNT(points), COUNT(constants)};
    case PVGPU_STAGE_DOMAIN:
        return (struct dxbc_signatures){points, positions, constants, COUNT(points), 1, COUNT(constants)};
    default:
        return (struct dxbc_signatures){0};
    }
}

size_t dxbc_make(uint8_t *bytes, size_t capacity, enum pvgpu_stage stage, uint32_t model, const uint32_t *tokens,
                 uint32_t count)
{
    struct dxbc_signatures signatures = dxbc_signatures_of(stage);
    struct dxbc_builder builder;
    bool patch = signatures.patch_constants != NULL;
    dxbc_begin(&builder, bytes, capacity, patch ? 4 : 3);
    dxbc_add_signature(&builder, "ISGN", signatures.inputs, signatures.input_count);
    dxbc_add_signature(&builder, "OSGN", signatures.outputs, signatures.output_count);
    if (patch)
        dxbc_add_signature(&builder, "PCSG", signatures.patch_constants, signatures.patch_constant_count);
    dxbc_add_program(&builder, stage, model, tokens, count);
    return dxbc_seal(&builder);
}
