// SPDX-License-Identifier: MIT OR Apache-2.0
Buffer<uint> input : register(t0);
RWBuffer<uint> output : register(u0);
RWTexture2D<float4> picture : register(u1);

[numthreads(8, 4, 1)]
void main(uint3 id : SV_DispatchThreadID)
{
    output[id.x] = input[id.x] + id.y;
    picture[id.xy] = float4(id.x, id.y, 0, 1) / 64.0;
}
