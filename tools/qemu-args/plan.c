/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "qemu_args.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>

static enum qemu_args_exit wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));

static enum qemu_args_exit wrong(const char *format, ...)
{
    va_list values;
    fputs("pvgpu-qemu-args: ", stderr);
    va_start(values, format);
    vfprintf(stderr, format, values);
    va_end(values);
    fputc('\n', stderr);
    return QEMU_ARGS_USAGE;
}

/* ---- Which endpoint ------------------------------------------------------------------------------------------------ */

static enum qemu_args_exit take_path(struct plan *plan, const char *path)
{
    if ((size_t)snprintf(plan->path, sizeof(plan->path), "%s", path) >= sizeof(plan->path))
        return wrong("%.40s...: the path is too long", path);
    return QEMU_ARGS_OK;
}

static bool default_pipe_path(struct plan *plan)
{
    static const struct pvgpu_log log = {.level = PVGPU_LOG_ERROR};
    return pvgpu_name_pipe_path(plan->path, &log);
}

static enum qemu_args_exit take_vm(struct plan *plan, const struct pvgpu_vm_config *vm)
{
    static const struct pvgpu_log log = {.level = PVGPU_LOG_ERROR};
    plan->link = (enum pvgpu_link_kind)vm->link;
    plan->shmem_bytes = vm->options.shmem_size;
    if (vm->path)
        return take_path(plan, vm->path);
    if (plan->link == PVGPU_LINK_KIND_IVSHMEM_PLAIN)
        pvgpu_name_vm_file(plan->path, vm->name);
    else if (!pvgpu_name_vm_path(plan->path, vm->name, &log))
        return QEMU_ARGS_FAILED;
    return QEMU_ARGS_OK;
}

static const struct pvgpu_vm_config *find_vm(const struct pvgpu_config *config, const char *name)
{
    for (size_t i = 0; i < config->vm_count; i++) {
        if (strcmp(config->vms[i].name, name) == 0)
            return &config->vms[i];
    }
    return NULL;
}

/* The endpoint without a table for this link. False: there is none. */
static bool has_endpoint(const struct pvgpu_options *options, enum pvgpu_link_kind link)
{
    /* The pipe's is open by default, unless others replace it. */
    return pvgpu_options_endpoint(options, link) ||
           (link == PVGPU_LINK_KIND_PIPE && !pvgpu_options_has_endpoint(options));
}

static enum qemu_args_exit take_endpoint(struct plan *plan, const struct pvgpu_options *options,
                                         enum pvgpu_link_kind link)
{
    const char *path = pvgpu_options_endpoint(options, link);
    plan->link = link;
    plan->shmem_bytes = options->shmem_size;
    if (path)
        return take_path(plan, path);
    return default_pipe_path(plan) ? QEMU_ARGS_OK : QEMU_ARGS_FAILED;
}

/* The service has several doors: which are there, for a message. */
static void list_doors(const struct pvgpu_config *config, char *text, size_t size)
{
    size_t used = 0;
    *text = '\0';
    for (unsigned link = 0; pvgpu_config_has_unnamed(config) && link < PVGPU_LINK_KINDS && used < size; link++) {
        if (has_endpoint(&config->options, (enum pvgpu_link_kind)link))
            used += (size_t)snprintf(text + used, size - used, "%s--link %s", used ? ", " : "",
                                     pvgpu_link_kind_name((enum pvgpu_link_kind)link));
    }
    for (size_t i = 0; i < config->vm_count && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s--vm %s", used ? ", " : "", config->vms[i].name);
}

/* The only endpoint there is (of `link`, if it is not NULL). */
static enum qemu_args_exit take_only(struct plan *plan, const struct pvgpu_config *config,
                                     const enum pvgpu_link_kind *wanted)
{
    char doors[256];
    unsigned found = 0;
    enum qemu_args_exit result = QEMU_ARGS_OK;
    for (unsigned i = 0; pvgpu_config_has_unnamed(config) && i < PVGPU_LINK_KINDS; i++) {
        enum pvgpu_link_kind link = (enum pvgpu_link_kind)i;
        if (has_endpoint(&config->options, link) && (!wanted || *wanted == link) && found++ == 0)
            result = take_endpoint(plan, &config->options, link);
    }
    for (size_t i = 0; i < config->vm_count; i++) {
        if ((!wanted || *wanted == (enum pvgpu_link_kind)config->vms[i].link) && found++ == 0)
            result = take_vm(plan, &config->vms[i]);
    }
    if (found == 1)
        return result;
    list_doors(config, doors, sizeof(doors));
    if (found == 0 && wanted)
        return wrong("the service has no endpoint for %s (it has: %s); give --path, and the service --%s PATH",
                     pvgpu_link_kind_name(*wanted), doors,
                     *wanted == PVGPU_LINK_KIND_PIPE ? "pipe-path" : pvgpu_link_kind_name(*wanted));
    return wrong("the service has several endpoints: choose one of %s", doors);
}

/* ---- Together ------------------------------------------------------------------------------------------------------ */

/* False: the word is no link, which was told. */
static bool parse_link(const char *word, enum pvgpu_link_kind *link)
{
    for (unsigned i = 0; i < PVGPU_LINK_KINDS; i++) {
        if (strcmp(word, pvgpu_link_kind_name((enum pvgpu_link_kind)i)) == 0) {
            *link = (enum pvgpu_link_kind)i;
            return true;
        }
    }
    wrong("--link: expected pipe, vfio-user, ivshmem-doorbell or ivshmem-plain, not \"%s\"", word);
    return false;
}

static enum qemu_args_exit choose(struct plan *plan, const struct pvgpu_config *config, const struct request *request)
{
    enum pvgpu_link_kind link = PVGPU_LINK_KIND_PIPE;
    if (request->link && !parse_link(request->link, &link))
        return QEMU_ARGS_USAGE;
    if (request->vm) {
        const struct pvgpu_vm_config *vm = find_vm(config, request->vm);
        if (!vm)
            return wrong("--vm %s: the configuration%s%s has no [[vm]] table of that name", request->vm,
                         *config->file ? " " : "", config->file);
        if (request->link && (enum pvgpu_link_kind)vm->link != link)
            return wrong("--vm %s: its link is %s, not %s", request->vm,
                         pvgpu_link_kind_name((enum pvgpu_link_kind)vm->link), request->link);
        enum qemu_args_exit result = take_vm(plan, vm);
        return result == QEMU_ARGS_OK && request->path ? take_path(plan, request->path) : result;
    }
    if (request->link && request->path) {
        plan->link = link;
        plan->shmem_bytes = config->options.shmem_size;
        return take_path(plan, request->path);
    }
    enum qemu_args_exit result = take_only(plan, config, request->link ? &link : NULL);
    return result == QEMU_ARGS_OK && request->path ? take_path(plan, request->path) : result;
}

static enum qemu_args_exit take_size(struct plan *plan, struct pvgpu_config *config, const char *text)
{
    static const char key[] = "shmem-size";
    char expected[PVGPU_OPTION_TEXT_BYTES];
    const struct pvgpu_option *option = pvgpu_option_find(pvgpu_option_table, pvgpu_option_count, key, sizeof(key) - 1);
    if (!pvgpu_option_store(&config->options, option, text)) {
        pvgpu_option_expected(option, expected);
        return wrong("--shmem-size: expected %s, not \"%s\"", expected, text);
    }
    plan->shmem_bytes = config->options.shmem_size;
    return QEMU_ARGS_OK;
}

/* What QEMU would end with, without saying why. */
static enum qemu_args_exit check_endpoint(struct plan *plan, bool size_given)
{
    struct stat info;
    bool is_file = plan->link == PVGPU_LINK_KIND_IVSHMEM_PLAIN;
    if (!is_file && strlen(plan->path) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
        return wrong("%s: the path is too long for a socket", plan->path);
    plan->is_missing = stat(plan->path, &info) != 0;
    if (plan->is_missing)
        return QEMU_ARGS_OK;
    if (!is_file || (uint64_t)info.st_size == plan->shmem_bytes)
        return QEMU_ARGS_OK;
    uint64_t bytes = (uint64_t)info.st_size;
    if (size_given || !S_ISREG(info.st_mode) || (bytes & (bytes - 1)) != 0 || bytes < (UINT64_C(64) << 20)) {
        wrong("%s has %" PRIu64 " bytes and not %" PRIu64 ": QEMU would end at its start, or the VM see another size",
              plan->path, bytes, plan->shmem_bytes);
        return QEMU_ARGS_FAILED;
    }
    plan->shmem_bytes = bytes; /* the service that made it was told another size than we */
    return QEMU_ARGS_OK;
}

enum qemu_args_exit make_plan(struct plan *plan, const struct request *request)
{
    struct pvgpu_config config;
    char program[] = "pvgpu-qemu-args", option[] = "--config",
         *argv[] = {program, option, (char *)request->config, NULL};
    enum qemu_args_exit result = QEMU_ARGS_USAGE;
    memset(plan, 0, sizeof(*plan));
    if (pvgpu_config_load(&config, request->config ? 3 : 1, argv, stderr))
        result = choose(plan, &config, request);
    if (result == QEMU_ARGS_OK && request->shmem_size)
        result = take_size(plan, &config, request->shmem_size);
    if (result == QEMU_ARGS_OK)
        result = check_endpoint(plan, request->shmem_size != NULL);
    pvgpu_config_finish(&config);
    return result;
}
