/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Guest objects: resources, views, shaders, input layouts, states. One struct a type, each with struct pvgpu_object
 * first; a context's table maps the guest's ids to them. Everything here is known without a GPU; what a renderer adds
 * hangs at `host`.
 *
 * Objects are counted: the table holds one reference, every bind slot and every view or pending read-back one more, so
 * an object destroyed while bound lives until it is unbound. All of it belongs to the render thread.
 */
#ifndef PVGPU_GPU_OBJECT_H
#define PVGPU_GPU_OBJECT_H

#include "base/hash_index.h"
#include "pvgpu/protocol.h"
#include "wire/dxbc.h"

#include <assert.h>
#include <stdbool.h>

enum pvgpu_object_type {
    PVGPU_OBJECT_RESOURCE = 1,
    PVGPU_OBJECT_RENDER_TARGET_VIEW,
    PVGPU_OBJECT_DEPTH_STENCIL_VIEW,
    PVGPU_OBJECT_SHADER_RESOURCE_VIEW,
    PVGPU_OBJECT_UNORDERED_ACCESS_VIEW,
    PVGPU_OBJECT_SHADER,
    PVGPU_OBJECT_INPUT_LAYOUT,
    PVGPU_OBJECT_BLEND_STATE,
    PVGPU_OBJECT_RASTERIZER_STATE,
    PVGPU_OBJECT_DEPTH_STENCIL_STATE,
    PVGPU_OBJECT_SAMPLER,
    PVGPU_OBJECT_ALIAS, /* a further id of a resource; look-ups give the resource */
};

struct pvgpu_object {
    struct pvgpu_hash_node node; /* the table's */
    uint32_t id; /* the guest's; not unique once the object was replaced */
    uint32_t references;
    enum pvgpu_object_type type;
    void *host; /* the renderer's part (for d3d11: one COM reference); NULL with the null renderer */
};

/* One MAP that has not been unmapped. */
struct pvgpu_mapping {
    uint32_t subresource;
    uint32_t mode; /* enum pvgpu_map_mode */
};

#define PVGPU_MAX_MAPPINGS 64 /* per resource; D3D11 programs map one to a few subresources at a time */

struct pvgpu_resource {
    struct pvgpu_object base;
    uint32_t kind; /* enum pvgpu_kind, 1 to 4 */
    uint32_t format; /* DXGI format; 0 for buffers */
    uint32_t width; /* texels of mip 0, or bytes of a buffer */
    uint32_t height; /* 1 for 1D textures and buffers */
    uint32_t depth; /* 1 unless 3D */
    uint32_t array_length; /* 1 for 3D and buffers */
    uint32_t mip_count; /* resolved, at least 1 */
    uint32_t sample_count; /* at least 1 */
    uint32_t sample_quality;
    uint32_t bind; /* PVGPU_BIND_* */
    uint32_t misc; /* D3D11_RESOURCE_MISC_FLAG */
    uint64_t bytes; /* what is counted against the VM's limit */
    uint32_t input_bindings; /* shader-resource slots that hold a view of it now */
    uint32_t output_bindings; /* render-target, depth and unordered-access slots that hold a view of it now */
    uint32_t mapping_count;
    struct pvgpu_mapping *mappings; /* owned, room for PVGPU_MAX_MAPPINGS; NULL while nothing is mapped */
};

/* What OPEN_RESOURCE makes. */
struct pvgpu_alias {
    struct pvgpu_object base;
    struct pvgpu_resource *resource; /* holds a reference */
};

/* A view of any kind; the fields are resolved (no 0 or "rest" is left), in the terms of its D3D11 description. */
struct pvgpu_view {
    struct pvgpu_object base;
    struct pvgpu_resource *resource; /* holds a reference */
    uint32_t format; /* DXGI format */
    uint32_t dimension; /* D3D11_{RTV,DSV,SRV,UAV}_DIMENSION */
    uint32_t flags; /* DSV: PVGPU_DSV_READ_ONLY_*; buffer UAV: D3D11_BUFFER_UAV_FLAG */
    uint32_t first_mip;
    uint32_t mip_count; /* SRV; 1 for others */
    uint32_t first_slice; /* array slice, W slice or buffer element */
    uint32_t slice_count; /* array slices, W slices or buffer elements */
};

struct pvgpu_shader {
    struct pvgpu_object base;
    uint32_t stage; /* enum pvgpu_stage */
    struct pvgpu_dxbc_needs needs; /* what it wants of the stages beside it */
    struct pvgpu_dxbc_signature inputs; /* points into the bytecode */
    uint32_t bytecode_bytes;
    uint8_t *bytecode; /* owned copy of the DXBC container; input layouts need the vertex shaders' */
    uint32_t serial; /* a number for the hash of variants */
    struct pvgpu_layout_variant *variants; /* of vertex shaders: made of it and some layout; may be NULL */
    bool used; /* it was bound once: drivers may have compiled it */
};

/*
 * A host input layout exists per pair of layout and vertex shader: 1.0 sends no signature with the layout (D13). It is
 * found by its pair, and goes when either of the two does: it is in a list of each.
 */
struct pvgpu_layout_variant {
    struct pvgpu_hash_node node; /* of the context's index of pairs */
    struct pvgpu_input_layout *layout; /* no reference */
    struct pvgpu_shader *shader; /* no reference */
    struct pvgpu_layout_variant *layout_next, **layout_link; /* in layout->variants; what points here */
    struct pvgpu_layout_variant *shader_next, **shader_link; /* in shader->variants; what points here */
    void *host; /* NULL: the pair does not fit, and draws with it are skipped */
    bool failed;
};

#define PVGPU_SEMANTIC_NAME_CHARS 63u /* without the NUL; longer names are refused */

struct pvgpu_layout_element {
    char name[PVGPU_SEMANTIC_NAME_CHARS + 1u];
    uint32_t semantic_index;
    uint32_t format; /* DXGI format */
    uint32_t slot;
    uint32_t byte_offset; /* or PVGPU_APPEND_ALIGNED */
    uint32_t per_instance; /* 0 or 1 */
    uint32_t step_rate;
};

/* docs/protocol.md, "Limits", says what these count. */
static_assert(sizeof(struct pvgpu_layout_element) == 88, "elements count 88 bytes");
static_assert(sizeof(struct pvgpu_mapping) * PVGPU_MAX_MAPPINGS == 512, "a mapped resource counts 512 bytes more");

struct pvgpu_input_layout {
    struct pvgpu_object base;
    uint32_t count;
    struct pvgpu_layout_element *elements; /* owned, `count` of them */
    uint32_t serial; /* a number for the hash of variants */
    struct pvgpu_layout_variant *variants; /* made of it and some vertex shader; may be NULL */
};

/* Blend, rasterizer and depth-stencil states and samplers are nothing but their host part. */
struct pvgpu_state_object {
    struct pvgpu_object base;
};

static inline struct pvgpu_resource *pvgpu_resource_from(struct pvgpu_object *object)
{
    assert(object->type == PVGPU_OBJECT_RESOURCE);
    return (struct pvgpu_resource *)object;
}

static inline struct pvgpu_alias *pvgpu_alias_from(struct pvgpu_object *object)
{
    assert(object->type == PVGPU_OBJECT_ALIAS);
    return (struct pvgpu_alias *)object;
}

static inline struct pvgpu_view *pvgpu_view_from(struct pvgpu_object *object)
{
    assert(object->type >= PVGPU_OBJECT_RENDER_TARGET_VIEW && object->type <= PVGPU_OBJECT_UNORDERED_ACCESS_VIEW);
    return (struct pvgpu_view *)object;
}

static inline struct pvgpu_shader *pvgpu_shader_from(struct pvgpu_object *object)
{
    assert(object->type == PVGPU_OBJECT_SHADER);
    return (struct pvgpu_shader *)object;
}

static inline struct pvgpu_input_layout *pvgpu_input_layout_from(struct pvgpu_object *object)
{
    assert(object->type == PVGPU_OBJECT_INPUT_LAYOUT);
    return (struct pvgpu_input_layout *)object;
}

#endif
