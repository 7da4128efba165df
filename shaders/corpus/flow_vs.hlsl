// SPDX-License-Identifier: MIT OR Apache-2.0
// Loops, branches, a switch, an array in registers, constants that become an immediate constant buffer.
// profiles: vs_4_0 vs_4_1 vs_5_0
cbuffer numbers : register(b0)
{
    float4 offsets[8];
    uint count;
    int mode;
};

static const float4 table[4] = {
    float4(0.0, 0.5, 1.0, 1.5), float4(1.0, 0.25, 0.125, 2.0), float4(3.0, 5.0, 7.0, 9.0), float4(0.1, 0.2, 0.3, 0.4)};

struct output {
    float4 position : SV_Position;
    float4 color : COLOR;
    nointerpolation uint2 ids : IDS;
    float clip : SV_ClipDistance;
};

output main(float4 position : POSITION, uint vertex : SV_VertexID, uint instance : SV_InstanceID)
{
    output o;
    float4 sums[6];
    for (uint i = 0; i < 6; i++)
        sums[i] = float4(i, i, i, i);
    for (uint j = 0; j < count; j++) {
        if (j == instance)
            continue;
        sums[j % 6] += offsets[j & 7] * table[(j + vertex) & 3];
        if (sums[j % 6].x > 100.0)
            break;
    }
    switch (mode) {
    case 0:
        o.color = sums[vertex % 6];
        break;
    case 1:
    case 2:
        o.color = table[vertex & 3];
        break;
    default:
        o.color = float4(sin(position.x), cos(position.y), exp2(position.z), log2(abs(position.w) + 1.0));
        break;
    }
    o.position = position + offsets[vertex & 7];
    o.ids = uint2(vertex, instance) ^ 5u;
    o.clip = dot(position.xyz, offsets[1].xyz);
    return o;
}
