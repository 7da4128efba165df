/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* pvgpu-demo --probe: what PVGPU devices this VM has, in words for a person. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "demo.h"

/* Exit codes; docs/errors.md says the same. With several devices the highest counts. */
enum {
    PROBE_GOOD = 0,
    PROBE_UNKNOWN = 1, /* a device cannot be looked at */
    PROBE_NONE = 3,
    PROBE_NO_HOST = 4
};

#ifdef __linux__
#define MEBIBYTE (1024.0 * 1024.0)
#define MAX_DEVICES 16u

static bool is_ivshmem(const struct pvgpu_guest_probe_result *device)
{
    return device->vendor == PVGPU_IVSHMEM_VENDOR && device->device == PVGPU_IVSHMEM_DEVICE;
}

static const char *link_name(const struct pvgpu_guest_probe_result *device)
{
    switch (device->extension.link) {
    case PVGPU_LINK_ID_PIPE:
        return "pipe";
    case PVGPU_LINK_ID_VFIO_USER:
        return "vfio-user";
    case PVGPU_LINK_ID_IVSHMEM_DOORBELL:
        return "ivshmem-doorbell";
    case PVGPU_LINK_ID_IVSHMEM_PLAIN:
        return "ivshmem-plain";
    default:
        return is_ivshmem(device) ? "ivshmem" : "a link that it does not name";
    }
}

static void print_memory(const struct pvgpu_guest_probe_result *device)
{
    printf("  memory      BAR2, %.0f MiB", (double)device->bar_bytes[2] / MEBIBYTE);
    if (!device->is_readable) {
        printf(", cannot be looked at: %s\n", device->unreadable);
    } else if (!device->is_pvgpu) {
        printf(": not PVGPU's (it begins with %#010" PRIx32 ")\n", device->magic);
    } else {
        printf(": protocol %" PRIu32 ".%" PRIu32 ", ring %.1f MiB, heap %.1f MiB\n",
               PVGPU_VERSION_MAJOR(device->version), PVGPU_VERSION_MINOR(device->version),
               device->ring_bytes / MEBIBYTE, device->heap_bytes / MEBIBYTE);
    }
}

/* NULL: a host is there. */
static const char *host_is_missing(const struct pvgpu_guest_probe_result *device)
{
    if (device->status & PVGPU_STATUS_SHUTDOWN) {
        return "it has said that it goes";
    }
    if (device->extension.host_heartbeat != 0) {
        return device->heartbeat_moves ? NULL : "its heartbeat stands still";
    }
    if (device->register_status != UINT32_MAX) {
        return device->register_status & PVGPU_REG_STATUS_CONNECTED ? NULL : "the device says that none is connected";
    }
    return device->extension.generation != 0 || (device->status & PVGPU_STATUS_READY) ? NULL
                                                                                      : "none has been there yet";
}

static void print_host(const struct pvgpu_guest_probe_result *device)
{
    const char *missing = host_is_missing(device);
    printf("  host        %s%s", missing ? "GONE: " : "there", missing ? missing : "");
    if (!missing && device->extension.host_heartbeat != 0) {
        printf(", its heartbeat moves");
    }
    if (device->extension.generation != 0) {
        printf(", generation %016" PRIx64, device->extension.generation);
    }
    printf("\n  renderer    %s", device->status & PVGPU_STATUS_DEVICE_LOST ? "LOST: it comes back with a reset"
                                 : device->status & PVGPU_STATUS_READY     ? "ready"
                                                                           : "not ready yet");
    printf(" (status %#" PRIx32, device->status);
    if (device->register_status != UINT32_MAX) {
        printf(", register status %#" PRIx32, device->register_status);
    }
    printf(")\n");
}

static void print_interrupts(const struct pvgpu_guest_probe_result *device)
{
    if (device->can_vfio || device->can_uio) {
        printf("  interrupts  by %s\n", device->can_vfio ? "vfio-pci" : "uio_pci_generic");
        return;
    }
    printf("  interrupts  none, programs poll\n"
           "              vfio-pci: %s\n"
           "              uio_pci_generic: %s\n",
           device->no_vfio, device->no_uio);
}

static int print_device(const struct pvgpu_guest_probe_result *device)
{
    bool known = device->is_readable && device->is_pvgpu;
    printf("%s  %04" PRIx32 ":%04" PRIx32 ", class %06" PRIx32 ", revision %02" PRIx32 ", driver %s\n", device->address,
           device->vendor, device->device, device->class_code, device->revision,
           device->driver[0] ? device->driver : "none");
    printf("  link        %s\n", known ? link_name(device) : is_ivshmem(device) ? "ivshmem" : "not known");
    print_memory(device);
    if (!device->is_readable) {
        return PROBE_UNKNOWN;
    }
    if (!device->is_pvgpu) {
        return is_ivshmem(device) ? PROBE_NONE : PROBE_UNKNOWN;
    }
    print_host(device);
    print_interrupts(device);
    return host_is_missing(device) ? PROBE_NO_HOST : PROBE_GOOD;
}

/* What to do, once, after all devices. */
static void print_advice(int code, bool has_others)
{
    switch (code) {
    case PROBE_GOOD:
        printf("All is well.\n");
        break;
    case PROBE_UNKNOWN:
        printf("What to do: run this as root. A driver that has a device lets it go with\n"
               "  echo ADDRESS > /sys/bus/pci/drivers/DRIVER/unbind\n");
        break;
    case PROBE_NO_HOST:
        printf("What to do: start pvgpu-backend on the host. On ivshmem-plain and with QEMU's pvgpu device it can come "
               "back\n"
               "while the VM runs; on vfio-user and ivshmem-doorbell QEMU must be started again after it.\n");
        break;
    default:
        printf("No PVGPU device%s.\n"
               "What to do: on the host, pvgpu-qemu-args prints what QEMU needs; in the VM, lspci must show %04x:%04x, "
               "or\n"
               "%04x:%04x whose memory was made by pvgpu-backend%s.\n",
               has_others ? " among these" : " in this VM", PVGPU_PCI_VENDOR, PVGPU_PCI_DEVICE, PVGPU_IVSHMEM_VENDOR,
               PVGPU_IVSHMEM_DEVICE,
               has_others ? ": is it QEMU's mem-path, or socket, that the backend was given?" : "");
        break;
    }
}

int demo_probe(const struct pvgpu_guest_pci_options *options)
{
    struct pvgpu_guest_probe_result devices[MAX_DEVICES];
    size_t count = pvgpu_guest_probe(options, devices, MAX_DEVICES);
    int code = PROBE_NONE;
    bool found = false;
    for (size_t i = 0; i < count && i < MAX_DEVICES; i++) {
        int one = print_device(&devices[i]);
        /* Somebody else's ivshmem device counts only where there is nothing of ours. */
        if (one != PROBE_NONE) {
            code = found && code > one ? code : one;
            found = true;
        }
    }
    print_advice(code, count > 0);
    fflush(stdout);
    return code;
}
#else
int demo_probe(const struct pvgpu_guest_pci_options *options)
{
    (void)options;
    fprintf(stderr, "pvgpu-demo: --probe is for Linux guests\n");
    return PROBE_NONE;
}
#endif
