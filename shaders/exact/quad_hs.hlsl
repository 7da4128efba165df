// SPDX-License-Identifier: MIT OR Apache-2.0
// Quads with fractional partitioning.

struct corner
{
    float4 position : POSITION;
    float4 color : COLOR;
};

struct patch
{
    float edges[4] : SV_TessFactor;
    float inside[2] : SV_InsideTessFactor;
};

patch measure(InputPatch<corner, 4> input, uint id : SV_PrimitiveID)
{
    patch p;
    p.edges[0] = 2.5 + id;
    p.edges[1] = 3.5;
    p.edges[2] = 4.5;
    p.edges[3] = 1.5;
    p.inside[0] = 3.25;
    p.inside[1] = 2.75;
    return p;
}

[domain("quad")]
[partitioning("fractional_odd")]
[outputtopology("triangle_ccw")]
[outputcontrolpoints(4)]
[patchconstantfunc("measure")]
corner main(InputPatch<corner, 4> input, uint index : SV_OutputControlPointID)
{
    return input[index];
}
