/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The guest's encoder: every command's opcode and size against the numbers of the protocol document. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pvgpu/guest.h"

static uint32_t word(const uint8_t *bytes, size_t at)
{
    uint32_t value;
    memcpy(&value, bytes + at, sizeof value);
    return value;
}

static const uint32_t ids[4] = {11, 12, 13, 14};
static const float color[4] = {0.25f, 0.5f, 0.75f, 1.0f};

/* Encodes command `index` of the table below. */
static bool encode(struct pvgpu_encoder *e, uint32_t opcode)
{
    static const struct pvgpu_cmd_create_resource resource = {.kind = 2};
    static const struct pvgpu_cmd_update_resource update = {.id = 5};
    static const struct pvgpu_cmd_open_resource open = {.existing = 5};
    static const struct pvgpu_cmd_create_blend_state blend = {.id = 5};
    static const struct pvgpu_cmd_create_rasterizer_state rasterizer = {.id = 5};
    static const struct pvgpu_cmd_create_depth_stencil_state depth = {.id = 5};
    static const struct pvgpu_cmd_create_sampler sampler = {.id = 5};
    static const struct pvgpu_input_element elements[2] = {{.name_offset = 256}, {.name_offset = 512}};
    static const struct pvgpu_cmd_create_render_target_view rtv = {.id = 5};
    static const struct pvgpu_cmd_create_depth_stencil_view dsv = {.id = 5};
    static const struct pvgpu_cmd_create_shader_resource_view srv = {.id = 5};
    static const struct pvgpu_cmd_create_unordered_access_view uav = {.id = 5};
    static const struct pvgpu_viewport viewports[2] = {{.width = 8}, {.width = 9}};
    static const struct pvgpu_rect rects[2] = {{.right = 8}, {.right = 9}};
    static const struct pvgpu_vertex_buffer buffers[2] = {{.id = 11}, {.id = 12}};
    static const struct pvgpu_cmd_resize_buffers resize = {.width = 8};
    switch (opcode) {
    case 0x0001:
        return pvgpu_encode_create_resource(e, 5, &resource);
    case 0x0002:
        return pvgpu_encode_destroy_resource(e, 5);
    case 0x0003:
        return pvgpu_encode_map_resource(e, 5, 1, PVGPU_MAP_READ, 4096);
    case 0x0004:
        return pvgpu_encode_unmap_resource(e, 5, 1, 4096, 64);
    case 0x0005:
        return pvgpu_encode_update_resource(e, &update);
    case 0x0006:
        return pvgpu_encode_copy_resource(e, 5, 6);
    case 0x0007:
        return pvgpu_encode_open_resource(e, 5, &open);
    case 0x0010:
        return pvgpu_encode_create_blend_state(e, &blend);
    case 0x0011:
        return pvgpu_encode_destroy_blend_state(e, 5);
    case 0x0012:
        return pvgpu_encode_create_rasterizer_state(e, &rasterizer);
    case 0x0013:
        return pvgpu_encode_destroy_rasterizer_state(e, 5);
    case 0x0014:
        return pvgpu_encode_create_depth_stencil_state(e, &depth);
    case 0x0015:
        return pvgpu_encode_destroy_depth_stencil_state(e, 5);
    case 0x0016:
        return pvgpu_encode_create_sampler(e, &sampler);
    case 0x0017:
        return pvgpu_encode_destroy_sampler(e, 5);
    case 0x0018:
        return pvgpu_encode_create_input_layout(e, 5, 2, elements);
    case 0x0019:
        return pvgpu_encode_destroy_input_layout(e, 5);
    case 0x0020:
        return pvgpu_encode_create_render_target_view(e, &rtv);
    case 0x0021:
        return pvgpu_encode_destroy_render_target_view(e, 5);
    case 0x0022:
        return pvgpu_encode_create_depth_stencil_view(e, &dsv);
    case 0x0023:
        return pvgpu_encode_destroy_depth_stencil_view(e, 5);
    case 0x0024:
        return pvgpu_encode_create_shader_resource_view(e, &srv);
    case 0x0025:
        return pvgpu_encode_destroy_shader_resource_view(e, 5);
    case 0x0026:
        return pvgpu_encode_create_unordered_access_view(e, &uav);
    case 0x0027:
        return pvgpu_encode_destroy_unordered_access_view(e, 5);
    case 0x0030:
        return pvgpu_encode_create_shader(e, 5, PVGPU_STAGE_PIXEL, 4096, 100);
    case 0x0031:
        return pvgpu_encode_destroy_shader(e, 5);
    case 0x0101:
        return pvgpu_encode_set_render_target(e, 2, ids, 9);
    case 0x0102:
        return pvgpu_encode_set_viewport(e, 2, viewports);
    case 0x0103:
        return pvgpu_encode_set_scissor(e, 2, rects);
    case 0x0104:
        return pvgpu_encode_set_blend_state(e, 5, color, 0xFF);
    case 0x0105:
        return pvgpu_encode_set_rasterizer_state(e, 5);
    case 0x0106:
        return pvgpu_encode_set_depth_stencil(e, 5, 3);
    case 0x0107:
        return pvgpu_encode_set_shader(e, PVGPU_STAGE_PIXEL, 5);
    case 0x0108:
        return pvgpu_encode_set_sampler(e, PVGPU_STAGE_PIXEL, 3, 2, ids);
    case 0x0109:
        return pvgpu_encode_set_constant_buffer(e, PVGPU_STAGE_PIXEL, 3, 5, 16, 32);
    case 0x010A:
        return pvgpu_encode_set_vertex_buffer(e, 3, 2, buffers);
    case 0x010B:
        return pvgpu_encode_set_index_buffer(e, 5, 57, 64);
    case 0x010C:
        return pvgpu_encode_set_input_layout(e, 5);
    case 0x010D:
        return pvgpu_encode_set_primitive_topology(e, 4);
    case 0x010E:
        return pvgpu_encode_set_shader_resource(e, PVGPU_STAGE_PIXEL, 3, 2, ids);
    case 0x010F:
        return pvgpu_encode_set_unordered_access(e, PVGPU_STAGE_COMPUTE, 3, 2, ids, NULL);
    case 0x0201:
        return pvgpu_encode_draw(e, 3, 6);
    case 0x0202:
        return pvgpu_encode_draw_indexed(e, 3, 6, -7);
    case 0x0203:
        return pvgpu_encode_draw_instanced(e, 3, 4, 5, 6);
    case 0x0204:
        return pvgpu_encode_draw_indexed_instanced(e, 3, 4, 5, -6, 7);
    case 0x0205:
        return pvgpu_encode_dispatch(e, 1, 2, 3);
    case 0x0206:
        return pvgpu_encode_clear_render_target(e, 5, color);
    case 0x0207:
        return pvgpu_encode_clear_depth_stencil(e, 5, 3, 0.5f, 7);
    case 0x0301:
        return pvgpu_encode_fence(e, 0x100000002ull);
    case 0x0302:
        return pvgpu_encode_present(e, 5, 1);
    case 0x0303:
        return pvgpu_encode_flush(e);
    case 0x0304:
        return pvgpu_encode_wait_fence(e, 9);
    case 0x0305:
        return pvgpu_encode_resize_buffers(e, &resize);
    default:
        return false;
    }
}

static const struct {
    uint32_t opcode, size, id_at, id; /* full size without padding; where the main id is, 0: no id */
    uint32_t used; /* size with the test's two array entries; 0: the same */
} table[] = {
    {0x0001, 64, 8, 5, 0},     {0x0002, 16, 8, 5, 0},    {0x0003, 48, 16, 5, 0},   {0x0004, 32, 16, 5, 0},
    {0x0005, 64, 16, 5, 0},    {0x0006, 32, 16, 5, 0},   {0x0007, 44, 8, 5, 0},    {0x0010, 284, 16, 5, 0},
    {0x0011, 16, 8, 5, 0},     {0x0012, 60, 16, 5, 0},   {0x0013, 16, 8, 5, 0},    {0x0014, 76, 16, 5, 0},
    {0x0015, 16, 8, 5, 0},     {0x0016, 72, 16, 5, 0},   {0x0017, 16, 8, 5, 0},    {0x0018, 920, 16, 5, 80},
    {0x0019, 16, 8, 5, 0},     {0x0020, 44, 16, 5, 0},   {0x0021, 16, 8, 5, 0},    {0x0022, 48, 16, 5, 0},
    {0x0023, 16, 8, 5, 0},     {0x0024, 48, 16, 5, 0},   {0x0025, 16, 8, 5, 0},    {0x0026, 48, 16, 5, 0},
    {0x0027, 16, 8, 5, 0},     {0x0030, 32, 16, 5, 0},   {0x0031, 32, 16, 5, 0},   {0x0101, 56, 20, 9, 32},
    {0x0102, 404, 16, 2, 68},  {0x0103, 276, 16, 2, 52}, {0x0104, 44, 16, 5, 0},   {0x0105, 32, 16, 5, 0},
    {0x0106, 32, 16, 5, 0},    {0x0107, 24, 20, 5, 0},   {0x0108, 92, 28, 11, 36}, {0x0109, 36, 24, 5, 0},
    {0x010A, 216, 24, 11, 48}, {0x010B, 32, 16, 5, 0},   {0x010C, 32, 16, 5, 0},   {0x010D, 32, 16, 4, 0},
    {0x010E, 540, 28, 11, 36}, {0x010F, 92, 28, 11, 0},  {0x0201, 32, 16, 3, 0},   {0x0202, 32, 16, 3, 0},
    {0x0203, 32, 16, 3, 0},    {0x0204, 48, 16, 3, 0},   {0x0205, 32, 16, 1, 0},   {0x0206, 36, 16, 5, 0},
    {0x0207, 32, 16, 5, 0},    {0x0301, 24, 16, 2, 0},   {0x0302, 32, 16, 5, 0},   {0x0303, 16, 0, 0x0303, 0},
    {0x0304, 24, 16, 9, 0},    {0x0305, 48, 20, 8, 0},
};

#define COUNT (sizeof table / sizeof table[0])

static void check_all(uint32_t options)
{
    uint8_t memory[2048];
    for (size_t i = 0; i < COUNT; i++) {
        struct pvgpu_encoder encoder;
        memset(memory, 0xEE, sizeof memory);
        pvgpu_encoder_init(&encoder, memory, sizeof memory);
        encoder.options = options;
        assert_true(encode(&encoder, table[i].opcode));
        uint32_t bytes = options & PVGPU_ENCODE_FULL_ARRAYS || !table[i].used ? table[i].size : table[i].used;
        uint32_t rounded = (bytes + 15) / 16 * 16;
        assert_int_equal(encoder.used, rounded);
        assert_int_equal(word(memory, 0), table[i].opcode);
        assert_int_equal(word(memory, 4), options & PVGPU_ENCODE_EXACT_SIZE ? bytes : rounded);
        assert_int_equal(word(memory, table[i].id_at), table[i].id);
        assert_int_equal(word(memory, 12), 0);
        for (uint32_t at = bytes; at < rounded; at++) {
            assert_int_equal(memory[at], 0);
        }
        assert_int_equal(memory[rounded], 0xEE);
        assert_int_equal(encoder.commands, 1);
        assert_int_equal(encoder.draws, table[i].opcode >= 0x0201 && table[i].opcode <= 0x0204);
    }
}

static void every_command_by_default(void **state)
{
    (void)state;
    assert_int_equal(COUNT, 54); /* as many as protocol 1.0 has */
    check_all(0);
}

static void every_command_at_full_size(void **state)
{
    (void)state;
    check_all(PVGPU_ENCODE_FULL_ARRAYS);
    check_all(PVGPU_ENCODE_FULL_ARRAYS | PVGPU_ENCODE_EXACT_SIZE);
    check_all(PVGPU_ENCODE_EXACT_SIZE);
}

static void fields_are_where_the_document_says(void **state)
{
    (void)state;
    uint8_t memory[1024];
    struct pvgpu_encoder encoder;
    pvgpu_encoder_init(&encoder, memory, sizeof memory);
    assert_true(pvgpu_encode_draw_indexed_instanced(&encoder, 1, 2, 3, -4, 5));
    assert_int_equal(word(memory, 20), 2);
    assert_int_equal(word(memory, 24), 3);
    assert_int_equal(word(memory, 28), (uint32_t)-4);
    assert_int_equal(word(memory, 32), 5);

    encoder.used = 0;
    assert_true(pvgpu_encode_map_resource(&encoder, 1, 2, PVGPU_MAP_WRITE_DISCARD, 4096));
    assert_int_equal(word(memory, 20), 2);
    assert_int_equal(word(memory, 24), 4);
    assert_int_equal(word(memory, 32), 4096);

    encoder.used = 0;
    assert_true(pvgpu_encode_set_unordered_access(&encoder, PVGPU_STAGE_COMPUTE, 1, 2, ids, NULL));
    assert_int_equal(word(memory, 32), 12);
    assert_int_equal(word(memory, 36), 0);
    assert_int_equal(word(memory, 64), 0xFFFFFFFFu);
    assert_int_equal(word(memory, 68), 0);

    encoder.used = 0;
    const struct pvgpu_cmd_copy_region region = {.header = {.opcode = 77, .size = 1}, .destination = 3, .back = 9};
    assert_true(pvgpu_encode_copy_region(&encoder, &region));
    assert_int_equal(word(memory, 0), 6);
    assert_int_equal(word(memory, 4), 80);
    assert_int_equal(word(memory, 68), 9);

    encoder.used = 0;
    assert_true(pvgpu_encode_wait_fence(&encoder, 0));
    assert_int_equal(encoder.used, 16);
    encoder.used = 0;
    assert_true(pvgpu_encode_set_blend_state(&encoder, 5, NULL, 3));
    assert_int_equal(word(memory, 32), 0x3F800000u);
    assert_int_equal(word(memory, 36), 3);
}

/* A count past the array is passed on for the host to judge, and reads nothing past the array's capacity. */
static void excessive_counts_are_passed_on(void **state)
{
    (void)state;
    uint8_t memory[1024];
    uint32_t views[PVGPU_MAX_RENDER_TARGETS] = {1, 2, 3, 4, 5, 6, 7, 8};
    struct pvgpu_encoder encoder;
    pvgpu_encoder_init(&encoder, memory, sizeof memory);
    assert_true(pvgpu_encode_set_render_target(&encoder, 0xFFFFFFFFu, views, 0));
    assert_int_equal(encoder.used, 64);
    assert_int_equal(word(memory, 16), 0xFFFFFFFFu);
    assert_int_equal(word(memory, 52), 8);
}

static void a_full_buffer_stays_failed(void **state)
{
    (void)state;
    uint8_t memory[64];
    struct pvgpu_encoder encoder;
    memset(memory, 0xEE, sizeof memory);
    pvgpu_encoder_init(&encoder, memory, 40);
    assert_true(pvgpu_encode_draw(&encoder, 3, 0));
    assert_false(pvgpu_encode_flush(&encoder));
    assert_true(encoder.failed);
    assert_int_equal(encoder.used, 32);
    assert_int_equal(memory[32], 0xEE);
    encoder.used = 0;
    assert_false(pvgpu_encode_flush(&encoder));
    assert_int_equal(encoder.commands, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_by_default),           cmocka_unit_test(every_command_at_full_size),
        cmocka_unit_test(fields_are_where_the_document_says), cmocka_unit_test(excessive_counts_are_passed_on),
        cmocka_unit_test(a_full_buffer_stays_failed),
    };
    return cmocka_run_group_tests_name("guest encoder", tests, NULL, NULL);
}
