/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "present/window.h"

#include <stdio.h>
#include <string.h>

void pvgpu_window_init(struct pvgpu_window *window, const struct pvgpu_window_config *config)
{
    *window = (struct pvgpu_window){.config = *config};
    pvgpu_mutex_init(&window->lock);
}

void pvgpu_window_finish(struct pvgpu_window *window)
{
    pvgpu_mutex_finish(&window->lock);
}

struct pvgpu_window_state pvgpu_window_state(struct pvgpu_window *window)
{
    pvgpu_mutex_lock(&window->lock);
    struct pvgpu_window_state state = window->state;
    pvgpu_mutex_unlock(&window->lock);
    return state;
}

void pvgpu_window_change(struct pvgpu_window *window, const struct pvgpu_window_state *state, bool exposed)
{
    pvgpu_mutex_lock(&window->lock);
    struct pvgpu_window_state *now = &window->state;
    bool changed = exposed || now->width != state->width || now->height != state->height ||
                   now->visible != state->visible || now->lost != state->lost;
    uint64_t exposures = now->exposures + (exposed ? 1 : 0);
    *now = *state;
    now->exposures = exposures;
    pvgpu_mutex_unlock(&window->lock);
    if (changed && window->config.changed)
        pvgpu_event_signal(window->config.changed);
}

void pvgpu_window_set_title(struct pvgpu_window *window, const char *title)
{
    pvgpu_mutex_lock(&window->lock);
    snprintf(window->title, sizeof(window->title), "%s", title);
    window->title_changed = true;
    pvgpu_mutex_unlock(&window->lock);
    if (window->wake)
        window->wake(window);
}

bool pvgpu_window_take_title(struct pvgpu_window *window, char title[PVGPU_WINDOW_TITLE_BYTES])
{
    pvgpu_mutex_lock(&window->lock);
    bool changed = window->title_changed;
    if (changed)
        memcpy(title, window->title, PVGPU_WINDOW_TITLE_BYTES);
    window->title_changed = false;
    pvgpu_mutex_unlock(&window->lock);
    return changed;
}

void pvgpu_window_quit(struct pvgpu_window *window)
{
    pvgpu_mutex_lock(&window->lock);
    window->quit = true;
    pvgpu_mutex_unlock(&window->lock);
    if (window->wake)
        window->wake(window);
}

bool pvgpu_window_is_quitting(struct pvgpu_window *window)
{
    pvgpu_mutex_lock(&window->lock);
    bool quitting = window->quit;
    pvgpu_mutex_unlock(&window->lock);
    return quitting;
}
