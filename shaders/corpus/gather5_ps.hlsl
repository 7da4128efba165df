// SPDX-License-Identifier: MIT OR Apache-2.0
// Gathers of shader model 5: other channels, comparison, offsets that are computed.
Texture2D<float4> plane : register(t0);
Texture2D<float> depth : register(t1);
SamplerState smooth : register(s0);
SamplerComparisonState compare : register(s1);

float4 main(float2 at : TEXCOORD0, nointerpolation int2 offset : OFFSET) : SV_Target
{
    float4 sum = plane.GatherRed(smooth, at) + plane.GatherGreen(smooth, at) + plane.GatherAlpha(smooth, at, offset);
    sum += depth.GatherCmp(compare, at, 0.5) + plane.GatherBlue(smooth, at, int2(1, 1));
    return sum;
}
