/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * How one VM reaches us. A link carries doorbells and resets in, interrupts out, and knows where the shared memory is.
 * It belongs to the session's thread: every function here is called from that thread, none blocks, and none does work
 * that depends on the renderer.
 *
 * Life: create -> (wait on the handle, dispatch)* -> destroy. What a link has to say it says through the callbacks of
 * struct pvgpu_link_events, from inside dispatch.
 */
#ifndef PVGPU_LINK_LINK_H
#define PVGPU_LINK_LINK_H

#include "base/log.h"
#include "os/endpoint.h"
#include "os/handle.h"
#include "os/shared_memory.h"

struct pvgpu_link;

struct pvgpu_link_events {
    void *user;
    /*
     * The shared memory is known (and initialised, where we are the device) and stays valid until destroy. The
     * session checks its layout. False: the session refuses; the link tells the peer if it can, and ends.
     * Called exactly once, before any of those below.
     */
    bool (*attached)(void *user, const struct pvgpu_shared_memory *memory);
    /* The guest's producer counter may have moved. */
    void (*doorbell)(void *user);
    /*
     * The device was reset: whole_device by the machine (or the driver's function-level reset), otherwise by the
     * guest's reset register. Only links where we are the device report it. The session ends the old epoch and
     * re-initialises the control region before it returns; the link answers its peer after.
     */
    void (*reset)(void *user, bool whole_device);
};

enum pvgpu_link_state {
    PVGPU_LINK_OPEN, /* go on waiting */
    PVGPU_LINK_ENDED, /* the peer has left or broke the protocol; destroy the link */
};

struct pvgpu_link_ops {
    const char *name; /* "vfio-user", "pipe", "ivshmem-doorbell", "ivshmem-plain" */
    bool is_device; /* we play the PCI device: we own the control region and resets are announced */
    bool
        needs_poll; /* doorbells may be held back or lost (D29), or there are none: the renderer keeps a back-stop poll */
    /*
     * There are neither registers nor notices: the session keeps the heartbeat of the extension block, and looks there for
     * resets every PVGPU_HEARTBEAT_MS and after each doorbell.
     */
    bool is_silent;

    /* Handles that make dispatch worth calling when ready. Returns how many were stored, at most 2. */
    size_t (*wait_handles)(struct pvgpu_link *link, pvgpu_handle handles[2]);

    /* When dispatch must be called even though no handle is ready, as a monotonic time; PVGPU_NO_TIMEOUT: never. */
    uint64_t (*deadline_ns)(struct pvgpu_link *link);

    /* Takes in whatever the peer has sent, without blocking. */
    enum pvgpu_link_state (*dispatch)(struct pvgpu_link *link);

    /*
     * Raises an interrupt (PVGPU_VECTOR_FENCE or PVGPU_VECTOR_ERROR) in the guest. Never blocks: an interrupt that
     * cannot be delivered now is remembered and sent by a later dispatch, coalesced with others of its vector.
     */
    void (*interrupt)(struct pvgpu_link *link, uint32_t vector);

    /* Tells the peer that we are going, if there is a way to. */
    void (*shutdown)(struct pvgpu_link *link);

    void (*destroy)(struct pvgpu_link *link);
};

/* First member of every link. */
struct pvgpu_link {
    const struct pvgpu_link_ops *ops;
    struct pvgpu_link_events events;
    struct pvgpu_log log;
};

/* What a peer's first message is, by as much of it as has arrived. */
enum pvgpu_opening {
    PVGPU_OPENING_PART, /* not all of it is there */
    PVGPU_OPENING_WHOLE, /* that of a device of the kind: worth a session */
    PVGPU_OPENING_WRONG, /* something else, as the log was told */
};

#define PVGPU_OPENING_BYTES 16 /* enough to judge any first message by */

/*
 * Judges a first message before anything of it is taken: `bytes` are its first ones, `size` of them, at most
 * PVGPU_OPENING_BYTES; `available` is how many there are in all. Pure, but for the log.
 */
typedef enum pvgpu_opening (*pvgpu_opening_judge)(const void *bytes, size_t size, size_t available,
                                                  const struct pvgpu_log *log);

enum pvgpu_opening pvgpu_link_pipe_opening(const void *bytes, size_t size, size_t available,
                                           const struct pvgpu_log *log);

/*
 * The `pipe` link: the pvgpu device of QEMU connects, sends a HANDSHAKE with the name of its shared memory, then
 * DOORBELLs (docs/protocol.md). Takes the stream. A peer that does not complete its handshake within 10 s, or sends
 * anything that is not well-formed, is dropped. NULL on lack of memory.
 */
struct pvgpu_link *pvgpu_link_pipe_create(struct pvgpu_stream *stream, const struct pvgpu_link_events *events,
                                          const struct pvgpu_log *log);

#ifdef __linux__
enum pvgpu_opening pvgpu_link_vfio_user_opening(const void *bytes, size_t size, size_t available,
                                                const struct pvgpu_log *log);

/* What a PCI function that we play says it is: numbers of configuration space. */
struct pvgpu_pci_identity {
    uint16_t vendor, device;
    uint16_t subsystem_vendor, subsystem;
    uint32_t class_code; /* 24 bits: class, subclass, interface */
};

/*
 * The `vfio-user` link: stock QEMU (10.1 or later) attaches with -device vfio-user-pci and we are the PCI device.
 * BAR2 is a sealed memfd of `shmem_bytes` (a power of two, at least PVGPU_MIN_SHMEM_BYTES) made here. Takes the
 * stream. NULL on lack of memory.
 */
struct pvgpu_link *pvgpu_link_vfio_user_create(struct pvgpu_stream *stream, const struct pvgpu_pci_identity *identity,
                                               uint64_t shmem_bytes, const struct pvgpu_link_events *events,
                                               const struct pvgpu_log *log);

/*
 * The `ivshmem-doorbell` link: stock QEMU attaches with -device ivshmem-doorbell,vectors=2 and a chardev that is this
 * stream; we are the ivshmem server, and the only other peer. The memory is a sealed memfd of `shmem_bytes` (as above) made
 * here, with the extension block in its control region. Takes the stream. A peer that has not read what a server says
 * within 10 s, or sends anything at all, is dropped. NULL on lack of memory or descriptors.
 */
struct pvgpu_link *pvgpu_link_ivshmem_doorbell_create(struct pvgpu_stream *stream, uint64_t shmem_bytes,
                                                      const struct pvgpu_link_events *events,
                                                      const struct pvgpu_log *log);

/*
 * The `ivshmem-plain` link: a file (link/ivshmem_file.h) that stock QEMU maps with -device ivshmem-plain and a
 * memory-backend-file. There is no connection: the link lasts until the file cannot be used any more, and nobody is told
 * of interrupts. A control region that is there and makes sense stays as it is; otherwise it is initialised. Takes the
 * file, of which exactly `shmem_bytes` are expected. NULL on lack of memory.
 */
struct pvgpu_link *pvgpu_link_ivshmem_plain_create(pvgpu_handle file, uint64_t shmem_bytes,
                                                   const struct pvgpu_link_events *events, const struct pvgpu_log *log);
#endif

#endif
