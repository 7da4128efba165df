/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Whole numbers as people type them. Any thread. */
#ifndef PVGPU_TOOLS_NUMBER_H
#define PVGPU_TOOLS_NUMBER_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* The decimal number that `text` begins with, without a sign or spaces before it. *end: what follows it. */
static inline bool parse_number(const char *text, const char **end, uint64_t *value)
{
    if (*text < '0' || *text > '9')
        return false;
    char *after;
    errno = 0;
    *value = strtoull(text, &after, 10);
    *end = after;
    return errno == 0;
}

#endif
