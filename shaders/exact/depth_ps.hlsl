// SPDX-License-Identifier: MIT OR Apache-2.0
// Depth of its own making, from left to right.

void main(float4 at : SV_Position, out float4 color : SV_Target, out float depth : SV_Depth)
{
    color = float4(at.x / 32.0, at.y / 32.0, 0.5, 1.0);
    depth = at.x / 32.0;
}
