// SPDX-License-Identifier: MIT OR Apache-2.0
// Elements of a typed buffer, row by row.

Buffer<float4> numbers : register(t0);

float4 main(float4 at : SV_Position, float2 uv : TEXCOORD) : SV_Target
{
    return numbers[uint(at.y) * 16 + uint(at.x)];
}
