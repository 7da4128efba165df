/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "service/capabilities.h"

#include "base/json.h"
#include "pvgpu/protocol.h"
#include "service/options.h"

static void write_list(struct pvgpu_json *json, const char *key, const char *const *texts)
{
    pvgpu_json_key(json, key);
    pvgpu_json_begin_array(json);
    for (; *texts; texts++)
        pvgpu_json_string(json, *texts);
    pvgpu_json_end(json);
}

int pvgpu_capabilities_print(void)
{
    /* `features` has names of vhost-user alone (render-node, virgl), of which none applies. */
    static const char *const features[] = {NULL};
    static const char *const presentations[] = {"headless", "windowed", "dual", NULL};
    static const char *const links[] = {
        "pipe",
#ifdef __linux__
        "vfio-user", "ivshmem-doorbell", "ivshmem-plain",
#endif
        NULL,
    };
    const char *renderers[] = {pvgpu_renderer_kind_name(PVGPU_RENDERER_D3D11),
                               pvgpu_renderer_kind_name(PVGPU_RENDERER_NULL), NULL};
    struct pvgpu_json json;
    pvgpu_json_begin_file(&json, stdout, 2);
    pvgpu_json_begin_object(&json);
    pvgpu_json_key(&json, "type");
    pvgpu_json_string(&json, "gpu");
    write_list(&json, "features", features);
    pvgpu_json_key(&json, "version");
    pvgpu_json_string(&json, PVGPU_RELEASE);
    pvgpu_json_key(&json, "protocols");
    pvgpu_json_begin_array(&json);
    pvgpu_json_format(&json, "%u.%u", PVGPU_VERSION_MAJOR(PVGPU_VERSION_1_0), PVGPU_VERSION_MINOR(PVGPU_VERSION_1_0));
    pvgpu_json_end(&json);
    write_list(&json, "links", links);
    write_list(&json, "renderers", renderers);
    write_list(&json, "presentations", presentations);
    pvgpu_json_end(&json);
    return pvgpu_json_finish(&json) ? PVGPU_EXIT_OK : PVGPU_EXIT_FAILURE;
}
