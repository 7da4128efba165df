/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A Direct3D 11 library that fails on demand: built as libdxvk_d3d11.so.0 in a folder of its own, put in front of the
 * real one by LD_LIBRARY_PATH, so that the product itself needs no hooks. It hands out the real device with some entries
 * of its tables of functions replaced, counts those calls, and at an ordered one does what was ordered.
 *
 * Test and library share a small file, named by FAILING_D3D11_FILE: orders one way, findings the other way. Test-only.
 * Linux: under Windows a library beside the program is never taken for d3d11.dll.
 */
#ifndef PVGPU_TESTS_FAILING_D3D11_H
#define PVGPU_TESTS_FAILING_D3D11_H

#include <stdatomic.h>
#include <stdint.h>

#define FAILING_D3D11_FILE "FAILING_D3D11_FILE"
#define FAILING_D3D11_REASON 0x887A0020u /* DXGI_ERROR_DRIVER_INTERNAL_ERROR */

enum failing_d3d11_how {
    FAILING_D3D11_REMOVED, /* the device goes; calls say DXGI_ERROR_DEVICE_REMOVED, the reason is the one above */
    FAILING_D3D11_NO_MEMORY, /* E_OUTOFMEMORY, from this call alone */
    FAILING_D3D11_FAIL, /* E_FAIL, from this call alone */
    FAILING_D3D11_BLOCK, /* the call never returns */
};

/* Calls that can be singled out. */
enum failing_d3d11_call {
    FAILING_D3D11_ANY,
    FAILING_D3D11_MAP,
    FAILING_D3D11_SIGNAL,
    FAILING_D3D11_FLUSH,
    FAILING_D3D11_CREATE_SHADER,
    FAILING_D3D11_DRAW,
};

/* The file. A process takes an order once: `at` becomes 0 when it has been carried out. */
struct failing_d3d11_orders {
    _Atomic uint64_t at; /* index of the call, from 1, among those of kind `call`; 0: none fails */
    _Atomic uint32_t how; /* enum failing_d3d11_how */
    _Atomic uint32_t call; /* enum failing_d3d11_call */
    _Atomic uint64_t calls; /* made since the test set it to 0, of kind `call` */
    _Atomic uint64_t failures; /* orders carried out */
    _Atomic uint32_t told; /* the last one could be told by the call itself */
};

#endif
