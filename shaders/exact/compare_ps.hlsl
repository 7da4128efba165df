// SPDX-License-Identifier: MIT OR Apache-2.0
// Comparison with a reference that grows with u.

Texture2D picture : register(t0);
SamplerComparisonState filter : register(s0);

cbuffer where : register(b0)
{
    float4 scale; // of uv; z: level, slice or third coordinate; w: reference
    float4 shift;
};

float4 main(float4 at : SV_Position, float2 uv : TEXCOORD) : SV_Target
{
    return picture.SampleCmpLevelZero(filter, uv * scale.xy + shift.xy, uv.x * scale.w + shift.w).xxxx * float4(1, 0.5, 0.25, 1);
}
