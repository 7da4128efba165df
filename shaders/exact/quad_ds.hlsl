// SPDX-License-Identifier: MIT OR Apache-2.0
// A quad.

struct corner
{
    float4 position : POSITION;
    float4 color : COLOR;
};

struct patch
{
    float edges[4] : SV_TessFactor;
    float inside[2] : SV_InsideTessFactor;
};

[domain("quad")]
void main(patch p, float2 at : SV_DomainLocation, const OutputPatch<corner, 4> input, out float4 clip : SV_Position,
          out float4 tint : COLOR)
{
    clip = lerp(lerp(input[0].position, input[1].position, at.x), lerp(input[2].position, input[3].position, at.x),
                at.y);
    clip.xy += float2(at.y * (1.0 - at.y), at.x * (1.0 - at.x)) * 0.25;
    tint = float4(at.x, at.y, input[0].color.b, 1.0);
}
