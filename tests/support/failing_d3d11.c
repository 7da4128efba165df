/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "failing_d3d11.h"

#define COBJMACROS
#include <d3d11_4.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

/* A library stands where its process has one device: globals are its way. */
static struct failing_d3d11_orders *orders;
static ID3D11Device5Vtbl real_device;
static ID3D11DeviceContext4Vtbl real_context;
static _Atomic int is_removed;

/* ---- Orders ------------------------------------------------------------------------------------------------------ */

static void block(void)
{
    for (;;)
        pause();
}

/* Whether this call goes through. *result is what it says otherwise; calls that say nothing are left out. */
static int passes(enum failing_d3d11_call call, int can_tell, HRESULT *result)
{
    *result = DXGI_ERROR_DEVICE_REMOVED;
    if (atomic_load(&is_removed))
        return 0;
    uint32_t wanted = atomic_load(&orders->call);
    if (wanted != FAILING_D3D11_ANY && wanted != (uint32_t)call)
        return 1;
    uint64_t index = atomic_fetch_add(&orders->calls, 1) + 1;
    if (index != atomic_load(&orders->at))
        return 1;
    uint32_t how = atomic_load(&orders->how);
    atomic_store(&orders->at, 0);
    atomic_store(&orders->told, can_tell);
    atomic_fetch_add(&orders->failures, 1);
    switch (how) {
    case FAILING_D3D11_REMOVED:
        atomic_store(&is_removed, 1);
        return 0;
    case FAILING_D3D11_BLOCK:
        block();
        return 0;
    default:
        *result = how == FAILING_D3D11_NO_MEMORY ? E_OUTOFMEMORY : E_FAIL;
        return !can_tell;
    }
}

/* ---- The device -------------------------------------------------------------------------------------------------- */

#define CREATION(kind, name, parameters, ...) \
    static HRESULT STDMETHODCALLTYPE name parameters \
    { \
        HRESULT result; \
        return passes(kind, 1, &result) ? real_device.name(device, __VA_ARGS__) : result; \
    }

CREATION(FAILING_D3D11_ANY, CreateBuffer,
         (ID3D11Device5 * device, const D3D11_BUFFER_DESC *desc, const D3D11_SUBRESOURCE_DATA *data,
          ID3D11Buffer **out),
         desc, data, out)
CREATION(FAILING_D3D11_ANY, CreateTexture1D,
         (ID3D11Device5 * device, const D3D11_TEXTURE1D_DESC *desc, const D3D11_SUBRESOURCE_DATA *data,
          ID3D11Texture1D **out),
         desc, data, out)
CREATION(FAILING_D3D11_ANY, CreateTexture2D,
         (ID3D11Device5 * device, const D3D11_TEXTURE2D_DESC *desc, const D3D11_SUBRESOURCE_DATA *data,
          ID3D11Texture2D **out),
         desc, data, out)
CREATION(FAILING_D3D11_ANY, CreateTexture3D,
         (ID3D11Device5 * device, const D3D11_TEXTURE3D_DESC *desc, const D3D11_SUBRESOURCE_DATA *data,
          ID3D11Texture3D **out),
         desc, data, out)
CREATION(FAILING_D3D11_ANY, CreateShaderResourceView,
         (ID3D11Device5 * device, ID3D11Resource *resource, const D3D11_SHADER_RESOURCE_VIEW_DESC *desc,
          ID3D11ShaderResourceView **out),
         resource, desc, out)
CREATION(FAILING_D3D11_ANY, CreateUnorderedAccessView,
         (ID3D11Device5 * device, ID3D11Resource *resource, const D3D11_UNORDERED_ACCESS_VIEW_DESC *desc,
          ID3D11UnorderedAccessView **out),
         resource, desc, out)
CREATION(FAILING_D3D11_ANY, CreateRenderTargetView,
         (ID3D11Device5 * device, ID3D11Resource *resource, const D3D11_RENDER_TARGET_VIEW_DESC *desc,
          ID3D11RenderTargetView **out),
         resource, desc, out)
CREATION(FAILING_D3D11_ANY, CreateDepthStencilView,
         (ID3D11Device5 * device, ID3D11Resource *resource, const D3D11_DEPTH_STENCIL_VIEW_DESC *desc,
          ID3D11DepthStencilView **out),
         resource, desc, out)
CREATION(FAILING_D3D11_ANY, CreateInputLayout,
         (ID3D11Device5 * device, const D3D11_INPUT_ELEMENT_DESC *elements, UINT count, const void *code, SIZE_T size,
          ID3D11InputLayout **out),
         elements, count, code, size, out)
CREATION(FAILING_D3D11_CREATE_SHADER, CreateVertexShader,
         (ID3D11Device5 * device, const void *code, SIZE_T size, ID3D11ClassLinkage *linkage, ID3D11VertexShader **out),
         code, size, linkage, out)
CREATION(FAILING_D3D11_CREATE_SHADER, CreatePixelShader,
         (ID3D11Device5 * device, const void *code, SIZE_T size, ID3D11ClassLinkage *linkage, ID3D11PixelShader **out),
         code, size, linkage, out)
CREATION(FAILING_D3D11_CREATE_SHADER, CreateComputeShader,
         (ID3D11Device5 * device, const void *code, SIZE_T size, ID3D11ClassLinkage *linkage,
          ID3D11ComputeShader **out),
         code, size, linkage, out)
CREATION(FAILING_D3D11_ANY, CreateBlendState,
         (ID3D11Device5 * device, const D3D11_BLEND_DESC *desc, ID3D11BlendState **out), desc, out)
CREATION(FAILING_D3D11_ANY, CreateDepthStencilState,
         (ID3D11Device5 * device, const D3D11_DEPTH_STENCIL_DESC *desc, ID3D11DepthStencilState **out), desc, out)
CREATION(FAILING_D3D11_ANY, CreateRasterizerState,
         (ID3D11Device5 * device, const D3D11_RASTERIZER_DESC *desc, ID3D11RasterizerState **out), desc, out)
CREATION(FAILING_D3D11_ANY, CreateSamplerState,
         (ID3D11Device5 * device, const D3D11_SAMPLER_DESC *desc, ID3D11SamplerState **out), desc, out)
CREATION(FAILING_D3D11_ANY, CreateQuery, (ID3D11Device5 * device, const D3D11_QUERY_DESC *desc, ID3D11Query **out),
         desc, out)
CREATION(FAILING_D3D11_ANY, CreateFence,
         (ID3D11Device5 * device, UINT64 value, D3D11_FENCE_FLAG flags, REFIID id, void **out), value, flags, id, out)

/* Not counted: it is asked all the time. */
static HRESULT STDMETHODCALLTYPE GetDeviceRemovedReason(ID3D11Device5 *device)
{
    return atomic_load(&is_removed) ? (HRESULT)FAILING_D3D11_REASON : real_device.GetDeviceRemovedReason(device);
}

/* ---- The context ------------------------------------------------------------------------------------------------- */

static HRESULT STDMETHODCALLTYPE Map(ID3D11DeviceContext4 *context, ID3D11Resource *resource, UINT subresource,
                                     D3D11_MAP type, UINT flags, D3D11_MAPPED_SUBRESOURCE *mapped)
{
    HRESULT result;
    return passes(FAILING_D3D11_MAP, 1, &result) ? real_context.Map(context, resource, subresource, type, flags, mapped)
                                                 : result;
}

static HRESULT STDMETHODCALLTYPE Signal(ID3D11DeviceContext4 *context, ID3D11Fence *fence, UINT64 value)
{
    HRESULT result;
    return passes(FAILING_D3D11_SIGNAL, 1, &result) ? real_context.Signal(context, fence, value) : result;
}

static HRESULT STDMETHODCALLTYPE GetData(ID3D11DeviceContext4 *context, ID3D11Asynchronous *query, void *data,
                                         UINT size, UINT flags)
{
    /* Polled: not counted. */
    return atomic_load(&is_removed) ? DXGI_ERROR_DEVICE_REMOVED
                                    : real_context.GetData(context, query, data, size, flags);
}

#define PASSING(kind, name, parameters, ...) \
    static void STDMETHODCALLTYPE name parameters \
    { \
        HRESULT result; \
        if (passes(kind, 0, &result)) \
            real_context.name(__VA_ARGS__); \
    }

PASSING(FAILING_D3D11_DRAW, Draw, (ID3D11DeviceContext4 * context, UINT count, UINT first), context, count, first)
PASSING(FAILING_D3D11_DRAW, DrawIndexedInstanced,
        (ID3D11DeviceContext4 * context, UINT count, UINT instances, UINT first, INT base, UINT first_instance),
        context, count, instances, first, base, first_instance)
PASSING(FAILING_D3D11_ANY, ClearRenderTargetView,
        (ID3D11DeviceContext4 * context, ID3D11RenderTargetView *view, const FLOAT color[4]), context, view, color)
PASSING(FAILING_D3D11_ANY, ClearDepthStencilView,
        (ID3D11DeviceContext4 * context, ID3D11DepthStencilView *view, UINT flags, FLOAT depth, UINT8 stencil), context,
        view, flags, depth, stencil)
PASSING(FAILING_D3D11_ANY, CopyResource,
        (ID3D11DeviceContext4 * context, ID3D11Resource *destination, ID3D11Resource *source), context, destination,
        source)
PASSING(FAILING_D3D11_ANY, CopySubresourceRegion,
        (ID3D11DeviceContext4 * context, ID3D11Resource *destination, UINT index, UINT x, UINT y, UINT z,
         ID3D11Resource *source, UINT source_index, const D3D11_BOX *box),
        context, destination, index, x, y, z, source, source_index, box)
PASSING(FAILING_D3D11_ANY, UpdateSubresource,
        (ID3D11DeviceContext4 * context, ID3D11Resource *resource, UINT index, const D3D11_BOX *box, const void *data,
         UINT row_pitch, UINT slice_pitch),
        context, resource, index, box, data, row_pitch, slice_pitch)
PASSING(FAILING_D3D11_FLUSH, Flush, (ID3D11DeviceContext4 * context), context)

/* ---- In place of the real entries -------------------------------------------------------------------------------- */

/* The tables belong to classes, and lie in memory that is read-only after loading. */
static void make_writable(const void *table, size_t bytes)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), first = (uintptr_t)table & ~(page - 1);
    uintptr_t end = ((uintptr_t)table + bytes + page - 1) & ~(page - 1);
    if (mprotect((void *)first, end - first, PROT_READ | PROT_WRITE) != 0)
        abort();
}

#define REPLACE(table, name) (table)->name = name

static void replace_device(ID3D11Device5 *device)
{
    ID3D11Device5Vtbl *table = (ID3D11Device5Vtbl *)(uintptr_t)device->lpVtbl;
    make_writable(table, sizeof(*table));
    real_device = *table;
    REPLACE(table, CreateBuffer);
    REPLACE(table, CreateTexture1D);
    REPLACE(table, CreateTexture2D);
    REPLACE(table, CreateTexture3D);
    REPLACE(table, CreateShaderResourceView);
    REPLACE(table, CreateUnorderedAccessView);
    REPLACE(table, CreateRenderTargetView);
    REPLACE(table, CreateDepthStencilView);
    REPLACE(table, CreateInputLayout);
    REPLACE(table, CreateVertexShader);
    REPLACE(table, CreatePixelShader);
    REPLACE(table, CreateComputeShader);
    REPLACE(table, CreateBlendState);
    REPLACE(table, CreateDepthStencilState);
    REPLACE(table, CreateRasterizerState);
    REPLACE(table, CreateSamplerState);
    REPLACE(table, CreateQuery);
    REPLACE(table, CreateFence);
    REPLACE(table, GetDeviceRemovedReason);
}

static void replace_context(ID3D11DeviceContext4 *context)
{
    ID3D11DeviceContext4Vtbl *table = (ID3D11DeviceContext4Vtbl *)(uintptr_t)context->lpVtbl;
    make_writable(table, sizeof(*table));
    real_context = *table;
    REPLACE(table, Map);
    REPLACE(table, Signal);
    REPLACE(table, GetData);
    REPLACE(table, Draw);
    REPLACE(table, DrawIndexedInstanced);
    REPLACE(table, ClearRenderTargetView);
    REPLACE(table, ClearDepthStencilView);
    REPLACE(table, CopyResource);
    REPLACE(table, CopySubresourceRegion);
    REPLACE(table, UpdateSubresource);
    REPLACE(table, Flush);
}

/* ---- Loading ----------------------------------------------------------------------------------------------------- */

static PFN_D3D11_CREATE_DEVICE load_real(void)
{
    static const char *const paths[] = {"/usr/lib/x86_64-linux-gnu/libdxvk_d3d11.so.0",
                                        "/usr/lib/aarch64-linux-gnu/libdxvk_d3d11.so.0",
                                        "/usr/lib64/libdxvk_d3d11.so.0", "/usr/lib/libdxvk_d3d11.so.0"};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        void *library = dlopen(paths[i], RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
        if (library)
            return (PFN_D3D11_CREATE_DEVICE)dlsym(library, "D3D11CreateDevice");
    }
    fprintf(stderr, "failing_d3d11: %s\n", dlerror());
    return NULL;
}

static int map_orders(void)
{
    const char *path = getenv(FAILING_D3D11_FILE);
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *memory = file >= 0 ? mmap(NULL, sizeof(*orders), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) : MAP_FAILED;
    if (file >= 0)
        close(file);
    if (memory == MAP_FAILED)
        return 0;
    orders = memory;
    return 1;
}

EXPORT HRESULT WINAPI D3D11CreateDevice(IDXGIAdapter *adapter, D3D_DRIVER_TYPE driver, HMODULE software, UINT flags,
                                        const D3D_FEATURE_LEVEL *levels, UINT level_count, UINT version,
                                        ID3D11Device **device, D3D_FEATURE_LEVEL *level, ID3D11DeviceContext **context);

EXPORT HRESULT WINAPI D3D11CreateDevice(IDXGIAdapter *adapter, D3D_DRIVER_TYPE driver, HMODULE software, UINT flags,
                                        const D3D_FEATURE_LEVEL *levels, UINT level_count, UINT version,
                                        ID3D11Device **device, D3D_FEATURE_LEVEL *level, ID3D11DeviceContext **context)
{
    PFN_D3D11_CREATE_DEVICE create = load_real();
    ID3D11DeviceContext *made = NULL;
    if (!create || (!orders && !map_orders()))
        return E_FAIL;
    /* Another device of the same process, after a loss: the tables are replaced already, the loss is over. */
    atomic_store(&is_removed, 0);
    HRESULT result = create(adapter, driver, software, flags, levels, level_count, version, device, level,
                            context ? context : &made);
    if (FAILED(result) || !device || !context)
        return result;
    if (!real_device.CreateBuffer) {
        replace_device((ID3D11Device5 *)*device);
        replace_context((ID3D11DeviceContext4 *)*context);
    }
    return result;
}
