// SPDX-License-Identifier: MIT OR Apache-2.0
// profiles: gs_4_0 gs_5_0
struct vertex { float4 position : SV_Position; float4 color : COLOR; };
struct pixel { float4 position : SV_Position; float2 at : AT; nointerpolation uint id : ID; uint slice : SV_RenderTargetArrayIndex; uint port : SV_ViewportArrayIndex; };

[maxvertexcount(4)]
void main(point vertex input[1], uint id : SV_PrimitiveID, inout TriangleStream<pixel> stream)
{
    for (uint i = 0; i < 4; i++) {
        pixel p;
        p.at = float2(i & 1, i >> 1);
        p.position = input[0].position + float4(p.at, 0, 0);
        p.id = id;
        p.slice = id & 1;
        p.port = 0;
        stream.Append(p);
    }
    stream.RestartStrip();
}
