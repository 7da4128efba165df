/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A native window of the renderer process. It belongs to the main thread, which makes it, runs its message loop and
 * destroys it; the render thread, which owns the swapchain, asks for its state and gives it a title. Neither waits for
 * the other for longer than a mutex that guards a few words.
 *
 * window.c has what both hosts share; window_win32.c (Win32) and window_sdl.c (SDL 3) have the rest. Closing a window
 * hides it; full screen (F11 and Alt+Enter) is a borderless window of the display's size.
 */
#ifndef PVGPU_PRESENT_WINDOW_H
#define PVGPU_PRESENT_WINDOW_H

#include "base/log.h"
#include "os/event.h"
#include "os/thread.h"

#include <stdint.h>

#define PVGPU_WINDOW_TITLE_BYTES 128u

/* What the render thread must know. */
struct pvgpu_window_state {
    uint32_t width, height; /* of what can be drawn on, pixels; 0 while there is nothing */
    bool visible; /* not hidden, minimised or wholly covered, as far as the host tells */
    bool lost; /* the display is gone and does not come back: the native window must not be touched again */
    uint64_t exposures; /* counts up when what was drawn has to be drawn again */
};

struct pvgpu_window_config {
    const char *title; /* the first one */
    uint32_t width, height; /* the first size, pixels */
    struct pvgpu_event *changed; /* signalled when the state has changed; may be NULL; outlives the window */
    void (*closed)(void *user); /* the user has closed the window; main thread; may be NULL */
    void *user;
    struct pvgpu_log log;
};

/* First member of every window. Everything but `native` is used through the functions below. */
struct pvgpu_window {
    void *native; /* HWND or SDL_Window *; fixed once made */
    void (*wake)(struct pvgpu_window *window); /* makes the message loop look at `title` and `quit`; any thread */
    struct pvgpu_window_config config;
    struct pvgpu_mutex lock; /* guards what follows */
    struct pvgpu_window_state state;
    char title[PVGPU_WINDOW_TITLE_BYTES];
    bool title_changed;
    bool quit;
};

/* ---- What the hosts have in common ---- */

void pvgpu_window_init(struct pvgpu_window *window, const struct pvgpu_window_config *config);
void pvgpu_window_finish(struct pvgpu_window *window);

/* The state now. Any thread. */
struct pvgpu_window_state pvgpu_window_state(struct pvgpu_window *window);

/* Takes the state over, `exposures` apart, which goes up by one if `exposed`. Any thread. */
void pvgpu_window_change(struct pvgpu_window *window, const struct pvgpu_window_state *state, bool exposed);

/* Gives the window a title, UTF-8, cut where it does not fit. Any thread. */
void pvgpu_window_set_title(struct pvgpu_window *window, const char *title);

/* Whether the title was set since the last time; copies it out. Main thread. */
bool pvgpu_window_take_title(struct pvgpu_window *window, char title[PVGPU_WINDOW_TITLE_BYTES]);

/* Ends pvgpu_window_run. Any thread. */
void pvgpu_window_quit(struct pvgpu_window *window);
bool pvgpu_window_is_quitting(struct pvgpu_window *window);

/* ---- What each host has its own way for; main thread ---- */

/*
 * Opens the display that windows are shown on. False: *why (of `size` bytes) names what is missing. One that was opened
 * is closed again, unless it was lost.
 */
bool pvgpu_window_open_display(char *why, size_t size);
void pvgpu_window_close_display(void);

/* A visible window on the open display. NULL: logged. */
struct pvgpu_window *pvgpu_window_create(const struct pvgpu_window_config *config);

/* The message loop, until pvgpu_window_quit, or until the display is lost. */
void pvgpu_window_run(struct pvgpu_window *window);

/* After the swapchain is gone. NULL is fine. */
void pvgpu_window_destroy(struct pvgpu_window *window);

#endif
