/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The configuration file: entries of TOML against the table of settings. */
#include "service/config.h"
#include "service/toml_reader.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct reading {
    struct pvgpu_config *config;
    const char *name; /* of the file */
    FILE *errors;
    uint32_t vm_line, vm_column; /* where the table that is being read begins */
    bool vm_adapter; /* that table has named its adapter */
};

static bool complain(const struct reading *reading, uint32_t line, uint32_t column, const char *format, ...)
    PVGPU_PRINTF(4, 5);

/* Always false. */
static bool complain(const struct reading *reading, uint32_t line, uint32_t column, const char *format, ...)
{
    char text[400];
    va_list values;
    va_start(values, format);
    vsnprintf(text, sizeof(text), format, values);
    va_end(values);
    for (char *c = text; *c; c++) {
        if (iscntrl((unsigned char)*c))
            *c = '?';
    }
    fprintf(reading->errors, "%s:%u:%u: %s\n", reading->name, line, column, text);
    return false;
}

/* ---- Values ------------------------------------------------------------------------------------------------------ */

static bool is_bytes(enum pvgpu_option_kind kind)
{
    return kind == PVGPU_OPTION_SIZE || kind == PVGPU_OPTION_POWER;
}

static bool is_number(enum pvgpu_option_kind kind)
{
    return is_bytes(kind) || kind == PVGPU_OPTION_NUMBER || kind == PVGPU_OPTION_SIGNED;
}

static bool is_text(enum pvgpu_option_kind kind)
{
    return kind == PVGPU_OPTION_TEXT || kind == PVGPU_OPTION_FILTER || kind == PVGPU_OPTION_CHOICE ||
           kind == PVGPU_OPTION_PCI_ID;
}

static bool store_string(struct pvgpu_config *config, void *structure, const struct pvgpu_option *option,
                         const char *text)
{
    if (option->kind == PVGPU_OPTION_TEXT || option->kind == PVGPU_OPTION_FILTER) {
        const char *kept = pvgpu_config_keep(config, text);
        return kept && pvgpu_option_store(structure, option, kept);
    }
    return (is_text(option->kind) || is_bytes(option->kind)) && pvgpu_option_store(structure, option, text);
}

static bool store(struct pvgpu_config *config, void *structure, const struct pvgpu_option *option,
                  const struct pvgpu_toml_entry *entry)
{
    switch (entry->type) {
    case PVGPU_TOML_STRING:
        return store_string(config, structure, option, entry->text);
    case PVGPU_TOML_INTEGER:
        return is_number(option->kind) && pvgpu_option_store_integer(structure, option, entry->integer);
    case PVGPU_TOML_BOOLEAN:
        if (option->kind == PVGPU_OPTION_BOOL)
            pvgpu_option_store_bool(structure, option, entry->boolean);
        return option->kind == PVGPU_OPTION_BOOL;
    case PVGPU_TOML_OTHER:
        break;
    }
    return false;
}

static bool complain_of_value(const struct reading *reading, const struct pvgpu_option *option,
                              const struct pvgpu_toml_entry *entry)
{
    char expected[PVGPU_OPTION_TEXT_BYTES];
    pvgpu_option_expected(option, expected);
    if (entry->type == PVGPU_TOML_STRING && (is_text(option->kind) || is_bytes(option->kind)))
        return complain(reading, entry->line, entry->column, "%s: expected %s, not \"%s\"", entry->key, expected,
                        entry->text);
    if (entry->type == PVGPU_TOML_INTEGER && is_number(option->kind))
        return complain(reading, entry->line, entry->column, "%s: expected %s, not %lld", entry->key, expected,
                        (long long)entry->integer);
    return complain(reading, entry->line, entry->column, "%s: expected %s%s, not %s", entry->key, expected,
                    option->kind == PVGPU_OPTION_CHOICE || option->kind == PVGPU_OPTION_PCI_ID ? " as a string" : "",
                    entry->kind);
}

/* ---- Keys -------------------------------------------------------------------------------------------------------- */

/* Rows are found by names with hyphens; a file has underscores only. */
static const struct pvgpu_option *find(const struct pvgpu_option *table, size_t count, const char *key, unsigned where)
{
    const struct pvgpu_option *option = strchr(key, '-') ? NULL : pvgpu_option_find(table, count, key, strlen(key));
    return option && (option->where & where) == where ? option : NULL;
}

static bool complain_of_key(const struct reading *reading, const struct pvgpu_toml_entry *entry, unsigned where)
{
    const struct pvgpu_option *near = NULL;
    char key[PVGPU_OPTION_TEXT_BYTES] = "";
    if (entry->table)
        near = pvgpu_option_nearest(pvgpu_vm_option_table, pvgpu_vm_option_count, entry->key, strlen(entry->key), 0);
    if (!near)
        near = pvgpu_option_nearest(pvgpu_option_table, pvgpu_option_count, entry->key, strlen(entry->key), where);
    if (near)
        pvgpu_option_key(near, key);
    return complain(reading, entry->key_line, entry->key_column, "unknown key \"%s\"%s%s%s%s", entry->key,
                    entry->table ? " of a [[vm]] table" : "", near ? "; did you mean \"" : "", key, near ? "\"?" : "");
}

static bool read_main(struct reading *reading, const struct pvgpu_toml_entry *entry)
{
    const struct pvgpu_option *option = find(pvgpu_option_table, pvgpu_option_count, entry->key, PVGPU_OPTION_IN_FILE);
    if (!option && strcmp(entry->key, "vm") == 0)
        return complain(reading, entry->key_line, entry->key_column, "vm: expected tables, each begun by [[vm]]");
    if (!option)
        return complain_of_key(reading, entry, PVGPU_OPTION_IN_FILE);
    if (!store(reading->config, &reading->config->options, option, entry))
        return complain_of_value(reading, option, entry);
    pvgpu_config_note(reading->config, option, PVGPU_FROM_FILE, entry->line, entry->column);
    return true;
}

/* ---- [[vm]] ------------------------------------------------------------------------------------------------------ */

static bool is_name(const char *text)
{
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++) {
        if (!isalnum((unsigned char)text[i]) && text[i] != '-' && text[i] != '_')
            return false;
    }
    return length > 0 && length < PVGPU_VM_NAME_BYTES;
}

/* "vm1", "vm2"... are those of VMs without a table; the others have sockets of the service itself. */
static bool is_reserved(const char *name)
{
    bool numbered = strncmp(name, "vm", 2) == 0 && isdigit((unsigned char)name[2]) &&
                    strspn(name + 2, "0123456789") == strlen(name + 2);
    return numbered || strcmp(name, "pvgpu") == 0 || strcmp(name, "control") == 0;
}

static bool is_taken(const struct pvgpu_config *config, const struct pvgpu_vm_config *vm)
{
    for (const struct pvgpu_vm_config *other = config->vms; other < vm; other++) {
        if (strcmp(other->name, vm->name) == 0)
            return true;
    }
    return false;
}

static bool end_vm(const struct reading *reading)
{
    const struct pvgpu_config *config = reading->config;
    if (config->vm_count == 0)
        return true;
    const struct pvgpu_vm_config *vm = &config->vms[config->vm_count - 1];
    if (!vm->name)
        return complain(reading, reading->vm_line, reading->vm_column, "[[vm]]: expected a name");
    if (!is_name(vm->name))
        return complain(reading, reading->vm_line, reading->vm_column,
                        "[[vm]]: name: expected letters, digits, - and _, at most %d, not \"%s\"",
                        PVGPU_VM_NAME_BYTES - 1, vm->name);
    if (is_reserved(vm->name) || is_taken(config, vm))
        return complain(reading, reading->vm_line, reading->vm_column,
                        "[[vm]]: name: \"%s\" is the name of another, or reserved (vm1, vm2..., pvgpu, control)",
                        vm->name);
    return true;
}

static bool begin_vm(struct reading *reading, const struct pvgpu_toml_entry *entry)
{
    struct pvgpu_config *config = reading->config;
    if (!end_vm(reading))
        return false;
    if (config->vm_count == PVGPU_CONFIG_VMS_MOST)
        return complain(reading, entry->line, entry->column, "[[vm]]: expected at most %u of them",
                        PVGPU_CONFIG_VMS_MOST);
    struct pvgpu_vm_config *vm = &config->vms[config->vm_count++];
    *vm = (struct pvgpu_vm_config){.options = config->options};
    reading->vm_line = entry->line;
    reading->vm_column = entry->column;
    reading->vm_adapter = false;
    return true;
}

/* A table's adapter replaces the service's. */
static void settle_vm_adapter(struct reading *reading, struct pvgpu_vm_config *vm, const struct pvgpu_option *option)
{
    if (!pvgpu_config_other_adapter(option))
        return;
    if (!reading->vm_adapter)
        pvgpu_config_settle_adapter(&vm->options, option);
    reading->vm_adapter = true;
}

static bool read_vm(struct reading *reading, const struct pvgpu_toml_entry *entry)
{
    struct pvgpu_config *config = reading->config;
    if (!entry->key)
        return begin_vm(reading, entry);
    struct pvgpu_vm_config *vm = &config->vms[config->vm_count - 1];
    void *structure = vm;
    const struct pvgpu_option *option = find(pvgpu_vm_option_table, pvgpu_vm_option_count, entry->key, 0);
    if (!option) {
        structure = &vm->options;
        option = find(pvgpu_option_table, pvgpu_option_count, entry->key, PVGPU_OPTION_IN_VM);
    }
    if (!option)
        return complain_of_key(reading, entry, PVGPU_OPTION_IN_VM);
    if (!store(config, structure, option, entry))
        return complain_of_value(reading, option, entry);
    settle_vm_adapter(reading, vm, option);
    return true;
}

static bool read_entry(void *user, const struct pvgpu_toml_entry *entry)
{
    struct reading *reading = user;
    if (!entry->table)
        return read_main(reading, entry);
    if (strcmp(entry->table, "vm") != 0)
        return complain(reading, entry->line, entry->column, "unknown table [[%s]]; expected [[vm]]", entry->table);
    return read_vm(reading, entry);
}

/* ---- Files ------------------------------------------------------------------------------------------------------- */

bool pvgpu_config_apply_text(struct pvgpu_config *config, const char *name, const char *text, size_t length,
                             FILE *errors)
{
    struct reading reading = {.config = config, .name = name, .errors = errors};
    struct pvgpu_toml_error error;
    config->vm_count = 0;
    snprintf(config->file, sizeof(config->file), "%s", name);
    if (pvgpu_toml_read(text, length, read_entry, &reading, &error))
        return end_vm(&reading);
    if (*error.text)
        complain(&reading, error.line, error.column, "this is not TOML: %s", error.text);
    return false;
}

bool pvgpu_config_apply_file(struct pvgpu_config *config, const char *path, FILE *errors)
{
    bool good = false;
    char *text = malloc(PVGPU_CONFIG_FILE_MOST_BYTES);
    size_t length = 0;
    const char *wrong = text ? pvgpu_path_read(path, text, PVGPU_CONFIG_FILE_MOST_BYTES, &length) : "no memory";
    if (wrong)
        fprintf(errors, "pvgpu-backend: %s: expected a configuration file: %s\n", path, wrong);
    else
        good = pvgpu_config_apply_text(config, path, text, length, errors);
    free(text);
    return good;
}
