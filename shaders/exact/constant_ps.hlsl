// SPDX-License-Identifier: MIT OR Apache-2.0
// A colour from constants.

cbuffer paint : register(b0)
{
    float4 color;
};

float4 main() : SV_Target
{
    return color;
}
