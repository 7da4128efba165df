// SPDX-License-Identifier: MIT OR Apache-2.0
// The depth, from an early test that is off.
struct output {
    float4 color : SV_Target;
    float depth : SV_Depth;
};

output main(float4 position : SV_Position)
{
    output o;
    o.color = float4(1, 0, 0, 1);
    o.depth = position.z + 0.125;
    return o;
}
