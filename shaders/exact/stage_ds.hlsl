// SPDX-License-Identifier: MIT OR Apache-2.0
// Hands a bent triangle to the geometry stage.

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
corner main(patch p, float3 at : SV_DomainLocation, const OutputPatch<corner, 3> input)
{
    corner c;
    c.position = input[0].position * at.x + input[1].position * at.y + input[2].position * at.z;
    c.position.y += at.x * at.y * wave.x;
    c.color = input[0].color * at.x + input[1].color * at.y + input[2].color * at.z;
    c.color.b = at.x * wave.y;
    return c;
}
