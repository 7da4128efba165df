/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "link/vfio_user_device.h"

#include "base/checked.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Configuration space, PCI Local Bus 3.0. */
#define CONFIG_VENDOR 0x00
#define CONFIG_DEVICE 0x02
#define CONFIG_COMMAND 0x04
#define CONFIG_STATUS 0x06
#define CONFIG_REVISION 0x08
#define CONFIG_CLASS 0x09 /* 3 bytes */
#define CONFIG_CACHE_LINE 0x0C
#define CONFIG_BAR(index) (0x10 + 4 * (index))
#define CONFIG_SUBSYSTEM_VENDOR 0x2C
#define CONFIG_SUBSYSTEM 0x2E
#define CONFIG_CAPABILITIES 0x34
#define CONFIG_INTERRUPT_LINE 0x3C

#define COMMAND_WRITABLE 0x0546u /* memory, bus master, parity, SERR, INTx disable; no I/O space here */
#define STATUS_CAPABILITIES 0x10u
#define BAR_64BIT_PREFETCHABLE 0xCu
#define CAPABILITY_MSIX 0x11u
#define MSIX_CONTROL (PVGPU_VFIO_MSIX_CAPABILITY + 2)
#define MSIX_CONTROL_WRITABLE 0xC000u /* enable, mask all */

#define KNOWN_IRQS (PVGPU_IRQ_FENCE | PVGPU_IRQ_ERROR)

_Static_assert(PVGPU_IRQ_FENCE == 1u << PVGPU_VECTOR_FENCE && PVGPU_IRQ_ERROR == 1u << PVGPU_VECTOR_ERROR,
               "bit v of the IRQ registers is vector v");

static void put16(uint8_t *bytes, uint32_t at, uint32_t value)
{
    bytes[at] = (uint8_t)value;
    bytes[at + 1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t *bytes, uint32_t at, uint32_t value)
{
    put16(bytes, at, value);
    put16(bytes, at + 2, value >> 16);
}

static void init_config(struct pvgpu_vfio_device *device)
{
    uint8_t *config = device->config;
    memset(config, 0, PVGPU_VFIO_CONFIG_BYTES);
    put16(config, CONFIG_VENDOR, PVGPU_PCI_VENDOR);
    put16(config, CONFIG_DEVICE, PVGPU_PCI_DEVICE);
    put16(config, CONFIG_STATUS, STATUS_CAPABILITIES);
    config[CONFIG_REVISION] = PVGPU_PCI_REVISION;
    config[CONFIG_CLASS] = PVGPU_PCI_CLASS & 0xFF;
    put16(config, CONFIG_CLASS + 1, PVGPU_PCI_CLASS >> 8);
    put32(config, CONFIG_BAR(2), BAR_64BIT_PREFETCHABLE);
    put16(config, CONFIG_SUBSYSTEM_VENDOR, PVGPU_PCI_SUBSYSTEM_VENDOR);
    put16(config, CONFIG_SUBSYSTEM, PVGPU_PCI_SUBSYSTEM);
    config[CONFIG_CAPABILITIES] = PVGPU_VFIO_MSIX_CAPABILITY;
    config[PVGPU_VFIO_MSIX_CAPABILITY] = CAPABILITY_MSIX;
    put16(config, MSIX_CONTROL, PVGPU_MSIX_VECTORS - 1);
    put32(config, PVGPU_VFIO_MSIX_CAPABILITY + 4, PVGPU_VFIO_MSIX_TABLE_OFFSET | PVGPU_VFIO_BAR1);
    put32(config, PVGPU_VFIO_MSIX_CAPABILITY + 8, PVGPU_VFIO_MSIX_PBA_OFFSET | PVGPU_VFIO_BAR1);
}

/* A BAR's address bits are those that its size leaves: writing all ones and reading back tells the size. */
static void init_writable(struct pvgpu_vfio_device *device)
{
    uint8_t *writable = device->config_writable;
    const uint64_t memory_mask = ~(device->memory_bytes - 1);
    memset(writable, 0, PVGPU_VFIO_CONFIG_BYTES);
    put16(writable, CONFIG_COMMAND, COMMAND_WRITABLE);
    writable[CONFIG_CACHE_LINE] = 0xFF;
    put32(writable, CONFIG_BAR(0), ~(PVGPU_BAR0_BYTES - 1));
    put32(writable, CONFIG_BAR(1), ~(PVGPU_VFIO_MSIX_BAR_BYTES - 1));
    put32(writable, CONFIG_BAR(2), (uint32_t)memory_mask);
    put32(writable, CONFIG_BAR(3), (uint32_t)(memory_mask >> 32));
    writable[CONFIG_INTERRUPT_LINE] = 0xFF;
    put16(writable, MSIX_CONTROL, MSIX_CONTROL_WRITABLE);
}

void pvgpu_vfio_device_init(struct pvgpu_vfio_device *device, void *memory, uint64_t memory_bytes)
{
    assert(pvgpu_is_power_of_two(memory_bytes) && memory_bytes >= PVGPU_MIN_SHMEM_BYTES && memory_bytes <= UINT32_MAX);
    memset(device, 0, sizeof(*device));
    device->memory = memory;
    device->memory_bytes = memory_bytes;
    for (uint32_t i = 0; i < PVGPU_MSIX_VECTORS; i++)
        device->eventfds[i] = -1;
    init_writable(device);
    pvgpu_vfio_device_reset(device);
}

static void drop_eventfd(struct pvgpu_vfio_device *device, uint32_t vector)
{
    if (device->eventfds[vector] >= 0)
        close(device->eventfds[vector]);
    device->eventfds[vector] = -1;
}

void pvgpu_vfio_device_finish(struct pvgpu_vfio_device *device)
{
    for (uint32_t i = 0; i < PVGPU_MSIX_VECTORS; i++)
        drop_eventfd(device, i);
}

/* What the reset register does, too: the mask register and configuration space are left alone. */
static void reset_registers(struct pvgpu_vfio_device *device)
{
    device->irq_pending = 0;
    device->undelivered = 0;
    device->error = false;
}

void pvgpu_vfio_device_reset(struct pvgpu_vfio_device *device)
{
    reset_registers(device);
    device->irq_enable = 0;
    device->irq_enable_written = false;
    init_config(device);
}

uint64_t pvgpu_vfio_device_region_bytes(const struct pvgpu_vfio_device *device, uint32_t region)
{
    switch (region) {
    case PVGPU_VFIO_BAR0:
        return PVGPU_BAR0_BYTES;
    case PVGPU_VFIO_BAR1:
        return PVGPU_VFIO_MSIX_BAR_BYTES;
    case PVGPU_VFIO_BAR2:
        return device->memory_bytes;
    case PVGPU_VFIO_CONFIG:
        return PVGPU_VFIO_CONFIG_BYTES;
    default:
        return 0;
    }
}

static void signal_vector(const struct pvgpu_vfio_device *device, uint32_t vector)
{
    const uint64_t one = 1;
    if (device->eventfds[vector] >= 0) {
        /* Full means that so many signals wait already that one more says nothing new. */
        ssize_t ignored = write(device->eventfds[vector], &one, sizeof(one));
        (void)ignored;
    }
}

static void deliver(struct pvgpu_vfio_device *device)
{
    for (uint32_t vector = 0; vector < PVGPU_MSIX_VECTORS; vector++) {
        const uint32_t bit = 1u << vector;
        if (!(device->undelivered & bit) || device->eventfds[vector] < 0)
            continue;
        if (device->irq_enable_written && !(device->irq_enable & bit))
            continue;
        device->undelivered &= ~bit;
        signal_vector(device, vector);
    }
}

void pvgpu_vfio_device_interrupt(struct pvgpu_vfio_device *device, uint32_t vector)
{
    assert(vector < PVGPU_MSIX_VECTORS);
    device->irq_pending |= 1u << vector;
    device->undelivered |= 1u << vector;
    if (vector == PVGPU_VECTOR_ERROR)
        device->error = true;
    deliver(device);
}

static uint32_t read_register(const struct pvgpu_vfio_device *device, uint64_t at)
{
    switch (at) {
    case PVGPU_REG_VERSION:
        return PVGPU_VERSION_1_0;
    case PVGPU_REG_FEATURES_LOW:
        return PVGPU_FEATURES_1_0;
    case PVGPU_REG_STATUS:
        return PVGPU_REG_STATUS_READY | PVGPU_REG_STATUS_CONNECTED | (device->error ? PVGPU_REG_STATUS_ERROR : 0);
    case PVGPU_REG_IRQ_PENDING:
        return device->irq_pending;
    case PVGPU_REG_IRQ_ENABLE:
        return device->irq_enable;
    case PVGPU_REG_SHMEM_BYTES:
        return (uint32_t)device->memory_bytes;
    case PVGPU_REG_RING_BYTES:
        return PVGPU_DEFAULT_RING_BYTES;
    default:
        return 0;
    }
}

/* Writes the bytes of a register that `mask` has ones for. */
static uint32_t write_register(struct pvgpu_vfio_device *device, uint64_t at, uint32_t value, uint32_t mask)
{
    value &= mask;
    switch (at) {
    case PVGPU_REG_STATUS:
        if (value & PVGPU_REG_STATUS_ERROR)
            device->error = false;
        return 0;
    case PVGPU_REG_DOORBELL:
        return PVGPU_VFIO_EFFECT_DOORBELL;
    case PVGPU_REG_IRQ_PENDING:
        device->irq_pending &= ~value;
        device->undelivered &= ~value;
        return 0;
    case PVGPU_REG_IRQ_ENABLE:
        device->irq_enable = ((device->irq_enable & ~mask) | value) & KNOWN_IRQS;
        device->irq_enable_written = true;
        deliver(device);
        return 0;
    case PVGPU_REG_RESET:
        if (value != 1)
            return 0;
        reset_registers(device);
        return PVGPU_VFIO_EFFECT_RESET;
    default:
        return 0;
    }
}

static bool is_valid_register_access(uint64_t offset, uint32_t count)
{
    return (count == 1 || count == 2 || count == 4 || count == 8) && offset % count == 0;
}

static void read_registers(const struct pvgpu_vfio_device *device, uint64_t offset, uint8_t *bytes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t at = offset + i;
        bytes[i] = (uint8_t)(read_register(device, at & ~UINT64_C(3)) >> (8 * (at & 3)));
    }
}

static uint32_t write_registers(struct pvgpu_vfio_device *device, uint64_t offset, const uint8_t *bytes, uint32_t count)
{
    uint32_t effects = 0;
    for (uint32_t done = 0; done < count;) {
        const uint64_t at = (offset + done) & ~UINT64_C(3);
        uint32_t value = 0, mask = 0;
        for (; done < count && offset + done < at + 4; done++) {
            const unsigned shift = 8 * (unsigned)((offset + done) & 3);
            value |= (uint32_t)bytes[done] << shift;
            mask |= 0xFFu << shift;
        }
        effects |= write_register(device, at, value, mask);
    }
    return effects;
}

static uint32_t check_access(const struct pvgpu_vfio_device *device, uint32_t region, uint64_t offset, uint32_t count)
{
    const uint64_t total = pvgpu_vfio_device_region_bytes(device, region);
    if (count == 0 || count > PVGPU_VFIO_MAX_TRANSFER || !pvgpu_range_fits(total, offset, count))
        return EINVAL;
    if (region == PVGPU_VFIO_BAR0 && !is_valid_register_access(offset, count))
        return EINVAL;
    return 0;
}

uint32_t pvgpu_vfio_device_read(const struct pvgpu_vfio_device *device, uint32_t region, uint64_t offset,
                                uint8_t *bytes, uint32_t count)
{
    const uint32_t error = check_access(device, region, offset, count);
    if (error)
        return error;
    if (region == PVGPU_VFIO_BAR0)
        read_registers(device, offset, bytes, count);
    else if (region == PVGPU_VFIO_BAR2)
        memcpy(bytes, (const uint8_t *)device->memory + offset, count);
    else if (region == PVGPU_VFIO_CONFIG)
        memcpy(bytes, device->config + offset, count);
    else
        memset(bytes, 0, count); /* by VFIO's rules the client keeps the MSI-X table, its pending bits and masking */
    return 0;
}

uint32_t pvgpu_vfio_device_write(struct pvgpu_vfio_device *device, uint32_t region, uint64_t offset,
                                 const uint8_t *bytes, uint32_t count, uint32_t *effects)
{
    *effects = 0;
    const uint32_t error = check_access(device, region, offset, count);
    if (error)
        return error;
    if (region == PVGPU_VFIO_BAR0) {
        *effects = write_registers(device, offset, bytes, count);
    } else if (region == PVGPU_VFIO_BAR2) {
        memcpy((uint8_t *)device->memory + offset, bytes, count);
    } else if (region == PVGPU_VFIO_CONFIG) {
        for (uint32_t i = 0; i < count; i++) {
            uint8_t *byte = &device->config[offset + i];
            const uint8_t mask = device->config_writable[offset + i];
            *byte = (uint8_t)((*byte & ~mask) | (bytes[i] & mask));
        }
    }
    return 0;
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

/* The first fd_count vectors of the range get a descriptor, those after them lose theirs. */
static uint32_t assign_eventfds(struct pvgpu_vfio_device *device, const struct pvgpu_vfio_irq_set *request, int *fds,
                                size_t fd_count)
{
    if (fd_count > request->count)
        return EINVAL;
    for (size_t i = 0; i < fd_count; i++) {
        if (!is_valid_eventfd(fds[i]))
            return EINVAL;
    }
    for (uint32_t i = 0; i < request->count; i++) {
        drop_eventfd(device, request->start + i);
        if (i < fd_count) {
            device->eventfds[request->start + i] = fds[i];
            fds[i] = -1;
        }
    }
    deliver(device);
    return 0;
}

uint32_t pvgpu_vfio_device_set_irqs(struct pvgpu_vfio_device *device, const struct pvgpu_vfio_irq_set *request,
                                    const uint8_t *bools, int *fds, size_t fd_count)
{
    const uint32_t vectors = request->index == PVGPU_VFIO_IRQ_MSIX ? PVGPU_MSIX_VECTORS : 0;
    const uint32_t data = request->flags & PVGPU_VFIO_SET_DATA_MASK;
    /* Masking happens in the table, which is the client's; there is nothing to mask here. */
    if (request->index >= PVGPU_VFIO_IRQ_COUNT ||
        (request->flags & ~PVGPU_VFIO_SET_DATA_MASK) != PVGPU_VFIO_SET_ACTION_TRIGGER ||
        !pvgpu_range_fits(vectors, request->start, request->count))
        return EINVAL;
    if (data == PVGPU_VFIO_SET_DATA_EVENTFD)
        return request->count ? assign_eventfds(device, request, fds, fd_count) : EINVAL;
    if (fd_count != 0 || (data != PVGPU_VFIO_SET_DATA_NONE && data != PVGPU_VFIO_SET_DATA_BOOL))
        return EINVAL;
    if (request->count == 0) {
        if (data != PVGPU_VFIO_SET_DATA_NONE || request->start != 0)
            return EINVAL;
        /* "Disable": also sent for kinds that we do not have. */
        for (uint32_t i = 0; i < vectors; i++)
            drop_eventfd(device, i);
        return 0;
    }
    for (uint32_t i = 0; i < request->count; i++) {
        if (data == PVGPU_VFIO_SET_DATA_NONE || bools[i])
            signal_vector(device, request->start + i);
    }
    return 0;
}
