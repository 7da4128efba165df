// SPDX-License-Identifier: MIT OR Apache-2.0
// One triangle that covers the whole viewport, from the vertex number alone; clockwise.

void main(uint index : SV_VertexID, out float4 clip : SV_Position)
{
    clip = float4(index == 2 ? 3.0 : -1.0, index == 1 ? 3.0 : -1.0, 0.0, 1.0);
}
