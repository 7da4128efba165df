/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Log lines: "INFO  pvgpu_backend: text" on standard error, one write a line, so that lines of several processes and
 * threads never mix. A logger is a small value: whoever needs one gets a copy, usually with a target (module) of its
 * own. A line below the logger's level costs one branch; its arguments are not evaluated. Any thread.
 */
#ifndef PVGPU_BASE_LOG_H
#define PVGPU_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum pvgpu_log_level {
    PVGPU_LOG_ERROR,
    PVGPU_LOG_WARN,
    PVGPU_LOG_INFO,
    PVGPU_LOG_DEBUG,
    PVGPU_LOG_TRACE,
};

/* Where a logger puts its first error instead of on standard error, for who tells of it in another way. */
struct pvgpu_log_catch {
    char text[512]; /* of the line, without level and target, cut if need be; empty: there was no error yet */
};

struct pvgpu_log {
    enum pvgpu_log_level level; /* lines above this are dropped */
    const char *target; /* static string, such as "pvgpu_backend::session" */
    const char *vm; /* name put in front of the text; may be NULL; outlives the logger */
    struct pvgpu_log_catch *errors; /* takes them; may be NULL; outlives the logger; one thread */
};

#ifdef __MINGW32__
#define PVGPU_PRINTF(format_index, first) __attribute__((format(gnu_printf, format_index, first)))
#else
#define PVGPU_PRINTF(format_index, first) __attribute__((format(printf, format_index, first)))
#endif

/* Writes one line, whatever the level; lines above 1,000 bytes are cut, control characters become "?". */
void pvgpu_log_write(const struct pvgpu_log *log, enum pvgpu_log_level level, const char *format, ...)
    PVGPU_PRINTF(3, 4);

/* "error", "warn", "info", "debug", "trace"; false for anything else. */
bool pvgpu_log_level_parse(const char *text, enum pvgpu_log_level *level);
const char *pvgpu_log_level_name(enum pvgpu_log_level level);

/* The same logger with another target (static string). */
static inline struct pvgpu_log pvgpu_log_for(const struct pvgpu_log *log, const char *target)
{
    struct pvgpu_log other = *log;
    other.target = target;
    return other;
}

#define pvgpu_log_enabled(log, lvl) __builtin_expect((lvl) <= (log)->level, 0)
#define pvgpu_log_at(log, lvl, ...) \
    do { \
        if (pvgpu_log_enabled(log, lvl)) \
            pvgpu_log_write(log, lvl, __VA_ARGS__); \
    } while (0)
#define pvgpu_error(log, ...) pvgpu_log_at(log, PVGPU_LOG_ERROR, __VA_ARGS__)
#define pvgpu_warn(log, ...) pvgpu_log_at(log, PVGPU_LOG_WARN, __VA_ARGS__)
#define pvgpu_info(log, ...) pvgpu_log_at(log, PVGPU_LOG_INFO, __VA_ARGS__)
#define pvgpu_debug(log, ...) pvgpu_log_at(log, PVGPU_LOG_DEBUG, __VA_ARGS__)
#define pvgpu_trace(log, ...) pvgpu_log_at(log, PVGPU_LOG_TRACE, __VA_ARGS__)

/*
 * What a guest can trigger is limited: `burst` lines at once, then `per_second`. Owned by one thread.
 * The first line that passes again is told how many were dropped.
 */
struct pvgpu_log_limit {
    uint32_t burst; /* lines */
    uint32_t per_second; /* lines */
    uint64_t tokens_ns; /* budget left, in nanoseconds of the per-second rate */
    uint64_t last_ns; /* 0: not used yet */
    uint64_t dropped; /* lines since the last that passed */
};

/* Whether a line may be written now; *dropped is how many were suppressed before it. */
bool pvgpu_log_limit_pass(struct pvgpu_log_limit *limit, uint64_t *dropped);

#endif
