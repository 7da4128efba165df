/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What the pipe link needs from the operating system: named shared memory and a byte channel. pipe_posix.c and
 * pipe_windows.c implement it. One thread at a time.
 */
#ifndef PVGPU_GUEST_PIPE_CHANNEL_H
#define PVGPU_GUEST_PIPE_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pvgpu/protocol.h"

/* Shared memory of ours, zero at first. */
struct pvgpu_pipe_memory {
    char name[PVGPU_SHMEM_NAME_CHARS + 1]; /* as it goes into HANDSHAKE */
    void *mapping;
    uint64_t bytes;
    bool named; /* POSIX: the name exists and is ours to remove */
    void *handle; /* Windows: the mapping object */
};

/* Readable and writable by this user alone. NULL on failure, said on stderr. */
struct pvgpu_pipe_memory *pvgpu_pipe_memory_create(uint64_t bytes);
/* Unmaps, and removes the name: until then the host may open it at any time. NULL is fine. */
void pvgpu_pipe_memory_destroy(struct pvgpu_pipe_memory *memory);

struct pvgpu_pipe_channel;

/* path NULL: the default endpoint. A host that is starting, or busy with another client, gets 5 s. NULL on failure. */
struct pvgpu_pipe_channel *pvgpu_pipe_channel_open(const char *path);
void pvgpu_pipe_channel_close(struct pvgpu_pipe_channel *channel);

/* Writes all bytes in one call to the system, at most 5 s. false: the channel is broken. */
bool pvgpu_pipe_channel_write(struct pvgpu_pipe_channel *channel, const void *bytes, size_t size);

/* Waits up to timeout_ns for bytes and returns how many came, 0 on timeout, -1 at the end or on a failure. */
ptrdiff_t pvgpu_pipe_channel_read(struct pvgpu_pipe_channel *channel, void *bytes, size_t size, uint64_t timeout_ns);

#endif
