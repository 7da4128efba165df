/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "commands.h"

#include "shaders/fuzz/generated/all.h"
#include "shaders/generated/background_ps.h"
#include "shaders/generated/background_vs.h"
#include "shaders/generated/cube_ps.h"
#include "shaders/generated/cube_vs.h"
#include "shaders/generated/triangle_ps.h"
#include "shaders/generated/triangle_vs.h"

#include <string.h>

/* Bind bits. */
#define VB PVGPU_BIND_VERTEX_BUFFER
#define IB PVGPU_BIND_INDEX_BUFFER
#define CB PVGPU_BIND_CONSTANT_BUFFER
#define SR PVGPU_BIND_SHADER_RESOURCE
#define RT PVGPU_BIND_RENDER_TARGET
#define DS PVGPU_BIND_DEPTH_STENCIL
#define UA PVGPU_BIND_UNORDERED_ACCESS

#define CUBE 4u /* D3D11_RESOURCE_MISC_TEXTURECUBE */
#define MIPS 1u /* D3D11_RESOURCE_MISC_GENERATE_MIPS */

#define BUFFER(bytes, bits) {.kind = PVGPU_KIND_BUFFER, .width = (bytes), .bind = (bits)}
#define TEXTURE(dimensions, dxgi, w, h, d, mips, samples, bits, flags) \
    {.kind = (dimensions), \
     .format = (dxgi), \
     .width = (w), \
     .height = (h), \
     .depth_or_array = (d), \
     .mip_count = (mips), \
     .sample_count = (samples), \
     .bind = (bits), \
     .misc = (flags)}

/* One of everything that the rules treat differently. Formats by DXGI's numbers, named behind. */
const struct pvgpu_cmd_create_resource world_resources[WORLD_RESOURCES] = {
    BUFFER(1024, VB | IB),
    BUFFER(4096, VB | IB | SR),
    BUFFER(8192, CB),
    BUFFER(256, CB),
    BUFFER(1024, SR),
    BUFFER(1024, SR | UA),
    BUFFER(4096, VB | UA),
    BUFFER(64, 0),
    BUFFER(1024, RT | SR),
    TEXTURE(2, 28, 64, 64, 1, 1, 1, RT | SR, 0), /* R8G8B8A8_UNORM */
    TEXTURE(2, 28, 64, 64, 1, 0, 1, RT | SR | UA, 0),
    TEXTURE(2, 27, 32, 32, 4, 1, 1, RT | SR, 0), /* R8G8B8A8_TYPELESS */
    TEXTURE(2, 28, 16, 16, 12, 1, 1, SR, CUBE),
    TEXTURE(2, 29, 16, 16, 6, 3, 1, RT | SR, CUBE | MIPS), /* R8G8B8A8_UNORM_SRGB */
    TEXTURE(2, 71, 16, 16, 1, 0, 1, SR, 0), /* BC1_UNORM */
    TEXTURE(2, 98, 32, 16, 2, 2, 1, SR, 0), /* BC7_UNORM */
    TEXTURE(2, 77, 16, 16, 1, 1, 1, 0, 0), /* BC3_UNORM */
    TEXTURE(2, 70, 16, 16, 1, 1, 1, SR, 0), /* BC1_TYPELESS */
    TEXTURE(2, 28, 64, 64, 1, 1, 4, RT | SR, 0),
    TEXTURE(2, 28, 32, 32, 2, 1, 4, RT, 0),
    TEXTURE(2, 87, 64, 36, 1, 1, 1, RT, 0), /* B8G8R8A8_UNORM */
    TEXTURE(2, 10, 32, 32, 1, 1, 1, RT | SR | UA, 0), /* R16G16B16A16_FLOAT */
    TEXTURE(2, 24, 32, 32, 1, 1, 1, RT, 0), /* R10G10B10A2_UNORM */
    TEXTURE(2, 42, 32, 32, 1, 1, 1, SR | UA, 0), /* R32_UINT */
    TEXTURE(2, 28, 64, 64, 1, 1, 1, 0, 0),
    TEXTURE(2, 45, 64, 64, 1, 1, 1, DS, 0), /* D24_UNORM_S8_UINT */
    TEXTURE(2, 44, 64, 64, 2, 1, 1, DS | SR, 0), /* R24G8_TYPELESS */
    TEXTURE(2, 40, 64, 64, 1, 1, 4, DS, 0), /* D32_FLOAT */
    TEXTURE(2, 39, 32, 32, 1, 1, 1, DS | SR, 0), /* R32_TYPELESS */
    TEXTURE(2, 55, 64, 64, 1, 1, 1, DS, 0), /* D16_UNORM */
    TEXTURE(2, 19, 32, 32, 1, 1, 1, DS | SR, 0), /* R32G8X24_TYPELESS */
    TEXTURE(1, 28, 64, 1, 2, 1, 1, RT | SR, 0),
    TEXTURE(1, 41, 128, 1, 1, 0, 1, SR | UA, 0), /* R32_FLOAT */
    TEXTURE(3, 28, 8, 8, 8, 0, 1, RT | SR, 0),
    TEXTURE(3, 41, 16, 16, 4, 1, 1, SR | UA, 0),
    TEXTURE(3, 71, 16, 16, 4, 1, 1, SR, 0),
    TEXTURE(2, 2, 8, 8, 1, 1, 1, SR, 0), /* R32G32B32A32_FLOAT */
    TEXTURE(2, 61, 13, 7, 1, 3, 1, SR, 0), /* R8_UNORM */
    TEXTURE(2, 67, 16, 16, 1, 1, 1, SR, 0), /* R9G9B9E5_SHAREDEXP */
    TEXTURE(2, 68, 16, 16, 1, 1, 1, SR, 0), /* R8G8_B8G8_UNORM */
};

#define SHADER(name, stage) {pvgpu_shader_##name, sizeof(pvgpu_shader_##name), stage}

const struct world_shader world_shaders[WORLD_SHADERS] = {
    SHADER(triangle_vs, PVGPU_STAGE_VERTEX),   SHADER(triangle_ps, PVGPU_STAGE_PIXEL),
    SHADER(cube_vs, PVGPU_STAGE_VERTEX),       SHADER(cube_ps, PVGPU_STAGE_PIXEL),
    SHADER(background_vs, PVGPU_STAGE_VERTEX), SHADER(background_ps, PVGPU_STAGE_PIXEL),
    SHADER(fuzz_patch_vs, PVGPU_STAGE_VERTEX), SHADER(fuzz_patch_hs, PVGPU_STAGE_HULL),
    SHADER(fuzz_patch_ds, PVGPU_STAGE_DOMAIN), SHADER(fuzz_split_gs, PVGPU_STAGE_GEOMETRY),
    SHADER(fuzz_sum_cs, PVGPU_STAGE_COMPUTE),
};

/* What the shaders above read comes first. */
static const char *const names[WORLD_NAMES] = {"POSITION", "COLOR",  "NORMAL", "TEXCOORD",
                                               "PLACE",    "FACING", "color",  "2D"};

void world_fill_heap(uint8_t *heap)
{
    for (uint32_t i = 0; i < WORLD_NAMES; i++)
        memcpy(heap + WORLD_HEAP_NAMES + i * WORLD_HEAP_NAME_STRIDE, names[i], strlen(names[i]) + 1);
    for (uint32_t i = 0; i < WORLD_SHADERS; i++) {
        size_t size = world_shaders[i].size < WORLD_HEAP_SHADER_STRIDE ? world_shaders[i].size : 0;
        memcpy(heap + WORLD_HEAP_SHADERS + i * WORLD_HEAP_SHADER_STRIDE, world_shaders[i].bytes, size);
    }
    for (uint32_t i = WORLD_HEAP_DATA; i < WORLD_HEAP_BYTES; i += 97)
        heap[i] = (uint8_t)i;
}

uint32_t world_resource_with(uint32_t bind, uint32_t number)
{
    uint32_t fitting[WORLD_RESOURCES], count = 0;
    for (uint32_t i = 0; i < WORLD_RESOURCES; i++) {
        if (world_resources[i].bind & bind)
            fitting[count++] = i;
    }
    return fitting[number % count];
}

static uint32_t choose(uint32_t number, uint32_t a, uint32_t b, uint32_t c)
{
    return number % 3 == 0 ? a : number % 3 == 1 ? b : c;
}

uint32_t world_view_format(const struct pvgpu_cmd_create_resource *resource, uint32_t bind, uint32_t number)
{
    bool depth = bind == DS;
    if (resource->kind == PVGPU_KIND_BUFFER)
        return choose(number, 42, 28, 2);
    switch (resource->format) {
    case 19:
        return depth ? 20 : choose(number, 21, 21, 22);
    case 27:
        return choose(number, 28, 29, 30);
    case 39:
        return depth ? 40 : choose(number, 41, 41, 42);
    case 44:
        return depth ? 45 : choose(number, 46, 46, 47);
    case 70:
        return choose(number, 71, 72, 71);
    default:
        return 0;
    }
}

uint32_t world_view_dimension(const struct pvgpu_cmd_create_resource *resource, uint32_t bind, bool whole)
{
    /* By kind of resource and whether it is an array; multisampled ones are two further. */
    bool array = resource->depth_or_array > 1, samples = resource->sample_count > 1;
    uint32_t first = bind == DS ? 0 : 1;
    switch (resource->kind) {
    case PVGPU_KIND_BUFFER:
        return 1;
    case PVGPU_KIND_TEXTURE_1D:
        return first + 1 + array;
    case PVGPU_KIND_TEXTURE_2D:
        if (bind == SR && resource->misc & CUBE && whole)
            return resource->depth_or_array > 6 ? 10 : 9;
        return first + 3 + array + (samples ? 2 : 0);
    default:
        return 8;
    }
}
