// SPDX-License-Identifier: MIT OR Apache-2.0
// Adds in an unsigned texture.

RWTexture2D<uint> target : register(u3);

[numthreads(4, 4, 1)]
void main(uint3 id : SV_DispatchThreadID)
{
    uint previous;
    InterlockedAdd(target[id.xy / 2], id.x + id.y * 16, previous);
}
