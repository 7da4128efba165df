/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The one way to include <windows.h>: without its rarely used parts and its min and max macros, with the API of
 * Windows 10, which is the oldest version that is supported. Nothing else may include <windows.h> directly.
 */
#ifndef PVGPU_OS_WIN32_WINDOWS_LEAN_H
#define PVGPU_OS_WIN32_WINDOWS_LEAN_H

#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#ifndef NOMINMAX
#define NOMINMAX
#endif
/* A C library header may have set a version of its own before; ours counts. */
#undef _WIN32_WINNT
#define _WIN32_WINNT 0x0A00
#undef WINVER
#define WINVER _WIN32_WINNT

#include <windows.h>

#endif
