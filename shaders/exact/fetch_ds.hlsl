// SPDX-License-Identifier: MIT OR Apache-2.0
// Reads a texture through a sampler in the domain stage.

struct corner
{
    float4 position : POSITION;
    float4 color : COLOR;
};

Texture2D picture : register(t6);
SamplerState filter : register(s4);

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
    tint = input[0].color * at.x + input[1].color * at.y + input[2].color * at.z;
    tint = tint * 0.5 + picture.SampleLevel(filter, at.xy, 0) * 0.5;
}
