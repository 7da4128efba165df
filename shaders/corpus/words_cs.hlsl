// SPDX-License-Identifier: MIT OR Apache-2.0
// Bits of words: counts, places, halves.
RWBuffer<uint4> list : register(u0);
Buffer<uint4> source : register(t0);

[numthreads(32, 1, 1)]
void main(uint3 id : SV_DispatchThreadID)
{
    uint4 x = source[id.x];
    x =  countbits(x.yzwx);
    x = (x >> 5) & 0x1f | (x & 0xffff0000) | firstbithigh(x) << 3;
    x += f32tof16(f16tof32(x) * 2.0);
    x = asuint(asfloat(x)) + firstbitlow(~x);
    list[id.x] = x;
}
