/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#define _GNU_SOURCE
#include "direct.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
static PFN_D3D11_CREATE_DEVICE load_d3d11(struct direct_device *direct)
{
    direct->library = NULL;
    return D3D11CreateDevice;
}

static void unload_d3d11(struct direct_device *direct)
{
    (void)direct;
}
#else
#include <SDL3/SDL.h>
#include <dlfcn.h>

/* DXVK asks SDL for its Vulkan loader even without a window, and must find it initialised. */
static PFN_D3D11_CREATE_DEVICE load_d3d11(struct direct_device *direct)
{
    setenv("DXVK_WSI_DRIVER", "SDL3", 1);
    setenv("DXVK_LOG_PATH", "none", 0);
    setenv("DXVK_LOG_LEVEL", "none", 0);
    setenv("SDL_VIDEODRIVER", "offscreen", 0);
    SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
    if (!SDL_Init(SDL_INIT_VIDEO)) {
        fprintf(stderr, "pvgpu-direct: SDL video: %s\n", SDL_GetError());
        return NULL;
    }
    direct->library = dlopen("libdxvk_d3d11.so.0", RTLD_NOW | RTLD_LOCAL);
    if (!direct->library) {
        fprintf(stderr, "pvgpu-direct: %s (Debian package libdxvk-d3d11-0)\n", dlerror());
        SDL_Quit();
        return NULL;
    }
    PFN_D3D11_CREATE_DEVICE create = NULL;
    void *symbol = dlsym(direct->library, "D3D11CreateDevice");
    memcpy(&create, &symbol, sizeof create); /* ISO C has no cast from object to function pointer */
    return create;
}

/* DXVK keeps threads of its own until exit: unloading it under them would crash. */
static void unload_d3d11(struct direct_device *direct)
{
    if (direct->library) {
        SDL_Quit();
    }
}
#endif

bool direct_check(HRESULT result, const char *call)
{
    if (SUCCEEDED(result)) {
        return true;
    }
    fprintf(stderr, "pvgpu-direct: %s failed: 0x%08lx\n", call, (unsigned long)result & 0xFFFFFFFFul);
    return false;
}

static bool create_device(struct direct_device *direct)
{
    PFN_D3D11_CREATE_DEVICE create = load_d3d11(direct);
    if (!create) {
        return false;
    }
    const D3D_FEATURE_LEVEL levels[] = {D3D_FEATURE_LEVEL_11_1, D3D_FEATURE_LEVEL_11_0};
    const D3D_DRIVER_TYPE types[] = {D3D_DRIVER_TYPE_HARDWARE, D3D_DRIVER_TYPE_WARP};
    HRESULT result = E_FAIL;
    for (size_t i = 0; i < 2 && FAILED(result); i++) {
        result = create(NULL, types[i], NULL, 0, levels, 2, D3D11_SDK_VERSION, &direct->device, NULL, &direct->context);
    }
    return direct_check(result, "D3D11CreateDevice");
}

static bool create_target(struct direct_device *direct)
{
    ID3D11Device *device = direct->device;
    D3D11_TEXTURE2D_DESC desc = {
        .Width = direct->width,
        .Height = direct->height,
        .MipLevels = 1,
        .ArraySize = 1,
        .Format = DXGI_FORMAT_R8G8B8A8_UNORM,
        .SampleDesc = {.Count = 1},
        .Usage = D3D11_USAGE_DEFAULT,
        .BindFlags = D3D11_BIND_RENDER_TARGET | D3D11_BIND_SHADER_RESOURCE,
    };
    if (!DIRECT_CALL(ID3D11Device_CreateTexture2D(device, &desc, NULL, &direct->target)) ||
        !DIRECT_CALL(ID3D11Device_CreateRenderTargetView(device, (ID3D11Resource *)direct->target, NULL,
                                                         &direct->target_view))) {
        return false;
    }
    desc.Usage = D3D11_USAGE_STAGING;
    desc.BindFlags = 0;
    desc.CPUAccessFlags = D3D11_CPU_ACCESS_READ;
    if (!DIRECT_CALL(ID3D11Device_CreateTexture2D(device, &desc, NULL, &direct->staging))) {
        return false;
    }
    desc.Format = DXGI_FORMAT_D32_FLOAT;
    desc.Usage = D3D11_USAGE_DEFAULT;
    desc.BindFlags = D3D11_BIND_DEPTH_STENCIL;
    desc.CPUAccessFlags = 0;
    return DIRECT_CALL(ID3D11Device_CreateTexture2D(device, &desc, NULL, &direct->depth)) &&
           DIRECT_CALL(
               ID3D11Device_CreateDepthStencilView(device, (ID3D11Resource *)direct->depth, NULL, &direct->depth_view));
}

bool direct_device_init(struct direct_device *direct, uint32_t width, uint32_t height)
{
    *direct = (struct direct_device){.width = width, .height = height};
    if (create_device(direct) && create_target(direct)) {
        return true;
    }
    direct_device_finish(direct);
    return false;
}

void direct_device_finish(struct direct_device *direct)
{
    if (direct->context) {
        ID3D11DeviceContext_ClearState(direct->context);
    }
    DIRECT_RELEASE(direct->depth_view);
    DIRECT_RELEASE(direct->depth);
    DIRECT_RELEASE(direct->staging);
    DIRECT_RELEASE(direct->target_view);
    DIRECT_RELEASE(direct->target);
    DIRECT_RELEASE(direct->context);
    DIRECT_RELEASE(direct->device);
    unload_d3d11(direct);
}

bool direct_device_read(struct direct_device *direct, uint8_t *pixels)
{
    D3D11_MAPPED_SUBRESOURCE mapped;
    ID3D11Resource *staging = (ID3D11Resource *)direct->staging;
    ID3D11DeviceContext_CopyResource(direct->context, staging, (ID3D11Resource *)direct->target);
    if (!DIRECT_CALL(ID3D11DeviceContext_Map(direct->context, staging, 0, D3D11_MAP_READ, 0, &mapped))) {
        return false;
    }
    for (uint32_t y = 0; y < direct->height; y++) {
        memcpy(pixels + (size_t)y * direct->width * 4, (const uint8_t *)mapped.pData + (size_t)y * mapped.RowPitch,
               (size_t)direct->width * 4);
    }
    ID3D11DeviceContext_Unmap(direct->context, staging, 0);
    return true;
}

ID3D11Buffer *direct_buffer(struct direct_device *direct, UINT bind, const void *data, UINT bytes, bool dynamic)
{
    D3D11_BUFFER_DESC desc = {
        .ByteWidth = bytes,
        .Usage = dynamic ? D3D11_USAGE_DYNAMIC : D3D11_USAGE_DEFAULT,
        .BindFlags = bind,
        .CPUAccessFlags = dynamic ? D3D11_CPU_ACCESS_WRITE : 0,
    };
    D3D11_SUBRESOURCE_DATA initial = {.pSysMem = data};
    ID3D11Buffer *buffer = NULL;
    return DIRECT_CALL(ID3D11Device_CreateBuffer(direct->device, &desc, data ? &initial : NULL, &buffer)) ? buffer
                                                                                                          : NULL;
}

bool direct_write(struct direct_device *direct, ID3D11Buffer *buffer, const void *data, UINT bytes)
{
    D3D11_MAPPED_SUBRESOURCE mapped;
    ID3D11Resource *resource = (ID3D11Resource *)buffer;
    if (!DIRECT_CALL(ID3D11DeviceContext_Map(direct->context, resource, 0, D3D11_MAP_WRITE_DISCARD, 0, &mapped))) {
        return false;
    }
    memcpy(mapped.pData, data, bytes);
    ID3D11DeviceContext_Unmap(direct->context, resource, 0);
    return true;
}
