/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Bad shaders whose container or signatures are wrong. Each is a good one with one change. */
#include "bad_shaders.h"
#include "dxbc_builder.h"

#include <string.h>

#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))
#define FLOATS(name, index, value, reg, mask) {name, index, value, PVGPU_DXBC_COMPONENT_FLOAT, reg, mask, mask, 0, 0}

/* Where the parts of the good container are. */
struct parts {
    size_t size, inputs, outputs, program, more; /* data of the chunks */
};

static const uint32_t good_tokens[] = {I(DCL_INPUT, MASK(INPUT, 0xF, 1), 0), I(DCL_OUTPUT_SIV, O(0), 1),
                                       I(MOV, O(0), V(0)), N(RET)};
static const struct dxbc_element good_inputs[] = {FLOATS("POSITION", 0, 0, 0, 0xF), FLOATS("COLOR", 0, 0, 1, 0x7)};
static const struct dxbc_element good_outputs[] = {FLOATS("SV_Position", 0, 1, 0, 0xF)};

static struct parts make_good(uint8_t *bytes, size_t capacity, const struct dxbc_element *inputs, uint32_t count,
                              const char input_tag[4])
{
    struct dxbc_builder builder;
    struct parts parts;
    bool patch = input_tag[0] == 'P';
    dxbc_begin(&builder, bytes, capacity, patch ? 5 : 4);
    if (patch)
        dxbc_add_signature(&builder, "ISGN", good_inputs, COUNT(good_inputs));
    parts.inputs = dxbc_add_signature(&builder, input_tag, inputs, count);
    parts.outputs = dxbc_add_signature(&builder, "OSGN", good_outputs, COUNT(good_outputs));
    parts.program = dxbc_add_program(&builder, PVGPU_STAGE_VERTEX, 50, good_tokens, COUNT(good_tokens));
    parts.more = dxbc_add_chunk(&builder, "STAT", NULL, 16);
    parts.size = dxbc_seal(&builder);
    return parts;
}

/* One word is changed. `part` says from where `at` is counted. */
enum part { CONTAINER, INPUTS, OUTPUTS, PROGRAM, MORE, END };

struct change {
    enum pvgpu_dxbc_rule rule;
    const char *detail;
    enum part part;
    int32_t at; /* bytes */
    uint32_t value;
    bool relative; /* value is added to what is there */
};

#define TAG_OF(a, b, c, d) ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)

static const struct change changes[] = {
    {PVGPU_DXBC_MAGIC, "another letter", CONTAINER, 0, TAG_OF('d', 'X', 'B', 'C'), false},
    {PVGPU_DXBC_VERSION, "2", CONTAINER, 20, 2, false},
    {PVGPU_DXBC_LENGTH, "4 less", CONTAINER, 24, (uint32_t)-4, true},
    {PVGPU_DXBC_LENGTH, "4 more", CONTAINER, 24, 4, true},
    {PVGPU_DXBC_CHUNK_COUNT, "65", CONTAINER, 28, 65, false},
    {PVGPU_DXBC_CHUNK_COUNT, "2^30 + 1", CONTAINER, 28, 0x40000001, false},
    {PVGPU_DXBC_CHUNK_ALIGNMENT, "2 more", CONTAINER, 44, 2, true},
    {PVGPU_DXBC_CHUNK_IN_TABLE, "the header", CONTAINER, 44, 0, false},
    {PVGPU_DXBC_CHUNK_START, "beyond", CONTAINER, 44, 0xFFFFFFFC, false},
    {PVGPU_DXBC_CHUNK_END, "16 more", MORE, -4, 17, false},
    {PVGPU_DXBC_CHUNK_END, "2^32 - 8", MORE, -4, 0xFFFFFFF8, false},
    {PVGPU_DXBC_CHUNK_OVERLAP, "4 more", PROGRAM, -4, 4, true},
    {PVGPU_DXBC_CHUNK_FEATURES, "16 bytes", MORE, -8, TAG_OF('S', 'F', 'I', '0'), false},
    {PVGPU_DXBC_CHUNK_INTERFACES, "IFCE", MORE, -8, TAG_OF('I', 'F', 'C', 'E'), false},
    {PVGPU_DXBC_CHUNK_DXIL, "DXIL", MORE, -8, TAG_OF('D', 'X', 'I', 'L'), false},
    {PVGPU_DXBC_CHUNK_DXIL, "ILDB", MORE, -8, TAG_OF('I', 'L', 'D', 'B'), false},
    {PVGPU_DXBC_SIGNATURE_TWICE, "inputs", OUTPUTS, -8, TAG_OF('I', 'S', 'G', 'N'), false},
    {PVGPU_DXBC_SIGNATURE_SHORT, "4 bytes", INPUTS, -4, 4, false},
    {PVGPU_DXBC_ELEMENT_COUNT, "129", INPUTS, 0, 129, false},
    {PVGPU_DXBC_ELEMENTS_START, "12", INPUTS, 4, 12, false},
    {PVGPU_DXBC_ELEMENTS_END, "128", INPUTS, 0, 128, false},
    {PVGPU_DXBC_NAME_START, "2^31", INPUTS, 8, 0x80000000, false},
    {PVGPU_DXBC_NAME_END, "the padding", INPUTS, 8, 71, false},
    {PVGPU_DXBC_NAME_EMPTY, "a zero", INPUTS, 8, 7, false},
    {PVGPU_DXBC_ELEMENT_COMPONENT, "0", INPUTS, 20, 0, false},
    {PVGPU_DXBC_ELEMENT_COMPONENT, "4", INPUTS, 20, 4, false},
    {PVGPU_DXBC_ELEMENT_REGISTER, "32", INPUTS, 24, 32, false},
    {PVGPU_DXBC_ELEMENT_REGISTER, "2^32 - 2", INPUTS, 24, 0xFFFFFFFE, false},
    {PVGPU_DXBC_ELEMENT_MASK, "a fifth component", INPUTS, 28, 0x1F, false},
    {PVGPU_DXBC_ELEMENT_OVERLAP, "the register before", INPUTS, 48, 0, false},
    {PVGPU_DXBC_ELEMENT_SYSTEM_VALUE, "17", INPUTS, 16, 17, false},
    {PVGPU_DXBC_ELEMENT_SYSTEM_VALUE, "71", INPUTS, 16, 71, false},
    {PVGPU_DXBC_NO_SIGNATURE, "inputs", INPUTS, -8, TAG_OF('N', 'O', 'N', 'E'), false},
    {PVGPU_DXBC_NO_SIGNATURE, "outputs", OUTPUTS, -8, TAG_OF('N', 'O', 'N', 'E'), false},
    {PVGPU_DXBC_NO_PROGRAM, "another tag", PROGRAM, -8, TAG_OF('S', 'H', 'D', 'X'), false},
    {PVGPU_DXBC_PROGRAM_TWICE, "another chunk", MORE, -8, TAG_OF('S', 'H', 'D', 'R'), false},
    {PVGPU_DXBC_PROGRAM_SHORT, "4 bytes", PROGRAM, -4, 4, false},
    {PVGPU_DXBC_PROGRAM_STAGE, "pixel", PROGRAM, 0, 0x00050, false},
    {PVGPU_DXBC_PROGRAM_STAGE, "no stage", PROGRAM, 0, 0xFFFF0050, false},
    {PVGPU_DXBC_PROGRAM_BITS, "one", PROGRAM, 0, 0x10150, false},
    {PVGPU_DXBC_PROGRAM_MODEL, "5.1", PROGRAM, 0, 0x10051, false},
    {PVGPU_DXBC_PROGRAM_MODEL, "3.0", PROGRAM, 0, 0x10030, false},
    {PVGPU_DXBC_PROGRAM_MODEL, "6.0", PROGRAM, 0, 0x10060, false},
    {PVGPU_DXBC_PROGRAM_LENGTH, "1", PROGRAM, 4, 1, false},
    {PVGPU_DXBC_PROGRAM_LENGTH, "one more", PROGRAM, 4, 1, true},
    {PVGPU_DXBC_PROGRAM_LENGTH, "2^30 + 1", PROGRAM, 4, 0x40000001, false},
};

/* Signatures that are wrong as a whole. */
struct inputs {
    enum pvgpu_dxbc_rule rule;
    const char *detail, *tag;
    struct dxbc_element elements[3];
    uint32_t count;
};

static const char long_name[] = "NNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNN"
                                "NNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNN"
                                "NNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNN"
                                "NNNNNNNN";

static const struct inputs signatures[] = {
    {PVGPU_DXBC_NAME_LENGTH, "more than 255", "ISGN", {FLOATS(long_name, 0, 0, 0, 0xF)}, 1},
    {PVGPU_DXBC_ELEMENT_STREAM, "4", "ISG1", {{"A", 0, 0, 3, 0, 0xF, 0xF, 4, 0}}, 1},
    {PVGPU_DXBC_ELEMENT_PRECISION, "3", "ISG1", {{"A", 0, 0, 3, 0, 0xF, 0xF, 0, 3}}, 1},
    {PVGPU_DXBC_ELEMENT_PRECISION, "6", "ISG1", {{"A", 0, 0, 3, 0, 0xF, 0xF, 0, 6}}, 1},
    {PVGPU_DXBC_ELEMENT_INDEX, "clip distance", "ISGN", {FLOATS("A", 2, 2, 0, 0xF)}, 1},
    {PVGPU_DXBC_ELEMENT_INDEX, "quad edge", "PCSG", {FLOATS("A", 4, 11, 0, 0x1)}, 1},
    {PVGPU_DXBC_ELEMENT_INDEX, "triangle inside", "PCSG", {FLOATS("A", 1, 14, 0, 0xF)}, 1},
    {PVGPU_DXBC_ELEMENT_PLACE, "a factor", "ISGN", {FLOATS("A", 0, 11, 0, 0xF)}, 1},
    {PVGPU_DXBC_ELEMENT_PLACE, "a primitive of a vertex shader", "ISGN", {{"A", 0, 7, 1, 0, 1, 1, 0, 0}}, 1},
    {PVGPU_DXBC_ELEMENT_TWICE, "one name", "ISGN", {FLOATS("A", 0, 0, 0, 0xF), FLOATS("a", 0, 0, 1, 0xF)}, 2},
    {PVGPU_DXBC_ELEMENT_SHAPE, "a float number", "ISGN", {FLOATS("A", 0, 6, 0, 0x1)}, 1},
    {PVGPU_DXBC_ELEMENT_SHAPE, "two numbers", "ISGN", {{"A", 0, 8, 1, 0, 3, 3, 0, 0}}, 1},
    {PVGPU_DXBC_ELEMENT_SHAPE, "a position of integers", "ISGN", {{"A", 0, 1, 1, 0, 0xF, 0xF, 0, 0}}, 1},
    {PVGPU_DXBC_ELEMENT_PLACE, "a position of a patch", "PCSG", {FLOATS("A", 0, 1, 0, 0xF)}, 1},
    {PVGPU_DXBC_ELEMENT_PLACE, "a target of a vertex shader", "ISGN", {FLOATS("A", 0, 64, 0, 0xF)}, 1},
    {PVGPU_DXBC_DISTANCES,
     "nine",
     "ISGN",
     {FLOATS("A", 0, 2, 0, 0xF), FLOATS("A", 1, 2, 1, 0xF), FLOATS("B", 0, 3, 2, 0x1)},
     3},
};

/* What is made in a way of its own. */
struct special {
    enum pvgpu_dxbc_rule rule;
    const char *detail;
    enum pvgpu_stage stage;
};

static const struct special specials[] = {
    {PVGPU_DXBC_TOO_LONG, "4 more", PVGPU_STAGE_VERTEX},
    {PVGPU_DXBC_TOO_SHORT, "31 bytes", PVGPU_STAGE_VERTEX},
    {PVGPU_DXBC_CHECKSUM, "one bit", PVGPU_STAGE_VERTEX},
    {PVGPU_DXBC_CHUNK_TABLE, "4 bytes beyond", PVGPU_STAGE_VERTEX},
    {PVGPU_DXBC_PROGRAM_MODEL_STAGE, "hull", PVGPU_STAGE_HULL},
    {PVGPU_DXBC_PROGRAM_MODEL_STAGE, "domain", PVGPU_STAGE_DOMAIN},
    {PVGPU_DXBC_NO_PATCH_SIGNATURE, "hull", PVGPU_STAGE_HULL},
    {PVGPU_DXBC_NO_PATCH_SIGNATURE, "domain", PVGPU_STAGE_DOMAIN},
};

static size_t make_change(const struct change *change, uint8_t *bytes, size_t capacity)
{
    struct parts parts = make_good(bytes, capacity, good_inputs, COUNT(good_inputs), "ISGN");
    const size_t starts[] = {0, parts.inputs, parts.outputs, parts.program, parts.more};
    if (parts.size == 0)
        return 0;
    size_t at = starts[change->part] + (size_t)change->at;
    dxbc_put(bytes, at, change->relative ? dxbc_get(bytes, at) + change->value : change->value);
    dxbc_write_checksum(bytes, parts.size);
    return parts.size;
}

static size_t make_special(const struct special *special, uint8_t *bytes, size_t capacity)
{
    static const uint32_t ret[] = {N(RET)};
    struct dxbc_builder builder;
    uint32_t length;
    size_t size = make_good(bytes, capacity, good_inputs, COUNT(good_inputs), "ISGN").size;
    if (size == 0)
        return 0;
    switch (special->rule) {
    case PVGPU_DXBC_TOO_LONG:
        if (capacity < PVGPU_DXBC_MAX_BYTES + 4)
            return 0;
        memset(bytes + size, 0, PVGPU_DXBC_MAX_BYTES + 4 - size);
        size = PVGPU_DXBC_MAX_BYTES + 4;
        dxbc_put(bytes, 24, (uint32_t)size);
        break;
    case PVGPU_DXBC_TOO_SHORT:
        return 31;
    case PVGPU_DXBC_CHECKSUM:
        bytes[PVGPU_DXBC_CHECKSUM_AT + 5] ^= 1;
        return size;
    case PVGPU_DXBC_CHUNK_TABLE:
        size = 36;
        dxbc_put(bytes, 24, (uint32_t)size);
        dxbc_put(bytes, 28, 2);
        break;
    case PVGPU_DXBC_NO_PATCH_SIGNATURE:
        size = dxbc_make(bytes, capacity, special->stage, 50, ret, COUNT(ret));
        dxbc_put(bytes, dxbc_find_chunk(bytes, "PCSG", &length) - 8, TAG_OF('N', 'O', 'N', 'E'));
        break;
    default:
        dxbc_begin(&builder, bytes, capacity, 1);
        dxbc_add_program(&builder, special->stage, 41, ret, COUNT(ret));
        return dxbc_seal(&builder);
    }
    dxbc_write_checksum(bytes, size);
    return size;
}

uint32_t bad_container_count(void)
{
    return COUNT(changes) + COUNT(signatures) + COUNT(specials);
}

size_t bad_container_make(uint32_t index, uint8_t *bytes, size_t capacity, enum pvgpu_stage *stage,
                          enum pvgpu_dxbc_rule *rule, const char **detail)
{
    *stage = PVGPU_STAGE_VERTEX;
    if (index < COUNT(changes)) {
        *rule = changes[index].rule;
        *detail = changes[index].detail;
        return make_change(&changes[index], bytes, capacity);
    }
    index -= COUNT(changes);
    if (index < COUNT(signatures)) {
        const struct inputs *inputs = &signatures[index];
        *rule = inputs->rule;
        *detail = inputs->detail;
        return make_good(bytes, capacity, inputs->elements, inputs->count, inputs->tag).size;
    }
    const struct special *special = &specials[index - COUNT(signatures)];
    *rule = special->rule;
    *detail = special->detail;
    *stage = special->stage;
    return make_special(special, bytes, capacity);
}
