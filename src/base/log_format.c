/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "base/log_format.h"

#include "base/time.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A text that grows until it is full; then it stays as it is. */
struct out {
    char *text;
    size_t used, size;
    bool full; /* something did not fit since this was cleared */
};

static void put(struct out *out, const char *text, size_t length)
{
    if (out->full || length > out->size - out->used) {
        out->full = true;
        return;
    }
    memcpy(out->text + out->used, text, length);
    out->used += length;
}

static void put_text(struct out *out, const char *text)
{
    put(out, text, strlen(text));
}

static void put_format(struct out *out, const char *format, ...) PVGPU_PRINTF(2, 3);

static void put_format(struct out *out, const char *format, ...)
{
    char text[128];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    put(out, text, length < 0 ? 0 : (size_t)length < sizeof(text) ? (size_t)length : sizeof(text) - 1);
}

/* As much of a text as fits, up to a whole character. */
static void put_some(struct out *out, const char *text)
{
    size_t length = strlen(text), room = out->size - out->used;
    if (length > room) {
        length = room;
        while (length && ((unsigned char)text[length] & 0xC0) == 0x80)
            length--;
    }
    put(out, text, length);
}

/* RFC 3339 in UTC. The calendar is counted in eras of 400 years that begin on the first of March of the year 0. */
static void put_time(struct out *out, uint64_t time_ns)
{
    uint64_t ms = time_ns / PVGPU_NS_PER_MS, seconds = ms / 1000, days = seconds / 86400 + 719468;
    uint64_t era = days / 146097, day = days % 146097;
    uint64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    uint64_t day_of_year = day - (365 * year + year / 4 - year / 100);
    uint64_t month = (5 * day_of_year + 2) / 153; /* from March */
    unsigned day_of_month = (unsigned)(day_of_year - (153 * month + 2) / 5 + 1);
    month = month < 10 ? month + 3 : month - 9;
    year += era * 400 + (month <= 2);
    put_format(out, "%04" PRIu64 "-%02u-%02uT%02u:%02u:%02u.%03uZ", year, (unsigned)month, day_of_month,
               (unsigned)(seconds / 3600 % 24), (unsigned)(seconds / 60 % 60), (unsigned)(seconds % 60),
               (unsigned)(ms % 1000));
}

static const char *level_word(enum pvgpu_log_level level)
{
    static const char *const words[] = {"ERROR", "WARN", "INFO", "DEBUG", "TRACE"};
    return words[level < PVGPU_LOG_ERROR || level > PVGPU_LOG_TRACE ? PVGPU_LOG_ERROR : level];
}

/* ---- Text -------------------------------------------------------------------------------------------------------- */

/* Priorities of syslog, as sd-daemon(3) has them. */
static int priority(enum pvgpu_log_level level)
{
    return level <= PVGPU_LOG_ERROR ? 3 : level == PVGPU_LOG_WARN ? 4 : level == PVGPU_LOG_INFO ? 6 : 7;
}

static bool needs_quotes(const char *text)
{
    return !*text || strpbrk(text, " \"=\\") != NULL;
}

static void put_quoted(struct out *out, const char *text)
{
    put_text(out, "\"");
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            put_text(out, "\\");
        put(out, text, 1);
    }
    put_text(out, "\"");
}

static void put_field(struct out *out, const struct pvgpu_log_field *field)
{
    if (field->is_said)
        return;
    put_format(out, " %.32s=", field->key);
    if (!field->text)
        put_format(out, "%" PRIu64, field->number);
    else if (needs_quotes(field->text))
        put_quoted(out, field->text);
    else
        put_text(out, field->text);
}

/* Each field as a whole or not at all. */
static void put_fields(struct out *out, const struct pvgpu_log_record *record,
                       void (*put_one)(struct out *out, const struct pvgpu_log_field *field))
{
    for (const struct pvgpu_log_field *field = record->fields; field && field->key; field++) {
        size_t before = out->used;
        put_one(out, field);
        if (out->full)
            out->used = before;
        out->full = false;
    }
}

static void format_text(struct out *out, enum pvgpu_log_format format, const struct pvgpu_log_record *record)
{
    if (format == PVGPU_LOG_FORMAT_JOURNAL)
        put_format(out, "<%d>", priority(record->level));
    if (format == PVGPU_LOG_FORMAT_TEXT) {
        put_time(out, record->time_ns);
        put_text(out, " ");
    }
    put_format(out, "%-5s %.64s: ", level_word(record->level), record->target);
    if (record->vm)
        put_format(out, "[%.64s] ", record->vm);
    put_some(out, record->message);
    put_fields(out, record, put_field);
}

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

/* A string with its quotes; the part of the text that fits. */
static void put_json_string(struct out *out, const char *text)
{
    static const char replacement[] = "\xEF\xBF\xBD"; /* U+FFFD */
    size_t left = strlen(text);
    put_text(out, "\"");
    while (left && !out->full && out->size - out->used > sizeof("\\u0000\"")) {
        size_t length = pvgpu_utf8_length(text, left);
        unsigned char c = (unsigned char)*text;
        if (!length)
            put_text(out, replacement);
        else if (c == '"' || c == '\\')
            put_format(out, "\\%c", c);
        else if (c < 0x20 || c == 0x7F)
            put_format(out, "\\u%04x", c);
        else
            put(out, text, length);
        text += length ? length : 1;
        left -= length ? length : 1;
    }
    put_text(out, "\"");
}

static void put_json_field(struct out *out, const struct pvgpu_log_field *field)
{
    if (out->text[out->used - 1] != '{')
        put_text(out, ",");
    put_json_string(out, field->key);
    put_text(out, ":");
    if (field->text)
        put_json_string(out, field->text);
    else
        put_format(out, "%" PRIu64, field->number);
}

static void format_json(struct out *out, const struct pvgpu_log_record *record)
{
    static const char end[] = "}}";
    out->size -= sizeof(end) - 1;
    put_text(out, "{\"timestamp\":\"");
    put_time(out, record->time_ns);
    put_format(out, "\",\"level\":\"%s\",\"target\":", level_word(record->level));
    put_json_string(out, record->target);
    if (record->vm) {
        put_text(out, ",\"vm\":");
        put_json_string(out, record->vm);
    }
    if (record->pid)
        put_format(out, ",\"pid\":%" PRId64, record->pid);
    put_text(out, ",\"message\":");
    put_json_string(out, record->message);
    bool fields = record->fields && record->fields->key && out->size - out->used > sizeof(",\"fields\":{");
    if (fields) {
        put_text(out, ",\"fields\":{");
        put_fields(out, record, put_json_field);
    }
    out->size += sizeof(end) - 1;
    put_text(out, fields ? "}}" : "}");
}

size_t pvgpu_log_format_line(char line[PVGPU_LOG_LINE_BYTES], enum pvgpu_log_format format,
                             const struct pvgpu_log_record *record)
{
    struct out out = {.text = line, .size = PVGPU_LOG_LINE_BYTES - 1};
    if (format == PVGPU_LOG_FORMAT_JSON)
        format_json(&out, record);
    else
        format_text(&out, format, record);
    line[out.used++] = '\n';
    return out.used;
}
