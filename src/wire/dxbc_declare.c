/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Declarations of temporaries, of what is bound by slots, and of compute shaders. */
#include "wire/dxbc_walk.h"

#define SAMPLER_MODES 3u
#define RETURN_TYPES 6u /* 7, 8: doubles, which have no texels */
#define GLOBAL_FLAGS_MASK 0xFFu
#define GLOBAL_FLAG_EARLY_DEPTH 0x4u

/* Thread groups: D3D11_CS_THREAD_GROUP_MAX_... and D3D11_CS_4_X_THREAD_GROUP_MAX_... */
struct group_limits {
    uint32_t x, y, z, threads, shared_bytes, uavs;
};

static struct group_limits limits_of(const struct pvgpu_dxbc_walk *walk)
{
    if (walk->model < 50)
        return (struct group_limits){768, 768, 1, 768, 16384, 1};
    return (struct group_limits){1024, 1024, 64, 1024, 32768, PVGPU_DXBC_MAX_UAVS};
}

bool pvgpu_dxbc_was_declared(const struct pvgpu_dxbc_walk *walk, uint32_t opcode)
{
    return walk->declared[opcode / 32] >> (opcode % 32) & 1;
}

enum pvgpu_dxbc_rule pvgpu_dxbc_read_declared(struct pvgpu_dxbc_walk *walk, uint32_t type,
                                              struct pvgpu_dxbc_operand *operand)
{
    enum pvgpu_dxbc_rule rule = pvgpu_dxbc_read_operand(walk, operand);
    if (rule)
        return rule;
    if (operand->type != type)
        return PVGPU_DXBC_OPERAND_TYPE;
    if (operand->modifier)
        return PVGPU_DXBC_OPERAND_MODIFIER;
    return operand->relative[0] || operand->relative[1] ? PVGPU_DXBC_OPERAND_INDEX : PVGPU_DXBC_OK;
}

static enum pvgpu_dxbc_rule declare_constant_buffer(struct pvgpu_dxbc_walk *walk)
{
    struct pvgpu_dxbc_operand operand;
    enum pvgpu_dxbc_rule rule = pvgpu_dxbc_read_declared(walk, PVGPU_DXBC_CONSTANT_BUFFER, &operand);
    if (rule)
        return rule;
    uint32_t slot = operand.index[0], size = operand.index[1];
    if (slot >= PVGPU_DXBC_MAX_BUFFERS)
        return PVGPU_DXBC_CONSTANT_BUFFER_SLOT;
    if (size > PVGPU_DXBC_MAX_CONSTANTS)
        return PVGPU_DXBC_CONSTANT_BUFFER_SIZE;
    if (walk->constant_buffers[slot])
        return PVGPU_DXBC_DECLARED_TWICE;
    walk->constant_buffers[slot] = (uint16_t)(size + 1);
    return PVGPU_DXBC_OK;
}

static enum pvgpu_dxbc_rule declare_sampler(struct pvgpu_dxbc_walk *walk)
{
    struct pvgpu_dxbc_operand operand;
    enum pvgpu_dxbc_rule rule = pvgpu_dxbc_read_declared(walk, PVGPU_DXBC_SAMPLER, &operand);
    if (rule)
        return rule;
    if (operand.index[0] >= PVGPU_DXBC_MAX_SAMPLERS)
        return PVGPU_DXBC_SAMPLER_SLOT;
    if ((walk->token >> 11 & 0xF) >= SAMPLER_MODES)
        return PVGPU_DXBC_SAMPLER_MODE;
    if (walk->samplers >> operand.index[0] & 1)
        return PVGPU_DXBC_DECLARED_TWICE;
    walk->samplers |= 1u << operand.index[0];
    return PVGPU_DXBC_OK;
}

/* Where the kind of a slot is noted; NULL and *rule: it cannot be declared. */
static uint8_t *find_slot(struct pvgpu_dxbc_walk *walk, uint32_t type, uint32_t slot, enum pvgpu_dxbc_rule *rule)
{
    uint8_t *at = NULL;
    if (type == PVGPU_DXBC_RESOURCE)
        at = slot < PVGPU_DXBC_MAX_RESOURCES ? &walk->resources[slot] : NULL;
    else if (type == PVGPU_DXBC_UAV)
        at = slot < limits_of(walk).uavs ? &walk->uavs[slot] : NULL;
    else
        at = slot < PVGPU_DXBC_MAX_SHARED ? &walk->shared[slot] : NULL;
    if (!at)
        *rule = type == PVGPU_DXBC_RESOURCE ? PVGPU_DXBC_RESOURCE_SLOT
                : type == PVGPU_DXBC_UAV    ? PVGPU_DXBC_UAV_SLOT
                                            : PVGPU_DXBC_SHARED_REGISTER;
    else if (*at)
        *rule = PVGPU_DXBC_DECLARED_TWICE;
    return *rule ? NULL : at;
}

/* Views of unordered access have neither samples nor faces. */
static bool suits_uav(uint32_t dimension)
{
    return dimension != PVGPU_DXBC_TEXTURE2DMS && dimension != PVGPU_DXBC_TEXTURE2DMSARRAY &&
           dimension != PVGPU_DXBC_TEXTURECUBE && dimension != PVGPU_DXBC_TEXTURECUBEARRAY;
}

static enum pvgpu_dxbc_rule declare_typed(struct pvgpu_dxbc_walk *walk, uint32_t type)
{
    struct pvgpu_dxbc_operand operand;
    uint32_t types, dimension = walk->token >> 11 & 0x1F;
    enum pvgpu_dxbc_rule rule = pvgpu_dxbc_read_declared(walk, type, &operand);
    if (rule)
        return rule;
    uint8_t *slot = find_slot(walk, type, operand.index[0], &rule);
    if (rule)
        return rule;
    if (dimension == 0 || dimension > PVGPU_DXBC_TEXTURECUBEARRAY)
        return PVGPU_DXBC_RESOURCE_DIMENSION;
    if (type == PVGPU_DXBC_UAV && !suits_uav(dimension))
        return PVGPU_DXBC_UAV_DIMENSION;
    if (dimension == PVGPU_DXBC_TEXTURECUBEARRAY && walk->model < 41)
        return PVGPU_DXBC_OPCODE_MODEL;
    if (!pvgpu_dxbc_take(walk, &types))
        return PVGPU_DXBC_INSTRUCTION_OVERRUN;
    for (uint32_t i = 0; i < 4; i++) {
        uint32_t one = types >> (4 * i) & 0xF;
        if (one == 0 || one > RETURN_TYPES)
            return PVGPU_DXBC_RESOURCE_TYPE;
    }
    *slot = (uint8_t)dimension;
    return PVGPU_DXBC_OK;
}

static enum pvgpu_dxbc_rule declare_raw(struct pvgpu_dxbc_walk *walk, uint32_t type)
{
    struct pvgpu_dxbc_operand operand;
    enum pvgpu_dxbc_rule rule = pvgpu_dxbc_read_declared(walk, type, &operand);
    if (rule)
        return rule;
    uint8_t *slot = find_slot(walk, type, operand.index[0], &rule);
    if (!rule)
        *slot = PVGPU_DXBC_RAW_BUFFER;
    return rule;
}

static enum pvgpu_dxbc_rule declare_structured(struct pvgpu_dxbc_walk *walk, uint32_t type)
{
    struct pvgpu_dxbc_operand operand;
    uint32_t stride;
    enum pvgpu_dxbc_rule rule = pvgpu_dxbc_read_declared(walk, type, &operand);
    if (rule)
        return rule;
    uint8_t *slot = find_slot(walk, type, operand.index[0], &rule);
    if (rule)
        return rule;
    if (!pvgpu_dxbc_take(walk, &stride))
        return PVGPU_DXBC_INSTRUCTION_OVERRUN;
    if (stride == 0 || stride % 4 != 0 || stride > PVGPU_DXBC_MAX_STRIDE)
        return PVGPU_DXBC_STRUCTURE_STRIDE;
    *slot = PVGPU_DXBC_STRUCTURED_BUFFER;
    return PVGPU_DXBC_OK;
}

static enum pvgpu_dxbc_rule declare_shared(struct pvgpu_dxbc_walk *walk, bool structured)
{
    struct pvgpu_dxbc_operand operand;
    uint32_t stride, count = 1;
    enum pvgpu_dxbc_rule rule = pvgpu_dxbc_read_declared(walk, PVGPU_DXBC_SHARED, &operand);
    if (rule)
        return rule;
    uint8_t *slot = find_slot(walk, PVGPU_DXBC_SHARED, operand.index[0], &rule);
    if (rule)
        return rule;
    if (!pvgpu_dxbc_take(walk, &stride) || (structured && !pvgpu_dxbc_take(walk, &count)))
        return PVGPU_DXBC_INSTRUCTION_OVERRUN;
    uint64_t bytes = (uint64_t)stride * count;
    if (bytes == 0 || stride % 4 != 0 || bytes > limits_of(walk).shared_bytes - walk->shared_bytes)
        return PVGPU_DXBC_SHARED_SIZE;
    walk->shared_bytes += (uint32_t)bytes;
    *slot = structured ? PVGPU_DXBC_STRUCTURED_BUFFER : PVGPU_DXBC_RAW_BUFFER;
    return PVGPU_DXBC_OK;
}

static enum pvgpu_dxbc_rule declare_thread_group(struct pvgpu_dxbc_walk *walk)
{
    uint32_t x, y, z;
    struct group_limits limits = limits_of(walk);
    if (!pvgpu_dxbc_take(walk, &x) || !pvgpu_dxbc_take(walk, &y) || !pvgpu_dxbc_take(walk, &z))
        return PVGPU_DXBC_INSTRUCTION_OVERRUN;
    if (x == 0 || y == 0 || z == 0 || x > limits.x || y > limits.y || z > limits.z || x * y * z > limits.threads)
        return PVGPU_DXBC_THREAD_GROUP;
    return PVGPU_DXBC_OK;
}

static enum pvgpu_dxbc_rule declare_temps(struct pvgpu_dxbc_walk *walk)
{
    struct pvgpu_dxbc_phase_state *state = &walk->state;
    uint32_t count;
    if (!pvgpu_dxbc_take(walk, &count))
        return PVGPU_DXBC_INSTRUCTION_OVERRUN;
    if (state->temps_declared)
        return PVGPU_DXBC_DECLARED_TWICE;
    if (count > PVGPU_DXBC_MAX_TEMPS - state->all_temps)
        return PVGPU_DXBC_TEMP_COUNT;
    state->temps_declared = true;
    state->temps = count;
    state->all_temps += count;
    return PVGPU_DXBC_OK;
}

static enum pvgpu_dxbc_rule declare_indexable(struct pvgpu_dxbc_walk *walk)
{
    struct pvgpu_dxbc_phase_state *state = &walk->state;
    uint32_t number, length, components;
    if (!pvgpu_dxbc_take(walk, &number) || !pvgpu_dxbc_take(walk, &length) || !pvgpu_dxbc_take(walk, &components))
        return PVGPU_DXBC_INSTRUCTION_OVERRUN;
    if (number >= PVGPU_DXBC_MAX_TEMPS || length == 0 || length > PVGPU_DXBC_MAX_TEMPS || components == 0 ||
        components > 4)
        return PVGPU_DXBC_INDEXABLE_SIZE;
    if (state->indexable[number])
        return PVGPU_DXBC_DECLARED_TWICE;
    if (length > PVGPU_DXBC_MAX_TEMPS - state->all_temps)
        return PVGPU_DXBC_TEMP_COUNT;
    state->indexable[number] = (uint16_t)length;
    state->all_temps += length;
    return PVGPU_DXBC_OK;
}

static enum pvgpu_dxbc_rule declare_flags(const struct pvgpu_dxbc_walk *walk)
{
    uint32_t flags = walk->token >> 11 & 0x1FFF;
    if (flags & ~GLOBAL_FLAGS_MASK || (flags & GLOBAL_FLAG_EARLY_DEPTH && walk->stage != PVGPU_STAGE_PIXEL))
        return PVGPU_DXBC_GLOBAL_FLAGS;
    return PVGPU_DXBC_OK;
}

/* Those of which a program has one. */
static bool is_single(uint32_t opcode)
{
    switch (opcode) {
    case PVGPU_DXBC_OP_DCL_GLOBAL_FLAGS:
    case PVGPU_DXBC_OP_DCL_THREAD_GROUP:
    case PVGPU_DXBC_OP_DCL_GS_INPUT:
    case PVGPU_DXBC_OP_DCL_MAX_OUT:
    case PVGPU_DXBC_OP_DCL_GS_INSTANCES:
    case PVGPU_DXBC_OP_DCL_INPUT_CONTROL_POINTS:
    case PVGPU_DXBC_OP_DCL_OUTPUT_CONTROL_POINTS:
    case PVGPU_DXBC_OP_DCL_TESS_DOMAIN:
    case PVGPU_DXBC_OP_DCL_TESS_PARTITIONING:
    case PVGPU_DXBC_OP_DCL_TESS_OUTPUT:
    case PVGPU_DXBC_OP_DCL_HS_MAX_TESSFACTOR:
        return true;
    default:
        return false;
    }
}

enum pvgpu_dxbc_rule pvgpu_dxbc_declare(struct pvgpu_dxbc_walk *walk)
{
    uint32_t opcode = walk->opcode;
    if (is_single(opcode)) {
        if (walk->stage == PVGPU_STAGE_HULL && walk->phase != PVGPU_DXBC_PHASE_DECLARATIONS)
            return PVGPU_DXBC_DECLARATION_PHASE;
        if (pvgpu_dxbc_was_declared(walk, opcode))
            return PVGPU_DXBC_DECLARED_TWICE;
        walk->declared[opcode / 32] |= 1u << (opcode % 32);
    }
    switch (opcode) {
    case PVGPU_DXBC_OP_DCL_TEMPS:
        return declare_temps(walk);
    case PVGPU_DXBC_OP_DCL_INDEXABLE_TEMP:
        return declare_indexable(walk);
    case PVGPU_DXBC_OP_DCL_GLOBAL_FLAGS:
        return declare_flags(walk);
    case PVGPU_DXBC_OP_DCL_CONSTANT_BUFFER:
        return declare_constant_buffer(walk);
    case PVGPU_DXBC_OP_DCL_SAMPLER:
        return declare_sampler(walk);
    case PVGPU_DXBC_OP_DCL_RESOURCE:
        return declare_typed(walk, PVGPU_DXBC_RESOURCE);
    case PVGPU_DXBC_OP_DCL_UAV_TYPED:
        return declare_typed(walk, PVGPU_DXBC_UAV);
    case PVGPU_DXBC_OP_DCL_RESOURCE_RAW:
        return declare_raw(walk, PVGPU_DXBC_RESOURCE);
    case PVGPU_DXBC_OP_DCL_UAV_RAW:
        return declare_raw(walk, PVGPU_DXBC_UAV);
    case PVGPU_DXBC_OP_DCL_RESOURCE_STRUCTURED:
        return declare_structured(walk, PVGPU_DXBC_RESOURCE);
    case PVGPU_DXBC_OP_DCL_UAV_STRUCTURED:
        return declare_structured(walk, PVGPU_DXBC_UAV);
    case PVGPU_DXBC_OP_DCL_SHARED_RAW:
        return declare_shared(walk, false);
    case PVGPU_DXBC_OP_DCL_SHARED_STRUCTURED:
        return declare_shared(walk, true);
    case PVGPU_DXBC_OP_DCL_THREAD_GROUP:
        return declare_thread_group(walk);
    case PVGPU_DXBC_OP_DCL_INDEX_RANGE:
        return pvgpu_dxbc_declare_range(walk);
    default:
        if (opcode >= PVGPU_DXBC_OP_DCL_INPUT && opcode <= PVGPU_DXBC_OP_DCL_OUTPUT_SIV)
            return pvgpu_dxbc_declare_register(walk);
        return pvgpu_dxbc_declare_stage(walk);
    }
}
