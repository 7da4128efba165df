// SPDX-License-Identifier: MIT OR Apache-2.0
// Bends the triangle; wave from constants.

struct corner
{
    float4 position : POSITION;
    float4 color : COLOR;
};

cbuffer wave : register(b4)
{
    float4 wave;
};

struct patch
{
    float edges[3] : SV_TessFactor;
    float inside : SV_InsideTessFactor;
};

[domain("tri")]
void main(patch p, float3 at : SV_DomainLocation, const OutputPatch<corner, 3> input, out float4 clip : SV_Position,
          out float4 tint : COLOR)
{
    clip = input[0].position * at.x + input[1].position * at.y + input[2].position * at.z;
    clip.y += at.x * at.y * wave.x;
    tint = input[0].color * at.x + input[1].color * at.y + input[2].color * at.z;
    tint.b = at.x * wave.y;
}
