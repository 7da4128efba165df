/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What a renderer can do. Callers have validated everything: an implementation holds no policy, checks no guest value,
 * and translates. There are two: `null` (touches no GPU; for tests, fuzzing and measuring, and for consuming a ring
 * whose renderer died) and `d3d11` (d3d11.dll, or DXVK's native library).
 *
 * Every function is called from the render thread. None blocks on the GPU except destroy.
 */
#ifndef PVGPU_GPU_GPU_H
#define PVGPU_GPU_GPU_H

#include "base/log.h"
#include "gpu/object.h"
#include "gpu/state.h"
#include "os/event.h"

struct pvgpu_gpu;
struct pvgpu_gpu_readback; /* an implementation's staging copy of one subresource */
struct pvgpu_gpu_surface; /* an implementation's swapchain of one native window */

enum pvgpu_gpu_result {
    PVGPU_GPU_OK,
    PVGPU_GPU_NO_MEMORY, /* the host has no memory for it */
    PVGPU_GPU_REFUSED, /* the host does not do this, although our rules allow it: counted, should be 0 */
    PVGPU_GPU_LOST, /* the device is gone: removed_reason tells why */
    PVGPU_GPU_FAULT, /* a fault of the host that is neither the guest's nor a loss: pvgpu_gpu_take_fault tells what */
};

/* Initial content of one subresource. */
struct pvgpu_subresource_data {
    const void *data; /* points into guest memory; read once, inside the call */
    uint32_t row_pitch; /* bytes */
    uint32_t slice_pitch; /* bytes */
};

/* Texels, exclusive at the far end; for buffers x is in bytes and y, z are 0..1. */
struct pvgpu_box {
    uint32_t left, top, front;
    uint32_t right, bottom, back;
};

/* Subresource bytes that the CPU can read. */
struct pvgpu_mapped {
    const uint8_t *data;
    uint32_t row_pitch; /* bytes between rows (of blocks) */
    uint32_t slice_pitch; /* bytes between depth slices */
};

struct pvgpu_draw {
    bool indexed;
    bool instanced;
    uint32_t count; /* vertices or indices, of one instance */
    uint32_t first; /* vertex or index */
    int32_t base_vertex; /* indexed only */
    uint32_t instance_count; /* 1 unless instanced */
    uint32_t first_instance; /* 0 unless instanced */
};

/* How an implementation finds out that the GPU is done (design: three modes). */
enum pvgpu_gpu_completion {
    PVGPU_COMPLETION_IMMEDIATE, /* null renderer: done when submitted */
    PVGPU_COMPLETION_FENCE_EVENT, /* ID3D11Fence signals the wake event */
    PVGPU_COMPLETION_FENCE_THREAD, /* a thread blocks on ID3D11Fence and signals the wake event */
    PVGPU_COMPLETION_QUERY, /* event queries: the caller polls `completed` while work is outstanding */
};

struct pvgpu_gpu_caps {
    char adapter[512]; /* UTF-8, for people */
    char driver[128]; /* "DXVK native on Vulkan", "d3d11.dll" ... */
    uint32_t feature_level; /* D3D_FEATURE_LEVEL */
    enum pvgpu_gpu_completion completion;
    bool constant_buffer_offsets; /* ID3D11DeviceContext1 with offsets works */
    uint64_t memory_bytes; /* dedicated video memory, or shared system memory where there is none; 0: not known */
};

/* Buffers of a window's swapchain. */
struct pvgpu_surface_size {
    uint32_t width, height; /* pixels, not 0 */
    uint32_t buffer_count; /* 2 or 3 */
};

/* What a window shows; around it the window is black. */
struct pvgpu_surface_picture {
    struct pvgpu_view *view; /* shader resource view of a 2D texture with one mip */
    uint32_t x, y, width, height; /* where it lies in the window, pixels, not 0 */
    uint32_t scale; /* window pixels a texel, read without filter; 0: filtered */
    bool linear_light; /* red, green and blue are linear: they are encoded as sRGB */
};

struct pvgpu_gpu_ops {
    const char *name;

    /* Waits for the GPU to finish (bounded: 2 s), then releases everything. All objects were destroyed before. */
    void (*destroy)(struct pvgpu_gpu *gpu);

    /* Each fills object->host. On failure host stays NULL and nothing is left behind. */
    enum pvgpu_gpu_result (*create_resource)(struct pvgpu_gpu *gpu, struct pvgpu_resource *resource,
                                             const struct pvgpu_subresource_data *initial /* may be NULL; one a
                                                                                            subresource otherwise */);
    enum pvgpu_gpu_result (*create_view)(struct pvgpu_gpu *gpu, struct pvgpu_view *view); /* by view->base.type */
    enum pvgpu_gpu_result (*create_shader)(struct pvgpu_gpu *gpu, struct pvgpu_shader *shader);
    enum pvgpu_gpu_result (*create_blend_state)(struct pvgpu_gpu *gpu, struct pvgpu_state_object *state,
                                                const struct pvgpu_cmd_create_blend_state *desc);
    enum pvgpu_gpu_result (*create_rasterizer_state)(struct pvgpu_gpu *gpu, struct pvgpu_state_object *state,
                                                     const struct pvgpu_cmd_create_rasterizer_state *desc);
    enum pvgpu_gpu_result (*create_depth_stencil_state)(struct pvgpu_gpu *gpu, struct pvgpu_state_object *state,
                                                        const struct pvgpu_cmd_create_depth_stencil_state *desc);
    enum pvgpu_gpu_result (*create_sampler)(struct pvgpu_gpu *gpu, struct pvgpu_state_object *state,
                                            const struct pvgpu_cmd_create_sampler *desc);
    /* The host layout for this vertex shader's input signature; goes to *host. */
    enum pvgpu_gpu_result (*create_input_layout)(struct pvgpu_gpu *gpu, const struct pvgpu_input_layout *layout,
                                                 const struct pvgpu_shader *vertex_shader, void **host);
    /* Releases what one of the above put into `host`; NULL is fine. */
    void (*release)(struct pvgpu_gpu *gpu, void *host);

    /* Tells the device what is dirty in the state and clears the dirty bits. */
    void (*apply_state)(struct pvgpu_gpu *gpu, struct pvgpu_state *state);
    /* Unbinds everything on the device context; the caller marks its state dirty. */
    void (*unbind_all)(struct pvgpu_gpu *gpu);

    void (*draw)(struct pvgpu_gpu *gpu, const struct pvgpu_draw *draw);
    void (*dispatch)(struct pvgpu_gpu *gpu, uint32_t x, uint32_t y, uint32_t z);
    /* The three counts are read from the buffer, at a byte offset, when the GPU comes to it. */
    void (*dispatch_indirect)(struct pvgpu_gpu *gpu, struct pvgpu_resource *arguments, uint32_t offset);
    void (*clear_render_target)(struct pvgpu_gpu *gpu, struct pvgpu_view *view, const float color[4]);
    void (*clear_depth_stencil)(struct pvgpu_gpu *gpu, struct pvgpu_view *view, uint32_t flags, float depth,
                                uint8_t stencil);

    /* Whole resources of equal shape. */
    void (*copy_resource)(struct pvgpu_gpu *gpu, struct pvgpu_resource *destination, struct pvgpu_resource *source);
    /* A box of one subresource (NULL: all of it) to a place in another; formats of one family. */
    void (*copy_region)(struct pvgpu_gpu *gpu, struct pvgpu_resource *destination, uint32_t destination_subresource,
                        uint32_t x, uint32_t y, uint32_t z, struct pvgpu_resource *source, uint32_t source_subresource,
                        const struct pvgpu_box *box);
    /* box may be NULL: the whole subresource. `data` points into guest memory and is read once, inside the call. */
    void (*update)(struct pvgpu_gpu *gpu, struct pvgpu_resource *resource, uint32_t subresource,
                   const struct pvgpu_box *box, const void *data, uint32_t row_pitch, uint32_t slice_pitch);

    /*
     * Reading back: begin queues a copy into staging memory; once the submission that contains it has completed, map
     * gives the bytes; end unmaps and recycles, mapped or not. NULL and false: see pvgpu_gpu_failure.
     */
    struct pvgpu_gpu_readback *(*readback_begin)(struct pvgpu_gpu *gpu, struct pvgpu_resource *resource,
                                                 uint32_t subresource);
    bool (*readback_map)(struct pvgpu_gpu *gpu, struct pvgpu_gpu_readback *readback, struct pvgpu_mapped *mapped);
    void (*readback_end)(struct pvgpu_gpu *gpu, struct pvgpu_gpu_readback *readback);

    /*
     * Submissions are numbered by the caller, rising from 1. submit marks the end of submission `number` and flushes;
     * completed returns the highest number whose work (and all before it) the GPU has finished. With a completion mode
     * that can, the wake event is signalled when that number rises.
     */
    void (*submit)(struct pvgpu_gpu *gpu, uint64_t number);
    uint64_t (*completed)(struct pvgpu_gpu *gpu);

    /*
     * Showing pictures in a native window (HWND, or SDL_Window * where SDL 3 is DXVK's window system layer), which
     * outlives the surface. surface_show draws on the device's context and changes what is bound for drawing: the owner
     * of the bound state marks it dirty (pvgpu_state_mark_all). It blocks for as long as the host's queue of presents is
     * full; sync_interval is in refreshes of the host's, 0 to 4, 0 waits for none, and `tears` then says that it may
     * appear in the middle of a refresh. All NULL: the renderer cannot. NULL and REFUSED: logged; the surface is of no
     * more use and should be destroyed.
     */
    struct pvgpu_gpu_surface *(*surface_create)(struct pvgpu_gpu *gpu, void *window,
                                                const struct pvgpu_surface_size *size);
    enum pvgpu_gpu_result (*surface_resize)(struct pvgpu_gpu *gpu, struct pvgpu_gpu_surface *surface,
                                            const struct pvgpu_surface_size *size);
    enum pvgpu_gpu_result (*surface_show)(struct pvgpu_gpu *gpu, struct pvgpu_gpu_surface *surface,
                                          const struct pvgpu_surface_picture *picture /* may be NULL: black */,
                                          uint32_t sync_interval, bool tears);
    void (*surface_destroy)(struct pvgpu_gpu *gpu, struct pvgpu_gpu_surface *surface); /* NULL is fine */

    /* 0 while the device is there, otherwise the HRESULT that tells why it went. */
    uint32_t (*removed_reason)(struct pvgpu_gpu *gpu);
};

/* First member of every renderer. */
struct pvgpu_gpu {
    const struct pvgpu_gpu_ops *ops;
    struct pvgpu_gpu_caps caps;
    struct pvgpu_log log;
    /* HRESULT of a fault of the host that was not taken yet; 0: none. Written by the implementation. */
    uint32_t fault;
};

/* What went wrong inside the host, once; 0: nothing. For error 7. */
static inline uint32_t pvgpu_gpu_take_fault(struct pvgpu_gpu *gpu)
{
    uint32_t fault = gpu->fault;
    gpu->fault = 0;
    return fault;
}

/* Why a read-back was refused just now. A fault stays to be taken. */
static inline enum pvgpu_gpu_result pvgpu_gpu_failure(struct pvgpu_gpu *gpu)
{
    if (gpu->ops->removed_reason(gpu))
        return PVGPU_GPU_LOST;
    return gpu->fault ? PVGPU_GPU_FAULT : PVGPU_GPU_NO_MEMORY;
}

struct pvgpu_gpu_config {
    int32_t adapter_index; /* of the host's enumeration; -1: automatic (gpu/adapters.h) */
    const char *adapter_name; /* part of the adapter's name, instead of its index; may be NULL */
    bool debug_layer; /* ask for D3D11's debug layer; absence is a warning */
    struct pvgpu_event *wake; /* signalled when submissions complete; outlives the renderer */
    const char *shader_cache_directory; /* for the host's own shader caches; NULL: none are kept */
};

/* Never fails but for lack of memory. */
struct pvgpu_gpu *pvgpu_gpu_null_create(const struct pvgpu_log *log);

/* NULL: logged, with what to install when the library is missing. */
struct pvgpu_gpu *pvgpu_gpu_d3d11_create(const struct pvgpu_gpu_config *config, const struct pvgpu_log *log);

/* Whether the D3D11 library of this host can be loaded. *driver: what it is, a static text. False: logged likewise. */
bool pvgpu_gpu_d3d11_find_library(const char **driver, const struct pvgpu_log *log);

/*
 * Sets the environment that DXVK and its window system layer read, and starts SDL's video: a real driver if there will
 * be windows, else the offscreen one. Main thread, before any other thread exists and before pvgpu_gpu_d3d11_create.
 * Variables that the user has set are left alone. On Windows it does nothing. `cache_directory` may be NULL. False:
 * logged.
 */
bool pvgpu_gpu_d3d11_prepare(const char *cache_directory, bool windows, const struct pvgpu_log *log);
void pvgpu_gpu_d3d11_unprepare(void);

#endif
