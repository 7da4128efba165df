/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "direct.h"
#include "library.h"

#include <stdio.h>
#include <string.h>

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
    PFN_D3D11_CREATE_DEVICE create = direct_library_open("pvgpu-direct", &direct->library);
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
    direct_library_close(direct->library);
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
