/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Which function, and which way to it. */
#include "pci_open.h"

#include <stdio.h>
#include <string.h>

#include "../lib/platform.h"

enum memory {
    MEMORY_OF_OURS,
    MEMORY_OF_OTHERS,
    MEMORY_UNKNOWN /* it cannot be looked at */
};

static enum memory look_at_memory(const struct pvgpu_pci_function *function)
{
    struct pvgpu_pci_view view;
    char why[160];
    if (!pvgpu_pci_view_open(&view, function, why, sizeof why)) {
        return MEMORY_UNKNOWN;
    }
    bool ours = __atomic_load_n(&view.control->magic, __ATOMIC_ACQUIRE) == PVGPU_MAGIC;
    pvgpu_pci_view_close(&view, function);
    return ours ? MEMORY_OF_OURS : MEMORY_OF_OTHERS;
}

/*
 * PVGPU's own ids are enough. An ivshmem device can belong to any program: it is taken when its memory is ours, or when
 * that cannot be seen because an earlier run has bound it to vfio-pci, or the caller has named it.
 */
static bool is_to_be_taken(const struct pvgpu_pci_function *function, const char *address)
{
    if (address && strcmp(function->address, address) != 0) {
        return false;
    }
    if (!function->is_ivshmem) {
        return true;
    }
    enum memory memory = look_at_memory(function);
    return memory == MEMORY_OF_OURS ||
           (memory == MEMORY_UNKNOWN && (address || strcmp(function->driver, "vfio-pci") == 0));
}

/* false: there is none, said on stderr. */
static bool choose(const char *address, struct pvgpu_pci_function *chosen)
{
    struct pvgpu_pci_function list[PVGPU_PCI_FUNCTIONS];
    size_t count = pvgpu_pci_list("", list, PVGPU_PCI_FUNCTIONS);
    for (size_t i = 0; i < count; i++) {
        if (is_to_be_taken(&list[i], address)) {
            *chosen = list[i];
            return true;
        }
    }
    if (address) {
        pvgpu_platform_log("no PVGPU device at %s", address);
    } else {
        pvgpu_platform_log(
            "no PVGPU device: nothing with id %04x:%04x, and no ivshmem device %04x:%04x with its memory",
            PVGPU_PCI_VENDOR, PVGPU_PCI_DEVICE, PVGPU_IVSHMEM_VENDOR, PVGPU_IVSHMEM_DEVICE);
    }
    return false;
}

struct pvgpu_guest_transport *pvgpu_guest_sysfs_open(void)
{
    struct pvgpu_pci_function function;
    return choose(NULL, &function) ? pvgpu_pci_sysfs_open(&function) : NULL;
}

struct pvgpu_guest_transport *pvgpu_guest_vfio_open(void)
{
    struct pvgpu_pci_function function;
    return choose(NULL, &function) ? pvgpu_pci_vfio_open(&function) : NULL;
}

struct pvgpu_guest_transport *pvgpu_guest_open(const struct pvgpu_guest_open_options *options)
{
    static const struct pvgpu_guest_open_options defaults = {0};
    struct pvgpu_pci_function function;
    struct pvgpu_guest_transport *transport = NULL;
    char why[160];
    options = options ? options : &defaults;
    if (!choose(options->address, &function)) {
        return NULL;
    }
    if (options->no_interrupts) {
        return pvgpu_pci_sysfs_open(&function);
    }
    if (pvgpu_pci_can_vfio(&function, why, sizeof why)) {
        transport = pvgpu_pci_vfio_open(&function);
        /* What was tried may have bound the driver. */
        if (!transport && !choose(options->address, &function)) {
            return NULL;
        }
    } else {
        pvgpu_platform_log("%s: no interrupts by vfio-pci: %s", function.address, why);
    }
    return transport ? transport : pvgpu_pci_sysfs_open(&function);
}
