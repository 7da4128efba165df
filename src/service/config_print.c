/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The table of settings for people: --help, --dump-config, --print-example and the reference page. */
#include "service/config.h"

#include <ctype.h>
#include <string.h>

static bool is_shown(const struct pvgpu_option *option)
{
    return !(option->where & PVGPU_OPTION_IS_HIDDEN);
}

/* ---- --help ------------------------------------------------------------------------------------------------------ */

#define LEFT_COLUMNS 26

static void print_row(FILE *out, const struct pvgpu_option *option, const char *left)
{
    if (strlen(left) > LEFT_COLUMNS)
        fprintf(out, "  %s\n  %-*s %s", left, LEFT_COLUMNS, "", option->help);
    else
        fprintf(out, "  %-*s %s", LEFT_COLUMNS, left, option->help);
    if (option->shown)
        fprintf(out, "\n  %-*s (default: %s)", LEFT_COLUMNS, "", option->shown);
    fputc('\n', out);
}

static void print_options(FILE *out)
{
    for (size_t i = 0; i < pvgpu_option_count; i++) {
        const struct pvgpu_option *option = &pvgpu_option_table[i];
        char left[2 * PVGPU_OPTION_TEXT_BYTES];
        snprintf(left, sizeof(left), "--%s%s%s", option->name, *option->argument ? " " : "", option->argument);
        if (is_shown(option))
            print_row(out, option, left);
    }
}

static void print_places(FILE *out)
{
#ifdef _WIN32
    fprintf(out, "  pvgpu.toml, %%APPDATA%%\\pvgpu\\pvgpu.toml, %%ProgramData%%\\pvgpu\\pvgpu.toml\n");
#else
    fprintf(out, "  pvgpu.toml, $XDG_CONFIG_HOME/pvgpu/pvgpu.toml (~/.config), /etc/pvgpu/pvgpu.toml,\n"
                 "  pvgpu/pvgpu.toml below each of $XDG_CONFIG_DIRS (/etc/xdg)\n");
#endif
}

void pvgpu_config_print_help(FILE *out)
{
    fprintf(out, "pvgpu-backend: executes the Direct3D 11 commands of virtual machines on this host's GPU.\n\n"
                 "Usage: pvgpu-backend [OPTION...]\n\n");
    print_options(out);
    fprintf(
        out,
        "\nEvery option that is a setting can also be given in the environment (--log-level: PVGPU_LOG_LEVEL) and in\n"
        "the configuration file (log_level). An option counts before the environment, the environment before the\n"
        "file. Without --config the file is the first that is there of:\n");
    print_places(out);
    fprintf(out,
            "\nEnvironment besides:\n  PVGPU_LOG, RUST_LOG        What to log, unless PVGPU_LOG_LEVEL says it; the "
            "first that is set\n"
            "  PVGPU_DEBUG=1              The same as PVGPU_LOG=debug\n"
            "  PVGPU_COMPLETION=NAME      How to wait for the GPU: fence-event, fence-thread or query\n"
            "\nExit codes: 0 ended as asked, 1 failure, 2 an option, a variable or the configuration file is wrong,\n"
            "3 endpoint cannot be opened, 4 no usable Direct3D 11 library or adapter,\n"
            "5 no display for windows.\n");
}

/* ---- TOML -------------------------------------------------------------------------------------------------------- */

static void print_string(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fprintf(out, "\\%c", *text);
        else if (iscntrl((unsigned char)*text))
            fprintf(out, "\\u%04X", (unsigned char)*text);
        else
            fputc(*text, out);
    }
    fputc('"', out);
}

/* A value as TOML; sizes with a suffix are strings. */
static void print_value(FILE *out, const struct pvgpu_option *option, const char *text)
{
    bool plain =
        option->kind == PVGPU_OPTION_BOOL || option->kind == PVGPU_OPTION_NUMBER || option->kind == PVGPU_OPTION_SIGNED;
    if (plain)
        fputs(text, out);
    else
        print_string(out, text);
}

static void print_origin(FILE *out, const struct pvgpu_config *config, size_t row)
{
    const struct pvgpu_origin *origin = &config->origins[row];
    char name[PVGPU_OPTION_TEXT_BYTES];
    switch (origin->kind) {
    case PVGPU_FROM_DEFAULT:
        fputs("default", out);
        return;
    case PVGPU_FROM_FILE:
        fprintf(out, "%s:%u", config->file, origin->line);
        return;
    case PVGPU_FROM_ENVIRONMENT:
        pvgpu_option_variable(&pvgpu_option_table[row], name);
        fprintf(out, "environment (%s)", origin->variable ? origin->variable : name);
        return;
    case PVGPU_FROM_LINE:
        fputs("command line", out);
        return;
    }
}

static void dump_row(FILE *out, const struct pvgpu_option *option, const void *structure)
{
    char key[PVGPU_OPTION_TEXT_BYTES], value[PVGPU_PATH_BYTES];
    pvgpu_option_key(option, key);
    if (pvgpu_option_format(structure, option, value, sizeof(value))) {
        fprintf(out, "%s = ", key);
        print_value(out, option, value);
    } else {
        fprintf(out, "# %s: %s", key, option->shown ? option->shown : "none");
    }
}

void pvgpu_config_dump(const struct pvgpu_config *config, FILE *out)
{
    fprintf(out, "# %s%s\n", *config->file ? "Configuration file: " : "No configuration file", config->file);
    for (size_t i = 0; i < pvgpu_option_count; i++) {
        if (!(pvgpu_option_table[i].where & PVGPU_OPTION_IN_FILE))
            continue;
        dump_row(out, &pvgpu_option_table[i], &config->options);
        fputs("  # ", out);
        print_origin(out, config, i);
        fputc('\n', out);
    }
    for (size_t vm = 0; vm < config->vm_count; vm++) {
        fprintf(out, "\n[[vm]]\n");
        for (size_t i = 0; i < pvgpu_vm_option_count; i++) {
            dump_row(out, &pvgpu_vm_option_table[i], &config->vms[vm]);
            fputc('\n', out);
        }
        for (size_t i = 0; i < pvgpu_option_count; i++) {
            if (!(pvgpu_option_table[i].where & PVGPU_OPTION_IN_VM))
                continue;
            dump_row(out, &pvgpu_option_table[i], &config->vms[vm].options);
            fputc('\n', out);
        }
    }
}

/* ---- --print-example ---------------------------------------------------------------------------------------------- */

static void print_example_row(FILE *out, const struct pvgpu_option *option)
{
    char key[PVGPU_OPTION_TEXT_BYTES], expected[PVGPU_OPTION_TEXT_BYTES];
    pvgpu_option_key(option, key);
    pvgpu_option_expected(option, expected);
    fprintf(out, "# %s\n", option->help);
    if (option->kind != PVGPU_OPTION_TEXT && option->kind != PVGPU_OPTION_BOOL)
        fprintf(out, "# Expected: %s.%s%s\n", expected, option->standard || !option->shown ? "" : " Default: ",
                option->standard || !option->shown ? "" : option->shown);
    else if (!option->standard && option->shown)
        fprintf(out, "# Default: %s\n", option->shown);
    fprintf(out, "#%s = ", key);
    print_value(out, option, option->standard ? option->standard : option->kind == PVGPU_OPTION_SIZE ? "4G" : "...");
    fputs("\n\n", out);
}

void pvgpu_config_print_example(FILE *out)
{
    fprintf(out, "# Settings of pvgpu-backend. What is commented out shows the default.\n\n");
    for (size_t i = 0; i < pvgpu_option_count; i++) {
        if (pvgpu_option_table[i].where & PVGPU_OPTION_IN_FILE)
            print_example_row(out, &pvgpu_option_table[i]);
    }
    fprintf(
        out,
        "# A table for each virtual machine with a name and an endpoint of its own. Besides what follows it may have\n"
        "# any of:\n");
    for (size_t i = 0, column = 0; i < pvgpu_option_count; i++) {
        char key[PVGPU_OPTION_TEXT_BYTES];
        if (!(pvgpu_option_table[i].where & PVGPU_OPTION_IN_VM))
            continue;
        pvgpu_option_key(&pvgpu_option_table[i], key);
        fprintf(out, "%s%s", column % 5 ? ", " : column ? ",\n#   " : "#   ", key);
        column++;
    }
    fprintf(out, "\n#[[vm]]\n\n");
    for (size_t i = 0; i < pvgpu_vm_option_count; i++)
        print_example_row(out, &pvgpu_vm_option_table[i]);
}

/* ---- The reference page -------------------------------------------------------------------------------------------- */

static void print_cell(FILE *out, const char *text)
{
    for (; *text; text++)
        fprintf(out, *text == '|' ? "\\|" : "%c", *text);
}

static const char *type_of(const struct pvgpu_option *option)
{
    switch (option->kind) {
    case PVGPU_OPTION_TEXT:
    case PVGPU_OPTION_FILTER:
    case PVGPU_OPTION_CHOICE:
    case PVGPU_OPTION_PCI_ID:
        return "string";
    case PVGPU_OPTION_BOOL:
    case PVGPU_OPTION_ACTION:
        return "boolean";
    case PVGPU_OPTION_SIZE:
    case PVGPU_OPTION_POWER:
        return "integer, or string with K, M or G";
    case PVGPU_OPTION_NUMBER:
    case PVGPU_OPTION_SIGNED:
        break;
    }
    return "integer";
}

static void print_reference_row(FILE *out, const struct pvgpu_option *option)
{
    char key[PVGPU_OPTION_TEXT_BYTES], expected[PVGPU_OPTION_TEXT_BYTES] = "";
    pvgpu_option_key(option, key);
    if (option->kind != PVGPU_OPTION_TEXT && option->kind != PVGPU_OPTION_BOOL)
        pvgpu_option_expected(option, expected);
    fprintf(out, "| `%s` | %s | %s%s%s | %s | ", key, type_of(option), option->standard ? "`" : "",
            option->shown ? option->shown : "", option->standard ? "`" : "",
            option->where & PVGPU_OPTION_IN_VM ? "yes" : "");
    print_cell(out, option->help);
    fprintf(out, "%s%s%s |\n", *expected ? " (" : "", expected, *expected ? ")" : "");
}

void pvgpu_config_print_reference(FILE *out)
{
    fprintf(out, "| Key | Type | Default | In `[[vm]]` | Meaning |\n|---|---|---|---|---|\n");
    for (size_t i = 0; i < pvgpu_option_count; i++) {
        if (pvgpu_option_table[i].where & PVGPU_OPTION_IN_FILE)
            print_reference_row(out, &pvgpu_option_table[i]);
    }
    fprintf(out, "\nKeys of `[[vm]]` tables alone:\n\n| Key | Type | Default | | Meaning |\n|---|---|---|---|---|\n");
    for (size_t i = 0; i < pvgpu_vm_option_count; i++)
        print_reference_row(out, &pvgpu_vm_option_table[i]);
}
