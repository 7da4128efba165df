// SPDX-License-Identifier: MIT OR Apache-2.0
// Signed elements of a typed buffer, row by row.

Buffer<int4> numbers : register(t0);

float4 main(float4 at : SV_Position, float2 uv : TEXCOORD) : SV_Target
{
    return float4(numbers[uint(at.y) * 16 + uint(at.x)] & 0xFF) / 255.0;
}
