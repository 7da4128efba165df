// SPDX-License-Identifier: MIT OR Apache-2.0
// Texels of a 2D texture by number.

Texture2D picture : register(t0);

float4 main(float4 at : SV_Position, float2 uv : TEXCOORD) : SV_Target
{
    return picture.Load(int3(at.xy, 0));
}
