// SPDX-License-Identifier: MIT OR Apache-2.0
// Slices of a 1D array, one below the other.

Texture1DArray picture : register(t0);
SamplerState filter : register(s0);

cbuffer where : register(b0)
{
    float4 scale; // of uv; z: level, slice or third coordinate; w: reference
    float4 shift;
};

float4 main(float4 at : SV_Position, float2 uv : TEXCOORD) : SV_Target
{
    return picture.Sample(filter, float2(uv.x * scale.x + shift.x, floor(uv.y * scale.z)));
}
