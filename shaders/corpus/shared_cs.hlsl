// SPDX-License-Identifier: MIT OR Apache-2.0
// Group shared memory: a reduction and a table of structures, with barriers in between.
// profiles: cs_4_0 cs_4_1 cs_5_0
ByteAddressBuffer source : register(t0);
RWByteAddressBuffer result : register(u0);
struct item { uint key; float2 value; };
groupshared item items[64];
groupshared float4 sums[64];

[numthreads(64, 1, 1)]
void main(uint3 group : SV_GroupID, uint index : SV_GroupIndex, uint3 id : SV_DispatchThreadID)
{
    items[index].key = source.Load(4 * id.x);
    items[index].value = asfloat(source.Load2(8 * id.x));
    sums[index] = float4(items[index].value, id.x, 1);
    GroupMemoryBarrierWithGroupSync();
    for (uint step = 32; step > 0; step >>= 1) {
        if (index < step)
            sums[index] += sums[index + step];
        GroupMemoryBarrierWithGroupSync();
    }
    if (index == 0)
        result.Store(16 * group.x, asuint(sums[0].x) + items[group.x & 63].key);
}
