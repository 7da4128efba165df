/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "gpu/d3d11/device.h"

#include "base/time.h"
#include "gpu/d3d11/adapters.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DESTROY_TIMEOUT_NS (2 * PVGPU_NS_PER_S) /* the contract of pvgpu_gpu_ops.destroy */

static bool is_loss(HRESULT result)
{
    return result == DXGI_ERROR_DEVICE_REMOVED || result == DXGI_ERROR_DEVICE_HUNG ||
           result == DXGI_ERROR_DEVICE_RESET || result == DXGI_ERROR_DRIVER_INTERNAL_ERROR;
}

void pvgpu_d3d11_lost(struct pvgpu_d3d11 *d3d, HRESULT reason, const char *call)
{
    if (d3d->lost)
        return;
    /* "Removed" is all that a call says; the device knows why. */
    HRESULT why = ID3D11Device_GetDeviceRemovedReason(d3d->device);
    d3d->lost = PVGPU_HR(FAILED(why) ? why : reason);
    pvgpu_log_with(&d3d->base.log, PVGPU_LOG_ERROR,
                   PVGPU_FIELDS(pvgpu_log_said(pvgpu_log_text("call", call)),
                                pvgpu_log_said(pvgpu_log_number("reason", d3d->lost))),
                   "%s: the device is lost, reason 0x%08" PRIX32, call, d3d->lost);
}

enum pvgpu_gpu_result pvgpu_d3d11_result(struct pvgpu_d3d11 *d3d, HRESULT result, const char *call)
{
    if (SUCCEEDED(result))
        return PVGPU_GPU_OK;
    /* Some hosts answer with another failure when what they stand on is gone: the device knows. */
    if (is_loss(result) || FAILED(ID3D11Device_GetDeviceRemovedReason(d3d->device))) {
        pvgpu_d3d11_lost(d3d, result, call);
        return PVGPU_GPU_LOST;
    }
    if (pvgpu_log_may(&d3d->base.log, PVGPU_LOG_WARN, &d3d->refusals, "calls that failed"))
        pvgpu_log_with(&d3d->base.log, PVGPU_LOG_WARN,
                       PVGPU_FIELDS(pvgpu_log_said(pvgpu_log_text("call", call)),
                                    pvgpu_log_said(pvgpu_log_number("result", PVGPU_HR(result)))),
                       "%s failed with 0x%08" PRIX32, call, PVGPU_HR(result));
    return result == E_OUTOFMEMORY ? PVGPU_GPU_NO_MEMORY : PVGPU_GPU_REFUSED;
}

enum pvgpu_gpu_result pvgpu_d3d11_internal_result(struct pvgpu_d3d11 *d3d, HRESULT result, const char *call)
{
    enum pvgpu_gpu_result meaning = pvgpu_d3d11_result(d3d, result, call);
    if (meaning != PVGPU_GPU_REFUSED)
        return meaning;
    d3d->base.fault = PVGPU_HR(result);
    return PVGPU_GPU_FAULT;
}

/* What went wrong with fences and queries in the last call, or since, in a thread of its own. */
static void check_completion(struct pvgpu_d3d11 *d3d)
{
    struct pvgpu_completion_failure failure;
    if (!pvgpu_completion_take_failure(d3d->completion, &failure))
        return;
    if (pvgpu_d3d11_internal_result(d3d, failure.result, failure.call) == PVGPU_GPU_NO_MEMORY)
        d3d->base.fault = PVGPU_HR(failure.result); /* no object of the guest's to report it for */
    if (failure.is_final) /* a device that nobody can wait for is as good as gone */
        pvgpu_d3d11_lost(d3d, failure.result, failure.call);
    d3d->base.caps.completion = pvgpu_completion_mode(d3d->completion);
}

static void submit(struct pvgpu_gpu *gpu, uint64_t number)
{
    struct pvgpu_d3d11 *d3d = pvgpu_d3d11_from(gpu);
    pvgpu_completion_submit(d3d->completion, number);
    check_completion(d3d);
}

static uint64_t completed(struct pvgpu_gpu *gpu)
{
    struct pvgpu_d3d11 *d3d = pvgpu_d3d11_from(gpu);
    uint64_t number = pvgpu_completion_completed(d3d->completion);
    check_completion(d3d);
    return number;
}

static uint32_t removed_reason(struct pvgpu_gpu *gpu)
{
    struct pvgpu_d3d11 *d3d = pvgpu_d3d11_from(gpu);
    if (!d3d->lost) {
        HRESULT reason = ID3D11Device_GetDeviceRemovedReason(d3d->device);
        if (FAILED(reason))
            pvgpu_d3d11_lost(d3d, reason, "GetDeviceRemovedReason");
    }
    return d3d->lost;
}

static void destroy(struct pvgpu_gpu *gpu)
{
    struct pvgpu_d3d11 *d3d = pvgpu_d3d11_from(gpu);
    ID3D11DeviceContext1_ClearState(d3d->context);
    if (!pvgpu_completion_destroy(d3d->completion, DESTROY_TIMEOUT_NS))
        return; /* releasing a device whose GPU hangs would hang, too: it goes with the process */
    pvgpu_d3d11_staging_finish(d3d);
    PVGPU_RELEASE(d3d->context);
    PVGPU_RELEASE(d3d->device);
    free(d3d);
}

static const struct pvgpu_gpu_ops d3d11_ops = {
    .name = "d3d11",
    .destroy = destroy,
    .create_resource = pvgpu_d3d11_create_resource,
    .create_view = pvgpu_d3d11_create_view,
    .create_shader = pvgpu_d3d11_create_shader,
    .create_blend_state = pvgpu_d3d11_create_blend_state,
    .create_rasterizer_state = pvgpu_d3d11_create_rasterizer_state,
    .create_depth_stencil_state = pvgpu_d3d11_create_depth_stencil_state,
    .create_sampler = pvgpu_d3d11_create_sampler,
    .create_input_layout = pvgpu_d3d11_create_input_layout,
    .release = pvgpu_d3d11_release,
    .apply_state = pvgpu_d3d11_apply_state,
    .unbind_all = pvgpu_d3d11_unbind_all,
    .draw = pvgpu_d3d11_draw,
    .dispatch = pvgpu_d3d11_dispatch,
    .dispatch_indirect = pvgpu_d3d11_dispatch_indirect,
    .clear_render_target = pvgpu_d3d11_clear_render_target,
    .clear_depth_stencil = pvgpu_d3d11_clear_depth_stencil,
    .copy_resource = pvgpu_d3d11_copy_resource,
    .copy_region = pvgpu_d3d11_copy_region,
    .update = pvgpu_d3d11_update,
    .readback_begin = pvgpu_d3d11_readback_begin,
    .readback_map = pvgpu_d3d11_readback_map,
    .readback_end = pvgpu_d3d11_readback_end,
    .surface_create = pvgpu_d3d11_surface_create,
    .surface_resize = pvgpu_d3d11_surface_resize,
    .surface_show = pvgpu_d3d11_surface_show,
    .surface_destroy = pvgpu_d3d11_surface_destroy,
    .submit = submit,
    .completed = completed,
    .removed_reason = removed_reason,
};

/* ---- Creation ---- */

static size_t put_utf8(char out[4], uint32_t code)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0 | (code >> 6));
        out[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xE0 | (code >> 12));
        out[1] = (char)(0x80 | ((code >> 6) & 0x3F));
        out[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | (code >> 18));
    out[1] = (char)(0x80 | ((code >> 12) & 0x3F));
    out[2] = (char)(0x80 | ((code >> 6) & 0x3F));
    out[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}

void pvgpu_d3d11_utf8(char *text, size_t size, const WCHAR *wide, size_t wide_count)
{
    size_t used = 0;
    for (size_t i = 0; i < wide_count && wide[i]; i++) {
        uint32_t code = (uint32_t)wide[i];
        if (code >= 0xD800 && code < 0xDC00 && i + 1 < wide_count) {
            uint32_t low = (uint32_t)wide[i + 1];
            if (low >= 0xDC00 && low < 0xE000) {
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
                i++;
            }
        }
        if ((code >= 0xD800 && code < 0xE000) || code > 0x10FFFF || code < 0x20 || (code >= 0x7F && code < 0xA0))
            code = '?';
        char bytes[4];
        size_t length = put_utf8(bytes, code);
        if (used + length >= size)
            break;
        memcpy(text + used, bytes, length);
        used += length;
    }
    text[used] = '\0';
}

/*
 * The index of the adapter to use. Devices are made for trying only when it matters which adapters are usable: with one
 * alone, or one that was asked for by index, the creation of the device itself tells.
 */
static bool choose_adapter(struct pvgpu_d3d11_adapters *adapters, const struct pvgpu_d3d11_library *library,
                           const struct pvgpu_gpu_config *config, uint32_t *chosen, const struct pvgpu_log *log)
{
    char reason[PVGPU_ADAPTER_REASON_BYTES];
    if (adapters->list.count > 1 && config->adapter_index < 0)
        pvgpu_d3d11_adapters_try(adapters, library);
    if (pvgpu_adapter_choose(&adapters->list, config->adapter_index, config->adapter_name, chosen, reason) !=
        PVGPU_ADAPTER_CHOSEN) {
        pvgpu_error(log, "%s", reason);
        return false;
    }
    const struct pvgpu_adapter *adapter = &adapters->list.adapters[*chosen];
    pvgpu_info(log, "adapter %" PRIu32 " of %" PRIu32 ": %s (%s, %" PRIu64 " MiB), %s", adapter->index,
               adapters->list.count, adapter->name, pvgpu_adapter_kind_name(adapter->kind),
               pvgpu_adapter_memory_bytes(adapter) >> 20, reason);
    return true;
}

static HRESULT create_device(struct pvgpu_d3d11 *d3d, const struct pvgpu_d3d11_library *library, IDXGIAdapter1 *adapter,
                             UINT flags)
{
    static const D3D_FEATURE_LEVEL levels[] = {D3D_FEATURE_LEVEL_11_1, D3D_FEATURE_LEVEL_11_0};
    ID3D11DeviceContext *context = NULL;
    HRESULT result = E_FAIL;
    /* A library that has never heard of 11_1 refuses the whole list, hence the second try without it. */
    for (UINT first = 0; first < 2; first++) {
        D3D_FEATURE_LEVEL level;
        result = library->create_device((IDXGIAdapter *)adapter, D3D_DRIVER_TYPE_UNKNOWN, NULL, flags, levels + first,
                                        2 - first, D3D11_SDK_VERSION, &d3d->device, &level, &context);
        if (SUCCEEDED(result)) {
            d3d->base.caps.feature_level = (uint32_t)level;
            break;
        }
    }
    if (FAILED(result))
        return result;
    d3d->context = pvgpu_d3d11_query(context, &IID_ID3D11DeviceContext1);
    PVGPU_RELEASE(context);
    if (!d3d->context) {
        PVGPU_RELEASE(d3d->device);
        return E_NOINTERFACE;
    }
    return S_OK;
}

static bool open_device(struct pvgpu_d3d11 *d3d, const struct pvgpu_gpu_config *config)
{
    const struct pvgpu_log *log = &d3d->base.log;
    struct pvgpu_gpu_caps *caps = &d3d->base.caps;
    struct pvgpu_d3d11_library library;
    struct pvgpu_d3d11_adapters adapters;
    uint32_t chosen;
    UINT flags = D3D11_CREATE_DEVICE_BGRA_SUPPORT;
    HRESULT result = E_FAIL;
    if (!pvgpu_d3d11_library_load(&library, log) || !pvgpu_d3d11_adapters_init(&adapters, &library, log))
        return false;
    if (!choose_adapter(&adapters, &library, config, &chosen, log))
        goto end;

    if (config->debug_layer) {
        result = create_device(d3d, &library, adapters.dxgi[chosen], flags | D3D11_CREATE_DEVICE_DEBUG);
        if (FAILED(result))
            pvgpu_warn(log, "no Direct3D debug layer: D3D11CreateDevice failed with 0x%08" PRIX32, PVGPU_HR(result));
    }
    d3d->has_debug_layer = SUCCEEDED(result);
    if (FAILED(result))
        result = create_device(d3d, &library, adapters.dxgi[chosen], flags);
    if (FAILED(result)) {
        pvgpu_error(log,
                    "no Direct3D 11 device of feature level 11_0 or better: D3D11CreateDevice failed with 0x%08" PRIX32,
                    PVGPU_HR(result));
        goto end;
    }
    snprintf(caps->adapter, sizeof(caps->adapter), "%s", adapters.list.adapters[chosen].name);
    caps->memory_bytes = pvgpu_adapter_memory_bytes(&adapters.list.adapters[chosen]);
    snprintf(caps->driver, sizeof(caps->driver), "%s", library.driver);
    d3d->renames_default_buffers = library.is_dxvk_native;

end:
    pvgpu_d3d11_adapters_finish(&adapters);
    return SUCCEEDED(result);
}

static bool has_constant_buffer_offsets(ID3D11Device *device)
{
    D3D11_FEATURE_DATA_D3D11_OPTIONS options = {0};
    HRESULT result = ID3D11Device_CheckFeatureSupport(device, D3D11_FEATURE_D3D11_OPTIONS, &options, sizeof(options));
    return SUCCEEDED(result) && options.ConstantBufferOffsetting;
}

struct pvgpu_gpu *pvgpu_gpu_d3d11_create(const struct pvgpu_gpu_config *config, const struct pvgpu_log *log)
{
    struct pvgpu_log own_log = pvgpu_log_for(log, "pvgpu_backend::d3d11");
    struct pvgpu_d3d11 *d3d = calloc(1, sizeof(*d3d));
    if (!d3d) {
        pvgpu_error(&own_log, "out of memory");
        return NULL;
    }
    d3d->base.ops = &d3d11_ops;
    d3d->base.log = own_log;
    d3d->refusals = (struct pvgpu_log_limit){.burst = 10, .per_second = 1};
    if (!open_device(d3d, config))
        goto error_free;
    d3d->completion = pvgpu_completion_create(d3d->device, d3d->context, config->wake, &own_log);
    if (!d3d->completion)
        goto error_device;
    pvgpu_d3d11_take_stage_calls(d3d);

    struct pvgpu_gpu_caps *caps = &d3d->base.caps;
    caps->completion = pvgpu_completion_mode(d3d->completion);
    caps->constant_buffer_offsets = has_constant_buffer_offsets(d3d->device);
    pvgpu_info(&own_log, "adapter: %s; %s, feature level %" PRIu32 "_%" PRIu32 ", completion by %s%s", caps->adapter,
               caps->driver, caps->feature_level >> 12, (caps->feature_level >> 8) & 0xF,
               pvgpu_completion_name(d3d->completion), d3d->has_debug_layer ? ", debug layer" : "");
    return &d3d->base;

error_device:
    PVGPU_RELEASE(d3d->context);
    PVGPU_RELEASE(d3d->device);
error_free:
    free(d3d);
    return NULL;
}
