// SPDX-License-Identifier: MIT OR Apache-2.0
// The interpolated colour.

float4 main(float4 clip : SV_Position, float4 tint : COLOR) : SV_Target
{
    return tint;
}
