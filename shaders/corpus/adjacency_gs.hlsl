// SPDX-License-Identifier: MIT OR Apache-2.0
// profiles: gs_4_0 gs_4_1 gs_5_0
struct vertex { float4 position : POSITION; float3 normal : NORMAL; };
struct pixel { float4 position : SV_Position; float3 normal : NORMAL; };

[maxvertexcount(6)]
void main(triangleadj vertex input[6], inout LineStream<pixel> stream)
{
    for (uint i = 0; i < 6; i += 2) {
        pixel p;
        p.position = input[i].position;
        p.normal = input[(i + 1) % 6].normal;
        stream.Append(p);
        p.position.x += 1;
        stream.Append(p);
        stream.RestartStrip();
    }
}
