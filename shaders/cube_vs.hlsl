// SPDX-License-Identifier: MIT OR Apache-2.0
// A cube of many: stood up on its axis, turned about it, moved to its place. Opaque ones ride on three waves.

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

void main(float3 position : POSITION, float3 normal : NORMAL, float2 uv : TEXCOORD,
          float4 place : PLACE, float4 facing : FACING, float4 color : COLOR,
          out float4 clip : SV_Position, out float3 world : WORLD, out float3 out_normal : NORMAL,
          out float2 out_uv : TEXCOORD, out float4 tint : COLOR)
{
    float3 axis = facing.xyz;
    float3 helper = abs(axis.y) > 0.95 ? float3(1.0, 0.0, 0.0) : float3(0.0, 1.0, 0.0);
    float3 side = normalize(cross(helper, axis));
    float3 front = cross(side, axis); // side, axis, front: the order of x, y, z
    float c = cos(facing.w);
    float s = sin(facing.w);
    float3 turned_side = side * c + front * s;
    float3 turned_front = front * c - side * s;

    float swell = sin(axis.x * 4.0 + axis.y * 3.0 + wave.x) + sin(axis.z * 5.0 - axis.y * 2.0 + wave.y)
        + sin(axis.y * 7.0 - wave.z);
    swell = color.a > 0.99 ? swell * wave.w : 0.0;

    float size = place.w * (1.0 + 2.2 * swell);
    float3 local = position * size;
    world = place.xyz * (1.0 + swell) + turned_side * local.x + axis * local.y + turned_front * local.z;
    out_normal = turned_side * normal.x + axis * normal.y + turned_front * normal.z;
    out_uv = uv;
    tint = color;

    float4 point4 = float4(world, 1.0);
    clip = float4(dot(view_projection[0], point4), dot(view_projection[1], point4), dot(view_projection[2], point4),
                  dot(view_projection[3], point4));
}
