// SPDX-License-Identifier: MIT OR Apache-2.0
// Atomics on views and on shared memory, barriers.
RWByteAddressBuffer raw : register(u0);
RWBuffer<int> list : register(u1);
RWTexture2D<uint> image : register(u2);
groupshared uint counts[64];
groupshared int total;
struct pair { float2 a; uint b; };
groupshared pair pairs[32];

[numthreads(64, 1, 1)]
void main(uint3 id : SV_DispatchThreadID, uint index : SV_GroupIndex, uint3 inside : SV_GroupThreadID)
{
    uint old;
    counts[index] = id.x;
    pairs[index & 31].a = float2(id.xy);
    pairs[index & 31].b = inside.x;
    GroupMemoryBarrierWithGroupSync();
    InterlockedAdd(counts[(index + 1) & 63], 3);
    InterlockedMax(total, int(index));
    InterlockedCompareExchange(counts[0], 5, 6, old);
    AllMemoryBarrierWithGroupSync();
    InterlockedOr(list[0], int(counts[index] + old));
    InterlockedExchange(image[uint2(2, 2)], 9, old);
    InterlockedCompareStore(image[uint2(3, 3)], 1, 2);
    InterlockedMin(list[index], total);
    InterlockedXor(image[id.xy], old, old);
    InterlockedAnd(image[uint2(0, 1)], pairs[(index + 7) & 31].b);
    DeviceMemoryBarrier();
    raw.Store(12, asuint(pairs[index & 31].a.x));
}
