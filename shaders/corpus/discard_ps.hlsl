// SPDX-License-Identifier: MIT OR Apache-2.0
// Pixels that are thrown away in the middle of control flow, and the deepest depth.
// profiles: ps_4_0 ps_5_0
cbuffer limits : register(b0) { float4 limit; uint count; };
struct output { float4 color : SV_Target0; float depth : SV_Depth; };

output main(float4 position : SV_Position, float4 color : COLOR, bool front : SV_IsFrontFace, uint primitive : SV_PrimitiveID)
{
    output o;
    o.color = color;
    o.depth = position.z;
    for (uint i = 0; i < count; i++) {
        if (o.color.x > limit.x)
            discard;
        o.color = saturate(o.color * 1.5 - float(i));
        if (front && primitive == i)
            break;
    }
    clip(o.color.yz - limit.yz);
    if (!front)
        o.depth *= 0.5;
    return o;
}
