// SPDX-License-Identifier: MIT OR Apache-2.0
// Alpha from left to right, for alpha to coverage.

float4 main(float4 at : SV_Position) : SV_Target
{
    return float4(0.75, at.y / 32.0, 0.5, at.x / 32.0);
}
