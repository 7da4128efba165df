/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "base/log.h"

#include "base/log_filter.h"
#include "base/log_format.h"
#include "base/time.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#ifdef _WIN32
#include <io.h>
#include <process.h>
#define write_all(fd, text, length) ((void)!_write(fd, text, (unsigned)(length)))
#define process_id() _getpid()
#else
#include <unistd.h>
#define write_all(fd, text, length) ((void)!write(fd, text, length))
#define process_id() getpid()
#endif

static const char *const level_words[] = {"off", "error", "warn", "info", "debug", "trace"};

static const char *const targets[PVGPU_LOG_TARGETS] = {
#define PVGPU_LOG_TARGET(name, about) name,
#include "base/log_targets.inc"
#undef PVGPU_LOG_TARGET
};

const char *pvgpu_log_level_name(enum pvgpu_log_level level)
{
    return level_words[level - PVGPU_LOG_OFF];
}

const char *pvgpu_log_target_name(size_t index)
{
    return targets[index];
}

size_t pvgpu_log_target_index(const char *target)
{
    size_t best = 0, best_length = 0;
    for (size_t i = 0; i < PVGPU_LOG_TARGETS; i++) {
        size_t length = strlen(targets[i]);
        bool covers =
            strncmp(targets[i], target, length) == 0 && (!target[length] || strncmp(target + length, "::", 2) == 0);
        if (covers && length > best_length) {
            best = i;
            best_length = length;
        }
    }
    return best;
}

struct pvgpu_log pvgpu_log_for(const struct pvgpu_log *log, const char *target)
{
    struct pvgpu_log other = *log;
    other.target = target;
    if (log->output)
        other.threshold = &log->output->levels->of[pvgpu_log_target_index(target)];
    return other;
}

struct pvgpu_log pvgpu_log_make(struct pvgpu_log_output *output, const char *target, const char *vm)
{
    struct pvgpu_log log = {.level = PVGPU_LOG_INFO, .vm = vm, .output = output};
    return pvgpu_log_for(&log, target);
}

void pvgpu_log_levels_set(struct pvgpu_log_levels *levels, const struct pvgpu_log_filter *filter)
{
    for (size_t i = 0; i < PVGPU_LOG_TARGETS; i++)
        atomic_store_explicit(&levels->of[i], (int)pvgpu_log_filter_level(filter, targets[i]), memory_order_relaxed);
}

void pvgpu_log_clean(char *text, size_t length)
{
    for (size_t i = 0; i < length;) {
        size_t bytes = pvgpu_utf8_length(text + i, length - i);
        bool is_control = (unsigned char)text[i] < 0x20 || text[i] == 0x7F ||
                          (bytes == 2 && (unsigned char)text[i] == 0xC2 && (unsigned char)text[i + 1] < 0xA0);
        if (!bytes)
            bytes = is_control = 1;
        if (is_control)
            memset(text + i, '?', bytes);
        i += bytes;
    }
}

/* Copies fields with texts of our own, since theirs may come from a guest or a peer. */
static void copy_fields(struct pvgpu_log_field *copies, char (*texts)[PVGPU_LOG_FIELD_BYTES],
                        const struct pvgpu_log_field *fields)
{
    size_t count = 0;
    for (; fields && fields[count].key && count < PVGPU_LOG_FIELDS_MOST; count++) {
        copies[count] = fields[count];
        if (!fields[count].text)
            continue;
        snprintf(texts[count], PVGPU_LOG_FIELD_BYTES, "%s", fields[count].text);
        pvgpu_log_clean(texts[count], strlen(texts[count]));
        copies[count].text = texts[count];
    }
    copies[count].key = NULL;
}

static void write_record(const struct pvgpu_log *log, enum pvgpu_log_level level, const struct pvgpu_log_field *fields,
                         const char *format, va_list arguments)
{
    char message[PVGPU_LOG_MESSAGE_BYTES], texts[PVGPU_LOG_FIELDS_MOST][PVGPU_LOG_FIELD_BYTES];
    struct pvgpu_log_field copies[PVGPU_LOG_FIELDS_MOST + 1];
    struct pvgpu_log_record record = {
        .time_ns = pvgpu_time_wall_ns(),
        .level = level,
        .target = log->target,
        .vm = log->vm,
        .pid = process_id(),
        .message = message,
        .fields = copies,
    };
    if (vsnprintf(message, sizeof(message), format, arguments) < 0)
        message[0] = '\0';
    /* Text from a guest or a peer must not forge lines or drive a terminal. */
    pvgpu_log_clean(message, strlen(message));
    if (log->errors && level == PVGPU_LOG_ERROR) {
        if (!log->errors->text[0])
            snprintf(log->errors->text, sizeof(log->errors->text), "%s", message);
        return;
    }
    copy_fields(copies, texts, fields);
    if (log->output) {
        log->output->write(log->output, &record);
        return;
    }
    char line[PVGPU_LOG_LINE_BYTES];
    write_all(2, line, pvgpu_log_format_line(line, PVGPU_LOG_FORMAT_BARE, &record));
}

void pvgpu_log_write(const struct pvgpu_log *log, enum pvgpu_log_level level, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_record(log, level, NULL, format, arguments);
    va_end(arguments);
}

void pvgpu_log_write_with(const struct pvgpu_log *log, enum pvgpu_log_level level, const struct pvgpu_log_field *fields,
                          const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_record(log, level, fields, format, arguments);
    va_end(arguments);
}

bool pvgpu_log_limit_pass(struct pvgpu_log_limit *limit, uint64_t *dropped)
{
    uint64_t now = pvgpu_time_now_ns();
    uint64_t cost = PVGPU_NS_PER_S / (limit->per_second ? limit->per_second : 1);
    uint64_t most = cost * (limit->burst ? limit->burst : 1);
    if (limit->last_ns == 0) {
        limit->tokens_ns = most;
    } else {
        uint64_t passed = now - limit->last_ns;
        limit->tokens_ns = passed > most - limit->tokens_ns ? most : limit->tokens_ns + passed;
    }
    limit->last_ns = now;
    if (limit->tokens_ns < cost) {
        limit->dropped++;
        return false;
    }
    limit->tokens_ns -= cost;
    *dropped = limit->dropped;
    limit->dropped = 0;
    return true;
}

bool pvgpu_log_may(const struct pvgpu_log *log, enum pvgpu_log_level level, struct pvgpu_log_limit *limit,
                   const char *what)
{
    uint64_t dropped;
    if (!pvgpu_log_enabled(log, level) || !pvgpu_log_limit_pass(limit, &dropped))
        return false;
    if (dropped)
        pvgpu_log_with(log, PVGPU_LOG_WARN, PVGPU_FIELDS(pvgpu_log_said(pvgpu_log_number("lost", dropped))),
                       "%llu lines about %s were left out", (unsigned long long)dropped, what);
    return true;
}
