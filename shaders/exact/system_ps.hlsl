// SPDX-License-Identifier: MIT OR Apache-2.0
// Primitive number, facing and pixel position as a colour.

float4 main(float4 at : SV_Position, uint primitive : SV_PrimitiveID, bool front : SV_IsFrontFace) : SV_Target
{
    return float4((primitive + 1) / 16.0, front ? 1.0 : 0.25, at.z, at.w / 4.0);
}
