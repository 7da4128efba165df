/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Whether bytes that somebody sent are JSON (RFC 8259), without looking at what they say. Nothing is allocated; the
 * time is linear in the size. Pure; any thread.
 */
#ifndef PVGPU_BASE_JSON_CHECK_H
#define PVGPU_BASE_JSON_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#define PVGPU_JSON_CHECK_DEPTH 16 /* objects and arrays inside each other: deeper ones are refused, since we recurse */

/* The whole of the text, which needs no terminator, is one object in UTF-8, with white space around it at most. */
bool pvgpu_json_is_object(const void *text, size_t size);

#endif
