/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "gpu/d3d11/shared_texture.h"

#include "gpu/d3d11/device.h"
#include "os/win32/security.h"
#include "pvgpu/shared_texture.h"

#include <stdio.h>
#include <stdlib.h>

struct host {
    struct pvgpu_texture_host base;
    struct pvgpu_d3d11 *d3d; /* lent */
    PSECURITY_DESCRIPTOR security; /* owned */
};

struct texture {
    ID3D11Texture2D *texture; /* holds a reference, like the next */
    IDXGIKeyedMutex *mutex;
    HANDLE handle; /* owned; the name is there as long as it or a consumer's is open */
};

static struct host *from(struct pvgpu_texture_host *host)
{
    return (struct host *)host;
}

/* What a failure means. Not logged here: who called knows whether it matters. A lost device is noted as always. */
static enum pvgpu_texture_result judge(struct host *host, HRESULT result, const char *call)
{
    if (result == DXGI_ERROR_NAME_ALREADY_EXISTS || result == HRESULT_FROM_WIN32(ERROR_ALREADY_EXISTS))
        return PVGPU_TEXTURE_TAKEN;
    if (FAILED(ID3D11Device_GetDeviceRemovedReason(host->d3d->device))) {
        pvgpu_d3d11_lost(host->d3d, result, call);
        return PVGPU_TEXTURE_LOST;
    }
    snprintf(host->base.failure, sizeof(host->base.failure), "%s failed with 0x%08" PRIX32, call, PVGPU_HR(result));
    return PVGPU_TEXTURE_FAILED;
}

static void destroy_texture(struct pvgpu_texture_host *base, void *object)
{
    (void)base;
    struct texture *texture = object;
    if (texture->handle)
        CloseHandle(texture->handle);
    PVGPU_RELEASE(texture->mutex);
    PVGPU_RELEASE(texture->texture);
    free(texture);
}

/*
 * Exactly what "Direct3D 11.1 features", section "Extended support for shared Texture2D resources" of the Direct3D
 * documentation guarantees to be shareable, whatever the driver: one mip, one slice, default usage, both bind flags.
 */
static D3D11_TEXTURE2D_DESC describe(const struct pvgpu_texture_desc *desc)
{
    return (D3D11_TEXTURE2D_DESC){
        .Width = desc->width,
        .Height = desc->height,
        .MipLevels = 1,
        .ArraySize = 1,
        .Format = (DXGI_FORMAT)desc->format,
        .SampleDesc = {.Count = 1},
        .Usage = D3D11_USAGE_DEFAULT,
        .BindFlags = D3D11_BIND_SHADER_RESOURCE | D3D11_BIND_RENDER_TARGET,
        .MiscFlags = D3D11_RESOURCE_MISC_SHARED_NTHANDLE | D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX,
    };
}

/* Gives the texture its name. Consumers need write access for the mutex, not to write. */
static HRESULT share(struct host *host, struct texture *texture, const char *name)
{
    WCHAR wide[PVGPU_SHARED_TEXTURE_NAME_BYTES];
    SECURITY_ATTRIBUTES attributes = {.nLength = sizeof(attributes), .lpSecurityDescriptor = host->security};
    IDXGIResource1 *resource = pvgpu_d3d11_query(texture->texture, &IID_IDXGIResource1);
    if (!resource)
        return E_NOINTERFACE;
    _snwprintf(wide, PVGPU_SHARED_TEXTURE_NAME_BYTES, L"%hs", name);
    wide[PVGPU_SHARED_TEXTURE_NAME_BYTES - 1] = L'\0';
    HRESULT result = IDXGIResource1_CreateSharedHandle(
        resource, &attributes, DXGI_SHARED_RESOURCE_READ | DXGI_SHARED_RESOURCE_WRITE, wide, &texture->handle);
    PVGPU_RELEASE(resource);
    return result;
}

static enum pvgpu_texture_result create(struct pvgpu_texture_host *base, const struct pvgpu_texture_desc *desc,
                                        void **object)
{
    struct host *host = from(base);
    const D3D11_TEXTURE2D_DESC shape = describe(desc);
    struct texture *texture = calloc(1, sizeof(*texture));
    if (!texture) {
        snprintf(base->failure, sizeof(base->failure), "no memory");
        return PVGPU_TEXTURE_FAILED;
    }
    const char *call = "ID3D11Device::CreateTexture2D";
    HRESULT result = ID3D11Device_CreateTexture2D(host->d3d->device, &shape, NULL, &texture->texture);
    if (FAILED(result))
        goto error;
    call = "QueryInterface(IDXGIKeyedMutex)";
    texture->mutex = pvgpu_d3d11_query(texture->texture, &IID_IDXGIKeyedMutex);
    result = texture->mutex ? S_OK : E_NOINTERFACE;
    if (FAILED(result))
        goto error;
    call = "IDXGIResource1::CreateSharedHandle";
    result = share(host, texture, desc->name);
    if (FAILED(result))
        goto error;
    *object = texture;
    return PVGPU_TEXTURE_OK;

error:
    destroy_texture(base, texture);
    return judge(host, result, call);
}

static enum pvgpu_texture_result acquire(struct pvgpu_texture_host *base, void *object)
{
    struct texture *texture = object;
    HRESULT result = IDXGIKeyedMutex_AcquireSync(texture->mutex, PVGPU_SHARED_TEXTURE_KEY, 0);
    /* Two answers that are no failures by their sign. */
    if (result == (HRESULT)WAIT_TIMEOUT)
        return PVGPU_TEXTURE_BUSY;
    if (result == (HRESULT)WAIT_ABANDONED)
        return PVGPU_TEXTURE_ABANDONED;
    return result == S_OK ? PVGPU_TEXTURE_OK : judge(from(base), result, "IDXGIKeyedMutex::AcquireSync");
}

static enum pvgpu_texture_result release(struct pvgpu_texture_host *base, void *object)
{
    struct texture *texture = object;
    HRESULT result = IDXGIKeyedMutex_ReleaseSync(texture->mutex, PVGPU_SHARED_TEXTURE_KEY);
    return result == S_OK ? PVGPU_TEXTURE_OK : judge(from(base), result, "IDXGIKeyedMutex::ReleaseSync");
}

static void copy(struct pvgpu_texture_host *base, void *object, struct pvgpu_resource *picture)
{
    const struct texture *texture = object;
    ID3D11DeviceContext1_CopySubresourceRegion(from(base)->d3d->context, (ID3D11Resource *)texture->texture, 0, 0, 0, 0,
                                               picture->base.host, 0, NULL);
}

/* Under a name that nobody else has: it is there for a moment. */
static enum pvgpu_texture_result probe(struct pvgpu_texture_host *base)
{
    char name[PVGPU_SHARED_TEXTURE_NAME_BYTES];
    snprintf(name, sizeof(name), "PVGPU_probe.%lu.%p", GetCurrentProcessId(), (void *)base);
    const struct pvgpu_texture_desc desc = {
        .name = name, .width = 16, .height = 16, .format = DXGI_FORMAT_R8G8B8A8_UNORM};
    void *texture = NULL;
    enum pvgpu_texture_result result = create(base, &desc, &texture);
    if (result == PVGPU_TEXTURE_OK) {
        result = acquire(base, texture);
        if (result == PVGPU_TEXTURE_OK)
            result = release(base, texture);
        destroy_texture(base, texture);
    }
    if (result == PVGPU_TEXTURE_OK || result == PVGPU_TEXTURE_LOST || result == PVGPU_TEXTURE_FAILED)
        return result;
    snprintf(base->failure, sizeof(base->failure), "a texture of ours is in use by somebody else");
    return PVGPU_TEXTURE_FAILED;
}

static void destroy(struct pvgpu_texture_host *base)
{
    struct host *host = from(base);
    LocalFree(host->security);
    free(host);
}

static const struct pvgpu_texture_host_ops ops = {
    .probe = probe,
    .create = create,
    .destroy_texture = destroy_texture,
    .acquire = acquire,
    .release = release,
    .copy = copy,
    .destroy = destroy,
};

static bool find_adapter(struct host *host, const struct pvgpu_log *log)
{
    IDXGIDevice *device = pvgpu_d3d11_query(host->d3d->device, &IID_IDXGIDevice);
    IDXGIAdapter *adapter = NULL;
    DXGI_ADAPTER_DESC desc = {0};
    HRESULT result = device ? IDXGIDevice_GetAdapter(device, &adapter) : E_NOINTERFACE;
    if (SUCCEEDED(result))
        result = IDXGIAdapter_GetDesc(adapter, &desc);
    PVGPU_RELEASE(adapter);
    PVGPU_RELEASE(device);
    if (FAILED(result)) {
        pvgpu_warn(log, "No shared textures: the adapter cannot be told: 0x%08" PRIX32, PVGPU_HR(result));
        return false;
    }
    host->base.luid_low = desc.AdapterLuid.LowPart;
    host->base.luid_high = desc.AdapterLuid.HighPart;
    return true;
}

struct pvgpu_texture_host *pvgpu_d3d11_texture_host_create(struct pvgpu_gpu *gpu, const struct pvgpu_log *log)
{
    struct host *host = calloc(1, sizeof(*host));
    if (!host) {
        pvgpu_error(log, "No memory for shared textures");
        return NULL;
    }
    host->base.ops = &ops;
    host->d3d = pvgpu_d3d11_from(gpu);
    if (!find_adapter(host, log))
        goto error_free;
    host->security = pvgpu_security_create(L"GA", log);
    if (!host->security)
        goto error_free;
    return &host->base;

error_free:
    free(host);
    return NULL;
}
