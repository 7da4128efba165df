// SPDX-License-Identifier: MIT OR Apache-2.0
// Isolines.

struct corner
{
    float4 position : POSITION;
    float4 color : COLOR;
};

struct patch
{
    float edges[2] : SV_TessFactor;
};

patch measure(InputPatch<corner, 2> input)
{
    patch p;
    p.edges[0] = 5.0;
    p.edges[1] = 7.0;
    return p;
}

[domain("isoline")]
[partitioning("integer")]
[outputtopology("line")]
[outputcontrolpoints(2)]
[patchconstantfunc("measure")]
corner main(InputPatch<corner, 2> input, uint index : SV_OutputControlPointID)
{
    return input[index];
}
