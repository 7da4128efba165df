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
 * PVGPU's own ids, or those that the caller was told, are enough. An ivshmem device can belong to any program: it is taken
 * when its memory is ours, or when that cannot be seen because an earlier run has bound it to vfio-pci, or the caller has
 * named it by its address.
 */
static bool is_to_be_taken(const struct pvgpu_pci_function *function, bool is_named)
{
    if (!function->is_ivshmem) {
        return true;
    }
    enum memory memory = look_at_memory(function);
    return memory == MEMORY_OF_OURS ||
           (memory == MEMORY_UNKNOWN && (is_named || strcmp(function->driver, "vfio-pci") == 0));
}

static void say_none(const struct pvgpu_guest_pci_options *options)
{
    if (options->address) {
        pvgpu_platform_log("no PVGPU device at %s", options->address);
    } else if (options->vendor || options->device) {
        pvgpu_platform_log("no PVGPU device: nothing with id %04x:%04x", options->vendor, options->device);
    } else {
        pvgpu_platform_log(
            "no PVGPU device: nothing with id %04x:%04x, and no ivshmem device %04x:%04x with its memory",
            PVGPU_PCI_VENDOR, PVGPU_PCI_DEVICE, PVGPU_IVSHMEM_VENDOR, PVGPU_IVSHMEM_DEVICE);
    }
}

/* false: there is none, said on stderr. */
static bool choose(const struct pvgpu_guest_pci_options *options, struct pvgpu_pci_function *chosen)
{
    struct pvgpu_pci_function list[PVGPU_PCI_FUNCTIONS];
    size_t count = pvgpu_pci_list("", options, list, PVGPU_PCI_FUNCTIONS);
    for (size_t i = 0; i < count; i++) {
        if (is_to_be_taken(&list[i], options->address != NULL)) {
            *chosen = list[i];
            return true;
        }
    }
    say_none(options);
    return false;
}

static const struct pvgpu_guest_pci_options defaults;

struct pvgpu_guest_transport *pvgpu_guest_sysfs_open(const struct pvgpu_guest_pci_options *options)
{
    struct pvgpu_pci_function function;
    return choose(options ? options : &defaults, &function) ? pvgpu_pci_sysfs_open(&function) : NULL;
}

struct pvgpu_guest_transport *pvgpu_guest_vfio_open(const struct pvgpu_guest_pci_options *options)
{
    struct pvgpu_pci_function function;
    options = options ? options : &defaults;
    return choose(options, &function) ? pvgpu_pci_vfio_open(&function, options->intx) : NULL;
}

struct pvgpu_guest_transport *pvgpu_guest_uio_open(const struct pvgpu_guest_pci_options *options)
{
    struct pvgpu_pci_function function;
    char why[160];
    if (!choose(options ? options : &defaults, &function)) {
        return NULL;
    }
    if (!pvgpu_pci_can_uio(&function, why, sizeof why)) {
        pvgpu_platform_log("%s: uio_pci_generic: %s", function.address, why);
        return NULL;
    }
    return pvgpu_pci_uio_open(&function);
}

/* A way with interrupts. NULL: there is none, or it failed, which was said. */
static struct pvgpu_guest_transport *open_with_interrupts(const struct pvgpu_pci_function *function, bool intx)
{
    char no_vfio[160], no_uio[160];
    if (pvgpu_pci_can_vfio(function, no_vfio, sizeof no_vfio)) {
        return pvgpu_pci_vfio_open(function, intx || (function->bar_bytes[1] == 0 && function->has_intx));
    }
    if (pvgpu_pci_can_uio(function, no_uio, sizeof no_uio)) {
        return pvgpu_pci_uio_open(function);
    }
    pvgpu_platform_log("%s: no interrupts, polling. vfio-pci: %s. uio_pci_generic: %s", function->address, no_vfio,
                       no_uio);
    return NULL;
}

struct pvgpu_guest_transport *pvgpu_guest_open(const struct pvgpu_guest_pci_options *options)
{
    struct pvgpu_pci_function function;
    options = options ? options : &defaults;
    if (!choose(options, &function)) {
        return NULL;
    }
    if (!options->no_interrupts) {
        struct pvgpu_guest_transport *transport = open_with_interrupts(&function, options->intx);
        /* What was tried may have bound a driver: the function is looked at anew. */
        if (transport || !choose(options, &function)) {
            return transport;
        }
    }
    return pvgpu_pci_sysfs_open(&function);
}

bool pvgpu_pci_bind(const struct pvgpu_pci_function *function, const char *driver)
{
    char bus[256], bound[64];
    snprintf(bus, sizeof bus, "%s/sys/bus/pci", function->root);
    if (strcmp(function->driver, driver) == 0) {
        return true;
    }
    if ((function->driver[0] && !pvgpu_pci_write(function->folder, "driver/unbind", function->address)) ||
        !pvgpu_pci_write(function->folder, "driver_override", driver) ||
        !pvgpu_pci_write(bus, "drivers_probe", function->address)) {
        return false;
    }
    if (!pvgpu_pci_read_link(function->folder, "driver", bound, sizeof bound) || strcmp(bound, driver) != 0) {
        pvgpu_platform_log("%s does not bind to %s; is its module loaded?", function->folder, driver);
        return false;
    }
    return true;
}
