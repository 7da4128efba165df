// SPDX-License-Identifier: MIT OR Apache-2.0
// Lines with adjacency to a strip of triangles.
struct vertex { float4 position : SV_Position; float3 color : COLOR; };
struct pixel { float4 position : SV_Position; float3 color : COLOR; nointerpolation uint id : ID; uint port : SV_ViewportArrayIndex; };

[maxvertexcount(8)]
void main(lineadj vertex input[4], uint instance : SV_PrimitiveID, inout TriangleStream<pixel> stream)
{
    for (uint i = 0; i < 4; i++) {
        pixel p;
        p.position = input[i].position * float(instance + 1);
        p.color = input[(i + instance) & 3].color;
        p.id = instance;
        p.port = instance & 1;
        stream.Append(p);
        if (p.color.x > 0.5) {
            p.position.y += 0.5;
            stream.Append(p);
        } else {
            stream.RestartStrip();
        }
    }
}
