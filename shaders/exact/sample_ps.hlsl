// SPDX-License-Identifier: MIT OR Apache-2.0
// Runs for each sample.

float4 main(float4 at : SV_Position, uint index : SV_SampleIndex) : SV_Target
{
    return float4(index / 8.0, at.x / 32.0, at.y / 32.0, 1.0);
}
