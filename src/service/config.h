/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The settings that are in force: options of the command line before variables of the environment before the
 * configuration file before defaults. Loaded once, on the main thread; read-only afterwards.
 *
 * What is wrong gives one line: where ("pvgpu.toml:2:21", "--width", "PVGPU_WIDTH"), what was expected, and the nearest
 * name for one that does not exist.
 */
#ifndef PVGPU_SERVICE_CONFIG_H
#define PVGPU_SERVICE_CONFIG_H

#include "service/options.h"
#include "service/paths.h"

#include <stdio.h>

#define PVGPU_CONFIG_VMS_MOST 24u
#define PVGPU_CONFIG_FILE_MOST_BYTES (1u << 20) /* larger ones are not configuration files */

/* Where a value comes from. */
enum pvgpu_origin_kind {
    PVGPU_FROM_DEFAULT,
    PVGPU_FROM_FILE,
    PVGPU_FROM_ENVIRONMENT,
    PVGPU_FROM_LINE,
};
struct pvgpu_origin {
    enum pvgpu_origin_kind kind;
    uint32_t line, column; /* of the file */
    const char *variable; /* static string; NULL: the option's own */
};

#define PVGPU_CONFIG_OPTIONS_MOST 64u

struct pvgpu_config_text; /* a text that the configuration owns */

struct pvgpu_config {
    struct pvgpu_options options; /* of the service, and of VMs without a table of their own */
    struct pvgpu_origin origins[PVGPU_CONFIG_OPTIONS_MOST]; /* by row of the table */
    struct pvgpu_vm_config vms[PVGPU_CONFIG_VMS_MOST];
    size_t vm_count;
    char file[PVGPU_PATH_BYTES]; /* the file that was read; empty: none */
    struct pvgpu_config_text *texts;
};

/*
 * Fills *config from all four. A child process (--role) gets everything from its command line alone. False: one line on
 * `errors`. pvgpu_config_finish is to be called in any case.
 */
bool pvgpu_config_load(struct pvgpu_config *config, int argc, char **argv, FILE *errors);
void pvgpu_config_finish(struct pvgpu_config *config);

/* Where the option `name` was set, for a message about it: "pvgpu.toml:2:1: log_file", "pvgpu-backend: --log-file". */
void pvgpu_config_place_text(const struct pvgpu_config *config, const char *name, char text[PVGPU_PATH_BYTES]);

/* Whether endpoints without a [[vm]] table are to be opened. */
bool pvgpu_config_has_unnamed(const struct pvgpu_config *config);

/* Whether a VM may come whose frames are shown in a window. */
bool pvgpu_config_has_windows(const struct pvgpu_config *config);

/* Copies a text that lives as long as the configuration. NULL: no memory. */
const char *pvgpu_config_keep(struct pvgpu_config *config, const char *text);

/* ---- Parts of loading, for tests ---------------------------------------------------------------------------------- */

/* Options of the command line over what is there. */
bool pvgpu_config_apply_line(struct pvgpu_config *config, int argc, char **argv, FILE *errors);
/* Variables of the environment over what is there. */
bool pvgpu_config_apply_environment(struct pvgpu_config *config, FILE *errors);
/* A file over what is there; it must exist. */
bool pvgpu_config_apply_file(struct pvgpu_config *config, const char *path, FILE *errors);
/* The same for its text; `name` is what messages say. */
bool pvgpu_config_apply_text(struct pvgpu_config *config, const char *name, const char *text, size_t length,
                             FILE *errors);

/* The row of the other key, if `option` is adapter or adapter_index; else NULL. */
const struct pvgpu_option *pvgpu_config_other_adapter(const struct pvgpu_option *option);

/* An adapter's name has been stored over an older source's index, or the other way round: drops what is older. */
void pvgpu_config_settle_adapter(struct pvgpu_options *options, const struct pvgpu_option *option);

/* Records that row `option` of the service has its value from there. */
void pvgpu_config_note(struct pvgpu_config *config, const struct pvgpu_option *option, enum pvgpu_origin_kind kind,
                       uint32_t line, uint32_t column);

/* ---- For people --------------------------------------------------------------------------------------------------- */

void pvgpu_config_print_help(FILE *out);
/* Every setting as TOML that gives the same again, with its origin as a comment. */
void pvgpu_config_dump(const struct pvgpu_config *config, FILE *out);
/* A file with every key and its default, as comments. */
void pvgpu_config_print_example(FILE *out);
/* The table of docs/configuration.md. */
void pvgpu_config_print_reference(FILE *out);

#endif
