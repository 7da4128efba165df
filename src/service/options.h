/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the user asked for on the command line. Parsed once, on the main thread; read-only afterwards. */
#ifndef PVGPU_SERVICE_OPTIONS_H
#define PVGPU_SERVICE_OPTIONS_H

#include "base/log_format.h"
#include "os/handle.h"

#include <stdio.h>

/* Exit codes of pvgpu-backend; documented in the README. */
enum pvgpu_exit {
    PVGPU_EXIT_OK = 0,
    PVGPU_EXIT_FAILURE = 1, /* something failed while running */
    PVGPU_EXIT_USAGE = 2, /* an option is wrong */
    PVGPU_EXIT_ENDPOINT = 3, /* an endpoint cannot be opened */
    PVGPU_EXIT_GPU = 4, /* no usable D3D11 library or adapter */
};

enum pvgpu_renderer_kind {
    PVGPU_RENDERER_D3D11,
    PVGPU_RENDERER_NULL,
};

/* "d3d11" or "null". */
const char *pvgpu_renderer_kind_name(enum pvgpu_renderer_kind kind);

/* Texts point into argv, or are static. */
struct pvgpu_options {
    const char *pipe_path; /* NULL: not given */
    const char *vfio_user; /* NULL: not given */
    uint64_t shmem_size; /* bytes */
    const char *frames_path; /* NULL: derived */
    enum pvgpu_renderer_kind renderer;
    int32_t adapter_index; /* -1: the first */
    bool no_vsync;
    uint32_t buffer_count;
    uint32_t gpu_timeout; /* seconds; 0: never */
    bool debug_layer;
    const char *shader_cache; /* NULL: derived; "none": nowhere */
    uint64_t limit_memory; /* bytes; 0: the default */
    uint64_t limit_resource; /* bytes; 0: the default */
    uint32_t limit_objects; /* 0: the default */
    uint32_t limit_shaders; /* 0: the default */
    bool single_process;
    const char *log_level; /* a log filter; NULL: not given */
    enum pvgpu_log_format log_format;
    const char *log_file; /* NULL: standard error */
    uint64_t log_file_size; /* bytes; 0: no rotation */
    uint32_t log_file_count;
    bool version;
    bool help;
    bool no_backstop;
    /* From a parent process to its child. */
    const char *role; /* NULL: the service itself */
    uint64_t parent; /* process id */
    const char *handles; /* comma-separated numbers, meaning given by the role */
    const char *vm; /* name */
    const char *log_board; /* handle of a struct pvgpu_log_board: standard error is a pipe for log records then */
};

/*
 * Parses "--name value" and "--name=value". False: one line on `errors` that says what is wrong and what was expected.
 */
bool pvgpu_options_parse(struct pvgpu_options *options, int argc, char **argv, FILE *errors);

void pvgpu_options_print_help(FILE *out);

/* In a child: the handle that log_board names; PVGPU_NO_HANDLE when there is none. */
pvgpu_handle pvgpu_options_log_board(const struct pvgpu_options *options);

/* An argument list for a child process: owns the texts it had to make. */
#define PVGPU_ARGUMENTS_MOST 64
struct pvgpu_arguments {
    const char *list[PVGPU_ARGUMENTS_MOST]; /* NULL-terminated; [0] is the program's name */
    size_t count;
    char texts[1024]; /* numbers and the like */
    size_t used;
};

/*
 * "NAME --role ROLE" and every option that differs from its default, so that a child sees what its parent sees.
 * Options that belong to one process alone (endpoints, single-process) are left out. Texts are borrowed from `options`.
 */
void pvgpu_options_to_arguments(const struct pvgpu_options *options, const char *name,
                                struct pvgpu_arguments *arguments);

/* Adds "--name value"; the value is formatted into the list's own memory. */
void pvgpu_arguments_add(struct pvgpu_arguments *arguments, const char *name, const char *format, ...)
    PVGPU_PRINTF(3, 4);

#endif
