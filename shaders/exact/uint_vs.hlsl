// SPDX-License-Identifier: MIT OR Apache-2.0
// Unsigned integers of the vertex, as a colour.

void main(float4 position : POSITION, uint4 value : COLOR, out float4 clip : SV_Position, out float4 tint : COLOR)
{
    clip = position;
    tint = float4(value & 0xFF) / 255.0;
}
