/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "window.h"

#include "fit.h"
#include "os/win32/windows_lean.h"

#include <stdio.h>
#include <stdlib.h>

#define CLASS_NAME L"pvgpu-view"
#define WAKE_MESSAGE (WM_APP + 1)
#define TICK_TIMER 1
#define TITLE_CHARACTERS 1024

struct view_window {
    HWND handle;
    const uint8_t *pixels; /* lent; NULL before the first picture */
    uint32_t width, height; /* of the picture */
    view_tick *tick; /* NULL outside of run */
    void *context;
    LONG wake_pending; /* interlocked: a wake message is on its way */
    bool ended;
    bool full_screen;
    WINDOWPLACEMENT before; /* full screen: where the window was */
};

static bool fail(const char *what)
{
    fprintf(stderr, "pvgpu-view: %s: error %lu\n", what, GetLastError());
    return false;
}

static void end(struct view_window *window)
{
    window->ended = true;
    PostMessageW(window->handle, WM_NULL, 0, 0); /* GetMessage returns once more */
}

static void call_tick(struct view_window *window)
{
    if (window->tick && !window->ended && !window->tick(window->context))
        end(window);
}

/* What the picture does not cover. */
static void clear_around(HDC context, const struct view_rect *rect, uint32_t width, uint32_t height)
{
    int right = (int)(rect->x + rect->width), bottom = (int)(rect->y + rect->height);
    PatBlt(context, 0, 0, (int)width, (int)rect->y, BLACKNESS);
    PatBlt(context, 0, bottom, (int)width, (int)height - bottom, BLACKNESS);
    PatBlt(context, 0, (int)rect->y, (int)rect->x, (int)rect->height, BLACKNESS);
    PatBlt(context, right, (int)rect->y, (int)width - right, (int)rect->height, BLACKNESS);
}

static bool draw(struct view_window *window, HDC context)
{
    RECT inside;
    if (!GetClientRect(window->handle, &inside) || inside.right <= 0 || inside.bottom <= 0)
        return true; /* minimised */
    uint32_t width = (uint32_t)inside.right, height = (uint32_t)inside.bottom;
    if (!window->pixels)
        return PatBlt(context, 0, 0, (int)width, (int)height, BLACKNESS);
    struct view_rect rect = view_fit(window->width, window->height, width, height);
    clear_around(context, &rect, width, height);
    /* A negative height: the top row comes first. */
    const BITMAPINFO info = {.bmiHeader = {.biSize = sizeof(BITMAPINFOHEADER),
                                           .biWidth = (LONG)window->width,
                                           .biHeight = -(LONG)window->height,
                                           .biPlanes = 1,
                                           .biBitCount = 32,
                                           .biCompression = BI_RGB}};
    SetStretchBltMode(context, rect.sharp ? COLORONCOLOR : HALFTONE);
    SetBrushOrgEx(context, 0, 0, NULL); /* as HALFTONE wants it */
    return StretchDIBits(context, (int)rect.x, (int)rect.y, (int)rect.width, (int)rect.height, 0, 0, (int)window->width,
                         (int)window->height, window->pixels, &info, DIB_RGB_COLORS, SRCCOPY) != 0;
}

static void paint(struct view_window *window)
{
    PAINTSTRUCT paint;
    HDC context = BeginPaint(window->handle, &paint);
    if (context)
        draw(window, context);
    EndPaint(window->handle, &paint);
}

/* Full screen is a window without a border that covers its monitor. */
static void switch_full_screen(struct view_window *window)
{
    DWORD style = (DWORD)GetWindowLongPtrW(window->handle, GWL_STYLE);
    window->full_screen = !window->full_screen;
    if (!window->full_screen) {
        SetWindowLongPtrW(window->handle, GWL_STYLE, (LONG_PTR)(style | WS_OVERLAPPEDWINDOW));
        SetWindowPlacement(window->handle, &window->before);
        SetWindowPos(window->handle, NULL, 0, 0, 0, 0,
                     SWP_NOMOVE | SWP_NOSIZE | SWP_NOZORDER | SWP_NOOWNERZORDER | SWP_FRAMECHANGED);
        return;
    }
    MONITORINFO monitor = {.cbSize = sizeof(monitor)};
    window->before.length = sizeof(window->before);
    GetWindowPlacement(window->handle, &window->before);
    GetMonitorInfoW(MonitorFromWindow(window->handle, MONITOR_DEFAULTTONEAREST), &monitor);
    SetWindowLongPtrW(window->handle, GWL_STYLE, (LONG_PTR)(style & ~(DWORD)WS_OVERLAPPEDWINDOW));
    SetWindowPos(window->handle, HWND_TOP, monitor.rcMonitor.left, monitor.rcMonitor.top,
                 monitor.rcMonitor.right - monitor.rcMonitor.left, monitor.rcMonitor.bottom - monitor.rcMonitor.top,
                 SWP_NOOWNERZORDER | SWP_FRAMECHANGED);
}

static LRESULT CALLBACK handle(HWND handle, UINT message, WPARAM wide, LPARAM lasting)
{
    struct view_window *window = (struct view_window *)GetWindowLongPtrW(handle, GWLP_USERDATA);
    bool repeated = lasting & 0x40000000; /* of key messages */
    if (!window)
        return DefWindowProcW(handle, message, wide, lasting);
    switch (message) {
    case WAKE_MESSAGE:
        InterlockedExchange(&window->wake_pending, 0);
        call_tick(window);
        return 0;
    case WM_TIMER:
        call_tick(window);
        return 0;
    case WM_PAINT:
        paint(window);
        return 0;
    case WM_ERASEBKGND:
        return 1; /* everything is painted */
    case WM_SIZE:
        InvalidateRect(handle, NULL, FALSE);
        return 0;
    case WM_KEYDOWN:
        if (wide == VK_ESCAPE)
            end(window);
        else if (wide == VK_F11 && !repeated)
            switch_full_screen(window);
        return 0;
    case WM_SYSKEYDOWN:
        if (wide == VK_RETURN && !repeated)
            switch_full_screen(window);
        if (wide == VK_RETURN)
            return 0;
        break;
    case WM_SYSCHAR:
        if (wide == VK_RETURN)
            return 0; /* or there is a sound */
        break;
    case WM_CLOSE:
        end(window);
        return 0;
    default:
        break;
    }
    return DefWindowProcW(handle, message, wide, lasting);
}

static void widen(const char *text, WCHAR wide[TITLE_CHARACTERS])
{
    if (MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, TITLE_CHARACTERS) <= 0)
        wcscpy(wide, CLASS_NAME);
}

/* The size of a window whose inside has this one. */
static SIZE outer_size(DWORD style, uint32_t width, uint32_t height)
{
    RECT rect = {0, 0, (LONG)width, (LONG)height};
    AdjustWindowRect(&rect, style, FALSE);
    return (SIZE){rect.right - rect.left, rect.bottom - rect.top};
}

struct view_window *view_window_create(const char *title, uint32_t width, uint32_t height)
{
    SetProcessDPIAware(); /* pixels are the screen's own */
    struct view_window *window = calloc(1, sizeof(*window));
    if (!window) {
        fprintf(stderr, "pvgpu-view: out of memory\n");
        return NULL;
    }
    const WNDCLASSW class = {.lpfnWndProc = handle,
                             .hInstance = GetModuleHandleW(NULL),
                             .hCursor = LoadCursorW(NULL, (LPCWSTR)IDC_ARROW),
                             .lpszClassName = CLASS_NAME};
    RegisterClassW(&class);
    WCHAR wide[TITLE_CHARACTERS];
    widen(title, wide);
    SIZE size = outer_size(WS_OVERLAPPEDWINDOW, width, height);
    window->handle = CreateWindowExW(0, CLASS_NAME, wide, WS_OVERLAPPEDWINDOW, CW_USEDEFAULT, CW_USEDEFAULT, size.cx,
                                     size.cy, NULL, NULL, class.hInstance, NULL);
    if (!window->handle) {
        fail("there is no display");
        free(window);
        return NULL;
    }
    SetWindowLongPtrW(window->handle, GWLP_USERDATA, (LONG_PTR)window);
    ShowWindow(window->handle, SW_SHOWNORMAL);
    return window;
}

void view_window_destroy(struct view_window *window)
{
    if (!window)
        return;
    DestroyWindow(window->handle);
    free(window);
}

void view_window_run(struct view_window *window, view_tick *tick, void *context)
{
    window->tick = tick;
    window->context = context;
    SetTimer(window->handle, TICK_TIMER, VIEW_TICK_MS, NULL);
    MSG message;
    while (!window->ended && GetMessageW(&message, NULL, 0, 0) > 0) {
        TranslateMessage(&message);
        DispatchMessageW(&message);
    }
    KillTimer(window->handle, TICK_TIMER);
    window->tick = NULL;
}

void view_window_wake(struct view_window *window)
{
    if (InterlockedExchange(&window->wake_pending, 1) == 0)
        PostMessageW(window->handle, WAKE_MESSAGE, 0, 0);
}

bool view_window_show(struct view_window *window, const uint8_t *pixels, uint32_t width, uint32_t height)
{
    window->pixels = pixels;
    window->width = width;
    window->height = height;
    HDC context = GetDC(window->handle);
    bool done = context && draw(window, context);
    GdiFlush();
    if (context)
        ReleaseDC(window->handle, context);
    return done || fail("cannot show a frame");
}

void view_window_resize(struct view_window *window, uint32_t width, uint32_t height)
{
    if (window->full_screen || IsZoomed(window->handle))
        return;
    DWORD style = (DWORD)GetWindowLongPtrW(window->handle, GWL_STYLE);
    SIZE border = outer_size(style, 0, 0);
    MONITORINFO monitor = {.cbSize = sizeof(monitor)};
    if (GetMonitorInfoW(MonitorFromWindow(window->handle, MONITOR_DEFAULTTONEAREST), &monitor)) {
        LONG room_width = monitor.rcWork.right - monitor.rcWork.left - border.cx;
        LONG room_height = monitor.rcWork.bottom - monitor.rcWork.top - border.cy;
        if (room_width > 0 && room_height > 0 && (width > (uint32_t)room_width || height > (uint32_t)room_height)) {
            struct view_rect fitting = view_fit(width, height, (uint32_t)room_width, (uint32_t)room_height);
            width = fitting.width;
            height = fitting.height;
        }
    }
    SIZE size = outer_size(style, width, height);
    SetWindowPos(window->handle, NULL, 0, 0, size.cx, size.cy, SWP_NOMOVE | SWP_NOZORDER | SWP_NOACTIVATE);
}

void view_window_set_title(struct view_window *window, const char *title)
{
    WCHAR wide[TITLE_CHARACTERS];
    widen(title, wide);
    SetWindowTextW(window->handle, wide);
}
