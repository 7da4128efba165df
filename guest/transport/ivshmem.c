/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "ivshmem.h"

#include "../lib/platform.h"
#include "../lib/shared_words.h"

#define PEER_MAX 0xFFFFu /* the doorbell register takes 16 bits of peer id */
/* Between looks for the answer: a host with a doorbell answers at once, one without within PVGPU_HEARTBEAT_MS. */
#define RESET_SLEEP_MIN_NS 50000u
#define RESET_SLEEP_MAX_NS 2000000u
/*
 * When to ask again, with the next number: where somebody has overwritten the words, a number may be one that the host
 * remembers as done.
 */
#define RESET_REPEAT_NS 2000000000u

/* The host's doorbell, if the extension block names one that the register can ring. */
static void take_doorbell(struct pvgpu_ivshmem *ivshmem, const char *device)
{
    uint32_t peer = load32(&ivshmem->control->extension.host_peer);
    uint32_t vectors = load32(&ivshmem->control->extension.vectors);
    if (ivshmem->link != PVGPU_LINK_ID_IVSHMEM_DOORBELL) {
        return;
    }
    if (peer > PEER_MAX) {
        pvgpu_platform_log("%s: the host's peer id %" PRIu32 " cannot be rung; going on without doorbells", device,
                           peer);
        return;
    }
    ivshmem->rings = true;
    ivshmem->doorbell = peer << 16;
    ivshmem->vectors = vectors < PVGPU_MSIX_VECTORS ? vectors : PVGPU_MSIX_VECTORS;
}

bool pvgpu_ivshmem_init(struct pvgpu_ivshmem *ivshmem, void *mapping, uint64_t bytes, const char *device)
{
    struct pvgpu_control_region *control = mapping;
    if (bytes < PVGPU_CONTROL_BYTES || load32(&control->magic) != PVGPU_MAGIC) {
        pvgpu_platform_log("%s: its memory does not begin with a control region", device);
        return false;
    }
    uint32_t version = load32(&control->extension.version), link = load32(&control->extension.link);
    if (version == 0 || (link != PVGPU_LINK_ID_IVSHMEM_DOORBELL && link != PVGPU_LINK_ID_IVSHMEM_PLAIN)) {
        pvgpu_platform_log("%s: its memory is not set up for an ivshmem link (extension %" PRIu32 ", link %" PRIu32 ")",
                           device, version, link);
        return false;
    }
    *ivshmem = (struct pvgpu_ivshmem){.control = control, .link = link};
    take_doorbell(ivshmem, device);
    return true;
}

/* Returns the number of the request. One that seems to be answered already would end the wait before the host has looked. */
static uint32_t ask_for_reset(const struct pvgpu_ivshmem *ivshmem)
{
    struct pvgpu_extension *extension = &ivshmem->control->extension;
    uint32_t request = load32(&extension->reset_request) + 1;
    if (request == load32(&extension->reset_done)) {
        request++;
    }
    /* In this order: a host that sees the new number must find the producer at 0. */
    __atomic_store_n(&ivshmem->control->producer, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&extension->reset_request, request, __ATOMIC_SEQ_CST);
    return request;
}

bool pvgpu_ivshmem_reset(const struct pvgpu_ivshmem *ivshmem, void (*ring)(struct pvgpu_guest_transport *transport),
                         struct pvgpu_guest_transport *transport, uint64_t timeout_ns)
{
    const uint32_t *done = &ivshmem->control->extension.reset_done;
    uint64_t start = pvgpu_platform_now_ns(), now = start, asked_ns = 0, sleep_ns = RESET_SLEEP_MIN_NS;
    uint32_t request = 0;
    for (;;) {
        if (asked_ns == 0 || now - asked_ns >= RESET_REPEAT_NS) {
            asked_ns = now;
            request = ask_for_reset(ivshmem);
            if (ivshmem->rings) {
                ring(transport);
            }
        }
        if (load32(done) == request) {
            return true;
        }
        if (now - start >= timeout_ns) {
            pvgpu_platform_log("reset %" PRIu32 ": the host has not carried it out within %" PRIu64 " ms", request,
                               timeout_ns / 1000000u);
            return false;
        }
        pvgpu_platform_sleep_ns(sleep_ns);
        sleep_ns = sleep_ns * 2 < RESET_SLEEP_MAX_NS ? sleep_ns * 2 : RESET_SLEEP_MAX_NS;
        now = pvgpu_platform_now_ns();
    }
}

uint32_t pvgpu_ivshmem_status(const struct pvgpu_ivshmem *ivshmem)
{
    uint32_t status = load32(&ivshmem->control->status);
    uint64_t generation = __atomic_load_n(&ivshmem->control->extension.generation, __ATOMIC_ACQUIRE);
    bool connected = generation != 0 && !(status & PVGPU_STATUS_SHUTDOWN);
    return PVGPU_REG_STATUS_READY | (status & PVGPU_STATUS_ERROR ? PVGPU_REG_STATUS_ERROR : 0) |
           (connected ? PVGPU_REG_STATUS_CONNECTED : 0);
}
