// SPDX-License-Identifier: MIT OR Apache-2.0
// Each triangle into four viewports.

struct corner
{
    float4 position : POSITION;
    float4 color : COLOR;
};

struct vertex
{
    float4 clip : SV_Position;
    float4 color : COLOR;
    uint viewport : SV_ViewportArrayIndex;
};

[maxvertexcount(48)]
void main(triangle corner input[3], inout TriangleStream<vertex> stream)
{
    for (uint port = 0; port < 16; port++)
    {
        for (uint i = 0; i < 3; i++)
        {
            vertex v;
            v.clip = input[i].position;
            v.color = input[i].color;
            v.color.r = (port + 1) / 16.0;
            v.viewport = port;
            stream.Append(v);
        }
        stream.RestartStrip();
    }
}
