/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "base/log_filter.h"

#include <stdio.h>
#include <string.h>

#define EXPECTED_LEVEL "a level (off, error, warn, info, debug or trace)"

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool parse_level(const char *text, size_t length, enum pvgpu_log_level *level)
{
    for (int i = PVGPU_LOG_OFF; i <= PVGPU_LOG_TRACE; i++) {
        const char *word = pvgpu_log_level_name((enum pvgpu_log_level)i);
        size_t same = 0;
        while (same < length && word[same] && lower(text[same]) == word[same])
            same++;
        if (same == length && !word[same]) {
            *level = (enum pvgpu_log_level)i;
            return true;
        }
    }
    return false;
}

static bool is_target_text(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        char c = lower(text[i]);
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == ':' || c == '-' || c == '.'))
            return false;
    }
    return length > 0;
}

/* Whether a prefix of `length` bytes covers the target. */
static bool covers(const char *prefix, size_t length, const char *target)
{
    return strncmp(prefix, target, length) == 0 &&
           (target[length] == '\0' || (target[length] == ':' && target[length + 1] == ':'));
}

static bool covers_one_of_ours(const char *prefix, size_t length)
{
    for (size_t i = 0; i < PVGPU_LOG_TARGETS; i++) {
        if (covers(prefix, length, pvgpu_log_target_name(i)))
            return true;
    }
    return false;
}

/* Says what is wrong with an entry; text of others is shown without what could drive a terminal. */
static bool refuse(char *wrong, const char *entry, size_t length, const char *expected)
{
    if (!wrong)
        return false;
    int shown = length < 64 ? (int)length : 64;
    snprintf(wrong, PVGPU_LOG_FILTER_WRONG_BYTES, "\"%.*s\": expected %s", shown, entry, expected);
    pvgpu_log_clean(wrong, strlen(wrong));
    return false;
}

static bool add_rule(struct pvgpu_log_filter *filter, const char *entry, size_t length, enum pvgpu_log_level level)
{
    if (filter->count == PVGPU_LOG_FILTER_RULES)
        return false;
    filter->rules[filter->count++] = (struct pvgpu_log_rule){
        .at = (uint16_t)(entry - filter->text), .length = (uint16_t)length, .level = (int8_t)level};
    return true;
}

static bool parse_entry(struct pvgpu_log_filter *filter, const char *entry, size_t length, char *wrong)
{
    const char *equals = memchr(entry, '=', length);
    enum pvgpu_log_level level = PVGPU_LOG_TRACE;
    if (!equals && parse_level(entry, length, &level)) {
        filter->standard = level;
        return true;
    }
    size_t target = equals ? (size_t)(equals - entry) : length;
    if (equals && !parse_level(equals + 1, length - target - 1, &level))
        return refuse(wrong, entry, length, EXPECTED_LEVEL " after the =");
    if (!is_target_text(entry, target) || (!equals && !covers_one_of_ours(entry, target)))
        return refuse(wrong, entry, length, EXPECTED_LEVEL " or TARGET=LEVEL");
    return add_rule(filter, entry, target, level) || refuse(wrong, entry, length, "no more than 64 targets");
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

bool pvgpu_log_filter_parse(struct pvgpu_log_filter *filter, const char *text, char wrong[PVGPU_LOG_FILTER_WRONG_BYTES])
{
    size_t length = strnlen(text, PVGPU_LOG_FILTER_BYTES);
    bool any = false;
    filter->count = 0;
    filter->standard = PVGPU_LOG_ERROR;
    if (length == PVGPU_LOG_FILTER_BYTES)
        return refuse(wrong, text, length, "less than 1024 bytes");
    memcpy(filter->text, text, length + 1);
    for (const char *at = filter->text, *end = filter->text + length; at <= end;) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        const char *next = comma ? comma : end, *last = next;
        while (at < last && is_blank(*at))
            at++;
        while (last > at && is_blank(last[-1]))
            last--;
        if (last > at && !parse_entry(filter, at, (size_t)(last - at), wrong))
            return false;
        any |= last > at;
        at = next + 1;
    }
    return any || refuse(wrong, text, length, EXPECTED_LEVEL " or TARGET=LEVEL");
}

enum pvgpu_log_level pvgpu_log_filter_level(const struct pvgpu_log_filter *filter, const char *target)
{
    const struct pvgpu_log_rule *best = NULL;
    for (size_t i = 0; i < filter->count; i++) {
        const struct pvgpu_log_rule *rule = &filter->rules[i];
        if (covers(filter->text + rule->at, rule->length, target) && (!best || rule->length >= best->length))
            best = rule;
    }
    return best ? (enum pvgpu_log_level)best->level : filter->standard;
}
