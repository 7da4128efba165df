/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "link/vfio_user_device.h"

#include "base/checked.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <string.h>

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
#define CONFIG_INTERRUPT_PIN 0x3D

#define COMMAND_WRITABLE 0x0546u /* memory, bus master, parity, SERR, INTx disable; no I/O space here */
#define COMMAND_INTX_DISABLE 0x0400u
#define STATUS_INTERRUPT 0x08u
#define STATUS_CAPABILITIES 0x10u
#define INTERRUPT_PIN_A 1
#define BAR_64BIT_PREFETCHABLE 0xCu
#define CAPABILITY_MSIX 0x11u
#define MSIX_CONTROL (PVGPU_VFIO_MSIX_CAPABILITY + 2)
#define MSIX_CONTROL_WRITABLE 0xC000u /* enable, mask all */
#define MSIX_CONTROL_ENABLE 0x8000u

#define KNOWN_IRQS (PVGPU_IRQ_FENCE | PVGPU_IRQ_ERROR)

static void put16(uint8_t *bytes, uint32_t at, uint32_t value)
{
    bytes[at] = (uint8_t)value;
    bytes[at + 1] = (uint8_t)(value >> 8);
}

static uint32_t get16(const uint8_t *bytes, uint32_t at)
{
    return (uint32_t)bytes[at] | (uint32_t)bytes[at + 1] << 8;
}

static void put32(uint8_t *bytes, uint32_t at, uint32_t value)
{
    put16(bytes, at, value);
    put16(bytes, at + 2, value >> 16);
}

static void init_config(struct pvgpu_vfio_device *device)
{
    const struct pvgpu_pci_identity *identity = &device->identity;
    uint8_t *config = device->config;
    memset(config, 0, PVGPU_VFIO_CONFIG_BYTES);
    put16(config, CONFIG_VENDOR, identity->vendor);
    put16(config, CONFIG_DEVICE, identity->device);
    put16(config, CONFIG_STATUS, STATUS_CAPABILITIES);
    config[CONFIG_REVISION] = PVGPU_PCI_REVISION;
    config[CONFIG_CLASS] = identity->class_code & 0xFF;
    put16(config, CONFIG_CLASS + 1, identity->class_code >> 8);
    put32(config, CONFIG_BAR(2), BAR_64BIT_PREFETCHABLE);
    put16(config, CONFIG_SUBSYSTEM_VENDOR, identity->subsystem_vendor);
    put16(config, CONFIG_SUBSYSTEM, identity->subsystem);
    config[CONFIG_CAPABILITIES] = PVGPU_VFIO_MSIX_CAPABILITY;
    config[CONFIG_INTERRUPT_PIN] = INTERRUPT_PIN_A;
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

void pvgpu_vfio_device_init(struct pvgpu_vfio_device *device, const struct pvgpu_pci_identity *identity, void *memory,
                            uint64_t memory_bytes)
{
    assert(pvgpu_is_power_of_two(memory_bytes) && memory_bytes >= PVGPU_MIN_SHMEM_BYTES && memory_bytes <= UINT32_MAX);
    pvgpu_vfio_device_init_empty(device);
    device->identity = *identity;
    device->memory = memory;
    device->memory_bytes = memory_bytes;
    init_writable(device);
    pvgpu_vfio_device_reset(device);
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
    pvgpu_vfio_device_deliver(device);
}

bool pvgpu_vfio_device_has_msix_enabled(const struct pvgpu_vfio_device *device)
{
    return get16(device->config, MSIX_CONTROL) & MSIX_CONTROL_ENABLE;
}

bool pvgpu_vfio_device_has_intx_disabled(const struct pvgpu_vfio_device *device)
{
    return get16(device->config, CONFIG_COMMAND) & COMMAND_INTX_DISABLE;
}

void pvgpu_vfio_device_show_intx(struct pvgpu_vfio_device *device, bool asserted)
{
    put16(device->config, CONFIG_STATUS, STATUS_CAPABILITIES | (asserted ? STATUS_INTERRUPT : 0));
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
        pvgpu_vfio_device_deliver(device);
        return 0;
    case PVGPU_REG_IRQ_ENABLE:
        device->irq_enable = ((device->irq_enable & ~mask) | value) & KNOWN_IRQS;
        device->irq_enable_written = true;
        pvgpu_vfio_device_deliver(device);
        return 0;
    case PVGPU_REG_RESET:
        if (value != 1)
            return 0;
        reset_registers(device);
        pvgpu_vfio_device_deliver(device);
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

static void write_config(struct pvgpu_vfio_device *device, uint64_t offset, const uint8_t *bytes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint8_t *byte = &device->config[offset + i];
        const uint8_t mask = device->config_writable[offset + i];
        *byte = (uint8_t)((*byte & ~mask) | (bytes[i] & mask));
    }
    pvgpu_vfio_device_deliver(device);
}

/* A single access where the size and the address allow one, as the processor of the guest would do it. */
static void read_memory(const uint8_t *memory, uint8_t *bytes, uint32_t count)
{
    const uintptr_t at = (uintptr_t)memory;
    if (count == 8 && at % 8 == 0)
        memcpy(bytes, &(uint64_t){atomic_load((const _Atomic uint64_t *)at)}, sizeof(uint64_t));
    else if (count == 4 && at % 4 == 0)
        memcpy(bytes, &(uint32_t){atomic_load((const _Atomic uint32_t *)at)}, sizeof(uint32_t));
    else if (count == 2 && at % 2 == 0)
        memcpy(bytes, &(uint16_t){atomic_load((const _Atomic uint16_t *)at)}, sizeof(uint16_t));
    else
        memcpy(bytes, memory, count);
}

static void write_memory(uint8_t *memory, const uint8_t *bytes, uint32_t count)
{
    const uintptr_t at = (uintptr_t)memory;
    uint64_t eight;
    uint32_t four;
    uint16_t two;
    if (count == sizeof(eight) && at % 8 == 0) {
        memcpy(&eight, bytes, sizeof(eight));
        atomic_store((_Atomic uint64_t *)at, eight);
    } else if (count == sizeof(four) && at % 4 == 0) {
        memcpy(&four, bytes, sizeof(four));
        atomic_store((_Atomic uint32_t *)at, four);
    } else if (count == sizeof(two) && at % 2 == 0) {
        memcpy(&two, bytes, sizeof(two));
        atomic_store((_Atomic uint16_t *)at, two);
    } else {
        memcpy(memory, bytes, count);
        atomic_thread_fence(memory_order_seq_cst);
    }
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
        read_memory((const uint8_t *)device->memory + offset, bytes, count);
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
    if (region == PVGPU_VFIO_BAR0)
        *effects = write_registers(device, offset, bytes, count);
    else if (region == PVGPU_VFIO_BAR2)
        write_memory((uint8_t *)device->memory + offset, bytes, count);
    else if (region == PVGPU_VFIO_CONFIG)
        write_config(device, offset, bytes, count);
    return 0;
}
