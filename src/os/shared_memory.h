/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Memory shared with another process: made here without a name (sealed memfd, page-file section), or opened by the
 * name that a QEMU device sent. Mapped once, read-write, populated so that no first touch costs later.
 */
#ifndef PVGPU_OS_SHARED_MEMORY_H
#define PVGPU_OS_SHARED_MEMORY_H

#include "base/log.h"
#include "os/handle.h"

struct pvgpu_shared_memory {
    void *base; /* mapping; NULL when there is none */
    uint64_t size; /* bytes mapped */
    pvgpu_handle handle; /* owned; the memfd or section, to be passed on */
};

/* How a mapping's pages are prepared. */
enum pvgpu_populate {
    PVGPU_POPULATE_NONE, /* small or rarely touched */
    PVGPU_POPULATE_WRITE, /* every page present and writable before the call returns, where the system can */
};

/*
 * Makes zeroed memory without a name; on Linux sealed against growing and shrinking, so that no peer can truncate it.
 * `label` shows up in /proc. False: logged.
 */
bool pvgpu_shared_memory_create(struct pvgpu_shared_memory *memory, const char *label, uint64_t size,
                                enum pvgpu_populate populate, const struct pvgpu_log *log);

/*
 * Opens what a peer named. The name must be the platform's prefix ("/" on POSIX; "Global\" or "Local\" on Windows),
 * "pvgpu_shmem_" and 1 or more ASCII letters and digits, 63 characters at most. On POSIX the object must be a regular
 * file that belongs to peer_uid. The mapping is the smaller of `claimed` and the object's real size, and at least
 * `least`. A peer that truncates the object later makes the next access fault: see pvgpu_shared_memory_guard.
 * False: logged with what was wrong.
 */
bool pvgpu_shared_memory_open(struct pvgpu_shared_memory *memory, const char *name, uint64_t claimed, uint64_t least,
                              uint32_t peer_uid, enum pvgpu_populate populate, const struct pvgpu_log *log);

/* Maps memory whose handle was passed on; takes the handle, also on failure. */
bool pvgpu_shared_memory_adopt(struct pvgpu_shared_memory *memory, pvgpu_handle handle, uint64_t size,
                               enum pvgpu_populate populate, const struct pvgpu_log *log);

/* Unmaps and closes. Fine on a zeroed or finished struct. */
void pvgpu_shared_memory_finish(struct pvgpu_shared_memory *memory);

/*
 * Takes away a name under which pvgpu_shared_memory_open found `memory`, if it still leads there: for a maker that has died
 * without doing it. The memory stays as it is. True: it was removed. On Windows a name ends with the last handle to it.
 */
bool pvgpu_shared_memory_remove_name(const struct pvgpu_shared_memory *memory, const char *name);

/* Whether a name is one that pvgpu_shared_memory_open accepts. Pure. */
bool pvgpu_shared_memory_is_valid_name(const char *name);

#endif
