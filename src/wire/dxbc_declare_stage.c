/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Declarations of geometry, hull and domain shaders, the phases of hull shaders, and what each stage cannot lack. */
#include "wire/dxbc_walk.h"

#include <string.h>

#define MAX_CONTROL_POINTS 32u
#define MAX_GS_VERTICES 1024u /* D3D11_GS_MAX_OUTPUT_VERTEX_COUNT_ACROSS_INSTANCES */
#define MAX_GS_SCALARS 1024u /* of one invocation */
#define MAX_GS_INSTANCES 32u /* D3D11_GS_MAX_INSTANCE_COUNT */
#define FIRST_PATCH 8u /* D3D11_SB_PRIMITIVE_1_CONTROL_POINT_PATCH */
#define LAST_PATCH 39u

#define TOPOLOGY_POINTS 1u
#define TOPOLOGY_LINES 3u
#define TOPOLOGY_TRIANGLES 5u

#define DOMAIN_LINE 1u
#define DOMAIN_TRIANGLE 2u
#define DOMAIN_QUAD 3u
#define OUTPUT_POINT 1u
#define OUTPUT_LINE 2u
#define OUTPUT_COUNTERCLOCKWISE 4u

/* Vertices of a geometry shader's input primitive; 0: unknown. */
static uint32_t vertices_of(const struct pvgpu_dxbc_walk *walk, uint32_t primitive)
{
    static const uint8_t vertices[] = {0, 1, 2, 3, 0, 0, 4, 6};
    if (primitive < FIRST_PATCH)
        return vertices[primitive];
    return primitive <= LAST_PATCH && walk->model >= 50 ? primitive - FIRST_PATCH + 1 : 0;
}

static enum pvgpu_dxbc_rule declare_gs_output(struct pvgpu_dxbc_walk *walk)
{
    uint32_t topology = walk->token >> 11 & 0x7F;
    if (topology != TOPOLOGY_POINTS && topology != TOPOLOGY_LINES && topology != TOPOLOGY_TRIANGLES)
        return PVGPU_DXBC_GS_OUTPUT;
    /* One for each stream. Only points go into more than one. */
    walk->gs_not_points |= topology != TOPOLOGY_POINTS;
    walk->declared[PVGPU_DXBC_OP_DCL_GS_OUTPUT / 32] |= 1u << (PVGPU_DXBC_OP_DCL_GS_OUTPUT % 32);
    return PVGPU_DXBC_OK;
}

static enum pvgpu_dxbc_rule declare_stream(struct pvgpu_dxbc_walk *walk)
{
    struct pvgpu_dxbc_operand operand;
    enum pvgpu_dxbc_rule rule = pvgpu_dxbc_read_declared(walk, PVGPU_DXBC_STREAM, &operand);
    if (rule)
        return rule;
    uint32_t stream = operand.index[0];
    if (stream >= PVGPU_DXBC_MAX_STREAMS)
        return PVGPU_DXBC_GS_STREAM;
    if (walk->streams >> stream & 1)
        return PVGPU_DXBC_DECLARED_TWICE;
    walk->streams |= 1u << stream;
    return PVGPU_DXBC_OK;
}

/* A number from a token of its own. */
static enum pvgpu_dxbc_rule declare_count(struct pvgpu_dxbc_walk *walk, uint32_t most, enum pvgpu_dxbc_rule rule,
                                          uint32_t *count)
{
    if (!pvgpu_dxbc_take(walk, count))
        return PVGPU_DXBC_INSTRUCTION_OVERRUN;
    return *count == 0 || *count > most ? rule : PVGPU_DXBC_OK;
}

static enum pvgpu_dxbc_rule declare_control_points(struct pvgpu_dxbc_walk *walk)
{
    uint32_t count = walk->token >> 11 & 0x3F;
    bool input = walk->opcode == PVGPU_DXBC_OP_DCL_INPUT_CONTROL_POINTS;
    if (count > MAX_CONTROL_POINTS || (count == 0 && input && walk->stage == PVGPU_STAGE_HULL))
        return PVGPU_DXBC_CONTROL_POINTS;
    if (input)
        walk->control_points_in = count;
    else
        walk->control_points_out = count;
    return PVGPU_DXBC_OK;
}

static enum pvgpu_dxbc_rule declare_max_factor(struct pvgpu_dxbc_walk *walk)
{
    uint32_t bits;
    float factor;
    if (!pvgpu_dxbc_take(walk, &bits))
        return PVGPU_DXBC_INSTRUCTION_OVERRUN;
    memcpy(&factor, &bits, sizeof(factor));
    return factor >= 1.0f && factor <= 64.0f ? PVGPU_DXBC_OK : PVGPU_DXBC_TESS_MAXIMUM;
}

static enum pvgpu_dxbc_rule declare_instances(struct pvgpu_dxbc_walk *walk, enum pvgpu_dxbc_phase phase)
{
    uint32_t count;
    if (walk->phase != phase)
        return PVGPU_DXBC_DECLARATION_PHASE;
    enum pvgpu_dxbc_rule rule = declare_count(walk, PVGPU_DXBC_MAX_PHASE_INSTANCES, PVGPU_DXBC_HS_INSTANCES, &count);
    if (rule)
        return rule;
    if (walk->state.instances_declared)
        return PVGPU_DXBC_DECLARED_TWICE;
    walk->state.instances_declared = true;
    walk->instances += count - 1; /* one was counted when the phase began */
    return walk->instances > PVGPU_DXBC_MAX_ALL_INSTANCES ? PVGPU_DXBC_HS_INSTANCES : PVGPU_DXBC_OK;
}

enum pvgpu_dxbc_rule pvgpu_dxbc_declare_stage(struct pvgpu_dxbc_walk *walk)
{
    uint32_t value = walk->token >> 11, count;
    switch (walk->opcode) {
    case PVGPU_DXBC_OP_DCL_GS_INPUT:
        walk->gs_primitive = value & 0x3F;
        walk->gs_primitive_vertices = vertices_of(walk, walk->gs_primitive);
        return walk->gs_primitive_vertices ? PVGPU_DXBC_OK : PVGPU_DXBC_GS_INPUT;
    case PVGPU_DXBC_OP_DCL_GS_OUTPUT:
        return declare_gs_output(walk);
    case PVGPU_DXBC_OP_DCL_MAX_OUT:
        return declare_count(walk, MAX_GS_VERTICES, PVGPU_DXBC_GS_VERTICES, &walk->gs_max_vertices);
    case PVGPU_DXBC_OP_DCL_GS_INSTANCES:
        return declare_count(walk, MAX_GS_INSTANCES, PVGPU_DXBC_GS_INSTANCES, &count);
    case PVGPU_DXBC_OP_DCL_STREAM:
        return declare_stream(walk);
    case PVGPU_DXBC_OP_DCL_INPUT_CONTROL_POINTS:
    case PVGPU_DXBC_OP_DCL_OUTPUT_CONTROL_POINTS:
        return declare_control_points(walk);
    case PVGPU_DXBC_OP_DCL_TESS_DOMAIN:
        walk->domain = value & 3;
        return walk->domain ? PVGPU_DXBC_OK : PVGPU_DXBC_TESS_DOMAIN;
    case PVGPU_DXBC_OP_DCL_TESS_PARTITIONING:
        return (value & 7) == 0 || (value & 7) > 4 ? PVGPU_DXBC_TESS_PARTITIONING : PVGPU_DXBC_OK;
    case PVGPU_DXBC_OP_DCL_TESS_OUTPUT:
        walk->tess_output = value & 7;
        return walk->tess_output == 0 || walk->tess_output > OUTPUT_COUNTERCLOCKWISE ? PVGPU_DXBC_TESS_OUTPUT
                                                                                     : PVGPU_DXBC_OK;
    case PVGPU_DXBC_OP_DCL_HS_MAX_TESSFACTOR:
        return declare_max_factor(walk);
    case PVGPU_DXBC_OP_DCL_HS_FORK_INSTANCES:
        return declare_instances(walk, PVGPU_DXBC_PHASE_FORK);
    default:
        return declare_instances(walk, PVGPU_DXBC_PHASE_JOIN);
    }
}

enum pvgpu_dxbc_rule pvgpu_dxbc_begin_phase(struct pvgpu_dxbc_walk *walk)
{
    enum pvgpu_dxbc_phase next = PVGPU_DXBC_PHASE_DECLARATIONS + (walk->opcode - PVGPU_DXBC_OP_HS_DECLS);
    bool again = next == walk->phase && next >= PVGPU_DXBC_PHASE_FORK;
    if (walk->phase == PVGPU_DXBC_PHASE_NONE ? next != PVGPU_DXBC_PHASE_DECLARATIONS : next <= walk->phase && !again)
        return PVGPU_DXBC_HS_PHASE;
    if (walk->phase > PVGPU_DXBC_PHASE_DECLARATIONS) {
        enum pvgpu_dxbc_rule rule = pvgpu_dxbc_check_end(walk);
        if (rule)
            return rule;
    }
    if (++walk->phases > PVGPU_DXBC_MAX_PHASES)
        return PVGPU_DXBC_HS_PHASE;
    if (next >= PVGPU_DXBC_PHASE_FORK && ++walk->instances > PVGPU_DXBC_MAX_ALL_INSTANCES)
        return PVGPU_DXBC_HS_INSTANCES;
    walk->has_control_point_phase |= next == PVGPU_DXBC_PHASE_CONTROL_POINT;
    walk->phase = next;
    walk->in_code = false;
    walk->ended = false;
    memset(&walk->state, 0, sizeof(walk->state));
    return PVGPU_DXBC_OK;
}

/* ---- What must not be missing ------------------------------------------------------------------------------------ */

/* Components of a vertex, of the stream that has most. */
static uint32_t vertex_scalars(const struct pvgpu_dxbc_signature *outputs)
{
    uint32_t scalars[PVGPU_DXBC_MAX_STREAMS] = {0}, most = 0;
    struct pvgpu_dxbc_element element;
    for (uint32_t i = 0; pvgpu_dxbc_signature_element(outputs, i, &element); i++) {
        scalars[element.stream] += pvgpu_dxbc_count_components(element.mask);
        if (scalars[element.stream] > most)
            most = scalars[element.stream];
    }
    return most;
}

static enum pvgpu_dxbc_rule check_geometry(const struct pvgpu_dxbc_walk *walk)
{
    if (!pvgpu_dxbc_was_declared(walk, PVGPU_DXBC_OP_DCL_GS_INPUT) ||
        !pvgpu_dxbc_was_declared(walk, PVGPU_DXBC_OP_DCL_GS_OUTPUT) ||
        !pvgpu_dxbc_was_declared(walk, PVGPU_DXBC_OP_DCL_MAX_OUT))
        return PVGPU_DXBC_DECLARATION_MISSING;
    uint32_t vertices = walk->state.vertices[PVGPU_DXBC_FILE_INPUT];
    if (vertices && vertices != walk->gs_primitive_vertices)
        return PVGPU_DXBC_REGISTER_ARRAY;
    if ((walk->streams & (walk->streams - 1)) != 0 && walk->gs_not_points)
        return PVGPU_DXBC_GS_OUTPUT;
    if (vertex_scalars(&walk->container->outputs) * walk->gs_max_vertices > MAX_GS_SCALARS)
        return PVGPU_DXBC_GS_SCALARS;
    return PVGPU_DXBC_OK;
}

static bool same_component(const struct pvgpu_dxbc_element *a, const struct pvgpu_dxbc_element *b)
{
    return a->reg == b->reg && a->mask == b->mask && a->component == b->component;
}

/* Without a control point phase the inputs are the outputs: hosts then copy register by register. */
static enum pvgpu_dxbc_rule check_pass_through(const struct pvgpu_dxbc_walk *walk)
{
    struct pvgpu_dxbc_element output, input;
    if (walk->has_control_point_phase || walk->control_points_out == 0)
        return PVGPU_DXBC_OK;
    if (walk->control_points_in != walk->control_points_out)
        return PVGPU_DXBC_HS_PASS_THROUGH;
    for (uint32_t i = 0; pvgpu_dxbc_signature_element(&walk->container->outputs, i, &output); i++) {
        if (!pvgpu_dxbc_signature_find(&walk->container->inputs, output.name, output.semantic_index, &input) ||
            !same_component(&input, &output))
            return PVGPU_DXBC_HS_PASS_THROUGH;
    }
    return PVGPU_DXBC_OK;
}

static enum pvgpu_dxbc_rule check_hull(const struct pvgpu_dxbc_walk *walk)
{
    /* The tessellation factors of each domain, as bits of D3D11_SB_NAME. */
    static const uint32_t factors[4] = {0, 0x600000, 0x1E0000, 0x1F800};
    if (!pvgpu_dxbc_was_declared(walk, PVGPU_DXBC_OP_DCL_INPUT_CONTROL_POINTS) ||
        !pvgpu_dxbc_was_declared(walk, PVGPU_DXBC_OP_DCL_OUTPUT_CONTROL_POINTS) ||
        !pvgpu_dxbc_was_declared(walk, PVGPU_DXBC_OP_DCL_TESS_DOMAIN) ||
        !pvgpu_dxbc_was_declared(walk, PVGPU_DXBC_OP_DCL_TESS_PARTITIONING) ||
        !pvgpu_dxbc_was_declared(walk, PVGPU_DXBC_OP_DCL_TESS_OUTPUT))
        return PVGPU_DXBC_DECLARATION_MISSING;
    bool lines = walk->domain == DOMAIN_LINE;
    if (walk->tess_output != OUTPUT_POINT && (walk->tess_output == OUTPUT_LINE) != lines)
        return PVGPU_DXBC_TESS_OUTPUT;
    if (walk->tess_factors & ~factors[walk->domain])
        return PVGPU_DXBC_TESS_DOMAIN_FACTORS;
    if (walk->tess_factors != factors[walk->domain])
        return PVGPU_DXBC_TESS_FACTORS;
    return check_pass_through(walk);
}

enum pvgpu_dxbc_rule pvgpu_dxbc_check_declared(const struct pvgpu_dxbc_walk *walk)
{
    switch (walk->stage) {
    case PVGPU_STAGE_GEOMETRY:
        return check_geometry(walk);
    case PVGPU_STAGE_HULL:
        return check_hull(walk);
    case PVGPU_STAGE_DOMAIN:
        return pvgpu_dxbc_was_declared(walk, PVGPU_DXBC_OP_DCL_TESS_DOMAIN) ? PVGPU_DXBC_OK
                                                                            : PVGPU_DXBC_DECLARATION_MISSING;
    case PVGPU_STAGE_COMPUTE:
        return pvgpu_dxbc_was_declared(walk, PVGPU_DXBC_OP_DCL_THREAD_GROUP) ? PVGPU_DXBC_OK
                                                                             : PVGPU_DXBC_DECLARATION_MISSING;
    default:
        return PVGPU_DXBC_OK;
    }
}
