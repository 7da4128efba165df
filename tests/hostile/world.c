/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "world.h"

#include "base/time.h"
#include "wire/dxbc.h"

#include "shaders/generated/triangle_ps.h"
#include "shaders/generated/triangle_vs.h"

#include <stdlib.h>

#define WAIT_NS (20 * PVGPU_NS_PER_S)

/* ---- Catching the log -------------------------------------------------------------------------------------------- */

static const char *reason_in(const char *line)
{
    static const char framing[] = "until the guest resets: ", fault[] = ": error ";
    const char *at = strstr(line, framing);
    if (at)
        return at + strlen(framing);
    at = strstr(line, fault);
    at = at ? strstr(at, ", argument ") : NULL;
    at = at ? strstr(at, ": ") : NULL;
    return at ? at + 2 : NULL;
}

void world_each_reason(const struct world *world, void (*found)(void *user, const char *reason), void *user)
{
    if (!world->log.active)
        return;
    char *text = log_capture_text(&world->log), *rest = NULL;
    for (char *line = strtok_r(text, "\r\n", &rest); line; line = strtok_r(NULL, "\r\n", &rest)) {
        const char *reason = reason_in(line);
        if (reason)
            found(user, reason);
    }
    free(text);
}

struct search {
    const char *wanted;
    bool found;
};

static void compare(void *user, const char *reason)
{
    struct search *search = user;
    search->found |= strcmp(search->wanted, reason) == 0;
}

bool world_said(const struct world *world, const char *reason)
{
    struct search search = {.wanted = reason};
    if (!world->log.active)
        return true;
    world_each_reason(world, compare, &search);
    return search.found;
}

bool world_broke(const struct world *world, enum pvgpu_rule rule)
{
    return world_said(world, pvgpu_rule_info(rule)->text);
}

static void pass_on_log(struct world *world)
{
    char *text = log_capture_text(&world->log), *rest = NULL;
    log_capture_end(&world->log);
    for (char *line = strtok_r(text, "\r\n", &rest); line; line = strtok_r(NULL, "\r\n", &rest)) {
        if (!reason_in(line) && !strstr(line, "is created again") && !strstr(line, "about guest errors"))
            fprintf(stderr, "%s\n", line);
    }
    free(text);
}

/* ---- Host and guest ---------------------------------------------------------------------------------------------- */

bool world_open(struct world *world, bool real, const struct pvgpu_limits *limits, bool catch_log)
{
    *world = (struct world){.real = real};
    struct local_host_config config = {
        .gpu = real ? LOCAL_HOST_D3D11 : LOCAL_HOST_NULL,
        .log_level = catch_log ? PVGPU_LOG_WARN : PVGPU_LOG_ERROR,
    };
    if (limits)
        config.limits = *limits;
    if (!local_host_init(&world->host, &config))
        return false;
    if (!real) {
        struct pvgpu_log log = world->host.renderer.log;
        const struct pvgpu_control_region *region = world->host.region;
        world->host.gpu->ops->destroy(world->host.gpu);
        world->gpu = checking_gpu_create(region, world->host.memory.size, (const uint8_t *)region + region->heap_offset,
                                         region->heap_bytes, &log);
        world->host.gpu = world->gpu ? &world->gpu->base : NULL;
        if (!world->gpu)
            return false;
    }
    if (catch_log)
        log_capture_start(&world->log);
    world->guest = pvgpu_guest_create(local_host_transport(&world->host));
    if (!world->guest || !local_host_start(&world->host))
        return false;
    world->e = &world->guest->encoder;
    return true;
}

void world_close(struct world *world)
{
    pvgpu_guest_destroy(world->guest);
    local_host_finish(&world->host);
    if (world->log.active)
        pass_on_log(world);
}

bool world_sync(struct check *check, struct world *world)
{
    return CHECK_EQ(pvgpu_guest_finish(world->guest, WAIT_NS), PVGPU_WAIT_DONE);
}

void world_emit(struct world *world, const void *bytes, size_t size, uint32_t claimed)
{
    static const uint8_t zeros[PVGPU_COMMAND_ALIGNMENT];
    struct pvgpu_command_header header;
    memcpy(&header, bytes, sizeof(header));
    header.size = claimed ? claimed : (uint32_t)size;
    pvgpu_encode_raw(world->e, &header, sizeof(header));
    pvgpu_encode_raw(world->e, (const uint8_t *)bytes + sizeof(header), size - sizeof(header));
    if (size % PVGPU_COMMAND_ALIGNMENT)
        pvgpu_encode_raw(world->e, zeros, PVGPU_COMMAND_ALIGNMENT - size % PVGPU_COMMAND_ALIGNMENT);
}

static uint64_t read_counter(const _Atomic uint64_t *counter)
{
    return atomic_load(counter);
}

uint64_t world_errors(const struct world *world)
{
    return read_counter(&world->host.page->statistics.errors);
}

uint64_t world_objects(const struct world *world)
{
    return read_counter(&world->host.page->statistics.objects);
}

uint64_t world_bytes(const struct world *world)
{
    return read_counter(&world->host.page->statistics.bytes);
}

uint64_t world_draws(const struct world *world)
{
    return read_counter(&world->host.page->statistics.draws);
}

uint32_t world_error_code(const struct world *world)
{
    return atomic_load((_Atomic uint32_t *)&world->host.region->error_code);
}

uint32_t world_error_argument(const struct world *world)
{
    return atomic_load((_Atomic uint32_t *)&world->host.region->error_argument);
}

/* ---- The objects ------------------------------------------------------------------------------------------------- */

/* Chunk header offset of a tag in the container; 0: none. */
static uint32_t find_chunk(const uint8_t *dxbc, const char tag[4])
{
    uint32_t count, offset;
    memcpy(&count, dxbc + 28, sizeof(count));
    for (uint32_t i = 0; i < count; i++) {
        memcpy(&offset, dxbc + 32 + 4 * i, sizeof(offset));
        if (memcmp(dxbc + offset, tag, 4) == 0)
            return offset;
    }
    return 0;
}

static void put_u32(uint8_t *at, uint32_t value)
{
    memcpy(at, &value, sizeof(value));
}

static void spoil(uint8_t *dxbc, uint32_t bytes, enum bad_shader how)
{
    uint32_t inputs = find_chunk(dxbc, "ISGN"), program = find_chunk(dxbc, "SHEX");
    uint32_t second;
    if (!program)
        program = find_chunk(dxbc, "SHDR");
    memcpy(&second, dxbc + 36, sizeof(second));
    switch (how) {
    case BAD_MAGIC:
        dxbc[0] = 'd';
        break;
    case BAD_VERSION:
        put_u32(dxbc + 20, 2);
        break;
    case BAD_CHECKSUM:
        break;
    case BAD_CHUNK_COUNT:
        put_u32(dxbc + 28, 65);
        break;
    case BAD_CHUNK_OFFSET:
        put_u32(dxbc + 36, bytes - 4);
        break;
    case BAD_CHUNK_ALIGNMENT:
        put_u32(dxbc + 36, second + 2);
        break;
    case BAD_CHUNK_SIZE:
        put_u32(dxbc + program + 4, 0xFFFFFFF0u);
        break;
    case BAD_CHUNK_OVERLAP:
        memcpy(dxbc + 36, dxbc + 32, 4);
        break;
    case BAD_NO_PROGRAM:
        memcpy(dxbc + program, "NONE", 4);
        break;
    case BAD_NO_INPUTS:
        memcpy(dxbc + inputs, "NONE", 4);
        break;
    case BAD_ELEMENT_COUNT:
        put_u32(dxbc + inputs + 8, 129);
        break;
    case BAD_NAME_OFFSET:
        put_u32(dxbc + inputs + 16, 0x7FFFFFFFu);
        break;
    case BAD_PROGRAM_LENGTH:
        put_u32(dxbc + program + 12, 0x10000000u);
        break;
    case BAD_MODEL:
        dxbc[program + 8] = 0x60;
        break;
    case BAD_SHADER_COUNT:
        break;
    }
    pvgpu_dxbc_checksum(dxbc, bytes, dxbc + PVGPU_DXBC_CHECKSUM_AT);
    if (how == BAD_CHECKSUM)
        dxbc[PVGPU_DXBC_CHECKSUM_AT] ^= 1;
}

static void fill_heap(struct world *world)
{
    uint8_t *heap = world->guest->heap;
    world->vertex_shader_bytes = sizeof(pvgpu_shader_triangle_vs);
    world->pixel_shader_bytes = sizeof(pvgpu_shader_triangle_ps);
    memcpy(heap + HEAP_VERTEX_SHADER, pvgpu_shader_triangle_vs, sizeof(pvgpu_shader_triangle_vs));
    memcpy(heap + HEAP_PIXEL_SHADER, pvgpu_shader_triangle_ps, sizeof(pvgpu_shader_triangle_ps));
    memcpy(heap + HEAP_POSITION, "POSITION", sizeof("POSITION"));
    memcpy(heap + HEAP_COLOR, "COLOR", sizeof("COLOR"));
    heap[HEAP_EMPTY_NAME] = 0;
    memcpy(heap + HEAP_DIGIT_NAME, "9LIVES", sizeof("9LIVES"));
    memset(heap + HEAP_LONG_NAME, 'A', PVGPU_DXBC_MAX_NAME_CHARS);
    heap[HEAP_LAST] = 'A';
    for (uint32_t i = 0; i < BAD_SHADER_COUNT; i++) {
        uint8_t *bad = heap + world_bad_shader_at((enum bad_shader)i);
        memcpy(bad, pvgpu_shader_triangle_vs, sizeof(pvgpu_shader_triangle_vs));
        spoil(bad, sizeof(pvgpu_shader_triangle_vs), (enum bad_shader)i);
    }
}

static void create_resources(struct world *world)
{
    static const struct {
        uint32_t id;
        struct pvgpu_cmd_create_resource desc;
    } resources[] = {
        {ID_VERTICES, {.kind = PVGPU_KIND_BUFFER, .width = 1024, .bind = PVGPU_BIND_VERTEX_BUFFER}},
        {ID_INDICES, {.kind = PVGPU_KIND_BUFFER, .width = 1024, .bind = PVGPU_BIND_INDEX_BUFFER}},
        {ID_CONSTANTS, {.kind = PVGPU_KIND_BUFFER, .width = 8192, .bind = PVGPU_BIND_CONSTANT_BUFFER}},
        {ID_TARGET, {.kind = 2, .format = 28, .width = 64, .height = 64, .mip_count = 1, .bind = 0x28}},
        {ID_DEPTH, {.kind = 2, .format = 45, .width = 64, .height = 64, .mip_count = 1, .bind = 0x40}},
        {ID_PICTURE, {.kind = 2, .format = 28, .width = 16, .height = 16, .bind = 8}},
        {ID_SAMPLES,
         {.kind = 2, .format = 28, .width = 64, .height = 64, .mip_count = 1, .sample_count = 4, .bind = 0x20}},
        {ID_BLOCKS, {.kind = 2, .format = 71, .width = 16, .height = 16, .mip_count = 1, .bind = 8}},
        {ID_VOLUME, {.kind = 3, .format = 28, .width = 8, .height = 8, .depth_or_array = 8, .mip_count = 1, .bind = 8}},
        {ID_LINES, {.kind = 1, .format = 28, .width = 64, .depth_or_array = 2, .mip_count = 1, .bind = 8}},
        {ID_CUBES,
         {.kind = 2,
          .format = 28,
          .width = 16,
          .height = 16,
          .depth_or_array = 12,
          .mip_count = 1,
          .bind = 8,
          .misc = 4}},
        {ID_TYPELESS, {.kind = 2, .format = 27, .width = 16, .height = 16, .mip_count = 1, .bind = 0x28}},
        {ID_TYPED_BUFFER, {.kind = PVGPU_KIND_BUFFER, .width = 1024, .bind = PVGPU_BIND_SHADER_RESOURCE}},
        {ID_PLAIN, {.kind = 2, .format = 28, .width = 64, .height = 64, .mip_count = 1}},
        {ID_DEPTH32, {.kind = 2, .format = 40, .width = 16, .height = 16, .mip_count = 1, .bind = 0x40}},
        {ID_TYPELESS_DEPTH, {.kind = 2, .format = 44, .width = 16, .height = 16, .mip_count = 1, .bind = 0x48}},
        {ID_STORAGE, {.kind = 4, .width = 1024, .bind = 0x88, .misc = 0x30}},
        {ID_WRITTEN, {.kind = 2, .format = 28, .width = 16, .height = 16, .mip_count = 1, .bind = 0x88}},
    };
    for (size_t i = 0; i < sizeof(resources) / sizeof(resources[0]); i++)
        pvgpu_encode_create_resource(world->e, resources[i].id, &resources[i].desc);
}

static void create_views(struct world *world)
{
    pvgpu_encode_create_render_target_view(
        world->e, &(struct pvgpu_cmd_create_render_target_view){.id = ID_TARGET_VIEW, .resource = ID_TARGET});
    pvgpu_encode_create_render_target_view(
        world->e, &(struct pvgpu_cmd_create_render_target_view){.id = ID_SAMPLES_VIEW, .resource = ID_SAMPLES});
    pvgpu_encode_create_depth_stencil_view(
        world->e, &(struct pvgpu_cmd_create_depth_stencil_view){.id = ID_DEPTH_VIEW, .resource = ID_DEPTH});
    pvgpu_encode_create_shader_resource_view(
        world->e, &(struct pvgpu_cmd_create_shader_resource_view){.id = ID_PICTURE_VIEW, .resource = ID_PICTURE});
    pvgpu_encode_create_unordered_access_view(
        world->e,
        &(struct pvgpu_cmd_create_unordered_access_view){.id = ID_STORAGE_VIEW, .resource = ID_STORAGE, .format = 42});
}

static void create_states(struct world *world)
{
    struct pvgpu_cmd_create_blend_state blend = {.id = ID_BLEND};
    blend.targets[0].write_mask = 15;
    pvgpu_encode_create_blend_state(world->e, &blend);
    pvgpu_encode_create_rasterizer_state(world->e, &(struct pvgpu_cmd_create_rasterizer_state){
                                                       .id = ID_RASTERIZER, .fill = 3, .cull = 1, .depth_clip = 1});
    pvgpu_encode_create_depth_stencil_state(world->e,
                                            &(struct pvgpu_cmd_create_depth_stencil_state){.id = ID_DEPTH_STATE});
    pvgpu_encode_create_sampler(
        world->e,
        &(struct pvgpu_cmd_create_sampler){
            .id = ID_SAMPLER, .address_u = 1, .address_v = 1, .address_w = 1, .max_anisotropy = 1, .compare = 1});
}

static void create_shaders(struct world *world)
{
    static const struct pvgpu_input_element elements[2] = {
        {.name_offset = HEAP_POSITION, .format = 16},
        {.name_offset = HEAP_COLOR, .format = 2, .byte_offset = 8},
    };
    pvgpu_encode_create_shader(world->e, ID_VERTEX_SHADER, PVGPU_STAGE_VERTEX, HEAP_VERTEX_SHADER,
                               world->vertex_shader_bytes);
    pvgpu_encode_create_shader(world->e, ID_PIXEL_SHADER, PVGPU_STAGE_PIXEL, HEAP_PIXEL_SHADER,
                               world->pixel_shader_bytes);
    pvgpu_encode_create_input_layout(world->e, ID_LAYOUT, 2, elements);
}

void world_bind(struct world *world)
{
    const uint32_t target = ID_TARGET_VIEW, none = 0;
    pvgpu_encode_set_render_target(world->e, 1, &target, 0);
    pvgpu_encode_set_viewport(world->e, 1, &(struct pvgpu_viewport){.width = 64, .height = 64, .max_depth = 1});
    pvgpu_encode_set_scissor(world->e, 1, &(struct pvgpu_rect){.right = 64, .bottom = 64});
    pvgpu_encode_set_blend_state(world->e, ID_BLEND, NULL, 0xFFFFFFFFu);
    pvgpu_encode_set_rasterizer_state(world->e, ID_RASTERIZER);
    pvgpu_encode_set_depth_stencil(world->e, ID_DEPTH_STATE, 0);
    pvgpu_encode_set_shader(world->e, PVGPU_STAGE_VERTEX, ID_VERTEX_SHADER);
    pvgpu_encode_set_shader(world->e, PVGPU_STAGE_PIXEL, ID_PIXEL_SHADER);
    for (uint32_t stage = PVGPU_STAGE_GEOMETRY; stage <= PVGPU_STAGE_DOMAIN; stage++)
        pvgpu_encode_set_shader(world->e, (enum pvgpu_stage)stage, none);
    pvgpu_encode_set_input_layout(world->e, ID_LAYOUT);
    pvgpu_encode_set_vertex_buffer(world->e, 0, 1, &(struct pvgpu_vertex_buffer){.id = ID_VERTICES, .stride = 24});
    pvgpu_encode_set_index_buffer(world->e, ID_INDICES, 57, 0);
    pvgpu_encode_set_constant_buffer(world->e, PVGPU_STAGE_VERTEX, 0, ID_CONSTANTS, 0, 0);
    pvgpu_encode_set_primitive_topology(world->e, 4);
}

void world_draw(struct world *world)
{
    pvgpu_encode_draw(world->e, 3, 0);
}

bool world_build(struct check *check, struct world *world)
{
    uint64_t errors = world_errors(world);
    fill_heap(world);
    create_resources(world);
    create_views(world);
    create_states(world);
    create_shaders(world);
    world_bind(world);
    world_draw(world);
    return world_sync(check, world) && CHECK_EQ(world_errors(world), errors);
}
