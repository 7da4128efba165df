// SPDX-License-Identifier: MIT OR Apache-2.0
// Four texels at a time.

Texture2D picture : register(t0);
SamplerState filter : register(s0);

cbuffer where : register(b0)
{
    float4 scale; // of uv; z: level, slice or third coordinate; w: reference
    float4 shift;
};

float4 main(float4 at : SV_Position, float2 uv : TEXCOORD) : SV_Target
{
    return picture.GatherRed(filter, uv * scale.xy + shift.xy);
}
