// SPDX-License-Identifier: MIT OR Apache-2.0
// All 32 inputs, each with its own weight in the colour.

struct many
{
    float4 position : POSITION;
    float4 v0 : V0;
    float4 v1 : V1;
    float4 v2 : V2;
    float4 v3 : V3;
    float4 v4 : V4;
    float4 v5 : V5;
    float4 v6 : V6;
    float4 v7 : V7;
    float4 v8 : V8;
    float4 v9 : V9;
    float4 v10 : V10;
    float4 v11 : V11;
    float4 v12 : V12;
    float4 v13 : V13;
    float4 v14 : V14;
    float4 v15 : V15;
    float4 v16 : V16;
    float4 v17 : V17;
    float4 v18 : V18;
    float4 v19 : V19;
    float4 v20 : V20;
    float4 v21 : V21;
    float4 v22 : V22;
    float4 v23 : V23;
    float4 v24 : V24;
    float4 v25 : V25;
    float4 v26 : V26;
    float4 v27 : V27;
    float4 v28 : V28;
    float4 v29 : V29;
    float4 v30 : V30;
};

void main(many input, out float4 clip : SV_Position, out float4 tint : COLOR)
{
    clip = input.position;
    float4 sum = float4(0, 0, 0, 0);
    sum += input.v0 * 1.0;
    sum += input.v1 * 2.0;
    sum += input.v2 * 3.0;
    sum += input.v3 * 4.0;
    sum += input.v4 * 5.0;
    sum += input.v5 * 6.0;
    sum += input.v6 * 7.0;
    sum += input.v7 * 8.0;
    sum += input.v8 * 9.0;
    sum += input.v9 * 10.0;
    sum += input.v10 * 11.0;
    sum += input.v11 * 12.0;
    sum += input.v12 * 13.0;
    sum += input.v13 * 14.0;
    sum += input.v14 * 15.0;
    sum += input.v15 * 16.0;
    sum += input.v16 * 17.0;
    sum += input.v17 * 18.0;
    sum += input.v18 * 19.0;
    sum += input.v19 * 20.0;
    sum += input.v20 * 21.0;
    sum += input.v21 * 22.0;
    sum += input.v22 * 23.0;
    sum += input.v23 * 24.0;
    sum += input.v24 * 25.0;
    sum += input.v25 * 26.0;
    sum += input.v26 * 27.0;
    sum += input.v27 * 28.0;
    sum += input.v28 * 29.0;
    sum += input.v29 * 30.0;
    sum += input.v30 * 31.0;
    tint = sum / 512.0;
}
