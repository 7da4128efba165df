// SPDX-License-Identifier: MIT OR Apache-2.0
// A colour of its own for each of eight targets.

cbuffer paint : register(b0)
{
    float4 colors[8];
};

struct outputs
{
    float4 t0 : SV_Target0;
    float4 t1 : SV_Target1;
    float4 t2 : SV_Target2;
    float4 t3 : SV_Target3;
    float4 t4 : SV_Target4;
    float4 t5 : SV_Target5;
    float4 t6 : SV_Target6;
    float4 t7 : SV_Target7;
};

outputs main(float4 at : SV_Position)
{
    outputs o;
    o.t0 = colors[0] * (at.x / 16.0);
    o.t1 = colors[1] * (at.x / 16.0);
    o.t2 = colors[2] * (at.x / 16.0);
    o.t3 = colors[3] * (at.x / 16.0);
    o.t4 = colors[4] * (at.x / 16.0);
    o.t5 = colors[5] * (at.x / 16.0);
    o.t6 = colors[6] * (at.x / 16.0);
    o.t7 = colors[7] * (at.x / 16.0);
    return o;
}
