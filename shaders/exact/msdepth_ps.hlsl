// SPDX-License-Identifier: MIT OR Apache-2.0
// Depth of four samples.

Texture2DMS<float> picture : register(t0);

float4 main(float4 at : SV_Position, float2 uv : TEXCOORD) : SV_Target
{
    return float4(picture.Load(int2(at.xy), 0), picture.Load(int2(at.xy), 1), picture.Load(int2(at.xy), 2),
                  picture.Load(int2(at.xy), 3));
}
