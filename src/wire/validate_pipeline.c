/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What the stages that are bound ask of each other. Direct3D's own runtime leaves a draw that breaks these undefined
 * (its debug layer names them); a driver that believes them reads beyond a patch.
 */
#include "wire/validate.h"

#define FIRST_PATCH_LIST 33u /* D3D11_PRIMITIVE_TOPOLOGY_1_CONTROL_POINT_PATCHLIST */

/* D3D10_SB_PRIMITIVE: what a geometry shader can say that it takes. */
enum primitive {
    PRIMITIVE_POINT = 1,
    PRIMITIVE_LINE = 2,
    PRIMITIVE_TRIANGLE = 3,
    PRIMITIVE_LINE_ADJACENCY = 6,
    PRIMITIVE_TRIANGLE_ADJACENCY = 7,
    PRIMITIVE_FIRST_PATCH = 8,
};

/* Control points of a patch list; 0: it is none. */
static uint32_t patch_size(uint32_t topology)
{
    return topology >= FIRST_PATCH_LIST ? topology - FIRST_PATCH_LIST + 1 : 0;
}

/* What the input assembler makes of a topology. */
static uint32_t primitive_of(uint32_t topology)
{
    static const uint8_t primitives[] = {
        [1] = PRIMITIVE_POINT,
        [2] = PRIMITIVE_LINE,
        [3] = PRIMITIVE_LINE,
        [4] = PRIMITIVE_TRIANGLE,
        [5] = PRIMITIVE_TRIANGLE,
        [10] = PRIMITIVE_LINE_ADJACENCY,
        [11] = PRIMITIVE_LINE_ADJACENCY,
        [12] = PRIMITIVE_TRIANGLE_ADJACENCY,
        [13] = PRIMITIVE_TRIANGLE_ADJACENCY,
    };
    if (topology < sizeof(primitives))
        return primitives[topology];
    return PRIMITIVE_FIRST_PATCH + patch_size(topology) - 1;
}

/* What the tessellator makes: triangles have two directions. */
static uint32_t tessellated_primitive(const struct pvgpu_shader *hull)
{
    return hull->needs.tess_output > PRIMITIVE_TRIANGLE ? PRIMITIVE_TRIANGLE : hull->needs.tess_output;
}

static enum pvgpu_rule judge_tessellation(const struct pvgpu_shader *hull, const struct pvgpu_shader *domain,
                                          uint32_t topology)
{
    if (!hull || !domain)
        return PVGPU_RULE_HULL_DOMAIN_PAIR;
    if (patch_size(topology) != hull->needs.control_points_in)
        return PVGPU_RULE_HULL_PATCH;
    /* A domain shader that reads no control point does not say how many there are. */
    bool same_points =
        !domain->needs.control_points_in || domain->needs.control_points_in == hull->needs.control_points_out;
    return same_points && domain->needs.domain == hull->needs.domain ? PVGPU_RULE_NONE : PVGPU_RULE_HULL_DOMAIN;
}

enum pvgpu_rule pvgpu_validate_pipeline(const struct pvgpu_state *state)
{
    const struct pvgpu_shader *hull = state->stages[PVGPU_STAGE_HULL].shader;
    const struct pvgpu_shader *domain = state->stages[PVGPU_STAGE_DOMAIN].shader;
    const struct pvgpu_shader *geometry = state->stages[PVGPU_STAGE_GEOMETRY].shader;
    uint32_t primitive = primitive_of(state->topology);
    if (hull || domain) {
        enum pvgpu_rule rule = judge_tessellation(hull, domain, state->topology);
        if (rule)
            return rule;
        primitive = tessellated_primitive(hull);
    }
    if (geometry)
        return geometry->needs.primitive == primitive ? PVGPU_RULE_NONE : PVGPU_RULE_GEOMETRY_PRIMITIVE;
    return primitive >= PRIMITIVE_FIRST_PATCH ? PVGPU_RULE_PATCH_ALONE : PVGPU_RULE_NONE;
}
