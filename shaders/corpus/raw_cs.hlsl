// SPDX-License-Identifier: MIT OR Apache-2.0
// Compute before shader model 5: one view, no atomics.
// profiles: cs_4_0 cs_4_1 cs_5_0
RWByteAddressBuffer raw : register(u0);
ByteAddressBuffer source : register(t0);
cbuffer numbers : register(b0) { uint count; };

[numthreads(32, 2, 1)]
void main(uint3 id : SV_DispatchThreadID)
{
    uint sum = 0;
    for (uint i = 0; i < count; i++)
        sum += source.Load(4 * i);
    raw.Store(4 * id.x, sum);
}
