// SPDX-License-Identifier: MIT OR Apache-2.0
// A presented picture, fitted into a window. src/present/fit.h says where it lies and when it is read sharply.

Texture2D picture : register(t0);
SamplerState between : register(s0); // linear, clamped

cbuffer fit : register(b0)
{
    float2 origin; // left upper corner of the picture in the window, pixels
    float2 to_texture; // 1 / its size there
    uint scale; // window pixels along each side of a texel, which is then read as it is; 0: filtered
    uint linear_light; // not 0: red, green and blue are linear and become sRGB
};

float3 encode(float3 color)
{
    color = saturate(color);
    float3 low = color * 12.92;
    float3 high = 1.055 * pow(color, 1.0 / 2.4) - 0.055;
    return float3(color.r <= 0.0031308 ? low.r : high.r, color.g <= 0.0031308 ? low.g : high.g,
                  color.b <= 0.0031308 ? low.b : high.b);
}

float4 main(float4 position : SV_Position) : SV_Target
{
    float2 at = position.xy - origin;
    float4 color;
    if (scale != 0)
        color = picture.Load(int3(int2(at) / int(scale), 0));
    else
        color = picture.SampleLevel(between, at * to_texture, 0.0);
    if (linear_light != 0)
        color.rgb = encode(color.rgb);
    return float4(color.rgb, 1.0);
}
