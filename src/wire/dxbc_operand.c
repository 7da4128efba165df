/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Operands of instructions. The table of instructions has a letter for each:
 *
 *   d  destination                        D  destination, doubles
 *   e  destination or null                c  source of which one component is used
 *   s  source                             S  source, doubles
 *   i  immediate scalar                   E  input register of a pixel shader
 *   T  texture to sample                  C  texture to compare with
 *   G  texture to gather from             P  the same with computed offsets
 *   L  texture or buffer to load from     M  multisampled texture
 *   R  raw buffer or shared memory        Q  structured buffer or shared memory
 *   N  texture to ask for its size        B  buffer to ask for its size
 *   I  what has sample positions          U  typed view to load from
 *   u  typed view to store to             r  raw destination
 *   q  structured destination             A  what atomics work on
 *   K  structured view with a counter     a  sampler
 *   l  label                              v  stream
 *   n  immediate number of a sample
 */
#include "wire/dxbc_walk.h"

/* Operand token. */
#define TYPE_OF(token) ((token) >> 12 & 0xFFu)
#define DIMENSIONS_OF(token) ((token) >> 20 & 3u)
#define FORM_OF(token, i) ((token) >> (22 + 3 * (i)) & 7u)
#define IS_EXTENDED(token) ((token) >> 31)

#define FORM_IMMEDIATE 0u
#define FORM_RELATIVE 2u
#define FORM_BOTH 3u /* 1 and 4 have 64-bit immediates, which nothing uses */

#define MOST_SAMPLES 8u /* that a texture can have; positions of others are looked up beyond a table */

#define BIT(type) (UINT64_C(1) << PVGPU_DXBC_##type)

/* Registers that are one value or vector, without a number, and can be read. */
#define SPECIAL_INPUTS \
    (BIT(PRIMITIVE_ID) | BIT(CONTROL_POINT_ID) | BIT(FORK_ID) | BIT(JOIN_ID) | BIT(DOMAIN_POINT) | BIT(THREAD_ID) | \
     BIT(GROUP_ID) | BIT(THREAD_IN_GROUP) | BIT(COVERAGE_IN) | BIT(THREAD_INDEX) | BIT(GS_INSTANCE_ID))
#define SPECIAL_OUTPUTS (BIT(DEPTH) | BIT(COVERAGE_OUT) | BIT(DEPTH_GE) | BIT(DEPTH_LE))
#define VECTORS \
    (BIT(TEMP) | BIT(INPUT) | BIT(INDEXABLE) | BIT(CONSTANT_BUFFER) | BIT(ICB) | BIT(CONTROL_POINT_IN) | \
     BIT(CONTROL_POINT_OUT) | BIT(PATCH_CONSTANT))
#define SOURCES (VECTORS | SPECIAL_INPUTS | BIT(IMMEDIATE))
#define DESTINATIONS (BIT(TEMP) | BIT(INDEXABLE) | BIT(OUTPUT) | SPECIAL_OUTPUTS)

/* Resource dimensions as bits. */
#define KIND(dimension) (1u << PVGPU_DXBC_##dimension)
#define COMPARED \
    (KIND(TEXTURE1D) | KIND(TEXTURE2D) | KIND(TEXTURECUBE) | KIND(TEXTURE1DARRAY) | KIND(TEXTURE2DARRAY) | \
     KIND(TEXTURECUBEARRAY))
#define SAMPLED (COMPARED | KIND(TEXTURE3D))
#define OFFSET_GATHERED (KIND(TEXTURE2D) | KIND(TEXTURE2DARRAY))
#define GATHERED (OFFSET_GATHERED | KIND(TEXTURECUBE) | KIND(TEXTURECUBEARRAY))
#define MULTISAMPLED (KIND(TEXTURE2DMS) | KIND(TEXTURE2DMSARRAY))
#define UNSAMPLED \
    (KIND(BUFFER) | KIND(TEXTURE1D) | KIND(TEXTURE2D) | KIND(TEXTURE3D) | KIND(TEXTURE1DARRAY) | KIND(TEXTURE2DARRAY))
#define RAW KIND(RAW_BUFFER)
#define STRUCTURED KIND(STRUCTURED_BUFFER)

static enum pvgpu_dxbc_rule read_immediate(struct pvgpu_dxbc_walk *walk, struct pvgpu_dxbc_operand *operand)
{
    uint32_t dwords = operand->components == 4 ? 4 : operand->type == PVGPU_DXBC_IMMEDIATE64 ? 2 : 1, token;
    if (operand->components == 0)
        return PVGPU_DXBC_OPERAND_COMPONENTS;
    for (uint32_t i = 0; i < dwords; i++) {
        if (!pvgpu_dxbc_take(walk, &token))
            return PVGPU_DXBC_INSTRUCTION_OVERRUN;
        if (i == 0)
            operand->immediate = token;
    }
    return PVGPU_DXBC_OK;
}

static enum pvgpu_dxbc_rule read_extended(struct pvgpu_dxbc_walk *walk, struct pvgpu_dxbc_operand *operand)
{
    uint32_t token;
    if (!pvgpu_dxbc_take(walk, &token))
        return PVGPU_DXBC_INSTRUCTION_OVERRUN;
    /* One kind is defined, modifiers; its upper bits are nobody's. */
    if ((token & 0x3F) != 1 || IS_EXTENDED(token))
        return PVGPU_DXBC_OPERAND_EXTENDED;
    if (!pvgpu_dxbc_is_precision(token >> 14 & 7))
        return PVGPU_DXBC_OPERAND_PRECISION;
    operand->modifier = token >> 6 & 0xFF;
    return operand->modifier > 3 ? PVGPU_DXBC_OPERAND_MODIFIER : PVGPU_DXBC_OK;
}

/* The token itself, extended tokens, and immediates. *raw: the token, for the forms of the indices. */
static enum pvgpu_dxbc_rule read_head(struct pvgpu_dxbc_walk *walk, struct pvgpu_dxbc_operand *operand, uint32_t *raw)
{
    static const uint8_t components[4] = {0, 1, 4, 0xFF};
    uint32_t token;
    if (!pvgpu_dxbc_take(walk, &token))
        return PVGPU_DXBC_INSTRUCTION_OVERRUN;
    *raw = token;
    *operand = (struct pvgpu_dxbc_operand){
        .type = TYPE_OF(token),
        .components = components[token & 3],
        .mode = token >> 2 & 3,
        .dimensions = DIMENSIONS_OF(token),
    };
    if (operand->type >= PVGPU_DXBC_TYPE_COUNT)
        return PVGPU_DXBC_OPERAND_TYPE;
    if (operand->components == 0xFF)
        return PVGPU_DXBC_OPERAND_COMPONENTS;
    if (operand->components == 4) {
        static const uint8_t widths[3] = {0xF, 0xFF, 0x3};
        if (operand->mode > PVGPU_DXBC_SELECT)
            return PVGPU_DXBC_OPERAND_SELECTION;
        operand->selection = token >> 4 & widths[operand->mode];
    }
    if (IS_EXTENDED(token)) {
        enum pvgpu_dxbc_rule rule = read_extended(walk, operand);
        if (rule)
            return rule;
    }
    bool immediate = operand->type == PVGPU_DXBC_IMMEDIATE || operand->type == PVGPU_DXBC_IMMEDIATE64;
    if (!immediate)
        return PVGPU_DXBC_OK;
    return operand->dimensions ? PVGPU_DXBC_OPERAND_DIMENSION : read_immediate(walk, operand);
}

/* Whether the type exists here and has that many indices of those forms. */
static enum pvgpu_dxbc_rule check_shape(const struct pvgpu_dxbc_walk *walk, const struct pvgpu_dxbc_operand *operand,
                                        uint32_t raw)
{
    uint32_t fixed;
    if (!pvgpu_dxbc_type_exists(walk, operand->type))
        return PVGPU_DXBC_OPERAND_STAGE;
    if (operand->dimensions != pvgpu_dxbc_dimensions(walk, operand->type, &fixed))
        return PVGPU_DXBC_OPERAND_DIMENSION;
    for (uint32_t i = 0; i < operand->dimensions; i++) {
        uint32_t form = FORM_OF(raw, i);
        if (form != FORM_IMMEDIATE && ((form != FORM_RELATIVE && form != FORM_BOTH) || (fixed >> i & 1)))
            return PVGPU_DXBC_OPERAND_INDEX;
    }
    return PVGPU_DXBC_OK;
}

/* A register whose component is an index. Its own indices are immediate. */
static enum pvgpu_dxbc_rule read_relative(struct pvgpu_dxbc_walk *walk)
{
    struct pvgpu_dxbc_operand operand;
    uint32_t raw;
    enum pvgpu_dxbc_rule rule = read_head(walk, &operand, &raw);
    if (rule)
        return rule;
    if (!((VECTORS | SPECIAL_INPUTS) >> operand.type & 1))
        return PVGPU_DXBC_RELATIVE_TYPE;
    rule = check_shape(walk, &operand, raw);
    for (uint32_t i = 0; !rule && i < operand.dimensions; i++) {
        if (FORM_OF(raw, i) != FORM_IMMEDIATE)
            return PVGPU_DXBC_RELATIVE_NESTED;
        if (!pvgpu_dxbc_take(walk, &operand.index[i]))
            return PVGPU_DXBC_INSTRUCTION_OVERRUN;
    }
    if (rule)
        return rule;
    if (operand.modifier)
        return PVGPU_DXBC_OPERAND_MODIFIER;
    bool scalar = operand.components == 1 && (SPECIAL_INPUTS >> operand.type & 1);
    if (!scalar && (operand.components != 4 || operand.mode != PVGPU_DXBC_SELECT))
        return PVGPU_DXBC_RELATIVE_COMPONENT;
    return pvgpu_dxbc_check_register(walk, &operand, 0);
}

enum pvgpu_dxbc_rule pvgpu_dxbc_read_operand(struct pvgpu_dxbc_walk *walk, struct pvgpu_dxbc_operand *operand)
{
    uint32_t raw;
    enum pvgpu_dxbc_rule rule = read_head(walk, operand, &raw);
    if (rule || operand->type == PVGPU_DXBC_IMMEDIATE || operand->type == PVGPU_DXBC_IMMEDIATE64)
        return rule;
    rule = check_shape(walk, operand, raw);
    for (uint32_t i = 0; !rule && i < operand->dimensions; i++) {
        uint32_t form = FORM_OF(raw, i);
        if (form != FORM_RELATIVE && !pvgpu_dxbc_take(walk, &operand->index[i]))
            return PVGPU_DXBC_INSTRUCTION_OVERRUN;
        if (form == FORM_IMMEDIATE)
            continue;
        operand->relative[i] = true;
        rule = read_relative(walk);
    }
    return rule;
}

/* ---- What an instruction asks of an operand ---------------------------------------------------------------------- */

struct context {
    uint32_t written; /* mask of the first destination that is not null */
    bool has_destination, doubles_written;
    uint32_t masks[2]; /* of all destinations; null: 0 */
    uint32_t count;
};

static enum pvgpu_dxbc_rule check_destination(struct pvgpu_dxbc_walk *walk, char letter,
                                              const struct pvgpu_dxbc_operand *operand, struct context *context)
{
    if (operand->type == PVGPU_DXBC_NULL && letter == 'e') {
        context->count++;
        return operand->components ? PVGPU_DXBC_OPERAND_COMPONENTS : PVGPU_DXBC_OK;
    }
    if (!(DESTINATIONS >> operand->type & 1))
        return PVGPU_DXBC_OPERAND_TYPE;
    if (operand->modifier)
        return PVGPU_DXBC_OPERAND_MODIFIER;
    uint32_t mask = operand->selection;
    if (operand->components == 1 && (SPECIAL_OUTPUTS >> operand->type & 1))
        mask = 1;
    else if (operand->components != 4)
        return PVGPU_DXBC_OPERAND_COMPONENTS;
    else if (operand->mode != PVGPU_DXBC_MASK || mask == 0)
        return PVGPU_DXBC_OPERAND_SELECTION;
    if (letter == 'D' && mask != 0x3 && mask != 0xC && mask != 0xF)
        return PVGPU_DXBC_OPERAND_DOUBLE;
    if (!context->has_destination) {
        context->written = mask;
        context->has_destination = true;
        context->doubles_written = letter == 'D';
    }
    context->masks[context->count++] = mask;
    return pvgpu_dxbc_check_register(walk, operand, mask);
}

/* Doubles lie in xy and zw; what is read must be these pairs. */
static enum pvgpu_dxbc_rule check_pairs(const struct pvgpu_dxbc_operand *operand, const struct context *context)
{
    uint32_t values = pvgpu_dxbc_count_components(context->written);
    if (context->doubles_written)
        values /= 2;
    if (values > 2)
        return PVGPU_DXBC_OPERAND_DOUBLE;
    if (operand->type == PVGPU_DXBC_IMMEDIATE64)
        return operand->components == 4 || values == 1 ? PVGPU_DXBC_OK : PVGPU_DXBC_OPERAND_DOUBLE;
    if (operand->components != 4 || operand->type == PVGPU_DXBC_IMMEDIATE)
        return operand->components == 4 ? PVGPU_DXBC_OK : PVGPU_DXBC_OPERAND_DOUBLE;
    if (operand->mode != PVGPU_DXBC_SWIZZLE)
        return PVGPU_DXBC_OPERAND_DOUBLE;
    for (uint32_t i = 0; i < values; i++) {
        uint32_t pair = operand->selection >> (4 * i) & 0xF;
        if (pair != 0x4 && pair != 0xE)
            return PVGPU_DXBC_OPERAND_DOUBLE;
    }
    return PVGPU_DXBC_OK;
}

static enum pvgpu_dxbc_rule check_source(struct pvgpu_dxbc_walk *walk, char letter,
                                         const struct pvgpu_dxbc_operand *operand, const struct context *context)
{
    uint64_t types = SOURCES | (letter == 'S' ? BIT(IMMEDIATE64) : 0);
    if (letter == 'E')
        types = BIT(INPUT);
    if (!(types >> operand->type & 1))
        return PVGPU_DXBC_OPERAND_TYPE;
    bool immediate = operand->type == PVGPU_DXBC_IMMEDIATE || operand->type == PVGPU_DXBC_IMMEDIATE64;
    bool scalar = operand->components == 1 && (immediate || (SPECIAL_INPUTS >> operand->type & 1));
    if (!scalar && operand->components != 4)
        return PVGPU_DXBC_OPERAND_COMPONENTS;
    if (operand->components == 4 && !immediate && operand->mode == PVGPU_DXBC_MASK)
        return PVGPU_DXBC_OPERAND_SELECTION;
    if (letter == 'S') {
        enum pvgpu_dxbc_rule rule = check_pairs(operand, context);
        if (rule)
            return rule;
    }
    return immediate ? PVGPU_DXBC_OK : pvgpu_dxbc_check_register(walk, operand, 0);
}

/* What a letter allows: register types, and dimensions of what lies behind them. */
struct wanted {
    uint64_t types;
    uint32_t kinds;
};

static struct wanted wanted_by(char letter)
{
    switch (letter) {
    case 'T':
        return (struct wanted){BIT(RESOURCE), SAMPLED};
    case 'C':
        return (struct wanted){BIT(RESOURCE), COMPARED};
    case 'G':
        return (struct wanted){BIT(RESOURCE), GATHERED};
    case 'P':
        return (struct wanted){BIT(RESOURCE), OFFSET_GATHERED};
    case 'L':
        return (struct wanted){BIT(RESOURCE), UNSAMPLED};
    case 'M':
        return (struct wanted){BIT(RESOURCE), MULTISAMPLED};
    case 'I':
        return (struct wanted){BIT(RESOURCE) | BIT(RASTERIZER), MULTISAMPLED};
    case 'N':
        return (struct wanted){BIT(RESOURCE) | BIT(UAV), SAMPLED | MULTISAMPLED};
    case 'B':
        return (struct wanted){BIT(RESOURCE) | BIT(UAV), KIND(BUFFER) | RAW | STRUCTURED};
    case 'R':
        return (struct wanted){BIT(RESOURCE) | BIT(UAV) | BIT(SHARED), RAW};
    case 'Q':
        return (struct wanted){BIT(RESOURCE) | BIT(UAV) | BIT(SHARED), STRUCTURED};
    case 'U':
    case 'u':
        return (struct wanted){BIT(UAV), UNSAMPLED};
    case 'r':
        return (struct wanted){BIT(UAV) | BIT(SHARED), RAW};
    case 'q':
        return (struct wanted){BIT(UAV) | BIT(SHARED), STRUCTURED};
    case 'A':
        return (struct wanted){BIT(UAV) | BIT(SHARED), UNSAMPLED | RAW | STRUCTURED};
    case 'K':
        return (struct wanted){BIT(UAV), STRUCTURED};
    default:
        return (struct wanted){0, 0};
    }
}

static enum pvgpu_dxbc_rule check_resource_form(char letter, const struct pvgpu_dxbc_operand *operand)
{
    if (operand->type == PVGPU_DXBC_RASTERIZER)
        return PVGPU_DXBC_OK;
    if (letter == 'A' || letter == 'K')
        return operand->components == 1 ? PVGPU_DXBC_OPERAND_COMPONENTS : PVGPU_DXBC_OK;
    if (operand->components != 4)
        return PVGPU_DXBC_OPERAND_COMPONENTS;
    bool stored = letter == 'u' || letter == 'r' || letter == 'q';
    if ((operand->mode == PVGPU_DXBC_MASK) != stored)
        return PVGPU_DXBC_OPERAND_SELECTION;
    /* Stores write the first components, those of typed views all four. */
    uint32_t mask = operand->selection;
    if (stored && (letter == 'u' ? mask != 0xF : mask == 0 || (mask & (mask + 1)) != 0))
        return PVGPU_DXBC_OPERAND_SELECTION;
    return PVGPU_DXBC_OK;
}

static enum pvgpu_dxbc_rule check_resource(const struct pvgpu_dxbc_walk *walk, char letter,
                                           const struct pvgpu_dxbc_operand *operand)
{
    struct wanted wanted = wanted_by(letter);
    if (!(wanted.types >> operand->type & 1))
        return PVGPU_DXBC_OPERAND_TYPE;
    if (operand->modifier)
        return PVGPU_DXBC_OPERAND_MODIFIER;
    enum pvgpu_dxbc_rule rule = check_resource_form(letter, operand);
    if (!rule)
        rule = pvgpu_dxbc_check_register(walk, operand, 0);
    if (rule || operand->type == PVGPU_DXBC_RASTERIZER)
        return rule;
    uint32_t number = operand->index[0];
    uint32_t kind = operand->type == PVGPU_DXBC_RESOURCE ? walk->resources[number]
                    : operand->type == PVGPU_DXBC_UAV    ? walk->uavs[number]
                                                         : walk->shared[number];
    return wanted.kinds >> kind & 1 ? PVGPU_DXBC_OK : PVGPU_DXBC_RESOURCE_KIND;
}

/* Samplers, labels and streams: a number and nothing else. A gather names a component of its sampler. */
static enum pvgpu_dxbc_rule check_number(const struct pvgpu_dxbc_walk *walk, char letter,
                                         const struct pvgpu_dxbc_operand *operand)
{
    uint32_t type = letter == 'a'   ? PVGPU_DXBC_SAMPLER
                    : letter == 'l' ? PVGPU_DXBC_LABEL
                    : letter == 'v' ? PVGPU_DXBC_STREAM
                                    : PVGPU_DXBC_IMMEDIATE;
    if (operand->type != type)
        return letter == 'i'   ? PVGPU_DXBC_SWITCH_CASE
               : letter == 'n' ? PVGPU_DXBC_SAMPLE_NUMBER
                               : PVGPU_DXBC_OPERAND_TYPE;
    if (operand->modifier)
        return PVGPU_DXBC_OPERAND_MODIFIER;
    if (letter == 'i' || letter == 'n') {
        if (operand->components != 1)
            return PVGPU_DXBC_OPERAND_COMPONENTS;
        return letter == 'n' && operand->immediate >= MOST_SAMPLES ? PVGPU_DXBC_SAMPLE_NUMBER : PVGPU_DXBC_OK;
    }
    if (operand->components == 4 && letter == 'a')
        return operand->mode == PVGPU_DXBC_MASK ? PVGPU_DXBC_OPERAND_SELECTION
                                                : pvgpu_dxbc_check_register(walk, operand, 0);
    return operand->components ? PVGPU_DXBC_OPERAND_COMPONENTS : pvgpu_dxbc_check_register(walk, operand, 0);
}

/*
 * Two results of one instruction. Nothing in HLSL asks for the high half of a product, a carry or a borrow, and DXVK
 * 3.1.1 as Debian builds it ends with an assertion at each.
 */
static enum pvgpu_dxbc_rule check_results(const struct pvgpu_dxbc_walk *walk, const struct context *context)
{
    uint32_t first = context->masks[0], second = context->masks[1];
    switch (walk->opcode) {
    case PVGPU_DXBC_OP_IMUL:
    case PVGPU_DXBC_OP_UMUL:
        if (first == 0 && second == 0)
            return PVGPU_DXBC_RESULTS;
        return first ? PVGPU_DXBC_CARRY : PVGPU_DXBC_OK;
    case PVGPU_DXBC_OP_UADDC:
    case PVGPU_DXBC_OP_USUBB:
        return second ? PVGPU_DXBC_CARRY : PVGPU_DXBC_OK;
    default:
        return PVGPU_DXBC_OK;
    }
}

enum pvgpu_dxbc_rule pvgpu_dxbc_check_operands(struct pvgpu_dxbc_walk *walk, const char *letters,
                                               struct pvgpu_dxbc_operand *last)
{
    struct context context = {0};
    for (; *letters; letters++) {
        enum pvgpu_dxbc_rule rule = pvgpu_dxbc_read_operand(walk, last);
        if (rule)
            return rule;
        switch (*letters) {
        case 'd':
        case 'D':
        case 'e':
            rule = check_destination(walk, *letters, last, &context);
            break;
        case 's':
        case 'S':
        case 'c':
        case 'E':
            rule = check_source(walk, *letters, last, &context);
            break;
        case 'a':
        case 'l':
        case 'v':
        case 'i':
        case 'n':
            rule = check_number(walk, *letters, last);
            break;
        default:
            rule = check_resource(walk, *letters, last);
            break;
        }
        if (rule)
            return rule;
    }
    return check_results(walk, &context);
}
