/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "os/event.h"

#include <sys/eventfd.h>
#include <unistd.h>

bool pvgpu_event_init(struct pvgpu_event *event)
{
    event->handle = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return event->handle >= 0;
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
    uint64_t one = 1;
    ssize_t written = write((int)event->handle, &one, sizeof(one));
    (void)written; /* fails only when the counter is full, and then the event is signalled already */
}

void pvgpu_event_take(struct pvgpu_event *event)
{
    uint64_t count;
    ssize_t got = read((int)event->handle, &count, sizeof(count));
    (void)got;
}

bool pvgpu_event_wait(struct pvgpu_event *event, uint64_t timeout_ns)
{
    uint64_t count;
    if (read((int)event->handle, &count, sizeof(count)) == (ssize_t)sizeof(count))
        return true;
    if (!pvgpu_handle_wait_any(&event->handle, 1, timeout_ns))
        return false;
    return read((int)event->handle, &count, sizeof(count)) == (ssize_t)sizeof(count);
}
