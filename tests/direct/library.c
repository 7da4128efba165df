/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#define _GNU_SOURCE
#include "library.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
PFN_D3D11_CREATE_DEVICE direct_library_open(const char *program, void **library)
{
    (void)program;
    *library = NULL;
    return D3D11CreateDevice;
}

void direct_library_close(void *library)
{
    (void)library;
}
#else
#include <SDL3/SDL.h>
#include <dlfcn.h>

/* DXVK asks SDL for its Vulkan loader even without a window, and must find it initialised. */
PFN_D3D11_CREATE_DEVICE direct_library_open(const char *program, void **library)
{
    setenv("DXVK_WSI_DRIVER", "SDL3", 1);
    setenv("DXVK_LOG_PATH", "none", 0);
    setenv("DXVK_LOG_LEVEL", "none", 0);
    setenv("SDL_VIDEODRIVER", "offscreen", 0);
    SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
    *library = NULL;
    if (!SDL_Init(SDL_INIT_VIDEO)) {
        fprintf(stderr, "%s: SDL video: %s\n", program, SDL_GetError());
        return NULL;
    }
    *library = dlopen("libdxvk_d3d11.so.0", RTLD_NOW | RTLD_LOCAL);
    if (!*library) {
        fprintf(stderr, "%s: %s (Debian package libdxvk-d3d11-0)\n", program, dlerror());
        SDL_Quit();
        return NULL;
    }
    PFN_D3D11_CREATE_DEVICE create = NULL;
    void *symbol = dlsym(*library, "D3D11CreateDevice");
    memcpy(&create, &symbol, sizeof(create)); /* ISO C has no cast from object to function pointer */
    return create;
}

/* DXVK keeps threads of its own until exit: unloading it under them would crash. */
void direct_library_close(void *library)
{
    if (library)
        SDL_Quit();
}
#endif
