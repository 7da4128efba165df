// SPDX-License-Identifier: MIT OR Apache-2.0
// A cube, all faces.

TextureCube picture : register(t0);
SamplerState filter : register(s0);

float4 main(float4 at : SV_Position, float2 uv : TEXCOORD) : SV_Target
{
    return picture.Sample(filter, float3(sin(uv.x * 6.25), uv.y * 4.0 - 2.0, cos(uv.x * 6.25)));
}
