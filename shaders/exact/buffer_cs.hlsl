// SPDX-License-Identifier: MIT OR Apache-2.0
// Writes a typed buffer.

RWBuffer<uint> target : register(u0);

[numthreads(4, 2, 1)]
void main(uint3 id : SV_DispatchThreadID, uint3 group : SV_GroupID)
{
    target[id.z * 64 + id.y * 8 + id.x] = id.x * 3 + id.y * 1000 + group.z * 100000 + 7;
}
