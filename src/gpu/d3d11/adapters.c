/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "gpu/d3d11/adapters.h"

#include "gpu/gpu.h"

#include <stdio.h>

/* Microsoft Basic Render Driver. By these ids it is to be known where the software flag is not ("Windows 8 and DXGI"). */
#define BASIC_RENDER_VENDOR 0x1414
#define BASIC_RENDER_DEVICE 0x008C

static bool is_software(const DXGI_ADAPTER_DESC1 *desc)
{
    return desc->Flags & DXGI_ADAPTER_FLAG_SOFTWARE ||
           (desc->VendorId == BASIC_RENDER_VENDOR && desc->DeviceId == BASIC_RENDER_DEVICE);
}

/*
 * What DXGI itself tells, before there is a device: DedicatedVideoMemory is memory "not shared with the CPU"
 * (documentation of DXGI_ADAPTER_DESC1), so an adapter without any to speak of is integrated. The converse is a guess,
 * since firmware may set system memory aside for an integrated one: see `refine_kind`.
 */
static enum pvgpu_adapter_kind guess_kind(const struct pvgpu_adapter *adapter, const DXGI_ADAPTER_DESC1 *desc)
{
    if (is_software(desc))
        return PVGPU_ADAPTER_SOFTWARE;
    return pvgpu_adapter_memory_bytes(adapter) == adapter->dedicated_bytes ? PVGPU_ADAPTER_DISCRETE
                                                                           : PVGPU_ADAPTER_INTEGRATED;
}

#ifdef _WIN32

/* The version of the user-mode driver, as in its file: four words (documentation of CheckInterfaceSupport). */
static void ask_host(struct pvgpu_adapter *adapter, IDXGIAdapter1 *dxgi, const char *library)
{
    LARGE_INTEGER version;
    if (FAILED(IDXGIAdapter1_CheckInterfaceSupport(dxgi, &IID_IDXGIDevice, &version))) {
        snprintf(adapter->driver, sizeof(adapter->driver), "%s", library);
        return;
    }
    uint64_t words = (uint64_t)version.QuadPart;
    snprintf(adapter->driver, sizeof(adapter->driver), "%s, driver %u.%u.%u.%u", library, (unsigned)(words >> 48),
             (unsigned)(words >> 32) & 0xFFFF, (unsigned)(words >> 16) & 0xFFFF, (unsigned)words & 0xFFFF);
}

/*
 * D3D11_FEATURE_DATA_D3D11_OPTIONS2.UnifiedMemoryArchitecture says whether processor and GPU share one memory; Windows
 * 10 and later.
 */
static void refine_kind(struct pvgpu_adapter *adapter, ID3D11Device *device)
{
    D3D11_FEATURE_DATA_D3D11_OPTIONS2 options = {0};
    if (adapter->kind == PVGPU_ADAPTER_DISCRETE &&
        SUCCEEDED(ID3D11Device_CheckFeatureSupport(device, D3D11_FEATURE_D3D11_OPTIONS2, &options, sizeof(options))) &&
        options.UnifiedMemoryArchitecture)
        adapter->kind = PVGPU_ADAPTER_INTEGRATED;
}

#else

static void ask_host(struct pvgpu_adapter *adapter, IDXGIAdapter1 *dxgi, const char *library)
{
    char driver[sizeof(adapter->driver) / 2] = "";
    switch (pvgpu_d3d11_ask_vulkan(dxgi, driver, sizeof(driver))) {
    case PVGPU_VULKAN_INTEGRATED:
        adapter->kind = PVGPU_ADAPTER_INTEGRATED;
        break;
    case PVGPU_VULKAN_DISCRETE:
        adapter->kind = PVGPU_ADAPTER_DISCRETE;
        break;
    case PVGPU_VULKAN_CPU:
        adapter->kind = PVGPU_ADAPTER_SOFTWARE;
        break;
    case PVGPU_VULKAN_UNKNOWN:
        break;
    }
    snprintf(adapter->driver, sizeof(adapter->driver), "%s%s%s", library, *driver ? ", driver " : "", driver);
}

/* Vulkan has told all there is. */
static void refine_kind(struct pvgpu_adapter *adapter, ID3D11Device *device)
{
    (void)adapter;
    (void)device;
}

#endif

static void describe(struct pvgpu_adapter *adapter, uint32_t index, IDXGIAdapter1 *dxgi, const char *library)
{
    DXGI_ADAPTER_DESC1 desc = {0};
    *adapter = (struct pvgpu_adapter){.index = index};
    HRESULT result = IDXGIAdapter1_GetDesc1(dxgi, &desc);
    if (FAILED(result)) {
        adapter->failure = PVGPU_HR(result);
        desc = (DXGI_ADAPTER_DESC1){0};
    }
    pvgpu_d3d11_utf8(adapter->name, sizeof(adapter->name), desc.Description,
                     sizeof(desc.Description) / sizeof(desc.Description[0]));
    adapter->dedicated_bytes = desc.DedicatedVideoMemory;
    adapter->shared_bytes = desc.SharedSystemMemory;
    adapter->vendor_id = desc.VendorId;
    adapter->device_id = desc.DeviceId;
    adapter->luid = (uint64_t)(uint32_t)desc.AdapterLuid.HighPart << 32 | (uint32_t)desc.AdapterLuid.LowPart;
    adapter->kind = guess_kind(adapter, &desc);
    ask_host(adapter, dxgi, library);
}

bool pvgpu_d3d11_adapters_init(struct pvgpu_d3d11_adapters *adapters, const struct pvgpu_d3d11_library *library,
                               const struct pvgpu_log *log)
{
    void *created = NULL;
    HRESULT result = library->create_factory(&IID_IDXGIFactory1, &created);
    adapters->list.count = 0;
    if (FAILED(result)) {
        pvgpu_error(log, "CreateDXGIFactory1 failed with 0x%08" PRIX32 "%s", PVGPU_HR(result),
                    library->is_dxvk_native ? ": is there a Vulkan driver? (Debian package mesa-vulkan-drivers)" : "");
        return false;
    }
    IDXGIFactory1 *factory = created;
    IDXGIAdapter1 *dxgi = NULL;
    uint32_t count = 0;
    for (; SUCCEEDED(IDXGIFactory1_EnumAdapters1(factory, count, &dxgi)); count++) {
        if (count == PVGPU_ADAPTERS_MOST) {
            pvgpu_warn(log, "this host has more than %d adapters: the others are left out", PVGPU_ADAPTERS_MOST);
            PVGPU_RELEASE(dxgi);
            break;
        }
        describe(&adapters->list.adapters[count], count, dxgi, library->driver);
        adapters->dxgi[count] = dxgi;
    }
    adapters->list.count = count;
    PVGPU_RELEASE(factory);
    return true;
}

void pvgpu_d3d11_adapters_finish(struct pvgpu_d3d11_adapters *adapters)
{
    for (uint32_t i = 0; i < adapters->list.count; i++)
        PVGPU_RELEASE(adapters->dxgi[i]);
    adapters->list.count = 0;
}

static void try_one(struct pvgpu_adapter *adapter, IDXGIAdapter1 *dxgi, const struct pvgpu_d3d11_library *library)
{
    static const D3D_FEATURE_LEVEL levels[] = {
        (D3D_FEATURE_LEVEL)0xC100, /* 12_1 and 12_0: not in every header */
        (D3D_FEATURE_LEVEL)0xC000,
        D3D_FEATURE_LEVEL_11_1,
        D3D_FEATURE_LEVEL_11_0,
    };
    enum { COUNT = sizeof(levels) / sizeof(levels[0]) };
    HRESULT result = E_FAIL;
    /* A library that has never heard of the first levels refuses the whole list: again without them. */
    for (UINT first = 0; first < COUNT; first++) {
        ID3D11Device *device = NULL;
        D3D_FEATURE_LEVEL level;
        result = library->create_device((IDXGIAdapter *)dxgi, D3D_DRIVER_TYPE_UNKNOWN, NULL,
                                        D3D11_CREATE_DEVICE_BGRA_SUPPORT, levels + first, COUNT - first,
                                        D3D11_SDK_VERSION, &device, &level, NULL);
        if (SUCCEEDED(result)) {
            adapter->feature_level = (uint32_t)level;
            refine_kind(adapter, device);
            PVGPU_RELEASE(device);
            return;
        }
        if (result != E_INVALIDARG)
            break;
    }
    adapter->failure = PVGPU_HR(result);
}

void pvgpu_d3d11_adapters_try(struct pvgpu_d3d11_adapters *adapters, const struct pvgpu_d3d11_library *library)
{
    for (uint32_t i = 0; i < adapters->list.count; i++) {
        if (!adapters->list.adapters[i].failure)
            try_one(&adapters->list.adapters[i], adapters->dxgi[i], library);
    }
}

bool pvgpu_gpu_d3d11_find_library(const char **driver, const struct pvgpu_log *log)
{
    struct pvgpu_d3d11_library library;
    if (!pvgpu_d3d11_library_load(&library, log))
        return false;
    *driver = library.driver;
    return true;
}

bool pvgpu_gpu_d3d11_list_adapters(struct pvgpu_adapter_list *list, const struct pvgpu_log *log)
{
    struct pvgpu_log own_log = pvgpu_log_for(log, "pvgpu_backend::d3d11");
    struct pvgpu_d3d11_library library;
    struct pvgpu_d3d11_adapters adapters;
    list->count = 0;
    if (!pvgpu_d3d11_library_load(&library, &own_log) || !pvgpu_d3d11_adapters_init(&adapters, &library, &own_log))
        return false;
    pvgpu_d3d11_adapters_try(&adapters, &library);
    *list = adapters.list;
    pvgpu_d3d11_adapters_finish(&adapters);
    return true;
}
