// SPDX-License-Identifier: MIT OR Apache-2.0
// Every kind of texture and way of sampling that shader model 4.0 has.
// profiles: ps_4_0 ps_4_1 ps_5_0
Texture1D<float4> line_ : register(t0);
Texture1DArray<float4> lines : register(t1);
Texture2D<float4> plane : register(t2);
Texture2DArray<float4> planes : register(t3);
Texture3D<float4> volume : register(t4);
TextureCube<float4> cube : register(t5);
Texture2DMS<float4, 4> samples : register(t6);
Texture2D<uint4> numbers : register(t7);
Texture2D<int4> signed_ : register(t8);
Buffer<float4> list : register(t9);
Texture2D<float> depth : register(t10);
SamplerState smooth : register(s0);
SamplerComparisonState compare : register(s3);

float4 main(float4 position : SV_Position, float3 at : TEXCOORD0, float level : LEVEL, bool front : SV_IsFrontFace)
    : SV_Target
{
    float4 sum = line_.Sample(smooth, at.x) + lines.Sample(smooth, at.xy);
    sum += plane.SampleLevel(smooth, at.xy, level) + plane.SampleBias(smooth, at.xy, 0.5);
    sum += plane.SampleGrad(smooth, at.xy, ddx(at.xy), ddy(at.xy)) + planes.Sample(smooth, at);
    sum += volume.Sample(smooth, at) + cube.Sample(smooth, at) + plane.Sample(smooth, at.xy, int2(1, -2));
    sum += samples.Load(int2(position.xy), 2);
    sum += float4(numbers.Load(int3(position.xy, 0))) + float4(signed_.Load(int3(position.xy, 1), int2(-1, 3)));
    sum += list.Load(int(position.x)) + plane.Load(int3(3, 4, 0));
    sum.x += depth.SampleCmp(compare, at.xy, at.z) + depth.SampleCmpLevelZero(compare, at.xy, 0.5);
    uint width, height, levels;
    plane.GetDimensions(0, width, height, levels);
    sum.y += float(width + height * levels);
    if (front)
        sum = -sum;
    clip(sum.w - 0.25);
    return sum;
}
