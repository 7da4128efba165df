/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Windows by Win32. The render thread's DXGI calls may send messages here: the loop runs until that thread has ended. */
#include "os/win32/windows_lean.h"
#include "present/window.h"

#include <stdio.h>
#include <stdlib.h>

#define CLASS_NAME L"pvgpu-backend"
#define WAKE_MESSAGE (WM_APP + 1)

struct win32_window {
    struct pvgpu_window base;
    HWND window;
    bool full_screen;
    WINDOWPLACEMENT placement; /* from before full screen */
    LONG_PTR style;
};

bool pvgpu_window_open_display(char *why, size_t size)
{
    USEROBJECTFLAGS flags = {0};
    if (GetUserObjectInformationW(GetProcessWindowStation(), UOI_FLAGS, &flags, sizeof(flags), NULL) &&
        flags.dwFlags & WSF_VISIBLE)
        return true;
    snprintf(why, size, "this process runs outside of the desktop of a user (as a Windows service, say)");
    return false;
}

void pvgpu_window_close_display(void)
{
}

/* Sizes are pixels, not what they would be at 96 dots an inch; older Windows has other ways, and stretches instead. */
static void take_pixels_as_they_are(void)
{
    typedef BOOL(WINAPI * set_context)(HANDLE context);
    HMODULE user32 = GetModuleHandleW(L"user32.dll");
    set_context set = user32 ? (set_context)(intptr_t)GetProcAddress(user32, "SetProcessDpiAwarenessContext") : NULL;
    if (set)
        set((HANDLE)-4); /* DPI_AWARENESS_CONTEXT_PER_MONITOR_AWARE_V2 */
}

static void wake(struct pvgpu_window *window)
{
    PostMessageW(window->native, WAKE_MESSAGE, 0, 0);
}

static void look_at_window(struct win32_window *this, bool exposed)
{
    RECT client = {0};
    struct pvgpu_window_state state = {.visible = IsWindowVisible(this->window) && !IsIconic(this->window)};
    if (GetClientRect(this->window, &client) && client.right > 0 && client.bottom > 0) {
        state.width = (uint32_t)client.right;
        state.height = (uint32_t)client.bottom;
    }
    pvgpu_window_change(&this->base, &state, exposed);
}

static void leave_full_screen(struct win32_window *this)
{
    SetWindowLongPtrW(this->window, GWL_STYLE, this->style);
    SetWindowPlacement(this->window, &this->placement);
    SetWindowPos(this->window, NULL, 0, 0, 0, 0,
                 SWP_NOMOVE | SWP_NOSIZE | SWP_NOZORDER | SWP_NOOWNERZORDER | SWP_FRAMECHANGED);
}

/* A borderless window over the monitor that it is on. */
static bool enter_full_screen(struct win32_window *this)
{
    MONITORINFO monitor = {.cbSize = sizeof(monitor)};
    this->placement.length = sizeof(this->placement);
    if (!GetMonitorInfoW(MonitorFromWindow(this->window, MONITOR_DEFAULTTONEAREST), &monitor) ||
        !GetWindowPlacement(this->window, &this->placement))
        return false;
    const RECT *all = &monitor.rcMonitor;
    this->style = GetWindowLongPtrW(this->window, GWL_STYLE);
    SetWindowLongPtrW(this->window, GWL_STYLE, this->style & ~(LONG_PTR)WS_OVERLAPPEDWINDOW);
    return SetWindowPos(this->window, HWND_TOP, all->left, all->top, all->right - all->left, all->bottom - all->top,
                        SWP_NOOWNERZORDER | SWP_FRAMECHANGED);
}

static void toggle_full_screen(struct win32_window *this)
{
    if (this->full_screen)
        leave_full_screen(this);
    else if (!enter_full_screen(this)) {
        pvgpu_warn(&this->base.config.log, "The window does not change to full screen: error %lu", GetLastError());
        return;
    }
    this->full_screen = !this->full_screen;
}

static void on_wake(struct win32_window *this)
{
    char title[PVGPU_WINDOW_TITLE_BYTES];
    WCHAR wide[PVGPU_WINDOW_TITLE_BYTES];
    if (pvgpu_window_take_title(&this->base, title) &&
        MultiByteToWideChar(CP_UTF8, 0, title, -1, wide, PVGPU_WINDOW_TITLE_BYTES))
        SetWindowTextW(this->window, wide);
}

static void on_close(struct win32_window *this)
{
    ShowWindow(this->window, SW_HIDE);
    look_at_window(this, false);
    if (this->base.config.closed)
        this->base.config.closed(this->base.config.user);
}

static LRESULT CALLBACK on_message(HWND window, UINT message, WPARAM parameter, LPARAM detail)
{
    struct win32_window *this = (struct win32_window *)GetWindowLongPtrW(window, GWLP_USERDATA);
    bool repeated = detail & ((LPARAM)1 << 30); /* of key messages */
    if (!this)
        return DefWindowProcW(window, message, parameter, detail);
    switch (message) {
    case WAKE_MESSAGE:
        on_wake(this);
        return 0;
    case WM_CLOSE:
        on_close(this);
        return 0;
    case WM_ERASEBKGND:
        return 1; /* the render thread draws all of it */
    case WM_PAINT:
        ValidateRect(window, NULL);
        look_at_window(this, true);
        return 0;
    case WM_KEYDOWN:
        if (parameter == VK_F11 && !repeated)
            toggle_full_screen(this);
        return 0;
    case WM_SYSKEYDOWN:
        if (parameter != VK_RETURN)
            break;
        if (!repeated)
            toggle_full_screen(this);
        return 0;
    case WM_SYSCHAR:
        if (parameter == VK_RETURN)
            return 0; /* else it beeps */
        break;
    case WM_SIZE:
    case WM_SHOWWINDOW:
    case WM_WINDOWPOSCHANGED:
        look_at_window(this, false);
        break;
    default:
        break;
    }
    return DefWindowProcW(window, message, parameter, detail);
}

static HWND create_native(const struct pvgpu_window_config *config)
{
    HINSTANCE instance = GetModuleHandleW(NULL);
    const WNDCLASSEXW class = {
        .cbSize = sizeof(class),
        .lpfnWndProc = on_message,
        .hInstance = instance,
        .hCursor = LoadCursorW(NULL, (LPCWSTR)IDC_ARROW),
        .lpszClassName = CLASS_NAME,
    };
    WCHAR title[PVGPU_WINDOW_TITLE_BYTES] = {0};
    RECT frame = {.right = (LONG)config->width, .bottom = (LONG)config->height};
    take_pixels_as_they_are();
    AdjustWindowRectEx(&frame, WS_OVERLAPPEDWINDOW, FALSE, 0);
    MultiByteToWideChar(CP_UTF8, 0, config->title, -1, title, PVGPU_WINDOW_TITLE_BYTES - 1);
    if (!RegisterClassExW(&class) && GetLastError() != ERROR_CLASS_ALREADY_EXISTS)
        return NULL;
    return CreateWindowExW(0, CLASS_NAME, title, WS_OVERLAPPEDWINDOW, CW_USEDEFAULT, CW_USEDEFAULT,
                           frame.right - frame.left, frame.bottom - frame.top, NULL, NULL, instance, NULL);
}

struct pvgpu_window *pvgpu_window_create(const struct pvgpu_window_config *config)
{
    struct win32_window *this = calloc(1, sizeof(*this));
    if (!this) {
        pvgpu_error(&config->log, "No memory for a window");
        return NULL;
    }
    pvgpu_window_init(&this->base, config);
    this->window = create_native(config);
    if (!this->window) {
        pvgpu_error(&config->log, "No window: error %lu", GetLastError());
        pvgpu_window_finish(&this->base);
        free(this);
        return NULL;
    }
    this->base.native = this->window;
    this->base.wake = wake;
    SetWindowLongPtrW(this->window, GWLP_USERDATA, (LONG_PTR)this);
    ShowWindow(this->window, SW_SHOW);
    look_at_window(this, false);
    return &this->base;
}

void pvgpu_window_run(struct pvgpu_window *window)
{
    MSG message;
    while (!pvgpu_window_is_quitting(window) && GetMessageW(&message, NULL, 0, 0) > 0) {
        TranslateMessage(&message);
        DispatchMessageW(&message);
    }
}

void pvgpu_window_destroy(struct pvgpu_window *window)
{
    struct win32_window *this = (struct win32_window *)window;
    if (!window)
        return;
    SetWindowLongPtrW(this->window, GWLP_USERDATA, 0);
    DestroyWindow(this->window);
    pvgpu_window_finish(window);
    free(this);
}
