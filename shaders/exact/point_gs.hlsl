// SPDX-License-Identifier: MIT OR Apache-2.0
// A square for each point; size and tint from constants.

struct corner
{
    float4 position : POSITION;
    float4 color : COLOR;
};

struct vertex
{
    float4 clip : SV_Position;
    float4 color : COLOR;
};

cbuffer look : register(b1)
{
    float4 look;
};

[maxvertexcount(4)]
void main(point corner input[1], uint primitive : SV_PrimitiveID, inout TriangleStream<vertex> stream)
{
    vertex v;
    v.color = input[0].color * look.z;
    v.color.b += primitive / 16.0;
    for (uint i = 0; i < 4; i++)
    {
        v.clip = input[0].position;
        v.clip.x += (i & 1) ? look.x : -look.x;
        v.clip.y += (i & 2) ? look.y : -look.y;
        stream.Append(v);
    }
}
