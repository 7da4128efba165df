/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "os/shared_memory.h"

#include "pvgpu/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif

static bool map(struct pvgpu_shared_memory *memory, int fd, uint64_t size, enum pvgpu_populate populate,
                const struct pvgpu_log *log)
{
    if (size == 0 || size > SIZE_MAX) {
        pvgpu_error(log, "Cannot map shared memory of %llu bytes", (unsigned long long)size);
        return false;
    }
    void *base = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (base == MAP_FAILED) {
        pvgpu_error(log, "Cannot map %llu bytes of shared memory: %s", (unsigned long long)size, strerror(errno));
        return false;
    }
    /* Without it the first touch of every page costs its user about 10 us; a kernel that cannot is no error. */
    if (populate == PVGPU_POPULATE_WRITE && madvise(base, (size_t)size, MADV_POPULATE_WRITE) != 0 && errno != EINVAL)
        pvgpu_warn(log, "Cannot populate %llu bytes of shared memory: %s", (unsigned long long)size, strerror(errno));
    *memory = (struct pvgpu_shared_memory){.base = base, .size = size, .handle = fd};
    return true;
}

bool pvgpu_shared_memory_create(struct pvgpu_shared_memory *memory, const char *label, uint64_t size,
                                enum pvgpu_populate populate, const struct pvgpu_log *log)
{
    *memory = (struct pvgpu_shared_memory){.handle = PVGPU_NO_HANDLE};
    int fd = memfd_create(label, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) {
        pvgpu_error(log, "Cannot create shared memory: %s", strerror(errno));
        return false;
    }
    if (ftruncate(fd, (off_t)size) != 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
        pvgpu_error(log, "Cannot size and seal %llu bytes of shared memory: %s", (unsigned long long)size,
                    strerror(errno));
        close(fd);
        return false;
    }
    if (!map(memory, fd, size, populate, log)) {
        close(fd);
        return false;
    }
    return true;
}

bool pvgpu_shared_memory_is_valid_name(const char *name)
{
    static const char prefix[] = "/" PVGPU_SHMEM_NAME_PREFIX;
    if (strncmp(name, prefix, sizeof(prefix) - 1) != 0)
        return false;
    const char *rest = name + sizeof(prefix) - 1;
    size_t length = 0;
    for (; rest[length]; length++) {
        char c = rest[length];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
            return false;
    }
    return length > 0 && sizeof(prefix) - 1 + length <= PVGPU_SHMEM_NAME_CHARS;
}

bool pvgpu_shared_memory_open(struct pvgpu_shared_memory *memory, const char *name, uint64_t claimed, uint64_t least,
                              uint32_t peer_uid, enum pvgpu_populate populate, const struct pvgpu_log *log)
{
    *memory = (struct pvgpu_shared_memory){.handle = PVGPU_NO_HANDLE};
    if (!pvgpu_shared_memory_is_valid_name(name)) {
        pvgpu_error(log,
                    "Shared memory name \"%.63s\" refused: expected /" PVGPU_SHMEM_NAME_PREFIX " and letters or digits",
                    name);
        return false;
    }
    int fd = shm_open(name, O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0);
    if (fd < 0) {
        pvgpu_error(log, "Cannot open shared memory %s: %s", name, strerror(errno));
        return false;
    }
    struct stat info;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        pvgpu_error(log, "Shared memory %s refused: not a regular object", name);
        goto error;
    }
    if (info.st_uid != peer_uid) {
        pvgpu_error(log, "Shared memory %s refused: it belongs to user %u, the peer is user %u", name,
                    (unsigned)info.st_uid, (unsigned)peer_uid);
        goto error;
    }
    uint64_t size = info.st_size < 0 ? 0 : (uint64_t)info.st_size;
    if (size > claimed)
        size = claimed;
    if (size < least) {
        pvgpu_error(log, "Shared memory %s refused: %llu bytes, at least %llu are needed", name,
                    (unsigned long long)size, (unsigned long long)least);
        goto error;
    }
    if (!map(memory, fd, size, populate, log))
        goto error;
    return true;

error:
    close(fd);
    return false;
}

bool pvgpu_shared_memory_adopt(struct pvgpu_shared_memory *memory, pvgpu_handle handle, uint64_t size,
                               enum pvgpu_populate populate, const struct pvgpu_log *log)
{
    *memory = (struct pvgpu_shared_memory){.handle = PVGPU_NO_HANDLE};
    struct stat info;
    if (fstat((int)handle, &info) != 0 || info.st_size < 0 || (uint64_t)info.st_size < size) {
        pvgpu_error(log, "Inherited shared memory is not %llu bytes large", (unsigned long long)size);
        pvgpu_handle_close(handle);
        return false;
    }
    if (!map(memory, (int)handle, size, populate, log)) {
        pvgpu_handle_close(handle);
        return false;
    }
    return true;
}

void pvgpu_shared_memory_finish(struct pvgpu_shared_memory *memory)
{
    if (!memory->base)
        return;
    munmap(memory->base, (size_t)memory->size);
    pvgpu_handle_close(memory->handle);
    *memory = (struct pvgpu_shared_memory){.handle = PVGPU_NO_HANDLE};
}

bool pvgpu_shared_memory_remove_name(const struct pvgpu_shared_memory *memory, const char *name)
{
    struct stat ours, found;
    if (!memory->base || fstat((int)memory->handle, &ours) != 0)
        return false;
    int fd = shm_open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);
    if (fd < 0)
        return false;
    bool same = fstat(fd, &found) == 0 && found.st_dev == ours.st_dev && found.st_ino == ours.st_ino;
    close(fd);
    return same && shm_unlink(name) == 0;
}
