/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "gpu/state.h"

#include <string.h>

void pvgpu_state_init(struct pvgpu_state *state)
{
    memset(state, 0, sizeof(*state));
    for (size_t i = 0; i < 4; i++)
        state->blend_factor[i] = 1.0f;
    state->sample_mask = UINT32_MAX;
    pvgpu_state_mark_all(state);
}

void pvgpu_state_mark_all(struct pvgpu_state *state)
{
    state->dirty = PVGPU_DIRTY_RENDER_TARGETS | PVGPU_DIRTY_VIEWPORTS | PVGPU_DIRTY_SCISSORS | PVGPU_DIRTY_BLEND |
                   PVGPU_DIRTY_RASTERIZER | PVGPU_DIRTY_DEPTH_STENCIL | PVGPU_DIRTY_VERTEX_BUFFERS |
                   PVGPU_DIRTY_INDEX_BUFFER | PVGPU_DIRTY_INPUT_LAYOUT | PVGPU_DIRTY_TOPOLOGY | PVGPU_DIRTY_UNORDERED;
    state->dirty_vertex_buffers = UINT32_MAX;
    state->dirty_unordered = UINT8_MAX;
    for (uint32_t stage = 0; stage < PVGPU_STAGE_COUNT; stage++) {
        struct pvgpu_stage_state *bound = &state->stages[stage];
        state->dirty |= PVGPU_DIRTY_STAGE(stage);
        bound->dirty_shader = true;
        bound->dirty_samplers = UINT16_MAX;
        bound->dirty_constants = (uint16_t)((1u << PVGPU_MAX_CONSTANT_BUFFERS) - 1u);
        memset(bound->dirty_resources, 0xFF, sizeof(bound->dirty_resources));
    }
}

_Static_assert(PVGPU_MAX_SAMPLERS == 16 && PVGPU_MAX_VERTEX_BUFFERS == 32 && PVGPU_MAX_SHADER_RESOURCES % 64 == 0 &&
                   PVGPU_MAX_UNORDERED_ACCESS == 8,
               "every bit of the dirty words stands for a slot");
