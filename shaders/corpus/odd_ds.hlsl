// SPDX-License-Identifier: MIT OR Apache-2.0
// What odd_hs makes.
struct point_ { float4 position : POSITION; nointerpolation uint id : ID; };
struct constants { float edges[4] : SV_TessFactor; float inside[2] : SV_InsideTessFactor; float4 means[3] : MEAN; };
Texture2D<float> heights : register(t0);
SamplerState smooth : register(s0);

[domain("quad")]
void main(constants c, const OutputPatch<point_, 5> input, float2 at : SV_DomainLocation, uint id : SV_PrimitiveID,
          out float4 position : SV_Position, out float4 color : COLOR, out uint slice : SV_RenderTargetArrayIndex)
{
    uint index = uint(at.x * 4.0);
    position = lerp(lerp(input[0].position, input[1].position, at.x), lerp(input[2].position, input[3].position, at.x), at.y);
    position.z += heights.SampleLevel(smooth, at, 0.0) * c.inside[1];
    color = c.means[id % 3] + float4(input[index].id, c.edges[index & 3], at);
    slice = 0;
}
