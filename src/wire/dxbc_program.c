/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "wire/dxbc_program.h"

#include "base/bytes.h"
#include "wire/dxbc_walk.h"

#include <string.h>

/* Opcode token: number, control bits, length in dwords, whether an extended token follows. */
#define OPCODE_OF(token) ((token) & 0x7FFu)
#define LENGTH_OF(token) ((token) >> 24 & 0x7Fu)
#define IS_EXTENDED(token) ((token) >> 31)

#define EXTENDED_OFFSETS 1u
#define EXTENDED_DIMENSION 2u
#define EXTENDED_TYPES 3u

#define DATA_CLASS_OF(token) ((token) >> 11)
#define DATA_ICB 3u
#define DATA_CLASSES 6u /* comment, debug information, opaque, ICB, shader message, clip plane mappings */

#define VS (1u << PVGPU_STAGE_VERTEX)
#define PS (1u << PVGPU_STAGE_PIXEL)
#define GS (1u << PVGPU_STAGE_GEOMETRY)
#define HS (1u << PVGPU_STAGE_HULL)
#define DS (1u << PVGPU_STAGE_DOMAIN)
#define CS (1u << PVGPU_STAGE_COMPUTE)
#define ALL (VS | PS | GS | HS | DS | CS)

#define OP(number, name, model, stages, kind, operands) [number] = {operands, PVGPU_DXBC_##kind, model, stages},
static const struct pvgpu_dxbc_opcode opcodes[PVGPU_DXBC_OPCODE_LIMIT] = {
#include "wire/dxbc_opcodes.inc"
};
#undef OP

const struct pvgpu_dxbc_opcode *pvgpu_dxbc_opcode(uint32_t number)
{
    return &opcodes[number];
}

static uint32_t token_at(const struct pvgpu_dxbc_walk *walk, uint32_t index)
{
    return pvgpu_read_u32(walk->code + (size_t)index * 4);
}

bool pvgpu_dxbc_take(struct pvgpu_dxbc_walk *walk, uint32_t *token)
{
    if (walk->at >= walk->end)
        return false;
    *token = token_at(walk, walk->at++);
    return true;
}

/* Instructions that take a texel offset. */
static bool takes_offsets(uint32_t opcode)
{
    return (opcode >= PVGPU_DXBC_OP_SAMPLE && opcode <= PVGPU_DXBC_OP_SAMPLE_B) || opcode == PVGPU_DXBC_OP_LD ||
           opcode == PVGPU_DXBC_OP_LD_MS || opcode == PVGPU_DXBC_OP_GATHER4 || opcode == PVGPU_DXBC_OP_GATHER4_C;
}

static enum pvgpu_dxbc_rule check_types(uint32_t token)
{
    for (uint32_t i = 0; i < 4; i++) {
        uint32_t type = token >> (6 + 4 * i) & 0xF;
        if (type == 0 || type > 8)
            return PVGPU_DXBC_EXTENDED_RESOURCE;
    }
    return PVGPU_DXBC_OK;
}

/* The extended tokens behind an opcode token: each kind at most once. */
static enum pvgpu_dxbc_rule check_extended(struct pvgpu_dxbc_walk *walk)
{
    uint32_t token = walk->token, seen = 0;
    while (IS_EXTENDED(token)) {
        if (!pvgpu_dxbc_take(walk, &token))
            return PVGPU_DXBC_INSTRUCTION_OVERRUN;
        uint32_t kind = token & 0x3F;
        if (kind < EXTENDED_OFFSETS || kind > EXTENDED_TYPES || seen >> kind & 1)
            return PVGPU_DXBC_EXTENDED_OPCODE;
        seen |= 1u << kind;
        if (kind == EXTENDED_OFFSETS && !takes_offsets(walk->opcode))
            return PVGPU_DXBC_EXTENDED_OFFSET;
        if (kind == EXTENDED_DIMENSION &&
            ((token >> 6 & 0x1F) == 0 || (token >> 6 & 0x1F) > PVGPU_DXBC_STRUCTURED_BUFFER))
            return PVGPU_DXBC_EXTENDED_RESOURCE;
        if (kind == EXTENDED_TYPES && check_types(token))
            return PVGPU_DXBC_EXTENDED_RESOURCE;
    }
    return PVGPU_DXBC_OK;
}

/* Instructions with results of floating point, which bit 13 clamps to 0 to 1. */
static bool can_saturate(uint32_t opcode)
{
    switch (opcode) {
    case PVGPU_DXBC_OP_ADD:
    case PVGPU_DXBC_OP_DERIV_RTX:
    case PVGPU_DXBC_OP_DERIV_RTY:
    case PVGPU_DXBC_OP_DIV:
    case PVGPU_DXBC_OP_DP2:
    case PVGPU_DXBC_OP_DP3:
    case PVGPU_DXBC_OP_DP4:
    case PVGPU_DXBC_OP_EXP:
    case PVGPU_DXBC_OP_FRC:
    case PVGPU_DXBC_OP_ITOF:
    case PVGPU_DXBC_OP_LOG:
    case PVGPU_DXBC_OP_MAD:
    case PVGPU_DXBC_OP_MIN:
    case PVGPU_DXBC_OP_MAX:
    case PVGPU_DXBC_OP_MOV:
    case PVGPU_DXBC_OP_MOVC:
    case PVGPU_DXBC_OP_MUL:
    case PVGPU_DXBC_OP_RSQ:
    case PVGPU_DXBC_OP_SQRT:
    case PVGPU_DXBC_OP_SINCOS:
    case PVGPU_DXBC_OP_UTOF:
    case PVGPU_DXBC_OP_RCP:
    case PVGPU_DXBC_OP_F16TOF32:
    case PVGPU_DXBC_OP_DTOF:
        return true;
    default:
        return (opcode >= PVGPU_DXBC_OP_ROUND_NE && opcode <= PVGPU_DXBC_OP_ROUND_Z) ||
               (opcode >= PVGPU_DXBC_OP_DERIV_RTX_COARSE && opcode <= PVGPU_DXBC_OP_DERIV_RTY_FINE);
    }
}

/* What the control bits of an opcode token say, where a wrong value would be trusted. */
static enum pvgpu_dxbc_rule check_controls(const struct pvgpu_dxbc_walk *walk)
{
    if (walk->opcode == PVGPU_DXBC_OP_RESINFO && (walk->token >> 11 & 3) == 3)
        return PVGPU_DXBC_RESINFO_TYPE;
    bool plain = pvgpu_dxbc_opcode(walk->opcode)->kind == PVGPU_DXBC_PLAIN && walk->opcode != PVGPU_DXBC_OP_SYNC;
    if (plain && (walk->token >> 13 & 1) && !can_saturate(walk->opcode))
        return PVGPU_DXBC_SATURATE;
    if (walk->opcode == PVGPU_DXBC_OP_SYNC) {
        /* Bits: threads of the group, shared memory, two scopes of views. Pixel shaders have no groups. */
        uint32_t flags = walk->token >> 11 & 0x1FFF;
        if (flags == 0 || flags > 0xF || (flags & 0xC) == 0xC)
            return PVGPU_DXBC_SYNC_FLAGS;
        if (walk->stage == PVGPU_STAGE_PIXEL && (flags & 3) != 0)
            return PVGPU_DXBC_SYNC_FLAGS;
    }
    return PVGPU_DXBC_OK;
}

/* A block of any content; the immediate constant buffer is the one that is looked at. */
static enum pvgpu_dxbc_rule check_data(struct pvgpu_dxbc_walk *walk)
{
    uint32_t data_class = DATA_CLASS_OF(walk->token), dwords = walk->end - walk->at;
    walk->at = walk->end;
    if (data_class >= DATA_CLASSES)
        return PVGPU_DXBC_DATA_CLASS;
    if (data_class != DATA_ICB)
        return PVGPU_DXBC_OK;
    if (walk->in_code)
        return PVGPU_DXBC_DECLARATION_ORDER;
    if (walk->icb)
        return PVGPU_DXBC_DECLARED_TWICE;
    if (dwords == 0 || dwords % 4 != 0 || dwords / 4 > PVGPU_DXBC_MAX_CONSTANTS)
        return PVGPU_DXBC_ICB_SIZE;
    walk->icb = dwords / 4;
    return PVGPU_DXBC_OK;
}

/* Reads the opcode token and says where the instruction ends. */
static enum pvgpu_dxbc_rule begin_instruction(struct pvgpu_dxbc_walk *walk)
{
    uint32_t left = walk->count - walk->at, length;
    walk->token = token_at(walk, walk->at);
    walk->opcode = OPCODE_OF(walk->token);
    if (walk->opcode == PVGPU_DXBC_OP_CUSTOMDATA) {
        length = left > 1 ? token_at(walk, walk->at + 1) : 0;
        if (length < 2 || length > left)
            return PVGPU_DXBC_INSTRUCTION_LENGTH;
        walk->end = walk->at + length;
        walk->at += 2;
        return PVGPU_DXBC_OK;
    }
    length = LENGTH_OF(walk->token);
    if (length == 0 || length > left)
        return PVGPU_DXBC_INSTRUCTION_LENGTH;
    walk->end = walk->at + length;
    walk->at++;
    return PVGPU_DXBC_OK;
}

static enum pvgpu_dxbc_rule check_opcode(const struct pvgpu_dxbc_walk *walk)
{
    if (walk->opcode >= PVGPU_DXBC_OPCODE_LIMIT)
        return PVGPU_DXBC_OPCODE_UNKNOWN;
    const struct pvgpu_dxbc_opcode *info = pvgpu_dxbc_opcode(walk->opcode);
    if (info->kind == PVGPU_DXBC_UNKNOWN_OPCODE)
        return PVGPU_DXBC_OPCODE_UNKNOWN;
    if (info->kind == PVGPU_DXBC_INTERFACE)
        return PVGPU_DXBC_OPCODE_INTERFACE;
    if (!(info->stages >> walk->stage & 1))
        return PVGPU_DXBC_OPCODE_STAGE;
    if (info->model > walk->model)
        return PVGPU_DXBC_OPCODE_MODEL;
    /* Shader model 4 has views for unordered access in compute shaders alone. */
    bool writes = walk->opcode == PVGPU_DXBC_OP_DCL_UAV_RAW || walk->opcode == PVGPU_DXBC_OP_DCL_UAV_STRUCTURED;
    if (writes && walk->model < 50 && walk->stage != PVGPU_STAGE_COMPUTE)
        return PVGPU_DXBC_OPCODE_MODEL;
    return PVGPU_DXBC_OK;
}

/* Whether an instruction of that kind may come now. */
static enum pvgpu_dxbc_rule check_place(struct pvgpu_dxbc_walk *walk, uint32_t kind)
{
    bool is_label = walk->opcode == PVGPU_DXBC_OP_LABEL;
    if (kind == PVGPU_DXBC_PHASE)
        return PVGPU_DXBC_OK;
    if (walk->stage == PVGPU_STAGE_HULL && walk->phase == PVGPU_DXBC_PHASE_NONE)
        return PVGPU_DXBC_HS_PHASE;
    if (walk->ended && !is_label)
        return PVGPU_DXBC_AFTER_END;
    if (walk->after_switch && walk->opcode != PVGPU_DXBC_OP_CASE && walk->opcode != PVGPU_DXBC_OP_DEFAULT)
        return PVGPU_DXBC_SWITCH_START;
    walk->after_switch = false;
    if (kind == PVGPU_DXBC_DECLARE)
        return walk->in_code ? PVGPU_DXBC_DECLARATION_ORDER : PVGPU_DXBC_OK;
    if (walk->phase == PVGPU_DXBC_PHASE_DECLARATIONS)
        return PVGPU_DXBC_DECLARATION_PHASE;
    walk->in_code = true;
    return PVGPU_DXBC_OK;
}

static enum pvgpu_dxbc_rule check_code(struct pvgpu_dxbc_walk *walk, const struct pvgpu_dxbc_opcode *info)
{
    struct pvgpu_dxbc_operand last = {0};
    enum pvgpu_dxbc_rule rule = check_controls(walk);
    if (!rule)
        rule = pvgpu_dxbc_check_operands(walk, info->operands, &last);
    if (!rule && walk->at != walk->end)
        return PVGPU_DXBC_INSTRUCTION_REST;
    if (!rule && info->kind == PVGPU_DXBC_FLOW)
        rule = pvgpu_dxbc_check_flow(walk, &last);
    return rule;
}

static enum pvgpu_dxbc_rule check_instruction(struct pvgpu_dxbc_walk *walk)
{
    enum pvgpu_dxbc_rule rule = begin_instruction(walk);
    if (!rule)
        rule = check_opcode(walk);
    if (rule)
        return rule;
    if (++walk->instructions > PVGPU_DXBC_MAX_INSTRUCTIONS)
        return PVGPU_DXBC_TOO_MANY_INSTRUCTIONS;
    walk->functions[walk->function].instructions++;
    const struct pvgpu_dxbc_opcode *info = pvgpu_dxbc_opcode(walk->opcode);
    if (info->kind == PVGPU_DXBC_DATA)
        return check_data(walk);
    rule = check_extended(walk);
    if (rule)
        return rule;
    if (info->kind == PVGPU_DXBC_NOTHING) {
        walk->at = walk->end;
        return PVGPU_DXBC_OK;
    }
    rule = check_place(walk, info->kind);
    if (!rule && info->kind == PVGPU_DXBC_DECLARE)
        rule = pvgpu_dxbc_declare(walk);
    else if (!rule && info->kind == PVGPU_DXBC_PHASE)
        rule = pvgpu_dxbc_begin_phase(walk);
    else if (!rule)
        rule = check_code(walk, info);
    if (!rule && walk->at != walk->end)
        rule = PVGPU_DXBC_INSTRUCTION_REST;
    return rule;
}

static void fill_needs(const struct pvgpu_dxbc_walk *walk, struct pvgpu_dxbc_needs *needs)
{
    *needs = (struct pvgpu_dxbc_needs){
        .primitive = walk->gs_primitive,
        .control_points_in = walk->control_points_in,
        .control_points_out = walk->control_points_out,
        .domain = walk->domain,
        .tess_output = walk->tess_output,
    };
    if (walk->stage == PVGPU_STAGE_DOMAIN)
        needs->control_points_in = walk->state.vertices[PVGPU_DXBC_FILE_CONTROL_POINT_IN];
}

enum pvgpu_dxbc_rule pvgpu_dxbc_check_program(const uint8_t *code, uint32_t dwords, const struct pvgpu_dxbc *container,
                                              struct pvgpu_dxbc_needs *needs)
{
    struct pvgpu_dxbc_walk walk;
    memset(&walk, 0, sizeof(walk));
    walk.code = code;
    walk.count = dwords;
    walk.at = 2;
    walk.stage = container->stage;
    walk.model = container->major * 10 + container->minor;
    walk.container = container;
    while (walk.at < walk.count) {
        enum pvgpu_dxbc_rule rule = check_instruction(&walk);
        if (rule)
            return rule;
    }
    enum pvgpu_dxbc_rule rule = pvgpu_dxbc_check_end(&walk);
    if (!rule)
        rule = pvgpu_dxbc_check_calls(&walk);
    if (!rule)
        rule = pvgpu_dxbc_check_declared(&walk);
    if (!rule)
        fill_needs(&walk, needs);
    return rule;
}
