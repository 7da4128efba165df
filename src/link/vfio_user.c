/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The link to a stock QEMU with -device vfio-user-pci: we are the PCI device, and own the shared memory. QEMU gives up
 * on a reply after 5 s, and a register write stalls the guest's CPU until its reply is there; so every command is
 * answered on the spot, from memory.
 *
 * Guest memory is announced to us (DMA_MAP) and never used: all data travels through BAR2. The descriptors that come
 * along are closed at once.
 *
 * A request that is wrong in itself is answered with an errno value and changes nothing. Where the boundary of messages
 * is lost, or the conversation is none (a reply, a command before VERSION), the link ends.
 */
#include "link/link.h"

#include "base/json_check.h"
#include "base/time.h"
#include "link/cursor.h"
#include "link/vfio_user_channel.h"
#include "link/vfio_user_device.h"
#include "link/vfio_user_dma.h"
#include "pvgpu/protocol.h"
#include "shm/control.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define VERSION_TIMEOUT_NS (10 * PVGPU_NS_PER_S)
#define REQUESTS_PER_DISPATCH 64 /* a client that floods must not keep the session's thread for itself */

/* NUL-terminated JSON, sent with VERSION; the numbers are PVGPU_VFIO_MAX_FDS and PVGPU_VFIO_MAX_TRANSFER. */
static const char capabilities[] = "{\"capabilities\":{\"max_msg_fds\":16,\"max_data_xfer_size\":4096}}";
_Static_assert(PVGPU_VFIO_MAX_FDS == 16 && PVGPU_VFIO_MAX_TRANSFER == 4096, "as the text says");

struct vfio_link {
    struct pvgpu_link base;
    struct pvgpu_vfio_channel channel;
    struct pvgpu_vfio_device device;
    struct pvgpu_vfio_dma dma;
    struct pvgpu_pci_identity identity;
    struct pvgpu_shared_memory memory;
    uint64_t shmem_bytes;
    uint64_t version_deadline_ns;
    bool attached; /* VERSION has been answered */
    struct pvgpu_log_limit log_limit; /* for requests that we refuse */
};

/* What a handler says. */
struct outcome {
    uint32_t error; /* errno value for the reply, 0: fine */
    size_t payload_bytes; /* of the reply */
    int fd; /* borrowed, goes with the reply; -1: none */
    bool end; /* the link ends after the reply */
};

/* The reply's payload is written to `reply`, PVGPU_VFIO_MAX_REPLY bytes. */
typedef struct outcome handler(struct vfio_link *vfio, struct pvgpu_cursor *request, uint8_t *reply);

static struct vfio_link *vfio_link_from(struct pvgpu_link *link)
{
    return (struct vfio_link *)link;
}

static struct outcome fail(uint32_t error)
{
    return (struct outcome){.error = error, .fd = -1};
}

static struct outcome succeed(uint8_t *reply, const void *payload, size_t payload_bytes)
{
    if (payload_bytes)
        memcpy(reply, payload, payload_bytes);
    return (struct outcome){.payload_bytes = payload_bytes, .fd = -1};
}

/* Takes a request that consists of this structure alone. */
static bool take_exactly(struct pvgpu_cursor *request, void *value, size_t size)
{
    return pvgpu_cursor_take(request, value, size) && pvgpu_cursor_is_done(request);
}

/*
 * Makes the memory and hands it to the session. It is not populated here: that takes seconds for large sizes (5.5 s
 * were seen for 2 GiB), and QEMU gives up after 5. The renderer populates the mapping it makes of the same memory.
 */
static bool attach(struct vfio_link *vfio)
{
    const struct pvgpu_link *link = &vfio->base;
    if (!pvgpu_shared_memory_create(&vfio->memory, "pvgpu_shmem", vfio->shmem_bytes, PVGPU_POPULATE_NONE, &link->log))
        return false;
    pvgpu_control_init(vfio->memory.base, vfio->memory.size);
    pvgpu_control_extend(vfio->memory.base, PVGPU_LINK_ID_VFIO_USER, 0, 0);
    pvgpu_vfio_device_init(&vfio->device, &vfio->identity, vfio->memory.base, vfio->memory.size);
    vfio->attached = link->events.attached(link->events.user, &vfio->memory);
    return vfio->attached;
}

/* What may follow the numbers of a VERSION: nothing, or a JSON object that ends with a NUL. */
static bool is_valid_text(const uint8_t *text, size_t text_bytes)
{
    return text_bytes == 0 || (text[text_bytes - 1] == '\0' && pvgpu_json_is_object(text, text_bytes - 1));
}

static struct outcome handle_version(struct vfio_link *vfio, struct pvgpu_cursor *request, uint8_t *reply)
{
    const struct pvgpu_log *log = &vfio->base.log;
    struct pvgpu_vfio_version version;
    const bool complete = pvgpu_cursor_take(request, &version, sizeof(version));
    const size_t text_bytes = request->left;
    const uint8_t *text = pvgpu_cursor_borrow(request, text_bytes);
    if (vfio->attached || !complete || !is_valid_text(text, text_bytes))
        return fail(EINVAL);
    if (version.major != PVGPU_VFIO_MAJOR) {
        pvgpu_error(log, "QEMU speaks vfio-user %u.%u, we speak %u.%u; disconnecting", version.major, version.minor,
                    PVGPU_VFIO_MAJOR, PVGPU_VFIO_MINOR);
        return (struct outcome){.error = EINVAL, .fd = -1, .end = true};
    }
    pvgpu_info(log, "Handshake received: shmem_name=memfd, size=%" PRIu64 "MB", vfio->shmem_bytes >> 20);
    if (!attach(vfio))
        return (struct outcome){.error = ENOMEM, .fd = -1, .end = true};
    pvgpu_info(log, "Handshake complete!");
    version.minor = PVGPU_VFIO_MINOR;
    memcpy(reply, &version, sizeof(version));
    memcpy(reply + sizeof(version), capabilities, sizeof(capabilities));
    return (struct outcome){.payload_bytes = sizeof(version) + sizeof(capabilities), .fd = -1};
}

static struct outcome handle_dma_map(struct vfio_link *vfio, struct pvgpu_cursor *request, uint8_t *reply)
{
    struct pvgpu_vfio_dma_map map;
    if (!take_exactly(request, &map, sizeof(map)) || map.argsz < sizeof(map) || vfio->channel.request.fd_count > 1 ||
        (map.flags & ~(PVGPU_VFIO_MAP_READABLE | PVGPU_VFIO_MAP_WRITABLE)))
        return fail(EINVAL);
    const uint32_t error = pvgpu_vfio_dma_map(&vfio->dma, map.address, map.size);
    return error ? fail(error) : succeed(reply, NULL, 0);
}

static struct outcome handle_dma_unmap(struct vfio_link *vfio, struct pvgpu_cursor *request, uint8_t *reply)
{
    struct pvgpu_vfio_dma_unmap unmap;
    uint32_t error = 0;
    if (!pvgpu_cursor_take(request, &unmap, sizeof(unmap)))
        return fail(EINVAL);
    if (unmap.flags & PVGPU_VFIO_UNMAP_DIRTY_BITMAP)
        return fail(EOPNOTSUPP);
    if (!pvgpu_cursor_is_done(request) || unmap.argsz < sizeof(unmap) || (unmap.flags & ~PVGPU_VFIO_UNMAP_ALL))
        return fail(EINVAL);
    if (!(unmap.flags & PVGPU_VFIO_UNMAP_ALL))
        error = pvgpu_vfio_dma_unmap(&vfio->dma, unmap.address, unmap.size);
    else if (unmap.address || unmap.size)
        error = EINVAL;
    else
        pvgpu_vfio_dma_clear(&vfio->dma);
    return error ? fail(error) : succeed(reply, &unmap, sizeof(unmap));
}

static struct outcome handle_get_info(struct vfio_link *vfio, struct pvgpu_cursor *request, uint8_t *reply)
{
    (void)vfio;
    struct pvgpu_vfio_info info;
    if (!take_exactly(request, &info, sizeof(info)) || info.argsz < sizeof(info))
        return fail(EINVAL);
    info = (struct pvgpu_vfio_info){
        .argsz = sizeof(info),
        .flags = PVGPU_VFIO_INFO_RESET | PVGPU_VFIO_INFO_PCI,
        .regions = PVGPU_VFIO_REGION_COUNT,
        .irqs = PVGPU_VFIO_IRQ_COUNT,
    };
    return succeed(reply, &info, sizeof(info));
}

static struct outcome handle_get_region_info(struct vfio_link *vfio, struct pvgpu_cursor *request, uint8_t *reply)
{
    struct pvgpu_vfio_region_info info;
    if (!take_exactly(request, &info, sizeof(info)) || info.argsz < sizeof(info) ||
        info.index >= PVGPU_VFIO_REGION_COUNT)
        return fail(EINVAL);
    info = (struct pvgpu_vfio_region_info){
        .argsz = sizeof(info),
        .index = info.index,
        .size = pvgpu_vfio_device_region_bytes(&vfio->device, info.index),
    };
    if (info.size)
        info.flags = PVGPU_VFIO_REGION_READABLE | PVGPU_VFIO_REGION_WRITABLE;
    if (info.index == PVGPU_VFIO_BAR2)
        info.flags |= PVGPU_VFIO_REGION_MAPPABLE;
    struct outcome outcome = succeed(reply, &info, sizeof(info));
    if (info.index == PVGPU_VFIO_BAR2)
        outcome.fd = (int)vfio->memory.handle;
    return outcome;
}

static struct outcome handle_get_irq_info(struct vfio_link *vfio, struct pvgpu_cursor *request, uint8_t *reply)
{
    (void)vfio;
    struct pvgpu_vfio_irq_info info;
    if (!take_exactly(request, &info, sizeof(info)) || info.argsz < sizeof(info) || info.index >= PVGPU_VFIO_IRQ_COUNT)
        return fail(EINVAL);
    info.argsz = sizeof(info);
    info.flags = pvgpu_vfio_device_irq_flags(info.index);
    info.count = pvgpu_vfio_device_irq_count(info.index);
    return succeed(reply, &info, sizeof(info));
}

static struct outcome handle_set_irqs(struct vfio_link *vfio, struct pvgpu_cursor *request, uint8_t *reply)
{
    struct pvgpu_vfio_request *message = &vfio->channel.request;
    struct pvgpu_vfio_irq_set set;
    const uint8_t *bools = NULL;
    pvgpu_cursor_take(request, &set, sizeof(set));
    if ((set.flags & PVGPU_VFIO_SET_DATA_MASK) == PVGPU_VFIO_SET_DATA_BOOL)
        bools = pvgpu_cursor_borrow(request, set.count);
    if (!pvgpu_cursor_is_done(request) || set.argsz < message->payload_bytes)
        return fail(EINVAL);
    const uint32_t error = pvgpu_vfio_device_set_irqs(&vfio->device, &set, bools, message->fds, message->fd_count);
    return error ? fail(error) : succeed(reply, NULL, 0);
}

static struct outcome handle_region_read(struct vfio_link *vfio, struct pvgpu_cursor *request, uint8_t *reply)
{
    struct pvgpu_vfio_region_access access;
    if (!take_exactly(request, &access, sizeof(access)))
        return fail(EINVAL);
    /* The device refuses counts past PVGPU_VFIO_MAX_TRANSFER, which is what the reply has room for. */
    const uint32_t error =
        pvgpu_vfio_device_read(&vfio->device, access.region, access.offset, reply + sizeof(access), access.count);
    if (error)
        return fail(error);
    struct outcome outcome = succeed(reply, &access, sizeof(access));
    outcome.payload_bytes += access.count;
    return outcome;
}

static struct outcome handle_region_write(struct vfio_link *vfio, struct pvgpu_cursor *request, uint8_t *reply)
{
    struct pvgpu_link_events *events = &vfio->base.events;
    struct pvgpu_vfio_region_access access;
    pvgpu_cursor_take(request, &access, sizeof(access));
    const uint8_t *bytes = pvgpu_cursor_borrow(request, access.count);
    if (!pvgpu_cursor_is_done(request))
        return fail(EINVAL);
    uint32_t effects;
    const uint32_t error =
        pvgpu_vfio_device_write(&vfio->device, access.region, access.offset, bytes, access.count, &effects);
    if (error)
        return fail(error);
    if (effects & PVGPU_VFIO_EFFECT_RESET)
        events->reset(events->user, false);
    if (effects & PVGPU_VFIO_EFFECT_DOORBELL)
        events->doorbell(events->user);
    return succeed(reply, &access, sizeof(access));
}

static struct outcome handle_reset(struct vfio_link *vfio, struct pvgpu_cursor *request, uint8_t *reply)
{
    if (!pvgpu_cursor_is_done(request))
        return fail(EINVAL);
    pvgpu_vfio_device_reset(&vfio->device);
    vfio->base.events.reset(vfio->base.events.user, true);
    pvgpu_control_extend(vfio->memory.base, PVGPU_LINK_ID_VFIO_USER, 0, 0);
    return succeed(reply, NULL, 0);
}

static const struct command {
    const char *name;
    handler *handle; /* NULL: not offered */
    bool takes_fds;
} commands[] = {
    [PVGPU_VFIO_VERSION] = {"VERSION", handle_version, false},
    [PVGPU_VFIO_DMA_MAP] = {"DMA_MAP", handle_dma_map, true},
    [PVGPU_VFIO_DMA_UNMAP] = {"DMA_UNMAP", handle_dma_unmap, false},
    [PVGPU_VFIO_GET_INFO] = {"GET_INFO", handle_get_info, false},
    [PVGPU_VFIO_GET_REGION_INFO] = {"GET_REGION_INFO", handle_get_region_info, false},
    [PVGPU_VFIO_GET_IRQ_INFO] = {"GET_IRQ_INFO", handle_get_irq_info, false},
    [PVGPU_VFIO_SET_IRQS] = {"SET_IRQS", handle_set_irqs, true},
    [PVGPU_VFIO_REGION_READ] = {"REGION_READ", handle_region_read, false},
    [PVGPU_VFIO_REGION_WRITE] = {"REGION_WRITE", handle_region_write, false},
    [PVGPU_VFIO_RESET] = {"RESET", handle_reset, false},
};

static void log_refusal(struct vfio_link *vfio, const char *name, uint32_t error)
{
    const struct pvgpu_vfio_request *request = &vfio->channel.request;
    if (!pvgpu_log_may(&vfio->base.log, PVGPU_LOG_WARN, &vfio->log_limit, "refused requests"))
        return;
    pvgpu_warn(&vfio->base.log, "vfio-user command %u (%s, %zu bytes, %zu descriptors) refused: %s",
               request->header.command, name, request->payload_bytes, request->fd_count, strerror((int)error));
}

/* Nothing else comes first. False: logged. */
static bool is_version(uint16_t command, const struct pvgpu_log *log)
{
    if (command != PVGPU_VFIO_VERSION)
        pvgpu_error(log, "QEMU sent vfio-user command %u before VERSION; disconnecting", command);
    return command == PVGPU_VFIO_VERSION;
}

enum pvgpu_opening pvgpu_link_vfio_user_opening(const void *bytes, size_t size, size_t available,
                                                const struct pvgpu_log *log)
{
    struct pvgpu_vfio_header header;
    if (size < sizeof(header))
        return PVGPU_OPENING_PART;
    memcpy(&header, bytes, sizeof(header));
    if (!is_version(header.command, log))
        return PVGPU_OPENING_WRONG;
    if (header.size < sizeof(header) || header.size > sizeof(header) + PVGPU_VFIO_MAX_PAYLOAD) {
        pvgpu_error(log, "QEMU sent a vfio-user VERSION of %u bytes; disconnecting", header.size);
        return PVGPU_OPENING_WRONG;
    }
    return available >= header.size ? PVGPU_OPENING_WHOLE : PVGPU_OPENING_PART;
}

/* Answers the channel's request. False: the link has ended. */
static bool handle_request(struct vfio_link *vfio)
{
    struct pvgpu_vfio_request *request = &vfio->channel.request;
    const uint16_t number = request->header.command;
    const struct command *command = NULL;
    if (number < sizeof(commands) / sizeof(commands[0]) && commands[number].handle)
        command = &commands[number];
    if (!vfio->attached && !is_version(number, &vfio->base.log))
        return false;
    uint8_t reply[PVGPU_VFIO_MAX_REPLY];
    struct pvgpu_cursor cursor = pvgpu_cursor_over(request->payload, request->payload_bytes);
    struct outcome outcome;
    if (!command)
        outcome = fail(EOPNOTSUPP);
    else if (request->fds_lost || (request->fd_count && !command->takes_fds))
        outcome = fail(EINVAL);
    else
        outcome = command->handle(vfio, &cursor, reply);
    if (outcome.error)
        log_refusal(vfio, command ? command->name : "unknown", outcome.error);
    return pvgpu_vfio_channel_reply(&vfio->channel, outcome.error, reply, outcome.payload_bytes, outcome.fd) &&
           !outcome.end;
}

static size_t vfio_wait_handles(struct pvgpu_link *link, pvgpu_handle handles[2])
{
    struct vfio_link *vfio = vfio_link_from(link);
    size_t count = 0;
    /* While a reply is pending nothing is read, and a handle that stays ready would make the session spin. */
    if (!pvgpu_vfio_channel_is_pending(&vfio->channel))
        handles[count++] = pvgpu_stream_wait_handle(vfio->channel.stream);
    if (vfio->device.intx_unmask >= 0)
        handles[count++] = vfio->device.intx_unmask;
    return count;
}

static uint64_t vfio_deadline_ns(struct pvgpu_link *link)
{
    const struct vfio_link *vfio = vfio_link_from(link);
    const uint64_t retry_ns = pvgpu_backoff_retry_ns(&vfio->channel.backoff);
    if (!vfio->attached && vfio->version_deadline_ns < retry_ns)
        return vfio->version_deadline_ns;
    return retry_ns;
}

static enum pvgpu_link_state vfio_dispatch(struct pvgpu_link *link)
{
    struct vfio_link *vfio = vfio_link_from(link);
    pvgpu_vfio_device_take_unmask(&vfio->device);
    if (!pvgpu_vfio_channel_flush(&vfio->channel))
        return PVGPU_LINK_ENDED;
    for (int i = 0; i < REQUESTS_PER_DISPATCH; i++) {
        const enum pvgpu_vfio_receive received = pvgpu_vfio_channel_receive(&vfio->channel);
        if (received == PVGPU_VFIO_GONE)
            return PVGPU_LINK_ENDED;
        if (received == PVGPU_VFIO_NOTHING)
            break;
        if (!handle_request(vfio))
            return PVGPU_LINK_ENDED;
    }
    if (!vfio->attached && pvgpu_time_left_ns(vfio->version_deadline_ns) == 0) {
        pvgpu_error(&link->log, "No vfio-user VERSION within %u s; disconnecting",
                    (unsigned)(VERSION_TIMEOUT_NS / PVGPU_NS_PER_S));
        return PVGPU_LINK_ENDED;
    }
    return PVGPU_LINK_OPEN;
}

static void vfio_interrupt(struct pvgpu_link *link, uint32_t vector)
{
    struct vfio_link *vfio = vfio_link_from(link);
    if (vfio->attached)
        pvgpu_vfio_device_interrupt(&vfio->device, vector);
}

/* The protocol has no word for it; status bit 6 of the control region tells the guest. */
static void vfio_shutdown(struct pvgpu_link *link)
{
    (void)link;
}

static void vfio_destroy(struct pvgpu_link *link)
{
    struct vfio_link *vfio = vfio_link_from(link);
    pvgpu_vfio_device_finish(&vfio->device);
    pvgpu_vfio_dma_clear(&vfio->dma);
    pvgpu_vfio_channel_finish(&vfio->channel);
    pvgpu_shared_memory_finish(&vfio->memory);
    free(vfio);
}

static const struct pvgpu_link_ops vfio_ops = {
    .name = "vfio-user",
    .is_device = true,
    .needs_poll = false,
    .wait_handles = vfio_wait_handles,
    .deadline_ns = vfio_deadline_ns,
    .dispatch = vfio_dispatch,
    .interrupt = vfio_interrupt,
    .shutdown = vfio_shutdown,
    .destroy = vfio_destroy,
};

struct pvgpu_link *pvgpu_link_vfio_user_create(struct pvgpu_stream *stream, const struct pvgpu_pci_identity *identity,
                                               uint64_t shmem_bytes, const struct pvgpu_link_events *events,
                                               const struct pvgpu_log *log)
{
    struct vfio_link *vfio = calloc(1, sizeof(*vfio));
    if (!vfio) {
        pvgpu_stream_destroy(stream);
        return NULL;
    }
    vfio->base.ops = &vfio_ops;
    vfio->base.events = *events;
    vfio->base.log = *log;
    vfio->identity = *identity;
    vfio->shmem_bytes = shmem_bytes;
    vfio->memory.handle = PVGPU_NO_HANDLE;
    pvgpu_vfio_device_init_empty(&vfio->device);
    vfio->log_limit = (struct pvgpu_log_limit){.burst = 10, .per_second = 1};
    vfio->version_deadline_ns = pvgpu_time_deadline_ns(VERSION_TIMEOUT_NS);
    pvgpu_vfio_channel_init(&vfio->channel, stream, log);
    return &vfio->base;
}
