/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "service/check.h"

#include "base/checked.h"
#include "base/json.h"
#include "gpu/adapters.h"
#include "gpu/gpu.h"
#include "link/ivshmem_file.h"
#include "os/endpoint.h"
#include "os/host.h"
#include "os/shared_memory.h"
#include "present/frame_slots.h"
#include "present/window.h"
#include "pvgpu/protocol.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct check {
    const struct pvgpu_config *config;
    const struct pvgpu_options *options; /* of the service */
    struct pvgpu_log log; /* its errors go into `caught` */
    struct pvgpu_log_catch caught;
    struct pvgpu_json json;
    bool failed;
};

/* The one place that tells a result. */
static void tell(struct check *check, const char *what, bool ok, const char *format, ...) PVGPU_PRINTF(4, 5);
static void tell(struct check *check, const char *what, bool ok, const char *format, ...)
{
    char text[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    check->failed |= !ok;
    check->caught.text[0] = '\0';
    if (check->options->json) {
        pvgpu_json_begin_object(&check->json);
        pvgpu_json_key(&check->json, "check");
        pvgpu_json_string(&check->json, what);
        pvgpu_json_key(&check->json, "ok");
        pvgpu_json_bool(&check->json, ok);
        pvgpu_json_key(&check->json, "text");
        pvgpu_json_string(&check->json, text);
        pvgpu_json_end(&check->json);
        return;
    }
    for (char *c = text; *c; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7F)
            *c = '?';
    }
    printf("%-14s %s: %s\n", what, ok ? "ok" : "FAILED", text);
}

static void check_configuration(struct check *check)
{
    const struct pvgpu_options *options = check->options;
    tell(check, "configuration", true, "%s, renderer %s, %" PRIu32 " presents in flight, vsync %s",
         pvgpu_presentation_mode_name(options->presentation_mode), pvgpu_renderer_kind_name(options->renderer),
         options->buffer_count, options->vsync ? "on" : "off");
}

static void check_choice(struct check *check, const struct pvgpu_options *options,
                         const struct pvgpu_adapter_list *list)
{
    char reason[PVGPU_ADAPTER_REASON_BYTES];
    uint32_t chosen;
    if (pvgpu_adapter_choose(list, options->adapter_index, options->adapter, &chosen, reason) != PVGPU_ADAPTER_CHOSEN) {
        tell(check, "adapter", false, "%s", reason);
        return;
    }
    const struct pvgpu_adapter *adapter = &list->adapters[chosen];
    tell(check, "adapter", true, "%" PRIu32 " \"%s\" (%s, %" PRIu64 " MiB, feature level %s), %s", adapter->index,
         adapter->name, pvgpu_adapter_kind_name(adapter->kind), pvgpu_adapter_memory_bytes(adapter) >> 20,
         pvgpu_feature_level_name(adapter->feature_level), reason);
}

static void check_adapter(struct check *check)
{
    struct pvgpu_adapter_list list;
    if (!pvgpu_gpu_d3d11_list_adapters(&list, &check->log)) {
        tell(check, "adapter", false, "%s", check->caught.text);
        return;
    }
    check_choice(check, check->options, &list);
    for (size_t i = 0; i < check->config->vm_count; i++)
        check_choice(check, &check->config->vms[i].options, &list);
}

static void check_gpu(struct check *check)
{
    const char *driver = "";
    if (check->options->renderer == PVGPU_RENDERER_NULL) {
        tell(check, "library", true, "not needed by the null renderer");
        tell(check, "adapter", true, "not needed by the null renderer");
        return;
    }
    bool prepared = pvgpu_gpu_d3d11_prepare(NULL, false, &check->log);
    if (prepared && pvgpu_gpu_d3d11_find_library(&driver, &check->log)) {
        tell(check, "library", true, "%s", driver);
        check_adapter(check);
    } else {
        tell(check, "library", false, "%s", check->caught.text);
        tell(check, "adapter", false, "cannot be looked for without the library");
    }
    if (prepared)
        pvgpu_gpu_d3d11_unprepare();
}

static void check_display(struct check *check)
{
    char why[256];
    if (!pvgpu_config_has_windows(check->config)) {
        tell(check, "display", true, "not needed: every VM is headless");
    } else if (pvgpu_window_open_display(why, sizeof(why))) {
        pvgpu_window_close_display();
        tell(check, "display", true, "windows can be shown");
    } else {
        tell(check, "display", false, "%s: start the service where one is, or use --presentation-mode headless", why);
    }
}

/* False: told. */
static bool check_folder(struct check *check, const char *path, const char *option)
{
    char folder[PVGPU_PATH_BYTES];
    const char *what = NULL;
    switch (pvgpu_host_judge_folder(path, folder, sizeof(folder))) {
    case PVGPU_HOST_FOLDER_FINE:
        return true;
    case PVGPU_HOST_FOLDER_MISSING:
        what = "does not exist: make it";
        break;
    case PVGPU_HOST_FOLDER_NO_FOLDER:
        what = "is no folder: remove it";
        break;
    case PVGPU_HOST_FOLDER_FOREIGN:
        what = "belongs to another user, who could put an endpoint in our place: change its owner";
        break;
    case PVGPU_HOST_FOLDER_OPEN:
        what = "is open to everybody, who could put an endpoint in our place: take the right to write (chmod o-w)";
        break;
    case PVGPU_HOST_FOLDER_NO_ACCESS:
        what = "does not let this user make files: change its mode";
        break;
    }
    tell(check, "endpoint", false, "%s: its folder %s %s, or choose another with %s", path, folder, what, option);
    return false;
}

/* Opens an endpoint and closes it again. */
static void check_endpoint(struct check *check, const char *path, const char *option)
{
    if (!check_folder(check, path, option))
        return;
    struct pvgpu_listener *listener = pvgpu_listener_open(path, &check->log);
    if (listener)
        tell(check, "endpoint", true, "%s can be opened", path);
    else
        tell(check, "endpoint", false, "%s; choose another with %s", check->caught.text, option);
    pvgpu_listener_destroy(listener);
}

/* What ivshmem-plain shares; nothing is made. */
static void check_file(struct check *check, const char *path, uint64_t size, const char *option)
{
    bool exists;
    if (!check_folder(check, path, option))
        return;
    if (pvgpu_ivshmem_file_check(path, size, &exists, &check->log))
        tell(check, "endpoint", true, "%s %s", path, exists ? "is there and can be used" : "can be made");
    else
        tell(check, "endpoint", false, "%s; choose another with %s", check->caught.text, option);
}

static void check_link(struct check *check, enum pvgpu_link_kind link, const struct pvgpu_options *options,
                       const char *path, const char *frames_path, const char *option)
{
    char derived[PVGPU_PATH_BYTES + 8];
    if (link == PVGPU_LINK_KIND_IVSHMEM_PLAIN)
        check_file(check, path, options->shmem_size, option);
    else
        check_endpoint(check, path, option);
    snprintf(derived, sizeof(derived), "%s.frames", path);
    check_endpoint(check, frames_path ? frames_path : derived, frames_path ? "frames_path" : option);
}

/* A default endpoint lies in a folder that the service makes, and a check does not. */
static void check_default_link(struct check *check, enum pvgpu_link_kind link, const struct pvgpu_options *options,
                               const char *path, const char *frames_path, const char *option)
{
    char folder[PVGPU_PATH_BYTES], above[PVGPU_PATH_BYTES];
    if (pvgpu_host_judge_folder(path, folder, sizeof(folder)) == PVGPU_HOST_FOLDER_MISSING &&
        pvgpu_host_judge_folder(folder, above, sizeof(above)) == PVGPU_HOST_FOLDER_FINE)
        tell(check, "endpoint", true, "%s, in a folder that will be made", path);
    else
        check_link(check, link, options, path, frames_path, option);
}

static void check_vm(struct check *check, const struct pvgpu_vm_config *vm)
{
    enum pvgpu_link_kind link = (enum pvgpu_link_kind)vm->link;
    char path[PVGPU_PATH_BYTES];
    if (!vm->path && link == PVGPU_LINK_KIND_IVSHMEM_PLAIN)
        pvgpu_name_vm_file(path, vm->name);
    if (vm->path || link == PVGPU_LINK_KIND_IVSHMEM_PLAIN)
        check_link(check, link, &vm->options, vm->path ? vm->path : path, vm->frames_path, "path");
    else if (pvgpu_name_vm_path(path, vm->name, &check->log))
        check_default_link(check, link, &vm->options, path, vm->frames_path, "path");
    else
        tell(check, "endpoint", false, "%s; choose one with path", check->caught.text);
}

/* As the service opens them. */
static void check_links(struct check *check)
{
    const struct pvgpu_options *options = check->options;
    char path[PVGPU_PATH_BYTES];
    for (size_t i = 0; i < check->config->vm_count; i++)
        check_vm(check, &check->config->vms[i]);
    for (unsigned i = 0; i < PVGPU_LINK_KINDS; i++) {
        enum pvgpu_link_kind link = (enum pvgpu_link_kind)i;
        const char *given = pvgpu_options_endpoint(options, link);
        char option[PVGPU_OPTION_TEXT_BYTES];
        snprintf(option, sizeof(option), "--%s",
                 link == PVGPU_LINK_KIND_PIPE ? "pipe-path" : pvgpu_link_kind_name(link));
        if (given)
            check_link(check, link, options, given, options->frames_path, option);
    }
    if (pvgpu_options_has_endpoint(options) || check->config->vm_count)
        return;
    if (pvgpu_name_pipe_path(path, &check->log))
        check_default_link(check, PVGPU_LINK_KIND_PIPE, options, path, options->frames_path, "--pipe-path");
    else
        tell(check, "endpoint", false, "%s; choose one with --pipe-path", check->caught.text);
}

static void check_permissions(struct check *check)
{
    char user[300];
    struct pvgpu_shared_memory memory;
    pvgpu_host_user(user, sizeof(user));
    bool made = pvgpu_shared_memory_create(&memory, "pvgpu-check", 65536, PVGPU_POPULATE_WRITE, &check->log);
    if (made)
        tell(check, "permissions", true, "user %s may make shared memory", user);
    else
        tell(check, "permissions", false, "user %s: %s", user, check->caught.text);
    pvgpu_shared_memory_finish(&memory);
}

/* Of the frame channel's mapping. */
static uint64_t frame_bytes(const struct pvgpu_options *options, uint32_t pixel_bytes)
{
    uint64_t stride, pitch = pvgpu_round_up((uint64_t)options->width * pixel_bytes, PVGPU_FRAMES_PITCH_ALIGNMENT);
    return pvgpu_frame_slots_bytes(options->buffer_count + 1, pitch * options->height, &stride);
}

static void check_memory(struct check *check)
{
    const struct pvgpu_options *options = check->options;
    uint64_t frames = frame_bytes(options, 8), guest = options->shmem_size, available = 0, named = 0;
    bool is_pipe = options->pipe_path || !pvgpu_options_has_endpoint(options);
    if (!pvgpu_host_free_memory(&available)) {
        tell(check, "memory", true, "the system does not tell what is free");
        return;
    }
    bool enough = guest + frames <= available;
    tell(check, "memory", enough,
         "a VM needs %" PRIu64 " MiB to share, and %" PRIu64 " MiB for %" PRIu32 " frames of %u x %u (twice that at 8 "
         "bytes a pixel); %" PRIu64 " MiB are free%s",
         guest >> 20, frame_bytes(options, 4) >> 20, options->buffer_count + 1, options->width, options->height,
         available >> 20, enough ? "" : ": end other programs, or choose less with --shmem-size");
    if (!is_pipe)
        return;
    if (!pvgpu_host_free_shared_memory(&named))
        tell(check, "shared memory", false, "this user cannot use /dev/shm, where QEMU's pvgpu device shares memory");
    else
        tell(check, "shared memory", guest <= named, "%" PRIu64 " MiB are free for QEMU's pvgpu device%s", named >> 20,
             guest <= named ? "" : ", less than a VM needs: give /dev/shm more, or the device less");
}

int pvgpu_check(const struct pvgpu_config *config, const struct pvgpu_log *log)
{
    const struct pvgpu_options *options = &config->options;
    struct check check = {.config = config, .options = options, .log = *log};
    bool written = true;
    check.log.errors = &check.caught;
    if (options->json) {
        pvgpu_json_begin_file(&check.json, stdout, 2);
        pvgpu_json_begin_array(&check.json);
    }
    check_configuration(&check);
    check_display(&check);
    check_gpu(&check);
    check_links(&check);
    check_permissions(&check);
    check_memory(&check);
    if (options->json) {
        pvgpu_json_end(&check.json);
        written = pvgpu_json_finish(&check.json);
    }
    if (!written || fflush(stdout) != 0) {
        pvgpu_error(log, "Standard output does not take the results");
        return PVGPU_EXIT_FAILURE;
    }
    return check.failed ? PVGPU_EXIT_FAILURE : PVGPU_EXIT_OK;
}
