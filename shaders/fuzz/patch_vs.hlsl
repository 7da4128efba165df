// SPDX-License-Identifier: MIT OR Apache-2.0
// Feeds the hull shader.
struct point_in { float3 position : POSITION; float4 color : COLOR; };
struct point_out { float3 position : POSITION; float4 color : COLOR; };

point_out main(point_in input)
{
    point_out output;
    output.position = input.position;
    output.color = input.color;
    return output;
}
