/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "window.h"

#include "fit.h"

#include <SDL3/SDL.h>
#include <stdio.h>

struct view_window {
    SDL_Window *window;
    SDL_Renderer *renderer;
    SDL_Texture *texture; /* the last picture; NULL before the first */
    uint32_t width, height; /* of the texture */
    uint32_t wake_type; /* event */
    SDL_AtomicInt wake_pending; /* a wake event is on its way */
    bool ended;
    bool stale; /* the window must be drawn again */
};

static bool fail(const char *what)
{
    fprintf(stderr, "pvgpu-view: %s: %s\n", what, SDL_GetError());
    return false;
}

struct view_window *view_window_create(const char *title, uint32_t width, uint32_t height)
{
    /*
     * Not the drivers that take over a console, unless the user's environment names one; and Wayland only where it is
     * told of, because its library complains on standard error otherwise.
     */
    bool wayland = SDL_getenv("WAYLAND_DISPLAY") || SDL_getenv("WAYLAND_SOCKET");
    SDL_SetHint(SDL_HINT_VIDEO_DRIVER, wayland ? "wayland,x11" : "x11");
    SDL_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1");
    SDL_SetAppMetadata("pvgpu-view", NULL, NULL);
    struct view_window *window = SDL_calloc(1, sizeof(*window));
    if (!window || !SDL_Init(SDL_INIT_VIDEO)) {
        fail("there is no display");
        SDL_free(window);
        return NULL;
    }
    window->wake_type = SDL_RegisterEvents(1);
    window->stale = true;
    if (!SDL_CreateWindowAndRenderer(title, (int)width, (int)height,
                                     SDL_WINDOW_RESIZABLE | SDL_WINDOW_HIGH_PIXEL_DENSITY, &window->window,
                                     &window->renderer)) {
        fail("cannot open a window");
        view_window_destroy(window);
        return NULL;
    }
    return window;
}

void view_window_destroy(struct view_window *window)
{
    if (!window)
        return;
    SDL_DestroyTexture(window->texture);
    SDL_DestroyRenderer(window->renderer);
    SDL_DestroyWindow(window->window);
    SDL_free(window);
    SDL_Quit();
}

static void press(struct view_window *window, const SDL_KeyboardEvent *key)
{
    if (key->repeat)
        return;
    if (key->key == SDLK_ESCAPE)
        window->ended = true;
    else if (key->key == SDLK_F11 || (key->key == SDLK_RETURN && (key->mod & SDL_KMOD_ALT)))
        SDL_SetWindowFullscreen(window->window, !(SDL_GetWindowFlags(window->window) & SDL_WINDOW_FULLSCREEN));
}

static void handle(struct view_window *window, const SDL_Event *event)
{
    switch (event->type) {
    case SDL_EVENT_QUIT: /* SIGINT and SIGTERM too */
    case SDL_EVENT_WINDOW_CLOSE_REQUESTED:
        window->ended = true;
        break;
    case SDL_EVENT_KEY_DOWN:
        press(window, &event->key);
        break;
    case SDL_EVENT_WINDOW_EXPOSED:
    case SDL_EVENT_WINDOW_PIXEL_SIZE_CHANGED:
        window->stale = true;
        break;
    default:
        if (event->type == window->wake_type)
            SDL_SetAtomicInt(&window->wake_pending, 0);
        break;
    }
}

static void draw(struct view_window *window)
{
    int width = 0, height = 0;
    window->stale = false;
    SDL_SetRenderDrawColor(window->renderer, 0, 0, 0, SDL_ALPHA_OPAQUE);
    SDL_RenderClear(window->renderer);
    if (window->texture && SDL_GetRenderOutputSize(window->renderer, &width, &height) && width > 0 && height > 0) {
        struct view_rect rect = view_fit(window->width, window->height, (uint32_t)width, (uint32_t)height);
        SDL_FRect target = {(float)rect.x, (float)rect.y, (float)rect.width, (float)rect.height};
        SDL_SetTextureScaleMode(window->texture, rect.sharp ? SDL_SCALEMODE_NEAREST : SDL_SCALEMODE_LINEAR);
        SDL_RenderTexture(window->renderer, window->texture, NULL, &target);
    }
    SDL_RenderPresent(window->renderer);
}

void view_window_run(struct view_window *window, view_tick *tick, void *context)
{
    while (!window->ended) {
        SDL_Event event;
        bool more = SDL_WaitEventTimeout(&event, VIEW_TICK_MS);
        for (; more; more = SDL_PollEvent(&event))
            handle(window, &event);
        if (!window->ended && !tick(context))
            window->ended = true;
        if (window->stale && !window->ended)
            draw(window);
    }
}

void view_window_wake(struct view_window *window)
{
    if (SDL_SetAtomicInt(&window->wake_pending, 1) != 0)
        return;
    SDL_Event event = {.type = window->wake_type};
    SDL_PushEvent(&event);
}

bool view_window_show(struct view_window *window, const uint8_t *pixels, uint32_t width, uint32_t height)
{
    if (!window->texture || window->width != width || window->height != height) {
        SDL_DestroyTexture(window->texture);
        window->texture = SDL_CreateTexture(window->renderer, SDL_PIXELFORMAT_BGRA32, SDL_TEXTUREACCESS_STREAMING,
                                            (int)width, (int)height);
        if (!window->texture || !SDL_SetTextureBlendMode(window->texture, SDL_BLENDMODE_NONE))
            return fail("cannot show a frame of this size");
        window->width = width;
        window->height = height;
    }
    if (!SDL_UpdateTexture(window->texture, NULL, pixels, (int)width * 4))
        return fail("cannot show a frame");
    draw(window);
    return true;
}

void view_window_resize(struct view_window *window, uint32_t width, uint32_t height)
{
    if (SDL_GetWindowFlags(window->window) & (SDL_WINDOW_FULLSCREEN | SDL_WINDOW_MAXIMIZED))
        return;
    float density = SDL_GetWindowPixelDensity(window->window);
    if (density > 0) {
        width = (uint32_t)((float)width / density);
        height = (uint32_t)((float)height / density);
    }
    SDL_Rect room;
    if (SDL_GetDisplayUsableBounds(SDL_GetDisplayForWindow(window->window), &room) &&
        (width > (uint32_t)room.w || height > (uint32_t)room.h)) {
        struct view_rect fitting = view_fit(width, height, (uint32_t)room.w, (uint32_t)room.h);
        width = fitting.width;
        height = fitting.height;
    }
    SDL_SetWindowSize(window->window, (int)(width > 0 ? width : 1), (int)(height > 0 ? height : 1));
}

void view_window_set_title(struct view_window *window, const char *title)
{
    SDL_SetWindowTitle(window->window, title);
}
