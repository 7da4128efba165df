/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * pvgpu-qemu-args: prints what QEMU must be told so that a VM reaches the service, and looks first whether this QEMU can
 * do it. One thread.
 */
#ifndef PVGPU_TOOLS_QEMU_ARGS_H
#define PVGPU_TOOLS_QEMU_ARGS_H

#include "service/config.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Exit codes; documented in --help. */
enum qemu_args_exit {
    QEMU_ARGS_OK = 0,
    QEMU_ARGS_FAILED = 1, /* the shared file does not fit, or the output cannot be written */
    QEMU_ARGS_USAGE = 2, /* the command line or the configuration is wrong, or leaves open which VM is meant */
    QEMU_ARGS_NO_QEMU = 3, /* it cannot be run, or does not answer like one */
    QEMU_ARGS_LACKS = 4, /* this QEMU does not have what the link needs */
};

/* ---- What is to be connected (plan.c) ---- */

/* What the command line asks for; texts are borrowed. */
struct request {
    const char *config; /* NULL: where the service looks */
    const char *vm; /* name of a [[vm]] table; NULL: the endpoints without one, or the only table */
    const char *link; /* NULL: the configuration says it */
    const char *path; /* NULL: the same */
    const char *shmem_size; /* NULL: the same */
};

struct plan {
    enum pvgpu_link_kind link;
    char path[PVGPU_PATH_BYTES]; /* of the endpoint */
    bool is_missing; /* nothing is at the path yet */
    uint64_t shmem_bytes; /* which the command line of QEMU names on the links pipe and ivshmem-plain */
};

/* QEMU_ARGS_OK, or what is wrong was told on standard error. */
enum qemu_args_exit make_plan(struct plan *plan, const struct request *request);

/* ---- What QEMU has (qemu.c) ---- */

/* Runs `program` twice: which version it is, which devices it has. QEMU_ARGS_OK: it has what the plan needs, and
 * intel-iommu if `iommu`. Otherwise what is missing was told, and what brings it. */
enum qemu_args_exit check_qemu(const char *program, const struct plan *plan, bool iommu);

/* ---- What is printed (print.c) ---- */

enum format {
    FORMAT_LINE, /* one line, quoted for a shell */
    FORMAT_LINES, /* each argument in a line of its own, as it is */
    FORMAT_LIBVIRT, /* an element for a domain's XML */
};

void print_arguments(FILE *out, const struct plan *plan, bool iommu, enum format format);

#endif
