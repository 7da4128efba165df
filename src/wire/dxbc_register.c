/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What registers there are in each stage, and whether an operand names one that was declared. */
#include "wire/dxbc_walk.h"

bool pvgpu_dxbc_type_exists(const struct pvgpu_dxbc_walk *walk, uint32_t type)
{
    enum pvgpu_stage stage = walk->stage;
    bool hull = stage == PVGPU_STAGE_HULL, domain = stage == PVGPU_STAGE_DOMAIN;
    switch (type) {
    case PVGPU_DXBC_INPUT:
        return stage != PVGPU_STAGE_COMPUTE && !domain && (!hull || walk->phase == PVGPU_DXBC_PHASE_CONTROL_POINT);
    case PVGPU_DXBC_OUTPUT:
        return stage != PVGPU_STAGE_COMPUTE;
    case PVGPU_DXBC_PRIMITIVE_ID:
        return hull || domain || stage == PVGPU_STAGE_GEOMETRY;
    case PVGPU_DXBC_CONTROL_POINT_ID:
        return walk->phase == PVGPU_DXBC_PHASE_CONTROL_POINT;
    case PVGPU_DXBC_FORK_ID:
        return walk->phase == PVGPU_DXBC_PHASE_FORK;
    case PVGPU_DXBC_JOIN_ID:
        return walk->phase == PVGPU_DXBC_PHASE_JOIN;
    case PVGPU_DXBC_CONTROL_POINT_IN:
        return hull || domain;
    case PVGPU_DXBC_CONTROL_POINT_OUT:
        return pvgpu_dxbc_in_patch_phase(walk);
    case PVGPU_DXBC_PATCH_CONSTANT:
        return domain || pvgpu_dxbc_in_patch_phase(walk);
    case PVGPU_DXBC_DOMAIN_POINT:
        return domain;
    case PVGPU_DXBC_DEPTH:
    case PVGPU_DXBC_DEPTH_GE:
    case PVGPU_DXBC_DEPTH_LE:
    case PVGPU_DXBC_COVERAGE_OUT:
    case PVGPU_DXBC_COVERAGE_IN:
    case PVGPU_DXBC_RASTERIZER:
        return stage == PVGPU_STAGE_PIXEL;
    case PVGPU_DXBC_STREAM:
    case PVGPU_DXBC_GS_INSTANCE_ID:
        return stage == PVGPU_STAGE_GEOMETRY;
    case PVGPU_DXBC_UAV:
        return stage == PVGPU_STAGE_PIXEL || stage == PVGPU_STAGE_COMPUTE;
    case PVGPU_DXBC_SHARED:
    case PVGPU_DXBC_THREAD_ID:
    case PVGPU_DXBC_GROUP_ID:
    case PVGPU_DXBC_THREAD_IN_GROUP:
    case PVGPU_DXBC_THREAD_INDEX:
        return stage == PVGPU_STAGE_COMPUTE;
    default:
        /* Interfaces are refused by their opcodes; what uses their registers is of no stage. */
        return type <= PVGPU_DXBC_STREAM;
    }
}

enum pvgpu_dxbc_file pvgpu_dxbc_file_of(uint32_t type)
{
    switch (type) {
    case PVGPU_DXBC_INPUT:
        return PVGPU_DXBC_FILE_INPUT;
    case PVGPU_DXBC_OUTPUT:
        return PVGPU_DXBC_FILE_OUTPUT;
    case PVGPU_DXBC_CONTROL_POINT_IN:
        return PVGPU_DXBC_FILE_CONTROL_POINT_IN;
    case PVGPU_DXBC_CONTROL_POINT_OUT:
        return PVGPU_DXBC_FILE_CONTROL_POINT_OUT;
    case PVGPU_DXBC_PATCH_CONSTANT:
        return PVGPU_DXBC_FILE_PATCH_CONSTANT;
    default:
        return PVGPU_DXBC_FILE_COUNT;
    }
}

bool pvgpu_dxbc_has_vertices(const struct pvgpu_dxbc_walk *walk, uint32_t type)
{
    if (type == PVGPU_DXBC_INPUT)
        return walk->stage == PVGPU_STAGE_GEOMETRY || walk->stage == PVGPU_STAGE_HULL;
    return type == PVGPU_DXBC_CONTROL_POINT_IN || type == PVGPU_DXBC_CONTROL_POINT_OUT;
}

uint32_t pvgpu_dxbc_dimensions(const struct pvgpu_dxbc_walk *walk, uint32_t type, uint32_t *fixed)
{
    *fixed = 1;
    switch (type) {
    case PVGPU_DXBC_TEMP:
    case PVGPU_DXBC_SAMPLER:
    case PVGPU_DXBC_RESOURCE:
    case PVGPU_DXBC_LABEL:
    case PVGPU_DXBC_STREAM:
    case PVGPU_DXBC_UAV:
    case PVGPU_DXBC_SHARED:
        return 1;
    case PVGPU_DXBC_INDEXABLE:
    case PVGPU_DXBC_CONSTANT_BUFFER:
        return 2;
    case PVGPU_DXBC_ICB:
        *fixed = 0;
        return 1;
    default:
        *fixed = 0;
        if (pvgpu_dxbc_file_of(type) == PVGPU_DXBC_FILE_COUNT)
            return 0;
        return pvgpu_dxbc_has_vertices(walk, type) ? 2 : 1;
    }
}

/* v#, o#, vicp#, vocp#, vpc#. */
static enum pvgpu_dxbc_rule check_io(const struct pvgpu_dxbc_walk *walk, const struct pvgpu_dxbc_operand *operand,
                                     uint32_t written)
{
    const struct pvgpu_dxbc_phase_state *state = &walk->state;
    enum pvgpu_dxbc_file file = pvgpu_dxbc_file_of(operand->type);
    uint32_t last = operand->dimensions - 1, number = operand->index[last];
    if (number >= PVGPU_DXBC_MAX_REGISTERS)
        return PVGPU_DXBC_REGISTER_RANGE;
    if (last == 1 && operand->index[0] >= (state->vertices[file] ? state->vertices[file] : 1u))
        return PVGPU_DXBC_REGISTER_VERTEX;
    if (state->masks[file][number] == 0)
        return PVGPU_DXBC_REGISTER_RANGE;
    if (operand->relative[last] && state->ranges[file][number] == 0)
        return PVGPU_DXBC_REGISTER_RELATIVE;
    uint32_t used = written;
    if (!written && operand->components == 4 && operand->mode == PVGPU_DXBC_SELECT)
        used = 1u << operand->selection;
    return used & ~(uint32_t)state->masks[file][number] ? PVGPU_DXBC_REGISTER_COMPONENT : PVGPU_DXBC_OK;
}

static enum pvgpu_dxbc_rule check_constant(const struct pvgpu_dxbc_walk *walk, const struct pvgpu_dxbc_operand *operand)
{
    uint32_t slot = operand->index[0];
    if (slot >= PVGPU_DXBC_MAX_BUFFERS || walk->constant_buffers[slot] == 0)
        return PVGPU_DXBC_CONSTANT_BUFFER_RANGE;
    /* A size of 0 says that it is not known: all that a buffer can have may be named. */
    uint32_t size = walk->constant_buffers[slot] - 1u;
    return operand->index[1] < (size ? size : PVGPU_DXBC_MAX_CONSTANTS) ? PVGPU_DXBC_OK : PVGPU_DXBC_CONSTANT_RANGE;
}

enum pvgpu_dxbc_rule pvgpu_dxbc_check_register(const struct pvgpu_dxbc_walk *walk,
                                               const struct pvgpu_dxbc_operand *operand, uint32_t written)
{
    uint32_t number = operand->index[0];
    switch (operand->type) {
    case PVGPU_DXBC_TEMP:
        return number < walk->state.temps ? PVGPU_DXBC_OK : PVGPU_DXBC_TEMP_RANGE;
    case PVGPU_DXBC_INDEXABLE:
        if (number >= PVGPU_DXBC_MAX_TEMPS || operand->index[1] >= walk->state.indexable[number])
            return PVGPU_DXBC_INDEXABLE_RANGE;
        return PVGPU_DXBC_OK;
    case PVGPU_DXBC_CONSTANT_BUFFER:
        return check_constant(walk, operand);
    case PVGPU_DXBC_ICB:
        return number < walk->icb ? PVGPU_DXBC_OK : PVGPU_DXBC_ICB_RANGE;
    case PVGPU_DXBC_SAMPLER:
        return number < PVGPU_DXBC_MAX_SAMPLERS && (walk->samplers >> number & 1) ? PVGPU_DXBC_OK
                                                                                  : PVGPU_DXBC_SAMPLER_RANGE;
    case PVGPU_DXBC_RESOURCE:
        return number < PVGPU_DXBC_MAX_RESOURCES && walk->resources[number] ? PVGPU_DXBC_OK : PVGPU_DXBC_RESOURCE_RANGE;
    case PVGPU_DXBC_UAV:
        return number < PVGPU_DXBC_MAX_UAVS && walk->uavs[number] ? PVGPU_DXBC_OK : PVGPU_DXBC_UAV_RANGE;
    case PVGPU_DXBC_SHARED:
        return number < PVGPU_DXBC_MAX_SHARED && walk->shared[number] ? PVGPU_DXBC_OK : PVGPU_DXBC_SHARED_RANGE;
    case PVGPU_DXBC_LABEL:
        return number < PVGPU_DXBC_MAX_LABELS ? PVGPU_DXBC_OK : PVGPU_DXBC_LABEL_NUMBER;
    case PVGPU_DXBC_STREAM:
        return number < PVGPU_DXBC_MAX_STREAMS && (walk->streams >> number & 1) ? PVGPU_DXBC_OK
                                                                                : PVGPU_DXBC_STREAM_RANGE;
    case PVGPU_DXBC_INPUT:
    case PVGPU_DXBC_OUTPUT:
    case PVGPU_DXBC_CONTROL_POINT_IN:
    case PVGPU_DXBC_CONTROL_POINT_OUT:
    case PVGPU_DXBC_PATCH_CONSTANT:
        return check_io(walk, operand, written);
    case PVGPU_DXBC_NULL:
    case PVGPU_DXBC_RASTERIZER:
        return PVGPU_DXBC_OK;
    default:
        return walk->state.specials >> operand->type & 1 ? PVGPU_DXBC_OK : PVGPU_DXBC_SPECIAL_UNDECLARED;
    }
}
