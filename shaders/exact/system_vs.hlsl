// SPDX-License-Identifier: MIT OR Apache-2.0
// Vertex and instance number as colours; the position moves with the instance.

void main(float4 position : POSITION, uint vertex : SV_VertexID, uint instance : SV_InstanceID,
          out float4 clip : SV_Position, out float4 tint : COLOR)
{
    clip = position + float4(instance * 0.5, instance * 0.25, 0, 0);
    tint = float4(vertex / 16.0, instance / 8.0, 0.25, 1.0);
}
