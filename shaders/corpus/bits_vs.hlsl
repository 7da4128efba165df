// SPDX-License-Identifier: MIT OR Apache-2.0
// Bits, halves and integers.
float4 main(uint4 a : A, int4 b : B, float4 c : C) : SV_Position
{
    uint4 x = (a << 3) ^ (a >> 2) | (~a & 0xff);
    x += countbits(a) + firstbithigh(a) + firstbitlow(a);
    x += f32tof16(c);
    int4 y = max(b, int4(1, 2, 3, 4)) * min(b, 7) + (b >> 1) - firstbithigh(b);
    y += b / 3 + b % 5;
    x += a / 7 + a % 9;
    float4 z = f16tof32(x) + asfloat(y) + rcp(c) + rsqrt(abs(c)) + floor(c) + ceil(c) + round(c) + trunc(c) + frac(c);
    z += (a.x < 4u) ? c : -c;
    z += lerp(c, c.wzyx, saturate(c)) + step(c, 0.5) + smoothstep(0.0, 1.0, c) + pow(abs(c), 2.5) + sqrt(abs(c));
    return z;
}
