/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The device through vfio-pci: the one way in which a stock Linux kernel hands interrupts to user space, as eventfds.
 * MSI-X needs no acknowledgement at the device. INTx is a level: its eventfd comes with the interrupt masked, we lower
 * the line by clearing the device's pending bits, and unmask.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/platform.h"
#include "pci_find.h"
#include "pvgpu/guest.h"

#define DRIVER "vfio-pci"
#define PCI_COMMAND 4u /* offset in configuration space */
#define PCI_COMMAND_MEMORY_AND_MASTER 6u
#define GROUP_WAIT_NS 2000000000ull /* the group's device node appears a moment after the driver has bound */

struct pci_vfio {
    struct pvgpu_guest_transport base;
    int container, group, device; /* file descriptors, -1: none */
    int events[PVGPU_MSIX_VECTORS]; /* eventfd of each vector; of INTx the first one */
    uint32_t event_count; /* of them */
    bool intx;
    volatile uint32_t *registers; /* BAR0, NULL where it can only be read and written */
    off_t registers_offset; /* of BAR0 in the device's file */
};

static uint32_t read_register(const struct pci_vfio *pci, uint32_t offset)
{
    uint32_t value = UINT32_MAX;
    if (pci->registers) {
        return pci->registers[offset / 4];
    }
    return pread(pci->device, &value, sizeof value, pci->registers_offset + offset) == sizeof value ? value
                                                                                                    : UINT32_MAX;
}

static bool write_register(const struct pci_vfio *pci, uint32_t offset, uint32_t value)
{
    if (pci->registers) {
        pci->registers[offset / 4] = value;
        return true;
    }
    return pwrite(pci->device, &value, sizeof value, pci->registers_offset + offset) == sizeof value;
}

static void doorbell(struct pvgpu_guest_transport *transport)
{
    write_register((struct pci_vfio *)transport, PVGPU_REG_DOORBELL, 1);
}

/* Lowers the line, then lets it come again: what is raised in between is up still, and comes at once. */
static void acknowledge_intx(const struct pci_vfio *pci)
{
    struct vfio_irq_set request = {
        .argsz = sizeof request,
        .flags = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_UNMASK,
        .index = VFIO_PCI_INTX_IRQ_INDEX,
        .count = 1,
    };
    write_register(pci, PVGPU_REG_IRQ_PENDING, read_register(pci, PVGPU_REG_IRQ_PENDING));
    if (ioctl(pci->device, VFIO_DEVICE_SET_IRQS, &request) != 0) {
        pvgpu_platform_log("INTx cannot be unmasked: %s", strerror(errno));
    }
}

static int wait_interrupt(struct pvgpu_guest_transport *transport, uint64_t timeout_ns)
{
    const struct pci_vfio *pci = (struct pci_vfio *)transport;
    struct pollfd waits[PVGPU_MSIX_VECTORS];
    for (uint32_t i = 0; i < pci->event_count; i++) {
        waits[i] = (struct pollfd){.fd = pci->events[i], .events = POLLIN};
    }
    struct timespec time = {.tv_sec = (time_t)(timeout_ns / 1000000000u), .tv_nsec = (long)(timeout_ns % 1000000000u)};
    if (ppoll(waits, pci->event_count, &time, NULL) <= 0) {
        return 0;
    }
    int interrupts = 0;
    for (uint32_t i = 0; i < pci->event_count; i++) {
        uint64_t count;
        if ((waits[i].revents & POLLIN) && read(pci->events[i], &count, sizeof count) == sizeof count) {
            interrupts += (int)(count < 1000000 ? count : 1000000);
        }
    }
    if (pci->intx && interrupts > 0) {
        acknowledge_intx(pci);
    }
    return interrupts;
}

static bool reset(struct pvgpu_guest_transport *transport)
{
    return write_register((struct pci_vfio *)transport, PVGPU_REG_RESET, 1);
}

static uint32_t read_status(struct pvgpu_guest_transport *transport)
{
    return read_register((struct pci_vfio *)transport, PVGPU_REG_STATUS);
}

static void close_all(struct pci_vfio *pci)
{
    for (uint32_t i = 0; i < PVGPU_MSIX_VECTORS; i++) {
        if (pci->events[i] >= 0) {
            close(pci->events[i]);
        }
    }
    const int fds[] = {pci->device, pci->group, pci->container};
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++) {
        if (fds[i] >= 0) {
            close(fds[i]);
        }
    }
}

static void destroy(struct pvgpu_guest_transport *transport)
{
    struct pci_vfio *pci = (struct pci_vfio *)transport;
    if (transport->mapping) {
        write_register(pci, PVGPU_REG_IRQ_ENABLE, 0);
        munmap(transport->mapping, transport->mapping_bytes);
    }
    if (pci->registers) {
        munmap((void *)(uintptr_t)pci->registers, PVGPU_BAR0_BYTES);
    }
    close_all(pci);
    free(pci);
}

/* Last component of the link `device`/`attribute`; false if there is none, or it is too long. */
static bool read_link(const char *device, const char *attribute, char *name, size_t size)
{
    char path[512], target[512];
    snprintf(path, sizeof path, "%s/%s", device, attribute);
    ssize_t length = readlink(path, target, sizeof target - 1);
    if (length < 0) {
        return false;
    }
    target[length] = '\0';
    const char *slash = strrchr(target, '/');
    const char *last = slash ? slash + 1 : target;
    if (strlen(last) >= size) {
        return false;
    }
    strcpy(name, last);
    return true;
}

static bool bind_driver(const char *device, const char *address)
{
    char driver[64];
    if (read_link(device, "driver", driver, sizeof driver)) {
        if (strcmp(driver, DRIVER) == 0) {
            return true;
        }
        if (!pvgpu_pci_write(device, "driver/unbind", address)) {
            return false;
        }
    }
    if (!pvgpu_pci_write(device, "driver_override", DRIVER) ||
        !pvgpu_pci_write("/sys/bus/pci", "drivers_probe", address)) {
        return false;
    }
    if (!read_link(device, "driver", driver, sizeof driver) || strcmp(driver, DRIVER) != 0) {
        pvgpu_platform_log("%s does not bind to " DRIVER "; is its module loaded?", device);
        return false;
    }
    return true;
}

static int open_group(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "/dev/vfio/%s", name);
    uint64_t deadline = pvgpu_platform_now_ns() + GROUP_WAIT_NS;
    int fd;
    while ((fd = open(path, O_RDWR | O_CLOEXEC)) < 0 && errno == ENOENT && pvgpu_platform_now_ns() < deadline) {
        pvgpu_platform_sleep_ns(10000000);
    }
    if (fd < 0) {
        pvgpu_platform_log("%s: %s", path, strerror(errno));
    }
    return fd;
}

static bool open_device(struct pci_vfio *pci, const char *device, const char *address)
{
    char group[64];
    if (!read_link(device, "iommu_group", group, sizeof group)) {
        pvgpu_platform_log("%s has no IOMMU group: the VM needs an IOMMU and the kernel intel_iommu=on", device);
        return false;
    }
    pci->container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
    pci->group = open_group(group);
    if (pci->container < 0 || pci->group < 0) {
        return false;
    }
    if (ioctl(pci->group, VFIO_GROUP_SET_CONTAINER, &pci->container) != 0 ||
        ioctl(pci->container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) != 0) {
        pvgpu_platform_log("IOMMU group %s cannot be used: %s", group, strerror(errno));
        return false;
    }
    pci->device = ioctl(pci->group, VFIO_GROUP_GET_DEVICE_FD, address);
    if (pci->device < 0) {
        pvgpu_platform_log("%s through vfio: %s", address, strerror(errno));
        return false;
    }
    return true;
}

static bool region_info(const struct pci_vfio *pci, uint32_t index, struct vfio_region_info *info)
{
    *info = (struct vfio_region_info){.argsz = sizeof *info, .index = index};
    if (ioctl(pci->device, VFIO_DEVICE_GET_REGION_INFO, info) != 0) {
        pvgpu_platform_log("vfio region %" PRIu32 ": %s", index, strerror(errno));
        return false;
    }
    return true;
}

static void *map_region(const struct pci_vfio *pci, const struct vfio_region_info *info, size_t bytes)
{
    if (!(info->flags & VFIO_REGION_INFO_FLAG_MMAP)) {
        return NULL;
    }
    void *mapping = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, pci->device, (off_t)info->offset);
    return mapping == MAP_FAILED ? NULL : mapping;
}

static bool map_bars(struct pci_vfio *pci)
{
    struct vfio_region_info bar0, bar2, config;
    if (!region_info(pci, VFIO_PCI_BAR0_REGION_INDEX, &bar0) || !region_info(pci, VFIO_PCI_BAR2_REGION_INDEX, &bar2) ||
        !region_info(pci, VFIO_PCI_CONFIG_REGION_INDEX, &config)) {
        return false;
    }
    uint16_t command = 0;
    off_t command_at = (off_t)config.offset + PCI_COMMAND;
    bool enabled = pread(pci->device, &command, sizeof command, command_at) == sizeof command;
    command |= PCI_COMMAND_MEMORY_AND_MASTER;
    if (!enabled || pwrite(pci->device, &command, sizeof command, command_at) != sizeof command) {
        pvgpu_platform_log("the device's memory cannot be enabled: %s", strerror(errno));
        return false;
    }
    if (bar0.size < PVGPU_BAR0_BYTES || bar2.size < PVGPU_CONTROL_BYTES) {
        pvgpu_platform_log("BAR sizes are wrong");
        return false;
    }
    pci->registers_offset = (off_t)bar0.offset;
    pci->registers = map_region(pci, &bar0, PVGPU_BAR0_BYTES);
    pci->base.mapping = map_region(pci, &bar2, (size_t)bar2.size);
    pci->base.mapping_bytes = bar2.size;
    if (!pci->base.mapping) {
        pvgpu_platform_log("BAR2 cannot be mapped");
        return false;
    }
    return true;
}

static bool enable_interrupts(struct pci_vfio *pci)
{
    union {
        struct vfio_irq_set set;
        uint8_t bytes[sizeof(struct vfio_irq_set) + sizeof(int32_t) * PVGPU_MSIX_VECTORS];
    } request = {.set = {
                     .flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
                     .index = pci->intx ? VFIO_PCI_INTX_IRQ_INDEX : VFIO_PCI_MSIX_IRQ_INDEX,
                     .count = pci->event_count,
                 }};
    request.set.argsz = (uint32_t)(sizeof(struct vfio_irq_set) + sizeof(int32_t) * pci->event_count);
    for (uint32_t i = 0; i < pci->event_count; i++) {
        pci->events[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        int32_t fd = pci->events[i];
        memcpy(request.bytes + sizeof(struct vfio_irq_set) + i * sizeof fd, &fd, sizeof fd);
    }
    if (ioctl(pci->device, VFIO_DEVICE_SET_IRQS, &request) != 0) {
        pvgpu_platform_log("%s cannot be enabled: %s", pci->intx ? "INTx" : "MSI-X", strerror(errno));
        return false;
    }
    return write_register(pci, PVGPU_REG_IRQ_ENABLE, PVGPU_IRQ_FENCE | PVGPU_IRQ_ERROR);
}

struct pvgpu_guest_transport *pvgpu_guest_vfio_open(const struct pvgpu_guest_pci_options *options)
{
    static const struct pvgpu_guest_transport_ops msix_ops = {
        .name = "vfio",
        .doorbell = doorbell,
        .wait_interrupt = wait_interrupt,
        .reset = reset,
        .read_status = read_status,
        .destroy = destroy,
    };
    static const struct pvgpu_guest_transport_ops intx_ops = {
        .name = "vfio with INTx",
        .doorbell = doorbell,
        .wait_interrupt = wait_interrupt,
        .reset = reset,
        .read_status = read_status,
        .destroy = destroy,
    };
    char device[300];
    if (!pvgpu_pci_find(options, device, sizeof device)) {
        return NULL;
    }
    struct pci_vfio *pci = calloc(1, sizeof *pci);
    if (!pci) {
        return NULL;
    }
    pci->intx = options && options->intx;
    pci->base.ops = pci->intx ? &intx_ops : &msix_ops;
    pci->event_count = pci->intx ? 1 : PVGPU_MSIX_VECTORS;
    pci->container = pci->group = pci->device = -1;
    for (uint32_t i = 0; i < PVGPU_MSIX_VECTORS; i++) {
        pci->events[i] = -1;
    }
    const char *address = strrchr(device, '/') + 1;
    if (!bind_driver(device, address) || !open_device(pci, device, address) || !map_bars(pci) ||
        !enable_interrupts(pci)) {
        destroy(&pci->base);
        return NULL;
    }
    return &pci->base;
}
