/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* How interrupts of the PCI function reach the client: MSI-X, INTx, and SET_IRQS for both. */
#include "link/vfio_user_device.h"

#include "base/checked.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(PVGPU_IRQ_FENCE == 1u << PVGPU_VECTOR_FENCE && PVGPU_IRQ_ERROR == 1u << PVGPU_VECTOR_ERROR,
               "bit v of the IRQ registers is vector v");

void pvgpu_vfio_device_init_empty(struct pvgpu_vfio_device *device)
{
    memset(device, 0, sizeof(*device));
    for (uint32_t i = 0; i < PVGPU_MSIX_VECTORS; i++)
        device->eventfds[i] = -1;
    device->intx = device->intx_unmask = -1;
}

/* Closes what was there. */
static void replace_event(int *event, int replacement)
{
    if (*event >= 0)
        close(*event);
    *event = replacement;
}

void pvgpu_vfio_device_finish(struct pvgpu_vfio_device *device)
{
    for (uint32_t i = 0; i < PVGPU_MSIX_VECTORS; i++)
        replace_event(&device->eventfds[i], -1);
    replace_event(&device->intx, -1);
    replace_event(&device->intx_unmask, -1);
}

/* ---- Delivery ---------------------------------------------------------------------------------------------------- */

static void signal_event(int event)
{
    const uint64_t one = 1;
    if (event >= 0) {
        /* Full means that so many signals wait already that one more says nothing new. */
        ssize_t ignored = write(event, &one, sizeof(one));
        (void)ignored;
    }
}

static void deliver_msix(struct pvgpu_vfio_device *device)
{
    for (uint32_t vector = 0; vector < PVGPU_MSIX_VECTORS; vector++) {
        const uint32_t bit = 1u << vector;
        if (!(device->undelivered & bit) || device->eventfds[vector] < 0)
            continue;
        if (device->irq_enable_written && !(device->irq_enable & bit))
            continue;
        device->undelivered &= ~bit;
        signal_event(device->eventfds[vector]);
    }
}

static void deliver_intx(struct pvgpu_vfio_device *device)
{
    const bool asserted =
        (device->irq_pending & device->irq_enable) != 0 && !pvgpu_vfio_device_has_msix_enabled(device);
    pvgpu_vfio_device_show_intx(device, asserted);
    if (!asserted || device->intx_masked || device->intx < 0 || pvgpu_vfio_device_has_intx_disabled(device))
        return;
    device->intx_masked = true;
    signal_event(device->intx);
}

void pvgpu_vfio_device_deliver(struct pvgpu_vfio_device *device)
{
    deliver_msix(device);
    deliver_intx(device);
}

void pvgpu_vfio_device_interrupt(struct pvgpu_vfio_device *device, uint32_t vector)
{
    assert(vector < PVGPU_MSIX_VECTORS);
    device->irq_pending |= 1u << vector;
    device->undelivered |= 1u << vector;
    if (vector == PVGPU_VECTOR_ERROR)
        device->error = true;
    pvgpu_vfio_device_deliver(device);
}

static void unmask_intx(struct pvgpu_vfio_device *device)
{
    device->intx_masked = false;
    pvgpu_vfio_device_deliver(device);
}

void pvgpu_vfio_device_take_unmask(struct pvgpu_vfio_device *device)
{
    uint64_t count;
    if (device->intx_unmask < 0)
        return;
    if (read(device->intx_unmask, &count, sizeof(count)) == sizeof(count))
        unmask_intx(device);
    else if (errno != EAGAIN && errno != EINTR)
        replace_event(&device->intx_unmask, -1); /* no eventfd: it would wake us for ever */
}

/* ---- SET_IRQS ---------------------------------------------------------------------------------------------------- */

uint32_t pvgpu_vfio_device_irq_count(uint32_t index)
{
    return index == PVGPU_VFIO_IRQ_INTX ? 1 : index == PVGPU_VFIO_IRQ_MSIX ? PVGPU_MSIX_VECTORS : 0;
}

uint32_t pvgpu_vfio_device_irq_flags(uint32_t index)
{
    if (index == PVGPU_VFIO_IRQ_INTX)
        return PVGPU_VFIO_IRQ_EVENTFD | PVGPU_VFIO_IRQ_MASKABLE | PVGPU_VFIO_IRQ_AUTOMASKED;
    /* Masking happens in the table, which is the client's: there is nothing to mask here. */
    return index == PVGPU_VFIO_IRQ_MSIX ? PVGPU_VFIO_IRQ_EVENTFD : 0;
}

/* Whether a write to the descriptor can be trusted neither to block nor to reach something else than an event. */
static bool is_valid_eventfd(int fd)
{
    struct stat info;
    const int flags = fcntl(fd, F_GETFL);
    /* An eventfd has no file type; pipes, sockets, devices and files all have one. */
    return flags >= 0 && fstat(fd, &info) == 0 && (info.st_mode & S_IFMT) == 0 &&
           ((flags & O_NONBLOCK) || fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0);
}

/* The first fd_count of `count` events get a descriptor, those after them lose theirs. */
static uint32_t assign_events(int *events, uint32_t count, int *fds, size_t fd_count)
{
    if (fd_count > count)
        return EINVAL;
    for (size_t i = 0; i < fd_count; i++) {
        if (!is_valid_eventfd(fds[i]))
            return EINVAL;
    }
    for (uint32_t i = 0; i < count; i++) {
        replace_event(&events[i], i < fd_count ? fds[i] : -1);
        if (i < fd_count)
            fds[i] = -1;
    }
    return 0;
}

/* Takes all interrupts of a kind away. Clients say it of kinds that we do not have, too. */
static void disable_irqs(struct pvgpu_vfio_device *device, uint32_t index)
{
    if (index == PVGPU_VFIO_IRQ_MSIX) {
        for (uint32_t i = 0; i < PVGPU_MSIX_VECTORS; i++)
            replace_event(&device->eventfds[i], -1);
    } else if (index == PVGPU_VFIO_IRQ_INTX) {
        replace_event(&device->intx, -1);
        replace_event(&device->intx_unmask, -1);
        device->intx_masked = false;
    }
}

static int *events_of(struct pvgpu_vfio_device *device, uint32_t index)
{
    return index == PVGPU_VFIO_IRQ_INTX ? &device->intx : device->eventfds;
}

/* Flags and range, which hold for every kind of data. */
static bool is_valid_request(const struct pvgpu_vfio_irq_set *request)
{
    const uint32_t action = request->flags & ~PVGPU_VFIO_SET_DATA_MASK;
    if (request->index >= PVGPU_VFIO_IRQ_COUNT ||
        !pvgpu_range_fits(pvgpu_vfio_device_irq_count(request->index), request->start, request->count))
        return false;
    if (action == PVGPU_VFIO_SET_ACTION_TRIGGER)
        return true;
    return (action == PVGPU_VFIO_SET_ACTION_MASK_IRQ || action == PVGPU_VFIO_SET_ACTION_UNMASK_IRQ) &&
           request->count != 0 && (pvgpu_vfio_device_irq_flags(request->index) & PVGPU_VFIO_IRQ_MASKABLE);
}

static uint32_t set_events(struct pvgpu_vfio_device *device, const struct pvgpu_vfio_irq_set *request, int *fds,
                           size_t fd_count)
{
    int *events = events_of(device, request->index) + request->start;
    if (request->count == 0 || (request->flags & PVGPU_VFIO_SET_ACTION_MASK_IRQ))
        return EINVAL; /* nothing to assign to; an event that masks is not offered, in Linux's VFIO neither */
    if (request->flags & PVGPU_VFIO_SET_ACTION_UNMASK_IRQ)
        events = &device->intx_unmask; /* written by the client: what KVM does at the end of an interrupt */
    const uint32_t error = assign_events(events, request->count, fds, fd_count);
    if (!error)
        pvgpu_vfio_device_deliver(device);
    return error;
}

static void act(struct pvgpu_vfio_device *device, const struct pvgpu_vfio_irq_set *request, uint32_t at)
{
    if (request->flags & PVGPU_VFIO_SET_ACTION_TRIGGER)
        signal_event(events_of(device, request->index)[at]);
    else if (request->flags & PVGPU_VFIO_SET_ACTION_UNMASK_IRQ)
        unmask_intx(device);
    else
        device->intx_masked = true;
}

uint32_t pvgpu_vfio_device_set_irqs(struct pvgpu_vfio_device *device, const struct pvgpu_vfio_irq_set *request,
                                    const uint8_t *bools, int *fds, size_t fd_count)
{
    const uint32_t data = request->flags & PVGPU_VFIO_SET_DATA_MASK;
    if (!is_valid_request(request))
        return EINVAL;
    if (data == PVGPU_VFIO_SET_DATA_EVENTFD)
        return set_events(device, request, fds, fd_count);
    if (fd_count != 0 || (data != PVGPU_VFIO_SET_DATA_NONE && data != PVGPU_VFIO_SET_DATA_BOOL))
        return EINVAL;
    if (request->count == 0) {
        if (data != PVGPU_VFIO_SET_DATA_NONE || request->start != 0)
            return EINVAL;
        disable_irqs(device, request->index);
        return 0;
    }
    for (uint32_t i = 0; i < request->count; i++) {
        if (data == PVGPU_VFIO_SET_DATA_NONE || bools[i])
            act(device, request, request->start + i);
    }
    return 0;
}
