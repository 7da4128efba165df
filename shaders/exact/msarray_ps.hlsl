// SPDX-License-Identifier: MIT OR Apache-2.0
// The mean of four samples of a slice.

Texture2DMSArray<float4> picture : register(t0);

cbuffer where : register(b0)
{
    float4 scale; // of uv; z: level, slice or third coordinate; w: reference
    float4 shift;
};

float4 main(float4 at : SV_Position, float2 uv : TEXCOORD) : SV_Target
{
    return (picture.Load(int3(at.xy, shift.z), 0) + picture.Load(int3(at.xy, shift.z), 1) +
            picture.Load(int3(at.xy, shift.z), 2) + picture.Load(int3(at.xy, shift.z), 3)) * 0.25;
}
