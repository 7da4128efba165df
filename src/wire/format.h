/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * DXGI formats: the one table of what each is made of and what Direct3D 11 lets it be used for. Numbers are
 * DXGI_FORMAT's; sizes follow from the names; uses are those that "Hardware support for Direct3D 11.1 formats" in the
 * Direct3D documentation marks as required at feature level 11_0. Pure; any thread.
 */
#ifndef PVGPU_WIRE_FORMAT_H
#define PVGPU_WIRE_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#define PVGPU_FORMAT_UNKNOWN 0u
#define PVGPU_FORMAT_R32_TYPELESS 39u
#define PVGPU_FORMAT_R32_FLOAT 41u
#define PVGPU_FORMAT_R32_UINT 42u
#define PVGPU_FORMAT_R8G8B8A8_UNORM 28u
#define PVGPU_FORMAT_R16_UINT 57u
#define PVGPU_FORMAT_B8G8R8A8_UNORM 87u
#define PVGPU_FORMAT_COUNT 116u /* one past the last that has an entry */

/* What a format may be used for. */
#define PVGPU_FORMAT_TYPELESS 0x001u /* a storage format; views name another of the family */
#define PVGPU_FORMAT_TEXTURE 0x002u /* 1D, 2D and 3D textures, whole and through a shader-resource view */
#define PVGPU_FORMAT_RENDER 0x004u /* render target */
#define PVGPU_FORMAT_DEPTH 0x008u /* depth-stencil */
#define PVGPU_FORMAT_STENCIL 0x010u /* has stencil bits */
#define PVGPU_FORMAT_VERTEX 0x020u /* input element */
#define PVGPU_FORMAT_BUFFER 0x040u /* typed buffer view */
#define PVGPU_FORMAT_BLOCK 0x080u /* block-compressed */
#define PVGPU_FORMAT_SAMPLE 0x100u /* shader-resource view */
#define PVGPU_FORMAT_INTEGER 0x200u /* UINT or SINT */
#define PVGPU_FORMAT_UNORDERED 0x400u /* typed unordered-access view */

struct pvgpu_format_info {
    const char *name; /* without "DXGI_FORMAT_"; NULL: there is no such format here */
    uint8_t block_bytes; /* bytes of a texel, or of a block */
    uint8_t block_width; /* texels: 1, or 4 for block-compressed formats; 2 for packed pairs */
    uint8_t block_height;
    uint8_t family; /* the typeless format of its castable family; itself where there is none */
    uint16_t uses; /* PVGPU_FORMAT_* */
};

/* The entry of a DXGI format; NULL for numbers that are unknown, video or not usable in 1.0. */
const struct pvgpu_format_info *pvgpu_format_info(uint32_t format);

/* Name for people; "format 4711" style is left to the caller: unknown ones give "unknown". */
const char *pvgpu_format_name(uint32_t format);

/* The format a depth-stencil view or shader view of a typeless depth resource has, by its family; 0 if none. */
uint32_t pvgpu_format_depth_view(uint32_t family);

#endif
