/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Reads TOML: tables of plain values, and arrays of such tables. A thin cover of toml++ with a C face; it keeps nothing
 * after it returns. Any thread.
 */
#ifndef PVGPU_SERVICE_TOML_READER_H
#define PVGPU_SERVICE_TOML_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum pvgpu_toml_type {
    PVGPU_TOML_STRING,
    PVGPU_TOML_INTEGER,
    PVGPU_TOML_BOOLEAN,
    PVGPU_TOML_OTHER, /* see `kind` */
};

struct pvgpu_toml_entry {
    const char *table; /* the array of tables that it is in; NULL: the document itself */
    const char *key; /* NULL: another table of that array begins */
    uint32_t key_line, key_column; /* from 1; columns count characters */
    uint32_t line, column; /* of the value */
    enum pvgpu_toml_type type;
    const char *kind; /* the type for people: "a string" */
    const char *text; /* STRING: NUL-terminated UTF-8 without other NULs; valid during the call */
    int64_t integer;
    bool boolean;
};

struct pvgpu_toml_error {
    uint32_t line, column; /* 0: nowhere in particular */
    char text[200]; /* one line */
};

/* Called for each entry in the order of the file. False ends the reading. */
typedef bool (*pvgpu_toml_visit)(void *user, const struct pvgpu_toml_entry *entry);

/*
 * Parses `length` bytes. False: `visit` said so (then error->text is empty), or it is not TOML. Values in tables of
 * tables or arrays of values are entries of type OTHER.
 */
bool pvgpu_toml_read(const char *text, size_t length, pvgpu_toml_visit visit, void *user,
                     struct pvgpu_toml_error *error);

#ifdef __cplusplus
}
#endif

#endif
