/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Declarations of inputs and outputs: they must agree with the container's signatures. */
#include "wire/dxbc_walk.h"

#define MAX_TARGETS 8u
#define MAX_VERTICES 32u /* control points of a patch */
#define INTERPOLATION_MODES 8u
#define SYSTEM_VALUES 22u /* D3D11_SB_NAME_FINAL_LINE_DENSITY_TESSFACTOR */
#define FIRST_TESS_FACTOR 11u

/* D3D_NAME of a tessellation factor's element, by D3D11_SB_NAME from 11 on. */
static const uint8_t tess_factor_names[] = {11, 11, 11, 11, 12, 12, 13, 13, 13, 14, 15, 16};

/* The signature that describes a register file. */
static const struct pvgpu_dxbc_signature *signature_of(const struct pvgpu_dxbc_walk *walk, enum pvgpu_dxbc_file file)
{
    switch (file) {
    case PVGPU_DXBC_FILE_INPUT:
    case PVGPU_DXBC_FILE_CONTROL_POINT_IN:
        return &walk->container->inputs;
    case PVGPU_DXBC_FILE_OUTPUT:
        return pvgpu_dxbc_in_patch_phase(walk) ? &walk->container->patch_constants : &walk->container->outputs;
    case PVGPU_DXBC_FILE_CONTROL_POINT_OUT:
        return &walk->container->outputs;
    default:
        return &walk->container->patch_constants;
    }
}

static bool is_output(uint32_t opcode)
{
    return opcode >= PVGPU_DXBC_OP_DCL_OUTPUT;
}

/* Whether the opcode declares registers of that type. */
static bool suits(const struct pvgpu_dxbc_walk *walk, uint32_t type)
{
    switch (type) {
    case PVGPU_DXBC_INPUT:
        return !is_output(walk->opcode) &&
               (walk->stage != PVGPU_STAGE_PIXEL) == (walk->opcode <= PVGPU_DXBC_OP_DCL_INPUT_SIV);
    case PVGPU_DXBC_CONTROL_POINT_IN:
    case PVGPU_DXBC_CONTROL_POINT_OUT:
    case PVGPU_DXBC_PATCH_CONSTANT:
        return !is_output(walk->opcode);
    case PVGPU_DXBC_OUTPUT:
        return is_output(walk->opcode);
    case PVGPU_DXBC_DEPTH:
    case PVGPU_DXBC_DEPTH_GE:
    case PVGPU_DXBC_DEPTH_LE:
    case PVGPU_DXBC_COVERAGE_OUT:
        return walk->opcode == PVGPU_DXBC_OP_DCL_OUTPUT;
    case PVGPU_DXBC_PRIMITIVE_ID:
    case PVGPU_DXBC_CONTROL_POINT_ID:
    case PVGPU_DXBC_FORK_ID:
    case PVGPU_DXBC_JOIN_ID:
    case PVGPU_DXBC_DOMAIN_POINT:
    case PVGPU_DXBC_THREAD_ID:
    case PVGPU_DXBC_GROUP_ID:
    case PVGPU_DXBC_THREAD_IN_GROUP:
    case PVGPU_DXBC_COVERAGE_IN:
    case PVGPU_DXBC_THREAD_INDEX:
    case PVGPU_DXBC_GS_INSTANCE_ID:
        return walk->opcode == PVGPU_DXBC_OP_DCL_INPUT;
    default:
        return false;
    }
}

static enum pvgpu_dxbc_rule declare_special(struct pvgpu_dxbc_walk *walk, const struct pvgpu_dxbc_operand *operand)
{
    /* The three depths are one value. */
    const uint64_t depths =
        UINT64_C(1) << PVGPU_DXBC_DEPTH | UINT64_C(1) << PVGPU_DXBC_DEPTH_GE | UINT64_C(1) << PVGPU_DXBC_DEPTH_LE;
    uint64_t bit = UINT64_C(1) << operand->type;
    if (walk->state.specials & (bit & depths ? depths : bit))
        return PVGPU_DXBC_DECLARED_TWICE;
    walk->state.specials |= bit;
    return PVGPU_DXBC_OK;
}

/* The D3D_NAME that an element must have for a declared system value. */
static uint32_t element_name(uint32_t value)
{
    return value < FIRST_TESS_FACTOR ? value : tess_factor_names[value - FIRST_TESS_FACTOR];
}

/*
 * fxc writes a stream's outputs behind its declaration, vkd3d all of them behind those of all streams: an output may
 * belong to any stream that has been declared.
 */
static bool in_stream(const struct pvgpu_dxbc_walk *walk, uint32_t stream)
{
    return walk->streams ? walk->streams >> stream & 1 : stream == 0;
}

/* Whether the elements of the register have all these components, and one the system value (0: any). */
static enum pvgpu_dxbc_rule check_elements(const struct pvgpu_dxbc_walk *walk, enum pvgpu_dxbc_file file,
                                           uint32_t number, uint32_t mask, uint32_t value)
{
    const struct pvgpu_dxbc_signature *signature = signature_of(walk, file);
    struct pvgpu_dxbc_element element;
    uint32_t missing = mask;
    bool named = value == 0, found = false;
    for (uint32_t i = 0; pvgpu_dxbc_signature_element(signature, i, &element); i++) {
        if (element.reg != number || !(element.mask & mask))
            continue;
        if (file == PVGPU_DXBC_FILE_OUTPUT && !in_stream(walk, element.stream))
            continue;
        missing &= ~(uint32_t)element.mask;
        found = true;
        named |= value && element.system_value == element_name(value);
    }
    if (found && !named)
        return PVGPU_DXBC_REGISTER_SYSTEM_VALUE;
    return missing ? PVGPU_DXBC_REGISTER_NOT_IN_SIGNATURE : PVGPU_DXBC_OK;
}

static bool has_system_value(uint32_t opcode)
{
    switch (opcode) {
    case PVGPU_DXBC_OP_DCL_INPUT_SGV:
    case PVGPU_DXBC_OP_DCL_INPUT_SIV:
    case PVGPU_DXBC_OP_DCL_INPUT_PS_SGV:
    case PVGPU_DXBC_OP_DCL_INPUT_PS_SIV:
    case PVGPU_DXBC_OP_DCL_OUTPUT_SGV:
    case PVGPU_DXBC_OP_DCL_OUTPUT_SIV:
        return true;
    default:
        return false;
    }
}

/* Tessellation factors are written in the phases for patch constants, one component each. */
static enum pvgpu_dxbc_rule check_tess_factor(struct pvgpu_dxbc_walk *walk, enum pvgpu_dxbc_file file, uint32_t mask,
                                              uint32_t value)
{
    bool written = file == PVGPU_DXBC_FILE_OUTPUT && pvgpu_dxbc_in_patch_phase(walk);
    if (value < FIRST_TESS_FACTOR)
        return written ? PVGPU_DXBC_REGISTER_SYSTEM_VALUE : PVGPU_DXBC_OK;
    if (!written && file != PVGPU_DXBC_FILE_PATCH_CONSTANT)
        return PVGPU_DXBC_REGISTER_SYSTEM_VALUE;
    if (mask & (mask - 1))
        return PVGPU_DXBC_REGISTER_SYSTEM_VALUE;
    if (written)
        walk->tess_factors |= 1u << value;
    return PVGPU_DXBC_OK;
}

static enum pvgpu_dxbc_rule check_array(struct pvgpu_dxbc_walk *walk, enum pvgpu_dxbc_file file, uint32_t length)
{
    uint8_t *vertices = &walk->state.vertices[file];
    if (length == 0 || length > MAX_VERTICES || (*vertices && *vertices != length))
        return PVGPU_DXBC_REGISTER_ARRAY;
    *vertices = (uint8_t)length;
    return PVGPU_DXBC_OK;
}

static enum pvgpu_dxbc_rule note_register(struct pvgpu_dxbc_walk *walk, enum pvgpu_dxbc_file file, uint32_t number,
                                          uint32_t mask)
{
    struct pvgpu_dxbc_phase_state *state = &walk->state;
    /* Streams of a geometry shader share their registers. */
    bool shared = file == PVGPU_DXBC_FILE_OUTPUT && walk->streams != 0;
    if (!shared && (state->masks[file][number] & mask))
        return PVGPU_DXBC_DECLARED_TWICE;
    state->masks[file][number] |= (uint8_t)mask;
    return PVGPU_DXBC_OK;
}

enum pvgpu_dxbc_rule pvgpu_dxbc_declare_register(struct pvgpu_dxbc_walk *walk)
{
    struct pvgpu_dxbc_operand operand;
    uint32_t value = 0;
    enum pvgpu_dxbc_rule rule = pvgpu_dxbc_read_operand(walk, &operand);
    if (rule)
        return rule;
    if (!suits(walk, operand.type))
        return PVGPU_DXBC_OPERAND_TYPE;
    if (operand.modifier)
        return PVGPU_DXBC_OPERAND_MODIFIER;
    if (operand.components == 4 && (operand.mode != PVGPU_DXBC_MASK || operand.selection == 0))
        return PVGPU_DXBC_OPERAND_SELECTION;
    enum pvgpu_dxbc_file file = pvgpu_dxbc_file_of(operand.type);
    if (file == PVGPU_DXBC_FILE_COUNT)
        return declare_special(walk, &operand);
    if (operand.components != 4)
        return PVGPU_DXBC_OPERAND_COMPONENTS;
    if (operand.relative[0] || operand.relative[1])
        return PVGPU_DXBC_OPERAND_INDEX;
    uint32_t number = operand.index[operand.dimensions - 1], mask = operand.selection;
    uint32_t limit =
        walk->stage == PVGPU_STAGE_PIXEL && file == PVGPU_DXBC_FILE_OUTPUT ? MAX_TARGETS : PVGPU_DXBC_MAX_REGISTERS;
    if (number >= limit)
        return PVGPU_DXBC_REGISTER_NUMBER;
    if (walk->opcode >= PVGPU_DXBC_OP_DCL_INPUT_PS && walk->opcode <= PVGPU_DXBC_OP_DCL_INPUT_PS_SIV &&
        (walk->token >> 11 & 0xF) >= INTERPOLATION_MODES)
        return PVGPU_DXBC_INTERPOLATION;
    if (operand.dimensions == 2)
        rule = check_array(walk, file, operand.index[0]);
    if (!rule && has_system_value(walk->opcode)) {
        if (!pvgpu_dxbc_take(walk, &value))
            return PVGPU_DXBC_INSTRUCTION_OVERRUN;
        if (value == 0 || value > SYSTEM_VALUES)
            return PVGPU_DXBC_REGISTER_SYSTEM_VALUE;
    }
    if (!rule)
        rule = check_elements(walk, file, number, mask, value);
    if (!rule && value)
        rule = check_tess_factor(walk, file, mask, value);
    return rule ? rule : note_register(walk, file, number, mask);
}

enum pvgpu_dxbc_rule pvgpu_dxbc_declare_range(struct pvgpu_dxbc_walk *walk)
{
    struct pvgpu_dxbc_phase_state *state = &walk->state;
    struct pvgpu_dxbc_operand operand;
    uint32_t count;
    enum pvgpu_dxbc_rule rule = pvgpu_dxbc_read_operand(walk, &operand);
    if (rule)
        return rule;
    enum pvgpu_dxbc_file file = pvgpu_dxbc_file_of(operand.type);
    if (file == PVGPU_DXBC_FILE_COUNT)
        return PVGPU_DXBC_OPERAND_TYPE;
    if (operand.modifier)
        return PVGPU_DXBC_OPERAND_MODIFIER;
    if (operand.components != 4)
        return PVGPU_DXBC_OPERAND_COMPONENTS;
    if (operand.mode != PVGPU_DXBC_MASK || operand.selection == 0)
        return PVGPU_DXBC_OPERAND_SELECTION;
    if (operand.relative[0] || operand.relative[1])
        return PVGPU_DXBC_OPERAND_INDEX;
    if (!pvgpu_dxbc_take(walk, &count))
        return PVGPU_DXBC_INSTRUCTION_OVERRUN;
    uint32_t first = operand.index[operand.dimensions - 1], mask = operand.selection;
    if (count == 0 || first >= PVGPU_DXBC_MAX_REGISTERS || count > PVGPU_DXBC_MAX_REGISTERS - first)
        return PVGPU_DXBC_INDEX_RANGE;
    if (operand.dimensions == 2 && operand.index[0] != state->vertices[file])
        return PVGPU_DXBC_REGISTER_ARRAY;
    state->range_count++; /* at most one for each register: ranges do not overlap */
    for (uint32_t i = first; i < first + count; i++) {
        if ((state->masks[file][i] & mask) != mask || state->ranges[file][i])
            return PVGPU_DXBC_INDEX_RANGE;
        state->ranges[file][i] = state->range_count;
    }
    return PVGPU_DXBC_OK;
}
