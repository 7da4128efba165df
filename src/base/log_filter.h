/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Which log lines are wanted, in the syntax of Rust's env_logger and tracing: a comma-separated list of
 *
 *   LEVEL           for every target that nothing else names: off, error, warn, info, debug or trace, in any case
 *   TARGET=LEVEL    for a target and those below it: pvgpu_backend covers pvgpu_backend::session
 *   TARGET          the same as TARGET=trace; only for a target of the table (base/log_targets.inc) or a prefix of one
 *
 * The longest prefix that ends at a "::" wins, the later one of two that are the same. Without a bare LEVEL all other
 * targets have error. A TARGET=LEVEL may name what is none of ours, so that one RUST_LOG serves several programs.
 * Blanks around entries and empty entries do not count. A filter is a value; nothing here allocates. Any thread.
 */
#ifndef PVGPU_BASE_LOG_FILTER_H
#define PVGPU_BASE_LOG_FILTER_H

#include "base/log.h"

#include <stddef.h>

#define PVGPU_LOG_FILTER_BYTES 1024 /* of the text, with its end: far more than every target with a level */
#define PVGPU_LOG_FILTER_RULES 64
#define PVGPU_LOG_FILTER_WRONG_BYTES 256

struct pvgpu_log_rule {
    uint16_t at, length; /* the target, in the filter's text */
    int8_t level; /* enum pvgpu_log_level */
};

struct pvgpu_log_filter {
    char text[PVGPU_LOG_FILTER_BYTES]; /* as it was given */
    struct pvgpu_log_rule rules[PVGPU_LOG_FILTER_RULES];
    size_t count;
    enum pvgpu_log_level standard; /* of targets without a rule */
};

/*
 * Reads a filter. False: *filter has no meaning, and `wrong` (NULL: not wanted) says which entry is wrong and what was
 * expected, in one line without control characters, such as
 * "loud": expected a level (off, error, warn, info, debug or trace) or TARGET=LEVEL
 */
bool pvgpu_log_filter_parse(struct pvgpu_log_filter *filter, const char *text,
                            char wrong[PVGPU_LOG_FILTER_WRONG_BYTES]);

/* The level of a target: its lines up to that level are wanted. PVGPU_LOG_OFF: none. */
enum pvgpu_log_level pvgpu_log_filter_level(const struct pvgpu_log_filter *filter, const char *target);

#endif
