// SPDX-License-Identifier: MIT OR Apache-2.0
struct vertex { float4 position : SV_Position; };
struct first { float4 position : SV_Position; float2 a : A; };
struct second { float4 b : B; uint c : C; };

[maxvertexcount(3)]
void main(line vertex input[2], uint instance : SV_PrimitiveID, inout PointStream<first> one,
          inout PointStream<second> two)
{
    first f;
    f.position = input[0].position;
    f.a = float2(instance, 1);
    one.Append(f);
    second s;
    s.b = input[1].position;
    s.c = instance;
    two.Append(s);
    two.RestartStrip();
}
