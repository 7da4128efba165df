// SPDX-License-Identifier: MIT OR Apache-2.0
// Constants, a texture through a sampler, a buffer, shared memory and two outputs.

cbuffer numbers : register(b5)
{
    uint4 numbers;
};
Texture2D picture : register(t1);
Buffer<uint> list : register(t2);
SamplerState filter : register(s6);
RWBuffer<uint> target : register(u0);
RWBuffer<uint> other : register(u7);
groupshared uint shared_words[16];

[numthreads(16, 1, 1)]
void main(uint3 id : SV_DispatchThreadID, uint index : SV_GroupIndex)
{
    shared_words[index] = list[id.x] + numbers.x;
    GroupMemoryBarrierWithGroupSync();
    float4 texel = picture.SampleLevel(filter, float2(id.x / 16.0 + 0.03125, 0.5), 0);
    target[id.x] = shared_words[15 - index] + uint(texel.r * 255.0 + 0.5) * 0x10000;
    other[id.x] = numbers.y ^ shared_words[index];
}
