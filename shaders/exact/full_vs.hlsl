// SPDX-License-Identifier: MIT OR Apache-2.0
// One triangle over the whole target from the vertex number; uv 0 to 1, v down; clip depth 0.5.

void main(uint index : SV_VertexID, out float4 clip : SV_Position, out float2 uv : TEXCOORD)
{
    uv = float2(index == 1 ? 2.0 : 0.0, index == 2 ? 2.0 : 0.0);
    clip = float4(uv.x * 2.0 - 1.0, 1.0 - uv.y * 2.0, 0.5, 1.0);
}
