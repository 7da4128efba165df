// SPDX-License-Identifier: MIT OR Apache-2.0
// Writes the counts of an indirect dispatch.

RWBuffer<uint> target : register(u0);

[numthreads(1, 1, 1)]
void main()
{
    target[4] = 2;
    target[5] = 3;
    target[6] = 1;
}
