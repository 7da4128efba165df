/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The D3D11 library of the host, loaded at run time: d3d11.dll and dxgi.dll from the system folder, or DXVK's native
 * libraries. It stays in the process once loaded (its threads and exit handlers do not survive unloading); loading it
 * again is cheap. Render thread.
 */
#ifndef PVGPU_GPU_D3D11_LOADER_H
#define PVGPU_GPU_D3D11_LOADER_H

#include "base/log.h"
#include "gpu/d3d11/platform.h"

#include <stdbool.h>

struct pvgpu_d3d11_library {
    pvgpu_create_dxgi_factory_fn create_factory; /* CreateDXGIFactory1 */
    pvgpu_d3d11_create_device_fn create_device; /* D3D11CreateDevice */
    const char *driver; /* static text for people */
    bool is_dxvk_native;
};

/* False: one error line says which library is missing and which package has it. */
bool pvgpu_d3d11_library_load(struct pvgpu_d3d11_library *library, const struct pvgpu_log *log);

#endif
