/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pvgpu PCI device: registers, interrupts and shared memory of PVGPU's protocol, for a host service that draws.
 *
 *   BAR0  registers (PVGPU_REG_*)
 *   BAR1  MSI-X table and pending bits, PVGPU_MSIX_VECTORS vectors
 *   BAR2  the shared memory, which the host service opens by its name
 *
 * The device draws nothing and looks at no command: it passes doorbells to the service and interrupts to the guest, and
 * begins the control region anew when the machine is reset. The connection, its messages and everything that depends on
 * the operating system are in pvgpu-channel*.c; this file depends on QEMU alone.
 *
 * Threads: everything runs with the big lock held, in the main loop or in a virtual processor's thread (registers), so
 * the channel has one user at a time. A virtual processor never waits: what the channel cannot send at once it sends
 * from the main loop.
 */
#include "qemu/osdep.h"
#include "pvgpu-compat.h"

#include "hw/pci/msix.h"
#include "hw/pci/pci.h"
#include "migration/vmstate.h"
#include "qapi/error.h"
#include "qapi/visitor.h"
#include "qemu/atomic.h"
#include "qemu/cutils.h"
#include "qemu/error-report.h"
#include "qemu/log.h"
#include "qemu/module.h"
#include "qemu/timer.h"
#include "qemu/units.h"
#include "qom/object_interfaces.h"
#include "trace.h"

#include "pvgpu-channel.h"
#include "pvgpu/protocol.h"

#define TYPE_PVGPU "pvgpu"
OBJECT_DECLARE_SIMPLE_TYPE(PvgpuState, PVGPU)

#define PVGPU_DEFAULT_MEMORY_BYTES (256 * MiB)
#define PVGPU_KNOWN_IRQS (PVGPU_IRQ_FENCE | PVGPU_IRQ_ERROR)
#define PVGPU_REASON_DEVICE_REMOVED 0x887A0005u /* DXGI_ERROR_DEVICE_REMOVED, what a lost host is to Direct3D */

/* A service that listens but does not answer holds up the machine's start for so long and no longer. */
#define PVGPU_START_TIMEOUT_NS (5 * NANOSECONDS_PER_SECOND)
/* The furthest that a timer is set: longer than anything the channel waits for, and far from overflowing. */
#define PVGPU_TIMER_LIMIT_NS (3600 * NANOSECONDS_PER_SECOND)

/* Where shm_open() keeps its objects, as a folder. */
#define PVGPU_SHM_FOLDER "/dev/shm"

/* The protocol is little-endian, and shared memory is accessed in the order of the host. */
QEMU_BUILD_BUG_ON(HOST_BIG_ENDIAN);

struct PvgpuState {
    PCIDevice parent_obj;

    /* Properties. */
    char *backend_pipe; /* NULL: the protocol's default */
    uint64_t shmem_size; /* bytes; 0: memdev's, or PVGPU_DEFAULT_MEMORY_BYTES */
    uint32_t reconnect_ms;
    bool use_msix;
    HostMemoryBackend *memdev; /* the user's own; may be NULL */

    /* Shared memory. */
    struct pvgpu_channel_memory shared; /* ours; all zero with memdev */
    HostMemoryBackend
        *backend; /* what BAR2 shows: memdev or a child of ours; NULL where the host has no such backends */
    MemoryRegion ram; /* BAR2 where the host has no such backends */
    MemoryRegion *memory; /* BAR2: the backend's or `ram` */
    char memory_name[PVGPU_CHANNEL_NAME_CHARS];
    uint64_t memory_bytes;

    /* The host service. */
    struct pvgpu_channel *channel;
    bool connected;
    bool was_connected; /* ever since realize */
    bool shaking; /* the attempt that this dispatch goes on with had got as far as the handshake */
    QEMUTimer *timer; /* for the channel's deadline */
    uint64_t timer_deadline_ns; /* what the timer is set to, on the channel's clock */
    intptr_t watched; /* what the main loop polls; PVGPU_CHANNEL_NO_HANDLE: nothing */
    bool watched_for_writing;
    uint64_t watched_connection; /* the count of connections at which `watched` was taken */
    Notifier exit; /* of QEMU */

    /* Registers. */
    MemoryRegion registers;
    uint32_t pending; /* PVGPU_IRQ_*: what the register shows */
    uint32_t undelivered; /* PVGPU_IRQ_*: part of it that no message has told of yet */
    uint32_t enable; /* PVGPU_IRQ_*: the mask */
    bool enable_written; /* the guest knows the mask */
    bool error; /* bit 1 of the status register */

    bool fresh; /* nothing has happened since realize */
    uint64_t resets; /* of the machine and by the register */
};

static struct pvgpu_control_region *pvgpu_control(PvgpuState *s)
{
    return memory_region_get_ram_ptr(s->memory);
}

/* ---- Interrupts --------------------------------------------------------------------------------------------------- */

static void pvgpu_send_message(PvgpuState *s, uint32_t vector)
{
    const uint32_t bit = 1u << vector;

    if (!(s->undelivered & bit) || (s->enable_written && !(s->enable & bit))) {
        return;
    }
    /* Before: the guest chooses where the message goes, and that may be a register of ours. */
    s->undelivered &= ~bit;
    trace_pvgpu_irq(vector);
    msix_notify(PCI_DEVICE(s), vector);
}

/*
 * Delivers what can be delivered now. The line is only for guests that have written the mask: whoever has not cannot
 * lower it either.
 */
static void pvgpu_update_irq(PvgpuState *s)
{
    PCIDevice *pci = PCI_DEVICE(s);

    if (!msix_enabled(pci)) {
        pci_set_irq(pci, (s->pending & s->enable) != 0);
        return;
    }
    pci_set_irq(pci, 0);
    if (!(pci_get_word(pci->config + PCI_COMMAND) & PCI_COMMAND_MASTER)) {
        return; /* the message would be dropped */
    }
    for (uint32_t vector = 0; vector < PVGPU_MSIX_VECTORS; vector++) {
        pvgpu_send_message(s, vector);
    }
}

/* Only remembers: pvgpu_update_irq() does the rest, outside of the channel. */
static void pvgpu_raise(PvgpuState *s, uint32_t vector)
{
    s->pending |= 1u << vector;
    s->undelivered |= 1u << vector;
    if (vector == PVGPU_VECTOR_ERROR) {
        s->error = true;
    }
}

/* ---- The channel -------------------------------------------------------------------------------------------------- */

static void pvgpu_dispatch(PvgpuState *s);

static void pvgpu_ready(void *opaque)
{
    pvgpu_dispatch(opaque);
}

static void pvgpu_unwatch(PvgpuState *s)
{
    if (s->watched == PVGPU_CHANNEL_NO_HANDLE) {
        return;
    }
#ifdef _WIN32
    qemu_del_wait_object((HANDLE)s->watched, pvgpu_ready, s);
#else
    qemu_set_fd_handler((int)s->watched, NULL, NULL, NULL);
#endif
    s->watched = PVGPU_CHANNEL_NO_HANDLE;
}

static void pvgpu_watch_handle(PvgpuState *s, intptr_t handle, bool for_writing, uint64_t connection)
{
    pvgpu_unwatch(s);
    s->watched = handle;
    s->watched_for_writing = for_writing;
    s->watched_connection = connection;
    if (handle == PVGPU_CHANNEL_NO_HANDLE) {
        return;
    }
#ifdef _WIN32
    if (qemu_add_wait_object((HANDLE)handle, pvgpu_ready, s) != 0) {
        warn_report_once("pvgpu: QEMU waits for too many things: the host's messages will be late");
    }
#else
    qemu_set_fd_handler((int)handle, pvgpu_ready, for_writing ? pvgpu_ready : NULL, s);
#endif
}

static void pvgpu_set_timer(PvgpuState *s, uint64_t deadline_ns)
{
    s->timer_deadline_ns = deadline_ns;
    if (deadline_ns == PVGPU_CHANNEL_NO_DEADLINE) {
        timer_del(s->timer);
        return;
    }
    uint64_t now = pvgpu_channel_now_ns();
    uint64_t left = deadline_ns > now ? MIN(deadline_ns - now, (uint64_t)PVGPU_TIMER_LIMIT_NS) : 0;
    timer_mod_ns(s->timer, qemu_clock_get_ns(QEMU_CLOCK_REALTIME) + (int64_t)left);
}

/*
 * Lets the main loop wait for what the channel waits for now. A connection that came after another may have the same
 * number, so the number alone does not say that nothing has changed.
 */
static void pvgpu_watch(PvgpuState *s)
{
    intptr_t handle = pvgpu_channel_wait_handle(s->channel);
    bool for_writing = pvgpu_channel_wants_write(s->channel);
    uint64_t connection = pvgpu_channel_counters(s->channel).connections;
    uint64_t deadline_ns = pvgpu_channel_deadline_ns(s->channel);

    if (handle != s->watched || for_writing != s->watched_for_writing || connection != s->watched_connection) {
        pvgpu_watch_handle(s, handle, for_writing, connection);
    }
    if (deadline_ns != s->timer_deadline_ns) {
        pvgpu_set_timer(s, deadline_ns);
    }
}

static void pvgpu_dispatch(PvgpuState *s)
{
    enum pvgpu_channel_state state = pvgpu_channel_state(s->channel);

    s->shaking = state == PVGPU_CHANNEL_SHAKING;
    if (state != PVGPU_CHANNEL_CONNECTED) {
        pvgpu_unwatch(s); /* attempts come and go without a word */
    }
    pvgpu_channel_dispatch(s->channel);
    /* A timer that has fired is not set any more. */
    s->timer_deadline_ns = PVGPU_CHANNEL_NO_DEADLINE;
    pvgpu_watch(s);
    pvgpu_update_irq(s);
}

/* The producer counter may have moved, or there was a reset. */
static void pvgpu_ring(PvgpuState *s)
{
    assert(pvgpu_holds_big_lock());
    pvgpu_channel_doorbell(s->channel);
    pvgpu_watch(s);
}

static const char *pvgpu_endpoint(const PvgpuState *s)
{
    return s->backend_pipe ? s->backend_pipe : "the default endpoint";
}

static void pvgpu_on_connected(void *opaque, uint64_t features)
{
    PvgpuState *s = opaque;

    trace_pvgpu_connected(s->memory_name, s->memory_bytes, features);
    s->connected = true;
    pvgpu_channel_clear_goodbye(pvgpu_control(s));
    if (s->was_connected) {
        info_report("pvgpu: connected to %s again", pvgpu_endpoint(s));
        pvgpu_raise(s, PVGPU_VECTOR_ERROR);
    }
    s->was_connected = true;
}

/* Guests that wait for a fence end their wait. A service that took its leave has written so itself. */
static void pvgpu_publish_loss(PvgpuState *s)
{
    struct pvgpu_control_region *control = pvgpu_control(s);

    if (!(qatomic_read(&control->status) & PVGPU_STATUS_SHUTDOWN)) {
        qatomic_set(&control->error_argument, PVGPU_REASON_DEVICE_REMOVED);
        qatomic_set(&control->error_code, PVGPU_ERROR_DEVICE_LOST);
        qatomic_and(&control->status, ~(PVGPU_STATUS_READY | PVGPU_STATUS_RESIZING));
        qatomic_or(&control->status, PVGPU_STATUS_ERROR | PVGPU_STATUS_DEVICE_LOST);
    }
    pvgpu_raise(s, PVGPU_VECTOR_ERROR);
}

static void pvgpu_on_disconnected(void *opaque, const char *why)
{
    PvgpuState *s = opaque;
    const bool was_connected = s->connected;
    g_autofree char *next =
        s->reconnect_ms ? g_strdup_printf("; trying again every %" PRIu32 " ms", s->reconnect_ms) : g_strdup("");

    trace_pvgpu_disconnected(why);
    pvgpu_unwatch(s);
    s->connected = false;
    if (was_connected) {
        warn_report("pvgpu: the connection to %s has ended: %s%s", pvgpu_endpoint(s), why, next);
        pvgpu_publish_loss(s);
    } else if (s->shaking) {
        error_report("pvgpu: %s refuses the device: %s%s", pvgpu_endpoint(s), why, next);
    } else {
        warn_report("pvgpu: no connection to %s: %s%s", pvgpu_endpoint(s), why, next);
    }
}

static void pvgpu_on_interrupt(void *opaque, uint32_t vector)
{
    pvgpu_raise(opaque, vector);
}

/* The first attempt. A service that is not there is no error: the device goes on trying. */
static void pvgpu_connect(PvgpuState *s)
{
    pvgpu_dispatch(s);
    if (pvgpu_channel_state(s->channel) != PVGPU_CHANNEL_SHAKING) {
        return;
    }
    char error[PVGPU_CHANNEL_ERROR_CHARS] = "";
    pvgpu_unwatch(s);
    s->shaking = true;
    pvgpu_channel_wait_connected(s->channel, PVGPU_START_TIMEOUT_NS, error);
    if (pvgpu_channel_state(s->channel) == PVGPU_CHANNEL_SHAKING) {
        warn_report("pvgpu: %s does not answer; the machine starts without it", pvgpu_endpoint(s));
    }
    pvgpu_watch(s);
}

/* ---- Registers ---------------------------------------------------------------------------------------------------- */

static void pvgpu_clear_registers(PvgpuState *s)
{
    s->pending = 0;
    s->undelivered = 0;
    s->error = false;
    pvgpu_update_irq(s);
}

static uint32_t pvgpu_read_status(const PvgpuState *s)
{
    return PVGPU_REG_STATUS_READY | (s->error ? PVGPU_REG_STATUS_ERROR : 0) |
           (s->connected ? PVGPU_REG_STATUS_CONNECTED : 0);
}

static uint32_t pvgpu_read_register(const PvgpuState *s, hwaddr at)
{
    switch (at) {
    case PVGPU_REG_VERSION:
        return PVGPU_VERSION_1_0;
    case PVGPU_REG_FEATURES_LOW:
        return (uint32_t)PVGPU_FEATURES_1_0;
    case PVGPU_REG_FEATURES_HIGH:
        return (uint32_t)((uint64_t)PVGPU_FEATURES_1_0 >> 32);
    case PVGPU_REG_STATUS:
        return pvgpu_read_status(s);
    case PVGPU_REG_IRQ_PENDING:
        return s->pending;
    case PVGPU_REG_IRQ_ENABLE:
        return s->enable;
    case PVGPU_REG_SHMEM_BYTES:
        return (uint32_t)s->memory_bytes;
    case PVGPU_REG_RING_BYTES:
        return PVGPU_DEFAULT_RING_BYTES;
    default:
        return 0;
    }
}

static uint64_t pvgpu_registers_read(void *opaque, hwaddr at, unsigned size)
{
    uint32_t value = pvgpu_read_register(opaque, at);

    trace_pvgpu_register_read(at, value);
    return value;
}

static void pvgpu_registers_write(void *opaque, hwaddr at, uint64_t wide, unsigned size)
{
    PvgpuState *s = opaque;
    uint32_t value = (uint32_t)wide;

    trace_pvgpu_register_write(at, value);
    switch (at) {
    case PVGPU_REG_DOORBELL:
        trace_pvgpu_doorbell(s->connected);
        pvgpu_ring(s);
        break;
    case PVGPU_REG_STATUS:
        if (value & PVGPU_REG_STATUS_ERROR) {
            s->error = false;
        }
        break;
    case PVGPU_REG_IRQ_PENDING:
        s->pending &= ~value;
        s->undelivered &= ~value;
        pvgpu_update_irq(s);
        break;
    case PVGPU_REG_IRQ_ENABLE:
        s->enable = value & PVGPU_KNOWN_IRQS;
        s->enable_written = true;
        pvgpu_update_irq(s);
        break;
    case PVGPU_REG_RESET:
        if (value != 1) {
            break;
        }
        trace_pvgpu_reset("register");
        s->resets++;
        pvgpu_clear_registers(s);
        pvgpu_channel_reset_counters(pvgpu_control(s));
        pvgpu_ring(s);
        break;
    default:
        qemu_log_mask(LOG_GUEST_ERROR, "pvgpu: write of 0x%" PRIx32 " to 0x%" HWADDR_PRIx "\n", value, at);
        break;
    }
}

static const MemoryRegionOps pvgpu_register_ops = {
    .read = pvgpu_registers_read,
    .write = pvgpu_registers_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = {.min_access_size = 4, .max_access_size = 8},
    .impl = {.min_access_size = 4, .max_access_size = 4},
};

/* What makes messages possible may have changed. */
static void pvgpu_write_config(PCIDevice *pci, uint32_t at, uint32_t value, int bytes)
{
    pci_default_write_config(pci, at, value, bytes);
    pvgpu_update_irq(PVGPU(pci));
}

/* ---- Shared memory ------------------------------------------------------------------------------------------------ */

static bool pvgpu_check_size(uint64_t bytes, Error **errp)
{
    if (!pvgpu_channel_is_valid_size(bytes)) {
        error_setg(errp, "shmem_size is %" PRIu64 " bytes: a power of two from 64M to 2G is expected", bytes);
        return false;
    }
    return true;
}

#ifndef _WIN32
/* "/dev/shm/pvgpu_shmem_NAME" is "/pvgpu_shmem_NAME" to whoever opens it with shm_open(). */
static bool pvgpu_take_memory_name(PvgpuState *s, const char *path, Error **errp)
{
    static const char start[] = PVGPU_SHM_FOLDER "/" PVGPU_SHMEM_NAME_PREFIX;
    const char *rest = g_str_has_prefix(path, start) ? path + strlen(start) : "";
    const char *name = path + strlen(PVGPU_SHM_FOLDER);
    bool good = *rest != '\0';

    for (; *rest != '\0'; rest++) {
        good = good && g_ascii_isalnum(*rest);
    }
    if (!good || strlen(name) >= sizeof(s->memory_name)) {
        error_setg(
            errp,
            "memdev has mem-path=%s: the host service opens the memory by a name, so %s and letters or digits are "
            "expected, at most %d characters behind " PVGPU_SHM_FOLDER "/",
            path, start, PVGPU_SHMEM_NAME_CHARS - 1);
        return false;
    }
    pstrcpy(s->memory_name, sizeof(s->memory_name), name);
    return true;
}

static bool pvgpu_check_flag(HostMemoryBackend *backend, const char *flag, bool expected, Error **errp)
{
    if (object_property_get_bool(OBJECT(backend), flag, NULL) == expected) {
        return true;
    }
    error_setg(errp, "memdev needs %s=%s: the host service %s the same memory", flag, expected ? "on" : "off",
               expected ? "uses" : "writes into");
    return false;
}

static bool pvgpu_check_memdev(PvgpuState *s, Error **errp)
{
    Object *object = OBJECT(s->memdev);

    if (!object_dynamic_cast(object, "memory-backend-file")) {
        error_setg(errp,
                   "memdev is a %s: a memory-backend-file in " PVGPU_SHM_FOLDER " is needed, since the host service "
                   "opens the memory by its name",
                   object_get_typename(object));
        return false;
    }
    if (host_memory_backend_is_mapped(s->memdev)) {
        error_setg(errp, "memdev is in use already");
        return false;
    }
    if (!pvgpu_check_flag(s->memdev, "share", true, errp) || !pvgpu_check_flag(s->memdev, "readonly", false, errp)) {
        return false;
    }
    if (object_property_find(object, "offset") && object_property_get_uint(object, "offset", NULL) != 0) {
        error_setg(errp, "memdev has an offset: the host service maps its file from the start");
        return false;
    }
    uint64_t bytes = memory_region_size(host_memory_backend_get_memory(s->memdev));
    if (s->shmem_size != 0 && s->shmem_size != bytes) {
        error_setg(errp, "memdev has %" PRIu64 " bytes, shmem_size is %" PRIu64, bytes, s->shmem_size);
        return false;
    }
    s->memory_bytes = bytes;
    g_autofree char *path = object_property_get_str(object, "mem-path", NULL);
    return pvgpu_check_size(bytes, errp) && pvgpu_take_memory_name(s, path, errp);
}

/*
 * A backend of our own over the object that the channel has made: so the memory is shared and counted as such, carries
 * a file that vhost and vfio-user servers can be given, and -mem-prealloc applies to it, in every version of QEMU. The
 * object exists before, with the mode that it needs: the backend itself would make it readable for everyone.
 */
static bool pvgpu_create_backend(PvgpuState *s, Error **errp)
{
    ERRP_GUARD();
    char why[PVGPU_CHANNEL_ERROR_CHARS] = "";

    if (!pvgpu_channel_memory_create(&s->shared, s->memory_bytes, why)) {
        error_setg(errp, "%s", why);
        return false;
    }
    pstrcpy(s->memory_name, sizeof(s->memory_name), s->shared.name);
    g_autofree char *path = g_strconcat(PVGPU_SHM_FOLDER, s->shared.name, NULL);
    Object *object = object_new("memory-backend-file");
    object_property_add_child(OBJECT(s), "memory", object);
    object_unref(object);
    if (object_property_set_str(object, "mem-path", path, errp) &&
        object_property_set_int(object, "size", (int64_t)s->memory_bytes, errp) &&
        object_property_set_bool(object, "share", true, errp) &&
        user_creatable_complete(USER_CREATABLE(object), errp)) {
        s->backend = MEMORY_BACKEND(object);
        return true;
    }
    object_unparent(object);
    return false;
}
#endif

static bool pvgpu_create_memory(PvgpuState *s, Error **errp)
{
    s->memory_bytes = s->shmem_size ? s->shmem_size : PVGPU_DEFAULT_MEMORY_BYTES;
#ifdef _WIN32
    char why[PVGPU_CHANNEL_ERROR_CHARS] = "";
    if (s->memdev) {
        error_setg(errp, "memdev cannot be used on Windows: the device makes the memory itself");
        return false;
    }
    if (!pvgpu_check_size(s->memory_bytes, errp)) {
        return false;
    }
    if (!pvgpu_channel_memory_create(&s->shared, s->memory_bytes, why)) {
        error_setg(errp, "%s", why);
        return false;
    }
    pstrcpy(s->memory_name, sizeof(s->memory_name), s->shared.name);
    memory_region_init_ram_ptr(&s->ram, OBJECT(s), "pvgpu-memory", s->memory_bytes, s->shared.base);
    s->memory = &s->ram;
#else
    if (s->memdev) {
        if (!pvgpu_check_memdev(s, errp)) {
            return false;
        }
        s->backend = s->memdev;
    } else if (!pvgpu_check_size(s->memory_bytes, errp) || !pvgpu_create_backend(s, errp)) {
        return false;
    }
    host_memory_backend_set_mapped(s->backend, true);
    s->memory = host_memory_backend_get_memory(s->backend);
#endif
    return true;
}

/* Nobody uses the memory any more, or it is what the machine still shows and the rest happens at finalize (Windows). */
static void pvgpu_release_memory(PvgpuState *s)
{
    if (s->backend) {
        host_memory_backend_set_mapped(s->backend, false);
        if (s->backend != s->memdev) {
            object_unparent(OBJECT(s->backend));
        }
        s->backend = NULL;
    }
#ifndef _WIN32
    pvgpu_channel_memory_destroy(&s->shared);
#endif
}

/* ---- Life --------------------------------------------------------------------------------------------------------- */

static bool pvgpu_create_channel(PvgpuState *s, Error **errp)
{
    char why[PVGPU_CHANNEL_ERROR_CHARS] = "";
    const struct pvgpu_channel_config config = {
        .endpoint = s->backend_pipe,
        .memory_name = s->memory_name,
        .memory_bytes = s->memory_bytes,
        .reconnect_ms = s->reconnect_ms,
        .events =
            {
                .connected = pvgpu_on_connected,
                .disconnected = pvgpu_on_disconnected,
                .interrupt = pvgpu_on_interrupt,
            },
        .user = s,
    };

    s->channel = pvgpu_channel_create(&config, why);
    if (!s->channel) {
        error_setg(errp, "backend_pipe: %s", why);
        return false;
    }
    s->timer = timer_new_ns(QEMU_CLOCK_REALTIME, pvgpu_ready, s);
    s->timer_deadline_ns = PVGPU_CHANNEL_NO_DEADLINE;
    s->watched = PVGPU_CHANNEL_NO_HANDLE;
    return true;
}

static void pvgpu_destroy_channel(PvgpuState *s)
{
    pvgpu_unwatch(s);
    timer_free(s->timer);
    s->timer = NULL;
    pvgpu_channel_destroy(s->channel);
    s->channel = NULL;
    s->connected = false;
}

/* False only if something is wrong; a machine that cannot have messages does with the line. */
static bool pvgpu_init_msix(PvgpuState *s, Error **errp)
{
    PCIDevice *pci = PCI_DEVICE(s);
    Error *error = NULL;

    if (!s->use_msix) {
        return true;
    }
    int result = msix_init_exclusive_bar(pci, PVGPU_MSIX_VECTORS, 1, &error);
    if (result == -ENOTSUP) {
        error_free(error);
        return true;
    }
    if (result < 0) {
        error_propagate(errp, error);
        return false;
    }
    for (unsigned vector = 0; vector < PVGPU_MSIX_VECTORS; vector++) {
        msix_vector_use(pci, vector);
    }
    return true;
}

/*
 * QEMU does not unrealize devices when it ends. The machine may still be running if it ends in the middle of something,
 * so then only the name is taken back; the host sees the end of the connection.
 */
static void pvgpu_on_exit(Notifier *notifier, void *data)
{
    PvgpuState *s = container_of(notifier, PvgpuState, exit);

    if (!runstate_is_running()) {
        pvgpu_channel_destroy(s->channel);
        s->channel = NULL;
    }
#ifndef _WIN32
    pvgpu_channel_memory_destroy(&s->shared);
#endif
}

static void pvgpu_realize(PCIDevice *pci, Error **errp)
{
    PvgpuState *s = PVGPU(pci);

    if (!pvgpu_create_memory(s, errp)) {
        pvgpu_release_memory(s);
        return;
    }
    if (!pvgpu_create_channel(s, errp)) {
        pvgpu_release_memory(s);
        return;
    }
    if (!pvgpu_init_msix(s, errp)) {
        pvgpu_destroy_channel(s);
        pvgpu_release_memory(s);
        return;
    }
    pci_config_set_interrupt_pin(pci->config, 1);
    memory_region_init_io(&s->registers, OBJECT(s), &pvgpu_register_ops, s, "pvgpu-registers", PVGPU_BAR0_BYTES);
    pci_register_bar(pci, 0, PCI_BASE_ADDRESS_SPACE_MEMORY, &s->registers);
    pci_register_bar(pci, 2,
                     PCI_BASE_ADDRESS_SPACE_MEMORY | PCI_BASE_ADDRESS_MEM_TYPE_64 | PCI_BASE_ADDRESS_MEM_PREFETCH,
                     s->memory);
    s->exit.notify = pvgpu_on_exit;
    qemu_add_exit_notifier(&s->exit);
    s->fresh = true;
    pvgpu_channel_init_control(pvgpu_control(s), s->memory_bytes);
    pvgpu_connect(s);
}

static void pvgpu_unrealize(PCIDevice *pci)
{
    PvgpuState *s = PVGPU(pci);

    qemu_remove_exit_notifier(&s->exit);
    pvgpu_destroy_channel(s);
    if (msix_present(pci)) {
        msix_unuse_all_vectors(pci);
        msix_uninit_exclusive_bar(pci);
    }
    pvgpu_release_memory(s);
}

static void pvgpu_finalize(Object *object)
{
    pvgpu_channel_memory_destroy(&PVGPU(object)->shared);
}

/* The virtual processors stand still. The reset that follows realize finds everything as it should be. */
static PVGPU_RESET_HOLD(pvgpu_reset_hold, object)
{
    PvgpuState *s = PVGPU(object);

    if (s->fresh) {
        s->fresh = false;
        return;
    }
    trace_pvgpu_reset("machine");
    s->resets++;
    s->enable = 0;
    s->enable_written = false;
    pvgpu_clear_registers(s);
    pvgpu_channel_init_control(pvgpu_control(s), s->memory_bytes);
    pvgpu_ring(s);
}

/* ---- Properties --------------------------------------------------------------------------------------------------- */

static bool pvgpu_get_connected(Object *object, Error **errp)
{
    return PVGPU(object)->connected;
}

static char *pvgpu_get_shmem_name(Object *object, Error **errp)
{
    return g_strdup(PVGPU(object)->memory_name);
}

enum {
    PVGPU_COUNT_CONNECTIONS,
    PVGPU_COUNT_DOORBELLS,
    PVGPU_COUNT_DOORBELLS_SENT,
    PVGPU_COUNT_INTERRUPTS,
    PVGPU_COUNT_PROTOCOL_ERRORS,
    PVGPU_COUNT_RESETS,
};

static uint64_t pvgpu_count(const PvgpuState *s, intptr_t which)
{
    struct pvgpu_channel_counters counters = {0};

    if (s->channel) {
        counters = pvgpu_channel_counters(s->channel);
    }
    switch (which) {
    case PVGPU_COUNT_CONNECTIONS:
        return counters.connections;
    case PVGPU_COUNT_DOORBELLS:
        return counters.doorbells_asked;
    case PVGPU_COUNT_DOORBELLS_SENT:
        return counters.doorbells_sent;
    case PVGPU_COUNT_INTERRUPTS:
        return counters.interrupts;
    case PVGPU_COUNT_PROTOCOL_ERRORS:
        return counters.errors;
    default:
        return s->resets;
    }
}

static void pvgpu_get_count(Object *object, Visitor *v, const char *name, void *opaque, Error **errp)
{
    uint64_t value = pvgpu_count(PVGPU(object), (intptr_t)opaque);

    visit_type_uint64(v, name, &value, errp);
}

static void pvgpu_add_counts(ObjectClass *class)
{
    static const struct {
        const char *name, *description;
        intptr_t which;
    } counts[] = {
        {"connections", "how often the host service has acknowledged the device", PVGPU_COUNT_CONNECTIONS},
        {"doorbells", "doorbells that the guest rang, and resets", PVGPU_COUNT_DOORBELLS},
        {"doorbells-sent", "messages to the host service for them", PVGPU_COUNT_DOORBELLS_SENT},
        {"interrupts", "interrupts that the host service raised", PVGPU_COUNT_INTERRUPTS},
        {"protocol-errors", "connections that ended because the other end sent nonsense", PVGPU_COUNT_PROTOCOL_ERRORS},
        {"resets", "resets of the machine and by the register", PVGPU_COUNT_RESETS},
    };

    for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
        object_class_property_add(class, counts[i].name, "uint64", pvgpu_get_count, NULL, NULL,
                                  (void *)counts[i].which);
        object_class_property_set_description(class, counts[i].name, counts[i].description);
    }
}

static PVGPU_PROPERTY_LIST pvgpu_properties[] = {
    DEFINE_PROP_STRING("backend_pipe", PvgpuState, backend_pipe),
    DEFINE_PROP_SIZE("shmem_size", PvgpuState, shmem_size, 0),
    DEFINE_PROP_UINT32("reconnect_ms", PvgpuState, reconnect_ms, 1000),
    DEFINE_PROP_BOOL("msix", PvgpuState, use_msix, true),
    DEFINE_PROP_LINK("memdev", PvgpuState, memdev, TYPE_MEMORY_BACKEND, HostMemoryBackend *),
    PVGPU_PROPERTY_END};

/* What the host service knows of the guest's objects cannot be moved. */
static const VMStateDescription pvgpu_vmstate = {
    .name = TYPE_PVGPU,
    .unmigratable = 1,
};

static void pvgpu_class_init(ObjectClass *class, PVGPU_CLASS_DATA *data)
{
    DeviceClass *device = DEVICE_CLASS(class);
    PCIDeviceClass *pci = PCI_DEVICE_CLASS(class);

    pci->realize = pvgpu_realize;
    pci->exit = pvgpu_unrealize;
    pci->config_write = pvgpu_write_config;
    pci->vendor_id = PVGPU_PCI_VENDOR;
    pci->device_id = PVGPU_PCI_DEVICE;
    pci->subsystem_vendor_id = PVGPU_PCI_SUBSYSTEM_VENDOR;
    pci->subsystem_id = PVGPU_PCI_SUBSYSTEM;
    pci->revision = PVGPU_PCI_REVISION;
    pci->class_id = PVGPU_PCI_CLASS >> 8; /* the low byte, 0, is the programming interface */

    device->desc = "PVGPU paravirtual Direct3D 11 GPU";
    device->vmsd = &pvgpu_vmstate;
    set_bit(DEVICE_CATEGORY_DISPLAY, device->categories);
    device_class_set_props(device, pvgpu_properties);
    RESETTABLE_CLASS(class)->phases.hold = pvgpu_reset_hold;

    object_class_property_add_bool(class, "connected", pvgpu_get_connected, NULL);
    object_class_property_set_description(class, "connected", "whether the host service is there");
    object_class_property_add_str(class, "shmem-name", pvgpu_get_shmem_name, NULL);
    object_class_property_set_description(class, "shmem-name", "what the host service opens the memory by");
    pvgpu_add_counts(class);
    object_class_property_set_description(class, "backend_pipe", "socket, or named pipe, of the host service");
    object_class_property_set_description(class, "shmem_size",
                                          "bytes of shared memory: a power of two from 64M to 2G (default 256M)");
    object_class_property_set_description(class, "reconnect_ms",
                                          "time between attempts to connect, in ms; 0: not again once it has ended");
    object_class_property_set_description(class, "msix", "off: the device has its interrupt line alone");
    object_class_property_set_description(class, "memdev", "a memory-backend-file in /dev/shm for the shared memory");
}

static const TypeInfo pvgpu_info = {
    .name = TYPE_PVGPU,
    .parent = TYPE_PCI_DEVICE,
    .instance_size = sizeof(PvgpuState),
    .instance_finalize = pvgpu_finalize,
    .class_init = pvgpu_class_init,
    .interfaces =
        (InterfaceInfo[]){
            {INTERFACE_CONVENTIONAL_PCI_DEVICE},
            {},
        },
};

static void pvgpu_register_types(void)
{
    type_register_static(&pvgpu_info);
}

type_init(pvgpu_register_types)
