// SPDX-License-Identifier: MIT OR Apache-2.0
// The sizes of textures of every dimension.
Texture1D<float4> line_ : register(t0);
Texture1DArray<float4> lines : register(t1);
Texture2DArray<float4> planes : register(t2);
Texture3D<float4> volume : register(t3);
TextureCubeArray<float4> cubes : register(t4);

uint4 main(float4 position : SV_Position) : SV_Target
{
    uint4 sum = 0;
    uint a, b, c, d;
    line_.GetDimensions(1, a, b);
    sum.x += a + b;
    lines.GetDimensions(0, a, b, c);
    sum.y += a * b + c;
    planes.GetDimensions(2, a, b, c, d);
    sum += uint4(a, b, c, d);
    volume.GetDimensions(0, a, b, c, d);
    sum ^= uint4(a, b, c, d);
    cubes.GetDimensions(0, a, b, c, d);
    sum -= uint4(a, b, c, d);
    return sum + uint4(a, b, c, d);
}
