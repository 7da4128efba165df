// SPDX-License-Identifier: MIT OR Apache-2.0
// A 2D texture at a level that grows downwards.

Texture2D picture : register(t0);
SamplerState filter : register(s0);

cbuffer where : register(b0)
{
    float4 scale; // of uv; z: level, slice or third coordinate; w: reference
    float4 shift;
};

float4 main(float4 at : SV_Position, float2 uv : TEXCOORD) : SV_Target
{
    return picture.SampleLevel(filter, uv * scale.xy + shift.xy, uv.y * scale.z + shift.z);
}
