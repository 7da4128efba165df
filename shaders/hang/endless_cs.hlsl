// SPDX-License-Identifier: MIT OR Apache-2.0
// The same as endless_ps, as compute work.

cbuffer control : register(b0)
{
    uint4 limit; // x: where to end, y: step
};

RWBuffer<uint> result : register(u0);

[numthreads(1, 1, 1)]
void main(uint3 id : SV_DispatchThreadID)
{
    uint at = 0, mixed = id.x;
    while (at < limit.x)
    {
        at += limit.y;
        mixed = mixed * 1664525u + 1013904223u;
    }
    result[id.x] = mixed;
}
