// SPDX-License-Identifier: MIT OR Apache-2.0
// Signed integers of the vertex, as a colour.

void main(float4 position : POSITION, int4 value : COLOR, out float4 clip : SV_Position, out float4 tint : COLOR)
{
    clip = position;
    tint = (float4(value % 128) + 128.0) / 255.0;
}
