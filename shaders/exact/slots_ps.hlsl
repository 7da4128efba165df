// SPDX-License-Identifier: MIT OR Apache-2.0
// The last slots: texture 127, samplers 0 and 15.

Texture2D picture : register(t127);
Texture2D other : register(t64);
SamplerState first : register(s0);
SamplerState last : register(s15);

float4 main(float4 at : SV_Position, float2 uv : TEXCOORD) : SV_Target
{
    return uv.x < 0.5 ? picture.Sample(last, uv * 2.5) : other.Sample(first, uv * 2.5);
}
