/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "present/frame_format.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#define COLOUR_SPACE_SRGB 0u /* DXGI_COLOR_SPACE_RGB_FULL_G22_NONE_P709 */
#define COLOUR_SPACE_LINEAR 1u /* DXGI_COLOR_SPACE_RGB_FULL_G10_NONE_P709 */

/* How a texel is laid out, lowest bits first. */
enum layout {
    LAYOUT_UNORM8, /* channels of 8 bits */
    LAYOUT_SNORM8,
    LAYOUT_UNORM16,
    LAYOUT_SNORM16,
    LAYOUT_FLOAT16,
    LAYOUT_FLOAT32,
    LAYOUT_BGRA8, /* blue first */
    LAYOUT_BGRX8, /* blue first, alpha not stored */
    LAYOUT_RGB10A2,
    LAYOUT_R11G11B10, /* small floats */
    LAYOUT_B5G6R5,
    LAYOUT_B5G5R5A1,
    LAYOUT_B4G4R4A4,
    LAYOUT_ALPHA8,
};

struct format {
    uint8_t number; /* DXGI_FORMAT */
    uint8_t published; /* DXGI_FORMAT */
    uint8_t bytes; /* of a pixel */
    uint8_t layout; /* enum layout */
    uint8_t channels; /* stored, for the layouts with a variable number */
    const char *name;
};

static const struct format formats[] = {
    {1, 28, 16, LAYOUT_FLOAT32, 4, "R32G32B32A32_TYPELESS"},
    {2, 28, 16, LAYOUT_FLOAT32, 4, "R32G32B32A32_FLOAT"},
    {5, 28, 12, LAYOUT_FLOAT32, 3, "R32G32B32_TYPELESS"},
    {6, 28, 12, LAYOUT_FLOAT32, 3, "R32G32B32_FLOAT"},
    {9, 10, 8, LAYOUT_FLOAT16, 4, "R16G16B16A16_TYPELESS"},
    {10, 10, 8, LAYOUT_FLOAT16, 4, "R16G16B16A16_FLOAT"},
    {11, 28, 8, LAYOUT_UNORM16, 4, "R16G16B16A16_UNORM"},
    {13, 28, 8, LAYOUT_SNORM16, 4, "R16G16B16A16_SNORM"},
    {15, 28, 8, LAYOUT_FLOAT32, 2, "R32G32_TYPELESS"},
    {16, 28, 8, LAYOUT_FLOAT32, 2, "R32G32_FLOAT"},
    {23, 24, 4, LAYOUT_RGB10A2, 4, "R10G10B10A2_TYPELESS"},
    {24, 24, 4, LAYOUT_RGB10A2, 4, "R10G10B10A2_UNORM"},
    {26, 28, 4, LAYOUT_R11G11B10, 3, "R11G11B10_FLOAT"},
    {27, 28, 4, LAYOUT_UNORM8, 4, "R8G8B8A8_TYPELESS"},
    {28, 28, 4, LAYOUT_UNORM8, 4, "R8G8B8A8_UNORM"},
    {29, 29, 4, LAYOUT_UNORM8, 4, "R8G8B8A8_UNORM_SRGB"},
    {31, 28, 4, LAYOUT_SNORM8, 4, "R8G8B8A8_SNORM"},
    {33, 28, 4, LAYOUT_FLOAT16, 2, "R16G16_TYPELESS"},
    {34, 28, 4, LAYOUT_FLOAT16, 2, "R16G16_FLOAT"},
    {35, 28, 4, LAYOUT_UNORM16, 2, "R16G16_UNORM"},
    {37, 28, 4, LAYOUT_SNORM16, 2, "R16G16_SNORM"},
    {39, 28, 4, LAYOUT_FLOAT32, 1, "R32_TYPELESS"},
    {41, 28, 4, LAYOUT_FLOAT32, 1, "R32_FLOAT"},
    {48, 28, 2, LAYOUT_UNORM8, 2, "R8G8_TYPELESS"},
    {49, 28, 2, LAYOUT_UNORM8, 2, "R8G8_UNORM"},
    {51, 28, 2, LAYOUT_SNORM8, 2, "R8G8_SNORM"},
    {53, 28, 2, LAYOUT_FLOAT16, 1, "R16_TYPELESS"},
    {54, 28, 2, LAYOUT_FLOAT16, 1, "R16_FLOAT"},
    {56, 28, 2, LAYOUT_UNORM16, 1, "R16_UNORM"},
    {58, 28, 2, LAYOUT_SNORM16, 1, "R16_SNORM"},
    {60, 28, 1, LAYOUT_UNORM8, 1, "R8_TYPELESS"},
    {61, 28, 1, LAYOUT_UNORM8, 1, "R8_UNORM"},
    {63, 28, 1, LAYOUT_SNORM8, 1, "R8_SNORM"},
    {65, 28, 1, LAYOUT_ALPHA8, 1, "A8_UNORM"},
    {85, 28, 2, LAYOUT_B5G6R5, 3, "B5G6R5_UNORM"},
    {86, 28, 2, LAYOUT_B5G5R5A1, 4, "B5G5R5A1_UNORM"},
    {87, 87, 4, LAYOUT_BGRA8, 4, "B8G8R8A8_UNORM"},
    {88, 28, 4, LAYOUT_BGRX8, 3, "B8G8R8X8_UNORM"},
    {90, 87, 4, LAYOUT_BGRA8, 4, "B8G8R8A8_TYPELESS"},
    {91, 91, 4, LAYOUT_BGRA8, 4, "B8G8R8A8_UNORM_SRGB"},
    {92, 28, 4, LAYOUT_BGRX8, 3, "B8G8R8X8_TYPELESS"},
    {93, 29, 4, LAYOUT_BGRX8, 3, "B8G8R8X8_UNORM_SRGB"},
    {115, 28, 2, LAYOUT_B4G4R4A4, 4, "B4G4R4A4_UNORM"},
};

static const struct format *find(uint32_t number)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (formats[i].number == number)
            return &formats[i];
    }
    return NULL;
}

uint32_t pvgpu_frame_format_published(uint32_t format)
{
    const struct format *found = find(format);
    return found ? found->published : 0;
}

bool pvgpu_frame_format_is_plain(uint32_t format)
{
    const struct format *found = find(format);
    const struct format *published = found ? find(found->published) : NULL;
    return published && published->layout == found->layout && published->channels == found->channels;
}

uint32_t pvgpu_frame_format_bytes(uint32_t format)
{
    const struct format *found = find(format);
    return found ? found->bytes : 0;
}

uint32_t pvgpu_frame_format_colour_space(uint32_t published)
{
    return published == PVGPU_FRAME_RGBA16F ? COLOUR_SPACE_LINEAR : COLOUR_SPACE_SRGB;
}

const char *pvgpu_frame_format_name(uint32_t format)
{
    const struct format *found = find(format);
    return found ? found->name : "unknown";
}

static uint32_t load(const uint8_t *bytes, uint32_t count)
{
    uint32_t value = 0;
    for (uint32_t i = 0; i < count; i++)
        value |= (uint32_t)bytes[i] << (8 * i);
    return value;
}

/* The unsigned normalised integer `value` out of `most`, as 8 bits. */
static uint8_t from_unorm(uint32_t value, uint32_t most)
{
    return (uint8_t)((value * 255u + most / 2u) / most);
}

static uint8_t from_snorm(int32_t value, uint32_t most)
{
    return value <= 0 ? 0 : from_unorm((uint32_t)value, most);
}

static uint8_t from_float(float value)
{
    if (!(value > 0.0f)) /* NaN too */
        return 0;
    return value >= 1.0f ? 255 : (uint8_t)((double)value * 255.0 + 0.5);
}

/* A float without sign: 5 bits of exponent (bias 15) above `mantissa_bits` of mantissa. */
static float small_float(uint32_t bits, uint32_t mantissa_bits)
{
    uint32_t mantissa = bits & ((1u << mantissa_bits) - 1u);
    int exponent = (int)(bits >> mantissa_bits & 31u);
    if (exponent == 31)
        return mantissa ? NAN : INFINITY;
    if (exponent == 0)
        return ldexpf((float)mantissa, -14 - (int)mantissa_bits);
    return ldexpf((float)(mantissa | 1u << mantissa_bits), exponent - 15 - (int)mantissa_bits);
}

static float half_float(uint32_t bits)
{
    float value = small_float(bits & 0x7FFFu, 10);
    return bits & 0x8000u ? -value : value;
}

static float full_float(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static uint8_t convert_channel(enum layout layout, const uint8_t *source, uint32_t channel)
{
    switch (layout) {
    case LAYOUT_SNORM8:
        return from_snorm((int8_t)source[channel], 127);
    case LAYOUT_UNORM16:
        return from_unorm(load(source + 2 * channel, 2), 65535);
    case LAYOUT_SNORM16:
        return from_snorm((int16_t)load(source + 2 * channel, 2), 32767);
    case LAYOUT_FLOAT16:
        return from_float(half_float(load(source + 2 * channel, 2)));
    case LAYOUT_FLOAT32:
        return from_float(full_float(load(source + 4 * channel, 4)));
    default:
        return source[channel];
    }
}

static void set(uint8_t *rgba, uint8_t red, uint8_t green, uint8_t blue, uint8_t alpha)
{
    rgba[0] = red;
    rgba[1] = green;
    rgba[2] = blue;
    rgba[3] = alpha;
}

/* Texels whose channels are not all of one width, or not in the order red, green, blue, alpha. */
static bool convert_packed(enum layout layout, const uint8_t *source, uint8_t *rgba)
{
    uint32_t bits;
    switch (layout) {
    case LAYOUT_BGRA8:
        set(rgba, source[2], source[1], source[0], source[3]);
        return true;
    case LAYOUT_BGRX8:
        set(rgba, source[2], source[1], source[0], 255);
        return true;
    case LAYOUT_ALPHA8:
        set(rgba, 0, 0, 0, source[0]);
        return true;
    case LAYOUT_RGB10A2:
        bits = load(source, 4);
        set(rgba, from_unorm(bits & 1023, 1023), from_unorm(bits >> 10 & 1023, 1023),
            from_unorm(bits >> 20 & 1023, 1023), from_unorm(bits >> 30, 3));
        return true;
    case LAYOUT_R11G11B10:
        bits = load(source, 4);
        set(rgba, from_float(small_float(bits & 2047, 6)), from_float(small_float(bits >> 11 & 2047, 6)),
            from_float(small_float(bits >> 22, 5)), 255);
        return true;
    case LAYOUT_B5G6R5:
        bits = load(source, 2);
        set(rgba, from_unorm(bits >> 11, 31), from_unorm(bits >> 5 & 63, 63), from_unorm(bits & 31, 31), 255);
        return true;
    case LAYOUT_B5G5R5A1:
        bits = load(source, 2);
        set(rgba, from_unorm(bits >> 10 & 31, 31), from_unorm(bits >> 5 & 31, 31), from_unorm(bits & 31, 31),
            bits >> 15 ? 255 : 0);
        return true;
    case LAYOUT_B4G4R4A4:
        bits = load(source, 2);
        set(rgba, from_unorm(bits >> 8 & 15, 15), from_unorm(bits >> 4 & 15, 15), from_unorm(bits & 15, 15),
            from_unorm(bits >> 12, 15));
        return true;
    default:
        return false;
    }
}

bool pvgpu_frame_convert_row(uint32_t format, const void *source, uint8_t *rgba, uint32_t width)
{
    const struct format *found = find(format);
    if (!found)
        return false;
    enum layout layout = (enum layout)found->layout;
    if (layout == LAYOUT_UNORM8 && found->channels == 4) {
        memcpy(rgba, source, (size_t)width * 4);
        return true;
    }
    const uint8_t *texel = source;
    for (uint32_t x = 0; x < width; x++, texel += found->bytes, rgba += 4) {
        if (convert_packed(layout, texel, rgba))
            continue;
        set(rgba, 0, 0, 0, 255);
        for (uint32_t channel = 0; channel < found->channels; channel++)
            rgba[channel] = convert_channel(layout, texel, channel);
    }
    return true;
}

static uint8_t encode_srgb(float linear)
{
    if (!(linear > 0.0f))
        return 0;
    if (linear >= 1.0f)
        return 255;
    /* IEC 61966-2-1: linear below 0.0031308, then a power of 1/2.4. */
    float encoded = linear <= 0.0031308f ? 12.92f * linear : 1.055f * powf(linear, 1.0f / 2.4f) - 0.055f;
    return from_float(encoded);
}

void pvgpu_frame_convert_linear_row(const void *source, uint8_t *rgba, uint32_t width)
{
    const uint8_t *texel = source;
    for (uint32_t x = 0; x < width; x++, texel += 8, rgba += 4) {
        for (uint32_t channel = 0; channel < 3; channel++)
            rgba[channel] = encode_srgb(half_float(load(texel + 2 * channel, 2)));
        rgba[3] = from_float(half_float(load(texel + 6, 2)));
    }
}
