/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Plays the pvgpu device on this machine: qemu/pvgpu-channel, as the real device has it, and a guest on top of it. */
#include <stdlib.h>

#include "../../qemu/pvgpu-channel.h"
#include "../lib/platform.h"
#include "pvgpu/guest.h"

#define ABSENT_TIMEOUT_NS 5000000000ull /* for a host that is starting */
#define ACK_TIMEOUT_NS 10000000000ull

struct pipe_client {
    struct pvgpu_guest_transport base;
    struct pvgpu_channel_memory memory;
    struct pvgpu_channel *channel; /* owned */
    bool reconnects; /* a lost connection is a pause, not the end */
    bool lost; /* a connection has ended since wait_interrupt was called */
    uint64_t features; /* of the last acknowledgement */
    int interrupts; /* not yet consumed */
};

static void on_connected(void *user, uint64_t features)
{
    struct pipe_client *client = user;
    client->features = features;
    pvgpu_channel_clear_goodbye(client->base.mapping);
}

static void on_disconnected(void *user, const char *why)
{
    struct pipe_client *client = user;
    (void)why; /* who waits for the connection at the start says it; later the guest's own messages do */
    client->lost = true;
}

static void on_interrupt(void *user, uint32_t vector)
{
    struct pipe_client *client = user;
    (void)vector;
    client->interrupts++;
}

static bool is_connected(const struct pipe_client *client)
{
    return pvgpu_channel_state(client->channel) == PVGPU_CHANNEL_CONNECTED;
}

static void doorbell(struct pvgpu_guest_transport *transport)
{
    pvgpu_channel_doorbell(((struct pipe_client *)transport)->channel);
}

static int wait_interrupt(struct pvgpu_guest_transport *transport, uint64_t timeout_ns)
{
    struct pipe_client *client = (struct pipe_client *)transport;
    const uint64_t start = pvgpu_platform_now_ns();
    client->lost = false;
    for (;;) {
        pvgpu_channel_dispatch(client->channel);
        if (client->interrupts > 0) {
            const int interrupts = client->interrupts;
            client->interrupts = 0;
            return interrupts;
        }
        if (!is_connected(client) && !client->reconnects) {
            return -1;
        }
        const uint64_t passed = pvgpu_platform_now_ns() - start;
        if (client->lost || passed >= timeout_ns) {
            return 0;
        }
        pvgpu_channel_wait(client->channel, timeout_ns - passed);
    }
}

static bool reset(struct pvgpu_guest_transport *transport)
{
    struct pipe_client *client = (struct pipe_client *)transport;
    pvgpu_channel_dispatch(client->channel);
    if (!is_connected(client) && !client->reconnects) {
        return false;
    }
    client->interrupts = 0; /* those of the time before are of no use */
    pvgpu_channel_reset_counters(transport->mapping);
    pvgpu_channel_doorbell(client->channel);
    return true;
}

static uint32_t read_status(struct pvgpu_guest_transport *transport)
{
    struct pipe_client *client = (struct pipe_client *)transport;
    pvgpu_channel_dispatch(client->channel);
    return PVGPU_REG_STATUS_READY | (is_connected(client) ? PVGPU_REG_STATUS_CONNECTED : 0);
}

static void destroy(struct pvgpu_guest_transport *transport)
{
    struct pipe_client *client = (struct pipe_client *)transport;
    pvgpu_channel_destroy(client->channel);
    pvgpu_channel_memory_destroy(&client->memory);
    free(client);
}

static bool open_channel(struct pipe_client *client, const char *path, uint32_t reconnect_ms)
{
    char error[PVGPU_CHANNEL_ERROR_CHARS];
    const struct pvgpu_channel_config config = {
        .endpoint = path,
        .memory_name = client->memory.name,
        .memory_bytes = client->memory.bytes,
        .reconnect_ms = reconnect_ms,
        .handshake_ms = (uint32_t)(ACK_TIMEOUT_NS / 1000000u),
        .events = {.connected = on_connected, .disconnected = on_disconnected, .interrupt = on_interrupt},
        .user = client,
    };
    client->channel = pvgpu_channel_create(&config, error);
    if (client->channel && (pvgpu_channel_wait_connected(client->channel, ABSENT_TIMEOUT_NS, error) ||
                            (pvgpu_channel_state(client->channel) == PVGPU_CHANNEL_SHAKING &&
                             pvgpu_channel_wait_connected(client->channel, ACK_TIMEOUT_NS, error)))) {
        return true;
    }
    pvgpu_platform_log("%s", error);
    return false;
}

struct pvgpu_guest_transport *pvgpu_guest_pipe_open_with(const char *path, uint64_t shmem_bytes, uint32_t reconnect_ms)
{
    static const struct pvgpu_guest_transport_ops ops = {
        .name = "pipe",
        .doorbell = doorbell,
        .wait_interrupt = wait_interrupt,
        .reset = reset,
        .read_status = read_status,
        .destroy = destroy,
    };
    char error[PVGPU_CHANNEL_ERROR_CHARS];
    struct pipe_client *client = calloc(1, sizeof *client);
    if (!client) {
        return NULL;
    }
    client->base.ops = &ops;
    client->reconnects = reconnect_ms > 0;
    if (!pvgpu_channel_memory_create(&client->memory, shmem_bytes ? shmem_bytes : PVGPU_DEFAULT_SHMEM_BYTES, error)) {
        pvgpu_platform_log("%s", error);
        goto fail;
    }
    client->base.mapping = client->memory.base;
    client->base.mapping_bytes = client->memory.bytes;
    pvgpu_channel_init_control(client->base.mapping, client->base.mapping_bytes);
    if (!open_channel(client, path, reconnect_ms)) {
        goto fail;
    }
    return &client->base;
fail:
    destroy(&client->base);
    return NULL;
}

struct pvgpu_guest_transport *pvgpu_guest_pipe_open(const char *path, uint64_t shmem_bytes)
{
    return pvgpu_guest_pipe_open_with(path, shmem_bytes, 0);
}

void pvgpu_guest_pipe_system_reset(struct pvgpu_guest_transport *transport)
{
    pvgpu_channel_init_control(transport->mapping, transport->mapping_bytes);
    pvgpu_channel_doorbell(((struct pipe_client *)transport)->channel);
}

uint64_t pvgpu_guest_pipe_features(const struct pvgpu_guest_transport *transport)
{
    return ((const struct pipe_client *)transport)->features;
}
