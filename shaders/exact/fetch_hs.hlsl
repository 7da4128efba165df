// SPDX-License-Identifier: MIT OR Apache-2.0
// Reads a buffer and a texture in the hull stage.

struct corner
{
    float4 position : POSITION;
    float4 color : COLOR;
};

Buffer<float4> numbers : register(t1);
Texture2D picture : register(t2);
SamplerState filter : register(s1);

struct patch
{
    float edges[3] : SV_TessFactor;
    float inside : SV_InsideTessFactor;
};

patch measure(InputPatch<corner, 3> input)
{
    patch p;
    p.edges[0] = numbers[0].x;
    p.edges[1] = numbers[0].y;
    p.edges[2] = numbers[0].z;
    p.inside = numbers[0].w;
    return p;
}

[domain("tri")]
[partitioning("integer")]
[outputtopology("triangle_cw")]
[outputcontrolpoints(3)]
[patchconstantfunc("measure")]
corner main(InputPatch<corner, 3> input, uint index : SV_OutputControlPointID)
{
    corner c = input[index];
    c.color = picture.SampleLevel(filter, c.color.xy, 0);
    return c;
}
