// SPDX-License-Identifier: MIT OR Apache-2.0
// Multisampled textures and their arrays.
// profiles: ps_4_1 ps_5_0
Texture2DMS<float4> plane : register(t1);
Texture2DMSArray<uint4> planes : register(t2);

float4 main(float4 position : SV_Position, nointerpolation uint4 id : ID) : SV_Target
{
    uint width, height, count, length;
    plane.GetDimensions(width, height, count);
    float4 sum = 0;
    for (uint i = 0; i < count; i++)
        sum += plane.Load(int2(position.xy), i);
    planes.GetDimensions(width, height, length, count);
    sum += float4(planes.Load(int3(position.xy, id.x % length), id.y % count));
    return sum / float(count);
}
