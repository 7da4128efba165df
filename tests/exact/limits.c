/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <string.h>

#include "exact.h"

/* What a host gets wrong by direct calls as well. */
static const struct {
    const char *host;
    const char *name; /* of the case; a * at the end stands for any rest */
    const char *reason;
} limits[] = {
    {"dxvk", "compute/texture/3d_first_slice*",
     "DXVK takes no first depth slice in unordered access views of 3D textures (Vulkan has none)"},
    {"dxvk", "draw/indexed/past_the_end",
     "DXVK on this driver reads what lies behind the index buffer instead of zeros"},
    {"wine", "format/texel_by_hand/R8G8B8A8_UINT", "Wine clears integer targets to other values"},
    {"wine", "format/texel_by_hand/R8G8B8A8_SINT", "Wine clears integer targets to other values"},
    {"wine", "format/texel_by_hand/R16G16_UINT", "Wine clears integer targets to other values"},
    {"wine", "format/texel_by_hand/R32_UINT", "Wine clears integer targets to other values"},
    {"wine", "format/texel_by_hand/R16G16B16A16_UINT", "Wine clears integer targets to other values"},
    {"wine", "format/texel_by_hand/A8_UNORM", "Wine clears A8 targets with red instead of alpha"},
    {"wine", "depth/clear/stencil", "Wine reads D24S8 back with stencil in the low byte"},
    {"wine", "depth/clear/neither", "Wine reads D24S8 back with stencil in the low byte"},
    {"wine", "depth/clear/clamped_*", "Wine reads D24S8 back with stencil in the low byte"},
    {"wine", "texture/buffer/R16G16B16A16_SNORM", "Wine reads zeros through buffer views of this format"},
    {"wine", "texture/buffer/R10G10B10A2_UNORM", "Wine reads zeros through buffer views of this format"},
    {"wine", "texture/buffer/R10G10B10A2_UINT", "Wine reads zeros through buffer views of this format"},
    {"wine", "texture/buffer/R11G11B10_FLOAT", "Wine reads zeros through buffer views of this format"},
    {"wine", "texture/buffer/R8G8B8A8_SNORM", "Wine reads zeros through buffer views of this format"},
    {"wine", "texture/buffer/R8_SNORM", "Wine reads zeros through buffer views of this format"},
    {"wine", "texture/multisampled/array_4x*", "Wine draws nothing into slices of multisampled arrays"},
    {"wine", "target/buffer/*", "Wine draws nothing into buffers, and clears none"},
    {"wine", "compute/texture/1d_default", "Wine makes no default unordered access view of a 1D texture"},
    {"wine", "compute/texture/1d_array_default", "Wine makes no default unordered access view of a 1D texture"},
    {"wine", "compute/texture/3d_first_slice*", "Wine ignores the first depth slice of unordered access views"},
    {"wine", "compute/hazard", "Wine leaves a resource bound as input that is bound for unordered access"},
    {"wine", "hazard/input_then_target",
     "Wine leaves a resource bound as input that became a target; what is read then depends on what ran before"},
    {"wine", "compute/indirect/written", "Wine dispatches with the counts from before they were written"},
    {"wine", "draw/instanced/none", "Wine draws one instance when none is asked for"},
    {"wine", "draw/no_vertex_shader", "Wine crashes when something is drawn without a vertex shader"},
    {"wine", "input/32_elements/32_slots", "Wine crashes with vertex buffers in slots from 16 on"},
};

static bool fits(const char *pattern, const char *name)
{
    size_t length = strlen(pattern);
    if (pattern[length - 1] == '*')
        return strncmp(pattern, name, length - 1) == 0;
    return strcmp(pattern, name) == 0;
}

const char *exact_limit(const char *host, const char *name)
{
    for (size_t i = 0; host && i < sizeof(limits) / sizeof(limits[0]); i++) {
        if (strcmp(limits[i].host, host) == 0 && fits(limits[i].name, name))
            return limits[i].reason;
    }
    return NULL;
}
