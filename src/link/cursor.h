/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Reading a received message front to back without ever passing its end. The cursor borrows the bytes. The first read
 * that does not fit makes it fail for good: later reads fail too and store zeroes, so that a parser may check once, at
 * its end. One thread.
 */
#ifndef PVGPU_LINK_CURSOR_H
#define PVGPU_LINK_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct pvgpu_cursor {
    const uint8_t *at; /* next byte */
    size_t left; /* bytes from there to the end */
    bool failed; /* sticky */
};

static inline struct pvgpu_cursor pvgpu_cursor_over(const void *bytes, size_t size)
{
    return (struct pvgpu_cursor){.at = (const uint8_t *)bytes, .left = size, .failed = false};
}

/* The next `size` bytes where they lie, NULL if there are not so many. */
static inline const uint8_t *pvgpu_cursor_borrow(struct pvgpu_cursor *cursor, size_t size)
{
    if (cursor->failed || size > cursor->left) {
        cursor->failed = true;
        return NULL;
    }
    const uint8_t *bytes = cursor->at;
    cursor->at += size;
    cursor->left -= size;
    return bytes;
}

/* Copies the next `size` bytes, of any alignment, to `value`; zeroes and false if there are not so many. */
static inline bool pvgpu_cursor_take(struct pvgpu_cursor *cursor, void *value, size_t size)
{
    const uint8_t *bytes = pvgpu_cursor_borrow(cursor, size);
    if (bytes)
        memcpy(value, bytes, size);
    else
        memset(value, 0, size);
    return bytes != NULL;
}

/* Whether everything was read, and nothing more than there was. */
static inline bool pvgpu_cursor_is_done(const struct pvgpu_cursor *cursor)
{
    return !cursor->failed && cursor->left == 0;
}

#endif
