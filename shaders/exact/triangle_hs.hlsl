// SPDX-License-Identifier: MIT OR Apache-2.0
// Triangles; factors from constants.

struct corner
{
    float4 position : POSITION;
    float4 color : COLOR;
};

cbuffer factors : register(b3)
{
    float4 outer;
    float4 inner;
};

struct patch
{
    float edges[3] : SV_TessFactor;
    float inside : SV_InsideTessFactor;
};

patch measure(InputPatch<corner, 3> input)
{
    patch p;
    p.edges[0] = outer.x;
    p.edges[1] = outer.y;
    p.edges[2] = outer.z;
    p.inside = inner.x;
    return p;
}

[domain("tri")]
[partitioning("integer")]
[outputtopology("triangle_cw")]
[outputcontrolpoints(3)]
[patchconstantfunc("measure")]
corner main(InputPatch<corner, 3> input, uint index : SV_OutputControlPointID)
{
    return input[index];
}
