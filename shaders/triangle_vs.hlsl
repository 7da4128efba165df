// SPDX-License-Identifier: MIT OR Apache-2.0
// Turns a triangle in the plane; colours go to the corners.

cbuffer triangle_constants : register(b0)
{
    float4 turn; // cosine, sine, x scale, y scale
};

void main(float2 position : POSITION, float4 color : COLOR, out float4 clip : SV_Position, out float4 tint : COLOR)
{
    float2 turned = float2(position.x * turn.x - position.y * turn.y, position.x * turn.y + position.y * turn.x);
    clip = float4(turned * turn.zw, 0.0, 1.0);
    tint = color;
}
