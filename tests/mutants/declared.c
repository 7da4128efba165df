/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Textures, buffers and views of every dimension that a shader can declare, and which of them a program wants in which
 * slot, so that what a mutant reads beyond a resource is beyond a real one. Protocol 1.0 has no views of structured
 * buffers, no raw ones to read from, and unordered ones for compute alone.
 */
#include "dxbc_builder.h"
#include "mutants.h"

#include <string.h>

#define FORMAT_RGBA8 28u
#define FORMAT_R32_TYPELESS 39u
#define FORMAT_R32_UINT 42u
#define FORMAT_R32_FLOAT 41u
#define MISC_CUBE 0x4u
#define MISC_RAW_VIEWS 0x20u
#define SIZE 16u
#define BUFFER_BYTES 256u
#define RETURN_FLOAT 5u /* D3D10_SB_RESOURCE_RETURN_TYPE */
#define RETURN_NORM_LAST 2u

/* Ids: each dimension twice, floats and integers. */
#define RESOURCES 0x200u
#define VIEWS 0x240u
#define UNORDERED_RESOURCES 0x280u
#define UNORDERED_VIEWS 0x2C0u

struct shape {
    uint32_t dimension; /* enum pvgpu_dxbc_dimension */
    uint32_t kind, height, depth_or_array, samples, misc;
    uint32_t view, unordered_view; /* D3D11_SRV_DIMENSION, D3D11_UAV_DIMENSION; 0: there is none */
};

static const struct shape shapes[] = {
    {PVGPU_DXBC_BUFFER, PVGPU_KIND_BUFFER, 1, 1, 1, 0, 1, 1},
    {PVGPU_DXBC_TEXTURE1D, PVGPU_KIND_TEXTURE_1D, 1, 1, 1, 0, 2, 2},
    {PVGPU_DXBC_TEXTURE2D, PVGPU_KIND_TEXTURE_2D, SIZE, 1, 1, 0, 4, 4},
    {PVGPU_DXBC_TEXTURE2DMS, PVGPU_KIND_TEXTURE_2D, SIZE, 1, 4, 0, 6, 0},
    {PVGPU_DXBC_TEXTURE3D, PVGPU_KIND_TEXTURE_3D, SIZE, 4, 1, 0, 8, 8},
    {PVGPU_DXBC_TEXTURECUBE, PVGPU_KIND_TEXTURE_2D, SIZE, 6, 1, MISC_CUBE, 9, 0},
    {PVGPU_DXBC_TEXTURE1DARRAY, PVGPU_KIND_TEXTURE_1D, 1, 3, 1, 0, 3, 3},
    {PVGPU_DXBC_TEXTURE2DARRAY, PVGPU_KIND_TEXTURE_2D, SIZE, 3, 1, 0, 5, 5},
    {PVGPU_DXBC_TEXTURE2DMSARRAY, PVGPU_KIND_TEXTURE_2D, SIZE, 3, 4, 0, 7, 0},
    {PVGPU_DXBC_TEXTURECUBEARRAY, PVGPU_KIND_TEXTURE_2D, SIZE, 12, 1, MISC_CUBE, 10, 0},
    {PVGPU_DXBC_RAW_BUFFER, PVGPU_KIND_BUFFER, 1, 1, 1, MISC_RAW_VIEWS, 0, 1},
};

static struct pvgpu_cmd_create_resource resource_of(const struct shape *shape, bool integers, uint32_t bind)
{
    bool buffer = shape->kind == PVGPU_KIND_BUFFER, ms = shape->samples > 1;
    return (struct pvgpu_cmd_create_resource){
        .kind = shape->kind,
        .format = buffer     ? 0
                  : integers ? FORMAT_R32_UINT
                             : FORMAT_RGBA8,
        .width = buffer ? BUFFER_BYTES : SIZE,
        .height = shape->height,
        .depth_or_array = shape->depth_or_array,
        .mip_count = 1,
        .sample_count = shape->samples,
        .bind = bind | (ms ? PVGPU_BIND_RENDER_TARGET : 0),
        .misc = shape->misc,
    };
}

static uint32_t view_format(const struct shape *shape, bool integers)
{
    if (shape->dimension == PVGPU_DXBC_RAW_BUFFER)
        return FORMAT_R32_TYPELESS;
    if (integers)
        return FORMAT_R32_UINT;
    return shape->kind == PVGPU_KIND_BUFFER ? FORMAT_R32_FLOAT : FORMAT_RGBA8;
}

static void create_input(struct pvgpu_encoder *e, const struct shape *shape, bool integers)
{
    uint32_t number = 2 * shape->dimension + integers;
    struct pvgpu_cmd_create_resource resource = resource_of(shape, integers, PVGPU_BIND_SHADER_RESOURCE);
    const struct pvgpu_cmd_create_shader_resource_view view = {
        .id = VIEWS + number,
        .resource = RESOURCES + number,
        .format = view_format(shape, integers),
        .dimension = shape->view,
        .count = PVGPU_ALL_REMAINING,
        .slice_count = shape->kind == PVGPU_KIND_BUFFER ? 0 : PVGPU_ALL_REMAINING,
    };
    pvgpu_encode_create_resource(e, RESOURCES + number, &resource);
    pvgpu_encode_create_shader_resource_view(e, &view);
}

static void create_unordered(struct pvgpu_encoder *e, const struct shape *shape, bool integers)
{
    uint32_t number = 2 * shape->dimension + integers;
    bool buffer = shape->kind == PVGPU_KIND_BUFFER, raw = shape->dimension == PVGPU_DXBC_RAW_BUFFER;
    struct pvgpu_cmd_create_resource resource = resource_of(shape, integers, PVGPU_BIND_UNORDERED_ACCESS);
    const struct pvgpu_cmd_create_unordered_access_view view = {
        .id = UNORDERED_VIEWS + number,
        .resource = UNORDERED_RESOURCES + number,
        .format = view_format(shape, integers),
        .dimension = shape->unordered_view,
        .slice_count_or_flags = raw      ? PVGPU_UAV_RAW
                                : buffer ? 0
                                         : PVGPU_ALL_REMAINING,
    };
    pvgpu_encode_create_resource(e, UNORDERED_RESOURCES + number, &resource);
    pvgpu_encode_create_unordered_access_view(e, &view);
}

void declared_create(struct pvgpu_encoder *encoder)
{
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        for (int integers = 0; integers < 2; integers++) {
            if (shapes[i].view)
                create_input(encoder, &shapes[i], integers);
            if (shapes[i].unordered_view)
                create_unordered(encoder, &shapes[i], integers);
        }
    }
}

/* Whether declared_create has made a view of that dimension. */
static bool has_view(uint32_t dimension, bool unordered)
{
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        if (shapes[i].dimension == dimension)
            return unordered ? shapes[i].unordered_view != 0 : shapes[i].view != 0;
    }
    return false;
}

/* One instruction of an accepted program; what is no declaration of a resource is passed over. */
static void bind_one(struct pvgpu_encoder *e, enum pvgpu_stage stage, const uint8_t *at, uint32_t length)
{
    uint32_t token = dxbc_get(at, 0), opcode = token & 0x7FF;
    bool unordered = opcode == PVGPU_DXBC_OP_DCL_UAV_TYPED || opcode == PVGPU_DXBC_OP_DCL_UAV_RAW;
    bool raw = opcode == PVGPU_DXBC_OP_DCL_RESOURCE_RAW || opcode == PVGPU_DXBC_OP_DCL_UAV_RAW;
    if ((!raw && !unordered && opcode != PVGPU_DXBC_OP_DCL_RESOURCE) || length < 3)
        return;
    uint32_t dimension = raw ? PVGPU_DXBC_RAW_BUFFER : token >> 11 & 0x1F, slot = dxbc_get(at, 8);
    uint32_t type = length > 3 ? dxbc_get(at, 12) & 0xF : 0;
    bool integers = !raw && type != RETURN_FLOAT && type > RETURN_NORM_LAST;
    uint32_t number = 2 * dimension + integers, input = VIEWS + number, output = UNORDERED_VIEWS + number;
    if (!has_view(dimension, unordered))
        return;
    if (!unordered && slot < PVGPU_MAX_SHADER_RESOURCES)
        pvgpu_encode_set_shader_resource(e, stage, slot, 1, &input);
    else if (unordered && stage == PVGPU_STAGE_COMPUTE && slot < PVGPU_MAX_UNORDERED_ACCESS)
        pvgpu_encode_set_unordered_access(e, stage, slot, 1, &output, NULL);
}

void declared_bind(struct pvgpu_encoder *encoder, const struct mutant *mutant, enum pvgpu_stage stage)
{
    uint32_t bytes;
    size_t start = dxbc_find_chunk(mutant->bytes, "SHEX", &bytes);
    if (!start)
        start = dxbc_find_chunk(mutant->bytes, "SHDR", &bytes);
    for (uint32_t at = 2; start && at < bytes / 4;) {
        const uint8_t *instruction = mutant->bytes + start + 4 * (size_t)at;
        uint32_t token = dxbc_get(instruction, 0), length = token >> 24 & 0x7F;
        if ((token & 0x7FF) == PVGPU_DXBC_OP_CUSTOMDATA)
            length = dxbc_get(instruction, 4);
        bind_one(encoder, stage, instruction, length);
        at += length;
    }
}

void declared_unbind(struct pvgpu_encoder *encoder, enum pvgpu_stage stage)
{
    static const uint32_t none[PVGPU_MAX_SHADER_RESOURCES];
    pvgpu_encode_set_shader_resource(encoder, stage, 0, PVGPU_MAX_SHADER_RESOURCES, none);
    if (stage == PVGPU_STAGE_COMPUTE)
        pvgpu_encode_set_unordered_access(encoder, stage, 0, PVGPU_MAX_UNORDERED_ACCESS, none, NULL);
}
