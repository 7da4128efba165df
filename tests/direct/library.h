/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Where D3D11CreateDevice comes from: linked on Windows, loaded from DXVK elsewhere. Main thread. */
#ifndef PVGPU_DIRECT_LIBRARY_H
#define PVGPU_DIRECT_LIBRARY_H

#ifndef COBJMACROS
#define COBJMACROS
#endif
#include <d3d11.h>

/* *library: to be closed, NULL where nothing was loaded. NULL: said why on stderr, in the name of `program`. */
PFN_D3D11_CREATE_DEVICE direct_library_open(const char *program, void **library);

/* After the last object of the device is gone. NULL is fine. */
void direct_library_close(void *library);

#endif
