/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Writes JSON (RFC 8259) as it is told, piece by piece, to a file or into memory of the caller's. Nothing is allocated
 * and nothing is kept: a writer is a small value, owned by one thread.
 *
 *   struct pvgpu_json json;
 *   pvgpu_json_begin_file(&json, stdout, 2);
 *   pvgpu_json_begin_object(&json);
 *   pvgpu_json_key(&json, "adapters");
 *   pvgpu_json_begin_array(&json);
 *   pvgpu_json_u64(&json, 1);
 *   pvgpu_json_end(&json);
 *   pvgpu_json_end(&json);
 *   if (!pvgpu_json_finish(&json)) ...
 *
 * Faults stick: after calls in an order that makes no JSON (a value without a key in an object, a second value at the
 * top), too deep nesting, or a write that failed, nothing more is written, and pvgpu_json_finish returns false.
 */
#ifndef PVGPU_BASE_JSON_H
#define PVGPU_BASE_JSON_H

#include "base/log.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define PVGPU_JSON_DEPTH 32 /* objects and arrays inside each other: a bit each in the fields below */

/* The fields are the writer's own, but for `length`. */
struct pvgpu_json {
    FILE *file; /* borrowed; NULL: memory */
    char *buffer; /* borrowed; NULL with a file */
    size_t size; /* bytes of `buffer` */
    uint64_t length; /* bytes of the text so far, also of what did not fit; without the terminator */
    uint32_t indent; /* spaces a level; 0: all on one line */
    uint32_t depth; /* open objects and arrays */
    uint32_t arrays; /* bit n: level n is an array */
    uint32_t filled; /* bit n: level n has an element */
    bool after_key; /* a value must follow */
    bool complete; /* the one value at the top is there */
    bool failed;
};

/* To a file, which stays the caller's to close. indent: spaces a level, for people; 0: one line, for programs. */
void pvgpu_json_begin_file(struct pvgpu_json *json, FILE *file, uint32_t indent);

/*
 * Into `size` bytes of memory (at least 1), always terminated. What does not fit is cut, and pvgpu_json_finish returns
 * false; `length` tells how much would have been needed, as snprintf does.
 */
void pvgpu_json_begin_buffer(struct pvgpu_json *json, char *buffer, size_t size, uint32_t indent);

/* Containers. The end closes the innermost one, whichever it is. */
void pvgpu_json_begin_object(struct pvgpu_json *json);
void pvgpu_json_begin_array(struct pvgpu_json *json);
void pvgpu_json_end(struct pvgpu_json *json);

/* The name of an object's next value; escaped like a string. That names differ is the caller's business. */
void pvgpu_json_key(struct pvgpu_json *json, const char *name);

/*
 * A text of `length` bytes that should be UTF-8; NUL bytes are text as well. Each longest piece that begins a character
 * and does not complete one becomes U+FFFD (Unicode, section 3.9: substitution of maximal subparts). Escaped are quote,
 * backslash and all control characters (those of C0, as JSON demands; DEL, C1 and the separators U+2028 and U+2029,
 * which mean something to terminals and to JavaScript).
 */
void pvgpu_json_text(struct pvgpu_json *json, const char *text, size_t length);

/* A terminated text, or null for NULL. */
void pvgpu_json_string(struct pvgpu_json *json, const char *text);

/* printf into a string, of which 1,023 bytes are kept. */
void pvgpu_json_format(struct pvgpu_json *json, const char *format, ...) PVGPU_PRINTF(2, 3);

/* Whole numbers are written exactly; readers that have doubles only lose what is beyond 2^53. */
void pvgpu_json_u64(struct pvgpu_json *json, uint64_t value);
void pvgpu_json_i64(struct pvgpu_json *json, int64_t value);

/*
 * With 15 to 17 digits, the fewest that read back as the same double; null for what JSON cannot say (infinities,
 * not-a-number). The process must be in the C locale, which nothing of ours leaves.
 */
void pvgpu_json_double(struct pvgpu_json *json, double value);

void pvgpu_json_bool(struct pvgpu_json *json, bool value);
void pvgpu_json_null(struct pvgpu_json *json);

/* The end: a file gets a newline and is flushed. True when exactly one value was written, whole, and all of it arrived. */
bool pvgpu_json_finish(struct pvgpu_json *json);

#endif
