// SPDX-License-Identifier: MIT OR Apache-2.0
// Loops in loops, switches in loops, returns out of all of them.
// profiles: vs_4_0 vs_5_0
cbuffer counts : register(b0) { uint outer; uint inner; uint choice; };

float4 work(float4 value, uint steps)
{
    for (uint i = 0; i < steps; i++) {
        uint j = 0;
        do {
            switch (choice + j) {
            case 1:
                value += 1.0;
                break;
            case 2:
                value = value.wzyx;
                break;
            case 6:
            case 7:
                if (value.x > 8.0)
                    return value;
                break;
            case 3:
                value *= 0.5;
                break;
            default:
                value -= float4(i, j, 0, 1);
                break;
            }
            j++;
        } while (j < inner);
        if (i == 5)
            break;
    }
    return value;
}

float4 main(float4 position : POSITION, uint id : SV_VertexID) : SV_Position
{
    float4 result = position;
    for (uint n = 0; n < 4; n++) {
        if (result.y > 3.0)
            break;
        result = work(result, outer);
        result.y += 1.0;
        if (id == 3)
            continue;
        result.z += 0.25;
    }
    return result;
}
