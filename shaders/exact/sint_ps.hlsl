// SPDX-License-Identifier: MIT OR Apache-2.0
// Signed integers from constants and the pixel.

cbuffer paint : register(b0)
{
    int4 color;
};

int4 main(float4 at : SV_Position) : SV_Target
{
    return color - int4(at.x, at.y, at.y, at.x);
}
