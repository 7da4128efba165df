// SPDX-License-Identifier: MIT OR Apache-2.0
// A patch of 17 control points: their mean moves three corners.

struct corner
{
    float4 position : POSITION;
    float4 color : COLOR;
};

struct patch
{
    float edges[3] : SV_TessFactor;
    float inside : SV_InsideTessFactor;
};

patch measure(InputPatch<corner, 17> input)
{
    patch p;
    p.edges[0] = p.edges[1] = p.edges[2] = 2.0;
    p.inside = 1.0;
    return p;
}

[domain("tri")]
[partitioning("integer")]
[outputtopology("triangle_cw")]
[outputcontrolpoints(3)]
[patchconstantfunc("measure")]
corner main(InputPatch<corner, 17> input, uint index : SV_OutputControlPointID)
{
    corner c;
    c.position = input[0].position;
    c.color = float4(0, 0, 0, 0);
    for (uint i = 0; i < 17; i++)
    {
        c.color += input[i].color / 17.0;
        c.position.xy += input[i].position.xy / 17.0;
    }
    c.position.x += index == 1 ? 0.75 : 0.0;
    c.position.y -= index == 2 ? 0.75 : 0.0;
    return c;
}
