/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <stdlib.h>

#include "direct.h"
#include "tests/direct/library.h"

bool direct_open(struct direct *direct)
{
    PFN_D3D11_CREATE_DEVICE create = direct_library_open("exact-direct", &direct->library);
    if (!create)
        return false;
    const D3D_FEATURE_LEVEL levels[] = {D3D_FEATURE_LEVEL_11_1, D3D_FEATURE_LEVEL_11_0};
    HRESULT result = create(NULL, D3D_DRIVER_TYPE_HARDWARE, NULL, 0, levels, 2, D3D11_SDK_VERSION, &direct->device,
                            NULL, &direct->context);
    if (FAILED(result)) {
        fprintf(stderr, "exact-direct: no Direct3D 11 device: 0x%08lx\n", (unsigned long)result);
        return false;
    }
    if (FAILED(
            ID3D11DeviceContext_QueryInterface(direct->context, &IID_ID3D11DeviceContext1, (void **)&direct->context1)))
        direct->context1 = NULL;
    return true;
}

void direct_close(struct direct *direct)
{
    if (direct->context1)
        ID3D11DeviceContext1_Release(direct->context1);
    if (direct->context)
        ID3D11DeviceContext_Release(direct->context);
    if (direct->device)
        ID3D11Device_Release(direct->device);
    direct_library_close(direct->library);
}

bool direct_check(struct exact_run *run, HRESULT result, const char *call)
{
    if (SUCCEEDED(result))
        return true;
    exact_fail(run, "%.100s: 0x%08lx", call, (unsigned long)result & 0xFFFFFFFFul);
    return false;
}

void direct_drop(struct direct *direct, uint32_t id)
{
    struct direct_object *object = &direct->objects[id];
    if (object->com)
        IUnknown_Release(object->com);
    free(object->elements);
    *object = (struct direct_object){0};
}

void direct_keep(struct exact_run *run, uint32_t id, void *com)
{
    direct_drop(direct_of(run), id);
    direct_of(run)->objects[id].com = com;
}

/* ---- What the host can do ---- */

static bool skip(struct exact_run *run, const char *reason, uint32_t a, uint32_t b)
{
    snprintf(run->skipped, sizeof(run->skipped), "%s (%u, 0x%x)", reason, a, b);
    return false;
}

bool exact_needs_format(struct exact_run *run, uint32_t format, uint32_t support)
{
    UINT flags = 0;
    if (FAILED(ID3D11Device_CheckFormatSupport(direct_of(run)->device, (DXGI_FORMAT)format, &flags)))
        flags = 0;
    return (flags & support) == support ||
           skip(run, "the host does not support the format for this", format, support & ~flags);
}

bool exact_needs_samples(struct exact_run *run, uint32_t format, uint32_t count)
{
    UINT levels = 0;
    HRESULT result =
        ID3D11Device_CheckMultisampleQualityLevels(direct_of(run)->device, (DXGI_FORMAT)format, count, &levels);
    return (SUCCEEDED(result) && levels) || skip(run, "the host has no such sample count", format, count);
}

bool exact_needs_min_max_filter(struct exact_run *run)
{
    D3D11_FEATURE_DATA_D3D11_OPTIONS1 options = {0};
    HRESULT result = ID3D11Device_CheckFeatureSupport(direct_of(run)->device, D3D11_FEATURE_D3D11_OPTIONS1, &options,
                                                      sizeof(options));
    return (SUCCEEDED(result) && options.MinMaxFiltering) ||
           skip(run, "the host has no minimum and maximum filters", 0, 0);
}

const char *exact_program(void)
{
    return "direct";
}

/* ---- The program ---- */

static bool begin(struct exact_run *run)
{
    (void)run;
    return true;
}

static void end(struct exact_run *run)
{
    struct direct *direct = direct_of(run);
    ID3D11DeviceContext_ClearState(direct->context);
    for (uint32_t id = 0; id <= EXACT_MAX_ID; id++)
        direct_drop(direct, id);
    free(direct->layout.elements);
    direct->layout = (struct direct_object){0};
    direct->vertex_shader = NULL;
    ID3D11DeviceContext_Flush(direct->context);
    HRESULT removed = ID3D11Device_GetDeviceRemovedReason(direct->device);
    if (FAILED(removed))
        exact_fail(run, "the device is gone: 0x%08lx", (unsigned long)removed & 0xFFFFFFFFul);
}

int main(int argc, char **argv)
{
    static struct direct direct;
    struct exact_options options;
    if (!exact_parse(&options, argc, argv))
        return 2;
    if (exact_listed(&options))
        return 0;
    if (!direct_open(&direct))
        return 3;
    const struct exact_back back = {.begin = begin, .end = end, .user = &direct};
    int code = exact_main(&options, &back);
    direct_close(&direct);
    return code;
}
