/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "service/options.h"

#include "base/checked.h"
#include "base/log_filter.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LINE = 0,
    NAMED = PVGPU_OPTION_IN_ENVIRONMENT,
    SERVICE = NAMED | PVGPU_OPTION_IN_FILE,
    SHARED = SERVICE | PVGPU_OPTION_FOR_CHILD,
    EACH_VM = SHARED | PVGPU_OPTION_IN_VM,
    HIDDEN = PVGPU_OPTION_IS_HIDDEN,
    HIDDEN_SHARED = HIDDEN | PVGPU_OPTION_FOR_CHILD,
};

#define DEFAULT(value) .standard = (value), .shown = (value)
#define DERIVED(text) .shown = (text)
#define NONE .standard = NULL

#define ROW(structure, field, kind_, name_, argument_, least_, most_, where_, help_, ...) \
    {.name = (name_), \
     .option = "--" name_, \
     .negation = "--no-" name_, \
     .argument = (argument_), \
     __VA_ARGS__, \
     .help = (help_), \
     .kind = PVGPU_OPTION_##kind_, \
     .where = (where_), \
     .least = (least_), \
     .most = (most_), \
     .at = offsetof(structure, field)},

const struct pvgpu_option pvgpu_option_table[] = {
#define PVGPU_OPTION(field, kind, name, argument, least, most, where, standard, help) \
    ROW(struct pvgpu_options, field, kind, name, argument, least, most, where, help, standard)
#include "service/options.inc"
};

const struct pvgpu_option pvgpu_vm_option_table[] = {
#define PVGPU_VM_OPTION(field, kind, name, argument, least, most, where, standard, help) \
    ROW(struct pvgpu_vm_config, field, kind, name, argument, least, most, where, help, standard)
#include "service/options.inc"
};

const size_t pvgpu_option_count = sizeof(pvgpu_option_table) / sizeof(pvgpu_option_table[0]);
const size_t pvgpu_vm_option_count = sizeof(pvgpu_vm_option_table) / sizeof(pvgpu_vm_option_table[0]);

/* ---- Names ------------------------------------------------------------------------------------------------------- */

static char plain(char c)
{
    return c == '_' ? '-' : c;
}

static bool is_named(const struct pvgpu_option *option, const char *name, size_t length)
{
    if (strlen(option->name) != length)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (option->name[i] != plain(name[i]))
            return false;
    }
    return true;
}

const struct pvgpu_option *pvgpu_option_find(const struct pvgpu_option *table, size_t count, const char *name,
                                             size_t length)
{
    for (size_t i = 0; i < count; i++) {
        if (is_named(&table[i], name, length))
            return &table[i];
    }
    return NULL;
}

#define NAME_MOST 32u /* longer ones are no slips of the finger */

/* Insertions, deletions and exchanges of one character that lead from a to b (Levenshtein's distance). */
static unsigned distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    unsigned row[NAME_MOST + 1];
    for (size_t j = 0; j <= b_length; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= a_length; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_length; j++) {
            unsigned exchanged = diagonal + (plain(a[i - 1]) != plain(b[j - 1]));
            unsigned shorter = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            diagonal = row[j];
            row[j] = exchanged < shorter ? exchanged : shorter;
        }
    }
    return row[b_length];
}

const struct pvgpu_option *pvgpu_option_nearest(const struct pvgpu_option *table, size_t count, const char *name,
                                                size_t length, unsigned where)
{
    const struct pvgpu_option *nearest = NULL;
    unsigned least = length < 5 ? 2 : 4; /* one beyond what still counts as near */
    for (size_t i = 0; i < count && length <= NAME_MOST; i++) {
        size_t other = strlen(table[i].name);
        if ((table[i].where & where) != where || table[i].where & PVGPU_OPTION_IS_HIDDEN || other > NAME_MOST)
            continue;
        unsigned far = distance(name, length, table[i].name, other);
        if (far < least) {
            least = far;
            nearest = &table[i];
        }
    }
    return nearest;
}

void pvgpu_option_key(const struct pvgpu_option *option, char key[PVGPU_OPTION_TEXT_BYTES])
{
    size_t i = 0;
    for (; option->name[i]; i++)
        key[i] = option->name[i] == '-' ? '_' : option->name[i];
    key[i] = '\0';
}

void pvgpu_option_variable(const struct pvgpu_option *option, char name[PVGPU_OPTION_TEXT_BYTES])
{
    char key[PVGPU_OPTION_TEXT_BYTES];
    pvgpu_option_key(option, key);
    size_t used = (size_t)snprintf(name, PVGPU_OPTION_TEXT_BYTES, "PVGPU_");
    for (size_t i = 0; key[i]; i++)
        name[used++] = (char)toupper((unsigned char)key[i]);
    name[used] = '\0';
}

/* ---- Values ------------------------------------------------------------------------------------------------------ */

static bool parse_integer(const char *text, bool suffixes, int64_t *value)
{
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (end == text || errno || isspace((unsigned char)*text))
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
    *value = number;
    return *end == '\0';
}

/* The position of a word in "a|b|c"; false: it is not there. */
static bool parse_choice(const char *words, const char *text, uint32_t *value)
{
    size_t length = strlen(text);
    for (uint32_t i = 0;; i++) {
        const char *end = strchr(words, '|');
        size_t word = end ? (size_t)(end - words) : strlen(words);
        if (word == length && memcmp(words, text, length) == 0) {
            *value = i;
            return true;
        }
        if (!end)
            return false;
        words = end + 1;
    }
}

static void choice_text(const char *words, uint32_t value, char *text, size_t size)
{
    while (value-- && strchr(words, '|'))
        words = strchr(words, '|') + 1;
    snprintf(text, size, "%.*s", (int)strcspn(words, "|"), words);
}

static bool parse_bool(const char *text, bool *value)
{
    *value = strcmp(text, "true") == 0;
    return *value || strcmp(text, "false") == 0;
}

/* Four digits exactly, in either case. */
static bool parse_hex16(const char *text, uint32_t *value)
{
    *value = 0;
    for (size_t i = 0; i < 4; i++) {
        if (!isxdigit((unsigned char)text[i]))
            return false;
        const int digit = isdigit((unsigned char)text[i]) ? text[i] - '0' : tolower((unsigned char)text[i]) - 'a' + 10;
        *value = *value << 4 | (uint32_t)digit;
    }
    return true;
}

/* Vendors 0000 and FFFF are what a bus without a device says. */
static bool parse_pci_id(const char *text, uint32_t *value)
{
    uint32_t vendor, device;
    if (!parse_hex16(text, &vendor) || text[4] != ':' || !parse_hex16(text + 5, &device) || text[9] != '\0' ||
        vendor == 0 || vendor == 0xFFFF)
        return false;
    *value = vendor << 16 | device;
    return true;
}

static bool is_bytes(const struct pvgpu_option *option)
{
    return option->kind == PVGPU_OPTION_SIZE || option->kind == PVGPU_OPTION_POWER;
}

bool pvgpu_option_store_integer(void *structure, const struct pvgpu_option *option, int64_t value)
{
    void *field = (char *)structure + option->at;
    if (value < option->least || value > option->most)
        return false;
    if (option->kind == PVGPU_OPTION_POWER && !pvgpu_is_power_of_two((uint64_t)value))
        return false;
    if (is_bytes(option))
        *(uint64_t *)field = (uint64_t)value;
    else if (option->kind == PVGPU_OPTION_NUMBER)
        *(uint32_t *)field = (uint32_t)value;
    else
        *(int32_t *)field = (int32_t)value;
    return true;
}

void pvgpu_option_store_bool(void *structure, const struct pvgpu_option *option, bool value)
{
    *(bool *)((char *)structure + option->at) = value;
}

bool pvgpu_option_store(void *structure, const struct pvgpu_option *option, const char *text)
{
    void *field = (char *)structure + option->at;
    int64_t number;
    bool truth;
    switch (option->kind) {
    case PVGPU_OPTION_TEXT:
        if (*text)
            *(const char **)field = text;
        return *text != '\0';
    case PVGPU_OPTION_FILTER:
        if (!pvgpu_log_filter_parse(&(struct pvgpu_log_filter){.count = 0}, text, NULL))
            return false;
        *(const char **)field = text;
        return true;
    case PVGPU_OPTION_CHOICE:
        return parse_choice(option->argument, text, field);
    case PVGPU_OPTION_PCI_ID:
        return parse_pci_id(text, field);
    case PVGPU_OPTION_BOOL:
    case PVGPU_OPTION_ACTION:
        if (!parse_bool(text, &truth))
            return false;
        pvgpu_option_store_bool(structure, option, truth);
        return true;
    case PVGPU_OPTION_SIZE:
    case PVGPU_OPTION_POWER:
    case PVGPU_OPTION_NUMBER:
    case PVGPU_OPTION_SIGNED:
        return parse_integer(text, is_bytes(option), &number) && pvgpu_option_store_integer(structure, option, number);
    }
    return false;
}

static size_t field_bytes(enum pvgpu_option_kind kind)
{
    switch (kind) {
    case PVGPU_OPTION_TEXT:
    case PVGPU_OPTION_FILTER:
        return sizeof(const char *);
    case PVGPU_OPTION_BOOL:
    case PVGPU_OPTION_ACTION:
        return sizeof(bool);
    case PVGPU_OPTION_SIZE:
    case PVGPU_OPTION_POWER:
        return sizeof(uint64_t);
    case PVGPU_OPTION_CHOICE:
    case PVGPU_OPTION_NUMBER:
    case PVGPU_OPTION_SIGNED:
    case PVGPU_OPTION_PCI_ID:
        break;
    }
    return sizeof(uint32_t);
}

void pvgpu_option_copy(void *to, const void *from, const struct pvgpu_option *option)
{
    memcpy((char *)to + option->at, (const char *)from + option->at, field_bytes(option->kind));
}

/* With the largest suffix that leaves nothing over. */
static void size_text(uint64_t bytes, char *text, size_t size)
{
    static const char suffixes[] = "\0KMG";
    unsigned step = 0;
    while (step < 3 && bytes && bytes % 1024 == 0) {
        bytes /= 1024;
        step++;
    }
    snprintf(text, size, "%" PRIu64 "%.1s", bytes, &suffixes[step]);
}

void pvgpu_option_expected(const struct pvgpu_option *option, char text[PVGPU_OPTION_TEXT_BYTES])
{
    char least[32], most[32];
    size_t used = 0;
    switch (option->kind) {
    case PVGPU_OPTION_TEXT:
        snprintf(text, PVGPU_OPTION_TEXT_BYTES, "a text that is not empty");
        return;
    case PVGPU_OPTION_FILTER:
        snprintf(text, PVGPU_OPTION_TEXT_BYTES,
                 "a level (off, error, warn, info, debug or trace) or TARGET=LEVEL, several with commas between");
        return;
    case PVGPU_OPTION_CHOICE:
        for (const char *word = option->argument;; word += strcspn(word, "|") + 1) {
            bool last = !strchr(word, '|'), next_is_last = !last && !strchr(strchr(word, '|') + 1, '|');
            used +=
                (size_t)snprintf(text + used, PVGPU_OPTION_TEXT_BYTES - used, "%.*s%s", (int)strcspn(word, "|"), word,
                                 last           ? ""
                                 : next_is_last ? " or "
                                                : ", ");
            if (last)
                return;
        }
    case PVGPU_OPTION_BOOL:
    case PVGPU_OPTION_ACTION:
        snprintf(text, PVGPU_OPTION_TEXT_BYTES, "true or false");
        return;
    case PVGPU_OPTION_SIZE:
    case PVGPU_OPTION_POWER:
        size_text((uint64_t)option->least, least, sizeof(least));
        size_text((uint64_t)option->most, most, sizeof(most));
        if (option->most == INT64_MAX)
            snprintf(text, PVGPU_OPTION_TEXT_BYTES, "a number of bytes, such as 256M");
        else
            snprintf(text, PVGPU_OPTION_TEXT_BYTES, "%s from %s to %s",
                     option->kind == PVGPU_OPTION_POWER ? "a power of two" : "a number of bytes", least, most);
        return;
    case PVGPU_OPTION_PCI_ID:
        snprintf(text, PVGPU_OPTION_TEXT_BYTES,
                 "VENDOR:DEVICE, four hexadecimal digits each, the vendor from 0001 to FFFE");
        return;
    case PVGPU_OPTION_NUMBER:
    case PVGPU_OPTION_SIGNED:
        snprintf(text, PVGPU_OPTION_TEXT_BYTES,
                 option->most == option->least + 1 ? "%" PRId64 " or %" PRId64
                                                   : "a number from %" PRId64 " to %" PRId64,
                 option->least, option->most);
        return;
    }
}

bool pvgpu_option_format(const void *structure, const struct pvgpu_option *option, char *text, size_t size)
{
    const void *field = (const char *)structure + option->at;
    switch (option->kind) {
    case PVGPU_OPTION_TEXT:
    case PVGPU_OPTION_FILTER:
        if (!*(const char *const *)field)
            return false;
        snprintf(text, size, "%s", *(const char *const *)field);
        return true;
    case PVGPU_OPTION_CHOICE:
        choice_text(option->argument, *(const uint32_t *)field, text, size);
        return true;
    case PVGPU_OPTION_BOOL:
    case PVGPU_OPTION_ACTION:
        snprintf(text, size, "%s", *(const bool *)field ? "true" : "false");
        return true;
    case PVGPU_OPTION_SIZE:
    case PVGPU_OPTION_POWER:
        if (!option->standard && !*(const uint64_t *)field)
            return false;
        size_text(*(const uint64_t *)field, text, size);
        return true;
    case PVGPU_OPTION_NUMBER:
        snprintf(text, size, "%" PRIu32, *(const uint32_t *)field);
        return true;
    case PVGPU_OPTION_PCI_ID:
        snprintf(text, size, "%04" PRIX32 ":%04" PRIX32, *(const uint32_t *)field >> 16,
                 *(const uint32_t *)field & 0xFFFF);
        return true;
    case PVGPU_OPTION_SIGNED:
        snprintf(text, size, "%" PRId32, *(const int32_t *)field);
        return true;
    }
    return false;
}

void pvgpu_options_init(struct pvgpu_options *options)
{
    memset(options, 0, sizeof(*options));
    for (size_t i = 0; i < pvgpu_option_count; i++) {
        const struct pvgpu_option *option = &pvgpu_option_table[i];
        bool good = !option->standard || pvgpu_option_store(options, option, option->standard);
        assert(good);
        (void)good;
    }
}

const char *pvgpu_renderer_kind_name(enum pvgpu_renderer_kind kind)
{
    return kind == PVGPU_RENDERER_NULL ? "null" : "d3d11";
}

const char *pvgpu_presentation_mode_name(enum pvgpu_presentation_mode mode)
{
    return mode == PVGPU_DUAL ? "dual" : mode == PVGPU_WINDOWED ? "windowed" : "headless";
}

const char *pvgpu_link_kind_name(enum pvgpu_link_kind link)
{
    switch (link) {
    case PVGPU_LINK_KIND_PIPE:
        break;
    case PVGPU_LINK_KIND_VFIO_USER:
        return "vfio-user";
    case PVGPU_LINK_KIND_IVSHMEM_DOORBELL:
        return "ivshmem-doorbell";
    case PVGPU_LINK_KIND_IVSHMEM_PLAIN:
        return "ivshmem-plain";
    }
    return "pipe";
}

const char *pvgpu_options_endpoint(const struct pvgpu_options *options, enum pvgpu_link_kind link)
{
    switch (link) {
    case PVGPU_LINK_KIND_PIPE:
        break;
    case PVGPU_LINK_KIND_VFIO_USER:
        return options->vfio_user;
    case PVGPU_LINK_KIND_IVSHMEM_DOORBELL:
        return options->ivshmem_doorbell;
    case PVGPU_LINK_KIND_IVSHMEM_PLAIN:
        return options->ivshmem_plain;
    }
    return options->pipe_path;
}

bool pvgpu_options_has_endpoint(const struct pvgpu_options *options)
{
    for (unsigned link = 0; link < PVGPU_LINK_KINDS; link++) {
        if (pvgpu_options_endpoint(options, (enum pvgpu_link_kind)link))
            return true;
    }
    return false;
}

uint32_t pvgpu_class_code_number(enum pvgpu_class_code code)
{
    return code == PVGPU_CLASS_DISPLAY ? 0x038000u : 0x030200u;
}

/* ---- For children ------------------------------------------------------------------------------------------------ */

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

void pvgpu_options_to_arguments(const struct pvgpu_options *options, const char *name,
                                struct pvgpu_arguments *arguments)
{
    char value[PVGPU_OPTION_TEXT_BYTES];
    *arguments = (struct pvgpu_arguments){.list = {name}, .count = 1};
    for (size_t i = 0; i < pvgpu_option_count; i++) {
        const struct pvgpu_option *option = &pvgpu_option_table[i];
        const void *field = (const char *)options + option->at;
        if (!(option->where & PVGPU_OPTION_FOR_CHILD))
            continue;
        if (option->kind == PVGPU_OPTION_TEXT || option->kind == PVGPU_OPTION_FILTER) {
            if (!*(const char *const *)field)
                continue;
            arguments->list[arguments->count++] = option->option;
            arguments->list[arguments->count++] = *(const char *const *)field;
        } else if (option->kind == PVGPU_OPTION_BOOL) {
            arguments->list[arguments->count++] = *(const bool *)field ? option->option : option->negation;
        } else if (option->kind == PVGPU_OPTION_ACTION) {
            if (*(const bool *)field)
                arguments->list[arguments->count++] = option->option;
        } else if (pvgpu_option_format(options, option, value, sizeof(value))) {
            pvgpu_arguments_add(arguments, option->option, "%s", value);
        }
    }
}

pvgpu_handle pvgpu_options_log_board(const struct pvgpu_options *options)
{
    return options->log_board ? (pvgpu_handle)strtoll(options->log_board, NULL, 10) : PVGPU_NO_HANDLE;
}
