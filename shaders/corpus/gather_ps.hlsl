// SPDX-License-Identifier: MIT OR Apache-2.0
// What shader model 4.1 added: gathers, sample positions, cube arrays.
// profiles: ps_4_1 ps_5_0
Texture2D<float4> plane : register(t0);
TextureCubeArray<float4> cubes : register(t1);
Texture2DMS<float4> samples : register(t2);
SamplerState smooth : register(s0);

float4 main(float4 position : SV_Position, float4 at : TEXCOORD0, uint index : SV_SampleIndex) : SV_Target
{
    float4 sum = plane.Gather(smooth, at.xy) + plane.Gather(smooth, at.xy, int2(2, -3));
    sum += cubes.Sample(smooth, at);
    sum += samples.Load(int2(position.xy), index);
    return sum;
}
