/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The few Direct3D 11 and DXGI numerals that the demo puts into commands: the wire uses Direct3D's own numbers, and a
 * guest has no Direct3D headers.
 */
#ifndef PVGPU_DEMO_D3D11_NUMERALS_H
#define PVGPU_DEMO_D3D11_NUMERALS_H

enum pvgpu_demo_numeral {
    FORMAT_R32G32B32A32_FLOAT = 2,
    FORMAT_R32G32B32_FLOAT = 6,
    FORMAT_R32G32_FLOAT = 16,
    FORMAT_R8G8B8A8_UNORM = 28,
    FORMAT_D32_FLOAT = 40,
    FORMAT_R16_UINT = 57,

    BLEND_ZERO = 1,
    BLEND_ONE = 2,
    BLEND_SRC_ALPHA = 5,
    BLEND_INV_SRC_ALPHA = 6,
    BLEND_OP_ADD = 1,
    COLOR_WRITE_RGB = 7,

    FILL_SOLID = 3,
    CULL_NONE = 1,
    CULL_BACK = 3,

    COMPARE_NEVER = 1,
    COMPARE_LESS = 2,
    COMPARE_ALWAYS = 8,
    STENCIL_KEEP = 1,

    FILTER_MIN_MAG_MIP_LINEAR = 0x15,
    ADDRESS_CLAMP = 3,

    TOPOLOGY_TRIANGLE_LIST = 4
};

#endif
