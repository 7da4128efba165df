/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "local_host.h"

#include "base/time.h"

#include <stdio.h>
#include <stdlib.h>

struct transport {
    struct pvgpu_guest_transport base;
    struct local_host *host;
};

static struct local_host *host_of(struct pvgpu_guest_transport *transport)
{
    return ((struct transport *)transport)->host;
}

static void ring_doorbell(struct pvgpu_guest_transport *transport)
{
    host_of(transport)->doorbells++;
    pvgpu_control_page_ring(host_of(transport)->page);
    pvgpu_event_signal(&host_of(transport)->wake);
}

static int wait_interrupt(struct pvgpu_guest_transport *transport, uint64_t timeout_ns)
{
    struct local_host *host = host_of(transport);
    if (!pvgpu_event_wait(&host->interrupt, timeout_ns))
        return 0;
    return atomic_exchange(&host->page->interrupts, 0) ? 1 : 0;
}

static bool reset(struct pvgpu_guest_transport *transport)
{
    local_host_reset(host_of(transport));
    return true;
}

static uint32_t read_status(struct pvgpu_guest_transport *transport)
{
    (void)transport;
    return PVGPU_REG_STATUS_READY | PVGPU_REG_STATUS_CONNECTED;
}

static void destroy(struct pvgpu_guest_transport *transport)
{
    free(transport);
}

static const struct pvgpu_guest_transport_ops transport_ops = {
    .name = "local",
    .doorbell = ring_doorbell,
    .wait_interrupt = wait_interrupt,
    .reset = reset,
    .read_status = read_status,
    .destroy = destroy,
};

struct pvgpu_guest_transport *local_host_transport(struct local_host *host)
{
    struct transport *transport = calloc(1, sizeof(*transport));
    if (!transport)
        return NULL;
    transport->base.ops = &transport_ops;
    transport->base.mapping = host->memory.base;
    transport->base.mapping_bytes = host->memory.size;
    transport->host = host;
    return &transport->base;
}

/* The guest resets a device that was lost: the renderer goes, another comes. */
static void replace_renderer(struct local_host *host)
{
    local_host_stop(host);
    atomic_store(&host->draining, false);
    host->gpu->ops->destroy(host->gpu);
    host->gpu = host->renew(host->renew_user);
    if (!host->gpu || !local_host_start(host))
        fprintf(stderr, "local_host: no new renderer\n");
}

void local_host_reset(struct local_host *host)
{
    uint64_t epoch;
    bool replaces = atomic_load(&host->draining);
    while (!pvgpu_control_page_begin_epoch(host->page, PVGPU_NS_PER_S, &epoch))
        ;
    atomic_store(&host->page->consumer, 0);
    atomic_store(&host->page->fence, 0);
    pvgpu_control_reset_counters(host->region, replaces ? 0 : PVGPU_STATUS_READY);
    pvgpu_control_page_leave(host->page, epoch);
    if (replaces)
        replace_renderer(host);
    else
        pvgpu_event_signal(&host->wake);
}

bool local_host_init(struct local_host *host, const struct local_host_config *config)
{
    struct pvgpu_log log = {.level = config->log_level, .target = "local_host"};
    uint64_t bytes = config->shmem_bytes ? config->shmem_bytes : PVGPU_MIN_SHMEM_BYTES;
    *host = (struct local_host){0};
    if (!pvgpu_shared_memory_create(&host->memory, "test-shmem", bytes, PVGPU_POPULATE_NONE, &log) ||
        !pvgpu_shared_memory_create(&host->page_memory, "test-page", sizeof(struct pvgpu_control_page),
                                    PVGPU_POPULATE_NONE, &log) ||
        !pvgpu_event_init(&host->wake) || !pvgpu_event_init(&host->interrupt))
        return false;
    pvgpu_control_init(host->memory.base, bytes);
    host->region = host->memory.base;
    host->page = host->page_memory.base;
    pvgpu_progress_watch(&host->page->progress); /* so that nobody is woken for it; tests look by themselves */
    if (config->gpu == LOCAL_HOST_NULL) {
        host->gpu = pvgpu_gpu_null_create(&log);
    } else {
        struct pvgpu_gpu_config gpu = {.adapter_index = -1, .wake = &host->wake};
        host->gpu = pvgpu_gpu_d3d11_prepare(NULL, false, &log) ? pvgpu_gpu_d3d11_create(&gpu, &log) : NULL;
    }
    if (!host->gpu) {
        fprintf(stderr, "local_host: no renderer\n");
        return false;
    }
    host->renderer = (struct pvgpu_renderer_config){
        .memory = &host->memory,
        .page = host->page,
        .wake = &host->wake,
        .interrupt = &host->interrupt,
        .stop = &host->stop,
        .gpu = host->gpu,
        .output = config->output,
        .needs_poll = config->needs_poll,
        .resets = config->needs_poll ? PVGPU_RESETS_UNANNOUNCED : PVGPU_RESETS_ANNOUNCED,
        .no_backstop = config->no_backstop,
        .timeline = {.buffer_count = config->buffer_count ? config->buffer_count : 2, .vsync = config->vsync},
        .limits = config->limits.objects ? config->limits : pvgpu_limits_default(),
        .log = log,
    };
    return true;
}

/* What a session does when its renderer ends because of a lost device. */
static void go_on_without(struct local_host *host, uint32_t reason)
{
    struct pvgpu_renderer_config config = host->renderer;
    struct pvgpu_publisher publisher;
    config.gpu = NULL;
    config.output = NULL;
    atomic_store(&host->draining, true);
    pvgpu_publisher_init(&publisher, host->region, host->page);
    pvgpu_publish_error(&publisher, PVGPU_ERROR_DEVICE_LOST, reason, PVGPU_STATUS_DEVICE_LOST);
    atomic_fetch_or(&host->page->interrupts, UINT32_C(1) << PVGPU_VECTOR_ERROR);
    pvgpu_event_signal(&host->interrupt);
    pvgpu_renderer_run(&config, &reason);
}

static void run(void *argument)
{
    struct local_host *host = argument;
    uint32_t reason;
    host->renderer.gpu = host->gpu;
    host->end = pvgpu_renderer_run(&host->renderer, &reason);
    if (host->end == PVGPU_RENDERER_DEVICE_LOST && host->renew)
        go_on_without(host, reason);
}

bool local_host_start(struct local_host *host)
{
    atomic_store(&host->stop, 0);
    host->started = pvgpu_thread_start(&host->thread, "render", run, host);
    return host->started;
}

bool local_host_create(struct local_host *host, const struct local_host_config *config)
{
    return local_host_init(host, config) && local_host_start(host);
}

void local_host_stop(struct local_host *host)
{
    if (!host->started)
        return;
    atomic_store(&host->stop, 1);
    pvgpu_event_signal(&host->wake);
    pvgpu_thread_join(&host->thread);
    host->started = false;
}

void local_host_finish(struct local_host *host)
{
    local_host_stop(host);
    if (host->gpu)
        host->gpu->ops->destroy(host->gpu);
    pvgpu_event_finish(&host->interrupt);
    pvgpu_event_finish(&host->wake);
    pvgpu_shared_memory_finish(&host->page_memory);
    pvgpu_shared_memory_finish(&host->memory);
    *host = (struct local_host){0};
}
