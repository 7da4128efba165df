// SPDX-License-Identifier: MIT OR Apache-2.0
// Each triangle into four slices.

struct corner
{
    float4 position : POSITION;
    float4 color : COLOR;
};

struct vertex
{
    float4 clip : SV_Position;
    float4 color : COLOR;
    uint slice : SV_RenderTargetArrayIndex;
};

[maxvertexcount(12)]
void main(triangle corner input[3], inout TriangleStream<vertex> stream)
{
    for (uint slice = 0; slice < 4; slice++)
    {
        for (uint i = 0; i < 3; i++)
        {
            vertex v;
            v.clip = input[i].position + float4(slice * 0.25, 0, slice * 0.125, 0);
            v.color = input[i].color;
            v.color.r = (slice + 1) / 4.0;
            v.slice = slice;
            stream.Append(v);
        }
        stream.RestartStrip();
    }
}
