/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Asks Vulkan about an adapter of DXVK's, through the physical device that DXVK stands on. The few declarations of
 * Vulkan 1.2 that this takes are here, so that nothing more is needed to build.
 */
#include "gpu/d3d11/adapters.h"

#include <dlfcn.h>
#include <stdio.h>

/* IDXGIVkInteropAdapter of DXVK: one function after those of IUnknown. */
static const GUID interop_adapter_id = {0x3A6D8F2C, 0xB0E8, 0x4AB4, {0xB4, 0xDC, 0x4F, 0xD2, 0x48, 0x91, 0xBF, 0xA5}};

struct interop_adapter {
    const struct {
        IUnknownVtbl unknown;
        void(STDMETHODCALLTYPE *get_vulkan_handles)(struct interop_adapter *self, void **instance, void **device);
    } *table;
};

/* VkStructureType, VkPhysicalDeviceType. */
enum { DEVICE_PROPERTIES_2 = 1000059001, DRIVER_PROPERTIES = 1000196000 };
enum { TYPE_INTEGRATED_GPU = 1, TYPE_DISCRETE_GPU = 2, TYPE_CPU = 4 };

struct driver_properties { /* VkPhysicalDeviceDriverProperties */
    uint32_t type;
    void *next;
    uint32_t id;
    char name[256], info[256];
    uint8_t conformance[4];
};

struct device_properties { /* VkPhysicalDeviceProperties2 */
    uint32_t type;
    void *next;
    uint32_t api_version, driver_version, vendor, device, device_type;
    char name[256];
    uint64_t others[256]; /* identifier, limits and sparse properties: 560 bytes, and room */
};

typedef void (*get_properties_fn)(void *device, struct device_properties *properties);

static enum pvgpu_vulkan_kind kind_of(uint32_t device_type)
{
    switch (device_type) {
    case TYPE_INTEGRATED_GPU:
        return PVGPU_VULKAN_INTEGRATED;
    case TYPE_DISCRETE_GPU:
        return PVGPU_VULKAN_DISCRETE;
    case TYPE_CPU:
        return PVGPU_VULKAN_CPU;
    default: /* a GPU of somebody else's, or none of these */
        return PVGPU_VULKAN_UNKNOWN;
    }
}

/* Drivers give printable text; a terminal should not depend on it. */
static void clean(char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7F)
            *text = '?';
    }
}

enum pvgpu_vulkan_kind pvgpu_d3d11_ask_vulkan(IDXGIAdapter1 *adapter, char *driver, size_t size)
{
    enum pvgpu_vulkan_kind kind = PVGPU_VULKAN_UNKNOWN;
    void *device = NULL;
    driver[0] = '\0';
    struct interop_adapter *interop = pvgpu_d3d11_query(adapter, &interop_adapter_id);
    if (!interop)
        return kind;
    /* The loader that DXVK has brought into the process. */
    void *library = dlopen("libvulkan.so.1", RTLD_NOW | RTLD_NOLOAD);
    get_properties_fn get = library ? (get_properties_fn)dlsym(library, "vkGetPhysicalDeviceProperties2") : NULL;
    interop->table->get_vulkan_handles(interop, NULL, &device);
    if (get && device) {
        struct driver_properties driver_properties = {.type = DRIVER_PROPERTIES};
        struct device_properties properties = {.type = DEVICE_PROPERTIES_2, .next = &driver_properties};
        get(device, &properties);
        kind = kind_of(properties.device_type);
        if (driver_properties.name[0])
            snprintf(driver, size, "%.100s %.100s", driver_properties.name, driver_properties.info);
        clean(driver);
    }
    if (library)
        dlclose(library);
    PVGPU_RELEASE(interop);
    return kind;
}
