// SPDX-License-Identifier: MIT OR Apache-2.0
// Reads texture and buffer in the vertex stage.

Texture2D picture : register(t3);
Buffer<float4> numbers : register(t4);
SamplerState filter : register(s2);

void main(float4 position : POSITION, float4 color : COLOR, uint index : SV_VertexID, out float4 clip : SV_Position,
          out float4 tint : COLOR)
{
    clip = position;
    tint = picture.SampleLevel(filter, color.xy, 0) * 0.5 + numbers[index] * 0.5;
}
