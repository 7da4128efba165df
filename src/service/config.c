/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "service/config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct pvgpu_config_text {
    struct pvgpu_config_text *next;
    char bytes[];
};

const char *pvgpu_config_keep(struct pvgpu_config *config, const char *text)
{
    size_t size = strlen(text) + 1;
    struct pvgpu_config_text *kept = malloc(sizeof(*kept) + size);
    if (!kept)
        return NULL;
    memcpy(kept->bytes, text, size);
    kept->next = config->texts;
    config->texts = kept;
    return kept->bytes;
}

void pvgpu_config_finish(struct pvgpu_config *config)
{
    while (config->texts) {
        struct pvgpu_config_text *next = config->texts->next;
        free(config->texts);
        config->texts = next;
    }
}

void pvgpu_config_note(struct pvgpu_config *config, const struct pvgpu_option *option, enum pvgpu_origin_kind kind,
                       uint32_t line, uint32_t column)
{
    size_t row = (size_t)(option - pvgpu_option_table);
    assert(row < PVGPU_CONFIG_OPTIONS_MOST);
    config->origins[row] = (struct pvgpu_origin){.kind = kind, .line = line, .column = column};
}

static const struct pvgpu_option *find_row(const char *name)
{
    return pvgpu_option_find(pvgpu_option_table, pvgpu_option_count, name, strlen(name));
}

const struct pvgpu_option *pvgpu_config_other_adapter(const struct pvgpu_option *option)
{
    const struct pvgpu_option *name = find_row("adapter"), *index = find_row("adapter-index");
    return option == name ? index : option == index ? name : NULL;
}

void pvgpu_config_settle_adapter(struct pvgpu_options *options, const struct pvgpu_option *option)
{
    if (option == find_row("adapter"))
        options->adapter_index = -1;
    else
        options->adapter = NULL;
}

/* What the command line and the environment say holds for every VM, before what its table says. */
static bool store_everywhere(struct pvgpu_config *config, const struct pvgpu_option *option, const char *value,
                             enum pvgpu_origin_kind origin)
{
    if (!pvgpu_option_store(&config->options, option, value))
        return false;
    const struct pvgpu_option *other = pvgpu_config_other_adapter(option);
    bool settle = other && config->origins[other - pvgpu_option_table].kind != origin;
    if (settle)
        pvgpu_config_settle_adapter(&config->options, option);
    for (size_t i = 0; i < config->vm_count && option->where & PVGPU_OPTION_IN_VM; i++) {
        pvgpu_option_copy(&config->vms[i].options, &config->options, option);
        if (settle)
            pvgpu_config_settle_adapter(&config->vms[i].options, option);
    }
    pvgpu_config_note(config, option, origin, 0, 0);
    return true;
}

/* ---- The command line -------------------------------------------------------------------------------------------- */

static void complain_of_option(const char *name, size_t length, FILE *errors)
{
    const struct pvgpu_option *near = pvgpu_option_nearest(pvgpu_option_table, pvgpu_option_count, name, length, 0);
    fprintf(errors, "pvgpu-backend: --%.*s: there is no such option; ", (int)length, name);
    if (near)
        fprintf(errors, "did you mean --%s?\n", near->name);
    else
        fprintf(errors, "see --help\n");
}

/* "--name", "--no-name"; sets *negated for the second. */
static const struct pvgpu_option *find_option(const char *name, size_t length, bool *negated)
{
    const struct pvgpu_option *option = pvgpu_option_find(pvgpu_option_table, pvgpu_option_count, name, length);
    *negated = false;
    if (option || length <= 3 || strncmp(name, "no-", 3) != 0)
        return option;
    option = pvgpu_option_find(pvgpu_option_table, pvgpu_option_count, name + 3, length - 3);
    *negated = option && option->kind == PVGPU_OPTION_BOOL;
    return *negated ? option : NULL;
}

/* One option, at argv[*at]; *at moves on over its value. */
static bool apply_option(struct pvgpu_config *config, int argc, char **argv, int *at, FILE *errors)
{
    const char *text = argv[*at];
    if (strncmp(text, "--", 2) != 0 || !text[2]) {
        fprintf(errors, "pvgpu-backend: \"%s\": expected an option; see --help\n", text);
        return false;
    }
    const char *equals = strchr(text, '=');
    size_t length = equals ? (size_t)(equals - text - 2) : strlen(text + 2);
    bool negated;
    const struct pvgpu_option *option = find_option(text + 2, length, &negated);
    if (!option) {
        complain_of_option(text + 2, length, errors);
        return false;
    }
    bool takes_none = option->kind == PVGPU_OPTION_ACTION || negated;
    const char *value = equals ? equals + 1 : NULL;
    if (takes_none && value) {
        fprintf(errors, "pvgpu-backend: %.*s: takes no value\n", (int)length + 2, text);
        return false;
    }
    if (takes_none || (option->kind == PVGPU_OPTION_BOOL && !value))
        value = negated ? "false" : "true";
    else if (!value && *at + 1 < argc)
        value = argv[++*at];
    if (!value) {
        fprintf(errors, "pvgpu-backend: --%s: expected a value after it\n", option->name);
        return false;
    }
    if (!store_everywhere(config, option, value, PVGPU_FROM_LINE)) {
        char expected[PVGPU_OPTION_TEXT_BYTES];
        pvgpu_option_expected(option, expected);
        fprintf(errors, "pvgpu-backend: --%s %s: expected %s\n", option->name, value, expected);
        return false;
    }
    return true;
}

bool pvgpu_config_apply_line(struct pvgpu_config *config, int argc, char **argv, FILE *errors)
{
    for (int i = 1; i < argc; i++) {
        if (!apply_option(config, argc, argv, &i, errors))
            return false;
    }
    return true;
}

/* ---- The environment ---------------------------------------------------------------------------------------------- */

/* Set to nothing is how a variable is switched off. */
static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

static bool apply_variable(struct pvgpu_config *config, const struct pvgpu_option *option, const char *name,
                           const char *value, FILE *errors)
{
    char expected[PVGPU_OPTION_TEXT_BYTES];
    if (store_everywhere(config, option, value, PVGPU_FROM_ENVIRONMENT))
        return true;
    pvgpu_option_expected(option, expected);
    fprintf(errors, "pvgpu-backend: %s=%s (environment): expected %s\n", name, value, expected);
    return false;
}

/* The level under the names that other programs have for it: the first that is set counts, the others are not read. */
static bool apply_level_variables(struct pvgpu_config *config, FILE *errors)
{
    static const char *const names[] = {"PVGPU_LOG_LEVEL", "PVGPU_LOG", "RUST_LOG", "PVGPU_DEBUG"};
    const struct pvgpu_option *level = find_row("log-level");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        bool is_debug = strcmp(names[i], "PVGPU_DEBUG") == 0;
        const char *value = variable(names[i]);
        if (!value || (is_debug && strcmp(value, "1") != 0))
            continue;
        if (!apply_variable(config, level, names[i], is_debug ? "debug" : value, errors))
            return false;
        config->origins[level - pvgpu_option_table].variable = names[i];
        return true;
    }
    return true;
}

bool pvgpu_config_apply_environment(struct pvgpu_config *config, FILE *errors)
{
    if (!apply_level_variables(config, errors))
        return false;
    for (size_t i = 0; i < pvgpu_option_count; i++) {
        const struct pvgpu_option *option = &pvgpu_option_table[i];
        char name[PVGPU_OPTION_TEXT_BYTES];
        pvgpu_option_variable(option, name);
        const char *value = option->where & PVGPU_OPTION_IN_ENVIRONMENT ? variable(name) : NULL;
        if (value && strcmp(option->name, "log-level") != 0 && !apply_variable(config, option, name, value, errors))
            return false;
    }
    return true;
}

/* ---- All together -------------------------------------------------------------------------------------------------- */

void pvgpu_config_place_text(const struct pvgpu_config *config, const char *name, char text[PVGPU_PATH_BYTES])
{
    const struct pvgpu_option *option = find_row(name);
    const struct pvgpu_origin *origin = &config->origins[option - pvgpu_option_table];
    char key[PVGPU_OPTION_TEXT_BYTES];
    switch (origin->kind) {
    case PVGPU_FROM_FILE:
        pvgpu_option_key(option, key);
        snprintf(text, PVGPU_PATH_BYTES, "%.300s:%u:%u: %s", config->file, origin->line, origin->column, key);
        return;
    case PVGPU_FROM_ENVIRONMENT:
        pvgpu_option_variable(option, key);
        snprintf(text, PVGPU_PATH_BYTES, "pvgpu-backend: %s (environment)", origin->variable ? origin->variable : key);
        return;
    case PVGPU_FROM_DEFAULT:
    case PVGPU_FROM_LINE:
        snprintf(text, PVGPU_PATH_BYTES, "pvgpu-backend: --%s", option->name);
        return;
    }
}

bool pvgpu_config_has_unnamed(const struct pvgpu_config *config)
{
    return pvgpu_options_has_endpoint(&config->options) || !config->vm_count;
}

bool pvgpu_config_has_windows(const struct pvgpu_config *config)
{
    bool any = pvgpu_config_has_unnamed(config) && config->options.presentation_mode != PVGPU_HEADLESS;
    for (size_t i = 0; i < config->vm_count; i++)
        any |= config->vms[i].options.presentation_mode != PVGPU_HEADLESS;
    return any;
}

#ifdef __linux__
static bool check_links(const struct pvgpu_config *config, FILE *errors)
{
    (void)config;
    (void)errors;
    return true;
}
#else
static bool check_links(const struct pvgpu_config *config, FILE *errors)
{
    char place[PVGPU_PATH_BYTES];
    for (size_t i = 0; i < config->vm_count; i++) {
        if (config->vms[i].link == PVGPU_LINK_KIND_PIPE)
            continue;
        fprintf(errors, "%s: [[vm]] \"%s\": the link %s exists on Linux only\n", config->file, config->vms[i].name,
                pvgpu_link_kind_name((enum pvgpu_link_kind)config->vms[i].link));
        return false;
    }
    for (unsigned link = PVGPU_LINK_KIND_PIPE + 1; link < PVGPU_LINK_KINDS; link++) {
        if (!pvgpu_options_endpoint(&config->options, (enum pvgpu_link_kind)link))
            continue;
        pvgpu_config_place_text(config, pvgpu_link_kind_name((enum pvgpu_link_kind)link), place);
        fprintf(errors, "%s: this link exists on Linux only; use --pipe-path\n", place);
        return false;
    }
    return true;
}
#endif

static bool check_adapters(const struct pvgpu_config *config, FILE *errors)
{
    char place[PVGPU_PATH_BYTES];
    if (config->options.adapter && config->options.adapter_index >= 0) {
        pvgpu_config_place_text(config, "adapter", place);
        fprintf(errors, "%s: expected adapter or adapter_index, not both\n", place);
        return false;
    }
    for (size_t i = 0; i < config->vm_count; i++) {
        if (!config->vms[i].options.adapter || config->vms[i].options.adapter_index < 0)
            continue;
        fprintf(errors, "%s: [[vm]] \"%s\": expected adapter or adapter_index, not both\n", config->file,
                config->vms[i].name);
        return false;
    }
    return true;
}

/* NULL: nothing stands against the presentation mode. */
static const char *why_no_window(const struct pvgpu_options *options)
{
    if (options->presentation_mode == PVGPU_HEADLESS)
        return NULL;
    if (options->renderer == PVGPU_RENDERER_NULL)
        return "the null renderer draws nothing: expected headless";
    if (options->single_process)
        return "a window needs a renderer process: expected headless with single_process";
    return NULL;
}

static bool check_windows(const struct pvgpu_config *config, FILE *errors)
{
    char place[PVGPU_PATH_BYTES];
    const char *why = pvgpu_config_has_unnamed(config) ? why_no_window(&config->options) : NULL;
    if (why) {
        pvgpu_config_place_text(config, "presentation-mode", place);
        fprintf(errors, "%s: %s\n", place, why);
        return false;
    }
    for (size_t i = 0; i < config->vm_count; i++) {
        why = why_no_window(&config->vms[i].options);
        if (!why)
            continue;
        fprintf(errors, "%s: [[vm]] \"%s\": presentation_mode: %s\n", config->file, config->vms[i].name, why);
        return false;
    }
    return true;
}

/* Of the endpoints without a table, which the frames' path must not be shared by. */
static bool check_frames(const struct pvgpu_config *config, FILE *errors)
{
    const char *first = NULL;
    char place[PVGPU_PATH_BYTES];
    for (unsigned i = 0; config->options.frames_path && i < PVGPU_LINK_KINDS; i++) {
        enum pvgpu_link_kind link = (enum pvgpu_link_kind)i;
        const char *option = link == PVGPU_LINK_KIND_PIPE ? "pipe-path" : pvgpu_link_kind_name(link);
        if (!pvgpu_options_endpoint(&config->options, link))
            continue;
        if (first) {
            pvgpu_config_place_text(config, "frames-path", place);
            fprintf(errors, "%s: expected one link, but --%s and --%s are given\n", place, first, option);
            return false;
        }
        first = option;
    }
    return true;
}

/* A VM that shares a file has its place from the start, whether there is a QEMU or not. */
static bool check_places(const struct pvgpu_config *config, FILE *errors)
{
    uint32_t files = config->options.ivshmem_plain ? 1 : 0;
    char place[PVGPU_PATH_BYTES];
    for (size_t i = 0; i < config->vm_count; i++)
        files += config->vms[i].link == PVGPU_LINK_KIND_IVSHMEM_PLAIN;
    if (files <= config->options.max_vms)
        return true;
    pvgpu_config_place_text(config, "max-vms", place);
    fprintf(errors, "%s: expected %u at least, for as many VMs whose link is ivshmem-plain\n", place, files);
    return false;
}

static bool check_together(const struct pvgpu_config *config, FILE *errors)
{
    const struct pvgpu_options *options = &config->options;
    char place[PVGPU_PATH_BYTES];
    if (!check_links(config, errors) || !check_adapters(config, errors) || !check_windows(config, errors) ||
        !check_frames(config, errors) || !check_places(config, errors))
        return false;
    if (options->single_process && config->vm_count) {
        pvgpu_config_place_text(config, "single-process", place);
        fprintf(errors, "%s: serves one VM; expected no [[vm]] tables\n", place);
        return false;
    }
    return true;
}

/* The first file that is there, of the places where one may be. */
static bool find_file(char path[PVGPU_PATH_BYTES])
{
    for (unsigned place = 0; pvgpu_config_place(path, place); place++) {
        FILE *file = *path ? fopen(path, "rb") : NULL;
        if (file) {
            fclose(file);
            return true;
        }
        /* One that is there but cannot be read is an error, told when it is read. */
        if (*path && pvgpu_path_exists(path))
            return true;
    }
    return false;
}

static bool apply_chosen_file(struct pvgpu_config *config, FILE *errors)
{
    char path[PVGPU_PATH_BYTES];
    if (config->options.config)
        return pvgpu_config_apply_file(config, config->options.config, errors);
    return !find_file(path) || pvgpu_config_apply_file(config, path, errors);
}

bool pvgpu_config_load(struct pvgpu_config *config, int argc, char **argv, FILE *errors)
{
    memset(config, 0, sizeof(*config));
    pvgpu_options_init(&config->options);
    if (!pvgpu_config_apply_line(config, argc, argv, errors))
        return false;
    if (config->options.role || config->options.help || config->options.version || config->options.print_example ||
        config->options.print_reference)
        return true;
    /* The name of the file comes first, then the file, then what goes over it. */
    const char *named = config->options.config ? config->options.config : variable("PVGPU_CONFIG");
    memset(config->origins, 0, sizeof(config->origins));
    pvgpu_options_init(&config->options);
    config->options.config = named;
    return apply_chosen_file(config, errors) && pvgpu_config_apply_environment(config, errors) &&
           pvgpu_config_apply_line(config, argc, argv, errors) && check_together(config, errors);
}
