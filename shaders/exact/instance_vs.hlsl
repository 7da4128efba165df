// SPDX-License-Identifier: MIT OR Apache-2.0
// A shape per vertex, an offset and a colour per instance.

void main(float4 position : POSITION, float2 offset : OFFSET, float4 color : COLOR, out float4 clip : SV_Position,
          out float4 tint : COLOR)
{
    clip = position + float4(offset, 0, 0);
    tint = color;
}
