// SPDX-License-Identifier: MIT OR Apache-2.0
// The fourteen constant buffers, one in each stripe of the target; element y of each.

cbuffer c0 : register(b0)
{
    float4 v0[64];
};
cbuffer c1 : register(b1)
{
    float4 v1[64];
};
cbuffer c2 : register(b2)
{
    float4 v2[64];
};
cbuffer c3 : register(b3)
{
    float4 v3[64];
};
cbuffer c4 : register(b4)
{
    float4 v4[64];
};
cbuffer c5 : register(b5)
{
    float4 v5[64];
};
cbuffer c6 : register(b6)
{
    float4 v6[64];
};
cbuffer c7 : register(b7)
{
    float4 v7[64];
};
cbuffer c8 : register(b8)
{
    float4 v8[64];
};
cbuffer c9 : register(b9)
{
    float4 v9[64];
};
cbuffer c10 : register(b10)
{
    float4 v10[64];
};
cbuffer c11 : register(b11)
{
    float4 v11[64];
};
cbuffer c12 : register(b12)
{
    float4 v12[64];
};
cbuffer c13 : register(b13)
{
    float4 v13[64];
};

float4 main(float4 at : SV_Position) : SV_Target
{
    uint x = uint(at.x), y = uint(at.y);
    if (x == 0)
        return v0[y];
    if (x == 1)
        return v1[y];
    if (x == 2)
        return v2[y];
    if (x == 3)
        return v3[y];
    if (x == 4)
        return v4[y];
    if (x == 5)
        return v5[y];
    if (x == 6)
        return v6[y];
    if (x == 7)
        return v7[y];
    if (x == 8)
        return v8[y];
    if (x == 9)
        return v9[y];
    if (x == 10)
        return v10[y];
    if (x == 11)
        return v11[y];
    if (x == 12)
        return v12[y];
    if (x == 13)
        return v13[y];
    return float4(0.125, 0.25, 0.5, 1.0);
}
