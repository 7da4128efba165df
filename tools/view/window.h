/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A window that shows pictures: window_sdl.c (SDL 3) and window_win32.c. It belongs to the main thread; only
 * view_window_wake may be called from others. F11 and Alt+Enter switch to full screen and back, Esc and closing the
 * window end view_window_run. What goes wrong is told on standard error, in one line.
 *
 * Pictures keep their shape; the rest of the window is black. They are sharp where a pixel covers a whole number of
 * the screen's and smoothed otherwise. They are shown when they come, without waiting for the screen's refresh: the VM
 * paces its frames itself, and a second wait would only make them older.
 */
#ifndef PVGPU_TOOLS_VIEW_WINDOW_H
#define PVGPU_TOOLS_VIEW_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#define VIEW_TICK_MS 1000u

struct view_window;

/*
 * Called in view_window_run after every wake, and at least every VIEW_TICK_MS; more often does no harm. On Windows also
 * while the user moves the window. False: the window shall end.
 */
typedef bool view_tick(void *context);

/* A window of width x height pixels, black. NULL: there is no display. */
struct view_window *view_window_create(const char *title, uint32_t width, uint32_t height);

/* NULL is fine. */
void view_window_destroy(struct view_window *window);

/* Handles what the user does until he or she has enough, or until tick says so. */
void view_window_run(struct view_window *window, view_tick *tick, void *context);

/* Makes view_window_run call tick soon. Calls before that coalesce. Any thread. */
void view_window_wake(struct view_window *window);

/*
 * Shows a picture: 4 bytes a pixel (blue, green, red, ignored), rows packed, top row first. The pixels are lent until
 * the next call of show or destroy. When this returns the picture is on its way to the screen. False: told.
 */
bool view_window_show(struct view_window *window, const uint8_t *pixels, uint32_t width, uint32_t height);

/* Makes the inside width x height pixels, or as large as the screen lets it; not while full screen or maximised. */
void view_window_resize(struct view_window *window, uint32_t width, uint32_t height);

/* UTF-8. */
void view_window_set_title(struct view_window *window, const char *title);

#endif
