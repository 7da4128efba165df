/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "service/options.h"

#include "base/checked.h"
#include "base/log_filter.h"
#include "pvgpu/protocol.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum kind { TEXT, FLAG, SIZE, COUNT, INDEX, NUMBER, SECONDS, LEVEL, LOG_FORMAT, RENDERER };

#define MOST_NUMBER (1 << 24) /* objects beyond that need more bookkeeping than is reasonable */

struct option {
    const char *name;
    enum kind kind;
    size_t at; /* offset in struct pvgpu_options */
    const char *argument, *standard, *help;
};

static const struct option table[] = {
#define PVGPU_OPTION(field, kind, name, argument, standard, help) \
    {name, kind, offsetof(struct pvgpu_options, field), argument, standard, help},
#include "service/options.inc"
#undef PVGPU_OPTION
};

#define TABLE_LENGTH (sizeof(table) / sizeof(table[0]))

static bool parse_number(const char *text, bool suffixes, int64_t least, int64_t most, int64_t *value)
{
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (end == text || errno)
        return false;
    unsigned shift = 0;
    if (suffixes && *end)
        shift = *end == 'K' ? 10 : *end == 'M' ? 20 : *end == 'G' ? 30 : 0;
    if (shift) {
        end++;
        if (number < 0 || number > INT64_MAX >> shift)
            return false;
        number <<= shift;
    }
    if (*end || number < least || number > most)
        return false;
    *value = number;
    return true;
}

/* Stores a value; returns what was expected when it is wrong, else NULL. */
static const char *store(struct pvgpu_options *options, const struct option *option, const char *value)
{
    void *field = (char *)options + option->at;
    int64_t number;
    switch (option->kind) {
    case TEXT:
        *(const char **)field = value;
        return *value ? NULL : "a text that is not empty";
    case FLAG:
        *(bool *)field = true;
        return NULL;
    case SIZE:
        if (!parse_number(value, true, 0, INT64_MAX, &number))
            return "a number of bytes, such as 256M";
        *(uint64_t *)field = (uint64_t)number;
        return NULL;
    case COUNT:
        if (!parse_number(value, false, 2, 3, &number))
            return "2 or 3";
        *(uint32_t *)field = (uint32_t)number;
        return NULL;
    case INDEX:
        if (!parse_number(value, false, -1, 255, &number))
            return "-1 or the index of an adapter";
        *(int32_t *)field = (int32_t)number;
        return NULL;
    case SECONDS:
        if (!parse_number(value, false, 0, 3600, &number))
            return "a number of seconds from 1 to 3600, or 0";
        *(uint32_t *)field = (uint32_t)number;
        return NULL;
    case NUMBER:
        if (!parse_number(value, false, 0, MOST_NUMBER, &number))
            return "a number from 1 to 16777216, or 0 for the default";
        *(uint32_t *)field = (uint32_t)number;
        return NULL;
    case LEVEL:
        *(const char **)field = value;
        return pvgpu_log_filter_parse(&(struct pvgpu_log_filter){.count = 0}, value, NULL)
                   ? NULL
                   : "a level (off, error, warn, info, debug or trace) or TARGET=LEVEL, several with commas between";
    case LOG_FORMAT:
        if (strcmp(value, "text") != 0 && strcmp(value, "json") != 0)
            return "text or json";
        *(enum pvgpu_log_format *)field = value[0] == 'j' ? PVGPU_LOG_FORMAT_JSON : PVGPU_LOG_FORMAT_TEXT;
        return NULL;
    case RENDERER:
        if (strcmp(value, "d3d11") != 0 && strcmp(value, "null") != 0)
            return "d3d11 or null";
        *(enum pvgpu_renderer_kind *)field = value[0] == 'n' ? PVGPU_RENDERER_NULL : PVGPU_RENDERER_D3D11;
        return NULL;
    }
    return NULL;
}

static const struct option *find(const char *name, size_t length)
{
    for (size_t i = 0; i < TABLE_LENGTH; i++) {
        if (strlen(table[i].name) == length && memcmp(table[i].name, name, length) == 0)
            return &table[i];
    }
    return NULL;
}

static bool check_together(const struct pvgpu_options *options, FILE *errors)
{
    if (!pvgpu_is_power_of_two(options->shmem_size) || options->shmem_size < PVGPU_MIN_SHMEM_BYTES ||
        options->shmem_size > UINT64_C(2) << 30) {
        fprintf(errors, "pvgpu-backend: --shmem-size %llu: expected a power of two from 64M to 2G\n",
                (unsigned long long)options->shmem_size);
        return false;
    }
#ifndef __linux__
    if (options->vfio_user) {
        fprintf(errors, "pvgpu-backend: --vfio-user: this link exists on Linux only; use --pipe-path\n");
        return false;
    }
#endif
    if (options->frames_path && options->pipe_path && options->vfio_user) {
        fprintf(errors, "pvgpu-backend: --frames-path: expected one link, but --pipe-path and --vfio-user are given\n");
        return false;
    }
    return true;
}

bool pvgpu_options_parse(struct pvgpu_options *options, int argc, char **argv, FILE *errors)
{
    *options = (struct pvgpu_options){
        .shmem_size = PVGPU_DEFAULT_SHMEM_BYTES,
        .adapter_index = -1,
        .buffer_count = 2,
        .gpu_timeout = 10,
        .log_file_size = 10 << 20,
        .log_file_count = 5,
    };
    for (int i = 1; i < argc; i++) {
        const char *text = argv[i];
        if (strncmp(text, "--", 2) != 0) {
            fprintf(errors, "pvgpu-backend: \"%s\": expected an option; see --help\n", text);
            return false;
        }
        const char *equals = strchr(text, '=');
        size_t length = equals ? (size_t)(equals - text - 2) : strlen(text + 2);
        const struct option *option = find(text + 2, length);
        if (!option) {
            fprintf(errors, "pvgpu-backend: %.*s: there is no such option; see --help\n", (int)length + 2, text);
            return false;
        }
        const char *value = equals ? equals + 1 : NULL;
        if (option->kind == FLAG && value) {
            fprintf(errors, "pvgpu-backend: --%s: takes no value\n", option->name);
            return false;
        }
        if (option->kind != FLAG && !value && i + 1 < argc)
            value = argv[++i];
        if (option->kind != FLAG && !value) {
            fprintf(errors, "pvgpu-backend: --%s: expected a value after it\n", option->name);
            return false;
        }
        const char *expected = store(options, option, value);
        if (expected) {
            fprintf(errors, "pvgpu-backend: --%s %s: expected %s\n", option->name, value, expected);
            return false;
        }
    }
    return check_together(options, errors);
}

void pvgpu_arguments_add(struct pvgpu_arguments *arguments, const char *name, const char *format, ...)
{
    char *text = arguments->texts + arguments->used;
    size_t left = sizeof(arguments->texts) - arguments->used;
    va_list values;
    va_start(values, format);
    int length = vsnprintf(text, left, format, values);
    va_end(values);
    assert(length >= 0 && (size_t)length < left && arguments->count + 3 <= PVGPU_ARGUMENTS_MOST);
    arguments->used += (size_t)length + 1;
    arguments->list[arguments->count++] = name;
    arguments->list[arguments->count++] = text;
}

/* What a child learns from the handles it inherits, or what concerns the service alone. */
static bool is_for_parent_alone(const struct option *option)
{
    static const char *const names[] = {"pipe-path",      "vfio-user", "single-process", "role",     "parent",
                                        "handles",        "vm",        "frames-path",    "log-file", "log-file-size",
                                        "log-file-count", "log-board"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(option->name, names[i]) == 0)
            return true;
    }
    return false;
}

void pvgpu_options_to_arguments(const struct pvgpu_options *options, const char *name,
                                struct pvgpu_arguments *arguments)
{
    static const char *const names[] = {
#define PVGPU_OPTION(field, kind, name, argument, standard, help) "--" name,
#include "service/options.inc"
#undef PVGPU_OPTION
    };
    *arguments = (struct pvgpu_arguments){.list = {name}, .count = 1};
    for (size_t i = 0; i < TABLE_LENGTH; i++) {
        const void *field = (const char *)options + table[i].at;
        if (is_for_parent_alone(&table[i]))
            continue;
        switch (table[i].kind) {
        case TEXT:
        case LEVEL:
            if (*(const char *const *)field) {
                arguments->list[arguments->count++] = names[i];
                arguments->list[arguments->count++] = *(const char *const *)field;
            }
            break;
        case FLAG:
            if (*(const bool *)field)
                arguments->list[arguments->count++] = names[i];
            break;
        case SIZE:
            pvgpu_arguments_add(arguments, names[i], "%llu", (unsigned long long)*(const uint64_t *)field);
            break;
        case COUNT:
        case SECONDS:
        case NUMBER:
            pvgpu_arguments_add(arguments, names[i], "%u", *(const uint32_t *)field);
            break;
        case INDEX:
            pvgpu_arguments_add(arguments, names[i], "%d", (int)*(const int32_t *)field);
            break;
        case LOG_FORMAT:
            break; /* the supervisor's alone */
        case RENDERER:
            pvgpu_arguments_add(arguments, names[i], "%s", pvgpu_renderer_kind_name(options->renderer));
            break;
        }
    }
}

pvgpu_handle pvgpu_options_log_board(const struct pvgpu_options *options)
{
    return options->log_board ? (pvgpu_handle)strtoll(options->log_board, NULL, 10) : PVGPU_NO_HANDLE;
}

const char *pvgpu_renderer_kind_name(enum pvgpu_renderer_kind kind)
{
    return kind == PVGPU_RENDERER_NULL ? "null" : "d3d11";
}

void pvgpu_options_print_help(FILE *out)
{
    fprintf(out, "pvgpu-backend: executes the Direct3D 11 commands of virtual machines on this host's GPU.\n\n"
                 "Usage: pvgpu-backend [OPTION...]\n\n");
    for (size_t i = 0; i < TABLE_LENGTH; i++) {
        char left[64];
        if (!*table[i].help)
            continue;
        snprintf(left, sizeof(left), "--%s%s%s", table[i].name, *table[i].argument ? " " : "", table[i].argument);
        fprintf(out, "  %-24s %s", left, table[i].help);
        if (*table[i].standard)
            fprintf(out, "\n  %-24s (default: %s)", "", table[i].standard);
        fputc('\n', out);
    }
    fprintf(out, "\nEnvironment:\n  PVGPU_LOG, RUST_LOG      What to log, as with --log-level; the first of them that "
                 "is set counts\n"
                 "  PVGPU_DEBUG=1            The same as PVGPU_LOG=debug\n"
                 "  PVGPU_COMPLETION=NAME    How to wait for the GPU: fence-event, fence-thread or query\n"
                 "\nExit codes: 0 ended as asked, 1 failure, 2 wrong option, 3 endpoint cannot be opened,\n"
                 "4 no usable Direct3D 11 library or adapter.\n");
}
