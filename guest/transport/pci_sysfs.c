/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/platform.h"
#include "pci_find.h"
#include "pvgpu/guest.h"

struct pci_sysfs {
    struct pvgpu_guest_transport base;
    volatile uint32_t *registers; /* BAR0 */
};

static uint32_t read_register(const struct pci_sysfs *pci, uint32_t offset)
{
    return pci->registers[offset / 4];
}

static void write_register(const struct pci_sysfs *pci, uint32_t offset, uint32_t value)
{
    pci->registers[offset / 4] = value;
}

static void doorbell(struct pvgpu_guest_transport *transport)
{
    write_register((struct pci_sysfs *)transport, PVGPU_REG_DOORBELL, 1);
}

static bool reset(struct pvgpu_guest_transport *transport)
{
    write_register((struct pci_sysfs *)transport, PVGPU_REG_RESET, 1);
    return read_register((struct pci_sysfs *)transport, PVGPU_REG_VERSION) != UINT32_MAX;
}

static uint32_t read_status(struct pvgpu_guest_transport *transport)
{
    return read_register((struct pci_sysfs *)transport, PVGPU_REG_STATUS);
}

static void destroy(struct pvgpu_guest_transport *transport)
{
    struct pci_sysfs *pci = (struct pci_sysfs *)transport;
    if (pci->registers) {
        munmap((void *)(uintptr_t)pci->registers, PVGPU_BAR0_BYTES);
    }
    if (transport->mapping) {
        munmap(transport->mapping, transport->mapping_bytes);
    }
    free(pci);
}

/* Maps a resource file whole (its size is the BAR's); NULL if it does not exist or cannot be mapped. */
static void *map_resource(const char *device, const char *name, uint64_t *bytes)
{
    char path[512];
    struct stat info;
    snprintf(path, sizeof path, "%s/%s", device, name);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &info) != 0) {
        int error = errno;
        if (fd >= 0) {
            close(fd);
        }
        errno = error;
        return NULL;
    }
    void *mapping = mmap(NULL, (size_t)info.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    int error = errno;
    close(fd);
    if (mapping == MAP_FAILED) {
        errno = error;
        return NULL;
    }
    *bytes = (uint64_t)info.st_size;
    return mapping;
}

static bool map_bars(struct pci_sysfs *pci, const char *device)
{
    uint64_t bytes = 0;
    pci->registers = map_resource(device, "resource0", &bytes);
    if (!pci->registers || bytes < PVGPU_BAR0_BYTES) {
        pvgpu_platform_log("%s: BAR0 cannot be mapped (%s); is a driver bound to the device?", device, strerror(errno));
        return false;
    }
    /* The first mapping of a BAR decides about its caching: write-combining if there is any. */
    pci->base.mapping = map_resource(device, "resource2_wc", &pci->base.mapping_bytes);
    if (!pci->base.mapping) {
        pci->base.mapping = map_resource(device, "resource2", &pci->base.mapping_bytes);
    }
    if (!pci->base.mapping) {
        pvgpu_platform_log("%s: BAR2 cannot be mapped (%s)", device, strerror(errno));
        return false;
    }
    return true;
}

struct pvgpu_guest_transport *pvgpu_guest_sysfs_open(const struct pvgpu_guest_pci_options *options)
{
    static const struct pvgpu_guest_transport_ops ops = {
        .name = "sysfs",
        .doorbell = doorbell,
        .reset = reset,
        .read_status = read_status,
        .destroy = destroy,
    };
    char device[300];
    if (!pvgpu_pci_find(options, device, sizeof device)) {
        return NULL;
    }
    struct pci_sysfs *pci = calloc(1, sizeof *pci);
    if (!pci) {
        return NULL;
    }
    pci->base.ops = &ops;
    /* Without a driver nobody else has switched memory decoding on. */
    if (!pvgpu_pci_write(device, "enable", "1") || !map_bars(pci, device)) {
        goto fail;
    }
    uint32_t version = read_register(pci, PVGPU_REG_VERSION);
    if (PVGPU_VERSION_MAJOR(version) != PVGPU_VERSION_MAJOR(PVGPU_VERSION_1_0)) {
        pvgpu_platform_log("%s: version register says %#" PRIx32, device, version);
        goto fail;
    }
    return &pci->base;
fail:
    destroy(&pci->base);
    return NULL;
}
