// SPDX-License-Identifier: MIT OR Apache-2.0
// The position moved and scaled by constants.

cbuffer place : register(b2)
{
    float4 scale;
    float4 offset;
};

void main(float4 position : POSITION, float4 color : COLOR, out float4 clip : SV_Position, out float4 tint : COLOR)
{
    clip = position * scale + offset;
    tint = color;
}
