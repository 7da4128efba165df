// SPDX-License-Identifier: MIT OR Apache-2.0
// Two sources for one target.

cbuffer paint : register(b0)
{
    float4 colors[2];
};

void main(out float4 first : SV_Target0, out float4 second : SV_Target1)
{
    first = colors[0];
    second = colors[1];
}
