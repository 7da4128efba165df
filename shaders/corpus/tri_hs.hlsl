// SPDX-License-Identifier: MIT OR Apache-2.0
// The tri domain: control points are changed, factors are computed from them.
cbuffer factors : register(b2) { float edge; float4 more[3]; };
struct point_ { float4 position : POSITION; float3 normal : NORMAL; };
struct constants { float edges[3] : SV_TessFactor; float inside : SV_InsideTessFactor; float4 extra : EXTRA; };

constants patch(InputPatch<point_, 3> input, uint id : SV_PrimitiveID)
{
    constants c;
    for (uint i = 0; i < 3; i++)
        c.edges[i] = edge + input[i].position.x;
    c.inside = edge;
    c.extra = more[id % 3] + input[1].position;
    return c;
}

[domain("tri")]
[partitioning("fractional_odd")]
[outputtopology("triangle_cw")]
[outputcontrolpoints(3)]
[patchconstantfunc("patch")]
point_ main(InputPatch<point_, 3> input, uint id : SV_OutputControlPointID)
{
    point_ p;
    p.position = input[id].position + more[0];
    p.normal = normalize(input[id].normal);
    return p;
}
