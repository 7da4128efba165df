// SPDX-License-Identifier: MIT OR Apache-2.0
// Isolines, one above the other.

struct corner
{
    float4 position : POSITION;
    float4 color : COLOR;
};

struct patch
{
    float edges[2] : SV_TessFactor;
};

[domain("isoline")]
void main(patch p, float2 at : SV_DomainLocation, const OutputPatch<corner, 2> input, out float4 clip : SV_Position,
          out float4 tint : COLOR)
{
    clip = lerp(input[0].position, input[1].position, at.x);
    clip.y += at.y * 1.5;
    tint = lerp(input[0].color, input[1].color, at.y);
}
