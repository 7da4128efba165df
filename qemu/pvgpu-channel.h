/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT OR Apache-2.0 */
/*
 * The device's end of the "pipe" link: shared memory that has a name, the connection to the host service, its messages,
 * and connecting again. Everything here depends on the operating system and on the protocol alone, nothing on QEMU: the
 * pvgpu device of QEMU uses it, and so does the program that plays a VM in tests.
 *
 * Threads: a channel belongs to one thread at a time (in QEMU: whoever holds its big lock, a virtual processor that rings
 * included). No function blocks for longer than a call of the system takes, unless it says so.
 *
 * The owner waits for pvgpu_channel_wait_handle() and for pvgpu_channel_deadline_ns(), whichever comes first, and then
 * calls pvgpu_channel_dispatch(). What has to be known comes through the callbacks, from inside dispatch only. A callback
 * may ring the doorbell; it must neither dispatch nor destroy the channel.
 *
 * Errors: a function that can fail writes one line of English into `error` (PVGPU_CHANNEL_ERROR_CHARS with the NUL).
 */
#ifndef PVGPU_CHANNEL_H
#define PVGPU_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PVGPU_CHANNEL_ERROR_CHARS 256
#define PVGPU_CHANNEL_NAME_CHARS 64 /* of shared memory, with the NUL: what HANDSHAKE has room for */
#define PVGPU_CHANNEL_NO_DEADLINE UINT64_MAX
#define PVGPU_CHANNEL_NO_HANDLE ((intptr_t)-1)

/* ---- Shared memory ------------------------------------------------------------------------------------------------ */

struct pvgpu_channel_memory {
    char name[PVGPU_CHANNEL_NAME_CHARS]; /* as it goes into HANDSHAKE: "/pvgpu_shmem_..." or "Global\pvgpu_shmem_..." */
    void *base; /* mapped read-write; zero at first; NULL: only the name was reserved */
    uint64_t bytes;
    intptr_t handle; /* POSIX: file descriptor; Windows: the section */
    bool owns_name; /* POSIX: the name is to be removed */
};

/* A size that the device can have: a power of two, 64 MiB to 2 GiB. */
bool pvgpu_channel_is_valid_size(uint64_t bytes);

/*
 * Makes memory that only this user can open, under a name that nobody can guess, and maps it. On Windows the name is
 * global if this process may make global names, else of its session.
 */
bool pvgpu_channel_memory_create(struct pvgpu_channel_memory *memory, uint64_t bytes, char *error);

/* Unmaps, closes, removes the name. Fine on a zeroed or destroyed one. */
void pvgpu_channel_memory_destroy(struct pvgpu_channel_memory *memory);

/* ---- Channel ------------------------------------------------------------------------------------------------------ */

enum pvgpu_channel_state {
    PVGPU_CHANNEL_CLOSED, /* not connected; dispatch tries again when the deadline has come */
    PVGPU_CHANNEL_SHAKING, /* HANDSHAKE is on its way, the ACK is not there */
    PVGPU_CHANNEL_CONNECTED,
};

/* Each is called from inside dispatch; may be NULL. `user` is the configuration's. */
struct pvgpu_channel_events {
    /* The host has acknowledged: `features` as negotiated (what 1.0 has where the host said nothing). */
    void (*connected)(void *user, uint64_t features);
    /* The connection has ended, or could not be made: `why` is one line. Called once for each end of a connection that
     * was acknowledged, and for the first failure of a row of attempts, not for each of them. */
    void (*disconnected)(void *user, const char *why);
    /* The host raised an interrupt vector; vectors above 1 arrive as 0. Several of one vector may arrive as one. */
    void (*interrupt)(void *user, uint32_t vector);
};

struct pvgpu_channel_config {
    const char *endpoint; /* path of a Unix socket or name of a pipe; NULL: the protocol's default one. Copied */
    const char *memory_name; /* of the shared memory, for HANDSHAKE. Copied */
    uint64_t memory_bytes;
    uint32_t reconnect_ms; /* between attempts to connect; 0: none after the first that failed, or has ended */
    uint32_t handshake_ms; /* for a host that does not acknowledge; 0: 10 s */
    struct pvgpu_channel_events events;
    void *user;
};

/* A counter each since create; for QOM properties and tests. */
struct pvgpu_channel_counters {
    uint64_t connections; /* acknowledged */
    uint64_t doorbells_asked; /* calls of pvgpu_channel_doorbell */
    uint64_t doorbells_sent; /* messages begun: the rest were coalesced, or nobody was connected */
    uint64_t interrupts; /* IRQ messages received */
    uint64_t errors; /* of the host's protocol: each ended a connection */
};

struct pvgpu_channel;

/* Closed at first, with a deadline in the past: the next dispatch connects. NULL: no memory, or a text is too long. */
struct pvgpu_channel *pvgpu_channel_create(const struct pvgpu_channel_config *config, char *error);

/* Says SHUTDOWN if it can without blocking, and closes. NULL is fine. */
void pvgpu_channel_destroy(struct pvgpu_channel *channel);

enum pvgpu_channel_state pvgpu_channel_state(const struct pvgpu_channel *channel);

/*
 * What becomes ready when there is something to read, or when a message that did not fit can be tried again: a socket
 * that polls readable on POSIX, an event (HANDLE) on Windows. It changes when the channel connects again: ask after each
 * dispatch. PVGPU_CHANNEL_NO_HANDLE while there is none.
 */
intptr_t pvgpu_channel_wait_handle(const struct pvgpu_channel *channel);

/* POSIX: whether it should be polled for writing too, since a message did not fit. Ask after each doorbell as well. */
bool pvgpu_channel_wants_write(const struct pvgpu_channel *channel);

/*
 * When dispatch must be called even though the handle is not ready, on the clock of pvgpu_channel_now_ns();
 * PVGPU_CHANNEL_NO_DEADLINE: never.
 */
uint64_t pvgpu_channel_deadline_ns(const struct pvgpu_channel *channel);
uint64_t pvgpu_channel_now_ns(void); /* monotonic */

/* Connects, reads, writes what is due. A peer that floods gets a bounded number of reads a call. */
void pvgpu_channel_dispatch(struct pvgpu_channel *channel);

/* Blocks until dispatch has something to do, or timeout_ns have passed. For programs that wait for nothing else. */
void pvgpu_channel_wait(struct pvgpu_channel *channel, uint64_t timeout_ns);

/*
 * Dispatches until the channel is connected, or an attempt has failed, or timeout_ns have passed. True: connected; else
 * `error` says why not. A host that is not there yet, or busy with another VM, is tried again every 100 ms until then;
 * one that takes the connection has handshake_ms to acknowledge, and the channel may still be shaking hands when this
 * returns. For start-up only.
 */
bool pvgpu_channel_wait_connected(struct pvgpu_channel *channel, uint64_t timeout_ns, char *error);

/*
 * The producer counter may have moved. Sent at once if there is room, else as soon as there is, several as one; nothing
 * while not connected.
 */
void pvgpu_channel_doorbell(struct pvgpu_channel *channel);

struct pvgpu_channel_counters pvgpu_channel_counters(const struct pvgpu_channel *channel);

/* ---- What the device does with its control region ------------------------------------------------------------------ */

/* At start and at a reset of the machine: the whole region anew, but for generation and heartbeats of the extension
 * block; adds 1 to reset_request. `base` is the mapping of `bytes` bytes. */
void pvgpu_channel_init_control(void *base, uint64_t bytes);

/* The guest wrote 1 to RESET: adds 1 to reset_request, then the counters become 0; status and error words stay. Ring the
 * doorbell afterwards, so that the host hears of it at once. */
void pvgpu_channel_reset_counters(void *base);

/* A host has acknowledged: takes back what the last one said in the status when it went. */
void pvgpu_channel_clear_goodbye(void *base);

#endif
