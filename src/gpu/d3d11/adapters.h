/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The host's adapters by way of DXGI, each with the object that a device is made on. Render thread. */
#ifndef PVGPU_GPU_D3D11_ADAPTERS_H
#define PVGPU_GPU_D3D11_ADAPTERS_H

#include "gpu/adapters.h"
#include "gpu/d3d11/loader.h"

struct pvgpu_d3d11_adapters {
    struct pvgpu_adapter_list list;
    IDXGIAdapter1 *dxgi[PVGPU_ADAPTERS_MOST]; /* dxgi[i] is list.adapters[i]; a reference each */
};

/* All of them, without making a device: feature level and failure stay 0. False: logged, nothing to finish. */
bool pvgpu_d3d11_adapters_init(struct pvgpu_d3d11_adapters *adapters, const struct pvgpu_d3d11_library *library,
                               const struct pvgpu_log *log);
void pvgpu_d3d11_adapters_finish(struct pvgpu_d3d11_adapters *adapters);

/* Makes a device on each and releases it, for feature level, failure, and the better answer about its kind. */
void pvgpu_d3d11_adapters_try(struct pvgpu_d3d11_adapters *adapters, const struct pvgpu_d3d11_library *library);

/* What Vulkan tells of an adapter of DXVK's. */
enum pvgpu_vulkan_kind { PVGPU_VULKAN_UNKNOWN, PVGPU_VULKAN_INTEGRATED, PVGPU_VULKAN_DISCRETE, PVGPU_VULKAN_CPU };

/*
 * The kind, and the driver's name and version (empty when not known). DXVK tells neither through DXGI: its adapters
 * are never marked as software, and their driver version is made up. vulkan.c; not on Windows.
 */
enum pvgpu_vulkan_kind pvgpu_d3d11_ask_vulkan(IDXGIAdapter1 *adapter, char *driver, size_t size);

#endif
