// SPDX-License-Identifier: MIT OR Apache-2.0
// Position and colour as they come.

void main(float4 position : POSITION, float4 color : COLOR, out float4 clip : SV_Position, out float4 tint : COLOR)
{
    clip = position;
    tint = color;
}
