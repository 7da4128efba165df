/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The file of an ivshmem-plain link (Linux): made or found by the service, which has it open and locked as long as it
 * runs, and mapped by sessions, renderers and QEMU. It outlives a service that was killed, since a running QEMU has it
 * mapped and the next service has to find the same memory.
 *
 * Who may be at the other end: everybody who can open the file. So it must be a regular file of this very user, under one
 * name, and others have no rights to it; a group that was given the right to write keeps it, for a QEMU that runs as
 * another user. Owned by one thread.
 */
#ifndef PVGPU_LINK_IVSHMEM_FILE_H
#define PVGPU_LINK_IVSHMEM_FILE_H

#include "base/log.h"
#include "os/handle.h"

struct pvgpu_ivshmem_file;

#ifdef __linux__
/*
 * Makes the file, with every byte of it reserved so that no touch can fail later, or takes one that is there: empty, or of
 * exactly `size` bytes and beginning with zeroes or a control region. Everything else is refused. So is a file that another
 * service has locked, whose process is named; one whose service was killed a moment ago is waited for, 2 s at most. NULL:
 * logged.
 */
struct pvgpu_ivshmem_file *pvgpu_ivshmem_file_open(const char *path, uint64_t size, const struct pvgpu_log *log);

/*
 * Before another session: the file is still the one that the path names and has its size. One that was removed or replaced
 * is opened or made anew. False: it is of no use now (logged).
 */
bool pvgpu_ivshmem_file_renew(struct pvgpu_ivshmem_file *file);

/* Lent; one that its holder may not close. PVGPU_NO_HANDLE after a renewal that failed. */
pvgpu_handle pvgpu_ivshmem_file_handle(const struct pvgpu_ivshmem_file *file);

/*
 * Closes the file. If nobody else has it open it is removed, unless its group has rights, which somebody must have given
 * on purpose. NULL is fine.
 */
void pvgpu_ivshmem_file_close(struct pvgpu_ivshmem_file *file);

/* Whether open would succeed, without making or changing anything; else `log` has the reason. */
bool pvgpu_ivshmem_file_check(const char *path, uint64_t size, bool *exists, const struct pvgpu_log *log);

/* ---- In a session, which has the handle alone ------------------------------------------------------------------------ */

/* Whether the file has exactly `size` bytes; logged if not. */
bool pvgpu_ivshmem_file_has_size(pvgpu_handle handle, uint64_t size, const struct pvgpu_log *log);

/* Whether some path leads to it. */
bool pvgpu_ivshmem_file_has_name(pvgpu_handle handle);

/*
 * Whether no other process has opened it, or mapped what it opened: then the system grants a lease for writing
 * (fcntl(2), F_SETLEASE), which is given back at once. Processes that inherited this handle do not count. False as well
 * where the file system has no leases.
 */
bool pvgpu_ivshmem_file_is_unused(pvgpu_handle handle);
#else
/* Elsewhere no configuration with this link is accepted. */
static inline struct pvgpu_ivshmem_file *pvgpu_ivshmem_file_open(const char *path, uint64_t size,
                                                                 const struct pvgpu_log *log)
{
    (void)path;
    (void)size;
    (void)log;
    return NULL;
}

static inline bool pvgpu_ivshmem_file_renew(struct pvgpu_ivshmem_file *file)
{
    (void)file;
    return false;
}

static inline pvgpu_handle pvgpu_ivshmem_file_handle(const struct pvgpu_ivshmem_file *file)
{
    (void)file;
    return PVGPU_NO_HANDLE;
}

static inline void pvgpu_ivshmem_file_close(struct pvgpu_ivshmem_file *file)
{
    (void)file;
}

static inline bool pvgpu_ivshmem_file_check(const char *path, uint64_t size, bool *exists, const struct pvgpu_log *log)
{
    (void)path;
    (void)size;
    (void)exists;
    (void)log;
    return false;
}
#endif

#endif
