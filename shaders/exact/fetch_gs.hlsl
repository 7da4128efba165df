// SPDX-License-Identifier: MIT OR Apache-2.0
// Reads a texture through a sampler in the geometry stage.

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

Texture2D picture : register(t5);
SamplerState filter : register(s3);

[maxvertexcount(3)]
void main(triangle corner input[3], inout TriangleStream<vertex> stream)
{
    for (uint i = 0; i < 3; i++)
    {
        vertex v;
        v.clip = input[i].position;
        v.color = picture.SampleLevel(filter, input[i].color.xy, 0);
        stream.Append(v);
    }
}
