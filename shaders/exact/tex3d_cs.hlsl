// SPDX-License-Identifier: MIT OR Apache-2.0
// Writes a texture.

RWTexture3D<float4> target : register(u0);

[numthreads(4, 1, 1)]
void main(uint3 id : SV_DispatchThreadID)
{
    target[id] = float4(id.x / 16.0, id.y / 8.0, id.z / 4.0, 1.0);
}
