/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Log lines. A logger is a small value: whoever needs one gets a copy, usually with a target (module) of its own. A line
 * that is not wanted costs a read and a branch; its arguments are not evaluated. Any thread.
 *
 * Where lines go is the business of an output, one a process: the service's log (service/log_sink.h), the pipe of a
 * child (service/log_child.h). Loggers without one write "INFO  target: [vm] text key=value" to standard error, one
 * write a line, so that lines of several processes and threads never mix.
 */
#ifndef PVGPU_BASE_LOG_H
#define PVGPU_BASE_LOG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum pvgpu_log_level {
    PVGPU_LOG_OFF = -1, /* a threshold; no line has it */
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

/* The rows of base/log_targets.inc. */
enum {
#define PVGPU_LOG_TARGET(name, about) +1
    PVGPU_LOG_TARGETS = 0
#include "base/log_targets.inc"
#undef PVGPU_LOG_TARGET
};

struct pvgpu_log_output;

struct pvgpu_log {
    enum pvgpu_log_level level; /* lines above this are dropped; not looked at when there is a threshold */
    const char *target; /* static string, such as "pvgpu_backend::session" */
    const char *vm; /* whose line it is; may be NULL; outlives the logger */
    struct pvgpu_log_catch *errors; /* takes them; may be NULL; outlives the logger; one thread */
    struct pvgpu_log_output *output; /* outlives the logger; NULL: text on standard error */
    const _Atomic int *threshold; /* the output's level of this target, which can change; NULL: `level` counts */
};

#ifdef __MINGW32__
#define PVGPU_PRINTF(format_index, first) __attribute__((format(gnu_printf, format_index, first)))
#else
#define PVGPU_PRINTF(format_index, first) __attribute__((format(printf, format_index, first)))
#endif

/* ---- Lines ------------------------------------------------------------------------------------------------------- */

/* What a line says beside its text, for programs that read logs. Made by the functions below. */
struct pvgpu_log_field {
    const char *key; /* lower-case letters, digits and "_"; static string; NULL ends a list */
    const char *text; /* NULL: a number */
    uint64_t number;
    bool is_said; /* by the message as well: text forms leave it out */
};

static inline struct pvgpu_log_field pvgpu_log_number(const char *key, uint64_t number)
{
    return (struct pvgpu_log_field){.key = key, .number = number};
}

/* The text is lent for the call; NULL is shown as "". */
static inline struct pvgpu_log_field pvgpu_log_text(const char *key, const char *text)
{
    return (struct pvgpu_log_field){.key = key, .text = text ? text : ""};
}

/* The same field, when the message says it already: for programs alone. */
static inline struct pvgpu_log_field pvgpu_log_said(struct pvgpu_log_field field)
{
    field.is_said = true;
    return field;
}

#define PVGPU_LOG_FIELDS_MOST 12 /* more are left out */
#define PVGPU_LOG_MESSAGE_BYTES 1024 /* of the text, with its end; the rest is cut */
#define PVGPU_LOG_FIELD_BYTES 200 /* of a field's text, with its end; the rest is cut */

/* A line before it has a form. Texts are free of control characters and valid UTF-8. */
struct pvgpu_log_record {
    uint64_t time_ns; /* since 1970, UTC */
    enum pvgpu_log_level level;
    const char *target;
    const char *vm; /* may be NULL */
    int64_t pid; /* the process that says it; 0: not known */
    const char *message;
    const struct pvgpu_log_field *fields; /* ends with a NULL key; may be NULL */
};

/* Writes one line, whatever the level. Control characters and invalid UTF-8 become "?". */
void pvgpu_log_write(const struct pvgpu_log *log, enum pvgpu_log_level level, const char *format, ...)
    PVGPU_PRINTF(3, 4);

/* The same with fields, a list that ends with a NULL key. */
void pvgpu_log_write_with(const struct pvgpu_log *log, enum pvgpu_log_level level, const struct pvgpu_log_field *fields,
                          const char *format, ...) PVGPU_PRINTF(4, 5);

static inline bool pvgpu_log_is_wanted(const struct pvgpu_log *log, enum pvgpu_log_level level)
{
    int most = log->threshold ? atomic_load_explicit(log->threshold, memory_order_relaxed) : (int)log->level;
    return __builtin_expect((int)level <= most, 0);
}

#define pvgpu_log_enabled(log, lvl) pvgpu_log_is_wanted(log, lvl)
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

/* A line with fields: pvgpu_log_with(log, PVGPU_LOG_WARN, PVGPU_FIELDS(pvgpu_log_number("code", 3)), "Text") */
#define PVGPU_FIELDS(...) ((const struct pvgpu_log_field[]){__VA_ARGS__, {.key = NULL}})
#define pvgpu_log_with(log, lvl, fields, ...) \
    do { \
        if (pvgpu_log_enabled(log, lvl)) \
            pvgpu_log_write_with(log, lvl, fields, __VA_ARGS__); \
    } while (0)

/* In place: control characters, also those of U+0080 to U+009F, and what is not UTF-8 become "?". */
void pvgpu_log_clean(char *text, size_t length);

/* ---- Levels and targets -------------------------------------------------------------------------------------------- */

/* "off", "error", "warn", "info", "debug", "trace". */
const char *pvgpu_log_level_name(enum pvgpu_log_level level);

/* Row `index` of the table of targets. */
const char *pvgpu_log_target_name(size_t index);

/* The row of a target; of one that has none, the row of the longest prefix that ends at a "::", else the first. */
size_t pvgpu_log_target_index(const char *target);

/* The same logger with another target (static string). */
struct pvgpu_log pvgpu_log_for(const struct pvgpu_log *log, const char *target);

/* ---- Outputs ------------------------------------------------------------------------------------------------------- */

/* The level of each target. Whoever sets them and the loggers that read them may be different processes. */
struct pvgpu_log_levels {
    _Atomic int of[PVGPU_LOG_TARGETS]; /* enum pvgpu_log_level; relaxed, since nothing else goes with them */
};

/* What an output shares with the loggers of its process. Part of a larger struct that write() knows. */
struct pvgpu_log_output {
    const struct pvgpu_log_levels *levels; /* lent */
    /* Any thread. The record and what it points at are lent for the call. */
    void (*write)(struct pvgpu_log_output *output, const struct pvgpu_log_record *record);
};

struct pvgpu_log_filter;

/* Sets the level of every target. Loggers follow at once. Any thread. */
void pvgpu_log_levels_set(struct pvgpu_log_levels *levels, const struct pvgpu_log_filter *filter);

/* A logger of the output. `vm` may be NULL; it and the output outlive the logger. */
struct pvgpu_log pvgpu_log_make(struct pvgpu_log_output *output, const char *target, const char *vm);

/* ---- Limits -------------------------------------------------------------------------------------------------------- */

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

/*
 * Whether a line of that level is wanted and may be written now. If others were suppressed before it, a warning says so
 * first: "N lines about WHAT were left out".
 */
bool pvgpu_log_may(const struct pvgpu_log *log, enum pvgpu_log_level level, struct pvgpu_log_limit *limit,
                   const char *what);

#endif
