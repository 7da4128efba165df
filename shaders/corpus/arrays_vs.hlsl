// SPDX-License-Identifier: MIT OR Apache-2.0
// Arrays in registers, written and read by indices that are computed; tables that are constant.
// profiles: vs_4_0 vs_5_0
cbuffer moves : register(b3) { float4x4 bones[16]; };
static const uint order[8] = {3, 1, 4, 1, 5, 9, 2, 6};

struct output { float4 position : SV_Position; float4 lists[4] : LIST; float2 clip : SV_ClipDistance0; float cull : SV_CullDistance0; };

output main(float4 position : POSITION, uint4 indices : INDICES, float4 weights : WEIGHTS)
{
    output o;
    float values[16];
    float2 pairs[3];
    for (uint i = 0; i < 16; i++)
        values[i] = position[i & 3] * float(i);
    for (uint j = 0; j < 3; j++)
        pairs[j] = float2(values[indices[j] & 15], values[order[j + (indices.w & 3)]]);
    float4 moved = 0;
    for (uint k = 0; k < 4; k++)
        moved += weights[k] * mul(bones[indices[k] & 15], position);
    o.position = moved;
    for (uint n = 0; n < 4; n++)
        o.lists[n] = float4(pairs[n % 3], values[n * 4], float(n));
    o.clip = pairs[0];
    o.cull = moved.w;
    return o;
}
