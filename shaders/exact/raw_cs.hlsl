// SPDX-License-Identifier: MIT OR Apache-2.0
// Writes a byte buffer.

RWByteAddressBuffer target : register(u0);

[numthreads(8, 1, 1)]
void main(uint3 id : SV_DispatchThreadID)
{
    target.Store(id.x * 4 + 16, id.x * 0x01010101);
    if (id.x == 0)
        target.Store2(0, uint2(0x12345678, 0x5A5A5A5A));
}
