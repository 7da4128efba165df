// SPDX-License-Identifier: MIT OR Apache-2.0
// Typed, raw and structured views.
RWTexture1D<uint> line_ : register(u0);
RWTexture2DArray<float4> planes : register(u1);
RWTexture3D<int> volume : register(u2);
RWBuffer<uint> list : register(u3);
RWByteAddressBuffer raw : register(u4);
struct entry { float4 a; uint b; };
RWStructuredBuffer<entry> counted : register(u5);
RWStructuredBuffer<uint2> appended : register(u6);

[numthreads(8, 4, 2)]
void main(uint3 id : SV_DispatchThreadID, uint3 group : SV_GroupID)
{
    line_[id.x] = line_[id.y] + 1;
    planes[id] = float4(id, 1);
    volume[id] = int(id.x) - 5;
    list[id.x] = group.x;
    raw.Store4(16 * id.x, uint4(id, 7));
    entry e = counted[id.y];
    e.b += 1;
    counted[id.x] = e;
    appended[id.z] = id.xy;
    raw.Store(12, 5);
}
