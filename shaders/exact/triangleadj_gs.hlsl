// SPDX-License-Identifier: MIT OR Apache-2.0
// Shows each input vertex of a triangleadj as a small triangle, coloured by its place in the primitive.

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

[maxvertexcount(18)]
void main(triangleadj corner input[6], inout TriangleStream<vertex> stream)
{
    for (uint i = 0; i < 6; i++)
    {
        vertex v;
        v.color = float4((i + 1) / 6.0, input[i].color.g, input[i].color.b, 1.0);
        v.clip = input[i].position + float4(i * 0.0625, 0, 0, 0);
        stream.Append(v);
        v.clip.x += 0.1875;
        stream.Append(v);
        v.clip.y += 0.25;
        stream.Append(v);
        stream.RestartStrip();
    }
}
