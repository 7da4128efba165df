/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Draws with stages that do not fit each other: refused, and right again as soon as they do. */
#include "suite.h"

#include "shaders/exact/generated/line_ds.h"
#include "shaders/exact/generated/line_gs.h"
#include "shaders/exact/generated/patch1_hs.h"
#include "shaders/exact/generated/point_gs.h"
#include "shaders/exact/generated/triangle_ds.h"
#include "shaders/exact/generated/triangle_gs.h"
#include "shaders/exact/generated/triangle_hs.h"

#include <string.h>

enum { HULL = ID_NEW, HULL_1, DOMAIN, DOMAIN_LINE, GEOMETRY, GEOMETRY_LINE, GEOMETRY_POINT };

#define TRIANGLES 4u /* D3D11_PRIMITIVE_TOPOLOGY_TRIANGLELIST */
#define PATCHES_OF_3 35u
#define SHADERS_AT 0x100000u /* in the heap */

static const struct {
    uint32_t id;
    enum pvgpu_stage stage;
    const uint8_t *bytes;
    size_t size;
} shaders[] = {
#define SHADER(id, stage, name) {id, PVGPU_STAGE_##stage, pvgpu_shader_exact_##name, sizeof(pvgpu_shader_exact_##name)}
    SHADER(HULL, HULL, triangle_hs),
    SHADER(HULL_1, HULL, patch1_hs),
    SHADER(DOMAIN, DOMAIN, triangle_ds),
    SHADER(DOMAIN_LINE, DOMAIN, line_ds),
    SHADER(GEOMETRY, GEOMETRY, triangle_gs),
    SHADER(GEOMETRY_LINE, GEOMETRY, line_gs),
    SHADER(GEOMETRY_POINT, GEOMETRY, point_gs),
};

struct misfit {
    enum pvgpu_rule rule; /* NONE: it fits */
    uint32_t topology, hull, domain, geometry;
};

static const struct misfit misfits[] = {
    {PVGPU_RULE_HULL_DOMAIN_PAIR, PATCHES_OF_3, HULL, 0, 0},
    {PVGPU_RULE_HULL_DOMAIN_PAIR, TRIANGLES, 0, DOMAIN, 0},
    {PVGPU_RULE_HULL_PATCH, TRIANGLES, HULL, DOMAIN, 0},
    {PVGPU_RULE_HULL_PATCH, 33, HULL, DOMAIN, 0},
    {PVGPU_RULE_HULL_PATCH, 64, HULL, DOMAIN, 0},
    {PVGPU_RULE_HULL_DOMAIN, PATCHES_OF_3, HULL, DOMAIN_LINE, 0},
    {PVGPU_RULE_HULL_DOMAIN, 33, HULL_1, DOMAIN_LINE, 0},
    {PVGPU_RULE_GEOMETRY_PRIMITIVE, TRIANGLES, 0, 0, GEOMETRY_LINE},
    {PVGPU_RULE_GEOMETRY_PRIMITIVE, 1, 0, 0, GEOMETRY},
    {PVGPU_RULE_GEOMETRY_PRIMITIVE, 12, 0, 0, GEOMETRY},
    {PVGPU_RULE_GEOMETRY_PRIMITIVE, PATCHES_OF_3, 0, 0, GEOMETRY},
    {PVGPU_RULE_GEOMETRY_PRIMITIVE, PATCHES_OF_3, HULL, DOMAIN, GEOMETRY_POINT},
    {PVGPU_RULE_PATCH_ALONE, PATCHES_OF_3, 0, 0, 0},
    {PVGPU_RULE_PATCH_ALONE, 64, 0, 0, 0},
    {PVGPU_RULE_NONE, TRIANGLES, 0, 0, 0},
    {PVGPU_RULE_NONE, 5, 0, 0, GEOMETRY},
    {PVGPU_RULE_NONE, 2, 0, 0, GEOMETRY_LINE},
    {PVGPU_RULE_NONE, 1, 0, 0, GEOMETRY_POINT},
    {PVGPU_RULE_NONE, PATCHES_OF_3, HULL, DOMAIN, 0},
    {PVGPU_RULE_NONE, PATCHES_OF_3, HULL, DOMAIN, GEOMETRY},
};

static void create_shaders(struct world *world)
{
    uint8_t *heap = (uint8_t *)world->host.region + world->host.region->heap_offset;
    uint32_t at = SHADERS_AT;
    for (size_t i = 0; i < sizeof(shaders) / sizeof(shaders[0]); i++) {
        memcpy(heap + at, shaders[i].bytes, shaders[i].size);
        pvgpu_encode_create_shader(world->e, shaders[i].id, shaders[i].stage, at, (uint32_t)shaders[i].size);
        at += (uint32_t)((shaders[i].size + 15) / 16 * 16);
    }
}

static void draw_misfit(struct check *check, struct world *world, const struct misfit *misfit)
{
    uint64_t errors = world_errors(world), draws = world_draws(world);
    pvgpu_encode_set_shader(world->e, PVGPU_STAGE_HULL, misfit->hull);
    pvgpu_encode_set_shader(world->e, PVGPU_STAGE_DOMAIN, misfit->domain);
    pvgpu_encode_set_shader(world->e, PVGPU_STAGE_GEOMETRY, misfit->geometry);
    pvgpu_encode_set_primitive_topology(world->e, misfit->topology);
    world_draw(world);
    world_sync(check, world);
    if (misfit->rule) {
        suite_expect_error(check, world, errors, 1, PVGPU_ERROR_INVALID_COMMAND, PVGPU_DRAW);
        CHECK(world_broke(world, misfit->rule));
    }
    CHECK_EQ(world_errors(world), errors + (misfit->rule ? 1 : 0));
    CHECK_EQ(world_draws(world), draws + (misfit->rule ? 0 : 1));
}

static void stages_that_do_not_fit(struct check *check, struct suite *suite)
{
    struct world world;
    if (!suite_open(check, suite, &world, NULL, false))
        return;
    create_shaders(&world);
    for (size_t i = 0; i < sizeof(misfits) / sizeof(misfits[0]); i++) {
        int failures = check->failures;
        draw_misfit(check, &world, &misfits[i]);
        if (check->failures != failures)
            printf("  that was row %zu: %s\n", i, pvgpu_rule_info(misfits[i].rule)->text);
    }
    suite_close(check, suite, &world);
}

struct suite_cases suite_pipeline_cases(void)
{
    static const struct suite_case cases[] = {
        {"pipeline: stages that do not fit", stages_that_do_not_fit, false},
    };
    return (struct suite_cases){cases, sizeof(cases) / sizeof(cases[0])};
}
