// SPDX-License-Identifier: MIT OR Apache-2.0
// Dusk: a gradient from deep blue to plum, a warm glow around the middle, darker towards the corners.

cbuffer camera : register(b0)
{
    float4 view_projection[4];
    float4 eye; // w: seconds
    float4 screen; // width, height, aspect ratio
};

cbuffer light : register(b1)
{
    float4 key_direction;
    float4 key_color;
    float4 sky_color;
    float4 ground_color;
    float4 core_color; // w: pulse
    float4 wave; // three phases, height
};

float4 main(float4 position : SV_Position) : SV_Target
{
    float2 at = position.xy / screen.xy; // 0 to 1, y down
    float2 centred = (at - float2(0.5, 0.5)) * float2(screen.z, 1.0);

    float3 top = float3(0.004, 0.008, 0.028);
    float3 middle = float3(0.018, 0.016, 0.055);
    float3 bottom = float3(0.075, 0.028, 0.062);
    float3 color = lerp(top, middle, smoothstep(0.0, 0.6, at.y));
    color = lerp(color, bottom, smoothstep(0.45, 1.1, at.y));

    float distance = length(centred);
    float glow = exp(-distance * distance * 7.0);
    color += core_color.rgb * glow * (0.030 + 0.014 * core_color.w);
    color *= 1.0 - 0.55 * smoothstep(0.35, 1.15, distance);

    color = sqrt(saturate(color));
    // Half a step of noise in a fixed pattern, so that the slow gradient shows no bands.
    float noise = frac(52.9829189 * frac(dot(floor(position.xy), float2(0.06711056, 0.00583715))));
    return float4(color + (noise - 0.5) / 255.0, 1.0);
}
