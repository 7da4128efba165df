/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The D3D11 headers of both hosts, made alike: mingw-w64's on Windows, those of DXVK's native library elsewhere
 * (<windows.h> there is a small stand-in for the real one). Everything that differs between the two is in this file;
 * the rest of the folder is written once against the C form of the COM interfaces.
 *
 * What differs:
 *  - interface ids: both define them here in each file that uses them (mingw needs <initguid.h> for that, which marks
 *    them as mergeable; DXVK's headers make them static), so nothing has to be linked;
 *  - WCHAR is UTF-16 on Windows and the 32-bit wchar_t elsewhere: pvgpu_d3d11_utf8 takes both;
 *  - HRESULT is `long` on Windows and `int32_t` elsewhere: print it through PVGPU_HR;
 *  - a HANDLE to an event means something on Windows only.
 */
#ifndef PVGPU_GPU_D3D11_PLATFORM_H
#define PVGPU_GPU_D3D11_PLATFORM_H

#define COBJMACROS

#ifdef _WIN32
#include "os/win32/windows_lean.h"

#include <initguid.h>
#endif

#include <d3d11_4.h>
#include <dxgi1_2.h>

#include <inttypes.h>
#include <stddef.h>

/* For "%s: 0x%08" PRIX32. */
#define PVGPU_HR(result) ((uint32_t)(result))

/* Entry points that are looked up by name. DXVK's headers define the calling convention macros away. */
typedef HRESULT(WINAPI *pvgpu_create_dxgi_factory_fn)(REFIID id, void **factory);
typedef HRESULT(WINAPI *pvgpu_d3d11_create_device_fn)(IDXGIAdapter *adapter, D3D_DRIVER_TYPE driver, HMODULE software,
                                                      UINT flags, const D3D_FEATURE_LEVEL *levels, UINT level_count,
                                                      UINT sdk_version, ID3D11Device **device, D3D_FEATURE_LEVEL *level,
                                                      ID3D11DeviceContext **context);

/* Releases a COM reference of any interface and clears the pointer; NULL is fine. */
#define PVGPU_RELEASE(pointer) \
    do { \
        if (pointer) \
            IUnknown_Release((IUnknown *)(pointer)); \
        (pointer) = NULL; \
    } while (0)

/* Asks a COM object of any interface for another interface; NULL when it has none. The caller owns the reference. */
static inline void *pvgpu_d3d11_query(void *object, REFIID id)
{
    void *other = NULL;
    IUnknown *unknown = object;
    return SUCCEEDED(unknown->lpVtbl->QueryInterface(unknown, id, &other)) ? other : NULL;
}

/* Text of the system's width as UTF-8, cut at a character's end; bad code points and controls become "?". Always terminated. */
void pvgpu_d3d11_utf8(char *text, size_t size, const WCHAR *wide, size_t wide_count);

#endif
