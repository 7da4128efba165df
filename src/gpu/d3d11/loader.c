/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "gpu/d3d11/loader.h"

#include "gpu/gpu.h"

#ifdef _WIN32

static void *load_symbol(const wchar_t *file, const char *name, const struct pvgpu_log *log)
{
    /* Never from the working directory or PATH: only the system's own. */
    HMODULE module = LoadLibraryExW(file, NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
    void *symbol = module ? (void *)(intptr_t)GetProcAddress(module, name) : NULL;
    if (!symbol)
        pvgpu_error(log, "%ls: %s is missing (error %lu); Direct3D 11 needs Windows 7 SP1 or later", file, name,
                    GetLastError());
    return symbol;
}

bool pvgpu_d3d11_library_load(struct pvgpu_d3d11_library *library, const struct pvgpu_log *log)
{
    library->create_factory = (pvgpu_create_dxgi_factory_fn)load_symbol(L"dxgi.dll", "CreateDXGIFactory1", log);
    library->create_device = (pvgpu_d3d11_create_device_fn)load_symbol(L"d3d11.dll", "D3D11CreateDevice", log);
    library->driver = "d3d11.dll";
    library->is_dxvk_native = false;
    return library->create_factory && library->create_device;
}

bool pvgpu_gpu_d3d11_prepare(const char *cache_directory, bool windows, const struct pvgpu_log *log)
{
    (void)cache_directory;
    (void)windows;
    (void)log;
    return true;
}

void pvgpu_gpu_d3d11_unprepare(void)
{
}

#else

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void *load_symbol(const char *file, const char *plain_file, const char *package, const char *name,
                         const struct pvgpu_log *log)
{
    void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!library)
        library = dlopen(plain_file, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!library) {
        pvgpu_error(log, "%s cannot be loaded: install DXVK's native library (Debian package %s): %s", file, package,
                    dlerror());
        return NULL;
    }
    void *symbol = dlsym(library, name);
    if (!symbol)
        pvgpu_error(log, "%s has no %s: the library is damaged or of an unknown version", file, name);
    dlclose(library);
    return symbol;
}

bool pvgpu_d3d11_library_load(struct pvgpu_d3d11_library *library, const struct pvgpu_log *log)
{
    void *device = load_symbol("libdxvk_d3d11.so.0", "libdxvk_d3d11.so", "libdxvk-d3d11-0", "D3D11CreateDevice", log);
    if (!device)
        return false;
    void *factory = load_symbol("libdxvk_dxgi.so.0", "libdxvk_dxgi.so", "libdxvk-dxgi0", "CreateDXGIFactory1", log);
    if (!factory)
        return false;
    library->create_device = (pvgpu_d3d11_create_device_fn)device;
    library->create_factory = (pvgpu_create_dxgi_factory_fn)factory;
    library->driver = "DXVK native on Vulkan";
    library->is_dxvk_native = true;
    return true;
}

static void set_default(const char *name, const char *value)
{
    setenv(name, value, 0);
}

/*
 * Points one cache at a folder of its own below cache_directory, or switches it off. A folder that the user chose
 * through the environment stays.
 */
static void place_cache(const char *cache_directory, const char *folder, const char *path_variable,
                        const char *switch_variable, const char *off_value, const struct pvgpu_log *log)
{
    char path[1024];
    if (cache_directory) {
        int length = snprintf(path, sizeof(path), "%s/%s", cache_directory, folder);
        if (length > 0 && (size_t)length < sizeof(path) && (mkdir(path, 0700) == 0 || errno == EEXIST)) {
            set_default(path_variable, path);
            return;
        }
        pvgpu_warn(log, "no shader cache in %s/%s: %s", cache_directory, folder, strerror(errno));
    }
    if (!getenv(path_variable))
        set_default(switch_variable, off_value);
}

#define SDL_LIBRARY "libSDL3.so.0"
#define SDL_VIDEO UINT32_C(0x20) /* SDL_INIT_VIDEO of SDL 3 */

/* `driver` is one of SDL's; NULL: what the user says, or what SDL finds. */
static bool start_sdl_video(const char *driver, const struct pvgpu_log *log)
{
    void *library = dlopen(SDL_LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!library) {
        pvgpu_error(log, "%s cannot be loaded: install SDL 3 (Debian package libsdl3-0): %s", SDL_LIBRARY, dlerror());
        return false;
    }
    bool (*init)(uint32_t) = (bool (*)(uint32_t))dlsym(library, "SDL_InitSubSystem");
    const char *(*get_error)(void) = (const char *(*)(void))dlsym(library, "SDL_GetError");
    bool (*set_hint)(const char *, const char *) = (bool (*)(const char *, const char *))dlsym(library, "SDL_SetHint");
    /* SDL reads the environment once, which may have been before. */
    if (driver && set_hint)
        set_hint("SDL_VIDEO_DRIVER", driver);
    bool started = init && init(SDL_VIDEO);
    if (!started)
        pvgpu_error(log, "SDL video cannot be started: %s", get_error ? get_error() : "not an SDL 3 library");
    dlclose(library);
    return started;
}

bool pvgpu_gpu_d3d11_prepare(const char *cache_directory, bool windows, const struct pvgpu_log *log)
{
    set_default("DXVK_WSI_DRIVER", "SDL3");
    set_default("DXVK_LOG_PATH", "none");
    set_default("DXVK_LOG_LEVEL", "none");
    set_default("DXVK_CONFIG_FILE", "/dev/null"); /* else a dxvk.conf in the working directory would count */
    place_cache(cache_directory, "dxvk", "DXVK_SHADER_CACHE_PATH", "DXVK_SHADER_CACHE", "0", log);
    place_cache(cache_directory, "mesa", "MESA_SHADER_CACHE_DIR", "MESA_SHADER_CACHE_DISABLE", "true", log);
    place_cache(cache_directory, "nvidia", "__GL_SHADER_DISK_CACHE_PATH", "__GL_SHADER_DISK_CACHE", "0", log);

    /* SDL would turn SIGINT and SIGTERM into events that nobody reads. Both spellings of the driver are the user's. */
    set_default("SDL_NO_SIGNAL_HANDLERS", "1");
    bool chosen = windows || getenv("SDL_VIDEODRIVER") || getenv("SDL_VIDEO_DRIVER");
    return start_sdl_video(chosen ? NULL : "offscreen", log);
}

void pvgpu_gpu_d3d11_unprepare(void)
{
    void *library = dlopen(SDL_LIBRARY, RTLD_NOW | RTLD_NOLOAD);
    if (!library)
        return;
    void (*quit)(uint32_t) = (void (*)(uint32_t))dlsym(library, "SDL_QuitSubSystem");
    if (quit)
        quit(SDL_VIDEO);
    dlclose(library);
}

#endif
