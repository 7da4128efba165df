/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A small scene around each mutant: the guest library encodes, a renderer of the project's own executes. The other
 * stages get shaders of the pool that fit; constants, vertices, resources and views are there for whatever is declared.
 */
#include "mutants.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define SIZE 16u /* texels of the target, squared */
#define FORMAT_RGBA8 28u
#define FORMAT_FLOAT4 2u
#define FORMAT_UINT4 3u
#define FORMAT_SINT4 4u
#define CONSTANT_BYTES 0x10000u
#define VERTEX_BYTES 0x10000u
#define VERTEX_STRIDE 512u /* 32 inputs of 16 bytes */
#define INSTANCES 2u
#define ANSWER_NS (600 * PVGPU_NS_PER_S) /* who watches the process ends it long before */
#define TOPOLOGY_FIRST_PATCH 33u

enum {
    TARGET = 1,
    TARGET_VIEW,
    MULTISAMPLED_TARGET,
    MULTISAMPLED_TARGET_VIEW,
    NUMBERS, /* constants: small integers */
    REALS, /* constants: floats from 1 to 4 */
    VERTICES,
    SAMPLER,
    COMPARISON_SAMPLER,
    RASTERIZER,
    FIRST_POOL_SHADER = 0x1000, /* declared.c has 0x200 to 0x2FF */
    FIRST_MUTANT = 0x10000,
};

/* Shaders of a pipeline by stage; NULL: none. */
struct pipeline {
    const struct pool_shader *shaders[PVGPU_STAGE_COUNT];
    uint32_t topology, vertices;
};

static struct pvgpu_encoder *encoder_of(struct scene *scene)
{
    return &scene->guest->encoder;
}

/* The block is the next fence's: the bytes are read before it completes. */
static uint32_t upload(struct scene *scene, const void *bytes, uint32_t size)
{
    struct pvgpu_heap_block block = pvgpu_guest_upload(scene->guest, bytes, size);
    pvgpu_guest_release(scene->guest, block);
    return block.offset;
}

/* ---- What is there for all ---------------------------------------------------------------------------------------- */

static void create_buffer(struct scene *scene, uint32_t id, uint32_t bind, const void *data, uint32_t bytes)
{
    const struct pvgpu_cmd_create_resource desc = {.kind = PVGPU_KIND_BUFFER,
                                                   .width = bytes,
                                                   .bind = bind,
                                                   .data_offset = upload(scene, data, bytes),
                                                   .data_bytes = bytes};
    pvgpu_encode_create_resource(encoder_of(scene), id, &desc);
}

/* Loops over a count in the constants end soon, tessellation factors are not 0. */
static void create_buffers(struct scene *scene)
{
    static uint32_t numbers[CONSTANT_BYTES / 4];
    static float reals[CONSTANT_BYTES / 4];
    for (uint32_t i = 0; i < CONSTANT_BYTES / 4; i++) {
        numbers[i] = 1 + i % 4;
        reals[i] = 1.0f + (float)(i % 7) / 2.0f;
    }
    create_buffer(scene, NUMBERS, PVGPU_BIND_CONSTANT_BUFFER, numbers, sizeof(numbers));
    create_buffer(scene, REALS, PVGPU_BIND_CONSTANT_BUFFER, reals, sizeof(reals));
    create_buffer(scene, VERTICES, PVGPU_BIND_VERTEX_BUFFER, reals, VERTEX_BYTES);
}

static void create_target(struct scene *scene, uint32_t id, uint32_t view_id, uint32_t samples)
{
    const struct pvgpu_cmd_create_resource target = {.kind = PVGPU_KIND_TEXTURE_2D,
                                                     .format = FORMAT_RGBA8,
                                                     .width = SIZE,
                                                     .height = SIZE,
                                                     .depth_or_array = 1,
                                                     .mip_count = 1,
                                                     .sample_count = samples,
                                                     .bind = PVGPU_BIND_RENDER_TARGET};
    const struct pvgpu_cmd_create_render_target_view view = {.id = view_id, .resource = id};
    pvgpu_encode_create_resource(encoder_of(scene), id, &target);
    pvgpu_encode_create_render_target_view(encoder_of(scene), &view);
}

static void create_states(struct scene *scene)
{
    struct pvgpu_encoder *e = encoder_of(scene);
    struct pvgpu_cmd_create_sampler sampler = {.id = SAMPLER,
                                               .filter = 0x15, /* linear */
                                               .address_u = 1,
                                               .address_v = 1,
                                               .address_w = 1,
                                               .max_anisotropy = 1,
                                               .compare = 1,
                                               .max_lod = 8.0f};
    const struct pvgpu_cmd_create_rasterizer_state rasterizer = {
        .id = RASTERIZER, .fill = 3, .cull = 1, .depth_clip = 1};
    pvgpu_encode_create_sampler(e, &sampler);
    sampler.id = COMPARISON_SAMPLER;
    sampler.filter = 0x95; /* comparison, linear */
    sampler.compare = 2;
    pvgpu_encode_create_sampler(e, &sampler);
    pvgpu_encode_create_rasterizer_state(e, &rasterizer);
    pvgpu_encode_set_rasterizer_state(e, RASTERIZER);
}

/* Pixel shaders that ask about samples get to know several. */
static void set_target(struct scene *scene, enum pvgpu_stage stage)
{
    const struct pvgpu_viewport viewport = {.width = SIZE, .height = SIZE, .max_depth = 1.0f};
    const uint32_t view = stage == PVGPU_STAGE_PIXEL ? MULTISAMPLED_TARGET_VIEW : TARGET_VIEW;
    pvgpu_encode_set_render_target(encoder_of(scene), 1, &view, 0);
    pvgpu_encode_set_viewport(encoder_of(scene), 1, &viewport);
}

/* The corpus compares in slots 1 and 3; a mutant may compare with any sampler, or sample with one that compares. */
static void bind_constants(struct scene *scene, enum pvgpu_stage stage)
{
    uint32_t samplers[PVGPU_MAX_SAMPLERS];
    bool tessellates = stage == PVGPU_STAGE_HULL || stage == PVGPU_STAGE_DOMAIN;
    for (uint32_t i = 0; i < PVGPU_MAX_SAMPLERS; i++)
        samplers[i] = i % 2 ? COMPARISON_SAMPLER : SAMPLER;
    pvgpu_encode_set_sampler(encoder_of(scene), stage, 0, PVGPU_MAX_SAMPLERS, samplers);
    for (uint32_t slot = 0; slot < PVGPU_MAX_CONSTANT_BUFFERS; slot++)
        pvgpu_encode_set_constant_buffer(encoder_of(scene), stage, slot, slot < 2 && !tessellates ? NUMBERS : REALS, 0,
                                         0);
}

static uint64_t errors_of(struct scene *scene)
{
    return atomic_load(&scene->host.page->statistics.errors);
}

static struct pvgpu_gpu *renew_nothing(void *user)
{
    (void)user;
    return NULL;
}

static bool prepare(struct scene *scene)
{
    create_target(scene, TARGET, TARGET_VIEW, 1);
    create_target(scene, MULTISAMPLED_TARGET, MULTISAMPLED_TARGET_VIEW, 4);
    create_buffers(scene);
    create_states(scene);
    declared_create(encoder_of(scene));
    for (int stage = 0; stage < (int)PVGPU_STAGE_COUNT; stage++)
        bind_constants(scene, (enum pvgpu_stage)stage);
    if (pvgpu_guest_finish(scene->guest, ANSWER_NS) != PVGPU_WAIT_DONE)
        return false;
    if (errors_of(scene)) {
        uint32_t code = 0, argument = 0;
        pvgpu_guest_read_error(scene->guest, &code, &argument);
        fprintf(stderr, "mutants: the scene itself is wrong: error %u (%#x)\n", code, argument);
        return false;
    }
    return true;
}

bool scene_open(struct scene *scene, const struct pool *pool)
{
    const struct local_host_config config = {.gpu = LOCAL_HOST_D3D11, .log_level = PVGPU_LOG_ERROR};
    memset(scene, 0, sizeof(*scene));
    scene->pool = pool;
    scene->next_id = FIRST_MUTANT;
    if (!local_host_init(&scene->host, &config))
        return false;
    scene->host.renew = renew_nothing; /* so that a lost device is told and nobody waits for it */
    if (!local_host_start(&scene->host))
        return false;
    scene->guest = pvgpu_guest_create(local_host_transport(&scene->host));
    return scene->guest && pvgpu_guest_wait_ready(scene->guest, ANSWER_NS) == PVGPU_WAIT_DONE && prepare(scene);
}

void scene_close(struct scene *scene)
{
    pvgpu_guest_destroy(scene->guest);
    local_host_finish(&scene->host);
}

/* ---- A pipeline for a mutant -------------------------------------------------------------------------------------- */

/* The hull and the domain shader must agree; a domain shader without control points agrees to any number. */
static bool fit(const struct pvgpu_dxbc_needs *hull, const struct pvgpu_dxbc_needs *domain)
{
    return hull->domain == domain->domain &&
           (!domain->control_points_in || domain->control_points_in == hull->control_points_out);
}

static const struct pool_shader *find_other(const struct pool *pool, const struct mutant *mutant)
{
    bool hull = mutant->dxbc.stage == PVGPU_STAGE_HULL;
    const struct pvgpu_dxbc_needs *own = &mutant->dxbc.needs;
    for (uint32_t i = 0; i < pool->count; i++) {
        const struct pvgpu_dxbc *other = &pool->shaders[i].dxbc;
        if (other->stage == (hull ? PVGPU_STAGE_DOMAIN : PVGPU_STAGE_HULL) &&
            (hull ? fit(own, &other->needs) : fit(&other->needs, own)))
            return &pool->shaders[i];
    }
    return NULL;
}

/* Two primitives of what a geometry shader takes. */
static void set_primitive(struct pipeline *pipeline, uint32_t primitive)
{
    static const uint8_t topologies[8] = {0, 1, 2, 4, 0, 0, 10, 12}, vertices[8] = {0, 1, 2, 3, 0, 0, 4, 6};
    bool patch = primitive >= 8;
    pipeline->topology = patch ? TOPOLOGY_FIRST_PATCH + primitive - 8 : topologies[primitive];
    pipeline->vertices = 2 * (patch ? primitive - 7 : vertices[primitive]);
}

static bool set_patches(struct pipeline *pipeline, const struct scene *scene, const struct mutant *mutant)
{
    bool hull = mutant->dxbc.stage == PVGPU_STAGE_HULL;
    const struct pool_shader *other = find_other(scene->pool, mutant);
    if (!other)
        return false;
    pipeline->shaders[hull ? PVGPU_STAGE_DOMAIN : PVGPU_STAGE_HULL] = other;
    uint32_t points = (hull ? &mutant->dxbc : &other->dxbc)->needs.control_points_in;
    pipeline->topology = TOPOLOGY_FIRST_PATCH + points - 1;
    pipeline->vertices = 2 * points;
    return true;
}

/* What goes around the mutant. */
static bool choose(struct pipeline *pipeline, const struct scene *scene, const struct mutant *mutant)
{
    enum pvgpu_stage stage = mutant->dxbc.stage;
    *pipeline = (struct pipeline){.topology = 4, .vertices = 6};
    if (stage == PVGPU_STAGE_COMPUTE)
        return true;
    if (stage != PVGPU_STAGE_VERTEX)
        pipeline->shaders[PVGPU_STAGE_VERTEX] = pool_find(scene->pool, "exact/full_vs");
    if (stage != PVGPU_STAGE_PIXEL)
        pipeline->shaders[PVGPU_STAGE_PIXEL] = pool_find(scene->pool, "triangle_ps");
    if (stage == PVGPU_STAGE_GEOMETRY)
        set_primitive(pipeline, mutant->dxbc.needs.primitive);
    if (stage == PVGPU_STAGE_HULL || stage == PVGPU_STAGE_DOMAIN)
        return set_patches(pipeline, scene, mutant);
    return true;
}

static void create_shader(struct scene *scene, uint32_t id, enum pvgpu_stage stage, const void *bytes, size_t size)
{
    pvgpu_encode_create_shader(encoder_of(scene), id, stage, upload(scene, bytes, (uint32_t)size), (uint32_t)size);
}

static void set_pipeline(struct scene *scene, const struct pipeline *pipeline, uint32_t id, enum pvgpu_stage own)
{
    for (uint32_t stage = 0; stage < PVGPU_STAGE_COUNT; stage++) {
        const struct pool_shader *shader = pipeline->shaders[stage];
        uint32_t number = shader ? (uint32_t)(shader - scene->pool->shaders) : 0;
        if (shader && !scene->created[number]) {
            create_shader(scene, FIRST_POOL_SHADER + number, (enum pvgpu_stage)stage, shader->bytes, shader->size);
            scene->created[number] = true;
        }
        uint32_t bound = shader ? FIRST_POOL_SHADER + number : stage == (uint32_t)own ? id : 0;
        pvgpu_encode_set_shader(encoder_of(scene), (enum pvgpu_stage)stage, bound);
    }
    pvgpu_encode_set_primitive_topology(encoder_of(scene), pipeline->topology);
}

/* Whether an input before number `end` has the same semantic: a layout may say it only once. */
static bool has_semantic(const struct mutant *mutant, uint32_t end, const struct pvgpu_dxbc_element *wanted)
{
    struct pvgpu_dxbc_element input;
    for (uint32_t i = 0; i < end && pvgpu_dxbc_signature_element(&mutant->dxbc.inputs, i, &input); i++) {
        if (!input.system_value && input.semantic_index == wanted->semantic_index &&
            strcasecmp(input.name, wanted->name) == 0)
            return true;
    }
    return false;
}

/* A layout that feeds every input from one buffer. */
static void set_layout(struct scene *scene, const struct mutant *mutant, uint32_t id)
{
    static const uint32_t formats[4] = {FORMAT_FLOAT4, FORMAT_UINT4, FORMAT_SINT4, FORMAT_FLOAT4};
    struct pvgpu_input_element elements[PVGPU_MAX_INPUT_ELEMENTS];
    const struct pvgpu_vertex_buffer buffer = {.id = VERTICES, .stride = VERTEX_STRIDE};
    struct pvgpu_dxbc_element input;
    uint32_t count = 0;
    for (uint32_t i = 0; pvgpu_dxbc_signature_element(&mutant->dxbc.inputs, i, &input); i++) {
        if (input.system_value || count == PVGPU_MAX_INPUT_ELEMENTS || has_semantic(mutant, i, &input))
            continue;
        elements[count] = (struct pvgpu_input_element){
            .name_offset = upload(scene, input.name, (uint32_t)strlen(input.name) + 1),
            .semantic_index = input.semantic_index,
            .format = formats[input.component & 3],
            .byte_offset = 16 * count,
        };
        count++;
    }
    pvgpu_encode_create_input_layout(encoder_of(scene), id, count, elements);
    pvgpu_encode_set_input_layout(encoder_of(scene), id);
    pvgpu_encode_set_vertex_buffer(encoder_of(scene), 0, 1, &buffer);
}

/* ---- Drawing ------------------------------------------------------------------------------------------------------ */

static uint64_t drawn_by(struct scene *scene)
{
    const struct pvgpu_statistics *statistics = &scene->host.page->statistics;
    return atomic_load(&statistics->draws) + atomic_load(&statistics->dispatches);
}

static void encode_draw(struct scene *scene, const struct mutant *mutant, const struct pipeline *pipeline, uint32_t id)
{
    enum pvgpu_stage stage = mutant->dxbc.stage;
    set_target(scene, stage);
    set_pipeline(scene, pipeline, id, stage);
    declared_bind(encoder_of(scene), mutant, stage);
    if (stage == PVGPU_STAGE_VERTEX)
        set_layout(scene, mutant, id + 1);
    if (stage == PVGPU_STAGE_COMPUTE)
        pvgpu_encode_dispatch(encoder_of(scene), 2, 1, 1);
    else
        pvgpu_encode_draw_instanced(encoder_of(scene), pipeline->vertices, INSTANCES, 0, 0);
}

static void encode_end(struct scene *scene, enum pvgpu_stage stage, uint32_t id)
{
    struct pvgpu_encoder *e = encoder_of(scene);
    declared_unbind(e, stage);
    pvgpu_encode_set_shader(e, stage, 0);
    pvgpu_encode_destroy_shader(e, id);
    if (stage == PVGPU_STAGE_VERTEX) {
        pvgpu_encode_set_input_layout(e, 0);
        pvgpu_encode_destroy_input_layout(e, id + 1);
    }
}

enum scene_result scene_draw(struct scene *scene, const struct mutant *mutant)
{
    struct pipeline pipeline;
    enum pvgpu_stage stage = mutant->dxbc.stage;
    const struct pvgpu_statistics *statistics = &scene->host.page->statistics;
    uint64_t drawn = drawn_by(scene), refused = atomic_load(&statistics->refused_by_host);
    uint64_t bad = atomic_load(&statistics->errors_by_code[PVGPU_ERROR_SHADER_COMPILATION]);
    uint32_t id = scene->next_id;
    scene->next_id += 2;
    create_shader(scene, id, stage, mutant->bytes, mutant->size);
    bool complete = choose(&pipeline, scene, mutant);
    if (complete)
        encode_draw(scene, mutant, &pipeline, id);
    if (pvgpu_guest_finish(scene->guest, ANSWER_NS) != PVGPU_WAIT_DONE)
        return SCENE_LOST;
    encode_end(scene, stage, id);
    if (atomic_load(&statistics->errors_by_code[PVGPU_ERROR_SHADER_COMPILATION]) != bad ||
        atomic_load(&statistics->refused_by_host) != refused)
        return SCENE_REFUSED;
    return drawn_by(scene) > drawn ? SCENE_DRAWN : SCENE_UNDRAWN;
}
