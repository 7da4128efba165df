/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The GPU's part of shared textures (present/texture_host.h) on Direct3D 11.1 and DXGI 1.2: textures with NT handles of
 * their own names, opened by the user of this process and SYSTEM alone, and keyed mutexes. Windows only: DXVK's native
 * library has nothing to share with. Render thread.
 */
#ifndef PVGPU_GPU_D3D11_SHARED_TEXTURE_H
#define PVGPU_GPU_D3D11_SHARED_TEXTURE_H

#include "gpu/gpu.h"
#include "present/texture_host.h"

/*
 * For a renderer that pvgpu_gpu_d3d11_create made; it outlives the host. NULL: logged. Whether textures can be shared
 * is what `probe` finds out.
 */
struct pvgpu_texture_host *pvgpu_d3d11_texture_host_create(struct pvgpu_gpu *gpu, const struct pvgpu_log *log);

#endif
