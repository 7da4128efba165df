// SPDX-License-Identifier: MIT OR Apache-2.0
// Six points in, five out; fractional partitioning; points as output.
struct point_ { float4 position : POSITION; nointerpolation uint id : ID; };
struct constants { float edges[4] : SV_TessFactor; float inside[2] : SV_InsideTessFactor; float4 means[3] : MEAN; };

constants patch(InputPatch<point_, 6> input, OutputPatch<point_, 5> result)
{
    constants c;
    for (uint i = 0; i < 4; i++)
        c.edges[i] = 1.0 + abs(input[i].position.x);
    c.inside[0] = c.inside[1] = 2.5;
    for (uint j = 0; j < 3; j++)
        c.means[j] = (input[j].position + result[j + 1].position) * 0.5;
    return c;
}

[domain("quad")]
[partitioning("fractional_even")]
[outputtopology("point")]
[outputcontrolpoints(5)]
[patchconstantfunc("patch")]
point_ main(InputPatch<point_, 6> input, uint index : SV_OutputControlPointID, uint id : SV_PrimitiveID)
{
    point_ p;
    p.position = lerp(input[index].position, input[5 - index].position, 0.25);
    p.id = id * 5 + input[index].id;
    return p;
}
