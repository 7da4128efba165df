/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "qemu_args.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#define TEXT_BYTES (6 * PVGPU_PATH_BYTES) /* a path of which every byte is escaped, and more */
#define ARGUMENTS_MOST 8u

struct arguments {
    char texts[ARGUMENTS_MOST][TEXT_BYTES];
    size_t count;
};

/* ---- Quoting ------------------------------------------------------------------------------------------------------- */

/* As QEMU's lists of properties take it: a comma is two. */
static const char *as_property(const char *path, char text[TEXT_BYTES])
{
    char *to = text;
    for (; *path; path++) {
        *to++ = *path;
        if (*path == ',')
            *to++ = ',';
    }
    *to = '\0';
    return text;
}

static const char *as_json(const char *path, char text[TEXT_BYTES])
{
    char *to = text;
    for (; *path; path++) {
        if (*path == '"' || *path == '\\')
            to += sprintf(to, "\\%c", *path);
        else if ((unsigned char)*path < 0x20)
            to += sprintf(to, "\\u%04x", (unsigned)*path);
        else
            *to++ = *path;
    }
    *to = '\0';
    return text;
}

static void print_for_shell(FILE *out, const char *text)
{
    static const char plain[] = "_-+=:,./@%";
    const char *at = text;
    while (*at && (isalnum((unsigned char)*at) || strchr(plain, *at)))
        at++;
    if (*text && !*at) {
        fputs(text, out);
        return;
    }
    fputc('\'', out);
    for (; *text; text++)
        fprintf(out, *text == '\'' ? "'\\''" : "%c", *text);
    fputc('\'', out);
}

static void print_for_xml(FILE *out, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '\'':
            fputs("&apos;", out);
            break;
        default:
            fputc(*text, out);
        }
    }
}

/* ---- The arguments ------------------------------------------------------------------------------------------------- */

static void add(struct arguments *arguments, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct arguments *arguments, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    vsnprintf(arguments->texts[arguments->count++], TEXT_BYTES, format, values);
    va_end(values);
}

static void add_device(struct arguments *arguments, const struct plan *plan)
{
    char path[TEXT_BYTES];
    switch (plan->link) {
    case PVGPU_LINK_KIND_PIPE:
        add(arguments, "-device");
        add(arguments, "pvgpu,backend_pipe=%s,shmem_size=%" PRIu64, as_property(plan->path, path), plan->shmem_bytes);
        return;
    case PVGPU_LINK_KIND_VFIO_USER:
        add(arguments, "-device");
        add(arguments, "{\"driver\":\"vfio-user-pci\",\"socket\":{\"type\":\"unix\",\"path\":\"%s\"}}",
            as_json(plan->path, path));
        return;
    case PVGPU_LINK_KIND_IVSHMEM_DOORBELL:
        add(arguments, "-chardev");
        add(arguments, "socket,id=pvgpu,path=%s", as_property(plan->path, path));
        add(arguments, "-device");
        add(arguments, "ivshmem-doorbell,chardev=pvgpu,vectors=2");
        return;
    case PVGPU_LINK_KIND_IVSHMEM_PLAIN:
        add(arguments, "-object");
        add(arguments, "memory-backend-file,id=pvgpu,share=on,mem-path=%s,size=%" PRIu64, as_property(plan->path, path),
            plan->shmem_bytes);
        add(arguments, "-device");
        add(arguments, "ivshmem-plain,memdev=pvgpu");
        return;
    }
}

/* Programs of a Linux guest get interrupts through vfio-pci, which wants this; vfio-user wants caching-mode. */
static void add_iommu(struct arguments *arguments)
{
    add(arguments, "-machine");
    add(arguments, "q35,kernel-irqchip=split");
    add(arguments, "-device");
    add(arguments, "intel-iommu,intremap=on,caching-mode=on");
}

static void print_line(FILE *out, const struct arguments *arguments)
{
    for (size_t i = 0; i < arguments->count; i++) {
        fputs(i ? " " : "", out);
        print_for_shell(out, arguments->texts[i]);
    }
    fputc('\n', out);
}

static void print_libvirt(FILE *out, const struct arguments *arguments)
{
    fputs("<qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n", out);
    for (size_t i = 0; i < arguments->count; i++) {
        fputs("  <qemu:arg value='", out);
        print_for_xml(out, arguments->texts[i]);
        fputs("'/>\n", out);
    }
    fputs("</qemu:commandline>\n", out);
}

void print_arguments(FILE *out, const struct plan *plan, bool iommu, enum format format)
{
    struct arguments arguments = {.count = 0};
    if (iommu)
        add_iommu(&arguments);
    add_device(&arguments, plan);
    switch (format) {
    case FORMAT_LINE:
        print_line(out, &arguments);
        return;
    case FORMAT_LINES:
        for (size_t i = 0; i < arguments.count; i++)
            fprintf(out, "%s\n", arguments.texts[i]);
        return;
    case FORMAT_LIBVIRT:
        print_libvirt(out, &arguments);
        return;
    }
}
