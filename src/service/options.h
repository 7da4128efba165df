/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The settings of the service and the table that describes them (options.inc). service/config.h puts them together from
 * the command line, the environment and a file. Filled once, on the main thread; read-only afterwards.
 */
#ifndef PVGPU_SERVICE_OPTIONS_H
#define PVGPU_SERVICE_OPTIONS_H

#include "base/log_format.h"
#include "os/handle.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exit codes of pvgpu-backend; documented in --help. */
enum pvgpu_exit {
    PVGPU_EXIT_OK = 0,
    PVGPU_EXIT_FAILURE = 1, /* something failed while running */
    PVGPU_EXIT_USAGE = 2, /* an option, a variable or the configuration file is wrong */
    PVGPU_EXIT_ENDPOINT = 3, /* an endpoint cannot be opened */
    PVGPU_EXIT_GPU = 4, /* no usable D3D11 library or adapter */
    PVGPU_EXIT_DISPLAY = 5, /* windows are asked for, but there is no display */
};

/* Values of CHOICE rows: positions in the table's lists of words. */
enum pvgpu_renderer_kind {
    PVGPU_RENDERER_D3D11,
    PVGPU_RENDERER_NULL,
};
enum pvgpu_presentation_mode {
    PVGPU_HEADLESS,
    PVGPU_WINDOWED,
    PVGPU_DUAL,
};
enum pvgpu_window_close {
    PVGPU_CLOSE_HIDES,
    PVGPU_CLOSE_DISCONNECTS,
};
enum pvgpu_class_code {
    PVGPU_CLASS_3D,
    PVGPU_CLASS_DISPLAY,
};
enum pvgpu_link_kind {
    PVGPU_LINK_KIND_PIPE,
    PVGPU_LINK_KIND_VFIO_USER,
    PVGPU_LINK_KIND_IVSHMEM_DOORBELL,
    PVGPU_LINK_KIND_IVSHMEM_PLAIN,
};
#define PVGPU_LINK_KINDS 4u

/* Texts are borrowed: from argv, from the environment or from the configuration that made them. NULL: not given. */
struct pvgpu_options {
    const char *config;
    const char *pipe_path;
    const char *vfio_user;
    const char *ivshmem_doorbell;
    const char *ivshmem_plain;
    int32_t adapter_index; /* -1: automatic */
    const char *adapter; /* instead of the index */
    uint32_t presentation_mode; /* enum pvgpu_presentation_mode */
    uint32_t width, height; /* pixels */
    uint32_t window_close; /* enum pvgpu_window_close */
    bool vsync;
    uint32_t buffer_count;
    uint64_t shmem_size; /* bytes */
    uint32_t device_id, subsystem_id; /* vendor in the upper 16 bits */
    uint32_t class_code; /* enum pvgpu_class_code */
    const char *frames_path;
    uint32_t max_vms;
    uint32_t renderer; /* enum pvgpu_renderer_kind */
    uint32_t gpu_timeout; /* seconds; 0: never */
    bool debug_layer;
    const char *shader_cache; /* NULL: derived; "none": nowhere */
    uint64_t limit_memory; /* bytes; 0: derived */
    uint64_t limit_resource; /* bytes */
    uint32_t limit_objects;
    uint32_t limit_shaders;
    uint32_t restart_limit; /* renderers lost within a minute; 0: any number */
    const char *control_path; /* NULL: derived; "none": nowhere */
    bool single_process;
    const char *log_level; /* a log filter */
    uint32_t log_format; /* enum pvgpu_log_format: text or JSON */
    const char *log_file; /* NULL: standard error */
    uint64_t log_file_size; /* bytes; 0: no rotation */
    uint32_t log_file_count;
    bool dump_config;
    bool print_example;
    bool print_reference;
    bool list_adapters;
    bool check;
    bool json;
    bool print_capabilities;
    bool version;
    bool help;
    bool no_backstop;
    /* From a parent process to its child. */
    const char *role; /* NULL: the service itself */
    uint64_t parent; /* process id */
    const char *handles; /* comma-separated numbers, meaning given by the role */
    const char *vm; /* name */
    bool first_vm; /* has what the service has once: the plain frame event of shared textures */
    const char *log_board; /* handle of a struct pvgpu_log_board: standard error is a pipe for log records then */
};

#define PVGPU_RESTART_LIMIT_MOST 100 /* as the table has it */
#define PVGPU_VM_NAME_BYTES 32 /* with the NUL */

/* A [[vm]] table: an endpoint that is one VM. */
struct pvgpu_vm_config {
    const char *name;
    uint32_t link; /* enum pvgpu_link_kind */
    const char *path; /* NULL: derived */
    const char *frames_path; /* NULL: derived */
    struct pvgpu_options options; /* the service's, with what the table says instead */
};

/* ---- The table --------------------------------------------------------------------------------------------------- */

enum pvgpu_option_kind {
    PVGPU_OPTION_TEXT, /* const char * */
    PVGPU_OPTION_FILTER, /* const char *; a log filter */
    PVGPU_OPTION_CHOICE, /* uint32_t */
    PVGPU_OPTION_BOOL, /* bool */
    PVGPU_OPTION_ACTION, /* bool */
    PVGPU_OPTION_SIZE, /* uint64_t */
    PVGPU_OPTION_POWER, /* uint64_t; a SIZE that is a power of two */
    PVGPU_OPTION_NUMBER, /* uint32_t */
    PVGPU_OPTION_SIGNED, /* int32_t */
    PVGPU_OPTION_PCI_ID, /* uint32_t: vendor in the upper 16 bits, device in the lower */
};

enum {
    PVGPU_OPTION_IN_FILE = 1,
    PVGPU_OPTION_IN_ENVIRONMENT = 2,
    PVGPU_OPTION_IN_VM = 4, /* also in [[vm]] tables */
    PVGPU_OPTION_FOR_CHILD = 8, /* sessions and renderers get it */
    PVGPU_OPTION_IS_HIDDEN = 16,
};

struct pvgpu_option {
    const char *name; /* with hyphens */
    const char *option, *negation; /* "--name", "--no-name" */
    const char *argument; /* as --help shows it; CHOICE: the words */
    const char *standard; /* the default as on the command line; NULL: none */
    const char *shown; /* the default for people; NULL: none */
    const char *help;
    enum pvgpu_option_kind kind;
    unsigned where; /* PVGPU_OPTION_IN_... */
    int64_t least, most;
    size_t at; /* offset of the field */
};

/* The rows of options.inc, in its order. */
extern const struct pvgpu_option pvgpu_option_table[];
extern const size_t pvgpu_option_count;
/* The rows of [[vm]] tables alone; fields are in struct pvgpu_vm_config. */
extern const struct pvgpu_option pvgpu_vm_option_table[];
extern const size_t pvgpu_vm_option_count;

/* Enough for any text below. */
#define PVGPU_OPTION_TEXT_BYTES 160

/* The row of that name (of `length` bytes); hyphens and underscores are the same. NULL: there is none. */
const struct pvgpu_option *pvgpu_option_find(const struct pvgpu_option *table, size_t count, const char *name,
                                             size_t length);

/* The name that the writer may have meant, among the rows with all bits of `where`; NULL: none is near. */
const struct pvgpu_option *pvgpu_option_nearest(const struct pvgpu_option *table, size_t count, const char *name,
                                                size_t length, unsigned where);

/* Key of the file: the name with underscores. */
void pvgpu_option_key(const struct pvgpu_option *option, char key[PVGPU_OPTION_TEXT_BYTES]);
/* Variable of the environment: PVGPU_ and the name in capitals. */
void pvgpu_option_variable(const struct pvgpu_option *option, char name[PVGPU_OPTION_TEXT_BYTES]);
/* What values are right, for a person: "2 or 3". */
void pvgpu_option_expected(const struct pvgpu_option *option, char text[PVGPU_OPTION_TEXT_BYTES]);

/*
 * Store a value in the structure that the row's field belongs to. False: the value is wrong and nothing is changed.
 * A text is borrowed; for kinds that are not TEXT it is parsed.
 */
bool pvgpu_option_store(void *structure, const struct pvgpu_option *option, const char *text);
/* For SIZE, POWER, NUMBER and SIGNED. */
bool pvgpu_option_store_integer(void *structure, const struct pvgpu_option *option, int64_t value);
/* For BOOL and ACTION. */
void pvgpu_option_store_bool(void *structure, const struct pvgpu_option *option, bool value);
/* Copies the field of one structure to another of the same kind. */
void pvgpu_option_copy(void *to, const void *from, const struct pvgpu_option *option);

/* The value as the command line takes it. False: there is none (a TEXT that is not given). */
bool pvgpu_option_format(const void *structure, const struct pvgpu_option *option, char *text, size_t size);

/* Every field as the table's defaults say; the rest 0. */
void pvgpu_options_init(struct pvgpu_options *options);

/* "d3d11" or "null"; "headless", "windowed" or "dual"; and so on for every CHOICE row, by its field's offset. */
const char *pvgpu_renderer_kind_name(enum pvgpu_renderer_kind kind);
const char *pvgpu_presentation_mode_name(enum pvgpu_presentation_mode mode);
const char *pvgpu_link_kind_name(enum pvgpu_link_kind link);

/* The endpoint of VMs without a table that is given for a link: pipe_path, vfio_user... NULL: none. */
const char *pvgpu_options_endpoint(const struct pvgpu_options *options, enum pvgpu_link_kind link);
/* Whether there is any. */
bool pvgpu_options_has_endpoint(const struct pvgpu_options *options);
/* As configuration space has it. */
uint32_t pvgpu_class_code_number(enum pvgpu_class_code code);

/* ---- For children ------------------------------------------------------------------------------------------------ */

/* In a child: the handle that log_board names; PVGPU_NO_HANDLE when there is none. */
pvgpu_handle pvgpu_options_log_board(const struct pvgpu_options *options);

/* An argument list for a child process: owns the texts it had to make. */
#define PVGPU_ARGUMENTS_MOST 96
struct pvgpu_arguments {
    const char *list[PVGPU_ARGUMENTS_MOST]; /* NULL-terminated; [0] is the program's name */
    size_t count;
    char texts[2048]; /* numbers and the like */
    size_t used;
};

/* "NAME" and every option that children get, with its value. Texts are borrowed from `options`. */
void pvgpu_options_to_arguments(const struct pvgpu_options *options, const char *name,
                                struct pvgpu_arguments *arguments);

/* Adds "--name value"; the value is formatted into the list's own memory. */
void pvgpu_arguments_add(struct pvgpu_arguments *arguments, const char *name, const char *format, ...)
    PVGPU_PRINTF(3, 4);

#endif
