/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "wire/dxbc_signature.h"

#include "base/bytes.h"
#include "base/checked.h"
#include "wire/dxbc_walk.h"

#include <string.h>

#define HEADER_BYTES 8u /* element count, offset of the first element */
#define ELEMENT_BYTES 24u /* name, semantic index, system value, component type, register, masks */

/* D3D_NAME. */
#define NAME_POSITION 1u
#define NAME_CLIP_DISTANCE 2u
#define NAME_CULL_DISTANCE 3u
#define NAME_VERTEX_ID 6u
#define NAME_PRIMITIVE_ID 7u
#define NAME_INSTANCE_ID 8u
#define NAME_FRONT_FACE 9u
#define NAME_SAMPLE_INDEX 10u
#define NAME_QUAD_EDGE 11u
#define NAME_LINE_DENSITY 16u
#define NAME_TARGET 64u
#define NAME_INNER_COVERAGE 70u

#define MAX_DISTANCES 8u /* D3D11_CLIP_OR_CULL_DISTANCE_COUNT */

/* Hosts add the semantic index to the value, so it must not lead to another one. */
static enum pvgpu_dxbc_rule check_system_value(uint32_t value, uint32_t index)
{
    static const uint8_t most[] = {3, 1, 2, 0, 1, 1}; /* of tessellation factors */
    if (value > NAME_LINE_DENSITY && (value < NAME_TARGET || value > NAME_INNER_COVERAGE))
        return PVGPU_DXBC_ELEMENT_SYSTEM_VALUE;
    if ((value == NAME_CLIP_DISTANCE || value == NAME_CULL_DISTANCE) && index > 1)
        return PVGPU_DXBC_ELEMENT_INDEX;
    if (value >= NAME_QUAD_EDGE && value <= NAME_LINE_DENSITY && index > most[value - NAME_QUAD_EDGE])
        return PVGPU_DXBC_ELEMENT_INDEX;
    return PVGPU_DXBC_OK;
}

static enum pvgpu_dxbc_rule check_element(const struct pvgpu_dxbc_signature *signature, uint32_t index)
{
    const uint8_t *at = signature->chunk + signature->first + (size_t)index * signature->stride;
    if (signature->name_at != 0 && pvgpu_read_u32(at) > 3)
        return PVGPU_DXBC_ELEMENT_STREAM;
    at += signature->name_at;

    uint32_t name = pvgpu_read_u32(at);
    if (name >= signature->chunk_bytes)
        return PVGPU_DXBC_NAME_START;
    uint32_t room = signature->chunk_bytes - name;
    uint32_t searched = room <= PVGPU_DXBC_MAX_NAME_CHARS ? room : PVGPU_DXBC_MAX_NAME_CHARS + 1;
    if (!memchr(signature->chunk + name, 0, searched))
        return searched == room ? PVGPU_DXBC_NAME_END : PVGPU_DXBC_NAME_LENGTH;
    if (signature->chunk[name] == 0)
        return PVGPU_DXBC_NAME_EMPTY;

    uint32_t component = pvgpu_read_u32(at + 12);
    if (component == PVGPU_DXBC_COMPONENT_UNKNOWN || component > PVGPU_DXBC_COMPONENT_FLOAT)
        return PVGPU_DXBC_ELEMENT_COMPONENT;
    uint32_t reg = pvgpu_read_u32(at + 16);
    if (reg >= PVGPU_DXBC_MAX_REGISTERS && reg != PVGPU_DXBC_NO_REGISTER)
        return PVGPU_DXBC_ELEMENT_REGISTER;
    if (at[20] > 0xF || at[21] > 0xF)
        return PVGPU_DXBC_ELEMENT_MASK;
    if (signature->stride == ELEMENT_BYTES + 8 && !pvgpu_dxbc_is_precision(pvgpu_read_u32(at + ELEMENT_BYTES)))
        return PVGPU_DXBC_ELEMENT_PRECISION;
    return check_system_value(pvgpu_read_u32(at + 8), pvgpu_read_u32(at + 4));
}

/* What elements are together, each alone being right. */
static enum pvgpu_dxbc_rule check_elements(const struct pvgpu_dxbc_signature *signature)
{
    uint8_t used[4][PVGPU_DXBC_MAX_REGISTERS] = {{0}};
    uint32_t distances[4] = {0};
    struct pvgpu_dxbc_element element;
    for (uint32_t i = 0; pvgpu_dxbc_signature_element(signature, i, &element); i++) {
        if (element.reg != PVGPU_DXBC_NO_REGISTER) {
            if (used[element.stream][element.reg] & element.mask)
                return PVGPU_DXBC_ELEMENT_OVERLAP;
            used[element.stream][element.reg] |= element.mask;
        }
        if (element.system_value == NAME_CLIP_DISTANCE || element.system_value == NAME_CULL_DISTANCE)
            distances[element.stream] += pvgpu_dxbc_count_components(element.mask);
        if (distances[element.stream] > MAX_DISTANCES)
            return PVGPU_DXBC_DISTANCES;
    }
    return PVGPU_DXBC_OK;
}

/* System values below NAME_TARGET that elements can have, as bits; with no register of their own: the second. */
struct places {
    uint32_t any, without_register;
};

#define BIT(value) (1u << (value))
#define PASSED_ON (BIT(NAME_POSITION) | BIT(2) | BIT(3) | BIT(4) | BIT(5)) /* distances, target index, viewport index */
#define FACTORS 0x1F800u /* 11 to 16 */

static struct places places_of(enum pvgpu_stage stage, enum pvgpu_dxbc_direction direction)
{
    if (direction == PVGPU_DXBC_PATCH)
        return (struct places){FACTORS, 0};
    if (direction == PVGPU_DXBC_OUT)
        return (struct places){stage == PVGPU_STAGE_GEOMETRY ? PASSED_ON | BIT(NAME_PRIMITIVE_ID) : PASSED_ON, 0};
    switch (stage) {
    case PVGPU_STAGE_VERTEX:
        return (struct places){BIT(NAME_POSITION) | BIT(NAME_VERTEX_ID) | BIT(NAME_INSTANCE_ID), 0};
    case PVGPU_STAGE_PIXEL:
        return (struct places){PASSED_ON | BIT(NAME_PRIMITIVE_ID) | BIT(NAME_FRONT_FACE) | BIT(NAME_SAMPLE_INDEX), 0};
    default:
        return (struct places){PASSED_ON, BIT(NAME_PRIMITIVE_ID)};
    }
}

/* Numbers are one integer, factors one float; positions and distances are floats. */
static bool has_shape(const struct pvgpu_dxbc_element *element)
{
    uint32_t value = element->system_value;
    bool is_float = element->component == PVGPU_DXBC_COMPONENT_FLOAT,
         is_one = pvgpu_dxbc_count_components(element->mask) == 1;
    if (value >= NAME_QUAD_EDGE)
        return value > NAME_LINE_DENSITY || (is_float && is_one);
    return value >= 4 ? !is_float && is_one : is_float;
}

/* No input layout can feed both of two inputs with one semantic. */
static bool is_first_of_semantic(const struct pvgpu_dxbc_signature *signature, const struct pvgpu_dxbc_element *element)
{
    struct pvgpu_dxbc_element first;
    pvgpu_dxbc_signature_find(signature, element->name, element->semantic_index, &first);
    return first.reg == element->reg && first.mask == element->mask;
}

enum pvgpu_dxbc_rule pvgpu_dxbc_check_places(const struct pvgpu_dxbc_signature *signature, enum pvgpu_stage stage,
                                             enum pvgpu_dxbc_direction direction)
{
    struct places places = places_of(stage, direction);
    struct pvgpu_dxbc_element element;
    for (uint32_t i = 0; pvgpu_dxbc_signature_element(signature, i, &element); i++) {
        uint32_t value = element.system_value;
        uint32_t allowed = places.any | (element.reg == PVGPU_DXBC_NO_REGISTER ? places.without_register : 0);
        bool targets = stage == PVGPU_STAGE_PIXEL && direction != PVGPU_DXBC_PATCH;
        if (value != 0 && !(value >= NAME_TARGET ? targets : allowed >> value & 1))
            return PVGPU_DXBC_ELEMENT_PLACE;
        if (value != 0 && !has_shape(&element))
            return PVGPU_DXBC_ELEMENT_SHAPE;
        bool fed = stage == PVGPU_STAGE_VERTEX && direction == PVGPU_DXBC_IN && value == 0;
        if (fed && !is_first_of_semantic(signature, &element))
            return PVGPU_DXBC_ELEMENT_TWICE;
    }
    return PVGPU_DXBC_OK;
}

enum pvgpu_dxbc_rule pvgpu_dxbc_check_signature(const uint8_t *data, uint32_t bytes, enum pvgpu_dxbc_form form,
                                                struct pvgpu_dxbc_signature *out)
{
    if (bytes < HEADER_BYTES)
        return PVGPU_DXBC_SIGNATURE_SHORT;
    struct pvgpu_dxbc_signature signature = {
        .chunk = data,
        .chunk_bytes = bytes,
        .first = pvgpu_read_u32(data + 4),
        .stride = ELEMENT_BYTES + 4 * (uint32_t)form,
        .name_at = form == PVGPU_DXBC_FORM_PLAIN ? 0 : 4,
        .count = pvgpu_read_u32(data),
    };
    if (signature.count > PVGPU_DXBC_MAX_ELEMENTS)
        return PVGPU_DXBC_ELEMENT_COUNT;
    /* Compilers always write 8, and some parsers never look: anything else could be read in two ways. */
    if (signature.first != HEADER_BYTES)
        return PVGPU_DXBC_ELEMENTS_START;
    if (!pvgpu_range_fits(bytes, signature.first, (uint64_t)signature.count * signature.stride))
        return PVGPU_DXBC_ELEMENTS_END;
    for (uint32_t i = 0; i < signature.count; i++) {
        enum pvgpu_dxbc_rule rule = check_element(&signature, i);
        if (rule)
            return rule;
    }
    enum pvgpu_dxbc_rule rule = check_elements(&signature);
    if (!rule)
        *out = signature;
    return rule;
}

bool pvgpu_dxbc_signature_element(const struct pvgpu_dxbc_signature *signature, uint32_t index,
                                  struct pvgpu_dxbc_element *element)
{
    if (index >= signature->count)
        return false;
    const uint8_t *start = signature->chunk + signature->first + (size_t)index * signature->stride;
    const uint8_t *at = start + signature->name_at;
    *element = (struct pvgpu_dxbc_element){
        .name = (const char *)signature->chunk + pvgpu_read_u32(at),
        .semantic_index = pvgpu_read_u32(at + 4),
        .system_value = pvgpu_read_u32(at + 8),
        .component = pvgpu_read_u32(at + 12),
        .reg = pvgpu_read_u32(at + 16),
        .stream = signature->name_at != 0 ? pvgpu_read_u32(start) : 0,
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

bool pvgpu_dxbc_names_match(const char *a, const char *b)
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
        if (candidate.semantic_index == semantic_index && pvgpu_dxbc_names_match(candidate.name, name)) {
            if (element)
                *element = candidate;
            return true;
        }
    }
    return false;
}
