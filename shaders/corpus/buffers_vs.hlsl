// SPDX-License-Identifier: MIT OR Apache-2.0
// Raw and structured buffers to read from.
struct entry { float4 color; uint2 key; float3 offset; };
StructuredBuffer<entry> entries : register(t0);
ByteAddressBuffer raw : register(t1);
Buffer<uint> list : register(t127);

float4 main(uint id : SV_VertexID, out float4 color : COLOR) : SV_Position
{
    entry e = entries[id];
    color = e.color * float(e.key.y) + asfloat(raw.Load4(16 * id)) + float(raw.Load(4));
    return float4(e.offset, float(list[id]));
}
