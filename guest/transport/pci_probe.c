/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <string.h>

#include "../lib/platform.h"
#include "../lib/shared_words.h"
#include "pci_open.h"

#define LOOK_NS 10000000u /* between looks at a heartbeat */

/* Watches until it moves, or long enough to know that it does not. */
static bool watch_heartbeat(const struct pvgpu_control_region *control, uint64_t first)
{
    uint64_t start = pvgpu_platform_now_ns();
    while (load64(&control->extension.host_heartbeat) == first) {
        if (pvgpu_platform_now_ns() - start >= PVGPU_HEARTBEAT_STOPPED_MS * 1000000ull) {
            return false;
        }
        pvgpu_platform_sleep_ns(LOOK_NS);
    }
    return true;
}

static void copy_extension(struct pvgpu_extension *copy, const struct pvgpu_extension *extension)
{
    copy->version = load32(&extension->version);
    if (copy->version == 0) {
        return;
    }
    copy->link = load32(&extension->link);
    copy->vectors = load32(&extension->vectors);
    copy->host_peer = load32(&extension->host_peer);
    copy->generation = load64(&extension->generation);
    copy->host_heartbeat = load64(&extension->host_heartbeat);
    copy->guest_heartbeat = load64(&extension->guest_heartbeat);
    copy->reset_request = load32(&extension->reset_request);
    copy->reset_done = load32(&extension->reset_done);
}

static void look_at_memory(const struct pvgpu_pci_view *view, struct pvgpu_guest_probe_result *result)
{
    const struct pvgpu_control_region *control = view->control;
    result->is_readable = true;
    result->magic = load32(&control->magic);
    result->is_pvgpu = result->magic == PVGPU_MAGIC;
    if (view->registers) {
        result->register_status = view->registers[PVGPU_REG_STATUS / 4];
    }
    if (!result->is_pvgpu) {
        return;
    }
    result->version = load32(&control->version);
    result->ring_bytes = load32(&control->ring_bytes);
    result->heap_bytes = load32(&control->heap_bytes);
    copy_extension(&result->extension, &control->extension);
    if (result->extension.host_heartbeat != 0) {
        result->heartbeat_moves = watch_heartbeat(control, result->extension.host_heartbeat);
    }
    result->status = load32(&control->status);
}

static void describe(const struct pvgpu_pci_function *function, struct pvgpu_guest_probe_result *result)
{
    struct pvgpu_pci_view view;
    memset(result, 0, sizeof *result);
    memcpy(result->address, function->address, sizeof result->address);
    memcpy(result->driver, function->driver, sizeof result->driver);
    memcpy(result->bar_bytes, function->bar_bytes, sizeof result->bar_bytes);
    result->vendor = function->vendor;
    result->device = function->device;
    result->class_code = function->class_code;
    result->revision = function->revision;
    result->register_status = UINT32_MAX;
    result->can_vfio = pvgpu_pci_can_vfio(function, result->no_vfio, sizeof result->no_vfio);
    result->can_uio = pvgpu_pci_can_uio(function, result->no_uio, sizeof result->no_uio);
    if (pvgpu_pci_view_open(&view, function, result->unreadable, sizeof result->unreadable)) {
        look_at_memory(&view, result);
        pvgpu_pci_view_close(&view, function);
    }
}

size_t pvgpu_pci_probe(const char *root, const struct pvgpu_guest_pci_options *options,
                       struct pvgpu_guest_probe_result *list, size_t capacity)
{
    struct pvgpu_pci_function functions[PVGPU_PCI_FUNCTIONS];
    size_t count = pvgpu_pci_list(root, options, functions, PVGPU_PCI_FUNCTIONS);
    for (size_t i = 0; i < count && i < capacity; i++) {
        describe(&functions[i], &list[i]);
    }
    return count;
}

size_t pvgpu_guest_probe(const struct pvgpu_guest_pci_options *options, struct pvgpu_guest_probe_result *list,
                         size_t capacity)
{
    return pvgpu_pci_probe("", options, list, capacity);
}
