/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "base/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT_BYTES 1024

static void put(struct pvgpu_json *json, const char *text, size_t length)
{
    if (json->failed || length == 0)
        return;
    if (json->file) {
        json->failed = fwrite(text, 1, length, json->file) != length;
    } else if (json->length < json->size - 1) {
        size_t room = json->size - 1 - (size_t)json->length, fits = length < room ? length : room;
        memcpy(json->buffer + json->length, text, fits);
        json->buffer[json->length + fits] = '\0';
    }
    json->length += length;
}

static void put_text(struct pvgpu_json *json, const char *text)
{
    put(json, text, strlen(text));
}

static void new_line(struct pvgpu_json *json)
{
    if (json->indent == 0)
        return;
    put_text(json, "\n");
    for (uint64_t i = 0; i < (uint64_t)json->indent * json->depth && !json->failed; i++)
        put_text(json, " ");
}

static uint32_t level_bit(const struct pvgpu_json *json)
{
    return UINT32_C(1) << (json->depth - 1);
}

/* What separates an element from the one before. */
static void separate(struct pvgpu_json *json)
{
    if (json->filled & level_bit(json))
        put_text(json, json->indent ? "," : ", ");
    json->filled |= level_bit(json);
    new_line(json);
}

/* Whether a value may stand here; puts what goes before it. */
static bool begin_value(struct pvgpu_json *json)
{
    bool in_array = json->depth > 0 && json->arrays & level_bit(json);
    if (json->depth == 0 ? json->complete : !in_array && !json->after_key)
        json->failed = true;
    if (in_array)
        separate(json);
    json->after_key = false;
    json->complete = json->depth == 0;
    return !json->failed;
}

static void begin_container(struct pvgpu_json *json, bool is_array)
{
    if (!begin_value(json))
        return;
    if (json->depth == PVGPU_JSON_DEPTH) {
        json->failed = true;
        return;
    }
    put_text(json, is_array ? "[" : "{");
    json->depth++;
    json->filled &= ~level_bit(json);
    json->arrays &= ~level_bit(json);
    if (is_array)
        json->arrays |= level_bit(json);
}

void pvgpu_json_begin_file(struct pvgpu_json *json, FILE *file, uint32_t indent)
{
    *json = (struct pvgpu_json){.file = file, .indent = indent};
}

void pvgpu_json_begin_buffer(struct pvgpu_json *json, char *buffer, size_t size, uint32_t indent)
{
    *json = (struct pvgpu_json){.buffer = buffer, .size = size, .indent = indent};
    buffer[0] = '\0';
}

void pvgpu_json_begin_object(struct pvgpu_json *json)
{
    begin_container(json, false);
}

void pvgpu_json_begin_array(struct pvgpu_json *json)
{
    begin_container(json, true);
}

void pvgpu_json_end(struct pvgpu_json *json)
{
    if (json->depth == 0 || json->after_key)
        json->failed = true;
    if (json->failed)
        return;
    bool is_array = json->arrays & level_bit(json), is_filled = json->filled & level_bit(json);
    json->depth--;
    if (is_filled)
        new_line(json);
    put_text(json, is_array ? "]" : "}");
    json->complete = json->depth == 0;
}

/*
 * The bytes of the first character of a text that is not empty. *code is what it says; UINT32_MAX when the bytes do not
 * complete a character (RFC 3629: no surrogates, nothing above U+10FFFF, no longer form than needed).
 */
static size_t next_character(const char *text, size_t length, uint32_t *code)
{
    const unsigned char *bytes = (const unsigned char *)text;
    unsigned char first = bytes[0], low = 0x80, high = 0xBF;
    size_t more = first < 0x80 ? 0 : first < 0xC2 ? 4 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : first < 0xF5 ? 3 : 4;
    if (more == 4) {
        *code = UINT32_MAX;
        return 1;
    }
    /* Only the second byte can make it too long a form, a surrogate, or too large. */
    if (first == 0xE0)
        low = 0xA0;
    else if (first == 0xED)
        high = 0x9F;
    else if (first == 0xF0)
        low = 0x90;
    else if (first == 0xF4)
        high = 0x8F;
    uint32_t value = more ? first & (0x3Fu >> more) : first;
    for (size_t i = 1; i <= more; i++) {
        if (i >= length || bytes[i] < low || bytes[i] > high) {
            *code = UINT32_MAX;
            return i;
        }
        value = value << 6 | (bytes[i] & 0x3F);
        low = 0x80;
        high = 0xBF;
    }
    *code = value;
    return more + 1;
}

static void put_character(struct pvgpu_json *json, const char *bytes, size_t length, uint32_t code)
{
    static const char short_names[] = "\"\"\\\\\bb\ff\nn\rr\tt"; /* pairs: the character, what stands for it */
    char escape[8];
    if (code == UINT32_MAX) {
        put_text(json, "\xEF\xBF\xBD"); /* U+FFFD */
        return;
    }
    for (size_t i = 0; i + 1 < sizeof(short_names); i += 2) {
        if (code == (unsigned char)short_names[i]) {
            put(json, (char[]){'\\', short_names[i + 1]}, 2);
            return;
        }
    }
    if (code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x2028 || code == 0x2029) {
        snprintf(escape, sizeof(escape), "\\u%04" PRIx32, code);
        put_text(json, escape);
        return;
    }
    put(json, bytes, length);
}

static void put_string(struct pvgpu_json *json, const char *text, size_t length)
{
    put_text(json, "\"");
    for (size_t at = 0; at < length && !json->failed;) {
        uint32_t code;
        size_t bytes = next_character(text + at, length - at, &code);
        put_character(json, text + at, bytes, code);
        at += bytes;
    }
    put_text(json, "\"");
}

void pvgpu_json_key(struct pvgpu_json *json, const char *name)
{
    if (json->depth == 0 || json->after_key || json->arrays & level_bit(json))
        json->failed = true;
    if (json->failed)
        return;
    separate(json);
    put_string(json, name, strlen(name));
    put_text(json, ": ");
    json->after_key = true;
}

void pvgpu_json_text(struct pvgpu_json *json, const char *text, size_t length)
{
    if (begin_value(json))
        put_string(json, text, length);
}

void pvgpu_json_string(struct pvgpu_json *json, const char *text)
{
    if (text)
        pvgpu_json_text(json, text, strlen(text));
    else
        pvgpu_json_null(json);
}

void pvgpu_json_format(struct pvgpu_json *json, const char *format, ...)
{
    char text[FORMAT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (length < 0)
        json->failed = true;
    else
        pvgpu_json_text(json, text, (size_t)length < sizeof(text) ? (size_t)length : sizeof(text) - 1);
}

static void put_value(struct pvgpu_json *json, const char *text)
{
    if (begin_value(json))
        put_text(json, text);
}

void pvgpu_json_u64(struct pvgpu_json *json, uint64_t value)
{
    char text[24];
    snprintf(text, sizeof(text), "%" PRIu64, value);
    put_value(json, text);
}

void pvgpu_json_i64(struct pvgpu_json *json, int64_t value)
{
    char text[24];
    snprintf(text, sizeof(text), "%" PRId64, value);
    put_value(json, text);
}

void pvgpu_json_double(struct pvgpu_json *json, double value)
{
    char text[32];
    if (!isfinite(value)) {
        pvgpu_json_null(json);
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    put_value(json, text);
}

void pvgpu_json_bool(struct pvgpu_json *json, bool value)
{
    put_value(json, value ? "true" : "false");
}

void pvgpu_json_null(struct pvgpu_json *json)
{
    put_value(json, "null");
}

bool pvgpu_json_finish(struct pvgpu_json *json)
{
    if (!json->complete || json->depth > 0)
        json->failed = true;
    if (!json->file)
        return !json->failed && json->length < json->size;
    put_text(json, "\n");
    return fflush(json->file) == 0 && !json->failed;
}
