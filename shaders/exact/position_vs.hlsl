// SPDX-License-Identifier: MIT OR Apache-2.0
// Position alone, for depth-only drawing.

float4 main(float4 position : POSITION) : SV_Position
{
    return position;
}
