/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * An auto-reset event that works between processes: eventfd on Linux, an event object on Windows. Signals coalesce.
 * Signalling is lock-free and never blocks; one thread waits.
 */
#ifndef PVGPU_OS_EVENT_H
#define PVGPU_OS_EVENT_H

#include "os/handle.h"

struct pvgpu_event {
    pvgpu_handle handle; /* owned */
};

/* Makes an event, not signalled. False when the system has no more (errno or GetLastError tells). */
bool pvgpu_event_init(struct pvgpu_event *event);

/* Adopts a handle that another process passed on. */
void pvgpu_event_adopt(struct pvgpu_event *event, pvgpu_handle handle);

void pvgpu_event_finish(struct pvgpu_event *event);

void pvgpu_event_signal(struct pvgpu_event *event);

/* Waits until the event is signalled and resets it. False on timeout. */
bool pvgpu_event_wait(struct pvgpu_event *event, uint64_t timeout_ns);

/* Resets the event without waiting, after pvgpu_handle_wait_any reported it. */
void pvgpu_event_take(struct pvgpu_event *event);

#endif
