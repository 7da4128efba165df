// SPDX-License-Identifier: MIT OR Apache-2.0
struct control_point { float3 position : POSITION; float4 color : COLOR; };
struct patch { float edges[3] : SV_TessFactor; float inside : SV_InsideTessFactor; };
struct vertex { float4 color : COLOR; float4 position : SV_Position; };

[domain("tri")]
vertex main(patch factors, float3 at : SV_DomainLocation, const OutputPatch<control_point, 3> points)
{
    vertex output;
    float3 position = points[0].position * at.x + points[1].position * at.y + points[2].position * at.z;
    output.position = float4(position, 1.0);
    output.color = points[0].color * at.x + points[1].color * at.y + points[2].color * at.z;
    return output;
}
