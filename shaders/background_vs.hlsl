// SPDX-License-Identifier: MIT OR Apache-2.0
// One triangle that covers the whole target, from the vertex number alone; clockwise, as far away as anything can be.

void main(uint index : SV_VertexID, out float4 clip : SV_Position)
{
    float2 corner = float2(index == 2 ? 3.0 : -1.0, index == 1 ? 3.0 : -1.0);
    clip = float4(corner, 1.0, 1.0);
}
