/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../lib/platform.h"
#include "ivshmem.h"
#include "pci_open.h"

struct pci_sysfs {
    struct pvgpu_guest_transport base;
    volatile uint32_t *registers; /* BAR0 */
    uint64_t registers_bytes;
    struct pvgpu_ivshmem ivshmem; /* on an ivshmem device */
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

static void ivshmem_doorbell(struct pvgpu_guest_transport *transport)
{
    const struct pci_sysfs *pci = (struct pci_sysfs *)transport;
    if (pci->ivshmem.rings) {
        write_register(pci, PVGPU_IVSHMEM_REG_DOORBELL, pci->ivshmem.doorbell);
    }
}

static bool ivshmem_reset(struct pvgpu_guest_transport *transport)
{
    return pvgpu_ivshmem_reset(&((struct pci_sysfs *)transport)->ivshmem, ivshmem_doorbell, transport,
                               PVGPU_GUEST_RESET_TIMEOUT_NS);
}

static uint32_t ivshmem_status(struct pvgpu_guest_transport *transport)
{
    return pvgpu_ivshmem_status(&((struct pci_sysfs *)transport)->ivshmem);
}

static void destroy(struct pvgpu_guest_transport *transport)
{
    struct pci_sysfs *pci = (struct pci_sysfs *)transport;
    if (pci->registers) {
        munmap((void *)(uintptr_t)pci->registers, pci->registers_bytes);
    }
    if (transport->mapping) {
        munmap(transport->mapping, transport->mapping_bytes);
    }
    free(pci);
}

static bool map_bars(struct pci_sysfs *pci, const struct pvgpu_pci_function *function)
{
    uint64_t least = function->is_ivshmem ? PVGPU_IVSHMEM_REG_DOORBELL + sizeof(uint32_t) : PVGPU_BAR0_BYTES;
    pci->registers = pvgpu_pci_map(function, "resource0", true, &pci->registers_bytes);
    if (!pci->registers || pci->registers_bytes < least) {
        pvgpu_platform_log("%s: BAR0 cannot be mapped (%s); is a driver bound to the device?", function->folder,
                           strerror(errno));
        return false;
    }
    pci->base.mapping = pvgpu_pci_map(function, "resource2_wc", true, &pci->base.mapping_bytes);
    if (!pci->base.mapping) {
        pci->base.mapping_bytes = 0;
        pci->base.mapping = pvgpu_pci_map(function, "resource2", true, &pci->base.mapping_bytes);
    }
    if (!pci->base.mapping) {
        pvgpu_platform_log("%s: BAR2 cannot be mapped (%s)", function->folder, strerror(errno));
        return false;
    }
    return true;
}

/* Whether what was mapped is a device of ours. */
static bool check_device(struct pci_sysfs *pci, const struct pvgpu_pci_function *function)
{
    if (function->is_ivshmem) {
        return pvgpu_ivshmem_init(&pci->ivshmem, pci->base.mapping, pci->base.mapping_bytes, function->folder);
    }
    uint32_t version = read_register(pci, PVGPU_REG_VERSION);
    if (PVGPU_VERSION_MAJOR(version) != PVGPU_VERSION_MAJOR(PVGPU_VERSION_1_0)) {
        pvgpu_platform_log("%s: version register says %#" PRIx32, function->folder, version);
        return false;
    }
    return true;
}

struct pvgpu_guest_transport *pvgpu_pci_sysfs_open(const struct pvgpu_pci_function *function)
{
    static const struct pvgpu_guest_transport_ops ops = {
        .name = "sysfs",
        .doorbell = doorbell,
        .reset = reset,
        .read_status = read_status,
        .destroy = destroy,
    };
    static const struct pvgpu_guest_transport_ops ivshmem_ops = {
        .name = "ivshmem by sysfs",
        .doorbell = ivshmem_doorbell,
        .reset = ivshmem_reset,
        .read_status = ivshmem_status,
        .destroy = destroy,
    };
    struct pci_sysfs *pci = calloc(1, sizeof *pci);
    if (!pci) {
        return NULL;
    }
    pci->base.ops = function->is_ivshmem ? &ivshmem_ops : &ops;
    if (!pvgpu_pci_enable(function) || !map_bars(pci, function) || !check_device(pci, function)) {
        destroy(&pci->base);
        return NULL;
    }
    return &pci->base;
}
