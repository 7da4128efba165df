/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "shm/control.h"

#include <string.h>

static _Atomic uint32_t *word(uint32_t *field)
{
    return (_Atomic uint32_t *)field;
}

static _Atomic uint64_t *counter(uint64_t *field)
{
    return (_Atomic uint64_t *)field;
}

void pvgpu_control_init(void *base, uint64_t size)
{
    struct pvgpu_control_region *region = base;
    /* A guest may be looking: counters first, the magic last. */
    atomic_store_explicit(counter(&region->producer), 0, memory_order_relaxed);
    atomic_store_explicit(counter(&region->consumer), 0, memory_order_relaxed);
    atomic_store_explicit(counter(&region->fence_request), 0, memory_order_relaxed);
    atomic_store_explicit(counter(&region->fence_completed), 0, memory_order_relaxed);
    atomic_store_explicit(word(&region->status), 0, memory_order_relaxed);
    atomic_store_explicit(word(&region->error_code), 0, memory_order_relaxed);
    atomic_store_explicit(word(&region->error_argument), 0, memory_order_relaxed);
    memset(region->pad0, 0, sizeof(region->pad0));
    memset(region->pad1, 0, sizeof(region->pad1));
    memset(region->pad2, 0, sizeof(region->pad2));
    memset(region->pad3, 0, sizeof(region->pad3));
    region->reserved0 = 0;
    memset(region->reserved1, 0, sizeof(region->reserved1));
    region->version = PVGPU_VERSION_1_0;
    region->features = PVGPU_FEATURES_1_0;
    region->ring_offset = PVGPU_DEFAULT_RING_OFFSET;
    region->ring_bytes = PVGPU_DEFAULT_RING_BYTES;
    region->heap_offset = PVGPU_DEFAULT_HEAP_OFFSET;
    region->heap_bytes = (uint32_t)(size - PVGPU_DEFAULT_HEAP_OFFSET);
    region->display_width = PVGPU_DEFAULT_DISPLAY_WIDTH;
    region->display_height = PVGPU_DEFAULT_DISPLAY_HEIGHT;
    region->display_refresh = PVGPU_DEFAULT_DISPLAY_REFRESH;
    region->display_format = PVGPU_DEFAULT_DISPLAY_FORMAT;
    atomic_store_explicit(word(&region->magic), PVGPU_MAGIC, memory_order_release);
}

void pvgpu_control_extend(struct pvgpu_control_region *region, enum pvgpu_link_id link, uint32_t vectors,
                          uint32_t host_peer)
{
    struct pvgpu_extension *extension = &region->extension;
    extension->link = link;
    extension->vectors = vectors;
    extension->host_peer = host_peer;
    memset(extension->reserved, 0, sizeof(extension->reserved));
    atomic_store_explicit(word(&extension->version), PVGPU_EXTENSION_1, memory_order_release);
}

bool pvgpu_control_is_extended(struct pvgpu_control_region *region)
{
    return atomic_load_explicit(word(&region->extension.version), memory_order_acquire) != 0;
}

void pvgpu_control_set_generation(struct pvgpu_control_region *region, uint64_t generation)
{
    atomic_store_explicit(counter(&region->extension.generation), generation, memory_order_release);
}

void pvgpu_control_greet(struct pvgpu_control_region *region)
{
    atomic_fetch_and_explicit(word(&region->status), ~(uint32_t)(PVGPU_STATUS_SHUTDOWN | PVGPU_STATUS_READY),
                              memory_order_relaxed);
}

void pvgpu_control_beat(struct pvgpu_control_region *region)
{
    /* 0 means that there is no heartbeat. */
    uint64_t beat = atomic_load_explicit(counter(&region->extension.host_heartbeat), memory_order_relaxed) + 1;
    atomic_store_explicit(counter(&region->extension.host_heartbeat), beat ? beat : 1, memory_order_release);
}

uint32_t pvgpu_control_reset_request(struct pvgpu_control_region *region)
{
    return atomic_load_explicit(word(&region->extension.reset_request), memory_order_acquire);
}

uint32_t pvgpu_control_reset_done(struct pvgpu_control_region *region)
{
    return atomic_load_explicit(word(&region->extension.reset_done), memory_order_relaxed);
}

void pvgpu_control_set_reset_done(struct pvgpu_control_region *region, uint32_t request)
{
    atomic_store_explicit(word(&region->extension.reset_done), request, memory_order_release);
}

bool pvgpu_control_is_untouched(struct pvgpu_control_region *region)
{
    return !atomic_load_explicit(counter(&region->producer), memory_order_relaxed) &&
           !atomic_load_explicit(counter(&region->consumer), memory_order_relaxed) &&
           !atomic_load_explicit(counter(&region->fence_completed), memory_order_relaxed);
}

void pvgpu_control_offer_display(struct pvgpu_control_region *region, uint32_t width, uint32_t height)
{
    if (region->display_width != PVGPU_DEFAULT_DISPLAY_WIDTH || region->display_height != PVGPU_DEFAULT_DISPLAY_HEIGHT)
        return;
    region->display_width = width;
    region->display_height = height;
}

void pvgpu_control_reset_counters(struct pvgpu_control_region *region, uint32_t keep)
{
    atomic_store_explicit(counter(&region->producer), 0, memory_order_relaxed);
    atomic_store_explicit(counter(&region->consumer), 0, memory_order_relaxed);
    atomic_store_explicit(counter(&region->fence_request), 0, memory_order_relaxed);
    atomic_store_explicit(counter(&region->fence_completed), 0, memory_order_relaxed);
    atomic_store_explicit(word(&region->error_code), 0, memory_order_relaxed);
    atomic_store_explicit(word(&region->error_argument), 0, memory_order_relaxed);
    atomic_fetch_and_explicit(word(&region->status), keep, memory_order_release);
}

void pvgpu_publisher_init(struct pvgpu_publisher *publisher, struct pvgpu_control_region *region,
                          struct pvgpu_control_page *page)
{
    /* Inside the section: a reset that is under way has set epoch and counters together when it lets us in. */
    uint64_t epoch;
    do
        epoch = pvgpu_control_page_epoch(page);
    while (!pvgpu_control_page_enter(page, epoch));
    *publisher = (struct pvgpu_publisher){
        .region = region,
        .page = page,
        .epoch = epoch,
        .consumer = atomic_load_explicit(&page->consumer, memory_order_relaxed),
        .fence = atomic_load_explicit(&page->fence, memory_order_relaxed),
        .fence_consumed = atomic_load_explicit(&page->fence_consumed, memory_order_relaxed),
        .reset_request = atomic_load_explicit(&page->reset_request, memory_order_relaxed),
    };
    pvgpu_control_page_leave(page, epoch);
}

void pvgpu_publisher_adopt_reset(struct pvgpu_publisher *publisher)
{
    struct pvgpu_control_region *region = publisher->region;
    struct pvgpu_control_page *page = publisher->page;
    uint32_t request = pvgpu_control_reset_request(region);
    uint64_t consumer = publisher->consumer, fence = publisher->fence;
    bool from_start = request != publisher->reset_request || pvgpu_control_producer(region) < consumer;
    bool moved = atomic_load_explicit(counter(&region->consumer), memory_order_relaxed) != consumer;
    /* A counter that still holds what we published was published after the reset, or the reset has not come to it yet. */
    if (from_start)
        atomic_compare_exchange_strong_explicit(counter(&region->consumer), &consumer, 0, memory_order_relaxed,
                                                memory_order_relaxed);
    if (from_start || moved)
        atomic_compare_exchange_strong_explicit(counter(&region->fence_completed), &fence, 0, memory_order_relaxed,
                                                memory_order_relaxed);
    atomic_store_explicit(&page->reset_request, request, memory_order_relaxed);
    atomic_store_explicit(&page->consumer, atomic_load_explicit(counter(&region->consumer), memory_order_relaxed),
                          memory_order_relaxed);
    atomic_store_explicit(&page->fence, atomic_load_explicit(counter(&region->fence_completed), memory_order_relaxed),
                          memory_order_relaxed);
    if (pvgpu_control_is_extended(region))
        pvgpu_control_set_reset_done(region, request);
}

bool pvgpu_publish_consumer(struct pvgpu_publisher *publisher, uint64_t value)
{
    if (value <= publisher->consumer)
        return pvgpu_control_page_epoch(publisher->page) == publisher->epoch;
    if (!pvgpu_control_page_enter(publisher->page, publisher->epoch))
        return false;
    atomic_store_explicit(&publisher->page->fence_consumed, publisher->fence_consumed, memory_order_relaxed);
    uint64_t expected = publisher->consumer;
    bool exchanged = atomic_compare_exchange_strong_explicit(counter(&publisher->region->consumer), &expected, value,
                                                             memory_order_release, memory_order_relaxed);
    if (exchanged) {
        publisher->consumer = value;
        atomic_store_explicit(&publisher->page->consumer, value, memory_order_relaxed);
    }
    pvgpu_control_page_leave(publisher->page, publisher->epoch);
    return exchanged;
}

bool pvgpu_publish_fence(struct pvgpu_publisher *publisher, uint64_t value)
{
    if (value <= publisher->fence)
        return pvgpu_control_page_epoch(publisher->page) == publisher->epoch;
    if (!pvgpu_control_page_enter(publisher->page, publisher->epoch))
        return false;
    uint64_t expected = publisher->fence;
    bool exchanged = atomic_compare_exchange_strong_explicit(counter(&publisher->region->fence_completed), &expected,
                                                             value, memory_order_release, memory_order_relaxed);
    if (exchanged) {
        publisher->fence = value;
        atomic_store_explicit(&publisher->page->fence, value, memory_order_relaxed);
    }
    pvgpu_control_page_leave(publisher->page, publisher->epoch);
    return exchanged;
}

bool pvgpu_publish_status(struct pvgpu_publisher *publisher, uint32_t set, uint32_t clear)
{
    if (!pvgpu_control_page_enter(publisher->page, publisher->epoch))
        return false;
    if (clear)
        atomic_fetch_and_explicit(word(&publisher->region->status), ~clear, memory_order_release);
    if (set)
        atomic_fetch_or_explicit(word(&publisher->region->status), set, memory_order_release);
    pvgpu_control_page_leave(publisher->page, publisher->epoch);
    return true;
}

bool pvgpu_publish_error(struct pvgpu_publisher *publisher, uint32_t code, uint32_t argument, uint32_t status)
{
    if (!pvgpu_control_page_enter(publisher->page, publisher->epoch))
        return false;
    atomic_store_explicit(word(&publisher->region->error_argument), argument, memory_order_relaxed);
    atomic_store_explicit(word(&publisher->region->error_code), code, memory_order_relaxed);
    atomic_fetch_or_explicit(word(&publisher->region->status), PVGPU_STATUS_ERROR | status, memory_order_release);
    pvgpu_control_page_leave(publisher->page, publisher->epoch);
    return true;
}

bool pvgpu_publisher_sees_reset(struct pvgpu_publisher *publisher)
{
    struct pvgpu_control_region *region = publisher->region;
    return pvgpu_control_reset_request(region) != publisher->reset_request ||
           atomic_load_explicit(counter(&region->consumer), memory_order_relaxed) != publisher->consumer ||
           atomic_load_explicit(counter(&region->fence_completed), memory_order_relaxed) != publisher->fence ||
           !(atomic_load_explicit(word(&region->status), memory_order_relaxed) & PVGPU_STATUS_READY);
}
