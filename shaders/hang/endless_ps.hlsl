// SPDX-License-Identifier: MIT OR Apache-2.0
// Never ends while step is 0, which no compiler can know: for tests of what happens when a GPU hangs.

cbuffer control : register(b0)
{
    uint4 limit; // x: where to end, y: step
};

float4 main(float4 clip : SV_Position) : SV_Target
{
    uint at = 0, mixed = (uint)clip.x;
    while (at < limit.x)
    {
        at += limit.y;
        mixed = mixed * 1664525u + 1013904223u;
    }
    return float4((mixed >> 24) / 255.0, 0.0, 1.0, 1.0);
}
