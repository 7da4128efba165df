// SPDX-License-Identifier: MIT OR Apache-2.0
// The mean of four samples.

Texture2DMS<float4> picture : register(t0);

float4 main(float4 at : SV_Position, float2 uv : TEXCOORD) : SV_Target
{
    return (picture.Load(int2(at.xy), 0) + picture.Load(int2(at.xy), 1) + picture.Load(int2(at.xy), 2) +
            picture.Load(int2(at.xy), 3)) * 0.25;
}
