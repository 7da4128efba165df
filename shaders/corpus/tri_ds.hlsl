// SPDX-License-Identifier: MIT OR Apache-2.0
// The tri domain.
struct point_ { float4 position : POSITION; float3 normal : NORMAL; };
struct constants { float edges[3] : SV_TessFactor; float inside : SV_InsideTessFactor; float4 extra : EXTRA; };

[domain("tri")]
float4 main(constants c, const OutputPatch<point_, 3> input, float3 at : SV_DomainLocation, out float3 normal : NORMAL) : SV_Position
{
    normal = input[0].normal * at.x + input[1].normal * at.y;
    return input[0].position * at.x + input[1].position * at.y + c.extra * c.edges[1];
}
