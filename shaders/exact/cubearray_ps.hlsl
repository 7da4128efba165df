// SPDX-License-Identifier: MIT OR Apache-2.0
// Cubes of an array.

TextureCubeArray picture : register(t0);
SamplerState filter : register(s0);

float4 main(float4 at : SV_Position, float2 uv : TEXCOORD) : SV_Target
{
    return picture.Sample(filter, float4(sin(uv.x * 6.25), frac(uv.y * 2.0) * 4.0 - 2.0, cos(uv.x * 6.25), floor(uv.y * 2.0)));
}
