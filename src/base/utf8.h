/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* UTF-8 as RFC 3629 has it. Pure. */
#ifndef PVGPU_BASE_UTF8_H
#define PVGPU_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Bytes of the character at `text`, of which `left` bytes (at least one) may be read: 1 to 4, or 0 when there is no
 * character: a stray, missing or surplus byte, a surrogate, a number beyond U+10FFFF.
 */
static inline size_t pvgpu_utf8_length(const char *text, size_t left)
{
    const unsigned char *c = (const unsigned char *)text;
    if (c[0] < 0x80)
        return 1;
    size_t length = c[0] >= 0xC2 && c[0] <= 0xDF ? 2 : (c[0] & 0xF0) == 0xE0 ? 3 : c[0] >= 0xF0 && c[0] <= 0xF4 ? 4 : 0;
    if (!length || length > left)
        return 0;
    uint32_t value = c[0] & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((c[i] & 0xC0) != 0x80)
            return 0;
        value = value << 6 | (c[i] & 0x3Fu);
    }
    bool surrogate = value >= 0xD800 && value <= 0xDFFF;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    return value < least[length] || value > 0x10FFFF || surrogate ? 0 : length;
}

#endif
