/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Windows by SDL 3, which is DXVK's window system layer as well: both use the one instance of the library that is in the
 * process, so it is loaded at run time like DXVK.
 *
 * A lost display. X11: Xlib calls its error handlers from whatever call finds the connection broken, and would end the
 * process after them. Both are replaced: the first notes the loss, the second (XSetIOErrorExitHandler, libX11 1.7 or
 * later) keeps the process alive; SDL is not called any more after that. The second one is set for one connection, and
 * SDL has two, the other one for waking a thread up that waits for events: so the loop here waits by itself. Where libX11
 * is older, the renderer ends, and the session starts another one, without a window, at the guest's next reset.
 * Wayland: SDL says that the program should quit, which it says for no other reason here.
 */
#include "base/time.h"
#include "os/arrival.h"
#include "present/window.h"

#include <SDL3/SDL.h>
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#define SDL_LIBRARY "libSDL3.so.0"
#define X11_LIBRARY "libX11.so.6"
#define WAYLAND_LIBRARY "libwayland-client.so.0"

#define SDL_FUNCTIONS(F) \
    F(InitSubSystem) \
    F(QuitSubSystem) \
    F(GetError) \
    F(CreateWindow) \
    F(DestroyWindow) \
    F(PollEvent) \
    F(GetWindowFlags) \
    F(GetWindowProperties) \
    F(GetPointerProperty) \
    F(GetWindowSizeInPixels) \
    F(SetWindowTitle) \
    F(SetWindowFullscreen) \
    F(GetDisplayForWindow) \
    F(GetDisplayBounds) \
    F(GetWindowPosition) \
    F(SetWindowPosition) \
    F(GetWindowSize) \
    F(SetWindowSize) \
    F(SetWindowBordered) \
    F(HideWindow)

struct sdl {
#define FIELD(name) __typeof__(SDL_##name) *name;
    SDL_FUNCTIONS(FIELD)
#undef FIELD
};

struct sdl_window {
    struct pvgpu_window base;
    struct sdl sdl;
    SDL_Window *window;
    struct pvgpu_event woken; /* by wake */
    void *x11; /* Xlib's display; NULL: not on X11 */
    bool spread_out; /* full screen without the help of a window manager */
    SDL_Rect place; /* from before that */
    pvgpu_handle connection; /* to the display, its own; PVGPU_NO_HANDLE: not known, and nothing comes from there */
    pvgpu_handle
        arrivals; /* on it: drivers read it as well; PVGPU_NO_HANDLE: what they have read comes with the next */
};

static bool load(struct sdl *sdl, char *why, size_t size)
{
    void *library = dlopen(SDL_LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!library) {
        snprintf(why, size, "%s cannot be loaded, install SDL 3 (Debian package libsdl3-0): %s", SDL_LIBRARY,
                 dlerror());
        return false;
    }
    bool complete = true;
#define LOAD(name) \
    sdl->name = (__typeof__(SDL_##name) *)dlsym(library, "SDL_" #name); \
    complete = complete && sdl->name;
    SDL_FUNCTIONS(LOAD)
#undef LOAD
    dlclose(library);
    if (!complete)
        snprintf(why, size, "%s is not an SDL 3 library", SDL_LIBRARY);
    return complete;
}

/* What SDL must know before its video starts; a user's own settings stay. */
static void set_hints(void)
{
    setenv("SDL_NO_SIGNAL_HANDLERS", "1", 0); /* signals are the service's */
    setenv("SDL_QUIT_ON_LAST_WINDOW_CLOSE", "0", 0);
    setenv("SDL_VIDEO_ALLOW_SCREENSAVER", "1", 0); /* a picture of a VM is no film */
    setenv("SDL_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR", "0", 0);
}

bool pvgpu_window_open_display(char *why, size_t size)
{
    struct sdl sdl;
    if (!load(&sdl, why, size))
        return false;
    set_hints();
    const char *x11 = getenv("DISPLAY"), *wayland = getenv("WAYLAND_DISPLAY");
    bool chosen = getenv("SDL_VIDEODRIVER") || getenv("SDL_VIDEO_DRIVER");
    if (!x11 && !wayland && !chosen) {
        snprintf(why, size, "neither DISPLAY nor WAYLAND_DISPLAY is set");
        return false;
    }
    if (sdl.InitSubSystem(SDL_INIT_VIDEO))
        return true;
    if (!x11 && !wayland)
        snprintf(why, size, "%s", sdl.GetError());
    else
        snprintf(why, size, "%s%s%s%s%s cannot be opened: %s", x11 ? "DISPLAY=" : "", x11 ? x11 : "",
                 x11 && wayland ? " and " : "", wayland ? "WAYLAND_DISPLAY=" : "", wayland ? wayland : "",
                 sdl.GetError());
    return false;
}

void pvgpu_window_close_display(void)
{
    char why[256];
    struct sdl sdl;
    if (load(&sdl, why, sizeof(why)))
        sdl.QuitSubSystem(SDL_INIT_VIDEO);
}

/* ---- A lost display ---- */

/* The process's one window, for Xlib's handler, which is the process's as well and tells nothing but the display. */
static struct sdl_window *_Atomic guarded;

static void note_loss(struct sdl_window *this)
{
    const struct pvgpu_window_state lost = {.lost = true};
    pvgpu_window_change(&this->base, &lost, false);
    pvgpu_event_signal(&this->woken);
}

static int on_x11_loss(void *display)
{
    (void)display;
    struct sdl_window *this = guarded;
    if (this)
        note_loss(this);
    return 0;
}

static void stay_alive(void *display, void *user)
{
    (void)display;
    (void)user;
}

/* Keeps the process alive, if this libX11 can. */
static void guard(struct sdl_window *this, void *library, void *display)
{
    typedef int (*handler)(void *display);
    typedef void (*exit_handler)(void *display, void *user);
    handler (*set_handler)(handler) = (handler(*)(handler))dlsym(library, "XSetIOErrorHandler");
    void (*set_exit_handler)(void *, exit_handler, void *) =
        (void (*)(void *, exit_handler, void *))dlsym(library, "XSetIOErrorExitHandler");
    if (!set_handler || !set_exit_handler) {
        pvgpu_debug(&this->base.config.log, "This libX11 ends the process when the X server goes");
        return;
    }
    guarded = this;
    signal(SIGPIPE, SIG_IGN);
    set_handler(on_x11_loss);
    set_exit_handler(display, stay_alive, NULL);
}

/* The connection that events come by. The libraries are those that SDL has loaded. */
static void find_connection(struct sdl_window *this)
{
    SDL_PropertiesID properties = this->sdl.GetWindowProperties(this->window);
    void *x11 = this->sdl.GetPointerProperty(properties, SDL_PROP_WINDOW_X11_DISPLAY_POINTER, NULL);
    this->x11 = x11;
    void *wayland = this->sdl.GetPointerProperty(properties, SDL_PROP_WINDOW_WAYLAND_DISPLAY_POINTER, NULL);
    void *display = x11 ? x11 : wayland;
    void *library = display ? dlopen(x11 ? X11_LIBRARY : WAYLAND_LIBRARY, RTLD_NOW | RTLD_NOLOAD) : NULL;
    this->connection = this->arrivals = PVGPU_NO_HANDLE;
    if (!library)
        return;
    int (*number)(void *) = (int (*)(void *))dlsym(library, x11 ? "XConnectionNumber" : "wl_display_get_fd");
    if (number)
        this->connection = number(display);
    if (this->connection != PVGPU_NO_HANDLE)
        this->arrivals = pvgpu_arrival_watch(this->connection);
    if (x11)
        guard(this, library, display);
    dlclose(library);
}

/* ---- The window ---- */

static void wake(struct pvgpu_window *window)
{
    pvgpu_event_signal(&((struct sdl_window *)window)->woken);
}

static void look_at_window(struct sdl_window *this, bool exposed)
{
    SDL_WindowFlags flags = this->sdl.GetWindowFlags(this->window);
    struct pvgpu_window_state state = {
        .visible = !(flags & (SDL_WINDOW_HIDDEN | SDL_WINDOW_MINIMIZED | SDL_WINDOW_OCCLUDED)),
    };
    int width = 0, height = 0;
    if (this->sdl.GetWindowSizeInPixels(this->window, &width, &height) && width > 0 && height > 0) {
        state.width = (uint32_t)width;
        state.height = (uint32_t)height;
    }
    if (!pvgpu_window_state(&this->base).lost)
        pvgpu_window_change(&this->base, &state, exposed);
}

static void place(struct sdl_window *this, const SDL_Rect *where, bool border)
{
    this->sdl.SetWindowBordered(this->window, border);
    this->sdl.SetWindowPosition(this->window, where->x, where->y);
    this->sdl.SetWindowSize(this->window, where->w, where->h);
}

/* Whether a window manager of this age runs (its root window property is older than full screen is). */
static bool is_managed(const struct sdl_window *this)
{
    void *library = this->x11 ? dlopen(X11_LIBRARY, RTLD_NOW | RTLD_NOLOAD) : NULL;
    if (!library)
        return true; /* elsewhere than on X11 there always is one */
    unsigned long (*root)(void *) = (unsigned long (*)(void *))dlsym(library, "XDefaultRootWindow");
    unsigned long (*atom)(void *, const char *, int) =
        (unsigned long (*)(void *, const char *, int))dlsym(library, "XInternAtom");
    int (*get)(void *, unsigned long, unsigned long, long, long, int, unsigned long, unsigned long *, int *,
               unsigned long *, unsigned long *, unsigned char **) =
        (int (*)(void *, unsigned long, unsigned long, long, long, int, unsigned long, unsigned long *, int *,
                 unsigned long *, unsigned long *, unsigned char **))dlsym(library, "XGetWindowProperty");
    int (*free_data)(void *) = (int (*)(void *))dlsym(library, "XFree");
    unsigned long type = 0, count = 0, left = 0;
    unsigned char *data = NULL;
    int format = 0;
    dlclose(library);
    if (!root || !atom || !get || !free_data)
        return true;
    get(this->x11, root(this->x11), atom(this->x11, "_NET_SUPPORTING_WM_CHECK", 0), 0, 1, 0, 0 /* any type */, &type,
        &format, &count, &left, &data);
    if (data)
        free_data(data);
    return count > 0;
}

/* X11 without a window manager: nobody would answer a request, so the window covers the display by itself. */
static bool spread_out(struct sdl_window *this)
{
    SDL_Rect all, *before = &this->place;
    if (!this->sdl.GetDisplayBounds(this->sdl.GetDisplayForWindow(this->window), &all) ||
        !this->sdl.GetWindowPosition(this->window, &before->x, &before->y) ||
        !this->sdl.GetWindowSize(this->window, &before->w, &before->h))
        return false;
    this->spread_out = true;
    place(this, &all, false);
    return true;
}

static bool is_full_screen(const struct sdl_window *this)
{
    return this->sdl.GetWindowFlags(this->window) & SDL_WINDOW_FULLSCREEN;
}

/* Without a mode of its own SDL's full screen is a borderless window of the desktop's size. */
static void toggle_full_screen(struct sdl_window *this)
{
    bool done = true;
    if (this->spread_out) {
        this->spread_out = false;
        place(this, &this->place, true);
    } else if (is_full_screen(this)) {
        done = this->sdl.SetWindowFullscreen(this->window, false);
    } else {
        done = is_managed(this) ? this->sdl.SetWindowFullscreen(this->window, true) : spread_out(this);
    }
    if (!done)
        pvgpu_warn(&this->base.config.log, "The window does not change to full screen: %s", this->sdl.GetError());
}

static void on_key(struct sdl_window *this, const SDL_KeyboardEvent *key)
{
    bool alt_enter = key->key == SDLK_RETURN && key->mod & SDL_KMOD_ALT;
    if (!key->repeat && (key->key == SDLK_F11 || alt_enter))
        toggle_full_screen(this);
}

static void on_event(struct sdl_window *this, const SDL_Event *event)
{
    switch (event->type) {
    case SDL_EVENT_QUIT:
        note_loss(this);
        return;
    case SDL_EVENT_KEY_DOWN:
        on_key(this, &event->key);
        return;
    case SDL_EVENT_WINDOW_CLOSE_REQUESTED:
        this->sdl.HideWindow(this->window);
        if (this->base.config.closed)
            this->base.config.closed(this->base.config.user);
        break;
    default:
        if (event->type < SDL_EVENT_WINDOW_FIRST || event->type > SDL_EVENT_WINDOW_LAST)
            return;
        break;
    }
    look_at_window(this, event->type == SDL_EVENT_WINDOW_EXPOSED);
}

struct pvgpu_window *pvgpu_window_create(const struct pvgpu_window_config *config)
{
    char why[256];
    struct sdl_window *this = calloc(1, sizeof(*this));
    if (!this) {
        pvgpu_error(&config->log, "No memory for a window");
        return NULL;
    }
    pvgpu_window_init(&this->base, config);
    if (!load(&this->sdl, why, sizeof(why))) {
        pvgpu_error(&config->log, "No window: %s", why);
        goto error;
    }
    if (!pvgpu_event_init(&this->woken)) {
        pvgpu_error(&config->log, "No window: cannot make an event");
        goto error;
    }
    this->window = this->sdl.CreateWindow(config->title, (int)config->width, (int)config->height,
                                          SDL_WINDOW_VULKAN | SDL_WINDOW_RESIZABLE | SDL_WINDOW_HIGH_PIXEL_DENSITY);
    if (!this->window) {
        pvgpu_error(&config->log, "No window: %s", this->sdl.GetError());
        goto error_event;
    }
    this->base.native = this->window;
    this->base.wake = wake;
    find_connection(this);
    look_at_window(this, false);
    return &this->base;
error_event:
    pvgpu_event_finish(&this->woken);
error:
    pvgpu_window_finish(&this->base);
    free(this);
    return NULL;
}

static bool is_over(struct pvgpu_window *window)
{
    return pvgpu_window_is_quitting(window) || pvgpu_window_state(window).lost;
}

void pvgpu_window_run(struct pvgpu_window *window)
{
    struct sdl_window *this = (struct sdl_window *)window;
    char title[PVGPU_WINDOW_TITLE_BYTES];
    SDL_Event event;
    for (;;) {
        while (!is_over(window) && this->sdl.PollEvent(&event)) {
            if (!pvgpu_window_state(window).lost)
                on_event(this, &event);
        }
        if (is_over(window))
            return;
        if (pvgpu_window_take_title(window, title)) {
            this->sdl.SetWindowTitle(this->window, title);
            continue; /* which sends it as well */
        }
        const pvgpu_handle handles[] = {this->woken.handle, this->arrivals, this->connection};
        uint64_t ready = pvgpu_handle_wait_any(handles, 3, PVGPU_NO_TIMEOUT);
        if (ready & 1u)
            pvgpu_event_take(&this->woken);
        if (ready & 2u)
            pvgpu_arrival_take(this->arrivals);
    }
}

void pvgpu_window_destroy(struct pvgpu_window *window)
{
    struct sdl_window *this = (struct sdl_window *)window;
    if (!window)
        return;
    /* Xlib's handler may still run in calls that the driver makes; what it looks at stays with the process then. */
    if (pvgpu_window_state(window).lost)
        return;
    guarded = NULL;
    this->sdl.DestroyWindow(this->window);
    pvgpu_handle_close(this->arrivals);
    pvgpu_event_finish(&this->woken);
    pvgpu_window_finish(window);
    free(this);
}
