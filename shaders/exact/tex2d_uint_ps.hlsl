// SPDX-License-Identifier: MIT OR Apache-2.0
// Unsigned texels.

Texture2D<uint4> picture : register(t0);

float4 main(float4 at : SV_Position, float2 uv : TEXCOORD) : SV_Target
{
    return float4(picture.Load(int3(at.xy, 0)) & 0xFF) / 255.0;
}
