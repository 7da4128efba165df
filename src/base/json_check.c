/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "base/json_check.h"

#include <stdint.h>
#include <string.h>

struct text {
    const uint8_t *at, *end;
    unsigned depth;
};

static bool take_value(struct text *text);

/* The next byte, 0 at the end: no byte of JSON is 0. */
static uint8_t peek(const struct text *text)
{
    return text->at < text->end ? *text->at : 0;
}

static bool take(struct text *text, char wanted)
{
    if (peek(text) != (uint8_t)wanted)
        return false;
    text->at++;
    return true;
}

static void skip_space(struct text *text)
{
    while (text->at < text->end && (*text->at == ' ' || *text->at == '\t' || *text->at == '\n' || *text->at == '\r'))
        text->at++;
}

static bool take_word(struct text *text, const char *word)
{
    const size_t length = strlen(word);
    if ((size_t)(text->end - text->at) < length || memcmp(text->at, word, length) != 0)
        return false;
    text->at += length;
    return true;
}

static bool take_digits(struct text *text)
{
    const uint8_t *begin = text->at;
    while (peek(text) >= '0' && peek(text) <= '9')
        text->at++;
    return text->at > begin;
}

static bool take_number(struct text *text)
{
    take(text, '-');
    if (!take(text, '0') && !take_digits(text))
        return false;
    if (take(text, '.') && !take_digits(text))
        return false;
    if (!take(text, 'e') && !take(text, 'E'))
        return true;
    if (!take(text, '+'))
        take(text, '-');
    return take_digits(text);
}

static bool is_hex(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* After a backslash. */
static bool take_escape(struct text *text)
{
    const uint8_t c = peek(text);
    if (c == 0 || !strchr("\"\\/bfnrtu", c))
        return false;
    text->at++;
    for (int i = 0; c == 'u' && i < 4; i++) {
        if (!is_hex(peek(text)))
            return false;
        text->at++;
    }
    return true;
}

/* A character beyond ASCII: the shortest form, no surrogate, at most U+10FFFF (Unicode 15, table 3-7). */
static bool take_utf8(struct text *text)
{
    const uint8_t first = peek(text);
    uint8_t low = 0x80, high = 0xBF;
    int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
    if (first < 0xC2 || first > 0xF4)
        return false;
    if (first == 0xE0)
        low = 0xA0;
    else if (first == 0xED)
        high = 0x9F;
    else if (first == 0xF0)
        low = 0x90;
    else if (first == 0xF4)
        high = 0x8F;
    text->at++;
    for (; more > 0; more--) {
        if (peek(text) < low || peek(text) > high)
            return false;
        text->at++;
        low = 0x80;
        high = 0xBF;
    }
    return true;
}

static bool take_string(struct text *text)
{
    if (!take(text, '"'))
        return false;
    while (!take(text, '"')) {
        const uint8_t c = peek(text);
        if (c < 0x20) /* the end, too */
            return false;
        if (c >= 0x80) {
            if (!take_utf8(text))
                return false;
            continue;
        }
        text->at++;
        if (c == '\\' && !take_escape(text))
            return false;
    }
    return true;
}

static bool take_member(struct text *text)
{
    skip_space(text);
    if (!take_string(text))
        return false;
    skip_space(text);
    return take(text, ':') && take_value(text);
}

/* What is between brackets, after the first one. */
static bool take_list(struct text *text, char close, bool (*take_one)(struct text *text))
{
    if (++text->depth > PVGPU_JSON_CHECK_DEPTH)
        return false;
    skip_space(text);
    if (!take(text, close)) {
        do {
            if (!take_one(text))
                return false;
            skip_space(text);
        } while (take(text, ','));
        if (!take(text, close))
            return false;
    }
    text->depth--;
    return true;
}

static bool take_value(struct text *text)
{
    skip_space(text);
    switch (peek(text)) {
    case '{':
        text->at++;
        return take_list(text, '}', take_member);
    case '[':
        text->at++;
        return take_list(text, ']', take_value);
    case '"':
        return take_string(text);
    case 't':
        return take_word(text, "true");
    case 'f':
        return take_word(text, "false");
    case 'n':
        return take_word(text, "null");
    default:
        return take_number(text);
    }
}

bool pvgpu_json_is_object(const void *bytes, size_t size)
{
    struct text text = {.at = bytes, .end = (const uint8_t *)bytes + size};
    skip_space(&text);
    if (peek(&text) != '{' || !take_value(&text))
        return false;
    skip_space(&text);
    return text.at == text.end;
}
