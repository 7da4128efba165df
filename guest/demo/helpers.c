/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "d3d11_numerals.h"
#include "demo.h"

static void expect(struct demo *demo, bool good, const char *what)
{
    if (!good && !demo->failed) {
        fprintf(stderr, "pvgpu-demo: %s failed\n", what);
        demo->failed = true;
    }
}

/* Copies into the heap until the next fence has passed. offset 0: failed. */
static uint32_t stage(struct demo *demo, const void *data, uint32_t bytes)
{
    if (demo->failed) {
        return 0;
    }
    struct pvgpu_heap_block block = pvgpu_guest_upload(demo->guest, data, bytes);
    expect(demo, block.bytes > 0 && pvgpu_guest_release(demo->guest, block), "heap upload");
    return block.offset;
}

static void create_texture(struct demo *demo, uint32_t id, uint32_t format, uint32_t bind)
{
    const struct pvgpu_cmd_create_resource desc = {
        .kind = PVGPU_KIND_TEXTURE_2D,
        .format = format,
        .width = demo->width,
        .height = demo->height,
        .depth_or_array = 1,
        .mip_count = 1,
        .sample_count = 1,
        .bind = bind,
    };
    expect(demo, pvgpu_encode_create_resource(demo->encoder, id, &desc), "CREATE_RESOURCE");
}

void demo_create_targets(struct demo *demo, bool depth)
{
    create_texture(demo, DEMO_ID_TARGET, FORMAT_R8G8B8A8_UNORM, PVGPU_BIND_RENDER_TARGET | PVGPU_BIND_SHADER_RESOURCE);
    const struct pvgpu_cmd_create_render_target_view view = {.id = DEMO_ID_TARGET_VIEW, .resource = DEMO_ID_TARGET};
    expect(demo, pvgpu_encode_create_render_target_view(demo->encoder, &view), "CREATE_RENDER_TARGET_VIEW");
    if (depth) {
        create_texture(demo, DEMO_ID_DEPTH, FORMAT_D32_FLOAT, PVGPU_BIND_DEPTH_STENCIL);
        const struct pvgpu_cmd_create_depth_stencil_view depth_view = {.id = DEMO_ID_DEPTH_VIEW,
                                                                       .resource = DEMO_ID_DEPTH};
        expect(demo, pvgpu_encode_create_depth_stencil_view(demo->encoder, &depth_view), "CREATE_DEPTH_STENCIL_VIEW");
    }
}

void demo_create_buffer(struct demo *demo, uint32_t id, uint32_t bind, const void *data, uint32_t bytes)
{
    struct pvgpu_cmd_create_resource desc = {.kind = PVGPU_KIND_BUFFER, .width = bytes, .bind = bind};
    if (data) {
        desc.data_offset = stage(demo, data, bytes);
        desc.data_bytes = bytes;
    }
    expect(demo, pvgpu_encode_create_resource(demo->encoder, id, &desc), "CREATE_RESOURCE");
}

void demo_create_shader(struct demo *demo, uint32_t id, enum pvgpu_stage shader_stage, const void *dxbc, uint32_t bytes)
{
    uint32_t offset = stage(demo, dxbc, bytes);
    expect(demo, pvgpu_encode_create_shader(demo->encoder, id, shader_stage, offset, bytes), "CREATE_SHADER");
}

void demo_create_input_layout(struct demo *demo, uint32_t id, const struct demo_element *elements, uint32_t count)
{
    struct pvgpu_input_element wire[PVGPU_MAX_INPUT_ELEMENTS];
    for (uint32_t i = 0; i < count; i++) {
        wire[i] = (struct pvgpu_input_element){
            .name_offset = stage(demo, elements[i].name, (uint32_t)strlen(elements[i].name) + 1),
            .format = elements[i].format,
            .slot = elements[i].slot,
            .byte_offset = elements[i].byte_offset,
            .classification = elements[i].classification,
            .step_rate = elements[i].classification,
        };
    }
    expect(demo, pvgpu_encode_create_input_layout(demo->encoder, id, count, wire), "CREATE_INPUT_LAYOUT");
}

void demo_update_buffer(struct demo *demo, uint32_t id, const void *data, uint32_t bytes)
{
    const struct pvgpu_cmd_update_resource desc = {
        .id = id,
        .heap_offset = stage(demo, data, bytes),
        .data_bytes = bytes,
        .row_pitch = bytes,
        .depth_pitch = bytes,
    };
    expect(demo, pvgpu_encode_update_resource(demo->encoder, &desc), "UPDATE_RESOURCE");
}

void demo_map_buffer(struct demo *demo, uint32_t id, const void *data, uint32_t bytes)
{
    uint32_t offset = stage(demo, data, bytes);
    expect(demo,
           pvgpu_encode_map_resource(demo->encoder, id, 0, PVGPU_MAP_WRITE_DISCARD, offset) &&
               pvgpu_encode_unmap_resource(demo->encoder, id, 0, offset, bytes),
           "MAP_RESOURCE");
}

void demo_update_mip(struct demo *demo, uint32_t id, uint32_t mip, uint32_t width, uint32_t height, const void *texels)
{
    const struct pvgpu_cmd_update_resource desc = {
        .id = id,
        .subresource = mip,
        .heap_offset = stage(demo, texels, width * height * 4),
        .data_bytes = width * height * 4,
        .width = width,
        .height = height,
        .depth = 1,
        .row_pitch = width * 4,
        .depth_pitch = width * height * 4,
    };
    expect(demo, pvgpu_encode_update_resource(demo->encoder, &desc), "UPDATE_RESOURCE");
}

void demo_begin_frame(struct demo *demo, bool depth)
{
    const uint32_t view = DEMO_ID_TARGET_VIEW;
    const struct pvgpu_viewport viewport = {
        .width = (float)demo->width,
        .height = (float)demo->height,
        .max_depth = 1.0f,
    };
    pvgpu_encode_set_render_target(demo->encoder, 1, &view, depth ? DEMO_ID_DEPTH_VIEW : 0);
    pvgpu_encode_set_viewport(demo->encoder, 1, &viewport);
    pvgpu_encode_set_primitive_topology(demo->encoder, TOPOLOGY_TRIANGLE_LIST);
}
