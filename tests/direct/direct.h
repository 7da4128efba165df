/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * pvgpu-direct: draws the demo scenes by calling Direct3D 11 itself, as the yardstick for frames that went through the
 * backend. Shares with the rest of the project the scenes' numbers and the compiled shaders, nothing else.
 *
 * One thread. Every object here holds its references until the matching finish function.
 */
#ifndef PVGPU_DIRECT_H
#define PVGPU_DIRECT_H

#ifndef COBJMACROS
#define COBJMACROS
#endif
#include <d3d11.h>
#include <stdbool.h>
#include <stdint.h>

/* A device without a window, and one RGBA8 target with depth and a texture to read it back. */
struct direct_device {
    void *library; /* the D3D11 library where it is loaded at run time, else NULL */
    ID3D11Device *device;
    ID3D11DeviceContext *context;
    ID3D11Texture2D *target; /* R8G8B8A8_UNORM, width x height */
    ID3D11RenderTargetView *target_view;
    ID3D11Texture2D *depth; /* D32_FLOAT */
    ID3D11DepthStencilView *depth_view;
    ID3D11Texture2D *staging; /* as target, CPU read */
    uint32_t width, height;
};

/* Makes the device (hardware first, then the software rasteriser) and the target. false: said why on stderr. */
bool direct_device_init(struct direct_device *direct, uint32_t width, uint32_t height);
void direct_device_finish(struct direct_device *direct);

/* Reads the target back: width * height * 4 bytes, rows tightly packed. */
bool direct_device_read(struct direct_device *direct, uint8_t *pixels);

/* A scene: init once, then draw any frame in any order, then finish. state is the scene's own. */
struct direct_scene {
    const char *name;
    bool (*init)(struct direct_device *direct, void **state);
    bool (*draw)(struct direct_device *direct, void *state, uint32_t frame);
    void (*finish)(void *state);
};

extern const struct direct_scene direct_scene_clear, direct_scene_triangle, direct_scene_cubes;

/* Reports a failed call with its text; true if it succeeded. */
bool direct_check(HRESULT result, const char *call);
#define DIRECT_CALL(call) direct_check((call), #call)

/* An immutable or default buffer with initial contents (data may be NULL). NULL on failure. */
ID3D11Buffer *direct_buffer(struct direct_device *direct, UINT bind, const void *data, UINT bytes, bool dynamic);

/* Replaces a dynamic buffer's contents. */
bool direct_write(struct direct_device *direct, ID3D11Buffer *buffer, const void *data, UINT bytes);

/* Releases and forgets a COM object behind any interface pointer. */
#define DIRECT_RELEASE(object) \
    do { \
        if (object) { \
            IUnknown_Release((IUnknown *)(object)); \
            (object) = NULL; \
        } \
    } while (0)

#endif
