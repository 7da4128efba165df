// SPDX-License-Identifier: MIT OR Apache-2.0
// Derivatives of both kinds, levels, samples and centroids.
Texture2D<float4> plane : register(t0);
TextureCube<float4> cube : register(t3);
TextureCubeArray<float4> cubes : register(t4);
SamplerState smooth : register(s5);

float4 main(float4 position : SV_Position, float4 at : AT, noperspective float2 each : EACH, centroid float2 middle : MIDDLE,
            uint index : SV_SampleIndex) : SV_Target
{
    float4 sum = ddx_coarse(at) + ddy_coarse(at.wzyx) + ddx_fine(at) + ddy_fine(at.yxwz) + ddx(at) - ddy(at);
    sum += fwidth(each.xyxy) + plane.SampleGrad(smooth, middle, ddx(middle), ddy(each), int2(3, -4));
    sum += cubes.SampleLevel(smooth, at, 2.0) + cube.SampleBias(smooth, at.xyz, -1.5);
    sum.x += float(index);
    return sum;
}
