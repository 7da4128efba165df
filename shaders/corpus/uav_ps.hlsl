// SPDX-License-Identifier: MIT OR Apache-2.0
// A pixel shader that writes to views, with early depth tests.
RWTexture2D<float> image : register(u1);
RWByteAddressBuffer raw : register(u2);
RWTexture2D<uint> numbers : register(u7);
struct entry { uint key; float4 value; };
RWStructuredBuffer<entry> entries : register(u3);

[earlydepthstencil]
float4 main(float4 position : SV_Position, float4 color : COLOR) : SV_Target
{
    uint2 at = uint2(position.xy);
    image[at] = color.x;
    uint old;
    InterlockedAdd(numbers[at], 1, old);
    raw.Store2(8 * at.x, at);
    entries[at.y].value = color;
    entries[at.y].key = old;
    return color;
}
