// SPDX-License-Identifier: MIT OR Apache-2.0
// Hands position and colour to the next stage.

void main(float4 position : POSITION, float4 color : COLOR, out float4 corner : POSITION, out float4 tint : COLOR)
{
    corner = position;
    tint = color;
}
