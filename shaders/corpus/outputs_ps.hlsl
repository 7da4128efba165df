// SPDX-License-Identifier: MIT OR Apache-2.0
// Several targets and the depth.
// profiles: ps_4_0 ps_5_0
struct output {
    float4 color : SV_Target0;
    uint4 ids : SV_Target1;
    float2 two : SV_Target3;
    float depth : SV_Depth;
};

output main(float4 position : SV_Position, linear float4 a : A, noperspective float2 b : B, centroid float3 c : C,
            nointerpolation uint3 d : D, uint primitive : SV_PrimitiveID)
{
    output o;
    o.color = a * b.xyxy + c.xyzz;
    o.ids = uint4(d, primitive);
    o.two = b * 2.0;
    o.depth = saturate(position.z * 0.5);
    return o;
}
