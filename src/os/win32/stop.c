/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "os/stop.h"

#include "os/win32/windows_lean.h"

/* The system calls the handler without an argument, so its event cannot live anywhere else. */
static HANDLE stop_event;

static BOOL WINAPI on_request(DWORD kind)
{
    (void)kind;
    SetEvent(stop_event);
    return TRUE;
}

static BOOL WINAPI pass_over(DWORD kind)
{
    (void)kind;
    return TRUE;
}

pvgpu_handle pvgpu_stop_watch(void)
{
    stop_event = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!stop_event)
        return PVGPU_NO_HANDLE;
    if (!SetConsoleCtrlHandler(on_request, TRUE)) {
        CloseHandle(stop_event);
        return PVGPU_NO_HANDLE;
    }
    return (pvgpu_handle)stop_event;
}

void pvgpu_stop_ignore(void)
{
    SetConsoleCtrlHandler(pass_over, TRUE);
}

void pvgpu_stop_not_by_writes(void)
{
}

pvgpu_handle pvgpu_report_watch(void)
{
    return PVGPU_NO_HANDLE;
}

void pvgpu_report_take(pvgpu_handle handle)
{
    (void)handle;
}
