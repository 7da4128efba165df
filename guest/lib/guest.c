/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "pvgpu/guest.h"

#include <stdlib.h>
#include <string.h>

#include "liveness.h"
#include "platform.h"
#include "shared_words.h"

#define SPIN_NS 5000u /* a few microseconds: longer and a host thread on the same core loses its time slice to us */
#define SLEEP_MIN_NS 50000u
#define SLEEP_MAX_NS 200000u
/* Upper bound of one interrupt wait: a lost interrupt, or a status change without one, costs no more than this. */
#define INTERRUPT_SLICE_NS 20000000u
/* How often a wait asks the transport for its status: on PCI a register read stops the virtual processor. */
#define STATUS_INTERVAL_NS 100000000u
/* How often a wait looks at the extension block: on PCI, reading shared memory can be slow as well. */
#define LIVENESS_INTERVAL_NS 10000000u
/* How often pvgpu_guest_wait_host looks, and how often it asks the device, which may log each access that fails. */
#define HOST_INTERVAL_NS 20000000u
#define HOST_STATUS_INTERVAL_NS 500000000u

/* ---- Control region ---- */

static bool is_valid_area(const char *what, uint64_t offset, uint64_t bytes, uint64_t total)
{
    if (offset < PVGPU_CONTROL_BYTES || bytes == 0 || bytes > total || offset > total - bytes) {
        pvgpu_platform_log("%s at %#" PRIx64 "+%#" PRIx64 " is not inside the %#" PRIx64 " bytes of shared memory",
                           what, offset, bytes, total);
        return false;
    }
    if (offset % PVGPU_COMMAND_ALIGNMENT != 0) {
        pvgpu_platform_log("%s at %#" PRIx64 " is not aligned", what, offset);
        return false;
    }
    return true;
}

/* Reads the layout once and checks the copies; they alone are used afterwards. */
static bool read_layout(struct pvgpu_guest *guest)
{
    const struct pvgpu_guest_transport *transport = guest->transport;
    if (!transport->mapping || transport->mapping_bytes < PVGPU_CONTROL_BYTES) {
        pvgpu_platform_log("shared memory is smaller than the control region");
        return false;
    }
    struct pvgpu_control_region *control = transport->mapping;
    uint32_t magic = load32(&control->magic), version = load32(&control->version);
    if (magic != PVGPU_MAGIC || PVGPU_VERSION_MAJOR(version) != PVGPU_VERSION_MAJOR(PVGPU_VERSION_1_0)) {
        pvgpu_platform_log("no PVGPU 1.x control region: magic %#" PRIx32 ", version %#" PRIx32, magic, version);
        return false;
    }
    uint32_t ring_offset = load32(&control->ring_offset), ring_bytes = load32(&control->ring_bytes);
    uint32_t heap_offset = load32(&control->heap_offset), heap_bytes = load32(&control->heap_bytes);
    if (!is_valid_area("ring", ring_offset, ring_bytes, transport->mapping_bytes) ||
        !is_valid_area("heap", heap_offset, heap_bytes, transport->mapping_bytes)) {
        return false;
    }
    if (ring_bytes % PVGPU_COMMAND_ALIGNMENT != 0 || ring_bytes < PVGPU_COMMAND_MAX_BYTES) {
        pvgpu_platform_log("ring length %#" PRIx32 " is no multiple of 16, or below one command", ring_bytes);
        return false;
    }
    if (ring_offset < (uint64_t)heap_offset + heap_bytes && heap_offset < (uint64_t)ring_offset + ring_bytes) {
        pvgpu_platform_log("ring and heap overlap");
        return false;
    }
    guest->control = control;
    guest->ring = (uint8_t *)transport->mapping + ring_offset;
    guest->ring_bytes = ring_bytes;
    guest->heap = (uint8_t *)transport->mapping + heap_offset;
    guest->heap_bytes = heap_bytes;
    return true;
}

static bool make_room(struct pvgpu_encoder *encoder, size_t bytes)
{
    (void)bytes;
    return pvgpu_guest_flush(encoder->owner);
}

/* Takes the counters as they stand: 0 after a reset, anything where another program went before. */
static void adopt_counters(struct pvgpu_guest *guest)
{
    guest->producer = load64(&guest->control->producer);
    guest->fence_last = load64(&guest->control->fence_completed);
    guest->encoder.used = 0;
    guest->encoder.failed = false;
    guest->link = PVGPU_WAIT_DONE;
    pvgpu_liveness_begin(&guest->liveness, guest->control, pvgpu_platform_now_ns());
}

struct pvgpu_guest *pvgpu_guest_create(struct pvgpu_guest_transport *transport)
{
    struct pvgpu_guest *guest = calloc(1, sizeof *guest);
    if (!guest) {
        pvgpu_platform_log("out of memory");
        transport->ops->destroy(transport);
        return NULL;
    }
    guest->transport = transport;
    guest->ring_timeout_ns = PVGPU_GUEST_RING_TIMEOUT_NS;
    if (!read_layout(guest)) {
        goto fail;
    }
    /* A batch must fit into the ring, so that it can be published at once. */
    size_t batch_bytes = guest->ring_bytes < PVGPU_GUEST_BATCH_BYTES ? guest->ring_bytes : PVGPU_GUEST_BATCH_BYTES;
    guest->batch = malloc(batch_bytes);
    if (!guest->batch || !pvgpu_heap_init(&guest->allocator, guest->heap_bytes)) {
        pvgpu_platform_log("out of memory");
        goto fail;
    }
    pvgpu_encoder_init(&guest->encoder, guest->batch, batch_bytes);
    guest->encoder.make_room = make_room;
    guest->encoder.owner = guest;
    adopt_counters(guest);
    uint32_t status = transport->ops->read_status(transport);
    guest->connected_seen = status != UINT32_MAX && (status & PVGPU_REG_STATUS_CONNECTED);
    return guest;
fail:
    pvgpu_guest_destroy(guest);
    return NULL;
}

void pvgpu_guest_destroy(struct pvgpu_guest *guest)
{
    if (!guest) {
        return;
    }
    pvgpu_heap_finish(&guest->allocator);
    free(guest->batch);
    guest->transport->ops->destroy(guest->transport);
    free(guest);
}

bool pvgpu_guest_is_fresh(const struct pvgpu_guest *guest)
{
    const struct pvgpu_control_region *control = guest->control;
    /* Where a device resets by itself, a host that has not carried it out yet comes to it. */
    bool by_guest = guest->liveness.has_block && (load32(&control->extension.link) == PVGPU_LINK_ID_IVSHMEM_DOORBELL ||
                                                  load32(&control->extension.link) == PVGPU_LINK_ID_IVSHMEM_PLAIN);
    return load64(&control->producer) == 0 && load64(&control->consumer) == 0 &&
           load64(&control->fence_completed) == 0 &&
           (!by_guest || load32(&control->extension.reset_request) == load32(&control->extension.reset_done));
}

/* ---- Waiting ---- */

static enum pvgpu_wait_result fail_link(struct pvgpu_guest *guest, enum pvgpu_wait_result result)
{
    if (guest->link == PVGPU_WAIT_DONE) {
        guest->link = result;
    }
    return result;
}

/* PVGPU_WAIT_DONE: nothing speaks against going on. */
static enum pvgpu_wait_result check_status(struct pvgpu_guest *guest)
{
    uint32_t status = load32(&guest->control->status);
    if (status & PVGPU_STATUS_SHUTDOWN) {
        return fail_link(guest, PVGPU_WAIT_DISCONNECTED);
    }
    if (status & PVGPU_STATUS_DEVICE_LOST) {
        /* Not sticky: fences still complete, and a reset is the way out. */
        return PVGPU_WAIT_DEVICE_LOST;
    }
    return guest->link;
}

/* What the extension block says, and our own sign of life. */
static enum pvgpu_wait_result check_liveness(struct pvgpu_guest *guest, uint64_t now)
{
    pvgpu_liveness_beat(&guest->liveness, guest->control, now);
    enum pvgpu_wait_result result = pvgpu_liveness_look(&guest->liveness, guest->control, now);
    return result == PVGPU_WAIT_DISCONNECTED ? fail_link(guest, result) : result;
}

/* One step of any wait that began at `start`: spin, or sleep, or take an interrupt. */
static enum pvgpu_wait_result pause_once(struct pvgpu_guest *guest, uint64_t start, uint64_t deadline,
                                         uint64_t *sleep_ns)
{
    struct pvgpu_guest_transport *transport = guest->transport;
    uint64_t now = pvgpu_platform_now_ns();
    if (now - guest->liveness.looked_ns >= LIVENESS_INTERVAL_NS) {
        enum pvgpu_wait_result result = check_liveness(guest, now);
        if (result != PVGPU_WAIT_DONE) {
            return result;
        }
    }
    if (now >= deadline) {
        return PVGPU_WAIT_TIMEOUT;
    }
    if (now - start < SPIN_NS) {
        pvgpu_platform_relax();
        return PVGPU_WAIT_DONE;
    }
    uint64_t left = deadline - now;
    if (transport->ops->wait_interrupt) {
        uint64_t slice = left < INTERRUPT_SLICE_NS ? left : INTERRUPT_SLICE_NS;
        int interrupts = transport->ops->wait_interrupt(transport, slice);
        if (interrupts < 0) {
            return fail_link(guest, PVGPU_WAIT_DISCONNECTED);
        }
        guest->counters.interrupts += (uint64_t)interrupts;
    } else {
        pvgpu_platform_sleep_ns(left < *sleep_ns ? left : *sleep_ns);
        *sleep_ns = *sleep_ns * 2 < SLEEP_MAX_NS ? *sleep_ns * 2 : SLEEP_MAX_NS;
    }
    if (now - guest->status_checked_ns >= STATUS_INTERVAL_NS && now - start >= STATUS_INTERVAL_NS) {
        guest->status_checked_ns = now;
        uint32_t status = transport->ops->read_status(transport);
        if (status == UINT32_MAX || (guest->connected_seen && !(status & PVGPU_REG_STATUS_CONNECTED))) {
            return fail_link(guest, PVGPU_WAIT_DISCONNECTED);
        }
    }
    return PVGPU_WAIT_DONE;
}

static uint64_t deadline_after(uint64_t start, uint64_t timeout_ns)
{
    return timeout_ns > UINT64_MAX - start ? UINT64_MAX : start + timeout_ns;
}

enum pvgpu_wait_result pvgpu_guest_check(struct pvgpu_guest *guest)
{
    enum pvgpu_wait_result result = check_status(guest);
    return result == PVGPU_WAIT_DONE ? check_liveness(guest, pvgpu_platform_now_ns()) : result;
}

/* Between two looks for a host. What plays the device inside the program connects again meanwhile. */
static void rest(struct pvgpu_guest *guest, uint64_t ns)
{
    struct pvgpu_guest_transport *transport = guest->transport;
    int interrupts = transport->ops->wait_interrupt ? transport->ops->wait_interrupt(transport, ns) : -1;
    if (interrupts > 0) {
        guest->counters.interrupts += (uint64_t)interrupts;
    }
    if (interrupts != 0) {
        pvgpu_platform_sleep_ns(ns);
    }
}

enum pvgpu_wait_result pvgpu_guest_wait_host(struct pvgpu_guest *guest, uint64_t timeout_ns)
{
    struct pvgpu_guest_transport *transport = guest->transport;
    uint64_t now = pvgpu_platform_now_ns(), asked_ns = 0, deadline = deadline_after(now, timeout_ns);
    const uint64_t first = load64(&guest->control->extension.host_heartbeat);
    for (;; now = pvgpu_platform_now_ns()) {
        bool said_goodbye = load32(&guest->control->status) & PVGPU_STATUS_SHUTDOWN;
        if (!said_goodbye && pvgpu_liveness_has_heartbeat(&guest->liveness, guest->control)) {
            if (load64(&guest->control->extension.host_heartbeat) != first) {
                return PVGPU_WAIT_DONE;
            }
        } else if (!said_goodbye && (asked_ns == 0 || now - asked_ns >= HOST_STATUS_INTERVAL_NS)) {
            asked_ns = now;
            uint32_t status = transport->ops->read_status(transport);
            if (status != UINT32_MAX && (!guest->connected_seen || (status & PVGPU_REG_STATUS_CONNECTED))) {
                return PVGPU_WAIT_DONE;
            }
        }
        if (now >= deadline) {
            return PVGPU_WAIT_TIMEOUT;
        }
        rest(guest, deadline - now < HOST_INTERVAL_NS ? deadline - now : HOST_INTERVAL_NS);
    }
}

enum pvgpu_wait_result pvgpu_guest_wait_ready(struct pvgpu_guest *guest, uint64_t timeout_ns)
{
    uint64_t start = pvgpu_platform_now_ns(), sleep_ns = SLEEP_MIN_NS;
    uint64_t deadline = deadline_after(start, timeout_ns);
    for (;;) {
        /* A lost device may still be on its way back after a reset. */
        enum pvgpu_wait_result status = check_status(guest);
        if (status == PVGPU_WAIT_DISCONNECTED ||
            (status == PVGPU_WAIT_DONE && (load32(&guest->control->status) & PVGPU_STATUS_READY))) {
            return status;
        }
        enum pvgpu_wait_result result = pause_once(guest, start, deadline, &sleep_ns);
        if (result != PVGPU_WAIT_DONE) {
            return result == PVGPU_WAIT_TIMEOUT && status != PVGPU_WAIT_DONE ? status : result;
        }
    }
}

/* Bytes the ring can take now; 0 while the counters make no sense (a reset is under way). */
static uint64_t ring_room(const struct pvgpu_guest *guest)
{
    uint64_t pending = guest->producer - load64(&guest->control->consumer);
    return pending > guest->ring_bytes ? 0 : guest->ring_bytes - pending;
}

static bool wait_for_room(struct pvgpu_guest *guest, uint64_t bytes)
{
    if (ring_room(guest) >= bytes) {
        return true;
    }
    guest->counters.ring_waits++;
    uint64_t start = pvgpu_platform_now_ns(), sleep_ns = SLEEP_MIN_NS;
    uint64_t deadline = deadline_after(start, guest->ring_timeout_ns);
    while (ring_room(guest) < bytes) {
        enum pvgpu_wait_result result = check_status(guest);
        /* A lost device goes on consuming: only the link or the clock can end this wait. */
        if (result != PVGPU_WAIT_DISCONNECTED) {
            result = pause_once(guest, start, deadline, &sleep_ns);
        }
        if (result != PVGPU_WAIT_DONE && result != PVGPU_WAIT_DEVICE_LOST) {
            pvgpu_platform_log("%s while the command ring is full",
                               result == PVGPU_WAIT_TIMEOUT ? "the host made no progress" : "the host went away");
            fail_link(guest, PVGPU_WAIT_DISCONNECTED);
            return false;
        }
    }
    return true;
}

/* ---- Submission ---- */

static void copy_into_ring(struct pvgpu_guest *guest, const uint8_t *bytes, size_t size)
{
    size_t at = (size_t)(guest->producer % guest->ring_bytes);
    size_t first = guest->ring_bytes - at < size ? guest->ring_bytes - at : size;
    memcpy(guest->ring + at, bytes, first);
    memcpy(guest->ring, bytes + first, size - first);
}

/*
 * Stores the counter and decides about the doorbell. The first fence orders the batch before the counter even where the
 * mapping is write-combining, which a release store does not. The second pairs with the fence of a host that publishes
 * its consumer counter and looks at the producer once more before it sleeps: one of the two always sees the other.
 */
static void publish(struct pvgpu_guest *guest, size_t size)
{
    uint64_t before = guest->producer;
    guest->producer = before + size;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    __atomic_store_n(&guest->control->producer, guest->producer, __ATOMIC_RELEASE);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    guest->counters.batches++;
    guest->counters.bytes += size;
    if (guest->always_ring || load64(&guest->control->consumer) == before) {
        guest->counters.doorbells++;
        guest->transport->ops->doorbell(guest->transport);
    }
}

bool pvgpu_guest_flush(struct pvgpu_guest *guest)
{
    if (guest->encoder.failed || guest->link != PVGPU_WAIT_DONE) {
        return false;
    }
    size_t size = guest->encoder.used;
    if (size == 0) {
        return true;
    }
    if (!wait_for_room(guest, size)) {
        return false;
    }
    copy_into_ring(guest, guest->batch, size);
    guest->encoder.used = 0;
    publish(guest, size);
    if (guest->liveness.has_block) {
        pvgpu_liveness_beat(&guest->liveness, guest->control, pvgpu_platform_now_ns());
    }
    return true;
}

bool pvgpu_guest_emit(struct pvgpu_guest *guest, const void *bytes, size_t size)
{
    const uint8_t *from = bytes;
    while (size > 0) {
        size_t room = guest->encoder.capacity - guest->encoder.used;
        if (room == 0) {
            if (!pvgpu_guest_flush(guest)) {
                return false;
            }
            continue;
        }
        size_t piece = size < room ? size : room;
        if (!pvgpu_encode_raw(&guest->encoder, from, piece)) {
            return false;
        }
        from += piece;
        size -= piece;
    }
    return !guest->encoder.failed;
}

/* ---- Fences ---- */

uint64_t pvgpu_guest_fence(struct pvgpu_guest *guest)
{
    if (!pvgpu_encode_fence(&guest->encoder, guest->fence_last + 1)) {
        return 0;
    }
    return ++guest->fence_last;
}

uint64_t pvgpu_guest_completed(const struct pvgpu_guest *guest)
{
    return load64(&guest->control->fence_completed);
}

enum pvgpu_wait_result pvgpu_guest_wait(struct pvgpu_guest *guest, uint64_t value, uint64_t timeout_ns)
{
    bool flushed = pvgpu_guest_flush(guest);
    uint64_t completed = pvgpu_guest_completed(guest);
    if (completed < value) {
        if (!flushed) {
            return guest->link != PVGPU_WAIT_DONE ? guest->link : PVGPU_WAIT_DISCONNECTED;
        }
        guest->counters.fence_waits++;
        uint64_t start = pvgpu_platform_now_ns(), sleep_ns = SLEEP_MIN_NS;
        uint64_t deadline = deadline_after(start, timeout_ns);
        while ((completed = pvgpu_guest_completed(guest)) < value) {
            enum pvgpu_wait_result result = check_status(guest);
            if (result == PVGPU_WAIT_DONE) {
                result = pause_once(guest, start, deadline, &sleep_ns);
            }
            if (result != PVGPU_WAIT_DONE) {
                /* It may have completed just before. */
                completed = pvgpu_guest_completed(guest);
                if (completed >= value) {
                    break;
                }
                return result;
            }
        }
    }
    pvgpu_heap_reclaim(&guest->allocator, completed);
    return PVGPU_WAIT_DONE;
}

enum pvgpu_wait_result pvgpu_guest_finish(struct pvgpu_guest *guest, uint64_t timeout_ns)
{
    uint64_t value = pvgpu_guest_fence(guest);
    if (value == 0) {
        return guest->link != PVGPU_WAIT_DONE ? guest->link : PVGPU_WAIT_DISCONNECTED;
    }
    return pvgpu_guest_wait(guest, value, timeout_ns);
}

/* ---- Heap ---- */

struct pvgpu_heap_block pvgpu_guest_alloc(struct pvgpu_guest *guest, uint64_t bytes, uint32_t alignment,
                                          uint64_t timeout_ns)
{
    struct pvgpu_heap_block block = pvgpu_heap_alloc(&guest->allocator, bytes, alignment);
    if (block.bytes == 0) {
        pvgpu_heap_reclaim(&guest->allocator, pvgpu_guest_completed(guest));
        block = pvgpu_heap_alloc(&guest->allocator, bytes, alignment);
    }
    while (block.bytes == 0) {
        uint64_t fence = pvgpu_heap_oldest_fence(&guest->allocator);
        /* A fence not yet staged can never complete from here. */
        if (fence == 0 || fence > guest->fence_last || pvgpu_guest_wait(guest, fence, timeout_ns) != PVGPU_WAIT_DONE) {
            pvgpu_platform_log("no %" PRIu64 " bytes in the heap (%" PRIu64 " free)", bytes,
                               guest->allocator.free_bytes);
            return block;
        }
        block = pvgpu_heap_alloc(&guest->allocator, bytes, alignment);
    }
    return block;
}

struct pvgpu_heap_block pvgpu_guest_upload(struct pvgpu_guest *guest, const void *data, uint64_t bytes)
{
    struct pvgpu_heap_block block = pvgpu_guest_alloc(guest, bytes, 0, PVGPU_GUEST_RING_TIMEOUT_NS);
    if (block.bytes > 0) {
        memcpy(guest->heap + block.offset, data, (size_t)bytes);
    }
    return block;
}

bool pvgpu_guest_release(struct pvgpu_guest *guest, struct pvgpu_heap_block block)
{
    return pvgpu_heap_free_after(&guest->allocator, block, guest->fence_last + 1);
}

/* ---- Errors, reset, counters ---- */

bool pvgpu_guest_read_error(struct pvgpu_guest *guest, uint32_t *code, uint32_t *argument)
{
    if (!(load32(&guest->control->status) & PVGPU_STATUS_ERROR)) {
        return false;
    }
    /* The host writes the argument, then the code, then the bit. */
    uint32_t new_code = load32(&guest->control->error_code);
    uint32_t new_argument = load32(&guest->control->error_argument);
    if (new_code == guest->error_code && new_argument == guest->error_argument) {
        return false;
    }
    guest->error_code = new_code;
    guest->error_argument = new_argument;
    guest->counters.errors++;
    if (code) {
        *code = new_code;
    }
    if (argument) {
        *argument = new_argument;
    }
    return true;
}

const char *pvgpu_error_name(uint32_t code)
{
    static const char *const names[] = {
        "none",          "invalid command",           "invalid resource id", "resource not found",
        "out of memory", "shader compilation failed", "device lost",         "internal error",
    };
    return code < sizeof names / sizeof names[0] ? names[code] : "unknown error";
}

bool pvgpu_guest_reset(struct pvgpu_guest *guest)
{
    if (!guest->transport->ops->reset(guest->transport)) {
        pvgpu_platform_log("the device does not take the reset");
        /* Whether it is still carried out, nobody knows: nothing may be published before one that is. */
        guest->link = PVGPU_WAIT_DISCONNECTED;
        return false;
    }
    struct pvgpu_heap heap;
    if (!pvgpu_heap_init(&heap, guest->heap_bytes)) {
        guest->link = PVGPU_WAIT_DISCONNECTED;
        return false;
    }
    pvgpu_heap_finish(&guest->allocator);
    guest->allocator = heap;
    adopt_counters(guest);
    if (!(load32(&guest->control->status) & PVGPU_STATUS_ERROR)) {
        guest->error_code = 0;
        guest->error_argument = 0;
    }
    return true;
}

struct pvgpu_guest_counters pvgpu_guest_counters(const struct pvgpu_guest *guest)
{
    struct pvgpu_guest_counters counters = guest->counters;
    counters.commands = guest->encoder.commands;
    counters.draws = guest->encoder.draws;
    return counters;
}
