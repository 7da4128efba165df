// SPDX-License-Identifier: MIT OR Apache-2.0
// One sample of a multisampled texture, by number.

Texture2DMS<float4> picture : register(t0);

cbuffer where : register(b0)
{
    float4 scale; // of uv; z: level, slice or third coordinate; w: reference
    float4 shift;
};

float4 main(float4 at : SV_Position, float2 uv : TEXCOORD) : SV_Target
{
    return picture.Load(int2(at.xy), int(shift.z));
}
