/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "gpu/d3d11/surface.h"

#include <dxgi1_5.h>
#include <stdlib.h>

#define BACK_BUFFER_FORMAT DXGI_FORMAT_B8G8R8A8_UNORM

struct pvgpu_gpu_surface {
    IDXGISwapChain1 *chain; /* each holds a reference */
    ID3D11RenderTargetView *target; /* of the back buffer; NULL while there is none */
    struct pvgpu_d3d11_fit_pass pass;
    UINT flags; /* DXGI_SWAP_CHAIN_FLAG, the same in every call */
};

/* The factory that the device's adapter came from: DXGI wants a swapchain to be made by that one. NULL: logged. */
static IDXGIFactory2 *factory_of(struct pvgpu_d3d11 *d3d)
{
    IDXGIAdapter *adapter = NULL;
    void *factory = NULL;
    IDXGIDevice *device = pvgpu_d3d11_query(d3d->device, &IID_IDXGIDevice);
    if (device && PVGPU_D3D11_TRY(d3d, IDXGIDevice_GetAdapter(device, &adapter)) == PVGPU_GPU_OK)
        PVGPU_D3D11_TRY(d3d, IDXGIAdapter_GetParent(adapter, &IID_IDXGIFactory2, &factory));
    PVGPU_RELEASE(adapter);
    PVGPU_RELEASE(device);
    if (!factory)
        pvgpu_error(&d3d->base.log, "no window: this host's DXGI makes no swapchains for windows (DXGI 1.2 is needed)");
    return factory;
}

/* Whether presents that wait for no refresh may tear; hosts before Windows 10 never heard of it. */
static bool can_tear(IDXGIFactory2 *factory)
{
    BOOL allowed = FALSE;
    IDXGIFactory5 *newer = pvgpu_d3d11_query(factory, &IID_IDXGIFactory5);
    if (!newer)
        return false;
    HRESULT result =
        IDXGIFactory5_CheckFeatureSupport(newer, DXGI_FEATURE_PRESENT_ALLOW_TEARING, &allowed, sizeof(allowed));
    PVGPU_RELEASE(newer);
    return SUCCEEDED(result) && allowed;
}

/* The flip model if the host has it, the newer kind first. */
static IDXGISwapChain1 *create_chain(struct pvgpu_d3d11 *d3d, IDXGIFactory2 *factory, void *window,
                                     const struct pvgpu_surface_size *size, UINT *flags)
{
    static const struct {
        DXGI_SWAP_EFFECT effect;
        const char *name;
    } kinds[] = {
        {DXGI_SWAP_EFFECT_FLIP_DISCARD, "flip-discard"},
        {DXGI_SWAP_EFFECT_FLIP_SEQUENTIAL, "flip-sequential"},
        {DXGI_SWAP_EFFECT_DISCARD, "discard (no flip model on this host)"},
    };
    IDXGISwapChain1 *chain = NULL;
    HRESULT result = E_FAIL;
    bool tears = can_tear(factory);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        *flags = tears && kinds[i].effect != DXGI_SWAP_EFFECT_DISCARD ? DXGI_SWAP_CHAIN_FLAG_ALLOW_TEARING : 0;
        const DXGI_SWAP_CHAIN_DESC1 desc = {
            .Width = size->width,
            .Height = size->height,
            .Format = BACK_BUFFER_FORMAT,
            .SampleDesc = {.Count = 1},
            .BufferUsage = DXGI_USAGE_RENDER_TARGET_OUTPUT,
            .BufferCount = size->buffer_count,
            .Scaling = DXGI_SCALING_STRETCH,
            .SwapEffect = kinds[i].effect,
            .AlphaMode = DXGI_ALPHA_MODE_UNSPECIFIED,
            .Flags = *flags,
        };
        result =
            IDXGIFactory2_CreateSwapChainForHwnd(factory, (IUnknown *)d3d->device, window, &desc, NULL, NULL, &chain);
        if (SUCCEEDED(result)) {
            pvgpu_debug(&d3d->base.log, "swapchain: %s, %" PRIu32 " buffers of %" PRIu32 "x%" PRIu32 ", %s",
                        kinds[i].name, size->buffer_count, size->width, size->height,
                        *flags ? "may tear" : "never tears");
            return chain;
        }
    }
    pvgpu_d3d11_result(d3d, result, "CreateSwapChainForHwnd");
    return NULL;
}

static enum pvgpu_gpu_result take_back_buffer(struct pvgpu_d3d11 *d3d, struct pvgpu_gpu_surface *surface)
{
    void *buffer = NULL;
    enum pvgpu_gpu_result result =
        PVGPU_D3D11_TRY(d3d, IDXGISwapChain1_GetBuffer(surface->chain, 0, &IID_ID3D11Texture2D, &buffer));
    if (result == PVGPU_GPU_OK)
        result = PVGPU_D3D11_TRY(
            d3d, ID3D11Device_CreateRenderTargetView(d3d->device, (ID3D11Resource *)buffer, NULL, &surface->target));
    PVGPU_RELEASE(buffer);
    return result;
}

struct pvgpu_gpu_surface *pvgpu_d3d11_surface_create(struct pvgpu_gpu *gpu, void *window,
                                                     const struct pvgpu_surface_size *size)
{
    struct pvgpu_d3d11 *d3d = pvgpu_d3d11_from(gpu);
    struct pvgpu_gpu_surface *surface = calloc(1, sizeof(*surface));
    IDXGIFactory2 *factory = surface ? factory_of(d3d) : NULL;
    if (!factory)
        goto error;
    surface->chain = create_chain(d3d, factory, window, size, &surface->flags);
    /* Full screen is a borderless window, and the window's own business. */
    if (surface->chain)
        PVGPU_D3D11_TRY(d3d, IDXGIFactory2_MakeWindowAssociation(factory, window,
                                                                 DXGI_MWA_NO_WINDOW_CHANGES | DXGI_MWA_NO_ALT_ENTER |
                                                                     DXGI_MWA_NO_PRINT_SCREEN));
    PVGPU_RELEASE(factory);
    if (surface->chain && pvgpu_d3d11_fit_pass_init(&surface->pass, d3d) &&
        take_back_buffer(d3d, surface) == PVGPU_GPU_OK)
        return surface;
error:
    pvgpu_d3d11_surface_destroy(gpu, surface);
    return NULL;
}

enum pvgpu_gpu_result pvgpu_d3d11_surface_resize(struct pvgpu_gpu *gpu, struct pvgpu_gpu_surface *surface,
                                                 const struct pvgpu_surface_size *size)
{
    struct pvgpu_d3d11 *d3d = pvgpu_d3d11_from(gpu);
    PVGPU_RELEASE(surface->target);
    enum pvgpu_gpu_result result =
        PVGPU_D3D11_TRY(d3d, IDXGISwapChain1_ResizeBuffers(surface->chain, size->buffer_count, size->width,
                                                           size->height, DXGI_FORMAT_UNKNOWN, surface->flags));
    return result == PVGPU_GPU_OK ? take_back_buffer(d3d, surface) : result;
}

enum pvgpu_gpu_result pvgpu_d3d11_surface_show(struct pvgpu_gpu *gpu, struct pvgpu_gpu_surface *surface,
                                               const struct pvgpu_surface_picture *picture, uint32_t sync_interval,
                                               bool tears)
{
    struct pvgpu_d3d11 *d3d = pvgpu_d3d11_from(gpu);
    bool may_tear = tears && sync_interval == 0 && surface->flags & DXGI_SWAP_CHAIN_FLAG_ALLOW_TEARING;
    pvgpu_d3d11_fit_pass_draw(&surface->pass, d3d, surface->target, picture);
    return PVGPU_D3D11_TRY(
        d3d, IDXGISwapChain1_Present(surface->chain, sync_interval, may_tear ? DXGI_PRESENT_ALLOW_TEARING : 0));
}

void pvgpu_d3d11_surface_destroy(struct pvgpu_gpu *gpu, struct pvgpu_gpu_surface *surface)
{
    struct pvgpu_d3d11 *d3d = pvgpu_d3d11_from(gpu);
    if (!surface)
        return;
    PVGPU_RELEASE(surface->target);
    pvgpu_d3d11_fit_pass_finish(&surface->pass);
    PVGPU_RELEASE(surface->chain);
    /* A window can have one swapchain at a time, and one that was released goes with the next flush only. */
    ID3D11DeviceContext1_Flush(d3d->context);
    free(surface);
}
