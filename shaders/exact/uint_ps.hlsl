// SPDX-License-Identifier: MIT OR Apache-2.0
// Unsigned integers from constants and the pixel, to two targets.

cbuffer paint : register(b0)
{
    uint4 color;
};

uint4 main(float4 at : SV_Position) : SV_Target
{
    return color + uint4(at.x, at.y, at.x, at.y);
}
