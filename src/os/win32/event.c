/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "os/event.h"

#include "os/win32/windows_lean.h"

bool pvgpu_event_init(struct pvgpu_event *event)
{
    HANDLE handle = CreateEventW(NULL, FALSE, FALSE, NULL);
    event->handle = handle ? (pvgpu_handle)handle : PVGPU_NO_HANDLE;
    return handle != NULL;
}

void pvgpu_event_adopt(struct pvgpu_event *event, pvgpu_handle handle)
{
    event->handle = handle;
}

void pvgpu_event_finish(struct pvgpu_event *event)
{
    pvgpu_handle_close(event->handle);
    event->handle = PVGPU_NO_HANDLE;
}

void pvgpu_event_signal(struct pvgpu_event *event)
{
    SetEvent((HANDLE)event->handle);
}

bool pvgpu_event_wait(struct pvgpu_event *event, uint64_t timeout_ns)
{
    return pvgpu_handle_wait_any(&event->handle, 1, timeout_ns) != 0;
}

void pvgpu_event_take(struct pvgpu_event *event)
{
    /* Mostly consumed by the wait already; a signal since then is covered by the work that the caller does next. */
    ResetEvent((HANDLE)event->handle);
}
