/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "base/log.h"

#include "base/time.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#ifdef _WIN32
#include <io.h>
#define write_all(fd, text, length) ((void)!_write(fd, text, (unsigned)(length)))
#else
#include <unistd.h>
#define write_all(fd, text, length) ((void)!write(fd, text, length))
#endif

#define LINE_BYTES 1024

static const char *const level_names[] = {
    [PVGPU_LOG_ERROR] = "ERROR", [PVGPU_LOG_WARN] = "WARN",   [PVGPU_LOG_INFO] = "INFO",
    [PVGPU_LOG_DEBUG] = "DEBUG", [PVGPU_LOG_TRACE] = "TRACE",
};

static const char *const level_words[] = {
    [PVGPU_LOG_ERROR] = "error", [PVGPU_LOG_WARN] = "warn",   [PVGPU_LOG_INFO] = "info",
    [PVGPU_LOG_DEBUG] = "debug", [PVGPU_LOG_TRACE] = "trace",
};

bool pvgpu_log_level_parse(const char *text, enum pvgpu_log_level *level)
{
    for (size_t i = 0; i < sizeof(level_words) / sizeof(level_words[0]); i++) {
        if (strcmp(text, level_words[i]) == 0) {
            *level = (enum pvgpu_log_level)i;
            return true;
        }
    }
    return false;
}

const char *pvgpu_log_level_name(enum pvgpu_log_level level)
{
    return level_words[level];
}

void pvgpu_log_write(const struct pvgpu_log *log, enum pvgpu_log_level level, const char *format, ...)
{
    char line[LINE_BYTES];
    size_t limit = sizeof(line) - 1; /* keeps room for the newline */
    int used = snprintf(line, limit, "%-5s %s: ", level_names[level], log->target);
    if (log->vm && used > 0 && (size_t)used < limit)
        used += snprintf(line + used, limit - (size_t)used, "[%s] ", log->vm);
    if (used < 0 || (size_t)used >= limit)
        used = 0;

    size_t text = (size_t)used;
    va_list arguments;
    va_start(arguments, format);
    int added = vsnprintf(line + used, limit - (size_t)used, format, arguments);
    va_end(arguments);
    size_t length = (size_t)used + (added > 0 ? (size_t)added : 0);
    if (length >= limit)
        length = limit - 1;

    /* Text from a guest or a peer must not forge lines or drive a terminal. */
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7F)
            line[i] = '?';
    }
    if (log->errors && level == PVGPU_LOG_ERROR) {
        if (!log->errors->text[0])
            snprintf(log->errors->text, sizeof(log->errors->text), "%.*s", (int)(length - text), line + text);
        return;
    }
    line[length++] = '\n';
    write_all(2, line, length);
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
