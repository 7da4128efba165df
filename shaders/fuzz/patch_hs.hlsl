// SPDX-License-Identifier: MIT OR Apache-2.0
struct control_point { float3 position : POSITION; float4 color : COLOR; };
struct patch { float edges[3] : SV_TessFactor; float inside : SV_InsideTessFactor; };

cbuffer factors : register(b0) { float4 factor; };

patch divide()
{
    patch output;
    output.edges[0] = factor.x;
    output.edges[1] = factor.y;
    output.edges[2] = factor.z;
    output.inside = factor.w;
    return output;
}

[domain("tri")]
[partitioning("integer")]
[outputtopology("triangle_cw")]
[outputcontrolpoints(3)]
[patchconstantfunc("divide")]
control_point main(InputPatch<control_point, 3> points, uint index : SV_OutputControlPointID)
{
    return points[index];
}
