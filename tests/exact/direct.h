/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * exact-direct's own parts: a device, and the objects of the running case by id. Uses nothing of src/.
 */
#ifndef PVGPU_TESTS_EXACT_DIRECT_H
#define PVGPU_TESTS_EXACT_DIRECT_H

#ifndef COBJMACROS
#define COBJMACROS
#endif
#include <d3d11_1.h>

#include "exact.h"

struct direct_object {
    IUnknown *com; /* a reference; NULL: nothing has this id, or it is an input layout */
    const struct exact_shader *shader; /* of shaders */
    struct exact_element *elements; /* of input layouts, owned; they are made when a vertex shader is known */
    uint32_t element_count;
};

struct direct {
    void *library; /* where the library is loaded at run time */
    ID3D11Device *device;
    ID3D11DeviceContext *context;
    ID3D11DeviceContext1 *context1; /* for constant buffer ranges; may be NULL */
    struct direct_object objects[EXACT_MAX_ID + 1];
    struct direct_object layout; /* a copy of what is bound, elements owned */
    const struct exact_shader *vertex_shader; /* what is bound */
    bool layout_stale;
};

/* direct_device.c: false: said why on stderr. */
bool direct_open(struct direct *direct);
void direct_close(struct direct *direct);

static inline struct direct *direct_of(struct exact_run *run)
{
    return run->back;
}

/* Notes a failed call. */
bool direct_check(struct exact_run *run, HRESULT result, const char *call);
#define TRY(run, call) direct_check((run), (call), #call)

/* The object behind an id as whatever it is; NULL for 0. */
static inline void *direct_find(struct exact_run *run, uint32_t id)
{
    return direct_of(run)->objects[id <= EXACT_MAX_ID ? id : 0].com;
}

/* Puts a new object in place of what has the id. */
void direct_keep(struct exact_run *run, uint32_t id, void *com);
void direct_drop(struct direct *direct, uint32_t id);

/* direct_view.c, direct_state.c: the calls of exact.h. */

#endif
