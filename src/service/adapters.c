/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "service/adapters.h"

#include "base/json.h"
#include "base/time.h"
#include "gpu/adapters.h"
#include "gpu/gpu.h"
#include "os/process.h"

#include <inttypes.h>
#include <stdio.h>

/* Drivers that hang are as good as none. */
#define CONFIRM_TIMEOUT_NS (60 * PVGPU_NS_PER_S)

static const char *level_of(const struct pvgpu_adapter *adapter)
{
    return adapter->feature_level ? pvgpu_feature_level_name(adapter->feature_level) : "-";
}

static void print_row(const struct pvgpu_adapter *adapter, bool is_chosen)
{
    printf("%c %2" PRIu32 "  %-10s  %6" PRIu64 " MiB  %6" PRIu64 " MiB  %-5s  %04" PRIx32 ":%04" PRIx32 "  %s\n",
           is_chosen ? '*' : ' ', adapter->index, pvgpu_adapter_kind_name(adapter->kind),
           adapter->dedicated_bytes >> 20, adapter->shared_bytes >> 20, level_of(adapter), adapter->vendor_id,
           adapter->device_id, adapter->name);
    printf("      %s; LUID %016" PRIx64 "\n", adapter->driver, adapter->luid);
    if (adapter->failure)
        printf("      unusable: making a device failed with 0x%08" PRIX32 "\n", adapter->failure);
}

/* chosen: beyond the list if none is. */
static void print_table(const struct pvgpu_adapter_list *list, uint32_t chosen, const char *reason)
{
    printf("   N  kind         dedicated      shared  level  ids        name\n");
    for (uint32_t i = 0; i < list->count; i++)
        print_row(&list->adapters[i], i == chosen);
    printf("%s%s\n", chosen < list->count ? "* chosen: " : "None is chosen: ", reason);
}

static void write_adapter(struct pvgpu_json *json, const struct pvgpu_adapter *adapter, bool is_chosen)
{
    pvgpu_json_begin_object(json);
    pvgpu_json_key(json, "index");
    pvgpu_json_u64(json, adapter->index);
    pvgpu_json_key(json, "name");
    pvgpu_json_string(json, adapter->name);
    pvgpu_json_key(json, "kind");
    pvgpu_json_string(json, pvgpu_adapter_kind_name(adapter->kind));
    pvgpu_json_key(json, "dedicated_bytes");
    pvgpu_json_u64(json, adapter->dedicated_bytes);
    pvgpu_json_key(json, "shared_bytes");
    pvgpu_json_u64(json, adapter->shared_bytes);
    pvgpu_json_key(json, "feature_level");
    pvgpu_json_string(json, adapter->feature_level ? level_of(adapter) : NULL);
    pvgpu_json_key(json, "usable");
    pvgpu_json_bool(json, !adapter->failure);
    pvgpu_json_key(json, "failure"); /* HRESULT */
    pvgpu_json_u64(json, adapter->failure);
    pvgpu_json_key(json, "driver");
    pvgpu_json_string(json, adapter->driver);
    pvgpu_json_key(json, "vendor_id");
    pvgpu_json_u64(json, adapter->vendor_id);
    pvgpu_json_key(json, "device_id");
    pvgpu_json_u64(json, adapter->device_id);
    pvgpu_json_key(json, "luid"); /* text: more than a double can hold */
    pvgpu_json_format(json, "%016" PRIx64, adapter->luid);
    pvgpu_json_key(json, "chosen");
    pvgpu_json_bool(json, is_chosen);
    pvgpu_json_end(json);
}

static bool write_list(const struct pvgpu_adapter_list *list, uint32_t chosen)
{
    struct pvgpu_json json;
    pvgpu_json_begin_file(&json, stdout, 2);
    pvgpu_json_begin_array(&json);
    for (uint32_t i = 0; i < list->count; i++)
        write_adapter(&json, &list->adapters[i], i == chosen);
    pvgpu_json_end(&json);
    return pvgpu_json_finish(&json);
}

int pvgpu_adapters_list(const struct pvgpu_options *options, const struct pvgpu_log *log)
{
    struct pvgpu_adapter_list list;
    char reason[PVGPU_ADAPTER_REASON_BYTES];
    uint32_t chosen = PVGPU_ADAPTERS_MOST;
    bool written = true;
    if (!pvgpu_gpu_d3d11_prepare(NULL, false, log))
        return PVGPU_EXIT_GPU;
    bool found = pvgpu_gpu_d3d11_list_adapters(&list, log);
    if (found) {
        pvgpu_adapter_choose(&list, options->adapter_index, options->adapter, &chosen, reason);
        if (options->json)
            written = write_list(&list, chosen);
        else
            print_table(&list, chosen, reason);
    }
    pvgpu_gpu_d3d11_unprepare();
    if (!written || fflush(stdout) != 0) {
        pvgpu_error(log, "Standard output does not take the list");
        return PVGPU_EXIT_FAILURE;
    }
    return found && list.count ? PVGPU_EXIT_OK : PVGPU_EXIT_GPU;
}

int pvgpu_adapters_confirm(const struct pvgpu_options *options, const struct pvgpu_log *log)
{
    struct pvgpu_adapter_list list;
    char reason[PVGPU_ADAPTER_REASON_BYTES];
    uint32_t chosen;
    int code = PVGPU_EXIT_GPU;
    if (!pvgpu_gpu_d3d11_prepare(NULL, false, log))
        return PVGPU_EXIT_GPU;
    if (pvgpu_gpu_d3d11_list_adapters(&list, log)) {
        switch (pvgpu_adapter_choose(&list, options->adapter_index, options->adapter, &chosen, reason)) {
        case PVGPU_ADAPTER_CHOSEN:
            code = PVGPU_EXIT_OK;
            break;
        case PVGPU_ADAPTER_WRONG:
            pvgpu_error(log, "--adapter%s: %s", options->adapter ? "" : "-index", reason);
            code = PVGPU_EXIT_USAGE;
            break;
        case PVGPU_ADAPTER_UNUSABLE:
            pvgpu_error(log, "%s", reason);
            break;
        }
    }
    pvgpu_gpu_d3d11_unprepare();
    return code;
}

int pvgpu_adapters_confirm_in_child(const struct pvgpu_options *options, const struct pvgpu_log *log)
{
    struct pvgpu_arguments arguments;
    struct pvgpu_process child;
    int code = PVGPU_EXIT_GPU;
    if (options->renderer != PVGPU_RENDERER_D3D11 || (!options->adapter && options->adapter_index < 0))
        return PVGPU_EXIT_OK;
    pvgpu_options_to_arguments(options, "pvgpu-adapters", &arguments);
    pvgpu_arguments_add(&arguments, "--role", "adapters");
    pvgpu_arguments_add(&arguments, "--parent", "%lld", (long long)pvgpu_process_id());
    if (!pvgpu_process_spawn_self(&child, arguments.list, NULL, 0, log))
        return PVGPU_EXIT_FAILURE;
    if (!pvgpu_process_wait(&child, CONFIRM_TIMEOUT_NS, &code)) {
        pvgpu_error(log, "The GPU library does not answer what adapters there are");
        pvgpu_process_kill(&child);
        pvgpu_process_wait(&child, PVGPU_NO_TIMEOUT, NULL);
        return PVGPU_EXIT_GPU;
    }
    if (code == PVGPU_EXIT_OK || code == PVGPU_EXIT_USAGE || code == PVGPU_EXIT_GPU)
        return code;
    pvgpu_error(log, "The GPU library failed when asked for adapters (%s %d)", code < 0 ? "signal" : "exit code",
                code < 0 ? -code : code);
    return PVGPU_EXIT_GPU;
}
