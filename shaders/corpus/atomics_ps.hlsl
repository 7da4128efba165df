// SPDX-License-Identifier: MIT OR Apache-2.0
// Atomics in a pixel shader, results used and not.
RWTexture2D<uint> image : register(u1);
RWBuffer<int> list : register(u2);
RWTexture3D<uint> volume : register(u3);

float4 main(float4 position : SV_Position, nointerpolation uint id : ID) : SV_Target
{
    uint2 at = uint2(position.xy);
    uint old, other;
    int signed_;
    InterlockedMin(image[at], id, old);
    InterlockedMax(volume[uint3(at, id)], old, other);
    InterlockedMin(list[id], -3, signed_);
    InterlockedMax(list[id + 1], signed_);
    InterlockedAnd(image[at.yx], 0xff, old);
    InterlockedOr(volume[uint3(id, at)], 0x100);
    InterlockedExchange(list[2], 7, signed_);
    InterlockedCompareExchange(image[uint2(0, id)], 4, 5, old);
    return float4(old, other, signed_, 1);
}
