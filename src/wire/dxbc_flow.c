/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Control flow: blocks close as they opened, switches have different cases, calls end. */
#include "wire/dxbc_walk.h"

static enum pvgpu_dxbc_rule open_block(struct pvgpu_dxbc_walk *walk)
{
    if (walk->depth == PVGPU_DXBC_MAX_DEPTH)
        return PVGPU_DXBC_FLOW_DEPTH;
    walk->flow[walk->depth++] =
        (struct pvgpu_dxbc_flow){.kind = (uint8_t)walk->opcode, .first_case = (uint16_t)walk->case_count};
    walk->loops += walk->opcode == PVGPU_DXBC_OP_LOOP;
    walk->switches += walk->opcode == PVGPU_DXBC_OP_SWITCH;
    walk->after_switch = walk->opcode == PVGPU_DXBC_OP_SWITCH;
    return PVGPU_DXBC_OK;
}

static enum pvgpu_dxbc_rule close_block(struct pvgpu_dxbc_walk *walk, uint32_t kind, uint32_t other)
{
    if (walk->depth == 0)
        return PVGPU_DXBC_FLOW_UNBALANCED;
    const struct pvgpu_dxbc_flow *flow = &walk->flow[walk->depth - 1];
    if (flow->kind != kind && flow->kind != other)
        return PVGPU_DXBC_FLOW_UNBALANCED;
    walk->case_count = flow->first_case;
    walk->loops -= flow->kind == PVGPU_DXBC_OP_LOOP;
    walk->switches -= flow->kind == PVGPU_DXBC_OP_SWITCH;
    walk->depth--;
    return PVGPU_DXBC_OK;
}

static enum pvgpu_dxbc_rule begin_else(struct pvgpu_dxbc_walk *walk)
{
    if (walk->depth == 0 || walk->flow[walk->depth - 1].kind != PVGPU_DXBC_OP_IF)
        return PVGPU_DXBC_FLOW_UNBALANCED;
    walk->flow[walk->depth - 1].kind = PVGPU_DXBC_OP_ELSE;
    return PVGPU_DXBC_OK;
}

static enum pvgpu_dxbc_rule add_case(struct pvgpu_dxbc_walk *walk, const struct pvgpu_dxbc_operand *value)
{
    if (walk->depth == 0 || walk->flow[walk->depth - 1].kind != PVGPU_DXBC_OP_SWITCH)
        return PVGPU_DXBC_SWITCH_CASE;
    struct pvgpu_dxbc_flow *flow = &walk->flow[walk->depth - 1];
    if (walk->opcode == PVGPU_DXBC_OP_DEFAULT) {
        if (flow->has_default)
            return PVGPU_DXBC_SWITCH_TWICE;
        flow->has_default = true;
        return PVGPU_DXBC_OK;
    }
    for (uint32_t i = flow->first_case; i < walk->case_count; i++) {
        if (walk->cases[i] == value->immediate)
            return PVGPU_DXBC_SWITCH_TWICE;
    }
    if (walk->case_count == PVGPU_DXBC_MAX_CASES)
        return PVGPU_DXBC_SWITCH_CASES;
    walk->cases[walk->case_count++] = value->immediate;
    return PVGPU_DXBC_OK;
}

static enum pvgpu_dxbc_rule add_call(struct pvgpu_dxbc_walk *walk, uint32_t label)
{
    uint16_t *calls = &walk->functions[walk->function].calls[label];
    if (walk->stage == PVGPU_STAGE_HULL)
        return PVGPU_DXBC_LABEL_HULL;
    if (*calls < UINT16_MAX)
        ++*calls;
    walk->functions[label + 1].called = true;
    return PVGPU_DXBC_OK;
}

static enum pvgpu_dxbc_rule begin_function(struct pvgpu_dxbc_walk *walk, uint32_t label)
{
    if (walk->stage == PVGPU_STAGE_HULL)
        return PVGPU_DXBC_LABEL_HULL;
    if (!walk->ended)
        return walk->depth ? PVGPU_DXBC_FLOW_UNBALANCED : PVGPU_DXBC_NO_END;
    if (walk->functions[label + 1].defined)
        return PVGPU_DXBC_LABEL_TWICE;
    walk->functions[label + 1].defined = true;
    walk->function = label + 1;
    walk->ended = false;
    return PVGPU_DXBC_OK;
}

enum pvgpu_dxbc_rule pvgpu_dxbc_check_flow(struct pvgpu_dxbc_walk *walk, const struct pvgpu_dxbc_operand *operand)
{
    switch (walk->opcode) {
    case PVGPU_DXBC_OP_IF:
    case PVGPU_DXBC_OP_LOOP:
    case PVGPU_DXBC_OP_SWITCH:
        return open_block(walk);
    case PVGPU_DXBC_OP_ELSE:
        return begin_else(walk);
    case PVGPU_DXBC_OP_ENDIF:
        return close_block(walk, PVGPU_DXBC_OP_IF, PVGPU_DXBC_OP_ELSE);
    case PVGPU_DXBC_OP_ENDLOOP:
        return close_block(walk, PVGPU_DXBC_OP_LOOP, PVGPU_DXBC_OP_LOOP);
    case PVGPU_DXBC_OP_ENDSWITCH:
        return close_block(walk, PVGPU_DXBC_OP_SWITCH, PVGPU_DXBC_OP_SWITCH);
    case PVGPU_DXBC_OP_CASE:
    case PVGPU_DXBC_OP_DEFAULT:
        return add_case(walk, operand);
    case PVGPU_DXBC_OP_BREAK:
    case PVGPU_DXBC_OP_BREAKC:
        return walk->loops || walk->switches ? PVGPU_DXBC_OK : PVGPU_DXBC_FLOW_BREAK;
    case PVGPU_DXBC_OP_CONTINUE:
    case PVGPU_DXBC_OP_CONTINUEC:
        return walk->loops ? PVGPU_DXBC_OK : PVGPU_DXBC_FLOW_CONTINUE;
    case PVGPU_DXBC_OP_CALL:
    case PVGPU_DXBC_OP_CALLC:
        return add_call(walk, operand->index[0]);
    case PVGPU_DXBC_OP_LABEL:
        return begin_function(walk, operand->index[0]);
    case PVGPU_DXBC_OP_RET:
        walk->ended = walk->depth == 0;
        return PVGPU_DXBC_OK;
    default: /* a conditional ret */
        return PVGPU_DXBC_OK;
    }
}

enum pvgpu_dxbc_rule pvgpu_dxbc_check_end(const struct pvgpu_dxbc_walk *walk)
{
    if (walk->depth)
        return PVGPU_DXBC_FLOW_UNBALANCED;
    return walk->ended || walk->phase == PVGPU_DXBC_PHASE_DECLARATIONS ? PVGPU_DXBC_OK : PVGPU_DXBC_NO_END;
}

/* One round of relaxation: the depth of each function is that of its deepest callee and one more. */
static bool deepen(struct pvgpu_dxbc_walk *walk)
{
    bool changed = false;
    for (uint32_t f = 0; f <= PVGPU_DXBC_MAX_LABELS; f++) {
        struct pvgpu_dxbc_function *function = &walk->functions[f];
        for (uint32_t label = 0; label < PVGPU_DXBC_MAX_LABELS; label++) {
            uint32_t below = walk->functions[label + 1].depth + 1u;
            if (function->calls[label] && function->depth < below) {
                function->depth = (uint8_t)below;
                changed = true;
            }
        }
    }
    return changed;
}

/* What each function is when all its calls are put in its place, callees first. */
static enum pvgpu_dxbc_rule expand(const struct pvgpu_dxbc_walk *walk)
{
    uint64_t sizes[PVGPU_DXBC_MAX_LABELS + 1] = {0};
    for (uint32_t depth = 0; depth <= PVGPU_DXBC_MAX_CALLS; depth++) {
        for (uint32_t f = 0; f <= PVGPU_DXBC_MAX_LABELS; f++) {
            const struct pvgpu_dxbc_function *function = &walk->functions[f];
            if (function->depth != depth)
                continue;
            sizes[f] = function->instructions;
            for (uint32_t label = 0; label < PVGPU_DXBC_MAX_LABELS; label++)
                sizes[f] += function->calls[label] * sizes[label + 1];
            if (sizes[f] > PVGPU_DXBC_MAX_INSTRUCTIONS)
                return PVGPU_DXBC_CALL_SIZE;
        }
    }
    return PVGPU_DXBC_OK;
}

enum pvgpu_dxbc_rule pvgpu_dxbc_check_calls(struct pvgpu_dxbc_walk *walk)
{
    bool any = false;
    for (uint32_t f = 1; f <= PVGPU_DXBC_MAX_LABELS; f++) {
        if (walk->functions[f].called && !walk->functions[f].defined)
            return PVGPU_DXBC_LABEL_UNDEFINED;
        any |= walk->functions[f].called;
    }
    if (!any)
        return PVGPU_DXBC_OK;
    for (uint32_t round = 0; round <= PVGPU_DXBC_MAX_CALLS; round++) {
        if (!deepen(walk))
            return expand(walk);
        for (uint32_t f = 0; f <= PVGPU_DXBC_MAX_LABELS; f++) {
            if (walk->functions[f].depth > PVGPU_DXBC_MAX_CALLS)
                return PVGPU_DXBC_CALL_DEPTH;
        }
    }
    return PVGPU_DXBC_CALL_DEPTH;
}
