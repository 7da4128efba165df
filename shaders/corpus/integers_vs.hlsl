// SPDX-License-Identifier: MIT OR Apache-2.0
// Comparisons and extremes of integers of both kinds, carried through branches.
// profiles: vs_4_0 vs_4_1 vs_5_0
cbuffer limits : register(b1) { uint4 high; int4 low; };

float4 main(uint4 a : A, int4 b : B, float4 c : C, out nointerpolation uint4 ids : IDS) : SV_Position
{
    uint4 x = max(a, high) - min(a, uint4(3, 1, 4, 1));
    int4 y = max(b, low) - min(b, int4(-1, 5, -9, 2));
    if (b.x >= low.x && b.y < low.y) {
        x.x += a.y >= high.y ? 2u : 1u;
    } else {
        y.x -= a.z < high.z ? 3 : 4;
        if (c.x == c.y)
            y.y = int(c.z);
        else if (c.z != c.w)
            x.y = uint(c.x);
        else
            x.z = a.x * a.y + a.z;
    }
    ids = x;
    return float4(y) + float4(x % 7u) / float4(5, 6, 7, 8) + min(c, c.yzwx);
}
