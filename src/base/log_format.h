/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The forms of a log line. Nothing here allocates or fails: what does not fit is left out, and what is left is a whole
 * line with its newline. Any thread.
 *
 *   text    2026-11-25T19:24:42.123Z INFO  pvgpu_backend::session: [vm1] The text code=3 name="two words"
 *   journal <6>INFO  pvgpu_backend::session: [vm1] The text       the journal has times, and takes the priority
 *   json    {"timestamp":"2026-11-25T19:24:42.123Z","level":"INFO","target":"pvgpu_backend::session","vm":"vm1",
 *            "pid":4711,"message":"The text","fields":{"code":3,"name":"two words"}}       (one line)
 *
 * "vm", "pid" and "fields" are there when there is something to say.
 */
#ifndef PVGPU_BASE_LOG_FORMAT_H
#define PVGPU_BASE_LOG_FORMAT_H

#include "base/log.h"

enum pvgpu_log_format {
    PVGPU_LOG_FORMAT_TEXT,
    PVGPU_LOG_FORMAT_JSON,
    PVGPU_LOG_FORMAT_JOURNAL, /* text for the journal */
    PVGPU_LOG_FORMAT_BARE, /* text without a time */
};

/* Room for any line: 1,024 bytes of text, each of which may take six in JSON, and the fields that fit. */
#define PVGPU_LOG_LINE_BYTES 8192

/* Formats a record with its newline, without a terminating zero. Returns the bytes used. */
size_t pvgpu_log_format_line(char line[PVGPU_LOG_LINE_BYTES], enum pvgpu_log_format format,
                             const struct pvgpu_log_record *record);

#endif
