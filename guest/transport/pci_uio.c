/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Interrupts without an IOMMU: uio_pci_generic hands the device's interrupt line (INTx) to a program. BARs are mapped
 * through sysfs as without it. The kernel masks the line in the function's command register when it fires, and leaves the
 * rest to us: to lower the line at the device, and to unmask it.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../lib/platform.h"
#include "pci_open.h"

#define DRIVER "uio_pci_generic"
#define NODE_WAIT_NS 2000000000ull /* the device node appears a moment after the driver has bound */
#define CONFIG_COMMAND 4 /* offset in configuration space */
#define COMMAND_INTX_DISABLE 0x400u

struct pci_uio {
    struct pvgpu_guest_transport base;
    struct pvgpu_guest_transport *inner; /* BARs through sysfs; owned */
    volatile uint32_t *registers; /* BAR0 once more */
    int node; /* /dev/uioN; -1: none */
    int config; /* configuration space; -1: none */
    uint32_t count; /* interrupts so far, as the kernel counts them */
};

static struct pvgpu_guest_transport *inner_of(struct pvgpu_guest_transport *transport)
{
    return ((struct pci_uio *)transport)->inner;
}

static void doorbell(struct pvgpu_guest_transport *transport)
{
    inner_of(transport)->ops->doorbell(inner_of(transport));
}

static bool reset(struct pvgpu_guest_transport *transport)
{
    return inner_of(transport)->ops->reset(inner_of(transport));
}

static uint32_t read_status(struct pvgpu_guest_transport *transport)
{
    return inner_of(transport)->ops->read_status(inner_of(transport));
}

static bool unmask(const struct pci_uio *pci)
{
    uint16_t command = 0;
    if (pread(pci->config, &command, sizeof command, CONFIG_COMMAND) == sizeof command) {
        command &= (uint16_t)~COMMAND_INTX_DISABLE;
        if (pwrite(pci->config, &command, sizeof command, CONFIG_COMMAND) == sizeof command) {
            return true;
        }
    }
    pvgpu_platform_log("INTx cannot be unmasked: %s", strerror(errno));
    return false;
}

static int wait_interrupt(struct pvgpu_guest_transport *transport, uint64_t timeout_ns)
{
    struct pci_uio *pci = (struct pci_uio *)transport;
    struct pollfd wait = {.fd = pci->node, .events = POLLIN};
    struct timespec time = {.tv_sec = (time_t)(timeout_ns / 1000000000u), .tv_nsec = (long)(timeout_ns % 1000000000u)};
    uint32_t count;
    if (ppoll(&wait, 1, &time, NULL) <= 0) {
        return 0;
    }
    if (read(pci->node, &count, sizeof count) != sizeof count) {
        return -1;
    }
    uint32_t interrupts = count - pci->count;
    pci->count = count;
    /* What is raised between the two steps keeps the line up, and comes at once. */
    pci->registers[PVGPU_REG_IRQ_PENDING / 4] = pci->registers[PVGPU_REG_IRQ_PENDING / 4];
    return unmask(pci) ? (int)(interrupts < 1000000 ? interrupts : 1000000) : -1;
}

static void destroy(struct pvgpu_guest_transport *transport)
{
    struct pci_uio *pci = (struct pci_uio *)transport;
    if (pci->registers) {
        pci->registers[PVGPU_REG_IRQ_ENABLE / 4] = 0;
        munmap((void *)(uintptr_t)pci->registers, PVGPU_BAR0_BYTES);
    }
    if (pci->node >= 0) {
        close(pci->node);
    }
    if (pci->config >= 0) {
        close(pci->config);
    }
    if (pci->inner) {
        pci->inner->ops->destroy(pci->inner);
    }
    free(pci);
}

/* The name of the device node that belongs to a function. */
static bool find_node(const char *folder, char *name, size_t size)
{
    char path[400];
    bool found = false;
    snprintf(path, sizeof path, "%s/uio", folder);
    DIR *nodes = opendir(path);
    const struct dirent *entry;
    while (nodes && !found && (entry = readdir(nodes)) != NULL) {
        found = strncmp(entry->d_name, "uio", 3) == 0 && strlen(entry->d_name) < 16;
        if (found) {
            snprintf(name, size, "/dev/%.16s", entry->d_name);
        }
    }
    if (nodes) {
        closedir(nodes);
    }
    return found;
}

static int open_node(const char *folder)
{
    char name[32] = "its device node";
    uint64_t deadline = pvgpu_platform_now_ns() + NODE_WAIT_NS;
    int fd = -1;
    while (fd < 0 && pvgpu_platform_now_ns() < deadline) {
        if (find_node(folder, name, sizeof name)) {
            fd = open(name, O_RDWR | O_CLOEXEC);
        }
        if (fd < 0) {
            pvgpu_platform_sleep_ns(10000000);
        }
    }
    if (fd < 0) {
        pvgpu_platform_log("%s: %s", name, strerror(errno));
    }
    return fd;
}

static bool open_files(struct pci_uio *pci, const char *folder)
{
    char path[400];
    snprintf(path, sizeof path, "%s/config", folder);
    pci->node = open_node(folder);
    pci->config = open(path, O_RDWR | O_CLOEXEC);
    if (pci->config < 0) {
        pvgpu_platform_log("%s: %s", path, strerror(errno));
    }
    return pci->node >= 0 && pci->config >= 0;
}

static bool open_function(struct pci_uio *pci, const struct pvgpu_pci_function *function)
{
    uint64_t bytes = PVGPU_BAR0_BYTES;
    struct pvgpu_pci_function bound = *function;
    if (!pvgpu_pci_bind(function, DRIVER) || !open_files(pci, function->folder)) {
        return false;
    }
    strcpy(bound.driver, DRIVER);
    pci->inner = pvgpu_pci_sysfs_open(&bound);
    pci->registers = pci->inner ? pvgpu_pci_map(&bound, "resource0", true, &bytes) : NULL;
    if (!pci->registers) {
        return false;
    }
    pci->base.mapping = pci->inner->mapping;
    pci->base.mapping_bytes = pci->inner->mapping_bytes;
    pci->registers[PVGPU_REG_IRQ_ENABLE / 4] = PVGPU_IRQ_FENCE | PVGPU_IRQ_ERROR;
    return unmask(pci);
}

struct pvgpu_guest_transport *pvgpu_pci_uio_open(const struct pvgpu_pci_function *function)
{
    static const struct pvgpu_guest_transport_ops ops = {
        .name = "uio with INTx",
        .doorbell = doorbell,
        .wait_interrupt = wait_interrupt,
        .reset = reset,
        .read_status = read_status,
        .destroy = destroy,
    };
    struct pci_uio *pci = calloc(1, sizeof *pci);
    if (!pci) {
        return NULL;
    }
    pci->base.ops = &ops;
    pci->node = pci->config = -1;
    if (!open_function(pci, function)) {
        destroy(&pci->base);
        return NULL;
    }
    return &pci->base;
}
