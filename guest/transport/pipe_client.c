/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The part of the pipe link that is the same on every system: the device's behaviour. The rest is in pipe_posix.c and
 * pipe_windows.c behind pipe_channel.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/platform.h"
#include "pipe_channel.h"
#include "pipe_device.h"
#include "pvgpu/guest.h"

#define ACK_TIMEOUT_NS 10000000000ull

struct pipe_client {
    struct pvgpu_guest_transport base;
    struct pvgpu_pipe_channel *channel; /* owned */
    struct pvgpu_pipe_memory *memory; /* owned */
    struct pvgpu_pipe_parser parser;
    uint64_t features; /* of the acknowledgement */
    bool acknowledged;
    bool gone; /* the host closed, said SHUTDOWN, or broke the framing */
};

static bool send_message(struct pipe_client *client, enum pvgpu_message type, const void *payload, uint32_t bytes)
{
    const struct pvgpu_message_header header = {.type = (uint32_t)type, .payload_bytes = bytes};
    if (client->gone) {
        return false;
    }
    /* Two writes: on a pipe of messages, header and payload are messages of their own. */
    if (!pvgpu_pipe_channel_write(client->channel, &header, sizeof header) ||
        (bytes > 0 && !pvgpu_pipe_channel_write(client->channel, payload, bytes))) {
        client->gone = true;
        return false;
    }
    return true;
}

/* Takes in what has arrived, waiting up to timeout_ns for the first byte. Returns the number of interrupts. */
static int receive(struct pipe_client *client, uint64_t timeout_ns)
{
    uint8_t buffer[256];
    int interrupts = 0;
    if (client->gone) {
        return 0;
    }
    ptrdiff_t got = pvgpu_pipe_channel_read(client->channel, buffer, sizeof buffer, timeout_ns);
    while (got > 0 && !client->gone) {
        const uint8_t *from = buffer;
        size_t size = (size_t)got;
        uint32_t type, payload_bytes;
        uint64_t payload;
        int result;
        while ((result = pvgpu_pipe_parse(&client->parser, &from, &size, &type, &payload, &payload_bytes)) == 1) {
            if (type == PVGPU_MESSAGE_IRQ) {
                interrupts++;
            } else if (type == PVGPU_MESSAGE_HANDSHAKE_ACK) {
                client->acknowledged = true;
                client->features = payload_bytes == PVGPU_HANDSHAKE_ACK_BYTES && payload ? payload : PVGPU_FEATURES_1_0;
            } else if (type == PVGPU_MESSAGE_SHUTDOWN) {
                client->gone = true;
            }
        }
        if (result < 0) {
            pvgpu_platform_log("the host sent a payload that the device cannot take");
            client->gone = true;
        }
        if ((size_t)got < sizeof buffer) {
            return interrupts;
        }
        got = pvgpu_pipe_channel_read(client->channel, buffer, sizeof buffer, 0);
    }
    if (got < 0) {
        client->gone = true;
    }
    return interrupts;
}

static void doorbell(struct pvgpu_guest_transport *transport)
{
    send_message((struct pipe_client *)transport, PVGPU_MESSAGE_DOORBELL, NULL, 0);
}

static int wait_interrupt(struct pvgpu_guest_transport *transport, uint64_t timeout_ns)
{
    struct pipe_client *client = (struct pipe_client *)transport;
    int interrupts = receive(client, timeout_ns);
    return interrupts == 0 && client->gone ? -1 : interrupts;
}

static bool reset(struct pvgpu_guest_transport *transport)
{
    struct pipe_client *client = (struct pipe_client *)transport;
    if (client->gone) {
        return false;
    }
    receive(client, 0); /* interrupts of the time before are of no use */
    pvgpu_pipe_reset_counters(transport->mapping);
    return true;
}

static uint32_t read_status(struct pvgpu_guest_transport *transport)
{
    struct pipe_client *client = (struct pipe_client *)transport;
    return PVGPU_REG_STATUS_READY | (client->gone ? 0 : PVGPU_REG_STATUS_CONNECTED);
}

static void destroy(struct pvgpu_guest_transport *transport)
{
    struct pipe_client *client = (struct pipe_client *)transport;
    if (client->channel) {
        send_message(client, PVGPU_MESSAGE_SHUTDOWN, NULL, 0);
        pvgpu_pipe_channel_close(client->channel);
    }
    pvgpu_pipe_memory_destroy(client->memory);
    free(client);
}

static bool shake_hands(struct pipe_client *client)
{
    struct pvgpu_handshake handshake = {.shmem_bytes = client->base.mapping_bytes};
    snprintf(handshake.name, sizeof handshake.name, "%s", client->memory->name);
    uint32_t bytes = (uint32_t)(offsetof(struct pvgpu_handshake, name) + strlen(handshake.name) + 1);
    if (!send_message(client, PVGPU_MESSAGE_HANDSHAKE, &handshake, bytes)) {
        pvgpu_platform_log("the host does not take the handshake");
        return false;
    }
    uint64_t deadline = pvgpu_platform_now_ns() + ACK_TIMEOUT_NS;
    while (!client->acknowledged && !client->gone) {
        uint64_t now = pvgpu_platform_now_ns();
        if (now >= deadline) {
            pvgpu_platform_log("no acknowledgement within 10 s");
            return false;
        }
        receive(client, deadline - now);
    }
    if (!client->acknowledged) {
        pvgpu_platform_log("the host refused the handshake");
        return false;
    }
    if (!(client->features & PVGPU_FEATURE_D3D11)) {
        pvgpu_platform_log("the host has no Direct3D 11 (features %#" PRIx64 ")", client->features);
        return false;
    }
    return true;
}

struct pvgpu_guest_transport *pvgpu_guest_pipe_open(const char *path, uint64_t shmem_bytes)
{
    static const struct pvgpu_guest_transport_ops ops = {
        .name = "pipe",
        .doorbell = doorbell,
        .wait_interrupt = wait_interrupt,
        .reset = reset,
        .read_status = read_status,
        .destroy = destroy,
    };
    if (shmem_bytes == 0) {
        shmem_bytes = PVGPU_DEFAULT_SHMEM_BYTES;
    }
    if (shmem_bytes < PVGPU_MIN_SHMEM_BYTES || shmem_bytes > 0x80000000u || (shmem_bytes & (shmem_bytes - 1)) != 0) {
        pvgpu_platform_log("%" PRIu64 " bytes of shared memory: must be a power of two from 64 MiB to 2 GiB",
                           shmem_bytes);
        return NULL;
    }
    struct pipe_client *client = calloc(1, sizeof *client);
    if (!client) {
        return NULL;
    }
    client->base.ops = &ops;
    client->memory = pvgpu_pipe_memory_create(shmem_bytes);
    if (!client->memory) {
        goto fail;
    }
    client->base.mapping = client->memory->mapping;
    client->base.mapping_bytes = shmem_bytes;
    pvgpu_pipe_init_control(client->base.mapping, shmem_bytes);
    client->channel = pvgpu_pipe_channel_open(path);
    if (!client->channel || !shake_hands(client)) {
        goto fail;
    }
    return &client->base;
fail:
    destroy(&client->base);
    return NULL;
}

void pvgpu_guest_pipe_system_reset(struct pvgpu_guest_transport *transport)
{
    pvgpu_pipe_init_control(transport->mapping, transport->mapping_bytes);
}

uint64_t pvgpu_guest_pipe_features(const struct pvgpu_guest_transport *transport)
{
    return ((const struct pipe_client *)transport)->features;
}
