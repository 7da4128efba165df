// SPDX-License-Identifier: MIT OR Apache-2.0
// The colour of a slice.

float4 main(float4 clip : SV_Position, float4 tint : COLOR, uint slice : SV_RenderTargetArrayIndex) : SV_Target
{
    return tint + float4(0, 0, slice / 8.0, 0);
}
