// SPDX-License-Identifier: MIT OR Apache-2.0
// A key light with a highlight, sky and ground, a lamp in the middle of the sphere, a rim; panels that glow.

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

Texture2D panel : register(t0);
SamplerState panel_sampler : register(s0);

float4 main(float4 clip : SV_Position, float3 world : WORLD, float3 normal : NORMAL, float2 uv : TEXCOORD,
            float4 tint : COLOR) : SV_Target
{
    float4 texel = panel.Sample(panel_sampler, uv);
    float3 albedo = tint.rgb * tint.rgb * texel.rgb; // tint is a display colour: squared is close to linear
    float glass = tint.a < 0.99 ? 1.0 : 0.0;

    float3 n = normalize(normal);
    float3 to_eye = normalize(eye.xyz - world);
    float facing = saturate(dot(n, to_eye));
    float fresnel = (1.0 - facing) * (1.0 - facing);
    fresnel *= fresnel;

    // The sphere shades itself: what looks away from the key light sits behind other cubes.
    float3 out_direction = world / max(length(world), 0.001);
    float shadow = lerp(smoothstep(-0.55, 0.35, dot(out_direction, key_direction.xyz)), 1.0, glass);
    float key = saturate(dot(n, key_direction.xyz)) * shadow;
    float3 half_way = normalize(key_direction.xyz + to_eye);
    float shine = pow(saturate(dot(n, half_way)), lerp(48.0, 120.0, glass)) * shadow;

    float3 ambient = lerp(ground_color.rgb, sky_color.rgb, n.y * 0.5 + 0.5);

    float3 to_core = -out_direction;
    float core_distance = length(world);
    float core = saturate(dot(n, to_core)) * (9.0 / (1.0 + core_distance * core_distance));
    core *= (0.75 + 0.5 * core_color.w) * lerp(1.0, 0.45, glass);

    float3 color = albedo * lerp(1.0, 1.5, glass) * (ambient + key_color.rgb * key + core_color.rgb * core);
    color += key_color.rgb * shine * lerp(0.16, 0.45, glass);
    color += sky_color.rgb * fresnel * lerp(0.6, 1.8, glass);
    float beat = 0.35 + 0.65 * (0.5 + 0.5 * sin(wave.z + out_direction.y * 7.0));
    color += tint.rgb * tint.rgb * texel.a * beat * lerp(1.2, 0.35, glass);

    float fog = saturate((length(eye.xyz - world) - 9.5) * 0.09);
    color = lerp(color, float3(0.014, 0.012, 0.035), fog * 0.7);

    color = 1.0 - exp(color * -1.25); // soft shoulder
    color = sqrt(saturate(color));
    return float4(color, saturate(tint.a + glass * (fresnel * 0.5 + shine * 0.6)));
}
