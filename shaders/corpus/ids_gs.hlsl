// SPDX-License-Identifier: MIT OR Apache-2.0
// A geometry shader that numbers its primitives itself.
// profiles: gs_4_0 gs_5_0
struct vertex { float4 position : SV_Position; };
struct pixel { float4 position : SV_Position; uint id : SV_PrimitiveID; float clip : SV_ClipDistance; };

[maxvertexcount(3)]
void main(triangle vertex input[3], uint id : SV_PrimitiveID, inout TriangleStream<pixel> stream)
{
    for (uint i = 0; i < 3; i++) {
        pixel p;
        p.position = input[i].position;
        p.id = id * 2 + 1;
        p.clip = input[i].position.x;
        stream.Append(p);
    }
}
