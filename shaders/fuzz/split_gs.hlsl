// SPDX-License-Identifier: MIT OR Apache-2.0
struct vertex { float4 color : COLOR; float4 position : SV_Position; };

cbuffer shift : register(b0) { float4 offset; };

[maxvertexcount(6)]
void main(triangle vertex input[3], inout TriangleStream<vertex> stream)
{
    for (uint copy = 0; copy < 2; copy++) {
        for (uint i = 0; i < 3; i++) {
            vertex output = input[i];
            output.position += offset * copy;
            stream.Append(output);
        }
        stream.RestartStrip();
    }
}
